//! Where the entries of a hash map lie.
//!
//! ```text
//! cell, 24 bytes
//!    0  address of the root node; its lowest bit is 1 for an inner node; 0 in an empty map
//!    8  how many entries there are
//!   16  the seed of the hash, made at random with the first entry
//! leaf, behind the header of its block
//!    0  how many entries are in it, u8
//!    1  how many words of tags it has, u8
//!    4  its depth, u32
//!    8  tags: the highest byte of the hash of each key
//!    .  entries: the cell of a key, at the next multiple of 8 that of its value, each entry at one
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
//! It has a tag for each entry that there is room for, rounded up to whole words.

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
/// How many tags are in a word.
pub(super) const TAGS_OF_WORD: usize = 8;
/// The words of tags in a full leaf, if its entries are small.
pub(crate) const MOST_TAG_WORDS: usize = MOST_ENTRIES / TAGS_OF_WORD;
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
/// Where the number of words of tags is in the first word of a leaf.
const TAG_WORDS_SHIFT: u32 = 8;
/// Where the depth is.
const DEPTH_SHIFT: u32 = 32;
/// The bytes of what is in a full leaf.
const ROOM: usize = NODE - BLOCK_HEADER;

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
        Self::of_sizes(K::SIZE, V::SIZE)
    }

    /// Of keys and values of so many bytes, 1 at least for a key.
    pub(super) const fn of_sizes(key: usize, value: usize) -> Self {
        let value_at = key.next_multiple_of(8);
        Self { value_at, stride: value_at + value.next_multiple_of(8) }
    }

    /// The bytes of what is in a leaf with so many entries, and no room for more.
    pub(super) const fn bytes(self, len: usize) -> usize {
        AT_TAGS + len.next_multiple_of(TAGS_OF_WORD) + len * self.stride
    }

    /// How many entries a leaf of so many bytes has places for.
    pub(super) const fn places(self, room: usize) -> usize {
        let room = (if room < ROOM { room } else { ROOM }).saturating_sub(AT_TAGS);
        let with_word = TAGS_OF_WORD * (1 + self.stride);
        let (words, rest) = (room / with_word, room % with_word);
        let places = words * TAGS_OF_WORD + rest.saturating_sub(TAGS_OF_WORD) / self.stride;
        if places < MOST_ENTRIES { places } else { MOST_ENTRIES }
    }

    /// How many entries are in a full leaf.
    pub(super) const fn capacity(self) -> usize {
        self.places(ROOM)
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// How many entries there are.
    pub(super) len: usize,
    /// How many words of tags are in front of them.
    pub(super) tag_words: usize,
    /// How many inner nodes are above it.
    pub(super) depth: u64,
}

impl Head {
    /// Of a leaf with so many places.
    pub(super) const fn new(len: usize, places: usize, depth: usize) -> Self {
        Self { len, tag_words: places.div_ceil(TAGS_OF_WORD), depth: depth as u64 }
    }

    /// # Errors
    ///
    /// `Corrupt` for more entries than have tags, or fit, and for none: such a leaf is taken away.
    #[inline]
    pub(super) fn of(word: u64, shape: Shape, block: u64) -> Result<Self, Fault> {
        let head = Self {
            len: word as u8 as usize,
            tag_words: (word >> TAG_WORDS_SHIFT) as u8 as usize,
            depth: word >> DEPTH_SHIFT,
        };
        let is_sound = head.len > 0
            && head.tag_words <= MOST_TAG_WORDS
            && head.len <= head.tag_words * TAGS_OF_WORD
            && head.entry_at(shape, head.len) <= ROOM;
        if is_sound { Ok(head) } else { Err(head.fault(shape, block)) }
    }

    #[cold]
    fn fault(self, shape: Shape, block: u64) -> Fault {
        let Self { len, tag_words, .. } = self;
        if !(1..=MOST_TAG_WORDS).contains(&tag_words) {
            let (what, expected) =
                ("words of tags in a leaf of a hash map", format!("1 to {MOST_TAG_WORDS}"));
            return Fault::corrupt(what, tag_words as u64, expected, block);
        }
        let fit = ROOM.saturating_sub(self.entry_at(shape, 0)) / shape.stride;
        let expected = format!("1 to {}", fit.min(tag_words * TAGS_OF_WORD));
        Fault::corrupt("number of entries in a leaf of a hash map", len as u64, expected, block)
    }

    pub(super) const fn word(self) -> u64 {
        self.len as u64 | (self.tag_words as u64) << TAG_WORDS_SHIFT | self.depth << DEPTH_SHIFT
    }

    /// The same with another number of entries.
    pub(super) const fn with_len(self, len: usize) -> Self {
        Self { len, ..self }
    }

    /// Where an entry is in the leaf.
    #[inline]
    pub(super) const fn entry_at(self, shape: Shape, index: usize) -> usize {
        AT_TAGS + self.tag_words * TAGS_OF_WORD + index * shape.stride
    }

    /// How many entries such a leaf has places for, in a block of so many bytes.
    pub(super) const fn places(self, shape: Shape, room: usize) -> usize {
        let fit = room.saturating_sub(self.entry_at(shape, 0)) / shape.stride;
        let tags = self.tag_words * TAGS_OF_WORD;
        if fit < tags { fit } else { tags }
    }
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
    #[inline(always)]
    pub(super) fn read(snap: &Snap<'_>, at: At, shape: Shape) -> Result<Self, Fault> {
        Self::of_words(snap.words(at)?, shape, snap.len())
    }

    /// The same for the bytes of the cell, in a heap of so many bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(super) fn of(cell: [u8; SIZE], shape: Shape, heap: u64) -> Result<Self, Fault> {
        let ([root, len, seed], _) = cell.as_chunks::<8>() else { unreachable!("24 bytes") };
        Self::of_words([*root, *len, *seed].map(u64::from_ne_bytes), shape, heap)
    }

    #[inline(always)]
    fn of_words([root, len, seed]: [u64; 3], shape: Shape, heap: u64) -> Result<Self, Fault> {
        let map = Self { root: Address::from_word(root), len, seed };
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
    fn a_map_of_one_small_entry_takes_72_bytes() {
        let bytes = |value_at, stride| {
            let shape = Shape { value_at, stride };
            let block = Extent::of((BLOCK_HEADER + shape.bytes(1)) as u64).unwrap();
            SIZE as u64 + block.bytes()
        };
        assert_eq!(bytes(8, 8), 24 + 32, "a set of a word");
        assert_eq!(bytes(8, 16), 24 + 48, "a word and a word");
        assert_eq!(bytes(32, 40), 24 + 64, "a text and a word");
    }

    #[test]
    fn a_full_leaf_takes_no_more_than_a_kilobyte() {
        for stride in (8..=LARGEST_KEY + LARGEST_VALUE).step_by(8) {
            let shape = Shape { value_at: 8, stride };
            let capacity = shape.capacity();
            assert!(shape.bytes(capacity) <= ROOM, "{stride}");
            let is_full = capacity == MOST_ENTRIES || shape.bytes(capacity + 1) > ROOM;
            assert!(is_full, "{stride}");
            // As many as if all leaves had the tags of the longest one.
            assert!(capacity >= ((ROOM - 64) / stride).min(MOST_ENTRIES), "{stride}");
            assert!(shape.few() > 0, "{stride}");
        }
        assert_eq!(Extent::of((BLOCK_HEADER + INNER) as u64).unwrap().bytes(), 576);
    }

    #[test]
    fn a_leaf_of_any_size_has_tags_for_its_places_and_no_place_more() {
        for stride in (8..=LARGEST_KEY + LARGEST_VALUE).step_by(8) {
            let shape = Shape { value_at: 8, stride };
            for room in (shape.bytes(1)..=ROOM).step_by(8) {
                let places = shape.places(room);
                let counted = (1..=MOST_ENTRIES).take_while(|len| shape.bytes(*len) <= room);
                assert_eq!(places, counted.count(), "{stride} in {room}");
                let head = Head::new(places, places, 3);
                assert_eq!(head.entry_at(shape, places), shape.bytes(places));
                assert_eq!(head.places(shape, room), places);
                assert_eq!(Head::of(head.word(), shape, 0).unwrap(), head);
            }
        }
    }

    #[test]
    fn a_leaf_with_more_entries_than_tags_or_than_fit_is_none() {
        let shape = Shape { value_at: 8, stride: 16 };
        let is_sound = |word| Head::of(word, shape, 0).is_ok();
        for (len, tag_words, expected) in [
            (0, 1, false),
            (1, 0, false),
            (8, 1, true),
            (9, 1, false),
            (56, 7, true),
            (57, 7, false),
            (57, 8, false),
            (1, 8, false),
            (1, 255, false),
            (255, 255, false),
        ] {
            assert_eq!(is_sound(len | tag_words << 8), expected, "{len} entries, {tag_words}");
        }
        // A large entry less fits behind tags that nobody needs.
        let shape = Shape { value_at: 64, stride: 192 };
        assert_eq!(shape.capacity(), 5);
        let is_sound = |word| Head::of(word, shape, 0).is_ok();
        assert!(is_sound(5 | 1 << 8) && !is_sound(6 | 1 << 8));
        assert!(is_sound(4 | 7 << 8) && !is_sound(5 | 7 << 8));
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
