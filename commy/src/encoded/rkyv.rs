//! The codec rkyv: bytes that are used in place.
//!
//! rkyv's validator has a depth limit of its own, which is set. It sees the layout of a sequence
//! and not its length. A sequence of things without bytes has the layout of an empty one, so these
//! are not counted.

use core::error::Error;
use core::num::NonZeroUsize;

use rkyv::api::high::{HighDeserializer, HighSerializer, HighValidator};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor;
use rkyv::ser::allocator::ArenaHandle;
use rkyv::ser::{Positional, Writer};
use rkyv::util::AlignedVec;
use rkyv::validation::Validator;
use rkyv::validation::archive::ArchiveValidator;
use rkyv::validation::shared::SharedValidator;
use rkyv::{Archive, Deserialize, Portable, Serialize};

use super::{Access, Codec, Decode, DecodeError, Encode, EncodeError, Sink};

/// How many pointers may lead from one to the next in the bytes.
const MAX_DEPTH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(127);

/// The format of [`rkyv`](https://docs.rs/rkyv) 0.8: values as they lie in memory, with relative
/// pointers.
///
/// In an [`EncodedAligned`](super::EncodedAligned), a value can be used without deserialization,
/// after a check of the bytes: [`access`](super::Encoded::access). In an
/// [`Encoded`](super::Encoded), it can be decoded, by way of an aligned copy.
///
/// Types need rkyv's derives `Archive`, `Serialize` and `Deserialize`. rkyv's features (byte order,
/// alignment, width of pointers) change the bytes; they must be the same in all programs.
///
/// A sequence of things that take no bytes is no more than their number, and any number passes the
/// check: four billion of them in eight hostile bytes, which cost time, and memory if the values
/// that they are deserialized to are larger (as those of a struct all of whose fields have
/// `#[rkyv(with = Skip)]`). Keep such types out of sequences.
///
/// # Examples
///
/// ```
/// use commy::encoded::{EncodedAligned, Rkyv, SchemaName};
///
/// #[derive(rkyv::Archive, rkyv::Serialize, rkyv::Deserialize, SchemaName)]
/// struct Route {
///     name: String,
///     stops: Vec<u32>,
/// }
///
/// let route = Route { name: "ring".to_owned(), stops: vec![4, 8] };
/// let encoded = EncodedAligned::<Route, Rkyv, 64>::try_new(&route)?;
/// let archived = encoded.access()?;
/// assert_eq!(archived.name, "ring");
/// assert_eq!(archived.stops[1], 8);
/// assert_eq!(encoded.decode()?.stops, [4, 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Rkyv;

/// What went wrong in [`Rkyv`].
///
/// # Examples
///
/// ```
/// use commy::encoded::{DecodeError, EncodedAligned, Rkyv};
///
/// let mut text = EncodedAligned::<String, Rkyv, 16>::new();
/// text.set_bytes(&[0x81; 16])?;
/// assert!(matches!(text.access(), Err(DecodeError::Malformed(_))));
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RkyvError(rancor::BoxedError);

impl Codec for Rkyv {
    const ID: [u8; 4] = *b"rkyv";
    const NAME: &'static str = "rkyv-0.8";
    type Error = RkyvError;
}

impl<T> Encode<T> for Rkyv
where
    T: for<'a, 'b> Serialize<HighSerializer<Output<'b>, ArenaHandle<'a>, rancor::BoxedError>>,
{
    #[inline]
    fn encode(value: &T, place: &mut [u8]) -> Result<usize, EncodeError<RkyvError>> {
        let output = Output(Sink::new(place));
        let written = rkyv::api::high::to_bytes_in(value, output);
        written.map_err(|error| EncodeError::Codec(RkyvError(error)))?.0.finish()
    }
}

impl<T> Decode<'_, T> for Rkyv
where
    T: Archive,
    T::Archived: for<'a> CheckBytes<HighValidator<'a, rancor::BoxedError>>
        + Deserialize<T, HighDeserializer<rancor::BoxedError>>,
{
    #[inline]
    fn decode(bytes: &[u8]) -> Result<T, DecodeError<RkyvError>> {
        let aligned;
        let mut bytes = bytes;
        if !bytes.as_ptr().addr().is_multiple_of(ALIGNMENT) {
            let mut copy = AlignedVec::<ALIGNMENT>::with_capacity(bytes.len());
            copy.extend_from_slice(bytes);
            aligned = copy;
            bytes = &aligned;
        }
        rkyv::deserialize(check::<T::Archived>(bytes)?).map_err(malformed)
    }
}

impl<T> Access<T> for Rkyv
where
    T: Archive,
    T::Archived: for<'a> CheckBytes<HighValidator<'a, rancor::BoxedError>>,
{
    type Archived = T::Archived;

    #[inline]
    fn access(bytes: &[u8]) -> Result<&T::Archived, DecodeError<RkyvError>> {
        check(bytes)
    }
}

/// What rkyv asks of the start of the bytes, for types of any usual alignment.
const ALIGNMENT: usize = 16;

/// The value in `bytes`, which begin at a multiple of [`ALIGNMENT`], after a check of all of it.
fn check<A>(bytes: &[u8]) -> Result<&A, DecodeError<RkyvError>>
where
    A: Portable + for<'a> CheckBytes<HighValidator<'a, rancor::BoxedError>>,
{
    let archive = ArchiveValidator::with_max_depth(bytes, Some(MAX_DEPTH));
    let mut validator = Validator::new(archive, SharedValidator::new());
    rkyv::api::access_with_context::<A, _, rancor::BoxedError>(bytes, &mut validator)
        .map_err(malformed)
}

#[cold]
fn malformed(error: rancor::BoxedError) -> DecodeError<RkyvError> {
    DecodeError::Malformed(RkyvError(error))
}

/// A sink as rkyv writes to it.
#[derive(Debug)]
pub struct Output<'a>(Sink<'a>);

impl Positional for Output<'_> {
    #[inline]
    fn pos(&self) -> usize {
        self.0.position()
    }
}

impl<E: Error> Writer<E> for Output<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.0.put(bytes);
        Ok(())
    }
}
