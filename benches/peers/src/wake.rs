//! How long a process that sleeps until the next publish takes to have the value, beside one that
//! sleeps on a bare futex.
//!
//! The value is the time at which it was published, by the clock that all processes share.
#![allow(unsafe_code, reason = "system calls and mapped memory")]

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use core::time::Duration;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, io, thread};

use commy::__private::{FieldPlace, FieldSource as _};
use commy::{Reader, WaitOutcome, Writer};
use memmap2::{MmapOptions, MmapRaw};

use crate::background::{BACK, FRONT, pin};
use crate::payload::Bytes8;
use crate::place::Place;

const ROUNDS: usize = 3000;
const PAUSE: Duration = Duration::from_micros(300);
/// After so long without a publish, the writer is done.
const QUIET: Duration = Duration::from_secs(2);

/// What the other process is started with: `<role> <path>`.
const COMMY: &str = "--wake-commy";
const FUTEX: &str = "--wake-futex";

/// Plays the other process, if this one was started as it.
#[must_use]
pub fn role() -> bool {
    let args: Vec<_> = env::args().collect();
    let [_, role, path] = args.as_slice() else { return false };
    pin(BACK);
    let latencies = match role.as_str() {
        COMMY => sleep_on_commy(Path::new(path)),
        FUTEX => sleep_on_futex(Path::new(path)),
        _ => return false,
    };
    println!("{}", latencies.iter().map(u64::to_string).collect::<Vec<_>>().join(" "));
    true
}

/// A table of medians and 99th percentiles.
#[must_use]
pub fn table() -> String {
    let place = Place::new();
    let path = place.path("wake");
    let mut writer = Writer::<Bytes8>::create_at(&path).unwrap();
    writer.update(|_| ());
    let commy = latencies(COMMY, &path, |_| writer.set(|value| &mut value.words, [now_ns()]));

    let path = place.path("futex");
    let shared = Shared::open(&path);
    let futex = latencies(FUTEX, &path, |round| {
        shared.time().store(now_ns(), Ordering::Relaxed);
        shared.word().store(round, Ordering::Release);
        shared.wake();
    });
    let row = |name: &str, (median, p99): (u64, u64)| {
        let ratio = median as f64 / futex.0 as f64;
        format!("| {name} | {:.2} us | {:.2} us | {ratio:.2}x |", us(median), us(p99))
    };
    [
        String::from("| sleeper | median | 99 % | median, of a bare futex |\n|---|--:|--:|--:|"),
        row("commy, `wait`", commy),
        row("bare futex", futex),
    ]
    .join("\n")
}

fn us(ns: u64) -> f64 {
    ns as f64 / 1e3
}

/// Publishes while the other process sleeps; returns its median and 99th percentile.
fn latencies(role: &str, path: &Path, mut publish: impl FnMut(u32)) -> (u64, u64) {
    pin(FRONT);
    let child = Command::new(env::current_exe().unwrap())
        .arg(role)
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(200));
    for round in 0..ROUNDS + ROUNDS / 10 {
        publish(round as u32 + 1);
        thread::sleep(PAUSE);
    }
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut latencies: Vec<u64> =
        text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    latencies.sort_unstable();
    (latencies[latencies.len() / 2], latencies[latencies.len() * 99 / 100])
}

fn sleep_on_commy(path: &Path) -> Vec<u64> {
    let reader = Reader::<Bytes8>::open_at(path).unwrap();
    let mut latencies = Vec::new();
    while latencies.len() < ROUNDS {
        if matches!(reader.wait(QUIET), WaitOutcome::TimedOut) {
            break;
        }
        let [published] = reader.field::<[u64; 1]>(FieldPlace::new(0, 0)).unwrap();
        latencies.push(now_ns() - published);
    }
    latencies
}

fn sleep_on_futex(path: &Path) -> Vec<u64> {
    let shared = Shared::open(path);
    let mut latencies = Vec::new();
    while latencies.len() < ROUNDS {
        let seen = shared.word().load(Ordering::Acquire);
        if !shared.wait(seen) {
            break;
        }
        latencies.push(now_ns() - shared.time().load(Ordering::Relaxed));
    }
    latencies
}

/// A futex word and a time in a mapped file.
struct Shared(MmapRaw);

impl Shared {
    fn open(path: &Path) -> Self {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = file.open(path).unwrap();
        file.set_len(4096).unwrap();
        Self(MmapOptions::new().map_raw(&file).unwrap())
    }

    fn word(&self) -> &AtomicU32 {
        // SAFETY: the mapping has 4096 bytes and starts at a page boundary.
        unsafe { &*self.0.as_mut_ptr().cast() }
    }

    fn time(&self) -> &AtomicU64 {
        // SAFETY: the mapping has 4096 bytes, of which the second line begins at 128.
        let line = unsafe { self.0.as_mut_ptr().add(128) };
        // SAFETY: as above, and aligned.
        unsafe { &*line.cast() }
    }

    /// Sleeps until it is woken; false when nobody did for a while.
    fn wait(&self, seen: u32) -> bool {
        let limit = libc::timespec { tv_sec: QUIET.as_secs() as libc::time_t, tv_nsec: 0 };
        let word = self.word().as_ptr();
        // SAFETY: the word stays mapped during the call.
        let status = unsafe {
            libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT, seen, &raw const limit)
        };
        status == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EAGAIN)
    }

    fn wake(&self) {
        // SAFETY: the word stays mapped during the call.
        unsafe { libc::syscall(libc::SYS_futex, self.word().as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
    }
}

/// The monotonic clock, which is the same in all processes.
fn now_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: room for one time.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
