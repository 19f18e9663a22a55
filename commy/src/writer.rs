//! The writing end of a record file: the value, its image, and the publish.

mod untyped;

use core::fmt;
use std::path::Path;

use commy_types::{CapacityError, FieldSink, Growing, Mappable, Outcome as _};

use self::untyped::Core;
use crate::batch::{Batch, Staged};
use crate::error::{CreateError, FlushError};
use crate::file::{self, FileOptions, OpenedWriter, Recovered, Recovery};
use crate::format::RecordSpec;
use crate::mem::{Picker, Plain};
use crate::options::WriterOptions;
use crate::publish::{self, Proven};
use crate::record::Record;

/// The one writer of a record file.
///
/// `#[create_writer]` makes a type around it with a setter per field. Everything that changes the
/// value ends in one publish, which copies what changed into a free slot and makes it the latest:
/// no system call, no allocation, no waiting for readers.
///
/// When it is dropped, the file stays, marked as closed in good order; readers keep the last
/// value.
///
/// # Forks
///
/// A writer belongs to the process that made it. In a forked child, everything that publishes
/// panics, and dropping the writer neither closes the file nor unlocks it. The kernel does share
/// the parent's locks with the child: if the parent is killed, the file has a writer for as long
/// as the child lives without running another program (`exec` closes what holds the locks).
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "pump.bin")]
/// #[create_reader(filename = "pump.bin")]
/// #[derive(Debug, PartialEq)]
/// struct Pump {
///     pressure: f64,
///     running: bool,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("pump.bin");
/// let mut writer = PumpWriter::create_at(&path)?;
/// writer.update(|pump| {
///     pump.pressure = 2.5;
///     pump.running = true;
/// });
///
/// let reader = PumpReader::open_at(&path)?;
/// assert_eq!(reader.snapshot()?, Pump { pressure: 2.5, running: true });
/// # Ok(())
/// # }
/// ```
pub struct Writer<T: Record> {
    staged: Staged<T>,
    core: Core,
}

impl<T: Record> Writer<T> {
    /// Creates the file at `path`, or opens the one that is there and continues from its value.
    ///
    /// # Errors
    ///
    /// As [`WriterOptions::create`].
    pub fn create_at(path: impl AsRef<Path>) -> Result<Self, CreateError> {
        Self::open(path.as_ref(), &FileOptions::default())
    }

    /// Options for a file of this name, which is resolved as [`WriterOptions::new`] says.
    pub fn options(filename: &str) -> WriterOptions<T> {
        WriterOptions::new(filename)
    }

    pub(crate) fn open(path: &Path, options: &FileOptions) -> Result<Self, CreateError> {
        Self::on(file::open_writer(path, &RecordSpec::of::<T>(), options)?, options)
    }

    /// A writer that continues from the value in `file`, or from none in a new one.
    fn on(mut file: OpenedWriter, options: &FileOptions) -> Result<Self, CreateError> {
        let (staged, found) = match Self::restored(&mut file) {
            Err(refused) if options.on_mismatch.replaces(&refused) => {
                file = file::replace(file)?;
                Self::restored(&mut file)?
            }
            restored => restored?,
        };
        let mut core = Core::new(file)?;
        if options.prefault {
            core.slots.region().prefault();
        }
        core.recovered = found.source;
        core.file.give_names()?;
        core.bell.set_rings(true);
        publish::clear_steady::<Proven>(&core.slots);
        core.go_live();
        if found.is_hidden {
            core.publish(&staged.draft);
        }
        Ok(Self { staged, core })
    }

    /// The value in `file`, and where it is from.
    fn restored(file: &mut OpenedWriter) -> Result<(Staged<T>, Recovery), CreateError> {
        let slots = file.slots()?;
        let mut staged = Staged::zeroed();
        let found = file.recover(&slots)?;
        if let Some(stored) = &found.payload {
            let restored = staged.draft.restore(stored);
            restored.map_err(|invalid| {
                let field = T::SCHEMA.path_at(invalid.offset).to_string();
                file.invalid_value(field, invalid.reason)
            })?;
        }
        Ok((staged, found))
    }

    /// Changes several fields and publishes once; returns what `change` returns.
    ///
    /// It publishes whatever that is, an error too; see [`try_update`](Self::try_update).
    ///
    /// Costs one pass over the record, to find what changed; setters and [`batch`](Self::batch)
    /// cost what they touch.
    ///
    /// # Panics
    ///
    /// - When `change` panics: the value is then as it was before, and nothing is published.
    /// - When the process is a fork of the one that made the writer.
    /// - When the file is full of generations: after 2^62, which takes one writer 2^61 publishes.
    #[inline]
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R {
        let updated: Result<R, core::convert::Infallible> =
            self.try_update(|value| Ok(change(value)));
        match updated {
            Ok(result) => result,
        }
    }

    /// Changes several fields and publishes once, or not at all.
    ///
    /// # Errors
    ///
    /// What `change` returns; the value is then as it was before, and nothing is published.
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FixedVec, create_writer};
    ///
    /// #[create_writer(filename = "queue.bin")]
    /// struct Queue {
    ///     len: u32,
    ///     jobs: FixedVec<u32, 2>,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("queue.bin");
    /// let mut queue = QueueWriter::create_at(path)?;
    /// let refused = queue.try_update(|queue| {
    ///     queue.len = 3;
    ///     queue.jobs.extend_from_slice(&[1, 2, 3])
    /// });
    /// assert!(refused.is_err());
    /// assert_eq!(queue.get().len, 0);
    /// assert_eq!(queue.generation(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_update<R, E>(
        &mut self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E> {
        self.core.refuse_fork();
        let mut undo = RollBack { staged: &mut self.staged, keep: false };
        let result = change(undo.staged.draft.value_mut());
        self.core.refuse_fork();
        undo.keep = result.is_ok();
        drop(undo);
        if result.is_ok() {
            self.staged.draft.encode(&mut self.core.changes);
            self.core.publish(&self.staged.draft);
        }
        result
    }

    /// Calls setters and publishes once what they set, if they set anything.
    ///
    /// Costs what the setters touch, however large the record is.
    ///
    /// # Panics
    ///
    /// - As [`update`](Self::update).
    /// - When a setter of the batch has panicked and `set` has caught that: nothing of the batch is
    ///   published, and the value is as it was before.
    pub fn batch<R>(&mut self, set: impl FnOnce(&mut Batch<'_, T>) -> R) -> R {
        self.core.refuse_fork();
        let mut undo = RollBack { staged: &mut self.staged, keep: false };
        let result = set(&mut Batch::new(undo.staged));
        self.core.refuse_fork();
        assert!(
            !undo.staged.draft.has_failed(),
            "a setter has panicked within the batch, nothing of which is published"
        );
        undo.keep = true;
        drop(undo);
        let pending = core::mem::take(&mut self.staged.pending);
        if !pending.is_empty() {
            self.staged.draft.encode_within(&pending, &mut self.core.changes);
            self.core.publish(&self.staged.draft);
        }
        result
    }

    /// Publishes `value` as a whole.
    ///
    /// # Panics
    ///
    /// - When the process is a fork of the one that made the writer.
    /// - When the file is full of generations: after 2^62, which takes one writer 2^61 publishes.
    #[inline]
    pub fn publish(&mut self, value: &T) {
        self.core.refuse_fork();
        match Plain::of(value) {
            Some(plain) if publish::is_copied_whole(size_of::<T>()) => {
                self.core.publish_plain(plain, &mut self.staged.draft);
            }
            _ => {
                self.staged.draft.replace(value, &mut self.core.changes);
                self.core.publish(&self.staged.draft);
            }
        }
    }

    /// The writer's own copy of the value: what was published last.
    #[inline]
    #[must_use]
    pub const fn get(&self) -> &T {
        self.staged.draft.value()
    }

    /// Assigns `value` to the part of the record that `field` picks, and publishes.
    ///
    /// The generated setters call this. What `value` is depends on the field: `&str` for a string,
    /// a slice for a vector, the value itself for all others, arrays too. That is passed on the
    /// stack: what is 100 KiB or more is better changed in place, by
    /// [`try_update`](Self::try_update), or element by element in a [`batch`](Self::batch).
    ///
    /// An outcome that is an error publishes nothing. `field` shall do nothing but pick: what else
    /// it changes is not published with this call, so that readers may refuse what is, an element
    /// behind a length that they do not know of for example. The next
    /// [`try_update`](Self::try_update) takes it back before it begins, at the price of one more
    /// pass over the record; until then [`get`](Self::get) shows it, and a [`batch`](Self::batch)
    /// publishes as much of it as is in the fields that it sets.
    ///
    /// # Panics
    ///
    /// - When `field` panics, or returns something that is no part of the record it was given: the
    ///   value is then as it was before, and nothing is published.
    /// - When the process is a fork of the one that made the writer.
    /// - When the file is full of generations: after 2^62, which takes one writer 2^61 publishes.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FixedVec, create_writer};
    ///
    /// #[create_writer(filename = "book.bin")]
    /// struct Book {
    ///     bids: FixedVec<u32, 64>,
    ///     volumes: [u64; 24],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("book.bin");
    /// let mut book = BookWriter::create_at(path)?;
    /// book.set(|book| &mut book.bids, [101, 100].as_slice())?;
    /// book.set(|book| &mut book.volumes[9], 7);
    /// assert_eq!(book.get().bids, [101, 100]);
    /// assert_eq!(book.get().volumes[9], 7);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn set<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        self.set_picked(Picker::Caller, field, value)
    }

    #[inline]
    fn set_picked<F: Mappable>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        let outcome = self.staged.draft.set(picker, field, value, &mut self.core.changes);
        if outcome.is_done() {
            // One look is enough, and it has to be behind the caller's code, which may have forked:
            // what a child has changed until then is in its own memory, and it publishes nothing.
            self.core.refuse_fork();
            self.core.publish(&self.staged.draft);
        }
        outcome
    }

    /// The same for a field of a foreign plain-old-data type.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    #[inline]
    pub fn set_pod<F: bytemuck::Pod>(&mut self, field: impl FnOnce(&mut T) -> &mut F, value: F) {
        self.batch(|batch| batch.set_pod(field, value));
    }

    /// The count of publishes that this file has seen; 0 before the first.
    #[inline]
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.core.generation
    }

    /// Sets whether publishes wake sleepers.
    pub(crate) fn set_notifies(&mut self, notifies: bool) {
        self.core.bell.set_rings(notifies);
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.core.file.path()
    }

    /// Where the writer has its first value from, and so what a restart of the machine has cost.
    #[inline]
    #[must_use]
    pub const fn recovered(&self) -> Recovered {
        self.core.recovered
    }

    /// Returns whether this file is no longer what readers find at its path: it was removed, moved,
    /// replaced or cut off, so that what is published is published to nobody.
    ///
    /// No publish looks for that, because it would take a system call; [`flush`](Self::flush) does.
    /// A daemon that publishes for a long time asks now and then, and creates its writer again. Of a
    /// file that was cut off nothing may be touched: the next publish ends the process by `SIGBUS`,
    /// but dropping the writer does not.
    ///
    /// Makes system calls.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FlushError, create_writer};
    ///
    /// #[create_writer(filename = "pump.bin")]
    /// struct Pump {
    ///     pressure: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("pump.bin");
    /// let mut writer = PumpWriter::create_at(&path)?;
    /// writer.set_pressure(2.5);
    /// assert!(!writer.is_superseded());
    ///
    /// std::fs::remove_file(&path)?; // as an eager cleaner of temporary files does
    /// writer.set_pressure(2.6); // nobody sees it
    /// assert!(writer.is_superseded());
    /// assert!(matches!(writer.flush(), Err(FlushError::Superseded { .. })));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.core.file.is_superseded()
    }

    /// Whether what is flushed outlasts a power cut, as far as this system tells: the writer keeps
    /// checkpoints ([`durable`](crate::WriterOptions::durable)), and on a file system that is not
    /// in memory (tmpfs, ramfs) and not made of layers (overlayfs: what lies below is not known).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "odometer.bin")]
    /// struct Odometer {
    ///     metres: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("odometer.bin");
    /// let odometer = OdometerWriter::options().path(&path).durable(true).create()?;
    /// if !odometer.is_durable() {
    ///     eprintln!("a restart of this machine loses the distance");
    /// }
    /// # drop(odometer);
    /// let odometer = OdometerWriter::options().path(&path).create()?;
    /// assert!(!odometer.is_durable());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.core.file.is_durable()
    }

    /// Makes what was published last outlast a power cut, and waits until it does.
    ///
    /// With [`durable`](crate::WriterOptions::durable), the whole value goes into the older of two
    /// checkpoints: one write and one `fdatasync`, as long as the disk takes for that, and nothing
    /// at all if that value is durable already. The newer checkpoint stays untouched meanwhile.
    /// Checkpoints on tmpfs are flushed without an error and lost all the same:
    /// [`is_durable`](Self::is_durable).
    ///
    /// Without it, this is `msync` on the file and promises less: a power cut while the file is
    /// being written leaves slots of different ages, which are not believed after the restart
    /// unless the writer had been dropped in good order. On tmpfs it then does nothing.
    ///
    /// # Errors
    ///
    /// - [`FlushError::Io`] when the system could not write. What an earlier flush made durable
    ///   stays so, the file and its readers go on, and the next flush writes the whole value again.
    /// - [`FlushError::Superseded`] when all of it was written, and the file is not what readers
    ///   find at its path: see [`is_superseded`](Self::is_superseded). Checkpoints are as flushed.
    /// - [`FlushError::Forked`] in a fork of the process that made the writer.
    pub fn flush(&mut self) -> Result<(), FlushError> {
        self.core.flush(self.staged.draft.image())
    }
}

impl<T: Record> FieldSink for Writer<T> {
    type Record = T;

    #[inline]
    fn set<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        self.set_picked(Picker::Generated, field, value)
    }

    #[inline]
    fn set_pod<F: bytemuck::Pod>(&mut self, field: impl FnOnce(&mut T) -> &mut F, value: F) {
        self.batch(|batch| FieldSink::set_pod(batch, field, value));
    }

    #[inline]
    fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        self.batch(|batch| FieldSink::push(batch, field, value))
    }
}

impl<T: Record> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Writer");
        shown.field("record", &T::NAME).field("path", &self.path());
        shown.field("generation", &self.generation()).finish_non_exhaustive()
    }
}

/// Takes back what was staged, unless told to keep it: on an error, and when the caller's closure
/// panics.
struct RollBack<'a, T: Mappable> {
    staged: &'a mut Staged<T>,
    keep: bool,
}

impl<T: Mappable> Drop for RollBack<'_, T> {
    fn drop(&mut self) {
        if !self.keep {
            self.staged.pending.clear();
            self.staged.draft.roll_back();
        }
    }
}
