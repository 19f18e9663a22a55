//! The time of a publish, beside the payload that it is of.
//!
//! It is stored as the payload is, between the odd mark and the even one, and loaded under the same
//! check: so value and time are of one generation.
//!
//! A second word says which generation the time is of. A writer that knows nothing of times leaves
//! both words as they were. What stands there is then the time of the generation that had the slot
//! before, and the second word says so.

use super::{Moment, Overtaken, Pick, ReadFault, Slot, SlotMemory, Steps, Tries};
use crate::sync::{AtomicU64, Ordering};

/// The words of a slot that say when it was filled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp<'m> {
    /// Nanoseconds since 1970; 0 for not known.
    pub(crate) time: &'m AtomicU64,
    /// The generation whose time that is.
    pub(crate) generation: &'m AtomicU64,
}

impl Stamp<'_> {
    /// Says that `generation` was published at `time`.
    #[inline]
    pub(super) fn store(self, time: u64, generation: u64) {
        self.time.store(time, Ordering::Relaxed);
        self.generation.store(generation, Ordering::Relaxed);
    }

    /// When `generation` was published; 0 for not known.
    #[inline]
    fn load(self, generation: u64) -> u64 {
        let time = self.time.load(Ordering::Relaxed);
        if self.generation.load(Ordering::Relaxed) == generation { time } else { 0 }
    }
}

impl<'m> Pick<'m> {
    /// Calls `copy` with the payload; returns what it returned and when this generation was published
    /// (0 for not known), if both are of it. `stamp` finds the words for the time in the slot.
    #[inline]
    fn copy_stamped<S: Steps, R>(
        self,
        stamp: impl Fn(Slot<'m>) -> Option<Stamp<'m>>,
        copy: impl FnOnce(&[AtomicU64]) -> R,
    ) -> Option<(R, u64)> {
        let load = || stamp(self.slot).map_or(0, |stamp| stamp.load(self.generation));
        let mut time = 0;
        let copied = self.copy::<S, R>(|payload| {
            let copied = copy(payload);
            if !S::LATE_TIME {
                time = load();
            }
            copied
        })?;
        Some((copied, if S::LATE_TIME { load() } else { time }))
    }
}

/// Calls `copy` as [`read_again`](super::read_again) does, from the first try on; returns the
/// generation, what `copy` returned, and when that was published (0 for not known).
pub(crate) fn read_stamped<S: Steps, R>(
    memory: &impl SlotMemory,
    returned: u64,
    mut copy: impl FnMut(&[AtomicU64]) -> R,
) -> Result<(u64, R, u64), ReadFault> {
    let mut pick = Pick::latest::<S>(memory)?;
    let mut tries = None;
    loop {
        if let Some((copied, time)) =
            pick.copy_stamped::<S, R>(|slot| memory.stamp_of(slot), &mut copy)
        {
            return Ok((pick.generation, copied, time));
        }
        let tries = tries.get_or_insert_with(|| Tries::after_one(memory, returned));
        pick = tries.pick::<S>(memory)?;
    }
}

/// When the latest generation was published, as its one writer knows it; 0 for not known.
pub(crate) fn time_of_latest(memory: &impl SlotMemory) -> u64 {
    let latest = memory.latest().load(Ordering::Relaxed);
    let stamp = memory.stamp_of(memory.slot_of(latest));
    // Of no generation there are no words, of 0 the time is 0.
    stamp.map_or(0, |stamp| stamp.load(latest))
}

impl<'m> Moment<'m> {
    /// When this generation was published; 0 for not known. `stamp` finds the words for that in the slot.
    pub(crate) fn published<S: Steps>(
        &self,
        stamp: impl Fn(Slot<'m>) -> Option<Stamp<'m>>,
    ) -> Result<u64, Overtaken> {
        match self.pick.copy_stamped::<S, _>(stamp, |_| ()) {
            Some(((), time)) => Ok(time),
            None => {
                self.is_over.set(true);
                Err(Overtaken)
            }
        }
    }
}
