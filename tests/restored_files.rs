//! A file that was put back from a copy is believed only if a writer has vouched for it since, even
//! if it has the number of the inode, and the device, of the file that it was copied from.
//!
//! The copies here are torn on purpose, as one is that was made while a writer published.
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
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use commy::{FileState, ReadError, Recovered};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;

/// How often the number of an inode is waited for to come back.
const TRIES: usize = 64;

/// A writer that is killed after it has published `number`.
#[test]
#[ignore = "a role of the tests below"]
fn writer_that_is_killed() {
    let Some(path) = support::role_path() else { return };
    let mut writer = LedgerWriter::create_at(&path).unwrap();
    for number in 1..=7 {
        writer.publish(&Ledger::of(number));
    }
    std::process::abort();
}

fn killed_writer(path: &Path) {
    let mut child = support::start("writer_that_is_killed", path);
    assert!(!child.wait().unwrap().success());
    assert_eq!(LedgerReader::open_at(path).unwrap().snapshot().unwrap(), Ledger::of(7));
}

/// The bytes of the file with one word of every slot changed: a copy that holds mixes only.
fn torn(path: &Path) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    for number in 1..=7u64 {
        let last = Ledger::of(number).entries[1099].to_le_bytes();
        let found = bytes.windows(8).rposition(|window| window == last);
        if let Some(at) = found {
            bytes[at] ^= 0xff;
        }
    }
    bytes
}

fn number(path: &Path) -> (u64, u64) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.dev(), metadata.ino())
}

/// Nothing of the restored file is shown, and what a writer publishes then is.
fn is_not_believed(path: &Path) {
    let reader = LedgerReader::open_at(path).unwrap();
    assert_eq!(reader.snapshot().unwrap_err(), ReadError::NeedsWriter);
    assert_eq!(reader.file().state(), FileState::NeedsWriter);
    let mut writer = LedgerWriter::create_at(path).unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Lost);
    assert_eq!(reader.snapshot().unwrap_err(), ReadError::NeedsWriter);
    writer.publish(&Ledger::of(50));
    assert_eq!(reader.snapshot().unwrap(), Ledger::of(50));
    assert_eq!(reader.file().state(), FileState::Live);
}

/// Puts `bytes` back by `restore` until the file has its old number again; false if it never has.
fn until_it_has_its_number(path: &Path, bytes: &[u8], restore: fn(&Path, &[u8])) -> bool {
    let before = number(path);
    let came_back = (0..TRIES).any(|_| {
        restore(path, bytes);
        number(path) == before
    });
    if !came_back {
        eprintln!("skipped: numbers of inodes do not come back on this file system");
    }
    came_back
}

fn by_rename(path: &Path, bytes: &[u8]) {
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, path).unwrap();
}

fn in_place_of_the_removed(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn restored_by(restore: fn(&Path, &[u8]), place: &Place) {
    killed_writer(&place.path());
    let bytes = torn(&place.path());
    if until_it_has_its_number(&place.path(), &bytes, restore) {
        is_not_believed(&place.path());
    }
}

#[test]
fn a_copy_is_not_believed_when_the_number_of_the_inode_comes_back() {
    for restore in [by_rename, in_place_of_the_removed] {
        restored_by(restore, &Place::new());
    }
}

#[test]
#[ignore = "a role of the test below"]
fn restorer_on_other_file_systems() {
    let Some(path) = support::role_path() else { return };
    let at = path.with_file_name("disk");
    // Old ones have inodes too small for the time of birth.
    for (kind, mebibytes) in
        [("ext4", 16), ("ext2", 16), ("xfs", 300), ("btrfs", 128), ("vfat", 16)]
    {
        let options: &[&str] = if kind == "ext2" { &["-I", "128"] } else { &[] };
        let image = at.with_extension(kind);
        fs::File::create(&image).unwrap().set_len(mebibytes << 20).unwrap();
        let mut make = Command::new(format!("mkfs.{kind}"));
        make.args(options).arg(&image).stdout(Stdio::null()).stderr(Stdio::null());
        let is_made = make.status().is_ok_and(|status| status.success());
        if !is_made || !mounts::mount(&["-o", "loop", image.to_str().unwrap()], &at) {
            eprintln!("skipped: {kind}");
            continue;
        }
        for restore in [by_rename, in_place_of_the_removed] {
            let inside = Place { dir: tempfile::tempdir_in(&at).unwrap() };
            restored_by(restore, &inside);
        }
        mounts::unmount(&at);
    }
}

#[test]
fn a_copy_is_not_believed_on_other_file_systems_either() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let place = Place::new();
    mounts::succeeds("restorer_on_other_file_systems", &place.path());
}

#[test]
#[ignore = "a role of the test below"]
fn restorer_in_memory() {
    let Some(path) = support::role_path() else { return };
    let at = path.with_file_name("memory");
    let mut came_back = 0;
    for _ in 0..TRIES {
        if !mounts::mount(&["-t", "tmpfs", "tmpfs"], &at) {
            return;
        }
        let live = at.join("ledger.bin");
        killed_writer(&live);
        let (before, bytes) = (number(&live), torn(&live));
        mounts::unmount(&at);
        assert!(mounts::mount(&["-t", "tmpfs", "tmpfs"], &at));
        // As many files as the killed writer made before this one.
        fs::write(at.join("ledger.bin.lock"), "").unwrap();
        fs::write(&live, &bytes).unwrap();
        if number(&live) == before {
            came_back += 1;
            is_not_believed(&live);
        }
        mounts::unmount(&at);
    }
    if came_back == 0 {
        eprintln!("skipped: neither numbers of inodes nor of tmpfs come back with this kernel");
    }
}

#[test]
fn a_copy_is_not_believed_in_memory_that_was_mounted_again() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let place = Place::new();
    mounts::succeeds("restorer_in_memory", &place.path());
}

/// The slots of the restored file are older than what was flushed, and torn.
#[test]
fn a_durable_writer_goes_on_from_the_checkpoint_and_not_from_a_restored_file() {
    let place = Place::new();
    let mut writer = place.writer();
    writer.publish(&Ledger::of(1));
    let old = fs::read(place.path()).unwrap();
    writer.publish(&Ledger::of(2));
    writer.flush().unwrap();
    drop(writer);
    if !until_it_has_its_number(&place.path(), &old, by_rename) {
        return;
    }
    assert_eq!(place.reader().snapshot().unwrap(), Ledger::of(2));
    let writer = place.writer();
    assert_eq!((writer.file().recovered(), writer.get().number), (Recovered::Checkpoint, 2));
    assert_eq!(place.reader().snapshot().unwrap(), Ledger::of(2));
}

#[test]
fn a_file_that_is_only_moved_stays_believed() {
    let place = Place::new();
    killed_writer(&place.path());
    let moved = place.dir.path().join("moved.bin");
    fs::rename(place.path(), &moved).unwrap();
    fs::hard_link(&moved, place.path()).unwrap();
    for path in [place.path(), moved] {
        assert_eq!(LedgerReader::open_at(&path).unwrap().snapshot().unwrap(), Ledger::of(7));
        assert_eq!(LedgerWriter::create_at(&path).unwrap().file().recovered(), Recovered::Live);
    }
}
