//! What a crash of the writer, another struct, a flipped byte and a reader without write permission do to
//! libraries that share the latest value of a struct.
//!
//! ```text
//! RUSTFLAGS="--cfg commy_subetha" cargo run --ignore-rust-version \
//!     --manifest-path benches/dangers/Cargo.toml                 measures all, in minutes; as root
//! ... -- --only commy --kills 20 --flips 50                      measures some, and only prints that
//! cargo run --release -p commy-peers --bin results -- --pages    writes the table of it
//! ```
//!
//! Everything is found out by running processes. Each library stands in a file of `libraries`, which says how
//! it is used. The record is `recorded.tsv` beside this crate's manifest.
//!
//! A workspace of its own: Arrow and SQLite take longer to compile than all other benches.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for the developers of commy: a failed step may end it"
)]

mod another;
mod chance;
mod flipped;
mod killed;
mod libraries;
mod place;
mod process;
mod read_only;
mod record;
mod value;

use core::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::libraries::{LIBRARIES, Library};
use crate::record::Facts;

fn main() {
    if process::role() {
        return;
    }
    let (mut only, mut kills, mut flips) = (None, 200, 200);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next();
        match (argument.as_str(), value) {
            ("--only", Some(name)) => only = Some(name),
            ("--kills", Some(number)) => kills = number.parse().unwrap(),
            ("--flips", Some(number)) => flips = number.parse().unwrap(),
            _ => {
                eprintln!("error: dangers takes --only NAME, --kills NUMBER and --flips NUMBER");
                std::process::exit(2);
            }
        }
    }
    let mut text = run(kills, flips);
    print!("{text}");
    let is_wanted =
        |library: &&Library| only.as_ref().is_none_or(|name| library.name.starts_with(name));
    for library in LIBRARIES.iter().filter(is_wanted) {
        let lines = measure(library, kills, flips).lines(library.name);
        print!("{lines}");
        text.push_str(&lines);
    }
    if only.is_none() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded.tsv"), text).unwrap();
    }
}

fn measure(library: &Library, kills: u64, flips: u64) -> Facts {
    let mut facts = Facts::default();
    facts.say("version", &version(library.package));
    another::measure(library, &mut facts);
    if process::is_root() {
        read_only::measure(library, &mut facts);
    }
    flipped::measure(library, flips, &mut facts);
    killed::measure(library, kills, &mut facts);
    facts
}

/// Facts about the run.
fn run(kills: u64, flips: u64) -> String {
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // Without what its builder calls it.
    let release = kernel.trim().split('-').next().unwrap_or_default().to_owned();
    let directory = env!("CARGO_MANIFEST_DIR");
    let mut text = String::new();
    for (fact, value) in [
        ("date", output("date", &["-u", "+%F"])),
        ("commit", output("git", &["-C", directory, "rev-parse", "--short=10", "HEAD"])),
        ("kernel", format!("{} {release}", env::consts::OS)),
        ("kills", kills.to_string()),
        ("flips", flips.to_string()),
    ] {
        let _ = writeln!(text, "\t{fact}\t{value}");
    }
    text
}

/// The version that this program was built with.
fn version(package: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    let name = format!("name = \"{package}\"\nversion = \"");
    let (_, rest) = lock.split_once(&name).unwrap();
    rest.split('"').next().unwrap_or_default().to_owned()
}
