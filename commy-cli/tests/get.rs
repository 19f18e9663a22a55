//! `commy get`: values of one generation, for people and for scripts.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;

use commy::create_writer;
use serde_json::json;
use support::{TankWriter, commy, ended, is_harmless, parsed, place, started, tank};

#[test]
fn all_fields_are_printed_by_their_names() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let expected = "\
name: \"north\"
temperature: 21.5
levels: [0.5, 0.75, 1.0]
mode: Auto
codes: [1, -2, 3]
total: 340282366920938463463374607431768211455
prices: {\"tea\": 3}
";
    assert_eq!(commy(&at, &["get", "tank.bin"]).good(), expected);
}

#[test]
fn values_of_paths_are_bare_and_one_per_line() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    for (path, expected) in [
        ("name", "north\n"),
        ("temperature", "21.5\n"),
        ("levels[1]", "0.75\n"),
        ("levels[1..]", "[0.75, 1.0]\n"),
        ("mode", "Auto\n"),
        ("prices[\"tea\"]", "3\n"),
        ("total", "340282366920938463463374607431768211455\n"),
    ] {
        assert_eq!(commy(&at, &["get", "tank.bin", path]).good(), expected, "{path}");
    }
    let several = commy(&at, &["get", "tank.bin", "mode", "codes[2]", "mode"]);
    assert_eq!(several.good(), "Auto\n3\nAuto\n");
}

#[test]
fn json_is_one_object_with_exact_numbers() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options()
        .path(at.join("tank.bin"))
        .timestamps(true)
        .create_with(tank())
        .unwrap();
    writer.set_temperature(0.1);
    let told = commy(&at, &["get", "tank.bin", "--json"]).good();
    assert!(told.contains("\"total\":340282366920938463463374607431768211455"), "{told}");
    let told = parsed(&told);
    assert_eq!((&told["file"], &told["name"]), (&json!("tank.bin"), &json!("Tank")));
    assert_eq!(told["generation"], json!(2));
    assert_eq!(told["fingerprint"].as_str().unwrap().len(), 32);
    assert!(told["published_at"].as_str().unwrap().starts_with("20"));
    assert!(told["age_s"].as_f64().unwrap() >= 0.0);
    assert_eq!(told["values"]["temperature"], json!(0.1));
    assert_eq!(told["values"]["prices"], json!({"tea": 3}));

    let told = commy(&at, &["--json", "get", "tank.bin", "levels[0]", "mode", "mode"]).json();
    assert_eq!(told["values"], json!({"levels[0]": 0.5, "mode": "Auto"}));
    assert_eq!(told["generation"], json!(2));
}

#[create_writer(filename = "plan.bin", growable)]
/// A record that grows.
#[derive(Debug)]
pub struct Plan {
    /// What is planned.
    pub title: String,
    /// How.
    pub steps: Vec<u32>,
}

#[test]
fn records_that_grow_are_read_as_others_are() {
    let (_directory, at) = place();
    let mut writer = PlanWriter::options().path(at.join("plan.bin")).create().unwrap();
    writer.set_title("bake").unwrap();
    writer.steps_mut().push(7).unwrap();
    assert_eq!(commy(&at, &["get", "plan.bin"]).good(), "title: \"bake\"\nsteps: [7]\n");
    assert_eq!(commy(&at, &["get", "plan.bin", "steps[0]"]).good(), "7\n");
    let told = commy(&at, &["get", "plan.bin", "title", "--json"]).json();
    assert_eq!((&told["generation"], &told["values"]), (&json!(2), &json!({"title": "bake"})));
    let told = commy(&at, &["get", "plan.bin", "steps[3]"]).failed(1);
    assert!(told.contains("`steps` has 1 elements, no element 3"), "{told}");
}

#[test]
fn each_refusal_has_its_code_and_its_word() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create().unwrap();
    let refused = |arguments: &[&str], code| {
        let told = commy(&at, arguments).failed(code);
        assert!(told.starts_with("commy: ") && is_harmless(&told), "{told}");
        told
    };
    let told = refused(&["get", "tank.bin"], 4);
    let expected = "commy: `tank.bin`: nothing is published yet\n  try: start its writer, or wait for a value with `commy get --wait`\n";
    assert_eq!(told, expected);
    // What is no path is none before there is a value, too.
    assert!(
        refused(&["get", "tank.bin", "mode", "temprature"], 2).contains("no field `temprature`")
    );
    writer.publish(&tank());
    let told = refused(&["get", "tank.bin", "temprature"], 2);
    assert_eq!(told, "commy: `tank.bin`: no field `temprature`: did you mean `temperature`?\n");
    assert!(refused(&["get", "tank.bin", "levels["], 2).contains("cannot read the path"));
    assert!(refused(&["get", "tank.bin", "name.x"], 2).contains("name"));
    assert!(refused(&["get", "tank.bin", "codes[3]"], 1).contains("has 3 elements, no element 3"));
    assert!(refused(&["get", "tank.bin", "prices[\"milk\"]"], 1).contains("has no key \"milk\""));
    assert!(refused(&["get", "nowhere.bin"], 3).contains("nowhere.bin`\n  try: start its writer"));
    assert!(refused(&["get", "."], 3).contains("is a directory, expected a regular file"));
    fs::write(at.join("foreign.bin"), "PNG\u{1b}[2J, or so").unwrap();
    assert!(refused(&["get", "foreign.bin"], 3).contains("is not a commy file"));
    fs::write(at.join("empty.bin"), "").unwrap();
    assert!(refused(&["get", "empty.bin"], 3).contains("is not a commy file: it is empty"));

    // What was printed first, a mistake in the arguments, and the same as JSON.
    let ran = commy(&at, &["get"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    let told = parsed(&commy(&at, &["get", "--json", "nowhere.bin"]).failed(3));
    assert_eq!((&told["kind"], &told["exit"]), (&json!("not_found"), &json!(3)));
    let absent = at.join("nowhere.bin");
    assert_eq!(told["error"], json!(format!("no file at `{}`", absent.display())));
    let told = parsed(&commy(&at, &["get", "--json", "--tiemout", "5s", "tank.bin"]).failed(2));
    assert_eq!((&told["kind"], &told["exit"]), (&json!("usage"), &json!(2)));
    assert!(told["error"].as_str().unwrap().contains("--tiemout"));
    let told = refused_time(&at, "5");
    assert!(told.contains("expected a number and a unit"), "{told}");
}

fn refused_time(at: &Path, time: &str) -> String {
    commy(at, &["get", "tank.bin", "--wait", "--timeout", time]).failed(2)
}

#[test]
fn what_is_expected_of_the_file_is_held_against_it() {
    let (_directory, at) = place();
    let writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let fingerprint = commy(&at, &["get", "tank.bin", "--json"]).json()["fingerprint"].clone();
    let fingerprint = fingerprint.as_str().unwrap();
    for start in [fingerprint, &fingerprint[..4], &fingerprint.to_uppercase()] {
        let ran = commy(&at, &["get", "tank.bin", "mode", "--require-writer", "--expect", start]);
        assert_eq!(ran.good(), "Auto\n");
    }
    let other = if fingerprint.starts_with('0') { "1234" } else { "0123" };
    let told = commy(&at, &["get", "tank.bin", "--expect", other]).failed(5);
    assert!(told.contains(&format!("has the schema {fingerprint}, expected {other}")), "{told}");
    drop(writer);
    let told = commy(&at, &["get", "tank.bin", "--require-writer"]).failed(1);
    assert!(told.contains("has no writer now, expected one"), "{told}");
}

/// A writer that is broken, or somebody else, has stored what is no value.
#[test]
fn a_part_that_is_no_value_is_named_and_the_rest_is_printed() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    let _writer = TankWriter::options().path(&path).create_with(tank()).unwrap();
    let told = commy(&at, &["inspect", "tank.bin", "--json"]).json();
    let fields = told["fields"].as_array().unwrap();
    let mode =
        fields.iter().find(|field| field["name"] == "mode").unwrap()["offset"].as_u64().unwrap();
    // Where the record is in the file: where its first bytes are that are nowhere else.
    let hex = commy(&at, &["inspect", "tank.bin", "--hex", "--json"]).json();
    let within = hex["hex"].as_str().unwrap().find("6e6f727468").unwrap() as u64 / 2;
    let bytes = fs::read(&path).unwrap();
    let record = bytes.windows(5).position(|part| part == b"north").unwrap() as u64 - within;
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[9], record + mode).unwrap();
    let ran = commy(&at, &["get", "tank.bin"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.out.contains("name: \"north\"\n")
            && ran.out.contains("mode: invalid (no variant has the number 9)"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("a part of `mode` is no value of its type"), "{}", ran.err);
    assert_eq!(commy(&at, &["get", "tank.bin", "name"]).good(), "north\n");
    assert_eq!(commy(&at, &["get", "tank.bin", "mode"]).code, Some(3));
    let ran = commy(&at, &["get", "tank.bin", "--json"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        parsed(&ran.out)["values"]["mode"]["$invalid"]
            .as_str()
            .unwrap()
            .contains("no variant has the number 9")
    );
}

#[test]
fn text_of_a_file_moves_no_cursor() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create().unwrap();
    writer.set_name("\u{1b}[2J\u{9b}1m\u{202e}\\\n").unwrap();
    let told = commy(&at, &["get", "tank.bin", "name"]).good();
    assert_eq!(told, "\\u{1b}[2J\\u{9b}1m\\u{202e}\\\\\\n\n");
    let told = commy(&at, &["get", "tank.bin", "name", "--json"]).good();
    assert!(is_harmless(&told), "{told:?}");
    assert_eq!(parsed(&told)["values"]["name"], json!("\u{1b}[2J\u{9b}1m\u{202e}\\\n"));
    for arguments in
        [&["get", "tank.bin"][..], &["inspect", "tank.bin"], &["inspect", "tank.bin", "--json"]]
    {
        let told = commy(&at, arguments).good();
        assert!(is_harmless(&told), "{told:?}");
    }
}

#[test]
fn a_wait_ends_with_the_next_value() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let waiting = started(&at, &["get", "tank.bin", "temperature", "--wait", "--timeout", "60s"]);
    support::takes_interrupts(&waiting);
    // However long it takes to begin: one of these comes after that.
    let changing = thread::spawn(move || {
        for step in 0..600 {
            thread::sleep(Duration::from_millis(50));
            writer.set_temperature(100.0 + f64::from(step));
        }
    });
    let told = ended(waiting).good();
    assert!(told.trim().parse::<f64>().unwrap() >= 100.0, "{told}");
    drop(changing);

    let (_directory, at) = place();
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    writer.set_temperature(1.0);
    // There is one already.
    assert_eq!(commy(&at, &["get", "tank.bin", "temperature", "--wait=1"]).good(), "1.0\n");
}

#[test]
fn a_wait_for_a_file_that_comes_later_has_its_first_value() {
    let (_directory, at) = place();
    let waiting = started(&at, &["get", "tank.bin", "mode", "--wait", "--timeout", "60s"]);
    support::takes_interrupts(&waiting);
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    // If it begins so late that the file is there, it waits for another value.
    let changing = thread::spawn(move || {
        for step in 0..600 {
            thread::sleep(Duration::from_millis(50));
            writer.set_temperature(f64::from(step));
        }
    });
    assert_eq!(ended(waiting).good(), "Auto\n");
    drop(changing);
}

/// Generations of another file begin anew: its first value is newer than any that the old one had.
#[test]
fn a_wait_goes_on_with_the_file_that_takes_the_place() {
    let (_directory, at) = place();
    let mut old = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    for step in 0..10 {
        old.set_temperature(f64::from(step));
    }
    let waiting = started(&at, &["get", "tank.bin", "temperature", "--wait", "--timeout", "60s"]);
    support::takes_interrupts(&waiting);
    thread::sleep(Duration::from_millis(200));
    let mut new = TankWriter::options().path(at.join("new.bin")).create().unwrap();
    new.set_temperature(-5.0);
    fs::rename(at.join("new.bin"), at.join("tank.bin")).unwrap();
    assert_eq!(ended(waiting).good(), "-5.0\n");
}

#[test]
fn a_wait_that_takes_too_long_ends_with_4() {
    let (_directory, at) = place();
    let writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let arguments = ["get", "tank.bin", "--wait", "--timeout", "50ms"];
    let told = commy(&at, &arguments).failed(4);
    let expected = "commy: `tank.bin`: nothing newer than generation 1, and its writer lives, within 50.00 ms\n";
    assert_eq!(told, expected);
    drop(writer);
    assert!(commy(&at, &arguments).failed(4).contains("and it has no writer, within"));
    let told = commy(&at, &["get", "nowhere.bin", "--wait", "--timeout", "50ms"]).failed(4);
    assert!(told.ends_with("nowhere.bin`, within 50.00 ms\n"), "{told}");
    let told = parsed(
        &commy(&at, &["get", "nowhere.bin", "--wait", "--timeout", "1ms", "--json"]).failed(4),
    );
    assert_eq!(told["kind"], json!("time_over"));
}

#[test]
fn a_wait_can_be_interrupted() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let waiting = started(&at, &["get", "tank.bin", "--wait"]);
    support::takes_interrupts(&waiting);
    support::interrupt(&waiting);
    assert_eq!(ended(waiting).failed(130), "");
}

/// What has no descriptor for writing, and no mapping for that, stores nothing into a file.
#[test]
fn a_reader_has_the_file_open_for_reading_only() {
    let (_directory, at) = place();
    let path = at.join("tank.bin");
    let _writer = TankWriter::options().path(&path).create_with(tank()).unwrap();
    for arguments in [&["get", "tank.bin", "--wait"][..], &["stat", "tank.bin", "--for", "60s"]] {
        let mut waiting = started(&at, arguments);
        support::takes_interrupts(&waiting);
        // It has opened the file when it has mapped it.
        let maps = format!("/proc/{}/maps", waiting.id());
        let mapped = loop {
            let maps = fs::read_to_string(&maps).unwrap();
            let mapped: Vec<_> =
                maps.lines().filter(|line| line.ends_with("tank.bin")).map(str::to_owned).collect();
            if !mapped.is_empty() {
                break mapped;
            }
            thread::sleep(Duration::from_millis(2));
        };
        assert!(
            mapped.iter().all(|line| line.split(' ').nth(1).unwrap().starts_with("r--")),
            "{mapped:?}"
        );
        for entry in fs::read_dir(format!("/proc/{}/fd", waiting.id())).unwrap().flatten() {
            let to = fs::read_link(entry.path()).unwrap();
            if to.starts_with(fs::canonicalize(&at).unwrap()) {
                let number = entry.file_name().into_string().unwrap();
                let told =
                    fs::read_to_string(format!("/proc/{}/fdinfo/{number}", waiting.id())).unwrap();
                let flags =
                    told.lines().find_map(|line| line.strip_prefix("flags:")).unwrap().trim();
                assert_eq!(
                    u32::from_str_radix(flags, 8).unwrap() & 0b11,
                    0,
                    "{}: {flags}",
                    to.display()
                );
            }
        }
        waiting.kill().unwrap();
        waiting.wait().unwrap();
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let (_directory, at) = place();
    let mut writer = LongWriter::create_at(at.join("long.bin")).unwrap();
    writer.update(|long| {
        long.numbers.iter_mut().zip(0..).for_each(|(number, index)| *number = index)
    });
    // More than a pipe holds.
    assert!(commy(&at, &["get", "long.bin"]).good().len() > 200_000);
    let mut child = started(&at, &["get", "long.bin"]);
    let mut first = [0; 8];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    drop(child.stdout.take());
    assert_eq!(&first, b"numbers:");
    assert_eq!(ended(child).failed(0), "");
}

#[create_writer(filename = "long.bin")]
/// More than a pipe holds.
#[derive(Debug)]
pub struct Long {
    /// All different.
    pub numbers: [u32; 50_000],
}

#[test]
fn output_that_cannot_be_written_is_told() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = support::command(&at).args(["get", "tank.bin"]).stdout(full).output().unwrap();
    let ran = support::Ran::of(&output);
    assert!(ran.failed(3).starts_with("commy: cannot write the output: No space left on device"));
}

/// The name of a file is somebody's, too.
#[test]
fn names_of_files_are_escaped() {
    let (_directory, at) = place();
    let name = "\u{1b}[31mred\u{202e}.bin";
    let _writer = TankWriter::options().path(at.join(name)).create_with(tank()).unwrap();
    let told = commy(&at, &["inspect", name]).good();
    assert!(is_harmless(&told) && told.starts_with("\\u{1b}[31mred\\u{202e}.bin\n"), "{told}");
    let told = commy(&at, &["get", name, "nothing"]).failed(2);
    assert!(is_harmless(&told) && told.contains("\\u{1b}[31mred"), "{told}");
    let told = commy(&at, &["get", "\u{1b}[2J"]).failed(3);
    assert!(is_harmless(&told), "{told:?}");
    let told = commy(&at, &["get", "--json", "\u{9b}2J"]).failed(3);
    assert!(is_harmless(&told), "{told:?}");
    // And what clap says of an argument.
    let told = commy(&at, &["get", "--wait=\u{1b}[2J", "x"]).failed(2);
    assert!(is_harmless(&told), "{told:?}");
}
