//! A damaged heap that a writer opens: it finds what can be traced, writes into that, closes, and opens it
//! again.
//!
//! ```text
//! cargo +nightly fuzz run growable_open fuzz/corpus/growable_open fuzz/seeds/growable_open
//! ```
//!
//! `tests/growable_hostile_maps.rs` does the same with chosen words on stable.
#![no_main]

#[path = "../../tests/support/every.rs"]
mod every;
#[path = "../../tests/support/format.rs"]
mod format;
mod growable;
#[path = "../../tests/support/refusals.rs"]
mod refusals;

use std::fs;
use std::path::Path;

use commy::growable::OnCorrupt;
use commy::{CreateError, OpenError, ReadError};
use every::{
    CHANGES, EveryReader, EveryWriter, READS, change_part, overwrite_all, read_part, sample,
};
use growable::{EDIT_LEN, GOOD};
use libfuzzer_sys::fuzz_target;

/// Text from a file must not reach a terminal as it is.
fn presentable(error: &impl std::error::Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
}

fn open(path: &Path, on_corrupt: OnCorrupt) -> Option<EveryWriter> {
    let opened = EveryWriter::options().path(path).on_corrupt(on_corrupt).create();
    let is_refusal = |error: &CreateError| {
        matches!(
            error,
            CreateError::Unusable(
                OpenError::Corrupt { .. }
                    | OpenError::Truncated { .. }
                    | OpenError::GenerationLimit { .. }
            ) | CreateError::Invalid { .. }
        )
    };
    opened
        .map_err(|error| {
            assert!(is_refusal(&error), "{error:?}");
            presentable(&error);
        })
        .ok()
}

/// Who reads what nobody vouches for, is told so.
fn read(path: &Path, part: u8) {
    match EveryReader::open_at(path) {
        Ok(reader) if reader.serial() == Err(ReadError::NeedsWriter) => {}
        Ok(reader) => drop(read_part(&reader, part % READS, GOOD.bytes.len() * 64)),
        Err(error) => presentable(&error),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some(([mode, a, b], edits)) = input.split_first_chunk() else { return };
    let (edits, _) = edits.as_chunks::<EDIT_LEN>();
    let mut bytes = GOOD.bytes.clone();
    for edit in edits {
        let (at, value) = GOOD.edit(edit);
        bytes[at..at + 8].copy_from_slice(&value.to_ne_bytes());
    }
    let path = &GOOD.path.with_file_name("opened.bin");
    // One that is replaced is another inode.
    let _ = fs::remove_file(path);
    fs::write(path, &bytes).unwrap();
    read(path, *b);
    let how = [OnCorrupt::Refuse, OnCorrupt::Salvage, OnCorrupt::Replace][usize::from(*mode % 3)];
    let Some(mut writer) = open(path, how) else { return };
    for part in [*a, *b] {
        change_part(&mut writer, part % CHANGES);
    }
    read(path, *a);
    let is_repaired = mode & 64 != 0;
    if is_repaired {
        overwrite_all(&mut writer, &sample()).unwrap();
    }
    if mode & 128 == 0 {
        drop(writer)
    } else {
        writer.quick_close()
    }
    // What it has traced, another one can.
    let writer = open(path, OnCorrupt::Refuse).expect("it was opened before");
    if is_repaired {
        assert!(writer.snapshot().unwrap() == sample());
        EveryReader::open_at(path).unwrap().pin().unwrap().verify().unwrap();
    }
    writer.quick_close();
});
