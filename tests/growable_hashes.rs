//! Hash maps and sets through files: what is passed, what is read, what it costs, and what a copy
//! and a compaction keep.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use std::collections::{HashMap, HashSet};

use commy::growable::hash_map::Entry;
use commy::{Growable, WriteError, create_reader, create_writer};

#[derive(Growable, Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Place {
    city: String,
    street: Option<String>,
}

#[derive(Growable, Debug, Clone, PartialEq, Default)]
struct Shop {
    name: String,
    stock: HashMap<String, u32>,
}

#[create_writer(filename = "shops.bin", growable)]
#[create_reader(filename = "shops.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Shops {
    at: HashMap<Place, Shop>,
    by_id: HashMap<u64, Vec<String>>,
    tags: HashSet<String>,
    prices: HashMap<(u32, String), f64>,
}

/// A struct that holds itself through a map.
#[derive(Growable, Debug, Clone, PartialEq, Default)]
struct Directory {
    size: u64,
    children: HashMap<String, Directory>,
}

#[create_writer(filename = "disk.bin", growable)]
#[create_reader(filename = "disk.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Disk {
    root: Directory,
}

fn place(city: &str) -> Place {
    Place { city: city.into(), street: None }
}

fn shops(path: &std::path::Path) -> ShopsWriter {
    ShopsWriter::create_at(path).unwrap()
}

#[test]
fn keys_are_passed_as_they_are_set() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shops.bin");
    let mut writer = shops(&path);
    writer.tags_mut().insert("open").unwrap();
    writer.prices_mut().insert((7, "EUR"), 2.5).unwrap();
    writer.at_mut().insert(&place("Ulm"), &Shop::default()).unwrap();
    let reader = ShopsReader::open_at(&path).unwrap();
    assert!(reader.tags().contains("open").unwrap());
    assert_eq!(reader.prices().get((7, "EUR")).unwrap(), Some(2.5));
    assert_eq!(reader.prices().get((7, "USD")).unwrap(), None);
    assert!(reader.at().contains_key(&place("Ulm")).unwrap());
    assert!(!reader.at().contains_key(&place("Bonn")).unwrap());
}

#[test]
fn what_is_in_a_map_is_changed_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shops.bin");
    let mut writer = shops(&path);
    for city in ["Ulm", "Bonn", "Kiel"] {
        writer.at_mut().entry(&place(city)).unwrap().or_default().unwrap().set_name(city).unwrap();
    }
    let mut shops = writer.at_mut();
    let mut shop = shops.get_mut(&place("Bonn")).unwrap().unwrap();
    shop.stock_mut().insert("nut", 3).unwrap();
    shop.stock_mut().get_mut("nut").unwrap().unwrap().update(|n| *n += 1).unwrap();
    shop.set_name("Bonn and Ville").unwrap();
    let reader = ShopsReader::open_at(&path).unwrap();
    let view = reader.pin().unwrap();
    let shop = view.at().get(&place("Bonn")).unwrap().unwrap();
    assert_eq!(shop.name().unwrap(), "Bonn and Ville");
    assert_eq!(shop.stock().get("nut").unwrap(), Some(4));
    let names: HashSet<String> =
        view.at().values().map(|shop| shop.unwrap().name().unwrap()).collect();
    assert_eq!(names, HashSet::from(["Ulm", "Bonn and Ville", "Kiel"].map(String::from)));
}

#[test]
fn an_operation_publishes_once_and_one_that_changes_nothing_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = shops(&directory.path().join("shops.bin"));
    let publishes = |writer: &mut ShopsWriter, change: &dyn Fn(&mut ShopsWriter)| {
        let before = writer.file().generation();
        change(writer);
        writer.file().generation() - before
    };
    let all = |w: &mut ShopsWriter| w.tags_mut().extend(["a", "b", "c"]).unwrap();
    assert_eq!(publishes(&mut writer, &all), 1);
    assert_eq!(publishes(&mut writer, &all), 0, "they are there");
    assert_eq!(publishes(&mut writer, &|w| assert!(!w.tags_mut().remove("x").unwrap())), 0);
    assert_eq!(publishes(&mut writer, &|w| w.by_id_mut().clear().unwrap()), 0);
    assert_eq!(publishes(&mut writer, &|w| assert!(!w.by_id_mut().discard(3).unwrap())), 0);
    assert_eq!(publishes(&mut writer, &|w| w.by_id_mut().insert(3, &[]).unwrap()), 1);
    assert_eq!(publishes(&mut writer, &|w| w.by_id_mut().retain(|_, _| true).unwrap()), 0);
    assert_eq!(publishes(&mut writer, &|w| w.by_id_mut().retain(|_, _| false).unwrap()), 1);
    let push = |w: &mut ShopsWriter| {
        w.by_id_mut().entry(3).unwrap().or_default().unwrap().push("x").unwrap();
    };
    assert_eq!(publishes(&mut writer, &push), 2);
    assert_eq!(publishes(&mut writer, &push), 1);
    let same = writer.snapshot().unwrap();
    assert_eq!(publishes(&mut writer, &|w| w.publish(&same).unwrap()), 0);
}

#[test]
fn a_transaction_that_fails_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = shops(&directory.path().join("shops.bin"));
    writer.by_id_mut().extend((0..500).map(|id| (id, [].as_slice()))).unwrap();
    let before = writer.snapshot().unwrap();
    let failed = writer.transaction(|tx| {
        tx.by_id_mut().retain(|id, _| id % 7 == 0)?;
        tx.by_id_mut().insert(3, &["x".into()])?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert!(failed.is_err());
    assert_eq!(writer.snapshot().unwrap(), before);
}

#[test]
fn an_entry_says_whether_its_key_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = shops(&directory.path().join("shops.bin"));
    let mut prices = writer.prices_mut();
    assert!(matches!(prices.entry((1, "a")).unwrap(), Entry::Vacant(_)));
    prices.entry((1, "a")).unwrap().or_insert(2.0).unwrap();
    let entry = prices.entry((1, "a")).unwrap();
    entry.and_modify(|price| *price *= 2.0).unwrap();
    let Entry::Occupied(entry) = prices.entry((1, "a")).unwrap() else { panic!("vacant") };
    assert_eq!(entry.get().unwrap(), 4.0);
    assert_eq!(entry.remove().unwrap(), 4.0);
    assert!(prices.is_empty().unwrap());
}

#[test]
fn a_struct_may_hold_itself_through_a_map() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("disk.bin");
    let mut writer = DiskWriter::create_at(&path).unwrap();
    let mut root = writer.root_mut();
    let mut children = root.children_mut();
    let mut usr = children.entry("usr").unwrap().or_default().unwrap();
    usr.children_mut().insert("bin", &Directory { size: 7, ..Directory::default() }).unwrap();
    let disk = DiskReader::open_at(&path).unwrap().snapshot().unwrap();
    assert_eq!(disk.root.children["usr"].children["bin"].size, 7);
    writer.publish(&disk).unwrap();
    assert_eq!(writer.snapshot().unwrap(), disk);
}

#[test]
fn a_map_outlives_its_writer_a_copy_and_a_compaction() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shops.bin");
    let copy = directory.path().join("copy.bin");
    let mut writer = shops(&path);
    let id = |id: u64| (id, vec![format!("text number {id} that is not short")]);
    let all: HashMap<u64, Vec<String>> = (0..3000).map(id).collect();
    writer.by_id_mut().assign(&all).unwrap();
    writer.by_id_mut().retain(|id, _| id % 10 == 0).unwrap();
    let kept: HashMap<_, _> = all.into_iter().filter(|(id, _)| id % 10 == 0).collect();
    writer.compact(1 << 20).unwrap();
    assert_eq!(writer.by_id().load().unwrap(), kept);
    drop(writer);
    let mut writer = shops(&path);
    assert_eq!(writer.by_id().load().unwrap(), kept);
    writer.by_id_mut().insert(1, &[]).unwrap();
    let view = ShopsReader::open_at(&path).unwrap().into_pinned().unwrap();
    view.verify().unwrap();
    view.save_as(&copy).unwrap();
    let copied = ShopsReader::open_at(&copy).unwrap();
    assert_eq!(copied.snapshot().unwrap(), writer.snapshot().unwrap());
    copied.pin().unwrap().verify().unwrap();
}

#[test]
fn small_maps_are_small_and_maps_that_shrink_give_their_blocks_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = shops(&directory.path().join("shops.bin"));
    let live = |writer: &ShopsWriter| writer.file().stats().live;
    let empty = live(&writer);
    writer.by_id_mut().insert(1, &[]).unwrap();
    // The header of the block, a word, eight tags, a key, and the cell of a list of 16 bytes.
    assert_eq!(live(&writer) - empty, 48);
    writer.by_id_mut().extend((0..20_000).map(|id| (id, [].as_slice()))).unwrap();
    let full = live(&writer) - empty;
    assert!(full < 20_000 * 24 * 3, "{full} bytes");
    for id in 1..20_000 {
        writer.by_id_mut().discard(id).unwrap();
    }
    assert_eq!(live(&writer) - empty, 48);
    writer.by_id_mut().remove(0).unwrap();
    assert_eq!(live(&writer), empty);
}

#[test]
fn for_each_visits_every_entry_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shops.bin");
    let mut writer = shops(&path);
    let keys: Vec<String> = (0..900).map(|key| format!("key {key}")).collect();
    writer.prices_mut().extend(keys.iter().map(|key| ((1, key.as_str()), 1.5))).unwrap();
    let reader = ShopsReader::open_at(&path).unwrap();
    let view = reader.pin().unwrap();
    let mut seen = HashSet::new();
    view.prices()
        .for_each(|key, price| {
            assert_eq!(price, 1.5);
            assert!(seen.insert(key.clone()));
        })
        .unwrap();
    assert_eq!(seen.len(), keys.len());
    assert_eq!(view.prices().keys().count(), keys.len());
}
