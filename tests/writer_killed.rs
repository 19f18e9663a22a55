//! A writer killed at any moment leaves the last complete value, and the next one continues.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "how much was shown")]

mod support;

use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;
use std::time::Instant;

use commy::{FixedVec, ReadError, SmartString, create_reader, create_writer};
use support::format::{self, slot};

#[create_writer(filename = "checked.bin")]
#[create_reader(filename = "checked.bin")]
#[derive(Debug)]
struct Checked {
    number: u64,
    list: FixedVec<u64, 200>,
    text: SmartString<300>,
    even: bool,
    sum: u64,
}

impl Checked {
    fn fill(&mut self, number: u64) {
        self.number = number;
        self.list.clear();
        for index in 0..number % 200 {
            self.list.push(number.wrapping_mul(index | 1)).unwrap();
        }
        self.text.clear();
        for _ in 0..number % 60 {
            self.text.push_str(["a", "é", "€", "🦀"][(number % 4) as usize]).unwrap();
        }
        self.even = number.is_multiple_of(2);
        self.sum = self.checksum();
    }

    fn checksum(&self) -> u64 {
        let list = self.list.iter().fold(self.number, |sum, item| sum.rotate_left(7) ^ item);
        let text = self.text.bytes().fold(list, |sum, byte| sum.rotate_left(5) ^ u64::from(byte));
        text ^ u64::from(self.even)
    }
}

#[test]
#[ignore = "a role of the test below"]
fn writer_that_is_killed() {
    let Some(path) = support::role_path() else { return };
    let mut writer = CheckedWriter::create_at(path).unwrap();
    loop {
        let next = writer.file().generation() + 1;
        writer.update(|checked| checked.fill(next));
    }
}

#[test]
fn readers_see_no_torn_value_and_the_next_writer_goes_on() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = directory.path().join("checked.bin");
    drop(CheckedWriter::create_at(&path).unwrap());
    let mut random = support::Random(0x9e37_79b9_7f4a_7c15);
    let reader = CheckedReader::open_at(&path).unwrap();
    let (mut snapshots, mut kills, mut newest) = (0u64, 0u64, 0u64);
    let started = Instant::now();
    // However slow the machine is: fewer kills and snapshots would show nothing.
    while started.elapsed() < Duration::from_secs(4) || kills <= 10 || snapshots <= 1000 {
        let mut child = support::Reaped(support::start("writer_that_is_killed", &path));
        while !reader.file().changed_since(newest) {
            thread::sleep(Duration::from_micros(100));
        }
        let alive = Duration::from_micros(random.below(3000));
        let running = Instant::now();
        while running.elapsed() < alive {
            verify(&reader, &mut newest);
            snapshots += 1;
        }
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        // What the dead writer published last can be read, by old readers and by new ones.
        verify(&reader, &mut newest);
        let left = reader.file().generation();
        assert_eq!(CheckedReader::open_at(&path).unwrap().snapshot().unwrap().number, left);
        let next = CheckedWriter::create_at(&path).unwrap();
        assert!(next.file().generation() >= left, "{} after {left}", next.file().generation());
        assert_eq!(next.get().number, left);
        drop(next);
        kills += 1;
    }
    println!("{kills} writers killed, {snapshots} snapshots, {newest} generations");
}

/// Takes a snapshot, checks all of it, and that time does not go back.
fn verify(reader: &CheckedReader, newest: &mut u64) {
    match reader.read(|view| Ok((view.file().generation(), view.snapshot()?))) {
        Ok((generation, value)) => {
            assert_eq!(value.sum, value.checksum(), "torn read of generation {generation}");
            assert!(generation >= *newest, "generation {generation} after {newest}");
            *newest = generation;
        }
        Err(error) => assert!(matches!(error, ReadError::Contended { .. }), "{error}"),
    }
}

/// A number in the file at `path`, which a process may have mapped.
fn number_at(path: &Path, at: u64) -> u64 {
    let mut bytes = [0; 8];
    File::open(path).unwrap().read_exact_at(&mut bytes, at).unwrap();
    u64::from_ne_bytes(bytes)
}

/// With two slots, a writer that was killed in a publish was followed by one that began in the
/// slot of the last value; when that one was killed too, no value was left and no writer could
/// open the file.
#[test]
fn a_writer_after_killed_ones_begins_in_another_slot_than_that_of_the_last_value() {
    let directory = tempfile::tempdir().unwrap();
    for slots in 2..6 {
        for killed in 0..3 * u64::from(slots) {
            let path = directory.path().join(format!("{slots}-{killed}"));
            let mut writer = CheckedWriter::options().path(&path).slots(slots).create().unwrap();
            for number in 1..=5 {
                writer.update(|checked| checked.fill(number));
            }
            drop(writer);
            let bytes = fs::read(&path).unwrap();
            let sequence =
                |generation| (format::slot_of(&bytes, generation) + slot::SEQUENCE) as u64;
            // As after writers that were killed one after the other, each in its first publish.
            let file = File::options().write(true).open(&path).unwrap();
            let mut next = 6;
            for _ in 0..killed {
                next += u64::from(sequence(next) == sequence(5));
                file.write_all_at(&(2 * next - 1).to_ne_bytes(), sequence(next)).unwrap();
                next += 1;
            }
            let mut writer = CheckedWriter::create_at(&path).unwrap();
            assert_eq!(writer.get().number, 5);
            writer.update(|checked| checked.fill(6));
            assert!(writer.file().generation() >= next);
            assert_eq!(number_at(&path, sequence(5)), 10, "{slots} slots, {killed} killed");
        }
    }
}
