//! How the macros ask whether a type has a size, so that one without is one error.
//!
//! The compiler complains wherever a type without a size stands, and a record stands in its
//! expansion many times. So there the type is named as [`KnownSize::Itself`], by a constant that is
//! an error if it has none: the compiler reports the constant once, and says nothing of types that
//! depend on it.

use core::marker::PhantomData;

/// Asks whether a type has a size: `SizeOf::<T>::IS_KNOWN` is true if so, and else, with [`NoSize`]
/// in scope, false.
///
/// # Examples
///
/// ```
/// use commy_types::{NoSize as _, SizeOf};
///
/// assert!(SizeOf::<u8>::IS_KNOWN);
/// assert!(!SizeOf::<str>::IS_KNOWN);
/// ```
#[doc(hidden)]
#[derive(Debug)]
pub struct SizeOf<T: ?Sized>(PhantomData<T>);

impl<T> SizeOf<T> {
    /// It has.
    pub const IS_KNOWN: bool = true;
}

/// The answer for a type without a size.
#[doc(hidden)]
pub trait NoSize {
    /// It has none.
    const IS_KNOWN: bool = false;
}

impl<T: ?Sized> NoSize for SizeOf<T> {}

/// Implemented if the answer is yes.
///
/// # Examples
///
/// ```
/// use commy_types::{KnownSize, SizeOf};
///
/// let _: <u8 as KnownSize<{ SizeOf::<u8>::IS_KNOWN }>>::Itself = 1;
/// ```
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no size that is known at compile time, so it cannot live in a commy file",
    label = "store the data in place: `FixedString<N>` for text, `FixedVec<T, N>` for sequences",
    note = "if `{Self}` is your own struct: its last field has no size, and is what to change",
    note = "if `{Self}` is a `dyn` type: store what to do as a fieldless enum with `#[derive(commy::Mappable)]` and `#[repr(u8)]`"
)]
pub trait KnownSize<const IS_KNOWN: bool> {
    /// The type.
    type Itself: ?Sized;
    /// What to name to have it asked.
    const ASKED: bool = true;
}

impl<T: ?Sized> KnownSize<true> for T {
    type Itself = T;
}

/// A record under the name that depends on the size of its last field.
#[doc(hidden)]
pub trait SizedRecord {
    /// The record.
    type Itself: ?Sized;
}
