//! Why a value was not serialized, or bytes not turned into a value.

use core::error::Error;
use core::fmt;

/// Why a value was not stored; the field is as it was.
///
/// # Examples
///
/// ```
/// use commy::encoded::{EncodeError, Sink};
///
/// let mut place = [0; 4];
/// let mut sink = Sink::new(&mut place);
/// sink.put(b"hello");
/// let refused = sink.finish::<std::fmt::Error>().unwrap_err();
/// assert!(matches!(refused, EncodeError::Full { needed: 5, capacity: 4, .. }));
/// assert_eq!(refused.to_string(), "5 bytes do not fit in a capacity of 4");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError<E> {
    /// The value takes more bytes than the field has.
    #[non_exhaustive]
    Full {
        /// How many bytes the value takes.
        needed: usize,
        /// How many bytes there are.
        capacity: usize,
    },
    /// The format cannot express the value, or its `Serialize` refused.
    Codec(E),
}

// In words, as of the other errors. Of what a codec says only this much can be asked here.
impl<E: fmt::Debug> fmt::Debug for EncodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return match self {
                Self::Codec(error) => write!(f, "{self}: {error:?}"),
                _ => write!(f, "{self}"),
            };
        }
        match self {
            Self::Full { needed, capacity } => {
                f.debug_struct("Full").field("needed", needed).field("capacity", capacity).finish()
            }
            Self::Codec(error) => f.debug_tuple("Codec").field(error).finish(),
        }
    }
}

impl<E> fmt::Display for EncodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { needed, capacity } => {
                write!(f, "{needed} bytes do not fit in a capacity of {capacity}")
            }
            Self::Codec(_) => f.write_str("the value cannot be encoded"),
        }
    }
}

impl<E: Error + 'static> Error for EncodeError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Codec(error) => Some(error),
            Self::Full { .. } => None,
        }
    }
}

/// Why bytes were not turned into a value.
///
/// # Examples
///
/// ```
/// use commy::encoded::DecodeError;
///
/// let error = DecodeError::<std::fmt::Error>::Empty;
/// assert_eq!(error.to_string(), "nothing is stored yet");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError<E> {
    /// Nothing was stored since the file was created.
    Empty,
    /// The stored length is above the capacity.
    #[non_exhaustive]
    Length {
        /// The length that was found.
        found: u32,
        /// The capacity of the field.
        capacity: usize,
    },
    /// The bytes were written by another codec.
    #[non_exhaustive]
    ForeignCodec {
        /// The id that was found.
        found: [u8; 4],
        /// The id of the declared codec.
        expected: [u8; 4],
    },
    /// The bytes are no value of the type.
    Malformed(E),
    /// Bytes are left after the value.
    Trailing,
    /// The value is nested more deeply than any that is accepted.
    TooDeep,
    /// Sequences declare more elements than the bytes can hold.
    TooManyElements,
}

// In words, as of the other errors. Of what a codec says only this much can be asked here.
impl<E: fmt::Debug> fmt::Debug for DecodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return match self {
                Self::Malformed(error) => write!(f, "{self}: {error:?}"),
                _ => write!(f, "{self}"),
            };
        }
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Length { found, capacity } => {
                f.debug_struct("Length").field("found", found).field("capacity", capacity).finish()
            }
            Self::ForeignCodec { found, expected } => f
                .debug_struct("ForeignCodec")
                .field("found", found)
                .field("expected", expected)
                .finish(),
            Self::Malformed(error) => f.debug_tuple("Malformed").field(error).finish(),
            Self::Trailing => f.write_str("Trailing"),
            Self::TooDeep => f.write_str("TooDeep"),
            Self::TooManyElements => f.write_str("TooManyElements"),
        }
    }
}

impl<E> fmt::Display for DecodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing is stored yet"),
            Self::Length { found, capacity } => {
                write!(f, "length {found} is above the capacity of {capacity}")
            }
            Self::ForeignCodec { found, expected } => {
                let (found, expected) = (found.escape_ascii(), expected.escape_ascii());
                write!(f, "serialized by codec `{found}`, not `{expected}`")
            }
            Self::Malformed(_) => f.write_str("the bytes are no value of the type"),
            Self::Trailing => f.write_str("bytes are left after the value"),
            Self::TooDeep => f.write_str("the value is nested too deeply"),
            Self::TooManyElements => {
                f.write_str("a sequence declares more elements than its bytes can hold")
            }
        }
    }
}

impl<E: Error + 'static> Error for DecodeError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Malformed(error) => Some(error),
            _ => None,
        }
    }
}
