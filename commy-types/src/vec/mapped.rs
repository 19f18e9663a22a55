//! What lets [`FixedVec`] live in a commy file.
//!
//! Tails of checked elements must be zero. `FixedVec<bool, N>` is an array of `bool` beyond its
//! length, too. Rather than check elements nobody uses, `check` wants the tail zero when not every
//! pattern is a valid element, and skips it otherwise.

use core::mem::offset_of;

use super::{FixedVec, cells};
use crate::capacity::CapacityError;
use crate::image::Image;
use crate::invalid::Invalid;
use crate::length;
use crate::mappable::{Element, Mappable};
use crate::schema::{Note, TypeSchema};

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of eight bytes and an array of elements whose all-zero value is valid.
unsafe impl<T: Element, const N: usize> bytemuck::Zeroable for FixedVec<T, N> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: by the contract of `Element`, `T` is `Pod` and its alignment divides 8, so the
// data starts at 8 and ends at a multiple of the alignment: no padding, and every byte
// pattern is valid.
unsafe impl<T: Element, const N: usize> bytemuck::Pod for FixedVec<T, N> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of eight bytes and an array of `T`, so the promises of `T` carry over:
// a fixed layout, no drop, bytewise copies, zero valid. `check` accepts only lengths within
// the capacity and cells that are valid values, used or not. `encode` writes the length and
// the used elements, and zeros over what an earlier encoding had beyond them; unused cells
// are not part of equality.
unsafe impl<T: Mappable, const N: usize> Mappable for FixedVec<T, N> {
    const SCHEMA: &'static TypeSchema = &TypeSchema::Vec {
        capacity: N,
        data: offset_of!(Self, data),
        stride: size_of::<T>(),
        item: T::SCHEMA,
    };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    // The tail of elements that need a check is checked, too.
    const USED: Option<fn([u8; 8]) -> usize> = match T::NEEDS_CHECK {
        true => None,
        false => Some(|head| offset_of!(Self, data) + length::used(&head, N) * size_of::<T>()),
    };
    const NOTES_WITHIN: &'static [Note] = T::NOTES_WITHIN;
    type Arg<'a> = &'a [T];
    type Output = Result<(), CapacityError>;

    #[inline]
    fn assign(&mut self, value: &[T]) -> Self::Output {
        self.edit().assign(value)
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        cells::check::<T>(bytes, offset_of!(Self, data), N)
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        let data_offset = offset_of!(Self, data);
        cells::encode((&self.len, &self.data), data_offset, at, image);
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: the alignment is that of `T`, at most 8; the rest is argued above.
unsafe impl<T: Element, const N: usize> Element for FixedVec<T, N> {}
