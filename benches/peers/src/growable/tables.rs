//! The same work on the same table, kind by kind and size by size.

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

/// The rounds of a size: fewer where one takes seconds.
const fn rounds(len: usize) -> (usize, usize) {
    match len {
        ..=100_000 => (5, 9),
        ..=1_000_000 => (3, 7),
        _ => (1, 5),
    }
}

type Limits<'a> = &'a dyn Fn(Operation) -> &'static [(&'static str, f64)];

/// Measures one kind in all libraries.
fn kind<K, C>(len: usize, measured: &mut Measured, limits: Limits<'_>)
where
    K: RedbKind + SanakirjaKind + PrivateKind,
    C: Store<K>,
    MmapSync<K>: Store<K>,
{
    eprintln!("{} of {}", K::NAME, grouped(len));
    let keys = Rc::new(Keys::<K>::new(len));
    let mut commy = Stage::<K, C>::new(Rc::clone(&keys));
    let mut lmdb = Stage::<K, Lmdb<K>>::new(Rc::clone(&keys));
    let mut redb = Stage::<K, Redb>::new(Rc::clone(&keys));
    let mut sanakirja = Stage::<K, Sanakirja>::new(Rc::clone(&keys));
    let mut mmap_sync = Stage::<K, MmapSync<K>>::new(Rc::clone(&keys));
    let mut private = Stage::<K, Private<K>>::new(keys);
    let mut all: [&mut dyn Contestant; 6] =
        [&mut commy, &mut lmdb, &mut redb, &mut sanakirja, &mut mmap_sync, &mut private];
    let (fills, batches) = rounds(len);
    let push = |measured: &mut Measured,
                operation: Operation,
                times: Vec<Option<f64>>,
                names: &[&'static str]| {
        let entries = operation.entries(len) as f64;
        let times = names.iter().zip(times);
        let times = times.filter_map(|(name, time)| Some((*name, time? / entries))).collect();
        let wanted = limits(operation);
        measured.rows.push(Row { kind: K::NAME, file: K::FILE, operation, len, times, wanted });
    };
    let names: Vec<_> = all.iter().map(|contestant| contestant.name()).collect();

    let mut times = vec![Vec::new(); all.len()];
    for _ in 0..fills {
        for (contestant, times) in all.iter_mut().zip(&mut times) {
            times.push(contestant.fill().as_secs_f64() * 1e9);
        }
    }
    let times = times.into_iter().map(|times| Some(median(times))).collect();
    push(measured, Operation::Insert, times, &names);
    all.iter_mut().for_each(|contestant| contestant.check());
    space::<K>(&mut all, len, "after the insertion", Wanted::OfOther(1.3), measured);
    for operation in Operation::REPEATED {
        if operation == Operation::Range && !K::ORDERED {
            continue;
        }
        let mut turns: Vec<_> =
            all.iter_mut().map(|contestant| |count| contestant.batch(operation, count)).collect();
        let mut turns: Vec<&mut dyn Repeats> =
            turns.iter_mut().map(|turn| turn as &mut dyn Repeats).collect();
        let times = in_turn(&mut turns, batches);
        drop(turns);
        push(measured, operation, times, &names);
    }
    all.iter_mut().for_each(|contestant| contestant.check());
    space::<K>(&mut all, len, "after the updates", Wanted::Any, measured);
}

/// What an entry takes in the file, and in what of it is in use.
fn space<K: Kind>(
    all: &mut [&mut dyn Contestant],
    len: usize,
    when: &str,
    wanted: Wanted,
    measured: &mut Measured,
) {
    let each = |bytes: u64| bytes as f64 / len as f64;
    let mut files = Vec::new();
    let mut lives = Vec::new();
    for contestant in all.iter_mut().filter(|contestant| contestant.name() != "std") {
        let (file, live) = contestant.space();
        files.push((contestant.name(), each(file)));
        lives.extend(live.map(|live| (contestant.name(), each(live))));
    }
    if matches!(wanted, Wanted::Any) {
        let points = files.iter().map(|(name, value)| Point {
            file: K::FILE,
            panel: "file after the updates, each",
            unit: Unit::Bytes,
            len,
            name,
            value: *value,
        });
        measured.points.extend(points);
    }
    for (part, mut bytes) in [("file", files), ("in use", lives)] {
        let (_, commy) = bytes.remove(0);
        let what = format!("{}, {} entries, {part} {when}, each", K::NAME, grouped(len));
        measured.space.push((len, Figure::beside(what, Unit::Bytes, commy, bytes, wanted)));
    }
}
