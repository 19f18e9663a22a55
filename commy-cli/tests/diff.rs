//! `commy diff`: how two schemas relate, and which values differ.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::fs;

use commy::{FixedString, Mappable, create_writer};
use serde_json::json;
use support::{TankWriter, commy, is_harmless, parsed, place, tank};

/// The next release of the tank.
mod next {
    use super::*;

    #[create_writer(filename = "tank.bin")]
    #[derive(Clone, Debug)]
    pub(super) struct Tank {
        pub(super) name: FixedString<32>,
        #[commy(unit = "degC")]
        pub(super) temperature: f64,
        pub(super) levels: [f64; 3],
        pub(super) mode: Mode,
        pub(super) humidity: f32,
    }

    #[derive(Mappable, Clone, Copy, Debug, PartialEq)]
    #[repr(u8)]
    pub(super) enum Mode {
        Idle = 0,
        Auto = 1,
        Fault = 3,
    }
}

#[test]
fn a_file_is_the_same_as_itself_and_as_its_stored_schema() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let told = commy(&at, &["diff", "tank.bin", "tank.bin"]).good();
    assert!(told.contains("(7 fields match)") && told.ends_with("\nthe same\n"), "{told}");
    let text = commy(&at, &["inspect", "tank.bin", "--schema"]).good();
    fs::write(at.join("tank.json"), text).unwrap();
    assert!(commy(&at, &["diff", "tank.bin", "tank.json"]).good().ends_with("\nthe same\n"));
    let told = commy(&at, &["diff", "tank.json", "tank.bin", "--json"]).json();
    assert_eq!((&told["same"], &told["first"]["has_values"]), (&json!(true), &json!(false)));
}

#[test]
fn each_field_has_a_sign_and_a_verdict() {
    let (_directory, at) = place();
    let _old = TankWriter::options().path(at.join("old.bin")).create_with(tank()).unwrap();
    let _new = next::TankWriter::options().path(at.join("new.bin")).create().unwrap();
    let ran = commy(&at, &["diff", "old.bin", "new.bin"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let line = |start: &str| {
        let mut lines = ran.out.lines();
        lines.find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {}", ran.out))
    };
    assert!(line("  =  name").contains("name"));
    assert!(line("  ~  levels[]").contains("widens without loss"));
    assert!(line("  +  humidity").contains("needs a default"));
    assert!(line("  -  prices").contains("ignored"));
    let told = line("  !  mode");
    assert!(
        told.contains("variant Fault is 7 in the file, 3 here") && told.ends_with("NOT COMPATIBLE"),
        "{told}"
    );
    assert!(ran.out.ends_with("\nNOT COMPATIBLE\n"));
    let ran = commy(&at, &["diff", "old.bin", "new.bin", "--json"]);
    assert_eq!(ran.code, Some(1));
    let told = parsed(&ran.out);
    let fields = told["fields"].as_array().unwrap();
    let of = |path: &str| fields.iter().find(|field| field["path"] == path).unwrap();
    assert_eq!(
        (&of("humidity")["fit"], &of("humidity")["first"]),
        (&json!("needs_default"), &json!(null))
    );
    assert_eq!(told["same"], json!(false));
}

#[test]
fn values_of_one_schema_are_compared_by_their_paths() {
    let (_directory, at) = place();
    let _one = TankWriter::options().path(at.join("one.bin")).create_with(tank()).unwrap();
    let mut other = tank();
    other.levels[1] = 9.0;
    other.name = "\u{1b}[2J".parse().unwrap();
    let _two = TankWriter::options().path(at.join("two.bin")).create_with(other).unwrap();
    let ran = commy(&at, &["diff", "one.bin", "two.bin"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let has = |path: &str| ran.out.lines().any(|line| line.starts_with(path));
    assert!(has("levels[1]") && has("name") && !has("temperature"), "{}", ran.out);
    assert!(ran.out.ends_with("the same schema, and other values\n") && is_harmless(&ran.out));
    assert_eq!(commy(&at, &["diff", "--schema", "one.bin", "two.bin"]).code, Some(0));
    let told = parsed(&commy(&at, &["diff", "one.bin", "two.bin", "--json"]).out);
    assert_eq!((&told["values_differing"], &told["values_equal"]), (&json!(2), &json!(5)));
}

#[test]
fn what_cannot_be_read_has_no_answer() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    fs::write(at.join("foreign.bin"), "{\"a\u{1b}[2J\":").unwrap();
    fs::write(at.join("bytes.bin"), [0xff, 0]).unwrap();
    for (other, expected) in [
        ("nowhere.bin", "no file at"),
        ("foreign.bin", "is neither a commy file nor a stored schema"),
        ("bytes.bin", "is neither a commy file nor a stored schema"),
        (".", "is a directory"),
    ] {
        for arguments in [["diff", "tank.bin", other], ["diff", other, "tank.bin"]] {
            let told = commy(&at, &arguments).failed(3);
            assert!(told.contains(expected) && is_harmless(&told), "{other}: {told}");
        }
    }
    assert_eq!(commy(&at, &["diff", "tank.bin"]).code, Some(2));
}
