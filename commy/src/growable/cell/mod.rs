//! How a value lies in a fixed number of bytes, and in the blocks that these lead to.

mod array;
mod boxed;
#[cfg(feature = "dynamic")]
pub(crate) mod by_size;
mod bytes;
mod coded;
mod contiguous;
mod convert;
mod converted;
mod deque;
#[cfg(any(feature = "glam", feature = "half", feature = "uuid"))]
mod foreign;
pub(super) mod hash;
mod list;
mod nothing;
mod option;
mod ordered;
mod placed;
mod plain;
mod pod;
mod prefix;
pub mod structs;
mod text;
mod text_key;
pub(super) mod tree;
mod tuple;
mod value_mut;
pub mod variants;

pub use self::array::ArrayCell;
pub use self::boxed::BoxRef;
pub use self::bytes::{BytesCell, BytesMut, BytesRef};
pub use self::coded::{Coded, Coding};
pub use self::convert::Convert;
pub use self::converted::{Converted, ConvertedMut};
pub use self::deque::{VecDequeIter, VecDequeMut, VecDequeRef};
use self::hash::feed_value;
#[cfg(test)]
pub(super) use self::hash::kept_bits;
pub use self::hash::{HashKey, KeyHash};
pub use self::list::{VecIter, VecMut, VecRef};
pub use self::option::OptionMut;
pub(crate) use self::ordered::LARGEST_KEY;
pub use self::ordered::{Key, KeyArg, KeyRef, OrdCell};
use self::ordered::{KeyCell, order_of};
pub use self::placed::Placed;
pub use self::plain::Plain;
pub use self::pod::{PodCell, PodId};
#[cfg(test)]
pub(super) use self::prefix::AT_PREFIX_LEN;
pub(super) use self::prefix::{MAX_PREFIX, Prefix};
pub use self::text::StringMut;
use self::text_key::TextKey;
pub use self::value_mut::ValueMut;

use super::at::At;
use super::edit::{Cursor, Edit};
use super::fault::Fault;
use super::snap::Snap;
use super::source::Source;
use super::trace::Trace;
use super::view::ViewCore;
use crate::error::WriteError;
use crate::format::SchemaText;

/// A type that may stand in a growable record.
///
/// Everything [`Mappable`](trait@crate::Mappable) does, and so does what grows: `String`, bytes in a
/// `Vec<u8>` with `#[commy(bytes)]` on the field, and `Vec`, `VecDeque`, `BTreeMap`, `BTreeSet`,
/// `HashMap`, `HashSet`, `Option`, `Box`, arrays and tuples of all these. What can be a key, [`Key`] and
/// [`HashKey`] say. Another type can be stored as one of these: see [`Convert`]; or serialized, with
/// `#[commy(encoded = Postcard)]` on the field: see [`encoded`](crate::encoded#any-length).
///
/// [`#[derive(Growable)]`](macro@crate::Growable) implements it for structs and enums of what fits, and
/// [`#[derive(Mappable)]`](macro@crate::Mappable) for what has a fixed layout.
///
/// # Examples
///
/// ```
/// use commy::Growable;
///
/// fn fits<T: Growable>() {}
///
/// fits::<u64>();
/// fits::<commy::FixedString<16>>();
/// fits::<String>();
/// fits::<Option<Box<String>>>();
/// fits::<[(u32, String); 4]>();
/// fits::<std::collections::HashMap<(u8, String), Vec<f64>>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in a growable commy record",
    label = "not a type that commy can store",
    note = "if `{Self}` is your own struct or enum, add `#[derive(commy::Growable)]` to it, or `#[derive(commy::Mappable)]` and `#[repr(C)]` if its layout is fixed",
    note = "if `{Self}` is of another crate: `#[commy(pod, id = \"...\")]` on the field if it is plain old data (`bytemuck::Pod`), else `#[commy(encoded = Postcard)]` if serde knows it, or `#[commy(as = path)]` with what implements `commy::growable::Convert`",
    note = "fits: numbers of fixed width, `bool`, `char`, `String`, `Vec<u8>` with `#[commy(bytes)]`, commy's fixed types, and `Vec`, `VecDeque`, `BTreeMap`, `BTreeSet`, `HashMap`, `HashSet`, `Option`, `Box`, arrays and tuples of these"
)]
pub trait Growable: Sized + 'static {
    /// What stores it.
    #[doc(hidden)]
    type Cell: Cell<Value = Self>;

    /// What stores it as a key.
    #[doc(hidden)]
    type Key: Cell<Value = Self>;

    /// What expansions ask, so that a type that does not fit is reported once.
    #[doc(hidden)]
    const FITS: bool = true;
}

/// A type by a name of which the compiler says nothing more once the question whether it fits is an
/// error.
#[doc(hidden)]
pub trait Fitting<const FITS: bool> {
    type Itself;
}

impl<T, const FITS: bool> Fitting<FITS> for T {
    type Itself = T;
}

/// What stores a `T`.
pub(crate) type CellOf<T> = <T as Growable>::Cell;

/// What an accessor returns for a field of type `T`: a `Result` with the value for what is small, a
/// proxy such as [`BytesRef`] for what is read in parts.
pub type Read<'a, T, S = ViewCore<'a>> = <CellOf<T> as Cell>::Field<'a, <S as Source>::Proxied>;
/// What an element of type `T` is in a view.
pub type Ref<'v, T> = <CellOf<T> as Cell>::Ref<'v>;
/// What changes a `T` in place: [`StringMut`], [`OptionMut`], [`ValueMut`].
pub type Write<'t, T> = <CellOf<T> as Cell>::Mut<'t>;
/// What a setter of a `T` takes: numbers by value, `&str` for a `String`, and `Option`, tuples and
/// arrays of these; for a `Box` what its value takes.
pub type Arg<'a, T> = <CellOf<T> as Cell>::Arg<'a>;

/// How a value lies in a fixed number of bytes, and in the blocks that these lead to.
///
/// A cell of zeros is a value, so that a new record needs no first step.
#[doc(hidden)]
pub trait Cell: Sized + 'static {
    type Value: 'static;
    /// The cell of an array of these.
    type Array<const N: usize>: Cell<Value = [Self::Value; N]>;
    /// The bytes of the cell: at least 1, a multiple of `ALIGN`.
    const SIZE: usize;
    const ALIGN: usize;
    /// How deep the zero value is. One without end, a `Box` of itself, is thereby a cycle in the
    /// evaluation of constants, which the compiler reports.
    const ZERO_DEPTH: usize = 0;
    /// Whether a cell may lead to blocks.
    const HAS_BLOCKS: bool = true;

    type Field<'a, S: Source + 'a>;
    type Ref<'v>;
    type Mut<'t>;
    /// What setters take: a concrete type, so that arguments infer and coerce.
    type Arg<'a>;
    /// An argument that fits, or a value that is there, to be read several times.
    type Held<'a>;

    /// Takes an argument.
    ///
    /// # Errors
    ///
    /// `DoesNotFit` for what a fixed type has no room for.
    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError>;
    /// The same for a value.
    fn lend(value: &Self::Value) -> Self::Held<'_>;

    /// What an accessor returns.
    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Self::Field<'a, S>;
    /// What an element in a view is.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn reference<'v>(
        view: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
    ) -> Result<Self::Ref<'v>, Fault>;
    /// The same for elements whose cells are one behind the other.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn references<'v>(
        view: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
        count: usize,
        elements: &mut Vec<Self::Ref<'v>>,
    ) -> Result<(), Fault> {
        reference_each::<Self>(view, snap, at, (count, Self::SIZE), elements)
    }
    /// The same for elements whose cells are so many bytes apart.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    #[inline]
    fn references_apart<'v>(
        view: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
        layout: (usize, usize),
        elements: &mut Vec<Self::Ref<'v>>,
    ) -> Result<(), Fault> {
        reference_each::<Self>(view, snap, at, layout, elements)
    }
    /// What changes it in place.
    fn change(cursor: Cursor<'_>) -> Self::Mut<'_>;

    /// Writes a value into a cell of zeros, and what does not fit there into blocks.
    ///
    /// # Errors
    ///
    /// What the edit is refused.
    fn store(held: &Self::Held<'_>, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError>;
    /// Feeds a key to the hash of the file: the same for values that are stored alike.
    ///
    /// What feeds nothing is still found, among all others of its map.
    fn feed(held: &Self::Held<'_>, hash: &mut KeyHash) {
        let _ = (held, hash);
    }
    /// Reads a value, and checks what it uses.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes; whether that means anything, who called finds out.
    fn load(snap: &Snap<'_>, at: At) -> Result<Self::Value, Fault>;
    /// The same into a value that is there, whose buffers are used again.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn load_into(snap: &Snap<'_>, at: At, value: &mut Self::Value) -> Result<(), Fault> {
        *value = Self::load(snap, at)?;
        Ok(())
    }
    /// The same in a box: a large value never crosses the stack.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn load_boxed(snap: &Snap<'_>, at: At) -> Result<Box<Self::Value>, Fault> {
        Self::load(snap, at).map(Box::new)
    }
    /// Reads values whose cells are one behind the other.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn load_all(
        snap: &Snap<'_>,
        at: At,
        count: usize,
        values: &mut Vec<Self::Value>,
    ) -> Result<(), Fault> {
        for index in 0..count {
            values.push(Self::load(snap, at.plus(index * Self::SIZE))?);
        }
        Ok(())
    }
    /// The same over values that are there, whose buffers are used again; there may be more of them.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn load_over(
        snap: &Snap<'_>,
        at: At,
        count: usize,
        values: &mut Vec<Self::Value>,
    ) -> Result<(), Fault> {
        load_each_over::<Self>(snap, at, (count, Self::SIZE), values)
    }
    /// The same for values whose cells are so many bytes apart.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    #[inline]
    fn load_over_apart(
        snap: &Snap<'_>,
        at: At,
        layout: (usize, usize),
        values: &mut Vec<Self::Value>,
    ) -> Result<(), Fault> {
        load_each_over::<Self>(snap, at, layout, values)
    }
    /// Writes values into cells of zeros, one behind the other.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store).
    fn store_all(
        values: &[Self::Value],
        edit: &mut Edit,
        cells: &mut [u8],
    ) -> Result<(), WriteError> {
        for (value, cell) in values.iter().zip(cells.chunks_exact_mut(Self::SIZE)) {
            Self::store(&Self::lend(value), edit, cell)?;
        }
        Ok(())
    }
    /// Says which blocks the cell leads to.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault>;
    /// Returns whether the value is stored here, to the last bit.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn same(held: &Self::Held<'_>, snap: &Snap<'_>, at: At) -> Result<bool, Fault>;
    /// Checks all of the value.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        Self::load(snap, at).map(drop)
    }
    /// Says what the bytes mean.
    fn describe(schema: &mut SchemaText);

    /// Makes the cell hold a value, and writes as little as possible for it.
    ///
    /// # Errors
    ///
    /// What the edit is refused.
    fn reconcile(value: &Self::Value, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        let held = Self::lend(value);
        // What cannot be read is written anew: nothing else would repair it.
        if matches!(cursor.look(|snap, at| Self::same(&held, snap, at)), Ok(true)) {
            return Ok(());
        }
        set_held::<Self>(&mut cursor, &held)
    }

    /// What a setter calls.
    ///
    /// # Errors
    ///
    /// What the edit is refused.
    fn set(mut cursor: Cursor<'_>, arg: Self::Arg<'_>) -> Result<(), WriteError> {
        match Self::hold(arg) {
            Ok(held) => set_held::<Self>(&mut cursor, &held),
            Err(refused) => cursor.refuse(refused),
        }
    }
}

/// What elements in a view are, one by one: of so many cells, so many bytes apart.
#[inline]
fn reference_each<'v, C: Cell>(
    view: &'v ViewCore<'v>,
    snap: &Snap<'_>,
    at: At,
    (count, stride): (usize, usize),
    elements: &mut Vec<C::Ref<'v>>,
) -> Result<(), Fault> {
    for index in 0..count {
        elements.push(C::reference(view, snap, at.plus(index * stride))?);
    }
    Ok(())
}

/// Reads values over those that are there, one by one: of so many cells, so many bytes apart.
#[inline]
fn load_each_over<C: Cell>(
    snap: &Snap<'_>,
    at: At,
    (count, stride): (usize, usize),
    values: &mut Vec<C::Value>,
) -> Result<(), Fault> {
    for index in 0..count {
        let at = at.plus(index * stride);
        match values.get_mut(index) {
            Some(value) => C::load_into(snap, at, value)?,
            None => values.push(C::load(snap, at)?),
        }
    }
    Ok(())
}

/// Replaces the value of a cell.
pub(super) fn set_held<C: Cell>(
    cursor: &mut Cursor<'_>,
    held: &C::Held<'_>,
) -> Result<(), WriteError> {
    cursor.change(|edit, at| {
        edit.with_cell(C::SIZE, |edit, cell| {
            C::store(held, edit, cell)?;
            if C::HAS_BLOCKS { edit.replace(at, cell, C::trace) } else { edit.write(at, cell) }
        })
    })
}

/// What a getter of a proxy that writes returns.
pub(super) fn get<'x, C: Cell>(cursor: &'x Cursor<'_>) -> Result<C::Ref<'x>, WriteError> {
    let view = cursor.view();
    Ok(view.read(|snap| C::reference(view, snap, cursor.here(snap)?))?)
}
