//! What the books of a heap do to the file.

use std::io;

use crate::heap::pass::HeapFile;
use crate::publish::Proven;
use crate::publish::reclaim::{self, Pins, ReclaimSteps as _};
use crate::untyped::WriterCore;

/// The file of a writer, for as long as its books are at work.
#[derive(Debug)]
pub(super) struct GrowingFile<'c> {
    core: &'c WriterCore,
    /// Why the file could not grow.
    refused: Option<io::Error>,
}

impl<'c> GrowingFile<'c> {
    pub(super) const fn new(core: &'c WriterCore) -> Self {
        Self { core, refused: None }
    }

    /// Why the file could not grow, in words; `None` if nobody has refused that.
    pub(super) fn refused(self) -> Option<String> {
        self.refused.map(|error| error.to_string())
    }
}

impl Pins for GrowingFile<'_> {
    fn pinned(&self, first: u64, last: u64) -> Option<(u64, u64)> {
        if !Proven::SCAN {
            return None;
        }
        // Where nothing can be asked nothing can be locked.
        self.core.file().probe()?.pinned(first, last)
    }
}

impl HeapFile for GrowingFile<'_> {
    fn announce<R>(
        &mut self,
        reclaimed: u64,
        scan: impl FnOnce(&mut dyn FnMut(u64, u64) -> Option<(u64, u64)>) -> R,
    ) -> R {
        let words = self.core.file().reclaim_words();
        reclaim::announce::<Proven, _, _>(words, reclaimed, &*self, |pins| {
            scan(&mut |first, last| pins.pinned(first, last))
        })
    }

    fn evict(&mut self, evicted: u64) {
        reclaim::evict::<Proven>(self.core.file().reclaim_words(), evicted);
    }

    fn grow(&mut self, len: u64) -> bool {
        let grown = self.core.file().grow_heap(len);
        self.note(grown)
    }

    fn fill(&mut self, from: u64, len: u64) -> bool {
        let filled = self.core.file().fill_heap(from, len);
        self.note(filled)
    }

    fn punch(&mut self, from: u64, len: u64) -> bool {
        // Who is told nothing has lost nothing.
        self.core.file().punch_heap(from, len).is_ok()
    }
}

impl GrowingFile<'_> {
    /// Keeps why something was refused; returns whether it was not.
    fn note(&mut self, done: io::Result<()>) -> bool {
        match done {
            Ok(()) => {
                self.refused = None;
                true
            }
            Err(error) => {
                self.refused = Some(error);
                false
            }
        }
    }
}
