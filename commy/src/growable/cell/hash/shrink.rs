//! Takes entries out of the nodes of a hash map, and gives back what they leave.

use super::grow::{link, map, own_way};
use super::layout::{AT_TAGS, FAN_OUT, Head, LAST_DEPTH, Map, Shape, is_inner, slot_at};
use super::leaf::{Content, staged_head};
use super::nodes::Found;
use crate::error::WriteError;
use crate::format::heap::Address;
use crate::growable::at::At;
use crate::growable::edit::Edit;
use crate::growable::snap::BLOCK_HEADER;

/// Takes an entry out, whose own blocks are retired or moved.
pub(super) fn remove(
    edit: &mut Edit,
    at: At,
    shape: Shape,
    hash: u64,
    found: &Found,
) -> Result<(), WriteError> {
    let before = map(edit, at, shape)?;
    let (mut places, leaf) = own_way(edit, at, hash, found)?;
    let Some(place) = places.pop() else { return Ok(()) };
    remove_from_leaf(edit, place, (leaf, found.index), shape)?;
    let mut depth = places.len();
    while let Some(place) = places.pop() {
        depth -= 1;
        if !merge(edit, place, shape, depth.min(LAST_DEPTH))? {
            break;
        }
    }
    let root = edit.address(at)?;
    let len = match root.offset() {
        0 => 0,
        // It says fewer than there are, if somebody has tampered with it.
        _ => before.len.saturating_sub(1).max(1),
    };
    edit.write(at, &Map { root, len, seed: before.seed }.bytes())
}

/// Puts the last entry of a leaf in the place of one.
fn remove_from_leaf(
    edit: &mut Edit,
    place: At,
    (leaf, index): (u64, usize),
    shape: Shape,
) -> Result<(), WriteError> {
    let head = staged_head(edit, leaf, shape)?;
    let last = head.len - 1;
    if last == 0 {
        edit.retire(leaf);
        return link(edit, place, Address::NONE);
    }
    if index < last {
        let (mut tag, mut moved) = ([0], vec![0; shape.stride]);
        edit.load(At::block(leaf).plus(head.entry_at(shape, last)), &mut moved)?;
        edit.load(At::block(leaf).plus(AT_TAGS + last), &mut tag)?;
        edit.put(leaf, head.entry_at(shape, index), &moved)?;
        edit.put(leaf, AT_TAGS + index, &tag)?;
    }
    let head = head.with_len(last);
    edit.put(leaf, 0, &head.word().to_ne_bytes())?;
    shrink(edit, place, (leaf, head), shape)
}

/// Moves a leaf that uses half of its block at most to one that it fills: it is copied once per
/// publish anyway.
fn shrink(
    edit: &mut Edit,
    place: At,
    (leaf, head): (u64, Head),
    shape: Shape,
) -> Result<(), WriteError> {
    let (room, used) = (edit.room(leaf)?, shape.bytes(head.len));
    // Many maps have one entry: these are as small as they can be.
    let is_tight = if head.len == 1 { room < used + 16 } else { 2 * used + BLOCK_HEADER > room };
    if is_tight {
        return Ok(());
    }
    let mut content = Content::new(shape);
    content.push_all(edit, leaf, head)?;
    let address = content.write(edit, head.depth as usize, 0)?;
    edit.retire(leaf);
    link(edit, place, address)
}

/// Puts one leaf, or nothing, in the place of an inner node with few entries below it; returns whether
/// it has.
fn merge(edit: &mut Edit, place: At, shape: Shape, depth: usize) -> Result<bool, WriteError> {
    let node = edit.address(place)?.offset();
    let (mut leaves, mut total) = (Vec::new(), 0);
    for slot in 0..FAN_OUT {
        let address = edit.address(At::block(node).plus(slot_at(slot)))?;
        if is_inner(address) {
            return Ok(false);
        }
        if address.offset() == 0 {
            continue;
        }
        let head = staged_head(edit, address.offset(), shape)?;
        total += head.len;
        if total > shape.few() {
            return Ok(false);
        }
        leaves.push((address.offset(), head));
    }
    let mut content = Content::new(shape);
    for (leaf, head) in &leaves {
        content.push_all(edit, *leaf, *head)?;
    }
    let address = content.write(edit, depth, 0)?;
    leaves.iter().for_each(|(leaf, _)| edit.retire(*leaf));
    edit.retire(node);
    link(edit, place, address)?;
    Ok(true)
}
