//! What is said to be durable was synced, and a sync that fails is told.
//!
//! A filter of system calls stands for the disk: it sees each sync that the library asks for, and
//! what it is of, and refuses those that it shall refuse.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/place.rs"]
mod place;
#[path = "support/seccomp.rs"]
mod seccomp;
mod support;

use core::mem;
use core::ops::Range;
use core::time::Duration;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use commy::{CreateError, FlushError, ReadError, Recovered};
use ledger::{Ledger, LedgerWriter};
use place::Place;

const NONE: Range<usize> = 0..0;
const ALL: Range<usize> = 0..usize::MAX;

/// The syncs of a durable creation or replacement: what both files hold is on the disk before
/// either has its name.
const CREATION: [&str; 4] = [
    "fsync .ledger.bin.commy-new",
    "fsync .ledger.bin.ckpt.commy-new",
    "fsync directory",
    "fsync directory",
];
const FLUSH: [&str; 1] = ["fdatasync ledger.bin.ckpt"];
/// An earlier writer may have been refused what it asked for, or have died before it asked.
const REOPENING: [&str; 2] = ["fdatasync ledger.bin.ckpt", "fsync directory"];

/// A disk, with the syncs that it was asked for.
#[derive(Default)]
struct Disk {
    syncs: Mutex<Vec<String>>,
    /// The numbers of those that it refuses.
    refused: Mutex<Range<usize>>,
}

impl Disk {
    /// Does `work` on a disk; not at all where the kernel has no such filters.
    fn with(work: impl FnOnce(&Self) + Send) {
        let _watchdog = support::watchdog(Duration::from_secs(60));
        let disk = Self::default();
        let calls = [libc::SYS_fsync, libc::SYS_fdatasync];
        seccomp::answering(&calls, |call, path| disk.sync(call, &path), || work(&disk));
    }

    fn sync(&self, call: libc::c_long, path: &Path) -> libc::c_int {
        let call = if call == libc::SYS_fdatasync { "fdatasync" } else { "fsync" };
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut syncs = self.syncs.lock().unwrap();
        let is_refused = self.refused.lock().unwrap().contains(&syncs.len());
        syncs.push(format!("{call} {}", if path.is_dir() { "directory" } else { name }));
        if is_refused { libc::EIO } else { 0 }
    }

    /// From now on refuses the syncs of these numbers, the next one being 0.
    fn refuse(&self, refused: Range<usize>) {
        self.take();
        *self.refused.lock().unwrap() = refused;
    }

    /// The syncs since the last call.
    fn take(&self) -> Vec<String> {
        mem::take(&mut self.syncs.lock().unwrap())
    }
}

/// Publishes the value with this number.
fn publish(writer: &mut LedgerWriter, number: u64) {
    writer.publish(&Ledger::of(number));
}

fn assert_refused(refused: &CreateError, doing_what: &str, to: &Path) {
    let CreateError::Io { path, doing, source, .. } = refused else { panic!("{refused}") };
    assert_eq!((path.as_path(), *doing, source.raw_os_error()), (to, doing_what, Some(libc::EIO)));
}

fn assert_not_flushed(refused: &FlushError, error: libc::c_int, to: &Path) {
    let FlushError::Io { path, source, .. } = refused else { panic!("{refused}") };
    assert_eq!((path.as_path(), source.raw_os_error()), (to, Some(error)));
}

/// What a restart finds if the disk has every other sector of what was written to the checkpoints
/// since they held the bytes `synced`.
fn half_written(place: &Place, synced: &[u8]) -> Place {
    let cut = place.restarted();
    let mut bytes = fs::read(cut.checkpoints()).unwrap();
    assert_eq!(bytes.len(), synced.len());
    for (sector, old) in bytes.chunks_mut(512).zip(synced.chunks(512)).step_by(2) {
        sector.copy_from_slice(old);
    }
    fs::write(cut.checkpoints(), bytes).unwrap();
    cut
}

#[test]
fn a_flush_is_one_sync_of_the_checkpoints_and_none_if_nothing_was_published() {
    Disk::with(|disk| {
        let place = Place::new();
        let mut writer = place.writer();
        disk.take();
        for number in [1, 2, 3] {
            publish(&mut writer, number);
            assert!(disk.take().is_empty());
            writer.flush().unwrap();
            assert_eq!(disk.take(), FLUSH);
            writer.flush().unwrap();
            assert!(disk.take().is_empty());
        }
        publish(&mut writer, 4);
        publish(&mut writer, 5);
        drop(writer);
        assert_eq!(disk.take(), FLUSH);
        let writer = place.writer();
        assert_eq!(disk.take(), REOPENING);
        drop(writer);
        assert!(disk.take().is_empty());
    });
}

#[test]
fn a_flush_that_the_disk_refuses_is_an_error_and_the_older_checkpoint_survives() {
    Disk::with(|disk| {
        let place = Place::new();
        let mut writer = place.writer();
        publish(&mut writer, 1);
        writer.flush().unwrap();
        let synced = fs::read(place.checkpoints()).unwrap();
        disk.refuse(ALL);
        for number in [2, 3] {
            publish(&mut writer, number);
            // Asked for again, it is not taken for done.
            for _ in 0..2 {
                assert_not_flushed(&writer.flush().unwrap_err(), libc::EIO, &place.checkpoints());
                assert_eq!(disk.take(), FLUSH);
            }
            let cut = half_written(&place, &synced);
            assert_eq!(cut.reader().snapshot().unwrap(), Ledger::of(1));
            assert_eq!(place.reader().snapshot().unwrap(), Ledger::of(number));
        }
        disk.refuse(NONE);
        assert_eq!(half_written(&place, &synced).writer().get(), &Ledger::of(1));
        writer.flush().unwrap();
        let after = place.restarted().writer();
        assert_eq!(
            (after.file().recovered(), after.get()),
            (Recovered::Checkpoint, &Ledger::of(3))
        );
    });
}

#[test]
fn each_sync_of_a_durable_creation_can_make_it_fail() {
    Disk::with(|disk| {
        for number in 0..CREATION.len() {
            let place = Place::new();
            let (file, checkpoints) = (place.path(), place.checkpoints());
            disk.refuse(number..number + 1);
            let refused = place.try_writer().unwrap_err();
            assert_eq!(disk.take(), CREATION[..=number]);
            assert_refused(&refused, "write", if number % 2 == 0 { &file } else { &checkpoints });
            assert_eq!(fs::read_dir(&place.dir).unwrap().count(), 0, "something was left over");

            // The next writer makes good what this one could not, the name above all.
            disk.refuse(NONE);
            let mut writer = place.writer();
            assert_eq!(disk.take().last().unwrap(), "fsync directory");
            publish(&mut writer, 1);
            writer.flush().unwrap();
            assert_eq!(place.restarted().reader().snapshot().unwrap(), Ledger::of(1));
        }
        let place = Place::new();
        disk.refuse(NONE);
        drop(place.writer());
        assert_eq!(disk.take(), CREATION);
    });
}

#[test]
fn each_sync_of_a_durable_replacement_can_make_it_fail() {
    Disk::with(|disk| {
        for number in 0..=CREATION.len() {
            let place = Place::new();
            disk.refuse(NONE);
            let mut old = place.writer();
            publish(&mut old, 1);
            drop(old);
            disk.refuse(number..number + 1);
            let replaced = place.replacing().durable(true).create();
            if number == CREATION.len() {
                assert_eq!(disk.take(), CREATION);
                assert_eq!(replaced.unwrap().file().recovered(), Recovered::Fresh);
                continue;
            }
            assert_eq!(disk.take(), CREATION[..=number]);
            let path = if number % 2 == 0 { place.path() } else { place.checkpoints() };
            assert_refused(&replaced.unwrap_err(), "write", &path);
            // Both new files are complete before the old one loses its name.
            let expected = if number < 2 { Ok(Ledger::of(1)) } else { Err(ReadError::Empty) };
            assert_eq!(place.reader().snapshot(), expected);
        }
    });
}

#[test]
fn each_sync_of_a_writer_that_finds_checkpoints_can_make_it_fail() {
    Disk::with(|disk| {
        let place = Place::new();
        let mut writer = place.writer();
        publish(&mut writer, 1);
        drop(writer);
        for (number, doing) in ["flush", "write"].into_iter().enumerate() {
            disk.refuse(number..number + 1);
            assert_refused(&place.try_writer().unwrap_err(), doing, &place.checkpoints());
            assert_eq!(disk.take(), REOPENING[..=number]);
        }
        disk.refuse(NONE);
        let writer = place.writer();
        assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Live, &Ledger::of(1)));
    });
}

#[test]
fn what_shall_not_be_durable_syncs_nothing() {
    Disk::with(|disk| {
        let place = Place::new();
        let mut writer = LedgerWriter::create_at(place.path()).unwrap();
        publish(&mut writer, 1);
        drop(writer);
        drop(place.replacing().create().unwrap());
        assert!(disk.take().is_empty());
    });
}

#[test]
fn a_write_that_the_disk_refuses_is_the_error_it_gave() {
    for error in [libc::EIO, libc::ENOSPC] {
        let place = Place::new();
        let mut writer = place.writer();
        publish(&mut writer, 1);
        writer.flush().unwrap();
        publish(&mut writer, 2);
        let refused = || {
            seccomp::forbid(&[(libc::SYS_pwrite64, error)]);
            writer.flush().unwrap_err()
        };
        let refused = thread::scope(|scope| scope.spawn(refused).join().unwrap());
        assert_not_flushed(&refused, error, &place.checkpoints());
        assert_eq!(place.restarted().reader().snapshot().unwrap(), Ledger::of(1));
        writer.flush().unwrap();
        assert_eq!(place.restarted().reader().snapshot().unwrap(), Ledger::of(2));
    }
}
