//! Finds commy under the name it has here.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unused_qualifications, clippy::all, clippy::pedantic)]

use core::error::Error;
use std::path::PathBuf;

use shared_files::{FixedString, FixedVec, Mappable, create_reader, create_writer};

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
#[commy(crate = ::shared_files)]
pub struct Point {
    /// To the right.
    pub x: f64,
}

/// The attributes and the derive say where commy is.
#[create_writer(filename = "renamed.bin", crate = shared_files)]
#[create_reader(filename = "renamed.bin", crate = shared_files)]
pub struct Renamed {
    /// A name.
    pub name: FixedString<8>,
    /// Places.
    pub points: FixedVec<Point, 2>,
    /// A foreign type.
    #[commy(pod, id = "wrapping")]
    pub count: core::num::Wrapping<u8>,
}

/// The same for what grows.
#[create_writer(filename = "grown.bin", growable, crate = shared_files)]
#[create_reader(filename = "grown.bin", growable, crate = shared_files)]
pub struct Grown {
    /// A name.
    pub name: String,
    /// A place.
    pub point: Option<Point>,
    /// Others within it.
    pub parts: Vec<Part>,
    /// A foreign type.
    #[commy(pod, id = "wrapping")]
    pub count: core::num::Wrapping<u8>,
}

/// One of them.
#[derive(Debug, PartialEq, shared_files::Growable)]
#[commy(crate = shared_files)]
pub struct Part {
    /// A name.
    pub name: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("which directory?")?);
    let path = directory.join("renamed.bin");
    let mut writer = RenamedWriter::create_at(&path)?;
    writer.set_name("renamed")?;
    writer.set_points(&[Point { x: 0.5 }])?;
    writer.set_count(core::num::Wrapping(3));
    let reader = RenamedReader::open_at(&path)?;
    assert_eq!(reader.name()?, "renamed");
    assert_eq!(reader.points()?, [Point { x: 0.5 }]);
    assert_eq!(reader.count()?.0, 3);
    let path = directory.join("grown.bin");
    let mut writer = GrownWriter::create_at(&path)?;
    writer.set_name("of any length")?;
    writer.parts_mut().push(&Part { name: "part".into() })?;
    writer.set_point(Some(Point { x: 0.5 }))?;
    writer.set_count(core::num::Wrapping(3))?;
    let view = GrownReader::open_at(&path)?.into_pinned()?;
    assert_eq!((view.name()?.as_str(), view.count()?.0), ("of any length", 3));
    assert_eq!(view.point()?, Some(Point { x: 0.5 }));
    assert_eq!(view.parts().get(0)?.ok_or("no part")?.name()?, "part");
    println!("renamed: all right");
    Ok(())
}
