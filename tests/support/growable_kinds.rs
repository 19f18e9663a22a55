//! Records with every kind of field that grows.
#![allow(unreachable_pub, reason = "a module of a test")]

use core::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use commy::encoded::{Json, Postcard};
use commy::{FixedString, Growable, Mappable, create_reader, create_writer};

/// All whose place in the file follows from what was done.
#[create_writer(filename = "growable_kinds.bin", growable)]
#[create_reader(filename = "growable_kinds.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GrowableKinds {
    pub number: u32,
    pub large: u128,
    pub point: Point,
    pub code: FixedString<12>,
    pub short: String,
    pub long: String,
    #[commy(bytes)]
    pub image: Vec<u8>,
    pub maybe: Option<String>,
    pub none: Option<Box<Tree>>,
    pub boxed: Box<(u8, String)>,
    pub pair: (u8, String, bool),
    pub lines: [String; 3],
    pub few: Vec<u16>,
    pub many: Vec<u64>,
    pub wide: Vec<[u8; 200]>,
    pub nested: Vec<Vec<String>>,
    pub queue: VecDeque<u32>,
    pub long_queue: VecDeque<String>,
    pub tree: Tree,
    pub events: Vec<Event>,
    pub term: Term,
    pub by_name: BTreeMap<String, u32>,
    pub by_pair: BTreeMap<(u8, String), Vec<u8>>,
    /// Keys that begin alike.
    pub by_address: BTreeMap<String, u16>,
    pub apart: BTreeMap<[u8; 80], [u8; 150]>,
    pub numbers: BTreeSet<i64>,
    pub backwards: BTreeSet<Backwards>,
    pub directory: Directory,
    #[commy(encoded = Postcard)]
    pub settings: Vec<(u8, String)>,
    #[commy(encoded = Json)]
    pub notes: BTreeMap<String, u8>,
}

/// What is where chance puts it.
#[create_writer(filename = "hashed_kinds.bin", growable)]
#[create_reader(filename = "hashed_kinds.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HashedKinds {
    pub few: HashMap<u64, u64>,
    pub many: HashMap<u32, u32>,
    pub by_text: HashMap<String, Vec<u32>>,
    pub by_event: HashMap<Event, BTreeMap<u8, String>>,
    pub apart: HashMap<[u8; 80], [u8; 150]>,
    pub set: HashSet<(u8, Option<String>)>,
    pub sets: Vec<HashSet<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
pub struct Point {
    pub x: f64,
    pub y: f32,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub struct Tree {
    pub value: u64,
    pub children: Vec<Self>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Growable)]
pub enum Event {
    Joined {
        name: String,
        ways: Vec<u16>,
    },
    Left(u64, Option<String>),
    #[default]
    Tick,
}

#[derive(Debug, Clone, PartialEq, Growable)]
pub enum Term {
    Number(f64),
    Negative(Box<Self>),
    Sum(Vec<Self>),
}

impl Default for Term {
    fn default() -> Self {
        Self::Number(0.0)
    }
}

/// A key whose order is not that of its field.
#[derive(Debug, Clone, PartialEq, Eq, Growable)]
pub struct Backwards {
    pub number: u16,
}

impl Ord for Backwards {
    fn cmp(&self, other: &Self) -> Ordering {
        Reverse(self.number).cmp(&Reverse(other.number))
    }
}

impl PartialOrd for Backwards {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub struct Directory {
    pub files: BTreeMap<String, u64>,
    pub directories: BTreeMap<String, Self>,
}

/// Text of which no two of one length are equal.
fn text(number: u32, len: usize) -> String {
    format!("{number:05} ").repeat(len / 6 + 1).chars().take(len).collect()
}

fn address(number: u16) -> String {
    match number % 20 {
        0 => format!("ftp://{number}"),
        _ => format!("https://example.com/items/{:05}", number.wrapping_mul(40_503)),
    }
}

pub fn example() -> GrowableKinds {
    let leaf = |value| Tree { value, children: Vec::new() };
    let home = Directory {
        files: [("notes".into(), 12), ("a name of more than twenty-eight bytes".into(), 1)].into(),
        ..Directory::default()
    };
    GrowableKinds {
        number: 7,
        large: u128::MAX - 1,
        point: Point { x: -0.5, y: 1.5 },
        code: FixedString::try_from("EURUSD").unwrap(),
        short: "grüezi".into(),
        long: text(1, 300),
        image: (0..5000_u32).map(|n| (n * 7 % 251) as u8).collect(),
        maybe: Some(text(2, 13)),
        none: None,
        boxed: Box::new((9, text(3, 40))),
        pair: (1, text(4, 12), true),
        lines: [String::new(), text(5, 1), text(6, 2000)],
        few: vec![1, 2, 3],
        many: (0..2000).map(|n| n * n).collect(),
        wide: (0..9).map(|n| [n; 200]).collect(),
        nested: (0..6)
            .map(|n| (0..n).map(|m| text(n * 10 + m, 9 * m as usize)).collect())
            .collect(),
        queue: (0..40).collect(),
        long_queue: (0..300).map(|n| text(n, n as usize % 30)).collect(),
        tree: Tree {
            value: 1,
            children: vec![leaf(2), Tree { value: 3, children: vec![leaf(4), leaf(5)] }],
        },
        events: vec![
            Event::Tick,
            Event::Joined { name: text(7, 30), ways: vec![3, 1] },
            Event::Left(8, None),
            Event::Left(9, Some(text(8, 20))),
        ],
        term: Term::Sum(vec![
            Term::Number(2.5),
            Term::Negative(Box::new(Term::Sum(vec![Term::Number(-1.0)]))),
        ]),
        by_name: (0..500).map(|n| (text(n * 37 % 500, n as usize % 45 + 5), n)).collect(),
        by_pair: (0..20).map(|n| ((n % 3, text(n.into(), 8)), vec![n; n as usize])).collect(),
        by_address: (0..400).map(|n| (address(n), n)).collect(),
        apart: (0..12).map(|n| ([n; 80], [n + 1; 150])).collect(),
        numbers: (-700..700).map(|n| n * 3).collect(),
        backwards: (0..90).map(|number| Backwards { number }).collect(),
        directory: Directory {
            files: [("motd".into(), 3)].into(),
            directories: [("home".into(), home), ("tmp".into(), Directory::default())].into(),
        },
        settings: vec![(1, text(9, 10)), (2, text(10, 100))],
        notes: [("one".into(), 1), ("two".into(), 2)].into(),
    }
}

pub fn hashed_example() -> HashedKinds {
    HashedKinds {
        few: [(1, 2)].into(),
        many: (0..1000).map(|n| (n * 11, n)).collect(),
        by_text: (0..80).map(|n| (text(n, n as usize % 40), (0..n % 5).collect())).collect(),
        by_event: [
            (Event::Tick, [(1, text(1, 5))].into()),
            (Event::Joined { name: text(2, 20), ways: vec![4] }, BTreeMap::new()),
            (Event::Left(3, Some(text(3, 3))), [(2, text(4, 50)), (3, String::new())].into()),
        ]
        .into(),
        apart: (0..12).map(|n| ([n; 80], [n + 1; 150])).collect(),
        set: [(1, None), (1, Some(text(5, 33))), (2, Some(String::new()))].into(),
        sets: vec![HashSet::new(), [text(6, 6)].into(), (0..70).map(|n| text(n, 11)).collect()],
    }
}
