//! `commy set`: other values for some fields, in one publish, if there is no writer.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use commy::create_writer;
use serde_json::json;
use support::{Mode, Ran, TankWriter, command, commy, is_harmless, parsed, place, tank};

/// A file with a value, and no writer.
fn made(at: &Path) {
    drop(TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap());
}

/// Runs the command with something on its input.
fn fed(at: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut command = command(at);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(&child.wait_with_output().unwrap())
}

#[test]
fn several_fields_are_one_publish_that_a_typed_program_reads() {
    let (_directory, at) = place();
    made(&at);
    let told = commy(
        &at,
        &[
            "set",
            "tank.bin",
            "name=south = 2",
            "temperature=-3.5",
            "levels=[1, 2, 3.5]",
            "levels[0]=0.25",
            "mode=Fault",
            "codes=[7, -0x10]",
            "total=0xff",
            "prices={\"tea\": 4, \"bun\": 1}",
        ],
    );
    // A number of JSON has no base 16.
    assert!(told.failed(2).contains("`codes` is i32[<=4], and `[7, -0x10]` is no JSON"));
    let told = commy(
        &at,
        &[
            "set",
            "tank.bin",
            "name=south = 2",
            "temperature=-3.5",
            "levels=[1, 2, 3.5]",
            "levels[0]=0.25",
            "mode=Fault",
            "codes=[7, \"-0x10\"]",
            "total=0xff",
            "prices={\"tea\": 4, \"bun\": 1}",
        ],
    );
    assert_eq!(told.good(), "tank.bin: generation 2\n");
    let writer = TankWriter::create_at(at.join("tank.bin")).unwrap();
    let now = writer.get();
    assert_eq!((now.name.as_str(), now.temperature, now.mode), ("south = 2", -3.5, Mode::Fault));
    assert_eq!((now.levels, &*now.codes, now.total), ([0.25, 2.0, 3.5], &[7, -16][..], 255));
    assert_eq!((now.prices.get("bun"), now.prices.len()), (Some(&1), 2));
}

#[test]
fn values_come_as_json_from_the_input() {
    let (_directory, at) = place();
    made(&at);
    let input = r#"{"temperature": 4, "mode": 0, "codes": [], "total": "340282366920938463463374607431768211455"}"#;
    let told = parsed(&fed(&at, &["set", "tank.bin", "--json", "-"], input).good());
    assert_eq!((&told["file"], &told["generation"]), (&json!("tank.bin"), &json!(2)));
    assert_eq!(told["set"], json!(["temperature", "mode", "codes", "total"]));
    assert_eq!(
        commy(&at, &["get", "tank.bin", "temperature", "mode", "codes"]).good(),
        "4.0\nIdle\n[]\n"
    );

    for (input, expected) in [
        ("", "the input is no JSON"),
        ("[1]", "the input is no object of JSON"),
        ("{\"temperature\": ", "the input is no JSON"),
        ("{\"total\": 1e30}", "cannot be 1e30: expected a number from 0 to"),
        ("{}", "nothing to set"),
    ] {
        let told = fed(&at, &["set", "tank.bin", "-"], input).failed(2);
        assert!(told.contains(expected), "{input}: {told}");
    }
}

#[test]
fn a_wrong_value_changes_nothing_and_says_what_would_be_right() {
    let (_directory, at) = place();
    made(&at);
    for (assignment, code, expected) in [
        (
            "temperature=warm",
            2,
            "`temperature` cannot be \"warm\": expected a number that fits f64",
        ),
        ("mode=Off", 2, "expected one of Idle=0 Auto=1 Fault=7"),
        ("mode=2", 2, "expected one of Idle=0 Auto=1 Fault=7"),
        ("codes=[1,2,3,4,5]", 2, "expected at most 4 elements, not 5"),
        ("codes[0]=2147483648", 2, "expected a number from -2147483648 to 2147483647"),
        ("name=\u{1b}[2Jabcdefghijklmnopqrstuvwxyzabcdef", 2, "at most 32 bytes, not"),
        ("levels=[1,2]", 2, "expected 3 elements, not 2"),
        ("temprature=1", 2, "did you mean `temperature`?"),
        ("codes[3]=1", 1, "has 3 elements, no element 3"),
        ("prices[\"tea\"]=1", 1, "it can be set as a whole"),
        ("temperature", 2, "expected `path=value`, found `temperature`"),
    ] {
        let told = commy(&at, &["set", "tank.bin", "total=1", assignment]).failed(code);
        assert!(told.contains(expected) && is_harmless(&told), "{assignment}: {told}");
    }
    let told = commy(&at, &["get", "tank.bin", "--json"]).json();
    assert_eq!(told["generation"], json!(1), "nothing was published, the good half neither");
    let told = parsed(&commy(&at, &["set", "tank.bin", "mode=2", "--json"]).failed(2));
    assert_eq!((&told["kind"], &told["exit"]), (&json!("no_value"), &json!(2)));
}

#[test]
fn a_live_writer_is_named_and_keeps_its_value() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let told = commy(&at, &["set", "tank.bin", "temperature=1"]).failed(1);
    let pid = std::process::id().to_string();
    assert!(told.contains("already has a writer") && told.contains(&pid), "{told}");
    let told = parsed(&commy(&at, &["set", "tank.bin", "temperature=1", "--json"]).failed(1));
    assert_eq!(told["kind"], json!("writer_busy"));
    writer.set_temperature(2.0);
    assert_eq!(commy(&at, &["get", "tank.bin", "temperature"]).good(), "2.0\n");
}

#[test]
fn what_is_no_file_of_commys_is_left_as_it_is() {
    let (_directory, at) = place();
    assert!(commy(&at, &["set", "nowhere.bin", "a=1"]).failed(3).contains("no file at"));
    assert_eq!(fs::read_dir(&at).unwrap().count(), 0, "not even a lock file is made");
    fs::write(at.join("foreign.bin"), "something else").unwrap();
    assert!(commy(&at, &["set", "foreign.bin", "a=1"]).failed(3).contains("is not a commy file"));
    assert_eq!(fs::read(at.join("foreign.bin")).unwrap(), b"something else");
    assert_eq!(fs::read_dir(&at).unwrap().count(), 1);
    assert_eq!(commy(&at, &["set", "tank.bin"]).code, Some(2));
}

#[create_writer(filename = "plan.bin", growable)]
struct Plan {
    title: String,
    steps: Vec<u32>,
    edits: u32,
}

#[test]
fn of_a_record_that_grows_plain_fields_are_set_and_others_named() {
    let (_directory, at) = place();
    let path = at.join("plan.bin");
    drop(PlanWriter::options().path(&path).create().unwrap());
    assert!(
        commy(&at, &["set", "plan.bin", "edits=1"]).failed(4).contains("nothing is published yet")
    );
    let mut writer = PlanWriter::options().path(&path).create().unwrap();
    writer.set_title("bake").unwrap();
    drop(writer);
    commy(&at, &["set", "plan.bin", "edits=7"]).good();
    let told = commy(&at, &["set", "plan.bin", "edits=8", "title=x"]).failed(1);
    assert!(
        told.contains("`title` is text of any length: it grows, and only its program can write it"),
        "{told}"
    );
    assert_eq!(commy(&at, &["get", "plan.bin", "edits", "title"]).good(), "7\nbake\n");
    let writer = PlanWriter::options().path(&path).create().unwrap();
    assert_eq!(writer.edits().unwrap(), 7);
}
