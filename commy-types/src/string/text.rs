//! How strings see their bytes: the text in them, its characters, its ends.
//!
//! The text of a string is the longest valid UTF-8 prefix of its used bytes, found anew by each
//! look at it.

use core::ops::{Range, RangeBounds};
use core::str::Utf8Error;

use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::length::{self, Prefix};
use crate::raw;
use crate::string::is_ascii;

/// A text of more bytes is compared with the image whatever happens to it: that is cheaper than to find out
/// that it is text, and to copy it.
const COMPARED: usize = 32;

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
    match raw::ascii_text(bytes, bytes.len()) {
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
#[inline]
pub(super) fn check(bytes: &[u8], capacity: usize) -> Result<(), Invalid> {
    if bytes.len() != DATA + capacity {
        return Err(missing(capacity));
    }
    text_in(bytes, capacity).map(drop)
}

#[cold]
const fn missing(capacity: usize) -> Invalid {
    Invalid::new(0, InvalidReason::Missing { size: DATA + capacity })
}

/// How many bytes of a string are in use, its length among them.
#[inline]
pub(crate) const fn in_use(len: &Prefix, capacity: usize) -> usize {
    DATA + length::used(len, capacity)
}

/// The text of a string from a file of which these are the first bytes, at least those in use.
#[inline(always)]
pub(crate) fn text_in(bytes: &[u8], capacity: usize) -> Result<&str, Invalid> {
    match bytes.split_first_chunk() {
        Some((len, data)) => text_of_value(len, data, capacity),
        None => Err(missing(capacity)),
    }
}

/// The same where the bytes behind the length are elsewhere.
#[inline(always)]
pub(crate) fn text_of_value<'a>(
    len: &Prefix,
    data: &'a [u8],
    capacity: usize,
) -> Result<&'a str, Invalid> {
    let found = u64::from_le_bytes(*len);
    if found > capacity as u64 {
        return Err(too_long(found, capacity));
    }
    let len = found as usize;
    // Most text is ASCII, which is told at several times the speed of decoding.
    match (raw::ascii_text(data, len), data.get(..len)) {
        (Some(text), _) => Ok(text),
        (None, Some(used)) => decode(used),
        (None, None) => Err(missing(capacity)),
    }
}

#[cold]
const fn too_long(found: u64, capacity: usize) -> Invalid {
    Invalid::new(0, InvalidReason::Length { found, capacity })
}

/// The text that is not ASCII. Of 64 bytes and more, vector instructions find that out sooner.
#[inline(never)]
fn decode(bytes: &[u8]) -> Result<&str, Invalid> {
    #[cfg(feature = "simd")]
    if bytes.len() >= 64
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        return Ok(text);
    }
    core::str::from_utf8(bytes).map_err(|error| {
        let valid_up_to = error.valid_up_to();
        Invalid::new(DATA, InvalidReason::Utf8 { valid_up_to })
    })
}

/// Writes the text at `at`, touching no byte beyond the old and the new text.
#[inline]
pub(super) fn encode(len: &Prefix, data: &[u8], at: usize, image: &mut Image<'_>) {
    let used = used_bytes(len, data);
    let old = length::used(&image.length(at).to_le_bytes(), data.len());
    // A short one that is overwritten is not compared: its bytes are mostly just stored, and the wide
    // loads of a comparison would wait for them.
    let is_compared = image.compares() || used.len() > COMPARED;
    if used.len() == old && is_compared && image.holds(at + DATA, used) {
        // Nothing changed; and since an image holds only text, these bytes are text.
        return;
    }
    let text = if is_ascii(data, used.len()) { used } else { text(len, data).as_bytes() };
    image.put(at, &length::prefix(text.len()));
    image.put(at + DATA, text);
    if text.len() < old {
        image.clear(at + DATA + text.len()..at + DATA + old);
    }
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
