//! What expansions of `derive(Growable)` call: a struct's cell is made of those of its fields.

use super::Cell;
use crate::error::{ReadError, WriteError};
use crate::growable::at::At;
use crate::growable::edit::Cursor;
use crate::growable::source::{Part, Source};

/// The larger of two depths, for what is at least as deep as each of its fields.
#[doc(hidden)]
#[must_use]
pub const fn deepest<const N: usize>(depths: [usize; N]) -> usize {
    let (mut deepest, mut rest): (usize, &[usize]) = (0, &depths);
    while let [first, others @ ..] = rest {
        if *first > deepest {
            deepest = *first;
        }
        rest = others;
    }
    deepest
}

/// The bytes of a field in the cell of its struct.
///
/// # Panics
///
/// When the cell is smaller than its layout says.
#[doc(hidden)]
#[must_use]
pub fn part(cell: &mut [u8], offset: usize, size: usize) -> &mut [u8] {
    cell.split_at_mut(offset).1.split_at_mut(size).0
}

/// What `load` of a proxy that reads returns.
///
/// # Errors
///
/// Those of every read: see `commy::ReadError`.
#[doc(hidden)]
pub fn load<C: Cell, S: Source>(source: &S, at: At) -> Result<C::Value, ReadError> {
    source.run(Part::of(at, C::SIZE), |snap| C::load(snap, at))
}

/// What `load` of a proxy that writes returns.
///
/// # Errors
///
/// What is wrong with the bytes; what the transaction has failed by.
#[doc(hidden)]
pub fn load_staged<C: Cell>(cursor: &Cursor<'_>) -> Result<C::Value, WriteError> {
    cursor.look(C::load)
}

/// What a getter of a proxy that writes returns, for a cell at this byte of its own.
///
/// # Errors
///
/// As [`load_staged`].
#[doc(hidden)]
pub fn get<'x, C: Cell>(cursor: &'x Cursor<'_>, offset: usize) -> Result<C::Ref<'x>, WriteError> {
    let view = cursor.view();
    Ok(view.read(|snap| C::reference(view, snap, cursor.here(snap)?.plus(offset)))?)
}

/// Several changes as one operation.
///
/// # Errors
///
/// What `change` returns; what the transaction has failed by.
#[doc(hidden)]
pub fn whole(
    mut cursor: Cursor<'_>,
    change: impl FnOnce(Cursor<'_>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    cursor.whole(change)
}

/// Loads a value, calls `change` with it, and stores what differs then, in one operation.
///
/// # Errors
///
/// As [`load_staged`]; what the edit is refused.
#[doc(hidden)]
pub fn update<C: Cell, R>(
    cursor: Cursor<'_>,
    change: impl FnOnce(&mut C::Value) -> R,
) -> Result<R, WriteError> {
    let mut value = load_staged::<C>(&cursor)?;
    let result = change(&mut value);
    whole(cursor, |cursor| C::reconcile(&value, cursor))?;
    Ok(result)
}
