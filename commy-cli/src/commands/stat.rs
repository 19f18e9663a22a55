//! `stat`: how files are published, measured by looking at their generations.

mod intervals;

use core::time::Duration;
use std::path::Path;
use std::time::{Instant, SystemTime};

use anstyle::Style;
use commy::dynamic::{self, DynReader};
use commy::{FileState, WriterState};
use serde::Serialize;

use self::intervals::{Intervals, Spread};
use crate::cli::Stat;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::escape::path_text;
use crate::output::progress::TimeBar;
use crate::output::table::{Align, Cell, Table};
use crate::output::{BAD, GOOD, NAME, Output, units};

/// How long the command sleeps between two looks at all files.
const LOOK: Duration = Duration::from_micros(100);
/// How often it looks whether another file has taken the place of one, and draws the bar.
const SELDOM: Duration = Duration::from_millis(100);

pub(crate) fn run(asked: &Stat, output: &mut Output) -> Result<Exit, Failure> {
    let mut exit = Exit::Yes;
    let mut watched = Vec::new();
    for path in &asked.files {
        match super::open(path, &asked.demands) {
            Ok(file) => watched.push(Watched::new(path, file)),
            Err(failure) => exit = exit.max(failure.tell(output.is_json)),
        }
    }
    if watched.is_empty() {
        return Ok(exit);
    }
    let interrupt = Interrupt::take();
    watch(&mut watched, asked.time, &interrupt);
    let measured: Vec<_> = watched.iter().map(Watched::measured).collect();
    if output.is_json {
        output.json(&Object { files: measured })?;
    } else {
        print(&measured, output)?;
    }
    output.flush()?;
    for watched in &watched {
        if let Some(failure) = watched.failure() {
            exit = exit.max(failure.tell(output.is_json));
        }
    }
    Ok(if interrupt.is_pressed() { Exit::Interrupted } else { exit })
}

/// Looks until the time is over, or Ctrl-C is pressed.
fn watch(watched: &mut [Watched<'_>], time: Duration, interrupt: &Interrupt) {
    let start = Instant::now();
    let bar = TimeBar::new(time);
    let mut seldom = start;
    while !interrupt.is_pressed() {
        let elapsed = start.elapsed();
        if elapsed >= time {
            break;
        }
        if seldom.elapsed() >= SELDOM {
            seldom = Instant::now();
            bar.set(elapsed);
            watched.iter_mut().for_each(Watched::follow);
        }
        watched.iter_mut().for_each(Watched::look);
        std::thread::sleep(LOOK.min(time.saturating_sub(elapsed)));
    }
    watched.iter_mut().for_each(Watched::look);
}

/// A file that is measured.
struct Watched<'a> {
    path: &'a Path,
    file: DynReader,
    since: Instant,
    until: Instant,
    /// The generation that was seen last, and when that was: by the file's own clock, and by this one.
    generation: u64,
    published_at: Option<SystemTime>,
    seen_at: Option<Instant>,
    published: u64,
    seen: u64,
    replaced: u32,
    intervals: Intervals,
}

impl<'a> Watched<'a> {
    fn new(path: &'a Path, file: DynReader) -> Self {
        let now = Instant::now();
        let (generation, published_at) = latest(&file);
        Self {
            path,
            file,
            since: now,
            until: now,
            generation,
            published_at,
            // When that was published is not known.
            seen_at: None,
            published: 0,
            seen: 0,
            replaced: 0,
            intervals: Intervals::default(),
        }
    }

    fn look(&mut self) {
        let (generation, published_at) = latest(&self.file);
        self.until = Instant::now();
        let steps = generation.saturating_sub(self.generation);
        if steps == 0 {
            return;
        }
        self.published += steps;
        self.seen += 1;
        let between = match (self.published_at, published_at) {
            // A clock that was set back tells no interval.
            (Some(before), Some(now)) => now.duration_since(before).ok(),
            _ => self.seen_at.map(|before| self.until.duration_since(before)),
        };
        if let Some(between) = between {
            self.intervals.add(between, steps);
        }
        (self.generation, self.published_at, self.seen_at) =
            (generation, published_at, Some(self.until));
    }

    /// Goes on with the file that has taken the place of this one.
    fn follow(&mut self) {
        if !self.file.is_superseded() {
            return;
        }
        let Ok(file) = dynamic::open(self.path) else { return };
        self.look();
        (self.generation, self.published_at) = latest(&file);
        (self.file, self.seen_at) = (file, None);
        self.replaced += 1;
    }

    fn measured(&self) -> Measured {
        let seconds = self.until.duration_since(self.since).as_secs_f64();
        // Nothing is measured in no time.
        let rate = if seconds > 0.0 { self.published as f64 / seconds } else { 0.0 };
        let schema = self.file.schema();
        Measured {
            file: self.path.to_string_lossy().into_owned(),
            shown: path_text(self.path),
            seconds,
            generation: self.generation,
            publishes: self.published,
            rate,
            // What a growable record publishes is what has changed, and nobody counts that.
            bytes_per_s: (!schema.is_growable()).then(|| rate * schema.size() as f64),
            seen: self.seen,
            times: if self.published_at.is_some() { "file" } else { "looks" },
            interval_s: self.intervals.spread(),
            jitter_s: self.intervals.jitter(),
            replaced: self.replaced,
            writer: match self.file.writer_state() {
                WriterState::Alive => "alive",
                WriterState::Dead => "none",
                _ => "unknown",
            },
        }
    }

    fn failure(&self) -> Option<Failure> {
        let is_empty = self.file.state() == FileState::Empty;
        is_empty.then(|| Failure::read(self.path, &commy::ReadError::Empty))
    }
}

/// The latest generation, and when it was published if the file says so.
fn latest(file: &DynReader) -> (u64, Option<SystemTime>) {
    /// A writer that publishes flat out may be between the two each time. Then the time is that of a later one, by
    /// as little as such publishes take.
    const TRIES: u32 = 16;
    let mut latest = (file.generation(), file.published_at());
    for _ in 1..TRIES {
        // Without times nothing has to belong together.
        if latest.1.is_none() || file.generation() == latest.0 {
            break;
        }
        latest = (file.generation(), file.published_at());
    }
    latest
}

#[derive(Serialize)]
struct Object {
    files: Vec<Measured>,
}

#[derive(Serialize)]
struct Measured {
    file: String,
    #[serde(skip)]
    shown: String,
    seconds: f64,
    generation: u64,
    publishes: u64,
    rate: f64,
    bytes_per_s: Option<f64>,
    /// How many looks found a new generation.
    seen: u64,
    /// Where the times of publishes are from.
    times: &'static str,
    interval_s: Option<Spread>,
    jitter_s: Option<Spread>,
    replaced: u32,
    writer: &'static str,
}

fn print(measured: &[Measured], output: &mut Output) -> Result<(), Failure> {
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new([
        ("file", left),
        ("publishes", right),
        ("rate", right),
        ("bytes", right),
        ("interval p50", right),
        ("p99", right),
        ("max", right),
        ("jitter p50", right),
        ("p99", right),
        ("max", right),
        ("writer", left),
    ]);
    for file in measured {
        let parts = |spread: &Option<Spread>| -> [Cell; 3] {
            let Some(spread) = spread else { return Default::default() };
            [spread.p50, spread.p99, spread.max].map(|seconds| {
                let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
                units::time(time).into()
            })
        };
        let [interval, interval_p99, interval_max] = parts(&file.interval_s);
        let [jitter, jitter_p99, jitter_max] = parts(&file.jitter_s);
        let bytes = file.bytes_per_s.map(|bytes| format!("{}/s", units::size(bytes as u64)));
        let style = match file.writer {
            "alive" => GOOD,
            "none" => BAD,
            _ => Style::new(),
        };
        table.row([
            Cell::new(&*file.shown, NAME),
            units::grouped(file.publishes).into(),
            units::rate(file.rate).into(),
            bytes.unwrap_or_default().into(),
            interval,
            interval_p99,
            interval_max,
            jitter,
            jitter_p99,
            jitter_max,
            Cell::new(file.writer, style),
        ]);
    }
    table.print(output)?;
    for file in measured {
        notes(file, output)?;
    }
    Ok(())
}

/// What has to be known of the figures.
fn notes(file: &Measured, output: &mut Output) -> Result<(), Failure> {
    let shown = &file.shown;
    if file.times == "looks" && file.interval_s.is_some() {
        output.line(format_args!(
            "{shown}: keeps no times; intervals are those between looks, {} apart and more",
            units::time(LOOK)
        ))?;
    }
    if file.seen < file.publishes {
        output.line(format_args!(
            "{shown}: {} looks for {} publishes; intervals between two looks are means",
            units::grouped(file.seen),
            units::grouped(file.publishes)
        ))?;
    }
    if file.replaced > 0 {
        output
            .line(format_args!("{shown}: another file took its place, {} times", file.replaced))?;
    }
    Ok(())
}
