//! Why bytes or UTF-16 did not become a string.

use core::fmt;
use core::str::Utf8Error;

use crate::capacity::CapacityError;

/// Bytes are no text, or more text than fits; from [`FixedString::from_utf8`](crate::FixedString::from_utf8).
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::string::FromUtf8Error;
/// use commy::{CapacityError, FixedString};
///
/// let refused = FixedString::<4>::from_utf8(b"a\xff").unwrap_err();
/// assert!(matches!(refused, FromUtf8Error::Utf8(error) if error.valid_up_to() == 1));
/// let refused = FixedString::<4>::from_utf8(b"hello").unwrap_err();
/// assert_eq!(refused, CapacityError { needed: 5, capacity: 4 }.into());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FromUtf8Error {
    /// The bytes are not UTF-8.
    Utf8(Utf8Error),
    /// The bytes are UTF-8, but too many.
    Capacity(CapacityError),
}

crate::__debug_in_words! {
    enum FromUtf8Error {
        Utf8(inner),
        Capacity(inner),
    }
}

impl fmt::Display for FromUtf8Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf8(error) => fmt::Display::fmt(error, f),
            Self::Capacity(error) => fmt::Display::fmt(error, f),
        }
    }
}

// No `source`: the text above is that of the inner error already.
impl core::error::Error for FromUtf8Error {}

impl From<Utf8Error> for FromUtf8Error {
    fn from(error: Utf8Error) -> Self {
        Self::Utf8(error)
    }
}

impl From<CapacityError> for FromUtf8Error {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}

/// What should be UTF-16 is not, or is more text than fits; from
/// [`FixedString::from_utf16`](crate::FixedString::from_utf16).
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::string::FromUtf16Error;
/// use commy::{CapacityError, FixedString};
///
/// let refused = FixedString::<4>::from_utf16(&[0x61, 0xdc00]).unwrap_err();
/// assert_eq!(refused, FromUtf16Error::Unpaired { surrogate: 0xdc00, at: 1 });
/// assert_eq!(refused.to_string(), "unpaired surrogate 0xdc00 at index 1");
/// let refused = FixedString::<4>::from_utf16(&[0x61; 5]).unwrap_err();
/// assert_eq!(refused, CapacityError { needed: 5, capacity: 4 }.into());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FromUtf16Error {
    /// Half of a pair without the other half.
    Unpaired {
        /// The half that is there.
        surrogate: u16,
        /// Where it is.
        at: usize,
    },
    /// It is UTF-16, but of too many bytes as UTF-8.
    Capacity(CapacityError),
}

crate::__debug_in_words! {
    enum FromUtf16Error {
        Unpaired { surrogate, at },
        Capacity(inner),
    }
}

impl fmt::Display for FromUtf16Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpaired { surrogate, at } => {
                write!(f, "unpaired surrogate {surrogate:#06x} at index {at}")
            }
            Self::Capacity(error) => fmt::Display::fmt(error, f),
        }
    }
}

// No `source`: the text above is that of the inner error already.
impl core::error::Error for FromUtf16Error {}

impl From<CapacityError> for FromUtf16Error {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}
