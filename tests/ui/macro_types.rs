//! A macro call in the place of a type may mean another type each time it is read.
//!
//! promise: field `x`: `number!()` is a macro call, which may expand to another type each time it is read
//! promise: write the type out, or give the call a name with `type Name = ...;`
//! promise: errors: 1

use commy::create_writer;

macro_rules! number {
    () => {
        u32
    };
}

type Number = number!();

#[create_writer(filename = "example.bin")]
struct Data {
    x: number!(),
    y: Number,
}

fn main() {}
