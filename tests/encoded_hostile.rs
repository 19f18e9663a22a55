//! Whatever a serialized field holds, decoding it ends with a value or an error: without running
//! out of stack, without taking more memory than its bytes can stand for, and soon.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed test may panic"
)]

use core::time::Duration;
use std::collections::HashMap;

use commy::encoded::{
    Cbor, Codec, Decode, DecodeError, Encode, Encoded, EncodedAligned, Json, MessagePack, Postcard,
    Rkyv, SchemaName, Wincode,
};
use counting::peak;
use serde::{Deserialize, Serialize};
use state::{State, state};

#[path = "support/counting.rs"]
mod counting;
#[path = "support/state.rs"]
mod state;
mod support;

/// A list of lists of lists...
#[derive(
    Debug,
    Serialize,
    Deserialize,
    SchemaName,
    wincode::SchemaWrite,
    wincode::SchemaRead,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(serialize_bounds(
    __S: rkyv::ser::Writer + rkyv::ser::Allocator,
    __S::Error: rkyv::rancor::Source,
))]
#[rkyv(deserialize_bounds(__D::Error: rkyv::rancor::Source))]
#[rkyv(bytecheck(bounds(
    __C: rkyv::validation::ArchiveContext,
    __C::Error: rkyv::rancor::Source,
)))]
struct Nested(#[rkyv(omit_bounds)] Vec<Nested>);

/// As many levels as are asked for.
fn nested(levels: usize) -> Nested {
    (1..levels).fold(Nested(Vec::new()), |inner, _| Nested(vec![inner]))
}

/// A field with bytes in it that no codec has checked.
fn field<T, C: Codec, const N: usize>(bytes: &[u8]) -> Encoded<T, C, N> {
    let mut field = Encoded::new();
    field.set_bytes(bytes).unwrap();
    field
}

const LARGE: usize = 64 * 1024;

/// Calls on a thread of its own that has `bytes` of stack.
fn with_stack<R: Send + 'static>(bytes: usize, call: impl FnOnce() -> R + Send + 'static) -> R {
    std::thread::Builder::new().stack_size(bytes).spawn(call).unwrap().join().unwrap()
}

#[test]
fn bottomless_nesting_is_refused() {
    let _watch = support::watchdog(Duration::from_secs(120));
    let error = field::<Nested, Postcard, LARGE>(&[1; LARGE]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooDeep));
    let error = field::<Nested, Json, LARGE>(&[b'['; LARGE]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooDeep | DecodeError::Malformed(_)));
    let error = field::<Nested, MessagePack, LARGE>(&[0x91; LARGE]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooDeep));
    let error = field::<Nested, Cbor, LARGE>(&[0x81; LARGE]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooDeep));

    let level = 1u64.to_le_bytes();
    let bytes = level.repeat(LARGE / level.len());
    let error = field::<Nested, Wincode, LARGE>(&bytes).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooDeep));

    // Encoding it takes more stack than decoding ever does.
    let encode = || Box::new(EncodedAligned::<_, Rkyv, LARGE>::try_new(&nested(1000)).unwrap());
    let deep = with_stack(16 << 20, encode);
    assert!(matches!(deep.access(), Err(DecodeError::Malformed(_))));
    assert!(matches!(deep.decode(), Err(DecodeError::Malformed(_))));
}

#[test]
fn nesting_within_the_limit_is_accepted() {
    fn with<C: Encode<Nested> + for<'de> Decode<'de, Nested>>(levels: usize) {
        let value = nested(levels);
        let field = Encoded::<Nested, C, 4096>::try_new(&value).unwrap();
        let mut decoded = &field.decode().unwrap_or_else(|error| panic!("{}: {error}", C::NAME));
        let mut depth = 1;
        while let [inner] = &*decoded.0 {
            decoded = inner;
            depth += 1;
        }
        assert_eq!(depth, levels, "{}", C::NAME);
    }
    // A struct around a sequence: two levels of nesting each.
    with::<Postcard>(60);
    with::<Json>(60);
    with::<MessagePack>(60);
    with::<Cbor>(60);
    with::<Wincode>(60);
    with::<Rkyv>(60);
}

/// A chain whose links take one byte each.
#[derive(Debug, SchemaName, wincode::SchemaRead)]
struct Chain(Option<Box<Chain>>);

/// wincode is held to a number of bytes and not of levels. Measured by the address of a variable,
/// that failed under AddressSanitizer, which keeps variables elsewhere; where it does not run, this
/// test says only that the bound is there, and asan.sh the rest.
#[test]
fn a_wincode_decode_ends_before_it_has_taken_half_a_mebibyte_of_stack() {
    let _watch = support::watchdog(Duration::from_secs(60));
    let decode = || {
        let lists = field::<Nested, Wincode, LARGE>(&1u64.to_le_bytes().repeat(LARGE / 8));
        assert!(matches!(lists.decode(), Err(DecodeError::TooDeep)));
        let links = field::<Chain, Wincode, LARGE>(&[1; LARGE]);
        assert!(matches!(links.decode(), Err(DecodeError::TooDeep)));
    };
    // Beside the decode: the two fields, their frames without optimisation, and the thread itself.
    with_stack(512 * 1024 + 4 * LARGE, decode);
}

/// Decodes `bytes` as several types whose elements are large or small, and returns the most memory
/// that one of them took.
fn greed<C>(bytes: &[u8]) -> usize
where
    C: for<'de> Decode<'de, Vec<u64>>
        + for<'de> Decode<'de, Vec<[u64; 16]>>
        + for<'de> Decode<'de, Vec<Vec<u64>>>
        + for<'de> Decode<'de, HashMap<u64, u64>>
        + for<'de> Decode<'de, String>
        + for<'de> Decode<'de, Vec<()>>,
{
    fn one<T, C: for<'de> Decode<'de, T>>(bytes: &[u8]) -> usize {
        let field = Box::new(field::<T, C, 256>(bytes));
        peak(|| field.decode().map(drop)).0
    }
    let peaks = [
        one::<Vec<u64>, C>(bytes),
        one::<Vec<[u64; 16]>, C>(bytes),
        one::<Vec<Vec<u64>>, C>(bytes),
        one::<HashMap<u64, u64>, C>(bytes),
        one::<String, C>(bytes),
        one::<Vec<()>, C>(bytes),
    ];
    peaks.into_iter().max().unwrap()
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
            let took = greed::<Postcard>(&[varint, elements.clone()].concat());
            assert!(took <= JUSTIFIED, "postcard took {took} for {declared}");

            let short = u32::try_from(declared).unwrap_or(u32::MAX).to_be_bytes();
            for marker in [0xdd, 0xdf, 0xdb, 0xc6] {
                let bytes = [&[marker][..], &short, &elements].concat();
                let took = greed::<MessagePack>(&bytes);
                assert!(took <= JUSTIFIED, "messagepack took {took} for {declared}");
            }
            for marker in [0x9b, 0xbb, 0x7b, 0x5b] {
                let bytes = [&[marker][..], &declared.to_be_bytes(), &elements].concat();
                let took = greed::<Cbor>(&bytes);
                assert!(took <= JUSTIFIED, "cbor took {took} for {declared}");
            }
            let took = greed::<Wincode>(&[&declared.to_le_bytes()[..], &elements].concat());
            assert!(took <= JUSTIFIED, "wincode took {took} for {declared}");
        }
    }
}

#[test]
fn a_declared_number_of_things_without_bytes_is_refused() {
    let _watch = support::watchdog(Duration::from_secs(60));
    let endless = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    let error = field::<Vec<()>, Postcard, 16>(&endless).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooManyElements));
    let error = field::<Vec<()>, Wincode, 16>(&[0xff; 8]).decode().unwrap_err();
    assert!(matches!(error, DecodeError::TooManyElements));

    let some = Encoded::<Vec<()>, Postcard, 16>::try_new(&vec![(); 1000]).unwrap();
    assert_eq!(some.decode().unwrap().len(), 1000);
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
}

#[test]
fn levels_are_counted_to_the_last_one() {
    // A sequence, and in it a struct around the next; each a level.
    type Levels<C> = Encoded<Nested, C, LARGE>;
    fn with<C: Codec + for<'de> Decode<'de, Nested>>(level: u8, end: u8) {
        let bytes = |lists: usize| [vec![level; lists - 1], vec![end]].concat();
        let fits: Levels<C> = field(&bytes(64));
        assert!(fits.decode().is_ok(), "{}", C::NAME);
        let too_deep: Levels<C> = field(&bytes(65));
        assert!(matches!(too_deep.decode(), Err(DecodeError::TooDeep)), "{}", C::NAME);
    }
    with::<Postcard>(1, 0);
    with::<MessagePack>(0x91, 0x90);
    with::<Cbor>(0x81, 0x80);
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
