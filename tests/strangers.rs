//! Another user with read permission holds nobody up; split locks never give two writers.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/stranger.rs"]
mod stranger;
mod support;

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use commy::{CreateError, OpenError, WaitOutcome, create_reader, create_writer};
use support::format::file::WAKE;
use tempfile::TempDir;

#[create_writer(filename = "shared.bin")]
#[create_reader(filename = "shared.bin")]
#[derive(Debug, PartialEq)]
struct Shared {
    count: u64,
    copies: [u64; 100],
}

const PUBLISHES: u64 = 20_000;

/// A file of this mode in a directory that everybody may look into.
fn file(mode: u32) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let path = directory.path().join("shared.bin");
    let mut writer = SharedWriter::options().path(&path).mode(mode).create().unwrap();
    writer.set_count(0);
    (directory, path)
}

#[test]
#[ignore = "a role of the tests below"]
fn stranger_who_may_read() {
    let Some(path) = support::role_path() else { return };
    let reader = SharedReader::open_at(&path).unwrap();
    reader.snapshot().unwrap();

    // Nothing that changes the file, or its lock file, or their names, is allowed.
    let side = path.with_file_name("shared.bin.lock");
    assert!(File::options().write(true).open(&path).is_err());
    assert!(File::open(&side).is_err());
    assert!(fs::remove_file(&path).is_err() && fs::remove_file(&side).is_err());
    assert!(fs::rename(&path, path.with_file_name("moved")).is_err());
    assert!(fs::set_permissions(&path, Permissions::from_mode(0o666)).is_err());
    assert!(File::create(path.with_file_name(".shared.bin.commy-new")).is_err());
    let refused = SharedWriter::create_at(&path).unwrap_err();
    assert!(matches!(refused, CreateError::NotOwner { .. }), "{refused}");

    let _locked = stranger::lock_everything(&path);
    stranger::say_ready_and_wait();
}

/// How many sleepers the stranger below takes away.
const STOLEN: usize = 5;

/// Moves whoever sleeps for the next publish to another word of the file, where nobody rings: the
/// kernel lets everybody do so who may read the word.
#[test]
#[ignore = "a role of the test below"]
#[allow(unsafe_code, reason = "std has no futex")]
fn stranger_who_requeues_sleepers() {
    let Some(path) = support::role_path() else { return };
    let file = File::open(&path).unwrap();
    let map = memmap2::MmapOptions::new().map_raw_read_only(&file).unwrap();
    // SAFETY: both words are within the mapping, which is larger.
    let [wake, elsewhere] = [WAKE, WAKE + 64].map(|at| unsafe { map.as_ptr().add(at) });
    stranger::say_ready();
    let mut stolen = 0;
    while stolen < STOLEN {
        // SAFETY: the call takes two addresses that stay mapped, and numbers; it stores nothing.
        let moved = unsafe {
            libc::syscall(libc::SYS_futex, wake, libc::FUTEX_REQUEUE, 0, i32::MAX, elsewhere)
        };
        stolen += usize::try_from(moved).unwrap();
        thread::sleep(Duration::from_millis(1));
    }
    std::process::exit(0);
}

/// It can delay those who sleep, and no more: they look for themselves.
#[test]
fn a_stranger_who_takes_sleepers_away_hides_no_publish_from_them() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = file(0o644);
    let Some(mut thief) = stranger::start("stranger_who_requeues_sleepers", &path) else { return };
    let mut writer = SharedWriter::create_at(&path).unwrap();
    let reader = SharedReader::open_at(&path).unwrap();
    let mut seen = reader.file().generation();
    while thief.0.try_wait().unwrap().is_none() {
        let sleeper = reader.clone();
        let sleeping = thread::spawn(move || sleeper.wait_newer(seen, Duration::from_secs(60)));
        thread::sleep(Duration::from_millis(10));
        writer.set_count(seen);
        let outcome = sleeping.join().unwrap();
        assert_eq!(outcome, WaitOutcome::Newer(seen + 1));
        seen += 1;
    }
    assert!(thief.0.wait().unwrap().success());
}

/// Stops a process, so that whoever waited for it would wait for ever.
#[allow(unsafe_code, reason = "std can only kill")]
fn signal(child: &support::Reaped, signal: libc::c_int) {
    // SAFETY: sends a signal to a child that was not waited for yet; touches no memory.
    assert_eq!(unsafe { libc::kill(child.0.id() as libc::pid_t, signal) }, 0);
}

/// Opens a writer, publishes, and shows that a second one is refused and readers follow.
fn write_undisturbed(path: &Path, while_open: impl FnOnce()) {
    let mut writer = SharedWriter::create_at(path).unwrap();
    while_open();
    let reader = SharedReader::open_at(path).unwrap();
    for _ in 0..PUBLISHES {
        writer.update(|shared| {
            shared.count += 1;
            shared.copies = [shared.count; 100];
        });
    }
    assert_eq!(reader.snapshot().unwrap(), *writer.get());
    let second = SharedWriter::create_at(path).unwrap_err();
    assert!(matches!(second, CreateError::WriterBusy { .. }), "{second}");
}

#[test]
fn a_stranger_who_locked_the_whole_file_and_stopped_holds_up_no_writer() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = file(0o644);
    let Some(locker) = stranger::start("stranger_who_may_read", &path) else { return };
    signal(&locker, libc::SIGSTOP);
    write_undisturbed(&path, || {});
    write_undisturbed(&path, || {});
    signal(&locker, libc::SIGCONT);
    stranger::end(locker);
    assert_eq!(SharedReader::open_at(&path).unwrap().count().unwrap(), 2 * PUBLISHES);
}

#[test]
fn a_stranger_cannot_take_the_file_from_a_writer_that_has_it() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = file(0o644);
    if !stranger::is_possible() {
        return;
    }
    let mut reader = None;
    write_undisturbed(&path, || {
        // The writer's own lock is in the way of this one's, and stays.
        let child = stranger::start("stranger_who_only_reads", &path).unwrap();
        signal(&child, libc::SIGSTOP);
        reader = Some(child);
    });
    let reader = reader.unwrap();
    signal(&reader, libc::SIGCONT);
    stranger::end(reader);
}

#[test]
#[ignore = "a role of the test above"]
fn stranger_who_only_reads() {
    let Some(path) = support::role_path() else { return };
    let reader = SharedReader::open_at(&path).unwrap();
    reader.snapshot().unwrap();
    let file = File::open(&path).unwrap();
    file.lock_shared().unwrap();
    stranger::say_ready_and_wait();
}

#[test]
fn without_permission_to_read_there_is_no_reader() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = file(0o600);
    let Some(child) = stranger::start("stranger_who_may_not_read", &path) else { return };
    stranger::end(child);
}

#[test]
#[ignore = "a role of the test above"]
fn stranger_who_may_not_read() {
    let Some(path) = support::role_path() else { return };
    let refused = SharedReader::open_at(&path).unwrap_err();
    assert!(matches!(refused, OpenError::Permission { .. }), "{refused}");
    stranger::say_ready_and_wait();
}

#[test]
fn a_new_file_is_for_its_owner_alone_unless_asked_otherwise() {
    let directory = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = directory.path().join("private.bin");
    let _writer = SharedWriter::create_at(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    let path = directory.path().join("public.bin");
    let _writer = SharedWriter::options().path(&path).mode(0o644).create().unwrap();
    assert_eq!(mode(&path), 0o644);
}

#[test]
fn a_reader_refuses_an_owner_or_a_mode_that_it_does_not_trust() {
    let (_directory, path) = file(0o664);
    let owner = fs::metadata(&path).unwrap().uid();
    let options = || SharedReader::options().path(&path);
    assert!(options().require_owner(owner).open().is_ok());
    let refused = options().require_owner(owner + 1).open().unwrap_err();
    assert!(matches!(refused, OpenError::NotOwner { found, expected, .. }
            if found == owner && expected == owner + 1));
    let refused = options().refuse_group_or_other_write().open().unwrap_err();
    assert!(matches!(refused, OpenError::Mode { found: 0o664, refused: 0o020, .. }));
    fs::set_permissions(&path, Permissions::from_mode(0o602)).unwrap();
    let refused = options().refuse_group_or_other_write().open().unwrap_err();
    assert!(matches!(refused, OpenError::Mode { found: 0o602, refused: 0o002, .. }));
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let both = options().require_owner(owner).refuse_group_or_other_write();
    let reader = both.open().unwrap();
    // Opening again asks the same.
    fs::set_permissions(&path, Permissions::from_mode(0o646)).unwrap();
    assert!(matches!(reader.file().reopen(), Err(OpenError::Mode { .. })));
    assert_eq!(reader.count().unwrap(), 0);
}

#[test]
fn writers_that_race_by_every_name_while_lock_files_vanish_are_never_two() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (directory, path) = file(0o600);
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("elsewhere")).unwrap();
    symlink(&path, at("symbolic")).unwrap();
    fs::hard_link(&path, at("hard")).unwrap();
    fs::hard_link(&path, at("elsewhere/hard")).unwrap();
    let names = [path.clone(), at("symbolic"), at("hard"), at("elsewhere/hard")];
    let (writers, opened, refused) =
        (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let over = AtomicBool::new(false);
    let race = |name: &Path| {
        while !over.load(Ordering::Relaxed) {
            match SharedWriter::create_at(name) {
                Ok(mut writer) => {
                    assert_eq!(writers.fetch_add(1, Ordering::SeqCst), 0, "two writers at once");
                    let (before, generation) = (writer.get().count, writer.file().generation());
                    writer.set_count(before + 1);
                    thread::yield_now();
                    assert_eq!(writer.file().generation(), generation + 1);
                    writers.fetch_sub(1, Ordering::SeqCst);
                    opened.fetch_add(1, Ordering::Relaxed);
                }
                Err(CreateError::WriterBusy { .. }) => {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => panic!("{error}"),
            }
        }
    };
    let remove_locks = || {
        while !over.load(Ordering::Relaxed) {
            for lock in ["shared.bin.lock", "hard.lock", "elsewhere/hard.lock"] {
                let _ = fs::remove_file(at(lock));
            }
            thread::sleep(Duration::from_micros(200));
        }
    };
    thread::scope(|scope| {
        let race = &race;
        names.iter().for_each(|name| drop(scope.spawn(move || race(name))));
        scope.spawn(remove_locks);
        let started = Instant::now();
        let enough =
            || opened.load(Ordering::Relaxed) > 200 && refused.load(Ordering::Relaxed) > 200;
        while !enough() && started.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(10));
        }
        over.store(true, Ordering::Relaxed);
    });
    let (opened, refused) = (opened.into_inner(), refused.into_inner());
    assert!(opened > 200 && refused > 200, "{opened} opened and {refused} refused show nothing");
    // Every publish of every writer counted: none overwrote another's.
    assert_eq!(SharedReader::open_at(&path).unwrap().count().unwrap(), opened as u64);
}
