//! Types that change behind a shared reference, locks, and numbers that cannot be zero.
//!
//! promise: field `counter`: `AtomicU64` changes behind a shared reference, which a published value must not
//! promise: counter: u64,
//! promise: field `cell`: `Cell<u32>` changes behind a shared reference
//! promise: field `lock`: `Mutex<u32>` is a lock for the threads of one process
//! promise: field `id`: `NonZeroU32` cannot be zero, but every value of a new file begins as zero
//! promise: errors: 4

use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use commy::create_writer;

#[create_writer(filename = "example.bin")]
struct Changing {
    counter: AtomicU64,
    cell: Cell<u32>,
    lock: Mutex<u32>,
    id: NonZeroU32,
}

fn main() {}
