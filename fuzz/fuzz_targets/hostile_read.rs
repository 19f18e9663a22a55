//! A peer that scribbles over the mapped file while a reader reads everything in it: between two
//! reads, and, for inputs of whole edits, during them.
//!
//! ```text
//! cargo +nightly fuzz run hostile_read fuzz/corpus/hostile_read fuzz/seeds/hostile_read
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

use std::sync::LazyLock;

use hostile::Scribbler;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A place for the file, and who writes it: both for all inputs, since making them takes longer
/// than an input.
static PLACE: LazyLock<(TempDir, Scribbler)> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let scribbler = Scribbler::new(&directory.path().join("kinds.bin"));
    (directory, scribbler)
});

fuzz_target!(|input: &[u8]| {
    let (_, scribbler) = &*PLACE;
    let (edits, rest) = input.as_chunks::<{ hostile::EDIT_LEN }>();
    if rest.is_empty() {
        scribbler.read_beside(edits);
    } else {
        scribbler.read_after_each(edits);
    }
});
