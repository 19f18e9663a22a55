//! What the borrow checker keeps users of proxies from.
//!
//! promise: cannot borrow `w` as mutable because it is also borrowed as immutable
//! promise: cannot borrow `w` as mutable more than once at a time
//! promise: cannot borrow `view` as mutable because it is also borrowed as immutable
//! promise: cannot borrow `trades` as mutable more than once at a time
//! promise: `view` does not live long enough
//! promise: temporary value dropped while borrowed
//! promise: borrowed data escapes outside of closure
//! promise: lifetime may not live long enough
//! promise: errors: 16

use commy::growable::WriterOptions;
use commy::{Growable, create_reader, create_writer};

#[derive(Growable)]
struct Trade {
    who: String,
    lots: u32,
    notes: Vec<String>,
}

#[create_writer(filename = "a.bin", growable)]
#[create_reader(filename = "a.bin", growable)]
struct Market {
    seq: u64,
    title: String,
    trades: Vec<Trade>,
    last: Trade,
}

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn read_while_written(mut w: MarketWriter) -> Result {
    let last = w.last();
    w.last_mut().set_lots(1)?;
    last.lots()?;
    Ok(())
}

fn element_while_written(mut w: MarketWriter) -> Result {
    let first = w.trades().get(0)?.unwrap();
    w.trades_mut().remove(0)?;
    first.who()?;
    Ok(())
}

fn two_proxies_of_one_writer(mut w: MarketWriter) -> Result {
    let mut last = w.last_mut();
    w.set_seq(1)?;
    last.set_lots(1)?;
    Ok(())
}

fn two_fields_at_once(mut w: MarketWriter) -> Result {
    let mut title = w.title_mut();
    let mut last = w.last_mut();
    title.push('x')?;
    last.set_lots(1)?;
    Ok(())
}

fn two_fields_of_a_struct(mut w: MarketWriter) -> Result {
    let mut last = w.last_mut();
    let mut who = last.who_mut();
    last.set_lots(1)?;
    who.push('x')?;
    Ok(())
}

fn parent_while_nested(mut w: MarketWriter) -> Result {
    let mut trades = w.trades_mut();
    let mut first = trades.get_mut(0)?.unwrap();
    trades.remove(0)?;
    first.set_lots(1)?;
    Ok(())
}

fn read_through_a_proxy_that_changes(mut w: MarketWriter) -> Result {
    let mut last = w.last_mut();
    let read = last.as_ref()?;
    last.set_lots(1)?;
    read.lots()?;
    Ok(())
}

fn read_proxy_over_refresh(r: MarketReader) -> Result {
    let mut view = r.pin()?;
    let last = view.last();
    view.refresh()?;
    last.lots()?;
    Ok(())
}

fn read_proxy_after_view(r: MarketReader) -> Result {
    let last = {
        let view = r.pin()?;
        view.last()
    };
    last.lots()?;
    Ok(())
}

fn element_proxy_after_view(r: MarketReader) -> Result {
    let first = {
        let view = r.pin()?;
        view.trades().get(0)?.unwrap()
    };
    first.lots()?;
    Ok(())
}

fn read_closure_returns_a_proxy(r: MarketReader) -> Result {
    let last = r.read(|view| Ok(view.last()))?;
    last.lots()?;
    Ok(())
}

fn proxy_after_a_transaction(mut w: MarketWriter) -> Result {
    let mut kept = None;
    w.transaction(|tx| {
        kept = Some(tx.last_mut());
        Ok(())
    })?;
    drop(kept);
    Ok(())
}

fn swapped_transactions(mut w: MarketWriter, mut v: MarketWriter) -> Result {
    w.transaction(|a| {
        v.transaction(|b| {
            std::mem::swap(a, b);
            Ok(())
        })
    })?;
    Ok(())
}

fn a_kept_temporary(mut w: MarketWriter) -> Result {
    let mut who = w.last_mut().who_mut();
    who.push('x')?;
    Ok(())
}

fn what_is_kept_by_value(mut w: MarketWriter, r: MarketReader) -> Result {
    // These are right.
    let mut who = w.last_mut().into_who();
    who.push('x')?;
    let view = r.pin()?;
    let notes = view.last().notes();
    println!("{} {:?}", notes.len()?, view.trades().get(0)?.map(|first| first.lots()));
    let _: WriterOptions<Market, MarketWriter> = MarketWriter::options();
    Ok(())
}

fn main() {}
