//! Files of growable records, read by programs that do not have the struct.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/every.rs"]
mod every;
#[path = "support/growable_kinds.rs"]
mod growable_kinds;
#[path = "support/refusals.rs"]
mod refusals;
#[path = "support/stage.rs"]
mod stage;
mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::thread;

use commy::dynamic::{self, DynReader, GetError, Kind, Value};
use commy::growable::PinPolicy;
use commy::{FileState, Growable, ReadError, create_reader, create_writer};
use every::EveryWriter;
use growable_kinds::{GrowableKindsWriter, HashedKindsWriter};
use serde_json::Value as Json;
use stage::{Stage, check};
use support::format::{self, file, header};
use support::watchdog;

fn told(error: impl core::error::Error) -> String {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
    text
}

/// Whether a value is what the reader in Python says, to which tuples are structs, maps lists of pairs, and
/// bytes hexadecimal digits.
fn is_same(value: &Value, expected: &Json) -> bool {
    match (value, expected) {
        (Value::Maybe(Some(value)), expected) => is_same(value, expected),
        (Value::Maybe(None) | Value::Null, Json::Null) => true,
        (Value::Str(text), Json::String(expected)) => text == expected,
        (Value::Bool(value), Json::Bool(expected)) => value == expected,
        (Value::Bytes(bytes), Json::Array(expected)) => {
            bytes.len() == expected.len()
                && bytes.iter().zip(expected).all(|(byte, expected)| expected == byte)
        }
        (Value::Bytes(bytes), Json::String(expected)) => hex(bytes) == *expected,
        (Value::Opaque(value), Json::String(expected)) => hex(&value.bytes) == *expected,
        (Value::List(items), Json::Array(expected)) => {
            let in_order =
                || items.iter().zip(expected).all(|(item, expected)| is_same(item, expected));
            items.len() == expected.len()
                && (in_order()
                    || items.iter().all(|item| expected.iter().any(|other| is_same(item, other))))
        }
        (Value::Struct(fields), Json::Object(expected)) => are_same(fields, expected),
        (Value::Enum(value), Json::String(expected)) => {
            value.fields.is_empty() && *value.name == **expected
        }
        (Value::Enum(value), Json::Object(expected)) => {
            expected.len() == 1
                && expected.get(&*value.name).is_some_and(|fields| {
                    fields.as_object().is_some_and(|fields| are_same(&value.fields, fields))
                })
        }
        (Value::Map(entries), Json::Array(expected)) => {
            let is_entry = |(key, value): &(Value, Value), expected: &Json| {
                is_same(key, &expected[0]) && is_same(value, &expected[1])
            };
            let in_order =
                || entries.iter().zip(expected).all(|(entry, expected)| is_entry(entry, expected));
            entries.len() == expected.len()
                && (in_order()
                    || entries
                        .iter()
                        .all(|entry| expected.iter().any(|expected| is_entry(entry, expected))))
        }
        (Value::Map(entries), Json::Object(expected)) => {
            entries.len() == expected.len()
                && entries.iter().all(|(key, value)| {
                    expected.get(key.as_str().unwrap()).is_some_and(|other| is_same(value, other))
                })
        }
        (value, expected) => value.as_f64().is_some() && value.as_f64() == expected.as_f64(),
    }
}

fn are_same(
    fields: &[(std::sync::Arc<str>, Value)],
    expected: &serde_json::Map<String, Json>,
) -> bool {
    fields.len() == expected.len()
        && fields.iter().all(|(name, value)| {
            expected.get(&**name).is_some_and(|expected| is_same(value, expected))
        })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the reader in Python has made of files of an earlier release.
#[test]
fn every_kind_is_what_an_independent_reader_finds() {
    for name in ["growable-kinds-v1-closed", "hashed-kinds-v1-closed"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let file = dynamic::open(path.with_extension("commy")).unwrap();
        assert_eq!(file.state(), FileState::Clean);
        let expected = fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: Json = serde_json::from_str(&expected).unwrap();
        let now = file.snapshot().unwrap();
        assert!(!now.to_value().has_invalid());
        for (field, value) in now.iter() {
            assert!(is_same(&value, &expected[field]), "{field}: {value}\n{}", expected[field]);
            assert_eq!(file.get(field).unwrap(), value, "{field}");
            let other = Json::String("other".into());
            assert!(!is_same(&value, &other), "the comparison of {field} finds nothing");
        }
        assert_eq!(now.iter().count(), expected.as_object().unwrap().len());
    }
}

#[test]
fn a_path_leads_through_every_kind() {
    let (_directory, path) = support::place("growable_kinds.bin");
    let mut writer = GrowableKindsWriter::create_at(&path).unwrap();
    let file = dynamic::open(&path).unwrap();
    assert_eq!(file.get("number").unwrap_err(), GetError::Read(ReadError::Empty));
    let kinds = growable_kinds::example();
    writer.publish(&kinds).unwrap();
    let get = |path: &str| {
        let value = file.get(path).unwrap();
        assert_eq!(file.snapshot().unwrap().get(path).unwrap(), value, "{path}");
        value
    };
    assert_eq!(get("number").as_u64(), Some(7));
    assert_eq!(get("large"), Value::U128(u128::MAX - 1));
    assert_eq!(get("point.y").as_f64(), Some(1.5));
    assert_eq!(get("code").as_str(), Some("EURUSD"));
    assert_eq!(get("image[4999]").as_u64(), Some(kinds.image[4999].into()));
    assert_eq!(get("image[4000..4010]").as_bytes(), Some(&kinds.image[4000..4010]));
    assert_eq!(get("maybe").as_str(), kinds.maybe.as_deref());
    assert_eq!(get("none.value"), Value::Maybe(None));
    assert_eq!(get("boxed.1").as_str(), Some(&*kinds.boxed.1));
    assert_eq!(get("pair.2").as_bool(), Some(true));
    assert_eq!(get("lines[2]").as_str(), Some(&*kinds.lines[2]));
    assert_eq!(get("many[1999]").as_u64(), Some(1999 * 1999));
    assert_eq!(get("many[500..503]").to_string(), "[250000, 251001, 252004]");
    assert_eq!(get("wide[3][199]").as_u64(), Some(3));
    assert_eq!(get("nested[5][4]").as_str(), Some(&*kinds.nested[5][4]));
    assert_eq!(get("queue[39]").as_u64(), Some(39));
    assert_eq!(get("long_queue[298..]").as_list().unwrap().len(), 2);
    assert_eq!(get("tree.children[1].children[0].value").as_u64(), Some(4));
    assert_eq!(get("events[1].name").as_str(), Some("00007 00007 00007 00007 00007 "));
    assert_eq!(get("events[3].1").as_str(), Some("00008 00008 00008 00"));
    assert_eq!(get("term.0[1].0.0[0].0").as_f64(), Some(-1.0));
    for key in kinds.by_name.keys() {
        let value = get(&format!("by_name[{key:?}]"));
        assert_eq!(value.as_u64(), Some(kinds.by_name[key].into()), "{key}");
    }
    for (key, value) in kinds.by_address.iter().step_by(17) {
        assert_eq!(get(&format!("by_address[{key:?}]")).as_u64(), Some((*value).into()), "{key}");
    }
    let pair = kinds.by_pair.iter().nth(7).unwrap();
    let key = format!("({}, {:?})", pair.0.0, pair.0.1);
    assert_eq!(get(&format!("by_pair[{key:?}][0]")).as_u64(), Some(pair.1[0].into()));
    assert_eq!(get(r#"directory.directories["home"].files["notes"]"#).as_u64(), Some(12));
    assert_eq!(get(r#"notes.two"#).as_u64(), Some(2));
    assert!(matches!(get("settings"), Value::Opaque(it) if it.name.starts_with("postcard ")));

    let refused = |path: &str| match file.get(path) {
        Err(GetError::Path(error)) => told(error),
        other => panic!("{path}: {other:?}"),
    };
    assert_eq!(refused("many[2000]"), "`many` has 2000 elements, no element 2000");
    assert_eq!(refused("queue[40]"), "`queue` has 40 elements, no element 40");
    assert_eq!(refused("image[5000]"), "`image` has 5000 elements, no element 5000");
    assert_eq!(refused(r#"by_name["x"]"#), r#"`by_name` has no key "x""#);
    assert_eq!(refused("by_name[3]"), "`by_name` has no key 3");
    assert_eq!(refused("events[0].name"), "`events[0]` is Tick now, which has no field `name`");
    assert_eq!(refused("events[0].nam"), "no field `nam` in `events[0]`: did you mean `name`?");
    assert!(refused("numbers[3]").contains("a set has no values"), "{}", refused("numbers[3]"));
    assert!(refused("by_name.x").contains("expected `[\"key\"]`"), "{}", refused("by_name.x"));
    assert_eq!(
        refused("tree.children[1].childen"),
        "no field `childen` in `tree.children[1]`: did you mean `children`?"
    );
}

#[test]
fn hashed_keys_are_found() {
    let (_directory, path) = support::place("hashed_kinds.bin");
    let mut writer = HashedKindsWriter::create_at(&path).unwrap();
    let kinds = growable_kinds::hashed_example();
    writer.publish(&kinds).unwrap();
    let file = dynamic::open(&path).unwrap();
    let get = |path: &str| file.get(path).unwrap();
    for (key, value) in &kinds.many {
        assert_eq!(get(&format!("many[{key}]")).as_u64(), Some((*value).into()));
        assert_eq!(get(&format!("many[\"{key}\"]")).as_u64(), Some((*value).into()));
    }
    for (key, value) in &kinds.by_text {
        assert_eq!(get(&format!("by_text[{key:?}]")).as_list().unwrap().len(), value.len());
    }
    assert_eq!(get("by_event[\"Tick\"][1]").as_str(), Some("00001"));
    for path in ["many[5]", "many[-1]", "many[99999999999]", "many[\"x\"]", "by_text[\"x\"]"] {
        let error = file.get(path).unwrap_err();
        assert!(told(error).contains("has no key"), "{path}");
    }
}

/// An order that nothing in the file tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Growable)]
struct Last {
    number: u8,
}

impl Ord for Last {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        other.number.cmp(&self.number)
    }
}

impl PartialOrd for Last {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Node {
    name: String,
    next: Option<Box<Node>>,
    more: Vec<Node>,
}

#[create_writer(filename = "table.bin", growable)]
#[create_reader(filename = "table.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Table {
    /// Of the last first.
    backwards: BTreeMap<Last, String>,
    signed: BTreeMap<i64, u8>,
    flags: BTreeMap<bool, u8>,
    letters: HashMap<char, u8>,
    wide: HashMap<u128, u8>,
    node: Node,
    serial: u64,
    rows: Vec<u64>,
}

#[test]
fn keys_of_every_kind_are_found() {
    let (_directory, path) = support::place("table.bin");
    let mut writer = TableWriter::create_at(&path).unwrap();
    let table = Table {
        backwards: (0..90).map(|number| (Last { number }, number.to_string())).collect(),
        signed: (-50..50).map(|number| (number * 1000, number as u8)).collect(),
        flags: [(false, 1), (true, 2)].into(),
        letters: ('a'..='z').map(|letter| (letter, letter as u8)).collect(),
        wide: [(u128::MAX, 1), (7, 2)].into(),
        ..Table::default()
    };
    writer.publish(&table).unwrap();
    let file = dynamic::open(&path).unwrap();
    let get = |path: &str| file.get(path).unwrap().as_u64();
    assert_eq!(file.get("backwards[\"{number: 40}\"]").unwrap().as_str(), Some("40"));
    assert!(told(file.get("backwards[\"{number: 91}\"]").unwrap_err()).contains("no key"));
    for (key, value) in &table.signed {
        assert_eq!(get(&format!("signed[{key}]")), Some((*value).into()));
    }
    assert_eq!((get("flags[\"true\"]"), get("flags[\"false\"]")), (Some(2), Some(1)));
    assert_eq!((get("letters[\"a\"]"), get("letters[\"z\"]")), (Some(97), Some(122)));
    assert_eq!(get(&format!("wide[\"{}\"]", u128::MAX)), Some(1));
    assert_eq!(get("wide[7]"), Some(2));
    let Kind::Map { is_ordered: true, key, value } = file.schema().field("signed").unwrap().kind()
    else {
        panic!()
    };
    assert_eq!((key.to_string(), value.to_string()), ("i64".into(), "u8".into()));
    assert_eq!(file.schema().field("backwards").unwrap().doc(), "Of the last first.");
    let info = file.info();
    assert!(info.is_growable && info.heap_len.unwrap() > 4096, "{info:?}");
    assert!(file.snapshot().unwrap().bytes().is_none());
}

fn chain(depth: usize) -> Node {
    (0..depth).fold(Node::default(), |node, number| {
        if number % 2 == 0 {
            Node { name: number.to_string(), next: Some(Box::new(node)), more: Vec::new() }
        } else {
            Node { name: number.to_string(), next: None, more: vec![node] }
        }
    })
}

/// On a thread with as much stack as one has by default.
fn on_a_thread<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(run).join().unwrap())
}

#[test]
fn what_lies_as_deep_as_it_can_is_shown_written_and_dropped() {
    let (_directory, path) = support::place("table.bin");
    let mut writer = TableWriter::create_at(&path).unwrap();
    let table = Table { node: chain(120), ..Table::default() };
    on_a_thread(|| writer.publish(&table).unwrap());
    on_a_thread(|| {
        let now = dynamic::open(&path).unwrap().snapshot().unwrap();
        assert!(!now.to_value().has_invalid());
        assert_eq!(now.to_value().clone(), now.to_value());
        assert!(now.to_string().contains("name: \"119\""));
        let text = serde_json::to_string(&now).unwrap();
        assert_eq!(text.matches("\"name\"").count(), 121);
        let way = "node".to_owned() + &".more[0].next".repeat(60);
        assert_eq!(now.get(&way).unwrap().field("name"), Some(&Value::Str(String::new())));
    });
}

/// With no doc on its fields: there is room behind its schema for a longer one.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Link {
    n: Option<Box<Link>>,
}

#[create_writer(filename = "link.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Links {
    f: Link,
}

/// A schema may put as many arrays around each part as it has room for: of one element each, so that the
/// bytes are those of the record.
#[test]
fn arrays_within_each_other_take_no_more_stack_than_there_is() {
    let (_directory, path) = support::place("link.bin");
    let mut writer = LinksWriter::create_at(&path).unwrap();
    let links = (0..126).fold(Link::default(), |link, _| Link { n: Some(Box::new(link)) });
    on_a_thread(|| writer.set_f(&links).unwrap());
    drop(writer);
    let mut bytes = fs::read(&path).unwrap();
    let room = format::offset(&bytes, header::SLOTS) - file::SCHEMA;
    let len = format::offset(&bytes, header::SCHEMA_LEN);
    let text = String::from_utf8(bytes[file::SCHEMA..][..len].to_vec()).unwrap();
    let line = text.split_inclusive('\n').next().unwrap();
    let outer = r#"{"kind":"outer","levels":1}"#;
    assert_eq!(line.matches(outer).count(), 1, "{line}");
    let size = line.split("\"n\"").nth(1).unwrap().split("\"size\":").nth(1).unwrap();
    let size: u64 = size.split(',').next().unwrap().parse().unwrap();
    let mut longer = line.to_owned();
    let mut around = outer.to_owned();
    for _ in 0..100 {
        let next = format!(r#"{{"kind":"array","capacity":1,"stride":{size},"item":{around}}}"#);
        if line.len() - outer.len() + next.len() > room {
            break;
        }
        around = next;
        longer = line.replace(outer, &around);
    }
    assert!(around.matches("array").count() > 40, "{around}");
    bytes[file::SCHEMA..][..room].fill(0);
    bytes[file::SCHEMA..][..longer.len()].copy_from_slice(longer.as_bytes());
    bytes[header::SCHEMA_LEN..][..8].copy_from_slice(&(longer.len() as u64).to_le_bytes());
    let fingerprint = commy::Fingerprint::of_text(longer.as_bytes()).0.to_le_bytes();
    bytes[header::FINGERPRINT..][..16].copy_from_slice(&fingerprint);
    format::repair(&mut bytes);
    // In place: what vouches for the file is the file.
    fs::write(&path, &bytes).unwrap();
    on_a_thread(|| {
        let now = dynamic::open(&path).unwrap().snapshot().unwrap();
        let shown = now.to_string();
        assert!(shown.contains("types deep"), "{shown}");
        assert!(shown.matches('[').count() > 400, "{shown}");
        serde_json::to_string(&now).unwrap();
        assert!(now.to_value() == now.to_value().clone());
    });
}

#[test]
fn what_is_more_than_asked_for_is_not_loaded_and_says_so() {
    let (_directory, path) = support::place("table.bin");
    let mut writer = TableWriter::create_at(&path).unwrap();
    let table = Table { rows: (0..100_000).collect(), serial: 3, ..Table::default() };
    writer.publish(&table).unwrap();
    let file = dynamic::options().max_load(1 << 20).open(&path).unwrap();
    let (peak, now) = counting::peak(|| file.snapshot().unwrap());
    assert!(peak < 3 << 20, "{peak}");
    let Value::Invalid(invalid) = now.get("rows").unwrap() else { panic!() };
    assert!(invalid.reason.contains("more than 1048576 bytes"), "{}", invalid.reason);
    assert_eq!(now.get("serial").unwrap().as_u64(), Some(3));
    assert_eq!(file.get("rows[99999]").unwrap().as_u64(), Some(99_999));
    assert_eq!(file.get("rows[5000..6000]").unwrap().as_list().unwrap().len(), 1000);
}

#[test]
fn nothing_is_torn_while_a_writer_publishes_flat_out() {
    let _watchdog = watchdog(Duration::from_secs(300));
    for pins in [PinPolicy::Never, PinPolicy::Auto] {
        let (_directory, path) = support::place("table.bin");
        let mut writer = TableWriter::create_at(&path).unwrap();
        let table = |serial: u64| Table {
            serial,
            rows: vec![serial; 1 + serial as usize % 300],
            node: Node { name: serial.to_string(), ..Node::default() },
            signed: (0..20).map(|key| (key, serial as u8)).collect(),
            ..Table::default()
        };
        writer.publish(&table(1)).unwrap();
        let file = dynamic::options().pin(pins).open(&path).unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut serial = 1;
                while !is_over.load(Ordering::Relaxed) {
                    serial += 1;
                    writer.publish(&table(serial)).unwrap();
                }
            });
            let (mut seen, mut tries) = (std::collections::BTreeSet::new(), 0);
            while seen.len() < 60 && tries < 100_000 {
                tries += 1;
                let Ok(now) = file.snapshot() else { continue };
                let whole = now.to_value();
                assert!(!whole.has_invalid(), "{whole}");
                let serial = whole.field("serial").unwrap().as_u64().unwrap();
                let rows = whole.field("rows").unwrap().as_list().unwrap();
                assert_eq!(rows.len() as u64, 1 + serial % 300);
                assert!(rows.iter().all(|row| row.as_u64() == Some(serial)), "{whole}");
                assert_eq!(now.get("node.name").unwrap().as_str(), Some(&*serial.to_string()));
                assert_eq!(now.get("signed[19]").unwrap().as_u64(), Some(serial & 0xff));
                seen.insert(serial);
                if let Ok(rows) = file.get("rows") {
                    let rows = rows.as_list().unwrap();
                    assert!(rows.iter().all(|row| row == &rows[0]));
                    assert_eq!(rows.len() as u64, 1 + rows[0].as_u64().unwrap() % 300);
                }
            }
            is_over.store(true, Ordering::Relaxed);
            assert!(seen.len() >= 60, "{} of {tries}", seen.len());
        });
    }
}

/// Calls everything.
fn use_all(file: &DynReader) {
    let presentable = |text: String| assert!(!text.contains(char::is_control), "{text:?}");
    for name in file.schema().fields().map(|field| field.name()) {
        for rest in ["", "[0]", "[1..]", "[\"a\"]", "[1]", ".name", ".next.name", "[0].k"] {
            match file.get(&format!("{name}{rest}")) {
                Ok(value) => presentable(value.to_string()),
                Err(error) => presentable(error.to_string()),
            }
        }
    }
    match file.snapshot() {
        Ok(now) => {
            presentable(now.to_string());
            serde_json::to_string(&now).unwrap();
        }
        Err(error) => presentable(error.to_string()),
    }
}

#[test]
fn a_damaged_heap_gives_values_that_say_what_is_wrong() {
    let _watchdog = stage::watchdog();
    let stage =
        Stage::new(|path| EveryWriter::create_at(path).unwrap().publish(&every::sample()).unwrap());
    let file = dynamic::options().max_load(1 << 22).open(&stage.path).unwrap();
    use_all(&file);
    assert!(!file.snapshot().unwrap().to_value().has_invalid());
    let blocks = stage.kinds();
    let damages = stage.some_damages(151, |word| word >> 48 == every::CONTENT >> 48, &blocks);
    assert!(damages.len() > 100, "{}", damages.len());
    let (mut invalid, mut others) = (0, 0);
    for damage in damages {
        stage.store(damage.0, damage.1);
        // The text of it, in whatever form, besides what may be loaded.
        check(damage, "everything", 12 << 22, || on_a_thread(|| use_all(&file)));
        match file.snapshot() {
            // The rest is shown nevertheless.
            Ok(now) if now.to_value().has_invalid() => {
                invalid += 1;
                let good = now.iter().filter(|(_, value)| !value.has_invalid()).count();
                assert!(good > 3, "{damage:?}: {good} good fields");
            }
            Ok(_) => others += 1,
            Err(error) => drop(told(error)),
        }
        stage.store(damage.0, stage.word(damage.0));
    }
    assert!(invalid > 20 && others > 20, "{invalid} {others}");
}
