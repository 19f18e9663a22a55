//! Finds entries, and goes from one to the next.

use core::ops::Range;

use super::layout::{ADDRESS, AT_KEYS, MAX_LEVEL, NODE, SIZE, Shape, Tree};
use crate::format::heap::Address;
use crate::growable::at::{At, Base};
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap, outside};

/// The place of an entry: the slots on the way to it, and the nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    /// That of the root.
    pub(super) level: usize,
    /// From the root on.
    pub(super) slots: [u16; MAX_LEVEL + 1],
    /// Where the nodes start.
    pub(super) blocks: [u64; MAX_LEVEL + 1],
    /// The place of the first entry of the leaf; those in front of it are its prefix.
    pub(super) first: usize,
    /// How many places of the leaf are in use.
    pub(super) len: usize,
    /// How many places are there.
    pub(super) capacity: usize,
}

/// A node on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct OnWay {
    pub(super) at: At,
    pub(super) is_leaf: bool,
    /// The first slot that has a key to be compared.
    pub(super) first: usize,
    pub(super) len: usize,
}

impl Position {
    pub(super) const NONE: Self = Self {
        level: 0,
        slots: [0; MAX_LEVEL + 1],
        blocks: [0; MAX_LEVEL + 1],
        first: 0,
        len: 0,
        capacity: 0,
    };

    /// The slot in the node so many levels below the root.
    pub(super) fn slot_at(&self, depth: usize) -> usize {
        self.slots.get(depth).map_or(0, |slot| usize::from(*slot))
    }

    pub(super) fn block_at(&self, depth: usize) -> u64 {
        self.blocks.get(depth).copied().unwrap_or(0)
    }

    pub(super) fn set(&mut self, depth: usize, block: u64, slot: usize) {
        if let (Some(to), Some(at)) = (self.blocks.get_mut(depth), self.slots.get_mut(depth)) {
            (*to, *at) = (block, slot as u16);
        }
    }

    /// Goes through a new root, by this slot of it.
    pub(super) fn put_above(&mut self, root: u64, slot: usize) {
        self.slots.copy_within(..MAX_LEVEL, 1);
        self.blocks.copy_within(..MAX_LEVEL, 1);
        self.level += 1;
        self.set(0, root, slot);
    }

    /// The slot in the leaf.
    pub(super) fn slot(&self) -> usize {
        self.slot_at(self.level)
    }

    pub(super) fn set_slot(&mut self, slot: usize) {
        let (level, block) = (self.level, self.leaf());
        self.set(level, block, slot);
    }

    /// Where the leaf starts.
    pub(super) fn leaf(&self) -> u64 {
        self.block_at(self.level)
    }

    pub(super) fn key(&self, shape: Shape) -> At {
        At::block(self.leaf()).plus(shape.key_at(self.slot()))
    }

    pub(super) fn value(&self, shape: Shape) -> At {
        At::block(self.leaf()).plus(shape.value_at(self.capacity, self.slot()))
    }

    /// Whether it is before another one of the same tree.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.slots < other.slots
    }
}

/// The place of the first entry in a leaf, and how many places are in use, of at most `capacity`.
#[inline]
pub(super) fn places(
    snap: &Snap<'_>,
    leaf: At,
    shape: Shape,
    capacity: usize,
) -> Result<(usize, usize), Fault> {
    let [a, b, c, d, _, prefix, ..] = snap.word(leaf)?.to_ne_bytes();
    let len = (u32::from_ne_bytes([a, b, c, d]) as usize).min(capacity);
    Ok((usize::from(prefix).div_ceil(shape.key).min(len), len))
}

/// How many entries an inner node has, of at most `capacity`.
#[inline]
pub(super) fn len(snap: &Snap<'_>, node: At, capacity: usize) -> Result<usize, Fault> {
    let [a, b, c, d, ..] = snap.word(node)?.to_ne_bytes();
    Ok((u32::from_ne_bytes([a, b, c, d]) as usize).min(capacity))
}

/// Goes down from a node `depth` levels below the root, to the slot that `choose` says in each.
#[inline]
pub(super) fn descend(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    (position, from): (&mut Position, usize),
    mut choose: impl FnMut(OnWay) -> Result<usize, Fault>,
) -> Result<(), Fault> {
    position.level = tree.level();
    position.capacity = tree.capacity(snap, shape)?;
    let inner = shape.inner();
    let inner_capacity = inner.capacity(super::layout::ROOM);
    let mut block = position.block_at(from);
    if from == 0 {
        block = tree.root();
    }
    for depth in from..position.level {
        let at = At::block(block);
        let len = len(snap, at, inner_capacity)?;
        if len == 0 {
            return Err(empty(block));
        }
        let slot = choose(OnWay { at, is_leaf: false, first: 1, len })?.min(len - 1);
        position.set(depth, block, slot);
        block = child(snap, at.plus(inner.value_at(inner_capacity, slot)))?;
        // As in `look_up`; and who comes here reads or moves the entries behind the one that is found.
        if shape.key > ADDRESS || depth + 1 == position.level {
            snap.prefetch(block, NODE);
        }
    }
    let at = At::block(block);
    let (first, len) = places(snap, at, shape, position.capacity)?;
    (position.first, position.len) = (first, len);
    position.set(position.level, block, 0);
    let slot = choose(OnWay { at, is_leaf: true, first, len })?;
    position.set_slot(slot.min(len).max(first));
    Ok(())
}

/// Where the child starts whose address is here.
#[inline]
fn child(snap: &Snap<'_>, at: At) -> Result<u64, Fault> {
    match snap.follow(at)?.base() {
        Base::Block(block) => Ok(block),
        _ => Err(outside(0)),
    }
}

#[cold]
fn empty(block: u64) -> Fault {
    Fault::corrupt("entries of an inner node of a map", 0, "at least 1", block)
}

/// Where the entries begin.
pub(super) fn first(snap: &Snap<'_>, tree: Tree, shape: Shape) -> Result<Position, Fault> {
    let mut position = Position::NONE;
    descend(snap, (tree, shape), (&mut position, 0), |_| Ok(0))?;
    Ok(position)
}

/// Where they end.
pub(super) fn end(snap: &Snap<'_>, tree: Tree, shape: Shape) -> Result<Position, Fault> {
    let mut position = Position::NONE;
    descend(snap, (tree, shape), (&mut position, 0), |node| Ok(node.len))?;
    Ok(position)
}

/// Goes to the begin of the next leaf; returns whether there is one.
pub(super) fn next_leaf(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    position: &mut Position,
) -> Result<bool, Fault> {
    go_over(snap, (tree, shape), position, true)
}

/// Goes to the end of the leaf before; returns whether there is one.
pub(super) fn leaf_before(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    position: &mut Position,
) -> Result<bool, Fault> {
    go_over(snap, (tree, shape), position, false)
}

fn go_over(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    position: &mut Position,
    is_next: bool,
) -> Result<bool, Fault> {
    let inner_capacity = shape.inner().capacity(super::layout::ROOM);
    for depth in (0..position.level).rev() {
        let (block, slot) = (position.block_at(depth), position.slot_at(depth));
        let len = len(snap, At::block(block), inner_capacity)?;
        let other = if is_next { Some(slot + 1) } else { slot.checked_sub(1) };
        let Some(other) = other.filter(|other| *other < len) else { continue };
        let mut is_first = true;
        descend(snap, (tree, shape), (position, depth), |node| {
            let slot = match (core::mem::take(&mut is_first), is_next) {
                (true, _) => other,
                (false, true) => 0,
                (false, false) => node.len,
            };
            Ok(slot)
        })?;
        // Nodes may lead back to themselves, if somebody has tampered with them.
        snap.spend((SIZE + position.len * shape.entry()) as u64, 0)?;
        return Ok(true);
    }
    Ok(false)
}

/// Calls `read` with each leaf that has entries between two places, with the first of them, and
/// with how many they are; at most as many as the map says that it has. Returns how many.
pub(super) fn each_leaf(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    (start, end): (Position, Position),
    mut read: impl FnMut(&Position, usize) -> Result<(), Fault>,
) -> Result<u64, Fault> {
    let (mut position, mut left) = (start, tree.len);
    snap.spend((SIZE + position.len * shape.entry()) as u64, 0)?;
    loop {
        let is_last = same_leaf(&position, &end);
        let len = if is_last { end.slot() } else { position.len };
        let count = len.saturating_sub(position.slot());
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(count);
        if count > 0 {
            read(&position, count)?;
            left -= count as u64;
        }
        let is_over = is_last || left == 0 || end.is_before(&position);
        if is_over || !next_leaf(snap, (tree, shape), &mut position)? {
            return Ok(tree.len - left);
        }
        if end.is_before(&position) {
            return Ok(tree.len - left);
        }
    }
}

/// A leaf is asked for when it is so many leaves away: they may lie anywhere.
const AHEAD: usize = 2;

/// Asks for a leaf behind that of a place, if it is below the same node, as far as it is as full as that
/// one; for all that come before it as well, if the place was not reached from the leaf before.
#[inline]
pub(super) fn ahead(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    position: &Position,
    is_first: bool,
) -> Result<(), Fault> {
    let Some(depth) = tree.level().checked_sub(1) else { return Ok(()) };
    let (inner, node) = (shape.inner(), position.block_at(depth));
    let capacity = inner.capacity(super::layout::ROOM);
    let values = (BLOCK_HEADER + shape.values_at(position.capacity)) as u64;
    let slot = position.slot_at(depth);
    let nearest = if is_first || slot == 0 { 1 } else { AHEAD };
    for slot in (slot + nearest..=slot + AHEAD).take_while(|slot| *slot < capacity) {
        // What is behind the last child means nothing, and asking for it does no harm.
        let place = At::block(node).plus(inner.value_at(capacity, slot));
        let leaf = Address::from_word(snap.word(place)?).offset();
        snap.prefetch(leaf, BLOCK_HEADER + shape.key_at(position.len));
        snap.prefetch(leaf.saturating_add(values), position.len * shape.value);
    }
    Ok(())
}

/// Whether both are in the same leaf, by the way there.
pub(super) fn same_leaf(one: &Position, other: &Position) -> bool {
    one.leaf() == other.leaf()
        && (0..one.level).all(|depth| one.slot_at(depth) == other.slot_at(depth))
}

/// The place of an entry that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    leaf: u64,
    slot: usize,
    capacity: usize,
}

impl Place {
    #[inline]
    pub(super) fn key(self, shape: Shape) -> At {
        At::block(self.leaf).plus(shape.key_at(self.slot))
    }

    #[inline]
    pub(super) fn value(self, shape: Shape) -> At {
        At::block(self.leaf).plus(shape.value_at(self.capacity, self.slot))
    }
}

/// Finds an entry, as [`find`] does, for those who need no way to it.
#[inline]
pub(super) fn look_up(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    mut search: impl FnMut(At, Range<usize>) -> Result<(usize, bool), Fault>,
) -> Result<Option<Place>, Fault> {
    let capacity = tree.capacity(snap, shape)?;
    let inner = shape.inner();
    let inner_capacity = inner.capacity(super::layout::ROOM);
    let mut block = tree.root();
    for level in (0..tree.level()).rev() {
        let at = At::block(block);
        let len = len(snap, at, inner_capacity)?;
        if len == 0 {
            return Err(empty(block));
        }
        let (slot, is_equal) = search(at.plus(AT_KEYS), 1..len)?;
        // The child in front of the first key that is above.
        let slot = (slot - usize::from(!is_equal)).min(len - 1);
        block = child(snap, at.plus(inner.value_at(inner_capacity, slot)))?;
        // There are few nodes above the leaves of small keys: these are in the cache.
        if shape.key > ADDRESS || level == 0 {
            snap.prefetch(block, NODE);
        }
    }
    let at = At::block(block);
    let (first, len) = places(snap, at, shape, capacity)?;
    let (slot, is_found) = search(at.plus(AT_KEYS), first..len)?;
    Ok(is_found.then_some(Place { leaf: block, slot, capacity }))
}

/// Goes to an entry, where `search` searches the keys in slots of a node; returns whether it is there.
/// If not, that is the place where it would be.
#[inline]
pub(super) fn find(
    snap: &Snap<'_>,
    (tree, shape): (Tree, Shape),
    position: &mut Position,
    mut search: impl FnMut(At, Range<usize>) -> Result<(usize, bool), Fault>,
) -> Result<bool, Fault> {
    let mut is_found = false;
    descend(snap, (tree, shape), (position, 0), |node| {
        let (slot, is_equal) = search(node.at.plus(AT_KEYS), node.first..node.len)?;
        if node.is_leaf {
            is_found = is_equal;
            return Ok(slot);
        }
        // The child in front of the first key that is above.
        Ok(slot - usize::from(!is_equal))
    })?;
    Ok(is_found)
}
