//! Drives each vector type and std's `Vec` side by side with random operations.
//!
//! Panic messages are compared with those of the standard library that the test is built with.
#![allow(
    clippy::nonminimal_bool,
    clippy::op_ref,
    reason = "each form of a call and of a comparison is a case of its own"
)]
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test may panic, and bad ranges are among the cases"
)]

mod support;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::io::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use commy_types::schema::TypeSchema;
use commy_types::{CapacityError, FixedString, FixedVec, Image, Invalid, Mappable, SmartVec};
use proptest::prelude::*;
use support::{Encoded, Outcome, expected, hash_of, outcome};

#[derive(Debug, Clone)]
enum Op {
    Push(u8),
    Pop,
    PopIf(u8),
    Clear,
    Truncate(usize),
    Insert(usize, u8),
    /// Pushes the one and overwrites it with the other through what is returned.
    PushMut(u8, u8),
    InsertMut(usize, u8, u8),
    Remove(usize),
    SwapRemove(usize),
    Resize(usize, u8),
    ResizeWith(usize),
    ExtendFromSlice(Vec<u8>),
    ExtendFromWithin(usize, usize),
    TryExtend(Vec<u8>),
    Extend(Vec<u8>),
    Append(Vec<u8>),
    SplitOff(usize),
    /// Takes this many elements from the front and from the back before the drop.
    Drain(usize, usize, usize, usize),
    ReplaceRange(usize, usize, Vec<u8>),
    /// Takes this many elements that are not above the number; panics at the call of this number.
    ExtractIf(usize, usize, u8, usize, usize),
    /// Keeps what is above the number; panics at the call of this number.
    RetainMut(u8, usize),
    Dedup,
    DedupByKey(u8),
    /// Panics at the call of this number.
    DedupBy(usize),
    Sort,
    Index(usize),
    IndexRange(usize, usize),
    Set(usize, u8),
    Assign(Vec<u8>),
}

fn op() -> impl Strategy<Value = Op> {
    let index = || 0..12usize;
    // Few different elements, so that neighbours are often equal.
    let one = || 0..4u8;
    let some = || prop::collection::vec(0..4u8, 0..6);
    prop_oneof![
        one().prop_map(Op::Push),
        Just(Op::Pop),
        one().prop_map(Op::PopIf),
        Just(Op::Clear),
        index().prop_map(Op::Truncate),
        (index(), one()).prop_map(|(at, value)| Op::Insert(at, value)),
        (one(), one()).prop_map(|(value, then)| Op::PushMut(value, then)),
        (index(), one(), one()).prop_map(|(at, value, then)| Op::InsertMut(at, value, then)),
        index().prop_map(Op::Remove),
        index().prop_map(Op::SwapRemove),
        (index(), one()).prop_map(|(len, value)| Op::Resize(len, value)),
        index().prop_map(Op::ResizeWith),
        some().prop_map(Op::ExtendFromSlice),
        (index(), index()).prop_map(|(from, to)| Op::ExtendFromWithin(from, to)),
        some().prop_map(Op::TryExtend),
        some().prop_map(Op::Extend),
        some().prop_map(Op::Append),
        index().prop_map(Op::SplitOff),
        (index(), index(), 0..3usize, 0..3usize)
            .prop_map(|(from, to, front, back)| Op::Drain(from, to, front, back)),
        (index(), index(), some()).prop_map(|(from, to, with)| Op::ReplaceRange(from, to, with)),
        (index(), index(), one(), 0..4usize, 0..14usize).prop_map(
            |(from, to, above, count, panics)| Op::ExtractIf(from, to, above, count, panics)
        ),
        (one(), 0..14usize).prop_map(|(above, panics)| Op::RetainMut(above, panics)),
        Just(Op::Dedup),
        (1..3u8).prop_map(Op::DedupByKey),
        (0..14usize).prop_map(Op::DedupBy),
        Just(Op::Sort),
        index().prop_map(Op::Index),
        (index(), index()).prop_map(|(from, to)| Op::IndexRange(from, to)),
        (index(), one()).prop_map(|(at, value)| Op::Set(at, value)),
        some().prop_map(Op::Assign),
    ]
}

/// An element that is neither `Copy` nor `Clone` to the vector, which must not need it; `Vec` does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
struct Token(u32);

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: transparent over `u32`, to which all is delegated.
unsafe impl Mappable for Token {
    const SCHEMA: &'static TypeSchema = u32::SCHEMA;
    const NEEDS_CHECK: bool = false;
    const PLAIN: bool = true;
    type Arg<'a> = Self;
    type Output = ();

    fn assign(&mut self, value: Self) {
        *self = value;
    }

    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        u32::check(bytes)
    }

    fn encode(&self, at: usize, image: &mut Image<'_>) {
        self.0.encode(at, image);
    }
}

/// The elements that small numbers stand for.
trait Of: Mappable + Clone + Ord {
    fn of(number: u8) -> Self;

    fn all(numbers: &[u8]) -> Vec<Self> {
        numbers.iter().map(|number| Self::of(*number)).collect()
    }

    /// The vector in memory, if it may be looked at.
    fn stored<const N: usize>(_: &FixedVec<Self, N>) -> Option<&[u8]> {
        None
    }
}

impl Of for u16 {
    fn of(number: u8) -> Self {
        0x0101 * Self::from(number)
    }

    fn stored<const N: usize>(vec: &FixedVec<Self, N>) -> Option<&[u8]> {
        Some(bytemuck::bytes_of(vec))
    }
}

impl Of for Token {
    fn of(number: u8) -> Self {
        Self(u32::from(number))
    }
}

impl Of for char {
    fn of(number: u8) -> Self {
        ['\0', 'a', 'ß', '😀'][usize::from(number)]
    }
}

/// Elements of a size that is no power of two, whose own unused bytes are no part of equality.
impl Of for FixedString<3> {
    fn of(number: u8) -> Self {
        ["", "a", "bc", "def"][usize::from(number)].parse().unwrap()
    }

    fn stored<const N: usize>(vec: &FixedVec<Self, N>) -> Option<&[u8]> {
        Some(bytemuck::bytes_of(vec))
    }
}

impl Of for u128 {
    fn of(number: u8) -> Self {
        Self::from(number) << 100
    }
}

fn order<A: PartialOrd<B> + ?Sized, B>(one: &A, other: &B) -> Ordering {
    one.partial_cmp(other).unwrap()
}

/// The operation on a vector type, ours or std's; `$fallible` makes a `Result` of what the call
/// returns: itself here, `Ok` there.
macro_rules! apply {
    ($vec:expr, $op:expr, $T:ty, $fallible:expr) => {{
        let (vec, fallible) = ($vec, $fallible);
        match $op.clone() {
            Op::Push(value) => outcome(|| fallible(vec.push(<$T>::of(value)))),
            Op::Pop => outcome(|| Ok(vec.pop())),
            Op::PopIf(value) => outcome(|| Ok(vec.pop_if(|last| *last == <$T>::of(value)))),
            Op::Clear => outcome(|| Ok(vec.clear())),
            Op::Truncate(len) => outcome(|| Ok(vec.truncate(len))),
            Op::Insert(at, value) => outcome(|| fallible(vec.insert(at, <$T>::of(value)))),
            Op::Remove(at) => outcome(|| Ok(vec.remove(at))),
            Op::SwapRemove(at) => outcome(|| Ok(vec.swap_remove(at))),
            Op::Resize(len, value) => outcome(|| fallible(vec.resize(len, <$T>::of(value)))),
            Op::ResizeWith(len) => outcome(|| {
                let mut next = (0..4u8).cycle();
                fallible(vec.resize_with(len, || <$T>::of(next.next().unwrap())))
            }),
            Op::ExtendFromSlice(values) => {
                outcome(|| fallible(vec.extend_from_slice(&<$T>::all(&values))))
            }
            Op::ExtendFromWithin(from, to) => {
                outcome(|| fallible(vec.extend_from_within(from..to)))
            }
            Op::SplitOff(at) => outcome(|| Ok(vec.split_off(at))),
            Op::Drain(from, to, front, back) => outcome(|| {
                let mut drain = vec.drain(from..to);
                let mut taken: Vec<_> = drain.by_ref().take(front).collect();
                taken.extend(drain.by_ref().rev().take(back));
                Ok((taken, drain.as_slice().to_vec(), format!("{drain:?}"), drain.len()))
            }),
            Op::ExtractIf(from, to, above, count, panics) => outcome(|| {
                let mut calls = 0;
                let mut picked = vec.extract_if(from..to, |element| {
                    calls += 1;
                    assert!(calls <= panics, "told to panic");
                    let picks = *element <= <$T>::of(above);
                    *element = <$T>::of(1);
                    picks
                });
                let taken: Vec<_> = picked.by_ref().take(count).collect();
                Ok((taken, picked.size_hint()))
            }),
            Op::RetainMut(above, panics) => outcome(|| {
                let mut calls = 0;
                vec.retain_mut(|element| {
                    calls += 1;
                    assert!(calls <= panics, "told to panic");
                    let keeps = *element > <$T>::of(above);
                    *element = <$T>::of(1);
                    keeps
                });
                Ok(())
            }),
            Op::Dedup => outcome(|| Ok(vec.dedup())),
            Op::DedupByKey(of) => outcome(|| Ok(vec.dedup_by_key(|e| *e < <$T>::of(of)))),
            Op::DedupBy(panics) => outcome(|| {
                let (mut calls, mut pairs) = (0, Vec::new());
                vec.dedup_by(|element, before| {
                    calls += 1;
                    assert!(calls <= panics, "told to panic");
                    pairs.push((element.clone(), before.clone()));
                    element >= before
                });
                Ok(pairs)
            }),
            Op::Sort => outcome(|| Ok(vec.sort())),
            Op::Index(at) => outcome(|| Ok(vec[at].clone())),
            Op::IndexRange(from, to) => outcome(|| Ok(vec[from..to].to_vec())),
            Op::Set(at, value) => outcome(|| Ok(vec[at] = <$T>::of(value))),
            _ => unreachable!("handled by the caller"),
        }
    }};
}

macro_rules! conformance {
    ($module:ident, $name:ident, $T:ty, $capacity:literal) => {
        mod $module {
            use super::*;

            type Ours = $name<$T, $capacity>;

            fn apply_ours(ours: &mut Ours, op: &Op) -> Outcome {
                match op.clone() {
                    Op::TryExtend(values) => {
                        let error = CapacityError { needed: $capacity + 1, capacity: $capacity };
                        let fits = ours.len() + values.len() <= $capacity;
                        let result = outcome(|| ours.try_extend(<$T>::all(&values)));
                        // The count stops at the first value that does not fit.
                        if !fits {
                            assert_eq!(result, Outcome::Refused(error));
                            let needed = ours.len() + values.len();
                            return Outcome::Refused(CapacityError { needed, ..error });
                        }
                        result
                    }
                    Op::Extend(values) => outcome(|| {
                        // Only what fits: `extend` panics otherwise.
                        let room = ours.remaining_capacity();
                        ours.extend(<$T>::all(&values).into_iter().take(room));
                        Ok(())
                    }),
                    Op::Append(values) => {
                        let values = <$T>::all(&values);
                        let mut other = $name::<$T, 6>::literal(&values);
                        let result = outcome(|| ours.append(&mut other));
                        let is_taken = result == Outcome::Returned("()".to_owned());
                        assert_eq!(other, if is_taken { &[][..] } else { &values[..] });
                        result
                    }
                    Op::ReplaceRange(from, to, with) => {
                        outcome(|| ours.replace_range(from..to, &<$T>::all(&with)))
                    }
                    Op::PushMut(value, then) => outcome(|| {
                        ours.push_mut(<$T>::of(value)).map(|place| *place = <$T>::of(then))
                    }),
                    Op::InsertMut(at, value, then) => outcome(|| {
                        ours.insert_mut(at, <$T>::of(value)).map(|place| *place = <$T>::of(then))
                    }),
                    Op::Assign(values) => outcome(|| Mappable::assign(ours, &<$T>::all(&values))),
                    op => apply!(ours, op, $T, |result: Result<(), CapacityError>| result),
                }
            }

            fn apply_std(twin: &mut Vec<$T>, op: &Op) -> Outcome {
                match op.clone() {
                    Op::TryExtend(values) => outcome(|| Ok(twin.extend(<$T>::all(&values)))),
                    Op::Extend(values) => outcome(|| {
                        let room = $capacity - twin.len();
                        Ok(twin.extend(<$T>::all(&values).into_iter().take(room)))
                    }),
                    Op::Append(values) => outcome(|| Ok(twin.append(&mut <$T>::all(&values)))),
                    Op::ReplaceRange(from, to, with) => {
                        outcome(|| Ok(drop(twin.splice(from..to, <$T>::all(&with)))))
                    }
                    // `Vec::push_mut` is younger than the oldest compiler that is supported.
                    Op::PushMut(_, then) => outcome(|| Ok(twin.push(<$T>::of(then)))),
                    Op::InsertMut(at, _, then) => outcome(|| Ok(twin.insert(at, <$T>::of(then)))),
                    Op::Assign(values) => outcome(|| Ok(*twin = <$T>::all(&values))),
                    op => apply!(twin, op, $T, Ok::<(), CapacityError>),
                }
            }

            fn assert_same(ours: &mut Ours, twin: &Vec<$T>) {
                assert_eq!(ours.as_slice(), twin.as_slice());
                assert_eq!(ours.as_mut_slice(), twin.as_slice());
                assert_eq!((ours.len(), ours.is_empty()), (twin.len(), twin.is_empty()));
                assert_eq!(ours.remaining_capacity(), $capacity - twin.len());
                assert_eq!(ours.is_full(), twin.len() == $capacity);
                assert_eq!((ours.first(), ours.last()), (twin.first(), twin.last()));
                assert_eq!(format!("{ours:?} {ours:#?}"), format!("{twin:?} {twin:#?}"));
                assert_eq!(format!("{ours:04?}"), format!("{twin:04?}"));
                assert_eq!(hash_of(ours), hash_of(twin));
                assert!((&*ours).into_iter().eq(twin) && ours.clone().into_iter().eq(twin.clone()));
                assert!(ours.clone().into_iter().rev().eq(twin.iter().rev().cloned()));
                assert!(ours.iter_mut().eq(twin.clone().iter_mut()));
                if let Some(stored) = <$T>::stored(ours) {
                    let (_, unused) = stored.split_at(8 + twin.len() * size_of::<$T>());
                    assert!(unused.iter().all(|byte| *byte == 0), "the cells behind the end");
                }
                let slice = twin.as_slice();
                assert!(*ours == *slice && *slice == *ours && *ours == slice && slice == *ours);
                assert!(*ours == *twin && *twin == *ours);
                assert_eq!(Vec::from(&*ours), *twin);
                assert_eq!(Vec::from(ours.clone()), *twin);
                assert_eq!(ours.clone().into_vec(), *twin);
                assert_eq!(*ours.clone().into_boxed_slice(), *slice);
                assert_eq!(*Box::<[$T]>::from(ours.clone()), *slice);
                assert_eq!(*Rc::<[$T]>::from(ours.clone()), *slice);
                assert_eq!(*Arc::<[$T]>::from(ours.clone()), *slice);
                assert_eq!(Cow::from(ours.clone()), Cow::<[$T]>::Owned(twin.clone()));
                assert!(matches!(Cow::from(&*ours), Cow::Borrowed(borrowed) if borrowed == slice));
                let longer = FixedVec::<$T, 20>::literal(slice);
                assert!(*ours == longer && longer == *ours);
            }

            fn assert_same_order(ours: &Ours, twin: &Vec<$T>, other: &[$T]) {
                assert_eq!(ours.partial_cmp(other), twin.as_slice().partial_cmp(other));
                assert_eq!(*ours == *other, twin.as_slice() == other);
                let (wanted, turned) = (twin.as_slice().cmp(other), other.cmp(twin.as_slice()));
                assert_eq!((order(ours, &other), order(&other, ours)), (wanted, turned));
                assert_eq!(other.partial_cmp(ours), Some(turned));
                let mut copy = other.to_vec();
                assert_eq!((order(ours, &copy), order(&copy, ours)), (wanted, turned));
                let other_mut = copy.as_mut_slice();
                assert_eq!((order(ours, &other_mut), order(&other_mut, ours)), (wanted, turned));
                let array = <[$T; 2]>::try_from(<$T>::all(&[1, 2])).unwrap();
                let wanted = twin.as_slice().cmp(&array);
                assert_eq!((order(ours, &array), order(&array, ours)), (wanted, wanted.reverse()));
                assert_eq!((order(ours, &&array), order(&&array, ours)), (wanted, wanted.reverse()));
                let longer = FixedVec::<$T, 6>::literal(other);
                assert_eq!(ours.partial_cmp(&longer), twin.as_slice().partial_cmp(other));
                if let Ok(same) = Ours::try_from(other) {
                    assert_eq!(ours.cmp(&same), twin.as_slice().cmp(other));
                }
            }

            proptest! {
                #![proptest_config(support::config())]

                #[test]
                fn does_what_vec_does(
                    ops in prop::collection::vec((op(), prop::collection::vec(0..4u8, 0..6)), 1..24),
                ) {
                    let (mut ours, mut twin) = (Ours::new(), Vec::new());
                    let mut encoded = Encoded::new::<Ours>();
                    for (op, other) in ops {
                        let before = twin.clone();
                        let theirs = apply_std(&mut twin, &op);
                        let wanted = expected(theirs, &mut twin, before, Vec::len, $capacity);
                        prop_assert_eq!(apply_ours(&mut ours, &op), wanted, "{:?}", op);
                        assert_same(&mut ours, &twin);
                        assert_same_order(&ours, &twin, &<$T>::all(&other));
                        encoded.update(&ours);
                        assert_encoded(encoded.value(), &twin);
                    }
                }

                #[test]
                fn is_made_of_what_a_vec_is_made_of(
                    numbers in prop::collection::vec(0..4u8, 0..12),
                ) {
                    let values = <$T>::all(&numbers);
                    let wanted = match values.len() {
                        needed if needed > $capacity =>
                            Err(CapacityError { needed, capacity: $capacity }),
                        _ => Ok(values.clone()),
                    };
                    let made = |result: Result<Ours, CapacityError>| result.map(Vec::from);
                    prop_assert_eq!(made(Ours::try_from(values.as_slice())), wanted.clone());
                    prop_assert_eq!(made(Ours::try_from(&values)), wanted.clone());
                    prop_assert_eq!(made(Ours::try_from(values.clone())), wanted.clone());
                    prop_assert_eq!(
                        made(Ours::try_from(values.clone().into_boxed_slice())),
                        wanted.clone()
                    );
                    let shared = Rc::<[$T]>::from(values.clone());
                    prop_assert_eq!(made(Ours::try_from(shared)), wanted.clone());
                    let shared = Arc::<[$T]>::from(values.clone());
                    prop_assert_eq!(made(Ours::try_from(shared)), wanted.clone());
                    let borrowed = Cow::Borrowed(values.as_slice());
                    prop_assert_eq!(made(Ours::try_from(borrowed)), wanted.clone());
                    let owned = Cow::<[$T]>::Owned(values.clone());
                    prop_assert_eq!(made(Ours::try_from(owned)), wanted.clone());
                    match wanted {
                        Ok(values) => {
                            prop_assert_eq!(values.iter().cloned().collect::<Ours>(), values);
                        }
                        Err(error) => {
                            let error = CapacityError { needed: $capacity + 1, ..error };
                            prop_assert_eq!(made(Ours::try_from_iter(values)), Err(error));
                        }
                    }
                }
            }

            proptest! {
                #![proptest_config(support::config())]

                /// Steps of 0: from the front; 1: from the back; 2 and 3: past one from there.
                #[test]
                fn is_taken_apart_as_a_vec_is(
                    numbers in prop::collection::vec(0..4u8, 0..=$capacity),
                    steps in prop::collection::vec(0..4u8, 0..8),
                ) {
                    let values = <$T>::all(&numbers);
                    let mut ours = Ours::literal(&values).into_iter();
                    let mut theirs = values.into_iter();
                    for step in steps {
                        prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
                        prop_assert_eq!(ours.as_slice(), theirs.as_slice());
                        prop_assert_eq!(ours.as_mut_slice(), theirs.as_mut_slice());
                        prop_assert_eq!(AsRef::<[$T]>::as_ref(&ours), theirs.as_slice());
                        prop_assert_eq!((ours.len(), ours.size_hint()), (theirs.len(), theirs.size_hint()));
                        prop_assert_eq!(ours.clone().count(), theirs.clone().count());
                        prop_assert_eq!(ours.clone().last(), theirs.clone().last());
                        let add = |mut all: Vec<_>, element| { all.push(element); all };
                        prop_assert_eq!(
                            ours.clone().fold(Vec::new(), add),
                            theirs.clone().fold(Vec::new(), add)
                        );
                        prop_assert_eq!(
                            ours.clone().rfold(Vec::new(), add),
                            theirs.clone().rfold(Vec::new(), add)
                        );
                        match step {
                            0 => prop_assert_eq!(ours.next(), theirs.next()),
                            1 => prop_assert_eq!(ours.next_back(), theirs.next_back()),
                            2 => prop_assert_eq!(ours.nth(1), theirs.nth(1)),
                            _ => prop_assert_eq!(ours.nth_back(1), theirs.nth_back(1)),
                        }
                    }
                    prop_assert!(ours.eq(theirs));
                }
            }

            /// The image is the length, the elements, and zeros.
            fn assert_encoded(bytes: &[u8], twin: &[$T]) {
                let data = size_of::<Ours>() - $capacity * size_of::<$T>();
                assert_eq!(bytes[..8], (twin.len() as u64).to_le_bytes());
                assert!(bytes[8..data].iter().all(|byte| *byte == 0), "padding");
                let mut elements = vec![0; size_of_val(twin)];
                for (index, element) in twin.iter().enumerate() {
                    let mut touched = commy_types::Touched::new();
                    let mut image = Image::new(&mut elements, &mut touched);
                    element.encode(index * size_of::<$T>(), &mut image);
                }
                let (used, unused) = bytes[data..].split_at(elements.len());
                assert_eq!(used, elements);
                assert!(unused.iter().all(|byte| *byte == 0), "unused cells");
            }
        }
    };
}

conformance!(fixed_vec_of_numbers, FixedVec, u16, 7);
conformance!(fixed_vec_of_chars, FixedVec, char, 7);
conformance!(fixed_vec_of_strings, FixedVec, FixedString<3>, 7);
conformance!(fixed_vec_without_copy, FixedVec, Token, 7);
conformance!(fixed_vec_of_wide_numbers, FixedVec, u128, 7);
conformance!(fixed_vec_of_no_cells, FixedVec, u16, 0);

#[test]
#[should_panic(expected = "3 do not fit in a capacity of 2")]
fn collecting_too_much_panics_with_the_numbers() {
    let _ = (0..3u8).collect::<FixedVec<u8, 2>>();
}

#[test]
fn a_smart_vector_is_a_fixed_one() {
    fn first(vec: &FixedVec<u8, 4>) -> Option<&u8> {
        vec.first()
    }
    assert_eq!(first(&SmartVec::literal(&[7])), Some(&7));
    assert_eq!(<SmartVec<u8, 4>>::SCHEMA, <FixedVec<u8, 4>>::SCHEMA);
}

#[test]
fn a_leaked_drain_leaves_the_vector_and_nothing_behind_its_end() {
    for range in [0..3, 1..2, 0..0, 2..3] {
        for taken in 0..3 {
            let mut vec = FixedVec::<u8, 8>::literal(&[1, 2, 3]);
            let mut drain = vec.drain(range.clone());
            drain.by_ref().take(taken).for_each(drop);
            drain.next_back();
            std::mem::forget(drain);
            assert_eq!(
                bytemuck::bytes_of(&vec),
                bytemuck::bytes_of(&FixedVec::<u8, 8>::literal(&[1, 2, 3]))
            );
        }
    }
}

#[test]
fn a_leaked_extract_if_leaves_the_length_and_nothing_behind_the_end() {
    for taken in 0..4 {
        let mut vec = FixedVec::<u8, 8>::literal(&[1, 2, 3, 4, 5]);
        let mut picked = vec.extract_if(1.., |element| *element != 3);
        picked.by_ref().take(taken).for_each(drop);
        std::mem::forget(picked);
        assert_eq!(vec.len(), 5);
        assert_eq!(bytemuck::bytes_of(&vec)[8 + 5..], [0; 3]);
        vec.sort();
        assert_eq!(vec, [1, 2, 3, 4, 5], "an element is lost after {taken}");
    }
}

#[test]
fn a_byte_vector_takes_formatted_text_by_whole_pieces() {
    let mut bytes = FixedVec::<u8, 8>::new();
    std::fmt::Write::write_str(&mut bytes, "ab").unwrap();
    std::fmt::Write::write_fmt(&mut bytes, format_args!("{:03}", 7)).unwrap();
    assert_eq!(bytes, b"ab007");
    assert!(std::fmt::Write::write_str(&mut bytes, "four").is_err());
    assert_eq!(bytes, b"ab007");
    std::fmt::Write::write_char(&mut bytes, '€').unwrap();
    assert_eq!(bytes, "ab007€".as_bytes());
}

#[test]
fn a_byte_vector_is_made_of_text_as_a_vec_is() {
    assert_eq!(FixedVec::<u8, 4>::try_from("a€").unwrap(), Vec::from("a€"));
    let refused = FixedVec::<u8, 4>::try_from("ab€").unwrap_err();
    assert_eq!(refused, CapacityError { needed: 5, capacity: 4 });
    assert_eq!(FixedVec::from(FixedString::<4>::literal("a€")), Vec::from(String::from("a€")));
}

#[test]
fn an_iterator_over_no_vector_is_empty() {
    let mut none = commy_types::vec::IntoIter::<u8, 4>::default();
    assert_eq!((none.len(), none.next(), none.next_back()), (0, None, None));
}

#[test]
fn a_byte_vector_takes_what_is_written_until_it_is_full() {
    let mut bytes = FixedVec::<u8, 4>::new();
    assert_eq!(bytes.write(b"abc").unwrap(), 3);
    assert_eq!(bytes.write(b"de").unwrap(), 1);
    assert_eq!(bytes, b"abcd");
    assert_eq!(bytes.write_all(b"f").unwrap_err().kind(), std::io::ErrorKind::WriteZero);
    assert_eq!(bytes, b"abcd");
}

#[test]
fn an_array_is_equal_both_ways() {
    let vec = FixedVec::<u8, 4>::try_from([1, 2]).unwrap();
    assert!(vec == [1, 2] && [1, 2] == vec && vec == &[1, 2] && &[1, 2] == vec);
    assert!(vec < [1, 3] && vec != [1, 2, 3]);
    assert!([1, 3] > vec && [1, 2].as_slice() <= vec && vec >= [1, 2].as_slice());
    assert!(&[1] < &vec && vec![2] > vec && [0, 9][..] < vec);
}

#[test]
fn a_vector_becomes_an_array_of_its_length_only() {
    let vec = FixedVec::<char, 4>::literal(&['a', 'b']);
    assert_eq!(<[char; 2]>::try_from(vec), Ok(['a', 'b']));
    assert_eq!(<[char; 3]>::try_from(vec), Err(vec));
    assert_eq!(<[char; 1]>::try_from(vec), Err(vec));
}

#[test]
fn a_vector_extends_by_copies_of_what_is_borrowed() {
    let mut vec = FixedVec::<u8, 4>::new();
    vec.extend(&[1, 2]);
    assert_eq!(vec, [1, 2]);
}
