use core::cell::{Cell, RefCell};

use super::*;
use crate::publish::{Proven, Slot, Steps};

/// A ring of one slot, whose `latest` is another one at each look, as somebody may make it who
/// writes the file and no writer of commy is.
struct Jumping {
    latest: Vec<AtomicU64>,
    looks: Cell<usize>,
    sequence: AtomicU64,
    payload: [AtomicU64; 1],
}

impl Jumping {
    /// The last of the numbers stays; the slot holds that generation.
    fn new(latest: &[u64]) -> Self {
        let sequence = AtomicU64::new(2 * latest.last().unwrap());
        let latest = latest.iter().map(|latest| AtomicU64::new(*latest)).collect();
        Self { latest, looks: Cell::new(0), sequence, payload: [AtomicU64::new(5)] }
    }
}

impl SlotMemory for Jumping {
    fn latest(&self) -> &AtomicU64 {
        let look = self.looks.replace(self.looks.get() + 1);
        &self.latest[look.min(self.latest.len() - 1)]
    }

    fn slot_of(&self, _: u64) -> Slot<'_> {
        Slot { sequence: &self.sequence, payload: &self.payload }
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        None
    }
}

/// Locks that note what is done with them.
#[derive(Default)]
struct Notes {
    notes: RefCell<Vec<String>>,
    /// What is done when a generation is locked.
    on_lock: Option<Box<dyn Fn(u64)>>,
}

impl Notes {
    fn note(&self, note: String) {
        self.notes.borrow_mut().push(note);
    }
}

struct NotedRange<'l>(&'l Notes);

impl Drop for NotedRange<'_> {
    fn drop(&mut self) {
        self.0.note("let go".into());
    }
}

impl RangeLock for NotedRange<'_> {
    type Fault = ();

    fn lock(&mut self, generation: u64) -> Result<(), ()> {
        self.0.note(format!("lock {generation}"));
        Ok(())
    }
}

impl PinLocks for &Notes {
    type Fault = ();
    type Range<'l>
        = NotedRange<'l>
    where
        Self: 'l;

    fn lock(&self, generation: u64) -> Result<(), ()> {
        self.note(format!("lock {generation}"));
        if let Some(on_lock) = &self.on_lock {
            on_lock(generation);
        }
        Ok(())
    }

    fn unlock(&self, generation: u64) {
        self.note(format!("unlock {generation}"));
    }

    fn lock_from(&self, first: u64) -> Result<NotedRange<'_>, ()> {
        self.note(format!("lock from {first}"));
        Ok(NotedRange(self))
    }

    fn in_child(&self) -> bool {
        false
    }
}

struct ByRange;
impl Steps for ByRange {}
impl ReclaimSteps for ByRange {
    const PIN_TRIES: u32 = 0;
}

struct AnyGeneration;
impl Steps for AnyGeneration {}
impl ReclaimSteps for AnyGeneration {
    const PIN_TRIES: u32 = 0;
    const RANGE_FLOOR: bool = false;
}

/// Pins beside these words; returns the generation and what was done with the locks.
fn pinned<S: ReclaimSteps>(
    memory: &Jumping,
    (reclaimed, evicted): (u64, u64),
) -> (Result<u64, PinFault<()>>, Vec<String>) {
    let (reclaimed, evicted) = (AtomicU64::new(reclaimed), AtomicU64::new(evicted));
    let words = ReclaimWords { reclaimed: &reclaimed, evicted: &evicted };
    let notes = Notes::default();
    let pin = pin::<S, _, _>(memory, words, &&notes, |payload| load(&payload[0]));
    let generation = pin.map(|(pin, root)| {
        assert_eq!(root, 5);
        pin.generation()
    });
    (generation, notes.notes.into_inner())
}

// A range from 100 on was locked, and a root of generation 40 returned: a view without a lock.
#[test]
fn a_pin_by_range_is_of_no_generation_below_the_range() {
    let latest = [100, 40];
    let (refused, locks) = pinned::<ByRange>(&Jumping::new(&latest), (50, 0));
    assert_eq!(refused, Err(PinFault::Contended));
    assert_eq!(locks, ["lock from 100", "let go"]);
    // The control: what was announced is taken.
    let (taken, _) = pinned::<AnyGeneration>(&Jumping::new(&latest), (50, 0));
    assert_eq!(taken, Ok(40));
}

#[test]
fn a_pin_by_range_has_its_lock_before_it_lets_go_of_the_range() {
    let (taken, locks) = pinned::<ByRange>(&Jumping::new(&[100, 103]), (102, 0));
    assert_eq!(taken, Ok(103));
    assert_eq!(locks, ["lock from 100", "lock 103", "let go", "unlock 103"]);
}

#[test]
fn a_pin_that_is_gone_before_it_is_locked_is_tried_again_and_then_made_by_range() {
    let (taken, locks) = pinned::<Proven>(&Jumping::new(&[9]), (9, 8));
    assert_eq!((taken, locks), (Ok(9), vec!["lock 9".into(), "unlock 9".into()]));
    let (taken, locks) = pinned::<Proven>(&Jumping::new(&[9]), (10, 0));
    assert_eq!(taken, Ok(9), "by range, where only the latest counts");
    assert_eq!(locks.iter().filter(|note| *note == "unlock 9").count(), 5);
    assert_eq!(locks[8..], ["lock from 9", "lock 9", "let go", "unlock 9"]);
    // An eviction of the latest is none of a writer of commy.
    let (taken, locks) = pinned::<Proven>(&Jumping::new(&[9]), (0, 9));
    assert_eq!(taken, Err(PinFault::Contended));
    assert_eq!(locks[8..], ["lock from 9", "lock 9", "let go", "unlock 9"]);
}

#[test]
fn a_pin_of_what_is_not_there_locks_nothing() {
    let (taken, locks) = pinned::<Proven>(&Jumping::new(&[0]), (0, 0));
    assert_eq!((taken, locks), (Err(PinFault::Root(ReadFault::Empty)), vec![]));
    let (taken, locks) = pinned::<Proven>(&Jumping::new(&[u64::MAX / 2]), (0, 0));
    let fault = PinFault::Root(ReadFault::Generation(u64::MAX / 2));
    assert_eq!((taken, locks), (Err(fault), vec![]));
}

#[test]
fn a_read_that_is_overtaken_is_done_again_so_often() {
    let (reclaimed, evicted) = (AtomicU64::new(10), AtomicU64::new(u64::MAX));
    let words = ReclaimWords { reclaimed: &reclaimed, evicted: &evicted };
    let tries = Cell::new(0);
    let read = |memory: &Jumping| {
        tries.set(0);
        let walk = |_: u64, _: &()| tries.set(tries.get() + 1);
        read_unpinned::<Proven, _, _>(memory, words, OPTIMISTIC_TRIES, |_| (), walk)
    };
    assert_eq!(read(&Jumping::new(&[9])), Err(Unpinned::Overtaken(3)));
    assert_eq!(tries.get(), 3);
    // Evictions are nothing to who has no pin.
    assert_eq!(read(&Jumping::new(&[10])), Ok((10, ())));
    assert_eq!(tries.get(), 1);
    assert_eq!(read(&Jumping::new(&[0])), Err(Unpinned::Root(ReadFault::Empty)));
}

struct Nobody;

impl Pins for Nobody {
    fn pinned(&self, _: u64, _: u64) -> Option<(u64, u64)> {
        None
    }
}

#[test]
fn the_words_never_decrease_and_are_stored_before_the_scan() {
    let (reclaimed, evicted) = (AtomicU64::new(0), AtomicU64::new(0));
    let words = ReclaimWords { reclaimed: &reclaimed, evicted: &evicted };
    for (announced, expected) in [(3, 3), (2, 3), (7, 7)] {
        let seen = announce::<Proven, _, _>(words, announced, &Nobody, |pins| {
            assert_eq!(pins.pinned(0, u64::MAX), None);
            load(&reclaimed)
        });
        assert_eq!(seen, expected);
    }
    for (taken, expected) in [(3, 3), (2, 3), (7, 7)] {
        evict::<Proven>(words, taken);
        assert_eq!(load(&evicted), expected);
        assert!(is_evicted::<Proven>(words, expected));
        assert!(!is_evicted::<Proven>(words, expected + 1));
    }
    assert!(is_overtaken::<Proven>(words, 6) && !is_overtaken::<Proven>(words, 7));
    assert!(!is_overtaken::<Proven>(words, u64::MAX));
}
