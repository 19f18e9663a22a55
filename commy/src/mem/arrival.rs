//! Values on their way in: bytes first, a value only after they were checked.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use commy_types::{FieldUse, Invalid, InvalidReason, Mappable};

use super::copy::load_bytes;
use super::in_use::load_used;
use crate::sync::AtomicU64;

/// A value that arrives in its own place on the stack.
#[derive(Debug)]
pub(crate) struct Arrival<T> {
    value: MaybeUninit<T>,
    /// # Invariants
    ///
    /// 1. True only if every byte of `value` is initialised: the last load found all of them.
    filled: bool,
}

impl<T: Mappable> Arrival<T> {
    /// Nothing arrived yet.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { value: MaybeUninit::uninit(), filled: false }
    }

    /// Loads the bytes of the value from byte `skip` of `words` on; returns whether they were
    /// there.
    #[inline]
    pub(crate) fn load(&mut self, words: &[AtomicU64], skip: usize) -> bool {
        // SAFETY: the pointer is to `size_of::<T>()` bytes that `self` owns.
        let place = unsafe { bytes_mut(self.value.as_mut_ptr()) };
        self.filled = load_value::<T>(words, skip, place);
        self.filled
    }

    /// Checks the bytes and gives out the value; makes the error here, since a result that is
    /// turned into another one later moves a large value once more.
    ///
    /// The value is not moved before the check, which looks at padding too: a move need not keep
    /// it.
    ///
    /// # Errors
    ///
    /// What `error` makes of the first thing that makes the bytes no value of `T`.
    #[inline]
    pub(crate) fn check<E>(&self, error: impl FnOnce(Invalid) -> E) -> Result<T, E> {
        if !self.filled {
            return Err(error(missing::<T>()));
        }
        // SAFETY: every byte is initialised, by invariant 1.
        if let Err(invalid) = unsafe { check(self.value.as_ptr()) } {
            return Err(error(invalid));
        }
        // SAFETY: by the contract of `Mappable`, bytes that pass the check are a valid value, and a
        // bytewise copy is a right duplicate.
        Ok(unsafe { self.value.assume_init_read() })
    }
}

/// The all-zero value in a box; a large one is never on the stack.
pub(crate) fn zeroed_box<T: Mappable>() -> Box<T> {
    // SAFETY: by the contract of `Mappable`, zero bytes are a valid value.
    unsafe { Box::new_zeroed().assume_init() }
}

/// A field of so many bytes has its unused ones left out of a copy of the whole. To look into a
/// smaller one, and to make zero what is not copied, takes longer than to copy it.
const LARGE: usize = 4096;

/// Loads a value from byte `skip` of `words` on; returns whether it was there.
#[inline]
fn load_value<T: Mappable>(
    words: &[AtomicU64],
    skip: usize,
    place: &mut [MaybeUninit<u8>],
) -> bool {
    if const { T::SHAPE.largest_use() >= LARGE } {
        load_fields(words, skip, |visit| T::SHAPE.each_use(visit), place)
    } else {
        load_bytes(words, skip, place)
    }
}

/// The same without the unused bytes of large fields, which become zero.
#[inline(never)]
fn load_fields(
    words: &[AtomicU64],
    skip: usize,
    each_use: impl FnOnce(&mut dyn FnMut(FieldUse)),
    place: &mut [MaybeUninit<u8>],
) -> bool {
    // What was not loaded yet, and where it starts.
    let (mut rest, mut at, mut is_there) = (place, skip, true);
    each_use(&mut |field| {
        let FieldUse { offset, size, used: Some(used) } = field else { return };
        let before = (skip + offset).checked_sub(at);
        let Some(before) = before.filter(|before| size >= LARGE && before + size <= rest.len())
        else {
            return;
        };
        let (gap, from_field) = core::mem::take(&mut rest).split_at_mut(before);
        let (field, behind) = from_field.split_at_mut(size);
        is_there =
            is_there && load_bytes(words, at, gap) && load_in_use(words, at + before, used, field);
        (rest, at) = (behind, at + before + size);
    });
    is_there && load_bytes(words, at, rest)
}

/// Loads what is in use of a field, and fills the rest of it with zeros; returns whether all of
/// the field was there.
#[inline]
fn load_in_use(
    words: &[AtomicU64],
    skip: usize,
    used: fn([u8; 8]) -> usize,
    place: &mut [MaybeUninit<u8>],
) -> bool {
    let loaded = load_used(words, skip, used, place);
    place.split_at_mut(loaded).1.fill(MaybeUninit::new(0));
    loaded > 0
}

/// Loads a plain-old-data value from byte `skip` of `words` on; returns whether it was there.
#[inline]
pub(crate) fn load_pod<F: bytemuck::Pod>(words: &[AtomicU64], skip: usize, value: &mut F) -> bool {
    let ptr: *mut F = value;
    // SAFETY: the place of a value that is borrowed mutably; what is written there is initialised
    // bytes, and any of them are a valid `Pod` value.
    load_bytes(words, skip, unsafe { bytes_mut(ptr) })
}

/// Loads values that lie one behind the other from byte `skip` of `words` on, and adds them to
/// `values`; returns whether they were there.
///
/// # Errors
///
/// What `settle` returns, which is called before bytes are checked; what `error` makes of the first
/// thing that makes bytes no value. No value is added then.
pub(crate) fn load_values<T: Mappable, E>(
    words: &[AtomicU64],
    skip: usize,
    count: usize,
    values: &mut Vec<T>,
    settle: impl FnOnce() -> Result<(), E>,
    error: impl FnOnce(Invalid) -> E,
) -> Result<bool, E> {
    values.reserve(count);
    let Some(places) = values.spare_capacity_mut().get_mut(..count) else { return Ok(false) };
    let len = size_of_val(places);
    // SAFETY: the bytes of places that are borrowed mutably; those of `MaybeUninit` have no validity
    // of their own.
    let bytes = unsafe { core::slice::from_raw_parts_mut(places.as_mut_ptr().cast(), len) };
    if !load_bytes(words, skip, bytes) {
        return Ok(false);
    }
    if T::NEEDS_CHECK {
        settle()?;
        for place in places {
            // SAFETY: every byte was initialised above, and the place is borrowed mutably.
            if let Err(invalid) = unsafe { check(place.as_ptr()) } {
                return Err(error(invalid));
            }
        }
    }
    // SAFETY: `reserve` made room for so many, and these bytes have passed the check; by the contract
    // of `Mappable` they are valid values, also where there is no check.
    unsafe { values.set_len(values.len() + count) };
    Ok(true)
}

/// A value that arrives in the caller's place; unless it is accepted, that place is zeroed (I8).
#[derive(Debug)]
pub(crate) struct ArrivalInto<'a, T: Mappable> {
    /// # Invariants
    ///
    /// 1. Points to a `T` that is borrowed mutably for `'a`, and to which no reference is used
    ///    while `self` lives.
    value: *mut T,
    /// # Invariants
    ///
    /// 2. True only if the last load left every byte of the place written.
    filled: bool,
    accepted: bool,
    /// # Invariants
    ///
    /// 3. From this byte of the place on, all are zero.
    zero_from: usize,
    borrow: PhantomData<&'a mut T>,
}

impl<'a, T: Mappable> ArrivalInto<'a, T> {
    /// Takes over the place of `value`.
    #[inline]
    pub(crate) const fn new(value: &'a mut T) -> Self {
        let zero_from = size_of::<T>();
        Self { value, filled: false, accepted: false, zero_from, borrow: PhantomData }
    }

    /// The same, and makes the place zero: what is not in use is then left alone.
    #[inline]
    pub(crate) const fn over_zeros(value: &'a mut T) -> Self {
        let mut arrival = Self::new(value);
        // SAFETY: the place of a value that is borrowed mutably, and that needs no drop; by the contract
        // of `Mappable` zero bytes are a valid value.
        unsafe { arrival.value.write_bytes(0, 1) };
        arrival.zero_from = 0;
        arrival
    }

    /// Loads the bytes of the value from byte `skip` of `words` on; returns whether they were
    /// there.
    #[inline]
    pub(crate) fn load(&mut self, words: &[AtomicU64], skip: usize) -> bool {
        // SAFETY: the pointer is to a place that `self` borrows mutably, by invariant 1.
        let place = unsafe { bytes_mut(self.value) };
        self.filled = load_value::<T>(words, skip, place);
        self.zero_from = size_of::<T>();
        self.filled
    }

    /// The same for a type that may leave bytes unused: those that are not loaded are zero.
    ///
    /// While the writer overtakes, what is in use can be anything; it is a part of this copy like
    /// the bytes themselves, and discarded with them.
    #[inline]
    pub(crate) fn load_used(&mut self, words: &[AtomicU64], skip: usize) -> bool {
        let Some(used) = T::USED else { return self.load(words, skip) };
        // SAFETY: the pointer is to a place that `self` borrows mutably, by invariant 1.
        let place = unsafe { bytes_mut(self.value) };
        let loaded = load_used(words, skip, used, place);
        // What an earlier try has left there, or the caller.
        if let Some(unused) = place.get_mut(loaded..self.zero_from) {
            unused.fill(MaybeUninit::new(0));
        }
        self.zero_from = loaded;
        self.filled = loaded > 0;
        self.filled
    }

    /// Checks the bytes and leaves them to the caller as a value.
    ///
    /// # Errors
    ///
    /// The first thing that makes the bytes no value of `T`; the caller's value is then zero.
    #[inline]
    pub(crate) fn check(mut self) -> Result<(), Invalid> {
        if !self.filled {
            return Err(missing::<T>());
        }
        // SAFETY: every byte was written by `load` (invariant 2), so all are initialised.
        unsafe { check(self.value) }?;
        self.accepted = true;
        Ok(())
    }
}

impl<T: Mappable> Drop for ArrivalInto<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.accepted {
            // SAFETY: the place is borrowed mutably (invariant 1); by the contract of `Mappable`
            // zero bytes are a valid value and nothing needs to be dropped.
            unsafe { self.value.write_bytes(0, 1) };
        }
    }
}

/// The bytes of a place as bytes that may be uninitialised.
///
/// # Safety
///
/// - `value` is aligned and points to `size_of::<T>()` bytes that only the caller accesses for
///   `'a`.
#[inline]
const unsafe fn bytes_mut<'a, T>(value: *mut T) -> &'a mut [MaybeUninit<u8>] {
    // SAFETY: the duty of the caller; `MaybeUninit<u8>` has no validity of its own.
    unsafe { core::slice::from_raw_parts_mut(value.cast(), size_of::<T>()) }
}

/// Checks the bytes at `value`.
///
/// # Safety
///
/// - `value` points to `size_of::<T>()` initialised bytes that nobody writes meanwhile.
#[inline]
unsafe fn check<T: Mappable>(value: *const T) -> Result<(), Invalid> {
    if !T::NEEDS_CHECK {
        return Ok(());
    }
    // SAFETY: the duty of the caller.
    T::check(unsafe { core::slice::from_raw_parts(value.cast::<u8>(), size_of::<T>()) })
}

/// The payload ended before the value did.
#[cold]
const fn missing<T>() -> Invalid {
    Invalid::new(0, InvalidReason::Missing { size: size_of::<T>() })
}

#[cfg(test)]
mod tests {
    use commy_types::schema::TypeSchema;
    use commy_types::{FixedOption, FixedVec, Image};

    use super::*;

    fn shared(words: &[u64]) -> Vec<AtomicU64> {
        words.iter().map(|word| AtomicU64::new(*word)).collect()
    }

    #[test]
    fn only_checked_bytes_become_a_value() {
        let mut arrival = Arrival::<[bool; 8]>::new();
        arrival.load(&shared(&[u64::from_ne_bytes([0, 1, 0, 1, 1, 1, 0, 2])]), 0);
        assert_eq!(arrival.check(|invalid| invalid).unwrap_err().offset, 7);

        let mut arrival = Arrival::<u32>::new();
        arrival.load(&shared(&[u64::from_ne_bytes([9, 9, 9, 9, 1, 0, 0, 0])]), 4);
        assert_eq!(arrival.check(|invalid| invalid), Ok(u32::from_ne_bytes([1, 0, 0, 0])));
    }

    /// Three of its bytes are padding, which a move of a value need not keep.
    #[derive(Debug, Clone, Copy, PartialEq)]
    #[repr(C)]
    struct Padded {
        flag: bool,
        number: u32,
    }

    // SAFETY: the layout is fixed; both fields are `Mappable`, checked and encoded as such.
    unsafe impl Mappable for Padded {
        const SCHEMA: &'static TypeSchema = &TypeSchema::Struct { size: 8, align: 4, fields: &[] };
        const NEEDS_CHECK: bool = true;
        const PLAIN: bool = false;
        type Arg<'a> = Self;
        type Output = ();

        fn assign(&mut self, value: Self) {
            *self = value;
        }

        fn check(bytes: &[u8]) -> Result<(), Invalid> {
            bool::check_at(bytes, 0)
        }

        fn encode(&self, at: usize, image: &mut Image<'_>) {
            self.flag.encode(at, image);
            self.number.encode(at + 4, image);
        }
    }

    /// Under Miri: the check, which looks at unused elements and their padding too, finds every
    /// byte initialised.
    #[test]
    fn a_value_with_padding_is_checked_where_it_arrived() {
        let value = Padded { flag: true, number: 7 };
        let mut arrival = Arrival::<FixedOption<Padded>>::new();
        arrival.load(&shared(&[0; size_of::<FixedOption<Padded>>() / 8]), 0);
        assert!(arrival.check(|invalid| invalid).unwrap().is_none());

        let mut arrival = Arrival::<FixedVec<Padded, 3>>::new();
        let [a, b, c, d] = 7_u32.to_ne_bytes();
        let second = u64::from_ne_bytes([1, 0, 0, 0, a, b, c, d]);
        arrival.load(&shared(&[1_u64.to_le(), second, 0, 0]), 0);
        assert_eq!(arrival.check(|invalid| invalid).unwrap().as_slice(), &[value]);
    }

    #[test]
    fn too_few_words_are_an_error() {
        let mut arrival = Arrival::<[u64; 3]>::new();
        arrival.load(&shared(&[1, 2]), 0);
        assert!(arrival.check(drop).is_err());
        assert!(Arrival::<u8>::new().check(drop).is_err());
    }

    #[test]
    fn unused_bytes_of_large_fields_are_not_loaded_and_all_others_are() {
        // 8 bytes, a large field that says how much is used, 16 bytes, a small such field.
        let used: fn([u8; 8]) -> usize = |head| usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let fields = [
            FieldUse { offset: 0, size: 8, used: None },
            FieldUse { offset: 8, size: 8000, used: Some(used) },
            FieldUse { offset: 8008, size: 16, used: None },
            FieldUse { offset: 8024, size: 40, used: Some(used) },
        ];
        for in_use in [0_u16, 8, 9, 600, 7999, 8000, 60_000] {
            let mut words = vec![u64::MAX; 1008];
            let head = |used: u16| {
                let [a, b] = used.to_ne_bytes();
                u64::from_ne_bytes([a, b, 0, 0, 0, 0, 0, 0])
            };
            (words[1], words[1003]) = (head(in_use), head(8));
            let words = shared(&words);
            let mut place = vec![MaybeUninit::new(0x55_u8); 8064];
            assert!(load_fields(&words, 0, |visit| fields.into_iter().for_each(visit), &mut place));
            // SAFETY: every byte was initialised above.
            let place: Vec<u8> =
                place.into_iter().map(|byte| unsafe { byte.assume_init() }).collect();
            let unused = 8 + usize::from(in_use).clamp(8, 8000)..8008;
            for (index, byte) in place.iter().enumerate() {
                let is_head = (8..16).contains(&index) || (8024..8032).contains(&index);
                let expected = if unused.contains(&index) { 0 } else { 0xff };
                assert!(is_head || *byte == expected, "byte {index} of {in_use} in use");
            }
            assert_eq!(place[8..10], in_use.to_ne_bytes());
            let mut short = vec![MaybeUninit::new(0_u8); 8072];
            assert!(!load_fields(
                &words,
                0,
                |visit| fields.into_iter().for_each(visit),
                &mut short
            ));
        }
    }

    #[test]
    fn values_that_are_side_by_side_arrive_together_or_not_at_all() {
        let words = shared(&[u64::from_ne_bytes([9, 0, 1, 1, 0, 1, 2, 0])]);
        let mut values = vec![true];
        let settle = || Ok(());
        let is_there = load_values(&words, 1, 5, &mut values, settle, |invalid| invalid);
        assert_eq!(
            (is_there, &values[..]),
            (Ok(true), &[true, false, true, true, false, true][..])
        );
        let refused = load_values(&words, 1, 6, &mut values, settle, |invalid| invalid);
        assert!(refused.is_err());
        assert_eq!(load_values(&words, 1, 8, &mut values, settle, |invalid| invalid), Ok(false));
        let gone = load_values(&words, 1, 1, &mut values, || Err(()), drop);
        assert_eq!((gone, values.len()), (Err(()), 6));
    }

    #[test]
    fn a_refused_value_leaves_zero_in_the_callers_place() {
        let mut place = [true; 8];
        let mut arrival = ArrivalInto::new(&mut place);
        arrival.load(&shared(&[u64::MAX]), 0);
        assert!(arrival.check().is_err());
        assert_eq!(place, [false; 8]);

        let mut place = [true; 8];
        drop(ArrivalInto::new(&mut place));
        assert_eq!(place, [false; 8]);
    }

    #[test]
    fn an_accepted_value_is_in_the_callers_place() {
        let mut place = [0u64; 2];
        let mut arrival = ArrivalInto::new(&mut place);
        arrival.load(&shared(&[3, 4]), 0);
        arrival.check().unwrap();
        assert_eq!(place, [3, 4]);
    }
}
