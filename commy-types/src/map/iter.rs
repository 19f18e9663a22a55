//! The iterators over the entries of a map.

use core::fmt;
use core::iter::{FusedIterator, Zip};
use core::slice;

use crate::vec;

/// An iterator over entries, which is one over keys beside one over values.
macro_rules! entries {
    ($(#[$doc:meta])* [$($generics:tt)*] $name:ident<$($arg:tt),*>, $keys:ty, $values:ty, $item:ty) => {
        $(#[$doc])*
        pub struct $name<$($generics)*> {
            entries: Zip<$keys, $values>,
        }

        impl<$($generics)*> Iterator for $name<$($arg),*> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.entries.next()
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.entries.size_hint()
            }

            #[inline]
            fn nth(&mut self, index: usize) -> Option<$item> {
                self.entries.nth(index)
            }

            #[inline]
            fn last(mut self) -> Option<$item> {
                self.next_back()
            }

            #[inline]
            fn fold<A, F: FnMut(A, $item) -> A>(self, start: A, step: F) -> A {
                self.entries.fold(start, step)
            }
        }

        impl<$($generics)*> DoubleEndedIterator for $name<$($arg),*> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.entries.next_back()
            }
        }
    };
}

entries! {
    /// The entries of a map in ascending order of keys; made by its `iter` and `range`.
    ['a, K, V] Iter<'a, K, V>, slice::Iter<'a, K>, slice::Iter<'a, V>, (&'a K, &'a V)
}
entries! {
    /// The entries of a map in ascending order of keys, with values to be changed; made by its
    /// `iter_mut` and `range_mut`.
    ['a, K, V] IterMut<'a, K, V>, slice::Iter<'a, K>, slice::IterMut<'a, V>, (&'a K, &'a mut V)
}
entries! {
    /// The entries of a map that is taken apart; made by its `into_iter`.
    [K, V, const N: usize] IntoIter<K, V, N>, vec::IntoIter<K, N>, vec::IntoIter<V, N>, (K, V)
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> FusedIterator for Iter<'_, K, V> {}
impl<K, V> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K, V> FusedIterator for IterMut<'_, K, V> {}
impl<K, V, const N: usize> ExactSizeIterator for IntoIter<K, V, N> {}
impl<K, V, const N: usize> FusedIterator for IntoIter<K, V, N> {}

impl<'a, K, V> Iter<'a, K, V> {
    /// Of as many keys as values.
    #[inline]
    pub(super) fn new(keys: &'a [K], values: &'a [V]) -> Self {
        Self { entries: keys.iter().zip(values) }
    }
}

impl<'a, K, V> IterMut<'a, K, V> {
    #[inline]
    pub(super) fn new(keys: &'a [K], values: &'a mut [V]) -> Self {
        Self { entries: keys.iter().zip(values) }
    }
}

impl<K, V, const N: usize> IntoIter<K, V, N> {
    #[inline]
    pub(super) fn new(keys: vec::IntoIter<K, N>, values: vec::IntoIter<V, N>) -> Self {
        Self { entries: keys.zip(values) }
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K, V> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<K, V, const N: usize> fmt::Debug for IntoIter<K, V, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("len", &self.len()).finish_non_exhaustive()
    }
}
