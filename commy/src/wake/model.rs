//! Waiting under loom: every interleaving and every allowed reordering of small programs.
//!
//! The code under test is the real [`ring`] and [`doze`]; the kernel's part is a mutex and a
//! condition variable, and nobody wakes because time is over. `membarrier` is a mutex, too: a
//! ringer that relies on it holds the mutex while it runs and gives it back wherever it can be
//! interrupted; who holds it in between is ordered behind what the ringer did before and in front
//! of what it does after, and that is all it is ordered with. Who is asleep when the last ring
//! has ended would sleep for ever: a lost wake-up. Each mutation takes one step away and must be
//! found.
//!
//! `RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test -p commy --lib --release`

use std::cell::Cell;

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::precautions::{Full, Precautions};
use super::{Look, doze, ring, state};
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

struct File {
    latest: AtomicU64,
    state: AtomicU64,
    wake: AtomicU32,
    sleepers: AtomicU64,
    kernel: Mutex<Kernel>,
    woken: Condvar,
    /// Held by the ringer between two interrupts.
    running: Mutex<()>,
}

#[derive(Default)]
struct Kernel {
    wakes: u32,
    /// The last ring has ended.
    over: bool,
}

impl File {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            latest: AtomicU64::new(0),
            state: AtomicU64::new(0),
            wake: AtomicU32::new(0),
            sleepers: AtomicU64::new(0),
            kernel: Mutex::new(Kernel::default()),
            woken: Condvar::new(),
            running: Mutex::new(()),
        })
    }

    fn ring<S: Precautions>(&self, generation: u64) {
        let barrier = || {
            if S::RINGER_FENCE {
                fence(Ordering::SeqCst);
            }
        };
        ring::<S>(&self.wake, &self.sleepers, generation, barrier, |_| self.wake_all());
    }

    fn wake_all(&self) {
        let mut kernel = self.kernel.lock().unwrap();
        kernel.wakes += 1;
        self.woken.notify_all();
    }

    /// The publish of a writer that leaves the fence to sleepers.
    fn publish_expedited<S: Precautions>(&self, generation: u64) {
        let running = Cell::new(Some(self.running.lock().unwrap()));
        let interrupt = || {
            drop(running.take());
            running.set(Some(self.running.lock().unwrap()));
        };
        self.latest.store(generation, Ordering::Release);
        interrupt();
        ring::<S>(&self.wake, &self.sleepers, generation, interrupt, |_| {
            drop(running.take());
            self.wake_all();
        });
    }

    /// Interrupts the ringer, unless it has ended.
    fn fence_remotely(&self) {
        drop(self.running.lock().unwrap());
    }

    /// What the kernel does: it compares while it holds what a wake has to take.
    fn sleep(&self, wake: &AtomicU32, before: u32) {
        let mut kernel = self.kernel.lock().unwrap();
        if wake.load(Ordering::Relaxed) != before {
            return;
        }
        let wakes = kernel.wakes;
        if !kernel.over {
            kernel = self.woken.wait(kernel).unwrap();
        }
        let is_woken = kernel.wakes != wakes;
        drop(kernel);
        assert!(is_woken, "lost wake-up");
    }

    /// Ends the sleep of those whom no ring will wake any more.
    fn end(&self) {
        self.kernel.lock().unwrap().over = true;
        self.woken.notify_all();
    }

    fn publish<S: Precautions>(&self, generation: u64) {
        self.latest.store(generation, Ordering::Release);
        self.ring::<S>(generation);
    }

    fn wait<S: Precautions>(&self, look: impl Fn() -> Look<u64>) -> u64 {
        let barrier = || {
            if S::REMOTE_FENCE {
                self.fence_remotely();
            }
        };
        loop {
            let sleep = |wake: &AtomicU32, before| self.sleep(wake, before);
            let found = doze::<S, _>(&self.wake, Some(&self.sleepers), &look, barrier, sleep);
            if let Some(found) = found {
                return found;
            }
        }
    }

    /// Waits for a generation above `seen`.
    fn wait_newer<S: Precautions>(&self, seen: u64) -> u64 {
        self.wait::<S>(|| {
            let latest = self.latest.load(Ordering::Relaxed);
            if latest > seen { Look::Over(latest) } else { Look::NotYet { latest } }
        })
    }
}

/// One writer publishes `publishes` generations; each sleeper waits until it has seen so many.
fn race<S: Precautions + 'static>(publishes: u64, sleepers: &'static [u64]) {
    race_of::<S>(publishes, sleepers, File::publish::<S>);
}

/// The same for a writer that leaves the fence to sleepers.
fn expedited_race<S: Precautions + 'static>(publishes: u64, sleepers: &'static [u64]) {
    race_of::<S>(publishes, sleepers, File::publish_expedited::<S>);
}

fn race_of<S: Precautions + 'static>(
    publishes: u64,
    sleepers: &'static [u64],
    publish: fn(&File, u64),
) {
    loom::model(move || {
        let file = File::new();
        let threads: Vec<_> = sleepers
            .iter()
            .map(|last| {
                let file = Arc::clone(&file);
                thread::spawn(move || {
                    let mut seen = 0;
                    while seen < *last {
                        seen = file.wait_newer::<S>(seen);
                    }
                })
            })
            .collect();
        for generation in 1..=publishes {
            publish(&file, generation);
        }
        file.end();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

macro_rules! steps {
    ($name:ident, $($item:tt)*) => {
        struct $name;
        impl Precautions for $name {
            $($item)*
        }
    };
}

steps!(WakeRelaxed, const WAKE: Ordering = Ordering::Relaxed;);
steps!(NoRingerFence, const RINGER_FENCE: bool = false;);
steps!(ClearNext, const KEEP_NEXT: bool = false;);
steps!(ClearAny, const COMPARE: bool = false;);
steps!(NoLookFence, const LOOK_FENCE: bool = false;);
steps!(NoStateFence, const STATE_FENCE: bool = false;);
steps!(NoStateLookFence, const STATE_LOOK_FENCE: bool = false;);
steps!(NoSleeperFence, const SLEEPER_FENCE: bool = false;);
// The ringer has no fence of its own in `publish_expedited`, whatever `RINGER_FENCE` says.
steps!(Expedited, const REMOTE_FENCE: bool = true;);
steps!(NoRemoteFence,);

#[test]
fn one_sleeper_is_woken_by_one_publish() {
    race::<Full>(1, &[1]);
}

#[test]
fn one_sleeper_is_woken_by_each_publish() {
    race::<Full>(3, &[3]);
}

#[test]
fn two_sleepers_are_woken_by_one_publish() {
    race::<Full>(1, &[1, 1]);
}

#[test]
fn sleepers_for_different_generations_are_woken() {
    race::<Full>(2, &[1, 2]);
}

/// A writer publishes once and closes; a reader that sees it closed looks for the last value.
fn close_race<S: Precautions + 'static>() {
    loom::model(|| {
        let file = File::new();
        let reader = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                if state::load::<S>(&file.state) == 1 {
                    assert_eq!(file.latest.load(Ordering::Relaxed), 1, "the last value is missed");
                }
            })
        };
        file.latest.store(1, Ordering::Release);
        state::store::<S>(&file.state, 1);
        reader.join().unwrap();
    });
}

#[test]
fn who_sees_that_a_file_is_closed_sees_the_last_value() {
    close_race::<Full>();
}

#[test]
#[should_panic(expected = "the last value is missed")]
fn without_the_fence_before_the_state_the_last_value_is_missed() {
    close_race::<NoStateFence>();
}

#[test]
#[should_panic(expected = "the last value is missed")]
fn without_the_fence_behind_the_state_the_last_value_is_missed() {
    close_race::<NoStateLookFence>();
}

#[test]
fn a_close_wakes_after_the_last_publish() {
    loom::model(|| {
        let file = File::new();
        let sleeper = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                file.wait::<Full>(|| match state::load::<Full>(&file.state) {
                    0 => Look::NotYet { latest: file.latest.load(Ordering::Relaxed) },
                    _ => Look::Over(0),
                })
            })
        };
        file.publish::<Full>(1);
        state::store::<Full>(&file.state, 1);
        file.ring::<Full>(1);
        file.end();
        sleeper.join().unwrap();
    });
}

#[test]
fn a_sleeper_that_dies_costs_at_most_two_wakes_and_no_one_elses() {
    loom::model(|| {
        let file = File::new();
        let dying = {
            let file = Arc::clone(&file);
            thread::spawn(move || {
                let look = || Look::<()>::NotYet { latest: file.latest.load(Ordering::Relaxed) };
                doze::<Full, _>(&file.wake, Some(&file.sleepers), look, || (), |_, _| {});
            })
        };
        let sleeper = {
            let file = Arc::clone(&file);
            thread::spawn(move || file.wait_newer::<Full>(0))
        };
        file.publish::<Full>(1);
        file.end();
        dying.join().unwrap();
        sleeper.join().unwrap();
        file.publish::<Full>(2);
        // From here on, publishes make no wake.
        assert_eq!(file.sleepers.load(Ordering::Relaxed), 0);
    });
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn with_wake_stored_relaxed_a_wake_up_is_lost() {
    race::<WakeRelaxed>(1, &[1]);
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn without_the_ringers_fence_a_wake_up_is_lost() {
    race::<NoRingerFence>(1, &[1]);
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn clearing_the_next_generation_loses_a_wake_up() {
    race::<ClearNext>(2, &[2]);
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn clearing_whatever_is_there_loses_a_wake_up() {
    race::<ClearAny>(2, &[1, 2]);
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn without_the_fence_before_the_look_a_wake_up_is_lost() {
    race::<NoLookFence>(1, &[1]);
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn without_the_sleepers_fence_a_wake_up_is_lost() {
    race::<NoSleeperFence>(1, &[1]);
}

#[test]
fn a_writer_without_a_fence_wakes_one_sleeper() {
    expedited_race::<Expedited>(2, &[2]);
}

#[test]
fn a_writer_without_a_fence_wakes_two_sleepers() {
    expedited_race::<Expedited>(1, &[1, 1]);
}

/// Sleepers need not know whether the writer fences.
#[test]
fn a_writer_with_a_fence_wakes_who_fences_for_it() {
    race::<Expedited>(2, &[2]);
}

#[test]
#[should_panic(expected = "lost wake-up")]
fn without_the_remote_fence_a_wake_up_is_lost() {
    expedited_race::<NoRemoteFence>(1, &[1]);
}
