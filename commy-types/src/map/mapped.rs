//! A [`FixedMap`] in a file: a vector of keys, which ascend, and behind it the values.

use core::mem::offset_of;

use super::FixedMap;
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::length;
use crate::mappable::Mappable;
use crate::primitives::{check_elements, encode_used};
use crate::raw;
use crate::schema::{Note, TypeSchema};
use crate::set::check_keys;
use crate::vec::FixedVec;

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: `repr(C)` of a vector and an array, so the promises of both carry over: a fixed layout, no
// drop, bytewise copies, zero valid. `check` accepts only bytes that are a value of both: of values
// those in use are checked, and those that are not are zero if not any bytes are one. `encode` writes
// the vector and the values in use, and zeros over those that an earlier encoding had beyond them. No
// promise needs the order of the keys: with an `Ord` that contradicts itself, `encode` may leave what
// `check` refuses, and it is a value all the same.
unsafe impl<K: Mappable + Ord, V: Mappable, const N: usize> Mappable for FixedMap<K, V, N> {
    const SCHEMA: &'static TypeSchema = &TypeSchema::Map {
        capacity: N,
        keys: length::data_offset::<K>(),
        key_stride: size_of::<K>(),
        values: offset_of!(Self, values),
        value_stride: size_of::<V>(),
        key: K::SCHEMA,
        value: V::SCHEMA,
    };
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    // The tails of what needs a check are checked, too.
    const USED: Option<fn([u8; 8]) -> usize> = match K::NEEDS_CHECK || V::NEEDS_CHECK {
        true => None,
        false => Some(|head| {
            let values = length::used(&head, N) * size_of::<V>();
            offset_of!(Self, values) + values
        }),
    };
    const NOTES_WITHIN: &'static [Note] = match Self::ENTRY_NOTES {
        [key, value] if key.within.is_empty() && value.within.is_empty() => &[],
        notes => notes,
    };
    type Arg<'a> = &'a Self;
    type Output = ();

    #[inline]
    fn assign(&mut self, value: &Self) {
        *self = raw::copy_of(value);
    }

    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        let at = offset_of!(Self, values);
        let missing = Invalid::new(0, InvalidReason::Missing { size: size_of::<Self>() });
        let (Some(keys), Some(len)) = (bytes.get(..at), bytes.first_chunk()) else {
            return Err(missing);
        };
        <FixedVec<K, N>>::check(keys)?;
        let count = length::used(len, N);
        if V::NEEDS_CHECK {
            let values = bytes.get(at..at + size_of::<[V; N]>()).ok_or(missing)?;
            check_elements::<V>(values, count).map_err(|invalid| invalid.shifted(at))?;
            let used = count * size_of::<V>();
            if values.iter().skip(used).any(|byte| *byte != 0) {
                return Err(Invalid::new(at + used, InvalidReason::Tail));
            }
        }
        // After all that a program without this `Ord` could check.
        check_keys::<K>(keys, N)
    }

    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        let before = length::used(&image.length(at).to_le_bytes(), N);
        self.keys.encode(at, image);
        encode_used(self.used(), before, at + offset_of!(Self, values), image);
    }
}

impl<K: Mappable + Ord, V: Mappable, const N: usize> FixedMap<K, V, N> {
    /// What is noted of the two parts of an entry.
    const ENTRY_NOTES: &'static [Note] =
        &[Note::new("key", "", "", K::NOTES_WITHIN), Note::new("value", "", "", V::NOTES_WITHIN)];
}

impl<K, V, const N: usize> FixedMap<K, V, N> {
    /// The offset of the first value in bytes.
    pub(crate) const VALUES_AT: usize = offset_of!(Self, values);
}
