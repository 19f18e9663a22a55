//! `ls`: the commy files in directories.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use commy::OpenError;
use commy::dynamic::{self, DynReader};
use serde::Serialize;

use super::known::{Known, rates};
use crate::cli::Ls;
use crate::exit::{Exit, Failure};
use crate::output::escape::{Escaped, path_text};
use crate::output::table::{Align, Cell, Table};
use crate::output::{BAD, NAME, Output, units};

pub(crate) fn run(asked: &Ls, output: &mut Output) -> Result<Exit, Failure> {
    let is_asked = !asked.places.is_empty();
    let places = if is_asked { asked.places.clone() } else { default_places() };
    let mut looked = Looked::default();
    for place in &places {
        // What nobody named need not be there.
        if let Err(failure) = looked.at_place(place)
            && is_asked
        {
            looked.failures.push(failure);
        }
    }
    looked.print(&places, output)?;
    output.flush()?;
    // With several failures the highest code counts.
    let mut exit =
        if looked.found.is_empty() && looked.broken.is_empty() { Exit::No } else { Exit::Yes };
    let is_other = !looked.failures.is_empty();
    for failure in &looked.failures {
        exit = exit.max(failure.tell(output.is_json));
    }
    if exit == Exit::No && !is_other {
        let places: Vec<_> = places.iter().map(|place| format!("`{}`", path_text(place))).collect();
        let hidden = match looked.hidden {
            0 => String::new(),
            hidden => format!("; {hidden} of the files there may not be read"),
        };
        let text = format!("no commy files in {}{hidden}", places.join(", "));
        return Err(Failure::new(Exit::No, "nothing_found", text));
    }
    Ok(exit)
}

/// Where files are, unless somebody says.
pub(super) fn default_places() -> Vec<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let mut places = Vec::new();
    places.extend(variable("COMMY_DIR").map(PathBuf::from));
    // systemd separates several with a colon.
    let directories = variable("RUNTIME_DIRECTORY");
    places.extend(directories.iter().flat_map(env::split_paths));
    places.extend(variable("XDG_RUNTIME_DIR").map(PathBuf::from));
    let shared = Path::new("/dev/shm");
    places.push(shared.into());
    places.extend(private_directories(shared));
    places.push(".".into());
    let mut seen = BTreeSet::new();
    // Two of these may be one.
    places.retain(|place| seen.insert(fs::canonicalize(place).unwrap_or_else(|_| place.clone())));
    places
}

/// The directories in `shared` that only their owner may enter: where `options().runtime_dir()` has files.
fn private_directories(shared: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let entries = fs::read_dir(shared).into_iter().flatten().flatten();
    let private = entries.filter(|entry| {
        // Links are not followed.
        entry
            .metadata()
            .is_ok_and(|found| found.is_dir() && found.permissions().mode() & 0o077 == 0)
    });
    let mut private: Vec<_> = private.map(|entry| entry.path()).collect();
    private.sort();
    private
}

/// What was found.
#[derive(Default)]
struct Looked {
    found: Vec<(PathBuf, Known)>,
    /// What is a commy file, and cannot be read.
    broken: Vec<(PathBuf, Failure)>,
    failures: Vec<Failure>,
    /// How many files may not be read, so that nobody knows what they are.
    hidden: u32,
}

/// So many files are open at once: a process may have a thousand descriptors as a rule.
const OPEN: usize = 128;

impl Looked {
    /// Looks into a directory, or at a file that somebody named.
    fn at_place(&mut self, place: &Path) -> Result<(), Failure> {
        if place.is_file() {
            let file = dynamic::open(place)?;
            self.add(vec![(place.into(), file)]);
            return Ok(());
        }
        let entries = fs::read_dir(place).map_err(|error| cannot_look(place, &error))?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        // Links count: a name in a directory of one's own may lead to a file elsewhere.
        paths.retain(|path| fs::metadata(path).is_ok_and(|found| found.is_file()));
        for some in paths.chunks(OPEN) {
            let open = some.iter().filter_map(|path| {
                let path = path.strip_prefix("./").unwrap_or(path);
                Some((path.to_path_buf(), self.opened(path)?))
            });
            let open = open.collect();
            self.add(open);
        }
        Ok(())
    }

    /// Opens a file if it is one of commy's.
    fn opened(&mut self, path: &Path) -> Option<DynReader> {
        match dynamic::open(path) {
            Ok(file) => return Some(file),
            // Files of others; one that went meanwhile; checkpoints, which belong to a file.
            Err(
                OpenError::NotCommy { .. }
                | OpenError::NotFound { .. }
                | OpenError::NotRegular { .. }
                | OpenError::Kind { .. },
            ) => {}
            Err(OpenError::Permission { .. }) => self.hidden += 1,
            Err(error) => self.broken.push((path.into(), error.into())),
        }
        None
    }

    /// Looks at open files, all at once.
    fn add(&mut self, open: Vec<(PathBuf, DynReader)>) {
        let readers: Vec<_> = open.iter().map(|(_, reader)| reader).collect();
        let rates = rates(&readers);
        for ((path, reader), rate) in open.iter().zip(rates) {
            self.found.push((path.clone(), Known::new(path, &reader.info(), rate)));
        }
    }

    fn print(&self, places: &[PathBuf], output: &mut Output) -> Result<(), Failure> {
        if output.is_json {
            let broken = self.broken.iter();
            let unreadable = broken.map(|(path, failure)| Unreadable {
                file: path.to_string_lossy().into_owned(),
                kind: failure.kind(),
                error: failure.text(),
            });
            let directories = places.iter().map(|place| place.to_string_lossy().into_owned());
            output.json(&Object {
                directories: directories.collect(),
                files: self.found.iter().map(|(_, known)| known).collect(),
                unreadable: unreadable.collect(),
                hidden: self.hidden,
            })?;
            return Ok(());
        }
        if !self.found.is_empty() || !self.broken.is_empty() {
            self.table().print(output)?;
        }
        Ok(())
    }

    fn table(&self) -> Table<8> {
        let (left, right) = (Align::Left, Align::Right);
        let mut table = Table::new([
            ("file", left),
            ("struct", left),
            ("size", right),
            ("generation", right),
            ("rate", right),
            ("age", right),
            ("writer", left),
            ("readers", right),
        ]);
        for (path, known) in &self.found {
            let writer = match known.writer.pid {
                Some(pid) => format!("{} {pid}", known.writer.status),
                None => known.writer.status.into(),
            };
            table.row([
                Cell::new(path_text(path), NAME),
                Escaped(&known.name).to_string().into(),
                units::size(known.file_len).into(),
                units::grouped(known.generation).into(),
                known.rate_text().unwrap_or_default().into(),
                known.age().unwrap_or_default().into(),
                Cell::new(writer, known.writer.style()),
                known.readers.count().into(),
            ]);
        }
        for (path, failure) in &self.broken {
            let mut row: [Cell; 8] = Default::default();
            let [name, what, ..] = &mut row;
            *name = Cell::new(path_text(path), NAME);
            *what = Cell::new(failure.kind().replace('_', " "), BAD);
            table.row(row);
        }
        table
    }
}

#[derive(Serialize)]
struct Object<'a> {
    directories: Vec<String>,
    files: Vec<&'a Known>,
    unreadable: Vec<Unreadable>,
    hidden: u32,
}

#[derive(Serialize)]
struct Unreadable {
    file: String,
    kind: &'static str,
    error: String,
}

pub(super) fn cannot_look(place: &Path, error: &std::io::Error) -> Failure {
    use std::io::ErrorKind;

    let place = path_text(place);
    match error.kind() {
        ErrorKind::NotFound => Failure::new(
            Exit::Unreadable,
            "not_found",
            format_args!("no directory or file at `{place}`"),
        ),
        ErrorKind::PermissionDenied => Failure::new(
            Exit::Unreadable,
            "permission",
            format_args!("no permission to list `{place}`"),
        ),
        _ => Failure::new(Exit::Unreadable, "io", format_args!("cannot list `{place}`: {error}")),
    }
}
