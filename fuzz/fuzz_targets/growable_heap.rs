//! A heap with every kind that grows, of which words are overwritten: under readers, under a writer that
//! goes on, and before a writer opens it. And the schema text of such a record, under both.
//!
//! ```text
//! cargo +nightly fuzz run growable_heap fuzz/corpus/growable_heap fuzz/seeds/growable_heap
//! ```
//!
//! `tests/growable_hostile_maps.rs` does the same with chosen words on stable.
#![no_main]

#[path = "../../tests/support/every.rs"]
mod every;
#[path = "../../tests/support/format.rs"]
mod format;
#[path = "../../tests/support/refusals.rs"]
mod refusals;

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use commy::growable::OnCorrupt;
use every::{EveryReader, EveryWriter, change_all, overwrite_all, read_all, sample};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// The bytes that one edit takes from the input: where, what kind of number, and the number.
const EDIT_LEN: usize = 12;

/// A valid file, and where there is what in it.
struct Good {
    _directory: TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
    root: core::ops::Range<usize>,
    heap: core::ops::Range<usize>,
    blocks: Vec<u64>,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = directory.path().join("every.bin");
    EveryWriter::create_at(&path).unwrap().publish(&sample()).unwrap();
    let bytes = fs::read(&path).unwrap();
    let slot = format::slot_of(&bytes, format::word(&bytes, format::file::LATEST));
    let root = slot + format::slot::PAYLOAD;
    let root = root..root + format::offset(&bytes, format::header::ROOT_SIZE);
    let heap = format::offset(&bytes, format::header::HEAP)..bytes.len();
    let is_block = |at: &usize| format::word(&bytes, *at) >> format::heap::BIRTH_BIT == 1;
    let blocks = heap.clone().step_by(16).filter(is_block).map(|at| at as u64).collect();
    Good { _directory: directory, path, bytes, root, heap, blocks }
});

/// Applies edits: to the heap, mostly.
fn damage(path: &Path, edits: &[[u8; EDIT_LEN]]) {
    let file = File::options().write(true).open(path).unwrap();
    for [kind, a, b, c, number @ ..] in edits {
        let place = u32::from_le_bytes([*a, *b, *c, 0]) as usize;
        let number = u64::from_le_bytes(*number);
        let range = if kind & 7 == 7 { &GOOD.root } else { &GOOD.heap };
        let at = range.start + place % (range.len() / 8) * 8;
        let value = match kind >> 3 & 3 {
            0 => GOOD.blocks[number as usize % GOOD.blocks.len()] | number >> 60,
            1 => number % 300,
            2 => format::word(&GOOD.bytes, at) ^ 1 << (number % 64),
            _ => number,
        };
        file.write_all_at(&value.to_ne_bytes(), at as u64).unwrap();
    }
}

/// The file with other bytes in its schema, under a header whose checksum fits.
fn other_schema(edits: &[[u8; EDIT_LEN]]) -> Vec<u8> {
    let mut bytes = GOOD.bytes.clone();
    let start = format::file::SCHEMA;
    for [_, a, b, len, text @ ..] in edits {
        let at = start + usize::from(u16::from_le_bytes([*a, *b])) % 6000;
        let len = usize::from(*len) % 9;
        if let Some(to) = bytes.get_mut(at..at + len) {
            to.copy_from_slice(&text[..len]);
        }
    }
    format::repair(&mut bytes);
    bytes
}

/// Text from a file must not reach a terminal as it is.
fn presentable(error: &impl std::error::Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
}

fn read(path: &Path) {
    match EveryReader::open_at(path) {
        // A file of another inode, whose checksum no longer fits: nobody vouches for it.
        Ok(reader) if reader.serial() == Err(commy::ReadError::NeedsWriter) => {}
        Ok(reader) => drop(read_all(&reader, GOOD.bytes.len() * 64)),
        Err(error) => presentable(&error),
    }
}

fn write(path: &Path, on_corrupt: OnCorrupt) {
    match EveryWriter::options().path(path).on_corrupt(on_corrupt).create() {
        Ok(mut writer) => {
            change_all(&mut writer);
            overwrite_all(&mut writer, &sample()).unwrap();
        }
        Err(error) => presentable(&error),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((mode, edits)) = input.split_first() else { return };
    let (edits, _) = edits.as_chunks::<EDIT_LEN>();
    let path = &GOOD.path;
    let _ = fs::remove_file(path);
    fs::write(path, &GOOD.bytes).unwrap();
    match mode % 5 {
        0 => {
            let reader = EveryReader::open_at(path).unwrap();
            damage(path, edits);
            read_all(&reader, GOOD.bytes.len());
        }
        1 => {
            let mut writer = EveryWriter::create_at(path).unwrap();
            for edits in edits.chunks(4) {
                damage(path, edits);
                change_all(&mut writer);
            }
            overwrite_all(&mut writer, &sample()).unwrap();
        }
        2 => {
            damage(path, edits);
            read(path);
            write(path, OnCorrupt::Refuse);
        }
        3 => {
            damage(path, edits);
            write(path, OnCorrupt::Salvage);
        }
        _ => {
            fs::write(path, other_schema(edits)).unwrap();
            read(path);
            write(path, OnCorrupt::Refuse);
        }
    }
});
