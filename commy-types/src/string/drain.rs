//! The iterator that removes a range of a string.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::text::TextMut;

/// The characters of a range that is removed from a string; made by its `drain` method.
///
/// # Examples
///
/// ```
/// use commy_types::FixedString;
///
/// let mut text = FixedString::<8>::literal("abcdef");
/// let mut drain = text.drain(1..4);
/// assert_eq!(drain.next(), Some('b'));
/// assert_eq!(drain.as_str(), "cd");
/// drop(drain);
/// assert_eq!(text, "aef");
/// ```
pub struct Drain<'a> {
    text: TextMut<'a>,
    /// What is removed on drop; both ends are char boundaries of the text.
    removed: Range<usize>,
    /// What is still to be returned; within `removed`, on char boundaries.
    left: Range<usize>,
}

impl<'a> Drain<'a> {
    pub(super) const fn new(text: TextMut<'a>, removed: Range<usize>) -> Self {
        let left = removed.start..removed.end;
        Self { text, removed, left }
    }
}

impl Drain<'_> {
    /// Returns the characters that are still to come.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.text().get(self.left.start..self.left.end).unwrap_or_default()
    }
}

impl Iterator for Drain<'_> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        if self.left.is_empty() {
            return None;
        }
        let ch = super::retain::char_at(self.text.data, self.left.start)?;
        self.left.start += ch.len_utf8();
        Some(ch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // A character has one to four bytes.
        (self.left.len().div_ceil(4), Some(self.left.len()))
    }

    fn last(mut self) -> Option<char> {
        self.next_back()
    }
}

impl DoubleEndedIterator for Drain<'_> {
    fn next_back(&mut self) -> Option<char> {
        // A character has at most four bytes, of which only the first is a boundary.
        let near = self.left.end.saturating_sub(4).max(self.left.start);
        let bytes = self.text.data.get(near..self.left.end)?;
        let start = near + bytes.iter().rposition(|byte| byte & 0xc0 != 0x80)?;
        let ch = super::retain::char_at(self.text.data, start)?;
        self.left.end = start;
        Some(ch)
    }
}

impl FusedIterator for Drain<'_> {}

impl fmt::Debug for Drain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.as_str()).finish()
    }
}

impl AsRef<str> for Drain<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<[u8]> for Drain<'_> {
    fn as_ref(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl Drop for Drain<'_> {
    fn drop(&mut self) {
        let shorter = self.text.splice(self.removed.start..self.removed.end, "");
        debug_assert!(shorter.is_ok(), "removing needs no room");
    }
}
