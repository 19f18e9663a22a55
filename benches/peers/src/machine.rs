//! What a run was measured on, and when.

use std::fs;
use std::process::Command;

use commy::__private::vectors_in_use;

/// The facts about a run, each in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The processor's model as it calls itself, and by its numbers.
    pub processor: String,
    pub system: String,
    /// The width of registers that commy's copies used.
    pub vectors: String,
    pub date: String,
    /// The commit that was measured.
    pub commit: String,
    /// How many programs wanted to run, by the kernel's averages of 1, 5 and 15 minutes: when the run
    /// began and when it ended.
    pub load: String,
}

impl Facts {
    /// Those of a run that begins now.
    #[must_use]
    pub fn now() -> Self {
        Self {
            processor: processor(),
            system: system(),
            vectors: vectors_in_use().to_string(),
            date: date(),
            commit: commit(),
            load: load(),
        }
    }

    /// The run is over.
    pub fn end(&mut self) {
        self.load = format!("{} before, {} after", self.load, load());
    }
}

/// The day of today.
#[must_use]
pub fn date() -> String {
    output("date", &["-u", "+%F"]).unwrap()
}

/// The machine that measured, in one line.
#[must_use]
pub fn machine() -> String {
    format!("{}, {}", model(), system())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// A line of the first processor's.
fn of_processor(cpuinfo: &str, name: &str) -> Option<String> {
    let mut lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim().to_owned())
}

fn cpuinfo() -> String {
    fs::read_to_string("/proc/cpuinfo").unwrap_or_default()
}

fn model() -> String {
    of_processor(&cpuinfo(), "model name").unwrap_or_else(|| String::from("unknown processor"))
}

/// The name may be what a hypervisor says, the numbers are the processor's.
fn processor() -> String {
    let cpuinfo = cpuinfo();
    let number = |name: &str| of_processor(&cpuinfo, name).unwrap_or_else(|| String::from("?"));
    let numbers = ["cpu family", "model", "stepping"].map(number).join("/");
    format!("{} ({} {numbers} by family/model/stepping)", model(), number("vendor_id"))
}

fn system() -> String {
    // Not the parallelism available to this thread, which keeps to one core.
    let cores = cpuinfo().lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // Without what its builder calls it.
    let release = kernel.trim().split('-').next().unwrap_or_default();
    format!("{cores} cores, {} {release}", std::env::consts::OS)
}

fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn commit() -> String {
    let directory = env!("CARGO_MANIFEST_DIR");
    let git = |arguments: &[&str]| output("git", &[&["-C", directory], arguments].concat());
    let Some(commit) = git(&["rev-parse", "--short=10", "HEAD"]) else {
        return String::from("unknown");
    };
    // What the program is made of; results of earlier runs are no change.
    let sources = [
        ":/commy",
        ":/commy-types",
        ":/commy-macros",
        ":/benches/peers/src",
        ":/benches/peers/benches",
    ];
    let is_clean = git(&[&["status", "--porcelain", "--"], sources.as_slice()].concat());
    match is_clean.as_deref() {
        Some("") => commit,
        _ => format!("{commit} with changes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_processor_is_found_by_its_whole_name() {
        let cpuinfo = "processor\t: 0\nmodel\t\t: 207\nmodel name\t: Some: thing\nmodel\t\t: 1\n";
        assert_eq!(of_processor(cpuinfo, "model").unwrap(), "207");
        assert_eq!(of_processor(cpuinfo, "model name").unwrap(), "Some: thing");
        assert_eq!(of_processor(cpuinfo, "stepping"), None);
    }
}
