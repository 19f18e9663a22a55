//! An entry of a map, whether it is there or not.

use core::fmt;
use core::marker::PhantomData;

use super::search::Position;
use super::{Item, Of};
use crate::error::WriteError;
use crate::growable::cell::{Arg, Cell, CellOf, Growable, Key, KeyCell, KeyRef, Write};
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// An entry of an ordered map, whether it is there or not; made by
/// [`BTreeMapMut::entry`](super::BTreeMapMut::entry).
///
/// See there for an example.
#[derive(Debug)]
pub enum Entry<'t, 'k, K: Key, V: Growable> {
    /// It is there.
    Occupied(OccupiedEntry<'t, K, V>),
    /// It is not.
    Vacant(VacantEntry<'t, 'k, K, V>),
}

/// An entry that is there.
pub struct OccupiedEntry<'t, K: Key, V: Growable> {
    cursor: Cursor<'t>,
    position: Position,
    value: PhantomData<fn() -> (K, V)>,
}

/// An entry that is not there.
pub struct VacantEntry<'t, 'k, K: Key, V: Growable> {
    cursor: Cursor<'t>,
    position: Option<Position>,
    key: <KeyCell<K> as Cell>::Held<'k>,
    value: PhantomData<fn() -> V>,
}

impl<K: Key, V: Growable> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OccupiedEntry")
    }
}

impl<K: Key, V: Growable> fmt::Debug for VacantEntry<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VacantEntry")
    }
}

impl<'t, 'k, K: Key, V: Growable> Entry<'t, 'k, K, V> {
    pub(super) fn new(
        cursor: Cursor<'t>,
        key: <KeyCell<K> as Cell>::Held<'k>,
        (position, is_found): (Option<Position>, bool),
    ) -> Self {
        match position {
            Some(position) if is_found => Self::Occupied(OccupiedEntry::new(cursor, position)),
            position => Self::Vacant(VacantEntry { cursor, position, key, value: PhantomData }),
        }
    }

    /// What changes the value in place; if there is none, this one is inserted.
    ///
    /// # Errors
    ///
    /// Those of [`BTreeMapMut::insert`](super::BTreeMapMut::insert).
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
                entry.insert_held(&Item::<V>::lend(&value))
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
        let cursor = Of::<K, V>::value(entry.cursor.reborrow(), &entry.position);
        Item::<V>::reconcile(&value, cursor)?;
        // The changes have moved the nodes, and not what is in them.
        Ok(Self::Occupied(entry))
    }
}

impl<'t, K: Key, V: Growable> OccupiedEntry<'t, K, V> {
    pub(super) const fn new(cursor: Cursor<'t>, position: Position) -> Self {
        Self { cursor, position, value: PhantomData }
    }

    /// The key that is stored.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn key(&self) -> Result<KeyRef<'_, K>, WriteError> {
        let (view, shape) = (self.cursor.view(), Of::<K, V>::SHAPE);
        let mut position = self.position;
        Ok(view.read(|snap| {
            let at = self.cursor.here(snap)?;
            Of::<K, V>::go_again(snap, at, &mut position)?;
            snap.deeper(shape.entry(), || KeyCell::<K>::reference(view, snap, position.key(shape)))
        })?)
    }

    /// The value as it is now.
    ///
    /// # Errors
    ///
    /// As [`key`](Self::key).
    pub fn load(&self) -> Result<V, WriteError> {
        let mut position = self.position;
        self.cursor.look(|snap, at| {
            let shape = Of::<K, V>::SHAPE;
            Of::<K, V>::go_again(snap, at, &mut position)?;
            snap.deeper(shape.entry(), || Item::<V>::load(snap, position.value(shape)))
        })
    }

    /// What changes the value in place.
    pub fn get_mut(&mut self) -> Write<'_, V> {
        Item::<V>::change(Of::<K, V>::value(self.cursor.reborrow(), &self.position))
    }

    /// The same for as long as the record was borrowed, to be kept.
    #[must_use]
    pub fn into_mut(self) -> Write<'t, V> {
        Item::<V>::change(Of::<K, V>::value(self.cursor, &self.position))
    }

    /// Puts another value in its place.
    ///
    /// # Errors
    ///
    /// Those of [`BTreeMapMut::insert`](super::BTreeMapMut::insert).
    pub fn insert(&mut self, value: Arg<'_, V>) -> Result<(), WriteError> {
        Item::<V>::set(Of::<K, V>::value(self.cursor.reborrow(), &self.position), value)
    }

    /// Takes the entry out, and returns its value.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn remove(self) -> Result<V, WriteError> {
        self.take(|snap, position| Item::<V>::load(snap, position.value(Of::<K, V>::SHAPE)))
    }

    /// Takes the entry out, and returns its key and its value.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn remove_entry(self) -> Result<(K, V), WriteError> {
        self.take(Of::<K, V>::load_at)
    }

    fn take<R>(
        mut self,
        load: impl FnOnce(&Snap<'_>, &Position) -> Result<R, Fault>,
    ) -> Result<R, WriteError> {
        self.cursor.whole(|mut cursor| {
            let mut position = self.position;
            let shape = Of::<K, V>::SHAPE;
            let taken = cursor.look(|snap, at| {
                Of::<K, V>::go_again(snap, at, &mut position)?;
                snap.deeper(shape.entry(), || load(snap, &position))
            })?;
            Of::<K, V>::remove_at(&mut cursor, position)?;
            Ok(taken)
        })
    }
}

impl<'t, K: Key, V: Growable> VacantEntry<'t, '_, K, V> {
    /// Inserts it, and returns what changes the value in place.
    ///
    /// # Errors
    ///
    /// Those of [`BTreeMapMut::insert`](super::BTreeMapMut::insert).
    pub fn insert(mut self, value: Arg<'_, V>) -> Result<Write<'t, V>, WriteError> {
        match Item::<V>::hold(value) {
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
        let (key, mut position) = (&self.key, self.position);
        self.cursor
            .change(|edit, at| Of::<K, V>::insert_at(edit, at, &mut position, (key, value)))?;
        // Not searched again: an order of the user's own may panic, or say something else.
        let position = position.unwrap_or(Position::NONE);
        Ok(Item::<V>::change(Of::<K, V>::value(self.cursor, &position)))
    }
}
