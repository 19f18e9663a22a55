//! `Mappable` for numbers, `bool`, `char` and arrays.

use core::ops::Range;

use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::mappable::{Element, Mappable};
use crate::raw;
use crate::schema::{Note, TypeSchema};

macro_rules! number {
    ($($ty:ident)*) => {$(
        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: a primitive number: fixed layout, no padding, every byte pattern valid.
        unsafe impl Mappable for $ty {
            const SCHEMA: &'static TypeSchema = &TypeSchema::Scalar { name: stringify!($ty) };
            const NEEDS_CHECK: bool = false;
            const PLAIN: bool = true;
            type Arg<'a> = Self;
            type Output = ();

            #[inline]
            fn assign(&mut self, value: Self) {
                *self = value;
            }

            #[inline]
            fn check(_: &[u8]) -> Result<(), Invalid> {
                Ok(())
            }

            #[inline(always)]
            fn encode(&self, at: usize, image: &mut Image<'_>) {
                image.put(at, &self.to_ne_bytes());
            }
        }
    )*};
}

number!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64);

macro_rules! element {
    ($($ty:ident)*) => {$(
        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: a primitive that bytemuck calls `Pod`; its alignment is asserted here.
        unsafe impl Element for $ty {}
        const _: () = assert!(align_of::<$ty>() <= 8);
    )*};
}

element!(u8 u16 u32 u64 i8 i16 i32 i64 f32 f64);

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: one byte; `check` accepts 0 and 1 only, the two valid patterns (Reference, "Boolean
// type"); zero is valid.
unsafe impl Mappable for bool {
    const SCHEMA: &'static TypeSchema = &TypeSchema::Scalar { name: "bool" };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = true;
    type Arg<'a> = Self;
    type Output = ();

    #[inline]
    fn assign(&mut self, value: Self) {
        *self = value;
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        match *bytes {
            [0 | 1] => Ok(()),
            [found, ..] => Err(Invalid::new(0, InvalidReason::Bool { found })),
            [] => Err(Invalid::new(0, InvalidReason::Missing { size: 1 })),
        }
    }

    #[inline(always)]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        image.put(at, &[u8::from(*self)]);
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: four bytes of the layout of `u32` (Reference, "Textual types"); `check` accepts Unicode
// scalar values only; zero is valid.
unsafe impl Mappable for char {
    const SCHEMA: &'static TypeSchema = &TypeSchema::Scalar { name: "char" };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = true;
    type Arg<'a> = Self;
    type Output = ();

    #[inline]
    fn assign(&mut self, value: Self) {
        *self = value;
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        let Ok(bytes) = bytes.try_into() else {
            return Err(Invalid::new(0, InvalidReason::Missing { size: 4 }));
        };
        let found = u32::from_ne_bytes(bytes);
        match Self::from_u32(found) {
            Some(_) => Ok(()),
            None => Err(Invalid::new(0, InvalidReason::Char { found })),
        }
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        image.put(at, &u32::from(*self).to_ne_bytes());
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: elements at a stride of their size and no padding of its own (Reference, "Array
// layout"), so every promise of `T` carries over; `check` checks each element.
unsafe impl<T: Mappable, const N: usize> Mappable for [T; N] {
    const SCHEMA: &'static TypeSchema =
        &TypeSchema::Array { capacity: N, stride: size_of::<T>(), item: T::SCHEMA };
    const NEEDS_CHECK: bool = T::NEEDS_CHECK;
    const PLAIN: bool = T::PLAIN;
    const NOTES_WITHIN: &'static [Note] = T::NOTES_WITHIN;
    type Arg<'a> = Self;
    type Output = ();

    #[inline]
    fn assign(&mut self, value: Self) {
        *self = value;
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        check_elements::<T>(bytes, N)
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        encode_elements(self, at, image);
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: the alignment of an array is that of its element; `Pod` for arrays is bytemuck's.
unsafe impl<T: Element, const N: usize> Element for [T; N] {}

/// Checks the first `count` values of type `T` in `bytes`.
#[inline]
pub(crate) fn check_elements<T: Mappable>(bytes: &[u8], count: usize) -> Result<(), Invalid> {
    if T::NEEDS_CHECK {
        // Without a size there is one value, however often it is there.
        let count = if size_of::<T>() == 0 { count.min(1) } else { count };
        for index in 0..count {
            T::check_at(bytes, index * size_of::<T>())?;
        }
    }
    Ok(())
}

/// Writes `elements` one after another into `image` from byte `at` on: those that it wants.
#[inline]
pub(crate) fn encode_elements<T: Mappable>(elements: &[T], at: usize, image: &mut Image<'_>) {
    match image.window() {
        None => encode_all(elements, at, image),
        Some(window) => {
            for range in window.as_slice() {
                encode_within(elements, range, at, image);
            }
        }
    }
}

/// Writes `elements` into `image` from byte `at` on, where so many were before, and zeros over what
/// is not used any more.
#[inline]
pub(crate) fn encode_used<T: Mappable>(
    elements: &[T],
    before: usize,
    at: usize,
    image: &mut Image<'_>,
) {
    // A window may name a part of what the image holds; what it did not hold is written whole.
    let (kept, added) = match image.window() {
        None => (elements, &[][..]),
        Some(_) => elements.split_at(before.min(elements.len())),
    };
    encode_elements(kept, at, image);
    if !added.is_empty() {
        encode_elements(added, at + size_of_val(kept), &mut image.whole());
    }
    if elements.len() < before {
        let cell = |index: usize| at + index * size_of::<T>();
        image.clear(cell(elements.len())..cell(before));
    }
}

#[inline]
fn encode_all<T: Mappable>(elements: &[T], at: usize, image: &mut Image<'_>) {
    if let Some(bytes) = raw::plain_bytes(elements) {
        image.put(at, bytes);
        return;
    }
    for (index, element) in elements.iter().enumerate() {
        element.encode(at + index * size_of::<T>(), image);
    }
}

/// Writes those elements that touch `range` of the image; of plain ones just these bytes.
fn encode_within<T: Mappable>(
    elements: &[T],
    range: &Range<usize>,
    at: usize,
    image: &mut Image<'_>,
) {
    let (start, end) = (range.start.saturating_sub(at), range.end.saturating_sub(at));
    if let (false, Some(bytes)) = (T::NEEDS_CHECK, raw::plain_bytes(elements)) {
        let end = end.min(bytes.len());
        if let Some(bytes) = bytes.get(start..end) {
            image.put(at + start, bytes);
        }
        return;
    }
    // Whole elements: half of a checked one may be no value.
    let Some(first) = start.checked_div(size_of::<T>()) else { return };
    let last = end.div_ceil(size_of::<T>()).min(elements.len());
    encode_all(elements.get(first..last).unwrap_or_default(), at + first * size_of::<T>(), image);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Touched;

    #[test]
    fn surrogates_are_no_chars() {
        let found = 0xd800u32;
        let invalid = char::check(&found.to_ne_bytes()).unwrap_err();
        assert_eq!(invalid.reason, InvalidReason::Char { found });
        assert!(char::check(&0x10ffffu32.to_ne_bytes()).is_ok());
        assert!(char::check(&0x110000u32.to_ne_bytes()).is_err());
    }

    #[test]
    fn short_bytes_are_an_error_and_no_panic() {
        assert!(bool::check(&[]).is_err());
        assert!(char::check(&[0; 3]).is_err());
        assert!(<[bool; 4]>::check(&[0; 3]).is_err());
    }

    #[test]
    fn an_array_is_encoded_at_its_place() {
        let (mut bytes, mut touched) = ([0u8; 16], Touched::new());
        ['a', 'b'].encode(4, &mut Image::new(&mut bytes, &mut touched));
        assert_eq!(touched.as_slice(), &[4..12]);
        assert_eq!(bytes[4..8], u32::from('a').to_ne_bytes());
        assert!(<[char; 2]>::check(&bytes[4..12]).is_ok());
    }
}
