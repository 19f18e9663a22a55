//! What a set has in the place of values.

use super::{ArrayCell, Cell};
use crate::error::WriteError;
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::Source;
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// The cell of no value, of no bytes: only entries of a set have it.
#[derive(Debug)]
pub(in crate::growable) struct Nothing(());

impl Cell for Nothing {
    type Value = ();
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    const HAS_BLOCKS: bool = false;
    type Field<'a, S: Source + 'a> = ();
    type Ref<'v> = ();
    type Mut<'t> = ();
    type Arg<'a> = ();
    type Held<'a> = ();

    fn hold((): Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(())
    }

    fn lend((): &()) -> Self::Held<'_> {}

    fn field<'a, S: Source + 'a>(_: &'a S, _: At) -> Self::Field<'a, S> {}

    fn reference<'v>(_: &'v ViewCore<'v>, _: &Snap<'_>, _: At) -> Result<(), Fault> {
        Ok(())
    }

    fn change(_: Cursor<'_>) -> Self::Mut<'_> {}

    fn store((): &(), _: &mut Edit, _: &mut [u8]) -> Result<(), WriteError> {
        Ok(())
    }

    fn load(_: &Snap<'_>, _: At) -> Result<(), Fault> {
        Ok(())
    }

    fn trace(_: &Snap<'_>, _: At, _: &mut Trace) -> Result<(), Fault> {
        Ok(())
    }

    fn same((): &(), _: &Snap<'_>, _: At) -> Result<bool, Fault> {
        Ok(true)
    }

    fn describe(_: &mut SchemaText) {}

    fn reconcile((): &(), _: Cursor<'_>) -> Result<(), WriteError> {
        Ok(())
    }
}
