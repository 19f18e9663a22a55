//! The heap of one writer: what its transactions allocate and retire.

use core::marker::PhantomData;

use super::block_states::State;
use super::blocks::{Blocks, Retirement};
use super::compaction::Sweep;
use super::corrupt::Corrupt;
use super::growth::Growth;
use super::held::{Held, PrivatePins};
use super::limbo::{Limbo, MIN_BATCH, Retired, window};
use super::pass::HeapFile;
use super::pin_list::PinList;
use super::quarantine::Quarantine;
use crate::format::PAGE;
use crate::format::heap::{BlockHeader, Extent};
use crate::publish::Proven;
use crate::publish::reclaim::ReclaimSteps;

/// The budget is no smaller than this by default.
const MIN_BUDGET: u64 = 16 << 20;

/// How much memory a writer may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The file never grows beyond so many bytes.
    pub(crate) max_size: u64,
    /// Readers are evicted when the file must grow and their pins hold more bytes than this; by
    /// default the larger of twice the live bytes and 16 MiB.
    pub(crate) budget: Option<u64>,
    /// The longest step in which the file grows, unless more is needed at once.
    pub(crate) max_step: u64,
}

impl Limits {
    /// The bytes that readers may hold beside so many live ones.
    pub(crate) fn budget(&self, live: u64) -> u64 {
        self.budget.unwrap_or_else(|| live.saturating_mul(2).max(MIN_BUDGET))
    }
}

/// There is no room for a block: the file cannot grow, and nothing can be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no room for {needed} bytes in a heap of {heap} bytes")]
pub(crate) struct NoSpace {
    /// The bytes of the block.
    pub(crate) needed: u64,
    /// The bytes of the heap.
    pub(crate) heap: u64,
}

/// The books of one writer, who takes these steps.
#[derive(Debug)]
pub(crate) struct Heap<S: ReclaimSteps = Proven> {
    pub(super) blocks: Blocks,
    pub(super) limbo: Limbo,
    pub(super) held: Held,
    pub(super) quarantine: Option<Quarantine>,
    /// Pins of readers.
    pub(super) pins: PinList,
    /// Pins of the writer's own.
    pub(super) private: PrivatePins,
    pub(super) growth: Growth,
    pub(super) limits: Limits,
    /// The newest generation that was published; the running transaction makes a later one.
    pub(super) latest: u64,
    /// What was stored last; neither ever decreases.
    pub(super) reclaimed: u64,
    pub(super) evicted: u64,
    /// Whether the kernel was asked about pins since the file grew, so that a block could be found.
    pub(super) has_asked: bool,
    /// How far the emptying of pages has come.
    pub(super) sweep: Sweep,
    /// What the running transaction allocated, in this order; a block that it gave back may stand
    /// here twice.
    fresh: Vec<u64>,
    /// What it retired; `retired` is set by the publish.
    dead: Vec<Retired>,
    steps: PhantomData<S>,
}

impl<S: ReclaimSteps> Heap<S> {
    /// The books of a heap whose blocks are known, before the first transaction.
    pub(super) fn new(blocks: Blocks, growth: Growth, limits: Limits, latest: u64) -> Self {
        Self {
            blocks,
            limbo: Limbo::default(),
            held: Held::default(),
            quarantine: None,
            pins: PinList::default(),
            private: PrivatePins::default(),
            growth,
            limits,
            latest,
            reclaimed: 0,
            evicted: 0,
            has_asked: false,
            sweep: Sweep::Idle,
            fresh: Vec::new(),
            dead: Vec::new(),
            steps: PhantomData,
        }
    }

    /// The bytes of blocks that the running transaction reaches.
    pub(crate) const fn live(&self) -> u64 {
        self.blocks.live()
    }

    /// The length of the file in bytes.
    pub(crate) const fn file_len(&self) -> u64 {
        self.growth.len()
    }

    /// How many bytes the block at `offset` has, header included.
    #[cfg(test)]
    pub(crate) fn size(&self, offset: u64) -> Result<u64, Corrupt> {
        self.used(offset).map(|(size, _)| size)
    }

    /// How many bytes the block at `offset` has, header included, and whether the running transaction
    /// allocated it, so that it may be changed in place. The file is not asked: its header may claim anything.
    ///
    /// # Errors
    ///
    /// A [`Corrupt`] if no block in use starts there.
    #[inline]
    pub(crate) fn used(&self, offset: u64) -> Result<(u64, bool), Corrupt> {
        let (extent, is_fresh) = self.blocks.table().used(offset)?;
        Ok((extent.bytes(), is_fresh))
    }

    /// Returns whether the running transaction allocated the block.
    #[cfg(test)]
    pub(crate) fn is_fresh(&self, offset: u64) -> Result<bool, Corrupt> {
        self.used(offset).map(|(_, is_fresh)| is_fresh)
    }

    /// Finds a block for the running transaction: a free one, or one that may be reused by now, or
    /// one in a longer file.
    ///
    /// # Errors
    ///
    /// [`NoSpace`], after all readers but those of the latest generation were evicted.
    #[inline]
    pub(crate) fn alloc(
        &mut self,
        extent: Extent,
        file: &mut impl HeapFile,
    ) -> Result<u64, NoSpace> {
        let offset = match self.blocks.alloc(extent) {
            Some(offset) => offset,
            None => self.alloc_after_all(extent, file)?,
        };
        self.fresh.push(offset);
        Ok(offset)
    }

    #[cold]
    #[inline(never)]
    fn alloc_after_all(
        &mut self,
        extent: Extent,
        file: &mut impl HeapFile,
    ) -> Result<u64, NoSpace> {
        // A large block is worth overtaking a read: else a value that is written again and again
        // takes three times its size.
        let window = window(self.live());
        let keep = match extent {
            Extent::Run(_) => window.saturating_sub(extent.bytes()),
            Extent::Small(_) => window,
        };
        let budget = self.limits.budget(self.live());
        // Once for each time that the file grows, whether or not the limbo has enough: pins may be
        // gone. Not more often, or each block could cost a pass. And before readers are evicted, so
        // that it is not for a pin that is gone.
        let has_enough = self.limbo.bytes() > keep + MIN_BATCH;
        if has_enough || !self.has_asked || self.held_bytes() > budget {
            self.has_asked = true;
            self.reclaim(keep, file);
            if let Some(offset) = self.blocks.alloc(extent) {
                return Ok(offset);
            }
        }
        // What waits for reads without a pin is garbage as well. Of a small budget it is not all.
        let for_pins = budget.saturating_sub(self.limbo.bytes()).max(budget / 2);
        if self.held_bytes() > for_pins {
            self.evict_down_to(budget / 2, file);
            if let Some(offset) = self.blocks.alloc(extent) {
                return Ok(offset);
            }
        }
        let needed = u64::from(self.blocks.lacking(extent)) * PAGE;
        if !self.fill(extent.pages(), file) {
            for len in self.growth.lengths(needed, self.live()) {
                if self.grow(len, file) {
                    break;
                }
            }
        }
        if let Some(offset) = self.blocks.alloc(extent) {
            return Ok(offset);
        }
        self.reclaim(0, file);
        self.blocks.cool();
        if let Some(offset) = self.blocks.alloc(extent) {
            return Ok(offset);
        }
        // Pins must not fill the file: all but those of the latest generation go.
        self.evict_all(file);
        if let Some(offset) = self.blocks.alloc(extent) {
            return Ok(offset);
        }
        self.fill_all(file);
        let no_space = NoSpace { needed: extent.bytes(), heap: self.blocks.table().bytes() };
        self.blocks.alloc(extent).ok_or(no_space)
    }

    /// Grows the file until a run of so many bytes is free; returns whether there is one.
    pub(crate) fn reserve(&mut self, bytes: u64, file: &mut impl HeapFile) -> bool {
        let Ok(pages) = u32::try_from(bytes.div_ceil(PAGE)) else { return false };
        if self.blocks.has_run(pages) || self.fill(pages, file) {
            return true;
        }
        let needed = u64::from(self.blocks.lacking(Extent::Run(pages))) * PAGE;
        let mut lengths = self.growth.lengths(needed, self.live());
        lengths.any(|len| self.grow(len, file))
    }

    fn grow(&mut self, len: u64, file: &mut impl HeapFile) -> bool {
        let grows = file.grow(len);
        if grows {
            let pages = self.growth.grew(len);
            self.blocks.grow(pages);
            self.has_asked = false;
        }
        grows
    }

    /// The bytes of blocks that were retired and are not used again yet.
    pub(crate) fn garbage(&self) -> u64 {
        let quarantined = self.quarantine.as_ref().map_or(0, Quarantine::bytes);
        self.blocks.waiting().saturating_sub(quarantined)
    }

    /// The generations that readers had pinned when the kernel was asked last, and the bytes that
    /// are kept with each of them: first, last, bytes.
    pub(crate) fn pins(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let ranges = self.pins.ranges().iter();
        ranges.map(|range| (range.start, range.end, self.held.bytes_in(range.start, range.end)))
    }

    /// Takes a block that the running transaction does not reach any more. `header` is its first
    /// word, as the file has it.
    ///
    /// # Errors
    ///
    /// A [`Corrupt`], and nothing is changed: the word is no header, the block is not there or of
    /// another class, it was retired before, or its birth is not that of a published generation.
    pub(crate) fn retire(&mut self, offset: u64, header: u64) -> Result<(), Corrupt> {
        let header = BlockHeader::from_word(header);
        let header = header.map_err(|bad| Corrupt::Header { offset, bad })?;
        let (class, birth, latest) = (header.class(), header.birth(), self.latest);
        // A fresh block's birth is that of the running transaction, whatever the file says.
        if self.blocks.table().state(offset, class)? == State::Live && birth > latest {
            return Err(Corrupt::Birth { offset, found: birth, latest });
        }
        if let Retirement::Waits(extent) = self.blocks.retire(offset, class)? {
            self.dead.push(Retired { offset, birth, retired: 0, extent });
        }
        Ok(())
    }

    /// The running transaction was published as this generation, which must be above all others.
    /// The next one begins.
    pub(crate) fn published(&mut self, generation: u64) {
        debug_assert!(self.latest < generation, "generations grow");
        self.latest = generation;
        for offset in self.fresh.drain(..) {
            self.blocks.publish(offset);
        }
        for block in self.dead.drain(..) {
            self.limbo.push(Retired { retired: generation, ..block });
        }
    }

    /// The same of a transaction without blocks.
    #[inline]
    pub(crate) fn published_again(&mut self, generation: u64) {
        debug_assert!(self.latest < generation, "generations grow");
        debug_assert!(self.fresh.is_empty() && self.dead.is_empty(), "blocks of a transaction");
        self.latest = generation;
    }

    /// The running transaction is undone: what it allocated is free, what it retired is not. The
    /// next one begins.
    pub(crate) fn rollback(&mut self) {
        for offset in self.fresh.drain(..) {
            self.blocks.undo(offset);
        }
        for block in self.dead.drain(..) {
            self.blocks.revive(block.offset, block.extent);
        }
    }

    /// Reuses what was retired, if that is enough to be worth the system calls: after a publish.
    pub(crate) fn reclaim_if_due(&mut self, file: &mut impl HeapFile) {
        let live = self.live();
        if self.limbo.is_due(live) {
            self.reclaim(window(live), file);
        }
    }

    /// Pins a generation that no reader may have pinned: the latest, or at open the durable one.
    pub(crate) fn hold(&mut self, generation: u64) {
        self.private.hold(generation);
    }

    /// Takes one [`Heap::hold`] back; returns whether there was one.
    pub(crate) fn let_go(&mut self, generation: u64) -> bool {
        self.private.let_go(generation)
    }

    /// The value was published again as `generation`, or generations up to that were left out.
    pub(crate) fn continue_from(&mut self, generation: u64) {
        self.latest = self.latest.max(generation);
    }

    /// What is in quarantine may be reached by the latest generation, too: it is not the one whose
    /// blocks are live.
    pub(crate) fn quarantine_latest(&mut self) {
        if let Some(quarantine) = &mut self.quarantine {
            quarantine.hold_longer();
        }
    }

    /// What the running transaction retired.
    #[cfg(test)]
    pub(crate) fn dead(&self) -> &[Retired] {
        &self.dead
    }
}

#[cfg(test)]
impl Heap {
    /// Checks that every byte of the heap is live, free, or waits for somebody that is known.
    pub(crate) fn check_sum(&self) {
        self.blocks.check();
        let quarantined = self.quarantine.as_ref().map_or(0, Quarantine::bytes);
        let held = self.held.readers_bytes() + self.held.writer_bytes();
        let dead: u64 = self.dead.iter().map(|block| block.extent.bytes()).sum();
        let known = quarantined + held + self.limbo.bytes() + dead;
        assert_eq!(known, self.blocks.waiting(), "no block is forgotten");
    }
}
