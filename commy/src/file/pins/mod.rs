//! Pins of generations by locks on bytes of the file.
//!
//! Whoever may read a file may lock its bytes for reading, and the kernel drops a lock with the
//! process that has it. So a pin needs no table and no clearing up. Three things about such locks
//! are traps:
//!
//! - A mapping keeps a lock after its descriptor is closed. So the descriptors here are opened for
//!   the locks alone, never mapped, and closed in programs that the process starts.
//! - A lock belongs to the descriptor, not to who took it: the first of two views that unlocks
//!   would unlock for both, and a forked child for its parent. So they are counted, and a child
//!   never unlocks.
//! - A descriptor's own locks are not in its way. So the writer asks through a descriptor of its
//!   own, and finds the readers of its own process.

mod locks;
mod probe;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use self::locks::FilePins;
pub(crate) use self::probe::PinProbe;

use crate::format::locks::LAST_PIN;
use crate::sys;

/// Why generations of a file cannot be pinned.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PinError {
    /// The file could not be opened once more, for the locks.
    #[error("cannot open `{}` for its locks", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Another file is at the path, whose locks would say nothing about this one.
    #[error("another file is at `{}` now: open it", path.display())]
    Replaced {
        /// The path.
        path: PathBuf,
    },
    /// The system, the file system, or who limits this process has no such locks: EINVAL, ENOLCK,
    /// EPERM, and whatever else it says.
    #[error("cannot lock generation {generation} of `{}`: read without a pin", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The generation.
        generation: u64,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Somebody has locked the generation for writing, which nobody does who keeps to the format.
    #[error(
        "generation {generation} of `{}` is locked for writing, expected for reading at most: \
         end the program that locked it",
        path.display()
    )]
    Taken {
        /// The file.
        path: PathBuf,
        /// The generation.
        generation: u64,
    },
    /// The generation has no byte that could be locked.
    #[error("generation {found} of `{}` cannot be locked, expected at most {LAST_PIN}", path.display())]
    Generation {
        /// The file.
        path: PathBuf,
        /// The generation.
        found: u64,
    },
    /// The reader was opened without.
    #[error("`{}` was opened without pins: ask for them when you open it", path.display())]
    Unasked {
        /// The file.
        path: PathBuf,
    },
    /// This process is a forked child of the one that opened the file.
    #[error(
        "`{}` was opened by the parent of this forked child, whose pins these are: open it again",
        path.display()
    )]
    Forked {
        /// The file.
        path: PathBuf,
    },
}

/// Opens the file at `path` for locks alone, if it is still `expected`.
fn open_alone(path: &Path, expected: &File) -> Result<File, PinError> {
    let failed = |source| PinError::Open { path: path.into(), source: Arc::new(source) };
    let file = sys::open(path, sys::Rights::Read, sys::Links::Follow).map_err(failed)?;
    let identity = |file: &File| Ok(sys::identity(&file.metadata().map_err(failed)?));
    if identity(&file)? != identity(expected)? {
        return Err(PinError::Replaced { path: path.into() });
    }
    Ok(file)
}
