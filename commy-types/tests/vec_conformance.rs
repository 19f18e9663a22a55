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

use std::io::Write as _;

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
}

impl Of for u16 {
    fn of(number: u8) -> Self {
        0x0101 * Self::from(number)
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
}

impl Of for u128 {
    fn of(number: u8) -> Self {
        Self::from(number) << 100
    }
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
                let slice = twin.as_slice();
                assert!(*ours == *slice && *slice == *ours && *ours == slice && slice == *ours);
                assert!(*ours == *twin && *twin == *ours);
                assert_eq!(Vec::from(&*ours), *twin);
                assert_eq!(Vec::from(ours.clone()), *twin);
                let longer = FixedVec::<$T, 20>::literal(slice);
                assert!(*ours == longer && longer == *ours);
            }

            fn assert_same_order(ours: &Ours, twin: &Vec<$T>, other: &[$T]) {
                assert_eq!(ours.partial_cmp(other), twin.as_slice().partial_cmp(other));
                assert_eq!(*ours == *other, twin.as_slice() == other);
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

            /// The image is the length, the elements, and zeros.
            fn assert_encoded(bytes: &[u8], twin: &[$T]) {
                let data = size_of::<Ours>() - $capacity * size_of::<$T>();
                assert_eq!(bytes[..8], (twin.len() as u64).to_le_bytes());
                assert!(bytes[8..data].iter().all(|byte| *byte == 0), "padding");
                let mut elements = vec![0; size_of_val(twin)];
                for (index, element) in twin.iter().enumerate() {
                    let mut changes = commy_types::Changes::new();
                    let mut image = Image::new(&mut elements, &mut changes);
                    element.encode(index * size_of::<$T>(), &mut image);
                }
                let (used, unused) = bytes[data..].split_at(elements.len());
                assert_eq!(used, elements);
                assert!(unused.iter().all(|byte| *byte == 0), "unused slots");
            }
        }
    };
}

conformance!(fixed_vec_of_numbers, FixedVec, u16, 7);
conformance!(fixed_vec_of_chars, FixedVec, char, 7);
conformance!(fixed_vec_of_strings, FixedVec, FixedString<3>, 7);
conformance!(fixed_vec_without_copy, FixedVec, Token, 7);
conformance!(fixed_vec_of_wide_numbers, FixedVec, u128, 7);
conformance!(fixed_vec_of_no_slots, FixedVec, u16, 0);

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
fn a_leaked_drain_leaves_the_elements_before_it() {
    let mut vec = FixedVec::<u8, 8>::literal(&[1, 2, 3]);
    std::mem::forget(vec.drain(1..2));
    assert_eq!(vec, [1]);
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
