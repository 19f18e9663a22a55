//! What std's own tests of `HashMap` and `HashSet` ask for, asked of those in a growable record.
//!
//! Which test stands for which of std's, and why some have none, is in `tests/std_cases/hash_map.md` and
//! `hash_set.md`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use core::hash::{Hash, Hasher};
use core::panic::AssertUnwindSafe;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use commy::growable::hash_map::Entry::{Occupied, Vacant};
use commy::{Growable, create_reader, create_writer};

#[create_writer(filename = "maps.bin", growable)]
#[create_reader(filename = "maps.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Maps {
    numbers: HashMap<i32, i32>,
    other: HashMap<i32, i32>,
    flags: HashMap<i32, bool>,
    letters: HashMap<i32, char>,
    texts: HashMap<String, String>,
    lists: HashMap<i32, Vec<String>>,
}

/// Two that differ in the number are equal to std, and not to the file.
#[derive(Debug, Clone, Growable)]
struct Named {
    name: String,
    number: i32,
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Named {}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

fn named(name: &str, number: i32) -> Named {
    Named { name: name.into(), number }
}

#[create_writer(filename = "sets.bin", growable)]
#[create_reader(filename = "sets.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Sets {
    first: HashSet<i32>,
    second: HashSet<i32>,
    letters: HashSet<char>,
    named: HashSet<Named>,
}

struct Bench<W> {
    _directory: tempfile::TempDir,
    w: W,
}

fn maps() -> Bench<MapsWriter> {
    let directory = tempfile::tempdir().unwrap();
    let w = MapsWriter::create_at(directory.path().join("maps.bin")).unwrap();
    Bench { _directory: directory, w }
}

fn sets() -> Bench<SetsWriter> {
    let directory = tempfile::tempdir().unwrap();
    let w = SetsWriter::create_at(directory.path().join("sets.bin")).unwrap();
    Bench { _directory: directory, w }
}

/// All numbers of these, tenfold.
fn tens(keys: impl IntoIterator<Item = i32>) -> HashMap<i32, i32> {
    keys.into_iter().map(|key| (key, key * 10)).collect()
}

#[test]
fn a_map_that_is_emptied_again_has_no_block() {
    let mut bench = maps();
    let live = bench.w.file().stats().live;
    for key in [1, 2] {
        bench.w.numbers_mut().insert(key, key).unwrap();
    }
    assert!(bench.w.file().stats().live > live);
    for key in [1, 2] {
        bench.w.numbers_mut().remove(key).unwrap();
    }
    assert_eq!(bench.w.file().stats().live, live);
    bench.w.numbers_mut().extend([]).unwrap();
    assert_eq!(bench.w.file().stats().live, live);
}

#[test]
fn the_first_entry_of_a_new_map_is_found_and_no_other() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    assert_eq!(map.replace(1, 1).unwrap(), None);
    assert!(map.contains_key(1).unwrap());
    assert!(!map.contains_key(0).unwrap());
}

#[test]
fn what_is_inserted_is_counted_and_found() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    assert_eq!(map.len().unwrap(), 0);
    for (key, len) in [(1, 1), (2, 2)] {
        assert_eq!(map.replace(key, key * 2).unwrap(), None);
        assert_eq!(map.len().unwrap(), len);
    }
    assert_eq!((map.get(1).unwrap(), map.get(2).unwrap()), (Some(2), Some(4)));
}

#[test]
fn a_copy_of_a_map_is_a_map_of_its_own() {
    let mut bench = maps();
    bench.w.numbers_mut().extend([(1, 2), (2, 4)]).unwrap();
    let copy = bench.w.numbers().load().unwrap();
    bench.w.other_mut().assign(&copy).unwrap();
    bench.w.numbers_mut().clear().unwrap();
    assert_eq!(bench.w.other().load().unwrap(), HashMap::from([(1, 2), (2, 4)]));
}

#[test]
fn blocks_of_values_go_with_their_entries() {
    let mut bench = maps();
    let long = |key| vec![format!("a text that has a block of its own, as number {key}")];
    let live = bench.w.file().stats().live;
    for key in 0..100 {
        bench.w.lists_mut().insert(key, &long(key)).unwrap();
    }
    let full = bench.w.file().stats().live - live;
    for key in 0..50 {
        assert_eq!(bench.w.lists_mut().remove(key).unwrap(), Some(long(key)));
    }
    let half = bench.w.file().stats().live - live;
    // The blocks of 50 lists and of 50 texts, at least.
    assert!(full - half >= 50 * (32 + 64), "{half} of {full}");
    assert_eq!(bench.w.lists_mut().drain().unwrap().len(), 50);
    assert_eq!(bench.w.file().stats().live, live);
    assert_eq!(bench.w.file().stats().leaked, 0);
}

#[test]
fn nothing_is_removed_from_an_empty_map() {
    let mut bench = maps();
    assert_eq!(bench.w.flags_mut().remove(0).unwrap(), None);
    assert_eq!(bench.w.flags_mut().remove_entry(0).unwrap(), None);
    assert!(!bench.w.flags_mut().discard(0).unwrap());
    assert_eq!(bench.w.file().generation(), 0, "nothing was published");
}

#[test]
fn an_entry_of_an_empty_map_is_vacant() {
    let mut bench = maps();
    let mut map = bench.w.flags_mut();
    assert!(matches!(map.entry(0).unwrap(), Vacant(_)));
    assert!(map.entry(0).unwrap().or_insert(true).unwrap().load().unwrap());
    assert_eq!(map.len().unwrap(), 1);
}

#[test]
fn an_empty_map_gives_nothing() {
    let mut bench = maps();
    assert!(bench.w.flags_mut().drain().unwrap().is_empty());
    bench.w.numbers_mut().insert(1, 1).unwrap();
    let view = bench.w.pin().unwrap();
    assert!(view.flags().keys().next().is_none());
    assert!(view.flags().values().next().is_none());
    assert!(view.flags().iter().next().is_none());
    view.flags().for_each(|_, _| panic!("an entry of an empty map")).unwrap();
    assert!(view.flags().load().unwrap().is_empty());
    assert!(view.flags().is_empty().unwrap() && view.flags().len().unwrap() == 0);
}

#[test]
fn many_insertions_and_removals_in_either_direction_leave_what_is_left() {
    let mut bench = maps();
    for _ in 0..2 {
        for is_backwards in [false, true] {
            for key in 1..=1000 {
                let mut map = bench.w.numbers_mut();
                assert_eq!(map.replace(key, key).unwrap(), None);
                assert_eq!(map.get(key).unwrap(), Some(key));
                assert!(map.contains_key(1 + key / 2).unwrap());
                assert_eq!(map.get(key + 1).unwrap(), None);
            }
            for key in 1001..2001 {
                assert!(!bench.w.numbers_mut().contains_key(key).unwrap());
            }
            for step in 1..=1000 {
                let key = if is_backwards { 1001 - step } else { step };
                let mut map = bench.w.numbers_mut();
                assert_eq!(map.remove(key).unwrap(), Some(key));
                assert!(!map.contains_key(key).unwrap());
                if step % 100 == 0 {
                    let left = if is_backwards { 1..key } else { key + 1..1001 };
                    let expected: HashMap<i32, i32> = left.map(|key| (key, key)).collect();
                    assert_eq!(map.load().unwrap(), expected);
                }
            }
            assert!(bench.w.numbers_mut().is_empty().unwrap());
        }
    }
}

#[test]
fn a_value_is_changed_in_place() {
    let mut bench = maps();
    bench.w.numbers_mut().extend([(1, 12), (2, 8), (5, 14)]).unwrap();
    let mut map = bench.w.numbers_mut();
    map.get_mut(5).unwrap().unwrap().assign(100).unwrap();
    assert!(map.get_mut(6).unwrap().is_none());
    assert_eq!(map.get(5).unwrap(), Some(100));
    assert_eq!(map.get(1).unwrap(), Some(12));
}

#[test]
fn a_second_value_of_a_key_takes_the_place_of_the_first() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    assert_eq!(map.replace(1, 2).unwrap(), None);
    assert_eq!(map.replace(1, 3).unwrap(), Some(2));
    map.insert(1, 4).unwrap();
    assert_eq!((map.get(1).unwrap(), map.len().unwrap()), (Some(4), 1));
}

#[test]
fn entries_of_one_leaf_do_not_disturb_each_other() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    for (key, value) in [(1, 2), (5, 3), (9, 4)] {
        assert_eq!(map.replace(key, value).unwrap(), None);
        assert_eq!(map.get(1).unwrap(), Some(2));
    }
    assert_eq!(map.remove(1).unwrap(), Some(2));
    assert_eq!((map.get(5).unwrap(), map.get(9).unwrap()), (Some(3), Some(4)));
}

#[test]
fn a_map_is_empty_before_its_first_and_after_its_last_entry() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    assert!(map.is_empty().unwrap());
    map.insert(1, 2).unwrap();
    assert!(!map.is_empty().unwrap());
    assert!(map.discard(1).unwrap());
    assert!(map.is_empty().unwrap());
}

#[test]
fn what_is_removed_is_returned_once() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    map.extend([(1, 2), (3, 4)]).unwrap();
    assert_eq!((map.remove(1).unwrap(), map.remove(1).unwrap()), (Some(2), None));
    assert_eq!(map.remove_entry(3).unwrap(), Some((3, 4)));
    assert_eq!(map.remove_entry(3).unwrap(), None);
}

#[test]
fn iterators_give_every_entry_once_and_say_how_many_are_left() {
    let mut bench = maps();
    bench.w.numbers_mut().append(&tens(0..32)).unwrap();
    bench.w.letters_mut().extend([(1, 'a'), (2, 'b'), (3, 'c')]).unwrap();
    let view = bench.w.pin().unwrap();
    let seen: HashMap<i32, i32> = view.numbers().iter().map(Result::unwrap).collect();
    assert_eq!(seen, tens(0..32));
    assert_eq!(view.numbers().iter().count(), 32);
    let mut iter = view.numbers().iter();
    assert_eq!(iter.by_ref().take(3).count(), 3);
    // One of them may be an error, and then there are no more.
    assert_eq!(iter.size_hint(), (1, Some(29)));
    let keys: HashSet<i32> = view.letters().keys().map(Result::unwrap).collect();
    assert_eq!((keys.len(), view.letters().keys().count()), (3, 3));
    let mut values: Vec<char> = view.letters().values().map(Result::unwrap).collect();
    values.sort_unstable();
    assert_eq!(values, ['a', 'b', 'c']);
}

#[test]
fn a_key_that_is_not_there_is_an_answer_and_no_panic() {
    let mut bench = maps();
    bench.w.numbers_mut().extend([(1, 2), (2, 1), (3, 4)]).unwrap();
    assert_eq!(bench.w.numbers().get(2).unwrap(), Some(1));
    assert_eq!(bench.w.numbers().get(4).unwrap(), None);
    assert_eq!(bench.w.numbers().get_key_value(3).unwrap(), Some((3, 4)));
    assert_eq!(bench.w.numbers().get_key_value(4).unwrap(), None);
}

#[test]
fn maps_are_equal_if_their_entries_are() {
    let mut bench = maps();
    bench.w.numbers_mut().extend([(1, 2), (2, 3), (3, 4)]).unwrap();
    bench.w.other_mut().extend([(2, 3), (1, 2)]).unwrap();
    let load = |w: &MapsWriter| (w.numbers().load().unwrap(), w.other().load().unwrap());
    let (numbers, other) = load(&bench.w);
    assert_ne!(numbers, other);
    bench.w.other_mut().insert(3, 4).unwrap();
    let (numbers, other) = load(&bench.w);
    assert_eq!(numbers, other);
}

#[test]
fn what_is_extended_is_as_if_inserted_one_by_one() {
    let mut bench = maps();
    bench.w.numbers_mut().extend([(1, 1), (2, 1), (2, 2), (3, 3)]).unwrap();
    assert_eq!(bench.w.numbers().load().unwrap(), HashMap::from([(1, 1), (2, 2), (3, 3)]));
    bench.w.texts_mut().insert("1", "one").unwrap();
    bench.w.texts_mut().extend([("2", "two"), ("1", "uno")]).unwrap();
    let more = HashMap::from([("3".to_string(), "three".to_string())]);
    bench.w.texts_mut().append(&more).unwrap();
    let expected = [("1", "uno"), ("2", "two"), ("3", "three")];
    let expected = expected.map(|(key, value)| (key.to_string(), value.to_string()));
    assert_eq!(bench.w.texts().load().unwrap(), HashMap::from(expected));
}

#[test]
fn entries_that_are_there_are_changed_and_taken_and_others_inserted() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    map.append(&tens(1..=6)).unwrap();
    let Occupied(mut entry) = map.entry(1).unwrap() else { panic!("it is there") };
    assert_eq!(entry.get().unwrap(), 10);
    entry.insert(100).unwrap();
    assert_eq!(entry.load().unwrap(), 100);
    let Occupied(mut entry) = map.entry(2).unwrap() else { panic!("it is there") };
    entry.get_mut().update(|value| *value *= 10).unwrap();
    entry.into_mut().update(|value| *value += 1).unwrap();
    let Occupied(entry) = map.entry(3).unwrap() else { panic!("it is there") };
    assert_eq!(entry.remove().unwrap(), 30);
    let Vacant(entry) = map.entry(10).unwrap() else { panic!("it is not there") };
    assert_eq!(entry.insert(1000).unwrap().load().unwrap(), 1000);
    map.entry(4).unwrap().and_modify(|value| *value = -*value).unwrap().or_insert(7).unwrap();
    map.entry(11).unwrap().and_modify(|value| *value = -*value).unwrap().or_insert(7).unwrap();
    map.entry(5).unwrap().or_insert_with(|| panic!("it is there")).unwrap();
    map.entry(12).unwrap().or_default().unwrap();
    let expected = [(1, 100), (2, 201), (4, -40), (5, 50), (6, 60), (10, 1000), (11, 7), (12, 0)];
    assert_eq!(map.load().unwrap(), HashMap::from(expected));
}

#[test]
fn entries_that_are_taken_corrupt_nothing() {
    let mut bench = maps();
    let (mut state, mut twin) = (1_u64, HashMap::new());
    let mut some = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as i32 % 20 - 10
    };
    for value in 0..50 {
        let key = some();
        bench.w.numbers_mut().insert(key, value).unwrap();
        twin.insert(key, value);
    }
    for _ in 0..300 {
        let key = some();
        let mut map = bench.w.numbers_mut();
        match map.entry(key).unwrap() {
            Occupied(entry) => assert_eq!(Some(entry.remove().unwrap()), twin.remove(&key)),
            Vacant(_) => assert_eq!(twin.get(&key), None),
        }
        let keys: Vec<i32> = map.load().unwrap().into_keys().collect();
        assert!(keys.iter().all(|key| map.contains_key(*key).unwrap()));
        assert_eq!(map.load().unwrap(), twin);
    }
}

#[test]
fn an_entry_knows_its_key() {
    let mut bench = maps();
    let mut map = bench.w.texts_mut();
    let (key, value) = ("a key that is longer than its cell", "what is beside it");
    let Vacant(entry) = map.entry(key).unwrap() else { panic!("it is not there") };
    entry.insert(value).unwrap();
    let Occupied(mut entry) = map.entry(key).unwrap() else { panic!("it is there") };
    assert_eq!(entry.key().unwrap(), key);
    entry.insert("something else that is longer than before").unwrap();
    // Its nodes were copied.
    assert_eq!(entry.key().unwrap(), key);
    let taken = entry.remove_entry().unwrap();
    assert_eq!(taken, (key.into(), "something else that is longer than before".into()));
    assert!(map.is_empty().unwrap());
}

#[test]
fn what_is_not_kept_is_gone() {
    let mut bench = maps();
    let mut map = bench.w.numbers_mut();
    map.append(&tens(0..100)).unwrap();
    map.retain(|key, value| {
        assert_eq!(*value, key * 10);
        key % 2 == 0
    })
    .unwrap();
    assert_eq!(map.load().unwrap(), tens((0..100).step_by(2)));
    map.retain(|_, _| true).unwrap();
    map.retain(|_, _| false).unwrap();
    assert!(map.is_empty().unwrap());
    map.retain(|_, _| panic!("there is nothing to decide on")).unwrap();
}

#[test]
fn a_panic_in_the_middle_of_an_operation_leaves_all_as_it_was() {
    let mut bench = maps();
    bench.w.numbers_mut().append(&tens(0..100)).unwrap();
    let generation = bench.w.file().generation();
    let mut asked = 0;
    let w = AssertUnwindSafe(&mut bench.w);
    let panicked = catch_unwind(move || {
        let AssertUnwindSafe(w) = { w };
        w.numbers_mut().retain(|_, _| {
            asked += 1;
            assert!(asked < 50, "in the middle");
            false
        })
    });
    assert!(panicked.is_err());
    let entries = (100..).map(|key| {
        assert!(key < 150, "in the middle");
        (key, key)
    });
    assert!(catch_unwind(AssertUnwindSafe(|| bench.w.numbers_mut().extend(entries))).is_err());
    let make = AssertUnwindSafe(|| {
        bench.w.numbers_mut().entry(7).unwrap().and_modify(|_| panic!("in the middle")).map(drop)
    });
    assert!(catch_unwind(make).is_err());
    assert_eq!(bench.w.file().generation(), generation, "nothing was published");
    assert_eq!(bench.w.numbers().load().unwrap(), tens(0..100));
    bench.w.numbers_mut().insert(100, 1000).unwrap();
    assert_eq!(bench.w.numbers().load().unwrap(), tens(0..=100));
}

#[test]
fn a_map_gives_room_back_when_it_shrinks() {
    let mut bench = maps();
    let empty = bench.w.file().stats().live;
    bench.w.numbers_mut().append(&tens(0..384)).unwrap();
    let full = bench.w.file().stats().live - empty;
    for key in 100..384 {
        assert_eq!(bench.w.numbers_mut().remove(key).unwrap(), Some(key * 10));
    }
    let less = bench.w.file().stats().live - empty;
    assert!(less < full / 2, "{less} of {full} bytes");
    assert_eq!(bench.w.numbers().load().unwrap(), tens(0..100));
    for key in 0..100 {
        assert_eq!(bench.w.numbers_mut().remove(key).unwrap(), Some(key * 10));
    }
    assert_eq!(bench.w.file().stats().live, empty);
    bench.w.numbers_mut().insert(0, 0).unwrap();
    assert_eq!(bench.w.file().stats().live, empty + 48);
}

#[test]
fn maps_and_sets_are_loaded_into_those_that_are_there() {
    let (mut bench, mut others) = (maps(), sets());
    bench.w.numbers_mut().append(&tens(0..100)).unwrap();
    others.w.first_mut().extend(0..100).unwrap();
    let (mut map, mut set) = (tens(90..300), (90..300).collect::<HashSet<i32>>());
    let capacities = (map.capacity(), set.capacity());
    bench.w.numbers().load_into(&mut map).unwrap();
    others.w.first().load_into(&mut set).unwrap();
    assert_eq!(map, tens(0..100));
    assert_eq!(set, (0..100).collect::<HashSet<i32>>());
    assert_eq!((map.capacity(), set.capacity()), capacities, "the tables are used again");
}

#[test]
fn sets_are_disjoint_until_they_have_one_element_in_common() {
    let mut bench = sets();
    let disjoint = |w: &mut SetsWriter| {
        w.letters_mut().insert('a').unwrap();
        let view = w.pin().unwrap();
        let there = view.first().is_disjoint(view.second()).unwrap();
        assert_eq!(there, view.second().is_disjoint(view.first()).unwrap());
        there
    };
    assert!(disjoint(&mut bench.w));
    bench.w.first_mut().insert(5).unwrap();
    bench.w.second_mut().insert(11).unwrap();
    assert!(disjoint(&mut bench.w));
    bench.w.first_mut().extend([7, 19, 4]).unwrap();
    bench.w.second_mut().extend([2, -11]).unwrap();
    assert!(disjoint(&mut bench.w));
    bench.w.second_mut().insert(7).unwrap();
    assert!(!disjoint(&mut bench.w));
}

#[test]
fn a_set_is_within_another_if_that_has_all_of_it() {
    let mut bench = sets();
    bench.w.first_mut().extend([0, 5, 11, 7]).unwrap();
    bench.w.second_mut().extend([0, 7, 19, 250, 11, 200]).unwrap();
    let relations = |w: &mut SetsWriter| {
        let view = w.pin().unwrap();
        let (a, b) = (view.first(), view.second());
        [
            a.is_subset(b).unwrap(),
            a.is_superset(b).unwrap(),
            b.is_subset(a).unwrap(),
            b.is_superset(a).unwrap(),
        ]
    };
    assert_eq!(relations(&mut bench.w), [false; 4]);
    bench.w.second_mut().insert(5).unwrap();
    assert_eq!(relations(&mut bench.w), [true, false, false, true]);
    let all = bench.w.second().load().unwrap();
    bench.w.first_mut().assign(&all).unwrap();
    assert_eq!(relations(&mut bench.w), [true; 4]);
}

/// Sets of two records, each with a seed of its own, and of many nodes.
#[test]
fn sets_of_two_files_can_be_compared() {
    let (mut a, mut b) = (sets(), sets());
    a.w.first_mut().extend(0..5000).unwrap();
    b.w.first_mut().extend((0..10_000).rev()).unwrap();
    let (a, b) = (a.w.pin().unwrap(), b.w.pin().unwrap());
    assert!(a.first().is_subset(b.first()).unwrap());
    assert!(!b.first().is_subset(a.first()).unwrap());
    assert!(b.first().is_superset(a.first()).unwrap());
    assert!(!a.first().is_disjoint(b.first()).unwrap());
    assert!(a.first().is_disjoint(b.second()).unwrap());
}

#[test]
fn iterators_of_sets_give_every_element_once() {
    let mut bench = sets();
    for element in 0..32 {
        assert!(bench.w.first_mut().insert(element).unwrap());
    }
    bench.w.letters_mut().extend(['a', 'b']).unwrap();
    let view = bench.w.pin().unwrap();
    let (mut seen, mut visited) = (0_u32, 0_u32);
    for element in view.first() {
        seen += 1 << element.unwrap();
    }
    view.first().for_each(|element| visited += 1 << element).unwrap();
    assert_eq!((seen, visited), (u32::MAX, u32::MAX));
    let letters: String = view.letters().iter().map(Result::unwrap).collect();
    assert!(letters == "ab" || letters == "ba");
}

#[test]
fn an_element_that_is_there_is_not_added_again() {
    let mut bench = sets();
    bench.w.first_mut().extend([1, 2, 2, 3, 1]).unwrap();
    assert_eq!(bench.w.first().len().unwrap(), 3);
    assert!(!bench.w.first_mut().insert(3).unwrap());
    assert!(bench.w.first_mut().insert(4).unwrap());
    bench.w.second_mut().append(&HashSet::from([4, 1, 4, 3, 2])).unwrap();
    assert_eq!(bench.w.first().load().unwrap(), bench.w.second().load().unwrap());
}

#[test]
fn sets_are_equal_if_their_elements_are() {
    let mut bench = sets();
    bench.w.first_mut().extend([1, 2, 3]).unwrap();
    bench.w.second_mut().extend([2, 1]).unwrap();
    let load = |w: &SetsWriter| (w.first().load().unwrap(), w.second().load().unwrap());
    let (first, second) = load(&bench.w);
    assert_ne!(first, second);
    bench.w.second_mut().insert(3).unwrap();
    let (first, second) = load(&bench.w);
    assert_eq!(first, second);
}

#[test]
fn a_set_that_is_drained_can_be_filled_again() {
    let mut bench = sets();
    assert!(bench.w.first_mut().drain().unwrap().is_empty());
    for _ in 0..20 {
        bench.w.first_mut().extend(1..100).unwrap();
        assert_eq!(bench.w.first().len().unwrap(), 99);
        let all: HashSet<i32> = (1..100).collect();
        assert_eq!(bench.w.first_mut().drain().unwrap(), all);
        assert!(bench.w.first().is_empty().unwrap());
        assert!(bench.w.pin().unwrap().first().iter().next().is_none());
    }
}

#[test]
fn elements_that_are_equal_but_stored_otherwise_are_two() {
    let mut bench = sets();
    let (one, two) = (named("a", 1), named("a", 2));
    assert!(one == two, "to std");
    assert!(bench.w.named_mut().insert(&one).unwrap());
    assert!(!bench.w.named().contains(&two).unwrap());
    assert!(bench.w.named_mut().insert(&two).unwrap());
    assert_eq!(bench.w.named().len().unwrap(), 2);
    assert_eq!(bench.w.named().load().unwrap().len(), 1, "a std set takes one of them");
    assert_eq!(bench.w.named_mut().take(&one).unwrap().unwrap().number, 1);
    assert!(bench.w.named_mut().take(&one).unwrap().is_none());
    let left = bench.w.named().load().unwrap();
    assert_eq!(left.into_iter().map(|left| left.number).collect::<Vec<_>>(), [2]);
    // What is assigned is what a std set has.
    bench.w.named_mut().assign(&HashSet::from([one, two, named("b", 3)])).unwrap();
    assert_eq!(bench.w.named().len().unwrap(), 2);
}

#[test]
fn elements_that_are_not_kept_are_gone() {
    let mut bench = sets();
    bench.w.first_mut().extend(1..=6).unwrap();
    bench.w.first_mut().retain(|element| element % 2 == 0).unwrap();
    assert_eq!(bench.w.first().load().unwrap(), HashSet::from([2, 4, 6]));
    assert_eq!(bench.w.first_mut().take(4).unwrap(), Some(4));
    assert_eq!(bench.w.first().get(4).unwrap(), None);
    assert_eq!(bench.w.first().get(6).unwrap(), Some(6));
    bench.w.first_mut().retain(|_| false).unwrap();
    assert!(bench.w.first().is_empty().unwrap());
}

/// The functions of all tests of growable records.
fn tests_that_exist() -> HashSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if root.join("tests").is_dir() { root } else { root.parent().unwrap() };
    let mut names = HashSet::new();
    for place in ["tests", "commy/src/growable/tests"] {
        let files = fs::read_dir(root.join(place)).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.extension().is_some_and(|end| end == "rs")) {
            let text = fs::read_to_string(file).unwrap();
            let of_tests = text.split("#[test]").skip(1).filter_map(|text| text.split_once("fn "));
            let found = of_tests.filter_map(|(_, text)| Some(text.split_once('(')?.0.to_string()));
            names.extend(found);
        }
    }
    names
}

#[test]
fn every_test_that_a_table_of_cases_names_exists() {
    let exist = tests_that_exist();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/std_cases");
    for (name, least) in [("hash_map.md", 50), ("hash_set.md", 20)] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let mut count = 0;
        for row in rows {
            count += 1;
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let &[case, ours] = cells.as_slice() else { panic!("{name}: {row}") };
            assert!(!ours.is_empty(), "{name}: {case} has neither a test nor a reason");
            for test in ours.split('`').skip(1).step_by(2).filter(|test| test.contains('_')) {
                assert!(exist.contains(test), "{name}: there is no test {test}");
            }
        }
        assert!(count >= least, "{name}: only {count} cases");
    }
}
