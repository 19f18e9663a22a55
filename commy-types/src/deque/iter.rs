//! Iterators over the elements of a deque, in the two slices that they lie in.

use core::fmt;
use core::iter::FusedIterator;
use core::{mem, slice};

/// Writes an iterator over two slices.
macro_rules! over_two_slices {
    ($iter:ident, [$($reference:tt)*]) => {
        impl<'a, T> $iter<'a, T> {
            #[inline]
            pub(super) fn new((first, second): ($($reference)* [T], $($reference)* [T])) -> Self {
                Self { first: first.into_iter(), second: second.into_iter() }
            }
        }

        impl<'a, T> Iterator for $iter<'a, T> {
            type Item = $($reference)* T;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                if self.first.len() == 0 {
                    // So that later calls find what is left in front.
                    mem::swap(&mut self.first, &mut self.second);
                }
                self.first.next()
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                let left = self.first.len() + self.second.len();
                (left, Some(left))
            }

            #[inline]
            fn count(self) -> usize {
                self.len()
            }

            #[inline]
            fn last(mut self) -> Option<Self::Item> {
                self.next_back()
            }

            #[inline]
            fn nth(&mut self, index: usize) -> Option<Self::Item> {
                let in_first = self.first.len();
                if index < in_first {
                    return self.first.nth(index);
                }
                self.first = mem::take(&mut self.second);
                self.first.nth(index - in_first)
            }

            #[inline]
            fn fold<A, F: FnMut(A, Self::Item) -> A>(self, start: A, mut step: F) -> A {
                let folded = self.first.fold(start, &mut step);
                self.second.fold(folded, step)
            }
        }

        impl<T> DoubleEndedIterator for $iter<'_, T> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                if self.second.len() == 0 {
                    mem::swap(&mut self.first, &mut self.second);
                }
                self.second.next_back()
            }

            #[inline]
            fn nth_back(&mut self, index: usize) -> Option<Self::Item> {
                let in_second = self.second.len();
                if index < in_second {
                    return self.second.nth_back(index);
                }
                self.second = mem::take(&mut self.first);
                self.second.nth_back(index - in_second)
            }

            #[inline]
            fn rfold<A, F: FnMut(A, Self::Item) -> A>(self, start: A, mut step: F) -> A {
                let folded = self.second.rfold(start, &mut step);
                self.first.rfold(folded, step)
            }
        }

        impl<T> ExactSizeIterator for $iter<'_, T> {}
        impl<T> FusedIterator for $iter<'_, T> {}

        /// No elements.
        impl<T> Default for $iter<'_, T> {
            fn default() -> Self {
                Self { first: Default::default(), second: Default::default() }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $iter<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($iter))
                    .field(&self.first.as_slice())
                    .field(&self.second.as_slice())
                    .finish()
            }
        }
    };
}

/// The elements of a deque, the oldest first; made by its `iter` and `range` methods.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// let deque = commy::FixedDeque::<u8, 4>::literal(&[1, 2, 3]);
/// let mut elements = deque.iter();
/// assert_eq!((elements.next(), elements.next_back(), elements.len()), (Some(&1), Some(&3), 1));
/// ```
pub struct Iter<'a, T> {
    first: slice::Iter<'a, T>,
    second: slice::Iter<'a, T>,
}

/// The elements of a deque, to be changed in place; made by its `iter_mut` and `range_mut` methods.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// let mut deque = commy::FixedDeque::<u8, 4>::literal(&[1, 2, 3]);
/// deque.iter_mut().rev().zip(5..).for_each(|(element, number)| *element = number);
/// assert_eq!(deque, [7, 6, 5]);
/// ```
pub struct IterMut<'a, T> {
    first: slice::IterMut<'a, T>,
    second: slice::IterMut<'a, T>,
}

over_two_slices!(Iter, [&'a]);
over_two_slices!(IterMut, [&'a mut]);

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { first: self.first.clone(), second: self.second.clone() }
    }
}
