//! What std's own tests ask of a `Vec`, asked of a list in a record that grows: the table is
//! `tests/std_cases/vec.md`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "growable_std_vecs/added.rs"]
mod added;
#[path = "support/std_cases.rs"]
mod std_cases;
mod support;
#[path = "growable_std_vecs/taken.rs"]
mod taken;

use core::ops::Bound;
use core::panic::AssertUnwindSafe;
use std::collections::HashSet;
use std::panic::catch_unwind;

use commy::growable::VecMut;
use commy::{Growable, create_reader, create_writer};

const NONE: [i64; 0] = [];

/// Equal by the key alone.
#[derive(Debug, Clone, Growable)]
struct Entry {
    key: i32,
    note: String,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

#[create_writer(filename = "cases.bin", growable)]
#[create_reader(filename = "cases.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Cases {
    numbers: Vec<i64>,
    others: Vec<i64>,
    texts: Vec<String>,
    pairs: Vec<(String, i32)>,
    entries: Vec<Entry>,
    #[allow(clippy::vec_box, reason = "as std's tests have them")]
    boxes: Vec<Box<i32>>,
    flags: Vec<bool>,
    letters: Vec<char>,
    wide: Vec<[u64; 128]>,
    wider: Vec<[u64; 129]>,
    keys: HashSet<Vec<i64>>,
}

fn pair() -> (tempfile::TempDir, CasesWriter, CasesReader) {
    let (directory, path) = support::place("cases.bin");
    let mut writer = CasesWriter::create_at(&path).unwrap();
    // Before the first publish there is nothing to read, and not an empty list.
    writer.flags_mut().push(true).unwrap();
    writer.flags_mut().clear().unwrap();
    let reader = CasesReader::open_at(&path).unwrap();
    (directory, writer, reader)
}

/// The numbers are these, in whatever way they are read.
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
    w.set_numbers(&values.into_iter().collect::<Vec<_>>()).unwrap();
}

/// The numbers from `first` to `last`, as texts.
fn texts(first: i32, last: i32) -> Vec<String> {
    (first..=last).map(|number| number.to_string()).collect()
}

#[test]
fn elements_are_found_by_index_and_not_behind_the_end() {
    let (_directory, mut w, r) = pair();
    set(&mut w, [10, 20]);
    assert_eq!((r.numbers().get(0).unwrap(), r.numbers().get(1).unwrap()), (Some(10), Some(20)));
    assert_eq!(
        (w.numbers_mut().get(0).unwrap(), w.numbers_mut().get(1).unwrap()),
        (Some(10), Some(20))
    );
    for index in [2, 3, 127, usize::MAX - 1, usize::MAX] {
        assert_eq!(r.numbers().get(index).unwrap(), None);
        assert_eq!(r.pin().unwrap().numbers().get(index).unwrap(), None);
        assert_eq!(w.numbers_mut().get(index).unwrap(), None);
        assert!(w.numbers_mut().get_mut(index).unwrap().is_none());
    }
}

#[test]
fn a_range_is_read_as_a_slice_is() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 1..6);
    let check = |range: (Bound<usize>, Bound<usize>)| {
        let twin = [1, 2, 3, 4, 5];
        let view = r.pin().unwrap();
        let walked: Vec<i64> = view.numbers().range(range).map(Result::unwrap).collect();
        let mut loaded = vec![77];
        let count = r.numbers().load_range(range, &mut loaded).unwrap();
        assert_eq!((&walked[..], &loaded[..]), (&twin[range], &[&[77], &twin[range]].concat()[..]));
        assert_eq!(count, walked.len());
    };
    for start in 0..5 {
        check((Bound::Included(start), Bound::Unbounded));
        check((Bound::Excluded(start), Bound::Unbounded));
        check((Bound::Unbounded, Bound::Excluded(start)));
        check((Bound::Unbounded, Bound::Included(start)));
        (start..5).for_each(|end| check((Bound::Included(start), Bound::Included(end))));
    }
    // A list may be shorter by the time that it is read: a range is as much of it as is there.
    let view = r.pin().unwrap();
    let read = |range: (Bound<usize>, Bound<usize>)| {
        view.numbers().range(range).map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(read((Bound::Included(usize::MAX), Bound::Unbounded)), NONE);
    assert_eq!(read((Bound::Unbounded, Bound::Excluded(6))), [1, 2, 3, 4, 5]);
    assert_eq!(read((Bound::Included(1), Bound::Excluded(6))), [2, 3, 4, 5]);
    assert_eq!(read((Bound::Included(4), Bound::Included(usize::MAX))), [5]);
    let backwards = [
        (Bound::Included(usize::MAX), Bound::Excluded(4)),
        (Bound::Included(3), Bound::Excluded(2)),
        (Bound::Excluded(usize::MAX), Bound::Included(0)),
    ];
    for range in backwards {
        assert!(catch_unwind(AssertUnwindSafe(|| read(range))).is_err());
        let load = || r.numbers().load_range(range, &mut Vec::new());
        assert!(catch_unwind(AssertUnwindSafe(load)).is_err());
    }
}

#[test]
fn elements_are_changed_in_place_also_by_halves() {
    let (_directory, mut w, r) = pair();
    let mut add = |range: core::ops::Range<usize>, added: i64| {
        w.transaction(|tx| {
            let mut numbers = tx.numbers_mut();
            if numbers.is_empty()? {
                numbers.extend(1..6)?;
            }
            range.clone().try_for_each(|index| {
                numbers.get_mut(index)?.unwrap().update(|number| *number += added)
            })
        })
        .unwrap();
    };
    add(2..5, 2);
    is(&r, [1, 2, 5, 6, 7]);
    add(0..2, 1);
    is(&r, [2, 3, 5, 6, 7]);
    add(0..2, -1);
    add(2..5, 10);
    is(&r, [1, 2, 15, 16, 17]);
    w.numbers_mut().set(1, 42).unwrap();
    w.numbers_mut().first_mut().unwrap().unwrap().assign(0).unwrap();
    is(&r, [0, 42, 15, 16, 17]);
}

#[test]
fn what_is_iterated_over_goes_where_a_collection_puts_it() {
    let (_directory, mut w, r) = pair();
    set(&mut w, [1, 2, 3]);
    let view = r.pin().unwrap();
    for limit in [4, 2, 0] {
        let (low, high): (Vec<i64>, Vec<i64>) =
            view.numbers().iter().map(Result::unwrap).partition(|number| *number < limit);
        let (twin_low, twin_high): (Vec<i64>, Vec<i64>) =
            [1, 2, 3].into_iter().partition(|number| *number < limit);
        assert_eq!((low, high), (twin_low, twin_high));
    }
    let pairs = [("a", 4), ("b", 5), ("c", 6)];
    w.pairs_mut().extend(pairs).unwrap();
    let (texts, numbers): (Vec<_>, Vec<_>) = r.pairs().load().unwrap().into_iter().unzip();
    assert_eq!((texts, numbers), (vec!["a".into(), "b".into(), "c".into()], vec![4, 5, 6]));
    let mut other = Vec::new();
    for number in view.numbers() {
        other.push(number.unwrap());
    }
    for number in view.numbers().iter().rev() {
        other.push(number.unwrap());
    }
    assert_eq!(other, [1, 2, 3, 3, 2, 1]);
}

#[test]
fn iterators_count_what_is_left_and_skip_from_both_ends() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 1..6);
    let view = r.pin().unwrap();
    assert_eq!(view.numbers().iter().count(), 5);
    let mut iter = view.numbers().iter();
    assert_eq!((iter.nth(1), iter.nth_back(1)), (Some(Ok(2)), Some(Ok(4))));
    let (least, most) = iter.size_hint();
    assert!(least <= 1 && most.is_none_or(|most| most >= 1));
    assert_eq!(iter.next(), Some(Ok(3)));
    assert_eq!((iter.next(), iter.next_back()), (None, None), "it stays at its end");
    for far in [5, usize::MAX] {
        let mut iter = view.numbers().iter();
        assert_eq!((iter.nth(far), iter.next()), (None, None));
        let mut iter = view.numbers().iter();
        assert_eq!((iter.nth_back(far), iter.next_back()), (None, None));
    }
    // A proxy is a copy of the way, so that one may begin again.
    let numbers = view.numbers();
    let again = numbers;
    let (mut first, second) = (numbers.iter(), again.iter());
    assert_eq!(first.next(), Some(Ok(1)));
    assert_eq!(second.map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(first.rev().map(Result::unwrap).collect::<Vec<_>>(), [5, 4, 3, 2]);
}

#[test]
fn lists_with_the_same_elements_are_the_same_key() {
    let (_directory, mut w, r) = pair();
    assert!(w.keys_mut().insert(&[1, 2]).unwrap());
    assert!(w.keys_mut().insert(&[1, 2, 3]).unwrap());
    assert!(!w.keys_mut().insert(&[1, 2][..]).unwrap());
    for (key, is_there) in
        [(&[1, 2][..], true), (&[1, 2, 3], true), (&[1], false), (&[2, 1], false)]
    {
        assert_eq!(r.keys().contains(key).unwrap(), is_there);
    }
    w.numbers_mut().extend([1, 2, 3, 4]).unwrap();
    w.numbers_mut().pop().unwrap();
    let made = w.numbers_mut().load().unwrap();
    assert!(r.keys().contains(&made).unwrap());
    let before = w.file().generation();
    let same = w.snapshot().unwrap();
    w.publish(&same).unwrap();
    assert_eq!(w.file().generation(), before, "equal values publish nothing");
}

#[test]
fn what_std_panics_for_panics_and_changes_nothing() {
    let (_directory, mut w, r) = pair();
    let mut panics = |len: i64, change: &mut dyn FnMut(VecMut<'_, i64>)| {
        set(&mut w, 0..len);
        let before = w.file().generation();
        assert!(catch_unwind(AssertUnwindSafe(|| change(w.numbers_mut()))).is_err());
        assert_eq!(w.file().generation(), before);
        is(&r, 0..len);
    };
    for len in [0, 1, 3, 200] {
        for index in [len as usize, len as usize + 1, usize::MAX - 1, usize::MAX] {
            panics(len, &mut |mut numbers| numbers.set(index, 0).unwrap());
            panics(len, &mut |mut numbers| {
                numbers.remove(index).unwrap();
            });
            panics(len, &mut |mut numbers| {
                numbers.swap_remove(index).unwrap();
            });
            panics(len, &mut |mut numbers| numbers.swap(0, index).unwrap());
            panics(len, &mut |mut numbers| numbers.swap(index, index).unwrap());
            panics(len, &mut |mut numbers| drop(numbers.drain(index..=index)));
            panics(len, &mut |mut numbers| drop(numbers.drain(..=index)));
            let behind = index.saturating_add(1);
            panics(len, &mut |mut numbers| drop(numbers.insert(behind, 0)));
            panics(len, &mut |mut numbers| drop(numbers.split_off(behind)));
            panics(len, &mut |mut numbers| drop(numbers.drain(behind..)));
            let overflow = (Bound::Excluded(index), Bound::Included(0));
            panics(len, &mut |mut numbers| drop(numbers.drain(overflow)));
        }
    }
    #[allow(clippy::reversed_empty_ranges, reason = "what is refused")]
    panics(5, &mut |mut numbers| drop(numbers.drain(3..2)));
}

#[test]
fn far_indices_that_std_takes_are_taken() {
    let (_directory, mut w, r) = pair();
    set(&mut w, [0]);
    let before = w.file().generation();
    assert_eq!(w.numbers_mut().get(usize::MAX).unwrap(), None);
    w.numbers_mut().truncate(usize::MAX).unwrap();
    assert_eq!(w.file().generation(), before);
    let mut to = [7, 7];
    assert_eq!(r.numbers().read_into(usize::MAX, &mut to).unwrap(), 0);
    assert_eq!(r.numbers().read_into(0, &mut to).unwrap(), 1);
    assert_eq!(to, [0, 7]);
    is(&r, [0]);
}

#[test]
fn swapped_elements_change_places() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 0..7);
    w.numbers_mut().swap(2, 4).unwrap();
    is(&r, [0, 1, 4, 3, 2, 5, 6]);
    w.numbers_mut().swap(3, 3).unwrap();
    is(&r, [0, 1, 4, 3, 2, 5, 6]);
    let mut other = 42;
    w.numbers_mut()
        .get_mut(0)
        .unwrap()
        .unwrap()
        .update(|number| core::mem::swap(number, &mut other))
        .unwrap();
    assert_eq!(other, 0);
    is(&r, [42, 1, 4, 3, 2, 5, 6]);
    w.set_texts(&texts(0, 300)).unwrap();
    w.texts_mut().swap(299, 1).unwrap();
    let mut twin = texts(0, 300);
    twin.swap(299, 1);
    assert_eq!(r.texts().load().unwrap(), twin);
}

/// What a proxy leads to is found by index: it stays right, whatever the list does around it.
#[test]
fn a_view_and_an_element_stay_right_while_the_list_changes() {
    let (_directory, mut w, r) = pair();
    set(&mut w, [13]);
    let view = r.pin().unwrap();
    let changes: [fn(&mut CasesWriter); 12] = [
        |w| w.numbers_mut().push(1).unwrap(),
        |w| w.numbers_mut().insert(1, 1).unwrap(),
        |w| {
            w.numbers_mut().remove(1).unwrap();
        },
        |w| w.numbers_mut().extend([27, 19]).unwrap(),
        |w| {
            w.numbers_mut().pop().unwrap();
        },
        |w| {
            w.numbers_mut().swap_remove(1).unwrap();
        },
        |w| w.numbers_mut().append(&mut vec![27, 19]).unwrap(),
        |w| w.numbers_mut().resize_with(300, || 42).unwrap(),
        |w| drop(w.numbers_mut().drain(5..).unwrap()),
        |w| drop(taken::splice(w, 2..5, &[1; 200])),
        |w| w.numbers_mut().truncate(2).unwrap(),
        |w| w.numbers_mut().retain(|number| *number == 13).unwrap(),
    ];
    for change in changes {
        change(&mut w);
        assert_eq!(r.numbers().first().unwrap(), Some(13));
        assert_eq!(view.numbers().load().unwrap(), [13], "a view is of one generation");
    }
    is(&r, [13]);
    let mut numbers = w.numbers_mut();
    numbers.first_mut().unwrap().unwrap().update(|number| *number -= 13).unwrap();
    assert_eq!(numbers.load().unwrap(), [0]);
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let source = concat!(
        include_str!("growable_std_vecs.rs"),
        include_str!("growable_std_vecs/added.rs"),
        include_str!("growable_std_vecs/taken.rs"),
    );
    std_cases::check(include_str!("std_cases/vec.md"), source);
}
