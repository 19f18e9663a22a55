//! Drives maps and sets and std's `BTreeMap` and `BTreeSet` side by side with random operations, and
//! shows what an `Ord` that panics or contradicts itself can do.
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test may panic, and bad ranges are among the cases"
)]

mod support;

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};

use commy_types::map::Entry;
use commy_types::schema::TypeSchema;
use commy_types::{
    CapacityError, FixedMap, FixedSet, FixedString, Image, Invalid, InvalidReason, Mappable,
    Touched,
};
use proptest::prelude::*;
use support::{Encoded, Outcome, hash_of, outcome};

/// A key that is neither `Copy` nor `Clone` to the map; a comparison may be the last one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[repr(transparent)]
struct Token(u16);

thread_local! {
    /// How many comparisons are left before one panics, and how many there were.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

impl Ord for Token {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARED.set(COMPARED.get() + 1);
        LEFT.set(LEFT.get().checked_sub(1).expect("a comparison too many"));
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Token {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A type of the same bytes as a number.
macro_rules! as_number {
    ($ty:ty, $number:ty) => {
        #[allow(unsafe_code, reason = "the contract of the trait")]
        // SAFETY: transparent over a number, to which all is delegated.
        unsafe impl Mappable for $ty {
            const SCHEMA: &'static TypeSchema = <$number>::SCHEMA;
            const NEEDS_CHECK: bool = false;
            const PLAIN: bool = true;
            type Arg<'a> = Self;
            type Output = ();

            fn assign(&mut self, value: Self) {
                *self = value;
            }

            fn check(bytes: &[u8]) -> Result<(), Invalid> {
                <$number>::check(bytes)
            }

            fn encode(&self, at: usize, image: &mut Image<'_>) {
                self.0.encode(at, image);
            }
        }
    };
}

as_number!(Token, u16);

#[derive(Debug, Clone)]
enum Op {
    Insert(u16, u32),
    Remove(u16),
    RemoveEntry(u16),
    Get(u16),
    GetMut(u16, u32),
    OrInsert(u16, u32),
    AndModify(u16, u32),
    EntryRemove(u16),
    EntryInsert(u16, u32),
    PopFirst,
    PopLast,
    Range(Bound<u16>, Bound<u16>),
    RangeMut(u16, u16),
    SplitOff(u16),
    Append(Vec<(u16, u32)>),
    TryExtend(Vec<(u16, u32)>),
    Retain(u32),
    ValuesMut,
    Clear,
    Index(u16),
}

fn op() -> impl Strategy<Value = Op> {
    let key = || 0..9_u16;
    let value = || 0..1000_u32;
    let bound = || {
        prop_oneof![
            key().prop_map(Bound::Included),
            key().prop_map(Bound::Excluded),
            Just(Bound::Unbounded),
        ]
    };
    let some = || prop::collection::vec((key(), value()), 0..5);
    prop_oneof![
        (key(), value()).prop_map(|(key, value)| Op::Insert(key, value)),
        (key(), value()).prop_map(|(key, value)| Op::Insert(key, value)),
        key().prop_map(Op::Remove),
        key().prop_map(Op::RemoveEntry),
        key().prop_map(Op::Get),
        (key(), value()).prop_map(|(key, value)| Op::GetMut(key, value)),
        (key(), value()).prop_map(|(key, value)| Op::OrInsert(key, value)),
        (key(), value()).prop_map(|(key, value)| Op::AndModify(key, value)),
        key().prop_map(Op::EntryRemove),
        (key(), value()).prop_map(|(key, value)| Op::EntryInsert(key, value)),
        Just(Op::PopFirst),
        Just(Op::PopLast),
        (bound(), bound()).prop_map(|(from, to)| Op::Range(from, to)),
        (key(), key()).prop_map(|(from, to)| Op::RangeMut(from.min(to), from.max(to))),
        key().prop_map(Op::SplitOff),
        some().prop_map(Op::Append),
        some().prop_map(Op::TryExtend),
        value().prop_map(Op::Retain),
        Just(Op::ValuesMut),
        Just(Op::Clear),
        key().prop_map(Op::Index),
    ]
}

type Map = FixedMap<Token, u32, 6>;
type Std = BTreeMap<Token, u32>;

/// Whether these keys fit beside those that are there.
fn fits(map: &Std, keys: impl IntoIterator<Item = u16>) -> Result<(), CapacityError> {
    let mut all: BTreeSet<u16> = map.keys().map(|key| key.0).collect();
    for key in keys {
        all.insert(key);
        if all.len() > 6 {
            return Err(CapacityError { needed: 7, capacity: 6 });
        }
    }
    Ok(())
}

fn shown(value: impl Debug) -> String {
    format!("{value:?}")
}

fn tokens(entries: &[(u16, u32)]) -> Vec<(Token, u32)> {
    entries.iter().map(|(key, value)| (Token(*key), *value)).collect()
}

/// The range of a call that panics becomes its words here and there.
fn caught(call: impl FnOnce() -> String) -> String {
    match outcome(|| Ok(call())) {
        Outcome::Returned(text) => text,
        Outcome::Panicked(text) => text.split(" in BTreeMap").next().unwrap_or_default().to_owned(),
        other @ Outcome::Refused(_) => unreachable!("{other:?}"),
    }
}

/// One operation on both; what each says.
fn apply(op: &Op, map: &mut Map, std: &mut Std) -> (String, String) {
    match op {
        Op::Insert(key, value) => {
            let expected = fits(std, [*key]).map(|()| std.insert(Token(*key), *value));
            (shown(map.insert(Token(*key), *value)), shown(expected))
        }
        Op::Remove(key) => (shown(map.remove(&Token(*key))), shown(std.remove(&Token(*key)))),
        Op::RemoveEntry(key) => {
            (shown(map.remove_entry(&Token(*key))), shown(std.remove_entry(&Token(*key))))
        }
        Op::Get(key) => {
            let key = &Token(*key);
            let found = (map.get(key), map.get_key_value(key), map.contains_key(key));
            let expected = (std.get(key), std.get_key_value(key), std.contains_key(key));
            (shown(found), shown(expected))
        }
        Op::GetMut(key, value) => {
            let set = |held: &mut u32| std::mem::replace(held, *value);
            (shown(map.get_mut(&Token(*key)).map(set)), shown(std.get_mut(&Token(*key)).map(set)))
        }
        Op::OrInsert(key, value) => {
            let expected = fits(std, [*key]).map(|()| {
                *std.entry(Token(*key)).or_insert_with_key(|key| u32::from(key.0) + value)
            });
            let found = map.entry(Token(*key)).or_insert_with_key(|key| u32::from(key.0) + value);
            (shown(found.map(|value| *value)), shown(expected))
        }
        Op::AndModify(key, value) => {
            let expected = fits(std, [*key])
                .map(|()| *std.entry(Token(*key)).and_modify(|held| *held += value).or_default());
            let found = map.entry(Token(*key)).and_modify(|held| *held += value).or_default();
            (shown(found.map(|value| *value)), shown(expected))
        }
        Op::EntryRemove(key) => {
            use std::collections::btree_map::Entry as StdEntry;
            let found = match map.entry(Token(*key)) {
                Entry::Occupied(entry) => shown((*entry.get(), entry.remove_entry())),
                Entry::Vacant(entry) => shown(entry.into_key()),
            };
            let expected = match std.entry(Token(*key)) {
                StdEntry::Occupied(entry) => shown((*entry.get(), entry.remove_entry())),
                StdEntry::Vacant(entry) => shown(entry.into_key()),
            };
            (found, expected)
        }
        Op::EntryInsert(key, value) => {
            let expected = fits(std, [*key]).map(|()| {
                let mut entry = std.entry(Token(*key)).insert_entry(*value);
                (entry.insert(7), *entry.get())
            });
            let found = map.entry(Token(*key)).insert_entry(*value).map(|mut entry| {
                assert_eq!(entry.key(), &Token(*key));
                (entry.insert(7), *entry.get())
            });
            (shown(found), shown(expected))
        }
        Op::PopFirst => (shown(map.pop_first()), shown(std.pop_first())),
        Op::PopLast => (shown(map.pop_last()), shown(std.pop_last())),
        // An empty map of std's takes any range.
        Op::Range(..) if std.is_empty() => Default::default(),
        Op::Range(from, to) => {
            let range = || (from.map(Token), to.map(Token));
            (
                caught(|| shown(map.range::<Token, _>(range()).rev().collect::<Vec<_>>())),
                caught(|| shown(std.range::<Token, _>(range()).rev().collect::<Vec<_>>())),
            )
        }
        Op::RangeMut(from, to) => {
            map.range_mut(Token(*from)..Token(*to)).for_each(|(_, value)| *value += 1);
            std.range_mut(Token(*from)..Token(*to)).for_each(|(_, value)| *value += 1);
            Default::default()
        }
        Op::SplitOff(key) => {
            let (found, expected) = (map.split_off(&Token(*key)), std.split_off(&Token(*key)));
            assert_eq!(found, expected);
            Default::default()
        }
        Op::Append(entries) => {
            let mut other = FixedMap::<Token, u32, 9>::try_from(tokens(entries)).unwrap();
            let mut twin: Std = tokens(entries).into_iter().collect();
            let expected = fits(std, twin.keys().map(|key| key.0)).map(|()| std.append(&mut twin));
            let found = map.append(&mut other);
            assert_eq!(other, twin);
            (shown(found), shown(expected))
        }
        Op::TryExtend(entries) => {
            let expected = fits(std, entries.iter().map(|entry| entry.0))
                .map(|()| std.extend(tokens(entries)));
            (shown(map.try_extend(tokens(entries))), shown(expected))
        }
        Op::Retain(above) => {
            let keep = |key: &Token, value: &mut u32| {
                *value += 1;
                *value > *above || key.0 == 3
            };
            map.retain(keep);
            std.retain(keep);
            Default::default()
        }
        Op::ValuesMut => {
            map.values_mut().for_each(|value| *value += 1);
            std.values_mut().for_each(|value| *value += 1);
            map.iter_mut().for_each(|(key, value)| *value += u32::from(key.0));
            std.iter_mut().for_each(|(key, value)| *value += u32::from(key.0));
            Default::default()
        }
        Op::Clear => {
            map.clear();
            std.clear();
            Default::default()
        }
        Op::Index(key) => {
            let key = &Token(*key);
            (caught(|| shown(map[key])), caught(|| shown(std[key])))
        }
    }
}

/// All that can be asked of both.
fn same(map: &Map, std: &Std) {
    assert_eq!(map, std);
    assert_eq!(map, std);
    assert_eq!(shown(map), shown(std));
    assert_eq!((map.len(), map.is_empty()), (std.len(), std.is_empty()));
    assert_eq!(map.remaining_capacity(), 6 - std.len());
    assert_eq!(map.is_full(), std.len() == 6);
    assert_eq!(map.first_key_value(), std.first_key_value());
    assert_eq!(map.last_key_value(), std.last_key_value());
    assert!(map.keys().eq(std.keys()) && map.values().eq(std.values()));
    assert!(map.iter().rev().eq(std.iter().rev()) && map.iter().len() == std.len());
    assert!(map.clone().into_iter().eq(std.clone()));
    assert!(map.clone().into_iter().rev().eq(std.clone().into_iter().rev()));
    assert_eq!(map.get_index(1), std.iter().nth(1));
    assert_eq!(Std::from(map.clone()), *std);
    let copy = map.clone();
    assert_eq!((&copy, hash_of(&copy)), (map, hash_of(map)));
}

proptest! {
    #![proptest_config(support::config())]

    #[test]
    fn a_map_does_what_a_btree_map_does(ops in prop::collection::vec(op(), 1..60)) {
        let (mut map, mut std) = (Map::new(), Std::new());
        // Encoded step by step as by a writer, and at once.
        let mut encoded = Encoded::new::<Map>();
        for op in &ops {
            let (found, expected) = apply(op, &mut map, &mut std);
            assert_eq!(found, expected, "{op:?}");
            same(&map, &std);
            encoded.update(&map);
        }
    }

    #[test]
    fn a_set_does_what_a_btree_set_does(
        ops in prop::collection::vec((0..6_u8, 0..9_u16), 1..60),
        other in prop::collection::btree_set(0..9_u16, 0..6),
    ) {
        let (mut set, mut std) = (FixedSet::<u16, 6>::new(), BTreeSet::new());
        let mut encoded = Encoded::new::<FixedSet<u16, 6>>();
        let second = FixedSet::<u16, 9>::try_from(other.clone()).unwrap();
        for (op, value) in ops {
            match op {
                0 => assert_eq!(set.remove(&value), std.remove(&value)),
                1 => assert_eq!(set.take(&value), std.take(&value)),
                2 => assert_eq!((set.pop_first(), set.pop_last()), (std.pop_first(), std.pop_last())),
                3 => {
                    set.retain(|held| held % 3 != value % 3);
                    std.retain(|held| held % 3 != value % 3);
                }
                _ if std.len() == 6 && !std.contains(&value) => {
                    let expected = CapacityError { needed: 7, capacity: 6 };
                    assert_eq!(set.insert(value), Err(expected));
                }
                _ => assert_eq!(set.insert(value), Ok(std.insert(value))),
            }
            encoded.update(&set);
            assert_eq!((&set, shown(set)), (&FixedSet::try_from(std.clone()).unwrap(), shown(&std)));
            assert_eq!(set, std);
            assert_eq!((set.first(), set.last(), set.get(&value)), (std.first(), std.last(), std.get(&value)));
            assert!(set.range(value..).eq(std.range(value..)) && set.range(..=value).eq(std.range(..=value)));
            assert!(set.union(&second).eq(std.union(&other)));
            assert!(set.intersection(&second).eq(std.intersection(&other)));
            assert!(set.difference(&second).eq(std.difference(&other)));
            assert!(set.symmetric_difference(&second).eq(std.symmetric_difference(&other)));
            assert_eq!(set.is_subset(&second), std.is_subset(&other));
            assert_eq!(set.is_superset(&second), std.is_superset(&other));
            assert_eq!(set.is_disjoint(&second), std.is_disjoint(&other));
            assert_eq!(set.partial_cmp(&second), std.partial_cmp(&other));
        }
    }
}

#[test]
fn a_comparison_that_panics_leaves_the_map_as_it_was() {
    for allowed in 0..4 {
        let entries = (0..6).map(|key| (Token(key * 2), u32::from(key)));
        let mut map: Map = entries.collect();
        map.remove(&Token(4));
        let before = map.clone();
        LEFT.set(allowed);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _ = map.insert(Token(5), 9);
            map.remove(&Token(2));
            map.get(&Token(2)).copied()
        }));
        LEFT.set(usize::MAX);
        assert!(caught.is_err(), "{allowed}");
        let mut expected = before.clone();
        if map.len() == 6 {
            expected.insert(Token(5), 9).unwrap();
        }
        assert_eq!(map, expected);
    }
}

#[test]
fn a_look_up_compares_few_keys() {
    let map: FixedMap<Token, u8, 1000> = (0..1000).map(|key| (Token(key), 1)).collect();
    for key in [0, 1, 499, 500, 998, 999, 5000] {
        COMPARED.set(0);
        assert_eq!(map.get(&Token(key)).is_some(), key < 1000);
        // That it is not above the last key takes one more.
        assert!(COMPARED.get() <= 12, "{} for {key}", COMPARED.get());
    }
}

/// Says of each pair what its turn is, whatever is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
struct Fickle(u16);

impl Ord for Fickle {
    fn cmp(&self, _: &Self) -> Ordering {
        COMPARED.set(COMPARED.get().wrapping_mul(25_173).wrapping_add(13_849) & 0xffff);
        [Ordering::Less, Ordering::Equal, Ordering::Greater][(COMPARED.get() >> 7) % 3]
    }
}

impl PartialOrd for Fickle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

as_number!(Fickle, u16);

#[test]
fn an_order_that_contradicts_itself_makes_nothing_worse_than_wrong_answers() {
    let mut map = FixedMap::<Fickle, u32, 7>::new();
    let mut set = FixedSet::<Fickle, 7>::new();
    for round in 0..20_000_u32 {
        let key = Fickle(round as u16 % 11);
        let _ = map.insert(key, round);
        let _ = set.insert(key);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            map.range_mut(key..Fickle(3)).for_each(|(_, value)| *value += 1);
        }));
        let (union, both) = (set.union(&set).count(), set.intersection(&set).count());
        assert!(union <= 14 && both <= 7 && set.difference(&set).count() <= 7);
        if round % 3 == 0 {
            map.remove(&key);
            set.remove(&key);
        }
        if round % 50 == 0 {
            let behind = map.split_off(&key);
            assert!(behind.len() + map.len() <= 7);
        }
        assert_eq!(map.keys().len(), map.values().len());
        let mut bytes = vec![0; size_of_val(&map)];
        map.encode(0, &mut Image::new(&mut bytes, &mut Touched::new()));
        match FixedMap::<Fickle, u32, 7>::check(&bytes) {
            Ok(()) => {}
            Err(invalid) => assert!(matches!(
                invalid.reason,
                InvalidReason::KeyOrder { .. } | InvalidReason::KeyTwice { .. }
            )),
        }
    }
}

#[test]
fn what_is_removed_leaves_zeros() {
    let mut map = FixedMap::<u8, u32, 4>::try_from([(1, 11), (2, 22), (3, 33)]).unwrap();
    map.remove(&1);
    map.pop_last();
    map.retain(|_, _| true);
    let bytes = |map: &FixedMap<u8, u32, 4>| {
        let mut bytes = vec![0xff; size_of_val(map)];
        bytes[..8].fill(0);
        map.encode(0, &mut Image::untracked(&mut bytes));
        bytes
    };
    assert_eq!(bytes(&map)[8..13], [2, 0xff, 0xff, 0xff, 22], "what is not in use is not written");
    let mut image = bytes(&map);
    map.clear();
    map.encode(0, &mut Image::untracked(&mut image));
    assert_eq!((image[8], &image[12..16]), (0, &[0; 4][..]));
}

/// The cases below are those that the suites of maps and sets of fixed capacity ask about, elsewhere.
#[test]
fn borrowed_keys_find_what_owned_ones_were_inserted_as() {
    let mut map = FixedMap::<FixedString<8>, u8, 4>::new();
    for (name, value) in [("tea", 1), ("", 2), ("Zürich", 3)] {
        map.insert(name.parse().unwrap(), value).unwrap();
    }
    assert_eq!((map.get("tea"), map.get(""), map.get("Zürich")), (Some(&1), Some(&2), Some(&3)));
    assert_eq!(map.get("a text that is longer than a key can be"), None);
    assert_eq!(map["tea"], 1);
    *map.get_mut("tea").unwrap() = 9;
    assert_eq!(map.remove("tea"), Some(9));
    assert!(!map.contains_key("tea"));
    assert_eq!(
        map.range::<str, _>((Bound::Included("A"), Bound::Excluded("a"))).next().unwrap().0,
        "Zürich"
    );
}

#[test]
fn a_full_map_takes_known_keys_and_no_others() {
    let mut map = FixedMap::<u8, u8, 2>::try_from([(1, 1), (2, 2)]).unwrap();
    assert!(map.is_full());
    assert_eq!(map.insert(2, 3), Ok(Some(2)));
    assert_eq!(map.insert(3, 3), Err(CapacityError { needed: 3, capacity: 2 }));
    assert!(map.entry(3).or_insert(1).is_err() && map.entry(2).or_insert(1) == Ok(&mut 3));
    map.remove(&1);
    assert_eq!(map.insert(3, 4), Ok(None));
    assert_eq!(map, [(2, 3), (3, 4)]);
}

#[test]
fn a_map_without_room_is_empty_and_full() {
    let mut map = FixedMap::<u32, u64, 0>::new();
    assert!(map.is_empty() && map.is_full());
    assert_eq!(map.insert(1, 1), Err(CapacityError { needed: 1, capacity: 0 }));
    assert_eq!((map.remove(&1), map.pop_first()), (None, None));
    assert_eq!(map.get(&1), None);
    assert_eq!(map.iter().next(), None);
    let mut set = FixedSet::<u32, 0>::new();
    assert!(set.insert(1).is_err() && set.pop_last().is_none());
}

#[test]
fn maps_of_different_capacity_are_equal_by_their_entries() {
    let small = FixedMap::<u8, u8, 2>::try_from([(2, 2), (1, 1)]).unwrap();
    let large = FixedMap::<u8, u8, 9>::try_from([(1, 1), (2, 2)]).unwrap();
    assert_eq!(small, large);
    assert!(small <= large && hash_of(&small) == hash_of(&large));
    assert_ne!(small, FixedMap::<u8, u8, 2>::try_from([(1, 1), (2, 3)]).unwrap());
    assert_ne!(small, FixedMap::<u8, u8, 2>::try_from([(1, 1)]).unwrap());
    assert!(FixedMap::<u8, u8, 1>::try_from([(1, 1)]).unwrap() < small);
}

#[test]
fn the_last_value_of_a_key_counts_and_its_first_form_stays() {
    // Keys that are equal without being the same.
    #[derive(Debug, Clone, Copy)]
    #[repr(transparent)]
    struct Loose(u16);
    impl PartialEq for Loose {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other) == Ordering::Equal
        }
    }
    impl Eq for Loose {}
    impl Ord for Loose {
        fn cmp(&self, other: &Self) -> Ordering {
            (self.0 / 10).cmp(&(other.0 / 10))
        }
    }
    impl PartialOrd for Loose {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    as_number!(Loose, u16);
    let mut map: FixedMap<Loose, char, 4> =
        [(Loose(12), 'a'), (Loose(15), 'b')].into_iter().collect();
    assert_eq!((map.keys().next().unwrap().0, map[&Loose(19)]), (12, 'b'));
    assert_eq!(map.remove_entry(&Loose(10)).map(|(key, value)| (key.0, value)), Some((12, 'b')));
    let mut set: FixedSet<Loose, 4> = [Loose(12), Loose(15)].into_iter().collect();
    assert_eq!((set.len(), set.take(&Loose(19)).unwrap().0), (1, 12));
}

#[test]
fn a_retain_that_panics_keeps_what_was_not_refused() {
    let mut map: FixedMap<u8, u8, 8> = (0..8).map(|key| (key, key * 10)).collect();
    let caught = outcome(|| {
        map.retain(|key, _| {
            assert_ne!(*key, 5);
            key % 2 == 0
        });
        Ok(())
    });
    assert!(matches!(caught, Outcome::Panicked(_)));
    assert_eq!(map, [(0, 0), (2, 20), (4, 40), (5, 50), (6, 60), (7, 70)]);
}
