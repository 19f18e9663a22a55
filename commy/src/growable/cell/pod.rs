//! The cell of plain old data of another crate.

use core::fmt;
use core::marker::PhantomData;

use super::{ArrayCell, Cell, KeyHash, ValueMut};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// The name that users of a foreign type have agreed on: what `id` says on a field.
#[doc(hidden)]
pub trait PodId: 'static {
    const ID: &'static str;
}

/// The cell of a field with `#[commy(pod, id = "...")]`: the type needs no trait of commy's.
#[doc(hidden)]
pub struct PodCell<T, I>(PhantomData<fn() -> (T, I)>);

impl<T, I> fmt::Debug for PodCell<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PodCell")
    }
}

impl<T: bytemuck::Pod, I: PodId> Cell for PodCell<T, I> {
    type Value = T;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
    const ALIGN: usize = align_of::<T>();
    const HAS_BLOCKS: bool = false;
    type Field<'a, S: Source + 'a> = Result<T, ReadError>;
    type Ref<'v> = T;
    type Mut<'t> = ValueMut<'t, Self>;
    type Arg<'a> = T;
    type Held<'a> = T;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &T) -> T {
        *value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Result<T, ReadError> {
        source.run(Part::of(at, Self::SIZE), |snap| Self::load(snap, at))
    }

    fn reference<'v>(_: &'v ViewCore<'v>, snap: &Snap<'_>, at: At) -> Result<T, Fault> {
        Self::load(snap, at)
    }

    fn change(cursor: Cursor<'_>) -> ValueMut<'_, Self> {
        ValueMut::new(cursor)
    }

    fn store(held: &T, _: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let bytes = bytemuck::bytes_of(held);
        cell.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn set(mut cursor: Cursor<'_>, arg: T) -> Result<(), WriteError> {
        cursor.set_plain(Self::SIZE, |cell| {
            let bytes = bytemuck::bytes_of(&arg);
            cell.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
        })
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<T, Fault> {
        let mut value = T::zeroed();
        snap.read(at, bytemuck::bytes_of_mut(&mut value))?;
        Ok(value)
    }

    fn trace(_: &Snap<'_>, _: At, _: &mut Trace) -> Result<(), Fault> {
        Ok(())
    }

    fn same(held: &T, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        let stored = Self::load(snap, at)?;
        Ok(bytemuck::bytes_of(&stored) == bytemuck::bytes_of(held))
    }

    fn describe(schema: &mut SchemaText) {
        schema.pod(I::ID, size_of::<T>(), align_of::<T>());
    }

    fn feed(held: &T, hash: &mut KeyHash) {
        hash.bytes(bytemuck::bytes_of(held));
    }
}
