//! A struct with `derive(Growable)` refuses on the field what it cannot store, all fields at once and
//! inside containers, and the rest of the program is compiled as if they were replaced.
//!
//! promise: field `counted`: `Rc<u8>` shares its value inside this process, which another process cannot
//! promise: field `borrowed`: `&'static str` borrows from this process's memory
//! promise: borrowed: String,
//! promise: field `deep`: `Rc<u8>` shares its value
//! promise: deep: Vec<Option<u8>>,
//! promise: field `queue`: `BinaryHeap<String>` grows in a way that this version of commy does not store
//! promise: queue: Vec<String>,
//! promise: field `names`: `IndexSet<u32>` grows in a way
//! promise: use a sorted `Vec<u32>`
//! promise: field `prices`: `IndexMap<u8, f32>` grows in a way
//! promise: use `Vec<(u8, f32)>`, sorted by key
//! promise: field `lock`: `Mutex<u32>` is a lock for the threads of one process
//! promise: field `0`: `usize` has a different size in 32-bit and 64-bit processes
//! promise: #[commy(bytes)]
//! promise: field `frame`: `bytes` is for a `Vec<u8>`, this is `Vec<u16>`
//! promise: errors: 9

use std::collections::BinaryHeap;
use std::rc::Rc;
use std::sync::Mutex;

use commy::{Growable, create_reader, create_writer};

// By their names, these are a set and a map of another crate.
pub struct IndexSet<T>(Vec<T>);
pub struct IndexMap<K, V>(Vec<(K, V)>);

#[derive(Growable)]
pub struct Trade {
    pub counted: Rc<u8>,
    pub borrowed: &'static str,
    pub deep: Vec<Option<Rc<u8>>>,
    pub queue: BinaryHeap<String>,
    pub names: IndexSet<u32>,
    pub prices: IndexMap<u8, f32>,
    pub lock: Mutex<u32>,
    #[commy(bytes)]
    pub frame: Vec<u16>,
    pub title: String,
}

#[derive(Growable)]
struct Width(usize, String);

// Of what is refused once nothing is said where it is used.
#[create_writer(filename = "example.bin", growable)]
#[create_reader(filename = "example.bin", growable)]
struct MyData {
    trade: Trade,
    trades: Vec<Option<Trade>>,
    width: Box<Width>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.trade_mut().set_counted(7)?;
    writer.trade_mut().set_borrowed("outside")?;
    writer.trade_mut().borrowed_mut().push_str(" air")?;
    writer.trade_mut().queue_mut().push("a")?;
    writer.trade_mut().into_title().push('x')?;
    writer.width_mut().set_field_0(3)?;
    let trade = writer.trade_mut().load()?;
    writer.set_trade(&trade)?;
    let reader = MyDataReader::open()?;
    println!("{} {}", reader.trade().title()?, reader.trade().counted()?);
    Ok(())
}
