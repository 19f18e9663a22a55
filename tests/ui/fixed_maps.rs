//! What cannot be a key or a value of a map of fixed size is one error, as its accessors are.
//!
//! promise: the trait bound `f64: Ord` is not satisfied
//! promise: `String` keeps its text on this process's heap, which the reading process cannot see
//! promise: prices: FixedMap<FixedString<64>, u32, 4>,
//! promise: `HashMap<u8, String>` keeps its table on this process's heap
//! promise: nested: FixedMap<u8, FixedMap<u8, FixedString<64>, 16>, 4>,
//! promise: field `named_get`: its accessor `named_get` is there already, for field `named`
//! promise: errors: 6

use std::collections::HashMap;

use commy::{FixedMap, FixedSet, create_reader, create_writer};

/// Not `Mappable`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Own(u8);

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Refused {
    pub prices: FixedMap<String, u32, 4>,
    pub nested: FixedMap<u8, HashMap<u8, String>, 4>,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Unordered {
    pub ratios: FixedMap<f64, u32, 4>,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Foreign {
    pub owners: FixedSet<Own, 4>,
    pub owned: FixedMap<u8, Own, 4>,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Taken {
    pub named: FixedMap<u8, u8, 4>,
    pub named_get: u8,
}

fn main() {}
