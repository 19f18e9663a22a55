//! Keys in ascending order: how they are searched, and how bytes that shall be such are checked.
//!
//! No unsafe code relies on the order: whoever implements `Ord` wrongly, and whoever casts bytes,
//! gets wrong answers and nothing worse.

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::ops::{Bound, Range, RangeBounds};

use crate::invalid::{Invalid, InvalidReason};
use crate::mappable::Mappable;
use crate::raw;

/// Where `key` is among `keys`, or where it would have to be inserted.
#[inline]
pub(crate) fn search<K, Q>(keys: &[K], key: &Q) -> Result<usize, usize>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    // A new key is most often the largest one, as where a map is filled.
    match keys.last() {
        Some(last) if last.borrow() < key => Err(keys.len()),
        _ => keys.binary_search_by(|held| held.borrow().cmp(key)),
    }
}

/// The places of the keys that lie in `range`.
///
/// # Panics
///
/// When the range starts behind its end, or at its end with both ends excluded.
#[track_caller]
pub(crate) fn resolve<K, Q>(keys: &[K], range: &impl RangeBounds<Q>) -> Range<usize>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    let (start, end) = (range.start_bound(), range.end_bound());
    match (start, end) {
        (Bound::Excluded(start), Bound::Excluded(end)) if start == end => {
            panic!("range start and end are equal and excluded")
        }
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) if start > end => panic!("range start is greater than range end"),
        _ => {}
    }
    let from = match start {
        Bound::Included(start) => keys.partition_point(|key| key.borrow() < start),
        Bound::Excluded(start) => keys.partition_point(|key| key.borrow() <= start),
        Bound::Unbounded => 0,
    };
    let to = match end {
        Bound::Included(end) => keys.partition_point(|key| key.borrow() <= end),
        Bound::Excluded(end) => keys.partition_point(|key| key.borrow() < end),
        Bound::Unbounded => keys.len(),
    };
    // Whose order contradicts itself gets nothing.
    from.min(to)..to
}

/// Checks that `count` keys, whose bytes these are, stand in ascending order.
///
/// # Errors
///
/// The first key that does not; and the first that is no value.
pub(crate) fn check_order<K: Mappable + Ord>(bytes: &[u8], count: usize) -> Result<(), Invalid> {
    let at = |index: usize| index * size_of::<K>();
    let key = |index: usize| {
        let bytes = bytes.get(at(index)..).unwrap_or_default();
        raw::checked::<K>(bytes).map_err(|invalid| invalid.shifted(at(index)))
    };
    if count < 2 {
        return Ok(());
    }
    let mut before = key(0)?;
    for index in 1..count {
        let next = key(index)?;
        let reason = match before.cmp(&next) {
            Ordering::Less => None,
            Ordering::Equal => Some(InvalidReason::KeyTwice { index }),
            Ordering::Greater => Some(InvalidReason::KeyOrder { index }),
        };
        if let Some(reason) = reason {
            return Err(Invalid::new(at(index), reason));
        }
        before = next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_or_their_place_is() {
        let keys = [10u8, 20, 30];
        for (key, place) in [
            (5, Err(0)),
            (10, Ok(0)),
            (15, Err(1)),
            (20, Ok(1)),
            (25, Err(2)),
            (30, Ok(2)),
            (35, Err(3)),
        ] {
            assert_eq!(search(&keys, &key), place);
        }
        assert_eq!(search::<u8, u8>(&[], &1), Err(0));
    }

    #[test]
    fn a_key_that_is_not_above_the_one_before_it_is_refused_with_its_place() {
        let check = |bytes: &[u8]| check_order::<u8>(bytes, bytes.len());
        assert_eq!(check(&[1, 2, 9]), Ok(()));
        assert_eq!(check(&[1, 9, 2]), Err(Invalid::new(2, InvalidReason::KeyOrder { index: 2 })));
        assert_eq!(check(&[1, 1, 2]), Err(Invalid::new(1, InvalidReason::KeyTwice { index: 1 })));
        assert!(check_order::<u16>(&[1, 0, 2], 2).is_err(), "half of a key is missing");
        // At every alignment.
        let wide: [u8; 17] = core::array::from_fn(|at| if at == 9 { 1 } else { 0 });
        assert_eq!(check_order::<u64>(&wide[1..], 2), Ok(()));
    }
}
