//! What suites of other maps and sets ask, asked of `FixedMap` and `FixedSet`.
//!
//! Which test is for which case, and which cases do not apply, say the tables in `tests/cases`.
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/cases.rs"]
mod cases;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::Bound;

use commy_types::map::Entry;
use commy_types::{
    CapacityError, FixedMap, FixedSet, FixedString, FixedVec, InvalidReason, Mappable,
};
use support::{Encoded, Outcome, hash_of, outcome};

/// So many entries have room in the large map; its keys come in an order of their own.
const ROOM: u32 = 500;

type Large = FixedMap<u32, u32, { ROOM as usize }>;

/// Each number below `ROOM` once: 7 and `ROOM` have no common divisor.
fn shuffled() -> impl DoubleEndedIterator<Item = u32> {
    (0..ROOM).map(|number| (number * 7 + 3) % ROOM)
}

/// Each way to choose from the five numbers 10 to 50, and std's twins.
fn choices() -> impl Iterator<Item = (FixedMap<u32, u32, 5>, BTreeMap<u32, u32>)> {
    (0..1_u32 << 5).map(|chosen| {
        let keys = (1..=5).rev().filter(move |key| chosen >> (key - 1) & 1 == 1);
        let entries = keys.map(|key| (key * 10, key));
        (entries.clone().collect(), entries.collect())
    })
}

fn keys_of(twin: &BTreeMap<u32, u32>) -> BTreeSet<u32> {
    twin.keys().copied().collect()
}

fn set_of(twin: &BTreeMap<u32, u32>) -> FixedSet<u32, 5> {
    FixedSet::try_from(keys_of(twin)).unwrap()
}

#[test]
fn a_large_map_is_filled_found_overwritten_and_emptied() {
    let mut map = Box::new(Large::new());
    for (count, key) in (0..).zip(shuffled()) {
        assert_eq!((map.len(), map.remove(&key), map.get(&key)), (count, None, None));
        assert_eq!(map.insert(key, key), Ok(None));
        assert_eq!(map.get(&key), Some(&key));
    }
    assert!(map.is_full() && map.keys().copied().eq(0..ROOM) && map.values().copied().eq(0..ROOM));
    let refused = CapacityError { needed: ROOM as usize + 1, capacity: ROOM as usize };
    assert_eq!(map.insert(ROOM, 0), Err(refused));
    for key in shuffled() {
        assert_eq!(map.insert(key, key + 99), Ok(Some(key)));
    }
    map.values_mut().for_each(|value| *value += 1);
    assert!(map.iter().all(|(key, value)| *value == key + 100));
    assert_eq!(
        (map.first_key_value(), map.last_key_value()),
        (Some((&0, &100)), Some((&499, &599)))
    );
    let kept = |key: &u32, _: &mut u32| key.is_multiple_of(2);
    map.retain(|_, _| true);
    assert_eq!(map.len(), ROOM as usize);
    map.retain(kept);
    map.retain(|key, _| key % 3 == 0);
    assert!(map.keys().copied().eq((0..ROOM).filter(|key| key % 6 == 0)));
    assert_eq!(map.insert(2, 2), Ok(None));
    for key in shuffled().rev() {
        let expected = match key {
            2 => Some(2),
            _ => (key % 6 == 0).then_some(key + 100),
        };
        assert_eq!((map.remove(&key), map.remove(&key)), (expected, None));
    }
    assert!(map.is_empty());
    map.retain(|_, _| panic!("there is nothing to keep"));
}

#[test]
fn every_key_of_a_full_map_goes_through_all_that_an_entry_can_be() {
    let mut map = Box::new(Large::new());
    for key in shuffled() {
        match map.entry(key) {
            Entry::Occupied(entry) => panic!("{} is there", entry.key()),
            Entry::Vacant(entry) => {
                assert_eq!((*entry.key(), *entry.insert(key).unwrap()), (key, key))
            }
        }
    }
    for key in shuffled() {
        match map.entry(key) {
            Entry::Occupied(mut entry) => {
                assert_eq!((*entry.key(), *entry.get(), entry.insert(key + 1)), (key, key, key));
                *entry.get_mut() += 1;
                *entry.into_mut() += 1;
            }
            Entry::Vacant(entry) => panic!("{} is not there", entry.key()),
        }
    }
    // A key that is not there is told apart in a full map, too.
    let mut entry = match map.entry(ROOM) {
        Entry::Occupied(entry) => panic!("{} is there", entry.key()),
        Entry::Vacant(entry) => entry,
    };
    assert_eq!(entry.key(), &ROOM);
    let refused = CapacityError { needed: ROOM as usize + 1, capacity: ROOM as usize };
    assert_eq!(entry.insert(1).unwrap_err(), refused);
    entry = match map.entry(ROOM + 1) {
        Entry::Occupied(entry) => panic!("{} is there", entry.key()),
        Entry::Vacant(entry) => entry,
    };
    assert_eq!(entry.into_key(), ROOM + 1);
    for key in shuffled() {
        match map.entry(key) {
            Entry::Occupied(entry) if key % 2 == 0 => assert_eq!(entry.remove(), key + 3),
            Entry::Occupied(entry) => assert_eq!(entry.remove_entry(), (key, key + 3)),
            Entry::Vacant(entry) => panic!("{} is not there", entry.key()),
        }
        assert!(matches!(map.entry(key), Entry::Vacant(_)));
    }
    assert!(map.is_empty());
}

#[test]
fn an_entry_is_inserted_once_and_changed_where_it_is() {
    type Words = FixedMap<FixedString<4>, u32, 2>;
    let key = |text: &str| -> FixedString<4> { text.parse().unwrap() };
    let mut map = Words::new();
    assert_eq!(map.entry(key("a")).or_insert(1), Ok(&mut 1));
    assert_eq!(map.entry(key("a")).or_insert_with(|| panic!("it is there")), Ok(&mut 1));
    assert_eq!(map.entry(key("bcd")).or_insert_with_key(|key| key.len() as u32), Ok(&mut 3));
    assert_eq!(map.entry(key("bcd")).and_modify(|value| *value += 1).or_insert(9), Ok(&mut 4));
    let refused = Err(CapacityError { needed: 3, capacity: 2 });
    assert_eq!(map.entry(key("x")).and_modify(|_| panic!("it is not there")).or_insert(9), refused);
    assert_eq!(map.entry(key("x")).or_insert_with(|| 9), refused);
    assert_eq!(map.entry(key("x")).or_insert_with_key(|_| 9), refused);
    assert_eq!(map.entry(key("x")).or_default(), refused);
    assert_eq!(map.entry(key("x")).key(), &key("x"));
    assert_eq!(map.len(), 2);
    map.remove("a");
    assert_eq!(map.entry(key("x")).or_default(), Ok(&mut 0));
    assert_eq!(map, [(key("bcd"), 4), (key("x"), 0)]);
}

#[test]
fn entries_are_given_from_both_ends_and_counted_down() {
    for (mut map, twin) in choices() {
        let (mut ours, mut theirs) = (map.iter(), twin.iter());
        for turn in 0..7 {
            assert_eq!((ours.len(), ours.size_hint()), (theirs.len(), theirs.size_hint()));
            assert_eq!(
                ours.clone().rev().collect::<Vec<_>>(),
                theirs.clone().rev().collect::<Vec<_>>()
            );
            match turn % 2 {
                0 => assert_eq!(ours.next(), theirs.next()),
                _ => assert_eq!(ours.next_back(), theirs.next_back()),
            }
        }
        let (mut ours, mut theirs) = (map.into_iter(), twin.clone().into_iter());
        for turn in 0..7 {
            assert_eq!(ours.len(), theirs.len());
            match turn % 3 {
                0 => assert_eq!(ours.next(), theirs.next()),
                _ => assert_eq!(ours.next_back(), theirs.next_back()),
            }
        }
        assert_eq!((map.iter().min(), map.iter().max()), (twin.iter().min(), twin.iter().max()));
        assert!(
            map.keys().rev().eq(twin.keys().rev()) && map.values().rev().eq(twin.values().rev())
        );
        map.iter_mut().rev().zip(1..).for_each(|((key, value), turn)| *value = key * turn);
        assert_eq!(
            map.values().sum::<u32>(),
            twin.keys().rev().zip(1..).map(|(key, turn)| key * turn).sum()
        );
        for (key, value) in &mut map {
            *value = *key;
        }
        assert!((&map).into_iter().all(|(key, value)| key == value));
    }
}

/// All ends there are between, at and beyond the keys.
#[test]
fn every_range_is_what_lies_between_its_ends() {
    let ends: Vec<Bound<u32>> = (5..=55)
        .step_by(5)
        .flat_map(|key| [Bound::Included(key), Bound::Excluded(key)])
        .chain([
            Bound::Unbounded,
            Bound::Included(0),
            Bound::Included(u32::MAX),
            Bound::Excluded(u32::MAX),
        ])
        .collect();
    for (mut map, mut twin) in choices() {
        for range in ends.iter().flat_map(|from| ends.iter().map(|to| (*from, *to))) {
            let ours = outcome(|| Ok(map.range::<u32, _>(range).collect::<Vec<_>>()));
            let of_set =
                outcome(|| Ok(set_of(&twin).range::<u32, _>(range).copied().collect::<Vec<_>>()));
            let theirs = outcome(|| Ok(twin.range::<u32, _>(range).collect::<Vec<_>>()));
            // std's empty map takes any range.
            if !twin.is_empty() || !matches!(ours, Outcome::Panicked(_)) {
                assert_eq!(
                    std::mem::discriminant(&ours),
                    std::mem::discriminant(&theirs),
                    "{range:?}"
                );
                assert_eq!(
                    std::mem::discriminant(&ours),
                    std::mem::discriminant(&of_set),
                    "{range:?}"
                );
            }
            if !matches!(ours, Outcome::Panicked(_)) {
                assert_eq!(ours, theirs, "{range:?}");
                let keys: Vec<u32> = twin.range::<u32, _>(range).map(|(key, _)| *key).collect();
                assert_eq!(of_set, Outcome::Returned(format!("{keys:?}")));
                map.range_mut::<u32, _>(range).rev().for_each(|(_, value)| *value += 1);
                twin.range_mut::<u32, _>(range).for_each(|(_, value)| *value += 1);
                assert_eq!(map, twin);
            }
        }
    }
}

#[test]
fn a_map_is_split_at_every_key_and_put_together_again() {
    for (map, twin) in choices() {
        for key in (5..=55).step_by(5) {
            let (mut below, mut std_below) = (map, twin.clone());
            let (mut above, mut std_above) = (below.split_off(&key), std_below.split_off(&key));
            assert_eq!(
                (&below, &above),
                (
                    &FixedMap::try_from(std_below.clone()).unwrap(),
                    &FixedMap::try_from(std_above.clone()).unwrap()
                )
            );
            let (mut set, mut std_set) = (set_of(&twin), keys_of(&twin));
            assert_eq!(set.split_off(&key), std_set.split_off(&key));
            assert_eq!(set, std_set);
            // What is behind is without a trace of what was in front, and the other way round.
            let mut encoded = Encoded::new::<FixedMap<u32, u32, 5>>();
            [&map, &below, &above, &map].into_iter().for_each(|map| encoded.update(map));
            above.append(&mut below).unwrap();
            std_above.append(&mut std_below);
            assert!(below.is_empty() && above == map && above == std_above);
        }
    }
}

#[test]
fn all_of_another_is_appended_or_nothing_whatever_both_have() {
    for (map, twin) in choices() {
        for (other, std_other) in choices() {
            // Room for three: often too little, and never for what both have.
            let Ok(small) = FixedMap::<u32, u32, 3>::try_from(twin.clone()) else { continue };
            let (mut ours, mut theirs) = (small, twin.clone());
            let mut other: FixedMap<u32, u32, 5> =
                other.iter().map(|(key, value)| (*key, value + 100)).collect();
            theirs.extend(std_other.keys().map(|key| (*key, std_other[key] + 100)));
            let before = other;
            match ours.append(&mut other) {
                Ok(()) => assert!(other.is_empty() && ours == theirs),
                Err(error) => {
                    assert!(theirs.len() > 3 && other == before && ours == map, "{error}");
                }
            }
            let (mut set, std_set) =
                (FixedSet::<u32, 3>::try_from(keys_of(&twin)).unwrap(), keys_of(&theirs));
            let mut other = set_of(&std_other);
            match set.append(&mut other) {
                Ok(()) => assert!(other.is_empty() && set == std_set),
                Err(_) => assert!(
                    std_set.len() > 3 && other == keys_of(&std_other) && set == keys_of(&twin)
                ),
            }
        }
    }
}

#[test]
fn sets_are_united_met_and_subtracted_as_those_of_std() {
    for (_, one) in choices() {
        for (_, other) in choices() {
            let (std_one, std_other) = (keys_of(&one), keys_of(&other));
            let (one, other) = (set_of(&one), set_of(&other));
            fn same<'a>(
                ours: impl Iterator<Item = &'a u32> + Clone + Debug,
                theirs: impl Iterator<Item = &'a u32>,
            ) {
                let (least, most) = ours.size_hint();
                let (found, expected): (Vec<_>, Vec<_>) = (ours.collect(), theirs.collect());
                assert_eq!(found, expected);
                assert!(least <= found.len() && most.is_none_or(|most| most >= found.len()));
            }
            same(one.union(&other), std_one.union(&std_other));
            same(one.intersection(&other), std_one.intersection(&std_other));
            same(one.difference(&other), std_one.difference(&std_other));
            same(one.symmetric_difference(&other), std_one.symmetric_difference(&std_other));
            assert_eq!(one.is_disjoint(&other), std_one.is_disjoint(&std_other));
            assert_eq!(one.is_subset(&other), std_one.is_subset(&std_other));
            assert_eq!(one.is_superset(&other), std_one.is_superset(&std_other));
            assert_eq!(one.cmp(&other), std_one.cmp(&std_other));
            assert_eq!(
                (one == other, hash_of(&one) == hash_of(&other)),
                (std_one == std_other, std_one == std_other)
            );
        }
    }
}

#[test]
fn maps_are_compared_shown_and_copied_as_those_of_std() {
    for (map, twin) in choices() {
        for (other, std_other) in choices() {
            assert_eq!((map == other, map.cmp(&other)), (twin == std_other, twin.cmp(&std_other)));
            assert_eq!(hash_of(&map) == hash_of(&other), twin == std_other);
            let mut copy = other;
            copy.clone_from(&map);
            assert_eq!(copy, map);
        }
        assert_eq!(format!("{map:?} {map:#?}"), format!("{twin:?} {twin:#?}"));
        let (set, std_set) = (set_of(&twin), keys_of(&twin));
        assert_eq!(format!("{set:?} {set:#?}"), format!("{std_set:?} {std_set:#?}"));
        assert_eq!(BTreeMap::from(map), twin);
        assert_eq!(Vec::from(map), twin.clone().into_iter().collect::<Vec<_>>());
        assert_eq!(
            (BTreeSet::from(set), Vec::from(set)),
            (std_set.clone(), std_set.iter().copied().collect())
        );
        assert_eq!(FixedVec::<u32, 5>::from(set), std_set.iter().copied().collect::<Vec<_>>());
    }
    // What is only partly ordered can be a value.
    let floats = FixedMap::<u8, f32, 4>::default();
    assert_eq!(floats, floats.clone());
    let floats = FixedMap::<u8, f32, 4>::try_from([(1, f32::NAN)]).unwrap();
    assert_ne!(floats, floats.clone());
}

#[test]
fn maps_and_sets_are_made_of_arrays_and_extended_by_reference() {
    let map = FixedMap::<u8, char, 3>::try_from([(3, 'c'), (1, 'a'), (3, 'd')]).unwrap();
    assert_eq!(map, [(1, 'a'), (3, 'd')]);
    let refused = FixedMap::<u8, char, 2>::try_from([(3, 'c'), (1, 'a'), (2, 'b')]);
    assert_eq!(refused, Err(CapacityError { needed: 3, capacity: 2 }));
    let mut map = FixedMap::<u8, char, 3>::new();
    map.extend(&BTreeMap::from([(2, 'b'), (1, 'a')]));
    map.extend([(2, 'x')]);
    assert_eq!(map, [(1, 'a'), (2, 'x')]);
    let found = outcome(|| {
        let _: () = map.extend([(7, 'x'), (8, 'x')]);
        Ok(())
    });
    assert!(matches!(found, Outcome::Panicked(_)), "{found:?}");

    let mut set = FixedSet::<u8, 3>::try_from([3, 1, 3]).unwrap();
    set.extend(&[3, 2]);
    assert_eq!((set, set.is_full()), (FixedSet::try_from([1, 2, 3]).unwrap(), true));
    set.extend([1, 2, 3]);
    let found = outcome(|| {
        let _: () = set.extend([4]);
        Ok(())
    });
    assert!(matches!(found, Outcome::Panicked(_)), "{found:?}");
    assert_eq!(set, [1, 2, 3]);
    let refused = FixedSet::<u8, 2>::try_from([3, 1, 2]);
    assert_eq!(refused, Err(CapacityError { needed: 3, capacity: 2 }));
}

/// A sorted list of few, of which the largest or the smallest counts: a set.
#[test]
fn the_ends_of_a_set_are_its_least_and_greatest_whatever_came_first() {
    let mut set = FixedSet::<u32, 3>::new();
    assert_eq!((set.first(), set.last()), (None, None));
    assert_eq!((set.pop_first(), set.pop_last()), (None, None));
    for (value, ends) in [(2, (2, 2)), (1, (1, 2)), (3, (1, 3))] {
        assert_eq!(set.insert(value), Ok(true));
        assert_eq!((set.first(), set.last()), (Some(&ends.0), Some(&ends.1)));
    }
    assert!(set.is_full());
    assert_eq!(set.insert(4), Err(CapacityError { needed: 4, capacity: 3 }));
    // An element gets another place by being taken out and put in again.
    let taken = set.take(&2).unwrap();
    assert_eq!(set.insert(taken + 1000), Ok(true));
    assert_eq!(set.last(), Some(&1002));
    assert_eq!((set.take(&1002), set.last()), (Some(1002), Some(&3)));
    assert_eq!((set.pop_last(), set.pop_last(), set.pop_last()), (Some(3), Some(1), None));
    assert!(set.is_empty() && !set.remove(&1) && set.take(&1).is_none());
}

#[test]
fn keys_and_values_without_bytes_have_their_place() {
    let mut values = FixedMap::<[u8; 0], u32, 3>::new();
    assert_eq!((values.insert([], 1), values.insert([], 2)), (Ok(None), Ok(Some(1))));
    assert_eq!((values.len(), values.get(&[])), (1, Some(&2)));
    assert_eq!((values.remove(&[]), values.len()), (Some(2), 0));
    let mut keys = FixedMap::<u32, [u8; 0], 3>::try_from([(5, []), (4, [])]).unwrap();
    assert_eq!((keys.len(), keys.pop_first(), keys.get(&5)), (2, Some((4, [])), Some(&[])));
    let mut set = FixedSet::<[u8; 0], 3>::new();
    assert_eq!((set.insert([]), set.insert([]), set.len()), (Ok(true), Ok(false), 1));
    Encoded::new::<FixedMap<[u8; 0], u32, 3>>().update(&values);
    Encoded::new::<FixedMap<u32, [u8; 0], 3>>().update(&keys);
    Encoded::new::<FixedSet<[u8; 0], 3>>().update(&set);
    // The same key twice is refused, also where there is nothing to see of it.
    let refused = FixedSet::<[u8; 0], 3>::check(&2_u64.to_le_bytes()).unwrap_err();
    assert_eq!(refused.reason, InvalidReason::KeyTwice { index: 1 });
}

#[test]
fn bytes_that_are_no_map_are_refused_with_what_was_found() {
    type Map = FixedMap<u8, bool, 3>;
    let refused = |len: u64, keys: [u8; 3], values: [u8; 3]| {
        let mut bytes = [0; size_of::<Map>()];
        assert_eq!(bytes.len(), 14);
        bytes[..8].copy_from_slice(&len.to_le_bytes());
        bytes[8..11].copy_from_slice(&keys);
        bytes[11..14].copy_from_slice(&values);
        Map::check(&bytes).err().map(|invalid| (invalid.offset, invalid.reason))
    };
    assert_eq!(refused(3, [1, 2, 9], [0, 1, 1]), None);
    assert_eq!(refused(0, [0; 3], [0; 3]), None);
    for len in [4, 256, u64::MAX] {
        assert_eq!(
            refused(len, [1, 2, 3], [0; 3]),
            Some((0, InvalidReason::Length { found: len, capacity: 3 }))
        );
    }
    assert_eq!(refused(3, [1, 9, 2], [0; 3]), Some((10, InvalidReason::KeyOrder { index: 2 })));
    assert_eq!(refused(3, [2, 1, 3], [0; 3]), Some((9, InvalidReason::KeyOrder { index: 1 })));
    assert_eq!(refused(3, [1, 2, 2], [0; 3]), Some((10, InvalidReason::KeyTwice { index: 2 })));
    assert_eq!(refused(2, [1, 2, 0], [0, 0, 1]), Some((13, InvalidReason::Tail)));
    assert!(matches!(refused(2, [1, 2, 0], [0, 7, 0]), Some((12, _))));
    // Any bytes are a key, so those that are not in use may be anything.
    assert_eq!(refused(2, [1, 2, 1], [0; 3]), None);
    // Fewer bytes than promised are an error where they are looked at, and never a panic.
    let full = [2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 1, 1, 0];
    assert_eq!(Map::check(&full), Ok(()));
    for short in 0..full.len() {
        assert!(Map::check(&full[..short]).is_err());
        assert!(short > 9 || FixedSet::<u8, 2>::check(&full[..short]).is_err());
    }
}

#[test]
fn bytes_that_are_no_set_are_refused_with_what_was_found() {
    type Set = FixedSet<char, 3>;
    let refused = |len: u64, elements: [u32; 3]| {
        let mut bytes = [0; size_of::<Set>()];
        bytes[..8].copy_from_slice(&len.to_le_bytes());
        let cells = bytes[8..20].chunks_exact_mut(4);
        cells
            .zip(elements)
            .for_each(|(cell, element)| cell.copy_from_slice(&element.to_le_bytes()));
        Set::check(&bytes).err().map(|invalid| (invalid.offset, invalid.reason))
    };
    let [a, b, c] = ['a', 'b', 'c'].map(u32::from);
    assert_eq!(
        (refused(0, [0; 3]), refused(2, [a, c, 0]), refused(3, [a, b, c])),
        (None, None, None)
    );
    let length = |found| Some((0, InvalidReason::Length { found, capacity: 3 }));
    assert_eq!((refused(4, [a, b, c]), refused(u64::MAX, [0; 3])), (length(4), length(u64::MAX)));
    assert!(matches!(refused(3, [a, u32::MAX, c]), Some((12, _))));
    assert_eq!(refused(2, [a, b, c]), Some((16, InvalidReason::Tail)));
    assert_eq!(refused(3, [a, c, b]), Some((16, InvalidReason::KeyOrder { index: 2 })));
    assert_eq!(refused(3, [a, a, b]), Some((12, InvalidReason::KeyTwice { index: 1 })));
}

#[test]
fn every_case_has_its_test() {
    let source = include_str!("map_cases.rs");
    let beside = include_str!("map_conformance.rs");
    let tables = [
        include_str!("cases/heapless_maps.md"),
        include_str!("cases/btree_map.md"),
        include_str!("cases/btree_set.md"),
    ];
    cases::check(&tables, source, beside);
}
