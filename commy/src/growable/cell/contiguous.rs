//! Bytes in one run, of any length up to 4 GiB: what text and byte fields are.
//!
//! ```text
//! cell, 16 bytes
//!    0  length   u32   in bytes
//!    4  head     4 bytes, zeros behind the end
//!    8  rest     bytes 4..12 of a value of at most 12 bytes; else the address of a block
//! block: header, then all the bytes, those of the head once more
//! ```
//!
//! What a block holds behind the length was never exposed: to append there changes nothing that any
//! generation reaches, as long as whole words are stored, which repeat the bytes that are. So
//! whoever shortens a value that was published copies what is left.

use core::ops::Range;

use crate::error::WriteError;
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::growable::edit::{Edit, corrupt};
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap, outside};
use crate::growable::trace::{Edge, Trace};
use crate::mem;

/// The bytes of the cell.
pub(super) const SIZE: usize = 16;
/// The longest value that lies in the cell.
const INLINE: usize = 12;

/// A cell that was copied.
#[derive(Debug, Clone, Copy)]
struct Handle([u8; SIZE]);

impl Handle {
    fn read(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let mut cell = [0; SIZE];
        snap.read(at, &mut cell)?;
        Ok(Self(cell))
    }

    /// For a value of which all is in the cell, or whose block is known.
    fn new(len: u32, start: &[u8], block: Option<u64>) -> Self {
        let mut cell = [0; SIZE];
        let (len_bytes, rest) = cell.split_at_mut(4);
        len_bytes.copy_from_slice(&len.to_ne_bytes());
        let inline = if block.is_some() { 4 } else { INLINE };
        rest.iter_mut().zip(start.iter().take(inline)).for_each(|(to, from)| *to = *from);
        if let Some(block) = block {
            rest.split_at_mut(4).1.copy_from_slice(&block.to_ne_bytes());
        }
        Self(cell)
    }

    fn len(self) -> usize {
        let [a, b, c, d, ..] = self.0;
        u32::from_ne_bytes([a, b, c, d]) as usize
    }

    /// The bytes, if they are in the cell.
    fn inline(&self) -> Option<&[u8]> {
        self.0.get(4..4 + self.len()).filter(|_| self.len() <= INLINE)
    }

    /// Where the block is, if there is one.
    fn block(self) -> Option<u64> {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        let word = u64::from_ne_bytes([a, b, c, d, e, f, g, h]);
        (self.len() > INLINE).then(|| Address::from_word(word).offset())
    }

    /// The bytes, as many as the cell says.
    fn load(self, snap: &Snap<'_>) -> Result<Vec<u8>, Fault> {
        let Some(block) = self.block() else {
            return Ok(self.inline().unwrap_or_default().to_vec());
        };
        let len = self.len();
        snap.spend((len + BLOCK_HEADER) as u64, len as u64)?;
        let (words, skip) = snap.content(block, 0, len)?;
        mem::load_vec(words, skip, len).ok_or_else(|| outside(block))
    }
}

/// How long the value is.
pub(super) fn len(snap: &Snap<'_>, at: At) -> Result<usize, Fault> {
    Ok(Handle::read(snap, at)?.len())
}

/// Where the bytes are.
pub(super) fn start(snap: &Snap<'_>, at: At) -> Result<At, Fault> {
    Ok(Handle::read(snap, at)?.block().map_or(at.plus(4), At::block))
}

/// The bytes.
pub(super) fn load(snap: &Snap<'_>, at: At) -> Result<Vec<u8>, Fault> {
    Handle::read(snap, at)?.load(snap)
}

/// The same into a buffer that is there.
pub(super) fn load_into(snap: &Snap<'_>, at: At, to: &mut Vec<u8>) -> Result<(), Fault> {
    let handle = Handle::read(snap, at)?;
    let Some(block) = handle.block() else {
        to.clear();
        to.extend_from_slice(handle.inline().unwrap_or_default());
        return Ok(());
    };
    let len = handle.len();
    snap.spend((len + BLOCK_HEADER) as u64, len as u64)?;
    let (words, skip) = snap.content(block, 0, len)?;
    if to.len() < len && to.capacity() < len {
        *to = mem::load_vec(words, skip, len).ok_or_else(|| outside(block))?;
        return Ok(());
    }
    to.resize(len, 0);
    if mem::load_into(words, skip, to) { Ok(()) } else { Err(outside(block)) }
}

/// Copies the bytes from `from` on, as many as there are and as `to` takes; returns how many.
pub(super) fn read_into(
    snap: &Snap<'_>,
    at: At,
    from: usize,
    to: &mut [u8],
) -> Result<usize, Fault> {
    let handle = Handle::read(snap, at)?;
    let count = handle.len().saturating_sub(from).min(to.len());
    if count == 0 {
        // `from` may be anything.
        return Ok(0);
    }
    let to = to.split_at_mut(count).0;
    let Some(block) = handle.block() else {
        let bytes = handle.inline().and_then(|bytes| bytes.get(from..from + count));
        to.copy_from_slice(bytes.unwrap_or_default());
        return Ok(count);
    };
    snap.spend((count + BLOCK_HEADER) as u64, 0)?;
    let (words, skip) = snap.content(block, from, count)?;
    if mem::load_into(words, skip, to) { Ok(count) } else { Err(outside(block)) }
}

/// Returns whether exactly these bytes are stored; in steps, without an allocation.
pub(super) fn same(bytes: &[u8], snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
    let mut buffer = [0; 256];
    if len(snap, at)? != bytes.len() {
        return Ok(false);
    }
    let mut from = 0;
    for part in bytes.chunks(buffer.len()) {
        let buffer = buffer.split_at_mut(part.len()).0;
        let count = read_into(snap, at, from, buffer)?;
        if count < part.len() || buffer != part {
            return Ok(false);
        }
        from += count;
    }
    Ok(true)
}

/// Which block the cell leads to.
pub(super) fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
    let handle = Handle::read(snap, at)?;
    if let Some(block) = handle.block() {
        let bytes = handle.len() as u64;
        // The last word of the cell is the address.
        let (place, kind) = (at.plus(SIZE - 8), Kind::Bytes);
        trace.push(Edge { place, block, bytes, kind, walk: None });
    }
    Ok(())
}

/// Checks that what is in the cell twice agrees with the block, and that no bit is set that no
/// writer sets.
pub(super) fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
    let handle = Handle::read(snap, at)?;
    let mut start = [0; INLINE];
    let count = read_into(snap, at, 0, &mut start)?;
    let len = handle.len() as u32;
    let word = |bytes: &[u8]| -> u64 {
        bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
    };
    let expected = Handle::new(len, start.split_at(count).0, handle.block());
    if expected.0 == handle.0 {
        return Ok(());
    }
    let (found, expected) = (word(&handle.0[4..8]), word(&expected.0[4..8]));
    Err(Fault::corrupt("head of a text", found, format!("{expected}, as in its block"), 0))
}

/// The length as the file has it.
fn checked_len(len: usize) -> Result<u32, WriteError> {
    u32::try_from(len).map_err(|_| WriteError::TooLong { len: len as u64, max: u32::MAX.into() })
}

/// Writes a value into a cell of zeros.
pub(super) fn store(bytes: &[u8], edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
    let len = checked_len(bytes.len())?;
    let handle = if bytes.len() <= INLINE {
        Handle::new(len, bytes, None)
    } else {
        let block = edit.alloc(Kind::Bytes, bytes.len())?;
        edit.fill(block, bytes)?;
        Handle::new(len, bytes, Some(block))
    };
    cell.copy_from_slice(&handle.0);
    Ok(())
}

/// Adds bytes at the end: in place if there is room, else into a block of twice the room.
pub(super) fn append(edit: &mut Edit, at: At, more: &[u8]) -> Result<(), WriteError> {
    let handle = edit.look(|snap| Handle::read(snap, at))?;
    let old_len = handle.len();
    let room = handle.block().map_or(Ok(INLINE), |block| edit.room(block))?;
    if let Some(block) = handle.block().filter(|_| room < old_len) {
        // The file would grow for what is not there.
        return Err(edit.too_long_for(block, old_len));
    }
    let new_len = old_len.saturating_add(more.len());
    let len = checked_len(new_len)?;
    // With a block, the head is all of it that a cell repeats.
    let old = handle.inline().unwrap_or(&handle.0[4..8]);
    let mut start = [0; INLINE];
    start.iter_mut().zip(old.iter().chain(more)).for_each(|(to, from)| *to = *from);
    let Some(block) = handle.block() else {
        if new_len <= INLINE {
            return edit.write(at, &Handle::new(len, &start, None).0);
        }
        let block = edit.alloc(Kind::Bytes, new_len)?;
        edit.append(block, 0, old)?;
        edit.append(block, old_len, more)?;
        return edit.write(at, &Handle::new(len, &start, Some(block)).0);
    };
    if room >= new_len && edit.may_append(block) {
        edit.append(block, old_len, more)?;
        return edit.write(at, &Handle::new(len, &start, Some(block)).0);
    }
    // Twice the room, so that many small pieces cost what they are together.
    let room = old_len.saturating_mul(2).clamp(new_len, u32::MAX as usize);
    let copy = edit.alloc(Kind::Bytes, room)?;
    edit.copy(block, copy, old_len)?;
    edit.append(copy, old_len, more)?;
    edit.retire(block);
    edit.write(at, &Handle::new(len, &start, Some(copy)).0)
}

/// Shortens the value.
pub(super) fn truncate(edit: &mut Edit, at: At, new_len: usize) -> Result<(), WriteError> {
    splice(edit, at, new_len..usize::MAX, &[])
}

/// Puts `new` in the place of a range, which ends at the end of the value at the latest.
pub(super) fn splice(
    edit: &mut Edit,
    at: At,
    range: Range<usize>,
    new: &[u8],
) -> Result<(), WriteError> {
    // Once: in a block the cell may change at any time, if somebody writes who must not.
    let handle = edit.look(|snap| Handle::read(snap, at))?;
    let len = handle.len();
    let (start, end) = (range.start.min(len), range.end.min(len));
    if start == len {
        return if new.is_empty() { Ok(()) } else { append(edit, at, new) };
    }
    if start == end && new.is_empty() {
        return Ok(());
    }
    // A copy of all of it: what is left has to move anyway, and readers still see what was.
    let mut bytes = edit.look(|snap| handle.load(snap))?;
    checked_len(bytes.len() - (end - start) + new.len())?;
    bytes.splice(start..end, new.iter().copied());
    replace(edit, at, &bytes)
}

/// Makes the cell hold these bytes.
pub(super) fn replace(edit: &mut Edit, at: At, bytes: &[u8]) -> Result<(), WriteError> {
    let mut cell = [0; SIZE];
    store(bytes, edit, &mut cell)?;
    edit.replace(at, &cell, trace)
}

/// Overwrites bytes from `from` on, all of which are there.
pub(super) fn overwrite(
    edit: &mut Edit,
    at: At,
    from: usize,
    bytes: &[u8],
) -> Result<(), WriteError> {
    let handle = edit.look(|snap| Handle::read(snap, at))?;
    let Some(block) = handle.block() else {
        let mut cell = handle.0;
        let Some(place) = cell.get_mut(4 + from..4 + from + bytes.len()) else {
            // It was longer when the caller looked.
            let expected = format!("at least {}", from + bytes.len());
            return Err(corrupt("length of a value", handle.len() as u64, expected, 0));
        };
        place.copy_from_slice(bytes);
        return edit.write(at, &cell);
    };
    let mut head = [0; 4];
    head.copy_from_slice(&handle.0[4..8]);
    for (to, byte) in head.iter_mut().skip(from).zip(bytes) {
        *to = *byte;
    }
    let own = edit.own(block, Kind::Bytes, handle.len())?;
    edit.put(own, from, bytes)?;
    edit.write(at, &Handle::new(handle.len() as u32, &head, Some(own)).0)
}
