//! Why a read returned no value, and why a flush promised nothing.

use std::io;
use std::path::PathBuf;

use commy_types::InvalidReason;

use super::WriteError;

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
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No value was published since the file was created.
    #[error("nothing is published yet")]
    Empty,
    /// The bytes of a field are no value of its type: the writer is broken or hostile.
    #[error("{}{reason}", named(field))]
    #[non_exhaustive]
    Invalid {
        /// The field: `points[2].x`. Empty in a growable record where only its cell is known.
        field: String,
        /// What was found there.
        reason: InvalidReason,
    },
    /// The bytes of a serialized field of a growable record are no value for its codec: the writer is
    /// broken or hostile, or has another type of the same name. Setting the field repairs it.
    #[error("{}the {codec} bytes at {offset} are no value of the type: {reason}", named(field))]
    #[non_exhaustive]
    Undecodable {
        /// The field: `settings`, `players.settings`. Empty where only its cell is known.
        field: Box<str>,
        /// The codec of the field: "json".
        codec: &'static str,
        /// Where they are, in bytes from the start of the file; in the root, of that.
        offset: u64,
        /// What the codec says.
        reason: Box<str>,
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
    /// A word of the file has a value that no writer stores: the latest generation is above 2^62, or
    /// the heap of a growable record leads nowhere. Any read may find it, because whoever may write
    /// the file may do so at any time.
    #[error("the file is corrupt: {what} at byte {offset} is {found}, expected {expected}")]
    #[non_exhaustive]
    Corrupt {
        /// What is wrong: "latest generation".
        what: &'static str,
        /// The value in the file.
        found: u64,
        /// What would be right; of a growable record, also the way to the field, as far as it is known. No
        /// `String`, which would make every result of a read longer.
        expected: Box<str>,
        /// Where that value is, in bytes from the start of the file.
        offset: u64,
    },
    /// The writer has used again what a view of a growable record held, because more of it was held
    /// than it puts up with. Pin the latest generation, and hold it for less long.
    #[error("generation {generation} was evicted by the writer: pin the latest one")]
    #[non_exhaustive]
    Evicted {
        /// The generation of the view.
        generation: u64,
    },
    /// The value of a growable record takes more memory than this reader permits: raise that, or
    /// read less at once.
    #[error("the value takes {needed} bytes of memory, this reader permits {max}")]
    #[non_exhaustive]
    TooLarge {
        /// How many bytes it takes, as far as it was loaded.
        needed: u64,
        /// How many the reader permits.
        max: u64,
    },
    /// A generation of a growable record cannot be pinned here: the file system, the system, or who
    /// limits this process has no locks for it. Reads go on without. Only what has to pin says this.
    #[error("cannot pin a generation: {reason}")]
    #[non_exhaustive]
    PinRefused {
        /// Why there is no lock.
        reason: Box<str>,
    },
    /// This process is a forked child, and the view is that of its parent, who may let go of it at
    /// any time: open a reader in the child.
    #[error("the view belongs to the parent of this forked child: open a reader in the child")]
    Forked,
    /// An operation of the transaction has failed before: nothing of it will remain, so that what is
    /// read now would be true for nobody.
    #[error("the transaction has failed before: {0}")]
    Failed(Box<WriteError>),
}

commy_types::__debug_in_words! {
    enum ReadError {
        Empty,
        Invalid { field, reason },
        Undecodable { field, codec, offset, reason },
        Contended { tries },
        Overtaken,
        NeedsWriter,
        Corrupt { what, found, expected, offset },
        Evicted { generation },
        TooLarge { needed, max },
        PinRefused { reason },
        Forked,
        Failed(inner),
    }
}

/// The field in front of what is wrong with it, if it is known.
fn named(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!("field `{field}`: ") }
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
#[derive(thiserror::Error)]
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

commy_types::__debug_in_words! {
    enum FlushError {
        Forked { path },
        Superseded { path },
        Io { path, source },
    }
}
