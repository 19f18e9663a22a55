//! `as` names a type that converts the field's, in a record that grows: what is wrong with that is
//! said once, at the word or at the type.
//!
//! promise: field `timeout`: `as` is for a field of a growable record
//! promise: help: add `growable` to the record's attributes, or store what `Duration` converts to, or use `Encoded<Duration, Postcard, N>`
//! promise: a field has `as` or `bytes`: what is converted is stored as the conversion says
//! promise: a field has `as` or `pod`: what is converted is stored as the conversion says
//! promise: field `encoded`: `Encoded<u8, Postcard, 8>` is stored as its codec says, and cannot be converted, too
//! promise: expected a value, as in `as = Seconds`
//! promise: `Seconds` does not say how a `String` is stored
//! promise: implement `commy::growable::Convert<String>` for `Seconds`, or name another type that has it
//! promise: `Seconds` does not say how a `u8` is stored
//! promise: `Rc<u8>` cannot live in a growable commy record
//! promise: field `text`: `str` has no size that is known at compile time
//! promise: expected `&Duration`, found `Duration`
//! promise: errors: 10

use std::rc::Rc;
use std::time::Duration;

use commy::encoded::{Encoded, Postcard};
use commy::growable::Convert;
use commy::{create_reader, create_writer};

pub enum Seconds {}

impl Convert<Duration> for Seconds {
    type As = f64;

    fn to_stored(value: &Duration) -> f64 {
        value.as_secs_f64()
    }

    fn from_stored(stored: f64) -> Option<Duration> {
        Duration::try_from_secs_f64(stored).ok()
    }
}

pub enum Counted {}

impl Convert<u8> for Counted {
    type As = Rc<u8>;

    fn to_stored(value: &u8) -> Rc<u8> {
        Rc::new(*value)
    }

    fn from_stored(stored: Rc<u8>) -> Option<u8> {
        Some(*stored)
    }
}

#[create_writer(filename = "fixed.bin")]
#[create_reader(filename = "fixed.bin")]
struct Fixed {
    #[commy(as = Seconds)]
    timeout: Duration,
}

#[create_writer(filename = "twice.bin", growable)]
struct Twice {
    #[commy(as = Seconds, bytes)]
    bytes: Duration,
    #[commy(pod, id = "x", as = Seconds)]
    pod: Duration,
    #[commy(as = Seconds)]
    encoded: Encoded<u8, Postcard, 8>,
    #[commy(as = Seconds)]
    text: str,
    #[commy(as = "seconds")]
    named: u64,
}

#[create_writer(filename = "other.bin", growable)]
#[create_reader(filename = "other.bin", growable)]
pub struct Other {
    #[commy(as = Seconds)]
    pub text: String,
    #[commy(as = [Option<Seconds>; 2])]
    pub inner: [Option<u8>; 2],
    #[commy(as = Seconds)]
    pub right: Duration,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = OtherWriter::create()?;
    writer.set_right(Duration::ZERO)?;
    writer.set_text(&String::new())?;
    let reader = OtherReader::open()?;
    println!("{:?} {}", reader.right()?, reader.text()?);
    println!("{:?}", FixedReader::open()?.timeout());
    Ok(())
}
