//! Where the compiler complains of the struct as it is written, because no field but the last may
//! lack a size, and no element, commy adds one error and no more.
//!
//! promise: only the last field of a struct may have a dynamically sized type
//! promise: slice and array elements must have `Sized` type
//! promise: `str` has no size that is known at compile time, so it cannot live in a commy file
//! promise: `Own` has no size that is known at compile time, so it cannot live in a commy file
//! promise: errors: 8

use commy::{FixedVec, create_reader, create_writer};

type Text = str;

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Aliases {
    pub number: u64,
    pub text: Text,
    pub other: u64,
}

pub struct Own {
    pub rest: [u8],
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Structs {
    pub own: Own,
    pub number: u64,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Arrays {
    pub texts: [Text; 2],
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct Vectors {
    pub texts: FixedVec<Text, 2>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = AliasesWriter::create()?;
    writer.set_number(1);
    println!("{}", VectorsReader::open()?.texts_len()?);
    Ok(())
}
