//! Where the entries of an ordered map lie, or those of a set, which have no values.
//!
//! ```text
//! cell, 16 bytes
//!    0  address of the root node; its low bits are the level: 0 leaf, above that inner nodes
//!    8  number of entries; a map without entries is two zeros
//! node, behind the header of its block
//!    0  number of places in use  u32
//!    4  level  u8; readers ignore it
//!    5  bytes of the prefix  u8; of a leaf of text keys, else 0
//!    6  0  u16
//!    8  keys, packed: as many places as the node has room for, those of the prefix first
//!       zeros up to a multiple of 8
//!       values of a leaf, packed; addresses of an inner node
//! ```
//!
//! A node takes 1024 bytes. Only a leaf that is the root takes what it needs, and twice as much
//! whenever it grows: its size is that of the class of its block. The first key of an inner node is
//! zeros and stands for what is below all keys. Each other one is above every key in the children
//! before it, and not above any key in the children from its own on.

use crate::format::heap::{Address, BlockHeader, Class};
use crate::growable::at::At;
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap};

/// The bytes of a node, its header included.
pub(crate) const NODE: usize = 1024;
/// The bytes of what is in it.
pub(crate) const ROOM: usize = NODE - BLOCK_HEADER;
/// Where the keys begin, in bytes behind the header of the block.
pub(crate) const AT_KEYS: usize = 8;
/// The bytes of an address.
pub(crate) const ADDRESS: usize = 8;
/// A value with a larger cell lies in a block of its own, and its address in the leaf.
pub(crate) const LARGEST_VALUE: usize = 128;
/// The highest level of a root.
pub(crate) const MAX_LEVEL: usize = 15;

/// The bytes of the cell.
pub(super) const SIZE: usize = 16;

/// The bytes of a key and of a value in a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) key: usize,
    pub(super) value: usize,
    /// Inner nodes have no prefix.
    pub(super) is_leaf: bool,
    /// How many places a full node has, and an inner node above it: a search should not divide for that.
    full: usize,
    full_inner: usize,
}

impl Shape {
    /// That of leaves with such keys and values.
    pub(super) const fn of_leaf(key: usize, value: usize) -> Self {
        let (full, full_inner) = (fitting(ROOM, key, value), fitting(ROOM, key, ADDRESS));
        Self { key, value, is_leaf: true, full, full_inner }
    }

    /// That of the inner nodes above leaves of this one.
    pub(super) const fn inner(self) -> Self {
        Self { value: ADDRESS, is_leaf: false, full: self.full_inner, ..self }
    }

    /// That of nodes of this level.
    pub(super) const fn of_level(self, level: usize) -> Self {
        if level == 0 { self } else { self.inner() }
    }

    /// The bytes of an entry.
    pub(super) const fn entry(self) -> usize {
        self.key + self.value
    }

    /// How many entries a node has places for whose block has so much room behind its header.
    pub(super) const fn capacity(self, room: usize) -> usize {
        if room >= ROOM { self.full } else { fitting(room, self.key, self.value) }
    }

    /// The room for places for so many entries.
    pub(super) const fn room(self, capacity: usize) -> usize {
        room_of(capacity, self.key, self.value)
    }

    /// Where the values begin in a node of this capacity.
    pub(super) const fn values_at(self, capacity: usize) -> usize {
        values_at(capacity, self.key)
    }

    /// Where a key is, in bytes behind the header of the block.
    pub(super) const fn key_at(self, slot: usize) -> usize {
        AT_KEYS + slot * self.key
    }

    /// Where a value is in a node of this capacity.
    pub(super) const fn value_at(self, capacity: usize, slot: usize) -> usize {
        self.values_at(capacity) + slot * self.value
    }
}

/// How many places there are in so much room.
const fn fitting(room: usize, key: usize, value: usize) -> usize {
    let mut capacity = room.saturating_sub(AT_KEYS) / (key + value);
    while capacity > 0 && room_of(capacity, key, value) > room {
        capacity -= 1;
    }
    capacity
}

const fn room_of(capacity: usize, key: usize, value: usize) -> usize {
    values_at(capacity, key) + capacity * value
}

const fn values_at(capacity: usize, key: usize) -> usize {
    (AT_KEYS + capacity * key).next_multiple_of(8)
}

/// A cell that was copied and makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tree {
    root: Address,
    pub(super) len: u64,
}

impl Tree {
    pub(super) const EMPTY: Self = Self { root: Address::NONE, len: 0 };

    pub(super) fn new(root: u64, level: usize, len: u64) -> Option<Self> {
        Some(Self { root: Address::new(root, level as u64)?, len })
    }

    /// # Errors
    ///
    /// `Corrupt` for a number of entries that no heap has room for.
    #[inline]
    pub(super) fn read(snap: &Snap<'_>, at: At, shape: Shape) -> Result<Self, Fault> {
        let mut cell = [0; SIZE];
        snap.read(at, &mut cell)?;
        Self::of(cell, shape, snap.len())
    }

    /// The same for the bytes of the cell, in a heap of so many bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(super) fn of(cell: [u8; SIZE], shape: Shape, heap: u64) -> Result<Self, Fault> {
        let ([root, len], _) = cell.as_chunks::<8>() else { return Ok(Self::EMPTY) };
        let root = Address::from_word(u64::from_ne_bytes(*root));
        let tree = Self { root, len: u64::from_ne_bytes(*len) };
        let is_sound = match root.offset() {
            0 => root.word() == 0 && tree.len == 0,
            // No two entries are in the same bytes.
            _ => tree.len > 0 && tree.len.saturating_mul(shape.entry() as u64) <= heap,
        };
        if is_sound { Ok(tree) } else { Err(tree.fault(shape, heap)) }
    }

    #[cold]
    fn fault(self, shape: Shape, heap: u64) -> Fault {
        let most = heap / shape.entry() as u64;
        let expected = match self.root() {
            0 => String::from("0, as it has no node"),
            _ => format!("1 to {most}, as the heap has {heap} bytes"),
        };
        Fault::corrupt("length of a map", self.len, expected, self.root())
    }

    /// The length as a program counts it.
    pub(super) fn count(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }

    /// 0 if the root is a leaf; at most [`MAX_LEVEL`].
    pub(super) const fn level(self) -> usize {
        self.root.low() as usize
    }

    /// Where the block of the root starts; 0 for none.
    pub(super) const fn root(self) -> u64 {
        self.root.offset()
    }

    /// The cell.
    pub(super) fn bytes(self) -> [u8; SIZE] {
        let mut cell = [0; SIZE];
        let (root, len) = cell.split_at_mut(8);
        root.copy_from_slice(&self.root.word().to_ne_bytes());
        len.copy_from_slice(&self.len.to_ne_bytes());
        cell
    }

    /// How many places the leaves have.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a root that is no node.
    #[inline]
    pub(super) fn capacity(self, snap: &Snap<'_>, shape: Shape) -> Result<usize, Fault> {
        match self.level() {
            0 => Ok(shape.capacity(self.root_room(snap)?)),
            _ => Ok(shape.capacity(ROOM)),
        }
    }

    /// The room of the root, as the class of its block says.
    ///
    /// # Errors
    ///
    /// As [`capacity`](Self::capacity).
    #[inline]
    pub(super) fn root_room(self, snap: &Snap<'_>) -> Result<usize, Fault> {
        if self.level() > 0 {
            return Ok(ROOM);
        }
        let word = snap.header(self.root())?;
        let class = BlockHeader::from_word(word).map(BlockHeader::class);
        match class {
            Ok(Class::Small(class)) if class.bytes() <= NODE as u64 => {
                Ok(class.bytes() as usize - BLOCK_HEADER)
            }
            _ => Err(self.no_node(word)),
        }
    }

    #[cold]
    fn no_node(self, word: u64) -> Fault {
        let expected = format!("that of a node of at most {NODE} bytes");
        Fault::corrupt("first word of a block", word, expected, self.root())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::heap::Extent;

    #[test]
    fn all_places_are_in_the_node() {
        for key in 1..=64 {
            for value in 0..=LARGEST_VALUE {
                let shape = Shape::of_leaf(key, value);
                let mut last = 0;
                for bytes in (32..=NODE).step_by(16) {
                    let room = bytes - BLOCK_HEADER;
                    let capacity = shape.capacity(room);
                    assert!(capacity >= last, "{shape:?}");
                    assert!(capacity == 0 || shape.value_at(capacity, capacity) <= room);
                    last = capacity;
                }
                assert!(last >= 5 && shape.inner().capacity(ROOM) >= 14, "{shape:?}");
            }
        }
    }

    #[test]
    fn a_map_of_one_entry_takes_at_most_96_bytes() {
        for (key, value) in [(8, 8), (32, 8), (32, 16), (16, 24), (1, 0), (8, 48)] {
            let room = Shape::of_leaf(key, value).room(1) + BLOCK_HEADER;
            let block = Extent::of(room as u64).unwrap().bytes();
            assert!(block + SIZE as u64 <= 96, "{key} {value}");
        }
    }
}
