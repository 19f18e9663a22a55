//! Maps, sets, deques and enums, nested in each other, in a heap that somebody has tampered with: word
//! by word, under readers, under a writer that goes on, and when a writer opens it.
//!
//! As with lists: no call panics, each ends, none takes more memory than the file has room for values,
//! the file does not grow for it, and what is damaged can be overwritten.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/every.rs"]
mod every;
#[path = "support/refusals.rs"]
mod refusals;
#[path = "support/stage.rs"]
mod stage;
mod support;

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use std::panic::catch_unwind;

use commy::growable::OnCorrupt;
use commy::{CreateError, OpenError};

use every::{CONTENT, EveryReader, EveryWriter, change_all, overwrite_all, read_all, sample};
use stage::{GROWTH, MEMORY, Stage, check, is_whole};
use support::Random;

fn stage() -> Stage {
    Stage::new(|path| EveryWriter::create_at(path).unwrap().publish(&sample()).unwrap())
}

/// One of so many damages; with `COMMY_ALL_DAMAGES=1`, all of them.
fn damages(stage: &Stage, one_of: usize) -> Vec<(usize, u64)> {
    assert!(stage.blocks().len() >= 60, "{:?}", stage.blocks());
    let targets = stage.kinds();
    let all = stage.damages(|word| word >> 48 == CONTENT >> 48, &targets);
    let one_of = if is_whole() { 1 } else { one_of };
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    all.into_iter().filter(|_| random.below(one_of as u64) == 0).collect()
}

#[test]
fn readers_of_damaged_maps_get_errors_or_values() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let r = EveryReader::open_at(&stage.path).unwrap();
    let most = stage.whole.len();
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    let mut refused = 0;
    for damage in damages(&stage, 60) {
        let (at, value) = damage;
        stage.store(at, value);
        refused += check(damage, "a read", stage.memory(), || read_all(&r, most)).min(1);
        stage.store(at, stage.word(at));
    }
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    assert!(refused > 100, "only {refused} were noticed");
}

#[test]
fn a_writer_goes_on_over_damaged_maps_and_overwrites_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (heap, blocks) = (stage.heap(), stage.blocks());
    let mut refused = 0;
    for damage in damages(&stage, 150) {
        let (at, value) = damage;
        // What is free is overwritten before it is read, and the root is the writer's own.
        if !heap.contains(&at) || stage.word(at) == 0 {
            continue;
        }
        stage.restore();
        let mut w = EveryWriter::create_at(&stage.path).unwrap();
        stage.store(at, value);
        refused += check(damage, "a change", stage.memory(), || change_all(&mut w)).min(2) / 2;
        let over = || overwrite_all(&mut w, &sample());
        let repaired = check(damage, "to overwrite", stage.memory(), over);
        assert_eq!(repaired, Ok(()), "word {at} = {value:#x}");
        let grown = w.file().stats().file_len - stage.whole.len() as u64;
        assert!(grown < GROWTH, "word {at} = {value:#x}: {grown} bytes longer");
        if blocks.contains(&(value & !15)) {
            // Two lead to one block now. The first that lets go of it frees it for a third, which
            // shares it with the other one then: nothing tells until a writer opens the file.
            continue;
        }
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
        let r = EveryReader::open_at(&stage.path).unwrap();
        r.pin().unwrap().verify().unwrap();
        drop(w);
        // The next one finds nothing wrong.
        let w = EveryWriter::create_at(&stage.path).unwrap();
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    }
    assert!(refused > 10, "only {refused} were noticed");
}

#[test]
fn a_writer_that_opens_damaged_maps_refuses_them_or_gives_them_up() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let open =
        |on_corrupt| EveryWriter::options().path(&stage.path).on_corrupt(on_corrupt).create();
    let mut refused = 0;
    for damage in damages(&stage, 150) {
        let (at, value) = damage;
        stage.restore();
        stage.store(at, value);
        let opened = check(damage, "an open", stage.memory(), || open(OnCorrupt::Refuse).map(drop));
        match opened {
            Ok(()) => {}
            Err(CreateError::Unusable(OpenError::Corrupt { .. }) | CreateError::Invalid { .. }) => {
                refused += 1
            }
            Err(error) => panic!("word {at} = {value:#x}: {error}"),
        }
        stage.restore();
        stage.store(at, value);
        let mut w =
            check(damage, "to salvage", stage.memory(), || open(OnCorrupt::Salvage)).unwrap();
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "word {at} = {value:#x}");
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    }
    assert!(refused > 10, "only {refused} were refused");
}

#[test]
fn a_writer_of_maps_survives_words_that_change_between_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let heap = stage.heap();
    let blocks = stage.blocks();
    for seed in 1..=if is_whole() { 12 } else { 4 } {
        let mut random = Random(seed << 32 | 0x9e37_79b9);
        stage.restore();
        let mut w = EveryWriter::create_at(&stage.path).unwrap();
        let r = EveryReader::open_at(&stage.path).unwrap();
        for _ in 0..6 {
            for _ in 0..1 + random.below(6) {
                let at = heap.start + random.below((heap.end - heap.start) as u64 / 8) as usize * 8;
                let block = blocks[random.below(blocks.len() as u64) as usize];
                let value = [block, block | 1, random.next(), u64::MAX, 0, random.below(200)];
                stage.store(at, value[random.below(6) as usize]);
            }
            let memory = stage.whole.len() * 8 + 2 * MEMORY;
            check((0, seed), "a change", memory, || change_all(&mut w));
            check((0, seed), "a read", memory, || read_all(&r, stage.whole.len() * 8));
        }
        assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "seed {seed}");
        let grown = w.file().stats().file_len - stage.whole.len() as u64;
        assert!(grown < 4 * GROWTH, "seed {seed}: {grown} bytes longer");
    }
}

#[test]
fn a_writer_of_maps_survives_words_that_change_within_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (heap, blocks) = (stage.heap(), stage.blocks());
    for seed in 1..=if is_whole() { 4 } else { 2 } {
        stage.restore();
        let mut w = EveryWriter::create_at(&stage.path).unwrap();
        let r = EveryReader::open_at(&stage.path).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let scribble = || {
                let mut random = Random(seed << 32 | 0x9e37_79b9);
                while !is_over.load(Ordering::Relaxed) {
                    let words = (heap.end - heap.start) as u64 / 8;
                    let at = heap.start + random.below(words) as usize * 8;
                    let block = blocks[random.below(blocks.len() as u64) as usize];
                    let values = [block, block | 1, random.below(200), random.next()];
                    stage.store(at, values[random.below(4) as usize]);
                }
            };
            scope.spawn(scribble);
            let result = catch_unwind(AssertUnwindSafe(|| {
                for _ in 0..10 {
                    change_all(&mut w);
                    read_all(&r, stage.whole.len() * 16);
                }
            }));
            is_over.store(true, Ordering::Relaxed);
            assert!(result.is_ok(), "seed {seed}: a change or a read panicked");
        });
        assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "seed {seed}");
        let grown = w.file().stats().file_len - stage.whole.len() as u64;
        assert!(grown < 16 * GROWTH, "seed {seed}: {grown} bytes longer");
    }
}
