//! Writes what was measured into the pages that quote it: `benches/RESULTS.md`, the guide's page on
//! performance, its plots, and the front page.
//!
//! ```text
//! cargo run --release -p commy-peers --bin results              takes over the last runs of the benches,
//!                                                               and measures what no timing shows
//! cargo run --release -p commy-peers --bin results -- --before  takes the runs of `compare` over as those
//!                                                               from before a change
//! cargo run --release -p commy-peers --bin results -- --pages   only writes the pages again
//! ```
//!
//! What was not measured stays as it is there: a width of registers that the machine lacks, or the part
//! of records that grow.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]

use std::path::Path;
use std::{env, fs};

use commy_peers::growable::run;
use commy_peers::{background, killed, pages, rates, recorded, wake};

/// Where the part begins that is measured here, and the one of records that grow.
const MEASURED: &str = "## Snapshots while one-word publishes run flat out\n";
const GROWABLE: &str = "## Records that grow\n";

/// Between which two lines the guide has its summary of records that grow.
const SUMMARY: &str = "<!-- written by the program `results` -->\n\n";
const SUMMARY_END: &str = "\n<!-- end -->\n";

fn main() {
    if wake::role() || killed::role() {
        return;
    }
    background::pin(background::FRONT);
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            if recorded::is_left() {
                recorded::keep_killed(killed::outcomes());
                measured();
                recorded::take_over(false);
            }
            growable();
        }
        ["--before"] => {
            assert!(recorded::is_left(), "`compare` has left no run");
            recorded::take_over(true);
        }
        ["--pages"] => {}
        _ => {
            eprintln!("error: results takes --before, --pages or nothing");
            std::process::exit(2);
        }
    }
    pages::write(&recorded::recorded());
    println!("{}", fs::read_to_string(results()).unwrap());
}

fn benches() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn results() -> std::path::PathBuf {
    benches().join("RESULTS.md")
}

/// Rates and waking, which are measured by this program.
fn measured() {
    let page = fs::read_to_string(results()).unwrap();
    let before = page.split_once(MEASURED).unwrap().0;
    let growable =
        page.split_once(GROWABLE).map_or(String::new(), |(_, part)| format!("{GROWABLE}{part}"));
    let text = format!(
        "{before}{MEASURED}\n\
         {}\n\n\
         ## From a publish to a sleeper in another process\n\n\
         {}\n\n{growable}",
        rates::table(),
        wake::table(),
    );
    fs::write(results(), text).unwrap();
}

/// What the bench of records that grow has left, if it has run.
fn growable() {
    let guide = benches().join("../commy/docs");
    if let Some(growable) = run::results() {
        let page = fs::read_to_string(results()).unwrap();
        let before = page.split_once(GROWABLE).map_or(page.as_str(), |(before, _)| before);
        fs::write(results(), format!("{before}{growable}")).unwrap();
    }
    for (name, plot) in run::plots() {
        fs::write(guide.join(name), plot).unwrap();
    }
    if let Some(summary) = run::summary() {
        let path = guide.join("performance.md");
        let page = fs::read_to_string(&path).unwrap();
        fs::write(path, with_summary(&page, &summary)).unwrap();
    }
}

/// The page with another summary.
fn with_summary(page: &str, summary: &str) -> String {
    let (before, rest) = page.split_once(SUMMARY).unwrap();
    let (_, after) = rest.split_once(SUMMARY_END).unwrap();
    format!("{before}{SUMMARY}{summary}{SUMMARY_END}{after}")
}
