//! What a check of a whole record says: what is wrong, where in the file, and on which way.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/stage.rs"]
mod stage;
mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::thread;

use commy::{Growable, ReadError, create_reader, create_writer};

use stage::{Stage, check};

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

/// Nodes above nodes in each container, and whatever else has blocks.
#[create_writer(filename = "shelf.bin", growable)]
#[create_reader(filename = "shelf.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Shelf {
    serial: u64,
    text: String,
    #[commy(bytes)]
    image: Vec<u8>,
    list: Vec<u64>,
    texts: Vec<String>,
    deque: VecDeque<String>,
    tree: BTreeMap<u64, String>,
    hash: HashMap<u64, String>,
    ordered: BTreeSet<String>,
    hashed: HashSet<String>,
    boxed: Option<Box<Book>>,
    wide: [u64; 100],
    #[commy(encoded = commy::encoded::Postcard)]
    coded: Vec<u16>,
}

fn shelf(serial: u64) -> Shelf {
    let long = |n: u64| format!("number {n} of {serial}, with a block of its own");
    Shelf {
        serial,
        text: long(0),
        image: vec![serial as u8; 9000],
        list: (0..300).map(|n| n + serial).collect(),
        texts: (0..8).map(long).collect(),
        deque: (0..150).map(|n| if n % 50 == 0 { long(n) } else { n.to_string() }).collect(),
        tree: (0..100).map(|n| (n, if n % 30 == 0 { long(n) } else { String::new() })).collect(),
        hash: (0..100).map(|n| (n, if n % 30 == 0 { long(n) } else { String::new() })).collect(),
        ordered: (0..60).map(|n| if n % 20 == 0 { long(n) } else { n.to_string() }).collect(),
        hashed: (0..60).map(|n| if n % 20 == 0 { long(n) } else { n.to_string() }).collect(),
        boxed: Some(Box::new(book(&long(0)))),
        wide: [serial; 100],
        coded: (0..100).collect(),
    }
}

const FIELDS: [&str; 12] = [
    "text", "image", "list", "texts", "deque", "tree", "hash", "ordered", "hashed", "boxed",
    "wide", "coded",
];

fn stage_of_shelf() -> Stage {
    Stage::new(|path| {
        let mut w = ShelfWriter::create_at(path).unwrap();
        w.publish(&shelf(1)).unwrap();
    })
}

/// The blocks that the sample reaches, and none that was made on the way there.
fn reached_blocks(stage: &Stage, view: &ShelfView<'_>) -> Vec<u64> {
    let is_reached = |block: &u64| {
        stage.store(*block as usize, u64::MAX);
        let is_reached = view.verify().is_err();
        stage.store(*block as usize, stage.word(*block as usize));
        is_reached
    };
    stage.blocks().into_iter().filter(is_reached).collect()
}

/// What a check of a view says is wrong: the place in the file, and the field.
fn refusal(view: &ShelfView<'_>, stage: &Stage, damage: (usize, u64)) -> (u64, String) {
    match check(damage, "a check", stage.memory(), || view.verify()) {
        Err(error @ ReadError::Corrupt { .. }) => {
            let text = error.to_string();
            let ReadError::Corrupt { offset, .. } = error else { unreachable!() };
            let field = text.split_once("in field `").and_then(|(_, rest)| rest.split_once('`'));
            let field = field.unwrap_or_else(|| panic!("no field: {text}")).0.to_owned();
            (offset, field)
        }
        Err(error @ ReadError::Invalid { .. }) => panic!("{damage:?}: {error}"),
        other => panic!("{damage:x?}: {other:?}"),
    }
}

#[test]
fn a_damaged_header_of_any_block_is_found_and_named_with_its_place_and_field() {
    let _watchdog = stage::watchdog();
    let stage = stage_of_shelf();
    let view = ShelfReader::open_at(&stage.path).unwrap().into_pinned().unwrap();
    view.verify().unwrap();
    let (mut reached, mut fields) = (0, HashSet::new());
    for block in reached_blocks(&stage, &view) {
        let at = block as usize;
        let header = stage.word(at);
        // No header, one of another kind, of a smaller class, and of a generation to come.
        for value in [u64::MAX, header ^ 5, header & !(63 << 6), header + (5 << 12)] {
            if value == header {
                continue;
            }
            stage.store(at, value);
            let (offset, field) = refusal(&view, &stage, (at, value));
            assert_eq!(offset, block, "{value:#x} in `{field}`");
            fields.insert(field.split(['[', '.']).next().unwrap().to_owned());
        }
        stage.store(at, header);
        reached += 1;
    }
    view.verify().unwrap();
    assert!(reached > 40, "{reached}");
    let mut missing = FIELDS.to_vec();
    missing.retain(|field| !fields.contains(*field));
    assert!(missing.is_empty(), "{missing:?} have no block");
}

/// A block of two owners is freed twice, and by then it may be a third one's.
#[test]
fn an_address_that_leads_to_a_block_of_another_is_found_wherever_it_is() {
    let _watchdog = stage::watchdog();
    let stage = stage_of_shelf();
    let reader = ShelfReader::open_at(&stage.path).unwrap();
    let view = reader.pin().unwrap();
    let blocks: HashSet<u64> = reached_blocks(&stage, &view).into_iter().collect();
    // In the root, or in a block that is reached: others look like addresses, and nobody reads them.
    let is_address = |at: &usize| {
        let looks_like_one = blocks.contains(&(stage.word(*at) & !15));
        looks_like_one && {
            stage.store(*at, u64::MAX);
            let is_read = reader.pin().unwrap().verify().is_err();
            stage.store(*at, stage.word(*at));
            is_read
        }
    };
    let addresses: Vec<usize> =
        stage.root().chain(stage.heap()).step_by(8).filter(is_address).collect();
    // Each block has one that leads to it, and a word of another meaning may look like one more.
    assert!((blocks.len()..blocks.len() + 3).contains(&addresses.len()), "{}", addresses.len());
    let mut sorted: Vec<u64> = blocks.iter().copied().collect();
    sorted.sort_unstable();
    for at in &addresses {
        let word = stage.word(*at);
        for block in sorted.iter().step_by(if stage::is_whole() { 1 } else { 7 }) {
            if word & !15 == *block {
                continue;
            }
            let value = block | word & 15;
            stage.store(*at, value);
            // A view has a root of its own.
            let view = reader.pin().unwrap();
            let found = check((*at, value), "a check", stage.memory(), || view.verify());
            assert!(found.is_err(), "{at}: {value:#x}");
        }
        // Itself, and places where no block begins.
        for value in [*at as u64 & !15, word + 16, word - 16, word | 8, 0] {
            stage.store(*at, value);
            let view = reader.pin().unwrap();
            let found = check((*at, value), "a check", stage.memory(), || view.verify());
            // Of what is missing, a large cell is zeros, and no text is empty.
            assert!(found.is_err() || value == 0 || value & !15 == word & !15, "{at}: {value:#x}");
        }
        stage.store(*at, word);
    }
    view.verify().unwrap();
}

/// The writer publishes on, and takes back what a view has held for too long.
#[test]
fn a_check_beside_a_writer_at_full_speed_finds_nothing_wrong() {
    let _watchdog = support::watchdog(Duration::from_secs(280));
    let (_directory, path) = support::place("shelf.bin");
    let mut w = ShelfWriter::options().path(&path).garbage_budget(16 << 10).create().unwrap();
    w.publish(&shelf(1)).unwrap();
    let reader = ShelfReader::open_at(&path).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let write = || {
            let mut serial = 2;
            while !is_over.load(Ordering::Relaxed) {
                match serial % 4 {
                    0 => w.publish(&shelf(serial)).unwrap(),
                    1 => drop(w.tree_mut().replace(serial % 100, "another").unwrap()),
                    2 => w.deque_mut().push_back(&serial.to_string()).unwrap(),
                    _ => drop(w.hash_mut().remove(serial % 100).unwrap()),
                }
                serial += 1;
            }
        };
        scope.spawn(write);
        let (mut whole, mut evicted, mut overtaken, mut unpinned) = (0, 0, 0, 0);
        while whole < 100 || evicted == 0 || unpinned < 50 {
            let Ok(view) = reader.pin() else { continue };
            // For as long as it lasts, but not for ever.
            for _ in 0..20 {
                match view.verify() {
                    Ok(()) => whole += 1,
                    Err(ReadError::Evicted { .. }) => {
                        evicted += 1;
                        break;
                    }
                    Err(error) => panic!("generation {}: {error}", view.generation()),
                }
            }
            match reader.read(|view| view.verify()) {
                Ok(()) => unpinned += 1,
                Err(ReadError::Evicted { .. } | ReadError::Contended { .. }) => overtaken += 1,
                Err(error) => panic!("{error}"),
            }
        }
        is_over.store(true, Ordering::Relaxed);
        eprintln!("{whole} whole, {evicted} evicted; {unpinned} for a call, {overtaken} overtaken");
    });
}
