//! Single elements of the arrays and vectors in a record.

use commy_types::{ByValue, CapacityError, Growing, Invalid, InvalidReason, Mappable, Sequence};

use crate::batch::Batch;
use crate::error::ReadError;
use crate::fields::{Load, invalid_field};
use crate::mem::{Arrival, Picker, load_pod};
use crate::reader::Reader;
use crate::record::Record;
use crate::sync::AtomicU64;
use crate::writer::Writer;

impl<T: Record> Reader<T> {
    /// Reads how many elements the sequence at byte `offset` of the record has, without copying
    /// them.
    ///
    /// The generated `<field>_len` calls this.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    #[inline]
    pub fn sequence_len<S: Sequence>(&self, offset: usize) -> Result<usize, ReadError> {
        sequence_len::<S, _>(self, offset)
    }

    /// Copies one element of the sequence at byte `offset` of the record, without copying the
    /// others; `None` when the sequence has no element `index`.
    ///
    /// The generated `<field>_at` calls this.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FixedVec, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "trace.bin")]
    /// #[create_reader(filename = "trace.bin")]
    /// struct Trace {
    ///     points: FixedVec<u64, 4096>,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("trace.bin");
    /// let mut writer = TraceWriter::create_at(&path)?;
    /// writer.set_points(&[10, 20])?;
    /// writer.push_points(30)?;
    /// writer.set_points_at(0, 11);
    ///
    /// let reader = TraceReader::open_at(&path)?;
    /// assert_eq!(reader.points_len()?, 3);
    /// assert_eq!(reader.points_at(0)?, Some(11));
    /// assert_eq!(reader.points_at(3)?, None);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn element<S: Sequence>(
        &self,
        offset: usize,
        index: usize,
    ) -> Result<Option<S::Item>, ReadError> {
        element_at::<S, _>(self, offset, index)
    }
}

/// How many elements the sequence at byte `offset` has.
#[inline]
pub(crate) fn sequence_len<S: Sequence, L: Load>(
    source: &L,
    offset: usize,
) -> Result<usize, ReadError> {
    let mut len = None;
    source.load(|payload| len = load_len(payload, offset))?;
    counted::<L::Record, S>(offset, len)
}

/// The stored length at byte `offset`, if the payload has one there.
#[inline]
fn load_len(payload: &[AtomicU64], offset: usize) -> Option<u64> {
    let mut stored = [0; 8];
    load_pod(payload, offset, &mut stored).then(|| u64::from_le_bytes(stored))
}

/// One element of the sequence at byte `offset`.
#[inline]
pub(crate) fn element_at<S: Sequence, L: Load>(
    source: &L,
    offset: usize,
    index: usize,
) -> Result<Option<S::Item>, ReadError> {
    let (mut len, mut element) = (None, Arrival::<S::Item>::new());
    let at = index.checked_mul(size_of::<S::Item>()).and_then(|at| at.checked_add(S::FIRST));
    let at = at.and_then(|at| at.checked_add(offset)).filter(|_| index < S::CAPACITY);
    source.load(|payload| {
        if S::COUNTED {
            len = load_len(payload, offset);
        }
        if let Some(at) = at {
            element.load(payload, at);
        }
    })?;
    let len = if S::COUNTED { counted::<L::Record, S>(offset, len)? } else { S::CAPACITY };
    match at {
        Some(at) if index < len => {
            element.check(|invalid| invalid_field::<L::Record>(at, invalid)).map(Some)
        }
        _ => Ok(None),
    }
}

/// Panics in the name of the caller when there is no element `index`.
///
/// A generated setter picks the element in a closure, which has no caller to blame.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn check_index<S: Sequence>(sequence: &S, index: usize) {
    let len = sequence.elements().len();
    assert!(index < len, "index out of bounds: the len is {len} but the index is {index}");
}

/// Picks one element; what a generated setter of an element calls.
///
/// # Panics
///
/// When there is no element `index`.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn element<S: Sequence>(sequence: &mut S, index: usize) -> &mut S::Item {
    let () = ByValue::<<S::Item as Mappable>::Arg<'static>, S>::NEW_ELEMENT;
    #[allow(clippy::indexing_slicing, reason = "documented panic, in the words of a slice")]
    &mut sequence.elements_mut()[index]
}

/// The length of a sequence at `offset`, if what is stored there can be one.
#[inline]
fn counted<T: Record, S: Sequence>(offset: usize, stored: Option<u64>) -> Result<usize, ReadError> {
    if !S::COUNTED {
        return Ok(S::CAPACITY);
    }
    let reason = match stored {
        Some(found) => match usize::try_from(found) {
            Ok(len) if len <= S::CAPACITY => return Ok(len),
            _ => InvalidReason::Length { found, capacity: S::CAPACITY },
        },
        None => InvalidReason::Missing { size: size_of::<S>() },
    };
    Err(invalid_field::<T>(offset, Invalid::new(0, reason)))
}

impl<T: Record> Writer<T> {
    /// Adds an element to the sequence that `field` picks, and publishes.
    ///
    /// The generated `push_<field>` calls this. Costs a pass over the elements of that sequence.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the sequence is full; nothing is published then.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FixedVec, create_writer};
    ///
    /// #[create_writer(filename = "trace.bin")]
    /// struct Trace {
    ///     points: FixedVec<u64, 2>,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("trace.bin");
    /// let mut trace = TraceWriter::create_at(path)?;
    /// trace.push(|trace| &mut trace.points, 10)?;
    /// trace.push_points(20)?; // the same
    /// assert!(trace.push_points(30).is_err());
    /// assert_eq!(trace.get().points, [10, 20]);
    /// assert_eq!(trace.generation(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        let () = ByValue::<S::Item, T>::NEW_ELEMENT;
        self.batch(|batch| batch.push(field, value))
    }
}

impl<T: Mappable> Batch<'_, T> {
    /// Adds an element to the sequence that `field` picks.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the sequence is full; nothing changes then.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    #[inline]
    pub fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        let () = ByValue::<S::Item, T>::NEW_ELEMENT;
        self.staged.draft.push_pending(Picker::Caller, field, value, &mut self.staged.pending)
    }
}
