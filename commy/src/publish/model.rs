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
    ReadFault, Slot, SlotMemory, Steps, Tries, clear_steady, counts_from, highest_generation,
    publish, publish_steady, publish_to, read_again, read_once,
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
        publish_to::<S>(self, slot, || self.target(word), generation, fill);
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

/// One writer publishes `publishes` generations while readers take so many snapshots each.
fn race<S: Steps + 'static>(slots: usize, publishes: u64, readers: &'static [usize]) {
    let mut model = loom::model::Builder::new();
    if readers.len() > 1 {
        // Readers store nothing, so that two of them show little that one does not, and take
        // hundreds of times as long.
        model.preemption_bound = model.preemption_bound.map(|bound| bound.min(2));
    }
    model.check(move || {
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
steps!(AnyFirstSlot, 0, const SPARE_LATEST: bool = false;);

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
fn three_slots_two_readers() {
    race::<Whole>(3, 4, &[1, 1]);
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

/// What a getter does: it copies one word and no other.
fn getter<S: Steps>(memory: &Memory, index: usize) -> Result<(u64, u64), ReadFault> {
    let mut content = 0;
    let generation = read::<S>(memory, 0, |payload| {
        content = payload[index].load(Ordering::Relaxed);
    })?;
    Ok((generation, content))
}

/// What a view does: it picks a generation and copies word after word, each with a check.
fn view<S: Steps>(memory: &Memory) -> Result<(u64, [u64; WORDS]), ReadFault> {
    let mut tries = Tries::new(0);
    loop {
        let pick = tries.pick::<S>(memory)?;
        let mut words = [0; WORDS];
        let is_whole = words.iter_mut().zip(pick.slot.payload).all(|(copy, word)| {
            *copy = word.load(Ordering::Relaxed);
            pick.holds::<S>()
        });
        if is_whole {
            return Ok((pick.generation, words));
        }
    }
}

/// One writer publishes three generations while a reader reads fields, by getters or in a view.
fn field_race<S: Steps + 'static>(in_view: bool) {
    loom::model(move || {
        let memory = Arc::new(Memory::new(2));
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let mut seen = 0;
                let mut accept = |generation, content| {
                    assert_eq!(content, generation, "torn read: another generation");
                    assert!(generation >= seen, "time went backwards");
                    seen = generation;
                };
                if in_view {
                    if let Ok((generation, words)) = view::<S>(&memory) {
                        words.iter().for_each(|content| accept(generation, *content));
                    }
                    return;
                }
                for index in [1, 0] {
                    if let Ok((generation, content)) = getter::<S>(&memory, index) {
                        accept(generation, content);
                    }
                }
            })
        };
        for generation in 1..=3 {
            write::<S>(&*memory, generation, generation);
        }
        reader.join().unwrap();
    });
}

#[test]
fn getters_copy_words_of_one_generation() {
    field_race::<Whole>(false);
}

#[test]
fn the_fields_of_a_view_are_of_one_generation() {
    field_race::<Whole>(true);
}

macro_rules! torn_fields {
    ($($name:ident: $steps:ty, $in_view:expr;)*) => {$(
        #[test]
        #[should_panic(expected = "torn read")]
        fn $name() {
            field_race::<$steps>($in_view);
        }
    )*};
}

torn_fields! {
    without_the_odd_mark_a_getter_is_wrong: NoOddMark, false;
    without_the_writer_fence_a_getter_is_wrong: NoWriterFence, false;
    with_latest_stored_relaxed_a_getter_is_wrong: LatestRelaxed, false;
    without_the_first_reader_fence_a_getter_is_wrong: NoFirstReaderFence, false;
    without_the_second_reader_fence_a_getter_is_wrong: NoSecondReaderFence, false;
    without_the_check_a_getter_is_wrong: NoCheck, false;
    without_the_odd_mark_a_view_is_torn: NoOddMark, true;
    without_the_writer_fence_a_view_is_torn: NoWriterFence, true;
    with_latest_stored_relaxed_a_view_is_torn: LatestRelaxed, true;
    without_the_first_reader_fence_a_view_is_torn: NoFirstReaderFence, true;
    without_the_second_reader_fence_a_view_is_torn: NoSecondReaderFence, true;
    without_the_check_a_view_is_torn: NoCheck, true;
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
    steady_race::<Patient>(1);
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
        write::<Patient>(&memory, 1, 1);
        refresh::<Patient>(&memory, 1, 1);
        write::<Patient>(&memory, 2, 2);
        let overtaken = Overtaken(&memory, AtomicU64::new(u64::MAX));
        assert_eq!(snapshot_after::<Patient>(&overtaken, 1), Ok((1, 1)));
        assert_eq!(snapshot_after::<Patient>(&overtaken, 2), Err(ReadFault::Contended));
        memory.steady.as_ref().unwrap().store(u64::MAX, Ordering::Relaxed);
        assert_eq!(snapshot_after::<Patient>(&overtaken, 1), Err(ReadFault::Contended));
    });
}

/// What an earlier boot left in the steady slot may be torn: a reader that sees anything of the
/// next writer must not take it. Writers that died have left a gap of so many generations.
fn restart_beside_a_torn_steady_slot<S: Steps + 'static>(gap: u64) {
    loom::model(move || {
        let memory = Arc::new(Memory::with_steady(2));
        write::<S>(&*memory, 1, 1);
        refresh::<S>(&*memory, 1, 1);
        memory.slot(2).payload[0].store(99, Ordering::Relaxed);
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let _ = snapshot_after::<S>(&*memory, 0);
            })
        };
        clear_steady::<S>(&*memory);
        let before = counts_from::<S>(&*memory, 1 + gap);
        for generation in before + 1..=before + 3 {
            write::<S>(&*memory, generation, generation);
        }
        reader.join().unwrap();
    });
}

#[test]
fn a_new_writer_takes_the_old_steady_slot_away() {
    restart_beside_a_torn_steady_slot::<Whole>(0);
    restart_beside_a_torn_steady_slot::<Whole>(1);
}

#[test]
#[should_panic(expected = "torn read")]
fn a_new_writer_that_leaves_the_old_steady_slot_gives_a_torn_read() {
    restart_beside_a_torn_steady_slot::<NoClear>(0);
}

#[test]
#[should_panic(expected = "torn read")]
fn a_new_writer_that_begins_in_the_latest_slot_hides_that_it_took_the_steady_slot_away() {
    restart_beside_a_torn_steady_slot::<AnyFirstSlot>(1);
}

/// A publish stores the odd mark, the payload, the even mark and `latest`: death before each, and
/// after all.
const STORES: usize = 3 + WORDS;

/// The first generation of a new writer.
fn next<S: Steps>(memory: &Memory) -> u64 {
    counts_from::<S>(memory, again(memory)) + 1
}

/// The same if it uses the highest one again.
fn again(memory: &Memory) -> u64 {
    highest_generation(memory, (0..memory.ring()).map(|index| memory.slot(index)))
}

/// One writer after another dies after so many stores of its first publish, until one goes on.
fn restart(slots: usize, deaths: &'static [usize], next: fn(&Memory) -> u64) {
    loom::model(move || {
        let memory = Arc::new(Memory::new(slots));
        write::<Whole>(&*memory, 1, 1);
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                for _ in 0..2 {
                    match snapshot::<Whole>(&memory) {
                        Ok((_, content)) => assert_ne!(content, 0, "torn read: nothing published"),
                        Err(fault) => assert_eq!(fault, ReadFault::Contended),
                    }
                }
            })
        };
        let mut survivor = 1;
        for (index, stores) in deaths.iter().enumerate() {
            let (generation, content) = (next(&memory), index as u64 + 2);
            Dying::after(*stores, &memory).write(generation, content);
            if *stores == STORES {
                survivor = content;
            }
            let left = snapshot::<Whole>(&memory).map(|(_, content)| content);
            assert_eq!(left, Ok(survivor), "the last complete value was lost");
        }
        for step in 0..2 {
            write::<Whole>(&*memory, next(&memory), 30 + step);
        }
        reader.join().unwrap();
        assert_eq!(snapshot::<Whole>(&memory).unwrap().1, 31);
    });
}

#[test]
fn a_writer_may_die_at_every_step_and_another_one_continues() {
    for slots in [2, 3] {
        for deaths in [&[0], &[1], &[2], &[3], &[4], &[STORES]] {
            restart(slots, deaths, next::<Whole>);
        }
    }
}

#[test]
fn one_writer_after_another_may_die_and_the_last_value_stays() {
    // The odd mark stands: each of them uses up a generation.
    restart(2, &[1, 1], next::<Whole>);
    restart(2, &[3, 2], next::<Whole>);
    restart(3, &[1, 1, 1], next::<Whole>);
}

#[test]
#[should_panic(expected = "the last complete value was lost")]
fn a_writer_that_begins_in_the_latest_slot_and_dies_leaves_nothing() {
    loom::model(|| {
        let memory = Memory::new(2);
        write::<Whole>(&memory, 1, 1);
        for _ in 0..2 {
            Dying::after(1, &memory).write(next::<AnyFirstSlot>(&memory), 2);
        }
        assert_eq!(snapshot::<Whole>(&memory), Ok((1, 1)), "the last complete value was lost");
    });
}

#[test]
#[should_panic(expected = "torn read")]
fn a_generation_that_is_used_again_gives_a_torn_read() {
    restart(2, &[STORES], again);
}

/// A writer dies after so many stores of a refresh of the steady slot: overtaken readers find
/// nothing there, or the value, and the ring is as it was.
fn death_in_a_refresh<S: Steps + 'static>(stores: usize) {
    loom::model(move || {
        let memory = Arc::new(Memory::with_steady(2));
        write::<S>(&*memory, 1, 1);
        refresh::<S>(&*memory, 1, 1);
        write::<S>(&*memory, 2, 2);
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let overtaken = Overtaken(&memory, AtomicU64::new(u64::MAX));
                match snapshot_after::<S>(&overtaken, 0) {
                    Ok((generation, content)) => {
                        assert_eq!(content, generation, "torn read: another generation");
                    }
                    Err(fault) => assert_eq!(fault, ReadFault::Contended),
                }
            })
        };
        Dying::after(stores, &memory).refresh::<S>(2, 2);
        assert_eq!(snapshot::<S>(&memory), Ok((2, 2)));
        // The next writer.
        clear_steady::<S>(&*memory);
        write::<S>(&*memory, next::<S>(&memory), 3);
        reader.join().unwrap();
        assert_eq!(snapshot::<S>(&memory).unwrap().1, 3);
    });
}

#[test]
fn a_writer_may_die_at_every_step_of_a_refresh() {
    for stores in 0..=STORES {
        death_in_a_refresh::<Patient>(stores);
    }
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_odd_mark_a_death_in_a_refresh_leaves_a_torn_value() {
    death_in_a_refresh::<PatientNoOddMark>(1);
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
