//! What a writer and a reader promise, method by method.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::panic::AssertUnwindSafe;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::panic::catch_unwind;
use std::path::PathBuf;

use commy::{
    CapacityError, CreateError, FixedOption, FixedString, FixedVec, Mappable, OpenError, ReadError,
    SmartString, SmartVec, create_reader, create_writer,
};
use support::format::{self, slot};

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Point {
    x: f32,
    y: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Mappable)]
#[repr(u8)]
enum Mode {
    Off = 0,
    Auto = 3,
}

#[create_writer(filename = "robot.bin")]
#[create_reader(filename = "robot.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Robot {
    name: FixedString<16>,
    log: SmartString<200>,
    route: FixedVec<Point, 8>,
    weights: SmartVec<f64, 600>,
    target: FixedOption<u32>,
    joints: [f32; 6],
    mode: Mode,
    grip: bool,
    letter: char,
    battery: f64,
}

struct Fixture {
    path: PathBuf,
    _directory: tempfile::TempDir,
}

fn fixture() -> (RobotWriter, RobotReader, Fixture) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("robot.bin");
    let writer = RobotWriter::create_at(&path).unwrap();
    let reader = RobotReader::open_at(&path).unwrap();
    (writer, reader, Fixture { path, _directory: directory })
}

#[test]
fn every_setter_reaches_its_getter_and_the_snapshot() {
    let (mut writer, reader, _fixture) = fixture();
    writer.set_name("arm").unwrap();
    writer.set_log(&"é".repeat(100)).unwrap();
    writer.set_route(&[Point { x: 1.0, y: 2.0 }]).unwrap();
    writer.set_weights(&[0.5; 600]).unwrap();
    writer.set_target(Some(9));
    writer.set_joints([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    writer.set_mode(Mode::Auto);
    writer.set_grip(true);
    writer.set_letter('ß');
    writer.set_battery(0.75);
    assert_eq!(reader.file().generation(), 10);

    assert_eq!(reader.name().unwrap(), "arm");
    assert_eq!(reader.log().unwrap(), "é".repeat(100));
    assert_eq!(reader.route().unwrap().as_slice(), [Point { x: 1.0, y: 2.0 }]);
    assert_eq!(reader.weights().unwrap().as_slice(), [0.5; 600]);
    assert_eq!(reader.target().unwrap(), FixedOption::from(Some(9)));
    assert_eq!(reader.joints().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(reader.mode().unwrap(), Mode::Auto);
    assert!(reader.grip().unwrap());
    assert_eq!(reader.letter().unwrap(), 'ß');
    assert_eq!(reader.battery().unwrap(), 0.75);
    assert_eq!(reader.snapshot().unwrap(), *writer.get());
}

#[test]
fn what_does_not_fit_is_an_error_and_changes_nothing() {
    let (mut writer, reader, _fixture) = fixture();
    writer.set_name("sixteen bytes ok").unwrap();
    let refused = writer.set_name("seventeen bytes no").unwrap_err();
    assert_eq!(refused, CapacityError { needed: 18, capacity: 16 });
    assert_eq!(writer.file().generation(), 1);
    assert_eq!(writer.get().name, "sixteen bytes ok");
    assert_eq!(reader.name().unwrap(), "sixteen bytes ok");
}

#[test]
fn nothing_can_be_read_before_the_first_publish() {
    let (writer, reader, _fixture) = fixture();
    assert_eq!(writer.file().generation(), 0);
    assert_eq!(reader.file().generation(), 0);
    assert!(!reader.file().changed_since(0));
    assert_eq!(reader.snapshot(), Err(ReadError::Empty));
    assert_eq!(reader.battery(), Err(ReadError::Empty));
}

#[test]
fn an_update_is_one_publish() {
    let (mut writer, reader, _fixture) = fixture();
    writer.update(|robot| {
        robot.grip = true;
        robot.battery += 0.5;
    });
    assert_eq!(writer.file().generation(), 1);
    assert!(reader.file().changed_since(0) && !reader.file().changed_since(1));
    let seen = reader.snapshot().unwrap();
    assert!(seen.grip && seen.battery == 0.5);
}

#[test]
fn an_update_that_fails_or_panics_is_rolled_back() {
    let (mut writer, reader, _fixture) = fixture();
    writer.set_log("kept").unwrap();
    let before = writer.get().clone();

    let refused: Result<(), CapacityError> = writer.try_update(|robot| {
        robot.log.push_str(" and lost")?;
        robot.weights.push(1.0)?;
        robot.name.push_str("much too long for a name")
    });
    assert_eq!(refused, Err(CapacityError { needed: 24, capacity: 16 }));
    assert_eq!(*writer.get(), before);

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        writer.update(|robot| {
            robot.grip = true;
            panic!("in the closure");
        });
    }));
    assert!(panicked.is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        writer.batch(|robot| {
            robot.set_battery(9.0);
            robot.set_log("lost").unwrap();
            panic!("in the closure");
        });
    }));
    assert!(panicked.is_err());

    assert_eq!(*writer.get(), before);
    assert_eq!(writer.file().generation(), 1);
    assert_eq!(reader.snapshot().unwrap(), before);
    // What was rolled back does not come up later.
    writer.set_letter('z');
    assert_eq!(reader.snapshot().unwrap(), Robot { letter: 'z', ..before });
}

#[test]
fn a_batch_is_one_publish_of_what_its_setters_took() {
    let (mut writer, reader, _fixture) = fixture();
    let refused = writer.batch(|robot| {
        robot.set_battery(1.0);
        robot.set_joints([7.0; 6]);
        let refused = robot.set_name("much too long for a name");
        assert_eq!(robot.get().battery, 1.0);
        robot.set_mode(Mode::Auto);
        refused
    });
    assert!(refused.is_err());
    assert_eq!(writer.file().generation(), 1);
    let seen = reader.snapshot().unwrap();
    assert_eq!((seen.battery, seen.joints, seen.mode), (1.0, [7.0; 6], Mode::Auto));
    assert_eq!(seen, *writer.get());

    writer.batch(|_| ());
    assert_eq!(writer.file().generation(), 1, "nothing was set, nothing is published");
}

#[test]
fn what_changed_long_ago_is_in_every_slot() {
    let (mut writer, reader, _fixture) = fixture();
    let mut random = support::Random(7);
    for round in 0..500 {
        match random.below(6) {
            0 => writer.set_battery(f64::from(round)),
            1 => writer.set_joints([round as f32; 6]),
            2 => writer.set_log(&"x".repeat(random.below(201) as usize)).unwrap(),
            3 => {
                let weights = vec![f64::from(round); random.below(601) as usize];
                writer.set_weights(&weights).unwrap();
            }
            4 => writer.update(|robot| {
                robot.weights.truncate(round as usize);
                robot.grip = !robot.grip;
                robot.target = Some(round as u32).filter(|round| round.is_multiple_of(2)).into();
            }),
            _ => writer.batch(|robot| {
                robot.set_letter(char::from_u32(0x61 + round as u32 % 26).unwrap());
                robot.set_name(&round.to_string()).unwrap();
            }),
        }
        assert_eq!(reader.snapshot().unwrap(), *writer.get(), "after change {round}");
    }
}

#[test]
fn a_whole_value_can_be_published_and_given_at_creation() {
    let (mut writer, reader, fixture) = fixture();
    let value = Robot { battery: 2.0, name: "other".parse().unwrap(), ..writer.get().clone() };
    writer.publish(&value);
    assert_eq!(reader.snapshot().unwrap(), value);
    drop(writer);

    let next = Robot { battery: 3.0, ..value };
    let writer = RobotWriter::options().path(&fixture.path).create_with(next.clone()).unwrap();
    assert_eq!(writer.file().generation(), 2);
    assert_eq!(reader.snapshot().unwrap(), next);
}

#[test]
fn the_next_writer_continues_from_the_stored_value() {
    let (mut writer, reader, fixture) = fixture();
    writer.set_name("first").unwrap();
    drop(writer);
    let mut writer = RobotWriter::create_at(&fixture.path).unwrap();
    assert_eq!(writer.get().name, "first");
    writer.set_battery(1.0);
    assert_eq!(writer.file().generation(), 2);
    assert_eq!(reader.name().unwrap(), "first");
}

#[test]
fn a_snapshot_can_go_into_a_value_that_is_there() {
    let (mut writer, reader, fixture) = fixture();
    writer.set_battery(4.0);
    let mut mine = writer.get().clone();
    mine.battery = 0.0;
    reader.snapshot_into(&mut mine).unwrap();
    assert_eq!(mine.battery, 4.0);

    // A byte that is no bool, written by a program that is not commy.
    writer.set_grip(true);
    let bytes = fs::read(&fixture.path).unwrap();
    let grip = std::mem::offset_of!(Robot, grip);
    // Generation 2 is marked by the even sequence 4 at the start of its slot.
    let slot = format::slot_of(&bytes, 2);
    assert_eq!(format::word(&bytes, slot + slot::SEQUENCE), 4);
    let file = fs::OpenOptions::new().write(true).open(&fixture.path).unwrap();
    file.write_all_at(&[2], (slot + slot::PAYLOAD + grip) as u64).unwrap();

    let found = commy::InvalidReason::Bool { found: 2 };
    let invalid = reader.snapshot().unwrap_err();
    let is_told = |field: &str, reason| field == "grip" && reason == found;
    assert!(
        matches!(&invalid, ReadError::Invalid { field, reason, .. } if is_told(field, *reason))
    );
    assert_eq!(reader.grip(), Err(invalid.clone()));
    assert_eq!(invalid.to_string(), "field `grip`: 2 is not a bool (0 or 1)");
    assert_eq!(reader.battery(), Ok(4.0), "other fields can still be read");
    assert_eq!(reader.snapshot_into(&mut mine), Err(invalid));
    assert_eq!(mine.battery, 0.0, "nothing unchecked is left in the caller's value");
    assert_eq!(mine.name, "");
}

#[test]
fn a_removed_file_is_superseded_and_reopen_finds_the_new_one() {
    let (mut writer, mut reader, fixture) = fixture();
    writer.set_battery(1.0);
    assert!(!reader.file().is_superseded());
    drop(writer);
    fs::remove_file(&fixture.path).unwrap();
    assert!(reader.file().is_superseded());
    assert!(matches!(reader.file().reopen(), Err(OpenError::NotFound { .. })));
    assert_eq!(reader.battery(), Ok(1.0), "a failed reopen leaves the reader as it was");

    RobotWriter::create_at(&fixture.path).unwrap().set_battery(2.0);
    assert!(reader.file().is_superseded());
    reader = reader.file().reopen().unwrap();
    assert!(!reader.file().is_superseded());
    assert_eq!(reader.battery(), Ok(2.0));
}

#[test]
fn flush_and_path_speak_of_the_file() {
    let (mut writer, reader, fixture) = fixture();
    writer.set_battery(1.0);
    writer.flush().unwrap();
    assert_eq!(writer.file().path(), fixture.path);
    assert_eq!(RobotReader::FILENAME, "robot.bin");
    assert_eq!(reader.clone().battery(), Ok(1.0));
}

#[test]
#[ignore = "a role of the test below"]
fn ends_in_a_directory() {
    let Some(_) = support::role_path() else { return };
    let mut writer = RobotWriter::create().unwrap();
    writer.set_battery(6.0);
    assert_eq!(RobotReader::open().unwrap().battery(), Ok(6.0));
    let started_in = std::env::current_dir().unwrap();
    assert!(!started_in.join("robot.bin").exists());
}

#[test]
fn a_relative_filename_is_looked_for_in_commy_dir() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ends_in_a_directory", "--ignored"])
        .env("COMMY_TEST_PATH", directory.path())
        .env("COMMY_DIR", directory.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(
        RobotReader::open_at(directory.path().join("robot.bin")).unwrap().battery(),
        Ok(6.0)
    );
}

#[create_writer(filename = "wide.bin")]
#[create_reader(filename = "wide.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Wide {
    first: u64,
    rest: [u64; 99],
}

/// The closure that picks a field has the whole record and may change more of it. That is not
/// published, and it does not outlast the next value either.
#[test]
fn what_a_closure_changes_beside_its_field_is_gone_with_the_next_publish() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wide.bin");
    let mut writer = WideWriter::create_at(&path).unwrap();
    let reader = WideReader::open_at(&path).unwrap();
    writer.set(
        |record| {
            record.first = 7;
            &mut record.rest[50]
        },
        5,
    );
    assert_eq!((reader.first().unwrap(), reader.rest().unwrap()[50]), (0, 5));
    let mut next = Wide { first: 0, rest: [0; 99] };
    next.rest[98] = 3;
    writer.publish(&next);
    assert_eq!(*writer.get(), next);
    assert_eq!(reader.snapshot().unwrap(), next);
    next.rest[1] = 4;
    writer.publish(&next);
    assert_eq!((writer.get(), reader.snapshot().unwrap()), (&next, next.clone()));
}

#[test]
fn only_a_directory_that_is_not_there_is_called_missing() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing");
    let refused = WideWriter::create_at(missing.join("wide.bin")).unwrap_err();
    assert!(
        matches!(&refused, CreateError::NotFound { directory, .. } if *directory == missing),
        "{refused}"
    );
    // A file system that takes no new files; the kernel says of them that they are not there.
    if std::path::Path::new("/proc/self").is_dir() {
        let refused = WideWriter::create_at("/proc/wide.bin").unwrap_err();
        assert!(matches!(refused, CreateError::Io { .. }), "{refused}");
    }
}

#[test]
fn an_update_returns_what_its_closure_returns() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = WideWriter::create_at(directory.path().join("wide.bin")).unwrap();
    let before = writer.update(|wide| core::mem::replace(&mut wide.first, 9));
    assert_eq!((before, writer.get().first, writer.file().generation()), (0, 9, 1));
}
