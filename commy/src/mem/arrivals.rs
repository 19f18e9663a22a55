//! Several values on their way in, side by side: bytes first, values only after they were checked.

use core::mem::MaybeUninit;

use commy_types::{Invalid, InvalidReason, Mappable};

use super::copy::load_bytes;
use crate::sync::AtomicU64;

/// Values that arrive in the first elements of the caller's slice.
///
/// Whatever tries have left in places of which nothing was accepted is zeroed (I8).
#[derive(Debug)]
pub(crate) struct ArrivalsInto<'a, T: Mappable> {
    /// # Invariants
    ///
    /// 1. Each holds a valid value whenever `self` is gone: `drop` sees to those that were loaded to.
    places: &'a mut [MaybeUninit<T>],
    /// # Invariants
    ///
    /// 2. The last load has written every byte of so many of the first places, if it found them.
    filled: Option<usize>,
    /// The places that some load has written to.
    loaded: usize,
    /// How many of the first places hold values that were checked; `None` until they are.
    accepted: Option<usize>,
}

impl<'a, T: Mappable> ArrivalsInto<'a, T> {
    /// Takes over the places of `values`.
    #[inline]
    pub(crate) const fn new(values: &'a mut [T]) -> Self {
        let (ptr, len) = (values.as_mut_ptr().cast(), values.len());
        // SAFETY: the same places, borrowed mutably for as long; `MaybeUninit` has the layout of what
        // is in it. By invariant 1 all of them hold values again when the borrow ends.
        let places = unsafe { core::slice::from_raw_parts_mut(ptr, len) };
        Self { places, filled: None, loaded: 0, accepted: None }
    }

    /// Loads the bytes of `count` values from byte `skip` of `words` on; no more than there are places.
    #[inline]
    pub(crate) fn load(&mut self, words: &[AtomicU64], skip: usize, count: usize) {
        let count = count.min(self.places.len());
        self.loaded = self.loaded.max(count);
        let places = self.places.get_mut(..count).unwrap_or_default();
        self.filled = load_places(words, skip, places).then_some(count);
    }

    /// The same for values that lie in two runs, each a byte of `words` and how many begin there.
    #[inline]
    pub(crate) fn load_runs(&mut self, words: &[AtomicU64], runs: [(usize, usize); 2]) {
        let [(first_skip, first), (second_skip, second)] = runs;
        let first = first.min(self.places.len());
        let count = first.saturating_add(second).min(self.places.len());
        self.loaded = self.loaded.max(count);
        let places = self.places.get_mut(..count).unwrap_or_default();
        let (first, second) = places.split_at_mut(first);
        let is_filled = load_places(words, first_skip, first)
            && (second.is_empty() || load_places(words, second_skip, second));
        self.filled = is_filled.then_some(count);
    }

    /// Checks the bytes and leaves them to the caller as values; returns how many.
    ///
    /// # Errors
    ///
    /// The first thing that makes the bytes no values; all of the caller's are then zero.
    #[inline]
    pub(crate) fn check(mut self) -> Result<usize, Invalid> {
        let Some(count) = self.filled else { return Err(missing::<T>(self.places.len())) };
        let places = self.places.get(..count).unwrap_or_default();
        // SAFETY: the last load has written every byte of them, by invariant 2.
        unsafe { check_places(places) }?;
        self.accepted = Some(count);
        Ok(count)
    }
}

impl<T: Mappable> Drop for ArrivalsInto<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let range = match self.accepted {
            Some(accepted) => accepted..self.loaded.max(accepted),
            None => 0..self.places.len(),
        };
        let places = self.places.get_mut(range).unwrap_or_default();
        // SAFETY: places that are borrowed mutably; by the contract of `Mappable` zero bytes are a
        // valid value, and nothing needs to be dropped.
        unsafe { places.as_mut_ptr().write_bytes(0, places.len()) };
    }
}

/// Loads bytes from byte `skip` of `words` on into all of `places`; returns whether they were there.
#[inline]
fn load_places<T>(words: &[AtomicU64], skip: usize, places: &mut [MaybeUninit<T>]) -> bool {
    let len = size_of_val(places);
    // SAFETY: the bytes of places that are borrowed mutably; those of `MaybeUninit` have no validity
    // of their own.
    let bytes = unsafe { core::slice::from_raw_parts_mut(places.as_mut_ptr().cast(), len) };
    load_bytes(words, skip, bytes)
}

/// Checks the bytes in `places`, one value after the other.
///
/// # Errors
///
/// The first thing that makes them no values, with its offset in all of them.
///
/// # Safety
///
/// - Every byte of `places` is initialised.
#[inline]
unsafe fn check_places<T: Mappable>(places: &[MaybeUninit<T>]) -> Result<(), Invalid> {
    if !T::NEEDS_CHECK {
        return Ok(());
    }
    let mut offset = 0;
    for place in places {
        // SAFETY: the duty of the caller; the place is borrowed meanwhile.
        let bytes = unsafe { core::slice::from_raw_parts(place.as_ptr().cast(), size_of::<T>()) };
        T::check(bytes).map_err(|invalid| invalid.shifted(offset))?;
        offset += size_of::<T>();
    }
    Ok(())
}

/// The payload ended before the values did.
#[cold]
const fn missing<T>(count: usize) -> Invalid {
    Invalid::new(0, InvalidReason::Missing { size: size_of::<T>().saturating_mul(count) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(words: &[u64]) -> Vec<AtomicU64> {
        words.iter().map(|word| AtomicU64::new(*word)).collect()
    }

    const FLAGS: u64 = u64::from_ne_bytes([9, 0, 1, 1, 0, 1, 2, 0]);

    #[test]
    fn values_arrive_in_the_first_places_and_the_others_stay() {
        let mut values = [true; 8];
        let mut arrivals = ArrivalsInto::new(&mut values);
        arrivals.load(&shared(&[FLAGS]), 1, 5);
        assert_eq!(arrivals.check(), Ok(5));
        assert_eq!(values, [false, true, true, false, true, true, true, true]);
        // No more than there are places, whatever is asked for.
        let mut arrivals = ArrivalsInto::new(&mut values[..2]);
        arrivals.load(&shared(&[FLAGS]), 2, usize::MAX);
        assert_eq!(arrivals.check(), Ok(2));
        assert_eq!(values[..3], [true, true, true]);
    }

    /// A try may be told more elements than the next one: what it has left is no value of anybody's.
    #[test]
    fn what_a_longer_try_has_left_is_zero() {
        let mut values = [true; 8];
        let mut arrivals = ArrivalsInto::new(&mut values);
        arrivals.load(&shared(&[u64::MAX]), 0, 6);
        arrivals.load(&shared(&[FLAGS]), 2, 2);
        assert_eq!(arrivals.check(), Ok(2));
        assert_eq!(values, [true, true, false, false, false, false, true, true]);
    }

    #[test]
    fn refused_values_leave_zeros_in_all_places() {
        let mut values = [true; 8];
        let mut arrivals = ArrivalsInto::new(&mut values);
        arrivals.load(&shared(&[FLAGS]), 2, 6);
        assert_eq!(arrivals.check().unwrap_err().offset, 4);
        assert_eq!(values, [false; 8]);
        values = [true; 8];
        drop(ArrivalsInto::new(&mut values));
        assert_eq!(values, [false; 8]);
        values = [true; 8];
        let mut arrivals = ArrivalsInto::new(&mut values);
        arrivals.load(&shared(&[0]), 1, 8);
        assert!(arrivals.check().is_err(), "the words end before");
        assert_eq!(values, [false; 8]);
    }
}
