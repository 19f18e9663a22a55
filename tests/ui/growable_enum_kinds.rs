//! What an enum must be to stand in a record that grows: one with a value, whose first or marked variant
//! ends, and without parameters.
//!
//! promise: `Never` has no variants, so no value of it exists
//! promise: field `Cons.1`: `Box<List>` makes a new `List` a value without end: it is `Cons`, and holds another
//! promise: write `#[default]` on a variant without a `List` in it, or use `Option<Box<List>>`
//! promise: field `Both.left`: `Box<Tree>` makes a new `Tree` a value without end
//! promise: a shared type cannot be generic
//! promise: `A` and `B` are both `#[default]`, and a new value is of one variant
//! promise: `Named` is an enum, which `ValueMut` changes as a whole: there is no type to name
//! promise: `Plain` has no fields, so views have the enum itself: there is no type to name
//! promise: `Same` would be the name of the enum and of what views have of it
//! promise: field `A.name`: `rename` names accessors, and a field of a variant has none
//! promise: errors: 9

use commy::{Growable, create_writer};

#[derive(Growable)]
enum Never {}

#[derive(Growable)]
enum List {
    Cons(u32, Box<List>),
    Nil,
}

#[derive(Growable)]
enum Tree {
    Leaf(u64),
    #[default]
    Both { left: Box<Self>, right: Option<Box<Tree>> },
}

#[derive(Growable)]
enum Generic<T> {
    A(T),
}

#[derive(Growable)]
enum Two {
    #[default]
    A,
    #[default]
    B(u8),
}

#[derive(Growable)]
#[commy(ref = "NamedView", mut = "NamedChange")]
enum Named {
    A(u8),
}

#[derive(Growable)]
#[commy(ref = "PlainView")]
enum Plain {
    A,
}

#[derive(Growable)]
#[commy(ref = "Same")]
enum Same {
    A(u8),
}

#[derive(Growable)]
enum Renamed {
    A {
        #[commy(rename = "title")]
        name: String,
    },
}

// These end.
#[derive(Growable)]
enum Stack {
    Push(u32, Box<Stack>),
    #[default]
    Empty,
}

#[derive(Growable)]
enum Words {
    Many(Vec<Words>),
    Maybe(Option<Box<Words>>),
    Other(Box<Words>),
}

// Of what is refused nothing more is said where it is used.
#[create_writer(filename = "a.bin", growable)]
struct MyData {
    never: Option<Never>,
    list: List,
    tree: Vec<Tree>,
    two: Two,
    named: Box<Named>,
    plain: [Plain; 2],
    same: Same,
    renamed: Renamed,
    stack: Stack,
    words: (u8, Words),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.set_list(&List::Nil)?;
    if let ListRef::Cons(number, _) = writer.list()? {
        println!("{number}");
    }
    match writer.renamed()? {
        RenamedRef::A { name } => println!("{name}"),
    }
    Ok(())
}
