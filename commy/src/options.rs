//! Builders for what can be asked of a file when it is created or opened.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::path::PathBuf;

use crate::error::{CreateError, OpenError};
use crate::file::{self, FileOptions, ReadOptions};
use crate::notify::open_wait;
use crate::reader::Reader;
use crate::record::Record;
use crate::writer::Writer;

/// The permission bits by which others than the owner may write a file.
const GROUP_OR_OTHER_WRITE: u32 = 0o022;

/// Options for creating a file, or opening it for writing.
///
/// Options that shape the file apply when it is created; asking for others on an existing file is
/// [`CreateError::OptionMismatch`].
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "lamp.bin")]
/// struct Lamp {
///     lit: bool,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("lamp.bin");
/// let lamp = LampWriter::options().path(&path).slots(8).mode(0o640).create()?;
/// assert_eq!(lamp.path(), path);
/// # Ok(())
/// # }
/// ```
#[must_use = "options do nothing until `create`"]
pub struct WriterOptions<T, W = Writer<T>>
where
    T: Record,
{
    path: PathBuf,
    file: FileOptions,
    notifies: bool,
    made: PhantomData<fn() -> (T, W)>,
}

impl<T: Record, W> Clone for WriterOptions<T, W> {
    fn clone(&self) -> Self {
        let Self { path, file, notifies, made } = self;
        Self { path: path.clone(), file: file.clone(), notifies: *notifies, made: *made }
    }
}

impl<T: Record, W> fmt::Debug for WriterOptions<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, file, notifies, made: _ } = self;
        f.debug_struct("WriterOptions")
            .field("path", path)
            .field("file", file)
            .field("notifies", notifies)
            .finish()
    }
}

impl<T: Record, W: From<Writer<T>>> WriterOptions<T, W> {
    /// The defaults for a file of this name.
    ///
    /// A relative name is relative to the directory that the environment variable `COMMY_DIR`
    /// names, or to the current directory when it is not set.
    pub fn new(filename: &str) -> Self {
        let file = FileOptions::default();
        Self { path: file::resolve(filename), file, notifies: true, made: PhantomData }
    }

    /// The file's path, instead of the filename.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = path.into();
        self
    }

    /// Whether a publish wakes readers that wait; true if not asked for.
    ///
    /// Without it, a publish saves a fence and a store, and whoever waits looks every 50 us to
    /// 10 ms instead. It is a matter of this writer, not of the file.
    pub const fn notify(mut self, notify: bool) -> Self {
        self.notifies = notify;
        self
    }

    /// How many slots the ring has: a reader's copy succeeds if it ends within `slots - 1`
    /// publishes. At least 2; 4 if not asked for.
    pub fn slots(mut self, slots: u32) -> Self {
        self.file.slots = Some(slots);
        self
    }

    /// The permission bits of the file, as `chmod` has them; `0o600` if not asked for. Readers
    /// need read permission only. No effect where the system has no such bits.
    pub fn mode(mut self, mode: u32) -> Self {
        self.file.mode = Some(mode);
        self
    }

    /// Whether what is flushed shall outlast a power cut: keeps two checkpoints of the value in a
    /// file of their own, `<name>.ckpt` beside the file unless
    /// [`checkpoint_path`](Self::checkpoint_path) says otherwise.
    ///
    /// [`Writer::flush`] then writes one of them and returns when the disk has it. Publishing and
    /// reading cost the same as without, because they do not touch that file. Dropping the writer
    /// flushes too, but cannot tell of an error. After a restart of the machine,
    /// [`Writer::recovered`] tells what the value is; a value from a checkpoint is published at
    /// once, so that readers have it too.
    ///
    /// A checkpoint on tmpfs is as lost as the file: no error says so, but
    /// [`Writer::is_durable`] does. Keep the checkpoints on a disk with
    /// [`checkpoint_path`](Self::checkpoint_path).
    ///
    /// To begin from nothing, remove both files.
    pub fn durable(mut self, durable: bool) -> Self {
        self.file.durable = durable;
        self
    }

    /// Where the checkpoints are, and that there shall be some: [`durable`](Self::durable).
    ///
    /// The file itself can then be on tmpfs, which no disk ever slows down, and its checkpoints
    /// on a disk. They must not be on tmpfs too, or a restart of the machine loses both.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "axes.bin")]
    /// struct Axes {
    ///     position: [f64; 6],
    /// }
    ///
    /// # let (memory, disk) = (tempfile::tempdir()?, tempfile::tempdir()?);
    /// # let (memory, disk) = (memory.path(), disk.path());
    /// let mut axes = AxesWriter::options()
    ///     .path(memory.join("axes.bin"))
    ///     .checkpoint_path(disk.join("axes.ckpt"))
    ///     .create()?;
    /// axes.set_position([0.5; 6]);
    /// axes.flush()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn checkpoint_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.file.checkpoint_path = Some(path.into());
        self.durable(true)
    }

    /// Touches every page of the file before the first publish, so that none waits for the kernel
    /// to map one: for a large record that is to be published without delay from the start.
    pub fn prefault(mut self, prefault: bool) -> Self {
        self.file.prefault = prefault;
        self
    }

    /// Creates the file, or opens the one that is there and continues from its value.
    ///
    /// # Errors
    ///
    /// See [`CreateError`].
    pub fn create(self) -> Result<W, CreateError> {
        Ok(self.opened(Writer::open(&self.path, &self.file)?).into())
    }

    /// The same, and publishes `value`.
    ///
    /// # Errors
    ///
    /// See [`CreateError`].
    pub fn create_with(self, value: T) -> Result<W, CreateError> {
        let mut writer = self.opened(Writer::open(&self.path, &self.file)?);
        writer.publish(&value);
        Ok(writer.into())
    }

    /// Creates a new file in the place of the one that is there, whatever record that holds; or
    /// just creates it, when there is none.
    ///
    /// Readers of the old file keep its last value, are woken if they wait, and learn that it is
    /// superseded. Nothing is carried over but the count of generations: the new file starts
    /// with the all-zero value, and is empty until the first publish. A file that is not of
    /// commy is left alone.
    ///
    /// # Errors
    ///
    /// See [`CreateError`]; [`CreateError::WriterBusy`] while the old file has a writer.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{OpenError, create_reader, create_writer};
    ///
    /// mod yesterday {
    ///     #[commy::create_writer(filename = "job.bin")]
    ///     #[commy::create_reader(filename = "job.bin")]
    ///     pub struct Job {
    ///         pub done: u32,
    ///     }
    /// }
    ///
    /// #[create_writer(filename = "job.bin")]
    /// #[create_reader(filename = "job.bin")]
    /// struct Job {
    ///     done: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("job.bin");
    /// yesterday::JobWriter::create_at(&path)?.set_done(5);
    /// let mut old = yesterday::JobReader::open_at(&path)?;
    ///
    /// let mut writer = JobWriter::options().path(&path).replace()?;
    /// writer.set_done(6);
    /// assert!(old.is_superseded());
    /// assert_eq!(old.done()?, 5);
    /// assert!(matches!(old.reopen(), Err(OpenError::SchemaMismatch(_))));
    /// assert_eq!(JobReader::open_at(&path)?.done()?, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn replace(self) -> Result<W, CreateError> {
        Ok(self.opened(Writer::replace(&self.path, &self.file)?).into())
    }

    /// The same, and publishes `value`.
    ///
    /// # Errors
    ///
    /// As [`replace`](Self::replace).
    pub fn replace_with(self, value: T) -> Result<W, CreateError> {
        let mut writer = self.opened(Writer::replace(&self.path, &self.file)?);
        writer.publish(&value);
        Ok(writer.into())
    }

    /// What concerns the writer and not the file.
    fn opened(&self, mut writer: Writer<T>) -> Writer<T> {
        writer.set_notifies(self.notifies);
        writer
    }
}

/// Options for opening a file for reading.
///
/// # Examples
///
/// ```
/// use commy::{OpenError, create_reader};
///
/// #[create_reader(filename = "lamp.bin")]
/// struct Lamp {
///     lit: bool,
/// }
///
/// let absent = LampReader::options().path("/nowhere/lamp.bin").open();
/// assert!(matches!(absent, Err(OpenError::NotFound { .. })));
/// ```
#[must_use = "options do nothing until `open`"]
pub struct ReaderOptions<T, R = Reader<T>>
where
    T: Record,
{
    path: PathBuf,
    file: ReadOptions,
    made: PhantomData<fn() -> (T, R)>,
}

impl<T: Record, R> Clone for ReaderOptions<T, R> {
    fn clone(&self) -> Self {
        let Self { path, file, made } = self;
        Self { path: path.clone(), file: file.clone(), made: *made }
    }
}

impl<T: Record, R> fmt::Debug for ReaderOptions<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, file, made: _ } = self;
        f.debug_struct("ReaderOptions").field("path", path).field("file", file).finish()
    }
}

impl<T: Record, R: From<Reader<T>>> ReaderOptions<T, R> {
    /// The defaults for a file of this name, which is resolved as [`WriterOptions::new`] says.
    pub fn new(filename: &str) -> Self {
        Self { path: file::resolve(filename), file: ReadOptions::default(), made: PhantomData }
    }

    /// The file's path, instead of the filename.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = path.into();
        self
    }

    /// Refuses a file that belongs to another user than the one with this number.
    ///
    /// Whoever may write a file can show its readers wrong values, or end them by truncating it.
    /// A reader that does not trust every user of the machine asks whose file it is. No effect
    /// where the system has no such numbers.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{OpenError, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// #[create_reader(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("lamp.bin");
    /// let lamp = LampWriter::options().path(&path).create()?;
    /// let somebody_else = 4_000_000_000;
    /// let refused = LampReader::options().path(&path).require_owner(somebody_else).open();
    /// # #[cfg(unix)]
    /// assert!(matches!(refused, Err(OpenError::NotOwner { expected: 4_000_000_000, .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn require_owner(mut self, user: u32) -> Self {
        self.file.owner = Some(user);
        self
    }

    /// Refuses a file that anybody but its owner may write: one whose mode has the bits `0o022`.
    ///
    /// Together with [`require_owner`](Self::require_owner) it says whom the reader trusts. The
    /// check is made when the file is opened; its owner can change the mode later. No effect where
    /// the system has no such bits.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{OpenError, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// #[create_reader(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("lamp.bin");
    /// let lamp = LampWriter::options().path(&path).mode(0o660).create()?;
    /// let refused = LampReader::options().path(&path).refuse_group_or_other_write().open();
    /// # #[cfg(unix)]
    /// assert!(matches!(refused, Err(OpenError::Mode { found: 0o660, refused: 0o020, .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn refuse_group_or_other_write(mut self) -> Self {
        self.file.refused_mode |= GROUP_OR_OTHER_WRITE;
        self
    }

    /// Where the checkpoints are, if not beside the file: what the reader shows after a restart of
    /// the machine until a writer publishes.
    ///
    /// A checkpoint file that is not there or does not fit is as none.
    pub fn checkpoint_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.file.checkpoint_path = Some(path.into());
        self
    }

    /// Never asks for the right to write the file, not even for the page on which a waiting
    /// reader registers: waits look every 50 us to 10 ms instead. So does a reader that has no
    /// such right.
    pub const fn polling(mut self) -> Self {
        self.file.polling = true;
        self
    }

    /// Touches every page of the file before the first read, so that none waits for the kernel to
    /// map one: for a large record that is to be read without delay from the start. Opening then
    /// takes longer.
    pub fn prefault(mut self, prefault: bool) -> Self {
        self.file.prefault = prefault;
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open(self) -> Result<R, OpenError> {
        Ok(Reader::open(&self.path, self.file)?.into())
    }

    /// Waits for the file to appear, and opens it. It may still be empty.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]; [`OpenError::NotFound`] when there was no file until `timeout` was
    /// over.
    pub fn open_wait(self, timeout: Duration) -> Result<R, OpenError> {
        Ok(open_wait(timeout, || Reader::open(&self.path, self.file.clone()))?.into())
    }
}
