//! The pages that quote what was measured: each part is written from the recorded runs, between two
//! lines that say so.

use core::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::dangers::Dangers;
use crate::recorded::Recorded;
use crate::report;

/// A part of a page.
#[derive(Debug)]
pub struct Part {
    pub path: PathBuf,
    /// What its first line calls it.
    pub name: &'static str,
    pub text: String,
}

/// The parts that are made of recorded runs.
#[must_use]
pub fn parts(recorded: &Recorded) -> Vec<Part> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let part = |path: &str, name, text| Part { path: top.join(path), name, text };
    vec![
        part("benches/RESULTS.md", "structs", structs(recorded)),
        part("benches/RESULTS.md", "killed writers", report::killed_table(&recorded.killed)),
        part("commy/docs/performance.md", "wanted", report::wanted_table(recorded)),
        part("commy/docs/performance.md", "beside", report::beside_table(recorded)),
        part("commy/docs/performance.md", "slower", report::slower_table(recorded)),
        part("commy/docs/choosing.md", "dangers", Dangers::recorded().table()),
        part("README.md", "front", report::front_table(recorded)),
    ]
}

/// A table per width of registers.
fn structs(recorded: &Recorded) -> String {
    let mut text = String::new();
    for (index, run) in recorded.now.iter().enumerate() {
        let _ = write!(
            text,
            "{}### Copies with {}\n\n{}\n\n{}",
            if index == 0 { "" } else { "\n\n" },
            match run.facts.vectors.as_str() {
                "none" => "words",
                vectors => vectors,
            },
            report::facts(run),
            report::table(run, &recorded.killed)
        );
    }
    text
}

/// The page with this part in the place of the old one.
#[must_use]
pub fn with_part(page: &str, name: &str, text: &str) -> Option<String> {
    let first = format!("<!-- written by the program `results`: {name} -->\n");
    const LAST: &str = "<!-- end -->\n";
    let (before, rest) = page.split_once(&first)?;
    let (_, after) = rest.split_once(LAST)?;
    Some(format!("{before}{first}\n{text}\n\n{LAST}{after}"))
}

/// Writes all parts.
pub fn write(recorded: &Recorded) {
    for Part { path, name, text } in parts(recorded) {
        let page = fs::read_to_string(&path).unwrap();
        let page = with_part(&page, name, &text)
            .unwrap_or_else(|| panic!("{} has no part `{name}`", path.display()));
        fs::write(path, page).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::recorded;

    #[test]
    fn pages_say_what_was_recorded() {
        let recorded = recorded();
        assert!(!recorded.now.is_empty() && !recorded.killed.is_empty());
        for Part { path, name, text } in parts(&recorded) {
            let page = fs::read_to_string(&path).unwrap();
            let is_same = with_part(&page, name, &text).unwrap() == page;
            assert!(
                is_same,
                "{} is not what was recorded: run `cargo run --release -p commy-peers --bin results \
                 -- --pages`",
                path.display()
            );
        }
    }

    #[test]
    fn only_the_part_of_that_name_is_replaced() {
        let part = |name, text| {
            format!("<!-- written by the program `results`: {name} -->\n\n{text}\n\n<!-- end -->\n")
        };
        let page = |text| format!("a\n{}b\n{}c\n", part("one", "old"), part("two", text));
        assert_eq!(with_part(&page("old"), "two", "new").unwrap(), page("new"));
        assert_eq!(with_part(&page("old"), "three", "new"), None);
    }
}
