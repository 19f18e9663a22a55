//! Types that keep their values on the heap are refused on the field, all fields at once, and the
//! rest of the program is compiled as if they were replaced.
//!
//! promise: field `name`: `String` keeps its text on this process's heap, which the reading process cannot see
//! promise: name: FixedString<64>,
//! promise: field `tags`: `Vec<u8>` keeps its elements on this process's heap, which the reading process cannot see
//! promise: tags: FixedVec<u8, 16>,
//! promise: field `next`: `Box<u64>` is a pointer to this process's memory, which the reading process cannot see
//! promise: next: u64,
//! promise: field `names`: `String` keeps its text on this process's heap, which the reading process cannot see
//! promise: names: [FixedString<64>; 4],
//! promise: field `words`: `Vec<String>` keeps its elements on this process's heap
//! promise: words: FixedVec<FixedString<64>, 16>,
//! promise: field `shared`: `std::sync::Arc<str>` keeps its text on this process's heap
//! promise: field `counted`: `Rc<f64>` is a pointer to this process's memory
//! promise: field `home`: `PathBuf` keeps its text on this process's heap
//! promise: errors: 9

use std::path::PathBuf;
use std::rc::Rc;

use commy::{FixedVec, create_reader, create_writer};

#[create_writer(filename = "example.bin")]
#[create_reader(filename = "example.bin")]
pub struct MyData {
    pub name: String,
    pub tags: Vec<u8>,
    pub next: Box<u64>,
    pub names: [String; 4],
    pub words: Vec<String>,
    pub inner: FixedVec<String, 4>,
    pub shared: std::sync::Arc<str>,
    pub counted: Rc<f64>,
    pub home: PathBuf,
    pub temperature: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.set_temperature(21.5);
    writer.set_name("outside")?;
    writer.set_tags(&[1, 2, 3])?;
    writer.batch(|batch| batch.set_temperature(22.0));
    let reader = MyDataReader::open()?;
    println!("{} {}", reader.name()?, reader.temperature()?);
    let _: MyData = reader.snapshot()?;
    Ok(())
}
