//! Kills writers and readers at random microseconds and looks for anything that should not be.
//!
//! A harness that never finds anything shows nothing: `tests/scripts/controls.sh` builds it with
//! one step of the protocol removed at a time, and fails unless violations are found.
//!
//! The long version; `COMMY_HARNESS_SECONDS` says how long at least (600 if not set),
//! `COMMY_HARNESS_KILLS` how many writers and how many readers are to be killed at least,
//! `COMMY_HARNESS_SNAPSHOTS` how many snapshots are to be taken, `COMMY_HARNESS_SEED` which random
//! moments:
//!
//! ```text
//! cargo test --release --test kill_harness -- --ignored --exact long_run --nocapture
//! ```
//!
//! Kills come from outside at random microseconds. For half of the writers they come from a thread
//! of their own, at a random moment after their first publish began: two deaths in a row within a
//! publish are otherwise too rare to be met. `unfinished` in the harness's line counts the writers
//! whose death left a publish half done.
//!
//! Processes count in small files that outlive a kill; the harness adds them up. After each death
//! it checks, without a writer, that the last value is whole, and not older than anything a dead
//! reader had seen. Then it checks what the next writer starts from.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unreachable_pub, reason = "modules of one test")]
#![allow(clippy::print_stdout, reason = "the counts are the result")]

mod contents;
mod roles;
#[path = "../support/mod.rs"]
mod support;
mod tally;

use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, thread};

use commy::{OpenError, ReadError, Reader, Writer};

use contents::{Contents, Large, Small};
use roles::{Doom, Orders, Shape, log_beside};
use support::format::file::LATEST;
use support::format::header::{SLOT_COUNT, SLOT_STRIDE, SLOTS};
use tally::{Counts, describe};

const WRITER: &str = "roles::writer_until_killed";
/// Readers beside the writer of a file.
const READERS: usize = 2;
/// Kills on one file before a new one is created.
const KILLS_PER_FILE: u32 = 40;
/// Longest life of a process in microseconds, and of one that is to die while it starts.
const LIFE_US: u64 = 40_000;
const SHORT_LIFE_US: u64 = 4_000;
/// A writer that kills itself does so within two to the power of this many turns of an empty loop,
/// or at one of this many places: those of reading what is there, and of its first publish.
const DOOM_BITS: u64 = 10;
const DOOM_PLACES: u64 = 7;
const SIGKILL: i32 = 9;

#[derive(Debug, Default)]
struct Totals {
    files: u64,
    writers_killed: u64,
    readers_killed: u64,
    /// How many of the writers were in the middle of a publish.
    unfinished: u64,
    /// Snapshots of the harness itself while no writer lived.
    checks: u64,
    counts: Counts,
}

#[test]
fn killed_writers_and_readers_leave_whole_values() {
    // However slow the machine is: fewer would show nothing.
    let enough = |totals: &Totals| {
        totals.writers_killed > 10
            && totals.readers_killed > 10
            && totals.unfinished > 0
            && totals.files > 1
            && totals.counts.snapshots > 1000
    };
    let totals = run(Duration::from_secs(4), 0x9e37_79b9_7f4a_7c15, enough);
    report(&totals);
    assert_eq!(totals.counts.violations, 0, "see the lines above");
}

#[test]
#[ignore = "takes COMMY_HARNESS_SECONDS, or 600"]
fn long_run() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let time = Duration::from_secs(number("COMMY_HARNESS_SECONDS").unwrap_or(600));
    let kills = number("COMMY_HARNESS_KILLS").unwrap_or(0);
    let snapshots = number("COMMY_HARNESS_SNAPSHOTS").unwrap_or(0);
    let seed = number("COMMY_HARNESS_SEED").unwrap_or(1) | 1;
    let totals = run(time, seed, |totals| {
        totals.writers_killed.min(totals.readers_killed) >= kills
            && totals.counts.snapshots >= snapshots
    });
    report(&totals);
    assert_eq!(totals.counts.violations, 0, "see the lines above");
}

/// One line of counts; scripts read it.
fn report(totals: &Totals) {
    let Totals { files, writers_killed, readers_killed, unfinished, checks, counts } = totals;
    let Counts { publishes, snapshots, getters, contended, violations, .. } = counts;
    println!(
        "harness: files={files} writers_killed={writers_killed} readers_killed={readers_killed} \
         unfinished={unfinished} publishes={publishes} snapshots={snapshots} getters={getters} contended={contended} \
         checks={checks} violations={violations}"
    );
}

/// Kills for that long, and until there is enough.
fn run(time: Duration, seed: u64, enough: impl Fn(&Totals) -> bool) -> Totals {
    let (mut totals, mut random) = (Totals::default(), support::Random(seed));
    let started = Instant::now();
    while started.elapsed() < time || !enough(&totals) {
        // Of one file: how long it takes to have enough is up to the machine.
        let _watchdog = support::watchdog(Duration::from_secs(300));
        let slots = [2, 2, 3, 4, 7][random.below(5) as usize];
        if totals.files.is_multiple_of(2) {
            one_file::<Small>(Shape::Small, slots, &mut random, &mut totals);
        } else {
            one_file::<Large>(Shape::Large, slots, &mut random, &mut totals);
        }
    }
    totals
}

/// A process of the harness and where it counts.
struct Worker {
    role: &'static str,
    process: support::Reaped,
    /// Whether it kills itself.
    doomed: bool,
    tally: PathBuf,
}

/// One file, its processes, and what the harness itself has seen of it.
struct Stage<'a, T: Contents> {
    path: &'a Path,
    shape: Shape,
    slots: u32,
    started: u64,
    observer: Option<Reader<T>>,
    newest: u64,
    /// The highest generation that the file has spoken of.
    spoken: u64,
}

fn one_file<T: Contents>(
    shape: Shape,
    slots: u32,
    random: &mut support::Random,
    totals: &mut Totals,
) {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_path_buf() } else { env::temp_dir() };
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path().join("data");
    let mut stage =
        Stage::<T> { path: &path, shape, slots, started: 0, observer: None, newest: 0, spoken: 0 };
    let roles = ["roles::reader_until_killed"; READERS];
    let mut workers: Vec<_> =
        [WRITER].into_iter().chain(roles).map(|role| stage.start(role, random)).collect();
    for _ in 0..KILLS_PER_FILE {
        // As many writers as readers, though there are more of those.
        let victim = match random.below(2) {
            0 => 0,
            _ => 1 + random.below(READERS as u64) as usize,
        };
        if !workers[victim].doomed {
            let longest = if random.below(4) == 0 { SHORT_LIFE_US } else { LIFE_US };
            thread::sleep(Duration::from_micros(random.below(longest)));
        }
        stage.kill(&mut workers[victim], random, totals);
        workers[victim] = stage.start(workers[victim].role, random);
    }
    for worker in &mut workers {
        stage.kill(worker, random, totals);
    }
    totals.files += 1;
    if let Ok(log) = fs::read_to_string(log_beside(&path)) {
        log.lines().take(8).for_each(|line| println!("{line}"));
    }
}

impl<T: Contents> Stage<'_, T> {
    fn start(&mut self, role: &'static str, random: &mut support::Random) -> Worker {
        self.started += 1;
        let tally = self.path.with_file_name(format!("tally-{}", self.started));
        let pace = [0, 0, 30, 1000][random.below(4) as usize];
        let doomed = role == WRITER && random.below(2) == 0;
        let most_turns = 2 << random.below(DOOM_BITS);
        let doom = doomed.then(|| match random.below(4) {
            1.. if cfg!(commy_jitter) => Doom::Place(1 + random.below(DOOM_PLACES)),
            _ => Doom::Turns(random.below(most_turns)),
        });
        let Self { shape, slots, path, .. } = *self;
        let process = Orders { shape, slots, pace, doom, path, tally: &tally }.start(role);
        Worker { role, process, doomed, tally }
    }

    /// Kills the process, or waits until it has done so itself, and looks at what it left.
    fn kill(&mut self, worker: &mut Worker, random: &mut support::Random, totals: &mut Totals) {
        if !worker.doomed {
            worker.process.0.kill().unwrap();
        }
        // Waiting closes it, and a process whose input ends takes it for the end of the harness.
        let input = worker.process.0.stdin.take();
        let status = worker.process.0.wait().unwrap();
        drop(input);
        if status.signal() != Some(SIGKILL) {
            self.violation(&format!("{} ended by itself: {status}", worker.role), totals);
        }
        let counts = Counts::read(&worker.tally);
        let _ = fs::remove_file(&worker.tally);
        // What a reader has seen must not be older than what is found later.
        self.newest = self.newest.max(counts.newest);
        totals.counts.add(counts);
        if worker.role == WRITER {
            totals.writers_killed += 1;
            totals.unfinished += u64::from(self.is_unfinished());
            self.check_without_writer(random, totals);
        } else {
            totals.readers_killed += 1;
        }
    }

    /// Returns whether the writer that is dead now has begun a publish and not ended it.
    fn is_unfinished(&mut self) -> bool {
        let Ok(file) = File::open(self.path) else { return false };
        let number = |at: u64| {
            let mut bytes = [0; 8];
            file.read_exact_at(&mut bytes, at).unwrap();
            u64::from_ne_bytes(bytes)
        };
        let (slots, stride) = (number(SLOTS as u64), number(SLOT_STRIDE as u64));
        let sequences = (0..number(SLOT_COUNT as u64)).map(|slot| number(slots + slot * stride));
        let spoken = sequences.map(|sequence| sequence.div_ceil(2)).max().unwrap();
        let before = core::mem::replace(&mut self.spoken, spoken);
        spoken > before && spoken > number(LATEST as u64)
    }

    fn violation(&self, what: &str, totals: &mut Totals) {
        totals.counts.violations += 1;
        describe(&log_beside(self.path), what);
    }

    /// Nobody writes: the last complete value must be there, whole, for old and new processes.
    fn check_without_writer(&mut self, random: &mut support::Random, totals: &mut Totals) {
        totals.checks += 1;
        if let Err(what) = self.last_value() {
            self.violation(&format!("without a writer: {what}"), totals);
        } else if random.below(4) == 0 && self.observer.is_some() {
            // Another one takes over, and closes in good order.
            if let Err(what) = self.next_writer() {
                self.violation(&format!("next writer: {what}"), totals);
            }
        }
    }

    fn last_value(&mut self) -> Result<(), String> {
        if self.observer.is_none() {
            self.observer = match Reader::open_at(self.path) {
                Ok(reader) => Some(reader),
                // Killed before the file had its name.
                Err(OpenError::NotFound { .. }) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            };
        }
        let late = Reader::<T>::open_at(self.path).map_err(|error| error.to_string())?;
        for reader in self.observer.iter().chain([&late]) {
            match reader.read(|view| Ok((view.file().generation(), view.snapshot()?))) {
                Ok((generation, value)) => {
                    value.verify(generation)?;
                    if generation < self.newest {
                        return Err(format!("generation {generation} after {}", self.newest));
                    }
                    self.newest = generation;
                }
                // Killed before the first publish was complete.
                Err(ReadError::Empty) if self.newest == 0 => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn next_writer(&mut self) -> Result<(), String> {
        let writer = Writer::<T>::create_at(self.path).map_err(|error| error.to_string())?;
        if writer.file().generation() < self.newest {
            return Err(format!(
                "continues at {} after {}",
                writer.file().generation(),
                self.newest
            ));
        }
        if self.newest != 0 {
            writer.get().verify(self.newest)?;
        }
        Ok(())
    }
}
