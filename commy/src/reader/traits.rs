//! What a reader is to the code that reads fields, and to std.

use core::borrow::Borrow;
use core::fmt;

use commy_types::{
    EntryOf, FieldPlace, FieldSource, Indexed, Keyed, KeyedValues, Mappable, Nth, Sequence, Text,
};

use super::Reader;
use crate::error::ReadError;
use crate::fields::{self, field_source};
use crate::record::FixedRecord;
use crate::sync::AtomicU64;
use crate::untyped::Load;
use crate::view::View;

impl<T: FixedRecord> Load for Reader<T> {
    #[inline]
    fn load_once<R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<(u64, R)> {
        // The size of the payload, since the fingerprints are equal.
        self.behind.core.load_sized(size_of::<T>(), copy)
    }

    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        self.behind.core.load_again(copy)
    }
}

impl<T: FixedRecord> Reader<T> {
    /// Calls `read` with one generation, and again with another one if that was overtaken.
    #[inline]
    fn at_once<R>(
        &self,
        mut read: impl FnMut(&View<'_, T>) -> Result<R, ReadError>,
    ) -> Result<R, ReadError> {
        self.read(|view| read(&view))
    }
}

field_source!(Reader<T>);

impl<T: FixedRecord> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Reader");
        shown.field("record", &T::NAME).field("path", &self.behind.core.file().path());
        shown.field("generation", &self.behind.core.generation()).finish_non_exhaustive()
    }
}

impl<T: FixedRecord> Clone for Reader<T> {
    /// Another handle to the same mapping.
    fn clone(&self) -> Self {
        Self { behind: self.behind.clone() }
    }
}

/// Shows a generated reader called `name`.
///
/// # Errors
///
/// Those of the formatter.
pub fn debug_reader<T: FixedRecord>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    reader: &Reader<T>,
) -> fmt::Result {
    let (path, generation) = (reader.behind.core.file().path(), reader.behind.core.generation());
    f.debug_struct(name).field("path", &path).field("generation", &generation).finish()
}
