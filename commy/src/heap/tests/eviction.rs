//! Whom it costs that there is no room, and what a new writer may use.

use super::record::{KIB, MIB, Record, extent};
use super::*;

#[test]
fn readers_are_evicted_only_over_the_budget_and_when_the_file_must_grow() {
    let limits = Limits { max_size: 1 << 30, budget: Some(200 * KIB), max_step: MAX_STEP };
    let mut record = Record::new(400, 1024, limits);
    record.world.pin(1);
    let mut evicted_at = None;
    for at in 0..3000 {
        let garbage = record.heap.held_bytes() + record.heap.limbo.bytes();
        let len = record.world.len;
        record.replace([at % 400]).unwrap();
        if record.world.evicted > 0 {
            evicted_at = Some((at, garbage, len == record.world.len));
            break;
        }
    }
    let (_, garbage, is_as_long) = evicted_at.unwrap();
    assert!(garbage > 168 * KIB && is_as_long, "{garbage}");
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
    let limits = Limits { max_size: 1 << 30, budget: Some(300 * KIB), max_step: MAX_STEP };
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
    let limits = Limits { max_size: 1 << 30, budget: Some(MIB), max_step: MAX_STEP };
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
    let limits = Limits { max_size: START + 600 * KIB, budget: Some(0), max_step: MAX_STEP };
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

#[test]
fn readers_of_the_latest_generation_are_never_evicted() {
    let limits = Limits { max_size: START + 600 * KIB, budget: Some(0), max_step: MAX_STEP };
    let mut record = Record::new(100, 1024, limits);
    (0..4).for_each(|at| record.replace([at]).unwrap());
    // After a power cut RECLAIMED may be newer than the generation that was restored.
    record.world.reclaimed = 100;
    record.world.locks = vec![(1, u64::MAX)];
    record.reopen(limits, 0);
    while record.heap.alloc(extent(4096), &mut record.world).is_ok() {}
    assert_eq!((record.heap.latest, record.world.evicted), (5, 4));
    assert!(record.heap.quarantine.is_none(), "what they held is used");
}

#[test]
fn nobody_is_evicted_for_a_pin_that_is_gone() {
    let mut record = Record::new(400, 1024, LIMITS);
    record.world.pin(1);
    (0..300).for_each(|at| record.replace([at]).unwrap());
    let Record { heap, world, .. } = &mut record;
    heap.reclaim(0, world);
    assert_eq!(heap.held_bytes(), 300 * KIB);
    heap.limits.budget = Some(200 * KIB);
    // Nothing is free and nothing in the limbo, and the kernel was asked. Then the pin goes.
    while heap.blocks.alloc(extent(1024)).is_some() {}
    heap.has_asked = true;
    world.unpin(1);
    let len = world.len;
    heap.alloc(extent(1024), world).unwrap();
    assert_eq!((world.evicted, world.len, heap.held_bytes()), (0, len, 0));
}
