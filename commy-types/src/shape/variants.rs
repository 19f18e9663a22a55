//! The variants of an enum, and the numbers that stand for them in memory.
//!
//! Variants are written by number. Two programs that declare them in another order have the same
//! layout, and so the same canonical line.

use super::fail;
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};

/// The variants of an enum whose variants have no fields.
///
/// # Safety
///
/// - [`number`](Self::number) is a cast, which the language has for such enums only.
#[allow(unsafe_code, reason = "declares the contract")]
pub unsafe trait Variants {
    /// The enum.
    type Owner: 'static;
    /// Its name, for messages.
    const NAME: &'static str;
    /// The primitive that holds its number, for messages.
    const REPR: &'static str;
    /// Its variants.
    const ALL: &'static [Self::Owner];

    /// Proves by being compiled that it is such an enum.
    fn number(variant: Self::Owner) -> i128;
}

/// What is known of the numbers of all variants.
pub(super) struct Numbers {
    /// Whether they follow each other without a gap, and the first one if so.
    run: Option<u64>,
}

/// Checks the variants, at compile time only: that all their bytes can be read is part of it.
#[track_caller]
pub(super) const fn numbers<V: Variants>() -> Numbers {
    let size = size_of::<V::Owner>();
    if !matches!(size, 1 | 2 | 4 | 8) || align_of::<V::Owner>() > size {
        fail(&["`", V::NAME, "` is larger than its number"]);
    }
    let (mut left, mut has_zero, mut last, mut is_run) = (V::ALL, false, None, true);
    while let [variant, rest @ ..] = left {
        let number = number_of(variant);
        has_zero |= number == 0;
        // In ascending order no number is there twice, which would hide a gap.
        is_run &= match last {
            Some(last) => number > last && number - last == 1,
            None => true,
        };
        last = Some(number);
        left = rest;
    }
    if !has_zero {
        fail(&[
            "no variant of `",
            V::NAME,
            "` has the number 0, with which every value of a new file begins",
        ]);
    }
    match V::ALL {
        [first, ..] if is_run => Numbers { run: Some(number_of(first)) },
        _ => Numbers { run: None },
    }
}

/// Accepts the numbers of variants only.
#[inline]
pub(super) fn check<V: Variants>(bytes: &[u8]) -> Result<(), Invalid> {
    let Some(number) = number_in(bytes, size_of::<V::Owner>()) else {
        return Err(Invalid::new(0, InvalidReason::Missing { size: size_of::<V::Owner>() }));
    };
    let is_there = match const { numbers::<V>() }.run {
        Some(first) => number.wrapping_sub(first) < V::ALL.len() as u64,
        None => V::ALL.iter().any(|variant| number_of(variant) == number),
    };
    if is_there { Ok(()) } else { Err(unknown::<V>(number)) }
}

/// The error for a number of no variant; it has a sign if that of the enum does.
#[cold]
fn unknown<V: Variants>(number: u64) -> Invalid {
    let unused = 64 - 8 * size_of::<V::Owner>().min(8);
    let found = match V::REPR.starts_with('i') {
        true => ((number << unused).cast_signed() >> unused).into(),
        false => number.into(),
    };
    Invalid::new(0, InvalidReason::Variant { found })
}

/// Writes the number of a variant.
#[inline]
pub(super) fn encode<V: Variants>(variant: &V::Owner, at: usize, image: &mut Image<'_>) {
    // All its bytes are there: the evaluation of `numbers` has read them all of another variant.
    let Numbers { .. } = const { numbers::<V>() };
    image.put(at, bytes_of(variant));
}

/// The bytes of a variant.
#[inline]
const fn bytes_of<T>(variant: &T) -> &[u8] {
    let ptr = core::ptr::from_ref(variant).cast::<u8>();
    // SAFETY: called for types of `Variants` only. By its contract they are nothing but a number
    // and, if aligned to more, padding, which the evaluation of `numbers` would have refused to
    // read.
    unsafe { core::slice::from_raw_parts(ptr, size_of::<T>()) }
}

/// The number of a variant, without its sign.
#[inline]
const fn number_of<T>(variant: &T) -> u64 {
    match number_in(bytes_of(variant), size_of::<T>()) {
        Some(number) => number,
        None => 0,
    }
}

/// The number in `bytes`, which are as many as a number of `size` bytes has.
#[inline]
const fn number_in(bytes: &[u8], size: usize) -> Option<u64> {
    match (size, bytes) {
        (1, [a]) => Some(*a as u64),
        (2, [a, b]) => Some(u16::from_ne_bytes([*a, *b]) as u64),
        (4, [a, b, c, d]) => Some(u32::from_ne_bytes([*a, *b, *c, *d]) as u64),
        (8, [a, b, c, d, e, f, g, h]) => Some(u64::from_ne_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
        _ => None,
    }
}
