//! What `flush` costs beside a plain write and sync of as many bytes on the same disk.
//!
//! `cargo run --release --example flush_cost -- /path/on/the/disk`; without a path, the current
//! directory's disk. Both are measured in turn, so that whatever else the disk does hits both.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use core::error::Error;
use core::time::Duration;
use std::env;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Instant;

use commy::create_writer;

const ROUNDS: usize = 300;

#[create_writer(filename = "small.bin")]
struct Small {
    bytes: [u8; 64],
}

#[create_writer(filename = "medium.bin")]
struct Medium {
    bytes: [u8; 8 * 1024],
}

#[create_writer(filename = "large.bin")]
struct Large {
    bytes: [u8; 256 * 1024],
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let directory = tempfile::tempdir_in(directory)?;
    let directory = directory.path();
    println!("medians of {ROUNDS}       write + fdatasync       flush       ratio");

    let mut round: u8 = 0;
    let mut next = || {
        round = round.wrapping_add(1);
        round
    };
    let mut small = SmallWriter::options().path(directory.join("small")).durable(true).create()?;
    report(directory, &[1; 64], || {
        small.set_bytes([next(); 64]);
        timed(|| Ok(small.flush()?))
    })?;

    let options = MediumWriter::options().path(directory.join("medium"));
    let mut medium = options.durable(true).create()?;
    report(directory, &[1; 8 * 1024], || {
        medium.update(|medium| medium.bytes.fill(next()));
        timed(|| Ok(medium.flush()?))
    })?;

    let mut large = LargeWriter::options().path(directory.join("large")).durable(true).create()?;
    report(directory, &[1; 256 * 1024], || {
        large.update(|large| large.bytes.fill(next()));
        timed(|| Ok(large.flush()?))
    })
}

/// Measures `flush`, which says itself how long it took, and a write of `bytes` in turn, and
/// prints the medians.
fn report(
    directory: &Path,
    bytes: &[u8],
    mut flush: impl FnMut() -> Result<Duration, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut file = File::create(directory.join("plain"))?;
    let mut plain = || {
        timed(|| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(bytes)?;
            Ok(file.sync_data()?)
        })
    };
    let (mut plains, mut flushes) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plains.push(plain()?);
        flushes.push(flush()?);
    }
    let (plain, flush) = (median(plains), median(flushes));
    let ratio = flush.as_secs_f64() / plain.as_secs_f64();
    let size = bytes.len();
    println!("{size:>8} bytes  {plain:>24.1?}  {flush:>10.1?}  {ratio:>10.2}");
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
