//! What is flushed of a record that grows outlasts power cuts, failing disks and kills, and a
//! checkpoint is believed only with the very heap that it leads to.
//!
//! A restart is played by another kernel's word in the data file: then nothing is believed but what a
//! checkpoint, or an orderly close, vouches for. A disk that fails is a filter of system calls.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "how a role tells what it has done")]

#[path = "support/pages.rs"]
mod pages;
#[path = "support/seccomp.rs"]
mod seccomp;
mod support;

use core::ops::Range;
use core::time::Duration;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::{env, mem, thread};

use commy::growable::{RefusedCheckpoint, WriterOptions};
use commy::{CreateError, FlushError, OnMismatch, ReadError, Recovered};
use pages::{Pages, PagesReader, PagesWriter};
use support::format::file::{CLEAN, DURABLE, KERNEL};
use support::format::{self, area, header, word};
use support::{Random, names};
use tempfile::TempDir;

struct Place {
    dir: TempDir,
}

impl Place {
    /// `None` where temporary files are in memory.
    fn new() -> Option<Self> {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        match place.options().create() {
            Err(CreateError::OptionMismatch { option: "durable", .. }) => {
                eprintln!("skipped: temporary files are in memory");
                None
            }
            writer => {
                drop(writer.unwrap());
                Some(place)
            }
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("pages.bin")
    }

    fn checkpoints(&self) -> PathBuf {
        self.dir.path().join("pages.bin.ckpt")
    }

    fn options(&self) -> WriterOptions<Pages, PagesWriter> {
        self.plain().durable(true)
    }

    /// Without checkpoints.
    fn plain(&self) -> WriterOptions<Pages, PagesWriter> {
        PagesWriter::options().path(self.path())
    }

    fn writer(&self) -> PagesWriter {
        self.options().create().unwrap()
    }

    fn reader(&self) -> PagesReader {
        PagesReader::open_at(self.path()).unwrap()
    }

    /// The value that a writer goes on from, and where that is from.
    fn found(&self) -> (Recovered, Pages) {
        let writer = self.writer();
        (writer.file().recovered(), writer.snapshot().unwrap())
    }

    /// The machine starts again, and all that was written has reached the disk.
    fn restart(&self) {
        assert_ne!(self.word(KERNEL), 0, "nobody has vouched");
        self.set_word(KERNEL, 1);
    }

    /// The same, and nothing says that the last writer ended well.
    fn cut_power(&self) {
        self.restart();
        self.set_word(CLEAN, 0);
    }

    fn word(&self, at: usize) -> u64 {
        word(&fs::read(self.path()).unwrap(), at)
    }

    fn set_word(&self, at: usize, word: u64) {
        let live = File::options().write(true).open(self.path()).unwrap();
        live.write_all_at(&word.to_ne_bytes(), at as u64).unwrap();
    }

    /// Copies both files, as users do.
    fn copied_to(&self, other: &Self) {
        for (from, to) in [(self.path(), other.path()), (self.checkpoints(), other.checkpoints())] {
            fs::remove_file(&to).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
}

fn publish(writer: &mut PagesWriter, number: u64) {
    Pages::publish(writer, number).unwrap();
}

#[test]
fn a_writer_goes_on_from_what_was_flushed_under_a_generation_of_its_own() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Fresh);
    assert!(writer.file().is_durable());
    writer.flush().unwrap();
    for number in 1..=20 {
        publish(&mut writer, number);
        if number == 12 {
            writer.flush().unwrap();
        }
    }
    let at_20 = fs::read(place.path()).unwrap();
    drop(writer);
    // The power fails: no drop, and what the drop has flushed was not.
    let checkpoints = fs::read(place.checkpoints()).unwrap();
    let (first, stride) = (
        format::offset(&checkpoints, header::SLOTS),
        format::offset(&checkpoints, header::SLOT_STRIDE),
    );
    let newer = (0..2).max_by_key(|index| word(&checkpoints, first + index * stride)).unwrap();
    let at = (first + newer * stride) as u64;
    File::options()
        .write(true)
        .open(place.checkpoints())
        .unwrap()
        .write_all_at(&vec![0; stride], at)
        .unwrap();
    fs::write(place.path(), at_20).unwrap();
    place.restart();

    assert_eq!(place.reader().number().unwrap_err(), ReadError::NeedsWriter);
    let mut writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert_eq!((writer.file().generation(), writer.snapshot().unwrap()), (21, Pages::of(12)));
    assert_eq!(place.reader().snapshot().unwrap(), Pages::of(12));
    let reader = place.reader();
    let shown = reader.pin().unwrap();
    for number in 13..=40 {
        publish(&mut writer, number);
        assert_eq!(shown.snapshot().unwrap(), Pages::of(12));
    }
    drop(shown);
    // Nothing was flushed since: the same is found again, whatever was used again meanwhile.
    let live = fs::read(place.path()).unwrap();
    let kept = fs::read(place.checkpoints()).unwrap();
    drop(writer);
    fs::write(place.path(), live).unwrap();
    fs::write(place.checkpoints(), kept).unwrap();
    place.restart();
    assert_eq!(place.found(), (Recovered::Checkpoint, Pages::of(12)));
}

/// A writer that died may have announced generations for reuse that no root on the disk is of.
#[test]
fn a_restored_value_is_above_all_that_was_announced_for_reuse() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    publish(&mut writer, 1);
    drop(writer);
    place.cut_power();
    for word in [format::file::RECLAIMED, format::file::EVICTED] {
        place.set_word(word, 700);
    }
    let mut writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert!(writer.file().generation() > 700);
    let reader = place.reader();
    let view = reader.pin().unwrap();
    assert_eq!(view.snapshot().unwrap(), Pages::of(1));
    publish(&mut writer, 2);
    assert_eq!(reader.snapshot().unwrap(), Pages::of(2));
    assert_eq!(view.snapshot().unwrap(), Pages::of(1));
}

#[test]
fn what_a_checkpoint_leads_to_is_kept_until_the_next_one_and_no_longer() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.options().garbage_budget(4096).max_size(4 << 20).create().unwrap();
    writer.set_text(&"x".repeat(200_000)).unwrap();
    writer.flush().unwrap();
    let flushed = writer.file().stats();
    for round in 0..200 {
        writer.set_text(&"y".repeat(200_000 + round % 2)).unwrap();
    }
    let kept = writer.file().stats();
    // Nobody can evict it, and it is not counted as held by readers.
    assert!(kept.garbage >= 200_000, "{kept:?}");
    assert_eq!((kept.held, kept.pins.len()), (0, 0));
    assert!(kept.file_len < flushed.file_len + (2 << 20), "{kept:?}");
    writer.flush().unwrap();
    for _ in 0..10 {
        writer.set_text("short").unwrap();
        writer.flush().unwrap();
        writer.reserve(1 << 20).unwrap();
        writer.set_text(&"z".repeat(300_000)).unwrap();
    }
    let later = writer.file().stats();
    assert!(later.file_len <= 4 << 20, "{later:?}");
}

#[test]
fn a_checkpoint_is_not_believed_beside_a_new_file() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    publish(&mut writer, 3);
    writer.flush().unwrap();
    let id = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        u128::from_le_bytes(bytes[header::HEAP_ID..][..16].try_into().unwrap())
    };
    let found_id = id(&place.path());
    drop(writer);
    fs::remove_file(place.path()).unwrap();
    let mut writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Lost);
    assert_eq!(writer.snapshot().unwrap(), Pages::nothing());
    let expected_id = id(&place.path());
    let refused = writer.file().refused_checkpoint().unwrap();
    assert!(
        matches!(refused, RefusedCheckpoint::OtherHeap { found, expected, .. }
            if (*found, *expected) == (found_id, expected_id)),
        "{refused}"
    );
    let told = format!(
        "`{}` leads to the heap {found_id:032x}, expected {expected_id:032x}, which is that of the \
         file: the file was made anew",
        place.checkpoints().display()
    );
    assert_eq!(refused.to_string(), told);
    // It goes on, above what the checkpoint speaks of, and its own are believed.
    publish(&mut writer, 4);
    writer.flush().unwrap();
    publish(&mut writer, 5);
    drop(writer);
    place.cut_power();
    assert_eq!(place.found(), (Recovered::Checkpoint, Pages::of(5)));
    let mut writer = place.writer();
    assert_eq!(writer.file().refused_checkpoint(), None);
    writer.flush().unwrap();
}

#[test]
fn a_copy_is_told_from_the_file_unless_its_writer_had_ended() {
    let (Some(place), Some(copy)) = (Place::new(), Place::new()) else { return };
    let mut writer = place.writer();
    publish(&mut writer, 3);
    writer.flush().unwrap();
    publish(&mut writer, 4);
    place.copied_to(&copy);
    let taken = copy.writer();
    assert_eq!(taken.file().recovered(), Recovered::Lost);
    let refused = taken.file().refused_checkpoint().unwrap();
    let RefusedCheckpoint::OtherFile { found, expected, .. } = refused else { panic!("{refused}") };
    assert_ne!(found, expected);
    let told = refused.to_string();
    assert!(
        told.contains(&format!("of the file {found:016x}, expected {expected:016x}")),
        "{told}"
    );
    drop(taken);

    drop(writer);
    place.copied_to(&copy);
    let taken = copy.writer();
    assert_eq!(
        (taken.file().recovered(), taken.snapshot().unwrap()),
        (Recovered::Clean, Pages::of(4))
    );
    drop(taken);
    // From then on the copy has checkpoints of its own, in the file that it got.
    copy.cut_power();
    assert_eq!(copy.found(), (Recovered::Checkpoint, Pages::of(4)));
    // The same in place of the file: a restored backup is another file.
    fs::copy(copy.path(), place.dir.path().join("backup")).unwrap();
    fs::rename(place.dir.path().join("backup"), place.path()).unwrap();
    place.cut_power();
    assert_eq!(place.found().0, Recovered::Lost);
}

/// Made while a writer runs, a copy has some pages from before a flush and others from after it.
#[test]
fn a_copy_made_while_a_writer_runs_is_never_taken_for_whole() {
    let (Some(place), Some(copy)) = (Place::new(), Place::new()) else { return };
    let mut writer = place.writer();
    let (mut number, mut lost) = (0, 0);
    for round in 0..30 {
        number += 1;
        publish(&mut writer, number);
        if round % 3 == 0 {
            writer.flush().unwrap();
        }
        fs::remove_file(copy.path()).unwrap();
        let source = File::open(place.path()).unwrap();
        let len = source.metadata().unwrap().len();
        let half = fs::read(place.path()).unwrap();
        publish(&mut writer, number + 1);
        publish(&mut writer, number + 2);
        number += 2;
        let mut bytes = fs::read(place.path()).unwrap();
        bytes.truncate(len as usize);
        let at = bytes.len() / 2;
        bytes[..at].copy_from_slice(&half[..at]);
        fs::write(copy.path(), bytes).unwrap();
        fs::copy(place.checkpoints(), copy.checkpoints()).unwrap();
        assert_eq!(
            PagesReader::open_at(copy.path()).unwrap().number().unwrap_err(),
            ReadError::NeedsWriter
        );
        let taken = copy.writer();
        assert_eq!(taken.snapshot().unwrap(), Pages::nothing());
        lost += u64::from(taken.file().recovered() == Recovered::Lost);
        drop(taken);
    }
    assert_eq!(lost, 30);
    // Control: at rest it is.
    drop(writer);
    place.copied_to(&copy);
    assert_eq!(copy.found(), (Recovered::Clean, Pages::of(number)));
}

#[test]
fn a_writer_without_checkpoints_takes_up_what_was_flushed_and_gives_the_rest_up() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    publish(&mut writer, 3);
    drop(writer);
    assert_ne!(place.word(DURABLE), 0);
    place.cut_power();
    let writer = place.plain().create().unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert_eq!(writer.snapshot().unwrap(), Pages::of(3));
    assert_eq!(place.word(DURABLE), 0, "said before a block is used again");
    drop(writer);
    place.cut_power();
    let writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Lost);
    let refused = writer.file().refused_checkpoint().unwrap();
    assert!(matches!(refused, RefusedCheckpoint::Outdated { expected: 0, .. }), "{refused}");
    assert!(refused.to_string().ends_with("the last writer kept no checkpoints"), "{refused}");
}

/// Two places for checkpoints of one file: those of the earlier writer lead to blocks that the later
/// one does not keep.
#[test]
fn checkpoints_at_another_place_do_not_count_once_a_writer_keeps_its_own() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    publish(&mut writer, 3);
    drop(writer);
    let elsewhere = place.dir.path().join("other.ckpt");
    let options = place.options().checkpoint_path(&elsewhere);
    let mut writer = options.clone().create().unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Live);
    let files = (fs::read(place.path()).unwrap(), fs::read(&elsewhere).unwrap());
    publish(&mut writer, 4);
    publish(&mut writer, 5);
    drop(writer);
    fs::write(place.path(), files.0).unwrap();
    fs::write(&elsewhere, files.1).unwrap();
    place.cut_power();
    let live = fs::read(place.path()).unwrap();
    let writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Lost);
    let refused = writer.file().refused_checkpoint().unwrap();
    assert!(matches!(refused, RefusedCheckpoint::Outdated { found: 1, expected: 2.., .. }));
    drop(writer);
    // What it has opened, it has flushed.
    fs::write(place.path(), live).unwrap();
    let writer = options.create().unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert_eq!(writer.snapshot().unwrap(), Pages::of(3));
}

#[test]
fn a_file_that_is_opened_for_checkpoints_has_one_at_once() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.plain().create().unwrap();
    publish(&mut writer, 3);
    drop(writer);
    // Killed, without a drop.
    let writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Live);
    let (live, kept) = (fs::read(place.path()).unwrap(), fs::read(place.checkpoints()).unwrap());
    drop(writer);
    fs::write(place.path(), live).unwrap();
    fs::write(place.checkpoints(), kept).unwrap();
    place.cut_power();
    assert_eq!(place.found(), (Recovered::Checkpoint, Pages::of(3)));
}

#[test]
fn a_file_in_memory_has_no_checkpoints() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("skipped: no `/dev/shm`");
        return;
    };
    let disk = tempfile::tempdir().unwrap();
    let path = memory.path().join("pages.bin");
    let options = PagesWriter::options().path(&path).durable(true);
    for options in [
        options.clone(),
        options.clone().checkpoint_path(disk.path().join("pages.ckpt")),
        options.clone().on_mismatch(OnMismatch::Replace),
    ] {
        let refused = options.create().unwrap_err();
        let CreateError::OptionMismatch { option: "durable", file: 0, asked: 1, .. } = refused
        else {
            eprintln!("skipped: `/dev/shm` is on a disk");
            return;
        };
        let told = "option `durable`: file has its heap in memory (lost with the machine, so that a \
                    checkpoint would lead nowhere: put the file on a disk), this program asks for \
                    checkpoints";
        assert_eq!(refused.to_string(), told);
        assert_eq!((names(memory.path()), names(disk.path())), (vec![], vec![]));
    }
    // One that is there stays, too.
    let mut writer = PagesWriter::create_at(&path).unwrap();
    publish(&mut writer, 1);
    drop(writer);
    let refused = options.on_mismatch(OnMismatch::Replace).create();
    assert!(matches!(refused, Err(CreateError::OptionMismatch { .. })));
    assert_eq!(PagesReader::open_at(&path).unwrap().snapshot().unwrap(), Pages::of(1));
}

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

const SEED: &str = "COMMY_TEST_SEED";

/// Publishes and flushes, and tells what was flushed, until it is killed.
#[test]
#[ignore = "a role of another test"]
fn writer_until_killed() {
    let Some(path) = support::role_path() else { return };
    let mut random = Random(env::var(SEED).unwrap().parse::<u64>().unwrap() | 1);
    let mut writer = PagesWriter::options().path(path).durable(true).create().unwrap();
    let mut number = writer.number().unwrap();
    loop {
        for _ in 0..random.below(20) {
            number += 1;
            publish(&mut writer, number);
            print!("published {number}\n");
        }
        writer.flush().unwrap();
        print!("flushed {number}\n");
        std::io::stdout().flush().unwrap();
    }
}

/// Lets a writer live for a while; returns what it has told to have flushed.
fn life(path: &Path, random: &mut Random) -> u64 {
    let mut role = std::process::Command::new(env::current_exe().unwrap());
    role.args(["--exact", "writer_until_killed", "--ignored", "--nocapture", "--quiet"]);
    role.env(support::PATH, path).env(SEED, (random.next() >> 1).to_string());
    let mut child = support::Reaped(role.stdout(Stdio::piped()).spawn().unwrap());
    let output = BufReader::new(child.0.stdout.take().unwrap());
    let told = thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok);
        let flushed = lines.filter_map(|line| line.strip_prefix("flushed ")?.parse().ok());
        flushed.last().unwrap_or(0)
    });
    thread::sleep(Duration::from_micros(20_000 + random.below(60_000)));
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    told.join().unwrap()
}

#[test]
fn a_writer_killed_in_a_flush_and_a_restart_leave_what_was_flushed() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let Some(place) = Place::new() else { return };
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut flushed, mut outdated, mut ahead) = (0, 0, 0);
    let mut earlier = fs::read(place.checkpoints()).unwrap();
    for round in 0..40 {
        flushed = life(&place.path(), &mut random).max(flushed);
        if place.word(KERNEL) == 0 {
            continue;
        }
        let files = (fs::read(place.path()).unwrap(), fs::read(place.checkpoints()).unwrap());
        // The control: a checkpoint from before, whose blocks nobody keeps, as if they were kept.
        if round > 0 {
            fs::write(place.checkpoints(), &earlier).unwrap();
            place.set_word(DURABLE, 1);
            place.cut_power();
            let found = place.options().create().map(|writer| writer.snapshot());
            let is_whole =
                matches!(&found, Ok(Ok(value)) if *value == Pages::nothing() || value.is_whole());
            outdated += u64::from(!is_whole);
            fs::write(place.path(), &files.0).unwrap();
            fs::write(place.checkpoints(), &files.1).unwrap();
        }
        earlier = files.1;
        place.cut_power();
        let (_, value) = place.found();
        assert!(value.number >= flushed, "{} is older than {flushed}", value.number);
        assert!(value.number == 0 || value.is_whole(), "a mix, {} among it", value.number);
        ahead += u64::from(value.number > flushed);
        flushed = value.number;
    }
    println!("{flushed} was flushed last, {ahead} were not told, {outdated} controls found");
    assert!(flushed > 40 && outdated > 0, "{flushed} {outdated}");
    let _ = area::ROOT;
}
