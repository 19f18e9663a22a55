//! The limits that commy/docs/growable.md names: what each says, and that each has its test.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use core::time::Duration;
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use commy::growable::OnCorrupt;
use commy::{CreateError, WriteError, create_reader, create_writer};

use support::format::{self, file, header};

#[create_writer(filename = "note.bin", growable)]
#[create_reader(filename = "note.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Note {
    text: String,
    lines: Vec<String>,
}

fn note() -> Note {
    let lines = (0..300).map(|n| format!("line {n}, which has a block of its own")).collect();
    Note { text: "a text with a block of its own".into(), lines }
}

#[test]
fn a_second_writer_of_a_growable_record_is_refused_and_changes_nothing() {
    let (_directory, path) = support::place("note.bin");
    let mut w = NoteWriter::create_at(&path).unwrap();
    w.publish(&note()).unwrap();
    let before = fs::read(&path).unwrap();
    for on_corrupt in [OnCorrupt::Refuse, OnCorrupt::Salvage, OnCorrupt::Replace] {
        let refused = NoteWriter::options().path(&path).on_corrupt(on_corrupt).create();
        assert!(matches!(refused, Err(CreateError::WriterBusy { .. })), "{refused:?}");
    }
    assert!(fs::read(&path).unwrap() == before);
    drop(w);
    assert!(NoteWriter::create_at(&path).unwrap().snapshot().unwrap() == note());
}

#[test]
fn a_file_that_may_not_grow_says_so_and_keeps_what_it_has() {
    let (_directory, path) = support::place("note.bin");
    let mut w = NoteWriter::options().path(&path).max_size(256 << 10).create().unwrap();
    w.publish(&note()).unwrap();
    let refused = w.set_text(&"x".repeat(300 << 10));
    assert!(
        matches!(refused, Err(WriteError::Full { needed, max_size, .. })
            if needed > 300 << 10 && max_size == 256 << 10),
        "{refused:?}"
    );
    assert!(w.snapshot().unwrap() == note());
    w.set_text("short").unwrap();
    assert_eq!(NoteReader::open_at(&path).unwrap().text().unwrap(), "short");
}

/// Says in the file that it is so long, and makes it: of holes. Whatever the root says of the heap, it says
/// that it reaches to the end.
fn lengthen(path: &Path, len: u64) {
    let bytes = fs::read(path).unwrap();
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(len).unwrap();
    use std::os::unix::fs::FileExt as _;
    file.write_all_at(&len.to_ne_bytes(), file::FILE_LEN as u64).unwrap();
    for slot in 0..format::number(&bytes, header::SLOT_COUNT) {
        let slot = format::offset(&bytes, header::SLOTS)
            + slot as usize * format::offset(&bytes, header::SLOT_STRIDE);
        let at = slot + format::slot::PAYLOAD + format::heap::LENGTH;
        if format::word(&bytes, at) != 0 {
            file.write_all_at(&len.to_ne_bytes(), at as u64).unwrap();
        }
    }
}

/// A file costs nothing by being long: who reads it maps addresses, and takes memory for what is there.
#[test]
fn a_file_of_a_terabyte_of_holes_costs_its_readers_no_memory() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("note.bin");
    let mut w = NoteWriter::create_at(&path).unwrap();
    w.publish(&note()).unwrap();
    w.quick_close();
    lengthen(&path, 1 << 40);
    let (peak, ()) = counting::peak(|| {
        let r = NoteReader::open_at(&path).unwrap();
        assert!(r.snapshot().unwrap() == note());
        let view = r.pin().unwrap();
        view.verify().unwrap();
        assert_eq!(view.lines().len().unwrap(), 300);
        view.save_as(path.with_file_name("copy.bin")).unwrap();
    });
    assert!(peak < 4 << 20, "{peak} bytes");
    let copy = fs::metadata(path.with_file_name("copy.bin")).unwrap();
    assert!(copy.len() < 1 << 20 && copy.blocks() * 512 < 1 << 20);
}

/// A writer keeps books of each page, whether or not anything is there.
#[test]
fn a_file_of_holes_costs_a_writer_the_books_of_its_pages() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("note.bin");
    let mut w = NoteWriter::create_at(&path).unwrap();
    w.publish(&note()).unwrap();
    w.quick_close();
    let pages = 1 << 18;
    lengthen(&path, pages << 12);
    let (peak, w) = counting::peak(|| NoteWriter::create_at(&path).unwrap());
    // And what else a writer needs, for which nobody has to look at each page.
    assert!(peak < 60 * pages as usize, "{peak} bytes");
    assert!(w.snapshot().unwrap() == note());
    w.quick_close();
}

#[test]
fn every_limit_of_the_page_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("commy/docs/growable.md")).unwrap();
    let limits = page.split("\n## Limits\n").nth(1).unwrap();
    let limits = limits.split("\n## ").next().unwrap();
    let rows: Vec<&str> = limits.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 12, "{} limits", rows.len());
    let mut named = BTreeSet::new();
    for row in rows {
        let shown_by = row.trim_end_matches('|').rsplit('|').next().unwrap();
        // What cannot be known has no test.
        if row.contains("nothing can: do not") {
            continue;
        }
        let (mut file, mut is_named) = (None, false);
        for word in shown_by.split('`').skip(1).step_by(2) {
            if word.ends_with(".rs") || word.ends_with(".sh") {
                file =
                    Some(fs::read_to_string(root.join(word)).unwrap_or_else(|_| panic!("{word}")));
                is_named |= word.ends_with(".sh") || word.starts_with("tests/ui/");
            } else {
                let source = file.as_ref().unwrap_or_else(|| panic!("no file: {row}"));
                assert!(source.contains(&format!("fn {word}(")), "no such test: {word}");
                assert!(named.insert(word), "twice: {word}");
                is_named = true;
            }
        }
        assert!(is_named, "no test: {row}");
    }
}
