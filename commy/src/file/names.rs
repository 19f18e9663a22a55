//! The last step of opening a file for writing: new files get their names.
//!
//! Whatever can be refused was refused before, so that who is refused leaves no name behind; and
//! what is refused in this step takes away again the names that it gave.

use std::io;
use std::path::Path;

use super::claim::Claim;
use super::earlier::Earlier;
use super::lock::Presence;
use super::old::Old;
use super::path::directory;
use super::place::Place;
use super::unnamed::Name;
use crate::error::CreateError;
use crate::sys;

/// The names that are to be given, and what has them until then.
#[derive(Debug)]
pub(crate) struct Names {
    /// Where the data file goes.
    pub(crate) place: Place,
    /// What it may have of the checkpoints that are there.
    pub(crate) claim: Claim,
    /// The name of a new data file.
    pub(crate) data: Option<Name>,
    /// The data file that is to be replaced.
    pub(crate) old: Option<Old>,
    /// Where the checkpoint file goes.
    pub(crate) checkpoints: Place,
    /// The name of a new checkpoint file.
    pub(crate) name: Option<Name>,
    /// The checkpoint file that has to make room.
    pub(crate) earlier: Option<Earlier>,
    /// The checkpoint file whose contents are in the new one, too: held until that has its name.
    pub(crate) copied: Option<Presence>,
}

impl Names {
    /// Gives them, so that they outlast a power cut, though the record keeps no checkpoints.
    ///
    /// # Errors
    ///
    /// As [`give`](Self::give).
    pub(crate) fn give_for_good(mut self) -> Result<(), CreateError> {
        self.place.options.durable = true;
        self.give()
    }

    /// Gives them, that of the data file first: if this ends half way, the checkpoint file is one
    /// that the data file leaves behind, which is kept aside by the next durable writer.
    ///
    /// # Errors
    ///
    /// `WriterBusy` if somebody has taken a name meanwhile; what the system refuses.
    pub(crate) fn give(mut self) -> Result<(), CreateError> {
        if let Some(name) = &mut self.data {
            // Refused here, nothing has happened yet: the old file and its checkpoints are a pair.
            name.give().map_err(|error| taken(&self.place.path, error))?;
            // Before the checkpoints: a power cut must not leave new ones beside the old data file,
            // whose generations they would not follow.
            if self.place.options.durable {
                sync(name.target(), &self.place.path)?;
            }
        }
        // First the name, then the mark: a reader that sees the mark finds the new file.
        if let Some(old) = &self.old {
            old.mark_superseded();
        }
        let refused = |error| taken(&self.checkpoints.path, error);
        match (&mut self.name, &mut self.earlier) {
            (Some(name), earlier) => {
                // Its second name comes first, so that at no time is there no name for the value.
                if let Some(earlier) = earlier {
                    earlier.keep().map_err(refused)?;
                }
                name.give().map_err(|error| {
                    if let Some(earlier) = earlier {
                        earlier.restore();
                    }
                    refused(error)
                })?;
                sync(name.target(), &self.checkpoints.path)?;
            }
            // No new one follows: what stays under this name would be taken for the new file's.
            (None, Some(earlier)) => earlier.move_aside().map_err(refused)?,
            (None, None) => {}
        }
        // Until here whatever fails takes both names away again; from here on they are the files'.
        for name in [&mut self.data, &mut self.name].into_iter().flatten() {
            name.keep();
        }
        Ok(())
    }
}

/// The error for a name that could not be given.
fn taken(path: &Path, error: io::Error) -> CreateError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => CreateError::busy(path),
        _ => CreateError::io(path, "create", error),
    }
}

/// Makes the name of the file at `target` durable.
fn sync(target: &Path, path: &Path) -> Result<(), CreateError> {
    sys::sync_directory(directory(target)).map_err(|e| CreateError::io(path, "write", e))
}
