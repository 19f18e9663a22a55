//! A writer that dies at any step, and the next one, which knows only what the file says.

use super::pins::{Kind, look_at_a_view};
use super::unpinned::read_optimistically;
use super::*;

/// A transaction stores RECLAIMED, perhaps EVICTED, two words of a block, the odd mark, the root, the even mark and
/// `latest`: death before each, and after all.
const STORES: usize = 8;

/// What a writer that dies sees: after some stores, the rest goes nowhere.
pub(super) struct DyingHeap<'h> {
    heap: &'h Heap,
    nowhere: &'h AtomicU64,
    stores_left: Cell<usize>,
}

impl<'h> DyingHeap<'h> {
    pub(super) fn after(stores: usize, heap: &'h Heap, nowhere: &'h AtomicU64) -> Self {
        Self { heap, nowhere, stores_left: Cell::new(stores) }
    }

    pub(super) fn target<'m>(&self, word: &'m AtomicU64) -> &'m AtomicU64
    where
        'h: 'm,
    {
        match self.stores_left.get() {
            0 => self.nowhere,
            left => {
                self.stores_left.set(left - 1);
                word
            }
        }
    }
}

impl SlotMemory for DyingHeap<'_> {
    fn latest(&self) -> &AtomicU64 {
        self.target(&self.heap.latest)
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.heap.slot(generation)
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        None
    }

    fn sequence<'m>(&'m self, slot: Slot<'m>) -> &'m AtomicU64 {
        self.target(slot.sequence)
    }
}

/// One generation, then death after so many stores of the next, then two of another writer.
fn die_and_go_on(heap: &Heap, stores: usize, neglects: Duty, evicts: bool) {
    let mut writer = HeapWriter { evicts, ..HeapWriter::new(heap, Duty::Nothing) };
    writer.commit::<All>(heap, |word| word);
    let nowhere = AtomicU64::new(0);
    let dying = DyingHeap::after(stores, heap, &nowhere);
    let [reclaimed, evicted] = [&heap.reclaimed, &heap.evicted].map(|word| dying.target(word));
    writer.reclaim::<All>(ReclaimWords { reclaimed, evicted });
    writer.commit::<All>(&dying, |word| dying.target(word));

    let mut next = HeapWriter { evicts, ..opened(heap, neglects) };
    for _ in 0..2 {
        next.reclaim::<All>(heap.words());
        next.commit::<All>(heap, |word| word);
    }
}

/// A new writer: all but the block of the latest generation waits until nobody can see it.
fn opened(heap: &Heap, neglects: Duty) -> HeapWriter<'_> {
    let latest = heap.latest.load(Ordering::Relaxed);
    let root = heap.slot(latest).payload[0].load(Ordering::Relaxed) as usize;
    let others = (0..BLOCKS).filter(|block| *block != root);
    let highest = highest_generation(heap, (0..2).map(|index| heap.slot(index)));
    let mut writer = HeapWriter {
        free: Vec::new(),
        current: (root, latest),
        generation: counts_from::<All>(heap, highest),
        ..HeapWriter::new(heap, neglects)
    };
    let (birth, retired) = match neglects {
        Duty::QuarantineUntilLatest => (0, latest - 1),
        Duty::QuarantineFromZero => (latest, latest),
        _ => (0, latest),
    };
    if neglects == Duty::Quarantine {
        writer.free.extend(others);
    } else {
        writer.limbo.extend(others.map(|block| Dead { block, birth, retired }));
    }
    writer
}

fn viewed(stores: usize, neglects: Duty) {
    beside(
        move || move |heap: &Heap| die_and_go_on(heap, stores, neglects, false),
        |heap| look_at_a_view::<All>(heap, Kind::Exact),
    );
}

/// Beside a reader that gets its pin by whatever it takes.
fn evicted(stores: usize, evicts: bool) {
    beside(
        move || move |heap: &Heap| die_and_go_on(heap, stores, Duty::Nothing, evicts),
        |heap| look_at_a_view::<AllTries>(heap, Kind::Any),
    );
}

#[test]
fn a_view_outlasts_writers_that_die_at_any_step() {
    for stores in 0..=STORES {
        viewed(stores, Duty::Nothing);
    }
}

#[test]
fn a_view_outlasts_writers_that_die_while_they_evict() {
    for stores in 0..=STORES {
        evicted(stores, true);
    }
}

#[test]
fn a_view_by_whatever_it_takes_outlasts_writers_that_die_at_any_step() {
    for stores in 0..=STORES {
        evicted(stores, false);
    }
}

#[test]
fn an_optimistic_read_outlasts_writers_that_die_at_any_step() {
    for stores in 0..=STORES {
        beside(
            move || move |heap: &Heap| die_and_go_on(heap, stores, Duty::Nothing, false),
            |heap| read_optimistically::<All>(heap, 1),
        );
    }
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_a_quarantine_a_new_writer_reuses_a_view() {
    viewed(0, Duty::Quarantine);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_a_quarantine_that_ends_too_early_a_new_writer_reuses_a_view() {
    viewed(0, Duty::QuarantineUntilLatest);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_a_quarantine_that_begins_too_late_a_new_writer_reuses_a_view() {
    viewed(0, Duty::QuarantineFromZero);
}
