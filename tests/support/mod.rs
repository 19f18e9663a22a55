//! Running a test's other processes: the test binary starts itself again in a role.
//!
//! A role is an ignored test, which does nothing unless it finds a path in the environment.
#![allow(dead_code, unreachable_pub, reason = "a module of many tests, each of which needs a part")]

pub mod format;

use core::time::Duration;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::{env, fs, thread};

/// Where a role finds its path.
pub const PATH: &str = "COMMY_TEST_PATH";

/// Another number of slots than the file at `path` has, so that a writer which asks for it and for
/// `OnMismatch::Replace` puts a new file in its place.
pub fn other_slots(path: &Path) -> u32 {
    // A pipe would never end.
    let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let bytes = if is_file { fs::read(path).unwrap_or_default() } else { Vec::new() };
    let has_header = bytes.len() >= format::header::SLOT_STRIDE;
    let slots = if has_header { format::number(&bytes, format::header::SLOT_COUNT) } else { 0 };
    if slots == 5 { 6 } else { 5 }
}

/// Starts `role` in a process of its own, with `path` for it to work on.
pub fn start(role: &str, path: &Path) -> Child {
    start_with(role, path, &[])
}

/// The same, with more for the role to find in the environment.
pub fn start_with(role: &str, path: &Path, environment: &[(&str, OsString)]) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", role, "--ignored", "--nocapture", "--quiet"])
        .env(PATH, path)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// A directory of its own for a test, and the path of `file` in it.
pub fn place(file: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(file);
    (directory, path)
}

/// The names of the files in a directory, in order.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The generation in the steady slot of the file at `path`, as the format has it; 0 for none.
pub fn steady_generation(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    format::word(&bytes, format::file::STEADY)
}

/// Where the file at `path` has the value of generation 1.
pub fn payload_of_generation_1(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    (format::slot_of(&bytes, 1) + format::slot::PAYLOAD) as u64
}

/// Copies this program to `to`, because other users may have no way to where it is.
///
/// By `cp`: a copy that this process had open for writing would be open in whatever another test
/// is just starting, and could not be run as long as that is so.
pub fn copy_program(to: &Path) {
    let copied = Command::new("cp").arg(env::current_exe().unwrap()).arg(to).status();
    assert!(copied.unwrap().success());
}

/// The path this process got from [`start`]; `None` when it is no role.
pub fn role_path() -> Option<PathBuf> {
    env::var_os(PATH).map(PathBuf::from)
}

/// Ends the process when `limit` is over, so that a hang is a failure and not a wait for ever.
///
/// The test keeps what is returned until its end.
#[must_use]
pub fn watchdog(limit: Duration) -> mpsc::Sender<()> {
    let (running, watched) = mpsc::channel();
    thread::spawn(move || {
        if watched.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("the test did not end within {limit:?}");
            std::process::exit(101);
        }
    });
    running
}

/// A child that does not outlive its test.
pub struct Reaped(pub Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A small generator of numbers that are the same in every run (xorshift64*).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A file system in memory, for as long as this lives.
pub struct Mounted(pub PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Mounts a file system in memory with these options; says so and does not when it cannot.
pub fn mount(at: &Path, options: &str) -> Option<Mounted> {
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).stderr(Stdio::null());
    if mount.status().is_ok_and(|status| status.success()) {
        return Some(Mounted(at.into()));
    }
    eprintln!("skipped: only root can mount a file system");
    None
}
