//! An accessor that would hide what a proxy has is refused, and so is one that is there for another
//! field; `rename` is the way out. The proxies need names of their own.
//!
//! promise: field `load`: its accessor would hide `TradeRef::load`
//! promise: field `assign`: its accessor would hide `TradeMut::assign`
//! promise: field `update`: its accessor would hide `TradeMut::update`
//! promise: field `as_ref`: its accessor would hide `TradeMut::as_ref`
//! promise: field `clone`: its accessor would hide `TradeRef::clone`
//! promise: #[commy(rename = "load_value")]
//! promise: field `who_mut`: its accessor `who_mut` is there already, for field `who`
//! promise: field `into_who`: its accessor `into_who` is there already, for field `who`
//! promise: field `set_who`: its accessor `set_who` is there already, for field `who`
//! promise: `EventRef` would be the name of the struct and of its proxy that reads
//! promise: `Both` would be the name of its proxy that reads and of its proxy that changes
//! promise: expected the name of a type, as in `ref = "MyRef"`
//! promise: known here are `crate = path::to::commy`, `ref = "MyRef"` and `mut = "MyMut"`
//! promise: known here is `crate = path::to::commy`
//! promise: errors: 13

use commy::{Growable, Mappable};

#[derive(Growable)]
struct Trade {
    load: u8,
    assign: u8,
    update: String,
    as_ref: u8,
    clone: u8,
    who: String,
    who_mut: String,
    into_who: u8,
    set_who: u8,
    // What waits for no other type is free.
    pin: u8,
    transaction: u8,
    // The name that is asked for is free.
    #[commy(rename = "load_time")]
    loaded: u64,
}

#[derive(Growable)]
#[commy(ref = "EventRef")]
struct EventRef {
    text: String,
}

#[derive(Growable)]
#[commy(ref = "Both", mut = "Both")]
struct Twice {
    text: String,
}

#[derive(Growable)]
#[commy(ref = "not a name")]
struct Wrong {
    text: String,
}

#[derive(Growable)]
#[commy(name = "Other")]
struct Unknown {
    text: String,
}

#[derive(Mappable)]
#[commy(ref = "PointRef")]
#[repr(C)]
struct Point {
    x: u8,
}

fn accessors(read: TradeRef<'_>, mut change: TradeMut<'_>) {
    let _ = (read.who(), read.pin(), read.load_time(), read.load());
    let _ = change.set_transaction(1);
    let _ = change.update(|trade| trade.pin = 3);
    let _ = change.into_who();
}

fn main() {}
