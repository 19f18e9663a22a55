//! Changes a hash map in place.

use core::fmt;
use core::marker::PhantomData;
use std::collections::HashMap;

use super::entry::value_mut;
use super::{Entry, HashKey, HashMapRef, ValueItem, entries};
use crate::error::WriteError;
use crate::growable::cell::{Arg, Cell, CellOf, Growable, KeyArg, KeyCell, Ref, Write, set_held};
use crate::growable::edit::Cursor;
use crate::growable::view::ViewCore;

/// Changes a hash map in place; made by the `x_mut` of a `HashMap` field.
///
/// Outside a transaction each call that changes something publishes once, also those that change
/// many entries. A proxy of a value is a way and not an address: it stays right while it is used.
///
/// Two keys are the same if they are stored alike, to the last bit: the `Eq` of the key's type is
/// not asked. Where it takes more for the same than the fields are, the file has two entries that
/// one `HashMap` cannot have.
///
/// `insert` returns nothing, as the old value may be large: `replace` is what std calls `insert`, and
/// `discard` a `remove` that loads nothing.
///
/// | method | cost, for a map of n entries |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `get`, `get_mut`, `contains_key`, `entry` | O(log n): one node for each factor of 64, and one leaf |
/// | `insert`, `discard`, changes through `get_mut` | a copy of each node on the way, of 1 KiB at most, once per publish |
/// | `replace`, `remove`, `remove_entry` | the same, and to load the value |
/// | `extend`, `append` | each entry that is added |
/// | `retain`, `drain`, `load`, `assign`, `clear` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::HashMap;
///
/// use commy::create_writer;
///
/// #[create_writer(filename = "stock.bin", growable)]
/// struct Stock {
///     pieces: HashMap<String, u32>,
///     shelves: HashMap<u64, Vec<String>>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("stock.bin");
/// let mut stock = StockWriter::create_at(&path)?;
/// stock.pieces_mut().insert("bolt", 40)?;
/// if let Some(mut pieces) = stock.pieces_mut().get_mut("bolt")? {
///     pieces.update(|pieces| *pieces -= 2)?;
/// }
/// assert_eq!(stock.pieces_mut().replace("bolt", 7)?, Some(38));
/// assert_eq!(stock.pieces_mut().remove("nut")?, None);
///
/// stock.shelves_mut().entry(7)?.or_default()?.push("bolt")?;
/// assert_eq!(stock.shelves_mut().load()?, HashMap::from([(7, vec!["bolt".into()])]));
/// # Ok(())
/// # }
/// ```
pub struct HashMapMut<'t, K, V> {
    pub(super) cursor: Cursor<'t>,
    pub(super) entry: PhantomData<fn() -> (K, V)>,
}

impl<K, V> fmt::Debug for HashMapMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashMapMut")
    }
}

impl<'t, K: HashKey, V: Growable> HashMapMut<'t, K, V> {
    /// Reads the map as it is staged.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn as_ref(&self) -> Result<HashMapRef<'_, K, V>, WriteError> {
        let view: &ViewCore<'_> = self.cursor.view();
        let at = self.cursor.look(|_, at| Ok(at))?;
        Ok(HashMapRef::new(view, at))
    }

    /// All entries as they are now.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn load(&self) -> Result<HashMap<K, V>, WriteError> {
        self.cursor.look(<HashMap<K, V> as Cell>::load)
    }

    /// How many there are.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn len(&self) -> Result<usize, WriteError> {
        Ok(self.as_ref()?.len()?)
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn is_empty(&self) -> Result<bool, WriteError> {
        Ok(self.len()? == 0)
    }

    /// The value beside a key, or a proxy that reads it; `None` if the key is not there.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn get(&self, key: KeyArg<'_, K>) -> Result<Option<Ref<'_, V>>, WriteError> {
        Ok(self.as_ref()?.get(key)?)
    }

    /// Returns whether there is an entry with this key.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn contains_key(&self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        Ok(self.as_ref()?.contains_key(key)?)
    }

    pub(super) fn reborrow(&mut self) -> HashMapMut<'_, K, V> {
        HashMapMut { cursor: self.cursor.reborrow(), entry: PhantomData }
    }

    /// What changes the value beside a key in place; `None` if the key is not there.
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
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(None) };
        let found = self.cursor.look(|snap, at| {
            let map = entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?;
            entries::find::<KeyCell<K>, ValueItem<V>>(snap, map, &key)
        })?;
        Ok(found.map(|(hash, found)| value_mut::<K, V>(self.cursor, (hash, &found))))
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
    /// # use std::collections::HashMap;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "words.bin", growable)]
    /// # struct Words { count: HashMap<String, u32>, lines: HashMap<String, Vec<u32>> }
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
        let key = match KeyCell::<K>::hold(key) {
            Ok(key) => key,
            Err(refused) => {
                self.cursor.refuse(refused.clone())?;
                return Err(refused);
            }
        };
        let found = self.cursor.look(|snap, at| {
            let map = entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?;
            entries::find::<KeyCell<K>, ValueItem<V>>(snap, map, &key)
        })?;
        Ok(Entry::new(self.cursor, key, found))
    }

    /// Puts other entries in their place.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoSpace`], [`WriteError::Full`], [`WriteError::TooDeep`]; for a key or a value
    /// those of its own `assign`; what the transaction has failed by.
    pub fn assign(&mut self, entries: &HashMap<K, V>) -> Result<(), WriteError> {
        set_held::<HashMap<K, V>>(&mut self.cursor, &entries)
    }

    /// Puts a value beside a key, in the place of another if the key is there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn insert(&mut self, key: KeyArg<'_, K>, value: Arg<'_, V>) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            let (key, value) = (KeyCell::<K>::hold(key)?, CellOf::<V>::hold(value)?);
            put::<K, V>(&mut cursor, &key, &value)
        })
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
            let (key, value) = (KeyCell::<K>::hold(key)?, CellOf::<V>::hold(value)?);
            let old = cursor.look(|snap, at| {
                entries::with::<KeyCell<K>, ValueItem<V>, V>(snap, at, &key, |_, value| {
                    ValueItem::<V>::load(snap, value)
                })
            })?;
            put::<K, V>(&mut cursor, &key, &value)?;
            Ok(old)
        })
    }

    /// Takes the entry of a key out, and returns its value; publishes if there was one.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn remove(&mut self, key: KeyArg<'_, K>) -> Result<Option<V>, WriteError> {
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(None) };
        entries::take::<KeyCell<K>, ValueItem<V>, V>(&mut self.cursor, &key, |snap, _, value| {
            ValueItem::<V>::load(snap, value)
        })
    }

    /// The same, and returns the key, too.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn remove_entry(&mut self, key: KeyArg<'_, K>) -> Result<Option<(K, V)>, WriteError> {
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(None) };
        entries::take::<KeyCell<K>, ValueItem<V>, _>(&mut self.cursor, &key, |snap, key, value| {
            Ok((KeyCell::<K>::load(snap, key)?, ValueItem::<V>::load(snap, value)?))
        })
    }

    /// Takes the entry of a key out without loading it; returns whether there was one.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn discard(&mut self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(false) };
        let cursor = &mut self.cursor;
        let taken = entries::take::<KeyCell<K>, ValueItem<V>, ()>(cursor, &key, |_, _, _| Ok(()))?;
        Ok(taken.is_some())
    }

    /// Adds entries, as `insert` does: all of them, in one publish, or none.
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
                let (key, value) = (KeyCell::<K>::hold(key)?, CellOf::<V>::hold(value)?);
                put::<K, V>(&mut cursor, &key, &value)?;
            }
            Ok(())
        })
    }

    /// The same for entries that are there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn append(&mut self, entries: &HashMap<K, V>) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            for (key, value) in entries {
                let (key, value) = (KeyCell::<K>::lend(key), CellOf::<V>::lend(value));
                put::<K, V>(&mut cursor, &key, &value)?;
            }
            Ok(())
        })
    }

    /// Keeps those entries for which `keeps` returns true; publishes if that is not all of them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn retain(&mut self, mut keeps: impl FnMut(&K, &V) -> bool) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            let all = cursor.look(entries::load::<KeyCell<K>, ValueItem<V>>)?;
            for (key, value) in &all {
                if !keeps(key, value) {
                    let key = KeyCell::<K>::lend(key);
                    let cursor = &mut cursor;
                    entries::take::<KeyCell<K>, ValueItem<V>, ()>(cursor, &key, |_, _, _| Ok(()))?;
                }
            }
            Ok(())
        })
    }

    /// Takes all entries out, and returns them; publishes if there were any.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn drain(&mut self) -> Result<HashMap<K, V>, WriteError> {
        let all = self.load()?;
        self.clear()?;
        Ok(all)
    }

    /// Takes all entries out; publishes if there were any.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        if self.is_empty()? {
            return Ok(());
        }
        self.cursor.change(entries::clear::<KeyCell<K>, ValueItem<V>>)
    }
}

/// Puts a value beside a key.
fn put<K: HashKey, V: Growable>(
    cursor: &mut Cursor<'_>,
    key: &<KeyCell<K> as Cell>::Held<'_>,
    value: &<CellOf<V> as Cell>::Held<'_>,
) -> Result<(), WriteError> {
    let put = entries::put::<KeyCell<K>, ValueItem<V>>;
    cursor.change(|edit, at| put(edit, at, key, value))?;
    Ok(())
}
