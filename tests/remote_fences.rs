//! Who pays for the writer's fence: sleepers, where the kernel lets them (`membarrier`), else the
//! writer; and whoever may not call it is left asleep by nobody.
#![cfg(all(target_os = "linux", target_endian = "little"))]
#![allow(unsafe_code, reason = "forbids a system call to the calling process")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/sleepers.rs"]
mod sleepers;
mod support;
#[path = "support/tick.rs"]
mod tick;

use core::time::Duration;
use std::io::{BufRead as _, Write as _};
use std::{io, thread};

use commy::WaitOutcome;
use sleepers::{BETWEEN, quiet, sleeps_within_a_second};
use tick::{LONG, TickReader, TickWriter};

const LAST: u64 = 30;

/// The result of `membarrier` with `command`.
fn membarrier(command: libc::c_int) -> libc::c_long {
    // SAFETY: takes three numbers and touches no memory of this process.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }
}

/// Makes `membarrier` fail with `EPERM` from now on, as sandboxes do.
fn forbid_membarrier() {
    const LOAD_NUMBER: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let refused = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    let mut steps = [
        step(LOAD_NUMBER, 0, 0, 0),
        step(IF_EQUAL, 0, 1, u32::try_from(libc::SYS_membarrier).unwrap()),
        step(RETURN, 0, 0, refused),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog { len: 4, filter: steps.as_mut_ptr() };
    // SAFETY: takes numbers only.
    let status = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(status, 0);
    // SAFETY: the kernel copies the four steps, which live until the end of this function.
    let status = unsafe {
        libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter, 0, 0)
    };
    assert_eq!(status, 0, "{}", io::Error::last_os_error());
    assert_eq!(membarrier(0), -1, "it is still allowed");
}

#[test]
fn a_writer_leaves_its_fence_to_sleepers_where_the_kernel_has_membarrier() {
    // MEMBARRIER_CMD_QUERY tells of MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED.
    let is_there = membarrier(0) > 0 && membarrier(0) & 4 != 0;
    let (_directory, path) = support::place("tick.bin");
    let _writer = TickWriter::create_at(&path).unwrap();
    assert_eq!(quiet(&path), if is_there { 2 } else { 0 });
    let (_directory, path) = support::place("tick.bin");
    let _quiet = TickWriter::options().path(&path).notify(false).create().unwrap();
    assert_eq!(quiet(&path), 1);
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
    let reader = TickReader::open_wait_at(&path, LONG).unwrap();
    for number in 1..=LAST {
        thread::scope(|scope| {
            scope.spawn(&mut publish_soon);
            assert_eq!(reader.wait_newer(number - 1, LONG), WaitOutcome::Newer(number));
        });
        assert_eq!(reader.number().unwrap(), number);
    }
    assert_eq!(quiet(&path), 0);
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
