//! One file per command: reads what it needs, and prints it.

mod check;
mod completions;
mod diff;
mod get;
mod given;
mod inspect;
mod known;
mod ls;
mod man;
mod prune;
mod set;
mod stat;

use std::path::Path;

use commy::WriterState;
use commy::dynamic::{self, DynReader};

use crate::cli::{Command, Demands};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::output::escape::path_text;

/// Runs a command.
pub(crate) fn run(command: &Command, output: &mut Output) -> Result<Exit, Failure> {
    match command {
        Command::Ls(asked) => ls::run(asked, output),
        Command::Inspect(asked) => inspect::run(asked, output),
        Command::Get(asked) => get::run(asked, output),
        Command::Stat(asked) => stat::run(asked, output),
        Command::Check(asked) => check::run(asked, output),
        Command::Diff(asked) => diff::run(asked, output),
        Command::Set(asked) => set::run(asked, output),
        Command::Prune(asked) => prune::run(asked, output),
        Command::Completions(asked) => completions::run(asked, output),
        Command::Man(asked) => man::run(asked, output),
    }
}

/// Opens the file at `path`, if it is what is asked for.
fn open(path: &Path, demands: &Demands) -> Result<DynReader, Failure> {
    let file = dynamic::open(path)?;
    demands.hold(path, &file)?;
    Ok(file)
}

/// The fingerprint of a file, in 32 digits.
fn fingerprint(file: &DynReader) -> String {
    format!("{:032x}", file.schema().fingerprint().0)
}

impl Demands {
    /// Whether `file` is what is asked for.
    fn hold(&self, path: &Path, file: &DynReader) -> Result<(), Failure> {
        let found = fingerprint(file);
        if let Some(expected) =
            self.expect.as_ref().filter(|start| !found.starts_with(start.as_str()))
        {
            let path = path_text(path);
            let text = format!("`{path}` has the schema {found}, expected {expected}");
            let hint = format!("see with `commy inspect {path}` what it holds");
            return Err(Failure::new(Exit::Mismatch, "mismatch", text).with_hint(hint));
        }
        if self.require_writer && file.writer_state() != WriterState::Alive {
            let what = match file.writer_state() {
                WriterState::Unknown => "may have no writer: its file system tells of no locks",
                _ => "has no writer now",
            };
            let text = format!("`{}` {what}, expected one", path_text(path));
            return Err(Failure::new(Exit::No, "no_writer", text).with_hint("start its writer"));
        }
        Ok(())
    }
}
