//! The heap of a growable record: the first word of each block, the sizes of blocks, addresses.
//!
//! Offsets and sizes are in bytes. Offsets count from the start of the file and are multiples
//! of 16. Words are native-endian.
//!
//! ```text
//! block header, the first word of every block
//!   63                                      12 11       6 5        0
//!  ┌──────────────────────────────────────────┬──────────┬──────────┐
//!  │ birth   the generation that allocated it │ class    │ kind     │
//!  └──────────────────────────────────────────┴──────────┴──────────┘
//! address, the word that leads to a block
//!   63                                                4 3          0
//!  ┌───────────────────────────────────────────────────┬────────────┐
//!  │ offset of the block / 16; 0 is none               │ low bits   │
//!  └───────────────────────────────────────────────────┴────────────┘
//! ```
//!
//! A small block has one of 23 classes ([`SizeClass`]) and lies within one page of 4096 bytes. A
//! larger one is a run of whole pages. Its length stands nowhere in the header: who owns the heap
//! knows it.

mod header;
mod size_class;

use super::PAGE;

pub(crate) use self::header::{BIRTH_LIMIT, BadHeader, BlockHeader, Kind};
pub(crate) use self::size_class::{CLASSES, SizeClass};

/// Blocks start at multiples of this, and their sizes are multiples of it.
pub(crate) const BLOCK_ALIGN: u64 = 16;

/// What kind of place a block is in; the six bits of its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A place in a page that holds blocks of this size only.
    Small(SizeClass),
    /// A run of whole pages.
    Run,
}

impl Class {
    /// The number that stands for a run.
    const RUN: u64 = 63;

    /// The number in the header: 0 to 22, or 63.
    pub(crate) const fn number(self) -> u64 {
        match self {
            Self::Small(class) => class.number() as u64,
            Self::Run => Self::RUN,
        }
    }

    /// The class with this number, if there is one.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        match number {
            Self::RUN => Some(Self::Run),
            _ => SizeClass::from_number(u8::try_from(number).ok()?).map(Self::Small),
        }
    }
}

impl core::fmt::Display for Class {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Small(class) => write!(f, "a block of {} bytes", class.bytes()),
            Self::Run => f.write_str("a run of pages"),
        }
    }
}

/// How much room a block takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// One place in a page of this class.
    Small(SizeClass),
    /// So many whole pages, at least one.
    Run(u32),
}

impl Extent {
    /// The least room for a block of so many bytes, its header included; `None` if it needs 2^32
    /// pages or more.
    pub(crate) fn of(bytes: u64) -> Option<Self> {
        match SizeClass::of(bytes) {
            Some(class) => Some(Self::Small(class)),
            None => u32::try_from(bytes.div_ceil(PAGE)).ok().map(Self::Run),
        }
    }

    /// The bytes from the start of the block to its end.
    pub(crate) const fn bytes(self) -> u64 {
        match self {
            Self::Small(class) => class.bytes(),
            Self::Run(pages) => pages as u64 * PAGE,
        }
    }

    /// How many new pages it needs at most.
    pub(crate) const fn pages(self) -> u32 {
        match self {
            Self::Small(_) => 1,
            Self::Run(pages) => pages,
        }
    }

    /// What its header says of it.
    pub(crate) const fn class(self) -> Class {
        match self {
            Self::Small(class) => Class::Small(class),
            Self::Run(_) => Class::Run,
        }
    }
}

/// A word that leads to a block: its offset, and four low bits for whoever owns the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address(u64);

impl Address {
    /// No block, and low bits of 0.
    pub(crate) const NONE: Self = Self(0);
    /// The bits that are not of the offset.
    const LOW: u64 = BLOCK_ALIGN - 1;

    /// The address of the block at `offset`; `None` for an offset that no block can have, or for
    /// low bits above 15.
    pub(crate) const fn new(offset: u64, low: u64) -> Option<Self> {
        if offset & Self::LOW == 0 && low <= Self::LOW { Some(Self(offset | low)) } else { None }
    }

    /// Every word is an address; whether a block is there, the heap knows.
    pub(crate) const fn from_word(word: u64) -> Self {
        Self(word)
    }

    /// The word that is stored.
    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    /// The offset of the block, a multiple of 16; 0 for none.
    pub(crate) const fn offset(self) -> u64 {
        self.0 & !Self::LOW
    }

    /// The low bits, 0 to 15.
    pub(crate) const fn low(self) -> u64 {
        self.0 & Self::LOW
    }

    /// The same word for the block's copy at `offset`: its low bits stay.
    pub(crate) const fn moved_to(self, offset: u64) -> Option<Self> {
        Self::new(offset, self.low())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_gets_the_least_room_that_holds_it() {
        let small = |bytes| Extent::Small(SizeClass::of(bytes).unwrap());
        for (bytes, room, extent) in [
            (0, 32, small(1)),
            (32, 32, small(32)),
            (33, 48, small(48)),
            (1360, 1360, small(1360)),
            (1361, 2048, small(2048)),
            (4096, 4096, small(4096)),
            (4097, 8192, Extent::Run(2)),
            (64 << 20, 64 << 20, Extent::Run(16_384)),
        ] {
            let found = Extent::of(bytes).unwrap();
            assert_eq!((found, found.bytes()), (extent, room), "{bytes} bytes");
        }
        assert_eq!(Extent::of(u64::from(u32::MAX) * PAGE), Some(Extent::Run(u32::MAX)));
        assert_eq!(Extent::of(u64::from(u32::MAX) * PAGE + 1), None);
        assert_eq!(Extent::of(u64::MAX), None);
    }

    #[test]
    fn numbers_of_classes_go_there_and_back_and_others_are_none() {
        for number in 0..256 {
            let class = Class::from_number(number);
            assert_eq!(class.is_some(), number < 23 || number == 63, "{number}");
            assert!(class.is_none_or(|class| class.number() == number));
        }
        assert_eq!(Class::from_number(u64::MAX), None);
        assert_eq!(Class::from_number(256), None, "not cut to eight bits");
    }

    #[test]
    fn an_address_keeps_its_low_bits_when_the_block_moves() {
        for low in 0..16 {
            let address = Address::new(0x5_0040, low).unwrap();
            assert_eq!((address.offset(), address.low()), (0x5_0040, low));
            assert_eq!(Address::from_word(address.word()), address);
            let moved = address.moved_to(0x70).unwrap();
            assert_eq!((moved.offset(), moved.low()), (0x70, low));
        }
        assert_eq!(Address::new(0x48, 0), None, "not a multiple of 16");
        assert_eq!(Address::new(0x40, 16), None, "five bits");
        assert_eq!(Address::NONE.offset(), 0);
        assert_eq!(Address::from_word(u64::MAX).offset(), u64::MAX - 15);
    }
}
