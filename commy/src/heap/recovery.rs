//! The books of a heap that is there: from the blocks that the latest generation reaches.

use super::block_states::State;
use super::blocks::Blocks;
use super::corrupt::Corrupt;
use super::growth::Growth;
use super::quarantine::Quarantine;
use super::space::{Heap, Limits};
use crate::format::PAGE;
use crate::format::heap::Extent;
use crate::publish::Proven;
use crate::publish::reclaim::ReclaimSteps;

/// What the control words of the file say when a writer opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Control {
    /// The newest generation that was published; 0 if none was.
    pub(crate) latest: u64,
    /// RECLAIMED.
    pub(crate) reclaimed: u64,
    /// EVICTED.
    pub(crate) evicted: u64,
    /// The length that the file had when the oldest pin that is there now was met by a new writer
    /// for the first time.
    pub(crate) len_at_oldest_pin: u64,
}

/// A heap that is being traced.
#[derive(Debug)]
pub(crate) struct Recovery {
    blocks: Blocks,
    growth: Growth,
    limits: Limits,
}

impl Recovery {
    /// Begins with a heap from byte `start` of the file to its end at `len`; what is there of a
    /// page that is not whole is left alone. `None` if the file has 2^32 pages or more.
    pub(crate) fn new(start: u64, len: u64, limits: Limits) -> Option<Self> {
        let first = u32::try_from(start.div_ceil(PAGE)).ok()?;
        let end = u32::try_from(len / PAGE).ok()?.max(first);
        let mut blocks = Blocks::new(first);
        blocks.grow_unknown(end - first);
        let growth = Growth::new(
            u64::from(first) * PAGE,
            u64::from(end) * PAGE,
            limits.max_size,
            limits.max_step,
        );
        Some(Self { blocks, growth, limits })
    }

    /// Notes that the latest generation reaches this block.
    ///
    /// # Errors
    ///
    /// A [`Corrupt`], and nothing is changed: it is outside the heap or out of its place, it was
    /// marked before, or another block has some of its bytes.
    pub(crate) fn mark(&mut self, offset: u64, extent: Extent) -> Result<(), Corrupt> {
        self.blocks.mark(offset, extent)
    }

    /// Notes, when all that is reached was marked, that these bytes have no room on the disk: start and
    /// end of each hole.
    pub(crate) fn note_holes(&mut self, holes: &[(u64, u64)]) {
        self.blocks.note_holes(holes);
    }

    /// All that is reached was marked: the rest is free, or waits for pins that are not known.
    pub(crate) fn finish(self, control: Control) -> Heap {
        self.finish_by::<Proven>(control)
    }

    /// The same for a writer that takes these steps.
    pub(crate) fn finish_by<S: ReclaimSteps>(mut self, control: Control) -> Heap<S> {
        let Control { latest, reclaimed, evicted, len_at_oldest_pin } = control;
        let budget = self.limits.budget(self.blocks.live());
        let counts_from = len_at_oldest_pin.saturating_add(budget);
        let quarantine = Quarantine::collect::<S>(&mut self.blocks, latest, counts_from);
        let mut heap = Heap::new(self.blocks, self.growth, self.limits, latest);
        heap.reclaimed = reclaimed;
        heap.evicted = evicted;
        if latest == 0 || !S::QUARANTINE {
            // Nobody has ever read anything here.
            quarantine.release(&mut heap.blocks);
        } else if quarantine.bytes() > 0 {
            heap.quarantine = Some(quarantine);
        }
        heap
    }
}

impl Blocks {
    /// Adds pages whose state the marks will tell.
    fn grow_unknown(&mut self, pages: u32) {
        self.table.grow(pages);
    }

    /// A block is reached.
    fn mark(&mut self, offset: u64, extent: Extent) -> Result<(), Corrupt> {
        let class = extent.class();
        let page = u32::try_from(offset / PAGE).ok();
        if let Some(page) = page.filter(|_| offset.is_multiple_of(PAGE))
            && let Extent::Run(pages) = extent
        {
            if !self.table.start_run(page, pages, State::Live) {
                return Err(self.table.why_no_run(page, pages));
            }
        } else {
            if let Some(page) = page.filter(|page| self.table.is_free(*page))
                && let Extent::Small(class) = extent
                && class.place(offset).is_some()
            {
                self.table.start_blocks(page, class);
            }
            self.table.change(offset, class, State::Free, State::Live)?;
        }
        self.live += extent.bytes();
        Ok(())
    }
}
