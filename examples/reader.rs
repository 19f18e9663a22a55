//! The shortest reader: follows the shared struct until Ctrl-C, or `--count N` values.
//!
//! Run it beside the writer, from the same directory, in two terminals:
//! `cargo run --example writer` and `cargo run --example reader`.
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::process::ExitCode;
use std::time::Duration;
use std::{env, error::Error, thread};

use commy::{FixedString, FixedVec, OpenError, ReadError, SmartString, create_reader};

#[create_reader(filename = "example.bin")]
#[derive(Debug)]
struct MyData {
    title: FixedString<64>,
    numbers: FixedVec<i32, 100>,
    description: SmartString,
    temperature: f64,
    active: bool,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let reader = match MyDataReader::open() {
        Err(OpenError::NotFound { path, .. }) => {
            eprintln!("there is no {} yet: start the writer first", path.display());
            eprintln!("    cargo run --example writer");
            return Ok(ExitCode::FAILURE);
        }
        reader => reader?,
    };
    let (mut seen, mut values) = (0, 0);
    while values < count() {
        if reader.changed_since(seen) {
            match reader.snapshot_with_generation() {
                Ok((generation, data)) => {
                    let last = data.numbers.last();
                    println!(
                        "generation {generation}: {}, {}, the last is {last:?}, at {} degrees",
                        data.title, data.description, data.temperature
                    );
                    (seen, values) = (generation, values + 1);
                }
                Err(ReadError::Contended { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(ExitCode::SUCCESS)
}

/// The number after `--count`, or no end.
fn count() -> u64 {
    let count = env::args().skip_while(|arg| arg != "--count").nth(1);
    count.and_then(|count| count.parse().ok()).unwrap_or(u64::MAX)
}
