//! The iterator that removes a range of a string.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::text::{char_at, last_char, text_of};
use super::text_mut::TextMut;

/// The characters of a range that is removed from a string; made by its `drain` method.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedString;
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
    /// What is removed on drop; both ends are char boundaries.
    removed: Range<usize>,
    /// What is still to be returned; within `removed`, on char boundaries.
    left: Range<usize>,
}

impl<'a> Drain<'a> {
    pub(super) fn new(text: TextMut<'a>, removed: Range<usize>) -> Self {
        Self { text, left: removed.clone(), removed }
    }
}

impl Drain<'_> {
    /// Returns the characters that are still to come.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut text = commy::FixedString::<8>::literal("abcdef");
    /// let mut drain = text.drain(..3);
    /// drain.next_back();
    /// assert_eq!(drain.as_str(), "ab");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        text_of(self.left_bytes())
    }

    fn left_bytes(&self) -> &[u8] {
        self.text.bytes().get(self.left.clone()).unwrap_or_default()
    }
}

impl Iterator for Drain<'_> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        let ch = char_at(self.left_bytes(), 0)?;
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
        let (start, ch) = last_char(self.left_bytes())?;
        self.left.end = self.left.start + start;
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
        let shorter = self.text.splice(self.removed.clone(), "");
        debug_assert!(shorter.is_ok(), "removing needs no room");
    }
}
