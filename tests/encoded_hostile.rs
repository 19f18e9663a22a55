//! Whatever a serialized field holds, decoding it ends with a value or an error: without running
//! out of stack, without taking more memory than its bytes can stand for, and soon.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed test may panic"
)]

use core::fmt;
use core::time::Duration;
use std::collections::{BTreeMap, HashMap};

use commy::encoded::{
    Cbor, Decode, DecodeError, Encode, Encoded, EncodedAligned, Json, MessagePack, Postcard, Rkyv,
    SchemaName, Wincode,
};
use counting::peak;
use nested::{LARGE, Nested, field};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use state::{State, state};

#[path = "support/counting.rs"]
mod counting;
#[path = "support/nested.rs"]
mod nested;
#[path = "support/state.rs"]
mod state;
mod support;

/// Decodes `bytes` as several types whose elements are large or small, and returns the most memory
/// that one of them took.
fn greed<C>(bytes: &[u8]) -> usize
where
    C: for<'de> Decode<'de, Vec<u64>>
        + for<'de> Decode<'de, Vec<[u64; 16]>>
        + for<'de> Decode<'de, Vec<Vec<u64>>>
        + for<'de> Decode<'de, HashMap<u64, u64>>
        + for<'de> Decode<'de, String>
        + for<'de> Decode<'de, Nested>,
{
    let peaks = [
        greed_of::<Vec<u64>, C>(bytes),
        greed_of::<Vec<[u64; 16]>, C>(bytes),
        greed_of::<Vec<Vec<u64>>, C>(bytes),
        greed_of::<HashMap<u64, u64>, C>(bytes),
        greed_of::<String, C>(bytes),
        greed_of::<Nested, C>(bytes),
    ];
    peaks.into_iter().max().unwrap()
}

fn greed_of<T, C: for<'de> Decode<'de, T>>(bytes: &[u8]) -> usize {
    let field = Box::new(field::<T, C, 256>(bytes));
    peak(|| field.decode().map(drop)).0
}

/// 256 bytes can declare 256 elements, the largest of which are 128 bytes; and some for the error.
const JUSTIFIED: usize = 256 * 128 + 4096;

#[test]
fn declared_lengths_take_no_more_memory_than_the_bytes_can_stand_for() {
    let _watch = support::watchdog(Duration::from_secs(120));
    for declared in [300, 4096, 1 << 20, 1 << 31, u64::from(u32::MAX), 1 << 40, u64::MAX] {
        for len in [0, 16, 200] {
            let elements = vec![0u8; len];

            let mut varint = Vec::new();
            let mut left = declared;
            while left >= 0x80 {
                varint.push(left as u8 | 0x80);
                left >>= 7;
            }
            varint.push(left as u8);
            let bytes = [varint, elements.clone()].concat();
            let took = greed::<Postcard>(&bytes).max(greed_of::<Vec<()>, Postcard>(&bytes));
            assert!(took <= JUSTIFIED, "postcard took {took} for {declared}");

            let short = u32::try_from(declared).unwrap_or(u32::MAX);
            for marker in [0xdd, 0xdf, 0xdb, 0xc6] {
                let bytes = [&[marker][..], &short.to_be_bytes(), &elements].concat();
                let took = greed::<MessagePack>(&bytes);
                assert!(took <= JUSTIFIED, "messagepack took {took} for {declared}");
            }
            for marker in [0x9b, 0xbb, 0x7b, 0x5b] {
                let bytes = [&[marker][..], &declared.to_be_bytes(), &elements].concat();
                let took = greed::<Cbor>(&bytes);
                assert!(took <= JUSTIFIED, "cbor took {took} for {declared}");
            }
            let bytes = [&declared.to_le_bytes()[..], &elements].concat();
            let took = greed::<Wincode>(&bytes).max(greed_of::<Vec<()>, Wincode>(&bytes));
            assert!(took <= JUSTIFIED, "wincode took {took} for {declared}");

            // The elements, where they begin before the list, and how many they are.
            let place = -i32::try_from(len).unwrap();
            let bytes = [&elements[..], &place.to_le_bytes(), &short.to_le_bytes()].concat();
            let took = greed::<Rkyv>(&bytes);
            assert!(took <= JUSTIFIED, "rkyv took {took} for {declared}");
        }
    }
}

/// JSON declares nothing: what is there is counted as it comes.
#[test]
fn text_takes_no_more_memory_than_its_bytes_can_stand_for() {
    for text in ["[", "[[", "{", "\""] {
        for element in ["0,", "[],", "[0,", "\"0\":0,"] {
            let text = [text, &element.repeat(250 / element.len())].concat();
            let took = greed::<Json>(text.as_bytes());
            assert!(took <= JUSTIFIED, "{took} for {text}");
        }
    }
}

/// Each level declares as much as the whole value may have: what the levels above it have taken by
/// then is taken from the same budget.
#[test]
fn lengths_inside_of_lengths_take_no_more_memory_than_one_may() {
    fn with<C: for<'de> Decode<'de, Nested>>(length: &[u8]) {
        let field = Box::new(field::<Nested, C, LARGE>(&length.repeat(LARGE / length.len())));
        let (took, decoded) = peak(|| field.decode().map(drop));
        assert!(decoded.is_err(), "{}", C::NAME);
        let justified = (LARGE + 1024) * size_of::<Nested>() + 4096;
        assert!(took <= justified, "{} took {took} for {length:?}", C::NAME);
    }
    let _watch = support::watchdog(Duration::from_secs(120));
    for declared in [LARGE as u32, 8192, 1024, 128] {
        with::<Wincode>(&u64::from(declared).to_le_bytes());
        with::<MessagePack>(&[&[0xdd][..], &declared.to_be_bytes()].concat());
        with::<Cbor>(&[&[0x9a][..], &declared.to_be_bytes()].concat());
        let varint = [declared as u8 | 0x80, (declared >> 7) as u8 | 0x80, (declared >> 14) as u8];
        with::<Postcard>(&varint);
    }
}

#[test]
fn a_declared_number_of_things_without_bytes_is_refused() {
    fn with<C>(endless: &[u8], endless_map: &[u8])
    where
        C: Encode<Vec<()>> + for<'de> Decode<'de, Vec<()>>,
        C: Encode<Vec<Vec<()>>> + for<'de> Decode<'de, Vec<Vec<()>>>,
        C: for<'de> Decode<'de, BTreeMap<(), ()>>,
    {
        let error = field::<Vec<()>, C, 16>(endless).decode().unwrap_err();
        assert!(matches!(error, DecodeError::TooManyElements), "{}: {error}", C::NAME);
        let error = field::<BTreeMap<(), ()>, C, 16>(endless_map).decode().unwrap_err();
        assert!(matches!(error, DecodeError::TooManyElements), "{}: {error}", C::NAME);

        let some = Encoded::<Vec<()>, C, 1024>::try_new(&vec![(); 1000]).unwrap();
        assert_eq!(some.decode().unwrap().len(), 1000, "{}", C::NAME);
        let lists = vec![vec![(); 300]; 3];
        let some = Encoded::<Vec<Vec<()>>, C, 1024>::try_new(&lists).unwrap();
        assert_eq!(some.decode().unwrap(), lists, "{}", C::NAME);
    }
    let _watch = support::watchdog(Duration::from_secs(60));
    let varint = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    with::<Postcard>(&varint, &varint);
    with::<Wincode>(&[0xff; 8], &[0xff; 8]);
    with::<MessagePack>(&[0xdd, 0xff, 0xff, 0xff, 0xff], &[0xdf, 0xff, 0xff, 0xff, 0xff]);
    with::<Cbor>(&[0x9a, 0xff, 0xff, 0xff, 0xff], &[0xba, 0xff, 0xff, 0xff, 0xff]);
}

/// To rkyv, a list of things that take no bytes is a number; it says so in the documentation.
#[test]
fn rkyv_has_any_number_of_things_without_bytes() {
    let mut units = EncodedAligned::<Vec<()>, Rkyv, 16>::new();
    units.set_bytes(&[&[0; 4][..], &(1u32 << 20).to_le_bytes()].concat()).unwrap();
    let (took, len) = peak(|| units.access().unwrap().len());
    assert_eq!((took, len), (0, 1 << 20));
    let (took, len) = peak(|| units.decode().unwrap().len());
    assert_eq!((took, len), (0, 1 << 20));
}

/// A type that reads nothing, so that any number of them fits any bytes.
#[derive(Debug, SchemaName)]
struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

#[test]
fn things_without_bytes_are_counted_to_the_last_one() {
    let _watch = support::watchdog(Duration::from_secs(60));
    // As many as there are bytes, and 1024; declared, and in CBOR also until an end that never comes.
    let some = field::<Vec<()>, Postcard, 16>(&[0x82, 0x08]).decode().unwrap();
    assert_eq!(some.len(), 1026);
    let error = field::<Vec<()>, Postcard, 16>(&[0x83, 0x08]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooManyElements));

    let some = field::<Vec<Nothing>, MessagePack, 16>(&[0xdc, 0x04, 0x03]).decode().unwrap();
    assert_eq!(some.len(), 1027);
    let error = field::<Vec<Nothing>, MessagePack, 16>(&[0xdc, 0x04, 0x04]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooManyElements));

    let some = field::<Vec<Nothing>, Cbor, 16>(&[0x99, 0x04, 0x03]).decode().unwrap();
    assert_eq!(some.len(), 1027);
    let error = field::<Vec<Nothing>, Cbor, 16>(&[0x99, 0x04, 0x04]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooManyElements));
    let error = field::<Vec<Nothing>, Cbor, 16>(&[0x9f, 0x00]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooManyElements));

    // Over all lists together, and not for each of them.
    let lists = [0x92, 0xdc, 0x02, 0x01, 0xdc, 0x02, 0x01];
    let some = field::<Vec<Vec<Nothing>>, MessagePack, 16>(&lists).decode().unwrap();
    assert_eq!(some.iter().map(Vec::len).sum::<usize>(), 1026);
    let lists = [0x92, 0xdc, 0x02, 0x03, 0xdc, 0x02, 0x03];
    let error = field::<Vec<Vec<Nothing>>, MessagePack, 16>(&lists).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooManyElements));

    let units = |len: u64| field::<Vec<()>, Wincode, 16>(&len.to_le_bytes());
    assert_eq!(units(8 + 1024).decode().unwrap().len(), 1032);
    assert!(matches!(units(8 + 1025).decode(), Err(DecodeError::TooManyElements)));
    let lists = |last: u64| {
        let lens = [2, 500, last].map(u64::to_le_bytes);
        field::<Vec<Vec<()>>, Wincode, 32>(lens.as_flattened())
    };
    // The two lists are elements as well.
    let some = lists(24 + 1024 - 502).decode().unwrap();
    assert_eq!(some.iter().map(Vec::len).sum::<usize>(), 1046);
    assert!(matches!(lists(24 + 1025 - 502).decode(), Err(DecodeError::TooManyElements)));
}

/// How many elements or entries the format says there are, none of which is read.
#[derive(Debug, SchemaName)]
struct Tally(usize);

impl Tally {
    /// Counts until `next` has no more, but not for ever.
    fn count<E: serde::de::Error>(mut next: impl FnMut() -> Result<bool, E>) -> Result<Self, E> {
        for count in 0..10_000 {
            if !next()? {
                return Ok(Self(count));
            }
        }
        Err(E::custom("endless"))
    }
}

/// Visits what the format finds in the bytes.
impl<'de> Deserialize<'de> for Tally {
    fn deserialize<D: serde::Deserializer<'de>>(format: D) -> Result<Self, D::Error> {
        format.deserialize_any(Self(0))
    }
}

impl<'de> Visitor<'de> for Tally {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or a map")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        Self::count(|| Ok(list.next_element::<Nothing>()?.is_some()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        Self::count(|| Ok(map.next_entry::<Nothing, Nothing>()?.is_some()))
    }
}

#[test]
fn what_a_format_finds_by_itself_is_counted_as_well() {
    let _watch = support::watchdog(Duration::from_secs(60));
    let tally = field::<Tally, MessagePack, 16>(&[0xdc, 0x04, 0x03]).decode().unwrap();
    assert_eq!(tally.0, 1027);
    let refused = |bytes: &[u8]| {
        let list = field::<Tally, MessagePack, 16>(bytes).decode().unwrap_err();
        assert!(matches!(list, DecodeError::TooManyElements), "{bytes:x?}: {list}");
    };
    refused(&[0xdc, 0x04, 0x04]);
    refused(&[0xde, 0x04, 0x04]);
    // Ends that never come: of a list, and of a map.
    for endless in [[0x9f, 0x00], [0xbf, 0x00]] {
        let error = field::<Tally, Cbor, 16>(&endless).decode().unwrap_err();
        assert!(matches!(error, DecodeError::TooManyElements), "{endless:x?}: {error}");
    }
}

#[test]
fn a_declared_length_counts_where_the_type_says_nothing_of_one() {
    #[derive(Debug, Deserialize, SchemaName)]
    #[serde(untagged)]
    #[allow(dead_code, reason = "never decoded")]
    enum Untagged {
        Number(u8),
        List(Vec<u8>),
    }
    #[derive(Debug, Deserialize, SchemaName)]
    #[allow(dead_code, reason = "never decoded")]
    struct Known {
        known: Option<u8>,
    }
    let list = field::<Untagged, MessagePack, 16>(&[0xdd, 0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(list.decode(), Err(DecodeError::TooManyElements)));
    let list = field::<Untagged, Cbor, 16>(&[0x9a, 0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(list.decode(), Err(DecodeError::TooManyElements)));
    let unknown = field::<Known, MessagePack, 16>(b"\x81\xa1x\xdd\xff\xff\xff\xff");
    assert!(matches!(unknown.decode(), Err(DecodeError::TooManyElements)));
}

#[test]
fn a_long_list_of_small_structs_is_no_attack() {
    #[derive(Serialize, Deserialize, SchemaName)]
    struct Small {
        byte: u8,
    }
    let list: Vec<_> = (0..4000).map(|index| Small { byte: index as u8 }).collect();
    let field = Encoded::<Vec<Small>, Postcard, 4096>::try_new(&list).unwrap();
    let decoded = field.decode().unwrap();
    assert_eq!(decoded.len(), 4000);
    assert!(decoded.iter().zip(&list).all(|(a, b)| a.byte == b.byte));
}

#[test]
fn setting_and_borrowing_allocate_nothing() {
    fn with<C>()
    where
        C: Encode<Vec<String>> + for<'de> Decode<'de, &'de str> + Encode<str>,
    {
        let list = vec!["a text".to_owned(); 8];
        let mut field = Encoded::<Vec<String>, C, 1024>::new();
        let mut text = Encoded::<str, C, 1024>::new();
        // The first use takes the thread's scratch.
        field.set(&list).unwrap();
        let (took, _) = peak(|| {
            field.set(&list).unwrap();
            text.set("some more text").unwrap();
            assert_eq!(text.decode_as::<&str>().unwrap(), "some more text");
        });
        assert_eq!(took, 0, "{}", C::NAME);
    }
    with::<Postcard>();
    with::<MessagePack>();
    with::<Cbor>();
    with::<Json>();
}

#[test]
fn damaged_bytes_decode_to_a_value_or_an_error() {
    fn with<C: Encode<State> + for<'de> Decode<'de, State>>() {
        let good = Encoded::<State, C, 512>::try_new(&state()).unwrap();
        let mut refused = 0;
        let mut check = |bytes: &[u8]| {
            let field = field::<State, C, 512>(bytes);
            let (took, result) = peak(|| field.decode());
            assert!(took <= 512 * 128, "{} took {took}", C::NAME);
            refused += usize::from(result.is_err());
        };
        for cut in 0..good.len() {
            check(&good.as_bytes()[..cut]);
        }
        for at in 0..good.len() {
            for value in 0..=255 {
                let mut bytes = good.as_bytes().to_vec();
                bytes[at] = value;
                check(&bytes);
            }
        }
        // Most of it was damage, so most of it must have been noticed as such by somebody.
        assert!(refused > good.len(), "{} refused {refused}", C::NAME);
    }
    let _watch = support::watchdog(Duration::from_secs(300));
    with::<Postcard>();
    with::<Json>();
    with::<MessagePack>();
    with::<Cbor>();
    with::<Wincode>();
    with::<Rkyv>();
}
