//! What a reader knows of its file besides the value, and how it goes over to the one that took its
//! place.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::path::Path;
use std::time::SystemTime;

use super::{FileState, Reader};
use crate::error::OpenError;
use crate::file::WriterState;
use crate::record::FixedRecord;
use crate::untyped::{ReaderCore, age_at, time_from};

/// What a reader knows of its file besides the value; made by `file()` of a reader.
///
/// # Examples
///
/// See [`FileState`] and [`reopen`](Self::reopen).
pub struct ReaderFile<'r, T: FixedRecord, R = Reader<T>> {
    core: &'r ReaderCore,
    reader: PhantomData<fn() -> (T, R)>,
}

impl<T: FixedRecord> Reader<T> {
    /// What this reader knows of its file besides the value.
    ///
    /// # Examples
    ///
    /// See [`FileState`].
    #[must_use]
    pub const fn file(&self) -> ReaderFile<'_, T> {
        self.file_as()
    }

    /// The same for a type that is made of this reader: what the generated `file` calls.
    #[doc(hidden)]
    #[must_use]
    pub const fn file_as<R: From<Self>>(&self) -> ReaderFile<'_, T, R> {
        ReaderFile { core: &self.behind.core, reader: PhantomData }
    }
}

impl<'r, T: FixedRecord, R: From<Reader<T>>> ReaderFile<'r, T, R> {
    /// Where the value comes from that the reader shows, or why it shows none.
    ///
    /// Can make system calls and take memory for a copy of the value; for a look now and then.
    ///
    /// # Examples
    ///
    /// See [`FileState`].
    #[must_use]
    pub fn state(&self) -> FileState {
        FileState::of(self.core)
    }

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
    /// assert_eq!(reader.file().generation(), 0);
    /// writer.set_level(0.5);
    /// assert!(reader.file().changed_since(0));
    /// assert!(!reader.file().changed_since(reader.file().generation()));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    #[must_use]
    pub fn changed_since(&self, generation: u64) -> bool {
        self.generation() > generation
    }

    /// When the latest value was published, by the clock of the machine that the writer is on.
    ///
    /// `None` if that is not known:
    ///
    /// - The file keeps no times: see [`WriterOptions::timestamps`](crate::WriterOptions::timestamps).
    /// - Nothing is published, or nothing that can be believed: see [`state`](Self::state).
    /// - The value is from a writer that knows no times, of an older commy; or from a checkpoint of one.
    /// - The writer was in the way of every try.
    ///
    /// A value that a new writer continues from keeps its time, one from a checkpoint too. The time of a
    /// value in a view stands behind [`View::file`](crate::View::file). No system call is made.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::SystemTime;
    ///
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
    /// let mut writer = TankWriter::options().path(&path).timestamps(true).create()?;
    /// let reader = TankReader::open_at(&path)?;
    /// assert_eq!(reader.file().published_at(), None); // nothing is published yet
    /// writer.set_level(0.5);
    /// assert!(reader.file().published_at() <= Some(SystemTime::now()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn published_at(&self) -> Option<SystemTime> {
        time_from(self.core.time_of_latest().ok()?)
    }

    /// How long ago the latest value was published; `None` if that is not known, as
    /// [`published_at`](Self::published_at) says.
    ///
    /// Zero if the clock was put back since, and if the writer is on a machine whose clock is ahead.
    /// Where the system has no clock in the vDSO, asking for the time is a system call.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
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
    /// let mut writer = TankWriter::options().path(&path).timestamps(true).create()?;
    /// let reader = TankReader::open_at(&path)?;
    /// writer.set_level(0.5);
    /// match reader.file().age() {
    ///     Some(age) if age > Duration::from_secs(3600) => eprintln!("the level is {age:?} old"),
    ///     Some(_) => {}
    ///     None => eprintln!("nobody knows how old the level is"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        Some(age_at(SystemTime::now(), self.published_at()?))
    }

    /// Returns whether this file was replaced by another one or removed, so that
    /// [`reopen`](Self::reopen) would open a different file or none.
    ///
    /// Makes a system call, unless the writer itself marked the file.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.core.file().is_superseded()
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
    /// assert_ne!(reader.file().writer_state(), WriterState::Dead);
    /// drop(writer);
    /// assert_ne!(reader.file().writer_state(), WriterState::Alive);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn writer_state(&self) -> WriterState {
        self.core.file().writer_state()
    }

    /// Returns whether the last writer ended in good order, and no other one has opened the file
    /// since: one load.
    ///
    /// A file without a writer ([`WriterState::Dead`]) that is not closed had one that was killed.
    /// Of a file that was replaced by another one, nothing is known any more.
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
    /// fn how_it_ended(tank: &TankReader) -> &'static str {
    ///     match (tank.file().writer_state(), tank.file().is_closed()) {
    ///         (WriterState::Alive, _) => "it has not",
    ///         (_, true) => "in good order",
    ///         (WriterState::Dead, false) => "it was killed",
    ///         _ => "unknown",
    ///     }
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let writer = TankWriter::create_at(&path)?;
    /// let tank = TankReader::open_at(&path)?;
    /// assert!(!tank.file().is_closed());
    /// drop(writer);
    /// assert_eq!(how_it_ended(&tank), "in good order");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.core.file().is_closed()
    }

    /// The process that is the file's writer, where the system tells.
    ///
    /// That is on Linux, from `/proc/locks`: not for a process that has no number in this container, and
    /// not on file systems that tell nothing of their locks. It is the process that took the lock, and may
    /// have ended by the time of the answer. Makes system calls, takes memory, and holds up for a moment
    /// all that lock files: for a look now and then.
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
    /// let writer = TankWriter::create_at(&path)?;
    /// let reader = TankReader::open_at(&path)?;
    /// if let Some(pid) = reader.file().writer_pid() {
    ///     assert_eq!(pid, std::process::id());
    /// }
    /// drop(writer);
    /// assert_eq!(reader.file().writer_pid(), None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn writer_pid(&self) -> Option<u32> {
        self.core.file().writer_pid()
    }

    /// Opens the file that is now at the path, with the options of this reader.
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
    /// assert!(reader.file().is_superseded());
    /// assert_eq!(reader.level()?, 0.5);
    /// reader = reader.file().reopen()?;
    /// assert_eq!(reader.level()?, 0.75);
    /// assert_eq!(reader.file().path(), path);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reopen(&self) -> Result<R, OpenError> {
        let file = self.core.file();
        Ok(Reader::open(file.path(), file.options().clone())?.into())
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &'r Path {
        self.core.file().path()
    }
}

impl<T: FixedRecord, R> Clone for ReaderFile<'_, T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: FixedRecord, R> Copy for ReaderFile<'_, T, R> {}

impl<T: FixedRecord, R> fmt::Debug for ReaderFile<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReaderFile")
            .field("path", &self.core.file().path())
            .field("state", &FileState::of(self.core))
            .finish()
    }
}
