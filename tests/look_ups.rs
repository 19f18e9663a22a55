//! Looking up single keys of a map or set of fixed size: what is loaded for it, and that it is all of one
//! generation, whatever is published meanwhile.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use core::cell::{Cell, RefCell};
use core::cmp::Ordering;
use core::fmt::Debug;
use core::sync::atomic::{self, AtomicBool};
use std::collections::BTreeSet;
use std::rc::Rc;

use commy::{FixedMap, FixedSet, Mappable, ReadError, create_reader, create_writer};

/// A key that counts how often one was checked, which is how often one was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
struct Counted(u32);

std::thread_local! {
    static LOADED: Cell<usize> = const { Cell::new(0) };
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: transparent over a number, to which all is delegated.
unsafe impl Mappable for Counted {
    const SCHEMA: &'static commy::__private::TypeSchema = u32::SCHEMA;
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = true;
    type Arg<'a> = Self;
    type Output = ();

    fn assign(&mut self, value: Self) {
        *self = value;
    }

    fn check(bytes: &[u8]) -> Result<(), commy::__private::Invalid> {
        LOADED.set(LOADED.get() + 1);
        u32::check(bytes)
    }

    fn encode(&self, at: usize, image: &mut commy::__private::Image<'_>) {
        self.0.encode(at, image);
    }
}

#[create_writer(filename = "counted.bin")]
#[create_reader(filename = "counted.bin")]
struct Table {
    rows: FixedMap<Counted, [u64; 4], 1000>,
    names: FixedSet<Counted, 1000>,
}

#[test]
fn a_look_up_loads_ten_of_a_thousand_keys() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("counted.bin");
    let mut writer = TableWriter::create_at(&path).unwrap();
    writer.update(|table| {
        table.rows = (0..1000).map(|key| (Counted(key * 2), [u64::from(key); 4])).collect();
        table.names = (0..1000).map(|key| Counted(key * 2)).collect();
    });
    let reader = TableReader::open_at(&path).unwrap();
    for key in [0, 1, 2, 777, 998, 1000, 1997, 1998, 1999, u32::MAX] {
        LOADED.set(0);
        let found = reader.rows_get(&Counted(key)).unwrap();
        let is_there = key.is_multiple_of(2) && key < 2000;
        assert_eq!(found, is_there.then(|| [u64::from(key / 2); 4]));
        assert!((1..=10).contains(&LOADED.get()), "{} keys for {key}", LOADED.get());
        LOADED.set(0);
        assert_eq!(reader.names_contains(&Counted(key)).unwrap(), is_there);
        assert!((1..=10).contains(&LOADED.get()), "{} keys for {key}", LOADED.get());
    }
    LOADED.set(0);
    assert_eq!(reader.rows_len().unwrap(), 1000);
    assert_eq!(LOADED.get(), 0);
    assert_eq!(reader.rows_last().unwrap().unwrap().0, Counted(1998));
    assert_eq!(LOADED.get(), 1);
    reader.rows_with(|_| ()).unwrap();
    assert!(LOADED.get() > 1000, "the counter counts");
}

type Meanwhile = Box<dyn FnOnce()>;

std::thread_local! {
    /// What happens when the next key is looked at.
    static MEANWHILE: RefCell<Option<Meanwhile>> = const { RefCell::new(None) };
}

fn look() {
    // Taken out first: what happens looks at keys, too.
    let meanwhile = MEANWHILE.take();
    if let Some(meanwhile) = meanwhile {
        meanwhile();
    }
}

/// A key that something happens at, when it is checked or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
struct Eventful(u32);

impl Ord for Eventful {
    fn cmp(&self, other: &Self) -> Ordering {
        look();
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Eventful {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: transparent over a number, to which all is delegated.
unsafe impl Mappable for Eventful {
    const SCHEMA: &'static commy::__private::TypeSchema = u32::SCHEMA;
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = true;
    type Arg<'a> = Self;
    type Output = ();

    fn assign(&mut self, value: Self) {
        *self = value;
    }

    fn check(bytes: &[u8]) -> Result<(), commy::__private::Invalid> {
        look();
        u32::check(bytes)
    }

    fn encode(&self, at: usize, image: &mut commy::__private::Image<'_>) {
        self.0.encode(at, image);
    }
}

#[create_writer(filename = "shifting.bin")]
#[create_reader(filename = "shifting.bin")]
struct Shifting {
    values: FixedMap<Eventful, u32, 8>,
    names: FixedSet<Eventful, 8>,
}

fn publish(writer: &mut ShiftingWriter, keys: &[u32], factor: u32) {
    writer.update(|shifting| {
        shifting.values = keys.iter().map(|key| (Eventful(*key), key * factor)).collect();
        shifting.names = keys.iter().map(|key| Eventful(*key)).collect();
    });
}

/// In the first generation the keys are 4, 6 and 8. While one of them is looked at, others are published
/// in front of them, so that each key has another place: once, and so often that the slot of the first
/// generation is used again.
#[test]
fn a_look_up_is_of_one_generation_when_entries_move_between_its_loads() {
    fn check<R: Debug + PartialEq>(
        ask: impl Fn(&ShiftingReader) -> Result<R, ReadError>,
        before: R,
        after: R,
    ) {
        for publishes in [1, 20] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("shifting.bin");
            let mut writer = ShiftingWriter::create_at(&path).unwrap();
            publish(&mut writer, &[4, 6, 8], 10);
            let reader = ShiftingReader::open_at(&path).unwrap();
            let happened = Rc::new(Cell::new(false));
            let told = Rc::clone(&happened);
            let meanwhile: Meanwhile = Box::new(move || {
                told.set(true);
                // Other values each time, or nothing would be published.
                for round in 0..publishes {
                    publish(&mut writer, &[1, 2, 3, 4, 6], 100 + round % 2);
                }
                publish(&mut writer, &[1, 2, 3, 4, 6], 100);
            });
            MEANWHILE.set(Some(meanwhile));
            let found = ask(&reader).unwrap();
            assert!(happened.get(), "no key was looked at");
            assert!(found == before || found == after, "{found:?} is of neither generation");
        }
    }

    check(|reader| reader.values_get(&Eventful(6)), Some(60), Some(600));
    check(|reader| reader.values_get(&Eventful(4)), Some(40), Some(400));
    check(|reader| reader.values_get(&Eventful(8)), Some(80), None);
    check(|reader| reader.values_contains(&Eventful(4)), true, true);
    check(|reader| reader.names_contains(&Eventful(4)), true, true);
    check(|reader| reader.names_contains(&Eventful(8)), true, false);
    let (before, after) = ((Eventful(4), 40), (Eventful(1), 100));
    check(|reader| reader.values_first(), Some(before), Some(after));
    let (before, after) = ((Eventful(8), 80), (Eventful(6), 600));
    check(|reader| reader.values_last(), Some(before), Some(after));
    check(|reader| reader.names_at(0), Some(Eventful(4)), Some(Eventful(1)));
}

/// The same beside a thread that never rests, without code of the user's between the loads.
#[test]
fn a_look_up_beside_a_writer_is_of_one_generation() {
    #[create_writer(filename = "moving.bin")]
    #[create_reader(filename = "moving.bin")]
    struct Moving {
        round: u64,
        counts: FixedMap<u64, u64, 64>,
        ids: FixedSet<u64, 64>,
    }

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("moving.bin");
    let mut writer = MovingWriter::create_at(&path).unwrap();
    // Of round r there are 20 to 39 keys from r on, each with the value r * 1000 + key, and 5000 always,
    // in the last place.
    let mut publish = |round: u64| {
        writer.update(|moving| {
            let keys = round..round + 20 + round % 20;
            moving.round = round;
            moving.counts = keys.clone().map(|key| (key, round * 1000 + key)).collect();
            moving.counts.insert(5000, round).unwrap();
            moving.ids = keys.chain([5000]).collect();
        });
    };
    publish(0);
    let reader = MovingReader::open_at(&path).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1.. {
                if over.load(atomic::Ordering::Relaxed) {
                    break;
                }
                publish(round % 900);
            }
        });
        let read = || {
            let (mut seen, mut rounds) = (0, BTreeSet::new());
            for _ in 0..20_000 {
                // A reader that is overtaken in all its tries says so.
                let Ok(found) = reader.counts_get(&5000) else { continue };
                let round = found.expect("it is in every generation");
                assert!(round < 900, "{round} is the value of another key");
                rounds.insert(round);
                let Ok(last) = reader.ids_last() else { continue };
                assert_eq!(last, Some(5000));
                let Ok(last) = reader.counts_last() else { continue };
                assert!(matches!(last, Some((5000, ..900))), "{last:?}");
                let Ok(found) = reader.ids_contains(&5000) else { continue };
                assert!(found);
                let both = reader.read(|moving| {
                    let round = moving.round()?;
                    let last = round + 19 + round % 20;
                    let found = (moving.counts_get(&last)?, moving.counts_contains(&(last + 1))?);
                    Ok((round * 1000 + last, found))
                });
                let Ok((expected, found)) = both else { continue };
                assert_eq!(found, (Some(expected), false));
                seen += 1;
            }
            (seen, rounds.len())
        };
        // What fails must let the other thread end.
        let read = std::panic::catch_unwind(core::panic::AssertUnwindSafe(read));
        over.store(true, atomic::Ordering::Relaxed);
        let (seen, rounds) = read.unwrap_or_else(|failed| std::panic::resume_unwind(failed));
        assert!(seen > 100 && rounds > 10, "{seen} reads, {rounds} rounds show nothing");
    });
}
