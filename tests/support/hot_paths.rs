//! Everything that a writer and a reader do between opening and closing: what costs neither a
//! system call nor an allocation.
#![allow(unreachable_pub, reason = "a module of several tests")]

use core::time::Duration;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use commy::encoded::Postcard;
use commy::{
    Cached, Encoded, FixedDeque, FixedMap, FixedSet, FixedString, FixedVec, ReadError, SmartString,
    create_reader, create_writer,
};

use crate::support::format::file::LATEST;

/// Fields of every kind, and more than the 4 KiB from which on a record has a steady slot.
#[create_writer(filename = "load.bin")]
#[create_reader(filename = "load.bin")]
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    pub name: FixedString<32>,
    pub samples: FixedVec<f64, 512>,
    pub latest: FixedDeque<u64, 100>,
    pub note: SmartString<2000>,
    pub text: Encoded<String, Postcard, 64>,
    pub prices: FixedMap<FixedString<12>, f64, 20>,
    pub ids: FixedSet<u32, 20>,
    pub flags: [bool; 300],
    pub count: u64,
    pub on: bool,
}

/// So small that it is copied whole, and all of it is data.
#[create_writer(filename = "pulse.bin")]
#[create_reader(filename = "pulse.bin")]
#[derive(Debug, Clone, PartialEq)]
pub struct Pulse {
    pub beat: u64,
    pub level: f64,
}

/// What the paths work on.
pub struct Ends {
    pub writer: LoadWriter,
    reader: LoadReader,
    value: Box<Load>,
    into: Box<Load>,
    cached: Cached<Load>,
    /// The reader of a file in which every copy is overtaken.
    overtaken: LoadReader,
    small_writer: PulseWriter,
    small_reader: PulseReader,
    text: String,
    room: Vec<f64>,
    note: String,
    samples: Vec<f64>,
    round: u64,
}

/// Opens the file at `path`, and two more beside it.
pub fn open(path: &Path) -> Ends {
    let mut writer = LoadWriter::create_at(path).unwrap();
    let reader = LoadReader::open_at(path).unwrap();
    let text = "a text".to_owned();
    // Each thread keeps the memory that it encodes in.
    writer.set_text(&text).unwrap();
    let value = Box::new(writer.get().clone());
    let small = path.with_extension("small");
    let small_writer = PulseWriter::create_at(&small).unwrap();
    Ends {
        cached: reader.cached(),
        into: value.clone(),
        overtaken: overtaken(&path.with_extension("overtaken")),
        small_reader: PulseReader::open_at(small).unwrap(),
        note: String::with_capacity(10),
        samples: Vec::with_capacity(501),
        round: 0,
        room: Vec::with_capacity(512),
        writer,
        reader,
        value,
        small_writer,
        text,
    }
}

/// A reader whose every copy is overtaken: what it is told to copy is not of that generation.
fn overtaken(path: &Path) -> LoadReader {
    let mut writer = LoadWriter::create_at(path).unwrap();
    writer.set_count(1);
    let reader = LoadReader::open_at(path).unwrap();
    core::mem::forget(writer);
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&5_u64.to_ne_bytes(), LATEST as u64).unwrap();
    reader
}

/// One of them, with its name.
pub type HotPath = (&'static str, fn(&mut Ends));

/// In an order in which each also finds what it looks for.
pub const HOT_PATHS: &[HotPath] = &[
    ("publish", |ends| {
        ends.round += 1;
        // Most of it changes, so that the steady slot is refreshed every few times.
        ends.value.flags = [ends.round.is_multiple_of(2); 300];
        ends.value.samples = FixedVec::try_from([ends.round as f64; 500]).unwrap();
        ends.writer.publish(&ends.value);
    }),
    ("a snapshot", |ends| assert_eq!(ends.reader.snapshot().unwrap(), *ends.value)),
    ("a snapshot with its generation", |ends| {
        let (generation, value) =
            ends.reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap();
        assert_eq!((generation, &value), (ends.writer.file().generation(), &*ends.value));
    }),
    ("a snapshot into a value", |ends| {
        ends.reader.snapshot_into(&mut ends.into).unwrap();
        assert_eq!(ends.into, ends.value);
    }),
    ("a snapshot with a timeout", |ends| {
        let timeout = Duration::from_millis(10);
        assert_eq!(ends.reader.snapshot_timeout(timeout).unwrap(), *ends.value);
        ends.reader.snapshot_into_timeout(&mut ends.into, timeout).unwrap();
        assert_eq!(ends.into, ends.value);
    }),
    ("a wait for a part that has changed", |ends| {
        let (mut beat, mut level) = (u64::MAX, -1.0);
        let timeout = Duration::MAX;
        let reader = &ends.small_reader;
        ends.small_writer.publish(&Pulse { beat: ends.round, level: 0.5 });
        let outcome = reader.wait_changed(|pulse| &pulse.beat, &mut beat, timeout).unwrap();
        assert!(outcome.is_newer() && beat == ends.round);
        let outcome = reader.wait_changed_by(|pulse| pulse.level(), &mut level, timeout).unwrap();
        assert!(outcome.is_newer() && level == 0.5);
    }),
    ("a publish of a small record", |ends| {
        ends.small_writer.publish(&Pulse { beat: ends.round, level: 0.5 });
        assert_eq!(ends.small_reader.snapshot().unwrap().beat, ends.round);
    }),
    ("setters of a small record", |ends| {
        ends.small_writer.set_level(1.5);
        assert_eq!(ends.small_reader.level().unwrap(), 1.5);
    }),
    ("a plain setter", |ends| ends.writer.set_count(ends.round)),
    ("a plain getter", |ends| assert_eq!(ends.reader.count().unwrap(), ends.round)),
    ("a setter of a string", |ends| ends.writer.set_name("a name").unwrap()),
    ("a getter of a string", |ends| assert_eq!(ends.reader.name().unwrap(), "a name")),
    ("a setter of a long string", |ends| ends.writer.set_note("x").unwrap()),
    ("a getter of a long string", |ends| assert_eq!(ends.reader.note().unwrap(), "x")),
    ("getters of a string that is not moved", |ends| {
        assert!(ends.reader.name_with(|name| name == "a name").unwrap());
        assert!(ends.reader.note_with(|note| note == "x").unwrap());
        ends.reader.name_read_into(&mut ends.note).unwrap();
        assert_eq!(ends.note, "a name");
        ends.reader.note_read_into(&mut ends.note).unwrap();
        assert_eq!(ends.note, "x");
    }),
    ("a setter of a vector", |ends| ends.writer.set_samples(&[1.5; 500]).unwrap()),
    ("a getter of a vector", |ends| assert_eq!(ends.reader.samples().unwrap().len(), 500)),
    ("a push", |ends| ends.writer.push_samples(2.5).unwrap()),
    ("pushes into a deque", |ends| {
        ends.writer.set_latest(&[1; 99]).unwrap();
        ends.writer.push_latest(2).unwrap();
        ends.writer.push_latest(3).unwrap_err();
        assert_eq!(ends.writer.push_over_latest(4), Some(1));
        ends.writer.set_latest_at(98, 5);
    }),
    ("getters of a deque", |ends| {
        let mut last = [0; 3];
        assert_eq!(ends.reader.latest_last_into(&mut last).unwrap(), 3);
        assert_eq!((last, ends.reader.latest_len().unwrap()), ([1, 5, 4], 100));
        assert_eq!(ends.reader.latest_at(99).unwrap(), Some(4));
        assert_eq!(ends.reader.latest_get(98, |it| it).unwrap(), Some(5));
        assert_eq!(ends.reader.latest_range_into(97, &mut last).unwrap(), 3);
        assert_eq!(ends.reader.latest_with(|latest| latest.back().copied()).unwrap(), Some(4));
        ends.reader.latest_read_into(&mut ends.into.latest).unwrap();
        assert_eq!(ends.reader.latest().unwrap(), ends.into.latest);
    }),
    ("getters of a vector that is not moved", |ends| {
        assert_eq!(ends.reader.samples_with(<[f64]>::len).unwrap(), 501);
        ends.reader.samples_read_into(&mut ends.samples).unwrap();
        assert_eq!(ends.samples.len(), 501);
    }),
    ("setters of keys", |ends| {
        for name in ["EURUSD", "AUDNZD", "USDJPY"] {
            ends.writer.insert_prices(name.parse().unwrap(), 1.5).unwrap();
        }
        assert_eq!(ends.writer.set_prices_value("USDJPY", 2.5), Some(1.5));
        assert_eq!(ends.writer.remove_prices("EURUSD"), Some(1.5));
        assert!(ends.writer.insert_ids(7).is_ok() && !ends.writer.remove_ids(&8));
    }),
    ("getters of keys", |ends| {
        assert_eq!(ends.reader.prices_get("USDJPY").unwrap(), Some(2.5));
        assert_eq!(ends.reader.prices_get("EURUSD").unwrap(), None);
        assert!(ends.reader.prices_contains("AUDNZD").unwrap());
        assert!(ends.reader.ids_contains(&7).unwrap());
        let (key, value) = ends.reader.prices_last().unwrap().unwrap();
        assert_eq!((key.as_str(), value), ("USDJPY", 2.5));
        assert_eq!(ends.reader.prices_len().unwrap(), 2);
        assert_eq!(ends.reader.prices_with(FixedMap::len).unwrap(), 2);
    }),
    ("a setter of an element", |ends| {
        ends.writer.set_samples_at(3, 4.5);
        ends.writer.set_flags_at(3, true);
    }),
    ("getters of an element", |ends| {
        assert_eq!(ends.reader.samples_len().unwrap(), 501);
        assert_eq!(ends.reader.samples_at(3).unwrap(), Some(4.5));
        assert_eq!(ends.reader.samples_at(501).unwrap(), None);
        assert_eq!(ends.reader.flags_at(3).unwrap(), Some(true));
    }),
    ("setters by reference", |ends| {
        ends.writer.set_flags_from(&[false; 300]);
        ends.writer.set_flags_range(3, &[true; 2]);
        ends.writer.set_samples_range(4, &[5.5; 400]);
        ends.writer.assign(|load| &mut load.samples[3], &4.5);
        ends.writer.assign_range(|load| &mut load.flags, 5, &[true; 2]);
    }),
    ("getters of parts", |ends| {
        assert!(ends.reader.get_by(|load| &load.flags[6]).unwrap());
        assert_eq!(ends.reader.flags_get(7, |flag| flag).unwrap(), Some(false));
        assert_eq!(ends.reader.samples_get(403, |sample| sample).unwrap(), Some(5.5));
        ends.reader.get_into(|load| &load.flags, &mut ends.into.flags).unwrap();
        assert_eq!(ends.into.flags[2..8], [false, true, true, true, true, false]);
    }),
    ("getters of ranges", |ends| {
        let mut seen = [0.0; 100];
        assert_eq!(ends.reader.samples_range_into(402, &mut seen).unwrap(), 99);
        assert_eq!(seen[..3], [5.5, 5.5, 1.5]);
        assert_eq!(ends.reader.flags_range_into(6, &mut [false; 2]).unwrap(), 2);
        ends.reader.samples_read_into(&mut ends.room).unwrap();
        assert_eq!(ends.room.len(), 501);
    }),
    ("refused setters", |ends| {
        ends.writer.set_samples(&[1.0; 513]).unwrap_err();
        ends.writer.set_name("a name that is longer than thirty-two").unwrap_err();
    }),
    ("a setter of a serialized field", |ends| ends.writer.set_text(&ends.text).unwrap()),
    ("a getter of a serialized field", |ends| {
        let text = ends.reader.text().unwrap();
        assert_eq!(text.decode_as::<&str>().unwrap(), ends.text);
    }),
    ("update", |ends| ends.writer.update(|load| load.on = !load.on)),
    ("a refused update", |ends| {
        let refused = ends.writer.try_update(|load| {
            load.count = 0;
            load.samples.extend_from_slice(&[0.0; 512])
        });
        assert!(refused.is_err());
    }),
    ("a batch", |ends| {
        ends.writer.batch(|load| {
            load.set_count(7);
            load.set_name("another").unwrap();
            load.push_samples(3.5).unwrap();
            load.push_over_latest(6);
            load.set_flags_range(9, &[true]);
            load.assign(|load| &mut load.flags[10], &true);
        });
    }),
    ("a view", |ends| {
        let into = &mut ends.into;
        let seen = ends.reader.read(|load| {
            load.snapshot_into(into)?;
            assert_eq!(
                load.flags_get(9, |flag| flag)?,
                load.get_by(|load| &load.flags[10]).map(Some)?
            );
            Ok((load.count()?, load.samples_at(501)?, load.flags_at(3)?))
        });
        assert_eq!(seen.unwrap(), (7, Some(3.5), Some(true)));
        assert_eq!(*ends.into, *ends.writer.get());
    }),
    ("a view that is overtaken", |ends| {
        let mut views = 0;
        let seen = ends.reader.read(|load| {
            views += 1;
            if views == 1 {
                (0..5).for_each(|count| ends.writer.set_count(count));
            }
            load.count()
        });
        // 7 was the latest when the read began: the second view may find it in the steady slot.
        let seen = seen.unwrap();
        assert!(views == 2 && [4, 7].contains(&seen), "{seen} after {views} views");
    }),
    ("reads that are overtaken again and again", |ends| {
        let reader = &ends.overtaken;
        let into = &mut ends.into;
        assert!(matches!(reader.snapshot(), Err(ReadError::Contended { .. })));
        assert!(matches!(reader.snapshot_into(into), Err(ReadError::Contended { .. })));
        assert!(matches!(reader.count(), Err(ReadError::Contended { .. })));
        assert!(matches!(reader.samples_at(3), Err(ReadError::Contended { .. })));
        assert!(matches!(reader.prices_get("USDJPY"), Err(ReadError::Contended { .. })));
        assert!(matches!(reader.samples_get(3, |it| it), Err(ReadError::Contended { .. })));
        assert!(matches!(reader.get_by(|it| &it.flags[3]), Err(ReadError::Contended { .. })));
        let range = reader.samples_range_into(3, &mut [1.0; 3]);
        assert!(matches!(range, Err(ReadError::Contended { .. })));
        let last = reader.latest_last_into(&mut [1; 3]);
        assert!(matches!(last, Err(ReadError::Contended { .. })));
        assert!(matches!(reader.read(|load| load.count()), Err(ReadError::Contended { .. })));
    }),
    ("a refresh", |ends| {
        assert_eq!(ends.cached.refresh().unwrap().count, 4);
        assert_eq!(ends.cached.refresh().unwrap(), ends.writer.get());
    }),
    ("generations", |ends| {
        assert!(!ends.reader.file().changed_since(ends.reader.file().generation()));
        assert_eq!(ends.cached.generation(), ends.writer.file().generation());
    }),
    ("a wait for what is there", |ends| {
        assert!(ends.reader.wait_newer(0, Duration::ZERO).is_newer());
        assert!(ends.reader.wait_newer(0, Duration::MAX).is_newer());
    }),
    ("a clone of the reader", |ends| drop(ends.reader.clone())),
];

/// What the paths work on in files that keep times.
pub struct TimedEnds {
    small: PulseWriter,
    small_reader: PulseReader,
    large: LoadWriter,
    large_reader: LoadReader,
    value: Box<Load>,
}

/// Opens a file at `path`, and one more beside it.
pub fn open_timed(path: &Path) -> TimedEnds {
    let small = path.with_extension("small");
    let large = LoadWriter::options().path(path).timestamps(true).create().unwrap();
    TimedEnds {
        small: PulseWriter::options().path(&small).timestamps(true).create().unwrap(),
        small_reader: PulseReader::open_at(small).unwrap(),
        value: Box::new(large.get().clone()),
        large,
        large_reader: LoadReader::open_at(path).unwrap(),
    }
}

/// An operation on a record that keeps times.
pub type TimedOperation = fn(&mut TimedEnds);

/// What reads the clock: by the vDSO, which strict seccomp does not let a thread do on x86-64.
pub const TIMED_PATHS: &[(&str, TimedOperation)] = &[
    ("publishes of a small record", |ends| {
        ends.small.publish(&Pulse { beat: 1, level: 0.5 });
        ends.small.set_level(1.5);
        ends.small.update(|pulse| pulse.level += 1.0);
    }),
    ("publishes of a large record", |ends| {
        ends.value.count += 1;
        ends.value.flags = [ends.value.count.is_multiple_of(2); 300];
        ends.large.publish(&ends.value);
        ends.large.set_count(ends.value.count);
        ends.large.set_name("a name").unwrap();
        ends.large.batch(|load| load.set_on(true));
    }),
    ("times", |ends| {
        let time = ends.small_reader.file().published_at();
        assert!(time.is_some() && ends.small_reader.file().age().is_some());
        assert_eq!(ends.small_reader.read(|pulse| pulse.file().published_at()).unwrap(), time);
        assert!(ends.large_reader.file().published_at().is_some());
    }),
];
