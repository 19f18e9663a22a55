//! The iterator over the elements of a deque that is taken apart.

use core::fmt;
use core::iter::FusedIterator;

use super::FixedDeque;
use crate::mappable::Mappable;

/// The elements of a deque that is taken apart; made by its `into_iter` method.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedDeque;
///
/// let mut elements = FixedDeque::<u8, 8>::literal(&[1, 2, 3]).into_iter();
/// assert_eq!(elements.next(), Some(1));
/// assert_eq!(format!("{elements:?}"), "IntoIter([2, 3])");
/// assert_eq!(elements.len(), 2);
/// ```
#[derive(Clone)]
pub struct IntoIter<T: Mappable, const N: usize> {
    left: FixedDeque<T, N>,
}

impl<T: Mappable, const N: usize> IntoIter<T, N> {
    #[inline]
    pub(super) const fn new(left: FixedDeque<T, N>) -> Self {
        Self { left }
    }
}

impl<T: Mappable, const N: usize> Iterator for IntoIter<T, N> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.left.pop_front()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.len(), Some(self.left.len()))
    }

    #[inline]
    fn count(self) -> usize {
        self.left.len()
    }

    #[inline]
    fn last(mut self) -> Option<T> {
        self.left.pop_back()
    }
}

impl<T: Mappable, const N: usize> DoubleEndedIterator for IntoIter<T, N> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.left.pop_back()
    }
}

impl<T: Mappable, const N: usize> ExactSizeIterator for IntoIter<T, N> {}
impl<T: Mappable, const N: usize> FusedIterator for IntoIter<T, N> {}

impl<T: Mappable + fmt::Debug, const N: usize> fmt::Debug for IntoIter<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.left).finish()
    }
}

impl<T: Mappable, const N: usize> Default for IntoIter<T, N> {
    /// No elements.
    fn default() -> Self {
        FixedDeque::new().into_iter()
    }
}
