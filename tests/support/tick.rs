//! A small record, as the tests of waiting publish it.
#![allow(dead_code, unreachable_pub, reason = "a module of many tests, each of which needs a part")]

use core::time::Duration;
use std::path::Path;

use commy::{OnMismatch, create_reader, create_writer};

/// A number, and what every whole value has beside it.
#[create_writer(filename = "tick.bin")]
#[create_reader(filename = "tick.bin")]
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub number: u64,
    pub twice: u64,
}

impl Tick {
    /// The one whole value that begins with `number`.
    pub fn of(number: u64) -> Self {
        Self { number, twice: 2 * number }
    }
}

impl TickWriter {
    /// A writer of the file at `path` that has published `number`.
    pub fn create_with_at(path: &Path, number: u64) -> Self {
        Self::options().path(path).create_with(Tick::of(number)).unwrap()
    }

    /// A writer of a new file in the place of the one at `path`, which has fewer slots.
    pub fn replace_at(path: &Path) -> Self {
        let options = Self::options().path(path).slots(8).on_mismatch(OnMismatch::Replace);
        options.create().unwrap()
    }
}

/// Longer than any wait that ends for a reason; the watchdog ends the others.
pub const LONG: Duration = Duration::from_secs(600);

/// A reader that registers when it sleeps, and one that polls.
pub fn both_ways(path: &Path) -> [TickReader; 2] {
    let polling = TickReader::options().path(path).polling().open().unwrap();
    [TickReader::open_at(path).unwrap(), polling]
}
