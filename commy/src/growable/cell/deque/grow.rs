//! Changes the nodes of a deque, as bytes: what is in an element, its own cell knows.
//!
//! Elements are added in place where no generation exposes anything, in front as well as behind: see
//! `edit/nodes.rs`. What was taken off stays where it is, and a node without elements is given back.
//! So a queue, to which as much is added as is taken, fills one new chunk after the other.
//!
//! When the root has no place left at an end:
//!
//! - if few of its items are used, they move to another block, whose room follows from their number;
//! - else it becomes an item of a new root, and its elements stay where they are.

use core::ops::Range;
use std::collections::VecDeque;

use super::layout::{Deque, SIZE, below, part, slots};
use super::nodes;
use crate::error::WriteError;
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::cell::list::layout::{
    ADDRESS, AT_ITEMS, FAN_OUT, ITEMS, MAX_LEVEL, capacity, item_at, per_chunk,
};
use crate::growable::edit::{Edit, Marks, corrupt};

/// Where an element is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Front,
    Back,
}

/// What a node of one level is.
#[derive(Debug, Clone, Copy)]
struct Form {
    kind: Kind,
    /// The bytes of an item.
    size: usize,
    /// The items of a full node.
    full: usize,
    /// How many places there are for each item.
    below: u64,
}

impl Form {
    const fn of(level: u64, stride: usize) -> Self {
        let below = below(level, stride);
        match level {
            0 => Self { kind: Kind::Chunk, size: stride, full: per_chunk(stride), below },
            _ => Self { kind: Kind::ChunkInner, size: ADDRESS, full: FAN_OUT, below },
        }
    }

    /// How many items there is room for in so many bytes.
    fn items(self, room: usize) -> usize {
        (room.saturating_sub(AT_ITEMS) / self.size).min(self.full)
    }
}

/// The deque whose cell is here.
pub(super) fn deque(edit: &Edit, at: At, stride: usize) -> Result<Deque, WriteError> {
    let mut cell = [0; SIZE];
    edit.load(at, &mut cell)?;
    Ok(Deque::of(cell, stride, edit.heap_len())?)
}

fn made(root: u64, level: u64, head_and_len: (u64, u64)) -> Result<Deque, WriteError> {
    Deque::new(root, level, head_and_len)
        .filter(|_| level <= MAX_LEVEL)
        .ok_or_else(|| corrupt("level of a deque", level, format!("at most {MAX_LEVEL}"), root))
}

/// Writes a deque of these values into a cell of zeros.
pub(super) fn store<C: Cell>(
    values: &VecDeque<C::Value>,
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
    cell.copy_from_slice(&made(root, level, (0, values.len() as u64))?.bytes());
    Ok(())
}

/// Writes the values into chunks, and returns these.
fn chunks<C: Cell>(values: &VecDeque<C::Value>, edit: &mut Edit) -> Result<Vec<u64>, WriteError> {
    let per_chunk = per_chunk(C::SIZE);
    let mut blocks = Vec::with_capacity(values.len().div_ceil(per_chunk));
    // Values that nest go through here once for each level: not on the stack.
    let mut buffer = Vec::new();
    let (first, second) = values.as_slices();
    for start in (0..values.len()).step_by(per_chunk) {
        let count = per_chunk.min(values.len() - start);
        buffer.clear();
        buffer.extend_from_slice(&Marks::of(0, count).word().to_ne_bytes());
        buffer.resize(item_at(count, C::SIZE), 0);
        // Where one slice ends and the other begins, a chunk is of both.
        let of_first = first.len().saturating_sub(start).min(count);
        let cells = buffer.split_at_mut(AT_ITEMS).1;
        let (cells, behind) = cells.split_at_mut(of_first * C::SIZE);
        let cut = |slice, from: usize, len: usize| <[_]>::get(slice, from..from + len);
        C::store_all(cut(first, start, of_first).unwrap_or_default(), edit, cells)?;
        let from = (start + of_first).saturating_sub(first.len());
        C::store_all(cut(second, from, count - of_first).unwrap_or_default(), edit, behind)?;
        let is_root = values.len() <= per_chunk;
        blocks.push(new_node(edit, (Kind::Chunk, is_root), &buffer)?);
    }
    Ok(blocks)
}

/// Writes the addresses of nodes into nodes, and returns these.
fn inner_nodes(children: &[u64], edit: &mut Edit) -> Result<Vec<u64>, WriteError> {
    let is_root = children.len() <= FAN_OUT;
    let node = |part: &[u64]| {
        let marks = Marks::of(0, part.len()).word();
        let words = core::iter::once(&marks).chain(part);
        let bytes: Vec<u8> = words.flat_map(|word| word.to_ne_bytes()).collect();
        new_node(edit, (Kind::ChunkInner, is_root), &bytes)
    };
    children.chunks(FAN_OUT).map(node).collect()
}

/// A block with these bytes; with full room, if it is not the root.
fn new_node(
    edit: &mut Edit,
    (kind, is_root): (Kind, bool),
    bytes: &[u8],
) -> Result<u64, WriteError> {
    let block = edit.alloc(kind, if is_root { bytes.len() } else { AT_ITEMS + ITEMS })?;
    edit.fill(block, bytes)?;
    Ok(block)
}

/// Adds an element at an end.
pub(super) fn push(edit: &mut Edit, at: At, end: End, item: &[u8]) -> Result<(), WriteError> {
    let stride = item.len();
    let mut deque = deque(edit, at, stride)?;
    if deque.len == 0 {
        let block = edit.alloc(Kind::Chunk, item_at(1, stride))?;
        let slot = match end {
            End::Front => Form::of(0, stride).items(edit.room(block)?).saturating_sub(1),
            End::Back => 0,
        };
        edit.fill(block, &Marks::of(slot, slot).word().to_ne_bytes())?;
        edit.put_in_place((block, true), slot..slot + 1, item_at(slot, stride), item)?;
        return edit.write(at, &made(block, 0, (slot as u64, 1))?.bytes());
    }
    deque = make_room(edit, deque, end, stride)?;
    let place = match end {
        End::Front => deque.head.saturating_sub(1),
        End::Back => deque.head + deque.len,
    };
    let (level, all) = (deque.level(), deque.all());
    let root = put_below(edit, deque.root(), (level, all), place, item)?;
    let deque = made(root, level, (deque.head.min(place), deque.len + 1))?;
    edit.write(at, &deque.bytes())
}

/// Returns the deque with room in the root for one more element at an end; writes no cell.
fn make_room(edit: &mut Edit, deque: Deque, end: End, stride: usize) -> Result<Deque, WriteError> {
    let (root, level) = (deque.root(), deque.level());
    let form = Form::of(level, stride);
    let used = slots(&deque.all(), form.below);
    let used = used.start as usize..used.end as usize;
    let there = form.items(edit.room(root)?);
    if there < used.end {
        return Err(edit.too_long_for(root, item_at(used.end, form.size)));
    }
    let has_room = match end {
        End::Front => deque.head > 0,
        End::Back => deque.head + deque.len < there as u64 * form.below,
    };
    if has_room {
        return Ok(deque);
    }
    if there == form.full && used.len() > form.full / 4 {
        return raised(edit, deque, end, stride);
    }
    moved(edit, deque, end, (form, used, there))
}

/// Puts a new root above that of a deque, with room at an end.
fn raised(edit: &mut Edit, deque: Deque, end: End, stride: usize) -> Result<Deque, WriteError> {
    let (slot, head) = match end {
        End::Front => (1, deque.head + capacity(deque.level(), stride)),
        End::Back => (0, deque.head),
    };
    let node = edit.alloc(Kind::ChunkInner, item_at(2, ADDRESS))?;
    edit.fill(node, &Marks::of(slot, slot).word().to_ne_bytes())?;
    let start = item_at(slot, ADDRESS);
    edit.put_in_place((node, true), slot..slot + 1, start, &deque.root().to_ne_bytes())?;
    made(node, deque.level() + 1, (head, deque.len))
}

/// Moves the items of a root to another block, with room at an end.
fn moved(
    edit: &mut Edit,
    deque: Deque,
    end: End,
    (form, used, there): (Form, Range<usize>, usize),
) -> Result<Deque, WriteError> {
    let count = used.len();
    // What only ever grew at one end doubles. Else there is room at both ends, in proportion, so that
    // who adds at both or takes off at the other one moves few elements for each that is added.
    let is_one_sided = match end {
        End::Front => used.end == there,
        End::Back => used.start == 0,
    };
    let wanted = if is_one_sided { 2 * count } else { 3 * (count + 1) };
    let room = item_at(wanted.clamp(count + 1, form.full), form.size);
    let to = edit.alloc(form.kind, room)?;
    let free = form.items(edit.room(to)?).saturating_sub(count + 1);
    let behind = if is_one_sided { 0 } else { free / 4 };
    let start = match end {
        End::Front => 1 + free - behind,
        End::Back => behind,
    };
    let mut items = [0; ITEMS];
    let (items, _) = items.split_at_mut((count * form.size).min(ITEMS));
    edit.load(At::block(deque.root()).plus(item_at(used.start, form.size)), items)?;
    edit.fill(to, &Marks::of(start, start + count).word().to_ne_bytes())?;
    edit.put(to, item_at(start, form.size), items)?;
    edit.retire(deque.root());
    // The first item may begin with places that have no element.
    let head = start as u64 * form.below + deque.head % form.below;
    made(to, deque.level(), (head, deque.len))
}

/// Writes an element at a place below a node; returns the node with it, which is another one if a
/// generation that was published may expose what was there.
fn put_below(
    edit: &mut Edit,
    node: u64,
    (level, all): (u64, Range<u64>),
    place: u64,
    item: &[u8],
) -> Result<u64, WriteError> {
    let form = Form::of(level, item.len());
    let used = slots(&all, form.below);
    let slot = place / form.below;
    let Some(lower) = level.checked_sub(1) else {
        return put_item(edit, node, (form, slot as usize), used, item);
    };
    let place = place % form.below;
    if !used.contains(&slot) {
        let child = new_path(edit, lower, place, item)?;
        return put_item(edit, node, (form, slot as usize), used, &child.to_ne_bytes());
    }
    let at = At::block(node).plus(item_at(slot as usize, ADDRESS));
    let old = edit.address(at)?.offset();
    let all = part(&all, slot, form.below);
    let child = put_below(edit, old, (lower, all), place, item)?;
    if child == old {
        return Ok(node);
    }
    let room = edit.room(node)?;
    let node = edit.own(node, form.kind, room)?;
    edit.put(node, item_at(slot as usize, ADDRESS), &child.to_ne_bytes())?;
    Ok(node)
}

/// A node with one element, and all nodes on the way down to it.
fn new_path(edit: &mut Edit, level: u64, place: u64, item: &[u8]) -> Result<u64, WriteError> {
    let form = Form::of(level, item.len());
    let slot = (place / form.below) as usize;
    let child = match level.checked_sub(1) {
        Some(lower) => Some(new_path(edit, lower, place % form.below, item)?.to_ne_bytes()),
        None => None,
    };
    let item = child.as_ref().map_or(item, |child| child.as_slice());
    let node = new_node(edit, (form.kind, false), &Marks::of(slot, slot).word().to_ne_bytes())?;
    edit.put_in_place((node, true), slot..slot + 1, item_at(slot, form.size), item)?;
    Ok(node)
}

/// Writes an item into a slot of a node without one; returns the node with it.
fn put_item(
    edit: &mut Edit,
    node: u64,
    (form, slot): (Form, usize),
    used: Range<u64>,
    item: &[u8],
) -> Result<u64, WriteError> {
    let (room, is_fresh) = edit.used(node)?;
    let start = item_at(slot, form.size);
    if room < start + form.size {
        return Err(edit.too_long_for(node, start + form.size));
    }
    if edit.put_in_place((node, is_fresh), slot..slot + 1, start, item)? {
        return Ok(node);
    }
    let to = edit.own(node, form.kind, room)?;
    // No generation exposes what is in a copy beside its items.
    let marks = Marks::of(used.start as usize, used.end as usize);
    edit.put(to, 0, &marks.word().to_ne_bytes())?;
    edit.put_in_place((to, true), slot..slot + 1, start, item)?;
    Ok(to)
}

/// Whether there may be blocks below places that are cut off: not if they are in a chunk of which some
/// are kept, and have none of their own.
fn leads_to_blocks<C: Cell, const WITH_VALUES: bool>(cut: &Range<u64>, kept: &Range<u64>) -> bool {
    let chunk_of = |place: u64| place / per_chunk(C::SIZE) as u64;
    let (cut_chunk, kept_chunk) = match cut.end <= kept.start {
        true => (chunk_of(cut.start), chunk_of(kept.start)),
        false => (chunk_of(cut.end.saturating_sub(1)), chunk_of(kept.end.saturating_sub(1))),
    };
    kept.is_empty() || cut_chunk != kept_chunk || (WITH_VALUES && C::HAS_BLOCKS)
}

/// Shortens the deque to a range of its elements, which has one of its ends. With `WITH_VALUES` the
/// blocks of the others are retired; without, they were moved.
pub(super) fn keep<C: Cell, const WITH_VALUES: bool>(
    edit: &mut Edit,
    at: At,
    kept: Range<u64>,
) -> Result<(), WriteError> {
    let deque = deque(edit, at, C::SIZE)?;
    deque.expect_to(kept.end)?;
    let cut = match kept.start {
        _ if kept.is_empty() => 0..deque.len,
        0 => kept.end..deque.len,
        start => 0..start,
    };
    if cut.is_empty() {
        return Ok(());
    }
    let cut = deque.places(cut);
    if leads_to_blocks::<C, WITH_VALUES>(&cut, &deque.places(kept.clone())) {
        edit.retire_all(|snap, trace| {
            nodes::trace_cut::<C, WITH_VALUES>(snap, (at, deque), cut, trace)
        });
    }
    if kept.is_empty() {
        return edit.write(at, &Deque::EMPTY.bytes());
    }
    let (mut root, mut level, mut all) = (deque.root(), deque.level(), deque.places(kept));
    while level > 0 {
        let below = below(level, C::SIZE);
        let used = slots(&all, below);
        if used.end - used.start > 1 {
            break;
        }
        let place = At::block(root).plus(item_at(used.start as usize, ADDRESS));
        let child = edit.address(place)?.offset();
        edit.retire(root);
        (root, level, all) = (child, level - 1, part(&all, used.start, below));
    }
    edit.write(at, &made(root, level, (all.start, all.end - all.start))?.bytes())
}
