//! Notices in a forked child that it is one, at the price of one load.
#![allow(unsafe_code, reason = "the room for system calls that the standard library lacks")]

use core::ptr::{self, NonNull};
use std::process;

use crate::sync::{AtomicU64, Ordering};

/// What the page holds in the process that made it.
const PARENT: u64 = 1;

/// Knows whether this process is the one that made the guard or a forked child of it.
///
/// Locks of an open file description are shared with a child, and the kernel tells nobody. The
/// guard is a page that the kernel replaces by zeros in every child (`MADV_WIPEONFORK`, Linux
/// 4.14). Where it cannot, process ids are compared, which takes a system call.
#[derive(Debug)]
pub(crate) struct ForkGuard {
    /// # Invariants
    ///
    /// 1. If `is_page`, points to a private mapping of at least one page that is readable and
    ///    writable; else to a word on the heap that `Box` has made. Nothing but this guard knows of
    ///    either, and it stays until the guard is dropped.
    /// 2. The word is aligned: mappings start at a page boundary.
    word: NonNull<AtomicU64>,
    is_page: bool,
    pid: u32,
}

/// The kernel maps whole pages: a length of one byte gives one page of whatever size.
const LEN: usize = 1;

impl ForkGuard {
    /// A guard for the calling process.
    pub(crate) fn new() -> Self {
        wiped_page().map_or_else(Self::without_page, |word| Self {
            word,
            is_page: true,
            pid: process::id(),
        })
    }

    /// A guard that has to ask whenever it is asked.
    fn without_page() -> Self {
        let word = NonNull::from(Box::leak(Box::new(AtomicU64::new(0))));
        Self { word, is_page: false, pid: process::id() }
    }

    /// Returns whether this process is a child forked after the guard was made.
    #[inline]
    pub(crate) fn in_child(&self) -> bool {
        // SAFETY: invariants 1 and 2: there, aligned, and shared with nobody but other threads
        // that also only load it.
        let word = unsafe { self.word.as_ref() };
        word.load(Ordering::Relaxed) != PARENT && self.is_another_process()
    }

    /// The same for a guard whose word is not that of the process that made it.
    #[cold]
    #[inline(never)]
    fn is_another_process(&self) -> bool {
        self.is_page || process::id() != self.pid
    }
}

fn wiped_page() -> Option<NonNull<AtomicU64>> {
    // SAFETY: a new private mapping at an address of the kernel's choice overlaps nothing.
    let address = unsafe {
        libc::mmap(
            ptr::null_mut(),
            LEN,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if address == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the range was mapped just now and belongs to this function.
    if unsafe { libc::madvise(address, LEN, libc::MADV_WIPEONFORK) } != 0 {
        unmap(address);
        return None;
    }
    let page = NonNull::new(address.cast::<AtomicU64>())?;
    // SAFETY: mapped, writable and page-aligned as shown above; fresh pages are zero, which is a
    // valid word.
    let word = unsafe { page.as_ref() };
    word.store(PARENT, Ordering::Relaxed);
    Some(page)
}

fn unmap(address: *mut libc::c_void) {
    // SAFETY: the callers pass a mapping of this length that they own and use no more. If the
    // call failed, a page would stay mapped, which harms nothing.
    unsafe { libc::munmap(address, LEN) };
}

impl Drop for ForkGuard {
    fn drop(&mut self) {
        if self.is_page {
            return unmap(self.word.as_ptr().cast());
        }
        // SAFETY: made by `Box` (invariant 1), and used no more.
        drop(unsafe { Box::from_raw(self.word.as_ptr()) });
    }
}

// SAFETY: mapping and heap belong to the process, not to a thread, and the word is only loaded from
// after the constructor.
unsafe impl Send for ForkGuard {}
// SAFETY: as above; concurrent loads of one atomic word are no race.
unsafe impl Sync for ForkGuard {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forks; the child ends at once with what `child` returns and runs nothing else.
    fn status_of_child(child: impl FnOnce() -> i32) -> i32 {
        // SAFETY: the child calls only `child`, which below is loads and `getpid`, and `_exit`:
        // all of them are allowed after a fork of a threaded process.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "fork failed");
        if pid == 0 {
            let code = child();
            // SAFETY: ends the process without running anything of the parent's.
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above; the pointer is to a local.
        let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
        assert_eq!(waited, pid);
        libc::WEXITSTATUS(status)
    }

    #[test]
    fn a_forked_child_is_noticed_and_the_parent_is_not() {
        let guard = ForkGuard::new();
        assert!(!guard.in_child());
        assert_eq!(status_of_child(|| i32::from(guard.in_child())), 1);
        assert!(!guard.in_child());
    }

    #[test]
    fn a_forked_child_is_noticed_by_its_process_id_too() {
        let guard = ForkGuard::without_page();
        assert!(!guard.in_child());
        assert_eq!(status_of_child(|| i32::from(guard.in_child())), 1);
    }
}
