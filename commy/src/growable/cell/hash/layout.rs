//! Where the entries of a hash map lie.
//!
//! ```text
//! cell, 24 bytes
//!    0  address of the root node; its lowest bit is 1 for an inner node; 0 in an empty map
//!    8  how many entries there are
//!   16  the seed of the hash, made at random with the first entry
//! leaf, behind the header of its block
//!    0  how many entries are in it, u8; from bit 32 on its depth
//!    8  56 tags: the highest byte of the hash of each key
//!   64  entries: the cell of a key, at the next multiple of 8 that of its value, each entry at one
//! inner node, behind the header of its block
//!    0  0
//!    8  64 addresses: 0 for nothing, else as in the cell
//! ```
//!
//! The hash of a key says which way to go, six bits for each inner node, from the lowest on. After
//! ten of them no bits are left that a way could go by: then the first 63 addresses are leaves in no
//! order, and the last one is one more leaf or such a node.
//!
//! A leaf takes 1024 bytes at most, and has the room that it needs, twice as much whenever it grows.

use crate::format::heap::Address;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap};

/// The bytes of a full leaf, its header included.
pub(crate) const NODE: usize = 1024;
/// The entries of a full leaf, if they are small.
pub(crate) const MOST_ENTRIES: usize = 56;
/// Where the tags begin, in bytes behind the header of the block.
pub(crate) const AT_TAGS: usize = 8;
/// Where the entries begin.
pub(crate) const AT_ENTRIES: usize = AT_TAGS + MOST_ENTRIES;
/// Where the addresses begin in an inner node.
pub(crate) const AT_SLOTS: usize = 8;
/// The addresses of an inner node.
pub(crate) const FAN_OUT: usize = 64;
/// The bytes of what is in an inner node.
pub(crate) const INNER: usize = AT_SLOTS + FAN_OUT * ADDRESS;
/// How many inner nodes a way goes through by the bits of a hash.
pub(crate) const LAST_DEPTH: usize = 10;
/// A value with a larger cell lies in a block of its own, and its address in the leaf.
pub(crate) const LARGEST_VALUE: usize = 128;

/// The bytes of the cell.
pub(super) const SIZE: usize = 24;
const ADDRESS: usize = 8;
const BITS_OF_SLOT: usize = 6;
/// The lowest bit of the address of an inner node.
const IS_INNER: u64 = 1;
/// Where the depth is in the first word of a leaf.
const DEPTH_SHIFT: u32 = 32;

/// How entries lie: what the code of nodes knows of keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Where the value is in an entry.
    pub(super) value_at: usize,
    /// The bytes of an entry.
    pub(super) stride: usize,
}

impl Shape {
    pub(super) const fn of<K: Cell, V: Cell>() -> Self {
        let value_at = K::SIZE.next_multiple_of(8);
        Self { value_at, stride: value_at + V::SIZE.next_multiple_of(8) }
    }

    /// How many entries are in a full leaf.
    pub(super) const fn capacity(self) -> usize {
        let fit = (NODE - BLOCK_HEADER - AT_ENTRIES) / self.stride;
        if fit < MOST_ENTRIES { fit } else { MOST_ENTRIES }
    }

    /// Where an entry is in its leaf.
    pub(super) const fn entry_at(self, index: usize) -> usize {
        AT_ENTRIES + index * self.stride
    }

    /// How many entries below an inner node are so few that they go into one leaf, with room for more.
    pub(super) const fn few(self) -> usize {
        self.capacity() / 2
    }
}

/// Where an address is in an inner node.
pub(super) const fn slot_at(slot: usize) -> usize {
    AT_SLOTS + slot * ADDRESS
}

/// The slot that a hash goes by, at an inner node of a depth below [`LAST_DEPTH`].
pub(super) const fn slot_of(hash: u64, depth: usize) -> usize {
    (hash >> (depth * BITS_OF_SLOT)) as usize % FAN_OUT
}

/// The slot of an inner node at the last depth that leads on to one more.
pub(super) const LAST_SLOT: usize = FAN_OUT - 1;

/// What a leaf keeps of a hash.
pub(super) const fn tag_of(hash: u64) -> u8 {
    (hash >> 56) as u8
}

/// The bits of a hash that lead to a node of this depth.
pub(super) const fn mask(depth: usize) -> u64 {
    (1 << (depth * BITS_OF_SLOT)) - 1
}

pub(super) const fn is_inner(address: Address) -> bool {
    address.low() & IS_INNER != 0
}

pub(super) fn inner_address(block: u64) -> Address {
    Address::new(block, IS_INNER).unwrap_or(Address::NONE)
}

pub(super) fn leaf_address(block: u64) -> Address {
    Address::new(block, 0).unwrap_or(Address::NONE)
}

/// The first word of a leaf.
pub(super) const fn leaf_word(len: usize, depth: usize) -> u64 {
    len as u64 | (depth as u64) << DEPTH_SHIFT
}

/// How many entries a leaf has, by its first word, and at which depth it is.
///
/// # Errors
///
/// `Corrupt` for more than fit, and for none: such a leaf is taken away.
pub(super) fn leaf_len(word: u64, shape: Shape, block: u64) -> Result<(usize, u64), Fault> {
    let (len, depth) = (word as u8 as usize, word >> DEPTH_SHIFT);
    if (1..=shape.capacity()).contains(&len) {
        return Ok((len, depth));
    }
    let expected = format!("1 to {}", shape.capacity());
    Err(Fault::corrupt("number of entries in a leaf of a hash map", len as u64, expected, block))
}

/// A cell that was copied and makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Map {
    pub(super) root: Address,
    pub(super) len: u64,
    pub(super) seed: u64,
}

impl Map {
    /// # Errors
    ///
    /// `Corrupt` for a length that no map with these entries has.
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
        let ([root, len, seed], _) = cell.as_chunks::<8>() else { unreachable!("24 bytes") };
        let map = Self {
            root: Address::from_word(u64::from_ne_bytes(*root)),
            len: u64::from_ne_bytes(*len),
            seed: u64::from_ne_bytes(*seed),
        };
        let is_sound = match map.root.offset() {
            0 => map.root.word() == 0 && map.len == 0,
            // No two entries are in the same bytes.
            _ => map.len > 0 && map.len.saturating_mul(shape.stride as u64) <= heap,
        };
        if is_sound { Ok(map) } else { Err(map.fault(shape, heap)) }
    }

    #[cold]
    fn fault(self, shape: Shape, heap: u64) -> Fault {
        let root = self.root.offset();
        let expected = match root {
            0 => String::from("0, as it has no node"),
            _ => format!("1 to {}, as the heap has {heap} bytes", heap / shape.stride as u64),
        };
        Fault::corrupt("length of a hash map", self.len, expected, root)
    }

    /// The length as a program counts it.
    pub(super) fn count(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }

    /// The cell.
    pub(super) fn bytes(self) -> [u8; SIZE] {
        let mut cell = [0; SIZE];
        let words = [self.root.word(), self.len, self.seed];
        for (to, word) in cell.chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word.to_ne_bytes());
        }
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::heap::Extent;
    use crate::growable::cell::LARGEST_KEY;

    #[test]
    fn a_map_of_one_small_entry_takes_96_bytes() {
        let shape = Shape { value_at: 8, stride: 16 };
        let one = Extent::of((BLOCK_HEADER + shape.entry_at(1)) as u64).unwrap();
        assert_eq!(one.bytes(), 96);
    }

    #[test]
    fn a_full_leaf_takes_no_more_than_a_kilobyte() {
        for stride in (8..=LARGEST_KEY + LARGEST_VALUE).step_by(8) {
            let shape = Shape { value_at: 8, stride };
            let bytes = BLOCK_HEADER + shape.entry_at(shape.capacity());
            assert!(bytes <= NODE, "{stride}");
            assert!(shape.few() > 0, "{stride}");
        }
        assert_eq!(Extent::of((BLOCK_HEADER + INNER) as u64).unwrap().bytes(), 576);
    }

    #[test]
    fn a_way_uses_no_bit_twice_and_none_of_the_tag() {
        let hash = 0x00ff_eedd_ccbb_aa99;
        let back = (0..LAST_DEPTH)
            .fold(0, |sum, depth| sum | (slot_of(hash, depth) as u64) << (6 * depth));
        assert_eq!(back, hash & mask(LAST_DEPTH));
        assert_eq!(tag_of(hash), 0);
        assert_eq!(tag_of(!hash), 0xff);
    }
}
