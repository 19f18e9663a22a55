//! What a writer asks of its file.

use std::fs::Metadata;
use std::path::PathBuf;

use crate::error::{CreateError, OpenError};
use crate::format::layout::{Layout, MAX_SLOTS, MIN_SLOTS};
use crate::sys;

/// How many slots a ring has unless asked otherwise.
const DEFAULT_SLOTS: u32 = 4;
/// Who may read and write a new file unless asked otherwise: its owner.
const DEFAULT_MODE: u32 = 0o600;
/// What the owner of a file must be able to do, to write it again.
pub(crate) const OWNER_MODE: u32 = 0o600;

/// What a writer does with a file that it cannot continue from.
///
/// That is one which holds a record of another layout, was created with other options than those
/// asked for, is damaged or of another format, or whose value has a field that is no value of its
/// type. A file that fits is continued from, whatever is asked for here; and what is not commy's,
/// another user's, or in use by another writer is always refused.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{CreateError, OnMismatch, create_writer};
///
/// mod yesterday {
///     #[commy::create_writer(filename = "job.bin")]
///     pub struct Job {
///         pub done: u32,
///     }
/// }
///
/// #[create_writer(filename = "job.bin")]
/// struct Job {
///     done: u64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("job.bin");
/// yesterday::JobWriter::create_at(&path)?.set_done(5);
/// let options = JobWriter::options().path(&path);
/// assert!(matches!(options.clone().create(), Err(CreateError::SchemaMismatch(_))));
/// let writer = options.on_mismatch(OnMismatch::Replace).create()?;
/// assert_eq!(writer.get().done, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnMismatch {
    /// Refuses it, and leaves everything as it is.
    #[default]
    Refuse,
    /// Puts a new file in its place: see [`on_mismatch`](crate::WriterOptions::on_mismatch).
    Replace,
}

impl OnMismatch {
    /// Whether a new file takes the place of one that was refused so.
    pub(crate) const fn replaces(self, refused: &CreateError) -> bool {
        matches!(self, Self::Replace) && is_mismatch(refused)
    }
}

/// What a writer of a growable record does with a file whose heap is damaged: an address leads to no
/// block, or two lead to the same one.
///
/// That is found when the writer opens the file and looks at every block. A file whose header or
/// schema is damaged is a matter of [`OnMismatch`].
///
/// # Examples
///
/// ```
/// use commy::OnCorrupt;
///
/// assert_eq!(OnCorrupt::default(), OnCorrupt::Refuse);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnCorrupt {
    /// Refuses it, and leaves everything as it is.
    #[default]
    Refuse,
    /// Keeps the fields whose blocks are whole, and makes the others zero.
    Salvage,
    /// Puts a new file in its place, as [`OnMismatch::Replace`] does.
    Replace,
}

/// Whether it is a file of commy's, in which something else is found than what is asked for.
const fn is_mismatch(refused: &CreateError) -> bool {
    matches!(
        refused,
        CreateError::SchemaMismatch(_)
            | CreateError::OptionMismatch { .. }
            | CreateError::Invalid { .. }
            | CreateError::Unusable(
                OpenError::FormatVersion { .. }
                    | OpenError::Unsupported { .. }
                    | OpenError::HeapVersion { .. }
                    | OpenError::Endianness { .. }
                    | OpenError::Truncated { .. }
                    | OpenError::Corrupt { .. },
            )
    )
}

/// What a writer asks of its file; what shapes the file applies when it is created.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileOptions {
    /// The number of slots in the ring.
    pub(crate) slots: Option<u32>,
    /// The permission bits.
    pub(crate) mode: Option<u32>,
    /// Whether each slot has the time of its publish.
    pub(crate) timestamps: Option<bool>,
    /// Whether what is flushed shall outlast a power cut, and the new file and its name too.
    pub(crate) durable: bool,
    /// Where the checkpoints are; beside the file if not asked otherwise.
    pub(crate) checkpoint_path: Option<PathBuf>,
    /// Whether every page is touched before the first publish.
    pub(crate) prefault: bool,
    /// What is done with a file that does not fit.
    pub(crate) on_mismatch: OnMismatch,
    /// What is done with one whose heap is damaged.
    pub(crate) on_corrupt: OnCorrupt,
    /// The length of the file that a heap must not make it exceed, in bytes.
    pub(crate) max_size: Option<u64>,
    /// How much garbage in a heap may be held by pins, in bytes.
    pub(crate) garbage_budget: Option<u64>,
    /// Whether a writer of a record that grows closes without a look at the whole heap. Then nobody
    /// can tell later, after a restart or in a copy, that it is whole.
    pub(crate) quick_close: bool,
    /// Whether a file that is not there is an error, and not made.
    pub(crate) must_exist: bool,
}

impl FileOptions {
    pub(crate) fn slots(&self) -> u32 {
        self.slots.unwrap_or(DEFAULT_SLOTS)
    }

    pub(crate) fn mode(&self) -> u32 {
        self.mode.unwrap_or(DEFAULT_MODE)
    }

    pub(crate) fn timestamps(&self) -> bool {
        self.timestamps.unwrap_or(false)
    }

    /// How long a heap gets at most, as far as is known.
    pub(crate) fn heap_size(&self) -> u64 {
        self.max_size.unwrap_or(u64::MAX)
    }

    /// Whether a new file takes the place of one whose value was refused so.
    pub(crate) const fn replaces_value(&self, refused: &CreateError) -> bool {
        let is_corrupt = matches!(refused, CreateError::Unusable(OpenError::Corrupt { .. }));
        self.on_mismatch.replaces(refused)
            || is_corrupt && matches!(self.on_corrupt, OnCorrupt::Replace)
    }

    /// Refuses what no file can be created with.
    ///
    /// # Errors
    ///
    /// `InvalidOption`.
    pub(crate) fn check(&self) -> Result<(), CreateError> {
        let (slots, mode) = (self.slots(), self.mode());
        if !(MIN_SLOTS..=MAX_SLOTS).contains(&u64::from(slots)) {
            let expected = "2 to 65536";
            return Err(CreateError::InvalidOption { option: "slots", asked: slots, expected });
        }
        if mode & OWNER_MODE != OWNER_MODE || mode > 0o777 {
            let expected = "0600 to 0777 with read and write for the owner";
            return Err(CreateError::InvalidOption { option: "mode", asked: mode, expected });
        }
        Ok(())
    }

    /// Refuses to open a file that was created with other options than those asked for.
    ///
    /// # Errors
    ///
    /// `OptionMismatch`.
    pub(crate) fn compare(&self, layout: &Layout, metadata: &Metadata) -> Result<(), CreateError> {
        let file_slots = u32::try_from(layout.slot_count()).unwrap_or(u32::MAX);
        let file_mode = sys::mode(metadata).map(|mode| mode & 0o777);
        let file_times = Some(u32::from(layout.keeps_times()));
        for (option, file, asked) in [
            ("slots", Some(file_slots), self.slots),
            ("mode", file_mode, self.mode),
            ("timestamps", file_times, self.timestamps.map(u32::from)),
        ] {
            if let (Some(file), Some(asked)) = (file, asked)
                && file != asked
            {
                return Err(CreateError::OptionMismatch { option, file, asked });
            }
        }
        Ok(())
    }
}

/// The permission bits of a data file, which its checkpoints get too.
pub(crate) fn mode_of(metadata: &Metadata) -> u32 {
    sys::mode(metadata).map_or(DEFAULT_MODE, |mode| mode & 0o777)
}
