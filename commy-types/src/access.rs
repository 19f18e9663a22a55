//! The ways by which generated accessors reach the fields of a record.
//!
//! An accessor calls associated functions of the field type's [`Mappable`], and of no other trait:
//! the compiler drops equal diagnostics, so a type that cannot be shared is then reported once,
//! and not once more for each bound of a method that the accessor would call.
//!
//! So `get_from` and `set_in` are hidden functions of `Mappable`. In a trait below it, a blanket
//! implementation would add its own note to each diagnostic, and a wrong field behind an alias
//! would be reported three times (`tests/ui/behind_aliases.rs`).

#[cfg(feature = "alloc")]
use alloc::string::String;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::borrow::Borrow;

use bytemuck::Pod;

use crate::by_value::ByValue;
use crate::capacity::CapacityError;
use crate::forms::Text;
use crate::image::{Image, Touched};
use crate::keyed::{EntryOf, Keyed, KeyedValues, Nth};
use crate::mappable::Mappable;
use crate::raw;
use crate::sequence::{Growing, Indexed, Overwriting, Sequence};
use crate::shape::Leaf;
use crate::sorted;

/// The place of a field in the record of the program that declares it.
///
/// # Examples
///
/// ```
/// use commy_types::FieldPlace;
///
/// struct Tank {
///     level: f64,
///     open: bool,
/// }
///
/// const OPEN: FieldPlace = FieldPlace::new(1, std::mem::offset_of!(Tank, open));
/// assert!(OPEN.index() == 1 && OPEN.offset() < size_of::<Tank>());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldPlace {
    index: usize,
    offset: usize,
}

impl FieldPlace {
    /// The place of field number `index`, counted from 0, at byte `offset` of the record.
    #[inline]
    #[must_use]
    pub const fn new(index: usize, offset: usize) -> Self {
        Self { index, offset }
    }

    /// The number of the field, counted from 0.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }

    /// The offset of the field in bytes, where the record is laid out as in this program.
    #[inline]
    #[must_use]
    pub const fn offset(self) -> usize {
        self.offset
    }
}

/// Where a generated getter reads from: the runtime's reader.
///
/// A getter names a field by its place, and the source decides which bytes those are. A source of
/// exactly this layout takes the offset of the place; one of another layout looks its own up by the
/// field's index.
///
/// # Examples
///
/// ```
/// use commy_types::{FieldPlace, FieldSource, Indexed, Invalid, InvalidReason, Mappable, PodField};
///
/// struct Bytes([u8; 16]);
///
/// impl FieldSource for Bytes {
///     type Error = Invalid;
///
///     fn field<F: Mappable>(&self, place: FieldPlace) -> Result<F, Invalid> {
///         let offset = place.offset();
///         let missing = Invalid::new(offset, InvalidReason::Missing { size: size_of::<F>() });
///         let bytes = self.0.get(offset..offset + size_of::<F>()).ok_or(missing)?;
///         F::check(bytes)?;
///         // SAFETY: as many bytes as `F` has; by the contract of `Mappable`, they are a value.
///         Ok(unsafe { bytes.as_ptr().cast::<F>().read_unaligned() })
///     }
///
///     fn field_with<F: Mappable, R>(
///         &self,
///         place: FieldPlace,
///         read: impl FnOnce(&F) -> R,
///     ) -> Result<R, Invalid> {
///         self.field(place).map(|value| read(&value))
///     }
///
///     fn field_into<F: Mappable>(&self, place: FieldPlace, target: &mut F) -> Result<(), Invalid> {
///         self.field(place).map(|value| *target = value)
///     }
///
///     fn pod_field<F: bytemuck::Pod>(&self, place: FieldPlace) -> Result<F, Invalid> {
///         Ok(bytemuck::pod_read_unaligned(&self.0[place.offset()..][..size_of::<F>()]))
///     }
///
///     fn sequence_len<S: Indexed>(&self, place: FieldPlace) -> Result<usize, Invalid> {
///         if S::COUNTED { self.field::<u64>(place).map(|len| len as usize) } else { Ok(S::CAPACITY) }
///     }
///
///     fn element<S: Indexed>(
///         &self,
///         place: FieldPlace,
///         index: usize,
///     ) -> Result<Option<S::Item>, Invalid> {
///         let at = place.offset() + S::FIRST + index * size_of::<S::Item>();
///         let is_there = index < self.sequence_len::<S>(place)?;
///         is_there.then(|| self.field(FieldPlace::new(place.index(), at))).transpose()
///     }
/// }
///
/// let source = Bytes([2, 0, 0, 0, 0, 0, 0, 0, 10, 11, 0, 0, 5, 6, 0, 1]);
/// let [numbers, number, flag] = [(0, 0), (1, 12), (2, 15)].map(|(i, at)| FieldPlace::new(i, at));
/// assert!(source.field::<bool>(flag)?);
/// let invalid = source.field::<bool>(FieldPlace::new(2, 8)).unwrap_err();
/// assert_eq!(invalid.reason, InvalidReason::Bool { found: 10 });
/// type Numbers = commy_types::FixedVec<u8, 4>;
/// assert_eq!(source.sequence_len::<Numbers>(numbers)?, 2);
/// assert_eq!(source.element::<Numbers>(numbers, 1)?, Some(11));
/// assert_eq!(source.element::<Numbers>(numbers, 2)?, None);
/// let number: [u8; 2] = PodField::get_from(&source, number)?;
/// assert_eq!(number, [5, 6]);
/// # Ok::<(), Invalid>(())
/// ```
pub trait FieldSource {
    /// What can go wrong.
    type Error;

    /// Reads the field at `place`.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn field<F: Mappable>(&self, place: FieldPlace) -> Result<F, Self::Error>;

    /// Calls `read` with the field at `place`, which is not on the stack if it is large.
    ///
    /// # Errors
    ///
    /// Those of the reader; `read` is not called then.
    fn field_with<F: Mappable, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&F) -> R,
    ) -> Result<R, Self::Error>;

    /// Reads the field at `place` into the caller's value, and puts it nowhere else.
    ///
    /// # Errors
    ///
    /// Those of the reader; `target` is then the all-zero value.
    fn field_into<F: Mappable>(&self, place: FieldPlace, target: &mut F)
    -> Result<(), Self::Error>;

    /// Reads the field at `place`, which is of a foreign plain-old-data type.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn pod_field<F: Pod>(&self, place: FieldPlace) -> Result<F, Self::Error>;

    /// Reads how many elements the sequence at `place` has.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn sequence_len<S: Indexed>(&self, place: FieldPlace) -> Result<usize, Self::Error>;

    /// Reads the part that `part` picks of one element of the sequence at `place`; `None` when there
    /// are fewer elements.
    ///
    /// `part` may see another value of the type: only what it picks is of the element.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn element_part<S: Indexed, F: Mappable>(
        &self,
        place: FieldPlace,
        index: usize,
        part: impl FnOnce(&S::Item) -> &F,
    ) -> Result<Option<F>, Self::Error> {
        let element = self.element::<S>(place, index)?;
        Ok(element.map(|element| raw::copy_of(part(&element))))
    }

    /// Reads elements of the sequence at `place` into `target`, from number `from` on: as many as are
    /// there and as `target` holds. Returns how many.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn range_into<S: Indexed>(
        &self,
        place: FieldPlace,
        from: usize,
        target: &mut [S::Item],
    ) -> Result<usize, Self::Error> {
        let mut count = 0;
        for (index, target) in (from..).zip(target) {
            let Some(element) = self.element::<S>(place, index)? else { break };
            *target = element;
            count += 1;
        }
        Ok(count)
    }

    /// Reads the last elements of the sequence at `place` into `target`, in their order: as many as are
    /// there and as `target` holds. Returns how many.
    ///
    /// A source of one value after the other overrides it, so that all are of one.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn last_into<S: Indexed>(
        &self,
        place: FieldPlace,
        target: &mut [S::Item],
    ) -> Result<usize, Self::Error> {
        let len = self.sequence_len::<S>(place)?;
        self.range_into::<S>(place, len.saturating_sub(target.len()), target)
    }

    /// Reads one element of the sequence at `place`; `None` when there are fewer.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn element<S: Indexed>(
        &self,
        place: FieldPlace,
        index: usize,
    ) -> Result<Option<S::Item>, Self::Error>;

    /// Reads how many keys the map or set at `place` has.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    #[inline]
    fn key_count<S: Keyed>(&self, place: FieldPlace) -> Result<usize, Self::Error> {
        self.field_with(place, |field: &S| field.keys().len())
    }

    /// Reads key number `index` of the map or set at `place`, counted from the smallest; `None` when
    /// there are fewer.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    #[inline]
    fn key_at<S: Keyed>(
        &self,
        place: FieldPlace,
        index: Nth,
    ) -> Result<Option<S::Key>, Self::Error> {
        self.field_with(place, |field: &S| {
            field.keys().get(index.of(field.keys().len())?).map(raw::copy_of)
        })
    }

    /// Reads entry number `index` of the map at `place`, counted from the smallest key; `None` when
    /// there are fewer. Both are of one generation.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    #[inline]
    fn entry_at<S: KeyedValues>(
        &self,
        place: FieldPlace,
        index: Nth,
    ) -> Result<Option<EntryOf<S>>, Self::Error> {
        self.field_with(place, |field: &S| {
            let index = index.of(field.keys().len())?;
            let (key, value) = field.keys().get(index).zip(field.values().get(index))?;
            Some((raw::copy_of(key), raw::copy_of(value)))
        })
    }

    /// Returns whether the map or set at `place` has a key. A source that can reads log2(N) + 1 keys
    /// and nothing else.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    #[inline]
    fn contains_key<S: Keyed, Q>(&self, place: FieldPlace, key: &Q) -> Result<bool, Self::Error>
    where
        S::Key: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.field_with(place, |field: &S| sorted::search(field.keys(), key).is_ok())
    }

    /// Reads the value of a key in the map at `place`; `None` when it does not have the key. A source
    /// that can reads log2(N) + 1 keys and the value.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    #[inline]
    fn value_of<S: KeyedValues, Q>(
        &self,
        place: FieldPlace,
        key: &Q,
    ) -> Result<Option<S::Value>, Self::Error>
    where
        S::Key: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.field_with(place, |field: &S| {
            let index = sorted::search(field.keys(), key).ok()?;
            field.values().get(index).map(raw::copy_of)
        })
    }

    /// Calls `read` with the text at `place`. A source that can reads no more than is in use.
    ///
    /// # Errors
    ///
    /// Those of the reader; `read` is not called then.
    #[inline]
    fn text_with<F: Text, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&str) -> R,
    ) -> Result<R, Self::Error> {
        self.field_with(place, |field: &F| read(field.text()))
    }

    /// Puts the text at `place` into `target`, whose room is used again.
    ///
    /// # Errors
    ///
    /// Those of the reader; `target` is empty then.
    #[cfg(feature = "alloc")]
    #[inline]
    fn text_into<F: Text>(
        &self,
        place: FieldPlace,
        target: &mut String,
    ) -> Result<(), Self::Error> {
        target.clear();
        self.text_with::<F, _>(place, |text| target.push_str(text))
    }

    /// Calls `read` with the elements of the sequence at `place`. A source that can reads no more
    /// than is in use.
    ///
    /// # Errors
    ///
    /// Those of the reader; `read` is not called then.
    #[inline]
    fn elements_with<S: Sequence, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&[S::Item]) -> R,
    ) -> Result<R, Self::Error> {
        self.field_with(place, |field: &S| read(field.elements()))
    }

    /// Puts the elements of the sequence at `place` into `target`, whose room is used again.
    ///
    /// # Errors
    ///
    /// Those of the reader; `target` is empty then.
    #[cfg(feature = "alloc")]
    #[inline]
    fn elements_into<S: Sequence>(
        &self,
        place: FieldPlace,
        target: &mut Vec<S::Item>,
    ) -> Result<(), Self::Error> {
        target.clear();
        self.elements_with::<S, _>(place, |elements| {
            target.extend(elements.iter().map(raw::copy_of));
        })
    }
}

/// Where a generated setter writes to: the runtime's writer, or a batch of it.
///
/// # Examples
///
/// ```
/// use commy_types::{CapacityError, FieldSink, FixedVec, Growing, Mappable, Overwriting};
/// use commy_types::{PodField, Touched};
///
/// /// A value that is changed in place, and published nowhere.
/// struct Plain<T>(T);
///
/// impl<T> FieldSink for Plain<T> {
///     type Record = T;
///
///     fn set<F: Mappable>(
///         &mut self,
///         field: impl FnOnce(&mut T) -> &mut F,
///         value: F::Arg<'_>,
///     ) -> F::Output {
///         field(&mut self.0).assign(value)
///     }
///
///     fn set_pod<F: bytemuck::Pod>(&mut self, field: impl FnOnce(&mut T) -> &mut F, value: F) {
///         *field(&mut self.0) = value;
///     }
///
///     fn push<S: Growing>(
///         &mut self,
///         field: impl FnOnce(&mut T) -> &mut S,
///         value: S::Item,
///     ) -> Result<(), CapacityError> {
///         field(&mut self.0).push(value)
///     }
///
///     fn push_over<S: Overwriting>(
///         &mut self,
///         field: impl FnOnce(&mut T) -> &mut S,
///         value: S::Item,
///     ) -> Option<S::Item> {
///         field(&mut self.0).push_over(value)
///     }
///
///     fn change<F: Mappable, R>(
///         &mut self,
///         field: impl FnOnce(&mut T) -> &mut F,
///         change: impl FnOnce(&mut F, &mut Touched) -> R,
///     ) -> R {
///         change(field(&mut self.0), &mut Touched::new())
///     }
///
///     fn assign<E: Mappable>(
///         &mut self,
///         elements: impl FnOnce(&mut T) -> &mut [E],
///         values: &[E],
///     ) {
///         for (element, value) in elements(&mut self.0).iter_mut().zip(values) {
///             // SAFETY: by the contract of `Mappable`, a bytewise copy is a right duplicate.
///             unsafe { std::ptr::copy_nonoverlapping(value, element, 1) };
///         }
///     }
/// }
///
/// let mut sink = Plain((0u64, FixedVec::<u8, 3>::new()));
/// sink.set(|record| &mut record.0, 7);
/// sink.set(|record| &mut record.1, [1, 2].as_slice())?;
/// sink.push(|record| &mut record.1, 3)?;
/// assert!(sink.push(|record| &mut record.1, 4).is_err());
/// sink.assign(|record| &mut record.1[..2], &[5, 6]);
/// PodField::set_in(&mut sink, |record| &mut record.0, 8u64);
/// assert_eq!(sink.0.0, 8);
/// assert_eq!(sink.0.1, [5, 6, 3]);
/// # Ok::<(), CapacityError>(())
/// ```
pub trait FieldSink {
    /// The struct that holds the field.
    type Record;

    /// Assigns `value` to the part of the record that `field` picks.
    fn set<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut Self::Record) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output;

    /// The same for a field of a foreign plain-old-data type.
    fn set_pod<F: Pod>(&mut self, field: impl FnOnce(&mut Self::Record) -> &mut F, value: F);

    /// Adds an element to the sequence that `field` picks.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the sequence is full; nothing changes then.
    fn push<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut Self::Record) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError>;

    /// Adds an element to the sequence that `field` picks; returns what it has put out of its place.
    fn push_over<S: Overwriting>(
        &mut self,
        field: impl FnOnce(&mut Self::Record) -> &mut S,
        value: S::Item,
    ) -> Option<S::Item>;
    /// Calls `change` with the part of the record that `field` picks. It marks the bytes that it has
    /// changed, counted from the start of that part, and no others: if none, nothing has changed.
    fn change<F: Mappable, R>(
        &mut self,
        field: impl FnOnce(&mut Self::Record) -> &mut F,
        change: impl FnOnce(&mut F, &mut Touched) -> R,
    ) -> R;

    /// Copies `values` over the part of the record that `elements` picks, which has as many.
    ///
    /// # Panics
    ///
    /// When it has another number of them.
    fn assign<E: Mappable>(
        &mut self,
        elements: impl FnOnce(&mut Self::Record) -> &mut [E],
        values: &[E],
    );
}

/// What generated code calls for a field of a foreign plain-old-data type.
///
/// # Examples
///
/// ```
/// use commy_types::{Image, PodField};
///
/// let mut bytes = [0; 6];
/// PodField::encode(&[1u8, 2], 3, &mut Image::untracked(&mut bytes));
/// assert_eq!(bytes, [0, 0, 0, 1, 2, 0]);
/// ```
///
/// # Safety
///
/// Any bytes are a valid value, and none of them are padding, as [`bytemuck::Pod`] has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not plain old data, which `#[commy(pod)]` needs",
    label = "`bytemuck::Pod` is not implemented for `{Self}`",
    note = "the crate of `{Self}` may have a feature for it, often called `bytemuck`; else store the value in serialized form, as `commy::encoded::Encoded<{Self}, Postcard, N>`"
)]
#[allow(unsafe_code, reason = "who implements it promises what `Pod` does")]
pub unsafe trait PodField: Sized {
    /// The type as a field of a struct.
    #[doc(hidden)]
    const LEAF: Leaf<Self>;

    /// Reads a field of this type.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn get_from<S: FieldSource>(source: &S, place: FieldPlace) -> Result<Self, S::Error>;

    /// Sets a field of this type.
    fn set_in<S: FieldSink>(
        sink: &mut S,
        field: impl FnOnce(&mut S::Record) -> &mut Self,
        value: Self,
    );

    /// Writes the value into `image` at byte `at`.
    fn encode(&self, at: usize, image: &mut Image<'_>);
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `Pod` is that promise.
unsafe impl<T: Pod> PodField for T {
    const LEAF: Leaf<Self> = Leaf::pod();

    #[inline]
    fn get_from<S: FieldSource>(source: &S, place: FieldPlace) -> Result<Self, S::Error> {
        let () = ByValue::<T, S>::FIELD;
        source.pod_field(place)
    }

    #[inline]
    fn set_in<S: FieldSink>(
        sink: &mut S,
        field: impl FnOnce(&mut S::Record) -> &mut Self,
        value: Self,
    ) {
        let () = ByValue::<T, S>::ARGUMENT;
        sink.set_pod(field, value);
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        image.put(at, bytemuck::bytes_of(self));
    }
}
