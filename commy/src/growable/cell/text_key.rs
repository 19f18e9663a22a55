//! Text as a key: more of it lies in the cell, so that most comparisons need no other block.
//!
//! ```text
//! cell, 32 bytes
//!    0  length   u32   in bytes
//!    4  text     of at most 28 bytes, zeros behind its end; or 20 bytes of a longer one: the head
//!   24  rest     of a longer one: the address of a block; 8 times its low bits is where the head begins
//! block: header, then all the bytes, those in the cell once more
//! ```
//!
//! The head of what is stored here is the start of the text, and the low bits are 0. Where texts have
//! a long start in common, one from behind that would tell them apart without their blocks: readers
//! expect it, so that a later writer may store it.

use core::cmp::Ordering;
use core::ops::Range;

use super::ordered::bisect;
use super::{ArrayCell, Cell, KeyHash, OrdCell, ValueMut};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap, outside};
use crate::growable::source::{Part, Source};
use crate::growable::trace::{Edge, Trace};
use crate::growable::view::ViewCore;
use crate::mem;
use crate::sync::{AtomicU64, Ordering as AtomicOrdering};

/// The bytes of the cell.
pub(crate) const SIZE: usize = 32;
/// The longest text that lies in the cell.
pub(crate) const INLINE: usize = 28;
/// How much of a longer one does.
pub(crate) const HEAD: usize = 20;
/// The unit in which a cell says where in the text its head begins.
pub(crate) const HEAD_UNIT: usize = 8;
/// The words of the cell.
const WORDS: usize = SIZE / 8;
const AT_TEXT: usize = 4;
const AT_ADDRESS: usize = 24;

/// The cell of a text that is a key.
#[doc(hidden)]
#[derive(Debug)]
pub struct TextKey(());

/// A cell that was copied.
#[derive(Debug, Clone, Copy)]
struct Stored([u8; SIZE]);

impl Stored {
    fn read(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let mut cell = [0; SIZE];
        snap.read(at, &mut cell)?;
        Ok(Self(cell))
    }

    fn len(&self) -> usize {
        let [a, b, c, d, ..] = self.0;
        u32::from_ne_bytes([a, b, c, d]) as usize
    }

    /// What is in the cell: all of it, or its head.
    fn head(&self) -> &[u8] {
        let len = if self.len() <= INLINE { self.len() } else { HEAD };
        self.0.get(AT_TEXT..AT_TEXT + len).unwrap_or_default()
    }

    /// Where the block is, if there is one.
    fn block(&self) -> Option<u64> {
        (self.len() > INLINE).then(|| self.address().offset())
    }

    fn address(&self) -> Address {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        Address::from_word(u64::from_ne_bytes([a, b, c, d, e, f, g, h]))
    }

    /// Where in the text the head begins.
    fn head_at(&self) -> usize {
        if self.len() > INLINE { self.address().low() as usize * HEAD_UNIT } else { 0 }
    }

    /// The cells of so many keys, one behind the other.
    fn all<'s>(snap: &Snap<'s>, keys: At, count: usize) -> Result<&'s [[AtomicU64; WORDS]], Fault> {
        let block = keys.block_start().ok_or_else(|| outside(0))?;
        let (words, skip) = snap.content(block, keys.offset(), count * SIZE)?;
        let cells = words.as_chunks().0;
        if skip == 0 && cells.len() >= count { Ok(cells) } else { Err(outside(block)) }
    }

    /// One of these.
    #[inline]
    fn of(words: &[AtomicU64; WORDS]) -> Self {
        let mut cell = [0; SIZE];
        for (bytes, word) in cell.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *bytes = word.load(AtomicOrdering::Relaxed).to_ne_bytes();
        }
        Self(cell)
    }

    fn load(&self, snap: &Snap<'_>) -> Result<Vec<u8>, Fault> {
        let Some(block) = self.block() else { return Ok(self.head().to_vec()) };
        let len = self.len();
        snap.spend((len + BLOCK_HEADER) as u64, len as u64)?;
        let (words, skip) = snap.content(block, 0, len)?;
        mem::load_vec(words, skip, len).ok_or_else(|| outside(block))
    }

    /// Compares with the text from byte `from` on, in steps, without an allocation.
    fn compare_rest(&self, bytes: &[u8], from: usize, snap: &Snap<'_>) -> Result<Ordering, Fault> {
        let mut buffer = [0; 256];
        let (mut from, block) = (from, self.block().unwrap_or(0));
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

/// What a text that is searched would have in its cell, as numbers which compare as its bytes do: zeros
/// behind its end compare as its end does, until the lengths are all that differs.
#[derive(Debug, Clone, Copy)]
struct Head {
    parts: [u64; 3],
    /// The last part, if all of it is text.
    last: u64,
}

impl Head {
    fn of(text: &str) -> Self {
        let mut cell = [0; SIZE];
        let (_, place) = cell.split_at_mut(AT_TEXT);
        let len = text.len().min(INLINE);
        if let (Some(place), Some(text)) = (place.get_mut(..len), text.as_bytes().get(..len)) {
            place.copy_from_slice(text);
        }
        Self::parts(&cell)
    }

    #[inline]
    fn parts(cell: &[u8; SIZE]) -> Self {
        let part = |start: usize| {
            let bytes = cell.get(start..).and_then(<[u8]>::first_chunk);
            bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes))
        };
        // The length is in front of the first bytes.
        Self { parts: [part(0) & 0xffff_ffff, part(8), part(16)], last: part(24) }
    }

    #[inline]
    fn compare(&self, stored: Stored, text: &str, snap: &Snap<'_>) -> Result<Ordering, Fault> {
        let other = Self::parts(&stored.0);
        let is_start = stored.head_at() == 0;
        let order = self.parts.cmp(&other.parts);
        if is_start && order.is_ne() {
            return Ok(order);
        }
        if stored.block().is_none() {
            return Ok(self.last.cmp(&other.last).then(text.len().cmp(&stored.len())));
        }
        match (is_start, text.len()) {
            (true, 0..=HEAD) => Ok(Ordering::Less),
            (true, _) => stored.compare_rest(text.as_bytes(), HEAD, snap),
            (false, _) => stored.compare_rest(text.as_bytes(), 0, snap),
        }
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| Fault::no_text(error.utf8_error().valid_up_to()))
}

impl Cell for TextKey {
    type Value = String;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = Result<String, ReadError>;
    type Ref<'v> = String;
    type Mut<'t> = ValueMut<'t, Self>;
    type Arg<'a> = &'a str;
    type Held<'a> = &'a str;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &String) -> &str {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Result<String, ReadError> {
        source.run(Part::of(at, SIZE), |snap| Self::load(snap, at))
    }

    fn reference<'v>(_: &'v ViewCore<'v>, snap: &Snap<'_>, at: At) -> Result<String, Fault> {
        Self::load(snap, at)
    }

    fn references<'v>(
        _: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
        count: usize,
        elements: &mut Vec<String>,
    ) -> Result<(), Fault> {
        elements.reserve(count);
        for cell in Stored::all(snap, at, count)?.iter().take(count) {
            elements.push(text(Stored::of(cell).load(snap)?)?);
        }
        Ok(())
    }

    fn change(cursor: Cursor<'_>) -> ValueMut<'_, Self> {
        ValueMut::new(cursor)
    }

    fn store(held: &&str, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let bytes = held.as_bytes();
        let too_long = WriteError::TooLong { len: bytes.len() as u64, max: u32::MAX.into() };
        let len = u32::try_from(bytes.len()).map_err(|_| too_long)?;
        let (len_at, rest) = cell.split_at_mut(AT_TEXT);
        len_at.copy_from_slice(&len.to_ne_bytes());
        let inline = if bytes.len() <= INLINE { INLINE } else { HEAD };
        rest.iter_mut().zip(bytes.iter().take(inline)).for_each(|(to, from)| *to = *from);
        if bytes.len() > INLINE {
            let block = edit.alloc(Kind::Bytes, bytes.len())?;
            edit.fill(block, bytes)?;
            rest.split_at_mut(HEAD).1.copy_from_slice(&block.to_ne_bytes());
        }
        Ok(())
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<String, Fault> {
        text(Stored::read(snap, at)?.load(snap)?)
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut String) -> Result<(), Fault> {
        let stored = Stored::read(snap, at)?;
        if stored.block().is_some() {
            *value = text(stored.load(snap)?)?;
            return Ok(());
        }
        let loaded = core::str::from_utf8(stored.head());
        let loaded = loaded.map_err(|error| Fault::no_text(error.valid_up_to()))?;
        value.clear();
        value.push_str(loaded);
        Ok(())
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        let stored = Stored::read(snap, at)?;
        if let Some(block) = stored.block() {
            let (place, bytes) = (at.plus(AT_ADDRESS), stored.len() as u64);
            trace.push(Edge { place, block, bytes, kind: Kind::Bytes, walk: None });
        }
        Ok(())
    }

    fn same(held: &&str, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        Ok(Self::compare(held, snap, at)?.is_eq())
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        let stored = Stored::read(snap, at)?;
        let loaded = text(stored.load(snap)?)?;
        let behind = stored.0.get(AT_TEXT + stored.head().len()..AT_ADDRESS).unwrap_or_default();
        let is_zero = stored.len() > INLINE
            || stored.0.iter().skip(AT_TEXT + stored.len()).all(|byte| *byte == 0);
        let from_head = loaded.as_bytes().get(stored.head_at()..).unwrap_or_default();
        if from_head.starts_with(stored.head()) && is_zero && behind.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let offset = stored.block().unwrap_or(0);
        let len = stored.len() as u64;
        Err(Fault::corrupt("head of a text of this length", len, "that in its block", offset))
    }

    fn describe(schema: &mut SchemaText) {
        schema.text_key();
    }

    fn feed(held: &&str, hash: &mut KeyHash) {
        String::feed(held, hash);
    }
}

impl OrdCell for TextKey {
    const IS_NATURAL: bool = true;

    fn order(left: &&str, right: &&str) -> Ordering {
        left.cmp(right)
    }

    #[inline]
    fn compare(held: &&str, snap: &Snap<'_>, at: At) -> Result<Ordering, Fault> {
        Head::of(held).compare(Stored::read(snap, at)?, held, snap)
    }

    fn search(
        held: &&str,
        snap: &Snap<'_>,
        keys: At,
        slots: Range<usize>,
    ) -> Result<(usize, bool), Fault> {
        let (head, cells) = (Head::of(held), Stored::all(snap, keys, slots.end)?);
        bisect(slots, |slot| match cells.get(slot) {
            Some(cell) => head.compare(Stored::of(cell), held, snap),
            None => Err(outside(0)),
        })
    }

    /// The shortest start of the text at `right` that is above that at `left`.
    fn separate(left: At, right: At, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let (left, right) =
            edit.look(|snap| Ok((Self::load(snap, left)?, Self::load(snap, right)?)))?;
        let cut = shortest_above(&left, &right);
        Self::store(&cut, edit, cell)
    }
}

/// The shortest start of `right` that is above `left`, in whole characters; all of it if none is.
fn shortest_above<'a>(left: &str, right: &'a str) -> &'a str {
    let common = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    let end = (common + 1..right.len()).find(|end| right.is_char_boundary(*end));
    end.and_then(|end| right.get(..end)).unwrap_or(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_is_as_short_as_can_be() {
        for (left, right, expected) in [
            ("", "a", "a"),
            ("apple", "banana", "b"),
            ("banana", "bandit", "band"),
            ("ban", "banana", "bana"),
            ("a", "aa", "aa"),
            ("aé", "aü1", "aü"),
            ("x€", "x\u{10000}y", "x\u{10000}"),
        ] {
            let cut = shortest_above(left, right);
            assert_eq!(cut, expected);
            assert!(left < cut && cut <= right);
        }
    }
}
