//! What two writers have staged cannot be exchanged.
//!
//! promise: borrowed data escapes outside of closure
//! promise: std::mem::swap(one, two)

use commy::create_writer;

#[create_writer(filename = "example.bin")]
struct Data {
    number: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut first, mut second) = (DataWriter::create()?, DataWriter::create_at("other.bin")?);
    first.batch(|one| second.batch(|two| std::mem::swap(one, two)));
    Ok(())
}
