//! Bounds what hostile bytes can make a serde format do.
//!
//! Formats trust their input to different degrees: some recurse as deeply as it says, some take
//! memory for as many elements as it says. One wrapper around any of them sees every value go by
//! and refuses the one that is nested too deeply or declares too much.

mod access;
mod deserializer;
mod visitor;

use core::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error};

use super::error::DecodeError;

/// How deeply values may be nested: structs, tuples, enums, options, sequences and maps count one
/// each. As many as serde_json takes; at some kilobytes a level without optimisation they fit a
/// thread's two megabytes of stack.
const MAX_DEPTH: usize = 128;

/// How many more elements than bytes there may be. Elements without bytes (`()`) cost the file
/// nothing, but the reader time.
const ELEMENTS_WITHOUT_BYTES: usize = 1024;

/// What is left to be spent, and what was refused.
struct Bounds {
    len: usize,
    depth: Cell<usize>,
    elements: Cell<usize>,
    refused: Cell<Option<Refused>>,
}

#[derive(Clone, Copy)]
enum Refused {
    Depth,
    Elements,
}

/// One part of a format or of a type, under guard. Each kind of part has its own file.
struct Guarded<'b, I> {
    inner: I,
    bounds: &'b Bounds,
    /// Whether the number of elements comes from the bytes and not from the type.
    counted: bool,
}

/// A level of nesting, for as long as it lives.
struct Level<'b>(&'b Bounds);

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
        depth: Cell::new(0),
        elements: Cell::new(len.saturating_add(ELEMENTS_WITHOUT_BYTES)),
        refused: Cell::new(None),
    };
    T::deserialize(bounds.guard(format)).map_err(|error| match bounds.refused.get() {
        Some(Refused::Depth) => DecodeError::TooDeep,
        Some(Refused::Elements) => DecodeError::TooManyElements,
        None => DecodeError::Malformed(malformed(error)),
    })
}

impl Bounds {
    const fn guard<I>(&self, inner: I) -> Guarded<'_, I> {
        Guarded { inner, bounds: self, counted: false }
    }

    /// Goes one level deeper.
    #[inline]
    fn enter<E: Error>(&self) -> Result<Level<'_>, E> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return Err(self.refuse(Refused::Depth));
        }
        self.depth.set(depth + 1);
        Ok(Level(self))
    }

    /// Takes one more element of a sequence.
    #[inline]
    fn count<E: Error>(&self) -> Result<(), E> {
        match self.elements.get().checked_sub(1) {
            Some(left) => {
                self.elements.set(left);
                Ok(())
            }
            None => Err(self.refuse(Refused::Elements)),
        }
    }

    /// How many elements memory may be taken for when `hint` are declared: as many as all bytes
    /// could hold.
    #[inline]
    fn hint(&self, hint: Option<usize>) -> Option<usize> {
        hint.map(|hint| hint.min(self.len))
    }

    #[cold]
    fn refuse<E: Error>(&self, refused: Refused) -> E {
        self.refused.set(Some(refused));
        E::custom("refused by the guard")
    }
}

impl Drop for Level<'_> {
    #[inline]
    fn drop(&mut self) {
        let depth = &self.0.depth;
        depth.set(depth.get().saturating_sub(1));
    }
}
