//! The eight-byte prefix of every container: how many elements are in use.

use core::ops::{Bound, Range, RangeBounds};

/// The prefix as it is stored, little-endian on every machine.
pub(crate) type Prefix = [u8; 8];

/// How many elements are in use; a prefix above the capacity counts as the capacity, so that
/// arbitrary bytes are safe to look at.
#[inline]
pub(crate) const fn used(prefix: &Prefix, capacity: usize) -> usize {
    let stored = u64::from_le_bytes(*prefix);
    if stored > capacity as u64 { capacity } else { stored as usize }
}

/// The prefix of a container with `len` elements in use.
#[inline]
pub(crate) const fn prefix(len: usize) -> Prefix {
    (len as u64).to_le_bytes()
}

/// Where the data begins behind the prefix: at 8, or at the alignment of `T` on this target when
/// that is larger.
pub(crate) const fn data_offset<T>() -> usize {
    let align = align_of::<T>();
    if align > size_of::<Prefix>() { align } else { size_of::<Prefix>() }
}

/// The two ends of a range of `elements`; panics in the words of slice indexing when they are not
/// in the slice or in the wrong order.
#[inline]
#[track_caller]
pub(crate) fn resolve<T>(elements: &[T], range: impl RangeBounds<usize>) -> Range<usize> {
    resolve_within(elements.len(), range)
}

/// The two ends of a range of so many elements; panics likewise.
#[inline]
#[track_caller]
pub(crate) fn resolve_within(len: usize, range: impl RangeBounds<usize>) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(&start) => start,
        Bound::Excluded(&before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&last) => {
            assert!(last < len, "range end index {last} out of range for slice of length {len}");
            last + 1
        }
        Bound::Excluded(&end) => end,
        Bound::Unbounded => len,
    };
    assert!(end <= len, "range end index {end} out of range for slice of length {len}");
    assert!(start <= end, "slice index starts at {start} but ends at {end}");
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_above_the_capacity_counts_as_the_capacity() {
        assert_eq!(used(&prefix(3), 4), 3);
        assert_eq!(used(&prefix(4), 4), 4);
        assert_eq!(used(&prefix(5), 4), 4);
        assert_eq!(used(&[0xff; 8], 0), 0);
    }

    #[test]
    fn a_prefix_is_little_endian() {
        assert_eq!(prefix(0x0102), [2, 1, 0, 0, 0, 0, 0, 0]);
    }
}
