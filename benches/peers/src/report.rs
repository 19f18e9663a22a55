//! The tables: what criterion stored, set side by side, and beside what was wanted.

use core::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::killed::Outcome;
use crate::recorded::{Medians, Recorded, Run};
use crate::rows::{IN_COMPANY, Operand, Row, SIZES, Wanted, ZEN_3, rows};

pub use crate::machine::{date, machine};

/// The columns, in this order.
pub const LIBRARIES: [&str; 11] = [
    "commy",
    "memcpy",
    "bare",
    "mmap-sync",
    "mmap-sync checked",
    "mmap-sync in place",
    "iceoryx2",
    "heed",
    "mutex",
    "ringfire",
    "subetha-cxc",
];

/// What shares nothing, but shows what is possible.
const LIMITS: [&str; 2] = ["memcpy", "bare"];

/// Where everything is built.
#[must_use]
pub fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"))
}

/// The medians that criterion keeps below a directory.
#[must_use]
pub fn medians(directory: &Path) -> Medians {
    let mut medians = Medians::new();
    for group in entries(directory) {
        for peer in entries(&group) {
            let latest = peer.join("new");
            let (Some(names), Some(estimates)) =
                (json(&latest.join("benchmark.json")), json(&latest.join("estimates.json")))
            else {
                continue;
            };
            let name = |key: &str| names[key].as_str().map(String::from);
            let median = estimates["median"]["point_estimate"].as_f64();
            if let (Some(group), Some(peer), Some(median)) =
                (name("group_id"), name("function_id"), median)
            {
                medians.entry(group).or_default().insert(peer, median);
            }
        }
    }
    medians
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// What a run was measured on.
#[must_use]
pub fn facts(run: &Run) -> String {
    let facts = &run.facts;
    format!(
        "Processor: {}.  \nSystem: {}.  \nVectors of commy's copies: {}.  \nDate: {}  \n\
         Commit: {}  \nLoad: {}",
        facts.processor, facts.system, facts.vectors, facts.date, facts.commit, facts.load
    )
}

/// One line per row: the median of commy, and how many times as long everyone else takes.
#[must_use]
pub fn table(run: &Run, killed: &[Outcome]) -> String {
    let libraries: Vec<&str> = LIBRARIES.iter().copied().filter(|name| *name != "commy").collect();
    let mut table =
        String::from("| operation | commy's call | what changes | commy | of the limit |");
    libraries.iter().for_each(|library| _ = write!(table, " {library} |"));
    table.push_str("\n|---|---|---|--:|--:|");
    table.push_str(&"--:|".repeat(libraries.len()));
    if !killed.is_empty() {
        let _ =
            write!(table, "\n| survives a killed writer | | | {} | |", survival(killed, "commy"));
        libraries.iter().for_each(|library| _ = write!(table, " {} |", survival(killed, library)));
    }
    for row in rows() {
        let Some(commy) = run.median(&row.name, "commy") else { continue };
        let limit = LIMITS.iter().find_map(|limit| run.median(&row.name, limit));
        let of_limit = limit.map_or(String::new(), |limit| format!("{:.2}x", commy / limit));
        let _ = write!(
            table,
            "\n| {} | `{}` | {} | {} | {of_limit} |",
            row.name,
            row.call,
            row.changes,
            time(commy)
        );
        for library in &libraries {
            let cell = run.median(&row.name, library).map_or(String::new(), |median| {
                format!("{} ({:.2}x)", time(median), median / commy)
            });
            let _ = write!(table, " {cell} |");
        }
    }
    table
}

/// Whether readers of a library have a whole value when its writer was killed.
fn survival(killed: &[Outcome], library: &str) -> &'static str {
    let of_it = |outcome: &&Outcome| {
        outcome.library == library || library.starts_with(&format!("{} ", outcome.library))
    };
    match killed.iter().find(of_it) {
        Some(outcome) if outcome.survives() => "yes",
        Some(_) => "no",
        None => "",
    }
}

/// What came of killed writers, library by library.
#[must_use]
pub fn killed_table(killed: &[Outcome]) -> String {
    let mut table = String::from(
        "| library | reads | whole | torn | error, or no answer within 1 s |\n|---|--:|--:|--:|--:|",
    );
    for Outcome { library, reads, torn, refused } in killed {
        let _ = write!(
            table,
            "\n| {library} | {reads} | {} | {torn} | {refused} |",
            reads - torn - refused
        );
    }
    table
}

/// How many times the operand of a limit commy takes in a row.
fn ratio(run: &Run, row: &Row, wanted: &Wanted) -> Option<f64> {
    let commy = run.median(&row.name, "commy")?;
    let operand = match &wanted.of {
        Operand::Library(library) => run.median(&row.name, library)?,
        Operand::LibraryIn(library, other) => run.median(other, library)?,
        Operand::Row(other) => run.median(other, "commy")?,
        Operand::Nanosecond => 1.0,
    };
    Some(commy / operand)
}

/// Commy's time in a run, with its ratio to what each limit is of.
fn cell(run: &Run, row: &Row) -> String {
    let Some(commy) = run.median(&row.name, "commy") else { return String::new() };
    let of_others = row.wanted.iter().filter(|wanted| !matches!(wanted.of, Operand::Nanosecond));
    let ratios = of_others.map(|wanted| {
        ratio(run, row, wanted).map_or(String::from("?"), |ratio| format!("{ratio:.2}x"))
    });
    let ratios: Vec<_> = ratios.collect();
    let behind =
        if ratios.is_empty() { String::new() } else { format!(" ({})", ratios.join(", ")) };
    format!("{}{behind}", time(commy))
}

/// Whether the worst run of all is as wanted, else by how much it is not.
fn verdict(runs: &[Run], row: &Row, wanted: &Wanted) -> String {
    let ratios = runs.iter().filter_map(|run| ratio(run, row, wanted));
    match ratios.max_by(f64::total_cmp) {
        None => String::from("not measured"),
        Some(worst) if worst <= wanted.most => String::from("met"),
        Some(worst) => format!("missed by {:.0} %", 100.0 * (worst / wanted.most - 1.0)),
    }
}

/// The rows with a limit or a time from before: before, now, wanted.
#[must_use]
pub fn wanted_table(recorded: &Recorded) -> String {
    let Recorded { now, before, .. } = recorded;
    let (now, before) = (of_vectors(now), of_vectors(before));
    let mut table = String::from("| operation | call | what changes | before, Zen 3 |");
    let columns = [(&before, "before"), (&now, "now")];
    for (runs, when) in columns {
        runs.iter().for_each(|run| _ = write!(table, " {when}, {} |", run.facts.vectors));
    }
    table.push_str(" wanted | worst of now |\n|---|---|---|--:|");
    table.push_str(&"--:|".repeat(now.len() + before.len()));
    table.push_str("---|---|");
    for row in rows().iter().filter(|row| !row.wanted.is_empty() || row.before.is_some()) {
        let _ = write!(
            table,
            "\n| {} | `{}` | {} | {} |",
            row.name,
            row.call,
            row.changes,
            row.before.unwrap_or_default()
        );
        for (runs, _) in columns {
            runs.iter().for_each(|run| _ = write!(table, " {} |", cell(run, row)));
        }
        let wanted: Vec<_> = row.wanted.iter().map(Wanted::to_string).collect();
        let verdicts: Vec<_> = row.wanted.iter().map(|wanted| verdict(&now, row, wanted)).collect();
        let _ = write!(table, " {} | {} |", wanted.join(", "), verdicts.join(", "));
    }
    let _ = write!(table, "\n\nZen 3: {ZEN_3}.");
    for (runs, when) in columns {
        for run in runs {
            let facts = &run.facts;
            let _ = write!(
                table,
                " {}, {}: {}, {}, commit {}, load {}.",
                if when == "now" { "Now" } else { "Before" },
                facts.vectors,
                facts.processor,
                facts.date,
                facts.commit,
                facts.load
            );
        }
    }
    table
}

/// Runs whose copies took vectors: word by word is what other processors do, and no limit was set for
/// them.
fn of_vectors(runs: &[Run]) -> Vec<Run> {
    runs.iter().filter(|run| run.facts.vectors != "none").cloned().collect()
}

/// Where another library takes less time than commy, by the run that is worse for commy.
#[must_use]
pub fn slower_table(recorded: &Recorded) -> String {
    let runs = of_vectors(&recorded.now);
    let mut table = String::from(
        "| operation | call | what changes | commy takes | survives a killed writer |\n|---|---|---|---|---|",
    );
    for row in rows() {
        let worst = |library: &&str| {
            let ratios = runs.iter().filter_map(|run| {
                Some(run.median(&row.name, "commy")? / run.median(&row.name, library)?)
            });
            ratios.max_by(f64::total_cmp)
        };
        let others = LIBRARIES.iter().filter(|library| {
            !LIMITS.contains(library) && **library != "commy" && **library != "mmap-sync in place"
        });
        let faster: Vec<_> = others
            .filter_map(|library| Some((*library, worst(library)?)))
            .filter(|(_, ratio)| *ratio >= 1.005)
            .collect();
        if faster.is_empty() {
            continue;
        }
        let ratios: Vec<_> =
            faster.iter().map(|(library, ratio)| format!("{ratio:.2}x {library}")).collect();
        let survive: Vec<_> =
            faster.iter().map(|(library, _)| survival(&recorded.killed, library)).collect();
        let _ = write!(
            table,
            "\n| {} | `{}` | {} | {} | {} |",
            row.name,
            row.call,
            row.changes,
            ratios.join(", "),
            survive.join(", ")
        );
    }
    table
}

/// The rows that stand on the front page, each from the run in which commy takes longest.
#[must_use]
pub fn front_table(recorded: &Recorded) -> String {
    const ROWS: [&str; 10] = [
        "snapshot 64 B",
        "snapshot 64 B, by value",
        "snapshot realistic",
        "one field of 64 B",
        "read a SmartString of 10 bytes, by a closure",
        "publish 64 B, all",
        "publish 1 KiB, all",
        "publish 8 KiB, two words",
        "publish 8 KiB, all",
        "publish realistic, all",
    ];
    const BESIDE: [&str; 3] = ["memcpy", "mmap-sync", "iceoryx2"];
    let runs = of_vectors(&recorded.now);
    let mut table = String::from(
        "| operation | call | commy | memcpy | mmap-sync | iceoryx2 |\n|---|---|--:|--:|--:|--:|",
    );
    let all = rows();
    for row in ROWS.iter().filter_map(|name| all.iter().find(|row| row.name == *name)) {
        let times = runs.iter().filter_map(|run| Some((run, run.median(&row.name, "commy")?)));
        let Some((run, commy)) = times.max_by(|(_, one), (_, other)| one.total_cmp(other)) else {
            continue;
        };
        let _ = write!(table, "\n| {} | `{}` | {} |", row.name, row.call, time(commy));
        for library in BESIDE {
            let cell = run.median(&row.name, library).map_or(String::new(), time);
            let _ = write!(table, " {cell} |");
        }
    }
    let levels: Vec<_> = runs.iter().map(|run| run.facts.vectors.as_str()).collect();
    let mut machines: Vec<_> =
        runs.iter().map(|run| format!("{}, {}", run.facts.processor, run.facts.date)).collect();
    machines.dedup();
    format!(
        "{table}\n\nMedians; each row from the slower one of the runs with {}: {}.",
        levels.join(" and "),
        machines.join("; ")
    )
}

/// How many times as long as commy others take, by the run that is worse for commy.
#[must_use]
pub fn beside_table(recorded: &Recorded) -> String {
    const BESIDE: [&str; 5] = ["mmap-sync", "iceoryx2", "heed", "ringfire", "subetha-cxc"];
    let runs = of_vectors(&recorded.now);
    let mut names: Vec<String> = Vec::new();
    names.extend(SIZES.iter().map(|size| format!("snapshot {size}")));
    names.push(String::from("snapshot realistic"));
    for size in IN_COMPANY {
        names.push(format!("snapshot {size} beside a reader"));
        names.push(format!("snapshot {size} beside a writer, flat out"));
    }
    names.extend(SIZES.iter().map(|size| format!("publish {size}, all")));
    names.push(String::from("publish realistic, all"));
    names.push(String::from("open to first read 64 B"));
    let mut table = String::from("| how many times as long as commy it takes |");
    BESIDE.iter().for_each(|library| _ = write!(table, " {library} |"));
    table.push_str("\n|---|");
    table.push_str(&"--:|".repeat(BESIDE.len()));
    let is_measured = |name: &String| runs.iter().any(|run| run.median(name, "commy").is_some());
    for name in names.iter().filter(|name| is_measured(name)) {
        let _ = write!(table, "\n| {name} |");
        for library in BESIDE {
            let ratios = runs
                .iter()
                .filter_map(|run| Some(run.median(name, library)? / run.median(name, "commy")?));
            let cell = ratios.min_by(f64::total_cmp).map_or(String::new(), |ratio| {
                if ratio < 10.0 { format!("{ratio:.1}x") } else { format!("{ratio:.0}x") }
            });
            let _ = write!(table, " {cell} |");
        }
    }
    table
}

/// A time with a unit.
fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.1} ns"),
        ..1e6 => format!("{:.2} us", ns / 1e3),
        _ => format!("{:.2} ms", ns / 1e6),
    }
}
