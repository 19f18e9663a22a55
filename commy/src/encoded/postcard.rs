//! The codec postcard: small bytes that only Rust programs read.

use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

use super::{Codec, Decode, DecodeError, Encode, EncodeError, Encoded, Sink, guard};

/// The format of the crate [`postcard`](https://docs.rs/postcard) 1: numbers of variable length, no
/// field names.
///
/// The bytes say nothing about their type. When the fields of a type change, so must its
/// [`SchemaName`](super::SchemaName).
///
/// # Examples
///
/// ```
/// use commy::encoded::{Encoded, Postcard};
///
/// let pairs = Encoded::<Vec<(u32, char)>, Postcard, 32>::try_new(&vec![(300, 'x')])?;
/// assert_eq!(pairs.as_bytes(), [1, 0xac, 0x02, 1, b'x']);
/// assert_eq!(pairs.decode()?, [(300, 'x')]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Postcard;

/// A value in the smallest form: [`Postcard`].
///
/// # Examples
///
/// ```
/// let text = commy::encoded::BinaryData::<String, 16>::try_new(&"hi".to_owned())?;
/// assert_eq!(text.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type BinaryData<T, const N: usize> = Encoded<T, Postcard, N>;

/// What went wrong in [`Postcard`].
///
/// # Examples
///
/// ```
/// use commy::encoded::{BinaryData, DecodeError, PostcardError};
///
/// let mut flag = BinaryData::<bool, 4>::new();
/// flag.set_bytes(&[2])?;
/// let error: DecodeError<PostcardError> = flag.decode().unwrap_err();
/// assert!(matches!(error, DecodeError::Malformed(_)));
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct PostcardError(postcard::Error);

impl Codec for Postcard {
    const ID: [u8; 4] = *b"post";
    const NAME: &'static str = "postcard";
    type Error = PostcardError;
}

impl<T: Serialize + ?Sized> Encode<T> for Postcard {
    #[inline]
    fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<PostcardError>> {
        // postcard's own way into a slice is the quickest; only a value that does not fit is
        // serialized once more, to be counted.
        match postcard::to_slice(value, place) {
            Ok(written) => return Ok(written.len()),
            Err(postcard::Error::SerializeBufferFull) => {}
            Err(error) => return Err(EncodeError::Codec(PostcardError(error))),
        }
        let sink = postcard::serialize_with_flavor(value, Output(Sink::new(place)));
        sink.map_err(|error| EncodeError::Codec(PostcardError(error)))?.finish()
    }
}

impl<'de, T: Deserialize<'de>> Decode<'de, T> for Postcard {
    #[inline]
    fn decode(bytes: &'de [u8]) -> Result<T, DecodeError<PostcardError>> {
        let mut format = postcard::Deserializer::from_bytes(bytes);
        let value = guard::deserialize(bytes.len(), &mut format, PostcardError)?;
        let rest =
            format.finalize().map_err(|error| DecodeError::Malformed(PostcardError(error)))?;
        if rest.is_empty() { Ok(value) } else { Err(DecodeError::Trailing) }
    }
}

/// A sink as postcard writes to it.
struct Output<'a>(Sink<'a>);

impl<'a> Flavor for Output<'a> {
    type Output = Sink<'a>;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.put_byte(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.put(bytes);
        Ok(())
    }

    #[inline]
    fn finalize(self) -> postcard::Result<Sink<'a>> {
        Ok(self.0)
    }
}
