//! Getters and views: single words, and several of one generation.

use loom::sync::Arc;
use loom::thread;

use super::*;

/// What a getter does: it copies one word and no other.
fn getter<S: Steps>(memory: &Memory, index: usize) -> Result<(u64, u64), ReadFault> {
    let mut content = 0;
    let generation = read::<S>(memory, 0, |payload| {
        content = payload[index].load(Ordering::Relaxed);
    })?;
    Ok((generation, content))
}

/// What a view does: it picks a generation and copies word after word, each with a check and a
/// second try.
fn view<S: Steps>(memory: &Memory) -> Result<(u64, [u64; WORDS]), ReadFault> {
    let read = |moment: Moment<'_>| {
        let mut words = [0; WORDS];
        for (index, copy) in words.iter_mut().enumerate() {
            let load = |payload: &[AtomicU64]| payload[index].load(Ordering::Relaxed);
            match moment.load_once::<S, _>(load) {
                Some(word) => *copy = word,
                None => moment
                    .load_again::<S>(&mut |payload| *copy = load(payload))
                    // Only to end the closure: it is called again, or has had its tries.
                    .map_err(|_| ReadFault::Contended(1))?,
            }
        }
        Ok((moment.generation(), words))
    };
    read_moment::<S, _, _>(memory, || 0, read, |_| ())
}

/// One writer publishes so many generations that the first slot is used twice, while a reader reads
/// fields, by getters or in a view.
fn field_race<S: Steps + 'static>(slots: usize, in_view: bool) {
    loom::model(move || {
        let memory = Arc::new(Memory::new(slots));
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
        for generation in 1..=slots as u64 + 1 {
            write::<S>(&*memory, generation, generation);
        }
        reader.join().unwrap();
    });
}

#[test]
fn getters_copy_words_of_one_generation() {
    field_race::<Whole>(2, false);
}

#[test]
fn getters_copy_words_of_one_generation_from_three_slots() {
    field_race::<Whole>(3, false);
}

#[test]
fn the_fields_of_a_view_are_of_one_generation() {
    field_race::<Whole>(2, true);
}

#[test]
fn the_fields_of_a_view_of_three_slots_are_of_one_generation() {
    field_race::<Whole>(3, true);
}

macro_rules! torn_fields {
    ($($name:ident: $steps:ty, $in_view:expr;)*) => {$(
        #[test]
        #[should_panic(expected = "torn read")]
        fn $name() {
            field_race::<$steps>(2, $in_view);
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
