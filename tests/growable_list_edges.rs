//! What users do with lists in records that grow, at their edges.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]
#![allow(clippy::std_instead_of_core, reason = "imports what users would import")]

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

use commy::{create_reader, create_writer};

#[create_writer(filename = "shelf.bin", growable)]
#[create_reader(filename = "shelf.bin", growable)]
struct Shelf {
    titles: Vec<String>,
    pages: Vec<u32>,
    #[commy(bytes)]
    cover: Vec<u8>,
    note: String,
}

fn pair() -> (tempfile::TempDir, ShelfWriter, ShelfReader) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shelf.bin");
    let mut writer = ShelfWriter::create_at(&path).unwrap();
    writer.titles_mut().extend(["Emma", "Ivanhoe", "Walden"]).unwrap();
    writer.pages_mut().extend([3, 4, 5]).unwrap();
    writer.set_cover(&[1, 2, 3]).unwrap();
    writer.set_note("früh").unwrap();
    let reader = ShelfReader::open_at(&path).unwrap();
    (directory, writer, reader)
}

/// The writer may have shortened the list since the reader has asked how long it is.
#[test]
fn a_range_behind_the_end_of_a_list_is_empty() {
    let (_directory, writer, reader) = pair();
    let view = reader.pin().unwrap();
    for start in [3, 4, 1_000, usize::MAX] {
        let (mut pages, mut titles) = (vec![7], Vec::new());
        assert_eq!(reader.pages().load_range(start.., &mut pages).unwrap(), 0, "from {start} on");
        assert_eq!(view.pages().load_range(start.., &mut pages).unwrap(), 0, "from {start} on");
        assert_eq!(reader.titles().load_range(start.., &mut titles).unwrap(), 0, "from {start} on");
        assert_eq!(writer.titles().load_range(start.., &mut titles).unwrap(), 0, "from {start} on");
        assert_eq!((pages, titles), (vec![7], Vec::new()));
        assert_eq!(view.titles().range(start..).count(), 0, "from {start} on");
        assert_eq!(reader.pages().read_into(start, &mut [0; 2]).unwrap(), 0, "from {start} on");
        assert_eq!(reader.pages().get(start).unwrap(), None);
    }
    let mut pages = Vec::new();
    assert_eq!(reader.pages().load_range(2..1_000, &mut pages).unwrap(), 1);
    assert_eq!(reader.pages().load_range(..=0, &mut pages).unwrap(), 1);
    assert_eq!(pages, [5, 3]);
}

thread_local! {
    /// The file in which this thread has panicked last.
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The file that a panic names.
fn panicked_in<R>(call: impl FnOnce() -> R) -> Option<String> {
    PANICKED.take();
    catch_unwind(AssertUnwindSafe(|| drop(call()))).err()?;
    PANICKED.take()
}

#[test]
fn a_panic_names_the_line_of_the_caller() {
    let (_directory, mut w, r) = pair();
    let view = r.pin().unwrap();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICKED.set(info.location().map(|location| location.file().to_owned()));
        before(info);
    }));
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    let calls = [
        ("set", panicked_in(|| w.pages_mut().set(3, 1))),
        ("insert", panicked_in(|| w.pages_mut().insert(4, 1))),
        ("remove", panicked_in(|| w.titles_mut().remove(3))),
        ("swap_remove", panicked_in(|| w.titles_mut().swap_remove(3))),
        ("swap", panicked_in(|| w.titles_mut().swap(0, 3))),
        ("drain", panicked_in(|| w.titles_mut().drain(2..4))),
        ("range", panicked_in(|| view.pages().range(2..1))),
        ("load_range", panicked_in(|| r.pages().load_range(2..1, &mut Vec::new()))),
        ("write_at", panicked_in(|| w.cover_mut().write_at(2, &[1, 2]))),
        ("splice", panicked_in(|| w.cover_mut().splice(2..5, &[1]))),
        ("insert_str", panicked_in(|| w.note_mut().insert_str(3, "x"))),
        ("insert of text", panicked_in(|| w.note_mut().insert(3, 'x'))),
        ("replace_range", panicked_in(|| w.note_mut().replace_range(3..4, "x"))),
        ("truncate", panicked_in(|| w.note_mut().truncate(3))),
        ("remove of text", panicked_in(|| w.note_mut().remove(3))),
    ];
    for (call, file) in calls {
        assert_eq!(file.as_deref(), Some(file!()), "where `{call}` panics");
    }
    assert_eq!((w.titles().len().unwrap(), w.note().unwrap()), (3, "früh".into()));
}
