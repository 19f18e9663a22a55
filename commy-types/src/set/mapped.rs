//! A [`FixedSet`] in a file: the bytes of a vector, whose elements ascend.

use super::FixedSet;
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::length;
use crate::mappable::Mappable;
use crate::raw;
use crate::schema::{Note, TypeSchema};
use crate::sorted;
use crate::vec::FixedVec;

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: transparent over a vector, to which all is delegated; `check` refuses more than the vector's.
// No promise needs the order: with an `Ord` that contradicts itself, `encode` may leave what `check`
// refuses, and it is a value all the same.
unsafe impl<T: Mappable + Ord, const N: usize> Mappable for FixedSet<T, N> {
    const SCHEMA: &'static TypeSchema = &TypeSchema::Set {
        capacity: N,
        data: length::data_offset::<T>(),
        stride: size_of::<T>(),
        item: T::SCHEMA,
    };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    const USED: Option<fn([u8; 8]) -> usize> = <FixedVec<T, N>>::USED;
    const NOTES_WITHIN: &'static [Note] = T::NOTES_WITHIN;
    type Arg<'a> = &'a Self;
    type Output = ();

    #[inline]
    fn assign(&mut self, value: &Self) {
        *self = raw::copy_of(value);
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        <FixedVec<T, N>>::check(bytes)?;
        check_keys::<T>(bytes, N)
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        self.elements.encode(at, image);
    }
}

/// Checks the order of the keys of a vector that has passed its own check.
pub(crate) fn check_keys<K: Mappable + Ord>(bytes: &[u8], capacity: usize) -> Result<(), Invalid> {
    let data = length::data_offset::<K>();
    let missing = Invalid::new(0, InvalidReason::Missing { size: data });
    let (Some(len), Some(keys)) = (bytes.first_chunk(), bytes.get(data..)) else {
        return Err(missing);
    };
    sorted::check_order::<K>(keys, length::used(len, capacity))
        .map_err(|invalid| invalid.shifted(data))
}
