//! What a writer that replaces does with each thing that a writer which refuses is refused by.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use commy::{
    CreateError, OnMismatch, ReadError, Recovered, WriterOptions, create_reader, create_writer,
};
use support::format::{self, header, slot};

/// A field of which not all bytes are a value.
#[create_writer(filename = "valve.bin")]
#[create_reader(filename = "valve.bin")]
struct Valve {
    flow: u64,
    is_open: bool,
}

/// Another record, by the same filename.
#[create_writer(filename = "valve.bin")]
struct Other {
    flow: f32,
}

fn options(path: &Path) -> WriterOptions<Valve, ValveWriter> {
    ValveWriter::options().path(path)
}

fn replacing(path: &Path) -> WriterOptions<Valve, ValveWriter> {
    options(path).on_mismatch(OnMismatch::Replace)
}

/// A file with two generations, the last of which has this flow; flushed if there are checkpoints.
fn written(options: WriterOptions<Valve, ValveWriter>, flow: u64) {
    let mut writer = options.create().unwrap();
    writer.set_flow(flow - 1);
    writer.set_flow(flow);
    writer.flush().unwrap();
}

fn store(path: &Path, at: usize, bytes: &[u8]) {
    File::options().write(true).open(path).unwrap().write_all_at(bytes, at as u64).unwrap();
}

/// Makes the latest value none.
fn make_invalid(path: &Path) {
    let bytes = fs::read(path).unwrap();
    let latest = format::slot_of(&bytes, format::word(&bytes, format::file::LATEST));
    store(path, latest + slot::PAYLOAD + 8, &[7]);
}

#[test]
fn what_is_refused_is_replaced_if_that_was_asked_for_and_stays_as_it_was_if_not() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 9] = [
        ("another schema", |path| {
            fs::remove_file(path).unwrap();
            drop(OtherWriter::create_at(path).unwrap());
        }),
        ("other options", |path| {
            fs::remove_file(path).unwrap();
            drop(options(path).slots(9).create().unwrap());
        }),
        ("an invalid value", make_invalid),
        ("a cut", |path| File::options().write(true).open(path).unwrap().set_len(9000).unwrap()),
        ("nothing but a start", |path| {
            File::options().write(true).open(path).unwrap().set_len(100).unwrap();
        }),
        ("a checksum", |path| store(path, header::SLOT_COUNT, &[5])),
        ("another version", |path| store(path, header::VERSION, &[99])),
        ("a live word", |path| store(path, format::file::STATE, &[77])),
        ("too many generations", |path| {
            store(path, format::file::LATEST, &(1_u64 << 62).to_ne_bytes());
        }),
    ];
    for (what, damage) in damages {
        for is_durable in [false, true] {
            let (directory, path) = support::place("valve.bin");
            written(options(&path).durable(is_durable), 5);
            damage(&path);
            let before = (fs::read(&path).unwrap(), support::names(directory.path()));
            let asked = || options(&path).slots(4).durable(is_durable);
            let refused = asked().create().unwrap_err();
            let policy_given = asked().on_mismatch(OnMismatch::Refuse).create().unwrap_err();
            assert_eq!(refused.to_string(), policy_given.to_string(), "{what}");
            assert_eq!(
                before,
                (fs::read(&path).unwrap(), support::names(directory.path())),
                "{what}"
            );

            let replacing = || asked().on_mismatch(OnMismatch::Replace);
            let mut writer = replacing().create().unwrap();
            assert_eq!(
                (writer.file().recovered(), writer.get().flow),
                (Recovered::Fresh, 0),
                "{what}"
            );
            let reader = ValveReader::open_at(&path).unwrap();
            assert_eq!(reader.flow().unwrap_err(), ReadError::Empty, "{what}");
            writer.set_flow(6);
            assert_eq!(reader.flow().unwrap(), 6, "{what}");
            drop(writer);
            let kept =
                support::names(directory.path()).iter().any(|name| name.contains(".ckpt.old-"));
            assert_eq!(kept, is_durable, "{what}: {:?}", support::names(directory.path()));
            // What fits now is continued from.
            let writer = replacing().create().unwrap();
            assert_eq!(
                (writer.file().recovered(), writer.get().flow),
                (Recovered::Live, 6),
                "{what}"
            );
        }
    }
}

#[test]
fn a_file_that_is_replaced_for_its_value_is_superseded_and_counted_on_from() {
    let (_directory, path) = support::place("valve.bin");
    written(options(&path), 5);
    let mut reader = ValveReader::open_at(&path).unwrap();
    make_invalid(&path);
    let refused = options(&path).create().unwrap_err();
    let CreateError::Invalid { field, .. } = refused else { panic!("{refused}") };
    assert_eq!(field, "is_open");
    let mut writer = replacing(&path).create().unwrap();
    assert!(reader.file().is_superseded());
    assert_eq!(writer.file().generation(), 2);
    writer.set_flow(1);
    reader = reader.file().reopen().unwrap();
    assert_eq!((reader.flow().unwrap(), reader.file().generation()), (1, 3));
}

#[test]
fn another_writer_is_refused_while_a_file_is_replaced_and_after_that() {
    let (_directory, path) = support::place("valve.bin");
    let mut writer = OtherWriter::create_at(&path).unwrap();
    // Who has another side lock finds the lock on the file.
    fs::remove_file(path.with_extension("bin.lock")).unwrap();
    let refused = replacing(&path).create().unwrap_err();
    assert!(matches!(refused, CreateError::WriterBusy { .. }), "{refused}");
    writer.set_flow(1.0);
    drop(writer);
    let _writer = replacing(&path).create().unwrap();
    fs::remove_file(path.with_extension("bin.lock")).unwrap();
    let options = OtherWriter::options().path(&path).on_mismatch(OnMismatch::Replace);
    let refused = options.create().unwrap_err();
    assert!(matches!(refused, CreateError::WriterBusy { .. }), "{refused}");
}

#[test]
fn a_file_that_fits_is_kept_when_its_checkpoints_do_not() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("another schema", |at| {
            let (_other, path) = support::place("valve.bin");
            let mut other = OtherWriter::options().path(&path).durable(true).create().unwrap();
            (0..9).for_each(|_| other.set_flow(1.0));
            other.flush().unwrap();
            drop(other);
            fs::copy(path.with_extension("bin.ckpt"), at).unwrap();
        }),
        ("a checksum", |at| store(at, header::SLOT_COUNT, &[5])),
        ("a cut", |at| File::options().write(true).open(at).unwrap().set_len(5000).unwrap()),
        ("both areas", |at| {
            let areas = format::offset(&fs::read(at).unwrap(), header::SLOTS);
            let stride = format::offset(&fs::read(at).unwrap(), header::SLOT_STRIDE);
            store(at, areas + 40, &[1; 9]);
            store(at, areas + stride + 40, &[1; 9]);
        }),
    ];
    for (what, damage) in damages {
        let (directory, path) = support::place("valve.bin");
        let checkpoints = path.with_extension("bin.ckpt");
        written(options(&path).durable(true), 5);
        let mut writer = options(&path).durable(true).create().unwrap();
        writer.set_flow(8);
        writer.flush().unwrap();
        drop(writer);
        let reader = ValveReader::open_at(&path).unwrap();
        damage(&checkpoints);
        let damaged = fs::read(&checkpoints).unwrap();
        options(&path).durable(true).create().unwrap_err();
        let mut writer = replacing(&path).durable(true).create().unwrap();
        assert_eq!((writer.file().recovered(), writer.get().flow), (Recovered::Live, 8), "{what}");
        assert!(!reader.file().is_superseded(), "{what}");
        writer.set_flow(9);
        writer.flush().unwrap();
        drop(writer);
        let kept =
            support::names(directory.path()).into_iter().find(|name| name.contains(".ckpt.old-"));
        assert_eq!(fs::read(directory.path().join(kept.unwrap())).unwrap(), damaged, "{what}");
        // The new checkpoints count, even without the file.
        fs::remove_file(&path).unwrap();
        let writer = options(&path).durable(true).create().unwrap();
        assert_eq!(
            (writer.file().recovered(), writer.get().flow),
            (Recovered::Checkpoint, 9),
            "{what}"
        );
    }
}

#[test]
fn a_checkpoint_whose_value_is_none_is_kept_aside_when_the_file_is_lost() {
    for is_moved in [false, true] {
        let (directory, path) = support::place("valve.bin");
        let checkpoints = path.with_extension("bin.ckpt");
        written(options(&path).durable(true), 5);
        let mut bytes = fs::read(&checkpoints).unwrap();
        let (areas, stride) =
            (format::offset(&bytes, header::SLOTS), format::offset(&bytes, header::SLOT_STRIDE));
        for area in [areas, areas + stride] {
            if format::number(&bytes, area) != 0 {
                bytes[area + format::area::IMAGE + 8] = 7;
                format::repair_area(&mut bytes[area..]);
            }
        }
        fs::write(&checkpoints, &bytes).unwrap();
        fs::remove_file(&path).unwrap();
        // As a file of log rotation leaves it, whose lock has to be handed on.
        if is_moved {
            fs::write(&path, "").unwrap();
        }
        let refused = options(&path).durable(true).create().unwrap_err();
        assert!(matches!(refused, CreateError::Invalid { .. }), "{refused}");
        let mut writer = replacing(&path).durable(true).create().unwrap();
        assert_eq!((writer.file().recovered(), writer.file().generation()), (Recovered::Fresh, 2));
        writer.set_flow(6);
        drop(writer);
        assert_eq!(fs::read(directory.path().join("valve.bin.ckpt.old-2")).unwrap(), bytes);
        let found = ["valve.bin", "valve.bin.ckpt", "valve.bin.ckpt.old-2", "valve.bin.lock"];
        assert_eq!(support::names(directory.path()), found);
        // A writer that keeps none finds it, too, and leaves nothing else behind.
        fs::rename(directory.path().join("valve.bin.ckpt.old-2"), &checkpoints).unwrap();
        fs::remove_file(&path).unwrap();
        options(&path).create().unwrap_err();
        assert_eq!(replacing(&path).create().unwrap().file().generation(), 2);
        assert_eq!(support::names(directory.path()), [found[0], found[2], found[3]]);
    }
}

#[test]
fn what_is_not_commys_or_not_this_users_is_not_replaced() {
    let (_directory, path) = support::place("valve.bin");
    fs::write(&path, "a letter").unwrap();
    let refused = replacing(&path).create().unwrap_err();
    assert!(matches!(refused, CreateError::Unusable(_)), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), b"a letter");
    // Nor is the other kind of file of commy's.
    fs::remove_file(&path).unwrap();
    written(options(&path).durable(true), 5);
    let checkpoints = path.with_extension("bin.ckpt");
    let before = fs::read(&checkpoints).unwrap();
    let refused = replacing(&checkpoints).create().unwrap_err();
    assert!(matches!(refused, CreateError::Unusable(_)), "{refused}");
    let refused = replacing(&path.with_extension("x")).checkpoint_path(&path).create();
    assert!(matches!(refused.unwrap_err(), CreateError::Unusable(_)));
    assert_eq!(fs::read(&checkpoints).unwrap(), before);
    if std::os::unix::fs::chown(&path, Some(65_533), None).is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    let refused = replacing(&path).slots(9).create().unwrap_err();
    assert!(matches!(refused, CreateError::NotOwner { .. }), "{refused}");
}
