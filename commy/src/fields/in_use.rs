//! Texts and vectors, of which only what is in use is read.

use commy_types::{MAX_BY_VALUE, Mappable, Sequence, Text};

use super::{field_with, invalid_field};
use crate::error::ReadError;
use crate::mem::{ArrivalInUse, ArrivalInVec};
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
        LONG..=MAX_BY_VALUE => long_text_with::<T, F, R>(source, offset, read),
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
    let mut arrival = ArrivalInUse::<F>::new();
    if source.load_once(|payload| arrival.load_text(payload, offset)).is_none() {
        text_again(source, offset, &mut arrival)?;
    }
    match arrival.text() {
        Ok(text) => Ok(read(text)),
        Err(invalid) => Err(invalid_field::<T>(offset, invalid)),
    }
}

#[cold]
#[inline(never)]
fn text_again<F: Text>(
    source: &impl Load,
    offset: usize,
    arrival: &mut ArrivalInUse<F>,
) -> Result<u64, ReadError> {
    source.load_again(&mut |payload| arrival.load_text(payload, offset))
}

#[inline(never)]
fn long_text_with<T: Mappable, F: Text, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&str) -> R,
) -> Result<R, ReadError> {
    short_text_with::<T, F, R>(source, offset, read)
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
        LONG..=MAX_BY_VALUE => long_elements_with::<T, S, R>(source, offset, read),
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
    let mut arrival = ArrivalInUse::<S>::new();
    if source.load_once(|payload| arrival.load_elements(payload, offset)).is_none() {
        elements_again(source, offset, &mut arrival)?;
    }
    match arrival.elements() {
        Ok(elements) => Ok(read(elements)),
        Err(invalid) => Err(invalid_field::<T>(offset, invalid)),
    }
}

#[cold]
#[inline(never)]
fn elements_again<S: Sequence>(
    source: &impl Load,
    offset: usize,
    arrival: &mut ArrivalInUse<S>,
) -> Result<u64, ReadError> {
    source.load_again(&mut |payload| arrival.load_elements(payload, offset))
}

#[inline(never)]
fn long_elements_with<T: Mappable, S: Sequence, R>(
    source: &impl Load,
    offset: usize,
    read: impl FnOnce(&[S::Item]) -> R,
) -> Result<R, ReadError> {
    short_elements_with::<T, S, R>(source, offset, read)
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
