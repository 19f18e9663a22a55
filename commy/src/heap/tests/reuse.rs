//! When blocks are reused, how the file grows, and whom that costs.

use super::*;
use crate::heap::space::NoSpace;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

fn extent(bytes: u64) -> Extent {
    Extent::of(bytes).unwrap()
}

/// A record of blocks of one size, each of which knows its birth.
struct Record {
    heap: Heap,
    world: World,
    blocks: Vec<(u64, u64)>,
    bytes: u64,
}

impl Record {
    fn new(count: usize, bytes: u64, limits: Limits) -> Self {
        let (mut heap, mut world) = (empty(limits), World::new());
        let blocks = (0..count).map(|_| (heap.alloc(extent(bytes), &mut world).unwrap(), 1));
        let blocks = blocks.collect();
        heap.published(1);
        Self { heap, world, blocks, bytes }
    }

    /// One transaction that replaces blocks.
    fn replace(&mut self, which: impl IntoIterator<Item = usize>) -> Result<(), NoSpace> {
        let generation = self.heap.latest + 1;
        for at in which {
            let new = self.heap.alloc(extent(self.bytes), &mut self.world)?;
            let (old, birth) = core::mem::replace(&mut self.blocks[at], (new, generation));
            self.heap.retire(old, header(birth, self.bytes)).unwrap();
        }
        self.heap.published(generation);
        self.heap.reclaim_if_due(&mut self.world);
        Ok(())
    }

    /// Another writer opens the file.
    fn reopen(&mut self, limits: Limits, len_at_oldest_pin: u64) {
        let mut recovery = Recovery::new(START, self.world.len, limits).unwrap();
        for (offset, _) in &self.blocks {
            recovery.mark(*offset, extent(self.bytes)).unwrap();
        }
        let World { reclaimed, evicted, .. } = self.world;
        let latest = self.heap.latest;
        self.heap = recovery.finish(Control { latest, reclaimed, evicted, len_at_oldest_pin });
    }

    fn heap_len(&self) -> u64 {
        self.world.len - START
    }
}

#[test]
fn a_rollback_frees_what_was_allocated_and_not_what_was_retired() {
    let mut record = Record::new(50, 1024, LIMITS);
    let Record { heap, world, blocks, .. } = &mut record;
    let before = heap.blocks.table().all();
    let free = |heap: &Heap| {
        let all = heap.blocks.table().all();
        all.iter()
            .filter(|block| block.2 == crate::heap::page_table::State::Free)
            .map(|b| b.1)
            .sum()
    };
    let free_before: u64 = free(heap);
    for (block, birth) in &blocks[..20] {
        heap.alloc(extent(1024), world).unwrap();
        heap.retire(*block, header(*birth, 1024)).unwrap();
    }
    // One that is given back and handed out again, in a page of another class.
    let page = heap.alloc(extent(2 * PAGE), world).unwrap();
    heap.retire(page, header(2, 2 * PAGE)).unwrap();
    assert_eq!(heap.alloc(extent(32), world), Ok(page));
    heap.rollback();
    assert_eq!((free(heap), heap.live()), (free_before, 50 * 1024));
    assert!(blocks.iter().all(|(block, _)| heap.size(*block) == Ok(1024)));
    assert!(before.iter().all(|(offset, ..)| heap.is_fresh(*offset) != Ok(true)));
    assert!(heap.dead().is_empty() && heap.limbo.bytes() == 0);
    heap.published(2);
    assert!(blocks.iter().all(|(block, birth)| heap.retire(*block, header(*birth, 1024)).is_ok()));
}

#[test]
fn a_file_starts_small_and_grows_by_what_is_live() {
    let (mut heap, mut world) = (empty(LIMITS), World::new());
    heap.alloc(extent(32), &mut world).unwrap();
    assert_eq!(world.len - START, 16 * KIB);
    for _ in 0..4 * MIB / 4096 {
        let before = (world.len, heap.live());
        heap.alloc(extent(4096), &mut world).unwrap();
        let step = world.len - before.0;
        assert!(step == 0 || step == (before.1 / 8).next_multiple_of(PAGE).max(64 * KIB));
    }
}

#[test]
fn what_was_freed_last_is_handed_out_first_and_low_pages_before_high_ones() {
    let mut record = Record::new(400, 1024, LIMITS);
    record.replace(0..60).unwrap();
    record.heap.reclaim(0, &mut record.world);
    let Record { heap, world, .. } = &mut record;
    let hot = heap.blocks.check() / 1024;
    assert_eq!(hot, 60);
    let handed_out: Vec<_> = (0..hot).map(|_| heap.alloc(extent(1024), world).unwrap()).collect();
    assert!(handed_out.windows(2).all(|pair| pair[0] > pair[1]), "the last one first");
    heap.rollback();
    // Most of the record goes: what is freed now is not kept warm.
    let mut record = Record::new(400, 1024, LIMITS);
    let Record { heap, world, blocks, .. } = &mut record;
    for (block, birth) in blocks.iter().skip(1).filter(|(block, _)| block % (16 * KIB) >= KIB) {
        heap.retire(*block, header(*birth, 1024)).unwrap();
    }
    heap.published(2);
    heap.reclaim(0, world);
    let kept = heap.blocks.check();
    let half = (world.len - START) / 2;
    assert!(kept > 0 && kept <= half + KIB, "until half was free: {kept}");
    heap.blocks.cool();
    let lowest: Vec<_> = (0..60).map(|_| heap.alloc(extent(1024), world).unwrap()).collect();
    assert!(lowest.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn at_most_two_mebibytes_of_a_class_are_set_aside() {
    let mut record = Record::new(10_000, 1024, LIMITS);
    record.replace(0..4000).unwrap();
    record.heap.reclaim(0, &mut record.world);
    assert_eq!(record.heap.blocks.check(), 2 * MIB);
}

#[test]
fn a_large_value_that_is_replaced_again_and_again_takes_twice_its_size() {
    for size in [64 * MIB, MIB, 100 * KIB] {
        let mut record = Record::new(1, size, LIMITS);
        for _ in 0..40 {
            record.replace([0]).unwrap();
        }
        let room = extent(size).bytes();
        let most = 2 * room + 64 * KIB;
        assert!(record.heap_len() <= most, "{} for {size}", record.heap_len());
        assert!(record.world.reclaimed > 30);
    }
}

#[test]
fn a_pass_is_worth_its_questions() {
    let mut record = Record::new(1000, 1024, LIMITS);
    let mut random = random(1);
    for _ in 0..10_000 {
        record.replace([random(1000) as usize]).unwrap();
    }
    // 32 KiB of garbage for each, and two for each time that the file grew.
    assert!(record.world.passes <= 10_000 / 32 + 10, "{} passes", record.world.passes);
    assert!(record.heap_len() <= 1000 * KIB * 5 / 4 + 64 * KIB, "{}", record.heap_len());
}

#[test]
fn one_reader_for_ever_keeps_what_its_generation_reaches_and_no_more() {
    let mut record = Record::new(1000, 1024, LIMITS);
    let mut random = random(2);
    record.world.pin(1);
    for _ in 0..20_000 {
        record.replace([random(1000) as usize]).unwrap();
    }
    assert!(record.heap_len() <= 1000 * KIB * 9 / 4, "{} of garbage", record.heap_len());
    assert!(record.heap.held.bytes_of(1) <= 1000 * KIB);
    assert_eq!(record.world.evicted, 0);
    record.world.unpin(1);
    record.heap.reclaim(0, &mut record.world);
    assert_eq!(record.heap.blocks.waiting(), 0);
}

#[test]
fn a_disk_that_is_full_is_asked_for_no_more_than_is_needed() {
    let mut record = Record::new(1000, 1024, LIMITS);
    record.world.disk = record.world.len + 3 * PAGE;
    let (mut count, mut heap) = (0, record.heap);
    let full = loop {
        match heap.alloc(extent(4096), &mut record.world) {
            Ok(_) => count += 1,
            Err(full) => break full,
        }
    };
    assert!(count >= 3 && record.world.len == record.world.disk);
    assert_eq!(full, NoSpace { needed: 4096, heap: record.world.len - START });
    heap.rollback();
    assert!(heap.alloc(extent(4096), &mut record.world).is_ok(), "there is room again");
    record.world.disk = u64::MAX;
    assert!(heap.alloc(extent(MIB), &mut record.world).is_ok());
}

#[test]
fn readers_are_evicted_only_over_the_budget_and_when_the_file_must_grow() {
    let limits = Limits { max_size: 1 << 30, budget: Some(200 * KIB) };
    let mut record = Record::new(400, 1024, limits);
    record.world.pin(1);
    let mut evicted_at = None;
    for at in 0..3000 {
        let (len, held) = (record.world.len, record.heap.held_bytes());
        record.replace([at % 400]).unwrap();
        if record.world.evicted > 0 {
            evicted_at = Some((at, held, len == record.world.len));
            break;
        }
    }
    let (_, held, is_as_long) = evicted_at.unwrap();
    assert!(held > 168 * KIB && is_as_long, "{held}");
    assert_eq!(record.world.evicted, 1, "the end of its pin");
    assert_eq!(record.heap.held_bytes(), 0);
    // A reader of the latest holds nothing that was retired, even if its lock is longer.
    let latest = record.heap.latest;
    record.world.locks = vec![(latest, u64::MAX)];
    for at in 0..3000 {
        record.replace([at % 400]).unwrap();
    }
    assert!(record.world.evicted < record.heap.latest);
}

#[test]
fn the_oldest_readers_are_evicted_until_half_of_the_budget_is_held() {
    let limits = Limits { max_size: 1 << 30, budget: Some(300 * KIB) };
    let mut record = Record::new(400, 1024, limits);
    let mut at = 0;
    while record.world.evicted == 0 {
        // Each of these holds 50 KiB that no other does.
        record.world.pin(record.heap.latest);
        for _ in 0..50 {
            record.replace([at % 400]).unwrap();
            at += 1;
            if record.world.evicted > 0 {
                break;
            }
        }
    }
    let held = record.heap.held_bytes();
    assert!(50 * KIB < held && held <= 150 * KIB, "{held}");
    let pins = record.world.locks.iter().filter(|pin| pin.0 > record.world.evicted).count();
    assert!(pins >= 2, "younger ones stay");
}

#[test]
fn a_restart_does_not_evict_those_who_read() {
    let limits = Limits { max_size: 1 << 30, budget: Some(MIB) };
    // 8 MiB, of which 100 KiB are left.
    let mut record = Record::new(8192, 1024, limits);
    for (block, _) in record.blocks.drain(100..) {
        record.heap.retire(block, header(1, 1024)).unwrap();
    }
    record.heap.published(2);
    record.world.pin(2);
    record.replace([0]).unwrap();
    record.reopen(limits, record.world.len);
    let free = record.heap.quarantine.as_ref().unwrap().bytes();
    assert!(free > 7 * MIB);
    let len = record.world.len;
    for at in 0..300 {
        record.replace([at % 100]).unwrap();
    }
    assert!(record.heap.quarantine.is_some() && record.world.len > len, "all of it is held");
    assert_eq!((record.world.evicted, record.heap.held_bytes() < MIB), (0, true));
    // Writers die again and again while that pin is there.
    let mut deaths = 0;
    while record.world.evicted == 0 {
        record.reopen(limits, len);
        (0..100).for_each(|at| record.replace([at]).unwrap());
        deaths += 1;
        assert!(record.world.len <= len + 2 * MIB, "{deaths} deaths");
    }
    assert!(deaths > 3 && record.heap.quarantine.is_none());
}

#[test]
fn what_a_new_writer_finds_free_waits_for_every_older_pin() {
    let mut record = Record::new(100, 1024, LIMITS);
    record.replace(0..50).unwrap();
    record.world.pin(1);
    record.reopen(LIMITS, 0);
    assert_eq!(record.heap.quarantine.as_ref().unwrap().retired(), 2, "the latest, not the next");
    record.heap.reclaim(0, &mut record.world);
    assert_eq!(record.world.reclaimed, 2);
    assert!(record.heap.quarantine.is_some());
    record.world.unpin(1);
    record.world.pin(2);
    record.heap.reclaim(0, &mut record.world);
    assert!(record.heap.quarantine.is_none(), "a pin of the latest holds nothing of it");
    record.heap.blocks.check();
    assert_eq!((record.heap.blocks.waiting(), record.heap.live()), (0, 100 * KIB));
}

#[test]
fn what_was_never_published_is_free_for_the_next_writer() {
    let (mut heap, mut world) = (empty(LIMITS), World::new());
    heap.alloc(extent(1024), &mut world).unwrap();
    let recovery = Recovery::new(START, world.len, LIMITS).unwrap();
    let control = Control { latest: 0, reclaimed: 0, evicted: 0, len_at_oldest_pin: 0 };
    let mut heap = recovery.finish(control);
    let len = world.len;
    assert!(heap.alloc(extent(len - START), &mut world).is_ok());
    assert_eq!((world.len, world.passes), (len, 0));
}

#[test]
fn the_durable_generation_is_not_evicted() {
    let limits = Limits { max_size: START + 600 * KIB, budget: Some(0) };
    let mut record = Record::new(400, 1024, limits);
    record.heap.hold(1);
    record.world.pin(1);
    let full = (0..1000).find_map(|at| record.replace([at % 400]).err());
    assert!(full.is_some(), "it is not given up for anything");
    assert!(record.heap.held.writer_bytes() > 100 * KIB);
    record.heap.rollback();
    assert!(record.heap.let_go(1));
    record.heap.reclaim(0, &mut record.world);
    assert!(record.heap.alloc(extent(1024), &mut record.world).is_ok());
}

#[test]
fn the_budget_is_twice_what_is_live_and_at_least_16_mib() {
    assert_eq!(
        [0, 8 * MIB, 9 * MIB].map(|live| LIMITS.budget(live)),
        [16, 16, 18].map(|m| m * MIB)
    );
    assert_eq!(LIMITS.budget(u64::MAX), u64::MAX);
    assert_eq!(Limits { budget: Some(5), ..LIMITS }.budget(MIB), 5);
}
