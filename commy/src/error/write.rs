//! Why a growable record was not changed.

use std::path::Path;

use super::ReadError;

/// Why a growable record was not changed: nothing of the operation, or of its transaction, remains.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{WriteError, create_writer};
///
/// #[create_writer(filename = "blob.bin", growable)]
/// struct Blob {
///     #[commy(bytes)]
///     data: Vec<u8>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("blob.bin");
/// let mut blob = BlobWriter::options().path(&path).max_size(1 << 20).create()?;
/// blob.set_data(&[1; 100])?;
/// match blob.set_data(&vec![2; 2 << 20]) {
///     Err(WriteError::Full { needed, max_size, .. }) => assert!(needed > max_size),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(blob.data().load()?, [1; 100]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The system has no room for a longer file: the disk or the memory of a tmpfs is full, or the
    /// process must not make a file of that length. Views that held room were evicted before.
    #[error("no room for {needed} bytes in `{}`: {reason}", path.display())]
    #[non_exhaustive]
    NoSpace {
        /// The file.
        path: Box<Path>,
        /// How many bytes were asked for at once.
        needed: u64,
        /// What the system said.
        reason: Box<str>,
    },
    /// The file would become longer than
    /// [`max_size`](crate::growable::WriterOptions::max_size). Views that held room were evicted
    /// before.
    #[error("no room for {needed} bytes in a file of at most {max_size}: raise `max_size`")]
    #[non_exhaustive]
    Full {
        /// How many bytes were asked for at once.
        needed: u64,
        /// The longest that the file may be.
        max_size: u64,
    },
    /// No text or byte field is that long: store it in parts.
    #[error("a value of {len} bytes, expected at most {max}: store it in parts")]
    #[non_exhaustive]
    TooLong {
        /// The bytes of the value.
        len: u64,
        /// The most that a value can have.
        max: u64,
    },
    /// A value of a fixed type, such as a `FixedString`, has no room for the argument.
    #[error("the value does not fit a `{type_name}`")]
    #[non_exhaustive]
    DoesNotFit {
        /// The fixed type.
        type_name: &'static str,
    },
    /// The codec of a serialized field has refused the value.
    #[error("a `{type_name}` cannot be encoded as {codec}: {reason}")]
    #[non_exhaustive]
    Unencodable {
        /// The type of the value.
        type_name: &'static str,
        /// The codec: "json".
        codec: &'static str,
        /// What the codec says.
        reason: Box<str>,
    },
    /// The value is nested deeper than readers go.
    #[error("the value is nested deeper than {max} levels, or its levels are too large together")]
    #[non_exhaustive]
    TooDeep {
        /// How many boxes may lie in one another, if they are small.
        max: u32,
    },
    /// The file is damaged: a word that this writer relies on is none that a writer stores.
    /// Overwriting the whole value repairs it; opening the file with
    /// [`on_corrupt`](crate::growable::WriterOptions::on_corrupt) repairs or replaces all of it.
    #[error("the file is corrupt: {what} is {found}, expected {expected}")]
    #[non_exhaustive]
    Corrupt {
        /// What is wrong.
        what: &'static str,
        /// The value in the file.
        found: u64,
        /// What would be right.
        expected: Box<str>,
        /// Where it is, in bytes from the start of the file.
        offset: u64,
    },
    /// The transaction was ended by `Err(WriteError::Aborted)`, or an operation in it has panicked and
    /// the panic was caught inside: what was staged may have been half of something.
    #[error("the transaction was aborted: nothing of it remains")]
    Aborted,
    /// A read in the transaction failed.
    #[error(transparent)]
    Read(ReadError),
}

commy_types::__debug_in_words! {
    enum WriteError {
        NoSpace { path, needed, reason },
        Full { needed, max_size },
        TooLong { len, max },
        DoesNotFit { type_name },
        Unencodable { type_name, codec, reason },
        TooDeep { max },
        Corrupt { what, found, expected, offset },
        Aborted,
        Read(inner),
    }
}

impl From<ReadError> for WriteError {
    #[cold]
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Failed(error) => *error,
            ReadError::Corrupt { what, found, expected, offset } => {
                Self::Corrupt { what, found, expected, offset }
            }
            error => Self::Read(error),
        }
    }
}
