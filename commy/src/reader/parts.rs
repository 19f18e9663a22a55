//! Parts of a record by a closure that picks them, the twins of the writer's
//! [`set`](crate::Writer::set) and [`assign`](crate::Writer::assign).

use core::borrow::BorrowMut;

use commy_types::{ByValue, Mappable};

use super::Reader;
use crate::error::ReadError;
use crate::fields;
use crate::mem::zeroed_box;
use crate::record::FixedRecord;

/// Parts that a closure picks. It runs on a value that is all zero and only tells the place: it sees
/// no value of the file, and shall look at none.
impl<T: FixedRecord> Reader<T> {
    /// Reads the part of the record that `part` picks, and copies nothing else.
    ///
    /// The twin of [`Writer::set`](crate::Writer::set): for what is within structs and arrays, to any
    /// depth. `part` shall do nothing but pick. The record that it gets is all zero, whatever was
    /// published: texts and vectors are empty there, so their elements cannot be picked. The elements
    /// of a vector `rows` have `rows_at(index)`, and `rows_get(index, |row| &row.price)` for a part.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    ///
    /// # Panics
    ///
    /// When `part` panics, by an index that its array does not have for example, or returns something
    /// that is no part of the record it was given.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Mappable, create_reader, create_writer};
    ///
    /// #[derive(Clone, Copy, Mappable)]
    /// #[repr(C)]
    /// struct Cell {
    ///     height: f32,
    ///     wet: bool,
    /// }
    ///
    /// #[create_writer(filename = "grid.bin")]
    /// #[create_reader(filename = "grid.bin")]
    /// struct Grid {
    ///     cells: [[Cell; 1000]; 1000],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("grid.bin");
    /// let mut grid = GridWriter::create_at(&path)?;
    /// grid.set(|grid| &mut grid.cells[7][9].height, 0.5);
    ///
    /// let reader = GridReader::open_at(&path)?;
    /// let (height, wet) = reader.read(|grid| {
    ///     Ok((grid.get_by(|it| &it.cells[7][9].height)?, grid.get_by(|it| &it.cells[7][9].wet)?))
    /// })?;
    /// assert_eq!((height, wet), (0.5, false));
    /// assert_eq!(reader.get_by(|grid| &grid.cells[7][8].height)?, 0.0);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn get_by<F: Mappable>(&self, part: impl FnOnce(&T) -> &F) -> Result<F, ReadError> {
        let () = ByValue::<F, Self>::FIELD;
        fields::field::<T, F>(self, self.zeros().offset_of(part))
    }

    /// Reads the part of the record that `part` picks into the caller's value, which may be in a box, and
    /// puts it nowhere else.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); `value` is then all zero.
    ///
    /// # Panics
    ///
    /// As [`get_by`](Self::get_by).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Mappable, create_reader, create_writer};
    ///
    /// #[derive(Clone, Copy, Mappable)]
    /// #[repr(C)]
    /// struct Image {
    ///     pixels: [u32; 1 << 20],
    /// }
    ///
    /// #[create_writer(filename = "stereo.bin")]
    /// #[create_reader(filename = "stereo.bin")]
    /// struct Stereo {
    ///     left: Image,
    ///     right: Image,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("stereo.bin");
    /// let mut writer = StereoWriter::create_at(&path)?;
    /// writer.set(|stereo| &mut stereo.right.pixels[5], 7);
    ///
    /// let reader = StereoReader::open_at(&path)?;
    /// let mut pixels: Box<[u32; 1 << 20]> = vec![0; 1 << 20].try_into().unwrap();
    /// reader.get_into(|stereo| &stereo.right.pixels, &mut pixels)?;
    /// assert_eq!(pixels[5], 7);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn get_into<F: Mappable, V: BorrowMut<F>>(
        &self,
        part: impl FnOnce(&T) -> &F,
        value: &mut V,
    ) -> Result<(), ReadError> {
        fields::field_into::<T, F>(self, self.zeros().offset_of(part), value.borrow_mut())
    }

    /// Reads the part of the record that `part` picks into a box of its own: a large one never crosses
    /// the stack.
    ///
    /// This allocates; [`get_into`](Self::get_into) uses what is there.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    ///
    /// # Panics
    ///
    /// As [`get_by`](Self::get_by).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "frame.bin")]
    /// #[create_reader(filename = "frame.bin")]
    /// struct Frame {
    ///     lines: [[u32; 1024]; 1024],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("frame.bin");
    /// let mut writer = FrameWriter::create_at(&path)?;
    /// writer.set(|frame| &mut frame.lines[7][9], 5);
    ///
    /// let lines = FrameReader::open_at(&path)?.get_boxed(|frame| &frame.lines)?;
    /// assert_eq!(lines[7][9], 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_boxed<F: Mappable>(&self, part: impl FnOnce(&T) -> &F) -> Result<Box<F>, ReadError> {
        let mut value = zeroed_box();
        fields::field_into::<T, F>(self, self.zeros().offset_of(part), &mut *value)?;
        Ok(value)
    }
}
