//! A file that is open for writing.

use std::path::{Path, PathBuf};

use commy_types::InvalidReason;

use super::control::{State, Word};
use super::lock::Locks;
use super::mapped::Mapped;
use crate::error::{CreateError, OpenError};
use crate::mem::Slots;
use crate::publish::MAX_GENERATION;

/// A file that this process alone may write, for as long as this lives.
#[derive(Debug)]
pub(crate) struct OpenedWriter {
    mapped: Mapped,
    path: PathBuf,
    locks: Locks,
}

impl OpenedWriter {
    pub(super) const fn new(mapped: Mapped, path: PathBuf, locks: Locks) -> Self {
        Self { mapped, path, locks }
    }

    /// The slot ring.
    ///
    /// # Errors
    ///
    /// As [`Mapped::slots`].
    pub(crate) fn slots(&self) -> Result<Slots, CreateError> {
        Ok(self.mapped.slots(&self.path)?)
    }

    /// The absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the file that this one replaced stopped counting, or 0.
    pub(crate) const fn base_generation(&self) -> u64 {
        self.mapped.base_generation()
    }

    /// The generation of the last orderly close, or 0.
    pub(crate) fn clean_generation(&self) -> u64 {
        self.mapped.load(Word::CleanGeneration)
    }

    /// See [`Mapped::believes_slots`].
    pub(crate) fn believes_slots(&self, slots: &Slots) -> bool {
        self.mapped.believes_slots(slots)
    }

    /// Returns whether this process is a forked child, which must not write.
    #[inline]
    pub(crate) fn in_fork(&self) -> bool {
        self.locks.in_child()
    }

    /// Marks the file as in use.
    pub(crate) fn mark_live(&self) {
        self.mapped.store(Word::State, State::Live.word());
    }

    /// Vouches for the slots, after the first publish.
    pub(crate) fn store_session(&self) {
        self.mapped.store_session();
    }

    /// Marks the file as closed in good order; `clean` is the latest generation and the checksum
    /// of its payload.
    pub(crate) fn mark_closed(&self, clean: Option<(u64, u64)>) {
        // A writer that published nothing does not know whether the slots it found are torn: its
        // checksum would vouch for them. What an earlier close left stays.
        if let Some((generation, checksum)) = clean
            && self.mapped.is_of_this_session()
        {
            self.mapped.store(Word::CleanGeneration, generation);
            self.mapped.store(Word::CleanChecksum, checksum);
        }
        self.mapped.store(Word::State, State::Closed.word());
    }

    /// The error for a file that speaks of a generation above every possible one.
    pub(crate) fn corrupt_generation(&self, found: u64) -> CreateError {
        let expected = format!("at most {MAX_GENERATION}");
        OpenError::corrupt(&self.path, "highest generation", found, expected).into()
    }

    /// The error for a latest generation that no slot holds.
    pub(crate) fn corrupt_slot(&self, latest: u64) -> CreateError {
        OpenError::corrupt(&self.path, "latest generation", latest, "one that a slot holds").into()
    }

    /// The error for a stored value with a bad field.
    pub(crate) fn invalid_value(&self, field: String, reason: InvalidReason) -> CreateError {
        CreateError::Invalid { path: self.path.clone(), field, reason }
    }
}
