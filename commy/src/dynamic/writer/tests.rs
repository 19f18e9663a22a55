use std::fs;
use std::path::PathBuf;

use commy_types::{FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec};

use super::*;
use crate::dynamic;

#[derive(Clone, Copy, Debug, PartialEq, commy_macros::Mappable)]
#[commy(crate = crate)]
#[repr(i16)]
enum Mode {
    Idle = 0,
    Back = -1,
    Auto = 1,
    Fault = 700,
}

#[derive(Clone, Debug, PartialEq, commy_macros::Mappable)]
#[commy(crate = crate)]
#[repr(C)]
struct Part {
    flag: bool,
    wide: u64,
    name: FixedString<5>,
}

#[crate::create_writer(filename = "all.bin", crate = crate)]
#[crate::create_reader(filename = "all.bin", crate = crate)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct All {
    tiny: i8,
    byte: u8,
    huge: u128,
    low: i128,
    number: i64,
    letter: char,
    half: f32,
    real: f64,
    mode: Mode,
    text: FixedString<8>,
    list: FixedVec<u16, 3>,
    bytes: FixedVec<u8, 4>,
    parts: [Part; 2],
    maybe: FixedOption<Part>,
    ring: FixedDeque<i32, 3>,
    prices: FixedMap<FixedString<6>, u32, 3>,
    codes: FixedSet<i16, 4>,
}

fn part(flag: bool, wide: u64, name: &str) -> Part {
    Part { flag, wide, name: name.parse().unwrap() }
}

fn all() -> All {
    All {
        tiny: 0,
        byte: 0,
        huge: 0,
        low: 0,
        number: 0,
        letter: 'a',
        half: 0.0,
        real: 0.0,
        mode: Mode::Idle,
        text: "before".parse().unwrap(),
        list: [9, 9, 9].as_slice().try_into().unwrap(),
        bytes: FixedVec::new(),
        parts: [part(false, 1, "x"), part(false, 2, "y")],
        maybe: FixedOption::none(),
        ring: FixedDeque::new(),
        prices: FixedMap::new(),
        codes: FixedSet::new(),
    }
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("all.bin");
    (directory, path)
}

/// A file with a value, that no writer has.
fn made() -> (tempfile::TempDir, PathBuf) {
    let (directory, path) = place();
    drop(AllWriter::options().path(&path).create_with(all()).unwrap());
    (directory, path)
}

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

fn fields(fields: &[(&str, Value)]) -> Value {
    Value::Struct(fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}

/// For each kind of field: who has the type reads what was set by who has not.
#[test]
fn a_typed_reader_reads_what_was_set_without_a_type() {
    let (_directory, path) = made();
    let mut writer = DynWriter::open(&path).unwrap();
    let of_part = fields(&[("name", text("né")), ("wide", Value::U64(7)), ("flag", text("true"))]);
    for (at, value) in [
        ("tiny", Value::I64(-128)),
        ("byte", text("0xff")),
        ("huge", text("340282366920938463463374607431768211455")),
        ("low", text("-170141183460469231731687303715884105728")),
        ("number", Value::I64(i64::MIN)),
        ("letter", text("€")),
        ("half", Value::F64(0.5)),
        ("real", text("-1e300")),
        ("mode", text("Fault")),
        ("text", text("a")),
        ("list", list([Value::U64(1), text("65535")])),
        ("bytes", text("0x00ff10")),
        ("parts[1]", of_part.clone()),
        ("parts[0].wide", Value::U64(u64::MAX)),
        ("maybe", of_part),
        ("ring", list([1, -2, 3].map(Value::I64))),
        ("prices", fields(&[("tea", Value::U64(3)), ("bun", text("4")), ("", Value::U64(5))])),
        ("codes", list([5, -5, 0].map(Value::I64))),
    ] {
        writer.set(at, &value).unwrap_or_else(|error| panic!("{at}: {error}"));
    }
    let reader = AllReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap(), all(), "nothing before a publish");
    assert_eq!(writer.publish(), Ok(2));
    let mut expected = All {
        tiny: -128,
        byte: 255,
        huge: u128::MAX,
        low: i128::MIN,
        number: i64::MIN,
        letter: '€',
        half: 0.5,
        real: -1e300,
        mode: Mode::Fault,
        text: "a".parse().unwrap(),
        list: [1, 65535].as_slice().try_into().unwrap(),
        bytes: [0, 255, 16].as_slice().try_into().unwrap(),
        parts: [part(false, u64::MAX, "x"), part(true, 7, "né")],
        maybe: FixedOption::some(part(true, 7, "né")),
        ..all()
    };
    for number in [1, -2, 3] {
        expected.ring.push_back(number).unwrap();
    }
    for (name, price) in [("tea", 3), ("bun", 4), ("", 5)] {
        expected.prices.insert(name.parse().unwrap(), price).unwrap();
    }
    for code in [5, -5, 0] {
        expected.codes.insert(code).unwrap();
    }
    let found = reader.snapshot().unwrap();
    assert_eq!(found, expected);
    assert_eq!(found.prices.get("bun"), Some(&4));

    // Parts of what has just been set, and back to nothing.
    writer.set("list[1]", &Value::U64(2)).unwrap();
    writer.set("ring[2]", &Value::U64(30)).unwrap();
    writer.set("maybe.name", &text("z")).unwrap();
    writer.set("parts[1].name", &text("")).unwrap();
    writer.publish().unwrap();
    let found = dynamic::open(&path).unwrap().snapshot().unwrap();
    assert_eq!(found.get("list").unwrap().to_string(), "[1, 2]");
    assert_eq!(found.get("ring").unwrap().to_string(), "[1, -2, 30]");
    assert_eq!(found.get("maybe.name").unwrap(), text("z"));
    writer.set("maybe", &Value::Null).unwrap();
    writer.publish().unwrap();
    assert!(reader.snapshot().unwrap().maybe.is_none());
}

/// The bytes are those that a typed writer would have published: padding, and what is behind a length, are
/// zero (I9).
#[test]
fn bytes_that_hold_nothing_are_zero() {
    let (_directory, path) = made();
    let (_other, typed) = made();
    let mut writer = DynWriter::open(&path).unwrap();
    writer.set("text", &text("a")).unwrap();
    writer.set("list", &list([])).unwrap();
    writer.set("parts[0].name", &text("")).unwrap();
    writer.publish().unwrap();
    let mut expected = AllWriter::options().path(&typed).create().unwrap();
    expected.update(|all| {
        all.text = "a".parse().unwrap();
        all.list = FixedVec::new();
        all.parts[0].name = FixedString::new();
    });
    let bytes =
        |path: &Path| dynamic::open(path).unwrap().snapshot().unwrap().bytes().unwrap().to_vec();
    assert_eq!(bytes(&path), bytes(&typed));
}

#[test]
fn a_value_that_is_none_of_the_type_is_refused_by_its_path_and_changes_nothing() {
    let (_directory, path) = made();
    let before = fs::read(&path).unwrap();
    let mut writer = DynWriter::open(&path).unwrap();
    let one = |name: &str| fields(&[(name, Value::U64(1))]);
    for (at, value, expected) in [
        ("tiny", Value::I64(-129), "`tiny` cannot be -129: expected a number from -128 to 127"),
        ("byte", Value::U64(256), "a number from 0 to 255"),
        ("byte", Value::F64(1.0), "a number from 0 to 255"),
        ("byte", text(""), "a number from 0 to 255"),
        ("byte", text("--1"), "a number from 0 to 255"),
        ("byte", text("0x"), "a number from 0 to 255"),
        ("huge", Value::I64(-1), "a number from 0 to 340282366920938463463374607431768211455"),
        ("huge", text("340282366920938463463374607431768211456"), "a number from 0"),
        ("low", Value::U128(1 << 127), "a number from -170141183460469231731687303715884105728"),
        ("letter", text("ab"), "one character"),
        ("letter", Value::U64(97), "one character"),
        ("half", Value::F64(1e300), "a number that fits f32"),
        ("real", text("1e400"), "a number that fits f64"),
        ("real", Value::Bool(true), "a number that fits f64"),
        ("mode", text("Off"), "one of Back=-1 Idle=0 Auto=1 Fault=700"),
        ("mode", Value::U64(7), "one of Back=-1 Idle=0 Auto=1 Fault=700"),
        ("text", text("ninebytes"), "at most 8 bytes, not 9"),
        ("text", Value::U64(1), "text of at most 8 bytes"),
        ("list", list([1, 2, 3, 4].map(Value::U64)), "at most 3 elements, not 4"),
        ("list", list([Value::U64(1), Value::I64(-1)]), "`list[1]` cannot be -1: expected"),
        ("list", text("0x01"), "a list"),
        ("bytes", text("0x1"), "bytes as in 0x00ff"),
        ("parts", list([]), "2 elements, not 0"),
        ("parts[0]", one("flag"), "all of the fields flag, wide, name"),
        ("maybe", one("flag"), "all of the fields"),
        ("maybe", text("x"), "all of the fields"),
        ("prices", fields(&[("a", Value::U64(1)), ("a", Value::U64(2))]), "is there twice"),
        ("prices", list([]), "an object of keys and values"),
        ("codes", list([Value::U64(1), text("1")]), "is there twice"),
        ("", Value::Null, "the record cannot be null: expected all of the fields"),
        ("textt", text("x"), "did you mean `text`?"),
        ("list[3]", Value::U64(1), "has 3 elements, no element 3"),
        ("ring[0]", Value::U64(1), "has 0 elements, no element 0"),
        ("list[0..2]", list([]), "several elements: expected one, or all of them"),
        ("maybe.wide", Value::U64(1), "none: expected nothing: set all of it"),
        ("prices[\"tea\"]", Value::U64(1), "it can be set as a whole"),
        ("text.x", text("x"), "expected the end of the path"),
    ] {
        let told = writer.set(at, &value).unwrap_err().to_string();
        assert!(told.contains(expected), "{at}: {told}");
    }
    assert_eq!(writer.generation(), 1);
    drop(writer);
    let reader = dynamic::open(&path).unwrap();
    assert_eq!((reader.generation(), fs::read(&path).unwrap().len()), (1, before.len()));
    assert_eq!(AllReader::open_at(&path).unwrap().snapshot().unwrap(), all());
}

#[test]
fn there_is_one_writer_with_or_without_a_type() {
    let (_directory, path) = made();
    let typed = AllWriter::create_at(&path).unwrap();
    let refused = DynWriter::open(&path).unwrap_err();
    let is_busy = |error: &CreateError| matches!(error, CreateError::WriterBusy { holder, .. } if *holder == Some(std::process::id()));
    assert!(is_busy(&refused), "{refused}");
    drop(typed);
    let untyped = DynWriter::open(&path).unwrap();
    assert!(matches!(AllWriter::create_at(&path), Err(CreateError::WriterBusy { .. })));
    drop(untyped);
    assert_eq!(*AllWriter::create_at(&path).unwrap().get(), all());
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let (directory, path) = place();
    let refused = DynWriter::open(&path).unwrap_err();
    assert!(matches!(refused, CreateError::Unusable(crate::OpenError::NotFound { .. })));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);

    // Also one that has gone since it was looked at.
    let options = FileOptions { must_exist: true, ..FileOptions::default() };
    let (_other, there) = made();
    let (_, spec) = ReaderCore::open_any(&there, ReadOptions::default()).unwrap();
    let refused = file::open_writer(&path, &spec, &options).unwrap_err();
    assert!(matches!(refused, CreateError::Unusable(crate::OpenError::NotFound { .. })));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn in_a_file_without_a_value_all_else_is_zero() {
    let (_directory, path) = place();
    drop(AllWriter::options().path(&path).create().unwrap());
    assert_eq!(dynamic::open(&path).unwrap().generation(), 0);
    let mut writer = DynWriter::open(&path).unwrap();
    writer.set("mode", &text("Back")).unwrap();
    assert_eq!(writer.publish(), Ok(1));
    let now = AllReader::open_at(&path).unwrap().snapshot().unwrap();
    assert_eq!((now.mode, now.byte, now.letter, now.text.as_str()), (Mode::Back, 0, '\0', ""));
}

#[test]
fn times_of_publishes_are_kept() {
    let (_directory, path) = place();
    drop(AllWriter::options().path(&path).timestamps(true).create_with(all()).unwrap());
    let before = dynamic::open(&path).unwrap().published_at().unwrap();
    let mut writer = DynWriter::open(&path).unwrap();
    writer.set("byte", &Value::U64(1)).unwrap();
    writer.publish().unwrap();
    assert!(dynamic::open(&path).unwrap().published_at().unwrap() > before);
}

#[test]
fn checkpoints_are_kept() {
    let (_directory, path) = place();
    drop(AllWriter::options().path(&path).durable(true).create_with(all()).unwrap());
    let mut writer = DynWriter::open(&path).unwrap();
    writer.set("byte", &Value::U64(77)).unwrap();
    writer.publish().unwrap();
    drop(writer);
    // As by a restart: the checkpoints are all that is left.
    fs::remove_file(&path).unwrap();
    let restored = AllWriter::options().path(&path).durable(true).create().unwrap();
    assert_eq!(restored.get().byte, 77);
}

#[crate::create_writer(filename = "plan.bin", growable, crate = crate)]
#[crate::create_reader(filename = "plan.bin", growable, crate = crate)]
pub(crate) struct Plan {
    title: String,
    steps: Vec<u32>,
    edits: u32,
    place: FixedString<6>,
}

/// No block changes, so that all that leads there stays as it is.
#[test]
fn plain_fields_of_a_record_that_grows_can_be_set_and_others_are_refused() {
    let (_directory, path) = place();
    let mut typed = PlanWriter::options().path(&path).create().unwrap();
    drop(typed);
    let mut writer = DynWriter::open(&path).unwrap();
    assert_eq!(writer.set("edits", &Value::U64(1)), Err(SetError::Empty));
    assert_eq!(writer.publish(), Err(SetError::Empty));
    drop(writer);

    typed = PlanWriter::options().path(&path).create().unwrap();
    typed.set_title("bake").unwrap();
    for step in 0..2000 {
        typed.steps_mut().push(step).unwrap();
    }
    drop(typed);
    let reader = PlanReader::open_at(&path).unwrap();
    let mut writer = DynWriter::open(&path).unwrap();
    writer.set("edits", &Value::U64(5)).unwrap();
    writer.set("place", &text("oven")).unwrap();
    for (at, value) in
        [("title", text("x")), ("steps", list([])), ("steps[0]", Value::U64(1)), ("", Value::Null)]
    {
        let refused = writer.set(at, &value).unwrap_err();
        assert!(matches!(refused, SetError::Unsettable { .. }), "{at}: {refused}");
    }
    assert!(
        writer
            .set("steps", &list([]))
            .unwrap_err()
            .to_string()
            .starts_with("`steps` is list of u32: it grows")
    );
    let before = reader.file().generation();
    assert_eq!(writer.publish(), Ok(before + 1));
    drop(writer);
    assert_eq!(reader.edits().unwrap(), 5);
    // Who has the type goes on from there, and finds all blocks.
    typed = PlanWriter::options().path(&path).create().unwrap();
    assert_eq!((typed.edits().unwrap(), typed.title().unwrap()), (5, "bake".to_owned()));
    assert_eq!(typed.steps().len().unwrap(), 2000);
    typed.steps_mut().push(1).unwrap();
    let told = dynamic::open(&path).unwrap().snapshot().unwrap();
    assert!(!told.to_value().has_invalid());
    assert_eq!(told.get("place").unwrap(), text("oven"));
}
