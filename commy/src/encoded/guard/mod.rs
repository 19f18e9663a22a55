//! Bounds what hostile bytes can make a serde format do.
//!
//! Formats trust their input to different degrees: some recurse as deeply as it says, some take
//! memory for as many elements as it says. One wrapper around any of them sees every value go by
//! and refuses the one that is nested too deeply or declares too much.
//!
//! Its cost is what it makes the compiler move about. So the levels that are left go down by value,
//! with nothing to restore on the way back. A declared length is taken from the budget of elements
//! once, when the sequence begins. An element is paid for before it is read, which leaves the
//! format's result as it is. A format that declares nothing, or too little, pays one by one.

mod access;
mod deserializer;
mod visitor;

use core::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error};

use super::ELEMENTS_WITHOUT_BYTES;
use super::error::DecodeError;

/// How deeply values may be nested: structs, tuples, enums, options, sequences and maps count one
/// each. As many as serde_json takes; at some kilobytes a level without optimisation they fit a
/// thread's two megabytes of stack.
const MAX_DEPTH: usize = 128;

/// What is left to be spent by all parts of a value, and what was refused.
struct Bounds {
    len: usize,
    elements: Cell<usize>,
    refused: Cell<Option<Refused>>,
}

#[derive(Clone, Copy)]
enum Refused {
    Depth,
    Elements,
}

/// One part of a format or of a type, under guard. Each kind of part has its own file.
///
/// `COUNTED` is for visitors: whether the number of elements comes from the bytes, not from the type.
struct Guarded<'b, I, const COUNTED: bool = false> {
    inner: I,
    at: Level<'b>,
}

/// Where a part is. It is handed down by value: going deeper costs a subtraction, and coming back
/// nothing.
#[derive(Clone, Copy)]
struct Level<'b> {
    bounds: &'b Bounds,
    /// How many more levels there may be below it.
    levels: usize,
}

/// Reads a value of `len` encoded bytes from a format.
///
/// # Errors
///
/// `TooDeep` and `TooManyElements` are the guard's; what the format reports goes through `malformed`.
pub(super) fn deserialize<'de, T, D, E>(
    len: usize,
    format: D,
    malformed: impl FnOnce(D::Error) -> E,
) -> Result<T, DecodeError<E>>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let bounds = Bounds {
        len,
        elements: Cell::new(len.saturating_add(ELEMENTS_WITHOUT_BYTES)),
        refused: Cell::new(None),
    };
    let outermost = Level { bounds: &bounds, levels: MAX_DEPTH };
    T::deserialize(outermost.guard(format)).map_err(|error| match bounds.refused.get() {
        Some(Refused::Depth) => DecodeError::TooDeep,
        Some(Refused::Elements) => DecodeError::TooManyElements,
        None => DecodeError::Malformed(malformed(error)),
    })
}

impl<'b> Level<'b> {
    #[inline]
    const fn guard<I>(self, inner: I) -> Guarded<'b, I> {
        Guarded { inner, at: self }
    }

    /// Guards the visitor of something that has as many elements as the bytes say.
    #[inline]
    const fn guard_counted<I>(self, inner: I) -> Guarded<'b, I, true> {
        Guarded { inner, at: self }
    }

    /// Goes one level deeper.
    #[inline]
    fn enter<E: Error>(self) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Self { levels, ..self }),
            None => Err(self.bounds.refuse(Refused::Depth)),
        }
    }
}

impl Bounds {
    /// Takes `count` elements more.
    #[inline]
    fn take<E: Error>(&self, count: usize) -> Result<(), E> {
        match self.elements.get().checked_sub(count) {
            Some(left) => {
                self.elements.set(left);
                Ok(())
            }
            None => Err(self.refuse(Refused::Elements)),
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse<E: Error>(&self, refused: Refused) -> E {
        self.refused.set(Some(refused));
        E::custom("refused by the guard")
    }
}
