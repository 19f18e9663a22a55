//! Why a read returned no value, and why a flush promised nothing.

use std::io;
use std::path::PathBuf;

use commy_types::InvalidReason;

/// Why a snapshot or a getter returned no value.
///
/// # Examples
///
/// ```
/// use commy::ReadError;
///
/// fn is_worth_a_retry(error: &ReadError) -> bool {
///     matches!(error, ReadError::Empty | ReadError::Contended { .. } | ReadError::NeedsWriter)
/// }
///
/// assert!(is_worth_a_retry(&ReadError::Empty));
/// assert_eq!(ReadError::Empty.to_string(), "nothing is published yet");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No value was published since the file was created.
    #[error("nothing is published yet")]
    Empty,
    /// The bytes of a field are no value of its type: the writer is broken or hostile.
    #[error("field `{field}`: {reason}")]
    #[non_exhaustive]
    Invalid {
        /// The field: `points[2].x`.
        field: String,
        /// What was found there.
        reason: InvalidReason,
    },
    /// The writer published faster than the value could be copied: every copy was overtaken by
    /// about as many publishes as there are slots.
    ///
    /// The last 16 tries of a record of more than 4096 bytes also take a value that is behind the
    /// latest, but never an older one than this reader has returned before.
    #[error("no consistent copy in {tries} tries")]
    #[non_exhaustive]
    Contended {
        /// How often it was tried: 64 times, 80 for a record of more than 4096 bytes.
        tries: u32,
    },
    /// The generation of a [`View`](crate::View) was overwritten while its getter copied.
    /// [`Reader::read`](crate::Reader::read) begins again with a newer one, so that nobody else sees
    /// this.
    #[error("the generation of this view is overwritten: pass this error on, to read a newer one")]
    Overtaken,
    /// The file was copied, or the machine restarted without an orderly close: the slots may be
    /// torn, and are believed again once a writer has published.
    #[error("the file was copied or outlived a restart, and no writer has published since")]
    NeedsWriter,
    /// A live word of the file has a value that no writer stores: the latest generation is above
    /// 2^62. Any read may find it, because whoever may write the file may do so at any time.
    #[error("the file is corrupt: {what} is {found}, expected {expected}")]
    #[non_exhaustive]
    Corrupt {
        /// What is wrong: "latest generation".
        what: &'static str,
        /// The value in the file.
        found: u64,
        /// What would be right. No `String`, which would make every result of a read longer.
        expected: Box<str>,
    },
}

/// Why a flush could not promise that what was published will outlast a power cut.
///
/// # Examples
///
/// ```
/// use commy::{FlushError, create_writer};
///
/// #[create_writer(filename = "example.bin")]
/// struct Example {
///     number: u64,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("example.bin");
/// let mut writer = ExampleWriter::create_at(&path).unwrap();
/// writer.set_number(1);
/// std::fs::remove_file(&path).unwrap();
/// match writer.flush() {
///     Err(FlushError::Superseded { path, .. }) => eprintln!("`{}` is gone", path.display()),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// This process is a forked child of the writer's, which keeps the file for itself.
    #[error("`{}` belongs to the process that created the writer, not to its forked child", path.display())]
    #[non_exhaustive]
    Forked {
        /// The file.
        path: PathBuf,
    },
    /// Everything was written, but readers that open the path do not find this file there: it was
    /// removed, moved, replaced or cut off while its writer lived. A checkpoint file, if there is one,
    /// holds the value.
    #[error(
        "`{}` was flushed, but is not the file at that path any more: create the writer again",
        path.display()
    )]
    #[non_exhaustive]
    Superseded {
        /// Where the file was.
        path: PathBuf,
    },
    /// The system could not write the file, or its checkpoint, out: the disk is full, gone or
    /// broken.
    #[error("cannot flush `{}`", path.display())]
    #[non_exhaustive]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
