//! Publish times on memory of one thread, with a clock that stands where the test puts it.

use core::cell::Cell;

use super::*;

struct Memory {
    latest: AtomicU64,
    steady: AtomicU64,
    /// Two of the ring, and the steady slot.
    slots: [[AtomicU64; 4]; 3],
    now: Cell<u64>,
    keeps_times: bool,
}

impl Memory {
    fn new(keeps_times: bool) -> Self {
        let word = || AtomicU64::new(0);
        let slots = [(); 3].map(|()| [(); 4].map(|()| word()));
        Self { latest: word(), steady: word(), slots, now: Cell::new(0), keeps_times }
    }

    fn slot(&self, index: usize) -> Slot<'_> {
        let [sequence, _, payload, _] = &self.slots[index];
        Slot { sequence, payload: core::slice::from_ref(payload) }
    }

    fn publish(&self, generation: u64, now: u64) {
        self.now.set(now);
        publish::<Proven>(self, generation, |payload| payload[0].store(now, Ordering::Relaxed));
    }

    fn latest_time(&self) -> (u64, u64) {
        let read = read_stamped::<Proven, _>(self, 0, |_| ()).unwrap();
        (read.0, read.2)
    }
}

impl SlotMemory for Memory {
    fn latest(&self) -> &AtomicU64 {
        &self.latest
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.slot(generation as usize % 2)
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        Some((&self.steady, self.slot(2)))
    }

    fn stamp_of<'m>(&'m self, slot: Slot<'m>) -> Option<Stamp<'m>> {
        let words =
            self.slots.iter().find(|words| core::ptr::eq(&raw const words[0], slot.sequence));
        let [_, time, _, generation] = words.filter(|_| self.keeps_times)?;
        Some(Stamp { time, generation })
    }

    fn now(&self) -> u64 {
        assert!(self.keeps_times, "a clock that nobody wants to know");
        self.now.get()
    }
}

#[test]
fn each_publish_has_its_own_time() {
    let memory = Memory::new(true);
    assert_eq!(read_stamped::<Proven, _>(&memory, 0, |_| ()), Err(ReadFault::Empty));
    assert_eq!(time_of_latest(&memory), 0);
    for (generation, now) in [(1, 50), (2, 70), (3, 60), (4, u64::MAX)] {
        memory.publish(generation, now);
        assert_eq!(memory.latest_time(), (generation, now));
        assert_eq!(time_of_latest(&memory), now);
    }
}

#[test]
fn a_refresh_of_the_steady_slot_keeps_the_time_of_the_publish() {
    let memory = Memory::new(true);
    memory.publish(1, 50);
    memory.now.set(90);
    publish_steady::<Proven>(&memory, 1, |_| ());
    let [_, time, _, generation] = &memory.slots[2];
    assert_eq!((time.load(Ordering::Relaxed), generation.load(Ordering::Relaxed)), (50, 1));
}

#[test]
fn without_times_no_clock_is_read_and_nothing_is_stored() {
    let memory = Memory::new(false);
    memory.publish(1, 50);
    publish_steady::<Proven>(&memory, 1, |_| ());
    assert_eq!(memory.latest_time(), (1, 0));
    let touched = memory.slots.iter().map(|slot| slot[1].load(Ordering::Relaxed));
    assert_eq!(touched.sum::<u64>(), 0);
}

#[test]
fn a_time_that_a_writer_left_is_not_that_of_a_later_generation() {
    let mut memory = Memory::new(true);
    memory.publish(1, 50);
    memory.keeps_times = false;
    (2..=3).for_each(|generation| memory.publish(generation, 60));
    memory.keeps_times = true;
    // The slot of generation 1 again, with its time still in it.
    assert_eq!(memory.slots[1][1].load(Ordering::Relaxed), 50);
    assert_eq!(memory.latest_time(), (3, 0));
}
