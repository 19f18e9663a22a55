//! A crate that calls itself `commy`, and passes on what is true beside what is not, has no way to a
//! shape that was not proved.
//!
//! promise: evaluation panicked: never looked at
//! promise: associated constant `BY_HAND` is private
//! promise: mismatched types

#![forbid(unsafe_code)]

extern crate commy as real;
extern crate self as commy;

pub use real::*;

/// The words of the expansion, some of which lie.
pub mod __private {
    pub use crate::lie as shape_of_variants;
    pub use crate::of_another as shape_of_fields;
    pub use real::__private::*;

    /// Says of every field that it is first.
    pub mod core {
        pub use real::__private::core::*;

        pub mod mem {
            pub use crate::everything_is_first as offset_of;
            pub use real::__private::core::mem::*;
        }
    }
}

#[macro_export]
macro_rules! everything_is_first {
    ($($anything:tt)*) => {
        0
    };
}

#[macro_export]
macro_rules! lie {
    ($($anything:tt)*) => {
        crate::never_looked_at()
    };
}

/// The shape of a type that has one, in the place of that of another type.
#[macro_export]
macro_rules! of_another {
    ($($anything:tt)*) => {
        *<u8 as real::Mappable>::SHAPE
    };
}

const fn never_looked_at<T>() -> T {
    panic!("never looked at")
}

/// Without the number 0, with which every value of a new file begins.
#[derive(real::Mappable)]
#[repr(u8)]
enum NoZero {
    One = ONE,
}

const ONE: u8 = 1;

#[derive(real::Mappable)]
#[repr(C)]
struct Other {
    flag: bool,
}

/// What the trait says of an implementation by hand would do for every type.
const BY_HAND: real::__private::Shape<NoZero> = real::__private::Shape::BY_HAND;

fn main() {}
