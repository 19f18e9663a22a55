//! When blocks are reused, and how the file grows.

use super::record::{KIB, MIB, Record, extent};
use super::*;
use crate::heap::block_states::State;
use crate::heap::space::NoSpace;

#[test]
fn a_rollback_frees_what_was_allocated_and_not_what_was_retired() {
    let mut record = Record::new(50, 1024, LIMITS);
    let Record { heap, world, blocks, .. } = &mut record;
    let before = heap.blocks.table().all();
    let free = |heap: &Heap| {
        let all = heap.blocks.table().all();
        all.iter().filter(|block| block.2 == State::Free).map(|b| b.1).sum()
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
    for size in [64 * MIB, MIB, 100 * KIB, 60 * KIB] {
        let mut record = Record::new(1, size, LIMITS);
        for _ in 0..40 {
            record.replace([0]).unwrap();
        }
        let room = extent(size).bytes();
        let most = 2 * room + 32 * KIB;
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
