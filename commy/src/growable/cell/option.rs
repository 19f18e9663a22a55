//! A value or none.
//!
//! ```text
//!    0         tag    u8: 0 none, 1 some; zeros up to the value
//!    value_at  the cell of the value: at its alignment; means nothing if there is none
//! ```

use core::fmt;
use core::marker::PhantomData;

use super::{Arg, ArrayCell, Cell, CellOf, Growable, KeyHash, Write, get, set_held};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

impl<T: Growable> Growable for Option<T> {
    type Cell = Self;
    type Key = Self;
}

/// Where the value is in the cell.
const fn value_at<T: Growable>() -> usize {
    CellOf::<T>::ALIGN
}

/// Whether there is a value.
fn is_some(snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
    let mut tag = [0];
    snap.read(at, &mut tag)?;
    match tag {
        [0] => Ok(false),
        [1] => Ok(true),
        [tag] => Err(Fault::corrupt("tag of an option", tag.into(), "0 or 1", 0)),
    }
}

impl<T: Growable> Cell for Option<T> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = (value_at::<T>() + CellOf::<T>::SIZE).next_multiple_of(CellOf::<T>::ALIGN);
    const ALIGN: usize = CellOf::<T>::ALIGN;
    const HAS_BLOCKS: bool = CellOf::<T>::HAS_BLOCKS;
    type Field<'a, S: Source + 'a> = Result<Option<S::Value<'a, CellOf<T>>>, ReadError>;
    type Ref<'v> = Option<<CellOf<T> as Cell>::Ref<'v>>;
    type Mut<'t> = OptionMut<'t, T>;
    type Arg<'a> = Option<Arg<'a, T>>;
    type Held<'a> = Option<<CellOf<T> as Cell>::Held<'a>>;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        arg.map(CellOf::<T>::hold).transpose()
    }

    fn lend(value: &Self) -> Self::Held<'_> {
        value.as_ref().map(CellOf::<T>::lend)
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Self::Field<'a, S> {
        source.run(Part::of(at, Self::SIZE), |snap| {
            let value = || source.value::<CellOf<T>>(snap, at.plus(value_at::<T>()));
            is_some(snap, at)?.then(value).transpose()
        })
    }

    fn reference<'v>(
        view: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
    ) -> Result<Self::Ref<'v>, Fault> {
        let value = || CellOf::<T>::reference(view, snap, at.plus(value_at::<T>()));
        is_some(snap, at)?.then(value).transpose()
    }

    fn change(cursor: Cursor<'_>) -> OptionMut<'_, T> {
        OptionMut { cursor, value: PhantomData }
    }

    fn store(held: &Self::Held<'_>, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        let Some(held) = held else { return Ok(()) };
        let (tag, value) = cell.split_at_mut(value_at::<T>());
        if let Some(tag) = tag.first_mut() {
            *tag = 1;
        }
        CellOf::<T>::store(held, edit, value.split_at_mut(CellOf::<T>::SIZE).0)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let value = || CellOf::<T>::load(snap, at.plus(value_at::<T>()));
        is_some(snap, at)?.then(value).transpose()
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut Self) -> Result<(), Fault> {
        match (value, is_some(snap, at)?) {
            (Some(value), true) => CellOf::<T>::load_into(snap, at.plus(value_at::<T>()), value),
            (value, _) => {
                *value = Self::load(snap, at)?;
                Ok(())
            }
        }
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        match is_some(snap, at)? {
            true => CellOf::<T>::trace(snap, at.plus(value_at::<T>()), trace),
            false => Ok(()),
        }
    }

    fn same(held: &Self::Held<'_>, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        match (held, is_some(snap, at)?) {
            (Some(held), true) => CellOf::<T>::same(held, snap, at.plus(value_at::<T>())),
            (None, false) => Ok(true),
            _ => Ok(false),
        }
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        match is_some(snap, at)? {
            true => CellOf::<T>::verify(snap, at.plus(value_at::<T>())),
            false => Ok(()),
        }
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_optional(Self::SIZE, value_at::<T>());
        CellOf::<T>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        match (value, cursor.look(is_some)) {
            (Some(value), Ok(true)) => CellOf::<T>::reconcile(value, cursor.field(value_at::<T>())),
            (None, Ok(false)) => Ok(()),
            _ => set_held::<Self>(&mut cursor, &Self::lend(value)),
        }
    }

    fn feed(held: &Self::Held<'_>, hash: &mut KeyHash) {
        hash.bytes(&[held.is_some().into()]);
        if let Some(held) = held {
            CellOf::<T>::feed(held, hash);
        }
    }
}

/// Changes an option, or what is in it, in place.
///
/// Outside a transaction each call that changes something publishes once. All cost what the value
/// costs, but `is_some` and `as_mut`, which are O(1).
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "seat.bin", growable)]
/// struct Seat {
///     guest: Option<String>,
///     limit: Option<u32>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("seat.bin");
/// let mut seat = SeatWriter::create_at(&path)?;
/// seat.set_limit(Some(3))?;
/// seat.guest_mut().insert("Ada")?.push_str(" Lovelace")?;
/// assert_eq!(seat.guest()?.as_deref(), Some("Ada Lovelace"));
/// assert_eq!(seat.limit_mut().take()?, Some(3));
/// assert_eq!(seat.limit()?, None);
/// # Ok(())
/// # }
/// ```
pub struct OptionMut<'t, T> {
    cursor: Cursor<'t>,
    value: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for OptionMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OptionMut")
    }
}

impl<'t, T: Growable> OptionMut<'t, T> {
    /// Returns whether there is a value.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn is_some(&self) -> Result<bool, WriteError> {
        self.cursor.look(is_some)
    }

    /// Returns whether there is none.
    ///
    /// # Errors
    ///
    /// As [`is_some`](Self::is_some).
    pub fn is_none(&self) -> Result<bool, WriteError> {
        Ok(!self.is_some()?)
    }

    /// The value as it is now.
    ///
    /// # Errors
    ///
    /// As [`is_some`](Self::is_some).
    pub fn load(&self) -> Result<Option<T>, WriteError> {
        self.cursor.look(<Option<T> as Cell>::load)
    }

    /// The value, or a proxy that reads it.
    ///
    /// # Errors
    ///
    /// As [`is_some`](Self::is_some).
    pub fn as_ref(&self) -> Result<<Option<T> as Cell>::Ref<'_>, WriteError> {
        get::<Option<T>>(&self.cursor)
    }

    /// What changes the value in place, if there is one.
    ///
    /// # Errors
    ///
    /// As [`is_some`](Self::is_some).
    pub fn as_mut(&mut self) -> Result<Option<Write<'_, T>>, WriteError> {
        let value = self.is_some()?.then(|| self.cursor.reborrow().field(value_at::<T>()));
        Ok(value.map(CellOf::<T>::change))
    }

    /// The same for as long as the record was borrowed, to be kept.
    ///
    /// # Errors
    ///
    /// As [`is_some`](Self::is_some).
    pub fn into_mut(self) -> Result<Option<Write<'t, T>>, WriteError> {
        let value = self.is_some()?.then(|| self.cursor.field(value_at::<T>()));
        Ok(value.map(CellOf::<T>::change))
    }

    /// Puts another one, or none, in its place.
    ///
    /// # Errors
    ///
    /// Those of the value's own `assign`.
    pub fn assign(&mut self, value: Option<Arg<'_, T>>) -> Result<(), WriteError> {
        <Option<T> as Cell>::set(self.cursor.reborrow(), value)
    }

    /// Makes it `Some(value)`, and returns what changes that in place.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn insert(&mut self, value: Arg<'_, T>) -> Result<Write<'_, T>, WriteError> {
        self.assign(Some(value))?;
        Ok(CellOf::<T>::change(self.cursor.reborrow().field(value_at::<T>())))
    }

    /// Takes the value out; publishes if there was one.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn take(&mut self) -> Result<Option<T>, WriteError> {
        let value = self.load()?;
        if value.is_some() {
            self.assign(None)?;
        }
        Ok(value)
    }

    /// Makes it `Some(value)`, and returns what it was.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn replace(&mut self, value: Arg<'_, T>) -> Result<Option<T>, WriteError> {
        let old = self.load()?;
        self.assign(Some(value))?;
        Ok(old)
    }
}
