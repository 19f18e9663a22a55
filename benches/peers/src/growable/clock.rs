//! How the work of one thread is timed: by the processor's time that it took, in turns.
#![allow(unsafe_code, reason = "the clock of a thread is a system call")]

use core::time::Duration;

/// A batch that takes at least so long is worth its two looks at the clock.
const BATCH: Duration = Duration::from_millis(8);
/// No batch has more operations than this.
const MOST: u64 = 1 << 20;

/// The processor's time that the calling thread has taken.
#[must_use]
pub fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: room for one time.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The processor's time that this takes.
pub fn timed<R>(work: impl FnOnce() -> R) -> (Duration, R) {
    let started = thread_time();
    let result = work();
    (thread_time() - started, result)
}

/// The one in the middle.
///
/// # Panics
///
/// When there are none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Something that does one operation again and again.
pub trait Repeats {
    /// Does it so many times; `None` if it cannot do it at all.
    fn batch(&mut self, count: u64) -> Option<Duration>;
}

impl<F: FnMut(u64) -> Option<Duration>> Repeats for F {
    fn batch(&mut self, count: u64) -> Option<Duration> {
        self(count)
    }
}

/// The nanoseconds of one operation of each: the median of so many batches.
///
/// All take turns, so that what else the machine does meanwhile hits all alike.
pub fn in_turn(contestants: &mut [&mut dyn Repeats], rounds: usize) -> Vec<Option<f64>> {
    let counts: Vec<_> = contestants.iter_mut().map(|contestant| enough(*contestant)).collect();
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..rounds {
        for ((contestant, count), times) in contestants.iter_mut().zip(&counts).zip(&mut times) {
            let Some(count) = *count else { continue };
            if let Some(time) = contestant.batch(count) {
                times.push(time.as_secs_f64() * 1e9 / count as f64);
            }
        }
    }
    times.into_iter().map(|times| (!times.is_empty()).then(|| median(times))).collect()
}

/// How many operations take long enough.
fn enough(contestant: &mut dyn Repeats) -> Option<u64> {
    let mut count = 1;
    while contestant.batch(count)? < BATCH && count < MOST {
        count *= 2;
    }
    Some(count)
}

/// An operation that needs nothing but to be called.
pub fn repeated(mut operation: impl FnMut()) -> impl FnMut(u64) -> Option<Duration> {
    move |count| {
        let (time, ()) = timed(|| {
            for _ in 0..count {
                operation();
            }
        });
        Some(time)
    }
}
