//! The one room of the runtime that touches mapped memory and makes values of bytes.
//!
//! What the rest of the crate sees is safe: shared memory appears as atomic words only (I7), and
//! a value appears only after its bytes were checked (I8).
//!
//! What unsafe code relies on: bytes of a field in the image are always a value. Only `encode` of a
//! value of that field's type, at that field's place, writes there; or shared bytes, where any are a
//! value. Rollback relies on it (`draft.rs`, invariant 1).
#![allow(unsafe_code, reason = "the room for it; each block argues from a contract or invariant")]

mod arrival;
mod arrivals;
mod control;
mod copy;
mod draft;
mod heap_map;
mod in_use;
mod late;
mod plain;
mod region;
mod shared;
mod slots;
mod value;
mod vectors;
mod wide;
mod within;
mod zeros;

pub(crate) use self::arrival::{Arrival, ArrivalInto, load_pod, load_values, zeroed_box};
pub(crate) use self::arrivals::ArrivalsInto;
pub(crate) use self::control::Control;
pub(crate) use self::copy::{
    copy_words, load_into, load_vec, load_words, move_within, store_around, store_bytes,
    store_range, store_within, store_words,
};
pub(crate) use self::draft::{Draft, Extent, Part, Picker};
#[cfg(all(test, target_os = "linux"))]
pub(crate) use self::heap_map::NoRoom;
pub(crate) use self::heap_map::{HeapMap, HeapWords};
pub(crate) use self::in_use::{ArrivalInUse, ArrivalInVec};
pub(crate) use self::plain::Plain;
pub(crate) use self::region::{Access, Region};
pub(crate) use self::shared::SharedWord;
pub(crate) use self::slots::Slots;
pub(crate) use self::value::{value_of, zeroed};
#[doc(hidden)]
pub use self::vectors::{Vectors, level as vectors_in_use};
pub(crate) use self::zeros::Zeros;
