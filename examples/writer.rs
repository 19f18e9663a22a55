//! The shortest writer: changes a shared struct until Ctrl-C, or `--count N` times.
//!
//! Run it beside the reader, from the same directory, in two terminals:
//! `cargo run --example writer` and `cargo run --example reader`.
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::time::Duration;
use std::{env, error::Error, thread};

use commy::{FixedString, FixedVec, SmartString, create_writer};

#[create_writer(filename = "example.bin")]
#[derive(Debug)]
struct MyData {
    title: FixedString<64>,
    numbers: FixedVec<i32, 100>,
    description: SmartString,
    temperature: f64,
    active: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut writer = MyDataWriter::create()?;
    println!("writing {} (Ctrl-C ends)", writer.file().path().display());
    writer.set_title("Square numbers")?;
    for round in 0..count() {
        writer.try_update(|data| {
            if data.numbers.is_full() {
                data.numbers.clear();
            }
            let next = data.numbers.len() as i32;
            data.numbers.push(next * next)?;
            data.active = true;
            data.temperature = 20.0 + f64::from(next) / 10.0;
            data.description = format!("the first {} squares", next + 1).parse()?;
            Ok::<(), commy::CapacityError>(())
        })?;
        println!("generation {}: {}", writer.file().generation(), writer.get().description);
        if round + 1 < count() {
            thread::sleep(Duration::from_millis(500));
        }
    }
    Ok(())
}

/// The number after `--count`, or no end.
fn count() -> u64 {
    let count = env::args().skip_while(|arg| arg != "--count").nth(1);
    count.and_then(|count| count.parse().ok()).unwrap_or(u64::MAX)
}
