//! Compares what is stored with a value of std's, and makes it that.

use super::entries::{clear, find, map, put, take, value};
use super::layout::Shape;
use super::nodes;
use crate::error::WriteError;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// A key and its value where they are.
type Lent<'e, K, V> = (&'e <K as Cell>::Value, &'e <V as Cell>::Value);

/// How to find the entry of a key in a value: by its own `Eq`.
pub(super) type Lookup<'e, K, V> = dyn Fn(&<K as Cell>::Value) -> Option<Lent<'e, K, V>> + 'e;

/// The entry of a value whose key is stored at a place, to the last bit; if there is none, that key.
fn counterpart<'e, K: Cell, V: Cell>(
    snap: &Snap<'_>,
    entry: At,
    lookup: &Lookup<'e, K, V>,
) -> Result<Result<Lent<'e, K, V>, K::Value>, Fault> {
    let key = K::load(snap, entry)?;
    // The user's own `Hash` and `Eq` should see nothing that was never published.
    snap.settle()?;
    match lookup(&key) {
        Some(found) if snap.uncounted(|| K::same(&K::lend(found.0), snap, entry))? => Ok(Ok(found)),
        _ => Ok(Err(key)),
    }
}

/// Returns whether exactly the entries of a value are stored: so many, which `lookup` finds.
pub(super) fn same<K: Cell, V: Cell>(
    snap: &Snap<'_>,
    at: At,
    len: usize,
    lookup: &Lookup<'_, K, V>,
) -> Result<bool, Fault> {
    let (map, shape) = (map::<K, V>(snap, at)?, Shape::of::<K, V>());
    let mut is_same = map.len == len as u64;
    let mut count = 0;
    if !is_same {
        return Ok(false);
    }
    nodes::each(snap, map, shape, |entry| {
        count += 1;
        if is_same {
            is_same = match counterpart::<K, V>(snap, entry, lookup)? {
                Ok((_, value)) => V::same(&V::lend(value), snap, entry.plus(shape.value_at))?,
                Err(_) => false,
            };
        }
        Ok(())
    })?;
    Ok(is_same && count == map.len)
}

/// Makes the map hold the entries of a value, and writes as little as possible for it.
pub(super) fn reconcile<'e, K: Cell, V: Cell>(
    cursor: &mut Cursor<'_>,
    entries: impl Iterator<Item = (&'e K::Value, &'e V::Value)>,
    lookup: &Lookup<'e, K, V>,
) -> Result<(), WriteError> {
    let shape = Shape::of::<K, V>();
    cursor.whole(|mut cursor| {
        let (is_none_kept, extra) = cursor.look(|snap, at| {
            let map = map::<K, V>(snap, at)?;
            let mut extra = Vec::new();
            nodes::each(snap, map, shape, |entry| {
                if let Err(key) = counterpart::<K, V>(snap, entry, lookup)? {
                    extra.push(key);
                }
                Ok(())
            })?;
            Ok((extra.len() as u64 == map.len, extra))
        })?;
        if is_none_kept && !extra.is_empty() {
            cursor.change(clear::<K, V>)?;
        } else {
            for key in &extra {
                take::<K, V, ()>(&mut cursor, &K::lend(key), |_, _, _| Ok(()))?;
            }
        }
        for (key, new) in entries {
            let key = K::lend(key);
            let found = cursor.look(|snap, at| find::<K, V>(snap, map::<K, V>(snap, at)?, &key))?;
            match found {
                Some((hash, found)) => {
                    V::reconcile(new, value::<K, V>(cursor.reborrow(), (hash, &found)))?;
                }
                None => {
                    let new = V::lend(new);
                    cursor.change(|edit, at| put::<K, V>(edit, at, &key, &new))?;
                }
            }
        }
        Ok(())
    })
}
