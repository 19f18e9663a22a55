//! Hands out blocks and takes them back: the allocator over the page table.
//!
//! For a small block: the one that was set aside last, for it is warm; else one of the current
//! page; else one of the lowest page that has any, so that high pages drain; else a new page. For
//! a run: the shortest free one that suffices.

use core::array;
use std::collections::BTreeSet;

use super::block_states::State;
use super::corrupt::Corrupt;
use super::free_runs::FreeRuns;
use super::page_table::PageTable;
use crate::format::PAGE;
use crate::format::heap::{CLASSES, Class, Extent, SizeClass};

/// At most so many bytes of each class are set aside.
const HOT_BYTES: u64 = 2 << 20;

/// The blocks of a heap: which are used, and which are handed out next.
#[derive(Debug)]
pub(crate) struct Blocks {
    pub(super) table: PageTable,
    pub(super) free: FreeRuns,
    /// Free pages that have no room on the disk.
    pub(super) hollow: FreeRuns,
    /// Pages without room that wait.
    pub(super) unfilled: BTreeSet<u32>,
    /// Pages without room that are used, by first byte and length, until somebody fills them.
    pub(super) used_holes: Vec<(u64, u64)>,
    /// Pages that are being emptied: nothing is handed out there.
    pub(super) closed: BTreeSet<u32>,
    /// What is kept for each class, by its number.
    pub(super) shelves: [Shelf; CLASSES],
    /// The bytes of blocks that are live or fresh.
    pub(super) live: u64,
    /// The bytes of blocks that wait and are not set aside.
    pub(super) waiting: u64,
}

/// Where the next small block of one class comes from.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Reused lately, the warmest last. They count as free, and their state is waiting.
    hot: Vec<u64>,
    /// The page that is used up now; it is not in `partial`, and is not given back.
    pub(super) current: Option<u32>,
    /// The other pages with free blocks, but for closed ones.
    pub(super) partial: BTreeSet<u32>,
}

/// What became of a block that nobody needs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retirement {
    /// It was of the running transaction, so that nobody else has seen it: it is free.
    AtOnce,
    /// Published generations reach it: it waits.
    Waits(Extent),
}

impl Blocks {
    /// A heap of no pages that starts at this page of the file.
    pub(crate) fn new(first: u32) -> Self {
        let shelves = array::from_fn(|_| Shelf::default());
        let table = PageTable::new(first);
        Self {
            table,
            free: FreeRuns::default(),
            hollow: FreeRuns::default(),
            unfilled: BTreeSet::new(),
            used_holes: Vec::new(),
            closed: BTreeSet::new(),
            shelves,
            live: 0,
            waiting: 0,
        }
    }

    /// What is known of each page.
    pub(crate) const fn table(&self) -> &PageTable {
        &self.table
    }

    /// The bytes of blocks that the running transaction reaches.
    pub(crate) const fn live(&self) -> u64 {
        self.live
    }

    /// The bytes of blocks that were retired and are not free yet.
    pub(crate) const fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Returns whether so many free pages are in a row.
    pub(crate) fn has_run(&self, pages: u32) -> bool {
        self.free.has_run(pages)
    }

    /// How many pages the heap lacks for a block of this extent, if nothing else helps.
    pub(crate) fn lacking(&self, extent: Extent) -> u32 {
        extent.pages() - self.free.before(self.table.end()).min(extent.pages())
    }

    /// Adds free pages at the end.
    pub(crate) fn grow(&mut self, pages: u32) {
        let end = self.table.end();
        let added = self.table.grow(pages);
        self.free.give(end, added);
    }

    /// Hands out a block, which is fresh; `None` if there is none.
    #[inline]
    pub(crate) fn alloc(&mut self, extent: Extent) -> Option<u64> {
        let offset = match extent {
            Extent::Small(class) => self.alloc_small(class)?,
            Extent::Run(pages) => {
                let page = self.free.take_run(pages)?;
                self.table.start_run(page, pages, State::Fresh);
                u64::from(page) * PAGE
            }
        };
        self.live += extent.bytes();
        Some(offset)
    }

    #[inline]
    fn alloc_small(&mut self, class: SizeClass) -> Option<u64> {
        let shelf = self.shelves.get_mut(usize::from(class.number()))?;
        let Some(offset) = shelf.hot.pop() else { return self.alloc_cold(class) };
        let class = Class::Small(class);
        let set_aside = self.table.change(offset, class, State::Waiting, State::Fresh);
        debug_assert!(set_aside.is_ok(), "{set_aside:?}");
        Some(offset)
    }

    fn alloc_cold(&mut self, class: SizeClass) -> Option<u64> {
        let Self { table, free, shelves, .. } = self;
        let shelf = shelves.get_mut(usize::from(class.number()))?;
        loop {
            let current = shelf.current.and_then(|page| table.take_block(page, class));
            if current.is_some() {
                return current;
            }
            // Used up, so that it may be found by what is freed in it.
            shelf.current = shelf.partial.pop_first();
            if shelf.current.is_none() {
                let page = free.take_page()?;
                table.start_blocks(page, class);
                shelf.current = Some(page);
            }
        }
    }

    /// Takes a block that the running transaction does not reach any more.
    ///
    /// # Errors
    ///
    /// Any [`Corrupt`] but the birth: it is not there, of another class, or was retired before.
    #[inline]
    pub(crate) fn retire(&mut self, offset: u64, class: Class) -> Result<Retirement, Corrupt> {
        if self.table.state(offset, class)? == State::Fresh {
            self.free(offset, class, State::Fresh)?;
            return Ok(Retirement::AtOnce);
        }
        let extent = self.table.change(offset, class, State::Live, State::Waiting)?;
        self.live -= extent.bytes();
        self.waiting += extent.bytes();
        Ok(Retirement::Waits(extent))
    }

    /// Takes [`Blocks::retire`] of a block that waits back.
    pub(crate) fn revive(&mut self, offset: u64, extent: Extent) {
        let revived = self.table.change(offset, extent.class(), State::Waiting, State::Live);
        debug_assert!(revived.is_ok(), "{revived:?}");
        self.waiting -= extent.bytes();
        self.live += extent.bytes();
    }

    /// Makes a fresh block a live one. Skips what is not fresh: a block may have been handed out
    /// twice, and its page may be of another class by now.
    #[inline]
    pub(crate) fn publish(&mut self, offset: u64) {
        self.table.publish(offset);
    }

    /// Frees a block if it is fresh, and skips it otherwise, as [`Blocks::publish`] does.
    pub(crate) fn undo(&mut self, offset: u64) {
        if let Some(class) = self.fresh_class(offset) {
            let undone = self.free(offset, class, State::Fresh);
            debug_assert!(undone.is_ok(), "{undone:?}");
        }
    }

    fn fresh_class(&self, offset: u64) -> Option<Class> {
        let (extent, is_fresh) = self.table.used(offset).ok()?;
        is_fresh.then(|| extent.class())
    }

    /// Frees a block that waits and that nobody can reach; it is likely to be warm.
    pub(crate) fn recycle(&mut self, offset: u64, extent: Extent) {
        // Set aside, blocks keep their pages from draining: not in a heap that is rather empty.
        let is_used = (self.live + self.waiting) * 2 >= self.table.bytes();
        if let Extent::Small(class) = extent
            && is_used
            && let Some(shelf) = self.shelves.get_mut(usize::from(class.number()))
            && (shelf.hot.len() as u64) < HOT_BYTES / class.bytes()
        {
            self.waiting -= extent.bytes();
            shelf.hot.push(offset);
        } else {
            self.release(offset, extent);
        }
    }

    /// Frees a block that waits and that nobody can reach; it has waited for long.
    pub(crate) fn release(&mut self, offset: u64, extent: Extent) {
        let released = self.free(offset, extent.class(), State::Waiting);
        debug_assert!(released.is_ok(), "{released:?}");
    }

    fn free(&mut self, offset: u64, class: Class, from: State) -> Result<(), Corrupt> {
        let extent = self.table.change(offset, class, from, State::Free)?;
        match from {
            State::Waiting => self.waiting -= extent.bytes(),
            _ => self.live -= extent.bytes(),
        }
        // The table has just found it within its pages.
        let page = (offset / PAGE) as u32;
        match extent {
            Extent::Small(class) => self.shelve(page, class),
            Extent::Run(pages) => self.give_back(page, pages),
        }
        Ok(())
    }

    fn give_back(&mut self, page: u32, pages: u32) {
        self.table.clear(page, pages);
        if self.unfilled.is_empty() {
            self.free.give(page, pages);
        } else {
            self.give_back_unfilled(page, pages);
        }
    }

    /// Notes that a page has free blocks, or gives it back if it has no others.
    pub(super) fn shelve(&mut self, page: u32, class: SizeClass) {
        let Some(shelf) = self.shelves.get_mut(usize::from(class.number())) else { return };
        if shelf.current == Some(page) {
            return;
        }
        match self.table.free_blocks(page) {
            Some((free, all)) if free == all => {
                shelf.partial.remove(&page);
                self.closed.remove(&page);
                self.give_back(page, 1);
            }
            Some((1.., _)) if !self.closed.contains(&page) => {
                shelf.partial.insert(page);
            }
            _ => {}
        }
    }

    /// Gives back all that was set aside, and the pages that it kept.
    pub(crate) fn cool(&mut self) {
        self.cool_hot();
        for number in 0..CLASSES as u8 {
            let Some(class) = SizeClass::from_number(number) else { return };
            let Some(shelf) = self.shelves.get_mut(usize::from(number)) else { return };
            if let Some(page) = shelf.current.take() {
                self.shelve(page, class);
            }
        }
    }

    /// Gives back the blocks that were set aside.
    pub(super) fn cool_hot(&mut self) {
        for number in 0..CLASSES as u8 {
            let Some(class) = SizeClass::from_number(number) else { return };
            let Some(shelf) = self.shelves.get_mut(usize::from(number)) else { return };
            for offset in core::mem::take(&mut shelf.hot) {
                self.waiting += class.bytes();
                self.release(offset, Extent::Small(class));
            }
        }
    }

    /// Checks the books against each other; returns the bytes that are set aside.
    #[cfg(test)]
    pub(crate) fn check(&self) -> u64 {
        let all = self.table.all();
        let bytes = |wanted: &[State]| -> u64 {
            all.iter()
                .filter(|(_, _, state)| wanted.contains(state))
                .map(|(_, bytes, _)| bytes)
                .sum()
        };
        let classes = (0..CLASSES as u8).filter_map(SizeClass::from_number);
        let mut hot = 0;
        for (shelf, class) in self.shelves.iter().zip(classes) {
            hot += shelf.hot.len() as u64 * class.bytes();
            for offset in &shelf.hot {
                assert_eq!(self.table.state(*offset, Class::Small(class)), Ok(State::Waiting));
            }
            let of_class = |page: &u32| self.table.class_of_page(*page) == Some(class);
            assert!(shelf.partial.iter().chain(&shelf.current).all(of_class));
        }
        for page in self.table.first()..self.table.end() {
            let Some(class) = self.table.class_of_page(page) else { continue };
            let shelf = &self.shelves[usize::from(class.number())];
            let (free, all) = self.table.free_blocks(page).unwrap();
            let is_current = shelf.current == Some(page);
            assert_eq!(shelf.partial.contains(&page), free > 0 && !is_current, "page {page}");
            assert!(free < all || is_current, "page {page} is of no use");
        }
        assert_eq!(bytes(&[State::Live, State::Fresh]), self.live);
        assert_eq!(bytes(&[State::Waiting]), self.waiting + hot);
        let free_pages =
            (self.table.first()..self.table.end()).filter(|page| self.table.is_free(*page));
        let runs = self.free.all().into_iter().chain(self.hollow.all());
        let in_runs: BTreeSet<_> = runs.flat_map(|(start, len)| start..start + len).collect();
        assert!(free_pages.eq(in_runs), "the free pages are those in free runs");
        assert!(self.closed.is_empty(), "pages are closed only in between");
        hot
    }
}
