//! Setting parts of a draft from the caller's values, which are never on the stack.
//!
//! Nobody asks what differs: who sets a megabyte has mostly changed all of it, and a comparison
//! would be one more pass over both.

use core::ops::Range;

use commy_types::{Image, Mappable};

use super::super::plain;
use super::super::within::range_within;
use super::{Behind, Draft, Failed, Picker, Picking, Plain};
use crate::publish::is_copied_whole;

/// Elements of so many bytes and more go to the slot alone, and leave value and image behind.
const LARGE_PART: usize = 64 << 10;

/// A part of a record that goes from the caller's memory to the slot.
#[derive(Debug)]
pub(crate) struct Part<'v> {
    /// The bytes of the record that are set.
    range: Range<usize>,
    /// Where the first of `bytes` goes.
    at: usize,
    /// What goes to the slot: whole words.
    bytes: &'v [u8],
}

impl<'v> Part<'v> {
    /// The bytes of the record that are set.
    pub(crate) const fn range(&self) -> &Range<usize> {
        &self.range
    }

    /// The whole words of the part, and the byte of the record that they begin at.
    pub(crate) const fn words(&self) -> (usize, &'v [u8]) {
        (self.at, self.bytes)
    }
}

impl<T: Mappable> Draft<T> {
    /// Returns whether [`pick_part`](Self::pick_part) is for such values.
    #[inline]
    pub(crate) const fn is_large_part<E: Mappable>(values: &[E]) -> bool {
        Plain::<E>::ARE_ALL && size_of_val(values) >= LARGE_PART
    }

    /// Returns whether the draft is up to date but for a part, if for that.
    #[inline]
    pub(crate) fn lacks_a_part_at_most(&self) -> bool {
        matches!(self.behind, Behind::Nothing | Behind::Part)
    }

    /// Returns whether more than `range` is behind.
    #[inline]
    pub(crate) fn lacks_more_than(&self, range: &Range<usize>) -> bool {
        self.behind == Behind::Part && (self.part.start < range.start || range.end < self.part.end)
    }

    /// Where the elements are that `elements` picks, which `values` shall be published as.
    ///
    /// # Panics
    ///
    /// As [`assign_part`](Self::assign_part).
    pub(crate) fn locate_part<E: Mappable>(
        &mut self,
        picker: Picker,
        elements: impl FnOnce(&mut T) -> &mut [E],
        values: &[E],
    ) -> Range<usize> {
        let picking = Picking::begin(self, picker, Failed::RollsBack);
        let (range, _) = locate_all(picking.draft.value.get_mut(), elements, values);
        picking.end();
        range
    }

    /// The part at `range`, which was [located](Self::locate_part) for these values. What of them shares a
    /// word with other bytes goes to the image.
    pub(crate) fn part_of<'v, E: Mappable>(
        &mut self,
        range: Range<usize>,
        values: &'v [E],
    ) -> Part<'v> {
        let bytes = plain::bytes_of(values).unwrap_or_default();
        let skipped = range.start.wrapping_neg() % 8;
        let (first, rest) = bytes.split_at(skipped.min(bytes.len()));
        let (bytes, last) = rest.split_at(rest.len() / 8 * 8);
        let mut image = Image::untracked(bytemuck::cast_slice_mut(&mut self.image));
        image.put(range.start, first);
        image.put(range.end - last.len(), last);
        Part { at: range.start + first.len(), range, bytes }
    }

    /// Says that `part` was published, and stored nowhere else.
    pub(crate) fn part_published(&mut self, part: Part<'_>) {
        self.part = part.range;
        self.behind = Behind::Part;
        self.value.fall_behind();
    }

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
        duplicate(values, own);
        match plain::bytes_of(values) {
            Some(bytes) => image.put(range.start, bytes),
            None => {
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
    let range = range_within::<T, [E]>(start, elements);
    let (found, expected) = (values.len(), elements.len());
    assert!(found == expected, "{found} values for {expected} elements");
    (range, elements)
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
