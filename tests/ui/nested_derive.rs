//! A nested struct is checked like a record, and the record that holds it says nothing more.
//!
//! promise: field `text`: `String` keeps its text on this process's heap
//! promise: the layout of `Loose` is up to the compiler, and another program's may differ
//! promise: help: add `#[repr(C)]` to `Loose`
//! promise: a shared struct cannot be packed: its fields could not be borrowed
//! promise: a shared type cannot be generic: both processes must agree on one layout
//! promise: `#[derive(Mappable)]` needs a struct with named fields, this is a tuple struct
//! promise: `#[derive(Mappable)]` needs a struct with named fields, this is a union
//! promise: `Nothing` has no fields to share
//! promise: errors: 7

use commy::{Mappable, create_writer};

#[derive(Mappable)]
#[repr(C)]
struct Inner {
    text: String,
}

#[derive(Mappable)]
struct Loose {
    x: u8,
}

#[derive(Mappable)]
#[repr(C, packed)]
struct Packed {
    x: u8,
}

#[derive(Mappable)]
#[repr(C)]
struct Generic<T> {
    x: T,
}

#[derive(Mappable)]
#[repr(C)]
struct Tuple(u8);

#[derive(Mappable)]
#[repr(C)]
union Either {
    x: u8,
}

#[derive(Mappable)]
#[repr(C)]
struct Nothing {}

#[create_writer(filename = "example.bin")]
struct Outer {
    inner: Inner,
    loose: Loose,
    packed: Packed,
    generic: Generic<u8>,
    tuple: Tuple,
    either: Either,
    nothing: Nothing,
}

fn main() {}
