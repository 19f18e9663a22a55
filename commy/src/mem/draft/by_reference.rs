//! Setting parts of a draft from the caller's values, which are never on the stack.
//!
//! Nobody asks what differs: who sets a megabyte has mostly changed all of it, and a comparison
//! would be one more pass over both.

use core::ops::Range;

use commy_types::{Image, Mappable};

use super::{Draft, Failed, Picker, Picking};
use crate::publish::is_copied_whole;

impl<T: Mappable> Draft<T> {
    /// Copies `values` over the elements that `elements` picks, and encodes them. All of them count as
    /// changed.
    ///
    /// # Panics
    ///
    /// When `elements` returns something that is no part of the value it was given, or another number
    /// of elements, or panics: the draft is then as it was when it was encoded last.
    pub(crate) fn assign_part<E: Mappable>(
        &mut self,
        picker: Picker,
        elements: impl FnOnce(&mut T) -> &mut [E],
        values: &[E],
    ) {
        let picking = Picking::begin(self, picker, Failed::RollsBack);
        let Self { value: own, image, touched, .. } = &mut *picking.draft;
        let (range, own) = locate_all(own.get_mut(), elements, values);
        let mut image = Image::untracked(bytemuck::cast_slice_mut(image));
        match plain_bytes(values) {
            Some(bytes) => duplicate_plain(bytes, own, range.start, &mut image),
            None => {
                duplicate(values, own);
                let places = range.clone().step_by(size_of::<E>().max(1));
                places.zip(&*own).for_each(|(at, element)| element.encode(at, &mut image));
            }
        }
        if !is_copied_whole(size_of::<T>()) {
            touched.mark(range);
        }
        picking.end();
    }

    /// The same without the encoding, for [`stage`](Self::stage).
    ///
    /// # Panics
    ///
    /// When `elements` returns something that is no part of the value it was given, or another number
    /// of elements, or panics: the draft has failed then.
    pub(crate) fn assign_part_staged<E: Mappable>(
        &mut self,
        picker: Picker,
        elements: impl FnOnce(&mut T) -> &mut [E],
        values: &[E],
    ) {
        let picking = Picking::begin(self, picker, Failed::IsNoted);
        let Self { value: own, pending, .. } = &mut *picking.draft;
        let (range, own) = locate_all(own.get_mut(), elements, values);
        duplicate(values, own);
        pending.mark(range);
        picking.end();
    }
}

/// The elements of `value` that `elements` picks, and where they are.
///
/// # Panics
///
/// When these are no part of `value`, or not as many as `values`.
#[inline]
fn locate_all<'v, T, E>(
    value: &'v mut T,
    elements: impl FnOnce(&mut T) -> &mut [E],
    values: &[E],
) -> (Range<usize>, &'v mut [E]) {
    let start = core::ptr::from_ref(value).addr();
    let elements = elements(value);
    let at = elements.as_ptr().addr().wrapping_sub(start);
    let end = at.saturating_add(size_of_val(elements));
    assert!(end <= size_of::<T>(), "the field is no part of the record");
    let (found, expected) = (values.len(), elements.len());
    assert!(found == expected, "{found} values for {expected} elements");
    (at..end, elements)
}

/// Copies `values` over as many others.
#[inline]
const fn duplicate<E: Mappable>(values: &[E], own: &mut [E]) {
    debug_assert!(values.len() == own.len());
    // SAFETY: both have as many elements (the caller has checked) and cannot overlap, as one is
    // borrowed mutably; by the contract of `Mappable` a bytewise copy is a right duplicate, and what
    // is overwritten needs no drop.
    unsafe { core::ptr::copy_nonoverlapping(values.as_ptr(), own.as_mut_ptr(), values.len()) };
}

/// So many bytes are still in the nearest cache when they are copied for the second time.
const PIECE: usize = 8192;

/// Copies the `bytes` of as many values over `own` and into `image`, piece by piece.
#[inline(never)]
fn duplicate_plain<E: Mappable>(bytes: &[u8], own: &mut [E], at: usize, image: &mut Image<'_>) {
    debug_assert!(E::PLAIN && bytes.len() == size_of_val(own));
    let len = size_of_val(own);
    // SAFETY: values that are borrowed mutably. `PLAIN` says that none of their bytes are padding, so
    // all are initialised; those that are written are the bytes of as many values, all of them, and
    // nobody looks before.
    let own = unsafe { core::slice::from_raw_parts_mut(own.as_mut_ptr().cast::<u8>(), len) };
    let places = (at..).step_by(PIECE);
    for ((own, bytes), at) in own.chunks_mut(PIECE).zip(bytes.chunks(PIECE)).zip(places) {
        own.copy_from_slice(bytes);
        image.put(at, bytes);
    }
}

/// The bytes of `values`, if they are their image.
#[inline]
const fn plain_bytes<E: Mappable>(values: &[E]) -> Option<&[u8]> {
    if !E::PLAIN {
        return None;
    }
    // SAFETY: borrowed values without interior mutability; `PLAIN` says that none of their bytes are
    // padding, so all of them are initialised.
    Some(unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) })
}
