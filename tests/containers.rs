//! Writers and readers of one machine that do not know so: a container shows another boot id than
//! the host, and where `/proc` is not mounted there is none.
//!
//! A writer's lock proves that it lives under this kernel, once it has published.
#![cfg(all(target_os = "linux", target_endian = "little"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/mounts.rs"]
mod mounts;
#[path = "support/place.rs"]
mod place;
mod support;

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::thread;

use commy::{FileState, ReadError, Recovered, WaitOutcome, WriterState};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;
use support::format::file::KERNEL;

const LIMIT: Duration = Duration::from_secs(60);
/// What those who read look for last.
const LAST: u64 = 40;

/// Publishes until the others have seen enough.
fn publish_until_ended(writer: &mut LedgerWriter, others: &mut support::Reaped) {
    for number in 3.. {
        if let Some(status) = others.0.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        writer.publish(&Ledger::of(number));
        thread::sleep(Duration::from_millis(1));
    }
}

/// A reader sees values as they are published, none of them older than `number`.
fn follows(reader: &LedgerReader, mut number: u64) {
    while number < LAST {
        let ledger = reader.snapshot().unwrap();
        assert!(ledger.is_whole() && ledger.number >= number, "{} after {number}", ledger.number);
        number = ledger.number;
    }
    assert_eq!(reader.file().state(), FileState::Live);
}

/// The bytes of the file as they would be after a restart, and with a torn slot.
fn as_of_another_boot(bytes: &mut [u8], number: u64) {
    bytes[KERNEL] ^= 0xff;
    let last = Ledger::of(number).entries[1099].to_le_bytes();
    let at = bytes.windows(8).rposition(|window| window == last).unwrap();
    bytes[at] ^= 0xff;
}

#[test]
#[ignore = "a role of the test below"]
fn reader_in_a_container() {
    let Some(path) = support::role_path() else { return };
    mounts::fake_boot_id(path.parent().unwrap());
    let reader = LedgerReader::open_at(&path).unwrap();
    assert_eq!(reader.file().writer_state(), WriterState::Alive);
    follows(&reader, 2);
}

#[test]
fn a_reader_in_a_container_follows_a_writer_of_the_host() {
    let _watchdog = support::watchdog(LIMIT);
    for is_durable in [false, true] {
        let place = Place::new();
        let mut writer =
            LedgerWriter::options().path(place.path()).durable(is_durable).create().unwrap();
        writer.publish(&Ledger::of(1));
        // The checkpoint is older than what the writer vouches for, and not to be shown.
        writer.flush().unwrap();
        writer.publish(&Ledger::of(2));
        let Some(mut child) = mounts::start("reader_in_a_container", &place.path()) else { return };
        publish_until_ended(&mut writer, &mut child);
    }
}

#[test]
#[ignore = "a role of the test below"]
fn early_reader_in_a_container() {
    let Some(path) = support::role_path() else { return };
    mounts::fake_boot_id(path.parent().unwrap());
    let reader = LedgerReader::open_at(&path).unwrap();
    // Nobody vouches yet: the writer was killed.
    assert_eq!(reader.number().unwrap(), 1);
    assert_eq!(reader.file().state(), FileState::Checkpoint);
    fs::write(path.with_extension("seen"), "").unwrap();
    let outcome = reader.wait_newer(1, LIMIT);
    assert!(matches!(outcome, WaitOutcome::Newer(_)), "{outcome:?}");
    follows(&reader, 2);
}

#[test]
#[ignore = "a role of the test below"]
fn durable_writer_that_is_killed() {
    let Some(path) = support::role_path() else { return };
    let mut writer = LedgerWriter::options().path(&path).durable(true).create().unwrap();
    writer.publish(&Ledger::of(1));
    writer.flush().unwrap();
    writer.publish(&Ledger::of(2));
    std::process::abort();
}

/// The writer that comes changes nothing but the voucher, and takes the lock.
#[test]
fn a_reader_in_a_container_that_shows_a_checkpoint_goes_over_to_a_writer_that_comes() {
    let _watchdog = support::watchdog(LIMIT);
    let place = Place::new();
    let mut killed = support::start("durable_writer_that_is_killed", &place.path());
    assert!(!killed.wait().unwrap().success());
    let role = "early_reader_in_a_container";
    let Some(mut child) = mounts::start(role, &place.path()) else { return };
    while !place.path().with_extension("seen").exists() {
        assert!(child.0.try_wait().unwrap().is_none(), "the reader ended early");
        thread::sleep(Duration::from_millis(1));
    }
    let mut writer = place.writer();
    assert_eq!((writer.file().recovered(), writer.get().number), (Recovered::Live, 2));
    publish_until_ended(&mut writer, &mut child);
}

#[test]
#[ignore = "a role of the test below"]
fn writer_in_a_container() {
    let Some(path) = support::role_path() else { return };
    mounts::fake_boot_id(path.parent().unwrap());
    let mut writer = LedgerWriter::create_at(&path).unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Lost);
    fs::write(path.with_extension("opened"), "").unwrap();
    while !path.with_extension("refused").exists() {
        thread::sleep(Duration::from_millis(1));
    }
    for number in 3.. {
        writer.publish(&Ledger::of(number));
        if path.with_extension("seen").exists() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_reader_of_the_host_follows_a_writer_in_a_container_from_its_first_publish_on() {
    let _watchdog = support::watchdog(LIMIT);
    let place = Place::new();
    let mut writer = LedgerWriter::create_at(place.path()).unwrap();
    writer.publish(&Ledger::of(1));
    writer.publish(&Ledger::of(2));
    let mut bytes = fs::read(place.path()).unwrap();
    drop(writer);
    as_of_another_boot(&mut bytes, 2);
    // Over the file itself: it stays the same one, for which somebody has vouched.
    fs::write(place.path(), bytes).unwrap();
    let Some(mut child) = mounts::start("writer_in_a_container", &place.path()) else { return };
    while !place.path().with_extension("opened").exists() {
        assert!(child.0.try_wait().unwrap().is_none(), "the writer ended early");
        thread::sleep(Duration::from_millis(1));
    }
    // It has the file, and all its locks, and has not published: what is there is torn.
    let reader = place.reader();
    assert_eq!(reader.file().writer_state(), WriterState::Alive);
    assert_eq!(reader.snapshot().unwrap_err(), ReadError::NeedsWriter);
    assert_eq!(reader.wait_newer(0, Duration::from_millis(250)), WaitOutcome::TimedOut);
    assert_eq!(place.reader().snapshot().unwrap_err(), ReadError::NeedsWriter);

    fs::write(place.path().with_extension("refused"), "").unwrap();
    assert!(reader.wait_newer(0, LIMIT).is_newer());
    follows(&reader, 3);
    follows(&place.reader(), 3);
    fs::write(place.path().with_extension("seen"), "").unwrap();
    assert!(child.0.wait().unwrap().success());
    // It was believed once, by a lock, and so is the last value.
    assert!(reader.snapshot().unwrap().is_whole());
}

#[test]
#[ignore = "a role of the test below"]
fn both_in_a_container() {
    let Some(path) = support::role_path() else { return };
    mounts::fake_boot_id(path.parent().unwrap());
    let mut killed = support::start("durable_writer_that_is_killed", &path);
    assert!(!killed.wait().unwrap().success());
    let reader = LedgerReader::open_at(&path).unwrap();
    assert_eq!((reader.number().unwrap(), reader.file().state()), (2, FileState::Live));
    let writer = LedgerWriter::options().path(&path).durable(true).create().unwrap();
    assert_eq!((writer.file().recovered(), writer.get().number), (Recovered::Live, 2));
}

#[test]
fn a_container_is_a_machine_of_its_own_for_those_in_it() {
    mounts::succeeds("both_in_a_container", &Place::new().path());
}

/// Covers `/proc` with an empty directory.
fn hide_proc() {
    assert!(mounts::mount(&["-t", "tmpfs", "tmpfs"], Path::new("/proc")));
    assert!(!Path::new("/proc/sys").exists());
}

#[test]
#[ignore = "a role of the test below"]
fn reader_without_proc() {
    let Some(path) = support::role_path() else { return };
    hide_proc();
    let reader = LedgerReader::open_at(&path).unwrap();
    follows(&reader, 2);
}

#[test]
#[ignore = "a role of the test below"]
fn alone_without_proc() {
    let Some(path) = support::role_path() else { return };
    hide_proc();
    let reader = LedgerReader::open_at(&path).unwrap();
    let on_disk = reader.file().state() != FileState::Live;
    if on_disk {
        assert_eq!(reader.file().state(), FileState::UnknownKernel);
        assert_eq!(reader.snapshot().unwrap_err(), ReadError::NeedsWriter);
    }
    // Nothing fails, and what is published is read.
    let mut writer = LedgerWriter::create_at(&path).unwrap();
    assert_eq!(writer.file().recovered(), if on_disk { Recovered::Lost } else { Recovered::Live });
    writer.publish(&Ledger::of(5));
    assert_eq!(reader.snapshot().unwrap(), Ledger::of(5));
    assert_eq!(LedgerReader::open_at(&path).unwrap().file().state(), FileState::Live);
    drop(writer);
    // In memory no file outlives a kernel, so that none has to be known.
    let memory = path.with_file_name("memory");
    assert!(mounts::mount(&["-t", "tmpfs", "tmpfs"], &memory));
    let live = memory.join("ledger.bin");
    let mut writer = LedgerWriter::create_at(&live).unwrap();
    writer.publish(&Ledger::of(6));
    let copy = fs::read(&live).unwrap();
    assert_eq!(LedgerReader::open_at(&live).unwrap().file().state(), FileState::Live);
    fs::write(memory.join("copy.bin"), copy).unwrap();
    let copy = LedgerReader::open_at(memory.join("copy.bin")).unwrap();
    assert_eq!(copy.file().state(), FileState::UnknownKernel);
}

#[test]
fn who_finds_no_boot_id_goes_by_the_lock_and_says_so() {
    let _watchdog = support::watchdog(LIMIT);
    let place = Place::new();
    let mut writer = LedgerWriter::create_at(place.path()).unwrap();
    writer.publish(&Ledger::of(1));
    writer.publish(&Ledger::of(2));
    let Some(mut child) = mounts::start("reader_without_proc", &place.path()) else { return };
    publish_until_ended(&mut writer, &mut child);
    core::mem::forget(writer);

    let place = Place::new();
    let mut killed = support::start("durable_writer_that_is_killed", &place.path());
    assert!(!killed.wait().unwrap().success());
    fs::remove_file(place.checkpoints()).unwrap();
    mounts::succeeds("alone_without_proc", &place.path());
}
