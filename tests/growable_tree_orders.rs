//! Ordered maps whose keys have an order of the user's own: reversed, one that panics, and one that is no
//! order at all.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use core::cell::Cell;
use core::cmp::Ordering;
use core::panic::AssertUnwindSafe;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;

use commy::growable::OnCorrupt;
use commy::{Growable, ReadError, WriteError, create_reader, create_writer};

/// How keys of this thread compare.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Ordered,
    Reversed,
    /// As ordered, and after so many comparisons a panic.
    Patient(u32),
    /// By a number that is another one each time.
    Dicing(u64),
}

thread_local! {
    static MOOD: Cell<Mood> = const { Cell::new(Mood::Ordered) };
}

#[derive(Growable, Debug, Clone, PartialEq, Eq, Default)]
struct Moody {
    number: u64,
    name: String,
}

impl Ord for Moody {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = (self.number, &self.name).cmp(&(other.number, &other.name));
        match MOOD.get() {
            Mood::Ordered => order,
            Mood::Reversed => order.reverse(),
            Mood::Patient(0) => panic!("an order that panics"),
            Mood::Patient(left) => {
                MOOD.set(Mood::Patient(left - 1));
                order
            }
            Mood::Dicing(state) => {
                let state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                MOOD.set(Mood::Dicing(state));
                [Ordering::Less, Ordering::Equal, Ordering::Greater][(state >> 33) as usize % 3]
            }
        }
    }
}

impl PartialOrd for Moody {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[create_writer(filename = "moods.bin", growable)]
#[create_reader(filename = "moods.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Moods {
    map: BTreeMap<Moody, String>,
    set: BTreeSet<Moody>,
}

fn moody(number: u64) -> Moody {
    Moody { number, name: format!("a name of its own, {number}") }
}

fn pair() -> (tempfile::TempDir, MoodsWriter, MoodsReader) {
    MOOD.set(Mood::Ordered);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("moods.bin");
    let writer = MoodsWriter::create_at(&path).unwrap();
    let reader = MoodsReader::open_at(&path).unwrap();
    (directory, writer, reader)
}

type Change = fn(&mut MoodsWriter) -> Result<(), WriteError>;

#[test]
fn an_order_that_panics_at_any_comparison_leaves_nothing() {
    let changes: [(&str, Change); 15] = [
        ("insert", |w| w.map_mut().insert(&moody(31), "new")),
        ("insert, which splits", |w| w.map_mut().extend((0..20).map(|_| &**LEAKED).zip(["x"; 20]))),
        ("insert of what is there", |w| w.map_mut().insert(&moody(30), "new")),
        ("replace", |w| w.map_mut().replace(&moody(30), "new").map(drop)),
        ("remove", |w| w.map_mut().remove(&moody(30)).map(drop)),
        ("discard", |w| w.map_mut().discard(&moody(30)).map(drop)),
        ("entry", |w| w.map_mut().entry(&moody(33))?.or_insert("new").map(drop)),
        ("append", |w| {
            let mood = MOOD.replace(Mood::Ordered);
            let added = BTreeMap::from([(moody(1), String::new()), (moody(99), String::new())]);
            MOOD.set(mood);
            w.map_mut().append(&added)
        }),
        ("split_off", |w| w.map_mut().split_off(&moody(50)).map(drop)),
        ("retain", |w| w.map_mut().retain(|key, _| key.number % 3 == 0)),
        ("update", |w| {
            w.update(|moods| {
                let mood = MOOD.replace(Mood::Ordered);
                moods.map.remove(&moody(2));
                moods.map.insert(moody(3), String::new());
                moods.set.pop_first();
                MOOD.set(mood);
            })
        }),
        ("insert into a set", |w| w.set_mut().insert(&moody(31)).map(drop)),
        ("take from a set", |w| w.set_mut().take(&moody(30)).map(drop)),
        ("replace in a set", |w| w.set_mut().replace(&moody(30)).map(drop)),
        ("split_off of a set", |w| w.set_mut().split_off(&moody(50)).map(drop)),
    ];
    let (_directory, mut w, r) = pair();
    for number in 0..40 {
        w.map_mut().insert(&moody(number * 2), "value").unwrap();
        w.set_mut().insert(&moody(number * 2)).unwrap();
    }
    let before = r.snapshot().unwrap();
    for (name, change) in changes {
        let (mut panics, mut patience) = (0, 0);
        loop {
            let generation = w.file().generation();
            MOOD.set(Mood::Patient(patience));
            let result = catch_unwind(AssertUnwindSafe(|| change(&mut w)));
            MOOD.set(Mood::Ordered);
            let Err(_) = result else {
                result.unwrap().unwrap();
                break;
            };
            panics += 1;
            assert_eq!(w.file().generation(), generation, "{name}, {patience}");
            // All of the first ones, and some of the many of large changes.
            patience += 1 + patience / 16;
            if panics % 7 == 1 {
                assert_eq!(r.snapshot().unwrap(), before, "{name}, {patience}");
                r.pin().unwrap().verify().unwrap();
            }
        }
        assert!(panics > 2, "{name}: {panics}");
        assert!(r.snapshot().unwrap() != before || name.contains("replace in"), "{name}");
        r.pin().unwrap().verify().unwrap();
        w.publish(&before).unwrap();
        assert_eq!(r.snapshot().unwrap(), before);
    }
    assert_eq!(w.file().stats().leaked, 0);
}

/// A key that lives as long as an iterator wants.
static LEAKED: std::sync::LazyLock<Box<Moody>> = std::sync::LazyLock::new(|| Box::new(moody(35)));

#[test]
fn a_read_whose_order_panics_leaves_the_reader_as_it_is() {
    let (_directory, mut w, r) = pair();
    w.map_mut().extend((0..40).map(|_| (&**LEAKED, "x"))).unwrap();
    w.map_mut().insert(&moody(7), "y").unwrap();
    let view = r.pin().unwrap();
    MOOD.set(Mood::Patient(0));
    assert!(catch_unwind(AssertUnwindSafe(|| view.map().get(&moody(7)))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| view.map().range(&moody(7)..).count())).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| r.map().contains_key(&moody(7)))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| view.verify())).is_err());
    MOOD.set(Mood::Ordered);
    assert_eq!(view.map().get(&moody(7)).unwrap().as_deref(), Some("y"));
    assert_eq!(r.map().len().unwrap(), 2);
}

#[test]
fn what_is_no_order_neither_panics_nor_loses_a_block() {
    let (directory, mut w, r) = pair();
    for seed in 1..=20 {
        MOOD.set(Mood::Dicing(seed * 77));
        for number in 0..400 {
            let key = moody(number * 7 % 97);
            match (number + seed) % 8 {
                0..=3 => w.map_mut().insert(&key, "what lies in a block of its own").unwrap(),
                4 => drop(w.map_mut().remove(&key).unwrap()),
                5 => drop(w.map_mut().entry(&key).unwrap().or_insert("x").unwrap()),
                6 => drop(w.set_mut().insert(&key).unwrap()),
                _ => drop(w.map_mut().pop_first().unwrap()),
            }
            r.map().get(&key).unwrap();
            let view = r.pin().unwrap();
            assert!(view.map().range(&key..).count() <= view.map().len().unwrap());
        }
        // What is not where it should be cannot be taken out by its key.
        let retained = w.map_mut().retain(|key, _| key.number % 2 == 0);
        assert!(matches!(retained, Ok(()) | Err(WriteError::Corrupt { .. })), "{retained:?}");
        MOOD.set(Mood::Ordered);
        let verified = r.pin().unwrap().verify();
        assert!(matches!(verified, Ok(()) | Err(ReadError::Corrupt { .. })), "{verified:?}");
        assert_eq!(w.file().stats().leaked, 0, "seed {seed}");
        // A new writer goes through all blocks, and finds none twice.
        drop(w);
        let options = MoodsWriter::options().path(directory.path().join("moods.bin"));
        w = options.on_corrupt(OnCorrupt::Refuse).create().unwrap();
    }
    w.publish(&Moods::default()).unwrap();
    w.map_mut().insert(&moody(1), "x").unwrap();
    r.pin().unwrap().verify().unwrap();
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn a_program_with_another_order_is_told_by_a_check() {
    let (_directory, mut w, r) = pair();
    for number in 0..40 {
        w.map_mut().insert(&moody(number), "x").unwrap();
    }
    r.pin().unwrap().verify().unwrap();
    MOOD.set(Mood::Reversed);
    let error = r.pin().unwrap().verify().unwrap_err();
    MOOD.set(Mood::Ordered);
    let text = error.to_string();
    assert!(text.contains("by the order of its type"), "{text}");
    assert!(matches!(error, ReadError::Corrupt { offset, .. } if offset > 0), "{text}");
}

#[test]
fn a_reversed_order_is_kept_through_all_changes() {
    let (_directory, mut w, r) = pair();
    MOOD.set(Mood::Reversed);
    let mut twin = BTreeMap::new();
    for step in 0..600_u64 {
        let key = moody(step * 131 % 251);
        if step % 3 == 2 {
            assert_eq!(w.map_mut().remove(&key).unwrap(), twin.remove(&key));
        } else {
            w.map_mut().insert(&key, "x").unwrap();
            twin.insert(key, "x".to_owned());
        }
    }
    let view = r.pin().unwrap();
    view.verify().unwrap();
    assert!(view.map().load().unwrap().into_iter().eq(twin.clone()));
    let first = view.map().first_key_value().unwrap().unwrap().0.load().unwrap();
    assert_eq!(Some(&first), twin.keys().next());
    let split = w.map_mut().split_off(&moody(100)).unwrap();
    assert_eq!(split, twin.split_off(&moody(100)));
    assert_eq!(w.map_mut().load().unwrap(), twin);
    MOOD.set(Mood::Ordered);
}
