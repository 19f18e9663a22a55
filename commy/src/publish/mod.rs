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
//!   written to slot g mod K, which differs from the slot of g - 1 since K >= 2. Writers that died
//!   leave gaps between the generations; the next one makes a gap wider where it would otherwise
//!   begin in the slot that `latest` names ([`counts_from`]).
//!
//! A ring that turns faster than a large payload can be copied gives its readers nothing. So a
//! large record has one more slot, the steady one, which the writer refreshes rarely
//! ([`Steady`]), by the same steps: it is a ring of one slot, whose `latest` is the word `steady`.
//! A writer that dies while it refreshes leaves that slot unreadable and the ring at rest.
//!
//! What the steady slot holds is older than `latest`, so a reader takes it only if time does not
//! turn back for it: if it is at least as new as what `latest` was when the read began, or, after
//! all tries of the ring, as the newest generation that this reader has returned.
//!
//! Where times are kept, the time of a publish is two words more of its slot (`stamp.rs`): what holds of
//! the payload holds of them.
//!
//! Each fence, the odd mark, the order of `latest` and the check are switches of [`Steps`], so
//! that a model can remove one at a time; `model.rs` shows that each removal is found.
//!
//! This module is safe code and knows nothing of files or mappings.

#[cfg(commy_jitter)]
mod jitter;
mod moment;
#[cfg_attr(loom, allow(dead_code, unused_imports, reason = "the model has heaps of its own"))]
pub(crate) mod reclaim;
mod session;
mod stale;
mod stamp;
mod steady;
mod steps;
#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod model;

#[cfg_attr(loom, allow(unused_imports, reason = "the model names them where they are"))]
pub(crate) use self::moment::{Moment, Overtaken, read_moment};
#[cfg_attr(loom, allow(unused_imports, reason = "the model names them where they are"))]
pub(crate) use self::session::{
    Belief, Believed, Session, SessionWords, Vouching, begin, belief, has_latest,
    is_vouched_by_lock, vouch,
};
#[cfg_attr(loom, allow(unused_imports, reason = "the model has one range"))]
pub(crate) use self::stale::{Stale, is_copied_whole};
#[cfg_attr(loom, allow(unused_imports, reason = "the model names them where they are"))]
pub(crate) use self::stamp::{Stamp, read_stamped, time_of_latest};
#[cfg_attr(loom, allow(unused_imports, reason = "the model refreshes when it likes"))]
pub(crate) use self::steady::{STEADY_MIN, Steady};
#[cfg_attr(loom, allow(unused_imports, reason = "the model has steps of its own"))]
pub(crate) use self::steps::{Proven, Steps};

use crate::sync::{AtomicU64, Ordering, fence, pause};

/// Generations above this are refused as corrupt, so that `2 * generation` cannot overflow (I5).
pub(crate) const MAX_GENERATION: u64 = 1 << 62;

/// How often a reader starts again before it takes an older value from the steady slot (I6).
pub(crate) const MAX_TRIES: u32 = 64;

/// How often it tries that, before it gives up: the steady slot is at rest for most of the time.
pub(crate) const LAST_TRIES: u32 = 16;

/// The words of one slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'m> {
    /// Odd while the slot is being filled, else twice the generation that is in it.
    pub(crate) sequence: &'m AtomicU64,
    /// The words of the payload.
    pub(crate) payload: &'m [AtomicU64],
}

impl Slot<'_> {
    /// Returns whether both are the same slot.
    fn is(self, other: Slot<'_>) -> bool {
        core::ptr::eq(self.sequence, other.sequence)
    }
}

/// The words of a record that writer and readers share.
pub(crate) trait SlotMemory {
    /// The newest complete generation; 0 before the first publish.
    fn latest(&self) -> &AtomicU64;

    /// The slot that `generation` lives in.
    fn slot_of(&self, generation: u64) -> Slot<'_>;

    /// The generation in the steady slot, 0 for none, and that slot; `None` for a record that is
    /// too small to need one.
    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)>;

    /// The words for the time of what is in `slot`, if it is one of these and times are kept.
    ///
    /// No part of the slot: a view, which has one in memory, should not grow by what it hardly uses.
    #[inline]
    fn stamp_of<'m>(&'m self, _: Slot<'m>) -> Option<Stamp<'m>> {
        None
    }

    /// The time of a publish that is made now, in nanoseconds since 1970; 0 for not known. Asked for
    /// where times are kept.
    fn now(&self) -> u64 {
        0
    }

    /// The sequence word as the writer has it; a model can make a writer die between two stores.
    #[inline]
    fn sequence<'m>(&'m self, slot: Slot<'m>) -> &'m AtomicU64 {
        slot.sequence
    }
}

/// Why a read gave no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadFault {
    /// Nothing was published yet.
    Empty,
    /// `latest` holds a number that no writer stores.
    Generation(u64),
    /// Every one of so many copies was overtaken by K - 1 or more publishes, and the steady slot had
    /// nothing either.
    Contended(u32),
}

/// Makes `generation` the latest; `fill` stores the payload into the slot.
///
/// Only one writer may call this at a time, with a generation above every earlier one (I5).
#[inline]
pub(crate) fn publish<S: Steps>(
    memory: &impl SlotMemory,
    generation: u64,
    fill: impl FnOnce(&[AtomicU64]),
) {
    let slot = memory.slot_of(generation);
    publish_to::<S>(memory, slot, || memory.latest(), (generation, || memory.now()), fill);
}

/// Refreshes the steady slot with `generation`, the latest one; `fill` stores the payload.
#[cold]
pub(crate) fn publish_steady<S: Steps>(
    memory: &impl SlotMemory,
    generation: u64,
    fill: impl FnOnce(&[AtomicU64]),
) {
    // By the same steps as a slot of the ring: a writer that dies here leaves it odd, which no reader
    // takes, and the ring as it was.
    if let Some((steady, slot)) = memory.steady() {
        // It was published when it was, and not now.
        let time = || time_of_latest(memory);
        publish_to::<S>(memory, slot, || steady, (generation, time), fill);
    }
}

/// Says that the steady slot holds nothing, before a new writer publishes: what an earlier boot
/// left there may be torn.
///
/// A reader looks there only after its copy from the ring was overtaken: it has seen an odd mark
/// in the slot that `latest` names. The writer's first publish is in another slot
/// ([`counts_from`]), and its W1 is before every later odd mark. With R1, whoever sees one of
/// those finds the cleared word.
pub(crate) fn clear_steady<S: Steps>(memory: &impl SlotMemory) {
    if let Some((steady, _)) = memory.steady()
        && S::CLEAR
    {
        steady.store(0, Ordering::Relaxed);
    }
}

#[inline]
fn publish_to<'m, S: Steps>(
    memory: &'m impl SlotMemory,
    slot: Slot<'m>,
    newest: impl Fn() -> &'m AtomicU64,
    (generation, time): (u64, impl Fn() -> u64),
    fill: impl FnOnce(&[AtomicU64]),
) {
    // The clock is read behind the copy, which is not counted as age. No reader waits for that: this slot
    // was not the latest before.
    let stamp = || {
        if let Some(stamp) = memory.stamp_of(slot) {
            stamp.store(time(), generation);
        }
    };
    if S::EARLY_TIME {
        stamp();
    }
    S::pause_point();
    // From here on nobody may take what is in the slot for its old generation: it is about to be
    // overwritten. Readers that are copying it find out by this mark.
    if S::ODD_MARK {
        memory.sequence(slot).store(2 * generation - 1, Ordering::Relaxed);
    }
    S::pause_point();
    if S::WRITER_FENCE {
        // SYNC W1: the odd mark before the payload; pairs with R2 in `Pick::holds_since`.
        fence(Ordering::Release);
    }
    if S::EARLY_LATEST {
        newest().store(generation, Ordering::Relaxed);
    }
    fill(slot.payload);
    if !S::EARLY_TIME {
        stamp();
    }
    S::pause_point();
    if S::LATE_ODD_MARK {
        memory.sequence(slot).store(2 * generation - 1, Ordering::Relaxed);
    }
    // Needs no order to the payload: a reader comes here through `latest`, which W2 puts behind both.
    // One that came for the old generation is refused by either number.
    memory.sequence(slot).store(2 * generation, Ordering::Relaxed);
    S::pause_point();
    // Last, since it is what sends readers here: a writer that dies before leaves the old generation
    // the latest, in a slot that this publish has not touched (I1).
    // SYNC W2: payload and sequence before `latest`; pairs with R1 in `Pick::latest`.
    newest().store(generation, S::LATEST);
    S::pause_point();
}

/// A generation that was complete, and the slot it lives in.
#[derive(Debug, Clone, Copy)]
struct Pick<'m> {
    generation: u64,
    slot: Slot<'m>,
}

impl<'m> Pick<'m> {
    /// The latest generation and its slot.
    #[inline]
    fn latest<S: Steps>(memory: &'m impl SlotMemory) -> Result<Self, ReadFault> {
        // First, since it says which slot to copy. It may be old news by the end of the copy; then the
        // slot is another one's, and the check says so.
        let generation = memory.latest().load(Ordering::Relaxed);
        if S::FIRST_READER_FENCE {
            // SYNC R1: `latest` before the payload; pairs with W2 in `publish_to`.
            fence(Ordering::Acquire);
        }
        // Before the number is used: twice a larger one would not be what the check compares with.
        // One comparison for both ends: below 1 wraps round to the top.
        if generation.wrapping_sub(1) >> MAX_GENERATION.trailing_zeros() != 0 {
            return Err(no_generation(generation));
        }
        Ok(Self { generation, slot: memory.slot_of(generation) })
    }

    /// Calls `copy` with the payload; returns what it returned if what it loaded is of this
    /// generation.
    #[inline]
    fn copy<S: Steps, R>(self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<R> {
        let early = S::EARLY_CHECK.then(|| self.slot.sequence.load(Ordering::Relaxed));
        S::pause_point();
        // Whatever is loaded here may be a mix. Nobody looks at it before the check.
        let copied = copy(self.slot.payload);
        S::pause_point();
        // Once, and behind the copy: a look before it would say nothing about what came after.
        self.holds_since::<S>(early).then_some(copied)
    }

    /// Returns whether what was loaded from the slot so far is of this generation; `early` is what
    /// the sequence was before the copy, for the mutation that looks too early.
    #[inline]
    fn holds_since<S: Steps>(self, early: Option<u64>) -> bool {
        if S::SECOND_READER_FENCE {
            // SYNC R2: the payload before the check; pairs with W1 in `publish_to`.
            fence(Ordering::Acquire);
        }
        let load = || self.slot.sequence.load(Ordering::Relaxed);
        early.unwrap_or_else(load) == 2 * self.generation || !S::CHECK
    }
}

#[cold]
const fn no_generation(found: u64) -> ReadFault {
    if found == 0 { ReadFault::Empty } else { ReadFault::Generation(found) }
}

/// The tries of one read: which slot to copy next.
#[derive(Debug)]
struct Tries {
    count: u32,
    /// What `latest` was when the read began, or later.
    first: u64,
    /// The newest generation that this reader has returned.
    returned: u64,
}

impl Tries {
    /// One try was made already, for a reader that has returned nothing newer than `returned`.
    fn after_one(memory: &impl SlotMemory, returned: u64) -> Self {
        // Without a steady slot nobody asks for it.
        let first = memory.steady().map(|_| memory.latest().load(Ordering::Relaxed));
        Self { count: 1, first: first.unwrap_or(0), returned }
    }

    /// The slot for the next try: every other one is the steady slot, if it will do.
    fn pick<'m, S: Steps>(&mut self, memory: &'m impl SlotMemory) -> Result<Pick<'m>, ReadFault> {
        // First, since the ring has the newest. If it names nothing, there is nothing anywhere.
        let ring = Pick::latest::<S>(memory)?;
        let limit = if memory.steady().is_some() { S::TRIES + S::LAST_TRIES } else { S::TRIES };
        if self.count >= limit {
            return Err(ReadFault::Contended(limit));
        }
        // The writer is in the way, and shall get through with it.
        pause();
        // Old enough would be what was the latest when the read began. Only who would else get nothing
        // takes what is merely not older than what it has had.
        let oldest = if self.count < S::TRIES { self.first } else { self.returned };
        // In turns: the ring has newer values, the steady slot is longer at rest.
        let is_turn = self.count % 2 == 1;
        self.count += 1;
        let Some((steady, slot)) = memory.steady() else { return Ok(ring) };
        let generation = steady.load(Ordering::Relaxed);
        if S::FIRST_READER_FENCE {
            // SYNC R1: `steady` before the payload; pairs with W2 in `publish_to`.
            fence(Ordering::Acquire);
        }
        let will_do = (1..=MAX_GENERATION).contains(&generation) && generation >= oldest;
        Ok(if is_turn && will_do { Pick { generation, slot } } else { ring })
    }
}

/// Calls `copy` with the payload of the latest generation, once; returns that generation and what
/// `copy` returned if the copy is of it. `None` says only that [`read_again`] is to be called.
#[inline]
pub(crate) fn read_once<S: Steps, R>(
    memory: &impl SlotMemory,
    copy: impl FnOnce(&[AtomicU64]) -> R,
) -> Option<(u64, R)> {
    let pick = Pick::latest::<S>(memory).ok()?;
    Some((pick.generation, pick.copy::<S, R>(copy)?))
}

/// Calls `copy` with the payload of the latest generation until a copy is of one generation, and
/// returns that generation; it was the latest at some time during the call, or is at least as new
/// as `returned`. For a read that was tried [once](read_once) already.
pub(crate) fn read_again<S: Steps>(
    memory: &impl SlotMemory,
    returned: u64,
    mut copy: impl FnMut(&[AtomicU64]),
) -> Result<u64, ReadFault> {
    let mut tries = Tries::after_one(memory, returned);
    loop {
        let pick = tries.pick::<S>(memory)?;
        if pick.copy::<S, _>(&mut copy).is_some() {
            return Ok(pick.generation);
        }
    }
}

/// The same from the first try on, for a reader that must be shown nothing older than the latest.
#[inline]
pub(crate) fn read<S: Steps>(
    memory: &impl SlotMemory,
    mut copy: impl FnMut(&[AtomicU64]),
) -> Result<u64, ReadFault> {
    match read_once::<S, _>(memory, &mut copy) {
        Some((generation, ())) => Ok(generation),
        None => read_again::<S>(memory, MAX_GENERATION, copy),
    }
}

/// The highest generation that any word of `memory` speaks of, complete or not: a new writer
/// continues above it (I5). `ring` are the slots of the ring.
pub(crate) fn highest_generation<'m>(
    memory: &'m impl SlotMemory,
    ring: impl Iterator<Item = Slot<'m>>,
) -> u64 {
    let steady = memory.steady();
    let slots = ring.chain(steady.map(|(_, slot)| slot));
    // An odd mark speaks of a generation, too: its writer may have stored some words of it.
    let sequences = slots.map(|slot| slot.sequence.load(Ordering::Relaxed).div_ceil(2));
    let words = [Some(memory.latest()), steady.map(|(word, _)| word)];
    let words = words.into_iter().flatten().map(|word| word.load(Ordering::Relaxed));
    sequences.chain(words).max().unwrap_or(0)
}

/// What a new writer counts on from, if `newest` is the highest generation that anything speaks
/// of.
///
/// Each writer that dies in a publish uses up a generation, so the next one may fall into the slot
/// that `latest` names. If its writer died too, no value would be left (I1): that one is left out.
pub(crate) fn counts_from<S: Steps>(memory: &impl SlotMemory, newest: u64) -> u64 {
    let latest = memory.latest().load(Ordering::Relaxed);
    let is_latest = latest != 0 && memory.slot_of(newest + 1).is(memory.slot_of(latest));
    if is_latest && S::SPARE_LATEST { newest + 1 } else { newest }
}
