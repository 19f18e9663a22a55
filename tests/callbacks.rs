//! Values that come by themselves: the iterator of changes, and callbacks on a thread of their own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;
#[path = "support/tick.rs"]
mod tick;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, mpsc};
use std::thread;

use commy::{OnChange, ReadError, create_reader, create_writer};
use tick::{Tick, TickReader, TickWriter, both_ways};

#[test]
fn changes_end_with_the_last_value() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_at(&path).unwrap();
    for reader in both_ways(&path) {
        let seen = reader.number().unwrap_or(0);
        thread::scope(|scope| {
            let numbers = scope.spawn(|| {
                let values = reader.changes().map(|tick| tick.unwrap());
                values
                    .map(|tick| {
                        assert_eq!(tick.twice, 2 * tick.number);
                        tick.number
                    })
                    .collect::<Vec<_>>()
            });
            for number in seen + 1..=seen + 500 {
                writer.publish(&Tick::of(number));
            }
            drop(writer);
            let numbers = numbers.join().unwrap();
            assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
            assert_eq!(*numbers.last().unwrap(), seen + 500);
        });
        writer = TickWriter::create_at(&path).unwrap();
    }
}

#[test]
fn a_bad_value_is_reported_once_and_does_not_end_the_changes() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let flags = path.with_extension("flags");
    let mut writer = FlagWriter::create_at(&flags).unwrap();
    writer.set_on(true);
    let file = File::options().write(true).open(&flags).unwrap();
    // No bool is 7.
    file.write_all_at(&[7], support::payload_of_generation_1(&flags)).unwrap();
    let mut changes = FlagReader::open_at(&flags).unwrap().changes();
    assert!(matches!(changes.next(), Some(Err(ReadError::Invalid { .. }))));
    writer.set_on(false);
    assert!(!changes.next().unwrap().unwrap().on);
    drop(writer);
    assert!(changes.next().is_none());
    assert!(changes.next().is_none());
}

#[create_writer(filename = "flag.bin")]
#[create_reader(filename = "flag.bin")]
struct Flag {
    on: bool,
}

#[test]
fn a_callback_gets_the_newest_value_and_stops_with_its_guard() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_with_at(&path, 1);
    for reader in both_ways(&path) {
        let (seen, numbers) = mpsc::channel();
        let guard = reader.on_change(move |tick| seen.send(tick.unwrap().number).unwrap()).unwrap();
        // Level-triggered: first what is there.
        let first = numbers.recv().unwrap();
        assert_eq!(first, writer.get().number);
        writer.publish(&Tick::of(first + 1));
        assert_eq!(numbers.recv().unwrap(), first + 1);
        assert!(guard.is_running());
        drop(guard);
        // The callback is gone, and its end of the channel with it.
        assert!(numbers.recv().is_err());
        writer.publish(&Tick::of(first + 2));
    }
}

#[test]
fn a_callback_is_gone_when_its_guard_has_been_dropped() {
    /// Something that a callback owns, and that takes its time to go.
    struct Owned(Arc<AtomicBool>);

    impl Drop for Owned {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(30));
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let _writer = TickWriter::create_with_at(&path, 1);
    for reader in both_ways(&path) {
        let is_gone = Arc::new(AtomicBool::new(false));
        let owned = Owned(Arc::clone(&is_gone));
        let (seen, numbers) = mpsc::channel();
        let callback = move |tick: Result<&Tick, _>| {
            let _ = &owned;
            seen.send(tick.unwrap().number).unwrap();
        };
        let guard = reader.on_change(callback).unwrap();
        assert_eq!(numbers.recv().unwrap(), 1);
        drop(guard);
        assert!(is_gone.load(Ordering::Relaxed), "the thread of the callback outlived the guard");
    }
}

#[test]
fn a_callback_may_drop_its_own_guard() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_with_at(&path, 1);
    for reader in both_ways(&path) {
        let (give, own) = mpsc::channel::<OnChange>();
        let (seen, numbers) = mpsc::channel();
        let callback = move |tick: Result<&Tick, _>| {
            drop(own.recv().unwrap());
            seen.send(tick.unwrap().number).unwrap();
        };
        give.send(reader.on_change(callback).unwrap()).unwrap();
        assert_eq!(numbers.recv().unwrap(), writer.file().generation());
        // It was the last call: the thread ends, and the callback's end of the channel with it.
        writer.set_number(writer.file().generation() + 1);
        assert!(numbers.recv().is_err());
    }
}

#[create_writer(filename = "frame.bin")]
#[create_reader(filename = "frame.bin")]
struct Frame {
    pixels: [u8; 8 << 20],
}

#[test]
fn a_callback_gets_a_value_that_is_larger_than_its_stack() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = FrameWriter::create_at(&path).unwrap();
    let (seen, pixels) = mpsc::channel();
    let last = |frame: &Frame| frame.pixels[(8 << 20) - 1];
    let reader = FrameReader::open_at(&path).unwrap();
    let guard = reader.on_change(move |frame| seen.send(frame.map(last)).unwrap()).unwrap();
    for pixel in 1..=3 {
        writer.set_pixels_at((8 << 20) - 1, pixel);
        assert_eq!(pixels.recv().unwrap().unwrap(), pixel);
    }
    drop(guard);
}

#[test]
fn a_callback_survives_the_writer_and_ends_with_the_file() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    drop(TickWriter::create_with_at(&path, 1));
    let (seen, numbers) = mpsc::channel();
    let reader = TickReader::open_at(&path).unwrap();
    let guard = reader.on_change(move |tick| seen.send(tick.unwrap().number).unwrap()).unwrap();
    assert_eq!(numbers.recv().unwrap(), 1);
    TickWriter::create_at(&path).unwrap().publish(&Tick::of(2));
    assert_eq!(numbers.recv().unwrap(), 2);
    drop(TickWriter::replace_at(&path));
    assert!(numbers.recv().is_err());
    while guard.is_running() {
        thread::sleep(Duration::from_millis(1));
    }
}
