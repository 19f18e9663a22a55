//! The iterator over the elements of a vector that is taken apart.

use core::array;
use core::fmt;
use core::iter::FusedIterator;

use super::FixedVec;
use crate::mappable::Mappable;

/// The elements of a vector that is taken apart; made by its `into_iter` method.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedVec;
///
/// let mut elements = FixedVec::<u8, 8>::literal(&[1, 2, 3]).into_iter();
/// assert_eq!(elements.next(), Some(1));
/// assert_eq!(format!("{elements:?}"), "IntoIter([2, 3])");
/// assert_eq!(elements.len(), 2);
/// ```
#[derive(Clone)]
pub struct IntoIter<T, const N: usize> {
    /// Those that are in use and still to come, without the unused ones.
    elements: array::IntoIter<T, N>,
}

impl<T, const N: usize> IntoIter<T, N> {
    /// Those of the first `len` of `cells`.
    #[inline]
    pub(crate) fn new(cells: [T; N], len: usize) -> Self {
        let mut elements = cells.into_iter();
        if let Some(unused) = N.checked_sub(len + 1) {
            drop(elements.nth_back(unused));
        }
        Self { elements }
    }

    /// Returns the elements that are still to come.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut elements = commy::FixedVec::<u8, 8>::literal(&[1, 2, 3]).into_iter();
    /// elements.next_back();
    /// assert_eq!(elements.as_slice(), &[1, 2]);
    /// ```
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.elements.as_slice()
    }

    /// Returns the elements that are still to come, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut elements = commy::FixedVec::<u8, 8>::literal(&[1, 2, 3]).into_iter();
    /// elements.as_mut_slice().reverse();
    /// assert!(elements.eq([3, 2, 1]));
    /// ```
    #[inline]
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.elements.as_mut_slice()
    }
}

impl<T, const N: usize> Iterator for IntoIter<T, N> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.elements.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.elements.size_hint()
    }

    #[inline]
    fn count(self) -> usize {
        self.elements.count()
    }

    #[inline]
    fn last(self) -> Option<T> {
        self.elements.last()
    }

    #[inline]
    fn nth(&mut self, index: usize) -> Option<T> {
        self.elements.nth(index)
    }

    #[inline]
    fn fold<A, F: FnMut(A, T) -> A>(self, start: A, step: F) -> A {
        self.elements.fold(start, step)
    }
}

impl<T, const N: usize> DoubleEndedIterator for IntoIter<T, N> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.elements.next_back()
    }

    #[inline]
    fn nth_back(&mut self, index: usize) -> Option<T> {
        self.elements.nth_back(index)
    }

    #[inline]
    fn rfold<A, F: FnMut(A, T) -> A>(self, start: A, step: F) -> A {
        self.elements.rfold(start, step)
    }
}

impl<T, const N: usize> ExactSizeIterator for IntoIter<T, N> {}
impl<T, const N: usize> FusedIterator for IntoIter<T, N> {}

impl<T: fmt::Debug, const N: usize> fmt::Debug for IntoIter<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}

impl<T, const N: usize> AsRef<[T]> for IntoIter<T, N> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Mappable, const N: usize> Default for IntoIter<T, N> {
    /// No elements.
    fn default() -> Self {
        FixedVec::new().into_iter()
    }
}
