//! The codec wincode: the bytes of bincode 1.

mod length;
mod reader;

use wincode::config::Configuration;
use wincode::{SchemaRead, SchemaWrite};

use self::length::{Declared, limit_elements};
use self::reader::{Shallow, is_too_deep};
use super::{Codec, Decode, DecodeError, Encode, EncodeError};

/// The format of [bincode 1](https://docs.rs/bincode/1) in its default configuration, through the
/// crate [`wincode`](https://docs.rs/wincode), which is maintained.
///
/// Types need wincode's derives `SchemaWrite` and `SchemaRead`, not serde's. Numbers have their
/// full width and lengths take eight bytes, so it is fast and large. The bytes say nothing about
/// their type: when its fields change, so must its [`SchemaName`](super::SchemaName).
///
/// A field with an attribute `#[wincode(with = ...)]` that names another length encoding is not
/// held to this module's limits on hostile lengths, but to those of that encoding.
///
/// # Examples
///
/// ```
/// use commy::encoded::{Encoded, Wincode};
///
/// let list = Encoded::<Vec<u16>, Wincode, 32>::try_new(&vec![1, 0x0203])?;
/// assert_eq!(list.as_bytes(), [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3, 2]);
/// assert_eq!(list.decode()?, [1, 0x0203]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Wincode;

/// The configuration under which [`Wincode`] reads and writes: wincode's own, with lengths that are
/// checked against the number of bytes that are there.
///
/// It is named in bounds by who writes wincode's traits by hand.
///
/// # Examples
///
/// ```
/// use commy::encoded::WincodeConfig;
/// use wincode::SchemaWrite;
///
/// fn size(text: &String) -> usize {
///     <String as SchemaWrite<WincodeConfig>>::size_of(text).unwrap()
/// }
///
/// assert_eq!(size(&"hi".to_owned()), 10);
/// ```
pub type WincodeConfig =
    Configuration<true, { wincode::config::PREALLOCATION_SIZE_LIMIT_DISABLED }, Declared>;

/// What went wrong in [`Wincode`].
///
/// # Examples
///
/// ```
/// use commy::encoded::{DecodeError, Encoded, Wincode};
///
/// let mut flag = Encoded::<bool, Wincode, 4>::new();
/// flag.set_bytes(&[2])?;
/// assert!(matches!(flag.decode(), Err(DecodeError::Malformed(_))));
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WincodeError(wincode::Error);

impl Codec for Wincode {
    const ID: [u8; 4] = *b"winc";
    const NAME: &'static str = "wincode";
    type Error = WincodeError;
}

impl<T: SchemaWrite<WincodeConfig, Src = T> + ?Sized> Encode<T> for Wincode {
    #[inline]
    fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<WincodeError>> {
        let refused = |error: wincode::WriteError| EncodeError::Codec(WincodeError(error.into()));
        let (needed, capacity) = (T::size_of(value).map_err(refused)?, place.len());
        let Some(place) = place.get_mut(..needed) else {
            return Err(EncodeError::Full { needed, capacity });
        };
        wincode::config::serialize_into(place, value, WincodeConfig::new()).map_err(refused)?;
        Ok(needed)
    }
}

impl<'de, T: SchemaRead<'de, WincodeConfig, Dst = T>> Decode<'de, T> for Wincode {
    #[inline]
    fn decode(bytes: &'de [u8]) -> Result<T, DecodeError<WincodeError>> {
        let _limit = limit_elements(bytes.len());
        let mut reader = Shallow::new(bytes);
        match T::get(&mut reader) {
            Ok(value) if reader.is_at_end() => Ok(value),
            Ok(_) => Err(DecodeError::Trailing),
            Err(error) => Err(undecodable(error)),
        }
    }
}

#[cold]
#[inline(never)]
fn undecodable(error: wincode::ReadError) -> DecodeError<WincodeError> {
    match error {
        error if is_too_deep(&error) => DecodeError::TooDeep,
        wincode::ReadError::PreallocationSizeLimit { .. } => DecodeError::TooManyElements,
        error => DecodeError::Malformed(WincodeError(error.into())),
    }
}
