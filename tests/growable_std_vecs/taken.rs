//! What std's tests ask of a `Vec` from which something is taken.

use core::ops::RangeBounds;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use commy::Growable;
use commy::growable::VecMut;

use super::{CasesWriter, Entry, NONE, is, pair, set, texts};

#[test]
fn kept_elements_stay_in_order() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 1..5);
    w.numbers_mut().retain(|number| number % 2 == 0).unwrap();
    is(&r, [2, 4]);
    w.texts_mut().extend_from_slice(&texts(0, 400)).unwrap();
    w.texts_mut().retain(|text| text.len() < 2 || text.ends_with('7')).unwrap();
    let mut twin = texts(0, 400);
    twin.retain(|text| text.len() < 2 || text.ends_with('7'));
    assert_eq!(r.texts().load().unwrap(), twin);
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn whoever_keeps_is_asked_once_for_each_in_order() {
    let (_directory, mut w, r) = pair();
    for keeps in [true, false] {
        set(&mut w, 1..5);
        let before = w.file().generation();
        let mut asked = Vec::new();
        let ask = |number: &i64| {
            asked.push(*number);
            keeps
        };
        w.numbers_mut().retain(ask).unwrap();
        assert_eq!(asked, [1, 2, 3, 4]);
        assert_eq!(w.file().generation() - before, u64::from(!keeps));
        is(&r, if keeps { 1..5 } else { 1..1 });
    }
}

/// One that panics takes nothing, whether it had said of others that they go or not.
#[test]
fn whoever_panics_while_it_keeps_takes_nothing() {
    let (_directory, mut w, r) = pair();
    w.texts_mut().extend_from_slice(&texts(0, 4)).unwrap();
    let (before, live) = (w.file().generation(), w.file().stats().live);
    for gone in ["1", "none"] {
        let keeps = |text: &String| {
            assert!(text.as_str() < "3", "as it should");
            text != gone
        };
        assert!(catch_unwind(AssertUnwindSafe(|| w.texts_mut().retain(keeps))).is_err());
        assert_eq!(r.texts().load().unwrap(), texts(0, 4));
    }
    assert_eq!((w.file().generation(), w.file().stats().live), (before, live));
}

/// There is no `dedup`: a `retain` that remembers the last one that it kept is one.
fn dedup<T: Growable + Clone>(mut list: VecMut<'_, T>, same: impl Fn(&T, &T) -> bool) {
    let mut last: Option<T> = None;
    list.retain(|value| {
        let is_new = last.as_ref().is_none_or(|last| !same(value, last));
        last = if is_new { Some(value.clone()) } else { last.take() };
        is_new
    })
    .unwrap();
}

#[test]
fn equal_neighbours_go_by_a_retain_that_remembers() {
    let (_directory, mut w, r) = pair();
    let mut check = |values: &[i64], same: fn(&i64, &i64) -> bool| {
        let mut twin = values.to_vec();
        twin.dedup_by(|value, last| same(value, last));
        set(&mut w, values.iter().copied());
        dedup(w.numbers_mut(), same);
        is(&r, twin);
    };
    let cases: [&[i64]; 9] = [
        &[],
        &[1],
        &[1, 1],
        &[1, 2, 3],
        &[1, 1, 2, 3],
        &[1, 2, 2, 3],
        &[1, 2, 3, 3],
        &[1, 1, 2, 2, 2, 3, 3],
        &[12, 12, 12, 12, 12, 11, 11, 11, 11, 11, 11],
    ];
    cases.iter().for_each(|case| check(case, |value, last| value == last));
    for case in [&[10, 11, 20, 30][..], &[10, 20, 21, 30], &[10, 11, 20, 21, 22, 30, 31], &[]] {
        check(case, |value, last| value / 10 == last / 10);
    }
    check(&[1, -1, 2, 3, 1, -5, 5, -2, 2], |value, last| value.abs() == last.abs());
}

#[test]
fn equal_neighbours_of_any_type_go_and_the_first_stays() {
    let (_directory, mut w, r) = pair();
    w.texts_mut().extend(["foo", "bar", "Bar", "baz", "bar"]).unwrap();
    dedup(w.texts_mut(), |text, last| text.eq_ignore_ascii_case(last));
    assert_eq!(r.texts().load().unwrap(), ["foo", "bar", "baz", "bar"]);
    for boxes in [[1, 1, 2, 3], [1, 2, 2, 3], [1, 2, 3, 3]] {
        w.boxes_mut().assign(&boxes.map(Box::new)).unwrap();
        dedup(w.boxes_mut(), |value, last| value == last);
        assert_eq!(r.boxes().load().unwrap(), [1, 2, 3].map(Box::new));
    }
    let entry = |key, number| Entry { key, note: format!("the note with the number {number}") };
    w.entries_mut()
        .extend_from_slice(&[entry(0, 1), entry(0, 5), entry(1, 7), entry(1, 9)])
        .unwrap();
    dedup(w.entries_mut(), |value, last| value == last);
    let notes: Vec<String> =
        r.entries().load().unwrap().into_iter().map(|entry| entry.note).collect();
    assert_eq!(notes, ["the note with the number 1", "the note with the number 7"]);
    for bits in 0_u8..255 {
        let mut twin: Vec<bool> = (0..8).map(|bit| bits >> bit & 1 == 1).collect();
        w.flags_mut().assign(&twin).unwrap();
        dedup(w.flags_mut(), |value, last| value == last);
        twin.dedup();
        assert_eq!(r.flags().load().unwrap(), twin);
    }
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn what_is_taken_off_gives_its_blocks_back() {
    let (_directory, mut w, _) = pair();
    w.numbers_mut().push(1).unwrap();
    let empty = w.file().stats().live;
    let text = "a text that lies in a block of its own, as it is too long for its cell";
    let take: [fn(VecMut<'_, String>); 9] = [
        |mut texts| texts.clear().unwrap(),
        |mut texts| [3, 2, 0].iter().for_each(|len| texts.truncate(*len).unwrap()),
        |mut texts| while texts.pop().unwrap().is_some() {},
        |mut texts| {
            while !texts.is_empty().unwrap() {
                texts.swap_remove(0).unwrap();
            }
        },
        |mut texts| (0..300).rev().for_each(|index| drop(texts.remove(index / 2).unwrap())),
        |mut texts| drop(texts.drain(..).unwrap()),
        |mut texts| drop(texts.split_off(0).unwrap()),
        |mut texts| texts.retain(|_| false).unwrap(),
        |mut texts| texts.assign(&[]).unwrap(),
    ];
    for take in take {
        w.texts_mut().resize(300, text).unwrap();
        assert!(w.file().stats().live > empty + 20_000);
        take(w.texts_mut());
        assert_eq!(w.file().stats().live, empty, "all of it is given back");
    }
    assert_eq!(w.file().stats().leaked, 0);
}

fn drain(w: &mut CasesWriter, range: impl RangeBounds<usize>) -> Vec<String> {
    w.texts_mut().drain(range).unwrap()
}

#[test]
fn a_drain_takes_its_range() {
    let (_directory, mut w, r) = pair();
    assert!(drain(&mut w, ..).is_empty() && r.texts().is_empty().unwrap());
    w.set_texts(&texts(1, 3)).unwrap();
    assert_eq!(drain(&mut w, ..), texts(1, 3));
    assert!(r.texts().is_empty().unwrap());
    w.set_texts(&texts(1, 5)).unwrap();
    assert_eq!(drain(&mut w, 4..), ["5"]);
    assert_eq!(drain(&mut w, 1..3), ["2", "3"]);
    assert_eq!(r.texts().load().unwrap(), ["1", "4"]);
    for (range, left) in [
        (1..=5, &["0"][..]),
        (0..=5, &[]),
        (0..=3, &["4", "5"]),
        (0..=0, &["1", "2", "3", "4", "5"]),
    ] {
        w.set_texts(&texts(0, 5)).unwrap();
        assert_eq!(drain(&mut w, range.clone()), texts(0, 5)[range]);
        assert_eq!(r.texts().load().unwrap(), left);
    }
    let before = w.file().generation();
    assert!(drain(&mut w, 5..).is_empty() && drain(&mut w, 2..2).is_empty());
    assert_eq!(w.file().generation(), before, "nothing was taken");
    // Over the borders of chunks.
    for range in [0..1, 0..500, 126..252, 125..253, 499..500, 1..499] {
        set(&mut w, 0..500);
        let mut twin: Vec<i64> = (0..500).collect();
        let taken: Vec<i64> = twin.drain(range.clone()).collect();
        assert_eq!(w.numbers_mut().drain(range).unwrap(), taken);
        is(&r, twin);
    }
    assert_eq!(w.file().stats().leaked, 0);
}

/// There is no `splice`: a transaction of a `split_off` and two `extend`s is one publish.
pub(crate) fn splice(w: &mut CasesWriter, range: core::ops::Range<usize>, new: &[i64]) -> Vec<i64> {
    w.transaction(|tx| {
        let mut numbers = tx.numbers_mut();
        let mut behind = numbers.split_off(range.end)?;
        let taken = numbers.split_off(range.start)?;
        numbers.extend_from_slice(new)?;
        numbers.append(&mut behind)?;
        Ok(taken)
    })
    .unwrap()
}

#[test]
fn a_range_is_replaced_in_one_publish() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 1..6);
    let before = w.file().generation();
    assert_eq!(splice(&mut w, 2..4, &[10, 11, 12]), [3, 4]);
    is(&r, [1, 2, 10, 11, 12, 5]);
    assert_eq!(splice(&mut w, 1..3, &[20]), [2, 10]);
    is(&r, [1, 20, 11, 12, 5]);
    assert_eq!(splice(&mut w, 0..5, &[]), [1, 20, 11, 12, 5]);
    is(&r, []);
    assert_eq!(w.file().generation() - before, 3);
    set(&mut w, 0..400);
    let mut twin: Vec<i64> = (0..400).collect();
    for (range, len) in [(0..0, 130), (500..530, 1), (100..300, 200), (399..400, 0), (7..9, 300)] {
        let new: Vec<i64> = (1000..1000 + len).collect();
        let taken: Vec<i64> = twin.splice(range.clone(), new.iter().copied()).collect();
        assert_eq!(splice(&mut w, range, &new), taken);
        is(&r, twin.iter().copied());
    }
    set(&mut w, 1..6);
    for range in [5..6, 5..usize::MAX] {
        assert!(catch_unwind(AssertUnwindSafe(|| splice(&mut w, range, &[10]))).is_err());
        is(&r, 1..6);
    }
}

#[test]
fn what_is_split_off_is_what_stood_behind() {
    let (_directory, mut w, r) = pair();
    set(&mut w, 1..7);
    assert_eq!(w.numbers_mut().split_off(4).unwrap(), [5, 6]);
    is(&r, 1..5);
    assert_eq!(w.numbers_mut().split_off(4).unwrap(), NONE);
    assert_eq!(w.numbers_mut().split_off(0).unwrap(), [1, 2, 3, 4]);
    is(&r, []);
    assert_eq!(w.numbers_mut().split_off(0).unwrap(), NONE);
    for len in [126, 127, 252, 400_usize] {
        for at in [0, 1, 125, 126, len] {
            set(&mut w, 0..len as i64);
            let taken = w.numbers_mut().split_off(at).unwrap();
            assert!(taken.into_iter().eq(at as i64..len as i64));
            is(&r, 0..at as i64);
        }
    }
}

/// There is no `extract_if`: a `retain` that puts aside what it does not keep is one.
fn extract_if<T: Growable + Clone>(
    mut list: VecMut<'_, T>,
    range: impl RangeBounds<usize>,
    mut takes: impl FnMut(&T) -> bool,
) -> Vec<T> {
    let (mut taken, mut index) = (Vec::new(), 0);
    list.retain(|value| {
        let is_taken = range.contains(&index) && takes(value);
        taken.extend(is_taken.then(|| value.clone()));
        index += 1;
        !is_taken
    })
    .unwrap();
    taken
}

#[test]
fn what_is_taken_out_by_a_retain_can_be_put_aside() {
    let (_directory, mut w, r) = pair();
    assert_eq!(extract_if(w.numbers_mut(), .., |_| true), NONE);
    set(&mut w, 1..11);
    assert_eq!(extract_if(w.numbers_mut(), .., |_| false), NONE);
    is(&r, 1..11);
    assert_eq!(extract_if(w.numbers_mut(), .., |_| true), (1..11).collect::<Vec<_>>());
    is(&r, []);
    set(&mut w, 0..11);
    let mut count = 0;
    let takes = |_: &i64| {
        count += 1;
        true
    };
    assert_eq!(extract_if(w.numbers_mut(), 1..=3, takes), [1, 2, 3]);
    assert_eq!(count, 3);
    is(&r, [0, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(extract_if(w.numbers_mut(), 1..=3, |_| false), NONE);
    is(&r, [0, 4, 5, 6, 7, 8, 9, 10]);
    // Runs of those that go and of those that stay, of every order.
    let even = |number: &i64| number % 2 == 0;
    for bits in 0_u32..512 {
        let values: Vec<i64> = (0..9).map(|bit| 2 * bit + i64::from(bits >> bit & 1)).collect();
        set(&mut w, values.iter().copied());
        let (gone, left): (Vec<i64>, Vec<i64>) = values.into_iter().partition(even);
        assert_eq!(extract_if(w.numbers_mut(), .., even), gone);
        assert_eq!(r.numbers().load().unwrap(), left);
    }
    let long: Vec<String> = texts(1, 700);
    w.set_texts(&long).unwrap();
    let odd = |text: &String| text.ends_with(['1', '3', '5', '7', '9']);
    let (gone, left): (Vec<String>, Vec<String>) = long.into_iter().partition(odd);
    assert_eq!(extract_if(w.texts_mut(), .., odd), gone);
    assert_eq!(r.texts().load().unwrap(), left);
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn the_last_is_looked_at_before_it_is_taken() {
    let (_directory, mut w, r) = pair();
    let pop_if = |w: &mut CasesWriter| {
        w.transaction(|tx| {
            let mut numbers = tx.numbers_mut();
            let is_even = numbers.last()?.is_some_and(|number| number % 2 == 0);
            if is_even { numbers.pop() } else { Ok(None) }
        })
        .unwrap()
    };
    assert_eq!(pop_if(&mut w), None);
    set(&mut w, 1..5);
    assert_eq!(pop_if(&mut w), Some(4));
    is(&r, 1..4);
    assert_eq!(pop_if(&mut w), None);
    is(&r, 1..4);
    w.numbers_mut().last_mut().unwrap().unwrap().assign(0).unwrap();
    is(&r, [1, 2, 0]);
    assert_eq!(pop_if(&mut w), Some(0));
    assert_eq!(w.numbers_mut().remove(0).unwrap(), 1);
    w.numbers_mut().clear().unwrap();
    assert!(w.numbers_mut().last_mut().unwrap().is_none());
    assert_eq!((r.numbers().first().unwrap(), r.numbers().last().unwrap()), (None, None));
}
