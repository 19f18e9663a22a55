//! A type that `as` names and that is not there is one error, at the name.
//!
//! promise: cannot find type `Minutes` in this scope
//! promise: #[commy(as = Minutes)]
//! promise: errors: 1

use commy::{create_reader, create_writer};

#[create_writer(filename = "example.bin", growable)]
#[create_reader(filename = "example.bin", growable)]
pub struct MyData {
    #[commy(as = Minutes)]
    pub timeout: std::time::Duration,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = MyDataWriter::create()?;
    writer.set_timeout(&std::time::Duration::ZERO)?;
    println!("{:?}", MyDataReader::open()?.timeout()?);
    Ok(())
}
