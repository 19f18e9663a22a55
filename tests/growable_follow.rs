//! The file of a record that grows is followed for ever: pinned views, and what becomes of the writer.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::mpsc;

use commy::growable::{Follower, PinPolicy};
use commy::{Follow, OpenError, ReadError, WriterState, create_reader, create_writer};
use tokio_stream::StreamExt as _;

#[create_writer(filename = "page.bin", growable)]
#[create_reader(filename = "page.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Page {
    number: u64,
    text: String,
}

/// Another record, under the same name.
mod other {
    #[commy::create_writer(filename = "page.bin", growable)]
    #[commy::create_reader(filename = "page.bin", growable)]
    pub(crate) struct Page {
        pub(crate) text: String,
    }
}

/// The page of a number, by which a mix of two is found.
fn page(number: u64) -> Page {
    Page { number, text: format!("page {number}; ").repeat(300) }
}

fn number(view: &PageView<'_>) -> u64 {
    let number = view.number().unwrap();
    assert_eq!(view.snapshot().unwrap(), page(number));
    number
}

/// What was told, in a form that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Value(u64),
    NotYet,
    Gone,
    Back,
    Replaced,
    Mismatch,
    PinRefused,
}
use Told::{Back, Gone, Mismatch, NotYet, PinRefused, Replaced, Value};

fn told(told: Follow<PageView<'_>>) -> Told {
    match told {
        Follow::Value(view) => Value(number(&view)),
        Follow::NotYet => NotYet,
        Follow::WriterGone => Gone,
        Follow::WriterBack => Back,
        Follow::Replaced => Replaced,
        Follow::Refused(OpenError::SchemaMismatch(_)) => Mismatch,
        Follow::Unreadable(ReadError::PinRefused { .. }) => PinRefused,
        Follow::Refused(error) => panic!("{error}"),
        Follow::Unreadable(error) => panic!("{error}"),
        _ => panic!("something new"),
    }
}

/// Compares what is told next.
#[track_caller]
fn tells<const N: usize>(follower: &mut Follower<Page>, expected: [Told; N]) {
    let told = [(); N].map(|()| told(follower.next().unwrap()));
    assert_eq!(told, expected);
}

/// Several re-checks pass, and nothing is told.
#[track_caller]
fn is_silent(follower: &mut Follower<Page>) {
    assert_eq!(follower.next_timeout(Duration::from_millis(350)).map(told), None);
}

fn create(path: &Path, number: u64) -> PageWriter {
    let mut writer = PageWriter::create_at(path).unwrap();
    writer.publish(&page(number)).unwrap();
    writer
}

/// Puts a new file with this number at `path`, whose writer goes on.
fn replace(path: &Path, number: u64) -> PageWriter {
    let beside = path.with_extension("beside");
    let writer = create(&beside, number);
    fs::rename(&beside, path).unwrap();
    writer
}

#[test]
#[ignore = "a role of the test below"]
fn writer_that_stays() {
    let Some(path) = support::role_path() else { return };
    let mut writer = PageWriter::create_at(path).unwrap();
    let next = writer.number().unwrap() + 1;
    writer.publish(&page(next)).unwrap();
    // Until it is told to close, or killed.
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn a_writer_that_is_killed_is_told_and_its_successor_is_followed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    for polling in [false, true] {
        let (_directory, path) = support::place("page.bin");
        let options = PageReader::options().path(&path);
        let options = if polling { options.polling() } else { options };
        let mut follower = options.follow();
        assert_eq!(follower.path(), path);
        tells(&mut follower, [NotYet]);
        let mut first = support::Reaped(support::start("writer_that_stays", &path));
        let Some(Follow::Value(view)) =
            follower.by_ref().find(|told| !matches!(told, Follow::NotYet))
        else {
            panic!("no value")
        };
        is_silent(&mut follower);
        first.0.kill().unwrap();
        first.0.wait().unwrap();
        tells(&mut follower, [Gone]);
        let reader = PageReader::open_at(&path).unwrap();
        assert_eq!(reader.file().writer_state(), WriterState::Dead);
        assert!(!reader.file().is_closed(), "it was killed");
        let mut second = support::Reaped(support::start("writer_that_stays", &path));
        tells(&mut follower, [Back, Value(2)]);
        drop(second.0.stdin.take());
        assert!(second.0.wait().unwrap().success());
        tells(&mut follower, [Gone]);
        assert!(reader.file().is_closed());
        is_silent(&mut follower);
        assert_eq!(number(&view), 1, "what was given stays");
    }
}

#[test]
fn a_file_that_is_replaced_is_followed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("page.bin");
    let mut old = create(&path, 1);
    let mut follower = PageReader::open_at(&path).unwrap().follow();
    let Some(Follow::Value(first)) = follower.next() else { panic!("no value") };
    old.publish(&page(2)).unwrap();
    let new = replace(&path, 10);
    tells(&mut follower, [Value(2), Replaced, Value(10)]);
    drop((old, new));
    tells(&mut follower, [Gone]);
    drop(other::PageWriter::create_at(path.with_extension("other")).unwrap());
    fs::rename(path.with_extension("other"), &path).unwrap();
    tells(&mut follower, [Mismatch]);
    is_silent(&mut follower);
    fs::remove_file(&path).unwrap();
    tells(&mut follower, [NotYet]);
    let _new = create(&path, 20);
    tells(&mut follower, [Replaced, Back]);
    let next = told(follower.find(|told| !matches!(told, Follow::NotYet)).unwrap());
    assert_eq!((next, number(&first)), (Value(20), 1));
}

#[test]
fn nothing_is_held_but_what_was_given_out() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("page.bin");
    let mut writer = create(&path, 1);
    let mut follower = PageReader::options().path(&path).follow();
    for next in 2..=50 {
        assert!(matches!(told(follower.next().unwrap()), Value(_)));
        writer.publish(&page(next)).unwrap();
    }
    tells(&mut follower, [Value(50)]);
    for next in 51..=90 {
        writer.publish(&page(next)).unwrap();
    }
    assert_eq!(writer.file().stats().held, 0);
}

#[test]
fn a_generation_that_cannot_be_pinned_is_told_once_and_by_every_file() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("page.bin");
    let mut writer = create(&path, 1);
    let mut follower = PageReader::options().path(&path).pin(PinPolicy::Never).follow();
    tells(&mut follower, [PinRefused]);
    is_silent(&mut follower);
    writer.publish(&page(2)).unwrap();
    tells(&mut follower, [PinRefused]);
    let _new = replace(&path, 3);
    // Opened with the same options.
    tells(&mut follower, [Replaced, PinRefused]);
}

#[test]
fn a_callback_may_keep_what_it_is_given() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("page.bin");
    let (seen, events) = mpsc::channel();
    let guard = PageReader::options().path(&path).on_follow(move |told| {
        let _ = seen.send(told);
    });
    assert!(matches!(events.recv().unwrap(), Follow::NotYet));
    let mut writer = create(&path, 1);
    let first = events.iter().find_map(Follow::value).unwrap();
    writer.publish(&page(2)).unwrap();
    let second = events.iter().find_map(Follow::value).unwrap();
    assert_eq!((number(&first), number(&second)), (1, 2));
    drop(writer);
    assert!(matches!(events.recv().unwrap(), Follow::WriterGone));
    drop(guard);
    assert!(events.recv().is_err());
    let (seen, events) = mpsc::channel();
    let reader = PageReader::open_at(&path).unwrap();
    let guard = reader.on_follow(move |next| seen.send(told(next)).unwrap()).unwrap();
    assert_eq!([events.recv().unwrap(), events.recv().unwrap()], [Value(2), Gone]);
    drop(guard);
    assert!(events.recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_gives_views_and_moves_between_tasks() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("page.bin");
    let mut pages = PageReader::options().path(&path).follow_stream().unwrap();
    assert!(matches!(pages.next().await, Some(Follow::NotYet)));
    assert!(tokio::time::timeout(Duration::from_millis(5), pages.next()).await.is_err());
    let task = tokio::spawn(async move {
        let view = loop {
            if let Some(Follow::Value(view)) = pages.next().await {
                break view;
            }
        };
        (view, pages)
    });
    let mut writer = PageWriter::create_at(&path).unwrap();
    writer.publish(&page(1)).unwrap();
    let (view, mut pages) = task.await.unwrap();
    writer.publish(&page(2)).unwrap();
    assert_eq!(number(&view), 1);
    assert_eq!(told(pages.next().await.unwrap()), Value(2));
    drop(writer);
    assert_eq!(told(pages.next().await.unwrap()), Gone);
    let mut again = PageReader::open_at(&path).unwrap().follow_stream().unwrap();
    assert_eq!(told(again.next().await.unwrap()), Value(2));
}
