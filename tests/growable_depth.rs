//! Values that hold themselves by way of every container, as deep as writers go, on threads with as
//! much stack as std gives them.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use core::fmt::Debug;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::thread;

use commy::{Growable, WriteError, create_reader, create_writer};

/// What a thread of std gets if nobody asks for more.
const STACK: usize = 2 << 20;

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct ByTree {
    id: u32,
    children: BTreeMap<String, ByTree>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct ByHash {
    id: u32,
    children: HashMap<String, ByHash>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct ByDeque {
    id: u32,
    children: VecDeque<ByDeque>,
}

/// Too large for a leaf: each in a block of its own, which is a hop more.
#[derive(Debug, Clone, PartialEq, Growable)]
struct Wide {
    table: [u64; 100],
    children: BTreeMap<u8, Wide>,
    others: HashMap<u8, Wide>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum Every {
    #[default]
    End,
    Tree(BTreeMap<[u64; 9], Every>),
    Hash {
        map: HashMap<(u8, String), Every>,
    },
    Deque(VecDeque<Every>),
    List(Vec<Every>),
    Boxed(Box<Every>, Option<Box<Every>>),
    Pair((u8, [BTreeMap<u8, Every>; 2])),
}

/// A key that holds itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Growable)]
struct Key {
    id: u8,
    parts: Vec<Key>,
}

#[create_writer(filename = "deep.bin", growable)]
#[create_reader(filename = "deep.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Deep {
    tree: ByTree,
    hash: ByHash,
    deque: ByDeque,
    wide: BTreeMap<u8, Wide>,
    every: Every,
    ordered_keys: BTreeMap<Key, u8>,
    hash_keys: HashMap<Key, u8>,
}

/// The same value put into itself so many times.
fn nested<T>(depth: usize, inner: T, outer: impl Fn(usize, T) -> T) -> T {
    (0..depth).fold(inner, |inner, level| outer(level, inner))
}

fn by_tree(depth: usize) -> ByTree {
    nested(depth, ByTree::default(), |level, inner| ByTree {
        id: level as u32,
        children: BTreeMap::from([
            (String::from("child"), inner),
            ("leaf".into(), ByTree::default()),
        ]),
    })
}

fn by_hash(depth: usize) -> ByHash {
    nested(depth, ByHash::default(), |level, inner| ByHash {
        id: level as u32,
        children: HashMap::from([
            (String::from("child"), inner),
            ("leaf".into(), ByHash::default()),
        ]),
    })
}

fn by_deque(depth: usize) -> ByDeque {
    nested(depth, ByDeque::default(), |level, inner| ByDeque {
        id: level as u32,
        children: VecDeque::from([ByDeque::default(), inner]),
    })
}

fn wide(depth: usize) -> BTreeMap<u8, Wide> {
    let none = || (BTreeMap::new(), HashMap::new());
    let new = |table, (children, others)| Wide { table, children, others };
    let inner = nested(depth, new([1; 100], none()), |level, inner| {
        let (mut children, mut others) = none();
        match level % 2 {
            0 => children.insert(1, inner),
            _ => others.insert(2, inner),
        };
        new([level as u64; 100], (children, others))
    });
    BTreeMap::from([(0, inner)])
}

fn every(depth: usize) -> Every {
    nested(depth, Every::default(), |level, inner| match level % 6 {
        0 => Every::Tree(BTreeMap::from([([level as u64; 9], inner)])),
        1 => Every::Hash { map: HashMap::from([((3, "x".repeat(level)), inner)]) },
        2 => Every::Deque(VecDeque::from([Every::End, inner])),
        3 => Every::List(vec![Every::End, inner]),
        4 => Every::Boxed(Box::new(Every::End), Some(Box::new(inner))),
        _ => Every::Pair((1, [BTreeMap::new(), BTreeMap::from([(1, inner)])])),
    })
}

fn key(depth: usize) -> Key {
    nested(depth, Key::default(), |level, inner| Key { id: level as u8, parts: vec![inner] })
}

/// Stores a value, reads it in every way, changes it, and lets another writer find it.
fn goes_there_and_back(deep: &Deep) -> Result<(), WriteError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep.bin");
    let mut w = DeepWriter::create_at(&path).unwrap();
    w.publish(deep)?;
    let r = DeepReader::open_at(&path).unwrap();
    assert!(r.snapshot().unwrap() == *deep);
    let mut into = Deep::default();
    r.snapshot_into(&mut into).unwrap();
    r.snapshot_into(&mut into).unwrap();
    assert!(into == *deep);
    let view = r.pin().unwrap();
    view.verify().unwrap();
    let copy = directory.path().join("copy.bin");
    view.save_as(&copy).unwrap();
    assert!(DeepReader::open_at(&copy).unwrap().snapshot().unwrap() == *deep);
    drop(view);
    // The same by setters, of what is there and of nothing.
    w.publish(deep)?;
    w.set_tree(&deep.tree)?;
    w.set_every(&deep.every)?;
    w.publish(&Deep::default())?;
    w.update(|now| *now = deep.clone())?;
    assert!(r.snapshot().unwrap() == *deep);
    w.update(|now| now.tree.id += 1)?;
    while w.compact(1 << 20).unwrap().is_unfinished() {}
    let live = w.file().stats().live;
    drop(w);
    let w = DeepWriter::create_at(&path).unwrap();
    assert_eq!((w.file().stats().live, w.file().stats().leaked), (live, 0));
    Ok(())
}

fn on_a_thread<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap()
}

/// The deepest value that is stored goes everywhere, and the next one is refused. Returns its depth.
fn deepest(make: fn(usize) -> Deep) -> usize {
    on_a_thread(move || {
        let is_refused = |depth| matches!(try_store(&make(depth)), Err(WriteError::TooDeep { .. }));
        let depth = (1..200).find(|depth| is_refused(*depth)).unwrap() - 1;
        goes_there_and_back(&make(depth)).unwrap();
        depth
    })
}

fn try_store(deep: &Deep) -> Result<(), WriteError> {
    let directory = tempfile::tempdir().unwrap();
    let mut w = DeepWriter::create_at(directory.path().join("deep.bin")).unwrap();
    let result = w.publish(deep);
    if result.is_err() {
        assert!(w.snapshot().unwrap() == Deep::default(), "something is left");
        assert_eq!((w.file().stats().live, w.file().generation()), (0, 0));
    }
    result
}

#[test]
fn ordered_maps_within_each_other_are_as_deep_as_boxes() {
    assert_eq!(deepest(|depth| Deep { tree: by_tree(depth), ..Deep::default() }), 128);
}

#[test]
fn hash_maps_within_each_other_are_as_deep_as_boxes() {
    assert_eq!(deepest(|depth| Deep { hash: by_hash(depth), ..Deep::default() }), 128);
}

#[test]
fn deques_within_each_other_are_as_deep_as_boxes() {
    assert_eq!(deepest(|depth| Deep { deque: by_deque(depth), ..Deep::default() }), 128);
}

#[test]
fn wide_values_weigh_more() {
    let depth = deepest(|depth| Deep { wide: wide(depth), ..Deep::default() });
    assert!((30..64).contains(&depth), "{depth}");
}

#[test]
fn containers_of_all_kinds_within_each_other_count_alike() {
    let depth = deepest(|depth| Deep { every: every(depth), ..Deep::default() });
    assert!((100..=128).contains(&depth), "{depth}");
}

#[test]
fn keys_may_be_as_deep_as_values() {
    let ordered = |depth| Deep {
        ordered_keys: BTreeMap::from([(key(depth), 1), (Key::default(), 2)]),
        ..Deep::default()
    };
    assert_eq!(deepest(ordered), 127);
    let hashed = |depth| Deep {
        hash_keys: HashMap::from([(key(depth), 1), (Key::default(), 2)]),
        ..Deep::default()
    };
    assert_eq!(deepest(hashed), 127);
}

#[test]
fn proxies_go_as_deep_as_values_and_no_deeper() {
    on_a_thread(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep.bin");
        let mut w = DeepWriter::create_at(&path).unwrap();
        let refused = w.transaction(|tx| {
            let mut at = tx.tree_mut();
            for _ in 0..128 {
                at.set_id(7)?;
                at = at.into_children().into_entry("child")?.or_default()?;
            }
            Ok(())
        });
        assert_eq!(refused, Ok(()));
        let refused = w.transaction(|tx| {
            let mut at = tx.tree_mut();
            for _ in 0..129 {
                at.set_id(7)?;
                at = at.into_children().into_entry("child")?.or_default()?;
            }
            Ok(())
        });
        assert!(matches!(refused, Err(WriteError::TooDeep { max: 128, .. })), "{refused:?}");
        let result = w.transaction(|tx| {
            let (mut hash, mut deque) = (tx.hash_mut(), 0);
            for _ in 0..128 {
                hash = hash.into_children().into_entry("child")?.or_default()?;
                deque += 1;
            }
            assert_eq!(deque, 128);
            hash.set_id(9)
        });
        assert_eq!(result, Ok(()));
        let result = w.transaction(|tx| {
            let mut at = tx.deque_mut();
            for _ in 0..128 {
                let mut children = at.into_children();
                children.push_back(&ByDeque::default())?;
                at = children.into_get_mut(0)?.unwrap();
            }
            at.set_id(9)?;
            let mut children = at.into_children();
            assert!(matches!(
                children.push_back(&ByDeque::default()),
                Err(WriteError::TooDeep { .. })
            ));
            Ok(())
        });
        assert!(matches!(result, Err(WriteError::TooDeep { .. })), "{result:?}");
        let r = DeepReader::open_at(&path).unwrap();
        r.pin().unwrap().verify().unwrap();
        let found = r.snapshot().unwrap();
        let mut at = &found.tree;
        let mut depth = 0;
        while let Some(child) = at.children.get("child") {
            (at, depth) = (child, depth + 1);
        }
        assert_eq!(depth, 128);
    });
}
