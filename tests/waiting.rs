//! Readers wait for publishes of another process or thread, and are never left asleep.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::{env, fs};

use commy::{OpenError, ReadError, WaitOutcome, WriterState, create_reader, create_writer};

#[create_writer(filename = "tick.bin")]
#[create_reader(filename = "tick.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Tick {
    number: u64,
    twice: u64,
}

impl Tick {
    fn of(number: u64) -> Self {
        Self { number, twice: 2 * number }
    }
}

/// Longer than any wait that ends for a reason; the watchdog ends the others.
const LONG: Duration = Duration::from_secs(600);

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tick.bin");
    (directory, path)
}

/// The highest generation that anybody sleeps for, as the file has it.
fn sleepers(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    u64::from_ne_bytes(bytes[8192..8200].try_into().unwrap())
}

/// Waits until a sleeper has registered, and a little longer, so that it is asleep.
fn until_asleep(path: &Path) {
    while sleepers(path) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(20));
}

fn both_ways(path: &Path) -> [TickReader; 2] {
    let polling = TickReader::options().path(path).polling().open().unwrap();
    [TickReader::open_at(path).unwrap(), polling]
}

#[test]
#[ignore = "a role of the tests below"]
fn writer_that_answers() {
    let Some(path) = support::role_path() else { return };
    let mut writer = TickWriter::create_at(&path).unwrap();
    let questions = TickReader::open_wait_at(path.with_extension("back"), LONG).unwrap();
    for question in questions.changes() {
        writer.publish(&Tick::of(question.unwrap().number));
    }
}

#[test]
fn two_processes_answer_each_other_without_losing_a_wake_up() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = place();
    let _child = support::Reaped(support::start("writer_that_answers", &path));
    let answers = TickReader::open_wait_at(&path, LONG).unwrap();
    let mut questions = TickWriter::create_at(path.with_extension("back")).unwrap();
    let mut seen = 0;
    for number in 1..=3000 {
        questions.set_number(number);
        loop {
            let outcome = answers.wait_newer(seen, LONG);
            seen = outcome.generation().unwrap();
            if answers.number().unwrap() == number {
                break;
            }
        }
    }
    assert_eq!(answers.snapshot().unwrap(), Tick::of(3000));
}

#[test]
fn a_wait_ends_with_its_time_and_not_before() {
    let (_directory, path) = place();
    let _writer = TickWriter::create_at(&path).unwrap();
    for reader in both_ways(&path) {
        for millis in [0, 1, 15, 120] {
            let started = std::time::Instant::now();
            let timeout = Duration::from_millis(millis);
            assert_eq!(reader.wait(timeout), WaitOutcome::TimedOut);
            assert!(started.elapsed() >= timeout);
        }
    }
}

#[test]
fn a_value_that_is_there_is_not_waited_for() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::create_at(&path).unwrap();
    writer.publish(&Tick::of(1));
    writer.publish(&Tick::of(2));
    for reader in both_ways(&path) {
        assert_eq!(reader.wait_newer(0, LONG), WaitOutcome::Newer(2));
        assert_eq!(reader.wait_newer(1, Duration::ZERO), WaitOutcome::Newer(2));
        assert_eq!(reader.wait_newer(2, Duration::ZERO), WaitOutcome::TimedOut);
    }
    assert_eq!(sleepers(&path), 0, "nobody had to sleep");
}

#[test]
fn who_sleeps_is_registered_until_the_next_publish() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::create_at(&path).unwrap();
    writer.publish(&Tick::of(1));
    let reader = TickReader::open_at(&path).unwrap();
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| reader.wait_newer(1, LONG));
        until_asleep(&path);
        assert_eq!(sleepers(&path), 2);
        writer.publish(&Tick::of(2));
        assert_eq!(sleeper.join().unwrap(), WaitOutcome::Newer(2));
    });
    assert_eq!(sleepers(&path), 0);
}

#[test]
fn a_polling_reader_registers_nowhere_and_gets_its_value() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::create_at(&path).unwrap();
    let [_, reader] = both_ways(&path);
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| reader.wait_newer(0, LONG));
        thread::sleep(Duration::from_millis(30));
        assert_eq!(sleepers(&path), 0);
        writer.publish(&Tick::of(1));
        assert_eq!(sleeper.join().unwrap(), WaitOutcome::Newer(1));
    });
}

#[test]
fn a_writer_that_does_not_notify_is_still_followed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::options().path(&path).notify(false).create().unwrap();
    for reader in both_ways(&path) {
        let seen = reader.generation();
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| reader.wait_newer(seen, LONG));
            thread::sleep(Duration::from_millis(20));
            writer.publish(&Tick::of(1));
            assert_eq!(sleeper.join().unwrap(), WaitOutcome::Newer(seen + 1));
        });
    }
}

#[test]
fn a_close_and_a_replacement_wake_those_who_sleep() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let writer = TickWriter::create_with_at(&path, 1);
    let readers = both_ways(&path);
    thread::scope(|scope| {
        let sleeper = |reader: &'_ TickReader| {
            let reader = reader.clone();
            scope.spawn(move || reader.wait(LONG))
        };
        let first = readers.each_ref().map(sleeper);
        until_asleep(&path);
        drop(writer);
        for sleeper in first {
            assert_eq!(sleeper.join().unwrap(), WaitOutcome::Closed);
        }
        // A file that is closed already is not waited for.
        assert_eq!(readers[0].wait(LONG), WaitOutcome::Closed);
        assert_eq!(readers[0].wait_newer(0, LONG), WaitOutcome::Newer(1));
    });
}

#[test]
fn a_replacement_of_a_killed_writers_file_wakes_those_who_sleep() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut child = support::Reaped(support::start("writer_that_answers", &path));
    let mut reader = TickReader::open_wait_at(&path, LONG).unwrap();
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| reader.wait(LONG));
        until_asleep(&path);
        let _next = TickWriter::options().path(&path).replace().unwrap();
        assert_eq!(sleeper.join().unwrap(), WaitOutcome::Superseded);
    });
    reader.reopen().unwrap();
    assert!(!reader.is_superseded());
}

#[test]
fn a_removed_file_ends_a_wait_though_nobody_wakes() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let _writer = TickWriter::create_at(&path).unwrap();
    for reader in both_ways(&path) {
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| reader.wait(LONG));
            thread::sleep(Duration::from_millis(20));
            let _ = fs::remove_file(&path);
            assert_eq!(sleeper.join().unwrap(), WaitOutcome::Superseded);
        });
    }
}

#[test]
fn changes_end_with_the_last_value() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::create_at(&path).unwrap();
    for reader in both_ways(&path) {
        let seen = reader.number().unwrap_or(0);
        thread::scope(|scope| {
            let numbers = scope.spawn(|| {
                let values = reader.changes().map(|tick| tick.unwrap());
                values
                    .map(|tick| {
                        assert_eq!(tick.twice, 2 * tick.number);
                        tick.number
                    })
                    .collect::<Vec<_>>()
            });
            for number in seen + 1..=seen + 500 {
                writer.publish(&Tick::of(number));
            }
            drop(writer);
            let numbers = numbers.join().unwrap();
            assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
            assert_eq!(*numbers.last().unwrap(), seen + 500);
        });
        writer = TickWriter::create_at(&path).unwrap();
    }
}

#[test]
fn a_bad_value_is_reported_once_and_does_not_end_the_changes() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let flags = path.with_extension("flags");
    let mut writer = FlagWriter::create_at(&flags).unwrap();
    writer.set_on(true);
    // The payload of generation 1 is in slot 1, of two; no bool is 7.
    let at = fs::read(&flags).unwrap().len() - 4096 + 128 + 16;
    let file = fs::File::options().write(true).open(&flags).unwrap();
    file.write_all_at(&[7], at as u64).unwrap();
    let mut changes = FlagReader::open_at(&flags).unwrap().changes();
    assert!(matches!(changes.next(), Some(Err(ReadError::Invalid { .. }))));
    writer.set_on(false);
    assert!(!changes.next().unwrap().unwrap().on);
    drop(writer);
    assert!(changes.next().is_none());
    assert!(changes.next().is_none());
}

#[create_writer(filename = "flag.bin")]
#[create_reader(filename = "flag.bin")]
struct Flag {
    on: bool,
}

#[test]
fn a_callback_gets_the_newest_value_and_stops_with_its_guard() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::create_with_at(&path, 1);
    for reader in both_ways(&path) {
        let (seen, numbers) = mpsc::channel();
        let guard = reader.on_change(move |tick| seen.send(tick.unwrap().number).unwrap()).unwrap();
        // Level-triggered: first what is there.
        let first = numbers.recv().unwrap();
        assert_eq!(first, writer.get().number);
        writer.publish(&Tick::of(first + 1));
        assert_eq!(numbers.recv().unwrap(), first + 1);
        assert!(guard.is_running());
        drop(guard);
        // The callback is gone, and its end of the channel with it.
        assert!(numbers.recv().is_err());
        writer.publish(&Tick::of(first + 2));
    }
}

#[create_writer(filename = "frame.bin")]
#[create_reader(filename = "frame.bin")]
struct Frame {
    pixels: [u8; 8 << 20],
}

#[test]
fn a_callback_gets_a_value_that_is_larger_than_its_stack() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = FrameWriter::create_at(&path).unwrap();
    let (seen, pixels) = mpsc::channel();
    let last = |frame: &Frame| frame.pixels[(8 << 20) - 1];
    let reader = FrameReader::open_at(&path).unwrap();
    let guard = reader.on_change(move |frame| seen.send(frame.map(last)).unwrap()).unwrap();
    for pixel in 1..=3 {
        writer.set_pixels_at((8 << 20) - 1, pixel);
        assert_eq!(pixels.recv().unwrap().unwrap(), pixel);
    }
    drop(guard);
}

#[test]
fn a_callback_survives_the_writer_and_ends_with_the_file() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    drop(TickWriter::create_with_at(&path, 1));
    let (seen, numbers) = mpsc::channel();
    let reader = TickReader::open_at(&path).unwrap();
    let guard = reader.on_change(move |tick| seen.send(tick.unwrap().number).unwrap()).unwrap();
    assert_eq!(numbers.recv().unwrap(), 1);
    TickWriter::create_at(&path).unwrap().publish(&Tick::of(2));
    assert_eq!(numbers.recv().unwrap(), 2);
    drop(TickWriter::options().path(&path).replace().unwrap());
    assert!(numbers.recv().is_err());
    while guard.is_running() {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_file_that_is_not_there_yet_is_waited_for() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let absent = TickReader::open_wait_at(&path, Duration::from_millis(10));
    assert!(matches!(absent, Err(OpenError::NotFound { .. })));
    thread::scope(|scope| {
        let opened = scope.spawn(|| TickReader::options().path(&path).open_wait(LONG));
        thread::sleep(Duration::from_millis(5));
        drop(TickWriter::create_with_at(&path, 9));
        assert_eq!(opened.join().unwrap().unwrap().number().unwrap(), 9);
    });
    // What is there and wrong is not waited for.
    fs::write(&path, "a letter").unwrap();
    assert!(matches!(TickReader::open_wait_at(&path, LONG), Err(OpenError::NotCommy { .. })));
}

#[test]
#[ignore = "a role of the test below"]
fn sleeper_that_is_killed() {
    let Some(path) = support::role_path() else { return };
    let reader = TickReader::open_at(path).unwrap();
    let _ = reader.wait(LONG);
}

#[test]
fn a_killed_sleeper_is_forgotten_by_the_next_publish() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::create_with_at(&path, 1);
    let mut child = support::Reaped(support::start("sleeper_that_is_killed", &path));
    until_asleep(&path);
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert_eq!(sleepers(&path), 2);
    writer.publish(&Tick::of(2));
    assert_eq!(sleepers(&path), 0);
}

#[test]
fn a_writer_is_alive_until_it_is_killed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut child = support::Reaped(support::start("writer_that_answers", &path));
    let reader = TickReader::open_wait_at(&path, LONG).unwrap();
    assert_eq!(reader.writer_alive(), WriterState::Alive);
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert_eq!(reader.writer_alive(), WriterState::Dead);
    assert_eq!(reader.wait(Duration::from_millis(1)), WaitOutcome::TimedOut);
}

#[test]
fn a_lost_wake_up_is_made_good_by_the_next_look() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = place();
    let mut writer = TickWriter::options().path(&path).notify(false).create().unwrap();
    // A writer that wakes nobody, and a file that does not say so: every wake-up is lost.
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[0; 4], 4096 + 772).unwrap();
    let reader = TickReader::open_at(&path).unwrap();
    for seen in 0..5 {
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| reader.wait_newer(seen, LONG));
            until_asleep(&path);
            writer.publish(&Tick::of(seen));
            assert_eq!(sleeper.join().unwrap(), WaitOutcome::Newer(seen + 1));
        });
    }
    assert_ne!(sleepers(&path), 0, "a publish has woken somebody");
}

#[test]
#[ignore = "a role of the test below"]
fn stranger_that_waits() {
    let Some(path) = support::role_path() else { return };
    assert!(fs::File::options().write(true).open(&path).is_err());
    let reader = TickReader::open_at(path).unwrap();
    // Past the test harness, which keeps what a test prints.
    std::io::stdout().write_all(b"\nready\n").unwrap();
    assert_eq!(reader.wait_newer(1, LONG), WaitOutcome::Newer(2));
    std::io::stdout().write_all(b"seen\n").unwrap();
    assert_eq!(reader.wait_newer(2, LONG), WaitOutcome::Closed);
}

#[test]
fn a_reader_without_the_right_to_write_waits_too() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (directory, path) = place();
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: only root can start a process of another user");
        return;
    }
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let options = TickWriter::options().path(&path).mode(0o644);
    let mut writer = options.create_with(Tick::of(1)).unwrap();
    let program = path.with_file_name("program");
    support::copy_program(&program);
    let nobody = 65_534;
    let mut child = std::process::Command::new(program)
        .args(["--exact", "stranger_that_waits", "--ignored", "--nocapture", "--quiet"])
        .env(support::PATH, &path)
        .stdout(std::process::Stdio::piped())
        .uid(nobody)
        .gid(nobody)
        .spawn()
        .map(support::Reaped)
        .unwrap();
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"), "the stranger ended early");
    thread::sleep(Duration::from_millis(30));
    assert_eq!(sleepers(&path), 0);
    writer.publish(&Tick::of(2));
    assert!(lines.any(|line| line.unwrap() == "seen"), "the stranger ended early");
    drop(writer);
    assert!(child.0.wait().unwrap().success());
}

impl TickWriter {
    fn create_with_at(path: &Path, number: u64) -> Self {
        Self::options().path(path).create_with(Tick::of(number)).unwrap()
    }
}

#[test]
fn a_reader_of_a_relative_name_waits_for_it_in_the_named_directory() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (directory, path) = place();
    let mut child = std::process::Command::new(env::current_exe().unwrap())
        .args(["--exact", "reader_that_waits_for_its_file", "--ignored", "--quiet"])
        .env("COMMY_DIR", directory.path())
        .env(support::PATH, &path)
        .spawn()
        .unwrap();
    drop(TickWriter::create_with_at(&path, 4));
    assert!(child.wait().unwrap().success());
}

#[test]
#[ignore = "a role of the test above"]
fn reader_that_waits_for_its_file() {
    let Some(_) = support::role_path() else { return };
    let reader = TickReader::open_wait(LONG).unwrap();
    // A file appears before its first value does.
    assert_eq!(reader.wait_newer(0, LONG), WaitOutcome::Newer(1));
    assert_eq!(reader.number().unwrap(), 4);
}
