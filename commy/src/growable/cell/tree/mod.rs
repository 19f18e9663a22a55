//! An ordered map: `BTreeMap<K, V>`, its entries in leaves below inner nodes; and an ordered set.

#[cfg(feature = "dynamic")]
pub(crate) mod by_size;
mod change;
mod entries;
mod entry;
mod iter;
mod layout;
mod map;
mod node;
mod nodes;
#[cfg(test)]
mod page;
mod reference;
mod search;
mod set;

pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub use self::iter::{BTreeMapIter, BTreeMapKeys, BTreeMapValues, BTreeSetIter};
pub use self::map::BTreeMapMut;
pub use self::reference::BTreeMapRef;
pub use self::set::{BTreeSetMut, BTreeSetRef};

use core::marker::PhantomData;
use core::ops::{Bound, RangeBounds};
use std::collections::BTreeMap;

use self::entries::{Entries, HeldBounds};
use self::layout::LARGEST_VALUE;
use super::nothing::Nothing;
use super::{
    ArrayCell, Cell, CellOf, Growable, Key, KeyArg, KeyCell, KeyHash, OrdCell, Placed, feed_value,
    order_of, set_held,
};
use crate::error::WriteError;
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::Source;
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// What is in a leaf for each value.
type Item<V> = Placed<CellOf<V>, LARGEST_VALUE>;
/// The entries of a map.
type Of<K, V> = Entries<KeyCell<K>, Item<V>>;

impl<K: Key, V: Growable> Growable for BTreeMap<K, V> {
    type Cell = Self;
    type Key = Self;
}

impl<K: Key, V: Growable> Cell for BTreeMap<K, V> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = layout::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = BTreeMapRef<'a, K, V, S>;
    type Ref<'v> = BTreeMapRef<'v, K, V>;
    type Mut<'t> = BTreeMapMut<'t, K, V>;
    type Arg<'a> = &'a Self;
    type Held<'a> = &'a Self;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Self) -> &Self {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Self::Field<'a, S> {
        BTreeMapRef::new(source, at)
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<Self::Ref<'v>, Fault> {
        Ok(BTreeMapRef::new(view, at))
    }

    fn change(cursor: Cursor<'_>) -> Self::Mut<'_> {
        BTreeMapMut { cursor, value: PhantomData }
    }

    fn store(held: &&Self, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let lend = |(key, value)| (KeyCell::<K>::lend(key), Item::<V>::lend(value));
        Of::<K, V>::store(held.iter().map(lend), edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        Ok(Of::<K, V>::load(snap, at)?.into_iter().collect())
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        nodes::trace::<KeyCell<K>, Item<V>>(snap, at, trace)
    }

    fn same(held: &&Self, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        if Of::<K, V>::tree(snap, at)?.len != held.len() as u64 {
            return Ok(false);
        }
        let (mut is_same, mut entries) = (true, held.iter());
        Of::<K, V>::each(snap, at, |key_at, value_at| {
            if let (true, Some((key, value))) = (is_same, entries.next()) {
                is_same = KeyCell::<K>::same(&KeyCell::<K>::lend(key), snap, key_at)?
                    && Item::<V>::same(&Item::<V>::lend(value), snap, value_at)?;
            }
            Ok(())
        })?;
        Ok(is_same)
    }

    fn feed(held: &&Self, hash: &mut KeyHash) {
        hash.len(held.len());
        for (key, value) in *held {
            KeyCell::<K>::feed(&KeyCell::<K>::lend(key), hash);
            feed_value(value, hash);
        }
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        Of::<K, V>::verify(snap, at)
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_map(order_of::<KeyCell<K>>());
        KeyCell::<K>::describe(schema);
        schema.map_value();
        Item::<V>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        // What cannot be read is written anew: nothing else would repair it.
        let Ok(keys) = cursor.look(Of::<K, V>::keys_in_order) else {
            return set_held::<Self>(&mut cursor, &value);
        };
        cursor.whole(|mut cursor| {
            for key in keys.iter().filter(|key| !value.contains_key(key)) {
                let held = KeyCell::<K>::lend(key);
                Of::<K, V>::remove(&mut cursor, &held, |_, _| Ok(()))?;
            }
            for (key, value) in value {
                let held = KeyCell::<K>::lend(key);
                let mut place = cursor.look(|snap, at| Of::<K, V>::locate(snap, at, &held))?;
                let (Some(position), true) = place else {
                    let value = Item::<V>::lend(value);
                    cursor.change(|edit, at| {
                        Of::<K, V>::insert_at(edit, at, &mut place.0, (&held, &value))
                    })?;
                    continue;
                };
                Item::<V>::reconcile(value, Of::<K, V>::value(cursor.reborrow(), &position))?;
            }
            // Unless a search was led astray, this is all of it.
            let len = cursor.look(|snap, at| Ok(Of::<K, V>::tree(snap, at)?.len))?;
            if len == value.len() as u64 { Ok(()) } else { set_held::<Self>(&mut cursor, &value) }
        })
    }
}

/// The bounds of a range, held.
///
/// # Errors
///
/// `DoesNotFit` for what a fixed type has no room for.
fn held_bounds<'q, K: Key>(
    range: &impl RangeBounds<KeyArg<'q, K>>,
) -> Result<HeldBounds<'q, KeyCell<K>>, WriteError>
where
    KeyArg<'q, K>: Clone,
{
    let hold = |bound: Bound<&KeyArg<'q, K>>| {
        Ok::<_, WriteError>(match bound {
            Bound::Included(key) => Bound::Included(KeyCell::<K>::hold(key.clone())?),
            Bound::Excluded(key) => Bound::Excluded(KeyCell::<K>::hold(key.clone())?),
            Bound::Unbounded => Bound::Unbounded,
        })
    };
    let bounds = (hold(range.start_bound())?, hold(range.end_bound())?);
    if let (
        Bound::Included(start) | Bound::Excluded(start),
        Bound::Included(end) | Bound::Excluded(end),
    ) = (&bounds.0, &bounds.1)
    {
        let order = KeyCell::<K>::order(start, end);
        assert!(order.is_le(), "a range that does not begin behind its end");
        let is_nothing = matches!(bounds, (Bound::Excluded(_), Bound::Excluded(_)));
        assert!(order.is_lt() || !is_nothing, "a range that is not without both of its equal ends");
    }
    Ok(bounds)
}

/// The same for a range which the caller vouches for.
///
/// # Panics
///
/// If it makes no sense, or an end does not fit.
fn bounds_or_panic<'q, K: Key>(
    range: &impl RangeBounds<KeyArg<'q, K>>,
) -> HeldBounds<'q, KeyCell<K>>
where
    KeyArg<'q, K>: Clone,
{
    match held_bounds::<K>(range) {
        Ok(bounds) => bounds,
        Err(error) => panic!("the end of a range: {error}"),
    }
}
