//! A record of which every word follows from the first one, so that a mix of two values is seen.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use commy::{create_reader, create_writer};

/// Nine kilobytes, so that it lies in several pages.
#[create_writer(filename = "ledger.bin")]
#[create_reader(filename = "ledger.bin")]
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    pub number: u64,
    pub entries: [u64; 1100],
}

impl Ledger {
    /// The one value that begins with `number`; 0 is the value of a new file.
    pub fn of(number: u64) -> Self {
        let mut ledger = Self { number, entries: [0; 1100] };
        if number != 0 {
            for (index, entry) in ledger.entries.iter_mut().enumerate() {
                *entry = (number << 32) ^ (index as u64).wrapping_mul(0x9e37_79b9);
            }
        }
        ledger
    }

    /// Whether this is a value that was ever written.
    pub fn is_whole(&self) -> bool {
        *self == Self::of(self.number)
    }
}
