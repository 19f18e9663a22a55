//! Holds a thread between two steps of the protocol for a while that nobody can foresee, so that
//! a test with real processes meets states that otherwise last a few nanoseconds.
//!
//! It can also end the process at one of these places, by the signal that cannot be caught: at the
//! one whose number, counted from the start of the thread, is in the variable `COMMY_JITTER_KILL`.
//!
//! Only built with `--cfg commy_jitter`.

use core::cell::Cell;
use core::hint::spin_loop;
use core::time::Duration;
use std::process::{self, Command};
use std::sync::LazyLock;
use std::{env, thread};

std::thread_local! {
    /// The state of a generator (xorshift64); 0 before the first use.
    static STATE: Cell<u64> = const { Cell::new(0) };
    /// How many places this thread has come to.
    static PLACES: Cell<u64> = const { Cell::new(0) };
}

/// The place at which the process ends.
static LAST_PLACE: LazyLock<Option<u64>> =
    LazyLock::new(|| env::var("COMMY_JITTER_KILL").ok()?.parse().ok());

/// Mostly does nothing; else spins up to a microsecond, gives up the processor, or sleeps.
pub(super) fn hold() {
    PLACES.set(PLACES.get() + 1);
    if *LAST_PLACE == Some(PLACES.get()) {
        // Without `unsafe`, a process has to ask another one for this.
        let _ = Command::new("kill").arg("-9").arg(process::id().to_string()).status();
    }
    let number = STATE.with(|state| {
        let mut next = match state.get() {
            // Processes that start together must not run in step.
            0 => u64::from(process::id()).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            state => state,
        };
        next ^= next << 13;
        next ^= next >> 7;
        next ^= next << 17;
        state.set(next);
        next >> 16
    });
    match number % 4096 {
        0 => thread::sleep(Duration::from_micros(number >> 12 & 127)),
        1..8 => thread::yield_now(),
        8..512 => (0..number >> 12 & 255).for_each(|_| spin_loop()),
        _ => {}
    }
}
