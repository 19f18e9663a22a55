//! What lets `FixedOption` live in a commy file.

use core::mem;

use super::{FixedOption, NONE, SOME};
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::mappable::{Element, Mappable};
use crate::schema::{Note, TypeSchema};

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of eight bytes and a value whose all-zero bytes are valid.
unsafe impl<T: Element> bytemuck::Zeroable for FixedOption<T> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: by the contract of `Element`, `T` is `Pod` and its alignment divides 8, so the value
// starts at 8 and ends at a multiple of the alignment: no padding, every byte pattern valid.
unsafe impl<T: Element> bytemuck::Pod for FixedOption<T> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: the alignment is that of `T`, at most 8; the other duties are argued above and below.
unsafe impl<T: Element> Element for FixedOption<T> {}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of eight bytes and a `T`, so the promises of `T` carry over. `check` accepts
// tags 0 and 1 and, with either, only bytes that are a valid `T`: checked ones or zeros. `encode`
// writes the tag and the value, and zeros over an earlier value when there is none.
unsafe impl<T: Mappable> Mappable for FixedOption<T> {
    const SCHEMA: &'static TypeSchema =
        &TypeSchema::Option { data: mem::offset_of!(Self, value), item: T::SCHEMA };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    const NOTES_WITHIN: &'static [Note] = T::NOTES_WITHIN;
    type Arg<'a> = Option<T>;
    type Output = ();

    #[inline]
    fn assign(&mut self, value: Option<T>) {
        self.set(value);
    }

    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        let missing = Invalid::new(0, InvalidReason::Missing { size: size_of::<Self>() });
        let offset = mem::offset_of!(Self, value);
        let Some(tag) = bytes.first_chunk() else { return Err(missing) };
        match u64::from_le_bytes(*tag) {
            0 if T::NEEDS_CHECK => {
                let value = bytes.get(offset..).ok_or(missing)?;
                // The absent value is a value too: zero is the one pattern known to be valid.
                if value.iter().any(|byte| *byte != 0) {
                    return Err(Invalid::new(offset, InvalidReason::Tail));
                }
                Ok(())
            }
            0 => Ok(()),
            1 => T::check_at(bytes, offset),
            found => Err(Invalid::new(0, InvalidReason::OptionTag { found })),
        }
    }

    fn encode(&self, at: usize, image: &mut Image<'_>) {
        let offset = mem::offset_of!(Self, value);
        let was_some = image.length(at) != 0;
        if let Some(value) = self.as_ref() {
            image.put(at, &SOME);
            match was_some {
                true => value.encode(at + offset, image),
                // The image has no value yet of which a part could be kept.
                false => value.encode(at + offset, &mut image.whole()),
            }
        } else if was_some {
            image.put(at, &NONE);
            image.clear(at + offset..at + offset + size_of::<T>());
        }
    }
}
