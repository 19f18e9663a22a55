//! Pages that are emptied, and whose room is given back.

use super::*;
use crate::heap::block_states::State;

/// A file that says yes to all, or has no room.
#[derive(Debug, Default)]
struct Disk {
    is_full: bool,
    refuses_holes: bool,
    holes: Vec<(u64, u64)>,
    filled: Vec<(u64, u64)>,
}

impl HeapFile for Disk {
    fn announce<R>(&mut self, _: u64, scan: impl FnOnce(Probe<'_>) -> R) -> R {
        scan(&mut |_, _| None)
    }

    fn evict(&mut self, _: u64) {}

    fn grow(&mut self, _: u64) -> bool {
        !self.is_full
    }

    fn fill(&mut self, from: u64, len: u64) -> bool {
        if !self.is_full {
            self.filled.push((from, len));
        }
        !self.is_full
    }

    fn punch(&mut self, from: u64, len: u64) -> bool {
        if !self.refuses_holes {
            self.holes.push((from, len));
        }
        !self.refuses_holes
    }
}

fn heap(pages: u64, used: &[(u64, u64)], holes: &[(u64, u64)], latest: u64) -> Heap {
    let limits = Limits { max_size: START + pages * PAGE, budget: None, max_step: MAX_STEP };
    let mut recovery = Recovery::new(START, START + pages * PAGE, limits).unwrap();
    for (offset, bytes) in used {
        recovery.mark(START + offset, Extent::of(*bytes).unwrap()).unwrap();
    }
    let holes: Vec<_> = holes.iter().map(|(from, to)| (START + from, START + to)).collect();
    recovery.note_holes(&holes);
    let control = Control { latest, reclaimed: 0, evicted: 0, len_at_oldest_pin: 0 };
    recovery.finish(control)
}

#[test]
fn pages_of_one_class_are_closed_only_if_they_become_fewer() {
    let page = |number: u64| number * PAGE;
    // One thin page alone becomes no fewer; two become one.
    for (used, closed) in [
        (vec![(page(0), 512)], 0),
        (vec![(page(0), 512), (page(1), 512)], 2 * 512),
        // Eight fit into a page: half of them is not thin.
        ((0..4).map(|at| (at * 512, 512)).collect(), 0),
        // Of two classes.
        (vec![(page(0), 512), (page(1), 256)], 0),
        // Into the room of a page that is well used.
        ((0..5).map(|at| (at * 512, 512)).chain([(page(1), 512)]).collect(), 512),
        // Runs and whole pages are never thin.
        (vec![(page(0), 4096), (page(1), 8192)], 0),
    ] {
        let mut heap = heap(8, &used, &[], 0);
        assert_eq!(heap.begin_sweep(), closed, "{used:?}");
        heap.end_sweep(0, false);
        heap.check_sum();
    }
}

#[test]
fn what_is_moved_goes_to_no_closed_page() {
    let used: Vec<_> = (16..22).map(|page| (page * PAGE + 512, 512)).collect();
    let (mut heap, mut disk) = (heap(24, &used, &[], 0), Disk::default());
    assert_eq!(heap.begin_sweep(), 6 * 512);
    for (offset, _) in &used {
        assert!(heap.is_in_closed_page(START + offset));
        let moved = heap.alloc(Extent::of(512).unwrap(), &mut disk).unwrap();
        assert!(!heap.is_in_closed_page(moved), "{moved}");
        let header = header(1, 512);
        heap.latest = heap.latest.max(1);
        heap.retire(START + offset, header).unwrap();
    }
    heap.end_sweep(512, false);
    heap.published(2);
    heap.reclaim(0, &mut disk);
    heap.check_sum();
    assert_eq!(heap.punch(u64::MAX, &mut disk), (7 * PAGE, false));
    assert_eq!(disk.holes, [(START + 17 * PAGE, 7 * PAGE)], "the highest ones");
    assert_eq!(heap.begin_sweep(), 0, "nothing is left to do");
    heap.check_sum();
}

#[test]
fn hollow_pages_get_room_before_they_are_used_and_a_full_disk_is_an_error() {
    let (mut heap, mut disk) = (heap(56, &[], &[], 0), Disk::default());
    assert_eq!(heap.punch(3 * PAGE + 5, &mut disk), (3 * PAGE, true));
    assert_eq!(heap.punch(u64::MAX, &mut disk), (37 * PAGE, false), "a few keep their room");
    assert_eq!(heap.hollow_bytes(), 40 * PAGE);
    heap.alloc(Extent::of(16 * PAGE).unwrap(), &mut disk).unwrap();
    heap.published(1);
    disk.is_full = true;
    heap.alloc(Extent::of(64).unwrap(), &mut disk).unwrap_err();
    heap.alloc(Extent::of(3 * PAGE).unwrap(), &mut disk).unwrap_err();
    heap.check_sum();
    disk.is_full = false;
    let small = heap.alloc(Extent::of(64).unwrap(), &mut disk).unwrap();
    assert_eq!(disk.filled, [(START + 16 * PAGE, 16 * PAGE)]);
    assert_eq!(small, START + 16 * PAGE);
    heap.alloc(Extent::of(20 * PAGE).unwrap(), &mut disk).unwrap();
    assert_eq!(disk.filled.last(), Some(&(START + 32 * PAGE, 20 * PAGE)));
    // Only both together have so many in a row.
    heap.rollback();
    heap.alloc(Extent::of(40 * PAGE).unwrap(), &mut disk).unwrap();
    assert_eq!(heap.hollow_bytes(), 0);
}

#[test]
fn where_holes_are_refused_nothing_is_given_back_and_all_stays_free() {
    let mut heap = heap(20, &[], &[], 0);
    let mut disk = Disk { refuses_holes: true, ..Disk::default() };
    assert_eq!(heap.punch(u64::MAX, &mut disk), (0, false));
    heap.check_sum();
    heap.alloc(Extent::of(20 * PAGE).unwrap(), &mut disk).unwrap();
    assert!(disk.filled.is_empty());
}

#[test]
fn holes_that_are_found_are_filled_when_they_are_used() {
    // A hole may begin and end within a page, and be of a page that is used.
    let holes = [(PAGE + 1024, 3 * PAGE), (5 * PAGE, 6 * PAGE + 1)];
    for latest in [0, 9] {
        let mut heap = heap(8, &[(2 * PAGE, 64)], &holes, latest);
        assert_eq!(heap.take_used_holes(), [(START + 2 * PAGE, PAGE)]);
        assert_eq!(heap.hollow_bytes(), 3 * PAGE);
        let mut disk = Disk::default();
        heap.reclaim(0, &mut disk);
        heap.check_sum();
        let table = heap.blocks.table();
        assert!(table.all().iter().all(|(_, _, state)| *state != State::Waiting));
        for _ in 0..7 {
            heap.alloc(Extent::of(4096).unwrap(), &mut disk).unwrap();
        }
        assert_eq!(disk.filled, [(START + PAGE, PAGE), (START + 5 * PAGE, 2 * PAGE)]);
    }
}

#[test]
fn a_round_that_makes_no_fewer_pages_is_the_last_one() {
    let used: Vec<_> = (0..6).map(|page| (page * PAGE, 512)).collect();
    let mut heap = heap(8, &used, &[], 0);
    assert_ne!(heap.begin_sweep(), 0);
    heap.end_sweep(512, true);
    assert_ne!(heap.begin_sweep(), 0, "it was cut off");
    heap.end_sweep(512, false);
    assert_eq!(heap.begin_sweep(), 0, "nothing came of it");
    heap.end_sweep(0, false);
    assert_ne!(heap.begin_sweep(), 0, "another one");
    heap.end_sweep(0, false);
}
