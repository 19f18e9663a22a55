//! A wrong or missing argument shows the right form.
//!
//! promise: the filename is missing: write `#[create_writer(filename = "example.bin")]`
//! promise: the filename is missing: write `#[create_reader(filename = "example.bin")]`
//! promise: expected `name = value`, as in `#[create_writer(filename = "status.bin")]`
//! promise: unknown argument `file`, did you mean `filename`?
//! promise: the form is `#[create_writer(filename = "example.bin")]`
//! promise: unknown argument `slots`, that is chosen at run time with `options()`
//! promise: unknown argument `compress`, known are `filename`, `name`, `growable` and `crate`
//! promise: the filename is empty, for example `filename = "example.bin"`
//! promise: the filename is a string, for example `filename = "example.bin"`
//! promise: `filename` is given twice
//! promise: expected a value, as in `filename = "example.bin"`
//! promise: `#[create_writer]` is given twice
//! promise: unknown field argument `units`, known are `unit = "degC"`
//! promise: `pod` needs an id, write `#[commy(pod, id = "uuid")]`
//! promise: errors: 14

use commy::{create_reader, create_writer};

#[create_writer]
struct Missing {
    x: u8,
}

#[create_reader()]
struct MissingToo {
    x: u8,
}

#[create_writer("status.bin")]
struct Bare {
    x: u8,
}

#[create_writer(file = "status.bin")]
struct Unknown {
    x: u8,
}

#[create_writer(filename = "status.bin", slots = 8, compress = true)]
struct UnknownToo {
    x: u8,
}

#[create_writer(filename = "")]
struct Empty {
    x: u8,
}

#[create_writer(filename = 7)]
struct Number {
    x: u8,
}

#[create_writer(filename = "a.bin", filename = "b.bin")]
struct Twice {
    x: u8,
}

#[create_writer(filename)]
struct NoValue {
    x: u8,
}

#[create_writer(filename = "a.bin")]
#[create_writer(filename = "b.bin")]
struct TwoWriters {
    x: u8,
}

#[create_writer(filename = "a.bin")]
struct Fields {
    #[commy(units = "m")]
    x: u8,
    #[commy(pod)]
    y: u8,
    #[commy]
    z: u8,
}

fn main() {
    let _ = (MissingWriter::create(), MissingTooReader::open(), BareWriter::create(), EmptyWriter::create());
}
