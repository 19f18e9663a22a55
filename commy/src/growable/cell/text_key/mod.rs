//! Text as a key: more of it lies in the cell, so that most comparisons need no other block.
//!
//! ```text
//! cell, 32 bytes
//!    0  length   u32   in bytes; the highest bit says that the text is cut: it begins with the prefix
//!                      of the leaf that the cell is in, which is not in the cell
//!    4  text     of at most 28 bytes, without the prefix, and zeros behind its end; or the first 20 of
//!                more of them: the head
//!   24  rest     of a longer one: the address of a block
//! block: header, then all the bytes, those in the cell and those of the prefix as well
//! ```

mod searched;
mod stored;

use core::cmp::Ordering;
use core::ops::Range;

use self::searched::{Head, Searched};
use self::stored::Stored;
use super::ordered::Sought;
use super::prefix::Prefix;
use super::{ArrayCell, Cell, KeyHash, OrdCell, ValueMut};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::{Snap, outside};
use crate::growable::source::{Part, Source};
use crate::growable::trace::{Edge, Trace};
use crate::growable::view::ViewCore;

/// The bytes of the cell.
pub(crate) const SIZE: usize = 32;
/// The longest text that lies in the cell.
pub(crate) const INLINE: usize = 28;
/// How much of a longer one does.
pub(crate) const HEAD: usize = 20;
/// The bit of the length which says that a text is cut.
pub(crate) const CUT: u32 = 1 << 31;
/// The longest text.
const MAX_LEN: usize = (CUT - 1) as usize;
/// The words of the cell.
const WORDS: usize = SIZE / 8;
const AT_TEXT: usize = 4;
const AT_ADDRESS: usize = 24;

/// The cell of a text that is a key.
#[doc(hidden)]
#[derive(Debug)]
pub struct TextKey(());
/// Writes a text into a cell of zeros, without its first `cut` bytes; the block that it had, if it had
/// one, is kept or retired.
fn put(
    bytes: &[u8],
    cut: usize,
    had: Option<u64>,
    edit: &mut Edit,
    cell: &mut [u8],
) -> Result<(), WriteError> {
    let flag = if cut > 0 { CUT } else { 0 };
    let (len_at, place) = cell.split_at_mut(AT_TEXT);
    len_at.copy_from_slice(&(bytes.len() as u32 | flag).to_ne_bytes());
    let rest = bytes.get(cut..).unwrap_or_default();
    let inline = if rest.len() <= INLINE { INLINE } else { HEAD };
    place.iter_mut().zip(rest.iter().take(inline)).for_each(|(to, from)| *to = *from);
    if rest.len() <= INLINE {
        had.into_iter().for_each(|block| edit.retire(block));
        return Ok(());
    }
    let block = match had {
        Some(block) => block,
        None => {
            let block = edit.alloc(Kind::Bytes, bytes.len())?;
            edit.fill(block, bytes)?;
            block
        }
    };
    place.split_at_mut(HEAD).1.copy_from_slice(&block.to_ne_bytes());
    Ok(())
}

/// The text of a cell that was taken out of a leaf with this prefix.
fn loaded(edit: &Edit, cell: &[u8; SIZE], prefix: &Prefix) -> Result<Vec<u8>, WriteError> {
    let stored = Stored(*cell);
    edit.look(|snap| {
        stored.check(prefix, 0)?;
        stored.load(snap, prefix)
    })
}

/// Calls `read` with so many cells that are one behind the other, and with their prefix.
#[inline]
fn each_of(
    snap: &Snap<'_>,
    at: At,
    count: usize,
    mut read: impl FnMut(usize, Stored, &Prefix) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let block = at.block_start().ok_or_else(|| outside(0))?;
    let prefix;
    let prefix = match Prefix::len_of(snap, block)? {
        0 => &Prefix::NONE,
        _ => {
            prefix = Prefix::read(snap, block)?;
            &prefix
        }
    };
    for (index, cell) in Stored::all(snap, at, count)?.iter().take(count).enumerate() {
        let stored = Stored::of(cell);
        stored.check(prefix, block)?;
        read(index, stored, prefix)?;
    }
    Ok(())
}

#[inline]
fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| Fault::no_text(error.utf8_error().valid_up_to()))
}

/// The bytes of the text whose cell is here, in a leaf or elsewhere.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
#[cfg(feature = "dynamic")]
pub(super) fn load_bytes(snap: &Snap<'_>, at: At) -> Result<Vec<u8>, Fault> {
    let stored = Stored::read(snap, at)?;
    let prefix = stored.prefix(snap, at)?;
    stored.load(snap, &prefix)
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
        each_of(snap, at, count, |_, stored, prefix| {
            elements.push(text(stored.load(snap, prefix)?)?);
            Ok(())
        })
    }

    fn change(cursor: Cursor<'_>) -> ValueMut<'_, Self> {
        ValueMut::new(cursor)
    }

    fn store(held: &&str, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let bytes = held.as_bytes();
        if bytes.len() > MAX_LEN {
            return Err(WriteError::TooLong { len: bytes.len() as u64, max: MAX_LEN as u64 });
        }
        put(bytes, 0, None, edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<String, Fault> {
        let stored = Stored::read(snap, at)?;
        text(stored.load(snap, &stored.prefix(snap, at)?)?)
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut String) -> Result<(), Fault> {
        let stored = Stored::read(snap, at)?;
        if !stored.is_cut() {
            return stored.load_into(snap, &Prefix::NONE, value);
        }
        stored.load_into(snap, &stored.prefix(snap, at)?, value)
    }

    fn load_over(
        snap: &Snap<'_>,
        at: At,
        count: usize,
        values: &mut Vec<String>,
    ) -> Result<(), Fault> {
        if values.len() < count {
            values.resize_with(count, String::new);
        }
        each_of(snap, at, count, |index, stored, prefix| match values.get_mut(index) {
            Some(value) => stored.load_into(snap, prefix, value),
            None => Ok(()),
        })
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        let stored = Stored::read(snap, at)?;
        if let Some(block) = stored.block(&stored.prefix(snap, at)?) {
            let (place, bytes) = (at.plus(AT_ADDRESS), stored.len() as u64);
            trace.push(Edge { place, block, bytes, kind: Kind::Bytes, walk: None });
        }
        Ok(())
    }

    fn same(held: &&str, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        let stored = Stored::read(snap, at)?;
        if stored.is_cut() {
            return Ok(Self::compare(held, snap, at)?.is_eq());
        }
        let (text, head) = (held.as_bytes(), stored.head(&Prefix::NONE));
        if text.len() != stored.len() || !text.starts_with(head) {
            return Ok(false);
        }
        match stored.block(&Prefix::NONE) {
            None => Ok(true),
            Some(block) => Ok(stored.compare_rest(text, (HEAD, block), snap)?.is_eq()),
        }
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        let stored = Stored::read(snap, at)?;
        let prefix = stored.prefix(snap, at)?;
        let loaded = text(stored.load(snap, &prefix)?)?;
        let (head, rest) = (stored.head(&prefix), stored.rest(&prefix));
        let behind = stored.0.get(AT_TEXT + head.len()..).unwrap_or_default();
        let behind = if rest > INLINE { &[] } else { behind };
        let is_start = match loaded.as_bytes().strip_prefix(prefix.bytes()) {
            Some(loaded) => loaded.starts_with(head),
            None => false,
        };
        if is_start && behind.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let (len, offset) = (stored.len() as u64, stored.block(&prefix).unwrap_or(0));
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
        let stored = Stored::read(snap, at)?;
        let block = at.block_start().unwrap_or(0);
        Searched::new(held, &stored.prefix(snap, at)?, block).compare(stored, snap)
    }

    #[inline]
    fn sought(held: &&str) -> Sought {
        Head::of(held.as_bytes())
    }

    #[inline]
    fn search(
        searched: (&&str, &Sought),
        snap: &Snap<'_>,
        keys: At,
        slots: Range<usize>,
    ) -> Result<(usize, bool), Fault> {
        searched::search(searched, snap, keys, slots)
    }

    const IS_CUT: bool = true;

    fn store_behind(
        held: &&str,
        prefix: &Prefix,
        edit: &mut Edit,
        cell: &mut [u8],
    ) -> Result<(), WriteError> {
        let bytes = held.as_bytes();
        if prefix.len() == 0 || !bytes.starts_with(prefix.bytes()) || bytes.len() > MAX_LEN {
            return Self::store(held, edit, cell);
        }
        put(bytes, prefix.len(), None, edit, cell)
    }

    fn common(edit: &Edit, cells: &[u8], prefix: &Prefix) -> Result<Prefix, WriteError> {
        let cells = cells.as_chunks().0;
        let long = cells.iter().filter(|cell| Stored(**cell).len() > INLINE).count();
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else {
            return Ok(Prefix::NONE);
        };
        // What is short lies in its cell anyway.
        if long * 2 < cells.len() || cells.len() < 2 {
            return Ok(Prefix::NONE);
        }
        let [first, last] = [loaded(edit, first, prefix)?, loaded(edit, last, prefix)?];
        let common = first.iter().zip(&last).take_while(|(left, right)| left == right).count();
        Ok(Prefix::of(first.split_at(common).0))
    }

    fn recut(
        edit: &mut Edit,
        cells: &mut [u8],
        from: &Prefix,
        to: &Prefix,
    ) -> Result<(), WriteError> {
        for cell in cells.as_chunks_mut().0 {
            let stored = Stored(*cell);
            let bytes = loaded(edit, cell, from)?;
            let start = if bytes.starts_with(to.bytes()) { to.len() } else { 0 };
            *cell = [0; SIZE];
            put(&bytes, start, stored.block(from), edit, cell)?;
        }
        Ok(())
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
