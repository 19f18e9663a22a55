//! Builders for what can be asked of the file of a growable record.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::path::{Path, PathBuf};

use super::core::{Limits, PinPolicy, ReaderCore};
use super::reader::Reader;
use super::record::GrowableRecord;
use super::writer::Writer;
use crate::error::{CreateError, OpenError};
use crate::file::{self, FileOptions, Named, OnCorrupt, OnMismatch, ReadOptions};
use crate::options::{create_wait, open_wait};
use crate::untyped;

/// How much memory one read may take unless asked otherwise: what the longest value has.
const MAX_LOAD: u64 = 1 << 32;

impl<T: GrowableRecord> Writer<T> {
    /// Creates the file at `path`, or opens the one that is there and continues from its value.
    ///
    /// # Errors
    ///
    /// As [`WriterOptions::create`].
    pub fn create_at(path: impl AsRef<Path>) -> Result<Self, CreateError> {
        Self::open(path.as_ref(), &FileOptions::default()).map_err(file::with_holder)
    }
}

/// Options for creating the file of a growable record, or opening it for writing.
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
/// let mut page = PageWriter::options()
///     .path(&path)
///     .max_size(64 << 20)
///     .garbage_budget(4 << 20)
///     .create()?;
/// page.set_text("one")?;
/// # Ok(())
/// # }
/// ```
#[must_use = "options do nothing until `create`"]
pub struct WriterOptions<T, W = Writer<T>> {
    named: Named,
    file: FileOptions,
    notifies: bool,
    made: PhantomData<fn() -> (T, W)>,
}

impl<T, W> Clone for WriterOptions<T, W> {
    fn clone(&self) -> Self {
        let Self { named, file, notifies, made } = self;
        Self { named: named.clone(), file: file.clone(), notifies: *notifies, made: *made }
    }
}

impl<T, W> fmt::Debug for WriterOptions<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { named, file, notifies, made: _ } = self;
        f.debug_struct("WriterOptions")
            .field("named", named)
            .field("file", file)
            .field("notifies", notifies)
            .finish()
    }
}

impl<T: GrowableRecord, W: From<Writer<T>>> WriterOptions<T, W> {
    /// The defaults for a file of this name, which is resolved as
    /// [`WriterOptions::new`](crate::WriterOptions::new) says.
    pub fn new(filename: &str) -> Self {
        let (named, file) = (Named::filename(filename), FileOptions::default());
        Self { named, file, notifies: true, made: PhantomData }
    }

    /// The file's path, instead of the filename: see
    /// [`WriterOptions::path`](crate::WriterOptions::path).
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.named = self.named.at(path.into());
        self
    }

    /// Puts a relative filename or path into the runtime directory: see
    /// [`WriterOptions::runtime_dir`](crate::WriterOptions::runtime_dir).
    pub fn runtime_dir(mut self) -> Self {
        self.named = self.named.in_runtime_dir();
        self
    }

    /// Whether a publish wakes readers that wait; true if not asked for. See
    /// [`WriterOptions::notify`](crate::WriterOptions::notify).
    pub const fn notify(mut self, notify: bool) -> Self {
        self.notifies = notify;
        self
    }

    /// How many slots the ring has that holds the fields of fixed size and the handles of the others:
    /// 2 to 65536; 4 if not asked for.
    pub fn slots(mut self, slots: u32) -> Self {
        self.file.slots = Some(slots);
        self
    }

    /// Whether each publish says when it was; false if not asked for. See
    /// [`WriterOptions::timestamps`](crate::WriterOptions::timestamps).
    ///
    /// A transaction is one publish. A copy that [`save_as`](super::View::save_as) makes keeps the time.
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
    /// let reader = PageReader::open_at(&path)?;
    /// let first = reader.pin()?;
    /// page.set_text("two")?;
    /// assert!(first.file().published_at() <= reader.file().published_at());
    /// # Ok(())
    /// # }
    /// ```
    pub fn timestamps(mut self, timestamps: bool) -> Self {
        self.file.timestamps = Some(timestamps);
        self
    }

    /// The permission bits of the file: see [`WriterOptions::mode`](crate::WriterOptions::mode).
    pub fn mode(mut self, mode: u32) -> Self {
        self.file.mode = Some(mode);
        self
    }

    /// Whether what is flushed shall outlast a power cut: keeps two checkpoints of the record in a file
    /// of their own, `<name>.ckpt` beside the file unless [`checkpoint_path`](Self::checkpoint_path)
    /// says otherwise.
    ///
    /// [`Writer::flush`] then returns when the disk has the value. What it leads to in the file is not
    /// used again until the next flush has succeeded, so that the file grows by what is replaced in
    /// between. Opening a file for writing makes durable what it holds.
    ///
    /// A checkpoint is worth something with its very file only. Where that was made anew or copied, the
    /// writer begins from nothing ([`Recovered::Lost`](crate::Recovered::Lost)), and
    /// [`refused_checkpoint`](super::WriterFile::refused_checkpoint) says why. So does a writer that
    /// opens the file without this: what was flushed before does not count any more.
    ///
    /// On tmpfs it is refused ([`CreateError::OptionMismatch`]). Memory is lost with the machine, and a
    /// checkpoint of the record without what it leads to is nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{CreateError, Recovered, create_writer};
    ///
    /// #[create_writer(filename = "diary.bin", growable)]
    /// struct Diary {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("diary.bin");
    /// let mut diary = match DiaryWriter::options().path(&path).durable(true).create() {
    ///     Err(error @ CreateError::OptionMismatch { option: "durable", .. }) => {
    ///         eprintln!("{error}"); // on tmpfs
    ///         return Ok(());
    ///     }
    ///     diary => diary?,
    /// };
    /// assert_eq!(diary.file().recovered(), Recovered::Fresh);
    /// diary.text_mut().push_str("what happened today")?;
    /// diary.flush()?; // returns when the disk has it
    /// # Ok(())
    /// # }
    /// ```
    pub fn durable(mut self, durable: bool) -> Self {
        self.file.durable = durable;
        self
    }

    /// Where the checkpoints are, and that there shall be some: [`durable`](Self::durable).
    ///
    /// The file itself has to be on a disk, too: they lead to what is in there.
    pub fn checkpoint_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.file.checkpoint_path = Some(path.into());
        self.durable(true)
    }

    /// The longest that the file may become, in bytes; as long as the system permits if not asked
    /// for. What would need more is [`WriteError::Full`](crate::WriteError::Full).
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.file.max_size = Some(bytes);
        self
    }

    /// How many bytes views of readers may keep from being used again, before the oldest of them
    /// are evicted; the larger of 16 MiB and twice the live bytes if not asked for. What was
    /// replaced lately and waits for reads without a pin counts as well, up to a half of it.
    ///
    /// Nobody is evicted as long as the file has other room.
    pub fn garbage_budget(mut self, bytes: u64) -> Self {
        self.file.garbage_budget = Some(bytes);
        self
    }

    /// What is done with a file whose heap is damaged; refused if not asked for.
    pub fn on_corrupt(mut self, on_corrupt: OnCorrupt) -> Self {
        self.file.on_corrupt = on_corrupt;
        self
    }

    /// What is done with a file that is there and cannot be continued from: see
    /// [`WriterOptions::on_mismatch`](crate::WriterOptions::on_mismatch).
    pub fn on_mismatch(mut self, on_mismatch: OnMismatch) -> Self {
        self.file.on_mismatch = on_mismatch;
        self
    }

    /// Creates the file, or opens the one that is there and continues from its value.
    ///
    /// Opening looks at every block that the value reaches. What else is there is used again once
    /// the views are gone that may need it.
    ///
    /// # Errors
    ///
    /// As [`WriterOptions::create`](crate::WriterOptions::create); besides, as
    /// [`CreateError::Unusable`] with [`OpenError::Corrupt`], a heap that is damaged, and as
    /// [`CreateError::OptionMismatch`] for "durable", a place where checkpoints would be worth nothing.
    pub fn create(self) -> Result<W, CreateError> {
        let mut writer =
            Writer::open(&self.named.to_write()?, &self.file).map_err(file::with_holder)?;
        writer.set_notifies(self.notifies);
        Ok(writer.into())
    }

    /// Waits until the file has no other writer, at most for `timeout`, and opens or creates it: see
    /// [`WriterOptions::create_wait`](crate::WriterOptions::create_wait).
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
    /// page.set_text("one")?;
    /// let options = PageWriter::options().path(&path);
    /// let standby = std::thread::spawn(|| options.create_wait(Duration::MAX)); // or in another process
    /// drop(page);
    /// assert_eq!(standby.join().unwrap()?.text()?, "one");
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_wait(self, timeout: Duration) -> Result<W, CreateError> {
        let create = || Writer::open(&self.named.to_write()?, &self.file);
        let fits = || file::check_fit(&self.named.to_write()?, T::spec(), &self.file);
        let mut writer = create_wait(timeout, create, fits).map_err(file::with_holder)?;
        writer.set_notifies(self.notifies);
        Ok(writer.into())
    }
}

impl<T: GrowableRecord> Reader<T> {
    pub(super) fn open(
        path: &Path,
        options: ReadOptions,
        limits: Limits,
    ) -> Result<Self, OpenError> {
        let core = untyped::ReaderCore::open(path, T::spec(), options)?;
        Ok(Self::new(ReaderCore::new(core, limits)))
    }

    /// Opens the file at `path` for reading.
    ///
    /// # Errors
    ///
    /// As [`ReaderOptions::open`].
    pub fn open_at(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open(path.as_ref(), ReadOptions::default(), Limits::DEFAULT)
    }

    pub(super) fn reopen(&self) -> Result<Self, OpenError> {
        let file = self.core().untyped().file();
        Self::open(file.path(), file.options().clone(), self.core().limits())
    }
}

impl Limits {
    pub(super) const DEFAULT: Self = Self { pins: PinPolicy::Auto, max_load: MAX_LOAD };
}

/// Options for opening the file of a growable record for reading.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::growable::PinPolicy;
/// use commy::{ReadError, create_reader, create_writer};
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
/// page.set_text(&"x".repeat(1000))?;
/// let options = PageReader::options().path(&path);
/// let reader = options.clone().max_load(100).open()?;
/// assert!(matches!(reader.text(), Err(ReadError::TooLarge { needed: 1000, max: 100, .. })));
/// let reader = options.pin(PinPolicy::Never).open()?;
/// assert!(matches!(reader.pin(), Err(ReadError::PinRefused { .. })));
/// # Ok(())
/// # }
/// ```
#[must_use = "options do nothing until `open`"]
pub struct ReaderOptions<T, R = Reader<T>> {
    named: Named,
    file: ReadOptions,
    limits: Limits,
    made: PhantomData<fn() -> (T, R)>,
}

impl<T, R> Clone for ReaderOptions<T, R> {
    fn clone(&self) -> Self {
        let Self { named, file, limits, made } = self;
        Self { named: named.clone(), file: file.clone(), limits: *limits, made: *made }
    }
}

impl<T, R> fmt::Debug for ReaderOptions<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { named, file, limits, made: _ } = self;
        f.debug_struct("ReaderOptions")
            .field("named", named)
            .field("file", file)
            .field("limits", limits)
            .finish()
    }
}

impl<T: GrowableRecord, R: From<Reader<T>>> ReaderOptions<T, R> {
    /// The defaults for a file of this name, which is resolved as
    /// [`WriterOptions::new`](crate::WriterOptions::new) says.
    pub fn new(filename: &str) -> Self {
        let (named, file) = (Named::filename(filename), ReadOptions::default());
        Self { named, file, limits: Limits::DEFAULT, made: PhantomData }
    }

    /// The file's path, instead of the filename.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.named = self.named.at(path.into());
        self
    }

    /// Puts a relative filename or path into the runtime directory: see
    /// [`ReaderOptions::runtime_dir`](crate::ReaderOptions::runtime_dir).
    pub fn runtime_dir(mut self) -> Self {
        self.named = self.named.in_runtime_dir();
        self
    }

    /// Whether the reader holds generations by itself; [`PinPolicy::Auto`] if not asked for.
    pub const fn pin(mut self, policy: PinPolicy) -> Self {
        self.limits.pins = policy;
        self.file.pins = matches!(policy, PinPolicy::Auto);
        self
    }

    /// How much memory the values of one read may take, in bytes; 4 GiB if not asked for. What would
    /// take more is [`ReadError::TooLarge`](crate::ReadError::TooLarge).
    pub const fn max_load(mut self, bytes: u64) -> Self {
        self.limits.max_load = bytes;
        self
    }

    /// The user who must own the file: see
    /// [`ReaderOptions::require_owner`](crate::ReaderOptions::require_owner).
    pub fn require_owner(mut self, user: u32) -> Self {
        self.file.owner = Some(user);
        self
    }

    /// Refuses a file that its group or everybody may write.
    pub fn refuse_group_or_other_write(mut self) -> Self {
        self.file.refused_mode |= 0o022;
        self
    }

    /// Never asks for the right to write, not even to register as a sleeper: see
    /// [`ReaderOptions::polling`](crate::ReaderOptions::polling).
    pub const fn polling(mut self) -> Self {
        self.file.polling = true;
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// As [`ReaderOptions::open`](crate::ReaderOptions::open).
    pub fn open(self) -> Result<R, OpenError> {
        Ok(Reader::open(&self.named.to_read()?, self.file, self.limits)?.into())
    }

    /// What names the file, and what is asked of it: for those who open it again and again.
    pub(super) fn into_parts(self) -> (Named, (ReadOptions, Limits)) {
        (self.named, (self.file, self.limits))
    }

    /// Opens the file, and waits for it if it is not there, at most for `timeout`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_wait(self, timeout: Duration) -> Result<R, OpenError> {
        let Self { named, file, limits, .. } = self;
        Ok(open_wait(timeout, || Reader::open(&named.to_read()?, file.clone(), limits))?.into())
    }
}
