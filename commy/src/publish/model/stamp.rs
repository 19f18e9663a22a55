//! Publish times: a reader that loads one with the payload, or in a view.

use loom::sync::Arc;
use loom::thread;

use super::*;

/// The memory as a writer has it whose clock stands.
struct At<'a>(&'a Memory, u64);

impl SlotMemory for At<'_> {
    fn latest(&self) -> &AtomicU64 {
        self.0.latest()
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.0.slot_of(generation)
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        self.0.steady()
    }

    fn stamp_of<'m>(&'m self, slot: Slot<'m>) -> Option<Stamp<'m>> {
        self.0.stamp_of(slot)
    }

    fn now(&self) -> u64 {
        self.1
    }
}

/// The memory as a writer has it that knows no times.
struct Unknowing<'a>(&'a Memory);

impl SlotMemory for Unknowing<'_> {
    fn latest(&self) -> &AtomicU64 {
        self.0.latest()
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.0.slot_of(generation)
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        self.0.steady()
    }
}

/// When a generation of this model is published.
fn time_of(generation: u64) -> u64 {
    1000 + generation
}

/// How the reader asks for the time.
#[derive(Clone, Copy)]
enum Ask {
    WithPayload,
    InView,
    InSteadySlot,
}

fn ask<S: Steps>(memory: &Memory, how: Ask) -> Result<(u64, u64, u64), ReadFault> {
    let load = |payload: &[AtomicU64]| payload[0].load(Ordering::Relaxed);
    match how {
        Ask::WithPayload => read_stamped::<S, _>(memory, 0, load),
        Ask::InSteadySlot => {
            read_stamped::<S, _>(&Overtaken(memory, AtomicU64::new(u64::MAX)), 0, load)
        }
        Ask::InView => {
            let read = |moment: Moment<'_>| {
                let gone = |_| ReadFault::Contended(1);
                let stamp = |slot| memory.stamp_of(slot);
                let mut content = 0;
                moment.load_again::<S>(&mut |payload| content = load(payload)).map_err(gone)?;
                // Last, so that no other check stands behind it.
                let time = moment.published::<S>(stamp).map_err(gone)?;
                Ok((moment.generation(), content, time))
            };
            read_moment::<S, _, _>(memory, || 0, read, |_| ())
        }
    }
}

/// One writer publishes so many generations that the first slot is used twice, each at a time of its
/// own, while a reader asks for value and time.
fn stamp_race<S: Steps + 'static>(how: Ask) {
    loom::model(move || {
        let has_steady = matches!(how, Ask::InSteadySlot);
        let memory = if has_steady { Memory::with_steady(2) } else { Memory::new(2) };
        let memory = Arc::new(memory.stamped());
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                if let Ok((generation, content, time)) = ask::<S>(&memory, how) {
                    assert_eq!(content, generation, "torn read: another generation");
                    assert_eq!(time, time_of(generation), "torn read: another time");
                }
            })
        };
        for generation in 1..=3 {
            write::<S>(&At(&memory, time_of(generation)), generation, generation);
            if has_steady && generation != 2 {
                // Later than it was published.
                refresh::<S>(&At(&memory, 9), generation, generation);
            }
        }
        reader.join().unwrap();
        assert_eq!(ask::<S>(&memory, how), Ok((3, 3, time_of(3))));
    });
}

#[test]
fn a_time_is_that_of_the_payload_it_is_loaded_with() {
    stamp_race::<Whole>(Ask::WithPayload);
}

#[test]
fn a_time_in_a_view_is_that_of_its_generation() {
    stamp_race::<Whole>(Ask::InView);
}

#[test]
fn a_time_in_the_steady_slot_is_that_of_its_generation() {
    stamp_race::<Whole>(Ask::InSteadySlot);
}

macro_rules! wrong_times {
    ($($name:ident: $steps:ty, $how:expr;)*) => {$(
        #[test]
        #[should_panic(expected = "torn read: another time")]
        fn $name() {
            stamp_race::<$steps>($how);
        }
    )*};
}

wrong_times! {
    stored_before_the_odd_mark_a_time_is_of_another_generation: EarlyTime, Ask::WithPayload;
    loaded_behind_the_check_a_time_is_of_another_generation: LateTime, Ask::WithPayload;
    stored_before_the_odd_mark_a_time_in_a_view_is_of_another_generation: EarlyTime, Ask::InView;
    loaded_behind_the_check_a_time_in_a_view_is_of_another_generation: LateTime, Ask::InView;
}

/// A writer that knows no times has a slot between two that do.
#[test]
fn a_time_is_never_that_of_another_generation_when_a_writer_knows_no_times() {
    loom::model(|| {
        let memory = Arc::new(Memory::new(2).stamped());
        write::<Whole>(&At(&memory, time_of(1)), 1, 1);
        let reader = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                if let Ok((generation, _, time)) = ask::<Whole>(&memory, Ask::WithPayload) {
                    let expected = if generation == 3 { 0 } else { time_of(generation) };
                    assert_eq!(time, expected, "torn read: another time");
                }
            })
        };
        write::<Whole>(&At(&memory, time_of(2)), 2, 2);
        write::<Whole>(&Unknowing(&memory), 3, 3);
        write::<Whole>(&At(&memory, time_of(4)), 4, 4);
        reader.join().unwrap();
    });
}
