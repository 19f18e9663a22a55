//! What is in use of values that begin with how many elements they have: texts and vectors.
//!
//! Only that is loaded, and what is behind it is neither loaded nor made zero: nobody sees it. Up to a
//! block more is loaded where the value has it, since a copy that ends at a byte takes longer.

use core::mem::MaybeUninit;

use commy_types::{Invalid, InvalidReason, Mappable, Sequence, Text};

use super::copy::load_bytes;
use super::wide::{BLOCK, Blocks};
use crate::sync::{AtomicU64, Ordering};

/// The bytes of the number of elements.
const HEAD: usize = 8;

/// Values of so many bytes are loaded whole: that takes no longer than to look how much is in use.
const WHOLE: usize = HEAD + 2 * BLOCK;

/// Loads the first bytes of a value: at least those in use, which `used` tells by the first eight,
/// and up to a block more.
/// Returns how many were loaded, 0 if the value is not there.
///
/// While the writer overtakes, what is in use can be anything; it is a part of this copy like the
/// bytes themselves, and discarded with them.
#[inline(always)]
fn load_front(
    words: &[AtomicU64],
    skip: usize,
    used: impl Fn([u8; HEAD]) -> usize,
    place: &mut [MaybeUninit<u8>],
) -> usize {
    let size = place.len();
    if size <= WHOLE {
        return if load_bytes(words, skip, place) { size } else { 0 };
    }
    let (head, found) = (HEAD + BLOCK, Blocks::found());
    if skip.is_multiple_of(8)
        && let Some(value) = words.get(skip / 8..).and_then(|from| from.get(..size.div_ceil(8)))
        && let Some((first, rest)) = value.split_first()
        && let Some(block) = rest.first_chunk()
        && let Some((first_place, rest_place)) = place.split_first_chunk_mut::<HEAD>()
        && let Some(block_place) = rest_place.first_chunk_mut()
        && let Some(found) = found
    {
        // Most are short. What is loaded is what `load_bytes` would load.
        let bytes = first.load(Ordering::Relaxed).to_ne_bytes();
        *first_place = bytes.map(MaybeUninit::new);
        *block_place = found.load(block);
        if used(bytes) <= head {
            return head;
        }
    }
    load_long(words, skip, used, place)
}

/// The same for what is longer, or lies across words.
#[inline(never)]
fn load_long(
    words: &[AtomicU64],
    skip: usize,
    used: impl Fn([u8; HEAD]) -> usize,
    place: &mut [MaybeUninit<u8>],
) -> usize {
    load_behind_head(words, skip, place, |head, room| {
        used(head).saturating_sub(HEAD).min(room).next_multiple_of(BLOCK)
    })
}

/// The same, and not a byte more.
#[inline]
pub(super) fn load_used(
    words: &[AtomicU64],
    skip: usize,
    used: impl Fn([u8; HEAD]) -> usize,
    place: &mut [MaybeUninit<u8>],
) -> usize {
    load_behind_head(words, skip, place, |head, _| used(head).saturating_sub(HEAD))
}

/// Loads the first eight bytes of a value and as many behind them, if it has so many, as `len` makes of
/// these and of how many there are. Returns how many were loaded, 0 if the value is not there.
#[inline]
fn load_behind_head(
    words: &[AtomicU64],
    skip: usize,
    place: &mut [MaybeUninit<u8>],
    len: impl Fn([u8; HEAD], usize) -> usize,
) -> usize {
    let fits = skip.checked_add(place.len()).is_some_and(|end| end <= words.len() * 8);
    let Some((head, rest)) = place.split_first_chunk_mut::<HEAD>() else { return 0 };
    if !fits || !load_bytes(words, skip, head) {
        return 0;
    }
    // SAFETY: all eight were loaded.
    let head = head.map(|byte| unsafe { byte.assume_init() });
    let room = rest.len();
    let rest = rest.split_at_mut(len(head, room).min(room)).0;
    if load_bytes(words, skip + HEAD, rest) { HEAD + rest.len() } else { 0 }
}

/// A value of which only what is in use arrives, in a place on the stack.
#[derive(Debug)]
pub(crate) struct ArrivalInUse<S> {
    value: MaybeUninit<S>,
    /// # Invariants
    ///
    /// 1. The first `filled` bytes of `value` are initialised.
    filled: usize,
}

impl<S: Mappable> ArrivalInUse<S> {
    /// Nothing arrived yet.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { value: MaybeUninit::uninit(), filled: 0 }
    }

    /// Loads from byte `skip` of `words` on what `used` says is in use.
    #[inline]
    fn load(&mut self, words: &[AtomicU64], skip: usize, used: impl Fn([u8; HEAD]) -> usize) {
        let (start, size) = (self.value.as_mut_ptr().cast(), size_of::<S>());
        // SAFETY: the bytes of a place that `self` owns; those of `MaybeUninit` have no validity of
        // their own.
        let place = unsafe { core::slice::from_raw_parts_mut(start, size) };
        self.filled = load_front(words, skip, used, place);
    }

    /// What was loaded.
    #[inline]
    const fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are initialised, by invariant 1, and borrowed with `self`.
        unsafe { core::slice::from_raw_parts(self.value.as_ptr().cast(), self.filled) }
    }
}

impl<S: Text> ArrivalInUse<S> {
    /// Loads the text at byte `skip` of `words`.
    #[inline]
    pub(crate) fn load_text(&mut self, words: &[AtomicU64], skip: usize) {
        self.load(words, skip, S::in_use);
    }

    /// The text, checked.
    ///
    /// # Errors
    ///
    /// The first thing that makes the bytes no value of `S`.
    #[inline]
    pub(crate) fn text(&self) -> Result<&str, Invalid> {
        S::text_in(self.bytes())
    }
}

impl<S: Sequence> ArrivalInUse<S> {
    /// Loads the elements of the sequence at byte `skip` of `words`.
    #[inline]
    pub(crate) fn load_elements(&mut self, words: &[AtomicU64], skip: usize) {
        self.load(words, skip, in_use::<S>);
    }

    /// The elements, checked.
    ///
    /// # Errors
    ///
    /// The first thing that makes one of them no value, or their number none.
    #[inline]
    pub(crate) fn elements(&self) -> Result<&[S::Item], Invalid> {
        const { assert!(align_of::<S>() >= align_of::<S::Item>()) };
        const { assert!(S::FIRST.is_multiple_of(align_of::<S::Item>())) };
        let bytes = self.bytes();
        let count = count_in::<S>(bytes)?;
        let size = count * size_of::<S::Item>();
        let Some(elements) = bytes.get(S::FIRST..).and_then(|from| from.get(..size)) else {
            return Err(missing::<S>());
        };
        check_all::<S>(elements, count)?;
        let first = elements.as_ptr().cast::<S::Item>();
        // SAFETY: so many bytes are initialised and borrowed with `self`; they begin at a multiple of
        // the alignment, by the assertions above. By the contract of `Mappable` they are values: those
        // of a type that needs a check have passed it.
        Ok(unsafe { core::slice::from_raw_parts(first, count) })
    }
}

/// How many bytes of a sequence are in use.
#[inline]
fn in_use<S: Sequence>(head: [u8; HEAD]) -> usize {
    let count = usize::try_from(u64::from_le_bytes(head)).unwrap_or(usize::MAX);
    let count = if S::COUNTED { count.min(S::CAPACITY) } else { S::CAPACITY };
    S::FIRST + count * size_of::<S::Item>()
}

/// The number of elements that the first bytes of a sequence tell.
#[inline]
fn count_in<S: Sequence>(bytes: &[u8]) -> Result<usize, Invalid> {
    if !S::COUNTED {
        return Ok(S::CAPACITY);
    }
    let Some(head) = bytes.first_chunk::<HEAD>() else { return Err(missing::<S>()) };
    let found = u64::from_le_bytes(*head);
    match usize::try_from(found) {
        Ok(count) if count <= S::CAPACITY => Ok(count),
        _ => Err(Invalid::new(0, InvalidReason::Length { found, capacity: S::CAPACITY })),
    }
}

/// Checks `count` elements, whose bytes these are.
#[inline]
fn check_all<S: Sequence>(bytes: &[u8], count: usize) -> Result<(), Invalid> {
    let size = size_of::<S::Item>();
    if S::Item::NEEDS_CHECK {
        // Without a size there is one value, however often it is there.
        let count = if size == 0 { count.min(1) } else { count };
        for index in 0..count {
            S::Item::check_at(bytes, index * size).map_err(|invalid| invalid.shifted(S::FIRST))?;
        }
    }
    Ok(())
}

/// The number that is stored in front of what is in use; for one that cannot be true no memory is taken.
fn stored(head: [u8; HEAD], capacity: usize) -> usize {
    let stored = usize::try_from(u64::from_le_bytes(head));
    stored.ok().filter(|stored| *stored <= capacity).unwrap_or(0)
}

/// The payload ended before the value did.
#[cold]
const fn missing<S>() -> Invalid {
    Invalid::new(0, InvalidReason::Missing { size: size_of::<S>() })
}

/// What is in use of a text or a sequence, which arrives in the caller's vector: one pass, however
/// long it is.
///
/// What a load has left there is no part of the vector before it is accepted.
#[derive(Debug)]
pub(crate) struct ArrivalInVec<'a, T> {
    target: &'a mut Vec<T>,
    head: [u8; HEAD],
    /// # Invariants
    ///
    /// 1. The first `filled` places of the vector are initialised bytes, though it may be empty.
    filled: Option<usize>,
}

impl<'a, T> ArrivalInVec<'a, T> {
    /// Takes over the room of `target`, which is empty from now on.
    #[inline]
    pub(crate) fn new(target: &'a mut Vec<T>) -> Self {
        target.clear();
        Self { target, head: [0; HEAD], filled: None }
    }

    /// Loads the elements of the value of `size` bytes at byte `skip` of `words`, as many as `count`
    /// makes of its first eight bytes, from its byte `first` on; of an array, which begins with its
    /// elements, `count` makes nothing of them. Takes memory if the vector has too little room.
    fn load(
        &mut self,
        words: &[AtomicU64],
        skip: usize,
        size: usize,
        first: usize,
        count: impl Fn([u8; HEAD]) -> usize,
    ) {
        self.filled = None;
        let fits = skip.checked_add(size).is_some_and(|end| end <= words.len() * 8);
        let mut head = [MaybeUninit::new(0); HEAD];
        if !fits || first >= HEAD && !load_bytes(words, skip, &mut head) {
            return;
        }
        // SAFETY: all eight were loaded, or are zero.
        self.head = head.map(|byte| unsafe { byte.assume_init() });
        let count = count(self.head);
        self.target.reserve(count);
        let Some(places) = self.target.spare_capacity_mut().get_mut(..count) else { return };
        let len = size_of_val(places);
        // SAFETY: the bytes of places that are borrowed mutably; those of `MaybeUninit` have no validity
        // of their own.
        let bytes = unsafe { core::slice::from_raw_parts_mut(places.as_mut_ptr().cast(), len) };
        if load_bytes(words, skip + first, bytes) {
            self.filled = Some(count);
        }
    }

    /// The bytes of what was loaded.
    fn bytes(&self) -> Option<&[u8]> {
        let len = self.filled? * size_of::<T>();
        // SAFETY: so many bytes are initialised, by invariant 1, and borrowed with `self`.
        Some(unsafe { core::slice::from_raw_parts(self.target.as_ptr().cast(), len) })
    }
}

impl ArrivalInVec<'_, u8> {
    /// Loads the text at byte `skip` of `words`.
    pub(crate) fn load_text<S: Text>(&mut self, words: &[AtomicU64], skip: usize) {
        let room = size_of::<S>() - HEAD;
        self.load(words, skip, size_of::<S>(), HEAD, |head| stored(head, room));
    }

    /// Checks the text and leaves it to the caller as the bytes of a string.
    ///
    /// # Errors
    ///
    /// The first thing that makes the bytes no value of `S`; the vector is then empty.
    pub(crate) fn accept_text<S: Text>(self) -> Result<String, Invalid> {
        let bytes = self.bytes().ok_or(missing::<S>())?;
        let len = S::text_of(self.head, bytes)?.len();
        // SAFETY: at least so many bytes are initialised, by invariant 1, and there is room for them.
        unsafe { self.target.set_len(len) };
        // SAFETY: the bytes have been found to be text.
        Ok(unsafe { String::from_utf8_unchecked(core::mem::take(self.target)) })
    }
}

impl<T: Mappable> ArrivalInVec<'_, T> {
    /// Loads the elements of the sequence at byte `skip` of `words`.
    pub(crate) fn load_elements<S: Sequence<Item = T>>(
        &mut self,
        words: &[AtomicU64],
        skip: usize,
    ) {
        let count = |head| if S::COUNTED { stored(head, S::CAPACITY) } else { S::CAPACITY };
        self.load(words, skip, size_of::<S>(), S::FIRST, count);
    }

    /// Checks the elements and leaves them to the caller.
    ///
    /// # Errors
    ///
    /// The first thing that makes one of them no value, or their number none; the vector is then
    /// empty.
    pub(crate) fn accept_elements<S: Sequence<Item = T>>(self) -> Result<(), Invalid> {
        let bytes = self.bytes().ok_or(missing::<S>())?;
        let count = count_in::<S>(&self.head)?;
        check_all::<S>(bytes, count)?;
        if self.filled != Some(count) {
            return Err(missing::<S>());
        }
        // SAFETY: so many places are initialised, by invariant 1. By the contract of `Mappable` they are
        // values: those of a type that needs a check have passed it.
        unsafe { self.target.set_len(count) };
        Ok(())
    }
}
