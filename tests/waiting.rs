//! Readers wait for publishes of another process or thread, and are never left asleep.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/sleepers.rs"]
mod sleepers;
mod support;
#[path = "support/tick.rs"]
mod tick;

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::sync::Arc;
use std::{env, fs, thread};

use commy::{OpenError, ReadError, WaitOutcome, WriterState};
use sleepers::{BETWEEN, Patient, sleepers, sleeps_within_a_second, store_ringing, until_asleep};
use tick::{LONG, Tick, TickReader, TickWriter, both_ways};

#[test]
#[ignore = "a role of the tests below"]
fn writer_that_answers() {
    let Some(path) = support::role_path() else { return };
    let mut writer = TickWriter::create_at(&path).unwrap();
    let questions =
        TickReader::options().path(path.with_extension("back")).open_wait(LONG).unwrap();
    for question in questions.changes() {
        writer.publish(&Tick::of(question.unwrap().number));
    }
}

#[test]
fn two_processes_answer_each_other_without_losing_a_wake_up() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("tick.bin");
    let _child = support::Reaped(support::start("writer_that_answers", &path));
    let answers = TickReader::options().path(&path).open_wait(LONG).unwrap();
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
    let (_directory, path) = support::place("tick.bin");
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
    let (_directory, path) = support::place("tick.bin");
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
    let (_directory, path) = support::place("tick.bin");
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
    let (_directory, path) = support::place("tick.bin");
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
fn a_polling_reader_looks_for_itself() {
    let (_directory, path) = support::place("tick.bin");
    let _idle = TickWriter::create_at(&path).unwrap();
    // A writer that would wake whoever is registered, and fences for itself.
    store_ringing(&path, 0);
    let [_, reader] = both_ways(&path);
    let sleeps = sleeps_within_a_second(|second| reader.wait_newer(0, second));
    assert!(sleeps > BETWEEN, "one that nobody knows of slept {sleeps} times");
}

#[test]
fn a_value_that_is_not_believed_is_waited_for() {
    let (_directory, path) = support::place("tick.bin");
    let _writer = TickWriter::create_with_at(&path, 1);
    // The copy of a live file may be torn, as what outlived a restart of the machine may be.
    let copy = path.with_extension("copy");
    fs::copy(&path, &copy).unwrap();
    for reader in both_ways(&copy) {
        assert!(matches!(reader.snapshot(), Err(ReadError::NeedsWriter)));
        assert_eq!(reader.wait_newer(0, Duration::from_millis(5)), WaitOutcome::TimedOut);
    }
}

#[test]
fn a_writer_that_does_not_notify_is_still_followed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::options().path(&path).notify(false).create().unwrap();
    for reader in both_ways(&path) {
        let seen = reader.file().generation();
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| reader.wait_newer(seen, LONG));
            thread::sleep(Duration::from_millis(20));
            writer.publish(&Tick::of(1));
            assert_eq!(sleeper.join().unwrap(), WaitOutcome::Newer(seen + 1));
        });
    }
}

#[test]
fn a_close_wakes_those_who_sleep() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let writer = TickWriter::create_with_at(&path, 1);
    let readers = both_ways(&path);
    thread::scope(|scope| {
        let sleeper = |reader: &'_ TickReader| {
            let reader = reader.clone();
            scope.spawn(move || reader.wait(LONG))
        };
        let first = readers.each_ref().map(sleeper);
        until_asleep(&path);
        wakes_the_patient(&path, || drop(writer));
        for sleeper in first {
            assert_eq!(sleeper.join().unwrap(), WaitOutcome::Closed);
        }
        // A file that is closed already is not waited for.
        assert_eq!(readers[0].wait(LONG), WaitOutcome::Closed);
        assert_eq!(readers[0].wait_newer(0, LONG), WaitOutcome::Newer(1));
    });
    // Another writer may come, so somebody may sleep who takes no notice of the close.
    let replace = || drop(TickWriter::replace_at(&path));
    wakes_the_patient(&path, replace);
    assert_eq!(readers.map(|reader| reader.wait(LONG)), [WaitOutcome::Superseded; 2]);
}

/// Checks that `change` wakes one who would sleep for ever otherwise.
fn wakes_the_patient(path: &Path, change: impl FnOnce()) {
    let patient = Arc::new(Patient::register(path));
    let sleeper = thread::spawn({
        let patient = Arc::clone(&patient);
        move || patient.sleep()
    });
    until_asleep(path);
    change();
    assert!(patient.is_rung_for(), "the word that sleepers watch is as it was");
    sleeper.join().unwrap();
}

#[test]
fn a_replacement_of_a_killed_writers_file_wakes_those_who_sleep() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut child = support::Reaped(support::start("writer_that_answers", &path));
    let mut reader = TickReader::options().path(&path).open_wait(LONG).unwrap();
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| reader.wait(LONG));
        until_asleep(&path);
        let mut next = None;
        wakes_the_patient(&path, || {
            next = Some(TickWriter::replace_at(&path));
        });
        assert_eq!(sleeper.join().unwrap(), WaitOutcome::Superseded);
    });
    reader = reader.file().reopen().unwrap();
    assert!(!reader.file().is_superseded());
}

#[test]
fn a_removed_file_ends_a_wait_though_nobody_wakes() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
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
fn a_file_that_is_not_there_yet_is_waited_for() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let absent = TickReader::options().path(&path).open_wait(Duration::from_millis(10));
    assert!(matches!(absent, Err(OpenError::NotFound { .. })));
    thread::scope(|scope| {
        let opened = scope.spawn(|| TickReader::options().path(&path).open_wait(LONG));
        thread::sleep(Duration::from_millis(5));
        drop(TickWriter::create_with_at(&path, 9));
        assert_eq!(opened.join().unwrap().unwrap().number().unwrap(), 9);
    });
    // What is there and wrong is not waited for.
    fs::write(&path, "a letter").unwrap();
    assert!(matches!(
        TickReader::options().path(&path).open_wait(LONG),
        Err(OpenError::NotCommy { .. })
    ));
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
    let (_directory, path) = support::place("tick.bin");
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
    let (_directory, path) = support::place("tick.bin");
    let mut child = support::Reaped(support::start("writer_that_answers", &path));
    let reader = TickReader::options().path(&path).open_wait(LONG).unwrap();
    assert_eq!(reader.file().writer_state(), WriterState::Alive);
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    assert_eq!(reader.file().writer_state(), WriterState::Dead);
    assert_eq!(reader.wait(Duration::from_millis(1)), WaitOutcome::TimedOut);
}

#[test]
fn a_lost_wake_up_is_made_good_by_the_next_look() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::options().path(&path).notify(false).create().unwrap();
    // A writer that wakes nobody, and a file that does not say so: every wake-up is lost.
    store_ringing(&path, 0);
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
    let (directory, path) = support::place("tick.bin");
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

#[test]
fn a_reader_of_a_relative_name_waits_for_it_in_the_named_directory() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (directory, path) = support::place("tick.bin");
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
    let reader = TickReader::options().open_wait(LONG).unwrap();
    // A file appears before its first value does.
    assert_eq!(reader.wait_newer(0, LONG), WaitOutcome::Newer(1));
    assert_eq!(reader.number().unwrap(), 4);
}
