//! A type without a size behind an alias, or in a struct that ends in one, is one error, on the
//! field, whatever the program does with the record.
//!
//! promise: `str` has no size that is known at compile time, so it cannot live in a commy file
//! promise: store the data in place: `FixedString<N>` for text, `FixedVec<T, N>` for sequences
//! promise: `[u8]` has no size that is known at compile time, so it cannot live in a commy file
//! promise: `(dyn Send + 'static)` has no size that is known at compile time
//! promise: if `(dyn Send + 'static)` is a `dyn` type: store what to do as a fieldless enum
//! promise: `Tail` has no size that is known at compile time, so it cannot live in a commy file
//! promise: if `Tail` is your own struct: its last field has no size, and is what to change
//! promise: field `rest`: `[u8]` has no size that is known at compile time
//! promise: `Refused` has no size that is known at compile time, so it cannot live in a commy file
//! promise: `Nested` has no size that is known at compile time, so it cannot live in a commy file
//! promise: field `name`: `String` keeps its text on this process's heap
//! promise: errors: 11

use commy::{Mappable, create_reader, create_writer};

type Text = str;
type Bytes = [u8];
type Object = dyn Send;

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct OfText {
    pub number: u64,
    pub text: Text,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct OfBytes {
    pub bytes: Bytes,
}

#[create_reader(filename = "example.bin")]
pub struct OfObject {
    pub number: u64,
    object: Object,
}

/// Has no size, and nobody has said of it that it is to be shared.
pub struct Tail {
    pub rest: [u8],
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct OfTail {
    pub numbers: [u64; 2],
    pub tail: Tail,
}

#[derive(Mappable)]
#[repr(C)]
pub struct Refused {
    pub number: u8,
    pub rest: [u8],
}

#[create_writer(filename = "example.bin")]
pub struct OfRefused {
    pub refused: Refused,
}

#[derive(Mappable)]
#[repr(C)]
pub struct Nested {
    pub number: u8,
    pub rest: Bytes,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct OfNested {
    pub nested: Nested,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Foreign {
    #[commy(pod, id = "bytes")]
    pub bytes: Bytes,
}

/// Refused for another reason, too.
#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct OfBoth {
    pub name: String,
    pub text: Text,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = OfTextWriter::create()?;
    writer.set_number(1);
    writer.update(|record| record.number += 1);
    writer.batch(|batch| batch.set_number(2));
    println!("{:?} {}", writer, writer.get().number);
    let reader = OfTextReader::open()?;
    println!("{:?} {}", reader.text()?, reader.number()?);
    let _ = reader.read(|view| view.number())?;
    let _ = reader.snapshot()?;
    OfTailWriter::create()?.set_numbers([0, 1]);
    let _ = OfBothReader::open()?.text()?;
    Ok(())
}
