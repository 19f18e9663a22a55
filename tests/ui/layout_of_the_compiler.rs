//! Types whose size or layout is up to the compiler or the machine.
//!
//! promise: field `count`: `usize` has a different size in 32-bit and 64-bit processes
//! promise: count: u64,
//! promise: field `offset`: `isize` has a different size in 32-bit and 64-bit processes
//! promise: offset: i64,
//! promise: field `maybe`: `Option<u32>` has no fixed layout: where its tag lies is up to the compiler
//! promise: maybe: FixedOption<u32>,
//! promise: field `outcome`: `Result<u32, u8>` has no fixed layout
//! promise: field `pair`: `(u32, u32)` has no fixed layout: the order of its fields is up to the compiler
//! promise: pair: [u32; 2],
//! promise: field `mixed`: `(u32, f64)` has no fixed layout
//! promise: field `lasts`: `std::time::Duration` has no fixed layout
//! promise: errors: 7

use commy::create_writer;

#[create_writer(filename = "example.bin")]
struct Layouts {
    count: usize,
    offset: isize,
    maybe: Option<u32>,
    outcome: Result<u32, u8>,
    pair: (u32, u32),
    mixed: (u32, f64),
    lasts: std::time::Duration,
}

fn main() {}
