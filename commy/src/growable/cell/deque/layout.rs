//! Where the elements of a deque lie.
//!
//! ```text
//! cell, 24 bytes
//!    0  address of the root node; its low bits are the level, as those of a list
//!    8  head: where the first element is, counted in elements from the start of the root
//!   16  length in elements; a deque without elements is three zeros
//! node, as that of a list
//!    0  which items were ever written: readers ignore it
//!    8  items
//! ```
//!
//! Element i stands where element head + i of a list would. In front of the first one and behind the
//! last one nodes are missing, and what is in those that are there means nothing. All nodes have full
//! room but the root.
//!
//! Nothing goes around at the end. Who gets there moves what is in the root, and that alone: nodes
//! below it stay where they are, and `head` is another one.

use core::ops::Range;

use crate::format::heap::Address;
use crate::growable::at::At;
use crate::growable::cell::list::layout::{List, MAX_LEVEL, capacity};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// The bytes of the cell.
pub(super) const SIZE: usize = 24;

/// A cell that was copied and makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deque {
    root: Address,
    pub(super) head: u64,
    pub(super) len: u64,
}

impl Deque {
    pub(super) const EMPTY: Self = Self { root: Address::NONE, head: 0, len: 0 };

    /// `None` for a level that an address has no room for.
    pub(super) fn new(root: u64, level: u64, (head, len): (u64, u64)) -> Option<Self> {
        Some(Self { root: Address::new(root, level)?, head, len })
    }

    /// # Errors
    ///
    /// `Corrupt` for what no deque of this level has.
    #[inline]
    pub(super) fn read(snap: &Snap<'_>, at: At, stride: usize) -> Result<Self, Fault> {
        let mut cell = [0; SIZE];
        snap.read(at, &mut cell)?;
        Self::of(cell, stride, snap.len())
    }

    /// The same for the bytes of the cell, in a heap of so many bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(super) fn of(cell: [u8; SIZE], stride: usize, heap: u64) -> Result<Self, Fault> {
        let ([root, head, len], _) = cell.as_chunks::<8>() else { return Ok(Self::EMPTY) };
        let [root, head, len] = [root, head, len].map(|word| u64::from_ne_bytes(*word));
        let deque = Self { root: Address::from_word(root), head, len };
        if !deque.is_sound(stride) {
            return Err(deque.fault(stride));
        }
        // No two elements are in the same bytes. So whatever goes through a deque ends, also if its
        // nodes lead back to themselves.
        if len.saturating_mul(stride as u64) > heap {
            let expected =
                format!("at most {}, as the heap has {heap} bytes", heap / stride as u64);
            return Err(Fault::corrupt("length of a deque", len, expected, deque.root()));
        }
        Ok(deque)
    }

    fn is_sound(self, stride: usize) -> bool {
        match self.root.offset() {
            0 => self == Self::EMPTY,
            _ => {
                self.len > 0
                    && self.level() <= MAX_LEVEL
                    && self.head.checked_add(self.len).is_some_and(|end| end <= self.room(stride))
            }
        }
    }

    /// How many elements there are places for below the root.
    const fn room(self, stride: usize) -> u64 {
        capacity(self.level(), stride)
    }

    #[cold]
    fn fault(self, stride: usize) -> Fault {
        let (root, level) = (self.root(), self.level());
        if root == 0 {
            let found = self.root.word().max(self.head).max(self.len);
            let expected = "three words of 0, as it has no node";
            return Fault::corrupt("cell of a deque", found, expected, 0);
        }
        if level > MAX_LEVEL {
            return Fault::corrupt("level of a deque", level, format!("at most {MAX_LEVEL}"), root);
        }
        let room = self.room(stride);
        if self.head >= room {
            let expected = format!("at most {}, as its level is {level}", room - 1);
            return Fault::corrupt("head of a deque", self.head, expected, root);
        }
        let most = room - self.head;
        let expected = format!("1 to {most}, as its level is {level} and its head {}", self.head);
        Fault::corrupt("length of a deque", self.len, expected, root)
    }

    /// The length as a program counts it.
    pub(super) fn count(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }

    /// Checks that elements which were there a moment ago still are: somebody else may write to the file.
    ///
    /// # Errors
    ///
    /// `Corrupt` if they are not.
    pub(super) fn expect_to(self, end: u64) -> Result<(), Fault> {
        if end <= self.len {
            return Ok(());
        }
        let expected = format!("at least {end}, as it was before");
        Err(Fault::corrupt("length of a deque", self.len, expected, self.root()))
    }

    /// 0 if the root is a chunk.
    pub(super) const fn level(self) -> u64 {
        self.root.low()
    }

    /// Where the block of the root starts; 0 for none.
    pub(super) const fn root(self) -> u64 {
        self.root.offset()
    }

    /// The cell.
    pub(super) fn bytes(self) -> [u8; SIZE] {
        let mut cell = [0; SIZE];
        let words = [self.root.word(), self.head, self.len];
        for (place, word) in cell.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_ne_bytes());
        }
        cell
    }

    /// The list in whose nodes the elements stand.
    pub(super) fn list(self) -> List {
        List::new(self.root(), self.level(), self.head + self.len).unwrap_or(List::EMPTY)
    }

    /// Where elements stand in that list.
    pub(super) fn places(self, range: Range<u64>) -> Range<u64> {
        self.head + range.start..self.head + range.end
    }

    /// Where all of them stand there.
    pub(super) fn all(self) -> Range<u64> {
        self.places(0..self.len)
    }
}

/// How many places there are below each item of a node of this level.
pub(super) const fn below(level: u64, stride: usize) -> u64 {
    match level {
        0 => 1,
        _ => capacity(level - 1, stride),
    }
}

/// The items of a node in which these places are, or below which.
pub(super) const fn slots(places: &Range<u64>, below: u64) -> Range<u64> {
    places.start / below..places.end.div_ceil(below)
}

/// Those of these places that are below an item, counted from the first one there.
pub(super) fn part(places: &Range<u64>, slot: u64, below: u64) -> Range<u64> {
    let first = slot * below;
    let inside = |place: u64| place.saturating_sub(first).min(below);
    inside(places.start)..inside(places.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_makes_no_sense_is_refused_with_what_was_expected() {
        let cell = |words: [u64; 3]| {
            let mut cell = [0; SIZE];
            for (place, word) in cell.chunks_exact_mut(8).zip(words) {
                place.copy_from_slice(&word.to_ne_bytes());
            }
            Deque::of(cell, 8, 1 << 20)
        };
        for sound in [[0, 0, 0], [4096, 0, 126], [4096, 125, 1], [4097, 126 * 126 - 1, 1]] {
            assert!(cell(sound).is_ok(), "{sound:?}");
        }
        for (words, expected) in [
            ([0, 0, 1], "cell of a deque"),
            ([0, 1, 0], "cell of a deque"),
            ([1, 0, 0], "cell of a deque"),
            ([4096, 0, 0], "length of a deque is 0, expected 1 to 126"),
            ([4096, 0, 127], "length of a deque"),
            ([4096, 126, 1], "head of a deque is 126, expected at most 125"),
            ([4096, 100, 27], "1 to 26, as its level is 0 and its head 100"),
            ([4096, u64::MAX, 2], "head of a deque"),
            ([4096, 1, u64::MAX], "length of a deque"),
            ([4096 + 8, 0, 1], "level of a deque is 8, expected at most 7"),
            ([4096 + 3, 0, 1 << 18], "as the heap has 1048576 bytes"),
        ] {
            let refused = crate::error::WriteError::from(cell(words).unwrap_err()).to_string();
            assert!(refused.contains(expected), "{words:?}: {refused}");
        }
    }

    #[test]
    fn elements_that_are_gone_are_missed() {
        let deque = Deque::new(4096, 0, (100, 20)).unwrap();
        assert!(deque.expect_to(20).is_ok());
        let refused = crate::error::WriteError::from(deque.expect_to(21).unwrap_err()).to_string();
        assert!(refused.contains("length of a deque is 20, expected at least 21"), "{refused}");
    }

    #[test]
    fn the_parts_of_places_are_all_of_them_once() {
        for (places, below) in [(0..1, 1), (3..9, 4), (125..126, 126), (100..1000, 126)] {
            let mut found = Vec::new();
            for slot in slots(&places, below) {
                let part = part(&places, slot, below);
                assert!(!part.is_empty() && part.end <= below);
                found.extend(part.map(|place| slot * below + place));
            }
            assert_eq!(found, places.collect::<Vec<_>>());
        }
    }
}
