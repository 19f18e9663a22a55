//! What a writer and a reader of a growable record know of their file besides the value.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::path::Path;
use std::time::SystemTime;

use super::edit::Edit;
use super::reader::Reader;
use super::record::GrowableRecord;
use crate::error::OpenError;
use crate::file::{Recovered, RefusedCheckpoint, WriterState};
use crate::reader::FileState;
use crate::untyped::{age_at, time_from};

/// What a writer of a growable record knows of its file besides the value; made by
/// [`Writer::file`](super::Writer::file).
///
/// # Examples
///
/// See [`stats`](Self::stats).
#[derive(Clone, Copy)]
pub struct WriterFile<'w> {
    edit: &'w Edit,
}

impl<'w> WriterFile<'w> {
    pub(super) const fn new(edit: &'w Edit) -> Self {
        Self { edit }
    }

    /// The count of publishes that this file has seen; 0 before the first.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.edit.core.generation()
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &'w Path {
        self.edit.core.file().path()
    }

    /// Where the writer has its first value from, and so what a restart of the machine has cost.
    #[must_use]
    pub const fn recovered(&self) -> Recovered {
        self.edit.core.recovered()
    }

    /// Returns whether this file is no longer what readers find at its path: see
    /// [`WriterFile::is_superseded`](crate::WriterFile::is_superseded).
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.edit.core.file().is_superseded()
    }

    /// Why the checkpoint that this writer found is not one of its file, if it found such a one.
    ///
    /// # Examples
    ///
    /// See [`RefusedCheckpoint`].
    #[must_use]
    pub const fn refused_checkpoint(&self) -> Option<&'w RefusedCheckpoint> {
        self.edit.core.file().refused_checkpoint()
    }

    /// Returns whether what is flushed outlasts a power cut: see
    /// [`WriterFile::is_durable`](crate::WriterFile::is_durable).
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.edit.core.file().is_durable()
    }

    /// What takes how much room in the file, as far as this writer knows.
    ///
    /// Pins are those that it met when it last looked for room: it asks the kernel no more often than
    /// it has to.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "page.bin", growable)]
    /// #[create_reader(filename = "page.bin", growable)]
    /// struct Page {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("page.bin");
    /// let mut page = PageWriter::create_at(&path)?;
    /// page.set_text(&"x".repeat(100_000))?;
    /// let stats = page.file().stats();
    /// assert!(stats.live >= 100_000 && stats.file_len > stats.live);
    /// assert_eq!(stats.garbage, 0);
    ///
    /// let reader = PageReader::open_at(&path)?;
    /// let view = reader.pin()?;
    /// page.set_text("short")?; // the view still reads the long one
    /// let stats = page.file().stats();
    /// assert!(stats.garbage >= 100_000 && stats.held >= 100_000);
    /// assert_eq!((stats.pins[0].first, stats.pins[0].age), (1, 1));
    /// assert_eq!(view.text()?.len(), 100_000);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        let books = &self.edit.books;
        let latest = self.generation();
        let pins = books.pins().map(|(first, last, bytes)| PinStats {
            first,
            last,
            age: latest.saturating_sub(first),
            bytes,
        });
        Stats {
            live: books.live(),
            garbage: books.garbage(),
            held: books.held_bytes(),
            file_len: books.file_len(),
            given_back: books.hollow_bytes(),
            leaked: self.edit.leaked(),
            pins: pins.collect(),
        }
    }
}

impl fmt::Debug for WriterFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterFile")
            .field("path", &self.path())
            .field("generation", &self.generation())
            .finish()
    }
}

/// What takes how much room in the file of a growable record, in bytes; made by
/// [`WriterFile::stats`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Blocks that the value reaches.
    pub live: u64,
    /// Blocks that it does not reach any more, and that are not used again yet: readers may be
    /// looking at them.
    pub garbage: u64,
    /// Those of them that nothing but views of readers keeps.
    pub held: u64,
    /// The length of the file.
    pub file_len: u64,
    /// What of that has no room on the disk, because [`compact`](super::Writer::compact) has given it back.
    pub given_back: u64,
    /// How many values or blocks were given up, because the file was damaged there. What they take is
    /// found again when the file is opened the next time.
    pub leaked: u64,
    /// The generations that readers hold, from the oldest on.
    pub pins: Vec<PinStats>,
}

/// Generations that readers hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PinStats {
    /// The first of them.
    pub first: u64,
    /// The last of them; all between may be held.
    pub last: u64,
    /// How many publishes ago the first was the latest.
    pub age: u64,
    /// The bytes that nothing older holds.
    pub bytes: u64,
}

/// What a reader of a growable record knows of its file besides the value; made by
/// [`Reader::file`].
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{FileState, create_reader, create_writer};
///
/// #[create_writer(filename = "page.bin", growable)]
/// #[create_reader(filename = "page.bin", growable)]
/// struct Page {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("page.bin");
/// let mut page = PageWriter::create_at(&path)?;
/// let reader = PageReader::open_at(&path)?;
/// page.set_text("one")?;
/// assert_eq!(reader.file().state(), FileState::Live);
/// assert_eq!(reader.file().generation(), 1);
/// # Ok(())
/// # }
/// ```
pub struct ReaderFile<'r, T: GrowableRecord, R = Reader<T>> {
    reader: &'r Reader<T>,
    made: PhantomData<fn() -> R>,
}

impl<T: GrowableRecord> Reader<T> {
    /// What this reader knows of its file besides the value.
    #[must_use]
    pub const fn file(&self) -> ReaderFile<'_, T> {
        self.file_as()
    }

    /// The same for a type around this one.
    #[doc(hidden)]
    #[must_use]
    pub const fn file_as<R: From<Self>>(&self) -> ReaderFile<'_, T, R> {
        ReaderFile { reader: self, made: PhantomData }
    }
}

impl<'r, T: GrowableRecord, R: From<Reader<T>>> ReaderFile<'r, T, R> {
    /// Whether a value is there, and whether it may change.
    #[must_use]
    pub fn state(&self) -> FileState {
        FileState::of(self.reader.core().untyped())
    }

    /// The latest generation; 0 before the first publish.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.reader.core().untyped().generation()
    }

    /// Returns whether something was published after `generation`.
    #[must_use]
    pub fn changed_since(&self, generation: u64) -> bool {
        self.generation() > generation
    }

    /// When the latest value was published; `None` if that is not known: see
    /// [`ReaderFile::published_at`](crate::ReaderFile::published_at).
    ///
    /// # Examples
    ///
    /// See [`WriterOptions::timestamps`](super::WriterOptions::timestamps).
    #[must_use]
    pub fn published_at(&self) -> Option<SystemTime> {
        time_from(self.reader.core().untyped().time_of_latest().ok()?)
    }

    /// How long ago the latest value was published; `None` if that is not known: see
    /// [`ReaderFile::age`](crate::ReaderFile::age).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "page.bin", growable)]
    /// #[create_reader(filename = "page.bin", growable)]
    /// struct Page {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("page.bin");
    /// let mut page = PageWriter::options().path(&path).timestamps(true).create()?;
    /// let reader = PageReader::open_at(&path)?;
    /// assert_eq!(reader.file().age(), None); // nothing is published yet
    /// page.set_text("one")?;
    /// if let Some(age) = reader.file().age() {
    ///     println!("the page is {age:?} old");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        Some(age_at(SystemTime::now(), self.published_at()?))
    }

    /// Returns whether another file is at the path now, or none.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.reader.core().untyped().file().is_superseded()
    }

    /// Whether somebody has the file open for writing.
    #[must_use]
    pub fn writer_state(&self) -> WriterState {
        self.reader.core().untyped().file().writer_state()
    }

    /// Returns whether the last writer ended in good order, and no other one has opened the file
    /// since: see [`ReaderFile::is_closed`](crate::ReaderFile::is_closed).
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.reader.core().untyped().file().is_closed()
    }

    /// The process that is the file's writer, where the system tells: see
    /// [`ReaderFile::writer_pid`](crate::ReaderFile::writer_pid).
    #[must_use]
    pub fn writer_pid(&self) -> Option<u32> {
        self.reader.core().untyped().file().writer_pid()
    }

    /// Opens the file that is at the path now, with the same options.
    ///
    /// # Errors
    ///
    /// As [`ReaderOptions::open`](super::ReaderOptions::open).
    pub fn reopen(&self) -> Result<R, OpenError> {
        Ok(self.reader.reopen()?.into())
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &'r Path {
        self.reader.core().untyped().file().path()
    }
}

impl<T: GrowableRecord, R> Clone for ReaderFile<'_, T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: GrowableRecord, R> Copy for ReaderFile<'_, T, R> {}

impl<T: GrowableRecord, R> fmt::Debug for ReaderFile<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReaderFile")
            .field("path", &self.reader.core().untyped().file().path())
            .finish_non_exhaustive()
    }
}

/// What a view of a growable record knows besides the value; made by [`View::file`](super::View::file).
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "page.bin", growable)]
/// #[create_reader(filename = "page.bin", growable)]
/// struct Page {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("page.bin");
/// let mut page = PageWriter::options().path(&path).timestamps(true).create()?;
/// page.set_text("one")?;
/// let view = PageReader::open_at(&path)?.into_pinned()?;
/// let published = view.file().published_at();
/// page.set_text("two")?;
/// assert_eq!((view.text()?.as_str(), view.file().generation()), ("one", 1));
/// assert_eq!(view.file().published_at(), published); // that of "one" still
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ViewFile<'v> {
    generation: u64,
    time: u64,
    view: PhantomData<&'v ()>,
}

impl ViewFile<'_> {
    pub(super) const fn new(generation: u64, time: u64) -> Self {
        Self { generation, time, view: PhantomData }
    }

    /// The generation.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// When this generation was published; `None` if that is not known: see
    /// [`ReaderFile::published_at`](crate::ReaderFile::published_at).
    #[must_use]
    pub fn published_at(&self) -> Option<SystemTime> {
        time_from(self.time)
    }
}
