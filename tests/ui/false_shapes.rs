//! What a type is cannot be misstated, neither by calling the macro that proves it nor by putting
//! another one in its place.
//!
//! promise: pattern requires `..` due to inaccessible fields
//! promise: field `flag` bound multiple times in the pattern
//! promise: found tuple `((((), ()), *const u8), *const bool)`
//! promise: non-primitive cast: `Text` as `i128`
//! promise: access to union field is unsafe
//! promise: evaluation panicked: never looked at
//! promise: associated constant `BY_HAND` is private

use commy::__private::{Chain, Leaf, Shape, shape_of_fields, shape_of_variants};
use commy::{Mappable, create_writer};

type None = Chain<(), ()>;
type Both<A, B> = Chain<A, Leaf<B>>;

struct Hides {
    flag: bool,
    hidden: &'static str,
}

const HIDES: Shape<Hides> =
    shape_of_fields!("Hides" Hides { flag } Both<None, bool>, [flag = <bool as Mappable>::LEAF,]);

struct Twice {
    flag: bool,
    wide: u16,
}

const TWICE: Shape<Twice> = shape_of_fields!(
    "Twice" Twice { flag flag wide } Both<Both<Both<None, bool>, bool>, u16>,
    [flag = bool::LEAF, flag = bool::LEAF, wide = <u16 as Mappable>::LEAF,]
);

struct Exchanged {
    flag: bool,
    number: u8,
}

const EXCHANGED: Shape<Exchanged> = shape_of_fields!(
    "Exchanged" Exchanged { flag number } Both<Both<None, bool>, u8>,
    [number = bool::LEAF, flag = <u8 as Mappable>::LEAF,]
);

union Either {
    number: u8,
}

const EITHER: Shape<Either> =
    shape_of_fields!("Either" Either { number } Both<None, u8>, [number = <u8 as Mappable>::LEAF,]);

struct Text(&'static str);

impl Text {
    const NONE: Self = Self("");
}

const TEXT: Shape<Text> = shape_of_variants!("Text" "u8" Text { NONE });

/// With this an enum without the number 0 would be taken for one that has it.
const BY_HAND: Shape<Text> = Shape::BY_HAND;

/// Looks like commy, but its macros do not look at the fields.
mod fake {
    pub use commy::*;

    pub mod __private {
        pub use commy::__private::*;
        pub use crate::unproved as shape_of_fields;
        pub use crate::unproved as shape_of_variants;
    }
}

#[macro_export]
macro_rules! unproved {
    ($($anything:tt)*) => {
        never_looked_at()
    };
}

const fn never_looked_at<T>() -> T {
    panic!("never looked at")
}

#[create_writer(filename = "example.bin", crate = crate::fake)]
struct Unproved {
    flag: bool,
}

#[create_writer(filename = "example.bin", crate = crate::fake)]
struct UnprovedToTheEnd {
    last: Honest,
}

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
struct Honest {
    flag: bool,
}

#[derive(Mappable)]
#[repr(C)]
#[commy(crate = crate::fake)]
struct UnprovedNested {
    last: Honest,
}

#[derive(Mappable)]
#[repr(u8)]
#[commy(crate = crate::fake)]
enum UnprovedToo {
    Off,
}

fn main() {}
