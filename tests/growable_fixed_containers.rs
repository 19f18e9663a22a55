//! Maps, sets and deques of fixed size within records that grow.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::std_instead_of_core, reason = "imports what users would import")]

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use commy::{
    FixedDeque, FixedMap, FixedSet, FixedString, Growable, WriteError, create_reader, create_writer,
};

type Name = FixedString<8>;
type Stock = FixedMap<Name, u32, 4>;
type Tags = FixedSet<u16, 4>;
type Recent = FixedDeque<u32, 3>;

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Shelf {
    name: String,
    stock: Stock,
    tags: Tags,
    recent: Recent,
}

#[create_writer(filename = "depot.bin", growable)]
#[create_reader(filename = "depot.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Depot {
    title: String,
    stock: Stock,
    tags: Tags,
    recent: Recent,
    shelves: Vec<Shelf>,
    spare: Option<Tags>,
    boxed: Option<Box<Stock>>,
    by_day: BTreeMap<u8, FixedMap<u8, bool, 3>>,
    rings: VecDeque<FixedDeque<FixedDeque<u8, 2>, 2>>,
    pairs: (FixedSet<char, 2>, [Recent; 2]),
    known: HashSet<FixedSet<u8, 3>>,
    prices: HashMap<FixedMap<u8, u16, 2>, String>,
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn stock<const N: usize>(entries: [(&str, u32); N]) -> Stock {
    entries.into_iter().map(|(text, count)| (name(text), count)).collect()
}

/// The last three of so many, which begin somewhere in their cells.
fn recent(count: u32) -> Recent {
    let mut recent = Recent::new();
    recent.extend_over(1..=count);
    recent
}

fn shelf(number: u16) -> Shelf {
    Shelf {
        name: format!("shelf {number}"),
        stock: stock([("nuts", number.into()), ("bolts", 7)]),
        tags: Tags::try_from([0x4300 + number, 0x4100 + number, 0x4200 + number]).unwrap(),
        recent: recent(number.into()),
    }
}

fn depot() -> Depot {
    let mut ring = FixedDeque::new();
    for number in 0..5 {
        let _ = ring.push_over(FixedDeque::literal(&[number]));
    }
    Depot {
        title: "the depot of all".into(),
        stock: stock([("oil", 3), ("a", 1)]),
        tags: [9, 8, 7].into_iter().collect(),
        recent: recent(5),
        shelves: (0..6).map(shelf).collect(),
        spare: Some(Tags::try_from([5]).unwrap()),
        boxed: Some(Box::new(stock([("rope", 2)]))),
        by_day: (0..3)
            .map(|day| (day, FixedMap::try_from([(day, true), (0, false)]).unwrap()))
            .collect(),
        rings: VecDeque::from([ring, FixedDeque::new()]),
        pairs: (FixedSet::try_from(['€', 'a']).unwrap(), [recent(2), recent(9)]),
        known: HashSet::from([FixedSet::new(), FixedSet::try_from([3, 1, 2]).unwrap()]),
        prices: HashMap::from([(FixedMap::try_from([(2, 20), (1, 10)]).unwrap(), "both".into())]),
    }
}

fn pair() -> (tempfile::TempDir, PathBuf, DepotWriter, DepotReader) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("depot.bin");
    let mut writer = DepotWriter::create_at(&path).unwrap();
    writer.publish(&depot()).unwrap();
    let reader = DepotReader::open_at(&path).unwrap();
    (directory, path, writer, reader)
}

#[test]
fn they_are_read_back_from_each_place_and_a_new_record_has_empty_ones() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("depot.bin");
    let mut writer = DepotWriter::create_at(&path).unwrap();
    writer.set_title("new").unwrap();
    let reader = DepotReader::open_at(&path).unwrap();
    assert!(reader.stock().unwrap().is_empty() && reader.tags().unwrap().is_empty());
    assert_eq!(reader.snapshot().unwrap(), Depot { title: "new".into(), ..Depot::default() });

    let expected = depot();
    writer.publish(&expected).unwrap();
    assert_eq!(reader.snapshot().unwrap(), expected);
    assert_eq!(reader.stock().unwrap().get("oil"), Some(&3));
    assert_eq!(reader.recent().unwrap(), [3, 4, 5]);
    let view = reader.pin().unwrap();
    let third = view.shelves().get(3).unwrap().unwrap();
    assert_eq!(third.stock().unwrap(), shelf(3).stock);
    assert_eq!(third.tags().unwrap(), [0x4103, 0x4203, 0x4303]);
    assert_eq!(third.recent().unwrap(), [1, 2, 3]);
    assert_eq!(view.by_day().get(2).unwrap(), Some([(0, false), (2, true)].into_iter().collect()));
    assert_eq!(view.rings().get(0).unwrap().unwrap(), expected.rings[0]);
    assert!(view.known().contains(&FixedSet::try_from([1, 2, 3]).unwrap()).unwrap());

    // Another writer goes on with them.
    drop(view);
    drop(writer);
    let mut writer = DepotWriter::create_at(&path).unwrap();
    assert_eq!(writer.snapshot().unwrap(), expected);
    writer.set_recent(&[7]).unwrap();
    assert_eq!(reader.snapshot().unwrap(), Depot { recent: Recent::literal(&[7]), ..expected });
}

#[test]
fn a_change_of_one_is_one_publish_and_leaves_the_others() {
    let (_directory, _path, mut writer, reader) = pair();
    let mut expected = depot();
    let before = reader.file().generation();
    let pinned = reader.pin().unwrap();

    writer.set_stock(&stock([("tar", 1)])).unwrap();
    expected.stock = stock([("tar", 1)]);
    writer
        .shelves_mut()
        .get_mut(2)
        .unwrap()
        .unwrap()
        .set_tags(&Tags::try_from([1]).unwrap())
        .unwrap();
    expected.shelves[2].tags = Tags::try_from([1]).unwrap();
    writer.by_day_mut().insert(1, &FixedMap::try_from([(9, true)]).unwrap()).unwrap();
    expected.by_day.insert(1, FixedMap::try_from([(9, true)]).unwrap());
    writer.update(|depot| depot.spare = None).unwrap();
    expected.spare = None;
    assert_eq!(reader.file().generation(), before + 4);
    assert_eq!(reader.snapshot().unwrap(), expected);

    // What is equal is the same, wherever its elements lie: it may be published, and stays what it is.
    let mut turned = Recent::literal(&[3, 4, 5]);
    turned.rotate_left(1);
    turned.rotate_right(1);
    writer.update(|depot| depot.recent = turned).unwrap();
    assert_eq!(reader.snapshot().unwrap(), expected);

    let refused = writer.transaction(|tx| {
        tx.set_tags(&Tags::new())?;
        tx.shelves_mut().push(&shelf(77))?;
        Err::<(), _>(WriteError::Aborted)
    });
    assert_eq!(refused, Err(WriteError::Aborted));
    assert_eq!(reader.snapshot().unwrap(), expected);
    assert_eq!(pinned.snapshot().unwrap(), depot());
}

#[test]
fn a_saved_copy_has_them_and_a_check_finds_nothing() {
    let (directory, _path, mut writer, reader) = pair();
    let copy = directory.path().join("copy.bin");
    let view = reader.pin().unwrap();
    for round in 0..50 {
        let mut shelf = shelf(round);
        shelf.stock.insert(name("new"), round.into()).unwrap();
        writer.shelves_mut().set(usize::from(round) % 6, &shelf).unwrap();
        writer.rings_mut().push_front(&[FixedDeque::literal(&[1, 2])]).unwrap();
        writer.compact(1 << 20).unwrap();
        reader.pin().unwrap().verify().unwrap();
    }
    view.verify().unwrap();
    view.save_as(&copy).unwrap();
    let saved = DepotReader::open_at(&copy).unwrap();
    assert_eq!(saved.snapshot().unwrap(), depot());
    saved.pin().unwrap().verify().unwrap();
    let now = reader.snapshot().unwrap();
    reader.pin().unwrap().save_as(directory.path().join("now.bin")).unwrap();
    let mut writer = DepotWriter::create_at(directory.path().join("now.bin")).unwrap();
    assert_eq!(writer.snapshot().unwrap(), now);
    writer.set_tags(&Tags::new()).unwrap();
}

#[test]
fn equal_sets_and_maps_are_one_key_however_they_were_made() {
    let (_directory, _path, mut writer, reader) = pair();
    let mut set = FixedSet::<u8, 3>::try_from([9, 1, 2]).unwrap();
    set.remove(&9);
    set.insert(3).unwrap();
    assert!(!writer.known_mut().insert(&set).unwrap(), "it is there already");
    let mut map = FixedMap::<u8, u16, 2>::try_from([(7, 70), (2, 20)]).unwrap();
    map.remove(&7);
    map.insert(1, 10).unwrap();
    assert_eq!(reader.prices().get(&map).unwrap().as_deref(), Some("both"));
    writer.prices_mut().remove(&map).unwrap();
    assert!(reader.snapshot().unwrap().prices.is_empty());
}

/// A set within a list lies in a block of the heap, where somebody can damage it.
#[test]
fn keys_that_do_not_ascend_are_named_by_whoever_reads_them() {
    let (_directory, path, _writer, reader) = pair();
    let view = reader.pin().unwrap();
    view.verify().unwrap();
    let sorted: Vec<u8> =
        [0x4104_u16, 0x4204, 0x4304].iter().flat_map(|tag| tag.to_le_bytes()).collect();
    let bytes = fs::read(&path).unwrap();
    let found: Vec<usize> =
        (0..bytes.len() - 6).filter(|at| bytes[*at..].starts_with(&sorted)).collect();
    assert_eq!(found.len(), 1);
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    for (second, reason) in [(0x4305_u16, "keys have to ascend"), (0x4104, "keys have to differ")] {
        file.seek(SeekFrom::Start(found[0] as u64 + 2)).unwrap();
        file.write_all(&second.to_le_bytes()).unwrap();
        let errors = [
            view.verify().unwrap_err().to_string(),
            view.shelves().get(4).unwrap().unwrap().tags().unwrap_err().to_string(),
            reader.snapshot().unwrap_err().to_string(),
        ];
        // Who has the element before it asks for the set knows which field it is of.
        for error in &errors {
            assert!(error.contains(reason), "{error}");
        }
        let [verified, _, snapshot] = errors;
        assert!(verified.contains("shelves[4].tags"), "{verified}");
        assert!(snapshot.contains("shelves") && snapshot.contains("tags"), "{snapshot}");
        // What does not lead there is read as before.
        assert_eq!(view.shelves().get(3).unwrap().unwrap().tags().unwrap(), shelf(3).tags);
        assert_eq!(view.title().unwrap(), "the depot of all");
    }
    file.seek(SeekFrom::Start(found[0] as u64)).unwrap();
    file.write_all(&sorted).unwrap();
    view.verify().unwrap();
}

#[test]
fn another_capacity_in_a_list_is_a_difference_that_is_named() {
    mod wider {
        use commy::{FixedDeque, FixedMap, FixedSet, FixedString, Growable, create_reader};

        #[derive(Growable)]
        pub(crate) struct Shelf {
            name: String,
            stock: FixedMap<FixedString<8>, u32, 4>,
            tags: FixedSet<u16, 5>,
            recent: FixedDeque<u32, 3>,
        }

        #[create_reader(filename = "racks.bin", growable)]
        pub(crate) struct Racks {
            shelves: Vec<Shelf>,
        }
    }
    #[create_writer(filename = "racks.bin", growable)]
    struct Racks {
        shelves: Vec<Shelf>,
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("racks.bin");
    let mut writer = RacksWriter::create_at(&path).unwrap();
    writer.shelves_mut().push(&shelf(1)).unwrap();
    let text = wider::RacksReader::open_at(&path).unwrap_err().to_string();
    assert!(text.contains("shelves") && text.contains("tags"), "{text}");
    assert!(
        text.contains("fixed_set of up to 4 u16") && text.contains("fixed_set of up to 5 u16"),
        "{text}"
    );
}
