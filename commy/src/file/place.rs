//! Where a file is or will be, and what is there.

use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::fault::{At as _, Fault};
use super::inspect::check_regular;
use super::lock::{Presence, SideLock, is_at};
use super::options::{FileOptions, OWNER_MODE};
use super::path::{absolute, checkpoints_beside, follow_links, names_directory};
use super::unnamed::remove_left_over;
use crate::error::CreateError;
use crate::format::header::{KIND_CHECKPOINT, KIND_RECORD};
use crate::format::{FormatError, RecordSpec};
use crate::sys;

/// Where a data file is or will be, while its side lock is held; or its checkpoint file, which has
/// none.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// As it was asked for, from the root.
    pub(crate) path: PathBuf,
    /// Where links lead.
    pub(crate) target: PathBuf,
    pub(crate) spec: RecordSpec,
    pub(crate) options: FileOptions,
}

/// Whether a file that is there is in the way of a new one.
pub(crate) enum Room {
    /// It holds something.
    Taken,
    /// It is no longer there.
    Gone,
    /// It is empty, and now locked.
    Empty(Presence),
}

impl Place {
    /// The place of the data file at `path`, whose side lock is taken.
    ///
    /// # Errors
    ///
    /// `InvalidOption`; `Unusable`, `NotOwner` and others for what can never be this user's file;
    /// `WriterBusy`; what the system refuses.
    pub(crate) fn take(
        path: &Path,
        spec: &RecordSpec,
        options: &FileOptions,
    ) -> Result<(Self, SideLock), CreateError> {
        options.check()?;
        let place = Self::of(path, spec, options)?;
        // Before the lock, which would leave a side file beside what can never be ours.
        let there = place.look()?;
        let mode = match there.as_ref().and_then(sys::mode) {
            Some(mode) => mode | OWNER_MODE,
            None => options.mode(),
        };
        let side = SideLock::take(&place.target, mode)?;
        // What no writer has left there is in nobody's way, unless a file is to be created.
        remove_left_over(&place.target)?;
        Ok((place, side))
    }

    /// The place of the data file at `path`, without its lock: to look at what is there.
    ///
    /// # Errors
    ///
    /// As [`located`].
    pub(crate) fn of(
        path: &Path,
        spec: &RecordSpec,
        options: &FileOptions,
    ) -> Result<Self, CreateError> {
        let (path, target) = located(path)?;
        Ok(Self { path, target, spec: spec.clone(), options: options.clone() })
    }

    pub(crate) fn io(&self, doing: &'static str, source: io::Error) -> CreateError {
        CreateError::io(&self.path, doing, source)
    }

    /// What is at the target: a regular file of this user's, or nothing.
    pub(crate) fn look(&self) -> Result<Option<Metadata>, CreateError> {
        let metadata = match fs::symlink_metadata(&self.target) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io("look at", error)),
        };
        check_regular(metadata.file_type()).at(&self.path)?;
        if let (Some(found), Some(expected)) = (sys::owner(&metadata), sys::effective_user())
            && found != expected
        {
            return Err(CreateError::NotOwner { path: self.path.clone(), found, expected });
        }
        Ok(Some(metadata))
    }

    /// Opens the target, or nothing if it has gone.
    pub(crate) fn open(&self) -> Result<Option<File>, CreateError> {
        match sys::open(&self.target, sys::Rights::ReadWrite, sys::Links::Refuse) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.io("open", error)),
        }
    }

    /// Takes the lock on the data file, which must still be at the target; `None` if it is not.
    pub(crate) fn lock(&self, file: &File) -> Result<Option<Presence>, CreateError> {
        self.lock_after(file, || {})
    }

    /// The same; `opened` is called between opening the target once more and locking it.
    pub(super) fn lock_after(
        &self,
        file: &File,
        opened: impl FnOnce(),
    ) -> Result<Option<Presence>, CreateError> {
        let Some(unmapped) = self.open()? else { return Ok(None) };
        opened();
        let presence = Presence::take(unmapped).map_err(|e| self.io("lock", e))?;
        let Some(presence) = presence else {
            return Err(CreateError::busy(&self.path));
        };
        let is_same = is_at(file, &self.target) && is_at(presence.file(), &self.target);
        Ok(is_same.then_some(presence))
    }

    /// Whether `file`, which was just opened, is in the way of a new one. An empty file of this
    /// user's is none: a program that rotates logs may have left it so (`copytruncate`).
    ///
    /// # Errors
    ///
    /// `NotCommy` for what is empty because it is locked; `WriterBusy`; what the system refuses.
    pub(crate) fn room(&self, file: &File) -> Result<Room, CreateError> {
        let look = |e| self.io("look at", e);
        if file.metadata().map_err(look)?.len() > 0 {
            return Ok(Room::Taken);
        }
        if self.target.extension().is_some_and(|extension| extension == "lock") {
            Err(FormatError::Magic { found: Vec::new() }).at(&self.path)?;
        }
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(CreateError::busy(&self.path));
            }
            Ok(()) => file.unlock().map_err(look)?,
            Err(TryLockError::Error(_)) => {}
        }
        Ok(match self.lock(file)? {
            Some(presence) => Room::Empty(presence),
            None => Room::Gone,
        })
    }

    /// Where the checkpoints of the file at this place are.
    ///
    /// # Errors
    ///
    /// As [`follow_links`], and `Unusable` where the data file is.
    pub(crate) fn checkpoints(&self) -> Result<Self, CreateError> {
        let Self { spec, options, .. } = self;
        let (path, target) = match &options.checkpoint_path {
            Some(path) => located(path)?,
            None => (checkpoints_beside(&self.path), checkpoints_beside(&self.target)),
        };
        if target == self.target {
            let (found, expected) = (KIND_RECORD, KIND_CHECKPOINT);
            Err(FormatError::Kind { found, expected }).at(&path)?;
        }
        Ok(Self { path, target, spec: spec.clone(), options: options.clone() })
    }
}

/// The path from the root, and where its links lead.
///
/// # Errors
///
/// `NotRegular` for a path that can only be that of a directory: nothing else may be made of it, and
/// no file beside it. Those of [`follow_links`].
fn located(path: &Path) -> Result<(PathBuf, PathBuf), CreateError> {
    let from_root = absolute(path);
    let target = follow_links(&from_root)?;
    if names_directory(path) || names_directory(&target) {
        Err(Fault::NotRegular("the name of a directory")).at(&from_root)?;
    }
    Ok((from_root, target))
}
