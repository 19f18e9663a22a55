//! What the operating system does for commy beyond the standard library.
//!
//! Everything that differs between platforms is behind the functions of this room, so that a port
//! needs a file here and nothing elsewhere. Linux has all of it; `fallback` gets along with the
//! standard library and says [`io::ErrorKind::Unsupported`](std::io::ErrorKind::Unsupported) where
//! that has no answer.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod linux;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod fork;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod byte_locks;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod file_systems;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod futex;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod lock_holder;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod mapping;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod membarrier;
#[cfg(any(test, not(all(target_os = "linux", target_pointer_width = "64"))))]
#[cfg_attr(
    all(target_os = "linux", target_pointer_width = "64"),
    allow(dead_code, reason = "compiled for its own tests, so that it cannot rot unseen")
)]
mod fallback;
#[cfg(feature = "wincode")]
mod stack;
#[cfg(unix)]
mod unix;

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(crate) use self::fallback::*;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use self::{
    byte_locks::{byte_locks, locked_range, try_lock_bytes},
    file_systems::{file_handle, file_system},
    fork::ForkGuard,
    futex::{sleep_while, wake_all},
    linux::*,
    lock_holder::lock_holder,
    mapping::Mapping,
    membarrier::{allow_remote_fences, fence_remotely},
};

#[cfg(all(feature = "dynamic", target_os = "linux", target_pointer_width = "64"))]
pub(crate) use self::file_systems::file_system_name;
#[cfg(feature = "wincode")]
pub(crate) use self::stack::stack_address;
#[cfg(unix)]
pub(crate) use self::unix::*;

/// Which file a path or a handle means: two handles are of one file if these are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The number of the file system.
    pub(crate) device: u64,
    /// The number of the file on it.
    pub(crate) inode: u64,
}

/// What a file system does with what is stored through a mapping, and who shares its locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(all(target_os = "linux", target_pointer_width = "64")),
    allow(dead_code, reason = "`fallback` cannot tell them apart")
)]
pub(crate) enum FileSystem {
    /// It lives in memory, so that no file of it outlasts the kernel.
    Memory,
    /// It shows other file systems one above the other. The first who opens a file for writing
    /// makes a copy of it in the upper one, behind the back of those who read the lower one.
    Layered,
    /// It belongs to one kernel, and its files to a disk.
    Local,
    /// Another machine or another program has a part in it, or nothing is known of it.
    Other,
}

impl FileSystem {
    /// Whether a lock on a file of it is held by a process of this kernel.
    pub(crate) const fn has_own_locks(self) -> bool {
        !matches!(self, Self::Other)
    }

    /// Whether what is synced there outlasts a power cut, as far as is known: what lies below
    /// layers is not.
    pub(crate) const fn is_durable(self) -> bool {
        matches!(self, Self::Local | Self::Other)
    }
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// To be read.
    Read,
    /// To be read and written.
    ReadWrite,
}

/// What is done with a symbolic link at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// What it leads to is opened.
    Follow,
    /// It is an error.
    Refuse,
}

/// How bytes of a file are or shall be locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteLock {
    /// By nobody else.
    Free,
    /// By one or more others for reading.
    Shared,
    /// By one other for writing.
    Exclusive,
}

/// The length of a lock that reaches as far as any file can.
pub(crate) const TO_THE_END: u64 = 0;
