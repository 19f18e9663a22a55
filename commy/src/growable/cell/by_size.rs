//! What cells lead to, for those who know of a type only what a schema says: kinds and sizes.
//!
//! The layouts are those of the typed cells, which are computed from sizes, too.

pub(crate) use super::deque::by_size as deque;
pub(crate) use super::hash::by_size as hash;
pub(crate) use super::list::by_size as list;
pub(crate) use super::tree::by_size as tree;

use super::{boxed, contiguous, text_key};
use crate::growable::at::At;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// The bytes of the cell of a text that is a key; that of another one is shorter.
pub(crate) const KEY_TEXT: u64 = text_key::SIZE as u64;

/// The bytes of a text, or of what is stored as bytes, whose cell is here.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense; `TooLarge`.
pub(crate) fn bytes(snap: &Snap<'_>, at: At) -> Result<Vec<u8>, Fault> {
    contiguous::load(snap, at)
}

/// How many bytes that are.
///
/// # Errors
///
/// As [`bytes`].
pub(crate) fn bytes_len(snap: &Snap<'_>, at: At) -> Result<usize, Fault> {
    contiguous::len(snap, at)
}

/// Some of the bytes: as many from `from` on as `to` takes and there are. Returns how many.
///
/// # Errors
///
/// As [`bytes`].
pub(crate) fn bytes_into(
    snap: &Snap<'_>,
    at: At,
    from: usize,
    to: &mut [u8],
) -> Result<usize, Fault> {
    contiguous::read_into(snap, at, from, to)
}

/// The bytes of a text whose cell is here, and is that of a key.
///
/// # Errors
///
/// As [`bytes`].
pub(crate) fn key_text(snap: &Snap<'_>, at: At) -> Result<Vec<u8>, Fault> {
    text_key::load_bytes(snap, at)
}

/// Calls `read` with the place of the cell, of so many bytes, whose address is here.
///
/// # Errors
///
/// What `read` returns; `Corrupt` for an address that leads nowhere, or too deep.
pub(crate) fn boxed<R>(
    snap: &Snap<'_>,
    at: At,
    size: usize,
    read: impl FnOnce(At) -> Result<R, Fault>,
) -> Result<R, Fault> {
    boxed::within_sized(snap, at, size, read)
}
