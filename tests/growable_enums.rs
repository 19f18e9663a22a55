//! Enums with fields within records that grow.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "enums may have boxes of text")]
#![allow(clippy::std_instead_of_core, reason = "imports what users would import")]

mod support;

use std::fs;
use std::num::Wrapping;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::Duration;

use commy::growable::{BoxRef, Convert, ValueMut};
use commy::{CreateError, Growable, Mappable, ReadError, WriteError, create_reader, create_writer};

use support::{Random, format};

/// How long something took, in milliseconds.
struct Millis;

impl Convert<Duration> for Millis {
    type As = u64;

    fn to_stored(value: &Duration) -> u64 {
        u64::try_from(value.as_millis()).unwrap_or(u64::MAX)
    }

    fn from_stored(stored: u64) -> Option<Duration> {
        Some(Duration::from_millis(stored))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Point {
    x: f32,
    y: f32,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Player {
    name: String,
    level: u8,
}

/// Variants of all forms, and fields of all forms.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum Event {
    /// Somebody came.
    Joined {
        player: Player,
        at: Point,
        invited_by: Option<String>,
    },
    Left(u64),
    Said(String, Vec<String>),
    Sent {
        #[commy(bytes)]
        file: Vec<u8>,
        #[commy(pod, id = "wrapping")]
        count: Wrapping<u64>,
        #[commy(as = Millis)]
        took: Duration,
    },
    #[default]
    Tick,
    Nothing {},
    Moved((u8, String), [Box<Point>; 2]),
}

/// Without fields: views have it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Growable)]
enum Mode {
    Idle,
    #[default]
    Manual,
    Auto = 7,
}

/// The first one, if none is marked.
#[derive(Debug, Clone, PartialEq, Growable)]
enum Size {
    Small(u8),
    Large { width: u16, height: u16 },
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum Json {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

#[derive(Debug, Clone, PartialEq, Growable)]
#[commy(ref = "ExprView")]
enum Expr {
    Literal(i64),
    Negate(Box<Expr>),
    Add(Box<Expr>, Box<Self>),
    Sum { terms: Vec<Expr>, name: Option<Box<String>> },
}

#[create_writer(filename = "log.bin", growable)]
#[create_reader(filename = "log.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Log {
    serial: u64,
    last: Event,
    before: Option<Event>,
    events: Vec<Event>,
    pair: [Event; 2],
    mode: Mode,
    modes: Vec<Mode>,
    size: Size,
    boxed: Box<Size>,
    json: Json,
    expr: Expr,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            serial: 0,
            last: Event::Tick,
            before: None,
            events: Vec::new(),
            pair: [Event::Tick, Event::Tick],
            mode: Mode::Manual,
            modes: Vec::new(),
            size: Size::Small(0),
            boxed: Box::new(Size::Small(0)),
            json: Json::Null,
            expr: Expr::Literal(0),
        }
    }
}

fn pair() -> (tempfile::TempDir, PathBuf, LogWriter, LogReader) {
    let (directory, path) = support::place("log.bin");
    let writer = LogWriter::create_at(&path).unwrap();
    let reader = LogReader::open_at(&path).unwrap();
    (directory, path, writer, reader)
}

const LONG: &str = "a text that is too long to lie in its cell";

/// One of each variant, with something in every field.
fn events() -> [Event; 7] {
    let point = Point { x: 1.0, y: -2.0 };
    [
        Event::Tick,
        Event::Joined {
            player: Player { name: LONG.into(), level: 3 },
            at: point,
            invited_by: Some(LONG.into()),
        },
        Event::Left(u64::MAX),
        Event::Said("hello".into(), vec![LONG.into(), String::new(), "b".into()]),
        Event::Sent { file: vec![7; 5000], count: Wrapping(9), took: Duration::from_millis(12) },
        Event::Nothing {},
        Event::Moved((1, LONG.into()), [Box::new(point), Box::default()]),
    ]
}

fn json() -> Json {
    Json::Object(vec![
        ("name".into(), Json::Text(LONG.into())),
        ("of some length, so that it lies in a block".into(), Json::Null),
        (
            "list".into(),
            Json::Array(vec![
                Json::Number(1.5),
                Json::Bool(true),
                Json::Array(vec![]),
                Json::Object(vec![("deep".into(), Json::Array(vec![Json::Number(-0.0)]))]),
            ]),
        ),
    ])
}

fn expr() -> Expr {
    let literal = |number| Box::new(Expr::Literal(number));
    Expr::Add(
        Box::new(Expr::Negate(literal(5))),
        Box::new(Expr::Sum {
            terms: vec![Expr::Literal(40), Expr::Add(literal(3), literal(4))],
            name: Some(Box::new("a sum".into())),
        }),
    )
}

fn log() -> Log {
    Log {
        serial: 1,
        last: events()[1].clone(),
        before: Some(events()[3].clone()),
        events: events().into(),
        pair: [events()[4].clone(), events()[6].clone()],
        mode: Mode::Auto,
        modes: vec![Mode::Idle, Mode::Auto, Mode::Manual],
        size: Size::Large { width: 3, height: 4 },
        boxed: Box::new(Size::Large { width: 5, height: 6 }),
        json: json(),
        expr: expr(),
    }
}

#[test]
fn a_new_enum_is_its_default_or_its_first_variant() {
    let (_dir, _, mut w, r) = pair();
    w.set_serial(0).unwrap();
    assert_eq!(r.snapshot().unwrap(), Log::default());
    assert_eq!((r.last().unwrap(), r.mode().unwrap()), (Event::Tick, Mode::Manual));
    assert_eq!((r.size().unwrap(), r.boxed().unwrap()), (Size::Small(0), Log::default().boxed));
    assert_eq!((r.json().unwrap(), r.expr().unwrap()), (Json::Null, Expr::Literal(0)));
    w.publish(&Log::default()).unwrap();
    assert_eq!(w.file().generation(), 1, "it is stored already");
}

#[test]
fn a_value_goes_there_and_back_and_equal_values_publish_nothing() {
    let (_dir, path, mut w, r) = pair();
    w.publish(&log()).unwrap();
    assert_eq!(r.snapshot().unwrap(), log());
    assert_eq!(w.snapshot().unwrap(), log());
    r.pin().unwrap().verify().unwrap();
    w.publish(&log()).unwrap();
    assert_eq!(w.file().generation(), 1);
    let mut value = Log::default();
    r.snapshot_into(&mut value).unwrap();
    assert_eq!(value, log());
    // Into one of the same variants, whose buffers are used again; and back to others.
    r.snapshot_into(&mut value).unwrap();
    assert_eq!(value, log());
    w.publish(&Log::default()).unwrap();
    r.snapshot_into(&mut value).unwrap();
    assert_eq!(value, Log::default());
    w.publish(&log()).unwrap();
    drop(w);
    let w = LogWriter::create_at(&path).unwrap();
    assert_eq!(w.snapshot().unwrap(), log(), "the file is opened with the same schema");
}

#[test]
fn a_view_matches_on_variants_without_loading_their_fields() {
    let (_dir, _, mut w, r) = pair();
    w.publish(&log()).unwrap();
    let view = r.pin().unwrap();
    let EventRef::Joined { player, at, invited_by } = view.last().unwrap() else { panic!() };
    assert_eq!((player.level().unwrap(), player.name().unwrap()), (3, LONG.to_owned()));
    assert_eq!((at.x, invited_by.as_deref()), (1.0, Some(LONG)));
    for (index, expected) in events().into_iter().enumerate() {
        match (view.events().get(index).unwrap().unwrap(), expected) {
            (EventRef::Tick, Event::Tick) | (EventRef::Nothing {}, Event::Nothing {}) => {}
            (EventRef::Joined { player, .. }, Event::Joined { player: expected, .. }) => {
                assert_eq!(player.load().unwrap(), expected);
            }
            (EventRef::Left(found), Event::Left(expected)) => assert_eq!(found, expected),
            (EventRef::Said(text, more), Event::Said(expected, others)) => {
                assert_eq!((text, more.load().unwrap()), (expected, others));
            }
            (
                EventRef::Sent { file, count, took },
                Event::Sent { file: expected, count: number, took: long },
            ) => {
                assert_eq!(file.len().unwrap(), 5000);
                assert_eq!((file.load().unwrap(), count, took), (expected, number, long));
            }
            (EventRef::Moved((number, text), [first, _]), Event::Moved(pair, [expected, _])) => {
                assert_eq!(((number, text), *expected), (pair, first.get().unwrap()));
            }
            (found, expected) => panic!("{found:?} and not {expected:?}"),
        }
    }
    let told: Vec<_> = view.events().iter().map(|event| format!("{:?}", event.unwrap())).collect();
    assert_eq!(told[..3], ["EventRef::Tick", "EventRef::Joined", "EventRef::Left"]);
    assert_eq!(
        (view.mode().unwrap(), view.modes().get(1).unwrap()),
        (Mode::Auto, Some(Mode::Auto))
    );
    let Some(EventRef::Said(text, _)) = view.before().unwrap() else { panic!() };
    assert_eq!(text, "hello");
    let [EventRef::Sent { .. }, EventRef::Moved(..)] = view.pair().unwrap() else { panic!() };
    let SizeRef::Large { width: 5, height: 6 } = view.boxed().unwrap().get().unwrap() else {
        panic!()
    };
    // A reader has the values.
    assert_eq!((r.last().unwrap(), r.before().unwrap()), (log().last, log().before));
    assert_eq!(r.events().get(4).unwrap().unwrap(), events()[4]);
}

/// What the tree comes to, read in place.
fn evaluate(expr: ExprView<'_>) -> Result<i64, ReadError> {
    let inner = |expr: BoxRef<'_, Expr>| evaluate(expr.get()?);
    match expr {
        ExprView::Literal(number) => Ok(number),
        ExprView::Negate(expr) => Ok(-inner(expr)?),
        ExprView::Add(left, right) => Ok(inner(left)? + inner(right)?),
        ExprView::Sum { terms, name: _ } => {
            let mut sum = 0;
            for term in &terms.iter().collect::<Vec<_>>() {
                sum += match term {
                    Ok(ExprView::Literal(number)) => *number,
                    Ok(ExprView::Add(left, right)) => inner(*left)? + inner(*right)?,
                    other => panic!("{other:?}"),
                };
            }
            Ok(sum)
        }
    }
}

#[test]
fn an_expression_tree_is_evaluated_where_it_stands() {
    let (_dir, _, mut w, r) = pair();
    w.set_expr(&expr()).unwrap();
    let view = r.pin().unwrap();
    assert_eq!(evaluate(view.expr().unwrap()).unwrap(), 42);
    let ExprView::Add(_, right) = view.expr().unwrap() else { panic!() };
    let ExprView::Sum { name, .. } = right.get().unwrap() else { panic!() };
    assert_eq!(name.unwrap().get().unwrap(), "a sum");
    assert_eq!(evaluate(w.expr().unwrap()).unwrap(), 42, "a writer reads it as a view does");
}

#[test]
fn a_json_value_is_walked_where_it_stands() {
    let (_dir, _, mut w, r) = pair();
    w.json_mut().assign(&json()).unwrap();
    let view = r.pin().unwrap();
    let JsonRef::Object(members) = view.json().unwrap() else { panic!() };
    let (name, JsonRef::Array(list)) = members.get(2).unwrap().unwrap() else { panic!() };
    assert_eq!((name.as_str(), list.len().unwrap()), ("list", 4));
    let JsonRef::Object(members) = list.get(3).unwrap().unwrap() else { panic!() };
    assert_eq!(members.load().unwrap()[0].0, "deep");
    assert_eq!(r.json().unwrap(), json());
}

#[test]
fn an_enum_is_changed_as_a_whole() {
    let (_dir, _, mut w, r) = pair();
    let mut last: ValueMut<'_, Event> = w.last_mut();
    for event in events().iter().chain(events().iter().rev()) {
        last.assign(event).unwrap();
        assert_eq!(last.load().unwrap(), *event);
    }
    assert_eq!(w.file().generation(), 14);
    w.before_mut().insert(&events()[1]).unwrap().update(|event| *event = Event::Left(3)).unwrap();
    w.set_pair([&events()[3], &events()[4]]).unwrap();
    w.set_mode(&Mode::Idle).unwrap();
    w.boxed_mut().assign(&Size::Small(4)).unwrap();
    w.events_mut().push(&events()[6]).unwrap();
    w.events_mut().extend(&events()).unwrap();
    w.events_mut().get_mut(1).unwrap().unwrap().assign(&events()[2]).unwrap();
    let view = r.pin().unwrap();
    view.verify().unwrap();
    assert_eq!(view.snapshot().unwrap().before, Some(Event::Left(3)));
    assert_eq!(r.pair().unwrap(), [events()[3].clone(), events()[4].clone()]);
    assert_eq!((r.mode().unwrap(), *r.boxed().unwrap()), (Mode::Idle, Size::Small(4)));
    let mut expected = vec![events()[6].clone()];
    expected.extend(events());
    expected[1] = events()[2].clone();
    assert_eq!(r.events().load().unwrap(), expected);
    assert_eq!(w.file().generation(), 22);
}

/// How many bytes of the heap are in use.
fn used(w: &LogWriter) -> u64 {
    w.file().stats().live
}

#[test]
fn what_differs_in_the_fields_of_the_same_variant_is_written_alone() {
    let (_dir, _, mut w, r) = pair();
    let said = |count: usize| Event::Said(LONG.into(), vec![LONG.into(); count]);
    w.set_last(&said(2000)).unwrap();
    let before = w.file().stats();
    w.last_mut()
        .update(|event| {
            let Event::Said(text, _) = event else { panic!() };
            text.push('!');
        })
        .unwrap();
    let Event::Said(text, more) = r.last().unwrap() else { panic!() };
    assert_eq!((text.len(), more.len()), (LONG.len() + 1, 2000));
    let after = w.file().stats();
    assert!(
        after.garbage + after.live < before.garbage + before.live + 4096,
        "{before:?}, {after:?}"
    );
    // Nothing differs: nothing is published.
    let generation = w.file().generation();
    w.last_mut().update(|_| ()).unwrap();
    w.update(|log| log.last = log.last.clone()).unwrap();
    assert_eq!(w.file().generation(), generation);
}

#[test]
fn the_blocks_of_a_variant_are_given_up_with_it() {
    let (_dir, _, mut w, r) = pair();
    // A box, once it is there, stays.
    w.publish(&log()).unwrap();
    w.publish(&Log::default()).unwrap();
    let least = used(&w);
    for _ in 0..20 {
        w.publish(&log()).unwrap();
        w.set_json(&Json::Object(vec![])).unwrap();
        w.last_mut().assign(&Event::Tick).unwrap();
        w.publish(&Log::default()).unwrap();
        assert_eq!(used(&w), least);
    }
    r.pin().unwrap().verify().unwrap();
}

#[test]
fn copies_and_compacted_files_hold_the_same() {
    let (dir, path, mut w, r) = pair();
    w.publish(&log()).unwrap();
    for round in 0..200 {
        w.events_mut().push(&events()[round % 7]).unwrap();
    }
    w.events_mut().truncate(7).unwrap();
    let copy = dir.path().join("copy.bin");
    r.pin().unwrap().save_as(&copy).unwrap();
    let copied = LogReader::open_at(&copy).unwrap();
    copied.pin().unwrap().verify().unwrap();
    assert_eq!(copied.snapshot().unwrap(), log());
    w.compact(u64::MAX).unwrap();
    r.pin().unwrap().verify().unwrap();
    assert_eq!(r.snapshot().unwrap(), log());
    drop(w);
    assert_eq!(LogWriter::create_at(&path).unwrap().snapshot().unwrap(), log());
}

#[test]
fn random_values_are_stored_as_they_are() {
    fn value(random: &mut Random, depth: u64) -> Json {
        let len = random.below(4);
        match random.below(if depth == 0 { 4 } else { 6 }) {
            0 => Json::Null,
            1 => Json::Bool(random.below(2) == 1),
            2 => Json::Number(random.below(1000) as f64),
            3 => Json::Text("t".repeat(random.below(40) as usize)),
            4 => Json::Array((0..len).map(|_| value(random, depth - 1)).collect()),
            _ => {
                let member = |at: u64| (format!("member {at}"), value(random, depth - 1));
                Json::Object((0..len).map(member).collect())
            }
        }
    }
    let (_dir, _, mut w, r) = pair();
    let mut random = Random(0x6a73_6f6e);
    let mut into = Log::default();
    let mut kept = None;
    for _ in 0..500 {
        let json = value(&mut random, 5);
        match random.below(3) {
            0 => w.set_json(&json).unwrap(),
            1 => w.update(|log| log.json = json.clone()).unwrap(),
            _ => w.json_mut().update(|found| *found = json.clone()).unwrap(),
        }
        assert_eq!(r.json().unwrap(), json);
        if let Some((view, expected)) = &kept {
            let view: &LogView<'_> = view;
            assert_eq!(view.snapshot().unwrap().json, *expected, "a kept view does not change");
        }
        if random.below(5) == 0 {
            kept = Some((r.pin().unwrap(), json.clone()));
        }
        r.snapshot_into(&mut into).unwrap();
        assert_eq!(into.json, json);
        r.pin().unwrap().verify().unwrap();
    }
}

#[test]
fn what_failed_or_panicked_leaves_nothing() {
    let (_dir, _, mut w, r) = pair();
    w.publish(&log()).unwrap();
    let failed = w.try_transaction(|log| {
        log.last_mut().assign(&Event::Tick)?;
        log.json_mut().assign(&Json::Null)?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert!(failed.is_err());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        w.expr_mut().update(|expr| {
            *expr = Expr::Literal(1);
            panic!("in the middle")
        })
    }));
    assert!(caught.is_err());
    assert_eq!(r.snapshot().unwrap(), log());
    // Too deep: one hop for each box.
    let mut deep = Expr::Literal(1);
    for _ in 0..129 {
        deep = Expr::Negate(Box::new(deep));
    }
    let refused = w.set_expr(&deep);
    assert!(matches!(refused, Err(WriteError::TooDeep { .. })), "{refused:?}");
    assert_eq!(r.snapshot().unwrap(), log());
    let Expr::Negate(deep) = deep else { panic!() };
    w.set_expr(&deep).unwrap();
    assert_eq!(r.expr().unwrap(), *deep);
}

const MARK: u64 = 0x1234_5678_9abc_def0;

#[test]
fn a_tag_that_is_none_is_told_and_a_setter_repairs_it() {
    let (_dir, path, mut w, r) = pair();
    w.events_mut().push(&Event::Left(MARK)).unwrap();
    w.events_mut().push(&Event::Said(LONG.into(), vec![])).unwrap();
    let bytes = fs::read(&path).unwrap();
    let places = 0..bytes.len() - 8;
    let marks = places.filter(|at| bytes[*at..].starts_with(&MARK.to_le_bytes()));
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let mut count = 0;
    for at in marks {
        assert_eq!(bytes[at - 8..at], [2, 0, 0, 0, 0, 0, 0, 0], "the tag, up to the alignment");
        file.write_all_at(&[7], at as u64 - 8).unwrap();
        count += 1;
    }
    assert!(count > 0);
    let told = |error: ReadError| match error {
        ReadError::Corrupt { what, found, expected, .. } => (what, found, expected.into_string()),
        other => panic!("{other}"),
    };
    let named = ("tag of an enum", 7, "0 to 6, in field `events`".to_owned());
    assert_eq!(told(r.snapshot().unwrap_err()), named);
    // Whoever asks for one event knows the field.
    let expected = ("tag of an enum", 7, "0 to 6".to_owned());
    assert_eq!(told(r.events().get(0).unwrap_err()), expected);
    assert_eq!(told(r.pin().unwrap().events().get(0).unwrap_err()), expected);
    assert_eq!(told(r.pin().unwrap().verify().unwrap_err()), named);
    assert_eq!(r.events().get(1).unwrap(), Some(Event::Said(LONG.into(), vec![])));
    let mut events = w.events_mut();
    let mut first = events.get_mut(0).unwrap().unwrap();
    assert!(matches!(first.load(), Err(WriteError::Corrupt { .. })));
    assert!(matches!(first.update(|_| ()), Err(WriteError::Corrupt { .. })));
    first.assign(&Event::Left(3)).unwrap();
    assert_eq!(r.events().get(0).unwrap(), Some(Event::Left(3)));
    r.pin().unwrap().verify().unwrap();
}

/// Whatever is in the words of a heap, a call returns a value or an error, and what is damaged can be
/// overwritten.
#[test]
fn no_changed_byte_does_harm() {
    let _watchdog = support::watchdog(Duration::from_secs(240));
    let (_dir, path, mut w, r) = pair();
    w.publish(&log()).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    let heap = format::offset(&whole, format::header::HEAP);
    let mut random = Random(0x7461_6773);
    let (mut refused, mut repaired) = (0, 0);
    for _ in 0..400 {
        let bytes = fs::read(&path).unwrap();
        let used: Vec<_> = (heap..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        for _ in 0..=random.below(20) {
            let at = used[random.below(used.len() as u64) as usize] as u64;
            // Most tags are small numbers.
            let byte = if random.below(2) == 0 { random.below(9) } else { random.below(256) };
            file.write_all_at(&[byte as u8], at).unwrap();
        }
        refused += u32::from(r.snapshot().is_err());
        let view = r.pin().unwrap();
        let _ = view.verify();
        if let Ok(ExprView::Add(left, right)) = view.expr() {
            let _ = (left.get(), right.load());
        }
        for event in view.events().iter().flatten() {
            if let EventRef::Said(_, more) = event {
                let _ = more.load();
            }
        }
        if random.below(10) == 0 {
            let _ = view.save_as(path.with_extension("copy"));
            let _ = fs::remove_file(path.with_extension("copy"));
        }
        // A writer goes on in what is damaged, and does not believe it.
        let _ = w.last_mut().update(|event| *event = Event::Left(1));
        let _ = w.json_mut().assign(&json());
        let _ = w.expr_mut().update(|expr| *expr = Expr::Negate(Box::new(expr.clone())));
        if random.below(4) == 0 {
            // What cannot be read, setters write anew.
            let Log { serial, last, before, events, pair, modes, boxed, json, expr, .. } = log();
            w.set_serial(serial).unwrap();
            w.set_last(&last).unwrap();
            w.set_before(before.as_ref()).unwrap();
            w.set_events(&events).unwrap();
            w.set_pair(pair.each_ref()).unwrap();
            w.set_modes(&modes).unwrap();
            w.set_boxed(&boxed).unwrap();
            w.set_json(&json).unwrap();
            w.set_expr(&expr).unwrap();
            assert_eq!(r.snapshot().unwrap(), log());
            repaired += 1;
        }
    }
    assert!(refused > 0 && repaired > 50, "{refused} {repaired}");
}

#[test]
fn an_invalid_field_is_told_by_its_variant() {
    let (_dir, path, mut w, r) = pair();
    w.set_json(&Json::Text("a text that will not be one any more".into())).unwrap();
    let bytes = fs::read(&path).unwrap();
    let at = bytes.windows(12).position(|window| window == b"will not be ").unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[0xff], at as u64).unwrap();
    let field = |error: ReadError| match error {
        ReadError::Invalid { field, .. } => field,
        other => panic!("{other}"),
    };
    assert_eq!(field(r.snapshot().unwrap_err()), "json.Text.0");
    assert_eq!(field(r.pin().unwrap().verify().unwrap_err()), "json.Text.0");
    w.set_json(&Json::Null).unwrap();
    assert_eq!(r.json().unwrap(), Json::Null);
}

/// The same record, by other enums.
mod others {
    use super::*;

    macro_rules! records {
        ($($name:ident { $($variants:tt)* })*) => {$(
            pub(super) mod $name {
                use super::*;

                #[derive(Debug, PartialEq, Growable)]
                pub(super) enum Event {
                    $($variants)*
                }

                #[create_writer(filename = "event.bin", growable)]
                pub(super) struct Record {
                    pub(super) event: Event,
                }
            }
        )*};
    }

    records! {
        first { Tick, Left(u64), Joined { name: String } }
        reordered { Left(u64), Tick, Joined { name: String } }
        marked { Left(u64), #[default] Tick, Joined { name: String } }
        renamed { Tick, Gone(u64), Joined { name: String } }
        widened { Tick, Left(u32), Joined { name: String } }
        fewer { Tick, Left(u64) }
        more { Tick, Left(u64), Joined { name: String, level: u8 } }
    }

    #[test]
    fn a_file_of_another_enum_is_refused_and_told_apart() {
        let (_dir, path) = support::place("event.bin");
        let mut writer = first::RecordWriter::create_at(&path).unwrap();
        writer.set_event(&first::Event::Joined { name: LONG.into() }).unwrap();
        drop(writer);
        // Which variant is marked decides, not where it is declared.
        let writer = marked::RecordWriter::create_at(&path).unwrap();
        assert!(matches!(writer.event().unwrap(), marked::EventRef::Joined { .. }));
        drop(writer);
        let told = |refused: CreateError| refused.to_string();
        let refusals = [
            told(reordered::RecordWriter::create_at(&path).unwrap_err()),
            told(renamed::RecordWriter::create_at(&path).unwrap_err()),
            told(widened::RecordWriter::create_at(&path).unwrap_err()),
            told(fewer::RecordWriter::create_at(&path).unwrap_err()),
            told(more::RecordWriter::create_at(&path).unwrap_err()),
        ];
        for (refusal, expected) in refusals.iter().zip([
            "field `event`: file has variant Left = 1, this program expects variant Left = 0",
            "field `event`: file has variant Left = 1, this program expects variant Gone = 1",
            "field `event.Left.0`: file has u64 at offset 8, this program expects u32 at offset 8",
            "field `event`: file has variant Joined = 2, this program expects none",
            "field `event.Joined.level`: file has none, this program expects u8 at offset 24",
        ]) {
            assert!(refusal.contains(expected), "{refusal}");
        }
        first::RecordWriter::create_at(&path).unwrap();
    }
}

/// More variants than a byte has numbers for.
mod many {
    use super::*;

    macro_rules! many {
        ($($name:ident)*) => {
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Growable)]
            pub(super) enum Many {
                $($name,)*
            }

            pub(super) const ALL: &[Many] = &[$(Many::$name,)*];
        };
    }

    many! {
        A0 A1 A2 A3 A4 A5 A6 A7 A8 A9
        B0 B1 B2 B3 B4 B5 B6 B7 B8 B9
        C0 C1 C2 C3 C4 C5 C6 C7 C8 C9
        D0 D1 D2 D3 D4 D5 D6 D7 D8 D9
        E0 E1 E2 E3 E4 E5 E6 E7 E8 E9
        F0 F1 F2 F3 F4 F5 F6 F7 F8 F9
        G0 G1 G2 G3 G4 G5 G6 G7 G8 G9
        H0 H1 H2 H3 H4 H5 H6 H7 H8 H9
        I0 I1 I2 I3 I4 I5 I6 I7 I8 I9
        J0 J1 J2 J3 J4 J5 J6 J7 J8 J9
        K0 K1 K2 K3 K4 K5 K6 K7 K8 K9
        L0 L1 L2 L3 L4 L5 L6 L7 L8 L9
        M0 M1 M2 M3 M4 M5 M6 M7 M8 M9
        N0 N1 N2 N3 N4 N5 N6 N7 N8 N9
        O0 O1 O2 O3 O4 O5 O6 O7 O8 O9
        P0 P1 P2 P3 P4 P5 P6 P7 P8 P9
        Q0 Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8 Q9
        R0 R1 R2 R3 R4 R5 R6 R7 R8 R9
        S0 S1 S2 S3 S4 S5 S6 S7 S8 S9
        T0 T1 T2 T3 T4 T5 T6 T7 T8 T9
        U0 U1 U2 U3 U4 U5 U6 U7 U8 U9
        V0 V1 V2 V3 V4 V5 V6 V7 V8 V9
        W0 W1 W2 W3 W4 W5 W6 W7 W8 W9
        X0 X1 X2 X3 X4 X5 X6 X7 X8 X9
        Y0 Y1 Y2 Y3 Y4 Y5 Y6 Y7 Y8 Y9
        Z0 Z1 Z2 Z3 Z4 Z5 Z6 Z7 Z8 Z9
    }

    #[create_writer(filename = "many.bin", growable)]
    #[create_reader(filename = "many.bin", growable)]
    struct Record {
        all: Vec<Many>,
        one: Many,
    }

    #[test]
    fn variants_beyond_256_have_tags_of_two_bytes() {
        let (_dir, path) = support::place("many.bin");
        let mut w = RecordWriter::create_at(&path).unwrap();
        let r = RecordReader::open_at(&path).unwrap();
        assert!(ALL.len() > 256, "{}", ALL.len());
        w.all_mut().extend(ALL).unwrap();
        for many in ALL {
            w.set_one(many).unwrap();
            assert_eq!(r.one().unwrap(), *many);
        }
        assert_eq!(r.all().load().unwrap(), ALL);
        assert_eq!(r.pin().unwrap().all().get(259).unwrap(), Some(ALL[259]));
    }
}

#[test]
#[ignore = "a role of the test below"]
fn writer_in_another_process() {
    let Some(path) = support::role_path() else { return };
    let mut w = LogWriter::create_at(&path).unwrap();
    for round in 0..3000_u64 {
        w.transaction(|log| {
            log.set_serial(round)?;
            log.set_last(&events()[round as usize % 7])?;
            log.set_json(if round.is_multiple_of(2) { &Json::Null } else { &Json::Bool(true) })?;
            let numbers = (0..round % 20).map(|number| Expr::Literal(number as i64)).collect();
            log.set_expr(&Expr::Sum { terms: numbers, name: None })
        })
        .unwrap();
    }
}

#[test]
fn another_process_sees_each_generation_whole() {
    let (_dir, path, w, r) = pair();
    drop(w);
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let mut child = support::Reaped(support::start("writer_in_another_process", &path));
    let mut seen = 0;
    loop {
        let ended = child.0.try_wait().unwrap();
        match r.snapshot() {
            Ok(log) => {
                let round = log.serial;
                assert_eq!(log.last, events()[round as usize % 7]);
                assert_eq!(log.json == Json::Null, round.is_multiple_of(2));
                let Expr::Sum { terms, .. } = log.expr else { panic!() };
                assert_eq!(terms.len() as u64, round % 20);
                seen += 1;
            }
            Err(ReadError::Empty) => {}
            Err(error) => panic!("{error}"),
        }
        if let Some(ended) = ended {
            assert!(ended.success());
            break;
        }
    }
    assert!(seen > 0);
    assert_eq!(r.snapshot().unwrap().serial, 2999);
}
