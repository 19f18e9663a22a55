//! `commy check`: what is wrong with a file, by a code, and what to do.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;
#[path = "support/writers.rs"]
mod writers;

use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use commy::create_writer;
use serde_json::{Value, json};
use support::{Ran, TankWriter, commy, is_harmless, parsed, place, tank};

#[test]
#[ignore = "a role of other tests"]
fn writes() {
    writers::write();
}

/// A closed file with a value.
fn made(path: &Path) {
    drop(TankWriter::options().path(path).create_with(tank()).unwrap());
}

/// The one finding with this code.
#[track_caller]
fn finding(ran: &Ran, code: &str) -> String {
    let end = format!("[{code}]");
    let lines: Vec<_> = ran.out.lines().filter(|line| line.ends_with(&end)).collect();
    assert_eq!(lines.len(), 1, "[{code}]: {} {}", ran.out, ran.err);
    assert!(is_harmless(&ran.out));
    lines[0].to_owned()
}

/// Where the newest record is in a file, by text that is nowhere else.
fn record(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    let found: Vec<_> =
        bytes.windows(5).enumerate().filter(|(_, part)| *part == b"north").collect();
    assert_eq!(found.len(), 1);
    // Behind its length.
    found[0].0 as u64 - 8
}

fn offset(at: &Path, name: &str) -> u64 {
    let told = commy(at, &["inspect", "tank.bin", "--json"]).json();
    let fields = told["fields"].as_array().unwrap();
    fields.iter().find(|field| field["name"] == name).unwrap()["offset"].as_u64().unwrap()
}

fn store(path: &Path, at: u64, bytes: &[u8]) {
    fs::OpenOptions::new().write(true).open(path).unwrap().write_all_at(bytes, at).unwrap();
}

#[test]
fn a_file_that_is_as_it_should_be_is_ok() {
    let (_directory, at) = place();
    let writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let told = commy(&at, &["check", "--strict", "tank.bin"]).good();
    assert!(
        told.starts_with("ok    tank.bin  ")
            && told.ends_with(" checks, generation 1, writer alive\n"),
        "{told}"
    );
    drop(writer);
    let told = commy(&at, &["check", "tank.bin", "--json"]).json();
    assert_eq!((&told["level"], &told["findings"]), (&json!("ok"), &json!([])));
    assert!(told["checks"].as_u64().unwrap() >= 14);
    assert_eq!(told["generation"], json!(1));
}

#[test]
fn a_value_that_is_none_fails_by_its_field() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    made(&path);
    let mode = offset(&at, "mode");
    store(&path, record(&path) + mode, &[9]);
    let ran = commy(&at, &["check", "tank.bin"]);
    assert_eq!(ran.code, Some(1));
    let told = finding(&ran, "value");
    assert!(told.starts_with(&format!("FAIL  tank.bin  field `mode` at {mode}: no variant has the number 9: enum u8 (Idle=0 Auto=1 Fault=7)")), "{told}");
    let told = parsed(&commy(&at, &["check", "tank.bin", "--json"]).out);
    assert_eq!((&told["level"], &told["findings"][0]["code"]), (&json!("fail"), &json!("value")));
}

#[test]
fn padding_that_is_not_zero_is_a_warning() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    made(&path);
    // Behind the five letters of the name.
    store(&path, record(&path) + 8 + 20, &[7, 7]);
    let ran = commy(&at, &["check", "tank.bin"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(finding(&ran, "padding").starts_with("WARN  tank.bin  2 bytes are not zero"));
    assert_eq!(commy(&at, &["check", "--strict", "tank.bin"]).code, Some(1));
}

#[test]
fn rights_of_others_are_a_warning() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    made(&path);
    for (mode, who) in [(0o666, "any user can"), (0o660, "any user of its group")] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let ran = commy(&at, &["check", "tank.bin"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(finding(&ran, "mode").contains(&format!("mode {mode:04o}: {who}")));
    }
}

#[test]
fn damage_fails_and_what_is_none_of_commys_cannot_be_checked() {
    let (_directory, at) = place();
    made(&at.join("tank.bin"));
    let good = fs::read(at.join("tank.bin")).unwrap();
    let mut bytes = good.clone();
    bytes[100] ^= 1;
    fs::write(at.join("flipped.bin"), &bytes).unwrap();
    fs::write(at.join("cut.bin"), &good[..good.len() - 100]).unwrap();
    for (name, code) in [("flipped.bin", "damaged"), ("cut.bin", "truncated")] {
        let ran = commy(&at, &["check", name]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(finding(&ran, code).starts_with("FAIL"));
    }
    fs::write(at.join("foreign.bin"), "PNG").unwrap();
    assert!(commy(&at, &["check", "foreign.bin"]).failed(3).contains("is not a commy file"));
    assert!(commy(&at, &["check", "nowhere.bin"]).failed(3).contains("no file at"));
    // The worst of several counts, and all are told of.
    let ran = commy(&at, &["check", "tank.bin", "cut.bin", "nowhere.bin"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.out.starts_with("ok    tank.bin") && ran.out.contains("FAIL  cut.bin"),
        "{}",
        ran.out
    );
}

#[test]
fn a_killed_writer_is_a_note() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    let writer = writers::alive(&path);
    assert!(commy(&at, &["check", "tank.bin"]).good().contains("writer alive"));
    fs::remove_file(at.join("tank.bin.lock")).unwrap();
    let ran = commy(&at, &["check", "tank.bin"]);
    assert!(finding(&ran, "lock-missing").starts_with("WARN"));
    writers::kill(writer);
    let ran = commy(&at, &["check", "--strict", "tank.bin"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        finding(&ran, "writer-died").starts_with("note  tank.bin  its writer did not close it")
    );
}

/// As a kill in the middle of a publish leaves it: the sequence of a slot is odd.
#[test]
fn a_slot_that_is_half_written_is_a_note_and_one_with_a_wrong_generation_fails() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    writers::killed(&path);
    // The head of slot 1 has 2 for the whole generation 1; the record is behind it.
    let bytes = fs::read(&path).unwrap();
    let record = record(&path);
    let head = (1..=8).map(|word| record - 8 * word).find(|at| {
        let at = usize::try_from(*at).unwrap();
        u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap()) == 2
    });
    let head = head.expect("the sequence of generation 1");
    // That of generation 6, in slot 2.
    let slots = commy(&at, &["inspect", "tank.bin", "--slots", "--json"]).json();
    assert_eq!(slots["slots"].as_array().unwrap().len(), 4, "{slots}");
    store(&path, head, &3_u64.to_ne_bytes());
    let ran = commy(&at, &["check", "tank.bin"]);
    assert_eq!(ran.code, Some(1), "generation 2 is none of slot 1: {}", ran.out);
    assert!(finding(&ran, "slot").contains("slot 1 says generation 2"), "{}", ran.out);
    store(&path, head, &9_u64.to_ne_bytes());
    let ran = commy(&at, &["check", "tank.bin"]);
    let told = finding(&ran, "slot-torn");
    assert!(
        told.contains("slot 1 is half written: its writer died; readers see generation 1"),
        "{told}"
    );
    assert!(ran.out.contains("[latest]"), "{}", ran.out);
}

#[create_writer(filename = "plan.bin", growable)]
struct Plan {
    title: String,
    steps: Vec<String>,
}

#[test]
fn all_of_a_heap_is_looked_at() {
    let (_directory, at) = place();
    let path = at.join("plan.bin");
    let mut writer = PlanWriter::options().path(&path).create().unwrap();
    for step in ["mix", "a step with a text that has a block of its own in the heap"] {
        writer.steps_mut().push(step).unwrap();
    }
    drop(writer);
    assert!(commy(&at, &["check", "plan.bin"]).good().starts_with("ok"));
    let bytes = fs::read(&path).unwrap();
    let text = bytes.windows(11).position(|part| part == b"a step with").unwrap();
    store(&path, text as u64, &[0xff]);
    let ran = commy(&at, &["check", "plan.bin"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(finding(&ran, "value").contains("field `steps[1]`"), "{}", ran.out);
}

#[test]
fn what_is_beside_a_file_counts() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    drop(TankWriter::options().path(&path).durable(true).create_with(tank()).unwrap());
    assert!(commy(&at, &["check", "tank.bin"]).good().starts_with("ok"));
    fs::write(at.join(".tank.bin.commy-new"), vec![0; 4096]).unwrap();
    let ran = commy(&at, &["check", "tank.bin"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(finding(&ran, "leftover").starts_with("note"));
    let checkpoints = fs::read(at.join("tank.bin.ckpt")).unwrap();
    fs::write(at.join("tank.bin.ckpt"), &checkpoints[..200]).unwrap();
    let ran = commy(&at, &["check", "tank.bin"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(finding(&ran, "checkpoints").starts_with("FAIL"));
}

#[test]
fn each_code_can_be_explained() {
    let (_directory, at) = place();
    let listed = commy(&at, &["check", "--explain"]).good();
    let codes: Vec<_> =
        listed.lines().filter_map(|line| line.strip_prefix('[')?.split(']').next()).collect();
    assert!(codes.len() > 20 && codes.contains(&"slot-torn"), "{listed}");
    for code in codes {
        let told = commy(&at, &["check", "--explain", code]).good();
        assert!(told.starts_with(&format!("[{code}] ")) && told.contains("\ntry: "), "{told}");
    }
    let told: Value = parsed(&commy(&at, &["check", "--json", "--explain", "[mode]"]).good());
    assert_eq!((&told["code"], &told["level"]), (&json!("mode"), &json!("warn")));
    assert!(commy(&at, &["check", "--explain", "mood"]).failed(2).contains("no code `mood`"));
    assert_eq!(commy(&at, &["check"]).code, Some(2));
}
