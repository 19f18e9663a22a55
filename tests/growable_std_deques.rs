//! What std's own tests ask of a `VecDeque`, asked of a deque in a record that grows: the table is
//! `tests/std_cases/vec_deque.md`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/std_cases.rs"]
mod std_cases;
mod support;

use core::fmt::Debug;
use core::panic::AssertUnwindSafe;
use std::collections::{HashSet, VecDeque};
use std::panic::catch_unwind;

use commy::growable::{Arg, VecDequeMut};
use commy::{Growable, WriteError, create_reader, create_writer};

#[derive(Debug, Clone, PartialEq, Growable)]
enum Shape {
    Dot,
    Line(i32, i32),
    Named { name: String, sides: Vec<u8> },
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Entry {
    key: i32,
    text: String,
}

#[create_writer(filename = "cases.bin", growable)]
#[create_reader(filename = "cases.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Cases {
    numbers: VecDeque<i64>,
    others: VecDeque<i64>,
    texts: VecDeque<String>,
    shapes: VecDeque<Shape>,
    entries: VecDeque<Entry>,
    keys: HashSet<VecDeque<i64>>,
}

fn pair() -> (tempfile::TempDir, CasesWriter, CasesReader) {
    let (directory, path) = support::place("cases.bin");
    let writer = CasesWriter::create_at(&path).unwrap();
    let reader = CasesReader::open_at(&path).unwrap();
    (directory, writer, reader)
}

#[track_caller]
fn is(r: &CasesReader, expected: impl IntoIterator<Item = i64>) {
    let expected: Vec<i64> = expected.into_iter().collect();
    assert_eq!(r.numbers().load().unwrap(), expected);
    let view = r.pin().unwrap();
    let walked: Vec<i64> = view.numbers().iter().map(Result::unwrap).collect();
    let mut backwards: Vec<i64> = view.numbers().iter().rev().map(Result::unwrap).collect();
    backwards.reverse();
    assert_eq!((&walked, &backwards), (&expected, &expected));
    view.verify().unwrap();
}

fn set(w: &mut CasesWriter, values: impl IntoIterator<Item = i64>) {
    w.set_numbers(&values.into_iter().collect()).unwrap();
}

/// Pushes and pops at both ends, of four values of any type.
fn both_ends<T: Growable + Clone + PartialEq + Debug>(
    mut deque: VecDequeMut<'_, T>,
    values: [T; 4],
    arg: fn(&T) -> Arg<'_, T>,
) -> Result<(), WriteError> {
    let [a, b, c, d] = &values;
    deque.push_front(arg(b))?;
    deque.push_back(arg(c))?;
    deque.push_front(arg(a))?;
    deque.push_back(arg(d))?;
    assert_eq!(deque.load()?, values);
    assert_eq!(deque.pop_back()?.as_ref(), Some(d));
    assert_eq!(deque.pop_front()?.as_ref(), Some(a));
    assert_eq!(deque.pop_front()?.as_ref(), Some(b));
    assert_eq!(deque.pop_back()?.as_ref(), Some(c));
    assert_eq!((deque.pop_back()?, deque.pop_front()?, deque.len()?), (None, None, 0));
    deque.push_front(arg(d))?;
    deque.push_front(arg(c))?;
    deque.push_back(arg(a))?;
    assert_eq!(deque.load()?, [c.clone(), d.clone(), a.clone()]);
    deque.clear()
}

#[test]
fn elements_of_any_type_come_and_go_at_both_ends() {
    let (_directory, mut w, _) = pair();
    both_ends(w.numbers_mut(), [5, -72, 64, i64::MIN], |value| *value).unwrap();
    let texts = ["", "short", "a text that lies in a block", "€"].map(String::from);
    both_ends(w.texts_mut(), texts, |value| value).unwrap();
    let named = Shape::Named { name: "a name of some length".into(), sides: vec![1, 2] };
    let shapes = [Shape::Dot, Shape::Line(1, 2), named.clone(), named];
    both_ends(w.shapes_mut(), shapes, |value| value).unwrap();
    let entry = |key| Entry { key, text: format!("the entry with the number {key}") };
    both_ends(w.entries_mut(), [1, 2, 3, 4].map(entry), |value| value).unwrap();
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn what_is_pushed_in_front_is_found_by_index() {
    let (_directory, mut w, r) = pair();
    for count in [3, 66, 127, 400] {
        w.numbers_mut().clear().unwrap();
        (0..count).for_each(|number| w.numbers_mut().push_front(number).unwrap());
        for index in 0..count {
            assert_eq!(r.numbers().get(index as usize).unwrap(), Some(count - 1 - index));
        }
        assert_eq!(r.numbers().get(count as usize).unwrap(), None);
        is(&r, (0..count).rev());
        w.numbers_mut().clear().unwrap();
        (0..count).for_each(|number| w.numbers_mut().push_back(number).unwrap());
        is(&r, 0..count);
    }
}

#[test]
fn what_is_not_there_is_none_or_panics_as_in_std() {
    let (_directory, mut w, r) = pair();
    set(&mut w, [1, 2, 3]);
    let mut panics = |change: &mut dyn FnMut(&mut CasesWriter)| {
        assert!(catch_unwind(AssertUnwindSafe(|| change(&mut w))).is_err());
        is(&r, [1, 2, 3]);
    };
    panics(&mut |w| w.numbers_mut().set(3, 0).unwrap());
    panics(&mut |w| w.numbers_mut().swap(0, 3).unwrap());
    panics(&mut |w| w.numbers_mut().insert(4, 0).unwrap());
    panics(&mut |w| drop(w.numbers_mut().drain(2..5)));
    panics(&mut |w| drop(w.numbers_mut().drain(2..=usize::MAX)));
    #[allow(clippy::reversed_empty_ranges, reason = "what is refused")]
    panics(&mut |w| drop(w.numbers_mut().drain(2..1)));
    panics(&mut |w| drop(w.numbers_mut().split_off(4)));
    panics(&mut |w| w.numbers_mut().rotate_left(4).unwrap());
    panics(&mut |w| w.numbers_mut().rotate_right(4).unwrap());
    assert_eq!(w.numbers_mut().remove(3).unwrap(), None);
    assert!(w.numbers_mut().get_mut(3).unwrap().is_none());
    // A reader's range may be behind the end by now: it is as much of it as is there.
    let view = r.pin().unwrap();
    assert_eq!(view.numbers().range(2..=usize::MAX).map(Result::unwrap).collect::<Vec<_>>(), [3]);
    let empty = (core::ops::Bound::Excluded(usize::MAX), core::ops::Bound::Included(0));
    assert!(catch_unwind(AssertUnwindSafe(|| view.numbers().range(empty))).is_err());
}

/// So many elements in a deque of every small size, and taken off again: no place is read twice.
#[test]
fn a_deque_goes_over_the_end_of_its_room_in_every_state() {
    let (_directory, mut w, r) = pair();
    for start in 0..20_i64 {
        for taken in 0..=start {
            w.numbers_mut().clear().unwrap();
            w.numbers_mut().extend(0..start).unwrap();
            w.numbers_mut().drain(..taken as usize).unwrap();
            w.numbers_mut().extend(start..start + 15).unwrap();
            is(&r, taken..start + 15);
        }
    }
}

#[test]
fn swapped_elements_change_places() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 0..5);
    w.numbers_mut().pop_front().unwrap();
    w.numbers_mut().swap(0, 3).unwrap();
    is(&r, [4, 2, 3, 1]);
    w.numbers_mut().swap(2, 2).unwrap();
    is(&r, [4, 2, 3, 1]);
}

#[test]
fn iterators_say_how_much_is_left_and_meet() {
    let (_directory, mut w, r) = pair();
    w.texts_mut().push_back("published").unwrap();
    let view = r.pin().unwrap();
    assert_eq!((view.numbers().iter().next(), view.numbers().iter().count()), (None, 0));
    (0..5).for_each(|number| w.numbers_mut().push_back(number).unwrap());
    (6..9).for_each(|number| w.numbers_mut().push_front(number).unwrap());
    is(&r, [8, 7, 6, 0, 1, 2, 3, 4]);
    let view = r.pin().unwrap();
    let mut iter = view.numbers().iter();
    let (mut front, mut back) = (Vec::new(), Vec::new());
    while let Some(number) = iter.next() {
        front.push(number.unwrap());
        back.extend(iter.next_back().map(Result::unwrap));
        let left = 8 - front.len() - back.len();
        let (least, most) = iter.size_hint();
        assert!(least <= left && most.is_none_or(|most| most >= left), "{left}");
    }
    assert_eq!((front, back), (vec![8, 7, 6, 0], vec![4, 3, 2, 1]));
    assert_eq!((iter.next(), iter.next_back()), (None, None), "it stays at its end");
    assert_eq!(view.numbers().iter().nth(3).unwrap().unwrap(), 0);
    assert_eq!(view.numbers().iter().rev().nth(1).unwrap().unwrap(), 3);
    assert!(view.numbers().iter().nth(8).is_none());
    let found = view.numbers().iter().find(|number| *number == Ok(6));
    assert_eq!(found, Some(Ok(6)));
}

#[test]
fn a_fold_ends_where_it_says_and_the_iterator_goes_on_behind() {
    let (_directory, mut w, r) = pair();
    set(&mut w, [10, 20, 30, 40, 100, 60, 70, 80, 90]);
    for turns in 0..9 {
        w.numbers_mut().rotate_left(turns).unwrap();
        let view = r.pin().unwrap();
        let sum: Result<i64, _> = view.numbers().iter().sum();
        assert_eq!(sum.unwrap(), 500);
        w.numbers_mut().rotate_right(turns).unwrap();
    }
    let view = r.pin().unwrap();
    let add = |sum: i8, number: Result<i64, _>| sum.checked_add(number.unwrap() as i8);
    let mut iter = view.numbers().iter();
    assert_eq!(iter.try_fold(0_i8, add), None);
    assert_eq!(iter.next(), Some(Ok(60)));
    let mut iter = view.numbers().iter();
    assert_eq!(iter.try_rfold(0_i8, add), None);
    assert_eq!(iter.next_back(), Some(Ok(70)));
}

#[test]
fn elements_are_changed_in_place_one_after_the_other() {
    let (_directory, mut w, r) = pair();
    (0..3).for_each(|number| w.numbers_mut().push_front(number).unwrap());
    w.transaction(|tx| {
        let mut numbers = tx.numbers_mut();
        for index in 0..numbers.len()? {
            numbers.get_mut(index)?.unwrap().update(|number| *number = *number * 10 + 1)?;
        }
        numbers.front_mut()?.unwrap().assign(7)?;
        numbers.back_mut()?.unwrap().assign(9)
    })
    .unwrap();
    is(&r, [7, 11, 9]);
    assert_eq!(w.numbers_mut().pop_front().unwrap(), Some(7));
    assert_eq!(w.numbers_mut().load().unwrap(), [11, 9]);
}

#[test]
fn a_drain_takes_its_range_whatever_the_state() {
    let (_directory, mut w, r) = pair();
    assert!(w.numbers_mut().drain(..).unwrap().is_empty());
    for front in 0..4_i64 {
        for len in 0..8_i64 {
            for start in 0..=len {
                for end in start..=len {
                    set(&mut w, front..len);
                    (0..front.min(len)).rev().for_each(|n| w.numbers_mut().push_front(n).unwrap());
                    let taken = w.numbers_mut().drain(start as usize..end as usize).unwrap();
                    assert!(taken.into_iter().eq(start..end));
                    let left = w.numbers_mut().load().unwrap();
                    assert!(left.into_iter().eq((0..start).chain(end..len)));
                }
            }
        }
    }
    set(&mut w, 0..5);
    assert_eq!(w.numbers_mut().drain(1..=2).unwrap(), [1, 2]);
    is(&r, [0, 3, 4]);
}

/// Where the elements stand is nothing to equality, order and hash: two that were made in another way
/// are the same key.
#[test]
fn deques_with_the_same_elements_are_the_same() {
    let (_directory, mut w, r) = pair();
    let start: VecDeque<i64> = (0..28).collect();
    w.set_numbers(&start).unwrap();
    w.keys_mut().insert(&start).unwrap();
    for number in 28..90 {
        w.numbers_mut().push_back(number).unwrap();
        w.numbers_mut().pop_front().unwrap();
    }
    let before = w.file().generation();
    let shifted: VecDeque<i64> = (62..90).collect();
    w.update(|cases| assert_eq!(cases.numbers, shifted)).unwrap();
    let same = Cases { numbers: shifted.clone(), ..w.snapshot().unwrap() };
    w.publish(&same).unwrap();
    assert_eq!(w.file().generation(), before, "equal values publish nothing");
    let mut turned = start.clone();
    turned.rotate_left(9);
    turned.rotate_right(9);
    assert!(r.keys().contains(&turned).unwrap(), "the other slices are the same key");
    assert!(!w.keys_mut().insert(&turned).unwrap());
    assert!(!r.keys().contains(&shifted).unwrap());
}

#[test]
fn what_is_taken_off_gives_its_blocks_back() {
    let (_directory, mut w, _) = pair();
    w.numbers_mut().push_back(1).unwrap();
    let empty = w.file().stats().live;
    let text = "a text that lies in a block of its own, as it is too long for its cell";
    let take: [fn(VecDequeMut<'_, String>); 8] = [
        |mut texts| texts.clear().unwrap(),
        |mut texts| texts.truncate(0).unwrap(),
        |mut texts| while texts.pop_back().unwrap().is_some() {},
        |mut texts| while texts.pop_front().unwrap().is_some() {},
        |mut texts| drop(texts.drain(..).unwrap()),
        |mut texts| drop(texts.split_off(0).unwrap()),
        |mut texts| texts.retain(|_| false).unwrap(),
        |mut texts| {
            while texts.swap_remove_front(1).unwrap().or(texts.pop_back().unwrap()).is_some() {}
        },
    ];
    for take in take {
        for _ in 0..150 {
            w.texts_mut().push_back(text).unwrap();
            w.texts_mut().push_front(text).unwrap();
        }
        assert!(w.file().stats().live > empty + 20_000);
        take(w.texts_mut());
        assert_eq!(w.file().stats().live, empty, "all of it is given back");
    }
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn to_append_is_to_add_all_in_order_in_every_state_of_both() {
    let (_directory, mut w, _) = pair();
    let made = |[push_back, pop_back, push_front, pop_front]: [usize; 4]| {
        let mut made = VecDeque::new();
        (0..push_back as i64).for_each(|number| made.push_back(number));
        (0..push_front as i64).for_each(|number| made.push_front(100 + number));
        made.truncate(made.len() - pop_back);
        made.drain(..pop_front);
        made
    };
    let mut states = Vec::new();
    for (push_back, push_front) in (0..12).map(|state| (state % 4, state / 4)) {
        for pop_back in 0..=push_back + push_front {
            for pop_front in 0..=push_back + push_front - pop_back {
                states.push([push_back, pop_back, push_front, pop_front]);
            }
        }
    }
    for state in &states {
        for other in states.iter().step_by(3) {
            let mut other = made(*other);
            let [push_back, pop_back, push_front, pop_front] = *state;
            w.transaction(|tx| {
                let mut numbers = tx.numbers_mut();
                numbers.clear()?;
                numbers.extend(0..push_back as i64)?;
                (0..push_front as i64).try_for_each(|number| numbers.push_front(100 + number))?;
                (0..pop_back).try_for_each(|_| numbers.pop_back().map(drop))?;
                (0..pop_front).try_for_each(|_| numbers.pop_front().map(drop))?;
                let expected: Vec<i64> = made(*state).into_iter().chain(other.clone()).collect();
                numbers.append(&mut other)?;
                assert_eq!(numbers.load()?, expected);
                Ok(())
            })
            .unwrap();
            assert!(other.is_empty());
        }
    }
}

#[test]
fn to_extend_takes_what_is_iterated_over() {
    let (_directory, mut w, r) = pair();
    w.numbers_mut().push_back(1).unwrap();
    w.numbers_mut().extend([2, 3, 4]).unwrap();
    w.others_mut().extend([5, 6]).unwrap();
    let others = w.others_mut().load().unwrap();
    w.numbers_mut().extend(others).unwrap();
    is(&r, 1..7);
    w.numbers_mut().extend((0..512).step_by(2)).unwrap();
    assert_eq!(r.numbers().len().unwrap(), 262);
    w.texts_mut().extend(["a", "b"]).unwrap();
    assert_eq!(r.texts().load().unwrap(), ["a", "b"]);
}

#[test]
fn kept_elements_stay_in_order() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 1..5);
    w.numbers_mut().retain(|number| number % 2 == 0).unwrap();
    is(&r, [2, 4]);
    let before = w.file().generation();
    w.numbers_mut().retain(|_| true).unwrap();
    assert_eq!(w.file().generation(), before);
    // One that panics takes nothing.
    let panics = |w: &mut CasesWriter| {
        let mut calls = 0;
        w.numbers_mut().retain(|_| {
            calls += 1;
            assert!(calls < 2, "as it should");
            false
        })
    };
    assert!(catch_unwind(AssertUnwindSafe(|| panics(&mut w))).is_err());
    is(&r, [2, 4]);
}

#[test]
fn contained_is_what_is_equal() {
    let (_directory, mut w, r) = pair();
    w.numbers_mut().extend([2, 3, 4]).unwrap();
    assert!(r.numbers().contains(3).unwrap() && !r.numbers().contains(1).unwrap());
    w.numbers_mut().clear().unwrap();
    assert!(!r.numbers().contains(3).unwrap());
    assert!(r.numbers().is_empty().unwrap() && w.numbers_mut().is_empty().unwrap());
}

#[test]
fn rotations_are_those_of_std() {
    let (_directory, mut w, r) = pair();
    for len in [1_usize, 7, 12, 130, 300] {
        let mut twin: VecDeque<i64> = (0..len as i64).collect();
        w.set_numbers(&twin).unwrap();
        for shift in [6, 1, 0, 11, 12, 1, 7, 9, 3, 4, 5, 8, len / 2, len, len - 1, 126] {
            let shift = shift % (len + 1);
            w.numbers_mut().rotate_left(shift).unwrap();
            twin.rotate_left(shift);
            assert_eq!(r.numbers().load().unwrap(), twin);
            let shift = shift * 2 % (len + 1);
            w.numbers_mut().rotate_right(shift).unwrap();
            twin.rotate_right(shift);
            assert_eq!(r.numbers().load().unwrap(), twin);
        }
    }
}

#[test]
fn searches_find_what_is_sorted_in_every_state() {
    let (_directory, mut w, r) = pair();
    w.numbers_mut().extend([5, 6]).unwrap();
    [3, 2, 1].iter().for_each(|number| w.numbers_mut().push_front(*number).unwrap());
    w.numbers_mut().push_back(10).unwrap();
    let twin = VecDeque::from([1, 2, 3, 5, 6, 10]);
    for number in -1..12 {
        assert_eq!(r.numbers().binary_search(&number).unwrap(), twin.binary_search(&number));
        let by = r.numbers().binary_search_by(|found| found.cmp(&number)).unwrap();
        assert_eq!(by, twin.binary_search(&number));
        let doubled = r.numbers().binary_search_by_key(&(2 * number), |found| 2 * found).unwrap();
        assert_eq!(doubled, twin.binary_search(&number));
        let point = r.numbers().partition_point(|found| *found <= number).unwrap();
        assert_eq!(point, twin.partition_point(|found| *found <= number));
    }
    w.numbers_mut().clear().unwrap();
    assert_eq!(r.numbers().binary_search(&1).unwrap(), Err(0));
    assert_eq!(r.numbers().partition_point(|_| true).unwrap(), 0);
}

#[test]
fn insertions_and_removals_are_those_of_std_at_every_index() {
    let (_directory, mut w, r) = pair();
    for len in 0..16_i64 {
        for index in 0..=len as usize {
            let mut twin: VecDeque<i64> = (0..len).collect();
            w.set_numbers(&twin).unwrap();
            w.numbers_mut().insert(index, 99).unwrap();
            twin.insert(index, 99);
            assert_eq!(r.numbers().load().unwrap(), twin);
            assert_eq!(w.numbers_mut().remove(index).unwrap(), twin.remove(index));
            assert_eq!(r.numbers().load().unwrap(), twin);
            let back = w.numbers_mut().swap_remove_back(index).unwrap();
            assert_eq!(back, twin.swap_remove_back(index));
            let front = w.numbers_mut().swap_remove_front(index).unwrap();
            assert_eq!(front, twin.swap_remove_front(index));
            assert_eq!(r.numbers().load().unwrap(), twin);
            let at = index.min(twin.len());
            assert_eq!(w.numbers_mut().split_off(at).unwrap(), twin.split_off(at));
            assert_eq!(r.numbers().load().unwrap(), twin);
        }
    }
}

#[test]
fn a_deque_is_resized_at_its_end() {
    let (_directory, mut w, r) = pair();
    w.numbers_mut().push_front(1).unwrap();
    w.numbers_mut().resize(3, 7).unwrap();
    is(&r, [1, 7, 7]);
    w.numbers_mut().resize(2, 8).unwrap();
    let mut next = 0;
    let make = || {
        next += 1;
        next
    };
    w.numbers_mut().resize_with(4, make).unwrap();
    is(&r, [1, 7, 1, 2]);
    w.numbers_mut().resize_with(1, || panic!("nothing to make")).unwrap();
    is(&r, [1]);
    let panics = |w: &mut CasesWriter| {
        let mut calls = 0;
        w.numbers_mut().resize_with(9, || {
            calls += 1;
            assert!(calls < 5, "as it should");
            calls
        })
    };
    assert!(catch_unwind(AssertUnwindSafe(|| panics(&mut w))).is_err());
    is(&r, [1]);
}

#[test]
fn the_ends_are_what_was_left() {
    let (_directory, mut w, r) = pair();
    w.numbers_mut().extend([10, 20]).unwrap();
    assert_eq!((r.numbers().front().unwrap(), r.numbers().back().unwrap()), (Some(10), Some(20)));
    assert_eq!(w.numbers_mut().front().unwrap(), Some(10));
    w.numbers_mut().pop_front().unwrap();
    assert_eq!((r.numbers().front().unwrap(), r.numbers().back().unwrap()), (Some(20), Some(20)));
    w.numbers_mut().pop_front().unwrap();
    assert_eq!((r.numbers().front().unwrap(), r.numbers().back().unwrap()), (None, None));
    assert_eq!((w.numbers_mut().front().unwrap(), w.numbers_mut().back().unwrap()), (None, None));
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let table = include_str!("std_cases/vec_deque.md");
    std_cases::check(table, include_str!("growable_std_deques.rs"));
}
