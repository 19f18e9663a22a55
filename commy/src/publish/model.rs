//! The protocol under loom: every interleaving and every allowed reordering of small programs.
//!
//! The code under test is the real [`publish`], [`read_once`] and [`read_again`]. Each mutation takes one step away
//! and must be found; one that passed would mean a step too many, or a model too weak.
//!
//! `RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test -p commy --lib --release`

use std::cell::Cell;

use loom::sync::Arc;
use loom::thread;

use super::{
    ReadFault, Slot, SlotMemory, Steps, clear_steady, highest_generation, publish, publish_steady,
    read_again, read_once,
};
use crate::sync::{AtomicU64, Ordering};

const WORDS: usize = 2;

/// The slots of a ring and, if it has one, the steady slot behind them.
struct Memory {
    latest: AtomicU64,
    steady: Option<AtomicU64>,
    slots: Vec<(AtomicU64, [AtomicU64; WORDS])>,
}

impl Memory {
    fn new(slots: usize) -> Self {
        let word = || AtomicU64::new(0);
        let slots = (0..slots).map(|_| (word(), [word(), word()])).collect();
        Self { latest: word(), steady: None, slots }
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
    let mut copy = |payload: &[AtomicU64]| {
        for (copy, word) in words.iter_mut().zip(payload) {
            *copy = word.load(Ordering::Relaxed);
        }
    };
    // As `Reader` does it.
    let generation = match read_once::<S, _>(memory, &mut copy) {
        Some((generation, ())) => generation,
        None => read_again::<S>(memory, returned, copy)?,
    };
    assert_eq!(words[0], words[1], "torn read of generation {generation}");
    Ok((generation, words[0]))
}

/// One writer publishes `publishes` generations while readers take so many snapshots each.
fn race<S: Steps + 'static>(slots: usize, publishes: u64, readers: &'static [usize]) {
    loom::model(move || {
        let memory = Arc::new(Memory::new(slots));
        let readers: Vec<_> = readers
            .iter()
            .map(|snapshots| {
                let memory = Arc::clone(&memory);
                thread::spawn(move || {
                    let mut seen = 0;
                    for _ in 0..*snapshots {
                        if let Ok((generation, content)) = snapshot::<S>(&memory) {
                            assert_eq!(content, generation, "torn read: another generation");
                            assert!(generation >= seen, "time went backwards");
                            seen = generation;
                        }
                    }
                })
            })
            .collect();
        for generation in 1..=publishes {
            write::<S>(&*memory, generation, generation);
        }
        for reader in readers {
            reader.join().unwrap();
        }
        assert_eq!(snapshot::<S>(&memory), Ok((publishes, publishes)));
    });
}

macro_rules! steps {
    ($name:ident, $($item:tt)*) => {
        struct $name;
        impl Steps for $name {
            const TRIES: u32 = 2;
            $($item)*
        }
    };
}

steps!(Whole,);
steps!(NoOddMark, const ODD_MARK: bool = false;);
steps!(NoWriterFence, const WRITER_FENCE: bool = false;);
steps!(LatestRelaxed, const LATEST: Ordering = Ordering::Relaxed;);
steps!(NoFirstReaderFence, const FIRST_READER_FENCE: bool = false;);
steps!(NoSecondReaderFence, const SECOND_READER_FENCE: bool = false;);
steps!(NoCheck, const CHECK: bool = false;);

#[test]
fn two_slots_one_reader() {
    race::<Whole>(2, 4, &[2]);
}

#[test]
fn two_slots_two_readers() {
    race::<Whole>(2, 3, &[1, 1]);
}

#[test]
fn three_slots_one_reader() {
    race::<Whole>(3, 5, &[2]);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_odd_mark_a_read_is_torn() {
    race::<NoOddMark>(2, 3, &[2]);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_writer_fence_a_read_is_torn() {
    race::<NoWriterFence>(2, 3, &[2]);
}

#[test]
#[should_panic(expected = "torn read")]
fn with_latest_stored_relaxed_a_read_is_torn() {
    race::<LatestRelaxed>(2, 3, &[2]);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_first_reader_fence_a_read_is_torn() {
    race::<NoFirstReaderFence>(2, 3, &[2]);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_second_reader_fence_a_read_is_torn() {
    race::<NoSecondReaderFence>(2, 3, &[2]);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_check_a_read_is_torn() {
    race::<NoCheck>(2, 3, &[2]);
}

/// One writer publishes three generations and refreshes the steady slot after the first and the
/// last, while a reader that never finds the ring at rest takes `snapshots`.
fn steady_race<S: Steps + 'static>(snapshots: usize) {
    loom::model(move || {
        let memory = Arc::new(Memory::with_steady(2));
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let overtaken = Overtaken(&memory, AtomicU64::new(u64::MAX));
                let mut seen = 0;
                for _ in 0..snapshots {
                    match snapshot_after::<S>(&overtaken, seen) {
                        Ok((generation, content)) => {
                            assert_eq!(content, generation, "torn read: another generation");
                            assert!(generation >= seen, "time went backwards");
                            seen = generation;
                        }
                        Err(fault) => {
                            assert!(matches!(fault, ReadFault::Empty | ReadFault::Contended));
                        }
                    }
                }
            })
        };
        for generation in 1..=3 {
            write::<S>(&*memory, generation, generation);
            if generation != 2 {
                refresh::<S>(&*memory, generation, generation);
            }
        }
        reader.join().unwrap();
        let overtaken = Overtaken(&memory, AtomicU64::new(u64::MAX));
        assert_eq!(snapshot_after::<S>(&overtaken, 3), Ok((3, 3)));
    });
}

#[test]
fn an_overtaken_reader_finds_one_generation_in_the_steady_slot() {
    steady_race::<Whole>(2);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_odd_mark_a_steady_read_is_torn() {
    steady_race::<NoOddMark>(1);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_writer_fence_a_steady_read_is_torn() {
    steady_race::<NoWriterFence>(1);
}

#[test]
#[should_panic(expected = "torn read")]
fn with_steady_stored_relaxed_a_steady_read_is_torn() {
    steady_race::<LatestRelaxed>(1);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_first_reader_fence_a_steady_read_is_torn() {
    steady_race::<NoFirstReaderFence>(1);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_second_reader_fence_a_steady_read_is_torn() {
    steady_race::<NoSecondReaderFence>(1);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_check_a_steady_read_is_torn() {
    steady_race::<NoCheck>(1);
}

/// The ring and the steady slot together: time does not turn back from one to the other.
#[test]
fn ring_and_steady_slot_show_one_time() {
    loom::model(|| {
        let memory = Arc::new(Memory::with_steady(2));
        write::<Whole>(&*memory, 1, 1);
        refresh::<Whole>(&*memory, 1, 1);
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let mut seen = 0;
                for _ in 0..2 {
                    if let Ok((generation, content)) = snapshot_after::<Whole>(&*memory, seen) {
                        assert_eq!(content, generation, "torn read: another generation");
                        assert!(generation >= seen, "time went backwards");
                        seen = generation;
                    }
                }
            })
        };
        for generation in 2..=4 {
            write::<Whole>(&*memory, generation, generation);
        }
        refresh::<Whole>(&*memory, 4, 4);
        reader.join().unwrap();
    });
}

#[test]
fn a_steady_slot_older_than_what_was_returned_is_not_taken() {
    loom::model(|| {
        let memory = Memory::with_steady(2);
        write::<Whole>(&memory, 1, 1);
        refresh::<Whole>(&memory, 1, 1);
        write::<Whole>(&memory, 2, 2);
        let overtaken = Overtaken(&memory, AtomicU64::new(u64::MAX));
        assert_eq!(snapshot_after::<Whole>(&overtaken, 1), Ok((1, 1)));
        assert_eq!(snapshot_after::<Whole>(&overtaken, 2), Err(ReadFault::Contended));
        memory.steady.as_ref().unwrap().store(u64::MAX, Ordering::Relaxed);
        assert_eq!(snapshot_after::<Whole>(&overtaken, 1), Err(ReadFault::Contended));
    });
}

/// What an earlier writer left in the steady slot may be torn: a reader that sees anything of the
/// next writer must not take it.
#[test]
fn a_new_writer_takes_the_old_steady_slot_away() {
    loom::model(|| {
        let memory = Arc::new(Memory::with_steady(2));
        write::<Whole>(&*memory, 1, 1);
        refresh::<Whole>(&*memory, 1, 1);
        memory.slot(2).payload[0].store(99, Ordering::Relaxed);
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let _ = snapshot_after::<Whole>(&*memory, 0);
            })
        };
        clear_steady(&*memory);
        for generation in 2..=4 {
            write::<Whole>(&*memory, generation, generation);
        }
        reader.join().unwrap();
    });
}

/// A publish stores the odd mark, the even mark and `latest`: death before each, and after all.
const STORES: usize = 3;

/// A writer dies after `stores` of its second publish; another one continues at `next` above
/// what the file speaks of.
fn restart(slots: usize, stores: usize, next: u64) {
    loom::model(move || {
        let memory = Arc::new(Memory::new(slots));
        write::<Whole>(&*memory, 1, 10);
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                for _ in 0..2 {
                    match snapshot::<Whole>(&memory) {
                        Ok((_, content)) => assert!(content >= 10, "torn read: nothing published"),
                        Err(fault) => assert_eq!(fault, ReadFault::Contended),
                    }
                }
            })
        };
        write::<Whole>(&Dying::after(stores, &memory), 2, 20);
        let (generation, content) = snapshot::<Whole>(&memory).unwrap();
        let survivors = if stores == STORES { (2, 20) } else { (1, 10) };
        assert_eq!((generation, content), survivors, "the last complete value was lost");
        for step in 0..2 {
            let generation =
                highest_generation(&*memory, (0..slots).map(|slot| memory.slot(slot))) + next;
            write::<Whole>(&*memory, generation, 30 + step);
        }
        reader.join().unwrap();
        assert_eq!(snapshot::<Whole>(&memory).unwrap().1, 31);
    });
}

#[test]
fn a_writer_may_die_at_every_step_and_another_one_continues() {
    for slots in [2, 3] {
        for stores in 0..=STORES {
            restart(slots, stores, 1);
        }
    }
}

#[test]
#[should_panic(expected = "torn read")]
fn a_generation_that_is_used_again_gives_a_torn_read() {
    restart(2, STORES, 0);
}

#[test]
fn a_reader_gives_up_after_its_tries() {
    loom::model(|| {
        let memory = Memory::new(2);
        write::<Whole>(&memory, 2, 1);
        memory.slot(0).sequence.store(5, Ordering::Relaxed);
        assert_eq!(snapshot::<Whole>(&memory), Err(ReadFault::Contended));
        memory.latest.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(snapshot::<Whole>(&memory), Err(ReadFault::Generation(u64::MAX)));
    });
}
