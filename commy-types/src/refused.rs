//! Types that can never be shared, each with the reason and the replacement.
//!
//! A type without the trait gets the message of [`Mappable`], which can only be general. The types
//! here have an implementation instead, under a condition that never holds: the compiler reports
//! the condition, and its message speaks of the type itself, also behind an alias, in an array or
//! in a container. The macros say the same, with the name of the field, when they can read the type
//! from the source.
//!
//! How the compiler chooses the message sets the form: the condition is on [`Field`], because a
//! condition on the type itself falls back to the message of `Mappable`; it is quantified where
//! the type has no parameters, because a false condition without any is an error at once; and the
//! head of each implementation is written out, because the compiler quotes it.
#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "one argument for all: no type fulfils the conditions, so nothing is implemented"
)]
#![allow(clippy::disallowed_types, reason = "refused here, not used")]
#![cfg_attr(
    not(feature = "std"),
    allow(dead_code, unreachable_pub, reason = "some conditions are for types of std only")
)]

use core::cell::{Cell, OnceCell, RefCell, UnsafeCell};
use core::marker::PhantomData;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use core::num::{NonZero, Saturating, Wrapping};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize};
use core::time::Duration;

use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::Mappable;
use crate::schema::TypeSchema;

/// A field of type `T`, of which the conditions speak.
#[derive(Debug)]
pub struct Field<T: ?Sized>(PhantomData<T>);

/// Stands in for a type without a size, such as `str`, in a struct that the macros refuse for it:
/// the struct itself then has a size, and nothing but the refusal is reported.
///
/// # Examples
///
/// ```
/// let _: <str as commy_types::WithSize>::Field = ();
/// ```
#[doc(hidden)]
pub trait WithSize {
    /// A type with a size.
    type Field;
}

impl<T: ?Sized> WithSize for T {
    type Field = ();
}

/// The items that the trait asks for; nobody can call them.
macro_rules! never {
    () => {
        const SCHEMA: &'static TypeSchema = &TypeSchema::Scalar { name: "" };
        const NEEDS_CHECK: bool = true;
        const PLAIN: bool = false;
        type Arg<'a> = Self;
        type Output = ();

        fn assign(&mut self, _: Self) {}

        fn check(_: &[u8]) -> Result<(), Invalid> {
            Ok(())
        }

        fn encode(&self, _: usize, _: &mut Image<'_>) {}
    };
}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` keeps its text on this process's heap, which the reading process cannot see",
    label = "use `FixedString<N>`, for example `FixedString<64>`",
    note = "or keep it in a record that grows: add `growable` to its attributes"
)]
pub trait TextInPlace<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` keeps its elements on this process's heap, which the reading process cannot see",
    label = "use `FixedVec<{E}, N>`, for example `FixedVec<{E}, 16>`"
)]
pub trait ElementsInPlace<T, E> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` keeps its elements on this process's heap, which the reading process cannot see",
    label = "use `FixedDeque<{E}, N>`, for example `FixedDeque<{E}, 16>`"
)]
pub trait RingInPlace<T, E> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` keeps its table on this process's heap, which the reading process cannot see",
    label = "use `FixedMap<K, V, N>` for keys and values, `FixedSet<T, N>` for keys alone"
)]
pub trait TableInPlace<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` is a pointer to this process's memory, which the reading process cannot see",
    label = "store the value in place: `{V}`"
)]
pub trait ValueInPlace<T: ?Sized, V: ?Sized> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` is an address inside this process, which another process cannot follow",
    label = "store the data in place: `FixedString<N>` for text, `FixedVec<T, N>` for sequences"
)]
pub trait FollowedElsewhere<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` is the address of code in this process",
    label = "store what to do as a fieldless enum with `#[derive(commy::Mappable)]` and `#[repr(u8)]`"
)]
pub trait CodeEverywhere<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` has a different size in 32-bit and 64-bit processes",
    label = "use `{W}`"
)]
pub trait SameWidthEverywhere<T, W> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` has no fixed layout: where its tag lies is up to the compiler",
    label = "use `FixedOption<{V}>`, or a value that means none"
)]
pub trait FixedTag<T: ?Sized, V: ?Sized> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` has no fixed layout: where its tag lies is up to the compiler",
    label = "store the value, and what went wrong as a fieldless enum with `#[derive(commy::Mappable)]` and `#[repr(u8)]`"
)]
pub trait FixedOutcome<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` has no fixed layout: the order of its fields is up to the compiler",
    label = "use an array, or a struct with `#[derive(commy::Mappable)]` and `#[repr(C)]`"
)]
pub trait FixedFieldOrder<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` changes behind a shared reference, which a published value must not",
    label = "store the value itself; the writer's setters change it"
)]
pub trait ChangedBySettersOnly<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` is a lock for the threads of one process",
    label = "store the value itself; the writer's setters change it"
)]
pub trait LockBetweenProcesses<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be zero, but every value of a new file begins as zero",
    label = "use the plain number, or `FixedOption` of it"
)]
pub trait ZeroAllowed<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` has no fixed layout",
    label = "store a number in a unit of your choice, for example nanoseconds as `u64`"
)]
pub trait FixedUnit<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` has no fixed layout",
    label = "store its octets, as `{V}`, or the value in serialized form, as `commy::encoded::Encoded<{T}, Postcard, N>`"
)]
pub trait Octets<T, V> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` has no fixed layout: where its parts lie is up to the compiler",
    label = "store it in serialized form, as `commy::encoded::Encoded<{T}, Postcard, N>`"
)]
pub trait SerializedForm<T> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(
    message = "`{T}` says how this program calculates, which a file does not",
    label = "use `{V}`; to keep the type, write `#[commy(pod, id = \"...\")]` if it is `bytemuck::Pod`"
)]
pub trait PlainNumber<T, V> {}

/// Fulfilled by nothing.
#[diagnostic::on_unimplemented(message = "`{T}` has no bytes to share", label = "remove the field")]
pub trait NoBytes<T> {}

#[doc(hidden)]
unsafe impl Mappable for usize
where
    for<'x> Field<Self>: SameWidthEverywhere<Self, u64>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for isize
where
    for<'x> Field<Self>: SameWidthEverywhere<Self, i64>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for Option<V>
where
    Field<Self>: FixedTag<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static, E: 'static> Mappable for Result<V, E>
where
    Field<Self>: FixedOutcome<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized> Mappable for &'static V
where
    Field<Self>: FollowedElsewhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized> Mappable for &'static mut V
where
    Field<Self>: FollowedElsewhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized + 'static> Mappable for *const V
where
    Field<Self>: FollowedElsewhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized + 'static> Mappable for *mut V
where
    Field<Self>: FollowedElsewhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized + 'static> Mappable for NonNull<V>
where
    Field<Self>: FollowedElsewhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<R: 'static> Mappable for fn() -> R
where
    Field<Self>: CodeEverywhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<A: 'static, R: 'static> Mappable for fn(A) -> R
where
    Field<Self>: CodeEverywhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<A: 'static, B: 'static, R: 'static> Mappable for fn(A, B) -> R
where
    Field<Self>: CodeEverywhere<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for ()
where
    for<'x> Field<Self>: NoBytes<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: ?Sized + 'static> Mappable for PhantomData<V>
where
    Field<Self>: NoBytes<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<A: 'static, B: 'static> Mappable for (A, B)
where
    Field<Self>: FixedFieldOrder<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<A: 'static, B: 'static, C: 'static> Mappable for (A, B, C)
where
    Field<Self>: FixedFieldOrder<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<A: 'static, B: 'static, C: 'static, D: 'static> Mappable for (A, B, C, D)
where
    Field<Self>: FixedFieldOrder<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for Cell<V>
where
    Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for RefCell<V>
where
    Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for UnsafeCell<V>
where
    Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for OnceCell<V>
where
    Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for AtomicBool
where
    for<'x> Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for AtomicU32
where
    for<'x> Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for AtomicU64
where
    for<'x> Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for AtomicI64
where
    for<'x> Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for AtomicUsize
where
    for<'x> Field<Self>: ChangedBySettersOnly<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for Duration
where
    for<'x> Field<Self>: FixedUnit<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for Ipv4Addr
where
    for<'x> Field<Self>: Octets<Self, [u8; 4]>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for Ipv6Addr
where
    for<'x> Field<Self>: Octets<Self, [u8; 16]>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for IpAddr
where
    for<'x> Field<Self>: SerializedForm<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for SocketAddr
where
    for<'x> Field<Self>: SerializedForm<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for SocketAddrV4
where
    for<'x> Field<Self>: SerializedForm<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for SocketAddrV6
where
    for<'x> Field<Self>: SerializedForm<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for Wrapping<V>
where
    Field<Self>: PlainNumber<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl<V: 'static> Mappable for Saturating<V>
where
    Field<Self>: PlainNumber<Self, V>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for NonZero<u8>
where
    for<'x> Field<Self>: ZeroAllowed<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for NonZero<u16>
where
    for<'x> Field<Self>: ZeroAllowed<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for NonZero<u32>
where
    for<'x> Field<Self>: ZeroAllowed<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for NonZero<u64>
where
    for<'x> Field<Self>: ZeroAllowed<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for NonZero<i32>
where
    for<'x> Field<Self>: ZeroAllowed<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for NonZero<i64>
where
    for<'x> Field<Self>: ZeroAllowed<Self>,
{
    never!();
}

#[doc(hidden)]
unsafe impl Mappable for NonZero<usize>
where
    for<'x> Field<Self>: ZeroAllowed<Self>,
{
    never!();
}

#[cfg(feature = "alloc")]
mod heap;
#[cfg(feature = "std")]
mod system;
