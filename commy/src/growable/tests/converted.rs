//! What code of users sees of a value that is converted, while its blocks are used again.

use core::cell::Cell as StdCell;
use core::time::Duration;
use std::thread;
use std::time::Instant;

use commy_types::schema::TypeName;

use super::note::{AT, Note, Serial, Text};
use super::{place, set_bytes, set_text};
use crate::error::{ReadError, WriteError};
use crate::growable::at::At;
use crate::growable::cell::{Cell, Coded, Coding, Convert, Converted, Placed};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::writer::Sink;
use crate::growable::{Reader, ReaderOptions, Writer, WriterOptions};
use crate::sync::{AtomicU64, Ordering};

/// A text that says all along of which change it is.
fn line(serial: u64) -> String {
    format!("{serial:012}").repeat(25)
}

thread_local! {
    /// What is stored in the generation that is read.
    static EXPECTED: StdCell<u64> = const { StdCell::new(0) };
    /// How often something else was to be converted.
    static STRANGE: StdCell<u32> = const { StdCell::new(0) };
}

enum Line {}

impl Convert<u64> for Line {
    type As = String;

    fn to_stored(value: &u64) -> String {
        line(*value)
    }

    fn from_stored(stored: String) -> Option<u64> {
        if stored != line(EXPECTED.get()) {
            STRANGE.set(STRANGE.get() + 1);
        }
        stored.get(..12)?.parse().ok()
    }
}

type AsLine = Placed<Converted<u64, Line>, 512>;

/// The same by a codec, whose mark is the start of each line.
enum CodedLine {}

impl Coding<u64> for CodedLine {
    const CODEC: &'static str = "line";
    const NAME: &'static TypeName = &TypeName::Plain("u64");
    const MARK: [u8; 4] = *b"0000";

    fn encode<R>(value: &u64, take: impl FnOnce(&[u8]) -> R) -> Result<R, WriteError> {
        Ok(take(line(*value).as_bytes()))
    }

    fn decode(bytes: &[u8]) -> Result<u64, Box<str>> {
        let stored = format!("0000{}", String::from_utf8_lossy(bytes));
        Line::from_stored(stored).ok_or_else(|| "no number".into())
    }

    fn unset() -> u64 {
        STRANGE.set(STRANGE.get() + 1);
        0
    }
}

type AsCoded = Placed<Coded<u64, CodedLine>, 512>;

/// Loads what is stored without asking whether it counts: what the conversion would see.
fn is_strange(source: &impl Source) -> bool {
    let (at, mut is_strange) = (At::root(AT[1]), false);
    let _: Result<(), ReadError> = source.run(Part::of(at, Text::SIZE), |snap| {
        let stored = Text::load(snap, at);
        is_strange |= stored.is_ok_and(|stored| stored != line(EXPECTED.get()));
        Ok(())
    });
    is_strange
}

/// One change, and enough beside it for blocks to be used again soon.
fn change(writer: &mut Writer<Note>, serial: u64) -> Result<(), WriteError> {
    set_bytes(writer, &vec![serial as u8; 100_000])?;
    writer.transaction(|tx| {
        Serial::set(tx.cursor(AT[0]), serial)?;
        set_text(tx, &line(serial))
    })
}

#[test]
fn no_conversion_sees_what_a_writer_has_put_in_the_place_of_a_value() {
    is_never_shown_what_was_put_there::<AsLine>();
}

#[test]
fn no_codec_sees_what_a_writer_has_put_in_the_place_of_a_value() {
    is_never_shown_what_was_put_there::<AsCoded>();
}

/// A cell that is read by code of users.
trait Shown: Cell<Value = u64> {
    fn shown<S: Source>(source: &S) -> Result<u64, ReadError>;
}

impl Shown for AsLine {
    fn shown<S: Source>(source: &S) -> Result<u64, ReadError> {
        Self::field(source, At::root(AT[1]))
    }
}

impl Shown for AsCoded {
    fn shown<S: Source>(source: &S) -> Result<u64, ReadError> {
        Self::field(source, At::root(AT[1]))
    }
}

fn is_never_shown_what_was_put_there<C: Shown>() {
    let place = place();
    let mut writer = Writer::<Note>::create_at(&place.path).unwrap();
    change(&mut writer, 0).unwrap();
    let reader = Reader::<Note>::open_at(&place.path).unwrap();
    let (serial, is_over) = (AtomicU64::new(0), AtomicU64::new(0));
    STRANGE.set(0);
    let (mut control, mut converted) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while is_over.load(Ordering::Relaxed) == 0 {
                let next = serial.load(Ordering::Relaxed) + 1;
                change(&mut writer, next).unwrap();
                serial.store(next, Ordering::Relaxed);
            }
        });
        let started = Instant::now();
        while (control < 20 || converted < 20) && started.elapsed() < Duration::from_secs(60) {
            let mut is_first = true;
            let read = reader.read(|view| {
                let expected = Serial::field(&view, At::root(AT[0]))?;
                EXPECTED.set(expected);
                // The first try is overtaken, the second one holds what it reads.
                let until = serial.load(Ordering::Relaxed) + 100;
                let waits = core::mem::take(&mut is_first);
                while waits && serial.load(Ordering::Relaxed) < until {
                    thread::yield_now();
                }
                control += u32::from(is_strange(&view));
                C::shown(&view).map(|value| assert_eq!(value, expected))
            });
            read.unwrap();
            converted += 1;
        }
        is_over.store(1, Ordering::Relaxed);
    });
    assert!(control > 0, "values were in fact overwritten under the reader");
    assert_eq!(STRANGE.get(), 0);
}

#[test]
fn no_conversion_sees_what_an_evicted_view_leads_to() {
    is_never_shown_what_took_its_place::<AsLine>();
}

#[test]
fn no_codec_sees_what_an_evicted_view_leads_to() {
    is_never_shown_what_took_its_place::<AsCoded>();
}

fn is_never_shown_what_took_its_place<C: Shown>() {
    let place = place();
    let options = WriterOptions::<Note>::new("").path(&place.path);
    let mut writer = options.garbage_budget(1 << 20).create().unwrap();
    change(&mut writer, 0).unwrap();
    let reader = ReaderOptions::<Note>::new("").path(&place.path).open().unwrap();
    let view = reader.pin().unwrap();
    EXPECTED.set(0);
    STRANGE.set(0);
    assert_eq!(C::shown(&view), Ok(0));
    // Others hold so much that the writer takes it back.
    let mut others = Vec::new();
    let overwritten = (1..200).find(|serial| {
        set_bytes(&mut writer, &vec![7; 500_000]).unwrap();
        change(&mut writer, *serial).unwrap();
        others.push(reader.pin().unwrap());
        is_strange(&view)
    });
    assert!(overwritten.is_some(), "the view's blocks were in fact used again");
    let read = C::shown(&view);
    assert!(matches!(read, Err(ReadError::Evicted { .. })), "{read:?}");
    assert_eq!(STRANGE.get(), 0);
}

#[test]
fn what_converts_to_nothing_is_refused_with_both_types() {
    let place = place();
    let mut writer = Writer::<Note>::create_at(&place.path).unwrap();
    set_text(&mut writer, "no number").unwrap();
    let load = |snap: &Snap<'_>, at| -> Result<u64, Fault> { AsLine::load(snap, at) };
    let refused = writer.cursor(AT[1]).look(load).unwrap_err().to_string();
    assert!(refused.contains("what is stored converts to no `u64`"), "{refused}");
}
