//! Why one try of a read gave nothing.

use commy_types::{Invalid, InvalidReason};

use crate::error::{ReadError, WriteError};

/// Why one try of a read gave nothing. What is wrong with the bytes means something only if they
/// are of the generation that was asked for, which whoever made the try finds out.
#[doc(hidden)]
#[derive(Debug)]
pub struct Fault(pub(crate) Box<Cause>);

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The bytes are of a later generation.
    Gone,
    /// So much is wanted that it is not tried without a pin.
    WantsPin,
    /// A word is none that a writer stores.
    Corrupt(Corruption),
    /// The bytes of a value are none of its type.
    Invalid(Invalid),
    /// The same, of this field: its name, or the way to it in a nested struct.
    InvalidField(Box<str>, InvalidReason),
    /// The bytes of a serialized value are none for its codec.
    Undecodable(Undecodable),
    /// The value takes more memory than the reader permits.
    TooLarge { needed: u64, max: u64 },
    /// Something else than the bytes.
    Read(ReadError),
}

/// Bytes that a codec does not take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    /// The name of the field, or the way to it; empty before that is known.
    pub(crate) field: Box<str>,
    pub(crate) codec: &'static str,
    /// Where its cell is, as that of a [`Corruption`].
    pub(crate) offset: u64,
    /// What the codec says.
    pub(crate) reason: Box<str>,
}

/// A word that no writer stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Corruption {
    /// What it is for.
    pub(crate) what: &'static str,
    pub(crate) found: u64,
    pub(crate) expected: Box<str>,
    /// Where it is in the file, in bytes; in the root, in bytes from its start.
    pub(crate) offset: u64,
    /// The name of the field that leads there, or the way; empty before that is known.
    pub(crate) field: Box<str>,
}

impl Fault {
    /// The bytes are of a later generation.
    #[cold]
    pub(crate) fn gone() -> Self {
        Self(Box::new(Cause::Gone))
    }

    /// A word is none that a writer stores.
    #[cold]
    pub(crate) fn corrupt(
        what: &'static str,
        found: u64,
        expected: impl Into<Box<str>>,
        offset: u64,
    ) -> Self {
        let (expected, field) = (expected.into(), Box::default());
        Self(Box::new(Cause::Corrupt(Corruption { what, found, expected, offset, field })))
    }

    /// The bytes of a value are none of its type.
    #[cold]
    pub(crate) fn invalid(invalid: Invalid) -> Self {
        Self(Box::new(Cause::Invalid(invalid)))
    }

    /// The bytes of a text are no text.
    #[cold]
    pub(crate) fn no_text(valid_up_to: usize) -> Self {
        Self::invalid(Invalid::new(0, InvalidReason::Utf8 { valid_up_to }))
    }

    /// The bytes of a serialized value are none for its codec.
    #[cold]
    pub(crate) fn undecodable(codec: &'static str, offset: u64, reason: Box<str>) -> Self {
        let undecodable = Undecodable { field: Box::default(), codec, offset, reason };
        Self(Box::new(Cause::Undecodable(undecodable)))
    }

    #[cold]
    pub(crate) fn too_large(needed: u64, max: u64) -> Self {
        Self(Box::new(Cause::TooLarge { needed, max }))
    }

    #[cold]
    pub(crate) fn wants_pin() -> Self {
        Self(Box::new(Cause::WantsPin))
    }

    /// Whether it says nothing of the bytes: they are to be read again.
    #[cfg(feature = "dynamic")]
    pub(crate) fn is_for_the_reader(&self) -> bool {
        matches!(*self.0, Cause::Gone | Cause::WantsPin | Cause::Read(_))
    }

    /// The same of a field of the root, or of a struct.
    #[cold]
    pub(crate) fn in_field(self, name: &str) -> Self {
        // `quotes[17].bid`
        let way = |inner: &str| match inner.as_bytes().first() {
            None => name.into(),
            Some(b'[') => format!("{name}{inner}").into(),
            Some(_) => format!("{name}.{inner}").into(),
        };
        Self(Box::new(match *self.0 {
            Cause::Invalid(invalid) => Cause::InvalidField(name.into(), invalid.reason),
            Cause::InvalidField(inner, reason) => Cause::InvalidField(way(&inner), reason),
            Cause::Undecodable(undecodable) => {
                let field = way(&undecodable.field);
                Cause::Undecodable(Undecodable { field, ..undecodable })
            }
            Cause::Corrupt(corruption) => {
                let field = way(&corruption.field);
                Cause::Corrupt(Corruption { field, ..corruption })
            }
            cause => cause,
        }))
    }

    /// The same of an element of a list, or an entry of a map, as it is counted when all are visited.
    #[cold]
    pub(crate) fn in_element(self, index: u64) -> Self {
        self.in_field(&format!("[{index}]"))
    }
}

/// The same result, whose fault names the field that was loaded.
///
/// # Errors
///
/// Those of `loaded`.
#[doc(hidden)]
#[inline]
pub fn in_field<T>(name: &'static str, loaded: Result<T, Fault>) -> Result<T, Fault> {
    loaded.map_err(|fault| fault.in_field(name))
}

/// The same result, whose error names the field that was read, unless it names one already.
///
/// # Errors
///
/// Those of `read`.
#[doc(hidden)]
#[inline]
pub fn of_field<T>(name: &'static str, read: Result<T, ReadError>) -> Result<T, ReadError> {
    read.map_err(|error| error_of_field(name, error))
}

#[cold]
fn error_of_field(name: &'static str, error: ReadError) -> ReadError {
    match error {
        ReadError::Invalid { field, reason } if field.is_empty() => {
            ReadError::Invalid { field: name.into(), reason }
        }
        ReadError::Undecodable { field, codec, offset, reason } if field.is_empty() => {
            ReadError::Undecodable { field: name.into(), codec, offset, reason }
        }
        error => error,
    }
}

impl From<ReadError> for Fault {
    #[cold]
    fn from(error: ReadError) -> Self {
        Self(Box::new(Cause::Read(error)))
    }
}

impl From<Fault> for WriteError {
    #[cold]
    fn from(fault: Fault) -> Self {
        ReadError::from(fault).into()
    }
}

impl From<Fault> for ReadError {
    #[cold]
    fn from(fault: Fault) -> Self {
        match *fault.0 {
            // Who asks for a pin gets one, or has asked for none.
            Cause::Gone | Cause::WantsPin => Self::Overtaken,
            Cause::Corrupt(Corruption { what, found, expected, offset, field }) => {
                let expected = match field.is_empty() {
                    true => expected,
                    false => format!("{expected}, in field `{field}`").into(),
                };
                Self::Corrupt { what, found, expected, offset }
            }
            Cause::Invalid(Invalid { reason, .. }) => {
                Self::Invalid { field: String::new(), reason }
            }
            Cause::InvalidField(field, reason) => Self::Invalid { field: field.into(), reason },
            Cause::Undecodable(Undecodable { field, codec, offset, reason }) => {
                Self::Undecodable { field, codec, offset, reason }
            }
            Cause::TooLarge { needed, max } => Self::TooLarge { needed, max },
            Cause::Read(error) => error,
        }
    }
}
