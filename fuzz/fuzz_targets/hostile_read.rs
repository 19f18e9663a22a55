//! A peer that scribbles over the mapped file while a reader reads everything in it.
//!
//! ```text
//! cargo +nightly fuzz run hostile_read fuzz/corpus/hostile_read fuzz/seeds/hostile_read
//! ```
//!
//! `tests/hostile_files.rs` does the same with pseudo-random inputs on stable.
#![no_main]

#[path = "../../tests/support/hostile.rs"]
mod hostile;
#[path = "../../tests/support/kinds.rs"]
mod kinds;

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A place for the file, and its bytes while it is valid.
static PLACE: LazyLock<(TempDir, Vec<u8>)> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let good = hostile::good(&directory.path().join("kinds.bin"));
    (directory, good)
});

/// How often the reader reads everything while one input is written.
const ROUNDS: u32 = 16;

fuzz_target!(|input: &[u8]| {
    let (directory, good) = &*PLACE;
    let path = directory.path().join("kinds.bin");
    fs::write(&path, good).unwrap();
    let (edits, _) = input.as_chunks::<{ hostile::EDIT_LEN }>();
    hostile::read_while_scribbling(&path, edits, ROUNDS);
});
