//! Uses everything that the attributes generate, under the strictest lints.
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    single_use_lifetimes,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes_without_reason,
    clippy::std_instead_of_core
)]

use core::error::Error;
use std::path::{Path, PathBuf};

use commy::{CapacityError, FixedString, FixedVec, ReadError, SmartString};
use commy::{create_reader, create_writer};

mod macro_made;
mod nested;
mod no_prelude;
mod odd_fields;
mod shadowed;

/// What the two ends share.
#[create_writer(filename = "consumer.bin")]
#[derive(Debug, Clone, PartialEq)]
#[create_reader(filename = "consumer.bin")]
pub struct MyData {
    /// The headline.
    pub title: FixedString<64>,
    /// What was measured.
    pub numbers: FixedVec<i32, 100>,
    /// More words.
    pub description: SmartString,
    /// Outside air.
    #[commy(unit = "degC")]
    pub temperature: f64,
    pub(crate) active: bool,
    private: u8,
    /// Named like a keyword.
    pub r#type: u32,
    /// Named like a method of the reader.
    #[commy(rename = "file_path")]
    pub path: FixedString<16>,
}

/// A file that is read by one program and written by another.
mod ends {
    use commy::create_reader;
    use commy::create_writer;

    /// The writer's declaration.
    #[derive(Debug)]
    #[create_writer(filename = concat!("ends", ".bin"))]
    pub(crate) struct Written {
        /// A number.
        pub(crate) value: u64,
    }

    /// The reader's declaration of the same layout, with a different name.
    #[create_reader(filename = super::ENDS)]
    #[derive(Debug)]
    pub(crate) struct Read {
        /// A number.
        pub(crate) value: u64,
    }
}

const ENDS: &str = "ends.bin";

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("which directory?")?);
    every_accessor(&directory.join("data.bin"))?;
    two_declarations(&directory.join("ends.bin"))?;
    struct_in_a_function(&directory.join("local.bin"))?;
    macro_made::run(&directory)?;
    nested::run(&directory)?;
    no_prelude::run(&directory)?;
    odd_fields::run(&directory)?;
    shadowed::run(&directory)?;
    println!("consumer: all right");
    Ok(())
}

fn every_accessor(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut writer: MyDataWriter = MyDataWriter::create_at(path)?;
    let reader: MyDataReader = MyDataReader::options().path(path).open()?;
    assert!(matches!(reader.temperature(), Err(ReadError::Empty)));

    writer.set_title("Weekly totals")?;
    writer.set_numbers(&[1, 2, 3])?;
    writer.set_description("seven days")?;
    writer.set_temperature(21.5);
    writer.set_active(true);
    writer.set_private(7);
    writer.set_type(3);
    writer.set_file_path("a/b")?;
    writer.set_numbers_at(1, -2);
    writer.batch(|batch| batch.push_numbers(4))?;
    assert_eq!((reader.numbers_len()?, reader.numbers_at(1)?), (4, Some(-2)));
    writer.set_numbers(&[1, 2, 3])?;
    let refused: Result<(), CapacityError> = writer.set_title(&"x".repeat(65));
    assert_eq!(refused, Err(CapacityError { needed: 65, capacity: 64 }));
    assert_eq!(writer.file().generation(), 11);

    assert_eq!(reader.title()?, "Weekly totals");
    assert_eq!(reader.numbers()?, [1, 2, 3]);
    assert_eq!(reader.description()?, "seven days");
    assert_eq!(reader.temperature()?.to_bits(), 21.5_f64.to_bits());
    assert!(reader.active()?);
    assert_eq!((reader.private()?, reader.r#type()?), (7, 3));
    assert_eq!(reader.clone().file_path()?, "a/b");

    let (before, sum) = writer.batch(|batch: &mut MyDataBatch<'_>| {
        batch.set_active(false);
        batch.set_type(4);
        let _ = batch.set_numbers(&[4, 5]);
        (batch.get().temperature, batch.get().numbers.iter().sum::<i32>())
    });
    assert_eq!((before.to_bits(), sum, writer.file().generation()), (21.5_f64.to_bits(), 9, 12));

    writer.update(|data| {
        data.active = true;
        data.temperature += 0.5;
    });
    let rolled_back = writer.try_update(|data| {
        data.active = false;
        data.numbers.extend_from_slice(&[0; 100])
    });
    assert!(rolled_back.is_err() && writer.get().active);
    assert!(reader.file().changed_since(12) && !reader.file().is_superseded());

    let mut data = reader.snapshot()?;
    assert_eq!(&data, writer.get());
    data.private = 0;
    writer.publish(&data);
    let mut mine = writer.get().clone();
    reader.snapshot_into(&mut mine)?;
    assert_eq!(mine, data);
    writer.flush()?;
    assert!(format!("{writer:?} {reader:?}").contains("generation: 14"));
    drop(writer);
    let writer = MyDataWriter::options().path(path).create_with(data)?;
    assert_eq!((writer.file().path(), writer.file().generation()), (path, 15));
    assert_eq!(MyDataWriter::FILENAME, MyDataReader::FILENAME);
    Ok(())
}

fn two_declarations(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut writer = ends::WrittenWriter::create_at(path)?;
    writer.set_value(u64::MAX);
    assert_eq!(ends::ReadReader::open_at(path)?.value()?, u64::MAX);
    assert_eq!(ends::WrittenWriter::FILENAME, ends::ReadReader::FILENAME);
    Ok(())
}

fn struct_in_a_function(path: &Path) -> Result<(), Box<dyn Error>> {
    #[create_reader(filename = "local.bin")]
    #[create_writer(filename = "local.bin")]
    struct Local {
        value: [u16; Self::LENGTH],
    }

    impl Local {
        const LENGTH: usize = 3;
    }

    let mut writer = LocalWriter::create_at(path)?;
    writer.set_value([1, 2, 3]);
    assert_eq!(LocalReader::open_at(path)?.value()?, [1, 2, 3]);
    assert!(LocalReader::open().is_err());
    Ok(())
}
