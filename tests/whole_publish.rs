//! A publish of a whole value leaves the writer's own copy behind, which nobody can tell: whatever comes
//! next sees what was published.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::panic::AssertUnwindSafe;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Barrier;
use std::{fs, thread};

use commy::{
    FixedOption, FixedString, FixedVec, Mappable, Recovered, SmartString, create_reader,
    create_writer,
};
use support::{Random, format, place};

/// Any bytes are a value, and all of it is copied.
#[create_writer(filename = "small.bin")]
#[create_reader(filename = "small.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Small {
    number: u64,
    cells: [u32; 5],
    last: u32,
}

/// The same, with a steady slot.
#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Large {
    number: u64,
    cells: [u32; 1501],
    last: u32,
}

/// Bytes that may be no value.
#[create_writer(filename = "checked.bin")]
#[create_reader(filename = "checked.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Checked {
    number: u32,
    cells: [bool; 500],
    mark: char,
}

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Row {
    kind: u8,
    value: u32,
}

/// Padding and tails.
#[create_writer(filename = "short.bin")]
#[create_reader(filename = "short.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Short {
    number: u16,
    title: FixedString<40>,
    rows: FixedVec<Row, 20>,
    choice: FixedOption<[u32; 9]>,
    last: u64,
}

/// The same, of which only what is in use is copied.
#[create_writer(filename = "long.bin")]
#[create_reader(filename = "long.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Long {
    number: u16,
    title: SmartString,
    rows: FixedVec<Row, 200>,
    counts: FixedVec<u32, 300>,
    choice: FixedOption<[u32; 9]>,
    cells: [char; 100],
    last: u64,
}

/// Changes everything about a value.
trait Shuffled: Sized {
    fn shuffle(&mut self, random: &mut Random);
}

impl Shuffled for Small {
    fn shuffle(&mut self, random: &mut Random) {
        (self.number, self.last) = (random.next(), random.below(9) as u32);
        self.cells.fill_with(|| random.below(3) as u32);
    }
}

impl Shuffled for Large {
    fn shuffle(&mut self, random: &mut Random) {
        (self.number, self.last) = (random.next(), random.below(9) as u32);
        let end = random.below(1502) as usize;
        self.cells[..end].fill_with(|| random.below(3) as u32);
    }
}

impl Shuffled for Checked {
    fn shuffle(&mut self, random: &mut Random) {
        (self.number, self.mark) =
            (random.next() as u32, if random.below(2) == 0 { 'x' } else { 'ü' });
        self.cells.fill_with(|| random.below(2) == 0);
    }
}

fn row(random: &mut Random) -> Row {
    Row { kind: random.below(9) as u8, value: random.below(9) as u32 }
}

impl Shuffled for Short {
    fn shuffle(&mut self, random: &mut Random) {
        (self.number, self.last) = (random.next() as u16, random.below(9));
        self.title =
            "a title with üs in it".repeat(2)[..random.below(5) as usize * 3].parse().unwrap();
        self.rows = (0..random.below(21)).map(|_| row(random)).collect();
        self.choice = (random.below(2) == 0).then(|| [random.below(9) as u32; 9]).into();
    }
}

impl Shuffled for Long {
    fn shuffle(&mut self, random: &mut Random) {
        (self.number, self.last) = (random.next() as u16, random.below(9));
        self.title = "long text ".repeat(random.below(100) as usize).parse().unwrap();
        self.rows = (0..random.below(201)).map(|_| row(random)).collect();
        self.counts = (0..random.below(301)).map(|_| random.below(9) as u32).collect();
        self.choice = (random.below(2) == 0).then(|| [random.below(9) as u32; 9]).into();
        self.cells.fill_with(|| if random.below(2) == 0 { 'x' } else { 'ü' });
    }
}

/// The bytes from the payload of the latest generation on.
fn latest_payload(path: &Path, generation: u64) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    let start = support::format::slot_of(&bytes, generation) + support::format::slot::PAYLOAD;
    bytes.split_off(start)
}

/// Applies changes of all kinds to a writer in any order, and compares what readers and the writer have
/// with a value that was changed alike.
macro_rules! in_any_order {
    ($name:ident, $record:ident, $writer:ident, $reader:ident, [$($change:expr),* $(,)?]) => {
        #[test]
        fn $name() {
            type Change = fn(&mut $writer, &mut $record, &mut Random);
            const CHANGES: &[Change] = &[
                |writer, value, random| {
                    value.shuffle(random);
                    writer.publish(value);
                },
                |writer, value, random| {
                    value.shuffle(random);
                    writer.publish_changed(value);
                },
                |writer, value, _| {
                    value.last += 1;
                    writer.publish(value);
                },
                |writer, value, _| {
                    value.last += 1;
                    writer.publish_changed(value);
                },
                |writer, value, _| {
                    value.last += 1;
                    writer.set_last(value.last);
                },
                |writer, value, random| {
                    let update = random.next() | 1;
                    let change = |value: &mut $record| {
                        let mut random = Random(update);
                        match random.below(2) {
                            0 => value.shuffle(&mut random),
                            _ => value.number = 7,
                        }
                    };
                    change(value);
                    writer.update(change);
                },
                |writer, _, random| {
                    let failed = writer.try_update(|value| {
                        value.shuffle(random);
                        Err::<(), _>(7)
                    });
                    assert_eq!(failed, Err(7));
                },
                |writer, _, random| {
                    let panicked = catch_unwind(AssertUnwindSafe(|| writer.update(|value| {
                        value.shuffle(random);
                        panic!("on purpose")
                    })));
                    assert!(panicked.is_err());
                },
                |writer, _, random| {
                    let panicked = catch_unwind(AssertUnwindSafe(|| {
                        writer.set(|value| -> &mut u64 { value.shuffle(random); panic!("on purpose") }, 7);
                    }));
                    assert!(panicked.is_err());
                },
                |writer, _, random| {
                    let panicked = catch_unwind(AssertUnwindSafe(|| writer.batch(|batch| {
                        batch.set_last(random.next() as _);
                        panic!("on purpose")
                    })));
                    assert!(panicked.is_err());
                },
                |writer, value, _| {
                    value.last += 1;
                    writer.batch(|batch| {
                        assert_eq!(batch.get().number, value.number);
                        batch.set_last(value.last);
                        batch.set_number(value.number);
                    });
                },
                |writer, value, _| assert_eq!(writer.get(), value),
                $($change,)*
            ];
            let (_directory, path) = place("record.bin");
            for seed in 1..30 {
                let mut random = Random(seed);
                let mut writer = $writer::create_at(&path).unwrap();
                let reader = $reader::open_at(&path).unwrap();
                let mut value = writer.get().clone();
                for step in 0..60 {
                    let which = random.below(CHANGES.len() as u64) as usize;
                    CHANGES[which](&mut writer, &mut value, &mut random);
                    if writer.file().generation() > 0 {
                        let found = reader.snapshot().unwrap();
                        assert!(found == value, "{which} at {step} of {seed}: {found:?}");
                    }
                    if random.below(2) == 0 {
                        assert!(*writer.get() == value, "{which} at {step} of {seed}");
                    }
                }
                // Padding and tails are what they are where nothing was published before.
                writer.publish_changed(&value);
                let other = path.with_extension("other");
                let mut fresh = $writer::create_at(&other).unwrap();
                fresh.publish(&value);
                let len = size_of::<$record>();
                assert!(latest_payload(&path, writer.file().generation())[..len] == latest_payload(&other, 1)[..len]);
                drop((writer, fresh));
                assert_eq!(*$writer::create_at(&path).unwrap().get(), value);
                fs::remove_file(&path).unwrap();
                fs::remove_file(&other).unwrap();
            }
        }
    };
}

in_any_order!(
    changes_of_a_small_record_in_any_order,
    Small,
    SmallWriter,
    SmallReader,
    [|writer, value, random| {
        value.cells.fill_with(|| random.below(3) as u32);
        writer.set_cells(value.cells);
    },]
);

in_any_order!(
    changes_of_a_large_record_in_any_order,
    Large,
    LargeWriter,
    LargeReader,
    [
        |writer, value, random| {
            value.cells.fill_with(|| random.below(3) as u32);
            writer.set_cells(value.cells);
        },
        |writer, value, random| {
            let index = random.below(1501) as usize;
            value.cells[index] = 77;
            writer.set_cells_at(index, 77);
            value.cells[index / 2] = 78;
            writer.batch(|batch| batch.set_cells_at(index / 2, 78));
        },
    ]
);

in_any_order!(
    changes_of_a_short_record_in_any_order,
    Short,
    ShortWriter,
    ShortReader,
    [
        |writer, value, random| {
            if value.rows.len() < 20 {
                let row = row(random);
                value.rows.push(row).unwrap();
                writer.push_rows(row).unwrap();
            }
        },
        |writer, value, _| {
            value.title = "new".parse().unwrap();
            writer.set_title("new").unwrap();
        },
        |writer, value, _| {
            value.choice = None.into();
            writer.set_choice(None);
        },
    ]
);

in_any_order!(
    changes_of_a_long_record_in_any_order,
    Long,
    LongWriter,
    LongReader,
    [
        |writer, value, random| {
            if value.rows.len() < 199 && value.counts.len() < 300 {
                let (one, other) = (row(random), row(random));
                value.rows.push(one).unwrap();
                value.rows.push(other).unwrap();
                value.counts.push(5).unwrap();
                writer.batch(|batch| {
                    batch.push_rows(one).unwrap();
                    batch.push_counts(5).unwrap();
                    batch.push_rows(other).unwrap();
                });
            }
        },
        |writer, value, _| {
            value.counts = FixedVec::try_from([3; 290]).unwrap();
            writer.set_counts(&[3; 290]).unwrap();
        },
        |writer, value, random| {
            let index = random.below(100) as usize;
            value.cells[index] = 'q';
            value.choice = Some([random.below(9) as u32; 9]).into();
            let choice = *value.choice.as_ref().unwrap();
            writer.batch(|batch| {
                batch.set_cells_at(index, 'q');
                batch.set_choice(Some(choice));
            });
        },
        |writer, value, random| {
            if let Some(choice) = value.choice.as_mut() {
                choice[3] = random.below(99) as u32;
                let new = choice[3];
                writer.batch(|batch| {
                    let batch: &mut commy::Batch<'_, Long> = &mut batch.reborrow();
                    batch.set(|value| &mut value.choice.as_mut().unwrap()[3], new);
                });
            }
        },
    ]
);

#[test]
fn what_is_checked_is_published_whole_and_then_in_parts() {
    let (_directory, path) = place("checked.bin");
    let mut random = Random(5);
    let mut writer = CheckedWriter::create_at(&path).unwrap();
    let reader = CheckedReader::open_at(&path).unwrap();
    let mut value = writer.get().clone();
    for round in 0..200 {
        value.shuffle(&mut random);
        writer.publish(&value);
        assert_eq!(reader.snapshot().unwrap(), value);
        value.number = round;
        writer.set_number(round);
        assert_eq!(reader.snapshot().unwrap(), value);
        let failed = writer.try_update(|own| {
            own.shuffle(&mut random);
            Err::<(), _>(())
        });
        assert!(failed.is_err());
        assert_eq!(*writer.get(), value);
        value.cells[3] = !value.cells[3];
        writer.publish_changed(&value);
        writer.batch(|batch| batch.set_number(round + 1));
        value.number = round + 1;
        assert_eq!((reader.snapshot().unwrap(), writer.get()), (value.clone(), &value));
    }
}

/// A stranger's bytes in the slot of the first generation.
fn scribble(path: &Path, bytes: &[u8]) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(bytes, support::payload_of_generation_1(path)).unwrap();
}

#[test]
fn bytes_of_a_stranger_never_become_a_value_that_is_none() {
    let (_directory, path) = place("checked.bin");
    let mut writer = CheckedWriter::create_at(&path).unwrap();
    let mut value = writer.get().clone();
    value.cells = [true; 500];
    writer.publish(&value);
    scribble(&path, &[0xff; 400]);
    assert_eq!(*writer.get(), value);
    writer.set_number(3);
    value.number = 3;
    // The next slot was filled from the writer's memory.
    assert_eq!(CheckedReader::open_at(&path).unwrap().snapshot().unwrap(), value);
    assert_eq!(*writer.get(), value);
}

#[test]
fn where_any_bytes_are_a_value_a_stranger_spoils_it_and_nothing_else() {
    let (_directory, path) = place("small.bin");
    let mut writer = SmallWriter::create_at(&path).unwrap();
    writer.publish(&Small { number: 1, cells: [2; 5], last: 3 });
    scribble(&path, &[0xff; 12]);
    assert_eq!(*writer.get(), Small { number: u64::MAX, cells: [u32::MAX, 2, 2, 2, 2], last: 3 });
    // Until the next whole value.
    let value = Small { number: 4, cells: [5; 5], last: 6 };
    writer.publish(&value);
    assert_eq!(
        (writer.get(), SmallReader::open_at(&path).unwrap().snapshot().unwrap()),
        (&value, value.clone())
    );
}

#[test]
fn several_threads_may_be_the_first_to_look_at_the_value() {
    let (_directory, path) = place("large.bin");
    let mut writer = LargeWriter::create_at(&path).unwrap();
    let mut value = writer.get().clone();
    for round in 0..300 {
        value.cells.fill(round);
        value.number = u64::from(round);
        writer.publish(&value);
        let start = Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    start.wait();
                    assert!(*writer.get() == value);
                });
            }
        });
    }
}

#[test]
fn a_durable_writer_flushes_what_was_published_whole() {
    let (_directory, path) = place("large.bin");
    let mut writer = LargeWriter::options().path(&path).durable(true).create().unwrap();
    let mut value = writer.get().clone();
    for round in 1..9 {
        value.cells.fill(round);
        writer.publish(&value);
    }
    writer.flush().unwrap();
    // Only the checkpoints, as they are now.
    let other = tempfile::tempdir().unwrap();
    for name in support::names(path.parent().unwrap()).iter().filter(|name| *name != "large.bin") {
        fs::copy(path.with_file_name(name), other.path().join(name)).unwrap();
    }
    let path = other.path().join("large.bin");
    let mut writer = LargeWriter::options().path(&path).durable(true).create().unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert!(*writer.get() == value);
    value.last = 4;
    writer.publish(&value);
    writer.set_number(5);
    writer.flush().unwrap();
    assert_eq!(writer.get().last, 4);
}

/// Eight publishes and more go through every slot of the ring and leave the image as it was before.
#[test]
fn a_change_back_to_what_was_before_a_whole_publish_reaches_every_slot() {
    let (_directory, path) = place("large.bin");
    let mut writer = LargeWriter::create_at(&path).unwrap();
    let reader = LargeReader::open_at(&path).unwrap();
    let old = Large { number: 1, cells: [1; 1501], last: 1 };
    writer.publish(&old);
    writer.set_last(1); // value and image are those that were published
    writer.publish(&Large { number: 2, cells: [2; 1501], last: 2 });
    for _ in 0..12 {
        writer.publish_changed(&old);
        assert_eq!(reader.snapshot().unwrap(), old);
    }
}

/// The words of the value in the steady slot.
fn steady_payload(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let stride = format::offset(&bytes, format::header::SLOT_STRIDE);
    let slots = format::number(&bytes, format::header::SLOT_COUNT) as usize;
    let at = format::offset(&bytes, format::header::SLOTS) + slots * stride;
    let at = at + format::slot::PAYLOAD;
    bytes[at..at + size_of::<Large>()].to_vec()
}

/// Readers take what is there for a value: it has to be whole, and that of its generation.
#[test]
fn the_steady_slot_has_one_value_whether_it_was_published_whole_or_in_parts() {
    let (_directory, path) = place("large.bin");
    let mut writer = LargeWriter::create_at(&path).unwrap();
    let mut value = Large { number: 0, cells: [0; 1501], last: 0 };
    let (mut published, mut refreshed) = (Vec::new(), 0);
    for generation in 1..=1350_u64 {
        value.number = generation;
        // So many small ones make a refresh due, which copies what changed since the one before.
        if generation % 450 < 20 {
            value.cells = [generation as u32; 1501];
            writer.publish(&value);
        } else {
            writer.set_number(generation);
        }
        let mut bytes = generation.to_ne_bytes().to_vec();
        value.cells.iter().for_each(|cell| bytes.extend(cell.to_ne_bytes()));
        bytes.extend(value.last.to_ne_bytes());
        published.push(bytes);
        let steady = support::steady_generation(&path);
        if let Some(expected) = steady.checked_sub(1) {
            assert_eq!(steady_payload(&path), published[expected as usize], "generation {steady}");
            refreshed += u32::from(steady == generation);
        }
    }
    assert!(refreshed >= 6, "{refreshed} refreshes");
}
