//! The books as a whole, against a model of what readers can reach.

mod compaction;
mod eviction;
mod hostile;
mod model;
mod readers;
mod record;
mod reuse;

use std::collections::BTreeSet;

use super::growth::MAX_STEP;
use super::pass::{HeapFile, Probe};
use super::recovery::{Control, Recovery};
use super::space::{Heap, Limits};
use crate::format::PAGE;
use crate::format::heap::{BlockHeader, Extent, Kind};

/// Where the heaps of these tests start.
const START: u64 = 3 * PAGE;

/// A file and its readers.
#[derive(Debug)]
struct World {
    /// Locked generations, first and last, in the order of the kernel's list.
    locks: Vec<(u64, u64)>,
    reclaimed: u64,
    evicted: u64,
    len: u64,
    /// The file cannot be longer.
    disk: u64,
    /// How many times pins were asked about, and announced for.
    probes: u64,
    passes: u64,
    /// The pages without room, by their first byte.
    holes: BTreeSet<u64>,
}

impl World {
    fn new() -> Self {
        let (locks, disk) = (Vec::new(), u64::MAX);
        Self {
            locks,
            reclaimed: 0,
            evicted: 0,
            len: START,
            disk,
            probes: 0,
            passes: 0,
            holes: BTreeSet::new(),
        }
    }

    fn pin(&mut self, generation: u64) {
        self.locks.push((generation, generation));
    }

    fn unpin(&mut self, generation: u64) {
        let at = self.locks.iter().position(|lock| *lock == (generation, generation)).unwrap();
        self.locks.remove(at);
    }
}

impl HeapFile for World {
    fn announce<R>(&mut self, reclaimed: u64, scan: impl FnOnce(Probe<'_>) -> R) -> R {
        assert!(self.reclaimed <= reclaimed, "never decreases");
        self.reclaimed = reclaimed;
        self.passes += 1;
        let Self { locks, evicted, probes, .. } = self;
        scan(&mut |first, last| {
            assert!(*evicted < first && first <= last);
            *probes += 1;
            locks.iter().copied().find(|(start, end)| *start <= last && first <= *end)
        })
    }

    fn evict(&mut self, evicted: u64) {
        assert!(self.evicted < evicted, "grows");
        self.evicted = evicted;
    }

    fn grow(&mut self, len: u64) -> bool {
        assert!(len > self.len && len.is_multiple_of(PAGE));
        let grows = len <= self.disk;
        if grows {
            self.len = len;
        }
        grows
    }

    fn fill(&mut self, from: u64, len: u64) -> bool {
        assert!(from + len <= self.len);
        (from..from + len).step_by(PAGE as usize).for_each(|page| {
            self.holes.remove(&page);
        });
        true
    }

    fn punch(&mut self, from: u64, len: u64) -> bool {
        assert!(START <= from && from + len <= self.len);
        let pages = (from..from + len).step_by(PAGE as usize);
        pages.for_each(|page| assert!(self.holes.insert(page), "a hole in a hole"));
        true
    }
}

const LIMITS: Limits = Limits { max_size: 1 << 30, budget: None, max_step: MAX_STEP };

/// An empty heap in an empty file.
fn empty(limits: Limits) -> Heap {
    let recovery = Recovery::new(START, START, limits).unwrap();
    recovery.finish(Control { latest: 0, reclaimed: 0, evicted: 0, len_at_oldest_pin: 0 })
}

fn header(birth: u64, bytes: u64) -> u64 {
    let class = Extent::of(bytes).unwrap().class();
    BlockHeader::new(birth, class, Kind::Bytes).unwrap().word()
}

/// The same numbers for the same seed.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (state ^ state >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (mixed >> 32) % below
    }
}
