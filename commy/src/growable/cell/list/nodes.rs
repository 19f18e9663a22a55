//! Goes through the nodes of a list: to read runs of elements, and to find the blocks.

use core::ops::Range;

use super::layout::{ADDRESS, AT_ITEMS, List, SIZE, capacity, child, item_at, per_chunk};
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::trace::{Edge, Trace, WalkOn};

/// Where the level is in what the way to a node knows of it; below are the elements under it.
const LEVEL_SHIFT: u32 = 60;

/// Calls `read` with the place of each run of elements in one chunk, and how many they are.
///
/// # Errors
///
/// What `read` returns; `Corrupt` for an address of nothing.
pub(super) fn each_run(
    snap: &Snap<'_>,
    list: List,
    range: Range<u64>,
    stride: usize,
    mut read: impl FnMut(At, usize) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let per_chunk = per_chunk(stride) as u64;
    let mut index = range.start;
    while index < range.end {
        let count = (per_chunk - index % per_chunk).min(range.end - index);
        read(list.locate(snap, index, stride)?, count as usize)?;
        index += count;
    }
    Ok(())
}

/// The bytes of the cells of a range of elements.
///
/// # Errors
///
/// `Corrupt` for an address of nothing, and for a range of elements that are not all there.
pub(super) fn cells(
    snap: &Snap<'_>,
    list: List,
    range: Range<u64>,
    stride: usize,
) -> Result<Vec<u8>, Fault> {
    list.expect_to(range.end)?;
    snap.spend(range.end.saturating_sub(range.start).saturating_mul(stride as u64), 0)?;
    let mut bytes = Vec::new();
    snap.spend((range.end - range.start).saturating_mul(stride as u64), 0)?;
    each_run(snap, list, range, stride, |at, count| {
        let start = bytes.len();
        bytes.resize(start + count * stride, 0);
        snap.read(at, bytes.split_at_mut(start).1)
    })?;
    Ok(bytes)
}

/// Says which blocks a list leads to.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
pub(super) fn trace<C: Cell>(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
    let list = List::read(snap, at, C::SIZE)?;
    match list.root() {
        0 => Ok(()),
        root => {
            let edge = edge::<C, true>(at, root, list.level(), list.len);
            trace.push_deeper(edge, C::SIZE)
        }
    }
}

/// Says which blocks belong to the elements behind the first `keep`: the nodes with none of those that
/// are kept, and, if `WITH_VALUES`, what the elements lead to.
///
/// # Errors
///
/// As [`trace`].
pub(super) fn trace_behind<C: Cell, const WITH_VALUES: bool>(
    snap: &Snap<'_>,
    (at, list): (At, List),
    keep: u64,
    trace: &mut Trace,
) -> Result<(), Fault> {
    if list.root() == 0 || keep >= list.len {
        return Ok(());
    }
    if keep == 0 {
        trace.push(edge::<C, WITH_VALUES>(at, list.root(), list.level(), list.len));
        return Ok(());
    }
    let node = At::block(list.root());
    within::<C, WITH_VALUES>(snap, node, (list.level(), list.len), keep, trace)
}

/// The way to a node of this level, with so many elements below it.
fn edge<C: Cell, const WITH_VALUES: bool>(place: At, block: u64, level: u64, len: u64) -> Edge {
    let (kind, items) = match level {
        0 => (Kind::Chunk, len.saturating_mul(C::SIZE as u64)),
        _ => {
            let children = len.div_ceil(capacity(level - 1, C::SIZE));
            (Kind::ChunkInner, children * ADDRESS as u64)
        }
    };
    let walk: WalkOn = |snap, at, note, trace| {
        let (level, len) = (note >> LEVEL_SHIFT, note & ((1 << LEVEL_SHIFT) - 1));
        within::<C, WITH_VALUES>(snap, at, (level, len), 0, trace)
    };
    let leads_on = level > 0 || (WITH_VALUES && C::HAS_BLOCKS);
    let walk = leads_on.then_some((walk, level << LEVEL_SHIFT | len));
    Edge { place, block, bytes: items.saturating_add(AT_ITEMS as u64), kind, walk }
}

/// What a node leads to, without its first `keep` elements; it has `len` below it.
fn within<C: Cell, const WITH_VALUES: bool>(
    snap: &Snap<'_>,
    node: At,
    (level, len): (u64, u64),
    keep: u64,
    trace: &mut Trace,
) -> Result<(), Fault> {
    let Some(level) = level.checked_sub(1) else {
        if WITH_VALUES && C::HAS_BLOCKS {
            for slot in keep..len {
                C::trace(snap, node.plus(item_at(slot as usize, C::SIZE)), trace)?;
            }
        }
        return Ok(());
    };
    let below = capacity(level, C::SIZE);
    for slot in keep / below..len.div_ceil(below) {
        let first = slot * below;
        let (len, keep) = (below.min(len - first), keep.saturating_sub(first));
        let place = node.plus(item_at(slot as usize, ADDRESS));
        let child = child(snap, node, slot as usize)?;
        match (keep, child.block_start()) {
            (0, Some(block)) => trace.push(edge::<C, WITH_VALUES>(place, block, level, len)),
            _ => within::<C, WITH_VALUES>(snap, child, (level, len), keep, trace)?,
        }
    }
    Ok(())
}

const _: () = assert!(SIZE == 16);
