//! Where the elements of a ring are: plain arithmetic over cells.

use core::ops::Range;

use crate::invalid::{Invalid, InvalidReason};
use crate::length::Prefix;

/// Which cells of a ring are in use, and in which order.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::deque::Ring;
///
/// // The head is 4, the length 3: two elements at the end of five cells, and one at their start.
/// let ring = Ring::of([4, 0, 0, 0, 3, 0, 0, 0], 6);
/// assert_eq!(ring.ranges(), [4..6, 0..1]);
/// assert_eq!(ring.cell(2), 0);
/// assert_eq!(ring.part(1..3).ranges(), [5..6, 0..1]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub struct Ring {
    /// # Invariants
    ///
    /// 1. It is below the capacity, or 0.
    head: usize,
    /// # Invariants
    ///
    /// 2. It is at most the capacity.
    len: usize,
    capacity: usize,
}

impl Ring {
    /// What a prefix says of so many cells. A length above the capacity counts as the capacity, a head
    /// that is no cell as 0, and so does the head of an empty ring: arbitrary bytes are safe to look at.
    #[inline]
    #[must_use]
    pub const fn of(prefix: [u8; 8], capacity: usize) -> Self {
        let (head, len) = stored(prefix);
        let len = if len as u64 > capacity as u64 { capacity } else { len as usize };
        let is_cell = len > 0 && (head as u64) < capacity as u64;
        Self { head: if is_cell { head as usize } else { 0 }, len, capacity }
    }

    /// The same, if the prefix is one that an encoding has.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with its offset in the prefix.
    #[inline]
    pub const fn checked(prefix: [u8; 8], capacity: usize) -> Result<Self, Invalid> {
        let (head, len) = stored(prefix);
        if len as u64 > capacity as u64 {
            let reason = InvalidReason::Length { found: len as u64, capacity };
            return Err(Invalid::new(size_of::<u32>(), reason));
        }
        let reason = match len {
            0 if head > 0 => InvalidReason::Head { found: head, capacity: 0 },
            1.. if head as u64 >= capacity as u64 => InvalidReason::Head { found: head, capacity },
            _ => return Ok(Self { head: head as usize, len: len as usize, capacity }),
        };
        Err(Invalid::new(0, reason))
    }

    /// The prefix that says so; that of an empty ring is zero.
    #[inline]
    pub(super) const fn prefix(self) -> Prefix {
        let head = if self.len == 0 { 0 } else { self.head as u64 };
        (head | (self.len as u64) << 32).to_le_bytes()
    }

    /// How many elements there are.
    #[inline]
    #[must_use]
    pub const fn len(self) -> usize {
        self.len
    }

    /// Returns whether there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The cell of element `index`, or of where it would be; `index` is at most the capacity.
    #[inline]
    #[must_use]
    pub const fn cell(self, index: usize) -> usize {
        // Without a sum, which may be too large for 32 bits.
        let to_the_end = self.capacity - self.head;
        if index < to_the_end { self.head + index } else { index - to_the_end }
    }

    /// The cell before the first one.
    #[inline]
    pub(super) const fn cell_before(self) -> usize {
        if self.head == 0 { self.capacity.saturating_sub(1) } else { self.head - 1 }
    }

    /// The cells in use, in the order of the elements; the second range is empty unless they reach
    /// around the end.
    #[inline]
    #[must_use]
    pub const fn ranges(self) -> [Range<usize>; 2] {
        let to_the_end = self.capacity - self.head;
        match self.len <= to_the_end {
            true => [self.head..self.head + self.len, 0..0],
            false => [self.head..self.capacity, 0..self.len - to_the_end],
        }
    }

    /// The elements of a range that lies within.
    #[inline]
    #[must_use]
    pub const fn part(self, range: Range<usize>) -> Self {
        Self { head: self.cell(range.start), len: range.end - range.start, ..self }.normal()
    }

    /// The cells that are not in use.
    #[inline]
    pub(super) const fn rest(self) -> Self {
        Self { head: self.cell(self.len), len: self.capacity - self.len, ..self }.normal()
    }

    /// The same with so many elements, from the first one on.
    #[inline]
    pub(super) const fn with_len(self, len: usize) -> Self {
        Self { len, ..self }
    }

    /// The same with its first element in another cell.
    #[inline]
    pub(super) const fn starting_at(self, head: usize, len: usize) -> Self {
        Self { head, len, ..self }.normal()
    }

    /// By invariant 1: behind the last cell is the first one.
    #[inline]
    const fn normal(self) -> Self {
        if self.head < self.capacity { self } else { Self { head: 0, ..self } }
    }

    /// The cells that are in use in both.
    #[inline]
    pub(super) fn common(self, other: Self) -> impl Iterator<Item = Range<usize>> {
        let ([a, b], [c, d]) = (self.ranges(), other.ranges());
        let pairs = [(a.clone(), c.clone()), (a, d.clone()), (b.clone(), c), (b, d)];
        let both = |(one, other): (Range<usize>, Range<usize>)| {
            one.start.max(other.start)..one.end.min(other.end)
        };
        pairs.into_iter().map(both).filter(|range| !range.is_empty())
    }
}

/// Head and length as they are stored.
#[inline]
const fn stored(prefix: Prefix) -> (u32, u32) {
    let both = u64::from_le_bytes(prefix);
    (both as u32, (both >> 32) as u32)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn rings() -> impl Iterator<Item = Ring> {
        (0..5_usize).flat_map(|capacity| {
            let heads = 0..capacity.max(1);
            heads.flat_map(move |head| {
                (0..=capacity).map(move |len| Ring { head, len, capacity }.normal())
            })
        })
    }

    fn cells(ring: Ring) -> Vec<usize> {
        ring.ranges().into_iter().flatten().collect()
    }

    #[test]
    fn the_ranges_are_the_cells_of_the_elements_in_their_order() {
        for ring in rings() {
            let one_by_one: Vec<_> = (0..ring.len).map(|index| ring.cell(index)).collect();
            assert_eq!(cells(ring), one_by_one, "{ring:?}");
            let mut all = cells(ring);
            all.extend(cells(ring.rest()));
            all.sort_unstable();
            assert!(all.into_iter().eq(0..ring.capacity), "{ring:?}");
            for start in 0..=ring.len {
                for end in start..=ring.len {
                    assert_eq!(cells(ring.part(start..end)), one_by_one[start..end], "{ring:?}");
                }
            }
        }
    }

    #[test]
    fn what_two_rings_have_in_common_is_found_whole() {
        for one in rings() {
            for other in rings().filter(|other| other.capacity == one.capacity) {
                let mut common: Vec<_> = one.common(other).flatten().collect();
                common.sort_unstable();
                let mut expected = cells(one);
                expected.retain(|cell| cells(other).contains(cell));
                expected.sort_unstable();
                assert_eq!(common, expected, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn any_prefix_is_a_ring() {
        for capacity in [0, 1, 3, u32::MAX as usize] {
            for prefix in [[0xff; 8], [0; 8], [3, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0x80, 0, 0, 0, 1]]
            {
                let ring = Ring::of(prefix, capacity);
                assert!(ring.len <= capacity && (ring.head < capacity || ring.head == 0));
                assert!(ring.ranges().iter().all(|range| range.end <= capacity));
                assert!(ring.len == 0 || ring.cell(ring.len - 1) < capacity);
            }
        }
    }

    #[test]
    fn a_prefix_is_little_endian_and_zero_of_what_is_empty() {
        let ring = Ring { head: 0x0102, len: 3, capacity: 1000 };
        assert_eq!(ring.prefix(), [2, 1, 0, 0, 3, 0, 0, 0]);
        assert_eq!(Ring::of(ring.prefix(), 1000), ring);
        assert_eq!(ring.with_len(0).prefix(), [0; 8]);
        assert_eq!(Ring::of([9, 0, 0, 0, 0, 0, 0, 0], 1000).head, 0);
    }
}
