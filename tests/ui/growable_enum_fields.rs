//! A field of a variant that does not fit is refused where it stands: one error for each, whatever says
//! so, and none that only follows.
//!
//! promise: field `Joined.id`: `usize`
//! promise: field `Joined.name`: `&'static str`
//! promise: field `Left.0`: `Rc<String>`
//! promise: `LinkedList<u8>` cannot live in a growable commy record
//! promise: `Unknown` cannot live in a growable commy record
//! promise: field `Sent.0`: `bytes` is for a `Vec<u8>`, this is `String`
//! promise: errors: 10

use std::collections::LinkedList;
use std::rc::Rc;
use std::sync::Mutex;

use commy::{Growable, create_reader, create_writer};

type Words = LinkedList<u8>;
type Lock = Mutex<u32>;
struct Unknown;

#[derive(Growable)]
enum Event {
    Joined { id: usize, name: &'static str, level: u8 },
    Left(Rc<String>),
    Sent(#[commy(bytes)] String),
    Tick,
}

// What only the compiler knows.
#[derive(Growable)]
enum Behind {
    Words(Words, u8),
    Lock { lock: Lock },
    Unknown(Option<Vec<Unknown>>),
    Pair((u8, Unknown)),
    Row([Unknown; 2]),
    Good(String),
}

// Beside what the macros see.
#[derive(Growable)]
enum Mixed {
    One(String, Unknown),
}

#[create_writer(filename = "example.bin", growable)]
#[create_reader(filename = "example.bin", growable)]
struct MyData {
    event: Event,
    behind: Vec<Behind>,
    mixed: Mixed,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.set_event(&Event::Tick)?;
    let reader = MyDataReader::open()?;
    let view = reader.pin()?;
    if let EventRef::Joined { level, .. } = view.event()? {
        println!("{level}");
    }
    match view.behind().get(0)? {
        Some(BehindRef::Good(text)) => println!("{text}"),
        _ => println!("{}", matches!(view.mixed()?, MixedRef::One(..))),
    }
    Ok(())
}
