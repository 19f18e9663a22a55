//! The iterator that removes a range of a vector.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::cells::CellsMut;
use crate::mappable::Mappable;
use crate::raw;

/// The elements of a range that is removed from a vector; made by its `drain` method.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedVec;
///
/// let mut vec = FixedVec::<u8, 8>::literal(&[1, 2, 3, 4]);
/// let mut drain = vec.drain(1..3);
/// assert_eq!(drain.next(), Some(2));
/// assert_eq!(drain.as_slice(), &[3]);
/// drop(drain);
/// assert_eq!(vec, [1, 4]);
/// ```
pub struct Drain<'a, T: Mappable> {
    /// As it was, until the drop: elements go out as copies, so that a leaked iterator leaves
    /// them in the vector, and none behind its end.
    vec: CellsMut<'a, T>,
    /// What is removed on drop.
    removed: Range<usize>,
    /// What is still to be returned; within `removed`.
    left: Range<usize>,
}

impl<'a, T: Mappable> Drain<'a, T> {
    pub(super) fn new(vec: CellsMut<'a, T>, removed: Range<usize>) -> Self {
        Self { vec, left: removed.clone(), removed }
    }
}

impl<T: Mappable> Drain<'_, T> {
    /// Returns the elements that are still to come.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut vec = commy::FixedVec::<u8, 8>::literal(&[1, 2, 3, 4]);
    /// let mut drain = vec.drain(..3);
    /// drain.next_back();
    /// assert_eq!(drain.as_slice(), &[1, 2]);
    /// ```
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.vec.data.get(self.left.clone()).unwrap_or_default()
    }

    #[inline]
    fn copy_of(&self, index: usize) -> Option<T> {
        self.vec.data.get(index).map(raw::copy_of)
    }
}

impl<T: Mappable> Iterator for Drain<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.left.next()?;
        self.copy_of(index)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T: Mappable> DoubleEndedIterator for Drain<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let index = self.left.next_back()?;
        self.copy_of(index)
    }
}

impl<T: Mappable> ExactSizeIterator for Drain<'_, T> {}
impl<T: Mappable> FusedIterator for Drain<'_, T> {}

impl<T: Mappable> AsRef<[T]> for Drain<'_, T> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Mappable + fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.as_slice()).finish()
    }
}

impl<T: Mappable> Drop for Drain<'_, T> {
    fn drop(&mut self) {
        self.vec.remove(self.removed.clone());
    }
}
