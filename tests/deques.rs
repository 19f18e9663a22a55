//! A deque in a record: pushes over the oldest, and reads of single elements and the last ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use commy::{FixedDeque, FixedString, FixedVec, Mappable, create_reader, create_writer};

/// What a probe measures.
#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Sample {
    time: u64,
    level: f32,
    valid: bool,
}

#[create_writer(filename = "imu.bin")]
#[create_reader(filename = "imu.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Imu {
    samples: FixedDeque<Sample, 4>,
    errors: FixedDeque<FixedString<16>, 3>,
    numbers: FixedDeque<u16, 5>,
}

fn sample(time: u64) -> Sample {
    Sample { time, level: time as f32 / 2.0, valid: time % 2 == 1 }
}

fn pair() -> (tempfile::TempDir, ImuWriter, ImuReader) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("imu.bin");
    let writer = ImuWriter::create_at(&path).unwrap();
    let reader = ImuReader::open_at(&path).unwrap();
    (dir, writer, reader)
}

#[test]
fn a_push_over_the_oldest_is_what_readers_see_last() {
    let (_dir, mut writer, reader) = pair();
    for time in 1..=9 {
        let oldest = writer.push_over_samples(sample(time));
        assert_eq!(oldest, (time > 4).then(|| sample(time - 4)));
        let expected: Vec<_> = (time.saturating_sub(3).max(1)..=time).map(sample).collect();
        assert_eq!(reader.samples().unwrap(), expected);
        assert_eq!(reader.samples_len().unwrap(), expected.len());
        for (index, one) in expected.iter().enumerate() {
            assert_eq!(reader.samples_at(index).unwrap(), Some(*one));
            let level = reader.samples_get(index, |sample| &sample.level).unwrap();
            assert_eq!(level, Some(one.level));
        }
        assert_eq!(reader.samples_at(expected.len()).unwrap(), None);
        assert_eq!(reader.samples_get(expected.len(), |sample| &sample.time).unwrap(), None);
        for room in 0..6 {
            let mut last = vec![Sample::default(); room];
            let count = reader.samples_last_into(&mut last).unwrap();
            assert_eq!(last[..count], expected[expected.len() - room.min(expected.len())..]);
            assert!(last[count..].iter().all(|left| *left == Sample::default()));
            for from in 0..6 {
                let count = reader.samples_range_into(from, &mut last).unwrap();
                let there = expected.get(from..).unwrap_or_default();
                assert_eq!(last[..count], there[..room.min(there.len())]);
            }
        }
        assert_eq!(writer.file().generation(), time);
    }
    assert_eq!(writer.get().samples, reader.snapshot().unwrap().samples);
}

#[test]
fn a_full_deque_refuses_a_push_and_publishes_nothing() {
    let (_dir, mut writer, reader) = pair();
    for text in ["a", "b", "c"] {
        writer.push_errors(text.try_into().unwrap()).unwrap();
    }
    let refused = writer.push_errors("d".try_into().unwrap()).unwrap_err();
    assert_eq!((refused.needed, refused.capacity), (4, 3));
    assert_eq!(writer.file().generation(), 3);
    assert_eq!(reader.errors().unwrap(), ["a", "b", "c"]);
    assert_eq!(writer.push_over_errors("d".try_into().unwrap()).unwrap(), "a");
    assert_eq!(reader.errors_with(|errors| errors.back().copied()).unwrap().unwrap(), "d");
}

#[test]
fn elements_are_set_by_their_number_wherever_they_lie() {
    let (_dir, mut writer, reader) = pair();
    for number in 0..8 {
        writer.push_over_numbers(number);
    }
    writer.set_numbers_at(0, 30);
    writer.set_numbers_at(4, 70);
    assert_eq!(reader.numbers().unwrap(), [30, 4, 5, 6, 70]);
    writer.set_numbers(&[1, 2]).unwrap();
    assert_eq!(reader.numbers().unwrap(), [1, 2]);
    assert!(writer.set_numbers(&[0; 6]).is_err());
    let past =
        std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| writer.set_numbers_at(2, 0)));
    assert!(past.is_err());
    assert_eq!(reader.numbers().unwrap(), [1, 2]);
}

#[test]
fn a_batch_and_an_update_leave_what_a_publish_of_the_value_leaves() {
    let (_dir, mut writer, reader) = pair();
    let (_other_dir, mut other, whole) = pair();
    for round in 0..40_u64 {
        writer.batch(|imu| {
            for time in 0..round % 7 {
                imu.push_over_samples(sample(round + time));
            }
            imu.push_over_numbers(7);
            let _may_be_full = imu.push_errors(FixedString::new());
        });
        writer.update(|imu| {
            if round % 3 == 0 {
                imu.samples.pop_front();
                imu.errors.pop_back();
                imu.numbers.rotate_left(1);
            }
            if round % 11 == 0 {
                imu.errors.clear();
            }
        });
        assert_eq!(reader.snapshot().unwrap(), *writer.get());
        other.publish(writer.get());
        assert_eq!(whole.snapshot().unwrap(), *writer.get());
    }
}

#[test]
fn a_view_has_the_same_getters() {
    let (_dir, mut writer, reader) = pair();
    for time in 1..=9 {
        writer.push_over_samples(sample(time));
    }
    let (len, oldest, last) = reader
        .read(|view| {
            let mut last = [Sample::default(); 2];
            view.samples_last_into(&mut last)?;
            Ok((view.samples_len()?, view.samples_at(0)?, last))
        })
        .unwrap();
    assert_eq!((len, oldest, last), (4, Some(sample(6)), [sample(8), sample(9)]));
    let mut samples = FixedDeque::new();
    reader.samples_read_into(&mut samples).unwrap();
    assert_eq!(samples.as_slices().1.len() + samples.as_slices().0.len(), 4);
    assert!(samples.last(1).eq(&[sample(9)]));
}

/// One writer, and a reader that looks at the last ones meanwhile: they follow each other.
#[test]
fn the_last_ones_are_of_one_generation_beside_a_writer() {
    let (_dir, mut writer, reader) = pair();
    writer.push_over_samples(sample(1));
    let stop = core::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut time = 2;
            while !stop.load(core::sync::atomic::Ordering::Relaxed) {
                writer.push_over_samples(sample(time));
                time += 1;
            }
        });
        let mut last = [Sample::default(); 3];
        for _ in 0..20_000 {
            let Ok(count) = reader.samples_last_into(&mut last) else { continue };
            let first = last[0].time;
            let follow = last[..count].iter().zip(first..).all(|(one, time)| *one == sample(time));
            if !follow {
                stop.store(true, core::sync::atomic::Ordering::Relaxed);
                panic!("{:?}", &last[..count]);
            }
        }
        stop.store(true, core::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn deques_lie_within_other_fields() {
    #[derive(Debug, Clone, PartialEq, Mappable)]
    #[repr(C)]
    struct Channel {
        name: FixedString<8>,
        recent: FixedDeque<u32, 3>,
    }

    #[create_writer(filename = "panel.bin")]
    #[create_reader(filename = "panel.bin")]
    #[derive(Debug, Clone, PartialEq)]
    struct Panel {
        channels: [Channel; 2],
        more: FixedVec<FixedDeque<bool, 2>, 2>,
        rings: FixedDeque<FixedDeque<u8, 2>, 2>,
    }

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("panel.bin");
    let mut writer = PanelWriter::create_at(&path).unwrap();
    let reader = PanelReader::open_at(&path).unwrap();
    for number in 0..5 {
        writer.push_over(|panel| &mut panel.channels[1].recent, number);
    }
    writer.update(|panel| panel.more.push(FixedDeque::literal(&[true])).unwrap());
    for number in 0..3 {
        writer.push_over_rings(FixedDeque::literal(&[number]));
    }
    writer.push_over(|panel| panel.rings.back_mut().unwrap(), 9);
    let panel = reader.snapshot().unwrap();
    assert_eq!(panel, *writer.get());
    assert_eq!(panel.channels[1].recent, [2, 3, 4]);
    assert_eq!(panel.rings[1], [2, 9]);
    assert_eq!(reader.get_by(|panel| &panel.channels[1].recent).unwrap(), [2, 3, 4]);
}

#[test]
fn a_deque_is_a_field_of_a_growable_record_as_it_is() {
    #[create_writer(filename = "log.bin", growable)]
    #[create_reader(filename = "log.bin", growable)]
    #[derive(Debug, Clone, PartialEq)]
    struct Log {
        title: String,
        recent: FixedDeque<u32, 3>,
        all: Vec<FixedDeque<u8, 2>>,
        ordered: std::collections::BTreeMap<FixedDeque<u8, 3>, u32>,
    }

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log.bin");
    let mut writer = LogWriter::create_at(&path).unwrap();
    let reader = LogReader::open_at(&path).unwrap();
    let mut recent = FixedDeque::new();
    recent.extend_over(1..=5);
    writer.set_recent(&[1, 2]).unwrap();
    assert_eq!(reader.recent().unwrap(), [1, 2]);
    writer.update(|log| log.recent = recent).unwrap();
    assert_eq!(reader.recent().unwrap(), [3, 4, 5]);
    writer.all_mut().push(&[7, 8]).unwrap();
    let mut key = FixedDeque::literal(&[1, 2, 3]);
    writer.ordered_mut().insert(&[2, 3, 4], 5).unwrap();
    key.push_over(4);
    // Equal keys are the same, wherever their elements are.
    assert_eq!(writer.snapshot().unwrap().ordered.get(&key), Some(&5));
    assert_eq!(writer.snapshot().unwrap().all, [[7, 8]]);
}
