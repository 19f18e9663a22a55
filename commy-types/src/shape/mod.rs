//! How a type of the user's is laid out, proved at its definition.
//!
//! The macros cannot be believed: the paths in their expansions lead wherever the user's crate
//! makes them lead. So what unsafe code relies on is computed here, and what it is computed from is
//! either a type, which the compiler checks, or a [`Shape`]. A shape is made by the macros
//! [`shape_of_fields`](crate::shape_of_fields) and [`shape_of_variants`](crate::shape_of_variants)
//! only, which name everything through `$crate` and are right for whatever they are called with.
//!
//! Nothing that a path in an expansion gives can be relied on: safe code leads paths elsewhere. All
//! of these are allowed in a crate with `forbid(unsafe_code)`: `extern crate self as core`, or a
//! dependency of that name; `crate = path` to a module that looks like commy; a type called like
//! one of the aliases; a `compile_error!` that says nothing. So the `unsafe impl` holds no logic.
//!
//! | what could be misstated | why it cannot |
//! |---|---|
//! | the trait | another trait of that name gives no power: the runtime asks for its own |
//! | the shape | a fake macro cannot make a `Shape`, and one that panics is evaluated at the definition |
//! | which fields there are, and their types | a pattern without `..` in a function that is compiled and never called; pointers to the fields, which do not coerce |
//! | where they are | `offset_of!` of the true core, not computed from `repr(C)`: an attribute macro below the derive may have changed that |
//! | that the name which depends on a size is that of the record, or of the field's type | the shape is of the type that the name stands for, and a `Shape` of another type does not fit |
//! | what a field's type promises | a `Leaf<T>` comes from `T: Mappable` or `T: Pod` only; a chain of them keeps the sum of what they say |
//! | that there is no padding | as many bytes as all fields have |
//! | an enum's numbers | read from values of the enum, by a cast that the language has for fieldless enums only; padding is refused by the compiler, which reads all bytes |
//! | that a refused type is refused | what stands in for its implementation stands beside a constant of an uninhabited type, whose value is the `compile_error!` |
//!
//! The shape is erased to functions, because an associated type may not be more private than the
//! record, as its fields' types may be. It costs nothing: the compiler sees through a constant.
//! Leaves are values and no conditions on types, so that a type that does not fit is one error.
//! Schema, names and the offsets of getters are data: a lie there misleads its author only.
//!
//! A value is checked in the place where its bytes arrived. A move need not keep padding, which the
//! check looks at.
#![allow(unsafe_code, reason = "a room of this crate for it; each block argues from a shape")]

mod fields;
mod variants;

use core::fmt;

pub use self::fields::{Chain, FieldUse, Fields, Leaf, Pairs};
pub use self::variants::Variants;
use self::variants::{Numbers, numbers};
use crate::image::Image;
use crate::invalid::Invalid;

/// The proof of how `T` is laid out; nothing but the macros of this module can make one without
/// `unsafe`. It holds functions, since the types of the fields may be more private than `T` is.
pub struct Shape<T> {
    needs_check: bool,
    is_plain: bool,
    /// The size of the largest field that may leave bytes unused; 0 if there is none.
    largest_use: usize,
    check: fn(&[u8]) -> Result<(), Invalid>,
    encode: fn(&T, usize, &mut Image<'_>),
    each_use: fn(&mut dyn FnMut(FieldUse)),
}

/// Where the fields of a struct are.
///
/// # Safety
///
/// - [`pick`](Self::pick) returns a pointer to each field of `Owner`, of which there are no others,
///   and all of which are aligned.
/// - [`OFFSETS`](Self::OFFSETS) are the offsets of the same fields, in the same places.
#[allow(unsafe_code, reason = "declares the contract")]
pub unsafe trait Layout {
    /// The struct.
    type Owner;
    /// The types of its fields.
    type Fields: Fields;
    /// What these say of themselves.
    const FIELDS: &'static Self::Fields;
    /// The name of the struct, for messages.
    const NAME: &'static str;
    /// The offsets of its fields.
    const OFFSETS: &'static <Self::Fields as Fields>::Offsets;

    /// Proves by being compiled that the fields are of these types; nobody calls it.
    fn pick(owner: &Self::Owner) -> <Self::Fields as Fields>::Pointers;
}

impl<T: 'static> Shape<T> {
    /// Nothing is known; the implementation says everything itself.
    ///
    /// Nobody else can have one: it would stand for a proof where an expansion wants one.
    pub(crate) const BY_HAND: Self = Self {
        needs_check: true,
        is_plain: false,
        largest_use: 0,
        check: |_| unreachable!("{UNSAID}"),
        encode: |_, _, _| unreachable!("{UNSAID}"),
        each_use: |_| (),
    };

    /// The shape of a struct.
    #[must_use]
    #[track_caller]
    pub const fn of_fields<L, C, M>() -> Self
    where
        L: Layout<Owner = T, Fields = Chain<C, M>>,
        C: Fields,
        M: Fields,
    {
        let facts = L::FIELDS.facts();
        // A field that needs drop is refused by its type, and not once more here.
        if core::mem::needs_drop::<T>() && !facts.need_drop {
            fail(&["`", L::NAME, "` implements `Drop`, but a shared value is copied as bytes"]);
        }
        // As many bytes as the fields have: nothing is left for padding.
        let is_plain = facts.are_plain && facts.size == size_of::<T>();
        Self {
            needs_check: facts.need_check,
            is_plain,
            largest_use: facts.largest_use,
            check: check_fields::<L>,
            encode: if is_plain { encode_plain::<L> } else { encode_fields::<L> },
            each_use: |visit| L::FIELDS.each_use(L::OFFSETS, visit),
        }
    }

    /// The shape of an enum.
    #[must_use]
    #[track_caller]
    pub const fn of_variants<V: Variants<Owner = T>>() -> Self {
        let Numbers { .. } = numbers::<V>();
        Self {
            needs_check: true,
            is_plain: true,
            largest_use: 0,
            check: variants::check::<V>,
            encode: variants::encode::<V>,
            each_use: |_| (),
        }
    }

    /// [`Mappable::NEEDS_CHECK`](crate::Mappable::NEEDS_CHECK) of the type.
    #[must_use]
    pub const fn needs_check(&self) -> bool {
        self.needs_check
    }

    /// [`Mappable::PLAIN`](crate::Mappable::PLAIN) of the type.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The size of the largest field that may leave bytes unused; 0 if there is none.
    #[must_use]
    pub const fn largest_use(&self) -> usize {
        self.largest_use
    }

    /// Calls `visit` with each field of a struct, in order.
    pub fn each_use(&self, visit: &mut dyn FnMut(FieldUse)) {
        (self.each_use)(visit);
    }

    /// [`Mappable::check`](crate::Mappable::check) of the type.
    ///
    /// # Errors
    ///
    /// The first thing that makes `bytes` no value of `T`.
    #[inline]
    pub fn check(&self, bytes: &[u8]) -> Result<(), Invalid> {
        (self.check)(bytes)
    }

    /// [`Mappable::encode`](crate::Mappable::encode) of the type.
    #[inline]
    pub fn encode(&self, value: &T, at: usize, image: &mut Image<'_>) {
        (self.encode)(value, at, image);
    }
}

/// What is said where an implementation by hand has not said it itself.
const UNSAID: &str = "an implementation of `Mappable` by hand has `check` and `encode` of its own";

#[inline]
fn check_fields<L: Layout>(bytes: &[u8]) -> Result<(), Invalid> {
    L::FIELDS.check(bytes, L::OFFSETS)
}

#[inline]
fn encode_fields<L: Layout>(value: &L::Owner, at: usize, image: &mut Image<'_>) {
    let owner = core::ptr::from_ref(value).cast();
    // SAFETY: a reference is to a value; by the contract of `Layout` its fields are of these types,
    // aligned, and at these offsets.
    unsafe { L::FIELDS.encode(owner, L::OFFSETS, at, image) };
}

/// The same for a struct that is plain: its bytes at once, where all of them are wanted.
#[inline]
fn encode_plain<L: Layout>(value: &L::Owner, at: usize, image: &mut Image<'_>) {
    if image.window().is_some() {
        return encode_fields::<L>(value, at, image);
    }
    let bytes = core::ptr::from_ref(value).cast::<u8>();
    // SAFETY: the bytes behind a reference. Each is one of a field, since the fields have as many
    // together (`of_fields`); those are plain, and by the contract of `Mappable` and `Pod` have no
    // padding, so that all bytes are initialised, and no interior mutability.
    let bytes = unsafe { core::slice::from_raw_parts(bytes, size_of::<L::Owner>()) };
    image.put(at, bytes);
}

impl<T> fmt::Debug for Shape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shape")
    }
}

/// Ends the evaluation of a constant with a message of several parts.
#[track_caller]
const fn fail(parts: &[&str]) -> ! {
    let (mut text, mut len) = ([0; 512], 0);
    let mut parts = parts;
    while let [part, rest @ ..] = parts {
        let mut bytes = part.as_bytes();
        while let [byte, rest @ ..] = bytes {
            if len < text.len() {
                #[allow(clippy::indexing_slicing, reason = "checked above; `get_mut` is not const")]
                {
                    text[len] = *byte;
                }
                len += 1;
            }
            bytes = rest;
        }
        parts = rest;
    }
    match core::str::from_utf8(text.split_at(len).0) {
        Ok(message) => panic!("{}", message),
        Err(_) => panic!("this type cannot be shared"),
    }
}

/// Makes the [`Shape`] of a struct of its name, its fields, the types of these in groups, and the
/// fields with their leaves in the same groups.
///
/// Right for whatever it is called with: the pattern names each field once and all of them, a
/// reference to a field is aligned (and there is none to a union's in safe code), a pointer does
/// not change its type, a leaf can be had of its type only, and nothing is named but through
/// `$crate`.
#[doc(hidden)]
#[macro_export]
macro_rules! shape_of_fields {
    ($name:literal $owner:ident { $($field:ident)* } $types:ty, $groups:tt) => {{
        enum __CommyLayout {}
        // SAFETY: all fields are picked, by reference; their offsets are in the same groups, and
        // so are their leaves, of which the facts are.
        unsafe impl $crate::shape::Layout for __CommyLayout {
            type Owner = $owner;
            type Fields = $types;
            const FIELDS: &'static $types = &$crate::shape_of_fields!(@leaves $groups);
            const NAME: &'static $crate::__core::primitive::str = $name;
            const OFFSETS: &'static <$types as $crate::shape::Fields>::Offsets =
                &$crate::shape_of_fields!(@offsets $owner $groups).0;
            fn pick(
                __commy_owner: &$owner,
            ) -> <$types as $crate::shape::Fields>::Pointers {
                let $owner { $($field: _),* } = __commy_owner;
                $crate::shape_of_fields!(@pick __commy_owner $groups).0
            }
        }
        $crate::shape::Shape::of_fields::<__CommyLayout, _, _>()
    }};
    (@leaves [$($field:ident = $leaf:expr,)*]) => {
        $crate::shape::Chain::EMPTY$(.and($leaf))*
    };
    (@leaves ($($group:tt)*)) => {
        $crate::shape::Chain::EMPTY$(.and_all($crate::shape_of_fields!(@leaves $group)))*
    };
    (@pick $owner:ident [$($field:ident = $leaf:expr,)*]) => {
        $crate::shape::Pairs(((), ()))$(.and(&raw const *&$owner.$field))*
    };
    (@pick $owner:ident ($($group:tt)*)) => {
        $crate::shape::Pairs(((), ()))$(.and($crate::shape_of_fields!(@pick $owner $group).0))*
    };
    (@offsets $owner:ident [$($field:ident = $leaf:expr,)*]) => {
        $crate::shape::Pairs(((), ()))$(.and({
            // On its own, because the compiler takes quadratic time for many in one body.
            const __COMMY_OFFSET: $crate::__core::primitive::usize =
                $crate::__core::mem::offset_of!($owner, $field);
            __COMMY_OFFSET
        }))*
    };
    (@offsets $owner:ident ($($group:tt)*)) => {
        $crate::shape::Pairs(((), ()))$(.and($crate::shape_of_fields!(@offsets $owner $group).0))*
    };
}

/// Makes the [`Shape`] of an enum of its name and its variants.
///
/// Right for whatever it is called with: what is cast is an enum whose variants have no fields,
/// what is listed are values of it, the compiler reads all their bytes, and nothing is named but
/// through `$crate`.
#[doc(hidden)]
#[macro_export]
macro_rules! shape_of_variants {
    ($name:literal $repr:literal $owner:ident { $($variant:ident)* }) => {{
        enum __CommyVariants {}
        // SAFETY: `number` is the cast of an enum.
        unsafe impl $crate::shape::Variants for __CommyVariants {
            type Owner = $owner;
            const NAME: &'static $crate::__core::primitive::str = $name;
            const REPR: &'static $crate::__core::primitive::str = $repr;
            const ALL: &'static [$owner] = &[$($owner::$variant),*];
            fn number(__commy_variant: $owner) -> $crate::__core::primitive::i128 {
                __commy_variant as $crate::__core::primitive::i128
            }
        }
        // Only the compiler reads bytes that may be padding, and complains of them.
        const { $crate::shape::Shape::of_variants::<__CommyVariants>() }
    }};
}

#[cfg(test)]
mod tests;
