//! `check`: all that may be wrong with a file, as fsck has it for a file system.

mod codes;
mod slots;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use anstyle::Style;
use commy::dynamic::{self, DynReader, FileInfo, WriterStatus};
use commy::{OpenError, ReadError};
use serde::Serialize;

use self::codes::{ALL, Code};
use super::get::patiently;
use super::known::state_word;
use crate::cli::Check;
use crate::exit::{Exit, Failure};
use crate::output::escape::{Escaped, path_text};
use crate::output::progress::CountBar;
use crate::output::table::{Align, Cell, Table};
use crate::output::{BAD, GOOD, NAME, ODD, Output, units};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// All is as it should be.
    Ok,
    /// Good to know.
    Note,
    /// Somebody should look at it.
    Warn,
    /// It is wrong.
    Fail,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }

    const fn style(self) -> Style {
        match self {
            Self::Ok => GOOD,
            Self::Note => Style::new(),
            Self::Warn => ODD,
            Self::Fail => BAD,
        }
    }
}

/// What was found of a file.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    code: &'static str,
    text: String,
}

/// What was looked at, and what was found.
#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    checks: u32,
}

impl Findings {
    /// Looks at one thing more.
    fn look(&mut self) {
        self.checks += 1;
    }

    fn add(&mut self, code: Code, text: impl core::fmt::Display) {
        let (level, code) = (code.level(), code.name());
        self.list.push(Finding { level, code, text: text.to_string() });
    }

    fn worst(&self) -> Level {
        self.list.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
    }
}

pub(crate) fn run(asked: &Check, output: &mut Output) -> Result<Exit, Failure> {
    if let Some(code) = &asked.explain {
        return explain(code.as_deref(), output);
    }
    let bytes = asked.files.iter().filter_map(|path| fs::metadata(path).ok());
    let bar = CountBar::of_bytes(bytes.map(|found| found.len()).sum());
    let mut exit = Exit::Yes;
    for path in &asked.files {
        let checked = Checked::of(path);
        bar.advance(fs::metadata(path).map_or(0, |found| found.len()));
        match checked {
            Ok(checked) => {
                exit = exit.max(checked.exit(asked.strict));
                bar.hidden(|| checked.print(output))?;
            }
            Err(failure) => {
                output.flush()?;
                exit = exit.max(bar.hidden(|| failure.tell(output.is_json)));
            }
        }
    }
    Ok(exit)
}

/// What the codes mean.
fn explain(name: Option<&str>, output: &mut Output) -> Result<Exit, Failure> {
    let wanted = name.filter(|name| !name.is_empty());
    let codes: Vec<Code> = match wanted {
        None => ALL.to_vec(),
        Some(name) => {
            let name = name.trim_matches(['[', ']']);
            let found = ALL.iter().find(|code| code.name() == name);
            let names = || ALL.map(Code::name).join(", ");
            let unknown =
                || Failure::usage(format_args!("no code `{name}`: expected one of {}", names()));
            vec![*found.ok_or_else(unknown)?]
        }
    };
    if output.is_json {
        for code in codes {
            output.json(&Explained {
                code: code.name(),
                level: code.level(),
                meaning: code.meaning(),
                advice: code.advice(),
            })?;
        }
    } else if wanted.is_none() {
        let left = Align::Left;
        let mut table = Table::new([("code", left), ("level", left), ("meaning", left)]);
        for code in codes {
            let level = code.level();
            table.row([
                Cell::new(format!("[{}]", code.name()), NAME),
                Cell::new(level.word(), level.style()),
                code.meaning().into(),
            ]);
        }
        table.print(output)?;
    } else {
        for code in codes {
            let level = code.level();
            output.line_in(level.style(), format_args!("[{}] {}", code.name(), level.word()))?;
            output.line(code.meaning())?;
            output.line(format_args!("try: {}", code.advice()))?;
        }
    }
    Ok(Exit::Yes)
}

#[derive(Serialize)]
struct Explained {
    code: &'static str,
    level: Level,
    meaning: &'static str,
    advice: &'static str,
}

/// A file that was looked at.
struct Checked {
    path: PathBuf,
    found: Findings,
    /// `None` of a damaged file.
    info: Option<FileInfo>,
}

impl Checked {
    /// Looks at a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read at all, or is no file of commy's.
    fn of(path: &Path) -> Result<Self, Failure> {
        let mut found = Findings::default();
        // Header, its checksum, places of all that follows, and the schema with its fingerprint.
        (0..4).for_each(|_| found.look());
        let file = match dynamic::open(path) {
            Ok(file) => file,
            Err(error) if is_damage(&error) => {
                let code = match &error {
                    OpenError::Truncated { .. } => Code::Truncated,
                    _ => Code::Damaged,
                };
                found.add(code, error);
                return Ok(Self { path: path.into(), found, info: None });
            }
            Err(error) => return Err(error.into()),
        };
        let info = file.info();
        slots::check(&file, &mut found);
        check_value(path, &file, &mut found)?;
        check_rights(&info, &mut found);
        check_place(&info, &mut found);
        check_writer(&info, &mut found);
        check_beside(path, &info, &mut found);
        Ok(Self { path: path.into(), found, info: Some(info) })
    }

    fn exit(&self, is_strict: bool) -> Exit {
        match self.found.worst() {
            Level::Fail => Exit::No,
            Level::Warn if is_strict => Exit::No,
            _ => Exit::Yes,
        }
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let name = path_text(&self.path);
        if output.is_json {
            output.json(&Object {
                file: self.path.to_string_lossy().into_owned(),
                level: self.found.worst(),
                checks: self.found.checks,
                generation: self.info.as_ref().map(|info| info.generation),
                findings: &self.found.list,
            })?;
            return Ok(());
        }
        let style = self.found.worst().style();
        if self.found.list.is_empty() {
            let info = self.info.as_ref();
            let generation = units::grouped(info.map_or(0, |info| info.generation));
            let writer = info.map_or("", |info| match info.writer.status {
                WriterStatus::Alive => ", writer alive",
                WriterStatus::Closed => ", closed",
                _ => "",
            });
            let checks = self.found.checks;
            let text = format!("ok    {name}  {checks} checks, generation {generation}{writer}");
            output.line_in(style, text)?;
        }
        for finding in &self.found.list {
            let (level, text) = (finding.level, Escaped(&finding.text));
            let text = format!("{:<4}  {name}  {text}  [{}]", level.word(), finding.code);
            output.line_in(level.style(), text)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Object<'a> {
    file: String,
    level: Level,
    checks: u32,
    generation: Option<u64>,
    findings: &'a [Finding],
}

/// Whether it is a file of commy's, with something wrong in it.
const fn is_damage(error: &OpenError) -> bool {
    matches!(error, OpenError::Corrupt { .. } | OpenError::Truncated { .. })
}

/// Each part of the newest value.
fn check_value(path: &Path, file: &DynReader, found: &mut Findings) -> Result<(), Failure> {
    found.look();
    // What a heap leads to is in the file; in memory it takes some times as much.
    let most = file.info().file_len.saturating_mul(64).max(1 << 26);
    let file = dynamic::options().max_load(most).open(path)?;
    let snapshot = match patiently(|| Ok(file.snapshot()?)) {
        Ok(snapshot) => snapshot,
        Err(dynamic::GetError::Read(error)) => {
            match &error {
                ReadError::Empty => found.add(Code::Empty, "nothing is published yet"),
                ReadError::NeedsWriter => {
                    found.add(Code::NeedsWriter, "its value counts again when a writer opens it");
                }
                ReadError::Contended { .. } => found.add(
                    Code::Contended,
                    "the writer was in the way of each try: the value was not checked",
                ),
                _ => found.add(Code::Damaged, error),
            }
            return Ok(());
        }
        Err(error) => return Err(Failure::get(path, &error)),
    };
    values::check(&snapshot, found);
    found.look();
    let unused = snapshot.unused_not_zero();
    if unused > 0 {
        let bytes = if unused == 1 { "byte is" } else { "bytes are" };
        found.add(Code::Padding, format_args!("{unused} {bytes} not zero that hold nothing"));
    }
    Ok(())
}

/// Whose the file is, and who may write it.
fn check_rights(info: &FileInfo, found: &mut Findings) {
    found.look();
    if let Some(mode) = info.mode {
        let who = match (mode & 0o002 != 0, mode & 0o020 != 0) {
            (true, _) => Some("any user"),
            (_, true) => Some("any user of its group"),
            _ => None,
        };
        if let Some(who) = who {
            found.add(
                Code::Mode,
                format_args!(
                    "mode {mode:04o}: {who} can publish wrong values or truncate the file"
                ),
            );
        }
    }
    found.look();
    let user = rustix::process::geteuid().as_raw();
    if let Some(owner) = info.owner.filter(|owner| *owner != user && *owner != 0) {
        found.add(Code::Owner, format_args!("belongs to user {owner}, and you are user {user}"));
    }
}

/// File systems that several machines use, or that a program serves.
const REMOTE: [&str; 13] = [
    "nfs",
    "cifs",
    "smb",
    "smb2",
    "smb3",
    "9p",
    "ceph",
    "afs",
    "lustre",
    "gfs2",
    "ocfs2",
    "fuse",
    "overlayfs",
];

/// Less room than this is none: bytes, and parts of all.
const LEAST_ROOM: u64 = 1 << 20;
const LEAST_PART: u64 = 100;

/// Where the file is.
fn check_place(info: &FileInfo, found: &mut Findings) {
    found.look();
    if let Some(name) = info.file_system.filter(|name| REMOTE.contains(name)) {
        let why = match name {
            "overlayfs" => "a writer in another layer writes another file",
            _ => "other machines do not see what is published, and locks may not hold",
        };
        found.add(Code::FileSystem, format_args!("is on {name}: {why}"));
    }
    found.look();
    if let Ok(room) = rustix::fs::statvfs(&info.path) {
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        let all = room.f_blocks.saturating_mul(room.f_frsize);
        if all > 0 && (free < LEAST_ROOM || free < all / LEAST_PART) {
            let free = units::size(free);
            // A record of fixed size has all the room that it will ever need.
            match info.is_growable {
                true => found.add(Code::Space, format_args!("only {free} are left for it to grow")),
                false => {
                    found.add(Code::SpaceBeside, format_args!("only {free} are left beside it"))
                }
            }
        }
    }
}

fn check_writer(info: &FileInfo, found: &mut Findings) {
    found.look();
    let state = state_word(info.state).replace('_', " ");
    match info.writer.status {
        WriterStatus::Dead if info.generation > 0 => found.add(
            Code::WriterDied,
            format_args!(
                "its writer did not close it: state {state}, generation {}",
                units::grouped(info.generation)
            ),
        ),
        WriterStatus::Unknown => {
            found.add(Code::WriterUnknown, "whether it has a writer cannot be asked here");
        }
        _ => {}
    }
}

/// What is beside the file.
fn check_beside(path: &Path, info: &FileInfo, found: &mut Findings) {
    // Where links lead, there writers have what is theirs.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let beside = |prefix: &str, suffix: &str| {
        let mut name = std::ffi::OsString::from(prefix);
        name.push(target.file_name().unwrap_or_default());
        name.push(suffix);
        target.with_file_name(name)
    };
    found.look();
    if info.writer.status == WriterStatus::Alive && !beside("", ".lock").exists() {
        found.add(Code::LockMissing, "somebody has removed the lock file of its writer");
    }
    found.look();
    let left = target.parent().and_then(|directory| dynamic::leftovers(directory).ok());
    let unfinished = beside(".", ".commy-new");
    if left.is_some_and(|left| left.iter().any(|left| left.path == unfinished)) {
        found.add(
            Code::Leftover,
            format_args!("beside it is `{}`, which a writer has left", path_text(&unfinished)),
        );
    }
    let checkpoints = beside("", ".ckpt");
    if checkpoints.exists() {
        found.look();
        // A checkpoint file is one, or is refused as what it is.
        match dynamic::open(&checkpoints) {
            Err(OpenError::Kind { found: 3, .. }) => {}
            Err(OpenError::Permission { .. }) => {
                found.add(Code::CheckpointsHidden, "its checkpoints may not be read");
            }
            Err(error) => found.add(Code::Checkpoints, format_args!("its checkpoints: {error}")),
            Ok(_) => found
                .add(Code::Checkpoints, "beside it is a record where its checkpoints should be"),
        }
    }
}
