//! Holds a thread between two steps of the protocol for a while that nobody can foresee, so that
//! a test with real processes meets states that otherwise last a few nanoseconds.
//!
//! Only built with `--cfg commy_jitter`.

use core::cell::Cell;
use core::hint::spin_loop;
use core::time::Duration;
use std::process;
use std::thread;

std::thread_local! {
    /// The state of a generator (xorshift64); 0 before the first use.
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// Mostly does nothing; else spins up to a microsecond, gives up the processor, or sleeps.
pub(super) fn hold() {
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
