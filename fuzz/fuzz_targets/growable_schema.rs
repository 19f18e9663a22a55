//! Schema texts of records that grow, under a header of another record: a reader and a writer read the
//! text, compare it with their own, and say what differs.
//!
//! ```text
//! cargo +nightly fuzz run growable_schema fuzz/corpus/growable_schema fuzz/seeds/growable_schema
//! ```
//!
//! `tests/hostile_schemas.rs` does the same with chosen texts on stable.
#![no_main]

#[path = "../../tests/support/every.rs"]
mod every;
#[path = "../../tests/support/format.rs"]
mod format;
#[path = "../../tests/support/refusals.rs"]
mod refusals;
#[path = "../../tests/support/schema_text.rs"]
mod schema_text;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use commy::growable::OnCorrupt;
use commy::{CreateError, OpenError};
use every::{EveryReader, EveryWriter};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A place for the file, a valid one, and its schema text.
static GOOD: LazyLock<(TempDir, PathBuf, Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = directory.path().join("every.bin");
    drop(EveryWriter::create_at(&path).unwrap());
    let bytes = fs::read(&path).unwrap();
    let len = format::offset(&bytes, format::header::SCHEMA_LEN);
    let text = bytes[format::file::SCHEMA..][..len].to_vec();
    (directory, path, bytes, text)
});

/// The text with parts of it exchanged for others: where, how many bytes, and how many of what follows.
fn changed(text: &[u8], mut edits: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    while let [a, b, cut, len, rest @ ..] = edits {
        let at = usize::from(u16::from_le_bytes([*a, *b])) % text.len().max(1);
        let (part, behind) = rest.split_at(usize::from(*len).min(rest.len()));
        let end = (at + usize::from(*cut)).min(text.len());
        text.splice(at..end, part.iter().copied());
        edits = behind;
    }
    text
}

/// Text from a file must not reach a terminal as it is.
fn presentable(error: &impl std::error::Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
}

fuzz_target!(|input: &[u8]| {
    let Some((mode, rest)) = input.split_first() else { return };
    let (_, path, good, own) = &*GOOD;
    let text = match mode % 3 {
        0 => rest.to_vec(),
        1 => changed(own, rest),
        _ => schema_text::nested(rest),
    };
    fs::write(path, schema_text::with_schema(good, &text)).unwrap();
    match EveryReader::open_at(path).map(drop).unwrap_err() {
        error @ (OpenError::SchemaMismatch { .. } | OpenError::Corrupt { .. }) => {
            presentable(&error);
        }
        error => panic!("{error}"),
    }
    match EveryWriter::options().path(path).on_corrupt(OnCorrupt::Salvage).create() {
        Err(
            error @ (CreateError::SchemaMismatch { .. }
            | CreateError::Unusable(OpenError::Corrupt { .. })),
        ) => presentable(&error),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("another record's file was opened"),
    }
});
