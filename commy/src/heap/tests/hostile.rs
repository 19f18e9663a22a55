//! What a damaged or hostile file says of its blocks: an error, and no second owner.

use super::*;
use crate::format::heap::{BadHeader, Class, SizeClass};
use crate::heap::block_states::State;
use crate::heap::corrupt::{Corrupt, Place};

fn small(bytes: u64) -> Class {
    Class::Small(SizeClass::of(bytes).unwrap())
}

/// A heap with a block of 64 bytes and a run of three pages that generation 1 reaches.
fn published() -> (Heap, World, u64, u64) {
    let (mut heap, mut world) = (empty(LIMITS), World::new());
    let block = heap.alloc(Extent::of(64).unwrap(), &mut world).unwrap();
    let run = heap.alloc(Extent::of(3 * PAGE).unwrap(), &mut world).unwrap();
    // So that some pages are free.
    let spare = heap.alloc(Extent::of(5 * PAGE).unwrap(), &mut world).unwrap();
    heap.retire(spare, header(1, 5 * PAGE)).unwrap();
    heap.published(1);
    (heap, world, block, run)
}

#[test]
fn a_free_of_what_is_not_there_is_an_error_that_says_what_is() {
    let (mut heap, world, block, run) = published();
    let end = world.len;
    let outside = |offset| Corrupt::Outside { offset, start: START, end };
    let wrong = |offset, found, expected| Corrupt::WrongClass { offset, found, expected };
    let free = heap.blocks.table().all().iter().find(|all| all.1 == PAGE).unwrap().0;
    for (offset, claimed, error) in [
        (0, 64, outside(0)),
        (START - 64, 64, outside(START - 64)),
        (end, 64, outside(end)),
        (u64::MAX, 64, outside(u64::MAX)),
        (1 << 63, 3 * PAGE, outside(1 << 63)),
        (block + 16, 64, Corrupt::Misplaced { offset: block + 16, class: small(64) }),
        (block + 1, 64, Corrupt::Misplaced { offset: block + 1, class: small(64) }),
        (block, 32, wrong(block, small(32), Place::Block(small(64)))),
        (block, 4096, wrong(block, small(4096), Place::Block(small(64)))),
        (block, 8192, wrong(block, Class::Run, Place::Block(small(64)))),
        (run, 64, wrong(run, small(64), Place::Block(Class::Run))),
        (run + PAGE, 8192, wrong(run + PAGE, Class::Run, Place::WithinRun)),
        (run + 2 * PAGE, 64, wrong(run + 2 * PAGE, small(64), Place::WithinRun)),
        (run + 16, 8192, Corrupt::Misplaced { offset: run + 16, class: Class::Run }),
        (free, 4096, wrong(free, small(4096), Place::FreePage)),
        (
            block + 64,
            64,
            Corrupt::WrongState { offset: block + 64, found: State::Free, expected: State::Live },
        ),
    ] {
        let before = heap.blocks.table().all();
        assert_eq!(heap.retire(offset, header(1, claimed)), Err(error), "{error}");
        assert_eq!(heap.blocks.table().all(), before, "nothing changed");
        assert!(heap.dead().is_empty());
    }
    // Across the boundary of two pages: in the last 4096 bytes no block of 1360 starts at 4080.
    let across = START + 4080;
    let misplaced = Corrupt::Misplaced { offset: across, class: small(1360) };
    assert_eq!(heap.retire(across, header(1, 1360)), Err(misplaced));
}

#[test]
fn a_block_is_retired_once() {
    let (mut heap, mut world, block, run) = published();
    for (offset, bytes) in [(block, 64), (run, 3 * PAGE)] {
        heap.retire(offset, header(1, bytes)).unwrap();
        let again = Corrupt::WrongState { offset, found: State::Waiting, expected: State::Live };
        assert_eq!(heap.retire(offset, header(1, bytes)), Err(again), "in the same transaction");
        assert_eq!(heap.size(offset), Err(again));
    }
    heap.published(2);
    assert!(heap.retire(block, header(1, 64)).is_err(), "in the limbo");
    world.pin(1);
    heap.reclaim(0, &mut world);
    assert!(heap.retire(block, header(1, 64)).is_err(), "held by a pin");
    world.unpin(1);
    heap.reclaim(0, &mut world);
    assert!(heap.retire(block, header(1, 64)).is_err(), "free");
    let owner = heap.alloc(Extent::of(64).unwrap(), &mut world).unwrap();
    assert_eq!(owner, block, "this one");
    assert_eq!(heap.blocks.check(), 0);
}

#[test]
fn what_is_set_aside_for_the_next_is_not_freed_again() {
    let (mut heap, mut world) = (empty(LIMITS), World::new());
    let blocks = [0; 100].map(|_| heap.alloc(Extent::of(1024).unwrap(), &mut world).unwrap());
    heap.published(1);
    for block in &blocks[..10] {
        heap.retire(*block, header(1, 1024)).unwrap();
    }
    heap.published(2);
    heap.reclaim(0, &mut world);
    assert_eq!(heap.blocks.check(), 10 * 1024, "all of them");
    for block in &blocks[..10] {
        assert!(heap.retire(*block, header(1, 1024)).is_err());
        assert!(heap.is_fresh(*block).is_err());
    }
}

#[test]
fn a_header_that_is_none_or_of_a_generation_to_come_is_an_error() {
    let (mut heap, _, block, _) = published();
    let offset = block;
    let bad = BadHeader::Kind { found: 0 };
    assert_eq!(heap.retire(block, 0), Err(Corrupt::Header { offset, bad }));
    let future = Corrupt::Birth { offset, found: 2, latest: 1 };
    assert_eq!(heap.retire(block, header(2, 64)), Err(future));
    heap.retire(block, header(1, 64)).unwrap();
}

#[test]
fn a_fresh_block_is_known_by_the_books_and_not_by_its_header() {
    let (mut heap, mut world, block, _) = published();
    let fresh = heap.alloc(Extent::of(64).unwrap(), &mut world).unwrap();
    assert_eq!((heap.is_fresh(block), heap.is_fresh(fresh)), (Ok(false), Ok(true)));
    // Whatever generation it claims, nobody else has seen it.
    heap.retire(fresh, header(1, 64)).unwrap();
    assert!(heap.dead().is_empty());
    assert_eq!(heap.alloc(Extent::of(64).unwrap(), &mut world), Ok(fresh));
}

#[test]
fn the_books_alone_know_sizes() {
    let (heap, _, block, run) = published();
    assert_eq!((heap.size(block), heap.size(run)), (Ok(64), Ok(3 * PAGE)));
    for nowhere in [0, block + 8, block + 64, run + PAGE, run + 8, run - 1, u64::MAX] {
        assert!(heap.size(nowhere).is_err(), "{nowhere}");
    }
}

#[test]
fn a_trace_that_reaches_a_byte_twice_is_an_error() {
    let recovery = || Recovery::new(START, START + 10 * PAGE, LIMITS).unwrap();
    let extent = |bytes| Extent::of(bytes).unwrap();
    let mut traced = recovery();
    traced.mark(START + 64, extent(64)).unwrap();
    traced.mark(START + 2 * PAGE, extent(3 * PAGE)).unwrap();
    traced.mark(START + 9 * PAGE, extent(4096)).unwrap();
    for (offset, bytes) in [
        (START + 64, 64),
        (START + 64, 32),
        (START, PAGE),
        (START, 2 * PAGE),
        (START + PAGE, 2 * PAGE),
        (START + PAGE, 20 * PAGE),
        (START + PAGE, u64::from(u32::MAX) * PAGE),
        (START + PAGE + 16, 2 * PAGE),
        (START + PAGE + 16, 32),
        (START + 2 * PAGE, 3 * PAGE),
        (START + 3 * PAGE, 64),
        (START + 4 * PAGE, 2 * PAGE),
        (START + 9 * PAGE, 2 * PAGE),
        (START + 10 * PAGE, 64),
        (0, 64),
        (u64::MAX - 15, 64),
        (u64::MAX << 12, 2 * PAGE),
    ] {
        assert!(traced.mark(offset, extent(bytes)).is_err(), "{bytes} bytes at {offset}");
    }
    assert!(traced.mark(START + PAGE, Extent::Run(0)).is_err());
    let control = Control { latest: 5, reclaimed: 3, evicted: 0, len_at_oldest_pin: 0 };
    let heap = traced.finish(control);
    heap.blocks.check();
    assert_eq!(heap.live(), 64 + 3 * PAGE + PAGE, "what failed has marked nothing");
}

#[test]
fn errors_name_what_was_found_and_what_is_there() {
    let (mut heap, _, block, run) = published();
    let said = |error: Result<(), Corrupt>| error.unwrap_err().to_string();
    assert_eq!(
        said(heap.retire(run, header(1, 64))),
        format!("a block of 64 bytes at {run}: expected a run of pages")
    );
    assert_eq!(
        said(heap.retire(block + 64, header(1, 64))),
        format!("the block at {} is free: expected in use", block + 64)
    );
    assert_eq!(
        said(heap.retire(block, header(9, 64))),
        format!("the block at {block} is of generation 9: the latest is 1")
    );
    assert_eq!(
        said(heap.retire(0, header(1, 64))),
        format!("a block at 0: the heap is from 12288 to {}", heap.file_len())
    );
}

#[test]
fn no_offset_and_no_word_panics() {
    let mut random = random(3);
    let (mut heap, mut world, ..) = published();
    for _ in 0..20_000 {
        let offset = match random(3) {
            0 => random(u64::MAX),
            1 => random(world.len + PAGE),
            _ => random(world.len / 16 + 1) * 16,
        };
        let word = random(4) << 12 | random(64) << 6 | random(10);
        let _ = heap.retire(offset, word);
        let _ = (heap.size(offset), heap.is_fresh(offset));
        if random(4) == 0 {
            let bytes = 1 + random(3 * PAGE);
            let offset = heap.alloc(Extent::of(bytes).unwrap(), &mut world).unwrap();
            assert_eq!(heap.is_fresh(offset), Ok(true));
        }
        match random(50) {
            0 => heap.rollback(),
            1 => heap.published(heap.latest + 1),
            2 => heap.reclaim(0, &mut world),
            _ => {}
        }
    }
    heap.blocks.check();
}
