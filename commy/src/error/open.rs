//! Why a file could not be opened for reading.

use std::io;
use std::path::{Path, PathBuf};

use super::{RuntimeDirError, SchemaMismatch};
use crate::format::MAGIC;

/// Why a reader could not be opened.
///
/// # Examples
///
/// ```
/// use commy::{OpenError, create_reader};
///
/// #[create_reader(filename = "example.bin")]
/// struct Example {
///     number: u64,
/// }
///
/// fn advice(error: &OpenError) -> &'static str {
///     match error {
///         OpenError::NotFound { .. } => "start the writer first",
///         OpenError::SchemaMismatch(_) => "build both programs from the same struct",
///         _ => "look at the file",
///     }
/// }
///
/// let error = ExampleReader::open_at("/nowhere/example.bin").unwrap_err();
/// assert_eq!(advice(&error), "start the writer first");
/// let told = "no directory at `/nowhere` for the file `/nowhere/example.bin`";
/// assert_eq!(error.to_string(), told);
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no file at the path, or not even the directory for it.
    #[error("{}", not_found(path, directory.as_deref()))]
    #[non_exhaustive]
    NotFound {
        /// Where the file was looked for.
        path: PathBuf,
        /// Its directory, if that is missing, too.
        directory: Option<PathBuf>,
    },
    /// What is there is a directory, a pipe, a device or a socket.
    #[error("`{}` is {found}, expected a regular file", path.display())]
    #[non_exhaustive]
    NotRegular {
        /// Where it is.
        path: PathBuf,
        /// What it is: "a directory".
        found: &'static str,
    },
    /// The file belongs to another program, or is empty: it does not start as every commy file
    /// does.
    #[error("`{}` is not a commy file: {}", path.display(), start(found))]
    #[non_exhaustive]
    NotCommy {
        /// Where it is.
        path: PathBuf,
        /// Its first bytes, at most eight.
        found: Vec<u8>,
    },
    /// The file has a format of another version: another release of commy has made it.
    #[error("`{}` has format version {found}, expected {expected}", path.display())]
    #[non_exhaustive]
    FormatVersion {
        /// Where it is.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The version this program knows.
        expected: u32,
    },
    /// The file was made with features that this program does not know and must not ignore.
    #[error("`{}` needs features this program does not have: flags {flags:#x}", path.display())]
    #[non_exhaustive]
    Unsupported {
        /// Where it is.
        path: PathBuf,
        /// The flags that are unknown.
        flags: u64,
    },
    /// The record grows, and its heap is laid out in a way that this program does not know: another
    /// release of commy has made it.
    #[error(
        "`{}` has a heap of layout version {found}, expected {expected}: read it by the release of \
         commy that made it",
        path.display()
    )]
    #[non_exhaustive]
    HeapVersion {
        /// Where it is.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The version this program knows.
        expected: u32,
    },
    /// The record grows, and its generations have come to, or go on from, a number that it has no
    /// room for. A file that took the place of another one counts on from there.
    #[error(
        "`{}` counts generations from {found} on, expected less than {limit} in a record that \
         grows: move the file away and begin a new one",
        path.display()
    )]
    #[non_exhaustive]
    GenerationLimit {
        /// Where it is.
        path: PathBuf,
        /// The generation.
        found: u64,
        /// The first one that is refused.
        limit: u64,
    },
    /// The file holds something else than one record, or than the checkpoints of one.
    #[error(
        "`{}` is a file of kind {found}{}, expected {expected}{}",
        path.display(), kind_name(*found), kind_name(*expected)
    )]
    #[non_exhaustive]
    Kind {
        /// Where it is.
        path: PathBuf,
        /// The kind in the file.
        found: u32,
        /// The kind that was looked for.
        expected: u32,
    },
    /// The file was written on a machine with the other byte order.
    #[error("`{}` holds {found} values, expected {expected}", path.display())]
    #[non_exhaustive]
    Endianness {
        /// Where it is.
        path: PathBuf,
        /// The byte order of the file: "big-endian".
        found: &'static str,
        /// The byte order of this machine.
        expected: &'static str,
    },
    /// The file is shorter than its header says, or than a header.
    #[error("`{}` is cut off: it has {found} bytes, expected {expected}", path.display())]
    #[non_exhaustive]
    Truncated {
        /// Where it is.
        path: PathBuf,
        /// Its length in bytes.
        found: u64,
        /// The least length in bytes.
        expected: u64,
    },
    /// The file is in memory, has holes, as a sparse copy has them, and there is no room for what
    /// belongs into them. To read a hole takes a page there, and would end the process.
    #[error(
        "`{}` has a hole at byte {hole} and no room to fill it: free {needed} bytes there, or copy \
         the file without holes (`cp --sparse=never`)",
        path.display()
    )]
    #[non_exhaustive]
    Sparse {
        /// Where it is.
        path: PathBuf,
        /// Where the hole begins, in bytes.
        hole: u64,
        /// How many bytes the file has from there on, at most all of which are needed.
        needed: u64,
    },
    /// The file contradicts itself: a checksum, a size, an offset or a word that counts is not as
    /// the rest of the file has it. It was damaged, or made by hand.
    #[error(
        "`{}` is corrupt: {what} at byte {offset} is {found}, expected {expected}", path.display()
    )]
    #[non_exhaustive]
    Corrupt {
        /// Where it is.
        path: PathBuf,
        /// What is wrong: "slot stride".
        what: &'static str,
        /// The value in the file.
        found: u64,
        /// What would be right.
        expected: Box<str>,
        /// Where that value is, in bytes from the start of the file.
        offset: u64,
    },
    /// The file holds a record of another layout: the two programs declare different structs.
    #[error(transparent)]
    SchemaMismatch(Box<SchemaMismatch>),
    /// The file must not be read by this user, or a directory on the way to it not be entered.
    #[error("no permission to read `{}`", path.display())]
    #[non_exhaustive]
    Permission {
        /// Where it is.
        path: PathBuf,
    },
    /// The file belongs to another user than the reader asked for with
    /// [`require_owner`](crate::ReaderOptions::require_owner).
    #[error("`{}` belongs to user {found}, expected {expected}", path.display())]
    #[non_exhaustive]
    NotOwner {
        /// Where it is.
        path: PathBuf,
        /// Whose it is.
        found: u32,
        /// Whose it should be.
        expected: u32,
    },
    /// More users may write the file than the reader trusts, which asked for
    /// [`refuse_group_or_other_write`](crate::ReaderOptions::refuse_group_or_other_write).
    #[error(
        "`{}` has mode {found:04o}, expected none of the bits {refused:04o}", path.display()
    )]
    #[non_exhaustive]
    Mode {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        found: u32,
        /// Those of them that the reader refuses.
        refused: u32,
    },
    /// There is no runtime directory for the file: see
    /// [`runtime_dir`](crate::runtime_dir).
    #[error(transparent)]
    RuntimeDir(#[from] RuntimeDirError),
    /// The system refused something else: to open, read or map the file.
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
    enum OpenError {
        NotFound { path, directory },
        NotRegular { path, found },
        NotCommy { path, found },
        FormatVersion { path, found, expected },
        Unsupported { path, flags },
        HeapVersion { path, found, expected },
        GenerationLimit { path, found, limit },
        Kind { path, found, expected },
        Endianness { path, found, expected },
        Truncated { path, found, expected },
        Sparse { path, hole, needed },
        Corrupt { path, what, found, expected, offset },
        SchemaMismatch(inner),
        Permission { path },
        NotOwner { path, found, expected },
        Mode { path, found, refused },
        RuntimeDir(inner),
        Io { path, doing, source },
    }
}

impl OpenError {
    /// The variant for a refused system call: some kinds have their own.
    pub(crate) fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                Self::NotFound { directory: missing_directory(&path), path }
            }
            io::ErrorKind::PermissionDenied => Self::Permission { path },
            _ => Self::Io { path, doing, source },
        }
    }
}

/// The directory of the file at `path`, if that is what is missing.
pub(super) fn missing_directory(path: &Path) -> Option<PathBuf> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""))?;
    (!parent.is_dir()).then(|| parent.into())
}

/// What is missing, in words.
fn not_found(path: &Path, directory: Option<&Path>) -> String {
    let path = path.display();
    match directory {
        None => format!("no file at `{path}`"),
        Some(directory) => {
            format!("no directory at `{}` for the file `{path}`", directory.display())
        }
    }
}

/// The kind of a file in words, as far as it has a name.
const fn kind_name(kind: u32) -> &'static str {
    match kind {
        1 => " (a record)",
        2 => " (a heap)",
        3 => " (checkpoints)",
        _ => "",
    }
}

/// The start of a foreign file in words.
fn start(found: &[u8]) -> String {
    if found.is_empty() {
        return String::from("it is empty");
    }
    format!("it starts with \"{}\", expected \"{}\"", found.escape_ascii(), MAGIC.escape_ascii())
}
