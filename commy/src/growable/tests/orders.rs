//! What an order of the user's own sees of keys, while their blocks are used again.

use core::cell::Cell as StdCell;
use core::cmp::Ordering as Order;
use core::ops::Deref;
use core::time::Duration;
use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

use super::place;
use crate::error::{ReadError, WriteError};
use crate::format::{FieldNote, RecordSpec};
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::record::{GrowableRecord, Layout, RootField, spec};
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::writer::Sink;
use crate::growable::{Reader, View, Writer};
use crate::record::{Record, SpecCell};
use crate::sync::{AtomicU64, Ordering};

thread_local! {
    /// Of which change the keys are of the generation that is read; of none where nobody looks.
    static EXPECTED: StdCell<Option<u64>> = const { StdCell::new(None) };
    /// How often others were compared.
    static STRANGE: StdCell<u32> = const { StdCell::new(0) };
}

/// A key that says of which change it is, and whose order looks at that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, commy_macros::Mappable)]
#[commy(crate = crate)]
#[repr(C)]
struct Keen {
    number: u64,
    serial: u64,
}

impl Keen {
    fn is_strange(self) -> bool {
        EXPECTED.get().is_some_and(|serial| self.serial != serial)
    }
}

impl Ord for Keen {
    fn cmp(&self, other: &Self) -> Order {
        if self.is_strange() || other.is_strange() {
            STRANGE.set(STRANGE.get() + 1);
        }
        self.number.cmp(&other.number)
    }
}

impl PartialOrd for Keen {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

type Map = BTreeMap<Keen, u64>;

/// A record of the map, and of the change that it is of.
#[derive(Debug, Default)]
struct Keens {
    serial: u64,
    map: Map,
}

const LAYOUT: Layout<2> = Layout::root([(8, 8), (<Map as Cell>::SIZE, 8)]);
const AT: [usize; 2] = LAYOUT.offsets;
type Serial = crate::growable::cell::Plain<u64>;

impl GrowableRecord for Keens {
    type View<'v> = KeensView<'v>;

    const FIELDS: &'static [RootField] =
        &[RootField::new::<Serial>("serial", AT[0]), RootField::new::<Map>("map", AT[1])];

    fn load(snap: &Snap<'_>) -> Result<Self, Fault> {
        let serial = Serial::load(snap, At::root(AT[0]))?;
        Ok(Self { serial, map: Map::load(snap, At::root(AT[1]))? })
    }

    fn load_into(snap: &Snap<'_>, value: &mut Self) -> Result<(), Fault> {
        *value = Self::load(snap)?;
        Ok(())
    }

    fn reconcile(&self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        Serial::reconcile(&self.serial, cursor.reborrow().field(AT[0]))?;
        Map::reconcile(&self.map, cursor.field(AT[1]))
    }
}

#[derive(Debug)]
struct KeensView<'v>(View<'v, Keens>);

impl<'v> From<View<'v, Keens>> for KeensView<'v> {
    fn from(view: View<'v, Keens>) -> Self {
        Self(view)
    }
}

impl<'v> Deref for KeensView<'v> {
    type Target = View<'v, Keens>;

    fn deref(&self) -> &View<'v, Keens> {
        &self.0
    }
}

impl Record for Keens {
    const NAME: &'static str = "Keens";
    const PACKAGE: &'static str = "commy";
    const PACKAGE_VERSION: &'static str = "1";
    const NOTES: &'static [FieldNote] = &[];

    fn spec() -> &'static RecordSpec {
        static SPEC: SpecCell = SpecCell::new();
        spec::<Self>(&SPEC, LAYOUT.size, LAYOUT.align)
    }
}

const COUNT: u64 = 10;

fn keys(serial: u64) -> Map {
    (0..COUNT).map(|number| (Keen { number, serial }, serial)).collect()
}

fn change(writer: &mut Writer<Keens>, serial: u64) -> Result<(), WriteError> {
    writer.transaction(|tx| {
        Serial::set(tx.cursor(AT[0]), serial)?;
        Map::set(tx.cursor(AT[1]), &keys(serial))
    })
}

/// Loads the keys without asking whether they count: what the order would see.
fn is_strange(source: &impl Source) -> bool {
    let mut is_strange = false;
    let _: Result<(), ReadError> = source.run(Part::of(At::root(AT[1]), 16), |snap| {
        let leaf = At::block(snap.word(At::root(AT[1]))? & !15);
        for slot in 0..COUNT as usize {
            let key = snap.plain::<Keen>(leaf.plus(8 + slot * size_of::<Keen>()));
            is_strange |= key.is_ok_and(Keen::is_strange);
        }
        Ok(())
    });
    is_strange
}

/// Each way to read by which keys are compared.
fn read_all(view: &View<'_, Keens>, serial: u64) -> Result<(), ReadError> {
    let map = Map::field(view, At::root(AT[1]));
    let key = Keen { number: 7, serial };
    assert_eq!(map.get(key)?, Some(serial));
    assert!(map.contains_key(key)?);
    Ok(())
}

#[test]
fn no_order_sees_what_a_writer_has_put_in_the_place_of_a_key() {
    let place = place();
    let mut writer = Writer::<Keens>::create_at(&place.path).unwrap();
    change(&mut writer, 0).unwrap();
    let reader = Reader::<Keens>::open_at(&place.path).unwrap();
    let (serial, is_over) = (AtomicU64::new(0), AtomicU64::new(0));
    STRANGE.set(0);
    let (mut control, mut reads) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while is_over.load(Ordering::Relaxed) == 0 {
                let next = serial.load(Ordering::Relaxed) + 1;
                change(&mut writer, next).unwrap();
                serial.store(next, Ordering::Relaxed);
            }
        });
        let started = Instant::now();
        while (control < 20 || reads < 60) && started.elapsed() < Duration::from_secs(60) {
            let mut is_first = true;
            let read = reader.read(|view| {
                let expected = Serial::field(&view, At::root(AT[0]))?;
                EXPECTED.set(Some(expected));
                // The first try is overtaken, the second one holds what it reads.
                let until = serial.load(Ordering::Relaxed) + 300;
                let waits = core::mem::take(&mut is_first);
                while waits && serial.load(Ordering::Relaxed) < until {
                    thread::yield_now();
                }
                control += u32::from(is_strange(&view));
                match reads % 4 {
                    0 => view.verify(),
                    1 => {
                        let map = Map::field(&view, At::root(AT[1]));
                        let mut range = map.range(Keen { number: 3, serial: expected }..);
                        range.try_for_each(|entry| entry.map(drop))
                    }
                    2 => Map::field(&view, At::root(AT[1])).load().map(drop),
                    _ => read_all(&view, expected),
                }
            });
            read.unwrap();
            EXPECTED.set(None);
            reads += 1;
        }
        is_over.store(1, Ordering::Relaxed);
    });
    assert!(control > 0, "keys were in fact overwritten under the reader");
    assert_eq!(STRANGE.get(), 0);
}
