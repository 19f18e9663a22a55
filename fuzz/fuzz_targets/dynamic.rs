//! Any bytes as a file, and any text as a schema: read without the type of the record, by every method.
//!
//! ```text
//! cargo +nightly fuzz run dynamic fuzz/corpus/dynamic fuzz/seeds/dynamic
//! ```
//!
//! `tests/dynamic.rs` and `tests/dynamic_growable.rs` do the same with chosen bytes on stable.
#![no_main]

#[path = "../../tests/support/every.rs"]
mod every;
#[path = "../../tests/support/format.rs"]
mod format;
mod growable;
#[path = "../../tests/support/hostile.rs"]
mod hostile;
#[path = "../../tests/support/kinds.rs"]
mod kinds;
#[path = "../../tests/support/refusals.rs"]
mod refusals;
#[path = "../../tests/support/schema_text.rs"]
mod schema_text;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use commy::dynamic::{self, DynReader, Schema};
use growable::{EDIT_LEN, GOOD};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A place for the file, and a valid one of fixed size.
static FIXED: LazyLock<(TempDir, PathBuf, Vec<u8>)> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = directory.path().join("kinds.bin");
    let good = hostile::good(&path);
    (directory, path, good)
});

/// Text from a file must not reach a terminal as it is.
fn presentable(text: &str) {
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
}

/// The file with this schema text under the hash of it, so that it is that of the record.
fn described(good: &[u8], text: &[u8]) -> Vec<u8> {
    let mut bytes = schema_text::with_schema(good, text);
    let line = text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let fingerprint = commy::Fingerprint::of_text(line).0.to_le_bytes();
    let at = format::header::FINGERPRINT;
    bytes[at..at + fingerprint.len()].copy_from_slice(&fingerprint);
    format::repair(&mut bytes);
    bytes
}

fn use_all(file: &DynReader, path: &str) {
    presentable(&file.schema().to_string());
    let names = file.schema().fields().map(|field| format!("[{:?}]", field.name()));
    let paths = names.take(16).flat_map(|name| {
        ["", "[0]", "[1..]", ".name", "[\"a\"]", "[0].x"].map(|rest| format!("{name}{rest}"))
    });
    for path in paths.chain([path.to_owned()]) {
        match file.get(&path) {
            Ok(value) => presentable(&value.to_string()),
            Err(error) => presentable(&error.to_string()),
        }
    }
    match file.snapshot() {
        Ok(now) => {
            presentable(&now.to_string());
            let _ = now.get(path);
            now.iter().for_each(drop);
            serde_json_like(&now);
        }
        Err(error) => presentable(&error.to_string()),
    }
    let _ = file.state();
    let _ = file.writer_state();
}

/// Writes it as a codec does.
fn serde_json_like(now: &dynamic::Snapshot) {
    let mut room = vec![0; 1 << 16];
    let _ = <commy::encoded::Json as commy::encoded::Encode<_>>::encode(now, &mut room);
    let _ = <commy::encoded::Cbor as commy::encoded::Encode<_>>::encode(now, &mut room);
}

fn open(path: &Path, asked: &str) {
    match dynamic::options().max_load(1 << 22).open(path) {
        Ok(file) => use_all(&file, asked),
        Err(error) => presentable(&error.to_string()),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((mode, rest)) = input.split_first() else { return };
    let (_, path, good) = &*FIXED;
    let _ = fs::remove_file(path);
    match mode % 4 {
        0 => {
            let (asked, edits) = rest.split_at(rest.len().min(usize::from(*mode >> 2)));
            fs::write(path, hostile::mutated(good, edits)).unwrap();
            open(path, &String::from_utf8_lossy(asked));
        }
        1 => {
            let mut bytes = GOOD.bytes.clone();
            for edit in rest.as_chunks::<EDIT_LEN>().0 {
                let (at, value) = GOOD.edit(edit);
                bytes[at..at + 8].copy_from_slice(&value.to_ne_bytes());
            }
            fs::write(path, bytes).unwrap();
            open(path, "event.0.next");
        }
        2 => {
            let _ = Schema::parse(rest).map(|schema| presentable(&schema.to_string()));
            fs::write(path, described(good, rest)).unwrap();
            open(path, "f");
        }
        _ => {
            let text = schema_text::nested(rest);
            fs::write(path, described(&GOOD.bytes, &text)).unwrap();
            open(path, "f[0]");
        }
    }
});
