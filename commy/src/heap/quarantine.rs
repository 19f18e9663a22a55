//! What a new writer found free when it opened the file. It does not know since when, so it takes
//! all of it for [0, latest): any pin of a generation before that holds all of it.
//!
//! It is kept as runs of pages and as one set of blocks per page, since it may be as long as the
//! file.

use super::block_states::{BlockSet, State};
use super::blocks::Blocks;
use crate::format::PAGE;
use crate::format::heap::Extent;
use crate::publish::reclaim::ReclaimSteps;

/// Free room whose last use is unknown.
#[derive(Debug)]
pub(crate) struct Quarantine {
    /// The first generation that may reach it: 0, as nothing says more.
    birth: u64,
    /// The latest generation at open: the blocks were retired no later. Not a later one, which
    /// would fail every read without a pin until the next publish, once it is announced.
    retired: u64,
    bytes: u64,
    /// From this length of the file on, it counts as held.
    counts_from: u64,
    /// Pages that are used in part, and what was free there.
    pages: Vec<(u32, BlockSet)>,
    /// First page and length of what was free as a whole.
    runs: Vec<(u32, u32)>,
}

impl Quarantine {
    /// Sets aside all that is free in a heap that was just traced.
    pub(super) fn collect<S: ReclaimSteps>(
        blocks: &mut Blocks,
        latest: u64,
        counts_from: u64,
    ) -> Self {
        let before = blocks.waiting();
        let (first, end) = (blocks.table().first(), blocks.table().end());
        let (mut pages, mut runs, mut page) = (Vec::new(), Vec::new(), first);
        while page < end {
            let free = (page..end).take_while(|page| blocks.table().is_free(*page)).count() as u32;
            if free > 0 {
                blocks.set_aside_run(page, free);
                runs.push((page, free));
            } else if let Some(set) = blocks.set_aside_page(page) {
                pages.push((page, set));
            }
            page += free.max(1);
        }
        let bytes = blocks.waiting() - before;
        let birth = if S::QUARANTINE_FROM_0 { 0 } else { latest };
        let retired = latest - u64::from(!S::QUARANTINE_UNTIL_LATEST);
        Self { birth, retired, bytes, counts_from, pages, runs }
    }

    /// The first generation that may reach it.
    pub(crate) const fn birth(&self) -> u64 {
        self.birth
    }

    /// The first generation that reaches none of it.
    pub(crate) const fn retired(&self) -> u64 {
        self.retired
    }

    /// The latest generation at open may reach it, too.
    pub(super) const fn hold_longer(&mut self) {
        self.retired += 1;
    }

    /// The bytes of its blocks.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether it counts as held by pins: not before the file has grown by the budget since the
    /// first of the writers that these pins have outlived. Else a restart would evict honest
    /// readers at once; and if it never counted, a writer that is killed again and again would
    /// grow the file without bound.
    pub(crate) const fn counts(&self, file_len: u64) -> bool {
        file_len >= self.counts_from
    }

    /// Makes all of it free.
    pub(super) fn release(self, blocks: &mut Blocks) {
        for (page, set) in self.pages {
            blocks.take_back_page(page, set);
        }
        for (page, pages) in self.runs {
            let offset = u64::from(page) * PAGE;
            blocks.release(offset, Extent::Run(pages));
        }
    }
}

impl Blocks {
    /// Sets aside what is free in a page; `None` if nothing is.
    fn set_aside_page(&mut self, page: u32) -> Option<BlockSet> {
        let (set, class) = self.table.set_aside(page)?;
        self.waiting += u64::from(set.len()) * class.bytes();
        (set.len() > 0).then_some(set)
    }

    /// Makes free pages a run that waits.
    fn set_aside_run(&mut self, page: u32, pages: u32) {
        if self.table.start_run(page, pages, State::Waiting) {
            self.waiting += u64::from(pages) * PAGE;
        }
    }

    /// Takes [`Blocks::set_aside_page`] back.
    fn take_back_page(&mut self, page: u32, set: BlockSet) {
        let Some(class) = self.table.class_of_page(page) else { return };
        self.table.take_back(page, set);
        self.waiting -= u64::from(set.len()) * class.bytes();
        self.shelve(page, class);
    }
}
