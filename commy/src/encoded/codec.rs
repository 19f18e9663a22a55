//! What a codec is: how values become bytes, and bytes values.

use core::error::Error;

use super::error::{DecodeError, EncodeError};

/// A way to turn values into bytes, named in the schema of every file that uses it.
///
/// The codecs of this crate stand behind features; a program can bring its own.
///
/// # Examples
///
/// A codec for any type that is written and parsed as text:
///
/// ```
/// use core::fmt::{Display, Write as _};
/// use core::str::FromStr;
///
/// use commy::Encoded;
/// use commy::encoded::{Codec, Decode, DecodeError, Encode, EncodeError, Sink};
///
/// struct Text;
///
/// #[derive(Debug, PartialEq, thiserror::Error)]
/// #[error("not the text of a value")]
/// struct TextError;
///
/// impl Codec for Text {
///     const ID: [u8; 4] = *b"text";
///     const NAME: &'static str = "text";
///     type Error = TextError;
/// }
///
/// impl<T: Display + ?Sized> Encode<T> for Text {
///     fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<TextError>> {
///         let mut sink = Sink::new(place);
///         write!(sink, "{value}").map_err(|_| EncodeError::Codec(TextError))?;
///         sink.finish() // tells how much was needed when it was too much
///     }
/// }
///
/// impl<T: FromStr> Decode<'_, T> for Text {
///     fn decode(bytes: &[u8]) -> Result<T, DecodeError<TextError>> {
///         let text = core::str::from_utf8(bytes).map_err(|_| DecodeError::Malformed(TextError))?;
///         text.parse().map_err(|_| DecodeError::Malformed(TextError))
///     }
/// }
///
/// let mut address = Encoded::<core::net::IpAddr, Text, 45>::try_new(&"::1".parse()?)?;
/// assert_eq!(address.as_bytes(), b"::1");
/// assert!(address.decode()?.is_loopback());
///
/// address.set(&"127.0.0.1".parse()?)?;
/// assert_eq!(address.as_bytes(), b"127.0.0.1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a codec",
    label = "not a codec",
    note = "codecs are `commy::encoded::Postcard`, `Json`, `MessagePack`, `Cbor`, `Wincode` and `Rkyv`, each behind its feature, and what implements `commy::encoded::Codec`"
)]
pub trait Codec: 'static {
    /// What expansions ask, so that what is no codec is reported once.
    #[doc(hidden)]
    const IS_CODEC: bool = true;

    /// The mark that stands before the bytes; four letters, not all of them zero.
    const ID: [u8; 4];

    /// The name of the format in the schema, and so part of the fingerprint.
    ///
    /// It changes when the bytes change.
    const NAME: &'static str;

    /// What goes wrong in the codec itself.
    type Error: Error + Send + Sync + 'static;
}

/// A codec that turns values of type `T` into bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot encode `{T}`",
    label = "not encodable by `{Self}`",
    note = "codecs based on serde need `#[derive(serde::Serialize, serde::Deserialize)]` on the type; rkyv and wincode have derives of their own"
)]
pub trait Encode<T: ?Sized>: Codec {
    /// What expansions ask, so that a type that does not fit is reported once.
    #[doc(hidden)]
    const FITS: bool = true;

    /// Writes `value` to the start of `place` and returns how many bytes it took.
    ///
    /// What is in `place` after an error is not used.
    ///
    /// # Errors
    ///
    /// - [`EncodeError::Full`]: `place` is too small.
    /// - [`EncodeError::Codec`]: the format cannot express the value.
    fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<Self::Error>>;
}

/// A codec that turns bytes into values of type `T`, which may borrow from them.
///
/// The bytes come from a file: they may be anything, and whatever they are, an implementation
/// returns in bounded time with a value or an error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot decode `{T}`",
    label = "not decodable by `{Self}`",
    note = "codecs based on serde need `#[derive(serde::Serialize, serde::Deserialize)]` on the type; rkyv and wincode have derives of their own"
)]
pub trait Decode<'de, T>: Codec {
    /// Reads a value from `bytes`, which hold it and nothing else.
    ///
    /// # Errors
    ///
    /// See [`DecodeError`].
    fn decode(bytes: &'de [u8]) -> Result<T, DecodeError<Self::Error>>;
}

/// A codec whose bytes can be used in place, once they were checked.
pub trait Access<T: ?Sized>: Codec {
    /// The form in which a value lies in the bytes.
    type Archived: ?Sized;

    /// Checks `bytes`, which begin at a multiple of 16, and returns the value in them.
    ///
    /// # Errors
    ///
    /// See [`DecodeError`].
    fn access(bytes: &[u8]) -> Result<&Self::Archived, DecodeError<Self::Error>>;
}
