//! Changes an ordered map in place.

use core::fmt;
use core::marker::PhantomData;
use std::collections::BTreeMap;

use super::search::Position;
use super::{BTreeMapRef, Entry, Item, OccupiedEntry, Of};
use crate::error::WriteError;
use crate::growable::cell::{Arg, Cell, CellOf, Growable, Key, KeyArg, KeyCell, Write, set_held};
use crate::growable::edit::Cursor;
use crate::growable::view::ViewCore;

/// Changes an ordered map in place; made by the `x_mut` of a `BTreeMap` field.
///
/// Outside a transaction each call that changes something publishes once, also those that change
/// many entries. Nested proxies are a way and not an address: what `get_mut("x")?` gives stays right
/// while it is used, and a change costs the blocks on the way to it.
///
/// `insert` returns nothing, as the old value would have to be loaded: [`replace`](Self::replace) does
/// that. [`remove`](Self::remove) loads it, [`discard`](Self::discard) does not.
///
/// | method | cost, for a map of n entries |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `get`, `get_mut`, `contains_key` | O(log n): a search in one node of 1 KiB for each level |
/// | `insert`, `replace`, `discard`, `remove`, `entry` | O(log n), and a copy of each node on the way, once per publish |
/// | `pop_first`, `pop_last`, `first_entry`, `last_entry` | the same |
/// | `extend`, `append` | that for each entry that is added |
/// | `retain` | O(n), and a `discard` of each entry that goes |
/// | `split_off` | a `remove` of each entry that goes |
/// | `load`, `assign`, `clear`, `drain` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::BTreeMap;
///
/// use commy::create_writer;
///
/// #[create_writer(filename = "stock.bin", growable)]
/// struct Stock {
///     places: BTreeMap<String, BTreeMap<u32, String>>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("stock.bin");
/// let mut stock = StockWriter::create_at(&path)?;
/// stock.places_mut().entry("cellar")?.or_default()?.insert(7, "wine")?;
/// stock.places_mut().insert("attic", &BTreeMap::new())?;
///
/// let mut places = stock.places_mut();
/// let mut cellar = places.get_mut("cellar")?.expect("it was inserted");
/// cellar.get_mut(7)?.expect("it was inserted").push_str(", red")?;
/// assert_eq!(cellar.replace(7, "beer")?.as_deref(), Some("wine, red"));
/// assert!(places.discard("attic")?);
/// assert_eq!(places.len()?, 1);
/// # Ok(())
/// # }
/// ```
pub struct BTreeMapMut<'t, K, V> {
    pub(super) cursor: Cursor<'t>,
    pub(super) value: PhantomData<fn() -> (K, V)>,
}

impl<K, V> fmt::Debug for BTreeMapMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BTreeMapMut")
    }
}

impl<'t, K: Key, V: Growable> BTreeMapMut<'t, K, V> {
    /// Reads the map as it is staged.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn as_ref(&self) -> Result<BTreeMapRef<'_, K, V>, WriteError> {
        let view: &ViewCore<'_> = self.cursor.view();
        let at = self.cursor.look(|_, at| Ok(at))?;
        Ok(BTreeMapRef::new(view, at))
    }

    /// All entries as they are now.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn load(&self) -> Result<BTreeMap<K, V>, WriteError> {
        self.cursor.look(<BTreeMap<K, V> as Cell>::load)
    }

    /// How many there are.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn len(&self) -> Result<usize, WriteError> {
        self.cursor.look(|snap, at| Ok(Of::<K, V>::tree(snap, at)?.count()))
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn is_empty(&self) -> Result<bool, WriteError> {
        Ok(self.len()? == 0)
    }

    /// The value of a key, or a proxy that reads it; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn get(
        &self,
        key: KeyArg<'_, K>,
    ) -> Result<Option<<CellOf<V> as Cell>::Ref<'_>>, WriteError> {
        Ok(self.as_ref()?.get(key)?)
    }

    /// Returns whether a key is there.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn contains_key(&self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        Ok(self.as_ref()?.contains_key(key)?)
    }

    fn position(&self, key: KeyArg<'_, K>) -> Result<Option<Position>, WriteError> {
        // What fits nowhere is in no map.
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(None) };
        self.cursor.look(|snap, at| Of::<K, V>::with(snap, at, &held, |position| Ok(*position)))
    }

    /// What changes the value of a key in place; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn get_mut(&mut self, key: KeyArg<'_, K>) -> Result<Option<Write<'_, V>>, WriteError> {
        self.reborrow().into_get_mut(key)
    }

    /// The same for as long as the record was borrowed, to be kept.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn into_get_mut(self, key: KeyArg<'_, K>) -> Result<Option<Write<'t, V>>, WriteError> {
        let position = self.position(key)?;
        let value = |position| Item::<V>::change(Of::<K, V>::value(self.cursor, &position));
        Ok(position.map(value))
    }

    pub(super) fn reborrow(&mut self) -> BTreeMapMut<'_, K, V> {
        BTreeMapMut { cursor: self.cursor.reborrow(), value: PhantomData }
    }

    /// Puts other entries in their place.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoSpace`], [`WriteError::Full`], [`WriteError::TooDeep`]; for a value those of its
    /// own `assign`; what the transaction has failed by.
    pub fn assign(&mut self, entries: &BTreeMap<K, V>) -> Result<(), WriteError> {
        set_held::<BTreeMap<K, V>>(&mut self.cursor, &entries)
    }

    /// Inserts an entry, or puts the value in the place of that of an equal key, which stays.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn insert(&mut self, key: KeyArg<'_, K>, value: Arg<'_, V>) -> Result<(), WriteError> {
        let held = KeyCell::<K>::hold(key).and_then(|key| Ok((key, Item::<V>::hold(value)?)));
        match held {
            Ok((key, value)) => Of::<K, V>::insert(&mut self.cursor, &key, &value).map(drop),
            Err(refused) => self.cursor.refuse(refused),
        }
    }

    /// The same, and returns the value that was there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn replace(
        &mut self,
        key: KeyArg<'_, K>,
        value: Arg<'_, V>,
    ) -> Result<Option<V>, WriteError> {
        self.cursor.whole(|mut cursor| {
            let (key, value) = (KeyCell::<K>::hold(key)?, Item::<V>::hold(value)?);
            let old = cursor.look(|snap, at| {
                let load =
                    |position: &Position| Item::<V>::load(snap, position.value(Of::<K, V>::SHAPE));
                Of::<K, V>::with(snap, at, &key, load)
            })?;
            Of::<K, V>::insert(&mut cursor, &key, &value)?;
            Ok(old)
        })
    }

    /// Takes an entry out, and returns its value; publishes if it was there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn remove(&mut self, key: KeyArg<'_, K>) -> Result<Option<V>, WriteError> {
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(None) };
        Of::<K, V>::remove(&mut self.cursor, &held, |snap, position| {
            Item::<V>::load(snap, position.value(Of::<K, V>::SHAPE))
        })
    }

    /// Takes an entry out, and returns whether it was there; its value is not loaded.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn discard(&mut self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(false) };
        Ok(Of::<K, V>::remove(&mut self.cursor, &held, |_, _| Ok(()))?.is_some())
    }

    /// Takes the entry with the lowest key out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop_first(&mut self) -> Result<Option<(K, V)>, WriteError> {
        Of::<K, V>::pop(&mut self.cursor, true)
    }

    /// Takes the entry with the highest key out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop_last(&mut self) -> Result<Option<(K, V)>, WriteError> {
        Of::<K, V>::pop(&mut self.cursor, false)
    }

    /// The entry of a key, whether it is there or not, to be changed in place.
    ///
    /// Outside a transaction, what inserts and then changes publishes twice.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref); [`WriteError::DoesNotFit`] for a key that a fixed type has no room for.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::BTreeMap;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "words.bin", growable)]
    /// # struct Words { count: BTreeMap<String, u32>, lines: BTreeMap<String, Vec<u32>> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut words = WordsWriter::create_at(dir.path().join("words.bin"))?;
    /// for (line, word) in ["to", "be", "or", "to"].into_iter().enumerate() {
    ///     words.transaction(|tx| {
    ///         tx.count_mut().entry(word)?.and_modify(|count| *count += 1)?.or_insert(1)?;
    ///         tx.lines_mut().entry(word)?.or_default()?.push(line as u32)
    ///     })?;
    /// }
    /// assert_eq!(words.count().get("to")?, Some(2));
    /// assert_eq!(words.lines_mut().get("to")?.expect("it is there").load()?, [0, 3]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn entry<'k>(&mut self, key: KeyArg<'k, K>) -> Result<Entry<'_, 'k, K, V>, WriteError> {
        self.reborrow().into_entry(key)
    }

    /// The same for as long as the record was borrowed, to be kept.
    ///
    /// # Errors
    ///
    /// As [`entry`](Self::entry).
    pub fn into_entry<'k>(mut self, key: KeyArg<'k, K>) -> Result<Entry<'t, 'k, K, V>, WriteError> {
        let held = match KeyCell::<K>::hold(key) {
            Ok(held) => held,
            Err(refused) => {
                self.cursor.refuse(refused.clone())?;
                return Err(refused);
            }
        };
        let found = self.cursor.look(|snap, at| Of::<K, V>::locate(snap, at, &held))?;
        Ok(Entry::new(self.cursor, held, found))
    }

    /// The entry with the lowest key, to be changed in place or taken out; `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::BTreeMap;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "book.bin", growable)]
    /// # struct Book { asks: BTreeMap<u64, u32> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut book = BookWriter::create_at(dir.path().join("book.bin"))?;
    /// book.asks_mut().extend([(101, 40), (102, 10)])?;
    ///
    /// // Buys 50, beginning with the lowest price.
    /// let mut wanted = 50;
    /// book.transaction(|tx| {
    ///     while let Some(mut level) = tx.asks_mut().first_entry()? {
    ///         let lots = level.load()?;
    ///         if lots > wanted {
    ///             return level.insert(lots - wanted);
    ///         }
    ///         wanted -= level.remove()?;
    ///     }
    ///     Ok(())
    /// })?;
    /// assert_eq!(wanted, 0);
    /// assert!(book.asks_mut().is_empty()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn first_entry(&mut self) -> Result<Option<OccupiedEntry<'_, K, V>>, WriteError> {
        self.outermost(true)
    }

    /// The same for that with the highest key.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn last_entry(&mut self) -> Result<Option<OccupiedEntry<'_, K, V>>, WriteError> {
        self.outermost(false)
    }

    fn outermost(&mut self, is_first: bool) -> Result<Option<OccupiedEntry<'_, K, V>>, WriteError> {
        let cursor = self.cursor.reborrow();
        let found = cursor.look(|snap, at| Of::<K, V>::outermost(snap, at, is_first))?;
        Ok(found.map(|position| OccupiedEntry::new(cursor, position)))
    }

    /// Inserts entries: all of them, in one publish, or none. Of equal keys the last one counts.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn extend<'x>(
        &mut self,
        entries: impl IntoIterator<Item = (KeyArg<'x, K>, Arg<'x, V>)>,
    ) -> Result<(), WriteError>
    where
        K: 'x,
        V: 'x,
    {
        self.cursor.whole(|mut cursor| {
            for (key, value) in entries {
                let (key, value) = (KeyCell::<K>::hold(key)?, Item::<V>::hold(value)?);
                Of::<K, V>::insert(&mut cursor, &key, &value)?;
            }
            Ok(())
        })
    }

    /// The same for entries that are there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn append(&mut self, entries: &BTreeMap<K, V>) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            for (key, value) in entries {
                let (key, value) = (KeyCell::<K>::lend(key), Item::<V>::lend(value));
                Of::<K, V>::insert(&mut cursor, &key, &value)?;
            }
            Ok(())
        })
    }

    /// Takes the entries from a key on out, and returns them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn split_off(&mut self, key: KeyArg<'_, K>) -> Result<BTreeMap<K, V>, WriteError> {
        self.cursor.whole(|mut cursor| {
            let held = KeyCell::<K>::hold(key)?;
            Ok(Of::<K, V>::split_off(&mut cursor, &held)?.into_iter().collect())
        })
    }

    /// Keeps those entries for which `keeps` returns true; publishes if that is not all of them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn retain(&mut self, keeps: impl FnMut(&K, &V) -> bool) -> Result<(), WriteError> {
        Of::<K, V>::retain(&mut self.cursor, keeps)
    }

    /// Takes all entries out, and returns them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn drain(&mut self) -> Result<BTreeMap<K, V>, WriteError> {
        let entries = self.load()?;
        self.clear()?;
        Ok(entries)
    }

    /// Takes all entries out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        if self.is_empty()? { Ok(()) } else { self.assign(&BTreeMap::new()) }
    }
}
