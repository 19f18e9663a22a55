//! The methods of [`FixedDeque`] that make it and look at it.

use core::ops::RangeBounds;

use super::{FixedDeque, Iter, IterMut, Ring, cells};
use crate::capacity::CapacityError;
use crate::length;
use crate::mappable::Mappable;
use crate::raw;

impl<T, const N: usize> FixedDeque<T, N> {
    /// The most elements.
    pub const CAPACITY: usize = N;

    /// That head and length fit into four bytes each.
    pub(super) const HAS_FEW_CELLS: () =
        assert!(N as u64 <= u32::MAX as u64, "a deque has at most 4294967295 cells");

    /// Returns the most elements it can hold.
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Returns how many elements there are.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]).len(), 3);
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ring().len()
    }

    /// Returns whether there is no element.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether no element can be added but over the oldest.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert!(commy::FixedDeque::<u32, 2>::literal(&[1, 2]).is_full());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Returns how many elements can be added.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]).remaining_capacity(), 5);
    /// ```
    #[inline]
    #[must_use]
    pub const fn remaining_capacity(&self) -> usize {
        N - self.len()
    }

    /// Which cells are in use.
    #[inline]
    pub(crate) const fn ring(&self) -> Ring {
        Ring::of(self.ends, N)
    }

    /// Returns the element at `index`, or `None` when there are fewer; 0 is the oldest.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!((deque.get(0), deque.get(3)), (Some(&1), None));
    /// ```
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let ring = self.ring();
        if index < ring.len() { self.data.get(ring.cell(index)) } else { None }
    }

    /// Returns the element at `index`, to be changed in place, or `None` when there are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// *deque.get_mut(1).unwrap() = 9;
    /// assert_eq!(deque, [1, 9, 3]);
    /// ```
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let ring = self.ring();
        if index < ring.len() { self.data.get_mut(ring.cell(index)) } else { None }
    }

    /// Returns the first element: the oldest one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!((deque.front(), deque.back()), (Some(&1), Some(&3)));
    /// ```
    #[inline]
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }

    /// Returns the first element, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// *deque.front_mut().unwrap() += 10;
    /// *deque.back_mut().unwrap() += 20;
    /// assert_eq!(deque, [11, 2, 23]);
    /// ```
    #[inline]
    #[must_use]
    pub fn front_mut(&mut self) -> Option<&mut T> {
        self.get_mut(0)
    }

    /// Returns the last element: the newest one.
    ///
    /// # Examples
    ///
    /// See [`front`](Self::front).
    #[inline]
    #[must_use]
    pub fn back(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Returns the last element, to be changed in place.
    ///
    /// # Examples
    ///
    /// See [`front_mut`](Self::front_mut).
    #[inline]
    #[must_use]
    pub fn back_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len().checked_sub(1)?)
    }

    /// Returns the elements as two slices, of which the first has the older ones.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 3>::literal(&[1, 2, 3]);
    /// deque.push_over(4);
    /// assert_eq!(deque.as_slices(), (&[2, 3][..], &[4][..]));
    /// ```
    #[inline]
    #[must_use]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        cells::slices(self.ring(), &self.data)
    }

    /// Returns the elements as two slices, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 3>::literal(&[1, 2, 3]);
    /// deque.push_over(4);
    /// deque.as_mut_slices().1[0] = 9;
    /// assert_eq!(deque, [2, 3, 9]);
    /// ```
    #[inline]
    #[must_use]
    pub fn as_mut_slices(&mut self) -> (&mut [T], &mut [T]) {
        cells::slices_mut(self.ring(), &mut self.data)
    }

    /// Returns an iterator over the elements, the oldest first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<u32, 3>::literal(&[1, 2, 3]);
    /// assert_eq!(deque.iter().rev().copied().collect::<Vec<_>>(), [3, 2, 1]);
    /// ```
    #[inline]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self.as_slices())
    }

    /// Returns an iterator over the elements, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 3>::literal(&[1, 2, 3]);
    /// deque.iter_mut().for_each(|number| *number *= 2);
    /// assert_eq!(deque, [2, 4, 6]);
    /// ```
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut::new(self.as_mut_slices())
    }

    /// Returns an iterator over a range of the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// assert!(deque.range(1..).eq(&[2, 3]));
    /// ```
    ///
    /// # Panics
    ///
    /// When an end of the range is above the length.
    #[inline]
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Iter<'_, T> {
        let ring = self.ring();
        let range = length::resolve_within(ring.len(), range);
        Iter::new(cells::slices(ring.part(range), &self.data))
    }

    /// Returns an iterator over a range of the elements, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.range_mut(..2).for_each(|number| *number = 0);
    /// assert_eq!(deque, [0, 0, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// When an end of the range is above the length.
    #[inline]
    #[track_caller]
    pub fn range_mut(&mut self, range: impl RangeBounds<usize>) -> IterMut<'_, T> {
        let ring = self.ring();
        let range = length::resolve_within(ring.len(), range);
        IterMut::new(cells::slices_mut(ring.part(range), &mut self.data))
    }

    /// Returns an iterator over the last `count` elements, the oldest of them first; over all when there
    /// are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// assert!(deque.last(2).eq(&[2, 3]));
    /// assert_eq!(deque.last(9).len(), 3);
    /// ```
    #[inline]
    pub fn last(&self, count: usize) -> Iter<'_, T> {
        self.range(self.len().saturating_sub(count)..)
    }

    /// Returns whether an element equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert!(commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]).contains(&2));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        let (first, second) = self.as_slices();
        first.contains(value) || second.contains(value)
    }
}

#[cfg(feature = "alloc")]
impl<T: Mappable, const N: usize> FixedDeque<T, N> {
    /// Moves the elements into a `Vec`, the oldest first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// # #[cfg(feature = "alloc")]
    /// assert_eq!(commy::FixedDeque::<u32, 8>::literal(&[1, 2]).into_vec(), vec![1, 2]);
    /// ```
    #[inline]
    #[must_use]
    pub fn into_vec(self) -> alloc::vec::Vec<T> {
        self.into_iter().collect()
    }
}

impl<T: Mappable, const N: usize> FixedDeque<T, N> {
    /// Makes an empty deque; all of its bytes are zero.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert!(commy::FixedDeque::<u32, 8>::new().is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        let () = Self::HAS_FEW_CELLS;
        Self { ends: [0; 8], data: raw::zeroed() }
    }

    /// Makes a deque of copies of `values`, also in constants.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedDeque;
    ///
    /// const START: FixedDeque<u32, 8> = FixedDeque::literal(&[1, 2]);
    /// assert_eq!(START, [1, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// When there are more values than the capacity; in a constant that is an error at compile time.
    #[inline]
    #[must_use]
    #[track_caller]
    pub const fn literal(values: &[T]) -> Self {
        assert!(values.len() <= N, "there are more values than the capacity");
        let mut deque = Self::new();
        raw::duplicate(values, &mut deque.data);
        // The head is 0.
        deque.ends = ((values.len() as u64) << 32).to_le_bytes();
        deque
    }

    /// Makes a deque of what an iterator returns.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedDeque;
    ///
    /// assert_eq!(FixedDeque::<u32, 8>::try_from_iter(1..4)?, [1, 2, 3]);
    /// assert!(FixedDeque::<u32, 8>::try_from_iter(0..).is_err());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`], which counts up to the first value that does not fit.
    pub fn try_from_iter<I>(values: I) -> Result<Self, CapacityError>
    where
        I: IntoIterator<Item = T>,
    {
        let mut deque = Self::new();
        deque.try_extend(values)?;
        Ok(deque)
    }

    /// Both numbers and all cells.
    #[cfg(feature = "zeroize")]
    pub(crate) fn parts_mut(&mut self) -> (&mut length::Prefix, &mut [T]) {
        (&mut self.ends, &mut self.data)
    }

    /// To edit it.
    #[inline]
    pub(super) const fn edit(&mut self) -> cells::CellsMut<'_, T> {
        cells::CellsMut { ends: &mut self.ends, data: &mut self.data }
    }
}
