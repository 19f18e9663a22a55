//! What the tables hold: keys in no order, and values that tell which entry they are of.

use core::fmt::Debug;

/// A kind of table: its keys and values, and how peers that know only bytes have them.
pub trait Kind: 'static {
    /// What tables and plots call it.
    const NAME: &'static str;
    /// Its name in file names.
    const FILE: &'static str;
    /// Whether it has ranges.
    const ORDERED: bool;

    type Key: Clone + Debug + Ord + 'static;
    /// A key that is only looked at.
    type Ref<'k>: Copy;
    type Value: Copy + Debug + PartialEq + 'static;
    /// How LMDB orders the bytes.
    type Order: heed::Comparator + 'static;

    /// So many keys, all different, in no order.
    fn keys(len: usize) -> Vec<Self::Key>;
    fn borrow(key: &Self::Key) -> Self::Ref<'_>;
    /// The value that the number gives.
    fn value(number: u64) -> Self::Value;
    /// What every walk makes of an entry, so that it has looked at all of it.
    fn digest(key: Self::Ref<'_>, value: &Self::Value) -> u64;

    /// The key as bytes, which are put into `bytes` if they are nowhere yet.
    fn key_bytes<'k>(key: &'k Self::Key, bytes: &'k mut [u8; KEY_ROOM]) -> &'k [u8];
    /// The key that the bytes are. Bytes of text are checked to be text, as commy does.
    fn key_of(bytes: &[u8]) -> Self::Ref<'_>;
    fn value_bytes(value: &Self::Value) -> &[u8];
    fn value_of(bytes: &[u8]) -> Self::Value;

    /// Whether a range that began at one key goes on to the other.
    fn same_range(_start: Self::Ref<'_>, _key: Self::Ref<'_>) -> bool {
        true
    }
}

/// Room for the bytes of the longest key.
pub const KEY_ROOM: usize = TEXT + 8;
/// The bytes of a text.
pub const TEXT: usize = 21;
/// How many entries the maps within a map have.
pub const GROUP: usize = 1000;

/// The value beside a text.
pub type Words = [u8; 48];

/// `BTreeMap<u64, u64>`.
#[derive(Debug)]
pub struct Numbers;
/// `HashMap<u64, u64>`.
#[derive(Debug)]
pub struct Hashed;
/// `Vec<u64>`.
#[derive(Debug)]
pub struct Listed;
/// `BTreeMap<String, [u8; 48]>`.
#[derive(Debug)]
pub struct Texts;
/// `HashMap<String, [u8; 48]>`.
#[derive(Debug)]
pub struct HashedTexts;
/// `HashMap<String, BTreeMap<u64, u64>>`.
#[derive(Debug)]
pub struct Nested;

/// Another number for each number.
#[must_use]
pub const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    let number = (number ^ (number >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d);
    number ^ (number >> 33)
}

/// A text of [`TEXT`] letters and digits.
#[must_use]
pub fn text(number: u64) -> String {
    let mut text = String::with_capacity(TEXT);
    let mut rest = mixed(number + 1);
    for _ in 0..TEXT - 8 {
        text.push(char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
        if rest == 0 {
            rest = mixed(number ^ 0x5555);
        }
    }
    // No two are alike, and their ends say nothing about their order.
    text.push_str(&format!("{number:08x}"));
    text
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_ne_bytes(bytes.try_into().unwrap())
}

fn native(number: &u64) -> &[u8] {
    bytemuck::bytes_of(number)
}

macro_rules! number_kind {
    ($kind:ident, $name:literal, $file:literal, ordered $ordered:literal, $keys:expr) => {
        impl Kind for $kind {
            const NAME: &'static str = $name;
            const FILE: &'static str = $file;
            const ORDERED: bool = $ordered;
            type Key = u64;
            type Ref<'k> = u64;
            type Value = u64;
            type Order = heed::IntegerComparator;

            fn keys(len: usize) -> Vec<u64> {
                (0..len as u64).map($keys).collect()
            }

            fn borrow(key: &u64) -> u64 {
                *key
            }

            fn value(number: u64) -> u64 {
                number
            }

            fn digest(key: u64, value: &u64) -> u64 {
                key ^ value
            }

            fn key_bytes<'k>(key: &'k u64, _: &'k mut [u8; KEY_ROOM]) -> &'k [u8] {
                native(key)
            }

            fn key_of(bytes: &[u8]) -> u64 {
                word(bytes)
            }

            fn value_bytes(value: &u64) -> &[u8] {
                native(value)
            }

            fn value_of(bytes: &[u8]) -> u64 {
                word(bytes)
            }
        }
    };
}

number_kind!(Numbers, "BTreeMap<u64, u64>", "numbers", ordered true, mixed);
number_kind!(Hashed, "HashMap<u64, u64>", "hashed", ordered false, mixed);
number_kind!(Listed, "Vec<u64>", "listed", ordered true, core::convert::identity);

macro_rules! text_kind {
    ($kind:ident, $name:literal, $file:literal, ordered $ordered:literal) => {
        impl Kind for $kind {
            const NAME: &'static str = $name;
            const FILE: &'static str = $file;
            const ORDERED: bool = $ordered;
            type Key = String;
            type Ref<'k> = &'k str;
            type Value = Words;
            type Order = heed::DefaultComparator;

            fn keys(len: usize) -> Vec<String> {
                (0..len as u64).map(text).collect()
            }

            fn borrow(key: &String) -> &str {
                key
            }

            fn value(number: u64) -> Words {
                let mut value = [number as u8; 48];
                value[..8].copy_from_slice(&number.to_ne_bytes());
                value
            }

            fn digest(key: &str, value: &Words) -> u64 {
                let words = value.as_chunks::<8>().0.iter();
                let sum =
                    words.fold(0, |sum: u64, bytes| sum.wrapping_add(u64::from_ne_bytes(*bytes)));
                let bytes = key.as_bytes();
                sum ^ u64::from(bytes[0]) ^ u64::from(bytes[bytes.len() - 1])
            }

            fn key_bytes<'k>(key: &'k String, _: &'k mut [u8; KEY_ROOM]) -> &'k [u8] {
                key.as_bytes()
            }

            fn key_of(bytes: &[u8]) -> &str {
                core::str::from_utf8(bytes).unwrap()
            }

            fn value_bytes(value: &Words) -> &[u8] {
                value
            }

            fn value_of(bytes: &[u8]) -> Words {
                bytes.try_into().unwrap()
            }
        }
    };
}

text_kind!(Texts, "BTreeMap<String, [u8; 48]>", "texts", ordered true);
text_kind!(HashedTexts, "HashMap<String, [u8; 48]>", "hashed_texts", ordered false);

impl Kind for Nested {
    const NAME: &'static str = "HashMap<String, BTreeMap<u64, u64>>";
    const FILE: &'static str = "nested";
    const ORDERED: bool = true;
    type Key = (String, u64);
    type Ref<'k> = (&'k str, u64);
    type Value = u64;
    type Order = heed::DefaultComparator;

    /// Entries of [`GROUP`] each, of which neighbours are of different groups.
    fn keys(len: usize) -> Vec<(String, u64)> {
        let groups = len.div_ceil(GROUP) as u64;
        (0..len as u64).map(|number| (text(number % groups), mixed(number))).collect()
    }

    fn borrow(key: &(String, u64)) -> (&str, u64) {
        (&key.0, key.1)
    }

    fn value(number: u64) -> u64 {
        number
    }

    fn digest((group, key): (&str, u64), value: &u64) -> u64 {
        key ^ value ^ u64::from(group.as_bytes()[0])
    }

    /// For peers without maps in maps: the group, then the number in an order that bytes have, too.
    fn key_bytes<'k>(key: &'k (String, u64), bytes: &'k mut [u8; KEY_ROOM]) -> &'k [u8] {
        bytes[..TEXT].copy_from_slice(key.0.as_bytes());
        bytes[TEXT..].copy_from_slice(&key.1.to_be_bytes());
        bytes
    }

    fn key_of(bytes: &[u8]) -> (&str, u64) {
        let (group, key) = bytes.split_at(TEXT);
        (core::str::from_utf8(group).unwrap(), u64::from_be_bytes(key.try_into().unwrap()))
    }

    fn value_bytes(value: &u64) -> &[u8] {
        native(value)
    }

    fn value_of(bytes: &[u8]) -> u64 {
        word(bytes)
    }

    fn same_range(start: (&str, u64), key: (&str, u64)) -> bool {
        start.0 == key.0
    }
}
