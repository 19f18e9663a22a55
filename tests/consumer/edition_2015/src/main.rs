//! A program of edition 2015: paths begin at the crate's root, and newer keywords are names.
#![forbid(unsafe_code)]
#![allow(bare_trait_objects, non_camel_case_types)]

pub extern crate commy;

use commy::{create_reader, create_writer, Mappable};
use std::error::Error;
use std::path::PathBuf;

/// Where other modules find commy.
pub mod shared {
    pub use commy;
}

mod elsewhere {
    use commy::create_writer;

    #[create_writer(filename = "edition.bin", crate = ::shared::commy)]
    pub struct Elsewhere {
        pub try: u64,
    }
}

#[derive(Mappable, Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct Inner {
    dyn: f64,
    r#type: u32,
}

#[derive(Mappable, Debug, Clone, Copy, PartialEq)]
#[repr(u8)]
pub enum Mode {
    Idle,
    async,
}

#[create_writer(filename = "edition.bin")]
#[create_reader(filename = "edition.bin")]
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    async: u64,
    try: commy::FixedVec<u8, 4>,
    gen: [Mode; 2],
    r#match: Inner,
    title: commy::FixedString<8>,
}

#[create_writer(filename = "grown.bin", growable)]
#[create_reader(filename = "grown.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
pub struct Grown {
    async: String,
    #[commy(bytes)]
    try: Vec<u8>,
    gen: Option<Mode>,
    r#match: Box<Inner>,
    parts: Vec<Part>,
    choice: Choice,
}

#[derive(commy::Growable, Debug, Clone, PartialEq)]
pub enum Choice {
    async,
    dyn { try: String, r#type: u8 },
    gen(Box<Choice>),
}

#[derive(commy::Growable, Debug, Clone, PartialEq)]
pub struct Part {
    async: String,
    dyn: Option<Box<Part>>,
    #[commy(rename = "try")]
    kind: u8,
    r#type: u8,
}

fn main() -> Result<(), Box<Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("which directory?")?);
    let path = directory.join("edition.bin");
    let mut writer = DataWriter::create_at(&path)?;
    writer.set_async(7);
    writer.set_try(&[1, 2])?;
    writer.batch(|batch| batch.push_try(3))?;
    writer.set_try_at(0, 9);
    writer.set_gen([Mode::async, Mode::Idle]);
    writer.set_match(Inner { dyn: 0.5, r#type: 4 });
    writer.set_title("old")?;
    let reader = DataReader::open_at(&path)?;
    assert_eq!(reader.async()?, 7);
    assert_eq!((reader.try()?, reader.try_len()?), (commy::FixedVec::literal(&[9, 2, 3]), 3));
    assert_eq!(reader.gen()?, [Mode::async, Mode::Idle]);
    assert_eq!(reader.r#match()?, Inner { dyn: 0.5, r#type: 4 });
    assert_eq!(reader.snapshot()?, *writer.get());
    let mut writer = elsewhere::ElsewhereWriter::create_at(directory.join("elsewhere.bin"))?;
    writer.set_try(1);
    assert_eq!(writer.get().try, 1);
    let path = directory.join("grown.bin");
    let mut writer = GrownWriter::create_at(&path)?;
    writer.transaction(|grown| {
        grown.set_async("of any length")?;
        grown.try_mut().extend_from_slice(&[1, 2])?;
        grown.set_gen(Some(Mode::async))?;
        grown.set_choice(&Choice::dyn { try: "x".into(), r#type: 3 })?;
        grown.parts_mut().push(&Part { async: "x".into(), dyn: None, kind: 3, r#type: 4 })?;
        grown.set_match(Inner { dyn: 0.5, r#type: 4 })
    })?;
    let reader = GrownReader::open_at(&path)?;
    assert_eq!(reader.async()?, "of any length");
    assert_eq!(reader.try().load()?, [1, 2]);
    assert_eq!((reader.gen()?, reader.r#match()?.r#type), (Some(Mode::async), 4));
    let view = reader.pin()?;
    assert!(matches!(view.choice()?, ChoiceRef::dyn { try: ref text, r#type: 3 } if text == "x"));
    let part = view.parts().get(0)?.ok_or("no part")?;
    assert_eq!((part.async()?.as_str(), part.try()?, part.r#type()?), ("x", 3, 4));
    assert!(part.dyn()?.is_none());
    assert_eq!(reader.snapshot()?, writer.snapshot()?);
    println!("edition_2015: all right");
    Ok(())
}
