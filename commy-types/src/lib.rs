//! Types of fixed layout for values that live in memory shared between processes.
//!
//! [`Mappable`] is the contract, [`schema`] describes a layout, [`Fingerprint`] names it in 128
//! bits, [`Image`] is the encoded form that goes into a file. The containers keep their data in
//! place: no heap, no pointer, and every byte pattern is safe to look at.
#![no_std]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")
)]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod mappable;
mod primitives;
mod capacity;
mod invalid;
pub mod schema;
mod fingerprint;
mod image;
mod raw;

pub use crate::capacity::CapacityError;
pub use crate::fingerprint::Fingerprint;
pub use crate::image::{Changes, Image};
pub use crate::invalid::{Invalid, InvalidReason};
pub use crate::mappable::{Element, Mappable, Outcome};
