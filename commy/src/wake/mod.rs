//! The protocol by which a writer wakes sleepers, at no system call when nobody sleeps.
//!
//! Two words: `wake` changes with everything that a sleeper may wait for; `sleepers` holds the
//! highest generation that anybody sleeps for, or 0. A sleeper that saw generation L sleeps for
//! L + 1 and looks again whenever it is woken, so it may be woken too often.
//!
//! ```text
//! ring, after publishing generation g     doze
//!   wake += 1, Release         N1           before = wake            N1
//!   barrier                    N2           fence(Acquire)
//!   w = sleepers                            look: generation L is not enough
//!   if w != 0:                              sleepers = max(sleepers, L + 1)
//!     if w != g + 1: w -> 0 if still w      barrier                  N2
//!     wake all                              sleep while wake == before
//! ```
//!
//! The kernel compares `wake` and falls asleep in one step as seen by whoever wakes. Why no
//! wake-up for generation g is lost:
//!
//! - If the sleeper's barrier N2 comes before the ringer's, the ringer's load sees the registration
//!   or what came after it. It wakes all: who is asleep by then is woken, and who is not finds
//!   another `wake`.
//! - If the ringer's barrier comes first, the kernel's comparison sees the new `wake`.
//! - If `before` is already the new `wake`, then by N1 the look saw generation g.
//!
//! What a barrier is. A store must not pass the load after it, which no ordering of the two gives,
//! and a fence that does is the dearest step of a small publish. So the sleeper pays for both:
//! `membarrier` (Linux 4.16) interrupts every thread of a process that has registered for it,
//! wherever it runs, and has it execute a full fence. The ringer then needs nothing but that the
//! compiler keeps its order: the interrupt comes before its store of `wake`, after its load of
//! `sleepers`, or between, and each case is one of the two above. A writer that could not register
//! fences for itself. Sleepers do both and need not know which it is; one that may not call
//! `membarrier` looks for itself from time to time if the writer relies on it.
//!
//! Why the word may be cleared: w <= g means that g is what they all sleep for, and they are
//! woken now. Who registers in between sleeps for g + 1, and the exchange fails. w = g + 1 is
//! somebody who has seen g already and waits for the next; it stays. No sleeper has reason to
//! store more than g + 1: that is left from a file restored after a power cut, or a prank, and
//! costs one system call like any dead sleeper.
//!
//! A sleeper that is killed leaves its registration: the next publish makes one wake for nobody
//! (two, if it died in the middle of the publish before). Nothing else depends on it. Whatever
//! goes wrong, [`RECHECK`] bounds a sleep.
//!
//! This file and `steps.rs` are safe code over atomics; `model.rs` shows that each step is needed.
//! What is waited for, and by whom, `wait/` knows.
//!
//! A sleeper registers for the generation after the one it saw, not for the one it wants. So the
//! word never holds more than g + 1 for a legitimate sleeper, and every publish that satisfies it
//! may clear it.
//!
//! Sleeping needs no write permission, registering does. A polling reader sleeps on the futex too,
//! with short timeouts: it profits from wakes that others cause, and a guard can end its sleep.
//!
//! In the model the interrupt of `membarrier` is a mutex that the ringer gives back wherever it can
//! be interrupted. The kernel's promise is that of membarrier(2).
//!
//! A stranger can move sleepers to another futex: `FUTEX_REQUEUE` needs a readable mapping and no
//! more. The kernel offers nothing against it, so sleepers look every 100 ms.

mod look;
mod state;
mod precautions;

#[cfg(all(test, loom))]
mod model;

#[cfg(not(loom))]
mod backoff;
#[cfg(not(loom))]
mod bell;
#[cfg(not(loom))]
mod words;

pub(crate) use self::look::Look;
#[cfg(not(loom))]
pub(crate) use self::{
    backoff::Backoff,
    bell::Bell,
    state::{load_state, store_state},
    words::WaitWords,
};

use core::time::Duration;

use self::precautions::Precautions;
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// The longest sleep without another look.
#[cfg_attr(loom, allow(dead_code, reason = "in a model nobody sleeps for a time"))]
pub(crate) const RECHECK: Duration = Duration::from_millis(100);

/// Wakes all sleepers by `wake_all`, if there are any; `generation` is the latest.
///
/// Only the writer may call this, after it stored what sleepers wait for. `barrier` keeps a store
/// before it from passing a load after it: a fence, or one that sleepers cause.
#[inline]
pub(crate) fn ring<S: Precautions>(
    wake: &AtomicU32,
    sleepers: &AtomicU64,
    generation: u64,
    barrier: impl FnOnce(),
    wake_all: impl FnOnce(&AtomicU32),
) {
    let next = wake.load(Ordering::Relaxed).wrapping_add(1);
    // SYNC N1: what sleepers look for before the new `wake`; pairs with N1 in `doze`.
    wake.store(next, S::WAKE);
    // SYNC N2: `wake` before the look at `sleepers`; pairs with N2 in `doze`.
    barrier();
    let wanted = sleepers.load(Ordering::Relaxed);
    if wanted != 0 {
        answer::<S>(wake, sleepers, wanted, generation, wake_all);
    }
}

#[cold]
fn answer<S: Precautions>(
    wake: &AtomicU32,
    sleepers: &AtomicU64,
    wanted: u64,
    generation: u64,
    wake_all: impl FnOnce(&AtomicU32),
) {
    // Wraps for what only a prank stores.
    if wanted != generation.wrapping_add(1) || !S::KEEP_NEXT {
        if S::COMPARE {
            // If it fails, somebody sleeps for the next generation already.
            let _ = sleepers.compare_exchange(wanted, 0, Ordering::Relaxed, Ordering::Relaxed);
        } else {
            sleepers.store(0, Ordering::Relaxed);
        }
    }
    wake_all(wake);
}

/// Sleeps once, unless `look` finds what is waited for.
///
/// `sleep` sleeps while the word holds the number it is given. Without `sleepers`, nobody knows of the sleeper. `barrier` is
/// a fence for the ringer too, if that has none of its own.
pub(crate) fn doze<S: Precautions, R>(
    wake: &AtomicU32,
    sleepers: Option<&AtomicU64>,
    look: impl FnOnce() -> Look<R>,
    barrier: impl FnOnce(),
    sleep: impl FnOnce(&AtomicU32, u32),
) -> Option<R> {
    let before = wake.load(Ordering::Relaxed);
    if S::LOOK_FENCE {
        // SYNC N1: `wake` before the look; pairs with N1 in `ring`.
        fence(Ordering::Acquire);
    }
    let latest = match look() {
        Look::Over(found) => return Some(found),
        Look::NotYet { latest } => latest,
    };
    if let Some(sleepers) = sleepers {
        sleepers.fetch_max(latest.saturating_add(1), Ordering::Relaxed);
        if S::SLEEPER_FENCE {
            // SYNC N2: the registration before the kernel's look at `wake`; pairs with N2 in
            // `ring`.
            fence(Ordering::SeqCst);
        }
        barrier();
    }
    sleep(wake, before);
    None
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::precautions::Full;
    use super::*;

    /// Rings for `generation` and returns how often somebody was woken.
    fn wakes(wake: &AtomicU32, sleepers: &AtomicU64, generation: u64) -> u32 {
        let mut wakes = 0;
        ring::<Full>(wake, sleepers, generation, || (), |_| wakes += 1);
        wakes
    }

    #[test]
    fn nobody_is_woken_when_nobody_sleeps() {
        let (wake, sleepers) = (AtomicU32::new(u32::MAX), AtomicU64::new(0));
        assert_eq!(wakes(&wake, &sleepers, 1), 0);
        assert_eq!(wake.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_killed_sleeper_costs_one_wake() {
        let (wake, sleepers) = (AtomicU32::new(0), AtomicU64::new(0));
        let look = || Look::NotYet { latest: 4 };
        let found: Option<()> = doze::<Full, _>(&wake, Some(&sleepers), look, || (), |_, _| {});
        assert_eq!(found, None);
        assert_eq!(sleepers.load(Ordering::Relaxed), 5);
        let counts = [5, 6, 7].map(|generation| wakes(&wake, &sleepers, generation));
        assert_eq!(counts, [1, 0, 0]);
    }

    #[test]
    fn a_sleeper_killed_within_a_publish_costs_two_wakes() {
        let (wake, sleepers) = (AtomicU32::new(0), AtomicU64::new(5));
        let counts = [4, 5, 6].map(|generation| wakes(&wake, &sleepers, generation));
        assert_eq!(counts, [1, 1, 0]);
    }

    #[test]
    fn a_number_that_no_sleeper_stores_costs_one_wake() {
        for stored in [u64::MAX, 7, 1 << 62] {
            let (wake, sleepers) = (AtomicU32::new(0), AtomicU64::new(stored));
            let counts = [4, 5].map(|generation| wakes(&wake, &sleepers, generation));
            assert_eq!(counts, [1, 0]);
        }
    }

    #[test]
    fn who_finds_what_it_waits_for_does_not_sleep_or_register() {
        let (wake, sleepers) = (AtomicU32::new(0), AtomicU64::new(0));
        let asleep = |_: &AtomicU32, _| panic!("asleep");
        let look = || Look::Over(7);
        assert_eq!(doze::<Full, _>(&wake, Some(&sleepers), look, || (), asleep), Some(7));
        assert_eq!(sleepers.load(Ordering::Relaxed), 0);
    }
}
