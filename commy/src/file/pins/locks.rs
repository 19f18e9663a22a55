//! The locks of a reader, counted by generation.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{PinError, open_alone};
use crate::format::locks::pin_byte;
use crate::publish::reclaim::{PinLocks, RangeLock};
use crate::sys::{self, ByteLock, ForkGuard, TO_THE_END};

/// The pins of one opened reader, shared by its threads and views.
#[derive(Debug, Clone)]
pub(crate) struct FilePins(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// Asked before anything else: a child has a copy of the mutex, which may be locked for ever,
    /// and the same locks, which are its parent's.
    fork: ForkGuard,
    /// Never mapped, nor given to anybody.
    descriptors: Descriptors,
    /// How many views each generation has that is locked.
    ///
    /// # Invariants
    ///
    /// 1. While this is not locked, a generation is locked through `exact` if and only if it is
    ///    here: whoever changes the one changes the other before anybody else can look.
    /// 2. While this is not locked, nothing is locked through `range`: one announcement would let
    ///    go of the other.
    counts: Mutex<Counts>,
}

/// Two, so that to let go of a range does not unlock the generations that are pinned in it.
#[derive(Debug)]
struct Descriptors {
    exact: File,
    range: File,
}

type Counts = BTreeMap<u64, usize>;

impl FilePins {
    /// Opens the file at `path` for pins, if it is still `file`.
    ///
    /// # Errors
    ///
    /// `Open`, `Replaced`. What the system refuses is said by the first lock.
    pub(crate) fn open(path: &Path, file: &File) -> Result<Self, PinError> {
        let open = || open_alone(path, file);
        let descriptors = Descriptors { exact: open()?, range: open()? };
        let (fork, counts) = (ForkGuard::new(), Mutex::default());
        Ok(Self(Arc::new(Shared { path: path.into(), fork, descriptors, counts })))
    }
}

impl PinLocks for FilePins {
    type Fault = PinError;
    type Range<'l> = FileRange<'l>;

    fn lock(&self, generation: u64) -> Result<(), PinError> {
        self.0.lock(&mut *self.0.counts()?, generation)
    }

    fn unlock(&self, generation: u64) {
        // In a child, the lock is left to the parent.
        if let Ok(mut counts) = self.0.counts() {
            self.0.unlock(&mut counts, generation);
        }
    }

    fn lock_from(&self, first: u64) -> Result<FileRange<'_>, PinError> {
        let counts = self.0.counts()?;
        let byte = self.0.byte(first)?;
        let Descriptors { range, .. } = &self.0.descriptors;
        let locked = sys::try_lock_bytes(range, byte, TO_THE_END, ByteLock::Shared);
        self.0.expect_locked(locked, first)?;
        Ok(FileRange { shared: &self.0, counts })
    }

    #[inline]
    fn in_child(&self) -> bool {
        self.0.fork.in_child()
    }
}

/// All generations from one on, while nobody else pins or unpins through these locks.
#[derive(Debug)]
pub(crate) struct FileRange<'l> {
    shared: &'l Shared,
    counts: MutexGuard<'l, Counts>,
}

impl RangeLock for FileRange<'_> {
    type Fault = PinError;

    fn lock(&mut self, generation: u64) -> Result<(), PinError> {
        self.shared.lock(&mut self.counts, generation)
    }
}

impl Drop for FileRange<'_> {
    fn drop(&mut self) {
        if !self.shared.fork.in_child() {
            // Of the whole file: a part of what is locked might need memory that the kernel does
            // not have. If it fails all the same, there is garbage until the next announcement.
            let Descriptors { range, .. } = &self.shared.descriptors;
            let _ = sys::try_lock_bytes(range, 0, TO_THE_END, ByteLock::Free);
        }
    }
}

impl Shared {
    /// The counts, for as long as nobody else changes them or a lock.
    fn counts(&self) -> Result<MutexGuard<'_, Counts>, PinError> {
        if self.fork.in_child() {
            return Err(PinError::Forked { path: self.path.clone() });
        }
        // Whoever panicked had not begun to change anything, or was done.
        Ok(self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock(&self, counts: &mut Counts, generation: u64) -> Result<(), PinError> {
        if let Some(count) = counts.get_mut(&generation) {
            *count += 1;
            return Ok(());
        }
        let byte = self.byte(generation)?;
        let locked = sys::try_lock_bytes(&self.descriptors.exact, byte, 1, ByteLock::Shared);
        self.expect_locked(locked, generation)?;
        counts.insert(generation, 1);
        Ok(())
    }

    fn unlock(&self, counts: &mut Counts, generation: u64) {
        let Some(count) = counts.get_mut(&generation) else { return };
        *count -= 1;
        if *count == 0 {
            counts.remove(&generation);
            if let Some(byte) = pin_byte(generation) {
                // If it fails, there is garbage until the reader is closed.
                let exact = &self.descriptors.exact;
                let _ = sys::try_lock_bytes(exact, byte, 1, ByteLock::Free);
            }
        }
    }

    fn byte(&self, generation: u64) -> Result<u64, PinError> {
        let refused = || PinError::Generation { path: self.path.clone(), found: generation };
        pin_byte(generation).ok_or_else(refused)
    }

    fn expect_locked(&self, locked: io::Result<bool>, generation: u64) -> Result<(), PinError> {
        let path = || self.path.clone();
        match locked {
            Ok(true) => Ok(()),
            Ok(false) => Err(PinError::Taken { path: path(), generation }),
            Err(source) => {
                let source = Arc::new(source);
                Err(PinError::Refused { path: path(), generation, source })
            }
        }
    }
}
