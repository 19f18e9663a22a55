//! The writing end of a growable record.

use core::fmt;
use core::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use super::core::{pin_refused, pinned};
use super::edit::{Compaction, Cursor, Edit, Scope};
use super::file::WriterFile;
use super::record::GrowableRecord;
use super::view::{Held, Shared, View, ViewCore};
use crate::error::{CreateError, FlushError, ReadError, WriteError};
use crate::file::FileOptions;

/// The one writer of a growable record.
///
/// `#[create_writer(.., growable)]` makes a type around it with a getter, a setter and a proxy per
/// field. Each change outside a transaction is one publish: readers see all of it or nothing.
///
/// A setter with an equal value publishes; [`publish`](Self::publish) and [`update`](Self::update) write what
/// differs, and publish nothing if nothing does.
///
/// # Forks
///
/// As with [`Writer`](crate::Writer): in a forked child, everything that changes something panics.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "clip.bin", growable)]
/// #[create_reader(filename = "clip.bin", growable)]
/// #[derive(Debug, Clone, PartialEq, Default)]
/// struct Clip {
///     text: String,
///     #[commy(bytes)]
///     image: Vec<u8>,
///     owner: Option<String>,
///     serial: u64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("clip.bin");
/// let mut clip = ClipWriter::create_at(&path)?;
/// clip.transaction(|tx| {
///     tx.set_text("any length")?;
///     tx.set_image(&[0; 100_000])?;
///     tx.set_serial(tx.serial()? + 1)
/// })?;
///
/// let reader = ClipReader::open_at(&path)?;
/// assert_eq!(reader.text()?, "any length");
/// let clip: Clip = reader.snapshot()?;
/// assert_eq!((clip.image.len(), clip.owner, clip.serial), (100_000, None, 1));
/// # Ok(())
/// # }
/// ```
pub struct Writer<T: GrowableRecord> {
    edit: Edit,
    record: PhantomData<fn() -> T>,
}

impl<T: GrowableRecord> Writer<T> {
    pub(super) fn open(path: &Path, options: &FileOptions) -> Result<Self, CreateError> {
        Ok(Self { edit: Edit::open::<T>(path, options)?, record: PhantomData })
    }

    pub(super) fn set_notifies(&mut self, notifies: bool) {
        self.edit.core.set_notifies(notifies);
    }

    /// Changes several things and publishes once, if `change` returns `Ok`; else nothing remains.
    ///
    /// Within it, reads see what is staged. An operation that fails fails the transaction, also if its
    /// error is ignored: later ones, and reads, return the same error.
    ///
    /// # Errors
    ///
    /// What `change` returns, or what an operation in it has failed by. [`WriteError::Aborted`] is
    /// for ending it without an error of one's own; it also comes when an operation has panicked and
    /// the panic was caught inside.
    ///
    /// # Panics
    ///
    /// When `change` panics: nothing remains. In a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{WriteError, create_writer};
    ///
    /// #[create_writer(filename = "form.bin", growable)]
    /// struct Form {
    ///     name: String,
    ///     version: u32,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("form.bin");
    /// let mut form = FormWriter::create_at(&path)?;
    /// form.transaction(|tx| {
    ///     tx.set_name("survey")?;
    ///     tx.set_version(2)
    /// })?;
    /// let refused = form.transaction(|tx| {
    ///     tx.set_name("nobody sees this")?;
    ///     Err::<(), _>(WriteError::Aborted)
    /// });
    /// assert_eq!(refused, Err(WriteError::Aborted));
    /// assert_eq!((form.name()?, form.file().generation()), ("survey".into(), 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn transaction<R>(
        &mut self,
        change: impl FnOnce(&mut Transaction<'_, T>) -> Result<R, WriteError>,
    ) -> Result<R, WriteError> {
        self.try_transaction(change)
    }

    /// The same with an error type of one's own.
    ///
    /// # Errors
    ///
    /// As [`transaction`](Self::transaction).
    pub fn try_transaction<R, E: From<WriteError>>(
        &mut self,
        change: impl FnOnce(&mut Transaction<'_, T>) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut scope = Scope::new(&mut self.edit);
        let result = change(&mut Transaction { edit: scope.edit(), record: PhantomData });
        scope.end(result)
    }

    /// Loads the whole value, calls `change` with it, and publishes what differs then; nothing if
    /// nothing does.
    ///
    /// Costs a load of everything. A setter or a proxy costs what it touches.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish); what is wrong with a damaged file.
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> Result<R, WriteError> {
        let mut value = self.edit.look(T::load)?;
        let result = change(&mut value);
        self.publish(&value)?;
        Ok(result)
    }

    /// Makes the record hold `value`: writes what differs and publishes once; nothing if nothing
    /// does.
    ///
    /// # Errors
    ///
    /// - [`WriteError::NoSpace`], [`WriteError::Full`]: there is no room.
    /// - [`WriteError::TooLong`], [`WriteError::TooDeep`]: no file takes such a value.
    /// - [`WriteError::Corrupt`]: the file is damaged.
    ///
    /// Nothing is changed then.
    pub fn publish(&mut self, value: &T) -> Result<(), WriteError> {
        Cursor::root(&mut self.edit, 0).whole(|cursor| value.reconcile(cursor))
    }

    /// The whole value.
    ///
    /// # Errors
    ///
    /// [`ReadError::Corrupt`], [`ReadError::Invalid`]: the file is damaged.
    pub fn snapshot(&self) -> Result<T, ReadError> {
        self.edit.view().read(T::load)
    }

    /// A view of the latest generation, to read from while the writer changes something else.
    ///
    /// It holds that generation as a reader's does, and can be evicted as one.
    ///
    /// # Errors
    ///
    /// [`ReadError::Empty`] before the first publish; [`ReadError::PinRefused`] where the system has
    /// no such locks.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "log.bin", growable)]
    /// struct Log {
    ///     text: String,
    ///     lines: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("log.bin");
    /// let mut log = LogWriter::create_at(&path)?;
    /// log.set_text("one\ntwo")?;
    /// let before = log.pin()?;
    /// log.set_text("")?;
    /// for line in before.text()?.lines() {
    ///     log.text_mut().push_str(line)?;
    /// }
    /// assert_eq!(log.text()?, "onetwo");
    /// # Ok(())
    /// # }
    /// ```
    pub fn pin(&self) -> Result<View<'static, T>, ReadError> {
        Ok(View::new(self.edit.pin()?))
    }

    /// Grows the file until `bytes` more can be written without growing it.
    ///
    /// Growing takes system calls, and on a disk or tmpfs time. Who must not wait for that in the
    /// middle of things does it before.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoSpace`], [`WriteError::Full`].
    pub fn reserve(&mut self, bytes: u64) -> Result<(), WriteError> {
        self.edit.core.refuse_fork();
        self.edit.reserve(bytes)
    }

    /// Moves what stands in pages that are used little, and gives the room of free pages back to the
    /// file system: after much was removed.
    ///
    /// One call moves about `budget` bytes, in one publish of the same value, and gives back as many;
    /// at least one block with those that lead to it, and one page. Each call visits every block of
    /// the value, so that a large budget costs less in all. Readers and views go on: what they hold
    /// stays where it is, and is given back by a call after they have let go of it.
    ///
    /// The file keeps its length, since readers have it mapped: only `du` shows the difference. Room
    /// that was given back is asked for again when it is needed, and a full disk is then an error as
    /// when the file grows. On file systems in memory, in layers (overlayfs), and where the system
    /// cannot do it, nothing is given back, and what was moved leaves room that is used again first.
    ///
    /// # Errors
    ///
    /// - [`WriteError::NoSpace`], [`WriteError::Full`]: there is no room to move to.
    /// - [`WriteError::Corrupt`]: the file is damaged.
    ///
    /// Nothing was moved then.
    ///
    /// # Panics
    ///
    /// In a forked child.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "page.bin", growable)]
    /// struct Page {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("page.bin");
    /// let mut page = PageWriter::create_at(&path)?;
    /// page.set_text(&"x".repeat(1 << 20))?;
    /// page.set_text("short")?;
    /// while page.compact(1 << 20)?.is_unfinished() {}
    /// assert_eq!(page.text()?, "short");
    /// # Ok(())
    /// # }
    /// ```
    pub fn compact(&mut self, budget: u64) -> Result<Compaction, WriteError> {
        self.edit.compact(T::FIELDS, budget)
    }

    /// Makes what was published last outlast a power cut, and waits until it does.
    ///
    /// With [`durable`](super::WriterOptions::durable), the disk gets what was changed in the file, and
    /// only then a checkpoint that leads there: two `fdatasync`. It gets nothing if that generation is
    /// durable already. The checkpoint before stays whole, with all that it leads to.
    ///
    /// Without it, the system is asked to write the file, which outlasts no power cut for certain: what
    /// the disk has then may be a mix of generations.
    ///
    /// # Errors
    ///
    /// - [`FlushError::Io`]: the system could not write the file, or its checkpoint. What an earlier
    ///   flush made durable stays so, and the next flush writes all of the file again. What may be on the
    ///   disk by now is kept, too, until one succeeds: so the file grows with each failure.
    /// - [`FlushError::Superseded`]: readers do not find this file at its path any more.
    /// - [`FlushError::Forked`]: this process is a forked child of the writer's.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{CreateError, FlushError, create_writer};
    ///
    /// #[create_writer(filename = "ledger.bin", growable)]
    /// struct Ledger {
    ///     lines: String,
    ///     count: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("ledger.bin");
    /// # let opened = LedgerWriter::options().path(&path).durable(true).create();
    /// # if matches!(opened, Err(CreateError::OptionMismatch { .. })) {
    /// #     return Ok(());
    /// # }
    /// # drop(opened);
    /// let mut ledger = LedgerWriter::options().path(&path).durable(true).create()?;
    /// ledger.transaction(|tx| {
    ///     tx.lines_mut().push_str("42 for bread\n")?;
    ///     tx.set_count(1)
    /// })?;
    /// match ledger.flush() {
    ///     Ok(()) => println!("a power cut costs nothing of it"),
    ///     Err(FlushError::Io { path, source, .. }) => {
    ///         eprintln!("the disk has an earlier state of {}: {source}", path.display());
    ///     }
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush(&mut self) -> Result<(), FlushError> {
        self.edit.flush()
    }

    /// Closes the file without vouching for what is in it after a restart of the machine.
    ///
    /// Dropping the writer computes a checksum over all of the heap, by which a value is believed
    /// that outlived a restart, or was copied. Where the file is on tmpfs, or too large for that,
    /// this closes at once.
    pub fn quick_close(mut self) {
        self.edit.core.close_quickly();
    }

    /// What this writer knows of its file besides the value.
    #[must_use]
    pub const fn file(&self) -> WriterFile<'_> {
        WriterFile::new(&self.edit)
    }
}

impl Edit {
    /// A view of the latest generation that was published.
    fn pin(&self) -> Result<ViewCore<'static>, ReadError> {
        let file = self.core.file();
        let Held::Writer(heap) = &self.view().held else { return Err(ReadError::NeedsWriter) };
        let shared = Shared {
            heap: Arc::clone(heap),
            control: file.control().clone(),
            slots: self.core.slots().clone(),
            pins: file.pins().map_err(|error| pin_refused(&error))?,
        };
        let (pin, root) = shared.pin_root()?;
        Ok(pinned(Held::Shared(Box::new(shared)), pin, root, u64::MAX))
    }
}

impl<T: GrowableRecord> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("record", &T::NAME)
            .field("path", &self.edit.core.file().path())
            .field("generation", &self.edit.core.generation())
            .finish_non_exhaustive()
    }
}

/// Changes that become visible together, when the closure that has it returns `Ok`.
///
/// The setters and proxies are on the generated type around it.
pub struct Transaction<'t, T> {
    edit: &'t mut Edit,
    record: PhantomData<fn() -> T>,
}

impl<T: GrowableRecord> Transaction<'_, T> {
    /// The whole value as it is staged.
    ///
    /// # Errors
    ///
    /// What the transaction has failed by; as [`Writer::snapshot`].
    pub fn snapshot(&self) -> Result<T, ReadError> {
        self.edit.view().read(T::load)
    }

    /// Makes the record hold `value`: stages what differs.
    ///
    /// # Errors
    ///
    /// As [`Writer::publish`].
    pub fn assign(&mut self, value: &T) -> Result<(), WriteError> {
        Cursor::root(self.edit, 0).whole(|cursor| value.reconcile(cursor))
    }

    /// The same transaction, for a shorter time.
    #[doc(hidden)]
    pub const fn reborrow(&mut self) -> Transaction<'_, T> {
        Transaction { edit: self.edit, record: PhantomData }
    }
}

impl<T: GrowableRecord> fmt::Debug for Transaction<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("record", &T::NAME).finish_non_exhaustive()
    }
}

/// What setters write to: a writer, where each is a publish, or a transaction.
///
/// Only the crate implements it.
pub trait Sink: sealed::Sink {
    /// What getters read: the state with what is staged.
    #[doc(hidden)]
    fn view(&self) -> &ViewCore<'static>;

    /// The cell at this byte of the root, to be changed.
    #[doc(hidden)]
    fn cursor(&mut self, offset: usize) -> Cursor<'_>;
}

mod sealed {
    pub trait Sink {}
}

impl<T: GrowableRecord> sealed::Sink for Writer<T> {}
impl<T: GrowableRecord> sealed::Sink for Transaction<'_, T> {}

impl<T: GrowableRecord> Sink for Writer<T> {
    #[inline]
    fn view(&self) -> &ViewCore<'static> {
        self.edit.view()
    }

    #[inline]
    fn cursor(&mut self, offset: usize) -> Cursor<'_> {
        Cursor::root(&mut self.edit, offset)
    }
}

impl<T: GrowableRecord> Sink for Transaction<'_, T> {
    #[inline]
    fn view(&self) -> &ViewCore<'static> {
        self.edit.view()
    }

    #[inline]
    fn cursor(&mut self, offset: usize) -> Cursor<'_> {
        Cursor::root(self.edit, offset)
    }
}

#[cfg(test)]
impl<T: GrowableRecord> Writer<T> {
    pub(super) fn check_books(&self) {
        self.edit.check_books(T::FIELDS);
    }
}
