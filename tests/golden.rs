//! Files written by earlier versions can be read, and new ones are written in the same format.
//!
//! The files in `tests/golden` were written once, by the ignored test below, and are never written
//! again: a change of the format adds a file and keeps the old ones readable, or refused by name.
#![cfg(all(unix, target_endian = "little"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/deque_kinds.rs"]
mod deque_kinds;
#[path = "support/format.rs"]
mod format;
#[path = "support/golden.rs"]
mod golden;
#[path = "support/keyed_kinds.rs"]
mod keyed_kinds;
#[path = "support/kinds.rs"]
mod kinds;
#[path = "support/more_kinds.rs"]
mod more_kinds;

use core::time::Duration;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::SystemTime;

use commy::{CreateError, OpenError, ReadError, Reader, WriterOptions};
use deque_kinds::{DequeKinds, DequeKindsReader, DequeKindsWriter};
use format::file::{CLEAN, LATEST, SCHEMA, STATE};
use format::header;
use golden::{SLOTS, copy, golden};
use keyed_kinds::{KeyedKinds, KeyedKindsReader, KeyedKindsWriter};
use kinds::{Kinds, KindsReader, KindsWriter, Mode, example};
use more_kinds::{MoreKinds, MoreKindsReader, MoreKindsWriter};

/// Format 1: `Kinds` in two slots, published three times, closed in good order.
const CLOSED: &str = "kinds-v1-closed.commy";
/// The same file while its writer was alive.
const LIVE: &str = "kinds-v1-live.commy";
/// Format 1: `MoreKinds`, likewise, closed in good order.
const MORE: &str = "more-kinds-v1-closed.commy";
/// Format 1 with times: `Kinds` in two slots, published three times, closed in good order.
const TIMED: &str = "timed-kinds-v1-closed.commy";
/// Format 1: `DequeKinds`, likewise.
const DEQUES: &str = "deque-kinds-v1-closed.commy";
/// Format 1: `KeyedKinds`, likewise.
const KEYED: &str = "keyed-kinds-v1-closed.commy";

/// Writes the file as the golden ones were written; returns it while open and when closed.
fn written() -> (Vec<u8>, Vec<u8>) {
    written_by(KindsWriter::options())
}

fn written_by(options: WriterOptions<Kinds, KindsWriter>) -> (Vec<u8>, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kinds.bin");
    let mut writer = options.path(&path).slots(2).create().unwrap();
    writer.set_small(1);
    writer.publish(&example());
    writer.set_mode(Mode::Fault);
    let live = fs::read(&path).unwrap();
    drop(writer);
    (live, fs::read(&path).unwrap())
}

/// The same with times; closed.
fn written_timed() -> Vec<u8> {
    written_by(KindsWriter::options().timestamps(true)).1
}

/// The same for the other record; closed.
fn written_more() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("more_kinds.bin");
    let mut writer = MoreKindsWriter::options().path(&path).slots(2).create().unwrap();
    writer.set_before(1);
    writer.publish(&more_kinds::example());
    writer.set_before(7);
    drop(writer);
    fs::read(&path).unwrap()
}

/// The same for the record with deques; closed.
fn written_deques() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deque_kinds.bin");
    let mut writer = DequeKindsWriter::options().path(&path).slots(2).create().unwrap();
    writer.set_before(1);
    writer.publish(&deque_kinds::example());
    writer.push_over_around(7);
    drop(writer);
    fs::read(&path).unwrap()
}

/// The same for maps and sets; closed.
fn written_keyed() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keyed_kinds.bin");
    let mut writer = KeyedKindsWriter::options().path(&path).slots(2).create().unwrap();
    writer.set_before(1);
    writer.publish(&keyed_kinds::example());
    writer.set_before(7);
    drop(writer);
    fs::read(&path).unwrap()
}

fn expected_deques() -> DequeKinds {
    let mut expected = deque_kinds::example();
    expected.around.push_over(7);
    expected
}

fn expected_keyed() -> KeyedKinds {
    KeyedKinds { before: 7, ..keyed_kinds::example() }
}

fn expected_more() -> MoreKinds {
    MoreKinds { before: 7, ..more_kinds::example() }
}

fn expected() -> Kinds {
    Kinds { mode: Mode::Fault, ..example() }
}

#[test]
#[ignore = "writes golden files that do not exist yet; those that exist stay"]
fn write_golden_files() {
    let (live, closed) = written();
    let files = [
        (LIVE, live),
        (CLOSED, closed),
        (MORE, written_more()),
        (TIMED, written_timed()),
        (DEQUES, written_deques()),
        (KEYED, written_keyed()),
    ];
    for (name, bytes) in files {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        match File::create_new(path) {
            Ok(mut file) => file.write_all(&bytes).unwrap(),
            Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists),
        }
    }
}

#[test]
fn a_closed_file_of_format_1_holds_its_value() {
    let (_directory, path) = copy(CLOSED);
    let reader = KindsReader::open_at(&path).unwrap();
    assert_eq!(
        reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
        (3, expected())
    );
    assert_eq!(reader.text().unwrap(), expected().text);
    assert_eq!(reader.large().unwrap(), u128::MAX);
    assert_eq!(reader.points().unwrap(), expected().points);

    let mut writer = KindsWriter::create_at(&path).unwrap();
    assert_eq!(*writer.get(), expected());
    writer.set_small(6);
    assert_eq!(
        reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
        (4, Kinds { small: 6, ..expected() })
    );
}

#[test]
fn a_closed_file_of_format_1_with_times_holds_value_and_time() {
    let (_directory, path) = copy(TIMED);
    let reader = KindsReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap(), expected());
    let bytes = golden(TIMED);
    let at = format::slot_of(&bytes, 3);
    let written = Duration::from_nanos(format::word(&bytes, at + format::slot::TIME));
    assert_eq!(reader.file().published_at(), Some(SystemTime::UNIX_EPOCH + written));
    let timed = at + format::slot::PAYLOAD + format::offset(&bytes, header::ROOT_SIZE);
    assert_eq!(format::word(&bytes, timed.next_multiple_of(8)), 3);

    let mut writer = KindsWriter::create_at(&path).unwrap();
    assert_eq!(*writer.get(), expected());
    writer.set_small(6);
    assert!(reader.file().published_at() > Some(SystemTime::UNIX_EPOCH + written));
}

/// A program that does not know the flag reads the file all the same.
#[test]
fn a_file_with_times_is_read_without_them() {
    let (_directory, path) = copy(TIMED);
    let mut bytes = golden(TIMED);
    bytes[header::COMPATIBLE] = 0;
    format::repair(&mut bytes);
    fs::write(&path, bytes).unwrap();
    let reader = KindsReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap(), expected());
    assert_eq!(reader.file().published_at(), None);
}

#[test]
fn serialized_and_foreign_values_of_format_1_are_read() {
    let (_directory, path) = copy(MORE);
    let reader = MoreKindsReader::open_at(&path).unwrap();
    let (generation, value) =
        reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap();
    assert_eq!((generation, &value), (3, &expected_more()));
    assert_eq!(value.order.decode().unwrap(), more_kinds::order());
    assert_eq!(value.binary.decode().unwrap(), (300, true));
    assert_eq!(reader.aligned().unwrap().decode().unwrap(), [-1, 0, 1]);
    assert!(reader.unset().unwrap().is_empty());
    assert_eq!(reader.id().unwrap(), expected_more().id);

    let mut writer = MoreKindsWriter::create_at(&path).unwrap();
    assert_eq!(*writer.get(), expected_more());
    writer.set_before(8);
    assert_eq!(reader.snapshot().unwrap(), MoreKinds { before: 8, ..expected_more() });
}

#[test]
fn deques_of_format_1_are_read() {
    let (_directory, path) = copy(DEQUES);
    let reader = DequeKindsReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap(), expected_deques());
    assert_eq!(reader.around_at(3).unwrap(), Some(7));
    let mut writer = DequeKindsWriter::create_at(&path).unwrap();
    assert_eq!(*writer.get(), expected_deques());
    assert_eq!(writer.push_over_around(8), Some(4));
    assert_eq!(reader.around().unwrap(), [5, 6, 7, 8]);
}

#[test]
fn maps_and_sets_of_format_1_are_read() {
    let (_directory, path) = copy(KEYED);
    let reader = KeyedKindsReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap(), expected_keyed());
    assert_eq!(reader.prices_get("ä").unwrap(), Some(1.5));
    assert_eq!(reader.wide_get(&7).unwrap(), Some(u128::MAX));
    assert!(reader.tags_contains("").unwrap() && !reader.numbers_contains(&1).unwrap());

    let mut writer = KeyedKindsWriter::create_at(&path).unwrap();
    assert_eq!(*writer.get(), expected_keyed());
    writer.insert_empty(1, 2).unwrap();
    assert_eq!(reader.empty_get(&1).unwrap(), Some(2));
}

#[test]
fn a_copy_of_a_live_file_of_format_1_needs_a_writer() {
    let (_directory, path) = copy(LIVE);
    let reader = KindsReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap_err(), ReadError::NeedsWriter);
    let mut writer = KindsWriter::create_at(&path).unwrap();
    writer.publish(&example());
    let (generation, value) =
        reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap();
    assert_eq!(value, example());
    assert!(generation > 3, "generation {generation} was used before");
}

#[test]
fn another_record_is_told_from_that_of_a_golden_file_by_its_fields() {
    let (_directory, path) = copy(CLOSED);
    let refused = Reader::<other::Kinds>::open_at(&path).unwrap_err();
    assert!(matches!(refused, OpenError::SchemaMismatch(_)));
    let said = refused.to_string();
    assert!(said.contains("field `small`"), "{said}");
    assert!(said.contains("i8") && said.contains("u32"), "{said}");
    let created = other::KindsWriter::create_at(&path);
    assert!(matches!(created, Err(CreateError::SchemaMismatch(_))));
}

mod other {
    use commy::{create_reader, create_writer};

    #[create_writer(filename = "kinds.bin")]
    #[create_reader(filename = "kinds.bin")]
    #[derive(Debug)]
    pub(super) struct Kinds {
        small: u32,
    }
}

#[test]
fn files_are_written_today_as_they_were_when_the_format_was_made() {
    let (live, closed) = written();
    let files = [
        (live, golden(LIVE)),
        (closed, golden(CLOSED)),
        (written_more(), golden(MORE)),
        (written_timed(), golden(TIMED)),
        (written_deques(), golden(DEQUES)),
    ];
    for (mut new, mut old) in files {
        assert_eq!(new.len(), old.len());
        // What depends on the moment of writing.
        for bytes in [&mut new, &mut old] {
            bytes[header::CREATED..][..8].fill(0);
            bytes[header::CHECKSUM..][..8].fill(0);
            for slot in 0..3 {
                let at =
                    format::slot_of(bytes, 0) + slot * format::offset(bytes, header::SLOT_STRIDE);
                bytes[at + format::slot::TIME..][..8].fill(0);
            }
        }
        let schema_end = SCHEMA + old[SCHEMA..].iter().position(|byte| *byte == b'\n').unwrap();
        let stride = format::offset(&old, header::SLOT_STRIDE);
        let parts = [
            ("header", 0..header::LEN),
            ("latest", LATEST..LATEST + 8),
            ("state", STATE..STATE + 8),
            ("clean record", CLEAN..CLEAN + 16),
            ("canonical schema line", SCHEMA..schema_end + 1),
            ("slot 0", SLOTS..SLOTS + stride),
            ("slot 1", SLOTS + stride..SLOTS + 2 * stride),
        ];
        for (what, part) in parts {
            assert_eq!(new[part.clone()], old[part], "{what}");
        }
    }
}
