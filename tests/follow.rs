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
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use commy::{
    Follow, Follower, OnChange, OnMismatch, OpenError, ReadError, ReaderOptions, WriterState,
    create_reader, create_writer,
};
use tick::{Tick, TickReader, TickWriter};
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
use Told::{
    Back, Gone, Mismatch, Mode, NoPermission, NotCommy, NotYet, Replaced, Unreadable, Value,
};

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
#[ignore = "a role of the test below"]
fn writer_that_never_rests() {
    let Some(path) = support::role_path() else { return };
    let mut writer = TickWriter::create_at(path).unwrap();
    loop {
        let next = writer.get().number + 1;
        writer.publish(&Tick::of(next));
    }
}

#[test]
fn the_last_value_of_a_writer_that_is_killed_at_full_speed_comes_before_its_end() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = support::place("tick.bin");
    let mut random = support::Random(11);
    let mut followers = ways(&path).map(ReaderOptions::follow);
    for _ in 0..8 {
        let mut child = support::Reaped(support::start("writer_that_never_rests", &path));
        let firsts = followers.each_mut().map(|follower| {
            let values = follower.filter_map(Follow::value);
            values.map(|tick| tick.number).next().unwrap()
        });
        let killing = thread::spawn(move || {
            thread::sleep(Duration::from_micros(random.below(150_000)));
            kill(&mut child.0, "-KILL");
            random
        });
        let lasts = [0, 1].map(|way| {
            let told = followers[way].by_ref().map(Told::of).take_while(|told| *told != Gone);
            told.last().unwrap_or(Value(firsts[way]))
        });
        random = killing.join().unwrap();
        let last = TickReader::open_at(&path).unwrap().number().unwrap();
        assert_eq!(lasts, [Value(last); 2]);
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
    let told = thread::scope(|scope| {
        let followers = ways(&path).map(|way| {
            scope.spawn(|| {
                let (mut follower, mut all) = (way.follow(), Vec::new());
                while !all.contains(&Value(last)) {
                    all.push(Told::of(follower.next().unwrap()));
                }
                (follower, all)
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
        followers.map(|follower| follower.join().unwrap())
    });
    for (mut follower, mut all) in told {
        // By now there is no writer.
        while let Some(told) = follower.next_timeout(Duration::from_millis(350)) {
            all.push(Told::of(told));
        }
        let values: Vec<_> = all.iter().filter(|told| matches!(told, Value(_))).collect();
        let numbers =
            values.iter().map(|value| if let Value(number) = value { *number } else { 0 });
        assert!(numbers.is_sorted_by(|one, next| one < next), "{all:?}");
        let writers: Vec<_> = all.iter().filter(|told| [&Gone, &Back].contains(told)).collect();
        let expected = [Gone, Back].iter().cycle();
        assert!(writers.iter().zip(expected).all(|(told, expected)| *told == expected), "{all:?}");
        // The last one may have come and gone between two looks.
        assert_eq!(writers.last(), Some(&&Gone), "{all:?}");
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
    assert!(matches!(Told::of(follower.next().unwrap()), Value(_)));
    let beside = path.with_extension("new");
    let _new = TickWriter::create_with_at(&beside, 0);
    fs::rename(&beside, &path).unwrap();
    let all: Vec<_> =
        follower.by_ref().map(Told::of).take_while(|told| *told != Replaced).collect();
    assert!(all.iter().all(|told| matches!(told, Value(_))));
    tells(&mut follower, [Value(0)]);
    drop(stop);
    writing.join().unwrap();
    is_silent(&mut follower);
}

/// Puts a file of another record into the place of the one at `path`.
fn replace_by_another_record(path: &Path) -> other::TickWriter {
    let options = other::TickWriter::options().path(path).on_mismatch(OnMismatch::Replace);
    options.create().unwrap()
}

#[test]
fn a_file_of_another_record_is_refused_once_and_the_right_one_is_followed_again() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_with_at(&path, 1);
    let mut follower = TickReader::options().path(&path).follow();
    tells(&mut follower, [Value(1)]);
    writer.publish(&Tick::of(2));
    drop(writer);
    let wrong = replace_by_another_record(&path);
    tells(&mut follower, [Value(2), Gone, Mismatch]);
    is_silent(&mut follower);
    drop(wrong);
    // Another one, and the cause is the same.
    let beside = path.with_extension("new");
    drop(other::TickWriter::create_at(&beside).unwrap());
    fs::rename(&beside, &path).unwrap();
    is_silent(&mut follower);
    fs::write(&beside, "what is this").unwrap();
    fs::rename(&beside, &path).unwrap();
    tells(&mut follower, [NotCommy]);
    drop(replace_by_name(&path, 3));
    tells(&mut follower, [Replaced, Value(3)]);
    // Who begins with the wrong one has followed nothing before.
    let wrong = replace_by_another_record(&path);
    let mut late = TickReader::options().path(&path).follow();
    tells(&mut late, [Mismatch]);
    drop(wrong);
    fs::remove_file(&path).unwrap();
    tells(&mut late, [NotYet]);
    let _right = TickWriter::create_with_at(&path, 4);
    tells(&mut late, [Value(4)]);
    // Who looks late is told what is there by then.
    tells(&mut follower, [Replaced, Back, Value(4)]);
}

/// Puts a new file with this number at `path`, whose writer goes on.
fn replace_by_name(path: &Path, number: u64) -> TickWriter {
    let beside = path.with_extension("beside");
    let writer = TickWriter::create_with_at(&beside, number);
    fs::rename(&beside, path).unwrap();
    writer
}

#[test]
fn a_file_that_is_removed_and_made_again_is_followed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    for way in [0, 1] {
        let (_directory, path) = support::place("tick.bin");
        let mut writer = TickWriter::create_with_at(&path, 1);
        let mut follower = ways(&path)[way].clone().open().unwrap().follow();
        writer.publish(&Tick::of(2));
        fs::remove_file(&path).unwrap();
        // From here on nobody finds what this writer does.
        tells(&mut follower, [Value(2), Gone, NotYet]);
        writer.publish(&Tick::of(3));
        is_silent(&mut follower);
        drop(writer);
        let mut writer = TickWriter::create_at(&path).unwrap();
        tells(&mut follower, [Replaced, NotYet, Back]);
        writer.publish(&Tick::of(4));
        tells(&mut follower, [Value(4)]);
        // Moved away and back.
        fs::rename(&path, path.with_extension("away")).unwrap();
        tells(&mut follower, [Gone, NotYet]);
        fs::rename(path.with_extension("away"), &path).unwrap();
        tells(&mut follower, [Replaced, Back, Value(4)]);
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_followed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (directory, path) = support::place("tick.bin");
    let at = |name: &str| directory.path().join(name);
    let _one = TickWriter::create_with_at(&at("one"), 1);
    drop(TickWriter::create_with_at(&at("two"), 2));
    let link = |to: &str| {
        std::os::unix::fs::symlink(at(to), at("link")).unwrap();
        fs::rename(at("link"), &path).unwrap();
    };
    link("one");
    let mut follower = TickReader::options().path(&path).follow();
    tells(&mut follower, [Value(1)]);
    link("two");
    tells(&mut follower, [Replaced, Value(2), Gone]);
    link("three");
    tells(&mut follower, [NotYet]);
    link("one");
    tells(&mut follower, [Replaced, Back, Value(1)]);
}

#[test]
fn a_replaced_file_that_is_put_back_is_followed_and_left_again() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let kept = path.with_extension("kept");
    drop(TickWriter::create_with_at(&path, 1));
    let mut follower = TickReader::options().path(&path).follow();
    tells(&mut follower, [Value(1), Gone]);
    fs::hard_link(&path, &kept).unwrap();
    let new = TickWriter::replace_at(&path);
    tells(&mut follower, [Replaced, NotYet, Back]);
    drop(new);
    tells(&mut follower, [Gone]);
    // The old file, which says that it was replaced, is at the path.
    fs::rename(&kept, &path).unwrap();
    tells(&mut follower, [Replaced, Value(1)]);
    is_silent(&mut follower);
    let mut writer = TickWriter::create_at(&path).unwrap();
    writer.publish(&Tick::of(5));
    assert!([Back, Value(5)].contains(&Told::of(follower.next().unwrap())));
    drop(writer);
    let until_gone = follower.by_ref().map(Told::of).take_while(|told| *told != Gone).count();
    assert!(until_gone <= 1);
    let _new = replace_by_name(&path, 6);
    tells(&mut follower, [Replaced, Back, Value(6)]);
}

#[test]
fn another_file_is_opened_with_the_options_of_the_first() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let _old = TickWriter::create_with_at(&path, 1);
    mode(0o666);
    let options = TickReader::options().path(&path).refuse_group_or_other_write();
    let mut early = options.clone().follow();
    tells(&mut early, [Mode]);
    is_silent(&mut early);
    mode(0o600);
    tells(&mut early, [Value(1)]);
    let mut follower = options.open().unwrap().follow();
    tells(&mut follower, [Value(1)]);
    let beside = path.with_extension("new");
    let _new = TickWriter::options().path(&beside).mode(0o666).create_with(Tick::of(2)).unwrap();
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o666)).unwrap();
    fs::rename(&beside, &path).unwrap();
    for follower in [&mut early, &mut follower] {
        tells(follower, [Gone, Mode]);
        is_silent(follower);
    }
    mode(0o640);
    for follower in [&mut early, &mut follower] {
        tells(follower, [Replaced, Back, Value(2)]);
    }
}

#[test]
#[ignore = "a role of the test below"]
fn stranger_who_follows() {
    let Some(path) = support::role_path() else { return };
    let mut follower = TickReader::options().path(&path).follow();
    tells(&mut follower, [Value(1)]);
    stranger::say_ready();
    tells(&mut follower, [Value(2), Gone, NoPermission]);
    is_silent(&mut follower);
    fs::write(path.with_file_name("told"), "").unwrap();
    tells(&mut follower, [Replaced, Back, Value(3)]);
    std::process::exit(0);
}

#[test]
fn a_file_that_must_not_be_read_is_followed_when_it_may_be() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (directory, path) = support::place("tick.bin");
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(directory.path(), 0o777);
    let mut old = TickWriter::options().path(&path).mode(0o644).create_with(Tick::of(1)).unwrap();
    let Some(mut stranger) = stranger::start("stranger_who_follows", &path) else { return };
    // What is open stays open.
    mode(&path, 0o600);
    old.publish(&Tick::of(2));
    let _new = replace_by_name(&path, 3);
    while !path.with_file_name("told").exists() {
        assert!(stranger.0.try_wait().unwrap().is_none(), "the stranger ended early");
        thread::sleep(Duration::from_millis(5));
    }
    mode(&path, 0o644);
    assert!(stranger.0.wait().unwrap().success());
}

#[test]
fn a_writer_is_not_said_to_be_gone_where_a_stranger_hides_whether_it_is() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut killed = writer(&path, "1");
    let mut follower = TickReader::options().path(&path).follow();
    assert!(follower.by_ref().map(Told::of).any(|told| told == Value(1)));
    // Nobody looks in between: a follower does nothing until it is asked.
    kill(&mut killed.0, "-KILL");
    let locks = stranger::lock_everything(&path);
    let reader = TickReader::open_at(&path).unwrap();
    assert_eq!(reader.file().writer_state(), WriterState::Unknown);
    is_silent(&mut follower);
    // What a writer says itself is told.
    drop(TickWriter::create_at(&path).unwrap());
    tells(&mut follower, [Gone]);
    is_silent(&mut follower);
    drop(locks);
    is_silent(&mut follower);
}

#[test]
fn a_bad_value_is_told_once_and_the_next_one_is_given() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("flag.bin");
    let mut writer = FlagWriter::create_at(&path).unwrap();
    writer.set_on(true);
    let file = File::options().write(true).open(&path).unwrap();
    // No bool is 7.
    file.write_all_at(&[7], support::payload_of_generation_1(&path)).unwrap();
    let mut flags = FlagReader::options().path(&path).follow();
    assert!(matches!(flags.next(), Some(Follow::Unreadable(ReadError::Invalid { .. }))));
    assert!(flags.next_timeout(Duration::from_millis(250)).is_none());
    writer.set_on(false);
    assert!(matches!(flags.next(), Some(Follow::Value(Flag { on: false }))));
    drop(writer);
    assert!(matches!(flags.next(), Some(Follow::WriterGone)));
}

#[create_writer(filename = "flag.bin")]
#[create_reader(filename = "flag.bin")]
struct Flag {
    on: bool,
}

#[test]
fn a_generation_that_nobody_completes_is_told_once_and_the_writer_as_gone() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut writer = TickWriter::create_with_at(&path, 1);
    let mut follower = TickReader::options().path(&path).follow();
    tells(&mut follower, [Value(1)]);
    writer.publish(&Tick::of(2));
    // Somebody marks the slot as being filled.
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let slot = support::format::slot_of(&fs::read(&path).unwrap(), 2) as u64;
    let mut sequence = [0; 8];
    file.read_exact_at(&mut sequence, slot).unwrap();
    assert_eq!(u64::from_ne_bytes(sequence), 4);
    file.write_all_at(&5_u64.to_ne_bytes(), slot).unwrap();
    tells(&mut follower, [Unreadable]);
    is_silent(&mut follower);
    drop(writer);
    tells(&mut follower, [Gone]);
    is_silent(&mut follower);
    // It is still looked for.
    file.write_all_at(&sequence, slot).unwrap();
    tells(&mut follower, [Value(2)]);
}

#[test]
fn a_callback_is_told_the_same() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    for way in [0, 1] {
        let (_directory, path) = support::place("tick.bin");
        let (seen, told) = mpsc::channel();
        let callback = move |told: Follow<&Tick>| seen.send(Told::of(told)).unwrap();
        let guard = ways(&path)[way].clone().on_follow(callback).unwrap();
        let next = || told.recv().unwrap();
        assert_eq!(next(), NotYet);
        let mut writer = TickWriter::create_with_at(&path, 1);
        assert_eq!(next(), Value(1));
        writer.publish(&Tick::of(2));
        assert_eq!(next(), Value(2));
        drop(writer);
        assert_eq!(next(), Gone);
        let _new = replace_by_name(&path, 3);
        assert_eq!([next(), next(), next()], [Replaced, Back, Value(3)]);
        assert!(guard.is_running());
        drop(guard);
        // The callback is gone, and its end of the channel with it.
        assert!(told.recv().is_err());

        let (seen, told) = mpsc::channel();
        let reader = ways(&path)[way].clone().open().unwrap();
        let callback = move |told: Follow<&Tick>| seen.send(Told::of(told)).unwrap();
        let guard = reader.on_follow(callback).unwrap();
        assert_eq!(told.recv().unwrap(), Value(3));
        drop(guard);
        assert!(told.recv().is_err());
    }
}

#[test]
fn a_callback_may_drop_its_own_guard_and_is_called_no_more() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let (give, own) = mpsc::channel::<OnChange>();
    let (seen, told) = mpsc::channel();
    let callback = move |next: Follow<&Tick>| {
        drop(own.recv().unwrap());
        seen.send(Told::of(next)).unwrap();
    };
    // While there is no file to sleep on.
    give.send(TickReader::options().path(&path).on_follow(callback).unwrap()).unwrap();
    assert_eq!(told.recv().unwrap(), NotYet);
    let _writer = TickWriter::create_with_at(&path, 1);
    assert!(told.recv().is_err());
}

#[create_writer(filename = "frame.bin")]
#[create_reader(filename = "frame.bin")]
struct Frame {
    pixels: [u8; 8 << 20],
}

#[create_writer(filename = "tile.bin")]
#[create_reader(filename = "tile.bin")]
struct Tile {
    pixels: [u8; 64 << 10],
}

#[test]
fn values_that_are_larger_than_a_stack_are_followed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("frame.bin");
    let (seen, pixels) = mpsc::channel();
    let guard = FrameReader::options().path(&path).on_follow(move |told| {
        if let Follow::Value(frame) = told {
            seen.send(frame.pixels[(8 << 20) - 1]).unwrap();
        }
    });
    let mut writer = FrameWriter::create_at(&path).unwrap();
    for pixel in 1..=3 {
        writer.set_pixels_at((8 << 20) - 1, pixel);
        assert_eq!(pixels.recv().unwrap(), pixel);
    }
    drop(guard);

    // The largest that an iterator gives out.
    let path = path.with_file_name("tile.bin");
    let mut writer = TileWriter::create_at(&path).unwrap();
    writer.set_pixels_at(7, 9);
    let told = TileReader::options().path(&path).follow().next();
    assert!(matches!(told, Some(Follow::Value(tile)) if tile.pixels[7] == 9));
}

#[tokio::test(flavor = "current_thread")]
async fn a_stream_is_told_the_same_and_leaves_the_runtime_to_others() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    for way in [0, 1] {
        let (_directory, path) = support::place("tick.bin");
        let mut ticks = ways(&path)[way].clone().follow_stream().unwrap();
        assert_eq!(Told::of(ticks.next().await.unwrap()), NotYet);
        let (first, mut writer) = tokio::join!(ticks.next(), async {
            // On the one thread of this runtime: it would never run if the stream blocked.
            tokio::task::yield_now().await;
            TickWriter::create_with_at(&path, 1)
        });
        assert_eq!(Told::of(first.unwrap()), Value(1));
        for number in 2..=500 {
            writer.publish(&Tick::of(number));
            assert_eq!(Told::of(ticks.next().await.unwrap()), Value(number));
        }
        drop(writer);
        assert_eq!(Told::of(ticks.next().await.unwrap()), Gone);
        let _new = replace_by_name(&path, 501);
        for expected in [Replaced, Back, Value(501)] {
            assert_eq!(Told::of(ticks.next().await.unwrap()), expected);
        }
        let reader = ways(&path)[way].clone().open().unwrap();
        let mut ticks = reader.follow_stream().unwrap();
        assert_eq!(Told::of(ticks.next().await.unwrap()), Value(501));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_follows_its_task_to_another_one_and_sees_the_writer_killed() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut child = writer(&path, "3");
    let mut ticks = TickReader::options().path(&path).follow_stream().unwrap();
    while Told::of(ticks.next().await.unwrap()) != Value(3) {}
    // Polled here, given up, and polled by another task: that one is to be woken.
    let none = tokio::time::timeout(Duration::from_millis(5), ticks.next()).await;
    assert!(none.is_err());
    let task = tokio::spawn(async move { Told::of(ticks.next().await.unwrap()) });
    tokio::time::sleep(Duration::from_millis(5)).await;
    kill(&mut child.0, "-KILL");
    assert_eq!(task.await.unwrap(), Gone);
}

/// How many threads that follow this process has.
fn following_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "commy-follow").count()
}

#[test]
#[ignore = "a role of the test below"]
fn process_that_follows_and_stops() {
    let Some(path) = support::role_path() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for has_file in [false, true] {
        let writer = has_file.then(|| TickWriter::create_with_at(&path, 1));
        let options = TickReader::options().path(&path);
        for is_polled in [false, true] {
            let mut stream = options.clone().follow_stream().unwrap();
            if is_polled {
                let all = async { while stream.next().await.is_some() {} };
                let timeout = Duration::from_millis(30);
                let polled = async { tokio::time::timeout(timeout, all).await };
                assert!(runtime.block_on(polled).is_err());
            }
            while following_threads() != 1 {
                thread::yield_now();
            }
            drop(stream);
            while following_threads() != 0 {
                thread::yield_now();
            }
        }
        let guard = options.on_follow(|_| ()).unwrap();
        drop(guard);
        assert_eq!(following_threads(), 0, "it was waited for");
        drop(writer);
    }
}

#[test]
fn the_threads_of_streams_and_callbacks_end_with_them() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let (_directory, path) = support::place("tick.bin");
    let mut child = support::start("process_that_follows_and_stops", &path);
    assert!(child.wait().unwrap().success());
}

#[test]
#[ignore = "a role of the test below"]
fn reader_that_follows_a_relative_name() {
    let Some(path) = support::role_path() else { return };
    let mut follower = TickReader::options().follow();
    assert_eq!(follower.path(), path);
    std::env::set_current_dir("/").unwrap();
    tells(&mut follower, [NotYet]);
    drop(TickWriter::create_with_at(&path, 4));
    tells(&mut follower, [Value(4), Gone]);
}

#[test]
fn a_relative_name_stays_what_it_was_when_following_began() {
    let _watchdog = support::watchdog(Duration::from_secs(60));
    for by_variable in [false, true] {
        let (directory, path) = support::place("tick.bin");
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "reader_that_follows_a_relative_name", "--ignored", "--quiet"]);
        command.env(support::PATH, &path).env_remove("COMMY_DIR");
        if by_variable {
            command.env("COMMY_DIR", directory.path());
        } else {
            command.current_dir(directory.path());
        }
        assert!(command.status().unwrap().success());
    }
}
