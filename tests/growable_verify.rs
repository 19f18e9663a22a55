//! What a check of a whole record says: what is wrong, where in the file, and on which way.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;

use commy::{Growable, create_reader, create_writer};

#[create_writer(filename = "library.bin", growable)]
#[create_reader(filename = "library.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Library {
    name: String,
    shelves: BTreeMap<u32, Vec<Book>>,
    waiting: VecDeque<(u8, String)>,
    lent: HashMap<u8, [String; 2]>,
    first: Option<Box<Book>>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Book {
    title: String,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum State {
    #[default]
    Here,
    Lent {
        to: String,
    },
}

fn book(title: &str) -> Book {
    Book { title: title.into(), state: State::Lent { to: format!("TO {}", title.to_uppercase()) } }
}

fn library() -> Library {
    Library {
        name: "the name of all".into(),
        shelves: (0..3)
            .map(|shelf| {
                (shelf * 10, (0..4).map(|n| book(&format!("title {shelf} {n} of it"))).collect())
            })
            .collect(),
        waiting: (0..5).map(|n| (n, format!("who waits as {n}"))).collect(),
        lent: [(7, ["lent before it".into(), "lent behind it".into()])].into(),
        first: Some(Box::new(book("the first of them"))),
    }
}

#[test]
fn the_way_to_what_is_wrong_is_named() {
    for (text, way) in [
        ("the name of all", "name"),
        ("title 0 0 of it", "shelves[0][0].title"),
        ("title 1 2 of it", "shelves[1][2].title"),
        ("TO TITLE 2 3 OF IT", "shelves[2][3].state.Lent.to"),
        ("who waits as 3", "waiting[3].1"),
        ("lent behind it", "lent[0][1]"),
        ("the first of them", "first.title"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("library.bin");
        let mut w = LibraryWriter::create_at(&path).unwrap();
        w.publish(&library()).unwrap();
        let view = LibraryReader::open_at(&path).unwrap().into_pinned().unwrap();
        view.verify().unwrap();
        // It lies in a block of its own, its end is behind what its cell has of it.
        let bytes = fs::read(&path).unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let found: Vec<usize> = (0..bytes.len() - text.len())
            .filter(|at| bytes[*at..].starts_with(text.as_bytes()))
            .collect();
        assert_eq!(found.len(), 1, "{text}");
        file.write_all_at(&[0xff], (found[0] + text.len() - 1) as u64).unwrap();
        let error = view.verify().unwrap_err().to_string();
        assert!(error.contains(&format!("`{way}`")), "{way}: {error}");
    }
}

#[test]
fn a_block_that_is_none_is_named_with_its_field() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("library.bin");
    let mut w = LibraryWriter::create_at(&path).unwrap();
    w.publish(&library()).unwrap();
    let view = LibraryReader::open_at(&path).unwrap().into_pinned().unwrap();
    // The header of the block of a text.
    let bytes = fs::read(&path).unwrap();
    let text = b"who waits as 3";
    let at = (0..bytes.len() - text.len()).find(|at| bytes[*at..].starts_with(text)).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&u64::MAX.to_ne_bytes(), at as u64 - 8).unwrap();
    let error = view.verify().unwrap_err().to_string();
    assert!(error.contains("in field `waiting`"), "{error}");
    assert!(error.contains(&format!("byte {}", at - 8)), "{error}");
    // What does not lead there is read as before.
    assert_eq!(view.name().unwrap(), "the name of all");
}
