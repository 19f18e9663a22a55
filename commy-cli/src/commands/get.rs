//! `get`: the values of one generation, now or when there is a newer one.

use core::time::Duration;
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Instant, SystemTime};

use commy::dynamic::{DynReader, GetError, Snapshot, Value};
use commy::{ReadError, WaitOutcome, WriterState};
use serde::{Serialize, Serializer};

use super::fingerprint;
use crate::cli::Get;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::escape::{Bare, Escaped, path_text, shortened};
use crate::output::{BAD, NAME, Output, units};

pub(crate) fn run(asked: &Get, output: &mut Output) -> Result<Exit, Failure> {
    let file = match asked.wait {
        None => super::open(&asked.file, &asked.demands)?,
        Some(newer_than) => match wait(asked, newer_than)? {
            Some(file) => file,
            None => return Ok(Exit::Interrupted),
        },
    };
    let found = Found::load(&file, &asked.paths, output.is_json)
        .map_err(|error| Failure::get(&asked.file, &error))?;
    if output.is_json {
        output.json(&found.object(&file, &asked.file))?;
    } else {
        found.print(!asked.paths.is_empty(), output)?;
    }
    match found.values.iter().find(|(_, value)| value.has_invalid()) {
        None => Ok(Exit::Yes),
        Some((name, value)) => {
            let (path, value) = (path_text(&asked.file), shortened(value, 200));
            let text = format!("`{path}`: a part of `{name}` is no value of its type: {value}");
            Err(Failure::new(Exit::Unreadable, "invalid", text))
        }
    }
}

/// Values by their paths.
struct Found {
    values: Vec<(String, Value)>,
    /// Of which generation they are, if that is known.
    generation: Option<u64>,
    published_at: Option<SystemTime>,
}

impl Found {
    /// Loads what is asked for: all of it from one generation.
    fn load(file: &DynReader, paths: &[String], with_generation: bool) -> Result<Self, GetError> {
        match paths {
            [path] if file.schema().is_growable() || !with_generation => {
                let before = file.generation();
                let value = patiently(|| file.get(path))?;
                // Also of a value that a writer has changed meanwhile nothing else was seen.
                let generation = Some(before).filter(|before| *before == file.generation());
                let published_at = generation.and_then(|_| file.published_at());
                Ok(Self { values: vec![(path.clone(), value)], generation, published_at })
            }
            _ => {
                let snapshot = patiently(|| Ok(file.snapshot()?));
                // A path that leads nowhere is refused whether or not there is a value.
                let refused = |path: &String| {
                    file.get(path).err().filter(|error| matches!(error, GetError::Path(_)))
                };
                let snapshot =
                    snapshot.map_err(|error| paths.iter().find_map(refused).unwrap_or(error))?;
                Self::of(&snapshot, paths)
            }
        }
    }

    fn of(snapshot: &Snapshot, paths: &[String]) -> Result<Self, GetError> {
        let mut values = Vec::new();
        for path in paths {
            values.push((path.clone(), snapshot.get(path)?));
        }
        if paths.is_empty() {
            values = snapshot.iter().map(|(name, value)| (name.to_owned(), value)).collect();
        }
        // A record that is no struct has no names.
        if values.is_empty() {
            values.push((String::new(), snapshot.to_value()));
        }
        let generation = Some(snapshot.generation());
        Ok(Self { values, generation, published_at: snapshot.published_at() })
    }

    /// Bare values on lines, or all fields by their names.
    fn print(&self, are_bare: bool, output: &mut Output) -> Result<(), Failure> {
        for (name, value) in &self.values {
            let style = if value.has_invalid() { BAD } else { anstyle::Style::new() };
            match are_bare || name.is_empty() {
                true => writeln!(output, "{style}{}{style:#}", Bare(value))?,
                false => {
                    let name = Escaped(name);
                    writeln!(output, "{NAME}{name}:{NAME:#} {style}{value}{style:#}")?;
                }
            }
        }
        Ok(())
    }

    fn object<'a>(&'a self, file: &'a DynReader, path: &Path) -> Object<'a> {
        let age = self.published_at.map(|time| time.elapsed().unwrap_or_default().as_secs_f64());
        Object {
            file: path.to_string_lossy().into_owned(),
            name: file.schema().name(),
            fingerprint: fingerprint(file),
            generation: self.generation,
            published_at: self.published_at.and_then(units::moment),
            age_s: age,
            values: Values(&self.values),
        }
    }
}

#[derive(Serialize)]
struct Object<'a> {
    file: String,
    name: &'a str,
    fingerprint: String,
    generation: Option<u64>,
    published_at: Option<String>,
    age_s: Option<f64>,
    values: Values<'a>,
}

/// An object with a member for each path.
struct Values<'a>(&'a [(String, Value)]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What was named twice is there once.
        let is_first =
            |index: usize, name: &str| self.0.iter().take(index).all(|(other, _)| other != name);
        let values = self.0.iter().enumerate().filter(|(index, (name, _))| is_first(*index, name));
        serializer.collect_map(values.map(|(_, (name, value))| (name, value)))
    }
}

/// For how long a writer that publishes flat out may be in the way.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads again as long as the writer was in the way, but not for ever.
pub(super) fn patiently<T>(read: impl Fn() -> Result<T, GetError>) -> Result<T, GetError> {
    let start = Instant::now();
    loop {
        match read() {
            Err(GetError::Read(ReadError::Contended { .. })) if start.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_micros(200));
            }
            result => return result,
        }
    }
}

/// How late Ctrl-C, or another file at the path, may be seen.
const SLICE: Duration = Duration::from_millis(100);

/// Waits for a value that is newer; `None` after Ctrl-C.
fn wait(asked: &Get, newer_than: Option<u64>) -> Result<Option<DynReader>, Failure> {
    let interrupt = Interrupt::take();
    let until = asked.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let left = || until.map(|until| until.saturating_duration_since(Instant::now()));
    let mut newer_than = newer_than;
    let mut file = None::<DynReader>;
    while !interrupt.is_pressed() {
        let slice = left().map_or(SLICE, |left| left.min(SLICE));
        let Some(open) = &file else {
            match super::open(&asked.file, &asked.demands) {
                Ok(opened) => {
                    newer_than.get_or_insert_with(|| opened.generation());
                    file = Some(opened);
                }
                Err(failure) if failure.kind() != "not_found" => return Err(failure),
                Err(failure) if slice.is_zero() => return Err(late(asked, failure.text())),
                Err(_) => {
                    // Any value of a file that comes is a new one.
                    newer_than = Some(0);
                    thread::sleep(slice.min(Duration::from_millis(10)));
                }
            }
            continue;
        };
        let base = newer_than.unwrap_or(0);
        match open.wait_newer(base, slice) {
            WaitOutcome::Newer(_) => return Ok(file),
            // Generations of another file are other ones.
            WaitOutcome::Superseded => (file, newer_than) = (None, Some(0)),
            _ if left().is_some_and(|left| left.is_zero()) => {
                let path = path_text(&asked.file);
                let writer = match open.writer_state() {
                    WriterState::Alive => "its writer lives",
                    WriterState::Dead => "it has no writer",
                    _ => "whether it has a writer is unknown",
                };
                let text = format!("`{path}`: nothing newer than generation {base}, and {writer}");
                return Err(late(asked, text));
            }
            // Until another writer opens it, a closed file lets no wait last.
            WaitOutcome::Closed => thread::sleep(slice.min(Duration::from_millis(10))),
            _ => {}
        }
    }
    Ok(None)
}

/// The time is over.
fn late(asked: &Get, text: String) -> Failure {
    let within = units::time(asked.timeout.unwrap_or_default());
    Failure::new(Exit::NothingYet, "time_over", format_args!("{text}, within {within}"))
}
