//! Kills the writer and the readers of a record that grows at random moments, and looks for anything
//! that should not be.
//!
//! Every byte of the record, and every element of its lists, maps, queues, boxes and enums, follows from
//! one number. Two readers read without a pin, one holds views, and one walks maps and lists while the
//! writer publishes; all check whatever they get. Some writers compact at random, and those of some
//! files flush. The budget and the file are small, so that blocks are used again and views are evicted
//! all the time. `tests/scripts/controls.sh` builds this with one step of the reclaiming removed at a
//! time, and fails unless violations are found.
//!
//! The files of writers that flush are on a disk. When all processes are dead, such a file is given back
//! as after a restart of the machine: what the checkpoint leads to must be whole, and no older than the
//! last flush that a dead writer has told of.
//!
//! The long version; `COMMY_HARNESS_SECONDS` says how long at least (600 if not set), `COMMY_HARNESS_KILLS`
//! how many processes are to be killed at least, `COMMY_HARNESS_VIEWS` how many looks at pinned views and
//! `COMMY_HARNESS_READS` how many reads without a pin there are to be, `COMMY_HARNESS_SEED` which random
//! moments:
//!
//! ```text
//! cargo test --release --test growable_killed -- --ignored --exact long_run --nocapture
//! ```
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "records may have boxes of text")]
#![allow(unreachable_pub, reason = "modules of one test")]
#![allow(clippy::print_stdout, reason = "the counts are the result")]

#[path = "kill_harness/grid.rs"]
mod grid;
#[path = "kill_harness/lists.rs"]
mod lists;
#[path = "kill_harness/sheet_roles.rs"]
mod roles;
#[path = "kill_harness/sheet.rs"]
mod sheet;
#[path = "kill_harness/stores.rs"]
mod stores;
mod support;
#[path = "kill_harness/tally.rs"]
mod tally;

use core::time::Duration;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, thread};

use commy::{CreateError, OpenError, ReadError, Recovered};

use roles::{DURABLE, SEED, TALLY, log_beside, writer};
use sheet::SheetReader;
use support::Random;
use support::format::file::{CLEAN, KERNEL};
use tally::{Counts, describe};

const WRITER: &str = "roles::writer_until_killed";
const UNPINNED: &str = "roles::unpinned_reader_until_killed";
const PINNED: &str = "roles::pinned_reader_until_killed";
const WALKING: &str = "roles::walking_reader_until_killed";
/// What the library itself looks for when it is built with `--cfg commy_jitter`.
const LAST_PLACE: &str = "COMMY_JITTER_KILL";
const KILLS_PER_FILE: u32 = 60;
/// The same of a file on a disk, which then is given back as after a restart.
const KILLS_PER_DURABLE_FILE: u32 = 12;
/// Longest life of a process in microseconds, and of one that is to die while it starts.
const LIFE_US: u64 = 60_000;
const SHORT_LIFE_US: u64 = 6_000;
const SIGKILL: i32 = 9;

/// A number that is the same for the same one.
fn mixed(number: u64) -> u64 {
    let mixed = (number ^ number >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
}

#[derive(Debug, Default)]
struct Totals {
    files: u64,
    writers_killed: u64,
    readers_killed: u64,
    /// How many files were given back as after a restart, and had a value from a checkpoint.
    restarts: u64,
    counts: Counts,
}

struct Worker {
    role: &'static str,
    process: support::Reaped,
    tally: PathBuf,
}

/// A file and those who work on it.
struct Stage<'p> {
    path: &'p Path,
    is_durable: bool,
}

impl Stage<'_> {
    fn start(&self, role: &'static str, random: &mut Random) -> Worker {
        let tally = self.path.with_file_name(format!("tally-{}", random.next()));
        let seed = random.next() >> 1;
        let mut environment: Vec<(&str, OsString)> =
            vec![(TALLY, tally.clone().into()), (SEED, seed.to_string().into())];
        if cfg!(commy_jitter) && role == WRITER && random.below(2) == 0 {
            // Ends itself at one of the places between two steps, if it is not killed before.
            let places = 1 << (4 + random.below(10));
            environment.push((LAST_PLACE, (1 + random.below(places)).to_string().into()));
        }
        if self.is_durable {
            environment.push((DURABLE, "yes".into()));
        }
        let process = support::Reaped(support::start_with(role, self.path, &environment));
        Worker { role, process, tally }
    }
}

fn kill(worker: &mut Worker, path: &Path, totals: &mut Totals) {
    worker.process.0.kill().unwrap();
    let input = worker.process.0.stdin.take();
    let status = worker.process.0.wait().unwrap();
    drop(input);
    if status.signal() != Some(SIGKILL) {
        violation(path, &format!("{} ended by itself: {status}", worker.role), totals);
    }
    totals.counts.add(Counts::read(&worker.tally));
    let _ = fs::remove_file(&worker.tally);
    match worker.role {
        WRITER => totals.writers_killed += 1,
        _ => totals.readers_killed += 1,
    }
}

fn violation(path: &Path, what: &str, totals: &mut Totals) {
    totals.counts.violations += 1;
    describe(&log_beside(path), what);
}

/// Nobody writes: the last complete value must be there, and be what the next writer has.
fn check_without_writer(
    path: &Path,
    takes_over: bool,
    is_durable: bool,
    totals: &mut Totals,
) -> Result<(), String> {
    let reader = match SheetReader::open_at(path) {
        Ok(reader) => reader,
        Err(OpenError::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let serial = match reader.pin() {
        Ok(view) => {
            let sheet = view.snapshot().map_err(|error| error.to_string())?;
            view.verify().map_err(|error| error.to_string())?;
            sheet.verify()?
        }
        Err(ReadError::Empty) => 0,
        Err(error) => return Err(error.to_string()),
    };
    // What a reader has seen must not be older than what is found later.
    if serial < totals.counts.newest {
        return Err(format!("{serial} after {}", totals.counts.newest));
    }
    if takes_over && serial > 0 {
        let w = writer(path, is_durable).map_err(|error| error.to_string())?;
        let found = w.snapshot().map_err(|error| error.to_string())?.verify()?;
        if found != serial {
            return Err(format!("a writer continues from {found}, and {serial} is there"));
        }
    }
    Ok(())
}

/// The machine starts again, and nothing says that a writer has ended well: what is believed is the
/// newest checkpoint.
fn restart(path: &Path, totals: &mut Totals) -> Result<(), String> {
    let Ok(live) = File::options().write(true).open(path) else { return Ok(()) };
    for (at, word) in [(KERNEL, 1_u64), (CLEAN, 0)] {
        live.write_all_at(&word.to_ne_bytes(), at as u64).unwrap();
    }
    let w = writer(path, true).map_err(|error| error.to_string())?;
    let flushed = totals.counts.flushed;
    match w.file().recovered() {
        Recovered::Checkpoint => totals.restarts += 1,
        // Killed before the first flush, or before anything was published.
        _ if flushed == 0 => {}
        other => return Err(format!("{other:?}, though {flushed} was flushed")),
    }
    let sheet = w.snapshot().map_err(|error| error.to_string())?;
    let serial = if sheet.serial == 0 { 0 } else { sheet.verify()? };
    if serial < flushed {
        return Err(format!("{serial} from a checkpoint, though {flushed} was flushed"));
    }
    Ok(())
}

/// Where a file on a disk can be; `None` if temporary files are in memory.
fn disk() -> Option<PathBuf> {
    let place = tempfile::tempdir().unwrap();
    match writer(&place.path().join("sheet.bin"), true) {
        Err(CreateError::OptionMismatch { .. }) => None,
        _ => Some(env::temp_dir()),
    }
}

fn one_file(on_disk: Option<&Path>, random: &mut Random, totals: &mut Totals) {
    let memory = Path::new("/dev/shm");
    let memory = if memory.is_dir() { memory.to_path_buf() } else { env::temp_dir() };
    let directory = tempfile::tempdir_in(on_disk.unwrap_or(&memory)).unwrap();
    let path = directory.path().join("sheet.bin");
    let stage = Stage { path: &path, is_durable: on_disk.is_some() };
    (totals.counts.newest, totals.counts.flushed) = (0, 0);
    let roles = [WRITER, UNPINNED, UNPINNED, PINNED, WALKING];
    let mut workers = roles.map(|role| stage.start(role, random));
    let kills = if stage.is_durable { KILLS_PER_DURABLE_FILE } else { KILLS_PER_FILE };
    for _ in 0..kills {
        // As many writers as readers, though there are more of those.
        let victim = match random.below(2) {
            0 => 0,
            _ => 1 + random.below(4) as usize,
        };
        let longest = if random.below(4) == 0 { SHORT_LIFE_US } else { LIFE_US };
        thread::sleep(Duration::from_micros(random.below(longest)));
        kill(&mut workers[victim], &path, totals);
        if victim == 0
            && let Err(what) =
                check_without_writer(&path, random.below(4) == 0, stage.is_durable, totals)
        {
            violation(&path, &format!("without a writer: {what}"), totals);
        }
        workers[victim] = stage.start(workers[victim].role, random);
    }
    for worker in &mut workers {
        kill(worker, &path, totals);
    }
    if stage.is_durable
        && let Err(what) = restart(&path, totals)
    {
        violation(&path, &format!("after a restart: {what}"), totals);
    }
    totals.files += 1;
    let generation = SheetReader::open_at(&path).map_or(0, |reader| reader.file().generation());
    totals.counts.publishes += generation;
    if let Ok(log) = fs::read_to_string(log_beside(&path)) {
        log.lines().take(8).for_each(|line| println!("{line}"));
    }
}

/// Kills for that long, and until there is enough. Returns whether nothing was found.
fn run(time: Duration, seed: u64, enough: impl Fn(&Totals) -> bool) -> bool {
    let (mut totals, mut random) = (Totals::default(), Random(seed));
    let (started, disk) = (Instant::now(), disk());
    while started.elapsed() < time || !enough(&totals) {
        // Of one file: how long it takes to have enough is up to the machine.
        let _watchdog = support::watchdog(Duration::from_secs(300));
        let on_disk = disk.as_deref().filter(|_| totals.files % 4 == 1);
        one_file(on_disk, &mut random, &mut totals);
    }
    let Totals { files, writers_killed, readers_killed, restarts, counts } = &totals;
    let Counts { publishes, snapshots, getters, views, contended, violations, .. } = counts;
    let (reads, seconds) = (snapshots + getters, started.elapsed().as_secs());
    println!(
        "harness: files={files} writers_killed={writers_killed} readers_killed={readers_killed} \
         restarts={restarts} publishes={publishes} reads={reads} views={views} \
         contended={contended} seconds={seconds} violations={violations}"
    );
    *violations == 0
}

#[test]
fn killed_writers_and_readers_of_a_record_that_grows_leave_whole_values() {
    // However slow the machine is: fewer would show nothing.
    let enough = |totals: &Totals| {
        totals.writers_killed > 40
            && totals.readers_killed > 40
            && totals.files > 3
            && totals.counts.snapshots > 1000
            && totals.counts.views > 1000
            && totals.counts.contended > 0
    };
    let is_clean = run(Duration::from_secs(8), 0x9e37_79b9_7f4a_7c15, enough);
    assert!(is_clean, "see the lines above");
}

#[test]
#[ignore = "takes COMMY_HARNESS_SECONDS, or 600"]
fn long_run() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let time = Duration::from_secs(number("COMMY_HARNESS_SECONDS").unwrap_or(600));
    let seed = number("COMMY_HARNESS_SEED").unwrap_or(1) | 1;
    let least = |name: &str| number(name).unwrap_or(0);
    let kills = least("COMMY_HARNESS_KILLS");
    let (views, reads) = (least("COMMY_HARNESS_VIEWS"), least("COMMY_HARNESS_READS"));
    let is_clean = run(time, seed, |totals| {
        let Counts { snapshots, getters, .. } = totals.counts;
        totals.writers_killed + totals.readers_killed >= kills
            && totals.counts.views >= views
            && snapshots + getters >= reads
    });
    assert!(is_clean, "see the lines above");
}
