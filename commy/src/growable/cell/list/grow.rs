//! Changes the nodes of a list, as bytes: what is in an element, its own cell knows.
//!
//! Items behind the length are written in place, also in nodes that readers see: no generation that
//! was published exposes them. A node notes in its first word which of its items ever may have been
//! exposed; where one was, a node that is published is copied. So a list that was shortened needs
//! no copy for that.

use super::layout::{ADDRESS, AT_ITEMS, FAN_OUT, List, NODE, capacity, item_at, per_chunk};
use super::nodes;
use crate::error::WriteError;
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::edit::{Edit, corrupt};
use crate::growable::snap::{BLOCK_HEADER, outside};

/// Behind so many chunks, the next one has full room from the start: it takes little beside them, and is
/// not copied again and again while it grows.
const MANY_CHUNKS: usize = 8;

/// The list whose cell is here.
#[inline]
pub(super) fn list(edit: &Edit, at: At, stride: usize) -> Result<List, WriteError> {
    Ok(List::of_words(edit.words(at)?, stride, edit.heap_len())?)
}

#[inline]
fn put_list(
    edit: &mut Edit,
    at: At,
    root: u64,
    (level, len): (u64, u64),
) -> Result<(), WriteError> {
    let list = List::new(root, level, len)
        .ok_or_else(|| corrupt("level of a list", level, "at most 15", root))?;
    edit.write_pair(at, list.words())
}

/// Writes a list of these values into a cell of zeros.
pub(super) fn store<C: Cell>(
    values: &[C::Value],
    edit: &mut Edit,
    cell: &mut [u8],
) -> Result<(), WriteError> {
    if values.is_empty() {
        return Ok(());
    }
    let mut nodes = edit.deeper(C::SIZE, |edit| chunks::<C>(values, edit))?;
    let mut level = 0;
    while nodes.len() > 1 {
        nodes = inner_nodes(&nodes, edit)?;
        level += 1;
    }
    let root = nodes.first().copied().unwrap_or(0);
    let list = List::new(root, level, values.len() as u64).unwrap_or(List::EMPTY);
    cell.copy_from_slice(&list.bytes());
    Ok(())
}

/// Writes the values into chunks, and returns these.
fn chunks<C: Cell>(values: &[C::Value], edit: &mut Edit) -> Result<Vec<u64>, WriteError> {
    let mut blocks = Vec::with_capacity(values.len().div_ceil(per_chunk(C::SIZE)));
    // Values that nest go through here once for each level: not on the stack.
    let mut buffer = Vec::new();
    for part in values.chunks(per_chunk(C::SIZE)) {
        buffer.clear();
        buffer.extend_from_slice(&(part.len() as u64).to_ne_bytes());
        buffer.resize(item_at(part.len(), C::SIZE), 0);
        C::store_all(part, edit, buffer.split_at_mut(AT_ITEMS).1)?;
        let block = edit.alloc(Kind::Chunk, buffer.len())?;
        edit.fill(block, &buffer)?;
        blocks.push(block);
    }
    Ok(blocks)
}

/// Writes the addresses of nodes into nodes, and returns these.
fn inner_nodes(children: &[u64], edit: &mut Edit) -> Result<Vec<u64>, WriteError> {
    let node = |part: &[u64]| {
        let count = part.len() as u64;
        let words = core::iter::once(&count).chain(part);
        let bytes: Vec<u8> = words.flat_map(|word| word.to_ne_bytes()).collect();
        let block = edit.alloc(Kind::ChunkInner, bytes.len())?;
        edit.fill(block, &bytes)?;
        Ok(block)
    };
    children.chunks(FAN_OUT).map(node).collect()
}

/// Adds a run of elements at the end, as many as the last chunk has room for at most, or as are in a
/// new one if it is full.
///
/// In line as far as most need it: who calls it knows the stride, so that nothing is divided by it.
#[inline]
pub(super) fn append(
    edit: &mut Edit,
    at: At,
    (run, stride): (&[u8], usize),
) -> Result<(), WriteError> {
    let list = list(edit, at, stride)?;
    let (len, level) = (list.len, list.level());
    if room(list, stride) < per_chunk(stride) && append_in_place(edit, list, (run, stride))? {
        let new_len = len + (run.len() / stride) as u64;
        return put_list(edit, at, list.root(), (level, new_len));
    }
    append_elsewhere(edit, at, list, (run, stride))
}

/// The same, where the last chunk is full, or cannot be written to.
#[inline(never)]
fn append_elsewhere(
    edit: &mut Edit,
    at: At,
    list: List,
    (run, stride): (&[u8], usize),
) -> Result<(), WriteError> {
    let (len, level) = (list.len, list.level());
    let new_len = len + (run.len() / stride) as u64;
    if len == 0 {
        let chunk = append_below(edit, 0, (0, 0), (run, stride))?;
        return put_list(edit, at, chunk, (0, new_len));
    }
    if len < capacity(level, stride) {
        let root = append_below(edit, list.root(), (level, len), (run, stride))?;
        return put_list(edit, at, root, (level, new_len));
    }
    let right = append_below(edit, 0, (level, 0), (run, stride))?;
    let root = put_address(edit, 0, 0, list.root())?;
    let root = put_address(edit, root, 1, right)?;
    put_list(edit, at, root, (level + 1, new_len))
}

/// Adds a run of elements to the last chunk, which has some, where it is. Returns whether it could: what
/// is most often so, and changes no other node.
#[inline]
fn append_in_place(
    edit: &mut Edit,
    list: List,
    (run, stride): (&[u8], usize),
) -> Result<bool, WriteError> {
    let mut way = list.way(list.len, stride);
    let mut node = list.root();
    while let Some(slot) = way.down() {
        node = edit.address(At::block(node).plus(item_at(slot, ADDRESS)))?.offset();
    }
    let (room, is_fresh) = edit.used(node)?;
    let (first, end) = (way.slot(), way.slot() + run.len() / stride);
    let has_room = room >= item_at(end, stride);
    Ok(has_room && edit.put_in_place((node, is_fresh), first..end, item_at(first, stride), run)?)
}

/// How many elements more have room in the last chunk, or in a new one if it is full.
#[inline]
pub(super) fn room(list: List, stride: usize) -> usize {
    let per_chunk = per_chunk(stride);
    per_chunk - (list.len % per_chunk as u64) as usize
}

/// Adds a run of elements below a node with `len` of them, which is made if there is none; returns the
/// node with it.
fn append_below(
    edit: &mut Edit,
    node: u64,
    (level, len): (u64, u64),
    (run, stride): (&[u8], usize),
) -> Result<u64, WriteError> {
    let Some(level) = level.checked_sub(1) else {
        return put_items(edit, node, (Kind::Chunk, len as usize), (run, stride), 0);
    };
    let below = capacity(level, stride);
    let (slot, len) = ((len / below) as usize, len % below);
    if len == 0 {
        let child = match level {
            0 if slot >= MANY_CHUNKS => {
                let room = item_at(per_chunk(stride), stride);
                put_items(edit, 0, (Kind::Chunk, 0), (run, stride), room)?
            }
            _ => append_below(edit, 0, (level, 0), (run, stride))?,
        };
        return put_address(edit, node, slot, child);
    }
    let place = At::block(node).plus(item_at(slot, ADDRESS));
    let old = expect_node(edit.address(place)?.offset())?;
    let child = append_below(edit, old, (level, len), (run, stride))?;
    if child == old {
        return Ok(node);
    }
    let room = edit.room(node)?;
    let node = edit.own(node, Kind::ChunkInner, room)?;
    edit.put(node, item_at(slot, ADDRESS), &child.to_ne_bytes())?;
    Ok(node)
}

/// An address that has to lead to a node: without this check, a new one would be made without the
/// elements that were there.
fn expect_node(node: u64) -> Result<u64, WriteError> {
    if node == 0 { Err(outside(0).into()) } else { Ok(node) }
}

/// Writes an address behind the last one of an inner node: see [`put_items`].
fn put_address(edit: &mut Edit, node: u64, slot: usize, child: u64) -> Result<u64, WriteError> {
    put_items(edit, node, (Kind::ChunkInner, slot), (&child.to_ne_bytes(), ADDRESS), 0)
}

/// Writes items behind the last one of a node, which is made if there is none, for `first_room` bytes
/// at least; returns the node with them, which is another one if there was no room, or if a generation
/// that was published may expose what was there.
fn put_items(
    edit: &mut Edit,
    node: u64,
    (kind, slot): (Kind, usize),
    (run, stride): (&[u8], usize),
    first_room: usize,
) -> Result<u64, WriteError> {
    let count = run.len() / stride;
    let (start, end) = (item_at(slot, stride), item_at(slot + count, stride));
    let mut room = end.max(first_room);
    if node != 0 {
        let (there, is_fresh) = edit.used(node)?;
        if there < start {
            return Err(edit.too_long_for(node, start));
        }
        if there >= end && edit.put_in_place((node, is_fresh), slot..slot + count, start, run)? {
            return Ok(node);
        }
        room = there;
        if there < end {
            // Twice the room, so that what is copied is in proportion to what was added.
            let doubled = (2 * (there + BLOCK_HEADER)).min(NODE);
            room = doubled.saturating_sub(BLOCK_HEADER).max(end);
        }
    }
    let to = edit.alloc(kind, room)?;
    if node != 0 {
        edit.copy(node, to, start)?;
        edit.retire(node);
    }
    // No generation exposes what is behind the items of a copy.
    edit.fill(to, &(slot as u64).to_ne_bytes())?;
    edit.put_in_place((to, true), slot..slot + count, start, run)?;
    Ok(to)
}

/// The chunk of an element, and its slot there, in a block of the running transaction.
fn own_chunk(
    edit: &mut Edit,
    (at, list): (At, List),
    index: u64,
    stride: usize,
) -> Result<(u64, usize), WriteError> {
    list.expect_to(index.saturating_add(1))?;
    let (mut way, mut place) = (list.way(index, stride), at);
    loop {
        let slot = way.down();
        let kind = if slot.is_some() { Kind::ChunkInner } else { Kind::Chunk };
        let block = edit.own_at(place, kind)?;
        let Some(slot) = slot else { return Ok((block, way.slot())) };
        place = At::block(block).plus(item_at(slot, ADDRESS));
    }
}

/// Overwrites elements from `index` on, all of which are there, with the cells of others. The address
/// of the root stands at `at`; of the list only the level matters.
pub(in crate::growable::cell) fn overwrite(
    edit: &mut Edit,
    (at, list): (At, List),
    index: u64,
    (cells, stride): (&[u8], usize),
) -> Result<(), WriteError> {
    let (mut index, mut rest) = (index, cells);
    while !rest.is_empty() {
        let (chunk, slot) = own_chunk(edit, (at, list), index, stride)?;
        let count = (per_chunk(stride) - slot).min(rest.len() / stride).max(1);
        let (part, behind) = rest.split_at((count * stride).min(rest.len()));
        edit.put(chunk, item_at(slot, stride), part)?;
        (index, rest) = (index + count as u64, behind);
    }
    Ok(())
}

/// Shortens the list to its first `len` elements. With `WITH_VALUES` the blocks of the others are
/// retired; without, they were moved.
pub(super) fn truncate<C: Cell, const WITH_VALUES: bool>(
    edit: &mut Edit,
    at: At,
    len: u64,
) -> Result<(), WriteError> {
    let list = list(edit, at, C::SIZE)?;
    if len >= list.len {
        return Ok(());
    }
    edit.retire_all(|snap, trace| {
        nodes::trace_behind::<C, WITH_VALUES>(snap, (at, list), len, trace)
    });
    if len == 0 {
        return edit.write(at, &List::EMPTY.bytes());
    }
    let (mut root, mut level) = (list.root(), list.level());
    while level > 0 && len <= capacity(level - 1, C::SIZE) {
        let place = At::block(root).plus(AT_ITEMS);
        let child = expect_node(edit.address(place)?.offset())?;
        edit.retire(root);
        (root, level) = (child, level - 1);
    }
    put_list(edit, at, root, (level, len))
}
