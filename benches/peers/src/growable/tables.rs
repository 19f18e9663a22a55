//! The same work on the same table, kind by kind and size by size.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::clock::{Repeats, in_turn, median};
use super::figures::{Figure, Row, Unit, Wanted, grouped};
use super::kinds::{Hashed, HashedTexts, Kind, Listed, Nested, Numbers, Texts};
use super::plot::Point;
use super::stage::{Contestant, Keys, Operation, Stage};
use super::store::Store;
use super::stores::{
    HashedStore, HashedTextsStore, ListedStore, Lmdb, MmapSync, NestedStore, NumbersStore, Private,
    PrivateKind, Redb, RedbKind, Sanakirja, SanakirjaKind, TextsStore,
};

/// What was measured of the tables.
#[derive(Debug, Default)]
pub struct Measured {
    pub rows: Vec<Row>,
    /// The figures at all sizes that are no rows.
    pub points: Vec<Point>,
    /// What the tables of each size take.
    pub space: Vec<(usize, Figure)>,
}

/// Measures all kinds with so many entries.
pub fn measure(len: usize, measured: &mut Measured) {
    kind::<Numbers, NumbersStore>(len, measured, &wanted::number_tree);
    kind::<Texts, TextsStore>(len, measured, &wanted::text);
    kind::<Hashed, HashedStore>(len, measured, &wanted::number_hash);
    kind::<HashedTexts, HashedTextsStore>(len, measured, &wanted::text);
    kind::<Nested, NestedStore>(len, measured, &wanted::number_tree);
    kind::<Listed, ListedStore>(len, measured, &wanted::nothing);
}

/// What each operation may take, as multiples of what libraries take.
mod wanted {
    use super::Operation;

    type Limits = &'static [(&'static str, f64)];

    /// Numbers by numbers, ordered.
    pub(super) fn number_tree(operation: Operation) -> Limits {
        match operation {
            Operation::GetView | Operation::GetReader => &[("LMDB", 0.5), ("std", 1.3)],
            other => number(other),
        }
    }

    /// Numbers by numbers, by their hash.
    pub(super) fn number_hash(operation: Operation) -> Limits {
        match operation {
            Operation::GetView | Operation::GetReader => &[("LMDB", 0.5), ("std", 1.5)],
            other => number(other),
        }
    }

    fn number(operation: Operation) -> Limits {
        match operation {
            Operation::GetView | Operation::GetReader => &[("LMDB", 0.5)],
            Operation::Range => &[("LMDB", 0.3)],
            Operation::Iterate | Operation::ForEach => &[("LMDB", 0.5)],
            Operation::Insert => &[("LMDB", 0.6)],
            Operation::UpdateOne => &[("LMDB", 0.3), ("redb", 0.1)],
            Operation::UpdateMany => &[("LMDB", 0.6)],
        }
    }

    /// 48 bytes by texts.
    pub(super) fn text(operation: Operation) -> Limits {
        match operation {
            Operation::GetView | Operation::GetReader => &[("LMDB", 0.75)],
            Operation::Range | Operation::Iterate | Operation::ForEach => &[("LMDB", 0.8)],
            Operation::Insert => &[("LMDB", 0.75)],
            Operation::UpdateOne => &[("LMDB", 0.4), ("redb", 0.15)],
            Operation::UpdateMany => &[("LMDB", 0.9)],
        }
    }

    pub(super) fn nothing(_: Operation) -> Limits {
        &[]
    }
}

/// The rounds of a size: of filling a table, and of batches. Fewer where one takes seconds.
const fn rounds(len: usize) -> (usize, usize) {
    match len {
        ..=100_000 => (5, 9),
        100_001..=1_000_000 => (3, 7),
        _ => (1, 5),
    }
}

/// Larger tables are measured library by library: all of them at once would not fit in memory.
const TOGETHER: usize = 1_000_000;

type Limits<'a> = &'a dyn Fn(Operation) -> &'static [(&'static str, f64)];
type Make<K> = fn(Rc<Keys<K>>) -> Box<dyn Contestant>;

/// Measures one kind in all libraries.
fn kind<K, C>(len: usize, measured: &mut Measured, limits: Limits<'_>)
where
    K: RedbKind + SanakirjaKind + PrivateKind,
    C: Store<K> + 'static,
    MmapSync<K>: Store<K>,
{
    eprintln!("{} of {}", K::NAME, grouped(len));
    let keys = Rc::new(Keys::<K>::new(len));
    let all: [Make<K>; 6] = [
        |keys| Box::new(Stage::<K, C>::new(keys)),
        |keys| Box::new(Stage::<K, Lmdb<K>>::new(keys)),
        |keys| Box::new(Stage::<K, Redb>::new(keys)),
        |keys| Box::new(Stage::<K, Sanakirja>::new(keys)),
        |keys| Box::new(Stage::<K, MmapSync<K>>::new(keys)),
        |keys| Box::new(Stage::<K, Private<K>>::new(keys)),
    ];
    let mut found = Found::default();
    for some in all.chunks(if len <= TOGETHER { all.len() } else { 1 }) {
        let mut some: Vec<_> = some.iter().map(|make| make(Rc::clone(&keys))).collect();
        found.measure::<K>(len, &mut some);
    }
    for (operation, times) in found.times {
        let wanted = limits(operation);
        measured.rows.push(Row { kind: K::NAME, file: K::FILE, operation, len, times, wanted });
    }
    let points =
        found.space.get(&(UPDATED, FILE)).into_iter().flatten().map(|(name, value)| Point {
            file: K::FILE,
            panel: "file after the updates, each",
            unit: Unit::Bytes,
            len,
            name,
            value: *value,
        });
    measured.points.extend(points);
    for ((when, part), mut bytes) in found.space {
        let (_, commy) = bytes.remove(0);
        let what = format!("{}, {} entries, {part} {when}, each", K::NAME, grouped(len));
        let wanted = if when == INSERTED { Wanted::OfOther(1.3) } else { Wanted::Any };
        measured.space.push((len, Figure::beside(what, Unit::Bytes, commy, bytes, wanted)));
    }
}

const INSERTED: &str = "after the insertion";
const UPDATED: &str = "after the updates";
const FILE: &str = "file";
const IN_USE: &str = "in use";

type OfEach = Vec<(&'static str, f64)>;

/// What was found of tables of one kind and size; commy comes first everywhere.
#[derive(Default)]
struct Found {
    times: BTreeMap<Operation, OfEach>,
    space: BTreeMap<(&'static str, &'static str), OfEach>,
}

impl Found {
    /// Lets these take turns, and checks what they have, outside of what is timed.
    fn measure<K: Kind>(&mut self, len: usize, some: &mut [Box<dyn Contestant>]) {
        let (fills, batches) = rounds(len);
        let mut times = vec![Vec::new(); some.len()];
        for _ in 0..fills {
            for (contestant, times) in some.iter_mut().zip(&mut times) {
                times.push(contestant.fill().as_secs_f64() * 1e9);
            }
        }
        let times = times.into_iter().map(|times| Some(median(times))).collect();
        self.keep(Operation::Insert, len, some, times);
        some.iter_mut().for_each(|contestant| contestant.check());
        self.weigh(INSERTED, len, some);
        for operation in Operation::REPEATED {
            if operation == Operation::Range && !K::ORDERED {
                continue;
            }
            let turns =
                some.iter_mut().map(|contestant| |count| contestant.batch(operation, count));
            let mut turns: Vec<_> = turns.collect();
            let mut turns: Vec<_> = turns.iter_mut().map(|turn| turn as &mut dyn Repeats).collect();
            let times = in_turn(&mut turns, batches);
            self.keep(operation, len, some, times);
        }
        some.iter_mut().for_each(|contestant| contestant.check());
        self.weigh(UPDATED, len, some);
    }

    fn keep(
        &mut self,
        operation: Operation,
        len: usize,
        some: &[Box<dyn Contestant>],
        times: Vec<Option<f64>>,
    ) {
        let entries = operation.entries(len) as f64;
        let times = some.iter().zip(times);
        let times = times.filter_map(|(one, time)| Some((one.name(), time? / entries)));
        self.times.entry(operation).or_default().extend(times);
    }

    /// What an entry takes in the file, and in what of it is in use.
    fn weigh(&mut self, when: &'static str, len: usize, some: &mut [Box<dyn Contestant>]) {
        for contestant in some.iter_mut().filter(|contestant| contestant.name() != "std") {
            let (file, live) = contestant.space();
            for (part, bytes) in [(FILE, Some(file)), (IN_USE, live)] {
                let each = bytes.map(|bytes| (contestant.name(), bytes as f64 / len as f64));
                self.space.entry((when, part)).or_default().extend(each);
            }
        }
    }
}
