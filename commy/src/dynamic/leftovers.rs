//! What writers have left in a directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::info::{FileInfo, WriterStatus};
use crate::error::CreateError;
use crate::file::{LeftoverKind, Removal, checkpoints_beside, leftover_at, remove_leftover};
use crate::format::State;

/// A file that a writer has left, and that nobody uses: found by [`leftovers`].
///
/// # Examples
///
/// See [`leftovers`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leftover {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: LeftoverKind,
    /// Its length in bytes.
    pub len: u64,
}

/// Looks what writers have left in a directory: lock files without a file, files under temporary names,
/// checkpoints without a file, and files that nobody has open and no writer has closed.
///
/// Changes nothing. Links, and files of other users or with several names, are none of these. Nor are files
/// that a process could have open which this one may not look at; what it has open itself does not count. An
/// empty lock file of another program cannot be told from those of commy, if the file that it is for is not
/// there.
///
/// # Errors
///
/// If the directory cannot be read.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
/// use commy::dynamic::{LeftoverKind, Removal, leftovers};
///
/// #[create_writer(filename = "tank.bin")]
/// struct Tank {
///     level: f64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("tank.bin");
/// drop(TankWriter::create_at(&path)?);
/// assert!(leftovers(dir.path())?.is_empty());
///
/// std::fs::remove_file(&path)?; // and its lock file is still there
/// let left = leftovers(dir.path())?;
/// assert_eq!(left[0].kind, LeftoverKind::Lock);
/// assert_eq!(left[0].remove()?, Removal::Removed);
/// assert!(leftovers(dir.path())?.is_empty());
/// # Ok(())
/// # }
/// ```
pub fn leftovers(directory: impl AsRef<Path>) -> io::Result<Vec<Leftover>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        // Links are somebody's way to a file, whatever it is.
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if !metadata.is_file() {
            continue;
        }
        let kind =
            leftover_at(&path).or_else(|| is_abandoned(&path).then_some(LeftoverKind::Abandoned));
        found.extend(kind.map(|kind| Leftover { path, kind, len: metadata.len() }));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

impl Leftover {
    /// Removes it, if it is still what it was and nobody uses it now: see [`Removal`].
    ///
    /// While it is removed it is locked as by a writer. One that begins in that moment is refused as beside
    /// another writer, or begins anew.
    ///
    /// # Errors
    ///
    /// What the system refuses, as an error of the writer that this is for a moment.
    ///
    /// # Examples
    ///
    /// See [`leftovers`].
    pub fn remove(&self) -> Result<Removal, CreateError> {
        let is_used =
            || self.kind == LeftoverKind::Abandoned && !is_abandoned_under_lock(&self.path);
        remove_leftover(&self.path, self.kind, &is_used)
    }
}

/// Whether a file has a writer no more, was not closed by the last one, and nobody has it open.
fn is_abandoned(path: &Path) -> bool {
    is_left(path, |status| status == WriterStatus::Dead)
}

/// The same while this process has it locked, so that its writer seems to live.
fn is_abandoned_under_lock(path: &Path) -> bool {
    is_left(path, |status| status == WriterStatus::Alive)
}

fn is_left(path: &Path, is_status: impl Fn(WriterStatus) -> bool) -> bool {
    let Ok(file) = super::open(path) else { return false };
    let (info, state) = (file.info(), file.untyped().file().state());
    let is_left = is_status(info.writer.status) && state != Some(State::Closed);
    is_left && is_unread(&info) && !checkpoints_beside(path).exists()
}

/// Whether nobody can have the file open. Processes that cannot be looked at are of other users: they may
/// have it only if the mode lets them.
fn is_unread(info: &FileInfo) -> bool {
    let is_private = info.mode.is_some_and(|mode| mode & 0o077 == 0);
    let none_seen = info.readers.pids.as_ref().is_some_and(Vec::is_empty);
    none_seen && (info.readers.hidden == 0 || is_private)
}
