//! An accessor that hides a method or another accessor is reported with the way out.
//!
//! promise: field `options`: its accessor would hide `DataReader::options`
//! promise: #[commy(rename = "options_value")]
//! promise: field `clone`: its accessor would hide `DataReader::clone`
//! promise: field `read`: its accessor would hide `DataReader::read`
//! promise: field `snapshot`: its accessor would hide `DataReader::snapshot`
//! promise: field `pod`: its accessor would hide `DataWriter::set_pod`
//! promise: field `second`: its accessor `first` is there already, for field `first`
//! promise: field `file`: its accessor would hide `RawReader::file`
//! promise: field `bids_len`: its accessor `bids_len` is there already, for field `bids`
//! promise: field `title_with`: its accessor `title_with` is there already, for field `title`
//! promise: its accessor `corners_read_into` is there already, for field `corners`
//! promise: its accessor `corners_get` is there already, for field `corners`
//! promise: its accessor `bids_range_into` is there already, for field `bids`
//! promise: its accessor `set_corners_from` is there already, for field `corners`
//! promise: errors: 37

use commy::{FixedString, FixedVec, create_reader, create_writer};

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
struct Data {
    options: u8,
    clone: u8,
    read: u8,
    snapshot: u64,
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
    file: u32,
    bids: FixedVec<u32, 4>,
    bids_len: u32,
    title: FixedString<8>,
    title_with: u32,
    corners: [u8; 2],
    corners_read_into: u32,
    corners_get: u32,
    bids_range_into: u32,
    corners_from: u32,
}

/// All that is on the reader, and nothing else.
#[create_reader(filename = "example.bin")]
#[allow(non_snake_case)]
struct All {
    options: u8,
    file: u8,
    read: u8,
    snapshot: u8,
    snapshot_into: u8,
    snapshot_boxed: u8,
    get_by: u8,
    get_into: u8,
    get_boxed: u8,
    cached: u8,
    wait: u8,
    wait_newer: u8,
    changes: u8,
    on_change: u8,
    stream: u8,
    follow: u8,
    on_follow: u8,
    follow_stream: u8,
    pin: u8,
    into_pinned: u8,
    clone: u8,
    into: u8,
    try_into: u8,
    FILENAME: u8,
    open: u8,
    path: u8,
    state: u8,
    generation: u8,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    DataWriter::create()?.set_open_count(1);
    DataReader::open()?.open_count()?;
    RawWriter::create()?.set_file(1);
    Ok(())
}
