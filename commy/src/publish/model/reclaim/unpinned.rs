//! Reads without a pin.

use super::*;
use crate::publish::reclaim::Check;

/// Two commits, the second into the block that generation 1 reached.
fn optimistic<S: ReclaimSteps + 'static>(neglects: Duty) {
    beside(
        move || move |heap: &Heap| HeapWriter::new(heap, neglects).run::<S>(2),
        |heap| read_optimistically::<S>(heap, 1),
    );
}

pub(super) fn read_optimistically<S: ReclaimSteps>(heap: &Heap, tries: u32) {
    let copy = |payload: &[AtomicU64]| payload[0].load(Ordering::Relaxed);
    let walk = |generation: u64, root: &u64| {
        assert!((*root as usize) < BLOCKS, "torn read: root of generation {generation}");
        heap.load(*root)
    };
    if let Ok((generation, (first, second))) =
        read_unpinned::<S, _, _>(heap, heap.words(), tries, copy, walk)
    {
        assert_eq!((first, second), (generation, generation), "reused under an optimistic read");
    }
}

#[test]
fn an_optimistic_read_is_of_its_generation_or_fails() {
    optimistic::<All>(Duty::Nothing);
}

#[test]
fn a_read_that_is_tried_again_is_of_its_generation_or_fails() {
    beside(
        || |heap: &Heap| HeapWriter::new(heap, Duty::Nothing).run::<All>(4),
        |heap| read_optimistically::<All>(heap, 2),
    );
}

#[test]
fn an_optimistic_read_needs_no_more_than_a_release_fence() {
    optimistic::<AnnounceReleased>(Duty::Nothing);
}

#[test]
fn an_optimistic_read_does_not_count_on_a_scan() {
    optimistic::<All>(Duty::Scan);
}

/// The same with code of the user's that looks at what was loaded, and expects what was published.
fn shown<S: ReclaimSteps + 'static>() {
    beside(
        move || move |heap: &Heap| HeapWriter::new(heap, Duty::Nothing).run::<S>(2),
        |heap| {
            let copy = |payload: &[AtomicU64]| payload[0].load(Ordering::Relaxed);
            let walk = |generation: u64, root: &u64| {
                let found = heap.load(*root);
                if is_settled::<S>(heap.words(), generation) {
                    assert_eq!(found, (generation, generation), "shown to the user's code");
                }
            };
            let _ = read_unpinned::<S, _, _>(&**heap, heap.words(), 1, copy, walk);
        },
    );
}

#[test]
fn code_of_the_user_sees_what_was_published() {
    shown::<All>();
}

reclaim_steps!(Unsettled {} { const SETTLE: bool = false; });

#[test]
#[should_panic(expected = "shown to the user's code")]
fn without_the_look_before_code_of_the_user_it_sees_a_reused_block() {
    shown::<Unsettled>();
}

reclaim_steps!(NoOvertakenFence {} { const OVERTAKEN_FENCE: bool = false; });
reclaim_steps!(CheckedFirst {} { const OVERTAKEN_CHECK: Check = Check::First; });
reclaim_steps!(Unchecked {} { const OVERTAKEN_CHECK: Check = Check::Never; });
reclaim_steps!(CheckedByOneLess {} { const OVERTAKEN_BY: u64 = 1; });
reclaim_steps!(NoFirstFence { const FIRST_READER_FENCE: bool = false; } {});
reclaim_steps!(LatestStoredRelaxed { const LATEST: Ordering = Ordering::Relaxed; } {});

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn without_the_fence_behind_the_loads_a_reused_block_is_taken() {
    optimistic::<NoOvertakenFence>(Duty::Nothing);
}

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn with_the_check_before_the_loads_a_reused_block_is_taken() {
    optimistic::<CheckedFirst>(Duty::Nothing);
}

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn without_the_check_a_reused_block_is_taken() {
    optimistic::<Unchecked>(Duty::Nothing);
}

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn with_a_check_that_allows_one_more_a_reused_block_is_taken() {
    optimistic::<CheckedByOneLess>(Duty::Nothing);
}

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn with_one_generation_less_announced_a_reused_block_is_taken() {
    optimistic::<All>(Duty::AnnounceAll);
}

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn with_a_late_announcement_a_reused_block_is_taken() {
    optimistic::<All>(Duty::AnnounceFirst);
}

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn without_the_announcement_a_reused_block_is_taken() {
    optimistic::<NoAnnouncement>(Duty::Nothing);
}

#[test]
#[should_panic(expected = "reused under an optimistic read")]
fn without_the_fence_behind_the_announcement_a_reused_block_is_taken() {
    optimistic::<NoAnnounceFence>(Duty::Nothing);
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_fence_behind_latest_a_root_is_torn() {
    optimistic::<NoFirstFence>(Duty::Nothing);
}

#[test]
#[should_panic(expected = "torn read")]
fn with_latest_stored_relaxed_a_root_is_torn() {
    optimistic::<LatestStoredRelaxed>(Duty::Nothing);
}
