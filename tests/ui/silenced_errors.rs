//! A refusal cannot be silenced by a `core` whose `compile_error!` says nothing: what stands in for
//! the implementation of a refused type must not compile.
//!
//! promise: evaluation panicked: nothing is wrong
//! promise: errors: 2
#![forbid(unsafe_code)]

extern crate self as core;

use commy::{Mappable, create_writer};

#[macro_export]
macro_rules! nothing_is_wrong {
    ($($message:tt)*) => {
        panic!("nothing is wrong")
    };
}

#[doc(hidden)]
pub use crate::nothing_is_wrong as compile_error;
pub use std::*;

#[create_writer(filename = "example.bin")]
struct Data {
    name: String,
}

#[derive(Mappable)]
#[repr(C)]
struct Inner {
    name: String,
}

fn main() {}
