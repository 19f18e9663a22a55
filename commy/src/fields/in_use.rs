//! Texts and vectors, of which only what is in use is read.

use commy_types::{Invalid, MAX_BY_VALUE, Mappable, Sequence, Text};

use super::{field_with, invalid_field};
use crate::error::ReadError;
use crate::mem::{ArrivalInUse, ArrivalInVec};
use crate::sync::AtomicU64;
use crate::untyped::Load;

/// A value of so many bytes has a function of its own, so that others do not pay for its frame; a
/// shorter one is read in the caller's.
const LONG: usize = 4096 + 8 + 1;

/// What `read` makes of the text at byte `offset` of the record `T`.
#[inline]
pub(crate) fn text_with<T: Mappable, F: Text, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&str) -> R,
) -> Result<R, ReadError> {
    match size_of::<F>() {
        0..LONG => short_text_with::<T, F, R>(source, offset, read),
        LONG..=MAX_BY_VALUE => out_of_line(|| short_text_with::<T, F, R>(source, offset, read)),
        _ => {
            let mut text = String::new();
            text_into::<T, F>(source, offset, &mut text)?;
            Ok(read(&text))
        }
    }
}

#[inline]
fn short_text_with<T: Mappable, F: Text, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&str) -> R,
) -> Result<R, ReadError> {
    let (load, text) = (ArrivalInUse::<F>::load_text, ArrivalInUse::<F>::text);
    short_with::<T, F, str, R>(source, offset, load, text, read)
}

/// What `read` makes of what `load` loads and `value` finds to be a value.
#[inline]
fn short_with<T: Mappable, F: Mappable, V: ?Sized, R>(
    source: &impl Load,
    offset: usize,
    load: impl Fn(&mut ArrivalInUse<F>, &[AtomicU64], usize) + Copy,
    value: impl FnOnce(&ArrivalInUse<F>) -> Result<&V, Invalid>,
    read: impl FnOnce(&V) -> R,
) -> Result<R, ReadError> {
    let mut arrival = ArrivalInUse::<F>::new();
    if source.load_once(|payload| load(&mut arrival, payload, offset)).is_none() {
        load_again(source, offset, &mut arrival, load)?;
    }
    match value(&arrival) {
        Ok(value) => Ok(read(value)),
        Err(invalid) => Err(invalid_field::<T>(offset, invalid)),
    }
}

#[cold]
#[inline(never)]
fn load_again<F>(
    source: &impl Load,
    offset: usize,
    arrival: &mut ArrivalInUse<F>,
    load: impl Fn(&mut ArrivalInUse<F>, &[AtomicU64], usize),
) -> Result<u64, ReadError> {
    source.load_again(&mut |payload| load(arrival, payload, offset))
}

#[inline(never)]
fn out_of_line<R>(read: impl FnOnce() -> R) -> R {
    read()
}

/// The text at byte `offset`, in the caller's string.
#[inline]
pub(crate) fn text_into<T: Mappable, F: Text>(
    source: &impl Load,
    offset: usize,
    target: &mut String,
) -> Result<(), ReadError> {
    target.clear();
    if size_of::<F>() < LONG {
        // Through the frame, since a string without room shall grow by a length that is true.
        return short_text_with::<T, F, ()>(source, offset, |text| target.push_str(text));
    }
    let mut bytes = core::mem::take(target).into_bytes();
    let text = long_text::<T, F>(source, offset, &mut bytes);
    // After an error it is empty, and its room is the caller's still.
    match text {
        Ok(text) => *target = text,
        Err(error) => {
            *target = String::from_utf8(bytes).unwrap_or_default();
            return Err(error);
        }
    }
    Ok(())
}

/// The text at byte `offset`, in the room of `bytes`.
fn long_text<T: Mappable, F: Text>(
    source: &impl Load,
    offset: usize,
    bytes: &mut Vec<u8>,
) -> Result<String, ReadError> {
    let mut arrival = ArrivalInVec::new(bytes);
    source.load(|payload| arrival.load_text::<F>(payload, offset))?;
    arrival.accept_text::<F>().map_err(|invalid| invalid_field::<T>(offset, invalid))
}

/// What `read` makes of the elements at byte `offset` of the record `T`.
#[inline]
pub(crate) fn elements_with<T: Mappable, S: Sequence, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&[S::Item]) -> R,
) -> Result<R, ReadError> {
    if !S::COUNTED {
        return field_with::<T, S, R>(source, offset, |field| read(field.elements()));
    }
    match size_of::<S>() {
        0..LONG => short_elements_with::<T, S, R>(source, offset, read),
        LONG..=MAX_BY_VALUE => out_of_line(|| short_elements_with::<T, S, R>(source, offset, read)),
        _ => {
            let mut elements = Vec::new();
            elements_into::<T, S>(source, offset, &mut elements)?;
            Ok(read(&elements))
        }
    }
}

#[inline]
fn short_elements_with<T: Mappable, S: Sequence, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&[S::Item]) -> R,
) -> Result<R, ReadError> {
    let (load, elements) = (ArrivalInUse::<S>::load_elements, ArrivalInUse::<S>::elements);
    short_with::<T, S, [S::Item], R>(source, offset, load, elements, read)
}

/// The elements at byte `offset`, in the caller's vector.
#[inline]
pub(crate) fn elements_into<T: Mappable, S: Sequence>(
    source: &impl Load,
    offset: usize,
    target: &mut Vec<S::Item>,
) -> Result<(), ReadError> {
    let mut arrival = ArrivalInVec::new(target);
    source.load(|payload| arrival.load_elements::<S>(payload, offset))?;
    arrival.accept_elements::<S>().map_err(|invalid| invalid_field::<T>(offset, invalid))
}
