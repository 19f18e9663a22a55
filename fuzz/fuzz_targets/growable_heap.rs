//! A heap with every kind that grows, of which words are overwritten under readers, and under a writer that
//! goes on.
//!
//! ```text
//! cargo +nightly fuzz run growable_heap fuzz/corpus/growable_heap fuzz/seeds/growable_heap
//! ```
//!
//! One input is about a field or two: to read or change all of them takes a hundred times as long.
//! `tests/growable_hostile_maps.rs` does the same with chosen words on stable.
#![no_main]

#[path = "../../tests/support/every.rs"]
mod every;
#[path = "../../tests/support/format.rs"]
mod format;
mod growable;
#[path = "../../tests/support/refusals.rs"]
mod refusals;

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::sync::LazyLock;

use every::{
    CHANGES, EveryReader, EveryWriter, READS, change_part, overwrite_all, read_part, sample,
};
use growable::{EDIT_LEN, GOOD};
use libfuzzer_sys::fuzz_target;

/// The file that readers have open, which is put back after each input.
static READ: LazyLock<(EveryReader, File)> = LazyLock::new(|| {
    let file = File::options().write(true).open(&GOOD.path).unwrap();
    (EveryReader::open_at(&GOOD.path).unwrap(), file)
});

fn damage(file: &File, edits: &[[u8; EDIT_LEN]]) {
    for edit in edits {
        let (at, value) = GOOD.edit(edit);
        file.write_all_at(&value.to_ne_bytes(), at as u64).unwrap();
    }
}

fn under_readers(parts: [u8; 2], edits: &[[u8; EDIT_LEN]]) {
    let (reader, file) = &*READ;
    damage(file, edits);
    for part in parts {
        read_part(reader, part % READS, GOOD.bytes.len());
    }
    for edit in edits {
        let (at, _) = GOOD.edit(edit);
        file.write_all_at(&GOOD.bytes[at..at + 8], at as u64).unwrap();
    }
}

fn under_a_writer(parts: [u8; 2], edits: &[[u8; EDIT_LEN]], is_repaired: bool) {
    let path = GOOD.path.with_file_name("written.bin");
    fs::write(&path, &GOOD.bytes).unwrap();
    // A copy of the control words is believed by nobody, but what was closed in good order is.
    let mut writer = EveryWriter::create_at(&path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    for (part, edits) in parts.into_iter().cycle().zip(edits.chunks(3)) {
        damage(&file, edits);
        change_part(&mut writer, part % CHANGES);
    }
    if is_repaired {
        overwrite_all(&mut writer, &sample()).unwrap();
    }
    // Nobody needs the sum of what is thrown away.
    writer.quick_close();
}

fuzz_target!(|input: &[u8]| {
    let Some(([mode, a, b], edits)) = input.split_first_chunk() else { return };
    let (edits, _) = edits.as_chunks::<EDIT_LEN>();
    match mode % 4 {
        0 | 1 => under_readers([*a, *b], edits),
        2 => under_a_writer([*a, *b], edits, false),
        _ => under_a_writer([*a, *b], edits, true),
    }
});
