//! What calls on values of megabytes cost: one cell of a record of 48 MB, a frame of 6 MB, and the rows
//! of a table.
//!
//! `cargo run --release --example large_values`. The files are in memory, where the system has
//! `/dev/shm`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use core::error::Error;
use core::hint::black_box;
use std::path::Path;
use std::time::Instant;

use commy::{FixedVec, Mappable, create_reader, create_writer};

const PIXELS: usize = 6 << 20;

#[create_writer(filename = "camera.bin")]
#[create_reader(filename = "camera.bin")]
struct Camera {
    frame: [u8; PIXELS],
    number: u64,
}

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
struct Row {
    price: f64,
    lots: u32,
    open: bool,
}

#[create_writer(filename = "table.bin")]
#[create_reader(filename = "table.bin")]
struct Table {
    rows: FixedVec<Row, 1_000_000>,
}

#[create_writer(filename = "grid.bin")]
#[create_reader(filename = "grid.bin")]
struct Grid {
    cells: [[f64; 2000]; 3000],
}

fn main() -> Result<(), Box<dyn Error>> {
    let memory = Path::new("/dev/shm");
    let directory =
        if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
    grid(&directory.path().join("grid.bin"))?;
    table(&directory.path().join("table.bin"))?;
    camera(&directory.path().join("camera.bin"))
}

/// One cell of 48 MB.
fn grid(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut grid = GridWriter::create_at(path)?;
    grid.update(|grid| grid.cells.iter_mut().flatten().for_each(|cell| *cell = 0.5));
    let reader = GridReader::open_at(path)?;
    let mut height = 0.0;
    let mut next = || {
        height += 1.0;
        height
    };
    println!("one cell of {} MB", size_of::<Grid>() / 1_000_000);
    report("update(|grid| grid.cells[7][9] = ..)", 50, || {
        grid.update(|grid| grid.cells[7][9] = next());
        Ok(())
    })?;
    report("set(|grid| &mut grid.cells[7][9], ..)", 20_000, || {
        grid.set(|grid| &mut grid.cells[7][9], next());
        Ok(())
    })?;
    report("get_by(|grid| &grid.cells[7][9])", 20_000, || {
        black_box(reader.get_by(|grid| &grid.cells[7][9])?);
        Ok(())
    })
}

/// Rows of a table of a million.
fn table(path: &Path) -> Result<(), Box<dyn Error>> {
    let (mut table, reader) = (TableWriter::create_at(path)?, TableReader::open_at(path)?);
    let row = Row { price: 2.5, lots: 7, open: true };
    table.set_rows(&vec![row; 900_000])?;
    println!("a table of 900 000 rows");
    report("push_rows(row)", 500, || Ok(table.push_rows(row)?))?;
    report("set_rows_at(i, row)", 20_000, || {
        table.set_rows_at(777, row);
        Ok(())
    })?;
    report("rows_get(i, |row| &row.price)", 20_000, || {
        black_box(reader.rows_get(777_777, |row| &row.price)?);
        Ok(())
    })?;
    let mut some = vec![row; 1000];
    report("set_rows_range(from, &[Row; 1000])", 5000, || {
        table.set_rows_range(500_000, &some);
        Ok(())
    })?;
    report("rows_range_into(from, &mut [Row; 1000])", 5000, || {
        reader.rows_range_into(500_000, &mut some)?;
        Ok(())
    })
}

/// A new frame each time, all bytes of which differ from the last one.
fn camera(path: &Path) -> Result<(), Box<dyn Error>> {
    let (mut camera, reader) = (CameraWriter::create_at(path)?, CameraReader::open_at(path)?);
    let frame = |pixel: u8| -> Result<Box<[u8; PIXELS]>, &str> {
        vec![pixel; PIXELS].try_into().map_err(|_| "another length")
    };
    let (frames, mut target) = ([frame(1)?, frame(2)?], frame(0)?);
    let mut turn = 0;
    let mut next = || {
        turn += 1;
        if turn % 2 == 0 { &frames[0] } else { &frames[1] }
    };
    println!("a new frame of {} MB", PIXELS / 1_000_000);
    report("a plain copy", 200, || {
        black_box(&mut *target).copy_from_slice(&next()[..]);
        Ok(())
    })?;
    report("set_frame_from(&frame)", 100, || {
        camera.set_frame_from(next());
        Ok(())
    })?;
    report("update(|camera| camera.frame = ..)", 50, || {
        camera.update(|camera| camera.frame.copy_from_slice(&next()[..]));
        Ok(())
    })?;
    report("frame_read_into(&mut frame)", 200, || Ok(reader.frame_read_into(&mut target)?))
}

/// Prints the median of so many calls.
fn report(
    what: &str,
    rounds: usize,
    mut call: impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begin = Instant::now();
        call()?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let median = times.get(rounds / 2).copied().unwrap_or_default();
    println!("  {what:<44}{:>12.3} us", median.as_secs_f64() * 1e6);
    Ok(())
}
