//! What is not done again, and what is done before: copies that a cache saves, pages that are
//! touched when a file is opened.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "std does not count page faults")]

mod support;

use core::cell::Cell;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use commy::__private::{Image, Invalid, TypeSchema};
use commy::{FixedDeque, FixedVec, Mappable, create_reader, create_writer};

#[create_writer(filename = "limits.bin")]
#[create_reader(filename = "limits.bin")]
struct Limits {
    speed: u32,
}

#[test]
fn a_refresh_copies_only_when_something_was_published() {
    let (_directory, path) = support::place("limits.bin");
    let mut writer = LimitsWriter::options().path(&path).slots(2).create().unwrap();
    writer.set_speed(50);
    let reader = LimitsReader::open_at(&path).unwrap();
    let mut limits = reader.cached();
    assert_eq!(limits.refresh().unwrap().speed, 50);
    // Not published, so that only a copy would find it.
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(&70_u32.to_le_bytes(), support::payload_of_generation_1(&path)).unwrap();
    assert_eq!(reader.speed().unwrap(), 70);
    assert_eq!(limits.refresh().unwrap().speed, 50);
    assert_eq!(limits.generation(), 1);
    writer.set_speed(30);
    assert_eq!(limits.refresh().unwrap().speed, 30);
}

#[create_writer(filename = "frame.bin")]
#[create_reader(filename = "frame.bin")]
struct Frame {
    pixels: [u64; 1 << 17],
}

/// How many bytes of the file at `path` this process has mapped, and how many of these the kernel
/// need not map any more when they are touched; `None` if the kernel does not say.
fn mapped(path: &Path) -> Option<(u64, u64)> {
    let maps = fs::read_to_string("/proc/self/smaps").ok()?;
    let path = fs::canonicalize(path).unwrap();
    let mut lines = maps.lines().skip_while(|line| !line.ends_with(path.to_str().unwrap()));
    let mut number = |name: &str| {
        let line = lines.find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some((number("Size:")?, number("Rss:")?))
}

#[test]
fn a_prefaulting_reader_or_writer_has_touched_every_page_when_it_is_there() {
    let (_directory, path) = support::place("frame.bin");
    for prefault in [false, true] {
        let writer = FrameWriter::options().path(&path).prefault(prefault).create().unwrap();
        let Some((size, touched)) = mapped(&path) else {
            eprintln!("skipped: no /proc/self/smaps");
            return;
        };
        assert!(size > 5 << 10, "{size} KiB");
        assert_eq!(touched == size, prefault, "the writer touched {touched} of {size} KiB");
        drop(writer);
        let reader = FrameReader::options().path(&path).prefault(prefault).open().unwrap();
        let (size, touched) = mapped(&path).unwrap();
        assert_eq!(touched == size, prefault, "the reader touched {touched} of {size} KiB");
        drop(reader);
    }
}

/// The page faults of this thread that took no reading from a disk.
fn faults() -> i64 {
    // SAFETY: a structure of numbers, for which zero is valid.
    let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
    // SAFETY: room for one structure.
    assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) }, 0);
    usage.ru_minflt
}

/// Loads map a page so that the first store to it faults once more, where the file system has to
/// know what was changed: on a disk, that is. Five slots of 1 MiB have 1280 pages.
#[test]
fn the_first_publishes_of_a_prefaulting_writer_take_no_page_faults() {
    let first_publishes = |prefault: bool| {
        let (_directory, path) = support::place("frame.bin");
        let options = FrameWriter::options().path(&path);
        options.clone().create().unwrap().set_pixels_at(0, 1);
        // What is on the disk is not to be written back any more, which would protect the pages.
        File::open(&path).unwrap().sync_all().unwrap();
        let mut writer = options.prefault(prefault).create().unwrap();
        let before = faults();
        for round in 0..8 {
            for row in 0..256 {
                writer.set_pixels_at(row * 512, round);
            }
        }
        faults() - before
    };
    // The kernel may write pages back in between all the same: the least of several runs counts.
    let least = |prefault| (0..5).map(|_| first_publishes(prefault)).min().unwrap();
    let (without, with) = (least(false), least(true));
    assert!(with * 10 < without, "{with} of {without} faults are left");
}

thread_local! {
    /// How often this thread has encoded an element.
    static ENCODED: Cell<usize> = const { Cell::new(0) };
}

/// A number that says when it is encoded.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(transparent)]
struct Counted(u64);

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: the layout and the bytes of `u64`, whose promises carry over.
unsafe impl Mappable for Counted {
    const SCHEMA: &'static TypeSchema = u64::SCHEMA;
    const NEEDS_CHECK: bool = false;
    const PLAIN: bool = false;
    type Arg<'a> = Self;
    type Output = ();

    fn assign(&mut self, value: Self) {
        *self = value;
    }

    fn check(_: &[u8]) -> Result<(), Invalid> {
        Ok(())
    }

    fn encode(&self, at: usize, image: &mut Image<'_>) {
        ENCODED.set(ENCODED.get() + 1);
        self.0.encode(at, image);
    }
}

#[create_writer(filename = "rows.bin")]
#[create_reader(filename = "rows.bin")]
struct Rows {
    rows: FixedVec<Counted, 5000>,
    plain: FixedVec<u64, 5000>,
    cells: [Counted; 5000],
}

#[test]
fn a_push_and_an_element_of_a_batch_encode_no_other_element() {
    let (_directory, path) = support::place("rows.bin");
    let mut writer = RowsWriter::create_at(&path).unwrap();
    writer.set_rows(&[Counted(1); 4000]).unwrap();
    let encoded = |change: &mut dyn FnMut()| {
        let before = ENCODED.get();
        change();
        ENCODED.get() - before
    };
    assert_eq!(encoded(&mut || writer.push_rows(Counted(2)).unwrap()), 1);
    let batch = &mut || {
        writer.batch(|batch| {
            batch.push_rows(Counted(3)).unwrap();
            batch.set_cells_at(17, Counted(4));
            batch.set_cells_at(4000, Counted(5));
            batch.push_rows(Counted(6)).unwrap();
        });
    };
    // Elements next to each other may be one range with what is between them.
    assert!(encoded(batch) <= 4);
    let value = RowsReader::open_at(&path).unwrap().snapshot_boxed().unwrap();
    assert_eq!(value.rows[3999..], [Counted(1), Counted(2), Counted(3), Counted(6)]);
    assert_eq!((value.cells[17], value.cells[4000]), (Counted(4), Counted(5)));
}

/// What is not encoded is seen by what is not published of it.
#[test]
fn a_push_of_plain_elements_touches_no_other_element() {
    let (_directory, path) = support::place("rows.bin");
    let mut writer = RowsWriter::create_at(&path).unwrap();
    writer.set_plain(&[1; 4000]).unwrap();
    writer
        .push(
            |rows| {
                rows.plain[5] = 99;
                &mut rows.plain
            },
            7,
        )
        .unwrap();
    let value = RowsReader::open_at(&path).unwrap().snapshot_boxed().unwrap();
    assert_eq!((value.plain[5], value.plain[3999..].to_vec()), (1, vec![1, 7]));
}

/// A closure that picks may do more than that: what is published is a vector all the same.
#[test]
fn a_push_publishes_all_elements_that_are_new() {
    let (_directory, path) = support::place("rows.bin");
    let mut writer = RowsWriter::create_at(&path).unwrap();
    let picks = |rows: &mut Rows| rows.plain.extend_from_slice(&[8; 300]).unwrap();
    writer
        .push(
            |rows| {
                picks(rows);
                &mut rows.plain
            },
            7,
        )
        .unwrap();
    let value = RowsReader::open_at(&path).unwrap().snapshot_boxed().unwrap();
    assert_eq!(
        (value.plain.len(), value.plain[0], value.plain[299], value.plain[300]),
        (301, 8, 8, 7)
    );
}

#[create_writer(filename = "latest.bin")]
#[create_reader(filename = "latest.bin")]
struct Latest {
    counted: FixedDeque<Counted, 5000>,
    plain: FixedDeque<u64, 5000>,
}

#[test]
fn a_push_over_the_oldest_encodes_no_other_element() {
    let (_directory, path) = support::place("latest.bin");
    let mut writer = LatestWriter::create_at(&path).unwrap();
    writer.set_counted(&[Counted(1); 5000]).unwrap();
    writer.set_plain(&[1; 5000]).unwrap();
    for round in 0..6000 {
        let before = ENCODED.get();
        assert!(writer.push_over_counted(Counted(round)).is_some());
        // What is near the head and the length may be one range with them.
        let is_near = (round % 5000) * 8 < 64 + 8;
        let encoded = ENCODED.get() - before;
        assert!(encoded == 1 || is_near && encoded <= 9, "{encoded} for cell {}", round % 5000);
    }
    // What is not encoded is seen by what is not published of it.
    writer.push_over(
        |latest| {
            latest.plain[700] = 99;
            &mut latest.plain
        },
        7,
    );
    let value = LatestReader::open_at(&path).unwrap().snapshot_boxed().unwrap();
    assert!(value.counted.iter().map(|one| one.0).eq(1000..6000));
    assert_eq!((value.plain[699], value.plain[4999]), (1, 7));
}
