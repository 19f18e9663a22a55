//! Says which blocks a map leads to.

use super::Entries;
use super::layout::{ROOM, Shape, Tree};
use super::search::{len, places};
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::growable::cell::{Cell, OrdCell};
use crate::growable::fault::Fault;
use crate::growable::snap::{Snap, outside};
use crate::growable::trace::{Edge, Trace, WalkOn};

/// Where the level is in what the way to a node knows of it; below are the places that it has.
const LEVEL_SHIFT: u32 = 32;

/// Says which blocks a map leads to.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
pub(super) fn trace<K: OrdCell, V: Cell>(
    snap: &Snap<'_>,
    at: At,
    trace: &mut Trace,
) -> Result<(), Fault> {
    let shape = Entries::<K, V>::SHAPE;
    let tree = Tree::read(snap, at, shape)?;
    if tree.root() == 0 {
        return Ok(());
    }
    let edge = edge::<K, V>(at, tree.root(), tree.level(), tree.root_room(snap)?);
    trace.push_deeper(edge, shape.entry())
}

fn edge<K: OrdCell, V: Cell>(place: At, block: u64, level: usize, room: usize) -> Edge {
    let walk: WalkOn = |snap, at, note, trace| {
        let (level, capacity) = (note >> LEVEL_SHIFT, note & ((1 << LEVEL_SHIFT) - 1));
        within::<K, V>(snap, at, (level as usize, capacity as usize), trace)
    };
    let capacity = Entries::<K, V>::SHAPE.of_level(level).capacity(room);
    let leads_on = level > 0 || K::HAS_BLOCKS || V::HAS_BLOCKS;
    let walk = leads_on.then_some((walk, (level as u64) << LEVEL_SHIFT | capacity as u64));
    let kind = if level == 0 { Kind::Leaf } else { Kind::Inner };
    // All of its room: where the values are depends on that.
    Edge { place, block, bytes: room as u64, kind, walk }
}

/// What a node leads to.
fn within<K: OrdCell, V: Cell>(
    snap: &Snap<'_>,
    node: At,
    (level, capacity): (usize, usize),
    trace: &mut Trace,
) -> Result<(), Fault> {
    let shape: Shape = Entries::<K, V>::SHAPE.of_level(level);
    // The first key of an inner node is zeros.
    let (first, len) = match level {
        0 => places(snap, node, shape, capacity)?,
        _ => (1, len(snap, node, capacity)?),
    };
    if K::HAS_BLOCKS {
        for slot in first..len {
            K::trace(snap, node.plus(shape.key_at(slot)), trace)?;
        }
    }
    for slot in if level == 0 { first } else { 0 }..len {
        let place = node.plus(shape.value_at(capacity, slot));
        match level.checked_sub(1) {
            None if V::HAS_BLOCKS => V::trace(snap, place, trace)?,
            None => break,
            Some(level) => match Address::from_word(snap.word(place)?).offset() {
                0 => return Err(outside(0)),
                block => trace.push(edge::<K, V>(place, block, level, ROOM)),
            },
        }
    }
    Ok(())
}
