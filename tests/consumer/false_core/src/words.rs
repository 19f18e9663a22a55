//! Words of `core` that are not true.

/// Says of every field that it is first, and of every type that it is one byte long.
pub mod mem {
    pub use crate::everything_is_first as offset_of;

    pub const fn size_of<T>() -> usize {
        1
    }

    pub const fn align_of<T>() -> usize {
        1
    }

    pub const fn needs_drop<T>() -> bool {
        false
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! everything_is_first {
    ($($anything:tt)*) => {
        0
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! nothing_is_asserted {
    ($($anything:tt)*) => {
        ()
    };
}

pub use crate::nothing_is_asserted as assert;

pub mod primitive {
    pub use ::std::primitive::u8 as u32;
    pub use ::std::primitive::{bool, i128, str, u8, u16, usize};
}

pub use ::std::{clone, convert, fmt, ops, option, option_env, result, time, unreachable};
