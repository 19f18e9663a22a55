//! Structs of one's own within records that grow.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::std_instead_of_core, reason = "imports what users would import")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use commy::{Growable, Mappable, ReadError, WriteError, create_reader, create_writer};

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Point {
    x: f32,
    y: f32,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Trade {
    who: String,
    lots: u32,
    /// Where it was made.
    place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Place {
    city: String,
    at: Point,
    #[commy(bytes)]
    map: Vec<u8>,
    #[commy(pod, id = "wrapping")]
    visits: std::num::Wrapping<u64>,
}

/// A tuple struct: its accessors are called by number, or as they are told.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Span(u64, #[commy(rename = "unit")] String);

/// A list without `Vec`.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Chain {
    name: String,
    next: Option<Box<Chain>>,
}

/// Larger than what lies in the root.
#[derive(Debug, Clone, PartialEq, Growable)]
struct Large {
    table: [u64; 100],
    title: String,
}

impl Default for Large {
    fn default() -> Self {
        Self { table: [0; 100], title: String::new() }
    }
}

#[create_writer(filename = "desk.bin", growable)]
#[create_reader(filename = "desk.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Desk {
    serial: u64,
    trade: Trade,
    last: Option<Trade>,
    boxed: Box<Trade>,
    span: Span,
    chain: Chain,
    large: Large,
}

struct Dir {
    _directory: tempfile::TempDir,
    path: std::path::PathBuf,
}

fn dir() -> Dir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("desk.bin");
    Dir { _directory: directory, path }
}

fn pair() -> (Dir, DeskWriter, DeskReader) {
    let dir = dir();
    let writer = DeskWriter::create_at(&dir.path).unwrap();
    let reader = DeskReader::open_at(&dir.path).unwrap();
    (dir, writer, reader)
}

fn trade() -> Trade {
    Trade {
        who: "somebody with a name of more than twelve bytes".into(),
        lots: 7,
        place: Some(Place {
            city: "Bern".into(),
            at: Point { x: 1.0, y: 2.0 },
            map: vec![3; 10_000],
            visits: std::num::Wrapping(4),
        }),
    }
}

fn chain(len: usize) -> Chain {
    let mut chain = Chain::default();
    for index in 0..len {
        chain = Chain { name: format!("link {index}"), next: Some(Box::new(chain)) };
    }
    chain
}

fn desk() -> Desk {
    let mut large = Large { title: "a large one".into(), ..Large::default() };
    large.table[99] = 1;
    Desk {
        serial: 1,
        trade: trade(),
        last: Some(trade()),
        boxed: Box::new(trade()),
        span: Span(5, "ms".into()),
        chain: chain(5),
        large,
    }
}

#[test]
fn a_new_struct_is_its_default() {
    let (_dir, mut w, r) = pair();
    w.set_serial(1).unwrap();
    assert_eq!(r.snapshot().unwrap(), Desk { serial: 1, ..Desk::default() });
    assert_eq!(r.trade().load().unwrap(), Trade::default());
    assert_eq!(r.large().load().unwrap(), Large::default());
    assert_eq!(r.large().title().unwrap(), "");
}

#[test]
fn a_value_goes_there_and_back_and_equal_values_publish_nothing() {
    let (_dir, mut w, r) = pair();
    w.publish(&desk()).unwrap();
    assert_eq!(r.snapshot().unwrap(), desk());
    assert_eq!(w.snapshot().unwrap(), desk());
    r.pin().unwrap().verify().unwrap();
    w.publish(&desk()).unwrap();
    assert_eq!(w.file().generation(), 1);
    let mut value = Desk::default();
    r.snapshot_into(&mut value).unwrap();
    assert_eq!(value, desk());
    drop(w);
    let w = DeskWriter::create_at(&_dir.path).unwrap();
    assert_eq!(w.snapshot().unwrap(), desk(), "the file is opened with the same schema");
}

#[test]
fn each_field_is_read_where_it_stands() {
    let (_dir, mut w, r) = pair();
    w.publish(&desk()).unwrap();
    // A reader has places in the root only, and a struct is one.
    assert_eq!(r.trade().who().unwrap(), trade().who);
    assert_eq!(r.trade().lots().unwrap(), 7);
    assert_eq!(r.trade().place().unwrap(), trade().place, "behind an option: a value");
    assert_eq!(r.boxed().unwrap(), desk().boxed);
    assert_eq!(r.last().unwrap(), desk().last);
    assert_eq!(r.span().field_0().unwrap(), 5);
    assert_eq!(r.span().unit().unwrap(), "ms");
    assert_eq!(r.large().table().unwrap()[99], 1);
    assert_eq!(r.large().title().unwrap(), "a large one");
    // In a view all of it is there.
    let view = r.pin().unwrap();
    let place = view.trade().place().unwrap().unwrap();
    assert_eq!(place.city().unwrap(), "Bern");
    assert_eq!(place.at().unwrap(), Point { x: 1.0, y: 2.0 });
    assert_eq!(place.map().len().unwrap(), 10_000);
    assert_eq!(place.visits().unwrap().0, 4);
    assert_eq!(place.load().unwrap(), trade().place.unwrap());
    assert_eq!(view.boxed().unwrap().get().unwrap().lots().unwrap(), 7);
    let copy = view.trade();
    let kept = copy;
    assert_eq!((copy.lots().unwrap(), kept.who().unwrap()), (7, trade().who));
    assert_eq!(format!("{copy:?}"), "TradeRef");
    // What is read without a pin counts as a whole or not at all.
    let (who, lots) = r.read(|view| Ok((view.trade().who()?, view.trade().lots()?))).unwrap();
    assert_eq!((who, lots), (trade().who, 7));
}

#[test]
fn a_chain_is_walked_by_its_proxies() {
    let (_dir, mut w, r) = pair();
    w.chain_mut().assign(&chain(20)).unwrap();
    let view = r.pin().unwrap();
    let (mut at, mut names) = (view.chain(), Vec::new());
    loop {
        names.push(at.name().unwrap());
        let Some(next) = at.next().unwrap() else { break };
        at = next.get().unwrap();
    }
    assert_eq!(names.len(), 21);
    assert_eq!(
        (names[0].as_str(), names[19].as_str(), names[20].as_str()),
        ("link 19", "link 0", "")
    );
    assert_eq!(view.chain().load().unwrap(), chain(20));
}

#[test]
fn each_field_is_changed_where_it_stands() {
    let (_dir, mut w, r) = pair();
    let mut expected = Desk::default();
    w.trade_mut().set_who("Ada").unwrap();
    w.trade_mut().who_mut().push_str(" Lovelace").unwrap();
    w.trade_mut().set_lots(3).unwrap();
    expected.trade = Trade { who: "Ada Lovelace".into(), lots: 3, place: None };
    assert_eq!((w.file().generation(), r.snapshot().unwrap()), (3, expected.clone()));
    // Deeper, and through a proxy that is kept.
    let mut trade = w.trade_mut();
    let mut place = trade.place_mut();
    place.insert(&Place::default()).unwrap().set_city("London").unwrap();
    let mut place = place.into_mut().unwrap().unwrap();
    place.map_mut().extend_from_slice(&[1, 2, 3]).unwrap();
    place.set_map(&[4, 5]).unwrap();
    place.set_visits(std::num::Wrapping(9)).unwrap();
    place.at_mut().update(|at| at.x = 2.5).unwrap();
    assert_eq!(place.city().unwrap(), "London");
    assert_eq!(place.map().unwrap().load().unwrap(), [4, 5]);
    assert_eq!(place.visits().unwrap().0, 9);
    assert_eq!(place.as_ref().unwrap().at().unwrap().x, 2.5);
    let read = place.load().unwrap();
    place.into_city().push('!').unwrap();
    assert_eq!(read.city, "London");
    let city = "London!".into();
    expected.trade.place = Some(Place { city, ..read });
    assert_eq!(w.file().generation(), 10);
    // In a box that was never written, at any depth.
    w.boxed_mut().place_mut().insert(&Place::default()).unwrap().city_mut().push('x').unwrap();
    expected.boxed.place = Some(Place { city: "x".into(), ..Place::default() });
    // Apart from the root.
    w.large_mut().title_mut().push_str("large").unwrap();
    w.large_mut().set_table([7; 100]).unwrap();
    expected.large = Large { title: "large".into(), table: [7; 100] };
    w.span_mut().set_field_0(8).unwrap();
    w.span_mut().into_unit().push_str("ns").unwrap();
    expected.span = Span(8, "ns".into());
    assert_eq!(r.snapshot().unwrap(), expected);
    assert_eq!(w.snapshot().unwrap(), expected);
    r.pin().unwrap().verify().unwrap();
}

#[test]
fn a_struct_is_set_as_a_whole() {
    let (_dir, mut w, r) = pair();
    w.set_trade(&trade()).unwrap();
    w.set_last(Some(&trade())).unwrap();
    w.set_boxed(&trade()).unwrap();
    w.trade_mut().assign(&Trade { lots: 1, ..trade() }).unwrap();
    assert_eq!(w.file().generation(), 4);
    let seen = r.snapshot().unwrap();
    assert_eq!(seen.trade, Trade { lots: 1, ..trade() });
    assert_eq!((seen.last.as_ref(), seen.boxed.as_ref()), (Some(&trade()), &trade()));
    assert_eq!(w.last_mut().take().unwrap(), Some(trade()));
    assert_eq!(r.last().unwrap(), None);
}

#[test]
fn update_publishes_once_or_not_at_all() {
    let (_dir, mut w, r) = pair();
    w.publish(&desk()).unwrap();
    let told = w
        .trade_mut()
        .update(|trade| {
            trade.who.push('!');
            trade.lots += 1;
            trade.place.as_mut().unwrap().city.push('?');
            "told"
        })
        .unwrap();
    assert_eq!((told, w.file().generation()), ("told", 2));
    assert_eq!((r.trade().lots().unwrap(), r.trade().who().unwrap()), (8, trade().who + "!"));
    w.trade_mut().update(|_| ()).unwrap();
    w.trade_mut().update(|trade| trade.lots = 8).unwrap();
    assert_eq!(w.file().generation(), 2, "nothing differs");
    let before = w.snapshot().unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        w.trade_mut().update(|trade| {
            trade.lots = 0;
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((w.snapshot().unwrap(), r.snapshot().unwrap()), (before.clone(), before));
    w.set_serial(9).unwrap();
    assert_eq!(w.file().generation(), 3);
}

/// The blocks that are not changed are shared by both generations: a publish uses no room for them.
#[test]
fn what_does_not_differ_is_not_written() {
    let dir = dir();
    let mut w = DeskWriter::create_at(&dir.path).unwrap();
    let mut value = desk();
    value.trade.place.as_mut().unwrap().map = vec![1; 1 << 20];
    w.publish(&value).unwrap();
    // Holds each generation, so that no room is used again.
    let reader = DeskReader::open_at(&dir.path).unwrap();
    let views: Vec<_> = (0..8)
        .map(|round| {
            let view = reader.pin().unwrap();
            value.trade.who = format!("a name of more than twelve bytes, {round}");
            value.trade.lots += 1;
            match round % 2 {
                0 => w.publish(&value).unwrap(),
                _ => w.trade_mut().update(|trade| *trade = value.trade.clone()).unwrap(),
            }
            view
        })
        .collect();
    assert_eq!(reader.snapshot().unwrap(), value);
    assert_eq!(w.file().generation(), 9);
    let len = std::fs::metadata(&dir.path).unwrap().len();
    assert!(len < 2 << 20, "the megabyte is there once, and not nine times: {len}");
    drop(views);
}

#[test]
fn a_transaction_with_structs_is_seen_as_a_whole_or_not_at_all() {
    let (_dir, mut w, r) = pair();
    w.publish(&desk()).unwrap();
    let refused = w.transaction(|tx| {
        tx.trade_mut().set_lots(100)?;
        tx.trade_mut().place_mut().assign(None)?;
        assert_eq!((tx.trade().lots()?, tx.trade().place()?.is_none()), (100, true));
        tx.trade_mut().update(|trade| trade.who.clear())?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert_eq!(refused, Err(WriteError::Aborted));
    assert_eq!((r.snapshot().unwrap(), w.snapshot().unwrap()), (desk(), desk()));
    w.transaction(|tx| {
        tx.trade_mut().set_lots(100)?;
        tx.trade_mut().into_who().clear()?;
        tx.set_last(Some(&Trade::default()))
    })
    .unwrap();
    assert_eq!(w.file().generation(), 2);
    let expected = Desk {
        trade: Trade { lots: 100, who: String::new(), ..trade() },
        last: Some(Trade::default()),
        ..desk()
    };
    assert_eq!(r.snapshot().unwrap(), expected);
}

#[test]
fn a_pinned_view_keeps_its_structs() {
    let (_dir, mut w, r) = pair();
    w.publish(&desk()).unwrap();
    let view = r.pin().unwrap();
    let trade_then = view.trade();
    for round in 0..50 {
        w.trade_mut().who_mut().push_str("more and more ").unwrap();
        w.trade_mut().place_mut().as_mut().unwrap().unwrap().set_map(&[round; 3000]).unwrap();
        assert_eq!(trade_then.load().unwrap(), trade());
    }
    assert_eq!(view.snapshot().unwrap(), desk());
    assert_eq!(r.trade().place().unwrap().unwrap().map, [49; 3000]);
}

/// Another declaration: other names of types, the same names of fields.
mod elsewhere {
    use super::{Growable, create_reader};

    #[derive(Debug, PartialEq, Growable)]
    #[commy(ref = "DealView", mut = "DealEdit")]
    pub(crate) struct Deal {
        pub(crate) who: String,
        pub(crate) lots: u32,
    }

    #[create_reader(filename = "deals.bin", growable)]
    #[derive(Debug, PartialEq)]
    pub(crate) struct Deals {
        pub(crate) first: Deal,
    }

    #[create_reader(filename = "deals.bin", growable, name = "OddDealsReader")]
    #[derive(Debug)]
    pub(crate) struct OddDeals {
        pub(crate) first: Odd,
    }

    /// The fields in another order.
    #[derive(Debug, Growable)]
    pub(crate) struct Odd {
        pub(crate) lots: u32,
        pub(crate) who: String,
    }
}

#[derive(Debug, Clone, Default, Growable)]
struct Named {
    who: String,
    lots: u32,
}

#[create_writer(filename = "deals.bin", growable)]
struct Trades {
    first: Named,
}

#[test]
fn programs_agree_by_the_fields_of_structs_and_not_by_their_names() {
    let dir = dir();
    let mut w = TradesWriter::create_at(&dir.path).unwrap();
    w.first_mut().set_who("Grace").unwrap();
    w.first_mut().set_lots(2).unwrap();
    let reader = elsewhere::DealsReader::open_at(&dir.path).unwrap();
    let first: elsewhere::DealView<'_, _> = reader.first();
    assert_eq!(first.who().unwrap(), "Grace");
    let deal = elsewhere::Deal { who: "Grace".into(), lots: 2 };
    assert_eq!(reader.snapshot().unwrap(), elsewhere::Deals { first: deal });
    let refused = elsewhere::OddDealsReader::open_at(&dir.path).unwrap_err().to_string();
    assert!(refused.contains("schema mismatch"), "{refused}");
    let _edit: fn(elsewhere::DealEdit<'_>) = |edit| {
        let _ = edit.load();
    };
}

/// A flag behind a text: what is damaged in it is told by its way.
#[derive(Debug, Default, Growable)]
struct Flagged {
    text: String,
    flag: bool,
}

#[create_writer(filename = "flags.bin", growable)]
#[create_reader(filename = "flags.bin", growable)]
#[derive(Debug, Default)]
struct Flags {
    outer: FlaggedTwice,
}

#[derive(Debug, Default, Growable)]
struct FlaggedTwice {
    number: u64,
    inner: Flagged,
}

#[test]
fn what_is_damaged_in_a_struct_is_told_by_the_way_to_it() {
    let dir = dir();
    let mut w = FlagsWriter::create_at(&dir.path).unwrap();
    w.outer_mut().inner_mut().set_flag(true).unwrap();
    // The mark by which the flag is found in the slots: nothing else in the file is the number.
    w.outer_mut().set_number(0x1234_5678_9abc_def0).unwrap();
    drop(w);
    let mut bytes = std::fs::read(&dir.path).unwrap();
    let number = 0x1234_5678_9abc_def0_u64.to_ne_bytes();
    let places: Vec<_> =
        (0..bytes.len() - 40).filter(|at| bytes[*at..].starts_with(&number)).collect();
    assert!(!places.is_empty());
    for at in places {
        assert_eq!(bytes[at + 24], 1, "number, text of 16 bytes, flag");
        bytes[at + 24] = 9;
    }
    std::fs::write(&dir.path, bytes).unwrap();
    let r = FlagsReader::open_at(&dir.path).unwrap();
    let field = |error: ReadError| match error {
        ReadError::Invalid { field, .. } => field,
        other => panic!("{other}"),
    };
    assert_eq!(field(r.snapshot().unwrap_err()), "outer.inner.flag");
    assert_eq!(field(r.outer().load().unwrap_err()), "outer.inner.flag");
    assert_eq!(field(r.outer().inner().flag().unwrap_err()), "outer");
    assert_eq!(field(r.pin().unwrap().verify().unwrap_err()), "outer.inner.flag");
    assert_eq!(r.outer().number().unwrap(), 0x1234_5678_9abc_def0);
}

/// A record that grows may itself stand in another one.
#[create_writer(filename = "inner.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Inner {
    text: String,
}

#[create_writer(filename = "outer.bin", growable)]
struct Outer {
    inner: Inner,
}

#[test]
fn a_growable_record_may_be_a_field_of_another() {
    let dir = dir();
    let mut inner = InnerWriter::create_at(dir.path.with_extension("inner")).unwrap();
    inner.set_text("copied").unwrap();
    let mut outer = OuterWriter::create_at(&dir.path).unwrap();
    outer.set_inner(&inner.snapshot().unwrap()).unwrap();
    assert_eq!(outer.inner().text().unwrap(), "copied");
}

#[test]
fn a_value_that_is_too_deep_is_refused_by_writer_and_reader_alike() {
    let (_dir, mut w, r) = pair();
    // Each link is one hop; the struct around the fields is none.
    w.chain_mut().assign(&chain(128)).unwrap();
    assert_eq!(r.chain().load().unwrap(), chain(128));
    let refused = w.chain_mut().assign(&chain(129));
    assert!(matches!(refused, Err(WriteError::TooDeep { .. })), "{refused:?}");
    assert_eq!(r.chain().load().unwrap(), chain(128));
}
