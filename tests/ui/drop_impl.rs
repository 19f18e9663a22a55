//! A shared value is copied as bytes, so it cannot have a destructor.
//!
//! promise: `Data` implements `Drop`, but a shared value is copied as bytes
//! promise: errors: 1

use commy::create_writer;

#[create_writer(filename = "example.bin")]
struct Data {
    x: u8,
}

impl Drop for Data {
    fn drop(&mut self) {}
}

fn main() {}
