//! Publishing and reading make no system call: shown where the kernel kills whoever makes one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "fork, prctl and a bare exit")]

#[path = "support/growable_paths.rs"]
mod growable_paths;
#[path = "support/hot_paths.rs"]
mod hot_paths;
#[path = "support/sleepers.rs"]
mod sleepers;
#[path = "support/stranger.rs"]
mod stranger;
mod support;
#[path = "support/traced.rs"]
mod traced;

use core::time::Duration;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::SystemTime;

use commy::Recovered;
use growable_paths::GROWN_PATHS;
use hot_paths::{Ends, HOT_PATHS, LoadReader, LoadWriter, TIMED_PATHS};
use sleepers::{Patient, sleepers};

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

fn work(ends: &mut Ends) {
    for _ in 0..200 {
        for (_, path) in HOT_PATHS {
            path(ends);
        }
    }
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_work() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        // Here and not before the fork: a writer belongs to the process that made it.
        let mut ends = hot_paths::open(&path);
        // The first publish stores the session; what comes after it is the same for ever.
        confine();
        work(&mut ends);
        // Closing makes system calls.
        core::mem::forget(ends);
    });
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status:#x}");
    assert_ne!(support::steady_generation(&path), 0);
}

#[test]
#[ignore = "a role of the test below"]
fn counted_work_with_times() {
    let Some(path) = support::role_path() else { return };
    let mut ends = hot_paths::open_timed(&path);
    traced::mark();
    let _ = core::hint::black_box(SystemTime::now());
    traced::mark();
    // The first publish included: what it stores of the session is asked for when the file is opened.
    for (_, path) in TIMED_PATHS.iter().cycle().take(200 * TIMED_PATHS.len()) {
        path(&mut ends);
    }
    traced::mark();
}

#[test]
fn a_publish_that_says_its_time_makes_no_system_call_where_the_clock_makes_none() {
    let (_directory, path) = support::place("load.bin");
    let counted = traced::count("counted_work_with_times", &path);
    let Some([clock, publishes]) = counted.as_deref() else {
        assert_eq!(counted, None, "marks are missing");
        return;
    };
    if clock.all != 0 {
        eprintln!("skipped: to ask for the time is a system call on this machine");
        return;
    }
    assert_eq!(publishes.all, 0);
    assert_ne!(support::steady_generation(&path), 0);
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_work_on_what_grows() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        let mut ends = growable_paths::open_grown(&path);
        // The allocator asks the system for memory the first time.
        let mut work = |rounds| {
            for _ in 0..rounds {
                GROWN_PATHS.iter().for_each(|(_, _, path)| path(&mut ends));
                growable_paths::snapshot(&mut ends);
            }
        };
        work(1);
        confine();
        work(200);
        core::mem::forget(ends);
    });
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status:#x}");
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_growth() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        let mut ends = growable_paths::open_grown(&path);
        let text = "x".repeat(8 << 20);
        confine();
        let _ = ends.writer.set_long(&text);
    });
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL);
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_flush() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        let mut ends = hot_paths::open(&path);
        confine();
        let _ = ends.writer.flush();
    });
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL);
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_work_with_a_sleeper() {
    let Some(path) = support::role_path() else { return };
    let status = confined(|confine| {
        let mut ends = hot_paths::open(&path);
        while sleepers(&path) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        confine();
        work(&mut ends);
        core::mem::forget(ends);
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
        let mut ends = hot_paths::open(&path);
        let mut sleeper = support::Reaped(support::start("sleeper", &path));
        while sleepers(&path) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        sleeper.0.kill().unwrap();
        sleeper.0.wait().unwrap();
        // The one wake that it costs.
        ends.writer.set_count(1);
        confine();
        work(&mut ends);
        core::mem::forget((ends, sleeper));
    });
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status:#x}");
}

#[test]
#[ignore = "a role of the tests below"]
fn confined_first_publish() {
    let Some(path) = support::role_path() else { return };
    let origin = path.with_extension("origin");
    let mut live = LoadWriter::create_at(&origin).unwrap();
    live.set_count(1);
    // The copy of a live file: its writer has nothing to vouch for before it publishes.
    fs::copy(&origin, &path).unwrap();
    let status = confined(|confine| {
        let mut writer = LoadWriter::create_at(&path).unwrap();
        assert_eq!(writer.file().recovered(), Recovered::Lost);
        let _sleeper = Patient::register(&path);
        confine();
        writer.set_count(2);
    });
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL);
    assert_eq!(LoadReader::open_at(&path).unwrap().count().unwrap(), 2);
}

#[test]
#[ignore = "a role of the tests below"]
fn sleeper() {
    let Some(path) = support::role_path() else { return };
    let reader = LoadReader::options().path(path).open_wait(Duration::from_secs(600)).unwrap();
    // For what does not come: the writer may publish before it looks for a sleeper.
    let _ = reader.wait_newer(u64::MAX - 1, Duration::from_secs(600));
}

/// Runs a role to its end.
fn succeeds(role: &str) {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("load.bin");
    let mut child = support::start(role, &path);
    assert!(child.wait().unwrap().success());
}

#[test]
fn publish_and_read_make_no_system_call() {
    succeeds("confined_work");
}

#[test]
fn short_reads_and_writes_of_what_grows_make_no_system_call() {
    succeeds("confined_work_on_what_grows");
}

#[test]
fn a_heap_that_grows_would_have_been_noticed() {
    succeeds("confined_growth");
}

#[test]
fn a_system_call_would_have_been_noticed() {
    succeeds("confined_flush");
}

#[test]
fn a_sleeper_costs_a_system_call() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("load.bin");
    let mut child = support::start("confined_work_with_a_sleeper", &path);
    let _sleeper = support::Reaped(support::start("sleeper", &path));
    assert!(child.wait().unwrap().success());
}

/// The system call is what wakes: a writer that is killed as it makes it has done the rest.
#[test]
fn who_is_woken_by_a_first_publish_believes_it() {
    succeeds("confined_first_publish");
}

#[test]
fn a_killed_sleeper_costs_one_system_call_and_no_more() {
    succeeds("confined_work_after_a_killed_sleeper");
}

#[test]
fn a_stranger_who_locks_and_waits_costs_no_system_call() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (directory, path) = support::place("load.bin");
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    // Locks that are there before the writer's; it would refuse those that come later.
    drop(LoadWriter::options().path(&path).mode(0o644).create().unwrap());
    let Some(_stranger) = stranger::start("stranger_who_locks_and_waits", &path) else { return };
    let mut child = support::start("confined_work", &path);
    assert!(child.wait().unwrap().success());
}
