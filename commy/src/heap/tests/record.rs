//! A record of blocks of one size, its file and its readers.

use super::*;
use crate::heap::space::NoSpace;

pub(super) const KIB: u64 = 1 << 10;
pub(super) const MIB: u64 = 1 << 20;

pub(super) fn extent(bytes: u64) -> Extent {
    Extent::of(bytes).unwrap()
}

/// A record of blocks of one size, each of which knows its birth.
pub(super) struct Record {
    pub(super) heap: Heap,
    pub(super) world: World,
    /// Offset and birth of each.
    pub(super) blocks: Vec<(u64, u64)>,
    bytes: u64,
}

impl Record {
    pub(super) fn new(count: usize, bytes: u64, limits: Limits) -> Self {
        let (mut heap, mut world) = (empty(limits), World::new());
        let blocks = (0..count).map(|_| (heap.alloc(extent(bytes), &mut world).unwrap(), 1));
        let blocks = blocks.collect();
        heap.published(1);
        Self { heap, world, blocks, bytes }
    }

    /// One transaction that replaces blocks.
    pub(super) fn replace(
        &mut self,
        which: impl IntoIterator<Item = usize>,
    ) -> Result<(), NoSpace> {
        let generation = self.heap.latest + 1;
        for at in which {
            let new = self.heap.alloc(extent(self.bytes), &mut self.world)?;
            let (old, birth) = core::mem::replace(&mut self.blocks[at], (new, generation));
            self.heap.retire(old, header(birth, self.bytes)).unwrap();
        }
        self.heap.published(generation);
        self.heap.reclaim_if_due(&mut self.world);
        Ok(())
    }

    /// Another writer opens the file.
    pub(super) fn reopen(&mut self, limits: Limits, len_at_oldest_pin: u64) {
        let mut recovery = Recovery::new(START, self.world.len, limits).unwrap();
        for (offset, _) in &self.blocks {
            recovery.mark(*offset, extent(self.bytes)).unwrap();
        }
        let World { reclaimed, evicted, .. } = self.world;
        let latest = self.heap.latest;
        self.heap = recovery.finish(Control { latest, reclaimed, evicted, len_at_oldest_pin });
    }

    pub(super) fn heap_len(&self) -> u64 {
        self.world.len - START
    }
}
