//! A value that fixed types cannot hold and every codec can.
#![allow(unreachable_pub, reason = "a module of several tests")]

use std::collections::HashMap;

use commy::encoded::SchemaName;
use serde::{Deserialize, Serialize};

/// Heap types, a map, an enum with data.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    SchemaName,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
)]
pub struct State {
    pub name: String,
    pub scores: HashMap<String, u32>,
    pub events: Vec<Event>,
    pub best: Option<f64>,
    pub initial: Option<char>,
    pub flags: Box<[bool]>,
}

/// One variant of each kind.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    SchemaName,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
)]
pub enum Event {
    Started,
    Moved { x: i32, y: i32 },
    Said(String),
    Turned(i8, f32),
}

/// A value with something in every field.
pub fn state() -> State {
    let said = Event::Said("hi".to_owned());
    State {
        name: "größe".to_owned(),
        scores: HashMap::from([("ada".to_owned(), 3), ("grace".to_owned(), 70_000)]),
        events: vec![Event::Started, Event::Moved { x: -1, y: 2 }, said, Event::Turned(-1, 0.5)],
        best: Some(0.1 + 0.2),
        initial: Some('x'),
        flags: Box::new([true, false]),
    }
}
