//! What is known of a file besides its value, as `ls` and `inspect` tell it.

use core::time::Duration;
use std::path::Path;
use std::thread;
use std::time::Instant;

use anstyle::Style;
use commy::dynamic::{DynReader, FileInfo, WriterStatus};
use commy::{FileState, WriterState};
use serde::Serialize;

use crate::output::{BAD, GOOD, ODD, units};

/// For how long rates are measured, of several files at once.
const RATE: Duration = Duration::from_millis(200);

/// What is known of a file, as an object of JSON.
#[derive(Serialize)]
pub(super) struct Known {
    pub(super) file: String,
    pub(super) name: String,
    package: String,
    package_version: String,
    pub(super) fingerprint: String,
    format: u32,
    growable: bool,
    /// In octal digits, as people know it.
    mode: Option<String>,
    owner: Option<u32>,
    file_system: Option<&'static str>,
    slots: u64,
    payload_size: u64,
    pub(super) file_len: u64,
    heap_len: Option<u64>,
    created: Option<String>,
    pub(super) state: &'static str,
    pub(super) generation: u64,
    /// Publishes per second; `None` if there is no writer.
    pub(super) rate: Option<f64>,
    published_at: Option<String>,
    pub(super) age_s: Option<f64>,
    pub(super) writer: Writer,
    pub(super) readers: Readers,
}

#[derive(Serialize)]
pub(super) struct Writer {
    pub(super) status: &'static str,
    pub(super) pid: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Readers {
    /// `None` where the system does not tell.
    pub(super) pids: Option<Vec<u32>>,
    /// Processes that could not be looked at.
    pub(super) hidden: u32,
}

impl Known {
    pub(super) fn new(path: &Path, info: &FileInfo, rate: Option<f64>) -> Self {
        Self {
            file: path.to_string_lossy().into_owned(),
            name: info.name.clone(),
            package: info.package.clone(),
            package_version: info.package_version.clone(),
            fingerprint: format!("{:032x}", info.fingerprint.0),
            format: info.format_version,
            growable: info.is_growable,
            mode: info.mode.map(|mode| format!("{mode:04o}")),
            owner: info.owner,
            file_system: info.file_system,
            slots: info.slots,
            payload_size: info.payload_size,
            file_len: info.file_len,
            heap_len: info.heap_len,
            created: info.created.and_then(units::moment),
            state: state_word(info.state),
            generation: info.generation,
            rate,
            published_at: info.published_at.and_then(units::moment),
            age_s: info.age.map(|age| age.as_secs_f64()),
            writer: Writer { status: status_word(info.writer.status), pid: info.writer.pid },
            readers: Readers { pids: info.readers.pids.clone(), hidden: info.readers.hidden },
        }
    }

    /// The rate for people: of a slow writer a moment tells only that it is no faster than this.
    pub(super) fn rate_text(&self) -> Option<String> {
        Some(match self.rate? {
            0.0 => format!("<{:.0}/s", 1.0 / RATE.as_secs_f64()),
            rate => units::rate(rate),
        })
    }

    /// Whose the file is: mode and owner.
    pub(super) fn rights(&self) -> String {
        let mode = self.mode.as_deref().unwrap_or("unknown");
        let owner = self.owner.map(|owner| format!(" {}", user(owner))).unwrap_or_default();
        format!("mode {mode}{owner}")
    }

    /// The package that has made the file: `telemetry 1.4.0`.
    pub(super) fn made_by(&self) -> Option<String> {
        let made_by = format!("{} {}", self.package, self.package_version);
        Some(made_by.trim().to_owned()).filter(|made_by| !made_by.is_empty())
    }

    pub(super) fn age(&self) -> Option<String> {
        let age = Duration::try_from_secs_f64(self.age_s?).ok()?;
        Some(units::time(age))
    }
}

impl Writer {
    pub(super) fn style(&self) -> Style {
        match self.status {
            "alive" => GOOD,
            "dead" => BAD,
            "unknown" => ODD,
            _ => Style::new(),
        }
    }
}

impl Readers {
    /// How many and which: `2 (pid 4130, 4188)`.
    pub(super) fn list(&self) -> String {
        let hidden = match self.hidden {
            0 => String::new(),
            1 => ", 1 process could not be looked at".into(),
            hidden => format!(", {hidden} processes could not be looked at"),
        };
        let Some(pids) = &self.pids else { return "unknown".into() };
        if pids.is_empty() {
            return format!("0{hidden}");
        }
        let listed: Vec<_> = pids.iter().take(16).map(u32::to_string).collect();
        let more = if pids.len() > 16 { ", …" } else { "" };
        format!("{} (pid {}{more}){hidden}", pids.len(), listed.join(", "))
    }

    /// How many there are: `2`, `2+` if some processes could not be looked at, `?` where nobody tells.
    pub(super) fn count(&self) -> String {
        match &self.pids {
            None => "?".into(),
            Some(pids) if self.hidden > 0 => format!("{}+", pids.len()),
            Some(pids) => pids.len().to_string(),
        }
    }
}

pub(super) const fn state_word(state: FileState) -> &'static str {
    match state {
        FileState::Empty => "empty",
        FileState::Live => "live",
        FileState::Clean => "clean",
        FileState::Checkpoint => "checkpoint",
        FileState::NeedsWriter => "needs_writer",
        FileState::UnknownKernel => "unknown_kernel",
        _ => "unknown",
    }
}

const fn status_word(status: WriterStatus) -> &'static str {
    match status {
        WriterStatus::Alive => "alive",
        WriterStatus::Dead => "dead",
        WriterStatus::Closed => "closed",
        _ => "unknown",
    }
}

/// Publishes per second of each file that may have a writer, all measured at once. Takes no time if none has.
pub(super) fn rates(files: &[&DynReader]) -> Vec<Option<f64>> {
    let may_change: Vec<_> =
        files.iter().map(|file| file.writer_state() != WriterState::Dead).collect();
    let before: Vec<_> = files.iter().map(|file| (Instant::now(), file.generation())).collect();
    if may_change.contains(&true) {
        thread::sleep(RATE);
    }
    let rate = |((file, (since, before)), may_change): ((&&DynReader, _), bool)| {
        let (since, before): (Instant, u64) = (since, before);
        let published = file.generation().saturating_sub(before);
        may_change.then(|| published as f64 / since.elapsed().as_secs_f64())
    };
    files.iter().zip(before).zip(may_change).map(rate).collect()
}

/// The name of a user, as `/etc/passwd` has it; else the number.
fn user(number: u32) -> String {
    let digits = number.to_string();
    let named = std::fs::read_to_string("/etc/passwd").ok().and_then(|users| {
        users.lines().find_map(|line| {
            let mut parts = line.split(':');
            let (name, _, found) = (parts.next()?, parts.next()?, parts.next()?);
            (found == digits).then(|| name.to_owned())
        })
    });
    named.unwrap_or(digits)
}
