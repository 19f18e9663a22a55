//! A record in a crate that is told what is not true of `core`.

use std::error::Error;
use std::path::PathBuf;

use commy::{FixedString, FixedVec, Mappable, create_reader, create_writer};

#[derive(Mappable, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Mode {
    Idle,
    Auto,
    Fault = 7,
}

#[derive(Mappable, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Wide {
    Zero,
    Far = 256,
}

#[derive(Mappable, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
struct Inner {
    flag: bool,
    wide: Wide,
}

#[derive(Mappable)]
#[repr(C)]
struct Small {
    number: u32,
    mode: Mode,
}

#[create_writer(filename = "false.bin")]
#[create_reader(filename = "false.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Both {
    number: u32,
    mode: Mode,
    inner: Inner,
    title: FixedString<16>,
    list: FixedVec<u16, 4>,
}

/// Writes and reads a record, and checks bytes of no variant where false words have none.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("which directory?")?);
    let path = directory.join("false.bin");

    let small = [0, 0, 0, 0, 3, 0, 0, 0];
    std::assert!(Small::check(&small).is_err(), "a number of no variant was accepted");
    let small = [3, 0, 0, 0, 7, 0, 0, 0];
    std::assert!(Small::check(&small).is_ok(), "a value was refused");

    // Bytes of no variant, where the field is and not where the false words have it.
    let mut bytes = [0; std::mem::size_of::<Both>()];
    std::assert!(Both::check(&bytes).is_ok());
    bytes[std::mem::offset_of!(Both, mode)] = 3;
    std::assert!(Both::check(&bytes).is_err(), "a number of no variant was accepted");
    std::assert!(Inner::check(&[2, 0, 0, 0, 0, 0, 0, 0]).is_err(), "2 was accepted as a bool");
    std::assert!(Wide::check(&1_u32.to_ne_bytes()).is_err(), "1 was accepted as a variant");
    std::assert!(Wide::check(&256_u32.to_ne_bytes()).is_ok(), "a variant was refused");

    let value = Both {
        number: 0x0102_0304,
        mode: Mode::Fault,
        inner: Inner { flag: true, wide: Wide::Far },
        title: "nothing is true".try_into()?,
        list: FixedVec::literal(&[5, 6]),
    };
    let mut writer = BothWriter::options().path(&path).create_with(value.clone())?;
    let reader = BothReader::open_at(&path)?;
    assert_eq!(reader.snapshot()?, value);
    assert_eq!((reader.number()?, reader.mode()?), (0x0102_0304, Mode::Fault));
    writer.set_mode(Mode::Auto);
    writer.batch(|batch| batch.set_number(9));
    writer.set_list_at(1, 7);
    assert_eq!(reader.inner()?, value.inner);
    let expected = Both { number: 9, mode: Mode::Auto, list: FixedVec::literal(&[5, 7]), ..value };
    assert_eq!(reader.snapshot()?, expected);
    assert_ne!(Mode::Idle, Mode::Auto);
    assert_ne!(Wide::Zero, Wide::Far);
    println!("{}: all right", env!("CARGO_PKG_NAME"));
    Ok(())
}
