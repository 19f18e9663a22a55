//! `cargo run --release -p commy-peers --bin results`: writes `benches/RESULTS.md` from the last runs
//! of `cargo bench -p commy-peers`, the rates that no timing shows, and the plots of the guide.
//!
//! What was not measured stays as it is there: criterion's part, or the one of records that grow.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]

use std::fs;
use std::path::Path;

use commy_peers::growable::run;
use commy_peers::{background, rates, report, wake};

/// Where the part of records that grow begins.
const GROWABLE: &str = "## Records that grow\n";

/// Between which two lines the guide has its summary.
const SUMMARY: &str = "<!-- written by the program `results` -->\n\n";
const SUMMARY_END: &str = "\n<!-- end -->\n";

fn main() {
    if wake::role() {
        return;
    }
    background::pin(background::FRONT);
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = benches.join("RESULTS.md");
    let old = fs::read_to_string(&path).unwrap();
    let (fixed, growable) = old.split_at(old.find(GROWABLE).unwrap_or(old.len()));
    let fixed = if report::is_measured() { fixed_part() } else { fixed.to_owned() };
    let growable = run::results().unwrap_or_else(|| growable.to_owned());
    let text = format!("{fixed}{growable}");
    fs::write(path, &text).unwrap();
    let guide = benches.join("../commy/docs");
    for (name, plot) in run::plots() {
        fs::write(guide.join(name), plot).unwrap();
    }
    if let Some(summary) = run::summary() {
        let path = guide.join("performance.md");
        let page = fs::read_to_string(&path).unwrap();
        fs::write(path, with_summary(&page, &summary)).unwrap();
    }
    println!("{text}");
}

/// The page with another summary.
fn with_summary(page: &str, summary: &str) -> String {
    let (before, rest) = page.split_once(SUMMARY).unwrap();
    let (_, after) = rest.split_once(SUMMARY_END).unwrap();
    format!("{before}{SUMMARY}{summary}{SUMMARY_END}{after}")
}

/// What criterion measured.
fn fixed_part() -> String {
    format!(
        "# Results\n\n\
         Machine: {}.  \n\
         Date: {}  \n\
         Commands: `cargo bench -p commy-peers --bench compare`, then \
         `cargo run --release -p commy-peers --bin results`.\n\n\
         Medians of one run. The factor behind a peer's time says how many times as long it takes \
         as commy; \"of the limit\" is commy's time over that of a `memcpy` of the same bytes \
         between two loads, or of a bare open, map, touch, unmap and close. Absolute times differ \
         from machine to machine: read the ratios.\n\n\
         {}\n\n\
         ## Snapshots while one-word publishes run flat out\n\n\
         {}\n\n\
         ## From a publish to a sleeper in another process\n\n\
         {}\n\n",
        report::machine(),
        report::date(),
        report::table(),
        rates::table(),
        wake::table(),
    )
}
