//! Pins: a generation that stays for as long as a reader holds it.

use core::marker::PhantomData;

use super::steps::Check;
use super::{ReclaimSteps, ReclaimWords, is_evicted, load, read_timed_root};
use crate::publish::{ReadFault, SlotMemory};
use crate::sync::{AtomicU64, Ordering, fence};

/// The locks by which one reader says which generations it holds.
///
/// They are counted: a generation is locked from its first `lock` to its last `unlock`, and both
/// make the count and the lock one step for whoever else uses these locks.
pub(crate) trait PinLocks: Clone {
    /// Why there is no lock.
    type Fault;
    /// All generations from one on, until it is dropped; nobody else has one of these locks' at the
    /// same time.
    type Range<'l>: RangeLock<Fault = Self::Fault>
    where
        Self: 'l;

    /// Locks one generation, once more if it is locked.
    fn lock(&self, generation: u64) -> Result<(), Self::Fault>;

    /// Takes back one [`lock`](Self::lock). Whoever is not the process that locked does nothing.
    fn unlock(&self, generation: u64);

    /// Locks `first` and all generations after it.
    fn lock_from(&self, first: u64) -> Result<Self::Range<'_>, Self::Fault>;

    /// Whether this process has these locks from its parent, so that they say nothing about it.
    fn in_child(&self) -> bool;
}

/// A lock on all generations from one on.
pub(crate) trait RangeLock {
    /// Why there is no lock.
    type Fault;

    /// As [`PinLocks::lock`], while the range is locked.
    fn lock(&mut self, generation: u64) -> Result<(), Self::Fault>;
}

/// Why there is no pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PinFault<F> {
    /// There was no root to pin.
    Root(ReadFault),
    /// A generation could not be locked.
    Locks(F),
    /// Each generation that could be pinned was gone, or evicted, before it was: the writer is that
    /// fast, or the words do not say what a writer stores.
    Contended,
}

/// Why what a view loads does not count any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The writer needed the space, and uses again what the pin held.
    Evicted,
    /// This process is a forked child: the pin is its parent's, who may end it at any time.
    Forked,
}

/// A generation that is pinned until this is dropped.
#[derive(Debug)]
pub(crate) struct Pin<S: ReclaimSteps, L: PinLocks> {
    locks: L,
    generation: u64,
    time: u64,
    steps: PhantomData<S>,
}

impl<S: ReclaimSteps, L: PinLocks> Pin<S, L> {
    /// The generation.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// When that was published, in nanoseconds since 1970; 0 for not known.
    pub(crate) const fn time(&self) -> u64 {
        self.time
    }

    /// Says whether what was loaded through this pin until now counts.
    ///
    /// # Errors
    ///
    /// If not; then what comes later does not either.
    #[inline]
    pub(crate) fn check(&self, words: ReclaimWords<'_>) -> Result<(), Lost> {
        if self.locks.in_child() {
            return Err(Lost::Forked);
        }
        if is_evicted::<S>(words, self.generation) { Err(Lost::Evicted) } else { Ok(()) }
    }

    /// The same before code of the user's sees what was loaded.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    #[inline]
    pub(crate) fn settle(&self, words: ReclaimWords<'_>) -> Result<(), Lost> {
        if S::SETTLE { self.check(words) } else { Ok(()) }
    }
}

impl<S: ReclaimSteps, L: PinLocks> Drop for Pin<S, L> {
    fn drop(&mut self) {
        if S::UNPIN_FENCE {
            // SYNC U1: the loads before the lock is gone; pairs with U2 in `announce`.
            fence(Ordering::Release);
        }
        S::pause_point();
        if S::LOCK {
            self.locks.unlock(self.generation);
        }
    }
}

/// A pin and what was copied of its root, or why there is none.
pub(crate) type Pinned<S, L, C> = Result<(Pin<S, L>, C), PinFault<<L as PinLocks>::Fault>>;

/// Pins the latest generation; returns the pin and what `copy` returned for its root.
///
/// # Errors
///
/// What the ring says, what the locks say, and `Contended`.
pub(crate) fn pin<S: ReclaimSteps, L: PinLocks, C>(
    memory: &impl SlotMemory,
    words: ReclaimWords<'_>,
    locks: &L,
    mut copy: impl FnMut(&[AtomicU64]) -> C,
) -> Pinned<S, L, C> {
    for _ in 0..S::PIN_TRIES {
        let read = read_timed_root::<S, C>(memory, &mut copy).map_err(PinFault::Root)?;
        let (generation, root, time) = read;
        let early = S::PIN_CHECK == Check::First && may_be_gone(words, generation);
        S::pause_point();
        let pin = locked::<S, L>(locks, (generation, time), || locks.lock(generation))?;
        S::pause_point();
        fence_behind_lock::<S>();
        let is_gone = match S::PIN_CHECK {
            Check::Last => may_be_gone(words, generation),
            Check::First => early,
            Check::Never => false,
        };
        if !is_gone {
            return Ok((pin, root));
        }
    }
    pin_by_range(memory, words, locks, copy)
}

/// The same for a reader that is overtaken between root and lock again and again. It first locks
/// whatever will be the latest, so that there is nothing to try twice.
#[cold]
fn pin_by_range<S: ReclaimSteps, L: PinLocks, C>(
    memory: &impl SlotMemory,
    words: ReclaimWords<'_>,
    locks: &L,
    copy: impl FnMut(&[AtomicU64]) -> C,
) -> Pinned<S, L, C> {
    let first = load(memory.latest());
    S::pause_point();
    let mut range = locks.lock_from(first).map_err(PinFault::Locks)?;
    S::pause_point();
    fence_behind_lock::<S>();
    let read = read_timed_root::<S, C>(memory, copy).map_err(PinFault::Root)?;
    let (generation, root, time) = read;
    // Not locked, and never was: what it reaches may have been overwritten long ago.
    if generation < first && S::RANGE_FLOOR {
        return Err(PinFault::Contended);
    }
    S::pause_point();
    let pin = if !S::LET_GO {
        core::mem::forget(range);
        locked::<S, L>(locks, (generation, time), || Ok(()))?
    } else if S::LOCK_BEFORE_LETTING_GO {
        let pin = locked::<S, L>(locks, (generation, time), || range.lock(generation))?;
        drop(range);
        pin
    } else {
        drop(range);
        locked::<S, L>(locks, (generation, time), || locks.lock(generation))?
    };
    S::pause_point();
    // What is evicted by now would be so for every read.
    if load(words.evicted) >= generation { Err(PinFault::Contended) } else { Ok((pin, root)) }
}

fn locked<S: ReclaimSteps, L: PinLocks>(
    locks: &L,
    (generation, time): (u64, u64),
    lock: impl FnOnce() -> Result<(), L::Fault>,
) -> Result<Pin<S, L>, PinFault<L::Fault>> {
    if S::LOCK {
        lock().map_err(PinFault::Locks)?;
    }
    Ok(Pin { locks: locks.clone(), generation, time, steps: PhantomData })
}

fn fence_behind_lock<S: ReclaimSteps>() {
    if let Some(order) = S::LOCK_FENCE {
        // SYNC P3: the lock before RECLAIMED, or before the root; pairs with P1 in `announce`.
        fence(order);
    }
}

fn may_be_gone(words: ReclaimWords<'_>, generation: u64) -> bool {
    load(words.reclaimed) > generation || load(words.evicted) >= generation
}
