//! Lists in records that grow, as users write them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use commy::growable::Convert;
use commy::{Growable, Mappable, ReadError, WriteError, create_reader, create_writer};

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Quote {
    bid: f64,
    ask: f64,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Trade {
    who: String,
    lots: u32,
}

/// A value, and as many of its kind below it as there are.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Tree {
    value: u64,
    children: Vec<Tree>,
}

enum Millis {}

impl Convert<Duration> for Millis {
    type As = u64;

    fn to_stored(value: &Duration) -> u64 {
        value.as_millis() as u64
    }

    fn from_stored(stored: u64) -> Option<Duration> {
        Some(Duration::from_millis(stored))
    }
}

#[create_writer(filename = "market.bin", growable)]
#[create_reader(filename = "market.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Market {
    seq: u64,
    prices: Vec<f64>,
    raw: Vec<u8>,
    quotes: Vec<Quote>,
    names: Vec<String>,
    trades: Vec<Trade>,
    books: Vec<Vec<(u32, String)>>,
    frames: Vec<[u64; 40]>,
    tree: Tree,
    maybe: Option<Vec<String>>,
    pairs: [Vec<u32>; 2],
    #[commy(as = Vec<Millis>)]
    pauses: Vec<Duration>,
}

struct Place {
    _directory: tempfile::TempDir,
    path: std::path::PathBuf,
}

fn pair() -> (Place, MarketWriter, MarketReader) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("market.bin");
    let writer = MarketWriter::create_at(&path).unwrap();
    let reader = MarketReader::open_at(&path).unwrap();
    (Place { _directory: directory, path }, writer, reader)
}

fn trade(who: &str, lots: u32) -> Trade {
    Trade { who: who.into(), lots }
}

fn sample() -> Market {
    let leaf = |value| Tree { value, children: Vec::new() };
    Market {
        seq: 1,
        prices: (0..1000).map(f64::from).collect(),
        raw: (0..5000_u32).map(|byte| byte as u8).collect(),
        quotes: vec![Quote { bid: 1.0, ask: 2.0 }; 200],
        names: (0..300).map(|name| format!("the name with number {name}")).collect(),
        trades: vec![trade("Ada", 1), trade("a trader with a long name", 2)],
        books: vec![vec![(1, "one".into())], Vec::new(), vec![(2, "two".into()); 130]],
        frames: vec![[7; 40], [8; 40]],
        tree: Tree {
            value: 1,
            children: vec![leaf(2), Tree { value: 3, children: vec![leaf(4); 200] }],
        },
        maybe: Some(vec!["some".into()]),
        pairs: [vec![1, 2, 3], Vec::new()],
        pauses: vec![Duration::from_millis(1500)],
    }
}

#[test]
fn what_is_published_is_read_back_from_all_sides() {
    let (place, mut w, r) = pair();
    let market = sample();
    w.publish(&market).unwrap();
    assert_eq!(w.file().generation(), 1);
    assert_eq!(r.snapshot().unwrap(), market);
    assert_eq!(w.snapshot().unwrap(), market);
    let view = r.pin().unwrap();
    view.verify().unwrap();
    assert_eq!(view.snapshot().unwrap(), market);
    drop(w);
    let w = MarketWriter::create_at(&place.path).unwrap();
    assert_eq!(w.snapshot().unwrap(), market, "after a restart");
}

#[test]
fn a_reader_gives_values_and_a_view_gives_proxies() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    // Each call reads the newest generation.
    assert_eq!(r.prices().get(999).unwrap(), Some(999.0));
    assert_eq!(r.prices().get(1000).unwrap(), None);
    assert_eq!(r.names().first().unwrap().as_deref(), Some("the name with number 0"));
    assert_eq!(r.names().last().unwrap().as_deref(), Some("the name with number 299"));
    assert_eq!(r.trades().get(1).unwrap(), Some(trade("a trader with a long name", 2)));
    assert_eq!(r.books().get(0).unwrap(), Some(vec![(1, "one".into())]));
    assert_eq!(r.frames().last().unwrap(), Some([8; 40]));
    assert_eq!(r.tree().children().len().unwrap(), 2);
    assert_eq!(r.maybe().unwrap(), Some(vec!["some".into()]));
    assert_eq!(r.pauses().unwrap(), [Duration::from_millis(1500)]);
    assert!(r.names().contains("the name with number 7").unwrap());
    assert!(!r.names().contains("another").unwrap());
    assert_eq!(r.names().binary_search(&"a".into()).unwrap(), Err(0));
    let found = r.prices().binary_search_by(|price| price.total_cmp(&500.0)).unwrap();
    assert_eq!(found, Ok(500));
    let mut some = [0.0; 10];
    assert_eq!(r.prices().read_into(995, &mut some).unwrap(), 5);
    assert_eq!(some[..5], [995.0, 996.0, 997.0, 998.0, 999.0]);
    let mut range = vec![1.0];
    assert_eq!(r.prices().load_range(998.., &mut range).unwrap(), 2);
    // Behind the end, as far as a reader can know where that is.
    assert_eq!(r.prices().load_range(2000.., &mut range).unwrap(), 0);
    assert_eq!(r.prices().load_range(..0, &mut range).unwrap(), 0);
    assert_eq!(range, [1.0, 998.0, 999.0]);

    // One generation, and nothing is copied that is not asked for.
    let view = r.pin().unwrap();
    w.publish(&Market::default()).unwrap();
    assert!(r.names().is_empty().unwrap());
    let lots: u32 = view.trades().iter().map(|trade| trade.unwrap().lots().unwrap()).sum();
    assert_eq!(lots, 3);
    assert_eq!(view.books().get(2).unwrap().unwrap().len().unwrap(), 130);
    let second = view.tree().children().get(1).unwrap().unwrap();
    assert_eq!(second.value().unwrap(), 3);
    assert_eq!(second.children().iter().count(), 200);
    let grandchild = second.children().last().unwrap().unwrap();
    assert_eq!(grandchild.value().unwrap(), 4);
}

#[test]
fn iterators_go_from_both_ends_and_over_ranges() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let view = r.pin().unwrap();
    let values =
        |iter: commy::growable::VecIter<'_, f64>| iter.map(Result::unwrap).collect::<Vec<_>>();
    let expected: Vec<f64> = (0..1000).map(f64::from).collect();
    assert_eq!(values(view.prices().iter()), expected);
    let mut reversed: Vec<f64> = view.prices().iter().rev().map(Result::unwrap).collect();
    reversed.reverse();
    assert_eq!(reversed, expected);
    assert_eq!(values(view.prices().range(120..132)), expected[120..132]);
    assert_eq!(values(view.prices().range(990..)), expected[990..]);
    assert_eq!(values(view.prices().range(..=3)), expected[..=3]);
    assert_eq!(values(view.prices().range(2000..3000)), [0.0; 0]);
    for step in [1, 2, 5, 64, 65, 200, 999, 1000] {
        let stepped: Vec<f64> = view.prices().iter().step_by(step).map(Result::unwrap).collect();
        let twin: Vec<f64> = expected.iter().copied().step_by(step).collect();
        assert_eq!(stepped, twin, "{step}");
    }
    // From both ends in turn, until they meet.
    let (mut both, mut twin) = (view.prices().range(100..230), expected[100..230].iter());
    for turn in 0..200 {
        let (found, wanted) = match turn % 3 {
            0 => (both.next_back(), twin.next_back()),
            _ => (both.next(), twin.next()),
        };
        assert_eq!(found.transpose().unwrap(), wanted.copied(), "{turn}");
    }
}

#[test]
fn each_operation_is_one_publish_also_one_of_many_elements() {
    let (_place, mut w, _) = pair();
    let mut generation = 0;
    let mut published = |w: &MarketWriter, count: u64| {
        generation += count;
        assert_eq!(w.file().generation(), generation);
    };
    w.names_mut().extend(["a", "b", "c", "d"]).unwrap();
    published(&w, 1);
    w.names_mut().extend_from_slice(&["e".into()]).unwrap();
    published(&w, 1);
    w.names_mut().assign(&["a".into(), "b".into(), "c".into()]).unwrap();
    published(&w, 1);
    w.names_mut().retain(|name| name != "b").unwrap();
    published(&w, 1);
    w.names_mut().retain(|_| true).unwrap();
    w.names_mut().extend([]).unwrap();
    w.names_mut().truncate(9).unwrap();
    assert_eq!(w.names_mut().drain(1..1).unwrap(), [""; 0]);
    published(&w, 0);
    w.names_mut().resize(300, "more").unwrap();
    published(&w, 1);
    assert_eq!(w.names_mut().drain(2..299).unwrap().len(), 297);
    published(&w, 1);
    assert_eq!(w.names_mut().load().unwrap(), ["a", "c", "more"]);
    w.set_names(&["x".into()]).unwrap();
    w.set_names(&["x".into()]).unwrap();
    published(&w, 2);
    let market = w.snapshot().unwrap();
    w.publish(&market).unwrap();
    w.update(|_| ()).unwrap();
    published(&w, 0);
    w.update(|market| market.names.push("y".into())).unwrap();
    published(&w, 1);
    while let Some(_name) = w.names_mut().pop().unwrap() {
        w.set_seq(1).unwrap();
    }
    published(&w, 4);
}

#[test]
fn a_nested_proxy_is_a_way_that_outlives_its_publishes() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let tree = w.tree_mut();
    let mut children = tree.into_children();
    let second = children.get_mut(1).unwrap().unwrap();
    let mut grandchildren = second.into_children();
    for value in 0..10 {
        grandchildren.push(&Tree { value, children: Vec::new() }).unwrap();
        let last = r.tree().children().get(1).unwrap().unwrap().children;
        assert_eq!(last.last().unwrap().value, value);
        let mut first = grandchildren.get_mut(0).unwrap().unwrap();
        first.set_value(value).unwrap();
        first.children_mut().push(&Tree::default()).unwrap();
    }
    let snapshot = r.snapshot().unwrap();
    let grandchildren = &snapshot.tree.children[1].children;
    assert_eq!((grandchildren.len(), grandchildren[0].value), (210, 9));
    assert_eq!(grandchildren[0].children.len(), 10);
    assert_eq!(w.file().generation(), 31);

    let mut first = w.trades_mut().into_get_mut(0).unwrap().unwrap();
    first.set_lots(7).unwrap();
    first.who_mut().push_str(" Lovelace").unwrap();
    assert_eq!(first.load().unwrap(), trade("Ada Lovelace", 7));
    assert!(w.trades_mut().get_mut(2).unwrap().is_none());
}

#[test]
fn what_failed_or_panicked_leaves_nothing() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let refused = w.transaction(|tx| {
        tx.names_mut().clear()?;
        tx.books_mut().get_mut(0)?.unwrap().push((9, "nine"))?;
        tx.trades_mut().remove(0)?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert_eq!(refused, Err(WriteError::Aborted));
    assert_eq!(w.snapshot().unwrap(), sample());

    let names = ["a", "b"].into_iter().chain(core::iter::from_fn(|| panic!("no more names")));
    let panicked = catch_unwind(AssertUnwindSafe(|| w.names_mut().extend(names)));
    assert!(panicked.is_err());
    assert_eq!(w.snapshot().unwrap(), sample());

    // Caught inside: half of an operation is staged, and is not published.
    let caught = w.transaction(|tx| {
        let names = ["a", "b"].into_iter().chain(core::iter::from_fn(|| panic!("no more names")));
        let panicked = catch_unwind(AssertUnwindSafe(|| tx.names_mut().extend(names)));
        assert!(panicked.is_err());
        Ok(())
    });
    assert_eq!(caught, Err(WriteError::Aborted));
    assert_eq!(r.snapshot().unwrap(), sample());
    assert_eq!(w.file().generation(), 1);
}

#[test]
fn what_std_panics_for_panics_and_changes_nothing() {
    let (_place, mut w, _) = pair();
    w.names_mut().extend(["a", "b"]).unwrap();
    let mut panics = |call: &mut dyn FnMut(&mut MarketWriter)| {
        assert!(catch_unwind(AssertUnwindSafe(|| call(&mut w))).is_err());
        assert_eq!(w.names_mut().load().unwrap(), ["a", "b"]);
        assert_eq!(w.file().generation(), 1);
    };
    panics(&mut |w| drop(w.names_mut().remove(2)));
    panics(&mut |w| drop(w.names_mut().swap_remove(9)));
    panics(&mut |w| w.names_mut().set(2, "c").unwrap());
    panics(&mut |w| w.names_mut().insert(3, "c").unwrap());
    panics(&mut |w| w.names_mut().swap(0, 2).unwrap());
    panics(&mut |w| drop(w.names_mut().drain(1..3)));
}

/// The bytes that a change writes are in proportion to it, not to the list.
#[test]
fn a_change_costs_the_blocks_on_the_way() {
    let (_place, mut w, _) = pair();
    w.prices_mut().extend((0..100_000).map(f64::from)).unwrap();
    let replaced = |w: &mut MarketWriter, change: &mut dyn FnMut(&mut MarketWriter)| {
        let before = w.file().stats();
        change(w);
        let after = w.file().stats();
        assert_eq!(after.live.abs_diff(before.live) / 1024, 0, "at most one node more or less");
        after.garbage.saturating_sub(before.garbage)
    };
    let set = replaced(&mut w, &mut |w| w.prices_mut().set(50_000, 1.0).unwrap());
    let way = 2 * 1024 + 128;
    assert_eq!(set, way, "a chunk, the node above it, and the root with seven addresses");
    // The last chunk has the room that it needs; the first one more gets it twice as much.
    w.prices_mut().push(1.0).unwrap();
    let push = replaced(&mut w, &mut |w| w.prices_mut().push(1.0).unwrap());
    assert_eq!(push, 0, "in place, behind what readers see");
    let pop = replaced(&mut w, &mut |w| assert_eq!(w.prices_mut().pop().unwrap(), Some(1.0)));
    assert_eq!(pop, 0);
    let both = replaced(&mut w, &mut |w| {
        w.transaction(|tx| {
            tx.prices_mut().set(3, 1.0)?;
            tx.prices_mut().set(4, 1.0)?;
            tx.prices_mut().swap(5, 6)
        })
        .unwrap();
    });
    assert_eq!(both, way, "once for all of a transaction");
}

#[test]
fn a_small_list_takes_little_room_and_grows_by_doubling() {
    let (_place, mut w, _) = pair();
    w.set_seq(1).unwrap();
    let empty = w.file().stats().live;
    let mut rooms = Vec::new();
    for price in 0..200 {
        w.prices_mut().push(f64::from(price)).unwrap();
        rooms.push(w.file().stats().live - empty);
    }
    // The cell takes 16 bytes besides, in the record.
    assert_eq!(rooms[0], 32, "one word");
    rooms.dedup();
    assert_eq!(rooms[..6], [32, 64, 128, 256, 512, 1024]);
    assert!(rooms.len() <= 14, "{rooms:?}");
}

/// The chunks of a long list have full room from the start.
#[test]
fn a_chunk_of_a_long_list_is_not_copied_while_it_fills() {
    let (_place, mut w, _) = pair();
    w.prices_mut().extend((0..126 * 10).map(f64::from)).unwrap();
    let before = w.file().stats().garbage;
    for price in 0..126 {
        w.prices_mut().push(f64::from(price)).unwrap();
    }
    assert_eq!(w.file().stats().garbage, before, "nothing was replaced");
    assert_eq!(w.prices_mut().len().unwrap(), 126 * 11);
}

#[test]
fn lists_of_anything_may_be_given_up_and_made_again() {
    let (_place, mut w, r) = pair();
    w.set_seq(1).unwrap();
    let empty = w.file().stats().live;
    for _ in 0..3 {
        w.publish(&sample()).unwrap();
        assert!(w.file().stats().live > empty + 20_000);
        w.publish(&Market { seq: 1, ..Market::default() }).unwrap();
        assert_eq!(w.file().stats().live, empty, "all of it is given back");
    }
    assert_eq!(w.file().stats().leaked, 0);
    assert_eq!(r.snapshot().unwrap().names, [""; 0]);
}

/// What is most of the heap is read by every way there is.
#[test]
fn a_list_that_fills_the_heap_is_read_in_all_ways() {
    let (_place, mut w, r) = pair();
    let prices: Vec<f64> = (0..600_000).map(f64::from).collect();
    w.set_prices(&prices).unwrap();
    let stats = w.file().stats();
    assert!(stats.live * 10 > stats.file_len * 8, "{stats:?}");
    assert_eq!(r.prices().load().unwrap(), prices);
    let mut copy = vec![0.0; prices.len()];
    assert_eq!(r.prices().read_into(0, &mut copy).unwrap(), copy.len());
    assert_eq!(copy, prices);
    r.prices().load_into(&mut copy).unwrap();
    assert!(r.prices().contains(599_999.0).unwrap());
    assert_eq!(
        r.pin().unwrap().prices().iter().map(Result::unwrap).sum::<f64>(),
        prices.iter().sum::<f64>()
    );
    r.pin().unwrap().verify().unwrap();
    w.publish(&Market { prices, ..Market::default() }).unwrap();
    assert_eq!(w.file().generation(), 1, "all of it was compared");
    assert_eq!(w.prices_mut().remove(0).unwrap(), 0.0);
    w.prices_mut().insert(0, 7.0).unwrap();
    w.prices_mut().retain(|price| *price > 1.0).unwrap();
    assert_eq!(w.prices_mut().len().unwrap(), 599_999);
}

#[test]
fn errors_name_the_field_and_what_is_wrong() {
    let (_place, mut w, r) = pair();
    w.publish(&sample()).unwrap();
    let error = r.read(|view| {
        view.prices().iter().try_for_each(|price| {
            let price = price?;
            if price > 3.0 { Err(ReadError::Empty) } else { Ok(()) }
        })
    });
    assert!(matches!(error, Err(ReadError::Empty)), "errors of the closure's own come through");
    let small = MarketReader::options().path(&_place.path).max_load(1000).open().unwrap();
    let refused = small.prices().load().unwrap_err();
    assert!(matches!(refused, ReadError::TooLarge { .. }), "{refused}");
    assert_eq!(small.prices().get(3).unwrap(), Some(3.0));
}
