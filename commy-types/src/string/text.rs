//! What all string types do, over a borrowed prefix and borrowed bytes of any capacity.
//!
//! The text of a string is the longest valid UTF-8 prefix of its used bytes, found anew by each
//! look at it. Edits work on the used bytes, as `String`'s do, and do not validate them: they only
//! add text and only cut between characters, so used bytes that are text stay text, and others
//! do no harm.

use core::fmt;
use core::ops::{Range, RangeBounds};
use core::str::Utf8Error;

use crate::capacity::CapacityError;
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::length::{self, Prefix};
use crate::raw;

/// Where the bytes of a string start.
pub(super) const DATA: usize = 8;

/// The bytes that the prefix says are used, text or not.
#[inline]
pub(super) const fn used_bytes<'a>(len: &Prefix, data: &'a [u8]) -> &'a [u8] {
    data.split_at(length::used(len, data.len())).0
}

/// The used bytes as text, or where they stop being text.
#[inline]
pub(super) const fn try_text<'a>(len: &Prefix, data: &'a [u8]) -> Result<&'a str, Utf8Error> {
    validate(used_bytes(len, data))
}

/// The longest prefix of the used bytes that is text.
#[inline]
pub(super) const fn text<'a>(len: &Prefix, data: &'a [u8]) -> &'a str {
    text_of(used_bytes(len, data))
}

#[inline]
const fn validate(bytes: &[u8]) -> Result<&str, Utf8Error> {
    // Most text is ASCII, and to find that out takes less than half as long.
    match raw::ascii_text(bytes) {
        Some(text) => Ok(text),
        None => core::str::from_utf8(bytes),
    }
}

/// The longest prefix of `bytes` that is text.
#[inline]
pub(super) const fn text_of(bytes: &[u8]) -> &str {
    match validate(bytes) {
        Ok(text) => text,
        Err(error) => valid_prefix(bytes, error.valid_up_to()),
    }
}

#[cold]
const fn valid_prefix(bytes: &[u8], valid_up_to: usize) -> &str {
    match core::str::from_utf8(bytes.split_at(valid_up_to).0) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// The same, for changes that keep it text.
#[inline]
pub(super) fn text_mut<'a>(len: &Prefix, data: &'a mut [u8]) -> &'a mut str {
    let end = text(len, data).len();
    let valid = data.get_mut(..end).unwrap_or_default();
    core::str::from_utf8_mut(valid).unwrap_or_default()
}

/// Copies `text` to the start of `data`; too long a text panics, at compile time if it can.
#[inline]
pub(super) const fn fill(data: &mut [u8], text: &str) {
    assert!(text.len() <= data.len(), "the text is longer than the capacity");
    data.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
}

/// Checks the bytes of a string from a file.
pub(super) fn check(bytes: &[u8], capacity: usize) -> Result<(), Invalid> {
    let missing = Invalid::new(0, InvalidReason::Missing { size: DATA + capacity });
    let Some((len, data)) = bytes.split_first_chunk::<DATA>() else { return Err(missing) };
    if data.len() != capacity {
        return Err(missing);
    }
    let found = u64::from_le_bytes(*len);
    if found > capacity as u64 {
        return Err(Invalid::new(0, InvalidReason::Length { found, capacity }));
    }
    try_text(len, data).map(drop).map_err(|error| {
        let valid_up_to = error.valid_up_to();
        Invalid::new(DATA, InvalidReason::Utf8 { valid_up_to })
    })
}

/// Writes the text at `at`, touching no byte beyond the old and the new text.
#[inline]
pub(super) fn encode(len: &Prefix, data: &[u8], at: usize, image: &mut Image<'_>) {
    let used = used_bytes(len, data);
    let old = length::used(&image.length(at).to_le_bytes(), data.len());
    if used.len() == old && image.holds(at + DATA, used) {
        // Nothing changed; and since an image holds only text, these bytes are text.
        return;
    }
    let text = text(len, data).as_bytes();
    image.put(at, &length::prefix(text.len()));
    image.put(at + DATA, text);
    if text.len() < old {
        image.clear(at + DATA + text.len()..at + DATA + old);
    }
}

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
            None => text(self.len, self.data).char_indices().next_back()?,
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

/// The character that starts at byte `index`, without a look at the bytes before and after.
#[inline]
pub(super) fn char_at(bytes: &[u8], index: usize) -> Option<char> {
    let width = match bytes.get(index)? {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..=0xff => 4,
    };
    let bytes = bytes.get(index..index + width)?;
    core::str::from_utf8(bytes).ok()?.chars().next()
}

/// The character at the end of `bytes` and where it starts.
#[inline]
pub(super) fn last_char(bytes: &[u8]) -> Option<(usize, char)> {
    // A character has at most four bytes, of which only the first is a boundary.
    let start = (0..bytes.len()).rev().take(4).find(|index| is_boundary(bytes, *index))?;
    let last = char_at(bytes, start)?;
    (start + last.len_utf8() == bytes.len()).then_some((start, last))
}

/// Whether no character of `bytes` is cut at `index`; what `str::is_char_boundary` tells of text.
#[inline]
fn is_boundary(bytes: &[u8], index: usize) -> bool {
    match bytes.get(index) {
        Some(byte) => index == 0 || byte & 0xc0 != 0x80,
        None => index == bytes.len(),
    }
}

/// Panics with `message` when `index` is not between two characters of `bytes`.
#[inline]
#[track_caller]
pub(super) fn assert_boundary(bytes: &[u8], index: usize, message: &str) {
    // Where the text ends before the bytes do, the one who sees only the text may cut.
    assert!(is_boundary(bytes, index) || index == text_of(bytes).len(), "{message}");
}

/// Panics in the words of `String::remove`, as no character starts at byte `index` of `text`.
#[cold]
#[track_caller]
pub(super) fn no_char_at(text: &str, index: usize) -> ! {
    #[allow(clippy::indexing_slicing, reason = "for its panic")]
    let _ = &text[index..];
    panic!("cannot remove a char from the end of a string");
}

/// The two ends of a range of `bytes`; panics when they are not in the string, and with one of
/// `messages` when they are not between two characters.
#[inline]
#[track_caller]
pub(super) fn resolve(
    bytes: &[u8],
    range: impl RangeBounds<usize>,
    messages: [&str; 2],
) -> Range<usize> {
    let range = length::resolve(bytes, range);
    let [start, end] = messages;
    assert_boundary(bytes, range.start, start);
    assert_boundary(bytes, range.end, end);
    range
}

/// What `String` says about the ends of a range.
pub(super) const RANGE: [&str; 2] = [
    "assertion failed: self.is_char_boundary(start)",
    "assertion failed: self.is_char_boundary(end)",
];

/// What `String::replace_range` says about them.
pub(super) const REPLACED: [&str; 2] = [
    "start of range should be a character boundary",
    "end of range should be a character boundary",
];
