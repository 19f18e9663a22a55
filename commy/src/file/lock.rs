//! The writer lock: one file, one writer, for as long as its process lives.
//!
//! Two locks make it. The side file `<name>.lock` is locked before the data file is created or
//! opened; it orders creators, but it goes by a path, and a path can be split: a symbolic or hard
//! link, a bind mount, or somebody who cleans up lock files. So the writer also locks a byte of
//! the data file itself, far behind its end. The kernel drops both when the process dies. Nothing
//! in the file's content decides anything.
//!
//! Which bytes those are stands in `format/locks.rs`.
//!
//! VOUCHED says by a lock what the session words say by hashes, for a process that sees another
//! boot id. It is locked for writing by the writer, and only a process of this kernel can be the
//! one that holds it. Strangers can lock it for reading, which says nothing. Not on network file
//! systems and FUSE, where another machine may hold it.
//!
//! It is taken when the file is opened and not in the first publish, which makes no system call
//! (I4). So it does not say by itself that its writer has published: one that finds torn slots
//! holds it, too. PRESENCE alone would not do, because it is held before anything is decided. A
//! read lock in the way is tried again by each flush.
//!
//! A read lock of another user over the whole file keeps no writer out: the writer falls back to
//! PRESENCE + 1. One limit is left: a stranger holds read locks on both bytes, *and* the side lock
//! is split (a hard link in another directory, a removed lock file). Then a second writer could
//! share PRESENCE + 1, or take PRESENCE after him. A lock that readers can take cannot tell a
//! writer from a stranger. Each of the two alone is harmless, and tested.

use core::mem;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::path::{beside, directory};
use crate::error::CreateError;
use crate::format::locks::{PRESENCE, PRESENCE_BESIDE_STRANGER, VOUCHED};
use crate::sys::{self, ByteLock, ForkGuard};

/// How often a race with somebody who removes or takes a lock is run again.
const TRIES: u32 = 100;

/// Whether a file has a writer, as far as this system tells.
///
/// # Examples
///
/// ```
/// use commy::WriterState;
///
/// fn label(state: WriterState) -> &'static str {
///     match state {
///         WriterState::Alive => "live",
///         WriterState::Dead => "last known value",
///         _ => "",
///     }
/// }
/// assert_eq!(label(WriterState::Alive), "live");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriterState {
    /// A writer has the file.
    Alive,
    /// No writer has the file: it was closed, or its process died.
    Dead,
    /// The file system knows no such locks, or a stranger's lock hides the answer.
    Unknown,
}

/// The locks of a writer.
#[derive(Debug)]
pub(crate) struct Locks {
    /// Never mapped: a mapping would keep the lock after the descriptor is closed.
    presence: Presence,
    /// On the checkpoint file, if there is one.
    checkpoints: Option<Presence>,
    side: SideLock,
    /// Whether readers can see by a lock that this writer lives under their kernel.
    is_vouching: bool,
    fork: ForkGuard,
}

impl Locks {
    pub(crate) fn new(side: SideLock, presence: Presence, checkpoints: Option<Presence>) -> Self {
        Self { presence, checkpoints, side, is_vouching: false, fork: ForkGuard::new() }
    }

    /// The data file, through the descriptor that holds the lock.
    pub(crate) const fn file(&self) -> &File {
        self.presence.file()
    }

    /// Takes the lock that vouches, unless this writer has it. A stranger's read lock can be in the
    /// way: then the next call may succeed, and who cannot do without goes without until then.
    pub(crate) fn vouch(&mut self) {
        if !self.is_vouching {
            self.is_vouching = self.presence.try_vouch();
        }
    }

    /// Hands all locks on, those on the side file, the data file and the checkpoint file. Nothing is
    /// unlocked meanwhile: what is handed on is the same open file.
    ///
    /// # Errors
    ///
    /// When the process has no descriptors left.
    pub(crate) fn hand_over(&mut self) -> io::Result<(SideLock, Presence, Option<Presence>)> {
        let side = self.side.hand_over()?;
        let checkpoints = self.checkpoints.as_mut().map(Presence::hand_over).transpose()?;
        Ok((side, self.presence.hand_over()?, checkpoints))
    }

    /// The side file stays when the locks are dropped, though it was made for them.
    pub(crate) fn keep_side_file(&mut self) {
        self.side.to_remove = None;
    }

    /// Returns whether this process is a forked child of the one that took the locks: it has the
    /// same locks, but only one of the two is the writer.
    #[inline]
    pub(crate) fn in_child(&self) -> bool {
        self.fork.in_child()
    }
}

impl Drop for Locks {
    /// A forked child must not unlock: that would take the locks from its parent.
    fn drop(&mut self) {
        if self.in_child() {
            self.side.is_ours = false;
            self.presence.is_ours = false;
            if let Some(checkpoints) = &mut self.checkpoints {
                checkpoints.is_ours = false;
            }
        }
    }
}

/// The lock on the side file.
#[derive(Debug)]
pub(crate) struct SideLock {
    file: File,
    /// The path of a file that was not there before, until a writer is there that needs it.
    to_remove: Option<PathBuf>,
    /// Whether dropping it unlocks the file.
    is_ours: bool,
}

impl Drop for SideLock {
    /// Closing is not enough: a child that another thread is just starting has the descriptor
    /// too, until it runs its program.
    fn drop(&mut self) {
        if self.is_ours {
            // While it is locked: who comes later sees that it has lost its name.
            if let Some(path) = self.to_remove.take().filter(|path| is_at(&self.file, path)) {
                let _ = fs::remove_file(path);
            }
            // If this fails, closing does it.
            let _ = self.file.unlock();
        }
    }
}

impl SideLock {
    /// Takes the file at `path` away when this is dropped, if it is this one.
    #[cfg(feature = "dynamic")]
    pub(super) fn remove_later(&mut self, path: PathBuf) {
        self.to_remove = Some(path);
    }

    fn hand_over(&mut self) -> io::Result<Self> {
        let file = self.file.try_clone()?;
        let (to_remove, is_ours) = (self.to_remove.take(), mem::take(&mut self.is_ours));
        Ok(Self { file, to_remove, is_ours })
    }

    /// Locks the side file of `target`, which is created for those who may write a file of `mode`.
    ///
    /// # Errors
    ///
    /// `WriterBusy`, `NotFound` for the directory, `Permission`, `StorageFull`, `Io`.
    pub(crate) fn take(target: &Path, mode: u32) -> Result<Self, CreateError> {
        Self::take_after(target, mode, || {})
    }

    /// The same; `opened` is called each time between opening the side file and locking it.
    fn take_after(target: &Path, mode: u32, mut opened: impl FnMut()) -> Result<Self, CreateError> {
        let path = beside(target, "", ".lock");
        let refused = |source: io::Error| match source.kind() {
            // A file system that takes no new files says the same of those.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                if !directory(target).is_dir() =>
            {
                CreateError::NotFound { path: target.into(), directory: directory(target).into() }
            }
            _ => CreateError::io(&path, "lock", source),
        };
        for _ in 0..TRIES {
            let (file, is_new) = match sys::create_new(&path, write_classes(mode)) {
                Ok(file) => (file, true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    (sys::open_or_create(&path, write_classes(mode)).map_err(refused)?, false)
                }
                Err(error) => return Err(refused(error)),
            };
            let metadata = file.metadata().map_err(refused)?;
            if !metadata.is_file() {
                let source = io::Error::other("not a regular file");
                return Err(CreateError::Io { path, doing: "lock", source });
            }
            opened();
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(CreateError::busy(target));
                }
                Err(TryLockError::Error(source)) => {
                    if is_new {
                        let _ = fs::remove_file(&path);
                    }
                    return Err(refused(source));
                }
            }
            // Somebody may have removed the file between our opening and our locking it; a writer
            // that came later has then locked another file of that name.
            if is_at(&file, &path) {
                let to_remove = is_new.then_some(path);
                return Ok(Self { file, to_remove, is_ours: true });
            }
        }
        Err(CreateError::busy(target))
    }
}

/// Read and write permission for those who may write a file of `mode`.
const fn write_classes(mode: u32) -> u32 {
    let write = mode & 0o222;
    write | (write << 1)
}

/// Returns whether `path` is a name of `file`.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let identity = |metadata: io::Result<fs::Metadata>| metadata.map(|m| sys::identity(&m));
    match (identity(file.metadata()), identity(fs::symlink_metadata(path))) {
        (Ok(file), Ok(path)) => file == path,
        _ => false,
    }
}

/// The lock on the data file.
#[derive(Debug)]
pub(crate) struct Presence {
    file: File,
    /// Whether dropping it unlocks the file.
    is_ours: bool,
}

impl Drop for Presence {
    /// As for the side lock.
    fn drop(&mut self) {
        if self.is_ours {
            self.release();
        }
    }
}

impl Presence {
    /// Locks the data file through `file`, which must never be mapped; `None` if another writer
    /// has it.
    ///
    /// # Errors
    ///
    /// What the system refuses. A file system without such locks is no error: there the side file
    /// alone has to do.
    pub(crate) fn take(file: File) -> io::Result<Option<Self>> {
        match try_presence(&file) {
            Ok(taken) => Ok(taken.then(|| Self { file, is_ours: true })),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Some(Self { file, is_ours: true }))
            }
            Err(error) => Err(error),
        }
    }

    fn hand_over(&mut self) -> io::Result<Self> {
        let file = self.file.try_clone()?;
        Ok(Self { file, is_ours: mem::take(&mut self.is_ours) })
    }

    fn release(&self) {
        for byte in [VOUCHED, PRESENCE, PRESENCE_BESIDE_STRANGER] {
            // If this fails, closing does it.
            let _ = sys::try_lock_bytes(&self.file, byte, 1, ByteLock::Free);
        }
    }

    /// Takes the lock that vouches; only a writer can.
    fn try_vouch(&self) -> bool {
        sys::try_lock_bytes(&self.file, VOUCHED, 1, ByteLock::Exclusive).unwrap_or(false)
    }

    /// The locked file.
    pub(crate) const fn file(&self) -> &File {
        &self.file
    }
}

fn try_presence(file: &File) -> io::Result<bool> {
    for _ in 0..TRIES {
        if sys::try_lock_bytes(file, PRESENCE, 1, ByteLock::Exclusive)? {
            return is_alone(file, PRESENCE, PRESENCE_BESIDE_STRANGER);
        }
        match sys::byte_locks(file, PRESENCE, 1)? {
            ByteLock::Exclusive => return Ok(false),
            // Whoever may read the file may lock the byte for reading. That must not keep a
            // writer out.
            ByteLock::Shared => {
                return Ok(try_beside_stranger(file)?
                    && is_alone(file, PRESENCE_BESIDE_STRANGER, PRESENCE)?);
            }
            // It was unlocked in between.
            ByteLock::Free => {}
        }
    }
    Ok(false)
}

/// Gives `taken` back if a writer has the other byte: who came while a stranger was there has the one,
/// who came without the other. Each takes first and looks then, so that of two at least one sees
/// the other. A stranger cannot lock for writing.
fn is_alone(file: &File, taken: u64, other: u64) -> io::Result<bool> {
    if sys::byte_locks(file, other, 1)? != ByteLock::Exclusive {
        return Ok(true);
    }
    sys::try_lock_bytes(file, taken, 1, ByteLock::Free)?;
    Ok(false)
}

/// Takes the byte beside the one that a stranger has. That may be his, too: then it is shared with
/// him, and with who comes by another side lock.
fn try_beside_stranger(file: &File) -> io::Result<bool> {
    let try_lock = |lock| sys::try_lock_bytes(file, PRESENCE_BESIDE_STRANGER, 1, lock);
    Ok(try_lock(ByteLock::Exclusive)? || try_lock(ByteLock::Shared)?)
}

/// Tells whether a process of this kernel vouches for `file`, if no other machine shares its locks.
/// Who may only read the file can lock the byte for reading, which says nothing.
pub(crate) fn is_vouched_for(file: &File) -> bool {
    matches!(sys::byte_locks(file, VOUCHED, 1), Ok(ByteLock::Exclusive))
}

/// Tells whether `file` has a writer, without disturbing one.
pub(crate) fn writer_state(file: &File) -> WriterState {
    match sys::byte_locks(file, PRESENCE, 1) {
        Ok(ByteLock::Exclusive) => return WriterState::Alive,
        Ok(_) => {}
        Err(_) => return WriterState::Unknown,
    }
    match sys::byte_locks(file, PRESENCE_BESIDE_STRANGER, 1) {
        Ok(ByteLock::Free) => WriterState::Dead,
        Ok(ByteLock::Exclusive) => WriterState::Alive,
        _ => WriterState::Unknown,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn data_file() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        fs::write(&path, "x").unwrap();
        (dir, path)
    }

    fn opened(path: &Path) -> File {
        sys::open(path, sys::Rights::ReadWrite, sys::Links::Refuse).unwrap()
    }

    #[test]
    fn a_second_side_lock_is_refused_until_the_first_is_dropped() {
        let (_dir, path) = data_file();
        let first = SideLock::take(&path, 0o600).unwrap();
        assert!(matches!(SideLock::take(&path, 0o600), Err(CreateError::WriterBusy { .. })));
        drop(first);
        assert!(SideLock::take(&path, 0o600).is_ok());
    }

    #[test]
    fn a_side_file_that_was_removed_before_it_was_locked_is_no_lock() {
        let (_dir, path) = data_file();
        let side = beside(&path, "", ".lock");
        let mut removed = false;
        let lock = SideLock::take_after(&path, 0o600, || {
            if !core::mem::replace(&mut removed, true) {
                fs::remove_file(&side).unwrap();
            }
        });
        assert!(is_at(&lock.unwrap().file, &side));

        let remove_each = || fs::remove_file(&side).unwrap();
        let never = SideLock::take_after(&path, 0o600, remove_each);
        assert!(matches!(never, Err(CreateError::WriterBusy { .. })));
    }

    #[test]
    fn the_side_file_is_open_to_those_who_may_write_the_data() {
        assert_eq!(write_classes(0o600), 0o600);
        assert_eq!(write_classes(0o644), 0o600);
        assert_eq!(write_classes(0o664), 0o660);
        assert_eq!(write_classes(0o666), 0o666);
    }

    #[test]
    fn a_directory_in_place_of_the_side_file_is_an_error() {
        let (_dir, path) = data_file();
        fs::create_dir(beside(&path, "", ".lock")).unwrap();
        assert!(matches!(SideLock::take(&path, 0o600), Err(CreateError::Io { .. })));
    }

    #[test]
    fn presence_tells_a_writer_from_a_stranger() {
        let (_dir, path) = data_file();
        let observer = File::open(&path).unwrap();
        assert_eq!(writer_state(&observer), WriterState::Dead);

        let writer = Presence::take(opened(&path)).unwrap().unwrap();
        assert_eq!(writer_state(&observer), WriterState::Alive);
        assert!(Presence::take(opened(&path)).unwrap().is_none());
        drop(writer);
        assert_eq!(writer_state(&observer), WriterState::Dead);

        let stranger = File::open(&path).unwrap();
        assert!(sys::try_lock_bytes(&stranger, PRESENCE, 1, ByteLock::Shared).unwrap());
        assert_eq!(writer_state(&observer), WriterState::Dead);
        let writer = Presence::take(opened(&path)).unwrap().unwrap();
        assert_eq!(writer_state(&observer), WriterState::Alive);
        assert!(Presence::take(opened(&path)).unwrap().is_none());
        drop(stranger);
        assert_eq!(writer_state(&observer), WriterState::Alive);
        assert!(Presence::take(opened(&path)).unwrap().is_none());
        drop(writer);
        assert_eq!(writer_state(&observer), WriterState::Dead);

        // Who locks both bytes cannot be told from a writer; he keeps nobody out.
        let stranger = File::open(&path).unwrap();
        for byte in [PRESENCE, PRESENCE_BESIDE_STRANGER] {
            assert!(sys::try_lock_bytes(&stranger, byte, 1, ByteLock::Shared).unwrap());
        }
        let writer = Presence::take(opened(&path)).unwrap().unwrap();
        assert_eq!(writer_state(&observer), WriterState::Unknown);
        drop((stranger, writer));
        assert_eq!(writer_state(&observer), WriterState::Dead);
    }

    #[test]
    fn a_stranger_neither_vouches_nor_keeps_a_writer_from_it_for_ever() {
        let (_dir, path) = data_file();
        let side = SideLock::take(&path, 0o600).unwrap();
        let presence = Presence::take(opened(&path)).unwrap().unwrap();
        let mut locks = Locks::new(side, presence, None);
        let observer = File::open(&path).unwrap();
        assert!(!is_vouched_for(&observer), "a writer that has not decided yet");

        let stranger = File::open(&path).unwrap();
        assert!(sys::try_lock_bytes(&stranger, VOUCHED, 1, ByteLock::Shared).unwrap());
        assert!(sys::try_lock_bytes(&stranger, VOUCHED, 1, ByteLock::Exclusive).is_err());
        locks.vouch();
        assert!(!is_vouched_for(&observer));
        drop(stranger);
        locks.vouch();
        assert!(is_vouched_for(&observer));
        drop(locks);
        assert!(!is_vouched_for(&observer));
    }

    #[test]
    fn locks_are_dropped_although_another_descriptor_shares_them() {
        let (_dir, path) = data_file();
        let side = SideLock::take(&path, 0o600).unwrap();
        let presence = Presence::take(opened(&path)).unwrap().unwrap();
        // As a forked child has them.
        let copies = (side.file.try_clone().unwrap(), presence.file.try_clone().unwrap());
        drop(Locks::new(side, presence, None));
        assert!(SideLock::take(&path, 0o600).is_ok());
        assert!(Presence::take(opened(&path)).unwrap().is_some());
        drop(copies);
    }
}
