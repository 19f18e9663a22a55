//! Walks through a map or a set of one generation.

use core::fmt;
use core::iter::{self, FusedIterator};
use core::ops::Bound;
use std::vec;

use super::entries::{Entries, HeldBounds};
use super::layout::Tree;
use super::search::{Position, leaf_before, next_leaf, same_leaf};
use super::{Item, Nothing, Of};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::{Cell, Growable, Key, KeyCell, KeyRef, OrdCell, Ref};
use crate::growable::view::ViewCore;

/// No more are read at once: more would not be faster.
const MAX_BATCH: usize = 64;

type Entry<'v, K, V> = (<K as Cell>::Ref<'v>, <V as Cell>::Ref<'v>);

/// Entries that were read, in their order.
type Ready<'v, K, V> =
    iter::Zip<vec::IntoIter<<K as Cell>::Ref<'v>>, vec::IntoIter<<V as Cell>::Ref<'v>>>;

/// The entries between two places that are not read yet.
pub(super) struct Walk<'v, K: OrdCell, V: Cell> {
    view: &'v ViewCore<'v>,
    tree: Tree,
    left: Option<(Position, Position)>,
    /// How many there can be at most: as many as the map says that it has.
    count: u64,
    /// What the search for the places has failed by.
    failed: Option<ReadError>,
    /// Entries that were read from the front.
    ready: Ready<'v, K, V>,
    /// The same from behind.
    ready_back: Ready<'v, K, V>,
    /// How many to read next at once. Whoever takes one only should not pay for many.
    batch: usize,
}

impl<'v, K: OrdCell, V: Cell> Walk<'v, K, V> {
    pub(super) fn new(view: &'v ViewCore<'v>, at: At, range: &HeldBounds<'_, K>) -> Self {
        let found = view.read(|snap| {
            let tree = Entries::<K, V>::tree(snap, at)?;
            if tree.root() == 0 {
                return Ok((tree, None));
            }
            Ok((tree, Some(Entries::<K, V>::bounds(snap, tree, range)?)))
        });
        let (tree, left, failed) = match found {
            Ok((tree, left)) => (tree, left, None),
            Err(error) => (Tree::EMPTY, None, Some(error)),
        };
        // What has no blocks costs next to nothing.
        let batch = if K::HAS_BLOCKS || V::HAS_BLOCKS { 1 } else { MAX_BATCH / 4 };
        let (ready, ready_back) = (Self::nothing(), Self::nothing());
        Self { view, tree, left, count: tree.len, failed, ready, ready_back, batch }
    }

    fn nothing() -> Ready<'v, K, V> {
        Vec::new().into_iter().zip(Vec::new())
    }

    pub(super) fn all(view: &'v ViewCore<'v>, at: At) -> Self {
        Self::new(view, at, &(Bound::Unbounded, Bound::Unbounded))
    }

    /// How many entries are left at most.
    fn at_most(&self) -> usize {
        let unread = usize::try_from(self.count).unwrap_or(usize::MAX);
        let unread = if self.left.is_some() { unread } else { 0 };
        unread.saturating_add(self.ready.len() + self.ready_back.len()).saturating_add(1)
    }

    /// Reads the next entries of one leaf.
    #[inline(never)]
    fn fill(&mut self, is_next: bool) -> Result<(), ReadError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some((mut start, mut end)) = self.left.take() else { return Ok(()) };
        let (tree, shape, batch) = (self.tree, Entries::<K, V>::SHAPE, self.batch);
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        let view = self.view;
        let most = usize::try_from(self.count).unwrap_or(usize::MAX).min(batch);
        view.read(|snap| {
            while start.is_before(&end) {
                let is_there = match is_next {
                    true => start.slot() < start.len,
                    false => end.slot() > end.first,
                };
                if !is_there {
                    let has_more = match is_next {
                        true => next_leaf(snap, (tree, shape), &mut start)?,
                        false => leaf_before(snap, (tree, shape), &mut end)?,
                    };
                    if !has_more {
                        return Ok(());
                    }
                    continue;
                }
                let is_one_leaf = same_leaf(&start, &end);
                let first = if is_one_leaf { start.slot() } else { end.first };
                let last = if is_one_leaf { end.slot() } else { start.len };
                let mut from = start;
                let count = if is_next {
                    let count = last.saturating_sub(start.slot()).min(most);
                    start.set_slot(start.slot() + count);
                    count
                } else {
                    let count = end.slot().saturating_sub(first).min(most);
                    end.set_slot(end.slot() - count);
                    from = end;
                    count
                };
                K::references(view, snap, from.key(shape), count, &mut keys)?;
                if V::SIZE > 0 {
                    V::references(view, snap, from.value(shape), count, &mut values)?;
                } else {
                    for _ in 0..count {
                        values.push(V::reference(view, snap, from.value(shape))?);
                    }
                }
                return Ok(());
            }
            Ok(())
        })?;
        self.count -= keys.len() as u64;
        if start.is_before(&end) && self.count > 0 && !keys.is_empty() {
            self.left = Some((start, end));
        }
        self.batch = (batch * 4).min(MAX_BATCH);
        let entries = keys.into_iter().zip(values);
        match is_next {
            true => self.ready = entries,
            false => self.ready_back = entries,
        }
        Ok(())
    }

    /// No more entries, after an error.
    #[cold]
    fn end<R>(&mut self, error: ReadError) -> Option<Result<R, ReadError>> {
        self.left = None;
        (self.ready, self.ready_back) = (Self::nothing(), Self::nothing());
        Some(Err(error))
    }

    #[inline]
    fn next(&mut self) -> Option<Result<Entry<'v, K, V>, ReadError>> {
        if let Some(entry) = self.ready.next() {
            return Some(Ok(entry));
        }
        match self.fill(true) {
            // What was read from behind may be all that is left.
            Ok(()) => self.ready.next().or_else(|| self.ready_back.next()).map(Ok),
            Err(error) => self.end(error),
        }
    }

    #[inline]
    fn next_back(&mut self) -> Option<Result<Entry<'v, K, V>, ReadError>> {
        if let Some(entry) = self.ready_back.next_back() {
            return Some(Ok(entry));
        }
        match self.fill(false) {
            Ok(()) => self.ready_back.next_back().or_else(|| self.ready.next_back()).map(Ok),
            Err(error) => self.end(error),
        }
    }
}

/// Calls `visit` with the entries of a range, in order. Keys are read into buffers that are used again.
pub(super) fn visit_all<'v, K: Key, V: Growable>(
    view: &'v ViewCore<'v>,
    at: At,
    range: &HeldBounds<'_, KeyCell<K>>,
    mut visit: impl FnMut(&K, Ref<'v, V>),
) -> Result<(), ReadError> {
    let shape = Of::<K, V>::SHAPE;
    let found = view.read(|snap| {
        let tree = Of::<K, V>::tree(snap, at)?;
        if tree.root() == 0 {
            return Ok(None);
        }
        Ok(Some((tree, Of::<K, V>::bounds(snap, tree, range)?)))
    })?;
    let Some((mut tree, (mut start, end))) = found else { return Ok(()) };
    let (mut keys, mut values) = (Vec::<K>::new(), Vec::new());
    while tree.len > 0 {
        // One leaf at a time: what is visited is of this generation.
        let count = view.read(|snap| {
            let count = loop {
                let is_last = same_leaf(&start, &end);
                let len = if is_last { end.slot() } else { start.len };
                if start.slot() < len {
                    break len - start.slot();
                }
                let is_over = is_last || end.is_before(&start);
                if is_over || !next_leaf(snap, (tree, shape), &mut start)? {
                    return Ok(0);
                }
            };
            let count = count.min(tree.count());
            Item::<V>::references(view, snap, start.value(shape), count, &mut values)?;
            for slot in 0..count {
                let at = start.key(shape);
                match keys.get_mut(slot) {
                    Some(key) => KeyCell::<K>::load_into(snap, at, key)?,
                    None => keys.push(KeyCell::<K>::load(snap, at)?),
                }
                start.set_slot(start.slot() + 1);
            }
            Ok(count)
        })?;
        if count == 0 {
            break;
        }
        tree.len -= count as u64;
        keys.iter().zip(values.drain(..)).for_each(|(key, value)| visit(key, value));
    }
    Ok(())
}

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident<$K:ident: Key $(, $V:ident)?> over $value:ty,
        $item:ty, $entry:pat => $result:expr) => {
        $(#[$doc])*
        ///
        /// Each is a `Result`; after an error there are no more. So `.flatten()` would take an eviction
        /// for the end.
        pub struct $name<'v, $K: Key $(, $V: Growable)?> {
            pub(super) walk: Walk<'v, KeyCell<$K>, $value>,
        }

        impl<$K: Key $(, $V: Growable)?> fmt::Debug for $name<'_, $K $(, $V)?> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl<'v, $K: Key $(, $V: Growable)?> Iterator for $name<'v, $K $(, $V)?> {
            type Item = Result<$item, ReadError>;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.walk.next().map(|next| next.map(|$entry| $result))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, Some(self.walk.at_most()))
            }
        }

        impl<$K: Key $(, $V: Growable)?> DoubleEndedIterator for $name<'_, $K $(, $V)?> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.walk.next_back().map(|next| next.map(|$entry| $result))
            }
        }

        impl<$K: Key $(, $V: Growable)?> FusedIterator for $name<'_, $K $(, $V)?> {}
    };
}

iterator! {
    /// The entries of an ordered map in a view, in the order of their keys: keys and values, or proxies
    /// for what grows.
    BTreeMapIter<K: Key, V> over Item<V>, (KeyRef<'v, K>, Ref<'v, V>), entry => entry
}
iterator! {
    /// The keys of an ordered map in a view, in their order.
    BTreeMapKeys<K: Key, V> over Item<V>, KeyRef<'v, K>, (key, _) => key
}
iterator! {
    /// The values of an ordered map in a view, in the order of their keys.
    BTreeMapValues<K: Key, V> over Item<V>, Ref<'v, V>, (_, value) => value
}
iterator! {
    /// The elements of an ordered set in a view, in their order.
    BTreeSetIter<K: Key> over Nothing, KeyRef<'v, K>, (key, ()) => key
}
