//! A struct reaches another process: values, generations, and what the mapping permits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::thread;

use commy::{CreateError, FixedString, FixedVec, ReadError, create_reader, create_writer};

#[create_writer(filename = "station.bin")]
#[create_reader(filename = "station.bin")]
#[derive(Debug, PartialEq)]
struct Station {
    name: FixedString<32>,
    readings: FixedVec<f64, 16>,
    count: u64,
}

#[test]
#[ignore = "a role of the tests below"]
fn writer_until_told_to_end() {
    let Some(path) = support::role_path() else { return };
    let mut writer = StationWriter::create_at(path).unwrap();
    writer
        .try_update(|station| {
            station.count += 1;
            station.readings.push(station.count as f64)?;
            station.name = "Zugspitze".parse()?;
            Ok::<(), commy::CapacityError>(())
        })
        .unwrap();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// Starts the writer process and waits for its publish.
fn started(path: &std::path::Path, reader: Option<&StationReader>) -> support::Reaped {
    let seen = reader.map_or(0, |reader| reader.file().generation());
    let child = support::Reaped(support::start("writer_until_told_to_end", path));
    while !StationReader::open_at(path).is_ok_and(|reader| reader.file().changed_since(seen)) {
        thread::sleep(Duration::from_millis(1));
    }
    child
}

fn end(mut child: support::Reaped) {
    child.0.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn a_value_written_by_one_process_is_read_by_another() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("station.bin");
    end(started(&path, None));

    let reader = StationReader::open_at(&path).unwrap();
    let expected = Station {
        name: "Zugspitze".parse().unwrap(),
        readings: FixedVec::try_from([1.0]).unwrap(),
        count: 1,
    };
    assert_eq!(reader.snapshot().unwrap(), expected);
    assert_eq!(reader.file().generation(), 1);

    // The next process continues from the stored value, and the open reader follows.
    end(started(&path, Some(&reader)));
    assert_eq!(reader.readings().unwrap().as_slice(), [1.0, 2.0]);
    assert_eq!(reader.count().unwrap(), 2);
    assert_eq!(reader.file().generation(), 2);
}

#[test]
fn a_second_writer_is_refused_while_the_first_one_lives() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("station.bin");
    let first = started(&path, None);
    for _ in 0..3 {
        let refused = StationWriter::create_at(&path).unwrap_err();
        let CreateError::WriterBusy { holder, .. } = &refused else { panic!("{refused}") };
        // Where the system tells.
        let by = holder.map_or_else(String::new, |pid| format!(": process {pid}"));
        let expected = format!("`{}` already has a writer{by}", path.display());
        assert_eq!(refused.to_string(), expected);
    }
    drop(first);
    let second = StationWriter::create_at(&path).unwrap();
    let refused = StationWriter::create_at(&path).unwrap_err();
    assert!(matches!(refused, CreateError::WriterBusy { .. }), "{refused}");
    assert_eq!(second.get().count, 1);
}

#[test]
fn a_reader_maps_the_file_read_only_and_needs_read_permission_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("station.bin");
    let mut writer = StationWriter::create_at(&path).unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    // The writer keeps what it has open; its own mapping must not be mistaken for the reader's.
    let maps = || fs::read_to_string("/proc/self/maps").unwrap();
    let mine = |line: &&str| {
        line.ends_with("station.bin") && line.contains(directory.path().to_str().unwrap())
    };
    assert!(maps().lines().filter(mine).all(|line| line.contains(" rw-s ")));

    let reader = StationReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap_err(), ReadError::Empty);
    writer.set_count(7);
    assert_eq!(reader.count().unwrap(), 7);
    assert_eq!(maps().lines().filter(mine).filter(|line| line.contains(" r--s ")).count(), 1);
    drop(writer);
    assert!(maps().lines().filter(mine).all(|line| line.contains(" r--s ")));
    assert_eq!(reader.count().unwrap(), 7);
}
