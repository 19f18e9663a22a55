//! Serialized values inside a record: any type in up to `N` bytes, through a codec of your choice.
//!
//! [`Encoded<T, C, N>`](Encoded) is a field that holds a `T` as the codec `C` writes it, in at most
//! `N` bytes. `T` may have a `String`, a `Vec`, a `HashMap` or an enum with data in it. What that
//! costs is a serialization with each set and a deserialization with each read, so it is for the
//! parts of a record where convenience counts; numbers and short texts are better off in fields
//! and fixed types.
//!
//! | codec | feature | for |
//! |---|---|---|
//! | `Postcard` | `postcard` (in `codecs`) | Rust programs; the smallest bytes |
//! | `Json` | `json` | people and every language |
//! | `MessagePack` | `messagepack` | other languages, in fewer bytes |
//! | `Cbor` | `cbor` | other languages, as an internet standard (RFC 8949) |
//! | `Wincode` | `wincode` | Rust programs; the bytes of bincode 1 |
//! | `Rkyv` | `rkyv` | Rust programs; use in place, without deserialization |
//!
//! [`Codec`] shows how to write another one.
//!
//! # Examples
//!
#![cfg_attr(feature = "postcard", doc = "```")]
#![cfg_attr(not(feature = "postcard"), doc = "```ignore")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::collections::HashMap;
//!
//! use commy::encoded::{Encoded, Postcard, SchemaName};
//! use commy::{create_reader, create_writer};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, SchemaName)]
//! struct GameState {
//!     level: String,
//!     scores: HashMap<String, u32>,
//! }
//!
//! #[create_writer(filename = "game.bin")]
//! #[create_reader(filename = "game.bin")]
//! struct Game {
//!     state: Encoded<GameState, Postcard, 4096>,
//!     player: u64,
//! }
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("game.bin");
//! let mut writer = GameWriter::create_at(&path)?;
//! let scores = HashMap::from([("ada".to_owned(), 3)]);
//! writer.set_state(&GameState { level: "cave".to_owned(), scores })?;
//!
//! let reader = GameReader::open_at(&path)?;
//! let state = reader.state()?.decode()?;
//! assert_eq!(state.level, "cave");
//! assert_eq!(state.scores["ada"], 3);
//! # Ok(())
//! # }
//! ```
//!
//! # Any length
//!
//! In a record that grows, a field need not say how long it may become: `#[commy(encoded = Postcard)]`
//! on it names the codec, and the field has the type itself. A getter returns the decoded value, a
//! setter takes a reference to one, `x_mut()` has `load`, `assign` and `update`. One that was never set
//! is the `Default` of its type.
//!
#![cfg_attr(feature = "json", doc = "```")]
#![cfg_attr(not(feature = "json"), doc = "```ignore")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::collections::HashMap;
//!
//! use commy::encoded::Json;
//! use commy::{create_reader, create_writer};
//!
//! #[create_writer(filename = "desk.bin", growable)]
//! #[create_reader(filename = "desk.bin", growable)]
//! struct Desk {
//!     #[commy(encoded = Json)]
//!     limits: HashMap<String, (u32, Option<f64>)>,
//! }
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("desk.bin");
//! let mut desk = DeskWriter::create_at(&path)?;
//! desk.set_limits(&HashMap::from([("EUR".to_owned(), (5, Some(0.5)))]))?;
//! desk.limits_mut().update(|limits| limits.insert("USD".to_owned(), (7, None)))?;
//! let reader = DeskReader::open_at(&path)?;
//! assert_eq!(reader.limits()?["EUR"], (5, Some(0.5)));
//! # Ok(())
//! # }
//! ```
//!
//! # Texts and slices
//!
//! What a setter takes is a reference to the declared type: `&String` for an
//! `Encoded<String, C, N>`. Declared as `str` or as a slice, a field is set without a `String` or a
//! `Vec`, and decoded as any type of the same encoded form, one that borrows among them:
//!
#![cfg_attr(feature = "postcard", doc = "```")]
#![cfg_attr(not(feature = "postcard"), doc = "```ignore")]
//! use commy::encoded::{Encoded, Postcard};
//!
//! let mut name = Encoded::<str, Postcard, 64>::new();
//! name.set("ada")?;
//! assert_eq!(name.decode_as::<&str>()?, "ada"); // in the field's bytes, without allocation
//! assert_eq!(name.decode_as::<String>()?, "ada");
//!
//! let bytes = Encoded::<[u8], Postcard, 64>::try_new(&[1, 2])?;
//! assert_eq!(bytes.decode_as::<&[u8]>()?, [1, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In the other formats of serde, bytes are another kind of value than a list of numbers, which is
//! what a `Vec<u8>` or `[u8]` is to serde. There, `&[u8]` decodes what was serialized as bytes
//! (`serialize_bytes`), with `Json` what was a text.
//!
//! # Hostile bytes
//!
//! Whoever may write the file may put anything into it. The length and the codec's id are checked
//! by the reader, like every other field; the bytes are looked at by [`Encoded::decode`], on the
//! reader's private copy. There, a value nested more deeply than 128 levels is refused (with
//! `Wincode`: one that takes more than 256 KiB of stack; with `Rkyv`: 128 levels of pointers), and
//! so are sequences that have more elements, all of them together, than there are bytes, before
//! memory is taken for these. Things that take no bytes, such as the elements of a `Vec<()>`, may
//! be 1024 more.
//!
//! `Rkyv` does not count elements that take no bytes: eight bytes may stand for four billion of
//! them. Keep such types (`()`, structs without fields, structs all of whose fields are skipped)
//! out of sequences that it decodes. All other elements must be there, each in its own place.
//!
//! These limits hold for decoding only: a value beyond them can be set, but not read.

mod codec;
mod coding;
mod alignment;
mod error;
mod sink;
mod scratch;
mod mapped;
mod traits;
mod schema_name;
#[cfg(any(feature = "postcard", feature = "json", feature = "messagepack", feature = "cbor"))]
mod guard;
#[cfg(feature = "postcard")]
mod postcard;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "messagepack")]
mod messagepack;
#[cfg(feature = "cbor")]
mod cbor;
#[cfg(feature = "wincode")]
mod wincode;
#[cfg(feature = "rkyv")]
mod rkyv;

use core::marker::PhantomData;

use commy_types::CapacityError;

pub use self::alignment::{Align1, Align16, Alignment};
#[cfg(feature = "cbor")]
pub use self::cbor::{Cbor, CborData, CborError};
pub use self::codec::{Access, Codec, Decode, Encode};
#[doc(hidden)]
pub use self::coding::{CodedBy, CodedName, DecodeOwned, Unset};
pub use self::error::{DecodeError, EncodeError};
#[cfg(feature = "json")]
pub use self::json::{Json, JsonData, JsonError};
#[cfg(feature = "messagepack")]
pub use self::messagepack::{MessagePack, MessagePackData, MessagePackError};
#[cfg(feature = "postcard")]
pub use self::postcard::{BinaryData, Postcard, PostcardError};
#[cfg(feature = "rkyv")]
pub use self::rkyv::{Rkyv, RkyvError};
pub use self::schema_name::SchemaName;
#[doc(hidden)]
pub use self::schema_name::{NameOf, NoName};
pub use self::sink::Sink;
#[cfg(feature = "wincode")]
pub use self::wincode::{Wincode, WincodeConfig, WincodeError};
#[doc(inline)]
pub use commy_macros::SchemaName;
#[doc(inline)]
pub use commy_types::schema::TypeName;

/// How many more elements than bytes a value may have. Elements without bytes (`()`) cost the file
/// nothing, but the reader time.
#[cfg(any(
    feature = "postcard",
    feature = "json",
    feature = "messagepack",
    feature = "cbor",
    feature = "wincode"
))]
const ELEMENTS_WITHOUT_BYTES: usize = 1024;

/// A value of type `T` in at most `N` bytes, as the codec `C` writes it.
///
/// In a record that grows, a field with [`#[commy(encoded = ..)]`](self#any-length) takes any length.
///
/// It is `Copy` and keeps everything in place; only [`decode`](Self::decode) may allocate, as `T`
/// needs. Until something is stored it is empty, and decoding it is an error.
///
/// `T` is named in the schema by [`SchemaName`] and `C` by [`Codec::NAME`], so two programs that
/// declare different ones do not open each other's files. The fields of `T` are not part of the
/// schema: what a change of them means is up to the codec.
///
/// The layout is part of the file format:
///
/// ```text
/// 0                4                8                                    8 + N
/// ├─ len: u32, LE ─┼─ codec: id ────┼─ bytes ──────────────┬─────────────┤
///                                     len of them          │ unused, zero
/// ```
///
/// Any bytes are a valid value: a length above `N` counts as `N`, and bytes of another codec
/// count as none.
///
/// # Examples
///
#[cfg_attr(feature = "json", doc = "```")]
#[cfg_attr(not(feature = "json"), doc = "```ignore")]
/// use commy::encoded::{EncodeError, Encoded, Json};
///
/// let mut list = Encoded::<Vec<String>, Json, 16>::try_new(&vec!["a".to_owned()])?;
/// assert_eq!(list.as_bytes(), b"[\"a\"]");
///
/// let full = list.set(&vec!["a longer text".to_owned()]).unwrap_err();
/// assert!(matches!(full, EncodeError::Full { needed: 17, capacity: 16, .. }));
/// assert_eq!(list.decode()?, ["a"]);
///
/// let borrowed: Vec<&str> = list.decode_as()?;
/// assert_eq!(borrowed, ["a"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct Encoded<T: ?Sized, C, const N: usize, A = Align1> {
    len: [u8; 4],
    codec: [u8; 4],
    place: [A; 0],
    bytes: [u8; N],
    codec_type: PhantomData<fn(*const C)>,
    value_type: PhantomData<fn(*const T)>,
}

const _: () = {
    assert!(size_of::<Encoded<str, (), 5>>() == 13);
    assert!(align_of::<Encoded<str, (), 5>>() == 1);
    assert!(core::mem::offset_of!(Encoded<str, (), 5>, bytes) == 8);
    assert!(align_of::<EncodedAligned<str, (), 5>>() == 16);
    assert!(core::mem::offset_of!(EncodedAligned<str, (), 5>, bytes) == 16);
};

/// The same with the bytes at a multiple of 16, so that a codec can use them in place.
pub type EncodedAligned<T, C, const N: usize> = Encoded<T, C, N, Align16>;

impl<T: ?Sized, C, const N: usize, A> Encoded<T, C, N, A> {
    /// The most bytes that a value can take.
    pub const CAPACITY: usize = {
        assert!(N as u64 <= u32::MAX as u64, "the length of an `Encoded` has four bytes");
        N
    };

    /// Holds nothing yet.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "json", doc = "```")]
    #[cfg_attr(not(feature = "json"), doc = "```ignore")]
    /// use commy::encoded::{Encoded, Json};
    ///
    /// let empty = Encoded::<String, Json, 64>::new();
    /// assert!(empty.is_empty());
    /// assert_eq!(empty.capacity(), 64);
    /// assert_eq!(Encoded::<String, Json, 64>::CAPACITY, 64);
    /// assert_eq!(size_of_val(&empty), 8 + 64);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        let _ = Self::CAPACITY;
        Self {
            len: [0; 4],
            codec: [0; 4],
            place: [],
            bytes: [0; N],
            codec_type: PhantomData,
            value_type: PhantomData,
        }
    }

    /// How many bytes the length says are in use, at most `N`.
    const fn used(&self) -> usize {
        let len = u32::from_le_bytes(self.len);
        if len as u64 > N as u64 { N } else { len as usize }
    }
}

impl<T: ?Sized, C: Codec, const N: usize, A> Encoded<T, C, N, A> {
    /// Holds `value`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn try_new(value: &T) -> Result<Self, EncodeError<C::Error>>
    where
        C: Encode<T>,
    {
        let mut encoded = Self::new();
        encoded.set(value)?;
        Ok(encoded)
    }

    /// Replaces what it holds by `value`.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Full`] if the value takes more than `N` bytes, [`EncodeError::Codec`] if the
    /// codec refuses it. Nothing is changed then.
    pub fn set(&mut self, value: &T) -> Result<(), EncodeError<C::Error>>
    where
        C: Encode<T>,
    {
        let encode = |place: &mut [u8]| {
            let len = C::encode(value, place)?;
            if len <= N { Ok(len) } else { Err(EncodeError::Full { needed: len, capacity: N }) }
        };
        scratch::with(N, encode, |bytes| self.store(bytes))
    }

    /// Replaces what it holds by a value that is encoded already.
    ///
    /// Whether it is one is not checked before it is decoded.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "json", doc = "```")]
    #[cfg_attr(not(feature = "json"), doc = "```ignore")]
    /// use commy::encoded::{Encoded, Json};
    ///
    /// let mut number = Encoded::<u32, Json, 4>::new();
    /// number.set_bytes(b"1234")?; // from another program, which writes JSON too
    /// assert_eq!(number.decode()?, 1234);
    /// assert!(number.set_bytes(b"12345").is_err());
    /// assert_eq!(number.len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if there are more than `N` bytes; nothing is changed then.
    pub fn set_bytes(&mut self, bytes: &[u8]) -> Result<(), CapacityError> {
        if bytes.len() > N {
            return Err(CapacityError { needed: bytes.len(), capacity: N });
        }
        self.store(bytes);
        Ok(())
    }

    /// Holds nothing again.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "json", doc = "```")]
    #[cfg_attr(not(feature = "json"), doc = "```ignore")]
    /// use commy::encoded::{DecodeError, Encoded, Json};
    ///
    /// let mut text = Encoded::<str, Json, 8>::try_new("hi")?;
    /// text.clear();
    /// assert!(text.is_empty());
    /// assert!(matches!(text.decode_as::<&str>(), Err(DecodeError::Empty)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&mut self) {
        self.store(&[]);
        self.codec = [0; 4];
    }

    /// The value, decoded.
    ///
    /// # Errors
    ///
    /// See [`DecodeError`]. The reader's getter has checked length and codec already.
    pub fn decode(&self) -> Result<T, DecodeError<C::Error>>
    where
        T: Sized,
        C: for<'de> Decode<'de, T>,
    {
        self.decode_as()
    }

    /// The value, decoded as a type of the same encoded form, which may borrow: `&str` for a
    /// `String`.
    ///
    /// # Errors
    ///
    /// See [`DecodeError`].
    pub fn decode_as<'de, D>(&'de self) -> Result<D, DecodeError<C::Error>>
    where
        C: Decode<'de, D>,
    {
        C::decode(self.stored()?)
    }

    /// The encoded value; nothing if there is none, or one of another codec.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        let bytes = self.bytes.get(..self.used()).unwrap_or_default();
        if self.codec == C::ID { bytes } else { &[] }
    }

    /// How many bytes the encoded value takes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Returns whether no value is stored, or one of another codec.
    ///
    /// A value that takes no bytes is a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codec != C::ID
    }

    /// The most bytes that a value can take.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The bytes of a value of this codec, or why there are none.
    fn stored(&self) -> Result<&[u8], DecodeError<C::Error>> {
        let found = u32::from_le_bytes(self.len);
        if self.codec == [0; 4] && found == 0 {
            return Err(DecodeError::Empty);
        }
        if self.codec != C::ID {
            return Err(DecodeError::ForeignCodec { found: self.codec, expected: C::ID });
        }
        match self.bytes.get(..self.used()) {
            Some(bytes) if bytes.len() as u64 == u64::from(found) => Ok(bytes),
            _ => Err(DecodeError::Length { found, capacity: N }),
        }
    }

    /// Makes `bytes`, at most `N`, the stored ones.
    fn store(&mut self, bytes: &[u8]) {
        const {
            // An empty field has zeros there, so no codec can.
            assert!(u32::from_ne_bytes(C::ID) != 0, "the id of a codec is not zero");
        }
        let old = self.used();
        let len = bytes.len().min(N);
        let (place, tail) = self.bytes.split_at_mut(len);
        place.copy_from_slice(bytes.get(..len).unwrap_or_default());
        if let Some(freed) = old.checked_sub(len).and_then(|count| tail.get_mut(..count)) {
            freed.fill(0);
        }
        // `CAPACITY` is asserted to fit.
        self.len = u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
        self.codec = C::ID;
    }
}

impl<T: ?Sized, C: Codec, const N: usize> EncodedAligned<T, C, N> {
    /// Checks the value and gives access to it in place, without decoding it.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "rkyv", doc = "```")]
    #[cfg_attr(not(feature = "rkyv"), doc = "```ignore")]
    /// use commy::encoded::{EncodedAligned, Rkyv};
    ///
    /// let names = vec!["ada".to_owned(), "grace".to_owned()];
    /// let encoded = EncodedAligned::<Vec<String>, Rkyv, 64>::try_new(&names)?;
    /// let archived = encoded.access()?;
    /// assert_eq!(archived[1], *"grace");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`DecodeError`].
    pub fn access(&self) -> Result<&C::Archived, DecodeError<C::Error>>
    where
        C: Access<T>,
    {
        C::access(self.stored()?)
    }
}
