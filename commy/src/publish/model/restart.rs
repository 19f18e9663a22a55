//! Writers that die at any step, and those that continue after them.

use loom::sync::Arc;
use loom::thread;

use super::*;

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
                        Err(fault) => assert!(matches!(fault, ReadFault::Contended(_))),
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
                    Err(fault) => assert!(matches!(fault, ReadFault::Contended(_))),
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
