//! What std has, in private memory, with its default hasher: no file, no snapshot, no other process.

use std::collections::{BTreeMap, HashMap};

use crate::growable::kinds::{Hashed, HashedTexts, Kind, Listed, Nested, Numbers, Texts, Words};
use crate::growable::store::{Store, View, sum};
use crate::place::Place;

/// As std has the table.
pub trait PrivateKind: Kind {
    /// The collection that the kind is named for.
    type Map: Default;

    fn insert(map: &mut Self::Map, key: &Self::Key, value: Self::Value);

    fn replace(map: &mut Self::Map, key: &Self::Key, value: Self::Value) {
        Self::insert(map, key, value);
    }

    fn get(map: &Self::Map, key: &Self::Key) -> Option<Self::Value>;
    fn range(map: &Self::Map, start: &Self::Key, count: usize) -> u64;
    fn iterate(map: &Self::Map) -> u64;
}

macro_rules! ordered {
    ($kind:ident, $Key:ty, $Value:ty) => {
        impl PrivateKind for $kind {
            type Map = BTreeMap<$Key, $Value>;

            fn insert(map: &mut Self::Map, key: &$Key, value: $Value) {
                map.insert(key.clone(), value);
            }

            fn get(map: &Self::Map, key: &$Key) -> Option<$Value> {
                map.get(key).copied()
            }

            fn range(map: &Self::Map, start: &$Key, count: usize) -> u64 {
                let entries = map.range::<$Key, _>(start..).take(count);
                sum(entries.map(|(key, value)| Self::digest(Self::borrow(key), value)))
            }

            fn iterate(map: &Self::Map) -> u64 {
                sum(map.iter().map(|(key, value)| Self::digest(Self::borrow(key), value)))
            }
        }
    };
}

macro_rules! hashed {
    ($kind:ident, $Key:ty, $Value:ty) => {
        impl PrivateKind for $kind {
            type Map = HashMap<$Key, $Value>;

            fn insert(map: &mut Self::Map, key: &$Key, value: $Value) {
                map.insert(key.clone(), value);
            }

            fn get(map: &Self::Map, key: &$Key) -> Option<$Value> {
                map.get(key).copied()
            }

            fn range(_: &Self::Map, _: &$Key, _: usize) -> u64 {
                unreachable!("a hash map has no ranges")
            }

            fn iterate(map: &Self::Map) -> u64 {
                sum(map.iter().map(|(key, value)| Self::digest(Self::borrow(key), value)))
            }
        }
    };
}

ordered!(Numbers, u64, u64);
ordered!(Texts, String, Words);
hashed!(Hashed, u64, u64);
hashed!(HashedTexts, String, Words);

impl PrivateKind for Listed {
    type Map = Vec<u64>;

    fn insert(list: &mut Vec<u64>, _: &u64, value: u64) {
        list.push(value);
    }

    fn replace(list: &mut Vec<u64>, index: &u64, value: u64) {
        list[*index as usize] = value;
    }

    fn get(list: &Vec<u64>, index: &u64) -> Option<u64> {
        list.get(*index as usize).copied()
    }

    fn range(list: &Vec<u64>, start: &u64, count: usize) -> u64 {
        let elements = list.iter().skip(*start as usize).take(count);
        sum((*start..).zip(elements).map(|(index, value)| Self::digest(index, value)))
    }

    fn iterate(list: &Vec<u64>) -> u64 {
        sum((0..).zip(list).map(|(index, value)| Self::digest(index, value)))
    }
}

impl PrivateKind for Nested {
    type Map = HashMap<String, BTreeMap<u64, u64>>;

    fn insert(map: &mut Self::Map, (group, key): &(String, u64), value: u64) {
        match map.get_mut(group) {
            Some(group) => group.insert(*key, value),
            None => map.entry(group.clone()).or_default().insert(*key, value),
        };
    }

    fn get(map: &Self::Map, (group, key): &(String, u64)) -> Option<u64> {
        map.get(group)?.get(key).copied()
    }

    fn range(map: &Self::Map, (group, key): &(String, u64), count: usize) -> u64 {
        let entries = map[group].range(key..).take(count);
        sum(entries.map(|(key, value)| Self::digest((group, *key), value)))
    }

    fn iterate(map: &Self::Map) -> u64 {
        sum(map.iter().flat_map(|(group, entries)| {
            entries.iter().map(|(key, value)| Self::digest((group, *key), value))
        }))
    }
}

/// A collection in this process's own memory.
#[derive(Debug)]
pub struct Private<K: PrivateKind> {
    pub(super) map: K::Map,
}

impl<K: PrivateKind> Store<K> for Private<K> {
    const NAME: &'static str = "std";
    const SHARED: bool = false;
    type View<'s> = &'s Self;

    fn create(_: &Place) -> Self {
        Self { map: K::Map::default() }
    }

    fn insert_all(&mut self, keys: &[K::Key]) {
        for (index, key) in keys.iter().enumerate() {
            K::insert(&mut self.map, key, K::value(index as u64));
        }
    }

    fn update(&mut self, keys: &[K::Key], first: u64) {
        for (key, number) in keys.iter().zip(first..) {
            K::replace(&mut self.map, key, K::value(number));
        }
    }

    fn view(&mut self) -> &Self {
        self
    }

    fn get(&mut self, key: &K::Key) -> Option<K::Value> {
        K::get(&self.map, key)
    }
}

impl<K: PrivateKind> View<K> for &Private<K> {
    #[inline]
    fn get(&self, key: &K::Key) -> Option<K::Value> {
        K::get(&self.map, key)
    }

    #[inline]
    fn range(&self, start: &K::Key, count: usize) -> u64 {
        K::range(&self.map, start, count)
    }

    #[inline]
    fn iterate(&self) -> u64 {
        K::iterate(&self.map)
    }
}
