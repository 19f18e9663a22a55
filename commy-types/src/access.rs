//! The ways by which generated accessors reach the fields of a record.
//!
//! An accessor calls associated functions of the field type's [`Mappable`], and of no other trait:
//! the compiler drops equal diagnostics, so a type that cannot be shared is then reported once,
//! and not once more for each bound of a method that the accessor would call.

use crate::mappable::Mappable;

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
}
