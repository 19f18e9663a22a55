//! The processes that are killed: a writer that publishes and a reader that verifies, for ever.

use core::hint;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::env;
use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{process, thread};

use commy::{OpenError, ReadError, Reader, Writer};

use crate::contents::{Contents, Large, Small};
use crate::support;
use crate::tally::Tally;

const SHAPE: &str = "COMMY_HARNESS_SHAPE";
const SLOTS: &str = "COMMY_HARNESS_SLOTS";
const PACE: &str = "COMMY_HARNESS_PACE";
const DOOM: &str = "COMMY_HARNESS_DOOM";
/// What the library itself looks for when it is built with `--cfg commy_jitter`.
const LAST_PLACE: &str = "COMMY_JITTER_KILL";
const TALLY: &str = "COMMY_HARNESS_TALLY";

/// Which record a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Small,
    Large,
}

impl Shape {
    const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
        }
    }
}

/// When a writer kills itself.
#[derive(Debug, Clone, Copy)]
pub enum Doom {
    /// So long after the beginning of its first publish, in turns of an empty loop.
    Turns(u64),
    /// At so many places between two steps of the protocol, if it is built with such places.
    Place(u64),
}

/// What a child process is told.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    pub shape: Shape,
    pub slots: u32,
    /// How long a writer rests between two publishes, in turns of an empty loop.
    pub pace: u64,
    pub doom: Option<Doom>,
    pub path: &'a Path,
    pub tally: &'a Path,
}

impl Orders<'_> {
    /// Starts a process in the role of this name.
    pub fn start(&self, role: &str) -> support::Reaped {
        let (turns, place) = match self.doom {
            None => (None, None),
            Some(Doom::Turns(turns)) => (Some(turns), None),
            Some(Doom::Place(place)) => (None, Some(place)),
        };
        let text = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
        let environment: [(&str, OsString); 6] = [
            (SHAPE, self.shape.name().into()),
            (SLOTS, self.slots.to_string().into()),
            (PACE, self.pace.to_string().into()),
            (DOOM, text(turns).into()),
            (LAST_PLACE, text(place).into()),
            (TALLY, self.tally.into()),
        ];
        support::Reaped(support::start_with(role, self.path, &environment))
    }
}

/// The file in which violations are described, beside the data.
pub fn log_beside(path: &Path) -> PathBuf {
    path.with_file_name("violations")
}

#[test]
#[ignore = "a role of the harness"]
fn writer_until_killed() {
    let Some((path, tally)) = begin() else { return };
    match env::var(SHAPE).unwrap().as_str() {
        "small" => write::<Small>(&path, tally),
        _ => write::<Large>(&path, tally),
    }
}

#[test]
#[ignore = "a role of the harness"]
fn reader_until_killed() {
    let Some((path, tally)) = begin() else { return };
    match env::var(SHAPE).unwrap().as_str() {
        "small" => read::<Small>(&path, tally),
        _ => read::<Large>(&path, tally),
    }
}

fn begin() -> Option<(PathBuf, Tally)> {
    let path = support::role_path()?;
    // Ends with the harness, should that be what is killed: its end of the pipe then closes.
    thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        process::exit(0);
    });
    let tally = Tally::create(Path::new(&env::var_os(TALLY)?), log_beside(&path));
    Some((path, tally))
}

fn number(name: &str) -> u64 {
    env::var(name).unwrap().parse().unwrap()
}

/// Starts a thread that kills this process so many turns after the returned flag is set: far
/// closer to a publish than another process could aim.
fn doom(turns: u64) -> Arc<AtomicBool> {
    let begun = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&begun);
    thread::spawn(move || {
        while !flag.load(Ordering::Relaxed) {
            hint::spin_loop();
        }
        (0..turns).for_each(|_| hint::spin_loop());
        kill_this_process();
    });
    begun
}

#[allow(unsafe_code, reason = "std can only kill other processes")]
fn kill_this_process() {
    // SAFETY: sends a signal that no process can catch to this one; touches no memory.
    unsafe { libc::kill(process::id() as libc::pid_t, libc::SIGKILL) };
}

fn write<T: Contents>(path: &Path, mut tally: Tally) {
    let (slots, pace) = (number(SLOTS) as u32, number(PACE));
    let doom = env::var(DOOM).unwrap().parse().ok().map(doom);
    let mut writer: Writer<T> = match Writer::options("").path(path).slots(slots).create() {
        Ok(writer) => writer,
        Err(error) => return tally.violation(&format!("writer: {error}")),
    };
    // What is there may be older than the generation before ours: a killed one may be missing.
    let next = writer.file().generation() + 1;
    if let Some(begun) = doom {
        begun.store(true, Ordering::Relaxed);
    }
    writer.update(|value| value.fill(next));
    let mut whole = T::blank();
    loop {
        let next = writer.file().generation() + 1;
        match next % 16 {
            0 => {
                whole.fill(next);
                writer.publish(&whole);
            }
            1 => writer.update(|value| value.fill(next)),
            _ => writer.batch(|batch| T::advance(batch, next)),
        }
        if writer.file().generation() != next {
            tally
                .violation(&format!("generation {} instead of {next}", writer.file().generation()));
        }
        tally.counts.publishes += 1;
        tally.tick();
        (0..pace).for_each(|_| hint::spin_loop());
    }
}

fn read<T: Contents>(path: &Path, mut tally: Tally) {
    let reader = loop {
        match Reader::<T>::open_at(path) {
            Ok(reader) => break reader,
            Err(OpenError::NotFound { .. }) => thread::sleep(Duration::from_micros(50)),
            Err(error) => return tally.violation(&format!("reader cannot open: {error}")),
        }
    };
    let mut value = T::blank();
    loop {
        for round in 0..16 {
            match round {
                0 => fields(T::read_words(&reader), &mut tally),
                1 => fields(T::read_view(&reader), &mut tally),
                2 => with_generation(&reader, &mut tally),
                _ => snapshot(&reader, &mut value, &mut tally),
            }
            tally.tick();
        }
    }
}

fn snapshot<T: Contents>(reader: &Reader<T>, value: &mut T, tally: &mut Tally) {
    match reader.snapshot_into(value) {
        Ok(()) => accept(value.number(), value.verify(value.number()), tally),
        Err(error) => return refuse(&error, tally),
    }
    tally.counts.snapshots += 1;
}

fn with_generation<T: Contents>(reader: &Reader<T>, tally: &mut Tally) {
    match reader.read(|view| Ok((view.file().generation(), view.snapshot()?))) {
        Ok((generation, value)) => accept(generation, value.verify(generation), tally),
        Err(error) => return refuse(&error, tally),
    }
    tally.counts.snapshots += 1;
}

fn fields(read: Result<Result<u64, String>, ReadError>, tally: &mut Tally) {
    match read {
        Ok(Ok(generation)) => accept(generation, Ok(()), tally),
        Ok(Err(torn)) => tally.violation(&format!("torn fields: {torn}")),
        Err(error) => return refuse(&error, tally),
    }
    tally.counts.getters += 1;
}

/// A value arrived: it must be whole and no older than the last one.
fn accept(generation: u64, verified: Result<(), String>, tally: &mut Tally) {
    if let Err(torn) = verified {
        return tally.violation(&format!("torn snapshot: {torn}"));
    }
    let newest = tally.counts.newest;
    if generation < newest {
        tally.violation(&format!("generation {generation} after {newest}"));
    }
    tally.counts.newest = newest.max(generation);
}

/// No value arrived: only before the first publish, or when overtaken again and again.
fn refuse(error: &ReadError, tally: &mut Tally) {
    match error {
        ReadError::Contended { .. } => tally.counts.contended += 1,
        ReadError::Empty if tally.counts.newest == 0 => thread::sleep(Duration::from_micros(20)),
        error => tally.violation(&format!("read: {error}")),
    }
}
