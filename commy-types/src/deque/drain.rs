//! The iterator that removes a range of a deque.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::Iter;
use super::cells::{self, CellsMut};
use crate::mappable::Mappable;

/// The elements of a range that is removed from a deque; made by its `drain` method.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedDeque;
///
/// let mut deque = FixedDeque::<u8, 8>::literal(&[1, 2, 3, 4]);
/// let mut drain = deque.drain(1..3);
/// assert_eq!(drain.next(), Some(2));
/// assert_eq!(format!("{drain:?}"), "Drain([3])");
/// drop(drain);
/// assert_eq!(deque, [1, 4]);
/// ```
pub struct Drain<'a, T: Mappable> {
    /// As it was, until the drop: elements go out as copies, so that a leaked iterator leaves
    /// them in the deque.
    deque: CellsMut<'a, T>,
    /// What is removed on drop.
    removed: Range<usize>,
    /// What is still to be returned; within `removed`.
    left: Range<usize>,
}

impl<'a, T: Mappable> Drain<'a, T> {
    pub(super) fn new(deque: CellsMut<'a, T>, removed: Range<usize>) -> Self {
        Self { deque, left: removed.clone(), removed }
    }
}

impl<T: Mappable> Iterator for Drain<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.left.next()?;
        self.deque.copy_of(index)
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
        self.deque.copy_of(index)
    }
}

impl<T: Mappable> ExactSizeIterator for Drain<'_, T> {}
impl<T: Mappable> FusedIterator for Drain<'_, T> {}

impl<T: Mappable + fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.deque.ring().part(self.left.clone());
        let left = Iter::new(cells::slices(part, self.deque.data));
        f.write_str("Drain(")?;
        f.debug_list().entries(left).finish()?;
        f.write_str(")")
    }
}

impl<T: Mappable> Drop for Drain<'_, T> {
    fn drop(&mut self) {
        self.deque.remove(self.removed.clone());
    }
}
