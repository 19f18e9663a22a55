//! Entries of an ordered map of which nothing is known but the bytes of a key and of a value.

use core::cmp::Ordering;

use super::layout::{Shape, Tree};
use super::search::{self, each_leaf};
use crate::growable::at::At;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// How many entries the map has whose cell is here.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
pub(crate) fn len(snap: &Snap<'_>, at: At, (key, value): (usize, usize)) -> Result<u64, Fault> {
    Ok(Tree::read(snap, at, Shape::of_leaf(key, value))?.len)
}

/// Calls `read` with the places of key and value of each entry, in order.
///
/// # Errors
///
/// What `read` returns; `Corrupt` for a map that makes no sense, or has fewer entries than it says.
pub(crate) fn each(
    snap: &Snap<'_>,
    at: At,
    (key, value): (usize, usize),
    read: &mut dyn FnMut(At, At) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let shape = Shape::of_leaf(key, value);
    let tree = Tree::read(snap, at, shape)?;
    if tree.root() == 0 {
        return Ok(());
    }
    snap.deeper(shape.entry(), || {
        let start = search::first(snap, tree, shape)?;
        let end = search::end(snap, tree, shape)?;
        let found = each_leaf(snap, (tree, shape), (start, end), |position, count| {
            let mut position = *position;
            for slot in position.slot()..position.slot() + count {
                position.set_slot(slot);
                read(position.key(shape), position.value(shape))?;
            }
            Ok(())
        })?;
        if found == tree.len {
            return Ok(());
        }
        Err(Fault::corrupt("entries of a map", found, tree.len.to_string(), tree.root()))
    })
}

/// Calls `read` with the places of the key and value that `compare` takes for equal: it tells how a
/// key stands to the one that is looked for.
///
/// Costs the logarithm of the number of entries. Keys that are not in that order are not found.
///
/// # Errors
///
/// What `read` and `compare` return; `Corrupt` for a map that makes no sense.
pub(crate) fn get<R>(
    snap: &Snap<'_>,
    at: At,
    (key, value): (usize, usize),
    mut compare: impl FnMut(At) -> Result<Ordering, Fault>,
    read: impl FnOnce(At) -> Result<R, Fault>,
) -> Result<Option<R>, Fault> {
    let shape = Shape::of_leaf(key, value);
    let tree = Tree::read(snap, at, shape)?;
    if tree.root() == 0 {
        return Ok(None);
    }
    snap.deeper(shape.entry(), || {
        let place = snap.uncounted(|| {
            search::look_up(snap, (tree, shape), |keys, slots| {
                let (mut low, mut high) = (slots.start, slots.end);
                while low < high {
                    let middle = low + (high - low) / 2;
                    match compare(keys.plus(middle * key))? {
                        Ordering::Equal => return Ok((middle, true)),
                        Ordering::Less => low = middle + 1,
                        Ordering::Greater => high = middle,
                    }
                }
                Ok((low, false))
            })
        })?;
        place.map(|place| read(place.value(shape))).transpose()
    })
}
