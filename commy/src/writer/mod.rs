//! The writing end of a record file: the value, its image, and the publish.

mod batch;
mod by_reference;
mod file;

pub use self::batch::Batch;
pub use self::file::WriterFile;

use core::convert::Infallible;
use core::fmt;
use std::path::Path;

use commy_types::{
    ByValue, CapacityError, FieldSink, Growing, Mappable, Outcome as _, Overwriting, Touched,
};

use crate::error::{CreateError, FlushError};
use crate::file::{FileOptions, OpenedWriter};
use crate::mem::{Draft, Picker, Plain};
use crate::publish;
use crate::record::FixedRecord;
use crate::untyped::{Refused, Source, WriterCore};

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
pub struct Writer<T: FixedRecord> {
    draft: Draft<T>,
    core: WriterCore,
}

impl<T: FixedRecord> Writer<T> {
    pub(crate) fn open(path: &Path, options: &FileOptions) -> Result<Self, CreateError> {
        let mut draft = Draft::zeroed();
        let core = WriterCore::open(path, T::spec(), options, &mut draft)?;
        Ok(Self { draft, core })
    }

    /// Changes several fields and publishes once; returns what `change` returns.
    ///
    /// It publishes whatever that is, an error too; see [`try_update`](Self::try_update).
    ///
    /// Costs one pass over the record, to find what changed: milliseconds for tens of megabytes, however
    /// little that is. Setters, [`set`](Self::set) by path and [`batch`](Self::batch) cost what they touch:
    /// `writer.set(|it| &mut it.rows[7].price, 0.5)`.
    ///
    /// # Panics
    ///
    /// - When `change` panics: the value is then as it was before, and nothing is published.
    /// - When the process is a fork of the one that made the writer.
    /// - When the file is full of generations: after 2^62, which takes one writer 2^61 publishes.
    #[inline]
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R {
        let Ok(result) = self.try_update::<_, Infallible>(|value| Ok(change(value)));
        result
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
    /// assert_eq!(queue.file().generation(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_update<R, E>(
        &mut self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E> {
        self.core.refuse_fork();
        self.settle();
        let Self { draft, core } = self;
        let result = draft.edit(|value| {
            let result = change(value);
            // Within the edit, which takes back what a child has changed.
            core.refuse_fork();
            result
        })?;
        self.commit();
        Ok(result)
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
        self.settle();
        let Self { draft, core } = self;
        let (result, has_set) = draft.stage(|draft| {
            let result = set(&mut Batch::new(draft));
            core.refuse_fork();
            result
        });
        if has_set {
            self.commit();
        }
        result
    }

    /// Publishes `value`: copies all of it that is in use, and compares nothing.
    ///
    /// Of a record of more than 2 KiB, what is beyond a text's or a vector's length costs nothing. Numbers
    /// and arrays of them are copied to the readers and nowhere else; whatever looks at the writer's
    /// own value next ([`get`](Self::get), a setter, an update) first copies it back, once. For a large
    /// value that hardly differs from the last one, [`publish_changed`](Self::publish_changed) copies
    /// less.
    ///
    /// # Panics
    ///
    /// - When the process is a fork of the one that made the writer.
    /// - When the file is full of generations: after 2^62, which takes one writer 2^61 publishes.
    ///
    /// # Examples
    ///
    /// See [`Reader::snapshot`](crate::Reader::snapshot).
    #[inline]
    pub fn publish(&mut self, value: &T) {
        self.core.refuse_fork();
        let Self { draft, core } = self;
        let Some(plain) = Plain::of(value) else {
            draft.replace(value);
            return draft.hand_over_all(|image, extent| core.commit(image, extent));
        };
        if publish::is_copied_whole(size_of::<T>()) {
            core.commit_by(|words| plain.store(words));
        } else {
            core.commit_all(|words| plain.store(words));
        }
        // Only now: a publish that panics has left nothing behind.
        draft.fall_behind(plain);
    }

    /// Publishes `value`: compares it with the last one, and copies only what differs.
    ///
    /// It publishes even if nothing does. Records of at most 256 bytes, and plain ones of at most 1 KiB,
    /// are copied whole, which takes no longer there.
    ///
    /// # Panics
    ///
    /// As [`publish`](Self::publish).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "grid.bin")]
    /// #[create_reader(filename = "grid.bin")]
    /// struct Grid {
    ///     heights: [f32; 10_000],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("grid.bin");
    /// let mut writer = GridWriter::create_at(&path)?;
    /// let mut grid = Box::new(Grid { heights: [0.5; 10_000] });
    /// writer.publish(&grid);
    /// grid.heights[7] = 0.75;
    /// writer.publish_changed(&grid); // copies the bytes around this height and no others
    /// assert_eq!(GridReader::open_at(&path)?.heights_at(7)?, Some(0.75));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn publish_changed(&mut self, value: &T) {
        if Draft::<T>::IS_NEVER_COMPARED {
            return self.publish(value);
        }
        self.core.refuse_fork();
        let Self { draft, core } = self;
        draft.settle_image(|copy| core.with_latest(copy));
        draft.replace_changed(value);
        self.commit();
    }

    /// The writer's own copy of the value: what was published last.
    ///
    /// After [`publish`](Self::publish), the first call brings that copy up to date, which takes as long as
    /// to copy the record. A forked child may see what its parent has published since.
    ///
    /// # Panics
    ///
    /// In a forked child, when the parent publishes so fast that no copy is of one value.
    #[inline]
    #[must_use]
    pub fn get(&self) -> &T {
        self.draft.value(|copy| self.core.with_latest(copy))
    }

    /// Assigns `value` to the part of the record that `field` picks, and publishes.
    ///
    /// The generated setters call this. What `value` is depends on the field: `&str` for a string,
    /// a slice for a vector, the value itself for all others, arrays too. That is passed on the
    /// stack: what is large is better passed to [`assign`](Self::assign), which takes it by reference.
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
        let () = ByValue::<F::Arg<'static>, T>::ARGUMENT;
        self.set_picked(Picker::Caller, field, value)
    }

    #[inline]
    fn set_picked<F: Mappable>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        self.settle();
        let outcome = self.draft.set(picker, field, value);
        if outcome.is_done() {
            // One look is enough, and it has to be behind the caller's code, which may have forked:
            // what a child has changed until then is in its own memory, and it publishes nothing.
            self.core.refuse_fork();
            self.commit();
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
        let () = ByValue::<F, T>::ARGUMENT;
        self.batch(|batch| batch.set_pod(field, value));
    }

    /// Adds an element to the sequence that `field` picks, and publishes.
    ///
    /// The generated `push_<field>` calls this. Costs what the element costs, however many there are.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the sequence is full; nothing is published then.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FixedVec, create_writer};
    ///
    /// #[create_writer(filename = "trace.bin")]
    /// struct Trace {
    ///     points: FixedVec<u64, 2>,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("trace.bin");
    /// let mut trace = TraceWriter::create_at(path)?;
    /// trace.push(|trace| &mut trace.points, 10)?;
    /// trace.push_points(20)?; // the same
    /// assert!(trace.push_points(30).is_err());
    /// assert_eq!(trace.get().points, [10, 20]);
    /// assert_eq!(trace.file().generation(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        let () = ByValue::<S::Item, T>::NEW_ELEMENT;
        self.batch(|batch| batch.push(field, value))
    }

    /// Adds an element to the deque that `field` picks, over the oldest one when it is full, and
    /// publishes; returns the one that had to go.
    ///
    /// The generated `push_over_<field>` calls this. Costs what the element costs, however many cells there
    /// are.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FixedDeque, create_writer};
    ///
    /// #[create_writer(filename = "probe.bin")]
    /// struct Probe {
    ///     temperatures: FixedDeque<f64, 2>,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("probe.bin");
    /// let mut probe = ProbeWriter::create_at(path)?;
    /// probe.push_over(|probe| &mut probe.temperatures, 20.5);
    /// probe.push_over_temperatures(21.0); // the same
    /// assert_eq!(probe.push_over_temperatures(21.5), Some(20.5));
    /// assert_eq!(probe.get().temperatures, [21.0, 21.5]);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn push_over<S: Overwriting>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Option<S::Item> {
        let () = ByValue::<S::Item, T>::NEW_ELEMENT;
        self.batch(|batch| batch.push_over(field, value))
    }

    /// Brings value and image up to what was published last.
    #[inline]
    fn settle(&mut self) {
        let Self { draft, core } = self;
        if draft.is_behind() {
            draft.settle(|copy| core.with_latest(copy));
        }
    }

    /// Makes the draft the next generation.
    #[inline(always)]
    fn commit(&mut self) {
        let Self { draft, core } = self;
        draft.hand_over(|image, extent| core.commit(image, extent));
    }

    /// Sets whether publishes wake sleepers.
    pub(crate) fn set_notifies(&mut self, notifies: bool) {
        self.core.set_notifies(notifies);
    }

    /// Makes what was published last outlast a power cut, and waits until it does.
    ///
    /// With [`durable`](crate::WriterOptions::durable), the whole value goes into the older of two
    /// checkpoints: one write and one `fdatasync`, as long as the disk takes for that, and nothing
    /// at all if that value is durable already. The newer checkpoint stays untouched meanwhile.
    /// Checkpoints on tmpfs are flushed without an error and lost all the same:
    /// [`is_durable`](WriterFile::is_durable).
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
    ///   find at its path: see [`is_superseded`](WriterFile::is_superseded). Checkpoints are as flushed,
    ///   but for a value that was published whole to a file that was cut off since.
    /// - [`FlushError::Forked`] in a fork of the process that made the writer.
    pub fn flush(&mut self) -> Result<(), FlushError> {
        let Self { draft, core } = self;
        if draft.is_image_behind() && !core.file().in_fork() {
            if core.file().is_cut_off() {
                // The value was there, and to look for it would end the process.
                return Err(FlushError::Superseded { path: core.file().path().into() });
            }
            draft.settle_image(|copy| core.with_latest(copy));
        }
        core.flush(draft.image())
    }
}

impl<T: FixedRecord> FieldSink for Writer<T> {
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

    #[inline]
    fn push_over<S: Overwriting>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Option<S::Item> {
        self.batch(|batch| FieldSink::push_over(batch, field, value))
    }

    fn change<F: Mappable, R>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        change: impl FnOnce(&mut F, &mut Touched) -> R,
    ) -> R {
        self.batch(|batch| FieldSink::change(batch, field, change))
    }

    #[inline]
    fn assign<E: Mappable>(&mut self, elements: impl FnOnce(&mut T) -> &mut [E], values: &[E]) {
        self.assign_picked(Picker::Generated, elements, values);
    }
}

impl<T: FixedRecord> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Writer");
        shown.field("record", &T::NAME).field("path", &self.core.file().path());
        shown.field("generation", &self.core.generation()).finish_non_exhaustive()
    }
}

impl<T: FixedRecord> Source for Draft<T> {
    fn restore(&mut self, _: &OpenedWriter, _: u64, words: &[u64]) -> Result<(), Refused> {
        let restored = Self::restore(self, words);
        restored.map_err(|it| Refused::Invalid(T::SCHEMA.path_at(it.offset).to_string(), it.reason))
    }

    fn image(&self) -> &[u64] {
        Self::image(self)
    }
}

/// Shows a generated writer called `name`.
///
/// # Errors
///
/// Those of the formatter.
pub fn debug_writer<T: FixedRecord>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    writer: &Writer<T>,
) -> fmt::Result {
    let (path, generation) = (writer.core.file().path(), writer.core.generation());
    f.debug_struct(name).field("path", &path).field("generation", &generation).finish()
}
