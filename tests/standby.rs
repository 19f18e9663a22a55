//! Standbys wait for the writer lock, and one of them takes over when the writer has gone.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "how much was shown")]

mod support;

use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::process;
use std::thread;
use std::time::Instant;

use commy::{CreateError, OnMismatch, Recovered, WriterState, create_reader, create_writer};
use support::format::{self, slot};

#[create_writer(filename = "duty.bin")]
#[create_reader(filename = "duty.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Duty {
    pid: u64,
    count: u64,
    /// How many writers there were.
    terms: u64,
    /// Whether each of them was offered the last value.
    continued: bool,
}

#[create_writer(filename = "list.bin", growable)]
#[create_reader(filename = "list.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct List {
    items: Vec<String>,
}

#[test]
#[ignore = "a role of the tests below"]
fn standby() {
    let Some(path) = support::role_path() else { return };
    let mut writer = DutyWriter::options().path(path).create_wait(Duration::MAX).unwrap();
    let continues = matches!(writer.file().recovered(), Recovered::Live | Recovered::Fresh);
    writer.update(|duty| {
        duty.continued = continues && (duty.continued || duty.terms == 0);
        duty.terms += 1;
        duty.pid = process::id().into();
    });
    loop {
        writer.update(|duty| duty.count += 1);
        thread::sleep(Duration::from_micros(20));
    }
}

/// Writes its number into the value that is published, as a second writer would.
#[test]
#[ignore = "a role of the control below"]
fn second_writer() {
    let Some(path) = support::role_path() else { return };
    let file = File::options().read(true).write(true).open(&path).unwrap();
    loop {
        let bytes = fs::read(&path).unwrap();
        let latest = format::word(&bytes, format::file::LATEST);
        let pid = (format::slot_of(&bytes, latest) + slot::PAYLOAD) as u64;
        file.write_all_at(&u64::from(process::id()).to_ne_bytes(), pid).unwrap();
    }
}

/// Looks for `time` at who writes: it must be `holder`, and counts must not go back.
fn watch(reader: &DutyReader, holder: u64, time: Duration) -> Result<u64, String> {
    let (started, mut newest, mut looks) = (Instant::now(), (0, 0), 0);
    while started.elapsed() < time {
        let (generation, duty) =
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap();
        if duty.pid != holder {
            return Err(format!("{} writes while {holder} lives", duty.pid));
        }
        if (generation, duty.count) < newest {
            return Err(format!("{:?} after {newest:?}", (generation, duty.count)));
        }
        newest = (generation, duty.count);
        looks += 1;
    }
    Ok(looks)
}

/// Waits until another one than `before` writes.
fn successor(reader: &DutyReader, before: &Duty) -> Duty {
    loop {
        if let Ok(duty) = reader.snapshot()
            && duty.terms > before.terms
        {
            return duty;
        }
        thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn of_three_standbys_one_takes_over_whenever_the_writer_is_killed() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("duty.bin");
    drop(DutyWriter::create_at(&path).unwrap());
    let reader = DutyReader::open_at(&path).unwrap();
    let start = || support::Reaped(support::start("standby", &path));
    let mut standbys = [start(), start(), start()];
    let mut last = Duty { pid: 0, count: 0, terms: 0, continued: false };
    let (mut looks, mut named) = (0, 0);
    const KILLS: u64 = 25;
    for kill in 1..=KILLS {
        let duty = successor(&reader, &last);
        assert_eq!(duty.terms, kill, "one writer follows another one, and none is left out");
        assert!(duty.continued && duty.count >= last.count, "{duty:?} after {last:?}");
        assert_eq!(reader.file().writer_state(), WriterState::Alive);
        looks += watch(&reader, duty.pid, Duration::from_millis(40)).unwrap();
        if let Some(pid) = reader.file().writer_pid() {
            assert_eq!(u64::from(pid), duty.pid);
            named += 1;
        }
        let at = standbys.iter().position(|it| u64::from(it.0.id()) == duty.pid).unwrap();
        standbys[at].0.kill().unwrap();
        standbys[at].0.wait().unwrap();
        last = duty;
        standbys[at] = start();
    }
    println!("{KILLS} writers killed, {looks} looks, {named} times the writer was named");
    assert!(looks > KILLS);
}

/// The control: the test above would see a second writer.
#[test]
fn a_second_writer_would_be_seen() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("duty.bin");
    let _writer = support::Reaped(support::start("standby", &path));
    let mut reader = DutyReader::options().path(&path).open_wait(Duration::MAX).unwrap();
    let nobody = Duty { pid: 0, count: 0, terms: 0, continued: false };
    let duty = successor(&reader, &nobody);
    let _second = support::Reaped(support::start("second_writer", &path));
    reader = reader.file().reopen().unwrap();
    while watch(&reader, duty.pid, Duration::from_millis(40)).is_ok() {}
}

#[test]
fn a_standby_gives_up_when_its_time_is_over_and_names_who_is_in_the_way() {
    let (_directory, path) = support::place("duty.bin");
    let mut writer = DutyWriter::create_at(&path).unwrap();
    writer.update(|duty| duty.count = 5);
    let before = (fs::read(&path).unwrap(), support::names(path.parent().unwrap()));
    let options = DutyWriter::options().path(&path);
    for timeout in [Duration::ZERO, Duration::from_millis(30)] {
        let started = Instant::now();
        match options.clone().create_wait(timeout) {
            Err(CreateError::WriterBusy { holder, .. }) => {
                assert!(holder.is_none_or(|pid| pid == process::id()));
            }
            other => panic!("{other:?}"),
        }
        assert!(started.elapsed() >= timeout);
    }
    let after = (fs::read(&path).unwrap(), support::names(path.parent().unwrap()));
    assert!(before == after, "a standby changed something");
    // What it says of the holder.
    let refused = options.clone().create().unwrap_err();
    let CreateError::WriterBusy { holder, .. } = &refused else { panic!("{refused}") };
    let by = holder.map_or_else(String::new, |pid| format!(": process {pid}"));
    let text = format!("`{}` already has a writer{by}", path.display());
    assert_eq!(refused.to_string(), text);
    drop(writer);
    let writer = options.create_wait(Duration::MAX).unwrap();
    assert_eq!((writer.get().count, writer.file().recovered()), (5, Recovered::Live));
}

#[test]
fn a_holder_is_the_process_that_has_the_file_and_nobody_when_it_has_gone() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("duty.bin");
    let mut writer = support::Reaped(support::start("standby", &path));
    let reader = DutyReader::options().path(&path).open_wait(Duration::MAX).unwrap();
    while reader.file().generation() == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    let Some(pid) = reader.file().writer_pid() else {
        println!("skipped: the system names no holder of a lock");
        return;
    };
    assert_eq!(pid, writer.0.id());
    let refused = DutyWriter::create_at(&path).unwrap_err();
    assert!(matches!(refused, CreateError::WriterBusy { holder: Some(found), .. } if found == pid));
    // By whatever name: the lock lies where links lead.
    let link = path.with_extension("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(DutyReader::open_at(&link).unwrap().file().writer_pid(), Some(pid));
    // A lock file of another file says nothing of this one.
    let other = path.with_extension("hard");
    fs::hard_link(&path, &other).unwrap();
    let by_other_name = DutyReader::open_at(&other).unwrap();
    assert_eq!(by_other_name.file().writer_pid(), None);
    let lock = File::create(path.with_extension("hard.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(by_other_name.file().writer_pid(), None);
    fs::remove_file(&other).unwrap();
    assert_eq!(reader.file().writer_pid(), Some(pid));
    writer.0.kill().unwrap();
    writer.0.wait().unwrap();
    assert_eq!(reader.file().writer_pid(), None);
    assert_eq!(reader.file().writer_state(), WriterState::Dead);
}

#[test]
fn who_waits_is_told_that_the_file_does_not_fit() {
    mod newer {
        #[commy::create_writer(filename = "duty.bin")]
        pub(super) struct Duty {
            pub(crate) pid: u32,
        }
    }
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("duty.bin");
    let writer = DutyWriter::create_at(&path).unwrap();
    let options = newer::DutyWriter::options().path(&path);
    let refused = options.clone().create_wait(Duration::MAX);
    assert!(matches!(refused, Err(CreateError::SchemaMismatch(_))));
    let refused = DutyWriter::options().path(&path).slots(9).create_wait(Duration::MAX);
    assert!(matches!(refused, Err(CreateError::OptionMismatch { .. })));
    // Who would replace it waits.
    let replacing = options.on_mismatch(OnMismatch::Replace);
    let refused = replacing.clone().create_wait(Duration::from_millis(300));
    assert!(matches!(refused, Err(CreateError::WriterBusy { .. })));
    let standby = thread::spawn(|| replacing.create_wait(Duration::MAX));
    drop(writer);
    assert_eq!(standby.join().unwrap().unwrap().get().pid, 0);
}

#[test]
fn a_standby_of_a_record_that_grows_takes_over_what_there_is() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("list.bin");
    let mut writer = ListWriter::create_at(&path).unwrap();
    writer.items_mut().push("one").unwrap();
    let options = ListWriter::options().path(&path);
    let refused = options.clone().create_wait(Duration::from_millis(10));
    assert!(matches!(refused, Err(CreateError::WriterBusy { .. })));
    let standby = thread::spawn(|| options.create_wait(Duration::MAX));
    thread::sleep(Duration::from_millis(5));
    writer.items_mut().push("two").unwrap();
    drop(writer);
    let mut writer = standby.join().unwrap().unwrap();
    assert_eq!(writer.snapshot().unwrap().items, ["one", "two"]);
    writer.items_mut().push("three").unwrap();
    let reader = ListReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap().items.len(), 3);
    assert!(reader.file().writer_pid().is_none_or(|pid| pid == process::id()));
}
