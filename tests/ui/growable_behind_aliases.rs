//! What a growable record cannot store is refused by the trait, too, when an alias hides it: once for
//! each field.
//!
//! promise: errors: 8

use std::collections::BinaryHeap;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Instant;

use commy::{create_reader, create_writer};

type Counted = Rc<u8>;
type Borrowed = &'static str;
type Width = usize;
type Lock = Mutex<u32>;
type Words = BinaryHeap<String>;
type Deep = Option<Box<Vec<Option<Rc<u8>>>>>;
struct Unknown;

#[create_writer(filename = "example.bin", growable)]
#[create_reader(filename = "example.bin", growable)]
pub struct MyData {
    pub counted: Counted,
    pub borrowed: Borrowed,
    pub width: Width,
    pub lock: Lock,
    pub since: Instant,
    pub words: Words,
    pub deep: Deep,
    unknown: Unknown,
    pub title: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.set_title("any length")?;
    let reader = MyDataReader::open()?;
    println!("{}", reader.title()?);
    Ok(())
}
