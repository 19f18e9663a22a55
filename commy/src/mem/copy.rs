//! Payload bytes between shared words and private memory: one relaxed 8-byte access per word.
//!
//! Both sides use the same granule, because racing accesses of different sizes to the same memory
//! are undefined (std, `core::sync::atomic`, "Memory model for atomic accesses").

use core::mem::MaybeUninit;

use crate::sync::{AtomicU64, Ordering};

/// Stores `from` into the first words of `to`, as far as both reach.
#[inline]
pub(crate) fn store_words(from: &[u64], to: &[AtomicU64]) {
    for (word, value) in to.iter().zip(from) {
        word.store(*value, Ordering::Relaxed);
    }
}

/// Loads the first words of `from` into `to`, as far as both reach.
#[inline]
pub(crate) fn load_words(from: &[AtomicU64], to: &mut [u64]) {
    for (value, word) in to.iter_mut().zip(from) {
        *value = word.load(Ordering::Relaxed);
    }
}

/// Loads the bytes from `skip` on into `to`; returns whether `from` held enough of them.
///
/// Whole words are loaded; exactly `to.len()` bytes are written. When the result is true, all of
/// them are initialised.
#[inline]
pub(super) fn load_bytes(from: &[AtomicU64], skip: usize, to: &mut [MaybeUninit<u8>]) -> bool {
    let Some(from) = from.get(skip / 8..) else { return false };
    let skip = skip % 8;
    if to.len().checked_add(skip).is_none_or(|end| end > from.len() * 8) {
        return false;
    }
    if skip == 0 {
        load_aligned(from, to);
    } else {
        load_shifted(from, skip, to);
    }
    true
}

/// Loads `to.len()` bytes, which start at the first word.
#[inline]
fn load_aligned(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) {
    let (whole, rest) = to.as_chunks_mut::<8>();
    for (bytes, word) in whole.iter_mut().zip(from) {
        *bytes = word.load(Ordering::Relaxed).to_ne_bytes().map(MaybeUninit::new);
    }
    if let (false, Some(word)) = (rest.is_empty(), from.get(whole.len())) {
        put(rest, &word.load(Ordering::Relaxed).to_ne_bytes());
    }
}

/// Loads `to.len()` bytes, which start `skip` bytes into the first word.
#[inline]
fn load_shifted(from: &[AtomicU64], skip: usize, to: &mut [MaybeUninit<u8>]) {
    let Some((first, from)) = from.split_first() else { return };
    let (head, rest) = to.split_at_mut(to.len().min(8 - skip));
    put(head, first.load(Ordering::Relaxed).to_ne_bytes().get(skip..).unwrap_or_default());
    load_aligned(from, rest);
}

/// Writes the first bytes of `bytes` over all of `to`.
#[inline]
fn put(to: &mut [MaybeUninit<u8>], bytes: &[u8]) {
    for (to, byte) in to.iter_mut().zip(bytes) {
        to.write(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_and_length_gives_exactly_those_bytes() {
        let words: Vec<u64> = (0..5u8)
            .map(|word| u64::from_ne_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|b| word * 8 + b)))
            .collect();
        let shared: Vec<AtomicU64> = words.iter().map(|word| AtomicU64::new(*word)).collect();
        for skip in 0..48 {
            for len in 0..48 {
                let mut to = [MaybeUninit::new(0xff_u8); 48];
                let done = load_bytes(&shared, skip, &mut to[..len]);
                assert_eq!(done, skip + len <= 40, "skip {skip}, len {len}");
                // SAFETY: every byte was initialised above.
                let to = to.map(|byte| unsafe { byte.assume_init() });
                for (index, byte) in to.iter().enumerate() {
                    let loaded = done && index < len;
                    assert_eq!(*byte, if loaded { (skip + index) as u8 } else { 0xff });
                }
            }
        }
    }

    #[test]
    fn words_stored_are_words_loaded() {
        let shared: Vec<AtomicU64> = (0..3).map(|_| AtomicU64::new(9)).collect();
        store_words(&[1, 2], &shared);
        let mut loaded = [0; 3];
        load_words(&shared, &mut loaded);
        assert_eq!(loaded, [1, 2, 9]);
    }
}
