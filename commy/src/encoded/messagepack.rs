//! The codec MessagePack: compact bytes that many languages read.

use serde::{Deserialize, Serialize};

use super::{Codec, Decode, DecodeError, Encode, EncodeError, Encoded, Sink, guard};

/// MessagePack as [`rmp_serde`](https://docs.rs/rmp-serde) 1 writes it: structs are arrays of their
/// fields, without names.
///
/// # Examples
///
/// ```
/// use commy::encoded::{Encoded, MessagePack};
///
/// let pair = Encoded::<(u8, String), MessagePack, 32>::try_new(&(7, "hi".to_owned()))?;
/// assert_eq!(pair.as_bytes(), [0x92, 7, 0xa2, b'h', b'i']);
/// assert_eq!(pair.decode()?, (7, "hi".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct MessagePack;

/// A value in a compact form that many languages read: [`MessagePack`].
///
/// # Examples
///
/// ```
/// let list = commy::encoded::MessagePackData::<[u8], 16>::try_new(&[1, 2])?;
/// assert_eq!(list.decode_as::<Vec<u8>>()?, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type MessagePackData<T, const N: usize> = Encoded<T, MessagePack, N>;

/// What went wrong in [`MessagePack`].
///
/// # Examples
///
/// ```
/// use commy::encoded::{DecodeError, MessagePackData};
///
/// let mut list = MessagePackData::<Vec<u8>, 16>::new();
/// list.set_bytes(b"\xc3")?; // true
/// assert!(matches!(list.decode(), Err(DecodeError::Malformed(_))));
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MessagePackError(Fault);

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Encode(rmp_serde::encode::Error),
    #[error(transparent)]
    Decode(rmp_serde::decode::Error),
}

impl Codec for MessagePack {
    const ID: [u8; 4] = *b"msgp";
    const NAME: &'static str = "messagepack";
    type Error = MessagePackError;
}

impl<T: Serialize + ?Sized> Encode<T> for MessagePack {
    #[inline]
    fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<MessagePackError>> {
        let mut sink = Sink::new(place);
        rmp_serde::encode::write(&mut sink, value)
            .map_err(|error| EncodeError::Codec(MessagePackError(Fault::Encode(error))))?;
        sink.finish()
    }
}

impl<'de, T: Deserialize<'de>> Decode<'de, T> for MessagePack {
    #[inline]
    fn decode(bytes: &'de [u8]) -> Result<T, DecodeError<MessagePackError>> {
        let mut format = rmp_serde::Deserializer::from_read_ref(bytes);
        let malformed = |error| MessagePackError(Fault::Decode(error));
        let value = guard::deserialize(bytes.len(), &mut format, malformed)?;
        // The format does not tell where it is, but at the end there is no more marker.
        match bool::deserialize(&mut format) {
            Err(rmp_serde::decode::Error::InvalidMarkerRead(_)) => Ok(value),
            _ => Err(DecodeError::Trailing),
        }
    }
}
