//! A reader's changes as a stream in an async runtime.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::{fs, thread};

use commy::{create_reader, create_writer};
use tokio_stream::StreamExt as _;

#[create_writer(filename = "tick.bin")]
#[create_reader(filename = "tick.bin")]
struct Tick {
    number: u64,
}

#[tokio::test(flavor = "current_thread")]
async fn a_stream_gives_rising_values_up_to_the_last_one_and_ends_with_the_close() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_at(&path).unwrap();
    let mut ticks = TickReader::open_at(&path).unwrap().stream().unwrap();
    let writing = thread::spawn(move || {
        for number in 1..=1000 {
            writer.set_number(number);
            if number % 100 == 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let mut last = 0;
    while let Some(tick) = ticks.next().await {
        let number = tick.unwrap().number;
        assert!(number > last, "{number} after {last}");
        last = number;
    }
    assert_eq!(last, 1000);
    assert!(ticks.next().await.is_none());
    writing.join().unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn a_waiting_stream_leaves_the_runtime_to_others() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_at(&path).unwrap();
    let mut ticks = TickReader::open_at(&path).unwrap().stream().unwrap();
    let (first, ()) = tokio::join!(ticks.next(), async {
        // On the one thread of this runtime: it would never run if the stream blocked.
        tokio::task::yield_now().await;
        writer.set_number(7);
    });
    assert_eq!(first.unwrap().unwrap().number, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_follows_its_task_to_another_one() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_at(&path).unwrap();
    let mut ticks = TickReader::open_at(&path).unwrap().stream().unwrap();
    // Polled here, given up, and polled by another task: that one is to be woken.
    let none = tokio::time::timeout(Duration::from_millis(5), ticks.next()).await;
    assert!(none.is_err());
    let task = tokio::spawn(async move { ticks.next().await.unwrap().unwrap().number });
    tokio::time::sleep(Duration::from_millis(5)).await;
    writer.set_number(3);
    assert_eq!(task.await.unwrap(), 3);
}

#[tokio::test(flavor = "current_thread")]
async fn a_stream_ends_when_the_file_is_removed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_at(&path).unwrap();
    let mut ticks = TickReader::open_at(&path).unwrap().stream().unwrap();
    writer.set_number(1);
    assert_eq!(ticks.next().await.unwrap().unwrap().number, 1);
    fs::remove_file(&path).unwrap();
    assert!(ticks.next().await.is_none());
}

/// How many threads of streams this process has.
fn stream_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "commy-stream").count()
}

#[test]
#[ignore = "a role of the test below"]
fn process_with_one_stream() {
    let Some(path) = support::role_path() else { return };
    let _writer = TickWriter::create_at(&path).unwrap();
    let reader = TickReader::open_at(&path).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for polled in [false, true] {
        let mut stream = reader.stream().unwrap();
        if polled {
            let next =
                async { tokio::time::timeout(Duration::from_millis(30), stream.next()).await };
            assert!(runtime.block_on(next).is_err());
        }
        while stream_threads() != 1 {
            thread::yield_now();
        }
        drop(stream);
        while stream_threads() != 0 {
            thread::yield_now();
        }
    }
}

#[test]
fn the_thread_of_a_stream_ends_with_it() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut child = support::start("process_with_one_stream", &path);
    assert!(child.wait().unwrap().success());
}
