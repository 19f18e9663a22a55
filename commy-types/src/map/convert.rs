//! What a [`FixedMap`] is made of and what it becomes.

use super::FixedMap;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;

/// Panics when the entries do not fit; `try_extend` returns an error instead.
impl<K: Mappable + Ord, V: Mappable, const N: usize> Extend<(K, V)> for FixedMap<K, V, N> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        if let Err(error) = self.try_extend(entries) {
            panic!("{error}");
        }
    }
}

/// Panics when the entries do not fit; `try_extend` returns an error instead.
impl<'a, K, V, const N: usize> Extend<(&'a K, &'a V)> for FixedMap<K, V, N>
where
    K: Mappable + Ord + Copy,
    V: Mappable + Copy,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(entries.into_iter().map(|(key, value)| (*key, *value)));
    }
}

/// Panics when the entries do not fit; `try_from_iter` returns an error instead.
impl<K: Mappable + Ord, V: Mappable, const N: usize> FromIterator<(K, V)> for FixedMap<K, V, N> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        match Self::try_from_iter(entries) {
            Ok(map) => map,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Conversion from what holds entries.
macro_rules! entries {
    ($from:ty $(, const $len:ident)?) => {
        impl<K: Mappable + Ord, V: Mappable, const N: usize $(, const $len: usize)?> TryFrom<$from>
            for FixedMap<K, V, N>
        {
            type Error = CapacityError;

            fn try_from(entries: $from) -> Result<Self, CapacityError> {
                Self::try_from_iter(entries)
            }
        }
    };
}

entries!([(K, V); M], const M);
#[cfg(feature = "alloc")]
entries!(alloc::vec::Vec<(K, V)>);
#[cfg(feature = "alloc")]
entries!(alloc::collections::BTreeMap<K, V>);

impl<K, V, const N: usize> TryFrom<&[(K, V)]> for FixedMap<K, V, N>
where
    K: Mappable + Ord + Clone,
    V: Mappable + Clone,
{
    type Error = CapacityError;

    fn try_from(entries: &[(K, V)]) -> Result<Self, CapacityError> {
        Self::try_from_iter(entries.iter().cloned())
    }
}

#[cfg(feature = "alloc")]
impl<K: Ord, V, const N: usize> From<FixedMap<K, V, N>> for alloc::collections::BTreeMap<K, V> {
    fn from(map: FixedMap<K, V, N>) -> Self {
        map.into_iter().collect()
    }
}

/// The entries in ascending order of keys.
#[cfg(feature = "alloc")]
impl<K, V, const N: usize> From<FixedMap<K, V, N>> for alloc::vec::Vec<(K, V)> {
    fn from(map: FixedMap<K, V, N>) -> Self {
        map.into_iter().collect()
    }
}
