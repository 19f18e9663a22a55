//! Structs of plain words, for libraries that take those: as the writer has them, with two fields
//! exchanged, and the latter under another name.

use bytemuck::{Pod, Zeroable};
use iceoryx2::prelude::ZeroCopySend;

use crate::value::{Found, flow, word};

/// A struct of plain words.
pub trait Plain: Pod + ZeroCopySend + Send + Sync {
    /// Makes it the value with that serial number.
    fn fill(&mut self, serial: u64);
    /// What its fields have.
    fn found(&self) -> Found;
}

macro_rules! plain {
    ($module:ident: $type:ident { $($field:ident: $kind:ty),* } of $words:expr, called $name:literal) => {
        pub mod $module {
            use super::*;

            #[repr(C)]
            #[derive(Debug, Clone, Copy, Pod, Zeroable, ZeroCopySend)]
            #[type_name($name)]
            pub struct $type {
                $(pub $field: $kind,)*
                pub rest: [u64; $words],
            }

            impl Plain for $type {
                fn fill(&mut self, serial: u64) {
                    self.serial = serial;
                    self.flow = flow(serial);
                    self.rest.iter_mut().enumerate().for_each(|(idx, place)| *place = word(serial, idx));
                }

                fn found(&self) -> Found {
                    Found { serial: self.serial, flow: self.flow, rest: self.rest.to_vec() }
                }
            }
        }
    };
}

plain!(here: Sample { serial: u64, flow: f64 } of crate::value::REST, called "Sample");
plain!(changed: Sample { flow: f64, serial: u64 } of crate::value::REST, called "Sample");
plain!(renamed: Reading { flow: f64, serial: u64 } of crate::value::REST, called "Reading");

/// The same in 40 bytes.
#[cfg(commy_subetha)]
pub mod small {
    use super::*;

    plain!(here: Sample { serial: u64, flow: f64 } of crate::value::SMALL, called "Sample");
    plain!(changed: Sample { flow: f64, serial: u64 } of crate::value::SMALL, called "Sample");
    plain!(renamed: Reading { flow: f64, serial: u64 } of crate::value::SMALL, called "Reading");
}
