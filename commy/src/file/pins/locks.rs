//! What the kernel locks for a reader.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{PinError, open_alone};
use crate::format::locks::pin_byte;
use crate::publish::Proven;
use crate::publish::reclaim::{CountedLocks, SystemLocks};
use crate::sys::{self, ByteLock, ForkGuard, TO_THE_END};

/// The pins of one opened reader, shared by its threads and views.
pub(crate) type FilePins = CountedLocks<Proven, Descriptors>;

/// Two descriptors that are never mapped, nor given to anybody.
#[derive(Debug)]
pub(crate) struct Descriptors {
    path: PathBuf,
    fork: ForkGuard,
    exact: File,
    range: File,
}

impl FilePins {
    /// Opens the file at `path` for pins, if it is still `file`.
    ///
    /// # Errors
    ///
    /// `Open`, `Replaced`. What the system refuses is said by the first lock.
    pub(crate) fn open(path: &Path, file: &File) -> Result<Self, PinError> {
        let open = || open_alone(path, file);
        let (exact, range) = (open()?, open()?);
        let fork = ForkGuard::new();
        Ok(Self::new(Descriptors { path: path.into(), fork, exact, range }))
    }
}

impl SystemLocks for Descriptors {
    type Fault = PinError;

    fn lock(&self, generation: u64) -> Result<(), PinError> {
        let byte = self.byte(generation)?;
        let locked = sys::try_lock_bytes(&self.exact, byte, 1, ByteLock::Shared);
        self.expect_locked(locked, generation)
    }

    fn unlock(&self, generation: u64) {
        if let Some(byte) = pin_byte(generation) {
            // If it fails, there is garbage until the reader is closed.
            let _ = sys::try_lock_bytes(&self.exact, byte, 1, ByteLock::Free);
        }
    }

    fn lock_from(&self, first: u64) -> Result<(), PinError> {
        let byte = self.byte(first)?;
        let locked = sys::try_lock_bytes(&self.range, byte, TO_THE_END, ByteLock::Shared);
        self.expect_locked(locked, first)
    }

    fn let_go(&self) {
        // Of the whole file: a part of what is locked might need memory that the kernel does not have.
        // If it fails all the same, there is garbage until the next announcement.
        let _ = sys::try_lock_bytes(&self.range, 0, TO_THE_END, ByteLock::Free);
    }

    #[inline]
    fn in_child(&self) -> bool {
        self.fork.in_child()
    }

    fn forked(&self) -> PinError {
        PinError::Forked { path: self.path.clone() }
    }
}

impl Descriptors {
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
