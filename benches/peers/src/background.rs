//! Work on the other core while something is measured on this one.
#![allow(unsafe_code, reason = "pins threads to cores")]

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::env;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::growable::clock::thread_time;

/// Of the two [cores](pin), the one that measures.
pub const FRONT: usize = 0;
/// The one that disturbs.
pub const BACK: usize = 1;

/// Which cores these are: two numbers, `1,1` for one core that is both.
const CORES: &str = "COMMY_BENCH_CORES";

/// Keeps the calling thread on one core, the first or the second of those that the environment names, or
/// else of the machine; without effect where there is no such core.
///
/// # Panics
///
/// When the environment names no two cores.
pub fn pin(core: usize) {
    static NAMED: OnceLock<[usize; 2]> = OnceLock::new();
    let cores = NAMED.get_or_init(|| {
        let Ok(named) = env::var(CORES) else { return [FRONT, BACK] };
        let (front, back) = named.split_once(',').expect("two cores");
        [front, back].map(|core| core.parse().expect("the number of a core"))
    });
    let core = cores[core];
    // SAFETY: a set of cores is an array of bits, for which zero is valid.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: `core` is far below the number of bits in the set.
    unsafe { libc::CPU_SET(core, &mut set) };
    // SAFETY: the set is of the size that is given; 0 is the calling thread.
    unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) };
}

/// By what something is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The processor's time that this thread takes, which stands while others have the processor.
    Thread,
    /// The one on the wall: what sleeps until the other core is done takes that time too.
    Wall,
}

impl Clock {
    fn now(self) -> Duration {
        static STARTED: OnceLock<Instant> = OnceLock::new();
        match self {
            Self::Thread => thread_time(),
            Self::Wall => STARTED.get_or_init(Instant::now).elapsed(),
        }
    }
}

/// Times `iterations` of `measured`.
///
/// The loop is here and nowhere else, so that the compiler has one place to inline `measured`
/// into: with two it calls larger ones, and what is measured is also the call.
#[inline(never)]
pub fn timed(clock: Clock, iterations: u64, measured: &mut impl FnMut()) -> Duration {
    let started = clock.now();
    for _ in 0..iterations {
        measured();
    }
    clock.now() - started
}

/// A thread on the other core that repeats something until it is dropped.
#[derive(Debug)]
pub struct Background {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Rounds per second with nobody else at work.
    alone: f64,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    rounds: AtomicUsize,
}

impl Background {
    /// Starts the thread, which calls `make` once and its result, at most every `period`, until
    /// the end.
    pub fn start<F: FnMut()>(
        period: Option<Duration>,
        make: impl FnOnce() -> F + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let thread = thread::Builder::new().stack_size(64 << 20).spawn({
            let shared = Arc::clone(&shared);
            move || {
                pin(BACK);
                let mut round = make();
                let mut next = Instant::now();
                while !shared.stop.load(Ordering::Relaxed) {
                    round();
                    // A counter of this thread's own would share its line with the stop flag.
                    shared.rounds.fetch_add(1, Ordering::Relaxed);
                    if let Some(period) = period {
                        next += period;
                        while Instant::now() < next {
                            core::hint::spin_loop();
                        }
                    }
                }
            }
        });
        let mut background = Self { shared, thread: Some(thread.unwrap()), alone: 0.0 };
        while background.rounds() == 0 {
            thread::yield_now();
        }
        let (started, rounds) = (Instant::now(), background.rounds());
        thread::sleep(Duration::from_millis(100));
        let seconds = started.elapsed().as_secs_f64();
        background.alone = (background.rounds() - rounds) as f64 / seconds;
        background
    }

    /// How many rounds it has done.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.shared.rounds.load(Ordering::Relaxed)
    }

    /// [Times](timed) `iterations` of `measured` by the clock on the wall, again if the other thread was not at work
    /// meanwhile: less than a twentieth of what it does alone means that it had no processor.
    pub fn overlapped(&self, iterations: u64, measured: &mut impl FnMut()) -> Duration {
        let mut last = Duration::ZERO;
        for _ in 0..20 {
            let before = self.rounds();
            last = timed(Clock::Wall, iterations, measured);
            let expected = self.alone * last.as_secs_f64();
            if expected < 10.0 || (self.rounds() - before) as f64 > expected / 20.0 {
                break;
            }
        }
        last
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
