//! Every kind that grows in one record, nested in each other: random values, kept views, copies,
//! compaction, checkpoints, and a reader in another process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/every.rs"]
mod every;
#[path = "support/refusals.rs"]
mod refusals;
mod support;

use core::time::Duration;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use commy::{CreateError, Recovered};
use every::{Event, Every, EveryReader, EveryWriter, Node, Place, read_all, sample};
use support::Random;
use support::format::file::{CLEAN, KERNEL};

fn text(random: &mut Random) -> String {
    let letter = ["a", "ß", "🦀"][random.below(3) as usize];
    letter.repeat(random.below(20) as usize)
}

fn event(random: &mut Random, depth: u32) -> Event {
    let kinds = if depth == 0 { 3 } else { 6 };
    match random.below(kinds) {
        0 => Event::Nothing,
        1 => Event::Number(random.next()),
        2 => Event::Said(text(random), vec![text(random); random.below(3) as usize]),
        3 => Event::Joined {
            who: Some(Box::new(node(random, depth - 1))),
            tags: (0..random.below(4)).map(|_| text(random)).collect(),
        },
        4 => Event::Many(
            (0..random.below(4)).map(|_| (text(random), event(random, depth - 1))).collect(),
            (0..random.below(3)).map(|_| event(random, depth - 1)).collect(),
        ),
        _ => Event::Negated(Box::new(event(random, depth - 1))),
    }
}

fn node(random: &mut Random, depth: u32) -> Node {
    let mut node = Node { name: text(random), ..Node::default() };
    if depth > 0 {
        for _ in 0..random.below(4) {
            node.by_name.insert(text(random), self::node(random, depth - 1));
            let list = vec![self::node(random, 0); random.below(3) as usize];
            node.by_id.insert(random.below(9) as u32, list);
            node.log.push_back(event(random, depth - 1));
        }
        node.next = (random.below(2) == 0).then(|| Box::new(self::node(random, depth - 1)));
    }
    node
}

/// Changes of a few fields of the value.
fn change(random: &mut Random, every: &mut Every) {
    every.serial += 1;
    let wide = |random: &mut Random| core::array::from_fn(|_| random.below(3));
    let place = |random: &mut Random| Place { city: text(random), number: random.below(5) as u16 };
    for _ in 0..1 + random.below(4) {
        match random.below(14) {
            0 => every.numbers.retain(|number, _| number % 3 != 0),
            1 => every.numbers.extend((0..100).map(|_| (random.below(500), 1))),
            2 => every.hashes.retain(|number, _| number % 3 != 0),
            3 => every.hashes.extend((0..100).map(|_| (random.below(500), 1))),
            4 => every.queue.extend((0..random.below(300)).collect::<Vec<_>>()),
            5 => drop(every.queue.drain(..every.queue.len() / 2)),
            6 => {
                let queue = VecDeque::from(vec![text(random); random.below(4) as usize]);
                let shelf = every.places.entry(place(random)).or_default();
                shelf.insert(text(random), queue);
            }
            7 => drop(every.places.pop_first()),
            8 => drop(every.nodes.insert(place(random), node(random, 2))),
            9 => every.nodes.retain(|_, _| random.below(3) > 0),
            10 => {
                every.texts.insert(text(random));
                every.names.insert(vec![text(random), text(random)]);
                every.texts.retain(|text| text.len() != 4);
            }
            11 => {
                every.wide_tree.insert(wide(random), [7; 20]);
                every.wide_hash.insert(wide(random), [8; 20]);
            }
            12 => {
                every.event = event(random, 3);
                every.events[1] = event(random, 2);
            }
            _ => {
                let set = HashSet::from([random.below(9) as u16, 3]);
                every.pair.1.push_front(BTreeMap::from([(random.below(9) as u8, set)]));
                every.pair.1.truncate(5);
                let map = BTreeMap::from([(text(random), Some(Box::new(node(random, 1))))]);
                every.lists.push(map);
                every.lists.truncate(6);
            }
        }
    }
}

/// A copy holds what the view has, and a writer goes on from it.
fn check_copy(copy: &Path, expected: &Every) {
    let mut w = EveryWriter::create_at(copy).unwrap();
    assert!(w.snapshot().unwrap() == *expected);
    w.publish(&sample()).unwrap();
    let r = EveryReader::open_at(copy).unwrap();
    assert!(r.snapshot().unwrap() == sample());
    r.pin().unwrap().verify().unwrap();
    drop((w, r));
    fs::remove_file(copy).unwrap();
}

#[test]
fn values_of_all_kinds_survive_views_copies_compaction_and_other_writers() {
    let (directory, path) = support::place("every.bin");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut every = Every::default();
    let mut w = EveryWriter::create_at(&path).unwrap();
    let r = EveryReader::open_at(&path).unwrap();
    let mut kept = VecDeque::new();
    for step in 0..150 {
        change(&mut random, &mut every);
        match step % 3 {
            0 => w.update(|now| *now = every.clone()).unwrap(),
            _ => w.publish(&every).unwrap(),
        }
        assert!(r.snapshot().unwrap() == every, "step {step}");
        if step % 4 == 0 {
            w.compact(random.below(1 << 16)).unwrap();
            assert!(w.snapshot().unwrap() == every, "step {step}: compacted");
        }
        if step % 10 == 0 {
            kept.push_back((r.clone().into_pinned().unwrap(), every.clone()));
            let (view, expected) = kept.front().unwrap();
            let copy = directory.path().join("copy.bin");
            view.save_as(&copy).unwrap();
            check_copy(&copy, expected);
            if kept.len() > 3 {
                kept.pop_front();
            }
        }
        for (view, expected) in &kept {
            assert!(view.snapshot().unwrap() == *expected, "step {step}: a view has changed");
        }
        assert_eq!(w.file().stats().leaked, 0);
        if step % 15 == 0 {
            let live = w.file().stats().live;
            drop(w);
            w = EveryWriter::create_at(&path).unwrap();
            assert_eq!(w.file().stats().live, live, "step {step}: blocks were lost");
            assert!(w.snapshot().unwrap() == every);
            r.pin().unwrap().verify().unwrap();
        }
    }
}

#[test]
fn a_checkpoint_of_all_kinds_is_whole_after_a_power_cut() {
    let (directory, path) = support::place("every.bin");
    let create = || EveryWriter::options().path(&path).durable(true).create();
    let mut w = match create() {
        Err(CreateError::OptionMismatch { option: "durable", .. }) => {
            eprintln!("skipped: temporary files are in memory");
            return;
        }
        w => w.unwrap(),
    };
    let mut random = Random(77);
    let mut every = sample();
    for round in 0..6 {
        w.publish(&every).unwrap();
        w.flush().unwrap();
        let flushed = every.clone();
        // Blocks of it would be used again, if nobody kept them.
        for _ in 0..10 {
            change(&mut random, &mut every);
            w.publish(&every).unwrap();
            w.publish(&sample()).unwrap();
            w.compact(1 << 14).unwrap();
        }
        let checkpoints = directory.path().join("every.bin.ckpt");
        let (live, kept) = (fs::read(&path).unwrap(), fs::read(&checkpoints).unwrap());
        drop(w);
        fs::write(&path, live).unwrap();
        fs::write(&checkpoints, kept).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.write_all_at(&1_u64.to_ne_bytes(), KERNEL as u64).unwrap();
        file.write_all_at(&0_u64.to_ne_bytes(), CLEAN as u64).unwrap();
        w = create().unwrap();
        assert_eq!(w.file().recovered(), Recovered::Checkpoint, "round {round}");
        assert!(w.snapshot().unwrap() == flushed, "round {round}");
        EveryReader::open_at(&path).unwrap().pin().unwrap().verify().unwrap();
    }
}

/// Reads everything, again and again, until the writer has closed.
#[test]
#[ignore = "a role of another test"]
fn reader_of_all_kinds() {
    let Some(path) = support::role_path() else { return };
    let r = EveryReader::open_at(&path).unwrap();
    let most = 64 << 20;
    let mut views = 0;
    for view in r.changes() {
        let view = view.unwrap();
        view.verify().unwrap();
        let serial = view.serial().unwrap();
        assert_eq!(view.snapshot().unwrap().serial, serial);
        // Each field was written beside the others.
        assert_eq!(view.queue().back().unwrap(), Some(serial));
        assert_eq!(view.hashes().get(0).unwrap(), Some(serial));
        assert_eq!(view.numbers().get(u64::MAX).unwrap(), Some(serial));
        if views % 10 == 0 {
            assert_eq!(read_all(&r, most), 0);
        }
        views += 1;
    }
    assert!(views > 1, "only {views} views");
}

#[test]
fn a_reader_in_another_process_sees_each_generation_of_all_kinds_whole() {
    let _watchdog = support::watchdog(Duration::from_secs(200));
    let (_directory, path) = support::place("every.bin");
    let mut w = EveryWriter::create_at(&path).unwrap();
    let mut every = sample();
    let mut random = Random(5);
    let mark = |every: &mut Every| {
        every.queue.push_back(every.serial);
        every.hashes.insert(0, every.serial);
        every.numbers.insert(u64::MAX, every.serial);
    };
    mark(&mut every);
    w.publish(&every).unwrap();
    let mut readers: Vec<_> =
        (0..2).map(|_| support::start("reader_of_all_kinds", &path)).collect();
    let end = std::time::Instant::now() + Duration::from_secs(4);
    while std::time::Instant::now() < end {
        change(&mut random, &mut every);
        mark(&mut every);
        w.publish(&every).unwrap();
        if every.serial.is_multiple_of(16) {
            w.compact(1 << 15).unwrap();
        }
    }
    drop(w);
    for reader in &mut readers {
        assert!(reader.wait().unwrap().success());
    }
}
