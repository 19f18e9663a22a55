//! Copies of a generation while its writer publishes on, and room that is given back.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::type_complexity, reason = "what leads to what shall be seen")]
#![allow(clippy::print_stdout, reason = "the counts are the result")]
#![allow(clippy::box_collection, reason = "text in a block of its own is a kind of its own")]

#[path = "support/mounts.rs"]
mod mounts;
mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::thread;

use commy::{
    CreateError, ReadError, Recovered, SaveError, WriteError, create_reader, create_writer,
};

use support::Random;

const LIMIT: Duration = Duration::from_secs(240);

/// Text in blocks of all sizes, alone, in boxes, and behind an address in the root.
#[create_writer(filename = "box.bin", growable)]
#[create_reader(filename = "box.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Chest {
    serial: u64,
    title: String,
    #[commy(bytes)]
    picture: Vec<u8>,
    owner: Option<String>,
    footer: Option<Box<String>>,
    deep: Option<Box<Option<Box<Option<Box<String>>>>>>,
    texts: Drawers,
    lines: Vec<String>,
    numbers: Vec<u32>,
}

/// Large enough to lie apart.
type Drawers = [u64; 70];

fn letters(serial: u64, len: u64) -> String {
    let first = (serial % 26) as u8;
    (0..len).map(|at| char::from(b'a' + (first + (at % 7) as u8) % 26)).collect()
}

impl Chest {
    /// Follows from the number alone.
    fn of(serial: u64) -> Self {
        let mut random = Random(serial.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut text = |below: u64| {
            let len = random.below(below);
            letters(serial, len)
        };
        let mut texts = [serial; 70];
        texts[69] = !serial;
        Self {
            serial,
            title: text(40),
            picture: text(60_000).into_bytes(),
            owner: (!serial.is_multiple_of(3)).then(|| text(900)),
            footer: (!serial.is_multiple_of(4)).then(|| Box::new(text(5_000))),
            deep: (!serial.is_multiple_of(5)).then(|| {
                Box::new(Some(Box::new(serial.is_multiple_of(2).then(|| Box::new(text(100))))))
            }),
            texts,
            lines: (0..serial % 300).map(|line| text(30 + line)).collect(),
            numbers: (0..serial * 7 % 3000).map(|number| number as u32).collect(),
        }
    }
}

/// Opens the copy as readers and as a writer do; checks that it is this value, and compact.
#[track_caller]
fn check_copy(copy: &Path, expected: &Chest, generation: u64) {
    let reader = ChestReader::open_at(copy).unwrap();
    assert_eq!(reader.file().generation(), generation);
    let view = reader.pin().unwrap();
    view.verify().unwrap();
    assert_eq!(view.snapshot().unwrap(), *expected);
    assert_eq!(view.texts().unwrap(), expected.texts);
    drop(view);
    let mut writer = ChestWriter::create_at(copy).unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Live);
    assert_eq!(writer.snapshot().unwrap(), *expected);
    let stats = writer.file().stats();
    let front = 16 << 10;
    // A page of its own for each size of block that there is: of the 23.
    let spare = 23 * 4096;
    assert!(stats.file_len <= stats.live + front + spare, "{stats:?}");
    assert_eq!(fs::metadata(copy).unwrap().len(), stats.file_len);
    let next = Chest::of(generation + 1);
    writer.publish(&next).unwrap();
    assert_eq!(reader.snapshot().unwrap(), next);
    assert_eq!(reader.file().generation(), generation + 1);
}

#[test]
fn a_copy_holds_the_generation_of_the_view_and_goes_on_from_it() {
    let _watchdog = support::watchdog(LIMIT);
    let (directory, path) = support::place("box.bin");
    let copy = directory.path().join("copy.bin");
    let mut writer = ChestWriter::options().path(&path).slots(7).create().unwrap();
    let reader = ChestReader::open_at(&path).unwrap();
    for serial in 1..60 {
        // Blocks with room behind their values, and of many births.
        writer.publish(&Chest::of(serial)).unwrap();
        writer.title_mut().push_str(" and more than fits into a cell").unwrap();
        if serial % 3 == 0 {
            // More pages than the bytes need.
            writer.set_picture(&[serial as u8; 9000]).unwrap();
            writer.picture_mut().extend_from_slice(&[1; 4000]).unwrap();
        }
        let expected = writer.snapshot().unwrap();
        let generation = writer.file().generation();
        let (own, readers) = (writer.pin().unwrap(), reader.pin().unwrap());
        writer.set_title("published after the view").unwrap();
        match serial % 2 {
            0 => own.save_as(&copy).unwrap(),
            _ => readers.save_as(&copy).unwrap(),
        }
        assert_eq!(support::names(directory.path()), ["box.bin", "box.bin.lock", "copy.bin"]);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(slots(&copy), 7);
        check_copy(&copy, &expected, generation);
        fs::remove_file(&copy).unwrap();
        let _ = fs::remove_file(directory.path().join("copy.bin.lock"));
    }
}

fn slots(path: &Path) -> u64 {
    support::format::number(&fs::read(path).unwrap(), support::format::header::SLOT_COUNT)
}

#[test]
fn copies_are_whole_while_a_writer_publishes_at_full_speed() {
    let _watchdog = support::watchdog(LIMIT);
    let (directory, path) = support::place("box.bin");
    let mut writer = ChestWriter::create_at(&path).unwrap();
    writer.publish(&Chest::of(1)).unwrap();
    let is_over = AtomicBool::new(false);
    let reader = ChestReader::open_at(&path).unwrap();
    let published = thread::scope(|scope| {
        let publishing = scope.spawn(|| {
            let mut serial = 1;
            while !is_over.load(Ordering::Relaxed) {
                serial += 1;
                writer.publish(&Chest::of(serial)).unwrap();
            }
            serial
        });
        let mut pinned = 0;
        for number in 0..40 {
            let copy = directory.path().join(format!("copy{number}.bin"));
            // Both a held view, and one that is tried until it is not overtaken.
            let generation = if number % 2 == 0 {
                let view = reader.pin().unwrap();
                match view.save_as(&copy) {
                    Ok(()) => {}
                    Err(SaveError::Read(ReadError::Evicted { .. })) => continue,
                    Err(error) => panic!("{error}"),
                }
                pinned += 1;
                view.generation()
            } else {
                reader.try_read(|view| view.save_as(&copy).map(|()| view.generation())).unwrap()
            };
            // Each generation is one publish of the number after the one before.
            check_copy(&copy, &Chest::of(generation), generation);
        }
        assert!(pinned > 0);
        is_over.store(true, Ordering::Relaxed);
        publishing.join().unwrap()
    });
    assert!(published > 40, "{published}");
}

#[test]
fn what_is_there_is_not_replaced_but_for_an_empty_file() {
    let (directory, path) = support::place("box.bin");
    let mut writer = ChestWriter::create_at(&path).unwrap();
    writer.publish(&Chest::of(7)).unwrap();
    let view = writer.pin().unwrap();
    let exists = |path: &Path| match view.save_as(path) {
        Err(SaveError::Exists { path: taken, .. }) => assert_eq!(taken, path),
        other => panic!("{other:?}"),
    };
    exists(&path);
    exists(directory.path());
    let other = directory.path().join("other");
    fs::write(&other, "somebody's").unwrap();
    exists(&other);
    assert_eq!(fs::read(&other).unwrap(), b"somebody's");
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(&other, &link).unwrap();
    exists(&link);
    assert_eq!(support::names(directory.path()), ["box.bin", "box.bin.lock", "link", "other"]);
    let empty = directory.path().join("empty");
    fs::write(&empty, "").unwrap();
    view.save_as(&empty).unwrap();
    check_copy(&empty, &Chest::of(7), 1);
    let nowhere = directory.path().join("missing/copy.bin");
    let refused = view.save_as(&nowhere);
    assert!(matches!(refused, Err(SaveError::Create(CreateError::NotFound { .. }))), "{refused:?}");
}

#[test]
fn a_view_that_was_evicted_leaves_no_copy() {
    let (directory, path) = support::place("box.bin");
    let copy = directory.path().join("copy.bin");
    let mut writer = ChestWriter::options().path(&path).garbage_budget(0).create().unwrap();
    writer.publish(&Chest::of(1)).unwrap();
    let reader = ChestReader::open_at(&path).unwrap();
    let view = reader.pin().unwrap();
    let mut serial = 1;
    while view.snapshot().is_ok() {
        serial += 1;
        writer.publish(&Chest::of(serial)).unwrap();
    }
    let refused = view.save_as(&copy);
    assert!(matches!(refused, Err(SaveError::Read(ReadError::Evicted { .. }))), "{refused:?}");
    assert_eq!(support::names(directory.path()), ["box.bin", "box.bin.lock"]);
}

#[test]
fn a_damaged_block_leaves_no_copy_and_is_named() {
    let (directory, path) = support::place("box.bin");
    let copy = directory.path().join("copy.bin");
    let mut writer = ChestWriter::create_at(&path).unwrap();
    writer.publish(&Chest { picture: vec![7; 3000], ..Chest::of(10) }).unwrap();
    let view = writer.pin().unwrap();
    // The first word of its block.
    let bytes = fs::read(&path).unwrap();
    let start = bytes.chunks(8).position(|word| word == [7; 8]).unwrap() * 8 - 8;
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&0x3f_u64.to_ne_bytes(), start as u64).unwrap();
    match view.save_as(&copy) {
        Err(SaveError::Read(ReadError::Corrupt { what, found, offset, .. })) => {
            assert_eq!((what, found, offset), ("first word of a block", 0x3f, start as u64));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(support::names(directory.path()), ["box.bin", "box.bin.lock"]);
}

#[test]
#[ignore = "a role of the test below"]
fn saver_until_killed() {
    let Some(path) = support::role_path() else { return };
    let reader = ChestReader::open_at(&path).unwrap();
    let view = reader.pin().unwrap();
    let copy = path.with_file_name("copy.bin");
    loop {
        view.save_as(&copy).unwrap();
        fs::remove_file(&copy).unwrap();
    }
}

#[test]
fn a_saver_that_is_killed_leaves_a_whole_copy_or_none_and_is_in_nobodys_way() {
    let _watchdog = support::watchdog(LIMIT);
    let (directory, path) = support::place("box.bin");
    let copy = directory.path().join("copy.bin");
    let mut writer = ChestWriter::create_at(&path).unwrap();
    let expected = Chest { picture: vec![9; 4 << 20], ..Chest::of(11) };
    writer.publish(&expected).unwrap();
    let mut random = Random(5);
    let (mut left, mut found) = (0, 0);
    for round in 0..60 {
        let mut saver = support::Reaped(support::start("saver_until_killed", &path));
        thread::sleep(Duration::from_micros(3_000 + random.below(40_000)));
        drop(saver.0.kill());
        saver.0.wait().unwrap();
        left += usize::from(directory.path().join(".copy.bin.commy-new").exists());
        if copy.exists() {
            found += 1;
            check_copy(&copy, &expected, 1);
            fs::remove_file(&copy).unwrap();
        }
        if round % 2 == 0 {
            writer.pin().unwrap().save_as(&copy).unwrap();
        } else {
            // Whoever wants to create something there is not kept from it.
            drop(ChestWriter::create_at(&copy).unwrap());
        }
        fs::remove_file(&copy).unwrap();
    }
    assert!(left > 0, "no saver was killed while it wrote: {found} copies");
}

/// Many values of about the same size, each behind a block of its own.
macro_rules! shelf {
    ($($text:ident)*) => {
        #[create_writer(filename = "shelf.bin", growable)]
        #[create_reader(filename = "shelf.bin", growable)]
        #[derive(Debug, Clone, PartialEq, Default)]
        struct Shelf {
            serial: u64,
            #[commy(bytes)]
            picture: Vec<u8>,
            $($text: Option<Box<String>>,)*
            lines: Vec<String>,
            rows: Vec<Vec<u16>>,
        }

        impl Shelf {
            fn texts(&mut self) -> Vec<&mut Option<Box<String>>> {
                vec![$(&mut self.$text),*]
            }
        }
    };
}

shelf! {
    t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 t10 t11 t12 t13 t14 t15 t16 t17 t18 t19 t20 t21 t22 t23 t24
    t25 t26 t27 t28 t29 t30 t31 t32 t33 t34 t35 t36 t37 t38 t39 t40 t41 t42 t43 t44 t45 t46
    t47 t48 t49 t50 t51 t52 t53 t54 t55 t56 t57 t58 t59 t60 t61 t62 t63 t64 t65 t66 t67 t68
    t69 t70 t71 t72 t73 t74 t75 t76 t77 t78 t79 t80 t81 t82 t83 t84 t85 t86 t87 t88 t89 t90
    t91 t92 t93 t94 t95 t96 t97 t98 t99 t100 t101 t102 t103 t104 t105 t106 t107 t108 t109 t110
    t111 t112 t113 t114 t115 t116 t117 t118 t119
}

impl Shelf {
    /// All of them, of about this length.
    fn full(len: u64) -> Self {
        let mut shelf = Self { picture: vec![5; 100], ..Self::default() };
        for (text, number) in shelf.texts().into_iter().zip(0..) {
            *text = Some(Box::new(letters(number, len + number % 10)));
        }
        shelf.lines = (0..600).map(|line| letters(line, 20 + line % len)).collect();
        shelf.rows = (0..300_u16).map(|row| (row..row + row % 90).collect()).collect();
        shelf
    }

    /// Each sixth of them.
    fn thinned(&self) -> Self {
        let mut thinned = self.clone();
        for (text, number) in thinned.texts().into_iter().zip(0..) {
            *text = text.take().filter(|_| number % 6 == 0);
        }
        // In place, so that the list keeps its nodes.
        for (line, number) in thinned.lines.iter_mut().zip(0..) {
            if number % 6 != 0 {
                line.clear();
            }
        }
        for (row, number) in thinned.rows.iter_mut().zip(0..) {
            if number % 7 != 0 {
                row.clear();
            }
        }
        thinned
    }
}

/// The bytes that the file has on the disk.
fn allocated(path: &Path) -> u64 {
    fs::metadata(path).unwrap().blocks() * 512
}

/// Compacts until there is no more to do; returns what was moved and given back.
#[track_caller]
fn compact(writer: &mut ShelfWriter, budget: u64) -> (u64, u64) {
    let (mut moved, mut given_back) = (0, 0);
    for _ in 0..10_000 {
        let done = writer.compact(budget).unwrap();
        (moved, given_back) = (moved + done.moved, given_back + done.given_back);
        if !done.is_unfinished() {
            return (moved, given_back);
        }
    }
    panic!("no end after {moved} bytes");
}

/// Whether a file there can have holes, as commy makes them.
fn can_have_holes(path: &Path) -> bool {
    let told = std::process::Command::new("stat").args(["-f", "-c", "%T"]).arg(path).output();
    let kind = String::from_utf8(told.unwrap().stdout).unwrap();
    let can = ["ext2/ext3", "xfs", "btrfs"].contains(&kind.trim_end());
    if !can {
        eprintln!("skipped: temporary files are on {kind}");
    }
    can
}

#[test]
fn room_is_given_back_after_much_was_removed_and_views_stay_right() {
    let _watchdog = support::watchdog(LIMIT);
    for (len, budget) in [(480, 1 << 20), (1300, 5_000), (200, 1), (3000, 40_000)] {
        let (_directory, path) = support::place("shelf.bin");
        let mut writer = ShelfWriter::create_at(&path).unwrap();
        let full = Shelf::full(len);
        let mut large = full.clone();
        large.picture = vec![3; 1 << 20];
        writer.publish(&large).unwrap();
        writer.publish(&full).unwrap();
        let reader = ShelfReader::open_at(&path).unwrap();
        let view = reader.pin().unwrap();
        let thinned = full.thinned();
        writer.publish(&thinned).unwrap();
        let before = allocated(&path);
        let held = compact(&mut writer, budget);
        assert_eq!(view.snapshot().unwrap(), full, "{len}");
        view.verify().unwrap();
        assert_eq!(reader.snapshot().unwrap(), thinned);
        let while_held = writer.file().stats();
        assert!(while_held.held > 120 * len / 2, "{while_held:?}");
        drop(view);
        let rest = compact(&mut writer, budget);
        let stats = writer.file().stats();
        let (moved, given_back) = (held.0 + rest.0, held.1 + rest.1);
        assert!(moved > 10_000, "{len}: {held:?} {rest:?}");
        assert_eq!(stats.file_len, fs::metadata(&path).unwrap().len());
        assert_eq!((stats.garbage, stats.leaked), (0, 0));
        assert_eq!(reader.snapshot().unwrap(), thinned);
        reader.pin().unwrap().verify().unwrap();
        if can_have_holes(&path) {
            assert!(given_back > 1 << 20, "{len}: {given_back}");
            assert_eq!(stats.given_back, given_back);
            let after = allocated(&path);
            // But for what the file system needs to remember where the holes are.
            assert!(before - after + (16 << 10) >= given_back, "{len}: {before} {after}");
            // The front, pages of which at least half is live, a few free ones, and for some sizes
            // one page that has little in it.
            let most = (48 << 10) + 2 * stats.live + (64 << 10) + 8 * 4096;
            assert!(after < most, "{len}: {after} {stats:?}");
            // Another writer leaves the holes where they are.
            drop(writer);
            writer = ShelfWriter::create_at(&path).unwrap();
            assert_eq!(writer.file().recovered(), Recovered::Live);
            assert_eq!(allocated(&path), after);
            assert_eq!(writer.file().stats().given_back, given_back);
        }
        // A new writer may find a page more, which the one before was about to use.
        let (moved, _) = compact(&mut writer, budget);
        assert!(moved < 10_000, "{moved}");
        assert_eq!(compact(&mut writer, budget), (0, 0), "{len}: nothing is left to do");
        assert_eq!(writer.snapshot().unwrap(), thinned);
        writer.publish(&large).unwrap();
        assert_eq!(reader.snapshot().unwrap(), large);
        drop(writer);
        assert_eq!(ShelfWriter::create_at(&path).unwrap().snapshot().unwrap(), large);
    }
}

#[test]
fn a_call_moves_no_more_than_its_budget_and_publishes_once() {
    let (_directory, path) = support::place("shelf.bin");
    let mut writer = ShelfWriter::create_at(&path).unwrap();
    let full = Shelf::full(480);
    writer.publish(&full).unwrap();
    writer.publish(&full.thinned()).unwrap();
    let mut calls = 0;
    loop {
        let generation = writer.file().generation();
        let done = writer.compact(3_000).unwrap();
        assert!(done.moved <= 3_000 && done.given_back <= 4096, "{done:?}");
        assert_eq!(writer.file().generation(), generation + u64::from(done.moved > 0));
        calls += u32::from(done.moved > 0);
        if !done.is_unfinished() {
            break;
        }
    }
    // 20 texts of 512 bytes, and their boxes.
    assert!(calls >= 4, "{calls}");
    assert_eq!(writer.snapshot().unwrap(), full.thinned());
    // Nothing is published for nothing.
    let generation = writer.file().generation();
    compact(&mut writer, 3_000);
    assert_eq!(writer.file().generation(), generation);
}

#[test]
fn compaction_between_random_changes_is_seen_by_nobody() {
    let _watchdog = support::watchdog(LIMIT);
    let (mut moved, mut given_back) = (0, 0);
    for seed in 1..4 {
        let (_directory, path) = support::place("shelf.bin");
        let mut random = Random(seed * 77);
        let mut writer = ShelfWriter::create_at(&path).unwrap();
        let reader = ShelfReader::open_at(&path).unwrap();
        let mut value = Shelf::default();
        let mut views = Vec::new();
        for step in 1..300 {
            value.serial = step;
            let (most, fills) = (random.below(60), random.below(3) > 0);
            let len = 20 + random.below(1400);
            let mut texts = value.texts();
            for _ in 0..most {
                let text = &mut texts[random.below(120) as usize];
                **text = fills.then(|| Box::new(letters(step, random.below(len))));
            }
            for _ in 0..random.below(30) {
                let line = letters(step, random.below(len));
                match random.below(4) {
                    0 => value.lines.truncate(random.below(value.lines.len() as u64 + 1) as usize),
                    1 if !value.lines.is_empty() => {
                        let at = random.below(value.lines.len() as u64) as usize;
                        value.lines[at] = line;
                    }
                    _ => value.lines.push(line),
                }
            }
            value.rows.resize_with(random.below(200) as usize, || vec![step as u16; step as usize]);
            if random.below(9) == 0 {
                value.picture = letters(step, random.below(200_000)).into_bytes();
            }
            writer.publish(&value).unwrap();
            if random.below(4) == 0 {
                let done = writer.compact(1 << random.below(20)).unwrap();
                (moved, given_back) = (moved + done.moved, given_back + done.given_back);
            }
            assert_eq!(reader.snapshot().unwrap(), value);
            match random.below(8) {
                0 if views.len() < 6 => views.push((reader.pin().unwrap(), value.clone())),
                1 if !views.is_empty() => {
                    drop(views.swap_remove(random.below(views.len() as u64) as usize));
                }
                2 => {
                    for (view, expected) in &views {
                        assert_eq!(view.snapshot().unwrap(), *expected);
                        view.verify().unwrap();
                    }
                }
                3 if random.below(9) == 0 => {
                    drop(writer);
                    writer = ShelfWriter::create_at(&path).unwrap();
                    assert_eq!(writer.snapshot().unwrap(), value);
                }
                _ => {}
            }
        }
        assert_eq!(writer.file().stats().leaked, 0);
    }
    assert!(moved > 100_000, "{moved}");
    println!("moved {moved}, given back {given_back}");
}

#[test]
#[ignore = "a role of the test below"]
fn compacting_until_killed() {
    let Some(path) = support::role_path() else { return };
    let mut writer = ShelfWriter::create_at(&path).unwrap();
    let mut random = Random(writer.file().generation() | 1);
    loop {
        let mut full = Shelf::full(40 + random.below(900));
        full.serial = writer.snapshot().unwrap().serial / 2 * 2 + 2;
        writer.publish(&full).unwrap();
        let mut thinned = full.thinned();
        thinned.serial += 1;
        writer.publish(&thinned).unwrap();
        while writer.compact(2_000 + random.below(20_000)).unwrap().is_unfinished() {}
    }
}

#[test]
fn a_writer_that_is_killed_while_it_compacts_leaves_the_value() {
    let _watchdog = support::watchdog(LIMIT);
    let (_directory, path) = support::place("shelf.bin");
    drop(ShelfWriter::create_at(&path).unwrap());
    let mut random = Random(9);
    let (mut round, mut generation) = (0, 0);
    // However slow the machine is.
    while round < 40 || generation < 100 {
        round += 1;
        let mut child = support::Reaped(support::start("compacting_until_killed", &path));
        thread::sleep(Duration::from_micros(10_000 + random.below(120_000)));
        drop(child.0.kill());
        child.0.wait().unwrap();
        let reader = ShelfReader::open_at(&path).unwrap();
        let view = match reader.pin() {
            Ok(view) => view,
            Err(ReadError::Empty) => continue,
            Err(error) => panic!("{error}"),
        };
        generation = view.generation();
        view.verify().unwrap();
        let mut found = view.snapshot().unwrap();
        let len = found.texts()[0].as_ref().unwrap().len() as u64;
        let full = Shelf { serial: found.serial, ..Shelf::full(len) };
        let expected = if found.serial % 2 == 0 { full } else { full.thinned() };
        assert_eq!(found, expected, "round {round}");
        if round % 4 == 0 {
            assert_eq!(ShelfWriter::create_at(&path).unwrap().snapshot().unwrap(), expected);
        }
    }
}

#[test]
fn a_file_in_memory_is_compacted_and_keeps_its_room() {
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        eprintln!("skipped: there is no file system in memory");
        return;
    }
    let directory = tempfile::tempdir_in(memory).unwrap();
    let path = directory.path().join("shelf.bin");
    let mut writer = ShelfWriter::create_at(&path).unwrap();
    let full = Shelf::full(480);
    writer.publish(&full).unwrap();
    writer.publish(&full.thinned()).unwrap();
    let before = allocated(&path);
    let (moved, given_back) = compact(&mut writer, 1 << 20);
    assert!(moved > 20 * 480, "{moved}");
    assert_eq!((given_back, allocated(&path)), (0, before));
    // What was moved has made room that is used again.
    let len = writer.file().stats().file_len;
    writer.publish(&Shelf { picture: vec![1; 30_000], ..full.thinned() }).unwrap();
    assert_eq!(writer.file().stats().file_len, len);
}

#[test]
#[ignore = "a role of the test below"]
fn writer_on_a_full_disk() {
    let Some(path) = support::role_path() else { return };
    let at = path.with_file_name("disk");
    if !mounts::mount_image("ext4", 24, &at) {
        return;
    }
    let path = at.join("shelf.bin");
    let mut writer = ShelfWriter::create_at(&path).unwrap();
    let full = Shelf::full(480);
    let large = Shelf { picture: vec![3; 4 << 20], ..full.clone() };
    writer.publish(&large).unwrap();
    writer.publish(&full.thinned()).unwrap();
    let (_, given_back) = compact(&mut writer, 1 << 20);
    assert!(given_back > 4 << 20, "{given_back}");
    mounts::sync(&path).unwrap();
    let filler = mounts::fill(&at);
    let reader = ShelfReader::open_at(&path).unwrap();
    for round in 0..2 {
        match writer.publish(&large) {
            Err(WriteError::NoSpace { .. }) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(reader.snapshot().unwrap().picture, full.picture);
        // A few pages have kept their room.
        for serial in 0..50 {
            writer.set_serial(serial).unwrap();
            writer.set_t1(Some(&letters(serial, 2_000))).unwrap();
            mounts::sync(&path).unwrap();
        }
        assert_eq!(**reader.t1().unwrap().as_ref().unwrap(), letters(49, 2_000));
        writer.set_t1(None).unwrap();
        // Another writer needs no room for what is free.
        if round == 0 {
            drop(writer);
            writer = ShelfWriter::create_at(&path).unwrap();
        }
    }
    fs::remove_file(filler).unwrap();
    writer.publish(&large).unwrap();
    mounts::fill(&at);
    assert_eq!(reader.snapshot().unwrap(), large);
}

#[test]
fn room_that_was_given_back_is_an_error_and_no_signal_when_the_disk_is_full() {
    let _watchdog = support::watchdog(LIMIT);
    let (_directory, path) = support::place("shelf.bin");
    mounts::succeeds("writer_on_a_full_disk", &path);
}
