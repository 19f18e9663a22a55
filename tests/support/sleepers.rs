//! What a file and the kernel know of those who sleep.
#![allow(dead_code, unreachable_pub, reason = "a module of many tests, each of which needs a part")]
#![allow(unsafe_code, reason = "std neither maps files nor sleeps on a word nor counts sleeps")]

use core::ptr;
use core::time::Duration;
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::{io, thread};

use commy::WaitOutcome;

use crate::support::format::file::{LATEST, RINGING, SLEEPERS, WAKE};

/// The highest generation that anybody sleeps for, as the file has it.
pub fn sleepers(path: &Path) -> u64 {
    u64::from_ne_bytes(load(&File::open(path).unwrap(), SLEEPERS as u64))
}

/// How the file says that its writer rings: 0 with a fence of its own, 1 not at all, 2 relying on
/// sleepers.
pub fn ringing(path: &Path) -> u32 {
    u32::from_ne_bytes(load(&File::open(path).unwrap(), RINGING as u64))
}

/// Makes the file say so.
pub fn store_ringing(path: &Path, ringing: u32) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&ringing.to_ne_bytes(), RINGING as u64).unwrap();
}

fn load<const N: usize>(file: &File, at: u64) -> [u8; N] {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at).unwrap();
    bytes
}

/// Waits until a sleeper has registered, and a little longer, so that it is asleep.
pub fn until_asleep(path: &Path) {
    while sleepers(path) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(20));
}

/// One who sleeps until somebody wakes it. A reader looks for itself every 100 ms, which hides
/// that nobody did.
pub struct Patient {
    file: File,
    before: u32,
}

impl Patient {
    /// Registers with the file at `path` for the generation after the latest.
    pub fn register(path: &Path) -> Self {
        let file = File::options().read(true).write(true).open(path).unwrap();
        let next = u64::from_ne_bytes(load(&file, LATEST as u64)) + 1;
        let before = wake(&file);
        file.write_all_at(&next.to_ne_bytes(), SLEEPERS as u64).unwrap();
        Self { file, before }
    }

    /// Returns whether the word that sleepers watch has changed.
    pub fn is_rung_for(&self) -> bool {
        wake(&self.file) != self.before
    }

    /// Sleeps until that is so and somebody wakes those who sleep on it.
    pub fn sleep(&self) {
        let word = map(&self.file).wrapping_add(WAKE);
        while !self.is_rung_for() {
            let never = ptr::null::<libc::timespec>();
            // SAFETY: the kernel reads the word, which stays mapped until the process ends.
            unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT, self.before, never) };
        }
    }
}

fn wake(file: &File) -> u32 {
    u32::from_ne_bytes(load(file, WAKE as u64))
}

/// Maps what comes before the wait page, for as long as this process lives.
fn map(file: &File) -> *mut u8 {
    let (fd, len) = (file.as_raw_fd(), SLEEPERS);
    // SAFETY: a new mapping, where the kernel has room for it.
    let start =
        unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_READ, libc::MAP_SHARED, fd, 0) };
    assert_ne!(start, libc::MAP_FAILED, "{}", io::Error::last_os_error());
    start.cast()
}

/// More than there are re-checks in a second, one every 100 ms; fewer than there are polls, one
/// every 10 ms.
pub const BETWEEN: libc::c_long = 25;

/// How often this thread goes to sleep while `wait` waits a second for what does not come.
pub fn sleeps_within_a_second(wait: impl FnOnce(Duration) -> WaitOutcome) -> libc::c_long {
    let before = sleeps();
    assert_eq!(wait(Duration::from_secs(1)), WaitOutcome::TimedOut);
    sleeps() - before
}

/// How often this thread has gone to sleep.
fn sleeps() -> libc::c_long {
    // SAFETY: a struct of integers, of which zero is one.
    let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
    // SAFETY: the pointer is to a local of the type that the call fills.
    let status = unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
    assert_eq!(status, 0);
    usage.ru_nvcsw
}
