//! What lets a codec store values of any length, in fields of growable records.

use core::error::Error;
use core::fmt::Write as _;
use core::marker::PhantomData;

use commy_types::schema::TypeName;

use super::{Codec, Decode, DecodeError, Encode, EncodeError, scratch};
use crate::error::WriteError;
use crate::growable::parts::Coding;

/// A codec that decodes into values which borrow nothing.
#[doc(hidden)]
pub trait DecodeOwned<T>: for<'de> Decode<'de, T> {
    const FITS: bool = true;
}

impl<T, C: for<'de> Decode<'de, T>> DecodeOwned<T> for C {}

/// A type of which a new record has a value.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Default`, which a serialized field of a growable record needs",
    label = "no value for a record in which it was never set",
    note = "add `#[derive(Default)]` to `{Self}`, or use `Option<{Self}>`, which is `None` then"
)]
pub trait Unset {
    const FITS: bool = true;

    fn unset() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Unset for T {
    fn unset() -> Self {
        Self::default()
    }
}

/// The name of a field's type in the schema.
#[doc(hidden)]
pub trait CodedName: 'static {
    const NAME: &'static TypeName;
}

/// A codec, and the name of the type that it serializes.
#[doc(hidden)]
#[derive(Debug)]
pub struct CodedBy<C, N>(PhantomData<fn() -> (C, N)>);

impl<T, C, N> Coding<T> for CodedBy<C, N>
where
    T: Unset + 'static,
    C: Encode<T> + DecodeOwned<T>,
    N: CodedName,
{
    const CODEC: &'static str = C::NAME;
    const NAME: &'static TypeName = N::NAME;
    const MARK: [u8; 4] = C::ID;

    fn encode<R>(value: &T, take: impl FnOnce(&[u8]) -> R) -> Result<R, WriteError> {
        let fill = |place: &mut [u8]| {
            let Some((mark, place)) = place.split_first_chunk_mut() else {
                return Err(EncodeError::Full { needed: C::ID.len(), capacity: place.len() });
            };
            *mark = C::ID;
            match C::encode(value, place) {
                Ok(len) => Ok(len.saturating_add(C::ID.len())),
                Err(EncodeError::Full { needed, capacity }) => {
                    Err(EncodeError::Full { needed: needed.saturating_add(C::ID.len()), capacity })
                }
                Err(error) => Err(error),
            }
        };
        scratch::of_any_length(fill, take).map_err(unencodable::<T, C>)
    }

    fn decode(bytes: &[u8]) -> Result<T, Box<str>> {
        C::decode(bytes).map_err(|error: DecodeError<C::Error>| words(&error))
    }

    fn unset() -> T {
        T::unset()
    }
}

#[cold]
fn unencodable<T, C: Codec>(error: EncodeError<C::Error>) -> WriteError {
    let (type_name, codec) = (core::any::type_name::<T>(), C::NAME);
    match error {
        EncodeError::Full { needed, capacity } => {
            WriteError::TooLong { len: needed as u64, max: capacity as u64 }
        }
        EncodeError::Codec(error) => {
            WriteError::Unencodable { type_name, codec, reason: words(&error) }
        }
    }
}

/// What an error says, and those that it comes from.
#[cold]
fn words(error: &dyn Error) -> Box<str> {
    let mut words = error.to_string();
    let mut last = words.clone();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        // Transparent ones say the same again.
        if next != last {
            // A `String` takes everything.
            let _ = write!(words, ": {next}");
        }
        last = next;
        source = error.source();
    }
    words.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Same);

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Same(#[from] core::fmt::Error);

    #[test]
    fn an_error_is_told_with_its_sources_each_once() {
        let inner = core::fmt::Error.to_string();
        assert_eq!(*words(&Outer(Same(core::fmt::Error))), *format!("outer: {inner}"));
        assert_eq!(*words(&DecodeError::<Same>::Trailing), *"bytes are left after the value");
        let malformed = DecodeError::Malformed(Same(core::fmt::Error));
        assert_eq!(*words(&malformed), *format!("the bytes are no value of the type: {inner}"));
    }
}
