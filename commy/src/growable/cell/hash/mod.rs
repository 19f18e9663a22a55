//! Hash maps and sets: `HashMap<K, V>` and `HashSet<K>`, their entries in leaves below nodes.

mod build;
#[cfg(feature = "dynamic")]
pub(crate) mod by_size;
mod change;
mod entries;
mod entry;
mod feed;
mod grow;
mod iter;
mod layout;
mod leaf;
mod nodes;
#[cfg(test)]
mod page;
mod reconcile;
mod reference;
mod set;
mod set_reference;
mod shrink;

pub use self::change::HashMapMut;
pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub(in crate::growable) use self::feed::feed_value;
#[cfg(test)]
pub(in crate::growable) use self::feed::kept_bits;
pub use self::feed::{HashKey, KeyHash};
pub use self::iter::{HashMapIter, HashMapKeys, HashMapValues, HashSetIter};
pub use self::reference::HashMapRef;
pub use self::set::HashSetMut;
pub use self::set_reference::HashSetRef;

use core::marker::PhantomData;
use std::collections::{HashMap, HashSet};

use self::layout::{LARGEST_VALUE, Shape};
use super::nothing::Nothing;
use super::{ArrayCell, Cell, CellOf, Growable, KeyCell, Placed, set_held};
use crate::error::WriteError;
use crate::format::{Order, SchemaText};
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::Source;
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// What is in an entry for its value.
type ValueItem<V> = Placed<CellOf<V>, LARGEST_VALUE>;

impl<K: HashKey, V: Growable> Growable for HashMap<K, V> {
    type Cell = Self;
    type Key = Self;
}

impl<K: HashKey, V: Growable> Cell for HashMap<K, V> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = layout::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = HashMapRef<'a, K, V, S>;
    type Ref<'v> = HashMapRef<'v, K, V>;
    type Mut<'t> = HashMapMut<'t, K, V>;
    type Arg<'a> = &'a Self;
    type Held<'a> = &'a Self;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Self) -> &Self {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> HashMapRef<'a, K, V, S> {
        HashMapRef::new(source, at)
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<Self::Ref<'v>, Fault> {
        Ok(HashMapRef::new(view, at))
    }

    fn change(cursor: Cursor<'_>) -> HashMapMut<'_, K, V> {
        HashMapMut { cursor, entry: PhantomData }
    }

    fn store(held: &&Self, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        entries::store::<KeyCell<K>, ValueItem<V>>(edit, held.iter(), cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let entries = entries::load::<KeyCell<K>, ValueItem<V>>(snap, at)?;
        // The user's own `Hash` and `Eq` should see nothing that was never published.
        snap.settle()?;
        Ok(entries.into_iter().collect())
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut Self) -> Result<(), Fault> {
        let entries = entries::load::<KeyCell<K>, ValueItem<V>>(snap, at)?;
        snap.settle()?;
        value.clear();
        value.extend(entries);
        Ok(())
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        nodes::trace::<KeyCell<K>, ValueItem<V>>(snap, at, trace)
    }

    fn same(held: &&Self, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        let held = *held;
        let lookup = |key: &K| held.get_key_value(key);
        reconcile::same::<KeyCell<K>, ValueItem<V>>(snap, at, held.len(), &lookup)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        entries::verify::<KeyCell<K>, ValueItem<V>>(snap, at)
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_map(Order::Hash);
        KeyCell::<K>::describe(schema);
        schema.map_value();
        ValueItem::<V>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        // What cannot be read is written anew: nothing else would repair it.
        if cursor.look(entries::map::<KeyCell<K>, ValueItem<V>>).is_err() {
            return set_held::<Self>(&mut cursor, &value);
        }
        let lookup = |key: &K| value.get_key_value(key);
        reconcile::reconcile::<KeyCell<K>, ValueItem<V>>(&mut cursor, value.iter(), &lookup)
    }
}

impl<K: HashKey> Growable for HashSet<K> {
    type Cell = Self;
    type Key = Self;
}

/// The elements of a set, as a map has its entries.
fn elements<K>(set: &HashSet<K>) -> impl Iterator<Item = (&K, &())> {
    set.iter().map(|key| (key, &()))
}

impl<K: HashKey> Cell for HashSet<K> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = layout::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = HashSetRef<'a, K, S>;
    type Ref<'v> = HashSetRef<'v, K>;
    type Mut<'t> = HashSetMut<'t, K>;
    type Arg<'a> = &'a Self;
    type Held<'a> = &'a Self;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Self) -> &Self {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> HashSetRef<'a, K, S> {
        HashSetRef::new(source, at)
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<Self::Ref<'v>, Fault> {
        Ok(HashSetRef::new(view, at))
    }

    fn change(cursor: Cursor<'_>) -> HashSetMut<'_, K> {
        HashSetMut { cursor, key: PhantomData }
    }

    fn store(held: &&Self, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        entries::store::<KeyCell<K>, Nothing>(edit, elements(held), cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let keys = entries::load::<KeyCell<K>, Nothing>(snap, at)?;
        // The user's own `Hash` and `Eq` should see nothing that was never published.
        snap.settle()?;
        Ok(keys.into_iter().map(|(key, ())| key).collect())
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut Self) -> Result<(), Fault> {
        let keys = entries::load::<KeyCell<K>, Nothing>(snap, at)?;
        snap.settle()?;
        value.clear();
        value.extend(keys.into_iter().map(|(key, ())| key));
        Ok(())
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        nodes::trace::<KeyCell<K>, Nothing>(snap, at, trace)
    }

    fn same(held: &&Self, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        let held = *held;
        let lookup = |key: &K| held.get(key).map(|key| (key, &()));
        reconcile::same::<KeyCell<K>, Nothing>(snap, at, held.len(), &lookup)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        entries::verify::<KeyCell<K>, Nothing>(snap, at)
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_set(Order::Hash);
        KeyCell::<K>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        // What cannot be read is written anew: nothing else would repair it.
        if cursor.look(entries::map::<KeyCell<K>, Nothing>).is_err() {
            return set_held::<Self>(&mut cursor, &value);
        }
        let lookup = |key: &K| value.get(key).map(|key| (key, &()));
        reconcile::reconcile::<KeyCell<K>, Nothing>(&mut cursor, elements(value), &lookup)
    }
}

const _: () = assert!(Shape::of::<HashMap<u8, u8>, HashSet<u8>>().stride == 48);
