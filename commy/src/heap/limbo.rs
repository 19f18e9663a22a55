//! Retired blocks in the order in which they were: none of them was announced for reuse yet.
//!
//! What waits here is counted in bytes. Counted in generations, a few large transactions would
//! keep the whole record as often.

use std::collections::VecDeque;

use crate::format::heap::Extent;

/// A block that generations from `birth` on reach, and `retired` and later ones do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retired {
    /// Where it starts, in bytes from the start of the file.
    pub(crate) offset: u64,
    /// The first generation that reaches it.
    pub(crate) birth: u64,
    /// The first generation after that which does not.
    pub(crate) retired: u64,
    /// How much room it takes.
    pub(crate) extent: Extent,
}

const _: () = assert!(size_of::<Retired>() <= 32);

/// A pass for fewer bytes than this is not worth its system calls.
pub(crate) const MIN_BATCH: u64 = 32 << 10;

/// How many bytes stay in the limbo of a heap with so many live ones. Reads without a pin that take
/// no longer than it takes to retire these bytes are never overtaken.
pub(crate) fn window(live: u64) -> u64 {
    (live / 16).clamp(64 << 10, 256 << 10)
}

/// Retired blocks, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Limbo {
    blocks: VecDeque<Retired>,
    bytes: u64,
}

impl Limbo {
    /// The bytes of all of them.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a block; it must not have been retired earlier than the one before it.
    pub(crate) fn push(&mut self, block: Retired) {
        debug_assert!(self.blocks.back().is_none_or(|last| last.retired <= block.retired));
        self.bytes += block.extent.bytes();
        self.blocks.push_back(block);
    }

    /// Returns whether there is enough for a pass, beside `live` bytes: a pass costs system calls.
    pub(crate) fn is_due(&self, live: u64) -> bool {
        let window = window(live);
        self.bytes > window + (window / 2).max(MIN_BATCH)
    }

    /// Takes the oldest, until no more than `keep` bytes are left.
    pub(crate) fn take(&mut self, keep: u64) -> Vec<Retired> {
        let (mut left, mut count) = (self.bytes, 0);
        for block in &self.blocks {
            if left <= keep {
                break;
            }
            left -= block.extent.bytes();
            count += 1;
        }
        self.bytes = left;
        self.blocks.drain(..count).collect()
    }

    /// Those that are in it.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Retired> {
        self.blocks.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: u64 = 1 << 10;

    fn block(retired: u64, bytes: u64) -> Retired {
        let extent = Extent::of(bytes).unwrap();
        Retired { offset: retired << 12, birth: 1, retired, extent }
    }

    #[test]
    fn the_window_is_a_sixteenth_of_what_is_live_between_64_and_256_kib() {
        let live = [0, 1 << 20, 2 << 20, 4 << 20, 1 << 40];
        assert_eq!(live.map(window), [64, 64, 128, 256, 256].map(|kib| kib * KIB));
    }

    #[test]
    fn the_oldest_leave_until_no_more_than_the_rest_is_left() {
        let mut limbo = Limbo::default();
        (1..=10).for_each(|retired| limbo.push(block(retired, 4096)));
        let mut taken = |keep| limbo.take(keep).iter().map(|b| b.retired).collect::<Vec<_>>();
        assert_eq!(taken(40_960), [0; 0]);
        assert_eq!(taken(40_959), [1]);
        assert_eq!(taken(4096 * 7 + 1), [2, 3], "bytes, not blocks");
        assert_eq!(taken(0), [4, 5, 6, 7, 8, 9, 10]);
        assert_eq!((limbo.bytes(), limbo.take(0).len()), (0, 0));
    }

    #[test]
    fn a_pass_is_due_half_a_window_later() {
        let mut limbo = Limbo::default();
        (0..24).for_each(|_| limbo.push(block(7, 4096)));
        assert!(!limbo.is_due(0), "64 KiB and half of it");
        limbo.push(block(7, 32));
        assert!(limbo.is_due(0) && !limbo.is_due(2 << 20));
    }
}
