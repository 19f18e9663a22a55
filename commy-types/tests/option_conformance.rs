//! Drives `FixedOption` and std's `Option` side by side.
#![allow(
    clippy::unit_arg,
    clippy::nonminimal_bool,
    reason = "each form of a call and of a comparison is a case of its own"
)]
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use commy_types::{CapacityError, FixedOption, FixedString, Mappable};
use proptest::prelude::*;
use support::{Encoded, hash_of, outcome};

#[derive(Debug, Clone)]
enum Op {
    Set(Option<u8>),
    Clear,
    Take,
    TakeIf(u8),
    Replace(u8),
    Insert(u8),
    GetOrInsert(u8),
    Change(u8),
    Unwrap,
    Expect,
    UnwrapOr(u8),
    Map(u8),
    OkOr,
    Combine(Option<u8>),
    Make(u8),
    InsertDefault,
    Slice(u8),
    Assign(Option<u8>),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        any::<Option<u8>>().prop_map(Op::Set),
        Just(Op::Clear),
        Just(Op::Take),
        any::<u8>().prop_map(Op::TakeIf),
        any::<u8>().prop_map(Op::Replace),
        any::<u8>().prop_map(Op::Insert),
        any::<u8>().prop_map(Op::GetOrInsert),
        any::<u8>().prop_map(Op::Change),
        Just(Op::Unwrap),
        Just(Op::Expect),
        any::<u8>().prop_map(Op::UnwrapOr),
        any::<u8>().prop_map(Op::Map),
        Just(Op::OkOr),
        any::<Option<u8>>().prop_map(Op::Combine),
        any::<u8>().prop_map(Op::Make),
        Just(Op::InsertDefault),
        any::<u8>().prop_map(Op::Slice),
        any::<Option<u8>>().prop_map(Op::Assign),
    ]
}

/// The operation on an option, ours or std's, which have the same methods.
macro_rules! apply {
    ($option:expr, $op:expr, $set:expr) => {{
        let (option, set) = ($option, $set);
        match $op.clone() {
            Op::Set(value) | Op::Assign(value) => outcome(|| Ok(set(option, value))),
            Op::Clear => outcome(|| Ok(set(option, None))),
            Op::Take => outcome(|| Ok(option.take())),
            Op::TakeIf(above) => outcome(|| Ok(option.take_if(|value| *value > above))),
            Op::Replace(value) => outcome(|| Ok(option.replace(value))),
            Op::Insert(value) => outcome(|| Ok(*option.insert(value))),
            Op::GetOrInsert(value) => outcome(|| {
                let first = *option.get_or_insert(value);
                Ok((first, *option.get_or_insert_with(|| unreachable!("there is a value"))))
            }),
            Op::Change(by) => outcome(|| {
                Ok(option.as_mut().map(|value| {
                    *value ^= by;
                }))
            }),
            Op::Unwrap => outcome(|| Ok(option.unwrap())),
            Op::Expect => outcome(|| Ok(option.expect("told to panic"))),
            Op::UnwrapOr(other) => outcome(|| {
                Ok((
                    option.unwrap_or(other),
                    option.unwrap_or_default(),
                    option.unwrap_or_else(|| other),
                ))
            }),
            Op::Map(by) => outcome(|| {
                Ok((option.map(|value| value ^ by), option.and_then(|value| value.checked_add(by))))
            }),
            Op::OkOr => outcome(|| Ok((option.ok_or("none"), option.ok_or_else(|| "made")))),
            Op::Combine(other) => outcome(|| {
                Ok((option.and(other), option.or(other), option.xor(other), option.zip(other)))
            }),
            Op::Make(by) => outcome(|| {
                let mut seen = None;
                let same = option.inspect(|value| seen = Some(*value));
                Ok((
                    option.or_else(|| by.checked_sub(100)),
                    option.filter(|value| *value > by),
                    option.map_or(by, |value| value / 2),
                    option.map_or_else(|| by, |value| value / 3),
                    (seen, same),
                ))
            }),
            Op::InsertDefault => outcome(|| Ok(*option.get_or_insert_default())),
            Op::Slice(by) => outcome(|| {
                let before = option.as_slice().to_vec();
                option.iter_mut().for_each(|value| *value ^= by);
                option.as_mut_slice().reverse();
                Ok((before, option.as_slice().len()))
            }),
        }
    }};
}

proptest! {
    #![proptest_config(support::config())]

    #[test]
    fn does_what_option_does(ops in prop::collection::vec((op(), any::<Option<u8>>()), 1..24)) {
        let (mut ours, mut twin) = (FixedOption::<u8>::none(), None::<u8>);
        let mut encoded = Encoded::new::<FixedOption<u8>>();
        for (op, other) in ops {
            let theirs = apply!(&mut twin, op, |option: &mut Option<u8>, value| *option = value);
            let result = match op {
                Op::Assign(value) => outcome(|| Ok(Mappable::assign(&mut ours, value))),
                Op::Clear => outcome(|| Ok(ours.clear())),
                op => apply!(&mut ours, op, |option: &mut FixedOption<u8>, value| option.set(value)),
            };
            prop_assert_eq!(result, theirs);
            prop_assert!(ours == twin && twin == ours);
            prop_assert_eq!((ours.is_some(), ours.is_none()), (twin.is_some(), twin.is_none()));
            prop_assert_eq!(ours.as_ref(), twin.as_ref());
            prop_assert_eq!(ours.is_some_and(|n| *n > 9), twin.is_some_and(|n| n > 9));
            prop_assert_eq!(ours.is_none_or(|n| *n > 9), twin.is_none_or(|n| n > 9));
            prop_assert_eq!(format!("{ours:?} {ours:#?}"), format!("{twin:?} {twin:#?}"));
            prop_assert_eq!(hash_of(&ours), hash_of(&twin));
            prop_assert!(ours.iter().eq(twin.iter()) && ours.into_iter().eq(twin));
            prop_assert_eq!(Option::from(ours), twin);
            let same = FixedOption::from(other);
            prop_assert_eq!((ours == same, ours.cmp(&same)), (twin == other, twin.cmp(&other)));
            prop_assert_eq!(ours.partial_cmp(&same), twin.partial_cmp(&other));
            encoded.update(&ours);
            let (tag, value) = encoded.value().split_at(8);
            prop_assert_eq!(tag, u64::from(twin.is_some()).to_le_bytes());
            prop_assert_eq!(value, [twin.unwrap_or(0)]);
        }
    }
}

/// Also at compile time, and of a type that is not `Copy`.
#[test]
fn a_value_is_taken_and_replaced_in_constants() {
    const TAKEN: (Option<u8>, FixedOption<u8>) = {
        let mut option = FixedOption::some(1);
        (option.take(), option)
    };
    const REPLACED: (Option<u8>, FixedOption<u8>) = {
        let mut option = FixedOption::none();
        (option.replace(2), option)
    };
    assert_eq!(TAKEN, (Some(1), FixedOption::none()));
    assert_eq!(REPLACED, (None, FixedOption::some(2)));
    assert_eq!(bytemuck::bytes_of(&TAKEN.1), [0; 9], "what is taken leaves no byte");
}

#[test]
fn an_absent_string_leaves_no_bytes_of_the_present_one() {
    let mut encoded = Encoded::new::<FixedOption<FixedString<8>>>();
    let mut option = FixedOption::some(FixedString::<8>::literal("secret"));
    encoded.update(&option);
    assert_eq!(&encoded.value()[16..22], b"secret");
    option.clear();
    encoded.update(&option);
    assert!(encoded.value().iter().all(|byte| *byte == 0));
}

#[test]
fn a_refused_value_inside_leaves_the_option_as_it_was() {
    let mut option = FixedOption::some(FixedString::<4>::literal("abc"));
    let refused = option.as_mut().unwrap().push_str("de");
    assert_eq!(refused, Err(CapacityError { needed: 5, capacity: 4 }));
    assert_eq!(option.unwrap(), "abc");
}

#[test]
fn an_option_is_iterated_over_in_place() {
    let mut option = FixedOption::some(1u8);
    for value in &mut option {
        *value += 1;
    }
    assert_eq!((&option).into_iter().collect::<Vec<_>>(), [&2]);
    let mut name = FixedOption::some(FixedString::<4>::literal("ab"));
    name.as_deref_mut().unwrap().make_ascii_uppercase();
    assert_eq!(name.as_deref(), Some("AB"));
}
