//! What a source of loads is to the code that reads fields.

/// Makes `$source` of a record `T`, which loads and has its zeros, a source of that record's fields.
///
/// One text for all of them: an implementation for whatever loads would be one of a foreign trait. The names
/// in it are those of whoever calls it.
macro_rules! field_source {
    ($source:ty) => {
        impl<T: FixedRecord> FieldSource for $source {
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
            fn field_into<F: Mappable>(
                &self,
                place: FieldPlace,
                target: &mut F,
            ) -> Result<(), ReadError> {
                fields::field_into::<T, F>(self, place.offset(), target)
            }

            #[inline]
            fn pod_field<F: bytemuck::Pod>(&self, place: FieldPlace) -> Result<F, ReadError> {
                fields::pod_field::<T, F>(self, place.offset())
            }

            #[inline]
            fn sequence_len<S: Indexed>(&self, place: FieldPlace) -> Result<usize, ReadError> {
                fields::sequence_len::<T, S>(self, place.offset())
            }

            #[inline]
            fn element_part<S: Indexed, F: Mappable>(
                &self,
                place: FieldPlace,
                index: usize,
                part: impl FnOnce(&S::Item) -> &F,
            ) -> Result<Option<F>, ReadError> {
                let (offset, zeros) = (place.offset(), self.zeros());
                fields::element_part::<T, S, F>(self, zeros, offset, index, part)
            }

            #[inline]
            fn range_into<S: Indexed>(
                &self,
                place: FieldPlace,
                from: usize,
                target: &mut [S::Item],
            ) -> Result<usize, ReadError> {
                fields::range_into::<T, S>(self, place.offset(), from, target)
            }

            #[inline]
            fn last_into<S: Indexed>(
                &self,
                place: FieldPlace,
                target: &mut [S::Item],
            ) -> Result<usize, ReadError> {
                fields::last_into::<T, S>(self, place.offset(), target)
            }

            #[inline]
            fn element<S: Indexed>(
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
            fn text_into<F: Text>(
                &self,
                place: FieldPlace,
                target: &mut String,
            ) -> Result<(), ReadError> {
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
    };
}

pub(crate) use field_source;
