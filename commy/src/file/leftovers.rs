//! What writers have left beside their files: found, and removed under the locks that writers take.
//!
//! Whoever removes a name has to hold what a writer locks first, the side file. Else a writer could lock a
//! file that has no name any more, and a second one another of the same name. So a removal takes the side
//! file, looks once more, removes, and lets go. A writer that begins meanwhile is refused as beside any other
//! writer, or finds that the file that it has locked has lost its name, and begins again.

use std::ffi::OsStr;
use std::fs::{self, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::inspect::Front;
use super::lock::{Presence, SideLock, WriterState, is_at, writer_state};
use super::options::FileOptions;
use super::path::{beside, checkpoints_beside};
use super::unnamed::{LeftOver, is_left_over, remove_left_over};
use crate::error::CreateError;
use crate::format::header::KIND_CHECKPOINT;
use crate::format::schema::Owner;
use crate::sys;

/// What was left.
///
/// # Examples
///
/// ```
/// use commy::dynamic::LeftoverKind;
///
/// assert!(LeftoverKind::Checkpoints.holds_value());
/// assert!(!LeftoverKind::Lock.holds_value());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeftoverKind {
    /// The lock file of a file that is not there.
    Lock,
    /// A file that its writer has not completed, under a temporary name.
    Temporary,
    /// Checkpoints beside which their file is not. A writer that keeps checkpoints would go on from them.
    Checkpoints,
    /// A file that nobody has open, and that its last writer has not closed. It has that one's last value.
    Abandoned,
}

impl LeftoverKind {
    /// Whether a value may be lost with it.
    #[must_use]
    pub const fn holds_value(self) -> bool {
        matches!(self, Self::Checkpoints | Self::Abandoned)
    }
}

/// What a removal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Removal {
    /// It is gone.
    Removed,
    /// It stays: somebody uses it now, or something else is there now.
    Kept,
}

/// What the file at `path` is a leftover of, if it is one; [`LeftoverKind::Abandoned`] is found by others, who
/// can tell whether anybody has a file open.
pub(crate) fn leftover_at(path: &Path) -> Option<LeftoverKind> {
    let kind = named(path)?;
    let is_left = match kind {
        LeftoverKind::Lock => {
            is_blank_lock(path) && is_free(path) && !is_there(&target_of(path, kind)?)
        }
        LeftoverKind::Temporary => is_left_over(path, &target_of(path, kind)?),
        LeftoverKind::Checkpoints => {
            !is_there(&target_of(path, kind)?)
                && is_lost_checkpoint(path, |state| state != WriterState::Alive)
        }
        LeftoverKind::Abandoned => false,
    };
    (is_left && is_own(path)).then_some(kind)
}

/// Removes what was found, if it is still the same and nobody uses it; `is_used` is asked while no writer can
/// begin.
///
/// # Errors
///
/// What the system refuses. That there is a writer is none: it is kept then.
pub(crate) fn remove_leftover(
    path: &Path,
    kind: LeftoverKind,
    is_used: &dyn Fn() -> bool,
) -> Result<Removal, CreateError> {
    let Some(target) = target_of(path, kind) else { return Ok(Removal::Kept) };
    let removed = match kind {
        LeftoverKind::Lock => remove_lock(path, &target),
        LeftoverKind::Temporary => remove_temporary(path, &target),
        LeftoverKind::Checkpoints | LeftoverKind::Abandoned => {
            remove_file(path, &target, kind, is_used)
        }
    };
    match removed {
        Err(CreateError::WriterBusy { .. }) => Ok(Removal::Kept),
        removed => removed,
    }
}

fn remove_lock(path: &Path, target: &Path) -> Result<Removal, CreateError> {
    let refused = |source| CreateError::io(path, "remove", source);
    if !is_blank_lock(path) || !is_own(path) {
        return Ok(Removal::Kept);
    }
    let file = match sys::open(path, sys::Rights::ReadWrite, sys::Links::Refuse) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removal::Kept),
        opened => opened.map_err(refused)?,
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Removal::Kept),
        Err(TryLockError::Error(error)) => return Err(refused(error)),
    }
    // Under the lock: who has it makes the data file, and nobody else.
    if !is_at(&file, path) || is_there(target) {
        return Ok(Removal::Kept);
    }
    fs::remove_file(path).map_err(refused)?;
    Ok(Removal::Removed)
}

fn remove_temporary(path: &Path, target: &Path) -> Result<Removal, CreateError> {
    let _side = SideLock::take(target, FileOptions::default().mode())?;
    let was_there = is_there(path);
    Ok(match remove_left_over(target)? {
        LeftOver::Gone if was_there => Removal::Removed,
        _ => Removal::Kept,
    })
}

fn remove_file(
    path: &Path,
    target: &Path,
    kind: LeftoverKind,
    is_used: &dyn Fn() -> bool,
) -> Result<Removal, CreateError> {
    let refused = |source| CreateError::io(path, "remove", source);
    if !is_own(path) {
        return Ok(Removal::Kept);
    }
    let mut side = SideLock::take(target, FileOptions::default().mode())?;
    let file = match sys::open(path, sys::Rights::ReadWrite, sys::Links::Refuse) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removal::Kept),
        opened => opened.map_err(refused)?,
    };
    // A writer by another path has this one, or one that keeps its checkpoints here.
    let Some(held) = Presence::take(file).map_err(refused)? else { return Ok(Removal::Kept) };
    let has_changed = match kind {
        // What seems to have a writer is locked by this function.
        LeftoverKind::Checkpoints => is_there(target) || !is_lost_checkpoint(path, |_| true),
        _ => is_there(&checkpoints_beside(target)),
    };
    if !is_at(held.file(), path) || has_changed || is_used() {
        return Ok(Removal::Kept);
    }
    fs::remove_file(path).map_err(refused)?;
    side.remove_with_its_file(target);
    Ok(Removal::Removed)
}

/// What a name says that a file could be.
fn named(path: &Path) -> Option<LeftoverKind> {
    let name = path.file_name()?.as_encoded_bytes();
    match name {
        [b'.', rest @ ..] if rest.len() > TEMPORARY.len() && rest.ends_with(TEMPORARY) => {
            Some(LeftoverKind::Temporary)
        }
        _ if name.len() > LOCK.len() && name.ends_with(LOCK) => Some(LeftoverKind::Lock),
        _ if name.len() > CHECKPOINTS.len() && name.ends_with(CHECKPOINTS) => {
            Some(LeftoverKind::Checkpoints)
        }
        _ => None,
    }
}

const LOCK: &[u8] = b".lock";
const CHECKPOINTS: &[u8] = b".ckpt";
const TEMPORARY: &[u8] = b".commy-new";

/// The path of the data file that a leftover belongs to; `None` if the name is none of that kind.
fn target_of(path: &Path, kind: LeftoverKind) -> Option<PathBuf> {
    let name = path.file_name()?.to_str();
    let target = match kind {
        LeftoverKind::Abandoned => return Some(path.into()),
        LeftoverKind::Lock => name?.strip_suffix(".lock")?,
        LeftoverKind::Checkpoints => name?.strip_suffix(".ckpt")?,
        LeftoverKind::Temporary => name?.strip_prefix('.')?.strip_suffix(".commy-new")?,
    };
    let target = path.with_file_name(OsStr::new(target));
    (!target.as_os_str().is_empty()).then_some(target)
}

/// Whether anything is there, a link that leads nowhere included. What cannot be asked may be there.
fn is_there(path: &Path) -> bool {
    match fs::symlink_metadata(path) {
        Ok(_) => true,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// A regular file of this user's, with no other name.
fn is_own(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| {
        let is_strange = match (sys::owner(&found), sys::effective_user()) {
            (Some(owner), Some(user)) => owner != user,
            _ => false,
        };
        found.is_file() && !is_strange && sys::link_count(&found) == 1
    })
}

/// As empty as the lock files of writers are, and no program.
fn is_blank_lock(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| {
        let is_program = sys::mode(&found).is_some_and(|mode| mode & 0o7111 != 0);
        found.is_file() && found.len() == 0 && !is_program
    })
}

/// Whether no process is known to have it locked. To lock it for the look could turn away a writer.
fn is_free(path: &Path) -> bool {
    sys::lock_holder(path).is_none()
}

/// Whether these are checkpoints of a file beside them, whose writer is in such a state.
fn is_lost_checkpoint(path: &Path, is_state: impl Fn(WriterState) -> bool) -> bool {
    let Ok(file) = sys::open(path, sys::Rights::Read, sys::Links::Refuse) else { return false };
    let Ok(front) = Front::read(&file, KIND_CHECKPOINT) else { return false };
    // Of a file that is elsewhere: another machine, or the next boot, may have it again.
    let is_of_other = Owner::read(front.notes()).is_some_and(|owner| owner.path.is_some());
    !is_of_other && is_state(writer_state(&file))
}

impl SideLock {
    /// Lets the side file go with the data file at `target`, when this is dropped.
    fn remove_with_its_file(&mut self, target: &Path) {
        self.remove_later(beside(target, "", ".lock"));
    }
}
