//! Reads a hash set.

use core::fmt;
use core::marker::PhantomData;
use core::ops::ControlFlow;
use std::collections::HashSet;
use std::vec;

use super::iter::{visit_all, visit_leaves};
use super::{HashKey, HashSetIter, entries, layout};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::nothing::Nothing;
use crate::growable::cell::{Cell, KeyArg, KeyCell, KeyRef};
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
/// | `contains`, `get` | O(log n): one node for each factor of 64, and one leaf |
/// | `iter`, `for_each` | O(1) for each element, in no order |
/// | `is_subset`, `is_superset`, `is_disjoint` | a `contains` for each element, until one says no |
/// | `load`, `load_into` | O(n) |
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

impl<'a, K: HashKey, S: Source> HashSetRef<'a, K, S> {
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
        self.has(&key)
    }

    /// The element as it is stored.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get(&self, key: KeyArg<'_, K>) -> Result<Option<S::Value<'a, K::Key>>, ReadError> {
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(None) };
        let source = self.source;
        self.run(|snap, at| {
            entries::with::<KeyCell<K>, Nothing, _>(snap, at, &key, |key, _| {
                KeyCell::<K>::within(snap, key, |at| source.value::<K::Key>(snap, at))
            })
        })
    }

    fn has(&self, key: &<KeyCell<K> as Cell>::Held<'_>) -> Result<bool, ReadError> {
        self.run(|snap, at| {
            let map = entries::map::<KeyCell<K>, Nothing>(snap, at)?;
            Ok(entries::find::<KeyCell<K>, Nothing>(snap, map, key)?.is_some())
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

    /// The same into a set that is there, whose table is used again.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what is in `set` then means nothing.
    pub fn load_into(&self, set: &mut HashSet<K>) -> Result<(), ReadError> {
        self.run(|snap, at| <HashSet<K> as Cell>::load_into(snap, at, set))
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

    /// Calls `visit` for each element, in no order, with one key whose buffers are used again: no
    /// allocation for each.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what was visited until then was right.
    pub fn for_each(&self, mut visit: impl FnMut(&K)) -> Result<(), ReadError> {
        visit_all::<K, Nothing>(self.source.core(), self.at, |key, ()| visit(key))
    }

    /// Returns whether all elements are in another set, too, of this view or of any other.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::HashSet;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "rights.bin", growable)]
    /// # struct Rights { needed: HashSet<String>, given: HashSet<String>, banned: HashSet<String> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut rights = RightsWriter::create_at(dir.path().join("rights.bin"))?;
    /// rights.needed_mut().extend(["read", "write"])?;
    /// rights.given_mut().extend(["read", "write", "list"])?;
    /// rights.banned_mut().insert("delete")?;
    /// let view = rights.pin()?;
    /// assert!(view.needed().is_subset(view.given())?);
    /// assert!(view.given().is_superset(view.needed())?);
    /// assert!(view.given().is_disjoint(view.banned())?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_subset<Other: ViewSource>(
        &self,
        other: HashSetRef<'_, K, Other>,
    ) -> Result<bool, ReadError> {
        Ok(self.len()? <= other.len()? && self.all(|key| other.has(key))?)
    }

    /// Returns whether all elements of another set are in this one, too.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_superset<Other: ViewSource>(
        &self,
        other: HashSetRef<'_, K, Other>,
    ) -> Result<bool, ReadError> {
        other.is_subset(*self)
    }

    /// Returns whether no element is in another set, too.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_disjoint<Other: ViewSource>(
        &self,
        other: HashSetRef<'_, K, Other>,
    ) -> Result<bool, ReadError> {
        if self.len()? > other.len()? {
            return other.all(|key| Ok(!self.has(key)?));
        }
        self.all(|key| Ok(!other.has(key)?))
    }

    fn all(
        &self,
        mut is_so: impl FnMut(&<KeyCell<K> as Cell>::Held<'_>) -> Result<bool, ReadError>,
    ) -> Result<bool, ReadError> {
        let each = |keys: &[K], elements: vec::Drain<'_, ()>| {
            for (key, ()) in keys.iter().zip(elements) {
                if !is_so(&KeyCell::<K>::lend(key))? {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        Ok(visit_leaves::<K, Nothing, ()>(self.source.core(), self.at, each)?.is_continue())
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
