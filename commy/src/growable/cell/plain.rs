//! The cell of a fixed type: its image.

use core::fmt;
use core::marker::PhantomData;

use commy_types::schema::TypeSchema;
use commy_types::{
    FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec, Image, Mappable,
    Outcome as _,
};

use super::{Cell, Growable, KeyHash, ValueMut};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;
use crate::mem;

/// The cell of a fixed type: its image.
#[doc(hidden)]
pub struct Plain<T>(PhantomData<fn() -> T>);

/// A value that is borrowed, or was made of an argument.
#[doc(hidden)]
pub enum Lent<'a, T> {
    Owned(T),
    Borrowed(&'a T),
}

impl<T> Lent<'_, T> {
    pub(super) const fn get(&self) -> &T {
        match self {
            Self::Owned(value) => value,
            Self::Borrowed(value) => value,
        }
    }
}

impl<T> fmt::Debug for Lent<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lent")
    }
}

impl<T> fmt::Debug for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain")
    }
}

impl<T: Mappable> Cell for Plain<T> {
    type Value = T;
    type Array<const N: usize> = Plain<[T; N]>;
    const SIZE: usize = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
    const ALIGN: usize = align_of::<T>();
    const HAS_BLOCKS: bool = false;
    type Field<'a, S: Source + 'a> = Result<T, ReadError>;
    type Ref<'v> = T;
    type Mut<'t> = ValueMut<'t, Self>;
    type Arg<'a> = T::Arg<'a>;
    type Held<'a> = Lent<'a, T>;

    #[inline]
    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        let mut value: T = mem::zeroed();
        match value.assign(arg).is_done() {
            true => Ok(Lent::Owned(value)),
            false => Err(WriteError::DoesNotFit { type_name: core::any::type_name::<T>() }),
        }
    }

    fn lend(value: &T) -> Lent<'_, T> {
        Lent::Borrowed(value)
    }

    #[inline]
    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Result<T, ReadError> {
        source.run(Part::of(at, Self::SIZE), |snap| Self::load(snap, at))
    }

    #[inline(always)]
    fn reference<'v>(_: &'v ViewCore<'v>, snap: &Snap<'_>, at: At) -> Result<T, Fault> {
        Self::load(snap, at)
    }

    fn references<'v>(
        _: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
        count: usize,
        elements: &mut Vec<T>,
    ) -> Result<(), Fault> {
        snap.plains(at, count, elements)
    }

    #[inline]
    fn references_apart<'v>(
        _: &'v ViewCore<'v>,
        snap: &Snap<'_>,
        at: At,
        layout: (usize, usize),
        elements: &mut Vec<T>,
    ) -> Result<(), Fault> {
        snap.plains_apart(at, layout, elements)
    }

    fn change(cursor: Cursor<'_>) -> ValueMut<'_, Self> {
        ValueMut::new(cursor)
    }

    #[inline]
    fn store(held: &Lent<'_, T>, _: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        held.get().encode(0, &mut Image::untracked(cell));
        Ok(())
    }

    #[inline(always)]
    fn load(snap: &Snap<'_>, at: At) -> Result<T, Fault> {
        snap.plain(at)
    }

    #[inline]
    fn set(mut cursor: Cursor<'_>, arg: Self::Arg<'_>) -> Result<(), WriteError> {
        match Self::hold(arg) {
            Ok(held) => cursor.set_plain(Self::SIZE, |cell| {
                held.get().encode(0, &mut Image::untracked(cell));
            }),
            Err(refused) => cursor.refuse(refused),
        }
    }

    fn load_boxed(snap: &Snap<'_>, at: At) -> Result<Box<T>, Fault> {
        snap.plain_boxed(at)
    }

    fn load_all(snap: &Snap<'_>, at: At, count: usize, values: &mut Vec<T>) -> Result<(), Fault> {
        snap.plains(at, count, values)
    }

    fn load_over(snap: &Snap<'_>, at: At, count: usize, values: &mut Vec<T>) -> Result<(), Fault> {
        values.clear();
        snap.plains(at, count, values)
    }

    #[inline]
    fn load_over_apart(
        snap: &Snap<'_>,
        at: At,
        layout: (usize, usize),
        values: &mut Vec<T>,
    ) -> Result<(), Fault> {
        values.clear();
        snap.plains_apart(at, layout, values)
    }

    fn trace(_: &Snap<'_>, _: At, _: &mut Trace) -> Result<(), Fault> {
        Ok(())
    }

    #[inline]
    fn same(held: &Lent<'_, T>, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        with_image(held, |image| {
            if let Ok(image) = image.try_into() {
                return Ok(snap.word(at)? == u64::from_ne_bytes(image));
            }
            if image.len() <= SMALL {
                let mut stored = [0; SMALL];
                let stored = stored.split_at_mut(image.len()).0;
                snap.read(at, stored)?;
                return Ok(stored == image);
            }
            let mut stored = vec![0; image.len()];
            snap.read(at, &mut stored)?;
            Ok(stored == image)
        })
    }

    fn describe(schema: &mut SchemaText) {
        schema.plain(T::SCHEMA);
    }

    #[inline]
    fn feed(held: &Lent<'_, T>, hash: &mut KeyHash) {
        const {
            assert!(
                !holds_a_deque(T::SCHEMA),
                "a `FixedDeque` is in no key of a hash map or set: equal ones may be stored in other cells, \
                 and keys are the same if they are stored alike; a `FixedVec` is"
            );
        }
        // A type of no bytes has a cell of one.
        with_image(held, |image| hash.bytes(image.split_at(size_of::<T>()).0));
    }
}

/// Whether values of the type may be equal and not stored alike, because there is a ring in them.
const fn holds_a_deque(schema: &TypeSchema) -> bool {
    match schema {
        TypeSchema::Deque { .. } => true,
        TypeSchema::Vec { item, .. }
        | TypeSchema::Array { item, .. }
        | TypeSchema::Option { item, .. } => holds_a_deque(item),
        TypeSchema::Struct { fields, .. } => {
            let mut fields = *fields;
            while let [field, rest @ ..] = fields {
                if holds_a_deque(field.ty) {
                    return true;
                }
                fields = rest;
            }
            false
        }
        _ => false,
    }
}

/// Small values need no memory for their image.
const SMALL: usize = 64;

/// Calls `read` with the bytes that a value is stored as.
#[inline]
fn with_image<T: Mappable, R>(held: &Lent<'_, T>, read: impl FnOnce(&[u8]) -> R) -> R {
    let size = Plain::<T>::SIZE;
    let (mut small, mut large);
    let image: &mut [u8] = if size <= SMALL {
        small = [0; SMALL];
        small.split_at_mut(size).0
    } else {
        large = vec![0; size];
        &mut large
    };
    held.get().encode(0, &mut Image::untracked(image));
    read(image)
}

/// Types of fixed layout, one line each: a rule for all of them would leave no room for `Option`.
macro_rules! plain {
    ($([$($generics:tt)*] $ty:ty;)*) => {
        $(impl<$($generics)*> Growable for $ty { type Cell = Plain<Self>; type Key = Plain<Self>; })*
    };
}

plain! {
    [] u8; [] u16; [] u32; [] u64; [] u128;
    [] i8; [] i16; [] i32; [] i64; [] i128;
    [] f32; [] f64; [] bool; [] char;
    [const N: usize] FixedString<N>;
    [T: Mappable, const N: usize] FixedVec<T, N>;
    [T: Mappable, const N: usize] FixedDeque<T, N>;
    [T: Mappable + Ord, const N: usize] FixedSet<T, N>;
    [K: Mappable + Ord, V: Mappable, const N: usize] FixedMap<K, V, N>;
    [T: Mappable] FixedOption<T>;
}
