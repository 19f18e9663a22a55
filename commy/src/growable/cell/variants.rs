//! What expansions of `derive(Growable)` for enums call: a tag, and the cells of one variant's fields.
//!
//! ```text
//!    0      tag     u8, or u16 if there are more than 256 variants; zeros up to the fields
//!    align  fields  those of the variant, each at its alignment; zeros behind them
//! ```
//!
//! The fields of all variants lie in the same bytes. Tag 0 is the variant of a new value.

use super::{Cell, KeyHash, set_held};
use crate::error::{ReadError, WriteError};
use crate::growable::at::At;
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};

/// Where the fields of a variant lie.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Places<const N: usize> {
    pub offsets: [usize; N],
    /// The byte behind the last one.
    pub end: usize,
}

/// The alignment of an enum whose tag has so many bytes, and whose fields these alignments.
#[doc(hidden)]
#[must_use]
pub const fn align<const N: usize>(tag: usize, fields: [usize; N]) -> usize {
    largest(tag, &fields)
}

/// Where fields of these sizes and alignments lie, the first one at byte `first`.
#[doc(hidden)]
#[must_use]
#[allow(clippy::indexing_slicing, reason = "the index is below the length of both")]
pub const fn places<const N: usize>(first: usize, fields: [(usize, usize); N]) -> Places<N> {
    let (mut offsets, mut end, mut index) = ([0; N], first, 0);
    while index < N {
        let (size, align) = fields[index];
        offsets[index] = end.next_multiple_of(align);
        end = offsets[index] + size;
        index += 1;
    }
    Places { offsets, end }
}

/// The size of an enum of this alignment whose variants end there.
#[doc(hidden)]
#[must_use]
pub const fn size<const N: usize>(align: usize, ends: [usize; N]) -> usize {
    largest(align, &ends).next_multiple_of(align)
}

const fn largest(least: usize, numbers: &[usize]) -> usize {
    let (mut largest, mut rest) = (least, numbers);
    while let [first, others @ ..] = rest {
        if *first > largest {
            largest = *first;
        }
        rest = others;
    }
    largest
}

/// Feeds the tag of a key to the hash, as it is stored.
#[doc(hidden)]
pub fn feed_tag<const BYTES: usize>(hash: &mut KeyHash, tag: usize) {
    let mut bytes = [0; BYTES];
    put_tag::<BYTES>(&mut bytes, tag);
    hash.bytes(&bytes);
}

/// The tag of a cell, in one or two bytes: a number below `count`.
///
/// # Errors
///
/// `Corrupt` for another number; what reading is refused.
#[doc(hidden)]
#[inline]
pub fn tag<const BYTES: usize>(snap: &Snap<'_>, at: At, count: usize) -> Result<usize, Fault> {
    let mut bytes = [0; BYTES];
    snap.read(at, &mut bytes)?;
    let found = match *bytes.as_slice() {
        [tag] => tag.into(),
        [first, second] => u16::from_ne_bytes([first, second]).into(),
        _ => usize::MAX,
    };
    match found < count {
        true => Ok(found),
        false => Err(no_variant(found, count)),
    }
}

#[cold]
fn no_variant(found: usize, count: usize) -> Fault {
    let expected = match count {
        1 => "0".to_owned(),
        _ => format!("0 to {}", count - 1),
    };
    Fault::corrupt("tag of an enum", found as u64, expected, 0)
}

/// Writes a tag of one or two bytes into a cell.
#[doc(hidden)]
#[inline]
pub fn put_tag<const BYTES: usize>(cell: &mut [u8], tag: usize) {
    let narrow = tag as u8;
    let wide = (tag as u16).to_ne_bytes();
    let tag = if BYTES == 1 { core::slice::from_ref(&narrow) } else { &wide };
    cell.iter_mut().zip(tag).for_each(|(byte, stored)| *byte = *stored);
}

/// The tag that is staged; `None` if nothing can be said of it.
#[doc(hidden)]
#[must_use]
pub fn staged_tag<const BYTES: usize>(cursor: &Cursor<'_>, count: usize) -> Option<usize> {
    cursor.look(|snap, at| tag::<BYTES>(snap, at, count)).ok()
}

/// Puts a value in the place of one of another variant, or of what cannot be read.
///
/// # Errors
///
/// What the edit is refused.
#[doc(hidden)]
pub fn replace<C: Cell>(mut cursor: Cursor<'_>, value: &C::Value) -> Result<(), WriteError> {
    set_held::<C>(&mut cursor, &C::lend(value))
}

/// What an accessor returns.
///
/// # Errors
///
/// Those of every read: see `commy::ReadError`.
#[doc(hidden)]
pub fn field<C: Cell, S: Source>(source: &S, at: At) -> Result<S::Value<'_, C>, ReadError> {
    source.run(Part::of(at, C::SIZE), |snap| source.value::<C>(snap, at))
}

/// A type under a name that mentions a lifetime.
#[doc(hidden)]
pub trait During<'v> {
    type Itself;
}

impl<T> During<'_> for T {
    type Itself = T;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_from_the_alignment_on_and_the_largest_variant_counts() {
        const ALIGN: usize = align(1, [1, 8, 4]);
        const JOINED: Places<2> = places(ALIGN, [(1, 1), (16, 8)]);
        const LEFT: Places<1> = places(ALIGN, [(4, 4)]);
        assert_eq!((ALIGN, JOINED.offsets, JOINED.end), (8, [8, 16], 32));
        assert_eq!((LEFT.offsets, LEFT.end), ([8], 12));
        assert_eq!(size(ALIGN, [JOINED.end, LEFT.end, ALIGN]), 32);
        assert_eq!(size(ALIGN, [LEFT.end]), 16);
        assert_eq!((align(1, []), size(1, [1, 1])), (1, 1));
        assert_eq!((align(2, [1]), size(2, [3])), (2, 4));
        assert_eq!(places(4, []).end, 4);
    }

    #[test]
    fn a_tag_takes_as_many_bytes_as_it_has() {
        let mut cell = [0xee; 4];
        put_tag::<1>(&mut cell, 7);
        assert_eq!(cell, [7, 0xee, 0xee, 0xee]);
        put_tag::<2>(&mut cell, 0x0201);
        assert_eq!(u16::from_ne_bytes([cell[0], cell[1]]), 0x0201);
        assert_eq!(cell[2..], [0xee; 2]);
    }
}
