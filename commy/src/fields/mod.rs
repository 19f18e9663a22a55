//! How a value or one field is read, whatever the generation comes from.

mod elements;
mod ring;
mod in_use;
mod keyed;
mod source;

pub use self::elements::{check_array_range, check_index, check_range, element};
pub(crate) use self::elements::{element_at, element_part, last_into, range_into, sequence_len};
pub(crate) use self::in_use::{elements_into, elements_with, text_into, text_with};
pub(crate) use self::keyed::{contains_key, entry_at, key_at, key_count, value_of};
pub(crate) use self::source::field_source;

use commy_types::{Invalid, InvalidReason, MAX_BY_VALUE, Mappable};

use crate::error::ReadError;
use crate::mem::{Arrival, ArrivalInto, load_pod, zeroed, zeroed_box};
use crate::untyped::Load;

/// Copies the whole record `T` into `value`; returns its generation.
#[inline]
pub(crate) fn whole_into<T: Mappable>(source: &impl Load, value: &mut T) -> Result<u64, ReadError> {
    let mut arrival = ArrivalInto::new(value);
    if let Some((generation, true)) = source.load_once(|payload| arrival.load(payload, 0)) {
        return match arrival.check() {
            Ok(()) => Ok(generation),
            Err(invalid) => Err(invalid_field::<T>(0, invalid)),
        };
    }
    drop(arrival);
    whole_into_again(source, value)
}

#[cold]
#[inline(never)]
fn whole_into_again<T: Mappable>(source: &impl Load, value: &mut T) -> Result<u64, ReadError> {
    let mut arrival = ArrivalInto::new(value);
    let generation = source.load_again(&mut |payload| {
        arrival.load(payload, 0);
    })?;
    match arrival.check() {
        Ok(()) => Ok(generation),
        Err(invalid) => Err(invalid_field::<T>(0, invalid)),
    }
}

/// The whole record `T`; notes its generation in `generation`.
pub(crate) fn whole<T: Mappable>(source: &impl Load, generation: &mut u64) -> Result<T, ReadError> {
    let mut arrival = Arrival::new();
    *generation = source.load(|payload| {
        arrival.load(payload, 0);
    })?;
    arrival.check(|invalid| invalid_field::<T>(0, invalid))
}

/// The field at byte `offset` of the record `T`.
#[inline]
pub(crate) fn field<T: Mappable, F: Mappable>(
    source: &impl Load,
    offset: usize,
) -> Result<F, ReadError> {
    if const { size_of::<F>() > if F::USED.is_some() { SMALL } else { IN_REGISTERS } } {
        return field_in_place::<T, F>(source, offset);
    }
    let mut arrival = Arrival::new();
    let loaded = source.load_once(|payload| {
        arrival.load(payload, offset);
    });
    if loaded.is_some() {
        return arrival.check(|invalid| invalid_field::<T>(offset, invalid));
    }
    field_again::<T, F>(source, offset)
}

/// A field of so many bytes goes through registers, and is stored only where it is wanted.
const IN_REGISTERS: usize = 256;

/// One of so many bytes that may leave some unused is loaded whole.
const SMALL: usize = 128;

/// The same for a large field: it is loaded to where the value is wanted, and not moved.
#[inline]
fn field_in_place<T: Mappable, F: Mappable>(
    source: &impl Load,
    offset: usize,
) -> Result<F, ReadError> {
    let mut field = Ok(zeroed::<F>());
    if let Ok(value) = &mut field
        && let Err(error) = used_into::<T, F>(source, offset, value)
    {
        field = Err(error);
    }
    field
}

/// What is in use of the field at byte `offset`, in the place of a zero value.
#[inline]
fn used_into<T: Mappable, F: Mappable>(
    source: &impl Load,
    offset: usize,
    zero: &mut F,
) -> Result<(), ReadError> {
    let mut arrival = ArrivalInto::over_zeros(zero);
    source.load(|payload| {
        arrival.load_used(payload, offset);
    })?;
    arrival.check().map_err(|invalid| invalid_field::<T>(offset, invalid))
}

#[cold]
#[inline(never)]
fn field_again<T: Mappable, F: Mappable>(
    source: &impl Load,
    offset: usize,
) -> Result<F, ReadError> {
    let mut arrival = Arrival::new();
    source.load_again(&mut |payload| {
        arrival.load(payload, offset);
    })?;
    arrival.check(|invalid| invalid_field::<T>(offset, invalid))
}

/// The field at byte `offset`, in the caller's place.
#[inline]
pub(crate) fn field_into<T: Mappable, F: Mappable>(
    source: &impl Load,
    offset: usize,
    target: &mut F,
) -> Result<(), ReadError> {
    field_noted::<T, F>(source, offset, target).map(drop)
}

/// The same; returns the generation that it is of.
#[inline]
pub(crate) fn field_noted<T: Mappable, F: Mappable>(
    source: &impl Load,
    offset: usize,
    target: &mut F,
) -> Result<u64, ReadError> {
    let mut arrival = ArrivalInto::new(target);
    let generation = source.load(|payload| {
        arrival.load(payload, offset);
    })?;
    arrival.check().map_err(|invalid| invalid_field::<T>(offset, invalid))?;
    Ok(generation)
}

/// What `read` makes of the field at byte `offset`. A large one is never on the stack, and has
/// memory of its own meanwhile.
#[inline]
pub(crate) fn field_with<T: Mappable, F: Mappable, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&F) -> R,
) -> Result<R, ReadError> {
    // In functions of their own: whichever is called, its frame holds what that one needs.
    if size_of::<F>() > MAX_BY_VALUE {
        boxed_field_with::<T, F, R>(source, offset, read)
    } else {
        small_field_with::<T, F, R>(source, offset, read)
    }
}

#[inline]
fn small_field_with<T: Mappable, F: Mappable, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&F) -> R,
) -> Result<R, ReadError> {
    field::<T, F>(source, offset).map(|value| read(&value))
}

fn boxed_field_with<T: Mappable, F: Mappable, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&F) -> R,
) -> Result<R, ReadError> {
    let mut value = zeroed_box::<F>();
    field_into::<T, F>(source, offset, &mut *value)?;
    Ok(read(&value))
}

/// The field of a foreign plain-old-data type at byte `offset`.
#[inline]
pub(crate) fn pod_field<T: Mappable, F: bytemuck::Pod>(
    source: &impl Load,
    offset: usize,
) -> Result<F, ReadError> {
    let (mut value, mut filled) = (F::zeroed(), false);
    source.load(|payload| filled = load_pod(payload, offset, &mut value))?;
    if filled {
        return Ok(value);
    }
    let reason = InvalidReason::Missing { size: size_of::<F>() };
    Err(invalid_field::<T>(offset, Invalid::new(0, reason)))
}

/// The error for bytes at `offset` of the record `T` that are no value.
#[cold]
pub(crate) fn invalid_field<T: Mappable>(offset: usize, invalid: Invalid) -> ReadError {
    let Invalid { offset, reason, .. } = invalid.shifted(offset);
    ReadError::Invalid { field: T::SCHEMA.path_at(offset).to_string(), reason }
}
