//! What stands for a record, or for a type in it, where only the compiler can tell if it has a size,
//! can stand for nothing else.
//!
//! promise: expected `&Shape<Pointer>`, found `&Shape<Harmless>`
//! promise: found tuple `(((), ()), *const &u8)`
//! promise: errors: 3
#![forbid(unsafe_code)]

use commy::Mappable;

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
pub struct Harmless {
    pub address: u64,
}

type Address = &'static u8;

/// Looks like commy, but a record is another one there.
mod records {
    pub use commy::*;

    pub mod __private {
        pub use commy::__private::*;

        pub trait KnownSize<const IS_KNOWN: bool> {
            type Itself;
            const ASKED: bool = true;
        }

        impl KnownSize<true> for crate::Pointer {
            type Itself = crate::Harmless;
        }

        impl KnownSize<true> for crate::Harmless {
            type Itself = crate::Harmless;
        }
    }
}

#[derive(Mappable)]
#[repr(C)]
#[commy(crate = crate::records)]
pub struct Pointer {
    address: Harmless,
}

/// Looks like commy, but a reference is a number there.
mod fields {
    pub use commy::*;

    pub mod __private {
        pub use commy::__private::*;

        pub trait KnownSize<const IS_KNOWN: bool> {
            type Itself;
            const ASKED: bool = true;
        }

        impl KnownSize<true> for &'static u8 {
            type Itself = crate::Harmless;
        }

        impl KnownSize<true> for crate::Reference {
            type Itself = crate::Reference;
        }
    }
}

#[derive(Mappable)]
#[repr(C)]
#[commy(crate = crate::fields)]
pub struct Reference {
    address: Address,
}

fn main() {}
