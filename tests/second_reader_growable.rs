//! The format of growable records is what its description says: a reader in another language, made
//! from that alone, reads files that were laid out by hand from it, and those of a live writer.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "text in a block of its own is a kind of its own")]

#[path = "support/laid_out.rs"]
mod laid_out;
#[path = "support/python.rs"]
mod python;
mod support;

use core::fmt::Write as _;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use commy::encoded::{Json, Postcard};
use commy::{Growable, create_writer};

use laid_out::{CHUNK, INNER, LaidOut, TEXT, deque_of, field, list_of, pair, structure};
use python::python;
use support::format;

/// What the script says of files with these bytes: a line for each.
fn tried(files: &[Vec<u8>]) -> Option<Vec<String>> {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    let directory = tempfile::tempdir().unwrap();
    let write = |(index, bytes): (usize, &Vec<u8>)| -> PathBuf {
        let path = directory.path().join(format!("{index}.bin"));
        fs::write(&path, bytes).unwrap();
        path
    };
    let paths: Vec<_> = files.iter().enumerate().map(write).collect();
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let lines: Vec<_> = python(&["try"], &paths, &[])?.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), files.len());
    Some(lines)
}

/// `struct Tree { value: u64, name: String, children: Vec<(u8, Tree)> }`.
struct Tree {
    value: u64,
    name: String,
    children: Vec<(u8, Tree)>,
}

const TREE: usize = 40;

fn tree_schema() -> String {
    let outer = r#"{"kind":"outer","levels":2}"#;
    let child = structure(48, &[field("0", 0, 1, "\"u8\""), field("1", 8, TREE, outer)]);
    let children = field("children", 24, 16, &list_of(48, &child));
    let fields = [field("value", 0, 8, "\"u64\""), field("name", 8, 16, TEXT), children];
    field("tree", 16, TREE, &structure(TREE, &fields))
}

impl Tree {
    /// One that is so deep, with fewer children the deeper it is.
    fn grown(value: u64, depth: usize) -> Self {
        let child = |n: usize| (n as u8, Self::grown(value * 10 + n as u64, depth - 1));
        let children = if depth == 0 { Vec::new() } else { (1..=depth).map(child).collect() };
        Self { value, name: "name ".repeat(value as usize % 7), children }
    }

    fn cell(&self, file: &mut LaidOut) -> Vec<u8> {
        let mut children = Vec::new();
        for (number, child) in &self.children {
            children.extend(u64::from(*number).to_ne_bytes());
            children.extend(child.cell(file));
        }
        let (name, children) = (file.text(&self.name), file.list(48, &children));
        [&self.value.to_ne_bytes(), &name[..], &children].concat()
    }

    fn json(&self) -> String {
        let child =
            |(number, child): &(u8, Self)| format!(r#"{{"0":{number},"1":{}}}"#, child.json());
        let children: Vec<_> = self.children.iter().map(child).collect();
        let Self { value, name, .. } = self;
        format!(r#"{{"value":{value},"name":"{name}","children":[{}]}}"#, children.join(","))
    }
}

#[test]
fn a_tree_that_is_in_itself_is_read_from_bytes_laid_out_by_hand() {
    let tree = Tree::grown(1, 4);
    let mut file = LaidOut::new(16 + TREE, &tree_schema());
    let cells = tree.cell(&mut file);
    let Some(lines) = tried(&[file.finish(&cells)]) else { return };
    assert_eq!(lines, [format!(r#"value {{"tree":{}}}"#, tree.json())]);
}

#[test]
fn lists_of_every_size_of_element_are_found_by_division() {
    let array = |capacity: usize, stride: usize, item: &str| {
        format!(r#"{{"kind":"array","capacity":{capacity},"stride":{stride},"item":"{item}"}}"#)
    };
    let optional =
        format!(r#"{{"kind":"optional","size":5,"value_at":1,"item":{}}}"#, array(4, 1, "u8"));
    let boxed = format!(r#"{{"kind":"box","size":8,"item":{}}}"#, array(20, 8, "u64"));
    let fields = [
        ("threes", 3, array(3, 1, "u8")),
        ("fives", 5, optional),
        ("twelves", 12, array(3, 4, "u32")),
        ("words", 8, "\"u64\"".to_owned()),
        ("boxes", 8, boxed),
        ("longest", 128, array(16, 8, "u64")),
        ("none", 1, "\"bool\"".to_owned()),
    ];
    let schema = fields.iter().enumerate().map(|(index, (name, stride, item))| {
        field(name, 16 + 16 * index, 16, &list_of(*stride, item))
    });
    let schema: Vec<_> = schema.collect();
    let mut file = LaidOut::new(16 + 16 * fields.len(), &schema.join(","));
    let (mut cells, mut json) = (Vec::new(), String::from("value {"));
    // One chunk and some more, as many as two levels take, and more than that.
    for (name, stride, len) in [
        ("threes", 3, 336 * 2 + 1),
        ("fives", 5, 201 * 126 + 1),
        ("twelves", 12, 84),
        ("words", 8, 126 * 126 + 130),
        ("boxes", 8, 130),
        ("longest", 128, 7 * 126 + 7),
        ("none", 1, 0),
    ] {
        let (mut elements, mut shown) = (Vec::new(), Vec::new());
        for number in 0..len as u64 {
            let bytes = (number as u32).to_ne_bytes();
            let show = |numbers: &[u64]| {
                let numbers: Vec<_> = numbers.iter().map(u64::to_string).collect();
                format!("[{}]", numbers.join(","))
            };
            match name {
                "threes" => {
                    elements.extend(&bytes[..3]);
                    shown.push(show(
                        &bytes[..3].iter().map(|byte| u64::from(*byte)).collect::<Vec<_>>(),
                    ));
                }
                "fives" => {
                    let is_some = number % 3 > 0;
                    elements.push(is_some.into());
                    elements.extend(bytes);
                    let bytes = show(&bytes.map(u64::from));
                    shown.push(if is_some { bytes } else { "null".into() });
                }
                "twelves" => {
                    elements.extend([bytes, [0; 4], bytes].concat());
                    shown.push(show(&[number, 0, number]));
                }
                "words" => {
                    elements.extend((number << 40).to_ne_bytes());
                    shown.push((number << 40).to_string());
                }
                // Some are of zeros, and have no block.
                "boxes" if number % 2 == 0 => {
                    elements.extend([0; 8]);
                    shown.push(show(&[0; 20]));
                }
                _ => {
                    let len = if name == "boxes" { 20 } else { 16 };
                    let cell = number.to_ne_bytes().repeat(len);
                    elements.extend(if name == "boxes" { file.boxed(&cell) } else { cell });
                    shown.push(show(&vec![number; len]));
                }
            }
        }
        cells.extend(file.list(stride, &elements));
        let comma = if json.ends_with('{') { "" } else { "," };
        write!(json, r#"{comma}"{name}":[{}]"#, shown.join(",")).unwrap();
    }
    let Some(lines) = tried(&[file.finish(&cells)]) else { return };
    assert!(lines == [json + "}"], "{:.2000}", lines[0]);
}

#[test]
fn deques_are_lists_that_begin_somewhere() {
    let cases = [
        (8, 1, 0),
        (8, 1, 125),
        (8, 100, 26),
        (8, 100, 27),
        (8, 300, 126 * 125 + 3),
        (8, 300, 126 * 126 - 100),
        (8, 20_000, 77),
        (3, 700, 335),
        (128, 60, 7 * 126 * 126 * 126),
        (8, 0, 0),
    ];
    let array =
        |len: usize| format!(r#"{{"kind":"array","capacity":{len},"stride":1,"item":"u8"}}"#);
    let schema = cases.iter().enumerate().map(|(index, (stride, ..))| {
        let deque = deque_of(*stride, &array(*stride));
        field(&format!("f{index}"), 16 + 24 * index, 24, &deque)
    });
    let schema: Vec<_> = schema.collect();
    let mut file = LaidOut::new(16 + 24 * cases.len(), &schema.join(","));
    let (mut cells, mut shown) = (Vec::new(), Vec::new());
    for (index, (stride, len, head)) in cases.into_iter().enumerate() {
        let elements: Vec<u8> = (0..stride * len).map(|byte| (byte * 7) as u8).collect();
        cells.extend(file.deque(stride, &elements, head));
        let element = |bytes: &[u8]| {
            format!("[{}]", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(","))
        };
        let elements: Vec<_> = elements.chunks(stride).map(element).collect();
        shown.push(format!("\"f{index}\":[{}]", elements.join(",")));
    }
    let Some(lines) = tried(&[file.finish(&cells)]) else { return };
    assert!(lines == [format!("value {{{}}}", shown.join(","))], "{:.2000}", lines[0]);
}

#[test]
fn cells_of_deques_that_make_no_sense_are_refused() {
    let file = |make: fn(&mut LaidOut) -> [u64; 3]| {
        let mut file = LaidOut::new(40, &field("deque", 16, 24, &deque_of(8, "\"u64\"")));
        let cell = make(&mut file).map(u64::to_ne_bytes).concat();
        file.finish(&cell)
    };
    let cases = [
        (file(|_| [0, 0, 1]), "without a node"),
        (file(|_| [0, 1, 0]), "without a node"),
        (file(|file| [file.block(CHUNK, &[0; 1016]), 0, 0]), "without a node"),
        (file(|file| [file.block(CHUNK, &[0; 1016]), 100, 27]), "room of a list"),
        (file(|file| [file.block(CHUNK, &[0; 1016]), u64::MAX, 2]), "room of a list"),
        (file(|file| [file.block(CHUNK, &[0; 1016]) | 8, 0, 1]), "highest level"),
        (file(|file| [file.block(INNER, &[0; 1016]) | 7, 0, 1 << 40]), "heap"),
        (file(|file| [file.block(INNER, &[0; 1016]) | 1, 126, 1]), "address of a block"),
    ];
    let files: Vec<_> = cases.iter().map(|(file, _)| file.clone()).collect();
    let Some(lines) = tried(&files) else { return };
    for (line, (_, reason)) in lines.iter().zip(&cases) {
        assert!(line.starts_with("refused ") && line.contains(reason), "{reason}: {line:.300}");
    }
}

/// A record with a list of trees of two words, `struct Node { list: Vec<Node> }`.
fn nodes(make: impl FnOnce(&mut LaidOut) -> Vec<u8>) -> Vec<u8> {
    let outer = r#"{"kind":"outer","levels":1}"#;
    let node = structure(16, &[field("list", 0, 16, &list_of(16, outer))]);
    let mut file = LaidOut::new(32, &field("node", 16, 16, &node));
    let cells = make(&mut file);
    file.finish(&cells)
}

/// So many nodes in each other.
fn chain(hops: usize) -> Vec<u8> {
    nodes(|file| (0..hops).fold(vec![0; 16], |cell, _| file.list(16, &cell)))
}

#[test]
fn values_are_read_as_deep_as_writers_go_and_no_deeper() {
    let Some(lines) = tried(&[chain(128), chain(129)]) else { return };
    assert!(lines[0].starts_with("value {\"node\":{\"list\":[{\"list\":"), "{}", lines[0]);
    assert_eq!(lines[0].matches("list").count(), 129);
    assert!(lines[1].contains("maximum depth is 128, expected at least 129"), "{}", lines[1]);
}

/// A list at this address, in a heap that has a node elsewhere.
fn beside(file: &mut LaidOut, address: u64) -> Vec<u8> {
    file.block(CHUNK, &[0; 1016]);
    pair(address, 5)
}

#[test]
fn blocks_that_lead_nowhere_or_to_themselves_are_refused_and_end() {
    let lists = |make: fn(&mut LaidOut) -> Vec<u8>| nodes(make);
    let cases = [
        // A list whose element is that list; then one of many that each are.
        (
            lists(|file| {
                let own = pair(file.end(), 1);
                file.block(CHUNK, &[&[0; 8][..], &own].concat());
                own
            }),
            "maximum depth",
        ),
        (
            lists(|file| {
                let own = pair(file.end(), 63);
                file.block(CHUNK, &[&[0; 8][..], &own.repeat(63)].concat());
                own
            }),
            "heap",
        ),
        // With a heap that is large enough for its depth to be what ends it.
        (
            lists(|file| {
                let own = pair(file.end(), 1);
                file.block(CHUNK, &[&[0; 8][..], &own].concat());
                file.block(CHUNK, &[0; 100_000]);
                own
            }),
            "maximum depth",
        ),
        // An inner node that is its own child.
        (
            lists(|file| {
                let own = file.end();
                file.block(INNER, &[&[0; 8][..], &own.to_ne_bytes().repeat(126)].concat());
                pair(own | 7, 1 << 40)
            }),
            "heap",
        ),
        (lists(|file| pair(file.block(CHUNK, &[0; 1016]), 64)), "room of a list"),
        (lists(|file| pair(file.block(CHUNK, &[0; 1016]) | 8, 1)), "highest level"),
        (lists(|file| pair(file.block(INNER, &[0; 1016]) | 7, 1 << 60)), "room of a list"),
        (lists(|file| pair(file.block(INNER, &[0; 1016]) | 1, 64)), "address of a block"),
        (lists(|_| pair(0, 5)), "list without a node"),
        (lists(|file| pair(file.block(CHUNK, &[0; 1016]), 0)), "list without a node"),
        (lists(|file| beside(file, 1 << 50)), "end of the heap"),
        (lists(|file| beside(file, 4096)), "address of a block"),
        (lists(|file| beside(file, !15)), "end of the heap"),
    ];
    let files: Vec<_> = cases.iter().map(|(file, _)| file.clone()).collect();
    let Some(lines) = tried(&files) else { return };
    for (line, (_, reason)) in lines.iter().zip(&cases) {
        assert!(line.starts_with("refused ") && line.contains(reason), "{reason}: {line:.300}");
    }
}

#[test]
fn schemas_that_no_value_can_be_of_are_refused() {
    let outer = |levels: &str| format!(r#"{{"kind":"outer","levels":{levels}}}"#);
    let boxed = |item: &str| format!(r#"{{"kind":"box","size":8,"item":{item}}}"#);
    let optional =
        |item: &str| format!(r#"{{"kind":"optional","size":24,"value_at":8,"item":{item}}}"#);
    let array = |capacity: u64, stride: u64, item: &str| {
        format!(r#"{{"kind":"array","capacity":{capacity},"stride":{stride},"item":{item}}}"#)
    };
    let empty = structure(0, &[]);
    let deep = (0..200).fold(TEXT.to_owned(), |item, _| boxed(&item));
    let wide = array(1 << 60, 8, "\"u64\"");
    let cases = [
        (list_of(16, &outer("0")), "levels is 0"),
        (list_of(16, &outer("2")), "structs around one"),
        (list_of(16, &outer("99")), "structs around one"),
        (list_of(16, &outer("-1")), "'levels'"),
        (list_of(16, &outer("1.0")), "'levels'"),
        (outer("1"), "blocks on the way"),
        (optional(&outer("1")), "blocks on the way"),
        (boxed(&outer("1")), "ends on the way"),
        (array(2, 8, &boxed(&outer("1"))), "ends on the way"),
        (list_of(15, &outer("1")), "stride of a list"),
        (list_of(0, &empty), "stride of a list"),
        (list_of(129, TEXT), "longest element"),
        (deque_of(15, &outer("1")), "stride of a list"),
        (deque_of(129, TEXT), "longest element"),
        (array(u64::MAX, 0, &empty), "parts that are read"),
        (array(1 << 60, 8, "\"u64\""), "size of a field"),
        (boxed(&wide), "parts that are read"),
        (boxed(&array(1 << 60, 0, &empty)), "parts that are read"),
        (deep, "nesting"),
        (r#"{"kind":"later","size":16}"#.to_owned(), "unknown kind"),
    ];
    let file = |ty: &str| {
        // The record is around it, but not meant.
        let node = structure(24, &[field("f", 0, 24, ty)]);
        LaidOut::new(40, &field("node", 16, 24, &node)).finish(&[0; 24])
    };
    let files: Vec<_> = cases.iter().map(|(ty, _)| file(ty)).collect();
    let Some(lines) = tried(&files) else { return };
    for (line, (ty, reason)) in lines.iter().zip(&cases) {
        assert!(line.starts_with("refused ") && line.contains(reason), "{ty:.200}: {line:.300}");
    }
}

/// Keys of all kinds, in one leaf, and in as many nodes as many entries take.
#[create_writer(filename = "hashes.bin", growable)]
struct Hashes {
    words: HashMap<u64, u16>,
    texts: HashMap<String, Vec<u8>>,
    mixed: HashSet<(u8, Option<String>, [u16; 3])>,
    structs: HashMap<Key, HashMap<i8, f64>>,
    large: HashMap<[u64; 9], [u64; 17]>,
    none: HashSet<bool>,
}

#[derive(Growable, Clone, PartialEq, Eq, Hash)]
struct Key {
    letter: u8,
    path: Vec<String>,
    next: Option<Box<Key>>,
}

/// What the files hold, as the script shows it, was written with them.
#[test]
fn files_of_an_earlier_version_are_read_as_well() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for name in ["growable-kinds-v1-closed", "hashed-kinds-v1-closed"] {
        let file = fs::read(golden.join(name).with_extension("commy")).unwrap();
        let Some(lines) = tried(&[file]) else { return };
        let expected = fs::read_to_string(golden.join(name).with_extension("json")).unwrap();
        let found = lines.first().unwrap().strip_prefix("value ").unwrap();
        assert!(found == expected.trim_end(), "{name}: {found:.300}");
    }
}

#[test]
fn every_key_of_a_hash_map_is_where_its_hash_leads() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hashes.bin");
    let mut writer = HashesWriter::create_at(&path).unwrap();
    let key = |letter: u8| Key {
        letter,
        path: vec!["x".repeat(letter.into()); letter as usize % 3],
        next: (letter > 3).then(|| Box::new(Key { letter: 1, path: vec![], next: None })),
    };
    writer.words_mut().extend((0..5000).map(|word| (word * 7, word as u16))).unwrap();
    writer.words_mut().retain(|word, _| word % 3 > 0).unwrap();
    let texts: Vec<String> = (0..300).map(|n| format!("{n}").repeat(n % 9)).collect();
    writer.texts_mut().extend(texts.iter().map(|text| (text.as_str(), &b"ab"[..]))).unwrap();
    writer
        .mixed_mut()
        .extend((0..9).map(|n| (n, (n > 4).then_some("text"), [n.into(); 3])))
        .unwrap();
    for letter in 0..30 {
        writer.structs_mut().insert(&key(letter), &HashMap::from([(-1, 0.5), (2, 1.5)])).unwrap();
    }
    writer.large_mut().extend((0..40).map(|n| ([n; 9], [n; 17]))).unwrap();
    let value = writer.snapshot().unwrap();
    drop(writer);
    let Some(lines) = tried(&[fs::read(&path).unwrap()]) else { return };
    // In the order of their JSON.
    let mut words: Vec<_> =
        value.words.iter().map(|(word, number)| format!("[{word}, {number}]")).collect();
    words.sort();
    let words = words.join(",").replace(", ", ",");
    let line = lines.first().unwrap();
    assert!(
        line.starts_with(&format!(r#"value {{"words":[{words}],"texts":[["","#)),
        "{line:.500}"
    );
    assert!(line.contains(r#","none":[]}"#), "{line:.500}");
    let large = [39; 17].map(|number| number.to_string()).join(",");
    assert!(line.contains(&large), "{line:.500}");
}

/// Whatever a word of the root or of the heap is changed to, the script ends with a value or a reason.
#[test]
fn no_changed_word_does_harm() {
    let tree = Tree::grown(1, 3);
    let mut file = LaidOut::new(16 + TREE, &tree_schema());
    let cells = tree.cell(&mut file);
    let heap = file.end() as usize - file.end() as usize % 16;
    let good = file.finish(&cells);
    let start = format::offset(&good, format::header::HEAP);
    let slots = format::offset(&good, format::header::SLOTS);
    assert!(heap > start);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut files = Vec::new();
    for _ in 0..300 {
        let mut bytes = good.clone();
        for _ in 0..=random(3) {
            let (from, to) = if random(8) == 0 { (slots, start) } else { (start, heap) };
            let at = from + random((to - from) / 8) * 8;
            let word = match random(5) {
                0 => format::word(&good, start + random((heap - start) / 8) * 8),
                1 => (start + random(heap - start)) as u64,
                2 => 1 << random(64),
                3 => u64::MAX >> random(64),
                _ => random(200) as u64,
            };
            bytes[at..at + 8].copy_from_slice(&word.to_ne_bytes());
        }
        files.push(bytes);
    }
    let Some(lines) = tried(&files) else { return };
    let refused = lines.iter().filter(|line| line.starts_with("refused ")).count();
    assert!(lines.iter().all(|line| line.starts_with("refused ") || line.starts_with("value ")));
    assert!((50..250).contains(&refused), "{refused} of {}", lines.len());
}

/// What is in itself, one level behind a tuple.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Twig {
    value: u64,
    name: String,
    twigs: Vec<(u8, Twig)>,
    graft: Option<Box<Twig>>,
}

impl Twig {
    fn grown(value: u64, depth: u64) -> Self {
        let twig = |n: u64| (n as u8, Self::grown(value + n, depth - 1));
        let graft = depth.checked_sub(2).map(|depth| Box::new(Self::grown(value + 9, depth)));
        let name = format!("twig {value} of some length");
        Self { value, name, twigs: (0..depth).map(twig).collect(), graft }
    }

    fn json(&self) -> String {
        let twig = |(n, twig): &(u8, Self)| format!(r#"{{"0":{n},"1":{}}}"#, twig.json());
        let twigs: Vec<_> = self.twigs.iter().map(twig).collect();
        let graft = self.graft.as_ref().map_or("null".into(), |graft| graft.json());
        let Self { value, name, .. } = self;
        let twigs = twigs.join(",");
        format!(r#"{{"value":{value},"name":"{name}","twigs":[{twigs}],"graft":{graft}}}"#)
    }
}

/// A record of which everything follows from its number.
#[create_writer(filename = "ledger.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Ledger {
    number: u64,
    title: String,
    #[commy(bytes)]
    picture: Vec<u8>,
    words: Vec<String>,
    rows: Vec<Vec<u32>>,
    pairs: Vec<(u8, String)>,
    maybe: Vec<Option<Box<String>>>,
    threes: Vec<[u8; 3]>,
    /// Elements that lie in blocks of their own.
    wide: Vec<[u64; 20]>,
    texts: [String; 2],
    last: Option<Box<(u32, Vec<u64>)>>,
    twig: Twig,
    /// Both ends of it move.
    queue: VecDeque<u64>,
    lines: VecDeque<String>,
}

fn ledger(number: u64) -> Ledger {
    let text = |n: u64| format!("{number} {}", "text ".repeat(n as usize % 5));
    let count = number % 40;
    Ledger {
        number,
        title: text(number),
        picture: vec![number as u8; number as usize % 30],
        words: (0..count).map(text).collect(),
        rows: (0..count % 7).map(|n| vec![number as u32; 60 * n as usize]).collect(),
        pairs: (0..count % 9).map(|n| (n as u8, text(n))).collect(),
        maybe: (0..count).map(|n| (n % 3 > 0).then(|| Box::new(text(n)))).collect(),
        threes: vec![[number as u8, 1, 2]; 10 * count as usize],
        wide: vec![[number; 20]; count as usize % 5],
        texts: [text(1), text(4)],
        twig: Twig::grown(number, number % 4),
        queue: (number..number + 100 + count).collect(),
        lines: (number..number + count).map(|n| format!("the line with number {n}")).collect(),
        last: (!number.is_multiple_of(2)).then(|| Box::new((number as u32, vec![number; 200]))),
    }
}

/// The value as the script prints it.
fn json(value: &Ledger) -> String {
    fn list<T>(list: &[T], shown: impl FnMut(&T) -> String) -> String {
        format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(","))
    }
    let text = |text: &String| format!("\"{text}\"");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let last = value.last.as_ref().map_or("null".into(), |last| {
        format!(r#"{{"0":{},"1":{}}}"#, last.0, list(&last.1, u64::to_string))
    });
    let fields = [
        ("number", value.number.to_string()),
        ("title", text(&value.title)),
        ("picture", format!("\"{}\"", hex(&value.picture))),
        ("words", list(&value.words, text)),
        ("rows", list(&value.rows, |row| list(row, u32::to_string))),
        ("pairs", list(&value.pairs, |(n, word)| format!(r#"{{"0":{n},"1":{}}}"#, text(word)))),
        ("maybe", list(&value.maybe, |it| it.as_deref().map_or("null".into(), text))),
        ("threes", list(&value.threes, |three| list(three, u8::to_string))),
        ("wide", list(&value.wide, |wide| list(wide, u64::to_string))),
        ("texts", list(&value.texts, text)),
        ("last", last),
        ("twig", value.twig.json()),
        ("queue", list(&Vec::from(value.queue.clone()), u64::to_string)),
        ("lines", list(&Vec::from(value.lines.clone()), text)),
    ];
    let fields = fields.map(|(name, shown)| format!("\"{name}\":{shown}"));
    format!("{{{}}}", fields.join(","))
}

/// Ends the writer's loop, also when the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What the script has found of a writer that never rests: lines of a generation and a value that is
/// that of the generation, and lines of others.
fn followed(arguments: &[&str]) -> Option<(usize, Vec<String>)> {
    let _watchdog = support::watchdog(Duration::from_secs(200));
    let (_directory, path) = support::place("ledger.bin");
    let mut writer = LedgerWriter::create_at(&path).unwrap();
    writer.publish(&ledger(1)).unwrap();
    let over = AtomicBool::new(false);
    let lines = thread::scope(|scope| {
        let _over_at_end = Over(&over);
        scope.spawn(|| {
            let mut number = 1;
            while !over.load(Ordering::Relaxed) {
                number += 1;
                writer.publish(&ledger(number)).unwrap();
            }
        });
        python(&["follow"], &[&path], arguments)
    })?;
    let is_whole = |line: &&str| {
        let (generation, shown) = line.split_once(' ').unwrap();
        shown == json(&ledger(generation.parse().unwrap()))
    };
    let (whole, others): (Vec<_>, Vec<_>) = lines.lines().partition(is_whole);
    Some((whole.len(), others.into_iter().map(str::to_owned).collect()))
}

#[test]
fn every_generation_of_a_writer_that_never_rests_is_read_whole() {
    let Some((whole, others)) = followed(&["60"]) else { return };
    assert_eq!(others, [""; 0]);
    assert_eq!(whole, 60);
}

#[test]
fn without_the_check_of_what_is_reclaimed_the_same_script_finds_other_values() {
    let Some((_, others)) = followed(&["100", "--unchecked"]) else { return };
    assert!(!others.is_empty(), "the script cannot tell a value that is none");
}

/// Ordered maps and sets of which everything follows from a number.
#[create_writer(filename = "atlas.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Atlas {
    /// Keys with blocks of their own and without; nodes of several levels, and small leaves.
    book: BTreeMap<String, u64>,
    /// Keys of an odd size, and values that lead on.
    table: BTreeMap<(u8, u16), Vec<String>>,
    /// Keys and values that lie in blocks of their own.
    apart: BTreeMap<[u64; 10], [u64; 20]>,
    ids: BTreeSet<[u8; 3]>,
    nested: BTreeMap<bool, BTreeMap<char, BTreeSet<i16>>>,
}

fn atlas(number: u64) -> Atlas {
    let text = |n: u64| format!("{} {n}", "text ".repeat(n as usize % 8));
    let set = || (0..number as i16 % 70).map(|n| -n).collect();
    Atlas {
        book: (0..number).map(|n| (text(n), n)).collect(),
        table: (0..number % 40).map(|n| ((n as u8, number as u16), vec![text(n)])).collect(),
        apart: (0..number % 50).map(|n| ([n; 10], [number; 20])).collect(),
        ids: (0..number * 9).map(|n| [n as u8, (n >> 8) as u8, number as u8]).collect(),
        nested: [false, true].map(|key| (key, BTreeMap::from([('x', set())]))).into(),
    }
}

/// The value as the script prints it: maps as lists of keys and values.
fn shown(value: &Atlas) -> String {
    fn list<T>(list: impl IntoIterator<Item = T>, shown: impl FnMut(T) -> String) -> String {
        format!("[{}]", list.into_iter().map(shown).collect::<Vec<_>>().join(","))
    }
    fn pairs<K, V>(
        map: &BTreeMap<K, V>,
        mut key: impl FnMut(&K) -> String,
        mut value: impl FnMut(&V) -> String,
    ) -> String {
        let shown = map.iter().map(|(k, v)| format!("[{},{}]", key(k), value(v)));
        format!("[{}]", shown.collect::<Vec<_>>().join(","))
    }
    let text = |text: &String| format!("\"{text}\"");
    let nested = pairs(&value.nested, bool::to_string, |inner| {
        pairs(inner, |letter| format!("\"{letter}\""), |set| list(set, i16::to_string))
    });
    let fields = [
        ("book", pairs(&value.book, text, u64::to_string)),
        (
            "table",
            pairs(
                &value.table,
                |(a, b)| format!(r#"{{"0":{a},"1":{b}}}"#),
                |texts| list(texts, text),
            ),
        ),
        (
            "apart",
            pairs(&value.apart, |key| list(key, u64::to_string), |wide| list(wide, u64::to_string)),
        ),
        ("ids", list(&value.ids, |id| list(id, u8::to_string))),
        ("nested", nested),
    ];
    let fields = fields.map(|(name, shown)| format!("\"{name}\":{shown}"));
    format!("{{{}}}", fields.join(","))
}

#[test]
fn ordered_maps_of_every_shape_are_read_from_the_file_of_a_live_writer() {
    let (_directory, path) = support::place("atlas.bin");
    let mut writer = AtlasWriter::create_at(&path).unwrap();
    let numbers = [0, 1, 2, 7, 24, 25, 26, 60, 400, 3000, 90, 3, 0];
    let files = numbers.map(|number| {
        writer.publish(&atlas(number)).unwrap();
        fs::read(&path).unwrap()
    });
    let Some(lines) = tried(&files) else { return };
    let expected: Vec<_> =
        numbers.iter().map(|number| format!("value {}", shown(&atlas(*number)))).collect();
    assert_eq!(lines.len(), expected.len());
    for (line, expected) in lines.iter().zip(expected) {
        assert_eq!(*line, expected);
    }
}

/// What a codec has written, in the cell, in a block and in a key.
#[create_writer(filename = "coded.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct CodedFields {
    #[commy(encoded = Json)]
    json: Vec<Option<u32>>,
    #[commy(encoded = Postcard)]
    postcard: String,
    #[commy(encoded = Postcard)]
    empty: (),
    keys: HashMap<CodedKey, u32>,
}

#[derive(Growable, Debug, Clone, PartialEq, Eq, Hash, Default)]
struct CodedKey {
    #[commy(encoded = Json)]
    name: String,
}

#[test]
fn serialized_values_of_any_length_are_read_from_the_file_of_a_live_writer() {
    let (_directory, path) = support::place("coded.bin");
    let mut writer = CodedFieldsWriter::create_at(&path).unwrap();
    writer.set_empty(&()).unwrap();
    let empty = fs::read(&path).unwrap();
    let json = vec![Some(7), None];
    let name = "name ".repeat(30);
    let key = CodedKey { name: name.clone() };
    writer.set_json(&json).unwrap();
    writer.set_postcard(&"ab".repeat(60)).unwrap();
    writer.keys_mut().insert(&key, 5).unwrap();
    let small = fs::read(&path).unwrap();
    writer.set_json(&vec![Some(1); 100]).unwrap();
    let large = fs::read(&path).unwrap();
    let Some(lines) = tried(&[empty, small, large]) else { return };
    assert_eq!(lines[0], r#"value {"json":null,"postcard":null,"empty":"","keys":[]}"#);
    let text = format!("78{}", "6162".repeat(60));
    let rest = format!(r#""postcard":"{text}","empty":"","keys":[[{{"name":"{name}"}},5]]}}"#);
    assert_eq!(lines[1], format!(r#"value {{"json":[7,null],{rest}"#));
    let ones = ["1"; 100].join(",");
    assert_eq!(lines[2], format!(r#"value {{"json":[{ones}],{rest}"#));
}
