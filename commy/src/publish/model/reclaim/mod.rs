//! Reuse of blocks: the real ring, the real steps of [`reclaim`](super::super::reclaim), and a heap
//! of two blocks whose words are relaxed.
//!
//! A block holds, in each word, the generation that it was written for. So what a reader takes
//! although it was reused shows as another number. A lock is a relaxed word: the model counts on no
//! order that the kernel might give.
//!
//! What the heap has to do, which is no code of `reclaim`, is done by [`HeapWriter`]; [`Duty`] says
//! which one it neglects.
//!
//! Rightly not found here:
//!
//! - A range that is never let go ([`RangeKept`]) holds garbage and lets no reader see any.
//! - The ring without its odd mark and check, without W1, or without R2: with two blocks, a slot of
//!   the ring is overwritten only when RECLAIMED says so. `model/ring.rs` has those.

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
