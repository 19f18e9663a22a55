//! Where the elements of a list lie.
//!
//! ```text
//! cell, 16 bytes
//!    0  address of the root node; its low bits are the level: 0 chunk, above that inner nodes
//!    8  length in elements; a list without elements is two zeros
//! node, behind the header of its block
//!    0  how many items were ever written: readers ignore it
//!    8  items: elements of a chunk, packed; addresses of an inner node
//! ```
//!
//! A full node takes 1024 bytes, 1008 of them items: 126 addresses, or as many elements as fit. All
//! nodes are full but the last one of each level, so that division finds an element. That one has
//! the room that it needs, and twice as much whenever it grows.

use crate::format::heap::Address;
use crate::growable::at::{At, Base};
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap, outside};

/// The bytes of a full node, its header included.
pub(crate) const NODE: usize = 1024;
/// Where the items begin, in bytes behind the header of the block.
pub(crate) const AT_ITEMS: usize = 8;
/// The bytes of items in a full node.
pub(crate) const ITEMS: usize = NODE - BLOCK_HEADER - AT_ITEMS;
/// The addresses in a full inner node.
pub(crate) const FAN_OUT: usize = ITEMS / ADDRESS;
/// The bytes of an address.
pub(crate) const ADDRESS: usize = 8;
/// An element with a larger cell lies in a block of its own, and its address in the chunk.
pub(crate) const LARGEST_ITEM: usize = 128;
/// The highest level of a root: no file has room for more.
pub(in crate::growable::cell) const MAX_LEVEL: u64 = 7;

/// The bytes of the cell.
pub(in crate::growable::cell) const SIZE: usize = 16;

/// How many elements of so many bytes are in a full chunk.
pub(crate) const fn per_chunk(stride: usize) -> usize {
    ITEMS / stride
}

/// How many elements are below a full node of this level.
pub(in crate::growable::cell) const fn capacity(level: u64, stride: usize) -> u64 {
    let (mut elements, mut above) = (per_chunk(stride) as u64, 0);
    while above < level {
        elements = elements.saturating_mul(FAN_OUT as u64);
        above += 1;
    }
    elements
}

/// How many elements a list of this level has at most in a heap of so many bytes. Nodes that contain
/// themselves have no end: without this, nor would a walk through them.
const fn most(level: u64, stride: usize, heap: u64) -> u64 {
    let (capacity, room) = (capacity(level, stride), heap / stride as u64);
    if level == 0 || capacity < room { capacity } else { room }
}

/// Where an item is in a node, in bytes behind the header of its block.
pub(in crate::growable::cell) const fn item_at(slot: usize, stride: usize) -> usize {
    AT_ITEMS + slot * stride
}

/// A cell that was copied and makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct List {
    root: Address,
    pub(in crate::growable::cell) len: u64,
}

impl List {
    pub(in crate::growable::cell) const EMPTY: Self = Self { root: Address::NONE, len: 0 };

    pub(in crate::growable::cell) fn new(root: u64, level: u64, len: u64) -> Option<Self> {
        Some(Self { root: Address::new(root, level)?, len })
    }

    /// # Errors
    ///
    /// `Corrupt` for a length that no list of this level has.
    #[inline]
    pub(in crate::growable::cell) fn read(
        snap: &Snap<'_>,
        at: At,
        stride: usize,
    ) -> Result<Self, Fault> {
        let mut cell = [0; SIZE];
        snap.read(at, &mut cell)?;
        Self::of(cell, stride, snap.len())
    }

    /// The same for the bytes of the cell, in a heap of so many bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(in crate::growable::cell) fn of(
        cell: [u8; SIZE],
        stride: usize,
        heap: u64,
    ) -> Result<Self, Fault> {
        let ([root, len], _) = cell.as_chunks::<8>() else { return Ok(Self::EMPTY) };
        Self::of_words([root, len].map(|word| u64::from_ne_bytes(*word)), stride, heap)
    }

    /// The same for the words of the cell.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(super) fn of_words([root, len]: [u64; 2], stride: usize, heap: u64) -> Result<Self, Fault> {
        let list = Self { root: Address::from_word(root), len };
        if list.is_sound(stride, heap) { Ok(list) } else { Err(list.fault(stride, heap)) }
    }

    #[inline]
    const fn is_sound(self, stride: usize, heap: u64) -> bool {
        match self.root.offset() {
            0 => self.root.word() == 0 && self.len == 0,
            _ => {
                self.len > 0
                    && self.level() <= MAX_LEVEL
                    && self.len <= most(self.level(), stride, heap)
            }
        }
    }

    #[cold]
    fn fault(self, stride: usize, heap: u64) -> Fault {
        let (root, level) = (self.root.offset(), self.level());
        if level > MAX_LEVEL {
            return Fault::corrupt("level of a list", level, format!("at most {MAX_LEVEL}"), root);
        }
        let expected = match root {
            0 => String::from("0, as it has no node"),
            _ => {
                let most = most(level, stride, heap);
                format!("1 to {most}, as its level is {level} and the heap has {heap} bytes")
            }
        };
        Fault::corrupt("length of a list", self.len, expected, root)
    }

    /// The length as a program counts it.
    pub(in crate::growable::cell) fn count(self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }

    /// That there are so many elements still: a length that was read before may be of another list, if
    /// somebody tampers with the file meanwhile.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there are not.
    pub(super) fn expect_to(self, end: u64) -> Result<(), Fault> {
        if end <= self.len {
            return Ok(());
        }
        let expected = format!("at least {end}, as it was before");
        Err(Fault::corrupt("length of a list", self.len, expected, self.root()))
    }

    /// 0 if the root is a chunk.
    pub(in crate::growable::cell) const fn level(self) -> u64 {
        self.root.low()
    }

    /// Where the block of the root starts; 0 for none.
    pub(in crate::growable::cell) const fn root(self) -> u64 {
        self.root.offset()
    }

    /// The words of the cell.
    #[inline]
    pub(super) const fn words(self) -> (u64, u64) {
        (self.root.word(), self.len)
    }

    /// The cell.
    pub(in crate::growable::cell) fn bytes(self) -> [u8; SIZE] {
        let mut cell = [0; SIZE];
        let (root, len) = cell.split_at_mut(8);
        root.copy_from_slice(&self.root.word().to_ne_bytes());
        len.copy_from_slice(&self.len.to_ne_bytes());
        cell
    }

    /// The slots on the way to an element, from the root on.
    #[inline]
    pub(in crate::growable::cell) const fn way(self, index: u64, stride: usize) -> Way {
        let per_chunk = per_chunk(stride) as u64;
        let (mut chunk, mut slots, mut above) = (index / per_chunk, 0, 0);
        // From below, where all that is divided by is known to the compiler.
        while above < self.level() {
            slots = (slots << SLOT_BITS) | (chunk % FAN_OUT as u64);
            chunk /= FAN_OUT as u64;
            above += 1;
        }
        Way { level: self.level(), slots, last: index % per_chunk }
    }

    /// Where an element is.
    ///
    /// # Errors
    ///
    /// `Corrupt` for an address of nothing.
    #[inline]
    pub(in crate::growable::cell) fn locate(
        self,
        snap: &Snap<'_>,
        index: u64,
        stride: usize,
    ) -> Result<At, Fault> {
        let mut node = At::block(self.root());
        let mut way = self.way(index, stride);
        while let Some(slot) = way.down() {
            node = child(snap, node, slot)?;
        }
        Ok(node.plus(item_at(way.slot(), stride)))
    }
}

/// A way down to an element.
#[derive(Debug, Clone, Copy)]
pub(in crate::growable::cell) struct Way {
    level: u64,
    /// The slots in the inner nodes from that level on, the highest in the lowest bits.
    slots: u64,
    /// The slot in the chunk.
    last: u64,
}

/// A slot of an inner node takes so many bits; those of all levels have room in a word.
const SLOT_BITS: u32 = 8;

const _: () = assert!(FAN_OUT <= 1 << SLOT_BITS && MAX_LEVEL * SLOT_BITS as u64 <= 64);

impl Way {
    /// The slot in the inner node, and goes down from there; `None` in a chunk.
    #[inline]
    pub(in crate::growable::cell) const fn down(&mut self) -> Option<usize> {
        if self.level == 0 {
            return None;
        }
        self.level -= 1;
        let slot = self.slots & ((1 << SLOT_BITS) - 1);
        self.slots >>= SLOT_BITS;
        Some(slot as usize)
    }

    /// The slot in the chunk.
    pub(in crate::growable::cell) const fn slot(self) -> usize {
        self.last as usize
    }
}

/// Where what is in a child of an inner node begins.
///
/// # Errors
///
/// `Corrupt` for an address of nothing.
#[inline]
pub(in crate::growable::cell) fn child(
    snap: &Snap<'_>,
    node: At,
    slot: usize,
) -> Result<At, Fault> {
    let child = snap.follow(node.plus(item_at(slot, ADDRESS)))?;
    match child.base() {
        Base::Missing => Err(outside(0)),
        _ => Ok(child),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_chunk_takes_a_full_node() {
        use crate::format::heap::Extent;
        for stride in 1..=LARGEST_ITEM {
            let bytes = BLOCK_HEADER + item_at(per_chunk(stride), stride);
            assert_eq!(Extent::of(bytes as u64).unwrap().bytes(), NODE as u64, "{stride}");
        }
        assert_eq!((ITEMS, FAN_OUT), (1008, 126));
    }

    #[test]
    fn every_element_has_its_own_way() {
        for (stride, level) in [(8, 2), (24, 1), (128, 2)] {
            let list = List::new(4096, level, 1).unwrap();
            let mut last = None;
            for index in 0..capacity(level, stride).min(40_000) {
                let (mut way, mut slots) = (list.way(index, stride), Vec::new());
                while let Some(slot) = way.down() {
                    assert!(slot < FAN_OUT);
                    slots.push(slot);
                }
                assert!(way.slot() < per_chunk(stride));
                slots.push(way.slot());
                assert!(last < Some(slots.clone()), "{slots:?}");
                last = Some(slots);
            }
        }
    }
}
