//! The kernel's locks as one relaxed word, and what it tells of them.

use super::*;

/// Where the first generation of a locked range is in [`Heap::locks`].
pub(super) const RANGE: u32 = 8;

/// The kernel's answer to a writer.
impl Pins for Heap {
    fn pinned(&self, first: u64, last: u64) -> Option<(u64, u64)> {
        let word = self.locks.load(Ordering::Relaxed);
        let (exact, range) = (word & ((1 << RANGE) - 1), word >> RANGE);
        if (first..=last).contains(&exact) && (range == 0 || exact < range) {
            return Some((exact, exact));
        }
        (range != 0 && range <= last).then(|| (range.max(first), last))
    }
}

/// The kernel's answer to one that does not ask.
pub(super) struct Blind;

impl Pins for Blind {
    fn pinned(&self, _: u64, _: u64) -> Option<(u64, u64)> {
        None
    }
}

/// The locks of the one reader that has any.
#[derive(Clone)]
pub(super) struct Locks {
    pub(super) heap: Arc<Heap>,
    /// Whether it may lock a range.
    pub(super) has_ranges: bool,
}

impl Locks {
    fn set(&self, change: impl FnOnce(u64, u64) -> (u64, u64)) {
        let word = self.heap.locks.load(Ordering::Relaxed);
        let (exact, range) = change(word & ((1 << RANGE) - 1), word >> RANGE);
        self.heap.locks.store(exact | (range << RANGE), Ordering::Relaxed);
    }
}

impl PinLocks for Locks {
    type Fault = ();
    type Range<'l> = Range<'l>;

    fn lock(&self, generation: u64) -> Result<(), ()> {
        self.set(|_, range| (generation, range));
        Ok(())
    }

    fn unlock(&self, _: u64) {
        self.set(|_, range| (0, range));
    }

    fn lock_from(&self, first: u64) -> Result<Range<'_>, ()> {
        if !self.has_ranges {
            return Err(());
        }
        self.set(|exact, _| (exact, first));
        Ok(Range(self))
    }

    fn in_child(&self) -> bool {
        false
    }
}

pub(super) struct Range<'l>(&'l Locks);

impl RangeLock for Range<'_> {
    type Fault = ();

    fn lock(&mut self, generation: u64) -> Result<(), ()> {
        self.0.lock(generation)
    }
}

impl Drop for Range<'_> {
    fn drop(&mut self) {
        self.0.set(|exact, _| (exact, 0));
    }
}
