//! What setters of growable records take is of one type each, and a reader has nothing to walk
//! through or to change.
//!
//! promise: mismatched types
//! promise: expected `&str`, found integer
//! promise: consider borrowing here
//! promise: no method named `last_mut` found for struct `MarketReader`
//! promise: reads another generation at each call, so there is nothing to walk through
//! promise: errors: 8

use commy::{Growable, create_reader, create_writer};

#[derive(Growable)]
struct Trade {
    who: String,
    lots: u32,
}

#[create_writer(filename = "a.bin", growable)]
#[create_reader(filename = "a.bin", growable)]
struct Market {
    title: String,
    trades: Vec<Trade>,
    last: Trade,
}

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn wrong_values(mut w: MarketWriter, trade: Trade) -> Result {
    w.set_title(5)?;
    w.last_mut().set_lots("x")?;
    w.set_last(trade)?;
    w.trades_mut().push(Trade { who: String::new(), lots: 1 })?;
    Ok(())
}

fn a_proxy_is_no_value(mut w: MarketWriter, v: MarketWriter) -> Result {
    w.set_last(v.last())?;
    w.trades_mut().push(&v.trades().get(0)?.unwrap())?;
    Ok(())
}

fn a_reader_cannot_change(r: MarketReader) -> Result {
    r.last_mut().set_lots(1)?;
    Ok(())
}

fn a_reader_has_nothing_to_walk_through(r: MarketReader) -> Result {
    for trade in r.trades().iter() {
        println!("{}", trade?.lots()?);
    }
    Ok(())
}

fn main() {}
