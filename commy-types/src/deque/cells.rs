//! What deques do, over a borrowed prefix and borrowed cells of any capacity.
//!
//! A cell always holds a valid value, used or not, so elements move by swapping and no panic can leave
//! a hole. A cell that falls out of use becomes the all-zero value, and the deque never gets shorter
//! without that.

use core::mem;
use core::ops::Range;

use super::ring::Ring;
use crate::capacity::CapacityError;
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::length::Prefix;
use crate::mappable::Mappable;
use crate::primitives::{check_elements, encode_elements};
use crate::raw;

/// The elements in use, as the two slices that they lie in.
#[inline]
pub(super) fn slices<T>(ring: Ring, data: &[T]) -> (&[T], &[T]) {
    let [first, second] = ring.ranges();
    (data.get(first).unwrap_or_default(), data.get(second).unwrap_or_default())
}

/// The same, to be changed in place.
#[inline]
pub(super) fn slices_mut<T>(ring: Ring, data: &mut [T]) -> (&mut [T], &mut [T]) {
    let [first, second] = ring.ranges();
    let is_around = !second.is_empty();
    let (low, high) = data.split_at_mut(first.start);
    let first = high.get_mut(..first.end - first.start).unwrap_or_default();
    // Behind the head the ring has no second part.
    let second = if is_around { low.get_mut(second).unwrap_or_default() } else { &mut [] };
    (first, second)
}

/// Checks the bytes of a deque from a file, whose cells start at byte `at`.
#[inline]
pub(super) fn check<T: Mappable>(bytes: &[u8], at: usize, capacity: usize) -> Result<(), Invalid> {
    let missing = Invalid::new(0, InvalidReason::Missing { size: at + capacity * size_of::<T>() });
    let Some(prefix) = bytes.first_chunk() else { return Err(missing) };
    let ring = Ring::checked(*prefix, capacity)?;
    if !T::NEEDS_CHECK {
        return Ok(());
    }
    let data = bytes.get(at..).ok_or(missing)?;
    let bytes_of = |cells: &Range<usize>| cells.start * size_of::<T>()..cells.end * size_of::<T>();
    for cells in ring.ranges() {
        let range = bytes_of(&cells);
        let place = data.get(range.clone()).ok_or(missing)?;
        check_elements::<T>(place, cells.len())
            .map_err(|invalid| invalid.shifted(at + range.start))?;
    }
    // Unused cells are values too: zero is the one pattern known to be valid.
    for cells in ring.rest().ranges() {
        let range = bytes_of(&cells);
        if data.get(range.clone()).ok_or(missing)?.iter().any(|byte| *byte != 0) {
            return Err(Invalid::new(at + range.start, InvalidReason::Tail));
        }
    }
    Ok(())
}

/// Writes the deque at `at`, its cells `data_offset` bytes later, touching nothing beyond the old and
/// the new elements; of the old ones those that `image` wants, and all new ones.
#[inline]
pub(super) fn encode<T: Mappable>(
    (ring, data): (Ring, &[T]),
    data_offset: usize,
    at: usize,
    image: &mut Image<'_>,
) {
    let old = Ring::of(image.length(at).to_le_bytes(), data.len());
    image.put(at, &ring.prefix());
    let cells = |cells: &Range<usize>| data.get(cells.clone()).unwrap_or_default();
    let place = |cell: usize| at + data_offset + cell * size_of::<T>();
    if image.window().is_none() {
        for range in ring.ranges() {
            encode_elements(cells(&range), place(range.start), image);
        }
    } else {
        for range in ring.common(old) {
            encode_elements(cells(&range), place(range.start), image);
        }
        for range in ring.common(old.rest()) {
            encode_elements(cells(&range), place(range.start), &mut image.whole());
        }
    }
    for range in old.common(ring.rest()) {
        image.clear(place(range.start)..place(range.end));
    }
}

/// A deque that is being edited.
pub(super) struct CellsMut<'a, T> {
    pub(super) ends: &'a mut Prefix,
    pub(super) data: &'a mut [T],
}

impl<T: Mappable> CellsMut<'_, T> {
    /// Which cells are in use.
    #[inline]
    pub(super) const fn ring(&self) -> Ring {
        Ring::of(*self.ends, self.data.len())
    }

    /// How many elements there are.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.ring().len()
    }

    /// Says which cells are in use; they keep what they hold.
    #[inline]
    const fn set(&mut self, ring: Ring) {
        *self.ends = ring.prefix();
    }

    /// The element at `index`, if there is one.
    #[inline]
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let ring = self.ring();
        if index < ring.len() { self.data.get_mut(ring.cell(index)) } else { None }
    }

    /// A copy of the element at `index`, if there is one.
    #[inline]
    pub(super) fn copy_of(&self, index: usize) -> Option<T> {
        let ring = self.ring();
        if index < ring.len() { self.data.get(ring.cell(index)).map(raw::copy_of) } else { None }
    }

    /// The error of so many elements more, if they do not fit.
    #[inline]
    pub(super) const fn expect_room(&self, more: usize) -> Result<(), CapacityError> {
        let (needed, capacity) = (self.len().saturating_add(more), self.data.len());
        if needed > capacity { Err(CapacityError { needed, capacity }) } else { Ok(()) }
    }

    /// Adds an element at the end.
    #[inline]
    pub(super) fn push_back(&mut self, value: T) -> Result<(), CapacityError> {
        self.expect_room(1)?;
        let ring = self.ring();
        if let Some(cell) = self.data.get_mut(ring.cell(ring.len())) {
            *cell = value;
            self.set(ring.with_len(ring.len() + 1));
        }
        Ok(())
    }

    /// Adds an element in front of the first one.
    #[inline]
    pub(super) fn push_front(&mut self, value: T) -> Result<(), CapacityError> {
        self.expect_room(1)?;
        let ring = self.ring();
        let before = ring.cell_before();
        if let Some(cell) = self.data.get_mut(before) {
            *cell = value;
            self.set(ring.starting_at(before, ring.len() + 1));
        }
        Ok(())
    }

    /// Adds an element at the end; returns what it has put out of its place: the first one if all cells
    /// are in use, or the value itself if there are none.
    #[inline]
    pub(super) fn push_over(&mut self, value: T) -> Option<T> {
        let ring = self.ring();
        if ring.len() < self.data.len() {
            let _fits = self.push_back(value);
            return None;
        }
        let Some(first) = self.data.get_mut(ring.cell(0)) else { return Some(value) };
        let oldest = mem::replace(first, value);
        self.set(ring.starting_at(ring.cell(1), ring.len()));
        Some(oldest)
    }

    /// Takes the last element.
    #[inline]
    pub(super) fn pop_back(&mut self) -> Option<T> {
        let ring = self.ring();
        let last = self.get_mut(ring.len().checked_sub(1)?)?;
        let value = mem::replace(last, raw::zeroed());
        self.set(ring.with_len(ring.len() - 1));
        Some(value)
    }

    /// Takes the first element.
    #[inline]
    pub(super) fn pop_front(&mut self) -> Option<T> {
        let ring = self.ring();
        let value = mem::replace(self.get_mut(0)?, raw::zeroed());
        self.set(ring.part(1..ring.len()));
        Some(value)
    }

    /// Swaps two elements.
    #[inline]
    pub(super) fn swap(&mut self, one: usize, other: usize) {
        let ring = self.ring();
        if one != other && one < ring.len() && other < ring.len() {
            self.data.swap(ring.cell(one), ring.cell(other));
        }
    }

    /// Makes what is in these cells zero.
    fn blank(&mut self, cells: impl IntoIterator<Item = Range<usize>>) {
        for range in cells {
            self.data.get_mut(range).unwrap_or_default().fill_with(raw::zeroed);
        }
    }

    /// Ends the deque at `end`; what was used beyond becomes zero.
    #[inline]
    pub(super) fn truncate(&mut self, end: usize) {
        let ring = self.ring();
        if end < ring.len() {
            self.blank(ring.part(end..ring.len()).ranges());
            self.set(ring.with_len(end));
        }
    }

    /// Takes the elements of `range`, which lies in the deque, out of it.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        let ring = self.ring();
        let (start, end, len) = (range.start, range.end.min(ring.len()), ring.len());
        if start >= end {
            return;
        }
        if start == 0 {
            self.blank(ring.part(0..end).ranges());
            self.set(ring.part(end..len));
            return;
        }
        (end..len).for_each(|index| self.swap(start + (index - end), index));
        self.truncate(len - (end - start));
    }

    /// Moves the first `count` elements to the end, or the others to the front; `count` is at most the
    /// length.
    pub(super) fn rotate_left(&mut self, count: usize) {
        let ring = self.ring();
        if ring.len() == self.data.len() && !ring.is_empty() {
            // Without a free cell between them, the ends are all that moves.
            self.set(ring.starting_at(ring.cell(count), ring.len()));
        } else if count <= ring.len() - count {
            (0..count).for_each(|_| self.front_to_back());
        } else {
            (count..ring.len()).for_each(|_| self.back_to_front());
        }
    }

    /// Moves the first element behind the last one, into a free cell.
    #[inline]
    fn front_to_back(&mut self) {
        let ring = self.ring();
        self.data.swap(ring.cell(0), ring.cell(ring.len()));
        self.set(ring.starting_at(ring.cell(1), ring.len()));
    }

    /// Moves the last element in front of the first one, into a free cell.
    #[inline]
    fn back_to_front(&mut self) {
        let ring = self.ring();
        let before = ring.cell_before();
        self.data.swap(ring.cell(ring.len() - 1), before);
        self.set(ring.starting_at(before, ring.len()));
    }

    /// Moves the elements so that they lie one behind the other.
    pub(super) fn make_contiguous(&mut self) {
        let ring = self.ring();
        let [_, second] = ring.ranges();
        if !second.is_empty() {
            self.data.rotate_left(ring.cell(0));
            self.set(ring.starting_at(0, ring.len()));
        }
    }

    /// Makes `values` the elements.
    #[inline]
    pub(super) fn assign(&mut self, values: &[T]) -> Result<(), CapacityError> {
        let (needed, capacity) = (values.len(), self.data.len());
        let place = self.data.get_mut(..needed).ok_or(CapacityError { needed, capacity })?;
        raw::duplicate(values, place);
        let old = self.ring();
        let new = old.starting_at(0, needed);
        self.blank(old.common(new.rest()));
        self.set(new);
        Ok(())
    }

    /// Adds copies of `values` at the end.
    #[inline]
    pub(super) fn extend_from_slice(&mut self, values: &[T]) -> Result<(), CapacityError> {
        self.expect_room(values.len())?;
        let ring = self.ring();
        let longer = ring.with_len(ring.len() + values.len());
        let (first, second) = slices_mut(longer.part(ring.len()..longer.len()), self.data);
        let (to_first, to_second) = values.split_at(first.len());
        raw::duplicate(to_first, first);
        raw::duplicate(to_second, second);
        self.set(longer);
        Ok(())
    }

    /// Puts `value`, for which there is room, in front of element `index`, which is at most the length:
    /// moves those of the nearer end.
    pub(super) fn insert(&mut self, index: usize, value: T) -> Result<(), CapacityError> {
        let len = self.len();
        if index < len / 2 {
            self.push_front(value)?;
            (0..index).for_each(|at| self.swap(at, at + 1));
        } else {
            self.push_back(value)?;
            (index..len).rev().for_each(|at| self.swap(at, at + 1));
        }
        Ok(())
    }

    /// Takes the element at `index` out of the deque: moves those of the nearer end.
    pub(super) fn take(&mut self, index: usize) -> Option<T> {
        let len = self.len();
        if index >= len {
            return None;
        }
        if index < len / 2 {
            (0..index).rev().for_each(|at| self.swap(at, at + 1));
            return self.pop_front();
        }
        (index + 1..len).for_each(|at| self.swap(at - 1, at));
        self.pop_back()
    }
}
