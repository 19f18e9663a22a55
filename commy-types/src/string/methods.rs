//! The methods of [`FixedString`] that make it and look at it.
//!
//! Each is one call into [`text`] or [`text_mut`], which know no capacity, so that a program with many
//! capacities has their code once.

use core::str::Utf8Error;

use super::{FixedString, FromUtf8Error, FromUtf16Error, text, text_mut};
use crate::capacity::CapacityError;
use crate::length;
use crate::vec::FixedVec;

impl<const N: usize> FixedString<N> {
    /// The most bytes of text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedString::<64>::CAPACITY, 64);
    /// ```
    pub const CAPACITY: usize = N;

    /// Makes an empty string.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.clear();
    /// assert_eq!(text, FixedString::<8>::new());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { len: [0; 8], data: [0; N] }
    }

    /// Makes a string of a text that is known to fit; a literal that does not fit is an
    /// error of the compiler in a `const` or `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// const UNIT: FixedString<4> = FixedString::literal("degC");
    /// assert_eq!(UNIT, "degC");
    /// ```
    ///
    /// ```compile_fail,E0080
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// const UNIT: FixedString<4> = FixedString::literal("kelvin");
    /// ```
    ///
    /// # Panics
    ///
    /// At run time, when `text` is longer than the capacity; use `try_from` there.
    #[inline]
    #[must_use]
    #[track_caller]
    pub const fn literal(text: &str) -> Self {
        let mut string = Self::new();
        text::fill(&mut string.data, text);
        string.len = length::prefix(text.len());
        string
    }

    /// Makes a string of as many whole characters of `text` as fit.
    ///
    /// This is the only method that cuts text off.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// let cut = FixedString::<5>::from_str_truncated("Größe");
    /// assert_eq!(cut, "Grö"); // `ß` needs the bytes 4 and 5
    /// ```
    #[inline]
    #[must_use]
    pub fn from_str_truncated(text: &str) -> Self {
        let end = text.floor_char_boundary(N);
        let mut string = Self::new();
        let fits = string.assign_str(text.get(..end).unwrap_or_default());
        debug_assert!(fits.is_ok(), "a boundary at or below the capacity");
        string
    }

    /// Makes a string of bytes, if they are UTF-8 and fit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// assert_eq!(FixedString::<8>::from_utf8(b"abc")?, "abc");
    /// assert!(FixedString::<8>::from_utf8(b"\xff").is_err());
    /// # Ok::<(), commy::string::FromUtf8Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Utf8`](FromUtf8Error::Utf8) with the place of the first bad byte,
    /// [`Capacity`](FromUtf8Error::Capacity) when the text is too long.
    #[inline]
    pub fn from_utf8(bytes: &[u8]) -> Result<Self, FromUtf8Error> {
        Ok(Self::try_from(core::str::from_utf8(bytes)?)?)
    }

    /// Makes a string of bytes, with `U+FFFD` in place of what is not UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// let text = FixedString::<8>::from_utf8_lossy(b"a\xffb")?;
    /// assert_eq!(text, "a\u{fffd}b");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the text is too long, replacements
    /// included (three bytes each).
    pub fn from_utf8_lossy(bytes: &[u8]) -> Result<Self, CapacityError> {
        let mut string = Self::new();
        text_mut::push_lossy(&mut string.edit(), bytes)?;
        Ok(string)
    }

    /// Makes a string of UTF-16, if it is valid and fits.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// use commy::string::FromUtf16Error;
    ///
    /// let name: Vec<u16> = "Zürich".encode_utf16().collect();
    /// assert_eq!(FixedString::<8>::from_utf16(&name)?, "Zürich");
    /// assert!(FixedString::<6>::from_utf16(&name).is_err()); // seven bytes as UTF-8
    /// # Ok::<(), FromUtf16Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unpaired`](FromUtf16Error::Unpaired) with the first half of a pair that has no other half,
    /// [`Capacity`](FromUtf16Error::Capacity) when the text is too long.
    pub fn from_utf16(units: &[u16]) -> Result<Self, FromUtf16Error> {
        let mut string = Self::new();
        text_mut::push_utf16(&mut string.edit(), units)?;
        Ok(string)
    }

    /// Makes a string of UTF-16, with `U+FFFD` in place of what is not valid.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// let text = FixedString::<8>::from_utf16_lossy(&[0x61, 0xd800, 0x62])?;
    /// assert_eq!(text, "a\u{fffd}b");
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the text is too long, replacements included (three bytes each).
    pub fn from_utf16_lossy(units: &[u16]) -> Result<Self, CapacityError> {
        let mut string = Self::new();
        text_mut::push_utf16_lossy(&mut string.edit(), units)?;
        Ok(string)
    }

    /// Returns the most bytes of text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.capacity(), 16);
    /// ```
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Returns the number of bytes in use.
    ///
    /// They are all text, unless the value was cast from bytes that are not UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.len(), 7); // `ü` has two bytes
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        length::used(&self.len, N)
    }

    /// Returns whether no byte is in use.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert!(!text.is_empty());
    /// text.clear();
    /// assert!(text.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether there is no room for another byte.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert!(text.push_str(" (ZH, CH)").is_ok()); // 7 + 9 bytes
    /// assert!(text.is_full());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Returns how many more bytes of text fit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.remaining_capacity(), 9);
    /// ```
    #[inline]
    #[must_use]
    pub const fn remaining_capacity(&self) -> usize {
        N - self.len()
    }

    /// Returns the text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.as_str(), "Zürich");
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_str(&self) -> &str {
        text::text(&self.len, &self.data)
    }

    /// Returns the text, or where the used bytes stop being text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    ///
    /// let mut bytes = [0u8; 12];
    /// bytes[0] = 4; // the length
    /// bytes[8..].copy_from_slice(b"ab\xffd");
    /// let cast: FixedString<4> = bytemuck::cast(bytes);
    /// assert_eq!(cast.as_str(), "ab");
    /// assert_eq!(cast.try_as_str().unwrap_err().valid_up_to(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Utf8Error`] when the bytes up to the length, which counts as
    /// the capacity if it is above, are not UTF-8.
    #[inline]
    pub const fn try_as_str(&self) -> Result<&str, Utf8Error> {
        text::try_text(&self.len, &self.data)
    }

    /// Returns the bytes of the text.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(&text.as_bytes()[..3], b"Z\xc3\xbc");
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }

    /// Returns the bytes of the text as a vector.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.into_bytes(), "Zürich".as_bytes());
    /// ```
    #[inline]
    #[must_use]
    pub const fn into_bytes(self) -> FixedVec<u8, N> {
        FixedVec::literal(self.as_bytes())
    }

    /// Returns the text as a string on the heap.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let text = commy::FixedString::<16>::literal("Zürich");
    /// assert_eq!(text.into_string(), String::from("Zürich"));
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[must_use]
    pub fn into_string(self) -> alloc::string::String {
        self.as_str().into()
    }

    /// Returns the text as a boxed `str`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let text = commy::FixedString::<16>::literal("Zürich");
    /// assert_eq!(&*text.into_boxed_str(), "Zürich");
    /// ```
    #[cfg(feature = "alloc")]
    #[inline]
    #[must_use]
    pub fn into_boxed_str(self) -> alloc::boxed::Box<str> {
        self.as_str().into()
    }

    /// Returns the text for changes that keep its length.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// let mut text = FixedString::<16>::literal("Zürich");
    /// text.as_mut_str().make_ascii_uppercase();
    /// assert_eq!(text, "ZüRICH");
    /// ```
    #[inline]
    #[must_use]
    pub fn as_mut_str(&mut self) -> &mut str {
        text::text_mut(&self.len, &mut self.data)
    }

    #[inline]
    pub(super) const fn used_bytes(&self) -> &[u8] {
        text::used_bytes(&self.len, &self.data)
    }

    #[inline]
    pub(super) fn edit(&mut self) -> text_mut::TextMut<'_> {
        text_mut::TextMut { len: &mut self.len, data: &mut self.data }
    }

    #[cfg(feature = "zeroize")]
    pub(crate) fn parts_mut(&mut self) -> (&mut length::Prefix, &mut [u8]) {
        (&mut self.len, &mut self.data)
    }

    #[inline]
    pub(super) fn assign_str(&mut self, text: &str) -> Result<(), CapacityError> {
        self.edit().assign(text)
    }
}
