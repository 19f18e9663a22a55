//! Single elements of the arrays, vectors and deques in a record.

use commy_types::{Indexed, Invalid, InvalidReason, Mappable, Sequence};

use super::invalid_field;
use super::ring::{self, Start};
use crate::error::ReadError;
use crate::mem::{Arrival, ArrivalsInto, Zeros, load_pod};
use crate::sync::AtomicU64;
use crate::untyped::Load;

/// How many elements the sequence at byte `offset` has.
#[inline]
pub(crate) fn sequence_len<T: Mappable, S: Indexed>(
    source: &impl Load,
    offset: usize,
) -> Result<usize, ReadError> {
    if S::IS_RING {
        return ring::len::<T, S>(source, offset);
    }
    let mut len = None;
    source.load(|payload| len = load_len(payload, offset))?;
    counted::<T, S>(offset, len)
}

/// The stored length at byte `offset`, if the payload has one there.
#[inline]
fn load_len(payload: &[AtomicU64], offset: usize) -> Option<u64> {
    let mut stored = [0; 8];
    load_pod(payload, offset, &mut stored).then(|| u64::from_le_bytes(stored))
}

/// One element of the sequence at byte `offset`.
#[inline]
pub(crate) fn element_at<T: Mappable, S: Indexed>(
    source: &impl Load,
    offset: usize,
    index: usize,
) -> Result<Option<S::Item>, ReadError> {
    if S::IS_RING {
        return ring::part_at::<T, S, S::Item>(source, offset, index, Some(0));
    }
    part_at::<T, S, S::Item>(source, offset, index, place_of::<S>(offset, index))
}

/// The part that `part` picks of one element of the sequence at byte `offset`.
///
/// # Panics
///
/// When `part` picks what is no part of the element that it is shown.
#[inline]
pub(crate) fn element_part<T: Mappable, S: Indexed, F: Mappable>(
    source: &impl Load,
    zeros: &Zeros<T>,
    offset: usize,
    index: usize,
    part: impl FnOnce(&S::Item) -> &F,
) -> Result<Option<F>, ReadError> {
    if S::IS_RING {
        // The part is at the same place in each of them.
        let first = place_of::<S>(offset, 0);
        let within = first.map(|first| zeros.offset_of_part(first, part) - first);
        return ring::part_at::<T, S, F>(source, offset, index, within);
    }
    let at = place_of::<S>(offset, index).map(|at| zeros.offset_of_part(at, part));
    part_at::<T, S, F>(source, offset, index, at)
}

/// Where the element is in the record, if the sequence at byte `offset` has room for so many.
#[inline]
fn place_of<S: Indexed>(offset: usize, index: usize) -> Option<usize> {
    let at = index.checked_mul(size_of::<S::Item>()).and_then(|at| at.checked_add(S::FIRST));
    at.and_then(|at| at.checked_add(offset)).filter(|_| index < S::CAPACITY)
}

/// What is at byte `at` of the record, in the element `index` of the sequence at byte `offset`, if
/// there is such an element.
#[inline]
fn part_at<T: Mappable, S: Indexed, F: Mappable>(
    source: &impl Load,
    offset: usize,
    index: usize,
    at: Option<usize>,
) -> Result<Option<F>, ReadError> {
    let (mut len, mut element) = (None, Arrival::<F>::new());
    source.load(|payload| {
        if S::COUNTED {
            len = load_len(payload, offset);
        }
        if let Some(at) = at {
            element.load(payload, at);
        }
    })?;
    let len = if S::COUNTED { counted::<T, S>(offset, len)? } else { S::CAPACITY };
    match at {
        Some(at) if index < len => {
            element.check(|invalid| invalid_field::<T>(at, invalid)).map(Some)
        }
        _ => Ok(None),
    }
}

/// Puts elements of the sequence at byte `offset` into `target`, from number `from` on: as many as
/// are there and as `target` holds. Returns how many.
///
/// Length and elements are of one generation. While the writer overtakes, the length can be anything:
/// it is a part of this copy like the elements, and discarded with them.
#[inline]
pub(crate) fn range_into<T: Mappable, S: Indexed>(
    source: &impl Load,
    offset: usize,
    from: usize,
    target: &mut [S::Item],
) -> Result<usize, ReadError> {
    if S::IS_RING {
        return ring::range_into::<T, S>(source, offset, Start::At(from), target);
    }
    let (mut len, room) = (None, target.len());
    let mut arrivals = ArrivalsInto::new(target);
    let at = place_of::<S>(offset, from);
    source.load(|payload| {
        let count = found::<S>(payload, offset, &mut len).saturating_sub(from).min(room);
        arrivals.load(payload, at.unwrap_or(offset), count);
    })?;
    counted::<T, S>(offset, len)?;
    let at = at.unwrap_or(offset);
    arrivals.check().map_err(|invalid| invalid_field::<T>(at, invalid))
}

/// Puts the last elements of the deque at byte `offset` into `target`, in their order: as many as are
/// there and as `target` holds. Returns how many.
#[inline]
pub(crate) fn last_into<T: Mappable, S: Indexed>(
    source: &impl Load,
    offset: usize,
    target: &mut [S::Item],
) -> Result<usize, ReadError> {
    const { assert!(S::IS_RING, "only a deque has such a getter") };
    ring::range_into::<T, S>(source, offset, Start::FromTheEnd, target)
}

/// How many elements one try has found, no more than there is room for; notes what is stored.
#[inline]
fn found<S: Indexed>(payload: &[AtomicU64], offset: usize, len: &mut Option<u64>) -> usize {
    if !S::COUNTED {
        return S::CAPACITY;
    }
    *len = load_len(payload, offset);
    // A length that is too large is refused when it is known to be of one generation.
    usize::try_from(len.unwrap_or(0)).map_or(0, |len| if len <= S::CAPACITY { len } else { 0 })
}

/// Panics in the name of the caller when there is no element `index`.
///
/// A generated setter picks the element in a closure, which has no caller to blame.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn check_index<S: Indexed>(sequence: &S, index: usize) {
    let len = sequence.count();
    assert!(index < len, "index out of bounds: the len is {len} but the index is {index}");
}

/// Panics in the name of the caller when there are not so many elements from number `from` on.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn check_range<S: Sequence>(sequence: &S, from: usize, count: usize) {
    check_end(sequence.count(), from, count);
}

/// The same for an array, whose length needs no look at it: the writer's own may be behind.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn check_array_range<S: Sequence>(from: usize, count: usize) {
    const { assert!(!S::COUNTED, "a vector has fewer elements than room for them") };
    check_end(S::CAPACITY, from, count);
}

#[inline]
#[track_caller]
fn check_end(len: usize, from: usize, count: usize) {
    let is_there = from.checked_add(count).is_some_and(|end| end <= len);
    assert!(
        is_there,
        "range out of bounds: the len is {len} but the range is {count} from {from} on"
    );
}

/// Picks one element; what a generated setter of an element calls.
///
/// # Panics
///
/// When there is no element `index`.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn element<S: Indexed>(sequence: &mut S, index: usize) -> &mut S::Item {
    let len = sequence.count();
    match sequence.element_mut(index) {
        Some(element) => element,
        None => panic!("index out of bounds: the len is {len} but the index is {index}"),
    }
}

/// The length of a sequence at `offset`, if what is stored there can be one.
#[inline]
fn counted<T: Mappable, S: Indexed>(
    offset: usize,
    stored: Option<u64>,
) -> Result<usize, ReadError> {
    if !S::COUNTED {
        return Ok(S::CAPACITY);
    }
    let reason = match stored {
        Some(found) => match usize::try_from(found) {
            Ok(len) if len <= S::CAPACITY => return Ok(len),
            _ => InvalidReason::Length { found, capacity: S::CAPACITY },
        },
        None => InvalidReason::Missing { size: size_of::<S>() },
    };
    Err(invalid_field::<T>(offset, Invalid::new(0, reason)))
}
