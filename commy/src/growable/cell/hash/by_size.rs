//! Entries of a hash map of which nothing is known but the bytes of a key and of a value.

use super::entries::count_fault;
use super::feed::KeyHash;
use super::layout::{Map, Shape};
use super::nodes;
use crate::growable::at::At;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// How many entries the map has whose cell is here.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
pub(crate) fn len(snap: &Snap<'_>, at: At, (key, value): (usize, usize)) -> Result<u64, Fault> {
    Ok(Map::read(snap, at, Shape::of_sizes(key, value))?.len)
}

/// Calls `read` with the places of key and value of each entry, in no order.
///
/// # Errors
///
/// What `read` returns; `Corrupt` for a map that makes no sense, or has not as many entries as it says.
pub(crate) fn each(
    snap: &Snap<'_>,
    at: At,
    (key, value): (usize, usize),
    read: &mut dyn FnMut(At, At) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let shape = Shape::of_sizes(key, value);
    let map = Map::read(snap, at, shape)?;
    let mut found = 0;
    nodes::each(snap, map, shape, |entry| {
        if found >= map.len {
            return Err(count_fault(map));
        }
        found += 1;
        read(entry, entry.plus(shape.value_at))
    })?;
    if found == map.len { Ok(()) } else { Err(count_fault(map)) }
}

/// Calls `read` with the place of the value whose key `is_same` takes for the one that `feed` feeds.
///
/// Costs the same however many entries there are.
///
/// # Errors
///
/// What `read` and `is_same` return; `Corrupt` for a map that makes no sense.
pub(crate) fn get<R>(
    snap: &Snap<'_>,
    at: At,
    (key, value): (usize, usize),
    feed: impl FnOnce(&mut KeyHash),
    is_same: impl FnMut(At) -> Result<bool, Fault>,
    read: impl FnOnce(At) -> Result<R, Fault>,
) -> Result<Option<R>, Fault> {
    let shape = Shape::of_sizes(key, value);
    let map = Map::read(snap, at, shape)?;
    if map.len == 0 {
        return Ok(None);
    }
    let mut hash = KeyHash::new(map.seed);
    feed(&mut hash);
    let hash = hash.finish();
    snap.deeper(shape.stride, || {
        let entry = snap.uncounted(|| nodes::look_up(snap, map, shape, hash, is_same))?;
        entry.map(|entry| read(entry.plus(shape.value_at))).transpose()
    })
}
