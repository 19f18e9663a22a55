//! Changes the nodes of a map, as bytes: what is in an entry, its own cells know.

use super::layout::{ADDRESS, AT_KEYS, LARGEST_VALUE, ROOM, SIZE, Shape, Tree};
use super::node::{Cut, Node};
use super::search::Position;
use crate::error::WriteError;
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::growable::cell::LARGEST_KEY;
use crate::growable::edit::{Edit, corrupt};
use crate::growable::snap::BLOCK_HEADER;
use crate::growable::trace::Walk;
use crate::mem;

/// The first key of an inner node.
const ZEROS: &[u8] = &[0; LARGEST_KEY];

/// Writes a key between two that are stored, into a cell of zeros.
pub(super) type Separate = fn(At, At, &mut Edit, &mut [u8]) -> Result<(), WriteError>;

/// What the nodes of a map need to know of its entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub(super) shape: Shape,
    pub(super) separate: Separate,
    /// Of keys that may be stored without what they have in common.
    pub(super) cut: Option<Cut>,
    pub(super) trace_key: Walk,
    pub(super) trace_value: Walk,
}

/// The map whose cell is here.
pub(super) fn tree(edit: &Edit, at: At, shape: Shape) -> Result<Tree, WriteError> {
    let mut cell = [0; SIZE];
    edit.load(at, &mut cell)?;
    Ok(Tree::of(cell, shape, edit.heap_len())?)
}

fn put_tree(
    edit: &mut Edit,
    at: At,
    root: u64,
    (level, len): (usize, u64),
) -> Result<(), WriteError> {
    let tree = Tree::new(root, level, len)
        .ok_or_else(|| corrupt("level of a map", level as u64, "at most 15", root))?;
    edit.write(at, &tree.bytes())
}

/// Writes the address of a node into those above it; returns the root.
fn link(
    edit: &mut Edit,
    shape: Shape,
    position: &mut Position,
    (depth, block): (usize, u64),
) -> Result<u64, WriteError> {
    let inner = shape.inner();
    let (mut depth, mut block) = (depth, block);
    while depth > 0 {
        let is_same = position.block_at(depth) == block;
        position.set(depth, block, position.slot_at(depth));
        if is_same {
            return Ok(position.block_at(0));
        }
        depth -= 1;
        let old = position.block_at(depth);
        let (room, is_fresh) = edit.used(old)?;
        let above = if is_fresh { old } else { edit.own_copy(old, Kind::Inner, (room, room))? };
        let place = inner.value_at(inner.capacity(ROOM), position.slot_at(depth));
        edit.write_word(At::block(above).plus(place), block)?;
        block = above;
    }
    position.set(0, block, position.slot_at(0));
    Ok(block)
}

/// The leaf of a place, as one of this transaction.
pub(super) fn own_leaf(
    edit: &mut Edit,
    at: At,
    shape: Shape,
    position: &mut Position,
) -> Result<u64, WriteError> {
    let (old, level, root) = (position.leaf(), position.level, position.block_at(0));
    let (room, is_fresh) = edit.used(old)?;
    if is_fresh {
        // And so are those above it.
        return Ok(old);
    }
    let block = edit.own(old, Kind::Leaf, room)?;
    let new = link(edit, shape, position, (level, block))?;
    if new != root {
        let address = Address::new(new, level as u64).unwrap_or(Address::NONE);
        edit.write_word(at, address.word())?;
    }
    Ok(block)
}

/// The room that a leaf gets which is the root, for so many entries.
fn root_room(shape: Shape, old_room: usize, len: usize) -> usize {
    let needed = shape.room(len);
    if needed <= old_room {
        // Half of it, once that is more than enough for what is left.
        let is_thin = shape.room(len * 4) <= old_room;
        return if is_thin { shape.room(len * 2) } else { old_room };
    }
    // Twice the room, so that what is copied is in proportion to what was added.
    let doubled = if old_room == 0 { 0 } else { 2 * (old_room + BLOCK_HEADER) - BLOCK_HEADER };
    needed.max(doubled).min(ROOM)
}

/// Inserts an entry, which is not there, at a place; that is where it is then.
pub(super) fn insert(
    edit: &mut Edit,
    at: At,
    table: &Table,
    position: &mut Option<Position>,
    (key, value): (&[u8], &[u8]),
) -> Result<(), WriteError> {
    let shape = table.shape;
    let len = tree(edit, at, shape)?.len + 1;
    let Some(position) = position else {
        let mut node = Node::new(shape);
        node.insert(0, key, value);
        let block = node.put(edit, 0, (0, root_room(shape, 0, 1)))?;
        let place = position.insert(Position::NONE);
        place.set(0, block, 0);
        (place.len, place.capacity) = (1, shape.capacity(edit.room(block)?));
        return put_tree(edit, at, block, (0, 1));
    };
    let (old, level, slot) = (position.leaf(), position.level, position.slot());
    if let Some(room) = room_in_place(edit, shape, position)?
        && position.len < position.capacity
    {
        let block = edit.own(old, Kind::Leaf, room)?;
        let slots = (position.slot(), position.len, position.capacity);
        open_slot(edit, shape, (block, slots), (key, value))?;
        position.len += 1;
        let root = link(edit, shape, position, (level, block))?;
        return put_tree(edit, at, root, (level, len));
    }
    let mut leaf = Node::read(edit, old, shape)?;
    let slot = slot.saturating_sub(leaf.first());
    leaf.insert(slot, key, value);
    let room = match level {
        0 => root_room(shape, edit.room(old)?.min(ROOM), leaf.used()),
        _ => ROOM,
    };
    if leaf.used() <= shape.capacity(room) {
        let block = leaf.put(edit, old, (0, room))?;
        (position.len, position.capacity) = (leaf.used(), shape.capacity(edit.room(block)?));
        position.set_slot(leaf.first() + slot);
        let root = link(edit, shape, position, (level, block))?;
        return put_tree(edit, at, root, (level, len));
    }
    // Whoever inserts in order fills the leaves, but for what their keys have in common.
    let is_end = slot + 1 == leaf.len() && is_rightmost(edit, shape, position)?;
    let cut = table.cut.as_ref();
    let half = if is_end {
        let more = leaf.wanted(edit, cut)?.saturating_sub(leaf.first());
        leaf.len().saturating_sub(1 + more)
    } else {
        leaf.len() / 2
    };
    let mut right = leaf.split_off(half.max(1));
    leaf.cut(edit, cut)?;
    right.cut(edit, cut)?;
    let last = leaf.used().saturating_sub(1);
    let left_block = leaf.put(edit, old, (0, ROOM))?;
    let right_block = right.put(edit, 0, (0, ROOM))?;
    let mut buffer = [0; LARGEST_KEY];
    let separator = buffer.split_at_mut(shape.key).0;
    let key_at = |block, slot| At::block(block).plus(shape.key_at(slot));
    edit.deeper(shape.entry(), |edit| {
        let (left, right) = (key_at(left_block, last), key_at(right_block, right.first()));
        (table.separate)(left, right, edit, separator)
    })?;
    let is_right = slot >= leaf.len();
    let half = if is_right { &right } else { &leaf };
    position.set_slot(half.first() + if is_right { slot - leaf.len() } else { slot });
    (position.first, position.len) = (half.first(), half.used());
    position.capacity = shape.capacity(ROOM);
    let halves = Halves { left: left_block, right: right_block, is_right };
    let root = insert_above(edit, shape, position, halves, separator)?;
    put_tree(edit, at, root, (position.level, len))
}

/// What has taken the place of one node, and in which of both the entry is that was inserted.
#[derive(Debug, Clone, Copy)]
struct Halves {
    left: u64,
    right: u64,
    is_right: bool,
}

/// The room of the leaf, if that is what its place says: then an entry may be put in or taken out where
/// the leaf is, which moves those behind it and nothing else.
fn room_in_place(
    edit: &Edit,
    shape: Shape,
    position: &Position,
) -> Result<Option<usize>, WriteError> {
    let room = edit.room(position.leaf())?.min(ROOM);
    let is_sound = shape.capacity(room) == position.capacity && position.slot() <= position.len;
    Ok((is_sound && (position.level == 0 || room == ROOM)).then_some(room))
}

/// Puts an entry into a slot of a node of this transaction which has so many, and room for it.
fn open_slot(
    edit: &mut Edit,
    shape: Shape,
    (block, (slot, len, capacity)): (u64, (usize, usize, usize)),
    (key, value): (&[u8], &[u8]),
) -> Result<(), WriteError> {
    let (keys_at, values_at) = (shape.key_at(slot), shape.value_at(capacity, slot));
    let words = edit.fresh(block, values_at + (len + 1 - slot) * value.len())?;
    let mut is_done = true;
    for (at, new) in [(keys_at, key), (values_at, value)] {
        is_done &= mem::move_within(words, at, at + new.len(), (len - slot) * new.len());
        is_done &= mem::store_within(new, at, words);
    }
    is_done &= mem::store_within(&(len as u32 + 1).to_ne_bytes(), 0, words);
    if is_done { Ok(()) } else { Err(edit.too_long_for(block, len)) }
}

/// Takes an entry out of a leaf of this transaction.
fn close_slot(
    edit: &mut Edit,
    shape: Shape,
    (block, position): (u64, &Position),
) -> Result<(), WriteError> {
    let (slot, len) = (position.slot(), position.len);
    let words = edit.fresh(block, shape.value_at(position.capacity, len))?;
    let mut is_done = true;
    for (start, size) in [(AT_KEYS, shape.key), (shape.values_at(position.capacity), shape.value)] {
        let at = start + slot * size;
        is_done &= mem::move_within(words, at + size, at, (len - slot - 1) * size);
    }
    is_done &= mem::store_within(&(len as u32 - 1).to_ne_bytes(), 0, words);
    if is_done { Ok(()) } else { Err(edit.too_long_for(block, len)) }
}

/// How many entries an inner node has, of at most as many as it has room for.
fn inner_len(edit: &Edit, block: u64, inner: Shape) -> Result<usize, WriteError> {
    let mut len = [0; 4];
    edit.load(At::block(block), &mut len)?;
    Ok((u32::from_ne_bytes(len) as usize).min(inner.capacity(ROOM)))
}

/// Whether nothing is behind the leaf.
fn is_rightmost(edit: &Edit, shape: Shape, position: &Position) -> Result<bool, WriteError> {
    for depth in 0..position.level {
        let len = inner_len(edit, position.block_at(depth), shape.inner())?;
        if position.slot_at(depth) + 1 != len {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts two nodes in the place of one, and a key between them; returns the root.
fn insert_above(
    edit: &mut Edit,
    shape: Shape,
    position: &mut Position,
    halves: Halves,
    separator: &mut [u8],
) -> Result<u64, WriteError> {
    let inner = shape.inner();
    let Halves { mut left, mut right, mut is_right } = halves;
    for depth in (0..position.level).rev() {
        let (old, slot) = (position.block_at(depth), position.slot_at(depth));
        let level = position.level - depth;
        let own = slot + usize::from(is_right);
        let (len, capacity) = (inner_len(edit, old, inner)?, inner.capacity(ROOM));
        if slot < len && len < capacity {
            // It stays where it is; what is behind the slot moves, and nothing else.
            let block = edit.own(old, Kind::Inner, ROOM)?;
            edit.write_word(At::block(block).plus(inner.value_at(capacity, slot)), left)?;
            let slots = (slot + 1, len, capacity);
            open_slot(edit, inner, (block, slots), (separator, &right.to_ne_bytes()))?;
            position.set(depth, old, own);
            return link(edit, shape, position, (depth, block));
        }
        let mut node = Node::read(edit, old, inner)?;
        node.set_child(slot, left);
        node.insert(slot + 1, separator, &right.to_ne_bytes());
        if node.len() <= node.capacity {
            let block = node.put(edit, old, (level, ROOM))?;
            position.set(depth, old, own);
            return link(edit, shape, position, (depth, block));
        }
        let is_end = slot + 2 == node.len();
        let mut behind = node.split_off(if is_end { node.len() - 1 } else { node.len() / 2 });
        // It moves up: the inner node above owns it from here on.
        separator.copy_from_slice(behind.key(0));
        behind.set_key(0, ZEROS.split_at(shape.key).0);
        left = node.put(edit, old, (level, ROOM))?;
        right = behind.put(edit, 0, (level, ROOM))?;
        is_right = own >= node.len();
        position.set(depth, old, if is_right { own - node.len() } else { own });
    }
    let mut root = Node::new(inner);
    root.insert(0, ZEROS.split_at(shape.key).0, &left.to_ne_bytes());
    root.insert(1, separator, &right.to_ne_bytes());
    let block = root.put(edit, 0, (position.level + 1, ROOM))?;
    position.put_above(block, usize::from(is_right));
    Ok(block)
}

/// Takes an entry out, and retires what it leads to.
pub(super) fn remove(
    edit: &mut Edit,
    at: At,
    table: &Table,
    position: &mut Position,
) -> Result<(), WriteError> {
    let shape = table.shape;
    edit.retire_all(|snap, trace| {
        (table.trace_key)(snap, position.key(shape), trace)?;
        (table.trace_value)(snap, position.value(shape), trace)
    });
    let len = tree(edit, at, shape)?.len.saturating_sub(1);
    let (old, left) = (position.leaf(), position.len.saturating_sub(1));
    if let Some(room) = room_in_place(edit, shape, position)?
        && position.slot() < position.len
        && is_enough(shape, position, (left, room))
    {
        let block = edit.own(old, Kind::Leaf, room)?;
        close_slot(edit, shape, (block, position))?;
        let level = position.level;
        let root = link(edit, shape, position, (level, block))?;
        return put_tree(edit, at, root, (level, len));
    }
    let mut node = Node::read(edit, old, shape)?;
    node.remove(position.slot().saturating_sub(node.first()));
    let mut depth = position.level;
    while depth > 0 {
        let level = position.level - depth;
        let block = position.block_at(depth);
        if node.len() > 0 && node.used() * 3 >= node.capacity {
            let block = node.put(edit, block, (level, ROOM))?;
            let root = link(edit, shape, position, (depth, block))?;
            return put_tree(edit, at, root, (position.level, len));
        }
        let above = position.block_at(depth - 1);
        let mut parent = Node::read(edit, above, shape.inner())?;
        let slot = position.slot_at(depth - 1);
        match partner(edit, &parent, (slot, &node))? {
            Some((left_slot, other)) => {
                let is_left = left_slot == slot;
                let (mut left, mut right) = if is_left { (node, other) } else { (other, node) };
                let (left_block, right_block) =
                    (parent.child(left_slot), parent.child(left_slot + 1));
                if level > 0 && left.len() > 0 && right.len() > 0 {
                    // The key between them becomes the first one of what was behind it.
                    right.set_key(0, parent.key(left_slot + 1));
                } else {
                    retire_key(edit, table, above, left_slot + 1);
                }
                let cut = table.cut.as_ref().filter(|_| level == 0);
                left.append(right, edit, cut)?;
                let merged = left.put(edit, left_block, (level, ROOM))?;
                edit.retire(right_block);
                parent.set_child(left_slot, merged);
                parent.remove(left_slot + 1);
            }
            None if node.len() > 0 => {
                let block = node.put(edit, block, (level, ROOM))?;
                let root = link(edit, shape, position, (depth, block))?;
                return put_tree(edit, at, root, (position.level, len));
            }
            // The only child is empty, and goes.
            None => {
                edit.retire(block);
                parent.remove(slot);
            }
        }
        node = parent;
        depth -= 1;
    }
    put_root(edit, at, shape, (node, position), len)
}

/// Whether a leaf with so many entries stays as large as it is.
fn is_enough(shape: Shape, position: &Position, (len, room): (usize, usize)) -> bool {
    len > position.first
        && match position.level {
            0 => root_room(shape, room, len) == room,
            _ => len * 3 >= position.capacity,
        }
}

/// The sibling with which a node of few entries is to be one, and which of the two slots is the left.
fn partner(
    edit: &Edit,
    parent: &Node,
    (slot, node): (usize, &Node),
) -> Result<Option<(usize, Node)>, WriteError> {
    let beside = [slot.checked_sub(1), Some(slot + 1)].into_iter().flatten();
    for other in beside.filter(|other| *other < parent.len()) {
        let sibling = Node::read(edit, parent.child(other), node.shape)?;
        // Of an empty one nothing stays, not even its prefix: so it always has a partner.
        let is_empty = node.len() == 0 || sibling.len() == 0;
        let both = [node, &sibling].map(|one| if one.len() == 0 { 0 } else { one.used() });
        let both: usize = both.iter().sum();
        let capacity = node.shape.capacity(ROOM);
        if both * 5 <= capacity * 4 || (is_empty && both <= capacity) {
            return Ok(Some((slot.min(other), sibling)));
        }
    }
    Ok(None)
}

/// Retires what the key at a slot of an inner node leads to.
fn retire_key(edit: &mut Edit, table: &Table, block: u64, slot: usize) {
    let at = At::block(block).plus(table.shape.key_at(slot));
    edit.retire_all(|snap, trace| (table.trace_key)(snap, at, trace));
}

/// Stores the root, of which something was taken off.
fn put_root(
    edit: &mut Edit,
    at: At,
    shape: Shape,
    (root, position): (Node, &Position),
    len: u64,
) -> Result<(), WriteError> {
    let (mut node, mut block, mut level) = (root, position.block_at(0), position.level);
    // An inner node with one child says nothing.
    while level > 0 && node.len() == 1 {
        let child = node.child(0);
        edit.retire(block);
        (block, level) = (child, level - 1);
        node = Node::read(edit, block, shape.of_level(level))?;
        if level == 0 || node.len() != 1 {
            return put_tree(edit, at, block, (level, len));
        }
    }
    if node.len() == 0 {
        edit.retire(block);
        return edit.write(at, &Tree::EMPTY.bytes());
    }
    let room = match level {
        0 => root_room(shape, edit.room(block)?.min(ROOM), node.used()),
        _ => ROOM,
    };
    let block = node.put(edit, block, (level, room))?;
    put_tree(edit, at, block, (level, len))
}

/// Builds a map of entries that come in order.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    table: &'a Table,
    leaf: Node,
    /// The leaves, and the keys in front of each; for the first one that is zeros.
    blocks: Vec<u64>,
    keys: Vec<u8>,
    last: Option<(u64, usize)>,
    len: u64,
}

impl<'a> Builder<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        let leaf = Node::new(table.shape);
        Self { table, leaf, blocks: Vec::new(), keys: Vec::new(), last: None, len: 0 }
    }

    pub(super) fn push(
        &mut self,
        edit: &mut Edit,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), WriteError> {
        if self.leaf.len() == self.leaf.capacity {
            self.end_leaf(edit, |_| ROOM)?;
        }
        self.leaf.insert(self.leaf.len(), key, value);
        self.len += 1;
        Ok(())
    }

    fn end_leaf(&mut self, edit: &mut Edit, room: fn(&Node) -> usize) -> Result<(), WriteError> {
        let (shape, cut) = (self.table.shape, self.table.cut.as_ref());
        // What the keys have in common needs places; the last entries make room for it.
        let wanted = self.leaf.wanted(edit, cut)?;
        let most = self.leaf.capacity.saturating_sub(wanted).max(1);
        let behind = self.leaf.split_off(most);
        self.leaf.cut(edit, cut)?;
        let room = if behind.len() == 0 { room(&self.leaf) } else { ROOM };
        let block = self.leaf.put(edit, 0, (0, room))?;
        let start = self.keys.len();
        self.keys.resize(start + shape.key, 0);
        if let Some((left, slot)) = self.last {
            let separator = self.keys.split_at_mut(start).1;
            let left = At::block(left).plus(shape.key_at(slot));
            let right = At::block(block).plus(shape.key_at(self.leaf.first()));
            (self.table.separate)(left, right, edit, separator)?;
        }
        self.last = Some((block, self.leaf.used().saturating_sub(1)));
        self.blocks.push(block);
        self.leaf = behind;
        Ok(())
    }

    /// Writes the cell.
    pub(super) fn finish(mut self, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let shape = self.table.shape;
        if self.len == 0 {
            return Ok(());
        }
        while self.leaf.len() > 0 {
            let is_small = self.blocks.is_empty();
            self.end_leaf(
                edit,
                if is_small { |leaf| leaf.shape.room(leaf.used()) } else { |_| ROOM },
            )?;
        }
        let (mut blocks, mut keys, mut level) = (self.blocks, self.keys, 0);
        let inner = shape.inner();
        while blocks.len() > 1 {
            level += 1;
            let (mut above, mut keys_above) = (Vec::new(), Vec::new());
            let per_node = inner.capacity(ROOM);
            for (blocks, keys) in blocks.chunks(per_node).zip(keys.chunks(per_node * shape.key)) {
                let mut node = Node::new(inner);
                for (slot, (block, key)) in blocks.iter().zip(keys.chunks(shape.key)).enumerate() {
                    if slot == 0 {
                        keys_above.extend_from_slice(key);
                    }
                    let key = if slot == 0 { ZEROS.split_at(shape.key).0 } else { key };
                    node.insert(slot, key, &block.to_ne_bytes());
                }
                above.push(node.put(edit, 0, (level, ROOM))?);
            }
            (blocks, keys) = (above, keys_above);
        }
        let root = blocks.first().copied().unwrap_or(0);
        let tree = Tree::new(root, level, self.len)
            .ok_or_else(|| corrupt("level of a map", level as u64, "at most 15", root))?;
        cell.copy_from_slice(&tree.bytes());
        Ok(())
    }
}

const _: () = assert!(ADDRESS == 8 && LARGEST_VALUE >= ADDRESS);
