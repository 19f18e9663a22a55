//! The room of unsafe operations on values in this crate, most of them what the contract of
//! [`Mappable`] allows; the other room is `shape`.
#![allow(unsafe_code, reason = "the room of this crate for it; each block argues from a contract")]

use core::mem::MaybeUninit;

use crate::invalid::{Invalid, InvalidReason};
use crate::mappable::Mappable;
use crate::string::is_ascii;

/// The all-zero value.
#[inline]
#[must_use]
pub(crate) const fn zeroed<T: Mappable>() -> T {
    // SAFETY: by the contract of `Mappable`, the value whose bytes are all zero is valid.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// The bytes of `values`, if these are their image ([`Mappable::PLAIN`]).
#[inline]
pub(crate) const fn plain_bytes<T: Mappable>(values: &[T]) -> Option<&[u8]> {
    if !T::PLAIN {
        return None;
    }
    let ptr = values.as_ptr().cast::<u8>();
    // SAFETY: by the contract of `Mappable`, a `PLAIN` type has no padding, so all `size_of_val`
    // bytes behind the reference are initialised; it has no interior mutability, so they stay as
    // they are for the lifetime of the borrow.
    Some(unsafe { core::slice::from_raw_parts(ptr, size_of_val(values)) })
}

/// The value in the first bytes of `bytes`, wherever they are aligned.
///
/// # Errors
///
/// What makes them no value, and too few of them.
#[inline]
pub(crate) fn checked<T: Mappable>(bytes: &[u8]) -> Result<T, Invalid> {
    let Some(bytes) = bytes.get(..size_of::<T>()) else {
        return Err(Invalid::new(0, InvalidReason::Missing { size: size_of::<T>() }));
    };
    if T::NEEDS_CHECK {
        T::check(bytes)?;
    }
    // SAFETY: exactly `size_of::<T>()` initialised bytes, which have just passed the check or need
    // none; by the contract of `Mappable` they are a valid value wherever they are copied to.
    Ok(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// A duplicate of a value: a bytewise copy.
#[inline]
pub(crate) const fn copy_of<T: Mappable>(value: &T) -> T {
    // SAFETY: the reference is to a valid value; by the contract of `Mappable`, copying the bytes
    // duplicates it.
    unsafe { core::ptr::read(value) }
}

/// Copies as many values as both slices hold; a bytewise copy is a right duplicate.
#[inline]
pub(crate) const fn duplicate<T: Mappable>(from: &[T], to: &mut [T]) {
    let count = if from.len() < to.len() { from.len() } else { to.len() };
    // SAFETY: both slices hold at least `count` values and cannot overlap, as one is borrowed
    // mutably; by the contract of `Mappable`, copying the bytes duplicates a value, and what is
    // overwritten needs no drop.
    unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to.as_mut_ptr(), count) }
}

/// The first `len` of `bytes` as text, if they are ASCII, and so many.
#[inline]
pub(crate) const fn ascii_text(bytes: &[u8], len: usize) -> Option<&str> {
    if len > bytes.len() || !is_ascii(bytes, len) {
        return None;
    }
    // SAFETY: just checked; ASCII is UTF-8.
    Some(unsafe { core::str::from_utf8_unchecked(bytes.split_at(len).0) })
}
