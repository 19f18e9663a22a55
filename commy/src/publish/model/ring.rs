//! The ring: snapshots beside a writer, and what each step that is left out breaks.

use loom::sync::Arc;
use loom::thread;

use super::*;

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

#[test]
fn a_reader_gives_up_after_its_tries() {
    loom::model(|| {
        let memory = Memory::new(2);
        write::<Whole>(&memory, 2, 1);
        memory.slot(0).sequence.store(5, Ordering::Relaxed);
        assert!(matches!(snapshot::<Whole>(&memory), Err(ReadFault::Contended(_))));
        memory.latest.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(snapshot::<Whole>(&memory), Err(ReadFault::Generation(u64::MAX)));
    });
}
