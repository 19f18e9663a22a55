//! The locks of one reader, counted by generation.
//!
//! A lock of the system's is there or not, however often it was asked for. So the first view of a
//! generation takes it, and the last one gives it back. Count and lock are one step: with the lock
//! taken outside, a second view would count on a lock that is still to come, or on one that the last
//! view of before is about to give back.

use core::marker::PhantomData;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::pin::{PinLocks, RangeLock};
use super::steps::ReclaimSteps;
use crate::sync::{Mutex, MutexGuard};

/// What the system locks for one reader, by two descriptors: to let go of a range must not unlock the
/// generations that are pinned in it.
pub(crate) trait SystemLocks {
    /// Why there is no lock.
    type Fault;

    /// Locks one generation by the first descriptor.
    fn lock(&self, generation: u64) -> Result<(), Self::Fault>;

    /// Unlocks it.
    fn unlock(&self, generation: u64);

    /// Locks `first` and all generations after it by the second descriptor.
    fn lock_from(&self, first: u64) -> Result<(), Self::Fault>;

    /// Unlocks all that the second descriptor has locked.
    fn let_go(&self);

    /// Whether this process has the descriptors from its parent.
    fn in_child(&self) -> bool;

    /// What to say then.
    fn forked(&self) -> Self::Fault;
}

/// The pins of one opened reader, shared by its threads and views.
#[derive(Debug)]
pub(crate) struct CountedLocks<S, L>(Arc<Shared<L>>, PhantomData<S>);

impl<S, L> Clone for CountedLocks<S, L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

#[derive(Debug)]
struct Shared<L> {
    locks: L,
    /// How many views each generation has that is locked.
    ///
    /// # Invariants
    ///
    /// 1. While this is not locked, a generation is locked if and only if it is here: whoever changes
    ///    the one changes the other before anybody else can look.
    /// 2. While this is not locked, no range is: one announcement would let go of the other.
    counts: Mutex<Counts>,
}

type Counts = BTreeMap<u64, usize>;

impl<S: ReclaimSteps, L: SystemLocks> CountedLocks<S, L> {
    /// Nothing is pinned by these.
    pub(crate) fn new(locks: L) -> Self {
        Self(Arc::new(Shared { locks, counts: Mutex::new(Counts::new()) }), PhantomData)
    }

    /// The counts, for as long as nobody else changes them or a lock.
    fn counts(&self) -> Result<MutexGuard<'_, Counts>, L::Fault> {
        // Before anything else: a child has a copy of the mutex, which may be locked for ever, and the
        // same locks, which are its parent's.
        if self.0.locks.in_child() {
            return Err(self.0.locks.forked());
        }
        // Whoever panicked had not begun to change anything, or was done.
        Ok(self.0.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock_once_more(
        &self,
        counts: &mut MutexGuard<'_, Counts>,
        generation: u64,
    ) -> Result<(), L::Fault> {
        if let Some(count) = counts.get_mut(&generation) {
            *count += 1;
            return Ok(());
        }
        self.0.locks.lock(generation)?;
        counts.insert(generation, 1);
        Ok(())
    }

    /// The mutation: what was counted is locked when somebody else may have looked.
    fn lock_later(&self, generation: u64) -> Result<(), L::Fault> {
        let mut counts = self.counts()?;
        let count = counts.entry(generation).or_default();
        *count += 1;
        let is_first = *count == 1;
        drop(counts);
        if is_first { self.0.locks.lock(generation) } else { Ok(()) }
    }
}

impl<S: ReclaimSteps, L: SystemLocks> PinLocks for CountedLocks<S, L> {
    type Fault = L::Fault;
    type Range<'l>
        = CountedRange<'l, S, L>
    where
        Self: 'l;

    fn lock(&self, generation: u64) -> Result<(), L::Fault> {
        if !S::COUNT_WITH_LOCK {
            return self.lock_later(generation);
        }
        self.lock_once_more(&mut self.counts()?, generation)
    }

    fn unlock(&self, generation: u64) {
        // In a child, the lock is left to the parent.
        let Ok(mut counts) = self.counts() else { return };
        let Some(count) = counts.get_mut(&generation) else { return };
        *count -= 1;
        if *count == 0 {
            counts.remove(&generation);
            if !S::COUNT_WITH_LOCK {
                drop(counts);
            }
            self.0.locks.unlock(generation);
        }
    }

    fn lock_from(&self, first: u64) -> Result<CountedRange<'_, S, L>, L::Fault> {
        let counts = self.counts()?;
        self.0.locks.lock_from(first)?;
        Ok(CountedRange { locks: self, counts: S::RANGE_ALONE.then_some(counts) })
    }

    #[inline]
    fn in_child(&self) -> bool {
        self.0.locks.in_child()
    }
}

/// All generations from one on, while nobody else pins or unpins through these locks.
#[derive(Debug)]
pub(crate) struct CountedRange<'l, S: ReclaimSteps, L: SystemLocks> {
    locks: &'l CountedLocks<S, L>,
    /// Always there, but for the mutation.
    counts: Option<MutexGuard<'l, Counts>>,
}

impl<S: ReclaimSteps, L: SystemLocks> RangeLock for CountedRange<'_, S, L> {
    type Fault = L::Fault;

    fn lock(&mut self, generation: u64) -> Result<(), L::Fault> {
        match &mut self.counts {
            Some(counts) => self.locks.lock_once_more(counts, generation),
            None => self.locks.lock(generation),
        }
    }
}

impl<S: ReclaimSteps, L: SystemLocks> Drop for CountedRange<'_, S, L> {
    fn drop(&mut self) {
        if !self.locks.0.locks.in_child() {
            self.locks.0.locks.let_go();
        }
    }
}
