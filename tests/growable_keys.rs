//! Enums, structs, tuples and options as keys of both kinds of maps.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::std_instead_of_core, reason = "imports what users would import")]

mod support;

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Debug;

use commy::{Growable, create_reader, create_writer};

use support::Random;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Growable)]
enum Topic {
    All,
    Named(String),
    Pair { first: u32, second: Option<String> },
    Nested(Side, u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Growable)]
enum Side {
    Buy,
    Sell,
}

/// Sorted the other way round: the file has the type's own order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Growable)]
enum Priority {
    Low,
    Number(i32),
    High(String),
}

impl Ord for Priority {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |priority: &Self| match priority {
            Self::Low => (0, 0, String::new()),
            Self::Number(number) => (1, *number, String::new()),
            Self::High(text) => (2, 0, text.clone()),
        };
        Reverse(rank(self)).cmp(&Reverse(rank(other)))
    }
}

impl PartialOrd for Priority {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Growable)]
struct Instrument {
    market: String,
    side: Option<Side>,
    parts: (u16, Vec<u8>),
}

#[create_writer(filename = "keys.bin", growable)]
#[create_reader(filename = "keys.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Keys {
    topics: BTreeMap<Topic, u64>,
    hashed_topics: HashMap<Topic, String>,
    priorities: BTreeMap<Priority, String>,
    hashed_priorities: HashSet<Priority>,
    sides: BTreeSet<(Side, Option<u32>)>,
    hashed_sides: HashMap<(Side, Option<String>), u8>,
    instruments: BTreeMap<Instrument, Vec<u64>>,
    hashed_instruments: HashMap<Instrument, Topic>,
    optional: BTreeMap<Option<Topic>, u8>,
    nested: HashMap<Option<(Topic, Side)>, BTreeMap<Side, u64>>,
}

fn text(random: &mut Random) -> String {
    let number = random.below(6);
    match random.below(3) {
        0 => format!("{number}"),
        1 => format!("a text with the number {number}"),
        _ => format!("a text that lies in a block of its own, with the number {number}"),
    }
}

fn side(random: &mut Random) -> Side {
    if random.below(2) == 0 { Side::Buy } else { Side::Sell }
}

fn topic(random: &mut Random) -> Topic {
    let number = random.below(5) as u32;
    match random.below(4) {
        0 => Topic::All,
        1 => Topic::Named(text(random)),
        2 => Topic::Pair { first: number, second: (number > 2).then(|| text(random)) },
        _ => Topic::Nested(side(random), number as u8),
    }
}

fn priority(random: &mut Random) -> Priority {
    match random.below(3) {
        0 => Priority::Low,
        1 => Priority::Number(random.below(40) as i32 - 20),
        _ => Priority::High(text(random)),
    }
}

fn instrument(random: &mut Random) -> Instrument {
    let side = (random.below(3) > 0).then(|| side(random));
    let parts = (random.below(3) as u16, vec![random.below(2) as u8; random.below(4) as usize]);
    Instrument { market: text(random), side, parts }
}

fn keys(random: &mut Random, count: u64) -> Keys {
    let mut keys = Keys::default();
    for number in 0..count {
        keys.topics.insert(topic(random), number);
        keys.hashed_topics.insert(topic(random), text(random));
        keys.priorities.insert(priority(random), text(random));
        keys.hashed_priorities.insert(priority(random));
        let optional = (number % 2 == 0).then(|| random.below(30) as u32);
        keys.sides.insert((side(random), optional));
        let optional = (number % 2 == 0).then(|| text(random));
        keys.hashed_sides.insert((side(random), optional), number as u8);
        keys.instruments.insert(instrument(random), vec![number; (number % 4) as usize]);
        keys.hashed_instruments.insert(instrument(random), topic(random));
        keys.optional.insert((number % 5 > 0).then(|| topic(random)), number as u8);
        let key = (number % 5 > 0).then(|| (topic(random), side(random)));
        keys.nested.entry(key).or_default().insert(side(random), number);
    }
    keys
}

fn pair() -> (tempfile::TempDir, KeysWriter, KeysReader) {
    let (directory, path) = support::place("keys.bin");
    let writer = KeysWriter::create_at(&path).unwrap();
    let reader = KeysReader::open_at(&path).unwrap();
    (directory, writer, reader)
}

/// What a view goes through is in the order of the type, and nothing is missing.
fn in_order<K: Ord + Clone + Debug, V>(
    found: impl Iterator<Item = (K, V)>,
    expected: impl Iterator<Item = K>,
) {
    let found: Vec<K> = found.map(|(key, _)| key).collect();
    assert!(found.is_sorted(), "{found:?}");
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn keys_of_all_kinds_are_those_of_std() {
    let (_directory, mut w, r) = pair();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for count in [1, 5, 40, 300, 7] {
        let keys = keys(&mut random, count);
        w.publish(&keys).unwrap();
        let published = w.file().generation();
        assert_eq!(w.snapshot().unwrap(), keys);
        assert_eq!(r.snapshot().unwrap(), keys);
        w.publish(&keys).unwrap();
        assert_eq!(w.file().generation(), published, "what is there already is not published");
        let view = r.pin().unwrap();
        view.verify().unwrap();
        let loaded = view.topics().load().unwrap();
        in_order(loaded.into_iter(), keys.topics.keys().cloned());
        let loaded = view.priorities().load().unwrap();
        in_order(loaded.into_iter(), keys.priorities.keys().cloned());
        let values: Vec<String> = view.priorities().values().collect::<Result<_, _>>().unwrap();
        assert!(values.iter().eq(keys.priorities.values()), "in the reversed order");
        // Each is found, also by a key that is another value with the same content.
        for (key, value) in &keys.topics {
            assert_eq!(view.topics().get(&key.clone()).unwrap(), Some(*value));
        }
        for (key, value) in &keys.hashed_topics {
            assert_eq!(view.hashed_topics().get(key).unwrap().as_ref(), Some(value));
        }
        for key in &keys.hashed_priorities {
            assert!(view.hashed_priorities().contains(key).unwrap());
        }
        for (key, value) in &keys.instruments {
            let found = view.instruments().get(key).unwrap().unwrap();
            assert_eq!(found.load().unwrap(), *value);
        }
        for (key, value) in &keys.hashed_instruments {
            assert_eq!(r.hashed_instruments().get(key).unwrap().as_ref(), Some(value));
        }
        // What is not there is not found.
        for _ in 0..50 {
            let (topic, priority) = (topic(&mut random), priority(&mut random));
            let expected = keys.topics.get(&topic).copied();
            assert_eq!(view.topics().get(&topic).unwrap(), expected);
            let expected = keys.hashed_priorities.contains(&priority);
            assert_eq!(view.hashed_priorities().contains(&priority).unwrap(), expected);
        }
    }
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn random_changes_by_enum_keys_are_those_of_std() {
    let (_directory, mut w, r) = pair();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut twin = Keys::default();
    for step in 0..600 {
        let (topic, priority) = (topic(&mut random), priority(&mut random));
        match random.below(10) {
            0 | 1 => {
                w.topics_mut().insert(&topic, step).unwrap();
                twin.topics.insert(topic, step);
            }
            2 => {
                let found = w.topics_mut().remove(&topic).unwrap();
                assert_eq!(found, twin.topics.remove(&topic));
            }
            3 | 4 => {
                let text = text(&mut random);
                w.priorities_mut().insert(&priority, &text).unwrap();
                twin.priorities.insert(priority, text);
            }
            5 => {
                let found = w.priorities_mut().pop_first().unwrap();
                assert_eq!(found, twin.priorities.pop_first(), "the first of the reversed order");
            }
            6 => {
                let text = text(&mut random);
                w.hashed_topics_mut().insert(&topic, &text).unwrap();
                twin.hashed_topics.insert(topic, text);
            }
            7 => {
                let found = w.hashed_topics_mut().remove(&topic).unwrap();
                assert_eq!(found, twin.hashed_topics.remove(&topic));
            }
            8 => {
                let is_new = w.hashed_priorities_mut().insert(&priority).unwrap();
                assert_eq!(is_new, twin.hashed_priorities.insert(priority));
            }
            _ => {
                let is_there = w.hashed_priorities_mut().remove(&priority).unwrap();
                assert_eq!(is_there, twin.hashed_priorities.remove(&priority));
            }
        }
        if step % 40 == 0 {
            assert_eq!(r.snapshot().unwrap(), twin);
            r.pin().unwrap().verify().unwrap();
        }
    }
    assert_eq!(r.snapshot().unwrap(), twin);
    assert_eq!(w.file().stats().leaked, 0);
}
