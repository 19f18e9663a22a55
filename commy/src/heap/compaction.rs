//! Gives room back: pages that are used little are emptied, and free ones leave the disk.
//!
//! A page is *thin* if less than half of its blocks are live. Thin pages are closed while their
//! blocks are moved, so that nothing is allocated there. What is moved waits for readers as all that
//! is retired does, and then its page is free. A free page whose room was given back to the file
//! system is *hollow*: it is free in all respects, but has to get room before it is used, where a
//! full disk is an error; a store to it would be the end of the process.

use super::blocks::Blocks;
use super::pass::HeapFile;
use super::space::Heap;
use crate::format::PAGE;
use crate::format::heap::{CLASSES, SizeClass};
use crate::publish::reclaim::ReclaimSteps;

/// At least so many hollow pages get room at once: each time takes a system call.
const LEAST_FILLED: u32 = 16;
/// So many free pages keep their room.
const SPARE: u32 = 16;

/// One round over all thin pages, which may take several calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sweep {
    /// None has begun.
    #[default]
    Idle,
    /// It is under way. So many pages were in use when it began, and so many bytes may still be moved.
    Running { used: u32, left: u64 },
    /// It came to its end. So many pages were in use when it began.
    Done { used: u32 },
}

/// How much of a page is used.
#[derive(Debug, Clone, Copy)]
struct Use {
    page: u32,
    live: u32,
    free: u32,
}

impl<S: ReclaimSteps> Heap<S> {
    /// Whether the round before was cut off.
    pub(crate) const fn is_sweeping(&self) -> bool {
        matches!(self.sweep, Sweep::Running { .. })
    }

    /// Closes the thin pages that are worth emptying; returns the bytes of the blocks there.
    ///
    /// 0 also if the round before has not made fewer pages of what is used: then there is no end to
    /// it.
    pub(crate) fn begin_sweep(&mut self) -> u64 {
        let used = self.blocks.table().used_pages();
        self.sweep = match self.sweep {
            Sweep::Done { used: before } if used >= before => {
                self.sweep = Sweep::Idle;
                return 0;
            }
            Sweep::Running { used, left } => Sweep::Running { used, left },
            // All of it twice: to move a block moves those that lead to it, too.
            _ => Sweep::Running { used, left: self.live().saturating_mul(2) },
        };
        self.blocks.cool_hot();
        self.blocks.close_thin_pages()
    }

    /// Ends what [`begin_sweep`](Self::begin_sweep) has begun, and so many bytes were moved; `is_cut` if
    /// blocks are left there.
    pub(crate) fn end_sweep(&mut self, moved: u64, is_cut: bool) {
        self.blocks.open_pages();
        self.sweep = match self.sweep {
            Sweep::Running { used, left } if is_cut && moved < left => {
                Sweep::Running { used, left: left - moved }
            }
            Sweep::Running { used, .. } if moved > 0 => Sweep::Done { used },
            _ => Sweep::Idle,
        };
    }

    /// Returns whether the block is in a page that is to be emptied.
    pub(crate) fn is_in_closed_page(&self, offset: u64) -> bool {
        let page = u32::try_from(offset / PAGE);
        page.is_ok_and(|page| self.blocks.closed.contains(&page))
    }

    /// Gives the room of free pages back to the file system, at most so many bytes, but for a few pages:
    /// who has none could write nothing where the disk is full. Returns how many it were, and
    /// whether there are more.
    pub(crate) fn punch(&mut self, bytes: u64, file: &mut impl HeapFile) -> (u64, bool) {
        let (mut given, most) = (0, u32::try_from(bytes / PAGE).unwrap_or(u32::MAX).max(1));
        loop {
            let spare = self.blocks.free.pages().saturating_sub(SPARE);
            let Some((page, pages)) = self.blocks.free.take_last(spare.min(most - given)) else {
                return (u64::from(given) * PAGE, spare > 0);
            };
            if !file.punch(u64::from(page) * PAGE, u64::from(pages) * PAGE) {
                self.blocks.free.give(page, pages);
                return (u64::from(given) * PAGE, false);
            }
            self.blocks.hollow.give(page, pages);
            given += pages;
        }
    }

    /// Gets room for hollow pages, of which at least so many are in a row; returns whether it did.
    pub(super) fn fill(&mut self, pages: u32, file: &mut impl HeapFile) -> bool {
        let Some((page, count)) = self.blocks.hollow.take_up_to(pages, pages.max(LEAST_FILLED))
        else {
            return false;
        };
        for most in [count, pages] {
            if file.fill(u64::from(page) * PAGE, u64::from(most) * PAGE) {
                self.blocks.free.give(page, most);
                self.blocks.hollow.give(page + most, count - most);
                return true;
            }
        }
        self.blocks.hollow.give(page, count);
        false
    }

    /// Gets room for all hollow pages, as far as there is any: what is free lies in a row then.
    pub(super) fn fill_all(&mut self, file: &mut impl HeapFile) {
        while self.fill(1, file) {}
    }

    /// The bytes of free pages that have no room on the disk.
    pub(crate) fn hollow_bytes(&self) -> u64 {
        let waiting = self.blocks.unfilled.len() as u64;
        (u64::from(self.blocks.hollow.pages()) + waiting) * PAGE
    }

    /// Those pages without room that are used, by their first byte and length: they have to get it
    /// before anything is stored there.
    pub(crate) fn take_used_holes(&mut self) -> Vec<(u64, u64)> {
        core::mem::take(&mut self.blocks.used_holes)
    }
}

impl Blocks {
    /// Notes that these bytes of the file have no room on the disk, of a heap that was just traced.
    pub(super) fn note_holes(&mut self, holes: &[(u64, u64)]) {
        for (start, end) in holes {
            let first = u32::try_from(start / PAGE).unwrap_or(u32::MAX).max(self.table.first());
            let end = u32::try_from(end.div_ceil(PAGE)).unwrap_or(u32::MAX).min(self.table.end());
            for page in first..end {
                if self.table.is_free(page) {
                    self.unfilled.insert(page);
                    continue;
                }
                let start = u64::from(page) * PAGE;
                match self.used_holes.last_mut() {
                    Some((from, len)) if *from + *len == start => *len += PAGE,
                    _ => self.used_holes.push((start, PAGE)),
                }
            }
        }
    }

    /// Gives back pages of which some may have no room.
    #[cold]
    pub(super) fn give_back_unfilled(&mut self, page: u32, pages: u32) {
        for page in page..page.saturating_add(pages) {
            match self.unfilled.remove(&page) {
                true => self.hollow.give(page, 1),
                false => self.free.give(page, 1),
            }
        }
    }

    /// Closes the thin pages of each class that would take fewer pages together, or find room in
    /// others; returns the bytes of live blocks there.
    fn close_thin_pages(&mut self) -> u64 {
        let mut bytes = 0;
        let mut classes: [Vec<Use>; CLASSES] = core::array::from_fn(|_| Vec::new());
        for page in self.table.first()..self.table.end() {
            if let Some((class, live, free)) = self.table.use_of(page)
                && let Some(pages) = classes.get_mut(usize::from(class.number()))
            {
                pages.push(Use { page, live, free });
            }
        }
        for (pages, number) in classes.iter().zip(0..) {
            let Some(class) = SizeClass::from_number(number) else { break };
            let Some(shelf) = self.shelves.get_mut(usize::from(number)) else { break };
            // The page that is used up now takes what is moved.
            let is_thin =
                |used: &&Use| used.live * 2 < class.per_page() && shelf.current != Some(used.page);
            let thin: Vec<_> = pages.iter().filter(is_thin).collect();
            let count = thin.iter().filter(|used| used.live > 0).count() as u32;
            let live: u32 = thin.iter().map(|used| used.live).sum();
            let others = pages.iter().filter(|used| !is_thin(used));
            let room: u32 = others.map(|used| used.free).sum();
            if live.saturating_sub(room).div_ceil(class.per_page()) >= count {
                continue;
            }
            for used in thin {
                shelf.partial.remove(&used.page);
                self.closed.insert(used.page);
            }
            bytes += u64::from(live) * class.bytes();
        }
        bytes
    }

    /// Takes [`close_thin_pages`](Self::close_thin_pages) back.
    fn open_pages(&mut self) {
        for page in core::mem::take(&mut self.closed) {
            if let Some(class) = self.table.class_of_page(page) {
                self.shelve(page, class);
            }
        }
    }
}
