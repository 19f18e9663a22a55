//! Why bytes from a file are no value of their type.

use core::fmt;

/// Bytes from a file that are no valid value, with the place and the reason.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{InvalidReason, Mappable};
///
/// let invalid = <[bool; 4]>::check(&[0, 1, 7, 0]).unwrap_err();
/// assert_eq!(invalid.offset, 2);
/// assert_eq!(invalid.to_string(), "byte 2: 7 is not a bool (0 or 1)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invalid {
    /// The byte offset of the bad value from the start of the checked bytes.
    pub offset: usize,
    /// What was found there.
    pub reason: InvalidReason,
}

crate::__debug_in_words!(struct Invalid { offset, reason });

impl Invalid {
    /// Says what is wrong with the value at byte `offset`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{Invalid, InvalidReason};
    ///
    /// let invalid = Invalid::new(3, InvalidReason::Bool { found: 2 });
    /// assert_eq!(invalid.shifted(40).to_string(), "byte 43: 2 is not a bool (0 or 1)");
    /// ```
    #[must_use]
    pub const fn new(offset: usize, reason: InvalidReason) -> Self {
        Self { offset, reason }
    }

    /// The same fault, seen from a value that begins `by` bytes earlier.
    #[must_use]
    pub const fn shifted(self, by: usize) -> Self {
        Self { offset: self.offset.saturating_add(by), reason: self.reason }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.reason)
    }
}

impl core::error::Error for Invalid {}

/// What made bytes no valid value of their type.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{FixedString, InvalidReason, Mappable};
///
/// let long = [9, 0, 0, 0, 0, 0, 0, 0, b'a', b'b'];
/// let reason = FixedString::<2>::check(&long).unwrap_err().reason;
/// assert_eq!(reason, InvalidReason::Length { found: 9, capacity: 2 });
/// assert_eq!(reason.to_string(), "length 9 is above the capacity of 2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidReason {
    /// A `bool` byte other than 0 and 1.
    Bool {
        /// The byte.
        found: u8,
    },
    /// A `char` that is a surrogate or above U+10FFFF.
    Char {
        /// The four bytes as a number.
        found: u32,
    },
    /// An enum number that no variant has.
    Variant {
        /// The number.
        found: i128,
    },
    /// A length above the capacity.
    Length {
        /// The length that was found.
        found: u64,
        /// The capacity of the container.
        capacity: usize,
    },
    /// A deque whose first element is in no cell, or an empty one whose head is not 0.
    Head {
        /// The head that was found.
        found: u32,
        /// The capacity of the deque; 0 if it is empty.
        capacity: usize,
    },
    /// Text that is not UTF-8.
    Utf8 {
        /// How many bytes of the text are valid.
        valid_up_to: usize,
    },
    /// Bytes after the last element are not zero although not every pattern is a valid element.
    Tail,
    /// A key of a map or a set that is below the one before it.
    KeyOrder {
        /// The number of the key, counted from 0.
        index: usize,
    },
    /// A key of a map or a set that is equal to the one before it.
    KeyTwice {
        /// The number of the second of the two, counted from 0.
        index: usize,
    },
    /// An option tag other than 0 and 1.
    OptionTag {
        /// The tag that was found.
        found: u64,
    },
    /// A serialized value of another codec than the declared one.
    Codec {
        /// The id that was found.
        found: [u8; 4],
        /// The id of the declared codec.
        expected: [u8; 4],
    },
    /// The bytes end before the value does.
    Missing {
        /// The size of the value in bytes.
        size: usize,
    },
    /// No value of the program's type is stored like this.
    Unconverted {
        /// The type that the program converts it to.
        expected: &'static str,
    },
}

// It is part of the result of every read, and a larger one takes instructions where nothing is wrong.
const _: () = assert!(size_of::<InvalidReason>() <= 32);

impl fmt::Display for InvalidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool { found } => write!(f, "{found} is not a bool (0 or 1)"),
            Self::Char { found } => write!(f, "{found:#x} is not a char"),
            Self::Variant { found } => write!(f, "no variant has the number {found}"),
            Self::Length { found, capacity } => {
                write!(f, "length {found} is above the capacity of {capacity}")
            }
            Self::Head { found, capacity: 0 } => {
                write!(f, "head {found} of an empty deque is not 0")
            }
            Self::Head { found, capacity } => {
                write!(f, "head {found} is not below the capacity of {capacity}")
            }
            Self::Utf8 { valid_up_to } => write!(f, "not UTF-8 after {valid_up_to} bytes"),
            Self::Tail => write!(f, "the bytes after the last element are not zero"),
            Self::KeyOrder { index } => {
                write!(f, "key {index} is below the one before it, and keys have to ascend")
            }
            Self::KeyTwice { index } => {
                write!(f, "key {index} is the same as the one before it, and keys have to differ")
            }
            Self::OptionTag { found } => write!(f, "{found} is not an option tag (0 or 1)"),
            Self::Codec { found, expected } => {
                let (found, expected) = (found.escape_ascii(), expected.escape_ascii());
                write!(f, "serialized by codec `{found}`, not `{expected}`")
            }
            Self::Missing { size } => write!(f, "the bytes end inside a value of {size} bytes"),
            Self::Unconverted { expected } => {
                write!(f, "what is stored converts to no `{expected}`")
            }
        }
    }
}
