//! The order of steps by which blocks become free again.
//!
//! 1. The oldest of the limbo are taken, until the rest is no more than the window.
//! 2. RECLAIMED is stored: the highest generation that one of them was retired in. A fence follows.
//! 3. The kernel is asked which generations are pinned.
//! 4. What no pin holds is free. What one holds is kept with it, and looked at again when it is
//!    gone.
//!
//! A reader that pins later sees RECLAIMED and does not believe its pin; one that pinned earlier is
//! seen. Blocks that were announced by an earlier pass need no more than step 3.
//!
//! Readers are evicted only if they hold more than the budget and the file would have to grow.

use super::held::Holder;
use super::limbo::Retired;
use super::space::Heap;
use crate::publish::reclaim::ReclaimSteps;

/// What a pass does to the file, and asks the kernel.
pub(crate) trait HeapFile {
    /// Stores RECLAIMED, which never decreases, fences, and only then calls `scan`, which asks about
    /// pins. What `scan` was told comes before any store to a block that is reused.
    fn announce<R>(&mut self, reclaimed: u64, scan: impl FnOnce(Probe<'_>) -> R) -> R;

    /// Stores EVICTED, which only grows, and fences: the store comes before any store to a block
    /// that is reused. Views of generations up to it fail from now on.
    fn evict(&mut self, evicted: u64);

    /// Makes the file so many bytes long; returns whether that worked.
    fn grow(&mut self, len: u64) -> bool;

    /// Gets room on the disk for so many bytes from `from` on, which are free and may have none;
    /// returns whether that worked.
    fn fill(&mut self, from: u64, len: u64) -> bool;

    /// Gives the room of so many free bytes from `from` on back to the file system; returns whether it
    /// took it.
    fn punch(&mut self, from: u64, len: u64) -> bool;
}

/// Tells one range of pinned generations that overlaps these two and what is between them.
pub(crate) type Probe<'p> = &'p mut dyn FnMut(u64, u64) -> Option<(u64, u64)>;

/// Where a free block goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Warmth {
    /// Was written or read lately.
    Warm,
    /// Has waited for a pin.
    Cold,
}

impl<S: ReclaimSteps> Heap<S> {
    /// Makes free what was retired and what nobody holds any more, but for the youngest `keep`
    /// bytes.
    pub(crate) fn reclaim(&mut self, keep: u64, file: &mut impl HeapFile) {
        let batch = self.limbo.take(keep);
        let is_idle = self.held.readers_bytes() == 0 && self.held.writer_bytes() == 0;
        if batch.is_empty() && is_idle && self.quarantine.is_none() {
            return;
        }
        let newest = batch.last().map_or(0, |block| block.retired);
        let quarantined = self.quarantine.as_ref().map_or(0, |quarantine| quarantine.retired());
        self.reclaimed = self.reclaimed.max(newest).max(quarantined);
        let (reclaimed, evicted, latest) = (self.reclaimed, self.evicted, self.latest);
        file.announce(reclaimed, |probe| self.pins.pass::<S>(reclaimed, evicted, latest, probe));
        let released = self.held.take_released(&self.pins, &self.private);
        self.settle(released, Warmth::Cold);
        self.settle(batch, Warmth::Warm);
        self.settle_quarantine();
    }

    /// Frees blocks that were announced, or keeps them with what holds them.
    fn settle(&mut self, blocks: Vec<Retired>, warmth: Warmth) {
        let is_held = !self.pins.ranges().is_empty() || !self.private.is_empty();
        for block in blocks {
            if !is_held && warmth == Warmth::Warm {
                self.blocks.recycle(block.offset, block.extent);
                continue;
            }
            let holder = Holder::of::<S>(block.birth, block.retired, &self.pins, &self.private);
            let Some(Retired { offset, extent, .. }) = self.held.keep(block, holder) else {
                continue;
            };
            match warmth {
                Warmth::Warm => self.blocks.recycle(offset, extent),
                Warmth::Cold => self.blocks.release(offset, extent),
            }
        }
    }

    fn settle_quarantine(&mut self) {
        if self.quarantine_holder() == Some(Holder::Nobody)
            && let Some(quarantine) = self.quarantine.take()
        {
            quarantine.release(&mut self.blocks);
        }
    }

    fn quarantine_holder(&self) -> Option<Holder> {
        let quarantine = self.quarantine.as_ref()?;
        let (birth, retired) = (quarantine.birth(), quarantine.retired());
        Some(Holder::of::<S>(birth, retired, &self.pins, &self.private))
    }

    /// The bytes that pins of readers hold, as far as they count against the budget.
    pub(crate) fn held_bytes(&self) -> u64 {
        let quarantine = match (self.quarantine_holder(), &self.quarantine) {
            (Some(Holder::Reader(_)), Some(room)) if room.counts(self.file_len()) => room.bytes(),
            _ => 0,
        };
        self.held.readers_bytes() + quarantine
    }

    /// Evicts the oldest readers, until no more than so many bytes are held.
    pub(super) fn evict_down_to(&mut self, bytes: u64, file: &mut impl HeapFile) {
        while self.held_bytes() > bytes && self.evict_oldest(file) {}
    }

    /// Evicts all readers that hold anything.
    pub(super) fn evict_all(&mut self, file: &mut impl HeapFile) {
        while self.evict_oldest(file) {}
    }

    /// Evicts the readers of the oldest pin that holds anything; returns whether there was one.
    fn evict_oldest(&mut self, file: &mut impl HeapFile) -> bool {
        let quarantined = match self.quarantine_holder() {
            Some(Holder::Reader(pin)) => Some(pin),
            _ => None,
        };
        let oldest = [self.held.oldest(), quarantined].into_iter().flatten().min();
        let Some(pin) = oldest else { return false };
        // Never those of the latest: they hold nothing that was retired.
        let evicted = self.pins.end_of(pin).min(self.latest.saturating_sub(1));
        if evicted < pin {
            return false;
        }
        self.evicted = evicted;
        file.evict(evicted);
        self.pins.forget(evicted);
        let released = self.held.take_evicted(evicted);
        self.settle(released, Warmth::Cold);
        self.settle_quarantine();
        true
    }
}
