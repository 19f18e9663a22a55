//! A cell where it was asked for, or in a block of its own if it is larger than that place takes.

use core::marker::PhantomData;

use super::{ArrayCell, Cell, KeyHash, boxed, load_each_over, reference_each, set_held};
use crate::error::WriteError;
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::Source;
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// A cell of at most `MAX` bytes, or the address of a block with it.
///
/// To those who read and write it is what it holds.
#[doc(hidden)]
#[derive(Debug)]
pub struct Placed<C, const MAX: usize>(PhantomData<fn() -> C>);

impl<C: Cell, const MAX: usize> Placed<C, MAX> {
    /// Whether it lies in a block of its own.
    pub(super) const IS_APART: bool = C::SIZE > MAX;

    #[inline(always)]
    pub(super) fn within<R>(
        snap: &Snap<'_>,
        at: At,
        read: impl FnOnce(At) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        if Self::IS_APART { boxed::within::<C, R>(snap, at, read) } else { read(at) }
    }

    fn cursor(cursor: Cursor<'_>) -> Cursor<'_> {
        if Self::IS_APART { cursor.follow(C::SIZE) } else { cursor }
    }
}

impl<C: Cell, const MAX: usize> Cell for Placed<C, MAX> {
    type Value = C::Value;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = if Self::IS_APART { boxed::SIZE } else { C::SIZE };
    const ALIGN: usize = if Self::IS_APART { 8 } else { C::ALIGN };
    const ZERO_DEPTH: usize = C::ZERO_DEPTH;
    const HAS_BLOCKS: bool = Self::IS_APART || C::HAS_BLOCKS;
    type Field<'a, S: Source + 'a> = C::Field<'a, S>;
    type Ref<'v> = C::Ref<'v>;
    type Mut<'t> = C::Mut<'t>;
    type Arg<'a> = C::Arg<'a>;
    type Held<'a> = C::Held<'a>;

    #[inline]
    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        C::hold(arg)
    }

    fn lend(value: &C::Value) -> C::Held<'_> {
        C::lend(value)
    }

    #[inline]
    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> C::Field<'a, S> {
        C::field(source, if Self::IS_APART { at.apart() } else { at })
    }

    #[inline(always)]
    fn reference<'v>(view: &'v ViewCore<'v>, snap: &Snap<'_>, at: At) -> Result<C::Ref<'v>, Fault> {
        Self::within(snap, at, |at| C::reference(view, snap, at))
    }

    fn references<'v>(
        view: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
        count: usize,
        elements: &mut Vec<C::Ref<'v>>,
    ) -> Result<(), Fault> {
        if !Self::IS_APART {
            return C::references(view, snap, at, count, elements);
        }
        reference_each::<Self>(view, snap, at, (count, Self::SIZE), elements)
    }

    #[inline]
    fn references_apart<'v>(
        view: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
        layout: (usize, usize),
        elements: &mut Vec<C::Ref<'v>>,
    ) -> Result<(), Fault> {
        if !Self::IS_APART {
            return C::references_apart(view, snap, at, layout, elements);
        }
        reference_each::<Self>(view, snap, at, layout, elements)
    }

    fn change(cursor: Cursor<'_>) -> C::Mut<'_> {
        C::change(Self::cursor(cursor))
    }

    #[inline]
    fn store(held: &C::Held<'_>, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        match Self::IS_APART {
            true => boxed::store::<C>(held, edit, cell),
            false => C::store(held, edit, cell),
        }
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<C::Value, Fault> {
        Self::within(snap, at, |at| C::load(snap, at))
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut C::Value) -> Result<(), Fault> {
        Self::within(snap, at, |at| C::load_into(snap, at, value))
    }

    fn load_all(
        snap: &Snap<'_>,
        at: At,
        count: usize,
        values: &mut Vec<C::Value>,
    ) -> Result<(), Fault> {
        if !Self::IS_APART {
            return C::load_all(snap, at, count, values);
        }
        for index in 0..count {
            values.push(Self::load(snap, at.plus(index * Self::SIZE))?);
        }
        Ok(())
    }

    fn load_over(
        snap: &Snap<'_>,
        at: At,
        count: usize,
        values: &mut Vec<C::Value>,
    ) -> Result<(), Fault> {
        if !Self::IS_APART {
            return C::load_over(snap, at, count, values);
        }
        load_each_over::<Self>(snap, at, (count, Self::SIZE), values)
    }

    #[inline]
    fn load_over_apart(
        snap: &Snap<'_>,
        at: At,
        layout: (usize, usize),
        values: &mut Vec<C::Value>,
    ) -> Result<(), Fault> {
        if !Self::IS_APART {
            return C::load_over_apart(snap, at, layout, values);
        }
        load_each_over::<Self>(snap, at, layout, values)
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        match Self::IS_APART {
            true => boxed::trace::<C>(snap, at, trace),
            false => C::trace(snap, at, trace),
        }
    }

    #[inline]
    fn same(held: &C::Held<'_>, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        Self::within(snap, at, |at| C::same(held, snap, at))
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        Self::within(snap, at, |at| C::verify(snap, at))
    }

    fn describe(schema: &mut SchemaText) {
        if Self::IS_APART {
            schema.open_box();
            C::describe(schema);
            schema.close();
        } else {
            C::describe(schema);
        }
    }

    #[inline]
    fn set(cursor: Cursor<'_>, arg: C::Arg<'_>) -> Result<(), WriteError> {
        if !Self::IS_APART {
            return C::set(cursor, arg);
        }
        // Not within the block that is there: nothing else would repair an address that is damaged.
        let mut cursor = cursor;
        cursor.whole(|mut cursor| set_held::<Self>(&mut cursor, &C::hold(arg)?))
    }

    fn reconcile(value: &C::Value, cursor: Cursor<'_>) -> Result<(), WriteError> {
        C::reconcile(value, Self::cursor(cursor))
    }

    #[inline]
    fn feed(held: &C::Held<'_>, hash: &mut KeyHash) {
        C::feed(held, hash);
    }
}
