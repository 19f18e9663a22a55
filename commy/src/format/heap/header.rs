//! The first word of every block: when it was allocated, its class and what it holds.

use super::Class;

/// Generations of growable records stay below this: 52 bits of the header.
pub(crate) const BIRTH_LIMIT: u64 = 1 << 52;

const CLASS_SHIFT: u32 = 6;
const BIRTH_SHIFT: u32 = 12;
const SIX_BITS: u64 = 63;
const _: () = assert!(BIRTH_LIMIT.leading_zeros() == BIRTH_SHIFT - 1);

/// What a block holds; the number in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A leaf of a tree: keys and values.
    Leaf = 1,
    /// An inner node of a tree.
    Inner = 2,
    /// The bytes of a string.
    Bytes = 3,
    /// A leaf of a hash trie.
    HashLeaf = 4,
    /// An inner node of a hash trie.
    HashInner = 5,
    /// Elements of a list.
    Chunk = 6,
    /// An inner node of a list.
    ChunkInner = 7,
    /// The bytes of a value that has a run of pages.
    BigBytes = 8,
    /// The cell of a value that has a block of its own.
    Cell = 9,
}

impl Kind {
    /// The kind with this number, if there is one.
    pub(crate) const fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            1 => Self::Leaf,
            2 => Self::Inner,
            3 => Self::Bytes,
            4 => Self::HashLeaf,
            5 => Self::HashInner,
            6 => Self::Chunk,
            7 => Self::ChunkInner,
            8 => Self::BigBytes,
            9 => Self::Cell,
            _ => return None,
        })
    }
}

/// The first word of a block, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockHeader {
    /// The generation of the transaction that allocated it; from 1, below [`BIRTH_LIMIT`].
    birth: u64,
    class: Class,
    kind: Kind,
}

/// A word that is not the first one of any block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadHeader {
    /// Nothing is born in generation 0, or at the limit.
    #[error("a block of generation {found}: expected 1 to {}", BIRTH_LIMIT - 1)]
    Birth {
        /// The generation.
        found: u64,
    },
    /// There is no such class.
    #[error("a block of class {found}: expected 0 to 22, or 63 for a run of pages")]
    Class {
        /// The number of the class.
        found: u64,
    },
    /// There is no such kind.
    #[error("a block of kind {found}: expected 1 to 9")]
    Kind {
        /// The number of the kind.
        found: u64,
    },
}

impl BlockHeader {
    /// The header of a block that the transaction of generation `birth` allocates.
    ///
    /// # Errors
    ///
    /// [`BadHeader::Birth`] if the generation is 0 or does not fit 52 bits.
    pub(crate) const fn new(birth: u64, class: Class, kind: Kind) -> Result<Self, BadHeader> {
        if birth == 0 || birth >= BIRTH_LIMIT {
            return Err(BadHeader::Birth { found: birth });
        }
        Ok(Self { birth, class, kind })
    }

    /// The word that is stored.
    pub(crate) const fn word(self) -> u64 {
        self.birth << BIRTH_SHIFT | self.class.number() << CLASS_SHIFT | self.kind as u64
    }

    /// The header that a word from the file is.
    ///
    /// # Errors
    ///
    /// One of each part: [`BadHeader::Kind`], [`BadHeader::Class`], [`BadHeader::Birth`].
    pub(crate) fn from_word(word: u64) -> Result<Self, BadHeader> {
        let number = word & SIX_BITS;
        let kind = Kind::from_number(number).ok_or(BadHeader::Kind { found: number })?;
        let number = word >> CLASS_SHIFT & SIX_BITS;
        let class = Class::from_number(number).ok_or(BadHeader::Class { found: number })?;
        Self::new(word >> BIRTH_SHIFT, class, kind)
    }

    /// The generation that allocated the block.
    pub(crate) const fn birth(self) -> u64 {
        self.birth
    }

    /// The class of its place.
    pub(crate) const fn class(self) -> Class {
        self.class
    }

    /// What it holds.
    pub(crate) const fn kind(self) -> Kind {
        self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::super::SizeClass;
    use super::*;

    #[test]
    fn a_header_goes_there_and_back() {
        let classes = (0..64).filter_map(Class::from_number);
        for class in classes {
            for kind in (0..64).filter_map(Kind::from_number) {
                for birth in [1, 2, 0xF_0F0F, BIRTH_LIMIT - 1] {
                    let header = BlockHeader::new(birth, class, kind).unwrap();
                    assert_eq!(BlockHeader::from_word(header.word()), Ok(header));
                    assert_eq!(
                        (header.birth(), header.class(), header.kind()),
                        (birth, class, kind)
                    );
                }
            }
        }
    }

    #[test]
    fn the_bits_are_where_the_format_says() {
        let class = Class::Small(SizeClass::of(1024).unwrap());
        let header = BlockHeader::new(5, class, Kind::Leaf).unwrap();
        assert_eq!(header.word(), 5 << 12 | 19 << 6 | 1);
        let header = BlockHeader::new(BIRTH_LIMIT - 1, Class::Run, Kind::BigBytes).unwrap();
        assert_eq!(header.word(), u64::MAX << 12 | 63 << 6 | 8);
    }

    #[test]
    fn a_generation_that_does_not_fit_is_refused_and_not_cut() {
        for birth in [0, BIRTH_LIMIT, BIRTH_LIMIT + 1, u64::MAX] {
            let refused = BlockHeader::new(birth, Class::Run, Kind::Leaf);
            assert_eq!(refused, Err(BadHeader::Birth { found: birth }));
        }
    }

    #[test]
    fn a_word_that_is_no_header_says_which_part_is_wrong() {
        let word = |birth: u64, class: u64, kind: u64| birth << 12 | class << 6 | kind;
        for (word, message) in [
            (0, "a block of kind 0: expected 1 to 9"),
            (word(1, 0, 10), "a block of kind 10: expected 1 to 9"),
            (word(1, 0, 63), "a block of kind 63: expected 1 to 9"),
            (word(1, 23, 1), "a block of class 23: expected 0 to 22, or 63 for a run of pages"),
            (word(1, 62, 1), "a block of class 62: expected 0 to 22, or 63 for a run of pages"),
            (word(0, 0, 1), "a block of generation 0: expected 1 to 4503599627370495"),
        ] {
            assert_eq!(BlockHeader::from_word(word).unwrap_err().to_string(), message);
        }
    }
}
