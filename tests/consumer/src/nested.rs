//! Structs and enums inside a record, and fields that a `cfg` removes.

use core::error::Error;
use std::path::Path;

use commy::{FixedOption, FixedVec, Mappable, create_reader, create_writer};

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
pub(crate) struct Point {
    /// To the right.
    pub(crate) x: f64,
    small: u8,
    mode: Mode,
}

/// What is going on.
#[derive(Mappable, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i16)]
pub(crate) enum Mode {
    /// Nothing.
    Idle,
    /// Something.
    Auto = -1,
    /// Too much.
    r#Fault = 700,
}

/// A newtype.
#[derive(Mappable, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Celsius {
    degrees: i32,
}

#[create_writer(filename = "nested.bin")]
#[create_reader(filename = "nested.bin")]
#[derive(Mappable, Debug, Clone, Copy, PartialEq)]
#[repr(C, align(16))]
pub(crate) struct Nested {
    flag: bool,
    points: FixedVec<Point, 3>,
    mode: Mode,
    last: FixedOption<Point>,
    air: Celsius,
    #[cfg(any())]
    absent: NoSuchType,
    #[commy(pod, id = "wrapping")]
    counter: core::num::Wrapping<u32>,
}

pub(crate) fn run(directory: &Path) -> Result<(), Box<dyn Error>> {
    let path = directory.join("nested.bin");
    let point = Point { x: 1.5, small: 2, mode: Mode::Fault };
    let mut writer = NestedWriter::create_at(&path)?;
    assert_eq!(writer.get().mode, Mode::Idle);
    writer.set_points(&[point; 2])?;
    writer.batch(|batch| {
        batch.set_mode(Mode::Auto);
        batch.set_last(Some(point));
        batch.set_counter(core::num::Wrapping(8));
        batch.set_air(Celsius { degrees: 21 });
        batch.set_flag(true);
    });
    let reader = NestedReader::open_at(&path)?;
    assert_eq!(reader.points()?, [point; 2]);
    assert_eq!((reader.mode()?, reader.counter()?.0), (Mode::Auto, 8));
    assert_eq!((reader.last()?, reader.flag()?), (Some(point).into(), true));
    assert_eq!(reader.air()?, Celsius { degrees: 21 });
    assert_eq!(&reader.snapshot()?, writer.get());

    writer.push_points(Point { x: 9.0, ..point })?;
    assert!(writer.push_points(point).is_err());
    writer.batch(|batch| batch.set_points_at(0, Point { small: 7, ..point }));
    assert_eq!(reader.points_len()?, 3);
    assert_eq!(reader.points_at(0)?, Some(Point { small: 7, ..point }));
    assert_eq!(reader.points_at(2)?.map(|last| last.x.to_bits()), Some(9.0_f64.to_bits()));
    assert_eq!(reader.points_at(3)?, None);
    Ok(())
}
