//! Records that a macro by example writes, with types and names that it was given.

use core::error::Error;
use std::path::Path;

use commy::{FixedString, create_reader, create_writer};

macro_rules! record {
    ($vis:vis $name:ident { $($field:ident: $ty:ty),* $(,)? } extra $extra:ty) => {
        #[create_writer(filename = "made.bin")]
        #[create_reader(filename = "made.bin")]
        $vis struct $name {
            $($field: $ty,)*
            extra: $extra,
        }
    };
}

record! {
    pub(crate) Made {
        value: u8,
        name: FixedString<8>,
        at: u32,
        image: u16,
        bytes: [u8; 4],
        record: u8,
    } extra Maybe
}

macro_rules! part {
    ($vis:vis $name:ident { $($field:ident: $ty:ty),* $(,)? }) => {
        #[derive(commy::Growable)]
        $vis struct $name {
            $($field: $ty,)*
        }
    };
}

part!(pub(crate) Part { name: String, at: u32, cursor: Vec<Part> });

#[create_writer(filename = "parts.bin", growable)]
pub(crate) struct Parts {
    part: Part,
}

/// An alias that the macro cannot look through.
type Maybe = commy::FixedOption<u8>;

pub(crate) fn run(directory: &Path) -> Result<(), Box<dyn Error>> {
    let path = directory.join("made.bin");
    let mut writer = MadeWriter::create_at(&path)?;
    writer.set_value(1);
    writer.set_name("one")?;
    writer.set_bytes([1, 2, 3, 4]);
    writer.set_extra(Some(9));
    let reader = MadeReader::open_at(&path)?;
    assert_eq!((reader.value()?, reader.name()?.as_str()), (1, "one"));
    assert_eq!((reader.at()?, reader.image()?, reader.record()?), (0, 0, 0));
    assert_eq!((reader.bytes()?, reader.extra()?), ([1, 2, 3, 4], Some(9).into()));
    let mut writer = PartsWriter::create_at(directory.join("parts.bin"))?;
    writer.part_mut().set_at(2)?;
    writer.part_mut().cursor_mut().clear()?;
    assert_eq!((writer.part().at()?, writer.part().name()?.as_str()), (2, ""));
    Ok(())
}
