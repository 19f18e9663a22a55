//! Leaves of a hash map: how a key is found in one, and how one is written.

use super::layout::{AT_TAGS, Head, Shape, TAGS_OF_WORD, leaf_address, tag_of};
use crate::error::WriteError;
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::growable::edit::Edit;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::sync::Ordering;

/// The first word of a leaf.
///
/// # Errors
///
/// `Corrupt` for one that makes no sense.
#[inline]
pub(super) fn head(snap: &Snap<'_>, leaf: u64, shape: Shape) -> Result<Head, Fault> {
    Head::of(snap.word(At::block(leaf))?, shape, leaf)
}

/// The head of a leaf, and which of its entries has this hash and is the one that `is_same` knows.
///
/// # Errors
///
/// What `is_same` returns; as [`head`].
#[inline]
pub(super) fn find(
    snap: &Snap<'_>,
    leaf: u64,
    shape: Shape,
    hash: u64,
    is_same: &mut impl FnMut(At) -> Result<bool, Fault>,
) -> Result<Option<(Head, usize)>, Fault> {
    if leaf == 0 {
        return Ok(None);
    }
    let (head, tag) = (head(snap, leaf, shape)?, tag_of(hash));
    let (words, _) = snap.content(leaf, AT_TAGS, head.len)?;
    for (word, first) in words.iter().zip((0..head.len).step_by(TAGS_OF_WORD)) {
        let mut hits = bytes_equal(u64::from_le(word.load(Ordering::Relaxed)), tag);
        while hits != 0 {
            let index = first + hits.trailing_zeros() as usize / 8;
            // The tags behind the last entry mean nothing.
            if index >= head.len {
                break;
            }
            if is_same(At::block(leaf).plus(head.entry_at(shape, index)))? {
                return Ok(Some((head, index)));
            }
            hits &= hits - 1;
        }
    }
    Ok(None)
}

/// The highest bit of each byte of a word that is this one.
const fn bytes_equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::MAX / 255 * 0x7f;
    let differs = word ^ (u64::MAX / 255 * byte as u64);
    // A sum of seven bits does not reach the next byte.
    !(((differs & LOW) + LOW) | differs | LOW)
}

/// The tags of a leaf.
///
/// # Errors
///
/// As [`head`].
pub(super) fn tags(snap: &Snap<'_>, leaf: u64, head: Head) -> Result<Vec<u8>, Fault> {
    let mut tags = vec![0; head.len];
    snap.read(At::block(leaf).plus(AT_TAGS), &mut tags)?;
    Ok(tags)
}

/// The first word of a leaf as it is staged.
///
/// # Errors
///
/// As [`head`].
pub(super) fn staged_head(edit: &Edit, leaf: u64, shape: Shape) -> Result<Head, WriteError> {
    let word = edit.address(At::block(leaf))?.word();
    Ok(Head::of(word, shape, leaf)?)
}

/// What is in a leaf, on its way to another one.
#[derive(Debug)]
pub(super) struct Content {
    shape: Shape,
    tags: Vec<u8>,
    cells: Vec<u8>,
}

impl Content {
    pub(super) const fn new(shape: Shape) -> Self {
        Self { shape, tags: Vec::new(), cells: Vec::new() }
    }

    /// A single entry.
    pub(super) fn one(shape: Shape, hash: u64, entry: &[u8]) -> Self {
        let mut content = Self::new(shape);
        content.push(hash, entry);
        content
    }

    pub(super) fn push(&mut self, hash: u64, entry: &[u8]) {
        self.tags.push(tag_of(hash));
        self.cells.extend_from_slice(entry);
    }

    /// Adds what is in a leaf.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a place that is none.
    pub(super) fn push_all(
        &mut self,
        edit: &Edit,
        leaf: u64,
        head: Head,
    ) -> Result<(), WriteError> {
        let (tags, cells) = (self.tags.len(), self.cells.len());
        self.tags.resize(tags + head.len, 0);
        self.cells.resize(cells + head.len * self.shape.stride, 0);
        edit.load(At::block(leaf).plus(AT_TAGS), self.tags.split_at_mut(tags).1)?;
        let entries = At::block(leaf).plus(head.entry_at(self.shape, 0));
        edit.load(entries, self.cells.split_at_mut(cells).1)
    }

    /// Writes a leaf with all of them, in a block for so many bytes or as many as it takes.
    ///
    /// # Errors
    ///
    /// What an allocation is refused.
    pub(super) fn write(
        &self,
        edit: &mut Edit,
        depth: usize,
        room: usize,
    ) -> Result<Address, WriteError> {
        let (shape, len) = (self.shape, self.tags.len());
        if len == 0 {
            return Ok(Address::NONE);
        }
        let block = edit.alloc(Kind::HashLeaf, shape.bytes(len).max(room))?;
        let head = Head::new(len, shape.places(edit.room(block)?), depth);
        let mut bytes = Vec::with_capacity(head.entry_at(shape, len));
        bytes.extend_from_slice(&head.word().to_ne_bytes());
        bytes.extend_from_slice(&self.tags);
        bytes.resize(head.entry_at(shape, 0), 0);
        bytes.extend_from_slice(&self.cells);
        edit.fill(block, &bytes)?;
        Ok(leaf_address(block))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_that_are_equal_are_found() {
        let words = [0, u64::MAX, 0x0180_7fff_0080_0101, 0x0102_0304_0506_0708, 1 << 63, 0x80 << 8];
        for word in words {
            for byte in [0, 1, 2, 8, 0x7f, 0x80, 0x81, 0xff] {
                let bytes = word.to_le_bytes().into_iter().enumerate();
                let expected = bytes.filter(|(_, found)| *found == byte);
                let expected = expected.map(|(index, _)| 0x80 << (8 * index)).sum::<u64>();
                assert_eq!(bytes_equal(word, byte), expected, "{byte} in {word:#x}");
            }
        }
    }
}
