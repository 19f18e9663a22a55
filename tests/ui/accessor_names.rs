//! An accessor that hides a method or another accessor is reported with the way out.
//!
//! promise: field `path`: its accessor would hide `DataReader::path`
//! promise: #[commy(rename = "path_value")]
//! promise: field `clone`: its accessor would hide `DataReader::clone`
//! promise: field `from`: its accessor would hide `DataReader::from`
//! promise: field `generation`: its accessor would hide `DataReader::generation`
//! promise: field `pod`: its accessor would hide `DataWriter::set_pod`
//! promise: field `second`: its accessor `first` is there already, for field `first`
//! promise: field `open`: its accessor would hide `RawReader::open`
//! promise: field `bids_len`: its accessor `bids_len` is there already, for field `bids`
//! promise: errors: 8

use commy::{FixedVec, create_reader, create_writer};

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
struct Data {
    path: u8,
    clone: u8,
    from: u8,
    generation: u64,
    pod: u8,
    first: u8,
    #[commy(rename = "first")]
    second: u8,
    #[commy(rename = "open_count")]
    open: u32,
}

/// Whatever is taken, the compiler has nothing to add.
#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
struct Raw {
    open: u32,
    bids: FixedVec<u32, 4>,
    bids_len: u32,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    DataWriter::create()?.set_open_count(1);
    DataReader::open()?.open_count()?;
    RawWriter::create()?.set_open(1);
    Ok(())
}
