//! What the keys of a leaf begin with, stored once.
//!
//! It lies in front of the keys, in as many places of keys as it needs. A cell whose text begins with
//! it has a bit that says so, and the rest; whoever has the cell finds the prefix in the same block.

use crate::error::WriteError;
use crate::growable::at::At;
use crate::growable::edit::Edit;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// The longest one, in bytes.
pub(crate) const MAX_PREFIX: usize = 128;
/// A shorter one is not worth its place.
const MIN_PREFIX: usize = 8;
/// Where it begins, in bytes behind the header of the block; where keys begin that have none.
pub(super) const AT_PREFIX: usize = 8;
/// Where its length is, a byte.
pub(crate) const AT_PREFIX_LEN: usize = 5;

/// The start that keys of a leaf have in common.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    bytes: [u8; MAX_PREFIX],
    len: u8,
}

impl Prefix {
    pub(super) const NONE: Self = Self { bytes: [0; MAX_PREFIX], len: 0 };

    /// One of these bytes, as far as there is room for them; none of only a few.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut prefix = Self::NONE;
        let len = bytes.len().min(MAX_PREFIX);
        if len < MIN_PREFIX {
            return prefix;
        }
        prefix.bytes.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        prefix.len = len as u8;
        prefix
    }

    /// That of a leaf.
    ///
    /// # Errors
    ///
    /// `Corrupt` for one that is too long.
    #[inline]
    pub(super) fn read(snap: &Snap<'_>, block: u64) -> Result<Self, Fault> {
        match Self::len_of(snap, block)? {
            0 => Ok(Self::NONE),
            len => Self::read_long(snap, block, len),
        }
    }

    /// How long that of a leaf is, as the leaf says.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub(super) fn len_of(snap: &Snap<'_>, block: u64) -> Result<u8, Fault> {
        let head = snap.word(At::block(block))?.to_ne_bytes();
        Ok(head.get(AT_PREFIX_LEN).copied().unwrap_or(0))
    }

    #[inline(never)]
    fn read_long(snap: &Snap<'_>, block: u64, len: u8) -> Result<Self, Fault> {
        let mut prefix = Self::NONE;
        prefix.len = len;
        match prefix.bytes.get_mut(..len.into()) {
            Some(bytes) => snap.read(At::block(block).plus(AT_PREFIX), bytes)?,
            None => {
                let expected = format!("at most {MAX_PREFIX}");
                return Err(Fault::corrupt("prefix of a leaf", len.into(), expected, block));
            }
        }
        Ok(prefix)
    }

    /// The same in the running transaction.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(super) fn staged(edit: &Edit, block: u64) -> Result<Self, WriteError> {
        edit.look(|snap| Self::read(snap, block))
    }

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len()).unwrap_or_default()
    }

    /// How many places of keys it takes, each of so many bytes.
    pub(super) const fn places(&self, key: usize) -> usize {
        self.len().div_ceil(key)
    }

    /// As much of it as has room in so many places.
    pub(super) fn within(&self, places: usize, key: usize) -> Self {
        let len = self.len().min(places * key);
        Self::of(self.bytes.get(..len).unwrap_or_default())
    }
}
