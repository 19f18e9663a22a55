//! A checkpoint file that makes room for another one: what it holds is kept under another name.
//!
//! What makes room is kept, unless it was never written to. It gets its second name by a hard link
//! before the new file takes the first one, so that there is no moment without it.
//!
//! A checkpoint file that speaks of nothing above the data file's base generation was left behind
//! by a replacement that ended half way: it makes room, too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoints::{Spoken, spoken};
use super::claim::Claim;
use super::fault::{At as _, unless_damaged};
use super::inspect::Front;
use super::lock::Presence;
use super::path::beside;
use super::place::{Place, Room};
use crate::error::CreateError;
use crate::format::header::KIND_CHECKPOINT;
use crate::sys;

/// How many files of one generation are kept.
const MAX_KEPT: u32 = 1000;

/// A checkpoint file that is there, and locked.
#[derive(Debug)]
pub(crate) struct Earlier {
    target: PathBuf,
    /// If it was never written to, there is nothing to keep.
    spoken: Spoken,
    /// The name under which it is kept, once it has one.
    kept: Option<PathBuf>,
    _presence: Presence,
}

impl Earlier {
    /// The file at `target`, which is locked.
    pub(crate) fn new(target: &Path, presence: Presence, spoken: Spoken) -> Self {
        Self { target: target.into(), spoken, kept: None, _presence: presence }
    }

    /// An empty file, in which there is nothing to keep.
    pub(crate) fn empty(target: &Path, presence: Presence) -> Self {
        Self::new(target, presence, Spoken { generation: 0, is_blank: true })
    }

    /// The highest generation that it speaks of (I5).
    pub(crate) const fn generation(&self) -> u64 {
        self.spoken.generation
    }

    /// The checkpoint file at `place`, which is locked, however damaged.
    pub(crate) fn locked(place: &Place, presence: Presence) -> Self {
        let front = Front::read(presence.file(), KIND_CHECKPOINT);
        let spoken = front.map_or(Spoken::default(), |front| spoken(&front, presence.file()));
        Self::new(&place.target, presence, spoken)
    }

    /// The checkpoint file at `place`, however damaged; `None` if there is none.
    ///
    /// # Errors
    ///
    /// `CheckpointOwner` for that of another data file; `Unusable` for what is no checkpoint file
    /// and not empty; `WriterBusy`; what the system refuses.
    pub(crate) fn of(place: &Place, claim: &Claim) -> Result<Option<Self>, CreateError> {
        if place.look()?.is_none() {
            return Ok(None);
        }
        let Some(file) = place.open()? else { return Ok(None) };
        match place.room(&file)? {
            Room::Taken => {}
            Room::Gone => return Ok(None),
            Room::Empty(presence) => {
                return Ok(Some(Self::empty(&place.target, presence)));
            }
        }
        let front = unless_damaged(Front::read(&file, KIND_CHECKPOINT)).at(&place.path)?;
        let Some(presence) = place.lock(&file)? else {
            return Err(CreateError::busy(&place.path));
        };
        let spoken = match &front {
            Some(front) => {
                claim.expect(front.notes(), &place.path)?;
                spoken(front, &file)
            }
            None => Spoken::default(),
        };
        Ok(Some(Self::new(&place.target, presence, spoken)))
    }

    /// Gives the file another name, too: a new one will take the old name from it.
    ///
    /// # Errors
    ///
    /// What the system refuses.
    pub(crate) fn keep(&mut self) -> io::Result<()> {
        if self.spoken.is_blank {
            return Ok(());
        }
        // In two steps there would be a moment with nothing under the name; where a file cannot
        // have two names, there is.
        self.kept = Some(self.under_free_name(|from, to| match fs::hard_link(from, to) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => sys::rename_new(from, to),
            linked => linked,
        })?);
        Ok(())
    }

    /// Takes back what [`keep`](Self::keep) did.
    pub(crate) fn restore(&mut self) {
        let Some(kept) = self.kept.take() else { return };
        // If this fails, the file has two names, or the wrong one: it is still there.
        let _ = match fs::symlink_metadata(&self.target) {
            Ok(_) => fs::remove_file(kept),
            Err(_) => sys::rename_new(&kept, &self.target),
        };
    }

    /// Takes the name from the file: nothing follows it. One that was never written to is removed.
    ///
    /// # Errors
    ///
    /// What the system refuses.
    pub(crate) fn move_aside(&mut self) -> io::Result<()> {
        if self.spoken.is_blank {
            return fs::remove_file(&self.target);
        }
        self.under_free_name(sys::rename_new).map(drop)
    }

    /// Gives the file a name that nothing has.
    fn under_free_name(
        &self,
        give: impl Fn(&Path, &Path) -> io::Result<()>,
    ) -> io::Result<PathBuf> {
        for number in 1..=MAX_KEPT {
            let suffix = match number {
                1 => format!(".old-{}", self.spoken.generation),
                _ => format!(".old-{}-{number}", self.spoken.generation),
            };
            let name = beside(&self.target, "", &suffix);
            match give(&self.target, &name) {
                Ok(()) => return Ok(name),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many checkpoints were kept"))
    }
}
