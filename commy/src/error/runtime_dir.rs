//! Why there is no runtime directory.

use std::io;
use std::path::PathBuf;

/// Why there is no directory for files that live as long as the machine runs.
///
/// # Examples
///
/// ```
/// use commy::RuntimeDirError;
///
/// match commy::runtime_dir() {
///     Ok(directory) => println!("live data is in {}", directory.display()),
///     Err(RuntimeDirError::Missing) => println!("this system has none"),
///     Err(error) => println!("{error}"), // says what to do
/// }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeDirError {
    /// No variable names a directory, and this system has none of its own for it, or tells nothing of
    /// its users.
    #[error(
        "no runtime directory: neither `COMMY_DIR`, `RUNTIME_DIRECTORY` nor `XDG_RUNTIME_DIR` names \
         one, and there is no `/dev/shm`: set `COMMY_DIR`"
    )]
    Missing,
    /// What is there is no directory, or another one than its name says.
    #[error(
        "`{}` is {found}, expected a directory: remove it, or set `COMMY_DIR` to a directory of your \
         own", path.display()
    )]
    #[non_exhaustive]
    NotDirectory {
        /// What is there.
        path: PathBuf,
        /// What it is: "a symbolic link".
        found: &'static str,
    },
    /// The directory is another user's, who decides what is in there.
    #[error(
        "`{}` belongs to user {found}, expected {expected}: have it removed, or set `COMMY_DIR` to a \
         directory of your own", path.display()
    )]
    #[non_exhaustive]
    NotOwner {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        found: u32,
        /// Who runs this program.
        expected: u32,
    },
    /// The directory is open to others than its owner.
    #[error(
        "`{}` has mode {found:04o}, expected {expected}: change it, or set `COMMY_DIR` to a directory \
         of your own", path.display()
    )]
    #[non_exhaustive]
    Mode {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        found: u32,
        /// Which are needed: "0700".
        expected: &'static str,
    },
    /// The system refused to make the directory, or to tell of it.
    #[error("cannot {doing} `{}`", path.display())]
    #[non_exhaustive]
    Io {
        /// The directory.
        path: PathBuf,
        /// What was tried: "create".
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

commy_types::__debug_in_words! {
    enum RuntimeDirError {
        Missing,
        NotDirectory { path, found },
        NotOwner { path, found, expected },
        Mode { path, found, expected },
        Io { path, doing, source },
    }
}
