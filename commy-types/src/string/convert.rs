//! What a [`FixedString`] is made of and what it becomes.

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, boxed::Box, rc::Rc, string::String, vec::Vec};
#[cfg(feature = "alloc")]
use core::error::Error;
use core::fmt;
use core::str::FromStr;

use super::{FixedString, FromUtf8Error};
use crate::capacity::CapacityError;
use crate::vec::FixedVec;

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

/// Conversion into what owns a text on the heap.
#[cfg(feature = "alloc")]
macro_rules! owned {
    ($into:ty) => {
        impl<const N: usize> From<FixedString<N>> for $into {
            #[inline]
            fn from(string: FixedString<N>) -> Self {
                string.as_str().into()
            }
        }
    };
}

/// Collecting of a kind of piece, as `String` collects it.
macro_rules! pieces {
    ($piece:ty $(, const $len:ident)?) => {
        /// Panics when the pieces do not fit; `try_extend` returns an error instead.
        #[allow(single_use_lifetimes, reason = "not every kind of piece borrows")]
        impl<'a, const N: usize $(, const $len: usize)?> Extend<$piece> for FixedString<N> {
            #[track_caller]
            fn extend<I: IntoIterator<Item = $piece>>(&mut self, pieces: I) {
                if let Err(error) = self.try_extend(pieces) {
                    panic!("{error}");
                }
            }
        }

        /// Panics when the pieces do not fit; `try_from_iter` returns an error instead.
        #[allow(single_use_lifetimes, reason = "not every kind of piece borrows")]
        impl<'a, const N: usize $(, const $len: usize)?> FromIterator<$piece> for FixedString<N> {
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
text!(String, |text| &text);
#[cfg(feature = "alloc")]
text!(&String, |text| text);
#[cfg(feature = "alloc")]
text!(Box<str>, |text| &text);
#[cfg(feature = "alloc")]
text!(Rc<str>, |text| &text);
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
text!(alloc::sync::Arc<str>, |text| &text);
#[cfg(feature = "alloc")]
text!(Cow<'_, str>, |text| &text);

/// Conversion from a kind of text of the system, which `$as_os_str` borrows and which may be no
/// UTF-8.
#[cfg(feature = "std")]
macro_rules! os_text {
    ($from:ty, |$text:ident| $as_os_str:expr) => {
        impl<const N: usize> TryFrom<$from> for FixedString<N> {
            type Error = FromUtf8Error;

            #[inline]
            fn try_from($text: $from) -> Result<Self, FromUtf8Error> {
                let text: &str = $as_os_str.try_into()?;
                Ok(Self::from_str(text)?)
            }
        }
    };
}

#[cfg(feature = "std")]
os_text!(&std::ffi::OsStr, |text| text);
#[cfg(feature = "std")]
os_text!(std::ffi::OsString, |text| text.as_os_str());
#[cfg(feature = "std")]
os_text!(&std::path::Path, |path| path.as_os_str());
#[cfg(feature = "std")]
os_text!(std::path::PathBuf, |path| path.as_os_str());

impl<const N: usize> TryFrom<char> for FixedString<N> {
    type Error = CapacityError;

    #[inline]
    fn try_from(ch: char) -> Result<Self, CapacityError> {
        ch.encode_utf8(&mut [0; 4]).parse()
    }
}

impl<const M: usize, const N: usize> TryFrom<FixedVec<u8, M>> for FixedString<N> {
    type Error = FromUtf8Error;

    #[inline]
    fn try_from(bytes: FixedVec<u8, M>) -> Result<Self, FromUtf8Error> {
        Self::from_utf8(&bytes)
    }
}

#[cfg(feature = "alloc")]
impl<const N: usize> TryFrom<Vec<u8>> for FixedString<N> {
    type Error = FromUtf8Error;

    #[inline]
    fn try_from(bytes: Vec<u8>) -> Result<Self, FromUtf8Error> {
        Self::from_utf8(&bytes)
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
owned!(String);
#[cfg(feature = "alloc")]
owned!(Box<str>);
#[cfg(feature = "alloc")]
owned!(Rc<str>);
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
owned!(alloc::sync::Arc<str>);
#[cfg(feature = "alloc")]
owned!(Vec<u8>);
#[cfg(feature = "alloc")]
owned!(Box<dyn Error>);
#[cfg(feature = "alloc")]
owned!(Box<dyn Error + Send + Sync>);
#[cfg(feature = "std")]
owned!(std::path::PathBuf);
#[cfg(feature = "std")]
owned!(std::ffi::OsString);

#[cfg(feature = "alloc")]
impl<const N: usize> From<&FixedString<N>> for String {
    #[inline]
    fn from(string: &FixedString<N>) -> Self {
        string.as_str().into()
    }
}

#[cfg(feature = "alloc")]
impl<const N: usize> From<FixedString<N>> for Cow<'_, str> {
    #[inline]
    fn from(string: FixedString<N>) -> Self {
        Cow::Owned(string.into_string())
    }
}

#[cfg(feature = "alloc")]
impl<'a, const N: usize> From<&'a FixedString<N>> for Cow<'a, str> {
    #[inline]
    fn from(string: &'a FixedString<N>) -> Self {
        Cow::Borrowed(string.as_str())
    }
}

impl<const N: usize> From<FixedString<N>> for FixedVec<u8, N> {
    #[inline]
    fn from(string: FixedString<N>) -> Self {
        string.into_bytes()
    }
}

pieces!(char);
pieces!(&'a char);
pieces!(&'a str);
pieces!(FixedString<M>, const M);
pieces!(&'a FixedString<M>, const M);
#[cfg(feature = "alloc")]
pieces!(String);
#[cfg(feature = "alloc")]
pieces!(Box<str>);
#[cfg(feature = "alloc")]
pieces!(Cow<'a, str>);

/// Collecting of commy's strings by a kind of string on the heap.
#[cfg(feature = "alloc")]
macro_rules! collected_by {
    ($string:ty) => {
        impl<const N: usize> FromIterator<FixedString<N>> for $string {
            fn from_iter<I: IntoIterator<Item = FixedString<N>>>(pieces: I) -> Self {
                let mut string = String::new();
                string.extend(pieces);
                string.into()
            }
        }
    };
}

#[cfg(feature = "alloc")]
collected_by!(String);
#[cfg(feature = "alloc")]
collected_by!(Box<str>);
#[cfg(feature = "alloc")]
collected_by!(Cow<'_, str>);

#[cfg(feature = "alloc")]
impl<const N: usize> Extend<FixedString<N>> for String {
    fn extend<I: IntoIterator<Item = FixedString<N>>>(&mut self, pieces: I) {
        for piece in pieces {
            self.push_str(&piece);
        }
    }
}
