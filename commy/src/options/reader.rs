//! Options for opening a file for reading.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::OpenError;
use crate::file::{Named, ReadOptions};
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::wake::Backoff;

/// The permission bits by which others than the owner may write a file.
const GROUP_OR_OTHER_WRITE: u32 = 0o022;

impl<T: FixedRecord> Reader<T> {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// As [`ReaderOptions::open`].
    pub fn open_at(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open(path.as_ref(), ReadOptions::default())
    }

    /// Options for a file of this name, which is resolved as
    /// [`WriterOptions::new`](crate::WriterOptions::new) says.
    pub fn options(filename: &str) -> ReaderOptions<T> {
        ReaderOptions::new(filename)
    }
}

/// Options for opening a file for reading.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
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
/// let options = LampReader::options().path(&path).polling().prefault(true);
/// let absent = options.clone().open_wait(Duration::from_millis(1));
/// assert!(matches!(absent, Err(OpenError::NotFound { .. })));
///
/// let mut writer = LampWriter::create_at(&path)?;
/// writer.set_lit(true);
/// assert!(options.open()?.lit()?);
/// # Ok(())
/// # }
/// ```
#[must_use = "options do nothing until `open`"]
pub struct ReaderOptions<T, R = Reader<T>>
where
    T: FixedRecord,
{
    named: Named,
    file: ReadOptions,
    made: PhantomData<fn() -> (T, R)>,
}

impl<T: FixedRecord, R> Clone for ReaderOptions<T, R> {
    fn clone(&self) -> Self {
        let Self { named, file, made } = self;
        Self { named: named.clone(), file: file.clone(), made: *made }
    }
}

impl<T: FixedRecord, R> fmt::Debug for ReaderOptions<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { named, file, made: _ } = self;
        f.debug_struct("ReaderOptions").field("named", named).field("file", file).finish()
    }
}

impl<T: FixedRecord, R: From<Reader<T>>> ReaderOptions<T, R> {
    /// The defaults for a file of this name, which is resolved as [`WriterOptions::new`](crate::WriterOptions::new) says.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy::{OpenError, Reader, ReaderOptions, create_reader};
    ///
    /// #[create_reader(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// // As `LampReader::options()`, but for a plain `Reader`, and for any name.
    /// let options: ReaderOptions<Lamp, Reader<Lamp>> = ReaderOptions::new("/nowhere/lamp.bin");
    /// assert!(matches!(options.open(), Err(OpenError::NotFound { .. })));
    /// ```
    pub fn new(filename: &str) -> Self {
        Self { named: Named::filename(filename), file: ReadOptions::default(), made: PhantomData }
    }

    /// The file's path, instead of the filename.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.named = self.named.at(path.into());
        self
    }

    /// Looks for the file in the runtime directory: a relative filename or path is there, and not in
    /// the current directory. An absolute path stays as it is.
    ///
    /// [`runtime_dir`](crate::runtime_dir) says which directory that is. A reader makes none.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_reader;
    ///
    /// #[create_reader(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// let lamp = LampReader::options().runtime_dir().open()?;
    /// println!("{}", lamp.file().path().display()); // "/run/user/1000/lamp.bin"
    /// # Ok(())
    /// # }
    /// ```
    pub fn runtime_dir(mut self) -> Self {
        self.named = self.named.in_runtime_dir();
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
    ///
    /// Checkpoints of another data file are not shown:
    /// [`WriterOptions::durable`](crate::WriterOptions::durable) says how they know theirs.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "axes.bin")]
    /// #[create_reader(filename = "axes.bin")]
    /// struct Axes {
    ///     position: [f64; 6],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("axes.bin");
    /// let checkpoints = dir.path().join("disk.ckpt");
    /// let options = AxesWriter::options().path(&path).checkpoint_path(&checkpoints);
    /// options.create_with(Axes { position: [0.5; 6] })?.flush()?;
    ///
    /// // After a restart of the machine, this reader would show what was flushed.
    /// let axes = AxesReader::options().path(&path).checkpoint_path(&checkpoints).open()?;
    /// assert_eq!(axes.position()?, [0.5; 6]);
    /// # Ok(())
    /// # }
    /// ```
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

    /// Opens the file. It may still be empty: then reads return
    /// [`ReadError::Empty`](crate::ReadError::Empty).
    ///
    /// # Errors
    ///
    /// - [`OpenError::NotFound`]: there is no file at the path.
    /// - [`OpenError::NotRegular`]: there is a directory, a pipe, a device or a socket.
    /// - [`OpenError::NotCommy`]: the file is another program's, or of no bytes.
    /// - [`OpenError::FormatVersion`], [`OpenError::Unsupported`], [`OpenError::Endianness`]: it
    ///   has another version of the format, features that this program does not know, or the other
    ///   byte order.
    /// - [`OpenError::Kind`]: it holds something else than a record, such as checkpoints.
    /// - [`OpenError::Truncated`], [`OpenError::Corrupt`]: it is shorter than it says, or
    ///   contradicts itself.
    /// - [`OpenError::SchemaMismatch`]: it holds a record of another layout; names the fields.
    /// - [`OpenError::Permission`]: this user must not read it.
    /// - [`OpenError::NotOwner`]: it is not the user's of [`require_owner`](Self::require_owner).
    /// - [`OpenError::Mode`]: its mode is one that
    ///   [`refuse_group_or_other_write`](Self::refuse_group_or_other_write) refuses.
    /// - [`OpenError::RuntimeDir`]: there is no [runtime directory](Self::runtime_dir), or it is not this
    ///   user's own.
    /// - [`OpenError::Io`]: the system refused something else.
    pub fn open(self) -> Result<R, OpenError> {
        Ok(Reader::open(&self.named.to_read()?, self.file)?.into())
    }

    /// What names the file, and what is asked of it: for those who open it again and again.
    pub(crate) fn into_parts(self) -> (Named, ReadOptions) {
        (self.named, self.file)
    }

    /// Waits for the file to appear, and opens it. It may still be empty.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), at once; [`OpenError::NotFound`] when there was no file until
    /// `timeout` was over.
    pub fn open_wait(self, timeout: Duration) -> Result<R, OpenError> {
        Ok(open_wait(timeout, || Reader::open(&self.named.to_read()?, self.file.clone()))?.into())
    }
}

/// Calls `open` until there is a file, or until `timeout` is over.
///
/// # Errors
///
/// As `open`; `NotFound` only when the time is over.
pub(crate) fn open_wait<R>(
    timeout: Duration,
    mut open: impl FnMut() -> Result<R, OpenError>,
) -> Result<R, OpenError> {
    let deadline = Instant::now().checked_add(timeout);
    let mut backoff = Backoff::new();
    loop {
        let opened = open();
        let left =
            deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        if left.is_zero() || !matches!(opened, Err(OpenError::NotFound { .. })) {
            return opened;
        }
        std::thread::sleep(backoff.pause().min(left));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// How often a file is looked for whose opening ends with `error`, and then not any more.
    fn looks(error: impl Fn() -> OpenError) -> u32 {
        let mut looks = 0;
        let opened = open_wait(Duration::from_secs(600), || {
            looks += 1;
            if looks == 1 { Err(error()) } else { Ok(()) }
        });
        assert_eq!(opened.is_ok(), looks > 1);
        looks
    }

    #[test]
    fn only_a_file_that_is_not_there_is_looked_for_again() {
        let path = || Path::new("later").to_path_buf();
        assert_eq!(looks(|| OpenError::NotFound { path: path(), directory: None }), 2);
        // Files appear complete and with their mode, so that none of these means "not yet".
        assert_eq!(looks(|| OpenError::Permission { path: path() }), 1);
        assert_eq!(looks(|| OpenError::Truncated { path: path(), found: 0, expected: 4096 }), 1);
        assert_eq!(looks(|| OpenError::NotCommy { path: path(), found: vec![] }), 1);
        let expected = Box::<str>::from("more");
        let corrupt = || OpenError::Corrupt {
            path: path(),
            what: "slot stride",
            found: 0,
            expected: expected.clone(),
            offset: 104,
        };
        assert_eq!(looks(corrupt), 1);
    }
}
