//! Reuse of blocks: the real ring, the real steps of [`reclaim`](super::super::reclaim), the real counts
//! of locks, the real books of a heap ([`books`]), and blocks of two relaxed words.
//!
//! A block holds, in each word, the generation that it was written for. So what a reader takes
//! although it was reused shows as another number. A lock is a relaxed word: the model counts on no
//! order that the kernel might give.
//!
//! What the heap has to do is done twice: by the real books, and by [`HeapWriter`], which has so little
//! state that it can be shown what neglecting each [`Duty`] does, with two blocks.
//!
//! Each step taken away, and the test that must fail without it (names shortened at the front):
//!
//! | step | what is left out | test |
//! |---|---|---|
//! | P2 | the fence behind the loads | `unpinned: without_the_fence_behind_the_loads` |
//! | | the check; the check, but before the loads; one generation too lenient | `unpinned: without_the_check`, `with_the_check_before_the_loads`, `with_a_check_that_allows_one_more` |
//! | P1 | the announcement; one generation of it; until after the stores | `unpinned: without_the_announcement`, `with_one_generation_less_announced`, `with_a_late_announcement`; `pins`, `books: without_the_announcement` |
//! | | its fence; its strength | `unpinned`, `pins`, `books: without_the_fence_behind_the_announcement`; `pins: with_a_weaker_fence_behind_the_announcement` |
//! | R1, W2 | the fence behind `latest`; its release | `unpinned: without_the_fence_behind_latest`, `with_latest_stored_relaxed` |
//! | P3 | the lock; its fence; its strength | `pins`, `books: without_a_lock`, `without_the_fence_behind_the_lock`; `pins: with_a_weaker_fence_behind_the_lock` |
//! | | the check behind the lock; the same, but before it | `pins: without_the_check_behind_the_lock`, `with_a_check_before_the_lock` |
//! | | the fence behind a range; the lock before the range is let go | `pins: without_the_fence_behind_the_range`, `with_the_range_let_go_before_the_lock` |
//! | | the refusal of a generation below the range, where an old slot offers one | `pins: with_an_older_generation_from_a_steady_slot` |
//! | scan | all of it; until after the announcement | `pins`, `books: without_a_scan`; `pins: with_a_scan_before_the_announcement` |
//! | | a pin of a block's first generation, or of its last | `pins`, `books: a_block_is_held_by_a_pin_of_its_first_generation`, `.._last_generation` |
//! | | questions from the announcement of the pass before on, and not of this one | `books: with_questions_from_its_own_announcement_on` |
//! | | what a pass has found, in the next; what no question was left for | `books: with_a_list_that_is_forgotten`, `with_what_is_unknown_taken_for_free` |
//! | U1, U2 | either fence | `pins: without_the_fence_before_the_end_of_a_pin`, `without_the_fence_behind_the_scan` |
//! | E1, E2 | either fence; the look at EVICTED | `pins`, `books: without_the_fence_behind_evicted`, `.._before_evicted`, `without_the_look_at_evicted` |
//! | quarantine | all of it; its last generation; those before the latest | `crash`, `books: without_a_quarantine`, `with_a_quarantine_that_ends_too_early`, `.._begins_too_late` |
//! | append | before its generation; whole; only where no generation reaches | `append` |
//! | settle | the look before code of the user's sees what was loaded | `unpinned: without_the_look_before_code_of_the_user` |
//! | counts | the lock within the count; one range at a time by one descriptor | `counted` |
//!
//! Rightly not found here:
//!
//! - A range that is never let go (`pins: a_range_that_is_kept`) holds garbage and lets no reader see any.
//! - Readers without a pin count on no scan and on no more than a release fence behind the announcement
//!   (`unpinned: an_optimistic_read_does_not_count_on_a_scan`, `.._needs_no_more_than_a_release_fence`):
//!   both order what is announced before what is locked, and they lock nothing.
//! - The ring without its odd mark and check, without W1, or without R2: with two blocks, a slot of
//!   the ring is overwritten only when RECLAIMED says so. The ring's own model has those:
//!   `ring: without_the_odd_mark_a_read_is_torn`, `without_the_check`, `without_the_writer_fence`,
//!   `without_the_second_reader_fence`, and the same of `fields`.

mod append;
mod books;
mod counted;
mod crash;
mod locks;
mod pins;
mod unpinned;
mod writer;

use std::sync::Mutex;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use self::locks::{Blind, Locks};
use self::writer::{Dead, Duty, HeapWriter};
use super::*;
use crate::publish::reclaim::{
    PinLocks, Pins, RangeLock, ReclaimSteps, ReclaimWords, announce, evict, is_settled, pin,
    read_unpinned,
};

const BLOCKS: usize = 2;

/// Slots, control words, locks and blocks of one file.
struct Heap {
    latest: AtomicU64,
    slots: [(AtomicU64, [AtomicU64; 1]); 2],
    reclaimed: AtomicU64,
    evicted: AtomicU64,
    /// The generation that is locked, and above [`locks::RANGE`] the first of a range; 0 for none.
    locks: AtomicU64,
    blocks: Vec<[AtomicU64; 2]>,
    /// Who is at a block, for what the order of loads and later stores is to be checked.
    visits: Vec<Mutex<UnsafeCell<()>>>,
}

impl Heap {
    /// Generation 1, whose root is block 0 of so many.
    fn new(blocks: usize) -> Self {
        let word = AtomicU64::new;
        let block = |index| u64::from(index == 0);
        Self {
            latest: word(1),
            slots: [(word(0), [word(9)]), (word(2), [word(0)])],
            reclaimed: word(0),
            evicted: word(0),
            locks: word(0),
            blocks: (0..blocks).map(|index| [word(block(index)), word(block(index))]).collect(),
            visits: (0..blocks).map(|_| Mutex::new(UnsafeCell::new(()))).collect(),
        }
    }

    fn words(&self) -> ReclaimWords<'_> {
        ReclaimWords { reclaimed: &self.reclaimed, evicted: &self.evicted }
    }

    fn slot(&self, generation: u64) -> Slot<'_> {
        let (sequence, payload) = &self.slots[generation as usize % 2];
        Slot { sequence, payload }
    }

    /// The words of the block that a root names.
    fn load(&self, root: u64) -> (u64, u64) {
        let block = &self.blocks[root as usize];
        (block[0].load(Ordering::Relaxed), block[1].load(Ordering::Relaxed))
    }
}

impl SlotMemory for Heap {
    fn latest(&self) -> &AtomicU64 {
        &self.latest
    }

    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.slot(generation)
    }

    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        None
    }
}

/// Runs the writer beside `reader`.
fn beside<W: FnOnce(&Heap) + Send + 'static>(
    writer: impl Fn() -> W + Sync + Send + 'static,
    reader: impl Fn(&Arc<Heap>) + Sync + Send + 'static,
) {
    beside_of(BLOCKS, writer, reader);
}

/// The same in a heap of so many blocks.
fn beside_of<W: FnOnce(&Heap) + Send + 'static>(
    blocks: usize,
    writer: impl Fn() -> W + Sync + Send + 'static,
    reader: impl Fn(&Arc<Heap>) + Sync + Send + 'static,
) {
    loom::model(move || {
        let heap = Arc::new(Heap::new(blocks));
        let write = writer();
        let other = Arc::clone(&heap);
        let writer = thread::spawn(move || write(&other));
        reader(&heap);
        writer.join().unwrap();
    });
}

/// Steps that pin in one try, or by a range at once, or in two tries and then by a range.
macro_rules! reclaim_steps {
    ($name:ident { $($ring:item)* } { $($reclaim:item)* }) => {
        reclaim_steps!($name 1 { $($ring)* } { $($reclaim)* });
    };
    ($name:ident persistent {}) => {
        reclaim_steps!($name 2 {} {});
    };
    ($name:ident by range { $($reclaim:item)* }) => {
        reclaim_steps!($name 0 {} { $($reclaim)* });
    };
    ($name:ident $pin_tries:literal { $($ring:item)* } { $($reclaim:item)* }) => {
        struct $name;
        impl Steps for $name {
            const TRIES: u32 = 1;
            const LAST_TRIES: u32 = 0;
            $($ring)*
        }
        impl ReclaimSteps for $name {
            const PIN_TRIES: u32 = $pin_tries;
            $($reclaim)*
        }
    };
}
use reclaim_steps;

reclaim_steps!(All {} {});
reclaim_steps!(AllTries persistent {});
reclaim_steps!(NoAnnouncement {} { const ANNOUNCE: bool = false; });
reclaim_steps!(NoAnnounceFence {} { const ANNOUNCE_FENCE: Option<Ordering> = None; });
reclaim_steps!(AnnounceReleased {} { const ANNOUNCE_FENCE: Option<Ordering> = Some(Ordering::Release); });
