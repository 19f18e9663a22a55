//! What a reader is to the code that reads fields, and to std.

use core::fmt;

use commy_types::{FieldPlace, FieldSource, Mappable, Sequence, Text};

use super::Reader;
use crate::error::ReadError;
use crate::fields;
use crate::record::FixedRecord;
use crate::sync::AtomicU64;
use crate::untyped::Load;

impl<T: FixedRecord> Load for Reader<T> {
    #[inline]
    fn load_once<R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<(u64, R)> {
        // The size of the payload, since the fingerprints are equal.
        self.core.load_sized(size_of::<T>(), copy)
    }

    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        self.core.load_again(copy)
    }
}

impl<T: FixedRecord> FieldSource for Reader<T> {
    type Error = ReadError;

    #[inline]
    fn field<F: Mappable>(&self, place: FieldPlace) -> Result<F, ReadError> {
        fields::field::<T, F>(self, place.offset())
    }

    #[inline]
    fn field_with<F: Mappable, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&F) -> R,
    ) -> Result<R, ReadError> {
        fields::field_with::<T, F, R>(self, place.offset(), read)
    }

    #[inline]
    fn field_into<F: Mappable>(&self, place: FieldPlace, target: &mut F) -> Result<(), ReadError> {
        fields::field_into::<T, F>(self, place.offset(), target)
    }

    #[inline]
    fn pod_field<F: bytemuck::Pod>(&self, place: FieldPlace) -> Result<F, ReadError> {
        fields::pod_field::<T, F>(self, place.offset())
    }

    #[inline]
    fn sequence_len<S: Sequence>(&self, place: FieldPlace) -> Result<usize, ReadError> {
        fields::sequence_len::<T, S>(self, place.offset())
    }

    #[inline]
    fn element_part<S: Sequence, F: Mappable>(
        &self,
        place: FieldPlace,
        index: usize,
        part: impl FnOnce(&S::Item) -> &F,
    ) -> Result<Option<F>, ReadError> {
        let offset = place.offset();
        fields::element_part::<T, S, F>(self, &self.zeros, offset, index, part)
    }

    #[inline]
    fn range_into<S: Sequence>(
        &self,
        place: FieldPlace,
        from: usize,
        target: &mut [S::Item],
    ) -> Result<usize, ReadError> {
        fields::range_into::<T, S>(self, place.offset(), from, target)
    }

    #[inline]
    fn element<S: Sequence>(
        &self,
        place: FieldPlace,
        index: usize,
    ) -> Result<Option<S::Item>, ReadError> {
        fields::element_at::<T, S>(self, place.offset(), index)
    }

    #[inline]
    fn text_with<F: Text, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&str) -> R,
    ) -> Result<R, ReadError> {
        fields::text_with::<T, F, R>(self, place.offset(), read)
    }

    #[inline]
    fn text_into<F: Text>(&self, place: FieldPlace, target: &mut String) -> Result<(), ReadError> {
        fields::text_into::<T, F>(self, place.offset(), target)
    }

    #[inline]
    fn elements_with<S: Sequence, R>(
        &self,
        place: FieldPlace,
        read: impl FnOnce(&[S::Item]) -> R,
    ) -> Result<R, ReadError> {
        fields::elements_with::<T, S, R>(self, place.offset(), read)
    }

    #[inline]
    fn elements_into<S: Sequence>(
        &self,
        place: FieldPlace,
        target: &mut Vec<S::Item>,
    ) -> Result<(), ReadError> {
        fields::elements_into::<T, S>(self, place.offset(), target)
    }
}

impl<T: FixedRecord> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Reader");
        shown.field("record", &T::NAME).field("path", &self.core.file().path());
        shown.field("generation", &self.core.generation()).finish_non_exhaustive()
    }
}

impl<T: FixedRecord> Clone for Reader<T> {
    /// Another handle to the same mapping.
    fn clone(&self) -> Self {
        Self { core: self.core.clone(), zeros: self.zeros.clone() }
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
    let (path, generation) = (reader.core.file().path(), reader.core.generation());
    f.debug_struct(name).field("path", &path).field("generation", &generation).finish()
}
