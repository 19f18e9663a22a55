//! Finds the blocks of a deque.

use core::ops::Range;

use super::layout::{Deque, below, part, slots};
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::cell::list::layout::{ADDRESS, child, item_at};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::trace::{Edge, Trace, WalkBetween};

/// Where the level is in the first number that the way to a node knows of it; the rest of that is its
/// first place with an element, and the other number is the one behind the last.
const LEVEL_SHIFT: u32 = 60;

/// Says which blocks a deque leads to.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
pub(super) fn trace<C: Cell>(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
    let deque = Deque::read(snap, at, C::SIZE)?;
    if deque.root() == 0 {
        return Ok(());
    }
    let (edge, between) = edge::<C, true>(at, deque.root(), deque.level(), &deque.all());
    trace.push_deeper_between(edge, between, C::SIZE)
}

/// Says which blocks belong to the elements at some places, all of those at one end: the nodes with no
/// other element, and, if `WITH_VALUES`, what the elements lead to.
///
/// # Errors
///
/// As [`trace`].
pub(super) fn trace_cut<C: Cell, const WITH_VALUES: bool>(
    snap: &Snap<'_>,
    (at, deque): (At, Deque),
    cut: Range<u64>,
    trace: &mut Trace,
) -> Result<(), Fault> {
    if deque.all() == cut {
        if deque.root() != 0 {
            let (edge, between) = edge::<C, WITH_VALUES>(at, deque.root(), deque.level(), &cut);
            trace.push_between(edge, between);
        }
        return Ok(());
    }
    let node = At::block(deque.root());
    within::<C, WITH_VALUES>(snap, node, deque.level(), (deque.all(), cut), trace)
}

/// The way to a node of this level, with elements at these places.
fn edge<C: Cell, const WITH_VALUES: bool>(
    place: At,
    block: u64,
    level: u64,
    places: &Range<u64>,
) -> (Edge, Option<(WalkBetween, [u64; 2])>) {
    let last = slots(places, below(level, C::SIZE)).end as usize;
    let (kind, bytes) = match level {
        0 => (Kind::Chunk, item_at(last, C::SIZE)),
        _ => (Kind::ChunkInner, item_at(last, ADDRESS)),
    };
    let walk: WalkBetween = |snap, at, [first, end], trace| {
        let places = first & ((1 << LEVEL_SHIFT) - 1)..end;
        let all = (places.clone(), places);
        within::<C, WITH_VALUES>(snap, at, first >> LEVEL_SHIFT, all, trace)
    };
    let leads_on = level > 0 || (WITH_VALUES && C::HAS_BLOCKS);
    let notes = [level << LEVEL_SHIFT | places.start, places.end];
    let edge = Edge { place, block, bytes: bytes as u64, kind, walk: None };
    (edge, leads_on.then_some((walk, notes)))
}

/// What a node leads to by those of its elements that are cut off.
fn within<C: Cell, const WITH_VALUES: bool>(
    snap: &Snap<'_>,
    node: At,
    level: u64,
    (all, cut): (Range<u64>, Range<u64>),
    trace: &mut Trace,
) -> Result<(), Fault> {
    let Some(lower) = level.checked_sub(1) else {
        if WITH_VALUES && C::HAS_BLOCKS {
            for slot in cut {
                C::trace(snap, node.plus(item_at(slot as usize, C::SIZE)), trace)?;
            }
        }
        return Ok(());
    };
    let below = below(level, C::SIZE);
    for slot in slots(&cut, below) {
        let place = node.plus(item_at(slot as usize, ADDRESS));
        let child = child(snap, node, slot as usize)?;
        let (all, cut) = (part(&all, slot, below), part(&cut, slot, below));
        match child.block_start() {
            Some(block) if all == cut => {
                let (edge, between) = edge::<C, WITH_VALUES>(place, block, lower, &all);
                trace.push_between(edge, between);
            }
            _ => within::<C, WITH_VALUES>(snap, child, lower, (all, cut), trace)?,
        }
    }
    Ok(())
}
