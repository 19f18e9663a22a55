//! Drives each string type and std's `String` side by side with random operations.
//!
//! Panic messages are compared with those of the standard library that the test is built with.
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed test may panic, and bad ranges are among the cases"
)]

mod support;

use std::borrow::Cow;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::ops::{Index, IndexMut, Range, RangeFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use commy_types::string::{FromUtf8Error, FromUtf16Error};
use commy_types::{CapacityError, FixedString, FixedVec, FlatString, Mappable, SmartString};
use proptest::prelude::*;
use support::{Encoded, expected, hash_of, outcome};

#[derive(Debug, Clone)]
enum Op {
    Push(char),
    PushStr(String),
    PushFormatted(String, i32),
    TryExtend(Vec<String>),
    Extend(Vec<char>),
    Write(String),
    Pop,
    Clear,
    Truncate(usize),
    Insert(usize, char),
    InsertStr(usize, String),
    Remove(usize),
    /// Removes the characters that are among these; panics at the call of this number.
    Retain(String, usize),
    /// Takes this many characters from the front and from the back before the drop.
    Drain(usize, usize, usize, usize),
    ReplaceRange(usize, usize, String),
    ReplaceThrough(usize, String),
    ExtendFromWithin(usize, usize),
    SplitOff(usize),
    Index(usize, usize),
    /// Changes a range in place.
    IndexMut(usize),
    Uppercase,
    Assign(String),
}

const CHARS: [char; 7] = ['a', 'Z', ' ', '"', 'ß', '€', '😀'];

fn any_char() -> impl Strategy<Value = char> {
    prop::sample::select(&CHARS[..])
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(any_char(), 0..8).prop_map(|chars| chars.into_iter().collect())
}

fn op() -> impl Strategy<Value = Op> {
    let index = || 0..36usize;
    prop_oneof![
        any_char().prop_map(Op::Push),
        any_text().prop_map(Op::PushStr),
        (any_text(), any::<i32>()).prop_map(|(text, number)| Op::PushFormatted(text, number)),
        prop::collection::vec(any_text(), 0..4).prop_map(Op::TryExtend),
        prop::collection::vec(any_char(), 0..4).prop_map(Op::Extend),
        any_text().prop_map(Op::Write),
        Just(Op::Pop),
        Just(Op::Clear),
        index().prop_map(Op::Truncate),
        (index(), any_char()).prop_map(|(at, ch)| Op::Insert(at, ch)),
        (index(), any_text()).prop_map(|(at, text)| Op::InsertStr(at, text)),
        index().prop_map(Op::Remove),
        (any_text(), 0..40usize).prop_map(|(text, panics)| Op::Retain(text, panics)),
        (index(), index(), 0..3usize, 0..3usize)
            .prop_map(|(from, to, front, back)| Op::Drain(from, to, front, back)),
        (index(), index(), any_text())
            .prop_map(|(from, to, with)| Op::ReplaceRange(from, to, with)),
        (index(), any_text()).prop_map(|(to, with)| Op::ReplaceThrough(to, with)),
        (index(), index()).prop_map(|(from, to)| Op::ExtendFromWithin(from, to)),
        index().prop_map(Op::SplitOff),
        (index(), index()).prop_map(|(from, to)| Op::Index(from, to)),
        index().prop_map(Op::IndexMut),
        Just(Op::Uppercase),
        any_text().prop_map(Op::Assign),
    ]
}

/// The operation on a string type, ours or std's; `$fallible` makes a `Result` of what the call
/// returns: itself here, `Ok` there.
macro_rules! apply {
    ($string:expr, $op:expr, $fallible:expr) => {{
        let (string, fallible) = ($string, $fallible);
        match $op.clone() {
            Op::Push(ch) => outcome(|| fallible(string.push(ch))),
            Op::PushStr(text) => outcome(|| fallible(string.push_str(&text))),
            Op::Pop => outcome(|| Ok(string.pop())),
            Op::Clear => outcome(|| Ok(string.clear())),
            Op::Truncate(len) => outcome(|| Ok(string.truncate(len))),
            Op::Insert(at, ch) => outcome(|| fallible(string.insert(at, ch))),
            Op::InsertStr(at, text) => outcome(|| fallible(string.insert_str(at, &text))),
            Op::Remove(at) => outcome(|| Ok(string.remove(at))),
            Op::Retain(gone, panics) => outcome(|| {
                let mut calls = 0;
                string.retain(|ch| {
                    calls += 1;
                    assert!(calls <= panics, "told to panic");
                    !gone.contains(ch)
                });
                Ok(())
            }),
            Op::Drain(from, to, front, back) => outcome(|| {
                let mut drain = string.drain(from..to);
                let mut taken: Vec<_> = drain.by_ref().take(front).collect();
                taken.extend(drain.by_ref().rev().take(back));
                Ok((taken, drain.as_str().to_owned(), format!("{drain:?}"), drain.size_hint()))
            }),
            Op::ReplaceRange(from, to, with) => {
                outcome(|| fallible(string.replace_range(from..to, &with)))
            }
            Op::ReplaceThrough(to, with) => {
                outcome(|| fallible(string.replace_range(..=to, &with)))
            }
            Op::ExtendFromWithin(from, to) => {
                outcome(|| fallible(string.extend_from_within(from..to)))
            }
            Op::SplitOff(at) => outcome(|| Ok(string.split_off(at))),
            Op::Index(from, to) => outcome(|| {
                fn get(text: &impl Index<Range<usize>, Output = str>, range: Range<usize>) -> &str {
                    &text[range]
                }
                Ok(get(string, from..to).to_owned())
            }),
            Op::IndexMut(from) => outcome(|| {
                fn get(
                    text: &mut impl IndexMut<RangeFrom<usize>, Output = str>,
                    from: usize,
                ) -> &mut str {
                    &mut text[from..]
                }
                Ok(get(string, from).make_ascii_lowercase())
            }),
            Op::Uppercase => outcome(|| Ok(string.make_ascii_uppercase())),
            Op::Write(text) => {
                // `write!` reports no numbers, and is compared only where it succeeds.
                let before = string.clone();
                outcome(|| {
                    if write!(string, "{text}").is_err() {
                        *string = before;
                    }
                    Ok(())
                })
            }
            _ => unreachable!("handled by the caller"),
        }
    }};
}

macro_rules! conformance {
    ($module:ident, $name:ident, $capacity:literal) => {
        mod $module {
            use super::*;

            type Ours = $name<$capacity>;

            fn apply_ours(ours: &mut Ours, op: &Op) -> support::Outcome {
                match op.clone() {
                    Op::PushFormatted(text, number) => {
                        outcome(|| ours.push_formatted(format_args!("{text}{number:05}")))
                    }
                    Op::TryExtend(pieces) => {
                        let before = ours.clone();
                        let result = outcome(|| ours.try_extend(&pieces));
                        // The count stops at the first piece that does not fit.
                        let mut needed = before.len();
                        for piece in &pieces {
                            needed += piece.len();
                            if needed > $capacity {
                                let error = CapacityError { needed, capacity: $capacity };
                                assert_eq!(result, support::Outcome::Refused(error));
                                assert_eq!(*ours, before);
                                return result;
                            }
                        }
                        result
                    }
                    Op::Extend(chars) => outcome(|| {
                        let room = ours.remaining_capacity();
                        let mut taken = 0;
                        // Only what fits: `extend` panics otherwise.
                        ours.extend(chars.iter().take_while(|ch| {
                            taken += ch.len_utf8();
                            taken <= room
                        }));
                        Ok(())
                    }),
                    Op::Assign(text) => {
                        outcome(|| commy_types::Mappable::assign(ours, text.as_str()))
                    }
                    op => apply!(ours, op, |result: Result<(), CapacityError>| result),
                }
            }

            fn apply_std(twin: &mut String, op: &Op) -> support::Outcome {
                match op.clone() {
                    Op::PushFormatted(text, number) => {
                        outcome(|| Ok(write!(twin, "{text}{number:05}").unwrap()))
                    }
                    Op::TryExtend(pieces) => outcome(|| Ok(twin.extend(pieces))),
                    Op::Extend(chars) => outcome(|| {
                        for ch in chars {
                            if twin.len() + ch.len_utf8() > $capacity {
                                break;
                            }
                            twin.push(ch);
                        }
                        Ok(())
                    }),
                    Op::Assign(text) => outcome(|| Ok(*twin = text)),
                    Op::Write(text) => outcome(|| {
                        if twin.len() + text.len() <= $capacity {
                            twin.push_str(&text);
                        }
                        Ok(())
                    }),
                    op => apply!(twin, op, Ok::<(), CapacityError>),
                }
            }

            fn assert_same(ours: &mut Ours, twin: &String) {
                assert_eq!(ours.as_str(), twin.as_str());
                assert_eq!(ours.try_as_str(), Ok(twin.as_str()));
                assert_eq!(ours.as_bytes(), twin.as_bytes());
                assert_eq!(ours.as_mut_str(), twin.as_str());
                assert_eq!((ours.len(), ours.is_empty()), (twin.len(), twin.is_empty()));
                assert_eq!(ours.remaining_capacity(), $capacity - twin.len());
                assert_eq!(ours.is_full(), twin.len() == $capacity);
                assert_eq!(format!("{ours} {ours:?} {ours:#?}"), format!("{twin} {twin:?} {twin:#?}"));
                assert_eq!(format!("{ours:>9} {ours:*^9.2}"), format!("{twin:>9} {twin:*^9.2}"));
                assert_eq!(format!("{ours:<9?}"), format!("{twin:<9?}"));
                assert_eq!(hash_of(ours), hash_of(twin));
                assert_eq!(hash_of(ours), hash_of(twin.as_str()));
                let (text, cow) = (twin.as_str(), Cow::Borrowed(twin.as_str()));
                assert!(*ours == *text && *text == *ours && *ours == text && text == *ours);
                assert!(*ours == *twin && *twin == *ours && *ours == cow && cow == *ours);
                assert_eq!(String::from(&*ours), *twin);
                assert_eq!(ours.into_string(), *twin);
                assert_eq!(*ours.into_boxed_str(), *text);
                assert_eq!(*Box::<str>::from(*ours), *text);
                assert_eq!(*Rc::<str>::from(*ours), *text);
                assert_eq!(*Arc::<str>::from(*ours), *text);
                assert_eq!(PathBuf::from(*ours), PathBuf::from(twin));
                assert_eq!(OsString::from(*ours), OsString::from(twin));
                assert_eq!(Vec::<u8>::from(*ours), twin.as_bytes());
                assert_eq!(Box::<dyn Error>::from(*ours).to_string(), *twin);
                assert_eq!(Box::<dyn Error + Send + Sync>::from(*ours).to_string(), *twin);
                assert!(matches!(Cow::from(*ours), Cow::Owned(owned) if owned == *twin));
                assert!(matches!(Cow::from(&*ours), Cow::Borrowed(borrowed) if borrowed == text));
                let (_, unused) = bytemuck::bytes_of(ours).split_at(8 + twin.len());
                assert!(unused.iter().all(|byte| *byte == 0), "the bytes after the text");
                let longer = FixedString::<64>::literal(text);
                assert!(*ours == longer && longer == *ours);
            }

            fn assert_same_order(ours: &Ours, twin: &str, other: &str) {
                assert_eq!(ours.partial_cmp(other), twin.partial_cmp(other));
                let other = FixedString::<64>::literal(other);
                assert_eq!(ours.partial_cmp(&other), twin.partial_cmp(other.as_str()));
                assert_eq!(*ours == other, *twin == *other);
                if let Ok(other) = Ours::try_from(other.as_str()) {
                    assert_eq!(ours.cmp(&other), twin.cmp(&other));
                }
            }

            proptest! {
                #![proptest_config(support::config())]

                #[test]
                fn does_what_string_does(
                    ops in prop::collection::vec((op(), any_text()), 1..24),
                ) {
                    let (mut ours, mut twin) = (Ours::new(), String::new());
                    let mut encoded = Encoded::new::<Ours>();
                    for (op, other) in ops {
                        let before = twin.clone();
                        let theirs = apply_std(&mut twin, &op);
                        let mut wanted =
                            expected(theirs, &mut twin, before, String::len, $capacity);
                        let result = apply_ours(&mut ours, &op);
                        if let (Op::TryExtend(_), support::Outcome::Refused(_)) = (&op, &wanted) {
                            wanted = result.clone(); // checked by `apply_ours`
                        }
                        prop_assert_eq!(&result, &wanted, "{:?}", op);
                        assert_same(&mut ours, &twin);
                        assert_same_order(&ours, &twin, &other);
                        encoded.update(&ours);
                        prop_assert_eq!(encoded.value(), bytemuck::bytes_of(&ours));
                    }
                }

                #[test]
                fn is_made_of_what_a_string_is_made_of(
                    bytes in prop::collection::vec(
                        prop_oneof![any::<u8>(), 0x20..0x7fu8], 0..40),
                    text in any_text(),
                ) {
                    let fits = |text: &str| match text.len() {
                        needed if needed > $capacity =>
                            Err(CapacityError { needed, capacity: $capacity }),
                        _ => Ok(text.to_owned()),
                    };
                    let made = |result: Result<Ours, CapacityError>| result.map(String::from);
                    prop_assert_eq!(made(Ours::try_from(text.as_str())), fits(&text));
                    prop_assert_eq!(made(text.parse()), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(&text)), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(text.clone())), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(Cow::Borrowed(&*text))), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(text.clone().into_boxed_str())), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(format_args!("{text}"))), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(Cow::<str>::Owned(text.clone()))), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(Rc::<str>::from(&*text))), fits(&text));
                    prop_assert_eq!(made(Ours::try_from(Arc::<str>::from(&*text))), fits(&text));
                    let of_system = |result: Result<Ours, FromUtf8Error>| match result {
                        Err(FromUtf8Error::Capacity(error)) => Err(error),
                        result => Ok(String::from(result.unwrap())),
                    };
                    prop_assert_eq!(of_system(Ours::try_from(OsStr::new(&text))), fits(&text));
                    prop_assert_eq!(of_system(Ours::try_from(OsString::from(&text))), fits(&text));
                    prop_assert_eq!(of_system(Ours::try_from(Path::new(&text))), fits(&text));
                    prop_assert_eq!(of_system(Ours::try_from(PathBuf::from(&text))), fits(&text));
                    let lossy = String::from_utf8_lossy(&bytes);
                    prop_assert_eq!(made(Ours::from_utf8_lossy(&bytes)), fits(&lossy));
                    prop_assert_eq!(Ours::try_from(bytes.clone()), Ours::from_utf8(&bytes));
                    let vec = FixedVec::<u8, 40>::literal(&bytes);
                    prop_assert_eq!(Ours::try_from(vec), Ours::from_utf8(&bytes));
                    match (Ours::from_utf8(&bytes), std::str::from_utf8(&bytes)) {
                        (Ok(ours), Ok(twin)) => prop_assert_eq!(ours, twin),
                        (Err(FromUtf8Error::Utf8(ours)), Err(twin)) => prop_assert_eq!(ours, twin),
                        (Err(FromUtf8Error::Capacity(ours)), Ok(twin)) =>
                            prop_assert_eq!(Err(ours), fits(twin)),
                        (ours, twin) => prop_assert!(false, "{:?} for {:?}", ours, twin),
                    }
                    // Halves of pairs among letters, so that some match and some do not.
                    let halves = bytes.iter().map(|byte| match byte % 4 {
                        0 => 0xd800 | u16::from(*byte),
                        1 => 0xdc00 | u16::from(*byte),
                        _ => u16::from(*byte),
                    });
                    for units in [halves.collect::<Vec<u16>>(), text.encode_utf16().collect()] {
                        match (Ours::from_utf16(&units), String::from_utf16(&units)) {
                            (Ok(ours), Ok(twin)) => prop_assert_eq!(ours, twin),
                            (Err(FromUtf16Error::Capacity(ours)), Ok(twin)) =>
                                prop_assert_eq!(Err(ours), fits(&twin)),
                            (Err(FromUtf16Error::Unpaired { surrogate, at }), Err(_)) => {
                                prop_assert_eq!(units[at], surrogate);
                                prop_assert!(String::from_utf16(&units[..at]).is_ok());
                                prop_assert!(String::from_utf16(&units[..=at]).is_err());
                            }
                            (ours, twin) => prop_assert!(false, "{:?} for {:?}", ours, twin),
                        }
                        let lossy = String::from_utf16_lossy(&units);
                        prop_assert_eq!(made(Ours::from_utf16_lossy(&units)), fits(&lossy));
                    }
                    let cut = Ours::from_str_truncated(&text);
                    prop_assert!(text.starts_with(cut.as_str()));
                    let next = text[cut.len()..].chars().next();
                    prop_assert!(next.is_none_or(|ch| cut.len() + ch.len_utf8() > $capacity));
                    if fits(&text).is_ok() {
                        prop_assert_eq!(text.chars().collect::<Ours>(), text.as_str());
                        prop_assert_eq!(Ours::literal(&text), text);
                    }
                }
            }
        }
    };
}

conformance!(fixed_string_of_no_bytes, FixedString, 0);
conformance!(fixed_string_of_5, FixedString, 5);
conformance!(fixed_string_of_32, FixedString, 32);

#[test]
#[should_panic(expected = "4 do not fit in a capacity of 3")]
fn collecting_too_much_panics_with_the_numbers() {
    let _ = "abcd".chars().collect::<FixedString<3>>();
}

/// Other names of one type, also with the default capacity, and where a type is expected.
#[test]
fn smart_and_flat_strings_are_fixed_ones() {
    struct Station {
        description: SmartString,
        note: SmartString<200>,
        code: FlatString,
    }
    fn lens(_: &FixedString<1024>, _: &FixedString<200>, _: &FixedString<252>) -> [usize; 3] {
        [SmartString::<1024>::CAPACITY, <SmartString>::CAPACITY, FlatString::CAPACITY]
    }
    let Station { description, note, code } = Station {
        description: SmartString::new(),
        note: SmartString::literal("damp"),
        code: "ZRH".parse().unwrap(),
    };
    assert_eq!(lens(&description, &note, &code), [1024, 1024, 252]);
    assert_eq!(<SmartString>::SCHEMA, <FixedString<1024>>::SCHEMA);
}

#[test]
fn a_leaked_drain_leaves_the_text() {
    let mut text = FixedString::<8>::literal("abc");
    std::mem::forget(text.drain(..2));
    assert_eq!(text, "abc");
}

#[test]
fn strings_are_collected_as_std_collects_its_own() {
    let pieces = ["a", "ß", ""].map(FixedString::<4>::literal);
    assert_eq!(pieces.iter().collect::<FixedString<8>>(), "aß");
    assert_eq!(pieces.into_iter().collect::<FixedString<8>>(), "aß");
    assert_eq!(pieces.into_iter().collect::<String>(), "aß");
    assert_eq!(*pieces.into_iter().collect::<Box<str>>(), *"aß");
    assert_eq!(pieces.into_iter().collect::<Cow<'_, str>>(), "aß");
    assert_eq!(
        FixedString::<2>::try_from_iter(pieces),
        Err(CapacityError { needed: 3, capacity: 2 })
    );
    let mut text = FixedString::<8>::literal("-");
    text.extend(pieces);
    text.extend(&pieces);
    assert_eq!(text, "-aßaß");
    let mut text = String::from("-");
    text.extend(pieces);
    assert_eq!(text, "-aß");
    assert_eq!((pieces.concat(), pieces.join(",")), ("aß".to_owned(), "a,ß,".to_owned()));
}

#[test]
#[should_panic(expected = "3 do not fit in a capacity of 2")]
fn collecting_too_many_strings_panics_with_the_numbers() {
    let _ = ["a", "ß"].map(FixedString::<4>::literal).into_iter().collect::<FixedString<2>>();
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_refused_with_its_place() {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

    let valid_up_to = |result: Result<FixedString<8>, FromUtf8Error>| match result {
        Err(FromUtf8Error::Utf8(error)) => error.valid_up_to(),
        result => panic!("{result:?}"),
    };
    let (bytes, owned) = (b"ab\xff", || OsString::from_vec(b"ab\xff".to_vec()));
    assert_eq!(valid_up_to(FixedString::try_from(OsStr::from_bytes(bytes))), 2);
    assert_eq!(valid_up_to(FixedString::try_from(Path::new(OsStr::from_bytes(bytes)))), 2);
    assert_eq!(valid_up_to(FixedString::try_from(owned())), 2);
    assert_eq!(valid_up_to(FixedString::try_from(PathBuf::from(owned()))), 2);
}

#[test]
fn a_string_serves_as_key_of_a_map() {
    let map = std::collections::HashMap::from([(FixedString::<8>::literal("a"), 1)]);
    assert_eq!(map.get("a"), Some(&1));
    let map = std::collections::BTreeMap::from([(SmartString::<8>::literal("b"), 2)]);
    assert_eq!(map.get("b"), Some(&2));
}

#[test]
fn a_string_serves_as_path_and_os_str() {
    fn path(path: impl AsRef<std::path::Path>) -> std::path::PathBuf {
        path.as_ref().to_owned()
    }
    fn os_str(text: impl AsRef<std::ffi::OsStr>) -> std::ffi::OsString {
        text.as_ref().to_owned()
    }
    assert_eq!(path(FixedString::<8>::literal("a/b")), std::path::Path::new("a/b"));
    assert_eq!(os_str(SmartString::<8>::literal("a")), "a");
}
