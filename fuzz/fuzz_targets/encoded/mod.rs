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
