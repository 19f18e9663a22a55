//! Where a cell is.

use super::snap::BLOCK_HEADER;

/// The place of a cell: so many bytes behind the start of the root, or of what is in a block.
///
/// It is no address: what it leads to is checked each time.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    base: Base,
    /// In bytes.
    offset: u32,
}

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
    #[must_use]
    pub const fn root(offset: usize) -> Self {
        Self { base: Base::Root, offset: offset as u32 }
    }

    /// The start of what is in the block at byte `block` of the file; 0 is a block that was never
    /// written.
    pub(crate) const fn block(block: u64) -> Self {
        let base = if block == 0 { Base::Missing } else { Base::Block(block) };
        Self { base, offset: 0 }
    }

    /// The start of what is in the block whose address is here, in the root.
    pub(crate) const fn apart(self) -> Self {
        Self { base: Base::Apart(self.offset), offset: 0 }
    }

    /// So many bytes further on.
    #[must_use]
    pub const fn plus(self, bytes: usize) -> Self {
        Self { base: self.base, offset: self.offset.saturating_add(bytes as u32) }
    }

    /// The byte of the file at which its block starts, if it is in one.
    pub(crate) const fn block_start(self) -> Option<u64> {
        match self.base {
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
    pub(crate) const fn base(self) -> Base {
        self.base
    }

    /// How many bytes from there.
    pub(crate) const fn offset(self) -> usize {
        self.offset as usize
    }
}
