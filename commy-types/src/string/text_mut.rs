//! How strings change their bytes, over a borrowed prefix and bytes of any capacity.
//!
//! Edits work on the used bytes, as `String`'s do, and do not validate them: they only add text and
//! only cut between characters, so used bytes that are text stay text, and others do no harm.

use core::fmt;
use core::ops::Range;

use super::error::FromUtf16Error;
use super::text::{last_char, text_of, used_bytes};
use crate::capacity::CapacityError;
use crate::length::{self, Prefix};

/// A string that is being edited.
pub(super) struct TextMut<'a> {
    pub(super) len: &'a mut Prefix,
    pub(super) data: &'a mut [u8],
}

impl TextMut<'_> {
    /// The used bytes.
    #[inline]
    pub(super) const fn bytes(&self) -> &[u8] {
        used_bytes(self.len, self.data)
    }

    /// How many bytes are used.
    #[inline]
    pub(super) const fn end(&self) -> usize {
        length::used(self.len, self.data.len())
    }

    /// Ends the text at `end`; what was used beyond becomes zero.
    #[inline]
    pub(super) fn set_end(&mut self, end: usize) {
        let used = length::used(self.len, self.data.len());
        if let Some(removed) = self.data.get_mut(end..used) {
            removed.fill(0);
        }
        *self.len = length::prefix(end);
    }

    /// Makes `text` the whole text.
    #[inline]
    pub(super) fn assign(&mut self, text: &str) -> Result<(), CapacityError> {
        let (needed, capacity) = (text.len(), self.data.len());
        let room = self.data.get_mut(..needed).ok_or(CapacityError { needed, capacity })?;
        room.copy_from_slice(text.as_bytes());
        self.set_end(needed);
        Ok(())
    }

    /// Puts `with` in place of the bytes of `range`, whose ends are char boundaries.
    #[inline]
    pub(super) fn splice(&mut self, range: Range<usize>, with: &str) -> Result<(), CapacityError> {
        let end = self.end();
        let capacity = self.data.len();
        let needed = (end - range.len()).saturating_add(with.len());
        let after = range.start.saturating_add(with.len());
        if needed > capacity {
            return Err(CapacityError { needed, capacity });
        }
        if range.end < end && after != range.end {
            self.data.copy_within(range.end..end, after);
        }
        if let Some(place) = self.data.get_mut(range.start..after) {
            place.copy_from_slice(with.as_bytes());
        }
        self.set_end(needed);
        Ok(())
    }

    /// Takes the last character.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<char> {
        let (start, last) = match last_char(self.bytes()) {
            Some(found) => found,
            // Nothing is there, or something that is no text and goes with what comes after it.
            None => text_of(self.bytes()).char_indices().next_back()?,
        };
        self.set_end(start);
        Some(last)
    }

    /// Adds `added` at `end`, where the used bytes end, and returns the new end.
    #[inline]
    pub(super) fn append(&mut self, end: usize, added: &str) -> Result<usize, CapacityError> {
        let needed = end.saturating_add(added.len());
        let capacity = self.data.len();
        let room = self.data.get_mut(end..needed).ok_or(CapacityError { needed, capacity })?;
        room.copy_from_slice(added.as_bytes());
        *self.len = length::prefix(needed);
        Ok(needed)
    }

    /// Adds a character at the end.
    #[inline]
    pub(super) fn push(&mut self, ch: char) -> Result<(), CapacityError> {
        let end = self.end();
        // One byte, the usual case, is not worth a copy of unknown length.
        if ch.is_ascii()
            && let Some(byte) = self.data.get_mut(end)
        {
            *byte = ch as u8;
            *self.len = length::prefix(end + 1);
            return Ok(());
        }
        self.append(end, ch.encode_utf8(&mut [0; 4])).map(drop)
    }

    /// Adds each of `pieces` at the end; when one does not fit, none is added.
    pub(super) fn extend<P: fmt::Display>(
        &mut self,
        pieces: impl Iterator<Item = P>,
    ) -> Result<(), CapacityError> {
        let start = self.end();
        let mut end = start;
        for piece in pieces {
            let mut appending = Appending::at(self, end);
            appending.format(format_args!("{piece}"));
            match appending.finish() {
                Ok(appended) => end = appended,
                Err(error) => {
                    self.set_end(start);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Adds formatted text at the end, all of it or none.
    pub(super) fn push_formatted(
        &mut self,
        arguments: fmt::Arguments<'_>,
    ) -> Result<(), CapacityError> {
        let end = self.end();
        let mut appending = Appending::at(self, end);
        appending.format(arguments);
        appending.finish().map(drop)
    }
}

/// Takes formatted text as far as it fits and counts all of it.
struct Appending<'e, 'a> {
    text: &'e mut TextMut<'a>,
    start: usize,
    needed: usize,
}

impl<'e, 'a> Appending<'e, 'a> {
    const fn at(text: &'e mut TextMut<'a>, end: usize) -> Self {
        Self { text, start: end, needed: end }
    }

    fn format(&mut self, arguments: fmt::Arguments<'_>) {
        use fmt::Write as _;
        // `format!` panics in the same case and with the same words.
        self.write_fmt(arguments)
            .expect("a formatting trait implementation returned an error when the underlying stream did not");
    }

    fn append(&mut self, piece: &str) {
        // Once a piece did not fit, `needed` is above the capacity and no later one is taken.
        let end = self.needed;
        self.needed = match self.text.append(end, piece) {
            Ok(needed) | Err(CapacityError { needed, .. }) => needed,
        };
    }

    /// Returns the end of the text; when not all of it fitted, takes back what did.
    fn finish(self) -> Result<usize, CapacityError> {
        let capacity = self.text.data.len();
        if self.needed <= capacity {
            return Ok(self.needed);
        }
        self.text.set_end(self.start);
        Err(CapacityError { needed: self.needed, capacity })
    }
}

impl fmt::Write for Appending<'_, '_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.append(piece);
        Ok(())
    }
}

/// Adds `bytes` to an empty string, with `U+FFFD` for what is no text.
pub(super) fn push_lossy(string: &mut TextMut<'_>, bytes: &[u8]) -> Result<(), CapacityError> {
    let mut appending = Appending::at(string, 0);
    for chunk in bytes.utf8_chunks() {
        appending.append(chunk.valid());
        if !chunk.invalid().is_empty() {
            appending.append("\u{fffd}");
        }
    }
    appending.finish().map(drop)
}

/// Adds the characters of `units` to an empty string; nothing when they are no UTF-16 or too many.
pub(super) fn push_utf16(string: &mut TextMut<'_>, units: &[u16]) -> Result<(), FromUtf16Error> {
    let mut appending = Appending::at(string, 0);
    let mut at = 0;
    for decoded in char::decode_utf16(units.iter().copied()) {
        match decoded {
            Ok(ch) => {
                appending.append(ch.encode_utf8(&mut [0; 4]));
                at += ch.len_utf16();
            }
            Err(error) => {
                string.set_end(0);
                let surrogate = error.unpaired_surrogate();
                return Err(FromUtf16Error::Unpaired { surrogate, at });
            }
        }
    }
    Ok(appending.finish().map(drop)?)
}

/// The same, with `U+FFFD` for what is no UTF-16.
pub(super) fn push_utf16_lossy(
    string: &mut TextMut<'_>,
    units: &[u16],
) -> Result<(), CapacityError> {
    let mut appending = Appending::at(string, 0);
    for decoded in char::decode_utf16(units.iter().copied()) {
        let ch = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
        appending.append(ch.encode_utf8(&mut [0; 4]));
    }
    appending.finish().map(drop)
}
