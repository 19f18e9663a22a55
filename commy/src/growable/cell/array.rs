//! So many values of one type: their cells, one behind the other.
//!
//! Those of a fixed type are one value of a fixed type, which is loaded and stored in one piece: the
//! cell of an element says which cell an array of it has.

use core::array;
use core::fmt;
use core::marker::PhantomData;

use super::{Cell, CellOf, Growable, KeyHash, ValueMut};
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
    type Key = Self::Cell;
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
        (0..).zip(Self::places(at)).try_for_each(|(index, at)| {
            C::verify(snap, at).map_err(|fault| fault.in_element(index))
        })
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

    fn feed(held: &Self::Held<'_>, hash: &mut KeyHash) {
        held.iter().for_each(|held| C::feed(held, hash));
    }
}

#[cfg(test)]
mod tests {
    use core::any::TypeId;

    use commy_types::{FixedString, Mappable};

    use super::*;
    use crate::growable::cell::Plain;

    fn described<T: Growable>() -> String {
        let mut schema = SchemaText::root(0, 8);
        schema.field("f", 16, CellOf::<T>::SIZE, CellOf::<T>::describe);
        let line = schema.finish();
        let (_, ty) = line.split_once("\"type\":").unwrap();
        ty.strip_suffix("}]}\n").unwrap().to_owned()
    }

    #[test]
    fn an_array_of_a_fixed_type_is_one_value_of_a_fixed_type() {
        fn is_plain<T: Mappable + Growable>() -> bool {
            TypeId::of::<CellOf<T>>() == TypeId::of::<Plain<T>>()
        }
        assert!(is_plain::<[u8; 1 << 20]>() && is_plain::<[[FixedString<4>; 3]; 2]>());
        assert!(is_plain::<[u64; 0]>() && is_plain::<[[u8; 0]; 9]>());
        assert_eq!(described::<[[u16; 3]; 2]>(), <[[u16; 3]; 2]>::SCHEMA.text());
        assert_eq!(CellOf::<[[u16; 3]; 2]>::SIZE, 12);
    }

    #[test]
    fn elements_lie_one_behind_the_other() {
        type Cells = CellOf<[String; 3]>;
        assert_eq!((Cells::SIZE, Cells::ALIGN), (48, 8));
        let at: Vec<_> = Cells::places(At::root(16)).collect();
        assert_eq!(at, [At::root(16), At::root(32), At::root(48)]);
        type Options = CellOf<[Option<u16>; 5]>;
        assert_eq!((Options::SIZE, Options::ALIGN, Options::HAS_BLOCKS), (20, 2, false));
        assert_eq!(CellOf::<[[Option<Box<u8>>; 2]; 3]>::SIZE, 96);
        assert_eq!(
            described::<[[String; 2]; 3]>(),
            "{\"kind\":\"array\",\"capacity\":3,\"stride\":32,\"item\":{\"kind\":\"array\",\
             \"capacity\":2,\"stride\":16,\"item\":{\"kind\":\"text\",\"size\":16}}}"
        );
    }

    #[test]
    fn an_array_of_nothing_has_a_size_and_no_elements() {
        type Nothing = CellOf<[String; 0]>;
        assert_eq!((Nothing::SIZE, Nothing::ALIGN, Nothing::HAS_BLOCKS), (8, 8, false));
        assert_eq!(CellOf::<[Option<u16>; 0]>::SIZE, 2);
        assert_eq!(CellOf::<[Option<[u8; 0]>; 4]>::SIZE, 8, "a tag and a byte each");
        assert_eq!(Nothing::places(At::root(16)).count(), 0);
    }

    #[test]
    fn the_first_failure_ends_it() {
        let mut calls = 0;
        let made: Result<[usize; 5], usize> = each(|index| {
            calls += 1;
            if index == 2 { Err(index) } else { Ok(index) }
        });
        assert_eq!((made, calls), (Err(2), 3));
        assert_eq!(each::<_, (), 4>(Ok), Ok([0, 1, 2, 3]));
        assert_eq!(each::<(), u8, 0>(|_| Err(1)), Ok([]));
    }

    #[test]
    fn arguments_that_do_not_fit_are_refused() {
        type Cells = CellOf<[Option<FixedString<4>>; 2]>;
        assert!(Cells::hold([Some("abcd"), None]).is_ok());
        let refused = Cells::hold([None, Some("abcde")]).err();
        assert!(matches!(refused, Some(WriteError::DoesNotFit { .. })), "{refused:?}");
    }
}
