//! One run: what it measures, in which order, and where it leaves what it found.

use core::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use super::figures::{Figure, figures_table, rows_table, summary_table};
use super::kinds::{Hashed, HashedTexts, Kind, Listed, Nested, Numbers, Texts};
use super::plot::{Point, svg};
use super::tables::Measured;
use super::{beside, hanging, processes, room, tables, values};
use crate::report;

/// Kinds of tables: their names, and their names in file names.
const KINDS: [(&str, &str); 6] = [
    (Numbers::NAME, Numbers::FILE),
    (Texts::NAME, Texts::FILE),
    (Hashed::NAME, Hashed::FILE),
    (HashedTexts::NAME, HashedTexts::FILE),
    (Nested::NAME, Nested::FILE),
    (Listed::NAME, Listed::FILE),
];

/// The tables of the report are of these sizes and above; the plots have all.
const REPORTED: usize = 100_000;

/// The parts of a run.
const PARTS: [&str; 6] = ["tables", "values", "processes", "beside", "hanging", "room"];

/// What was asked for on the command line.
#[derive(Debug)]
struct Asked {
    sizes: Vec<usize>,
    parts: Vec<&'static str>,
    /// What follows `--bench growable`, for whoever wants to do the same.
    arguments: String,
}

impl Asked {
    /// `None` if something of another bench was asked for: it is called by a name, as criterion has it.
    fn parse() -> Result<Option<Self>, String> {
        let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
        if args.first().is_some_and(|arg| !arg.starts_with("--")) {
            return Ok(None);
        }
        let mut asked = Self {
            sizes: vec![1000, 10_000, 100_000, 1_000_000],
            parts: PARTS.into(),
            arguments: args.join(" "),
        };
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{arg} has no value"))?;
            match arg.as_str() {
                "--sizes" => {
                    let sizes = value.split(',').map(|size| size.replace('_', "").parse());
                    asked.sizes = sizes
                        .collect::<Result<_, _>>()
                        .map_err(|_| format!("{value} are no sizes"))?;
                }
                "--only" => asked.parts.retain(|part| value.split(',').any(|only| only == *part)),
                _ => {
                    return Err(format!(
                        "{arg} is neither --sizes 1000,10000 nor --only {}",
                        PARTS.join(",")
                    ));
                }
            }
        }
        if asked.sizes.iter().any(|size| *size < 1000) {
            return Err(String::from("sizes are of 1000 entries or more"));
        }
        Ok(Some(asked))
    }

    fn has(&self, part: &str) -> bool {
        self.parts.contains(&part)
    }
}

/// The tables of a run, and what the guide has of them.
const RESULTS: &str = "results.md";
const SUMMARY: &str = "summary.md";

/// The tables of the last run of all parts.
#[must_use]
pub fn results() -> Option<String> {
    fs::read_to_string(directory().join(RESULTS)).ok()
}

/// How commy compares with LMDB in the last run of all parts.
#[must_use]
pub fn summary() -> Option<String> {
    fs::read_to_string(directory().join(SUMMARY)).ok()
}

/// Where a run of all parts leaves its tables and plots.
fn directory() -> PathBuf {
    report::target().join("growable")
}

/// The file name of the plot of a kind.
fn plot_name(file: &str) -> String {
    format!("growth_{file}.svg")
}

/// Measures what was asked for, and prints the tables of it.
pub fn run() {
    let asked = match Asked::parse() {
        Ok(Some(asked)) => asked,
        Ok(None) => return eprintln!("nothing of records that grow is called so"),
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(2);
        }
    };
    let mut measured = Measured::default();
    let mut opening = Vec::new();
    let mut memory = Vec::new();
    for len in asked.sizes.iter().copied() {
        if asked.has("tables") {
            tables::measure(len, &mut measured);
        }
        if asked.has("processes") {
            eprintln!("writers in processes of their own, {len}");
            let kept = len >= REPORTED;
            let figures = processes::opening(len, &mut measured.points);
            opening.extend(figures.into_iter().filter(|_| kept));
            let figures = processes::memory(len, &mut measured.points);
            memory.extend(figures.into_iter().filter(|_| kept));
        }
    }
    let part = |name: &str, measure: fn() -> Vec<Figure>| {
        if !asked.has(name) {
            return Vec::new();
        }
        eprintln!("{name}");
        measure()
    };
    let values = part("values", values::measure);
    let beside = part("beside", beside::measure);
    let hanging = part("hanging", hanging::measure);
    let mut room = part("room", room::measure);
    room.extend(memory);
    let space = measured.space.iter().filter(|(len, _)| *len >= REPORTED);
    let sections = [
        ("Numbers, texts, lists at their ends", values),
        ("Opening what a killed writer left", opening),
        ("Readers without a pin beside a writer", beside),
        ("Commits beside a view that is held", hanging),
        ("Room and memory", room),
        ("Bytes of an entry", space.map(|(_, figure)| figure.clone()).collect()),
    ];
    let text = text(&asked, &measured, &sections);
    println!("{text}");
    if asked.parts == PARTS {
        leave(&text, measured);
    } else {
        eprintln!("nothing is kept of a run of some parts");
    }
}

fn text(asked: &Asked, measured: &Measured, sections: &[(&str, Vec<Figure>)]) -> String {
    let mut text = format!(
        "## Records that grow\n\n\
         Machine: {}.  \n\
         Date: {}  \n\
         Command: `cargo bench -p commy-peers --bench growable{}`, then \
         `cargo run --release -p commy-peers --bin results`.\n\n{INTRODUCTION}",
        report::machine(),
        report::date(),
        match asked.arguments.as_str() {
            "" => String::new(),
            arguments => format!(" -- {arguments}"),
        },
    );
    for (kind, _) in KINDS {
        let rows = measured.rows.iter().filter(|row| row.kind == kind && row.len >= REPORTED);
        let rows: Vec<_> = rows.cloned().collect();
        if !rows.is_empty() {
            let _ = write!(text, "\n\n### `{kind}`\n\n{}", rows_table(&rows));
        }
    }
    for (title, figures) in sections {
        if !figures.is_empty() {
            let _ = write!(text, "\n\n### {title}\n\n{}", figures_table(figures));
        }
    }
    text.push('\n');
    text
}

const INTRODUCTION: &str = "\
One run, the same work for all, in turns. Times are the processor's, of the one thread that works, \
medians of batches of about 10 ms, on tmpfs; what is on a disk is by the clock on the wall. The factor \
behind a time says how many times as long commy takes. \"Wanted\" is what commy may take, as a multiple \
of another library's time; behind it, whether it does.

- LMDB (heed): writable map, no syncing. redb: `Durability::None`. sanakirja: two versions, no checksums. \
rkyv + mmap-sync: the whole state is written by each commit, and read unchecked. std: the collection that the \
table is named for, in private memory. A collection of std has no snapshots: its row of \"newest\" is its \
row of \"view\".
- LMDB, redb and sanakirja have no hash maps and no maps in maps. Their ordered map stands for the first; \
its keys are the outer key and the inner one for the second.
- Keys come in no order, those of a `Vec` in order. Texts have 21 bytes. A view is one transaction, or one \
pin, for all reads; \"newest\" begins a transaction for each, and commy a read without a pin. Every value is \
copied out, and every key of a range or walk is looked at.
- `for_each` is commy's walk without an iterator (`load_into` for a `Vec`); others walk as in the row above.
- A file has the bytes that the file system gave it. What is in use is what the library says: live bytes, \
pages that are not free.";

/// Leaves the report and the plots for `results`.
fn leave(text: &str, measured: Measured) {
    let directory = directory();
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(RESULTS), text).unwrap();
    let reported: Vec<_> = measured.rows.iter().filter(|row| row.len >= REPORTED).collect();
    let summary =
        format!("{}, {}:\n\n{}\n", report::machine(), report::date(), summary_table(&reported));
    fs::write(directory.join(SUMMARY), summary).unwrap();
    let points = measured.rows.iter().flat_map(Point::of_row);
    let points: Vec<_> = points.chain(measured.points.iter().cloned()).collect();
    for (kind, file) in KINDS {
        fs::write(directory.join(plot_name(file)), svg(kind, file, &points)).unwrap();
    }
    eprintln!("kept in {}", directory.display());
}

/// The plots of the last run of all parts: their names, and what is in them.
#[must_use]
pub fn plots() -> Vec<(String, String)> {
    let plots = KINDS.iter().filter_map(|(_, file)| {
        let name = plot_name(file);
        let text = fs::read_to_string(directory().join(&name)).ok()?;
        Some((name, text))
    });
    plots.collect()
}
