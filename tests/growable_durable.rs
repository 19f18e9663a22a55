//! What is flushed of a record that grows outlasts restarts and kills, and a checkpoint is believed only
//! with the very heap that it leads to.
//!
//! A restart is played by another kernel's word in the data file: then nothing is believed but what a
//! checkpoint, or an orderly close, vouches for.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "how a role tells what it has done")]

#[path = "support/pages.rs"]
mod pages;
#[path = "support/pages_place.rs"]
mod pages_place;
mod support;

use core::time::Duration;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Stdio;
use std::{env, thread};

use commy::growable::RefusedCheckpoint;
use commy::{CreateError, OnMismatch, ReadError, Recovered};
use pages::{Pages, PagesReader, PagesWriter};
use pages_place::{Place, publish};
use support::format::file::{DURABLE, KERNEL};
use support::format::{self, header, word};
use support::{Random, names};

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

/// A writer in a container sees another kernel than a reader outside, which holds what the writer does
/// not believe.
#[test]
fn a_view_of_what_was_not_flushed_stays_whole_when_a_writer_goes_on_from_a_checkpoint() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    let reader = place.reader();
    for number in 1..=20 {
        publish(&mut writer, number);
        if number == 12 {
            writer.flush().unwrap();
        }
    }
    let view = reader.pin().unwrap();
    // Killed: what its end would change is taken back, in the file that the view is of.
    let (live, kept) = (fs::read(place.path()).unwrap(), fs::read(place.checkpoints()).unwrap());
    drop(writer);
    for (path, bytes) in [(place.path(), live), (place.checkpoints(), kept)] {
        File::options().write(true).open(path).unwrap().write_all_at(&bytes, 0).unwrap();
    }
    place.cut_power();
    let mut writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    for number in 13..=300 {
        publish(&mut writer, number);
        assert!(view.snapshot().unwrap() == Pages::of(20), "after {number}");
    }
    assert_eq!(reader.snapshot().unwrap(), Pages::of(300));
}

/// The same of text that grew in place: in the blocks of the checkpoint, behind what that has of it.
#[test]
fn a_view_of_what_was_added_and_not_flushed_stays_whole() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    let reader = place.reader();
    writer.set_text(&"x".repeat(100)).unwrap();
    // Into a block of twice the room.
    writer.text_mut().push_str(&"x".repeat(100)).unwrap();
    writer.flush().unwrap();
    writer.text_mut().push_str("first").unwrap();
    let view = reader.pin().unwrap();
    let (live, kept) = (fs::read(place.path()).unwrap(), fs::read(place.checkpoints()).unwrap());
    drop(writer);
    for (path, bytes) in [(place.path(), live), (place.checkpoints(), kept)] {
        File::options().write(true).open(path).unwrap().write_all_at(&bytes, 0).unwrap();
    }
    place.cut_power();
    let mut writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert_eq!(writer.text().unwrap().len(), 200);
    writer.text_mut().push_str("other").unwrap();
    assert_eq!(view.text().unwrap()[200..], *"first");
    assert_eq!(writer.text().unwrap()[200..], *"other");
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

/// The same file, by its inode, and older than its checkpoints.
#[test]
fn a_checkpoint_is_not_believed_with_an_older_copy_written_over_its_file() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    publish(&mut writer, 3);
    writer.flush().unwrap();
    publish(&mut writer, 4);
    let older = fs::read(place.path()).unwrap();
    writer.flush().unwrap();
    drop(writer);
    fs::write(place.path(), older).unwrap();
    place.cut_power();
    let writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Lost);
    let refused = writer.file().refused_checkpoint().unwrap();
    assert!(
        matches!(refused, RefusedCheckpoint::OlderFile { found: 2, expected: 1, .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("is of generation 2, expected at most 1"), "{refused}");
}

#[test]
fn a_file_that_does_not_fit_is_replaced_and_its_checkpoints_are_kept_aside() {
    let Some(place) = Place::new() else { return };
    let mut writer = place.writer();
    publish(&mut writer, 3);
    drop(writer);
    let other = support::other_slots(&place.path());
    let replacing = place.options().slots(other).on_mismatch(OnMismatch::Replace);
    let mut writer = replacing.create().unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Fresh);
    assert!(names(place.dir.path()).contains(&"pages.bin.ckpt.old-1".into()));
    publish(&mut writer, 4);
    writer.flush().unwrap();
    drop(writer);
    place.cut_power();
    assert_eq!(place.found(), (Recovered::Checkpoint, Pages::of(4)));
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
        }
        writer.flush().unwrap();
        println!("flushed {number}");
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
    let _watchdog = support::watchdog(Duration::from_secs(300));
    let Some(place) = Place::new() else { return };
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut flushed, mut outdated, mut ahead, mut round) = (0, 0, 0, 0);
    let mut earlier = fs::read(place.checkpoints()).unwrap();
    // However slow the machine is: fewer would show nothing.
    while round < 40 || flushed <= 40 || outdated == 0 {
        round += 1;
        flushed = life(&place.path(), &mut random).max(flushed);
        if place.word(KERNEL) == 0 {
            continue;
        }
        let files = (fs::read(place.path()).unwrap(), fs::read(place.checkpoints()).unwrap());
        // The control: a checkpoint from before, whose blocks nobody keeps, as if they were kept.
        if round > 1 {
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
}
