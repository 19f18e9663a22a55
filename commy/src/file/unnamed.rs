//! A new file under a temporary name, until it is complete: nobody can see half a file.
//!
//! Under a temporary name is removed what a writer can have left that died: an empty file, one of
//! zeros, a record file without a publish, a copy of one generation that no writer has opened,
//! checkpoints that are not newer than those in place. New
//! files begin with the magic number before anything else, so that this is told. All else is
//! somebody's, and an error.
//!
//! A write beyond `RLIMIT_FSIZE` is a signal. `sys` asks for the limit before each write and
//! reservation, which is a call that a flush does not notice.

use core::mem;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::checkpoints::spoken_generation;
use super::lock::{Presence, is_at};
#[cfg(feature = "dynamic")]
use super::lock::{WriterState, writer_state};
use super::path::beside;
use crate::error::CreateError;
use crate::format::control::Word;
use crate::format::header::{
    AT_BASE_GENERATION, HEADER_LEN, KIND_CHECKPOINT, KIND_RECORD, MAGIC, kind_of,
};
use crate::sys::{self, Identity};

/// Only the owner may open a file that is not complete.
const MODE: u32 = 0o600;

/// Longer files are not looked through: that they begin with zeros tells enough.
const MAX_ZEROS: u64 = 1 << 26;

/// What a new file shall hold.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    /// Its length; what no part covers is zero.
    pub(crate) len: u64,
    /// Bytes and where they belong.
    pub(crate) parts: &'a [(u64, &'a [u8])],
    /// Its permission bits, once it is complete.
    pub(crate) mode: u32,
    /// Whether it shall outlast a power cut.
    pub(crate) durable: bool,
}

/// What has the name that a new file is to get.
#[derive(Debug)]
pub(crate) enum Instead {
    /// Nothing, and nobody may have taken it meanwhile.
    Nothing,
    /// An empty file of this user's, which is locked.
    Empty(Presence),
    /// A file that is to lose it.
    Old,
}

/// A complete and locked file that has not got its name yet.
#[derive(Debug)]
pub(crate) struct Unnamed {
    pub(crate) name: Name,
    pub(crate) presence: Presence,
    pub(crate) file: File,
}

/// The name of a new file: a temporary one, until it gets its own. Either is taken away again when
/// this is dropped, unless the file is to keep it.
#[derive(Debug)]
pub(crate) struct Name {
    temporary: PathBuf,
    target: PathBuf,
    instead: Instead,
    file: Identity,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The temporary name is that of the new file.
    Temporary,
    /// The new file has its own name.
    Given,
    /// There is nothing to take away.
    Kept,
}

impl Drop for Name {
    fn drop(&mut self) {
        let path = match self.stage {
            Stage::Temporary => &self.temporary,
            Stage::Given => &self.target,
            Stage::Kept => return,
        };
        let found = fs::symlink_metadata(path).map(|metadata| sys::identity(&metadata));
        if found.is_ok_and(|found| found == self.file) {
            // What cannot be removed now is left to the next writer.
            let _ = fs::remove_file(path);
        }
    }
}

impl Name {
    /// Gives the file its own name.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if another file has it that should not, or what else the system refuses.
    pub(crate) fn give(&mut self) -> io::Result<()> {
        match &self.instead {
            // Somebody who holds another lock file may have made one meanwhile: theirs stays.
            Instead::Nothing => sys::rename_new(&self.temporary, &self.target)?,
            Instead::Empty(presence) => {
                // A program that rotates logs may have written to it since it was found.
                let file = presence.file();
                let is_empty = file.metadata()?.len() == 0 && is_at(file, &self.target);
                if !is_empty {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(&self.temporary, &self.target)?;
            }
            // In one step, so that who opens the path finds the old file or the new one.
            Instead::Old => {
                fs::rename(&self.temporary, &self.target)?;
                // Without it there would be no file at all.
                self.stage = Stage::Kept;
                return Ok(());
            }
        }
        self.stage = Stage::Given;
        Ok(())
    }

    /// From now on the file keeps the name that it has got.
    pub(crate) const fn keep(&mut self) {
        if matches!(self.stage, Stage::Given) {
            self.stage = Stage::Kept;
        }
    }

    /// Takes the name away again from the new file; returns the lock of the empty file that would
    /// have made room for it.
    pub(crate) fn give_up(mut self) -> Option<Presence> {
        match mem::replace(&mut self.instead, Instead::Nothing) {
            Instead::Empty(presence) => Some(presence),
            Instead::Nothing | Instead::Old => None,
        }
    }

    /// The name that the file has until then.
    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// The name that the file is to get.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
}

impl Unnamed {
    /// Writes the file that will be at `target`, where now is what `instead` says.
    ///
    /// # Errors
    ///
    /// `StorageFull`, `SizeLimit`, `Permission`, `NotFound`, `WriterBusy`, `TemporaryTaken`, `Io`.
    pub(crate) fn write(
        target: &Path,
        contents: &Contents<'_>,
        instead: Instead,
    ) -> Result<Self, CreateError> {
        let temporary = temporary_path(target);
        if let LeftOver::Foreign(found) = remove_left_over(target)? {
            return Err(CreateError::TemporaryTaken { path: temporary, found });
        }
        let refused = |source: io::Error| match source.kind() {
            // Another creator, who holds another side lock, was quicker, or took our file for a
            // left-over.
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound => CreateError::busy(target),
            _ => CreateError::io(target, "create", source),
        };
        let file = sys::create_new(&temporary, MODE).map_err(refused)?;
        let unmapped =
            sys::open(&temporary, sys::Rights::ReadWrite, sys::Links::Refuse).map_err(refused)?;
        let presence = Presence::take(unmapped).map_err(refused)?;
        // From here on the lock keeps other creators away, if the file still has its name.
        let presence = presence
            .filter(|presence| is_at(presence.file(), &temporary) && is_at(&file, &temporary));
        let Some(presence) = presence else {
            return Err(CreateError::busy(target));
        };
        let identity = sys::identity(&file.metadata().map_err(refused)?);
        let stage = Stage::Temporary;
        let name = Name { temporary, target: target.into(), instead, file: identity, stage };

        // Before there is anything in it, which is when it can be asked.
        sys::forbid_copy_on_write(&file);
        let space = |source| CreateError::space(target, contents.len, source);
        // First what tells whose it is, should this process die here.
        sys::write_at(&file, &MAGIC, 0).map_err(space)?;
        sys::reserve_new(&file, contents.len).map_err(space)?;
        for (at, bytes) in contents.parts {
            sys::write_at(&file, bytes, *at).map_err(space)?;
        }
        let refused = |source| CreateError::io(target, "write", source);
        sys::set_mode(&file, contents.mode).map_err(refused)?;
        if contents.durable {
            file.sync_all().map_err(refused)?;
        }
        Ok(Self { name, presence, file })
    }
}

/// What was found under a temporary name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOver {
    /// Nothing that is still there.
    Gone,
    /// Something that no writer has left there, in words. It stays.
    Foreign(&'static str),
}

/// Removes what a writer left that died while it wrote a file for `target`, and nothing else.
///
/// # Errors
///
/// `WriterBusy` if the file is still being written, which only a creator with another side lock
/// can do; what the system refuses.
pub(crate) fn remove_left_over(target: &Path) -> Result<LeftOver, CreateError> {
    let path = temporary_path(target);
    let refused = |source| CreateError::io(&path, "remove", source);
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(LeftOver::Gone),
        Err(error) => return Err(refused(error)),
    };
    if let Some(found) = foreign(&metadata, target) {
        return Ok(LeftOver::Foreign(found));
    }
    let file = match sys::open(&path, sys::Rights::ReadWrite, sys::Links::Refuse) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(LeftOver::Gone),
        Err(error) => return Err(refused(error)),
    };
    // To hold the lock while removing it is what makes sure that nobody else begins to write to it
    // meanwhile.
    let presence = Presence::take(file).map_err(refused)?;
    let Some(presence) = presence.filter(|presence| is_at(presence.file(), &path)) else {
        return Err(CreateError::busy(target));
    };
    if !is_unfinished(presence.file(), &path, target).map_err(refused)? {
        return Ok(LeftOver::Foreign("a file that holds something else"));
    }
    fs::remove_file(&path).map_err(refused)?;
    Ok(LeftOver::Gone)
}

/// Whether the file at `path`, which is the temporary name for `target`, was left by a writer that died.
/// Changes nothing.
#[cfg(feature = "dynamic")]
pub(super) fn is_left_over(path: &Path, target: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(path) else { return false };
    if temporary_path(target) != path || foreign(&metadata, target).is_some() {
        return false;
    }
    let Ok(file) = sys::open(path, sys::Rights::Read, sys::Links::Refuse) else { return false };
    writer_state(&file) != WriterState::Alive && is_unfinished(&file, path, target).unwrap_or(false)
}

/// Why a writer of this user cannot have left such a file; `None` if it can.
fn foreign(found: &Metadata, target: &Path) -> Option<&'static str> {
    if !found.is_file() {
        return Some("no regular file");
    }
    if let (Some(owner), Some(user)) = (sys::owner(found), sys::effective_user())
        && owner != user
    {
        return Some("a file of another user");
    }
    // Where a rename takes two steps, a file can have died with both of its names.
    let is_target = || {
        let target = fs::symlink_metadata(target).map(|target| sys::identity(&target));
        target.is_ok_and(|target| target == sys::identity(found))
    };
    (sys::link_count(found) > 1 && !is_target()).then_some("a file with another name")
}

/// Returns whether the file holds no more than what is there before a new file gets its name.
fn is_unfinished(file: &File, path: &Path, target: &Path) -> io::Result<bool> {
    let len = file.metadata()?.len();
    let front_len = HEADER_LEN + Word::Voucher.offset() + 8;
    let mut front = vec![0; front_len.min(usize::try_from(len).unwrap_or(usize::MAX))];
    sys::read_at(file, &mut front, 0)?;
    if !front.starts_with(&MAGIC) {
        return is_zero(file, len);
    }
    // A record file is not published to before it has its name.
    let latest = HEADER_LEN + Word::Latest.offset();
    let is_blank =
        front.get(latest..).is_none_or(|rest| rest.iter().take(8).all(|byte| *byte == 0));
    // But for a copy, of which no writer has said that it is its own: that is what a voucher is.
    let is_copy = || {
        let word = |at: usize| Some(u64::from_ne_bytes(*front.get(at..)?.first_chunk()?));
        let base = front.get(AT_BASE_GENERATION..).and_then(<[u8]>::first_chunk);
        let base = base.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        kind_of(&front) == Some(KIND_RECORD)
            && word(latest) == base.checked_add(1)
            && word(HEADER_LEN + Word::Voucher.offset()) == Some(0)
    };
    let is_checkpoint = kind_of(&front) == Some(KIND_CHECKPOINT);
    // A checkpoint file may be written with what is at the target, and holds nothing newer then.
    let is_known = || spoken_generation(path) <= spoken_generation(target);
    Ok(is_blank && (!is_checkpoint || is_known()) || is_copy())
}

/// Returns whether all bytes are zero, as those of space that was only reserved.
fn is_zero(file: &File, len: u64) -> io::Result<bool> {
    if len > MAX_ZEROS {
        return Ok(false);
    }
    let mut bytes = vec![0; 64 * 1024];
    let mut at = 0;
    while at < len {
        let left = usize::try_from(len - at).unwrap_or(usize::MAX).min(bytes.len());
        let Some(bytes) = bytes.get_mut(..left) else { return Ok(false) };
        sys::read_at(file, bytes, at)?;
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += left as u64;
    }
    Ok(true)
}

fn temporary_path(target: &Path) -> PathBuf {
    beside(target, ".", ".commy-new")
}

/// Nanoseconds since 1970; 0 for a clock that stands before that.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}
