//! The methods of [`FixedString`] that change its text.

use core::fmt;
use core::ops::RangeBounds;

use super::{Drain, FixedString, retain, text};
use crate::capacity::CapacityError;
use crate::length;

impl<const N: usize> FixedString<N> {
    /// Adds a character at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.push('!')?;
    /// assert_eq!(text, "Zürich!");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it does not fit; nothing changes.
    #[inline]
    pub fn push(&mut self, ch: char) -> Result<(), CapacityError> {
        self.edit().push(ch)
    }

    /// Adds text at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.push_str(" HB")?;
    /// assert_eq!(text, "Zürich HB");
    ///
    /// let refused = text.push_str(" Gleis 7").unwrap_err();
    /// assert_eq!((refused.needed, refused.capacity), (18, 16));
    /// assert_eq!(text, "Zürich HB");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it does not fit; nothing changes.
    #[inline]
    pub fn push_str(&mut self, added: &str) -> Result<(), CapacityError> {
        let end = self.len();
        self.edit().append(end, added).map(drop)
    }

    /// Adds formatted text at the end, all of it or none.
    ///
    /// `write!` works too, but its error does not say how much room was missing, and it
    /// leaves the pieces that fitted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.push_formatted(format_args!(" {}", 8001))?;
    /// assert_eq!(text, "Zürich 8001");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it does not fit; nothing changes.
    ///
    /// # Panics
    ///
    /// When a formatting implementation returns an error of its own, as `format!` does.
    pub fn push_formatted(&mut self, arguments: fmt::Arguments<'_>) -> Result<(), CapacityError> {
        self.edit().push_formatted(arguments)
    }

    /// Adds each piece of text at the end, all of them or none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.try_extend([" ", "HB"])?;
    /// assert_eq!(text, "Zürich HB");
    /// assert!(text.try_extend(std::iter::repeat('!')).is_err());
    /// assert_eq!(text, "Zürich HB");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`], which counts up to the first piece that
    /// does not fit; nothing changes.
    pub fn try_extend<I>(&mut self, pieces: I) -> Result<(), CapacityError>
    where
        I: IntoIterator,
        I::Item: fmt::Display,
    {
        self.edit().extend(pieces.into_iter())
    }

    /// Makes a string of pieces of text: `collect` that does not panic.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// let text = FixedString::<8>::try_from_iter("abc".chars().rev())?;
    /// assert_eq!(text, "cba");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`], which counts up to the first piece that
    /// does not fit.
    pub fn try_from_iter<I>(pieces: I) -> Result<Self, CapacityError>
    where
        I: IntoIterator,
        I::Item: fmt::Display,
    {
        let mut string = Self::new();
        string.try_extend(pieces)?;
        Ok(string)
    }

    /// Removes the last character and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.pop(), Some('h'));
    /// assert_eq!(text, "Züric");
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<char> {
        self.edit().pop()
    }

    /// Removes all text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.clear();
    /// assert_eq!(text, "");
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.edit().set_end(0);
    }

    /// Keeps the first `new_len` bytes; a length beyond the text changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.truncate(3);
    /// assert_eq!(text, "Zü");
    /// ```
    ///
    /// # Panics
    ///
    /// When `new_len` is inside a character.
    #[inline]
    #[track_caller]
    pub fn truncate(&mut self, new_len: usize) {
        if new_len <= self.len() {
            text::assert_boundary(
                self.used_bytes(),
                new_len,
                "assertion failed: self.is_char_boundary(new_len)",
            );
            self.edit().set_end(new_len);
        }
    }

    /// Inserts a character at byte `index`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.insert(0, '*')?;
    /// assert_eq!(text, "*Zürich");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it does not fit; nothing changes.
    ///
    /// # Panics
    ///
    /// When `index` is beyond the text or inside a character.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, index: usize, ch: char) -> Result<(), CapacityError> {
        self.insert_str(index, ch.encode_utf8(&mut [0; 4]))
    }

    /// Inserts text at byte `index`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.insert_str(0, "in ")?;
    /// assert_eq!(text, "in Zürich");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it does not fit; nothing changes.
    ///
    /// # Panics
    ///
    /// When `index` is beyond the text or inside a character.
    #[inline]
    #[track_caller]
    pub fn insert_str(&mut self, index: usize, inserted: &str) -> Result<(), CapacityError> {
        text::assert_boundary(
            self.used_bytes(),
            index,
            "assertion failed: self.is_char_boundary(idx)",
        );
        self.edit().splice(index..index, inserted)
    }

    /// Removes the character at byte `index` and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.remove(1), 'ü');
    /// assert_eq!(text, "Zrich");
    /// ```
    ///
    /// # Panics
    ///
    /// When `index` is at or beyond the end of the text, or inside a character.
    #[inline]
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> char {
        let Some(removed) = text::char_at(self.used_bytes(), index) else {
            text::no_char_at(self.as_str(), index);
        };
        let shorter = self.edit().splice(index..index + removed.len_utf8(), "");
        debug_assert!(shorter.is_ok(), "removing needs no room");
        removed
    }

    /// Keeps the characters for which `keep` returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.retain(|ch| ch.is_ascii());
    /// assert_eq!(text, "Zrich");
    /// ```
    #[inline]
    pub fn retain(&mut self, keep: impl FnMut(char) -> bool) {
        retain::retain(self.edit(), keep);
    }

    /// Removes a range of bytes and returns its characters one by one.
    ///
    /// The range is gone when the iterator is dropped, read or not; if it is leaked, the
    /// text stays as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert!(text.drain(..3).eq("Zü".chars()));
    /// assert_eq!(text, "rich");
    /// ```
    ///
    /// # Panics
    ///
    /// When an end of the range is beyond the text or inside a character.
    #[inline]
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_> {
        let range = text::resolve(self.used_bytes(), range, text::RANGE);
        Drain::new(self.edit(), range)
    }

    /// Puts text in place of a range of bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.replace_range(..3, "öst")?;
    /// assert_eq!(text, "östrich");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it does not fit; nothing changes.
    ///
    /// # Panics
    ///
    /// When an end of the range is beyond the text or inside a character.
    #[inline]
    #[track_caller]
    pub fn replace_range(
        &mut self,
        range: impl RangeBounds<usize>,
        with: &str,
    ) -> Result<(), CapacityError> {
        let range = text::resolve(self.used_bytes(), range, text::REPLACED);
        self.edit().splice(range, with)
    }

    /// Adds a copy of a range of the text at its end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.extend_from_within(..1)?;
    /// assert_eq!(text, "ZürichZ");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it does not fit; nothing changes.
    ///
    /// # Panics
    ///
    /// When an end of the range is beyond the text or inside a character.
    #[track_caller]
    pub fn extend_from_within(
        &mut self,
        range: impl RangeBounds<usize>,
    ) -> Result<(), CapacityError> {
        let end = self.len();
        let range = text::resolve(self.used_bytes(), range, text::RANGE);
        let needed = end.saturating_add(range.len());
        if needed > N {
            return Err(CapacityError { needed, capacity: N });
        }
        self.data.copy_within(range, end);
        self.edit().set_end(needed);
        Ok(())
    }

    /// Removes the text from byte `at` on and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.split_off(3), "rich");
    /// assert_eq!(text, "Zü");
    /// ```
    ///
    /// # Panics
    ///
    /// When `at` is beyond the text or inside a character.
    #[must_use = "use `truncate` to drop the end of the text"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        let bytes = self.used_bytes();
        text::assert_boundary(bytes, at, "assertion failed: self.is_char_boundary(at)");
        let mut tail = Self::new();
        for (to, from) in tail.data.iter_mut().zip(bytes.iter().skip(at)) {
            *to = *from;
        }
        tail.len = length::prefix(bytes.len() - at);
        self.edit().set_end(at);
        tail
    }
}
