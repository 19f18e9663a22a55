//! A mapping of a file that can grow in place: address room is reserved, and filled as it grows.
#![allow(unsafe_code, reason = "the room for system calls that the standard library lacks")]

use core::ffi::c_int;
use core::ptr::{self, NonNull};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use super::Rights;

/// The unit in which the kernel maps.
fn page_size() -> usize {
    // SAFETY: the call takes a number and touches no memory.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Reserved addresses, of which the first bytes are a file's.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// # Invariants
    ///
    /// 1. The `reserved` addresses from `start` on were mapped by this, and nothing else unmaps them
    ///    or maps over them before this is dropped.
    /// 2. `start` is a multiple of the page size.
    start: NonNull<u8>,
    reserved: usize,
    rights: Rights,
}

// SAFETY: addresses belong to the process and not to a thread, and nothing here is read or written;
// who accesses what is mapped argues for that.
unsafe impl Send for Mapping {}
// SAFETY: as above; `extend` only replaces addresses that nobody was given.
unsafe impl Sync for Mapping {}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: by invariant 1 all of it is this mapping's, and who borrowed from it is gone.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.reserved) };
    }
}

impl Mapping {
    /// Maps `len` bytes of `file` from byte `at` on, a multiple of the page size, in front of
    /// addresses that are kept free: `reserved` in all, which is at least `len`.
    ///
    /// # Errors
    ///
    /// What `mmap` refuses.
    pub(crate) fn new(
        file: &File,
        at: u64,
        len: usize,
        reserved: usize,
        rights: Rights,
    ) -> io::Result<Self> {
        if len == reserved {
            let start = map(ptr::null_mut(), len, rights, 0, Some((file, at)))?;
            return Ok(Self { start, reserved, rights });
        }
        let start = map(ptr::null_mut(), reserved, Rights::Read, 0, None)?;
        let mapping = Self { start, reserved, rights };
        mapping.extend(file, at, 0, len)?;
        Ok(mapping)
    }

    /// Maps the bytes from `from` to `to` too, `file` being mapped from byte `at` on. Pages before
    /// that of `from` stay as they are, and so does a page that `from` lies within.
    ///
    /// Two calls at a time must not be for the same addresses.
    ///
    /// # Errors
    ///
    /// `InvalidInput` beyond the reservation; what `mmap` refuses, which leaves all as it was.
    pub(crate) fn extend(&self, file: &File, at: u64, from: usize, to: usize) -> io::Result<()> {
        let from = from.next_multiple_of(page_size());
        if to > self.reserved {
            let text = "a mapping cannot grow beyond what was reserved for it";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        if from >= to {
            return Ok(());
        }
        let at = at.checked_add(from as u64).ok_or(io::ErrorKind::InvalidInput)?;
        // SAFETY: `from < to <= reserved`, within what invariant 1 is about.
        let place = unsafe { self.start.as_ptr().add(from) };
        // Over reserved addresses only, by invariant 1 and the check above.
        map(place, to - from, self.rights, libc::MAP_FIXED, Some((file, at)))?;
        Ok(())
    }

    /// Where it begins.
    pub(crate) const fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Asks for the pages of a part, as loads of them would.
    ///
    /// # Errors
    ///
    /// What the system refuses.
    pub(crate) fn populate(&self, from: usize, len: usize) -> io::Result<()> {
        if from.checked_add(len).is_none_or(|end| end > self.reserved) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: within the reservation, by the check above.
        let place = unsafe { self.start.as_ptr().add(from) };
        // SAFETY: the advice changes no byte and no mapping.
        match unsafe { libc::madvise(place.cast(), len, libc::MADV_POPULATE_READ) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Writes the first `len` bytes to the disk and waits for it.
    ///
    /// # Errors
    ///
    /// What `msync` reports.
    pub(crate) fn flush(&self, len: usize) -> io::Result<()> {
        // SAFETY: the call changes no byte and no mapping; for what is not mapped it fails.
        match unsafe { libc::msync(self.start.as_ptr().cast(), len, libc::MS_SYNC) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// Maps a file, or reserves addresses that nothing may touch. With `MAP_FIXED` in `flags`, `place`
/// and as many bytes as are mapped must be the caller's own, and nobody may use them.
fn map(
    place: *mut u8,
    len: usize,
    rights: Rights,
    flags: c_int,
    file: Option<(&File, u64)>,
) -> io::Result<NonNull<u8>> {
    let (protection, flags, descriptor, at) = match file {
        Some((file, at)) => {
            let protection = match rights {
                Rights::Read => libc::PROT_READ,
                Rights::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
            };
            let at = libc::off_t::try_from(at).map_err(|_| io::ErrorKind::InvalidInput)?;
            (protection, flags | libc::MAP_SHARED, file.as_raw_fd(), at)
        }
        None => {
            let flags = flags | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            (libc::PROT_NONE, flags, -1, 0)
        }
    };
    // SAFETY: without MAP_FIXED the kernel takes addresses that nobody has; with it, those are the
    // caller's by the contract above.
    let mapped = unsafe { libc::mmap(place.cast(), len, protection, flags, descriptor, at) };
    if mapped == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(mapped.cast()).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}
