//! Views: pinned, pinned by range, evicted, and the end of a pin.

use super::*;
use crate::publish::reclaim::Check;

/// Three commits beside a reader that pins one generation and looks twice.
fn view<S: ReclaimSteps + 'static>(neglects: Duty, kind: Kind) {
    view_beside::<S>(3, neglects, kind);
}

fn view_beside<S: ReclaimSteps + 'static>(commits: usize, neglects: Duty, kind: Kind) {
    beside(
        move || {
            move |heap: &Heap| {
                let mut writer = HeapWriter::new(heap, neglects);
                writer.evicts = matches!(kind, Kind::Evicted | Kind::Any);
                writer.is_seen = kind == Kind::Seen;
                writer.run::<S>(commits);
            }
        },
        move |heap| look_at_a_view::<S>(heap, kind),
    );
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// By a lock on its generation.
    Exact,
    /// The same beside a writer that overrides it.
    Evicted,
    /// The same with a look at who is at a block.
    Seen,
    /// By a lock on all generations from one on.
    Range,
    /// By whatever it takes, beside a writer that overrides it.
    Any,
}

pub(super) fn look_at_a_view<S: ReclaimSteps>(heap: &Arc<Heap>, kind: Kind) {
    look_at_a_view_through::<S>(&**heap, heap, kind);
}

fn look_at_a_view_through<S: ReclaimSteps>(ring: &impl SlotMemory, heap: &Arc<Heap>, kind: Kind) {
    let locks =
        Locks { heap: Arc::clone(heap), has_ranges: matches!(kind, Kind::Range | Kind::Any) };
    let copy = |payload: &[AtomicU64]| payload[0].load(Ordering::Relaxed);
    let Ok((pin, root)) = pin::<S, _, _>(ring, heap.words(), &locks, copy) else { return };
    let generation = pin.generation();
    for _ in 0..2 {
        if kind == Kind::Seen {
            heap.visits[root as usize].lock().unwrap().with(|_| ());
        }
        let found = heap.load(root);
        if pin.check(heap.words()).is_ok() {
            assert_eq!(found, (generation, generation), "reused under a view");
        }
    }
}

#[test]
fn what_a_pin_holds_stays() {
    view::<All>(Duty::Nothing, Kind::Exact);
}

#[test]
fn what_a_pin_by_range_holds_stays() {
    view::<ByRange>(Duty::Nothing, Kind::Range);
}

#[test]
fn what_a_pin_holds_stays_whatever_it_takes_to_get_it() {
    view_beside::<AllTries>(4, Duty::Nothing, Kind::Any);
}

#[test]
fn a_range_that_is_kept_holds_no_less() {
    view::<RangeKept>(Duty::Nothing, Kind::Range);
}

#[test]
fn an_evicted_view_says_so() {
    view::<All>(Duty::Nothing, Kind::Evicted);
}

#[test]
fn nobody_overwrites_what_a_view_has_not_left() {
    view::<All>(Duty::Nothing, Kind::Seen);
}

reclaim_steps!(NoLock {} { const LOCK: bool = false; });
reclaim_steps!(NoLockFence {} { const LOCK_FENCE: Option<Ordering> = None; });
reclaim_steps!(LockFenceAcqRel {} { const LOCK_FENCE: Option<Ordering> = Some(Ordering::AcqRel); });
reclaim_steps!(PinCheckedFirst {} { const PIN_CHECK: Check = Check::First; });
reclaim_steps!(PinUnchecked {} { const PIN_CHECK: Check = Check::Never; });
reclaim_steps!(ScannedFirst {} { const SCAN_LAST: bool = false; });

#[test]
#[should_panic(expected = "reused under a view")]
fn without_a_lock_a_view_is_reused() {
    view::<NoLock>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_fence_behind_the_lock_a_view_is_reused() {
    view::<NoLockFence>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_a_weaker_fence_behind_the_lock_a_view_is_reused() {
    view::<LockFenceAcqRel>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_a_check_before_the_lock_a_view_is_reused() {
    view::<PinCheckedFirst>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_check_behind_the_lock_a_view_is_reused() {
    view::<PinUnchecked>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_a_scan_a_view_is_reused() {
    view::<All>(Duty::Scan, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_a_scan_before_the_announcement_a_view_is_reused() {
    view::<ScannedFirst>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_fence_behind_the_announcement_a_view_is_reused() {
    view::<NoAnnounceFence>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_a_weaker_fence_behind_the_announcement_a_view_is_reused() {
    view::<AnnounceReleased>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_announcement_a_view_is_reused() {
    view::<NoAnnouncement>(Duty::Nothing, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn a_block_is_held_by_a_pin_of_its_first_generation() {
    view::<All>(Duty::FromBirth, Kind::Exact);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn a_block_is_held_by_a_pin_of_its_last_generation() {
    view::<All>(Duty::UntilRetired, Kind::Exact);
}

reclaim_steps!(UnpinnedRelaxed {} { const UNPIN_FENCE: bool = false; });
reclaim_steps!(ScannedRelaxed {} { const SCAN_FENCE: bool = false; });

// loom runs no load after a later store, as a machine may. So it is asked whether the loads are
// ordered before what overwrites them.
#[test]
#[should_panic(expected = "Causality violation")]
fn without_the_fence_before_the_end_of_a_pin_its_view_is_overwritten() {
    view::<UnpinnedRelaxed>(Duty::Nothing, Kind::Seen);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn without_the_fence_behind_the_scan_a_view_is_overwritten() {
    view::<ScannedRelaxed>(Duty::Nothing, Kind::Seen);
}

reclaim_steps!(ByRange by range {});
reclaim_steps!(RangeKept by range { const LET_GO: bool = false; });
reclaim_steps!(RangeLetGoFirst by range { const LOCK_BEFORE_LETTING_GO: bool = false; });
reclaim_steps!(NoRangeFence by range { const LOCK_FENCE: Option<Ordering> = None; });

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_fence_behind_the_range_a_view_is_reused() {
    view::<NoRangeFence>(Duty::Nothing, Kind::Range);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_the_range_let_go_before_the_lock_a_view_is_reused() {
    view::<RangeLetGoFirst>(Duty::Nothing, Kind::Range);
}

/// What a reader of a ring finds that is always overtaken, and of which an older generation is in the
/// steady slot: records that grow have none.
struct Steady<'h> {
    heap: &'h Heap,
    overtaken: AtomicU64,
    latest: AtomicU64,
    sequence: AtomicU64,
    root: [AtomicU64; 1],
}

impl SlotMemory for Steady<'_> {
    fn latest(&self) -> &AtomicU64 {
        self.heap.latest()
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        Slot { sequence: &self.overtaken, ..self.heap.slot_of(generation) }
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        Some((&self.latest, Slot { sequence: &self.sequence, payload: &self.root }))
    }
}

fn pinned_from_steady_slot<S: ReclaimSteps + 'static>() {
    beside(
        || |heap: &Heap| HeapWriter::new(heap, Duty::Nothing).run::<S>(3),
        |heap| {
            let [overtaken, latest] = [0, 1].map(AtomicU64::new);
            let (sequence, root) = (AtomicU64::new(2), [AtomicU64::new(0)]);
            let ring = Steady { heap, overtaken, latest, sequence, root };
            look_at_a_view_through::<S>(&ring, heap, Kind::Range);
        },
    );
}

macro_rules! patient {
    ($name:ident { $($item:item)* }) => {
        struct $name;
        impl Steps for $name {
            const TRIES: u32 = 1;
            const LAST_TRIES: u32 = 1;
        }
        impl ReclaimSteps for $name {
            const PIN_TRIES: u32 = 0;
            $($item)*
        }
    };
}

patient!(LatestOnly { const RANGE_FLOOR: bool = false; });
patient!(FloorOnly { const ROOT_OF_LATEST: bool = false; });
patient!(AnyRoot { const RANGE_FLOOR: bool = false; const ROOT_OF_LATEST: bool = false; });

#[test]
fn a_pin_by_range_takes_no_older_generation_that_a_slot_still_has() {
    pinned_from_steady_slot::<LatestOnly>();
    pinned_from_steady_slot::<FloorOnly>();
}

#[test]
#[should_panic(expected = "reused under a view")]
fn with_an_older_generation_from_a_steady_slot_a_range_holds_nothing() {
    pinned_from_steady_slot::<AnyRoot>();
}

reclaim_steps!(EvictionUnchecked {} { const EVICTED_CHECK: bool = false; });
reclaim_steps!(NoEvictFence {} { const EVICT_FENCE: bool = false; });
reclaim_steps!(NoEvictedFence {} { const EVICTED_FENCE: bool = false; });

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_look_at_evicted_an_evicted_view_is_taken() {
    view::<EvictionUnchecked>(Duty::Nothing, Kind::Evicted);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_fence_behind_evicted_an_evicted_view_is_taken() {
    view::<NoEvictFence>(Duty::Nothing, Kind::Evicted);
}

#[test]
#[should_panic(expected = "reused under a view")]
fn without_the_fence_before_evicted_an_evicted_view_is_taken() {
    view::<NoEvictedFence>(Duty::Nothing, Kind::Evicted);
}
