//! Who pays for the writer's fence: sleepers, where the kernel lets them (`membarrier`), else the
//! writer; and whoever may not call it is left asleep by nobody.
#![cfg(all(target_os = "linux", target_endian = "little"))]
#![allow(unsafe_code, reason = "a system call and a count that std lacks")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/seccomp.rs"]
mod seccomp;
#[path = "support/sleepers.rs"]
mod sleepers;
mod support;
#[path = "support/tick.rs"]
mod tick;

use core::time::Duration;
use std::io::{BufRead as _, Write as _};
use std::{io, thread};

use commy::WaitOutcome;
use sleepers::{BETWEEN, ringing, sleeps_within_a_second};
use tick::{LONG, TickReader, TickWriter};

const LAST: u64 = 30;

/// The result of `membarrier` with `command`.
fn membarrier(command: libc::c_int) -> libc::c_long {
    // SAFETY: takes three numbers and touches no memory of this process.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }
}

/// Makes `membarrier` fail with `EPERM` from now on, as sandboxes do.
fn forbid_membarrier() {
    seccomp::forbid(&[(libc::SYS_membarrier, libc::EPERM)]);
    assert_eq!(membarrier(0), -1, "it is still allowed");
}

#[test]
fn a_writer_leaves_its_fence_to_sleepers_where_the_kernel_has_membarrier() {
    // MEMBARRIER_CMD_QUERY tells of MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED.
    let is_there = membarrier(0) > 0 && membarrier(0) & 4 != 0;
    let (_directory, path) = support::place("tick.bin");
    let _writer = TickWriter::create_at(&path).unwrap();
    assert_eq!(ringing(&path), if is_there { 2 } else { 0 });
    let (_directory, path) = support::place("tick.bin");
    let _silent = TickWriter::options().path(&path).notify(false).create().unwrap();
    assert_eq!(ringing(&path), 1);
}

#[test]
fn a_writer_that_may_not_call_membarrier_fences_for_itself_and_wakes() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut child = support::Reaped(support::start("restricted_writer", &path));
    let mut publish_soon = {
        let mut stdin = child.0.stdin.take().unwrap();
        move || {
            thread::sleep(Duration::from_millis(3));
            stdin.write_all(b"\n").unwrap();
        }
    };
    let reader = TickReader::options().path(&path).open_wait(LONG).unwrap();
    for number in 1..=LAST {
        thread::scope(|scope| {
            scope.spawn(&mut publish_soon);
            assert_eq!(reader.wait_newer(number - 1, LONG), WaitOutcome::Newer(number));
        });
        assert_eq!(reader.number().unwrap(), number);
    }
    assert_eq!(ringing(&path), 0);
    drop(publish_soon);
    assert!(child.0.wait().unwrap().success());
}

#[test]
#[ignore = "a role of the test above"]
fn restricted_writer() {
    let Some(path) = support::role_path() else { return };
    forbid_membarrier();
    let mut writer = TickWriter::create_at(path).unwrap();
    for (number, _) in (1..).zip(io::stdin().lock().lines()) {
        writer.set_number(number);
    }
}

#[test]
fn a_reader_that_may_not_call_membarrier_is_not_left_asleep() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_at(&path).unwrap();
    let mut child = support::Reaped(support::start("restricted_reader", &path));
    for number in 1..=LAST {
        thread::sleep(Duration::from_millis(5));
        writer.set_number(number);
    }
    assert!(child.0.wait().unwrap().success());
}

#[test]
#[ignore = "a role of the test above"]
fn restricted_reader() {
    let Some(path) = support::role_path() else { return };
    forbid_membarrier();
    let reader = TickReader::open_at(path).unwrap();
    let mut seen = 0;
    while seen < LAST {
        match reader.wait_newer(seen, LONG) {
            WaitOutcome::Newer(generation) => seen = generation,
            other => unreachable!("{other:?}"),
        }
    }
    assert_eq!(reader.number().unwrap(), LAST);
}

#[test]
fn a_reader_that_may_not_call_membarrier_looks_for_itself() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let _idle = TickWriter::create_at(&path).unwrap();
    let mut child = support::Reaped(support::start("idle_reader", &path));
    assert!(child.0.wait().unwrap().success());
}

#[test]
#[ignore = "a role of the test above"]
fn idle_reader() {
    let Some(path) = support::role_path() else { return };
    let reader = TickReader::open_at(path).unwrap();
    if membarrier(0) > 0 {
        let sleeps = sleeps_within_a_second(|second| reader.wait_newer(0, second));
        assert!(sleeps < BETWEEN, "one that is woken slept {sleeps} times");
    }
    forbid_membarrier();
    let sleeps = sleeps_within_a_second(|second| reader.wait_newer(0, second));
    assert!(sleeps > BETWEEN, "one that nobody has to wake slept {sleeps} times");
}
