//! A file is followed for ever: its values, its writer, and what takes its place.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/stranger.rs"]
mod stranger;
mod support;
#[path = "support/tick.rs"]
mod tick;

use core::time::Duration;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use commy::{
    Follow, Follower, OnChange, OnMismatch, OpenError, ReadError, ReaderOptions, WriterState,
    create_reader, create_writer,
};
use tick::{LONG, Tick, TickReader, TickWriter};
use tokio_stream::StreamExt as _;

/// Another record, under the same name.
mod other {
    #[commy::create_writer(filename = "tick.bin")]
    #[commy::create_reader(filename = "tick.bin")]
    pub(crate) struct Tick {
        pub(crate) number: u32,
    }
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
    Mode,
    NoPermission,
    NotCommy,
    Unreadable,
}
use Told::{Back, Gone, Mismatch, Mode, NoPermission, NotCommy, NotYet, Replaced, Unreadable, Value};

impl Told {
    fn of(told: Follow<impl std::borrow::Borrow<Tick>>) -> Self {
        match told {
            Follow::Value(tick) => {
                let tick = tick.borrow();
                assert_eq!(tick.twice, 2 * tick.number);
                Value(tick.number)
            }
            Follow::NotYet => NotYet,
            Follow::WriterGone => Gone,
            Follow::WriterBack => Back,
            Follow::Replaced => Replaced,
            Follow::Refused(OpenError::SchemaMismatch(_)) => Mismatch,
            Follow::Refused(OpenError::Mode { .. }) => Mode,
            Follow::Refused(OpenError::Permission { .. }) => NoPermission,
            Follow::Refused(OpenError::NotCommy { .. }) => NotCommy,
            Follow::Unreadable(_) => Unreadable,
            other => panic!("{}", format!("{:?}", other.value().map(|tick| tick.borrow().number))),
        }
    }
}

/// Compares what is told next.
#[track_caller]
fn tells<const N: usize>(follower: &mut Follower<Tick>, expected: [Told; N]) {
    let told = [(); N].map(|()| Told::of(follower.next().unwrap()));
    assert_eq!(told, expected);
}

/// Several re-checks pass, and nothing is told.
#[track_caller]
fn is_silent(follower: &mut Follower<Tick>) {
    let told = follower.next_timeout(Duration::from_millis(350)).map(Told::of);
    assert_eq!(told, None);
}

/// For one who registers as a sleeper, and one who polls.
fn ways(path: &Path) -> [ReaderOptions<Tick, TickReader>; 2] {
    let options = TickReader::options().path(path);
    [options.clone(), options.polling()]
}

/// A writer in a process of its own, which has published these numbers, and stays.
fn writer(path: &Path, numbers: &str) -> support::Reaped {
    let environment = [("COMMY_TEST_NUMBERS", numbers.into())];
    support::Reaped(support::start_with("writer_that_stays", path, &environment))
}

#[test]
#[ignore = "a role of the tests below"]
fn writer_that_stays() {
    let Some(path) = support::role_path() else { return };
    let mut writer = TickWriter::create_at(path).unwrap();
    for number in std::env::var("COMMY_TEST_NUMBERS").unwrap().split_whitespace() {
        writer.publish(&Tick::of(number.parse().unwrap()));
    }
    // Until it is told to close, or killed.
    let _ = std::io::stdin().read(&mut [0]);
}

/// Ends a process by a signal that it does not handle.
fn kill(child: &mut Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
    assert!(!child.wait().unwrap().success());
}

/// Tells a writer to close its file, and waits for its end.
fn close(mut child: support::Reaped) {
    drop(child.0.stdin.take());
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn a_writer_that_is_killed_is_told_and_so_is_its_successor() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    for (signal, way) in [("-TERM", 0), ("-KILL", 1), ("-KILL", 0)] {
        let (_directory, path) = support::place("tick.bin");
        let mut follower = ways(&path)[way].clone().follow();
        tells(&mut follower, [NotYet]);
        let mut first = writer(&path, "7");
        tells(&mut follower, [Value(7)]);
        is_silent(&mut follower);
        kill(&mut first.0, signal);
        tells(&mut follower, [Gone]);
        let reader = TickReader::open_at(&path).unwrap();
        assert_eq!(reader.file().writer_state(), WriterState::Dead);
        assert!(!reader.file().is_closed(), "it was killed");
        is_silent(&mut follower);

        let second = writer(&path, "");
        tells(&mut follower, [Back]);
        is_silent(&mut follower);
        close(second);
        tells(&mut follower, [Gone]);
        assert!(reader.file().is_closed());
        let third = writer(&path, "8");
        tells(&mut follower, [Back, Value(8)]);
        close(third);
        tells(&mut follower, [Gone]);
    }
}

#[test]
fn reader_and_writer_start_in_any_order() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    for way in [0, 1] {
        // The writer first, and it has gone before.
        let (_directory, path) = support::place("tick.bin");
        drop(TickWriter::create_with_at(&path, 1));
        let mut follower = ways(&path)[way].clone().follow();
        tells(&mut follower, [Value(1), Gone]);
        is_silent(&mut follower);
        let mut killed = writer(&path, "2");
        tells(&mut follower, [Back, Value(2)]);
        kill(&mut killed.0, "-KILL");
        tells(&mut ways(&path)[way].clone().follow(), [Value(2), Gone]);
        tells(&mut ways(&path)[way].clone().open().unwrap().follow(), [Value(2), Gone]);

        // The writer first, and it is there.
        let (_directory, path) = support::place("tick.bin");
        let mut writer = TickWriter::create_at(&path).unwrap();
        let mut follower = ways(&path)[way].clone().follow();
        tells(&mut follower, [NotYet]);
        is_silent(&mut follower);
        writer.publish(&Tick::of(3));
        tells(&mut follower, [Value(3)]);
        drop(writer);
        tells(&mut follower, [Gone]);

        // The reader first, and not even the directory is there.
        let (directory, _) = support::place("tick.bin");
        let path = directory.path().join("later/tick.bin");
        let mut follower = ways(&path)[way].clone().follow();
        assert_eq!(follower.path(), path);
        tells(&mut follower, [NotYet]);
        is_silent(&mut follower);
        fs::create_dir(directory.path().join("later")).unwrap();
        drop(TickWriter::create_at(&path).unwrap());
        tells(&mut follower, [Gone]);
    }
}

#[test]
fn the_wait_for_what_is_told_ends_with_its_time_and_not_before() {
    let (_directory, path) = support::place("tick.bin");
    let _writer = TickWriter::create_with_at(&path, 1);
    for way in ways(&path) {
        let mut follower = way.follow();
        tells(&mut follower, [Value(1)]);
        for millis in [0, 1, 15, 120, 250] {
            let (started, timeout) = (Instant::now(), Duration::from_millis(millis));
            assert!(follower.next_timeout(timeout).is_none());
            assert!(started.elapsed() >= timeout);
        }
    }
}

#[test]
fn the_order_holds_whatever_a_writer_does() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("tick.bin");
    let last = 2000;
    let told: Vec<Vec<Told>> = thread::scope(|scope| {
        let followers = ways(&path).map(|way| {
            scope.spawn(|| {
                let mut all = Vec::new();
                for told in way.follow().map(Told::of) {
                    all.push(told);
                    if told == Gone && all.contains(&Value(last)) {
                        break;
                    }
                }
                all
            })
        });
        let mut random = support::Random(7);
        let mut number = 0;
        while number < last {
            let mut writer = TickWriter::create_at(&path).unwrap();
            for _ in 0..random.below(20).min(last - number) {
                number += 1;
                writer.publish(&Tick::of(number));
            }
            thread::sleep(Duration::from_micros(random.below(400)));
            drop(writer);
            thread::sleep(Duration::from_micros(random.below(400)));
        }
        followers.map(|follower| follower.join().unwrap()).into()
    });
    for all in told {
        let values: Vec<_> = all.iter().filter(|told| matches!(told, Value(_))).collect();
        let numbers = values.iter().map(|value| if let Value(number) = value { *number } else { 0 });
        assert!(numbers.is_sorted_by(|one, next| one < next), "{all:?}");
        let writers = all.iter().filter(|told| [&Gone, &Back].contains(told));
        let expected = [Gone, Back].iter().cycle();
        assert!(writers.zip(expected).all(|(told, expected)| told == expected), "{all:?}");
        // The last value came before its writer was told to have gone, of course.
        assert_eq!(&all[all.len() - 1..], [Gone], "{all:?}");
        assert_eq!(**values.last().unwrap(), Value(last));
    }
}

#[test]
fn a_file_that_is_renamed_over_gives_its_last_value_first() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    for way in [0, 1] {
        let (_directory, path) = support::place("tick.bin");
        let mut old = TickWriter::create_with_at(&path, 1);
        let mut follower = ways(&path)[way].clone().follow();
        tells(&mut follower, [Value(1)]);
        let beside = path.with_extension("new");
        let mut new = TickWriter::create_with_at(&beside, 100);
        old.publish(&Tick::of(2));
        fs::rename(&beside, &path).unwrap();
        tells(&mut follower, [Value(2), Replaced, Value(100)]);
        old.publish(&Tick::of(3));
        new.publish(&Tick::of(101));
        tells(&mut follower, [Value(101)]);
        drop(old);
        is_silent(&mut follower);
        drop(new);
        tells(&mut follower, [Gone]);
    }
}

#[test]
fn a_busy_writer_of_a_file_that_is_no_longer_there_is_left() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let (stop, stopped) = mpsc::channel::<()>();
    let mut old = TickWriter::create_with_at(&path, 1);
    let mut follower = TickReader::options().path(&path).follow();
    let writing = thread::spawn(move || {
        let mut number = 1;
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            number += 1;
            old.publish(&Tick::of(number));
        }
    });
    tells(&mut follower, [Value(1)].map(|_| Told::of(follower_value(&mut follower))));
    let beside = path.with_extension("new");
    let _new = TickWriter::create_with_at(&beside, 0);
    fs::rename(&beside, &path).unwrap();
    let all: Vec<_> = follower.by_ref().map(Told::of).take_while(|told| *told != Replaced).collect();
    assert!(all.iter().all(|told| matches!(told, Value(_))));
    tells(&mut follower, [Value(0)]);
    drop(stop);
    writing.join().unwrap();
    is_silent(&mut follower);
}
