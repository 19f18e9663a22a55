//! A value that nests, and fields with bytes that no codec has written.
#![allow(unreachable_pub, reason = "a module of several tests")]

use commy::encoded::{Codec, Encoded, SchemaName};
use serde::{Deserialize, Serialize};

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
pub struct Nested(#[rkyv(omit_bounds)] pub Vec<Nested>);

/// A field with bytes in it that no codec has checked.
pub fn field<T, C: Codec, const N: usize>(bytes: &[u8]) -> Encoded<T, C, N> {
    let mut field = Encoded::new();
    field.set_bytes(bytes).unwrap();
    field
}

/// What most processors have in one level of cache, and many times what a level of nesting takes.
pub const LARGE: usize = 64 * 1024;
