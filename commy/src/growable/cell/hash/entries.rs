//! What reads and changes of hash maps do with keys and values: with their cells, and with what
//! these lead to. `V` of a set is [`Nothing`](super::nothing::Nothing).

use super::build::Entries;
use super::feed::{hash_of, hash_of_value};
use super::grow;
use super::layout::{Map, SIZE, Shape, mask, slot_at, tag_of};
use super::leaf;
use super::nodes::{self, Found, Walk};
use super::shrink;
use crate::error::WriteError;
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// The map whose cell is here.
#[inline]
pub(super) fn map<K: Cell, V: Cell>(snap: &Snap<'_>, at: At) -> Result<Map, Fault> {
    Map::read(snap, at, Shape::of::<K, V>())
}

/// The entry of a key, and its hash.
#[inline]
pub(super) fn find<K: Cell, V: Cell>(
    snap: &Snap<'_>,
    map: Map,
    key: &K::Held<'_>,
) -> Result<Option<(u64, Found)>, Fault> {
    if map.len == 0 {
        return Ok(None);
    }
    let (shape, hash) = (Shape::of::<K, V>(), hash_of::<K>(key, map.seed));
    let found = snap.deeper(shape.stride, || {
        nodes::find(snap, map, shape, hash, |entry| {
            // No more than the key that is asked for is read of each.
            snap.uncounted(|| K::same(key, snap, entry))
        })
    })?;
    Ok(found.map(|found| (hash, found)))
}

/// Reads the entry of a key: `read` is called with the places of both.
#[inline]
pub(super) fn with<K: Cell, V: Cell, R>(
    snap: &Snap<'_>,
    at: At,
    key: &K::Held<'_>,
    read: impl FnOnce(At, At) -> Result<R, Fault>,
) -> Result<Option<R>, Fault> {
    let (map, shape) = (map::<K, V>(snap, at)?, Shape::of::<K, V>());
    if map.len == 0 {
        return Ok(None);
    }
    let hash = hash_of::<K>(key, map.seed);
    snap.deeper(shape.stride, || {
        let entry = nodes::look_up(snap, map, shape, hash, |entry| {
            // No more than the key that is asked for is read of each.
            snap.uncounted(|| K::same(key, snap, entry))
        })?;
        let Some(entry) = entry else { return Ok(None) };
        read(entry, entry.plus(shape.value_at)).map(Some)
    })
}

/// A key and its value.
pub(super) type Loaded<K, V> = (<K as Cell>::Value, <V as Cell>::Value);

/// Reads all entries, in no order.
pub(super) fn load<K: Cell, V: Cell>(snap: &Snap<'_>, at: At) -> Result<Vec<Loaded<K, V>>, Fault> {
    let (map, shape) = (map::<K, V>(snap, at)?, Shape::of::<K, V>());
    let mut entries = Vec::new();
    let entry_len = size_of::<(K::Value, V::Value)>().max(1) as u64;
    snap.spend(0, map.len.saturating_mul(entry_len))?;
    nodes::each(snap, map, shape, |entry| {
        if entries.len() >= map.count() {
            return Err(count_fault(map));
        }
        entries.push((K::load(snap, entry)?, V::load(snap, entry.plus(shape.value_at))?));
        Ok(())
    })?;
    if entries.len() < map.count() {
        return Err(count_fault(map));
    }
    Ok(entries)
}

/// There are more entries, or fewer, than the cell says.
#[cold]
pub(super) fn count_fault(map: Map) -> Fault {
    let expected = "as many entries as its leaves have";
    Fault::corrupt("length of a hash map", map.len, expected, map.root.offset())
}

/// Checks all of it: also that each key is where its hash leads.
pub(super) fn verify<K: Cell, V: Cell>(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
    let (map, shape) = (map::<K, V>(snap, at)?, Shape::of::<K, V>());
    if map.len == 0 {
        return Ok(());
    }
    let mut count = 0;
    snap.deeper(shape.stride, || {
        let mut walk = Walk::new(snap, map);
        while let Some(leaf) = walk.next(snap, shape)? {
            let bad = |what, found: u64, expected: u64| {
                Err(Fault::corrupt(what, found, expected.to_string(), leaf.block))
            };
            let stored = leaf.head.depth;
            if stored != leaf.depth as u64 {
                return bad("depth of a leaf of a hash map", stored, leaf.depth as u64);
            }
            let tags = leaf::tags(snap, leaf.block, leaf.head)?;
            for (entry, tag) in leaf.entries(shape).zip(tags) {
                K::verify(snap, entry)
                    .and_then(|()| V::verify(snap, entry.plus(shape.value_at)))
                    .map_err(|fault| fault.in_element(count))?;
                let hash = snap.uncounted(|| hash_at::<K>(snap, entry, map.seed))?;
                if hash & mask(leaf.depth) != leaf.prefix {
                    let found = hash & mask(leaf.depth);
                    return bad("hash of a key", found, leaf.prefix);
                }
                if tag_of(hash) != tag {
                    return bad("tag of a key", tag.into(), tag_of(hash).into());
                }
                count += 1;
            }
        }
        Ok(())
    })?;
    if count == map.len { Ok(()) } else { Err(count_fault(map)) }
}

/// The hash of a key that is stored.
fn hash_at<K: Cell>(snap: &Snap<'_>, entry: At, seed: u64) -> Result<u64, Fault> {
    let key = K::load(snap, entry)?;
    // To lend it may be the user's own code: a conversion.
    snap.settle()?;
    Ok(hash_of_value::<K>(&key, seed))
}

/// Writes an entry into a cell of zeros.
fn store_entry<K: Cell, V: Cell>(
    edit: &mut Edit,
    key: &K::Held<'_>,
    value: &V::Held<'_>,
    entry: &mut [u8],
) -> Result<(), WriteError> {
    let shape = Shape::of::<K, V>();
    edit.deeper(shape.stride, |edit| {
        let (key_cell, value_cell) = entry.split_at_mut(shape.value_at);
        K::store(key, edit, key_cell.split_at_mut(K::SIZE).0)?;
        V::store(value, edit, value_cell.split_at_mut(V::SIZE).0)
    })
}

/// Writes a map of these entries, of which no two have the same key, into a cell of zeros.
pub(super) fn store<'e, K: Cell, V: Cell>(
    edit: &mut Edit,
    entries: impl Iterator<Item = (&'e K::Value, &'e V::Value)>,
    cell: &mut [u8],
) -> Result<(), WriteError> {
    let shape = Shape::of::<K, V>();
    let (seed, mut all, mut len) = (grow::seed(), Entries::new(shape), 0);
    let mut buffer = vec![0; shape.stride];
    for (key, value) in entries {
        buffer.fill(0);
        store_entry::<K, V>(edit, &K::lend(key), &V::lend(value), &mut buffer)?;
        all.push(hash_of_value::<K>(key, seed), &buffer);
        len += 1;
    }
    if len > 0 {
        let root = all.build(edit, 0)?;
        cell.copy_from_slice(&Map { root, len, seed }.bytes());
    }
    Ok(())
}

/// Puts a value beside a key, in the place of another if the key is there; returns whether it was.
pub(super) fn put<K: Cell, V: Cell>(
    edit: &mut Edit,
    at: At,
    key: &K::Held<'_>,
    value: &V::Held<'_>,
) -> Result<bool, WriteError> {
    let shape = Shape::of::<K, V>();
    let mut map = grow::map(edit, at, shape)?;
    if let Some((hash, found)) = edit.look(|snap| find::<K, V>(snap, map, key))? {
        if V::SIZE > 0 {
            replace_value::<K, V>(edit, at, (hash, &found), value)?;
        }
        return Ok(true);
    }
    if map.len == 0 && map.seed == 0 {
        map.seed = grow::seed();
        edit.write(at, &map.bytes())?;
    }
    let hash = hash_of::<K>(key, map.seed);
    edit.with_cell(shape.stride, |edit, entry| {
        store_entry::<K, V>(edit, key, value, entry)?;
        let rehash = |snap: &Snap<'_>, at| hash_at::<K>(snap, at, map.seed);
        grow::insert(edit, at, shape, (hash, entry), &rehash)
    })?;
    Ok(false)
}

/// Puts another value in the place of one.
fn replace_value<K: Cell, V: Cell>(
    edit: &mut Edit,
    at: At,
    (hash, found): (u64, &Found),
    value: &V::Held<'_>,
) -> Result<(), WriteError> {
    let shape = Shape::of::<K, V>();
    edit.with_cell(V::SIZE, |edit, cell| {
        edit.deeper(shape.stride, |edit| V::store(value, edit, cell))?;
        let entry = grow::own_entry(edit, at, shape, hash, found)?;
        let at = entry.plus(shape.value_at);
        if V::HAS_BLOCKS { edit.replace(at, cell, V::trace) } else { edit.write(at, cell) }
    })
}

/// Takes an entry out, with all that it leads to.
pub(super) fn remove<K: Cell, V: Cell>(
    edit: &mut Edit,
    at: At,
    (hash, found): (u64, &Found),
) -> Result<(), WriteError> {
    let shape = Shape::of::<K, V>();
    if K::HAS_BLOCKS || V::HAS_BLOCKS {
        let entry = found.entry(shape);
        edit.retire_all(|snap, trace| nodes::trace_entry::<K, V>(snap, entry, trace));
    }
    shrink::remove(edit, at, shape, hash, found)
}

/// Takes the entry of a key out, if there is one, and returns what `read` made of its place before.
pub(super) fn take<K: Cell, V: Cell, R>(
    cursor: &mut Cursor<'_>,
    key: &K::Held<'_>,
    read: impl FnOnce(&Snap<'_>, At, At) -> Result<R, Fault>,
) -> Result<Option<R>, WriteError> {
    let shape = Shape::of::<K, V>();
    let found = cursor.look(|snap, at| find::<K, V>(snap, map::<K, V>(snap, at)?, key))?;
    if found.is_none() {
        return Ok(None);
    }
    cursor.change(|edit, at| {
        let map = grow::map(edit, at, shape)?;
        let Some((hash, found)) = edit.look(|snap| find::<K, V>(snap, map, key))? else {
            return Ok(None);
        };
        let entry = found.entry(shape);
        let result = edit.look(|snap| {
            snap.deeper(shape.stride, || read(snap, entry, entry.plus(shape.value_at)))
        })?;
        remove::<K, V>(edit, at, (hash, &found))?;
        Ok(Some(result))
    })
}

/// Takes all entries out; the seed stays.
pub(super) fn clear<K: Cell, V: Cell>(edit: &mut Edit, at: At) -> Result<(), WriteError> {
    let mut seed = [0; 8];
    edit.load(at.plus(SIZE - 8), &mut seed)?;
    let mut cell = [0; SIZE];
    cell.split_at_mut(SIZE - 8).1.copy_from_slice(&seed);
    edit.replace(at, &cell, nodes::trace::<K, V>)
}

/// The value of an entry, to be changed.
pub(super) fn value<'t, K: Cell, V: Cell>(
    cursor: Cursor<'t>,
    (hash, found): (u64, &Found),
) -> Cursor<'t> {
    let shape = Shape::of::<K, V>();
    // Keys and values are one hop deeper than the map, at the first step or at any later one.
    let (mut cursor, mut hop) = (cursor, Some(shape.stride));
    for slot in found.slots(hash) {
        cursor = cursor.enter(Kind::HashInner, hop.take()).field(slot_at(slot));
    }
    let at = found.head.entry_at(shape, found.index) + shape.value_at;
    cursor.enter(Kind::HashLeaf, hop).field(at)
}
