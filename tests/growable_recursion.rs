//! Types that hold themselves in maps: JSON values, directory trees.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/python.rs"]
mod python;
mod support;

use std::collections::{BTreeMap, HashMap};

use commy::{Growable, ReadError, create_reader, create_writer};

use support::Random;

#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum Json {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

#[derive(Debug, Clone, PartialEq, Growable)]
enum Node {
    File {
        #[commy(bytes)]
        content: Vec<u8>,
        is_hidden: bool,
    },
    Link(String),
    Directory(BTreeMap<String, Node>),
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Folder {
    sizes: BTreeMap<String, u64>,
    folders: HashMap<String, Folder>,
}

#[derive(Debug, Clone, PartialEq, Growable)]
enum Expr {
    Number(i64),
    Name(String),
    Call { name: String, arguments: HashMap<String, Expr> },
    Add(Box<Expr>, Box<Expr>),
}

#[create_writer(filename = "trees.bin", growable)]
#[create_reader(filename = "trees.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Trees {
    json: Json,
    root: BTreeMap<String, Node>,
    folder: Folder,
    expr: Expr,
}

fn text(random: &mut Random) -> String {
    match random.below(3) {
        0 => format!("{}", random.below(100)),
        1 => format!("a text with the number {}", random.below(100)),
        _ => format!("a text that lies in a block of its own: {}", random.below(100)),
    }
}

fn json(random: &mut Random, depth: u64) -> Json {
    match random.below(if depth == 0 { 4 } else { 7 }) {
        0 => Json::Null,
        1 => Json::Bool(random.below(2) == 0),
        // Numbers that all print alike.
        2 => Json::Number(random.below(1000) as f64 + 0.5),
        3 => Json::Text(text(random)),
        4 => Json::List((0..random.below(6)).map(|_| json(random, depth - 1)).collect()),
        _ => {
            let entry = |random: &mut Random| (text(random), json(random, depth - 1));
            Json::Object((0..random.below(40)).map(|_| entry(random)).collect())
        }
    }
}

fn directory(random: &mut Random, depth: u64) -> BTreeMap<String, Node> {
    let node = |random: &mut Random| match random.below(if depth == 0 { 2 } else { 4 }) {
        0 => Node::File { content: vec![7; random.below(3000) as usize], is_hidden: false },
        1 => Node::Link(text(random)),
        _ => Node::Directory(directory(random, depth - 1)),
    };
    (0..random.below(12)).map(|_| (text(random), node(random))).collect()
}

fn folder(random: &mut Random, depth: u64) -> Folder {
    let count = if depth == 0 { 0 } else { random.below(6) };
    Folder {
        sizes: (0..random.below(30)).map(|size| (text(random), size)).collect(),
        folders: (0..count).map(|_| (text(random), folder(random, depth - 1))).collect(),
    }
}

fn expr(random: &mut Random, depth: u64) -> Expr {
    match random.below(if depth == 0 { 2 } else { 4 }) {
        0 => Expr::Number(random.below(100) as i64 - 50),
        1 => Expr::Name(text(random)),
        2 => {
            let argument = |random: &mut Random| (text(random), expr(random, depth - 1));
            let arguments = (0..random.below(5)).map(|_| argument(random)).collect();
            Expr::Call { name: text(random), arguments }
        }
        _ => Expr::Add(Box::new(expr(random, depth - 1)), Box::new(expr(random, depth - 1))),
    }
}

fn trees(random: &mut Random) -> Trees {
    Trees {
        json: json(random, 4),
        root: directory(random, 3),
        folder: folder(random, 3),
        expr: expr(random, 5),
    }
}

fn pair() -> (tempfile::TempDir, std::path::PathBuf, TreesWriter, TreesReader) {
    let (directory, path) = support::place("trees.bin");
    let writer = TreesWriter::create_at(&path).unwrap();
    let reader = TreesReader::open_at(&path).unwrap();
    (directory, path, writer, reader)
}

#[test]
fn types_within_themselves_by_maps_go_there_and_back() {
    let (directory, path, mut w, r) = pair();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut last = None;
    for round in 0..40 {
        let trees = trees(&mut random);
        w.publish(&trees).unwrap();
        assert!(w.snapshot().unwrap() == trees);
        assert!(r.snapshot().unwrap() == trees);
        let view = r.pin().unwrap();
        view.verify().unwrap();
        if round % 10 == 0 {
            let copy = directory.path().join(format!("copy-{round}.bin"));
            view.save_as(&copy).unwrap();
            assert!(TreesReader::open_at(&copy).unwrap().snapshot().unwrap() == trees);
            while w.compact(1 << 20).unwrap().is_unfinished() {}
            assert!(w.snapshot().unwrap() == trees);
        }
        last = Some(trees);
    }
    assert_eq!(w.file().stats().leaked, 0);
    drop(w);
    let w = TreesWriter::create_at(&path).unwrap();
    assert!(Some(w.snapshot().unwrap()) == last, "after a restart");
}

/// The bytes of all files below a directory, where they stand.
fn bytes_below(node: NodeRef<'_>) -> Result<usize, ReadError> {
    Ok(match node {
        NodeRef::File { content, .. } => content.len()?,
        NodeRef::Link(_) => 0,
        NodeRef::Directory(nodes) => {
            let mut bytes = 0;
            for node in nodes.values() {
                bytes += bytes_below(node?)?;
            }
            bytes
        }
    })
}

#[test]
fn a_directory_tree_is_walked_and_changed_where_it_stands() {
    let (_directory, _, mut w, r) = pair();
    w.root_mut().insert("home", &Node::Directory(BTreeMap::new())).unwrap();
    let file = |len| Node::File { content: vec![1; len], is_hidden: false };
    let inner = [("a".into(), file(10)), ("b".into(), file(5000))].into();
    let home = [("docs".into(), Node::Directory(inner)), ("link".into(), Node::Link("a".into()))];
    w.root_mut().insert("home", &Node::Directory(home.into())).unwrap();
    w.root_mut().insert("swap", &file(100)).unwrap();
    let view = r.pin().unwrap();
    assert_eq!(bytes_below(view.root().get("home").unwrap().unwrap()).unwrap(), 5010);
    let Some(NodeRef::Directory(home)) = view.root().get("home").unwrap() else { panic!() };
    let Some(NodeRef::Link(to)) = home.get("link").unwrap() else { panic!() };
    assert_eq!(to, "a");
    // Structs that hold themselves are changed by the way to them.
    let mut folder = w.folder_mut();
    for name in ["one", "two", "three"] {
        folder.folders_mut().insert(name, &Folder::default()).unwrap();
        let mut folders = folder.folders_mut();
        let mut inner = folders.get_mut(name).unwrap().unwrap();
        inner.sizes_mut().insert("a file", 7).unwrap();
        inner.folders_mut().insert(name, &Folder::default()).unwrap();
    }
    let found = r.snapshot().unwrap().folder;
    assert_eq!(found.folders.len(), 3);
    assert_eq!(found.folders["two"].sizes["a file"], 7);
    assert!(found.folders["three"].folders.contains_key("three"));
    assert_eq!(w.file().stats().leaked, 0);
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// As the script in Python prints it: enums by their variant, maps as lists of keys and values.
fn shown(json: &Json) -> String {
    let list = |values: Vec<String>| format!("[{}]", values.join(","));
    match json {
        Json::Null => quoted("Null"),
        Json::Bool(value) => format!(r#"{{"Bool":{{"0":{value}}}}}"#),
        Json::Number(value) => format!(r#"{{"Number":{{"0":{value}}}}}"#),
        Json::Text(text) => format!(r#"{{"Text":{{"0":{}}}}}"#, quoted(text)),
        Json::List(values) => {
            format!(r#"{{"List":{{"0":{}}}}}"#, list(values.iter().map(shown).collect()))
        }
        Json::Object(map) => {
            let entry =
                |(name, value): (&String, &Json)| format!("[{},{}]", quoted(name), shown(value));
            format!(r#"{{"Object":{{"0":{}}}}}"#, list(map.iter().map(entry).collect()))
        }
    }
}

#[create_writer(filename = "json.bin", growable)]
struct Document {
    json: Json,
}

#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn json_values_are_read_by_a_script_in_python() {
    let _watchdog = support::watchdog(core::time::Duration::from_secs(300));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let directory = tempfile::tempdir().unwrap();
    let values: Vec<Json> = (0..30).map(|round| json(&mut random, round % 5)).collect();
    let write = |(index, value): (usize, &Json)| {
        let path = directory.path().join(format!("{index}.bin"));
        let mut writer = DocumentWriter::create_at(&path).unwrap();
        // Reached by changes, too: nodes that have split and merged.
        writer.set_json(&values[(index + 1) % values.len()]).unwrap();
        writer.publish(&Document { json: value.clone() }).unwrap();
        path
    };
    let paths: Vec<_> = values.iter().enumerate().map(write).collect();
    let paths: Vec<_> = paths.iter().map(std::path::PathBuf::as_path).collect();
    let Some(lines) = python::python(&["try"], &paths, &[]) else { return };
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), values.len());
    for (line, value) in lines.iter().zip(&values) {
        assert_eq!(*line, format!(r#"value {{"json":{}}}"#, shown(value)));
    }
}
