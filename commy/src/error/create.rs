//! Why a writer could not be created.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use commy_types::InvalidReason;

use super::open::missing_directory;
use super::{OpenError, RuntimeDirError, SchemaMismatch};
use crate::format::Shown;
use crate::sys::SizeLimit;

/// Why a writer could not be created or opened.
///
/// # Examples
///
/// ```
/// use commy::{CreateError, create_writer};
///
/// #[create_writer(filename = "example.bin")]
/// struct Example {
///     number: u64,
/// }
///
/// fn advice(error: &CreateError) -> &'static str {
///     match error {
///         CreateError::WriterBusy { .. } => "another writer runs: stop it first",
///         CreateError::SchemaMismatch(_) => "the struct has changed: replace the file",
///         CreateError::Unusable(_) => "something else is there: move it away",
///         _ => "see the message",
///     }
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("example.bin");
/// let _first = ExampleWriter::create_at(&path).unwrap();
/// let error = ExampleWriter::create_at(&path).unwrap_err();
/// assert_eq!(advice(&error), "another writer runs: stop it first");
/// // ".../example.bin` already has a writer: process 4127", where the system tells
/// assert!(error.to_string().contains("example.bin` already has a writer"));
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// Another writer, in this process or another one, has the file, or is about to create it.
    #[error("`{}` already has a writer{}", path.display(), Holder(*holder))]
    #[non_exhaustive]
    WriterBusy {
        /// The file.
        path: PathBuf,
        /// The process that has it, where the system tells: on Linux, if it has a number in this
        /// container. It may have ended by now.
        holder: Option<u32>,
    },
    /// The file that is there holds a record of another layout, or its checkpoints do:
    /// [`OnMismatch::Replace`](crate::OnMismatch::Replace) puts a new one in its place and keeps the
    /// checkpoints aside.
    #[error(transparent)]
    SchemaMismatch(Box<SchemaMismatch>),
    /// The file that is there was created with another value of an option; or checkpoints of a record
    /// that grows are asked for where they would be worth nothing.
    #[error(
        "option `{option}`: file has {}, this program asks for {}",
        OptionValue(option, *file),
        OptionValue(option, *asked)
    )]
    #[non_exhaustive]
    OptionMismatch {
        /// The option: "slots", "mode", "timestamps" (1 for times, 0 for none) or "durable".
        option: &'static str,
        /// The value the file was created with. Of "durable": 0 if the heap is in memory, 2 if nothing
        /// tells the file from a copy.
        file: u32,
        /// The value that was asked for.
        asked: u32,
    },
    /// An option has a value that no file can be created with.
    #[error("option `{option}` is {}, expected {expected}", OptionValue(option, *asked))]
    #[non_exhaustive]
    InvalidOption {
        /// The option: "slots" or "mode".
        option: &'static str,
        /// The value that was asked for.
        asked: u32,
        /// Which values are possible.
        expected: &'static str,
    },
    /// What is there is no commy file, or a damaged one, or one of another format; so may be what
    /// is where the checkpoints go. Says which.
    #[error(transparent)]
    Unusable(OpenError),
    /// The stored value has a field whose bytes are no value of its type, so that a writer cannot
    /// continue from it.
    #[error("`{}`: stored value, field `{field}`: {reason}", path.display())]
    #[non_exhaustive]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The field: `points[2].x`.
        field: String,
        /// What was found there.
        reason: InvalidReason,
    },
    /// The directory that shall hold the file, or its checkpoints, does not exist.
    #[error("no directory at `{}` for the file `{}`", directory.display(), path.display())]
    #[non_exhaustive]
    NotFound {
        /// The file, or its checkpoint file.
        path: PathBuf,
        /// The directory that is missing.
        directory: PathBuf,
    },
    /// The checkpoints are those of another data file, whose value this one must not take.
    #[error(
        "`{}` holds the checkpoints of `{found}`, expected those of `{expected}`: choose another \
         checkpoint path, or move that file away", path.display()
    )]
    #[non_exhaustive]
    CheckpointOwner {
        /// The checkpoint file.
        path: PathBuf,
        /// The data file that it belongs to, as far as the text can be shown.
        found: String,
        /// The data file that was to be opened.
        expected: String,
    },
    /// The path leads to a file that has no name, or another one than the link says, as those of
    /// open files in `/proc/self/fd` do: a new file could not be put there.
    #[error(
        "`{}` leads to a file that `{}` does not name: give the path of a file",
        path.display(), Shown(&text.to_string_lossy())
    )]
    #[non_exhaustive]
    Nameless {
        /// The link.
        path: PathBuf,
        /// What it says: "/memfd:x (deleted)".
        text: PathBuf,
    },
    /// Something is where a new file is written before it gets its name, and no writer has left it
    /// there. It stays.
    #[error("`{}` is {found}, where a new file has to be written: move it away", path.display())]
    #[non_exhaustive]
    TemporaryTaken {
        /// Where it is.
        path: PathBuf,
        /// What it is: "a file of another user".
        found: &'static str,
    },
    /// This user must not create or write the file; or it would be reached through a link that
    /// another user has put into a directory that others may write.
    #[error("no permission to write `{}`", path.display())]
    #[non_exhaustive]
    Permission {
        /// The file, or its lock file or directory.
        path: PathBuf,
    },
    /// The file belongs to another user; only its owner may write it.
    #[error("`{}` belongs to user {found}, expected {expected}", path.display())]
    #[non_exhaustive]
    NotOwner {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: u32,
        /// Who runs this program.
        expected: u32,
    },
    /// The file system, or the user's quota of it, has no room for the file.
    #[error("no space for `{}`{}", path.display(), Needed(*needed))]
    #[non_exhaustive]
    StorageFull {
        /// The file, or its lock file.
        path: PathBuf,
        /// The length of the file in bytes; 0 if what there is no room for is the file itself,
        /// whatever its length.
        needed: u64,
    },
    /// The process must not make a file of that length (`ulimit -f`).
    #[error(
        "`{}` needs {needed} bytes, but this process may make files of at most {limit} \
         (RLIMIT_FSIZE): raise the limit", path.display()
    )]
    #[non_exhaustive]
    SizeLimit {
        /// The file.
        path: PathBuf,
        /// The length of the file in bytes.
        needed: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// So many slots of the record are larger than a file can be.
    #[error("a file with {slots} slots for a record of {size} bytes is too large")]
    #[non_exhaustive]
    TooLarge {
        /// The size of the record in bytes.
        size: usize,
        /// The number of slots that was asked for.
        slots: u32,
    },
    /// There is no runtime directory for the file: see
    /// [`runtime_dir`](crate::runtime_dir).
    #[error(transparent)]
    RuntimeDir(#[from] RuntimeDirError),
    /// The system refused something else: to lock, write, map or rename a file.
    #[error("cannot {doing} `{}`", path.display())]
    #[non_exhaustive]
    Io {
        /// What it was done to.
        path: PathBuf,
        /// What was tried: "map".
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

commy_types::__debug_in_words! {
    enum CreateError {
        WriterBusy { path, holder },
        SchemaMismatch(inner),
        OptionMismatch { option, file, asked },
        InvalidOption { option, asked, expected },
        Unusable(inner),
        Invalid { path, field, reason },
        NotFound { path, directory },
        CheckpointOwner { path, found, expected },
        Nameless { path, text },
        TemporaryTaken { path, found },
        Permission { path },
        NotOwner { path, found, expected },
        StorageFull { path, needed },
        SizeLimit { path, needed, limit },
        TooLarge { size, slots },
        RuntimeDir(inner),
        Io { path, doing, source },
    }
}

impl CreateError {
    /// Another writer has the file at `path`.
    pub(crate) fn busy(path: &Path) -> Self {
        Self::WriterBusy { path: path.to_path_buf(), holder: None }
    }

    /// The variant for a refused system call: some kinds have their own.
    pub(crate) fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::StorageFull { path, needed: 0 }
            }
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                match missing_directory(&path) {
                    Some(directory) => Self::NotFound { path, directory },
                    None => Self::Io { path, doing, source },
                }
            }
            _ => Self::Io { path, doing, source },
        }
    }

    /// The variant for a refused reservation of `needed` bytes.
    pub(crate) fn space(path: &Path, needed: u64, source: io::Error) -> Self {
        let limit = source.get_ref().and_then(|source| source.downcast_ref());
        if let Some(SizeLimit(limit)) = limit {
            return Self::SizeLimit { path: path.to_path_buf(), needed, limit: *limit };
        }
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::StorageFull { path: path.to_path_buf(), needed },
            _ => Self::io(path, "reserve space for", source),
        }
    }
}

impl From<OpenError> for CreateError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::SchemaMismatch(mismatch) => Self::SchemaMismatch(mismatch),
            OpenError::Permission { path } => Self::Permission { path },
            OpenError::NotOwner { path, found, expected } => {
                Self::NotOwner { path, found, expected }
            }
            OpenError::RuntimeDir(error) => Self::RuntimeDir(error),
            OpenError::Io { path, doing, source } => Self::Io { path, doing, source },
            other => Self::Unusable(other),
        }
    }
}

/// What a file needs, if it is that.
struct Needed(u64);

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            needed => write!(f, ", which needs {needed} bytes"),
        }
    }
}

/// Who has a file, if that is known.
struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(pid) => write!(f, ": process {pid}"),
        }
    }
}

/// The value of an option as its users write it: modes are octal.
struct OptionValue<'a>(&'a str, u32);

impl fmt::Display for OptionValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            ("durable", HEAP_IN_MEMORY) => f.write_str(
                "its heap in memory (lost with the machine, so that a checkpoint would lead nowhere: \
                 put the file on a disk)",
            ),
            ("durable", UNKNOWN_FILE) => f.write_str(
                "nothing that tells it from a copy (no time of birth and no handle, so that no \
                 checkpoint could be believed: put it on another file system)",
            ),
            ("durable", _) => f.write_str("checkpoints"),
            ("timestamps", 0) => f.write_str("no times"),
            ("timestamps", _) => f.write_str("the time of each publish"),
            ("mode", _) => write!(f, "{:04o}", self.1),
            _ => write!(f, "{}", self.1),
        }
    }
}

/// What a file has of "durable" whose heap is in memory.
pub(crate) const HEAP_IN_MEMORY: u32 = 0;
/// The same of one of which nobody could tell a copy.
pub(crate) const UNKNOWN_FILE: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_shown_in_octal_and_counts_in_decimal() {
        let mode = CreateError::OptionMismatch { option: "mode", file: 0o600, asked: 0o644 };
        assert_eq!(mode.to_string(), "option `mode`: file has 0600, this program asks for 0644");
        let slots = CreateError::OptionMismatch { option: "slots", file: 4, asked: 16 };
        assert_eq!(slots.to_string(), "option `slots`: file has 4, this program asks for 16");
    }

    #[test]
    fn a_full_disk_and_a_missing_permission_have_their_own_variants() {
        let path = Path::new("x");
        let full = io::ErrorKind::StorageFull.into();
        assert!(matches!(
            CreateError::space(path, 7, full),
            CreateError::StorageFull { needed: 7, .. }
        ));
        // For what takes no room but its name.
        for error in [libc::ENOSPC, libc::EDQUOT] {
            let full = CreateError::io(path, "lock", io::Error::from_raw_os_error(error));
            assert!(matches!(full, CreateError::StorageFull { needed: 0, .. }));
            assert_eq!(full.to_string(), "no space for `x`");
        }
        let denied = io::ErrorKind::PermissionDenied.into();
        assert!(matches!(CreateError::space(path, 7, denied), CreateError::Permission { .. }));
    }
}
