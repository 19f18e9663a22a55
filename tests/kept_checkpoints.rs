//! A flushed value is discarded by nobody who was not told to, and taken by nobody else: what is
//! replaced is kept aside, and checkpoints know their data file.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/place.rs"]
mod place;
mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use commy::{CreateError, OnMismatch, ReadError, Recovered, create_reader, create_writer};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use place::Place;
use support::format::file::CLEAN;
use support::format::{self, header};

/// Another record, by the same filename.
#[create_writer(filename = "ledger.bin")]
#[create_reader(filename = "ledger.bin")]
struct Other {
    number: u32,
}

/// A writer of `data` with its checkpoints at `checkpoints`.
fn open(data: &Path, checkpoints: &Path) -> Result<LedgerWriter, CreateError> {
    LedgerWriter::options().path(data).checkpoint_path(checkpoints).create()
}

/// Flushes the value with this number and closes.
fn flush(mut writer: LedgerWriter, number: u64) {
    writer.publish(&Ledger::of(number));
    writer.flush().unwrap();
}

#[test]
fn a_replacement_keeps_the_flushed_value_aside_whether_or_not_it_is_durable() {
    for is_durable in [false, true] {
        let place = Place::new();
        flush(place.writer(), 7);
        if is_durable {
            // Then what is left speaks for the file that was lost.
            fs::remove_file(place.path()).unwrap();
        }
        let checkpoints = fs::read(place.checkpoints()).unwrap();
        let options = OtherWriter::options().path(place.path()).on_mismatch(OnMismatch::Replace);
        let mut writer = options.durable(is_durable).create().unwrap();
        writer.set_number(8);
        assert_eq!(writer.file().generation(), 2, "generations go on");
        drop(writer);
        let kept = place.dir.path().join("ledger.bin.ckpt.old-1");
        assert_eq!(fs::read(&kept).unwrap(), checkpoints);
        assert_eq!(place.checkpoints().exists(), is_durable);

        // The next durable writer of the new record is not held up by the old one's.
        let options = OtherWriter::options().path(place.path()).durable(true);
        assert_eq!(options.create().unwrap().get().number, 8);

        // And the old record can be had back.
        let back = Place::new();
        fs::rename(kept, back.checkpoints()).unwrap();
        let writer = back.writer();
        assert_eq!(
            (writer.file().recovered(), writer.get()),
            (Recovered::Checkpoint, &Ledger::of(7))
        );
    }
}

#[test]
fn what_was_kept_earlier_is_not_overwritten() {
    let place = Place::new();
    let kept = |name: &str| place.dir.path().join(name);
    fs::write(kept("ledger.bin.ckpt.old-1"), "somebody's").unwrap();
    symlink("nowhere", kept("ledger.bin.ckpt.old-1-2")).unwrap();
    for round in 0..4 {
        flush(place.writer(), 10 + round);
        drop(place.replacing().durable(round % 2 == 0).create().unwrap());
        for name in ["ledger.bin", "ledger.bin.ckpt"] {
            let _ = fs::remove_file(kept(name));
        }
    }
    assert_eq!(fs::read(kept("ledger.bin.ckpt.old-1")).unwrap(), b"somebody's");
    for round in 0..4 {
        let back = Place::new();
        let name = format!("ledger.bin.ckpt.old-1-{}", 3 + round);
        fs::copy(kept(&name), back.checkpoints()).unwrap();
        assert_eq!(back.writer().get(), &Ledger::of(10 + round), "{name}");
    }
}

#[test]
fn damaged_checkpoints_are_kept_and_those_without_a_value_are_not() {
    for is_durable in [false, true] {
        let place = Place::new();
        drop(place.writer());
        drop(place.replacing().durable(is_durable).create().unwrap());
        assert!(!support::names(place.dir.path()).iter().any(|name| name.contains(".old")));
        assert_eq!(place.checkpoints().exists(), is_durable);
        drop(place.writer());

        let whole = fs::read(place.checkpoints()).unwrap();
        for damaged in [&whole[..whole.len() - 1], &[&whole[..60], b"x", &whole[61..]].concat()] {
            fs::write(place.checkpoints(), damaged).unwrap();
            assert!(place.try_writer().is_err());
            drop(place.replacing().durable(is_durable).create().unwrap());
            let name =
                support::names(place.dir.path()).into_iter().find(|name| name.contains(".old-0"));
            let kept = place.dir.path().join(name.unwrap());
            assert_eq!(fs::read(&kept).unwrap(), damaged);
            fs::remove_file(kept).unwrap();
            drop(place.writer());
        }
    }
}

#[test]
fn a_replacement_that_ended_half_way_leaves_nothing_that_blocks_or_counts() {
    for same_record in [false, true] {
        let place = Place::new();
        flush(place.writer(), 7);
        let old = fs::read(place.checkpoints()).unwrap();
        let create = |policy: OnMismatch| {
            if same_record {
                let options = match policy {
                    OnMismatch::Replace => place.replacing(),
                    _ => LedgerWriter::options().path(place.path()),
                };
                let writer = options.durable(true).create().unwrap();
                (writer.file().recovered(), writer.file().generation())
            } else {
                let options = OtherWriter::options().path(place.path()).durable(true);
                let writer = options.on_mismatch(policy).create().unwrap();
                (writer.file().recovered(), writer.file().generation())
            }
        };
        create(OnMismatch::Replace);
        // The process died between the new data file's name and that of its checkpoints.
        fs::remove_file(place.dir.path().join("ledger.bin.ckpt.old-1")).unwrap();
        fs::write(place.checkpoints(), &old).unwrap();
        assert_eq!(create(OnMismatch::Refuse), (Recovered::Fresh, 1));
        let kept = place.dir.path().join("ledger.bin.ckpt.old-1");
        assert_eq!(fs::read(kept).unwrap(), old);
    }
}

#[test]
fn a_record_does_not_take_the_checkpoints_of_another_data_file() {
    let (memory, disk) = (Place::new(), Place::new());
    let checkpoints = disk.dir.path().join("state.ckpt");
    let [a, b] = ["a.bin", "b.bin"].map(|name| memory.dir.path().join(name));
    flush(open(&a, &checkpoints).unwrap(), 1);
    let kept = fs::read(&checkpoints).unwrap();
    // Whether or not the owner's live file outlived a restart.
    for _ in 0..2 {
        let options = || LedgerWriter::options().path(&b).checkpoint_path(&checkpoints);
        for refused in [options().create(), options().on_mismatch(OnMismatch::Replace).create()] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, CreateError::CheckpointOwner { .. }), "{refused}");
            let told = refused.to_string();
            for name in [&a, &b, &checkpoints] {
                assert!(told.contains(&format!("`{}`", name.display())), "{told}");
            }
            assert!(!b.exists());
        }
        // Nor does one of another layout, which would be told to replace them.
        let other = OtherWriter::options().path(&b).checkpoint_path(&checkpoints).create();
        let other = other.unwrap_err();
        assert!(matches!(other, CreateError::CheckpointOwner { .. }), "{other}");
        assert_eq!(fs::read(&checkpoints).unwrap(), kept);
        let _ = fs::remove_file(&a);
    }
    let writer = open(&a, &checkpoints).unwrap();
    assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Checkpoint, &Ledger::of(1)));
    drop(writer);

    // With a checkpoint file of its own it is served, and the owner still has the other one.
    flush(open(&b, &disk.checkpoints()).unwrap(), 2);
    assert_eq!(open(&a, &checkpoints).unwrap().get(), &Ledger::of(1));
    // A reader of the other file does not show it, either.
    let copy = memory.dir.path().join("copy");
    fs::copy(&b, &copy).unwrap();
    fs::rename(&copy, &b).unwrap();
    let mut torn = fs::read(&b).unwrap();
    torn[CLEAN..CLEAN + 16].fill(0);
    fs::write(&b, torn).unwrap();
    let show = |at: &Path| {
        let reader = LedgerReader::options().path(&b).checkpoint_path(at).open().unwrap();
        reader.snapshot()
    };
    assert_eq!(show(&checkpoints).unwrap_err(), ReadError::NeedsWriter);
    assert_eq!(show(&disk.checkpoints()).unwrap(), Ledger::of(2));
}

#[test]
fn checkpoints_that_happen_to_stand_beside_a_file_are_not_its_own() {
    let (memory, disk) = (Place::new(), Place::new());
    flush(open(&memory.path(), &disk.checkpoints()).unwrap(), 1);
    let kept = fs::read(disk.checkpoints()).unwrap();
    let refused = disk.try_writer().unwrap_err();
    assert!(matches!(refused, CreateError::CheckpointOwner { .. }), "{refused}");
    // A writer that asks for none neither takes nor moves them.
    let mut writer = LedgerWriter::create_at(disk.path()).unwrap();
    assert_eq!((writer.file().recovered(), writer.file().generation()), (Recovered::Fresh, 0));
    writer.publish(&Ledger::of(5));
    drop(writer);
    let writer = disk.replacing().create().unwrap();
    assert_eq!(writer.file().generation(), 1);
    assert_eq!(fs::read(disk.checkpoints()).unwrap(), kept);
    assert_eq!(
        support::names(disk.dir.path()),
        ["ledger.bin", "ledger.bin.ckpt", "ledger.bin.lock"]
    );
    drop(writer);

    // Nor may a stranger point at those that do stand beside their file.
    let (theirs, ours) = (Place::new(), Place::new());
    flush(theirs.writer(), 3);
    let refused = open(&ours.path(), &theirs.checkpoints()).unwrap_err();
    assert!(refused.to_string().contains(&format!("of `{}`", theirs.path().display())));
    fs::remove_file(theirs.path()).unwrap();
    assert_eq!(theirs.writer().get(), &Ledger::of(3));
}

/// What a writer of the pair at `path` finds when its live file is lost.
fn found_without_live_file(path: &Path) -> (Recovered, Ledger) {
    fs::remove_file(path).unwrap();
    let writer = LedgerWriter::options().path(path).durable(true).create().unwrap();
    (writer.file().recovered(), writer.get().clone())
}

#[test]
fn checkpoints_beside_their_file_survive_that_both_are_moved() {
    let place = Place::new();
    let expected = || (Recovered::Checkpoint, Ledger::of(1));
    flush(place.writer(), 1);
    let moved = place.dir.path().join("moved");
    fs::create_dir(&moved).unwrap();
    let rename = |from: &Path, to: &Path| {
        for suffix in ["", ".ckpt"] {
            let name = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
            fs::rename(name(from), name(to)).unwrap();
        }
    };
    // The pair renamed, then its directory.
    rename(&place.path(), &moved.join("other.bin"));
    assert_eq!(found_without_live_file(&moved.join("other.bin")), expected());
    let again = place.dir.path().join("again");
    fs::rename(moved, &again).unwrap();
    assert_eq!(found_without_live_file(&again.join("other.bin")), expected());
    // By a link to the directory, and by one to the file.
    let (way, link) = (place.dir.path().join("way"), place.dir.path().join("link"));
    symlink(&again, &way).unwrap();
    assert_eq!(found_without_live_file(&way.join("other.bin")), expected());
    symlink("again/other.bin", &link).unwrap();
    let options = || LedgerWriter::options().path(&link);
    fs::remove_file(again.join("other.bin")).unwrap();
    assert_eq!(options().durable(true).create().unwrap().get(), &Ledger::of(1));
    // The default, said in other words.
    let said = way.join("other.bin.ckpt");
    assert_eq!(options().checkpoint_path(said).create().unwrap().get(), &Ledger::of(1));
    // By another mount.
    let bound = place.dir.path().join("bound");
    fs::create_dir(&bound).unwrap();
    let mut mount = Command::new("mount");
    mount.arg("--bind").args([&again, &bound]).stderr(Stdio::null());
    if !mount.status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: only root can mount a directory once more");
        return;
    }
    let _mounted = support::Mounted(bound.clone());
    assert_eq!(found_without_live_file(&bound.join("other.bin")), expected());
}

#[test]
fn a_live_file_that_is_moved_keeps_its_checkpoints_elsewhere() {
    let (memory, disk) = (Place::new(), Place::new());
    let checkpoints = disk.dir.path().join("state.ckpt");
    let [a, b] = ["a.bin", "b.bin"].map(|name| memory.dir.path().join(name));
    let mut writer = open(&a, &checkpoints).unwrap();
    for number in [1, 2] {
        writer.publish(&Ledger::of(number));
        writer.flush().unwrap();
    }
    drop(writer);
    fs::set_permissions(&checkpoints, fs::Permissions::from_mode(0o640)).unwrap();
    fs::rename(&a, &b).unwrap();
    let writer = open(&b, &checkpoints).unwrap();
    assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Live, &Ledger::of(2)));
    drop(writer);
    // From now on they are known to be of the new path, although the live file is lost.
    fs::remove_file(&b).unwrap();
    let refused = open(&a, &checkpoints).unwrap_err();
    assert!(matches!(refused, CreateError::CheckpointOwner { .. }), "{refused}");
    let writer = open(&b, &checkpoints).unwrap();
    assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Checkpoint, &Ledger::of(2)));
    assert_eq!(fs::metadata(&checkpoints).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(support::names(disk.dir.path()), ["state.ckpt"]);
}

#[test]
fn checkpoints_that_say_nothing_of_their_file_are_accepted_and_say_it_from_then_on() {
    let (memory, disk) = (Place::new(), Place::new());
    flush(open(&memory.path(), &disk.checkpoints()).unwrap(), 1);
    // As an earlier version has written them: spaces instead of the member.
    let mut bytes = fs::read(disk.checkpoints()).unwrap();
    let start = format::offset(&bytes, header::SCHEMA);
    let schema = start..start + format::offset(&bytes, header::SCHEMA_LEN);
    let text = String::from_utf8(bytes[schema.clone()].to_vec()).unwrap();
    let (front, member) = text.split_once(",\"data\":{").unwrap();
    let plain = format!("{front}}}{}\n", " ".repeat(member.len() + 7));
    assert_eq!(plain.len(), text.len());
    bytes[schema].copy_from_slice(plain.as_bytes());
    format::repair(&mut bytes);
    fs::write(disk.checkpoints(), bytes).unwrap();
    fs::remove_file(memory.path()).unwrap();

    let other = Place::new();
    let writer = open(&other.path(), &disk.checkpoints()).unwrap();
    assert_eq!((writer.file().recovered(), writer.get()), (Recovered::Checkpoint, &Ledger::of(1)));
    drop(writer);
    let refused = open(&memory.path(), &disk.checkpoints()).unwrap_err();
    assert!(matches!(refused, CreateError::CheckpointOwner { .. }), "{refused}");
}
