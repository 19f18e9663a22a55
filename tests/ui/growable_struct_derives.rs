//! A nested struct without a derive is told which to add; with both derives it has one too many.
//!
//! promise: `NoDerive` cannot live in a growable commy record
//! promise: add `#[derive(commy::Growable)]` to it, or `#[derive(commy::Mappable)]` and `#[repr(C)]` if its layout is fixed
//! promise: conflicting implementations of trait `Growable` for type `Both`
//! promise: errors: 5

use commy::{Growable, Mappable, create_reader, create_writer};

struct NoDerive {
    number: u64,
}

#[derive(Growable)]
struct Outer {
    plain: NoDerive,
    listed: Vec<Option<NoDerive>>,
    text: String,
}

#[create_writer(filename = "a.bin", growable)]
#[create_reader(filename = "a.bin", growable)]
struct MyData {
    plain: NoDerive,
    boxed: Option<Box<NoDerive>>,
    outer: Outer,
}

#[derive(Growable, Mappable)]
#[repr(C)]
struct Both {
    number: u32,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", MyDataReader::open()?.outer().text()?);
    Ok(())
}
