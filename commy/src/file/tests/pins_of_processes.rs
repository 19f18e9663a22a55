//! Pins of processes that are forked, killed, or may only read the file.
#![allow(unsafe_code, reason = "fork and a bare exit")]

use std::os::unix::process::CommandExt as _;
use std::process::Child;
use std::thread;

use super::super::pins::{FilePins, PinError};
use super::pins::Pinned;
use super::*;
use crate::format::locks::PIN_BASE;
use crate::publish::reclaim::{Lost, Pin, PinLocks, ReclaimWords, pin};
use crate::sync::AtomicU64;
use crate::sys::{self, ByteLock};

/// Seconds after which the kernel ends a child that waits for a thread it does not have.
const PATIENCE: u32 = 30;

/// Forks; the child ends at once with whether `child` is true, and runs nothing else.
pub(super) fn is_true_in_a_child(child: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child calls only `child`, which drops pins, asks for locks and may allocate, for
    // which the C library prepares its allocator; then it ends.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork failed");
    if pid == 0 {
        // SAFETY: sets a timer of this process, which nobody here sets or waits for.
        unsafe { libc::alarm(PATIENCE) };
        let code = i32::from(!child());
        // SAFETY: ends the process without running anything of the parent's.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: waits for the child made above; the pointer is to a local.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
}

/// A pin of generation 1.
fn pin_of(pinned: &Pinned, words: ReclaimWords<'_>) -> Pin<Proven, FilePins> {
    let writer = writer(&pinned.path.with_extension("other")).unwrap();
    publish(&writer, 1, 1);
    pin(writer.slots(), words, &pinned.pins, |_| ()).unwrap().0
}

#[test]
fn a_forked_child_that_drops_a_pin_leaves_it_to_its_parent() {
    let pinned = Pinned::new();
    let (reclaimed, evicted) = (AtomicU64::new(0), AtomicU64::new(0));
    let words = ReclaimWords { reclaimed: &reclaimed, evicted: &evicted };
    let mut pin = Some(pin_of(&pinned, words));
    assert!(is_true_in_a_child(|| {
        let is_lost = pin.as_ref().unwrap().check(words) == Err(Lost::Forked);
        drop(pin.take());
        is_lost
    }));
    assert!(pinned.is_pinned(1));
    assert_eq!(pin.as_ref().unwrap().check(words), Ok(()));
    // The control: one that unlocks takes the lock from its parent.
    let file = File::open(&pinned.path).unwrap();
    let set = |lock| sys::try_lock_bytes(&file, PIN_BASE + 5, 1, lock).unwrap();
    assert!(set(ByteLock::Shared) && pinned.is_pinned(5));
    assert!(is_true_in_a_child(|| set(ByteLock::Free)));
    assert!(!pinned.is_pinned(5));
}

#[test]
fn a_forked_child_is_refused_and_never_waits_for_its_parents_threads() {
    let pinned = Pinned::new();
    pinned.pins.lock(3).unwrap();
    // The child has the mutex as it is now, and no thread that would give it back.
    let range = pinned.pins.lock_from(5).unwrap();
    let mut held = Some(range);
    assert!(is_true_in_a_child(|| {
        let is_refused = |result| matches!(result, Err(PinError::Forked { .. }));
        pinned.pins.unlock(3);
        let refused =
            is_refused(pinned.pins.lock(7)) && is_refused(pinned.pins.lock_from(7).map(drop));
        drop(held.take());
        refused
    }));
    assert_eq!([3, 4, 5, 90].map(|at| pinned.is_pinned(at)), [true, false, true, true]);
    drop(held);
    assert_eq!([3, 4, 5, 90].map(|at| pinned.is_pinned(at)), [true, false, false, false]);
    // What the child opens is its own.
    assert!(is_true_in_a_child(|| {
        let file = File::open(&pinned.path).unwrap();
        FilePins::open(&pinned.path, &file).unwrap().lock(8).is_ok()
    }));
    assert!(!pinned.is_pinned(8), "its process is gone");
}

const ROLE: &str = "COMMY_TEST_HOLD_PIN_OF";

/// Not a test by itself: the process that the next tests start and kill.
#[test]
fn role_holds_a_pin_until_it_is_killed() {
    let Some(path) = env::var_os(ROLE) else { return };
    let path = Path::new(&path);
    let pins = FilePins::open(path, &File::open(path).unwrap()).unwrap();
    pins.lock(7).unwrap();
    let _range = pins.lock_from(20).unwrap();
    // Past the test harness, which keeps what a test prints.
    std::io::Write::write_all(&mut std::io::stdout(), b"\nholding\n").unwrap();
    loop {
        thread::park();
    }
}

/// Starts `program`, which is this test program, as a process that holds pins.
fn holder(program: &Path, path: &Path, user: Option<u32>) -> Child {
    let mut command = Command::new(program);
    command
        .args(["--exact", "file::tests::pins_of_processes::role_holds_a_pin_until_it_is_killed"])
        .args(["--nocapture"])
        .env(ROLE, path)
        .current_dir("/")
        .stdout(Stdio::piped());
    user.map(|user| command.uid(user).gid(user));
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "holding"), "the child ended early");
    child
}

#[test]
fn a_process_that_is_killed_leaves_no_pin() {
    let pinned = Pinned::new();
    pinned.pins.lock(7).unwrap();
    let mut child = holder(&env::current_exe().unwrap(), &pinned.path, None);
    assert_eq!([6, 7, 20, 90].map(|at| pinned.is_pinned(at)), [false, true, true, true]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!([6, 7, 20, 90].map(|at| pinned.is_pinned(at)), [false, true, false, false]);
    pinned.pins.unlock(7);
    assert!(!pinned.is_pinned(7), "it was the parent's own");
}

#[test]
fn who_may_only_read_the_file_can_pin() {
    let pinned = Pinned::new();
    fs::set_permissions(&pinned.path, fs::Permissions::from_mode(0o444)).unwrap();
    let file = File::open(&pinned.path).unwrap();
    let pins = FilePins::open(&pinned.path, &file).unwrap();
    pins.lock(4).unwrap();
    assert!(pinned.is_pinned(4));

    let dir = pinned.path.parent().unwrap();
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    if std::os::unix::fs::chown(&pinned.path, Some(65_533), None).is_err() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    // By `cp`: a copy that this process had open for writing could not be run.
    let program = dir.join("program");
    let copied = Command::new("cp").arg(env::current_exe().unwrap()).arg(&program).status();
    assert!(copied.unwrap().success());
    let mut child = holder(&program, &pinned.path, Some(65_534));
    assert_eq!([7, 20].map(|at| pinned.is_pinned(at)), [true, true]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!([4, 7, 20].map(|at| pinned.is_pinned(at)), [true, false, false]);
}

#[test]
fn a_reader_that_is_dropped_in_a_child_unlocks_nothing() {
    let pinned = Pinned::new();
    let mut pins = Some(FilePins::open(&pinned.path, &File::open(&pinned.path).unwrap()).unwrap());
    pins.as_ref().unwrap().lock(6).unwrap();
    assert!(is_true_in_a_child(|| {
        drop(pins.take());
        true
    }));
    assert!(pinned.is_pinned(6));
    pins.unwrap().unlock(6);
    assert!(!pinned.is_pinned(6));
}
