//! So many values of one type: their cells, one behind the other.
//!
//! Those of a fixed type are one value of a fixed type, which is loaded and stored in one piece: the
//! cell of an element says which cell an array of it has.

use core::array;
use core::fmt;
use core::marker::PhantomData;

use super::{Cell, CellOf, Growable, ValueMut};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

impl<T: Growable, const N: usize> Growable for [T; N] {
    type Cell = <CellOf<T> as Cell>::Array<N>;
}

/// `N` cells, one behind the other.
#[doc(hidden)]
pub struct ArrayCell<C, const N: usize>(PhantomData<fn() -> C>);

impl<C, const N: usize> fmt::Debug for ArrayCell<C, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArrayCell")
    }
}

/// The array of what `make` makes for each index, or its first error.
fn each<T, E, const N: usize>(mut make: impl FnMut(usize) -> Result<T, E>) -> Result<[T; N], E> {
    let mut failed = None;
    let made: [Option<T>; N] = array::from_fn(|index| {
        if failed.is_some() {
            return None;
        }
        make(index).map_err(|error| failed = Some(error)).ok()
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(made.map(|made| match made {
            Some(made) => made,
            None => unreachable!("each was made, or an error was kept"),
        })),
    }
}

impl<C: Cell, const N: usize> ArrayCell<C, N> {
    /// Where the elements are, each in its own cell.
    fn places(at: At) -> impl Iterator<Item = At> {
        (0..N).map(move |index| at.plus(index * C::SIZE))
    }
}

impl<C: Cell, const N: usize> Cell for ArrayCell<C, N> {
    type Value = [C::Value; N];
    type Array<const M: usize> = ArrayCell<Self, M>;
    const SIZE: usize = if N == 0 { C::ALIGN } else { N * C::SIZE };
    const ALIGN: usize = C::ALIGN;
    const ZERO_DEPTH: usize = C::ZERO_DEPTH;
    const HAS_BLOCKS: bool = N > 0 && C::HAS_BLOCKS;
    type Field<'a, S: Source + 'a> = Result<[S::Value<'a, C>; N], ReadError>;
    type Ref<'v> = [C::Ref<'v>; N];
    type Mut<'t> = ValueMut<'t, Self>;
    type Arg<'a> = [C::Arg<'a>; N];
    type Held<'a> = [C::Held<'a>; N];

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        let mut args = arg.into_iter();
        each(|_| match args.next() {
            Some(arg) => C::hold(arg),
            None => unreachable!("there are as many arguments"),
        })
    }

    fn lend(value: &Self::Value) -> Self::Held<'_> {
        value.each_ref().map(C::lend)
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Self::Field<'a, S> {
        source.run(Part::of(at, Self::SIZE), |snap| {
            each(|index| source.value::<C>(snap, at.plus(index * C::SIZE)))
        })
    }

    fn reference<'v>(
        view: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
    ) -> Result<Self::Ref<'v>, Fault> {
        each(|index| C::reference(view, snap, at.plus(index * C::SIZE)))
    }

    fn change(cursor: Cursor<'_>) -> ValueMut<'_, Self> {
        ValueMut::new(cursor)
    }

    fn store(held: &Self::Held<'_>, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let mut cells = cell.chunks_exact_mut(C::SIZE);
        held.iter().zip(&mut cells).try_for_each(|(held, cell)| C::store(held, edit, cell))
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self::Value, Fault> {
        each(|index| C::load(snap, at.plus(index * C::SIZE)))
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut Self::Value) -> Result<(), Fault> {
        value
            .iter_mut()
            .zip(Self::places(at))
            .try_for_each(|(value, at)| C::load_into(snap, at, value))
    }

    fn load_boxed(snap: &Snap<'_>, at: At) -> Result<Box<Self::Value>, Fault> {
        let values = Self::places(at).map(|at| C::load(snap, at)).collect::<Result<Vec<_>, _>>()?;
        match values.try_into() {
            Ok(values) => Ok(values),
            Err(_) => unreachable!("there are as many as places"),
        }
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        if !Self::HAS_BLOCKS {
            return Ok(());
        }
        Self::places(at).try_for_each(|at| C::trace(snap, at, trace))
    }

    fn same(held: &Self::Held<'_>, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        for (held, at) in held.iter().zip(Self::places(at)) {
            if !C::same(held, snap, at)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        Self::places(at).try_for_each(|at| C::verify(snap, at))
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_array(N, C::SIZE);
        C::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self::Value, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        value.iter().enumerate().try_for_each(|(index, value)| {
            C::reconcile(value, cursor.reborrow().field(index * C::SIZE))
        })
    }
}
