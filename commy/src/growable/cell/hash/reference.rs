//! Reads a hash map.

use core::fmt;
use core::marker::PhantomData;
use std::collections::HashMap;

use super::iter::visit_all;
use super::{HashKey, HashMapIter, HashMapKeys, HashMapValues, ValueItem, entries, layout};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::{Cell, CellOf, Growable, KeyArg, KeyCell, KeyRef, Ref};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source, ViewSource};
use crate::growable::view::ViewCore;

/// Reads a hash map, all or single entries; made by the accessor of a `HashMap` field.
///
/// On a reader each call reads the newest generation, and values are owned. On a view all calls read
/// one generation, and a value that grows is a proxy again, which costs nothing until it is read.
///
/// Two keys are the same if they are stored alike, to the last bit: the `Eq` of the key's type is
/// not asked. `String` keys are looked up by `&str`, numbers by value.
///
/// | method | cost, for a map of n entries |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `get`, `contains_key`, `get_key_value` | O(log n): one node for each factor of 64, and one leaf |
/// | `iter`, `keys`, `values`, `for_each` | O(1) for each entry, in no order |
/// | `load`, `load_into` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::HashMap;
///
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "stock.bin", growable)]
/// #[create_reader(filename = "stock.bin", growable)]
/// struct Stock {
///     pieces: HashMap<String, u32>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("stock.bin");
/// let mut stock = StockWriter::create_at(&path)?;
/// stock.pieces_mut().extend([("bolt", 40), ("nut", 38)])?;
///
/// let reader = StockReader::open_at(&path)?;
/// assert_eq!(reader.pieces().get("bolt")?, Some(40));
/// assert_eq!(reader.pieces().get("screw")?, None);
///
/// let view = reader.pin()?; // one generation, which can be walked through
/// for entry in view.pieces() {
///     let (name, pieces) = entry?;
///     println!("{name}: {pieces}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct HashMapRef<'a, K, V, S = ViewCore<'a>> {
    source: &'a S,
    at: At,
    entry: PhantomData<fn() -> (K, V)>,
}

impl<K, V, S> Clone for HashMapRef<'_, K, V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, S> Copy for HashMapRef<'_, K, V, S> {}

impl<K, V, S> fmt::Debug for HashMapRef<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashMapRef")
    }
}

impl<'a, K, V, S> HashMapRef<'a, K, V, S> {
    pub(super) const fn new(source: &'a S, at: At) -> Self {
        Self { source, at, entry: PhantomData }
    }
}

/// The key and the value of an entry, as a source reads them.
type EntryOf<'a, K, V, S> =
    (<S as Source>::Value<'a, <K as Growable>::Key>, <S as Source>::Value<'a, CellOf<V>>);

impl<'a, K: HashKey, V: Growable, S: Source> HashMapRef<'a, K, V, S> {
    fn run<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        let at = self.at;
        self.source.run(Part::of(at, layout::SIZE), |snap| read(snap, at))
    }

    /// Calls `read` with the places of a key and its value.
    #[inline]
    fn find<R>(
        &self,
        key: KeyArg<'_, K>,
        mut read: impl FnMut(&Snap<'_>, At, At) -> Result<R, Fault>,
    ) -> Result<Option<R>, ReadError> {
        // What fits nowhere is in no map.
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(None) };
        self.run(|snap, at| {
            entries::with::<KeyCell<K>, ValueItem<V>, R>(snap, at, &key, |key, value| {
                read(snap, key, value)
            })
        })
    }

    /// How many entries there are.
    ///
    /// # Errors
    ///
    /// Those of every read: see [`Reader::snapshot`](crate::growable::Reader::snapshot).
    pub fn len(&self) -> Result<usize, ReadError> {
        self.run(|snap, at| Ok(entries::map::<KeyCell<K>, ValueItem<V>>(snap, at)?.count()))
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, ReadError> {
        Ok(self.len()? == 0)
    }

    /// The value beside a key, or a proxy that reads it; `None` if the key is not there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get(&self, key: KeyArg<'_, K>) -> Result<Option<S::Value<'a, CellOf<V>>>, ReadError> {
        let source = self.source;
        self.find(key, |snap, _, value| {
            ValueItem::<V>::within(snap, value, |at| source.value::<CellOf<V>>(snap, at))
        })
    }

    /// The same with the key as it is stored.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get_key_value(
        &self,
        key: KeyArg<'_, K>,
    ) -> Result<Option<EntryOf<'a, K, V, S>>, ReadError> {
        let source = self.source;
        self.find(key, |snap, key, value| {
            let key = KeyCell::<K>::within(snap, key, |at| {
                source.value::<<K as Growable>::Key>(snap, at)
            })?;
            let value =
                ValueItem::<V>::within(snap, value, |at| source.value::<CellOf<V>>(snap, at))?;
            Ok((key, value))
        })
    }

    /// Returns whether there is an entry with this key.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn contains_key(&self, key: KeyArg<'_, K>) -> Result<bool, ReadError> {
        Ok(self.find(key, |_, _, _| Ok(()))?.is_some())
    }

    /// All entries.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn load(&self) -> Result<HashMap<K, V>, ReadError> {
        self.run(<HashMap<K, V> as Cell>::load)
    }

    /// The same into a map that is there, whose table is used again.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what is in `map` then means nothing.
    pub fn load_into(&self, map: &mut HashMap<K, V>) -> Result<(), ReadError> {
        self.run(|snap, at| <HashMap<K, V> as Cell>::load_into(snap, at, map))
    }
}

impl<'a, K: HashKey, V: Growable, S: ViewSource> HashMapRef<'a, K, V, S> {
    /// The entries, in no order: keys and values, or proxies for those that grow.
    ///
    /// Each is a `Result`. After an error, such as that of an eviction, there are no more.
    #[must_use]
    pub fn iter(&self) -> HashMapIter<'a, K, V> {
        HashMapIter::new(self.source.core(), self.at)
    }

    /// The keys, in no order.
    #[must_use]
    pub fn keys(&self) -> HashMapKeys<'a, K, V> {
        HashMapKeys::new(self.source.core(), self.at)
    }

    /// The values, in no order.
    #[must_use]
    pub fn values(&self) -> HashMapValues<'a, K, V> {
        HashMapValues::new(self.source.core(), self.at)
    }

    /// Calls `visit` for each entry, in no order, with one key whose buffers are used again: no
    /// allocation for each.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what was visited until then was right.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::HashMap;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "stock.bin", growable)]
    /// # struct Stock { pieces: HashMap<String, u32> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut stock = StockWriter::create_at(dir.path().join("stock.bin"))?;
    /// stock.pieces_mut().extend([("bolt", 40), ("nut", 2), ("screw", 3)])?;
    /// let (view, mut few) = (stock.pin()?, 0);
    /// view.pieces().for_each(|_, pieces| few += u32::from(pieces < 10))?;
    /// assert_eq!(few, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_each(&self, visit: impl FnMut(&K, Ref<'a, V>)) -> Result<(), ReadError> {
        visit_all::<K, ValueItem<V>>(self.source.core(), self.at, visit)
    }
}

impl<'a, K: HashKey, V: Growable, S: ViewSource> IntoIterator for HashMapRef<'a, K, V, S> {
    type Item = Result<(KeyRef<'a, K>, Ref<'a, V>), ReadError>;
    type IntoIter = HashMapIter<'a, K, V>;

    fn into_iter(self) -> HashMapIter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: HashKey, V: Growable, S: ViewSource> IntoIterator for &HashMapRef<'a, K, V, S> {
    type Item = Result<(KeyRef<'a, K>, Ref<'a, V>), ReadError>;
    type IntoIter = HashMapIter<'a, K, V>;

    fn into_iter(self) -> HashMapIter<'a, K, V> {
        self.iter()
    }
}
