//! A nested type needs the derive; the compiler points at its definition.
//!
//! promise: `Inner` cannot live in a commy file
//! promise: if `Inner` is your own struct, add `#[derive(commy::Mappable)] #[repr(C)]` to it
//! promise: `Color` cannot live in a commy file
//! promise: for a fieldless enum `#[derive(commy::Mappable)] #[repr(u8)]`
//! promise: errors: 3

use commy::{FixedVec, create_writer};

struct Inner {
    x: f64,
}

enum Color {
    Red,
}

#[create_writer(filename = "example.bin")]
struct Outer {
    inner: Inner,
    many: FixedVec<Inner, 4>,
    color: Color,
}

fn main() {
    let _ = (Inner { x: 0.0 }.x, Color::Red);
}
