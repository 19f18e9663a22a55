//! The writer's own value and its image, kept so that one can be made from the other.
//!
//! The image is written in place, not compared with a second copy. `Mappable::encode` writes
//! through `Image::put`, which compares and copies block by block and notes what differed. So an
//! update costs one pass over the value and no scratch memory.
//!
//! A publish of a whole value compares nothing and leaves the own value behind. If every byte of a type
//! is data and any bytes are a value ([`Plain`](super::Plain)), the caller's bytes go to the slot and
//! nowhere else, and the image is behind, too. Whoever needs one of them brings it up: the image from
//! that slot, which only this writer fills, and the value from the image. All other types are encoded
//! into the image, from which the slot is filled: what is checked is never made of shared bytes.
//!
//! Small records are copied whole: up to 256 bytes nobody asks what changed. `publish_changed` compares
//! larger ones with the image, once.
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

pub(crate) use self::by_reference::Part;

use core::ops::Range;

use commy_types::{
    CapacityError, Growing, Image, Invalid, InvalidReason, Mappable, Outcome as _, Overwriting,
    Touched,
};

use super::copy::load_into;
use super::late::Late;
use super::plain::{self, Plain};
use super::within::range_within;
use crate::publish::is_copied_whole;
use crate::sync::AtomicU64;

/// A value, and the encoding of the value as it was last published.
#[derive(Debug)]
pub(crate) struct Draft<T> {
    /// # Invariants
    ///
    /// 1. The bytes at `0..size_of::<T>()` are a valid value of `T`: zeros, or what
    ///    [`Mappable::encode`] wrote over them; or any bytes, if these are a value. Nothing else writes
    ///    here.
    /// 2. Padding, unused tails and the bytes behind the value are zero.
    image: Box<[u64]>,
    value: Late<T>,
    /// What of the two is not what was published last.
    behind: Behind,
    /// Which bytes are, if that is a [`Part`](Behind::Part): of elements all of whose bytes are data, and
    /// of which any bytes are a value.
    part: Range<usize>,
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

/// An encoded value of so many bytes is copied to the slot as a whole; of a larger one, what is in use.
const SHORT: usize = 2048;

/// A setter copies a field of more bytes, and does not look for what differs in it.
const LARGE_FIELD: usize = 64;

/// What a publish has left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    Nothing,
    /// The value is behind the image, unless somebody has brought it up.
    Value,
    /// The image is behind the latest slot, and so is the value, unless somebody has brought it up.
    Both,
    /// The same in the draft's `part`, and nowhere else.
    Part,
}

/// What a publish has to copy of an image.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent<'a> {
    /// All of it: nobody asks what changed in a record that is [copied whole](is_copied_whole).
    Whole,
    /// All of it, whatever changed.
    All,
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
        let (touched, pending) = (Touched::new(), Touched::new());
        let (value, behind) = (Late::zeroed(), Behind::Nothing);
        Self { image, value, behind, part: 0..0, strays: 0, has_failed: false, touched, pending }
    }

    /// The value; `latest` calls what it is given with the words that were published last.
    #[inline]
    pub(crate) fn value(&self, latest: impl FnOnce(&mut dyn FnMut(&[AtomicU64]))) -> &T {
        self.value.get(|value| match self.behind {
            Behind::Both => latest(&mut |words| {
                plain::load(words, value);
            }),
            Behind::Part => latest(&mut |words| {
                // SAFETY: of a part, any bytes are a value, as `part` says.
                unsafe { plain::load_part(words, value, self.part.clone()) };
            }),
            Behind::Nothing | Behind::Value => self.decode(value),
        })
    }

    /// The value of a draft that was [settled](Self::settle).
    ///
    /// # Panics
    ///
    /// When it was not.
    #[inline]
    pub(crate) fn settled_value(&self) -> &T {
        self.value(|_| unreachable!("a draft is settled before it is changed"))
    }

    /// Returns whether value or image may be behind what was published last.
    #[inline]
    pub(crate) fn is_behind(&self) -> bool {
        self.behind != Behind::Nothing
    }

    /// Brings value and image up to what was published last; `latest` as in [`value`](Self::value).
    #[cold]
    pub(crate) fn settle(&mut self, latest: impl FnOnce(&mut dyn FnMut(&[AtomicU64]))) {
        self.settle_image(latest);
        if self.value.is_behind() {
            self.take_image();
        }
        self.behind = Behind::Nothing;
    }

    /// Returns whether the image is behind what was published last.
    #[inline]
    pub(crate) fn is_image_behind(&self) -> bool {
        matches!(self.behind, Behind::Both | Behind::Part)
    }

    /// Settles the image alone.
    #[inline]
    pub(crate) fn settle_image(&mut self, latest: impl FnOnce(&mut dyn FnMut(&[AtomicU64]))) {
        if self.is_image_behind() {
            self.load_image(latest);
        }
    }

    #[cold]
    fn load_image(&mut self, latest: impl FnOnce(&mut dyn FnMut(&[AtomicU64]))) {
        let image = bytemuck::cast_slice_mut(&mut self.image);
        // Invariant 1: the image is only ever behind where any bytes are a value.
        let range = if self.behind == Behind::Part { self.part.clone() } else { 0..size_of::<T>() };
        if let Some(image) = image.get_mut(range.clone()) {
            latest(&mut |words| {
                load_into(words, range.start, image);
            });
        }
        self.behind = Behind::Value;
    }

    /// Says that a `Plain` value was published, and stored nowhere else.
    #[inline]
    pub(crate) fn fall_behind(&mut self, _: Plain<'_, T>) {
        self.behind = Behind::Both;
        self.value.fall_behind();
        self.strays = 0;
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
        let result = change(undo.0.value.get_mut())?;
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
        let mut image = image_of::<T>(&mut self.image, &mut self.touched);
        if pending.as_slice().len() < Touched::MAX {
            // The ranges were not widened to what nobody has set.
            image = image.overwriting();
        }
        self.value.get_mut().encode(0, &mut image.within(&pending));
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

    /// The same after [`replace`](Self::replace).
    #[inline]
    pub(crate) fn hand_over_all(&mut self, commit: impl FnOnce(&[u64], Extent<'_>)) {
        if is_copied_whole(size_of::<T>()) || !Self::IS_COPIED_WHOLE {
            self.hand_over(commit);
        } else {
            commit(self.image(), Extent::All);
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
        unsafe { assign_bytes(self.value.get_mut(), bytes.as_ptr()) };
        // Bytes from a file may have anything in padding and tails: encode over zeros.
        self.image.fill(0);
        self.encode();
        // A new writer trusts no slot, so all of it is copied anyway.
        self.touched.clear();
        Ok(())
    }

    /// Whether an encoded value is copied to the slot as a whole.
    const IS_COPIED_WHOLE: bool = T::PLAIN || size_of::<T>() <= SHORT;

    /// Makes the image that of `value`, without a comparison, and leaves the own value behind.
    #[inline]
    pub(crate) fn replace(&mut self, value: &T) {
        let mut image = match Self::IS_COPIED_WHOLE {
            true => untracked_image_of::<T>(&mut self.image),
            false => image_of::<T>(&mut self.image, &mut self.touched).overwriting(),
        };
        value.encode(0, &mut image);
        self.leave_value_behind();
    }

    /// Whether all of a value is copied, whatever differs: that takes no longer.
    pub(crate) const IS_NEVER_COMPARED: bool =
        is_copied_whole(size_of::<T>()) || T::PLAIN && size_of::<T>() <= COMPARED;

    /// The same, but only where `value` differs from what was encoded last. The image must not be behind.
    #[inline]
    pub(crate) fn replace_changed(&mut self, value: &T) {
        value.encode(0, &mut image_of::<T>(&mut self.image, &mut self.touched));
        self.leave_value_behind();
    }

    #[inline]
    fn leave_value_behind(&mut self) {
        self.behind = Behind::Value;
        self.value.fall_behind();
        self.strays = 0;
    }

    /// Makes the value again what the image holds.
    #[cold]
    fn roll_back(&mut self) {
        self.pending.clear();
        self.take_image();
        if self.behind == Behind::Part {
            self.value.fall_behind();
        }
        (self.strays, self.has_failed) = (0, false);
    }

    /// Copies the value that the image holds.
    fn decode(&self, value: &mut T) {
        // SAFETY: the image has at least `size_of::<T>()` bytes, a valid value by invariant 1, and they
        // are not within the value.
        unsafe { assign_bytes(value, self.image.as_ptr().cast()) };
    }

    /// Makes the value what the image holds.
    fn take_image(&mut self) {
        let image = self.image.as_ptr().cast();
        // SAFETY: as in `decode`.
        unsafe { assign_bytes(self.value.get_mut(), image) };
        self.value.caught_up();
    }

    /// Encodes the whole value.
    #[inline]
    fn encode(&mut self) {
        self.value.get_mut().encode(0, &mut image_of::<T>(&mut self.image, &mut self.touched));
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
        let (range, field) = locate(own.get_mut(), field);
        let outcome = field.assign(value);
        if outcome.is_done() {
            let mut image = image_of::<T>(image, touched);
            if size_of::<F>() > LARGE_FIELD {
                image = image.overwriting();
            }
            field.encode(range.start, &mut image);
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
        let (range, field) = locate(own.get_mut(), field);
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
        self.add_staged(picker, field, |field| field.push(value), Result::is_ok)
    }

    /// Adds an element to the part of the record that `field` picks, over the oldest one when that is
    /// full, for [`stage`](Self::stage). Returns what it has put out of its place.
    ///
    /// # Panics
    ///
    /// As [`set_staged`](Self::set_staged).
    #[inline]
    pub(crate) fn push_over_staged<S: Overwriting>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut S,
        value: S::Item,
    ) -> Option<S::Item> {
        self.add_staged(picker, field, |field| field.push_over(value), |_| true)
    }

    /// Calls `add` with the part of the record that `field` picks, and notes what has changed if `is_done`
    /// says that it has added an element at the end.
    #[inline]
    fn add_staged<S: Growing, R>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut S,
        add: impl FnOnce(&mut S) -> R,
        is_done: impl FnOnce(&R) -> bool,
    ) -> R {
        let picking = Picking::begin(self, picker, Failed::IsNoted);
        let Self { value: own, pending, .. } = &mut *picking.draft;
        let (range, field) = locate(own.get_mut(), field);
        let outcome = add(field);
        if is_done(&outcome)
            && let Some(cell) = field.last_cell()
        {
            // Where its elements are, and the new one, which is the last.
            pending.mark(range.start..range.start + size_of::<u64>());
            let at = range.start + S::FIRST + cell * size_of::<S::Item>();
            pending.mark(at..at + size_of::<S::Item>());
        }
        picking.end();
        outcome
    }

    /// Calls `change` with the part of the record that `field` picks, for [`stage`](Self::stage); it
    /// marks what it has changed, counted from the start of that part.
    ///
    /// # Panics
    ///
    /// As [`set_staged`](Self::set_staged), and when `change` does.
    #[inline]
    pub(crate) fn change_staged<F: Mappable, R>(
        &mut self,
        picker: Picker,
        field: impl FnOnce(&mut T) -> &mut F,
        change: impl FnOnce(&mut F, &mut Touched) -> R,
    ) -> R {
        let picking = Picking::begin(self, picker, Failed::IsNoted);
        let Self { value: own, pending, .. } = &mut *picking.draft;
        let (range, field) = locate(own.get_mut(), field);
        let mut changed = Touched::new();
        let outcome = change(field, &mut changed);
        for part in changed.as_slice() {
            let end = range.start.saturating_add(part.end).min(range.end);
            pending.mark(range.start.saturating_add(part.start).min(end)..end);
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
        let (range, field) = locate(own.get_mut(), field);
        *field = value;
        pending.mark(range);
        picking.end();
    }
}

/// Copies a value over the one that is there.
///
/// # Safety
///
/// - `bytes` points to `size_of::<T>()` bytes that are a valid value of `T`, at any alignment, and
///   outside of `value`.
#[inline]
unsafe fn assign_bytes<T: Mappable>(value: &mut T, bytes: *const u8) {
    let value = core::ptr::from_mut(value).cast::<u8>();
    // SAFETY: both places have `size_of::<T>()` bytes and do not overlap (the duty of the caller); by
    // the contract of `Mappable` a bytewise copy is a right duplicate, and what is overwritten needs no
    // drop.
    unsafe { core::ptr::copy_nonoverlapping(bytes, value, size_of::<T>()) };
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
    if is_copied_whole(size_of::<T>()) {
        untracked_image_of::<T>(words)
    } else {
        Image::new(bytes_of_image::<T>(words), touched)
    }
}

/// The image in `words`, which does not tell what changes.
#[inline]
fn untracked_image_of<T>(words: &mut [u64]) -> Image<'_> {
    Image::untracked(bytes_of_image::<T>(words))
}

#[inline]
fn bytes_of_image<T>(words: &mut [u64]) -> &mut [u8] {
    #[allow(clippy::indexing_slicing, reason = "all of it: the compiler learns the length")]
    bytemuck::cast_slice_mut(&mut words[..size_of::<T>().div_ceil(8)])
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
    (range_within::<T, F>(start, field), field)
}
