//! Damaged files, opened by a reader and a writer, which do everything with them.
//!
//! ```text
//! cargo +nightly fuzz run hostile_open fuzz/corpus/hostile_open fuzz/seeds/hostile_open
//! ```
//!
//! `tests/hostile_files.rs` does the same with pseudo-random inputs on stable.
#![no_main]

#[path = "../../tests/support/format.rs"]
mod format;
#[path = "../../tests/support/hostile.rs"]
mod hostile;
#[path = "../../tests/support/kinds.rs"]
mod kinds;

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A place for the files, and a valid one.
static PLACE: LazyLock<(TempDir, Vec<u8>)> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let good = hostile::good(&directory.path().join("kinds.bin"));
    (directory, good)
});

fuzz_target!(|input: &[u8]| {
    let (directory, good) = &*PLACE;
    let path = directory.path().join("kinds.bin");
    fs::write(&path, hostile::mutated(good, input)).unwrap();
    hostile::use_all(&path);
});
