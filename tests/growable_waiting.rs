//! Records that grow, as they come by themselves: iterators, callbacks, streams, a value that is kept.
#![cfg(target_os = "linux")]
#![allow(clippy::box_collection, reason = "text in a block of its own is a kind of its own")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use commy::growable::{self, GrowableRecord, PinPolicy};
use commy::{ReadError, WriteError, create_reader, create_writer};
use tokio_stream::StreamExt as _;

#[create_writer(filename = "page.bin", growable)]
#[create_reader(filename = "page.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Page {
    number: u64,
    text: String,
    #[commy(bytes)]
    picture: Vec<u8>,
    note: Option<String>,
    boxed: Box<u64>,
}

/// The page of a number, by which a mix of two is found.
fn page(number: u64) -> Page {
    Page {
        number,
        text: format!("page {number}; ").repeat(300),
        picture: vec![number as u8; 20_000],
        note: number.is_multiple_of(2).then(|| format!("note {number}")),
        boxed: Box::new(number),
    }
}

#[track_caller]
fn assert_whole(view: &PageView<'_>) -> u64 {
    let number = view.number().unwrap();
    assert_eq!(view.snapshot().unwrap(), page(number));
    view.verify().unwrap();
    number
}

fn pair() -> (tempfile::TempDir, PathBuf, PageWriter, PageReader) {
    let (directory, path) = support::place("page.bin");
    let writer = PageWriter::create_at(&path).unwrap();
    let reader = PageReader::open_at(&path).unwrap();
    (directory, path, writer, reader)
}

fn without_pins(path: &Path) -> PageReader {
    PageReader::options().path(path).pin(PinPolicy::Never).open().unwrap()
}

#[test]
fn each_view_stays_whole_while_the_writer_goes_on() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, _path, mut writer, reader) = pair();
    let mut changes = reader.changes();
    let mut views = Vec::new();
    for number in 1..=30 {
        writer.publish(&page(number)).unwrap();
        views.push(changes.next().unwrap().unwrap());
    }
    for number in 31..=300 {
        writer.publish(&page(number)).unwrap();
    }
    for (view, number) in views.iter().zip(1..) {
        assert_eq!((assert_whole(view), view.generation()), (number, number));
    }
    drop(views);
    // Nothing is held by what waits: only by what it gave out.
    for number in 301..=340 {
        writer.publish(&page(number)).unwrap();
    }
    assert_eq!(writer.file().stats().held, 0);
    assert_eq!(assert_whole(&changes.next().unwrap().unwrap()), 340);
}

#[test]
fn changes_rise_and_end_with_the_last_value_when_the_file_is_closed() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, _path, mut writer, reader) = pair();
    let reading = thread::spawn(move || {
        let mut last = None;
        let mut numbers = Vec::new();
        let mut changes = reader.changes();
        for view in changes.by_ref() {
            let view = view.unwrap();
            numbers.push(assert_whole(&view));
            last = Some(view);
        }
        assert!(changes.next().is_none(), "it has ended");
        // A view outlasts the iterator, the reader and the writer.
        (numbers, last.unwrap())
    });
    for number in 1..=400 {
        writer.publish(&page(number)).unwrap();
    }
    drop(writer);
    let (numbers, last) = reading.join().unwrap();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert_eq!(numbers.last(), Some(&400));
    assert_eq!(assert_whole(&last), 400);
}

#[test]
fn changes_that_have_ended_do_not_begin_again() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path, writer, reader) = pair();
    let mut changes = reader.changes();
    drop(writer);
    assert!(changes.next().is_none(), "closed before anything was published");
    PageWriter::create_at(&path).unwrap().publish(&page(1)).unwrap();
    assert!(changes.next().is_none());
    assert_eq!(assert_whole(&reader.changes().next().unwrap().unwrap()), 1);
}

#[test]
fn changes_end_when_the_file_is_removed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path, mut writer, reader) = pair();
    writer.publish(&page(1)).unwrap();
    let mut changes = reader.changes();
    let view = changes.next().unwrap().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(changes.next().is_none());
    assert_eq!(assert_whole(&view), 1);
}

#[test]
fn a_refusal_to_pin_is_told_once_for_each_generation() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path, mut writer, _reader) = pair();
    let reader = without_pins(&path);
    let (seen, told) = mpsc::channel();
    let guard = reader.on_change(move |view| seen.send(view.map(|_| ())).unwrap()).unwrap();
    let mut changes = reader.changes();
    for number in 1..=3 {
        writer.publish(&page(number)).unwrap();
        assert!(matches!(changes.next(), Some(Err(ReadError::PinRefused { .. }))), "{number}");
        assert!(matches!(told.recv().unwrap(), Err(ReadError::PinRefused { .. })), "{number}");
    }
    drop((writer, guard));
    assert!(changes.next().is_none());
    assert!(told.recv().is_err(), "no more than once each");
}

#[test]
fn a_callback_reads_one_generation_however_long_it_takes() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, _path, mut writer, reader) = pair();
    let (begun, begins) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel();
    let (seen, numbers) = mpsc::channel();
    let callback = move |view: Result<&PageView<'_>, ReadError>| {
        let view = view.unwrap();
        begun.send(()).unwrap();
        goes_on.recv().unwrap();
        seen.send((view.generation(), assert_whole(view))).unwrap();
    };
    let guard = reader.on_change(callback).unwrap();
    writer.publish(&page(1)).unwrap();
    begins.recv().unwrap();
    for number in 2..=200 {
        writer.publish(&page(number)).unwrap();
    }
    go_on.send(()).unwrap();
    assert_eq!(numbers.recv().unwrap(), (1, 1));
    begins.recv().unwrap();
    go_on.send(()).unwrap();
    assert_eq!(numbers.recv().unwrap(), (200, 200), "the newest");
    assert!(guard.is_running());
    drop(guard);
    assert!(numbers.recv().is_err(), "the callback is gone");
    for number in 201..=240 {
        writer.publish(&page(number)).unwrap();
    }
    assert_eq!(writer.file().stats().held, 0, "its pins, too");
}

#[test]
fn a_callback_is_called_once_for_each_generation_that_it_is_shown() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path, mut writer, reader) = pair();
    let (seen, calls) = mpsc::channel();
    let callback = move |view: Result<&PageView<'_>, ReadError>| {
        let view = view.unwrap();
        seen.send((view.generation(), assert_whole(view))).unwrap();
    };
    let guard = reader.on_change(callback).unwrap();
    for number in 1..=300 {
        writer.publish(&page(number)).unwrap();
    }
    let mut all = vec![calls.recv().unwrap()];
    while all.last() != Some(&(300, 300)) {
        all.push(calls.recv().unwrap());
    }
    // Another writer goes on; the thread is still there.
    drop(writer);
    let mut writer = PageWriter::create_at(&path).unwrap();
    writer.publish(&page(301)).unwrap();
    while all.last().unwrap().1 != 301 {
        all.push(calls.recv().unwrap());
    }
    drop(guard);
    all.extend(calls);
    assert!(all.is_sorted_by(|one, next| one.0 < next.0), "{all:?}");
}

#[create_writer(filename = "tally.bin", growable)]
#[create_reader(filename = "tally.bin", growable)]
struct Tally {
    number: u64,
    text: String,
}

/// Small publishes in a row: often one comes between finding that there is a newer generation and
/// pinning the newest.
#[test]
fn no_generation_is_shown_twice_when_a_newer_one_comes_in_between() {
    const LAST: u64 = 30_000;

    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("tally.bin");
    let mut writer = TallyWriter::create_at(&path).unwrap();
    let reader = TallyReader::open_at(&path).unwrap();
    let (seen, shown) = mpsc::channel();
    let callback = move |view: Result<&TallyView<'_>, ReadError>| {
        let view = view.unwrap();
        assert_eq!(view.text().unwrap(), view.number().unwrap().to_string());
        seen.send(view.generation()).unwrap();
    };
    let guard = reader.on_change(callback).unwrap();
    let mut changes = reader.changes();
    let writing = thread::spawn(move || {
        for number in 1..=LAST {
            writer
                .transaction(|tx| {
                    tx.set_number(number)?;
                    tx.set_text(&number.to_string())
                })
                .unwrap();
        }
    });
    let iterated: Vec<_> = changes.by_ref().map(|view| view.unwrap().generation()).collect();
    writing.join().unwrap();
    let mut called: Vec<_> = shown.iter().take_while(|generation| *generation < LAST).collect();
    drop(guard);
    called.push(LAST);
    called.extend(shown);
    for generations in [iterated, called] {
        assert!(generations.is_sorted_by(|one, next| one < next), "{generations:?}");
        assert_eq!(generations.last(), Some(&LAST));
    }
}

#[test]
fn a_callback_that_panics_ends_alone() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, _path, mut writer, reader) = pair();
    let (seen, calls) = mpsc::channel();
    let guard = reader
        .on_change(move |view| {
            seen.send(view.map(|view| view.generation())).unwrap();
            panic!("in the callback");
        })
        .unwrap();
    writer.publish(&page(1)).unwrap();
    assert_eq!(calls.recv().unwrap(), Ok(1));
    assert!(calls.recv().is_err());
    while guard.is_running() {
        thread::yield_now();
    }
    for number in 2..=40 {
        writer.publish(&page(number)).unwrap();
    }
    assert_eq!(writer.file().stats().held, 0, "what it held is let go of");
}

/// For any record, by what all views have.
fn generations<T: GrowableRecord>(reader: &growable::Reader<T>) -> Vec<u64> {
    reader.changes().map(|view| view.unwrap().generation()).collect()
}

#[test]
fn generic_code_waits_for_any_record() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, _path, mut writer, reader) = pair();
    writer.publish(&page(1)).unwrap();
    writer.publish(&page(2)).unwrap();
    drop(writer);
    assert_eq!(generations(&reader), [2]);
}

#[test]
fn a_kept_value_takes_no_new_memory_where_the_next_one_fits() {
    let (_directory, _path, mut writer, reader) = pair();
    let mut kept = reader.cached();
    assert!(matches!(kept.refresh(), Err(ReadError::Empty)));
    writer.publish(&page(1000)).unwrap();
    let text = kept.refresh().unwrap().text.as_ptr();
    for number in (2..1000).step_by(100) {
        writer.publish(&page(number)).unwrap();
        let (count, value) = counting::allocations(|| kept.refresh().unwrap());
        assert_eq!((count, value), (0, &page(number)));
        assert_eq!(value.text.as_ptr(), text);
    }
    assert_eq!(kept.generation(), 11);
}

#[test]
fn a_kept_value_is_not_loaded_again_unless_something_was_published() {
    let (_directory, path, mut writer, reader) = pair();
    writer.publish(&page(1)).unwrap();
    let mut kept = reader.cached();
    assert_eq!(*kept.refresh().unwrap(), page(1));
    // Behind everybody's back, and of the same generation.
    let file = fs::read(&path).unwrap();
    let texts = file.windows(7).enumerate().filter(|(_, bytes)| bytes == b"page 1;");
    let changed = File::options().write(true).open(&path).unwrap();
    for (at, _) in texts {
        changed.write_all_at(b"PAGE", at as u64).unwrap();
    }
    assert!(reader.text().unwrap().starts_with("PAGE 1;"));
    assert_eq!(*kept.refresh().unwrap(), page(1));
    writer.set_number(2).unwrap();
    let value = kept.refresh().unwrap();
    assert!(value.number == 2 && value.text.starts_with("PAGE 1;"));
}

#[test]
fn a_kept_value_is_gone_after_an_error_and_comes_again() {
    let (_directory, path, mut writer, _reader) = pair();
    let reader = PageReader::options().path(&path).max_load(40_000).open().unwrap();
    writer.publish(&page(1)).unwrap();
    let mut kept = reader.cached();
    assert_eq!(*kept.refresh().unwrap(), page(1));
    writer.set_picture(&[0; 40_000]).unwrap();
    for _ in 0..2 {
        assert!(matches!(kept.refresh(), Err(ReadError::TooLarge { .. })));
        assert_eq!(kept.generation(), 0);
    }
    writer.publish(&page(3)).unwrap();
    assert_eq!(*kept.refresh().unwrap(), page(3));
    assert_eq!(kept.generation(), 3);
}

#[test]
fn kept_values_of_a_fast_writer_are_whole() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path, mut writer, reader) = pair();
    writer.publish(&page(1)).unwrap();
    let writing = thread::spawn(move || {
        for number in 2..=500 {
            writer.publish(&page(number)).unwrap();
        }
    });
    for reader in [reader, without_pins(&path)] {
        let (mut kept, mut last) = (reader.cached(), 0);
        for _ in 0..200 {
            match kept.refresh() {
                Ok(value) => {
                    assert_eq!(*value, page(value.number));
                    assert!(value.number >= last);
                    last = value.number;
                }
                // Only without pins.
                Err(error) => assert!(matches!(error, ReadError::Contended { .. }), "{error}"),
            }
        }
    }
    writing.join().unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn a_stream_gives_views_that_stay_up_to_the_last_one_and_ends_with_the_close() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, _path, mut writer, reader) = pair();
    let mut pages = reader.stream().unwrap();
    let writing = thread::spawn(move || {
        for number in 1..=300 {
            writer.publish(&page(number))?;
            if number % 50 == 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ok::<_, WriteError>(())
    });
    let mut views = Vec::new();
    while let Some(view) = pages.next().await {
        views.push(view.unwrap());
        if views.len() > 20 {
            views.remove(0);
        }
    }
    assert!(pages.next().await.is_none());
    writing.join().unwrap().unwrap();
    let numbers: Vec<_> = views.iter().map(assert_whole).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert_eq!(numbers.last(), Some(&300));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_stream_leaves_its_runtime_alone_and_moves_between_tasks() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path, mut writer, reader) = pair();
    let mut pages = reader.stream().unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(5), pages.next()).await.is_err());
    let task = tokio::spawn(async move {
        let view = pages.next().await.unwrap().unwrap();
        (view, pages)
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    writer.publish(&page(5)).unwrap();
    let (view, mut pages) = task.await.unwrap();
    assert_eq!(assert_whole(&view), 5);
    let mut refused = without_pins(&path).stream().unwrap();
    assert!(matches!(refused.next().await, Some(Err(ReadError::PinRefused { .. }))));
    fs::remove_file(&path).unwrap();
    assert!(pages.next().await.is_none());
    assert!(refused.next().await.is_none());
}
