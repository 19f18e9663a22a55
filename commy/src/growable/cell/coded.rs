//! The cell of a field that a codec serializes.
//!
//! What is stored is the codec's mark, four bytes, then the value as the codec writes it: as bytes
//! of any length are. So a value that takes no bytes is another thing than none.

use core::fmt;
use core::marker::PhantomData;

use commy_types::schema::TypeName;
use commy_types::{Invalid, InvalidReason};

use super::converted::Ways;
use super::{ArrayCell, Cell, ConvertedMut, KeyHash, contiguous, set_held};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// How values become bytes, and bytes values. All of it may be the user's own code.
#[doc(hidden)]
pub trait Coding<T>: 'static {
    /// The name of the format in the schema.
    const CODEC: &'static str;
    /// The name of the type in the schema.
    const NAME: &'static TypeName;
    /// What stands before the value.
    const MARK: [u8; MARK];

    /// Calls `take` with the mark and the encoded value.
    ///
    /// # Errors
    ///
    /// `Unencodable`, `TooLong`.
    fn encode<R>(value: &T, take: impl FnOnce(&[u8]) -> R) -> Result<R, WriteError>;

    /// The value in these bytes, which are behind the mark.
    ///
    /// # Errors
    ///
    /// In words, what is wrong with them.
    fn decode(bytes: &[u8]) -> Result<T, Box<str>>;

    /// What a field is in which nothing was stored.
    fn unset() -> T;
}

/// The bytes of the mark of a codec.
pub(crate) const MARK: usize = 4;

/// The cell of a field with `#[commy(encoded = path)]`.
#[doc(hidden)]
pub struct Coded<T, P>(PhantomData<fn() -> (T, P)>);

impl<T, P> fmt::Debug for Coded<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Coded")
    }
}

impl<T: 'static, P: Coding<T>> Cell for Coded<T, P> {
    type Value = T;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = contiguous::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = Result<T, ReadError>;
    type Ref<'v> = T;
    type Mut<'t> = ConvertedMut<'t, T>;
    type Arg<'a> = &'a T;
    type Held<'a> = &'a T;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &T) -> &T {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Result<T, ReadError> {
        source.run(Part::of(at, Self::SIZE), |snap| Self::load(snap, at))
    }

    fn reference<'v>(_: &'v ViewCore<'v>, snap: &Snap<'_>, at: At) -> Result<T, Fault> {
        Self::load(snap, at)
    }

    fn change(cursor: Cursor<'_>) -> ConvertedMut<'_, T> {
        ConvertedMut::new(cursor, &const { Ways::of::<Self>() })
    }

    fn store(held: &&T, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        // Into memory of this process first: what fails half-way has stored nothing.
        P::encode(held, |bytes| contiguous::store(bytes, edit, cell))?
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<T, Fault> {
        let stored = contiguous::load(snap, at)?;
        // The codec may be the user's own code, and so may what it calls.
        snap.settle()?;
        if stored.is_empty() {
            return Ok(P::unset());
        }
        let Some((mark, bytes)) = stored.split_first_chunk() else {
            return Err(Fault::invalid(Invalid::new(0, InvalidReason::Missing { size: MARK })));
        };
        if *mark != P::MARK {
            let reason = InvalidReason::Codec { found: *mark, expected: P::MARK };
            return Err(Fault::invalid(Invalid::new(0, reason)));
        }
        P::decode(bytes).map_err(|reason| {
            let start = contiguous::start(snap, at).unwrap_or(at);
            Fault::undecodable(P::CODEC, start.plus(MARK).shown(), reason)
        })
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        contiguous::trace(snap, at, trace)
    }

    fn same(held: &&T, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        // What cannot be encoded is not stored, whatever is.
        P::encode(held, |bytes| is_stored::<T, P>(bytes, snap, at)).unwrap_or(Ok(false))
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        contiguous::verify(snap, at)?;
        Self::load(snap, at).map(drop)
    }

    fn describe(schema: &mut SchemaText) {
        schema.coded(P::CODEC, P::NAME);
    }

    fn reconcile(value: &T, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        cursor.whole(|mut cursor| {
            P::encode(value, |bytes| {
                let same = cursor.look(|snap, at| is_stored::<T, P>(bytes, snap, at));
                // What cannot be read is written anew: nothing else would repair it.
                if matches!(same, Ok(true)) {
                    return Ok(());
                }
                cursor.change(|edit, at| contiguous::replace(edit, at, bytes))
            })?
        })
    }

    fn set(mut cursor: Cursor<'_>, arg: &T) -> Result<(), WriteError> {
        // A codec that panics fails a transaction, as whatever else panics in an operation.
        cursor.whole(|mut cursor| set_held::<Self>(&mut cursor, &arg))
    }

    fn feed(held: &&T, hash: &mut KeyHash) {
        // What cannot be encoded is not stored either, which has the error.
        let _ = P::encode(held, |bytes| {
            hash.len(bytes.len());
            hash.bytes(bytes);
        });
    }
}

/// Whether these bytes are stored, or would be if what was never set were stored.
fn is_stored<T, P: Coding<T>>(bytes: &[u8], snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
    if contiguous::len(snap, at)? > 0 {
        return contiguous::same(bytes, snap, at);
    }
    snap.settle()?;
    Ok(P::encode(&P::unset(), |unset| unset == bytes).unwrap_or(false))
}
