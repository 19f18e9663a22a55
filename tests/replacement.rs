//! A file of another schema takes the place of the old one while programs run.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::path::Path;
use std::thread;

use commy::{CreateError, OnMismatch, OpenError, ReadError, WaitOutcome, WriterState};

mod v1 {
    #[commy::create_writer(filename = "meter.bin")]
    #[commy::create_reader(filename = "meter.bin")]
    #[derive(Debug, Clone, PartialEq)]
    pub(crate) struct Meter {
        pub(crate) place: commy::FixedString<16>,
        pub(crate) reading: f32,
    }
}

mod v2 {
    #[commy::create_writer(filename = "meter.bin")]
    #[commy::create_reader(filename = "meter.bin")]
    #[derive(Debug, Clone, PartialEq)]
    pub(crate) struct Meter {
        pub(crate) place: commy::FixedString<16>,
        pub(crate) reading: f64,
    }
}

/// Longer than any wait that ends for a reason; the watchdog ends the others.
const LONG: Duration = Duration::from_secs(600);

#[test]
#[ignore = "a role of the test below"]
fn writer_of_version_1() {
    let Some(path) = support::role_path() else { return };
    let mut writer = v1::MeterWriter::create_at(path).unwrap();
    loop {
        let next = writer.get().reading + 1.0;
        writer.set_reading(next);
        thread::sleep(Duration::from_micros(200));
    }
}

#[test]
#[ignore = "a role of the test below"]
fn writer_of_version_2() {
    let Some(path) = support::role_path() else { return };
    // What a program does that was built from another struct: try, and replace what is outdated.
    let refused = v2::MeterWriter::create_at(&path).unwrap_err();
    let CreateError::SchemaMismatch(mismatch) = refused else { panic!("{refused}") };
    assert_eq!(mismatch.differences().first().unwrap().field(), "reading");
    let mut writer = replacing_v2(&path).create().unwrap();
    loop {
        let next = writer.get().reading + 0.25;
        writer.set_reading(next);
        thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn a_rolling_restart_with_another_schema_reaches_old_and_new_readers() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("meter.bin");
    let mut first = support::Reaped(support::start("writer_of_version_1", &path));
    let mut old = v1::MeterReader::options().path(&path).open_wait(LONG).unwrap();
    assert!(old.wait_newer(10, LONG).is_newer());
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    assert_eq!(old.file().writer_state(), WriterState::Dead);
    let last = old.snapshot().unwrap();
    let count = old.file().generation();

    // Who waits for the dead writer is told that another file is there.
    let second = thread::scope(|scope| {
        let sleeper = scope.spawn(|| old.wait(LONG));
        let second = support::Reaped(support::start("writer_of_version_2", &path));
        assert_eq!(sleeper.join().unwrap(), WaitOutcome::Superseded);
        second
    });
    assert!(old.file().is_superseded());
    // The last value stays readable, and a reader that cannot follow is as it was.
    let OpenError::SchemaMismatch(mismatch) = old.file().reopen().unwrap_err() else {
        panic!("another error")
    };
    assert!(mismatch.to_string().contains("field `reading`: file has f64"), "{mismatch}");
    assert_eq!(old.snapshot().unwrap(), last);
    assert!(old.file().is_superseded());

    // Generations go on, so a program that remembers one does not wait for ever.
    let new = v2::MeterReader::open_at(&path).unwrap();
    assert!(new.wait_newer(count, LONG).is_newer());
    assert!(new.reading().unwrap() > 0.0);

    // Back to the old version: the old reader recovers.
    drop(second);
    let mut third = replacing_v1(&path).create().unwrap();
    assert!(third.file().generation() > count);
    assert_eq!(third.get().reading, 0.0);
    assert!(new.file().is_superseded());
    old = old.file().reopen().unwrap();
    assert!(!old.file().is_superseded());
    assert_eq!(old.snapshot().unwrap_err(), ReadError::Empty);
    third.set_reading(7.0);
    assert_eq!(old.reading().unwrap(), 7.0);
}

#[test]
fn a_clone_of_a_reader_stays_with_the_file_it_was_cloned_from() {
    let (_directory, path) = support::place("meter.bin");
    drop(v1::MeterWriter::options().path(&path).create_with(meter(1.0)).unwrap());
    let mut reader = v1::MeterReader::open_at(&path).unwrap();
    let clone = reader.clone();
    drop(replacing_v1(&path).slots(8).create_with(meter(2.0)).unwrap());
    reader = reader.file().reopen().unwrap();
    assert_eq!(reader.reading().unwrap(), 2.0);
    assert_eq!(clone.reading().unwrap(), 1.0);
    assert!(clone.file().is_superseded());
    assert_eq!(clone.wait(LONG), WaitOutcome::Superseded);
}

#[test]
fn a_file_in_use_is_not_replaced() {
    let (_directory, path) = support::place("meter.bin");
    let mut writer = v1::MeterWriter::create_at(&path).unwrap();
    let refused = replacing_v2(&path).create().unwrap_err();
    assert!(matches!(refused, CreateError::WriterBusy { .. }), "{refused}");
    writer.set_reading(4.0);
    let reader = v1::MeterReader::open_at(&path).unwrap();
    assert!(!reader.file().is_superseded());
    assert_eq!(reader.reading().unwrap(), 4.0);
}

#[test]
fn where_there_is_no_file_a_replacement_creates_one() {
    let (_directory, path) = support::place("meter.bin");
    let writer = replacing_v1(&path).slots(3).create_with(meter(3.0)).unwrap();
    assert_eq!(writer.file().generation(), 1);
    assert_eq!(v1::MeterReader::open_at(&path).unwrap().reading().unwrap(), 3.0);
}

#[test]
fn a_replacement_may_have_other_options() {
    let (_directory, path) = support::place("meter.bin");
    drop(v1::MeterWriter::options().path(&path).slots(3).create().unwrap());
    let other = v1::MeterWriter::options().path(&path).slots(8);
    let refused = other.clone().create().unwrap_err();
    assert!(matches!(refused, CreateError::OptionMismatch { option: "slots", .. }), "{refused}");
    drop(other.clone().on_mismatch(OnMismatch::Replace).create().unwrap());
    assert!(other.create().is_ok());
}

#[test]
fn an_iterator_over_changes_ends_with_its_file() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("meter.bin");
    let child = support::Reaped(support::start("writer_of_version_1", &path));
    let reader = v1::MeterReader::options().path(&path).open_wait(LONG).unwrap();
    let mut changes = reader.changes();
    assert!(changes.next().unwrap().unwrap().reading > 0.0);
    drop(child);
    drop(replacing_v2(&path).create().unwrap());
    // At most the last value of the killed writer, and then no more.
    assert!(changes.count() <= 1);
}

type Options<T, W> = commy::WriterOptions<T, W>;

fn replacing_v1(path: &Path) -> Options<v1::Meter, v1::MeterWriter> {
    v1::MeterWriter::options().path(path).on_mismatch(OnMismatch::Replace)
}

fn replacing_v2(path: &Path) -> Options<v2::Meter, v2::MeterWriter> {
    v2::MeterWriter::options().path(path).on_mismatch(OnMismatch::Replace)
}

fn meter(reading: f32) -> v1::Meter {
    v1::Meter { place: "cellar".parse().unwrap(), reading }
}
