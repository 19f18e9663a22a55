//! What a [`FixedMap`] is to std: equality, order and hash of its entries, and how it is walked.

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Index;

use super::{FixedMap, IntoIter, Iter, IterMut};
use crate::mappable::Mappable;
use crate::raw;
use crate::vec;

impl<K: Mappable, V: Mappable, const N: usize> Default for FixedMap<K, V, N> {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Mappable, V: Mappable, const N: usize> Clone for FixedMap<K, V, N> {
    /// Copies the entries; the rest of the copy is zero.
    fn clone(&self) -> Self {
        let mut map = Self::new();
        map.keys = self.keys.clone();
        raw::duplicate(self.used(), &mut map.values);
        map
    }
}

impl<K: Mappable + Copy, V: Mappable + Copy, const N: usize> Copy for FixedMap<K, V, N> {}

impl<K, V, L, W, const N: usize, const M: usize> PartialEq<FixedMap<L, W, M>> for FixedMap<K, V, N>
where
    K: PartialEq<L>,
    V: PartialEq<W>,
{
    #[inline]
    fn eq(&self, other: &FixedMap<L, W, M>) -> bool {
        self.keys == other.keys && self.used() == other.used()
    }
}

impl<K: Eq, V: Eq, const N: usize> Eq for FixedMap<K, V, N> {}

/// Equal to its entries in ascending order of keys.
impl<K, V, L, W, const N: usize, const M: usize> PartialEq<[(L, W); M]> for FixedMap<K, V, N>
where
    K: PartialEq<L>,
    V: PartialEq<W>,
{
    fn eq(&self, other: &[(L, W); M]) -> bool {
        let is_equal = |((key, value), (k, v)): ((&K, &V), &(L, W))| key == k && value == v;
        self.len() == M && self.iter().zip(other).all(is_equal)
    }
}

#[cfg(feature = "alloc")]
impl<K: PartialEq, V: PartialEq, const N: usize> PartialEq<alloc::collections::BTreeMap<K, V>>
    for FixedMap<K, V, N>
{
    fn eq(&self, other: &alloc::collections::BTreeMap<K, V>) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

#[cfg(feature = "alloc")]
impl<K: PartialEq, V: PartialEq, const N: usize> PartialEq<FixedMap<K, V, N>>
    for alloc::collections::BTreeMap<K, V>
{
    fn eq(&self, other: &FixedMap<K, V, N>) -> bool {
        other == self
    }
}

impl<K: PartialOrd, V: PartialOrd, const N: usize, const M: usize> PartialOrd<FixedMap<K, V, M>>
    for FixedMap<K, V, N>
{
    #[inline]
    fn partial_cmp(&self, other: &FixedMap<K, V, M>) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<K: Ord, V: Ord, const N: usize> Ord for FixedMap<K, V, N> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<K: Hash, V: Hash, const N: usize> Hash for FixedMap<K, V, N> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.keys.hash(state);
        V::hash_slice(self.used(), state);
    }
}

impl<K: fmt::Debug, V: fmt::Debug, const N: usize> fmt::Debug for FixedMap<K, V, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Panics when there is no such key; `get` returns `None` instead.
impl<K, V, Q, const N: usize> Index<&Q> for FixedMap<K, V, N>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    type Output = V;

    #[inline]
    #[track_caller]
    fn index(&self, key: &Q) -> &V {
        match self.get(key) {
            Some(value) => value,
            None => panic!("no entry found for key"),
        }
    }
}

impl<K, V, const N: usize> IntoIterator for FixedMap<K, V, N> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V, N>;

    #[inline]
    fn into_iter(self) -> IntoIter<K, V, N> {
        let len = self.len();
        IntoIter::new(self.keys.into_iter(), vec::IntoIter::new(self.values, len))
    }
}

impl<'a, K, V, const N: usize> IntoIterator for &'a FixedMap<K, V, N> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K, V, const N: usize> IntoIterator for &'a mut FixedMap<K, V, N> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}
