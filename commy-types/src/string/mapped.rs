//! What lets [`FixedString`] live in a commy file.

use super::{FixedString, text};
use crate::capacity::CapacityError;
use crate::image::Image;
use crate::invalid::Invalid;
use crate::mappable::{Element, Mappable};
use crate::schema::TypeSchema;

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of two byte arrays: a fixed layout of alignment 1 without padding, of
// which every byte pattern, all zeros among them, is a valid value.
unsafe impl<const N: usize> bytemuck::Zeroable for FixedString<N> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: as above; `Copy`, no pointer, no interior mutability.
unsafe impl<const N: usize> bytemuck::Pod for FixedString<N> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: as above. `check` accepts only bytes that any look at the value agrees with.
// `encode` writes the length of the text and the text, and zeros over what an earlier
// encoding had beyond it.
unsafe impl<const N: usize> Mappable for FixedString<N> {
    const SCHEMA: &'static TypeSchema = &TypeSchema::String { capacity: N };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    const USED: Option<fn([u8; 8]) -> usize> = Some(|head| text::in_use(&head, N));
    type Arg<'a> = &'a str;
    type Output = Result<(), CapacityError>;

    #[inline]
    fn assign(&mut self, value: &str) -> Self::Output {
        self.assign_str(value)
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        text::check(bytes, N)
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        text::encode(&self.len, &self.data, at, image);
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: alignment 1; the duties of `Mappable` and `Pod` are argued above.
unsafe impl<const N: usize> Element for FixedString<N> {}
