//! A value in a block of its own, eight bytes in the cell: the address, or 0 for a value of zeros.

use core::fmt;
use core::marker::PhantomData;

use super::{Arg, ArrayCell, Cell, CellOf, Growable, KeyHash, Write};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::format::heap::{Address, Kind};
use crate::growable::at::{At, Base};
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap};
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// The bytes of an address.
pub(super) const SIZE: usize = 8;

/// Calls `read` with the place of a cell whose address is at `at`.
pub(super) fn within<C: Cell, R>(
    snap: &Snap<'_>,
    at: At,
    read: impl FnOnce(At) -> Result<R, Fault>,
) -> Result<R, Fault> {
    within_sized(snap, at, C::SIZE, read)
}

/// The same for a cell of so many bytes.
#[inline]
pub(super) fn within_sized<R>(
    snap: &Snap<'_>,
    at: At,
    size: usize,
    read: impl FnOnce(At) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let inner = snap.follow(at)?;
    let visited = match inner.base() {
        Base::Missing => 0,
        _ => size.saturating_add(BLOCK_HEADER),
    };
    snap.spend(visited as u64, size as u64)?;
    snap.deeper(size, || read(inner))
}

/// Writes a value into a block of its own, and its address into the cell.
pub(super) fn store<C: Cell>(
    held: &C::Held<'_>,
    edit: &mut Edit,
    cell: &mut [u8],
) -> Result<(), WriteError> {
    let block = edit.deeper(C::SIZE, |edit| {
        edit.with_cell(C::SIZE, |edit, inner| {
            C::store(held, edit, inner)?;
            let block = edit.alloc(Kind::Cell, C::SIZE)?;
            edit.fill(block, inner)?;
            Ok(block)
        })
    })?;
    cell.copy_from_slice(&block.to_ne_bytes());
    Ok(())
}

/// The block that an address at `at` leads to.
pub(super) fn trace<C: Cell>(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
    match Address::from_word(snap.word(at)?).offset() {
        0 => Ok(()),
        block => trace.cell::<C>(at, block),
    }
}

impl<T: Growable> Growable for Box<T> {
    type Cell = Self;
    type Key = Self;
}

impl<T: Growable> Cell for Box<T> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = SIZE;
    const ALIGN: usize = 8;
    const ZERO_DEPTH: usize = CellOf::<T>::ZERO_DEPTH + 1;
    type Field<'a, S: Source + 'a> = Result<S::Value<'a, Self>, ReadError>;
    // Not what the value's own would be: an enum that contains itself in a box would be infinite.
    type Ref<'v> = BoxRef<'v, T>;
    type Mut<'t> = Write<'t, T>;
    type Arg<'a> = Arg<'a, T>;
    type Held<'a> = <CellOf<T> as Cell>::Held<'a>;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        CellOf::<T>::hold(arg)
    }

    fn lend(value: &Self) -> Self::Held<'_> {
        CellOf::<T>::lend(value)
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Self::Field<'a, S> {
        source.run(Part::of(at, SIZE), |snap| source.value::<Self>(snap, at))
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<BoxRef<'v, T>, Fault> {
        Ok(BoxRef { view, at, value: PhantomData })
    }

    fn change(cursor: Cursor<'_>) -> Self::Mut<'_> {
        CellOf::<T>::change(cursor.follow(CellOf::<T>::SIZE))
    }

    fn store(held: &Self::Held<'_>, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        store::<CellOf<T>>(held, edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        within::<CellOf<T>, _>(snap, at, |at| CellOf::<T>::load_boxed(snap, at))
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut Self) -> Result<(), Fault> {
        within::<CellOf<T>, _>(snap, at, |at| CellOf::<T>::load_into(snap, at, value))
    }

    fn trace(snap: &Snap<'_>, at: At, to: &mut Trace) -> Result<(), Fault> {
        trace::<CellOf<T>>(snap, at, to)
    }

    fn same(held: &Self::Held<'_>, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        within::<CellOf<T>, _>(snap, at, |at| CellOf::<T>::same(held, snap, at))
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        within::<CellOf<T>, _>(snap, at, |at| CellOf::<T>::verify(snap, at))
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_box();
        CellOf::<T>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, cursor: Cursor<'_>) -> Result<(), WriteError> {
        CellOf::<T>::reconcile(value, cursor.follow(CellOf::<T>::SIZE))
    }

    fn feed(held: &Self::Held<'_>, hash: &mut KeyHash) {
        CellOf::<T>::feed(held, hash);
    }
}

/// A box in a view that is not opened yet.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "page.bin", growable)]
/// #[create_reader(filename = "page.bin", growable)]
/// struct Page {
///     footer: Option<Box<String>>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("page.bin");
/// let mut page = PageWriter::create_at(&path)?;
/// page.set_footer(Some("see overleaf"))?;
/// let reader = PageReader::open_at(&path)?;
/// let view = reader.pin()?;
/// assert_eq!(view.footer()?.unwrap().get()?, "see overleaf");
/// # Ok(())
/// # }
/// ```
pub struct BoxRef<'v, T> {
    view: &'v ViewCore<'v>,
    at: At,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for BoxRef<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for BoxRef<'_, T> {}

impl<T> fmt::Debug for BoxRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxRef")
    }
}

impl<'v, T: Growable> BoxRef<'v, T> {
    /// What is in it, or a proxy that reads that.
    ///
    /// # Errors
    ///
    /// Those of every read of a view: see [`View::snapshot`](crate::growable::View::snapshot).
    pub fn get(&self) -> Result<<CellOf<T> as Cell>::Ref<'v>, ReadError> {
        let view = self.view;
        view.read(|snap| {
            within::<CellOf<T>, _>(snap, self.at, |at| CellOf::<T>::reference(view, snap, at))
        })
    }

    /// The value that is in it.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn load(&self) -> Result<T, ReadError> {
        self.view
            .read(|snap| within::<CellOf<T>, _>(snap, self.at, |at| CellOf::<T>::load(snap, at)))
    }
}
