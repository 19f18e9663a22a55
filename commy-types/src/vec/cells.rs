//! What vectors do, over a borrowed prefix and borrowed cells of any capacity.
//!
//! A cell always holds a valid value, used or not, so elements move by swapping and rotating and
//! no panic can leave a hole. A cell that falls out of use becomes the all-zero value.
//!
//! What leaves a container leaves no byte behind, and the length never shrinks without that. An
//! iterator that removes keeps the length until its drop and hands out copies, so that a leaked one
//! hides nothing behind the end.

use core::ops::Range;

use crate::capacity::CapacityError;
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::length::{self, Prefix};
use crate::mappable::Mappable;
use crate::primitives::{check_elements, encode_used};
use crate::raw;

/// The used elements.
#[inline]
pub(super) const fn used<'a, T>(len: &Prefix, data: &'a [T]) -> &'a [T] {
    data.split_at(length::used(len, data.len())).0
}

/// The used elements, to be changed in place.
#[inline]
pub(super) const fn used_mut<'a, T>(len: &Prefix, data: &'a mut [T]) -> &'a mut [T] {
    data.split_at_mut(length::used(len, data.len())).0
}

/// Copies `values` to the start of `data`; too many panic, at compile time if it can.
#[inline]
pub(super) const fn fill<T: Mappable>(data: &mut [T], values: &[T]) {
    assert!(values.len() <= data.len(), "there are more values than the capacity");
    raw::duplicate(values, data);
}

/// Checks the bytes of a vector from a file, whose elements start at byte `at`.
#[inline]
pub(super) fn check<T: Mappable>(bytes: &[u8], at: usize, capacity: usize) -> Result<(), Invalid> {
    let missing = Invalid::new(0, InvalidReason::Missing { size: at + capacity * size_of::<T>() });
    let Some(len) = bytes.first_chunk() else { return Err(missing) };
    let found = u64::from_le_bytes(*len);
    if found > capacity as u64 {
        return Err(Invalid::new(0, InvalidReason::Length { found, capacity }));
    }
    if !T::NEEDS_CHECK {
        return Ok(());
    }
    let data = bytes.get(at..).ok_or(missing)?;
    let count = length::used(len, capacity);
    check_elements::<T>(data, count).map_err(|invalid| invalid.shifted(at))?;
    let end = count * size_of::<T>();
    // Unused cells are values too: zero is the one pattern known to be valid.
    match data.get(end..) {
        Some(tail) if tail.iter().all(|byte| *byte == 0) => Ok(()),
        Some(_) => Err(Invalid::new(at + end, InvalidReason::Tail)),
        None => Err(missing),
    }
}

/// Writes the vector at `at`, its elements `data_offset` bytes later, touching nothing beyond
/// the old and the new elements; of the old ones those that `image` wants, and all new ones.
#[inline]
pub(super) fn encode<T: Mappable>(
    (len, data): (&Prefix, &[T]),
    data_offset: usize,
    at: usize,
    image: &mut Image<'_>,
) {
    let elements = used(len, data);
    let old = length::used(&image.length(at).to_le_bytes(), data.len());
    image.put(at, &length::prefix(elements.len()));
    encode_used(elements, old, at + data_offset, image);
}

/// A vector that is being edited.
pub(super) struct CellsMut<'a, T> {
    pub(super) len: &'a mut Prefix,
    pub(super) data: &'a mut [T],
}

impl<T: Mappable> CellsMut<'_, T> {
    /// How many elements are in use.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        length::used(self.len, self.data.len())
    }

    /// The used elements.
    #[inline]
    pub(super) const fn used(&mut self) -> &mut [T] {
        used_mut(self.len, self.data)
    }

    /// Says how many elements are in use; the cells keep what they hold.
    #[inline]
    pub(super) const fn set_len(&mut self, len: usize) {
        *self.len = length::prefix(len);
    }

    /// Ends the vector at `end`; what was used beyond becomes zero.
    #[inline]
    pub(super) fn truncate(&mut self, end: usize) {
        if let Some(removed) = self.used().get_mut(end..) {
            removed.fill_with(raw::zeroed);
            self.set_len(end);
        }
    }

    /// Makes room for `more` elements after the last one.
    #[inline]
    pub(super) fn room(&mut self, more: usize) -> Result<&mut [T], CapacityError> {
        let len = self.len();
        let (needed, capacity) = (len.saturating_add(more), self.data.len());
        let room = self.data.get_mut(len..needed).ok_or(CapacityError { needed, capacity })?;
        *self.len = length::prefix(needed);
        Ok(room)
    }

    /// Makes `values` the elements.
    #[inline]
    pub(super) fn assign(&mut self, values: &[T]) -> Result<(), CapacityError> {
        let (needed, capacity) = (values.len(), self.data.len());
        let place = self.data.get_mut(..needed).ok_or(CapacityError { needed, capacity })?;
        raw::duplicate(values, place);
        if needed < self.len() {
            self.truncate(needed);
        }
        self.set_len(needed);
        Ok(())
    }

    /// Adds an element at the end.
    #[inline]
    pub(super) fn push(&mut self, value: T) -> Result<(), CapacityError> {
        let room = self.room(1)?;
        if let [cell] = room {
            *cell = value;
        }
        Ok(())
    }

    /// Takes the last element.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        let last = self.used().last_mut()?;
        let value = core::mem::replace(last, raw::zeroed());
        self.set_len(self.len() - 1);
        Some(value)
    }

    /// Adds copies of `values` at the end.
    #[inline]
    pub(super) fn extend_from_slice(&mut self, values: &[T]) -> Result<(), CapacityError> {
        raw::duplicate(values, self.room(values.len())?);
        Ok(())
    }

    /// Adds copies of the elements of `range`, which lies in the vector, at the end.
    pub(super) fn extend_from_within(&mut self, range: Range<usize>) -> Result<(), CapacityError> {
        let len = self.len();
        self.room(range.len())?;
        let (from, to) = self.data.split_at_mut(len);
        raw::duplicate(from.get(range).unwrap_or_default(), to);
        Ok(())
    }

    /// Puts copies of `with` in place of the elements of `range`, which lies in the vector.
    pub(super) fn splice(&mut self, range: Range<usize>, with: &[T]) -> Result<(), CapacityError> {
        let added = with.len().saturating_sub(range.len());
        let removed = range.len().saturating_sub(with.len());
        self.room(added)?;
        if let Some(after) = self.used().get_mut(range.start..) {
            if added > 0 {
                after.rotate_right(added);
            } else {
                after.rotate_left(removed);
            }
            raw::duplicate(with, after);
        }
        self.truncate(self.len() - removed);
        Ok(())
    }

    /// Takes the elements of `range`, which lies in the vector, out of it.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        let removed = range.len();
        if let Some(after) = self.used().get_mut(range.start..) {
            after.rotate_left(removed);
        }
        self.truncate(self.len() - removed);
    }
}
