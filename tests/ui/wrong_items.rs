//! The attributes belong on a struct with named fields that is not generic.
//!
//! promise: `#[create_writer]` belongs on a struct with named fields
//! promise: an enum can be the type of a field
//! promise: `#[create_writer]` needs a struct with named fields, this is a tuple struct
//! promise: help: give every field a name
//! promise: `#[create_reader]` needs a struct with named fields, this is a struct without fields
//! promise: a shared type cannot be generic: both processes must agree on one layout
//! promise: `Empty` has no fields to share
//! promise: a shared struct cannot be packed: its fields could not be borrowed
//! promise: errors: 9

use commy::{create_reader, create_writer};

#[create_writer(filename = "example.bin")]
fn function() {}

#[create_writer(filename = "example.bin")]
enum Enum {
    A,
}

#[create_writer(filename = "example.bin")]
struct Tuple(u8);

#[create_reader(filename = "example.bin")]
struct Unit;

#[create_reader(filename = "example.bin")]
struct Generic<T> {
    value: T,
}

#[create_reader(filename = "example.bin")]
struct Borrowing<'a> {
    value: &'a u8,
}

#[create_writer(filename = "example.bin")]
struct Empty {}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
#[repr(C, packed)]
struct Packed {
    small: u8,
    large: u64,
    list: [u64; 3],
}

fn main() {
    function();
    let _ = (Enum::A, Tuple(0).0, Unit, EmptyWriter::create());
}
