//! The traits that [`FixedDeque`] shares with `VecDeque`.

use core::fmt;
use core::ops::{Index, IndexMut};

use super::{FixedDeque, IntoIter, Iter, IterMut};
use crate::mappable::Mappable;
use crate::raw;

impl<T: Mappable, const N: usize> Default for FixedDeque<T, N> {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Mappable, const N: usize> Clone for FixedDeque<T, N> {
    /// Copies the bytes, so that each element stays in its cell; by the contract of `Mappable` that
    /// duplicates them.
    #[inline]
    fn clone(&self) -> Self {
        Self { ends: self.ends, data: raw::copy_of(&self.data) }
    }
}

impl<T: Mappable + Copy, const N: usize> Copy for FixedDeque<T, N> {}

impl<T, const N: usize> Index<usize> for FixedDeque<T, N> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        let len = self.len();
        match self.get(index) {
            Some(element) => element,
            None => panic!("index out of bounds: the len is {len} but the index is {index}"),
        }
    }
}

impl<T, const N: usize> IndexMut<usize> for FixedDeque<T, N> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len();
        match self.get_mut(index) {
            Some(element) => element,
            None => panic!("index out of bounds: the len is {len} but the index is {index}"),
        }
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Debug for FixedDeque<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: Mappable, const N: usize> IntoIterator for FixedDeque<T, N> {
    type Item = T;
    type IntoIter = IntoIter<T, N>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        IntoIter::new(self)
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a FixedDeque<T, N> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a mut FixedDeque<T, N> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
