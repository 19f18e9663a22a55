//! Changes a hash set in place.

use core::fmt;
use core::marker::PhantomData;
use std::collections::HashSet;

use super::{HashKey, HashSetRef, entries};
use crate::error::WriteError;
use crate::growable::cell::nothing::Nothing;
use crate::growable::cell::{Cell, KeyArg, KeyCell, set_held};
use crate::growable::edit::Cursor;
use crate::growable::view::ViewCore;

/// Changes a hash set in place; made by the `x_mut` of a `HashSet` field.
///
/// Outside a transaction each call that changes something publishes once, also those that change
/// many elements.
///
/// | method | cost, for a set of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `contains` | O(log n): one node for each factor of 64, and one leaf |
/// | `insert`, `remove`, `take` | a copy of each node on the way, of 1 KiB at most, once per publish |
/// | `extend`, `append` | each element that is added |
/// | `retain`, `drain`, `load`, `assign`, `clear` | O(n) |
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
        match KeyCell::<K>::hold(key) {
            Ok(held) => insert::<K>(&mut self.cursor, &held),
            Err(refused) => self.cursor.refuse(refused).map(|()| false),
        }
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

    /// The same, and returns the element.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn take(&mut self, key: KeyArg<'_, K>) -> Result<Option<K>, WriteError> {
        let Ok(key) = KeyCell::<K>::hold(key) else { return Ok(None) };
        entries::take::<KeyCell<K>, Nothing, K>(&mut self.cursor, &key, |snap, key, _| {
            KeyCell::<K>::load(snap, key)
        })
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
        self.cursor.whole(|mut cursor| {
            for key in elements {
                insert::<K>(&mut cursor, &KeyCell::<K>::hold(key)?)?;
            }
            Ok(())
        })
    }

    /// The same for elements that are there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn append(&mut self, elements: &HashSet<K>) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            for key in elements {
                insert::<K>(&mut cursor, &KeyCell::<K>::lend(key))?;
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

/// Adds an element; returns whether it was not there.
fn insert<K: HashKey>(
    cursor: &mut Cursor<'_>,
    key: &<KeyCell<K> as Cell>::Held<'_>,
) -> Result<bool, WriteError> {
    // What is there already copies no block on the way.
    let is_there = cursor.look(|snap, at| {
        let map = entries::map::<KeyCell<K>, Nothing>(snap, at)?;
        Ok(entries::find::<KeyCell<K>, Nothing>(snap, map, key)?.is_some())
    })?;
    if !is_there {
        cursor.change(|edit, at| entries::put::<KeyCell<K>, Nothing>(edit, at, key, &()))?;
    }
    Ok(!is_there)
}
