//! The cell of a text, as it is stored.

use core::cmp::Ordering;

use super::{AT_TEXT, CUT, HEAD, INLINE, SIZE, WORDS, text};
use crate::format::heap::Address;
use crate::growable::at::At;
use crate::growable::cell::prefix::Prefix;
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap, outside};
use crate::mem;
use crate::sync::{AtomicU64, Ordering as AtomicOrdering};

/// A cell that was copied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored(pub(super) [u8; SIZE]);

impl Stored {
    pub(super) fn read(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let mut cell = [0; SIZE];
        snap.read(at, &mut cell)?;
        Ok(Self(cell))
    }

    fn word(&self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_ne_bytes([a, b, c, d])
    }

    pub(super) fn len(&self) -> usize {
        (self.word() & !CUT) as usize
    }

    pub(super) fn is_cut(&self) -> bool {
        self.word() & CUT != 0
    }

    /// What the text begins with that is not in the cell, which is here.
    pub(super) fn prefix(&self, snap: &Snap<'_>, at: At) -> Result<Prefix, Fault> {
        if !self.is_cut() {
            return Ok(Prefix::NONE);
        }
        let block = at.block_start().ok_or_else(|| outside(0))?;
        let prefix = Prefix::read(snap, block)?;
        self.check(&prefix, block)?;
        Ok(prefix)
    }

    /// Checks that the text is no shorter than what it begins with.
    pub(super) fn check(&self, prefix: &Prefix, block: u64) -> Result<(), Fault> {
        if !self.is_cut() || prefix.len() <= self.len() {
            return Ok(());
        }
        let expected = format!("at least {}, its prefix", prefix.len());
        Err(Fault::corrupt("length of a text that is a key", self.len() as u64, expected, block))
    }

    /// How many bytes are not in the prefix.
    pub(super) fn rest(&self, prefix: &Prefix) -> usize {
        if self.is_cut() { self.len().saturating_sub(prefix.len()) } else { self.len() }
    }

    /// What is in the cell: all but the prefix, or its head.
    pub(super) fn head(&self, prefix: &Prefix) -> &[u8] {
        let rest = self.rest(prefix);
        let len = if rest <= INLINE { rest } else { HEAD };
        self.0.get(AT_TEXT..AT_TEXT + len).unwrap_or_default()
    }

    /// Where the block is, if there is one.
    pub(super) fn block(&self, prefix: &Prefix) -> Option<u64> {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        let address = Address::from_word(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
        (self.rest(prefix) > INLINE).then(|| address.offset())
    }

    /// The cells of so many keys, one behind the other.
    pub(super) fn all<'s>(
        snap: &Snap<'s>,
        keys: At,
        count: usize,
    ) -> Result<&'s [[AtomicU64; WORDS]], Fault> {
        let block = keys.block_start().ok_or_else(|| outside(0))?;
        let (words, skip) = snap.content(block, keys.offset(), count * SIZE)?;
        let cells = words.as_chunks().0;
        if skip == 0 && cells.len() >= count { Ok(cells) } else { Err(outside(block)) }
    }

    /// One of these.
    #[inline]
    pub(super) fn of(words: &[AtomicU64; WORDS]) -> Self {
        let mut cell = [0; SIZE];
        for (bytes, word) in cell.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *bytes = word.load(AtomicOrdering::Relaxed).to_ne_bytes();
        }
        Self(cell)
    }

    pub(super) fn load(&self, snap: &Snap<'_>, prefix: &Prefix) -> Result<Vec<u8>, Fault> {
        let Some(block) = self.block(prefix) else {
            let (start, rest) = (self.start(prefix), self.head(prefix));
            let mut bytes = Vec::with_capacity(start.len() + rest.len());
            bytes.extend_from_slice(start);
            bytes.extend_from_slice(rest);
            return Ok(bytes);
        };
        self.load_block(snap, block)
    }

    /// The same into a text that is there.
    #[inline]
    pub(super) fn load_into(
        &self,
        snap: &Snap<'_>,
        prefix: &Prefix,
        value: &mut String,
    ) -> Result<(), Fault> {
        if let Some(block) = self.block(prefix) {
            *value = text(self.load_block(snap, block)?)?;
            return Ok(());
        }
        let mut bytes = core::mem::take(value).into_bytes();
        bytes.clear();
        bytes.extend_from_slice(self.start(prefix));
        // All of the cell takes no longer than what is text of it, if that is known before.
        let len = bytes.len() + self.head(prefix).len();
        let [_, _, _, _, cell @ ..] = &self.0;
        bytes.extend_from_slice(cell);
        bytes.truncate(len);
        *value = text(bytes)?;
        Ok(())
    }

    /// What is in front of the text in the cell.
    fn start<'p>(&self, prefix: &'p Prefix) -> &'p [u8] {
        if self.is_cut() { prefix.bytes() } else { &[] }
    }

    fn load_block(&self, snap: &Snap<'_>, block: u64) -> Result<Vec<u8>, Fault> {
        let len = self.len();
        snap.spend((len + BLOCK_HEADER) as u64, len as u64)?;
        let (words, skip) = snap.content(block, 0, len)?;
        mem::load_vec(words, skip, len).ok_or_else(|| outside(block))
    }

    /// Compares with the text from byte `from` on, in steps, without an allocation.
    pub(super) fn compare_rest(
        &self,
        bytes: &[u8],
        (from, block): (usize, u64),
        snap: &Snap<'_>,
    ) -> Result<Ordering, Fault> {
        let mut buffer = [0; 256];
        let mut from = from;
        let common = bytes.len().min(self.len());
        while let Some(rest) = bytes.get(from..common).filter(|rest| !rest.is_empty()) {
            let part = rest.split_at(rest.len().min(buffer.len())).0;
            let buffer = buffer.split_at_mut(part.len()).0;
            let (words, skip) = snap.content(block, from, part.len())?;
            if !mem::load_into(words, skip, buffer) {
                return Err(outside(block));
            }
            let order = part.cmp(buffer);
            if order.is_ne() {
                return Ok(order);
            }
            from += part.len();
        }
        Ok(bytes.len().cmp(&self.len()))
    }
}
