//! Walks through a hash map of one generation.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::ControlFlow;
use std::vec;

use super::layout::Shape;
use super::nodes::{Leaf, Walk};
use super::{HashKey, ValueItem, entries};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::nothing::Nothing;
use crate::growable::cell::{Cell, Growable, KeyCell, KeyRef, Ref};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::view::ViewCore;

/// The leaves, one after the other.
struct Leaves<'v> {
    view: &'v ViewCore<'v>,
    at: At,
    /// `None` before the first call.
    walk: Option<Walk>,
    /// How many entries are in leaves that were not read yet; before the first call, none are known.
    left: u64,
    is_over: bool,
}

impl<'v> Leaves<'v> {
    const fn new(view: &'v ViewCore<'v>, at: At) -> Self {
        Self { view, at, walk: None, left: 0, is_over: false }
    }

    /// Calls `read` with the next leaf, so that what it has read is of this generation; returns whether
    /// there was one.
    #[inline]
    fn next<K: Cell, V: Cell>(
        &mut self,
        read: impl FnOnce(&'v ViewCore<'v>, &Snap<'_>, Leaf) -> Result<(), Fault>,
    ) -> Result<bool, ReadError> {
        if self.is_over {
            return Ok(false);
        }
        let (view, shape) = (self.view, Shape::of::<K, V>());
        let found = view.read(|snap| {
            let walk = match &mut self.walk {
                Some(walk) => walk,
                none => {
                    let map = entries::map::<K, V>(snap, self.at)?;
                    self.left = map.len;
                    none.insert(Walk::new(snap, map))
                }
            };
            let Some(leaf) = walk.next(snap, shape)? else { return Ok(false) };
            self.left = self.left.saturating_sub(leaf.head.len as u64);
            snap.deeper(shape.stride, || read(view, snap, leaf))?;
            Ok(true)
        });
        if !matches!(found, Ok(true)) {
            (self.is_over, self.walk, self.left) = (true, None, 0);
        }
        found
    }
}

/// Entries that are read leaf by leaf, in buffers that are used again: the next one last. What nobody asks
/// for is not read.
struct Entries<'v, K: Cell, V: Cell> {
    leaves: Leaves<'v>,
    keys: Vec<K::Ref<'v>>,
    values: Vec<V::Ref<'v>>,
}

impl<'v, K: Cell, V: Cell> Entries<'v, K, V> {
    const fn new(view: &'v ViewCore<'v>, at: At) -> Self {
        Self { leaves: Leaves::new(view, at), keys: Vec::new(), values: Vec::new() }
    }

    /// Reads a leaf; returns whether there was one.
    #[inline(never)]
    fn turn(&mut self, has_keys: bool, has_values: bool) -> Option<Result<(), ReadError>> {
        let shape = Shape::of::<K, V>();
        let (keys, values) = (&mut self.keys, &mut self.values);
        let found = self.leaves.next::<K, V>(|view, snap, leaf| {
            let (first, layout) = (leaf.entry(shape, 0), (leaf.head.len, shape.stride));
            if has_keys {
                K::references_apart(view, snap, first, layout, keys)?;
            }
            if has_values {
                let value = first.plus(shape.value_at);
                V::references_apart(view, snap, value, layout, values)?;
            }
            Ok(())
        });
        match found {
            Ok(true) => Some(Ok(())),
            Ok(false) => None,
            Err(error) => {
                self.keys.clear();
                self.values.clear();
                Some(Err(error))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let ready = self.keys.len().max(self.values.len());
        let left = ready.saturating_add(usize::try_from(self.leaves.left).unwrap_or(usize::MAX));
        // One of them may be an error, after which there are no more.
        match &self.leaves.walk {
            Some(_) => (left.min(1), Some(left)),
            None if self.leaves.is_over => (ready, Some(ready)),
            None => (0, None),
        }
    }
}

/// Calls `visit` with the keys of each leaf, in the same memory, of which there may be more than of the
/// values beside them, and with what these are in a view, until one call breaks.
///
/// # Errors
///
/// What `visit` returns; what is wrong with the bytes.
pub(super) fn visit_leaves<'v, K: HashKey, V: Cell, B>(
    view: &'v ViewCore<'v>,
    at: At,
    mut visit: impl FnMut(&[K], vec::Drain<'_, V::Ref<'v>>) -> Result<ControlFlow<B>, ReadError>,
) -> Result<ControlFlow<B>, ReadError> {
    let shape = Shape::of::<KeyCell<K>, V>();
    let (mut leaves, mut keys, mut values) = (Leaves::new(view, at), Vec::<K>::new(), Vec::new());
    while leaves.next::<KeyCell<K>, V>(|view, snap, leaf| {
        let (first, layout) = (leaf.entry(shape, 0), (leaf.head.len, shape.stride));
        KeyCell::<K>::load_over_apart(snap, first, layout, &mut keys)?;
        V::references_apart(view, snap, first.plus(shape.value_at), layout, &mut values)
    })? {
        if let ControlFlow::Break(result) = visit(&keys, values.drain(..))? {
            return Ok(ControlFlow::Break(result));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Calls `visit` with each key, in the same memory, and with what its value is in a view.
///
/// # Errors
///
/// What is wrong with the bytes.
#[inline]
pub(super) fn visit_all<'v, K: HashKey, V: Cell>(
    view: &'v ViewCore<'v>,
    at: At,
    mut visit: impl FnMut(&K, V::Ref<'v>),
) -> Result<(), ReadError> {
    let each = |keys: &[K], values: vec::Drain<'_, V::Ref<'v>>| {
        keys.iter().zip(values).for_each(|(key, value)| visit(key, value));
        Ok(ControlFlow::Continue(()))
    };
    visit_leaves::<K, V, ()>(view, at, each).map(drop)
}

macro_rules! iterators {
    ($($(#[$doc:meta])* $name:ident<$($T:ident: $bound:ident),+>
        by $key:ty, $value:ty => $item:ty, ($has_keys:literal, $has_values:literal), $take:expr;)+) => {$(
        $(#[$doc])*
        pub struct $name<'v, $($T: $bound),+> {
            entries: Entries<'v, $key, $value>,
        }

        impl<$($T: $bound),+> fmt::Debug for $name<'_, $($T),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl<'v, $($T: $bound),+> $name<'v, $($T),+> {
            pub(super) const fn new(view: &'v ViewCore<'v>, at: At) -> Self {
                Self { entries: Entries::new(view, at) }
            }
        }

        impl<'v, $($T: $bound),+> Iterator for $name<'v, $($T),+> {
            type Item = Result<$item, ReadError>;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                let take = $take;
                loop {
                    if let Some(entry) = take(&mut self.entries) {
                        return Some(Ok(entry));
                    }
                    if let Err(error) = self.entries.turn($has_keys, $has_values)? {
                        return Some(Err(error));
                    }
                }
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.entries.size_hint()
            }
        }

        impl<$($T: $bound),+> FusedIterator for $name<'_, $($T),+> {}
    )+};
}

iterators! {
    /// The entries of a hash map in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more. So `.flatten()` would take an eviction
    /// for the end. Made by [`HashMapRef::iter`](super::HashMapRef::iter), where an example stands.
    HashMapIter<K: HashKey, V: Growable> by KeyCell<K>, ValueItem<V>
        => (KeyRef<'v, K>, Ref<'v, V>), (true, true),
        |entries: &mut Entries<'v, _, _>| Some((entries.keys.pop()?, entries.values.pop()?));
    /// The keys of a hash map in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more.
    HashMapKeys<K: HashKey, V: Growable> by KeyCell<K>, ValueItem<V> => KeyRef<'v, K>, (true, false),
        |entries: &mut Entries<'v, _, _>| entries.keys.pop();
    /// The values of a hash map in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more.
    HashMapValues<K: HashKey, V: Growable> by KeyCell<K>, ValueItem<V>
        => Ref<'v, V>, (false, true),
        |entries: &mut Entries<'v, _, _>| entries.values.pop();
    /// The elements of a hash set in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more.
    HashSetIter<K: HashKey> by KeyCell<K>, Nothing => KeyRef<'v, K>, (true, false),
        |entries: &mut Entries<'v, _, _>| entries.keys.pop();
}
