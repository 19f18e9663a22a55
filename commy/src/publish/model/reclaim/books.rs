//! The real books of a heap: which blocks are free, wait or are held, which pins are known, whom to
//! evict, and what a new writer makes of a file.
//!
//! A block is long enough to make a pass due by itself.

use core::marker::PhantomData;

use super::*;
use crate::format::PAGE;
use crate::format::heap::{BlockHeader, Extent, Kind as BlockKind};
use crate::heap::pass::{HeapFile, Probe};
use crate::heap::recovery::{Control, Recovery};
use crate::heap::space::{Heap as Books, Limits};

/// Where the heap starts in the file.
const START: u64 = 5 * PAGE;
/// The pages of a block: more than a window and half of it.
const PAGES: u32 = 26;
const BLOCK: u64 = PAGES as u64 * PAGE;

/// The file, which cannot grow, as its writer has it: a dead one stores nothing.
struct File<'m, S> {
    heap: &'m Heap,
    words: ReclaimWords<'m>,
    steps: PhantomData<S>,
}

impl<S: ReclaimSteps> HeapFile for File<'_, S> {
    fn announce<R>(&mut self, reclaimed: u64, scan: impl FnOnce(Probe<'_>) -> R) -> R {
        announce::<S, _, _>(self.words, reclaimed, self.heap, |pins| {
            scan(&mut |first, last| if S::SCAN { pins.pinned(first, last) } else { None })
        })
    }

    fn evict(&mut self, evicted: u64) {
        evict::<S>(self.words, evicted);
    }

    fn grow(&mut self, _: u64) -> bool {
        false
    }

    fn fill(&mut self, _: u64, _: u64) -> bool {
        false
    }

    fn punch(&mut self, _: u64, _: u64) -> bool {
        false
    }
}

/// A writer of which each generation is one block.
pub(super) struct BookWriter<'h, S: ReclaimSteps> {
    heap: &'h Heap,
    books: Books<S>,
    /// The block of the latest generation, and that generation.
    current: (usize, u64),
    /// The highest generation that was begun.
    generation: u64,
}

impl<'h, S: ReclaimSteps> BookWriter<'h, S> {
    /// What a new writer finds: the latest generation, and free blocks of which nothing is known.
    pub(super) fn open(heap: &'h Heap) -> Self {
        let latest = heap.latest.load(Ordering::Relaxed);
        let root = heap.slot(latest).payload[0].load(Ordering::Relaxed) as usize;
        let len = START + heap.blocks.len() as u64 * BLOCK;
        let limits = Limits { max_size: len, budget: Some(0), max_step: PAGE };
        let mut recovery = Recovery::new(START, len, limits).unwrap();
        recovery.mark(START + root as u64 * BLOCK, Extent::Run(PAGES)).unwrap();
        let [reclaimed, evicted] =
            [&heap.reclaimed, &heap.evicted].map(|word| word.load(Ordering::Relaxed));
        let control = Control { latest, reclaimed, evicted, len_at_oldest_pin: 0 };
        let highest = highest_generation(heap, (0..2).map(|index| heap.slot(index)));
        let generation = counts_from::<S>(heap, highest);
        Self { heap, books: recovery.finish_by::<S>(control), current: (root, latest), generation }
    }

    /// Publishes so many generations, as long as there are free blocks.
    pub(super) fn run(&mut self, commits: usize) {
        for _ in 0..commits {
            self.commit(self.heap, || self.heap.words(), |word| word);
        }
    }

    /// Publishes the next generation through `ring`, with what `target` makes of the block's words.
    /// `words` are the control words before it, and those after it.
    pub(super) fn commit<'m>(
        &mut self,
        ring: &impl SlotMemory,
        words: impl Fn() -> ReclaimWords<'m>,
        target: impl Fn(&'h AtomicU64) -> &'h AtomicU64,
    ) where
        'h: 'm,
    {
        let file = || File::<S> { heap: self.heap, words: words(), steps: PhantomData };
        let extent = Extent::Run(PAGES);
        let Ok(offset) = self.books.alloc(extent, &mut file()) else { return };
        self.generation += 1;
        let (block, generation) = (((offset - START) / BLOCK) as usize, self.generation);
        for word in &self.heap.blocks[block] {
            target(word).store(generation, Ordering::Relaxed);
        }
        let (old, birth) = core::mem::replace(&mut self.current, (block, generation));
        let header = BlockHeader::new(birth, extent.class(), BlockKind::BigBytes).unwrap();
        self.books.retire(START + old as u64 * BLOCK, header.word()).unwrap();
        publish::<S>(ring, generation, |payload| {
            let root = ring.sequence(Slot { sequence: &payload[0], payload: &[] });
            root.store(block as u64, Ordering::Relaxed);
        });
        self.books.published(generation);
        self.books.reclaim_if_due(&mut file());
    }
}

mod views {
    use super::super::crash::DyingHeap;
    use super::super::pins::{Kind, look_at_a_view};
    use super::super::unpinned::read_optimistically;
    use super::*;

    /// So many commits in so many blocks, beside a reader that pins one generation.
    fn view<S: ReclaimSteps + 'static>(blocks: usize, commits: usize, kind: Kind) {
        beside_of(
            blocks,
            move || move |heap: &Heap| BookWriter::<S>::open(heap).run(commits),
            move |heap| look_at_a_view::<S>(heap, kind),
        );
    }

    /// With these blocks nobody is evicted within three commits.
    fn spared<S: ReclaimSteps + 'static>() {
        view::<S>(4, 3, Kind::Exact);
    }

    /// With these a block that was held and then is not is the next one.
    fn tight<S: ReclaimSteps + 'static>() {
        view::<S>(3, 3, Kind::Exact);
    }

    /// With these somebody is.
    fn evicted<S: ReclaimSteps + 'static>() {
        view::<S>(2, 3, Kind::Exact);
    }

    #[test]
    fn what_a_pin_holds_stays() {
        spared::<All>();
    }

    #[test]
    fn what_a_pin_by_range_holds_stays() {
        view::<ByRange>(4, 3, Kind::Range);
    }

    #[test]
    fn an_evicted_view_says_so() {
        evicted::<All>();
    }

    #[test]
    fn what_a_pin_holds_stays_whatever_it_takes_to_get_it() {
        view::<AllTries>(3, 4, Kind::Any);
    }

    #[test]
    fn what_no_question_was_left_for_is_held() {
        spared::<NoQuestions>();
        spared::<OneQuestion>();
    }

    #[test]
    fn an_optimistic_read_is_of_its_generation_or_fails() {
        beside_of(
            3,
            || |heap: &Heap| BookWriter::<All>::open(heap).run(3),
            |heap| read_optimistically::<All>(heap, 1),
        );
    }

    reclaim_steps!(ByRange by range {});
    reclaim_steps!(NoQuestions {} { const NEW_PROBES: u32 = 0; const OLD_PROBES: u32 = 0; });
    reclaim_steps!(OneQuestion {} { const NEW_PROBES: u32 = 1; const OLD_PROBES: u32 = 0; });

    macro_rules! reused {
        ($($(#[$about:meta])* $name:ident: $run:ident $steps:ident { $($item:item)* })*) => {$(
            reclaim_steps!($steps {} { $($item)* });

            $(#[$about])*
            #[test]
            #[should_panic(expected = "reused under a view")]
            fn $name() {
                $run::<$steps>();
            }
        )*};
    }

    reused! {
        without_a_scan_a_view_is_reused: spared NotScanned { const SCAN: bool = false; }
        without_the_announcement_a_view_is_reused: spared Unannounced { const ANNOUNCE: bool = false; }
        without_the_fence_behind_the_announcement_a_view_is_reused: spared Unfenced {
            const ANNOUNCE_FENCE: Option<Ordering> = None;
        }
        without_the_fence_behind_the_lock_a_view_is_reused: spared LockUnfenced {
            const LOCK_FENCE: Option<Ordering> = None;
        }
        without_a_lock_a_view_is_reused: spared Unlocked { const LOCK: bool = false; }
        /// A pin that came after the pass before, and before the announcement of this one.
        with_questions_from_its_own_announcement_on_a_pass_misses_a_view: spared FromOwn {
            const ASK_FROM_LAST_PASS: bool = false;
        }
        /// One that a pass before has found.
        with_a_list_that_is_forgotten_a_view_is_reused: tight Forgetful {
            const REMEMBER: bool = false;
        }
        with_what_is_unknown_taken_for_free_a_view_is_reused: spared Hopeful {
            const NEW_PROBES: u32 = 0;
            const OLD_PROBES: u32 = 0;
            const UNKNOWN_IS_PINNED: bool = false;
        }
        a_block_is_held_by_a_pin_of_its_first_generation: spared FromBirth {
            const HELD_FROM_BIRTH: bool = false;
        }
        a_block_is_held_by_a_pin_of_its_last_generation: spared UntilRetired {
            const HELD_UNTIL_RETIRED: bool = false;
        }
        without_the_look_at_evicted_an_evicted_view_is_taken: evicted EvictionUnchecked {
            const EVICTED_CHECK: bool = false;
        }
        without_the_fence_behind_evicted_an_evicted_view_is_taken: evicted EvictUnfenced {
            const EVICT_FENCE: bool = false;
        }
        without_the_fence_before_evicted_an_evicted_view_is_taken: evicted EvictedUnfenced {
            const EVICTED_FENCE: bool = false;
        }
        without_a_quarantine_a_new_writer_reuses_a_view: restarted NotQuarantined {
            const QUARANTINE: bool = false;
        }
        with_a_quarantine_that_ends_too_early_a_new_writer_reuses_a_view: restarted UntilBefore {
            const QUARANTINE_UNTIL_LATEST: bool = false;
        }
        with_a_quarantine_that_begins_too_late_a_new_writer_reuses_a_view: restarted FromLatest {
            const QUARANTINE_FROM_0: bool = false;
        }
    }

    /// RECLAIMED, EVICTED, two words of a block, the odd mark, the root, the even mark, `latest`, and
    /// RECLAIMED and EVICTED again.
    const STORES: usize = 10;

    /// One generation, then death after so many stores of the next, then two of a writer that knows only
    /// what the file says.
    fn die_and_go_on<S: ReclaimSteps>(heap: &Heap, stores: usize) {
        let mut writer = BookWriter::<S>::open(heap);
        writer.run(1);
        let nowhere = AtomicU64::new(0);
        let dying = DyingHeap::after(stores, heap, &nowhere);
        let words = || ReclaimWords {
            reclaimed: dying.target(&heap.reclaimed),
            evicted: dying.target(&heap.evicted),
        };
        writer.commit(&dying, words, |word| dying.target(word));
        BookWriter::<S>::open(heap).run(2);
    }

    fn restarted<S: ReclaimSteps + 'static>() {
        view_beside_the_dying::<S>(4, 0, Kind::Exact);
    }

    fn view_beside_the_dying<S: ReclaimSteps + 'static>(blocks: usize, stores: usize, kind: Kind) {
        beside_of(
            blocks,
            move || move |heap: &Heap| die_and_go_on::<S>(heap, stores),
            move |heap| look_at_a_view::<S>(heap, kind),
        );
    }

    #[test]
    fn a_view_outlasts_writers_that_die_at_any_step() {
        for stores in 0..=STORES {
            view_beside_the_dying::<All>(4, stores, Kind::Exact);
        }
    }

    #[test]
    fn a_view_outlasts_writers_that_die_while_they_evict() {
        for stores in 0..=STORES {
            view_beside_the_dying::<AllTries>(2, stores, Kind::Any);
        }
    }

    #[test]
    fn an_optimistic_read_outlasts_writers_that_die_at_any_step() {
        for stores in 0..=STORES {
            beside_of(
                3,
                move || move |heap: &Heap| die_and_go_on::<All>(heap, stores),
                |heap| read_optimistically::<All>(heap, 1),
            );
        }
    }
}
