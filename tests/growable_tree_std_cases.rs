//! What std asks of its own ordered maps and sets, asked of those in files.
//!
//! `tests/std_cases/btree_map.md` and `btree_set.md` say which test is for which case.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use core::cmp::Ordering;
use core::ops::{Bound, RangeBounds};
use core::panic::AssertUnwindSafe;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use commy::growable::btree_map::Entry;
use commy::{Growable, create_reader, create_writer};

/// Equal by the name alone.
#[derive(Growable, Debug, Clone, Default)]
struct Named {
    name: String,
    number: u32,
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Named {}

impl PartialOrd for Named {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Named {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

#[create_writer(filename = "cases.bin", growable)]
#[create_reader(filename = "cases.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Cases {
    map: BTreeMap<i32, i32>,
    texts: BTreeMap<String, String>,
    named: BTreeMap<Named, u32>,
    set: BTreeSet<i32>,
    named_set: BTreeSet<Named>,
}

struct Place {
    _directory: tempfile::TempDir,
    w: CasesWriter,
    r: CasesReader,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cases.bin");
        let mut w = CasesWriter::create_at(&path).unwrap();
        // Readers have something to read, if only that there is nothing.
        w.map_mut().insert(0, 0).unwrap();
        w.map_mut().clear().unwrap();
        let r = CasesReader::open_at(&path).unwrap();
        Self { _directory: directory, w, r }
    }

    /// With these keys, each of the value that is the key.
    fn with(keys: impl IntoIterator<Item = i32>) -> Self {
        let mut place = Self::new();
        place.w.map_mut().extend(keys.into_iter().map(|key| (key, key))).unwrap();
        place
    }

    fn with_set(keys: impl IntoIterator<Item = i32>) -> Self {
        let mut place = Self::new();
        place.w.set_mut().extend(keys).unwrap();
        place
    }

    /// The keys in a range, forwards, which are the same backwards and by visits.
    fn range(&self, range: impl RangeBounds<i32> + Clone) -> Vec<i32> {
        let view = self.r.pin().unwrap();
        let keys: Vec<i32> =
            view.map().range(range.clone()).map(|entry| entry.unwrap().0).collect();
        let back: Vec<i32> =
            view.map().range(range.clone()).rev().map(|entry| entry.unwrap().0).collect();
        assert!(back.into_iter().rev().eq(keys.iter().copied()));
        let mut visited = Vec::new();
        view.map().for_each_in(range, |key, _| visited.push(*key)).unwrap();
        assert_eq!(visited, keys);
        keys
    }

    /// That it is what std would have, and sound.
    fn check(&self, expected: &BTreeMap<i32, i32>) {
        let view = self.r.pin().unwrap();
        view.verify().unwrap();
        assert_eq!(view.map().load().unwrap(), *expected);
        assert_eq!(view.map().len().unwrap(), expected.len());
        assert_eq!(self.w.file().stats().leaked, 0);
    }

    fn check_set(&self, expected: &BTreeSet<i32>) {
        let view = self.r.pin().unwrap();
        view.verify().unwrap();
        assert_eq!(view.set().load().unwrap(), *expected);
        assert_eq!(view.set().len().unwrap(), expected.len());
    }
}

/// Sizes from nothing over a leaf and a half to three levels.
const SIZES: [i32; 12] = [0, 1, 2, 6, 62, 63, 64, 125, 126, 127, 700, 9_000];

fn twin(keys: impl IntoIterator<Item = i32>) -> BTreeMap<i32, i32> {
    keys.into_iter().map(|key| (key, key)).collect()
}

#[test]
fn a_large_map_is_filled_found_overwritten_and_emptied() {
    for size in SIZES {
        let mut place = Place::new();
        for key in 0..size {
            assert_eq!(place.w.map_mut().replace(key, 10 * key).unwrap(), None);
        }
        assert_eq!(place.r.map().len().unwrap(), size as usize);
        assert_eq!(
            place.r.map().first_key_value().unwrap().map(|entry| entry.0),
            (size > 0).then_some(0)
        );
        assert_eq!(place.r.map().get(size).unwrap(), None);
        for key in (0..size).step_by(1 + size as usize / 300) {
            assert_eq!(place.w.map_mut().replace(key, 100 * key).unwrap(), Some(10 * key));
            assert_eq!(place.r.map().get(key).unwrap(), Some(100 * key));
        }
        let mut keys: Vec<i32> = (0..size / 2).map(|half| half * 2).collect();
        keys.extend((0..size / 2).map(|half| half * 2 + 1));
        place
            .w
            .transaction(|tx| {
                for key in &keys {
                    assert!(tx.map_mut().remove(*key)?.is_some());
                    assert!(tx.map_mut().remove(*key)?.is_none());
                }
                Ok(())
            })
            .unwrap();
        place.check(&(size / 2 * 2..size).map(|key| (key, 100 * key)).collect());
    }
}

#[test]
fn a_small_map_says_what_is_in_it_after_each_step() {
    let mut place = Place::new();
    let mut map = place.w.map_mut();
    assert_eq!(map.remove(1).unwrap(), None);
    assert_eq!(map.len().unwrap(), 0);
    assert_eq!(map.get(1).unwrap(), None);
    assert_eq!(map.pop_first().unwrap(), None);
    assert!(map.as_ref().unwrap().range(0..=1).next().is_none());
    assert_eq!(map.replace(1, 1).unwrap(), None);
    assert_eq!(map.get(1).unwrap(), Some(1));
    map.get_mut(1).unwrap().unwrap().assign(2).unwrap();
    assert_eq!(map.as_ref().unwrap().last_key_value().unwrap(), Some((1, 2)));
    assert_eq!(map.replace(2, 4).unwrap(), None);
    assert_eq!(map.as_ref().unwrap().values().map(Result::unwrap).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(map.remove(1).unwrap(), Some(2));
    assert_eq!(map.remove(1).unwrap(), None);
    assert_eq!(map.remove(2).unwrap(), Some(4));
    assert!(map.is_empty().unwrap());
    place.check(&BTreeMap::new());
}

#[test]
fn a_walk_from_either_end_meets_each_entry_once() {
    for size in SIZES {
        let place = Place::with((0..size).rev());
        let view = place.r.pin().unwrap();
        assert!(view.map().iter().map(|entry| entry.unwrap().0).eq(0..size));
        assert!(view.map().iter().rev().map(|entry| entry.unwrap().0).eq((0..size).rev()));
        assert!(view.map().keys().map(Result::unwrap).eq(0..size));
        assert!(view.map().values().rev().map(Result::unwrap).eq((0..size).rev()));
        let (mut walk, quarter) = (view.map().iter(), size / 4);
        for key in 0..quarter {
            assert_eq!(walk.next().unwrap().unwrap(), (key, key));
            assert_eq!(walk.next_back().unwrap().unwrap().0, size - key - 1);
            assert!(walk.size_hint().1.unwrap() >= (size - 2 * key - 2) as usize);
        }
        assert!(walk.map(|entry| entry.unwrap().0).eq(quarter..size - quarter));
    }
}

#[test]
fn a_walk_meets_itself_in_the_middle_at_any_place() {
    for size in [0, 1, 5, 63, 64, 130] {
        let place = Place::with(0..size);
        let view = place.r.pin().unwrap();
        for front in 0..=size {
            let mut walk = view.map().iter();
            for key in 0..front {
                assert_eq!(walk.next().unwrap().unwrap().0, key);
            }
            for key in (front..size).rev() {
                assert_eq!(walk.next_back().unwrap().unwrap().0, key);
            }
            assert!(walk.next().is_none() && walk.next_back().is_none());
            assert!(walk.next().is_none());
        }
    }
}

#[test]
#[expect(clippy::double_ended_iterator_last, reason = "`last` is what is asked here")]
fn the_ends_of_a_walk_are_its_least_and_greatest() {
    let place = Place::with([3, 1, 2]);
    let view = place.r.pin().unwrap();
    assert_eq!(view.map().keys().map(Result::unwrap).min(), Some(1));
    assert_eq!(view.map().keys().map(Result::unwrap).max(), Some(3));
    assert_eq!(view.map().iter().last().unwrap().unwrap(), (3, 3));
    assert!(Place::new().w.map().first_key_value().unwrap().is_none());
}

#[test]
fn every_range_is_what_lies_between_its_ends() {
    for size in [0, 1, 4, 63, 130] {
        let place = Place::with((0..size).map(|key| key * 2));
        let twin = twin((0..size).map(|key| key * 2));
        let ends = |at: i32| [Bound::Included(at), Bound::Excluded(at), Bound::Unbounded];
        let places = [-1, 0, 1, 2, 3, 62, 63, 64, 124, 125, 126, 127, 128, size * 2 - 2, size * 2];
        for start in places.into_iter().flat_map(ends) {
            for end in places.into_iter().flat_map(ends) {
                if let (
                    Bound::Included(low) | Bound::Excluded(low),
                    Bound::Included(high) | Bound::Excluded(high),
                ) = (start, end)
                    && (low > high
                        || (low == high && !matches!((start, end), (Bound::Included(_), _))))
                {
                    continue;
                }
                let expected: Vec<i32> = twin.range((start, end)).map(|entry| *entry.0).collect();
                assert_eq!(place.range((start, end)), expected, "{start:?} {end:?}");
            }
        }
    }
}

#[test]
fn ranges_reach_to_the_greatest_number_there_is() {
    let place = Place::with([i32::MIN, 0, i32::MAX - 1, i32::MAX]);
    assert_eq!(place.range(i32::MAX..=i32::MAX), [i32::MAX]);
    assert_eq!(place.range(i32::MAX - 1..), [i32::MAX - 1, i32::MAX]);
    assert_eq!(place.range(..=i32::MIN), [i32::MIN]);
    assert_eq!(place.range(..i32::MIN), [0; 0]);
}

#[test]
fn ranges_of_equal_ends_are_empty_unless_both_are_in_it() {
    let place = Place::with([0, 2]);
    for at in [-1, 0, 1, 2, 3] {
        assert_eq!(place.range(at..at), [0; 0]);
        assert_eq!(place.range((Bound::Excluded(at), Bound::Included(at))), [0; 0]);
        let both = if at == 0 || at == 2 { vec![at] } else { vec![] };
        assert_eq!(place.range(at..=at), both);
    }
}

#[test]
fn ranges_that_end_before_they_begin_panic_even_of_an_empty_map() {
    for place in [Place::new(), Place::with([3])] {
        let view = place.r.pin().unwrap();
        let refused: [(Bound<i32>, Bound<i32>); 5] = [
            (Bound::Excluded(5), Bound::Excluded(5)),
            (Bound::Included(5), Bound::Included(1)),
            (Bound::Included(5), Bound::Excluded(1)),
            (Bound::Excluded(5), Bound::Included(1)),
            (Bound::Excluded(5), Bound::Excluded(1)),
        ];
        for range in refused {
            assert!(catch_unwind(AssertUnwindSafe(|| view.map().range(range).count())).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| view.set().range(range).count())).is_err());
            let visit = || view.map().for_each_in(range, |_, _| {});
            assert!(catch_unwind(AssertUnwindSafe(visit)).is_err());
        }
    }
}

#[test]
fn ranges_of_texts_take_borrowed_ends() {
    let mut place = Place::new();
    place.w.texts_mut().extend([("aardvark", "x"), ("baboon", "y"), ("coyote", "z")]).unwrap();
    let view = place.r.pin().unwrap();
    let mut walk = view.texts().range("b"..=String::from("coyote").as_str());
    assert_eq!(walk.next().unwrap().unwrap().0, "baboon");
    assert_eq!(walk.next().unwrap().unwrap().0, "coyote");
    assert!(walk.next().is_none());
    assert_eq!(view.texts().get("coyote").unwrap(), Some("z".into()));
    assert_eq!(view.texts().get_key_value("dingo").unwrap(), None);
    let removed = place.w.texts_mut().into_entry("baboon").unwrap();
    let Entry::Occupied(removed) = removed else { panic!() };
    assert_eq!(removed.remove_entry().unwrap(), ("baboon".into(), "y".into()));
    assert_eq!(place.w.texts_mut().split_off("b").unwrap().len(), 1);
}

#[test]
fn a_large_range_of_each_start_goes_to_the_end() {
    let place = Place::with(0..1000);
    let view = place.r.pin().unwrap();
    for start in (0..1000).step_by(37) {
        for end in (start..1000).step_by(53) {
            let mut expected = start..=end;
            for entry in view.map().range(start..=end) {
                assert_eq!(Some(entry.unwrap().0), expected.next());
            }
            assert!(expected.next().is_none());
        }
    }
}

#[test]
fn what_is_retained_is_what_was_asked_for() {
    for size in SIZES {
        let keeps: [fn(i32) -> bool; 5] =
            [|_| true, |_| false, |key| key % 3 == 0, |key| key == 0, |key| key != 0];
        for keeps in keeps {
            let mut place = Place::with(0..size);
            let before = place.w.file().generation();
            place.w.map_mut().retain(|key, _| keeps(*key)).unwrap();
            let expected = twin((0..size).filter(|key| keeps(*key)));
            place.check(&expected);
            let is_same = expected.len() == size as usize;
            assert_eq!(place.w.file().generation(), before + u64::from(!is_same));
        }
    }
}

#[test]
fn a_panic_of_what_retains_leaves_all_as_it_was() {
    let mut place = Place::with(0..300);
    place.w.set_mut().extend(0..300).unwrap();
    let mut asked = 0;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        place.w.map_mut().retain(|_, _| {
            asked += 1;
            assert!(asked < 200, "in the middle");
            false
        })
    }));
    assert!(panicked.is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        place.w.set_mut().retain(|key| key.checked_sub(100).expect("no overflow") < 0 || panic!())
    }));
    assert!(panicked.is_err());
    place.check(&twin(0..300));
    place.check_set(&(0..300).collect());
    place.w.map_mut().retain(|key, _| *key < 5).unwrap();
    place.check(&twin(0..5));
}

#[test]
fn entries_are_changed_inserted_and_removed_by_their_key() {
    let mut place = Place::with(1..=6);
    let mut map = place.w.map_mut();
    match map.entry(1).unwrap() {
        Entry::Vacant(_) => panic!("it is there"),
        Entry::Occupied(mut entry) => {
            assert_eq!((entry.key().unwrap(), entry.load().unwrap()), (1, 1));
            entry.insert(10).unwrap();
            assert_eq!(entry.load().unwrap(), 10);
        }
    }
    if let Entry::Occupied(mut entry) = map.entry(2).unwrap() {
        entry.get_mut().update(|value| *value *= 10).unwrap();
    }
    let Entry::Occupied(entry) = map.entry(3).unwrap() else { panic!() };
    assert_eq!(entry.remove().unwrap(), 3);
    let Entry::Vacant(entry) = map.entry(10).unwrap() else { panic!() };
    entry.insert(100).unwrap().update(|value| *value += 1).unwrap();
    map.entry(11).unwrap().and_modify(|value| *value += 1).unwrap().or_insert(7).unwrap();
    map.entry(11).unwrap().and_modify(|value| *value += 1).unwrap().or_insert(7).unwrap();
    map.entry(12).unwrap().or_insert_with(|| 5).unwrap();
    map.entry(12).unwrap().or_insert_with(|| panic!("it is there")).unwrap();
    map.entry(13).unwrap().or_default().unwrap();
    let expected = [(1, 10), (2, 20), (4, 4), (5, 5), (6, 6), (10, 101), (11, 8), (12, 5), (13, 0)];
    place.check(&BTreeMap::from(expected));
}

#[test]
fn a_vacant_entry_that_is_dropped_inserts_nothing() {
    for size in [0, 1, 63, 130] {
        let mut place = Place::with(0..size);
        let before = place.w.file().generation();
        assert!(matches!(place.w.map_mut().entry(size).unwrap(), Entry::Vacant(_)));
        assert_eq!(place.w.file().generation(), before);
        place.check(&twin(0..size));
    }
}

/// Where a new entry goes when its leaf, and the nodes above it, are split.
#[test]
fn what_a_vacant_entry_gives_is_the_new_value_wherever_it_goes() {
    for size in [0, 1, 3, 62, 63, 64, 126, 127, 4_000] {
        for new in (0..=size).step_by(1 + size as usize / 130) {
            let mut place = Place::with((0..size).map(|key| key * 2 + 1));
            let twin = twin((0..size).map(|key| key * 2 + 1));
            let Entry::Vacant(entry) = place.w.map_mut().into_entry(new * 2).unwrap() else {
                panic!()
            };
            let mut value = entry.insert(-1).unwrap();
            assert_eq!(value.load().unwrap(), -1, "{new} of {size}");
            value.assign(-2).unwrap();
            let mut expected = twin;
            expected.insert(new * 2, -2);
            place.check(&expected);
        }
    }
    let mut place = Place::with((0..70_000).map(|key| key * 2));
    place
        .w
        .transaction(|tx| {
            for key in (0..70_000).rev().step_by(3) {
                let mut value = tx.map_mut().into_entry(key * 2 + 1)?.or_insert(-1)?;
                assert_eq!(value.load()?, -1);
                value.assign(key)?;
            }
            Ok(())
        })
        .unwrap();
    let view = place.r.pin().unwrap();
    view.verify().unwrap();
    let odd = |key: i32| if key % 2 == 0 { key } else { key / 2 };
    assert!(view.map().iter().map(Result::unwrap).all(|(key, value)| value == odd(key)));
}

#[test]
fn the_first_and_the_last_entry_can_be_changed_and_removed() {
    let mut place = Place::new();
    assert!(place.w.map_mut().first_entry().unwrap().is_none());
    assert!(place.w.map_mut().last_entry().unwrap().is_none());
    place.w.map_mut().insert(1, 42).unwrap();
    assert_eq!(place.w.map_mut().first_entry().unwrap().unwrap().key().unwrap(), 1);
    assert_eq!(place.w.map_mut().last_entry().unwrap().unwrap().load().unwrap(), 42);
    place.w.map_mut().extend([(2, 24), (0, 6)]).unwrap();
    let mut map = place.w.map_mut();
    let mut first = map.first_entry().unwrap().unwrap();
    first.insert(600).unwrap();
    assert_eq!(first.remove_entry().unwrap(), (0, 600));
    let mut last = map.last_entry().unwrap().unwrap();
    last.get_mut().update(|value| *value += 1).unwrap();
    assert_eq!(last.remove_entry().unwrap(), (2, 25));
    place.check(&BTreeMap::from([(1, 42)]));
}

#[test]
fn entries_are_popped_in_order_from_both_ends() {
    for size in [0, 1, 63, 64, 700] {
        let mut place = Place::with(0..size);
        place.w.set_mut().extend(0..size).unwrap();
        for key in 0..size / 2 {
            assert_eq!(place.w.map_mut().pop_first().unwrap(), Some((key, key)));
            assert_eq!(place.w.map_mut().pop_last().unwrap().unwrap().0, size - key - 1);
            assert_eq!(place.w.set_mut().pop_first().unwrap(), Some(key));
            assert_eq!(place.w.set_mut().pop_last().unwrap(), Some(size - key - 1));
        }
        place.check(&twin(size / 2..size - size / 2));
        place.check_set(&(size / 2..size - size / 2).collect());
    }
    let mut place = Place::new();
    assert_eq!(place.w.map_mut().pop_last().unwrap(), None);
    assert_eq!(place.w.set_mut().pop_first().unwrap(), None);
}

#[test]
fn the_key_that_is_stored_is_the_first_one_that_came() {
    let mut place = Place::new();
    let named = |number| Named { name: "a".into(), number };
    place.w.named_mut().insert(&named(1), 10).unwrap();
    place.w.named_mut().insert(&named(2), 20).unwrap();
    let found = place.r.named().get_key_value(&named(9)).unwrap();
    assert_eq!(found.map(|(key, value)| (key.number, value)), Some((1, 20)));
    place.w.named_mut().entry(&named(3)).unwrap().or_insert(30).unwrap();
    assert_eq!(place.r.named().first_key_value().unwrap().unwrap().0.number, 1);
}

#[test]
fn an_element_that_is_replaced_or_taken_is_the_one_that_was_stored() {
    let mut place = Place::new();
    let named = |number| Named { name: "a".into(), number };
    let mut set = place.w.named_set_mut();
    assert!(set.replace(&named(1)).unwrap().is_none());
    assert_eq!(set.replace(&named(2)).unwrap().unwrap().number, 1);
    assert_eq!(set.len().unwrap(), 1);
    assert!(!set.insert(&named(7)).unwrap());
    assert_eq!(place.r.named_set().get(&named(1)).unwrap().unwrap().number, 2);
    assert_eq!(place.w.named_set_mut().take(&named(1)).unwrap().unwrap().number, 2);
    assert!(place.w.named_set_mut().take(&named(1)).unwrap().is_none());
    assert!(place.r.named_set().get(&named(1)).unwrap().is_none());
}

#[test]
fn an_entry_goes_into_full_nodes_at_every_place() {
    for size in [63, 126, 127] {
        for new in 0..=size {
            let mut place = Place::new();
            place.w.set_map(&twin((0..size).map(|key| key * 2 + 1))).unwrap();
            assert_eq!(place.w.map_mut().replace(new * 2, 7).unwrap(), None);
            let mut expected = twin((0..size).map(|key| key * 2 + 1));
            expected.insert(new * 2, 7);
            place.check(&expected);
        }
    }
}

#[test]
fn what_is_appended_takes_the_place_of_equal_keys() {
    for size in [0, 7, 9, 12, 14, 17, 63, 144, 145, 170, 181, 239, 1700] {
        let mut place = Place::with(0..size);
        let added: BTreeMap<i32, i32> = (5..size).map(|key| (key, 2 * key)).collect();
        place.w.map_mut().append(&added).unwrap();
        let mut expected = twin(0..size);
        expected.extend(added);
        place.check(&expected);
        for key in 0..size {
            assert_eq!(place.w.map_mut().remove(key).unwrap(), expected.remove(&key));
        }
        place.check(&BTreeMap::new());
    }
}

/// Numbers in no order.
fn random(count: usize) -> Vec<i32> {
    let mut state = 4_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 1) as i32
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn a_map_is_split_at_every_key_into_what_is_below_and_the_rest() {
    for size in [0, 1, 5, 63, 64, 127, 300] {
        for at in (-1..=size).step_by(1 + size as usize / 90) {
            let mut place = Place::with(0..size);
            place.w.set_mut().extend(0..size).unwrap();
            assert_eq!(place.w.map_mut().split_off(at).unwrap(), twin(at.max(0)..size));
            assert_eq!(place.w.set_mut().split_off(at).unwrap(), (at.max(0)..size).collect());
            place.check(&twin(0..at.clamp(0, size)));
            place.check_set(&(0..at.clamp(0, size)).collect());
        }
    }
    let mut keys = random(1529);
    let mut place = Place::with(keys.iter().copied());
    keys.sort_unstable();
    keys.dedup();
    let middle = keys[keys.len() / 2];
    let right = place.w.map_mut().split_off(middle).unwrap();
    assert!(right.keys().eq(keys.iter().filter(|key| **key >= middle)));
    place.check(&twin(keys.iter().copied().filter(|key| *key < middle)));
}

#[test]
fn insertions_and_removals_that_alternate_keep_a_map_small() {
    let (mut place, mut at, mut expected) = (Place::new(), 31, BTreeMap::new());
    for step in 0..700 {
        at = (at + 1367) % 1000;
        place.w.map_mut().insert(at, step).unwrap();
        expected.insert(at, step);
        at = (at + 911) % 1000;
        assert_eq!(place.w.map_mut().remove(at).unwrap(), expected.remove(&at));
    }
    place.check(&expected);
}

#[test]
fn a_cleared_map_is_new_and_its_room_is_used_again() {
    let mut place = Place::with(0..3000);
    place.w.map_mut().clear().unwrap();
    place.check(&BTreeMap::new());
    let len = place.w.file().stats().file_len;
    for _ in 0..20 {
        place.w.map_mut().extend((0..3000).map(|key| (key, key))).unwrap();
        place.w.map_mut().clear().unwrap();
    }
    assert!(place.w.file().stats().file_len <= 4 * len, "it is not longer each time");
    place.w.set_mut().extend(0..5).unwrap();
    place.w.set_mut().clear().unwrap();
    assert!(!place.r.set().contains(1).unwrap() && place.r.set().is_empty().unwrap());
}

#[test]
fn a_copy_of_a_map_is_a_map_of_its_own() {
    for size in SIZES {
        let mut place = Place::with(0..size);
        let view = place.r.clone().into_pinned().unwrap();
        let copy = place.r.map().load().unwrap();
        place.w.map_mut().retain(|key, _| key % 2 == 0).unwrap();
        place.w.map_mut().insert(-1, -1).unwrap();
        assert_eq!(view.map().load().unwrap(), copy);
        assert_eq!(copy, twin(0..size));
        place.w.map_mut().assign(&copy).unwrap();
        place.check(&copy);
    }
}

#[test]
fn what_is_drained_is_gone() {
    let mut place = Place::with(0..200);
    place.w.set_mut().extend(0..200).unwrap();
    let before = place.w.file().generation();
    assert_eq!(place.w.map_mut().drain().unwrap(), twin(0..200));
    assert_eq!(place.w.set_mut().drain().unwrap(), (0..200).collect());
    assert_eq!(place.w.file().generation(), before + 2);
    place.check(&BTreeMap::new());
    assert_eq!(place.w.map_mut().drain().unwrap(), BTreeMap::new());
    assert_eq!(place.w.file().generation(), before + 2);
}

#[test]
fn a_panic_of_what_is_extended_by_leaves_nothing() {
    let mut place = Place::with(0..5);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let entries = (0..500).map(|key| {
            assert!(key < 300, "in the middle");
            (key, -1)
        });
        place.w.map_mut().extend(entries)
    }));
    assert!(panicked.is_err());
    place.check(&twin(0..5));
}

#[test]
fn a_set_is_made_and_extended_of_elements_in_any_order() {
    let mut place = Place::with_set([3, 1, 2, 3, 1]);
    place.check_set(&BTreeSet::from([1, 2, 3]));
    place.w.set_mut().extend([4, 5, 4].iter().copied()).unwrap();
    place.w.set_mut().append(&BTreeSet::from([5, 6])).unwrap();
    place.check_set(&(1..=6).collect());
    place.w.set_set(&BTreeSet::from([9])).unwrap();
    place.check_set(&BTreeSet::from([9]));
}

#[test]
fn a_set_tells_what_was_there_when_it_changes() {
    let mut place = Place::new();
    let mut set = place.w.set_mut();
    assert!(set.insert(1).unwrap());
    assert!(!set.insert(1).unwrap());
    assert!(set.insert(-5).unwrap());
    assert!(!set.remove(0).unwrap());
    assert!(set.remove(1).unwrap());
    assert!(!set.remove(1).unwrap());
    assert_eq!(set.as_ref().unwrap().first().unwrap(), Some(-5));
    assert_eq!(set.as_ref().unwrap().last().unwrap(), Some(-5));
    assert!(Place::new().r.set().is_empty().unwrap());
}

#[test]
fn a_set_is_walked_from_both_ends_and_by_ranges() {
    for size in [0, 1, 127, 128, 700] {
        let place = Place::with_set(0..size);
        let view = match place.r.pin() {
            Ok(view) => view,
            Err(_) => continue,
        };
        assert!(view.set().iter().map(Result::unwrap).eq(0..size));
        assert!(view.set().iter().rev().map(Result::unwrap).eq((0..size).rev()));
        assert_eq!(view.set().iter().map(Result::unwrap).max(), (0..size).max());
        let zipped = view.set().iter().zip(view.set().iter().skip(1));
        assert!(
            zipped
                .map(|(low, high)| (low.unwrap(), high.unwrap()))
                .all(|(low, high)| low + 1 == high)
        );
        let (low, high) = (size / 3, size / 2);
        assert!(view.set().range(low..high).map(Result::unwrap).eq(low..high));
        assert!(
            view.set().range(..=high).rev().map(Result::unwrap).eq((0..=high.min(size - 1)).rev())
        );
    }
}

#[test]
fn a_set_retains_what_was_asked_for() {
    let mut place = Place::with_set(1..=300);
    place.w.set_mut().retain(|key| key % 2 == 0).unwrap();
    place.check_set(&(1..=150).map(|half| half * 2).collect());
    place.w.set_mut().retain(|_| false).unwrap();
    place.check_set(&BTreeSet::new());
}

/// The names of all tests.
fn tests_that_exist() -> HashSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = HashSet::new();
    for place in ["tests", "commy/src/growable/tests"] {
        for file in fs::read_dir(root.join(place)).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            let text = fs::read_to_string(file).unwrap();
            let functions = text.split("#[test]").skip(1).filter_map(|text| text.split_once("fn "));
            names
                .extend(functions.filter_map(|(_, text)| Some(text.split_once('(')?.0.to_owned())));
        }
    }
    names
}

#[test]
fn every_test_that_the_tables_of_ordered_cases_name_exists() {
    let exist = tests_that_exist();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/std_cases");
    for (name, least) in [("btree_map.md", 110), ("btree_set.md", 30)] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        let mut count = 0;
        for row in text.lines().filter(|line| line.starts_with("| `")) {
            let (case, ours) = row.trim_matches('|').split_once('|').unwrap();
            assert!(!ours.trim().is_empty(), "{name}: {case} has neither a test nor a reason");
            let tests =
                ours.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() > 2);
            for test in tests {
                assert!(exist.contains(test), "{name}: there is no test {test}");
            }
            count += 1;
        }
        assert!(count >= least, "{name}: only {count} cases");
    }
}
