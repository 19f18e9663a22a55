//! What a [`FixedString`] is made of and what it becomes.

use core::fmt;
use core::str::FromStr;

use super::FixedString;
use crate::capacity::CapacityError;

/// Conversion from a kind of text, which `$as_str` borrows.
macro_rules! text {
    ($from:ty, |$text:ident| $as_str:expr) => {
        impl<const N: usize> TryFrom<$from> for FixedString<N> {
            type Error = CapacityError;

            #[inline]
            fn try_from($text: $from) -> Result<Self, CapacityError> {
                Self::from_str($as_str)
            }
        }
    };
}

/// Collecting of a kind of piece, as `String` collects it.
macro_rules! pieces {
    ($piece:ty) => {
        /// Panics when the pieces do not fit; `try_extend` returns an error instead.
        #[allow(single_use_lifetimes, reason = "not every kind of piece borrows")]
        impl<'a, const N: usize> Extend<$piece> for FixedString<N> {
            #[track_caller]
            fn extend<I: IntoIterator<Item = $piece>>(&mut self, pieces: I) {
                if let Err(error) = self.try_extend(pieces) {
                    panic!("{error}");
                }
            }
        }

        /// Panics when the pieces do not fit; `try_from_iter` returns an error instead.
        #[allow(single_use_lifetimes, reason = "not every kind of piece borrows")]
        impl<'a, const N: usize> FromIterator<$piece> for FixedString<N> {
            #[track_caller]
            fn from_iter<I: IntoIterator<Item = $piece>>(pieces: I) -> Self {
                match Self::try_from_iter(pieces) {
                    Ok(string) => string,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
}

impl<const N: usize> FromStr for FixedString<N> {
    type Err = CapacityError;

    #[inline]
    fn from_str(text: &str) -> Result<Self, CapacityError> {
        let mut string = Self::new();
        string.assign_str(text)?;
        Ok(string)
    }
}

text!(&str, |text| text);
text!(&mut str, |text| text);
#[cfg(feature = "alloc")]
text!(alloc::string::String, |text| &text);
#[cfg(feature = "alloc")]
text!(&alloc::string::String, |text| text);
#[cfg(feature = "alloc")]
text!(alloc::boxed::Box<str>, |text| &text);
#[cfg(feature = "alloc")]
text!(alloc::borrow::Cow<'_, str>, |text| &text);

impl<const N: usize> TryFrom<char> for FixedString<N> {
    type Error = CapacityError;

    #[inline]
    fn try_from(ch: char) -> Result<Self, CapacityError> {
        ch.encode_utf8(&mut [0; 4]).parse()
    }
}

/// Formats into a string without a heap.
impl<const N: usize> TryFrom<fmt::Arguments<'_>> for FixedString<N> {
    type Error = CapacityError;

    fn try_from(arguments: fmt::Arguments<'_>) -> Result<Self, Self::Error> {
        let mut string = Self::new();
        string.push_formatted(arguments)?;
        Ok(string)
    }
}

#[cfg(feature = "alloc")]
impl<const N: usize> From<FixedString<N>> for alloc::string::String {
    #[inline]
    fn from(string: FixedString<N>) -> Self {
        string.as_str().into()
    }
}

#[cfg(feature = "alloc")]
impl<const N: usize> From<&FixedString<N>> for alloc::string::String {
    #[inline]
    fn from(string: &FixedString<N>) -> Self {
        string.as_str().into()
    }
}

#[cfg(feature = "alloc")]
impl<const N: usize> From<FixedString<N>> for alloc::boxed::Box<str> {
    #[inline]
    fn from(string: FixedString<N>) -> Self {
        string.as_str().into()
    }
}

#[cfg(feature = "alloc")]
impl<'a, const N: usize> From<&'a FixedString<N>> for alloc::borrow::Cow<'a, str> {
    #[inline]
    fn from(string: &'a FixedString<N>) -> Self {
        alloc::borrow::Cow::Borrowed(string.as_str())
    }
}

pieces!(char);
pieces!(&'a char);
pieces!(&'a str);
#[cfg(feature = "alloc")]
pieces!(alloc::string::String);
#[cfg(feature = "alloc")]
pieces!(alloc::boxed::Box<str>);
#[cfg(feature = "alloc")]
pieces!(alloc::borrow::Cow<'a, str>);
