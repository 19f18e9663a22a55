//! `cargo run --release -p commy-peers --bin results`: writes `benches/RESULTS.md` from the last
//! run of `cargo bench -p commy-peers`, and the rates that no timing shows.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]

use std::path::Path;
use std::process::Command;

use commy_peers::{background, rates, report, wake};

fn main() {
    if wake::role() {
        return;
    }
    background::pin(background::FRONT);
    let date = Command::new("date").args(["-u", "+%F"]).output().unwrap();
    let text = format!(
        "# Results\n\n\
         Machine: {}.  \n\
         Date: {}  \n\
         Commands: `cargo bench -p commy-peers`, then \
         `cargo run --release -p commy-peers --bin results`.\n\n\
         Medians of one run. The factor behind a peer's time says how many times as long it takes \
         as commy; \"of the limit\" is commy's time over that of a `memcpy` of the same bytes \
         between two loads, or of a bare open, map, touch, unmap and close. Absolute times differ \
         from machine to machine: read the ratios.\n\n\
         {}\n\n\
         ## Snapshots while one-word publishes run flat out\n\n\
         {}\n\n\
         ## From a publish to a sleeper in another process\n\n\
         {}\n",
        report::machine(),
        String::from_utf8_lossy(&date.stdout).trim(),
        report::table(),
        rates::table(),
        wake::table(),
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../RESULTS.md");
    std::fs::write(path, &text).unwrap();
    println!("{text}");
}
