//! Types of fixed layout for values that live in memory shared between processes.
//!
//! [`Mappable`] is the contract, [`schema`] describes a layout, [`Fingerprint`] names it in 128
//! bits, [`Image`] is the encoded form that goes into a file. The containers keep their data in
//! place: no heap, no pointer, and every byte pattern is safe to look at.
//!
//! # Examples
//!
//! ```
//! use commy_types::{CapacityError, FixedString, FixedVec, Mappable};
//!
//! let mut names = FixedVec::<FixedString<16>, 4>::new();
//! names.push("boiler".try_into()?)?;
//! assert_eq!(names[0], "boiler");
//! assert_eq!(size_of_val(&names), 8 + 4 * (8 + 16));
//! assert!(<FixedVec<FixedString<16>, 4>>::check(bytemuck::bytes_of(&names)).is_ok());
//! # Ok::<(), CapacityError>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
// No choice of a user's: the allocator's.
#![cfg_attr(
    docsrs,
    doc(auto_cfg(hide(no_global_oom_handling))),
    allow(unexpected_cfgs, reason = "hides what the standard library is built with")
)]
#![no_std]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")
)]
#![cfg_attr(
    test,
    allow(clippy::single_range_in_vec_init, reason = "a list of one changed range is meant")
)]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod words;
mod mappable;
mod access;
mod refused;
mod primitives;
mod capacity;
mod by_value;
mod invalid;
pub mod schema;
mod fingerprint;
mod image;
mod raw;
#[doc(hidden)]
pub mod shape;
mod length;
pub mod string;
pub mod vec;
pub mod deque;
mod sorted;
pub mod set;
pub mod map;
mod option;
mod sequence;
mod keyed;
mod forms;
mod size;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "arbitrary")]
mod arbitrary;
#[cfg(feature = "zeroize")]
mod zeroize;
#[cfg(any(feature = "glam", feature = "half", feature = "uuid"))]
mod foreign;

/// What the macros of this crate name, wherever they are expanded.
#[doc(hidden)]
pub use core as __core;
#[cfg(feature = "glam")]
#[doc(hidden)]
pub use glam as __glam;
#[cfg(feature = "half")]
#[doc(hidden)]
pub use half as __half;
#[cfg(feature = "uuid")]
#[doc(hidden)]
pub use uuid as __uuid;

#[doc(hidden)]
pub use crate::access::{FieldPlace, FieldSink, FieldSource, PodField};
#[doc(hidden)]
pub use crate::by_value::{ByValue, MAX_BY_VALUE};
pub use crate::capacity::CapacityError;
pub use crate::deque::FixedDeque;
pub use crate::fingerprint::Fingerprint;
#[doc(hidden)]
pub use crate::forms::{
    Text, element_at, element_part, elements_with, range_of, set_from, set_range, text_with,
};
#[cfg(feature = "alloc")]
#[doc(hidden)]
pub use crate::forms::{elements_into, text_into};
pub use crate::image::{Image, Touched};
pub use crate::invalid::{Invalid, InvalidReason};
#[doc(hidden)]
pub use crate::keyed::{
    EntryOf, Keyed, KeyedAlone, KeyedValues, Nth, contains_key, entry_at, insert_element,
    insert_entry, key_at, remove_element, remove_entry, set_value, value_of,
};
pub use crate::map::FixedMap;
#[doc(hidden)]
pub use crate::mappable::Outcome;
pub use crate::mappable::{Element, Mappable};
pub use crate::option::FixedOption;
#[doc(hidden)]
pub use crate::refused::WithSize;
#[doc(hidden)]
pub use crate::sequence::{Growing, Indexed, Overwriting, Sequence};
pub use crate::set::FixedSet;
#[doc(hidden)]
pub use crate::shape::FieldUse;
#[doc(hidden)]
pub use crate::size::{KnownSize, NoSize, SizeOf, SizedRecord};
pub use crate::string::{FixedString, FlatString, SmartString};
pub use crate::vec::{FixedVec, SmartVec};
#[doc(hidden)]
pub use crate::words::in_words;

/// The examples of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[allow(dead_code, reason = "only its documentation is compiled")]
struct Readme;
