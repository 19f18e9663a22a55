//! An accessor that would hide what the reader, the view, the writer or the transaction of a growable
//! record has is refused, and so is one that is there for another field.
//!
//! promise: field `pin`: its accessor would hide `MyDataReader::pin`
//! promise: field `refresh`: its accessor would hide `MyDataReader::refresh`
//! promise: field `generation`: its accessor would hide `MyDataReader::generation`
//! promise: field `transaction`: its accessor would hide `MyDataWriter::transaction`
//! promise: field `title_mut`: its accessor `title_mut` is there already, for field `title`
//! promise: field `set_title`: its accessor `set_title` is there already, for field `title`
//! promise: field `verify`: its accessor would hide `WrittenView::verify`
//! promise: `TakenView` would be the name of the struct and of its view
//! promise: `TwiceTransaction` would be the name of its writer's transaction and of its reader
//! promise: errors: 9

use commy::{create_reader, create_writer};

#[create_writer(filename = "a.bin", growable)]
#[create_reader(filename = "a.bin", growable)]
struct MyData {
    pin: u8,
    refresh: u8,
    generation: u64,
    transaction: String,
    title: String,
    title_mut: String,
    set_title: String,
    // Constructors give way to these.
    open: u8,
    create_at: u8,
    // The name that is asked for is free.
    #[commy(rename = "flush_count")]
    flush: u8,
}

#[create_writer(filename = "a.bin", growable)]
struct Written {
    verify: u8,
}

#[create_reader(filename = "a.bin", growable, name = "Taken")]
struct TakenView {
    text: String,
}

#[create_writer(filename = "a.bin", growable)]
#[create_reader(filename = "a.bin", growable, name = "TwiceTransaction")]
struct Twice {
    text: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reader = MyDataReader::options().open()?;
    println!("{} {} {}", reader.title()?, reader.open()?, reader.flush_count()?);
    Ok(())
}
