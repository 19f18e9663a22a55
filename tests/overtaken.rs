//! A reader of a large record whose copies are overtaken gets its value from the steady slot, and
//! time never turns back for it.
//!
//! What a view is asked for is copied when it is asked: a test that publishes inside the closure
//! of a view overtakes that view, as often as it likes and without a race.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::thread;

use commy::{ReadError, WaitOutcome, create_reader, create_writer};

/// Large enough that the steady slot is left alone for thousands of small publishes.
#[create_writer(filename = "table.bin")]
#[create_reader(filename = "table.bin")]
struct Table {
    number: u64,
    cells: [u64; 32_768],
}

/// The slots of the ring, so that so many publishes overtake every copy from it.
const SLOTS: u64 = 4;

type Ends = (tempfile::TempDir, TableWriter, TableReader);

fn ends() -> Ends {
    let (directory, path) = support::place("table.bin");
    let options = TableWriter::options().path(&path).slots(SLOTS as u32);
    let writer = options.create().unwrap();
    (directory, writer, TableReader::open_at(&path).unwrap())
}

impl TableWriter {
    /// Publishes the next number, in which little else changes.
    fn publish_number(&mut self) {
        self.set_number(self.file().generation() + 1);
    }

    /// Publishes whole values until the steady slot was refreshed, which is at every sixteenth at the
    /// latest; returns the generation that is then in it, the latest.
    fn refresh(&mut self) -> u64 {
        for _ in 0..16 {
            let number = self.file().generation() + 1;
            self.update(|table| {
                table.number = number;
                table.cells = [number; 32_768];
            });
            if support::steady_generation(self.file().path()) == number {
                return number;
            }
        }
        unreachable!("the steady slot was not refreshed");
    }
}

/// Reads the number in views that are all overtaken; returns how many views there were, too.
fn read_overtaken(writer: &mut TableWriter, reader: &TableReader) -> (u32, Result<u64, ReadError>) {
    let mut views = 0;
    let number = reader.read(|table| {
        views += 1;
        (0..SLOTS).for_each(|_| writer.publish_number());
        table.number()
    });
    (views, number)
}

#[test]
fn what_is_overtaken_once_is_read_from_a_steady_slot_that_is_new_enough() {
    let (_directory, mut writer, reader) = ends();
    writer.publish_number();
    let mut views = 0;
    let (mut steady, mut generation) = (0, 0);
    let number = reader.read(|table| {
        views += 1;
        generation = table.file().generation();
        if views == 1 {
            steady = writer.refresh();
        }
        // Overtakes whatever is copied from the ring.
        (0..SLOTS).for_each(|_| writer.publish_number());
        if views == 1 {
            // The one error that means nothing but "again".
            assert_eq!(table.number(), Err(ReadError::Overtaken));
        }
        Ok((table.number()?, table.cells_at(32_767)?))
    });
    assert_eq!(number.unwrap(), (steady, Some(steady)));
    assert_eq!((views, generation), (2, steady));
}

#[test]
fn the_first_tries_do_not_take_what_was_not_the_latest_since_they_began() {
    let (_directory, mut writer, reader) = ends();
    let steady = writer.refresh();
    writer.publish_number();
    let (views, number) = read_overtaken(&mut writer, &reader);
    assert!(views > 64, "an older value was taken after {views} tries");
    // After all of them anything that this reader has not gone beyond is better than nothing.
    assert_eq!(number.unwrap(), steady);
}

#[test]
fn a_value_older_than_one_that_was_returned_is_not_taken() {
    let (_directory, mut writer, reader) = ends();
    let steady = writer.refresh();
    writer.publish_number();
    assert_eq!(reader.number().unwrap(), steady + 1);
    for reader in [&reader.clone(), &reader] {
        let (_, number) = read_overtaken(&mut writer, reader);
        assert!(matches!(number, Err(ReadError::Contended { .. })), "{number:?}");
    }
    // With a newer one in the steady slot it goes on.
    let steady = writer.refresh();
    writer.publish_number();
    assert_eq!(read_overtaken(&mut writer, &reader).1.unwrap(), steady);
}

#[test]
fn what_a_wait_has_promised_is_not_fallen_short_of() {
    let (_directory, mut writer, reader) = ends();
    let steady = writer.refresh();
    writer.publish_number();
    let outcome = reader.wait_newer(steady, Duration::ZERO);
    assert_eq!(outcome, WaitOutcome::Newer(steady + 1));
    let (_, number) = read_overtaken(&mut writer, &reader);
    assert!(matches!(number, Err(ReadError::Contended { .. })), "{number:?}");
}

#[test]
fn a_new_writer_leaves_nothing_of_the_last_one_in_the_steady_slot() {
    let (_directory, mut writer, reader) = ends();
    writer.refresh();
    let path = writer.file().path().to_path_buf();
    drop(writer);
    let mut writer = TableWriter::create_at(path).unwrap();
    let (_, number) = read_overtaken(&mut writer, &reader);
    assert!(matches!(number, Err(ReadError::Contended { .. })), "{number:?}");
}

/// How long a publish takes decides how old the steady slot gets, so this needs the compiler's
/// optimisations; and two processors without other work, or few copies are overtaken.
#[test]
#[ignore = "a count for an optimised build: cargo test --release --test overtaken -- --ignored --nocapture"]
fn large_snapshots_succeed_beside_a_writer_that_publishes_flat_out() {
    const SNAPSHOTS: u64 = 100_000;
    let _watchdog = support::watchdog(Duration::from_secs(600));
    let (_directory, path) = support::place("table.bin");
    let mut writer = TableWriter::options().path(&path).slots(2).create().unwrap();
    let reader = TableReader::open_at(&path).unwrap();
    writer.refresh();
    let is_over = AtomicBool::new(false);
    let (mut failed, mut tries, mut newest) = (0, 0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                writer.publish_number();
            }
        });
        let mut value = reader.snapshot_boxed().unwrap();
        for _ in 0..SNAPSHOTS {
            let read = reader.read(|table| {
                tries += 1;
                table.snapshot_into(&mut value)
            });
            match read {
                Ok(()) => assert!(value.number >= newest, "{} after {newest}", value.number),
                Err(ReadError::Contended { .. }) => failed += 1,
                Err(error) => unreachable!("{error}"),
            }
            newest = newest.max(value.number);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let publishes = writer.file().generation() / SNAPSHOTS;
    eprintln!("{failed} of {SNAPSHOTS} failed, {tries} tries, {publishes} publishes beside each");
    assert!(failed * 100 <= SNAPSHOTS);
}
