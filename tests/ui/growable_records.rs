//! A growable record is declared so at both ends, and its fields can be borrowed; `bytes` is for a
//! list of bytes that grows.
//!
//! promise: `growable` stands in one of the attributes of `Half`, and not in `#[create_reader]`
//! promise: help: write it in both, or in neither
//! promise: `growable` stands in one of the attributes of `OtherHalf`, and not in `#[create_writer]`
//! promise: a shared struct cannot be packed
//! promise: `growable` takes no value, write `growable`
//! promise: a shared type cannot be generic
//! promise: needs a struct with named fields, this is a tuple struct
//! promise: field `frame`: `bytes` is for a field of a growable record
//! promise: field `frame`: `bytes` is for a `Vec<u8>`, this is `Vec<u16>`
//! promise: field `text`: `bytes` is for a `Vec<u8>`, this is `String`
//! promise: a field is `pod` or `bytes`
//! promise: the fields of a growable record take more than 4096 bytes: put some of them in a `Box`
//! promise: did you mean `growable`?
//! promise: that is chosen at run time with `options()`
//! promise: errors: 13

use commy::{create_reader, create_writer};

#[create_writer(filename = "a.bin", growable)]
#[create_reader(filename = "a.bin")]
struct Half {
    text: String,
}

#[create_writer(filename = "a.bin")]
#[create_reader(filename = "a.bin", growable)]
struct OtherHalf {
    text: String,
}

#[create_writer(filename = "a.bin", growable)]
#[repr(C, packed)]
struct Packed {
    number: u64,
    text: String,
}

#[create_reader(filename = "a.bin", growable = true)]
struct Valued {
    text: String,
}

#[create_reader(filename = "a.bin", growable)]
struct Generic<T> {
    value: T,
}

#[create_reader(filename = "a.bin", growable)]
struct Tuple(String);

#[create_reader(filename = "a.bin")]
struct Fixed {
    #[commy(bytes)]
    frame: Vec<u8>,
}

#[create_writer(filename = "a.bin", growable)]
struct Bytes {
    #[commy(bytes)]
    frame: Vec<u16>,
    #[commy(bytes)]
    text: String,
    #[commy(bytes, pod, id = "x")]
    both: [u8; 4],
}

#[create_writer(filename = "a.bin", growable)]
#[create_reader(filename = "a.bin", growable)]
struct Large {
    a: [u64; 64],
    b: [u64; 64],
    c: [u64; 64],
    d: [u64; 64],
    e: [u64; 64],
    f: [u64; 64],
    g: [u64; 64],
    h: [u64; 64],
    i: String,
}

#[create_writer(filename = "a.bin", grows)]
struct Misspelled {
    number: u64,
}

#[create_writer(filename = "a.bin", growable, max_size = 4)]
struct Asked {
    text: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut half = HalfWriter::create()?;
    half.set_text("x")?;
    println!("{}", HalfReader::open()?.text()?);
    Ok(())
}
