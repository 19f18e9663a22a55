//! Payload bytes between shared words and private memory: one relaxed 8-byte access per word.
//!
//! Both sides use the same granule, because racing accesses of different sizes to the same memory
//! are undefined (std, `core::sync::atomic`, "Memory model for atomic accesses"). Long runs go
//! through [`wide`], which keeps that granule and takes several words per instruction.

use core::mem::MaybeUninit;
use core::ops::Range;

use super::wide;
use crate::sync::{AtomicU64, Ordering};

/// Runs of fewer bytes are copied word by word: that is as fast there, and is inlined.
const LONG: usize = 256;

/// Stores `from` into the first words of `to`, as far as both reach.
#[inline]
pub(crate) fn store_words(from: &[u64], to: &[AtomicU64]) {
    if from.len() < LONG / 8 {
        store_each(from, to);
    } else {
        store_long(from, to);
    }
}

#[inline]
fn store_each(from: &[u64], to: &[AtomicU64]) {
    // With one length, which the compiler often knows, there is no loop.
    match to.get(..from.len()) {
        Some(to) => to.iter().zip(from).for_each(|(to, from)| to.store(*from, Ordering::Relaxed)),
        None => store_some(from, to),
    }
}

#[cold]
fn store_some(from: &[u64], to: &[AtomicU64]) {
    to.iter().zip(from).for_each(|(to, from)| to.store(*from, Ordering::Relaxed));
}

#[inline(never)]
fn store_long(from: &[u64], to: &[AtomicU64]) {
    let words = from.len().min(to.len());
    let (from, to) = (from.split_at(words).0, to.split_at(words).0);
    let stored = wide::store(from, to);
    store_each(from.split_at(stored).1, to.split_at(stored).1);
}

/// Stores bytes from any address into the first words of `to`, whole words, of which the last one may be
/// filled up with zeros; as far as both reach.
#[inline]
pub(crate) fn store_bytes(from: &[u8], to: &[AtomicU64]) {
    debug_assert!(from.len() <= to.len().saturating_mul(8));
    if from.len() < LONG { store_each_byte(from, to) } else { store_long_bytes(from, to) }
}

#[inline]
fn store_each_byte(from: &[u8], to: &[AtomicU64]) {
    let (whole, rest) = from.as_chunks::<8>();
    let store = |(to, bytes): (&AtomicU64, &[u8; 8])| {
        to.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
    };
    // With one length, which the compiler often knows, there is no loop.
    match to.get(..whole.len()) {
        Some(to) => to.iter().zip(whole).for_each(store),
        None => to.iter().zip(whole).for_each(store),
    }
    if let (false, Some(to)) = (rest.is_empty(), to.get(whole.len())) {
        let mut filled = [0; 8];
        filled.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        to.store(u64::from_ne_bytes(filled), Ordering::Relaxed);
    }
}

#[inline(never)]
fn store_long_bytes(from: &[u8], to: &[AtomicU64]) {
    let stored = wide::store_bytes(from, to);
    store_each_byte(from.split_at(stored * 8).1, to.split_at(stored).1);
}

/// Stores bytes into `to` from byte `at` on, and keeps what is around them; returns whether there is so
/// much room.
#[inline]
pub(crate) fn store_within(from: &[u8], at: usize, to: &[AtomicU64]) -> bool {
    let skip = at % 8;
    let Some(to) = to.get(at / 8..) else { return false };
    if from.len().checked_add(skip).is_none_or(|end| end > to.len() * 8) {
        return false;
    }
    let (mut from, mut to) = (from, to);
    if skip > 0
        && let Some((first, behind)) = to.split_first()
    {
        let (head, rest) = from.split_at(from.len().min(8 - skip));
        store_part(head, skip, first);
        (from, to) = (rest, behind);
    }
    let (whole, tail) = from.split_at(from.len() / 8 * 8);
    store_bytes(whole, to);
    if let (false, Some(last)) = (tail.is_empty(), to.get(whole.len() / 8)) {
        store_part(tail, 0, last);
    }
    true
}

/// Stores some bytes of a word, from byte `at` on.
#[inline]
fn store_part(from: &[u8], at: usize, to: &AtomicU64) {
    let mut filled = to.load(Ordering::Relaxed).to_ne_bytes();
    if let Some(part) = filled.get_mut(at..at + from.len()) {
        part.copy_from_slice(from);
    }
    to.store(u64::from_ne_bytes(filled), Ordering::Relaxed);
}

/// So many bytes are moved at most.
const MOVED: usize = 1024;

/// Moves bytes within words; what is around their new place stays. Returns whether both places are there,
/// and no more than [`MOVED`].
#[inline]
pub(crate) fn move_within(words: &[AtomicU64], from: usize, to: usize, len: usize) -> bool {
    if from.is_multiple_of(8) && to.is_multiple_of(8) && len.is_multiple_of(8) {
        return move_words(words, from / 8, to / 8, len / 8);
    }
    let mut buffer = [MaybeUninit::<u8>::uninit(); MOVED];
    let Some(buffer) = buffer.get_mut(..len) else { return false };
    if !load_bytes(words, from, buffer) {
        return false;
    }
    // SAFETY: `load_bytes` has returned true: all of these bytes are initialised.
    let moved = unsafe { core::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), len) };
    store_within(moved, to, words)
}

/// The same for words, however many.
#[inline]
fn move_words(words: &[AtomicU64], from: usize, to: usize, count: usize) -> bool {
    let ends = (from.checked_add(count), to.checked_add(count));
    let (Some(source), Some(target)) =
        (ends.0.and_then(|end| words.get(from..end)), ends.1.and_then(|end| words.get(to..end)))
    else {
        return false;
    };
    let one = |(from, to): (&AtomicU64, &AtomicU64)| {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    };
    // Each word before it is overwritten.
    match from < to {
        true => source.iter().zip(target).rev().for_each(one),
        false => source.iter().zip(target).for_each(one),
    }
    true
}

/// Stores the words of `image` that touch `range`; returns the bytes stored.
#[inline]
pub(crate) fn store_range(range: Range<usize>, image: &[u64], payload: &[AtomicU64]) -> usize {
    let words = range.start / 8..range.end.div_ceil(8);
    match (image.get(words.clone()), payload.get(words)) {
        (Some(from), Some(to)) => {
            store_words(from, to);
            from.len() * 8
        }
        _ => 0,
    }
}

/// Stores what touches `range`: the words of `part`, of which the first begins at that byte, and around
/// these those of `image`; returns the bytes stored.
pub(crate) fn store_around(
    range: Range<usize>,
    image: &[u64],
    (at, part): (usize, &[u8]),
    payload: &[AtomicU64],
) -> usize {
    debug_assert!(at.is_multiple_of(8) && part.len().is_multiple_of(8));
    let range = range.start / 8 * 8..range.end.next_multiple_of(8);
    let (begin, end) =
        (at.clamp(range.start, range.end), (at + part.len()).clamp(range.start, range.end));
    if let (true, Some(from), Some(to)) = (
        begin < end,
        part.get(begin.wrapping_sub(at)..end.wrapping_sub(at)),
        payload.get(begin / 8..),
    ) {
        store_bytes(from, to);
    }
    let around = [range.start..begin, end.max(begin)..range.end];
    let around = around.into_iter().filter(|range| !range.is_empty());
    end.saturating_sub(begin)
        + around.map(|range| store_range(range, image, payload)).sum::<usize>()
}

/// Copies words from one place of shared memory to another, as far as both reach.
#[inline]
pub(crate) fn copy_words(from: &[AtomicU64], to: &[AtomicU64]) {
    let copied = if from.len() < LONG / 8 { 0 } else { wide::copy_words(from, to) };
    let (from, to) = (from.get(copied..), to.get(copied..));
    for (from, to) in from.unwrap_or_default().iter().zip(to.unwrap_or_default()) {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// Loads the first words of `from` into `to`, as far as both reach.
#[inline]
pub(crate) fn load_words(from: &[AtomicU64], to: &mut [u64]) {
    let words = from.len().min(to.len());
    let to = to.split_at_mut(words).0;
    // SAFETY: the bytes of words that are borrowed mutably; `load_aligned` writes initialised
    // bytes only, and any of them are valid words.
    let bytes = unsafe { core::slice::from_raw_parts_mut(to.as_mut_ptr().cast(), words * 8) };
    load_aligned(from, bytes);
}

/// Loads the bytes from byte `skip` of `from` on into `to`; returns whether there are so many.
#[inline]
pub(crate) fn load_into(from: &[AtomicU64], skip: usize, to: &mut [u8]) -> bool {
    let (start, len) = (to.as_mut_ptr().cast(), to.len());
    // SAFETY: the bytes of `to`, which stays borrowed mutably; `load_bytes` writes initialised bytes
    // only.
    let to = unsafe { core::slice::from_raw_parts_mut(start, len) };
    load_bytes(from, skip, to)
}

/// The `len` bytes from byte `skip` of `from` on; `None` if there are not so many, for which no memory
/// is taken.
pub(crate) fn load_vec(from: &[AtomicU64], skip: usize, len: usize) -> Option<Vec<u8>> {
    if skip.checked_add(len)? > from.len() * 8 {
        return None;
    }
    let mut bytes = Vec::with_capacity(len);
    if !load_bytes(from, skip, bytes.spare_capacity_mut().get_mut(..len)?) {
        return None;
    }
    // SAFETY: the first `len` bytes were initialised by `load_bytes`, which has returned true.
    unsafe { bytes.set_len(len) };
    Some(bytes)
}

/// Loads the bytes from `skip` on into `to`; returns whether `from` held enough of them.
///
/// Whole words are loaded; exactly `to.len()` bytes are written. When the result is true, all of
/// them are initialised.
#[inline]
pub(super) fn load_bytes(from: &[AtomicU64], skip: usize, to: &mut [MaybeUninit<u8>]) -> bool {
    // One comparison where the place is known, and the words that are left are as many as it needs.
    let (first, skip) = (skip / 8, skip % 8);
    let Some(bytes) = to.len().checked_add(skip) else { return false };
    let Some(from) = from.get(first..first.saturating_add(bytes.div_ceil(8))) else { return false };
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
    match to.len() {
        0..wide::PAIR => load_each(from, to),
        wide::PAIR..wide::BLOCK => load_pairs(from, to),
        wide::BLOCK..LONG => load_blocks(from, to),
        LONG.. => load_long(from, to),
    }
}

#[inline]
fn load_each(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) {
    let (whole, rest) = to.as_chunks_mut::<8>();
    // Where the caller's length is known, so is that of the first part, and its loop has no end to ask
    // for.
    let (from, behind) = from.split_at(whole.len().min(from.len()));
    for (bytes, word) in whole.iter_mut().zip(from) {
        *bytes = word.load(Ordering::Relaxed).to_ne_bytes().map(MaybeUninit::new);
    }
    if let (false, Some(word)) = (rest.is_empty(), behind.first()) {
        put(rest, &word.load(Ordering::Relaxed).to_ne_bytes());
    }
}

/// The same for less than a block. Who moves the value on takes its words in pairs, and a pair that was
/// stored word by word would not be there yet.
#[inline]
fn load_pairs(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) {
    let Some(found) = wide::Blocks::found() else { return load_each(from, to) };
    let (pairs, rest) = to.as_chunks_mut::<{ wide::PAIR }>();
    let (from, from_rest) = from.split_at((pairs.len() * wide::PAIR / 8).min(from.len()));
    for (from, to) in from.as_chunks::<{ wide::PAIR / 8 }>().0.iter().zip(pairs) {
        *to = found.load_pair(from);
    }
    load_each(from_rest, rest);
}

/// The same for at least one block, and few.
///
/// What is loaded is handed on in registers: a value that is returned is stored where it is wanted, and
/// nowhere else.
#[inline]
fn load_blocks(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) {
    let Some(found) = wide::Blocks::found() else { return load_each(from, to) };
    let (blocks, rest) = to.as_chunks_mut::<{ wide::BLOCK }>();
    let (from, from_rest) = from.split_at((blocks.len() * wide::BLOCK / 8).min(from.len()));
    for (from, to) in from.as_chunks::<{ wide::BLOCK / 8 }>().0.iter().zip(blocks) {
        *to = found.load(from);
    }
    load_each(from_rest, rest);
}

/// The same for many bytes.
#[inline(never)]
fn load_long(from: &[AtomicU64], to: &mut [MaybeUninit<u8>]) {
    let loaded = wide::load(from, to);
    load_each(from.split_at(loaded / 8).1, to.split_at_mut(loaded).1);
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
    use crate::mem::vectors::tests::at_each_level;

    /// Words whose bytes are 0, 1, 2 and so on.
    fn counted(words: usize) -> (Vec<AtomicU64>, Vec<u8>) {
        let bytes: Vec<u8> = (0..words * 8).map(|byte| byte as u8).collect();
        let words = bytes.as_chunks::<8>().0;
        (words.iter().map(|word| AtomicU64::new(u64::from_ne_bytes(*word))).collect(), bytes)
    }

    fn bytes_of(words: &[AtomicU64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.load(Ordering::Relaxed).to_ne_bytes()).collect()
    }

    #[test]
    fn what_is_stored_within_words_leaves_what_is_around_it() {
        let new: Vec<u8> = (0..48).map(|byte| 200 - byte).collect();
        for at in 0..48 {
            for len in 0..48 {
                let (words, mut expected) = counted(5);
                let is_there = at + len <= 40;
                assert_eq!(store_within(&new[..len], at, &words), is_there, "{len} bytes at {at}");
                if is_there {
                    expected[at..at + len].copy_from_slice(&new[..len]);
                }
                assert_eq!(bytes_of(&words), expected, "{len} bytes at {at}");
            }
        }
        assert!(!store_within(&[1], usize::MAX, &counted(1).0));
    }

    #[test]
    fn what_is_moved_within_words_is_what_was_there_before() {
        const LENGTHS: [usize; 9] = [0, 1, 7, 8, 28, 56, 64, 264, 600];
        for from in [0, 1, 4, 8, 16, 36, 320] {
            for to in [0, 2, 4, 8, 24, 36, 64, 328] {
                for len in LENGTHS {
                    let (words, mut expected) = counted(100);
                    let is_there = from.max(to) + len <= 800;
                    assert_eq!(move_within(&words, from, to, len), is_there);
                    if is_there {
                        expected.copy_within(from..from + len, to);
                    }
                    assert_eq!(bytes_of(&words), expected, "{len} bytes from {from} to {to}");
                }
            }
        }
        for (from, to, len) in [(0, 1, MOVED + 1), (usize::MAX, 0, 1), (0, usize::MAX - 7, 8)] {
            assert!(!move_within(&counted(200).0, from, to, len));
        }
    }

    #[test]
    fn words_are_copied_as_far_as_both_sides_reach() {
        at_each_level(|_| copy_as_far_as_both_reach());
    }

    fn copy_as_far_as_both_reach() {
        for (len, room) in [(0, 3), (3, 0), (5, 5), (127, 128), (128, 127), (600, 601)] {
            let ((from, bytes), (to, mut expected)) = (counted(len), counted(room));
            to.iter().for_each(|word| word.store(7, Ordering::Relaxed));
            let copied = len.min(room) * 8;
            expected.copy_from_slice(&bytes_of(&to));
            expected[..copied].copy_from_slice(&bytes[..copied]);
            copy_words(&from, &to);
            assert_eq!(bytes_of(&to), expected, "{len} words to {room}");
        }
        let (words, bytes) = counted(128);
        copy_words(&words, &words);
        assert_eq!(bytes_of(&words), bytes);
    }

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
    fn blocks_and_what_is_left_of_them_are_loaded_at_each_level() {
        let words: Vec<u64> = (1..=40u64).map(|word| word.wrapping_mul(0x9e37_79b9)).collect();
        let bytes = bytemuck::cast_slice::<u64, u8>(&words);
        let shared: Vec<AtomicU64> = words.iter().map(|word| AtomicU64::new(*word)).collect();
        at_each_level(|level| {
            for (len, skip) in (0..300).flat_map(|len| [(len, 0), (len, 8), (len, 3)]) {
                let mut to = [MaybeUninit::new(0xff_u8); 320];
                assert!(load_bytes(&shared, skip, &mut to[..len]));
                // SAFETY: every byte was initialised above.
                let to = to.map(|byte| unsafe { byte.assume_init() });
                assert_eq!(to[..len], bytes[skip..skip + len], "{len} from {skip}, {level}");
                assert!(to[len..].iter().all(|byte| *byte == 0xff));
            }
        });
    }

    #[test]
    fn stored_bytes_are_filled_up_with_zeros() {
        for len in 0..=24 {
            let bytes: Vec<u8> = (1..=len).collect();
            let shared: Vec<AtomicU64> = (0..4).map(|_| AtomicU64::new(u64::MAX)).collect();
            store_bytes(&bytes, &shared);
            let stored: Vec<u64> = shared.iter().map(|word| word.load(Ordering::Relaxed)).collect();
            let stored = bytemuck::cast_slice::<u64, u8>(&stored);
            let (filled, rest) = stored.split_at(bytes.len().next_multiple_of(8));
            let (copied, zeros) = filled.split_at(bytes.len());
            assert_eq!(copied, bytes);
            assert!(zeros.iter().all(|byte| *byte == 0) && rest.iter().all(|byte| *byte == 0xff));
        }
    }

    #[test]
    fn long_runs_are_copied_whole_and_nothing_around_them() {
        at_each_level(|_| copy_long_runs());
    }

    fn copy_long_runs() {
        let words: Vec<u64> =
            (1..=300u64).map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let bytes = bytemuck::cast_slice::<u64, u8>(&words);
        let shared: Vec<AtomicU64> = (0..310).map(|_| AtomicU64::new(0)).collect();
        for start in 0..5 {
            shared.iter().for_each(|word| word.store(0, Ordering::Relaxed));
            store_words(&words, &shared[start..start + 300]);
            for (index, word) in shared.iter().enumerate() {
                let expected = index.checked_sub(start).and_then(|index| words.get(index));
                assert_eq!(word.load(Ordering::Relaxed), expected.copied().unwrap_or(0));
            }
            for len in (0..40).chain(250..420).chain(2300..2400) {
                for (skip, at) in [(0, 0), (0, 1), (3, 0), (8, 5), (24, 16)] {
                    let mut to = [MaybeUninit::new(0xff_u8); 2600];
                    assert!(load_bytes(&shared[start..], skip, &mut to[at..at + len]));
                    // SAFETY: every byte was initialised above.
                    let to = to.map(|byte| unsafe { byte.assume_init() });
                    let zeros = [0; 80];
                    let all = [bytes, &zeros].concat();
                    assert_eq!(to[at..at + len], all[skip..skip + len]);
                    assert!(to[..at].iter().chain(&to[at + len..]).all(|byte| *byte == 0xff));
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

    /// Words that hold the bytes 0, 1, 2 and so on, modulo a prime: no two places look the same.
    fn pattern(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn bytes_from_any_address_are_stored_as_whole_words_and_nothing_around_them() {
        at_each_level(|_| store_from_any_address());
    }

    fn store_from_any_address() {
        let bytes = pattern(2600);
        let shared: Vec<AtomicU64> = (0..330).map(|_| AtomicU64::new(0)).collect();
        for len in (0..40).chain(250..300).chain(2300..2320) {
            for (from, start) in [(0, 0), (1, 0), (3, 1), (7, 3), (8, 4), (13, 5)] {
                shared.iter().for_each(|word| word.store(u64::MAX, Ordering::Relaxed));
                store_bytes(&bytes[from..from + len], &shared[start..]);
                let mut stored = vec![0; shared.len()];
                load_words(&shared, &mut stored);
                let stored = bytemuck::cast_slice::<u64, u8>(&stored);
                let (before, stored) = stored.split_at(start * 8);
                let (stored, behind) = stored.split_at(len.next_multiple_of(8));
                assert_eq!(stored[..len], bytes[from..from + len], "{len} bytes from {from}");
                assert!(stored[len..].iter().all(|byte| *byte == 0), "{len} bytes from {from}");
                assert!(before.iter().chain(behind).all(|byte| *byte == 0xff));
            }
        }
    }

    #[test]
    fn bytes_are_loaded_from_any_place_to_any_address_or_not_at_all() {
        at_each_level(|_| load_from_any_place());
    }

    fn load_from_any_place() {
        let bytes = pattern(2600);
        let shared: Vec<AtomicU64> = (0..325).map(|_| AtomicU64::new(0)).collect();
        store_bytes(&bytes, &shared);
        let lens = (0..40).chain(250..300).chain(2300..2320).chain(2560..2620);
        for (len, skip) in lens.flat_map(|len| [0, 1, 7, 8, 13, 32].map(|skip| (len, skip))) {
            let is_there = skip + len <= bytes.len();
            for at in [0, 1, 5, 8] {
                let mut to = vec![0xff; 2700];
                assert_eq!(load_into(&shared, skip, &mut to[at..at + len]), is_there);
                let expected =
                    if is_there { &bytes[skip..skip + len] } else { &[0xff; 2620][..len] };
                assert_eq!(to[at..at + len], *expected, "{len} bytes from {skip} to {at}");
                assert!(to[..at].iter().chain(&to[at + len..]).all(|byte| *byte == 0xff));
            }
            let vec = load_vec(&shared, skip, len);
            assert_eq!(vec.as_deref(), bytes.get(skip..skip + len), "{len} bytes from {skip}");
        }
        // So much memory is not even asked for.
        for (skip, len) in [(0, usize::MAX), (usize::MAX, 1), (usize::MAX, 0), (1 << 40, 1 << 40)] {
            assert_eq!(load_vec(&shared, skip, len), None);
        }
        assert!(!load_into(&[], usize::MAX, &mut [0]) && load_into(&[], 0, &mut []));
    }
}
