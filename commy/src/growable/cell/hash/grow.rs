//! Changes the nodes of a hash map, as bytes: what is in an entry, its own cells know.

use core::hash::BuildHasher as _;
use std::hash::RandomState;

use super::layout::{
    AT_ENTRIES, AT_TAGS, FAN_OUT, INNER, LAST_DEPTH, LAST_SLOT, MOST_ENTRIES, Map, NODE, SIZE,
    Shape, inner_address, is_inner, leaf_address, leaf_len, leaf_word, slot_at, slot_of, tag_of,
};
use super::nodes::{Found, endless, leaf_head, most_nodes};
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

/// Entries on their way into nodes.
#[derive(Debug)]
pub(super) struct Entries {
    shape: Shape,
    hashes: Vec<u64>,
    cells: Vec<u8>,
}

impl Entries {
    pub(super) const fn new(shape: Shape) -> Self {
        Self { shape, hashes: Vec::new(), cells: Vec::new() }
    }

    pub(super) fn push(&mut self, hash: u64, entry: &[u8]) {
        self.hashes.push(hash);
        self.cells.extend_from_slice(entry);
    }

    fn entry(&self, index: usize) -> (u64, &[u8]) {
        let start = index * self.shape.stride;
        let entry = self.cells.get(start..start + self.shape.stride).unwrap_or_default();
        (self.hashes.get(index).copied().unwrap_or(0), entry)
    }

    /// Writes nodes with all of them, of which no two have the same key, and returns the address.
    pub(super) fn build(&self, edit: &mut Edit) -> Result<Address, WriteError> {
        self.below(edit, (0..self.hashes.len()).collect(), 0)
    }

    /// The same for some of them, at an inner node's slot or, at depth 0, in the cell.
    fn below(
        &self,
        edit: &mut Edit,
        some: Vec<usize>,
        depth: usize,
    ) -> Result<Address, WriteError> {
        if some.is_empty() {
            return Ok(Address::NONE);
        }
        if some.len() <= self.shape.capacity() {
            let entries = some.iter().map(|index| {
                let (hash, entry) = self.entry(*index);
                (tag_of(hash), entry)
            });
            return new_leaf(edit, self.shape, depth, entries);
        }
        let mut slots = [Address::NONE; FAN_OUT];
        if depth == LAST_DEPTH {
            let (here, behind) = some.split_at(some.len().min(self.shape.capacity() * LAST_SLOT));
            for (slot, some) in slots.iter_mut().zip(here.chunks(self.shape.capacity())) {
                *slot = self.below(edit, some.to_vec(), depth)?;
            }
            if let Some(last) = slots.last_mut() {
                *last = self.below(edit, behind.to_vec(), depth)?;
            }
            return new_inner(edit, &slots);
        }
        let mut parts = vec![Vec::new(); FAN_OUT];
        for index in some {
            let (hash, _) = self.entry(index);
            if let Some(part) = parts.get_mut(slot_of(hash, depth)) {
                part.push(index);
            }
        }
        for (slot, part) in slots.iter_mut().zip(parts) {
            *slot = self.below(edit, part, depth + 1)?;
        }
        new_inner(edit, &slots)
    }
}

/// Writes a leaf.
fn new_leaf(
    edit: &mut Edit,
    shape: Shape,
    depth: usize,
    entries: impl Iterator<Item = (u8, impl AsRef<[u8]>)>,
) -> Result<Address, WriteError> {
    let mut bytes = vec![0; AT_ENTRIES];
    let mut len = 0;
    for (tag, entry) in entries {
        if let Some(to) = bytes.get_mut(AT_TAGS + len) {
            *to = tag;
        }
        bytes.extend_from_slice(entry.as_ref());
        len += 1;
    }
    bytes.split_at_mut(AT_TAGS).0.copy_from_slice(&leaf_word(len, depth).to_ne_bytes());
    let block = edit.alloc(Kind::HashLeaf, shape.entry_at(len))?;
    edit.fill(block, &bytes)?;
    Ok(leaf_address(block))
}

/// Writes an inner node.
fn new_inner(edit: &mut Edit, slots: &[Address; FAN_OUT]) -> Result<Address, WriteError> {
    let words = core::iter::once(0).chain(slots.iter().map(|slot| slot.word()));
    let bytes: Vec<u8> = words.flat_map(u64::to_ne_bytes).collect();
    let block = edit.alloc(Kind::HashInner, INNER)?;
    edit.fill(block, &bytes)?;
    Ok(inner_address(block))
}

/// A node of the running transaction in the place of that whose address is at `place`.
fn own(edit: &mut Edit, place: At, old: Address) -> Result<u64, WriteError> {
    let kind = if is_inner(old) { Kind::HashInner } else { Kind::HashLeaf };
    let room = edit.room(old.offset())?;
    let block = edit.own(old.offset(), kind, room)?;
    if block != old.offset() {
        let address = old.moved_to(block).unwrap_or(Address::NONE);
        edit.write(place, &address.word().to_ne_bytes())?;
    }
    Ok(block)
}

/// The length of a leaf as it is staged.
fn staged_len(edit: &Edit, leaf: u64, shape: Shape) -> Result<(usize, u64), WriteError> {
    let word = edit.address(At::block(leaf))?.word();
    Ok(leaf_len(word, shape, leaf)?)
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
            let one = core::iter::once((tag_of(hash), entry));
            let leaf = new_leaf(edit, shape, depth, one)?;
            edit.write(place, &leaf.word().to_ne_bytes())?;
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
            leaf => staged_len(edit, leaf, shape)?.0 < shape.capacity(),
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
    let (len, _) = staged_len(edit, leaf, shape)?;
    let (room, used) = (edit.room(leaf)?, shape.entry_at(len));
    if room < used {
        return Err(edit.too_long_for(leaf, used));
    }
    if len == shape.capacity() {
        let address = split(edit, (leaf, depth), shape, (hash, entry), rehash)?;
        return edit.write(place, &address.word().to_ne_bytes());
    }
    let needed = shape.entry_at(len + 1);
    let block = if room >= needed {
        own(edit, place, old)?
    } else {
        // Twice the room, so that what is copied is in proportion to what was added.
        let doubled = (2 * (room + BLOCK_HEADER)).min(NODE) - BLOCK_HEADER;
        let block = edit.alloc(Kind::HashLeaf, doubled.max(needed))?;
        edit.copy(leaf, block, used)?;
        edit.retire(leaf);
        edit.write(place, &leaf_address(block).word().to_ne_bytes())?;
        block
    };
    edit.put(block, used, entry)?;
    edit.put(block, AT_TAGS + len, &[tag_of(hash)])?;
    edit.put(block, 0, &leaf_word(len + 1, depth).to_ne_bytes())
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
        let one = core::iter::once((tag_of(hash), entry));
        let mut slots = [Address::NONE; FAN_OUT];
        slots[0] = leaf_address(leaf);
        slots[1] = new_leaf(edit, shape, depth, one)?;
        return new_inner(edit, &slots);
    }
    let mut entries = Entries::new(shape);
    edit.look(|snap| {
        let (len, _) = leaf_head(snap, leaf, shape)?;
        let mut cells = vec![0; shape.stride];
        for index in 0..len {
            let at = At::block(leaf).plus(shape.entry_at(index));
            snap.read(at, &mut cells)?;
            entries.push(rehash(snap, at)?, &cells);
        }
        Ok(())
    })?;
    entries.push(hash, entry);
    edit.retire(leaf);
    let all = (0..entries.hashes.len()).collect();
    entries.below(edit, all, depth)
}

/// The way to an entry in blocks of the running transaction: the places of the addresses of all nodes.
fn own_way(
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
    let (_, leaf) = own_way(edit, at, hash, found)?;
    Ok(At::block(leaf).plus(shape.entry_at(found.index)))
}

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
    let (len, depth) = staged_len(edit, leaf, shape)?;
    let last = len - 1;
    if last == 0 {
        edit.retire(leaf);
        edit.write(place, &Address::NONE.word().to_ne_bytes())?;
    } else {
        if found.index < last {
            let (mut tag, mut moved) = ([0], vec![0; shape.stride]);
            edit.load(At::block(leaf).plus(shape.entry_at(last)), &mut moved)?;
            edit.load(At::block(leaf).plus(AT_TAGS + last), &mut tag)?;
            edit.put(leaf, shape.entry_at(found.index), &moved)?;
            edit.put(leaf, AT_TAGS + found.index, &tag)?;
        }
        edit.put(leaf, 0, &leaf_word(last, depth as usize).to_ne_bytes())?;
        shrink(edit, place, leaf, shape.entry_at(last), last == 1)?;
    }
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

/// Moves a leaf that uses half of its block at most to one that it fills: it is copied once per
/// publish anyway.
fn shrink(
    edit: &mut Edit,
    place: At,
    leaf: u64,
    used: usize,
    is_one: bool,
) -> Result<(), WriteError> {
    let room = edit.room(leaf)?;
    // Many maps have one entry: these are as small as they can be.
    let is_tight = if is_one { room < used + 16 } else { 2 * used + BLOCK_HEADER > room };
    if is_tight {
        return Ok(());
    }
    let block = edit.alloc(Kind::HashLeaf, used)?;
    edit.copy(leaf, block, used)?;
    edit.retire(leaf);
    edit.write(place, &leaf_address(block).word().to_ne_bytes())
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
        total += staged_len(edit, address.offset(), shape)?.0;
        if total > shape.few() {
            return Ok(false);
        }
        leaves.push(address.offset());
    }
    let (mut tags, mut cells) = (Vec::new(), Vec::new());
    for leaf in &leaves {
        let (len, all): (usize, [u8; MOST_ENTRIES]) =
            edit.look(|snap| leaf_head(snap, *leaf, shape))?;
        tags.extend(all.iter().take(len));
        let start = cells.len();
        cells.resize(start + len * shape.stride, 0);
        edit.load(At::block(*leaf).plus(AT_ENTRIES), cells.split_at_mut(start).1)?;
    }
    let address = match tags.is_empty() {
        true => Address::NONE,
        false => {
            let entries = tags.iter().copied().zip(cells.chunks_exact(shape.stride));
            new_leaf(edit, shape, depth, entries)?
        }
    };
    leaves.iter().for_each(|leaf| edit.retire(*leaf));
    edit.retire(node);
    edit.write(place, &address.word().to_ne_bytes())?;
    Ok(true)
}
