//! The protocol under loom: every interleaving and every allowed reordering of small programs.
//!
//! The code under test is the real [`publish`], [`read_once`] and [`read_again`]. Each mutation
//! takes one step away and must be found; one that passed would mean a step too many, or a model
//! too weak.
//!
//! `RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test -p commy --lib --release`
//!
//! The model does not yield between two tries. loom shows a thread that yielded the newest of
//! everything, which hides what a second try can see.

mod fields;
mod reclaim;
mod restart;
mod ring;
mod session;
mod stamp;
mod steady;

use std::cell::Cell;

use super::{
    Belief, Believed, Moment, ReadFault, Session, SessionWords, Slot, SlotMemory, Stamp, Steps,
    begin, belief, clear_steady, counts_from, has_latest, highest_generation, is_vouched_by_lock,
    publish, publish_steady, publish_to, read_again, read_moment, read_once, read_stamped, vouch,
};
use crate::sync::{AtomicU64, Ordering};

const WORDS: usize = 2;

/// The slots of a ring and, if it has one, the steady slot behind them.
struct Memory {
    latest: AtomicU64,
    steady: Option<AtomicU64>,
    slots: Vec<(AtomicU64, [AtomicU64; WORDS])>,
    /// One for each slot, or none at all.
    stamps: Vec<[AtomicU64; 2]>,
}

impl Memory {
    fn new(slots: usize) -> Self {
        let word = || AtomicU64::new(0);
        let slots = (0..slots).map(|_| (word(), [word(), word()])).collect();
        Self { latest: word(), steady: None, slots, stamps: Vec::new() }
    }

    fn stamped(self) -> Self {
        let stamps = self.slots.iter().map(|_| [AtomicU64::new(0), AtomicU64::new(0)]);
        Self { stamps: stamps.collect(), ..self }
    }

    fn with_steady(slots: usize) -> Self {
        Self { steady: Some(AtomicU64::new(0)), ..Self::new(slots + 1) }
    }

    fn slot(&self, index: usize) -> Slot<'_> {
        let (sequence, payload) = &self.slots[index];
        Slot { sequence, payload }
    }

    fn ring(&self) -> usize {
        self.slots.len() - usize::from(self.steady.is_some())
    }
}

impl SlotMemory for Memory {
    fn latest(&self) -> &AtomicU64 {
        &self.latest
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.slot(generation as usize % self.ring())
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        self.steady.as_ref().map(|word| (word, self.slot(self.ring())))
    }

    fn stamp_of<'m>(&'m self, slot: Slot<'m>) -> Option<Stamp<'m>> {
        let index = self
            .slots
            .iter()
            .position(|(_, words)| core::ptr::eq(words.as_slice(), slot.payload))?;
        self.stamps.get(index).map(|[time, generation]| Stamp { time, generation })
    }
}

/// What a reader sees whose every copy from the ring is overtaken: only the steady slot is left.
struct Overtaken<'a>(&'a Memory, AtomicU64);

impl SlotMemory for Overtaken<'_> {
    fn latest(&self) -> &AtomicU64 {
        self.0.latest()
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        Slot { sequence: &self.1, ..self.0.slot_of(generation) }
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        self.0.steady()
    }

    fn stamp_of<'m>(&'m self, slot: Slot<'m>) -> Option<Stamp<'m>> {
        self.0.stamp_of(slot)
    }
}

/// What a writer that dies sees: after some stores, the rest goes nowhere.
struct Dying<'a> {
    memory: &'a Memory,
    nowhere: AtomicU64,
    stores_left: Cell<usize>,
}

impl<'a> Dying<'a> {
    fn after(stores: usize, memory: &'a Memory) -> Self {
        Self { memory, nowhere: AtomicU64::new(0), stores_left: Cell::new(stores) }
    }

    fn target<'m>(&'m self, word: &'m AtomicU64) -> &'m AtomicU64 {
        match self.stores_left.get() {
            0 => &self.nowhere,
            left => {
                self.stores_left.set(left - 1);
                word
            }
        }
    }

    /// Stores word by word, for as long as the writer lives.
    fn fill(&self, payload: &[AtomicU64], content: u64) {
        for word in payload {
            self.target(word).store(content, Ordering::Relaxed);
        }
    }

    fn write(&self, generation: u64, content: u64) {
        publish::<Whole>(self, generation, |payload| self.fill(payload, content));
    }

    /// What [`publish_steady`] does, but for a word that may die between two stores.
    fn refresh<S: Steps>(&self, generation: u64, content: u64) {
        let (word, slot) = self.memory.steady().unwrap();
        let fill = |payload: &[AtomicU64]| self.fill(payload, content);
        publish_to::<S>(self, slot, || self.target(word), (generation, || 0), fill);
    }
}

impl SlotMemory for Dying<'_> {
    fn latest(&self) -> &AtomicU64 {
        self.target(self.memory.latest())
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.memory.slot_of(generation)
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        let (word, slot) = self.memory.steady()?;
        let word = if self.stores_left.get() == 0 { &self.nowhere } else { word };
        Some((word, slot))
    }

    fn sequence<'m>(&'m self, slot: Slot<'m>) -> &'m AtomicU64 {
        self.target(slot.sequence)
    }
}

/// Publishes `generation` with `content` in every word.
fn write<S: Steps>(memory: &impl SlotMemory, generation: u64, content: u64) {
    publish::<S>(memory, generation, |payload| {
        for word in payload {
            word.store(content, Ordering::Relaxed);
        }
    });
}

/// Makes the steady slot hold `generation`, the latest one, with `content` in every word.
fn refresh<S: Steps>(memory: &impl SlotMemory, generation: u64, content: u64) {
    publish_steady::<S>(memory, generation, |payload| {
        for word in payload {
            word.store(content, Ordering::Relaxed);
        }
    });
}

/// Reads as `Reader` does it.
fn read<S: Steps>(
    memory: &impl SlotMemory,
    returned: u64,
    mut copy: impl FnMut(&[AtomicU64]),
) -> Result<u64, ReadFault> {
    match read_once::<S, _>(memory, &mut copy) {
        Some((generation, ())) => Ok(generation),
        None => read_again::<S>(memory, returned, copy),
    }
}

/// Takes a snapshot and returns its generation and content.
fn snapshot<S: Steps>(memory: &Memory) -> Result<(u64, u64), ReadFault> {
    snapshot_after::<S>(memory, 0)
}

/// The same for a reader that has returned generation `returned`.
fn snapshot_after<S: Steps>(
    memory: &impl SlotMemory,
    returned: u64,
) -> Result<(u64, u64), ReadFault> {
    let mut words = [0; WORDS];
    let generation = read::<S>(memory, returned, |payload| {
        for (copy, word) in words.iter_mut().zip(payload) {
            *copy = word.load(Ordering::Relaxed);
        }
    })?;
    assert_eq!(words[0], words[1], "torn read of generation {generation}");
    Ok((generation, words[0]))
}

macro_rules! steps {
    ($name:ident, $last_tries:expr, $($item:tt)*) => {
        struct $name;
        impl Steps for $name {
            const TRIES: u32 = 2;
            const LAST_TRIES: u32 = $last_tries;
            $($item)*
        }
    };
}

steps!(Whole, 0,);
// Looks at the steady slot again when all tries of the ring are used up.
steps!(Patient, 2,);
steps!(PatientNoOddMark, 2, const ODD_MARK: bool = false;);
steps!(NoOddMark, 0, const ODD_MARK: bool = false;);
steps!(NoWriterFence, 0, const WRITER_FENCE: bool = false;);
steps!(LatestRelaxed, 0, const LATEST: Ordering = Ordering::Relaxed;);
steps!(NoFirstReaderFence, 0, const FIRST_READER_FENCE: bool = false;);
steps!(NoSecondReaderFence, 0, const SECOND_READER_FENCE: bool = false;);
steps!(NoCheck, 0, const CHECK: bool = false;);
steps!(NoClear, 0, const CLEAR: bool = false;);
steps!(NoVouchFence, 0, const VOUCH_FENCE: bool = false;);
steps!(NoBeliefFence, 0, const BELIEF_FENCE: bool = false;);
steps!(EarlyLock, 0, const EARLY_LOCK: bool = true;);
steps!(LateAsk, 0, const LATE_ASK: bool = true;);
steps!(BelieveRelaxed, 0, const BELIEVE: Ordering = Ordering::Relaxed;);
steps!(BelievedRelaxed, 0, const BELIEVED: Ordering = Ordering::Relaxed;);
steps!(EarlyTime, 0, const EARLY_TIME: bool = true;);
steps!(LateTime, 0, const LATE_TIME: bool = true;);
steps!(AnyFirstSlot, 0, const SPARE_LATEST: bool = false;);
