//! Ordered maps and sets in growable records, through files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "boxes of containers are kinds, too")]

use core::cmp::Ordering;
use core::panic::AssertUnwindSafe;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;

use commy::growable::btree_map::Entry;
use commy::{Growable, Mappable, WriteError, create_reader, create_writer};

#[derive(Mappable, Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
struct Quote {
    bid: f64,
    ask: f64,
}

/// Ordered by the time, the latest first; which of the bids of one time does not matter.
#[derive(Growable, Debug, Clone, PartialEq, Eq, Default)]
struct Bid {
    time: u64,
    who: String,
}

impl Ord for Bid {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(self.who != "unlucky" && other.who != "unlucky", "an order that panics");
        (other.time, &other.who).cmp(&(self.time, &self.who))
    }
}

impl PartialOrd for Bid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A directory: recursion through a map.
#[derive(Growable, Debug, Clone, PartialEq, Default)]
struct Directory {
    files: BTreeMap<String, u64>,
    directories: BTreeMap<String, Directory>,
}

#[create_writer(filename = "market.bin", growable)]
#[create_reader(filename = "market.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Market {
    quotes: BTreeMap<String, Quote>,
    bids: BTreeMap<Bid, u32>,
    late: BTreeSet<Bid>,
    root: Directory,
    ids: BTreeMap<u64, Vec<u32>>,
    flags: BTreeSet<(u8, bool, char)>,
    maybe: Option<Box<BTreeMap<i32, String>>>,
}

fn bid(time: u64, who: &str) -> Bid {
    Bid { time, who: who.into() }
}

fn quote(bid: f64) -> Quote {
    Quote { bid, ask: bid + 1.0 }
}

fn market() -> (tempfile::TempDir, MarketWriter, MarketReader) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("market.bin");
    let writer = MarketWriter::create_at(&path).unwrap();
    let reader = MarketReader::open_at(&path).unwrap();
    (dir, writer, reader)
}

#[test]
fn a_reader_looks_up_by_text_and_by_number() {
    let (_dir, mut w, r) = market();
    w.quotes_mut().insert("EURUSD", quote(1.0)).unwrap();
    w.ids_mut().insert(7, &[1, 2]).unwrap();
    w.flags_mut().insert((1, true, 'x')).unwrap();
    assert_eq!(r.quotes().get("EURUSD").unwrap(), Some(quote(1.0)));
    assert_eq!(r.quotes().get("EURUS").unwrap(), None);
    assert_eq!(r.ids().get(7).unwrap(), Some(vec![1, 2]));
    assert!(r.flags().contains((1, true, 'x')).unwrap());
    assert!(!r.flags().contains((1, false, 'x')).unwrap());
    w.ids_mut().get_mut(7).unwrap().unwrap().push(3).unwrap();
    w.quotes_mut().get_mut("EURUSD").unwrap().unwrap().update(|quote| quote.bid = 9.0).unwrap();
    assert_eq!(r.ids().first_key_value().unwrap(), Some((7, vec![1, 2, 3])));
    assert_eq!(r.quotes().get("EURUSD").unwrap().unwrap().bid, 9.0);
    r.pin().unwrap().verify().unwrap();
}

#[test]
fn a_view_walks_in_order_and_by_ranges() {
    let (_dir, mut w, r) = market();
    let names: Vec<String> = (0..500).map(|n| format!("{:03}", n * 7 % 500)).collect();
    w.quotes_mut().extend(names.iter().map(|name| (name.as_str(), quote(1.0)))).unwrap();
    assert_eq!(w.file().generation(), 1, "one publish");
    let view = r.pin().unwrap();
    let keys: Vec<String> = view.quotes().keys().collect::<Result<_, _>>().unwrap();
    assert!(keys.is_sorted() && keys.len() == 500);
    let some: Vec<String> =
        view.quotes().range("100".."103").map(|entry| entry.unwrap().0).collect();
    assert_eq!(some, ["100", "101", "102"]);
    let last: Vec<String> =
        view.quotes().range("497"..).rev().map(|entry| entry.unwrap().0).collect();
    assert_eq!(last, ["499", "498", "497"]);
    assert_eq!(view.quotes().range(..="003").count(), 4);
    let refused = catch_unwind(AssertUnwindSafe(|| view.quotes().range("b".."a").count()));
    assert!(refused.is_err());
    let mut visited = Vec::new();
    view.quotes().for_each(|key, _| visited.push(key.clone())).unwrap();
    assert_eq!(visited, keys);
}

#[test]
fn a_reversed_order_is_that_in_the_file() {
    let (_dir, mut w, r) = market();
    let twin: BTreeMap<Bid, u32> =
        (0..300).map(|n| (bid(u64::from(n * 31 % 300), "me"), n)).collect();
    for (key, value) in &twin {
        w.bids_mut().insert(key, *value).unwrap();
        w.late_mut().insert(key).unwrap();
    }
    let view = r.pin().unwrap();
    let times: Vec<u64> = view.bids().keys().map(|key| key.unwrap().time().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a > b) && times.len() == 300);
    assert_eq!(view.bids().load().unwrap(), twin);
    assert_eq!(view.bids().get(&bid(17, "me")).unwrap(), twin.get(&bid(17, "me")).copied());
    let (start, end) = (bid(9, "z"), bid(3, "a"));
    let expected = twin.range(&start..&end).count();
    assert_eq!((view.bids().range(&start..&end).count(), expected), (7, 7));
    view.verify().unwrap();
    assert_eq!(w.late_mut().pop_first().unwrap(), Some(bid(299, "me")));
}

#[test]
fn an_order_that_panics_leaves_nothing() {
    let (_dir, mut w, r) = market();
    for n in 0..100 {
        w.bids_mut().insert(&bid(n, "me"), 1).unwrap();
    }
    let before = (w.file().generation(), r.snapshot().unwrap());
    let panicked = catch_unwind(AssertUnwindSafe(|| w.bids_mut().insert(&bid(5, "unlucky"), 1)));
    assert!(panicked.is_err());
    assert_eq!((w.file().generation(), r.snapshot().unwrap()), before);
    let caught = w.transaction(|tx| {
        tx.quotes_mut().insert("x", quote(1.0))?;
        let _ = catch_unwind(AssertUnwindSafe(|| tx.bids_mut().insert(&bid(5, "unlucky"), 1)));
        Ok(())
    });
    assert!(matches!(caught, Err(WriteError::Aborted)), "{caught:?}");
    assert_eq!((w.file().generation(), r.snapshot().unwrap()), before);
    w.bids_mut().insert(&bid(5, "lucky"), 1).unwrap();
    r.pin().unwrap().verify().unwrap();
}

#[test]
fn a_tree_of_directories_grows_through_its_maps() {
    let (_dir, mut w, r) = market();
    let usr = w.root_mut().into_directories().into_entry("usr").unwrap().or_default().unwrap();
    let bin = usr.into_directories().into_entry("bin").unwrap().or_default().unwrap();
    let mut files = bin.into_files();
    files.insert("ls", 100).unwrap();
    files.insert("cat", 7).unwrap();
    files.entry("ls").unwrap().and_modify(|size| *size += 1).unwrap().or_insert(0).unwrap();
    let all = r.snapshot().unwrap();
    let bin = &all.root.directories["usr"].directories["bin"];
    assert_eq!(bin.files, BTreeMap::from([("cat".into(), 7), ("ls".into(), 101)]));
    let view = r.pin().unwrap();
    let usr = view.root().directories().get("usr").unwrap().unwrap();
    assert_eq!(usr.directories().len().unwrap(), 1);
    view.verify().unwrap();
}

#[test]
fn entries_are_occupied_or_vacant() {
    let (_dir, mut w, r) = market();
    let mut ids = w.ids_mut();
    let Entry::Vacant(vacant) = ids.entry(3).unwrap() else { panic!("nothing is there") };
    vacant.insert(&[1]).unwrap().push(2).unwrap();
    let Entry::Occupied(occupied) = ids.entry(3).unwrap() else { panic!("it was inserted") };
    assert_eq!(occupied.key().unwrap(), 3);
    assert_eq!(occupied.remove().unwrap(), [1, 2]);
    assert!(r.ids().is_empty().unwrap());
    assert!(!ids.discard(3).unwrap());
    assert_eq!(ids.replace(4, &[9]).unwrap(), None);
    assert_eq!(ids.replace(4, &[8]).unwrap(), Some(vec![9]));
}

#[test]
fn what_changes_nothing_publishes_nothing() {
    let (_dir, mut w, _r) = market();
    w.flags_mut().insert((1, true, 'x')).unwrap();
    let before = w.file().generation();
    assert!(!w.flags_mut().insert((1, true, 'x')).unwrap());
    assert!(!w.flags_mut().remove((2, true, 'x')).unwrap());
    w.quotes_mut().clear().unwrap();
    w.quotes_mut().retain(|_, _| false).unwrap();
    assert_eq!(w.quotes_mut().remove("x").unwrap(), None);
    assert_eq!(w.ids_mut().pop_last().unwrap(), None);
    let now = w.snapshot().unwrap();
    w.publish(&now).unwrap();
    assert_eq!(w.file().generation(), before);
}

#[test]
fn an_update_writes_what_differs() {
    let (_dir, mut w, r) = market();
    let names: Vec<String> = (0..1000).map(|n| format!("name of {n}")).collect();
    w.quotes_mut().extend(names.iter().map(|name| (name.as_str(), quote(1.0)))).unwrap();
    w.update(|market| {
        market.quotes.remove("name of 7");
        market.quotes.insert("new".into(), quote(2.0));
        market.quotes.get_mut("name of 9").unwrap().bid = 3.0;
        market.maybe = Some(Box::new(BTreeMap::from([(-1, "a".into())])));
    })
    .unwrap();
    assert_eq!(r.snapshot().unwrap(), w.snapshot().unwrap());
    assert_eq!(r.quotes().len().unwrap(), 1000);
    assert_eq!(r.quotes().get("name of 9").unwrap().unwrap().bid, 3.0);
    let view = r.pin().unwrap();
    view.verify().unwrap();
    let copy = _dir.path().join("copy.bin");
    view.save_as(&copy).unwrap();
    let other = MarketReader::open_at(&copy).unwrap();
    other.pin().unwrap().verify().unwrap();
    assert_eq!(other.snapshot().unwrap(), w.snapshot().unwrap());
}

#[test]
fn a_thinned_map_can_be_compacted() {
    let (_dir, mut w, r) = market();
    let names: Vec<String> =
        (0..20_000).map(|n| format!("a rather long name of the number {n}")).collect();
    w.quotes_mut().extend(names.iter().map(|name| (name.as_str(), quote(1.0)))).unwrap();
    w.transaction(|tx| {
        for name in names.iter().filter(|name| !name.ends_with('7')) {
            assert!(tx.quotes_mut().discard(name)?);
        }
        Ok(())
    })
    .unwrap();
    while w.compact(1 << 20).unwrap().is_unfinished() {}
    assert_eq!(r.quotes().len().unwrap(), 2000);
    r.pin().unwrap().verify().unwrap();
    assert_eq!(w.file().stats().leaked, 0);
}

type Change = fn(&mut MarketTransaction<'_>) -> Result<(), WriteError>;

/// Every call on the maps of a record, whatever it returns.
fn call_all(w: &mut MarketWriter, r: &MarketReader) {
    let _ = r.snapshot();
    let _ = r.quotes().get("name 17");
    let _ = r.flags().contains((3, true, 'x'));
    let _ = r.ids().last_key_value();
    let _ = r.read(|view| {
        let _ = view.verify();
        let _ = view.quotes().iter().filter(|entry| entry.is_ok()).count();
        let _ = view.quotes().range("name 2".."name 4").rev().count();
        let _ = view.ids().for_each(|_, list| drop(list.load()));
        let _ = view.flags().iter().rev().count();
        Ok(())
    });
    let _ = w.transaction(|tx| -> Result<(), WriteError> {
        tx.quotes_mut().insert("name 30", quote(4.0))?;
        tx.quotes_mut().insert("name 30 and more than lies in a cell", quote(4.0))?;
        tx.ids_mut().get_mut(5)?.map_or(Ok(()), |mut list| list.push(1))?;
        for number in 0..20 {
            tx.ids_mut().remove(number)?;
        }
        Err(WriteError::Aborted)
    });
    let changes: [Change; 5] = [
        |tx| tx.quotes_mut().retain(|key, _| key.len() % 2 == 0),
        |tx| tx.flags_mut().pop_last().map(drop),
        |tx| tx.flags_mut().extend((0..40).map(|n| (n, false, 'y'))),
        |tx| tx.quotes_mut().split_off("name 2").map(drop),
        |tx| tx.quotes_mut().clear(),
    ];
    for change in changes {
        let _ = w.transaction(|tx| change(tx).and(Err::<(), _>(WriteError::Aborted)));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_changed_word_of_a_map_makes_a_call_panic_or_stay() {
    use std::os::unix::fs::FileExt as _;

    let (dir, mut w, r) = market();
    let path = dir.path().join("market.bin");
    let names: Vec<String> = (0..60).map(|n| format!("name {n}")).collect();
    w.transaction(|tx| {
        tx.quotes_mut().extend(names.iter().map(|name| (name.as_str(), quote(1.0))))?;
        tx.ids_mut().extend((0..70).map(|n| (n, [1, 2].as_slice())))?;
        tx.flags_mut().extend((0..200).map(|n| (n, true, 'x')))
    })
    .unwrap();
    let all = r.snapshot().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let start = u64::from_ne_bytes(bytes[176..184].try_into().unwrap()) as usize;
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let words = (start..bytes.len()).step_by(8);
    let mut tried = 0;
    for (turn, at) in words.filter(|at| bytes[*at..at + 8] != [0; 8]).enumerate() {
        let word = u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
        let changed = [0, u64::MAX, word ^ 1 << (turn % 64), word.rotate_left(8), start as u64];
        file.write_all_at(&changed[turn % changed.len()].to_ne_bytes(), at as u64).unwrap();
        call_all(&mut w, &r);
        file.write_all_at(&bytes[at..at + 8], at as u64).unwrap();
        tried += 1;
    }
    assert!(tried > 500, "{tried} words");
    assert_eq!(r.snapshot().unwrap(), all, "nothing of it was published");
    r.pin().unwrap().verify().unwrap();
}
