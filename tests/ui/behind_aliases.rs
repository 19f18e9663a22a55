//! What an alias hides is refused by the trait, once per field, with the same reasons.
//!
//! promise: `String` keeps its text on this process's heap, which the reading process cannot see
//! promise: use `FixedString<N>`, for example `FixedString<64>`
//! promise: `Vec<u32>` keeps its elements on this process's heap, which the reading process cannot see
//! promise: use `FixedVec<u32, N>`, for example `FixedVec<u32, 16>`
//! promise: `usize` has a different size in 32-bit and 64-bit processes
//! promise: use `u64`
//! promise: `Option<u8>` has no fixed layout: where its tag lies is up to the compiler
//! promise: use `FixedOption<u8>`, or a value that means none
//! promise: `HashMap<u32, u32>` keeps its table on this process's heap
//! promise: use `FixedMap<K, V, N>` for keys and values, `FixedSet<T, N>` for keys alone
//! promise: `Duration` has no fixed layout
//! promise: errors: 8

use std::collections::HashMap;
use std::time::Duration;

use commy::{FixedVec, create_reader, create_writer};

type Name = String;
type Tags = Vec<u32>;
type Count = usize;
type Maybe = Option<u8>;
type Table = HashMap<u32, u32>;

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Aliases {
    pub name: Name,
    pub tags: Tags,
    pub count: Count,
    pub maybe: Maybe,
    pub table: Table,
    pub names: FixedVec<Name, 4>,
    pub matrix: [[Name; 2]; 2],
    pub lasts: Duration,
    pub temperature: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = AliasesWriter::create()?;
    writer.set_temperature(21.5);
    let reader = AliasesReader::open()?;
    println!("{} {}", reader.name()?, reader.temperature()?);
    let _: Aliases = reader.snapshot()?;
    Ok(())
}
