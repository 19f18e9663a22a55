//! The iterator that removes a range of a vector.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::slots::SlotsMut;
use crate::mappable::Mappable;
use crate::raw;

/// The elements of a range that is removed from a vector; made by its `drain` method.
///
/// # Examples
///
/// ```
/// use commy_types::FixedVec;
///
/// let mut vec = FixedVec::<u8, 8>::literal(&[1, 2, 3, 4]);
/// let mut drain = vec.drain(1..3);
/// assert_eq!(drain.next(), Some(2));
/// assert_eq!(drain.as_slice(), &[3]);
/// drop(drain);
/// assert_eq!(vec, [1, 4]);
/// ```
pub struct Drain<'a, T: Mappable> {
    /// Ends where the removed range starts while the iterator lives, so that a leaked one leaves
    /// the elements before it.
    vec: SlotsMut<'a, T>,
    /// What is removed on drop.
    removed: Range<usize>,
    /// What is still to be returned; within `removed`.
    left: Range<usize>,
    /// The length before.
    len: usize,
}

impl<'a, T: Mappable> Drain<'a, T> {
    pub(super) fn new(mut vec: SlotsMut<'a, T>, removed: Range<usize>) -> Self {
        let len = vec.len();
        vec.set_len(removed.start);
        Self { vec, left: removed.clone(), removed, len }
    }
}

impl<T: Mappable> Drain<'_, T> {
    /// Returns the elements that are still to come.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut vec = commy_types::FixedVec::<u8, 8>::literal(&[1, 2, 3, 4]);
    /// let mut drain = vec.drain(..3);
    /// drain.next_back();
    /// assert_eq!(drain.as_slice(), &[1, 2]);
    /// ```
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.vec.data.get(self.left.clone()).unwrap_or_default()
    }

    #[inline]
    fn take(&mut self, index: usize) -> Option<T> {
        Some(core::mem::replace(self.vec.data.get_mut(index)?, raw::zeroed()))
    }
}

impl<T: Mappable> Iterator for Drain<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.left.next()?;
        self.take(index)
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
        self.take(index)
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
        self.vec.set_len(self.len);
        self.vec.remove(self.removed.clone());
    }
}
