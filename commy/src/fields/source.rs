//! What a source of loads is to the code that reads fields.

/// Makes `$source` of a record `T`, which loads and has its zeros, a source of that record's fields.
///
/// It also says by `at_once` how several loads are of one generation.
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
            fn key_count<S: Keyed>(&self, place: FieldPlace) -> Result<usize, ReadError> {
                fields::key_count::<T, S>(self, place.offset())
            }

            #[inline]
            fn key_at<S: Keyed>(
                &self,
                place: FieldPlace,
                index: Nth,
            ) -> Result<Option<S::Key>, ReadError> {
                self.at_once(|once| fields::key_at::<T, S>(once, place.offset(), index))
            }

            #[inline]
            fn entry_at<S: KeyedValues>(
                &self,
                place: FieldPlace,
                index: Nth,
            ) -> Result<Option<EntryOf<S>>, ReadError> {
                self.at_once(|once| fields::entry_at::<T, S>(once, place.offset(), index))
            }

            #[inline]
            fn contains_key<S: Keyed, Q>(
                &self,
                place: FieldPlace,
                key: &Q,
            ) -> Result<bool, ReadError>
            where
                S::Key: Borrow<Q>,
                Q: Ord + ?Sized,
            {
                self.at_once(|once| fields::contains_key::<T, S, Q>(once, place.offset(), key))
            }

            #[inline]
            fn value_of<S: KeyedValues, Q>(
                &self,
                place: FieldPlace,
                key: &Q,
            ) -> Result<Option<S::Value>, ReadError>
            where
                S::Key: Borrow<Q>,
                Q: Ord + ?Sized,
            {
                self.at_once(|once| fields::value_of::<T, S, Q>(once, place.offset(), key))
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
