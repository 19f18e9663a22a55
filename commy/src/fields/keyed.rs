//! Single keys and entries of the maps and sets in a record.
//!
//! What a source loads here is of one generation: a reader has picked one before. Each key is checked,
//! and checked to be of that generation, before it is compared: that is code of the user's.

use core::borrow::Borrow;
use core::cmp::Ordering;

use commy_types::{EntryOf, Invalid, InvalidReason, Keyed, KeyedValues, Mappable, Nth};

use super::{field, invalid_field, pod_field};
use crate::error::ReadError;
use crate::untyped::Load;

/// How many keys the map or set at byte `offset` of the record `T` has.
#[inline]
pub(crate) fn key_count<T: Mappable, S: Keyed>(
    source: &impl Load,
    offset: usize,
) -> Result<usize, ReadError> {
    let found = u64::from_le_bytes(pod_field::<T, [u8; 8]>(source, offset)?);
    match usize::try_from(found) {
        Ok(count) if count <= S::CAPACITY => Ok(count),
        _ => {
            let reason = InvalidReason::Length { found, capacity: S::CAPACITY };
            Err(invalid_field::<T>(offset, Invalid::new(0, reason)))
        }
    }
}

/// Where key `index` of the map or set at byte `offset` is; there is such a key.
#[inline]
const fn place_of_key<S: Keyed>(offset: usize, index: usize) -> usize {
    offset + S::FIRST_KEY + index * size_of::<S::Key>()
}

/// The same for a value.
#[inline]
const fn place_of_value<S: KeyedValues>(offset: usize, index: usize) -> usize {
    offset + S::FIRST_VALUE + index * size_of::<S::Value>()
}

/// The place of a key among those that are there.
///
/// Halves what is left with each key that it loads, whatever the keys are: at most log2(N) + 1.
fn find<T: Mappable, S: Keyed, Q>(
    source: &impl Load,
    offset: usize,
    key: &Q,
) -> Result<Option<usize>, ReadError>
where
    S::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let (mut start, mut end) = (0, key_count::<T, S>(source, offset)?);
    while start < end {
        let middle = start + (end - start) / 2;
        let held = field::<T, S::Key>(source, place_of_key::<S>(offset, middle))?;
        match held.borrow().cmp(key) {
            Ordering::Less => start = middle + 1,
            Ordering::Greater => end = middle,
            Ordering::Equal => return Ok(Some(middle)),
        }
    }
    Ok(None)
}

/// Returns whether the map or set at byte `offset` has a key.
#[inline]
pub(crate) fn contains_key<T: Mappable, S: Keyed, Q>(
    source: &impl Load,
    offset: usize,
    key: &Q,
) -> Result<bool, ReadError>
where
    S::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    find::<T, S, Q>(source, offset, key).map(|found| found.is_some())
}

/// The value of a key in the map at byte `offset`.
#[inline]
pub(crate) fn value_of<T: Mappable, S: KeyedValues, Q>(
    source: &impl Load,
    offset: usize,
    key: &Q,
) -> Result<Option<S::Value>, ReadError>
where
    S::Key: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let found = find::<T, S, Q>(source, offset, key)?;
    found.map(|index| field::<T, S::Value>(source, place_of_value::<S>(offset, index))).transpose()
}

/// One key of the map or set at byte `offset`, if there is such a one.
#[inline]
pub(crate) fn key_at<T: Mappable, S: Keyed>(
    source: &impl Load,
    offset: usize,
    index: Nth,
) -> Result<Option<S::Key>, ReadError> {
    let index = index.of(key_count::<T, S>(source, offset)?);
    index.map(|index| field::<T, S::Key>(source, place_of_key::<S>(offset, index))).transpose()
}

/// One entry of the map at byte `offset`, if there is such a one.
#[inline]
pub(crate) fn entry_at<T: Mappable, S: KeyedValues>(
    source: &impl Load,
    offset: usize,
    index: Nth,
) -> Result<Option<EntryOf<S>>, ReadError> {
    let Some(index) = index.of(key_count::<T, S>(source, offset)?) else { return Ok(None) };
    let key = field::<T, S::Key>(source, place_of_key::<S>(offset, index))?;
    let value = field::<T, S::Value>(source, place_of_value::<S>(offset, index))?;
    Ok(Some((key, value)))
}
