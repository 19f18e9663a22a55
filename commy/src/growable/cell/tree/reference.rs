//! Reads an ordered map.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Bound, RangeBounds};
use std::collections::BTreeMap;

use super::iter::{Walk, Wanted, visit_all};
use super::{BTreeMapIter, BTreeMapKeys, BTreeMapValues, Item, Of, bounds_or_panic, layout};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::{Cell, CellOf, Growable, Key, KeyArg, KeyCell, Ref};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source, ViewSource};
use crate::growable::view::ViewCore;

/// Reads an ordered map, all or a part of it; made by the accessor of a `BTreeMap` field.
///
/// On a reader each call reads the newest generation, and entries are values. On a view all calls
/// read one generation, and a value that grows is a proxy again, which costs nothing until it is
/// read.
///
/// | method | cost, for a map of n entries |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `get`, `contains_key`, `get_key_value` | O(log n): a search in one node of 1 KiB for each level |
/// | `first_key_value`, `last_key_value` | O(log n) |
/// | `iter`, `keys`, `values`, `range`, `for_each` | O(log n), then O(1) for each entry |
/// | `load`, `load_into` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::BTreeMap;
///
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "quotes.bin", growable)]
/// #[create_reader(filename = "quotes.bin", growable)]
/// struct Quotes {
///     last: BTreeMap<String, f64>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("quotes.bin");
/// let mut quotes = QuotesWriter::create_at(&path)?;
/// quotes.last_mut().extend([("EURUSD", 1.08), ("GBPUSD", 1.27), ("USDJPY", 151.2)])?;
///
/// let reader = QuotesReader::open_at(&path)?;
/// assert_eq!(reader.last().get("EURUSD")?, Some(1.08));
///
/// let view = reader.pin()?; // one generation, which can be walked through
/// for entry in view.last().range("A".."H") {
///     let (symbol, price) = entry?;
///     println!("{symbol} {price}");
/// }
/// # Ok(())
/// # }
/// ```
pub struct BTreeMapRef<'a, K, V, S = ViewCore<'a>> {
    source: &'a S,
    at: At,
    value: PhantomData<fn() -> (K, V)>,
}

impl<K, V, S> Clone for BTreeMapRef<'_, K, V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, S> Copy for BTreeMapRef<'_, K, V, S> {}

impl<K, V, S> fmt::Debug for BTreeMapRef<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BTreeMapRef")
    }
}

/// A key and a value, as a source gives them.
type Pair<'a, K, V, S> =
    (<S as Source>::Value<'a, <K as Growable>::Key>, <S as Source>::Value<'a, CellOf<V>>);

impl<'a, K: Key, V: Growable, S> BTreeMapRef<'a, K, V, S> {
    pub(super) const fn new(source: &'a S, at: At) -> Self {
        Self { source, at, value: PhantomData }
    }
}

impl<'a, K: Key, V: Growable, S: Source> BTreeMapRef<'a, K, V, S> {
    #[inline]
    fn run<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        let at = self.at;
        self.source.run(Part::of(at, layout::SIZE), |snap| read(snap, at))
    }

    #[inline]
    fn value_at(source: &'a S, snap: &Snap<'_>, at: At) -> Result<S::Value<'a, CellOf<V>>, Fault> {
        Item::<V>::within(snap, at, |at| source.value::<CellOf<V>>(snap, at))
    }

    fn entry_at(
        source: &'a S,
        snap: &Snap<'_>,
        (key, value): (At, At),
    ) -> Result<Pair<'a, K, V, S>, Fault> {
        let key = KeyCell::<K>::within(snap, key, |at| source.value::<K::Key>(snap, at))?;
        Ok((key, Self::value_at(source, snap, value)?))
    }

    fn outermost(&self, is_first: bool) -> Result<Option<Pair<'a, K, V, S>>, ReadError> {
        let source = self.source;
        self.run(|snap, at| {
            let Some(position) = Of::<K, V>::outermost(snap, at, is_first)? else {
                return Ok(None);
            };
            let shape = Of::<K, V>::SHAPE;
            let places = (position.key(shape), position.value(shape));
            snap.deeper(shape.entry(), || Self::entry_at(source, snap, places)).map(Some)
        })
    }

    /// How many entries there are.
    ///
    /// # Errors
    ///
    /// Those of every read: see [`Reader::snapshot`](crate::growable::Reader::snapshot).
    pub fn len(&self) -> Result<usize, ReadError> {
        self.run(|snap, at| Ok(Of::<K, V>::tree(snap, at)?.count()))
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, ReadError> {
        Ok(self.len()? == 0)
    }

    /// The value of a key, if it is there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get(&self, key: KeyArg<'_, K>) -> Result<Option<S::Value<'a, CellOf<V>>>, ReadError> {
        // What fits nowhere is in no map.
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(None) };
        let source = self.source;
        self.run(|snap, at| {
            Of::<K, V>::get(snap, at, &held, |_, value| Self::value_at(source, snap, value))
        })
    }

    /// The key that is stored, and its value, if it is there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get_key_value(
        &self,
        key: KeyArg<'_, K>,
    ) -> Result<Option<Pair<'a, K, V, S>>, ReadError> {
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(None) };
        let source = self.source;
        self.run(|snap, at| {
            Of::<K, V>::get(snap, at, &held, |key, value| {
                Self::entry_at(source, snap, (key, value))
            })
        })
    }

    /// Returns whether a key is there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn contains_key(&self, key: KeyArg<'_, K>) -> Result<bool, ReadError> {
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(false) };
        self.run(|snap, at| Ok(Of::<K, V>::get(snap, at, &held, |_, _| Ok(()))?.is_some()))
    }

    /// The entry with the lowest key, if there is one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn first_key_value(&self) -> Result<Option<Pair<'a, K, V, S>>, ReadError> {
        self.outermost(true)
    }

    /// The entry with the highest key, if there is one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn last_key_value(&self) -> Result<Option<Pair<'a, K, V, S>>, ReadError> {
        self.outermost(false)
    }

    /// All entries.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn load(&self) -> Result<BTreeMap<K, V>, ReadError> {
        // Not built in what may be tried again: that asks for the order of keys.
        let entries = self.run(Of::<K, V>::load)?;
        Ok(entries.into_iter().collect())
    }

    /// The same into a map that is there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); `map` is as it was then.
    pub fn load_into(&self, map: &mut BTreeMap<K, V>) -> Result<(), ReadError> {
        *map = self.load()?;
        Ok(())
    }
}

impl<'a, K: Key, V: Growable, S: ViewSource> BTreeMapRef<'a, K, V, S> {
    /// The entries in the order of their keys; from either end.
    ///
    /// Each is a `Result`. After an error, such as that of an eviction, there are no more.
    #[must_use]
    pub fn iter(&self) -> BTreeMapIter<'a, K, V> {
        BTreeMapIter { walk: Walk::all(self.source.core(), self.at, Wanted::Entries) }
    }

    /// The keys in their order.
    #[must_use]
    pub fn keys(&self) -> BTreeMapKeys<'a, K, V> {
        BTreeMapKeys { walk: Walk::all(self.source.core(), self.at, Wanted::Keys) }
    }

    /// The values in the order of their keys.
    #[must_use]
    pub fn values(&self) -> BTreeMapValues<'a, K, V> {
        BTreeMapValues { walk: Walk::all(self.source.core(), self.at, Wanted::Values) }
    }

    /// The entries whose keys are in a range.
    ///
    /// # Panics
    ///
    /// When the range begins behind its end, or is without both of two equal ends. When an end does not
    /// fit its type, such as a text that is longer than a `FixedString` takes.
    #[must_use]
    pub fn range<'q>(&self, range: impl RangeBounds<KeyArg<'q, K>>) -> BTreeMapIter<'a, K, V>
    where
        KeyArg<'q, K>: Clone,
    {
        let bounds = bounds_or_panic::<K>(&range);
        let place = (self.source.core(), self.at);
        BTreeMapIter { walk: Walk::new(place, Wanted::Entries, &bounds) }
    }

    /// Calls `visit` with each key and value, in the order of the keys. Keys are read into buffers that
    /// are used again: no memory is taken for each one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what was visited until then was right.
    pub fn for_each(&self, visit: impl FnMut(&K, Ref<'a, V>)) -> Result<(), ReadError> {
        visit_all::<K, V>(self.core(), self.at, &(Bound::Unbounded, Bound::Unbounded), visit)
    }

    /// The same for the entries whose keys are in a range.
    ///
    /// # Errors
    ///
    /// As [`for_each`](Self::for_each).
    ///
    /// # Panics
    ///
    /// As [`range`](Self::range).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::BTreeMap;
    /// # use commy::{create_reader, create_writer};
    /// # #[create_writer(filename = "visits.bin", growable)]
    /// # #[create_reader(filename = "visits.bin", growable)]
    /// # struct Site { visits: BTreeMap<String, u64> }
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("visits.bin");
    /// # let mut site = SiteWriter::create_at(&path)?;
    /// site.visits_mut().extend([("/", 100), ("/docs/a", 3), ("/docs/b", 4), ("/down", 7)])?;
    ///
    /// let (view, mut count) = (SiteReader::open_at(&path)?.into_pinned()?, 0);
    /// view.visits().for_each_in("/docs/".."/docs0", |_, visits| count += visits)?;
    /// assert_eq!(count, 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_each_in<'q>(
        &self,
        range: impl RangeBounds<KeyArg<'q, K>>,
        visit: impl FnMut(&K, Ref<'a, V>),
    ) -> Result<(), ReadError>
    where
        KeyArg<'q, K>: Clone,
    {
        visit_all::<K, V>(self.core(), self.at, &bounds_or_panic::<K>(&range), visit)
    }

    fn core(&self) -> &'a ViewCore<'a> {
        self.source.core()
    }
}

impl<'a, K: Key, V: Growable, S: ViewSource> IntoIterator for BTreeMapRef<'a, K, V, S> {
    type Item = <BTreeMapIter<'a, K, V> as Iterator>::Item;
    type IntoIter = BTreeMapIter<'a, K, V>;

    fn into_iter(self) -> BTreeMapIter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Key, V: Growable, S: ViewSource> IntoIterator for &BTreeMapRef<'a, K, V, S> {
    type Item = <BTreeMapIter<'a, K, V> as Iterator>::Item;
    type IntoIter = BTreeMapIter<'a, K, V>;

    fn into_iter(self) -> BTreeMapIter<'a, K, V> {
        self.iter()
    }
}
