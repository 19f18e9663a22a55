//! Deques in records that grow, as users write them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "a deque in a block of its own is a kind of its own")]

use core::panic::AssertUnwindSafe;
use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::panic::catch_unwind;

use commy::growable::{OnCorrupt, Stats};
use commy::{Growable, Mappable, WriteError, create_reader, create_writer};

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Quote {
    bid: f64,
    ask: f64,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Task {
    name: String,
    /// Itself.
    waits_for: VecDeque<Task>,
}

#[create_writer(filename = "queues.bin", growable)]
#[create_reader(filename = "queues.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Queues {
    seq: u64,
    numbers: VecDeque<u64>,
    raw: VecDeque<u8>,
    quotes: VecDeque<Quote>,
    lines: VecDeque<String>,
    rows: Vec<VecDeque<(u32, String)>>,
    frames: VecDeque<[u64; 40]>,
    /// As large as elements are that lie in the chunks themselves.
    wide: VecDeque<[u64; 16]>,
    tasks: Task,
    maybe: Option<Box<VecDeque<String>>>,
    pairs: [VecDeque<u32>; 2],
}

struct Place {
    directory: tempfile::TempDir,
    path: std::path::PathBuf,
}

fn pair() -> (Place, QueuesWriter, QueuesReader) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queues.bin");
    let writer = QueuesWriter::create_at(&path).unwrap();
    let reader = QueuesReader::open_at(&path).unwrap();
    (Place { directory, path }, writer, reader)
}

fn task(name: &str, waits_for: impl IntoIterator<Item = Task>) -> Task {
    Task { name: name.into(), waits_for: waits_for.into_iter().collect() }
}

fn sample() -> Queues {
    let leaf = |number: u32| task(&format!("the task with number {number}"), []);
    let mut numbers: VecDeque<u64> = (300..1000).collect();
    (0..300).rev().for_each(|number| numbers.push_front(number));
    Queues {
        seq: 1,
        numbers,
        raw: (0..5000_u32).map(|byte| byte as u8).collect(),
        quotes: vec![Quote { bid: 1.0, ask: 2.0 }; 200].into(),
        lines: (0..300).map(|line| format!("the line with number {line}")).collect(),
        rows: vec![
            [(1, "one".into())].into(),
            VecDeque::new(),
            vec![(2, "two".into()); 130].into(),
        ],
        frames: [[7; 40], [8; 40]].into(),
        wide: (0..100).map(|number| [number; 16]).collect(),
        tasks: task("all", [leaf(1), task("some", (2..200).map(leaf))]),
        maybe: Some(Box::new(["some".into()].into())),
        pairs: [[1, 2, 3].into(), VecDeque::new()],
    }
}

#[test]
fn what_is_published_is_read_back_from_all_sides() {
    let (place, mut w, r) = pair();
    let queues = sample();
    w.publish(&queues).unwrap();
    assert_eq!(w.file().generation(), 1);
    assert_eq!(r.snapshot().unwrap(), queues);
    assert_eq!(w.snapshot().unwrap(), queues);
    let view = r.pin().unwrap();
    view.verify().unwrap();
    assert_eq!(view.snapshot().unwrap(), queues);
    let copy = place.directory.path().join("copy.bin");
    view.save_as(&copy).unwrap();
    drop(w);
    let w = QueuesWriter::create_at(&place.path).unwrap();
    assert_eq!(w.snapshot().unwrap(), queues, "after a restart");
    // A copy has the room of the nodes, too, and can be added to.
    let mut w = QueuesWriter::create_at(&copy).unwrap();
    assert_eq!(w.snapshot().unwrap(), queues, "a copy");
    w.numbers_mut().push_front(7).unwrap();
    w.numbers_mut().push_back(8).unwrap();
    assert_eq!(w.numbers_mut().load().unwrap().iter().sum::<u64>(), 999 * 500 + 15);
}

#[test]
fn a_reader_gives_values_and_a_view_gives_proxies() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    // Each call reads the newest generation.
    assert_eq!(r.numbers().get(999).unwrap(), Some(999));
    assert_eq!(r.numbers().get(1000).unwrap(), None);
    assert_eq!(r.lines().front().unwrap().as_deref(), Some("the line with number 0"));
    assert_eq!(r.lines().back().unwrap().as_deref(), Some("the line with number 299"));
    assert_eq!(r.rows().get(0).unwrap(), Some([(1, "one".into())].into()));
    assert_eq!(r.frames().back().unwrap(), Some([8; 40]));
    assert_eq!(r.tasks().waits_for().len().unwrap(), 2);
    assert_eq!(r.maybe().unwrap(), Some(Box::new(["some".into()].into())));
    assert_eq!(r.pairs().unwrap()[0], [1, 2, 3]);
    assert!(r.lines().contains("the line with number 7").unwrap());
    assert!(!r.lines().contains("another").unwrap());
    assert_eq!(r.numbers().binary_search(&500).unwrap(), Ok(500));
    assert_eq!(r.numbers().binary_search(&5000).unwrap(), Err(1000));
    let mut some = [0; 10];
    assert_eq!(r.numbers().read_into(995, &mut some).unwrap(), 5);
    assert_eq!(some[..5], [995, 996, 997, 998, 999]);
    let mut range = vec![1];
    assert_eq!(r.numbers().load_range(120..135, &mut range).unwrap(), 15);
    assert_eq!(range, [&[1][..], &(120..135).collect::<Vec<_>>()].concat());
    assert_eq!(r.numbers().load_range(2000.., &mut range).unwrap(), 0);
    let mut lines: VecDeque<String> = ["a".into(), "b".into()].into();
    r.lines().load_into(&mut lines).unwrap();
    assert_eq!(lines, sample().lines);

    // One generation, and nothing is copied that is not asked for.
    let view = r.pin().unwrap();
    w.publish(&Queues::default()).unwrap();
    assert!(r.lines().is_empty().unwrap());
    assert_eq!(r.lines().front().unwrap(), None);
    assert_eq!(view.rows().get(2).unwrap().unwrap().len().unwrap(), 130);
    let second = view.tasks().waits_for().get(1).unwrap().unwrap();
    assert_eq!(second.name().unwrap(), "some");
    assert_eq!(second.waits_for().iter().count(), 198);
}

#[test]
fn iterators_go_from_both_ends_and_over_ranges() {
    let (_place, mut w, r) = pair();
    // The first element stands in the middle of a chunk.
    (0..1000).for_each(|number| w.numbers_mut().push_back(number).unwrap());
    (0..100).for_each(|number| assert_eq!(w.numbers_mut().pop_front().unwrap(), Some(number)));
    let expected: Vec<u64> = (100..1000).collect();
    let view = r.pin().unwrap();
    let numbers = view.numbers();
    assert!(numbers.iter().map(Result::unwrap).eq(expected.iter().copied()));
    assert!(numbers.iter().rev().map(Result::unwrap).eq(expected.iter().rev().copied()));
    for range in [0..0, 20..40, 25..27, 890..2000, 2000..3000] {
        let found: Vec<u64> = numbers.range(range.clone()).map(Result::unwrap).collect();
        let end = range.end.min(900);
        assert_eq!(found, expected[range.start.min(end)..end], "{range:?}");
    }
    for step in [1, 2, 25, 26, 27, 64, 126, 127, 899, 900] {
        let stepped: Vec<u64> = numbers.iter().step_by(step).map(Result::unwrap).collect();
        assert_eq!(stepped, expected.iter().copied().step_by(step).collect::<Vec<_>>(), "{step}");
    }
    let (mut both, mut twin) = (numbers.range(10..230), expected[10..230].iter());
    for turn in 0..300 {
        let (found, wanted) = match turn % 3 {
            0 => (both.next_back(), twin.next_back()),
            _ => (both.next(), twin.next()),
        };
        assert_eq!(found.transpose().unwrap(), wanted.copied(), "{turn}");
    }
}

#[test]
fn each_operation_is_one_publish_also_one_of_many_elements() {
    let (_place, mut w, _) = pair();
    let mut generation = 0;
    let mut published = |w: &QueuesWriter, count: u64| {
        generation += count;
        assert_eq!(w.file().generation(), generation);
    };
    w.lines_mut().extend(["a", "b", "c", "d"]).unwrap();
    published(&w, 1);
    let mut more = VecDeque::from(["e".to_owned()]);
    w.lines_mut().append(&mut more).unwrap();
    w.lines_mut().append(&mut more).unwrap();
    published(&w, 1);
    w.lines_mut().assign(&["a".into(), "b".into(), "c".into()].into()).unwrap();
    published(&w, 1);
    w.lines_mut().rotate_left(1).unwrap();
    w.lines_mut().rotate_right(2).unwrap();
    published(&w, 2);
    assert_eq!(w.lines_mut().load().unwrap(), ["c", "a", "b"]);
    w.lines_mut().retain(|line| line != "b").unwrap();
    published(&w, 1);
    w.lines_mut().retain(|_| true).unwrap();
    w.lines_mut().extend([]).unwrap();
    w.lines_mut().truncate(9).unwrap();
    w.lines_mut().rotate_left(2).unwrap();
    w.lines_mut().rotate_right(0).unwrap();
    assert_eq!(w.lines_mut().drain(1..1).unwrap(), [""; 0]);
    assert_eq!(w.lines_mut().remove(2).unwrap(), None);
    assert_eq!(w.lines_mut().swap_remove_back(2).unwrap(), None);
    published(&w, 0);
    w.lines_mut().resize(300, "more").unwrap();
    published(&w, 1);
    assert_eq!(w.lines_mut().drain(2..299).unwrap().len(), 297);
    published(&w, 1);
    w.set_lines(&["x".into()].into()).unwrap();
    w.set_lines(&["x".into()].into()).unwrap();
    published(&w, 2);
    let queues = w.snapshot().unwrap();
    w.publish(&queues).unwrap();
    w.update(|_| ()).unwrap();
    published(&w, 0);
    w.update(|queues| queues.lines.push_front("y".into())).unwrap();
    published(&w, 1);
    while let Some(_line) = w.lines_mut().pop_front().unwrap() {
        w.set_seq(1).unwrap();
    }
    published(&w, 4);
    assert_eq!(w.lines_mut().pop_back().unwrap(), None);
    published(&w, 0);
}

#[test]
fn a_nested_proxy_is_a_way_that_outlives_its_publishes() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let mut tasks = w.tasks_mut().into_waits_for();
    let mut some = tasks.back_mut().unwrap().unwrap().into_waits_for();
    for turn in 0..200 {
        some.push_front(&task("new", [])).unwrap();
        let mut first = some.front_mut().unwrap().unwrap();
        first.name_mut().push_str(" and changed").unwrap();
        first.waits_for_mut().push_back(&Task::default()).unwrap();
        if turn % 2 == 0 {
            some.pop_back().unwrap();
        }
    }
    let snapshot = r.snapshot().unwrap();
    let found = &snapshot.tasks.waits_for[1].waits_for;
    assert_eq!(found.len(), 198 + 100);
    assert!(found.range(..200).all(|found| *found == task("new and changed", [Task::default()])));
    assert_eq!(found[200].name, "the task with number 2");
    let mut last = w.numbers_mut().into_get_mut(999).unwrap().unwrap();
    last.update(|number| *number += 1).unwrap();
    assert_eq!(r.numbers().back().unwrap(), Some(1000));
    assert!(w.numbers_mut().get_mut(1000).unwrap().is_none());
}

#[test]
fn what_failed_or_panicked_leaves_nothing() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let refused = w.transaction(|tx| {
        for number in 0..300 {
            tx.numbers_mut().push_front(number)?;
            tx.numbers_mut().pop_back()?;
        }
        tx.lines_mut().clear()?;
        tx.lines_mut().push_front("other")?;
        tx.tasks_mut().waits_for_mut().remove(0)?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert_eq!(refused, Err(WriteError::Aborted));
    assert_eq!(w.snapshot().unwrap(), sample());

    let lines = || ["a", "b"].into_iter().chain(core::iter::from_fn(|| panic!("no more lines")));
    let panicked = catch_unwind(AssertUnwindSafe(|| w.lines_mut().extend(lines())));
    assert!(panicked.is_err());
    // Caught inside: half of an operation is staged, and is not published.
    let caught = w.transaction(|tx| {
        let panicked = catch_unwind(AssertUnwindSafe(|| tx.lines_mut().extend(lines())));
        assert!(panicked.is_err());
        Ok(())
    });
    assert_eq!(caught, Err(WriteError::Aborted));
    assert_eq!(r.snapshot().unwrap(), sample());
    assert_eq!((w.file().generation(), w.file().stats().leaked), (1, 0));
}

#[test]
fn what_std_panics_for_panics_and_changes_nothing() {
    let (_place, mut w, _) = pair();
    w.lines_mut().extend(["a", "b"]).unwrap();
    let mut panics = |call: &mut dyn FnMut(&mut QueuesWriter)| {
        assert!(catch_unwind(AssertUnwindSafe(|| call(&mut w))).is_err());
        assert_eq!(w.lines_mut().load().unwrap(), ["a", "b"]);
        assert_eq!(w.file().generation(), 1);
    };
    panics(&mut |w| w.lines_mut().set(2, "c").unwrap());
    panics(&mut |w| w.lines_mut().insert(3, "c").unwrap());
    panics(&mut |w| w.lines_mut().swap(0, 2).unwrap());
    panics(&mut |w| drop(w.lines_mut().drain(1..3)));
    panics(&mut |w| w.lines_mut().rotate_left(3).unwrap());
    panics(&mut |w| w.lines_mut().rotate_right(3).unwrap());
}

/// Runs `turn` so often; returns how many bytes of blocks were given up, and the books before and
/// after.
fn given_up(
    w: &mut QueuesWriter,
    turns: u64,
    mut turn: impl FnMut(&mut QueuesWriter, u64),
) -> (u64, Stats, Stats) {
    let (start, mut given_up) = (w.file().stats(), 0);
    let mut before = start.clone();
    for number in 0..turns {
        turn(w, number);
        let after = w.file().stats();
        // What is reclaimed meanwhile makes it less: few turns of many.
        given_up += after.garbage.saturating_sub(before.garbage);
        before = after;
    }
    (given_up, start, before)
}

/// A queue gives up the chunks that it has emptied, of 126 words each, and copies no more than that.
#[test]
fn a_queue_of_bounded_length_grows_no_file_and_copies_less_than_it_takes() {
    for (len, turns) in [
        (1, 3000),
        (3, 3000),
        (10, 3000),
        (32, 3000),
        (60, 3000),
        (100, 3000),
        (127, 3000),
        (500, 20_000),
        (5_000, 20_000),
    ] {
        for backwards in [false, true] {
            let (_place, mut w, r) = pair();
            let start: VecDeque<u64> = (0..len).collect();
            w.set_numbers(&start).unwrap();
            let mut turn = |w: &mut QueuesWriter, number| {
                let mut numbers = w.numbers_mut();
                if backwards {
                    numbers.push_front(number).unwrap();
                    numbers.pop_back().unwrap().unwrap();
                } else {
                    numbers.push_back(number).unwrap();
                    numbers.pop_front().unwrap().unwrap();
                }
            };
            given_up(&mut w, 14_000, &mut turn);
            let (given_up, before, after) = given_up(&mut w, turns, &mut turn);
            assert_eq!(before.file_len, after.file_len, "{len}");
            let emptied = turns / 126 * 1024;
            assert!(given_up <= 2 * emptied + 2048, "{len}: {given_up} of {emptied}");
            let nodes = len.div_ceil(126) + 3;
            assert!(after.live <= 2048 + nodes * 1024 * 128 / 126, "{len}: {after:?}");
            assert_eq!(after.leaked, 0);
            r.pin().unwrap().verify().unwrap();
            assert_eq!(r.numbers().len().unwrap(), len as usize);
        }
    }
}

#[test]
fn wide_elements_make_a_queue_as_well() {
    let (_place, mut w, r) = pair();
    w.wide_mut().resize(50, [0; 16]).unwrap();
    let mut turn = |w: &mut QueuesWriter, number| {
        w.wide_mut().push_back([number; 16]).unwrap();
        w.wide_mut().pop_front().unwrap().unwrap();
    };
    given_up(&mut w, 5_000, &mut turn);
    let (given_up, before, after) = given_up(&mut w, 5_000, &mut turn);
    assert_eq!(before.file_len, after.file_len);
    let emptied = 5_000 / 7 * 1024;
    assert!(given_up <= emptied * 3 / 2, "{given_up} of {emptied}");
    assert_eq!(r.wide().front().unwrap(), Some([4_950; 16]));
}

/// The bytes that a change writes are in proportion to it, not to the deque.
#[test]
fn a_change_costs_the_blocks_on_the_way() {
    let (_place, mut w, _) = pair();
    w.set_numbers(&(0..99_940).collect()).unwrap();
    // The root has room at both ends, and the first chunk more than one element.
    (0..5).for_each(|n| w.numbers_mut().push_front(1_000_000 + n).unwrap());
    let mut cost =
        |change: &mut dyn FnMut(&mut QueuesWriter)| given_up(&mut w, 1, |w, _| change(w)).0;
    let way = 2 * 1024 + 256;
    let set = cost(&mut |w| w.numbers_mut().set(50_000, 1).unwrap());
    assert!((2048..=way).contains(&set), "a chunk, the node above it, and a small root: {set}");
    for _ in 0..50 {
        assert_eq!(cost(&mut |w| w.numbers_mut().push_back(1).unwrap()), 0);
        assert_eq!(cost(&mut |w| w.numbers_mut().push_front(1).unwrap()), 0);
    }
    for _ in 0..50 {
        assert_eq!(cost(&mut |w| assert!(w.numbers_mut().pop_back().unwrap().is_some())), 0);
        assert_eq!(cost(&mut |w| assert!(w.numbers_mut().pop_front().unwrap().is_some())), 0);
    }
    // In a place from which something was taken that readers may see.
    let again = cost(&mut |w| w.numbers_mut().push_back(1).unwrap());
    assert!((2048..=way).contains(&again), "{again}");
    let both = cost(&mut |w| {
        w.transaction(|tx| {
            tx.numbers_mut().insert(3, 1)?;
            tx.numbers_mut().remove(4)?;
            tx.numbers_mut().swap(5, 6)
        })
        .unwrap();
    });
    assert!(both <= 2 * way, "the end that is nearer: {both}");
    let queue = cost(&mut |w| {
        w.update(|queues| {
            queues.numbers.pop_front();
            queues.numbers.push_back(9);
        })
        .unwrap();
    });
    assert_eq!(queue, 0, "what was taken off at the front moves nothing");
}

#[test]
fn a_small_deque_takes_little_room_and_grows_by_doubling() {
    for backwards in [false, true] {
        let (_place, mut w, _) = pair();
        w.set_seq(1).unwrap();
        let empty = w.file().stats().live;
        let mut rooms = Vec::new();
        for number in 0..200 {
            match backwards {
                true => w.numbers_mut().push_front(number).unwrap(),
                false => w.numbers_mut().push_back(number).unwrap(),
            }
            rooms.push(w.file().stats().live - empty);
        }
        // The cell takes 24 bytes besides, in the record.
        assert_eq!(rooms[0], 32, "one word");
        rooms.dedup();
        assert_eq!(rooms, [32, 48, 80, 160, 336, 672, 1024, 2080], "{backwards}");
    }
}

#[test]
fn both_ends_grow_by_levels_and_give_everything_back() {
    let (_place, mut w, r) = pair();
    w.set_seq(1).unwrap();
    let empty = w.file().stats().live;
    let mut twin = VecDeque::new();
    // Three levels of words; views in between keep what they see.
    let mut views = Vec::new();
    for round in 0..4 {
        for batch in 0..40 {
            w.transaction(|tx| {
                for number in 0..250 {
                    let number = round * 10_000 + batch * 250 + number;
                    tx.numbers_mut().push_front(number)?;
                    twin.push_front(number);
                    if round % 2 == 0 {
                        tx.numbers_mut().push_back(number)?;
                        twin.push_back(number);
                    }
                }
                Ok(())
            })
            .unwrap();
        }
        views.push((r.pin().unwrap(), twin.clone()));
    }
    assert_eq!(twin.len(), 60_000);
    let nodes = 60_000_u64.div_ceil(126) + 12;
    assert!(w.file().stats().live - empty < nodes * 1024, "{:?}", w.file().stats());
    for (view, twin) in &views {
        assert_eq!(view.numbers().load().unwrap(), *twin);
        view.verify().unwrap();
    }
    drop(views);
    for round in 0..60 {
        w.transaction(|tx| {
            for _ in 0..500 {
                assert_eq!(tx.numbers_mut().pop_front()?, twin.pop_front());
                assert_eq!(tx.numbers_mut().pop_back()?, twin.pop_back());
            }
            Ok(())
        })
        .unwrap();
        if round % 10 == 0 {
            assert_eq!(r.numbers().load().unwrap(), twin);
            r.pin().unwrap().verify().unwrap();
        }
    }
    assert!(twin.is_empty());
    assert_eq!(w.file().stats().live, empty, "all of it is given back");
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn compaction_leaves_deques_as_they_are() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    w.numbers_mut().extend(0..50_000).unwrap();
    (0..40_000).for_each(|_| assert!(w.numbers_mut().pop_front().unwrap().is_some()));
    let before = w.snapshot().unwrap();
    while w.compact(1 << 20).unwrap().is_unfinished() {}
    assert_eq!(w.snapshot().unwrap(), before);
    r.pin().unwrap().verify().unwrap();
    let mut twin = before.numbers;
    for number in 0..300 {
        w.numbers_mut().push_front(number).unwrap();
        w.numbers_mut().push_back(number).unwrap();
        twin.push_front(number);
        twin.push_back(number);
    }
    assert_eq!(r.numbers().load().unwrap(), twin);
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn deques_of_anything_may_be_given_up_and_made_again() {
    let (_place, mut w, _) = pair();
    w.set_seq(1).unwrap();
    let empty = w.file().stats().live;
    for _ in 0..3 {
        w.publish(&sample()).unwrap();
        assert!(w.file().stats().live > empty + 20_000);
        w.publish(&Queues { seq: 1, ..Queues::default() }).unwrap();
        assert_eq!(w.file().stats().live, empty, "all of it is given back");
    }
    assert_eq!(w.file().stats().leaked, 0);
}

/// All ways to read and to change, whatever the words of the heap and of the root are.
#[test]
fn damaged_words_panic_nobody_and_can_be_overwritten() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let small = || {
        let mut small = sample();
        small.raw.truncate(20);
        small.numbers.truncate(200);
        small
    };
    let (mut refused, mut done) = (0, 0);
    for _ in 0..40 {
        let (place, mut w, r) = pair();
        w.publish(&small()).unwrap();
        w.numbers_mut().push_front(1).unwrap();
        let len = w.file().stats().file_len;
        let file = OpenOptions::new().read(true).write(true).open(&place.path).unwrap();
        for _ in 0..60 {
            use std::os::unix::fs::FileExt as _;
            let pages = len / 4096;
            // The pages of slots and of the heap, which stand behind those of the header.
            let at = 4096 * (4 + random(pages - 4)) + random(512) * 8;
            let mut word = [0; 8];
            let from = 4096 * (4 + random(pages - 4)) + random(512) * 8;
            file.read_exact_at(&mut word, from).unwrap();
            let word = match random(4) {
                0 => u64::from_ne_bytes(word),
                1 => 4096 * random(pages) + random(256) * 16 + random(16),
                2 => u64::MAX >> random(64),
                _ => random(200),
            };
            file.write_all_at(&word.to_ne_bytes(), at).unwrap();
            let mut numbers = w.numbers_mut();
            let results = [
                numbers.push_front(random(9)).map(drop),
                numbers.pop_back().map(drop),
                numbers.insert(0, 4).map(drop),
                numbers.remove(random(100) as usize).map(drop),
                numbers.truncate(150).map(drop),
                w.lines_mut().push_back("another line of some length").map(drop),
                w.lines_mut().pop_front().map(drop),
                w.lines_mut().retain(|line| !line.is_empty()).map(drop),
                w.wide_mut().push_front([1; 16]).map(drop),
                w.tasks_mut().waits_for_mut().push_front(&task("one", [])).map(drop),
                w.tasks_mut().waits_for_mut().pop_back().map(drop),
                w.rows_mut().pop().map(drop),
                w.update(|queues| queues.numbers.push_front(7)).map(drop),
                w.snapshot().map(drop).map_err(WriteError::from),
                r.snapshot().map(drop).map_err(WriteError::from),
                r.numbers().back().map(drop).map_err(WriteError::from),
                r.pin().and_then(|view| view.verify()).map_err(WriteError::from),
            ];
            for result in results {
                *(if result.is_err() { &mut refused } else { &mut done }) += 1;
            }
        }
        assert!(w.file().stats().file_len < len + (4 << 20), "{:?}", w.file().stats());
        let _ = w.publish(&small());
        drop(w);
        // What a writer finds there, it refuses or takes; what it salvages, it can change.
        let options = QueuesWriter::options().path(&place.path);
        let mut w = options.on_corrupt(OnCorrupt::Salvage).create().unwrap();
        w.publish(&small()).unwrap();
        assert_eq!(w.snapshot().unwrap(), small());
    }
    assert!(refused > 100 && done > 1000, "{refused} refused, {done} done");
}
