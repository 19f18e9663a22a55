//! Why bytes did not become a string.

use core::fmt;
use core::str::Utf8Error;

use crate::capacity::CapacityError;

/// Bytes are no text, or more text than fits; from `from_utf8` of a string type.
///
/// # Examples
///
/// ```
/// use commy_types::string::FromUtf8Error;
/// use commy_types::{CapacityError, FixedString};
///
/// let refused = FixedString::<4>::from_utf8(b"a\xff").unwrap_err();
/// assert!(matches!(refused, FromUtf8Error::Utf8(error) if error.valid_up_to() == 1));
/// let refused = FixedString::<4>::from_utf8(b"hello").unwrap_err();
/// assert_eq!(refused, CapacityError { needed: 5, capacity: 4 }.into());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FromUtf8Error {
    /// The bytes are not UTF-8.
    Utf8(Utf8Error),
    /// The bytes are UTF-8, but too many.
    Capacity(CapacityError),
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
