//! Walks through a hash map of one generation.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ops::ControlFlow;

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

/// The places of the entries, one after the other.
#[derive(Debug)]
struct Places {
    at: At,
    shape: Shape,
    /// `None` before the first call.
    walk: Option<Walk>,
    leaf: Option<(Leaf, usize)>,
    /// How many entries are left; before the first call, none are known.
    left: u64,
    is_over: bool,
}

impl Places {
    const fn new(at: At, shape: Shape) -> Self {
        Self { at, shape, walk: None, leaf: None, left: 0, is_over: false }
    }

    /// Calls `read` with the place of the next entry.
    fn next<R, K: Cell, V: Cell>(
        &mut self,
        view: &ViewCore<'_>,
        read: impl FnOnce(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Option<Result<R, ReadError>> {
        if self.is_over {
            return None;
        }
        let next = view.read(|snap| match self.place::<K, V>(snap)? {
            Some(place) => snap.deeper(self.shape.stride, || read(snap, place)).map(Some),
            None => Ok(None),
        });
        if !matches!(next, Ok(Some(_))) {
            (self.is_over, self.walk, self.leaf, self.left) = (true, None, None, 0);
        }
        next.transpose()
    }

    /// The next leaf.
    fn next_leaf<K: Cell, V: Cell>(&mut self, snap: &Snap<'_>) -> Result<Option<Leaf>, Fault> {
        let walk = match &mut self.walk {
            Some(walk) => walk,
            none => {
                let map = entries::map::<K, V>(snap, self.at)?;
                self.left = map.len;
                none.insert(Walk::new(snap, map))
            }
        };
        walk.next(snap, self.shape)
    }

    fn place<K: Cell, V: Cell>(&mut self, snap: &Snap<'_>) -> Result<Option<At>, Fault> {
        loop {
            if let Some((leaf, index)) = &mut self.leaf
                && *index < leaf.head.len
            {
                let place = leaf.entry(self.shape, *index);
                *index += 1;
                self.left = self.left.saturating_sub(1);
                return Ok(Some(place));
            }
            match self.next_leaf::<K, V>(snap)? {
                Some(leaf) => self.leaf = Some((leaf, 0)),
                None => return Ok(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // One of them may be an error, after which there are no more.
        match &self.walk {
            Some(_) => (self.left.min(1) as usize, usize::try_from(self.left).ok()),
            None if self.is_over => (0, Some(0)),
            None => (0, None),
        }
    }
}

/// Calls `visit` with each key, in the same memory, and with what its value is in a view, until one breaks.
///
/// # Errors
///
/// What `visit` returns; what is wrong with the bytes.
pub(super) fn visit_all<'v, K: HashKey, V: Cell, B>(
    view: &'v ViewCore<'v>,
    at: At,
    mut visit: impl FnMut(&K, V::Ref<'v>) -> Result<ControlFlow<B>, ReadError>,
) -> Result<ControlFlow<B>, ReadError> {
    let shape = Shape::of::<KeyCell<K>, V>();
    let (mut places, mut keys, mut values) = (Places::new(at, shape), Vec::<K>::new(), Vec::new());
    loop {
        // One leaf at a time: what is visited is of this generation.
        view.read(|snap| {
            let Some(leaf) = places.next_leaf::<KeyCell<K>, V>(snap)? else { return Ok(()) };
            snap.deeper(shape.stride, || {
                for (index, entry) in leaf.entries(shape).enumerate() {
                    match keys.get_mut(index) {
                        Some(key) => KeyCell::<K>::load_into(snap, entry, key)?,
                        None => keys.push(KeyCell::<K>::load(snap, entry)?),
                    }
                    values.push(V::reference(view, snap, entry.plus(shape.value_at))?);
                }
                Ok(())
            })
        })?;
        if values.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        for (key, value) in keys.iter().zip(values.drain(..)) {
            if let ControlFlow::Break(result) = visit(key, value)? {
                return Ok(ControlFlow::Break(result));
            }
        }
    }
}

macro_rules! iterators {
    ($($(#[$doc:meta])* $name:ident<$($T:ident: $bound:ident),+>
        by $key:ty, $value:ty => $item:ty, $read:expr;)+) => {$(
        $(#[$doc])*
        pub struct $name<'v, $($T),+> {
            view: &'v ViewCore<'v>,
            places: Places,
            entry: PhantomData<fn() -> ($($T,)+)>,
        }

        impl<$($T),+> fmt::Debug for $name<'_, $($T),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl<'v, $($T: $bound),+> $name<'v, $($T),+> {
            pub(super) const fn new(view: &'v ViewCore<'v>, at: At) -> Self {
                let places = Places::new(at, Shape::of::<$key, $value>());
                Self { view, places, entry: PhantomData }
            }
        }

        impl<'v, $($T: $bound),+> Iterator for $name<'v, $($T),+> {
            type Item = Result<$item, ReadError>;

            fn next(&mut self) -> Option<Self::Item> {
                let view = self.view;
                self.places.next::<_, $key, $value>(view, |snap, entry| $read(view, snap, entry))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.places.size_hint()
            }
        }

        impl<$($T: $bound),+> FusedIterator for $name<'_, $($T),+> {}
    )+};
}

fn key<'v, K: HashKey>(
    view: &'v ViewCore<'v>,
    snap: &Snap<'_>,
    entry: At,
) -> Result<KeyRef<'v, K>, Fault> {
    KeyCell::<K>::reference(view, snap, entry)
}

fn value<'v, K: HashKey, V: Growable>(
    view: &'v ViewCore<'v>,
    snap: &Snap<'_>,
    entry: At,
) -> Result<Ref<'v, V>, Fault> {
    let value_at = Shape::of::<KeyCell<K>, ValueItem<V>>().value_at;
    ValueItem::<V>::reference(view, snap, entry.plus(value_at))
}

fn both<'v, K: HashKey, V: Growable>(
    view: &'v ViewCore<'v>,
    snap: &Snap<'_>,
    entry: At,
) -> Result<(KeyRef<'v, K>, Ref<'v, V>), Fault> {
    Ok((key::<K>(view, snap, entry)?, value::<K, V>(view, snap, entry)?))
}

iterators! {
    /// The entries of a hash map in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more. So `.flatten()` would take an eviction
    /// for the end. Made by [`HashMapRef::iter`](super::HashMapRef::iter), where an example stands.
    HashMapIter<K: HashKey, V: Growable> by KeyCell<K>, ValueItem<V>
        => (KeyRef<'v, K>, Ref<'v, V>), both::<K, V>;
    /// The keys of a hash map in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more.
    HashMapKeys<K: HashKey, V: Growable> by KeyCell<K>, ValueItem<V> => KeyRef<'v, K>, key::<K>;
    /// The values of a hash map in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more.
    HashMapValues<K: HashKey, V: Growable> by KeyCell<K>, ValueItem<V>
        => Ref<'v, V>, value::<K, V>;
    /// The elements of a hash set in a view, in no order.
    ///
    /// Each is a `Result`; after an error there are no more.
    HashSetIter<K: HashKey> by KeyCell<K>, Nothing => KeyRef<'v, K>, key::<K>;
}
