//! Order books that one process changes as fast as it can, while others look prices up and keep views.
//!
//! `cargo run --release --example orderbook` starts a writer and four readers, and ends by itself. By
//! hand, in as many terminals as you like:
//!
//! `orderbook write FILE`, `orderbook look FILE SYMBOL` and `orderbook keep FILE`
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{env, fmt, thread};

use commy::{Growable, WaitOutcome, WriterState, create_reader, create_writer};

#[create_writer(filename = "orderbook.bin", growable)]
#[create_reader(filename = "orderbook.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Market {
    /// How many orders came in since the start.
    orders: u64,
    instruments: HashMap<String, Instrument>,
    /// The latest trades, the oldest first.
    trades: VecDeque<Trade>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Instrument {
    /// The lots that wait at each price, in ticks.
    bids: BTreeMap<u64, u64>,
    asks: BTreeMap<u64, u64>,
    /// All lots of both sides: who reads a level without the other half of its change would see it.
    waiting: u64,
}

#[derive(Debug, Clone, PartialEq, Growable)]
struct Trade {
    /// Counts all trades.
    number: u64,
    symbol: String,
    price: u64,
    lots: u64,
    taker: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Growable)]
enum Side {
    Buy,
    Sell,
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const SYMBOLS: [&str; 8] = ["ADA", "BRK.B", "EURUSD", "GOLD", "NVDA", "OIL", "SPX", "ZINC"];
/// How many trades are kept.
const LATEST: usize = 1000;
/// Prices go at random, but not farther than this from the middle.
const SPREAD: u64 = 200;
const MIDDLE: u64 = 10_000;
/// How long the writer goes on.
const TIME: Duration = Duration::from_secs(4);

// ---- The process that writes.

fn write(path: &Path) -> Outcome {
    let mut market = MarketWriter::create_at(path)?;
    // It begins anew, also when the file is there.
    let nothing = Instrument::default();
    market.publish(&Market {
        instruments: SYMBOLS.map(|symbol| (symbol.into(), nothing.clone())).into(),
        ..Market::default()
    })?;
    let (mut random, mut trades) = (Random(0x5eed), 0);
    let (start, mut told) = (Instant::now(), Instant::now());
    let (mut before, mut count) = (0, 0_u64);
    while start.elapsed() < TIME {
        // Each order is a transaction: readers see all that it changes, or nothing of it.
        for _ in 0..100 {
            let order = Order::at_random(&mut random);
            trades = market.try_transaction(|tx| place(tx, &order, trades))?;
            count += 1;
        }
        if told.elapsed() >= Duration::from_secs(1) {
            let stats = market.file().stats();
            println!(
                "writer: {} orders in a second; {} in use, {} of garbage, the file has {}",
                count - before,
                Bytes(stats.live),
                Bytes(stats.garbage),
                Bytes(stats.file_len)
            );
            (told, before) = (Instant::now(), count);
        }
    }
    println!("writer: {count} orders, {trades} trades");
    Ok(())
}

struct Order {
    symbol: &'static str,
    side: Side,
    price: u64,
    lots: u64,
}

impl Order {
    fn at_random(random: &mut Random) -> Self {
        let at = random.below(SYMBOLS.len() as u64) as usize;
        let symbol = SYMBOLS.get(at).copied().unwrap_or_default();
        let (away, beyond) = (random.below(SPREAD), random.below(SPREAD / 4));
        let (side, price) = match random.below(2) {
            0 => (Side::Buy, MIDDLE - away + beyond),
            _ => (Side::Sell, MIDDLE + away - beyond),
        };
        Self { symbol, side, price, lots: 1 + random.below(50) }
    }
}

/// Takes what the other side offers at the order's price; the rest of its lots wait. Returns how many
/// trades there were since the start.
fn place(tx: &mut MarketTransaction<'_>, order: &Order, mut trades: u64) -> Outcome<u64> {
    let Order { symbol, side, price, lots: mut open } = *order;
    let mut done = Vec::new();
    let mut instruments = tx.instruments_mut();
    let mut book = instruments.get_mut(symbol)?.ok_or("an instrument that is not there")?;
    while open > 0 {
        let best = match side {
            Side::Buy => book.asks()?.first_key_value()?.filter(|(ask, _)| *ask <= price),
            Side::Sell => book.bids()?.last_key_value()?.filter(|(bid, _)| *bid >= price),
        };
        let Some((at, offered)) = best else { break };
        let taken = open.min(offered);
        let mut offers = match side {
            Side::Buy => book.asks_mut(),
            Side::Sell => book.bids_mut(),
        };
        if taken == offered {
            offers.discard(at)?;
        } else {
            offers.insert(at, offered - taken)?;
        }
        done.push((at, taken));
        open -= taken;
    }
    if open > 0 {
        let mut level = match side {
            Side::Buy => book.bids_mut(),
            Side::Sell => book.asks_mut(),
        };
        level.entry(price)?.or_default()?.update(|waiting| *waiting += open)?;
    }
    let taken: u64 = done.iter().map(|(_, lots)| lots).sum();
    let waiting = book.waiting()?;
    book.set_waiting(waiting - taken + open)?;

    let mut log = tx.trades_mut();
    for (price, lots) in done {
        let trade = Trade { number: trades, symbol: symbol.into(), price, lots, taker: side };
        log.push_back(&trade)?;
        trades += 1;
        if log.len()? > LATEST {
            log.pop_front()?;
        }
    }
    let orders = tx.orders()?;
    tx.set_orders(orders + 1)?;
    Ok(trades)
}

// ---- Processes that read.

fn open(path: &Path) -> Outcome<MarketReader> {
    let patience = Duration::from_secs(60);
    let market = MarketReader::options().path(path).open_wait(patience)?;
    // The file is there before its first value is.
    match market.wait_newer(0, patience) {
        WaitOutcome::Newer(_) => Ok(market),
        outcome => Err(format!("no writer has begun: {outcome:?}").into()),
    }
}

/// Looks the best prices of one instrument up, again and again.
fn look(path: &Path, symbol: &str) -> Outcome {
    let market = open(path)?;
    let (mut looks, mut runs, mut both) = (0_u64, 0_u64, 0_u64);
    while market.file().writer_state() == WriterState::Alive {
        for _ in 0..1000 {
            // No lock, no system call. What the writer overtakes runs once more.
            let best = market.read(|view| {
                runs += 1;
                let Some(book) = view.instruments().get(symbol)? else { return Ok(None) };
                let bid = book.bids().last_key_value()?;
                let ask = book.asks().first_key_value()?;
                Ok(bid.zip(ask))
            })?;
            looks += 1;
            if let Some(((bid, _), (ask, _))) = best {
                both += 1;
                if bid >= ask {
                    return Err(format!("{symbol}: {bid} is bid, and {ask} asked").into());
                }
            }
        }
    }
    let again = runs - looks;
    println!("look {symbol}: {looks} looks, {both} with both sides, {again} run once more");
    Ok(())
}

/// Keeps a view for a second, then the next one: whatever the writer does, it stays as it was.
fn keep(path: &Path) -> Outcome {
    let market = open(path)?;
    let (mut kept, mut lots) = (0, 0);
    while market.file().writer_state() == WriterState::Alive {
        let view = market.pin()?;
        let first = examine(&view)?;
        thread::sleep(Duration::from_secs(1));
        let second = examine(&view)?;
        if first != second {
            return Err("a view that was kept has changed".into());
        }
        (kept, lots) = (kept + 1, lots + first.lots);
        println!("keep: {first}; {} orders later it is the same", market.orders()? - first.orders);
    }
    println!("keep: {kept} views, {lots} lots, all sound");
    Ok(())
}

/// Walks through all of a view, which is of one moment; an error if anything is not.
fn examine(view: &MarketView<'_>) -> Outcome<Examined> {
    let mut found = Examined { orders: view.orders()?, ..Examined::default() };
    for entry in view.instruments() {
        let (symbol, book) = entry?;
        let levels = book.bids().values().chain(book.asks().values());
        let (mut lots, mut count) = (0, 0);
        for level in levels {
            (lots, count) = (lots + level?, count + 1);
        }
        if lots != book.waiting()? {
            return Err(format!("{symbol}: {lots} lots wait, not {}", book.waiting()?).into());
        }
        (found.lots, found.levels) = (found.lots + lots, found.levels + count);
    }
    let mut last: Option<u64> = None;
    for trade in view.trades() {
        let number = trade?.number()?;
        if last.is_some_and(|last| number != last + 1) {
            return Err(format!("trade {number} follows {last:?}").into());
        }
        (last, found.trades) = (Some(number), found.trades + 1);
    }
    if found.trades > LATEST { Err("more trades than are kept".into()) } else { Ok(found) }
}

#[derive(Debug, Default, PartialEq)]
struct Examined {
    orders: u64,
    levels: usize,
    lots: u64,
    trades: usize,
}

impl fmt::Display for Examined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { orders, levels, lots, trades } = self;
        write!(f, "order {orders}: {lots} lots at {levels} prices, {trades} latest trades")
    }
}

struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB", self.0 / 1024)
    }
}

/// The same numbers at each start (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

// ---- All of them.

fn all() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join(MarketWriter::FILENAME);
    let start = |arguments: &[&str]| -> Outcome<Child> {
        let mut program = Command::new(env::current_exe()?);
        program.args(arguments.first()).arg(&path).args(arguments.get(1));
        Ok(program.spawn()?)
    };
    let readers = [&["look", "EURUSD"][..], &["look", "GOLD"], &["look", "TULIPS"], &["keep"]];
    let mut programs = readers.iter().map(|reader| start(reader)).collect::<Outcome<Vec<_>>>()?;
    programs.push(start(&["write"])?);
    let ends = programs.iter_mut().map(Child::wait).collect::<Result<Vec<_>, _>>()?;
    if ends.iter().all(|end| end.success()) { Ok(()) } else { Err("one of them has failed".into()) }
}

fn main() -> Outcome {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => all(),
        ["write", path] => write(path.as_ref()),
        ["look", path, symbol] => look(path.as_ref(), symbol),
        ["keep", path] => keep(path.as_ref()),
        _ => Err("usage: orderbook [write FILE | look FILE SYMBOL | keep FILE]".into()),
    }
}
