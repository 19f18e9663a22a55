//! Records that grow: the heap behind their slots, as far as the file is concerned.

use std::sync::Arc;

use super::super::pins::PinError;
use super::*;
use crate::format::header::{HeaderBytes, HeapHeader};
use crate::mem::HeapMap;
use crate::publish::reclaim::{PinLocks as _, Pins as _};
use crate::sync::AtomicU64;

const PAGE: u64 = 4096;

/// The prefix and two fields.
pub(super) fn growing_spec() -> RecordSpec {
    RecordSpec { is_growable: true, ..spec_of::<[u64; 4]>() }
}

pub(super) fn growing_writer(path: &Path) -> Result<OpenedWriter, CreateError> {
    opened(path, &growing_spec(), &FileOptions::default())
}

pub(super) fn growing_reader(path: &Path) -> Result<OpenedReader, OpenError> {
    open_reader(path, &growing_spec(), ReadOptions::default())
}

pub(super) fn words(heap: &HeapMap, end: u64) -> &[AtomicU64] {
    let heap = heap.reach(end).unwrap().up_to(end);
    heap.words(heap.start(), ((end - heap.start()) / 8) as usize).unwrap()
}

/// Grows the heap by so many pages, fills them with `content`, and publishes a root that says so.
pub(super) fn publish_heap(writer: &OpenedWriter, generation: u64, pages: u64, content: u64) {
    let end = writer.load(Word::FileLen) + pages * PAGE;
    writer.grow_heap(end).unwrap();
    for word in words(writer.heap().unwrap(), end) {
        word.store(content, Ordering::Relaxed);
    }
    publish_root(writer, generation, end);
}

pub(super) fn publish_root(writer: &OpenedWriter, generation: u64, end: u64) {
    publish::publish::<Proven>(writer.slots(), generation, |payload| {
        payload.iter().zip([end, 0, 7, 8]).for_each(|(to, from)| to.store(from, Ordering::Relaxed));
    });
    writer.store_session();
}

/// Closes as an orderly writer of a record that grows does.
pub(super) fn close_heap(writer: OpenedWriter) {
    let slots = writer.slots();
    let mut root = vec![0; slots.payload_words()];
    let latest = publish::read::<Proven>(slots, |payload| load_words(payload, &mut root)).unwrap();
    writer.mark_closed(Some((latest, writer.clean_checksum(latest, &root).unwrap())));
}

/// The heap length in the latest root.
fn root_end(reader: &OpenedReader) -> u64 {
    let mut root = [0; 4];
    publish::read::<Proven>(reader.slots(), |payload| load_words(payload, &mut root)).unwrap();
    root[0]
}

fn all(words: &[AtomicU64], content: u64) -> bool {
    words.iter().all(|word| word.load(Ordering::Relaxed) == content)
}

#[test]
fn a_heap_grows_is_read_through_another_mapping_and_survives_its_writer() {
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    let reader = growing_reader(&path).unwrap();
    assert_eq!(reader.heap().unwrap().len_mapped(), 0, "nothing is mapped that nobody needs");
    for generation in 1..5 {
        publish_heap(&writer, generation, generation * 3, generation);
        let end = root_end(&reader);
        assert_eq!(end, fs::metadata(&path).unwrap().len());
        assert!(all(words(reader.heap().unwrap(), end), generation));
    }
    drop(writer);
    let mut writer = growing_writer(&path).unwrap();
    assert_eq!(writer.recover().unwrap().payload.unwrap()[0], root_end(&reader));
    assert!(all(words(writer.heap().unwrap(), root_end(&reader)), 4));
    publish_heap(&writer, 5, 1, 5);
    assert!(all(words(reader.heap().unwrap(), root_end(&reader)), 5));
    let words = reader.reclaim_words();
    assert_eq!(words.reclaimed.load(Ordering::Relaxed), 0);
    writer.reclaim_words().reclaimed.store(3, Ordering::Relaxed);
    writer.reclaim_words().evicted.store(2, Ordering::Relaxed);
    writer.store(Word::OldestPin, 3);
    assert_eq!((writer.load(Word::OldestPin), writer.load(Word::LenAtOldestPin)), (3, 0));
    assert_eq!(words.reclaimed.load(Ordering::Relaxed), 3);
    assert_eq!(words.evicted.load(Ordering::Relaxed), 2);
}

#[test]
fn two_heaps_have_two_ids_and_the_header_says_where_each_begins() {
    let header = || {
        let (_dir, path) = place();
        drop(growing_writer(&path).unwrap());
        let bytes = fs::read(&path).unwrap();
        let header = header::Header::decode(bytes.first_chunk().unwrap()).unwrap();
        assert_eq!(header.heap.unwrap().start, bytes.len() as u64);
        header.heap.unwrap()
    };
    let (first, second) = (header(), header());
    assert!(first.id != second.id && first.id != 0);
    assert_eq!((first.start, first.version), (second.start, 1));
}

#[test]
fn one_kind_of_record_is_not_opened_as_the_other() {
    for (made_by, asked) in
        [(growing_spec(), spec_of::<[u64; 4]>()), (spec_of::<[u64; 4]>(), growing_spec())]
    {
        let (_dir, path) = place();
        drop(opened(&path, &made_by, &FileOptions::default()).unwrap());
        let read = open_reader(&path, &asked, ReadOptions::default());
        assert!(matches!(
            read,
            Err(OpenError::Corrupt { what: "incompatible flags", offset: 24, .. })
        ));
        let written = opened(&path, &asked, &FileOptions::default());
        assert!(matches!(written, Err(CreateError::Unusable(OpenError::Corrupt { .. }))));
        let (_, found) = open_any_reader(&path, ReadOptions::default()).unwrap();
        assert_eq!(found.is_growable, made_by.is_growable);
    }
}

#[test]
fn checkpoints_of_a_heap_in_memory_are_refused_and_nothing_is_left() {
    let Ok(dir) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("skipped: no `/dev/shm`");
        return;
    };
    let path = dir.path().join("data.bin");
    let durable = FileOptions { durable: true, ..FileOptions::default() };
    let refused = opened(&path, &growing_spec(), &durable);
    let refused = matches!(refused, Err(CreateError::OptionMismatch { option: "durable", .. }));
    assert!(refused || !is_in_memory(&path));
    if refused {
        assert_eq!(names(&dir), [""; 0]);
    }
}

#[test]
fn checkpoints_have_the_flag_of_their_record_and_no_heap_of_their_own() {
    let (_dir, path) = place();
    let durable = FileOptions { durable: true, ..FileOptions::default() };
    if opened(&path, &growing_spec(), &durable).is_err() {
        eprintln!("skipped: temporary files are in memory");
        return;
    }
    let good = fs::read(checkpoints(&path)).unwrap();
    let decoded = |bytes: &[u8]| header::Header::decode(bytes.first_chunk().unwrap());
    let heap = decoded(&good).unwrap().heap.unwrap();
    assert_eq!((heap.id, heap.start, heap.version), (0, 0, 1));
    // Flags, id, offset, version: each alone contradicts the others.
    for (at, byte) in [(24, 0), (160, 1), (175, 1), (176, 1), (184, 0)] {
        let mut bytes = good.clone();
        bytes[at] = byte;
        assert!(decoded(&bytes).is_err(), "byte {at}");
    }
    // One of the same struct that does not grow is none.
    let fixed = opened(&path, &spec(), &durable);
    assert!(matches!(fixed, Err(CreateError::SchemaMismatch(_))), "{fixed:?}");
}

/// The good header of a file, changed by `change`; what reading it says.
fn refused_header(change: impl FnOnce(&mut header::Header)) -> OpenError {
    refused_bytes(|bytes| {
        let mut header = header::Header::decode(bytes.first_chunk().unwrap()).unwrap();
        change(&mut header);
        let schema = header.schema as usize..(header.schema + header.schema_len) as usize;
        let front: HeaderBytes = header.encode(&bytes[schema]);
        bytes[..4096].copy_from_slice(&front);
    })
}

/// The good file, changed by `change`; what reading it says, and writing it too.
fn refused_bytes(change: impl FnOnce(&mut [u8])) -> OpenError {
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 1, 3, 9);
    drop(writer);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, &bytes).unwrap();
    let read = growing_reader(&path).unwrap_err();
    match growing_writer(&path) {
        Err(CreateError::Unusable(written)) => assert_eq!(written.to_string(), read.to_string()),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is lost");
    read
}

#[test]
fn hostile_fields_of_the_heap_are_refused_one_by_one() {
    type Change = fn(&mut HeapHeader);
    let changes: [(&str, Change); 6] = [
        ("heap id", |heap| heap.id = 0),
        ("offset of heap", |heap| heap.start = 0),
        ("offset of heap", |heap| heap.start += 4096),
        ("offset of heap", |heap| heap.start -= 4096),
        ("offset of heap", |heap| heap.start = u64::MAX - 4095),
        ("heap layout version", |heap| heap.version = 0),
    ];
    for (name, change) in changes {
        let found = refused_header(|header| change(header.heap.as_mut().unwrap()));
        match found {
            OpenError::Corrupt { what, offset, .. } => {
                let at = [("heap id", 160), ("offset of heap", 176), ("heap layout version", 184)];
                assert!(what == name && at.contains(&(what, offset)), "{what} at {offset}");
            }
            other => panic!("{name}: {other}"),
        }
    }
    let version = refused_header(|header| header.heap.as_mut().unwrap().version = 2);
    assert!(matches!(version, OpenError::HeapVersion { found: 2, expected: 1, .. }));
    // Both together, not a multiple of the page.
    let odd = refused_header(|header| {
        header.file_len += 8;
        header.heap.as_mut().unwrap().start += 8;
    });
    assert!(matches!(odd, OpenError::Corrupt { what: "offset of heap", .. }), "{odd}");
    let behind = refused_header(|header| header.heap.as_mut().unwrap().start = header.slots);
    assert!(matches!(behind, OpenError::Corrupt { what: "offset of heap", .. }), "{behind}");
    let base = refused_header(|header| header.base_generation = 1 << 52);
    assert!(matches!(base, OpenError::GenerationLimit { found, .. } if found == 1 << 52), "{base}");
    for size in [0, 8, 15, 4097] {
        let found = refused_header(|header| {
            header.root_size = size;
            header.slot_stride = header.slot_stride.max(128);
        });
        assert!(matches!(found, OpenError::Corrupt { .. }), "{size}: {found}");
    }
}

#[test]
fn fields_of_a_heap_without_the_flag_are_corrupt() {
    for at in [160, 168, 176, 184] {
        let (_dir, path) = place();
        drop(writer(&path).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] = 1;
        fs::write(&path, bytes).unwrap();
        let found = reader(&path).unwrap_err();
        assert!(matches!(found, OpenError::Corrupt { offset: 160.., .. }), "{found}");
        assert!(found.to_string().contains("expected 0, by the incompatible flags"), "{found}");
    }
    let without = refused_bytes(|bytes| bytes[24] = 0);
    assert!(matches!(without, OpenError::Corrupt { what: "heap id", .. }), "{without}");
}

#[test]
fn hostile_control_words_of_a_heap_are_refused_one_by_one() {
    let len = |bytes: &[u8]| bytes.len() as u64;
    type Value = fn(u64) -> u64;
    let values: [(Word, &str, Value); 8] = [
        (Word::FileLen, "live file length", |_| 0),
        (Word::FileLen, "live file length", |_| 4096),
        (Word::FileLen, "live file length", |len| len + 4096),
        (Word::FileLen, "live file length", |len| len - 8),
        (Word::FileLen, "live file length", |_| u64::MAX),
        (Word::Latest, "latest generation", |_| u64::MAX),
        (Word::Reclaimed, "generation up to which blocks are reclaimed", |_| u64::MAX),
        (Word::Evicted, "generation up to which pins are evicted", |_| (1 << 62) + 1),
    ];
    for (word, name, value) in values {
        let found = refused_bytes(|bytes| {
            let value = value(len(bytes));
            bytes[4096 + word.offset()..][..8].copy_from_slice(&value.to_ne_bytes());
        });
        match found {
            OpenError::Corrupt { what, offset, .. } => {
                assert_eq!((what, offset), (name, 4096 + word.offset() as u64));
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn a_writer_does_not_begin_where_blocks_have_no_room_for_generations() {
    for word in [Word::Latest, Word::Reclaimed, Word::Evicted] {
        let (_dir, path) = place();
        drop(growing_writer(&path).unwrap());
        let set = |generation: u64| {
            let file = File::options().write(true).open(&path).unwrap();
            file.write_all_at(&generation.to_ne_bytes(), 4096 + word.offset() as u64).unwrap();
        };
        set((1 << 52) - (1 << 20));
        match growing_writer(&path) {
            Err(CreateError::Unusable(OpenError::GenerationLimit { found, .. })) => {
                assert_eq!(found, (1 << 52) - (1 << 20));
            }
            other => panic!("{word:?}: {other:?}"),
        }
        set((1 << 52) - (1 << 20) - 1);
        assert!(growing_writer(&path).is_ok());
    }
}

#[test]
fn a_record_that_grows_does_not_take_the_place_of_one_that_counted_too_far() {
    let (_dir, path) = place();
    let fixed = writer(&path).unwrap();
    publish(&fixed, (1 << 52) + 5, 1);
    drop(fixed);
    let before = fs::read(&path).unwrap();
    let refused = replaced(&path, &growing_spec(), &FileOptions::default());
    assert!(
        matches!(refused, Err(CreateError::Unusable(OpenError::GenerationLimit { .. }))),
        "{refused:?}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn an_orderly_close_vouches_for_the_heap_and_not_for_the_root_alone() {
    let copy_of = |change: Option<usize>| {
        let (dir, path) = place();
        let writer = growing_writer(&path).unwrap();
        publish_heap(&writer, 1, 3, 9);
        let end = writer.load(Word::FileLen);
        // Behind what the root reaches.
        writer.grow_heap(end + 4096).unwrap();
        close_heap(writer);
        let mut bytes = fs::read(&path).unwrap();
        if let Some(behind) = change {
            let at = bytes.len() - 4096 - behind;
            bytes[at] ^= 1;
        }
        let copy = dir.path().join("copy.bin");
        fs::write(&copy, bytes).unwrap();
        let mut writer = growing_writer(&copy).unwrap();
        let source = writer.recover().unwrap().source;
        drop(writer);
        (growing_reader(&copy).unwrap().believes_slots(), source)
    };
    assert_eq!(copy_of(None), (true, Recovered::Clean));
    for behind in [1, 4096, 3 * 4096] {
        assert_eq!(copy_of(Some(behind)), (false, Recovered::Lost), "{behind}");
    }
    // Nothing of this generation is there.
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    assert_eq!(writer.clean_checksum(1, &[u64::MAX, 0, 0, 0]), None);
    assert!(writer.clean_checksum(1, &[0, 0, 0, 0]).is_some());
}

#[test]
fn a_heap_whose_root_was_never_closed_is_not_believed_in_a_copy() {
    let (dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 1, 2, 9);
    let copy = dir.path().join("copy.bin");
    fs::copy(&path, &copy).unwrap();
    assert!(growing_reader(&path).unwrap().believes_slots());
    assert!(!growing_reader(&copy).unwrap().believes_slots());
    assert_eq!(growing_writer(&copy).unwrap().recover().unwrap().source, Recovered::Lost);
}

#[test]
fn pins_are_opened_with_the_reader_unless_nobody_wants_them() {
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 7, 1, 1);
    let reader = growing_reader(&path).unwrap();
    reader.pins().unwrap().lock(7).unwrap();
    let probe = writer.probe().unwrap();
    assert_eq!(probe.pinned(0, 100), Some((7, 7)));
    reader.pins().unwrap().unlock(7);
    assert_eq!(probe.pinned(0, 100), None);
    // The writer's own are no secret to it, and all of them are one.
    writer.pins().unwrap().lock(9).unwrap();
    writer.pins().unwrap().lock(9).unwrap();
    writer.pins().unwrap().unlock(9);
    assert_eq!(probe.pinned(0, 100), Some((9, 9)));

    let without = ReadOptions { pins: false, ..ReadOptions::default() };
    let without = open_reader(&path, &growing_spec(), without).unwrap();
    assert!(matches!(without.pins(), Err(PinError::Unasked { .. })));
    let (_dir, path) = place();
    let fixed = super::writer(&path).unwrap();
    assert!(fixed.probe().is_none() && fixed.heap().is_none());
    let fixed = super::reader(&path).unwrap();
    assert!(matches!(fixed.pins(), Err(PinError::Unasked { .. })));
}

#[test]
fn a_new_file_in_the_place_of_another_has_its_own_probe() {
    let (_dir, path) = place();
    drop(growing_writer(&path).unwrap());
    let old = growing_reader(&path).unwrap();
    let writer = replaced(&path, &growing_spec(), &FileOptions::default()).unwrap();
    old.pins().unwrap().lock(3).unwrap();
    assert_eq!(writer.probe().unwrap().pinned(0, 10), None, "that is a pin of the old one");
    growing_reader(&path).unwrap().pins().unwrap().lock(4).unwrap();
    let new = growing_reader(&path).unwrap();
    new.pins().unwrap().lock(4).unwrap();
    assert_eq!(writer.probe().unwrap().pinned(0, 10), Some((4, 4)));
}

#[test]
fn what_is_no_length_is_not_grown_to() {
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    let len = fs::metadata(&path).unwrap().len();
    assert!(writer.grow_heap(len + 1).is_err());
    writer.grow_heap(len - 4096).unwrap();
    writer.grow_heap(len).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), len);
    let (_dir, path) = place();
    let fixed = super::writer(&path).unwrap();
    assert!(fixed.grow_heap(1 << 20).is_err());
    assert_eq!(Arc::strong_count(writer.heap().unwrap()), 1);
}

#[test]
fn more_than_the_disk_has_is_refused_and_the_file_stays_as_readers_know_it() {
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 1, 2, 5);
    let len = writer.load(Word::FileLen);
    let refused = writer.grow_heap(1 << 60).unwrap_err();
    let kinds = [std::io::ErrorKind::StorageFull, std::io::ErrorKind::FileTooLarge];
    assert!(kinds.contains(&refused.kind()), "{refused}");
    assert_eq!((writer.load(Word::FileLen), fs::metadata(&path).unwrap().len()), (len, len));
    publish_heap(&writer, 2, 1, 6);
}

#[test]
fn a_file_that_a_writer_left_longer_than_it_says_is_gone_on_from() {
    let (_dir, path) = place();
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 1, 2, 5);
    let len = writer.load(Word::FileLen);
    drop(writer);
    // It was killed between the growth and the word.
    File::options().write(true).open(&path).unwrap().set_len(len + 10 * PAGE + 77).unwrap();
    let reader = growing_reader(&path).unwrap();
    assert!(all(words(reader.heap().unwrap(), len), 5));
    let writer = growing_writer(&path).unwrap();
    publish_heap(&writer, 2, 3, 6);
    assert_eq!(writer.load(Word::FileLen), len + 3 * PAGE);
    publish_heap(&writer, 3, 20, 7);
    assert!(all(words(reader.heap().unwrap(), root_end(&reader)), 7));
}
