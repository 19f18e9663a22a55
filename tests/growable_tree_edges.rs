//! Ordered maps and sets at their edges: keys of no bytes, of the longest and of one more; values of the
//! longest and of one more; maps in maps as deep as they go; and texts with a long start in common.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::unix::fs::FileExt as _;

use commy::{Growable, ReadError, WriteError, create_reader, create_writer};

#[derive(Growable, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Unit {
    #[default]
    Only,
}

type NoTexts = [String; 0];

#[derive(Growable, Debug, Clone, PartialEq, Default)]
struct Directory {
    name: String,
    below: BTreeMap<u32, Directory>,
}

#[create_writer(filename = "edges.bin", growable)]
#[create_reader(filename = "edges.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Edges {
    no_texts: BTreeMap<NoTexts, u64>,
    no_numbers: BTreeMap<[u64; 0], NoTexts>,
    units: BTreeMap<Unit, String>,
    unit_set: BTreeSet<Unit>,
    key_64: BTreeMap<[u8; 64], u64>,
    key_65: BTreeMap<[u8; 65], u64>,
    value_128: BTreeMap<u64, [[u64; 8]; 2]>,
    value_129: BTreeMap<u64, ([[u64; 8]; 2], u8)>,
    both_wide: BTreeMap<[u8; 65], [[u64; 10]; 2]>,
    set_64: BTreeSet<[u8; 64]>,
    set_65: BTreeSet<[u8; 65]>,
    by_set: BTreeMap<BTreeSet<u16>, BTreeMap<u8, u8>>,
    by_map: BTreeMap<BTreeMap<String, u8>, u8>,
    by_queue: BTreeSet<VecDeque<String>>,
    addresses: BTreeMap<String, u32>,
    root: Directory,
}

fn pair() -> (tempfile::TempDir, EdgesWriter, EdgesReader) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("edges.bin");
    let writer = EdgesWriter::create_at(&path).unwrap();
    let reader = EdgesReader::open_at(&path).unwrap();
    (directory, writer, reader)
}

#[test]
fn keys_without_bytes_are_all_equal() {
    let (_directory, mut w, r) = pair();
    w.no_texts_mut().insert([], 7).unwrap();
    w.no_texts_mut().insert([], 8).unwrap();
    w.no_numbers_mut().insert([], []).unwrap();
    w.units_mut().insert(&Unit::Only, "one").unwrap();
    assert_eq!(w.units_mut().replace(&Unit::Only, "two").unwrap().as_deref(), Some("one"));
    assert!(w.unit_set_mut().insert(&Unit::Only).unwrap());
    assert!(!w.unit_set_mut().insert(&Unit::Only).unwrap());
    let view = r.pin().unwrap();
    view.verify().unwrap();
    assert_eq!(view.no_texts().get([]).unwrap(), Some(8));
    assert_eq!(view.no_texts().iter().count(), 1);
    assert_eq!(view.no_texts().range([]..).count(), 1);
    assert_eq!(view.no_numbers().get([]).unwrap(), Some([]));
    assert_eq!(view.units().iter().rev().count(), 1);
    assert_eq!(view.unit_set().load().unwrap(), BTreeSet::from([Unit::Only]));
    assert_eq!(w.no_texts_mut().pop_last().unwrap(), Some(([], 8)));
    assert!(w.unit_set_mut().remove(&Unit::Only).unwrap());
    assert_eq!(w.units_mut().split_off(&Unit::Only).unwrap().len(), 1);
    assert_eq!(w.no_texts().len().unwrap() + w.units().len().unwrap(), 0);
    assert_eq!(w.file().stats().leaked, 0);
}

/// A key whose last byte decides.
fn key<const N: usize>(number: u64) -> [u8; N] {
    let mut key = [7; N];
    key[N - 8..].copy_from_slice(&number.to_be_bytes());
    key
}

#[test]
fn what_is_just_too_long_for_a_node_lies_apart_and_works_alike() {
    let (_directory, mut w, r) = pair();
    let mut twin = Edges::default();
    for step in 0..900_u64 {
        let number = step * 37 % 211;
        w.transaction(|tx| {
            if step % 4 == 3 {
                tx.key_64_mut().remove(key(number))?;
                tx.key_65_mut().remove(key(number))?;
                tx.value_128_mut().discard(number)?;
                tx.value_129_mut().discard(number)?;
                tx.both_wide_mut().remove(key(number))?;
                tx.set_64_mut().remove(key(number))?;
                tx.set_65_mut().take(key(number)).map(drop)
            } else {
                tx.key_64_mut().insert(key(number), step)?;
                tx.key_65_mut().insert(key(number), step)?;
                tx.value_128_mut().insert(number, [[step; 8]; 2])?;
                tx.value_129_mut().insert(number, ([[step; 8]; 2], 9))?;
                tx.both_wide_mut().insert(key(number), [[step; 10]; 2])?;
                tx.set_64_mut().insert(key(number))?;
                tx.set_65_mut().insert(key(number)).map(drop)
            }
        })
        .unwrap();
        if step % 4 == 3 {
            twin.key_64.remove(&key(number));
            twin.key_65.remove(&key(number));
            twin.value_128.remove(&number);
            twin.value_129.remove(&number);
            twin.both_wide.remove(&key(number));
            twin.set_64.remove(&key(number));
            twin.set_65.remove(&key(number));
        } else {
            twin.key_64.insert(key(number), step);
            twin.key_65.insert(key(number), step);
            twin.value_128.insert(number, [[step; 8]; 2]);
            twin.value_129.insert(number, ([[step; 8]; 2], 9));
            twin.both_wide.insert(key(number), [[step; 10]; 2]);
            twin.set_64.insert(key(number));
            twin.set_65.insert(key(number));
        }
    }
    let view = r.pin().unwrap();
    assert_eq!(view.snapshot().unwrap(), twin);
    view.verify().unwrap();
    for number in 0..211 {
        assert_eq!(view.key_65().get(key(number)).unwrap(), twin.key_65.get(&key(number)).copied());
        assert_eq!(
            view.set_64().contains(key(number)).unwrap(),
            twin.set_64.contains(&key(number))
        );
    }
    let expected = twin.key_65.range(key(50)..key(100)).count();
    assert_eq!(view.key_65().range(key(50)..key(100)).count(), expected);
    w.publish(&Edges::default()).unwrap();
    assert_eq!(w.file().stats().leaked, 0);
}

#[test]
fn collections_may_be_keys_as_they_are_in_std() {
    let (_directory, mut w, r) = pair();
    let sets: Vec<BTreeSet<u16>> = (0..60).map(|n| (n % 7..n).collect()).collect();
    let twin: BTreeMap<_, _> =
        sets.iter().map(|set| (set.clone(), BTreeMap::from([(1, set.len() as u8)]))).collect();
    for (set, value) in &twin {
        w.by_set_mut().insert(set, value).unwrap();
    }
    let maps = [("b", 1), ("a", 2), ("a", 1)].map(|(key, n)| BTreeMap::from([(key.to_owned(), n)]));
    for map in &maps {
        w.by_map_mut().insert(map, 1).unwrap();
    }
    let queue: VecDeque<String> = ["x".into(), "y".into()].into();
    assert!(w.by_queue_mut().insert(&queue).unwrap());
    assert!(!w.by_queue_mut().insert(&queue).unwrap());
    let view = r.pin().unwrap();
    view.verify().unwrap();
    assert_eq!(view.by_set().load().unwrap(), twin);
    assert_eq!(view.by_set().get(&sets[30]).unwrap().unwrap().load().unwrap(), twin[&sets[30]]);
    let expected: BTreeMap<_, _> = maps.into_iter().map(|map| (map, 1)).collect();
    assert_eq!(view.by_map().load().unwrap(), expected);
}

/// So many directories in each other.
fn directories(depth: u32) -> Directory {
    let mut inner = Directory { name: "innermost".into(), ..Directory::default() };
    for number in 0..depth {
        let below = BTreeMap::from([(number, inner)]);
        inner = Directory { name: String::new(), below };
    }
    inner
}

/// A thread with the stack that deep values ask for in a build without optimisation.
fn with_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(64 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn maps_in_maps_go_as_deep_by_value_as_readers_go() {
    with_stack(|| {
        let (_directory, mut w, r) = pair();
        w.root_mut().assign(&directories(128)).unwrap();
        assert_eq!(r.root().load().unwrap(), directories(128));
        r.pin().unwrap().verify().unwrap();
        let refused = w.root_mut().assign(&directories(129));
        assert!(matches!(refused, Err(WriteError::TooDeep { max: 128, .. })), "{refused:?}");
        assert_eq!(r.root().load().unwrap(), directories(128));
    });
}

#[test]
fn maps_in_maps_go_as_deep_by_proxies_as_readers_go() {
    with_stack(|| {
        let (_directory, mut w, r) = pair();
        let mut refused = None;
        w.transaction(|tx| {
            let mut below = tx.root_mut().into_below();
            for _ in 0..128 {
                below = below.into_entry(1)?.or_default()?.into_below();
            }
            Ok(())
        })
        .unwrap();
        let result = w.transaction(|tx| {
            let mut below = tx.root_mut().into_below();
            for depth in 0..129 {
                refused = Some(depth);
                below = below.into_entry(1)?.or_default()?.into_below();
            }
            Ok(())
        });
        assert!(matches!(result, Err(WriteError::TooDeep { max: 128, .. })), "{result:?}");
        assert_eq!(refused, Some(128));
        let (mut depth, all) = (0, r.root().load().unwrap());
        let mut inner = &all;
        while let Some(next) = inner.below.get(&1) {
            (inner, depth) = (next, depth + 1);
        }
        assert_eq!(depth, 128);
        r.pin().unwrap().verify().unwrap();
    });
}

/// Texts around the lengths at which a cell holds less of them, that differ early, late, or in length.
fn texts() -> Vec<String> {
    let starts = ["", "https://example.com/", "https://example.com/and/then/more/of/it/", "é€"];
    let ends = ["", "\0", "a", "a\0", "b", "ab", "ä", "€", "\u{10ffff}"];
    let mut texts = BTreeSet::new();
    for start in starts {
        for (middle, end) in (0..13).flat_map(|middle| ends.map(|end| (middle, end))) {
            let text = format!("{start}{}{end}", "x".repeat(middle));
            texts.extend([text.clone(), format!("{text}{start}"), format!("{text}\0{end}")]);
        }
    }
    texts.into_iter().collect()
}

#[test]
fn texts_compare_by_all_their_bytes() {
    let (_directory, mut w, r) = pair();
    let texts = texts();
    assert!(texts.len() > 900 && texts.iter().any(|text| text.len() == 28));
    let mixed = || (0..texts.len()).map(|n| &texts[n * 389 % texts.len()]);
    w.addresses_mut().extend(mixed().map(|text| (text.as_str(), text.len() as u32))).unwrap();
    let view = r.pin().unwrap();
    view.verify().unwrap();
    let keys: Vec<String> = view.addresses().keys().collect::<Result<_, _>>().unwrap();
    assert_eq!(keys, texts);
    for text in &texts {
        assert_eq!(view.addresses().get(text).unwrap(), Some(text.len() as u32), "{text:?}");
        for other in [format!("{text}!"), format!("{text}\0"), text.chars().skip(1).collect()] {
            let is_there = texts.binary_search(&other).is_ok();
            assert_eq!(view.addresses().contains_key(&other).unwrap(), is_there, "{other:?}");
        }
    }
    for pair in texts.windows(30).step_by(41) {
        let range = view.addresses().range(pair[0].as_str()..=pair[29].as_str());
        let keys: Vec<String> = range.map(|entry| entry.unwrap().0).collect();
        assert_eq!(keys, pair);
    }
    for text in mixed().step_by(2) {
        assert_eq!(w.addresses_mut().remove(text).unwrap(), Some(text.len() as u32));
    }
    r.pin().unwrap().verify().unwrap();
}

/// So many addresses that begin alike, in an order of their own.
fn addresses(count: u32, start: &str) -> Vec<String> {
    (0..count).map(|number| format!("{start}{:010}", number.wrapping_mul(0x9e37_79b1))).collect()
}

#[test]
fn what_keys_have_in_common_is_stored_once() {
    let (_directory, mut w, r) = pair();
    let live = |w: &mut EdgesWriter, start: &str| {
        w.addresses_mut().clear().unwrap();
        for text in addresses(3000, start) {
            w.addresses_mut().insert(&text, 1).unwrap();
        }
        r.pin().unwrap().verify().unwrap();
        w.file().stats().live
    };
    let short = live(&mut w, "");
    // Else each would have a block of its own, of 48 bytes.
    let long = live(&mut w, "https://example.com/");
    assert!(long < short + short / 4, "{long} instead of {short}");
    let longer = live(&mut w, &"https://example.com/".repeat(5));
    assert!(longer < short + short / 2, "{longer} instead of {short}");
}

#[test]
fn keys_that_begin_otherwise_are_among_those_that_have_a_start_in_common() {
    let (_directory, mut w, r) = pair();
    let mut twin = BTreeMap::new();
    let starts = ["https://example.com/items/", "https://example.com/", "https", "a", "z", ""];
    for (index, text) in addresses(2000, "https://example.com/items/").iter().enumerate() {
        let start = if index % 3 > 0 { starts[0] } else { starts[index % starts.len()] };
        let text = format!("{start}{}", &text[starts[0].len()..]);
        w.addresses_mut().insert(&text, index as u32).unwrap();
        twin.insert(text, index as u32);
    }
    for start in starts {
        w.addresses_mut().insert(start, 1).unwrap();
        twin.insert(start.into(), 1);
    }
    let check = |w: &EdgesWriter, twin: &BTreeMap<String, u32>| {
        let view = r.pin().unwrap();
        view.verify().unwrap();
        let keys: Vec<String> = view.addresses().keys().collect::<Result<_, _>>().unwrap();
        assert!(keys.iter().eq(twin.keys()));
        for (text, number) in twin {
            assert_eq!(view.addresses().get(text).unwrap(), Some(*number), "{text}");
            let behind = format!("{text}!");
            let expected = twin.range(behind.clone()..).next();
            let found = view.addresses().range(behind.as_str()..).next().transpose().unwrap();
            assert_eq!(found.as_ref().map(|(key, number)| (key, number)), expected, "{behind}");
        }
        assert_eq!(w.file().stats().leaked, 0);
    };
    check(&w, &twin);
    // Nodes become one again, whatever their keys begin with.
    for (index, text) in twin.keys().cloned().collect::<Vec<_>>().iter().enumerate() {
        if index % 7 > 0 {
            assert!(w.addresses_mut().discard(text).unwrap());
            twin.remove(text);
        }
    }
    check(&w, &twin);
    w.update(|edges| edges.addresses = twin.clone()).unwrap();
    w.addresses_mut().clear().unwrap();
    w.addresses_mut().assign(&twin).unwrap();
    check(&w, &twin);
}

#[test]
fn a_prefix_that_cannot_be_is_an_error() {
    let (directory, mut w, r) = pair();
    let texts = addresses(40, "https://example.com/");
    for text in &texts {
        w.addresses_mut().insert(text, 1).unwrap();
    }
    let path = directory.path().join("edges.bin");
    let bytes = std::fs::read(&path).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let start = b"https://example.com/";
    // A leaf: places in use, level 0, the bytes of the prefix, and the prefix.
    let is_leaf =
        |at: &usize| bytes[at + 4..at + 8] == [0, 20, 0, 0] && bytes[at + 8..].starts_with(start);
    let leaves: Vec<usize> = (0..bytes.len() - 64).step_by(8).filter(is_leaf).collect();
    assert!(!leaves.is_empty());
    for (len, what) in [(129, "prefix"), (255, "prefix"), (100, "length of a text")] {
        for at in &leaves {
            file.write_all_at(&[len], *at as u64 + 5).unwrap();
        }
        let view = r.pin().unwrap();
        let error = view.verify().unwrap_err();
        assert!(error.to_string().contains(what), "{len}: {error}");
        for text in &texts {
            // Wrong, or not there, but no panic.
            let _ = view.addresses().get(text);
        }
        let _ = view.snapshot();
        let _ = view.addresses().keys().collect::<Result<Vec<_>, _>>();
    }
    for text in &texts {
        let _ = w.addresses_mut().insert(text, 2);
        let _ = w.addresses_mut().discard(text);
    }
    w.addresses_mut().clear().unwrap();
    w.addresses_mut().insert("https://example.com/", 1).unwrap();
    assert_eq!(r.addresses().load().unwrap().len(), 1);
}

#[test]
fn a_head_that_is_not_that_of_its_text_is_found() {
    let (directory, mut w, r) = pair();
    let text = "a text that is longer than a cell";
    w.addresses_mut().insert(text, 1).unwrap();
    let path = directory.path().join("edges.bin");
    let bytes = std::fs::read(&path).unwrap();
    let head = [&(text.len() as u32).to_ne_bytes(), &text.as_bytes()[..20]].concat();
    let at = (0..bytes.len() - 32).step_by(8).find(|at| bytes[*at..].starts_with(&head)).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"A", at as u64 + 4).unwrap();
    let error = r.pin().unwrap().verify().unwrap_err();
    assert!(matches!(error, ReadError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("head of a text"), "{error}");
}
