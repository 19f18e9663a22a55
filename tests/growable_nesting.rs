//! Everything that grows, in everything that grows: each container around each other one, around text,
//! structs, enums and once more each other, against the value of std.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(
    clippy::box_collection,
    clippy::vec_box,
    clippy::type_complexity,
    reason = "what nobody would write fits as well"
)]

mod support;

use core::array;
use std::collections::{BTreeMap, HashMap, VecDeque};

use commy::Growable;

use support::Random;

#[derive(Debug, Clone, PartialEq, Growable)]
struct Leaf {
    name: String,
    parts: Vec<Option<Box<u32>>>,
    place: (u8, VecDeque<String>),
}

#[derive(Debug, Clone, PartialEq, Growable)]
enum Kind {
    Nothing,
    Number(u64),
    Texts { by_name: BTreeMap<String, Vec<u16>>, rest: HashMap<u32, Box<Leaf>> },
    Pair([VecDeque<Kind>; 2]),
}

type Map<T> = BTreeMap<String, T>;
type Hash<T> = HashMap<u32, T>;
type Tuple<T> = (u8, T);
type Array<T> = [T; 2];

/// A value at random, not too large.
trait Made {
    fn made(random: &mut Random, depth: u64) -> Self;
}

/// How many elements there are at a depth: sometimes more than one node holds.
fn len(random: &mut Random, depth: u64) -> u64 {
    let most = [[2, 5, 40], [2, 4, 10], [1, 3, 5], [1, 2, 3]][depth.min(3) as usize];
    let most = most[random.below(3) as usize];
    random.below(most + 1)
}

impl Made for u64 {
    fn made(random: &mut Random, _: u64) -> Self {
        random.next()
    }
}

impl Made for String {
    fn made(random: &mut Random, _: u64) -> Self {
        let number = random.below(1000);
        match random.below(3) {
            0 => format!("{number}"),
            1 => format!("a text with the number {number}"),
            _ => format!("a text that lies in a block of its own, with the number {number}"),
        }
    }
}

impl Made for Leaf {
    fn made(random: &mut Random, depth: u64) -> Self {
        let part = |random: &mut Random| {
            (random.below(2) == 0).then(|| Box::new(random.below(1 << 32) as u32))
        };
        Self {
            name: Made::made(random, depth),
            parts: (0..random.below(4)).map(|_| part(random)).collect(),
            place: (depth as u8, Made::made(random, 3)),
        }
    }
}

impl Made for Kind {
    fn made(random: &mut Random, depth: u64) -> Self {
        match random.below(if depth > 3 { 2 } else { 4 }) {
            0 => Self::Nothing,
            1 => Self::Number(random.next()),
            2 => {
                let short = |random: &mut Random| vec![7; random.below(5) as usize];
                let by_name = (0..random.below(4)).map(|_| (Made::made(random, 3), short(random)));
                let by_name = by_name.collect();
                Self::Texts { by_name, rest: Made::made(random, depth + 2) }
            }
            _ => Self::Pair(Made::made(random, depth + 2)),
        }
    }
}

impl<T: Made> Made for Vec<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        (0..len(random, depth)).map(|_| T::made(random, depth + 1)).collect()
    }
}

impl<T: Made> Made for VecDeque<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        let mut made: Self = (0..len(random, depth)).map(|_| T::made(random, depth + 1)).collect();
        // Two slices.
        made.rotate_left((random.below(2) as usize).min(made.len()));
        made
    }
}

impl<T: Made> Made for Map<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        let entry = |random: &mut Random| (Made::made(random, depth), T::made(random, depth + 1));
        (0..len(random, depth)).map(|_| entry(random)).collect()
    }
}

impl<T: Made> Made for Hash<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        let entry = |random: &mut Random| (random.below(99) as u32, T::made(random, depth + 1));
        (0..len(random, depth)).map(|_| entry(random)).collect()
    }
}

impl<T: Made> Made for Option<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        (random.below(3) > 0).then(|| T::made(random, depth + 1))
    }
}

impl<T: Made> Made for Box<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        Self::new(T::made(random, depth + 1))
    }
}

impl<T: Made> Made for Tuple<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        (random.below(256) as u8, T::made(random, depth + 1))
    }
}

impl<T: Made> Made for Array<T> {
    fn made(random: &mut Random, depth: u64) -> Self {
        array::from_fn(|_| T::made(random, depth + 1))
    }
}

/// What an accessor of a reader returns, as a value.
macro_rules! value {
    (proxy $read:expr) => {
        $read.load().unwrap()
    };
    (value $read:expr) => {
        $read.unwrap()
    };
}

/// A record of each of these types, within one container.
macro_rules! nestings {
    ($($test:ident, $module:ident, $outer:ident, $read:ident;)*) => {
        $(
            nestings! { @one $test, $module, $outer, $read:
                vecs: Vec<Leaf>,
                deques: VecDeque<Kind>,
                maps: Map<String>,
                hashes: Hash<Leaf>,
                optionals: Option<Kind>,
                boxes: Box<Leaf>,
                tuples: Tuple<String>,
                arrays: Array<Kind>,
                mapped_deques: Map<VecDeque<String>>,
                boxed_hashes: Box<Hash<Vec<u64>>>,
                optional_arrays: Option<Array<Map<u64>>>,
                tuples_of_tuples: Vec<Tuple<Tuple<Kind>>>,
            }
        )*
    };
    (@one $test:ident, $module:ident, $outer:ident, $read:ident: $($name:ident: $ty:ty,)*) => {
        mod $module {
            use super::*;

            #[commy::create_writer(filename = "nested.bin", growable)]
            #[commy::create_reader(filename = "nested.bin", growable)]
            #[derive(Debug, Clone, PartialEq)]
            pub(super) struct Nested {
                number: u64,
                $($name: $outer<$ty>,)*
            }

            impl Made for Nested {
                fn made(random: &mut Random, depth: u64) -> Self {
                    Self { number: random.next(), $($name: Made::made(random, depth),)* }
                }
            }

            fn check(w: &NestedWriter, r: &NestedReader, value: &Nested) {
                assert!(w.snapshot().unwrap() == *value, "{value:?}");
                assert!(r.snapshot().unwrap() == *value, "{value:?}");
                let mut reused = r.snapshot().unwrap();
                r.snapshot_into(&mut reused).unwrap();
                assert!(reused == *value, "{value:?}");
                assert!(r.read(|view| view.snapshot()).unwrap() == *value, "{value:?}");
                r.pin().unwrap().verify().unwrap();
                $(assert!(value!($read r.$name()) == value.$name, "{:?}", value.$name);)*
            }

            #[test]
            fn $test() {
                let (directory, path) = support::place("nested.bin");
                let mut w = NestedWriter::create_at(&path).unwrap();
                let r = NestedReader::open_at(&path).unwrap();
                let mut random = Random(0x9e37_79b9_7f4a_7c15);
                let mut kept = None;
                for round in 0..4 {
                    let mut value = Nested::made(&mut random, 0);
                    w.publish(&value).unwrap();
                    check(&w, &r, &value);
                    let before = w.file().generation();
                    w.publish(&value).unwrap();
                    assert_eq!(w.file().generation(), before, "an equal value publishes nothing");
                    if let Some((view, value)) = &kept {
                        let view: &NestedView<'_> = view;
                        assert!(view.snapshot().unwrap() == *value, "a view that is kept");
                    }
                    kept = Some((r.clone().into_pinned().unwrap(), value.clone()));
                    // A part of it, by what differs and by a setter.
                    $(
                        value.$name = Made::made(&mut random, 1);
                        w.update(|nested| nested.$name = value.$name.clone()).unwrap();
                    )*
                    check(&w, &r, &value);
                    while w.compact(1 << 20).unwrap().is_unfinished() {}
                    check(&w, &r, &value);
                    let copy = directory.path().join(format!("copy-{round}.bin"));
                    r.pin().unwrap().save_as(&copy).unwrap();
                    let mut copied = NestedWriter::create_at(&copy).unwrap();
                    let reader = NestedReader::open_at(&copy).unwrap();
                    check(&copied, &reader, &value);
                    let other = Nested::made(&mut random, 1);
                    copied.publish(&other).unwrap();
                    check(&copied, &reader, &other);
                    drop(w);
                    w = NestedWriter::create_at(&path).unwrap();
                    check(&w, &r, &value);
                    assert_eq!(w.file().stats().leaked, 0);
                }
            }
        }
    };
}

nestings! {
    lists_hold_everything, lists, Vec, proxy;
    deques_hold_everything, deques, VecDeque, proxy;
    ordered_maps_hold_everything, maps, Map, proxy;
    hash_maps_hold_everything, hashes, Hash, proxy;
    options_hold_everything, options, Option, value;
    boxes_hold_everything, boxes, Box, value;
    tuples_hold_everything, tuples, Tuple, value;
    arrays_hold_everything, arrays, Array, value;
}
