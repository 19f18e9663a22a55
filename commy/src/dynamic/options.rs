//! What can be asked of a file that is opened without its type.

use std::path::{Path, PathBuf};

use super::follow::DynFollower;
use super::reader::DynReader;
use crate::error::OpenError;
use crate::file::ReadOptions;
use crate::growable::PinPolicy;

/// The most memory that the values of one load take, in bytes, unless asked otherwise.
const MAX_LOAD: u64 = 256 << 20;

/// The permission bits by which others than the owner may write a file.
const GROUP_OR_OTHER_WRITE: u32 = 0o022;

/// Options for opening a file without its type: see [`options`](super::options).
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
/// let mut writer = LampWriter::create_at(&path)?;
/// writer.set_lit(true);
/// let file = commy::dynamic::options().max_load(1 << 20).open(&path)?;
/// assert_eq!(file.get("lit")?.as_bool(), Some(true));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until `open`"]
pub struct DynOptions {
    pub(super) file: ReadOptions,
    pub(super) max_load: u64,
    pub(super) pins: PinPolicy,
}

impl DynOptions {
    pub(super) fn new() -> Self {
        let file = ReadOptions { polling: true, pins: false, ..ReadOptions::default() };
        Self { file, max_load: MAX_LOAD, pins: PinPolicy::Never }
    }

    /// Whether waits look every 50 us to 10 ms; true if not asked otherwise. Else the reader registers as
    /// a sleeper, for which it asks for the right to write the file.
    pub const fn polling(mut self, polling: bool) -> Self {
        self.file.polling = polling;
        self
    }

    /// How much memory the values of one load may take, in bytes: 256 MiB if not asked otherwise.
    ///
    /// What does not fit is [`Invalid`](super::Value::Invalid), and says so; a part of it may fit.
    pub const fn max_load(mut self, bytes: u64) -> Self {
        self.max_load = bytes;
        self
    }

    /// Whether loads of a growable record hold its generation when they were overtaken;
    /// [`PinPolicy::Never`] if not asked otherwise: to hold one takes a lock, and two descriptors.
    pub const fn pin(mut self, pins: PinPolicy) -> Self {
        self.pins = pins;
        self.file.pins = !matches!(pins, PinPolicy::Never);
        self
    }

    /// Refuses a file that belongs to another user than the one with this number: see
    /// [`ReaderOptions::require_owner`](crate::ReaderOptions::require_owner).
    pub const fn require_owner(mut self, user: u32) -> Self {
        self.file.owner = Some(user);
        self
    }

    /// Refuses a file that anybody but its owner may write: see
    /// [`ReaderOptions::refuse_group_or_other_write`](crate::ReaderOptions::refuse_group_or_other_write).
    pub const fn refuse_group_or_other_write(mut self) -> Self {
        self.file.refused_mode |= GROUP_OR_OTHER_WRITE;
        self
    }

    /// Where the checkpoints are, if not beside the file: see
    /// [`ReaderOptions::checkpoint_path`](crate::ReaderOptions::checkpoint_path).
    pub fn checkpoint_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.file.checkpoint_path = Some(path.into());
        self
    }

    /// Returns an iterator that does not end: snapshots of the file at `path` as they are published, what
    /// becomes of its writer, and the same of whatever file is there one day. The file need not be there, and
    /// nothing fails here: see [`ReaderOptions::follow`](crate::ReaderOptions::follow).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Follow, create_writer};
    ///
    /// #[create_writer(filename = "lamp.bin")]
    /// struct Lamp {
    ///     lit: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("lamp.bin");
    /// let mut told = commy::dynamic::options().follow(&path);
    /// assert!(matches!(told.next(), Some(Follow::NotYet)));
    /// LampWriter::create_at(&path)?.set_lit(true);
    /// let Some(Follow::Value(now)) = told.next() else { panic!("no value") };
    /// assert_eq!(now.to_string(), "{lit: true}");
    /// assert!(matches!(told.next(), Some(Follow::WriterGone)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(self, path: impl AsRef<Path>) -> DynFollower {
        DynFollower::at(path.as_ref(), self)
    }

    /// Opens the file at `path`. It may still be empty.
    ///
    /// # Errors
    ///
    /// As [`ReaderOptions::open`](crate::ReaderOptions::open), but for a mismatch; and
    /// [`OpenError::Corrupt`] for a schema text that is none, or contradicts the file.
    pub fn open(self, path: impl AsRef<Path>) -> Result<DynReader, OpenError> {
        DynReader::open(path.as_ref(), self)
    }
}
