//! What the nodes of containers need of the transaction.
//!
//! Items that no generation exposes are written in place, also in a node that is published: those
//! behind the last one, and of a deque those in front of the first one. So that this stays right when
//! items are taken off, a node notes in its first word which of them ever may have been exposed.
//! Readers do not look there.

use core::ops::Range;

use super::Edit;
use crate::error::WriteError;
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::sync::{AtomicU64, Ordering};

/// The bytes of the marks.
const MARKS: usize = 8;

/// The items of a node that any generation may have exposed, and maybe some between them.
///
/// In the word, `end` is the low half. So the marks of a list, which begin at 0, are the count of the
/// items that were ever there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::growable) struct Marks {
    pub(in crate::growable) begin: u32,
    pub(in crate::growable) end: u32,
}

impl Marks {
    /// Those of a node with these items.
    pub(in crate::growable) const fn of(begin: usize, end: usize) -> Self {
        Self { begin: begin as u32, end: end as u32 }
    }

    const fn from_word(word: u64) -> Self {
        Self { begin: (word >> 32) as u32, end: word as u32 }
    }

    /// The first word of the node.
    pub(in crate::growable) const fn word(self) -> u64 {
        (self.begin as u64) << 32 | self.end as u64
    }

    /// Whether one of these items is among them.
    const fn meet(self, slots: Self) -> bool {
        self.begin < slots.end && slots.begin < self.end
    }

    /// With some items more, and those between.
    fn with(self, slots: Self) -> Self {
        if self.begin >= self.end {
            return slots;
        }
        Self { begin: self.begin.min(slots.begin), end: self.end.max(slots.end) }
    }
}

/// Whether a node that a published generation may expose is copied: without this step, which only a
/// control takes away, what kept views see is overwritten.
const SPARES_EXPOSED: bool = !cfg!(commy_mutation = "no_item_count");

/// Whether the copy of a block is what its parent leads to from then on: a control takes this away.
const LINKS_COPIES: bool = !cfg!(commy_mutation = "unlinked_node");

impl Edit {
    /// The block that the address at `place` leads to, all of it, as one of the running transaction: itself,
    /// or a copy, whose address is written there.
    ///
    /// # Errors
    ///
    /// As [`own`](Self::own) and [`write`](Self::write).
    pub(in crate::growable) fn own_at(&mut self, place: At, kind: Kind) -> Result<u64, WriteError> {
        let old = self.address(place)?;
        let (room, is_fresh) = self.used(old.offset())?;
        if is_fresh {
            return Ok(old.offset());
        }
        let block = self.own_copy(old.offset(), kind, (room, room))?;
        self.lead_to(place, old, block)?;
        Ok(block)
    }

    /// Makes the address `old` at `place` lead to another block; its low bits stay.
    pub(super) fn lead_to(
        &mut self,
        place: At,
        old: Address,
        block: u64,
    ) -> Result<(), WriteError> {
        let address = old.moved_to(block).unwrap_or(Address::NONE);
        if !LINKS_COPIES || address == old {
            return Ok(());
        }
        self.write_word(place, address.word())
    }

    /// Writes items into slots of a node in which it has none, from byte `start` on. Returns whether it
    /// could: not where a published generation may expose what is there.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block.
    #[inline]
    pub(in crate::growable) fn put_in_place(
        &mut self,
        (node, is_fresh): (u64, bool),
        slots: Range<usize>,
        start: usize,
        items: &[u8],
    ) -> Result<bool, WriteError> {
        let word = self.marks(node)?;
        let marks = Marks::from_word(word.load(Ordering::Relaxed));
        let slots = Marks::of(slots.start, slots.end);
        if SPARES_EXPOSED && !is_fresh && marks.meet(slots) {
            return Ok(false);
        }
        // They only widen: what a rollback takes back, a crash may leave.
        let widened = marks.with(slots);
        if widened != marks {
            word.store(widened.word(), Ordering::Relaxed);
        }
        // Items behind these may share their last word.
        self.store_within(node, start, items, slots.begin < marks.end)?;
        Ok(true)
    }

    fn marks(&self, node: u64) -> Result<&AtomicU64, WriteError> {
        self.content(node, 0, MARKS)?.first().ok_or_else(|| super::outside(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_contain_all_that_was_ever_noted() {
        let (mut marks, mut noted) = (Marks::of(60, 60), Vec::new());
        for slots in [60..61, 61..64, 58..60, 70..71, 3..4, 125..126, 0..1] {
            let slots = Marks::of(slots.start, slots.end);
            assert!(!marks.meet(slots), "{slots:?}");
            marks = marks.with(slots);
            noted.push(slots);
            assert!(noted.iter().all(|slots| marks.meet(*slots)), "{marks:?}");
            assert_eq!(Marks::from_word(marks.word()), marks);
        }
        assert_eq!(marks, Marks::of(0, 126));
    }

    #[test]
    fn the_marks_of_a_list_are_the_count_of_its_items() {
        let mut marks = Marks::from_word(0);
        for count in 1..=126 {
            marks = marks.with(Marks::of(count - 1, count));
            assert_eq!(marks.word(), count as u64);
        }
    }
}
