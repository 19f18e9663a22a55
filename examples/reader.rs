//! The shortest reader: prints each new value until the writer ends, or `--count N` values.
//!
//! Run it beside the writer, from the same directory, in two terminals:
//! `cargo run --example writer` and `cargo run --example reader`.
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::process::ExitCode;
use std::{env, error::Error};

use commy::{FixedString, FixedVec, OpenError, SmartString, create_reader};

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
        Err(error @ OpenError::NotFound { .. }) => {
            eprintln!("{error}: start the writer first");
            eprintln!("    cargo run --example writer");
            return Ok(ExitCode::FAILURE);
        }
        reader => reader?,
    };
    // The value that is there, then the newest whenever there is a newer one. Sleeps in between.
    for data in reader.changes().take(count()) {
        let data = data?;
        let last = data.numbers.last();
        println!(
            "{}, {}, the last is {last:?}, at {} degrees",
            data.title, data.description, data.temperature
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The number after `--count`, or no end.
fn count() -> usize {
    let count = env::args().skip_while(|arg| arg != "--count").nth(1);
    count.and_then(|count| count.parse().ok()).unwrap_or(usize::MAX)
}
