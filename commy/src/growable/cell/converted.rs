//! The cell of a field that says as what it is stored.

use core::any::type_name;
use core::fmt;
use core::marker::PhantomData;

use commy_types::{Invalid, InvalidReason};

use super::{ArrayCell, Cell, CellOf, Convert, KeyHash, feed_value, set_held};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// The cell of a field with `#[commy(as = path)]`: that of the type which it is stored as.
#[doc(hidden)]
pub struct Converted<T, P>(PhantomData<fn() -> (T, P)>);

impl<T, P> fmt::Debug for Converted<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Converted")
    }
}

/// The cell of what is stored.
type Stored<T, P> = CellOf<<P as Convert<T>>::As>;

impl<T: 'static, P: Convert<T>> Cell for Converted<T, P> {
    type Value = T;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = Stored::<T, P>::SIZE;
    const ALIGN: usize = Stored::<T, P>::ALIGN;
    const ZERO_DEPTH: usize = Stored::<T, P>::ZERO_DEPTH;
    const HAS_BLOCKS: bool = Stored::<T, P>::HAS_BLOCKS;
    type Field<'a, S: Source + 'a> = Result<T, ReadError>;
    type Ref<'v> = T;
    type Mut<'t> = ConvertedMut<'t, T>;
    type Arg<'a> = &'a T;
    type Held<'a> = P::As;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(P::to_stored(arg))
    }

    fn lend(value: &T) -> P::As {
        P::to_stored(value)
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

    fn store(held: &P::As, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        Stored::<T, P>::store(&Stored::<T, P>::lend(held), edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<T, Fault> {
        let stored = Stored::<T, P>::load(snap, at)?;
        // The conversion is the user's own code.
        snap.settle()?;
        P::from_stored(stored).ok_or_else(unconverted::<T>)
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        Stored::<T, P>::trace(snap, at, trace)
    }

    fn same(held: &P::As, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        Stored::<T, P>::same(&Stored::<T, P>::lend(held), snap, at)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        Stored::<T, P>::verify(snap, at)?;
        Self::load(snap, at).map(drop)
    }

    fn describe(schema: &mut SchemaText) {
        Stored::<T, P>::describe(schema);
    }

    fn reconcile(value: &T, cursor: Cursor<'_>) -> Result<(), WriteError> {
        Stored::<T, P>::reconcile(&P::to_stored(value), cursor)
    }

    fn set(mut cursor: Cursor<'_>, arg: Self::Arg<'_>) -> Result<(), WriteError> {
        // A conversion that panics fails a transaction, as whatever else panics in an operation.
        cursor.whole(|mut cursor| set_held::<Self>(&mut cursor, &P::to_stored(arg)))
    }

    fn feed(held: &P::As, hash: &mut KeyHash) {
        feed_value(held, hash);
    }
}

/// Nothing that converts to what is stored here.
#[cold]
fn unconverted<T>() -> Fault {
    let expected = type_name::<T>();
    Fault::invalid(Invalid::new(0, InvalidReason::Unconverted { expected }))
}

/// Changes a value as a whole that is stored as another type, or as a codec writes it.
///
/// Outside a transaction each call that changes something publishes once. Each costs what the
/// stored value costs, and the conversion, or the codec.
///
/// # Examples
///
/// See [`Convert`], and [`encoded`](crate::encoded#any-length) for codecs.
pub struct ConvertedMut<'t, T: 'static> {
    cursor: Cursor<'t>,
    /// What depends on the conversion, whose type may be private to where the field is declared.
    ways: &'static Ways<T>,
}

/// How to read and change a cell.
pub(super) struct Ways<T> {
    load: fn(&Snap<'_>, At) -> Result<T, Fault>,
    set: fn(Cursor<'_>, &T) -> Result<(), WriteError>,
    reconcile: fn(&T, Cursor<'_>) -> Result<(), WriteError>,
}

impl<T: 'static> Ways<T> {
    /// Those of a cell that is read and set as a whole.
    pub(super) const fn of<C>() -> Self
    where
        C: Cell<Value = T> + for<'a> Cell<Arg<'a> = &'a T>,
    {
        Self { load: C::load, set: C::set, reconcile: C::reconcile }
    }
}

impl<T> fmt::Debug for ConvertedMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConvertedMut")
    }
}

impl<'t, T> ConvertedMut<'t, T> {
    pub(super) const fn new(cursor: Cursor<'t>, ways: &'static Ways<T>) -> Self {
        Self { cursor, ways }
    }

    /// The value as it is now.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file, [`WriteError::Read`] if no value converts to what
    /// is stored, or is decoded from it; what the transaction has failed by.
    pub fn load(&self) -> Result<T, WriteError> {
        self.cursor.look(self.ways.load)
    }

    /// Puts another value in its place.
    ///
    /// # Errors
    ///
    /// [`WriteError::Unencodable`] if the codec refuses the value; [`WriteError::NoSpace`],
    /// [`WriteError::Full`], [`WriteError::TooLong`]; what the transaction has failed by.
    pub fn assign(&mut self, value: &T) -> Result<(), WriteError> {
        (self.ways.set)(self.cursor.reborrow(), value)
    }

    /// Loads the value, calls `change` with it, and stores what differs then.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load) and [`assign`](Self::assign).
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> Result<R, WriteError> {
        let mut value = self.load()?;
        let result = change(&mut value);
        self.cursor.whole(|cursor| (self.ways.reconcile)(&value, cursor))?;
        Ok(result)
    }
}
