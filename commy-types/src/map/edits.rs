//! The methods of [`FixedMap`] that add entries and take them away.
//!
//! All comparisons come first: code of the user's that panics leaves the map as it was.

use core::borrow::Borrow;
use core::mem::replace;

use super::FixedMap;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::raw;
use crate::sorted;

impl<K: Mappable + Ord, V: Mappable, const N: usize> FixedMap<K, V, N> {
    /// Makes a map of what an iterator returns; of equal keys, the last value counts.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let map = commy::FixedMap::<u8, char, 2>::try_from_iter([(5, 'a'), (3, 'b'), (5, 'c')])?;
    /// assert_eq!(map, [(3, 'b'), (5, 'c')]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when more different keys come than there is room for.
    pub fn try_from_iter(entries: impl IntoIterator<Item = (K, V)>) -> Result<Self, CapacityError> {
        let mut map = Self::new();
        map.fill(entries)?;
        Ok(map)
    }

    /// Gives a key this value, and returns the one that it had. The key that is there stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 2>::new();
    /// assert_eq!(map.insert(5, 'a')?, None);
    /// assert_eq!(map.insert(3, 'b')?, None);
    /// assert_eq!(map.insert(5, 'c')?, Some('a')); // also in a full map
    /// assert!(map.insert(4, 'd').is_err());
    /// assert_eq!(map, [(3, 'b'), (5, 'c')]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the key is new and the map is full; nothing changes.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, CapacityError> {
        match sorted::search(&self.keys, &key) {
            Ok(index) => Ok(self.replace_at(index, value)),
            Err(index) => self.insert_at(index, key, value).map(|()| None),
        }
    }

    /// Adds what an iterator returns, all of it or nothing; of equal keys, the last value counts.
    ///
    /// It keeps a copy of the map meanwhile, which is on the stack.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 3>::try_from([(5, 'a')])?;
    /// map.try_extend([(3, 'b'), (5, 'c')])?;
    /// assert!(map.try_extend([(3, 'x'), (1, 'd'), (2, 'e')]).is_err());
    /// assert_eq!(map, [(3, 'b'), (5, 'c')]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when there is no room for a new key; nothing changes.
    pub fn try_extend(
        &mut self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), CapacityError> {
        let before = raw::copy_of(self);
        self.fill(entries).inspect_err(|_| *self = before)
    }

    /// Adds entries until one does not fit.
    fn fill(&mut self, entries: impl IntoIterator<Item = (K, V)>) -> Result<(), CapacityError> {
        entries.into_iter().try_for_each(|(key, value)| self.insert(key, value).map(drop))
    }

    /// Moves the entries of `other` here, all of them or none; of equal keys, their values count.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedMap;
    ///
    /// let mut map = FixedMap::<u8, char, 3>::try_from([(5, 'a')])?;
    /// let mut other = FixedMap::<u8, char, 2>::try_from([(3, 'b'), (5, 'c')])?;
    /// map.append(&mut other)?;
    /// assert!(other.is_empty());
    /// assert_eq!(map, [(3, 'b'), (5, 'c')]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when those whose keys are new do not fit; nothing changes.
    pub fn append<const M: usize>(
        &mut self,
        other: &mut FixedMap<K, V, M>,
    ) -> Result<(), CapacityError> {
        self.try_extend(other.iter().map(|(key, value)| (raw::copy_of(key), raw::copy_of(value))))?;
        other.clear();
        Ok(())
    }

    /// Removes a key and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 3>::try_from([(5, 'a')])?;
    /// assert_eq!((map.remove(&5), map.remove(&5)), (Some('a'), None));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Removes a key, and returns it and its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 3>::try_from([(5, 'a')])?;
    /// assert_eq!(map.remove_entry(&5), Some((5, 'a')));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.remove_at(self.find(key)?)
    }

    /// Removes all entries from the first one on whose key is not below `key`, and returns them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 3>::try_from([(3, 'a'), (5, 'b')])?;
    /// assert_eq!(map.split_off(&4), [(5, 'b')]);
    /// assert_eq!(map, [(3, 'a')]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[must_use = "use `retain` to remove entries"]
    pub fn split_off<Q>(&mut self, key: &Q) -> Self
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (Ok(at) | Err(at)) = sorted::search(&self.keys, key);
        let mut behind = Self::new();
        let removed = self.used_mut().get_mut(at..).unwrap_or_default();
        raw::duplicate(removed, &mut behind.values);
        removed.fill_with(raw::zeroed);
        behind.keys = self.keys.split_off(at);
        behind
    }
}

impl<K: Mappable, V: Mappable, const N: usize> FixedMap<K, V, N> {
    /// Removes all entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 3>::try_from([(3, 'a')])?;
    /// map.clear();
    /// assert!(map.is_empty());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn clear(&mut self) {
        self.used_mut().fill_with(raw::zeroed);
        self.keys.clear();
    }

    /// Removes the entry with the smallest key and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 3>::try_from([(3, 'a'), (5, 'b')])?;
    /// assert_eq!((map.pop_first(), map.pop_last(), map.pop_last()), (Some((3, 'a')), Some((5, 'b')), None));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.remove_at(0)
    }

    /// Removes the entry with the largest key and returns it.
    ///
    /// # Examples
    ///
    /// See [`pop_first`](Self::pop_first).
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        self.remove_at(self.len().checked_sub(1)?)
    }

    /// Keeps those entries of which `keep` returns true.
    ///
    /// When `keep` panics, those that it has refused are removed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, u8, 3>::try_from([(3, 1), (4, 1), (5, 1)])?;
    /// map.retain(|key, value| {
    ///     *value += 1;
    ///     key % 2 == 1
    /// });
    /// assert_eq!(map, [(3, 2), (5, 2)]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        Retain { map: self, kept: 0, seen: 0 }.run(keep);
    }

    /// The value of entry `index` becomes `value`; returns the one before.
    #[inline]
    pub(crate) fn replace_at(&mut self, index: usize, value: V) -> Option<V> {
        self.used_mut().get_mut(index).map(|held| replace(held, value))
    }

    /// Puts an entry in front of entry `index`.
    pub(crate) fn insert_at(
        &mut self,
        index: usize,
        key: K,
        value: V,
    ) -> Result<(), CapacityError> {
        self.keys.insert(index, key)?;
        if let Some(moved) = self.used_mut().get_mut(index..) {
            moved.rotate_right(1);
            if let Some(first) = moved.first_mut() {
                *first = value;
            }
        }
        Ok(())
    }

    /// Removes entry `index`, if there is one.
    pub(crate) fn remove_at(&mut self, index: usize) -> Option<(K, V)> {
        let moved = self.used_mut().get_mut(index..).filter(|moved| !moved.is_empty())?;
        moved.rotate_left(1);
        let value = replace(moved.last_mut()?, raw::zeroed());
        Some((self.keys.remove(index), value))
    }
}

/// A map whose entries are looked at one by one.
struct Retain<'a, K: Mappable, V: Mappable, const N: usize> {
    map: &'a mut FixedMap<K, V, N>,
    /// So many of the first ones stay.
    kept: usize,
    /// So many were looked at.
    seen: usize,
}

impl<K: Mappable, V: Mappable, const N: usize> Retain<'_, K, V, N> {
    fn run(mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        while let Some((key, value)) =
            self.map.keys.get(self.seen).zip(self.map.values.get_mut(self.seen))
        {
            let stays = keep(key, value);
            if stays && self.kept < self.seen {
                self.map.keys.swap(self.kept, self.seen);
                self.map.values.swap(self.kept, self.seen);
            }
            self.kept += usize::from(stays);
            self.seen += 1;
        }
    }
}

impl<K: Mappable, V: Mappable, const N: usize> Drop for Retain<'_, K, V, N> {
    /// Removes what was refused: what was not looked at, after a panic, moves up to what stays.
    fn drop(&mut self) {
        let removed = self.seen - self.kept;
        if removed == 0 {
            return;
        }
        if let Some(moved) = self.map.used_mut().get_mut(self.kept..) {
            moved.rotate_left(removed);
            let unused = moved.len() - removed;
            moved.get_mut(unused..).unwrap_or_default().fill_with(raw::zeroed);
        }
        self.map.keys.drain(self.kept..self.seen);
    }
}
