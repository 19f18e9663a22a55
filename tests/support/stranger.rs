//! Processes of another user, who may read a file and do what harm that allows.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support;

/// A user that is not the owner: `nobody` where there is one.
const STRANGER: u32 = 65_534;

/// Returns whether this process can start one of another user; says so if it cannot.
pub fn is_possible() -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        eprintln!("skipped: only root can start a process of another user");
    }
    is_root
}

/// Starts `role` as another user and waits until it says that it is ready; `None` when this user
/// cannot become another one.
pub fn start(role: &str, path: &Path) -> Option<support::Reaped> {
    if !is_possible() {
        return None;
    }
    let program = path.with_file_name(role);
    support::copy_program(&program);
    let mut child = Command::new(program)
        .args(["--exact", role, "--ignored", "--nocapture", "--quiet"])
        .env(support::PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .uid(STRANGER)
        .gid(STRANGER)
        .spawn()
        .map(support::Reaped)
        .unwrap();
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"), "the stranger ended early");
    Some(child)
}

/// Ends a stranger that waits in [`say_ready_and_wait`].
pub fn end(mut child: support::Reaped) {
    drop(child.0.stdin.take());
    assert!(child.0.wait().unwrap().success());
}

/// For the role: tells the one who has started it to go on.
pub fn say_ready() {
    // Past the test harness, which keeps what a test prints.
    std::io::stdout().write_all(b"\nready\n").unwrap();
}

/// The same, and ends when that one wants it to.
pub fn say_ready_and_wait() -> ! {
    say_ready();
    let _ = std::io::stdin().read(&mut [0]);
    // Nobody reads what the test harness would say.
    std::process::exit(0);
}

/// Takes every kind of read lock there is over the whole file.
///
/// Each is on a descriptor of its own; a lock of a process goes when any descriptor of that file
/// is closed, so all of them are returned.
pub fn lock_everything(path: &Path) -> [File; 3] {
    let files = [(); 3].map(|()| File::open(path).unwrap());
    files[0].lock_shared().unwrap();
    lock_all(&files[1], libc::F_OFD_SETLK);
    lock_all(&files[2], libc::F_SETLK);
    files
}

/// Locks the whole file for reading, from byte 0 to the end of all offsets.
#[allow(unsafe_code, reason = "std has no such locks")]
fn lock_all(file: &File, command: libc::c_int) {
    // SAFETY: all-zero bytes are a valid `flock` structure: an array of integers in effect.
    let mut range: libc::flock = unsafe { core::mem::zeroed() };
    range.l_type = libc::F_RDLCK as libc::c_short;
    // SAFETY: the descriptor is open, and `range` is a `flock` structure as both commands want.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw const range) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
}
