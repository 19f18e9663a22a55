//! Publishing and reading make no system call: shown where the kernel kills whoever makes one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "fork, prctl and a bare exit")]

#[path = "support/stranger.rs"]
mod stranger;
mod support;

use core::time::Duration;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;

use commy::{FixedString, FixedVec, SmartString, create_reader, create_writer};

#[create_writer(filename = "load.bin")]
#[create_reader(filename = "load.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Load {
    name: FixedString<32>,
    samples: FixedVec<f64, 64>,
    note: SmartString<200>,
    count: u64,
    on: bool,
}

/// Runs `inside` in a forked child of one thread, with all system calls but read, write and exit
/// forbidden once it has called its argument; returns the child's wait status.
fn confined(inside: impl FnOnce(fn())) -> i32 {
    fn confine() {
        // SAFETY: the call takes numbers only; afterwards a forbidden system call kills.
        let status = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT) };
        assert_eq!(status, 0, "strict seccomp was refused");
    }
    // SAFETY: the role that calls this is alone in its process but for the test harness, which
    // waits; the C library makes its allocator usable in the child.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        inside(confine);
        // SAFETY: ends the one thread, by the one way that strict mode leaves.
        unsafe { libc::syscall(libc::SYS_exit, 0) };
    }
    let mut status = 0;
    // SAFETY: waits for the child made above; the pointer is to a local.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    status
}

/// Everything a writer and a reader do between opening and closing.
fn work(writer: &mut LoadWriter, reader: &LoadReader, into: &mut Load) {
    for round in 0..200 {
        writer.set_count(round);
        writer.set_name("a name").unwrap();
        writer.set_samples(&[1.5; 60]).unwrap();
        writer.set_note("x").unwrap();
        writer.update(|load| load.on = !load.on);
        let refused = writer.try_update(|load| {
            load.count = 0;
            load.samples.extend_from_slice(&[0.0; 64])
        });
        assert!(refused.is_err());
        writer.batch(|load| {
            load.set_count(round + 1);
            load.set_on(false);
        });
        let value = writer.get().clone();
        writer.publish(&value);
        assert_eq!(reader.snapshot().unwrap(), value);
        reader.snapshot_into(into).unwrap();
        assert_eq!(reader.count().unwrap(), round + 1);
        assert_eq!(reader.name().unwrap(), "a name");
        assert!(!reader.changed_since(reader.generation()));
        assert!(reader.wait_newer(0, Duration::ZERO).is_newer());
    }
}

fn open(path: &Path) -> (LoadWriter, LoadReader, Load) {
    let writer = LoadWriter::create_at(path).unwrap();
    let reader = LoadReader::open_at(path).unwrap();
    let value = writer.get().clone();
    (writer, reader, value)
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_work() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        // Here and not before the fork: a writer belongs to the process that made it.
        let (mut writer, reader, mut into) = open(&path);
        // The first publish stores the session; what comes after it is the same for ever.
        confine();
        work(&mut writer, &reader, &mut into);
        // Closing makes system calls.
        core::mem::forget((writer, reader));
    });
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status:#x}");
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_flush() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        let (mut writer, _reader, _) = open(&path);
        confine();
        let _ = writer.flush();
    });
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL);
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_work_with_a_sleeper() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        let (mut writer, reader, mut into) = open(&path);
        while sleepers(&path) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        confine();
        work(&mut writer, &reader, &mut into);
        core::mem::forget((writer, reader));
    });
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL);
}

#[test]
#[ignore = "a role of the tests below"]
fn stranger_who_locks_and_waits() {
    let Some(path) = support::role_path() else { return };
    let _locked = stranger::lock_everything(&path);
    let reader = LoadReader::open_at(&path).unwrap();
    stranger::say_ready();
    loop {
        // Closed as yet, and then for something that does not come.
        let _ = reader.wait_newer(u64::MAX - 1, Duration::from_secs(600));
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_work_after_a_killed_sleeper() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        let (mut writer, reader, mut into) = open(&path);
        let mut sleeper = support::Reaped(support::start("sleeper", &path));
        while sleepers(&path) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        sleeper.0.kill().unwrap();
        sleeper.0.wait().unwrap();
        // The one wake that it costs.
        writer.set_count(1);
        confine();
        work(&mut writer, &reader, &mut into);
        core::mem::forget((writer, reader, sleeper));
    });
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status:#x}");
}

#[test]
#[ignore = "a role of the tests below"]
fn sleeper() {
    let Some(path) = support::role_path() else { return };
    let reader = LoadReader::open_wait_at(path, Duration::from_secs(600)).unwrap();
    let _ = reader.wait(Duration::from_secs(600));
}

/// The highest generation that anybody sleeps for, as the file has it.
fn sleepers(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    u64::from_ne_bytes(bytes[8192..8200].try_into().unwrap())
}

/// Runs a role to its end.
fn succeeds(role: &str) {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let directory = tempfile::tempdir().unwrap();
    let mut child = support::start(role, &directory.path().join("load.bin"));
    assert!(child.wait().unwrap().success());
}

#[test]
fn publish_and_read_make_no_system_call() {
    succeeds("confined_work");
}

#[test]
fn a_system_call_would_have_been_noticed() {
    succeeds("confined_flush");
}

#[test]
fn a_sleeper_costs_a_system_call() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("load.bin");
    let mut child = support::start("confined_work_with_a_sleeper", &path);
    let _sleeper = support::Reaped(support::start("sleeper", &path));
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_killed_sleeper_costs_one_system_call_and_no_more() {
    succeeds("confined_work_after_a_killed_sleeper");
}

#[test]
fn a_stranger_who_locks_and_waits_costs_no_system_call() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let path = directory.path().join("load.bin");
    // Locks that are there before the writer's; it would refuse those that come later.
    drop(LoadWriter::options().path(&path).mode(0o644).create().unwrap());
    let Some(_stranger) = stranger::start("stranger_who_locks_and_waits", &path) else { return };
    let mut child = support::start("confined_work", &path);
    assert!(child.wait().unwrap().success());
}
