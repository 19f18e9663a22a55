//! Several fields of one generation.

use core::cell::Cell;
use core::marker::PhantomData;

use commy_types::{FieldSource, Mappable, Sequence};

use crate::elements;
use crate::error::ReadError;
use crate::fields::{self, Load};
use crate::publish::{Pick, Proven, Steps as _};
use crate::record::Record;
use crate::sync::AtomicU64;

/// One generation, whose fields can be read one by one; what
/// [`Reader::read`](crate::Reader::read) calls its closure with.
///
/// A field is given out only after a check that the generation is still there, so that no two
/// fields of one view are of different ones.
#[derive(Debug, Clone, Copy)]
pub struct View<'a, T: Record> {
    payload: &'a [AtomicU64],
    generation: u64,
    /// `None` for a payload that nobody writes.
    guard: Option<Guard<'a>>,
    record: PhantomData<fn() -> T>,
}

/// How a view notices that its generation is gone.
#[derive(Debug, Clone, Copy)]
struct Guard<'a> {
    pick: Pick<'a>,
    /// Whether it was gone when a field was asked for.
    overtaken: &'a Cell<bool>,
}

impl<'a, T: Record> View<'a, T> {
    #[inline]
    pub(crate) const fn of_slot(pick: Pick<'a>, overtaken: &'a Cell<bool>) -> Self {
        Self {
            payload: pick.slot.payload,
            generation: pick.generation,
            guard: Some(Guard { pick, overtaken }),
            record: PhantomData,
        }
    }

    pub(crate) const fn of_kept(payload: &'a [AtomicU64], generation: u64) -> Self {
        Self { payload, generation, guard: None, record: PhantomData }
    }

    /// The generation of all fields.
    #[inline]
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
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
    ///     Ok(boat.generation())
    /// })?;
    /// assert_eq!((last.east, generation), (3.0, 1));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot_into(&self, value: &mut T) -> Result<(), ReadError> {
        fields::whole_into(self, value)
    }

    /// Copies the one field at byte `offset` of the record; the generated getters call this.
    ///
    /// # Errors
    ///
    /// As [`Reader::snapshot`](crate::Reader::snapshot).
    #[inline]
    pub fn field<F: Mappable>(&self, offset: usize) -> Result<F, ReadError> {
        fields::field(self, offset)
    }
}

impl<T: Record> Load for View<'_, T> {
    type Record = T;

    #[inline]
    fn load_once(&self, copy: impl FnOnce(&[AtomicU64]) -> bool) -> bool {
        Proven::pause_point();
        let copied = copy(self.payload);
        Proven::pause_point();
        copied && self.guard.is_none_or(|guard| guard.pick.holds::<Proven>())
    }

    /// What was overtaken once stays so.
    #[cold]
    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<(), ReadError> {
        Proven::pause_point();
        copy(self.payload);
        Proven::pause_point();
        match self.guard {
            Some(guard) if !guard.pick.holds::<Proven>() => {
                guard.overtaken.set(true);
                Err(ReadError::Overtaken)
            }
            _ => Ok(()),
        }
    }
}

impl<T: Record> FieldSource for View<'_, T> {
    type Error = ReadError;

    #[inline]
    fn field<F: Mappable>(&self, offset: usize) -> Result<F, ReadError> {
        fields::field(self, offset)
    }

    #[inline]
    fn pod_field<F: bytemuck::Pod>(&self, offset: usize) -> Result<F, ReadError> {
        fields::pod_field(self, offset)
    }

    #[inline]
    fn sequence_len<S: Sequence>(&self, offset: usize) -> Result<usize, ReadError> {
        elements::sequence_len::<S, _>(self, offset)
    }

    #[inline]
    fn element<S: Sequence>(
        &self,
        offset: usize,
        index: usize,
    ) -> Result<Option<S::Item>, ReadError> {
        elements::element_at::<S, _>(self, offset, index)
    }
}
