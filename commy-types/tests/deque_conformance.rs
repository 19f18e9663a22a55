//! Drives a deque and std's `VecDeque` side by side with random operations.
//!
//! Beside that, what rings of a fixed capacity are asked in other suites: pushes over the oldest, ends
//! that meet at every place, iterators from both ends.
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(
    clippy::nonminimal_bool,
    clippy::eq_op,
    reason = "each form of a comparison is a case of its own"
)]
#![allow(clippy::unit_arg, reason = "what a call returns is compared, also if it is nothing")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::collections::VecDeque;

use commy_types::{CapacityError, FixedDeque, FixedString, FixedVec, Mappable};
use proptest::prelude::*;
use support::{Encoded, Outcome, expected, hash_of, outcome};

#[derive(Debug, Clone)]
enum Op {
    PushBack(u8),
    PushFront(u8),
    PushOver(u8),
    PushBackMut(u8, u8),
    PushFrontMut(u8, u8),
    PopBack,
    PopFront,
    PopBackIf(u8),
    PopFrontIf(u8),
    Clear,
    Truncate(usize),
    Insert(usize, u8),
    Remove(usize),
    SwapRemoveBack(usize),
    SwapRemoveFront(usize),
    Swap(usize, usize),
    RotateLeft(usize),
    RotateRight(usize),
    MakeContiguous,
    Sort,
    Resize(usize, u8),
    ExtendFromSlice(Vec<u8>),
    TryExtend(Vec<u8>),
    Extend(Vec<u8>),
    ExtendOver(Vec<u8>),
    Append(Vec<u8>),
    SplitOff(usize),
    /// Takes this many elements from the front and from the back before the drop.
    Drain(usize, usize, usize, usize),
    /// Keeps what is above the number; panics at the call of this number.
    RetainMut(u8, usize),
    Range(usize, usize),
    RangeMut(usize, usize),
    Index(usize),
    Set(usize, u8),
    Assign(Vec<u8>),
}

fn op() -> impl Strategy<Value = Op> {
    let index = || 0..10usize;
    let one = || 0..4u8;
    let some = || prop::collection::vec(0..4u8, 0..6);
    prop_oneof![
        3 => one().prop_map(Op::PushBack),
        3 => one().prop_map(Op::PushFront),
        3 => one().prop_map(Op::PushOver),
        2 => Just(Op::PopBack),
        2 => Just(Op::PopFront),
        1 => (one(), one()).prop_map(|(value, then)| Op::PushBackMut(value, then)),
        1 => (one(), one()).prop_map(|(value, then)| Op::PushFrontMut(value, then)),
        1 => one().prop_map(Op::PopBackIf),
        1 => one().prop_map(Op::PopFrontIf),
        1 => Just(Op::Clear),
        1 => index().prop_map(Op::Truncate),
        2 => (index(), one()).prop_map(|(at, value)| Op::Insert(at, value)),
        2 => index().prop_map(Op::Remove),
        1 => index().prop_map(Op::SwapRemoveBack),
        1 => index().prop_map(Op::SwapRemoveFront),
        1 => (index(), index()).prop_map(|(one, other)| Op::Swap(one, other)),
        1 => index().prop_map(Op::RotateLeft),
        1 => index().prop_map(Op::RotateRight),
        1 => Just(Op::MakeContiguous),
        1 => Just(Op::Sort),
        1 => (index(), one()).prop_map(|(len, value)| Op::Resize(len, value)),
        1 => some().prop_map(Op::ExtendFromSlice),
        1 => some().prop_map(Op::TryExtend),
        1 => some().prop_map(Op::Extend),
        1 => some().prop_map(Op::ExtendOver),
        1 => some().prop_map(Op::Append),
        1 => index().prop_map(Op::SplitOff),
        2 => (index(), index(), 0..3usize, 0..3usize)
            .prop_map(|(from, to, front, back)| Op::Drain(from, to, front, back)),
        1 => (one(), 0..12usize).prop_map(|(above, panics)| Op::RetainMut(above, panics)),
        1 => (index(), index()).prop_map(|(from, to)| Op::Range(from, to)),
        1 => (index(), index()).prop_map(|(from, to)| Op::RangeMut(from, to)),
        1 => index().prop_map(Op::Index),
        1 => (index(), one()).prop_map(|(at, value)| Op::Set(at, value)),
        1 => some().prop_map(Op::Assign),
    ]
}

/// The type of the elements: of plain bytes, and of what is checked and has an unused tail.
trait Of: Mappable + Clone + Ord + std::hash::Hash + std::fmt::Debug {
    fn of(number: u8) -> Self;
}

impl Of for u8 {
    fn of(number: u8) -> Self {
        number
    }
}

impl Of for bool {
    fn of(number: u8) -> Self {
        number > 1
    }
}

impl Of for FixedString<3> {
    fn of(number: u8) -> Self {
        "abc"[..number.into()].parse().unwrap()
    }
}

fn all<T: Of>(numbers: &[u8]) -> Vec<T> {
    numbers.iter().map(|number| T::of(*number)).collect()
}

/// Pushes over the oldest of `capacity`, as std has no word for it.
fn over<T>(twin: &mut VecDeque<T>, value: T, capacity: usize) -> Option<T> {
    let oldest = if twin.len() == capacity { twin.pop_front() } else { None };
    twin.push_back(value);
    oldest
}

/// What cannot be refused.
fn done<R>(value: R) -> Result<R, CapacityError> {
    Ok(value)
}

/// Does `op` to both; both must end alike.
fn apply<T: Of, const N: usize>(ours: &mut FixedDeque<T, N>, twin: &mut VecDeque<T>, op: Op) {
    // Both count their calls, so that a panic comes at the same one.
    macro_rules! both {
        ($deque:ident => $ours:expr, $theirs:expr) => {{
            let before = twin.clone();
            let theirs = {
                let $deque = &mut *twin;
                outcome(|| Ok($theirs))
            };
            let found = {
                let $deque = &mut *ours;
                outcome(|| $ours)
            };
            let expected = expected(theirs, twin, before, VecDeque::len, N);
            match (&found, &expected) {
                // std and we need not panic in the same words.
                (Outcome::Panicked(_), Outcome::Panicked(_)) => {}
                _ => assert_eq!(found, expected),
            }
        }};
    }
    match op {
        Op::PushBack(it) => both!(d => d.push_back(T::of(it)), d.push_back(T::of(it))),
        Op::PushFront(it) => both!(d => d.push_front(T::of(it)), d.push_front(T::of(it))),
        Op::PushOver(it) => both!(d => done(d.push_over(T::of(it))), over(d, T::of(it), N)),
        Op::PushBackMut(it, then) => both!(
            d => d.push_back_mut(T::of(it)).map(|place| *place = T::of(then)),
            d.push_back(T::of(then))
        ),
        Op::PushFrontMut(it, then) => both!(
            d => d.push_front_mut(T::of(it)).map(|place| *place = T::of(then)),
            d.push_front(T::of(then))
        ),
        Op::PopBack => both!(d => done(d.pop_back()), d.pop_back()),
        Op::PopFront => both!(d => done(d.pop_front()), d.pop_front()),
        Op::PopBackIf(than) => both!(
            d => done(d.pop_back_if(|last| *last > T::of(than))),
            if d.back().is_some_and(|last| *last > T::of(than)) { d.pop_back() } else { None }
        ),
        Op::PopFrontIf(than) => both!(
            d => done(d.pop_front_if(|first| *first > T::of(than))),
            if d.front().is_some_and(|first| *first > T::of(than)) { d.pop_front() } else { None }
        ),
        Op::Clear => both!(d => done(d.clear()), d.clear()),
        Op::Truncate(len) => both!(d => done(d.truncate(len)), d.truncate(len)),
        Op::Insert(at, it) => both!(d => d.insert(at, T::of(it)), d.insert(at, T::of(it))),
        Op::Remove(at) => both!(d => done(d.remove(at)), d.remove(at)),
        Op::SwapRemoveBack(at) => both!(d => done(d.swap_remove_back(at)), d.swap_remove_back(at)),
        Op::SwapRemoveFront(at) => {
            both!(d => done(d.swap_remove_front(at)), d.swap_remove_front(at));
        }
        Op::Swap(one, other) => both!(d => done(d.swap(one, other)), d.swap(one, other)),
        Op::RotateLeft(by) => both!(d => done(d.rotate_left(by)), d.rotate_left(by)),
        Op::RotateRight(by) => both!(d => done(d.rotate_right(by)), d.rotate_right(by)),
        Op::MakeContiguous => {
            both!(d => done(d.make_contiguous().to_vec()), d.make_contiguous().to_vec());
            assert!(ours.as_slices().1.is_empty());
        }
        Op::Sort => both!(d => done(d.make_contiguous().sort()), d.make_contiguous().sort()),
        Op::Resize(len, it) => both!(d => d.resize(len, T::of(it)), d.resize(len, T::of(it))),
        Op::ExtendFromSlice(some) => {
            both!(d => d.extend_from_slice(&all::<T>(&some)), d.extend(all::<T>(&some)));
        }
        Op::TryExtend(some) => {
            // It counts up to the first value that does not fit.
            let fits = some.len().min(N + 1 - twin.len());
            both!(d => d.try_extend(all::<T>(&some)), d.extend(all::<T>(&some[..fits])));
        }
        Op::Extend(some) => {
            if some.len() <= ours.remaining_capacity() {
                both!(d => done(d.extend(all::<T>(&some))), d.extend(all::<T>(&some)));
            } else {
                let found = outcome(|| done(ours.extend(all::<T>(&some))));
                assert!(matches!(found, Outcome::Panicked(_)), "{found:?}");
            }
        }
        Op::ExtendOver(some) => both!(
            d => done(d.extend_over(all::<T>(&some))),
            all(&some).into_iter().for_each(|it: T| drop(over(d, it, N)))
        ),
        Op::Append(some) => {
            let mut other: FixedDeque<T, 6> = all(&some).into_iter().collect();
            other.rotate_left(some.len() / 2);
            let mut theirs: VecDeque<T> = other.iter().cloned().collect();
            both!(d => d.append(&mut other), d.append(&mut theirs));
            assert!(other.is_empty() || other.len() == some.len());
        }
        Op::SplitOff(at) => both!(d => done(d.split_off(at)), d.split_off(at)),
        Op::Drain(from, to, front, back) => {
            macro_rules! drained {
                ($deque:ident) => {{
                    let mut drain = $deque.drain(from..to);
                    let taken: Vec<_> = drain.by_ref().take(front).collect();
                    (taken, drain.by_ref().rev().take(back).collect::<Vec<_>>(), drain.len())
                }};
            }
            both!(d => done(drained!(d)), drained!(d));
        }
        Op::RetainMut(above, panics) => {
            if panics > twin.len() {
                let keeps = |it: &mut T| *it > T::of(above);
                return both!(d => done(d.retain_mut(keeps)), d.retain_mut(keeps));
            }
            // When it panics, those it was not asked about stay.
            let before: Vec<_> = twin.iter().cloned().collect();
            let mut calls = 0;
            let found = outcome(|| {
                ours.retain_mut(|it| {
                    assert!(calls != panics, "enough");
                    calls += 1;
                    *it > T::of(above)
                });
                done(())
            });
            let (asked, left) = before.split_at(panics.min(before.len()));
            let kept = asked.iter().filter(|it| **it > T::of(above));
            *twin = kept.chain(left).cloned().collect();
            assert_eq!(matches!(found, Outcome::Panicked(_)), panics < before.len());
        }
        Op::Range(from, to) => both!(
            d => done(d.range(from..to).cloned().collect::<Vec<_>>()),
            d.range(from..to).cloned().collect::<Vec<_>>()
        ),
        Op::RangeMut(from, to) => both!(
            d => done(d.range_mut(from..to).rev().for_each(|it| *it = T::of(3))),
            d.range_mut(from..to).for_each(|it| *it = T::of(3))
        ),
        Op::Index(at) => both!(d => done(d[at].clone()), d[at].clone()),
        Op::Set(at, it) => both!(d => done(d[at] = T::of(it)), d[at] = T::of(it)),
        Op::Assign(some) => both!(d => d.assign(&all::<T>(&some)), *d = all(&some).into()),
    }
}

/// That both look alike from all sides.
fn compare<T: Of, const N: usize>(ours: &FixedDeque<T, N>, twin: &VecDeque<T>) {
    assert_eq!((ours.len(), ours.is_empty()), (twin.len(), twin.is_empty()));
    assert_eq!((ours.is_full(), ours.remaining_capacity()), (twin.len() == N, N - twin.len()));
    assert_eq!(format!("{ours:?}"), format!("{twin:?}"));
    assert!(ours == twin && twin == ours);
    assert_eq!((ours.front(), ours.back()), (twin.front(), twin.back()));
    assert!(ours.iter().eq(twin) && ours.iter().rev().eq(twin.iter().rev()));
    for index in 0..N + 2 {
        assert_eq!(ours.get(index), twin.get(index));
        assert!(ours.last(index).eq(twin.range(twin.len().saturating_sub(index)..)));
        assert_eq!(ours.iter().nth(index), twin.get(index));
        assert_eq!(ours.iter().nth_back(index), twin.iter().nth_back(index));
    }
    let (first, second) = ours.as_slices();
    assert!(first.iter().chain(second).eq(twin) && (!first.is_empty() || second.is_empty()));
    // Equal ones are alike wherever their elements are.
    let straight: FixedDeque<T, N> = twin.iter().cloned().collect();
    assert!(*ours == straight && hash_of(ours) == hash_of(&straight));
    let vec: Vec<T> = twin.iter().cloned().collect();
    assert!(*ours == vec && vec == *ours && *ours == vec[..] && ours.clone().into_vec() == vec);
    assert_eq!(FixedDeque::<T, N>::try_from(twin).as_ref(), Ok(ours));
    assert!(ours.clone().into_iter().rev().eq(twin.iter().rev().cloned()));
    assert_eq!(FixedVec::from(ours.clone()), vec);
    for other in [vec![], all(&[1]), all(&[1, 2]), all(&[3, 0])] {
        let theirs = twin.partial_cmp(&VecDeque::from(other.clone()));
        let other: FixedDeque<T, 2> = other.into_iter().collect();
        assert_eq!(ours.partial_cmp(&other), theirs);
    }
}

fn drive<T: Of, const N: usize>(ops: Vec<Op>) {
    let (mut ours, mut twin) = (FixedDeque::<T, N>::new(), VecDeque::new());
    let mut encoded = Encoded::new::<FixedDeque<T, N>>();
    for op in ops {
        apply(&mut ours, &mut twin, op);
        compare(&ours, &twin);
        encoded.update(&ours);
        // What left has left no byte behind.
        let held = ours.iter().count();
        assert_eq!(held, twin.len());
    }
}

proptest! {
    #![proptest_config(support::config())]

    #[test]
    fn it_does_what_vec_deque_does(ops in prop::collection::vec(op(), 0..40)) {
        drive::<u8, 5>(ops.clone());
        drive::<bool, 6>(ops.clone());
        drive::<FixedString<3>, 4>(ops.clone());
        drive::<u8, 1>(ops);
    }
}

/// Every place of the ends, by pushes over the oldest.
#[test]
fn the_newest_stay_whatever_was_pushed_before() {
    for count in 0..30_u32 {
        let mut latest = FixedDeque::<u32, 7>::new();
        for number in 0..count {
            assert_eq!(latest.push_over(number), number.checked_sub(7));
        }
        let expected: Vec<_> = (count.saturating_sub(7)..count).collect();
        assert_eq!(latest, expected);
        assert!(latest.last(3).eq(expected.iter().rev().take(3).rev()));
    }
}

#[test]
fn a_deque_without_cells_gives_back_what_is_pushed() {
    let mut none = FixedDeque::<u8, 0>::new();
    assert_eq!(none.push_over(3), Some(3));
    assert!(none.push_back(3).is_err() && none.push_front(3).is_err());
    assert_eq!((none.pop_back(), none.pop_front(), none.len()), (None, None, 0));
    assert!(none.is_empty() && none.is_full() && none.iter().next().is_none());
    none.rotate_left(0);
    none.extend_over([1, 2]);
    assert!(none.make_contiguous().is_empty());
}

/// A queue that never holds more than two: its ends go around again and again.
#[test]
fn a_queue_goes_around_its_cells_for_ever() {
    let mut queue = FixedDeque::<u32, 3>::new();
    queue.push_back(0).unwrap();
    for number in 1..100 {
        queue.push_back(number).unwrap();
        assert_eq!(queue.pop_front(), Some(number - 1));
        assert_eq!(queue, [number]);
    }
    for number in 0..100 {
        queue.push_front(number).unwrap();
        assert!(queue.pop_back().is_some());
    }
    assert_eq!(queue, [99]);
}

#[test]
fn what_has_left_has_left_no_byte_behind() {
    let secret: FixedString<3> = "key".parse().unwrap();
    let mut deque = FixedDeque::<FixedString<3>, 4>::new();
    for rotation in 0..4 {
        for _ in 0..3 {
            deque.push_back(secret).unwrap();
        }
        match rotation {
            0 => while deque.pop_front().is_some() {},
            1 => while deque.pop_back().is_some() {},
            2 => drop(deque.drain(1..)),
            _ => deque.retain(|_| false),
        }
        deque.clear();
        assert!(bytemuck::bytes_of(&deque).iter().all(|byte| *byte == 0), "after {rotation}");
        // So that the next round begins elsewhere.
        (0..=rotation).for_each(|_| deque.push_back(FixedString::new()).unwrap());
        for _ in 0..rotation {
            deque.pop_front();
        }
    }
}

#[test]
fn iterators_count_down_from_both_ends() {
    let mut deque = FixedDeque::<u8, 4>::literal(&[9, 1, 2, 3]);
    deque.push_over(4);
    let mut elements = deque.iter();
    assert_eq!((elements.len(), elements.next(), elements.next_back()), (4, Some(&1), Some(&4)));
    assert_eq!((elements.len(), elements.clone().sum::<u8>()), (2, 5));
    assert_eq!(
        (elements.next_back(), elements.next_back(), elements.next()),
        (Some(&3), Some(&2), None)
    );
    assert_eq!((elements.next_back(), elements.len()), (None, 0));
    let mut places = deque.iter_mut();
    *places.nth(2).unwrap() = 7;
    *places.nth_back(0).unwrap() = 8;
    assert!(places.next().is_none() && places.next_back().is_none());
    assert_eq!(deque, [1, 2, 7, 8]);
    assert!(deque.iter().rev().skip(1).eq(&[7, 2, 1]));
    assert_eq!(deque.iter().rfold(0, |all, one| all * 10 + u32::from(*one)), 8721);
    assert_eq!(deque.iter().last(), Some(&8));
}

#[test]
fn a_leaked_drain_leaves_the_deque_as_it_was() {
    let mut deque = FixedDeque::<u8, 4>::literal(&[1, 2, 3]);
    let mut drain = deque.drain(..2);
    assert_eq!(drain.next(), Some(1));
    std::mem::forget(drain);
    assert_eq!(deque, [1, 2, 3]);
}

#[test]
fn arrays_and_vectors_become_deques_and_come_back() {
    assert!(FixedDeque::<u8, 2>::try_from([1, 2, 3]).is_err());
    let deque = FixedDeque::<u8, 4>::try_from(vec![1, 2, 3]).unwrap();
    assert_eq!(<[u8; 3]>::try_from(deque), Ok([1, 2, 3]));
    assert_eq!(<[u8; 2]>::try_from(deque).unwrap_err(), deque);
    assert_eq!(FixedDeque::from(FixedVec::<u8, 4>::literal(&[1, 2])), [1, 2]);
    assert_eq!(VecDeque::from(deque), [1, 2, 3]);
    assert!(deque < FixedDeque::<u8, 9>::literal(&[1, 2, 4]));
}

#[test]
fn a_search_looks_into_both_slices() {
    for rotation in 0..6 {
        let mut deque = FixedDeque::<u32, 6>::new();
        deque.extend_over(0..rotation);
        deque.extend_over((0..6).map(|number| number * 10));
        for number in 0..60 {
            let twin: Vec<_> = deque.iter().copied().collect();
            assert_eq!(deque.binary_search(&number), twin.binary_search(&number));
            assert_eq!(
                deque.partition_point(|it| *it < number),
                twin.partition_point(|it| *it < number)
            );
            assert_eq!(deque.contains(&number), twin.contains(&number));
        }
    }
}
