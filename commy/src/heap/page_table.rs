//! What each page of the heap is used for, and the state of each block: in private memory, never
//! taken from the file again once the heap was traced.
//!
//! It is the only source of sizes: a run has no length in its header, and its first page knows it
//! here. It takes 40 bytes for a page of 4096, which is one percent.
//!

use super::block_states::{BlockSet, State, States};
use super::corrupt::{Corrupt, Place};
use crate::format::PAGE;
use crate::format::heap::{Class, Extent, SizeClass};

/// What a page is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Free,
    Blocks {
        class: SizeClass,
        states: States,
    },
    /// The first page of a run: its length and state.
    Run {
        pages: u32,
        state: State,
    },
    /// Another page of a run.
    WithinRun,
}

const _: () = assert!(size_of::<Page>() <= 40);

/// The pages of the heap, and the blocks in them.
#[derive(Debug)]
pub(crate) struct PageTable {
    /// The number in the file of the first page of the heap.
    first: u32,
    pages: Vec<Page>,
}

impl PageTable {
    /// An empty heap that starts at this page of the file.
    pub(crate) const fn new(first: u32) -> Self {
        Self { first, pages: Vec::new() }
    }

    /// The number of the page behind the last one.
    pub(crate) fn end(&self) -> u32 {
        // `grow` refuses what would not fit.
        self.first + self.pages.len() as u32
    }

    /// The number of the first page.
    pub(crate) const fn first(&self) -> u32 {
        self.first
    }

    /// The bytes of the heap.
    pub(crate) fn bytes(&self) -> u64 {
        self.pages.len() as u64 * PAGE
    }

    /// Adds free pages, as many of these as a page number can tell; returns how many.
    pub(crate) fn grow(&mut self, pages: u32) -> u32 {
        let pages = pages.min(u32::MAX - self.end());
        self.pages.resize(self.pages.len() + pages as usize, Page::Free);
        pages
    }

    #[inline]
    fn page(&self, page: u32) -> Option<&Page> {
        self.pages.get(page.checked_sub(self.first)? as usize)
    }

    #[inline]
    fn page_mut(&mut self, page: u32) -> Option<&mut Page> {
        self.pages.get_mut(page.checked_sub(self.first)? as usize)
    }

    /// The page of blocks in which one starts at `offset`: their class, their states, and its index.
    #[inline]
    fn block(&self, offset: u64) -> Option<(SizeClass, &States, u32)> {
        let page = u32::try_from(offset / PAGE).ok().and_then(|page| self.page(page));
        let Some(Page::Blocks { class, states }) = page else { return None };
        class.place(offset).map(|(_, index)| (*class, states, index))
    }

    /// The same, to change a state.
    #[inline]
    fn block_mut(&mut self, offset: u64) -> Option<(SizeClass, &mut States, u32)> {
        let page = u32::try_from(offset / PAGE).ok().and_then(|page| self.page_mut(page));
        let Some(Page::Blocks { class, states }) = page else { return None };
        class.place(offset).map(|(_, index)| (*class, states, index))
    }

    #[cold]
    fn outside(&self, offset: u64) -> Corrupt {
        let (start, end) = (u64::from(self.first) * PAGE, u64::from(self.end()) * PAGE);
        Corrupt::Outside { offset, start, end }
    }

    /// The page that a block of the file's class is in, and its index there; it may be of another
    /// class.
    fn place(&self, offset: u64, class: Class) -> Result<(u32, u32), Corrupt> {
        let in_file = u32::try_from(offset / PAGE).ok();
        let inside = in_file.filter(|page| self.page(*page).is_some());
        let page = inside.ok_or_else(|| self.outside(offset))?;
        let place = match class {
            Class::Small(class) => class.place(offset),
            Class::Run => offset.is_multiple_of(PAGE).then_some((page, 0)),
        };
        place.ok_or(Corrupt::Misplaced { offset, class })
    }

    /// How much room the block at `offset` takes, which must be in use, and whether the running
    /// transaction allocated it.
    ///
    /// # Errors
    ///
    /// Any [`Corrupt`] but a wrong class: no block starts there, or it is free or retired.
    #[inline]
    pub(crate) fn used(&self, offset: u64) -> Result<(Extent, bool), Corrupt> {
        // Nearly all blocks are small ones.
        if let Some((class, states, index)) = self.block(offset) {
            match states.get(index) {
                State::Live => return Ok((Extent::Small(class), false)),
                State::Fresh => return Ok((Extent::Small(class), true)),
                _ => {}
            }
        }
        self.used_or_wrong(offset)
    }

    #[inline(never)]
    fn used_or_wrong(&self, offset: u64) -> Result<(Extent, bool), Corrupt> {
        // Whatever its class is, it lies in this page.
        let page = u32::try_from(offset / PAGE).ok().and_then(|page| self.page(page));
        let (extent, state) = match page {
            Some(Page::Blocks { class, states }) => {
                let misplaced = Corrupt::Misplaced { offset, class: Class::Small(*class) };
                let (_, index) = class.place(offset).ok_or(misplaced)?;
                (Extent::Small(*class), states.get(index))
            }
            Some(Page::Run { pages, state }) if offset.is_multiple_of(PAGE) => {
                (Extent::Run(*pages), *state)
            }
            _ => return Err(self.nothing_at(offset)),
        };
        match state {
            State::Live => Ok((extent, false)),
            State::Fresh => Ok((extent, true)),
            found => Err(Corrupt::WrongState { offset, found, expected: State::Live }),
        }
    }

    /// Why no block starts there.
    #[cold]
    fn nothing_at(&self, offset: u64) -> Corrupt {
        let page = u32::try_from(offset / PAGE).ok().and_then(|page| self.page(page));
        match page {
            None => self.outside(offset),
            Some(Page::Free) => self.not_there(offset, Place::FreePage),
            Some(Page::WithinRun) => self.not_there(offset, Place::WithinRun),
            Some(_) => Corrupt::Misplaced { offset, class: Class::Run },
        }
    }

    fn not_there(&self, offset: u64, expected: Place) -> Corrupt {
        Corrupt::WrongClass { offset, found: Class::Run, expected }
    }

    /// The state of the block at `offset`, of which the file says that it is of this class.
    ///
    /// # Errors
    ///
    /// [`Corrupt::Outside`], [`Corrupt::Misplaced`] and [`Corrupt::WrongClass`]: it is not there.
    #[inline]
    pub(crate) fn state(&self, offset: u64, class: Class) -> Result<State, Corrupt> {
        match (class, self.block(offset)) {
            (Class::Small(class), Some((there, states, index))) if there == class => {
                Ok(states.get(index))
            }
            _ => self.state_or_wrong(offset, class),
        }
    }

    #[inline(never)]
    fn state_or_wrong(&self, offset: u64, class: Class) -> Result<State, Corrupt> {
        let (page, index) = self.place(offset, class)?;
        let wrong = |expected| Err(Corrupt::WrongClass { offset, found: class, expected });
        match (self.page(page), class) {
            (None, _) => Err(self.outside(offset)),
            (Some(Page::Free), _) => wrong(Place::FreePage),
            (Some(Page::WithinRun), _) => wrong(Place::WithinRun),
            (Some(Page::Run { state, .. }), Class::Run) => Ok(*state),
            (Some(Page::Run { .. }), _) => wrong(Place::Block(Class::Run)),
            (Some(Page::Blocks { class: there, states }), Class::Small(class))
                if *there == class =>
            {
                Ok(states.get(index))
            }
            (Some(Page::Blocks { class: there, .. }), _) => {
                wrong(Place::Block(Class::Small(*there)))
            }
        }
    }

    /// Changes the state of the block at `offset`; returns how much room it takes.
    ///
    /// # Errors
    ///
    /// Those of [`PageTable::state`], and [`Corrupt::WrongState`] if it is not in the state `from`.
    #[inline]
    pub(crate) fn change(
        &mut self,
        offset: u64,
        class: Class,
        from: State,
        to: State,
    ) -> Result<Extent, Corrupt> {
        if let Class::Small(small) = class
            && let Some((there, states, index)) = self.block_mut(offset)
            && there == small
            && states.get(index) == from
        {
            states.set(index, to);
            return Ok(Extent::Small(small));
        }
        self.change_or_wrong(offset, class, from, to)
    }

    #[inline(never)]
    fn change_or_wrong(
        &mut self,
        offset: u64,
        class: Class,
        from: State,
        to: State,
    ) -> Result<Extent, Corrupt> {
        let found = self.state(offset, class)?;
        if found != from {
            return Err(Corrupt::WrongState { offset, found, expected: from });
        }
        let (page, index) = self.place(offset, class)?;
        match self.page_mut(page) {
            Some(Page::Blocks { class, states }) => {
                states.set(index, to);
                Ok(Extent::Small(*class))
            }
            Some(Page::Run { pages, state }) => {
                *state = to;
                Ok(Extent::Run(*pages))
            }
            _ => Err(self.outside(offset)),
        }
    }

    /// Makes the block at `offset` live if it is fresh, whatever its class is.
    #[inline]
    pub(crate) fn publish(&mut self, offset: u64) {
        match self.block_mut(offset) {
            Some((_, states, index)) => {
                if states.get(index) == State::Fresh {
                    states.set(index, State::Live);
                }
            }
            None => self.publish_run(offset),
        }
    }

    #[cold]
    fn publish_run(&mut self, offset: u64) {
        let page = u32::try_from(offset / PAGE).ok().filter(|_| offset.is_multiple_of(PAGE));
        if let Some(Page::Run { state, .. }) = page.and_then(|page| self.page_mut(page))
            && *state == State::Fresh
        {
            *state = State::Live;
        }
    }

    /// Takes the first free block of a page; `None` if it has none of this class.
    pub(crate) fn take_block(&mut self, page: u32, class: SizeClass) -> Option<u64> {
        match self.page_mut(page)? {
            Page::Blocks { class: there, states } if *there == class => {
                let index = states.first_free()?;
                let offset = class.offset(page, index)?;
                states.set(index, State::Fresh);
                Some(offset)
            }
            _ => None,
        }
    }

    /// How many blocks of a page are free, and how many it has; `None` for other pages.
    pub(crate) fn free_blocks(&self, page: u32) -> Option<(u32, u32)> {
        match self.page(page)? {
            Page::Blocks { class, states } => Some((states.free().len(), class.per_page())),
            _ => None,
        }
    }

    /// What is there of a page of blocks: their class, how many are live, and how many free.
    pub(crate) fn use_of(&self, page: u32) -> Option<(SizeClass, u32, u32)> {
        match self.page(page)? {
            Page::Blocks { class, states } => {
                Some((*class, states.live(class.per_page()), states.free().len()))
            }
            _ => None,
        }
    }

    /// How many pages have anything live in them.
    pub(crate) fn used_pages(&self) -> u32 {
        let used = |page: &Page| match page {
            Page::Blocks { class, states } => u32::from(states.live(class.per_page()) > 0),
            Page::Run { pages, state: State::Live | State::Fresh } => *pages,
            _ => 0,
        };
        self.pages.iter().map(used).sum()
    }

    /// Makes a free page one of free blocks of this class; returns whether it was free.
    pub(crate) fn start_blocks(&mut self, page: u32, class: SizeClass) -> bool {
        match self.page_mut(page) {
            Some(free @ Page::Free) => {
                let states = States::all_free(class.per_page());
                *free = Page::Blocks { class, states };
                true
            }
            _ => false,
        }
    }

    /// Makes a run of free pages; returns whether there are so many, and all were free.
    pub(crate) fn start_run(&mut self, page: u32, pages: u32, state: State) -> bool {
        let start = page.checked_sub(self.first).map(|start| start as usize);
        let range = start.and_then(|start| Some(start..start.checked_add(pages as usize)?));
        let range = range.and_then(|range| self.pages.get_mut(range));
        match range {
            Some(range) if pages > 0 && range.iter().all(|page| *page == Page::Free) => {
                range.fill(Page::WithinRun);
                if let Some(head) = range.first_mut() {
                    *head = Page::Run { pages, state };
                }
                true
            }
            _ => false,
        }
    }

    /// Why [`PageTable::start_run`] cannot: what is there instead.
    pub(crate) fn why_no_run(&self, page: u32, pages: u32) -> Corrupt {
        let offset = |page: u32| u64::from(page) * PAGE;
        let last = page.checked_add(pages.saturating_sub(1));
        if pages == 0
            || self.page(page).is_none()
            || last.and_then(|last| self.page(last)).is_none()
        {
            return self.outside(offset(page));
        }
        let taken = (page..).take(pages as usize).find(|page| !self.is_free(*page));
        let taken = taken.unwrap_or(page);
        let expected = match self.page(taken) {
            Some(Page::Blocks { class, .. }) => Place::Block(Class::Small(*class)),
            Some(Page::Run { .. }) => Place::Block(Class::Run),
            Some(Page::WithinRun) => Place::WithinRun,
            Some(Page::Free) | None => Place::FreePage,
        };
        Corrupt::WrongClass { offset: offset(taken), found: Class::Run, expected }
    }

    /// The class of the blocks of a page; `None` for other pages.
    pub(crate) fn class_of_page(&self, page: u32) -> Option<SizeClass> {
        match self.page(page)? {
            Page::Blocks { class, .. } => Some(*class),
            _ => None,
        }
    }

    /// Makes so many pages free.
    pub(crate) fn clear(&mut self, page: u32, pages: u32) {
        for page in page..page.saturating_add(pages) {
            if let Some(page) = self.page_mut(page) {
                *page = Page::Free;
            }
        }
    }

    /// Returns whether nobody uses the page.
    pub(crate) fn is_free(&self, page: u32) -> bool {
        self.page(page) == Some(&Page::Free)
    }

    /// Changes all free blocks of a page to waiting ones; returns which they are, and their size.
    pub(crate) fn set_aside(&mut self, page: u32) -> Option<(BlockSet, SizeClass)> {
        match self.page_mut(page)? {
            Page::Blocks { class, states } => Some((states.set_aside(), *class)),
            _ => None,
        }
    }

    /// Takes [`PageTable::set_aside`] back: these blocks are free again.
    pub(crate) fn take_back(&mut self, page: u32, blocks: BlockSet) {
        if let Some(Page::Blocks { states, .. }) = self.page_mut(page) {
            states.take_back(blocks);
        }
    }

    /// All blocks and free pages in their order: offset, bytes, state.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(u64, u64, State)> {
        let mut all = Vec::new();
        for (page, used) in (self.first..).zip(&self.pages) {
            let offset = u64::from(page) * PAGE;
            match used {
                Page::Free => all.push((offset, PAGE, State::Free)),
                Page::Run { pages, state } => all.push((offset, u64::from(*pages) * PAGE, *state)),
                Page::WithinRun => {}
                Page::Blocks { class, states } => all.extend((0..class.per_page()).map(|index| {
                    let offset = offset + u64::from(index) * class.bytes();
                    (offset, class.bytes(), states.get(index))
                })),
            }
        }
        all
    }
}
