//! The file's own hash of a key: SipHash-1-3 of its bytes, under the seed of its map.
//!
//! What std feeds for a type differs from platform to platform, and may change with any version of
//! the compiler. So a cell says itself what is fed: the bytes of a fixed type, the length and the
//! bytes of a text, the length and the elements of a list.
//!
//! The seed is secret to those who cannot read the file, so that whoever chooses keys cannot choose
//! where they fall.

use core::hash::Hash;

use crate::growable::cell::{Cell, CellOf, Growable};

/// A type whose values can be keys of a `HashMap` or elements of a `HashSet` in a growable record.
///
/// Every type that std takes there and that may stand in a growable record. Two keys are the same in
/// the file if they are stored alike, to the last bit: `Eq` and `Hash` are only asked where a std
/// map is made of it. Where two keys are equal by `Eq` but stored otherwise, the file has both, and
/// what `load` returns has one of them.
///
/// # Examples
///
/// ```
/// use commy::growable::HashKey;
///
/// fn fits<K: HashKey>() {}
///
/// fits::<u64>();
/// fits::<String>();
/// fits::<(u32, Option<String>)>();
/// ```
///
/// Floating-point numbers are none, as in std:
///
/// ```compile_fail,E0277
/// fn fits<K: commy::growable::HashKey>() {}
///
/// fits::<f64>();
/// ```
///
/// Nor is what holds a [`FixedDeque`](crate::FixedDeque), wherever in it: equal ones may be stored in other
/// cells. What looks such a key up is refused when the program is built:
///
/// ```compile_fail,E0080
/// use std::collections::HashSet;
///
/// use commy::{FixedDeque, FixedSet, create_writer};
///
/// #[create_writer(filename = "seen.bin", growable)]
/// struct Seen {
///     rings: HashSet<FixedSet<FixedDeque<u8, 4>, 2>>,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// let mut seen = SeenWriter::create_at(dir.path().join("seen.bin")).unwrap();
/// seen.rings_mut().insert(&FixedSet::new()).unwrap();
/// ```
///
/// A [`FixedVec`](crate::FixedVec) in the place of the deque may stand in a key:
///
/// ```
/// use std::collections::HashSet;
///
/// use commy::{FixedSet, FixedVec, create_writer};
///
/// #[create_writer(filename = "seen.bin", growable)]
/// struct Seen {
///     lists: HashSet<FixedSet<FixedVec<u8, 4>, 2>>,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// let mut seen = SeenWriter::create_at(dir.path().join("seen.bin")).unwrap();
/// assert!(seen.lists_mut().insert(&FixedSet::new()).unwrap());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of a hash map in a growable commy record",
    label = "not a key that commy can look up",
    note = "keys are of types that have `Eq` and `Hash` and may stand in a growable record: `f32` and `f64` have neither, so store their bits (`to_bits`)"
)]
pub trait HashKey: Growable + Eq + Hash {}

impl<K: Growable + Eq + Hash> HashKey for K {}

/// The hash of a value of cell `C`, in a map with this seed.
#[inline]
pub(super) fn hash_of<C: Cell>(held: &C::Held<'_>, seed: u64) -> u64 {
    let mut hash = KeyHash::new(seed);
    C::feed(held, &mut hash);
    hash.finish()
}

/// The hash of `T`'s value that is there.
pub(super) fn hash_of_value<C: Cell>(value: &C::Value, seed: u64) -> u64 {
    hash_of::<C>(&C::lend(value), seed)
}

/// Feeds a value that is part of a key.
pub(in crate::growable) fn feed_value<T: Growable>(value: &T, hash: &mut KeyHash) {
    CellOf::<T>::feed(&CellOf::<T>::lend(value), hash);
}

/// SipHash-1-3 on its way.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct KeyHash {
    state: [u64; 4],
    /// The bytes that are not a whole word yet, from the lowest.
    tail: u64,
    /// How many bytes were fed.
    len: u64,
}

impl KeyHash {
    /// The key is the seed, and a second word of 0.
    #[inline]
    pub(super) const fn new(seed: u64) -> Self {
        let state = [
            seed ^ 0x736f_6d65_7073_6575,
            0x646f_7261_6e64_6f6d,
            seed ^ 0x6c79_6765_6e65_7261,
            0x7465_6462_7974_6573,
        ];
        Self { state, tail: 0, len: 0 }
    }

    /// Feeds bytes.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        // A number, most often: the only field of its key, or one of several like it.
        if let (true, Ok(word)) = (self.len.is_multiple_of(8), bytes.try_into()) {
            self.compress(u64::from_le_bytes(word));
            self.len = self.len.wrapping_add(8);
            return;
        }
        self.any_bytes(bytes);
    }

    fn any_bytes(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !self.len.is_multiple_of(8)
            && let Some((byte, behind)) = rest.split_first()
        {
            self.byte(*byte);
            rest = behind;
        }
        let (words, behind) = rest.as_chunks::<8>();
        for word in words {
            self.compress(u64::from_le_bytes(*word));
            self.len = self.len.wrapping_add(8);
        }
        behind.iter().for_each(|byte| self.byte(*byte));
    }

    /// Feeds a length, as eight bytes from the lowest.
    pub fn len(&mut self, len: usize) {
        self.bytes(&(len as u64).to_le_bytes());
    }

    /// Feeds zeros for the bytes from `from` to `to` of a struct, between two fields or behind the last:
    /// it is fed what a struct of fixed layout is fed, whose text in the schema is the same.
    pub fn gap(&mut self, from: usize, to: usize) {
        (from..to).for_each(|_| self.byte(0));
    }

    fn byte(&mut self, byte: u8) {
        self.tail |= u64::from(byte) << (self.len % 8 * 8);
        self.len = self.len.wrapping_add(1);
        if self.len.is_multiple_of(8) {
            let word = core::mem::take(&mut self.tail);
            self.compress(word);
        }
    }

    #[inline]
    const fn compress(&mut self, word: u64) {
        self.state[3] ^= word;
        self.round();
        self.state[0] ^= word;
    }

    #[inline]
    const fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.state;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.state = [a, b, c, d];
    }

    /// The hash of all that was fed.
    #[inline]
    pub(super) fn finish(self) -> u64 {
        #[cfg(test)]
        return self.whole() & kept_bits::get();
        #[cfg(not(test))]
        self.whole()
    }

    #[inline]
    const fn whole(mut self) -> u64 {
        let last = self.tail | self.len << 56;
        self.compress(last);
        self.state[2] ^= 0xff;
        self.round();
        self.round();
        self.round();
        let [a, b, c, d] = self.state;
        a ^ b ^ c ^ d
    }
}

/// Lets tests make hashes collide.
#[cfg(test)]
pub(in crate::growable) mod kept_bits {
    use core::cell::Cell;

    std::thread_local! {
        static KEPT: Cell<u64> = const { Cell::new(u64::MAX) };
    }

    pub(super) fn get() -> u64 {
        KEPT.get()
    }

    /// Keeps only these bits of each hash, on this thread, while `run` runs.
    pub(in crate::growable) fn with(bits: u64, run: impl FnOnce()) {
        let before = KEPT.replace(bits);
        run();
        KEPT.set(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(seed: u64, bytes: &[u8]) -> u64 {
        let mut hash = KeyHash::new(seed);
        hash.bytes(bytes);
        hash.finish()
    }

    /// std's `DefaultHasher` is SipHash-1-3 with a key of zeros.
    #[test]
    fn the_hash_is_sip_hash_1_3() {
        use core::hash::Hasher as _;
        for len in 0..70 {
            let bytes: Vec<u8> = (0..len).map(|byte| byte * 3 + 1).collect();
            let mut std = std::hash::DefaultHasher::new();
            std.write(&bytes);
            assert_eq!(hash(0, &bytes), std.finish(), "{len}");
            assert_ne!(hash(1, &bytes), std.finish(), "{len}");
        }
    }

    #[test]
    fn bytes_hash_alike_in_one_piece_or_in_many() {
        let bytes: Vec<u8> = (0..61).collect();
        for piece in 1..20 {
            let mut pieces = KeyHash::new(7);
            bytes.chunks(piece).for_each(|piece| pieces.bytes(piece));
            assert_eq!(pieces.finish(), hash(7, &bytes));
        }
    }

    #[test]
    fn a_tuple_is_fed_what_a_fixed_struct_of_its_layout_is() {
        #[repr(C)]
        struct Fixed([u8; 3], u64, u16);
        let mut fixed = KeyHash::new(7);
        let bytes =
            [&[1, 2, 3, 0, 0, 0, 0, 0][..], &9u64.to_ne_bytes(), &5u16.to_ne_bytes(), &[0; 6]];
        assert_eq!(bytes.concat().len(), size_of::<Fixed>());
        fixed.bytes(&bytes.concat());
        type Tuple = ([u8; 3], u64, u16);
        assert_eq!(hash_of_value::<CellOf<Tuple>>(&([1, 2, 3], 9, 5), 7), fixed.finish());
    }

    #[test]
    fn what_is_put_together_otherwise_hashes_otherwise() {
        type Pair = (String, String);
        let of = |a: &str, b: &str| hash_of_value::<CellOf<Pair>>(&(a.into(), b.into()), 7);
        assert_ne!(of("a", "bc"), of("ab", "c"));
        assert_ne!(of("", "abc"), of("abc", ""));
        let lists = |value: Vec<Vec<u8>>| hash_of_value::<CellOf<Vec<Vec<u8>>>>(&value, 7);
        assert_ne!(lists(vec![vec![1], vec![]]), lists(vec![vec![], vec![1]]));
        let options = |value| hash_of_value::<CellOf<Option<u8>>>(&value, 7);
        assert_ne!(options(None), options(Some(0)));
    }
}
