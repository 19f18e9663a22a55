//! Builders for what can be asked of a file when it is created or opened.

mod reader;
mod standby;

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::path::{Path, PathBuf};

pub use self::reader::ReaderOptions;
pub(crate) use self::reader::open_wait;
pub(crate) use self::standby::create_wait;
use commy_types::ByValue;

use crate::error::CreateError;
use crate::file::{self, FileOptions, Named};
pub use crate::file::{OnCorrupt, OnMismatch};
use crate::record::FixedRecord;
use crate::writer::Writer;

impl<T: FixedRecord> Writer<T> {
    /// Creates the file at `path`, or opens the one that is there and continues from its value.
    ///
    /// # Errors
    ///
    /// As [`WriterOptions::create`].
    pub fn create_at(path: impl AsRef<Path>) -> Result<Self, CreateError> {
        Self::open(path.as_ref(), &FileOptions::default()).map_err(file::with_holder)
    }

    /// Options for a file of this name, which is resolved as [`WriterOptions::new`] says.
    pub fn options(filename: &str) -> WriterOptions<T> {
        WriterOptions::new(filename)
    }
}

/// Options for creating a file, or opening it for writing.
///
/// Options that shape the file apply when it is created; asking for others on an existing file is
/// [`CreateError::OptionMismatch`].
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{CreateError, create_writer};
///
/// #[create_writer(filename = "lamp.bin")]
/// struct Lamp {
///     lit: bool,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("lamp.bin");
/// let options = LampWriter::options().path(&path).slots(8).notify(false).prefault(true);
/// let lamp = options.clone().mode(0o640).create()?;
/// assert_eq!(lamp.file().path(), path);
/// assert!(matches!(options.create(), Err(CreateError::WriterBusy { .. })));
/// drop(lamp);
///
/// let other = LampWriter::options().path(&path).slots(4).create();
/// assert!(matches!(other, Err(CreateError::OptionMismatch { file: 8, asked: 4, .. })));
/// # Ok(())
/// # }
/// ```
#[must_use = "options do nothing until `create`"]
pub struct WriterOptions<T, W = Writer<T>>
where
    T: FixedRecord,
{
    named: Named,
    file: FileOptions,
    notifies: bool,
    made: PhantomData<fn() -> (T, W)>,
}

impl<T: FixedRecord, W> Clone for WriterOptions<T, W> {
    fn clone(&self) -> Self {
        let Self { named, file, notifies, made } = self;
        Self { named: named.clone(), file: file.clone(), notifies: *notifies, made: *made }
    }
}

impl<T: FixedRecord, W> fmt::Debug for WriterOptions<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { named, file, notifies, made: _ } = self;
        f.debug_struct("WriterOptions")
            .field("named", named)
            .field("file", file)
            .field("notifies", notifies)
            .finish()
    }
}

impl<T: FixedRecord, W: From<Writer<T>>> WriterOptions<T, W> {
    /// The defaults for a file of this name.
    ///
    /// A relative name is relative to the directory that the environment variable `COMMY_DIR`
    /// names, or to the current directory when it is not set.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy::{CreateError, Writer, WriterOptions, create_writer};
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// // As `LampWriter::options()`, but for a plain `Writer`, and for any name.
    /// let options: WriterOptions<Lamp, Writer<Lamp>> = WriterOptions::new("/nowhere/lamp.bin");
    /// assert!(matches!(options.create(), Err(CreateError::NotFound { .. })));
    /// ```
    pub fn new(filename: &str) -> Self {
        let file = FileOptions::default();
        Self { named: Named::filename(filename), file, notifies: true, made: PhantomData }
    }

    /// The file's path, instead of the filename.
    ///
    /// Symbolic links are followed, and a new file is made where they lead. Refused are links of
    /// other users in directories that their group or everybody may write, at the end of the path
    /// or on the way, unless the link belongs to the directory's owner or to root; and links to
    /// files that have no name, as `/dev/stdin` can be. Directories are not looked at: who may
    /// write one on the way decides where the file is.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.named = self.named.at(path.into());
        self
    }

    /// Puts the file into the runtime directory: a relative filename or path is there, and not in the
    /// current directory. An absolute path stays as it is.
    ///
    /// [`runtime_dir`](crate::runtime_dir) says which directory that is: `$COMMY_DIR`, that of the
    /// systemd unit, `$XDG_RUNTIME_DIR`, or one of this user's own in `/dev/shm`, which
    /// [`create`](Self::create) makes if there is none. It is in memory as a rule, so that no disk
    /// slows a publish down. The readers of the file ask for the same.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// let lamp = LampWriter::options().runtime_dir().create()?;
    /// println!("{}", lamp.file().path().display()); // "/run/user/1000/lamp.bin"
    /// # Ok(())
    /// # }
    /// ```
    pub fn runtime_dir(mut self) -> Self {
        self.named = self.named.in_runtime_dir();
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
    /// publishes. 2 to 65536; 4 if not asked for. Each takes the size of the record, rounded up.
    pub fn slots(mut self, slots: u32) -> Self {
        self.file.slots = Some(slots);
        self
    }

    /// Whether each publish says when it was: readers ask by
    /// [`published_at`](crate::ReaderFile::published_at) and [`age`](crate::ReaderFile::age). False if
    /// not asked for.
    ///
    /// It is a matter of the file: who opens one that keeps times keeps them, asked for or not. Each
    /// setter, update, batch and publish is one publish, and has one time. To open a file is none:
    /// the value that is found keeps its time.
    ///
    /// A publish then reads the clock of the system. Linux has that in the vDSO, which makes no system
    /// call. It is a system call where the vDSO has no clock. On x86-64, a thread that may not read the time
    /// stamp counter (`PR_SET_TSC`, strict seccomp) ends there. Each slot takes 8 bytes more.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{CreateError, OnMismatch, create_writer};
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("lamp.bin");
    /// drop(LampWriter::create_at(&path)?);
    ///
    /// // A file that was made without has no room for times.
    /// let options = LampWriter::options().path(&path).timestamps(true);
    /// let refused = options.clone().create();
    /// assert!(matches!(refused, Err(CreateError::OptionMismatch { option: "timestamps", .. })));
    /// options.on_mismatch(OnMismatch::Replace).create()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn timestamps(mut self, timestamps: bool) -> Self {
        self.file.timestamps = Some(timestamps);
        self
    }

    /// The permission bits of the file, as `chmod` has them: at least `0o600`, which it is if not
    /// asked for, and at most `0o777`. Readers need read permission only. No effect where the
    /// system has no such bits.
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
    /// [`recovered`](crate::WriterFile::recovered) tells what the value is; a value from a checkpoint is published at
    /// once, so that readers have it too.
    ///
    /// A checkpoint on tmpfs is as lost as the file: no error says so, but
    /// [`is_durable`](crate::WriterFile::is_durable) does. Keep the checkpoints on a disk with
    /// [`checkpoint_path`](Self::checkpoint_path).
    ///
    /// A checkpoint file belongs to one data file: to the one that it stands beside, whatever both
    /// are called and wherever they are moved to, or else to the one at the path that it was made
    /// for. A writer of another data file is refused, so that two records which are given the same
    /// path by mistake do not take one another's value. A data file that was moved is still known
    /// as the same one, and as the one at its new path from the next writer on.
    ///
    /// A value that was flushed is not discarded: a new file in the place of one that does not fit
    /// keeps it aside ([`on_mismatch`](Self::on_mismatch)). To begin from nothing, remove both files.
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
    ///
    /// The pages are prepared for stores, and no byte of them changes. On a disk that lasts until
    /// the kernel writes them back: after that, the first publish to each page faults once more.
    pub fn prefault(mut self, prefault: bool) -> Self {
        self.file.prefault = prefault;
        self
    }

    /// What is done with a file that is there and cannot be continued from; refused if not asked
    /// for.
    ///
    /// With [`OnMismatch::Replace`], a new file takes the place of one that
    /// [`create`](Self::create) would refuse by [`CreateError::SchemaMismatch`],
    /// [`CreateError::OptionMismatch`], [`CreateError::Invalid`], or as a file of commy's that is
    /// damaged or of another format. Locks are held all the time, so that no other writer gets in
    /// between. A file that fits is continued from, and what else is refused stays refused.
    ///
    /// # What is lost and what is kept
    ///
    /// - The value in the file is lost, also when nothing but the number of slots or the mode
    ///   differs: the new file begins with the all-zero value, and is empty until the first publish.
    /// - Generations are counted on, as far as the old file says how many there were.
    /// - Readers of the old file keep its last value, are woken if they wait, and learn that it is
    ///   superseded.
    /// - Checkpoints are moved aside, whether or not the new file is [`durable`](Self::durable): to
    ///   `<name>.ckpt.old-<generation>`, with `-2` and so on behind it if that is taken. Nothing
    ///   removes them. Renamed back, with the new data file removed, the program that wrote them
    ///   continues from them.
    /// - If the file fits and its checkpoints do not, a durable writer continues from the file and
    ///   moves the checkpoints aside.
    /// - Checkpoints of another data file, or what is none, are neither taken nor moved: a durable
    ///   writer is refused.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{OnMismatch, OpenError, create_reader, create_writer};
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
    /// let options = JobWriter::options().path(&path).on_mismatch(OnMismatch::Replace);
    /// options.clone().create()?.set_done(6);
    /// assert!(old.file().is_superseded());
    /// assert_eq!(old.done()?, 5);
    /// assert!(matches!(old.file().reopen(), Err(OpenError::SchemaMismatch(_))));
    ///
    /// // The next one finds a file that fits, and continues from it.
    /// assert_eq!(options.create()?.get().done, 6);
    /// assert_eq!(JobReader::open_at(&path)?.done()?, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_mismatch(mut self, on_mismatch: OnMismatch) -> Self {
        self.file.on_mismatch = on_mismatch;
        self
    }

    /// Creates the file, or opens the one that is there and continues from its value.
    ///
    /// An empty file of this user's counts as none, unless somebody has locked it. Who is refused
    /// leaves nothing: no file, lock file or checkpoint file that was not there before.
    ///
    /// # Errors
    ///
    /// What is "(replaced)" here is no error with [`OnMismatch::Replace`].
    ///
    /// - [`CreateError::WriterBusy`]: another writer has the file.
    /// - [`CreateError::SchemaMismatch`] (replaced): the file that is there holds a record of another layout,
    ///   or its checkpoints do.
    /// - [`CreateError::OptionMismatch`] (replaced): it was created with other [`slots`](Self::slots),
    ///   another [`mode`](Self::mode) or other [`timestamps`](Self::timestamps) than what was asked for.
    /// - [`CreateError::InvalidOption`]: no file can have so many slots, or such a mode.
    /// - [`CreateError::Unusable`]: what is there, or where the checkpoints go, is no commy file of
    ///   this format, or is damaged; a commy file that is damaged or of another format is replaced.
    /// - [`CreateError::Invalid`] (replaced): the value in the file has a field that is no value of its type.
    /// - [`CreateError::NotFound`]: there is no directory for the file or its checkpoints.
    /// - [`CreateError::Permission`], [`CreateError::NotOwner`]: this user must not write there, or
    ///   the file is another user's.
    /// - [`CreateError::CheckpointOwner`]: the checkpoints are those of another data file.
    /// - [`CreateError::Nameless`]: the path leads to a file without a name.
    /// - [`CreateError::TemporaryTaken`]: something that no writer has left is where a new file is
    ///   written.
    /// - [`CreateError::StorageFull`], [`CreateError::SizeLimit`], [`CreateError::TooLarge`]: there is
    ///   no room for the file, the process must not make one of that length, or there would be no
    ///   room on any file system.
    /// - [`CreateError::RuntimeDir`]: there is no [runtime directory](Self::runtime_dir), or it is not this
    ///   user's own.
    /// - [`CreateError::Io`]: the system refused something else.
    pub fn create(self) -> Result<W, CreateError> {
        Ok(self.writer()?.into())
    }

    /// The same, and publishes `value`.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
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
    /// let lamp = LampWriter::options().path(&path).create_with(Lamp { lit: true })?;
    /// assert_eq!((lamp.get().lit, lamp.file().generation()), (true, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_with(self, value: T) -> Result<W, CreateError> {
        let () = ByValue::<T, W>::RECORD;
        let mut writer = self.writer()?;
        writer.publish(&value);
        Ok(writer.into())
    }

    /// Waits until the file has no other writer, at most for `timeout`, and opens or creates it: a hot
    /// standby in one line. `Duration::MAX` waits for ever.
    ///
    /// It looks for the lock after 1 ms, then after pauses that double up to 20 ms. A writer that closes
    /// the file, or is killed, is followed within that time, and the standby continues from the last
    /// value; [`recovered`](crate::WriterFile::recovered) tells what it is. Until then it takes nothing
    /// from the writer that lives, and readers do not notice it. Of several that wait one gets the lock,
    /// and the others wait on; in which order is not said.
    ///
    /// Who waits is told within a second that the file holds another record, or was created with other
    /// options, unless these would be [replaced](Self::on_mismatch). What else is wrong is told when it
    /// gets the lock. A process that waits for a writer of its own waits for the whole time.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), without waiting further; [`CreateError::WriterBusy`] when another
    /// writer had the file until `timeout` was over.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use commy::{CreateError, create_writer};
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("lamp.bin");
    /// let mut lamp = LampWriter::create_at(&path)?;
    /// lamp.set_lit(true);
    ///
    /// // Usually in another process.
    /// let options = LampWriter::options().path(&path);
    /// let refused = options.clone().create_wait(Duration::from_millis(5));
    /// assert!(matches!(refused, Err(CreateError::WriterBusy { .. })));
    /// let standby = std::thread::spawn(|| options.create_wait(Duration::MAX));
    /// drop(lamp);
    /// let lamp = standby.join().unwrap()?;
    /// assert!(lamp.get().lit);
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_wait(self, timeout: Duration) -> Result<W, CreateError> {
        let create = || Writer::open(&self.named.to_write()?, &self.file);
        let fits = || file::check_fit(&self.named.to_write()?, T::spec(), &self.file);
        let writer = create_wait(timeout, create, fits).map_err(file::with_holder)?;
        Ok(self.opened(writer).into())
    }

    /// The writer, or who is in its way.
    fn writer(&self) -> Result<Writer<T>, CreateError> {
        let writer =
            Writer::open(&self.named.to_write()?, &self.file).map_err(file::with_holder)?;
        Ok(self.opened(writer))
    }

    /// What concerns the writer and not the file.
    fn opened(&self, mut writer: Writer<T>) -> Writer<T> {
        writer.set_notifies(self.notifies);
        writer
    }
}
