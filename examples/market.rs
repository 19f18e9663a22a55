//! Market data by symbol: a feed that changes 500 quotes as fast as it can, programs that look one up, and
//! one that sleeps until its own symbol has changed.
//!
//! A look-up through the reader touches the few keys on its way and one quote, not the table. Who waits
//! for one symbol is woken by each publish, and goes on sleeping unless that quote is another one.
//!
//! `cargo run --release --example market` runs for a few seconds. By hand: `market feed FILE`,
//! `market look FILE SYMBOL` and `market wait FILE SYMBOL`
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use commy::{
    FixedDeque, FixedMap, FixedSet, FixedString, Mappable, WaitOutcome, create_reader,
    create_writer,
};

type Symbol = FixedString<12>;

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Quote {
    /// In ticks.
    bid: u64,
    ask: u64,
    /// Counts the changes of this quote.
    changes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Trade {
    /// Counts all trades.
    number: u64,
    symbol: Symbol,
    price: u64,
}

#[create_writer(filename = "market.bin")]
#[create_reader(filename = "market.bin")]
struct Market {
    quotes: FixedMap<Symbol, Quote, 512>,
    /// The last trades, the oldest first.
    trades: FixedDeque<Trade, 64>,
    /// Symbols that are not traded at present.
    halted: FixedSet<Symbol, 32>,
    over: bool,
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const SYMBOLS: u64 = 500;
/// The feed changes others so much more often.
const RARE: &str = "EURUSD";
const TIME: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(60);

// ---- The feed.

fn symbol(number: u64) -> Outcome<Symbol> {
    Ok(format!("SYM{number:03}").as_str().try_into()?)
}

fn feed(path: &Path) -> Outcome {
    let mut market = MarketWriter::create_at(path)?;
    market.try_update(|market| -> Outcome {
        market.quotes.insert(RARE.try_into()?, Quote { bid: 100, ask: 101, changes: 0 })?;
        for number in 1..SYMBOLS {
            market.quotes.insert(symbol(number)?, Quote { bid: 100, ask: 101, changes: 0 })?;
        }
        Ok(())
    })?;
    let (mut random, mut count, mut rare) = (Random(0x5eed), 0_u64, 0_u64);
    let (start, mut told) = (Instant::now(), Instant::now());
    let symbols = (1..SYMBOLS).map(symbol).collect::<Outcome<Vec<_>>>()?;
    while start.elapsed() < TIME {
        for _ in 0..100 {
            let at = random.below(SYMBOLS - 1) as usize;
            let Some(symbol) = symbols.get(at) else { continue };
            change(&mut market, symbol, &mut random, &mut count)?;
        }
        // The one that somebody waits for: some forty times in all.
        if told.elapsed() > TIME / 40 {
            change(&mut market, &RARE.try_into()?, &mut random, &mut count)?;
            (told, rare) = (Instant::now(), rare + 1);
        }
    }
    market.set_over(true);
    println!("feed: {count} changes, {rare} of them of {RARE}");
    Ok(())
}

/// A new quote of a symbol, and the trade that it came with: one publish.
fn change(
    market: &mut MarketWriter,
    symbol: &Symbol,
    random: &mut Random,
    count: &mut u64,
) -> Outcome {
    let Some(mut quote) = market.get().quotes.get(symbol).copied() else { return Ok(()) };
    let price = 50 + random.below(100);
    *count += 1;
    quote = Quote { bid: price, ask: price + 1, changes: quote.changes + 1 };
    // Each costs what it changes: one quote, one trade. Nothing else is compared or copied.
    market.batch(|market| {
        market.insert_quotes(*symbol, quote)?;
        market.push_over_trades(Trade { number: *count, symbol: *symbol, price });
        Ok(())
    })
}

// ---- Programs that look.

fn open(path: &Path) -> Outcome<MarketReader> {
    let market = MarketReader::options().path(path).open_wait(PATIENCE)?;
    match market.wait_newer(0, PATIENCE) {
        WaitOutcome::Newer(_) => Ok(market),
        outcome => Err(format!("no feed has begun: {outcome:?}").into()),
    }
}

/// Looks one symbol up, again and again, and the last trades from time to time.
fn look(path: &Path, symbol: &str) -> Outcome {
    let market = open(path)?;
    let (mut looks, mut trades) = (0_u64, 0_u64);
    let mut last = [Trade::default(); 16];
    while !market.over()? {
        for _ in 0..1000 {
            let quote = market.quotes_get(symbol)?.ok_or("a symbol that is not there")?;
            if quote.ask != quote.bid + 1 {
                return Err(format!("{symbol}: {quote:?} is a mix").into());
            }
            looks += 1;
        }
        // The last sixteen of one generation: their numbers follow each other.
        let count = market.trades_last_into(&mut last)?;
        let last = last.get(..count).unwrap_or_default();
        let gap = last.iter().zip(last.iter().skip(1)).find(|(a, b)| b.number != a.number + 1);
        if let Some((before, after)) = gap {
            return Err(format!("{before:?} and then {after:?}").into());
        }
        trades += count as u64;
    }
    println!("look {symbol}: {looks} looks, {trades} trades, all sound");
    Ok(())
}

/// Sleeps until the quote of one symbol is another one.
fn wait(path: &Path, symbol: &str) -> Outcome {
    let market = open(path)?;
    let mut quote = market.quotes_get(symbol)?;
    let mut changes = 0_u64;
    while !market.over()? {
        let timeout = Duration::from_millis(100);
        if let WaitOutcome::Newer(_) =
            market.wait_changed_by(|market| market.quotes_get(symbol), &mut quote, timeout)?
        {
            changes += 1;
        }
    }
    println!("wait {symbol}: {changes} changes seen");
    Ok(())
}

// ---- All of them.

/// Numbers that are at random, and the same each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A process that does not outlive this one.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This program again, in another role.
fn start(role: &str, path: &Path, symbol: Option<&str>) -> Outcome<Running> {
    let mut command = Command::new(env::current_exe()?);
    Ok(Running(command.arg(role).arg(path).args(symbol).spawn()?))
}

fn direct() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join(MarketWriter::FILENAME);
    let mut all = [
        start("look", &path, Some("SYM007"))?,
        start("look", &path, Some(RARE))?,
        start("wait", &path, Some(RARE))?,
        start("feed", &path, None)?,
    ];
    let mut sound = true;
    for process in &mut all {
        sound &= process.0.wait()?.success();
    }
    if sound { Ok(()) } else { Err("a process has failed".into()) }
}

fn main() -> Outcome {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next().as_deref()) {
        (None, ..) => direct(),
        (Some("feed"), Some(path), None) => feed(Path::new(&path)),
        (Some("look"), Some(path), Some(symbol)) => look(Path::new(&path), symbol),
        (Some("wait"), Some(path), Some(symbol)) => wait(Path::new(&path), symbol),
        _ => Err("market [feed FILE | look FILE SYMBOL | wait FILE SYMBOL]".into()),
    }
}
