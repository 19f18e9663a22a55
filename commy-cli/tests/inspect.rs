//! `commy inspect`: what is known of a file.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use commy::create_writer;
use serde_json::json;
use support::{Tank, TankWriter, commy, is_harmless, parsed, place, tank};

/// Only what differs from run to run is taken out.
#[test]
fn head_and_table_are_as_the_page_shows_them() {
    let (_directory, at) = place();
    let writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    drop(writer);
    let told = commy(&at, &["inspect", "tank.bin"]).good();
    let (head, table) = told.split_once("\n\n").unwrap();
    let lines: Vec<_> = head.lines().collect();
    assert_eq!(lines[0], "tank.bin");
    assert!(
        lines[1].starts_with("  Tank, fingerprint ") && lines[1].contains(", format 1, mode 0"),
        "{head}"
    );
    assert_eq!(lines[2], "  generation 1, live, age unknown");
    assert!(lines[3].starts_with("  writer closed, made by commy-cli "), "{head}");
    assert!(lines[4].starts_with("  readers 0"), "{head}");
    assert!(lines[5].starts_with("  4 slots x ") && lines[5].contains(", file "), "{head}");
    let expected = "\
offset  size  field        type                      value                                    note
     0    40  name         string<32>                \"north\"                                  5 of 32 B
    40     8  temperature  f64                       21.5                                     degC
    48    12  levels       [f32; 3]                  [0.5, 0.75, 1.0]
    60     1  mode         enum u8                   Auto                                     Idle=0 Auto=1 Fault=7
    64    24  codes        i32[<=4]                  [1, -2, 3]                               3 of 4
    96    16  total        u128                      340282366920938463463374607431768211455
   112    88  prices       map<string<8>, u32>[<=4]  {\"tea\": 3}                               1 of 4
";
    assert_eq!(table, expected, "\n{table}");
}

#[test]
fn a_live_writer_is_named_with_its_rate_and_the_age_of_its_value() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options()
        .path(at.join("tank.bin"))
        .timestamps(true)
        .create_with(tank())
        .unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let publishing = std::thread::spawn(move || {
        let mut number = 0.0;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            number += 1.0;
            writer.set_temperature(number);
            std::thread::sleep(core::time::Duration::from_millis(1));
        }
        writer
    });
    let told = commy(&at, &["inspect", "tank.bin"]).good();
    let own = std::process::id();
    assert!(told.contains(&format!("  writer alive, pid {own}, made by commy-cli")), "{told}");
    assert!(told.contains("/s, published ") && told.contains(" ago\n"), "{told}");
    let told = commy(&at, &["inspect", "tank.bin", "--json"]).json();
    assert!(
        told["rate"].as_f64().unwrap() > 0.0 && told["age_s"].as_f64().unwrap() >= 0.0,
        "{told}"
    );
    assert_eq!(told["writer"], json!({"status": "alive", "pid": own}));
    drop(stop);
    drop(publishing.join().unwrap());
}

const PATH: &str = "COMMY_CLI_TEST_PATH";

/// A role: publishes, and waits to be killed.
#[test]
#[ignore = "a role of another test"]
fn writer_that_is_killed() {
    let Some(path) = env::var_os(PATH).map(PathBuf::from) else { return };
    let mut writer = TankWriter::options().path(path).create_with(tank()).unwrap();
    writer.set_temperature(-1.0);
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_writer_is_dead_and_its_last_value_is_there() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    let mut role = Command::new(env::current_exe().unwrap())
        .args(["--exact", "writer_that_is_killed", "--ignored", "--nocapture"])
        .env(PATH, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let waited = commy(&at, &["get", "tank.bin", "temperature", "--wait=1", "--timeout", "60s"]);
    assert_eq!(waited.good(), "-1.0\n");
    role.kill().unwrap();
    role.wait().unwrap();
    let told = commy(&at, &["inspect", "tank.bin", "--json"]).json();
    assert_eq!(told["writer"], json!({"status": "dead", "pid": null}));
    assert_eq!((&told["generation"], &told["rate"]), (&json!(2), &json!(null)));
    assert!(commy(&at, &["inspect", "tank.bin"]).good().contains("  writer dead"));
    assert_eq!(commy(&at, &["get", "tank.bin", "temperature"]).good(), "-1.0\n");
    assert_eq!(commy(&at, &["inspect", "tank.bin", "--require-writer"]).code, Some(1));
}

#[test]
fn a_file_without_a_value_shows_its_fields_and_ends_with_4() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create().unwrap();
    let ran = commy(&at, &["inspect", "tank.bin"]);
    assert_eq!(ran.code, Some(4));
    assert!(
        ran.out.contains("  generation 0, empty") && ran.out.contains("temperature  f64"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("nothing is published yet"), "{}", ran.err);
    let ran = commy(&at, &["inspect", "tank.bin", "--json"]);
    assert_eq!(ran.code, Some(4));
    assert_eq!(parsed(&ran.out)["fields"][1]["value"], json!(null));
    assert_eq!(parsed(&ran.err)["kind"], json!("empty"));
}

#[test]
fn schema_bytes_and_slots_can_be_had_alone() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    writer.set_name("north").unwrap();
    writer.update(|tank: &mut Tank| tank.temperature = 1.0);
    // The text is that of the file, so that its hash is the fingerprint.
    let text = commy(&at, &["inspect", "tank.bin", "--schema"]).good();
    let schema = commy::dynamic::Schema::parse(&text).unwrap();
    let fingerprint = commy(&at, &["get", "tank.bin", "--json"]).json()["fingerprint"].clone();
    assert_eq!(fingerprint, json!(format!("{:032x}", schema.fingerprint().0)));

    let told = commy(&at, &["inspect", "tank.bin", "--hex=temperature"]).good();
    assert_eq!(told, "      40  00 00 00 00 00 00 f0 3f                          .......?\n");
    let told = commy(&at, &["inspect", "tank.bin", "--hex=temperature", "--json"]).json();
    assert_eq!((&told["offset"], &told["hex"]), (&json!(40), &json!("000000000000f03f")));
    assert!(
        commy(&at, &["inspect", "tank.bin", "--hex=temprature"])
            .failed(2)
            .contains("did you mean `temperature`")
    );
    assert!(
        commy(&at, &["inspect", "tank.bin", "--hex=levels[0]"])
            .failed(2)
            .contains("a part of a field")
    );
    assert_eq!(commy(&at, &["inspect", "tank.bin", "--hex", "--slots"]).code, Some(2));

    let told = commy(&at, &["inspect", "tank.bin", "--slots"]).good();
    let generation = writer.file().generation();
    assert!(told.contains("slot  generation  content\n   0           0  nothing\n"), "{told}");
    assert!(
        told.contains(&format!("   {generation}           {generation}  the latest\n")),
        "{told}"
    );
    let told = commy(&at, &["inspect", "tank.bin", "--slots", "--json"]).json();
    assert_eq!(told["slots"][1], json!({"slot": 1, "generation": 1, "whole": true}));
}

#[create_writer(filename = "plan.bin", growable)]
/// A record that grows.
#[derive(Debug)]
pub struct Plan {
    /// What is planned.
    pub title: String,
}

#[test]
fn a_record_that_grows_has_a_heap_and_no_bytes_to_show() {
    let (_directory, at) = place();
    let mut writer = PlanWriter::options().path(at.join("plan.bin")).create().unwrap();
    writer.set_title("bake").unwrap();
    let told = commy(&at, &["inspect", "plan.bin"]).good();
    assert!(told.contains(", heap ") && told.contains("\"bake\""), "{told}");
    let told = commy(&at, &["inspect", "plan.bin", "--hex"]).failed(1);
    assert!(
        told.contains("grows: its bytes are in blocks") && told.contains("try: print its values"),
        "{told}"
    );
}

/// Whatever stands in a file, each command ends by itself, with a code of its own and harmless words.
#[test]
fn damaged_files_give_words_and_codes() {
    let (_directory, at) = place();
    drop(TankWriter::options().path(at.join("good.bin")).create_with(tank()).unwrap());
    let good = fs::read(at.join("good.bin")).unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |end: usize| {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        (seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) as usize % end
    };
    let mut codes = std::collections::BTreeSet::new();
    for round in 0..120 {
        let mut bytes = good.clone();
        match round % 3 {
            // Anywhere; where header and schema are; cut off.
            0 => (0..8).for_each(|_| bytes[random(good.len())] = random(256) as u8),
            1 => bytes[random(1024)] = random(256) as u8,
            _ => bytes.truncate(random(good.len())),
        }
        fs::write(at.join("bad.bin"), bytes).unwrap();
        let arguments: [&[&str]; 5] = [
            &["get", "bad.bin"],
            &["inspect", "bad.bin"],
            &["inspect", "bad.bin", "--json", "--slots"],
            &["ls", "bad.bin"],
            &["stat", "bad.bin", "--for", "1ms"],
        ];
        let ran = commy(&at, arguments[random(arguments.len())]);
        assert!(is_harmless(&ran.out) && is_harmless(&ran.err), "{ran:?}");
        assert!(matches!(ran.code, Some(0 | 3 | 4)), "{ran:?}");
        assert_eq!(ran.code == Some(0), ran.err.is_empty(), "{ran:?}");
        codes.insert(ran.code);
    }
    assert!(codes.contains(&Some(0)) && codes.contains(&Some(3)), "{codes:?}");
}
