//! How old a value is: a file that keeps times has one for each publish, and it is that of the value.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;
use std::time::SystemTime;

use commy::{
    CreateError, FileState, FixedVec, OnMismatch, OpenError, Recovered, create_reader,
    create_writer,
};
use support::format::{self, file, header, slot};
use support::{Reaped, place};

#[create_writer(filename = "tank.bin")]
#[create_reader(filename = "tank.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Tank {
    level: u64,
    // A field may be called so: what is known of the file stands behind `file()`.
    age: u64,
    published_at: u64,
    samples: FixedVec<u64, 8>,
}

/// So large that it has a steady slot.
#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
struct Large {
    number: u64,
    rest: [u64; 4000],
}

#[create_writer(filename = "page.bin", growable)]
#[create_reader(filename = "page.bin", growable)]
struct Page {
    title: String,
    text: String,
    age: u64,
}

fn timed(path: &Path) -> TankWriter {
    TankWriter::options().path(path).timestamps(true).create().unwrap()
}

fn timed_page(path: &Path) -> PageWriter {
    PageWriter::options().path(path).timestamps(true).create().unwrap()
}

/// Calls `publish`; the times before and after.
fn around(publish: impl FnOnce()) -> [SystemTime; 2] {
    let before = SystemTime::now();
    publish();
    [before, SystemTime::now()]
}

#[track_caller]
fn is_within(time: Option<SystemTime>, [before, after]: [SystemTime; 2]) {
    let time = time.expect("a time");
    assert!(before <= time && time <= after, "{before:?}, {time:?}, {after:?}");
}

#[test]
fn each_publish_of_a_fixed_record_has_one_time() {
    let (_directory, path) = place("tank.bin");
    let mut tank = timed(&path);
    let reader = TankReader::open_at(&path).unwrap();
    assert_eq!((reader.file().published_at(), reader.file().age()), (None, None));
    let value = tank.get().clone();
    type Publish<'p> = &'p dyn Fn(&mut TankWriter);
    let publishes: [(&str, Publish<'_>); 7] = [
        ("a setter", &|tank| tank.set_level(1)),
        ("a setter by reference", &|tank| tank.set_samples(&[1, 2]).unwrap()),
        ("a push", &|tank| tank.push_samples(3).unwrap()),
        ("an update", &|tank| tank.update(|tank| tank.level += 1)),
        ("a batch", &|tank| {
            tank.batch(|tank| {
                tank.set_level(5);
                thread::sleep(Duration::from_millis(2));
                tank.set_age(6);
            });
        }),
        ("publish", &|tank| tank.publish(&value)),
        ("publish_changed", &|tank| tank.publish_changed(&value)),
    ];
    for (generation, (what, publish)) in (1..).zip(publishes) {
        let times = around(|| publish(&mut tank));
        assert_eq!(reader.file().generation(), generation, "{what}");
        is_within(reader.file().published_at(), times);
        let of_view = reader.read(|tank| {
            assert_eq!(tank.file().generation(), generation);
            tank.file().published_at()
        });
        assert_eq!(of_view.unwrap(), reader.file().published_at(), "{what}");
        assert!(reader.file().age().is_some());
    }
    let before = reader.file().published_at();
    tank.try_update(|_| Err::<(), _>(())).unwrap_err();
    tank.batch(|_| ());
    assert_eq!(reader.file().published_at(), before, "of what publishes nothing");
}

#[test]
fn each_publish_of_a_growable_record_has_one_time() {
    let (_directory, path) = place("page.bin");
    let mut page = timed_page(&path);
    let reader = PageReader::open_at(&path).unwrap();
    assert_eq!((reader.file().published_at(), reader.file().age()), (None, None));
    let first = around(|| {
        page.transaction(|page| {
            page.set_title("one")?;
            thread::sleep(Duration::from_millis(2));
            page.set_text("a text that is no handle's")
        })
        .unwrap();
    });
    is_within(reader.file().published_at(), first);
    let held = reader.pin().unwrap();
    let second = around(|| page.set_age(7).unwrap());
    is_within(reader.file().published_at(), second);
    is_within(held.file().published_at(), first);
    assert_eq!((held.file().generation(), held.title().unwrap().as_str()), (1, "one"));
    let seen = reader.read(|page| Ok((page.age()?, page.file().published_at()))).unwrap();
    assert_eq!(seen, (7, reader.file().published_at()));
    let mut held = held;
    held.refresh().unwrap();
    is_within(held.file().published_at(), second);
    is_within(page.pin().unwrap().file().published_at(), second);
}

#[test]
fn a_file_that_keeps_no_times_says_so() {
    let (_directory, path) = place("tank.bin");
    let mut tank = TankWriter::create_at(&path).unwrap();
    tank.set_level(1);
    let reader = TankReader::open_at(&path).unwrap();
    assert_eq!((reader.file().published_at(), reader.file().age()), (None, None));
    assert_eq!(reader.read(|tank| tank.file().published_at()).unwrap(), None);
    // The word of the slot is as it always was.
    let bytes = fs::read(&path).unwrap();
    assert_eq!(format::word(&bytes, format::slot_of(&bytes, 1) + slot::TIME), 0);
    assert_eq!(format::number(&bytes, header::COMPATIBLE), 0);
}

/// The writer notes when each publish began and ended; what a view shows lies between, of its own
/// generation.
#[test]
fn value_and_time_are_of_one_generation_beside_a_writer_that_never_rests() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = place("large.bin");
    let mut writer = LargeWriter::options().path(&path).slots(2).timestamps(true).create().unwrap();
    writer.set_number(0);
    let reader = LargeReader::open_at(&path).unwrap();
    let over = AtomicBool::new(false);
    let (times, seen) = thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) && times.len() < 2_000_000 {
                let number = times.len() as u64 + 1;
                // All of it now and then, so that the steady slot is refreshed.
                times.push(around(|| match number % 16 {
                    0 => writer.update(|large| (large.number, large.rest[7]) = (number, number)),
                    _ => writer.set_number(number),
                }));
            }
            times
        });
        let mut seen = Vec::new();
        while seen.len() < 2000 {
            // Words of all of the slot lie between the number and its time.
            let read = reader.read(|large| {
                let (number, time) = (large.number()?, large.file().published_at()?);
                Ok((number, time, large.number()?))
            });
            if let Ok((number, time, again)) = read {
                assert_eq!(number, again);
                seen.push((number, time));
            }
        }
        over.store(true, Ordering::Relaxed);
        (writing.join().unwrap(), seen)
    });
    for (number, time) in seen.into_iter().filter(|(number, _)| *number > 0) {
        is_within(time, times[number as usize - 1]);
    }
    let last = reader.file().published_at();
    is_within(last, *times.last().unwrap());
}

#[test]
fn a_new_writer_keeps_the_time_of_the_value_and_goes_on_without_being_asked() {
    let (_directory, path) = place("tank.bin");
    let mut tank = timed(&path);
    tank.set_level(1);
    let reader = TankReader::open_at(&path).unwrap();
    let first = reader.file().published_at();
    drop(tank);
    assert_eq!(reader.file().published_at(), first);
    // It did not ask for times: the file keeps them.
    let mut tank = TankWriter::create_at(&path).unwrap();
    assert_eq!((tank.file().recovered(), reader.file().published_at()), (Recovered::Live, first));
    let times = around(|| tank.set_level(2));
    is_within(reader.file().published_at(), times);

    let (_directory, path) = place("page.bin");
    timed_page(&path).set_title("one").unwrap();
    let reader = PageReader::open_at(&path).unwrap();
    let first = reader.file().published_at();
    assert!(first.is_some());
    let mut page = PageWriter::create_at(&path).unwrap();
    assert_eq!(reader.file().published_at(), first);
    let times = around(|| page.set_title("two").unwrap());
    is_within(reader.file().published_at(), times);
}

#[test]
#[ignore = "the role of a writer that is killed"]
fn writer_that_is_killed() {
    let Some(path) = support::role_path() else { return };
    let mut tank = timed(&path);
    tank.set_level(7);
    File::create(path.with_extension("ready")).unwrap().write_all(b"x").unwrap();
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn a_killed_writer_leaves_the_time_of_its_last_publish() {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let (_directory, path) = place("tank.bin");
    let before = SystemTime::now();
    let mut role = Reaped(support::start("writer_that_is_killed", &path));
    while !path.with_extension("ready").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let times = [before, SystemTime::now()];
    role.0.kill().unwrap();
    role.0.wait().unwrap();
    let reader = TankReader::open_at(&path).unwrap();
    let last = reader.file().published_at();
    is_within(last, times);
    let tank = timed(&path);
    assert_eq!((tank.get().level, reader.file().published_at()), (7, last));
}

#[test]
fn a_closed_copy_has_the_time_of_its_value() {
    let (directory, path) = place("tank.bin");
    timed(&path).set_level(3);
    let time = TankReader::open_at(&path).unwrap().file().published_at();
    let copy = directory.path().join("copy.bin");
    fs::copy(&path, &copy).unwrap();
    let reader = TankReader::open_at(&copy).unwrap();
    assert_eq!(reader.file().state(), FileState::Clean);
    assert!(time.is_some());
    assert_eq!(reader.file().published_at(), time);
    let tank = TankWriter::create_at(&copy).unwrap();
    assert_eq!((tank.file().recovered(), reader.file().published_at()), (Recovered::Clean, time));
}

#[test]
fn a_saved_copy_of_a_growable_record_keeps_times_and_that_of_its_generation() {
    let (directory, path) = place("page.bin");
    let mut page = timed_page(&path);
    page.set_title("one").unwrap();
    let view = PageReader::open_at(&path).unwrap().into_pinned().unwrap();
    page.set_title("two").unwrap();
    let copy = directory.path().join("copy.bin");
    view.save_as(&copy).unwrap();
    let reader = PageReader::open_at(&copy).unwrap();
    assert!(view.file().published_at().is_some());
    assert_eq!(reader.file().published_at(), view.file().published_at());
    let mut other = PageWriter::create_at(&copy).unwrap();
    let times = around(|| other.set_title("three").unwrap());
    is_within(reader.file().published_at(), times);

    // A file without times has copies without.
    let plain = directory.path().join("plain.bin");
    PageWriter::create_at(&plain).unwrap().set_title("one").unwrap();
    let copy = directory.path().join("plain_copy.bin");
    PageReader::open_at(&plain).unwrap().into_pinned().unwrap().save_as(&copy).unwrap();
    assert_eq!(PageReader::open_at(&copy).unwrap().file().published_at(), None);
    assert!(matches!(
        PageWriter::options().path(&copy).timestamps(true).create(),
        Err(CreateError::OptionMismatch { option: "timestamps", file: 0, asked: 1, .. })
    ));
}

fn durable(path: &Path) -> TankWriter {
    TankWriter::options().path(path).timestamps(true).durable(true).create().unwrap()
}

#[test]
fn a_checkpoint_has_the_time_of_the_publish_that_it_holds() {
    let (directory, path) = place("tank.bin");
    let mut tank = durable(&path);
    tank.set_level(1);
    let reader = TankReader::open_at(&path).unwrap();
    let time = reader.file().published_at();
    assert!(time.is_some());
    thread::sleep(Duration::from_millis(2));
    tank.flush().unwrap();
    tank.set_level(2);
    // As after a restart: nobody vouches for what the slots hold.
    let copy = directory.path().join("copy.bin");
    let checkpoints = |path: &Path| path.with_added_extension("ckpt");
    fs::copy(&path, &copy).unwrap();
    fs::copy(checkpoints(&path), checkpoints(&copy)).unwrap();
    let reader = TankReader::open_at(&copy).unwrap();
    assert_eq!((reader.file().state(), reader.level().unwrap()), (FileState::Checkpoint, 1));
    assert_eq!(reader.file().published_at(), time);
    let of_view = reader.read(|tank| Ok((tank.level()?, tank.file().published_at()?)));
    assert_eq!(of_view.unwrap(), (1, time));

    // It is published again, and no newer for that.
    let mut restored = durable(&copy);
    assert_eq!(restored.file().recovered(), Recovered::Checkpoint);
    let reader = TankReader::open_at(&copy).unwrap();
    assert_eq!((reader.file().state(), reader.level().unwrap()), (FileState::Live, 1));
    assert_eq!(reader.file().published_at(), time);
    let times = around(|| restored.set_level(3));
    is_within(reader.file().published_at(), times);
}

#[test]
fn a_checkpoint_of_an_older_program_has_no_time() {
    let (_directory, path) = place("tank.bin");
    let mut tank = durable(&path);
    tank.set_level(1);
    tank.flush().unwrap();
    drop(tank);
    let checkpoints = path.with_added_extension("ckpt");
    let mut bytes = fs::read(&checkpoints).unwrap();
    let start = format::offset(&bytes, header::SLOTS);
    let stride = format::offset(&bytes, header::SLOT_STRIDE);
    for area in 0..2 {
        let at = start + area * stride + format::area::TIME;
        // Such a program leaves the time and does not know its check.
        bytes[at] ^= 1;
    }
    fs::write(&checkpoints, bytes).unwrap();
    fs::remove_file(&path).unwrap();
    let tank = durable(&path);
    assert_eq!((tank.file().recovered(), tank.get().level), (Recovered::Checkpoint, 1));
    assert_eq!(TankReader::open_at(&path).unwrap().file().published_at(), None);
}

#[test]
fn a_restored_growable_record_has_the_time_of_the_flushed_publish() {
    let (_directory, path) = place("page.bin");
    let options = || PageWriter::options().path(&path).timestamps(true).durable(true);
    let mut page = match options().create() {
        // Of a file in memory nothing would be left.
        Err(CreateError::OptionMismatch { option: "durable", .. }) => {
            eprintln!("skipped: the temporary directory is in memory");
            return;
        }
        page => page.unwrap(),
    };
    page.set_title("one").unwrap();
    let time = PageReader::open_at(&path).unwrap().file().published_at();
    page.flush().unwrap();
    drop(page);
    // As a power cut leaves it: of another kernel, and not closed.
    let patched = File::options().write(true).open(&path).unwrap();
    patched.write_all_at(&1_u64.to_ne_bytes(), file::KERNEL as u64).unwrap();
    patched.write_all_at(&0_u64.to_ne_bytes(), file::CLEAN as u64).unwrap();
    let page = options().create().unwrap();
    assert_eq!(page.file().recovered(), Recovered::Checkpoint);
    assert!(time.is_some());
    assert_eq!(PageReader::open_at(&path).unwrap().file().published_at(), time);
}

#[test]
fn other_times_than_those_of_the_file_are_refused_or_replaced() {
    let (_directory, path) = place("tank.bin");
    TankWriter::create_at(&path).unwrap().set_level(1);
    let bytes = fs::read(&path).unwrap();
    let asks = |times| TankWriter::options().path(&path).timestamps(times);
    let refused = asks(true).create().unwrap_err();
    let said = "option `timestamps`: file has no times, \
                this program asks for the time of each publish";
    assert_eq!(refused.to_string(), said);
    assert_eq!(fs::read(&path).unwrap(), bytes, "who is refused stores nothing");
    assert_eq!(asks(false).create().unwrap().get().level, 1);
    let old = TankReader::open_at(&path).unwrap();

    let mut tank = asks(true).on_mismatch(OnMismatch::Replace).create().unwrap();
    assert!(old.file().is_superseded());
    let times = around(|| tank.set_level(2));
    is_within(old.file().reopen().unwrap().file().published_at(), times);
    drop(tank);
    assert!(matches!(
        asks(false).create(),
        Err(CreateError::OptionMismatch { option: "timestamps", file: 1, asked: 0, .. })
    ));
}

/// Makes the file at `path` say that it keeps times, or that it does not: as a program sees it that
/// knows nothing of them.
fn say_times(path: &Path, keeps: bool) {
    let mut bytes = fs::read(path).unwrap();
    bytes[header::COMPATIBLE] = u8::from(keeps);
    format::repair(&mut bytes);
    let patched = File::options().write(true).open(path).unwrap();
    patched.write_all_at(&bytes[..header::LEN], 0).unwrap();
}

#[test]
fn a_value_of_a_writer_that_knows_no_times_has_none() {
    let (_directory, path) = place("tank.bin");
    let mut tank = TankWriter::options().path(&path).slots(2).timestamps(true).create().unwrap();
    (0..4).for_each(|level| tank.set_level(level));
    drop(tank);
    let reader = TankReader::open_at(&path).unwrap();
    assert!(reader.file().published_at().is_some());
    say_times(&path, false);
    let mut unknowing = TankWriter::create_at(&path).unwrap();
    for level in 10..15 {
        unknowing.set_level(level);
        // The slot has a time, of the generation that was there before.
        let bytes = fs::read(&path).unwrap();
        let at = format::slot_of(&bytes, reader.file().generation());
        assert_ne!(format::word(&bytes, at + slot::TIME), 0);
        assert_eq!((reader.level().unwrap(), reader.file().published_at()), (level, None));
        assert_eq!(reader.read(|tank| tank.file().published_at()).unwrap(), None);
    }
    drop(unknowing);
    say_times(&path, true);
    let mut tank = TankWriter::create_at(&path).unwrap();
    assert_eq!((tank.get().level, reader.file().published_at()), (14, None));
    let times = around(|| tank.set_level(20));
    is_within(reader.file().published_at(), times);
}

#[test]
fn any_number_may_stand_where_a_time_does() {
    let (_directory, path) = place("tank.bin");
    let mut tank = timed(&path);
    tank.set_level(1);
    let reader = TankReader::open_at(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let at = (format::slot_of(&bytes, 1) + slot::TIME) as u64;
    let patched = File::options().write(true).open(&path).unwrap();
    for number in [0, 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX - 1, u64::MAX] {
        patched.write_all_at(&number.to_ne_bytes(), at).unwrap();
        let expected = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(number));
        let expected = expected.filter(|_| number != 0);
        assert_eq!(reader.file().published_at(), expected);
        assert_eq!(reader.read(|tank| tank.file().published_at()).unwrap(), expected);
        let age = reader.file().age();
        assert_eq!(age.is_some(), expected.is_some());
        if expected.is_some_and(|time| time > SystemTime::now()) {
            assert_eq!(age, Some(Duration::ZERO), "of the future");
        }
    }
}

/// Its last field ends where the slot does, so that the time would lie in the next one.
#[create_writer(filename = "full.bin")]
#[create_reader(filename = "full.bin")]
struct Full {
    numbers: [u64; 14],
}

#[test]
fn a_file_that_has_no_room_for_the_times_it_speaks_of_is_refused() {
    let (_directory, path) = place("full.bin");
    FullWriter::create_at(&path).unwrap().set_numbers([1; 14]);
    say_times(&path, true);
    let opened = FullReader::open_at(&path);
    assert!(matches!(opened, Err(OpenError::Corrupt { what: "slot stride", .. })));
    assert!(FullWriter::create_at(&path).is_err());
}
