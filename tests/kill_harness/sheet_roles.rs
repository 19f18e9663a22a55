//! The processes that are killed: a writer that publishes, and readers that verify, for ever.

use core::time::Duration;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{env, process, thread};

use commy::growable::PinPolicy;
use commy::{CreateError, OpenError, ReadError};

use super::grid::{look_up, some_key, verify_entry, walk};
use super::sheet::{
    Sheet, SheetReader, SheetView, SheetWriter, publish, verify_bytes, verify_entries,
    verify_numbers, verify_text,
};
use super::tally::Tally;
use crate::support::{self, Random};

pub const TALLY: &str = "COMMY_HARNESS_TALLY";
pub const SEED: &str = "COMMY_HARNESS_ROLE_SEED";
/// Whether the record is to outlast power cuts; else it is in memory.
pub const DURABLE: &str = "COMMY_HARNESS_DURABLE";
/// What is live takes less than a tenth of this.
pub const MAX_SIZE: u64 = 2 << 20;
const BUDGET: u64 = 128 << 10;
/// Look-ups of one view.
const LOOK_UPS: u64 = 6;

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

/// The file in which violations are described, beside the data.
pub fn log_beside(path: &Path) -> PathBuf {
    path.with_file_name("violations")
}

pub fn writer(path: &Path, is_durable: bool) -> Result<SheetWriter, CreateError> {
    let options = SheetWriter::options().path(path).max_size(MAX_SIZE).garbage_budget(BUDGET);
    options.durable(is_durable).create()
}

#[test]
#[ignore = "a role of the harness"]
fn writer_until_killed() {
    let Some((path, mut tally, mut random)) = begin() else { return };
    let is_durable = env::var_os(DURABLE).is_some();
    let mut w = match writer(&path, is_durable) {
        Ok(w) => w,
        Err(error) => return tally.violation(&format!("writer: {error}")),
    };
    // Some go on where the one before has stopped, some begin with all that there is.
    let mut is_whole = random.below(4) == 0;
    let is_compacting = random.below(3) == 0;
    loop {
        let serial = w.serial().unwrap() + 1;
        if let Err(error) = publish(&mut w, serial, is_whole || serial == 1) {
            tally.violation(&format!("publish: {error}"));
        }
        is_whole = false;
        if is_compacting
            && random.below(8) == 0
            && let Err(error) = w.compact(random.below(128 << 10))
        {
            tally.violation(&format!("compact: {error}"));
        }
        if is_durable && random.below(16) == 0 {
            match w.flush() {
                Ok(()) => tally.counts.flushed = serial,
                Err(error) => tally.violation(&format!("flush: {error}")),
            }
            tally.write();
        }
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

/// A number, or what was found instead; or why nothing was read.
type Read = Result<Result<u64, String>, ReadError>;

fn expect(is_right: bool, serial: u64, what: &str) -> Result<u64, String> {
    if is_right { Ok(serial) } else { Err(format!("{serial}: {what} of another number")) }
}

/// What was read, or why not: only before the first publish, if it was overtaken again and again,
/// or if the writer needed its room. Returns whether something was.
fn note(read: Read, tally: &mut Tally) -> bool {
    let is_read = read.is_ok();
    match read {
        Ok(Ok(serial)) => {
            // What was read alone may be of some numbers before.
            if serial + AGE < tally.counts.newest {
                tally.violation(&format!("{serial} after {}", tally.counts.newest));
            }
            tally.counts.newest = tally.counts.newest.max(serial);
        }
        Ok(Err(torn)) => tally.violation(&torn),
        Err(ReadError::Contended { .. } | ReadError::Evicted { .. }) => tally.counts.contended += 1,
        Err(ReadError::Empty) => thread::sleep(Duration::from_micros(20)),
        Err(error) => tally.violation(&format!("read: {error}")),
    }
    tally.tick();
    is_read
}

/// How much older than the newest what says its number itself may be: the bytes are of one of three.
const AGE: u64 = 2;

#[test]
#[ignore = "a role of the harness"]
fn unpinned_reader_until_killed() {
    let Some((path, mut tally, mut random)) = begin() else { return };
    let reader = match open(&path, PinPolicy::Never) {
        Ok(reader) => reader,
        Err(error) => return tally.violation(&error),
    };
    let mut value = Sheet::default();
    loop {
        let kind = random.below(256);
        let newest = tally.counts.newest;
        let read = match kind {
            0 => reader.snapshot_into(&mut value).map(|()| value.verify()),
            1 => reader.read(|view| Ok(view.snapshot()?.verify())),
            2 => reader.text().map(|text| verify_text(&text)),
            3 => reader.bytes().load().map(|bytes| verify_bytes(&bytes)),
            4 => reader.lists().load().map(|lists| lists.verify()),
            5 => reader.read(|view| {
                let numbers: Vec<u64> = view.lists().numbers().iter().collect::<Result<_, _>>()?;
                Ok(verify_numbers(&numbers, view.serial()?))
            }),
            6 => reader.stores().load().map(|stores| {
                // Of one of eight numbers.
                stores.verify().map(|stores| newest.clamp(8 * stores, 8 * stores + 7))
            }),
            7 => reader.read(|view| verify_entries(view.serial()?, view.stores())),
            8..16 => {
                let which = random.next();
                reader.read(|view| {
                    let serial = view.serial()?;
                    let is_right = walk(&view.grid(), serial, which, || ())?;
                    Ok(expect(is_right, serial, "a part of the grid"))
                })
            }
            16..64 => {
                let key = some_key(random.next() >> 1);
                let read = match kind % 2 {
                    0 => reader.grid().ordered().get(key),
                    _ => reader.grid().hashed().get(key),
                };
                // Of one of many numbers.
                read.map(|found| verify_entry(found, key, newest).map(|serial| newest.max(serial)))
            }
            _ => {
                let mut which = random.next() >> 1;
                reader.read(|view| {
                    let serial = view.serial()?;
                    for _ in 0..LOOK_UPS {
                        if !look_up(&view.grid(), serial, which)? {
                            return Ok(Err(format!("{serial}: what is looked up by {which}")));
                        }
                        which /= 1 << 10;
                    }
                    Ok(Ok(serial))
                })
            }
        };
        if note(read, &mut tally) {
            match kind {
                0..16 => tally.counts.snapshots += 1,
                16..64 => tally.counts.getters += 1,
                _ => tally.counts.getters += LOOK_UPS,
            }
        }
    }
}

/// Looks at all of what a view has.
fn whole(view: &SheetView<'_>) -> Read {
    let sheet = view.snapshot()?;
    view.verify()?;
    let numbers: Vec<u64> = view.lists().numbers().iter().collect::<Result<_, _>>()?;
    if let Err(torn) = verify_numbers(&numbers, sheet.serial) {
        return Ok(Err(torn));
    }
    if let Err(torn) = verify_entries(sheet.serial, view.stores())? {
        return Ok(Err(torn));
    }
    Ok(sheet.verify())
}

#[test]
#[ignore = "a role of the harness"]
fn pinned_reader_until_killed() {
    let Some((path, mut tally, mut random)) = begin() else { return };
    let reader = match open(&path, PinPolicy::Auto) {
        Ok(reader) => reader,
        Err(error) => return tally.violation(&error),
    };
    // Each with the number that it had when it was pinned.
    let mut views = Vec::new();
    loop {
        match random.below(64) {
            0..24 if views.len() < 4 => match reader.pin() {
                Ok(view) => views.push((view, None)),
                Err(error) => drop(note(Err(error), &mut tally)),
            },
            24..32 if !views.is_empty() => {
                views.swap_remove(random.below(views.len() as u64) as usize);
            }
            32..40 => {
                if let Some((view, serial)) = views.first_mut() {
                    *serial = None;
                    if let Err(error) = view.refresh() {
                        note(Err(error), &mut tally);
                    }
                }
            }
            40 => thread::sleep(Duration::from_micros(random.below(3000))),
            _ => {}
        }
        let mut is_gone = None;
        for (at, (view, first)) in views.iter_mut().enumerate() {
            let read = match random.below(256) {
                0 => whole(view),
                _ => {
                    let which = random.next() >> 1;
                    view.serial().and_then(|serial| {
                        let grid = view.grid();
                        let is_right = walk(&grid, serial, which, || ())?
                            && look_up(&grid, serial, which >> 20)?;
                        Ok(expect(is_right, serial, "a part of the grid"))
                    })
                }
            };
            match &read {
                Ok(Ok(serial)) if first.is_some_and(|first| first != *serial) => {
                    tally.violation(&format!("a view of {first:?} has {serial}"));
                }
                Ok(Ok(serial)) => *first = Some(*serial),
                Err(ReadError::Evicted { .. }) => is_gone = Some(at),
                _ => {}
            }
            // A view may be as old as it likes.
            let newest = core::mem::take(&mut tally.counts.newest);
            tally.counts.views += u64::from(note(read, &mut tally));
            tally.counts.newest = tally.counts.newest.max(newest);
        }
        if let Some(at) = is_gone {
            views.remove(at);
        }
    }
}

/// Walks while the writer publishes: there are pauses between two entries, in which it does so.
#[test]
#[ignore = "a role of the harness"]
fn walking_reader_until_killed() {
    let Some((path, mut tally, mut random)) = begin() else { return };
    let reader = match open(&path, PinPolicy::Auto) {
        Ok(reader) => reader,
        Err(error) => return tally.violation(&error),
    };
    loop {
        let (which, pauses) = (random.next() >> 1, random.below(6));
        let mut between = Random(random.next() | 1);
        let pause = || match (pauses, between.below(16)) {
            (0, 0) => thread::sleep(Duration::from_micros(between.below(200))),
            (1, _) => thread::yield_now(),
            (2, turns) => (0..turns * 64).for_each(|_| core::hint::spin_loop()),
            _ => {}
        };
        let is_pinned = random.below(4) != 0;
        let read = if is_pinned {
            reader.pin().and_then(|view| {
                let serial = view.serial()?;
                let is_right = walk(&view.grid(), serial, which, pause)?;
                Ok(expect(is_right, serial, "a part of the grid"))
            })
        } else {
            let mut pause = pause;
            reader.read(|view| {
                let serial = view.serial()?;
                let is_right = walk(&view.grid(), serial, which, &mut pause)?;
                Ok(expect(is_right, serial, "a part of the grid"))
            })
        };
        let is_read = u64::from(note(read, &mut tally));
        if is_pinned {
            tally.counts.views += is_read;
        } else {
            tally.counts.snapshots += is_read;
        }
    }
}
