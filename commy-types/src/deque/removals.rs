//! The methods of [`FixedDeque`] that remove elements.

use core::ops::RangeBounds;

use super::cells::CellsMut;
use super::{Drain, FixedDeque};
use crate::length;
use crate::mappable::Mappable;

impl<T: Mappable, const N: usize> FixedDeque<T, N> {
    /// Removes all elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.clear();
    /// assert_eq!(deque, []);
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Keeps the first `new_len` elements; a length beyond the deque changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.truncate(1);
    /// assert_eq!(deque, [1]);
    /// ```
    #[inline]
    pub fn truncate(&mut self, new_len: usize) {
        self.edit().truncate(new_len);
    }

    /// Removes the element at `index`, moves those of the nearer end and returns it; `None` when there
    /// is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!((deque.remove(1), deque.remove(5)), (Some(2), None));
    /// assert_eq!(deque, [1, 3]);
    /// ```
    #[inline]
    pub fn remove(&mut self, index: usize) -> Option<T> {
        self.edit().take(index)
    }

    /// Removes the element at `index`, puts the last one in its place and returns it; `None` when there
    /// is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3, 4]);
    /// assert_eq!(deque.swap_remove_back(0), Some(1));
    /// assert_eq!(deque.swap_remove_front(2), Some(3));
    /// assert_eq!(deque, [2, 4]);
    /// ```
    #[inline]
    pub fn swap_remove_back(&mut self, index: usize) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        if index > last {
            return None;
        }
        self.edit().swap(index, last);
        self.pop_back()
    }

    /// Removes the element at `index`, puts the first one in its place and returns it; `None` when there
    /// is none.
    ///
    /// # Examples
    ///
    /// See [`swap_remove_back`](Self::swap_remove_back).
    #[inline]
    pub fn swap_remove_front(&mut self, index: usize) -> Option<T> {
        if index >= self.len() {
            return None;
        }
        self.edit().swap(index, 0);
        self.pop_front()
    }

    /// Removes a range of elements and returns them one by one.
    ///
    /// The range is gone when the iterator is dropped, read or not; if it is leaked, the deque stays as
    /// it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// assert!(deque.drain(..2).eq([1, 2]));
    /// assert_eq!(deque, [3]);
    /// ```
    ///
    /// # Panics
    ///
    /// When an end of the range is above the length.
    #[inline]
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T> {
        let range = length::resolve_within(self.len(), range);
        Drain::new(self.edit(), range)
    }

    /// Keeps the elements for which `keep` returns true.
    ///
    /// When it panics, those it was not asked about stay.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.retain(|number| *number != 2);
    /// assert_eq!(deque, [1, 3]);
    /// ```
    #[inline]
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|element| keep(element));
    }

    /// Keeps the elements for which `keep` returns true, which may change them.
    ///
    /// When it panics, those it was not asked about stay.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.retain_mut(|number| {
    ///     *number *= 10;
    ///     *number != 20
    /// });
    /// assert_eq!(deque, [10, 30]);
    /// ```
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        let mut pass = Pass { deque: self.edit(), kept: 0, read: 0 };
        while let Some(element) = pass.deque.get_mut(pass.read) {
            let keeps = keep(element);
            if keeps {
                pass.deque.swap(pass.kept, pass.read);
                pass.kept += 1;
            }
            pass.read += 1;
        }
    }
}

/// How far a pass is that keeps some elements: those before `kept` stay, those from there to `read` go.
///
/// The deque keeps its length until the drop.
struct Pass<'a, T: Mappable> {
    deque: CellsMut<'a, T>,
    kept: usize,
    read: usize,
}

impl<T: Mappable> Drop for Pass<'_, T> {
    fn drop(&mut self) {
        self.deque.remove(self.kept..self.read);
    }
}
