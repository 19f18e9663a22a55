//! The codec CBOR: an internet standard that many languages read.

use core::convert::Infallible;

use cbor4ii::core::dec::{Read as _, Reference};
use cbor4ii::core::utils::SliceReader;
use cbor4ii::serde::{Deserializer, Serializer};
use serde::{Deserialize, Serialize};

use super::{Codec, Decode, DecodeError, Encode, EncodeError, Encoded, Sink, guard};

/// CBOR (RFC 8949) as [`cbor4ii`](https://docs.rs/cbor4ii) 1 writes it: structs are maps with the
/// names of their fields.
///
/// # Examples
///
/// ```
/// use commy::encoded::{Cbor, Encoded};
///
/// let pair = Encoded::<(u8, String), Cbor, 32>::try_new(&(7, "hi".to_owned()))?;
/// assert_eq!(pair.as_bytes(), [0x82, 7, 0x62, b'h', b'i']);
/// assert_eq!(pair.decode()?, (7, "hi".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Cbor;

/// A value in a standard form: [`Cbor`].
///
/// # Examples
///
/// ```
/// let list = commy::encoded::CborData::<[u8], 16>::try_new(&[1, 2])?;
/// assert_eq!(list.decode_as::<Vec<u8>>()?, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type CborData<T, const N: usize> = Encoded<T, Cbor, N>;

/// What went wrong in [`Cbor`].
///
/// # Examples
///
/// ```
/// use commy::encoded::{CborData, DecodeError};
///
/// let mut list = CborData::<Vec<u8>, 16>::new();
/// list.set_bytes(b"\xf5")?; // true
/// assert!(matches!(list.decode(), Err(DecodeError::Malformed(_))));
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CborError(Fault);

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Encode(cbor4ii::serde::EncodeError<Infallible>),
    #[error(transparent)]
    Decode(cbor4ii::serde::DecodeError<Infallible>),
}

impl Codec for Cbor {
    const ID: [u8; 4] = *b"cbor";
    const NAME: &'static str = "cbor";
    type Error = CborError;
}

impl<T: Serialize + ?Sized> Encode<T> for Cbor {
    #[inline]
    fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<CborError>> {
        let mut format = Serializer::new(Output(Sink::new(place)));
        value
            .serialize(&mut format)
            .map_err(|error| EncodeError::Codec(CborError(Fault::Encode(error))))?;
        format.into_inner().0.finish()
    }
}

impl<'de, T: Deserialize<'de>> Decode<'de, T> for Cbor {
    #[inline]
    fn decode(bytes: &'de [u8]) -> Result<T, DecodeError<CborError>> {
        let mut format = Deserializer::new(SliceReader::new(bytes));
        let malformed = |error| CborError(Fault::Decode(error));
        let value = guard::deserialize(bytes.len(), &mut format, malformed)?;
        let mut rest = format.into_inner();
        let Ok(Reference::Long(rest) | Reference::Short(rest)) = rest.fill(bytes.len());
        if rest.is_empty() { Ok(value) } else { Err(DecodeError::Trailing) }
    }
}

/// A sink as cbor4ii writes to it.
struct Output<'a>(Sink<'a>);

impl cbor4ii::core::enc::Write for Output<'_> {
    type Error = Infallible;

    #[inline]
    fn push(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.put(bytes);
        Ok(())
    }
}
