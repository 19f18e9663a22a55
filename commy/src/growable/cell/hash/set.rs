//! Reads and changes a hash set.

use core::fmt;
use core::marker::PhantomData;
use std::collections::HashSet;

use super::nothing::Nothing;
use super::{HashKey, HashSetIter, entries, layout};
use crate::error::{ReadError, WriteError};
use crate::growable::at::At;
use crate::growable::cell::{Cell, KeyArg, KeyCell, KeyRef, set_held};
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source, ViewSource};
use crate::growable::view::ViewCore;

/// Reads a hash set; made by the accessor of a `HashSet` field.
///
/// On a reader each call reads the newest generation, on a view all are of one. Two elements are the
/// same if they are stored alike, to the last bit.
///
/// | method | cost, for a set of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `contains` | O(log n): one node for each factor of 64, and one leaf |
/// | `iter` | O(1) for each element, in no order |
/// | `load` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::HashSet;
///
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "tags.bin", growable)]
/// #[create_reader(filename = "tags.bin", growable)]
/// struct Tags {
///     all: HashSet<String>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tags.bin");
/// let mut tags = TagsWriter::create_at(&path)?;
/// assert!(tags.all_mut().insert("rust")?);
/// assert!(!tags.all_mut().insert("rust")?); // nothing is published
/// let reader = TagsReader::open_at(&path)?;
/// assert!(reader.all().contains("rust")?);
/// assert_eq!(reader.all().load()?, HashSet::from(["rust".into()]));
/// # Ok(())
/// # }
/// ```
pub struct HashSetRef<'a, K, S = ViewCore<'a>> {
    source: &'a S,
    at: At,
    key: PhantomData<fn() -> K>,
}

impl<K, S> Clone for HashSetRef<'_, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, S> Copy for HashSetRef<'_, K, S> {}

impl<K, S> fmt::Debug for HashSetRef<'_, K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashSetRef")
    }
}

impl<'a, K, S> HashSetRef<'a, K, S> {
    pub(super) const fn new(source: &'a S, at: At) -> Self {
        Self { source, at, key: PhantomData }
    }
}

impl<K: HashKey, S: Source> HashSetRef<'_, K, S> {
    fn run<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        let at = self.at;
        self.source.run(Part::of(at, layout::SIZE), |snap| read(snap, at))
    }

    /// How many elements there are.
    ///
    /// # Errors
    ///
    /// Those of every read: see [`Reader::snapshot`](crate::growable::Reader::snapshot).
    pub fn len(&self) -> Result<usize, ReadError> {
        self.run(|snap, at| Ok(entries::map::<KeyCell<K>, Nothing>(snap, at)?.count()))
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, ReadError> {
        Ok(self.len()? == 0)
    }

    /// Returns whether it has this element.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn contains(&self, key: KeyArg<'_, K>) -> Result<bool, ReadError> {
        // What fits nowhere is in no set.
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(false) };
        self.run(|snap, at| {
            let map = entries::map::<KeyCell<K>, Nothing>(snap, at)?;
            Ok(entries::find::<KeyCell<K>, Nothing>(snap, map, &key)?.is_some())
        })
    }

    /// All elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn load(&self) -> Result<HashSet<K>, ReadError> {
        self.run(<HashSet<K> as Cell>::load)
    }
}

impl<'a, K: HashKey, S: ViewSource> HashSetRef<'a, K, S> {
    /// The elements, in no order.
    ///
    /// Each is a `Result`. After an error, such as that of an eviction, there are no more.
    #[must_use]
    pub fn iter(&self) -> HashSetIter<'a, K> {
        HashSetIter::new(self.source.core(), self.at)
    }
}

impl<'a, K: HashKey, S: ViewSource> IntoIterator for HashSetRef<'a, K, S> {
    type Item = Result<KeyRef<'a, K>, ReadError>;
    type IntoIter = HashSetIter<'a, K>;

    fn into_iter(self) -> HashSetIter<'a, K> {
        self.iter()
    }
}

impl<'a, K: HashKey, S: ViewSource> IntoIterator for &HashSetRef<'a, K, S> {
    type Item = Result<KeyRef<'a, K>, ReadError>;
    type IntoIter = HashSetIter<'a, K>;

    fn into_iter(self) -> HashSetIter<'a, K> {
        self.iter()
    }
}

/// Changes a hash set in place; made by the `x_mut` of a `HashSet` field.
///
/// Outside a transaction each call that changes something publishes once, also those that change
/// many elements.
///
/// | method | cost, for a set of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `contains` | O(log n): one node for each factor of 64, and one leaf |
/// | `insert`, `remove` | a copy of each node on the way, of 1 KiB at most, once per publish |
/// | `extend` | each element that is added |
/// | `retain`, `load`, `assign`, `clear` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::HashSet;
///
/// use commy::create_writer;
///
/// #[create_writer(filename = "seen.bin", growable)]
/// struct Seen {
///     ids: HashSet<u64>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("seen.bin");
/// let mut seen = SeenWriter::create_at(&path)?;
/// seen.ids_mut().extend([3, 5, 8])?; // one publish
/// assert!(seen.ids_mut().remove(5)?);
/// seen.ids_mut().retain(|id| *id > 3)?;
/// assert_eq!(seen.ids_mut().load()?, HashSet::from([8]));
/// # Ok(())
/// # }
/// ```
pub struct HashSetMut<'t, K> {
    pub(super) cursor: Cursor<'t>,
    pub(super) key: PhantomData<fn() -> K>,
}

impl<K> fmt::Debug for HashSetMut<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashSetMut")
    }
}

impl<K: HashKey> HashSetMut<'_, K> {
    /// Reads the set as it is staged.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn as_ref(&self) -> Result<HashSetRef<'_, K>, WriteError> {
        let view: &ViewCore<'_> = self.cursor.view();
        let at = self.cursor.look(|_, at| Ok(at))?;
        Ok(HashSetRef::new(view, at))
    }

    /// All elements as they are now.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn load(&self) -> Result<HashSet<K>, WriteError> {
        self.cursor.look(<HashSet<K> as Cell>::load)
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

    /// Returns whether it has this element.
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
    /// [`WriteError::NoSpace`], [`WriteError::Full`], [`WriteError::TooDeep`]; for an element those of
    /// its own `assign`; what the transaction has failed by.
    pub fn assign(&mut self, elements: &HashSet<K>) -> Result<(), WriteError> {
        set_held::<HashSet<K>>(&mut self.cursor, &elements)
    }

    /// Adds an element; returns whether it was not there, and publishes then.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn insert(&mut self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        let held = match KeyCell::<K>::hold(key) {
            Ok(held) => held,
            Err(refused) => return self.cursor.refuse(refused).map(|()| false),
        };
        if self.cursor.look(|snap, at| {
            let map = entries::map::<KeyCell<K>, Nothing>(snap, at)?;
            Ok(entries::find::<KeyCell<K>, Nothing>(snap, map, &held)?.is_some())
        })? {
            return Ok(false);
        }
        let put = entries::put::<KeyCell<K>, Nothing>;
        self.cursor.change(|edit, at| put(edit, at, &held, None))?;
        Ok(true)
    }

    /// Takes an element out; returns whether it was there, and publishes then.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn remove(&mut self, key: KeyArg<'_, K>) -> Result<bool, WriteError> {
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(false) };
        let cursor = &mut self.cursor;
        let taken = entries::take::<KeyCell<K>, Nothing, ()>(cursor, &key, |_, _, _| Ok(()))?;
        Ok(taken.is_some())
    }

    /// Adds elements: all of them, in one publish, or none.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn extend<'x>(
        &mut self,
        elements: impl IntoIterator<Item = KeyArg<'x, K>>,
    ) -> Result<(), WriteError>
    where
        K: 'x,
    {
        self.cursor.whole(|cursor| {
            let mut set = HashSetMut::<K> { cursor, key: PhantomData };
            for element in elements {
                set.insert(element)?;
            }
            Ok(())
        })
    }

    /// Keeps those elements for which `keeps` returns true; publishes if that is not all of them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn retain(&mut self, mut keeps: impl FnMut(&K) -> bool) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            let all = cursor.look(entries::load::<KeyCell<K>, Nothing>)?;
            for (key, ()) in &all {
                if !keeps(key) {
                    let key = KeyCell::<K>::lend(key);
                    let cursor = &mut cursor;
                    entries::take::<KeyCell<K>, Nothing, ()>(cursor, &key, |_, _, _| Ok(()))?;
                }
            }
            Ok(())
        })
    }

    /// Takes all elements out, and returns them; publishes if there were any.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn drain(&mut self) -> Result<HashSet<K>, WriteError> {
        let all = self.load()?;
        self.clear()?;
        Ok(all)
    }

    /// Takes all elements out; publishes if there were any.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        if self.is_empty()? {
            return Ok(());
        }
        self.cursor.change(entries::clear::<KeyCell<K>, Nothing>)
    }
}
