//! Copies of a generation while its writer publishes on, and room that is given back.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "text in a block of its own is a kind of its own")]

mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;
use std::thread;

use commy::{CreateError, ReadError, Recovered, SaveError, create_reader, create_writer};

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
            owner: (serial % 3 != 0).then(|| text(900)),
            footer: (serial % 4 != 0).then(|| Box::new(text(5_000))),
            deep: (serial % 5 != 0)
                .then(|| Box::new(Some(Box::new((serial % 2 == 0).then(|| Box::new(text(100))))))),
            texts,
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
    support::format::number(&fs::read(path).unwrap(), support::format::header::SLOT_COUNT).into()
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
