//! Files of growable records written by earlier versions can be read and changed, and new ones are
//! written in the same format.
//!
//! The files were written once, by the ignored test below, and are never written again.
#![cfg(all(unix, target_endian = "little"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/format.rs"]
mod format;
#[path = "support/golden.rs"]
mod golden;
#[path = "support/growable_kinds.rs"]
mod growable_kinds;

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use format::file::{LATEST, SCHEMA, STATE};
use format::header;
use golden::{SLOTS, copy, golden};
use growable_kinds::{
    Event, GrowableKinds, GrowableKindsReader, GrowableKindsWriter, HashedKinds, HashedKindsReader,
    HashedKindsWriter, example, hashed_example,
};

/// Heap layout 1: `GrowableKinds`, changed a few times, closed in good order.
const KINDS: &str = "growable-kinds-v1-closed.commy";
/// Heap layout 1: `HashedKinds`, likewise.
const HASHED: &str = "hashed-kinds-v1-closed.commy";

/// Writes the file as the golden one was written; each structure grows, shrinks, and is changed deep
/// within.
fn written() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("growable_kinds.bin");
    let mut writer = GrowableKindsWriter::options().path(&path).slots(2).create().unwrap();
    writer.publish(&example()).unwrap();
    change(&mut writer);
    drop(writer);
    fs::read(&path).unwrap()
}

fn change(writer: &mut GrowableKindsWriter) {
    writer.set_number(8).unwrap();
    writer.long_mut().push_str(" and more").unwrap();
    writer.many_mut().drain(500..1900).unwrap();
    writer.nested_mut().get_mut(3).unwrap().unwrap().push("pushed").unwrap();
    for number in 40..1000 {
        writer.queue_mut().push_back(number).unwrap();
        writer.queue_mut().pop_front().unwrap();
    }
    writer.long_queue_mut().push_front("first").unwrap();
    writer.events_mut().set(0, &Event::Left(1, None)).unwrap();
    writer.by_name_mut().retain(|_, number| *number % 4 == 0).unwrap();
    writer.by_name_mut().insert("one more", 1).unwrap();
    writer.by_pair_mut().get_mut((1, "00001 00")).unwrap().unwrap().push(77).unwrap();
    writer.by_address_mut().retain(|_, number| *number % 3 > 0).unwrap();
    writer.by_address_mut().insert("https://example.com/", 1).unwrap();
    writer.notes_mut().update(|notes| notes.extend([("three".into(), 3)])).unwrap();
    writer.numbers_mut().extend((0..50).map(|number| number * 1000)).unwrap();
    writer.apart_mut().discard([5; 80]).unwrap();
    writer
        .directory_mut()
        .directories_mut()
        .get_mut("home")
        .unwrap()
        .unwrap()
        .files_mut()
        .insert("new", 4)
        .unwrap();
}

/// The same for a value of this process.
fn expected() -> GrowableKinds {
    let mut value = example();
    value.number = 8;
    value.long.push_str(" and more");
    value.many.drain(500..1900);
    value.nested[3].push("pushed".into());
    value.queue = (960..1000).collect();
    value.long_queue.push_front("first".into());
    value.events[0] = Event::Left(1, None);
    value.by_name.retain(|_, number| *number % 4 == 0);
    value.by_name.insert("one more".into(), 1);
    value.by_pair.get_mut(&(1, "00001 00".into())).unwrap().push(77);
    value.by_address.retain(|_, number| *number % 3 > 0);
    value.by_address.insert("https://example.com/".into(), 1);
    value.notes.insert("three".into(), 3);
    value.numbers.extend((0..50).map(|number| number * 1000));
    value.apart.remove(&[5; 80]);
    value.directory.directories.get_mut("home").unwrap().files.insert("new".into(), 4);
    value
}

fn written_hashed() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hashed_kinds.bin");
    let mut writer = HashedKindsWriter::options().path(&path).slots(2).create().unwrap();
    writer.publish(&hashed_example()).unwrap();
    change_hashed(&mut writer);
    drop(writer);
    fs::read(&path).unwrap()
}

fn change_hashed(writer: &mut HashedKindsWriter) {
    writer.many_mut().retain(|_, number| *number % 3 > 0).unwrap();
    writer.by_text_mut().entry("another").unwrap().or_default().unwrap().push(5).unwrap();
    writer.set_mut().insert((3, Some("inserted"))).unwrap();
    writer.apart_mut().discard([5; 80]).unwrap();
    writer.by_event_mut().get_mut(&Event::Tick).unwrap().unwrap().insert(9, "nine").unwrap();
}

fn expected_hashed() -> HashedKinds {
    let mut value = hashed_example();
    value.many.retain(|_, number| *number % 3 > 0);
    value.by_text.entry("another".into()).or_default().push(5);
    value.set.insert((3, Some("inserted".into())));
    value.apart.remove(&[5; 80]);
    value.by_event.get_mut(&Event::Tick).unwrap().insert(9, "nine".into());
    value
}

#[test]
#[ignore = "writes golden files that do not exist yet; those that exist stay"]
fn write_golden_files() {
    for (name, bytes) in [(KINDS, written()), (HASHED, written_hashed())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        match File::create_new(path) {
            Ok(mut file) => file.write_all(&bytes).unwrap(),
            Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists),
        }
    }
}

#[test]
fn a_file_of_heap_layout_1_is_read_and_changed() {
    let (_directory, path) = copy(KINDS);
    let reader = GrowableKindsReader::open_at(&path).unwrap();
    let expected = expected();
    assert_eq!(reader.snapshot().unwrap(), expected);
    reader.read(|view| view.verify()).unwrap();
    assert_eq!(reader.by_name().get("one more").unwrap(), Some(1));
    assert_eq!(reader.by_pair().get((1, "00001 00")).unwrap(), Some(vec![1, 77]));

    let mut writer = GrowableKindsWriter::create_at(&path).unwrap();
    assert_eq!(writer.snapshot().unwrap(), expected);
    // Each of them once more, in blocks that an earlier version has made.
    writer.publish(&GrowableKinds::default()).unwrap();
    assert_eq!(reader.snapshot().unwrap(), GrowableKinds::default());
    writer.publish(&example()).unwrap();
    change(&mut writer);
    assert_eq!(reader.snapshot().unwrap(), expected);
    assert_eq!(writer.file().stats().leaked, 0);
}

#[test]
fn a_file_with_the_hashes_of_heap_layout_1_is_read_and_changed() {
    let (_directory, path) = copy(HASHED);
    let reader = HashedKindsReader::open_at(&path).unwrap();
    let expected = expected_hashed();
    assert_eq!(reader.snapshot().unwrap(), expected);
    reader.read(|view| view.verify()).unwrap();
    // Found by their hashes, which are those of every version and platform.
    for (text, numbers) in &expected.by_text {
        assert_eq!(reader.by_text().get(text).unwrap().as_ref(), Some(numbers), "{text}");
    }
    for (event, texts) in &expected.by_event {
        assert_eq!(reader.by_event().get(event).unwrap().as_ref(), Some(texts), "{event:?}");
    }
    for (number, value) in &expected.many {
        assert_eq!(reader.many().get(*number).unwrap(), Some(*value), "{number}");
    }

    let mut writer = HashedKindsWriter::create_at(&path).unwrap();
    assert_eq!(writer.snapshot().unwrap(), expected);
    writer.publish(&HashedKinds::default()).unwrap();
    writer.publish(&hashed_example()).unwrap();
    change_hashed(&mut writer);
    assert_eq!(reader.snapshot().unwrap(), expected);
    assert_eq!(writer.file().stats().leaked, 0);
}

#[test]
fn heaps_are_written_today_as_they_were_when_the_layout_was_made() {
    let (mut new, mut old) = (written(), golden(KINDS));
    assert_eq!(new.len(), old.len());
    // What depends on the moment of writing, or is at random.
    for bytes in [&mut new, &mut old] {
        bytes[header::CREATED..][..8].fill(0);
        bytes[header::CHECKSUM..][..8].fill(0);
        bytes[header::HEAP_ID..][..16].fill(0);
    }
    let schema_end = SCHEMA + old[SCHEMA..].iter().position(|byte| *byte == b'\n').unwrap();
    let heap = format::offset(&old, header::HEAP);
    let parts = [
        ("header", 0..header::LEN),
        ("latest", LATEST..LATEST + 8),
        ("state", STATE..STATE + 8),
        ("canonical schema line", SCHEMA..schema_end + 1),
        ("slots", SLOTS..heap),
        ("heap", heap..old.len()),
    ];
    for (what, part) in parts {
        let differs = new[part.clone()].iter().zip(&old[part.clone()]).position(|(a, b)| a != b);
        assert_eq!(differs.map(|at| part.start + at), None, "{what}");
    }
}

#[test]
fn the_schema_of_what_is_hashed_is_written_as_it_was() {
    let line = |bytes: &[u8]| {
        let end = SCHEMA + bytes[SCHEMA..].iter().position(|byte| *byte == b'\n').unwrap();
        bytes[SCHEMA..end].to_vec()
    };
    assert_eq!(line(&written_hashed()), line(&golden(HASHED)));
}
