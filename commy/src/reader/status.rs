//! What a reader tells of its file, and how it goes over to the one that took its place.

use std::path::Path;

use super::Reader;
use crate::error::OpenError;
use crate::file::WriterState;
use crate::record::Record;

impl<T: Record> Reader<T> {
    /// The latest generation: one load. 0 before the first publish.
    #[inline]
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.core.generation()
    }

    /// Returns whether something was published after `generation`: one load.
    #[inline]
    #[must_use]
    pub fn changed_since(&self, generation: u64) -> bool {
        self.generation() > generation
    }

    /// Returns whether this file was replaced by another one or removed, so that
    /// [`reopen`](Self::reopen) would open a different file or none.
    ///
    /// Makes a system call, unless the writer itself marked the file.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.core.file.is_superseded()
    }

    /// Tells whether the file has a writer now; its value stays readable without one.
    ///
    /// Makes system calls, which disturb neither the writer nor other readers.
    #[must_use]
    pub fn writer_alive(&self) -> WriterState {
        self.core.file.writer_state()
    }

    /// Opens the file that is now at the path; on an error, the reader is as it was.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn reopen(&mut self) -> Result<(), OpenError> {
        *self = Self::open(self.core.file.path(), self.core.file.options().clone())?;
        Ok(())
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.core.file.path()
    }
}
