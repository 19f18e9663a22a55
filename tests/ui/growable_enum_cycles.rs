//! An enum and a struct that hold each other in boxes have no zero value that ends: the compiler names
//! the cycle, at the derive.
//!
//! promise: cycle detected
//! promise: ZERO_DEPTH
//! promise: errors: 1

use commy::Growable;

#[derive(Growable)]
enum Hen {
    Sitting(Box<Egg>),
    Away,
}

#[derive(Growable)]
struct Egg {
    hen: Box<Hen>,
}

fn main() {}
