//! `encoded` names a codec, in a record that grows: what is wrong with that is said once, at the word,
//! at the codec or at the type.
//!
//! promise: field `state`: `encoded` is for a field of a growable record
//! promise: help: add `growable` to the record's attributes, or use `Encoded<State, Json, N>` without `encoded`, which takes up to N bytes
//! promise: a field has `encoded` or `bytes`: what is serialized is stored as the codec says
//! promise: a field has `encoded` or `pod`: what is serialized is stored as the codec says
//! promise: a field has `as` or `encoded`: a codec takes the value as it is
//! promise: `encoded` is given twice
//! promise: expected a value, as in `encoded = Postcard`
//! promise: field `fixed`: `Encoded<u8, Json, 8>` is serialized by a codec of its own
//! promise: field `parts`: `Vec<Json>` is no codec: one codec takes all of the field, whatever it holds
//! promise: help: write `encoded = Postcard`; to serialize elements one by one, put each into a struct that derives `Growable`, with `encoded` on the field there
//! promise: field `borrowed`: `&'static str` borrows
//! promise: `State` is not a codec
//! promise: the trait bound `Plain: serde::Serialize` is not satisfied
//! promise: the trait bound `Written: serde::Deserialize<'de>` is not satisfied
//! promise: `Whole` has no `Default`, which a serialized field of a growable record needs
//! promise: add `#[derive(Default)]` to `Whole`, or use `Option<Whole>`, which is `None` then
//! promise: expected `&State`, found `State`
//! promise: errors: 14

use commy::encoded::{Encoded, Json};
use commy::{Growable, create_reader, create_writer};

#[derive(Default, serde::Serialize, serde::Deserialize)]
pub struct State {
    level: String,
}

/// Not known to serde.
#[derive(Default)]
pub struct Plain(std::rc::Rc<u8>);

/// Known to serde by half.
#[derive(Default, serde::Serialize)]
pub struct Written(String);

/// Without a default.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Whole(String);

#[create_writer(filename = "fixed.bin")]
#[create_reader(filename = "fixed.bin")]
struct Fixed {
    #[commy(encoded = Json)]
    state: State,
}

#[create_writer(filename = "twice.bin", growable)]
struct Twice {
    #[commy(encoded = Json, bytes)]
    bytes: Vec<u8>,
    #[commy(pod, id = "x", encoded = Json)]
    pod: State,
    #[commy(as = Json, encoded = Json)]
    converted: u8,
    #[commy(encoded = Json, encoded = Json)]
    twice: State,
    #[commy(encoded)]
    unnamed: std::rc::Rc<State>,
    #[commy(encoded = Json)]
    fixed: Encoded<u8, Json, 8>,
    #[commy(encoded = Vec<Json>)]
    parts: Vec<State>,
    #[commy(encoded = Json)]
    borrowed: &'static str,
}

#[create_writer(filename = "other.bin", growable)]
#[create_reader(filename = "other.bin", growable)]
pub struct Other {
    #[commy(encoded = State)]
    pub no_codec: State,
    #[commy(encoded = Json)]
    pub plain: Plain,
    #[commy(encoded = Json)]
    pub right: State,
}

#[derive(Growable)]
pub enum Event {
    Quiet,
    Written(#[commy(encoded = Json)] Written),
}

#[derive(Growable)]
pub struct Within {
    #[commy(encoded = Json)]
    pub whole: Whole,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = OtherWriter::create()?;
    writer.set_right(State::default())?;
    writer.set_plain(&Plain::default())?;
    let reader = OtherReader::open()?;
    println!("{} {}", reader.right()?.level, reader.plain()?.0);
    println!("{}", FixedReader::open()?.state()?.level);
    Ok(())
}
