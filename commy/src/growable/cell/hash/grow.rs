//! Adds entries to the nodes of a hash map, as bytes: what is in an entry, its own cells know.

use core::hash::BuildHasher as _;
use std::hash::RandomState;

use super::build::{Entries, new_inner};
use super::layout::{
    AT_TAGS, FAN_OUT, LAST_DEPTH, LAST_SLOT, Map, NODE, SIZE, Shape, is_inner, leaf_address,
    slot_at, slot_of, tag_of,
};
use super::leaf::{self, Content, staged_head};
use super::nodes::{Found, endless, most_nodes};
use crate::error::WriteError;
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::growable::edit::Edit;
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap};

/// The hash of the key of an entry that is stored.
pub(super) type Rehash<'a> = &'a dyn Fn(&Snap<'_>, At) -> Result<u64, Fault>;

/// A seed that nobody can guess.
pub(super) fn seed() -> u64 {
    // Each state has random keys of the system's.
    RandomState::new().hash_one(0)
}

/// The map whose cell is here.
pub(super) fn map(edit: &Edit, at: At, shape: Shape) -> Result<Map, WriteError> {
    let mut cell = [0; SIZE];
    edit.load(at, &mut cell)?;
    Ok(Map::of(cell, shape, edit.heap_len())?)
}

/// Leads to another node from the place of an address.
pub(super) fn link(edit: &mut Edit, place: At, address: Address) -> Result<(), WriteError> {
    edit.write_word(place, address.word())
}

/// A node of the running transaction in the place of that whose address is at `place`.
pub(super) fn own(edit: &mut Edit, place: At, old: Address) -> Result<u64, WriteError> {
    edit.own_at(place, if is_inner(old) { Kind::HashInner } else { Kind::HashLeaf })
}

/// The way to an entry in blocks of the running transaction: the places of the addresses of all nodes,
/// and the leaf.
pub(super) fn own_way(
    edit: &mut Edit,
    at: At,
    hash: u64,
    found: &Found,
) -> Result<(Vec<At>, u64), WriteError> {
    let (mut places, mut place) = (Vec::with_capacity(4), at);
    for slot in found.slots(hash) {
        let old = edit.address(place)?;
        let node = own(edit, place, old)?;
        places.push(place);
        place = At::block(node).plus(slot_at(slot));
    }
    let old = edit.address(place)?;
    let leaf = own(edit, place, old)?;
    places.push(place);
    Ok((places, leaf))
}

/// The place of an entry in a block of the running transaction.
pub(super) fn own_entry(
    edit: &mut Edit,
    at: At,
    shape: Shape,
    hash: u64,
    found: &Found,
) -> Result<At, WriteError> {
    let mut place = at;
    for slot in found.slots(hash) {
        let node = edit.own_at(place, Kind::HashInner)?;
        place = At::block(node).plus(slot_at(slot));
    }
    let leaf = edit.own_at(place, Kind::HashLeaf)?;
    Ok(At::block(leaf).plus(found.head.entry_at(shape, found.index)))
}

/// Adds an entry whose key is not there to the map whose cell is at `at`; its seed is set.
pub(super) fn insert(
    edit: &mut Edit,
    at: At,
    shape: Shape,
    (hash, entry): (u64, &[u8]),
    rehash: Rehash<'_>,
) -> Result<(), WriteError> {
    let before = map(edit, at, shape)?;
    let (mut place, mut depth) = (at, 0);
    let mut left = most_nodes(edit.heap_len()) + LAST_DEPTH as u64;
    loop {
        let old = edit.address(place)?;
        if old.offset() == 0 {
            let leaf = Content::one(shape, hash, entry).write(edit, depth, 0)?;
            link(edit, place, leaf)?;
            break;
        }
        if !is_inner(old) {
            insert_at_leaf(edit, (place, depth), old, shape, (hash, entry), rehash)?;
            break;
        }
        left = left.checked_sub(1).ok_or_else(|| WriteError::from(endless(old.offset())))?;
        let node = At::block(own(edit, place, old)?);
        let slot = match depth {
            LAST_DEPTH => slot_with_room(edit, node, shape)?,
            _ => slot_of(hash, depth),
        };
        (place, depth) = (node.plus(slot_at(slot)), LAST_DEPTH.min(depth + 1));
    }
    edit.write(at.plus(8), &(before.len + 1).to_ne_bytes())
}

/// The slot for one more entry in an inner node at the last depth.
fn slot_with_room(edit: &Edit, node: At, shape: Shape) -> Result<usize, WriteError> {
    for slot in 0..LAST_SLOT {
        let address = edit.address(node.plus(slot_at(slot)))?;
        let has_room = match address.offset() {
            0 => true,
            _ if is_inner(address) => false,
            leaf => staged_head(edit, leaf, shape)?.len < shape.capacity(),
        };
        if has_room {
            return Ok(slot);
        }
    }
    Ok(LAST_SLOT)
}

/// Adds an entry to a leaf; if that is full, to one of those that are made of it.
fn insert_at_leaf(
    edit: &mut Edit,
    (place, depth): (At, usize),
    old: Address,
    shape: Shape,
    (hash, entry): (u64, &[u8]),
    rehash: Rehash<'_>,
) -> Result<(), WriteError> {
    let leaf = old.offset();
    let head = staged_head(edit, leaf, shape)?;
    let (room, used) = (edit.room(leaf)?, head.entry_at(shape, head.len));
    if room < used {
        return Err(edit.too_long_for(leaf, used));
    }
    if head.len >= shape.capacity() {
        let address = split(edit, (leaf, depth), shape, (hash, entry), rehash)?;
        return link(edit, place, address);
    }
    if head.len < head.places(shape, room) {
        let block = own(edit, place, old)?;
        edit.put(block, used, entry)?;
        edit.put(block, AT_TAGS + head.len, &[tag_of(hash)])?;
        return edit.put(block, 0, &head.with_len(head.len + 1).word().to_ne_bytes());
    }
    // Twice the room, so that what is copied is in proportion to what was added.
    let doubled = (2 * (room + BLOCK_HEADER)).min(NODE) - BLOCK_HEADER;
    let mut content = Content::new(shape);
    content.push_all(edit, leaf, head)?;
    content.push(hash, entry);
    let address = content.write(edit, depth, doubled)?;
    edit.retire(leaf);
    link(edit, place, address)
}

/// An inner node in the place of a full leaf, with one more entry below it.
fn split(
    edit: &mut Edit,
    (leaf, depth): (u64, usize),
    shape: Shape,
    (hash, entry): (u64, &[u8]),
    rehash: Rehash<'_>,
) -> Result<Address, WriteError> {
    if depth == LAST_DEPTH {
        // No bits are left to tell them apart by.
        let mut slots = [Address::NONE; FAN_OUT];
        slots[0] = leaf_address(leaf);
        slots[1] = Content::one(shape, hash, entry).write(edit, depth, 0)?;
        return new_inner(edit, &slots);
    }
    let mut entries = Entries::new(shape);
    edit.look(|snap| {
        let head = leaf::head(snap, leaf, shape)?;
        let mut cells = vec![0; shape.stride];
        for index in 0..head.len {
            let at = At::block(leaf).plus(head.entry_at(shape, index));
            snap.read(at, &mut cells)?;
            entries.push(rehash(snap, at)?, &cells);
        }
        Ok(())
    })?;
    entries.push(hash, entry);
    edit.retire(leaf);
    entries.build(edit, depth)
}
