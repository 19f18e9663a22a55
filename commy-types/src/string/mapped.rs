//! What lets a string type live in a commy file.

macro_rules! string_mapped {
    ($name:ident, $capacity:ident) => {
        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: `repr(C)` of two byte arrays: a fixed layout of alignment 1 without padding, of
        // which every byte pattern, all zeros among them, is a valid value.
        unsafe impl<const $capacity: usize> bytemuck::Zeroable for $name<$capacity> {}

        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: as above; `Copy`, no pointer, no interior mutability.
        unsafe impl<const $capacity: usize> bytemuck::Pod for $name<$capacity> {}

        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: as above. `check` accepts only bytes that any look at the value agrees with.
        // `encode` writes the length of the text and the text, and zeros over what an earlier
        // encoding had beyond it.
        unsafe impl<const $capacity: usize> $crate::Mappable for $name<$capacity> {
            $crate::by_hand!();
            const SCHEMA: &'static $crate::schema::TypeSchema =
                &$crate::schema::TypeSchema::String { capacity: $capacity };
            const NEEDS_CHECK: bool = true;
            const PLAIN: bool = false;
            type Arg<'a> = &'a str;
            type Output = Result<(), $crate::CapacityError>;

            #[inline]
            fn assign(&mut self, value: &str) -> Self::Output {
                self.assign_str(value)
            }

            #[inline]
            fn check(bytes: &[u8]) -> Result<(), $crate::Invalid> {
                text::check(bytes, $capacity)
            }

            #[inline]
            fn encode(&self, at: usize, image: &mut $crate::Image<'_>) {
                text::encode(&self.len, &self.data, at, image);
            }
        }

        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: alignment 1; the duties of `Mappable` and `Pod` are argued above.
        unsafe impl<const $capacity: usize> $crate::Element for $name<$capacity> {}
    };
}
