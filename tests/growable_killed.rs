//! Kills the writer and the readers of a record that grows at random moments, and looks for anything
//! that should not be.
//!
//! Every byte of the record, and every element of its lists, maps and enums, follows from its generation. Two readers read without a pin and two
//! hold views; all check whatever they get. The budget and the file are small, so that blocks are
//! used again and views are evicted all the time. `tests/scripts/controls.sh` builds this with one
//! step of the reclaiming removed at a time, and fails unless violations are found.
//!
//! The long version; `COMMY_HARNESS_SECONDS` says how long (600 if not set), `COMMY_HARNESS_SEED`
//! which random moments:
//!
//! ```text
//! cargo test --release --test growable_killed -- --ignored --exact long_run --nocapture
//! ```
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "records may have boxes of text")]
#![allow(unreachable_pub, reason = "modules of one test")]
#![allow(clippy::print_stdout, reason = "the counts are the result")]

#[path = "kill_harness/lists.rs"]
mod lists;
#[path = "kill_harness/stores.rs"]
mod stores;
mod support;
#[path = "kill_harness/tally.rs"]
mod tally;

use core::time::Duration;
use std::fs;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, process, thread};

use commy::growable::PinPolicy;
use commy::{OpenError, ReadError, WriteError, create_reader, create_writer};

use lists::{Lists, change_file, lists};
use stores::{Stores, StoresRef, change_stores, stores};
use support::Random;
use tally::{Counts, Tally, describe};

const TALLY: &str = "COMMY_HARNESS_TALLY";
const SEED: &str = "COMMY_HARNESS_ROLE_SEED";
const WRITER: &str = "writer_until_killed";
const UNPINNED: &str = "unpinned_reader_until_killed";
const PINNED: &str = "pinned_reader_until_killed";
const KILLS_PER_FILE: u32 = 60;
/// Longest life of a process in microseconds, and of one that is to die while it starts.
const LIFE_US: u64 = 60_000;
const SHORT_LIFE_US: u64 = 6_000;
const SIGKILL: i32 = 9;
/// What is live takes less than a tenth of this.
const MAX_SIZE: u64 = 2 << 20;
const BUDGET: u64 = 128 << 10;

#[create_writer(filename = "sheet.bin", growable)]
#[create_reader(filename = "sheet.bin", growable)]
#[derive(Debug, PartialEq, Default)]
struct Sheet {
    /// The generation.
    serial: u64,
    /// Of this generation; each second one adds to the one before.
    text: String,
    /// Of the last generation that is a multiple of 3.
    #[commy(bytes)]
    bytes: Vec<u8>,
    /// Of the last generation that is a multiple of 5.
    note: Option<Box<String>>,
    /// Of this generation.
    lists: Lists,
    /// Of an eighth of the last generation that is a multiple of 8, each saying what the others say.
    stores: Stores,
}

/// A number that is the same for the same one.
fn mixed(number: u64) -> u64 {
    let mixed = (number ^ number >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
}

fn len(serial: u64) -> usize {
    let below = [20, 200, 3000, 40_000][(mixed(serial) % 4) as usize];
    (mixed(serial ^ 0x55) % below) as usize
}

/// The text of an even generation, and what the next one adds to it.
fn base(serial: u64) -> String {
    let mut text = format!("{serial:020}");
    let letter = char::from(b'a' + (serial / 2 % 26) as u8);
    text.extend(core::iter::repeat_n(letter, len(serial)));
    text
}

fn addition(serial: u64) -> String {
    format!("|{}", "+".repeat((serial % 97) as usize))
}

fn text(serial: u64) -> String {
    match serial % 2 {
        0 => base(serial),
        _ => base(serial - 1) + &addition(serial),
    }
}

fn bytes(serial: u64) -> Vec<u8> {
    let serial = serial / 3 * 3;
    let content = (0..len(serial ^ 0x33) as u64).map(|at| (serial / 3 + at) as u8);
    serial.to_le_bytes().into_iter().chain(content).collect()
}

fn note(serial: u64) -> Option<Box<String>> {
    let serial = serial / 5 * 5;
    (serial % 2 == 1).then(|| Box::new(base(serial)))
}

impl Sheet {
    fn verify(&self, serial: u64) -> Result<(), String> {
        if self.serial != serial {
            return Err(format!("serial {} in generation {serial}", self.serial));
        }
        if self.text != text(serial) {
            let start: String = self.text.chars().take(24).collect();
            let len = self.text.len();
            return Err(format!("generation {serial}: text of {len} bytes: {start}"));
        }
        if self.bytes != bytes(serial) {
            let start: Vec<_> = self.bytes.iter().take(10).collect();
            return Err(format!("generation {serial}: {} bytes: {start:?}", self.bytes.len()));
        }
        if self.note != note(serial) {
            let start: Option<String> =
                self.note.as_ref().map(|note| note.chars().take(24).collect());
            return Err(format!("generation {serial}: note {start:?}"));
        }
        self.lists.verify()?;
        let stores = self.stores.verify()?;
        match stores == serial / 8 {
            true => Ok(()),
            false => Err(format!("generation {serial}: stores of {stores}")),
        }
    }
}

/// Checks a text that was read alone; returns its generation.
fn verify_text(found: &str) -> Result<u64, String> {
    let start: String = found.chars().take(24).collect();
    let serial: Option<u64> = found.get(..20).and_then(|number| number.parse().ok());
    let Some(serial) = serial else { return Err(format!("a text that begins with {start}")) };
    let is_whole = found == text(serial) || found == text(serial + 1);
    let serial = serial + u64::from(found.contains('|'));
    if is_whole { Ok(serial) } else { Err(format!("a text of {} bytes: {start}", found.len())) }
}

fn verify_bytes(found: &[u8]) -> Result<u64, String> {
    let serial = found.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    match serial.filter(|serial| found == bytes(*serial)) {
        // Two more have the same.
        Some(serial) => Ok(serial),
        None => Err(format!("{} bytes, of generation {serial:?}", found.len())),
    }
}

fn verify_numbers(found: &[u64], serial: u64) -> Result<u64, String> {
    match found == lists(serial).numbers {
        true => Ok(serial),
        false => Err(format!("generation {serial}: {} numbers that are others", found.len())),
    }
}

/// Looks each number of the queue up in both maps, and walks through these.
fn verify_entries(serial: u64, found: StoresRef<'_>) -> Result<Result<u64, String>, ReadError> {
    let expected = stores(serial / 8);
    let mut is_same = found.queue().len()? == expected.queue.len();
    for number in found.queue() {
        let number = number?;
        let text = found.hashed().get(number)?;
        is_same &= text.as_ref() == expected.hashed.get(&number) && text.is_some();
    }
    let mut entries = expected.ordered.iter();
    for entry in found.ordered().iter() {
        let (name, number) = entry?;
        is_same &= entries.next() == Some((&name, &number));
    }
    is_same &= entries.next().is_none();
    Ok(match is_same {
        true => Ok(serial),
        false => Err(format!("generation {serial}: a queue and maps of others")),
    })
}

fn begin() -> Option<(PathBuf, Tally, Random)> {
    let path = support::role_path()?;
    // Ends with the harness, should that be what is killed: its end of the pipe then closes.
    thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        process::exit(0);
    });
    let tally = Tally::create(Path::new(&env::var_os(TALLY)?), log_beside(&path));
    let seed = env::var(SEED).unwrap().parse::<u64>().unwrap();
    Some((path, tally, Random(seed | 1)))
}

fn log_beside(path: &Path) -> PathBuf {
    path.with_file_name("violations")
}

fn writer(path: &Path) -> Result<SheetWriter, String> {
    let options = SheetWriter::options().path(path).max_size(MAX_SIZE).garbage_budget(BUDGET);
    options.create().map_err(|error| error.to_string())
}

fn publish(w: &mut SheetWriter, is_first: bool) -> Result<(), WriteError> {
    let serial = w.file().generation() + 1;
    if is_first || serial % 11 == 0 {
        let (text, bytes, note) = (text(serial), bytes(serial), note(serial));
        let (lists, stores) = (lists(serial), stores(serial / 8));
        return w.publish(&Sheet { serial, text, bytes, note, lists, stores });
    }
    if serial % 7 == 0 {
        let undone = w.transaction(|tx| {
            tx.set_text(&"x".repeat(len(serial)))?;
            tx.bytes_mut().extend_from_slice(&[0; 5000])?;
            tx.set_note(Some("nobody sees this, which is never published"))?;
            tx.lists_mut().numbers_mut().extend(0..100)?;
            change_file(tx.lists_mut(), serial)?;
            tx.lists_mut().rows_mut().clear()?;
            change_stores(tx.stores_mut(), (serial - 1) / 8 + 1)?;
            tx.stores_mut().ordered_mut().retain(|_, number| number % 2 == 0)?;
            tx.stores_mut().queue_mut().clear()?;
            Err::<(), _>(WriteError::Aborted)
        });
        if undone != Err(WriteError::Aborted) {
            return undone;
        }
    }
    w.transaction(|tx| {
        tx.set_serial(serial)?;
        change_file(tx.lists_mut(), serial)?;
        if serial % 8 == 0 {
            change_stores(tx.stores_mut(), serial / 8)?;
        }
        match serial % 2 {
            0 => tx.set_text(&base(serial))?,
            _ => tx.text_mut().push_str(&addition(serial))?,
        }
        if serial % 3 == 0 {
            tx.set_bytes(&bytes(serial))?;
        }
        if serial % 5 == 0 {
            tx.set_note(note(serial).as_deref().map(String::as_str))?;
        }
        Ok(())
    })
}

#[test]
#[ignore = "a role of the harness"]
fn writer_until_killed() {
    let Some((path, mut tally, mut random)) = begin() else { return };
    let mut w = match writer(&path) {
        Ok(w) => w,
        Err(error) => return tally.violation(&format!("writer: {error}")),
    };
    let mut is_first = true;
    loop {
        if let Err(error) = publish(&mut w, is_first) {
            tally.violation(&format!("publish: {error}"));
        }
        is_first = false;
        let stats = w.file().stats();
        if stats.file_len > MAX_SIZE || stats.leaked > 0 {
            tally.violation(&format!("a file of {} bytes", stats.file_len));
        }
        tally.tick();
        (0..random.below(300)).for_each(|_| core::hint::spin_loop());
    }
}

fn open(path: &Path, policy: PinPolicy) -> Result<SheetReader, String> {
    loop {
        match SheetReader::options().path(path).pin(policy).open() {
            Ok(reader) => return Ok(reader),
            Err(OpenError::NotFound { .. }) => thread::sleep(Duration::from_micros(50)),
            Err(error) => return Err(format!("reader cannot open: {error}")),
        }
    }
}

/// What was read, or why not: only before the first publish, if it was overtaken again and again,
/// or if the writer needed its room.
fn note_read(read: Result<Result<u64, String>, ReadError>, tally: &mut Tally) {
    match read {
        Ok(Ok(_)) => tally.counts.snapshots += 1,
        Ok(Err(torn)) => tally.violation(&torn),
        Err(ReadError::Contended { .. } | ReadError::Evicted { .. }) => tally.counts.contended += 1,
        Err(ReadError::Empty) => thread::sleep(Duration::from_micros(20)),
        Err(error) => tally.violation(&format!("read: {error}")),
    }
    tally.tick();
}

#[test]
#[ignore = "a role of the harness"]
fn unpinned_reader_until_killed() {
    let Some((path, mut tally, mut random)) = begin() else { return };
    let reader = match open(&path, PinPolicy::Never) {
        Ok(reader) => reader,
        Err(error) => return tally.violation(&error),
    };
    let mut newest = 0;
    let mut value = Sheet::default();
    loop {
        let read = match random.below(9) {
            6 => reader.stores().load().map(|stores| {
                // Of one of eight generations.
                stores.verify().map(|stores| newest.clamp(8 * stores, 8 * stores + 7))
            }),
            7 => reader.read(|view| verify_entries(view.generation(), view.stores())),
            4 => reader.lists().load().map(|lists| lists.verify()),
            5 => reader.read(|view| {
                let numbers: Vec<u64> = view.lists().numbers().iter().collect::<Result<_, _>>()?;
                Ok(verify_numbers(&numbers, view.generation()))
            }),
            0 => reader.text().map(|text| verify_text(&text)),
            1 => reader.bytes().load().map(|bytes| verify_bytes(&bytes)),
            2 => reader.snapshot_into(&mut value).map(|()| {
                let serial = value.serial;
                value.verify(serial).map(|()| serial)
            }),
            _ => reader.read(|view| {
                let serial = view.generation();
                let sheet = view.snapshot()?;
                Ok(sheet.verify(serial).map(|()| serial))
            }),
        };
        if let Ok(Ok(serial)) = read {
            // Bytes are of up to two generations before.
            if serial + 2 < newest {
                tally.violation(&format!("generation {serial} after {newest}"));
            }
            newest = newest.max(serial);
            tally.counts.newest = newest;
        }
        note_read(read, &mut tally);
    }
}

#[test]
#[ignore = "a role of the harness"]
fn pinned_reader_until_killed() {
    let Some((path, mut tally, mut random)) = begin() else { return };
    let reader = match open(&path, PinPolicy::Auto) {
        Ok(reader) => reader,
        Err(error) => return tally.violation(&error),
    };
    let mut views = Vec::new();
    loop {
        match random.below(8) {
            0 | 1 if views.len() < 4 => match reader.pin() {
                Ok(view) => views.push(view),
                Err(error) => note_read(Err(error), &mut tally),
            },
            2 if !views.is_empty() => {
                views.swap_remove(random.below(views.len() as u64) as usize);
            }
            3 => {
                if let Some(view) = views.first_mut()
                    && let Err(error) = view.refresh()
                {
                    note_read(Err(error), &mut tally);
                }
            }
            4 => thread::sleep(Duration::from_micros(random.below(3000))),
            _ => {}
        }
        let mut is_gone = None;
        for (at, view) in views.iter().enumerate() {
            let serial = view.generation();
            let read = view.snapshot().and_then(|sheet| {
                view.verify()?;
                let numbers: Vec<u64> = view.lists().numbers().iter().collect::<Result<_, _>>()?;
                if let Err(torn) = verify_numbers(&numbers, serial) {
                    return Ok(Err(torn));
                }
                if let Err(torn) = verify_entries(serial, view.stores())? {
                    return Ok(Err(torn));
                }
                Ok(sheet.verify(serial).map(|()| serial))
            });
            if matches!(read, Err(ReadError::Evicted { .. })) {
                is_gone = Some(at);
            }
            note_read(read, &mut tally);
        }
        if let Some(at) = is_gone {
            views.remove(at);
        }
        tally.counts.getters += views.len() as u64;
        tally.write();
    }
}

#[derive(Debug, Default)]
struct Totals {
    files: u64,
    writers_killed: u64,
    readers_killed: u64,
    counts: Counts,
}

struct Worker {
    role: &'static str,
    process: support::Reaped,
    tally: PathBuf,
}

fn start(path: &Path, role: &'static str, random: &mut Random) -> Worker {
    let tally = path.with_file_name(format!("tally-{}", random.next()));
    let seed = random.next() >> 1;
    let environment = [(TALLY, tally.clone().into()), (SEED, seed.to_string().into())];
    let process = support::Reaped(support::start_with(role, path, &environment));
    Worker { role, process, tally }
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
fn check_without_writer(path: &Path, takes_over: bool, totals: &mut Totals) -> Result<(), String> {
    let reader = match SheetReader::open_at(path) {
        Ok(reader) => reader,
        Err(OpenError::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let generation = match reader.pin() {
        Ok(view) => {
            let sheet = view.snapshot().map_err(|error| error.to_string())?;
            view.verify().map_err(|error| error.to_string())?;
            sheet.verify(view.generation())?;
            view.generation()
        }
        Err(ReadError::Empty) => 0,
        Err(error) => return Err(error.to_string()),
    };
    // What a reader has seen must not be older than what is found later.
    if generation < totals.counts.newest {
        return Err(format!("generation {generation} after {}", totals.counts.newest));
    }
    if takes_over && generation > 0 {
        let w = writer(path)?;
        w.snapshot().map_err(|error| error.to_string())?.verify(generation)?;
    }
    Ok(())
}

fn one_file(random: &mut Random, totals: &mut Totals) {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_path_buf() } else { env::temp_dir() };
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path().join("sheet.bin");
    totals.counts.newest = 0;
    let roles = [WRITER, UNPINNED, UNPINNED, PINNED, PINNED];
    let mut workers = roles.map(|role| start(&path, role, random));
    for _ in 0..KILLS_PER_FILE {
        // As many writers as readers, though there are more of those.
        let victim = match random.below(2) {
            0 => 0,
            _ => 1 + random.below(4) as usize,
        };
        let longest = if random.below(4) == 0 { SHORT_LIFE_US } else { LIFE_US };
        thread::sleep(Duration::from_micros(random.below(longest)));
        kill(&mut workers[victim], &path, totals);
        if victim == 0
            && let Err(what) = check_without_writer(&path, random.below(4) == 0, totals)
        {
            violation(&path, &format!("without a writer: {what}"), totals);
        }
        workers[victim] = start(&path, workers[victim].role, random);
    }
    for worker in &mut workers {
        kill(worker, &path, totals);
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
    let started = Instant::now();
    while started.elapsed() < time || !enough(&totals) {
        // Of one file: how long it takes to have enough is up to the machine.
        let _watchdog = support::watchdog(Duration::from_secs(300));
        one_file(&mut random, &mut totals);
    }
    let Totals { files, writers_killed, readers_killed, counts } = &totals;
    let Counts { publishes, snapshots, getters, contended, violations, .. } = counts;
    println!(
        "harness: files={files} writers_killed={writers_killed} readers_killed={readers_killed} \
         publishes={publishes} reads={snapshots} views={getters} contended={contended} \
         violations={violations}"
    );
    *violations == 0
}

#[test]
fn killed_writers_and_readers_of_a_record_that_grows_leave_whole_values() {
    // However slow the machine is: fewer would show nothing.
    let enough = |totals: &Totals| {
        totals.writers_killed > 40
            && totals.readers_killed > 40
            && totals.files > 1
            && totals.counts.snapshots > 1000
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
    assert!(run(time, seed, |_| true), "see the lines above");
}
