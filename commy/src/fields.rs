//! How a value or one field is read, whatever the generation comes from.
//!
//! Every read is tried once in line, and only if that fails again out of line: the first copy is
//! almost always whole, and what comes after it would cost the registers of the first.

use commy_types::{Invalid, InvalidReason, MAX_BY_VALUE, Mappable};

use crate::error::ReadError;
use crate::mem::{Arrival, ArrivalInto, load_pod, zeroed_box};
use crate::record::Record;
use crate::sync::AtomicU64;

/// Where the bytes of a record come from: the latest generation, or the one that a view shows.
pub(crate) trait Load {
    /// The record.
    type Record: Record;

    /// Calls `copy` with the payload, or not at all; returns whether it returned true and what it
    /// loaded is of one generation. If not, [`load_again`](Self::load_again) is to be called.
    fn load_once(&self, copy: impl FnOnce(&[AtomicU64]) -> bool) -> bool;

    /// Calls `copy` with the payload until what it loaded is of one generation.
    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<(), ReadError>;

    /// Both, for what is small enough to be kept in memory between them.
    #[inline]
    fn load(&self, mut copy: impl FnMut(&[AtomicU64])) -> Result<(), ReadError> {
        let is_loaded = self.load_once(|payload| {
            copy(payload);
            true
        });
        if is_loaded { Ok(()) } else { self.load_again(&mut copy) }
    }
}

/// Copies the whole record into `value`.
#[inline]
pub(crate) fn whole_into<L: Load>(source: &L, value: &mut L::Record) -> Result<(), ReadError> {
    let mut arrival = ArrivalInto::new(value);
    if source.load_once(|payload| arrival.load(payload, 0)) {
        return arrival.check().map_err(|invalid| invalid_field::<L::Record>(0, invalid));
    }
    drop(arrival);
    whole_into_again(source, value)
}

#[cold]
#[inline(never)]
fn whole_into_again<L: Load>(source: &L, value: &mut L::Record) -> Result<(), ReadError> {
    let mut arrival = ArrivalInto::new(value);
    source.load_again(&mut |payload| {
        arrival.load(payload, 0);
    })?;
    arrival.check().map_err(|invalid| invalid_field::<L::Record>(0, invalid))
}

/// The field at byte `offset`.
#[inline]
pub(crate) fn field<F: Mappable, L: Load>(source: &L, offset: usize) -> Result<F, ReadError> {
    let mut arrival = Arrival::new();
    if source.load_once(|payload| arrival.load_used(payload, offset)) {
        return arrival.check(|invalid| invalid_field::<L::Record>(offset, invalid));
    }
    field_again(source, offset)
}

#[cold]
#[inline(never)]
fn field_again<F: Mappable, L: Load>(source: &L, offset: usize) -> Result<F, ReadError> {
    let mut arrival = Arrival::new();
    source.load_again(&mut |payload| {
        arrival.load_used(payload, offset);
    })?;
    arrival.check(|invalid| invalid_field::<L::Record>(offset, invalid))
}

/// The field at byte `offset`, in the caller's place.
#[inline]
pub(crate) fn field_into<F: Mappable, L: Load>(
    source: &L,
    offset: usize,
    target: &mut F,
) -> Result<(), ReadError> {
    let mut arrival = ArrivalInto::new(target);
    source.load(|payload| {
        arrival.load(payload, offset);
    })?;
    arrival.check().map_err(|invalid| invalid_field::<L::Record>(offset, invalid))
}

/// What `read` makes of the field at byte `offset`. A large one is never on the stack, and has
/// memory of its own meanwhile.
#[inline]
pub(crate) fn field_with<F: Mappable, L: Load, R>(
    source: &L,
    offset: usize,
    read: impl FnOnce(&F) -> R,
) -> Result<R, ReadError> {
    // In functions of their own: whichever is called, its frame holds what that one needs.
    if size_of::<F>() > MAX_BY_VALUE {
        boxed_field_with(source, offset, read)
    } else {
        small_field_with(source, offset, read)
    }
}

#[inline]
fn small_field_with<F: Mappable, L: Load, R>(
    source: &L,
    offset: usize,
    read: impl FnOnce(&F) -> R,
) -> Result<R, ReadError> {
    field(source, offset).map(|value| read(&value))
}

fn boxed_field_with<F: Mappable, L: Load, R>(
    source: &L,
    offset: usize,
    read: impl FnOnce(&F) -> R,
) -> Result<R, ReadError> {
    let mut value = zeroed_box::<F>();
    field_into(source, offset, &mut *value)?;
    Ok(read(&value))
}

/// The field of a foreign plain-old-data type at byte `offset`.
#[inline]
pub(crate) fn pod_field<F: bytemuck::Pod, L: Load>(
    source: &L,
    offset: usize,
) -> Result<F, ReadError> {
    let (mut value, mut filled) = (F::zeroed(), false);
    source.load(|payload| filled = load_pod(payload, offset, &mut value))?;
    if filled {
        return Ok(value);
    }
    let reason = InvalidReason::Missing { size: size_of::<F>() };
    Err(invalid_field::<L::Record>(offset, Invalid::new(0, reason)))
}

/// The error for bytes at `offset` of the record `T` that are no value.
#[cold]
pub(crate) fn invalid_field<T: Mappable>(offset: usize, invalid: Invalid) -> ReadError {
    let Invalid { offset, reason, .. } = invalid.shifted(offset);
    ReadError::Invalid { field: T::SCHEMA.path_at(offset).to_string(), reason }
}
