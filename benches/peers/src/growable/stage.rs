//! One table of one library, with the keys that it is asked for, and what has to be in it.

use core::hint::black_box;
use core::time::Duration;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::rc::Rc;

use super::clock::timed;
use super::kinds::{Kind, mixed};
use super::store::{Store, View};
use crate::place::Place;

/// What is measured of every table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Insert,
    GetView,
    GetReader,
    Range,
    Iterate,
    ForEach,
    UpdateOne,
    UpdateMany,
}

/// The entries that a range is asked for.
pub const RANGE: usize = 100;
/// The entries of an update of many.
pub const MANY: usize = 1000;

impl Operation {
    /// What is measured in turns, in this order; the others are filled before.
    pub const REPEATED: [Self; 7] = [
        Self::GetView,
        Self::GetReader,
        Self::Range,
        Self::Iterate,
        Self::ForEach,
        Self::UpdateOne,
        Self::UpdateMany,
    ];

    /// How many entries of a table of this length one operation is about; a range is one thing.
    #[must_use]
    pub fn entries(self, len: usize) -> usize {
        match self {
            Self::GetView | Self::GetReader | Self::Range | Self::UpdateOne => 1,
            Self::UpdateMany => MANY.min(len),
            Self::Insert | Self::Iterate | Self::ForEach => len,
        }
    }

    /// What tables and plots call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert all in one transaction, each",
            Self::GetView => "get, in one view",
            Self::GetReader => "get, newest each time",
            Self::Range => "range of 100, in one view",
            Self::Iterate => "iterate, each",
            Self::ForEach => "for_each, each",
            Self::UpdateOne => "update one, and commit",
            Self::UpdateMany => "update 1000, and commit, each",
        }
    }
}

/// The keys of a size, and the order in which they are asked for.
#[derive(Debug)]
pub struct Keys<K: Kind> {
    /// The value of each is made from its index, until it is updated.
    keys: Vec<K::Key>,
    /// The same keys in another order; they lie in memory in this order.
    probes: Vec<K::Key>,
    /// The index of each probe among the keys.
    order: Vec<u32>,
    /// The indices of the keys in the order of keys; of kinds with ranges.
    sorted: Vec<u32>,
}

impl<K: Kind> Keys<K> {
    /// So many keys.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let keys = K::keys(len);
        let mut order: Vec<u32> = (0..len as u32).collect();
        for last in (1..len).rev() {
            order.swap(last, mixed(last as u64 ^ 0x5eed) as usize % (last + 1));
        }
        let probes = order.iter().map(|index| keys[*index as usize].clone()).collect();
        let mut sorted: Vec<u32> = if K::ORDERED { (0..len as u32).collect() } else { Vec::new() };
        sorted.sort_unstable_by(|a, b| keys[*a as usize].cmp(&keys[*b as usize]));
        Self { keys, probes, order, sorted }
    }

    fn digest(&self, index: u32, numbers: &[u64]) -> u64 {
        let value = K::value(numbers[index as usize]);
        K::digest(K::borrow(&self.keys[index as usize]), &value)
    }

    /// The sum of a range that begins at a probe, if these are the numbers of the values.
    fn range(&self, probe: usize, numbers: &[u64]) -> u64 {
        let start = &self.probes[probe];
        let at = self.sorted.partition_point(|index| self.keys[*index as usize] < *start);
        let range = self.sorted[at..].iter().take(RANGE).take_while(|index| {
            K::same_range(K::borrow(start), K::borrow(&self.keys[**index as usize]))
        });
        range.map(|index| self.digest(*index, numbers)).fold(0, u64::wrapping_add)
    }
}

/// A table that is measured.
pub trait Contestant {
    /// What tables and plots call the library.
    fn name(&self) -> &'static str;

    /// Makes a new table with all keys; returns how long the transaction took, with its commit.
    fn fill(&mut self) -> Duration;

    /// Times so many operations; `None` if the library has none.
    fn batch(&mut self, operation: Operation, count: u64) -> Option<Duration>;

    /// Compares what is in the table with what has to be.
    fn check(&mut self);

    /// What the files take on the file system, and how much of that is in use.
    fn space(&mut self) -> (u64, Option<u64>);
}

/// A table of a library, and what has to be in it.
#[derive(Debug)]
pub struct Stage<K: Kind, S: Store<K>> {
    keys: Rc<Keys<K>>,
    /// The number that the value of each key was made from.
    numbers: Vec<u64>,
    /// The next probe.
    cursor: usize,
    /// The next number.
    serial: u64,
    store: Option<S>,
    place: Place,
}

impl<K: Kind, S: Store<K>> Stage<K, S> {
    /// A stage without a table.
    #[must_use]
    pub fn new(keys: Rc<Keys<K>>) -> Self {
        let numbers = (0..keys.keys.len() as u64).collect();
        Self { keys, numbers, cursor: 0, serial: 0, store: None, place: Place::new() }
    }

    /// The index of the next so many probes, which are neighbours.
    fn next(cursor: &mut usize, count: usize, len: usize) -> usize {
        if *cursor + count > len {
            *cursor = 0;
        }
        *cursor += count;
        *cursor - count
    }

    fn update(&mut self, many: usize, count: u64) -> Duration {
        let keys = Rc::clone(&self.keys);
        let (probes, len) = (&keys.probes, keys.probes.len());
        let many = many.min(len);
        let (mut cursor, mut serial) = (self.cursor, self.serial);
        let store = self.store.as_mut().unwrap();
        let (time, ()) = timed(|| {
            for _ in 0..count {
                let at = Self::next(&mut cursor, many, len);
                store.update(black_box(&probes[at..at + many]), serial);
                serial += many as u64;
            }
        });
        // The same once more, for what has to be there now.
        for _ in 0..count {
            let at = Self::next(&mut self.cursor, many, len);
            for index in &keys.order[at..at + many] {
                self.numbers[*index as usize] = self.serial;
                self.serial += 1;
            }
        }
        time
    }

    fn in_view(
        &mut self,
        count: u64,
        mut read: impl FnMut(&S::View<'_>, &K::Key) -> u64,
    ) -> Duration {
        let probes = &self.keys.probes;
        let view = self.store.as_mut().unwrap().view();
        let cursor = &mut self.cursor;
        let (time, all) = timed(|| {
            let mut all = 0_u64;
            for _ in 0..count {
                let at = Self::next(cursor, 1, probes.len());
                all = all.wrapping_add(read(black_box(&view), &probes[at]));
            }
            all
        });
        black_box(all);
        time
    }

    fn get_newest(&mut self, count: u64) -> Duration {
        let probes = &self.keys.probes;
        let store = self.store.as_mut().unwrap();
        let cursor = &mut self.cursor;
        let (time, all) = timed(|| {
            let mut all = 0_u64;
            for _ in 0..count {
                let key = &probes[Self::next(cursor, 1, probes.len())];
                let value = black_box(&mut *store).get(key).unwrap();
                all = all.wrapping_add(K::digest(K::borrow(key), &value));
            }
            all
        });
        black_box(all);
        time
    }

    fn walk(&mut self, count: u64, walk: impl Fn(&S::View<'_>) -> u64) -> Duration {
        let view = self.store.as_mut().unwrap().view();
        let (time, ()) = timed(|| {
            for _ in 0..count {
                black_box(walk(black_box(&view)));
            }
        });
        time
    }
}

impl<K: Kind, S: Store<K>> Contestant for Stage<K, S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn fill(&mut self) -> Duration {
        drop(self.store.take());
        self.place = Place::new();
        let mut store = S::create(&self.place);
        let (time, ()) = timed(|| store.insert_all(black_box(&self.keys.keys)));
        self.store = Some(store);
        self.serial = self.keys.keys.len() as u64;
        self.numbers = (0..self.serial).collect();
        time
    }

    fn batch(&mut self, operation: Operation, count: u64) -> Option<Duration> {
        Some(match operation {
            Operation::Insert => self.fill(),
            Operation::GetView => {
                self.in_view(count, |view, key| K::digest(K::borrow(key), &view.get(key).unwrap()))
            }
            Operation::GetReader => self.get_newest(count),
            Operation::Range if !S::RANGES => return None,
            Operation::Range => self.in_view(count, |view, key| view.range(key, RANGE)),
            Operation::Iterate => self.walk(count, |view| view.iterate()),
            Operation::ForEach => self.walk(count, |view| view.for_each()),
            Operation::UpdateOne => self.update(1, count),
            Operation::UpdateMany => self.update(MANY, count),
        })
    }

    fn check(&mut self) {
        let keys = Rc::clone(&self.keys);
        let store = self.store.as_mut().unwrap();
        let some = || (0..keys.probes.len()).step_by(keys.probes.len() / 1000 + 1);
        for probe in some() {
            let number = self.numbers[keys.order[probe] as usize];
            assert_eq!(store.get(&keys.probes[probe]), Some(K::value(number)), "{}", S::NAME);
        }
        let numbers = &self.numbers;
        let all = (0..numbers.len() as u32).map(|index| keys.digest(index, numbers));
        let all = all.fold(0, u64::wrapping_add);
        let view = store.view();
        assert_eq!(view.iterate(), all, "{}, iterate", S::NAME);
        assert_eq!(view.for_each(), all, "{}, for_each", S::NAME);
        for probe in some() {
            let value = K::value(numbers[keys.order[probe] as usize]);
            assert_eq!(view.get(&keys.probes[probe]), Some(value), "{}", S::NAME);
            if S::RANGES {
                let range = view.range(&keys.probes[probe], RANGE);
                assert_eq!(range, keys.range(probe, numbers), "{}, range", S::NAME);
            }
        }
    }

    fn space(&mut self) -> (u64, Option<u64>) {
        let live = self.store.as_mut().unwrap().live();
        (taken(&self.place.path("")), live)
    }
}

/// The bytes that the file system has given to all files below a directory.
#[must_use]
pub fn taken(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let taken = entries.map(|entry| match entry.metadata().unwrap() {
        metadata if metadata.is_dir() => taken(&entry.path()),
        metadata => metadata.blocks() * 512,
    });
    taken.sum()
}
