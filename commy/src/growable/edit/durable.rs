//! Keeps what a checkpoint leads to.
//!
//! A root on the disk is worth as much as its blocks. So their generation is pinned, by the writer
//! itself: what the root reaches is not used again before a newer checkpoint is on the disk. Nobody can
//! evict that pin. After a flush that failed, the disk may have the older checkpoint or the one that was
//! refused: both are pinned, until one succeeds.

use super::Edit;
use crate::error::{CreateError, FlushError};
use crate::heap::space::Heap;

/// Whether the writer keeps what the checkpoints lead to; else it is a control, which a test has to
/// find (`tests/scripts/controls.sh`).
const PRIVATE_PINS: bool = !cfg!(commy_mutation = "no_private_pin");

/// The generations whose roots the disk may have, each of them pinned once.
#[derive(Debug, Default)]
pub(super) struct DurablePins(Vec<u64>);

impl DurablePins {
    /// The disk may have the root of `generation`, from now on or already.
    fn hold(&mut self, generation: u64, books: &mut Heap) {
        if PRIVATE_PINS && !self.0.contains(&generation) {
            self.0.push(generation);
            books.hold(generation);
        }
    }

    /// The disk has the root of `generation`, and those before it do not count any more.
    fn settle(&mut self, generation: u64, books: &mut Heap) {
        self.0.retain(|held| {
            let is_kept = *held == generation;
            if !is_kept {
                books.let_go(*held);
            }
            is_kept
        });
    }
}

impl Edit {
    /// Makes durable what was published, if the file keeps checkpoints; else asks for an `msync`.
    pub(in crate::growable) fn flush(&mut self) -> Result<(), FlushError> {
        let generation = self.core.generation();
        let pins = self.core.file().keeps_checkpoints() && self.core.has_value();
        if pins && !self.core.file().in_fork() {
            self.durable_pins.hold(generation, &mut self.books);
        }
        let flushed = self.core.flush(&self.published);
        // Also if it was refused after that, because the path leads elsewhere.
        if pins && self.core.file().flushed() == generation {
            self.durable_pins.settle(generation, &mut self.books);
        }
        flushed
    }

    /// Begins to keep what the newest checkpoint leads to; `is_of_it` says whether that is the staged
    /// state. If it is not, a newer checkpoint is written.
    ///
    /// # Errors
    ///
    /// `Io` if the disk refuses it.
    pub(super) fn begin_durability(&mut self, is_of_it: bool) -> Result<(), CreateError> {
        if !self.core.file().keeps_checkpoints() || !self.core.has_value() {
            return Ok(());
        }
        if is_of_it {
            // The same root may have been published again since.
            self.durable_pins.hold(self.core.generation(), &mut self.books);
            return Ok(());
        }
        match self.flush() {
            Err(FlushError::Io { path, source }) => Err(CreateError::io(&path, "flush", source)),
            // Whoever has the writer is told by the next flush.
            _ => Ok(()),
        }
    }
}
