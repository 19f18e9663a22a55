//! What was measured, one file per width of registers: kept in the repository, so that a machine
//! which lacks one of them leaves the last run with it in place.
//!
//! `recorded/` has the last runs, `recorded/before/` those before the changes that the limits in `rows`
//! were set for, and `recorded/killed.tsv` what came of killed writers. The pages are made of these
//! files and of nothing else, which a test checks.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use commy::__private::Vectors;

use crate::killed::Outcome;
use crate::machine::Facts;
use crate::report;

/// The medians of one run in nanoseconds, by row and library.
pub type Medians = BTreeMap<String, BTreeMap<String, f64>>;

/// One run.
#[derive(Debug, Clone)]
pub struct Run {
    pub facts: Facts,
    pub medians: Medians,
}

impl Run {
    /// What a library took in a row.
    #[must_use]
    pub fn median(&self, row: &str, library: &str) -> Option<f64> {
        self.medians.get(row)?.get(library).copied()
    }

    fn text(&self) -> String {
        let Facts { processor, system, vectors, date, commit, load } = &self.facts;
        let mut text = format!(
            "processor\t{processor}\nsystem\t{system}\nvectors\t{vectors}\ndate\t{date}\n\
             commit\t{commit}\nload\t{load}\n\n"
        );
        for (row, found) in &self.medians {
            for (library, median) in found {
                let _ = writeln!(text, "{row}\t{library}\t{median:.2}");
            }
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let (facts, rows) = text.split_once("\n\n")?;
        let fact = |name: &str| {
            let mut lines = facts.lines().filter_map(|line| line.split_once('\t'));
            lines.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
        };
        let mut medians = Medians::new();
        for line in rows.lines() {
            let [row, library, median] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
            let of_row = medians.entry(row.to_owned()).or_default();
            of_row.insert(library.to_owned(), median.parse().ok()?);
        }
        let facts = Facts {
            processor: fact("processor")?,
            system: fact("system")?,
            vectors: fact("vectors")?,
            date: fact("date")?,
            commit: fact("commit")?,
            load: fact("load")?,
        };
        Some(Self { facts, medians })
    }
}

/// All that is recorded.
#[derive(Debug)]
pub struct Recorded {
    /// The last runs, those with the widest registers first.
    pub now: Vec<Run>,
    pub before: Vec<Run>,
    pub killed: Vec<Outcome>,
}

/// Reads it.
#[must_use]
pub fn recorded() -> Recorded {
    let killed = fs::read_to_string(killed_path()).unwrap_or_default();
    Recorded {
        now: runs(&directory()),
        before: runs(&directory().join("before")),
        killed: killed.lines().map(|line| line.parse().unwrap()).collect(),
    }
}

/// Whether `compare` has left a run that nobody has taken over.
#[must_use]
pub fn is_left() -> bool {
    !runs(&left()).is_empty()
}

/// Takes over what `compare` left of its last runs.
pub fn take_over(is_before: bool) {
    let to = if is_before { directory().join("before") } else { directory() };
    fs::create_dir_all(&to).unwrap();
    for run in runs(&left()) {
        fs::write(file(&to, &run.facts.vectors), run.text()).unwrap();
        fs::remove_file(file(&left(), &run.facts.vectors)).unwrap();
    }
}

/// Writes what came of killed writers. What this program was built without stays as it is.
pub fn keep_killed(mut outcomes: Vec<Outcome>) {
    let missing = recorded()
        .killed
        .into_iter()
        .filter(|old| outcomes.iter().all(|outcome| outcome.library != old.library));
    let missing: Vec<_> = missing.collect();
    outcomes.extend(missing);
    let lines = outcomes.iter().map(|outcome| format!("{outcome}\n"));
    fs::write(killed_path(), lines.collect::<String>()).unwrap();
}

/// Leaves a run for [`take_over`].
pub fn leave(run: &Run) {
    fs::create_dir_all(left()).unwrap();
    fs::write(file(&left(), &run.facts.vectors), run.text()).unwrap();
}

/// Where runs are left.
fn left() -> PathBuf {
    report::target().join("compare")
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded")
}

fn killed_path() -> PathBuf {
    directory().join("killed.tsv")
}

fn file(directory: &Path, vectors: &str) -> PathBuf {
    directory.join(format!("{vectors}.tsv"))
}

fn runs(directory: &Path) -> Vec<Run> {
    let files = Vectors::ALL.iter().rev().map(|vectors| file(directory, vectors.name()));
    let texts = files.filter_map(|file| fs::read_to_string(file).ok());
    texts.map(|text| Run::parse(&text).expect("a recorded run")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_what_was_written_of_it() {
        let facts = Facts {
            processor: String::from("one (two 6/207/2)"),
            system: String::from("2 cores"),
            vectors: String::from("avx"),
            date: String::from("2026-01-01"),
            commit: String::from("abc"),
            load: String::from("0.1 before"),
        };
        let mut medians = Medians::new();
        medians.entry(String::from("publish 8 B, all")).or_default().insert("commy".into(), 3.25);
        let run = Run { facts, medians };
        let read = Run::parse(&run.text()).unwrap();
        assert_eq!((read.facts, read.medians), (run.facts.clone(), run.medians.clone()));
        assert!(Run::parse("vectors\tavx\n\n").is_none());
        assert!(Run::parse(&format!("{}one column\n", run.text())).is_none());
    }
}
