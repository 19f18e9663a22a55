//! Where in a value its parts are.

use core::ops::Range;

/// Which bytes of the `T` at address `start` are those of `part`.
///
/// Whoever asks has given a closure the value to pick from. What it has returned is not trusted: it may be
/// of another value.
///
/// # Panics
///
/// When they are none of its bytes.
#[inline]
pub(super) fn range_within<T, P: ?Sized>(start: usize, part: &P) -> Range<usize> {
    let at = core::ptr::from_ref(part).addr().wrapping_sub(start);
    let end = at.saturating_add(size_of_val(part));
    assert!(end <= size_of::<T>(), "the field is no part of the record");
    at..end
}
