//! The format is what its description says: a reader in another language, made from that alone,
//! agrees with a live Rust writer and sees no torn value.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;

use commy::{
    FixedOption, FixedString, FixedVec, Mappable, SmartString, create_reader, create_writer,
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Mappable)]
#[repr(u8)]
enum Mode {
    #[default]
    Idle = 0,
    Auto = 1,
    Fault = 7,
}

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Point {
    x: f32,
    kind: Mode,
    y: f64,
}

/// One field of every kind.
#[create_writer(filename = "kinds.bin")]
#[create_reader(filename = "kinds.bin")]
struct Kinds {
    small: i8,
    large: u128,
    negative: i128,
    ratio: f64,
    flag: bool,
    letter: char,
    name: FixedString<20>,
    text: SmartString<100>,
    points: FixedVec<Point, 3>,
    matrix: [[i16; 3]; 2],
    mode: Mode,
    none: FixedOption<u32>,
    some: FixedOption<Point>,
    words: FixedVec<FixedString<5>, 2>,
}

/// A record of which every field follows from the first.
#[create_writer(filename = "numbers.bin")]
#[create_reader(filename = "numbers.bin")]
struct Numbers {
    number: u64,
    list: FixedVec<u32, 64>,
    copies: [u64; 600],
    text: FixedString<20>,
}

/// What the script prints; `None` where there is no Python.
fn python(arguments: &[&str], path: &Path) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_reader.py");
    let (command, rest) = arguments.split_first().unwrap();
    let mut python = Command::new("python3");
    match python.arg(script).arg(command).arg(path).args(rest).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            eprintln!("skipped: no python3 on this machine");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_kind_of_field_is_read_from_the_schema_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kinds.bin");
    let mut writer = KindsWriter::create_at(&path).unwrap();
    let point = |x: f32, y: f64| Point { x, kind: Mode::Fault, y };
    writer.update(|kinds| {
        kinds.small = -5;
        kinds.large = u128::MAX;
        kinds.negative = -3;
        kinds.ratio = 0.1;
        kinds.flag = true;
        kinds.letter = '€';
        kinds.name = "Grüße \"x\"".parse().unwrap();
        kinds.text = "long ".repeat(20).parse().unwrap();
        kinds.points = FixedVec::try_from([point(1.5, 2.5), point(-1.0, 1e300)]).unwrap();
        kinds.matrix = [[1, 2, 3], [-4, -5, -6]];
        kinds.mode = Mode::Auto;
        kinds.some = FixedOption::some(point(0.25, 0.0));
        kinds.words = FixedVec::try_from(["ab".parse().unwrap(), "".parse().unwrap()]).unwrap();
    });
    let Some(shown) = python(&["show"], &path) else { return };
    let expected = concat!(
        r#"{"small":-5,"large":340282366920938463463374607431768211455,"negative":-3,"ratio":0.1,"#,
        r#""flag":true,"letter":"€","name":"Grüße \"x\"","text":""#,
        "long long long long long long long long long long ",
        "long long long long long long long long long long ",
        r#"","points":[{"x":1.5,"kind":"Fault","y":2.5},{"x":-1.0,"kind":"Fault","y":1e+300}],"#,
        r#""matrix":[[1,2,3],[-4,-5,-6]],"mode":"Auto","none":null,"#,
        r#""some":{"x":0.25,"kind":"Fault","y":0.0},"words":["ab",""]}"#,
    );
    assert_eq!(shown, expected);
}

/// Runs the script against a writer that publishes as fast as it can.
fn watch(slots: u32, arguments: &[&str]) -> Option<[u64; 3]> {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("numbers.bin");
    let mut writer = NumbersWriter::options().path(&path).slots(slots).create().unwrap();
    let mut publish = || {
        let number = writer.generation() + 1;
        writer.update(|value| {
            value.number = number;
            value.list.clear();
            value.list.resize((number % 65) as usize, number as u32).unwrap();
            value.copies = [number; 600];
            value.text = FixedString::try_from(number.to_string().as_str()).unwrap();
        });
    };
    publish();
    let over = AtomicBool::new(false);
    let line = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                publish();
            }
        });
        let line = python(arguments, &path);
        over.store(true, Ordering::Relaxed);
        line
    })?;
    let count = |name: &str| {
        let text = line.split([' ', '=']).skip_while(|word| *word != name).nth(1).unwrap();
        text.parse().unwrap()
    };
    Some(["snapshots", "generations", "torn"].map(count))
}

#[test]
fn the_three_steps_give_no_torn_value_from_a_writer_that_never_rests() {
    let Some([snapshots, generations, torn]) = watch(32, &["watch", "2000"]) else { return };
    assert_eq!((snapshots, torn), (2000, 0));
    assert!(generations > 100, "{generations} generations show nothing");
}

#[test]
fn without_the_third_step_the_same_script_finds_torn_values() {
    let Some([_, _, torn]) = watch(2, &["watch", "2000", "--unchecked"]) else { return };
    assert!(torn > 0, "the script cannot tell a torn value");
}
