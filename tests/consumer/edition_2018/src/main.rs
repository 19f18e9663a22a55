//! A program of an older edition: 2018, and 2021 too.
#![forbid(unsafe_code)]
#![allow(non_camel_case_types)]

use commy::{create_reader, create_writer, Mappable};
use std::error::Error;
use std::path::PathBuf;

/// Where other modules find commy.
pub mod shared {
    pub use commy;
}

mod elsewhere {
    use commy::create_writer;

    #[create_writer(filename = "edition.bin", crate = crate::shared::commy)]
    pub struct Elsewhere {
        pub r#try: u64,
    }
}

#[derive(Mappable, Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct Inner {
    r#dyn: f64,
    r#type: u32,
}

#[derive(Mappable, Debug, Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Mode {
    Idle,
    r#async,
}

#[create_writer(filename = "edition.bin")]
#[create_reader(filename = "edition.bin")]
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    r#async: u64,
    r#try: commy::FixedVec<u8, 4>,
    gen: [Mode; 2],
    r#match: Inner,
    title: commy::FixedString<8>,
}

#[create_writer(filename = "grown.bin", growable)]
#[create_reader(filename = "grown.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
pub struct Grown {
    r#async: String,
    #[commy(bytes)]
    r#try: Vec<u8>,
    gen: Option<Mode>,
    r#match: Box<Inner>,
    parts: Vec<Part>,
}

#[derive(commy::Growable, Debug, Clone, PartialEq)]
pub struct Part {
    r#async: String,
    r#dyn: Option<Box<Part>>,
    #[commy(rename = "try")]
    kind: u8,
    r#type: u8,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("which directory?")?);
    let path = directory.join("edition.bin");
    let mut writer = DataWriter::create_at(&path)?;
    writer.set_async(7);
    writer.set_try(&[1, 2])?;
    writer.batch(|batch| batch.push_try(3))?;
    writer.set_try_at(0, 9);
    writer.set_gen([Mode::r#async, Mode::Idle]);
    writer.set_match(Inner { r#dyn: 0.5, r#type: 4 });
    writer.set_title("old")?;
    let reader = DataReader::open_at(&path)?;
    assert_eq!(reader.r#async()?, 7);
    assert_eq!((reader.r#try()?, reader.try_len()?), (commy::FixedVec::literal(&[9, 2, 3]), 3));
    assert_eq!(reader.gen()?, [Mode::r#async, Mode::Idle]);
    assert_eq!(reader.r#match()?, Inner { r#dyn: 0.5, r#type: 4 });
    assert_eq!(reader.snapshot()?, *writer.get());
    let mut writer = elsewhere::ElsewhereWriter::create_at(directory.join("elsewhere.bin"))?;
    writer.set_try(1);
    assert_eq!(writer.get().r#try, 1);
    let path = directory.join("grown.bin");
    let mut writer = GrownWriter::create_at(&path)?;
    writer.transaction(|grown| {
        grown.set_async("of any length")?;
        grown.try_mut().extend_from_slice(&[1, 2])?;
        grown.set_gen(Some(Mode::r#async))?;
        grown.parts_mut().push(&Part { r#async: "x".into(), r#dyn: None, kind: 3, r#type: 4 })?;
        grown.set_match(Inner { r#dyn: 0.5, r#type: 4 })
    })?;
    let reader = GrownReader::open_at(&path)?;
    assert_eq!(reader.r#async()?, "of any length");
    assert_eq!(reader.r#try().load()?, [1, 2]);
    assert_eq!((reader.gen()?, reader.r#match()?.r#type), (Some(Mode::r#async), 4));
    let view = reader.pin()?;
    let part = view.parts().get(0)?.ok_or("no part")?;
    assert_eq!((part.r#async()?.as_str(), part.r#try()?, part.r#type()?), ("x", 3, 4));
    assert!(part.r#dyn()?.is_none());
    assert_eq!(reader.snapshot()?, writer.snapshot()?);
    println!("{}: all right", env!("CARGO_PKG_NAME"));
    Ok(())
}
