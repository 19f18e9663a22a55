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
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let mut writer = TankWriter::create_at(&path)?;
    /// let reader = TankReader::open_at(&path)?;
    /// assert_eq!(reader.generation(), 0);
    /// writer.set_level(0.5);
    /// assert!(reader.changed_since(0));
    /// assert!(!reader.changed_since(reader.generation()));
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{WriterState, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let writer = TankWriter::create_at(&path)?;
    /// let reader = TankReader::open_at(&path)?;
    /// assert_ne!(reader.writer_alive(), WriterState::Dead);
    /// drop(writer);
    /// assert_ne!(reader.writer_alive(), WriterState::Alive);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn writer_alive(&self) -> WriterState {
        self.core.file.writer_state()
    }

    /// Opens the file that is now at the path; on an error, the reader is as it was.
    ///
    /// # Errors
    ///
    /// As [`ReaderOptions::open`](crate::ReaderOptions::open).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{OnMismatch, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let old = TankWriter::options().path(&path).create_with(Tank { level: 0.5 })?;
    /// let mut reader = TankReader::open_at(&path)?;
    /// drop(old);
    /// let other = TankWriter::options().path(&path).slots(8).on_mismatch(OnMismatch::Replace);
    /// let _new = other.create_with(Tank { level: 0.75 })?;
    ///
    /// assert!(reader.is_superseded());
    /// assert_eq!(reader.level()?, 0.5);
    /// reader.reopen()?;
    /// assert_eq!(reader.level()?, 0.75);
    /// assert_eq!(reader.path(), path);
    /// # Ok(())
    /// # }
    /// ```
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
