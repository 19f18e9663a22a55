//! What `derive(Growable)` is for: structs with fields and enums, without parameters, whose zero value ends.
//!
//! promise: `#[derive(Growable)]` needs a struct with fields or an enum, this is a struct without fields
//! promise: `#[derive(Growable)]` needs a struct with fields or an enum, this is a union
//! promise: `Empty` has no fields to share
//! promise: a shared type cannot be generic
//! promise: a shared struct cannot be packed
//! promise: field `inner`: `Box<Loop>` makes `Loop` a value without end: each holds another
//! promise: inner: Option<Box<Loop>>,
//! promise: field `0`: `Box<Box<Pair>>` makes `Pair` a value without end
//! promise: write one `#[commy(...)]` per field
//! promise: errors: 9

use commy::{Growable, create_writer};

// What stands beside a refused one is there.
#[derive(Growable)]
enum Event {
    Joined { name: String },
    Left(u64),
}

#[derive(Growable)]
enum Mode {
    Idle,
    Auto,
}

#[derive(Growable)]
struct Unit;

#[derive(Growable)]
union Bits {
    a: u32,
    b: f32,
}

#[derive(Growable)]
struct Empty {}

#[derive(Growable)]
struct Generic<T> {
    value: T,
}

#[derive(Growable)]
#[repr(packed)]
struct Packed {
    number: u64,
}

#[derive(Growable)]
struct Loop {
    inner: Box<Loop>,
}

#[derive(Growable)]
struct Pair(Box<Box<Pair>>, String);

#[derive(Growable)]
struct Twice {
    #[commy(rename = "a")]
    #[commy(bytes)]
    b: Vec<u8>,
}

// One that ends is none of these.
#[derive(Growable)]
struct Tree {
    value: u64,
    children: Vec<Tree>,
    parent: Option<Box<Self>>,
}

// Of what is refused nothing more is said where it is used.
#[create_writer(filename = "a.bin", growable)]
struct MyData {
    event: Event,
    mode: Option<Mode>,
    unit: Unit,
    empty: Box<Empty>,
    packed: Vec<Packed>,
    looped: Loop,
    tree: Tree,
}

// In an array, too.
#[derive(Growable)]
struct Endless {
    all: [Box<Endless>; 2],
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.tree_mut().children_mut().push(&Tree { value: 1, children: vec![], parent: None })?;
    Ok(())
}
