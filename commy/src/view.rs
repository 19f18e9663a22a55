//! Several fields of one generation.
//!
//! A view picks a slot as a snapshot does. Each of its getters checks the sequence after its own
//! load. So the closure never sees a value of another generation, and cannot be made to panic by
//! torn data. Generated getters exist once, generic over where they read from: `XReader` is
//! `XReader<Reader<X>>`, and the closure gets an `XReader<View<X>>`.

use commy_types::{
    ByValue, EntryOf, FieldPlace, FieldSource, Indexed, Keyed, KeyedValues, Mappable, Nth,
    Sequence, Text,
};
use core::borrow::{Borrow, BorrowMut};
use std::time::SystemTime;

use crate::error::ReadError;
use crate::fields::{self, field_source};
use crate::mem::Zeros;
use crate::publish::Moment;
use crate::record::FixedRecord;
use crate::sync::AtomicU64;
use crate::untyped::{Load, ReaderCore, time_from};

/// One generation, whose fields can be read one by one; what
/// [`Reader::read`](crate::Reader::read) calls its closure with.
///
/// A field is given out only after a check that the generation is still there, so that no two
/// fields of one view are of different ones.
#[derive(Debug, Clone, Copy)]
pub struct View<'a, T: FixedRecord> {
    moment: Moment<'a>,
    behind: &'a Behind<T>,
}

/// What is behind a reader and behind its views.
#[derive(Debug)]
pub(crate) struct Behind<T> {
    pub(crate) core: ReaderCore,
    /// What closures pick from that name a part.
    pub(crate) zeros: Zeros<T>,
}

impl<T> Clone for Behind<T> {
    fn clone(&self) -> Self {
        Self { core: self.core.clone(), zeros: self.zeros.clone() }
    }
}

/// What a view knows besides the value; made by [`View::file`].
///
/// # Examples
///
/// See [`View::snapshot_into`].
#[derive(Debug, Clone, Copy)]
pub struct ViewFile<'a> {
    moment: Moment<'a>,
    core: &'a ReaderCore,
}

impl ViewFile<'_> {
    /// The generation of all fields.
    #[inline]
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.moment.generation()
    }

    /// When this generation was published; `None` if that is not known: see
    /// [`ReaderFile::published_at`](crate::ReaderFile::published_at).
    ///
    /// The time is of the generation that all fields are of.
    ///
    /// # Errors
    ///
    /// [`ReadError::Overtaken`]: pass it on, as that of a field.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "boat.bin")]
    /// #[create_reader(filename = "boat.bin")]
    /// struct Boat {
    ///     east: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("boat.bin");
    /// let mut writer = BoatWriter::options().path(&path).timestamps(true).create()?;
    /// writer.set_east(3.0);
    ///
    /// let reader = BoatReader::open_at(&path)?;
    /// let (east, time) = reader.read(|boat| Ok((boat.east()?, boat.file().published_at()?)))?;
    /// assert_eq!((east, time), (3.0, reader.file().published_at()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn published_at(&self) -> Result<Option<SystemTime>, ReadError> {
        Ok(time_from(self.core.time_of(&self.moment)?))
    }
}

impl<'a, T: FixedRecord> View<'a, T> {
    #[inline]
    pub(crate) const fn new(moment: Moment<'a>, behind: &'a Behind<T>) -> Self {
        Self { moment, behind }
    }

    #[inline]
    const fn zeros(&self) -> &Zeros<T> {
        &self.behind.zeros
    }

    /// What is known of the generation besides its value.
    #[inline]
    #[must_use]
    pub const fn file(&self) -> ViewFile<'a> {
        ViewFile { moment: self.moment, core: &self.behind.core }
    }

    /// Copies all of it.
    ///
    /// The value is returned on the stack; one of more than 256 KiB is refused at compile time: use
    /// [`snapshot_into`](Self::snapshot_into).
    ///
    /// # Errors
    ///
    /// As [`Reader::snapshot`](crate::Reader::snapshot).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "boat.bin")]
    /// #[create_reader(filename = "boat.bin")]
    /// struct Boat {
    ///     east: f64,
    ///     north: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("boat.bin");
    /// let mut writer = BoatWriter::create_at(&path)?;
    /// writer.publish(&Boat { east: 3.0, north: 4.0 });
    ///
    /// let reader = BoatReader::open_at(&path)?;
    /// let (generation, boat) =
    ///     reader.read(|boat| Ok((boat.file().generation(), boat.snapshot()?)))?;
    /// assert_eq!((generation, boat.east), (1, 3.0));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot(&self) -> Result<T, ReadError> {
        let () = ByValue::<T, Self>::SNAPSHOT;
        fields::field::<T, T>(self, 0)
    }

    /// Copies all of it into the caller's value.
    ///
    /// # Errors
    ///
    /// As [`Reader::snapshot`](crate::Reader::snapshot); `value` is then the all-zero value.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "boat.bin")]
    /// #[create_reader(filename = "boat.bin")]
    /// struct Boat {
    ///     east: f64,
    ///     north: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("boat.bin");
    /// let mut writer = BoatWriter::create_at(&path)?;
    /// writer.publish(&Boat { east: 3.0, north: 4.0 });
    ///
    /// let reader = BoatReader::open_at(&path)?;
    /// let mut last = Boat { east: 0.0, north: 0.0 };
    /// let generation = reader.read(|boat| {
    ///     if boat.north()? > last.north {
    ///         boat.snapshot_into(&mut last)?;
    ///     }
    ///     Ok(boat.file().generation())
    /// })?;
    /// assert_eq!((last.east, generation), (3.0, 1));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot_into(&self, value: &mut T) -> Result<(), ReadError> {
        fields::whole_into(self, value).map(drop)
    }

    /// Reads the part of the record that `part` picks: see [`Reader::get_by`](crate::Reader::get_by).
    ///
    /// # Errors
    ///
    /// As [`Reader::snapshot`](crate::Reader::snapshot).
    ///
    /// # Panics
    ///
    /// As [`Reader::get_by`](crate::Reader::get_by).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "wing.bin")]
    /// #[create_reader(filename = "wing.bin")]
    /// struct Wing {
    ///     strains: [[f32; 64]; 8],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("wing.bin");
    /// let mut writer = WingWriter::create_at(&path)?;
    /// writer.set(|wing| &mut wing.strains[3][9], 0.5);
    /// let reader = WingReader::open_at(&path)?;
    /// let (one, rib) = reader.read(|view| {
    ///     let mut rib = [0.0; 64];
    ///     view.get_into(|wing| &wing.strains[3], &mut rib)?;
    ///     Ok((view.get_by(|wing| &wing.strains[3][9])?, rib))
    /// })?;
    /// assert_eq!((one, rib[9]), (0.5, 0.5)); // of one generation
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn get_by<F: Mappable>(&self, part: impl FnOnce(&T) -> &F) -> Result<F, ReadError> {
        let () = ByValue::<F, Self>::FIELD;
        fields::field::<T, F>(self, self.zeros().offset_of(part))
    }

    /// Reads the part of the record that `part` picks into the caller's value: see
    /// [`Reader::get_into`](crate::Reader::get_into).
    ///
    /// # Errors
    ///
    /// As [`Reader::snapshot`](crate::Reader::snapshot); `value` is then all zero.
    ///
    /// # Panics
    ///
    /// As [`Reader::get_by`](crate::Reader::get_by).
    ///
    /// # Examples
    ///
    /// See [`get_by`](Self::get_by).
    #[inline]
    pub fn get_into<F: Mappable, V: BorrowMut<F>>(
        &self,
        part: impl FnOnce(&T) -> &F,
        value: &mut V,
    ) -> Result<(), ReadError> {
        fields::field_into::<T, F>(self, self.zeros().offset_of(part), value.borrow_mut())
    }
}

impl<T: FixedRecord> View<'_, T> {
    /// Calls `read` with what all of its loads are of: they are of one generation anyway.
    #[inline]
    fn at_once<R>(
        &self,
        mut read: impl FnMut(&Self) -> Result<R, ReadError>,
    ) -> Result<R, ReadError> {
        read(self)
    }
}

impl<T: FixedRecord> Load for View<'_, T> {
    #[inline]
    fn load_once<R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<(u64, R)> {
        Load::load_once(&self.moment, copy)
    }

    #[cold]
    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        Load::load_again(&self.moment, copy)
    }
}

field_source!(View<'_, T>);
