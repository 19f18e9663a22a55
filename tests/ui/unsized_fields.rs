//! A field without a size is one error, on the field, wherever it stands.
//!
//! promise: field `text`: `str` has no size that is known at compile time
//! promise: text: FixedString<64>,
//! promise: field `bytes`: `[u8]` has no size that is known at compile time
//! promise: bytes: FixedVec<u8, 16>,
//! promise: field `object`: `dyn Send` leads to code of this process
//! promise: field `folder`: `std::path::Path` has no size that is known at compile time
//! promise: names: FixedVec<FixedString<64>, 4>,
//! promise: pair: [FixedString<64>; 2],
//! promise: errors: 6

use commy::{FixedVec, create_reader, create_writer};

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Last {
    pub number: u8,
    pub text: str,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct NotLast {
    pub bytes: [u8],
    pub number: u8,
}

#[create_writer(filename = "example.bin")]
pub struct Written {
    pub object: dyn Send,
}

#[create_reader(filename = "example.bin")]
pub struct Read {
    pub folder: std::path::Path,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Within {
    pub names: FixedVec<str, 4>,
    pub pair: [str; 2],
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = LastWriter::create()?;
    writer.set_number(1);
    let reader = LastReader::open()?;
    println!("{}", reader.number()?);
    let _: Last = reader.snapshot()?;
    WithinWriter::create()?.update(|within| drop(within));
    Ok(())
}
