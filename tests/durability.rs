//! What was flushed outlasts power cuts, copies and failing disks; nothing is ever shown torn.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "shown on demand: what the test has seen")]

#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/place.rs"]
mod place;
mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;

use commy::{CreateError, OpenError, ReadError, Recovered, create_writer};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;
use support::format::file::{CLEAN, SESSION};
use support::format::{self, area, header, slot};

#[test]
fn a_writer_says_where_its_value_is_from() {
    let place = Place::new();
    let mut writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Fresh);
    writer.publish(&Ledger::of(1));
    writer.flush().unwrap();
    writer.publish(&Ledger::of(2));

    // Whoever has the file while the writer lives gets what was flushed, as after a power cut.
    let cut = place.restarted();
    assert_eq!(
        cut.reader().read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
        (1, Ledger::of(1))
    );
    assert_eq!(cut.reader().file().generation(), 1);
    let writer_after_cut = cut.writer();
    assert_eq!(writer_after_cut.file().recovered(), Recovered::Checkpoint);
    assert_eq!(*writer_after_cut.get(), Ledger::of(1));
    drop(writer_after_cut);

    drop(writer);
    assert_eq!(place.restarted().writer().file().recovered(), Recovered::Clean);
    let writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Live);
    assert_eq!((writer.file().generation(), writer.get().number), (2, 2));

    let unflushed = Place::new();
    let mut writer = LedgerWriter::create_at(unflushed.path()).unwrap();
    writer.publish(&Ledger::of(3));
    let cut = unflushed.restarted();
    assert_eq!(cut.reader().snapshot().unwrap_err(), ReadError::NeedsWriter);
    let writer = cut.writer();
    assert_eq!(writer.file().recovered(), Recovered::Lost);
    assert_eq!((writer.file().generation(), writer.get().number), (1, 0));
}

#[test]
fn a_writer_that_publishes_nothing_keeps_nothing_that_it_does_not_believe() {
    let place = Place::new();
    let mut writer = LedgerWriter::create_at(place.path()).unwrap();
    writer.publish(&Ledger::of(1));
    for flush in [false, true] {
        let cut = place.restarted();
        let mut next = cut.writer();
        assert_eq!((next.file().recovered(), next.file().generation()), (Recovered::Lost, 1));
        if flush {
            next.flush().unwrap();
        }
        drop(next);
        let again = cut.restarted();
        assert_eq!(again.reader().snapshot().unwrap_err(), ReadError::NeedsWriter);
        assert_eq!(again.writer().file().recovered(), Recovered::Lost);
    }

    // What a clean record vouches for is kept, without a publish.
    drop(writer);
    let cut = place.restarted();
    let next = cut.writer();
    assert_eq!(next.file().recovered(), Recovered::Clean);
    fs::remove_file(cut.path()).unwrap();
    drop(next);
    let next = cut.writer();
    assert_eq!((next.file().recovered(), next.get()), (Recovered::Checkpoint, &Ledger::of(1)));
}

#[test]
fn a_writer_that_follows_one_killed_in_a_publish_ends_in_good_order_without_one_of_its_own() {
    let place = Place::new();
    let mut writer = LedgerWriter::create_at(place.path()).unwrap();
    writer.publish(&Ledger::of(1));
    drop(writer);
    // As if that writer had been killed in its second publish: no clean record, a slot half done.
    let live = File::options().read(true).write(true).open(place.path()).unwrap();
    let mut front = [0; header::LEN];
    live.read_exact_at(&mut front, 0).unwrap();
    live.write_all_at(&[0; 16], CLEAN as u64).unwrap();
    let sequence = format::slot_of(&front, 2) + slot::SEQUENCE;
    live.write_all_at(&3u64.to_ne_bytes(), sequence as u64).unwrap();

    let next = place.writer();
    assert_eq!((next.file().recovered(), next.file().generation()), (Recovered::Live, 2));
    drop(next);
    let restarted = place.restarted();
    assert_eq!(restarted.reader().snapshot().unwrap(), Ledger::of(1));
    fs::remove_file(restarted.path()).unwrap();
    assert_eq!(restarted.writer().file().recovered(), Recovered::Checkpoint);
}

/// The session is stored after the first publish. A writer that was killed between the two left a
/// newer generation than the clean record speaks of, and nobody believed either.
#[test]
fn a_writer_killed_in_its_first_publish_after_a_restart_leaves_a_value() {
    let place = Place::new();
    let mut writer = LedgerWriter::create_at(place.path()).unwrap();
    writer.publish(&Ledger::of(1));
    drop(writer);
    let cut = place.restarted();
    let mut writer = LedgerWriter::create_at(cut.path()).unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Clean);
    let live = File::options().read(true).write(true).open(cut.path()).unwrap();
    let mut session = [0; 8];
    live.read_exact_at(&mut session, SESSION as u64).unwrap();
    writer.publish(&Ledger::of(2));
    let mut killed = fs::read(cut.path()).unwrap();
    killed[SESSION..][..8].copy_from_slice(&session);
    drop(writer);
    // What there was between the end of the publish and the store of the session.
    live.write_all_at(&killed, 0).unwrap();
    assert_eq!(cut.reader().snapshot().unwrap(), Ledger::of(2));
    let writer = LedgerWriter::create_at(cut.path()).unwrap();
    assert_eq!((writer.file().recovered(), writer.get().number), (Recovered::Live, 2));
}

#[test]
fn a_checkpoint_is_shown_until_a_writer_publishes_and_then_never_again() {
    let place = Place::new();
    let mut writer = place.writer();
    writer.publish(&Ledger::of(1));
    writer.flush().unwrap();
    writer.publish(&Ledger::of(2));
    writer.publish(&Ledger::of(3));
    let cut = place.restarted();

    let mut reader = cut.reader();
    let clone = reader.clone();
    assert_eq!(reader.number().unwrap(), 1);
    // The value of a checkpoint is published at once, above everything that the slots speak of.
    let mut next = cut.writer();
    assert_eq!(next.file().generation(), 4);
    for reader in [&reader, &clone] {
        assert!(reader.file().changed_since(1));
        assert_eq!(
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
            (4, Ledger::of(1))
        );
    }
    next.publish(&Ledger::of(5));
    reader = reader.file().reopen().unwrap();
    for reader in [&reader, &clone] {
        assert_eq!(
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
            (5, Ledger::of(5))
        );
    }
}

#[test]
fn the_file_may_be_lost_when_the_checkpoints_are_elsewhere() {
    let (memory, disk) = (Place::new(), Place::new());
    let open = || {
        let options = LedgerWriter::options().path(memory.path());
        options.checkpoint_path(disk.path()).create().unwrap()
    };
    let mut writer = open();
    writer.publish(&Ledger::of(1));
    writer.flush().unwrap();
    writer.publish(&Ledger::of(2));
    writer.flush().unwrap();
    assert!(!memory.checkpoints().exists());
    // The machine restarts: what was in memory is gone.
    writer.publish(&Ledger::of(3));
    let saved = disk.restarted();
    drop(writer);
    fs::remove_file(memory.path()).unwrap();
    let options = LedgerWriter::options().path(memory.path());
    let writer = options.checkpoint_path(saved.path()).create().unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert_eq!((writer.file().generation(), writer.get()), (3, &Ledger::of(2)));
    assert_eq!(
        memory.reader().read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
        (3, Ledger::of(2))
    );

    // A reader of a copy finds them when told where they are.
    let cut = memory.restarted();
    assert_eq!(cut.reader().snapshot().unwrap_err(), ReadError::NeedsWriter);
    let options = LedgerReader::options().path(cut.path());
    let reader = options.checkpoint_path(saved.path()).open().unwrap();
    assert_eq!(
        reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
        (2, Ledger::of(2))
    );
}

/// The checkpoints are of another file that was here before, and count further than this one.
#[test]
fn a_live_value_goes_above_the_checkpoints_that_its_file_gets() {
    let (former, place) = (Place::new(), Place::new());
    let mut writer = former.writer();
    for number in 1..=5 {
        writer.publish(&Ledger::of(number));
    }
    drop(writer);
    let mut writer = LedgerWriter::create_at(place.path()).unwrap();
    writer.publish(&Ledger::of(9));
    drop(writer);
    fs::rename(former.checkpoints(), place.checkpoints()).unwrap();

    let mut writer = place.writer();
    assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Live, &Ledger::of(9)));
    assert_eq!(
        place.reader().read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
        (6, Ledger::of(9))
    );
    writer.flush().unwrap();
    fs::remove_file(place.path()).unwrap();
    assert_eq!(place.restarted().writer().get(), &Ledger::of(9));
}

#[test]
fn a_dropped_durable_writer_has_flushed() {
    let place = Place::new();
    let mut writer = place.writer();
    writer.publish(&Ledger::of(1));
    drop(writer);
    fs::remove_file(place.path()).unwrap();
    let writer = place.writer();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert_eq!(*writer.get(), Ledger::of(1));
}

#[test]
fn a_writer_without_checkpoints_of_its_own_takes_up_what_is_there() {
    let place = Place::new();
    let mut writer = place.writer();
    writer.publish(&Ledger::of(1));
    drop(writer);
    fs::remove_file(place.path()).unwrap();
    let writer = LedgerWriter::create_at(place.path()).unwrap();
    assert_eq!((writer.file().recovered(), writer.file().generation()), (Recovered::Checkpoint, 2));
    assert_eq!(*writer.get(), Ledger::of(1));
}

#[test]
fn a_writer_tells_whether_its_checkpoints_are_in_memory() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("skipped: no `/dev/shm`");
        return;
    };
    let disk = Place::new();
    for (dir, live) in [(disk.dir.path(), memory.path()), (memory.path(), disk.dir.path())] {
        let told = Command::new("stat").args(["-f", "-c", "%T"]).arg(dir).output().unwrap();
        let is_in_memory = told.stdout == *b"tmpfs\n";
        let options = LedgerWriter::options().path(live.join("ledger.bin"));
        let writer = options.clone().checkpoint_path(dir.join("ledger.ckpt")).create().unwrap();
        assert_eq!(writer.file().is_durable(), !is_in_memory);
        drop(writer);
        assert!(!options.create().unwrap().file().is_durable());
    }
}

#[test]
fn one_checkpoint_file_has_one_writer() {
    let place = Place::new();
    let _writer = place.writer();
    let options = LedgerWriter::options().path(place.dir.path().join("other.bin"));
    let refused = options.checkpoint_path(place.checkpoints()).create().unwrap_err();
    let expected = format!("`{}` already has a writer", place.checkpoints().display());
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn a_file_that_holds_no_checkpoints_of_this_record_is_an_error_and_stays() {
    #[create_writer(filename = "ledger.bin")]
    struct Other {
        number: u32,
    }

    let place = Place::new();
    drop(OtherWriter::options().path(place.path()).durable(true).create().unwrap());
    fs::remove_file(place.path()).unwrap();
    let refused = place.try_writer().unwrap_err();
    assert!(matches!(refused, CreateError::SchemaMismatch(_)), "{refused}");

    let place = Place::new();
    let options = LedgerWriter::options().path(place.path());
    let refused = options.checkpoint_path(place.path()).create().unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "`{}` is a file of kind 1 (a record), expected 3 (checkpoints)",
            place.path().display()
        )
    );

    drop(LedgerWriter::create_at(place.path()).unwrap());
    fs::write(place.checkpoints(), "a letter").unwrap();
    let refused = place.try_writer().unwrap_err();
    assert!(matches!(refused, CreateError::Unusable(OpenError::NotCommy { .. })), "{refused}");
    assert_eq!(fs::read(place.checkpoints()).unwrap(), b"a letter");
    // Readers get along without.
    assert_eq!(place.reader().snapshot().unwrap_err(), ReadError::Empty);
}

#[test]
fn two_damaged_checkpoints_are_an_error_and_one_is_none() {
    let place = Place::new();
    let mut writer = place.writer();
    for number in [1, 2] {
        writer.publish(&Ledger::of(number));
        writer.flush().unwrap();
    }
    let cut = place.restarted();
    let mut bytes = fs::read(cut.checkpoints()).unwrap();
    // The last byte of an image: 64 bytes after the head, which begins with these numbers.
    let size = size_of::<Ledger>();
    let image_end = |generation: u64| {
        let head = [generation.to_le_bytes(), (size as u64).to_le_bytes()].concat();
        bytes.windows(16).position(|window| *window == head).unwrap() + area::IMAGE + size - 1
    };
    let (first, second) = (image_end(1), image_end(2));
    bytes[second] ^= 1;
    fs::write(cut.checkpoints(), &bytes).unwrap();
    assert_eq!(cut.reader().snapshot().unwrap(), Ledger::of(1));
    bytes[first] ^= 1;
    fs::write(cut.checkpoints(), &bytes).unwrap();
    assert_eq!(cut.reader().snapshot().unwrap_err(), ReadError::NeedsWriter);
    let refused = cut.try_writer().unwrap_err();
    let expected =
        "is corrupt: number of damaged checkpoints at byte 16384 is 2, expected at most 1";
    assert!(refused.to_string().ends_with(expected), "{refused}");
    bytes[first] ^= 1;
    fs::write(cut.checkpoints(), &bytes).unwrap();
    let writer = cut.writer();
    assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Checkpoint, &Ledger::of(1)));
}

#[test]
fn a_copy_made_while_a_writer_publishes_flat_out_is_never_torn() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let place = Place::new();
    let mut writer = place.writer();
    writer.publish(&Ledger::of(1));
    writer.flush().unwrap();
    let stop = AtomicBool::new(false);
    let (mut shown, mut refused, mut round) = (0, 0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut ledger = Ledger::of(2);
            while !stop.load(Ordering::Relaxed) {
                writer.publish(&ledger);
                if ledger.number.is_multiple_of(64) {
                    writer.flush().unwrap();
                }
                ledger = Ledger::of(ledger.number + 1);
            }
        });
        let _stop = Stop(&stop);
        // However slow the machine is: one outcome alone would show little.
        while round < 200 || shown == 0 || refused == 0 {
            round += 1;
            let copy = Place::new();
            cp(&place.path(), &copy.path());
            if round % 2 == 0 {
                cp(&place.checkpoints(), &copy.checkpoints());
            }
            match copy.reader().snapshot() {
                Ok(ledger) => {
                    assert!(ledger.is_whole(), "a mix of values, {} among them", ledger.number);
                    shown += 1;
                }
                Err(ReadError::NeedsWriter) => refused += 1,
                Err(other) => panic!("{other}"),
            }
            match copy.try_writer() {
                Ok(writer) => assert!(writer.get().is_whole()),
                // Both checkpoints were copied while they were being written.
                Err(CreateError::Unusable(OpenError::Corrupt { .. })) => {}
                Err(other) => panic!("{other}"),
            }
        }
    });
    println!("{shown} copies showed a checkpoint, {refused} showed nothing");
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Copies a file as users do.
fn cp(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg(from).arg(to).status().unwrap().success());
}
