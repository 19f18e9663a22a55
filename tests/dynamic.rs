//! Files of records of fixed size, read by programs that do not have the struct.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/deque_kinds.rs"]
mod deque_kinds;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/keyed_kinds.rs"]
mod keyed_kinds;
#[path = "support/kinds.rs"]
mod kinds;
#[path = "support/more_kinds.rs"]
mod more_kinds;
mod support;

use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::SystemTime;

use commy::dynamic::{self, DynReader, GetError, Kind, Schema, Value, WriterStatus};
use commy::encoded::{CborData, JsonData, MessagePackData, SchemaName};
use commy::{
    FileState, FixedOption, FixedString, FixedVec, Follow, Mappable, OnMismatch, OpenError,
    ReadError, WaitOutcome, create_reader, create_writer,
};
use deque_kinds::DequeKindsWriter;
use keyed_kinds::KeyedKindsWriter;
use kinds::{KindsReader, KindsWriter};
use more_kinds::MoreKindsWriter;
use serde::{Deserialize, Serialize};
use support::format::{self, file, header};
use support::{Random, Reaped, watchdog};

fn told(error: impl std::error::Error) -> String {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
    text
}

#[test]
fn every_kind_is_what_was_published() {
    let (_directory, path) = support::place("kinds.bin");
    let mut writer = KindsWriter::create_at(&path).unwrap();
    let file = dynamic::open(&path).unwrap();
    assert_eq!(file.snapshot().unwrap_err(), ReadError::Empty);
    assert_eq!(file.get("small").unwrap_err(), GetError::Read(ReadError::Empty));
    writer.publish(&kinds::example());
    let now = file.snapshot().unwrap();
    assert_eq!(serde_json::to_string(&now).unwrap(), kinds::EXAMPLE);
    assert_eq!((now.generation(), file.generation()), (1, 1));
    assert!(!now.to_value().has_invalid());

    let path = path.with_file_name("more_kinds.bin");
    let _writer =
        MoreKindsWriter::options().path(&path).create_with(more_kinds::example()).unwrap();
    let now = dynamic::open(&path).unwrap().snapshot().unwrap();
    assert_eq!(serde_json::to_string(&now).unwrap(), more_kinds::EXAMPLE);
}

#[test]
fn deques_maps_and_sets_are_what_was_published() {
    let (_directory, path) = support::place("deques.bin");
    let _writer =
        DequeKindsWriter::options().path(&path).create_with(deque_kinds::example()).unwrap();
    let file = dynamic::open(&path).unwrap();
    let now = file.snapshot().unwrap();
    assert_eq!(serde_json::to_string(&now).unwrap(), deque_kinds::EXAMPLE);
    assert_eq!(file.get("around[3]").unwrap().as_u64(), Some(6));
    assert_eq!(file.get("readings[1..3]").unwrap().as_list().unwrap().len(), 2);
    assert_eq!(file.get("readings[1].level").unwrap().as_f64(), Some(0.25));
    assert!(told(file.get("empty[0]").unwrap_err()).contains("has 0 elements"));

    let path = path.with_file_name("keyed.bin");
    let _writer =
        KeyedKindsWriter::options().path(&path).create_with(keyed_kinds::example()).unwrap();
    let file = dynamic::open(&path).unwrap();
    let now = file.snapshot().unwrap();
    let expected = concat!(
        r#"{"before":3,"prices":{"a":2.5,"b":0.5,"ä":1.5},"cells":{"{row: 1, column: 70000}":null,"#,
        r#""{row: 2, column: 1}":true},"wide":{"7":340282366920938463463374607431768211455},"#,
        r#""tags":["","x"],"numbers":[-1,0,300],"nested":[{"'€'":[8,9]}],"empty":{}}"#,
    );
    assert_eq!(serde_json::to_string(&now).unwrap(), expected);
    assert_eq!(file.get("prices[\"ä\"]").unwrap().as_f64(), Some(1.5));
    assert_eq!(file.get("wide[7]").unwrap(), Value::U128(u128::MAX));
    assert_eq!(file.get("cells[\"{row: 2, column: 1}\"]").unwrap().as_bool(), Some(true));
    assert_eq!(file.get("nested[0][\"€\"]").unwrap().as_bytes(), Some(&[8, 9][..]));
    assert_eq!(told(file.get("wide[8]").unwrap_err()), "`wide` has no key 8");
    assert!(told(file.get("numbers[0]").unwrap_err()).contains("a set has no values"));
    let shown = file.schema().to_string();
    for part in ["map<string<5>, f64>[<=4]", "set<i16>[<=5]"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn the_time_of_a_publish_is_told_where_a_file_keeps_it() {
    let (_directory, path) = support::place("other.bin");
    let mut writer = OtherWriter::options().path(&path).timestamps(true).create().unwrap();
    let file = dynamic::open(&path).unwrap();
    assert_eq!(file.published_at(), None);
    let before = SystemTime::now();
    writer.set_other(1);
    let now = file.snapshot().unwrap();
    let at = now.published_at().unwrap();
    assert!(at >= before && at <= SystemTime::now());
    assert_eq!((file.published_at(), file.info().published_at), (Some(at), Some(at)));
    assert!(file.info().age.unwrap() < Duration::from_secs(3600));
    drop(writer);
    fs::remove_file(&path).unwrap();
    let _writer = OtherWriter::options().path(&path).create_with(Other { other: 7 }).unwrap();
    let file = dynamic::open(&path).unwrap();
    assert_eq!((file.snapshot().unwrap().published_at(), file.info().age), (None, None));
}

#[test]
fn following_goes_over_to_another_record() {
    let _watchdog = watchdog(Duration::from_secs(300));
    let (_directory, path) = support::place("kinds.bin");
    let mut told = dynamic::options().follow(&path);
    let mut next = || told.next_timeout(Duration::from_secs(60)).unwrap();
    assert!(matches!(next(), Follow::NotYet));
    let writer = KindsWriter::options().path(&path).create_with(kinds::example()).unwrap();
    let Follow::Value(now) = next() else { panic!() };
    assert_eq!((now.schema().name(), now.get("small").unwrap().as_i64()), ("Kinds", Some(-5)));
    drop(writer);
    assert!(matches!(next(), Follow::WriterGone));
    let options = OtherWriter::options().path(&path).on_mismatch(OnMismatch::Replace);
    let _writer = options.create_with(Other { other: 7 }).unwrap();
    let mut last = next();
    while !matches!(last, Follow::Value(_)) {
        last = next();
    }
    let Follow::Value(now) = last else { panic!() };
    assert_eq!((now.schema().name(), now.get("other").unwrap().as_u64()), ("Other", Some(7)));
}

/// Files that were written by an earlier release, closed in good order, on another machine.
#[test]
fn old_files_are_read() {
    let golden = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let file = dynamic::open(path).unwrap();
        assert_eq!(file.state(), FileState::Clean);
        serde_json::to_string(&file.snapshot().unwrap()).unwrap()
    };
    let of_then = kinds::EXAMPLE.replace("\"mode\":\"Auto\"", "\"mode\":\"Fault\"");
    assert_eq!(golden("kinds-v1-closed.commy"), of_then);
    assert_eq!(golden("more-kinds-v1-closed.commy"), more_kinds::EXAMPLE);
}

#[test]
fn a_path_gives_what_a_typed_getter_gives() {
    let (_directory, path) = support::place("kinds.bin");
    let _writer = KindsWriter::options().path(&path).create_with(kinds::example()).unwrap();
    let (typed, file) = (KindsReader::open_at(&path).unwrap(), dynamic::open(&path).unwrap());
    let get = |path: &str| {
        let value = file.get(path).unwrap();
        assert_eq!(file.snapshot().unwrap().get(path).unwrap(), value, "{path}");
        value
    };
    assert_eq!(get("small"), Value::I64(typed.small().unwrap().into()));
    assert_eq!(get("large"), Value::U128(typed.large().unwrap()));
    assert_eq!(get("negative"), Value::I128(typed.negative().unwrap()));
    assert_eq!(get("name").as_str(), Some("Grüße \"x\""));
    assert_eq!(get("letter"), Value::Char('€'));
    assert_eq!(get("mode").as_str(), Some("Auto"));
    assert_eq!(get("mode").as_i64(), Some(1));
    assert_eq!(get("points[1].y").as_f64(), Some(1e300));
    assert_eq!(get("points[0].kind").as_i64(), Some(7));
    assert_eq!(get("points").as_list().unwrap().len(), 2);
    assert_eq!(get("points[1..]").to_string(), "[{x: -1.0, kind: Fault, y: 1e300}]");
    assert_eq!(get("points[..]"), get("points"));
    assert_eq!(get("points[..1]").as_list().unwrap().len(), 1);
    assert_eq!(get("matrix[1][2]").as_i64(), Some(-6));
    assert_eq!(get("matrix[1][0..2]").to_string(), "[-4, -5]");
    assert_eq!(get("matrix[0..0]"), Value::List(vec![]));
    assert_eq!(get("none"), Value::Option(None));
    assert_eq!(get("some.x").as_f64(), Some(0.25));
    assert_eq!(get("words[0]").as_str(), Some("ab"));
    assert_eq!(get("[\"words\"][1]").as_str(), Some(""));
    assert_eq!(get("").as_struct().unwrap().len(), 14);
}

#[test]
fn a_path_that_leads_nowhere_says_why_and_what_is_near() {
    let (_directory, path) = support::place("kinds.bin");
    let writer = KindsWriter::create_at(&path).unwrap();
    let file = dynamic::open(&path).unwrap();
    // What the schema tells is told before anything is published.
    let refused = |path: &str| match file.get(path) {
        Err(GetError::Path(error)) => told(error),
        other => panic!("{path}: {other:?}"),
    };
    assert_eq!(refused("nam"), "no field `nam`: did you mean `name`?");
    assert_eq!(
        refused("unlike"),
        "no field `unlike`: did you mean `small`, `large` or `negative`?"
    );
    let no_z = refused("points[0].z");
    assert!(no_z.starts_with("no field `z` in `points[0]`: did you mean `x`"), "{no_z}");
    assert_eq!(refused("some.a.b").split(':').next(), Some("no field `a` in `some`"));
    assert!(
        refused("small.x").starts_with("`small` is i8: expected the end"),
        "{}",
        refused("small.x")
    );
    assert!(refused("points.x").contains("expected `[index]`"));
    assert!(refused("points[-1]").contains("expected `[index]`"));
    assert!(refused("points[0..1].x").contains("nothing behind a range"));
    assert!(refused("mode.x").contains("u8 enum of 3 variants"));
    assert_eq!(refused("matrix[2]"), "`matrix` has 2 elements, no element 2");
    assert_eq!(refused("matrix[0][1..4]"), "`matrix[0]` has 3 elements, no element 3");
    assert!(refused("a\u{1b}[2J").contains("cannot read the path"), "{}", refused("a\u{1b}[2J"));
    assert!(refused("\u{1b}x").contains("\\u{1b}x"));
    drop(writer);

    let _writer = KindsWriter::options().path(&path).create_with(kinds::example()).unwrap();
    let file = dynamic::open(&path).unwrap();
    let refused = |path: &str| {
        let error = file.get(path).unwrap_err();
        let now = file.snapshot().unwrap().get(path).unwrap_err();
        assert_eq!(error, GetError::Path(now));
        told(error)
    };
    assert_eq!(refused("points[2]"), "`points` has 2 elements, no element 2");
    assert_eq!(refused("points[7].x"), "`points` has 2 elements, no element 7");
    assert_eq!(refused("points[1..3]"), "`points` has 2 elements, no element 2");
    assert_eq!(refused("points[3..]"), "`points` has 2 elements, no element 3");
    assert_eq!(refused("words[1..9]"), "`words` has 2 elements, no element 8");
}

#[derive(Debug, PartialEq, Serialize, Deserialize, SchemaName)]
#[commy(name = "Plan")]
struct Plan {
    name: String,
    steps: Vec<(u8, f64)>,
    owner: Option<String>,
}

#[create_writer(filename = "coded.bin")]
struct Coded {
    json: JsonData<Plan, 200>,
    cbor: CborData<Plan, 200>,
    msgpack: MessagePackData<Plan, 200>,
    large: JsonData<Vec<u64>, 64>,
    none: JsonData<Plan, 8>,
}

#[test]
fn what_a_codec_has_written_is_shown_as_it_says_and_has_parts() {
    let plan = || Plan { name: "a \"plan\"".into(), steps: vec![(1, 0.5), (2, 1e9)], owner: None };
    let (_directory, path) = support::place("coded.bin");
    let coded = Coded {
        json: JsonData::try_new(&plan()).unwrap(),
        cbor: CborData::try_new(&plan()).unwrap(),
        msgpack: MessagePackData::try_new(&plan()).unwrap(),
        large: JsonData::try_new(&vec![u64::MAX, 0]).unwrap(),
        none: JsonData::new(),
    };
    let _writer = CodedWriter::options().path(&path).create_with(coded).unwrap();
    let file = dynamic::open(&path).unwrap();
    let expected =
        r#"{"name": "a \"plan\"", "steps": [[1, 0.5], [2, 1000000000.0]], "owner": null}"#;
    assert_eq!(file.get("json").unwrap().to_string(), expected);
    assert_eq!(file.get("cbor").unwrap().to_string(), expected);
    // That format writes structs without names.
    let unnamed = r#"["a \"plan\"", [[1, 0.5], [2, 1000000000.0]], null]"#;
    assert_eq!(file.get("msgpack").unwrap().to_string(), unnamed);
    for field in ["json", "cbor"] {
        let get = |rest: &str| file.get(&format!("{field}{rest}")).unwrap();
        assert_eq!(get(".steps[1][0]").as_u64(), Some(2));
        assert_eq!(get("[\"name\"]").as_str(), Some("a \"plan\""));
        let error = file.get(&format!("{field}.nothing")).unwrap_err();
        assert_eq!(told(error), format!("`{field}` has no key \"nothing\""));
    }
    assert_eq!(file.get("large[0]").unwrap().as_u64(), Some(u64::MAX));
    assert_eq!(file.get("none").unwrap(), Value::Null);
    assert_eq!(file.get("none.name").unwrap(), Value::Null);
}

#[create_writer(filename = "numbers.bin")]
struct Numbers {
    a: u64,
    b: i64,
    c: u128,
    d: i128,
    e: f32,
    f: f64,
    g: [f64; 3],
}

#[test]
fn numbers_are_exact_in_json_and_those_that_it_has_not_are_text() {
    let (_directory, path) = support::place("numbers.bin");
    let numbers = Numbers {
        a: u64::MAX,
        b: i64::MIN,
        c: u128::MAX,
        d: i128::MIN,
        e: 0.1,
        f: 5e-324,
        g: [f64::NAN, f64::INFINITY, f64::NEG_INFINITY],
    };
    let _writer = NumbersWriter::options().path(&path).create_with(numbers).unwrap();
    let now = dynamic::open(&path).unwrap().snapshot().unwrap();
    assert_eq!(
        serde_json::to_string(&now).unwrap(),
        concat!(
            r#"{"a":18446744073709551615,"b":-9223372036854775808,"#,
            r#""c":340282366920938463463374607431768211455,"#,
            r#""d":-170141183460469231731687303715884105728,"#,
            r#""e":0.1,"f":5e-324,"g":["NaN","inf","-inf"]}"#
        )
    );
    assert_eq!(now.get("g[0]").unwrap().as_f64().map(f64::is_nan), Some(true));
}

#[derive(Clone, Copy, Mappable)]
#[repr(u8)]
enum Mode {
    Idle = 0,
    Fault = 7,
}

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
struct Part {
    flag: bool,
    mode: Mode,
    letter: char,
}

#[create_writer(filename = "parts.bin")]
#[create_reader(filename = "parts.bin")]
struct Parts {
    /// What it is called.
    name: FixedString<8>,
    #[commy(unit = "m")]
    sizes: FixedVec<u32, 4>,
    parts: [Part; 2],
    maybe: FixedOption<u16>,
    last: u64,
}

fn parts() -> Parts {
    let part = Part { flag: true, mode: Mode::Fault, letter: 'x' };
    Parts {
        name: "part".parse().unwrap(),
        sizes: FixedVec::try_from([1, 2]).unwrap(),
        parts: [part, Part { mode: Mode::Idle, ..part }],
        maybe: FixedOption::some(3),
        last: 9,
    }
}

/// Damages bytes of the value that readers see.
fn damage(path: &Path, offset: u64, bytes: &[u8]) {
    let at = support::payload_of_generation_1(path) + offset;
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(bytes, at).unwrap();
}

#[test]
fn a_part_that_is_no_value_says_so_and_the_others_are_shown() {
    let (_directory, path) = support::place("parts.bin");
    for (field, offset, bytes, at, reason) in [
        ("name", 8, &[0xff][..], "name", "not UTF-8"),
        ("name", 0, &[9], "name", "9"),
        ("sizes", 0, &[5], "sizes", "5"),
        ("parts", 0, &[2], "parts[0].flag", "2 is not a bool"),
        ("parts", 9, &[3], "parts[1].mode", "3"),
        ("parts", 4, &[0, 0xd8], "parts[0].letter", "0xd800"),
        ("maybe", 0, &[2], "maybe", "2"),
    ] {
        let _ = fs::remove_file(&path);
        let writer = PartsWriter::options().path(&path).create_with(parts()).unwrap();
        let file = dynamic::open(&path).unwrap();
        let start = file.schema().field(field).unwrap().offset();
        damage(&path, start + offset, bytes);
        assert!(PartsReader::open_at(&path).unwrap().snapshot().is_err(), "{at}");
        let now = file.snapshot().unwrap();
        let Value::Invalid(invalid) = now.get(at).unwrap() else { panic!("{at}: {now}") };
        assert!(invalid.reason.contains(reason), "{at}: {}", invalid.reason);
        assert_eq!(file.get(at).unwrap(), Value::Invalid(invalid));
        assert!(now.to_value().has_invalid());
        // All others are what they were.
        for (name, value) in now.iter().filter(|(name, _)| *name != field) {
            assert!(!value.has_invalid(), "{at}: {name} is {value}");
        }
        assert_eq!(file.get("last").unwrap().as_u64(), Some(9));
        let shown = serde_json::to_string(&now).unwrap();
        assert!(shown.contains("$invalid"), "{shown}");
        drop(writer);
    }
}

#[test]
fn a_schema_tells_everything_of_a_record() {
    let (_directory, path) = support::place("parts.bin");
    let writer = PartsWriter::create_at(&path).unwrap();
    let file = dynamic::open(&path).unwrap();
    let schema = file.schema();
    assert_eq!((schema.name(), schema.package()), ("Parts", env!("CARGO_PKG_NAME")));
    assert_eq!(schema.size() as usize, size_of::<Parts>());
    let names: Vec<_> = schema.fields().map(|field| field.name()).collect();
    assert_eq!(names, ["name", "sizes", "parts", "maybe", "last"]);
    let field = |name| schema.field(name).unwrap();
    assert_eq!(field("name").doc(), "What it is called.");
    assert_eq!(field("sizes").unit(), "m");
    assert_eq!(field("last").offset() as usize, core::mem::offset_of!(Parts, last));
    let shown = schema.to_string();
    for part in ["string<8>", "u32[<=4]  m", "[{flag mode letter}; 2]", "option<u16>"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert_eq!(shown.lines().count(), 5);
    let Kind::Array { len: 2, item } = field("parts").kind() else { panic!("{shown}") };
    let Kind::Struct { fields } = item.kind() else { panic!("{shown}") };
    assert_eq!(fields[1].path(), "parts.mode");
    let variants = vec![("Idle", 0), ("Fault", 7)];
    assert_eq!(fields[1].kind(), Kind::Enum { repr: "u8", variants });

    let again = Schema::parse(schema.text()).unwrap();
    assert_eq!((&again, again.fingerprint()), (schema, schema.fingerprint()));
    let line = schema.text().split_inclusive(|byte| *byte == b'\n').next().unwrap();
    let alone = Schema::parse(line).unwrap();
    assert_eq!((alone.name(), alone.fingerprint()), ("", schema.fingerprint()));
    assert!(alone != *schema, "what is noted is part of it");
    for text in ["", "{", "[]", "{\"commy\":1}", "\u{1b}[2J"] {
        told(Schema::parse(text).unwrap_err());
    }
    drop(writer);
}

#[create_writer(filename = "kinds.bin")]
struct Other {
    other: u32,
}

#[test]
fn what_replaces_a_file_may_be_another_record() {
    let (_directory, path) = support::place("kinds.bin");
    let writer = KindsWriter::options().path(&path).create_with(kinds::example()).unwrap();
    let file = dynamic::open(&path).unwrap();
    assert_eq!(file.wait_newer(0, Duration::ZERO), WaitOutcome::Newer(1));
    assert_eq!(file.wait_newer(1, Duration::ZERO), WaitOutcome::TimedOut);
    drop(writer);
    assert_eq!(file.wait_newer(1, Duration::from_secs(60)), WaitOutcome::Closed);
    let options = OtherWriter::options().path(&path).on_mismatch(OnMismatch::Replace);
    let _writer = options.create_with(Other { other: 7 }).unwrap();
    assert_eq!(file.wait_newer(1, Duration::from_secs(60)), WaitOutcome::Superseded);
    assert!(file.is_superseded());
    assert_eq!(file.get("small").unwrap().as_i64(), Some(-5), "the old one stays readable");
    let new = file.reopen().unwrap();
    assert_eq!((new.schema().name(), new.get("other").unwrap().as_u64()), ("Other", Some(7)));
    assert_eq!(
        new.get("small").unwrap_err().to_string(),
        "no field `small`: did you mean `other`?"
    );
}

#[test]
fn what_is_no_file_of_commy_is_refused_with_a_clear_word() {
    let (directory, path) = support::place("x.bin");
    let refused = |path: &Path| dynamic::open(path).unwrap_err();
    assert!(matches!(refused(&path), OpenError::NotFound { .. }));
    assert!(matches!(refused(directory.path()), OpenError::NotRegular { .. }));
    fs::write(&path, "text").unwrap();
    assert!(matches!(refused(&path), OpenError::NotCommy { .. }));
    drop(OtherWriter::create_at(&path.with_file_name("o.bin")).unwrap());
    let refused =
        dynamic::options().require_owner(4_000_000_000).open(path.with_file_name("o.bin"));
    assert!(matches!(refused, Err(OpenError::NotOwner { .. })));
}

/// A valid file of the record, whose schema has been put in another's place, with its hash.
fn with_schema(good: &[u8], text: &str) -> Vec<u8> {
    let slots = format::offset(good, header::SLOTS);
    let mut bytes = good[..file::SCHEMA].to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(format::PAGE), 0);
    let moved = bytes.len();
    bytes.extend_from_slice(&good[slots..]);
    let mut put = |at: usize, number: usize| {
        bytes[at..at + 8].copy_from_slice(&(number as u64).to_le_bytes());
    };
    put(header::SCHEMA_LEN, text.len());
    for at in [header::SLOTS, header::FILE_LEN, file::FILE_LEN] {
        put(at, format::offset(good, at) + moved - slots);
    }
    let line = text.split_inclusive('\n').next().unwrap_or_default();
    let fingerprint = commy::Fingerprint::of_text(line.as_bytes());
    bytes[header::FINGERPRINT..header::FINGERPRINT + 16]
        .copy_from_slice(&fingerprint.0.to_le_bytes());
    format::repair(&mut bytes);
    bytes
}

/// Calls everything; what is shown holds nothing that a terminal would obey.
fn use_all(file: &DynReader) -> bool {
    let presentable = |text: String| {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    };
    presentable(file.schema().to_string());
    presentable(format!("{:?}", file));
    let _ = file.state();
    let paths = file.schema().fields().map(|field| field.name().to_owned()).collect::<Vec<_>>();
    for name in paths.iter().take(40) {
        for rest in ["", "[0]", "[1..]", ".x", "[\"a\"]", "[0][0]", "[0].x", "[99999999999]"] {
            match file.get(&format!("[{name:?}]{rest}")) {
                Ok(value) => presentable(value.to_string()),
                Err(error) => presentable(error.to_string()),
            }
        }
    }
    let Ok(now) = file.snapshot() else { return false };
    let whole = now.to_value();
    presentable(whole.to_string());
    serde_json::to_string(&whole).unwrap();
    assert_eq!(now.iter().count(), file.schema().fields().count());
    true
}

#[test]
fn damaged_files_give_values_or_clear_errors() {
    let _watchdog = watchdog(Duration::from_secs(500));
    let (_directory, path) = support::place("kinds.bin");
    let good = hostile::good(&path);
    let mut random = Random(0x5eed_0d1a);
    let (mut opened, mut read) = (0, 0);
    for _ in 0..2500 {
        let mut input = vec![hostile::REPAIR];
        for _ in 0..1 + random.below(4) {
            let mut edit = [0; hostile::EDIT_LEN];
            edit[..4].copy_from_slice(&(random.next() as u32).to_le_bytes());
            let number = if random.below(2) == 0 { random.next() } else { random.below(300) };
            edit[4..].copy_from_slice(&number.to_le_bytes());
            input.extend(edit);
        }
        fs::write(&path, hostile::mutated(&good, &input)).unwrap();
        match dynamic::open(&path) {
            Ok(file) => {
                opened += 1;
                read += u32::from(use_all(&file));
            }
            Err(error) => drop(told(error)),
        }
    }
    assert!(opened > 100 && read > 50, "{opened} {read}");
}

#[test]
fn hostile_schemas_take_bounded_memory_and_time() {
    let _watchdog = watchdog(Duration::from_secs(500));
    let (_directory, path) = support::place("other.bin");
    drop(OtherWriter::options().path(&path).create_with(Other { other: 7 }).unwrap());
    let good = fs::read(&path).unwrap();
    let record = |fields: &str| {
        format!(r#"{{"commy":1,"kind":"struct","size":4,"align":4,"fields":[{fields}]}}"#) + "\n"
    };
    let field = |name: &str, offset: u64, size: u64, ty: &str| {
        format!(r#"{{"name":"{name}","offset":{offset},"size":{size},"type":{ty}}}"#)
    };
    let array = |capacity: u64, item: &str| {
        format!(r#"{{"kind":"array","capacity":{capacity},"stride":0,"item":{item}}}"#)
    };
    let nothing = r#"{"kind":"struct","size":0,"align":1,"fields":[]}"#;
    let huge = field("huge", 0, 0, &array(1 << 40, nothing));
    let nested = (0..3).fold(nothing.to_owned(), |item, _| array(1 << 20, &item));
    let many = (0..4000).map(|n| field(&format!("f{n}"), 0, 0, &array(1 << 40, nothing)));
    let many = many.collect::<Vec<_>>().join(",");
    let deep = (0..110).fold(r#""u8""#.to_owned(), |item, _| {
        format!(r#"{{"kind":"array","capacity":1,"stride":1,"item":{item}}}"#)
    });
    let last = field("last", 0, 4, "\"u32\"");
    for (what, fields, is_invalid) in [
        ("huge", format!("{huge},{last}"), true),
        ("nested", format!("{},{last}", field("f", 0, 0, &nested)), true),
        ("many", many, true),
        ("deep", field("f", 0, 1, &deep), false),
        ("later", field("f", 0, 4, r#"{"kind":"later"}"#), false),
        ("odd name", field("a.b[\\u001b", 0, 4, "\"u32\""), false),
        ("grows", field("f", 0, 4, r#"{"kind":"outer","levels":1}"#), true),
    ] {
        fs::write(&path, with_schema(&good, &record(&fields))).unwrap();
        let file = match dynamic::open(&path) {
            Ok(file) => file,
            Err(error) => {
                told(error);
                assert!(["deep", "grows"].contains(&what), "{what}");
                continue;
            }
        };
        assert!(use_all(&file), "{what}");
        assert_eq!(file.snapshot().unwrap().to_value().has_invalid(), is_invalid, "{what}");
        if fields.contains("last") {
            assert_eq!(file.get("last").unwrap().as_u64(), Some(7), "{what}");
        }
    }
    // One that is not that of the header.
    let mut other = with_schema(&good, &record(&last));
    other[header::FINGERPRINT] ^= 1;
    format::repair(&mut other);
    fs::write(&path, &other).unwrap();
    let error = told(dynamic::open(&path).unwrap_err());
    assert!(error.contains("hash of the schema"), "{error}");
    let short = r#"{"commy":1,"kind":"struct","size":8,"align":4,"fields":[]}"#.to_owned() + "\n";
    fs::write(&path, with_schema(&good, &short)).unwrap();
    let error = told(dynamic::open(&path).unwrap_err());
    assert!(error.contains("size of the record in the schema"), "{error}");
}

#[create_writer(filename = "wide.bin")]
struct Wide {
    numbers: [u64; 1200],
    vec: FixedVec<u64, 200>,
}

fn wide(number: u64) -> Wide {
    let count = 1 + number % 200;
    Wide { numbers: [number; 1200], vec: (0..count).map(|_| number).collect() }
}

/// Whether all numbers are one.
fn is_whole(numbers: &Value, number: u64) -> bool {
    numbers.as_list().unwrap().iter().all(|found| found.as_u64() == Some(number))
}

#[test]
fn nothing_is_torn_while_a_writer_publishes_flat_out() {
    let _watchdog = watchdog(Duration::from_secs(300));
    let (_directory, path) = support::place("wide.bin");
    let mut writer = WideWriter::options().path(&path).slots(2).create_with(wide(1)).unwrap();
    let file = dynamic::open(&path).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 1;
            while !is_over.load(Ordering::Relaxed) {
                number += 1;
                writer.publish(&wide(number));
            }
        });
        let (mut seen, mut tries) = (std::collections::BTreeSet::new(), 0);
        while seen.len() < 60 && tries < 20_000 {
            tries += 1;
            let Ok(now) = file.snapshot() else { continue };
            let number = now.get("numbers[0]").unwrap().as_u64().unwrap();
            assert!(is_whole(&now.get("numbers").unwrap(), number), "{now}");
            let vec = now.get("vec").unwrap();
            assert!(is_whole(&vec, number));
            assert_eq!(vec.as_list().unwrap().len() as u64, 1 + number % 200);
            seen.insert(number);
            let Ok(part) = file.get("numbers[100..900]") else { continue };
            let number = part.as_list().unwrap()[0].as_u64().unwrap();
            assert!(is_whole(&part, number), "{part}");
            let Ok(vec) = file.get("vec[0..]") else { continue };
            let number = vec.as_list().unwrap()[0].as_u64().unwrap();
            assert!(is_whole(&vec, number), "{vec}");
            assert_eq!(vec.as_list().unwrap().len() as u64, 1 + number % 200);
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(seen.len() >= 60, "{} of {tries}", seen.len());
    });
}

#[test]
fn changes_end_with_the_last_value() {
    let _watchdog = watchdog(Duration::from_secs(300));
    let (_directory, path) = support::place("other.bin");
    let mut writer = OtherWriter::create_at(&path).unwrap();
    let file = dynamic::open(&path).unwrap();
    let publishing = thread::spawn(move || (1..=50).for_each(|other| writer.set_other(other)));
    let all: Vec<_> = file.changes().map(|now| now.unwrap()).collect();
    publishing.join().unwrap();
    assert_eq!(all.last().unwrap().get("other").unwrap().as_u64(), Some(50));
    assert!(all.is_sorted_by(|one, other| one.generation() < other.generation()));
}

#[test]
fn a_reader_leaves_every_byte_of_the_file_as_it_is() {
    let (_directory, path) = support::place("kinds.bin");
    let _writer = KindsWriter::options().path(&path).create_with(kinds::example()).unwrap();
    let before = fs::read(&path).unwrap();
    let file = dynamic::open(&path).unwrap();
    assert!(use_all(&file));
    assert_eq!(file.wait_newer(1, Duration::from_millis(20)), WaitOutcome::TimedOut);
    drop(file.info());
    // Neither does it have the right to.
    let target = fs::canonicalize(&path).unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let writable = maps.lines().filter(|line| {
        line.ends_with(target.to_str().unwrap()) && line.split(' ').nth(1).unwrap().contains('w')
    });
    // That of the writer in this process.
    assert_eq!(writable.count(), 1);
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// A writer that says when it has published, and stays.
#[test]
#[ignore = "a role of `info_names_the_processes_of_a_file`"]
fn writing_role() {
    let Some(path) = support::role_path() else { return };
    let _writer = OtherWriter::options().path(&path).create_with(Other { other: 7 }).unwrap();
    File::create(path.with_extension("ready")).unwrap().write_all(b"x").unwrap();
    thread::sleep(Duration::from_secs(600));
}

#[test]
#[ignore = "a role of `info_names_the_processes_of_a_file`"]
fn reading_role() {
    let Some(path) = support::role_path() else { return };
    let _file = dynamic::open(&path).unwrap();
    File::create(path.with_extension("read")).unwrap().write_all(b"x").unwrap();
    thread::sleep(Duration::from_secs(600));
}

fn wait_for(path: &Path) {
    while !path.exists() {
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn info_names_the_processes_of_a_file() {
    let _watchdog = watchdog(Duration::from_secs(200));
    let (_directory, path) = support::place("other.bin");
    let mut writer = Reaped(support::start("writing_role", &path));
    wait_for(&path.with_extension("ready"));
    let reader = Reaped(support::start("reading_role", &path));
    wait_for(&path.with_extension("read"));
    let file = dynamic::open(&path).unwrap();
    let info = file.info();
    assert_eq!((info.writer.status, info.writer.pid), (WriterStatus::Alive, Some(writer.0.id())));
    assert_eq!(info.readers.pids, Some(vec![reader.0.id()]));
    assert_eq!((info.name.as_str(), info.slots, info.payload_size), ("Other", 4, 4));
    assert_eq!((info.mode, info.is_growable), (Some(0o600), false));
    assert_eq!((info.state, info.generation), (FileState::Live, 1));
    assert_eq!(info.file_len, fs::metadata(&path).unwrap().len());
    let age = std::time::SystemTime::now().duration_since(info.created.unwrap()).unwrap();
    assert!(age < Duration::from_secs(3600), "{age:?}");
    writer.0.kill().unwrap();
    writer.0.wait().unwrap();
    drop(reader);
    let info = file.info();
    assert_eq!((info.writer.status, info.writer.pid), (WriterStatus::Dead, None));
    assert_eq!(info.readers.pids, Some(vec![]));
    drop(OtherWriter::create_at(&path).unwrap());
    assert_eq!(file.info().writer.status, WriterStatus::Closed);
}

/// Paths are somebody's text, too.
#[test]
fn any_text_may_be_asked_for() {
    let (_directory, path) = support::place("parts.bin");
    let _writer = PartsWriter::options().path(&path).create_with(parts()).unwrap();
    let file = dynamic::open(&path).unwrap();
    let pieces = [
        "name",
        "sizes",
        "parts",
        "maybe",
        ".",
        "[",
        "]",
        "0",
        "1..2",
        "..",
        "\"",
        "\\u{",
        "x",
        "é",
        "-1",
        "flag",
        "18446744073709551615",
        "\u{1b}",
    ];
    let mut random = Random(7);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..200_000 {
        let count = 1 + random.below(6);
        let path: String =
            (0..count).map(|_| pieces[random.below(pieces.len() as u64) as usize]).collect();
        match file.get(&path) {
            Ok(_) => good += 1,
            Err(GetError::Path(error)) => {
                bad += 1;
                if bad % 64 == 0 {
                    told(error);
                }
            }
            Err(error) => panic!("{path}: {error}"),
        }
    }
    assert!(good > 1000 && bad > 1000, "{good} {bad}");
}
