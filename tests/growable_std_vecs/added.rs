//! What std's tests ask of a `Vec` to which something is added.

use core::fmt::Debug;
use core::ops::RangeBounds;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use commy::Growable;
use commy::growable::{Arg, VecMut};

use super::{CasesWriter, is, pair, set, texts};

#[test]
fn what_is_pushed_stands_at_the_end() {
    let (_directory, mut w, r) = pair();
    for number in 0..300 {
        w.numbers_mut().push(number).unwrap();
        assert_eq!(r.numbers().last().unwrap(), Some(number));
        if number < 4 {
            is(&r, 0..=number);
        }
    }
    is(&r, 0..300);
}

/// Pushes as many as make their room grow several times, and takes half of them off.
fn grow<T: Growable + Clone + PartialEq + Debug>(
    mut list: VecMut<'_, T>,
    make: fn(u64) -> T,
    arg: fn(&T) -> Arg<'_, T>,
) {
    let mut twin = Vec::new();
    for number in 0..64 {
        twin.push(make(number));
        list.push(arg(&twin[twin.len() - 1])).unwrap();
        assert_eq!(list.load().unwrap(), twin);
    }
    while twin.len() > 32 {
        assert_eq!(list.pop().unwrap(), twin.pop());
    }
    assert_eq!(list.load().unwrap(), twin);
    list.clear().unwrap();
    assert_eq!((list.len().unwrap(), list.pop().unwrap()), (0, None));
}

#[test]
fn lists_of_elements_of_every_size_grow_and_shrink() {
    let (_directory, mut w, _) = pair();
    grow(w.numbers_mut(), |number| number as i64, |value| *value);
    grow(w.flags_mut(), |number| number % 3 == 0, |value| *value);
    grow(w.letters_mut(), |number| char::from(b'a' + (number % 26) as u8), |value| *value);
    grow(w.texts_mut(), |number| "x".repeat(number as usize), |value| value);
    grow(w.pairs_mut(), |number| (number.to_string(), 1), |(text, number)| (text, *number));
    grow(w.boxes_mut(), |number| Box::new(number as i32), |value| **value);
    // One of 1 KiB fits into a node, a larger one does not.
    grow(w.wide_mut(), |number| [number; 128], |value| *value);
    grow(w.wider_mut(), |number| [number; 129], |value| *value);
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn to_extend_adds_whatever_is_iterated_over() {
    let (_directory, mut w, r) = pair();
    let before = w.file().generation();
    w.numbers_mut().extend([]).unwrap();
    assert_eq!(w.file().generation(), before);
    is(&r, []);
    w.numbers_mut().extend(0..3).unwrap();
    is(&r, 0..3);
    w.numbers_mut().extend(3..10).unwrap();
    is(&r, 0..10);
    let again = w.numbers_mut().load().unwrap();
    w.numbers_mut().extend(again.iter().copied()).unwrap();
    is(&r, (0..10).chain(0..10));
    // Those whose number is not known before, those of none, those of one.
    set(&mut w, [1, 2]);
    w.numbers_mut().extend((3..9).filter(|number| number % 2 == 1)).unwrap();
    w.numbers_mut().extend(core::iter::empty()).unwrap();
    w.numbers_mut().extend(core::iter::once(9)).unwrap();
    w.numbers_mut().extend(Some(11)).unwrap();
    is(&r, [1, 2, 3, 5, 7, 9, 11]);
    w.texts_mut().extend(["a", "b"]).unwrap();
    w.texts_mut().extend(texts(1, 2).iter().map(String::as_str)).unwrap();
    assert_eq!(r.texts().load().unwrap(), ["a", "b", "1", "2"]);
}

#[test]
fn slices_and_lists_are_added_whole() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 1..6);
    w.numbers_mut().extend_from_slice(&[6, 7, 8, 9, 0]).unwrap();
    is(&r, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
    let before = w.file().generation();
    w.numbers_mut().extend_from_slice(&[]).unwrap();
    assert_eq!(w.file().generation(), before);
    set(&mut w, [1, 2, 3]);
    let mut other = vec![4, 5, 6];
    w.numbers_mut().append(&mut other).unwrap();
    is(&r, 1..7);
    assert!(other.is_empty());
    w.numbers_mut().append(&mut other).unwrap();
    is(&r, 1..7);
    // What is in another list of the record is added by way of memory.
    w.others_mut().extend(7..10).unwrap();
    w.transaction(|tx| {
        let mut taken = tx.others_mut().split_off(0)?;
        tx.numbers_mut().append(&mut taken)
    })
    .unwrap();
    is(&r, 1..10);
    assert!(r.others().is_empty().unwrap());
}

/// One that panics while the list is extended leaves what was there.
#[test]
fn an_iterator_that_panics_adds_nothing() {
    let (_directory, mut w, r) = pair();
    w.texts_mut().extend(["a", "b", "c"]).unwrap();
    let (before, live) = (w.file().generation(), w.file().stats().live);
    for good in [0, 1, 2, 300] {
        let mut made = 0..good;
        let mut extend = || {
            w.texts_mut().extend(core::iter::from_fn(|| {
                assert!(made.next().is_some(), "as it should");
                Some("a text that lies in a block of its own, as it is too long for its cell")
            }))
        };
        assert!(catch_unwind(AssertUnwindSafe(&mut extend)).is_err());
        let mut made = 0..good;
        let mut resize = || {
            w.texts_mut().resize_with(1000, || {
                assert!(made.next().is_some(), "as it should");
                "a text that lies in a block of its own, as it is too long for its cell".into()
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(&mut resize)).is_err());
        assert_eq!(r.texts().load().unwrap(), ["a", "b", "c"]);
    }
    assert_eq!((w.file().generation(), w.file().stats().live), (before, live));
    w.texts_mut().push("d").unwrap();
    assert_eq!(r.texts().load().unwrap(), ["a", "b", "c", "d"]);
}

#[test]
fn a_list_takes_the_place_of_another_of_any_length() {
    let (_directory, mut w, r) = pair();
    let boxes = |numbers: &[i32]| numbers.iter().copied().map(Box::new).collect::<Vec<_>>();
    let (three, two, none) = (boxes(&[1, 2, 3]), boxes(&[4, 5]), boxes(&[]));
    for list in [&three, &three, &two, &three, &none, &two] {
        w.boxes_mut().assign(list).unwrap();
        assert_eq!(r.boxes().load().unwrap(), *list);
        let mut loaded = three.clone();
        r.boxes().load_into(&mut loaded).unwrap();
        assert_eq!(loaded, *list);
    }
    for list in [&three, &three, &two, &three, &none, &two] {
        w.set_boxes(list).unwrap();
        assert_eq!(r.boxes().load().unwrap(), *list);
    }
    // What was loaded is a copy.
    let loaded = r.boxes().load().unwrap();
    w.boxes_mut().clear().unwrap();
    assert_eq!(loaded, two);
}

/// There is no `extend_from_within`: a range that was loaded is added.
fn extend_from_within(w: &mut CasesWriter, range: impl RangeBounds<usize>) {
    w.transaction(|tx| {
        let mut texts = tx.texts_mut();
        let mut copied = Vec::new();
        texts.as_ref()?.load_range(range, &mut copied)?;
        texts.append(&mut copied)
    })
    .unwrap();
}

#[test]
fn a_part_of_a_list_is_added_to_itself() {
    let (_directory, mut w, r) = pair();
    extend_from_within(&mut w, ..);
    assert!(r.texts().is_empty().unwrap());
    w.set_texts(&texts(1, 3)).unwrap();
    extend_from_within(&mut w, 1..=2);
    extend_from_within(&mut w, ..=1);
    assert_eq!(r.texts().load().unwrap(), ["1", "2", "3", "2", "3", "1", "2"]);
    w.set_texts(&texts(1, 3)).unwrap();
    extend_from_within(&mut w, 1..1);
    assert_eq!(r.texts().load().unwrap(), texts(1, 3));
    for _ in 0..7 {
        extend_from_within(&mut w, ..);
    }
    assert!(r.texts().load().unwrap().into_iter().eq(texts(1, 3).into_iter().cycle().take(384)));
}

#[test]
fn a_list_is_resized_at_its_end() {
    let (_directory, mut w, r) = pair();
    for len in [3, 2, 1, 0, 300] {
        w.numbers_mut().clear().unwrap();
        w.numbers_mut().resize(len, 1).unwrap();
        is(&r, vec![1; len]);
    }
    w.boxes_mut().resize(3, 1).unwrap();
    assert_eq!(r.boxes().load().unwrap(), vec![Box::new(1); 3]);
    set(&mut w, [13, 27]);
    let len = w.numbers_mut().len().unwrap();
    w.numbers_mut().resize_with(len + 10, || 42).unwrap();
    is(&r, [13, 27].into_iter().chain([42; 10]));
    w.numbers_mut().resize_with(2, || panic!("nothing to make")).unwrap();
    is(&r, [13, 27]);
    let before = w.file().generation();
    w.numbers_mut().resize(2, 5).unwrap();
    assert_eq!(w.file().generation(), before);
}
