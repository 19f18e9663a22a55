//! The methods of [`FixedMap`] that look at it, and those that change values in place.

use core::borrow::Borrow;
use core::ops::{Range, RangeBounds};
use core::slice;

use super::{FixedMap, Iter, IterMut};
use crate::mappable::Mappable;
use crate::raw;
use crate::sorted;
use crate::vec::FixedVec;

impl<K, V, const N: usize> FixedMap<K, V, N> {
    /// The most entries.
    pub const CAPACITY: usize = N;

    /// The most entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedMap::<u8, f64, 4>::new().capacity(), 4);
    /// ```
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// How many entries there are.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5), (5, 1.0)])?;
    /// assert_eq!(map.len(), 2);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert!(commy::FixedMap::<u8, f64, 4>::new().is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns whether there is no room for another one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 2>::try_from([(7, 0.5), (5, 1.0)])?;
    /// assert!(map.is_full());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.keys.is_full()
    }

    /// For how many more there is room.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 3>::try_from([(7, 0.5)])?;
    /// assert_eq!(map.remaining_capacity(), 2);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn remaining_capacity(&self) -> usize {
        self.keys.remaining_capacity()
    }

    /// The keys in ascending order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5), (5, 1.0)])?;
    /// assert_eq!(map.keys().as_slice(), [5, 7]);
    /// assert_eq!(map.values().as_slice(), [1.0, 0.5]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn keys(&self) -> slice::Iter<'_, K> {
        self.keys.iter()
    }

    /// The values in the order of their keys.
    ///
    /// # Examples
    ///
    /// See [`keys`](Self::keys).
    #[inline]
    pub fn values(&self) -> slice::Iter<'_, V> {
        self.used().iter()
    }

    /// The values in the order of their keys, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5), (5, 1.0)])?;
    /// map.values_mut().for_each(|value| *value *= 2.0);
    /// assert_eq!(map, [(5, 2.0), (7, 1.0)]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn values_mut(&mut self) -> slice::IterMut<'_, V> {
        self.used_mut().iter_mut()
    }

    /// The entries in ascending order of their keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5), (5, 1.0)])?;
    /// assert_eq!(map.iter().collect::<Vec<_>>(), [(&5, &1.0), (&7, &0.5)]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.keys, self.used())
    }

    /// The entries in ascending order of their keys, with values to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5), (5, 1.0)])?;
    /// for (key, value) in map.iter_mut() {
    ///     *value += f64::from(*key);
    /// }
    /// assert_eq!(map, [(5, 6.0), (7, 7.5)]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        self.part_mut(0..self.len())
    }

    /// Entry number `index` in ascending order of keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5), (5, 1.0)])?;
    /// assert_eq!(map.get_index(1), Some((&7, &0.5)));
    /// assert_eq!(map.get_index(2), None);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<(&K, &V)> {
        Some((self.keys.get(index)?, self.values.get(index)?))
    }

    /// The entry with the smallest key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5), (5, 1.0)])?;
    /// assert_eq!(map.first_key_value(), Some((&5, &1.0)));
    /// assert_eq!(map.last_key_value(), Some((&7, &0.5)));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.get_index(0)
    }

    /// The entry with the largest key.
    ///
    /// # Examples
    ///
    /// See [`first_key_value`](Self::first_key_value).
    #[inline]
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.get_index(self.len().checked_sub(1)?)
    }

    /// The value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedMap, FixedString};
    ///
    /// let map = FixedMap::<FixedString<4>, u8, 2>::try_from([("west".try_into()?, 9)])?;
    /// assert_eq!((map.get("west"), map.get("east")), (Some(&9), None));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.values.get(self.find(key)?)
    }

    /// The value of a key, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5)])?;
    /// if let Some(value) = map.get_mut(&7) {
    ///     *value = 2.0;
    /// }
    /// assert_eq!(map[&7], 2.0);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let index = self.find(key)?;
        self.values.get_mut(index)
    }

    /// The key that is equal to `key`, and its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5)])?;
    /// assert_eq!(map.get_key_value(&7), Some((&7, &0.5)));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.get_index(self.find(key)?)
    }

    /// Returns whether there is such a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(7, 0.5)])?;
    /// assert!(map.contains_key(&7) && !map.contains_key(&8));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.find(key).is_some()
    }

    /// The entries whose keys lie in `range`, in ascending order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, f64, 4>::try_from([(9, 0.5), (3, 1.0), (5, 2.0)])?;
    /// assert_eq!(map.range(4..).next(), Some((&5, &2.0)));
    /// assert_eq!(map.range(..=5).count(), 2);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the range starts behind its end, or at its end with both ends excluded.
    #[track_caller]
    pub fn range<Q, R>(&self, range: R) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let range = sorted::resolve(&self.keys, &range);
        let keys = self.keys.get(range.clone()).unwrap_or_default();
        Iter::new(keys, self.values.get(range).unwrap_or_default())
    }

    /// The same, with values to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, f64, 4>::try_from([(9, 0.5), (3, 1.0)])?;
    /// map.range_mut(..5).for_each(|(_, value)| *value = 0.0);
    /// assert_eq!(map, [(3, 0.0), (9, 0.5)]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`range`](Self::range).
    #[track_caller]
    pub fn range_mut<Q, R>(&mut self, range: R) -> IterMut<'_, K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let range = sorted::resolve(&self.keys, &range);
        self.part_mut(range)
    }

    /// The place of a key.
    #[inline]
    pub(super) fn find<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        sorted::search(&self.keys, key).ok()
    }

    /// The values that have a key.
    #[inline]
    pub(super) fn used(&self) -> &[V] {
        self.values.get(..self.len()).unwrap_or_default()
    }

    #[inline]
    pub(super) fn used_mut(&mut self) -> &mut [V] {
        let len = self.len();
        self.values.get_mut(..len).unwrap_or_default()
    }

    fn part_mut(&mut self, range: Range<usize>) -> IterMut<'_, K, V> {
        let keys = self.keys.as_slice().get(range.clone()).unwrap_or_default();
        IterMut::new(keys, self.values.get_mut(range).unwrap_or_default())
    }
}

impl<K: Mappable, V: Mappable, const N: usize> FixedMap<K, V, N> {
    /// A map of nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// const NONE: commy::FixedMap<u8, f64, 4> = commy::FixedMap::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: FixedVec::new(), values: raw::zeroed() }
    }

    #[cfg(feature = "zeroize")]
    pub(crate) const fn parts_mut(&mut self) -> (&mut FixedVec<K, N>, &mut [V; N]) {
        (&mut self.keys, &mut self.values)
    }
}
