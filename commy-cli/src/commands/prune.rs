//! `prune`: what writers have left in directories, and its removal.

use std::path::Path;

use commy::dynamic::{Leftover, LeftoverKind, Removal, leftovers};
use serde::Serialize;

use super::ls::{cannot_look, default_places};
use crate::cli::Prune;
use crate::exit::{Exit, Failure, chain};
use crate::output::escape::path_text;
use crate::output::table::{Align, Cell, Table};
use crate::output::{GOOD, NAME, ODD, Output, units};

pub(crate) fn run(asked: &Prune, output: &mut Output) -> Result<Exit, Failure> {
    let is_named = !asked.places.is_empty();
    let places = if is_named { asked.places.clone() } else { default_places() };
    let mut failures = Vec::new();
    let mut found = Vec::new();
    for place in &places {
        match leftovers(place) {
            Ok(left) => found.extend(left),
            // What nobody named need not be there.
            Err(error) if is_named => failures.push(cannot_look(place, &error)),
            Err(_) => {}
        }
    }
    // A file that is not complete gets its lock file back if that went first.
    found.sort_by_key(|left| left.kind == LeftoverKind::Lock);
    let rows: Vec<_> = found.into_iter().map(|left| Row::of(left, asked, &mut failures)).collect();
    if output.is_json {
        output.json(&Object {
            directories: places.iter().map(|place| text(place)).collect(),
            leftovers: rows.iter().map(Row::object).collect(),
        })?;
    } else if !rows.is_empty() || failures.is_empty() {
        print(&rows, asked, output)?;
    }
    output.flush()?;
    let mut exit = Exit::Yes;
    for failure in &failures {
        exit = exit.max(failure.tell(output.is_json));
    }
    Ok(exit)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A leftover, and what has become of it.
struct Row {
    left: Leftover,
    done: Done,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    /// Nobody asked for more.
    Found,
    Removed,
    /// Somebody has begun to use it.
    InUse,
    /// It has a value, and nobody asked for those.
    HasValue,
    Failed,
}

impl Row {
    fn of(left: Leftover, asked: &Prune, failures: &mut Vec<Failure>) -> Self {
        let done = match asked.yes {
            false => Done::Found,
            true if left.kind.holds_value() && !asked.values => Done::HasValue,
            true => match left.remove() {
                Ok(Removal::Removed) => Done::Removed,
                Ok(_) => Done::InUse,
                Err(error) => {
                    let text = format!("`{}` stays: {}", path_text(&left.path), chain(&error));
                    failures.push(Failure::new(Exit::Unreadable, "not_removed", text));
                    Done::Failed
                }
            },
        };
        Self { left, done }
    }

    const fn kind(&self) -> (&'static str, &'static str) {
        match self.left.kind {
            LeftoverKind::Lock => ("lock", "a lock file without its file"),
            LeftoverKind::Temporary => ("temporary", "a file that its writer did not complete"),
            LeftoverKind::Checkpoints => {
                ("checkpoints", "checkpoints without their file; a writer would go on from them")
            }
            LeftoverKind::Abandoned => {
                ("abandoned", "a file that no writer has closed, with its last value")
            }
            _ => ("other", "something else"),
        }
    }

    const fn done(&self) -> &'static str {
        match self.done {
            Done::Found => "found",
            Done::Removed => "removed",
            Done::InUse => "in_use",
            Done::HasValue => "has_value",
            Done::Failed => "failed",
        }
    }

    fn object(&self) -> RowObject {
        RowObject {
            file: text(&self.left.path),
            kind: self.kind().0,
            size: self.left.len,
            done: self.done(),
        }
    }
}

#[derive(Serialize)]
struct Object {
    directories: Vec<String>,
    leftovers: Vec<RowObject>,
}

#[derive(Serialize)]
struct RowObject {
    file: String,
    kind: &'static str,
    size: u64,
    done: &'static str,
}

fn print(rows: &[Row], asked: &Prune, output: &mut Output) -> Result<(), Failure> {
    if rows.is_empty() {
        output.line("nothing is left over")?;
        return Ok(());
    }
    let (left, right) = (Align::Left, Align::Right);
    let mut table =
        Table::new([("leftover", left), ("size", right), ("", left), ("what it is", left)]);
    for row in rows {
        let done = match row.done {
            Done::Found => Cell::default(),
            Done::Removed => Cell::new("removed", GOOD),
            Done::InUse => Cell::new("stays: in use now", ODD),
            Done::HasValue => Cell::new("stays: has a value", ODD),
            Done::Failed => Cell::new("stays", ODD),
        };
        table.row([
            Cell::new(path_text(&row.left.path), NAME),
            units::size(row.left.len).into(),
            done,
            row.kind().1.into(),
        ]);
    }
    table.print(output)?;
    let with_value = rows.iter().any(|row| row.left.kind.holds_value());
    let without = rows.iter().any(|row| !row.left.kind.holds_value());
    if !asked.yes && without {
        output.line("nothing was removed: `--yes` removes what has no value")?;
    }
    if with_value && !(asked.yes && asked.values) {
        output.line("`--yes --values` also removes what has a value")?;
    }
    Ok(())
}
