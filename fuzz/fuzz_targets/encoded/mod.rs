//! The record that every codec is made to decode from arbitrary bytes.

use std::collections::BTreeMap;

use commy::encoded::{Decode, DecodeError, Encode, EncodeError, EncodedAligned, SchemaName};
use serde::{Deserialize, Serialize};

/// One of each: text, a list of enums with data, a map, options, a slice, and recursion.
#[derive(
    Debug,
    PartialEq,
    Serialize,
    Deserialize,
    SchemaName,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
)]
pub struct Record {
    pub text: String,
    list: Vec<Kind>,
    map: BTreeMap<u16, Option<char>>,
    nothing: Vec<()>,
    boxed: Box<[bool]>,
    tree: Tree,
}

#[derive(
    Debug,
    PartialEq,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
)]
pub enum Kind {
    Unit,
    One(u64),
    Two(i8, i128),
    Named { name: String, values: [u16; 3] },
}

#[derive(
    Debug,
    PartialEq,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
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
pub struct Tree(#[rkyv(omit_bounds)] Vec<Tree>);

/// Records to begin with: nothing, one of each, and much of it.
#[allow(dead_code, reason = "for the example that writes the seeds")]
pub fn samples() -> [Record; 3] {
    let named = |number: u16| Kind::Named {
        name: format!("number {number}"),
        values: [number, number / 2, u16::MAX - number],
    };
    let kinds = || vec![Kind::Unit, Kind::One(u64::MAX), Kind::Two(-1, i128::MIN), named(7)];
    let leaves = |count| Tree((0..count).map(|_| Tree(Vec::new())).collect());
    let empty = Record {
        text: String::new(),
        list: Vec::new(),
        map: BTreeMap::new(),
        nothing: Vec::new(),
        boxed: Box::default(),
        tree: leaves(0),
    };
    let one_of_each = Record {
        text: "größe".to_owned(),
        list: kinds(),
        map: BTreeMap::from([(1, None), (2, Some('x'))]),
        nothing: vec![()],
        boxed: Box::new([true, false]),
        tree: Tree(vec![leaves(2), leaves(0)]),
    };
    let much = Record {
        text: "some text ".repeat(20),
        list: (0..30).map(named).chain(kinds()).collect(),
        map: (0..60).map(|key| (key * 7, char::from_u32(u32::from(key) + 0x20))).collect(),
        nothing: vec![(); 5],
        boxed: [true, false].repeat(16).into(),
        tree: (0..20).fold(leaves(1), |tree, _| Tree(vec![tree, leaves(1)])),
    };
    [empty, one_of_each, much]
}

/// Decodes `data`; what is a value must be the same after a round trip.
pub fn decode<C>(data: &[u8])
where
    C: Encode<Record> + for<'de> Decode<'de, Record>,
{
    let mut field = Box::new(EncodedAligned::<Record, C, 65_536>::new());
    if field.set_bytes(data).is_err() {
        return;
    }
    let Ok(value) = field.decode() else { return };
    match field.set(&value) {
        Ok(()) => match field.decode() {
            Ok(again) => assert_eq!(again, value),
            // The same value can be shorter in the form in which it is written here, and fewer
            // bytes may stand for fewer elements that take none.
            Err(DecodeError::TooManyElements) if !value.nothing.is_empty() => {}
            Err(error) => panic!("what was encoded here does not decode: {error:?}"),
        },
        // The same value can be longer in the form in which it is written here.
        Err(EncodeError::Full { .. }) => {}
        Err(error) => panic!("a decoded value cannot be encoded: {error:?}"),
    }
}
