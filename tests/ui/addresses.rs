//! Addresses mean something in one process only.
//!
//! promise: field `label`: `&'static str` is an address inside this process, which another process cannot follow
//! promise: label: FixedString<64>,
//! promise: field `raw`: `*const u8` is an address inside this process, which another process cannot follow
//! promise: raw: u64,
//! promise: field `call`: `fn(u32) -> u32` is the address of code in this process
//! promise: field `object`: `Box<dyn Send>` leads to code of this process, which the reading process does not have
//! promise: errors: 4

use commy::create_reader;

#[create_reader(filename = "example.bin")]
struct Addresses {
    label: &'static str,
    raw: *const u8,
    call: fn(u32) -> u32,
    object: [Box<dyn Send>; 2],
}

fn main() {}
