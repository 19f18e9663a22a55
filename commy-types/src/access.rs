//! The ways by which generated accessors reach the fields of a record.
//!
//! An accessor calls associated functions of the field type's [`Mappable`], and of no other trait:
//! the compiler drops equal diagnostics, so a type that cannot be shared is then reported once,
//! and not once more for each bound of a method that the accessor would call.

use bytemuck::Pod;

use crate::capacity::CapacityError;
use crate::image::Image;
use crate::mappable::Mappable;
use crate::sequence::{Growing, Sequence};

/// Where a generated getter reads from: the runtime's reader.
pub trait FieldSource {
    /// What can go wrong.
    type Error;

    /// Reads the field at byte `offset` of the record.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn field<F: Mappable>(&self, offset: usize) -> Result<F, Self::Error>;

    /// The same for a field of a foreign plain-old-data type.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn pod_field<F: Pod>(&self, offset: usize) -> Result<F, Self::Error>;

    /// Reads how many elements the sequence at byte `offset` has.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn sequence_len<S: Sequence>(&self, offset: usize) -> Result<usize, Self::Error>;

    /// Reads one element of the sequence at byte `offset`; `None` when there are fewer.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn element<S: Sequence>(
        &self,
        offset: usize,
        index: usize,
    ) -> Result<Option<S::Item>, Self::Error>;
}

/// Where a generated setter writes to: the runtime's writer, or a batch of it.
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
}

/// What generated code calls for a field of a foreign plain-old-data type.
///
/// # Safety
///
/// Any bytes are a valid value, and none of them are padding, as [`bytemuck::Pod`] has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not plain old data, which `#[commy(pod)]` needs",
    label = "`bytemuck::Pod` is not implemented for `{Self}`",
    note = "the crate of `{Self}` may have a feature for it, often called `bytemuck`"
)]
#[allow(unsafe_code, reason = "who implements it promises what `Pod` does")]
pub unsafe trait PodField: Sized {
    /// Reads a field of this type.
    ///
    /// # Errors
    ///
    /// Those of the reader.
    fn get_from<S: FieldSource>(source: &S, offset: usize) -> Result<Self, S::Error>;

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
    #[inline]
    fn get_from<S: FieldSource>(source: &S, offset: usize) -> Result<Self, S::Error> {
        source.pod_field(offset)
    }

    #[inline]
    fn set_in<S: FieldSink>(
        sink: &mut S,
        field: impl FnOnce(&mut S::Record) -> &mut Self,
        value: Self,
    ) {
        sink.set_pod(field, value);
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        image.put(at, bytemuck::bytes_of(self));
    }
}
