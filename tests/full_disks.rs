//! Disks that are full after a file was opened: a store that finds no block for its page ends the
//! process, so that every page has its own from the start, or opening is refused.
//!
//! Whoever is ended by `SIGBUS` here fails its test, because it is a process of its own.
#![cfg(target_os = "linux")]
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
use std::process::Command;

use commy::{CreateError, FlushError, OpenError};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;

const LIMIT: Duration = Duration::from_secs(120);

fn copy(arguments: &[&str], from: &Path, to: &Path) -> bool {
    Command::new("cp").args(arguments).arg(from).arg(to).status().unwrap().success()
}

/// Each publish goes to pages that the disk has got just before, so that the store is a first one.
fn publish_to_clean_pages(writer: &mut LedgerWriter, path: &Path) {
    for number in 10..30 {
        writer.publish(&Ledger::of(number));
        mounts::sync(path).unwrap();
    }
}

#[test]
#[ignore = "a role of the test below"]
fn writer_on_btrfs() {
    let Some(path) = support::role_path() else { return };
    let at = path.with_file_name("disk");
    if !mounts::mount_image("btrfs", 128, &at) {
        return;
    }
    let path = at.join("ledger.bin");
    let mut writer = LedgerWriter::options().path(&path).durable(true).create().unwrap();
    writer.publish(&Ledger::of(1));
    mounts::sync(&path).unwrap();
    let reader = LedgerReader::open_at(&path).unwrap();
    mounts::fill(&at);
    publish_to_clean_pages(&mut writer, &path);
    // The checkpoints have their blocks, too.
    match writer.flush() {
        Ok(()) | Err(FlushError::Io { .. }) => {}
        Err(other) => panic!("{other}"),
    }
    // A reader registers on a page of its own.
    let _ = reader.wait(Duration::from_millis(20));
    assert_eq!(reader.snapshot().unwrap(), Ledger::of(29));
    drop(writer);
    assert_eq!(LedgerReader::open_at(&path).unwrap().snapshot().unwrap(), Ledger::of(29));
}

#[test]
fn a_writer_on_a_full_btrfs_goes_on() {
    let _watchdog = support::watchdog(LIMIT);
    mounts::succeeds("writer_on_btrfs", &Place::new().path());
}

#[test]
#[ignore = "a role of the test below"]
fn writer_of_a_reflink() {
    let Some(path) = support::role_path() else { return };
    let at = path.with_file_name("disk");
    if !mounts::mount_image("xfs", 300, &at) {
        return;
    }
    let (path, twin) = (at.join("ledger.bin"), at.join("twin.bin"));
    let mut writer = LedgerWriter::create_at(&path).unwrap();
    for number in 1..=8 {
        writer.publish(&Ledger::of(number));
    }
    drop(writer);
    mounts::sync(&path).unwrap();
    if !copy(&["--reflink=always"], &path, &twin) {
        return;
    }
    fs::write(at.join("twin.bin.lock"), "").unwrap();
    let filler = mounts::fill(&at);
    match LedgerWriter::create_at(&twin) {
        Err(CreateError::StorageFull { .. }) => {}
        Err(other) => panic!("{other}"),
        // It has found enough for all its pages: then it can store to all of them.
        Ok(mut writer) => publish_to_clean_pages(&mut writer, &twin),
    }
    assert_eq!(LedgerReader::open_at(&twin).unwrap().snapshot().unwrap(), Ledger::of(8));
    fs::remove_file(filler).unwrap();
    let mut writer = LedgerWriter::create_at(&twin).unwrap();
    mounts::fill(&at);
    publish_to_clean_pages(&mut writer, &twin);
    assert_eq!(LedgerReader::open_at(&path).unwrap().snapshot().unwrap(), Ledger::of(8));
}

#[test]
fn a_file_that_shares_its_blocks_gets_its_own_when_a_writer_opens_it() {
    let _watchdog = support::watchdog(LIMIT);
    mounts::succeeds("writer_of_a_reflink", &Place::new().path());
}

#[test]
#[ignore = "a role of the test below"]
fn reader_of_a_sparse_copy() {
    let Some(path) = support::role_path() else { return };
    let at = path.with_file_name("memory");
    if !mounts::mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"], &at) {
        return;
    }
    let (live, sparse) = (at.join("ledger.bin"), at.join("sparse.bin"));
    let mut writer = LedgerWriter::create_at(&live).unwrap();
    writer.publish(&Ledger::of(1));
    drop(writer);
    // Slots to which nothing was published are zeros, and become holes.
    assert!(copy(&["--sparse=always"], &live, &sparse));
    // With room, holes are nothing to see.
    assert_eq!(LedgerReader::open_at(&sparse).unwrap().snapshot().unwrap(), Ledger::of(1));
    assert!(copy(&["--sparse=always"], &live, &at.join("second.bin")));
    fs::write(at.join("second.bin.lock"), "").unwrap();
    let filler = mounts::fill(&at);
    let second = at.join("second.bin");
    let refused = LedgerReader::open_at(&second).unwrap_err();
    let OpenError::Sparse { path, hole, needed, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*path, second);
    assert_eq!(hole + needed, fs::metadata(&second).unwrap().len());
    // What has its pages is read though the disk is full.
    assert_eq!(LedgerReader::open_at(&live).unwrap().snapshot().unwrap(), Ledger::of(1));
    let refused = LedgerWriter::create_at(&second).unwrap_err();
    assert!(matches!(refused, CreateError::StorageFull { .. }), "{refused}");
    fs::remove_file(filler).unwrap();
    assert_eq!(LedgerReader::open_at(&second).unwrap().snapshot().unwrap(), Ledger::of(1));
}

#[test]
fn a_reader_looks_for_holes_where_there_may_be_no_room_for_them() {
    let _watchdog = support::watchdog(LIMIT);
    mounts::succeeds("reader_of_a_sparse_copy", &Place::new().path());
}
