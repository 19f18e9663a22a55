//! Creates a file, or opens the one that is there for writing.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint::MAX_SPOKEN;
use super::durable::{Durable, Replacement, default_path, spoken_generation};
use super::inspect::{Inspected, check_regular};
use super::layout::{Layout, MAX_SLOTS, MIN_SLOTS};
use super::lock::{Locks, Presence, SideLock, is_at};
use super::mapped::Mapped;
use super::opened::OpenedWriter;
use super::path::{absolute, directory, follow_links};
use super::recover::load_checkpoint;
use super::spec::RecordSpec;
use super::temporary::Temporary;
use super::unnamed::remove_left_over;
use crate::error::{CreateError, OpenError};
use crate::mem::Access;
use crate::publish::MAX_GENERATION;
use crate::sys;

/// How many slots a ring has unless asked otherwise.
const DEFAULT_SLOTS: u32 = 4;
/// Who may read and write a new file unless asked otherwise: its owner.
const DEFAULT_MODE: u32 = 0o600;
/// What the owner of a file must be able to do, to write it again.
const OWNER_MODE: u32 = 0o600;
/// A writer that continues above this generation has more publishes before it than there is time
/// for, so that a file cannot bring it to the end of the count.
const MAX_FOUND: u64 = MAX_GENERATION / 2;
/// How often a race with somebody who moves files about is run again.
const TRIES: u32 = 100;

/// What a writer asks of its file; what shapes the file applies when it is created.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileOptions {
    /// The number of slots in the ring.
    pub(crate) slots: Option<u32>,
    /// The permission bits.
    pub(crate) mode: Option<u32>,
    /// Whether what is flushed shall outlast a power cut, and the new file and its name too.
    pub(crate) durable: bool,
    /// Where the checkpoints are; beside the file if not asked otherwise.
    pub(crate) checkpoint_path: Option<PathBuf>,
    /// Whether every page is touched before the first publish.
    pub(crate) prefault: bool,
}

impl FileOptions {
    pub(crate) fn slots(&self) -> u32 {
        self.slots.unwrap_or(DEFAULT_SLOTS)
    }

    pub(crate) fn mode(&self) -> u32 {
        self.mode.unwrap_or(DEFAULT_MODE)
    }

    /// Refuses what no file can be created with.
    fn check(&self) -> Result<(), CreateError> {
        let (slots, mode) = (self.slots(), self.mode());
        if !(MIN_SLOTS..=MAX_SLOTS).contains(&u64::from(slots)) {
            let expected = "2 to 65536";
            return Err(CreateError::InvalidOption { option: "slots", asked: slots, expected });
        }
        if mode & OWNER_MODE != OWNER_MODE || mode > 0o777 {
            let expected = "0600 to 0777 with read and write for the owner";
            return Err(CreateError::InvalidOption { option: "mode", asked: mode, expected });
        }
        Ok(())
    }

    /// Refuses to open a file that was created with other options than those asked for.
    fn compare(&self, layout: &Layout, metadata: &Metadata) -> Result<(), CreateError> {
        let file_slots = u32::try_from(layout.slot_count()).unwrap_or(u32::MAX);
        let file_mode = sys::mode(metadata).map(|mode| mode & 0o777);
        for (option, file, asked) in
            [("slots", Some(file_slots), self.slots), ("mode", file_mode, self.mode)]
        {
            if let (Some(file), Some(asked)) = (file, asked)
                && file != asked
            {
                return Err(CreateError::OptionMismatch { option, file, asked });
            }
        }
        Ok(())
    }
}

/// Where a file is or will be, with the side lock held; or its checkpoint file, without one.
pub(crate) struct Place<'a> {
    /// As it was asked for, from the root.
    pub(crate) path: PathBuf,
    /// Where links lead.
    pub(crate) target: PathBuf,
    pub(crate) spec: &'a RecordSpec,
    options: &'a FileOptions,
}

/// A data file that is locked for this process, with what is known about it.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) presence: Presence,
    pub(crate) file: File,
    pub(crate) metadata: Metadata,
    pub(crate) layout: Layout,
}

/// Opens the file at `path` for writing, or creates it.
///
/// # Errors
///
/// See [`CreateError`].
pub(crate) fn open_writer(
    path: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
) -> Result<OpenedWriter, CreateError> {
    let (place, side) = Place::take(path, spec, options)?;
    for _ in 0..TRIES {
        let locked = match place.existing()? {
            Some(locked) => Some(locked),
            None => place.create()?,
        };
        if let Some(locked) = locked {
            return place.finish(side, locked, None);
        }
    }
    Err(CreateError::WriterBusy { path: place.path })
}

/// Creates a file in the place of the one at `path`, whatever record that holds.
///
/// Readers of the old file keep its last value, and learn that it is superseded. A file that is
/// neither empty nor of commy is left alone.
///
/// # Errors
///
/// See [`CreateError`].
pub(crate) fn replace(
    path: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
) -> Result<OpenedWriter, CreateError> {
    let (place, side) = Place::take(path, spec, options)?;
    let old = place.old()?;
    let mapped = old.as_ref().and_then(|old| old.mapped.as_ref());
    let newest = mapped.and_then(|mapped| mapped.newest_generation(&place.path).ok());
    let newest = newest.filter(|newest| *newest <= MAX_SPOKEN).unwrap_or(0);
    let checkpoints = place.checkpoints()?;
    let base_generation = newest.max(spoken_generation(&checkpoints.target));
    // Everything that can fail comes before the old file loses its name.
    let temporary = Temporary::write(&place.target, spec, options, base_generation)?;
    let replacement = || Durable::replacement(&checkpoints, temporary.mode(), base_generation);
    let replacement = options.durable.then(replacement).transpose()?;
    // First the name, then the mark: a reader that sees the mark finds the new file.
    let locked = match &old {
        Some(_) => temporary.replace(&place.target),
        None => temporary.appear(&place.target),
    };
    let locked = locked.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CreateError::WriterBusy { path: place.path.clone() },
        _ => place.io("create", error),
    })?;
    place.settle()?;
    if let Some(mapped) = mapped {
        mapped.mark_superseded();
    }
    place.finish(side, locked, replacement)
}

/// The file that is to be replaced, locked as far as it is a file of commy's.
#[derive(Debug)]
pub(crate) struct Old {
    mapped: Option<Mapped>,
    _presence: Presence,
}

impl<'a> Place<'a> {
    pub(super) fn take(
        path: &Path,
        spec: &'a RecordSpec,
        options: &'a FileOptions,
    ) -> Result<(Self, SideLock), CreateError> {
        options.check()?;
        let path = absolute(path);
        let target = follow_links(&path)?;
        if target.file_name().is_none() {
            let found = "a directory";
            return Err(CreateError::Unusable(OpenError::NotRegular { path, found }));
        }
        let place = Self { path, target, spec, options };
        // Before the lock, which would leave a side file beside what can never be ours.
        let there = place.look()?;
        let mode = match there.as_ref().and_then(sys::mode) {
            Some(mode) => mode | OWNER_MODE,
            None => options.mode(),
        };
        let side = SideLock::take(&place.target, mode)?;
        remove_left_over(&place.target)?;
        Ok((place, side))
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
        check_regular(metadata.file_type(), &self.path)?;
        if let (Some(found), Some(expected)) = (sys::owner(&metadata), sys::effective_user())
            && found != expected
        {
            return Err(CreateError::NotOwner { path: self.path.clone(), found, expected });
        }
        Ok(Some(metadata))
    }

    /// Opens the target, or nothing if it has gone.
    pub(crate) fn open(&self) -> Result<Option<File>, CreateError> {
        match sys::open(&self.target, true, false) {
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
            return Err(CreateError::WriterBusy { path: self.path.clone() });
        };
        let is_same = is_at(file, &self.target) && is_at(presence.file(), &self.target);
        Ok(is_same.then_some(presence))
    }

    /// The file that is there, checked and locked; `None` if there is none, or no longer.
    fn existing(&self) -> Result<Option<Locked>, CreateError> {
        if self.look()?.is_none() {
            return Ok(None);
        }
        let Some(file) = self.open()? else { return Ok(None) };
        let inspected = Inspected::of(&file, &self.path)?;
        let Inspected { layout, front } = inspected;
        front.expect(self.spec, &self.path)?;
        let metadata = front.metadata;
        self.options.compare(&layout, &metadata)?;
        let Some(presence) = self.lock(&file)? else { return Ok(None) };
        // A copied file may have holes, and a store to a hole on a full disk is a SIGBUS.
        let needed = layout.file_len() as u64;
        sys::reserve_holes(&file, needed).map_err(|e| CreateError::space(&self.path, needed, e))?;
        Ok(Some(Locked { presence, file, metadata, layout }))
    }

    /// A new file under the target's name; `None` if somebody has taken the name meanwhile.
    fn create(&self) -> Result<Option<Locked>, CreateError> {
        let temporary = Temporary::write(&self.target, self.spec, self.options, 0)?;
        match temporary.appear(&self.target) {
            Ok(locked) => {
                self.settle()?;
                Ok(Some(locked))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(self.io("create", error)),
        }
    }

    /// Makes the target's name durable, if asked for.
    fn settle(&self) -> Result<(), CreateError> {
        if !self.options.durable {
            return Ok(());
        }
        sys::sync_directory(directory(&self.target)).map_err(|e| self.io("write", e))
    }

    /// The commy file at the target that is to be replaced, however damaged; `None` if there is
    /// none.
    pub(crate) fn old(&self) -> Result<Option<Old>, CreateError> {
        if self.look()?.is_none() {
            return Ok(None);
        }
        let Some(file) = self.open()? else { return Ok(None) };
        let inspected = match Inspected::of(&file, &self.path) {
            Ok(inspected) => Some(inspected),
            // Somebody's document, unless it is empty.
            Err(error @ OpenError::NotCommy { .. }) => {
                let is_empty =
                    matches!(&error, OpenError::NotCommy { found, .. } if found.is_empty());
                if !is_empty {
                    return Err(error.into());
                }
                None
            }
            Err(OpenError::Io { path, doing, source }) => {
                return Err(CreateError::Io { path, doing, source });
            }
            Err(_) => None,
        };
        let Some(presence) = self.lock(&file)? else {
            return Err(CreateError::WriterBusy { path: self.path.clone() });
        };
        let mapped = inspected.and_then(|inspected| {
            let Inspected { layout, front } = inspected;
            Mapped::new(&file, &front.metadata, layout, Access::ReadWrite, &self.path).ok()
        });
        Ok(Some(Old { mapped, _presence: presence }))
    }

    /// Where the checkpoints of the file at this place are.
    fn checkpoints(&self) -> Result<Self, CreateError> {
        let Self { spec, options, .. } = *self;
        let (path, target) = match &options.checkpoint_path {
            Some(path) => (absolute(path), follow_links(&absolute(path))?),
            None => (default_path(&self.path), default_path(&self.target)),
        };
        Ok(Self { path, target, spec, options })
    }

    fn finish(
        self,
        side: SideLock,
        locked: Locked,
        replacement: Option<Replacement>,
    ) -> Result<OpenedWriter, CreateError> {
        let Locked { presence, file, metadata, layout } = locked;
        let mapped = Mapped::new(&file, &metadata, layout, Access::ReadWrite, &self.path)?;
        let place = self.checkpoints()?;
        let (mut durable, mut locked, mut flushed) = (None, None, 0);
        let checkpoint = if self.options.durable {
            let opened = match replacement {
                Some(replacement) => replacement.take_place(&place)?,
                None => Durable::open(&place, mode_of(&metadata), mapped.base_generation())?,
            };
            (durable, locked) = (Some(opened.durable), Some(opened.presence));
            flushed = opened.generation;
            opened.checkpoint
        } else if mapped.is_of_this_session() {
            None
        } else {
            // What an earlier, durable writer left is better than nothing.
            let own = |m: &Metadata| sys::owner(m) == sys::owner(&metadata);
            let checkpoint = load_checkpoint(&place.target, self.spec, own);
            flushed = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.generation);
            checkpoint
        };
        let newest = mapped.newest_generation(&self.path)?.max(flushed);
        if newest > MAX_FOUND {
            let expected = format!("at most {MAX_FOUND}, which leaves room for more");
            let corrupt = OpenError::corrupt(&self.path, "highest generation", newest, expected);
            return Err(corrupt.into());
        }
        let locks = Locks::new(side, presence, locked);
        Ok(OpenedWriter::new(mapped, (self.path, &metadata), locks, durable, checkpoint, newest))
    }
}

/// The permission bits of a data file, which its checkpoints get too.
pub(super) fn mode_of(metadata: &Metadata) -> u32 {
    sys::mode(metadata).map_or(DEFAULT_MODE, |mode| mode & 0o777)
}
