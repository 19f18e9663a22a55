//! The writer's own value and its image, kept so that one can be made from the other.
//!
//! The image is written in place, not compared with a second copy. `Mappable::encode` writes
//! through `Image::put`, which compares and copies block by block and notes what differed. So an
//! update costs one pass over the value and no scratch memory.
//!
//! Small records are copied whole: up to 256 bytes nobody asks what changed. If every byte of a
//! type is data (`Mappable::PLAIN`), the caller's bytes go to slot, image and value at once, word
//! by word. Wider loads of what the caller has just stored would wait for its stores to reach the
//! cache. A larger plain record is copied to value and image as a whole by `publish`, and compared
//! with the image once by `publish_changed`.
//!
//! A batch encodes only the fields it set. Its setters change the value and note the field's range;
//! at its end the record is encoded within that window. The image stays as published until then, so
//! a panic rolls back by decoding the image.
//!
//! A setter finds its field by a closure. The place is computed from the reference that it returns,
//! and one outside the record is refused: generated code needs no `unsafe` and no trust.
//!
//! Picking is not trusted. While a caller's closure picks, a guard stands by that rolls back when
//! it unwinds; without a panic it is no instruction. In a batch that would take earlier setters
//! with it, so the batch as a whole fails. What such a closure changed besides is taken back by the
//! next update, which encodes all of the value. Generated closures are not suspected, so that an
//! update does not pay for setters before it.
//!
//! A setter looks for a fork once, behind the closure and only if it publishes. The same look in
//! front of the branch costs `set_short_encoded` 18 instructions (`bin/guard` of the benchmarks).

mod by_reference;

use core::ops::Range;

use commy_types::{
    CapacityError, Growing, Image, Invalid, InvalidReason, Mappable, Outcome as _, Touched,
};

use super::arrival::zeroed_box;
use super::copy::store_and_keep;
use super::plain::{Plain, copy_twice};
use crate::publish::is_copied_whole;
use crate::sync::AtomicU64;

/// A value, and the encoding of the value as it was last published.
#[derive(Debug)]
pub(crate) struct Draft<T> {
    /// # Invariants
    ///
    /// 1. The bytes at `0..size_of::<T>()` are a valid value of `T`: zeros, or what
    ///    [`Mappable::encode`] wrote over them. Nothing else writes here.
    /// 2. Padding, unused tails and the bytes behind the value are zero.
    image: Box<[u64]>,
    /// # Invariants
    ///
    /// 3. If `T` is [`PLAIN`](Mappable::PLAIN) and `strays` is 0, its bytes are those of the image,
    ///    except between `value_mut` and the `encode` or `roll_back` that follows.
    value: Box<T>,
    /// Who had the whole value to pick a field from, and may have changed others, which are not
    /// encoded: [`Picker`]s, as bits of one byte, so that to note one takes one instruction.
    strays: u8,
    /// Whether a closure that picks a field within a batch has panicked.
    has_failed: bool,
    /// Where the image has changed since it was handed over last; nothing is noted in one that is
    /// [copied whole](is_copied_whole).
    touched: Touched,
    /// Where the value was set and is not encoded yet; empty but within a batch.
    pending: Touched,
}

/// To compare so many bytes takes as long as to copy them.
const COMPARED: usize = 1024;

/// What a publish has to copy of an image.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent<'a> {
    /// All of it: nobody asks what changed in a record that is [copied whole](is_copied_whole).
    Whole,
    /// These ranges, and what the slot lacks besides.
    Ranges(&'a Touched),
}

/// Who has made the closure that picks a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Picker {
    /// The macros: it does nothing else.
    Generated = 1,
    /// The caller: it shall do nothing else.
    Caller = 2,
}

impl<T: Mappable> Draft<T> {
    /// The all-zero value; a large one is never on the stack.
    pub(crate) fn zeroed() -> Self {
        const {
            assert!(!core::mem::needs_drop::<T>(), "a value in a commy file cannot need a drop");
        }
        let image = vec![0; size_of::<T>().div_ceil(8)].into_boxed_slice();
        let value = zeroed_box();
        let (touched, pending) = (Touched::new(), Touched::new());
        Self { image, value, strays: 0, has_failed: false, touched, pending }
    }

    /// The value.
    #[inline]
    pub(crate) const fn value(&self) -> &T {
        &self.value
    }

    /// Calls `change` with the value and encodes it, or takes back what it has done: when it returns
    /// an error and when it panics.
    ///
    /// The value is the one that was published last: what the caller's closures have changed besides
    /// picking is taken back before, since all of the value is encoded now. The generated ones are
    /// not suspected, so that an update does not pay for the setters before it.
    #[inline]
    pub(crate) fn edit<R, E>(
        &mut self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E> {
        if self.strays & Picker::Caller as u8 != 0 {
            self.roll_back();
        }
        let undo = RollBack(self);
        let result = change(&mut undo.0.value)?;
        core::mem::forget(undo);
        self.encode();
        Ok(result)
    }

    /// Calls `set` with the draft, and encodes what it has staged; takes it back when it panics.
    /// Returns whether there was anything, too.
    ///
    /// # Panics
    ///
    /// When a closure that picks a field has panicked within `set`, which has caught that.
    #[inline]
    pub(crate) fn stage<R>(&mut self, set: impl FnOnce(&mut Self) -> R) -> (R, bool) {
        let undo = RollBack(self);
        let result = set(undo.0);
        assert!(
            !undo.0.has_failed,
            "a setter has panicked within the batch, nothing of which is published"
        );
        core::mem::forget(undo);
        let pending = core::mem::take(&mut self.pending);
        if pending.is_empty() {
            return (result, false);
        }
        let image = image_of::<T>(&mut self.image, &mut self.touched);
        self.value.encode(0, &mut image.within(&pending));
        (result, true)
    }

    /// Calls `commit` with the image and what has changed in it since the last call.
    #[inline(always)]
    pub(crate) fn hand_over(&mut self, commit: impl FnOnce(&[u64], Extent<'_>)) {
        if is_copied_whole(size_of::<T>()) {
            commit(self.image(), Extent::Whole);
        } else {
            commit(self.image(), Extent::Ranges(&self.touched));
            self.touched.clear();
        }
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
        self.encode();
        // A new writer trusts no slot, so all of it is copied anyway.
        self.touched.clear();
        Ok(())
    }

    /// Replaces the value by a duplicate of `value` and encodes it. If its bytes are its image, all of
    /// them count as changed, which takes less time than to compare them.
    #[inline]
    pub(crate) fn replace(&mut self, value: &T) {
        match Plain::of(value) {
            Some(plain) if !is_copied_whole(size_of::<T>()) => {
                let own = core::ptr::from_mut(&mut *self.value).cast::<u8>();
                // SAFETY: as in `store`, below.
                let own = unsafe { core::slice::from_raw_parts_mut(own, size_of::<T>()) };
                copy_twice(plain.bytes(), own, bytemuck::cast_slice_mut(&mut self.image));
                self.touched = Touched::all(size_of::<T>());
            }
            _ => {
                self.assign(value);
                self.encode();
            }
        }
        self.strays = 0;
    }

    /// The same, but only where `value` differs from what was encoded last.
    #[inline]
    pub(crate) fn replace_changed(&mut self, value: &T) {
        let plain = Plain::of(value).filter(|_| size_of::<T>() > COMPARED);
        let Some(plain) = plain else { return self.replace(value) };
        if self.strays != 0 {
            return self.replace_strayed(value);
        }
        image_of::<T>(&mut self.image, &mut self.touched).put(0, plain.bytes());
        let own = core::ptr::from_mut(&mut *self.value).cast::<u8>();
        let image = bytemuck::cast_slice::<u64, u8>(&self.image);
        let image = image.get(..size_of::<T>()).unwrap_or_default();
        for range in self.touched.as_slice() {
            // SAFETY: `own` is as long as the part of the image. By invariant 3 the value was the image
            // before, which has changed in these ranges alone: so it is one again after the last of
            // them, and nobody looks at it before.
            unsafe { copy_back(own, image, range.clone()) };
        }
    }

    /// The value may differ from its image, so that all of it is replaced.
    #[cold]
    fn replace_strayed(&mut self, value: &T) {
        self.replace(value);
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
    #[cold]
    fn roll_back(&mut self) {
        self.pending.clear();
        let image = self.image.as_ptr().cast();
        // SAFETY: the image has at least `size_of::<T>()` bytes, a valid value by invariant 1.
        unsafe { self.assign_bytes(image) };
        (self.strays, self.has_failed) = (0, false);
    }

    /// Encodes the whole value.
    #[inline]
    fn encode(&mut self) {
        self.value.encode(0, &mut image_of::<T>(&mut self.image, &mut self.touched));
    }

    /// Assigns `value` to the part of the record that `field` picks; encodes it if it was taken.
    ///
    /// # Panics
    ///
    /// When `field` returns something that is no part of the value it was given, or panics: the
    /// draft is then as it was when it was encoded last.
    #[inline]
    pub(crate) fn set<F: Mappable>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        let picking = Picking::begin(self, picker, Failed::RollsBack);
        let Self { value: own, image, touched, .. } = &mut *picking.draft;
        let (range, field) = locate(&mut **own, field);
        let outcome = field.assign(value);
        if outcome.is_done() {
            field.encode(range.start, &mut image_of::<T>(image, touched));
        }
        picking.end();
        outcome
    }

    /// The same without the encoding, for [`stage`](Self::stage).
    ///
    /// # Panics
    ///
    /// When `field` returns something that is no part of the value it was given, or panics: the
    /// draft has failed then.
    #[inline]
    pub(crate) fn set_staged<F: Mappable>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F::Arg<'_>,
    ) -> F::Output {
        let picking = Picking::begin(self, picker, Failed::IsNoted);
        let Self { value: own, pending, .. } = &mut *picking.draft;
        let (range, field) = locate(&mut **own, field);
        let outcome = field.assign(value);
        if outcome.is_done() {
            pending.mark(range);
        }
        picking.end();
        outcome
    }

    /// Adds an element to the part of the record that `field` picks, for [`stage`](Self::stage).
    ///
    /// # Errors
    ///
    /// When the sequence is full; nothing changes then.
    ///
    /// # Panics
    ///
    /// As [`set_staged`](Self::set_staged).
    #[inline]
    pub(crate) fn push_staged<S: Growing>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Result<(), CapacityError> {
        let picking = Picking::begin(self, picker, Failed::IsNoted);
        let Self { value: own, pending, .. } = &mut *picking.draft;
        let (range, field) = locate(&mut **own, field);
        let outcome = field.push(value);
        if outcome.is_ok() {
            pending.mark(range);
        }
        picking.end();
        outcome
    }

    /// Assigns a foreign plain-old-data value, for [`stage`](Self::stage).
    ///
    /// # Panics
    ///
    /// As [`set_staged`](Self::set_staged).
    #[inline]
    pub(crate) fn set_pod_staged<F: bytemuck::Pod>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut F,
        value: F,
    ) {
        let picking = Picking::begin(self, picker, Failed::IsNoted);
        let Self { value: own, pending, .. } = &mut *picking.draft;
        let (range, field) = locate(&mut **own, field);
        *field = value;
        pending.mark(range);
        picking.end();
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

/// What becomes of a draft when a closure that picks a field panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    /// It is at once as it was encoded last.
    RollsBack,
    /// That would take what the batch has set before; at its end all of it is taken back.
    IsNoted,
}

/// A draft while somebody else's code has the whole value; only unwinding drops it.
struct Picking<'a, T: Mappable> {
    draft: &'a mut Draft<T>,
    failed: Failed,
}

impl<'a, T: Mappable> Picking<'a, T> {
    #[inline]
    const fn begin(draft: &'a mut Draft<T>, picker: Picker, failed: Failed) -> Self {
        draft.strays |= picker as u8;
        Self { draft, failed }
    }

    /// Nothing has panicked.
    #[inline]
    fn end(self) {
        core::mem::forget(self);
    }
}

impl<T: Mappable> Drop for Picking<'_, T> {
    #[cold]
    fn drop(&mut self) {
        match self.failed {
            Failed::RollsBack => self.draft.roll_back(),
            Failed::IsNoted => self.draft.has_failed = true,
        }
    }
}

/// A draft that somebody else's code changes; only an error and unwinding drop it.
struct RollBack<'a, T: Mappable>(&'a mut Draft<T>);

impl<T: Mappable> Drop for RollBack<'_, T> {
    #[cold]
    fn drop(&mut self) {
        self.0.roll_back();
    }
}

/// The image in `words`, which tells what changes unless nobody asks.
#[inline]
fn image_of<'a, T>(words: &'a mut [u64], touched: &'a mut Touched) -> Image<'a> {
    let bytes = bytemuck::cast_slice_mut(words);
    if is_copied_whole(size_of::<T>()) {
        Image::untracked(bytes)
    } else {
        Image::new(bytes, touched)
    }
}

/// Copies those bytes of `image`, as far as they are there, over those at `value`.
///
/// # Safety
///
/// - `value` points to as many bytes as `image` has, which the caller borrows mutably.
#[inline]
unsafe fn copy_back(value: *mut u8, image: &[u8], range: Range<usize>) {
    let Some(image) = image.get(range.clone()) else { return };
    // SAFETY: the range is within the image, and so within what the duty of the caller is about.
    let value = unsafe { value.add(range.start) };
    // SAFETY: both places have so many bytes and do not overlap.
    unsafe { core::ptr::copy_nonoverlapping(image.as_ptr(), value, image.len()) };
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
