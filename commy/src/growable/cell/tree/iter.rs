//! Walks through a map or a set of one generation.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Bound;

use super::entries::{Entries, HeldBounds};
use super::layout::{Shape, Tree};
use super::search::{self, Position, ahead, leaf_before, next_leaf, same_leaf};
use super::{Item, Nothing, Of};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::{Cell, Growable, Key, KeyCell, KeyRef, OrdCell, Ref};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::view::ViewCore;

/// So many leaves are asked for before they are read: they may lie anywhere.
const AHEAD: usize = 2;

/// No more entries are read at once: more would not be faster.
const MAX_BATCH: usize = 128;

/// Entries that were read, the next one last, in buffers that are used again. One of them stays empty if
/// nobody asks for it.
struct Ready<'v, K: Cell, V: Cell> {
    keys: Vec<K::Ref<'v>>,
    values: Vec<V::Ref<'v>>,
}

impl<K: OrdCell, V: Cell> Ready<'_, K, V> {
    const NOTHING: Self = Self { keys: Vec::new(), values: Vec::new() };

    const fn len(&self) -> usize {
        if self.keys.len() > self.values.len() { self.keys.len() } else { self.values.len() }
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }

    fn reverse(&mut self) {
        self.keys.reverse();
        self.values.reverse();
    }
}

/// What is wanted of the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Keys,
    Values,
    Entries,
}

/// The entries between two places that are not read yet.
pub(super) struct Walk<'v, K: OrdCell, V: Cell> {
    view: &'v ViewCore<'v>,
    wanted: Wanted,
    tree: Tree,
    unread: Unread,
    /// What the search for the places has failed by.
    failed: Option<ReadError>,
    /// Entries that were read from the front.
    ready: Ready<'v, K, V>,
    /// The same from behind.
    ready_back: Ready<'v, K, V>,
    /// How many to read next at once. Whoever takes one only should not pay for many.
    batch: usize,
}

/// The places between which nothing was read yet.
struct Unread {
    start: Position,
    /// `None` behind all entries, until somebody asks for the last one.
    end: Option<Position>,
    /// How many entries there can be at most: as many as the map says that it has; 0 if there are none.
    count: u64,
}

/// Where entries are that lie one behind the other in a leaf.
struct Run {
    from: Position,
    count: usize,
}

impl Unread {
    /// Whether both ends are in one leaf.
    fn is_one_leaf(&self) -> bool {
        self.end.is_some_and(|end| same_leaf(&self.start, &end))
    }

    fn is_nothing(&self) -> bool {
        self.count == 0 || self.end.is_some_and(|end| !self.start.is_before(&end))
    }

    /// Takes entries of one leaf from an end, at most so many.
    #[inline]
    fn take(
        &mut self,
        snap: &Snap<'_>,
        place: (Tree, Shape),
        (is_next, most): (bool, usize),
    ) -> Result<Run, Fault> {
        if !is_next && self.end.is_none() {
            self.end = Some(search::end(snap, place.0, place.1)?);
        }
        let most = usize::try_from(self.count).unwrap_or(usize::MAX).min(most);
        loop {
            if self.is_nothing() {
                return Ok(self.nothing());
            }
            let is_one_leaf = self.is_one_leaf();
            let (start, end) = (&mut self.start, self.end.as_mut());
            let (first, last) = match (is_next, &end) {
                (true, Some(end)) if is_one_leaf => (start.slot(), end.slot()),
                (false, Some(end)) if is_one_leaf => (start.slot(), end.slot()),
                (false, Some(end)) => (end.first, end.slot()),
                _ => (start.slot(), start.len),
            };
            let count = last.saturating_sub(first).min(most);
            if count > 0 {
                self.count -= count as u64;
                return Ok(match (is_next, end) {
                    (false, Some(end)) => {
                        end.set_slot(last - count);
                        Run { from: *end, count }
                    }
                    _ => {
                        let from = *start;
                        start.set_slot(first + count);
                        Run { from, count }
                    }
                });
            }
            let has_more = match (is_next, end) {
                (false, Some(end)) => leaf_before(snap, place, end)?,
                _ => next_leaf(snap, place, start)?,
            };
            if !has_more {
                return Ok(self.nothing());
            }
            if is_next {
                ahead(snap, place, &self.start, AHEAD)?;
            }
        }
    }

    const fn nothing(&mut self) -> Run {
        self.count = 0;
        Run { from: self.start, count: 0 }
    }
}

impl<'v, K: OrdCell, V: Cell> Walk<'v, K, V> {
    pub(super) fn new(
        (view, at): (&'v ViewCore<'v>, At),
        wanted: Wanted,
        range: &HeldBounds<'_, K>,
    ) -> Self {
        // What has no blocks costs next to nothing.
        let batch = if K::HAS_BLOCKS || V::HAS_BLOCKS { 1 } else { MAX_BATCH / 4 };
        let mut walk = Self {
            view,
            wanted,
            tree: Tree::EMPTY,
            unread: Unread { start: Position::NONE, end: None, count: 0 },
            failed: None,
            ready: Ready::NOTHING,
            ready_back: Ready::NOTHING,
            batch,
        };
        walk.failed = walk.find(at, range).err();
        walk
    }

    pub(super) fn all(view: &'v ViewCore<'v>, at: At, wanted: Wanted) -> Self {
        Self::new((view, at), wanted, &(Bound::Unbounded, Bound::Unbounded))
    }

    /// Finds both ends.
    fn find(&mut self, at: At, (start, end): &HeldBounds<'_, K>) -> Result<(), ReadError> {
        let (tree, unread) = (&mut self.tree, &mut self.unread);
        self.view.read(|snap| {
            *tree = Entries::<K, V>::tree(snap, at)?;
            if tree.root() == 0 {
                return Ok(());
            }
            Entries::<K, V>::start(snap, *tree, start, &mut unread.start)?;
            if !matches!(end, Bound::Unbounded) {
                let place = unread.end.insert(Position::NONE);
                Entries::<K, V>::end(snap, *tree, end, place)?;
            }
            unread.count = tree.len;
            ahead(snap, (*tree, Entries::<K, V>::SHAPE), &unread.start, AHEAD)
        })
    }

    /// How many entries are left at most.
    fn at_most(&self) -> usize {
        let unread = usize::try_from(self.unread.count).unwrap_or(usize::MAX);
        unread.saturating_add(self.ready.len() + self.ready_back.len()).saturating_add(1)
    }

    /// Reads the next entries of one leaf.
    #[inline(never)]
    fn fill(&mut self, is_next: bool) -> Result<(), ReadError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.unread.count == 0 {
            return Ok(());
        }
        let (view, wanted) = (self.view, self.wanted);
        let shape = Entries::<K, V>::SHAPE;
        let (place, asked) = ((self.tree, shape), (is_next, self.batch));
        let (unread, ready) = match is_next {
            true => (&mut self.unread, &mut self.ready),
            false => (&mut self.unread, &mut self.ready_back),
        };
        view.read(|snap| {
            let Run { from, count } = unread.take(snap, place, asked)?;
            if count == 0 {
                return Ok(());
            }
            if wanted != Wanted::Values {
                K::references(view, snap, from.key(shape), count, &mut ready.keys)?;
            }
            if wanted != Wanted::Keys && V::SIZE > 0 {
                V::references(view, snap, from.value(shape), count, &mut ready.values)?;
            } else if wanted != Wanted::Keys {
                for _ in 0..count {
                    ready.values.push(V::reference(view, snap, from.value(shape))?);
                }
            }
            Ok(())
        })?;
        if is_next {
            ready.reverse();
        }
        self.batch = (self.batch * 4).min(MAX_BATCH);
        Ok(())
    }

    /// No more entries, after an error.
    #[cold]
    fn fail<R>(&mut self, error: ReadError) -> Option<Result<R, ReadError>> {
        self.unread.count = 0;
        self.ready.clear();
        self.ready_back.clear();
        Some(Err(error))
    }

    /// The next entry, which `take` takes out of what is ready.
    #[inline]
    fn next<R>(
        &mut self,
        take: impl Fn(&mut Ready<'v, K, V>) -> Option<R>,
    ) -> Option<Result<R, ReadError>> {
        if let Some(entry) = take(&mut self.ready) {
            return Some(Ok(entry));
        }
        match self.refill(true) {
            Ok(()) => take(&mut self.ready).map(Ok),
            Err(error) => self.fail(error),
        }
    }

    /// The same from behind.
    #[inline]
    fn next_back<R>(
        &mut self,
        take: impl Fn(&mut Ready<'v, K, V>) -> Option<R>,
    ) -> Option<Result<R, ReadError>> {
        if let Some(entry) = take(&mut self.ready_back) {
            return Some(Ok(entry));
        }
        match self.refill(false) {
            Ok(()) => take(&mut self.ready_back).map(Ok),
            Err(error) => self.fail(error),
        }
    }

    /// Reads more; what was read from the other end may be all that is left.
    #[inline(never)]
    fn refill(&mut self, is_next: bool) -> Result<(), ReadError> {
        self.fill(is_next)?;
        let (ready, other) = match is_next {
            true => (&mut self.ready, &mut self.ready_back),
            false => (&mut self.ready_back, &mut self.ready),
        };
        if ready.len() == 0 && other.len() > 0 {
            core::mem::swap(ready, other);
            ready.reverse();
        }
        Ok(())
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
    let mut walk = Walk::<KeyCell<K>, Item<V>>::new((view, at), Wanted::Entries, range);
    if let Some(error) = walk.failed {
        return Err(error);
    }
    let place = (walk.tree, shape);
    let (mut keys, mut values) = (Vec::<K>::new(), Vec::new());
    loop {
        // One leaf at a time: what is visited is of this generation.
        let count = view.read(|snap| {
            let Run { from, count } = walk.unread.take(snap, place, (true, usize::MAX))?;
            if count > 0 {
                KeyCell::<K>::load_over(snap, from.key(shape), count, &mut keys)?;
                Item::<V>::references(view, snap, from.value(shape), count, &mut values)?;
            }
            Ok(count)
        })?;
        if count == 0 {
            return Ok(());
        }
        keys.iter().zip(values.drain(..)).for_each(|(key, value)| visit(key, value));
    }
}

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident<$K:ident: Key $(, $V:ident)?> over $value:ty,
        $item:ty, $take:expr) => {
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
                self.walk.next($take)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, Some(self.walk.at_most()))
            }
        }

        impl<$K: Key $(, $V: Growable)?> DoubleEndedIterator for $name<'_, $K $(, $V)?> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.walk.next_back($take)
            }
        }

        impl<$K: Key $(, $V: Growable)?> FusedIterator for $name<'_, $K $(, $V)?> {}
    };
}

iterator! {
    /// The entries of an ordered map in a view, in the order of their keys: keys and values, or proxies
    /// for what grows.
    BTreeMapIter<K: Key, V> over Item<V>, (KeyRef<'v, K>, Ref<'v, V>),
        |ready| Some((ready.keys.pop()?, ready.values.pop()?))
}
iterator! {
    /// The keys of an ordered map in a view, in their order.
    BTreeMapKeys<K: Key, V> over Item<V>, KeyRef<'v, K>, |ready| ready.keys.pop()
}
iterator! {
    /// The values of an ordered map in a view, in the order of their keys.
    BTreeMapValues<K: Key, V> over Item<V>, Ref<'v, V>, |ready| ready.values.pop()
}
iterator! {
    /// The elements of an ordered set in a view, in their order.
    BTreeSetIter<K: Key> over Nothing, KeyRef<'v, K>, |ready| ready.keys.pop()
}
