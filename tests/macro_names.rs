//! Which names fields may have: no accessor hides what the reader or the writer is for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The text of a file of the workspace.
fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).expect("a source file")
}

/// All source files of the runtime.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of all public functions in blocks of the runtime that begin with `head`.
fn functions(head: &str) -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("commy/src"), &mut files);
    let sources = files.iter().map(|file| fs::read_to_string(file).expect("a source file"));
    let names: BTreeSet<_> = sources.flat_map(|source| functions_in(&source, head)).collect();
    assert!(!names.is_empty(), "no block begins with `{head}`");
    names
}

fn functions_in(source: &str, head: &str) -> Vec<String> {
    let mut names = Vec::new();
    for block in source.split(head).skip(1) {
        let block = block.split("\n}\n").next().unwrap_or_default();
        for line in block.lines().map(str::trim_start) {
            let Some(mut rest) = line.strip_prefix("pub ") else { continue };
            for word in ["const ", "unsafe ", "async "] {
                rest = rest.strip_prefix(word).unwrap_or(rest);
            }
            let name = rest.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

/// What the macros refuse as the name of an accessor: the words of one list in their rules.
fn refused(rules: &str, list: &str) -> BTreeSet<String> {
    let start = format!("const {list}: &[&str] = &[");
    let (_, list) = rules.split_once(&start).expect("the list is there");
    let (list, _) = list.split_once("];").expect("the list ends");
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let unquoted = words.map(|word| word.strip_prefix('"').and_then(|word| word.strip_suffix('"')));
    unquoted.map(|word| word.expect("a word").to_owned()).collect()
}

const RULES: &str = "commy-macros/src/check.rs";

/// What a field may hide: constructors give way to it, and the generated code that calls the other
/// one calls it on the runtime's reader.
const GIVES_WAY: &[&str] = &["open_at", "file_as"];

/// What the reader has that is written elsewhere: the generated part, what traits have, and what
/// later kinds of records will have.
const ELSEWHERE: &[&str] =
    &["FILENAME", "read", "options", "file", "clone", "into", "try_into", "pin", "into_pinned"];

/// The functions that no list knows.
fn unknown<'a>(functions: &'a BTreeSet<String>, refused: &BTreeSet<String>) -> Vec<&'a str> {
    let names = functions.iter().map(String::as_str);
    names.filter(|name| !refused.contains(*name) && !GIVES_WAY.contains(name)).collect()
}

#[test]
fn every_method_of_the_reader_is_refused_as_a_field_or_gives_way_to_it() {
    let refused = refused(&source(RULES), "READER_NAMES");
    for head in ["impl<T: FixedRecord> Reader<T> {", "impl<'a, T: FixedRecord> View<'a, T> {"] {
        let functions = functions(head);
        assert!(functions.contains("snapshot_into"), "found only {functions:?}");
        assert_eq!(unknown(&functions, &refused), [""; 0], "functions of {head}");
    }
}

/// A field keeps its name unless that is needed.
#[test]
fn nothing_is_refused_as_a_field_that_the_reader_does_not_have() {
    let functions = functions("impl<T: FixedRecord> Reader<T> {");
    let refused = refused(&source(RULES), "READER_NAMES");
    let needless =
        |name: &&String| !functions.contains(*name) && !ELSEWHERE.contains(&name.as_str());
    let needless: Vec<_> = refused.iter().filter(needless).collect();
    assert!(needless.is_empty(), "{needless:?}");
    assert!(GIVES_WAY.iter().all(|name| !refused.contains(*name)), "a list denies the other");
}

#[test]
fn every_method_of_the_writer_that_looks_like_a_setter_is_refused() {
    let refused = refused(&source(RULES), "WRITER_NAMES");
    for head in ["impl<T: FixedRecord> Writer<T> {", "impl<'a, T: Mappable> Batch<'a, T> {"] {
        let functions = functions(head);
        assert!(functions.contains("set_pod"), "found only {functions:?}");
        for name in functions {
            let is_setter = name.starts_with("set_") || name.starts_with("push_");
            assert!(!is_setter || refused.contains(&name), "`{name}` is not in WRITER_NAMES");
        }
    }
}

/// These tests compare one list of the rules with the runtime. A name that stands elsewhere in the
/// rules, in a comment, in another list or in a test, is not refused by that.
#[test]
fn a_name_that_is_missing_in_the_list_is_missed() {
    let rules = source(RULES);
    let with_everything = refused(&rules, "READER_NAMES");
    for name in ["wait_newer", "snapshot", "on_change"] {
        assert!(with_everything.contains(name), "{name}");
        let without = rules.replace(&format!("    \"{name}\",\n"), "");
        let elsewhere = format!("// \"{name}\",\n{without}\nconst OTHER: &[&str] = &[\"{name}\"];");
        let functions =
            functions_in(&format!("impl R {{\n    pub fn {name}(&self) {{}}\n}}\n"), "impl R {");
        let functions: BTreeSet<_> = functions.into_iter().collect();
        assert_eq!(unknown(&functions, &refused(&elsewhere, "READER_NAMES")), [name]);
        assert_eq!(unknown(&functions, &with_everything), [""; 0]);
    }
}

/// Records whose fields are called as the runtime's methods and the constructors are.
mod field_names {
    use commy::{FixedVec, create_reader, create_writer};

    #[create_writer(filename = "candle.bin")]
    #[create_reader(filename = "candle.bin")]
    #[derive(Debug, Clone, PartialEq)]
    pub(crate) struct Candle {
        pub(crate) open: f64,
        pub(crate) path: u8,
        pub(crate) state: u16,
        pub(crate) generation: u64,
        pub(crate) create: u32,
        pub(crate) create_at: i64,
        pub(crate) create_with: i8,
        pub(crate) reopen: bool,
    }

    /// An accessor of elements has the name of a constructor, too.
    #[create_writer(filename = "shop.bin")]
    #[create_reader(filename = "shop.bin")]
    pub(crate) struct Shop {
        pub(crate) open: FixedVec<u8, 7>,
        pub(crate) close: [u8; 7],
    }

    #[create_writer(filename = "gate.bin")]
    #[create_reader(filename = "gate.bin")]
    pub(crate) struct Gate {
        pub(crate) open_at: u64,
    }

    /// What traits call their methods.
    #[create_writer(filename = "leg.bin")]
    #[create_reader(filename = "leg.bin")]
    pub(crate) struct Leg {
        pub(crate) from: u32,
        pub(crate) drop: u32,
        pub(crate) fmt: u32,
        pub(crate) deref: u32,
        pub(crate) deref_mut: u32,
        pub(crate) borrow: u32,
        pub(crate) to_owned: u32,
        pub(crate) type_id: u32,
        pub(crate) clone_from: u32,
    }
}

#[test]
fn a_field_may_be_called_as_a_constructor_or_what_is_known_of_the_file()
-> Result<(), Box<dyn core::error::Error>> {
    use field_names::{Candle, CandleReader, CandleWriter};

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("candle.bin");
    let candle = Candle {
        open: 1.5,
        path: 2,
        state: 3,
        generation: 4,
        create: 5,
        create_at: 6,
        create_with: 7,
        reopen: true,
    };
    let mut writer = CandleWriter::create_at(&path)?;
    writer.set_open(candle.open);
    writer.set_path(candle.path);
    writer.set_state(candle.state);
    writer.batch(|batch| {
        batch.set_generation(candle.generation);
        batch.set_create(candle.create);
        batch.set_create_at(candle.create_at);
        batch.set_create_with(candle.create_with);
        batch.set_reopen(candle.reopen);
    });
    let reader: CandleReader = CandleReader::options().path(&path).open()?;
    assert_eq!(CandleReader::open_at(&path)?.snapshot()?, candle);
    assert_eq!((reader.open()?, reader.path()?, reader.state()?), (1.5, 2, 3));
    assert_eq!((reader.generation()?, reader.create()?, reader.create_at()?), (4, 5, 6));
    assert_eq!((reader.create_with()?, reader.reopen()?), (7, true));
    let of_one = reader.read(|view| Ok((view.open()?, view.generation()?, view.path()?)))?;
    assert_eq!(of_one, (1.5, 4, 2));
    // What the record does not know is known of the file, whatever its fields are called.
    assert!(format!("{reader:?}").contains("generation: 4"));
    Ok(())
}

#[test]
fn an_accessor_of_elements_comes_before_a_constructor() -> Result<(), Box<dyn core::error::Error>> {
    use field_names::{GateReader, GateWriter, ShopReader, ShopWriter};

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("shop.bin");
    let mut shop = ShopWriter::create_at(&path)?;
    shop.set_open(&[9, 8])?;
    shop.set_close_at(1, 17);
    let reader = ShopReader::options().path(&path).open()?;
    assert_eq!((reader.open_at(1)?, reader.open_len()?), (Some(8), 2));
    assert_eq!(reader.open()?.as_slice(), [9, 8]);
    assert_eq!(reader.close_at(1)?, Some(17));

    let path = directory.path().join("gate.bin");
    GateWriter::create_at(&path)?.set_open_at(12);
    assert_eq!(GateReader::options().path(&path).open()?.open_at()?, 12);
    assert!(GateReader::open().is_err(), "no such file here");
    Ok(())
}

#[test]
fn a_field_may_be_called_as_the_method_of_a_trait() -> Result<(), Box<dyn core::error::Error>> {
    use field_names::{LegReader, LegWriter};

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("leg.bin");
    let mut writer = LegWriter::create_at(&path)?;
    writer.set_from(1);
    writer.set_drop(3);
    writer.set_deref(4);
    let reader = LegReader::open_at(&path)?.clone();
    assert_eq!((reader.from()?, reader.drop()?, reader.deref()?), (1, 3, 4));
    assert_eq!((reader.fmt()?, reader.borrow()?, reader.to_owned()?), (0, 0, 0));
    assert_eq!((reader.deref_mut()?, reader.type_id()?, reader.clone_from()?), (0, 0, 0));
    assert_eq!(reader.read(|view| view.from())?, 1);
    Ok(())
}

/// What the generated types would be called without `name`.
mod own_names {
    use commy::{create_reader, create_writer};

    pub(crate) struct StationWriter;
    pub(crate) struct StationReader(pub(crate) u8);
    pub(crate) enum StationBatch {}

    /// A record beside types of those names.
    #[create_writer(filename = "station.bin", name = "StationOut")]
    #[create_reader(filename = "station.bin", name = "StationIn")]
    pub(crate) struct Station {
        pub(crate) number: u32,
    }
}

#[test]
fn generated_types_have_the_names_that_are_given() -> Result<(), Box<dyn core::error::Error>> {
    use own_names::{
        Station, StationIn, StationOut, StationOutBatch, StationReader, StationWriter,
    };

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("station.bin");
    let mut writer: StationOut = StationOut::create_at(&path)?;
    writer.batch(|batch: &mut StationOutBatch<'_>| batch.set_number(3));
    let reader: StationIn = StationIn::open_at(&path)?;
    assert_eq!(reader.number()?, 3);
    assert!(format!("{writer:?}").starts_with("StationOut {"));
    assert_eq!(Station { number: 4 }.number, 4);
    assert_eq!((StationReader(1).0, size_of::<StationWriter>()), (1, 0));
    assert_eq!(size_of::<own_names::StationBatch>(), 0);
    Ok(())
}
