//! subetha-cxc: its cell, a value of at most 52 bytes behind a sequence number.

use std::path::Path;

use bytemuck::Zeroable as _;
use subetha_cxc::shared_cell::SharedCell;

use super::plain::Plain;
use super::plain::small::{changed, here, renamed};
use super::{Publish, Read, Shape};

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let cell = SharedCell::<here::Sample>::create(directory.join("cell")).map_err(debug)?;
    let mut value = here::Sample::zeroed();
    Ok(Box::new(move |serial| {
        value.fill(serial);
        cell.set(value);
        Ok(())
    }))
}

pub fn reader(directory: &Path, shape: Shape) -> Result<Read, String> {
    fn read<V: Plain>(directory: &Path) -> Result<Read, String> {
        let cell = SharedCell::<V>::open(directory.join("cell")).map_err(debug)?;
        Ok(Box::new(move || Ok(cell.get().found())))
    }
    match shape {
        Shape::Same => read::<here::Sample>(directory),
        Shape::Changed => read::<changed::Sample>(directory),
        Shape::Renamed => read::<renamed::Reading>(directory),
    }
}

/// Its errors have no words.
fn debug(error: impl core::fmt::Debug) -> String {
    format!("{error:?}")
}
