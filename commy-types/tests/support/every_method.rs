//! Every method of every container on a value made of arbitrary bytes.
//!
//! The fuzz target in `fuzz/` and the test `any_bytes` share this file. Nothing here may panic
//! other than in the documented ways, which the indices avoid, and nothing may be undefined.

use std::fmt::{Debug, Write as _};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::hint::black_box;
use std::io::Write as _;

use bytemuck::Pod;
use commy_types::{
    Element, FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec, FlatString, Image,
    Mappable, SmartString, SmartVec, Touched,
};

/// Reads numbers and text from the end of the arbitrary bytes, zeros when they are used up.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn byte(&mut self) -> usize {
        let Some((last, rest)) = self.0.split_last() else { return 0 };
        self.0 = rest;
        usize::from(*last)
    }

    fn bytes(&mut self) -> &'a [u8] {
        let (rest, bytes) = self.0.split_at(self.0.len() - (self.byte() % 48).min(self.0.len()));
        self.0 = rest;
        bytes
    }

    fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// A place between two characters.
    fn boundary(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.byte() % (text.len() + 1))
    }

    fn range(&mut self, text: &str) -> std::ops::Range<usize> {
        let (one, other) = (self.boundary(text), self.boundary(text));
        one.min(other)..one.max(other)
    }

    fn cells(&mut self, len: usize) -> std::ops::Range<usize> {
        let (one, other) = (self.byte() % (len + 1), self.byte() % (len + 1));
        one.min(other)..one.max(other)
    }
}

/// Runs all of it; `data` is both the values and the choices.
pub(crate) fn every_method(data: &[u8]) {
    string::<FixedString<0>>(data);
    fixed_string_0(data);
    fixed_string_7(data);
    flat_string(data);
    smart_string_30(data);
    smart_string(data);
    keyed::<u8, u16>(data);
    keyed::<FixedString<3>, FixedOption<u32>>(data);
    checked::<FixedMap<bool, char, 3>>(data);
    checked::<FixedSet<FixedString<2>, 3>>(data);
    fixed_vec_u8(data);
    fixed_vec_u64(data);
    fixed_vec_nested(data);
    smart_vec_u16(data);
    smart_vec_options(data);
    deque::<u64, 5>(data);
    deque::<u8, 0>(data);
    deque::<SmartString<5>, 4>(data);
    deque::<FixedOption<i32>, 3>(data);
    option::<u8>(data);
    option::<u64>(data);
    option::<FixedString<5>>(data);
    option::<FixedVec<i16, 3>>(data);
    checked::<FixedVec<bool, 6>>(data);
    checked::<FixedVec<char, 3>>(data);
    checked::<FixedDeque<bool, 6>>(data);
    checked::<FixedDeque<FixedOption<char>, 3>>(data);
    checked::<SmartVec<u128, 2>>(data);
    checked::<FixedOption<FixedVec<bool, 4>>>(data);
    checked::<FixedVec<FixedOption<SmartString<9>>, 3>>(data);
}

/// The value whose bytes are the first ones of `data`, zeros when there are too few.
fn value<T: Pod>(data: &[u8]) -> T {
    let mut bytes = vec![0; size_of::<T>()];
    for (to, from) in bytes.iter_mut().zip(data) {
        *to = *from;
    }
    bytemuck::pod_read_unaligned(&bytes)
}

/// What the trait promises for arbitrary values: the image is valid and equal to the value.
fn encoded<T: Mappable + Pod + PartialEq>(value: &T, earlier: &T) {
    let mut bytes = vec![0; size_of::<T>()];
    let mut touched = Touched::new();
    earlier.encode(0, &mut Image::new(&mut bytes, &mut touched));
    value.encode(0, &mut Image::new(&mut bytes, &mut touched));
    assert!(T::check(&bytes).is_ok(), "an encoding is refused");
    assert!(bytemuck::pod_read_unaligned::<T>(&bytes) == *value, "an encoding is not the value");
}

/// A type that no cast can make: its bytes are checked first, as a reader does.
fn checked<T: Mappable + Debug>(data: &[u8]) {
    let mut bytes = vec![0; size_of::<T>()];
    for (to, from) in bytes.iter_mut().zip(data) {
        *to = *from;
    }
    look_at_valid::<T>(&bytes);
    // Arbitrary bytes are rarely valid; small numbers and few of them are more often.
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = if index % 8 == 0 || *byte < 32 { *byte % 3 } else { 0 };
    }
    look_at_valid::<T>(&bytes);
    bytes.iter_mut().skip(9).for_each(|byte| *byte = 0);
    look_at_valid::<T>(&bytes);
}

fn look_at_valid<T: Mappable + Debug>(bytes: &[u8]) {
    if T::check(bytes).is_ok() {
        #[allow(unsafe_code, reason = "what a reader does with checked bytes")]
        // SAFETY: by the contract of `Mappable`, bytes that `check` accepts are a valid value.
        let value = unsafe { bytes.as_ptr().cast::<T>().read_unaligned() };
        black_box(format!("{value:?}"));
    }
}

fn string<T: Mappable + Pod + PartialEq>(data: &[u8]) {
    encoded(&value::<T>(data), &value::<T>(data.get(3..).unwrap_or_default()));
}

macro_rules! string_methods {
    ($function:ident, $name:ty) => {
        fn $function(data: &[u8]) {
            type Subject = $name;
            let mut choices = Choices(data);
            let fresh: Subject = value(data);
            string::<Subject>(data);

            let text = fresh.as_str();
            let len = fresh.len();
            assert!(text.len() <= len && len <= fresh.capacity());
            assert!(
                fresh.is_empty() == (len == 0) && fresh.is_full() == (len == Subject::CAPACITY)
            );
            assert!(fresh.remaining_capacity() == fresh.capacity() - len);
            let is_text = match fresh.try_as_str() {
                Ok(whole) => whole == text && len == text.len(),
                Err(error) => {
                    assert!(error.valid_up_to() == text.len() && text.len() < len);
                    false
                }
            };
            let mut hasher = DefaultHasher::new();
            fresh.hash(&mut hasher);
            black_box((hasher.finish(), format!("{fresh} {fresh:?}"), fresh.to_uppercase()));
            assert!(fresh == *text && *text == fresh && fresh == String::from(fresh));
            assert!(fresh.cmp(&fresh).is_eq() && fresh.partial_cmp(text).is_some());
            assert!(fresh.as_bytes() == text.as_bytes() && fresh.clone() == fresh);

            let with = choices.text();
            // Each call starts from the arbitrary bytes, not from what the one before repaired.
            let mut s = fresh;
            s.as_mut_str().make_ascii_uppercase();
            let mut s = fresh;
            black_box(s.push('ß').is_ok());
            let mut s = fresh;
            if s.push_str(&with).is_ok() {
                assert!(s.starts_with(text) && (!is_text || s.ends_with(&with)));
            } else {
                assert!(s == fresh);
            }
            let mut s = fresh;
            black_box(s.push_formatted(format_args!("{with}{}", 7)).is_ok());
            let mut s = fresh;
            black_box(s.try_extend(with.chars()).is_ok());
            let mut s = fresh;
            black_box(write!(s, "{with}").is_ok());
            let mut s = fresh;
            assert!(s.pop() == text.chars().next_back() || !is_text);
            let mut s = fresh;
            s.clear();
            assert!(s.is_empty());
            let mut s = fresh;
            s.truncate(choices.boundary(text));
            let mut s = fresh;
            black_box(s.insert(choices.boundary(text), '€').is_ok());
            let mut s = fresh;
            black_box(s.insert_str(choices.boundary(text), &with).is_ok());
            let mut s = fresh;
            let at = choices.boundary(text);
            if at < text.len() {
                black_box(s.remove(at));
            }
            let mut s = fresh;
            let odd = choices.byte() as u32;
            s.retain(|ch| u32::from(ch) % 3 != odd % 3);
            let mut s = fresh;
            let range = choices.range(text);
            let mut drain = s.drain(range.clone());
            black_box((drain.next(), drain.next_back(), drain.as_str().len()));
            drop(drain);
            let mut s = fresh;
            black_box(s.replace_range(range.clone(), &with).is_ok());
            let mut s = fresh;
            black_box(s.extend_from_within(range).is_ok());
            let mut s = fresh;
            let at = choices.boundary(text);
            let tail = s.split_off(at);
            assert!(s.len() == at && tail.len() == len - at && (!is_text || tail == text[at..]));
            let mut s = fresh;
            black_box(s.assign(&with).is_ok());
            black_box(Subject::from_utf8(choices.bytes()).is_ok());
            black_box(Subject::from_utf8_lossy(choices.bytes()).is_ok());
            black_box(Subject::from_str_truncated(&with).len());
            let units: Vec<u16> = choices.bytes().iter().map(|b| u16::from(*b) * 257).collect();
            black_box(Subject::from_utf16(&units).is_ok());
            black_box(Subject::from_utf16_lossy(&units).is_ok());
            let range = choices.range(text);
            assert!(fresh[range.clone()] == text[range.clone()]);
            let mut s = fresh;
            s[range].make_ascii_lowercase();
            assert!(fresh.into_string() == text && *fresh.into_boxed_str() == *text);
        }
    };
}

string_methods!(fixed_string_0, FixedString<0>);
string_methods!(fixed_string_7, FixedString<7>);
string_methods!(flat_string, FlatString);
string_methods!(smart_string_30, SmartString<30>);
string_methods!(smart_string, SmartString);

macro_rules! vec_methods {
    ($function:ident, $name:ty, $T:ty) => {
        fn $function(data: &[u8]) {
            type Subject = $name;
            let mut choices = Choices(data);
            let fresh: Subject = value(data);
            encoded(&fresh, &value::<Subject>(data.get(3..).unwrap_or_default()));

            let len = fresh.len();
            assert!(len <= fresh.capacity() && fresh.as_slice().len() == len);
            assert!(
                fresh.is_empty() == (len == 0) && fresh.is_full() == (len == Subject::CAPACITY)
            );
            assert!(fresh.remaining_capacity() == fresh.capacity() - len);
            let mut hasher = DefaultHasher::new();
            fresh.hash(&mut hasher);
            black_box((hasher.finish(), format!("{fresh:?}")));
            assert!(fresh == *fresh.as_slice() && fresh == Vec::from(fresh));
            assert!(fresh.cmp(&fresh).is_eq() && fresh.into_iter().count() == len);
            assert!(
                (&fresh).into_iter().eq(fresh.into_iter().rev().rev().collect::<Vec<_>>().iter())
            );

            let one: $T = value(choices.bytes());
            let some = [value::<$T>(choices.bytes()), one, value(choices.bytes())];
            let mut v = fresh;
            assert!(v.push(one).is_ok() != fresh.is_full());
            let mut v = fresh;
            assert!(v.pop().as_ref() == fresh.last());
            let mut v = fresh;
            black_box(v.pop_if(|last| *last == one));
            let mut v = fresh;
            v.clear();
            assert!(v.is_empty());
            let mut v = fresh;
            v.truncate(choices.byte());
            let at = choices.byte() % (len + 1);
            let mut v = fresh;
            if v.insert(at, one).is_ok() {
                assert!(v[at] == one && v.remove(at) == one && v == fresh);
            }
            if at < len {
                let mut v = fresh;
                assert!(v.swap_remove(at) == fresh[at]);
            }
            let mut v = fresh;
            assert!(v.push_mut(one).is_ok_and(|place| *place == one) != fresh.is_full());
            let mut v = fresh;
            assert!(v.insert_mut(at, one).is_ok_and(|place| *place == one) != fresh.is_full());
            let picks = choices.cells(len);
            let mut v = fresh;
            let mut odd = choices.byte();
            let count = v
                .extract_if(picks.clone(), |_| {
                    odd = odd.rotate_right(1);
                    odd % 2 == 0
                })
                .count();
            assert!(count <= picks.len() && v.len() == len - count);
            let mut v = fresh;
            std::mem::forget(v.drain(picks));
            assert!(v == fresh);
            let mut elements = fresh.into_iter();
            assert!(elements.next_back().as_ref() == fresh.last());
            assert!(elements.len() == len.saturating_sub(1));
            let mut v = fresh;
            let new_len = choices.byte() % 24;
            black_box(v.resize(new_len, one).is_ok());
            let mut v = fresh;
            black_box(v.resize_with(new_len, || one).is_ok());
            let mut v = fresh;
            black_box(v.extend_from_slice(&some).is_ok());
            let range = choices.cells(len);
            let mut v = fresh;
            black_box(v.extend_from_within(range.clone()).is_ok());
            let mut v = fresh;
            black_box(v.try_extend(some).is_ok());
            let mut v = fresh;
            let mut other = fresh;
            black_box(v.append(&mut other).is_ok());
            let mut v = fresh;
            let tail = v.split_off(at);
            assert!(v.len() == at && tail.len() == len - at);
            let mut v = fresh;
            let mut drain = v.drain(range.clone());
            black_box((drain.next(), drain.next_back(), drain.as_slice().len()));
            drop(drain);
            assert!(v.len() == len - range.len());
            let mut v = fresh;
            black_box(v.replace_range(range, &some[..choices.byte() % 4]).is_ok());
            let mut v = fresh;
            let mut keeps = choices.byte();
            v.retain_mut(|element| {
                keeps = keeps.rotate_right(1);
                *element = one;
                keeps % 2 == 0
            });
            let mut v = fresh;
            v.retain(|element| *element != one);
            let mut v = fresh;
            v.dedup();
            let mut v = fresh;
            v.dedup_by_key(|element| *element < one);
            let mut v = fresh;
            v.sort_unstable();
            v.as_mut_slice().reverse();
            let mut v = fresh;
            black_box(v.assign(&some).is_ok());
        }
    };
}

vec_methods!(fixed_vec_u64, FixedVec<u64, 5>, u64);
vec_methods!(fixed_vec_nested, FixedVec<SmartString<5>, 4>, SmartString<5>);
vec_methods!(smart_vec_u16, SmartVec<u16, 20>, u16);
vec_methods!(smart_vec_options, SmartVec<FixedOption<i32>, 3>, FixedOption<i32>);
vec_methods!(fixed_vec_bytes, FixedVec<u8, 9>, u8);

/// A map and a set that a reader has accepted.
fn keyed<K: Mappable + Pod + Ord + Debug, V: Mappable + Pod + Debug + PartialEq>(data: &[u8]) {
    let mut choices = Choices(data);
    let mut bytes = vec![0; size_of::<FixedMap<K, V, 5>>()];
    bytes.iter_mut().zip(choices.bytes()).for_each(|(to, from)| *to = *from);
    if FixedMap::<K, V, 5>::check(&bytes).is_err() {
        bytes[..8].copy_from_slice(&1_u64.to_le_bytes());
    }
    if FixedMap::<K, V, 5>::check(&bytes).is_err() {
        return;
    }
    #[allow(unsafe_code, reason = "what a reader does with checked bytes")]
    // SAFETY: by the contract of `Mappable`, bytes that `check` accepts are a valid value.
    let mut map = unsafe { bytes.as_ptr().cast::<FixedMap<K, V, 5>>().read_unaligned() };
    let mut set = FixedSet::<K, 5>::new();
    for _ in 0..8 {
        let (key, other, held): (K, K, V) =
            (value(choices.bytes()), value(choices.bytes()), value(choices.bytes()));
        let full = map.insert(key, held).is_err() | set.insert(key).is_err();
        assert!(!full || map.is_full() || set.is_full());
        black_box((map.get(&other), map.contains_key(&other), set.get(&other)));
        black_box((map.range(..&other).count(), set.range(&other..).count()));
        if let Some(value) = map.get_mut(&key) {
            *value = held;
        }
        let _ = map.entry(other).or_insert(held).is_ok_and(|value| *value == held);
        map.remove(&key);
        set.remove(&other);
        assert!(map.keys().is_sorted() && set.iter().is_sorted());
    }
    let behind = map.split_off(&value(choices.bytes()));
    map.retain(|_, value| behind.values().all(|other| other != value));
    black_box((format!("{map:?} {set:?}"), map.into_iter().rev().count(), map.pop_first()));
    let mut image = vec![0; size_of::<FixedMap<K, V, 5>>()];
    map.encode(0, &mut Image::new(&mut image, &mut Touched::new()));
    assert!(FixedMap::<K, V, 5>::check(&image).is_ok(), "an encoding is refused");
}

fn fixed_vec_u8(data: &[u8]) {
    fixed_vec_bytes(data);
    let mut bytes: FixedVec<u8, 9> = value(data);
    let room = bytes.remaining_capacity();
    assert!(bytes.write(data).is_ok_and(|count| count == room.min(data.len())));
    assert!(bytes.flush().is_ok());
}

fn deque<T: Element + Ord + std::hash::Hash + Debug, const N: usize>(data: &[u8]) {
    let mut choices = Choices(data);
    let fresh: FixedDeque<T, N> = value(data);
    encoded(&fresh, &value(data.get(5..).unwrap_or_default()));
    let len = fresh.len();
    let (range, at) = (choices.cells(len), choices.byte() % (len + 1));
    let one: T = value(choices.bytes());
    let some: Vec<T> = choices.bytes().chunks(3).map(value).take(N).collect();
    let mut hasher = DefaultHasher::new();
    fresh.hash(&mut hasher);
    black_box((hasher.finish(), format!("{fresh:?}"), fresh.cmp(&fresh)));
    let std: std::collections::VecDeque<T> = fresh.iter().copied().collect();
    assert!(fresh == std && fresh == fresh.into_vec());
    assert!(fresh.iter().rev().eq(std.iter().rev()) && fresh.last(at).len() == at);
    assert!(fresh.range(range.clone()).eq(std.range(range.clone())));
    assert!(fresh.front() == std.front() && fresh.back() == std.back());
    assert!(fresh.get(at) == std.get(at) && fresh.get(len).is_none());
    assert!(fresh.contains(&one) == std.contains(&one));
    black_box((fresh.binary_search(&one).is_ok(), fresh.partition_point(|it| *it < one)));
    let changed = |change: &mut dyn FnMut(&mut FixedDeque<T, N>)| {
        let mut deque = fresh;
        change(&mut deque);
        encoded(&deque, &fresh);
        black_box(deque.into_iter().count());
    };
    changed(&mut |deque| {
        assert!(deque.push_back(one).is_ok() == (len < N));
        assert!(deque.push_front(one).is_ok() == (len + 1 < N));
    });
    changed(&mut |deque| assert!(deque.push_over(one).is_some() == (len == N)));
    changed(&mut |deque| assert!(deque.pop_front() == std.front().copied()));
    changed(&mut |deque| assert!(deque.pop_back() == std.back().copied()));
    changed(&mut |deque| assert!(deque.insert(at, one).is_ok() == (len < N)));
    changed(&mut |deque| assert!(deque.remove(at) == std.get(at).copied()));
    changed(&mut |deque| drop(deque.drain(range.clone())));
    changed(&mut |deque| deque.truncate(at));
    changed(&mut |deque| deque.rotate_left(at));
    changed(&mut |deque| deque.rotate_right(at));
    changed(&mut |deque| deque.make_contiguous().sort());
    changed(&mut |deque| deque.retain(|it| *it < one));
    changed(&mut |deque| deque.extend_over(some.iter().copied()));
    changed(&mut |deque| assert!(deque.assign(&some).is_ok() && *deque == some));
    changed(&mut |deque| {
        assert!(deque.extend_from_slice(&some).is_ok() == (len + some.len() <= N));
    });
    changed(&mut |deque| assert!(deque.split_off(at).len() == len - at));
    changed(&mut |deque| deque.iter_mut().for_each(|it| *it = one));
    changed(&mut FixedDeque::clear);
}

fn option<T: Mappable + Pod + Ord + std::hash::Hash + Debug>(data: &[u8])
where
    FixedOption<T>: Pod,
{
    let mut choices = Choices(data);
    let fresh: FixedOption<T> = value(data);
    encoded(&fresh, &value(data.get(3..).unwrap_or_default()));
    let other: T = value(choices.bytes());
    let mut hasher = DefaultHasher::new();
    fresh.hash(&mut hasher);
    black_box((hasher.finish(), format!("{fresh:?}"), fresh.iter().count()));
    let std = fresh.into_option();
    assert!(fresh.is_some() == std.is_some() && fresh.is_none() == std.is_none());
    assert!(fresh == std && std == fresh && fresh.as_ref() == std.as_ref());
    assert!(fresh.cmp(&FixedOption::some(other)) == std.cmp(&Some(other)));
    assert!(fresh.unwrap_or(other) == std.unwrap_or(other));
    assert!(fresh.map(|value| value) == std && fresh.ok_or(()) == std.ok_or(()));
    let mut o = fresh;
    assert!(o.take() == std && o.is_none());
    let mut o = fresh;
    assert!(o.replace(other) == std && o == Some(other));
    let mut o = fresh;
    assert!(*o.get_or_insert(other) == std.unwrap_or(other));
    let mut o = fresh;
    assert!(*o.insert(other) == other);
    let mut o = fresh;
    assert!(o.as_mut().is_some() == std.is_some());
    o.set(std);
    assert!(o == fresh);
    o.clear();
    assert!(o.is_none() && o.iter().next().is_none());
}
