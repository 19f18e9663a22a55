//! Values of megabytes as programs have them: a frame, a table, a grid of cells. None of them is ever
//! on a stack, and a part of one is read and written at the price of that part.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use core::error::Error;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::panic::catch_unwind;
use std::path::Path;
use std::thread;

use commy::{FixedString, FixedVec, Mappable, ReadError, create_reader, create_writer};

const PIXELS: usize = 6 << 20;

/// What a camera shows.
#[create_writer(filename = "camera.bin")]
#[create_reader(filename = "camera.bin")]
struct Camera {
    number: u64,
    frame: [u8; PIXELS],
}

/// Has padding, and bytes that are no value.
#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Row {
    price: f64,
    lots: u32,
    open: bool,
    levels: [u16; 3],
}

impl Row {
    fn new(lots: u32) -> Self {
        Self { price: f64::from(lots), lots, open: lots.is_multiple_of(2), levels: [1, 2, 3] }
    }
}

const ROWS: usize = 1_000_000;

#[create_writer(filename = "table.bin")]
#[create_reader(filename = "table.bin")]
struct Table {
    name: FixedString<32>,
    rows: FixedVec<Row, ROWS>,
}

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
struct Cell {
    height: f64,
    flow: [f32; 3],
    wet: bool,
}

/// 48 MB.
#[create_writer(filename = "grid.bin")]
#[create_reader(filename = "grid.bin")]
struct Grid {
    turn: u64,
    cells: [[Cell; 1000]; 2000],
    sides: Sides,
}

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
struct Sides {
    north: [f64; 50_000],
    depths: FixedVec<u32, 50_000>,
}

/// Runs `program` on a stack on which none of these values would fit.
fn on_a_small_stack(
    program: impl FnOnce(&Path) -> Result<(), Box<dyn Error>> + Send,
) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("large.bin");
    let small = thread::Builder::new().stack_size(256 << 10);
    thread::scope(|scope| {
        let run = || program(&path).map_err(|error| error.to_string());
        let running = small.spawn_scoped(scope, run)?;
        Ok(running.join().expect("it did not panic")?)
    })
}

fn boxed<T: Clone, const N: usize>(value: T) -> Box<[T; N]> {
    vec![value; N].try_into().unwrap_or_else(|_| unreachable!("as many as the array has"))
}

#[test]
fn a_whole_frame_goes_from_the_callers_memory_to_the_readers() -> Result<(), Box<dyn Error>> {
    on_a_small_stack(|path| {
        let mut camera = CameraWriter::create_at(path)?;
        let reader = CameraReader::open_at(path)?;
        let (mut frame, mut seen) = (boxed::<u8, PIXELS>(0), boxed::<u8, PIXELS>(9));
        for round in 1..=6 {
            frame.fill(round);
            camera.set_frame_from(&frame);
            reader.frame_read_into(&mut seen)?;
            assert!(seen == frame, "round {round}");
            assert!(camera.get().frame == *frame);
        }
        frame[77] = 200;
        camera.batch(|camera| {
            camera.set_frame_from(&frame);
            camera.set_number(7);
        });
        assert_eq!(reader.get_by(|camera| &camera.frame[76..=77][1])?, 200);
        assert_eq!(
            reader.read(|camera| Ok((camera.number()?, camera.frame_at(77)?)))?,
            (7, Some(200))
        );
        assert_eq!(camera.file().generation(), 7);
        Ok(())
    })
}

#[test]
fn a_part_of_a_frame_is_set_and_read_alone() -> Result<(), Box<dyn Error>> {
    on_a_small_stack(|path| {
        let mut camera = CameraWriter::create_at(path)?;
        let reader = CameraReader::open_at(path)?;
        camera.set_frame_range(1000, &[5; 500]);
        camera.assign_range(|camera| &mut camera.frame, PIXELS - 3, &[1, 2, 3]);
        let mut seen = [9; 4];
        assert_eq!(reader.frame_range_into(998, &mut seen)?, 4);
        assert_eq!(seen, [0, 0, 5, 5]);
        assert_eq!(reader.frame_range_into(PIXELS - 2, &mut seen)?, 2);
        assert_eq!(seen[..2], [2, 3]);
        assert_eq!(reader.frame_get(PIXELS - 1, |pixel| pixel)?, Some(3));
        // The rest of a frame whose parts are set is as before in every slot.
        for round in 0..9 {
            camera.set_frame_range(2000 * usize::from(round), &[round; 9]);
        }
        let mut all = boxed::<u8, PIXELS>(9);
        reader.frame_read_into(&mut all)?;
        assert!(*all == camera.get().frame);
        assert_eq!((all[1499], all[1500], all[16_000], all[PIXELS - 1]), (5, 0, 8, 3));
        Ok(())
    })
}

/// Whatever a publish of the whole value leaves for later, a part that is set behind it is set in that
/// value.
#[test]
fn a_part_that_is_set_behind_a_publish_is_set_in_what_was_published() -> Result<(), Box<dyn Error>>
{
    on_a_small_stack(|path| {
        let mut camera = CameraWriter::create_at(path)?;
        let reader = CameraReader::open_at(path)?;
        camera.set_number(4);
        let mut value = reader.snapshot_boxed()?;
        let (mut seen, frame) = (reader.snapshot_boxed()?, boxed::<u8, PIXELS>(77));
        type Change = fn(&mut CameraWriter, &[u8; PIXELS]);
        let changes: [Change; 4] = [
            |camera, _| camera.set_frame_range(10, &[1, 2, 3]),
            |camera, frame| camera.set_frame_from(frame),
            |camera, _| camera.assign(|camera| &mut camera.number, &9),
            |camera, _| {
                camera.batch(|camera| camera.assign_range(|it| &mut it.frame, 5, &[8; 2]));
            },
        ];
        for (round, change) in (1..).zip(changes.iter().cycle().take(9)) {
            value.number = u64::from(round);
            value.frame.fill(round);
            camera.publish(&value);
            change(&mut camera, &frame);
            let generation = camera.file().generation();
            reader.snapshot_into(&mut seen)?;
            assert!(seen.frame == camera.get().frame && seen.number == camera.get().number);
            // What was not set is what was published.
            let is_frame_set = seen.frame[PIXELS - 1] == 77;
            assert!(is_frame_set || seen.frame[100..].iter().all(|pixel| *pixel == round));
            assert!(seen.number == 9 || seen.number == value.number);
            assert_eq!(generation, 1 + 2 * value.number);
        }
        Ok(())
    })
}

#[test]
fn a_table_is_read_in_rows_parts_and_ranges() -> Result<(), Box<dyn Error>> {
    on_a_small_stack(|path| {
        let mut table = TableWriter::create_at(path)?;
        let reader = TableReader::open_at(path)?;
        let rows: Vec<_> = (0..ROWS as u32 - 5).map(Row::new).collect();
        table.set_rows(&rows)?;
        table.push_rows(Row::new(8))?;
        let len = rows.len() + 1;
        assert_eq!(reader.rows_len()?, len);
        assert_eq!(reader.rows_at(len - 1)?, Some(Row::new(8)));
        assert_eq!(reader.rows_get(777_777, |row| &row.price)?, Some(777_777.0));
        assert_eq!(reader.rows_get(777_777, |row| &row.levels[1])?, Some(2));
        assert_eq!(reader.rows_get(777_777, |row| &row.levels)?, Some([1, 2, 3]));
        assert_eq!(reader.rows_get(777_778, |row| row)?, Some(Row::new(777_778)));

        let mut seen = vec![Row::new(0); 1000];
        assert_eq!(reader.rows_range_into(500_000, &mut seen)?, 1000);
        assert_eq!(seen, rows[500_000..501_000]);
        assert_eq!(reader.rows_range_into(len - 2, &mut seen)?, 2);
        assert_eq!(seen[..2], [rows[len - 2], Row::new(8)]);
        assert_eq!(seen[2..], rows[500_002..501_000], "what is behind them stays");

        table.set_rows_range(500_000, &[Row::new(1), Row::new(2)]);
        table.batch(|table| table.set_rows_range(len - 1, &[Row::new(3)]));
        assert_eq!(reader.rows_range_into(499_999, &mut seen[..4])?, 4);
        assert_eq!(seen[..4], [rows[499_999], Row::new(1), Row::new(2), rows[500_002]]);
        let mut all = Vec::new();
        reader.rows_read_into(&mut all)?;
        assert_eq!((all.len(), all[len - 1]), (len, Row::new(3)));
        assert_eq!(all, table.get().rows.as_slice());
        Ok(())
    })
}

#[test]
fn one_cell_of_a_large_grid_is_set_and_read_by_its_path() -> Result<(), Box<dyn Error>> {
    on_a_small_stack(|path| {
        assert!(size_of::<Grid>() > 48_000_000);
        let mut grid = GridWriter::create_at(path)?;
        let reader = GridReader::open_at(path)?;
        grid.set(|grid| &mut grid.cells[1999][3].flow[2], 0.5);
        grid.set(|grid| &mut grid.cells[0][4].wet, true);
        assert_eq!(reader.get_by(|grid| &grid.cells[1999][3].flow[2])?, 0.5);
        assert!(reader.get_by(|grid| &grid.cells[0][4].wet)?);
        assert_eq!(reader.get_by(|grid| &grid.cells[1999][3])?.flow, [0.0, 0.0, 0.5]);
        assert_eq!(reader.cells_get(1999, |line| &line[3].flow[2])?, Some(0.5));
        assert_eq!(reader.cells_get(2000, |line| &line[3].flow[2])?, None);
        // By way of a reader's clone, and of one generation.
        let clone = reader.clone();
        let (turn, flow) = clone
            .read(|grid| Ok((grid.turn()?, grid.get_by(|grid| &grid.cells[1999][3].flow)?)))?;
        assert_eq!((turn, flow), (0, [0.0, 0.0, 0.5]));

        let mut sides: Box<Sides> = reader.get_boxed(|grid| &grid.sides)?;
        sides.north[49_999] = 7.0;
        sides.depths.extend_from_slice(&[4, 5, 6])?;
        grid.assign(|grid| &mut grid.sides, &sides);
        grid.assign_range(|grid| &mut grid.sides.depths, 1, &[8, 9]);
        sides.north.fill(1.0);
        reader.get_into(|grid| &grid.sides, &mut sides)?;
        assert_eq!(
            (sides.north[49_999], sides.north[0], sides.depths.as_slice()),
            (7.0, 0.0, &[4, 8, 9][..])
        );
        let mut north = boxed::<f64, 50_000>(1.0);
        reader.read(|grid| grid.get_into(|grid| &grid.sides.north, &mut north))?;
        assert_eq!((north[49_999], north[49_998]), (7.0, 0.0));
        let mut line = vec![grid.get().cells[0][0]; 1000];
        line[3].height = 3.5;
        grid.assign_range(|grid| &mut grid.cells[1000], 0, &line);
        assert_eq!(reader.get_by(|grid| &grid.cells[1000][3].height)?, 3.5);
        // Nothing of that is taken back by what encodes all of it.
        grid.update(|grid| grid.turn = 1);
        assert_eq!(reader.get_by(|grid| &grid.cells[1000][3].height)?, 3.5);
        Ok(())
    })
}

#[test]
fn what_is_just_small_enough_fits_on_the_stack_of_a_thread() -> Result<(), Box<dyn Error>> {
    #[create_writer(filename = "tile.bin")]
    #[create_reader(filename = "tile.bin")]
    struct Tile {
        pixels: [u32; 1 << 16],
    }

    type Call = fn(&mut TileWriter, &TileReader) -> Result<u32, ReadError>;
    let calls: [(&str, Call); 9] = [
        ("a setter", |tile, _| {
            tile.set_pixels([7; 1 << 16]);
            Ok(8)
        }),
        ("a setter by path", |tile, _| {
            tile.set(|tile| &mut tile.pixels, [8; 1 << 16]);
            Ok(8)
        }),
        ("a setter in a batch", |tile, _| {
            tile.batch(|tile| tile.set_pixels([8; 1 << 16]));
            Ok(8)
        }),
        ("a snapshot", |_, reader| reader.snapshot().map(|tile| tile.pixels[3])),
        ("a getter", |_, reader| reader.pixels().map(|pixels| pixels[3])),
        ("a getter by path", |_, reader| reader.get_by(|it| &it.pixels).map(|pixels| pixels[3])),
        ("a view", |_, reader| reader.read(|tile| tile.snapshot().map(|tile| tile.pixels[3]))),
        ("the next value", |_, reader| {
            reader.changes().next().map_or(Ok(0), |tile| tile.map(|tile| tile.pixels[3]))
        }),
        ("a closure", |_, reader| reader.read(|tile| tile.pixels()).map(|pixels| pixels[3])),
    ];
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tile.bin");
    for (what, call) in calls {
        let path = path.clone();
        // 2 MiB, as every thread has that asks for nothing else.
        let thread = thread::Builder::new().name(what.to_owned()).stack_size(2 << 20);
        let called = thread.spawn(move || {
            let mut tile = TileWriter::create_at(&path).expect("a file");
            call(&mut tile, &TileReader::open_at(&path).expect("a file"))
        })?;
        assert_eq!(called.join().expect("the stack sufficed"), Ok(8), "{what}");
    }
    Ok(())
}

#[test]
fn what_a_stream_may_give_out_fits_on_the_stack_of_a_worker() -> Result<(), Box<dyn Error>> {
    use tokio_stream::StreamExt as _;

    #[create_writer(filename = "tile.bin")]
    #[create_reader(filename = "tile.bin")]
    struct Tile {
        pixels: [u32; 1 << 14],
    }

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tile.bin");
    TileWriter::create_at(&path)?.set_pixels([8; 1 << 14]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let pixel = runtime.block_on(runtime.spawn(async move {
        let mut tiles = TileReader::open_at(&path).expect("a file").stream().expect("a thread");
        let tile = tiles.next().await;
        tile.and_then(Result::ok).map(|tile| tile.pixels[3])
    }))?;
    assert_eq!(pixel, Some(8));
    Ok(())
}

#[create_writer(filename = "small.bin")]
#[create_reader(filename = "small.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Small {
    marks: FixedVec<bool, 8>,
    steps: [u16; 4],
    last: bool,
}

/// A record that is copied whole has the same accessors.
#[test]
fn small_records_have_the_same_accessors() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("small.bin");
    let mut small = SmallWriter::create_at(&path)?;
    let reader = SmallReader::open_at(&path)?;
    assert_eq!(reader.get_by(|small| &small.last), Err(ReadError::Empty));
    small.set_steps_from(&[1, 2, 3, 4]);
    small.set_steps_range(1, &[8, 9]);
    small.set_marks(&[true, false])?;
    small.set_marks_range(1, &[true]);
    small.assign(|small| &mut small.last, &true);
    small.batch(|small| {
        small.assign(|small| &mut small.steps[0], &7);
        small.assign_range(|small| &mut small.marks, 0, &[false]);
        small.set_steps_range(4, &[]);
    });
    let expected =
        Small { marks: FixedVec::literal(&[false, true]), steps: [7, 8, 9, 4], last: true };
    assert_eq!((reader.snapshot()?, small.get()), (expected.clone(), &expected));
    assert_eq!(reader.get_by(|small| small)?, expected);
    assert_eq!(*reader.get_boxed(|small| &small.steps)?, [7, 8, 9, 4]);
    assert_eq!(reader.get_by(|small| &small.marks)?, [false, true]);
    assert_eq!(reader.marks_get(1, |mark| mark)?, Some(true));
    assert_eq!(reader.marks_get(2, |mark| mark)?, None);
    let mut seen = [true; 3];
    assert_eq!(reader.marks_range_into(1, &mut seen)?, 1);
    assert_eq!((reader.marks_range_into(2, &mut seen)?, seen), (0, [true; 3]));
    Ok(())
}

/// No element is there: a getter says so, as `x_at` does, and a setter panics, as indexing does.
#[test]
fn beyond_the_end_is_nothing_to_read_and_a_panic_to_write() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("small.bin");
    let mut small = SmallWriter::create_at(&path)?;
    let reader = SmallReader::open_at(&path)?;
    small.set_marks(&[true, true])?;
    let before = reader.snapshot()?;
    for from in [2, 3, 8, 9, usize::MAX / 2, usize::MAX] {
        let mut seen = [true; 2];
        assert_eq!(
            (reader.marks_range_into(from, &mut seen)?, seen),
            (0, [true; 2]),
            "from {from}"
        );
        assert_eq!(reader.marks_get(from, |mark| mark)?, None);
        assert_eq!(reader.steps_range_into(from.max(4), &mut [0; 2])?, 0);
        assert_eq!(reader.steps_get(from.max(4), |step| step)?, None);
    }
    assert_eq!(reader.marks_range_into(0, &mut [])?, 0);

    type Change = fn(&mut SmallWriter);
    let refused: [(&str, Change); 8] = [
        ("the len is 2 but the range is 1 from 2 on", |it| it.set_marks_range(2, &[true])),
        ("the len is 2 but the range is 3 from 0 on", |it| it.set_marks_range(0, &[true; 3])),
        ("the len is 4 but the range is 2 from 3 on", |it| it.set_steps_range(3, &[1, 2])),
        ("from 18446744073709551615 on", |it| it.set_steps_range(usize::MAX, &[1, 2])),
        ("out of range", |it| it.assign_range(|it| &mut it.marks, 1, &[true; 2])),
        ("out of range", |it| it.batch(|it| it.assign_range(|it| &mut it.steps, 5, &[]))),
        ("the field is no part of the record", |it| {
            it.assign(|_| Box::leak(Box::new([0; 4])), &[1; 4]);
        }),
        ("the field is no part of the record", |it| {
            it.batch(|it| it.assign(|_| Box::leak(Box::new(true)), &true));
        }),
    ];
    for (words, change) in refused {
        let caught = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| change(&mut small)));
        let said = caught.expect_err(words);
        let said = said
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| said.downcast_ref::<&str>().copied());
        assert!(said.is_some_and(|said| said.contains(words)), "{words}: {said:?}");
        assert_eq!((small.get(), small.file().generation()), (&before, 1), "{words}");
    }
    small.set_last(true);
    assert_eq!(reader.snapshot()?, Small { last: true, ..before });
    Ok(())
}

#[test]
fn a_closure_that_picks_sees_zeros_and_nothing_of_the_file() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("small.bin");
    let mut small = SmallWriter::create_at(&path)?;
    small.update(|small| {
        *small = Small { marks: FixedVec::literal(&[true; 8]), steps: [9; 4], last: true }
    });
    let reader = SmallReader::open_at(&path)?;
    let read = reader.get_by(|small| {
        assert_eq!(*small, Small { marks: FixedVec::new(), steps: [0; 4], last: false });
        &small.steps[2]
    });
    assert_eq!(read, Ok(9));
    assert_eq!(
        reader.steps_get(2, |step| {
            assert_eq!(*step, 0);
            step
        }),
        Ok(Some(9))
    );
    assert_eq!(
        reader.marks_get(2, |mark| {
            assert!(!mark);
            mark
        }),
        Ok(Some(true))
    );

    type Look = fn(&SmallReader) -> Result<u16, ReadError>;
    let refused: [(&str, Look); 4] = [
        ("no part of the record", |it| it.get_by(|_| &7)),
        ("no part of the record", |it| it.read(|it| it.get_by(|_| Box::leak(Box::new(7))))),
        ("no part of the record", |it| it.steps_get(1, |_| &7).map(Option::unwrap_or_default)),
        ("out of bounds", |it| {
            it.get_by(|it| {
                let four = it.steps.len();
                &it.steps[four]
            })
        }),
    ];
    for (words, look) in refused {
        let caught = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| look(&reader)));
        let said = caught.expect_err(words);
        let said = said
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| said.downcast_ref::<&str>().copied());
        assert!(said.is_some_and(|said| said.contains(words)), "{words}: {said:?}");
    }
    Ok(())
}

/// What is behind a length, or no value, is given to nobody, and the error names the element.
#[test]
fn hostile_lengths_and_bytes_are_refused_by_name() -> Result<(), Box<dyn Error>> {
    #[create_writer(filename = "hostile.bin")]
    #[create_reader(filename = "hostile.bin")]
    struct Hostile {
        tag: FixedString<8>,
        rows: FixedVec<Row, 64>,
        flags: [bool; 16],
    }

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("hostile.bin");
    let mut writer = HostileWriter::create_at(&path)?;
    writer.update(|hostile| {
        hostile.tag = FixedString::literal("#mark#");
        hostile.rows = FixedVec::try_from([Row::new(2); 10]).unwrap_or_else(|_| unreachable!());
    });
    let bytes = fs::read(&path)?;
    let mut found = bytes.windows(6).enumerate().filter(|(_, bytes)| *bytes == b"#mark#");
    let (at, _) = found.next().ok_or("the text is in the file")?;
    let len_at = at as u64 + 8;
    let file = File::options().write(true).open(&path)?;
    let reader = HostileReader::open_at(&path)?;
    for len in [65_u64, 1 << 32, u64::MAX / 24, u64::MAX - 7, u64::MAX] {
        file.write_all_at(&len.to_le_bytes(), len_at)?;
        let expected = reader.rows_len();
        assert!(matches!(&expected, Err(ReadError::Invalid { field, .. }) if field == "rows"));
        let (mut seen, mut all) = ([Row::new(1); 3], vec![Row::new(1)]);
        let zero = Row { price: 0.0, lots: 0, open: false, levels: [0; 3] };
        assert_eq!((reader.rows_range_into(2, &mut seen), seen), (expected.clone(), [zero; 3]));
        assert_eq!(reader.rows_read_into(&mut all), expected.clone().map(drop));
        assert_eq!(all, []);
        assert_eq!(reader.rows_get(2, |row| &row.lots).map(drop), expected.clone().map(drop));
        assert_eq!(reader.rows_get(70, |row| &row.lots).map(drop), expected.map(drop));
    }
    // As many as there is room for: those behind the ten are zero in the file.
    file.write_all_at(&64_u64.to_le_bytes(), len_at)?;
    let mut seen = [Row::new(1); 3];
    assert_eq!(reader.rows_range_into(62, &mut seen)?, 2);
    assert_eq!((seen[1].lots, seen[2]), (0, Row::new(1)));
    // The sixth row is open as 7.
    file.write_all_at(&[7], len_at + 8 + 5 * size_of::<Row>() as u64 + 12)?;
    let field = |result: Result<usize, ReadError>| match result {
        Err(ReadError::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(reader.rows_range_into(4, &mut seen)), "rows[5].open");
    assert_eq!(seen.map(|row| row.lots), [0; 3]);
    assert_eq!(field(reader.rows_get(5, |row| &row.open).map(|_| 0)), "rows[5].open");
    assert_eq!(reader.rows_get(5, |row| &row.lots)?, Some(2), "only what is picked is checked");
    assert_eq!(field(reader.rows_read_into(&mut Vec::new()).map(|()| 0)), "rows[5].open");
    assert_eq!(reader.rows_range_into(6, &mut seen)?, 3);
    // A flag that is 9.
    file.write_all_at(&[9], len_at + 8 + 64 * size_of::<Row>() as u64 + 4)?;
    assert_eq!(field(reader.get_by(|it| &it.flags[4]).map(|_| 0)), "flags[4]");
    assert_eq!(field(reader.flags_range_into(3, &mut [true; 4])), "flags[4]");
    assert_eq!(reader.get_by(|it| &it.flags[5]), Ok(false));
    Ok(())
}

/// Length and elements, and what is in them, are of one generation: while a writer publishes as fast
/// as it can, nobody sees parts of two.
/// Ends the writer however the reader ends: a test that fails shall not wait for it.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn beside_a_writer_at_full_speed_a_range_is_of_one_generation() -> Result<(), Box<dyn Error>> {
    #[create_writer(filename = "fast.bin")]
    #[create_reader(filename = "fast.bin")]
    struct Fast {
        rows: FixedVec<Row, 4000>,
        pixels: [u32; 5000],
    }

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("fast.bin");
    // Few slots, so that copies are overtaken.
    let mut writer = FastWriter::options().path(&path).slots(2).create()?;
    let is_over = AtomicBool::new(false);
    let rows: Vec<_> =
        (0..50).map(|lots| vec![Row::new(lots); 40 * (lots as usize % 7 + 1)]).collect();
    writer.set_rows(&rows[0])?;
    let reader = FastReader::open_at(&path)?;
    let (mut reads, mut seen_generations) = (0, 0);
    thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        scope.spawn(|| {
            let mut pixels = boxed::<u32, 5000>(0);
            while !is_over.load(Ordering::Relaxed) {
                for (round, rows) in (0..).zip(&rows) {
                    if writer.set_rows(rows).is_err() {
                        return;
                    }
                    pixels.fill(round);
                    writer.set_pixels_from(&pixels);
                }
            }
        });
        let _over = Over(&is_over);
        let (mut range, mut all, mut pixels) = (vec![Row::new(0); 300], Vec::new(), vec![0; 3000]);
        let mut look = || -> Result<(), ReadError> {
            let last = reader.file().generation();
            let count = reader.rows_range_into(7, &mut range)?;
            let lots = range[0].lots;
            assert_eq!(count, 40 * (lots as usize % 7 + 1) - 7);
            assert!(range[..count].iter().all(|row| *row == Row::new(lots)));
            reader.rows_read_into(&mut all)?;
            let lots = all[0].lots;
            assert_eq!(all.len(), 40 * (lots as usize % 7 + 1));
            assert!(all.iter().all(|row| *row == Row::new(lots)));
            assert_eq!(reader.pixels_range_into(1000, &mut pixels)?, 3000);
            assert!(pixels.iter().all(|pixel| *pixel == pixels[0]));
            let line = reader.get_by(|fast| &fast.pixels)?;
            assert!(line.iter().all(|pixel| *pixel == line[0]));
            let of_one = reader.read(|fast| {
                let row = fast.rows_get(39, |row| &row.lots)?;
                Ok((row, fast.rows_at(0)?.map(|row| row.lots)))
            })?;
            assert_eq!(of_one.0, of_one.1);
            seen_generations += u64::from(reader.file().generation() > last);
            Ok(())
        };
        while reads < 2000 {
            match look() {
                Ok(()) => reads += 1,
                Err(ReadError::Contended { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    })?;
    assert!(seen_generations > 0, "the writer wrote meanwhile");
    Ok(())
}

/// The next writer, and readers after a restart of one, find what was set by reference.
#[test]
fn what_was_set_by_reference_is_there_for_the_next_writer() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("table.bin");
    let mut table = TableWriter::create_at(&path)?;
    table.set_rows(&[Row::new(4); 100])?;
    table.set_rows_range(50, &[Row::new(6); 50]);
    drop(table);
    let table = TableWriter::create_at(&path)?;
    assert_eq!(table.get().rows[49..51], [Row::new(4), Row::new(6)]);
    assert_eq!(TableReader::open_at(&path)?.rows_get(99, |row| &row.lots)?, Some(6));
    Ok(())
}

/// Parts at all kinds of places: none of them begins or ends with a word.
#[create_writer(filename = "scene.bin")]
#[create_reader(filename = "scene.bin")]
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scene {
    turn: u64,
    name: FixedString<19>,
    lead: [u8; 3],
    frame: [u8; 200_003],
    depths: [u16; 100_001],
    is_lit: bool,
    points: FixedVec<[f32; 3], 20_000>,
    tail: [u8; 5],
}

/// Numbers from a seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Changes `scene` in one of many ways, and `expected` likewise.
fn change(scene: &mut SceneWriter, expected: &mut Box<Scene>, numbers: &mut Numbers) {
    let byte = numbers.below(256) as u8;
    match numbers.below(13) {
        0 => {
            expected.frame.fill(byte);
            scene.set_frame_from(&expected.frame);
        }
        1 => {
            let from = numbers.below(100_000);
            let to = from + numbers.below(expected.frame.len() - from);
            expected.frame[from..to].fill(byte);
            scene.set_frame_range(from, &expected.frame[from..to]);
        }
        2 => {
            expected.depths.fill(u16::from(byte) * 255);
            scene.set_depths_from(&expected.depths);
        }
        3 => {
            expected.points = FixedVec::new();
            (0..20_000).for_each(|at| expected.points.push([at as f32; 3]).unwrap());
            scene.set_points(&expected.points).unwrap();
        }
        4 if expected.points.len() == 20_000 => {
            let from = numbers.below(10_000);
            expected.points[from..from + 9000].fill([f32::from(byte); 3]);
            scene.set_points_range(from, &expected.points[from..from + 9000]);
        }
        5 => {
            expected.turn += 1;
            scene.set_turn(expected.turn);
        }
        6 => {
            expected.lead = [byte; 3];
            expected.tail = [byte; 5];
            scene.batch(|scene| {
                scene.set_lead(expected.lead);
                scene.set_tail(expected.tail);
            });
        }
        7 => {
            expected.name = FixedString::try_from(format!("scene {byte}").as_str()).unwrap();
            scene.set_name(&expected.name).unwrap();
        }
        8 => {
            expected.frame[numbers.below(200_000)] = byte;
            expected.points.truncate(numbers.below(20_000));
            scene.publish(expected);
        }
        9 => {
            expected.depths[numbers.below(100_000)] = u16::from(byte);
            expected.is_lit = !expected.is_lit;
            scene.publish_changed(expected);
        }
        10 => {
            let at = numbers.below(200_000);
            expected.frame[at] = byte;
            scene.update(|scene| scene.frame[at] = byte);
        }
        11 => {
            let refused = catch_unwind(AssertUnwindSafe(|| {
                scene.assign(|_| -> &mut [u8; 200_003] { panic!("no part") }, &expected.frame);
            }));
            assert!(refused.is_err());
        }
        _ => assert!(scene.get() == &**expected),
    }
}

#[test]
fn parts_that_go_to_the_slot_alone_and_all_other_changes_add_up() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    for seed in 1..=6 {
        let path = directory.path().join(format!("scene-{seed}.bin"));
        let mut numbers = Numbers(seed << 40 | 0x9e37_79b9);
        let mut scene = SceneWriter::create_at(&path)?;
        let reader = SceneReader::open_at(&path)?;
        let mut expected = Box::new(*scene.get());
        scene.publish(&expected);
        let mut seen = expected.clone();
        for round in 0..250 {
            change(&mut scene, &mut expected, &mut numbers);
            reader.snapshot_into(&mut seen)?;
            assert!(seen == expected, "seed {seed}, round {round}");
            if round % 50 == 49 {
                assert!(scene.get() == &*expected, "seed {seed}, round {round}");
                drop(scene);
                scene = SceneWriter::create_at(&path)?;
                assert!(scene.get() == &*expected, "seed {seed}, round {round}");
            }
        }
    }
    Ok(())
}
