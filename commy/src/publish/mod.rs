//! The protocol by which one writer publishes generations and any number of readers copy them.
//!
//! A ring of K slots, each with a sequence word; `latest` names the newest complete generation.
//! Generation g lives in slot g mod K. All accesses are to atomic words, all of them relaxed; the
//! order comes from two fences on each side:
//!
//! ```text
//! publish generation g                  read
//!   seq[s] = 2g - 1            odd        g = latest            R0
//!   fence(Release)             W1         fence(Acquire)        R1
//!   payload words                         payload words
//!   seq[s] = 2g                even       fence(Acquire)        R2
//!   latest = g, Release        W2         seq[s] == 2g, else again
//! ```
//!
//! Why a copy that passes the check is of generation g and of no other (I2):
//!
//! - It is not older. `latest = g` was read at R0, and W2 stored it after the payload of g: with
//!   R1, W2 makes every word of g visible before the first payload load.
//! - It is not newer. Suppose one load saw a word of generation h > g in the same slot. That word
//!   was stored after the odd mark 2h - 1 and W1; with R2 after the load, W1 makes the odd mark
//!   visible to the check. The sequence is then at least 2h - 1 > 2g, and the check fails. It can
//!   not come back to 2g, because generations are never reused (I5).
//! - If the writer dies anywhere, `latest` still names a complete slot (I1): generation g is
//!   written to slot g mod K, which differs from the slot of g - 1 since K >= 2.
//!
//! Each fence, the odd mark, the order of `latest` and the check are switches of [`Steps`], so
//! that a model can remove one at a time; `model.rs` shows that each removal is found.
//!
//! This module is safe code and knows nothing of files or mappings.

#[cfg(commy_jitter)]
mod jitter;
mod stale;
mod steps;

#[cfg(all(test, loom))]
mod model;

pub(crate) use self::stale::Stale;
pub(crate) use self::steps::{Proven, Steps};

use crate::sync::{AtomicU64, Ordering, fence, pause};

/// Generations above this are refused as corrupt, so that `2 * generation` cannot overflow (I5).
pub(crate) const MAX_GENERATION: u64 = 1 << 62;

/// How often a reader starts again before it gives up (I6).
pub(crate) const MAX_TRIES: u32 = 64;

/// The words of a record that writer and readers share.
pub(crate) trait SlotMemory {
    /// The newest complete generation; 0 before the first publish.
    fn latest(&self) -> &AtomicU64;

    /// The slot that `generation` lives in.
    fn slot_of(&self, generation: u64) -> usize;

    /// The sequence word of `slot`.
    fn sequence(&self, slot: usize) -> &AtomicU64;

    /// The payload words of `slot`.
    fn payload(&self, slot: usize) -> &[AtomicU64];
}

/// Why a read gave no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadFault {
    /// Nothing was published yet.
    Empty,
    /// `latest` holds a number that no writer stores.
    Generation(u64),
    /// Every one of [`MAX_TRIES`] copies was overtaken by K - 1 or more publishes.
    Contended,
}

/// Makes `generation` the latest; `fill` stores the payload into the slot.
///
/// Only one writer may call this at a time, with a generation above every earlier one (I5).
#[inline]
pub(crate) fn publish<S: Steps>(
    memory: &impl SlotMemory,
    generation: u64,
    fill: impl FnOnce(usize, &[AtomicU64]),
) {
    let slot = memory.slot_of(generation);
    S::pause_point();
    if S::ODD_MARK {
        memory.sequence(slot).store(2 * generation - 1, Ordering::Relaxed);
    }
    S::pause_point();
    if S::WRITER_FENCE {
        // SYNC W1: the odd mark before the payload; pairs with R2 in `read`.
        fence(Ordering::Release);
    }
    if S::EARLY_LATEST {
        memory.latest().store(generation, Ordering::Relaxed);
    }
    fill(slot, memory.payload(slot));
    S::pause_point();
    if S::LATE_ODD_MARK {
        memory.sequence(slot).store(2 * generation - 1, Ordering::Relaxed);
    }
    memory.sequence(slot).store(2 * generation, Ordering::Relaxed);
    S::pause_point();
    // SYNC W2: payload and sequence before `latest`; pairs with R1 in `read`.
    memory.latest().store(generation, S::LATEST);
    S::pause_point();
}

/// Calls `copy` with the payload of the latest generation until a copy is of one generation, and
/// returns that generation.
#[inline]
pub(crate) fn read<S: Steps>(
    memory: &impl SlotMemory,
    mut copy: impl FnMut(&[AtomicU64]),
) -> Result<u64, ReadFault> {
    for _ in 0..S::TRIES {
        let generation = memory.latest().load(Ordering::Relaxed);
        if S::FIRST_READER_FENCE {
            // SYNC R1: `latest` before the payload; pairs with W2 in `publish`.
            fence(Ordering::Acquire);
        }
        if generation == 0 {
            return Err(ReadFault::Empty);
        }
        if generation > MAX_GENERATION {
            return Err(ReadFault::Generation(generation));
        }
        let slot = memory.slot_of(generation);
        let early = S::EARLY_CHECK.then(|| memory.sequence(slot).load(Ordering::Relaxed));
        S::pause_point();
        copy(memory.payload(slot));
        S::pause_point();
        if S::SECOND_READER_FENCE {
            // SYNC R2: the payload before the check; pairs with W1 in `publish`.
            fence(Ordering::Acquire);
        }
        let sequence = early.unwrap_or_else(|| memory.sequence(slot).load(Ordering::Relaxed));
        if sequence == 2 * generation || !S::CHECK {
            return Ok(generation);
        }
        pause();
    }
    Err(ReadFault::Contended)
}

/// The highest generation that any word of `memory` speaks of, complete or not: a new writer
/// continues above it (I5).
pub(crate) fn highest_generation(memory: &impl SlotMemory, slots: usize) -> u64 {
    let sequences = (0..slots).map(|slot| {
        let sequence = memory.sequence(slot).load(Ordering::Relaxed);
        sequence.div_ceil(2)
    });
    sequences.fold(memory.latest().load(Ordering::Relaxed), u64::max)
}
