//! The disk has what a checkpoint leads to before the checkpoint, and what it refuses is told and made
//! good: of records that grow.
//!
//! A filter of system calls stands for the disk. It writes the data file whatever it answers: so a page
//! that the kernel takes for written, and a refusal says was not, is seen to be written again.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/pages.rs"]
mod pages;
#[path = "support/pages_place.rs"]
mod pages_place;
#[path = "support/seccomp.rs"]
mod seccomp;
mod support;

use core::mem;
use core::ops::Range;
use core::time::Duration;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Mutex;

use commy::{CreateError, FlushError, Recovered};
use pages::{Pages, PagesWriter};
use pages_place::{Place, publish};
use support::Random;
use support::format::file::DURABLE;

const NONE: Range<usize> = 0..0;
const FLUSH: [&str; 2] = ["fdatasync pages.bin", "fdatasync pages.bin.ckpt"];

/// A disk, with the syncs that it was asked for.
struct Disk {
    syncs: Mutex<Vec<String>>,
    /// The numbers of those that it refuses.
    refused: Mutex<Range<usize>>,
    /// For each sync of the data file: how many kilobytes the kernel would write, and has.
    dirty: Mutex<Vec<(u64, u64)>>,
}

impl Disk {
    /// Does `work` on a disk; not at all where the kernel has no such filters.
    fn with(work: impl FnOnce(&Self) + Send) {
        let _watchdog = support::watchdog(Duration::from_secs(60));
        let (syncs, refused) = (Mutex::new(Vec::new()), Mutex::new(NONE));
        let disk = Self { syncs, refused, dirty: Mutex::new(Vec::new()) };
        let calls = [libc::SYS_fsync, libc::SYS_fdatasync];
        seccomp::answering(&calls, |call, path| disk.sync(call, &path), || work(&disk));
    }

    fn sync(&self, call: libc::c_long, path: &Path) -> libc::c_int {
        let call = if call == libc::SYS_fdatasync { "fdatasync" } else { "fsync" };
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "pages.bin" {
            self.dirty.lock().unwrap().push(dirty(path));
            // Whatever it answers: afterwards the kernel takes the pages for written.
            File::open(path).unwrap().sync_data().unwrap();
        }
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
        self.dirty.lock().unwrap().clear();
        mem::take(&mut self.syncs.lock().unwrap())
    }
}

/// How many kilobytes of the mapped file are dirty, and how many are mapped in all.
fn dirty(path: &Path) -> (u64, u64) {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap();
    let (mut is_ours, mut dirty, mut all) = (false, 0, 0);
    for line in maps.lines() {
        let kilobytes = || line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
        match line.split_whitespace().next().unwrap_or("") {
            "Size:" if is_ours => all += kilobytes(),
            "Shared_Dirty:" | "Private_Dirty:" if is_ours => dirty += kilobytes(),
            first if !first.ends_with(':') => is_ours = line.ends_with(path.to_str().unwrap()),
            _ => {}
        }
    }
    (dirty, all)
}

#[test]
fn the_data_file_is_synced_before_the_checkpoint_and_neither_if_nothing_was_published() {
    let Some(place) = Place::new() else { return };
    Disk::with(|disk| {
        let mut writer = place.writer();
        for number in 1..5 {
            disk.take();
            publish(&mut writer, number);
            assert!(disk.take().is_empty());
            writer.flush().unwrap();
            assert_eq!(disk.take(), FLUSH);
            writer.flush().unwrap();
            assert!(disk.take().is_empty());
        }
        publish(&mut writer, 5);
        drop(writer);
        assert_eq!(disk.take(), FLUSH);
        // What an orderly end has left is durable.
        let writer = place.writer();
        assert_eq!(disk.take(), ["fdatasync pages.bin.ckpt", "fsync directory"]);
        drop(writer);
        assert!(disk.take().is_empty());
    });
}

#[test]
fn after_a_sync_that_failed_there_is_no_checkpoint_and_all_of_the_file_is_written_again() {
    let Some(place) = Place::new() else { return };
    Disk::with(|disk| {
        let mut writer = place.writer();
        writer.set_bytes(&vec![7; 300_000]).unwrap();
        publish(&mut writer, 1);
        writer.flush().unwrap();
        let synced = fs::read(place.checkpoints()).unwrap();
        // Without a failure, little is written.
        publish(&mut writer, 2);
        disk.take();
        writer.flush().unwrap();
        let (little, all) = disk.dirty.lock().unwrap()[0];
        assert!(little < all / 2, "{little} of {all} kB");
        let flushed = fs::read(place.checkpoints()).unwrap();
        assert_ne!(synced, flushed);

        disk.refuse(0..2);
        for number in [3, 4] {
            publish(&mut writer, number);
            let refused = writer.flush().unwrap_err();
            let FlushError::Io { path, source, .. } = &refused else { panic!("{refused}") };
            assert_eq!((path, source.raw_os_error()), (&place.path(), Some(libc::EIO)));
            assert!(fs::read(place.checkpoints()).unwrap() == flushed);
        }
        assert_eq!(disk.syncs.lock().unwrap().clone(), ["fdatasync pages.bin"; 2]);
        let again = disk.dirty.lock().unwrap().clone();
        assert!(again[1].0 >= again[1].1 * 9 / 10, "{again:?}");
        disk.refuse(NONE);
        writer.flush().unwrap();
        let (written, all) = disk.dirty.lock().unwrap()[0];
        assert!(written >= all * 9 / 10, "{written} of {all} kB");
        // And then no more.
        publish(&mut writer, 5);
        disk.take();
        writer.flush().unwrap();
        let (little, all) = disk.dirty.lock().unwrap()[0];
        assert!(little < all / 2, "{little} of {all} kB");
        drop(writer);
        place.cut_power();
        assert_eq!(place.found(), (Recovered::Checkpoint, Pages::of(5)));
    });
}

#[test]
fn after_a_flush_that_failed_both_what_the_disk_may_have_is_kept() {
    let Some(place) = Place::new() else { return };
    Disk::with(|disk| {
        let mut random = Random(7);
        let mut number = 0;
        let mut next = || {
            number += 1;
            number
        };
        for _ in 0..10 {
            let mut writer = place.writer();
            let durable = next();
            publish(&mut writer, durable);
            writer.flush().unwrap();
            let older = fs::read(place.checkpoints()).unwrap();
            // The write of the checkpoint has reached the disk, or not: nobody knows.
            disk.refuse(1..2);
            let refused_number = next();
            publish(&mut writer, refused_number);
            let refused = writer.flush().unwrap_err();
            assert!(matches!(refused, FlushError::Io { path, .. } if path == place.checkpoints()));
            let newer = fs::read(place.checkpoints()).unwrap();
            disk.refuse(NONE);
            for _ in 0..20 + random.below(20) {
                publish(&mut writer, next());
            }
            let live = fs::read(place.path()).unwrap();
            drop(writer);
            for (kept, number) in [(older, durable), (newer, refused_number)] {
                fs::write(place.path(), &live).unwrap();
                fs::write(place.checkpoints(), kept).unwrap();
                place.cut_power();
                assert_eq!(place.found(), (Recovered::Checkpoint, Pages::of(number)));
            }
        }
    });
}

#[test]
fn after_any_sync_that_failed_nothing_older_than_the_last_flush_is_believed() {
    let Some(place) = Place::new() else { return };
    Disk::with(|disk| {
        let mut number = 0;
        // Which sync of a flush fails, in how many flushes in a row, and whether one succeeds then.
        for (sync, flushes, recovers) in (0..FLUSH.len())
            .flat_map(|sync| (1..4).flat_map(move |n| [(sync, n, false), (sync, n, true)]))
        {
            let mut writer = place.writer();
            let mut next = |writer: &mut PagesWriter| {
                number += 1;
                publish(writer, number);
                number
            };
            let durable = next(&mut writer);
            writer.flush().unwrap();
            let mut refused = durable;
            for _ in 0..flushes {
                refused = next(&mut writer);
                disk.refuse(sync..sync + 1);
                writer.flush().unwrap_err();
                assert_eq!(disk.take(), FLUSH[..=sync]);
                next(&mut writer);
            }
            disk.refuse(NONE);
            let newest = next(&mut writer);
            let allowed = if recovers {
                writer.flush().unwrap();
                next(&mut writer);
                newest..newest + 1
            } else {
                durable..refused + 1
            };
            let (live, checkpoints) =
                (fs::read(place.path()).unwrap(), fs::read(place.checkpoints()).unwrap());
            drop(writer);
            fs::write(place.path(), live).unwrap();
            fs::write(place.checkpoints(), checkpoints).unwrap();
            place.cut_power();
            let (recovered, found) = place.found();
            assert_eq!(recovered, Recovered::Checkpoint);
            assert!(
                found.is_whole() && allowed.contains(&found.number),
                "{}, {allowed:?}",
                found.number
            );
            if sync == 0 && !recovers {
                assert_eq!(found.number, durable, "no checkpoint without its heap");
            }
            number += 10;
        }
    });
}

#[test]
fn each_sync_of_a_writer_that_opens_a_file_can_make_it_fail() {
    let Some(place) = Place::new() else { return };
    Disk::with(|disk| {
        let mut writer = place.plain().create().unwrap();
        publish(&mut writer, 1);
        let live = fs::read(place.path()).unwrap();
        drop(writer);
        fs::write(place.path(), live).unwrap();
        // What no checkpoint names is flushed.
        let syncs = ["fsync directory", FLUSH[0], FLUSH[1]];
        for number in 0..syncs.len() {
            // Also what it tries when it ends.
            disk.refuse(number..usize::MAX);
            let refused = place.options().create().unwrap_err();
            assert!(matches!(refused, CreateError::Io { .. }), "{refused}");
            let asked = disk.take();
            assert_eq!(asked[..=number], syncs[..=number]);
            disk.refuse(NONE);
            let found = place.reader().snapshot().unwrap();
            assert_eq!(found, Pages::of(1));
        }
        assert_eq!(place.found().1, Pages::of(1));

        // Who gives checkpoints up says so on the disk, or leaves them.
        let durable = place.word(DURABLE);
        assert_ne!(durable, 0);
        disk.refuse(0..1);
        let refused = place.plain().create().unwrap_err();
        assert!(matches!(refused, CreateError::Io { doing: "flush", .. }), "{refused}");
        assert_eq!(disk.take(), [FLUSH[0]]);
        assert_eq!(place.word(DURABLE), durable);
    });
}

#[test]
fn the_directory_of_a_file_that_is_to_outlast_power_cuts_is_synced() {
    let Some(place) = Place::new() else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    Disk::with(|disk| {
        let options = place.options().checkpoint_path(elsewhere.path().join("pages.ckpt"));
        drop(options.create().unwrap());
        let asked = disk.take();
        let directories = asked.iter().filter(|sync| **sync == "fsync directory").count();
        assert_eq!(directories, 2, "{asked:?}");
    });
}
