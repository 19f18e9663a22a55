//! Keys of maps and sets that are most of what is in the heap.
//!
//! A read visits no more bytes than the heap has, so that nodes which lead back to themselves end. What
//! looks at one key several times must not take that for damage.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use commy::{create_reader, create_writer};

#[create_writer(filename = "large.bin", growable)]
#[create_reader(filename = "large.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Large {
    tree: BTreeMap<Vec<u64>, u8>,
    texts: BTreeMap<String, u8>,
    set: BTreeSet<Vec<u64>>,
    hashes: HashMap<Vec<u64>, u8>,
    hash_texts: HashMap<String, u8>,
    hash_set: HashSet<Vec<u64>>,
}

/// Where a key differs from the others: at its end, so that all of it is read.
fn list(last: u64) -> Vec<u64> {
    let mut list = vec![7; 20_000];
    list.push(last);
    list
}

fn text(last: char) -> String {
    let mut text = "x".repeat(1 << 18);
    text.push(last);
    text
}

fn pair() -> (tempfile::TempDir, LargeWriter, LargeReader) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.bin");
    let writer = LargeWriter::create_at(&path).unwrap();
    let reader = LargeReader::open_at(&path).unwrap();
    (directory, writer, reader)
}

/// Looks at all of it, writes what is there once more, and lets another writer find it.
fn is_whole(directory: &tempfile::TempDir, mut w: LargeWriter, r: &LargeReader) {
    let all = w.snapshot().unwrap();
    r.pin().unwrap().verify().unwrap();
    assert!(r.snapshot().unwrap() == all);
    w.publish(&all).unwrap();
    let mut other = all.clone();
    other.tree.clear();
    other.texts.clear();
    w.update(|now| *now = other.clone()).unwrap();
    assert!(w.snapshot().unwrap() == other);
    w.publish(&all).unwrap();
    let live = w.file().stats().live;
    drop(w);
    let w = LargeWriter::create_at(directory.path().join("large.bin")).unwrap();
    assert!(w.snapshot().unwrap() == all);
    assert_eq!((w.file().stats().live, w.file().stats().leaked), (live, 0));
}

#[test]
fn a_large_key_of_an_ordered_map_is_read_as_often_as_is_needed() {
    for count in [1, 2, 3, 7] {
        let (directory, mut w, r) = pair();
        for last in 0..count {
            w.tree_mut().insert(&list(last), 1).unwrap();
        }
        let key = list(count / 2);
        let view = r.pin().unwrap();
        let found = view.tree().get_key_value(&key).unwrap().unwrap();
        assert_eq!((found.0.load().unwrap().last(), found.1), (Some(&(count / 2)), 1));
        let found = r.tree().get_key_value(&key).unwrap().unwrap();
        assert_eq!(found.0.last(), Some(&(count / 2)));
        assert_eq!(view.tree().range(&key[..]..).count() as u64, count - count / 2);
        assert_eq!(view.tree().range(&key[..]..=&key[..]).count(), 1);
        assert_eq!(view.tree().iter().rev().count() as u64, count);
        view.tree().for_each(|_, value| assert_eq!(value, 1)).unwrap();
        drop(view);
        w.tree_mut().get_mut(&key).unwrap().unwrap().assign(2).unwrap();
        assert_eq!(w.tree_mut().get(&key).unwrap(), Some(2));
        assert_eq!(w.tree_mut().split_off(&key).unwrap().len() as u64, count - count / 2);
        w.tree_mut().insert(&key, 3).unwrap();
        assert_eq!(w.tree_mut().pop_last().unwrap().unwrap().1, 3);
        w.tree_mut().insert(&key, 4).unwrap();
        assert_eq!(w.tree_mut().remove(&key).unwrap(), Some(4));
        w.tree_mut().insert(&key, 5).unwrap();
        is_whole(&directory, w, &r);
    }
}

#[test]
fn large_texts_are_keys_of_ordered_maps() {
    for count in ['b', 'c', 'd', 'h'] {
        let (directory, mut w, r) = pair();
        for last in 'a'..count {
            w.texts_mut().insert(&text(last), 1).unwrap();
        }
        let key = text('a');
        let view = r.pin().unwrap();
        assert_eq!(view.texts().get_key_value(&key).unwrap(), Some((key.clone(), 1)));
        assert_eq!(view.texts().range(&*key..=&*key).count(), 1);
        drop(view);
        let cut = w.texts_mut().split_off(&key).unwrap();
        assert_eq!(cut.len(), count as usize - 'a' as usize);
        w.texts_mut().append(&cut).unwrap();
        is_whole(&directory, w, &r);
    }
}

#[test]
fn a_large_element_of_an_ordered_set_is_read_as_often_as_is_needed() {
    let (directory, mut w, r) = pair();
    for last in 0..3 {
        assert!(w.set_mut().insert(&list(last)).unwrap());
        assert!(!w.set_mut().insert(&list(last)).unwrap());
    }
    let (low, high) = (list(1), list(3));
    assert_eq!(r.pin().unwrap().set().range(&low[..]..&high[..]).count(), 2);
    assert!(w.set_mut().remove(&low).unwrap());
    is_whole(&directory, w, &r);
}

#[test]
fn a_large_key_of_a_hash_map_is_read_as_often_as_is_needed() {
    for count in [1, 2, 3, 7] {
        let (directory, mut w, r) = pair();
        for last in 0..count {
            w.hashes_mut().insert(&list(last), 1).unwrap();
            w.hash_set_mut().insert(&list(last)).unwrap();
            w.hash_texts_mut().insert(&text('k'), 9).unwrap();
        }
        let key = list(count / 2);
        let view = r.pin().unwrap();
        assert!(view.hashes().get_key_value(&key).unwrap().is_some());
        assert!(r.hashes().get_key_value(&key).unwrap().unwrap().0 == key);
        assert_eq!(view.hashes().iter().count() as u64, count);
        view.hashes().for_each(|_, value| assert_eq!(value, 1)).unwrap();
        drop(view);
        w.hashes_mut().entry(&key).unwrap().or_insert(7).unwrap();
        let taken = w.hashes_mut().remove_entry(&key).unwrap().unwrap();
        assert!(taken == (key.clone(), 1));
        w.hashes_mut().insert(&key, 2).unwrap();
        assert!(w.hash_set_mut().remove(&key).unwrap());
        w.hash_set_mut().insert(&key).unwrap();
        w.hashes_mut().retain(|_, value| *value == 2).unwrap();
        is_whole(&directory, w, &r);
    }
}
