//! An enum needs a repr of fixed width, no fields, and a variant with the number 0.
//!
//! promise: the size of `Loose` in memory is up to the compiler
//! promise: help: add `#[repr(u8)]` to `Loose`
//! promise: help: add `#[repr(u16)]` to `Wide`
//! promise: `usize` has a different size in 32-bit and 64-bit processes
//! promise: `repr(C)` does not say how large the number is
//! promise: variant `Text` has fields; only fieldless enums can be shared
//! promise: no variant of `NoZero` has the number 0, with which every value of a new file begins
//! promise: help: add a variant, for example `Unknown = 0,`
//! promise: evaluation panicked: no variant of `HiddenNoZero` has the number 0
//! promise: `Never` has no variants, so no value of it exists
//! promise: errors: 8

use commy::{Mappable, create_reader};

#[derive(Mappable)]
enum Loose {
    A,
}

#[derive(Mappable)]
enum Wide {
    A = 0,
    B = 1000,
}

#[derive(Mappable)]
#[repr(usize)]
enum Machine {
    A,
}

#[derive(Mappable)]
#[repr(C)]
enum Foreign {
    A,
}

#[derive(Mappable)]
#[repr(u8)]
enum WithFields {
    None,
    Text(u8),
}

#[derive(Mappable)]
#[repr(u8)]
enum NoZero {
    A = 1,
    B,
}

const ONE: u8 = 1;

#[derive(Mappable)]
#[repr(u8)]
enum HiddenNoZero {
    A = ONE,
}

#[derive(Mappable)]
enum Never {}

#[create_reader(filename = "example.bin")]
struct Outer {
    loose: Loose,
    wide: Wide,
    machine: Machine,
    foreign: Foreign,
    with_fields: WithFields,
    no_zero: NoZero,
    hidden: HiddenNoZero,
}

fn main() {}
