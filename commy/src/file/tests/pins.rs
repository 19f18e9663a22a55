//! Generations that readers pin, through real locks.

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::Barrier;
use std::thread;

use super::super::pins::{FilePins, PinProbe};
use super::*;
use crate::format::locks::{LAST_PIN, PIN_BASE};
use crate::publish::reclaim::{
    Lost, PinLocks, Pins as _, RangeLock as _, ReclaimSteps, ReclaimWords, evict, pin,
};
use crate::publish::{SlotMemory as _, Steps};
use crate::sync::AtomicU64;
use crate::sys::{self, ByteLock, TO_THE_END};

/// A file whose content nobody looks at, the locks of a reader, and a writer's look at them.
pub(super) struct Pinned {
    _dir: TempDir,
    pub(super) path: PathBuf,
    pub(super) pins: FilePins,
    pub(super) probe: PinProbe,
}

impl Pinned {
    pub(super) fn new() -> Self {
        let (dir, path) = place();
        fs::write(&path, "x").unwrap();
        let file = File::open(&path).unwrap();
        let pins = FilePins::open(&path, &file).unwrap();
        let probe = PinProbe::open(&path, &file).unwrap();
        Self { _dir: dir, path, pins, probe }
    }

    pub(super) fn is_pinned(&self, generation: u64) -> bool {
        self.probe.pinned(generation, generation).is_some()
    }

    /// All ranges that are pinned, as a writer finds them that asks until it knows.
    pub(super) fn ranges(&self, first: u64, last: u64) -> Vec<(u64, u64)> {
        let (mut found, mut todo) = (Vec::new(), vec![(first, last)]);
        while let Some((first, last)) = todo.pop() {
            let Some((from, to)) = self.probe.pinned(first, last) else { continue };
            assert!(first <= from && from <= to && to <= last, "{from}..={to}");
            found.push((from, to));
            todo.extend((from > first).then(|| (first, from - 1)));
            todo.extend((to < last).then(|| (to + 1, last)));
        }
        found.sort_unstable();
        found
    }
}

/// Counts how often a thread that has a lock on generation 7 finds it missing, while another one
/// takes and gives back the same lock.
fn missing(pinned: &Pinned, lock: impl Fn() + Sync, unlock: impl Fn() + Sync) -> usize {
    let (missing, start) = (AtomicUsize::new(0), Barrier::new(2));
    // Out of step, so that each step of the one falls between two of the other, on one processor
    // too.
    let turn = |pace: usize| {
        start.wait();
        for round in 0..5_000_usize {
            let pause = |at| {
                if (round + at) % pace == 0 {
                    thread::yield_now()
                }
            };
            lock();
            pause(0);
            if !pinned.is_pinned(7) {
                missing.fetch_add(1, Ordering::Relaxed);
            }
            unlock();
            pause(1);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| turn(2));
        scope.spawn(|| turn(3));
    });
    missing.into_inner()
}

#[test]
fn a_generation_is_pinned_until_its_last_view_is_gone() {
    let pinned = Pinned::new();
    pinned.pins.lock(7).unwrap();
    pinned.pins.clone().lock(7).unwrap();
    assert_eq!(pinned.ranges(0, 100), [(7, 7)]);
    pinned.pins.unlock(7);
    assert!(pinned.is_pinned(7), "one view is left");
    pinned.pins.unlock(7);
    assert!(!pinned.is_pinned(7));
    pinned.pins.unlock(7);
    pinned.pins.lock(7).unwrap();
    assert!(pinned.is_pinned(7), "one that nobody held counts for nothing");
}

// An atomic count with the lock call outside of it left one in sixteen views without a lock.
#[test]
fn a_count_and_its_lock_change_in_one_step() {
    let pinned = Pinned::new();
    let of_pins = missing(&pinned, || pinned.pins.lock(7).unwrap(), || pinned.pins.unlock(7));
    assert_eq!(of_pins, 0, "views without a lock");

    // The control: the last view counts down, another one comes, and then the first unlocks.
    let (file, count) = (File::open(&pinned.path).unwrap(), Cell::new(1));
    let set = |lock| assert!(sys::try_lock_bytes(&file, PIN_BASE + 7, 1, lock).unwrap());
    set(ByteLock::Shared);
    assert_eq!(count.replace(count.get() - 1), 1, "it was the last");
    assert_eq!(count.replace(count.get() + 1), 0, "it is the first");
    set(ByteLock::Shared);
    set(ByteLock::Free);
    assert!(count.get() == 1 && !pinned.is_pinned(7), "a view without a lock");
}

#[test]
fn announcements_of_ranges_do_not_erase_each_other() {
    let pinned = Pinned::new();
    let (asked, done) = (Barrier::new(2), AtomicBool::new(false));
    let held = thread::scope(|scope| {
        let range = pinned.pins.lock_from(7).unwrap();
        scope.spawn(|| {
            asked.wait();
            drop(pinned.pins.lock_from(5).unwrap());
            done.store(true, Ordering::SeqCst);
        });
        asked.wait();
        // Time for the other one to do what it must not.
        thread::sleep(core::time::Duration::from_millis(50));
        let held = (!done.load(Ordering::SeqCst), pinned.ranges(0, 100));
        drop(range);
        held
    });
    assert_eq!(held, (true, vec![(7, 100)]));
    assert_eq!(pinned.ranges(0, 100), []);

    let with_range = AtomicUsize::new(0);
    let of_pins = missing(
        &pinned,
        || {
            let mut range = pinned.pins.lock_from(3).unwrap();
            with_range.fetch_add(usize::from(pinned.is_pinned(LAST_PIN)), Ordering::Relaxed);
            range.lock(7).unwrap();
        },
        || pinned.pins.unlock(7),
    );
    assert_eq!((of_pins, with_range.into_inner()), (0, 10_000));

    // The control: whoever is done lets go of all.
    let file = File::open(&pinned.path).unwrap();
    let set = |at, lock| assert!(sys::try_lock_bytes(&file, at, TO_THE_END, lock).unwrap());
    set(PIN_BASE + 7, ByteLock::Shared);
    set(PIN_BASE + 5, ByteLock::Shared);
    set(0, ByteLock::Free);
    assert!(!pinned.is_pinned(7), "a range that was announced is gone");
}

#[test]
fn to_let_go_of_a_range_does_not_unlock_what_is_pinned_in_it() {
    let pinned = Pinned::new();
    pinned.pins.lock(9).unwrap();
    let mut range = pinned.pins.lock_from(5).unwrap();
    assert_eq!(
        [4, 5, 8, 9, 10, 90].map(|at| pinned.is_pinned(at)),
        [false, true, true, true, true, true]
    );
    range.lock(12).unwrap();
    drop(range);
    assert_eq!(pinned.ranges(0, 20), [(9, 9), (12, 12)]);

    // The control: both through one descriptor.
    let file = File::open(&pinned.path).unwrap();
    let set = |at, len, lock| assert!(sys::try_lock_bytes(&file, at, len, lock).unwrap());
    set(PIN_BASE + 15, 1, ByteLock::Shared);
    set(PIN_BASE + 14, TO_THE_END, ByteLock::Shared);
    set(0, TO_THE_END, ByteLock::Free);
    assert!(!pinned.is_pinned(15));
}

struct ByRange;
impl Steps for ByRange {}
impl ReclaimSteps for ByRange {
    const PIN_TRIES: u32 = 0;
}

/// Pins what a writer publishes, as long as it does, and counts what was not locked then.
fn pins_beside_a_writer<S: ReclaimSteps>() {
    let (_dir, path) = place();
    let writer = writer(&path).unwrap();
    publish(&writer, 1, 1);
    let file = File::open(&path).unwrap();
    let pins = FilePins::open(&path, &file).unwrap();
    let probe = PinProbe::open(&path, &file).unwrap();
    let (reclaimed, evicted) = (AtomicU64::new(0), AtomicU64::new(0));
    let words = ReclaimWords { reclaimed: &reclaimed, evicted: &evicted };
    let slots = writer.slots();
    thread::scope(|scope| {
        let readers = [(); 2].map(|()| {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let copy = |payload: &[AtomicU64]| payload[0].load(Ordering::Relaxed);
                    let (pin, root) = pin::<S, _, _>(slots, words, &pins, copy).unwrap();
                    let generation = pin.generation();
                    assert_eq!(root, generation);
                    assert_eq!(
                        probe.pinned(generation, generation),
                        Some((generation, generation))
                    );
                    assert_eq!(pin.check(words), Ok(()));
                }
            })
        });
        let mut generations = 2..;
        while readers.iter().any(|reader| !reader.is_finished()) {
            let generation = generations.next().unwrap();
            publish(&writer, generation, generation);
        }
    });
    let latest = slots.latest().load(Ordering::Relaxed);
    assert_eq!(probe.pinned(0, latest + 1), None, "a pin is left");
    let copy = |payload: &[AtomicU64]| payload[0].load(Ordering::Relaxed);
    let (pin, _) = pin::<S, _, _>(slots, words, &pins, copy).unwrap();
    evict::<S>(words, pin.generation());
    assert_eq!(pin.check(words), Err(Lost::Evicted));
}

#[test]
fn a_pin_is_locked_while_it_is_held() {
    pins_beside_a_writer::<Proven>();
}

#[test]
fn a_pin_by_range_is_locked_while_it_is_held() {
    pins_beside_a_writer::<ByRange>();
}

#[test]
fn a_thousand_pins_are_found_one_by_one() {
    let pinned = Pinned::new();
    let all: Vec<u64> = (0..1000).map(|index| 10 + 3 * index).collect();
    all.iter().for_each(|generation| pinned.pins.lock(*generation).unwrap());
    let each = |kept: &[u64]| kept.iter().map(|at| (*at, *at)).collect::<Vec<_>>();
    assert_eq!(pinned.ranges(0, 10_000), each(&all));
    let (kept, gone) = all.split_at(500);
    gone.iter().for_each(|generation| pinned.pins.unlock(*generation));
    assert_eq!(pinned.ranges(0, 10_000), each(kept));
    // The kernel joins neighbours, and parts them again.
    (2000..3000).for_each(|generation| pinned.pins.lock(generation).unwrap());
    assert_eq!(pinned.ranges(1600, 10_000), [(2000, 2999)]);
    (2000..3000).step_by(2).for_each(|generation| pinned.pins.unlock(generation));
    let odd: Vec<u64> = (2001..3000).step_by(2).collect();
    assert_eq!(pinned.ranges(1600, 10_000), each(&odd));
}
