//! Creates a file, or opens the one that is there for writing.

use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::claim::Claim;
use super::durable::{Durable, default_path};
use super::earlier::Earlier;
use super::fault::{At as _, Fault, unless_damaged};
use super::inspect::{Front, Inspected, check_regular};
use super::lock::{Locks, Presence, SideLock, is_at};
use super::mapped::Mapped;
use super::names::Names;
use super::opened::OpenedWriter;
use super::path::{absolute, follow_links, names_directory};
use super::recover::load_checkpoint;
use super::temporary::write_record;
use super::unnamed::{Instead, Name, remove_left_over};
use crate::error::CreateError;
use crate::format::checkpoint::MAX_SPOKEN;
use crate::format::header::{KIND_CHECKPOINT, KIND_RECORD};
use crate::format::layout::{Layout, MAX_SLOTS, MIN_SLOTS};
use crate::format::{FormatError, RecordSpec};
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
    /// The name that a new file has yet to get.
    pub(crate) name: Option<Name>,
    pub(crate) presence: Presence,
    pub(crate) file: File,
    pub(crate) metadata: Metadata,
    pub(crate) layout: Layout,
    /// When it was created, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
}

/// What is where a data file goes.
enum There {
    /// One to go on from.
    Usable(Box<Locked>),
    /// Room for a new one.
    Room(Instead),
    /// A file that is no longer there.
    Gone,
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

/// What a new data file takes the place of.
struct Replaced {
    old: Option<Old>,
    earlier: Option<Earlier>,
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
            There::Usable(locked) => *locked,
            There::Room(instead) => write_record(&place.target, spec, options, 0, instead)?,
            There::Gone => continue,
        };
        return place.finish(side, locked, None);
    }
    Err(CreateError::WriterBusy { path: place.path })
}

/// Creates a file in the place of the one at `path`, whatever record that holds.
///
/// Readers of the old file keep its last value, and learn that it is superseded. A file that is
/// neither empty nor of commy is left alone. Checkpoints with a value are moved aside.
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
    let newest = old.as_ref().and_then(|old| old.mapped.as_ref());
    let newest = newest.map(Mapped::newest_generation);
    let newest = newest.filter(|newest| *newest <= MAX_SPOKEN).unwrap_or(0);
    let checkpoints = place.checkpoints()?;
    let created_ns = old.as_ref().map_or(0, |old| old.created_ns);
    let claim = Claim::new(&place.target, created_ns, &checkpoints.target);
    let earlier = match Earlier::of(&checkpoints, &claim) {
        Ok(earlier) => earlier,
        Err(refused) if options.durable => return Err(refused),
        // Not this file's, and in nobody's way.
        Err(_) => None,
    };
    let base_generation = newest.max(earlier.as_ref().map_or(0, |earlier| earlier.generation));
    let instead = if old.is_some() { Instead::Old } else { Instead::Nothing };
    let locked = write_record(&place.target, spec, options, base_generation, instead)?;
    place.finish(side, locked, Some(Replaced { old, earlier }))
}

/// The file that is to be replaced, locked as far as it is a file of commy's.
#[derive(Debug)]
pub(crate) struct Old {
    mapped: Option<Mapped>,
    created_ns: u64,
    _presence: Presence,
}

impl Old {
    /// See [`Mapped::mark_superseded`].
    pub(crate) fn mark_superseded(&self) {
        if let Some(mapped) = &self.mapped {
            mapped.mark_superseded();
        }
    }
}

impl<'a> Place<'a> {
    pub(super) fn take(
        path: &Path,
        spec: &'a RecordSpec,
        options: &'a FileOptions,
    ) -> Result<(Self, SideLock), CreateError> {
        options.check()?;
        let (path, target) = located(path)?;
        let place = Self { path, target, spec, options };
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
                return Err(CreateError::WriterBusy { path: self.path.clone() });
            }
            Ok(()) => file.unlock().map_err(look)?,
            Err(TryLockError::Error(_)) => {}
        }
        Ok(match self.lock(file)? {
            Some(presence) => Room::Empty(presence),
            None => Room::Gone,
        })
    }

    /// The file that is there, checked and locked.
    fn existing(&self) -> Result<There, CreateError> {
        if self.look()?.is_none() {
            return Ok(There::Room(Instead::Nothing));
        }
        let Some(file) = self.open()? else { return Ok(There::Gone) };
        match self.room(&file)? {
            Room::Taken => {}
            Room::Gone => return Ok(There::Gone),
            Room::Empty(presence) => {
                return Ok(There::Room(Instead::Empty(presence)));
            }
        }
        let Inspected { layout, front } = Inspected::of(&file).at(&self.path)?;
        front.expect(self.spec).at(&self.path)?;
        let created_ns = front.header.created_ns;
        let metadata = front.metadata;
        self.options.compare(&layout, &metadata)?;
        let Some(presence) = self.lock(&file)? else { return Ok(There::Gone) };
        // A copied file may have holes, and a store to a hole on a full disk is a SIGBUS.
        let needed = layout.file_len() as u64;
        sys::reserve_holes(&file, needed).map_err(|e| CreateError::space(&self.path, needed, e))?;
        let locked = Locked { name: None, presence, file, metadata, layout, created_ns };
        Ok(There::Usable(Box::new(locked)))
    }

    /// The commy file at the target that is to be replaced, however damaged; `None` if there is
    /// none.
    pub(crate) fn old(&self) -> Result<Option<Old>, CreateError> {
        if self.look()?.is_none() {
            return Ok(None);
        }
        let Some(file) = self.open()? else { return Ok(None) };
        match self.room(&file)? {
            Room::Taken => {}
            Room::Gone => return Ok(None),
            Room::Empty(presence) => {
                return Ok(Some(Old { mapped: None, created_ns: 0, _presence: presence }));
            }
        }
        let inspected = unless_damaged(Inspected::of(&file)).at(&self.path)?;
        let Some(presence) = self.lock(&file)? else {
            return Err(CreateError::WriterBusy { path: self.path.clone() });
        };
        let created_ns = inspected.as_ref().map_or(0, |found| found.front.header.created_ns);
        let mapped = inspected.and_then(|inspected| {
            let Inspected { layout, front } = inspected;
            Mapped::new(&file, &front.metadata, layout, Access::ReadWrite).ok()
        });
        Ok(Some(Old { mapped, created_ns, _presence: presence }))
    }

    /// Where the checkpoints of the file at this place are.
    fn checkpoints(&self) -> Result<Self, CreateError> {
        let Self { spec, options, .. } = *self;
        let (path, target) = match &options.checkpoint_path {
            Some(path) => located(path)?,
            None => (default_path(&self.path), default_path(&self.target)),
        };
        if target == self.target {
            let (found, expected) = (KIND_RECORD, KIND_CHECKPOINT);
            Err(FormatError::Kind { found, expected }).at(&path)?;
        }
        Ok(Self { path, target, spec, options })
    }

    /// Does what can be refused, all of it before a new file gets its name.
    fn finish(
        self,
        side: SideLock,
        locked: Locked,
        replaced: Option<Replaced>,
    ) -> Result<OpenedWriter, CreateError> {
        let Locked { name: data, presence, file, metadata, layout, created_ns } = locked;
        let mapped = Mapped::new(&file, &metadata, layout, Access::ReadWrite).at(&self.path)?;
        let place = self.checkpoints()?;
        let claim = Claim::new(&self.target, created_ns, &place.target);
        let mut names = Names {
            path: self.path.clone(),
            checkpoint_path: place.path.clone(),
            durable: self.options.durable,
            data,
            checkpoints: None,
            old: None,
            earlier: None,
            _copied: None,
        };
        let is_replacement = replaced.is_some();
        if let Some(replaced) = replaced {
            (names.old, names.earlier) = (replaced.old, replaced.earlier);
        }
        let (mut durable, mut locked, mut flushed) = (None, None, 0);
        let checkpoint = if self.options.durable {
            let (mode, base) = (mode_of(&metadata), mapped.base_generation());
            let opened = if is_replacement {
                let earlier = names.earlier.take();
                let instead = if earlier.is_some() { Instead::Old } else { Instead::Nothing };
                Durable::create(&place, mode, base, &claim, instead, earlier)?
            } else {
                Durable::open(&place, mode, base, &claim)?
            };
            (durable, locked) = (Some(opened.durable), Some(opened.presence));
            (names.checkpoints, names.earlier) = (opened.name, opened.earlier);
            names._copied = opened.copied;
            flushed = opened.generation;
            opened.checkpoint
        } else if mapped.is_of_this_session() || is_replacement {
            None
        } else {
            // What an earlier, durable writer left is better than nothing.
            let own = |front: &Front| {
                sys::owner(&front.metadata) == sys::owner(&metadata) && claim.is_good(front.notes())
            };
            let checkpoint = load_checkpoint(&place.target, self.spec, own);
            flushed = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.generation);
            checkpoint
        };
        let newest = mapped.newest_generation().max(flushed);
        if newest > MAX_FOUND {
            let expected = format!("at most {MAX_FOUND}, which leaves room for more");
            Err(FormatError::corrupt("highest generation", newest, expected)).at(&self.path)?;
        }
        let locks = Locks::new(side, presence, locked);
        let at = (self.path, &metadata);
        Ok(OpenedWriter::new(mapped, at, locks, durable, checkpoint, newest, names))
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

/// The permission bits of a data file, which its checkpoints get too.
pub(super) fn mode_of(metadata: &Metadata) -> u32 {
    sys::mode(metadata).map_or(DEFAULT_MODE, |mode| mode & 0o777)
}
