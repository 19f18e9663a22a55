//! However deeply a serialized value is nested, decoding it ends without running out of stack.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

#[path = "support/nested.rs"]
mod nested;
mod support;

use core::time::Duration;
use std::collections::BTreeMap;

use commy::encoded::{
    Cbor, Codec, Decode, DecodeError, Encode, Encoded, EncodedAligned, Json, MessagePack, Postcard,
    Rkyv, SchemaName, Wincode,
};
use nested::{LARGE, Nested, field};
use serde::{Deserialize, Serialize};

/// As many levels as are asked for.
fn nested(levels: usize) -> Nested {
    (1..levels).fold(Nested(Vec::new()), |inner, _| Nested(vec![inner]))
}

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

/// wincode is held to a number of bytes and not of levels. Measured by the address of a variable,
/// that failed under AddressSanitizer, which keeps variables elsewhere; where it does not run, this
/// test says only that the bound is there, and asan.sh the rest.
#[test]
fn a_wincode_decode_ends_before_it_has_taken_half_a_mebibyte_of_stack() {
    let _watch = support::watchdog(Duration::from_secs(60));
    let decode = || {
        let lists = field::<Nested, Wincode, LARGE>(&1u64.to_le_bytes().repeat(LARGE / 8));
        assert!(matches!(lists.decode(), Err(DecodeError::TooDeep)));
        let options = field::<Chain, Wincode, LARGE>(&[1; LARGE]);
        assert!(matches!(options.decode(), Err(DecodeError::TooDeep)));
        let maps = [&1u64.to_le_bytes()[..], &[0]].concat().repeat(LARGE / 9);
        let maps = field::<Maps, Wincode, LARGE>(&maps);
        assert!(matches!(maps.decode(), Err(DecodeError::TooDeep)));
    };
    // Beside the decode: the two fields, their frames without optimisation, and the thread itself.
    with_stack(512 * 1024 + 4 * LARGE, decode);
}

/// Enums, each a level. wincode's derives do not know how large an enum of boxes alone is.
#[derive(
    Debug, Serialize, Deserialize, SchemaName, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
#[rkyv(serialize_bounds(__S: rkyv::ser::Writer, __S::Error: rkyv::rancor::Source))]
#[rkyv(deserialize_bounds(__D::Error: rkyv::rancor::Source))]
#[rkyv(bytecheck(bounds(
    __C: rkyv::validation::ArchiveContext,
    __C::Error: rkyv::rancor::Source,
)))]
enum Links {
    End,
    Link(#[rkyv(omit_bounds)] Box<Links>),
}

/// Structs, and an option around all but the first; each a level. Options alone do not nest in
/// formats that have no mark for "something".
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
#[rkyv(serialize_bounds(__S: rkyv::ser::Writer, __S::Error: rkyv::rancor::Source))]
#[rkyv(deserialize_bounds(__D::Error: rkyv::rancor::Source))]
#[rkyv(bytecheck(bounds(
    __C: rkyv::validation::ArchiveContext,
    __C::Error: rkyv::rancor::Source,
)))]
struct Chain {
    #[rkyv(omit_bounds)]
    next: Option<Box<Chain>>,
}

/// Maps, each a level: to serde, a transparent struct is none.
#[derive(Debug, Serialize, Deserialize, SchemaName, wincode::SchemaWrite, wincode::SchemaRead)]
#[serde(transparent)]
struct Maps(BTreeMap<u8, Maps>);

fn links(levels: usize) -> Links {
    (1..levels).fold(Links::End, |inner, _| Links::Link(Box::new(inner)))
}

fn chain(structs: usize) -> Chain {
    (1..structs).fold(Chain { next: None }, |inner, _| Chain { next: Some(Box::new(inner)) })
}

fn maps(levels: usize) -> Maps {
    (1..levels).fold(Maps(BTreeMap::new()), |inner, _| Maps(BTreeMap::from([(0, inner)])))
}

/// Encodes `value` and decodes it.
fn there_and_back<T, C: Encode<T> + for<'de> Decode<'de, T>>(
    value: &T,
) -> Result<(), DecodeError<C::Error>> {
    Encoded::<T, C, 4096>::try_new(value).unwrap().decode().map(drop)
}

#[test]
fn levels_of_every_kind_are_counted_to_the_last_one() {
    fn with<C>()
    where
        C: Encode<Nested> + for<'de> Decode<'de, Nested>,
        C: Encode<Links> + for<'de> Decode<'de, Links>,
        C: Encode<Chain> + for<'de> Decode<'de, Chain>,
        C: Encode<Maps> + for<'de> Decode<'de, Maps>,
    {
        // A sequence, and in it a struct around the next; each a level.
        there_and_back::<_, C>(&nested(64)).unwrap();
        there_and_back::<_, C>(&chain(64)).unwrap();
        // A level less than there may be, which is where serde_json ends on its own.
        there_and_back::<_, C>(&links(127)).unwrap();
        there_and_back::<_, C>(&maps(127)).unwrap();

        let refused = [
            there_and_back::<_, C>(&nested(65)),
            there_and_back::<_, C>(&chain(65)),
            there_and_back::<_, C>(&links(129)),
            there_and_back::<_, C>(&maps(129)),
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            // Text that nests more deeply than serde_json likes is refused by itself.
            let by_itself = C::NAME == Json::NAME && matches!(error, DecodeError::Malformed(_));
            assert!(by_itself || matches!(error, DecodeError::TooDeep), "{}: {error}", C::NAME);
        }
        if C::NAME != Json::NAME {
            there_and_back::<_, C>(&links(128)).unwrap();
            there_and_back::<_, C>(&maps(128)).unwrap();
        }
    }
    with::<Postcard>();
    with::<Json>();
    with::<MessagePack>();
    with::<Cbor>();
}

#[test]
fn pointers_of_rkyv_are_counted_whatever_they_lead_through() {
    there_and_back::<_, Rkyv>(&nested(120)).unwrap();
    there_and_back::<_, Rkyv>(&links(120)).unwrap();
    there_and_back::<_, Rkyv>(&chain(120)).unwrap();
    for refused in [
        there_and_back::<_, Rkyv>(&nested(140)),
        there_and_back::<_, Rkyv>(&links(140)),
        there_and_back::<_, Rkyv>(&chain(140)),
    ] {
        assert!(matches!(refused, Err(DecodeError::Malformed(_))));
    }
}

/// What is not looked at is nested as deeply as what is.
#[test]
fn a_field_that_is_not_known_may_be_bottomless() {
    #[derive(Debug, Deserialize, SchemaName)]
    struct Known {
        #[serde(default)]
        known: u8,
    }
    let _watch = support::watchdog(Duration::from_secs(60));
    let deep = |head: &[u8], level: u8| [head, &vec![level; LARGE - head.len()]].concat();
    let text = field::<Known, Json, LARGE>(&deep(br#"{"x":"#, b'['));
    assert!(text.decode().is_err());
    let map = field::<Known, MessagePack, LARGE>(&deep(b"\x81\xa1x", 0x91));
    assert!(matches!(map.decode(), Err(DecodeError::TooDeep)));
    let map = field::<Known, Cbor, LARGE>(&deep(b"\xa1\x61x", 0x81));
    assert!(map.decode().is_err());
    // A few levels are none too many.
    let text = field::<Known, Json, LARGE>(br#"{"x":[[[{}]]],"known":7}"#);
    assert_eq!(text.decode().unwrap().known, 7);
}
