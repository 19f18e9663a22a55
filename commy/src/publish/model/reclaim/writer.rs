//! The heap's part: which blocks are free, wait, or are held.

use super::*;

/// What the heap owes to the protocol, and does not do.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Duty {
    /// It does everything.
    Nothing,
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
pub(super) struct Dead {
    pub(super) block: usize,
    pub(super) birth: u64,
    pub(super) retired: u64,
}

/// A writer of which each generation is one block.
pub(super) struct HeapWriter<'h> {
    pub(super) heap: &'h Heap,
    pub(super) neglects: Duty,
    /// Whether it overrides pins that hold a block.
    pub(super) evicts: bool,
    /// Whether it says at which blocks it is.
    pub(super) is_seen: bool,
    pub(super) free: Vec<usize>,
    pub(super) limbo: Vec<Dead>,
    /// The block of the latest generation, and that generation.
    pub(super) current: (usize, u64),
    /// The highest generation that was begun.
    pub(super) generation: u64,
    /// What it announces too late.
    pub(super) unannounced: u64,
}

impl<'h> HeapWriter<'h> {
    pub(super) fn new(heap: &'h Heap, neglects: Duty) -> Self {
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
    pub(super) fn run<S: ReclaimSteps>(&mut self, commits: usize) {
        for _ in 0..commits {
            self.commit::<S>(self.heap, |word| word);
            self.reclaim::<S>(self.heap.words());
        }
    }

    /// Publishes the next generation through `ring`, with what `target` makes of the block's words.
    pub(super) fn commit<S: ReclaimSteps>(
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
    pub(super) fn reclaim<S: ReclaimSteps>(&mut self, words: ReclaimWords<'_>) {
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
