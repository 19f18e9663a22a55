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
mod crash;
mod pins;
mod unpinned;

use std::sync::Mutex;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::publish::reclaim::{
    PinLocks, Pins, RangeLock, ReclaimSteps, ReclaimWords, announce, evict, pin, read_unpinned,
};

const BLOCKS: usize = 2;

/// Slots, control words, locks and blocks of one file.
struct Heap {
    latest: AtomicU64,
    slots: [(AtomicU64, [AtomicU64; 1]); 2],
    reclaimed: AtomicU64,
    evicted: AtomicU64,
    /// The generation that is locked, and above [`RANGE`] the first of a range; 0 for none.
    locks: AtomicU64,
    blocks: [[AtomicU64; 2]; BLOCKS],
    /// Who is at a block, for what the order of loads and later stores is to be checked.
    visits: [Mutex<UnsafeCell<()>>; BLOCKS],
}

/// Where the first generation of a locked range is in [`Heap::locks`].
const RANGE: u32 = 8;

impl Heap {
    /// Generation 1, whose root is block 0.
    fn new() -> Self {
        let word = AtomicU64::new;
        let visits = || Mutex::new(UnsafeCell::new(()));
        Self {
            latest: word(1),
            slots: [(word(0), [word(9)]), (word(2), [word(0)])],
            reclaimed: word(0),
            evicted: word(0),
            locks: word(0),
            blocks: [[word(1), word(1)], [word(0), word(0)]],
            visits: [visits(), visits()],
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

/// The kernel's answer to a writer.
impl Pins for Heap {
    fn pinned(&self, first: u64, last: u64) -> Option<(u64, u64)> {
        let word = self.locks.load(Ordering::Relaxed);
        let (exact, range) = (word & ((1 << RANGE) - 1), word >> RANGE);
        if (first..=last).contains(&exact) && (range == 0 || exact < range) {
            return Some((exact, exact));
        }
        (range != 0 && range <= last).then(|| (range.max(first), last))
    }
}

/// The kernel's answer to one that does not ask.
struct Blind;

impl Pins for Blind {
    fn pinned(&self, _: u64, _: u64) -> Option<(u64, u64)> {
        None
    }
}

/// The locks of the one reader that has any.
#[derive(Clone)]
struct Locks {
    heap: Arc<Heap>,
    /// Whether it may lock a range.
    has_ranges: bool,
}

impl Locks {
    fn set(&self, change: impl FnOnce(u64, u64) -> (u64, u64)) {
        let word = self.heap.locks.load(Ordering::Relaxed);
        let (exact, range) = change(word & ((1 << RANGE) - 1), word >> RANGE);
        self.heap.locks.store(exact | (range << RANGE), Ordering::Relaxed);
    }
}

impl PinLocks for Locks {
    type Fault = ();
    type Range<'l> = Range<'l>;

    fn lock(&self, generation: u64) -> Result<(), ()> {
        self.set(|_, range| (generation, range));
        Ok(())
    }

    fn unlock(&self, _: u64) {
        self.set(|_, range| (0, range));
    }

    fn lock_from(&self, first: u64) -> Result<Range<'_>, ()> {
        if !self.has_ranges {
            return Err(());
        }
        self.set(|exact, _| (exact, first));
        Ok(Range(self))
    }

    fn in_child(&self) -> bool {
        false
    }
}

struct Range<'l>(&'l Locks);

impl RangeLock for Range<'_> {
    type Fault = ();

    fn lock(&mut self, generation: u64) -> Result<(), ()> {
        self.0.lock(generation)
    }
}

impl Drop for Range<'_> {
    fn drop(&mut self) {
        self.0.set(|exact, _| (exact, 0));
    }
}

/// What the heap owes to the protocol, and does not do.
#[derive(Clone, Copy, PartialEq)]
enum Duty {
    /// It does everything.
    Done,
    /// It overwrites blocks and announces them then.
    AnnounceFirst,
    /// It announces one generation too few.
    AnnounceAll,
    /// It does not ask what is locked.
    Scan,
    /// It takes a block for free which was made for the generation that is pinned.
    FromBirth,
    /// It takes a block for free which was retired right after the generation that is pinned.
    UntilRetired,
    /// A new writer takes free blocks as free at once.
    Quarantine,
    /// A new writer takes them as retired before the latest generation.
    QuarantineUntilLatest,
    /// A new writer takes them as made for the latest generation.
    QuarantineFromZero,
}

/// A block that no later generation reaches.
struct Dead {
    block: usize,
    birth: u64,
    retired: u64,
}

/// A writer of which each generation is one block.
struct HeapWriter<'h> {
    heap: &'h Heap,
    neglects: Duty,
    /// Whether it overrides pins that hold a block.
    evicts: bool,
    /// Whether it says at which blocks it is.
    is_seen: bool,
    free: Vec<usize>,
    limbo: Vec<Dead>,
    /// The block of the latest generation, and that generation.
    current: (usize, u64),
    /// The highest generation that was begun.
    generation: u64,
    /// What it announces too late.
    unannounced: u64,
}

impl<'h> HeapWriter<'h> {
    fn new(heap: &'h Heap, neglects: Duty) -> Self {
        Self {
            heap,
            neglects,
            evicts: false,
            is_seen: false,
            free: vec![1],
            limbo: Vec::new(),
            current: (0, 1),
            generation: 1,
            unannounced: 0,
        }
    }

    /// Publishes so many generations, as long as there are free blocks.
    fn run<S: ReclaimSteps>(&mut self, commits: usize) {
        for _ in 0..commits {
            self.commit::<S>(self.heap, |word| word);
            self.reclaim::<S>(self.heap.words());
        }
    }

    /// Publishes the next generation through `ring`, with what `target` makes of the block's words.
    fn commit<S: ReclaimSteps>(
        &mut self,
        ring: &impl SlotMemory,
        target: impl Fn(&'h AtomicU64) -> &'h AtomicU64,
    ) {
        let Some(block) = self.free.pop() else { return };
        self.generation += 1;
        let generation = self.generation;
        if self.is_seen {
            self.heap.visits[block].lock().unwrap().with_mut(|_| ());
        }
        for word in &self.heap.blocks[block] {
            target(word).store(generation, Ordering::Relaxed);
        }
        publish::<S>(ring, generation, |payload| {
            target_of(&payload[0], ring).store(block as u64, Ordering::Relaxed);
        });
        if self.unannounced != 0 {
            announce::<S, _, _>(self.heap.words(), self.unannounced, &Blind, |_| ());
        }
        let (block, birth) = core::mem::replace(&mut self.current, (block, generation));
        self.limbo.push(Dead { block, birth, retired: generation });
    }

    /// Takes back what no reader can see any more.
    fn reclaim<S: ReclaimSteps>(&mut self, words: ReclaimWords<'_>) {
        let Some(retired) = self.limbo.iter().map(|dead| dead.retired).max() else { return };
        let latest = self.current.1;
        let first = words.evicted.load(Ordering::Relaxed) + 1;
        let scan = |pins: &Heap| pins.pinned(first, latest);
        let pinned = match self.neglects {
            Duty::AnnounceFirst => {
                self.unannounced = retired;
                scan(self.heap)
            }
            Duty::AnnounceAll => announce::<S, _, _>(words, retired - 1, self.heap, scan),
            Duty::Scan => {
                announce::<S, _, _>(words, retired, &Blind, |pins| pins.pinned(first, latest))
            }
            _ => announce::<S, _, _>(words, retired, self.heap, scan),
        };
        for dead in core::mem::take(&mut self.limbo) {
            match pinned.filter(|pinned| self.is_held(&dead, *pinned)) {
                Some((_, last)) if self.evicts && last < latest => {
                    evict::<S>(words, last);
                    self.free.push(dead.block);
                }
                Some(_) => self.limbo.push(dead),
                None => self.free.push(dead.block),
            }
        }
    }

    fn is_held(&self, dead: &Dead, (first, last): (u64, u64)) -> bool {
        let birth = dead.birth + u64::from(self.neglects == Duty::FromBirth);
        let retired = dead.retired - u64::from(self.neglects == Duty::UntilRetired);
        let lowest = first.max(birth);
        lowest <= last && lowest < retired
    }
}

/// The word of the payload as the writer has it, who may be dead.
fn target_of<'m>(word: &'m AtomicU64, ring: &'m impl SlotMemory) -> &'m AtomicU64 {
    ring.sequence(Slot { sequence: word, payload: &[] })
}

/// Runs the writer beside `reader`.
fn beside<W: FnOnce(&Heap) + Send + 'static>(
    writer: impl Fn() -> W + Sync + Send + 'static,
    reader: impl Fn(&Arc<Heap>) + Sync + Send + 'static,
) {
    loom::model(move || {
        let heap = Arc::new(Heap::new());
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
