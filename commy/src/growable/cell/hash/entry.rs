//! The place of a key in a hash map, whether or not it is there.

use core::fmt;

use super::change::{put, value_mut};
use super::{HashKey, HashMapMut, ValueItem, entries};
use crate::error::WriteError;
use crate::growable::cell::{Arg, Cell, CellOf, Growable, KeyCell, Ref, Write};

/// The place of a key in a hash map, whether or not it is there; made by
/// [`HashMapMut::entry`].
///
/// Outside a transaction each call that changes something publishes once: so
/// `entry(k)?.or_default()?.push(v)` publishes twice if the key was not there.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::HashMap;
///
/// use commy::create_writer;
///
/// #[create_writer(filename = "words.bin", growable)]
/// struct Words {
///     counts: HashMap<String, u32>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("words.bin");
/// let mut words = WordsWriter::create_at(&path)?;
/// words.transaction(|tx| {
///     for word in "to be or not to be".split(' ') {
///         tx.counts_mut().entry(word)?.or_insert(0)?.update(|count| *count += 1)?;
///     }
///     Ok(())
/// })?;
/// assert_eq!(words.counts().get("be")?, Some(2));
/// # Ok(())
/// # }
/// ```
pub enum Entry<'t, 'k, K: HashKey, V: Growable> {
    /// The key is there.
    Occupied(OccupiedEntry<'t, 'k, K, V>),
    /// It is not.
    Vacant(VacantEntry<'t, 'k, K, V>),
}

/// An entry whose key is there.
pub struct OccupiedEntry<'t, 'k, K: HashKey, V: Growable> {
    pub(super) map: HashMapMut<'t, K, V>,
    pub(super) key: <KeyCell<K> as Cell>::Held<'k>,
}

/// An entry whose key is not there.
pub struct VacantEntry<'t, 'k, K: HashKey, V: Growable> {
    pub(super) map: HashMapMut<'t, K, V>,
    pub(super) key: <KeyCell<K> as Cell>::Held<'k>,
}

impl<K: HashKey, V: Growable> fmt::Debug for Entry<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Occupied(_) => "Occupied",
            Self::Vacant(_) => "Vacant",
        })
    }
}

impl<K: HashKey, V: Growable> fmt::Debug for OccupiedEntry<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OccupiedEntry")
    }
}

impl<K: HashKey, V: Growable> fmt::Debug for VacantEntry<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VacantEntry")
    }
}

/// What changes the value of a key, which is there.
fn there<'t, K: HashKey, V: Growable>(
    map: HashMapMut<'t, K, V>,
    key: &<KeyCell<K> as Cell>::Held<'_>,
) -> Result<Write<'t, V>, WriteError> {
    let (hash, found) = map.cursor.look(|snap, at| {
        let map = entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?;
        entries::find::<KeyCell<K>, ValueItem<V>>(snap, map, key)?
            .ok_or_else(|| entries::count_fault(map))
    })?;
    Ok(value_mut::<V>(entries::value::<KeyCell<K>, ValueItem<V>>(map.cursor, (hash, &found))))
}

impl<'t, K: HashKey, V: Growable> Entry<'t, '_, K, V> {
    /// What changes the value, after `value` was put there if the key was not.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::assign`].
    pub fn or_insert(self, value: Arg<'_, V>) -> Result<Write<'t, V>, WriteError> {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(value),
        }
    }

    /// The same with a value that is only made if it is needed.
    ///
    /// # Errors
    ///
    /// As [`or_insert`](Self::or_insert).
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Result<Write<'t, V>, WriteError> {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(mut entry) => {
                let value = make();
                let held = CellOf::<V>::lend(&value);
                put::<K, V>(&mut entry.map.cursor, &entry.key, Some(&held))?;
                there(entry.map, &entry.key)
            }
        }
    }

    /// The same with the zero value: 0, an empty text or container, `None`, the first of a fieldless
    /// enum.
    ///
    /// # Errors
    ///
    /// As [`or_insert`](Self::or_insert).
    pub fn or_default(self) -> Result<Write<'t, V>, WriteError> {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(mut entry) => {
                put::<K, V>(&mut entry.map.cursor, &entry.key, None)?;
                there(entry.map, &entry.key)
            }
        }
    }

    /// Calls `change` with what changes the value, if the key is there.
    ///
    /// # Errors
    ///
    /// What `change` returns.
    pub fn and_modify(
        mut self,
        change: impl FnOnce(Write<'_, V>) -> Result<(), WriteError>,
    ) -> Result<Self, WriteError> {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut()?)?;
        }
        Ok(self)
    }
}

impl<'t, K: HashKey, V: Growable> OccupiedEntry<'t, '_, K, V> {
    /// The value, or a proxy that reads it.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::as_ref`].
    pub fn get(&self) -> Result<Ref<'_, V>, WriteError> {
        let view = self.map.cursor.view();
        Ok(view.read(|snap| {
            let at = self.map.cursor.here(snap)?;
            let map = entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?;
            entries::with::<KeyCell<K>, ValueItem<V>, _>(snap, at, &self.key, |_, value| {
                ValueItem::<V>::reference(view, snap, value)
            })?
            .ok_or_else(|| entries::count_fault(map))
        })?)
    }

    /// What changes the value in place.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::as_ref`].
    pub fn get_mut(&mut self) -> Result<Write<'_, V>, WriteError> {
        there(self.map.reborrow(), &self.key)
    }

    /// The same for as long as the record was borrowed, to be kept.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::as_ref`].
    pub fn into_mut(self) -> Result<Write<'t, V>, WriteError> {
        there(self.map, &self.key)
    }

    /// Puts another value in the place of the one that is there.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::assign`].
    pub fn insert(&mut self, value: Arg<'_, V>) -> Result<(), WriteError> {
        self.map.cursor.whole(|mut cursor| {
            let value = CellOf::<V>::hold(value)?;
            put::<K, V>(&mut cursor, &self.key, Some(&value))
        })
    }

    /// Takes the entry out, and returns its value.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::assign`].
    pub fn remove(mut self) -> Result<V, WriteError> {
        let cursor = &mut self.map.cursor;
        let taken =
            entries::take::<KeyCell<K>, ValueItem<V>, V>(cursor, &self.key, |snap, _, value| {
                ValueItem::<V>::load(snap, value)
            })?;
        taken.ok_or_else(|| {
            // It was there when the entry was made.
            crate::growable::edit::corrupt("entry of a hash map", 0, "the one that was found", 0)
        })
    }
}

impl<'t, K: HashKey, V: Growable> VacantEntry<'t, '_, K, V> {
    /// Puts a value beside the key, and returns what changes it.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::assign`].
    pub fn insert(mut self, value: Arg<'_, V>) -> Result<Write<'t, V>, WriteError> {
        self.map.cursor.whole(|mut cursor| {
            let value = CellOf::<V>::hold(value)?;
            put::<K, V>(&mut cursor, &self.key, Some(&value))
        })?;
        there(self.map, &self.key)
    }
}
