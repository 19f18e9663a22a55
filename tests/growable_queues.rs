//! Queues: deques to which as much is added as is taken off, for a long time and while they are read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "the figures are the result")]

mod support;

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::VecDeque;
use std::thread;
use std::time::Instant;

use commy::growable::PinPolicy;
use commy::{Growable, ReadError, WriteError, create_reader, create_writer};

use support::Random;

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Order {
    number: u64,
    who: String,
}

#[create_writer(filename = "queues.bin", growable)]
#[create_reader(filename = "queues.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Queues {
    /// How many elements were ever taken off each.
    taken: u64,
    numbers: VecDeque<u64>,
    backwards: VecDeque<[u8; 3]>,
    orders: VecDeque<Order>,
    /// The last numbers, in deques of up to 20.
    nested: VecDeque<VecDeque<u64>>,
}

const LEN: u64 = 500;
const ORDERS: u64 = 60;
const NESTED: u64 = 7;

fn order(number: u64) -> Order {
    let who = match number % 3 {
        0 => "me".into(),
        _ => format!("the customer with the number {number}"),
    };
    Order { number, who }
}

fn odd(number: u64) -> [u8; 3] {
    [number as u8, (number >> 8) as u8, 3]
}

fn batch(number: u64) -> VecDeque<u64> {
    (0..number % 20).map(|index| number * 100 + index).collect()
}

/// What the queues are when so many were taken off.
fn queues(taken: u64) -> Queues {
    Queues {
        taken,
        numbers: (taken..taken + LEN).collect(),
        backwards: (taken..taken + LEN).rev().map(odd).collect(),
        orders: (taken..taken + ORDERS).map(order).collect(),
        nested: (taken..taken + NESTED).map(batch).collect(),
    }
}

fn turn(tx: &mut QueuesTransaction<'_>) -> Result<(), WriteError> {
    let taken = tx.taken()?;
    tx.numbers_mut().push_back(taken + LEN)?;
    assert_eq!(tx.numbers_mut().pop_front()?, Some(taken));
    tx.backwards_mut().push_front(odd(taken + LEN))?;
    assert_eq!(tx.backwards_mut().pop_back()?, Some(odd(taken)));
    tx.orders_mut().push_back(&order(taken + ORDERS))?;
    assert_eq!(tx.orders_mut().pop_front()?, Some(order(taken)));
    tx.nested_mut().push_back(&batch(taken + NESTED))?;
    assert_eq!(tx.nested_mut().pop_front()?, Some(batch(taken)));
    tx.set_taken(taken + 1)
}

fn check(found: &Queues) -> u64 {
    assert!(*found == queues(found.taken), "a mix of generations: {found:?}");
    found.taken
}

/// The writer is never behind: whoever reads without a pin is overtaken again and again.
#[test]
fn a_queue_that_is_read_while_it_runs_is_that_of_one_generation() {
    let _watchdog = support::watchdog(Duration::from_secs(200));
    let (_directory, path) = support::place("queues.bin");
    let options = QueuesWriter::options().path(&path).garbage_budget(256 << 10);
    let mut w = options.create().unwrap();
    w.publish(&queues(0)).unwrap();
    let is_over = AtomicBool::new(false);
    let [whole, parts, overtaken] = [const { AtomicUsize::new(0) }; 3];
    let count = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::Relaxed);
    // Also those that panic end it.
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let read = |policy, seed| {
        let _over = Over(&is_over);
        let reader = QueuesReader::options().path(&path).pin(policy).open().unwrap();
        let (mut random, mut reused, mut newest) = (Random(seed), Queues::default(), 0);
        let mut view = None;
        while !is_over.load(Ordering::Relaxed) {
            let read = match random.below(6) {
                0 => reader.snapshot_into(&mut reused).map(|()| {
                    let taken = check(&reused);
                    assert!(taken >= newest);
                    newest = taken;
                }),
                1 => reader.orders().load().map(|orders| {
                    let first = orders[0].number;
                    assert_eq!(orders, queues(first).orders);
                }),
                2 => reader.read(|view| {
                    let taken = view.taken()?;
                    let numbers: Result<Vec<u64>, _> = view.numbers().iter().collect();
                    assert!(numbers?.into_iter().eq(taken..taken + LEN));
                    let backwards: Result<Vec<_>, _> = view.backwards().iter().rev().collect();
                    assert!(backwards?.into_iter().eq((taken..taken + LEN).map(odd)));
                    Ok(())
                }),
                3 => reader.numbers().binary_search_by(|number| number.cmp(&0)).map(|found| {
                    assert!(found.is_err() || found == Ok(0));
                }),
                4 => reader.nested().get(3).map(|found| {
                    let found = found.unwrap();
                    let number = found.front().map_or(0, |first| first / 100);
                    assert_eq!(found, batch(number));
                }),
                _ => match reader.pin() {
                    Ok(pinned) => {
                        view = Some(pinned);
                        Ok(())
                    }
                    // A reader that never pins.
                    Err(ReadError::PinRefused { .. }) => Ok(()),
                    Err(error) => Err(error),
                },
            };
            // A view that is kept sees what it saw, until it is evicted.
            let kept = view.as_ref().map(|view| view.snapshot().map(|found| check(&found)));
            if let Some(Err(ReadError::Evicted { .. })) = kept {
                view = None;
            }
            for read in [Some(read), kept.map(|kept| kept.map(drop))].into_iter().flatten() {
                match read {
                    Ok(()) => count(&whole),
                    Err(ReadError::Contended { .. } | ReadError::Evicted { .. }) => {
                        count(&overtaken)
                    }
                    Err(error) => panic!("{error}"),
                };
            }
            count(&parts);
        }
    };
    thread::scope(|scope| {
        let read = &read;
        scope.spawn(move || read(PinPolicy::Never, 11));
        scope.spawn(move || read(PinPolicy::Auto, 13));
        let mut random = Random(17);
        let _over = Over(&is_over);
        let mut taken = 0;
        while taken < 6000 || whole.load(Ordering::Relaxed) < 400 {
            let turns = 1 + random.below(3);
            let aborts = random.below(8) == 0;
            let result = w.transaction(|tx| {
                (0..turns).try_for_each(|_| turn(tx))?;
                if aborts { Err(WriteError::Aborted) } else { Ok(()) }
            });
            assert_eq!(result.is_err(), aborts);
            taken += if aborts { 0 } else { turns };
            assert!(!is_over.load(Ordering::Relaxed), "a reader has failed");
        }
        assert_eq!(check(&w.snapshot().unwrap()), taken);
    });
    assert_eq!(w.file().stats().leaked, 0);
}

/// Runs `turn` so often, in ten parts; returns of each how many bytes of blocks were given up, what the
/// file was then, and how long it took.
fn tenths(
    w: &mut QueuesWriter,
    turns: u64,
    mut turn: impl FnMut(&mut QueuesWriter, u64) -> u64,
) -> Vec<(u64, u64, Duration)> {
    let mut number = 0;
    let mut tenth = |_| {
        let (started, mut given_up, end) = (Instant::now(), 0, number + turns / 10);
        let mut before = w.file().stats().garbage;
        while number < end {
            number += turn(w, number);
            let after = w.file().stats().garbage;
            // What is reclaimed meanwhile makes it less: few turns of many.
            given_up += after.saturating_sub(before);
            before = after;
        }
        (given_up, w.file().stats().file_len, started.elapsed())
    };
    (0..10).map(&mut tenth).collect()
}

/// All ten parts cost the same, and the file does not grow.
fn expect_flat(tenths: &[(u64, u64, Duration)]) {
    let (first, last) = (&tenths[1], &tenths[9]);
    assert_eq!(first.1, last.1, "the file grows: {tenths:?}");
    assert!(last.0.abs_diff(first.0) <= first.0 / 5 + 65_536, "other costs: {tenths:?}");
}

fn queue() -> (tempfile::TempDir, QueuesWriter) {
    let (directory, path) = support::place("queues.bin");
    let mut w = QueuesWriter::create_at(&path).unwrap();
    w.publish(&queues(0)).unwrap();
    (directory, w)
}

#[test]
fn a_queue_costs_the_same_after_a_million_turns() {
    let (_directory, mut w) = queue();
    let turns = 1_000_000;
    let tenths = tenths(&mut w, turns, |w, number| {
        let turns = |tx: &mut QueuesTransaction<'_>| {
            let mut numbers = tx.numbers_mut();
            for number in number..number + 1000 {
                numbers.push_back(LEN + number)?;
                assert_eq!(numbers.pop_front()?, Some(number));
            }
            Ok(())
        };
        w.transaction(turns).unwrap();
        1000
    });
    expect_flat(&tenths);
    assert!(w.numbers_mut().load().unwrap().into_iter().eq(turns..turns + LEN));
}

/// One publish for each push and each pop: `cargo test --release --test growable_queues -- --ignored
/// --nocapture a_million_publishes`.
#[test]
#[ignore = "takes minutes without optimization"]
fn a_million_publishes_of_a_queue_cost_what_the_first_ones_did() {
    let (_directory, mut w) = queue();
    let turns = 1_000_000;
    let tenths = tenths(&mut w, turns, |w, number| {
        w.numbers_mut().push_back(LEN + number).unwrap();
        assert_eq!(w.numbers_mut().pop_front().unwrap(), Some(number));
        1
    });
    for (given_up, file_len, took) in &tenths {
        println!("given up {given_up} bytes, file {file_len} bytes, {took:?}");
    }
    expect_flat(&tenths);
    assert!(w.numbers_mut().load().unwrap().into_iter().eq(turns..turns + LEN));
}
