//! Single elements of the arrays and vectors in a record.

use commy_types::{Invalid, InvalidReason, Mappable, Sequence};

use super::invalid_field;
use crate::error::ReadError;
use crate::mem::{Arrival, load_pod};
use crate::sync::AtomicU64;
use crate::untyped::Load;

/// How many elements the sequence at byte `offset` has.
#[inline]
pub(crate) fn sequence_len<T: Mappable, S: Sequence>(
    source: &impl Load,
    offset: usize,
) -> Result<usize, ReadError> {
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
pub(crate) fn element_at<T: Mappable, S: Sequence>(
    source: &impl Load,
    offset: usize,
    index: usize,
) -> Result<Option<S::Item>, ReadError> {
    let (mut len, mut element) = (None, Arrival::<S::Item>::new());
    let at = index.checked_mul(size_of::<S::Item>()).and_then(|at| at.checked_add(S::FIRST));
    let at = at.and_then(|at| at.checked_add(offset)).filter(|_| index < S::CAPACITY);
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

/// Panics in the name of the caller when there is no element `index`.
///
/// A generated setter picks the element in a closure, which has no caller to blame.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn check_index<S: Sequence>(sequence: &S, index: usize) {
    let len = sequence.elements().len();
    assert!(index < len, "index out of bounds: the len is {len} but the index is {index}");
}

/// Picks one element; what a generated setter of an element calls.
///
/// # Panics
///
/// When there is no element `index`.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn element<S: Sequence>(sequence: &mut S, index: usize) -> &mut S::Item {
    #[allow(clippy::indexing_slicing, reason = "documented panic, in the words of a slice")]
    &mut sequence.elements_mut()[index]
}

/// The length of a sequence at `offset`, if what is stored there can be one.
#[inline]
fn counted<T: Mappable, S: Sequence>(
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
