//! What a [`FixedSet`] is to std: equality, order and hash of its elements, and how it is walked.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::slice;

use super::{FixedSet, IntoIter};
use crate::mappable::Mappable;

impl<T: Mappable, const N: usize> Default for FixedSet<T, N> {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Mappable, const N: usize> Clone for FixedSet<T, N> {
    #[inline]
    fn clone(&self) -> Self {
        Self { elements: self.elements.clone() }
    }
}

impl<T: Mappable + Copy, const N: usize> Copy for FixedSet<T, N> {}

impl<T: PartialEq<U>, U, const N: usize, const M: usize> PartialEq<FixedSet<U, M>>
    for FixedSet<T, N>
{
    #[inline]
    fn eq(&self, other: &FixedSet<U, M>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq, const N: usize> Eq for FixedSet<T, N> {}

/// Equal to its elements in ascending order.
impl<T: PartialEq<U>, U, const N: usize, const M: usize> PartialEq<[U; M]> for FixedSet<T, N> {
    #[inline]
    fn eq(&self, other: &[U; M]) -> bool {
        self.as_slice() == other
    }
}

#[cfg(feature = "alloc")]
impl<T: PartialEq, const N: usize> PartialEq<alloc::collections::BTreeSet<T>> for FixedSet<T, N> {
    fn eq(&self, other: &alloc::collections::BTreeSet<T>) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

#[cfg(feature = "alloc")]
impl<T: PartialEq, const N: usize> PartialEq<FixedSet<T, N>> for alloc::collections::BTreeSet<T> {
    fn eq(&self, other: &FixedSet<T, N>) -> bool {
        other == self
    }
}

impl<T: PartialOrd, const N: usize, const M: usize> PartialOrd<FixedSet<T, M>> for FixedSet<T, N> {
    #[inline]
    fn partial_cmp(&self, other: &FixedSet<T, M>) -> Option<Ordering> {
        self.as_slice().partial_cmp(other.as_slice())
    }
}

impl<T: Ord, const N: usize> Ord for FixedSet<T, N> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl<T: Hash, const N: usize> Hash for FixedSet<T, N> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Debug for FixedSet<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<T, const N: usize> AsRef<[T]> for FixedSet<T, N> {
    #[inline]
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T, const N: usize> IntoIterator for FixedSet<T, N> {
    type Item = T;
    type IntoIter = IntoIter<T, N>;

    #[inline]
    fn into_iter(self) -> IntoIter<T, N> {
        self.elements.into_iter()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a FixedSet<T, N> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}
