//! The accessors of texts, vectors and arrays that pass on what is in them, or take it by reference,
//! instead of a value of the field's type.

#[cfg(feature = "alloc")]
use alloc::string::String;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::slice;

use crate::access::{FieldPlace, FieldSink, FieldSource};
use crate::by_value::ByValue;
use crate::invalid::Invalid;
use crate::mappable::Mappable;
use crate::sequence::{Indexed, Sequence};
use crate::string::{FixedString, text};

/// A field that holds text: a `FixedString`, by whatever name.
pub trait Text: Mappable + sealed::Sealed {
    /// The text.
    fn text(&self) -> &str;

    /// How many bytes of a value are in use that begins with `head`.
    fn in_use(head: [u8; 8]) -> usize;

    /// The text of a value of which these are the first bytes, at least those in use.
    ///
    /// # Errors
    ///
    /// As [`Mappable::check`].
    fn text_in(bytes: &[u8]) -> Result<&str, Invalid>;

    /// The text of a value that begins with `head`, behind which these bytes are: at least those in
    /// use.
    ///
    /// # Errors
    ///
    /// As [`Mappable::check`].
    fn text_of(head: [u8; 8], bytes: &[u8]) -> Result<&str, Invalid>;
}

impl<const N: usize> Text for FixedString<N> {
    #[inline]
    fn text(&self) -> &str {
        self.as_str()
    }

    #[inline]
    fn in_use(head: [u8; 8]) -> usize {
        text::in_use(&head, N)
    }

    #[inline(always)]
    fn text_in(bytes: &[u8]) -> Result<&str, Invalid> {
        text::text_in(bytes, N)
    }

    #[inline]
    fn text_of(head: [u8; 8], bytes: &[u8]) -> Result<&str, Invalid> {
        text::text_of_value(&head, bytes, N)
    }
}

mod sealed {
    pub trait Sealed {}
    impl<const N: usize> Sealed for crate::string::FixedString<N> {}
}

/// Calls `read` with the text at `place`.
///
/// # Errors
///
/// Those of the source; `read` is not called then.
#[inline]
pub fn text_with<F: Text, S: FieldSource, R>(
    source: &S,
    place: FieldPlace,
    read: impl FnOnce(&str) -> R,
) -> Result<R, S::Error> {
    source.text_with::<F, R>(place, read)
}

/// Puts the text at `place` into `target`, whose room is used again.
///
/// # Errors
///
/// Those of the source; `target` is empty then.
#[cfg(feature = "alloc")]
#[inline]
pub fn text_into<F: Text, S: FieldSource>(
    source: &S,
    place: FieldPlace,
    target: &mut String,
) -> Result<(), S::Error> {
    source.text_into::<F>(place, target)
}

/// One element of the sequence at `place`; `None` when there are fewer.
///
/// # Errors
///
/// Those of the source.
#[inline]
pub fn element_at<F: Indexed, S: FieldSource>(
    source: &S,
    place: FieldPlace,
    index: usize,
) -> Result<Option<F::Item>, S::Error> {
    let () = ByValue::<F::Item, S>::ELEMENT;
    source.element::<F>(place, index)
}

/// The part that `part` picks of one element of the sequence at `place`; `None` when there are fewer.
///
/// # Errors
///
/// Those of the source.
#[inline]
pub fn element_part<F: Indexed, S: FieldSource, P: Mappable>(
    source: &S,
    place: FieldPlace,
    index: usize,
    part: impl FnOnce(&F::Item) -> &P,
) -> Result<Option<P>, S::Error> {
    let () = ByValue::<P, S>::ELEMENT;
    source.element_part::<F, P>(place, index, part)
}

/// Puts a copy of `value` in the place of the part of the record that `field` picks.
#[inline]
pub fn set_from<F: Mappable, S: FieldSink>(
    sink: &mut S,
    field: impl FnOnce(&mut S::Record) -> &mut F,
    value: &F,
) {
    sink.assign(|record| slice::from_mut(field(record)), slice::from_ref(value));
}

/// Puts copies of `values` in the place of as many elements of the sequence that `field` picks, from
/// number `from` on.
///
/// # Panics
///
/// When there are fewer.
#[inline]
pub fn set_range<F: Sequence, S: FieldSink>(
    sink: &mut S,
    field: impl FnOnce(&mut S::Record) -> &mut F,
    from: usize,
    values: &[F::Item],
) {
    sink.assign(|record| range_of(field(record), from, values.len()), values);
}

/// So many elements of `sequence`, from number `from` on.
///
/// # Panics
///
/// When there are fewer.
#[inline]
pub fn range_of<F: Sequence>(sequence: &mut F, from: usize, count: usize) -> &mut [F::Item] {
    #[allow(clippy::indexing_slicing, reason = "documented panic, in the words of a slice")]
    &mut sequence.elements_mut()[from..][..count]
}

/// Calls `read` with the elements at `place`.
///
/// # Errors
///
/// Those of the source; `read` is not called then.
#[inline]
pub fn elements_with<F: Sequence, S: FieldSource, R>(
    source: &S,
    place: FieldPlace,
    read: impl FnOnce(&[F::Item]) -> R,
) -> Result<R, S::Error> {
    source.elements_with::<F, R>(place, read)
}

/// Puts the elements at `place` into `target`, whose room is used again.
///
/// # Errors
///
/// Those of the source; `target` is empty then.
#[cfg(feature = "alloc")]
#[inline]
pub fn elements_into<F: Sequence, S: FieldSource>(
    source: &S,
    place: FieldPlace,
    target: &mut Vec<F::Item>,
) -> Result<(), S::Error> {
    source.elements_into::<F>(place, target)
}
