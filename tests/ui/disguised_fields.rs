//! What a field is cannot be hidden from the checks, neither behind the names that the macros use
//! nor behind a path to something that looks like commy.
//!
//! promise: found tuple `((((), ()), *const __T1), *const [u64; 2])`
//! promise: evaluation panicked: there is no such leaf
//! promise: a shared enum cannot be aligned: it would be larger than its number

use std::ops::{Deref, DerefMut};

use commy::{Mappable, create_writer};

/// Has the name of the macros' alias for the second field, and leads to it.
#[allow(non_camel_case_types)]
struct __T1(&'static [u64; 2]);

impl Deref for __T1 {
    type Target = [u64; 2];

    fn deref(&self) -> &[u64; 2] {
        self.0
    }
}

impl DerefMut for __T1 {
    fn deref_mut(&mut self) -> &mut [u64; 2] {
        unreachable!()
    }
}

#[create_writer(filename = "example.bin")]
struct Alias {
    a: __T1,
    b: [u64; 2],
}

mod fake {
    pub use commy::*;

    pub mod __private {
        pub use commy::__private::*;

        pub trait PodField: Sized {
            const LEAF: Leaf<Self> = panic!("there is no such leaf");

            fn set_in<S, R>(_: &mut S, _: impl FnOnce(&mut R) -> &mut Self, _: Self) {}
            fn encode(&self, _: usize, _: &mut Image<'_>) {}
        }

        impl PodField for &'static u64 {}
    }
}

#[create_writer(filename = "example.bin", crate = crate::fake)]
struct Fake {
    #[commy(pod, id = "number")]
    number: &'static u64,
}

#[derive(Mappable)]
#[repr(u8, align(8))]
enum Aligned {
    Off,
}

fn main() {}
