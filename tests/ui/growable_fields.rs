//! A growable record refuses on the field what it cannot store, all fields at once, and the rest of
//! the program is compiled as if they were replaced.
//!
//! promise: field `counted`: `Rc<u8>` shares its value inside this process, which another process cannot
//! promise: store the value itself: `u8`, or `Box<u8>`, for example
//! promise: counted: u8,
//! promise: field `borrowed`: `&'static str` borrows from this process's memory
//! promise: borrowed: String,
//! promise: field `width`: `usize` has a different size in 32-bit and 64-bit processes
//! promise: width: Option<u64>,
//! promise: field `lock`: `Mutex<u32>` is a lock for the threads of one process
//! promise: lock: u32,
//! promise: field `since`: `std::time::Instant` means nothing outside this process
//! promise: field `words`: `LinkedList<String>` grows in a way that this version of commy does not store
//! promise: words: Vec<String>,
//! promise: help: what grows and fits is `String`, `Vec`, `VecDeque`, `BTreeMap`, `BTreeSet`, `HashMap`, `HashSet`, `Option` and `Box` of what fits, and structs and enums with `#[derive(commy::Growable)]`
//! promise: field `table`: `f64` cannot be a key: it has no order
//! promise: field `queue`: `std::collections::BinaryHeap<u8>` grows in a way
//! promise: field `names`: `f64` cannot be a key: it has no order
//! promise: help: use an integer: the number in a smaller unit, or its bits (`to_bits`)
//! promise: field `pair`: `Rc<String>` shares its value inside this process
//! promise: pair: (u8, String),
//! promise: field `nothing`: `()` has no value to store
//! promise: has more than the 12 elements that a tuple in a record may have
//! promise: help: put some of them in a tuple within it
//! promise: field `outcome`: `Result<u8, u8>` is not stored by this version of commy
//! promise: field `frame`: `Box<[u8]>` grows in a way
//! promise: #[commy(bytes)]
//! promise: field `lists`: `Rc<u8>` shares its value
//! promise: lists: Option<Vec<u8>>,
//! promise: field `home`: `PathBuf` need not be UTF-8, so programs may not agree on it
//! promise: help: or keep the type and say how it is stored: `#[commy(as = path)]`
//! promise: field `fixed`: `&'static str` borrows from this process's memory
//! promise: fixed: [String; 2],
//! promise: errors: 17

use std::collections::{BTreeMap, HashSet, LinkedList};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Mutex;

use commy::{create_reader, create_writer};

#[create_writer(filename = "example.bin", growable)]
#[create_reader(filename = "example.bin", growable)]
pub struct MyData {
    pub counted: Rc<u8>,
    pub borrowed: &'static str,
    pub width: Option<usize>,
    pub lock: Mutex<u32>,
    pub since: std::time::Instant,
    pub words: LinkedList<String>,
    pub table: BTreeMap<f64, u64>,
    pub queue: std::collections::BinaryHeap<u8>,
    pub names: HashSet<f64>,
    pub pair: (u8, Rc<String>),
    pub nothing: (),
    pub many: (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8),
    pub outcome: Box<Result<u8, u8>>,
    pub frame: Box<[u8]>,
    pub lists: Option<Vec<Rc<u8>>>,
    pub home: PathBuf,
    pub fixed: [&'static str; 2],
    pub title: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.set_title("any length")?;
    writer.set_counted(7)?;
    writer.set_borrowed("outside")?;
    writer.borrowed_mut().push_str(" air")?;
    writer.set_width(Some(3))?;
    writer.frame_mut().extend_from_slice(&[1, 2])?;
    writer.set_home("/")?;
    writer.words_mut().push("a")?;
    writer.set_pair((1, "two"))?;
    writer.set_fixed(["a", "b"])?;
    writer.transaction(|tx| tx.set_counted(tx.counted()? + 1))?;
    let reader = MyDataReader::open()?;
    println!("{} {}", reader.title()?, reader.counted()?);
    let view = reader.pin()?;
    println!("{:?} {}", view.width()?, view.borrowed()?);
    let _: MyData = reader.snapshot()?;
    Ok(())
}
