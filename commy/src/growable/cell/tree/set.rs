//! An ordered set: a map whose entries have no values.

use core::fmt;
use core::marker::PhantomData;
use core::ops::RangeBounds;
use std::collections::BTreeSet;

use super::entries::Entries;
use super::iter::{Walk, Wanted};
use super::{BTreeSetIter, Nothing, bounds_or_panic, layout, nodes};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::cell::{
    ArrayCell, Cell, Growable, Key, KeyArg, KeyCell, KeyHash, order_of, set_held,
};
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source, ViewSource};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// The elements of a set.
type Of<K> = Entries<KeyCell<K>, Nothing>;

impl<K: Key> Growable for BTreeSet<K> {
    type Cell = Self;
    type Key = Self;
}

impl<K: Key> Cell for BTreeSet<K> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = layout::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = BTreeSetRef<'a, K, S>;
    type Ref<'v> = BTreeSetRef<'v, K>;
    type Mut<'t> = BTreeSetMut<'t, K>;
    type Arg<'a> = &'a Self;
    type Held<'a> = &'a Self;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Self) -> &Self {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Self::Field<'a, S> {
        BTreeSetRef { source, at, value: PhantomData }
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<Self::Ref<'v>, Fault> {
        Ok(BTreeSetRef { source: view, at, value: PhantomData })
    }

    fn change(cursor: Cursor<'_>) -> Self::Mut<'_> {
        BTreeSetMut { cursor, value: PhantomData }
    }

    fn store(held: &&Self, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        Of::<K>::store(held.iter().map(|key| (KeyCell::<K>::lend(key), ())), edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        Ok(Of::<K>::load(snap, at)?.into_iter().map(|(key, ())| key).collect())
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        nodes::trace::<KeyCell<K>, Nothing>(snap, at, trace)
    }

    fn same(held: &&Self, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        if Of::<K>::tree(snap, at)?.len != held.len() as u64 {
            return Ok(false);
        }
        let (mut is_same, mut keys) = (true, held.iter());
        Of::<K>::each(snap, at, |at, _| {
            if let (true, Some(key)) = (is_same, keys.next()) {
                is_same = KeyCell::<K>::same(&KeyCell::<K>::lend(key), snap, at)?;
            }
            Ok(())
        })?;
        Ok(is_same)
    }

    fn feed(held: &&Self, hash: &mut KeyHash) {
        hash.len(held.len());
        for key in *held {
            KeyCell::<K>::feed(&KeyCell::<K>::lend(key), hash);
        }
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        Of::<K>::verify(snap, at)
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_set(order_of::<KeyCell<K>>());
        KeyCell::<K>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        // What cannot be read is written anew: nothing else would repair it.
        let Ok(keys) = cursor.look(Of::<K>::keys_in_order) else {
            return set_held::<Self>(&mut cursor, &value);
        };
        cursor.whole(|mut cursor| {
            for key in keys.iter().filter(|key| !value.contains(key)) {
                Of::<K>::remove(&mut cursor, &KeyCell::<K>::lend(key), |_, _| Ok(()))?;
            }
            for key in value {
                Of::<K>::insert(&mut cursor, &KeyCell::<K>::lend(key), &())?;
            }
            // Unless a search was led astray, this is all of it.
            let len = cursor.look(|snap, at| Ok(Of::<K>::tree(snap, at)?.len))?;
            if len == value.len() as u64 { Ok(()) } else { set_held::<Self>(&mut cursor, &value) }
        })
    }
}

/// Reads an ordered set, all or a part of it; made by the accessor of a `BTreeSet` field.
///
/// On a reader each call reads the newest generation; on a view all calls read one.
///
/// | method | cost, for a set of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `contains`, `first`, `last` | O(log n): one node of 1 KiB for each level |
/// | `iter`, `range` | O(log n), then O(1) for each element |
/// | `load` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::BTreeSet;
///
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "tags.bin", growable)]
/// #[create_reader(filename = "tags.bin", growable)]
/// struct Tags {
///     names: BTreeSet<String>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tags.bin");
/// let mut tags = TagsWriter::create_at(&path)?;
/// assert!(tags.names_mut().insert("red")?);
/// assert!(!tags.names_mut().insert("red")?);
/// tags.names_mut().extend(["blue", "green"])?;
///
/// let reader = TagsReader::open_at(&path)?;
/// assert!(reader.names().contains("blue")?);
/// let view = reader.pin()?;
/// let from_c: Vec<String> = view.names().range("c"..).collect::<Result<_, _>>()?;
/// assert_eq!(from_c, ["green", "red"]);
/// # Ok(())
/// # }
/// ```
pub struct BTreeSetRef<'a, K, S = ViewCore<'a>> {
    source: &'a S,
    at: At,
    value: PhantomData<fn() -> K>,
}

impl<K, S> Clone for BTreeSetRef<'_, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, S> Copy for BTreeSetRef<'_, K, S> {}

impl<K, S> fmt::Debug for BTreeSetRef<'_, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BTreeSetRef")
    }
}

impl<'a, K: Key, S: Source> BTreeSetRef<'a, K, S> {
    fn run<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        let at = self.at;
        self.source.run(Part::of(at, layout::SIZE), |snap| read(snap, at))
    }

    fn outermost(&self, is_first: bool) -> Result<Option<S::Value<'a, K::Key>>, ReadError> {
        let source = self.source;
        self.run(|snap, at| {
            let Some(position) = Of::<K>::outermost(snap, at, is_first)? else { return Ok(None) };
            let shape = Of::<K>::SHAPE;
            snap.deeper(shape.entry(), || {
                let key = |at| source.value::<K::Key>(snap, at);
                KeyCell::<K>::within(snap, position.key(shape), key).map(Some)
            })
        })
    }

    /// How many elements there are.
    ///
    /// # Errors
    ///
    /// Those of every read: see [`Reader::snapshot`](crate::growable::Reader::snapshot).
    pub fn len(&self) -> Result<usize, ReadError> {
        self.run(|snap, at| Ok(Of::<K>::tree(snap, at)?.count()))
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, ReadError> {
        Ok(self.len()? == 0)
    }

    /// Returns whether an element is there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn contains(&self, key: KeyArg<'_, K>) -> Result<bool, ReadError> {
        // What fits nowhere is in no set.
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(false) };
        self.run(|snap, at| Ok(Of::<K>::get(snap, at, &held, |_, _| Ok(()))?.is_some()))
    }

    /// The element that is stored and equal to this one, if it is there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get(&self, key: KeyArg<'_, K>) -> Result<Option<S::Value<'a, K::Key>>, ReadError> {
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(None) };
        let source = self.source;
        self.run(|snap, at| {
            Of::<K>::get(snap, at, &held, |key, _| {
                KeyCell::<K>::within(snap, key, |at| source.value::<K::Key>(snap, at))
            })
        })
    }

    /// The lowest element, if there is one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn first(&self) -> Result<Option<S::Value<'a, K::Key>>, ReadError> {
        self.outermost(true)
    }

    /// The highest element, if there is one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn last(&self) -> Result<Option<S::Value<'a, K::Key>>, ReadError> {
        self.outermost(false)
    }

    /// All elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn load(&self) -> Result<BTreeSet<K>, ReadError> {
        let entries = self.run(Of::<K>::load)?;
        Ok(entries.into_iter().map(|(key, ())| key).collect())
    }
}

impl<'a, K: Key, S: ViewSource> BTreeSetRef<'a, K, S> {
    /// The elements in their order; from either end.
    ///
    /// Each is a `Result`. After an error, such as that of an eviction, there are no more.
    #[must_use]
    pub fn iter(&self) -> BTreeSetIter<'a, K> {
        BTreeSetIter { walk: Walk::all(self.source.core(), self.at, Wanted::Keys) }
    }

    /// The elements of a range.
    ///
    /// # Panics
    ///
    /// As [`BTreeMapRef::range`](super::BTreeMapRef::range).
    #[must_use]
    pub fn range<'q>(&self, range: impl RangeBounds<KeyArg<'q, K>>) -> BTreeSetIter<'a, K>
    where
        KeyArg<'q, K>: Clone,
    {
        let bounds = bounds_or_panic::<K>(&range);
        let place = (self.source.core(), self.at);
        BTreeSetIter { walk: Walk::new(place, Wanted::Keys, &bounds) }
    }
}

impl<'a, K: Key, S: ViewSource> IntoIterator for BTreeSetRef<'a, K, S> {
    type Item = <BTreeSetIter<'a, K> as Iterator>::Item;
    type IntoIter = BTreeSetIter<'a, K>;

    fn into_iter(self) -> BTreeSetIter<'a, K> {
        self.iter()
    }
}

impl<'a, K: Key, S: ViewSource> IntoIterator for &BTreeSetRef<'a, K, S> {
    type Item = <BTreeSetIter<'a, K> as Iterator>::Item;
    type IntoIter = BTreeSetIter<'a, K>;

    fn into_iter(self) -> BTreeSetIter<'a, K> {
        self.iter()
    }
}

/// Changes an ordered set in place; made by the `x_mut` of a `BTreeSet` field.
///
/// Outside a transaction each call that changes something publishes once, also those that change
/// many elements.
///
/// | method | cost, for a set of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `contains` | O(log n): one node of 1 KiB for each level |
/// | `insert`, `remove`, `pop_first`, `pop_last` | O(log n), and a copy of each node on the way, once per publish |
/// | `extend`, `append` | that for each element that is added |
/// | `retain` | O(n), and a `remove` of each element that goes |
/// | `split_off` | a `remove` of each element that goes |
/// | `take`, `replace` | as `remove`, and then `insert` |
/// | `load`, `assign`, `clear`, `drain` | O(n) |
///
/// What std says of two sets, such as `is_subset` or `intersection`, is for those who
/// [`load`](Self::load) them.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::BTreeSet;
///
/// use commy::create_writer;
///
/// #[create_writer(filename = "due.bin", growable)]
/// struct Due {
///     /// Time, and the number of the task.
///     tasks: BTreeSet<(u64, u32)>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("due.bin");
/// let mut due = DueWriter::create_at(&path)?;
/// due.tasks_mut().extend([(30, 1), (10, 7), (20, 2)])?;
/// assert_eq!(due.tasks_mut().pop_first()?, Some((10, 7)));
/// assert!(due.tasks_mut().remove((30, 1))?);
/// assert_eq!(due.tasks_mut().load()?, BTreeSet::from([(20, 2)]));
/// # Ok(())
/// # }
/// ```
pub struct BTreeSetMut<'t, K> {
    cursor: Cursor<'t>,
    value: PhantomData<fn() -> K>,
}

impl<K> fmt::Debug for BTreeSetMut<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BTreeSetMut")
    }
}

impl<K: Key> BTreeSetMut<'_, K> {
    /// Reads the set as it is staged.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn as_ref(&self) -> Result<BTreeSetRef<'_, K>, WriteError> {
        let view: &ViewCore<'_> = self.cursor.view();
        let at = self.cursor.look(|_, at| Ok(at))?;
        Ok(BTreeSetRef { source: view, at, value: PhantomData })
    }

    /// All elements as they are now.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn load(&self) -> Result<BTreeSet<K>, WriteError> {
        self.cursor.look(<BTreeSet<K> as Cell>::load)
    }

    /// How many there are.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn len(&self) -> Result<usize, WriteError> {
        self.cursor.look(|snap, at| Ok(Of::<K>::tree(snap, at)?.count()))
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn is_empty(&self) -> Result<bool, WriteError> {
        Ok(self.len()? == 0)
    }

    /// Returns whether an element is there.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn contains(&self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        Ok(self.as_ref()?.contains(key)?)
    }

    /// Puts other elements in their place.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoSpace`], [`WriteError::Full`], [`WriteError::TooDeep`]; what the transaction has
    /// failed by.
    pub fn assign(&mut self, elements: &BTreeSet<K>) -> Result<(), WriteError> {
        set_held::<BTreeSet<K>>(&mut self.cursor, &elements)
    }

    /// Inserts an element, and returns whether it was not there; publishes if so.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign); [`WriteError::DoesNotFit`] for what a fixed type has no room for.
    pub fn insert(&mut self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        self.cursor
            .whole(|mut cursor| Ok(!Of::<K>::insert(&mut cursor, &KeyCell::<K>::hold(key)?, &())?))
    }

    /// Takes an element out, and returns whether it was there; publishes if so.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn remove(&mut self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(false) };
        Ok(Of::<K>::remove(&mut self.cursor, &held, |_, _| Ok(()))?.is_some())
    }

    /// Takes an element out, and returns the one that was stored; publishes if it was there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn take(&mut self, key: KeyArg<'_, K>) -> Result<Option<K>, WriteError> {
        let Ok(held) = KeyCell::<K>::hold(key) else { return Ok(None) };
        Of::<K>::remove(&mut self.cursor, &held, |snap, position| {
            KeyCell::<K>::load(snap, position.key(Of::<K>::SHAPE))
        })
    }

    /// Puts an element in the place of the equal one that is stored, which it returns; or inserts it.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn replace(&mut self, key: KeyArg<'_, K>) -> Result<Option<K>, WriteError> {
        self.cursor.whole(|mut cursor| {
            let held = KeyCell::<K>::hold(key)?;
            let old = Of::<K>::remove(&mut cursor, &held, |snap, position| {
                KeyCell::<K>::load(snap, position.key(Of::<K>::SHAPE))
            })?;
            Of::<K>::insert(&mut cursor, &held, &())?;
            Ok(old)
        })
    }

    /// Takes the lowest element out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop_first(&mut self) -> Result<Option<K>, WriteError> {
        Ok(Of::<K>::pop(&mut self.cursor, true)?.map(|(key, ())| key))
    }

    /// Takes the highest element out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop_last(&mut self) -> Result<Option<K>, WriteError> {
        Ok(Of::<K>::pop(&mut self.cursor, false)?.map(|(key, ())| key))
    }

    /// Inserts elements: all of them, in one publish, or none.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn extend<'x>(
        &mut self,
        elements: impl IntoIterator<Item = KeyArg<'x, K>>,
    ) -> Result<(), WriteError>
    where
        K: 'x,
    {
        self.cursor.whole(|mut cursor| {
            for key in elements {
                Of::<K>::insert(&mut cursor, &KeyCell::<K>::hold(key)?, &())?;
            }
            Ok(())
        })
    }

    /// The same for elements that are there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn append(&mut self, elements: &BTreeSet<K>) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            for key in elements {
                Of::<K>::insert(&mut cursor, &KeyCell::<K>::lend(key), &())?;
            }
            Ok(())
        })
    }

    /// Takes the elements from one on out, and returns them.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn split_off(&mut self, key: KeyArg<'_, K>) -> Result<BTreeSet<K>, WriteError> {
        self.cursor.whole(|mut cursor| {
            let taken = Of::<K>::split_off(&mut cursor, &KeyCell::<K>::hold(key)?)?;
            Ok(taken.into_iter().map(|(key, ())| key).collect())
        })
    }

    /// Keeps those elements for which `keeps` returns true; publishes if that is not all of them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn retain(&mut self, mut keeps: impl FnMut(&K) -> bool) -> Result<(), WriteError> {
        Of::<K>::retain(&mut self.cursor, |key, ()| keeps(key))
    }

    /// Takes all elements out, and returns them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn drain(&mut self) -> Result<BTreeSet<K>, WriteError> {
        let elements = self.load()?;
        self.clear()?;
        Ok(elements)
    }

    /// Takes all elements out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        if self.is_empty()? { Ok(()) } else { self.assign(&BTreeSet::new()) }
    }
}
