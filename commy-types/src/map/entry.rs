//! The place of a key in a map, whether it is there or not.

use core::fmt;

use super::FixedMap;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::raw;
use crate::sorted;

/// The place of a key in a map; made by [`FixedMap::entry`].
///
/// # Examples
///
/// See [`FixedMap::entry`].
pub enum Entry<'a, K: Mappable, V: Mappable, const N: usize> {
    /// The key is not there.
    Vacant(VacantEntry<'a, K, V, N>),
    /// The key is there.
    Occupied(OccupiedEntry<'a, K, V, N>),
}

/// The place where a key would be.
pub struct VacantEntry<'a, K: Mappable, V: Mappable, const N: usize> {
    map: &'a mut FixedMap<K, V, N>,
    index: usize,
    key: K,
}

/// The place where a key is.
pub struct OccupiedEntry<'a, K: Mappable, V: Mappable, const N: usize> {
    map: &'a mut FixedMap<K, V, N>,
    /// # Invariants
    ///
    /// 1. There is an entry of this number: it was found, and the map is borrowed since.
    index: usize,
}

impl<K: Mappable + Ord, V: Mappable, const N: usize> FixedMap<K, V, N> {
    /// The place of a key, to look at its value, change it or insert one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedMap;
    ///
    /// let mut counts = FixedMap::<char, u32, 4>::new();
    /// for letter in "noon".chars() {
    ///     *counts.entry(letter).or_insert(0)? += 1;
    /// }
    /// assert_eq!(counts, [('n', 2), ('o', 2)]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, N> {
        match sorted::search(&self.keys, &key) {
            Ok(index) => Entry::Occupied(OccupiedEntry { map: self, index }),
            Err(index) => Entry::Vacant(VacantEntry { map: self, index, key }),
        }
    }
}

impl<'a, K: Mappable, V: Mappable, const N: usize> Entry<'a, K, V, N> {
    /// The value; `value` if there is none yet.
    ///
    /// # Examples
    ///
    /// See [`FixedMap::entry`].
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when there is none and the map is full; nothing changes.
    pub fn or_insert(self, value: V) -> Result<&'a mut V, CapacityError> {
        self.or_insert_with(|| value)
    }

    /// The value; what `value` returns if there is none yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 1>::new();
    /// assert_eq!(map.entry(5).or_insert_with(|| 'a')?, &'a');
    /// assert!(map.entry(6).or_insert_with(|| 'b').is_err());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when there is none and the map is full; nothing changes.
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> Result<&'a mut V, CapacityError> {
        self.or_insert_with_key(|_| value())
    }

    /// The value; what `value` makes of the key if there is none yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, u16, 1>::new();
    /// assert_eq!(map.entry(5).or_insert_with_key(|key| u16::from(*key) * 100)?, &500);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when there is none and the map is full; nothing changes.
    pub fn or_insert_with_key(
        self,
        value: impl FnOnce(&K) -> V,
    ) -> Result<&'a mut V, CapacityError> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => {
                let value = value(&entry.key);
                entry.insert(value)
            }
        }
    }

    /// The value; the default one if there is none yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, u16, 1>::new();
    /// *map.entry(5).or_default()? += 1;
    /// assert_eq!(map[&5], 1);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when there is none and the map is full; nothing changes.
    pub fn or_default(self) -> Result<&'a mut V, CapacityError>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, u16, 1>::new();
    /// for _ in 0..3 {
    ///     map.entry(5).and_modify(|count| *count += 1).or_insert(1)?;
    /// }
    /// assert_eq!(map[&5], 3);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[must_use = "the entry; use `get_mut` to change a value only"]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// The key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedMap::<u8, u16, 1>::new().entry(5).key(), &5);
    /// ```
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }

    /// Gives the key this value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut map = commy::FixedMap::<u8, char, 1>::new();
    /// assert_eq!(map.entry(5).insert_entry('a')?.get(), &'a');
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the key is new and the map is full; nothing changes.
    pub fn insert_entry(self, value: V) -> Result<OccupiedEntry<'a, K, V, N>, CapacityError> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                Ok(entry)
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }
}

impl<'a, K: Mappable, V: Mappable, const N: usize> VacantEntry<'a, K, V, N> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Gives the key back.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Inserts the key with this value, and returns it to be changed.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the map is full; nothing changes.
    pub fn insert(self, value: V) -> Result<&'a mut V, CapacityError> {
        self.insert_entry(value).map(OccupiedEntry::into_mut)
    }

    /// Inserts the key with this value.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the map is full; nothing changes.
    pub fn insert_entry(self, value: V) -> Result<OccupiedEntry<'a, K, V, N>, CapacityError> {
        let Self { map, index, key } = self;
        map.insert_at(index, key, value)?;
        Ok(OccupiedEntry { map, index })
    }
}

#[allow(clippy::indexing_slicing, reason = "by invariant 1 there is such an entry")]
impl<'a, K: Mappable, V: Mappable, const N: usize> OccupiedEntry<'a, K, V, N> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.map.keys[self.index]
    }

    /// The value.
    pub fn get(&self) -> &V {
        &self.map.values[self.index]
    }

    /// The value, to be changed.
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.map.values[self.index]
    }

    /// The value, to be changed for as long as the map is borrowed.
    pub fn into_mut(self) -> &'a mut V {
        &mut self.map.values[self.index]
    }

    /// Gives the key this value, and returns the one that it had.
    pub fn insert(&mut self, value: V) -> V {
        core::mem::replace(self.get_mut(), value)
    }

    /// Removes the key, and returns its value.
    pub fn remove(self) -> V {
        self.remove_entry().1
    }

    /// Removes the key, and returns it and its value.
    pub fn remove_entry(self) -> (K, V) {
        self.map.remove_at(self.index).unwrap_or_else(|| (raw::zeroed(), raw::zeroed()))
    }
}

impl<K: Mappable + fmt::Debug, V: Mappable + fmt::Debug, const N: usize> fmt::Debug
    for Entry<'_, K, V, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: Mappable + fmt::Debug, V: Mappable, const N: usize> fmt::Debug
    for VacantEntry<'_, K, V, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}

impl<K: Mappable + fmt::Debug, V: Mappable + fmt::Debug, const N: usize> fmt::Debug
    for OccupiedEntry<'_, K, V, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("OccupiedEntry");
        shown.field("key", self.key()).field("value", self.get()).finish()
    }
}
