//! A heap that somebody has tampered with: every word of a small one, one by one, under readers,
//! under a writer that goes on, and when a writer opens it.
//!
//! Whatever is there, a call returns an error or a value of its type. It does not panic, it ends, it
//! takes no more memory than the file has room for values, and the file does not grow for it. What is
//! damaged can be overwritten.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "records may have boxes of text")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/stage.rs"]
mod stage;
mod support;

use core::panic::AssertUnwindSafe;
use std::fs;
use std::panic::catch_unwind;

use commy::growable::{OnCorrupt, StringMut};
use commy::{CreateError, OpenError, ReadError, WriteError, create_reader, create_writer};

use stage::{GROWTH, MEMORY, Stage, check};
use support::Random;
use support::format;

#[create_writer(filename = "every.bin", growable)]
#[create_reader(filename = "every.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Every {
    serial: u64,
    short: String,
    text: String,
    #[commy(bytes)]
    small: Vec<u8>,
    #[commy(bytes)]
    run: Vec<u8>,
    owner: Option<String>,
    footer: Option<Box<String>>,
    boxed: Box<u64>,
    deep: Box<Option<Box<String>>>,
    /// Larger than what lies in the root.
    wide: [u64; 100],
}

fn sample() -> Every {
    Every {
        serial: 3,
        short: "inline".into(),
        text: "a text that has a block of its own".into(),
        small: (0..200).collect(),
        run: (0..6000_u32).map(|byte| byte as u8).collect(),
        owner: Some("the owner's name is long enough".into()),
        footer: Some(Box::new("a footer, which is in a box".into())),
        boxed: Box::new(5),
        deep: Box::new(Some(Box::new("behind two boxes and an option".into()))),
        wide: core::array::from_fn(|index| {
            u64::from_le_bytes(core::array::from_fn(|byte| (index * 8 + byte) as u8))
        }),
    }
}

/// The sample in a file.
fn stage() -> Stage {
    Stage::new(|path| EveryWriter::create_at(path).unwrap().publish(&sample()).unwrap())
}

/// Each word of it, with what to replace it by. The bytes of long values are all alike.
fn damages(stage: &Stage) -> Vec<(usize, u64)> {
    let blocks = stage.blocks();
    assert!(blocks.len() >= 9, "{blocks:?}");
    let is_content =
        |word: u64| word.to_ne_bytes().windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    stage.damages(is_content, &blocks)
}

/// Where the cell of the footer is, which is in a box.
fn footer(stage: &Stage) -> usize {
    let len = sample().footer.unwrap().len() as u64;
    let is_cell = |block: &&u64| {
        let at = **block as usize;
        stage.word(at) & 63 == 9 && stage.word(at + 8) & 0xffff_ffff == len
    };
    *stage.blocks().iter().find(is_cell).unwrap() as usize + 8
}

/// Every way to read. Errors are those of a damaged file; the value says how many.
fn read_all(r: &EveryReader) -> u32 {
    let mut errors = 0;
    let mut note = |error: Option<ReadError>| {
        let is_expected = |error: &ReadError| {
            matches!(
                error,
                ReadError::Corrupt { .. }
                    | ReadError::Invalid { .. }
                    | ReadError::TooLarge { .. }
                    | ReadError::Contended { .. }
            )
        };
        assert!(error.as_ref().is_none_or(is_expected), "{error:?}");
        errors += u32::from(error.is_some());
    };
    let mut part = [0; 100];
    note(r.serial().err());
    note(r.short().err());
    note(r.text().err());
    note(r.small().load().err());
    note(r.run().load().err());
    note(r.run().load_into(&mut vec![1; 10]).err());
    for at in [0, 5, 5990, 100_000] {
        note(r.run().read_into(at, &mut part).err());
        note(r.small().get(at).err());
    }
    note(r.owner().err());
    note(r.footer().err());
    note(r.boxed().err());
    note(r.deep().err());
    note(r.wide().err());
    note(r.snapshot().err());
    note(r.snapshot_into(&mut sample()).err());
    match r.pin() {
        Ok(view) => {
            note(view.snapshot().err());
            note(view.verify().err());
            note(view.run().read_into(7, &mut part).err());
            note(view.owner().err());
            match view.footer() {
                Ok(footer) => note(footer.and_then(|footer| footer.get().err())),
                Err(error) => note(Some(error)),
            }
            note(view.deep().and_then(|deep| deep.load()).err());
            note(view.wide().err());
        }
        Err(error) => note(Some(error)),
    }
    errors
}

#[test]
fn readers_of_a_damaged_heap_get_errors_or_values() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let r = EveryReader::open_at(&stage.path).unwrap();
    assert!(read_all(&r) == 0 && r.snapshot().unwrap() == sample());
    let memory = stage.whole.len() * 4 + MEMORY;
    let mut refused = 0;
    for damage in damages(&stage) {
        let (at, value) = damage;
        stage.store(at, value);
        refused += check(damage, "a read", memory, || read_all(&r)).min(1);
        stage.store(at, stage.word(at));
    }
    assert!(read_all(&r) == 0 && r.snapshot().unwrap() == sample());
    assert!(refused > 200, "only {refused} were noticed");
}

/// Shortens a text where a character begins.
fn shorten(text: &mut StringMut<'_>, len: usize) -> Result<(), WriteError> {
    let old = text.load()?;
    let len = (len..old.len()).find(|len| old.is_char_boundary(*len));
    text.truncate(len.unwrap_or(old.len()))
}

/// Changes everything in every way; goes on after errors, which are those of a damaged file.
fn change_all(w: &mut EveryWriter) -> u32 {
    let mut errors = 0;
    let mut note = |error: Option<WriteError>| {
        let is_expected = |error: &WriteError| {
            matches!(
                error,
                WriteError::Corrupt { .. }
                    | WriteError::Aborted
                    | WriteError::Read(ReadError::Invalid { .. } | ReadError::TooLarge { .. })
            )
        };
        assert!(error.as_ref().is_none_or(is_expected), "{error:?}");
        errors += u32::from(error.is_some());
    };
    note(w.text_mut().push_str(" and more").err());
    note(w.text_mut().insert_str(0, "> ").err());
    note(shorten(&mut w.text_mut(), 20).err());
    note(w.small_mut().extend_from_slice(&[1; 50]).err());
    // What could not be put back after an earlier change may be short.
    if w.small_mut().len().is_ok_and(|len| len >= 53) {
        note(w.small_mut().write_at(3, &[1; 50]).err());
    }
    if w.run_mut().len().is_ok_and(|len| len >= 4500) {
        note(w.run_mut().write_at(4000, &[2; 500]).err());
        note(w.run_mut().splice(3..100, &[3; 5]).err());
    }
    note(w.run_mut().extend_from_slice(&[4; 100]).err());
    note(w.run_mut().truncate(5000).err());
    for round in 0..2 {
        match w.footer_mut().as_mut() {
            Ok(Some(mut footer)) => {
                note(footer.push_str(", longer than before").err());
                note(footer.insert_str(0, "> ").err());
                note(shorten(&mut footer, 13 + round).err());
            }
            Ok(None) => {}
            Err(error) => note(Some(error)),
        }
        match w.deep_mut().as_mut() {
            Ok(Some(mut deep)) => {
                note(deep.push_str(", longer than before").err());
                note(deep.insert_str(0, "> ").err());
                note(deep.pop().err());
            }
            Ok(None) => {}
            Err(error) => note(Some(error)),
        }
    }
    note(w.deep_mut().take().err());
    let refused = w.transaction(|tx| {
        tx.set_owner(Some("somebody else, for a while"))?;
        tx.run_mut().extend_from_slice(&[9; 3000])?;
        tx.set_footer(None)?;
        tx.set_wide([1; 100])?;
        Err::<(), _>(WriteError::Aborted)
    });
    note(refused.err());
    let changed = w.transaction(|tx| {
        tx.set_owner(None)?;
        tx.set_boxed(7)?;
        tx.small_mut().clear()?;
        tx.set_serial(tx.serial()?.wrapping_add(1))
    });
    note(changed.err());
    note(w.update(|every| every.text.push('!')).err());
    note(w.publish(&sample()).err());
    errors
}

/// Puts a value into each field, whatever is there.
fn overwrite_all(w: &mut EveryWriter, value: &Every) -> Result<(), WriteError> {
    w.set_serial(value.serial)?;
    w.set_short(&value.short)?;
    w.set_text(&value.text)?;
    w.set_small(&value.small)?;
    w.set_run(&value.run)?;
    w.set_owner(value.owner.as_deref())?;
    w.set_footer(value.footer.as_deref().map(String::as_str))?;
    w.set_boxed(*value.boxed)?;
    w.set_deep(value.deep.as_deref().map(String::as_str))?;
    w.set_wide(value.wide)
}

#[test]
fn a_writer_goes_on_over_a_damaged_heap_and_overwrites_it() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let mut refused = 0;
    let heap = stage.heap();
    for damage in damages(&stage) {
        let (at, value) = damage;
        // What is free is overwritten before it is read, and the root is the writer's own.
        if !heap.contains(&at) || stage.word(at) == 0 {
            continue;
        }
        stage.restore();
        let mut w = EveryWriter::create_at(&stage.path).unwrap();
        stage.store(at, value);
        let memory = stage.whole.len() * 4 + MEMORY;
        refused += check(damage, "a change", memory, || change_all(&mut w)).min(2) / 2;
        let repaired = check(damage, "to overwrite", memory, || overwrite_all(&mut w, &sample()));
        assert_eq!(repaired, Ok(()), "word {at} = {value:#x}");
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
        let r = EveryReader::open_at(&stage.path).unwrap();
        assert!(r.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
        r.pin().unwrap().verify().unwrap();
        let grown = w.file().stats().file_len - stage.whole.len() as u64;
        assert!(grown < GROWTH, "word {at} = {value:#x}: {grown} bytes longer");
        drop(w);
        // The next one finds nothing wrong.
        let w = EveryWriter::create_at(&stage.path).unwrap();
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    }
    assert!(refused > 20, "only {refused} were noticed");
}

#[test]
fn a_writer_survives_words_that_change_between_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let heap = stage.heap();
    for seed in 1..=60 {
        let mut random = Random(seed << 32 | 0x9e37_79b9);
        stage.restore();
        let mut w = EveryWriter::create_at(&stage.path).unwrap();
        let r = EveryReader::open_at(&stage.path).unwrap();
        for _ in 0..20 {
            for _ in 0..1 + random.below(4) {
                let at = heap.start + random.below((heap.end - heap.start) as u64 / 8) as usize * 8;
                let block = (heap.start as u64 / 16 + random.below(4096)) * 16;
                let value = [block, random.next(), u64::MAX, 0][random.below(4) as usize];
                stage.store(at, value);
            }
            let memory = stage.whole.len() * 8 + 2 * MEMORY;
            check((0, seed), "a change", memory, || change_all(&mut w));
            check((0, seed), "a read", memory, || read_all(&r));
        }
        assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "seed {seed}");
        assert!(w.snapshot().unwrap() == sample(), "seed {seed}");
        let grown = w.file().stats().file_len - stage.whole.len() as u64;
        assert!(grown < 4 * GROWTH, "seed {seed}: {grown} bytes longer");
    }
}

#[test]
fn a_writer_survives_words_that_change_within_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let heap = stage.heap();
    let cells = footer(&stage) / format::PAGE * format::PAGE;
    for seed in 1..=8 {
        stage.restore();
        let mut w = EveryWriter::create_at(&stage.path).unwrap();
        let r = EveryReader::open_at(&stage.path).unwrap();
        let is_over = core::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let scribble = || {
                let mut random = Random(seed << 32 | 0x9e37_79b9);
                while !is_over.load(core::sync::atomic::Ordering::Relaxed) {
                    // Where the cells of boxes are, and go to.
                    let at = cells + random.below(40) as usize * 8;
                    let len = [13, 30, 4880, 0xffff_ffff][random.below(4) as usize];
                    // No text has characters of several bytes, or shortening it could cut one.
                    let block = ((heap.start as u64 / 16 + random.below(1024)) * 16) & !0x8080_8080;
                    stage.store(at, [len, block][random.below(2) as usize]);
                }
            };
            scope.spawn(scribble);
            let result = catch_unwind(AssertUnwindSafe(|| {
                for _ in 0..150 {
                    change_all(&mut w);
                    read_all(&r);
                }
            }));
            is_over.store(true, core::sync::atomic::Ordering::Relaxed);
            assert!(result.is_ok(), "seed {seed}: a change or a read panicked");
        });
        assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "seed {seed}");
        assert!(w.snapshot().unwrap() == sample(), "seed {seed}");
        let grown = w.file().stats().file_len - stage.whole.len() as u64;
        assert!(grown < 16 * GROWTH, "seed {seed}: {grown} bytes longer");
    }
}

/// The writer would ask the system for gigabytes, only to find that nothing is there to be copied.
#[test]
fn a_length_that_no_block_has_is_refused_and_grows_no_file() {
    let stage = stage();
    let mut w = EveryWriter::create_at(&stage.path).unwrap();
    let at = footer(&stage);
    let before = w.file().stats().file_len;
    for len in [41, 5000, 1 << 20, 1 << 28, 1 << 31, u32::MAX.into()] {
        stage.store(at, stage.word(at) & !0xffff_ffff | len);
        let refused = w.footer_mut().as_mut().unwrap().unwrap().push_str("more");
        let is_corrupt = matches!(refused, Err(WriteError::Corrupt { .. }));
        assert!(is_corrupt, "{len}: {refused:?}");
        assert_eq!(w.file().stats().file_len, before, "{len}");
    }
    w.set_footer(Some("a new one")).unwrap();
    assert_eq!(w.footer().unwrap().unwrap().get().unwrap(), "a new one");
}

/// How many fields are as they were.
fn kept(found: &Every) -> usize {
    let sample = sample();
    [
        found.serial == sample.serial,
        found.short == sample.short,
        found.text == sample.text,
        found.small == sample.small,
        found.run == sample.run,
        found.owner == sample.owner,
        found.footer == sample.footer,
        found.boxed == sample.boxed,
        found.deep == sample.deep,
        found.wide == sample.wide,
    ]
    .into_iter()
    .filter(|is_kept| *is_kept)
    .count()
}

#[test]
fn a_damaged_heap_is_refused_salvaged_or_replaced_when_a_writer_opens_it() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let mut refused_ones = 0;
    let memory = stage.whole.len() * 4 + MEMORY;
    let root = stage.root();
    for damage in damages(&stage) {
        let (at, value) = damage;
        if stage.word(at) == 0 && !root.contains(&at) {
            continue;
        }
        stage.restore();
        stage.store(at, value);
        let open = |on_corrupt| {
            let options = EveryWriter::options().path(&stage.path).on_corrupt(on_corrupt);
            check(damage, "an open", memory, || options.create())
        };
        let before = fs::read(&stage.path).unwrap();
        let refused = match open(OnCorrupt::Refuse) {
            Ok(mut w) => {
                check(damage, "a change", 2 * memory, || change_all(&mut w));
                assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "word {at} = {value:#x}");
                assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
                continue;
            }
            Err(error) => error,
        };
        let is_corrupt = matches!(refused, CreateError::Unusable(OpenError::Corrupt { .. }));
        assert!(is_corrupt, "word {at} = {value:#x}: {refused}");
        let after = fs::read(&stage.path).unwrap();
        assert!(before[stage.heap()] == after[stage.heap()], "word {at} = {value:#x}: changed");
        refused_ones += 1;

        let mut w = open(OnCorrupt::Salvage)
            .unwrap_or_else(|error| panic!("word {at} = {value:#x}: {error}"));
        let r = EveryReader::open_at(&stage.path).unwrap();
        match r.snapshot() {
            // One word is of one field, or leads to another, too.
            Ok(found) => {
                let kept = kept(&found);
                assert!(kept >= 8, "word {at} = {value:#x}: {kept} of 10 fields are kept");
            }
            Err(ReadError::Corrupt { .. } | ReadError::Invalid { .. }) => {}
            Err(error) => panic!("word {at} = {value:#x}: {error}"),
        }
        assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "word {at} = {value:#x}");
        assert!((r.snapshot().unwrap(), w.snapshot().unwrap()) == (sample(), sample()));
        drop((w, r));

        stage.restore();
        stage.store(at, value);
        let mut w = open(OnCorrupt::Replace).unwrap();
        let empty = EveryReader::open_at(&stage.path).unwrap().snapshot();
        assert_eq!(empty.err(), Some(ReadError::Empty), "a new file");
        w.publish(&sample()).unwrap();
        let r = EveryReader::open_at(&stage.path).unwrap();
        assert!(r.snapshot().unwrap() == sample());
    }
    assert!(refused_ones > 200, "only {refused_ones} were refused");
}

/// What a writer says to readers and to the next writer, beside a heap that is whole.
#[test]
fn words_beside_the_heap_that_say_anything_panic_nobody_and_lose_nothing() {
    use format::file::{
        DURABLE, EVICTED, FILE_LEN, LEN_AT_OLDEST_PIN, OLDEST_PIN, RECLAIMED, SYNCED,
    };
    let _watchdog = stage::watchdog();
    let stage = stage();
    let memory = stage.whole.len() * 8 + MEMORY;
    let len = stage.whole.len() as u64;
    for at in [RECLAIMED, EVICTED, FILE_LEN, OLDEST_PIN, LEN_AT_OLDEST_PIN, DURABLE, SYNCED] {
        for value in [0, 1, 2, 4096, len - 4096, len + 1, 1 << 32, 1 << 52, 1 << 60, u64::MAX] {
            let damage = (at, value);
            stage.restore();
            let r = EveryReader::open_at(&stage.path).unwrap();
            let view = r.pin().unwrap();
            stage.store(at, value);
            check(damage, "a read", memory, || read_all(&r));
            let _ = check(damage, "a view", memory, || view.snapshot().err());
            match check(damage, "an open", memory, || EveryWriter::create_at(&stage.path)) {
                Ok(mut w) => {
                    check(damage, "a change", memory, || change_all(&mut w));
                    assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "word {at} = {value:#x}");
                    assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
                    let grown = w.file().stats().file_len.saturating_sub(len);
                    assert!(grown < GROWTH, "word {at} = {value:#x}: {grown} bytes longer");
                }
                // Refused, and as it was.
                Err(_) => {
                    let found = fs::read(&stage.path).unwrap();
                    assert!(found[stage.heap()] == stage.whole[stage.heap()]);
                }
            }
            // An open writer has its own idea of them.
            drop(view);
            drop(r);
            stage.restore();
            let mut w = EveryWriter::create_at(&stage.path).unwrap();
            stage.store(at, value);
            check(damage, "a change", memory, || change_all(&mut w));
            assert_eq!(overwrite_all(&mut w, &sample()), Ok(()), "word {at} = {value:#x}");
            assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
        }
    }
}

#[test]
fn there_is_nothing_behind_the_end_of_bytes_however_far() {
    let stage = stage();
    let mut w = EveryWriter::create_at(&stage.path).unwrap();
    let r = EveryReader::open_at(&stage.path).unwrap();
    let mut part = [7; 3];
    for at in [200, 6000, 6001, 1 << 20, 1 << 40, usize::MAX - 7, usize::MAX] {
        assert_eq!(r.small().get(at).unwrap(), None, "{at}");
        assert_eq!(w.small().get(at).unwrap(), None, "{at}");
        if at >= 6000 {
            assert_eq!(r.run().read_into(at, &mut part).unwrap(), 0, "{at}");
            assert_eq!(r.pin().unwrap().run().get(at).unwrap(), None, "{at}");
        }
    }
    w.set_small(b"inline").unwrap();
    assert_eq!(r.small().get(usize::MAX).unwrap(), None);
    assert_eq!(r.small().read_into(5, &mut part).unwrap(), 1);
}
