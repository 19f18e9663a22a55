//! Types of other crates, and those of std without a fixed layout: the refusal names the ways in.
//!
//! promise: `Ipv4Addr` has no fixed layout
//! promise: store its octets, as `[u8; 4]`, or the value in serialized form, as `commy::encoded::Encoded<Ipv4Addr, Postcard, N>`
//! promise: `std::net::SocketAddr` has no fixed layout
//! promise: as `commy::encoded::Encoded<std::net::SocketAddr, Postcard, N>`
//! promise: use `u32`; to keep the type, write `#[commy(pod, id = "...")]`
//! promise: if `Vec3` is of another crate: `#[commy(pod, id = "...")]` on the field
//! promise: else store it in serialized form, as `commy::encoded::Encoded<Vec3, Postcard, N>`
//! promise: field `route`: `pod` cannot speak of the elements of a `FixedVec`
//! promise: field `last`: `pod` cannot speak of the elements of a `FixedOption`
//! promise: value: glam::Vec3,
//! promise: errors: 8

use std::net::{Ipv4Addr, SocketAddr};
use std::num::{Saturating, Wrapping};

use commy::{FixedOption, FixedVec, create_reader, create_writer};
use glam::Vec3;

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
struct Std {
    address: Ipv4Addr,
    peer: SocketAddr,
    count: Wrapping<u32>,
    volume: Saturating<u8>,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
struct Foreign {
    position: Vec3,
    route: FixedVec<Vec3, 4>,
}

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
struct Elements {
    #[commy(pod, id = "glam.Vec3")]
    route: FixedVec<glam::Vec3, 4>,
    #[commy(pod, id = "glam.Vec3")]
    last: FixedOption<Vec3>,
}

fn main() {}
