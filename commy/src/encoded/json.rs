//! The codec JSON: text that people and every language read.

use serde::{Deserialize, Serialize};

use super::{Codec, Decode, DecodeError, Encode, EncodeError, Encoded, Sink, guard};

/// JSON as [`serde_json`](https://docs.rs/serde_json) 1 writes it, without spaces.
///
/// Numbers come back exactly as they were, but JSON has no infinity and no NaN: a field takes them
/// as `null`, which is no number, so that each decode fails until another value is set. Where they
/// may come up, `Option<f64>` is `None` for them, and other codecs keep them. Map keys must be text
/// or numbers.
///
/// # Examples
///
/// ```
/// use commy::encoded::{Encoded, Json};
///
/// let point = Encoded::<(f64, Option<bool>), Json, 32>::try_new(&(0.5, None))?;
/// assert_eq!(point.as_bytes(), b"[0.5,null]");
/// assert_eq!(point.decode()?, (0.5, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Json;

/// A value as text: [`Json`].
///
/// # Examples
///
/// ```
/// let text = commy::encoded::JsonData::<str, 16>::try_new("hi")?;
/// assert_eq!(text.as_bytes(), b"\"hi\"");
/// assert_eq!(text.decode_as::<&str>()?, "hi");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type JsonData<T, const N: usize> = Encoded<T, Json, N>;

/// What went wrong in [`Json`].
///
/// # Examples
///
/// ```
/// use commy::encoded::{EncodeError, JsonData};
///
/// let key = std::collections::BTreeMap::from([((1, 2), 3)]);
/// let refused = JsonData::<_, 64>::try_new(&key).unwrap_err();
/// assert!(matches!(&refused, EncodeError::Codec(error) if error.to_string() == "key must be a string"));
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct JsonError(serde_json::Error);

impl Codec for Json {
    const ID: [u8; 4] = *b"json";
    const NAME: &'static str = "json";
    type Error = JsonError;
}

impl<T: Serialize + ?Sized> Encode<T> for Json {
    #[inline]
    fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<JsonError>> {
        let mut sink = Sink::new(place);
        serde_json::to_writer(&mut sink, value)
            .map_err(|error| EncodeError::Codec(JsonError(error)))?;
        sink.finish()
    }
}

impl<'de, T: Deserialize<'de>> Decode<'de, T> for Json {
    #[inline]
    fn decode(bytes: &'de [u8]) -> Result<T, DecodeError<JsonError>> {
        let mut format = serde_json::Deserializer::from_slice(bytes);
        let value = guard::deserialize(bytes.len(), &mut format, JsonError)?;
        // Spaces at the end are no fault, so it is for the format to say what is left.
        format.end().map_err(|error| DecodeError::Malformed(JsonError(error)))?;
        Ok(value)
    }
}
