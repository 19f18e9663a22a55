//! The table: reads the medians that criterion stored and sets them side by side.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The columns, in this order; what else was measured follows in its own words.
const PEERS: [&str; 9] = [
    "memcpy",
    "bare",
    "commy",
    "mmap-sync",
    "mmap-sync checked",
    "mmap-sync in place",
    "iceoryx2",
    "heed",
    "mutex",
];

/// Where everything is built.
#[must_use]
pub fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"))
}

/// Where criterion keeps its measurements and plots.
#[must_use]
pub fn directory() -> PathBuf {
    target().join("criterion")
}

/// The medians of one run in nanoseconds, by operation and peer.
type Medians = BTreeMap<String, BTreeMap<String, f64>>;

fn medians() -> Medians {
    let mut medians = Medians::new();
    for group in entries(&directory()) {
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

/// Whether there is anything for the table.
#[must_use]
pub fn is_measured() -> bool {
    medians().values().any(|found| found.contains_key("commy"))
}

/// One line per operation: the median of commy, and how many times as long everyone else takes.
#[must_use]
pub fn table() -> String {
    let medians = medians();
    let mut table = String::from("| operation | commy | of the limit |");
    let peers: Vec<&str> = PEERS.iter().copied().filter(|peer| *peer != "commy").collect();
    for peer in &peers {
        let _ = write!(table, " {peer} |");
    }
    table.push_str("\n|---|--:|--:|");
    table.push_str(&"--:|".repeat(peers.len()));
    for (operation, found) in sorted(&medians) {
        let Some(commy) = found.get("commy") else { continue };
        let limit = found.get("memcpy").or_else(|| found.get("bare"));
        let of_limit = limit.map_or(String::new(), |limit| format!("{:.2}x", commy / limit));
        let _ = write!(table, "\n| {operation} | {} | {of_limit} |", time(*commy));
        for peer in &peers {
            let cell = found.get(*peer).map_or(String::new(), |median| {
                format!("{} ({:.2}x)", time(*median), median / commy)
            });
            let _ = write!(table, " {cell} |");
        }
    }
    table
}

/// Operations in the order of a reader's interest: by kind, then by size.
fn sorted(medians: &Medians) -> Vec<(&String, &BTreeMap<String, f64>)> {
    const SIZES: [&str; 5] = ["8 B", "64 B", "1 KiB", "8 KiB", "1 MiB"];
    let mut rows: Vec<_> = medians.iter().collect();
    rows.sort_by_key(|(operation, _)| {
        let size =
            SIZES.iter().position(|size| format!("{operation} ").contains(&format!(" {size} ")));
        let kind = size.map_or((*operation).clone(), |size| operation.replacen(SIZES[size], "", 1));
        (kind, size)
    });
    rows
}

/// A time with a unit.
fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.1} ns"),
        ..1e6 => format!("{:.2} us", ns / 1e3),
        _ => format!("{:.2} ms", ns / 1e6),
    }
}

/// The day of today.
#[must_use]
pub fn date() -> String {
    let date = Command::new("date").args(["-u", "+%F"]).output().unwrap();
    String::from_utf8_lossy(&date.stdout).trim().to_owned()
}

/// The machine that measured, in one line.
#[must_use]
pub fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    // Not the parallelism available to this thread, which keeps to one core.
    let cores = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // Without what its builder calls it.
    let release = kernel.trim().split('-').next().unwrap_or_default();
    format!("{model}, {cores} cores, {} {release}", std::env::consts::OS)
}
