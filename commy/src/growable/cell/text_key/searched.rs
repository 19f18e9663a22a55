//! A text that is searched among the keys of a node.

use core::cmp::Ordering;
use core::ops::Range;

use super::stored::Stored;
use super::{AT_TEXT, HEAD, INLINE, SIZE, WORDS};
use crate::growable::at::At;
use crate::growable::cell::ordered::{Sought, bisect, count_below};
use crate::growable::cell::prefix::Prefix;
use crate::growable::fault::Fault;
use crate::growable::snap::{Snap, outside};
use crate::sync::{AtomicU64, Ordering as AtomicOrdering};

/// What a text that is searched would have in its cell, as numbers which compare as its bytes do: zeros
/// behind its end compare as its end does, until the lengths are all that differs.
pub(super) type Head = Sought;

impl Head {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut cell = [0; SIZE];
        let (_, place) = cell.split_at_mut(AT_TEXT);
        let len = text.len().min(INLINE);
        if let (Some(place), Some(text)) = (place.get_mut(..len), text.get(..len)) {
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
        Self { parts: [part(0) & FIRST, part(8), part(16)], last: part(24) }
    }

    /// The bytes of a window.
    #[inline]
    fn window(&self, window: Window) -> u64 {
        let words = [self.parts[0], self.parts[1], self.parts[2], self.last].map(u64::to_be);
        let word = |index: usize| words.get(index).copied().unwrap_or(0);
        window.of([word(window.word), word(window.word + 1)])
    }

    /// How many bytes of the head both begin with alike.
    #[inline]
    fn common(&self, other: &Self) -> usize {
        let bits = |part: usize| {
            let (one, other) = (self.parts.get(part), other.parts.get(part));
            one.zip(other).map_or(0, |(one, other)| (one ^ other).leading_zeros() as usize / 8)
        };
        // The first part has four bytes of text, the others eight.
        match (bits(0), bits(1)) {
            (0..8, _) => bits(0) - 4,
            (_, second @ 0..8) => 4 + second,
            _ => 12 + bits(2),
        }
    }
}

/// Eight bytes of a text in its cell.
#[derive(Debug, Clone, Copy)]
struct Window {
    word: usize,
    shift: usize,
}

impl Window {
    /// From this byte of the text on, in its head or right behind.
    #[inline]
    const fn new(byte: usize) -> Self {
        Self { word: (AT_TEXT + byte) / 8, shift: (AT_TEXT + byte) % 8 * 8 }
    }

    /// As a number that compares as they do.
    #[inline]
    fn of(self, cell: [u64; 2]) -> u64 {
        let [first, second] = cell.map(|word| u64::from_be_bytes(word.to_ne_bytes()));
        first << self.shift | second >> 1 >> (63 - self.shift)
    }

    #[inline]
    fn of_stored(self, cell: &[AtomicU64; WORDS]) -> u64 {
        let word =
            |index: usize| cell.get(index).map_or(0, |word| word.load(AtomicOrdering::Relaxed));
        self.of([word(self.word), word(self.word + 1)])
    }
}

/// Those bits of the first word that are text.
const FIRST: u64 = 0xffff_ffff;

/// A text that is searched, beside all cells of a node.
pub(super) struct Searched<'a> {
    text: &'a [u8],
    head: Head,
    /// How it compares with all texts that are cut, or what it has behind their prefix.
    behind: Result<Head, Ordering>,
    prefix: &'a Prefix,
    block: u64,
}

impl<'a> Searched<'a> {
    /// In a node without a prefix.
    #[inline]
    const fn whole(text: &'a str, head: Head, block: u64) -> Self {
        Self { text: text.as_bytes(), head, behind: Ok(head), prefix: &Prefix::NONE, block }
    }

    pub(super) fn new(text: &'a str, prefix: &'a Prefix, block: u64) -> Self {
        let text = text.as_bytes();
        let head = Head::of(text);
        let behind = match text.strip_prefix(prefix.bytes()) {
            Some(rest) if prefix.len() > 0 => Ok(Head::of(rest)),
            Some(_) => Ok(head),
            // It may be the start of the prefix, which is below what begins with that.
            None => Err(text.cmp(prefix.bytes())),
        };
        Self { text, head, behind, prefix, block }
    }

    #[inline]
    pub(super) fn compare(&self, stored: Stored, snap: &Snap<'_>) -> Result<Ordering, Fault> {
        let (head, start) = match (stored.is_cut(), &self.behind) {
            (false, _) => (&self.head, 0),
            (true, Ok(head)) => {
                stored.check(self.prefix, self.block)?;
                (head, self.prefix.len())
            }
            (true, Err(order)) => return Ok(*order),
        };
        let other = Head::parts(&stored.0);
        let order = head.parts.cmp(&other.parts);
        if order.is_ne() {
            return Ok(order);
        }
        match stored.block(self.prefix) {
            None => Ok(head.last.cmp(&other.last).then(self.text.len().cmp(&stored.len()))),
            Some(_) if self.text.len() <= start + HEAD => Ok(Ordering::Less),
            Some(block) => stored.compare_rest(self.text, (start + HEAD, block), snap),
        }
    }
}

/// Searches texts of which some are stored without the prefix of their leaf.
#[inline(never)]
fn search_behind(
    text: &str,
    snap: &Snap<'_>,
    (cells, block): (&[[AtomicU64; WORDS]], u64),
    slots: Range<usize>,
) -> Result<(usize, bool), Fault> {
    let prefix = Prefix::read(snap, block)?;
    let searched = Searched::new(text, &prefix, block);
    bisect(slots, |slot| match cells.get(slot) {
        Some(cell) => searched.compare(Stored::of(cell), snap),
        None => Err(outside(0)),
    })
}

/// Searches a text in slots of a node.
#[inline]
pub(super) fn search(
    (held, sought): (&&str, &Sought),
    snap: &Snap<'_>,
    keys: At,
    slots: Range<usize>,
) -> Result<(usize, bool), Fault> {
    let cells = Stored::all(snap, keys, slots.end)?;
    let block = keys.block_start().ok_or_else(|| outside(0))?;
    if Prefix::len_of(snap, block)? > 0 {
        return search_behind(held, snap, (cells, block), slots);
    }
    let searched = Searched::whole(held, *sought, block);
    let compare = |slot| match cells.get(slot) {
        Some(cell) => searched.compare(Stored::of(cell), snap),
        None => Err(outside(block)),
    };
    let len = slots.len();
    let (Some(first), Some(last)) = (cells.get(slots.start), cells.get(slots.end.wrapping_sub(1)))
    else {
        return Ok((slots.start, false));
    };
    if len < 4 {
        return bisect(slots, compare);
    }
    // What all of them begin with needs no comparison, and what comes behind tells most of them apart.
    let first = Head::parts(&Stored::of(first).0);
    let common = first.common(&Head::parts(&Stored::of(last).0));
    if sought.common(&first) < common {
        let is_above = sought.parts > first.parts;
        return Ok((if is_above { slots.end } else { slots.start }, false));
    }
    // Behind the head is text only if it is all of it.
    let (is_behind, is_text) = (common + 8 > HEAD, core::cell::Cell::new(true));
    let window = Window::new(common);
    let wanted = sought.window(window);
    let is_below = |slot: usize| {
        let Some(cell) = cells.get(slots.start + slot) else { return Ok(false) };
        if is_behind && Stored::of(cell).len() > INLINE {
            is_text.set(false);
        }
        Ok(window.of_stored(cell) < wanted)
    };
    // That one text is above another cannot be guessed: no branch depends on it.
    let found = slots.start
        + match len {
            0..=16 => count_below::<4, 4>(is_below, len)?,
            17..=32 => count_below::<8, 4>(is_below, len)?,
            _ => return Err(outside(block)),
        };
    if !is_text.get() {
        return bisect(slots, compare);
    }
    // From here on texts are equal so far, or above.
    if found == slots.end {
        return Ok((found, false));
    }
    match compare(found)? {
        Ordering::Greater => bisect(found + 1..slots.end, compare),
        order => Ok((found, order.is_eq())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_behind_what_texts_have_in_common_compare_as_they_do() {
        let texts =
            ["", "a", "abcd", "abcd\0", "abcde", "abcdefghijkl", "abcdefghijklm", "abcdefghijkz"];
        let long = ["https://example.com/", "https://example.com/a", "https://example.com/ab"];
        let all: Vec<_> = texts.into_iter().chain(long).collect();
        for (left, right) in all.iter().flat_map(|left| all.iter().map(move |right| (left, right)))
        {
            let heads = [left, right].map(|text| Head::of(text.as_bytes()));
            let (one, other) = (padded(left), padded(right));
            let alike = one.iter().zip(&other).take(HEAD).take_while(|(one, other)| one == other);
            let common = alike.count();
            assert_eq!(heads[0].common(&heads[1]), common, "{left} {right}");
            for from in 0..=common {
                let window = heads.map(|head| head.window(Window::new(from)));
                let bytes = [one, other].map(|text| text[from..from + 8].to_vec());
                assert_eq!(
                    window[0].cmp(&window[1]),
                    bytes[0].cmp(&bytes[1]),
                    "{left} {right} {from}"
                );
            }
        }
    }

    fn padded(text: &str) -> [u8; INLINE] {
        let mut bytes = [0; INLINE];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes
    }
}
