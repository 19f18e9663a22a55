//! The writer's own value and its image, kept so that one can be made from the other.

use core::ops::Range;

use commy_types::{
    CapacityError, Changes, Growing, Image, Invalid, InvalidReason, Mappable, Outcome as _,
};

use super::arrival::zeroed_box;
use super::copy::store_and_keep;
use crate::publish::is_copied_whole;
use crate::sync::AtomicU64;

/// A value, and the encoding of the value as it was last published.
#[derive(Debug)]
pub(crate) struct Draft<T> {
    /// # Invariants
    ///
    /// 3. If `T` is [`PLAIN`](Mappable::PLAIN) and `may_stray` is false, its bytes are those of the
    ///    image, except between `value_mut` and the `encode` or `roll_back` that follows.
    value: Box<T>,
    /// Whether somebody had the whole value to pick a field from, who may have changed others,
    /// which are not encoded.
    may_stray: bool,
    /// # Invariants
    ///
    /// 1. The bytes at `0..size_of::<T>()` are a valid value of `T`: zeros, or what
    ///    [`Mappable::encode`] wrote over them. Nothing else writes here.
    /// 2. Padding, unused tails and the bytes behind the value are zero.
    image: Box<[u64]>,
}

impl<T: Mappable> Draft<T> {
    /// The all-zero value; a large one is never on the stack.
    pub(crate) fn zeroed() -> Self {
        const {
            assert!(!core::mem::needs_drop::<T>(), "a value in a commy file cannot need a drop");
        }
        let image = vec![0; size_of::<T>().div_ceil(8)].into_boxed_slice();
        Self { value: zeroed_box(), may_stray: false, image }
    }

    /// The value.
    #[inline]
    pub(crate) const fn value(&self) -> &T {
        &self.value
    }

    /// The value, to be changed; [`encode`](Self::encode) or [`roll_back`](Self::roll_back)
    /// follows.
    #[inline]
    pub(crate) const fn value_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The image as words.
    #[inline]
    pub(crate) fn image(&self) -> &[u64] {
        #[allow(clippy::indexing_slicing, reason = "all of it: the compiler learns the length")]
        &self.image[..size_of::<T>().div_ceil(8)]
    }

    /// Replaces the value by the one in `words`, a private copy of a slot.
    ///
    /// # Errors
    ///
    /// What makes the words no value; the draft is then as it was.
    pub(crate) fn restore(&mut self, words: &[u64]) -> Result<(), Invalid> {
        let bytes = bytemuck::cast_slice::<u64, u8>(words);
        let Some(bytes) = bytes.get(..size_of::<T>()) else {
            let reason = InvalidReason::Missing { size: size_of::<T>() };
            return Err(Invalid::new(bytes.len(), reason));
        };
        if T::NEEDS_CHECK {
            T::check(bytes)?;
        }
        // SAFETY: exactly `size_of::<T>()` bytes, which passed the check.
        unsafe { self.assign_bytes(bytes.as_ptr()) };
        // Bytes from a file may have anything in padding and tails: encode over zeros.
        self.image.fill(0);
        self.encode(&mut Changes::new());
        Ok(())
    }

    /// Replaces the value by a duplicate of `value` and encodes it.
    #[inline]
    pub(crate) fn replace(&mut self, value: &T, changes: &mut Changes) {
        match Plain::of(value) {
            Some(plain) if !is_copied_whole(size_of::<T>()) && !self.may_stray => {
                image_of::<T>(&mut self.image, changes).put(0, plain.bytes());
                for range in changes.as_slice() {
                    self.copy_back(range.clone());
                }
            }
            _ => {
                self.assign(value);
                self.encode(changes);
                self.may_stray = false;
            }
        }
    }

    /// Stores `value` into a slot, and replaces value and image by it: word by word, all three at
    /// once. The caller has mostly just stored parts of the value, and a wider load, or a second
    /// pass over a private copy, waits for such stores to reach the cache.
    #[inline]
    pub(crate) fn store(&mut self, value: Plain<'_, T>, slot: &[AtomicU64]) {
        let own = core::ptr::from_mut(&mut *self.value).cast::<u8>();
        // SAFETY: the place of a value that is borrowed mutably. All its bytes are initialised,
        // and those that are written are the bytes of a valid value, all of them.
        let own = unsafe { core::slice::from_raw_parts_mut(own, size_of::<T>()) };
        store_and_keep(value.bytes(), slot, &mut self.image, own);
    }

    /// Replaces the value by a duplicate of `value`.
    #[inline]
    fn assign(&mut self, value: &T) {
        // SAFETY: a reference is to `size_of::<T>()` bytes that are a valid value.
        unsafe { self.assign_bytes(core::ptr::from_ref(value).cast()) };
    }

    /// Makes the value again what the image holds.
    pub(crate) fn roll_back(&mut self) {
        let image = self.image.as_ptr().cast();
        // SAFETY: the image has at least `size_of::<T>()` bytes, a valid value by invariant 1.
        unsafe { self.assign_bytes(image) };
        self.may_stray = false;
    }

    /// Makes those bytes of the value what the image holds: all in which they differ.
    fn copy_back(&mut self, range: Range<usize>) {
        let image = bytemuck::cast_slice::<u64, u8>(&self.image);
        let image = image.get(..size_of::<T>()).and_then(|image| image.get(range.clone()));
        let Some(image) = image else { return };
        let value = core::ptr::from_mut(&mut *self.value).cast::<u8>();
        // SAFETY: the range is within `size_of::<T>()` bytes, as was found out above.
        let value = unsafe { value.add(range.start) };
        // SAFETY: both places have so many bytes and do not overlap. By invariant 3 the value
        // differs from the image in nothing but what is copied here, so that it is then as valid
        // as the image is by invariant 1.
        unsafe { core::ptr::copy_nonoverlapping(image.as_ptr(), value, image.len()) };
    }

    /// Encodes the whole value; `changes` tells what differs from before, unless the record is
    /// [copied whole](is_copied_whole).
    #[inline]
    pub(crate) fn encode(&mut self, changes: &mut Changes) {
        self.value.encode(0, &mut image_of::<T>(&mut self.image, changes));
    }

    /// Encodes the fields that touch `window`.
    pub(crate) fn encode_within(&mut self, window: &Changes, changes: &mut Changes) {
        let image = image_of::<T>(&mut self.image, changes);
        self.value.encode(0, &mut image.within(window));
    }

    /// Assigns `value` to the part of the record that `field` picks; encodes it if it was taken.
    ///
    /// # Panics
    ///
    /// When `field` returns something that is no part of the value it was given.
    #[inline]
    pub(crate) fn set<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
        changes: &mut Changes,
    ) -> F::Output {
        self.may_stray = true;
        let (range, field) = locate(&mut *self.value, field);
        let outcome = field.assign(value);
        if outcome.is_done() {
            field.encode(range.start, &mut image_of::<T>(&mut self.image, changes));
        }
        outcome
    }

    /// The same without the encoding: `pending` tells what is to be encoded.
    ///
    /// # Panics
    ///
    /// When `field` returns something that is no part of the value it was given.
    #[inline]
    pub(crate) fn set_pending<F: Mappable>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
        pending: &mut Changes,
    ) -> F::Output {
        self.may_stray = true;
        let (range, field) = locate(&mut *self.value, field);
        let outcome = field.assign(value);
        if outcome.is_done() {
            pending.mark(range);
        }
        outcome
    }

    /// Adds an element to the part of the record that `field` picks: `pending` tells what is to
    /// be encoded.
    ///
    /// # Errors
    ///
    /// When the sequence is full; nothing changes then.
    ///
    /// # Panics
    ///
    /// When `field` returns something that is no part of the value it was given.
    #[inline]
    pub(crate) fn push_pending<S: Growing>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
        pending: &mut Changes,
    ) -> Result<(), CapacityError> {
        self.may_stray = true;
        let (range, field) = locate(&mut *self.value, field);
        field.push(value)?;
        pending.mark(range);
        Ok(())
    }

    /// Assigns a foreign plain-old-data value; returns its byte range in the record.
    ///
    /// # Panics
    ///
    /// When `field` returns something that is no part of the value it was given.
    #[inline]
    pub(crate) fn set_pod<F: bytemuck::Pod>(
        &mut self,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F,
    ) -> Range<usize> {
        self.may_stray = true;
        let (range, field) = locate(&mut *self.value, field);
        *field = value;
        range
    }

    /// Copies a value over the one that is there.
    ///
    /// # Safety
    ///
    /// - `bytes` points to `size_of::<T>()` bytes that are a valid value of `T`, at any alignment,
    ///   and outside of `self.value`.
    #[inline]
    unsafe fn assign_bytes(&mut self, bytes: *const u8) {
        let value = core::ptr::from_mut(&mut *self.value).cast::<u8>();
        // SAFETY: both places have `size_of::<T>()` bytes and do not overlap (the duty of the
        // caller, and the box is owned); by the contract of `Mappable` a bytewise copy is a right
        // duplicate, and what is overwritten needs no drop.
        unsafe { core::ptr::copy_nonoverlapping(bytes, value, size_of::<T>()) };
    }
}

/// A value whose bytes are its image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain<'a, T>(&'a T);

impl<'a, T: Mappable> Plain<'a, T> {
    /// The value, if all values of its type are like that.
    #[inline]
    pub(crate) fn of(value: &'a T) -> Option<Self> {
        T::PLAIN.then_some(Self(value))
    }

    #[inline]
    const fn bytes(self) -> &'a [u8] {
        let bytes = core::ptr::from_ref(self.0).cast::<u8>();
        // SAFETY: a borrowed value without interior mutability; `PLAIN` says that none of its
        // bytes are padding, so all of them are initialised.
        unsafe { core::slice::from_raw_parts(bytes, size_of::<T>()) }
    }
}

/// The image in `words`, which tells what changes unless nobody asks.
#[inline]
fn image_of<'a, T>(words: &'a mut [u64], changes: &'a mut Changes) -> Image<'a> {
    let bytes = bytemuck::cast_slice_mut(words);
    if is_copied_whole(size_of::<T>()) {
        Image::untracked(bytes)
    } else {
        Image::new(bytes, changes)
    }
}

/// The part of `value` that `field` picks, and where it is.
///
/// # Panics
///
/// When that is no part of `value`.
#[inline]
fn locate<T, F>(value: &mut T, field: impl FnOnce(&mut T) -> &mut F) -> (Range<usize>, &mut F) {
    let start = core::ptr::from_ref(value).addr();
    let field = field(value);
    let at = core::ptr::from_ref(field).addr().wrapping_sub(start);
    let end = at.saturating_add(size_of::<F>());
    assert!(end <= size_of::<T>(), "the field is no part of the record");
    (at..end, field)
}
