//! What else can break views and the room that they hold: forks, views that share a lock, mappings,
//! many readers, strangers' locks, and writers that are killed again and again.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "fork, a bare exit and locks of a stranger")]

mod support;

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::{self, File};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use commy::{ReadError, WriteError, create_reader, create_writer};

#[create_writer(filename = "page.bin", growable)]
#[create_reader(filename = "page.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Page {
    serial: u64,
    text: String,
    #[commy(bytes)]
    image: Vec<u8>,
}

/// What follows from the number, so that a mix shows.
fn page(serial: u64, len: usize) -> Page {
    let letter = char::from(b'a' + (serial % 26) as u8);
    let text = letter.to_string().repeat(len);
    Page { serial, text, image: vec![serial as u8; len] }
}

fn is_whole(found: &Page, len: usize) -> bool {
    *found == page(found.serial, len)
}

fn publish(w: &mut PageWriter, serials: core::ops::Range<u64>, len: usize) {
    for serial in serials {
        w.publish(&page(serial, len)).unwrap();
    }
}

/// Runs `child` in a forked child of this process, which must return true.
fn in_a_forked_child(child: impl FnOnce() -> bool) {
    // SAFETY: the roles that call this are alone in their process but for the test harness, which
    // waits; the C library makes its allocator usable in the child.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        let code = i32::from(!catch_unwind(AssertUnwindSafe(child)).unwrap_or(false));
        // SAFETY: ends the process without running what belongs to the parent.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: waits for the child made above; the pointer is to a local.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status:#x}");
}

#[test]
#[ignore = "a role of the test below"]
fn parent_whose_child_drops_its_views() {
    let Some(path) = support::role_path() else { return };
    let mut w = PageWriter::create_at(&path).unwrap();
    publish(&mut w, 1..2, 5000);
    let reader = PageReader::open_at(&path).unwrap();
    let mut view = Some(reader.pin().unwrap());
    let mut kept = Some(reader.clone().into_pinned().unwrap());
    let mut own = Some(w.pin().unwrap());
    in_a_forked_child(|| {
        let (a, b, c) = (view.as_mut().unwrap(), kept.as_mut().unwrap(), own.as_mut().unwrap());
        let are_refused = a.text() == Err(ReadError::Forked)
            && a.snapshot() == Err(ReadError::Forked)
            && a.verify() == Err(ReadError::Forked)
            && b.image().load() == Err(ReadError::Forked)
            && b.serial() == Err(ReadError::Forked)
            && c.text() == Err(ReadError::Forked)
            && a.refresh() == Err(ReadError::Forked)
            && reader.pin().err() == Some(ReadError::Forked);
        drop((view.take(), kept.take(), own.take()));
        // What takes no lock works.
        are_refused
            && reader.serial() == Ok(1)
            && reader.text().is_ok_and(|text| text.len() == 5000)
    });
    publish(&mut w, 2..600, 5000);
    for view in [view.as_ref().unwrap(), kept.as_ref().unwrap(), own.as_ref().unwrap()] {
        assert!(view.snapshot().unwrap() == page(1, 5000));
        view.verify().unwrap();
    }
    assert!(w.file().stats().held > 0, "the pin is known");
    drop((view, kept, own));
    publish(&mut w, 600..700, 5000);
    assert_eq!(w.file().stats().held, 0);
}

#[test]
fn a_forked_child_that_drops_its_views_unlocks_nothing_and_cannot_use_them() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("page.bin");
    let mut child = support::start("parent_whose_child_drops_its_views", &path);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_first_of_two_views_that_is_dropped_unpins_nothing() {
    let (_directory, path) = support::place("page.bin");
    let mut w = PageWriter::create_at(&path).unwrap();
    publish(&mut w, 1..2, 5000);
    let reader = PageReader::open_at(&path).unwrap();
    // By one reader, by a clone of it, and by a reader of its own.
    let (first, second) = (reader.pin().unwrap(), reader.pin().unwrap());
    let third = reader.clone().into_pinned().unwrap();
    let other = PageReader::open_at(&path).unwrap().into_pinned().unwrap();
    drop((first, third, other));
    publish(&mut w, 2..600, 5000);
    assert!(second.snapshot().unwrap() == page(1, 5000));
    second.verify().unwrap();
    let mut moved = reader.pin().unwrap();
    let fixed = reader.pin().unwrap();
    publish(&mut w, 600..601, 5000);
    moved.refresh().unwrap();
    publish(&mut w, 601..1200, 5000);
    assert!(fixed.snapshot().unwrap() == page(599, 5000), "one that goes on leaves the other");
    assert!(moved.snapshot().unwrap() == page(600, 5000));
}

#[test]
fn a_mapping_keeps_no_lock() {
    let (_directory, path) = support::place("page.bin");
    let mut w = PageWriter::create_at(&path).unwrap();
    publish(&mut w, 1..2, 50_000);
    let reader = PageReader::open_at(&path).unwrap();
    for round in 0..5 {
        let view = PageReader::open_at(&path).unwrap().into_pinned().unwrap();
        publish(&mut w, 2..100, 50_000);
        assert!(view.snapshot().is_ok() && w.file().stats().held > 0, "round {round}");
        drop(view);
        publish(&mut w, 2..20, 50_000);
        assert_eq!(w.file().stats().held, 0, "round {round}");
        // The writer's own: while readers have the file mapped, the next one is not locked out.
        drop(w);
        w = PageWriter::create_at(&path).unwrap();
        assert!(reader.snapshot().unwrap() == page(19, 50_000));
    }
}

#[test]
fn pins_that_come_and_go_spare_those_that_stay() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("page.bin");
    let mut w = PageWriter::create_at(&path).unwrap();
    publish(&mut w, 1..2, 300);
    let reader = PageReader::open_at(&path).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let staying = |count: usize| {
            let reader = &reader;
            let is_over = &is_over;
            move || {
                let mut views = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    match reader.pin() {
                        Ok(view) => views.push(view),
                        Err(ReadError::Contended { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                    if views.len() > count {
                        views.remove(0);
                    }
                    for view in &views {
                        let found = view.snapshot().unwrap();
                        assert!(is_whole(&found, 300), "{}", found.serial);
                    }
                }
            }
        };
        let readers = [scope.spawn(staying(0)), scope.spawn(staying(1)), scope.spawn(staying(6))];
        publish(&mut w, 2..30_000, 300);
        is_over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn readers_that_refresh_in_turn_keep_the_file_bounded() {
    const READERS: usize = 24;
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("page.bin");
    let mut w = PageWriter::create_at(&path).unwrap();
    publish(&mut w, 1..2, 2000);
    let open = |_| PageReader::open_at(&path).unwrap().into_pinned().unwrap();
    let mut views: Vec<_> = (0..READERS).map(open).collect();
    let mut longest = [0; 2];
    for serial in 2..20_000 {
        w.publish(&page(serial, 2000)).unwrap();
        let view = &mut views[serial as usize % READERS];
        assert!(is_whole(&view.snapshot().unwrap(), 2000));
        view.refresh().unwrap();
        longest[usize::from(serial > 10_000)] = w.file().stats().file_len;
    }
    // Twenty-four generations of 4 KB, and what waits. All garbage would be 80 MB.
    assert!(longest[1] < 2 << 20, "{longest:?}");
    assert!(longest[1] <= longest[0] + (128 << 10), "it grows for ever: {longest:?}");
}

/// Where the byte of generation 0 is: docs/format.md.
const PIN_BASE: libc::off_t = (1 << 62) + 64;

/// Locks all generations for reading, by a handle that nobody else has; what is in front of that, the
/// writer has locked.
fn lock_everything(path: &Path) -> File {
    let file = File::open(path).unwrap();
    // SAFETY: all zeros is a value of this struct of integers.
    let mut lock: libc::flock = unsafe { core::mem::zeroed() };
    lock.l_type = libc::F_RDLCK as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock.l_start = PIN_BASE;
    // SAFETY: the handle is open, and the pointer is to a local that outlives the call.
    let locked = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) };
    assert_eq!(locked, 0);
    file
}

#[test]
fn a_lock_on_everything_fills_no_disk_and_spares_views_of_the_latest() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("page.bin");
    let options = || PageWriter::options().path(&path).garbage_budget(512 << 10);
    let mut w = options().max_size(4 << 20).create().unwrap();
    publish(&mut w, 1..2, 50_000);
    let reader = PageReader::open_at(&path).unwrap();
    let stranger = lock_everything(&path);
    let (mut evicted, mut longest) = (0, 0);
    for serial in 2..400 {
        let view = reader.pin().unwrap();
        // Of the latest generation: whatever is staged and taken back, it stays.
        let undone = w.transaction(|tx| {
            tx.set_image(&[0; 150_000])?;
            tx.set_text(&"x".repeat(150_000))?;
            Err::<(), _>(WriteError::Aborted)
        });
        assert_eq!(undone, Err(WriteError::Aborted));
        assert!(view.snapshot().unwrap() == page(serial - 1, 50_000));
        for more in 0..4 {
            w.publish(&page(serial, 50_000 + more)).unwrap();
        }
        w.publish(&page(serial, 50_000)).unwrap();
        match view.snapshot() {
            Ok(found) => assert!(found == page(serial - 1, 50_000)),
            Err(ReadError::Evicted { .. }) => evicted += 1,
            Err(error) => panic!("{error}"),
        }
        // Who does not pin reads on.
        assert!(reader.snapshot().unwrap() == page(serial, 50_000));
        longest = longest.max(w.file().stats().file_len);
    }
    assert!(evicted > 0, "all that is held is over the budget");
    assert!(longest < 2 << 20, "{longest} bytes");
    drop(stranger);
    publish(&mut w, 400..450, 50_000);
    assert_eq!(w.file().stats().held, 0);
}

const CRASH_BUDGET: u64 = 512 << 10;
const CRASH_LEN: usize = 20_000;
const CRASHES: u64 = 1000;

#[test]
#[ignore = "a role of the test below"]
fn writer_that_kills_itself() {
    let Some(path) = support::role_path() else { return };
    let mut w = PageWriter::options().path(&path).garbage_budget(CRASH_BUDGET).create().unwrap();
    let serial = w.snapshot().unwrap().serial + 1;
    publish(&mut w, serial..serial + 8, CRASH_LEN);
    // SAFETY: ends this process.
    unsafe { libc::raise(libc::SIGKILL) };
}

fn crash(path: &Path) -> u64 {
    let mut child = support::start("writer_that_kills_itself", path);
    assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
    fs::metadata(path).unwrap().len()
}

/// Each of them finds free room that it may not use while the old pin is there. Without an end to
/// that, each would grow the file by what it writes.
#[test]
fn writers_that_are_killed_again_and_again_do_not_grow_the_file_without_end() {
    let _watchdog = support::watchdog(Duration::from_secs(200));
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path().join("page.bin");
    let mut w = PageWriter::options().path(&path).garbage_budget(CRASH_BUDGET).create().unwrap();
    publish(&mut w, 1..10, CRASH_LEN);
    let live = w.file().stats().live;
    let view = PageReader::open_at(&path).unwrap().into_pinned().unwrap();
    w.quick_close();
    let at_first_restart = fs::metadata(&path).unwrap().len();
    let (mut longest, mut is_evicted) = (0, false);
    for round in 0..CRASHES {
        longest = longest.max(crash(&path));
        match view.snapshot() {
            Ok(found) => assert!(found == page(9, CRASH_LEN) && !is_evicted, "round {round}"),
            Err(ReadError::Evicted { .. }) => is_evicted = true,
            Err(error) => panic!("round {round}: {error}"),
        }
    }
    let bound = at_first_restart + CRASH_BUDGET + live;
    eprintln!("{at_first_restart} bytes at first, {longest} at most; {live} are live");
    assert!(longest <= bound, "{longest} bytes, of {bound}");
    let found = PageReader::open_at(&path).unwrap().snapshot().unwrap();
    assert!(found == page(9 + CRASHES * 8, CRASH_LEN));
}
