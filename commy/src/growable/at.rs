//! Where a cell is.

use super::snap::BLOCK_HEADER;
use crate::format::heap::BLOCK_ALIGN;

/// The place of a cell: so many bytes behind the start of the root, or of what is in a block.
///
/// It is no address: what it leads to is checked each time.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// A [`Base`] in one word, so that a place is passed in registers: the byte at which a block starts, a
    /// multiple of 16, 0 for none; or [`ROOT`]; or [`APART`] and a byte of the root.
    base: u64,
    /// In bytes.
    offset: u32,
}

/// The bits of a base that tell what it is.
const KIND: u64 = BLOCK_ALIGN - 1;
const ROOT: u64 = 1;
const APART: u64 = 2;

/// What a place is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The root, its prefix included.
    Root,
    /// What is behind the header of the block that starts at this byte of the file.
    Block(u64),
    /// What is behind the header of the block whose address is at this byte of the root: such a
    /// place is known before anything was read.
    Apart(u32),
    /// A block that was never written: zeros.
    Missing,
}

impl At {
    /// So many bytes behind the start of the root.
    #[inline]
    #[must_use]
    pub const fn root(offset: usize) -> Self {
        Self { base: ROOT, offset: offset as u32 }
    }

    /// The start of what is in the block at byte `block` of the file; 0 is a block that was never
    /// written.
    #[inline]
    pub(crate) const fn block(block: u64) -> Self {
        debug_assert!(block & KIND == 0, "blocks are aligned");
        Self { base: block & !KIND, offset: 0 }
    }

    /// The start of what is in the block whose address is here, in the root.
    pub(crate) const fn apart(self) -> Self {
        Self { base: (self.offset as u64) << KIND.count_ones() | APART, offset: 0 }
    }

    /// So many bytes further on.
    #[inline]
    #[must_use]
    pub const fn plus(self, bytes: usize) -> Self {
        Self { base: self.base, offset: self.offset.saturating_add(bytes as u32) }
    }

    /// The byte of the file at which its block starts, if it is in one.
    #[inline]
    pub(crate) const fn block_start(self) -> Option<u64> {
        match self.base() {
            Base::Block(block) => Some(block),
            _ => None,
        }
    }

    /// Where it is, for messages: in bytes from the start of the file; in the root, of that.
    pub(crate) fn shown(self) -> u64 {
        let start = self.block_start().map_or(0, |block| block.saturating_add(BLOCK_HEADER as u64));
        start.saturating_add(self.offset.into())
    }

    /// What it is counted from.
    #[inline]
    pub(crate) const fn base(self) -> Base {
        match (self.base & KIND, self.base) {
            (0, 0) => Base::Missing,
            (0, block) => Base::Block(block),
            (ROOT, _) => Base::Root,
            (_, apart) => Base::Apart((apart >> KIND.count_ones()) as u32),
        }
    }

    /// How many bytes from there.
    #[inline]
    pub(crate) const fn offset(self) -> usize {
        self.offset as usize
    }
}
