//! A writer that is refused leaves the value, the file and its checkpoints as they were; a checkpoint
//! file of somebody else or with impossible numbers counts for nothing.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, chown};
use std::path::Path;
use std::process;

use commy::{
    CreateError, OnMismatch, ReadError, Recovered, WriterOptions, create_reader, create_writer,
};
use support::format::{self, header, slot};

#[create_writer(filename = "pump.bin")]
#[create_reader(filename = "pump.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Pump {
    running: bool,
    number: u64,
}

/// Options by which a new file takes the place of what is there.
fn replacing(path: &Path) -> WriterOptions<Pump, PumpWriter> {
    let options = PumpWriter::options().path(path).slots(support::other_slots(path));
    options.on_mismatch(OnMismatch::Replace)
}

fn durable(path: &Path) -> Result<PumpWriter, CreateError> {
    PumpWriter::options().path(path).durable(true).create()
}

#[test]
fn a_refused_value_does_not_become_the_durable_one() {
    for is_refused in [false, true] {
        let (_directory, path) = support::place("pump.bin");
        let mut dying = support::Reaped(support::start("dying_writer", &path));
        assert!(dying.0.wait().unwrap().success());
        if is_refused {
            // The flag in the slot of generation 2.
            let bytes = fs::read(&path).unwrap();
            let flag = (format::slot_of(&bytes, 2) + slot::PAYLOAD) as u64;
            OpenOptions::new().write(true).open(&path).unwrap().write_all_at(&[2], flag).unwrap();
            let before = fs::read(&path).unwrap();
            let refused = durable(&path).unwrap_err();
            assert!(matches!(refused, CreateError::Invalid { .. }), "{refused}");
            assert_eq!(fs::read(&path).unwrap(), before, "the refused writer wrote to the file");
        }
        // The live file was in memory: a power cut.
        fs::remove_file(&path).unwrap();
        let writer = durable(&path).unwrap();
        let expected = Pump { running: false, number: 1 };
        assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Checkpoint, &expected));
    }
}

#[test]
#[ignore = "a role of the test above"]
fn dying_writer() {
    let Some(path) = support::role_path() else { return };
    let mut writer = durable(&path).unwrap();
    writer.set_number(1);
    writer.flush().unwrap();
    writer.set_number(2);
    process::exit(0);
}

#[test]
fn a_replacement_that_cannot_have_its_checkpoints_replaces_nothing() {
    let (directory, path) = support::place("pump.bin");
    let document = directory.path().join("notes.txt");
    fs::write(&document, "somebody's document, which is long enough").unwrap();
    let taken = directory.path().join("taken.ckpt");
    let other = PumpWriter::options().path(directory.path().join("other.bin"));
    let _other = other.checkpoint_path(&taken).create().unwrap();
    let missing = directory.path().join("no/such/directory");
    PumpWriter::create_at(&path).unwrap().set_number(42);
    let reader = PumpReader::open_at(&path).unwrap();
    let files = || fs::read_dir(directory.path()).unwrap().count();
    let before = files();
    for at in [&document, &taken, &missing.join("pump.ckpt")] {
        let replaced = replacing(&path).checkpoint_path(at).create();
        match replaced.unwrap_err() {
            CreateError::Unusable(_) if *at == document => {}
            CreateError::WriterBusy { .. } if *at == taken => {}
            CreateError::NotFound { directory, .. } if directory == missing => {}
            other => unreachable!("{other} for {}", at.display()),
        }
        assert!(!reader.file().is_superseded());
        assert_eq!(PumpReader::open_at(&path).unwrap().number().unwrap(), 42);
    }
    assert_eq!(files(), before, "something was left over");
}

#[test]
fn checkpoints_of_enormous_size_are_refused_before_memory_is_taken() {
    let (_directory, path) = support::place("pump.bin");
    durable(&path).unwrap().set_number(1);
    let checkpoints = path.with_extension("bin.ckpt");
    let mut bytes = fs::read(&checkpoints).unwrap();
    let (stride, slots) = (1_u64 << 44, format::number(&bytes, header::SLOTS));
    let len = slots + 2 * stride;
    bytes[header::FILE_LEN..][..8].copy_from_slice(&len.to_le_bytes());
    bytes[header::SLOT_STRIDE..][..8].copy_from_slice(&stride.to_le_bytes());
    format::repair(&mut bytes);
    fs::write(&checkpoints, &bytes[..slots as usize]).unwrap();
    let sparse = OpenOptions::new().write(true).open(&checkpoints).unwrap().set_len(len);
    if sparse.is_err() {
        eprintln!("skipped: this file system has no files of {len} bytes");
        return;
    }
    let refused = durable(&path).unwrap_err();
    assert!(refused.to_string().contains("slot stride is 17592186044416"), "{refused}");
    // A file of another inode asks the checkpoints.
    let copy = path.with_extension("copy");
    fs::copy(&path, &copy).unwrap();
    fs::rename(&copy, &path).unwrap();
    assert_eq!(PumpReader::open_at(&path).unwrap().number().unwrap(), 1);
    assert_eq!(replacing(&path).create().unwrap().file().generation(), 1);
    drop(replacing(&path).durable(true).create().unwrap());
    assert!(fs::metadata(&checkpoints).unwrap().len() < 1 << 20);
}

#[test]
fn a_strangers_checkpoint_is_neither_shown_nor_counted_on() {
    let (directory, path) = support::place("pump.bin");
    PumpWriter::create_at(&path).unwrap().set_number(42);
    let copy = path.with_extension("copy");
    fs::copy(&path, &copy).unwrap();
    fs::rename(&copy, &path).unwrap();
    let theirs = directory.path().join("theirs.bin");
    let mut writer = durable(&theirs).unwrap();
    (0..9).for_each(|number| writer.set_number(600 + number));
    drop(writer);
    let checkpoints = path.with_extension("bin.ckpt");
    fs::copy(theirs.with_extension("bin.ckpt"), &checkpoints).unwrap();
    if chown(&checkpoints, Some(12345), Some(12345)).is_err() {
        eprintln!("skipped: only root can give a file to a stranger");
        return;
    }
    assert_eq!(PumpReader::open_at(&path).unwrap().number().unwrap(), 42);
    let writer = PumpWriter::create_at(&path).unwrap();
    assert_eq!((writer.file().recovered(), writer.get().number), (Recovered::Clean, 42));
    drop(writer);
    assert_eq!(replacing(&path).create().unwrap().file().generation(), 1);
}

#[test]
fn generations_that_nobody_can_have_counted_do_not_use_up_a_file() {
    let (_directory, path) = support::place("pump.bin");
    durable(&path).unwrap().set_number(1);
    let checkpoints = path.with_extension("bin.ckpt");
    for generation in [1_u64 << 60, 1 << 61, 1 << 62, u64::MAX] {
        let file = File::options().read(true).write(true).open(&checkpoints).unwrap();
        let areas = format::number(&fs::read(&checkpoints).unwrap(), header::SLOTS);
        file.write_all_at(&generation.to_le_bytes(), areas).unwrap();
        for round in 1..=3 {
            let mut writer = replacing(&path).create().unwrap();
            writer.set_number(round);
            drop(writer);
            let writer = PumpWriter::create_at(&path).unwrap();
            assert_eq!(writer.get().number, round, "after {generation}");
        }
        drop(replacing(&path).durable(true).create().unwrap());
        assert_eq!(PumpReader::open_at(&path).unwrap().number().unwrap_err(), ReadError::Empty);
    }
}
