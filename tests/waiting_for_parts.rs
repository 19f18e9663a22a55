//! A wait for a part of a record ends when that part has changed, however often the record is
//! published.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;
use std::time::Instant;

use commy::{
    FixedString, FixedVec, Mappable, OnMismatch, ReadError, WaitOutcome, create_reader,
    create_writer,
};
use support::format::{self, file::LATEST, slot};

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Quote {
    halted: bool,
    bid: f64,
    ask: f64,
}

#[create_writer(filename = "market.bin")]
#[create_reader(filename = "market.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Market {
    number: u64,
    quotes: [Quote; 20],
    name: FixedString<40>,
    rows: FixedVec<Quote, 50>,
    frame: [u64; 40_000],
}

/// So long that it is never over.
const LONG: Duration = Duration::from_secs(600);
/// The longest sleep without another look.
const RECHECK: Duration = Duration::from_millis(100);

/// A reader that is rung for, and one that looks for itself.
fn both_ways(path: &Path) -> [MarketReader; 2] {
    let polling = MarketReader::options().path(path).polling();
    [MarketReader::open_at(path).unwrap(), polling.open().unwrap()]
}

fn set_bid(market: &mut MarketWriter, at: usize, bid: f64) {
    market.set(|market| &mut market.quotes[at].bid, bid);
}

#[test]
fn publishes_of_other_parts_do_not_end_the_wait_and_each_change_does() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    for reader in both_ways(&path) {
        set_bid(&mut market, 7, 0.0);
        let answered = AtomicBool::new(false);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let (mut bid, mut seen) = (0.0, Vec::new());
                while bid < 20.0 {
                    let outcome =
                        reader.wait_changed(|market| &market.quotes[7].bid, &mut bid, LONG);
                    assert!(outcome.unwrap().is_newer());
                    seen.push(bid);
                    answered.store(true, Ordering::Release);
                }
                seen
            });
            for bid in 1..=20 {
                for at in 0..50_u32 {
                    set_bid(&mut market, 8, f64::from(at));
                    market.set_number(at.into());
                }
                assert!(!answered.load(Ordering::Acquire), "woken by what it does not wait for");
                set_bid(&mut market, 7, f64::from(bid));
                while !answered.swap(false, Ordering::AcqRel) {
                    thread::yield_now();
                }
            }
            let expected: Vec<_> = (1..=20).map(f64::from).collect();
            assert_eq!(waiting.join().unwrap(), expected);
        });
    }
}

#[test]
fn what_differs_already_is_told_at_once_and_what_is_the_same_is_not() {
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    set_bid(&mut market, 7, 1.5);
    set_bid(&mut market, 8, 2.5);
    for reader in both_ways(&path) {
        let wait = |bid: &mut f64, timeout| {
            reader.wait_changed(|market| &market.quotes[7].bid, bid, timeout).unwrap()
        };
        let mut bid = 0.0;
        assert_eq!(wait(&mut bid, Duration::ZERO), WaitOutcome::Newer(2));
        assert_eq!(bid, 1.5);
        let started = Instant::now();
        assert_eq!(wait(&mut bid, Duration::from_millis(30)), WaitOutcome::TimedOut);
        assert!(started.elapsed() >= Duration::from_millis(30));
        assert_eq!(bid, 1.5);
        let mut all = reader.quotes().unwrap();
        let quotes = |timeout, all: &mut _| reader.wait_changed(|it| &it.quotes, all, timeout);
        assert_eq!(quotes(Duration::ZERO, &mut all).unwrap(), WaitOutcome::TimedOut);
        all[19].ask = 3.0;
        assert_eq!(quotes(LONG, &mut all).unwrap(), WaitOutcome::Newer(2));
        assert_eq!(all[19].ask, 0.0);
    }
}

/// By `==`, a NaN differs from itself: the wait would have ended at once, each time.
#[test]
fn a_nan_that_stays_is_no_change_and_the_sign_of_zero_is_one() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    set_bid(&mut market, 7, f64::NAN);
    let reader = MarketReader::open_at(&path).unwrap();
    let mut bid = 0.0;
    let wait = |timeout, bid: &mut f64| {
        reader.wait_changed(|market| &market.quotes[7].bid, bid, timeout).unwrap()
    };
    assert_eq!(wait(LONG, &mut bid), WaitOutcome::Newer(1));
    assert!(bid.is_nan());
    for _ in 0..3 {
        assert_eq!(wait(Duration::from_millis(5), &mut bid), WaitOutcome::TimedOut);
        market.set_number(1);
    }
    for expected in [0.0_f64, -0.0, 0.0] {
        set_bid(&mut market, 7, expected);
        assert!(wait(LONG, &mut bid).is_newer());
        assert_eq!(bid.to_bits(), expected.to_bits());
        assert_eq!(wait(Duration::ZERO, &mut bid), WaitOutcome::TimedOut);
    }
}

/// What a closure makes is compared by `==`. A loop over such a value took a whole processor.
#[test]
fn a_value_that_is_not_equal_to_itself_is_told_with_a_publish_and_seldom_without() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    set_bid(&mut market, 7, f64::NAN);
    for reader in both_ways(&path) {
        let mut last = (f64::NAN, u64::MAX);
        let wait = |timeout, last: &mut (f64, u64)| {
            let read = |view: MarketReader<commy::View<'_, Market>>| {
                Ok((view.get_by(|market| &market.quotes[7].bid)?, view.number()?))
            };
            reader.wait_changed_by(read, last, timeout).unwrap()
        };
        for _ in 0..3 {
            let started = Instant::now();
            assert!(wait(LONG, &mut last).is_newer());
            assert!(started.elapsed() >= RECHECK);
        }
        // Nothing is lost between two calls, nor within one.
        for number in 1..=5 {
            market.set_number(number);
            assert!(wait(LONG, &mut last).is_newer());
            assert_eq!(last.1, number);
        }
        market.set_number(6);
        assert!(wait(Duration::ZERO, &mut last).is_newer());
        assert_eq!(last.1, 6);
        market.set(|market| &mut market.quotes[7].bid, 0.5);
        assert!(wait(LONG, &mut last).is_newer());
        assert_eq!(last, (0.5, 6));
        assert_eq!(wait(Duration::ZERO, &mut last), WaitOutcome::TimedOut);
        set_bid(&mut market, 7, f64::NAN);
    }
}

#[test]
fn the_time_is_that_of_the_call_however_often_it_wakes() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    market.set_number(1);
    let is_over = AtomicBool::new(false);
    for reader in both_ways(&path) {
        is_over.store(false, Ordering::Relaxed);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    set_bid(&mut market, 8, 1.0);
                }
            });
            let started = Instant::now();
            let timeout = Duration::from_millis(150);
            let outcome = reader.wait_changed(|market| &market.quotes[7], &mut zero(), timeout);
            assert_eq!(outcome.unwrap(), WaitOutcome::TimedOut);
            assert!(started.elapsed() >= timeout);
            let (mut row, started) = (None, Instant::now());
            let outcome = reader.wait_changed_by(|market| market.rows_at(3), &mut row, timeout);
            assert_eq!(outcome.unwrap(), WaitOutcome::TimedOut);
            assert!(started.elapsed() >= timeout);
            is_over.store(true, Ordering::Relaxed);
        });
    }
}

fn zero() -> Quote {
    Quote { halted: false, bid: 0.0, ask: 0.0 }
}

#[test]
fn an_element_and_a_text_and_a_frame_are_waited_for() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    for reader in both_ways(&path) {
        market.set_name("north").unwrap();
        let mut name = reader.name().unwrap();
        // What stood behind the end of a text does not count.
        market.set_name("northern hemisphere").unwrap();
        market.set_name("north").unwrap();
        let wait = |name: &mut FixedString<40>, timeout| {
            reader.wait_changed(|market| &market.name, name, timeout).unwrap()
        };
        assert_eq!(wait(&mut name, Duration::ZERO), WaitOutcome::TimedOut);
        name = "northern".parse().unwrap();
        name.truncate(5);
        assert_eq!(wait(&mut name, Duration::ZERO), WaitOutcome::TimedOut);
        market.set_name("northerly").unwrap();
        assert!(wait(&mut name, LONG).is_newer());
        assert_eq!(name, "northerly");

        let mut bid = None;
        let wait = |bid: &mut Option<f64>, timeout| {
            let read =
                |view: MarketReader<commy::View<'_, Market>>| view.rows_get(2, |row| &row.bid);
            reader.wait_changed_by(read, bid, timeout).unwrap()
        };
        market.set_rows(&[]).unwrap();
        assert_eq!(wait(&mut bid, Duration::ZERO), WaitOutcome::TimedOut);
        market.set_rows(&[zero(); 3]).unwrap();
        assert!(wait(&mut bid, LONG).is_newer());
        assert_eq!(bid, Some(0.0));

        // Of more than is passed by value, in the caller's box.
        let mut frame = reader.get_boxed(|market| &market.frame).unwrap();
        let outcome = reader.wait_changed(|market| &market.frame, &mut frame, Duration::ZERO);
        assert_eq!(outcome.unwrap(), WaitOutcome::TimedOut);
        let value = frame[39_999] + 1;
        market.set_frame_at(39_999, value);
        let outcome = reader.wait_changed(|market| &market.frame, &mut frame, LONG);
        assert!(outcome.unwrap().is_newer());
        assert_eq!(frame[39_999], value);
    }
}

#[test]
fn an_empty_file_is_waited_for_and_a_closed_or_replaced_one_ends_the_wait() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    for reader in both_ways(&path) {
        let mut number = 0;
        let outcome =
            reader.wait_changed(|it| &it.number, &mut number, Duration::from_millis(5)).unwrap();
        assert_eq!(outcome, WaitOutcome::TimedOut);
    }
    market.set_number(1);
    let readers = both_ways(&path);
    let closing = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(market);
    });
    for reader in &readers {
        let mut number = 1;
        let outcome = reader.wait_changed(|it| &it.number, &mut number, LONG).unwrap();
        assert_eq!(outcome, WaitOutcome::Closed);
        // What was published last is told before that.
        number = 0;
        let outcome = reader.wait_changed(|it| &it.number, &mut number, LONG).unwrap();
        assert_eq!((outcome, number), (WaitOutcome::Newer(1), 1));
    }
    closing.join().unwrap();
    let options = MarketWriter::options().path(&path).slots(9);
    let _new = options.on_mismatch(OnMismatch::Replace).create().unwrap();
    for reader in &readers {
        let mut number = 1;
        let outcome = reader.wait_changed(|it| &it.number, &mut number, LONG).unwrap();
        assert_eq!(outcome, WaitOutcome::Superseded);
        let outcome = reader.wait_changed_by(|it| it.number(), &mut number, LONG).unwrap();
        assert_eq!(outcome, WaitOutcome::Superseded);
    }
}

#[test]
fn bytes_that_are_no_value_are_an_error_and_leave_what_is_known() {
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    market.set_number(1);
    let bytes = fs::read(&path).unwrap();
    // The flag of the first quote.
    let flag = (format::slot_of(&bytes, 1) + slot::PAYLOAD + 8) as u64;
    File::options().write(true).open(&path).unwrap().write_all_at(&[2], flag).unwrap();
    let reader = MarketReader::open_at(&path).unwrap();
    let mut quote = Quote { bid: 4.5, ..zero() };
    let refused = reader.wait_changed(|market| &market.quotes[0], &mut quote, LONG);
    assert!(
        matches!(refused, Err(ReadError::Invalid { field, .. }) if field == "quotes[0].halted")
    );
    assert_eq!(quote.bid, 4.5);
    // Another part can be waited for.
    let outcome = reader.wait_changed(|market| &market.quotes[1], &mut quote, LONG).unwrap();
    assert_eq!((outcome, quote), (WaitOutcome::Newer(1), zero()));
}

#[test]
fn a_part_that_is_overtaken_is_read_again_until_the_time_is_over() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("market.bin");
    let mut market = MarketWriter::create_at(&path).unwrap();
    market.set_number(1);
    let reader = MarketReader::open_at(&path).unwrap();
    // The slot of generation 5 is that of generation 1: as if every copy were overtaken.
    let name_generation = |latest: u64| {
        let file = File::options().write(true).open(&path).unwrap();
        file.write_all_at(&latest.to_ne_bytes(), LATEST as u64).unwrap();
    };
    name_generation(5);
    let (mut number, timeout) = (0, Duration::from_millis(20));
    let started = Instant::now();
    let refused = reader.wait_changed(|market| &market.number, &mut number, timeout);
    assert!(matches!(refused, Err(ReadError::Contended { .. })), "{refused:?}");
    assert!(started.elapsed() >= timeout && number == 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(20));
            name_generation(1);
        });
        let outcome = reader.wait_changed(|market| &market.number, &mut number, LONG);
        assert_eq!((outcome.unwrap(), number), (WaitOutcome::Newer(1), 1));
    });
}

#[create_writer(filename = "rates.bin", growable)]
#[create_reader(filename = "rates.bin", growable)]
struct Rates {
    rates: BTreeMap<String, u64>,
    notes: Vec<String>,
}

#[test]
fn an_entry_of_a_map_that_grows_is_waited_for() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("rates.bin");
    let mut writer = RatesWriter::create_at(&path).unwrap();
    let reader = RatesReader::open_at(&path).unwrap();
    let answered = AtomicBool::new(false);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let (mut euro, mut seen) = (None, Vec::new());
            while euro != Some(3) {
                let outcome = reader.wait_changed_by(|it| it.rates().get("EUR"), &mut euro, LONG);
                assert!(outcome.unwrap().is_newer());
                seen.push(euro);
                answered.store(true, Ordering::Release);
            }
            seen
        });
        for rate in 1..=3 {
            for other in 0..20 {
                writer.rates_mut().insert("GBP", other).unwrap();
                writer.notes_mut().push("a note").unwrap();
            }
            assert!(!answered.load(Ordering::Acquire), "woken by another entry");
            writer.rates_mut().insert("EUR", rate).unwrap();
            while !answered.swap(false, Ordering::AcqRel) {
                thread::yield_now();
            }
        }
        assert_eq!(waiting.join().unwrap(), [Some(1), Some(2), Some(3)]);
    });
    let mut notes = 60;
    let outcome = reader.wait_changed_by(|it| it.notes().len(), &mut notes, Duration::ZERO);
    assert_eq!(outcome.unwrap(), WaitOutcome::TimedOut);
    drop(writer);
    let outcome = reader.wait_changed_by(|it| it.notes().len(), &mut notes, LONG);
    assert_eq!(outcome.unwrap(), WaitOutcome::Closed);
}

/// Prints how often a reader of one of twenty instruments is woken in a second, and how often
/// `wait_changed` returns: `cargo test --test waiting_for_parts -- --ignored --nocapture`.
#[test]
#[ignore = "prints a measurement"]
#[allow(clippy::print_stdout, reason = "a measurement")]
fn wake_ups_of_one_instrument() {
    const TIME: Duration = Duration::from_secs(1);
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("market.bin");
    let mut writer = MarketWriter::create_at(&path).unwrap();
    writer.set_number(1);
    let (by_publish, by_part) =
        (MarketReader::open_at(&path).unwrap(), MarketReader::open_at(&path).unwrap());
    let is_over = AtomicBool::new(false);
    let (published, wanted, woken, told) = thread::scope(|scope| {
        let woken = scope.spawn(|| {
            let (mut seen, mut woken) = (1, 0_u32);
            while !is_over.load(Ordering::Relaxed) {
                if let WaitOutcome::Newer(generation) = by_publish.wait_newer(seen, RECHECK) {
                    (seen, woken) = (generation, woken + 1);
                }
            }
            woken
        });
        let told = scope.spawn(|| {
            let (mut bid, mut told) = (0.0, 0_u32);
            while !is_over.load(Ordering::Relaxed) {
                let outcome = by_part.wait_changed(|it| &it.quotes[7].bid, &mut bid, RECHECK);
                told += u32::from(outcome.unwrap().is_newer());
            }
            told
        });
        let (start, mut published, mut wanted) = (Instant::now(), 0_u32, 0_u32);
        while start.elapsed() < TIME {
            set_bid(&mut writer, 3, f64::from(published));
            published += 1;
            if start.elapsed() > TIME / 20 * wanted {
                wanted += 1;
                set_bid(&mut writer, 7, f64::from(wanted));
            }
            thread::sleep(Duration::from_micros(30));
        }
        // So that the last one is told.
        thread::sleep(RECHECK);
        is_over.store(true, Ordering::Relaxed);
        (published + wanted, wanted, woken.join().unwrap(), told.join().unwrap())
    });
    println!(
        "{published} publishes, {woken} wake-ups; {wanted} changes of the part, told {told} times"
    );
    assert!(told > 0 && told <= wanted && woken > told);
}
