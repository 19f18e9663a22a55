//! Values whose bytes in memory are those in the file, and all of whose bytes are a value.

use core::ops::Range;
use core::slice;

use commy_types::Mappable;

use super::copy::{load_into, store_bytes};
use crate::sync::AtomicU64;

/// A value whose bytes are its image, of a type of which any bytes are a value.
#[derive(Debug)]
pub(crate) struct Plain<'a, T>(&'a T);

impl<'a, T: Mappable> Plain<'a, T> {
    /// Whether all values of the type are like that.
    pub(crate) const ARE_ALL: bool = T::PLAIN && !T::NEEDS_CHECK;

    /// The value, if it is like that.
    #[inline]
    pub(crate) fn of(value: &'a T) -> Option<Self> {
        Self::ARE_ALL.then_some(Self(value))
    }

    /// Stores the value into the words of a slot.
    #[inline]
    pub(crate) fn store(&self, slot: &[AtomicU64]) {
        store_bytes(bytes_of(slice::from_ref(self.0)).unwrap_or_default(), slot);
    }
}

/// The bytes of `values`, if they are their image.
#[inline]
pub(super) const fn bytes_of<T: Mappable>(values: &[T]) -> Option<&[u8]> {
    if !T::PLAIN {
        return None;
    }
    // SAFETY: borrowed values without interior mutability; `PLAIN` says that none of their bytes are
    // padding, so all of them are initialised.
    Some(unsafe { core::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) })
}

/// Loads the words of a slot over `value`, if any bytes are a value of its type; returns whether it did.
pub(super) fn load<T: Mappable>(slot: &[AtomicU64], value: &mut T) -> bool {
    if !Plain::<T>::ARE_ALL {
        return false;
    }
    let bytes = core::ptr::from_mut(value).cast::<u8>();
    // SAFETY: the place of a value that is borrowed mutably. All its bytes are initialised, since none
    // are padding, and whatever is written there is a value.
    let bytes = unsafe { core::slice::from_raw_parts_mut(bytes, size_of::<T>()) };
    load_into(slot, 0, bytes)
}

/// Loads those bytes of a slot over those of `value`; returns whether both have them.
///
/// # Safety
///
/// - Any bytes there are a part of a value of `T`, and none of them are padding.
pub(super) unsafe fn load_part<T: Mappable>(
    slot: &[AtomicU64],
    value: &mut T,
    range: Range<usize>,
) -> bool {
    if range.start > range.end || range.end > size_of::<T>() {
        return false;
    }
    let bytes = core::ptr::from_mut(value).cast::<u8>();
    // SAFETY: the range is within the value.
    let bytes = unsafe { bytes.add(range.start) };
    // SAFETY: the bytes of a part of a value that is borrowed mutably. All are initialised, and whatever
    // is written there is a value: the duty of the caller.
    let bytes = unsafe { core::slice::from_raw_parts_mut(bytes, range.len()) };
    load_into(slot, range.start, bytes)
}
