//! An entry of a hash map, whether it is there or not.

use core::fmt;
use core::marker::PhantomData;

use super::layout::Shape;
use super::nodes::Found;
use super::{HashKey, ValueItem, entries};
use crate::error::WriteError;
use crate::growable::at::At;
use crate::growable::cell::{Arg, Cell, CellOf, Growable, KeyCell, KeyRef, Ref, Write};
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// An entry of a hash map, whether it is there or not; made by
/// [`HashMapMut::entry`](super::HashMapMut::entry).
///
/// See there for an example.
#[derive(Debug)]
pub enum Entry<'t, 'k, K: HashKey, V: Growable> {
    /// It is there.
    Occupied(OccupiedEntry<'t, K, V>),
    /// It is not.
    Vacant(VacantEntry<'t, 'k, K, V>),
}

/// An entry that is there.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::collections::HashMap;
/// # use commy::{create_writer, growable::hash_map::Entry};
/// # #[create_writer(filename = "stock.bin", growable)]
/// # struct Stock { pieces: HashMap<String, u32> }
/// # let dir = tempfile::tempdir()?;
/// # let mut stock = StockWriter::create_at(dir.path().join("stock.bin"))?;
/// stock.pieces_mut().insert("bolt", 1)?;
/// if let Entry::Occupied(mut bolts) = stock.pieces_mut().entry("bolt")? {
///     bolts.get_mut().update(|pieces| *pieces -= 1)?;
///     if bolts.load()? == 0 {
///         assert_eq!(bolts.remove_entry()?, ("bolt".into(), 0));
///     }
/// }
/// assert!(stock.pieces_mut().is_empty()?);
/// # Ok(())
/// # }
/// ```
pub struct OccupiedEntry<'t, K: HashKey, V: Growable> {
    cursor: Cursor<'t>,
    hash: u64,
    /// The way stays what it is, as nobody else can change the map.
    found: Found,
    entry: PhantomData<fn() -> (K, V)>,
}

/// An entry that is not there.
pub struct VacantEntry<'t, 'k, K: HashKey, V: Growable> {
    cursor: Cursor<'t>,
    key: <KeyCell<K> as Cell>::Held<'k>,
    value: PhantomData<fn() -> V>,
}

impl<K: HashKey, V: Growable> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OccupiedEntry")
    }
}

impl<K: HashKey, V: Growable> fmt::Debug for VacantEntry<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VacantEntry")
    }
}

/// What changes the value of an entry in place.
pub(super) fn value_mut<'t, K: HashKey, V: Growable>(
    cursor: Cursor<'t>,
    found: (u64, &Found),
) -> Write<'t, V> {
    ValueItem::<V>::change(entries::value::<KeyCell<K>, ValueItem<V>>(cursor, found))
}

impl<'t, 'k, K: HashKey, V: Growable> Entry<'t, 'k, K, V> {
    pub(super) fn new(
        cursor: Cursor<'t>,
        key: <KeyCell<K> as Cell>::Held<'k>,
        found: Option<(u64, Found)>,
    ) -> Self {
        match found {
            Some((hash, found)) => {
                Self::Occupied(OccupiedEntry { cursor, hash, found, entry: PhantomData })
            }
            None => Self::Vacant(VacantEntry { cursor, key, value: PhantomData }),
        }
    }

    /// What changes the value in place; if there is none, this one is inserted.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::insert`](super::HashMapMut::insert).
    pub fn or_insert(self, value: Arg<'_, V>) -> Result<Write<'t, V>, WriteError> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => entry.insert(value),
        }
    }

    /// The same with what `make` makes, which is called only if there is none.
    ///
    /// # Errors
    ///
    /// As [`or_insert`](Self::or_insert).
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Result<Write<'t, V>, WriteError> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => {
                let value = make();
                entry.insert_held(&CellOf::<V>::lend(&value))
            }
        }
    }

    /// The same with the default of its type.
    ///
    /// # Errors
    ///
    /// As [`or_insert`](Self::or_insert).
    pub fn or_default(self) -> Result<Write<'t, V>, WriteError>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Loads the value if it is there, calls `change` with it, and stores what differs then.
    ///
    /// # Errors
    ///
    /// As [`or_insert`](Self::or_insert).
    pub fn and_modify(self, change: impl FnOnce(&mut V)) -> Result<Self, WriteError> {
        let Self::Occupied(mut entry) = self else { return Ok(self) };
        let mut value = entry.load()?;
        change(&mut value);
        let found = (entry.hash, &entry.found);
        let cursor = entries::value::<KeyCell<K>, ValueItem<V>>(entry.cursor.reborrow(), found);
        ValueItem::<V>::reconcile(&value, cursor)?;
        Ok(Self::Occupied(entry))
    }
}

impl<'t, K: HashKey, V: Growable> OccupiedEntry<'t, K, V> {
    const SHAPE: Shape = Shape::of::<KeyCell<K>, ValueItem<V>>();

    /// Where it is now: changes of its value have moved the nodes, and not what is in them.
    fn again(&self, snap: &Snap<'_>, at: At) -> Result<Found, Fault> {
        let map = entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?;
        self.found.again(snap, map, Self::SHAPE, self.hash)
    }

    /// Reads the places of the key and of the value.
    fn read<R>(
        &self,
        snap: &Snap<'_>,
        at: At,
        read: impl FnOnce(At, At) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let entry = self.again(snap, at)?.entry(Self::SHAPE);
        snap.deeper(Self::SHAPE.stride, || read(entry, entry.plus(Self::SHAPE.value_at)))
    }

    /// The key that is stored.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn key(&self) -> Result<KeyRef<'_, K>, WriteError> {
        let view = self.cursor.view();
        Ok(view.read(|snap| {
            let at = self.cursor.here(snap)?;
            self.read(snap, at, |key, _| KeyCell::<K>::reference(view, snap, key))
        })?)
    }

    /// The value, or a proxy that reads it.
    ///
    /// # Errors
    ///
    /// As [`key`](Self::key).
    pub fn get(&self) -> Result<Ref<'_, V>, WriteError> {
        let view = self.cursor.view();
        Ok(view.read(|snap| {
            let at = self.cursor.here(snap)?;
            self.read(snap, at, |_, value| ValueItem::<V>::reference(view, snap, value))
        })?)
    }

    /// The value as it is now.
    ///
    /// # Errors
    ///
    /// As [`key`](Self::key).
    pub fn load(&self) -> Result<V, WriteError> {
        self.cursor
            .look(|snap, at| self.read(snap, at, |_, value| ValueItem::<V>::load(snap, value)))
    }

    /// What changes the value in place.
    pub fn get_mut(&mut self) -> Write<'_, V> {
        value_mut::<K, V>(self.cursor.reborrow(), (self.hash, &self.found))
    }

    /// The same for as long as the record was borrowed, to be kept.
    #[must_use]
    pub fn into_mut(self) -> Write<'t, V> {
        value_mut::<K, V>(self.cursor, (self.hash, &self.found))
    }

    /// Puts another value in its place.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::insert`](super::HashMapMut::insert).
    pub fn insert(&mut self, value: Arg<'_, V>) -> Result<(), WriteError> {
        let found = (self.hash, &self.found);
        let cursor = entries::value::<KeyCell<K>, ValueItem<V>>(self.cursor.reborrow(), found);
        ValueItem::<V>::set(cursor, value)
    }

    /// Takes the entry out, and returns its value.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn remove(self) -> Result<V, WriteError> {
        self.take(|snap, _, value| ValueItem::<V>::load(snap, value))
    }

    /// The same, and returns the key, too.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn remove_entry(self) -> Result<(K, V), WriteError> {
        self.take(|snap, key, value| {
            Ok((KeyCell::<K>::load(snap, key)?, ValueItem::<V>::load(snap, value)?))
        })
    }

    fn take<R>(
        mut self,
        read: impl FnOnce(&Snap<'_>, At, At) -> Result<R, Fault>,
    ) -> Result<R, WriteError> {
        let (hash, found) = (self.hash, self.found);
        self.cursor.change(|edit, at| {
            let (found, result) = edit.look(|snap| {
                let map = entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?;
                let found = found.again(snap, map, Self::SHAPE, hash)?;
                let entry = found.entry(Self::SHAPE);
                let value = entry.plus(Self::SHAPE.value_at);
                let result = snap.deeper(Self::SHAPE.stride, || read(snap, entry, value))?;
                Ok((found, result))
            })?;
            entries::remove::<KeyCell<K>, ValueItem<V>>(edit, at, (hash, &found))?;
            Ok(result)
        })
    }
}

impl<'t, K: HashKey, V: Growable> VacantEntry<'t, '_, K, V> {
    /// Inserts it, and returns what changes the value in place.
    ///
    /// # Errors
    ///
    /// Those of [`HashMapMut::insert`](super::HashMapMut::insert).
    pub fn insert(mut self, value: Arg<'_, V>) -> Result<Write<'t, V>, WriteError> {
        match CellOf::<V>::hold(value) {
            Ok(held) => self.insert_held(&held),
            Err(refused) => {
                self.cursor.refuse(refused.clone())?;
                Err(refused)
            }
        }
    }

    fn insert_held(
        mut self,
        value: &<CellOf<V> as Cell>::Held<'_>,
    ) -> Result<Write<'t, V>, WriteError> {
        let key = &self.key;
        let put = entries::put::<KeyCell<K>, ValueItem<V>>;
        // One operation: if it is not found again, it was not inserted.
        let (hash, found) = self.cursor.whole(|mut cursor| {
            cursor.change(|edit, at| put(edit, at, key, value))?;
            cursor.look(|snap, at| {
                let map = entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?;
                let found = entries::find::<KeyCell<K>, ValueItem<V>>(snap, map, key)?;
                found.ok_or_else(|| entries::count_fault(map))
            })
        })?;
        Ok(value_mut::<K, V>(self.cursor, (hash, &found)))
    }
}
