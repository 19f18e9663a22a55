//! The steady slot: readers whose every copy from the ring is overtaken.

use loom::sync::Arc;
use loom::thread;

use super::*;

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
                            assert!(matches!(fault, ReadFault::Empty | ReadFault::Contended(_)));
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
        assert!(matches!(snapshot_after::<Patient>(&overtaken, 2), Err(ReadFault::Contended(_))));
        memory.steady.as_ref().unwrap().store(u64::MAX, Ordering::Relaxed);
        assert!(matches!(snapshot_after::<Patient>(&overtaken, 1), Err(ReadFault::Contended(_))));
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
