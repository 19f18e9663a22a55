//! A record with every kind that grows, nested in each other, and all that a program may do with it:
//! what a damaged file is read, walked through and changed with, by tests and by fuzz targets.
#![allow(dead_code, unreachable_pub, reason = "a module of tests and of a fuzz target")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::type_complexity, reason = "keys are passed with the way to pass them")]
#![allow(clippy::box_collection, clippy::vec_box, reason = "boxes of containers are kinds, too")]

use core::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use commy::growable::{
    Arg, BTreeMapMut, BTreeMapRef, BTreeSetMut, BTreeSetRef, HashKey, HashMapMut, HashMapRef,
    HashSetMut, HashSetRef, Key, KeyArg, Source, VecDequeMut, VecDequeRef, VecMut,
};
use commy::{Growable, ReadError, WriteError, create_reader, create_writer};

use crate::refusals::Errors;

/// What makes an argument of a key.
type Lend<K> = fn(&K) -> KeyArg<'_, K>;

/// What makes an argument of a value.
type LendValue<V> = fn(&V) -> Arg<'_, V>;

/// Every container in an enum, and in the structs that are in it.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub enum Event {
    #[default]
    Nothing,
    Number(u64),
    Said(String, Vec<String>),
    Joined {
        who: Option<Box<Node>>,
        tags: HashSet<String>,
    },
    Many(BTreeMap<String, Event>, VecDeque<Event>),
    Negated(Box<Event>),
}

/// A struct that holds itself in every way.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub struct Node {
    pub name: String,
    pub by_name: BTreeMap<String, Node>,
    pub by_id: HashMap<u32, Vec<Node>>,
    pub log: VecDeque<Event>,
    pub next: Option<Box<Node>>,
}

/// A key whose order is a program's own: the last one first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Growable)]
pub struct Place {
    pub city: String,
    pub number: u16,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.number, &other.city).cmp(&(self.number, &self.city))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[create_writer(filename = "every.bin", growable)]
#[create_reader(filename = "every.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Every {
    pub serial: u64,
    /// Several leaves below a node.
    pub numbers: BTreeMap<u64, u64>,
    pub hashes: HashMap<u64, u64>,
    pub queue: VecDeque<u64>,
    /// Keys with blocks, and values with blocks.
    pub places: BTreeMap<Place, HashMap<String, VecDeque<String>>>,
    pub nodes: HashMap<Place, Node>,
    pub texts: BTreeSet<String>,
    pub names: HashSet<Vec<String>>,
    /// Too large for nodes.
    pub wide_tree: BTreeMap<[u64; 9], [u64; 20]>,
    pub wide_hash: HashMap<[u64; 9], [u64; 20]>,
    pub event: Event,
    pub events: [Event; 2],
    pub pair: (u8, VecDeque<BTreeMap<u8, HashSet<u16>>>),
    pub lists: Vec<BTreeMap<String, Option<Box<Node>>>>,
}

/// By this, words that are nothing but content are known.
pub const CONTENT: u64 = 0x5555 << 48;

fn long(text: &str) -> String {
    format!("{text}, which has a block of its own")
}

fn node(name: &str) -> Node {
    Node { name: name.into(), ..Node::default() }
}

fn tree() -> Node {
    Node {
        name: long("root"),
        by_name: BTreeMap::from([("a".into(), node("a")), (long("b"), node(&long("b")))]),
        by_id: HashMap::from([(1, vec![node("one"), node(&long("another"))])]),
        log: VecDeque::from([Event::Number(7), event()]),
        next: Some(Box::new(node("next"))),
    }
}

fn event() -> Event {
    let inner = Event::Said(long("hello"), vec!["x".into(), long("y")]);
    Event::Many(
        BTreeMap::from([("one".into(), inner.clone()), (long("two"), Event::Nothing)]),
        VecDeque::from([Event::Negated(Box::new(inner))]),
    )
}

fn place(number: u16) -> Place {
    Place { city: if number == 0 { long("Ulm") } else { "Bonn".into() }, number }
}

fn wide(number: u64) -> [u64; 9] {
    let mut wide = [CONTENT; 9];
    wide[8] = number;
    wide
}

pub fn sample() -> Every {
    let tags = HashSet::from(["new".into(), long("old")]);
    let shelf = HashMap::from([("nut".into(), VecDeque::from(["a".into(), long("b")]))]);
    Every {
        serial: 3,
        numbers: (0..130).map(|n| (CONTENT | n, CONTENT | n)).collect(),
        hashes: (0..70).map(|n| (CONTENT | n, CONTENT | n)).collect(),
        queue: (0..130).map(|n| CONTENT | n).collect(),
        places: BTreeMap::from([(place(0), shelf), (place(1), HashMap::new())]),
        nodes: HashMap::from([(place(0), tree()), (place(2), node("leaf"))]),
        texts: BTreeSet::from(["a".into(), long("b"), String::new()]),
        names: HashSet::from([vec!["a".into(), long("b")], vec![]]),
        wide_tree: (0..3).map(|n| (wide(n), [CONTENT; 20])).collect(),
        wide_hash: (0..3).map(|n| (wide(n), [CONTENT; 20])).collect(),
        event: event(),
        events: [Event::Joined { who: Some(Box::new(node("who"))), tags }, Event::Nothing],
        pair: (1, VecDeque::from([BTreeMap::from([(1, HashSet::from([1, 2]))])])),
        lists: vec![BTreeMap::from([
            ("k".into(), Some(Box::new(node("boxed")))),
            (long("l"), None),
        ])],
    }
}

/// Goes through what an iterator gives; there is never more than the file has bytes.
fn walk<T>(iter: impl Iterator<Item = Result<T, ReadError>>, most: usize, errors: &mut Errors) {
    let mut iter = iter;
    let mut count = 0;
    for item in iter.by_ref() {
        errors.read(item.map(drop));
        count += 1;
        assert!(count <= most, "more entries than bytes");
    }
    assert!(iter.next().is_none(), "an iterator that is over goes on");
}

/// The same from both ends by turns, and from behind.
fn walk_both<T, I>(iter: impl Fn() -> I, most: usize, errors: &mut Errors)
where
    I: DoubleEndedIterator<Item = Result<T, ReadError>>,
{
    walk(iter(), most, errors);
    walk(iter().rev(), most, errors);
    let (mut both, mut is_front) = (iter(), false);
    let turns = core::iter::from_fn(|| {
        is_front = !is_front;
        if is_front { both.next() } else { both.next_back() }
    });
    walk(turns.take(300), most, errors);
}

fn read_tree<K: Key, V: Growable, S: Source>(
    map: &BTreeMapRef<'_, K, V, S>,
    (keys, lend): (&[K], Lend<K>),
    errors: &mut Errors,
) {
    errors.read(map.len());
    errors.read(map.load().map(drop));
    errors.read(map.load_into(&mut BTreeMap::new()));
    errors.read(map.first_key_value().map(drop));
    errors.read(map.last_key_value().map(drop));
    for key in keys {
        errors.read(map.get(lend(key)).map(drop));
        errors.read(map.get_key_value(lend(key)).map(drop));
        errors.read(map.contains_key(lend(key)));
    }
}

fn walk_tree<K: Key, V: Growable>(
    map: &BTreeMapRef<'_, K, V>,
    (keys, lend): (&[K], Lend<K>),
    most: usize,
    errors: &mut Errors,
) where
    for<'x> KeyArg<'x, K>: Clone,
{
    walk_both(|| map.iter(), most, errors);
    walk(map.keys(), most, errors);
    walk(map.values(), most, errors);
    for key in keys {
        walk_both(|| map.range(lend(key)..), most, errors);
        walk(map.range(..=lend(key)), most, errors);
    }
    let mut count = 0;
    errors.read(map.for_each(|_, _| count += 1));
    assert!(count <= most, "more entries than bytes");
}

fn read_hash<K: HashKey, V: Growable, S: Source>(
    map: &HashMapRef<'_, K, V, S>,
    (keys, lend): (&[K], Lend<K>),
    errors: &mut Errors,
) {
    errors.read(map.len());
    errors.read(map.load().map(drop));
    for key in keys {
        errors.read(map.get(lend(key)).map(drop));
        errors.read(map.get_key_value(lend(key)).map(drop));
        errors.read(map.contains_key(lend(key)));
    }
}

fn walk_hash<K: HashKey, V: Growable>(
    map: &HashMapRef<'_, K, V>,
    most: usize,
    errors: &mut Errors,
) {
    walk(map.iter(), most, errors);
    walk(map.keys(), most, errors);
    walk(map.values(), most, errors);
    let mut count = 0;
    errors.read(map.for_each(|_, _| count += 1));
    assert!(count <= most, "more entries than bytes");
}

fn read_deque<T: Growable, S: Source>(deque: &VecDequeRef<'_, T, S>, errors: &mut Errors) {
    errors.read(deque.len());
    errors.read(deque.front().map(drop));
    errors.read(deque.back().map(drop));
    for index in [0, 1, 129, 5000, usize::MAX] {
        errors.read(deque.get(index).map(drop));
    }
    errors.read(deque.load().map(drop));
    errors.read(deque.load_into(&mut VecDeque::new()));
    errors.read(deque.binary_search_by(|_| Ordering::Less));
}

fn walk_deque<T: Growable>(deque: &VecDequeRef<'_, T>, most: usize, errors: &mut Errors) {
    walk_both(|| deque.iter(), most, errors);
    walk_both(|| deque.range(1..70), most, errors);
}

/// Reads a node where it stands, so deep and no deeper.
fn walk_node(node: &NodeRef<'_>, depth: usize, most: usize, errors: &mut Errors) {
    errors.read(node.name());
    let key = [String::from("a")];
    read_tree(&node.by_name(), (&key, |key| key), errors);
    walk_tree(&node.by_name(), (&key, |key| key), most, errors);
    read_hash(&node.by_id(), (&[1], |key| *key), errors);
    walk_hash(&node.by_id(), most, errors);
    read_deque(&node.log(), errors);
    walk_deque(&node.log(), most, errors);
    let Some(depth) = depth.checked_sub(1) else { return };
    for child in node.by_name().values().take(3) {
        if let Some(child) = errors.read(child) {
            walk_node(&child, depth, most, errors);
        }
    }
    for list in node.by_id().values().take(3) {
        let Some(list) = errors.read(list) else { continue };
        for child in list.iter().take(3) {
            if let Some(child) = errors.read(child) {
                walk_node(&child, depth, most, errors);
            }
        }
    }
    for event in node.log().iter().take(3) {
        if let Some(event) = errors.read(event) {
            walk_event(&event, depth, most, errors);
        }
    }
    if let Some(Some(next)) = errors.read(node.next())
        && let Some(next) = errors.read(next.get())
    {
        walk_node(&next, depth, most, errors);
    }
}

fn walk_event(event: &EventRef<'_>, depth: usize, most: usize, errors: &mut Errors) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match event {
        EventRef::Nothing | EventRef::Number(_) => {}
        EventRef::Said(_, lines) => walk(lines.iter(), most, errors),
        EventRef::Joined { who, tags } => {
            if let Some(who) = who
                && let Some(who) = errors.read(who.get())
            {
                walk_node(&who, depth, most, errors);
            }
            read_hash_set(tags, &[String::from("new")], |key| key, errors);
            walk(tags.iter(), most, errors);
        }
        EventRef::Many(by_name, log) => {
            walk_tree(by_name, (&[String::from("one")], |key| key), most, errors);
            for event in by_name.values().chain(log.iter()).take(4) {
                if let Some(event) = errors.read(event) {
                    walk_event(&event, depth, most, errors);
                }
            }
        }
        EventRef::Negated(event) => {
            if let Some(event) = errors.read(event.get()) {
                walk_event(&event, depth, most, errors);
            }
        }
    }
}

fn read_set<K: Key, S: Source>(
    set: &BTreeSetRef<'_, K, S>,
    (keys, lend): (&[K], Lend<K>),
    errors: &mut Errors,
) {
    errors.read(set.len());
    errors.read(set.load().map(drop));
    errors.read(set.first().map(drop));
    errors.read(set.last().map(drop));
    for key in keys {
        errors.read(set.contains(lend(key)));
    }
}

fn read_hash_set<K: HashKey, S: Source>(
    set: &HashSetRef<'_, K, S>,
    keys: &[K],
    lend: Lend<K>,
    errors: &mut Errors,
) {
    errors.read(set.len());
    errors.read(set.load().map(drop));
    for key in keys {
        errors.read(set.contains(lend(key)));
    }
}

/// How many parts [`read_part`] has.
pub const READS: u8 = 18;

/// Everything that a reader and a view have; returns how often it was refused.
pub fn read_all(r: &EveryReader, most: usize) -> u32 {
    (0..READS).map(|part| read_part(r, part, most)).sum()
}

/// Everything of one field that a reader and a view have, or of all of the record; returns how often it was
/// refused.
pub fn read_part(r: &EveryReader, part: u8, most: usize) -> u32 {
    let mut all = Errors::default();
    let errors = &mut all;
    let numbers = [CONTENT | 9, CONTENT | 77, 0, u64::MAX];
    let wides = [wide(1), [0; 9]];
    let places = [place(0), place(1), place(9)];
    let texts = [String::new(), long("b"), "zz".into()];
    let names = [vec!["a".into(), long("b")], vec!["x".into()]];
    match part {
        0 => {
            errors.read(r.serial());
            errors.read(r.snapshot());
        }
        1 => drop(errors.read(r.snapshot_into(&mut sample()))),
        2 => read_tree(&r.numbers(), (&numbers, |key| *key), errors),
        3 => read_hash(&r.hashes(), (&numbers, |key| *key), errors),
        4 => read_deque(&r.queue(), errors),
        5 => read_tree(&r.places(), (&places, |key| key), errors),
        6 => read_hash(&r.nodes(), (&places, |key| key), errors),
        7 => read_set(&r.texts(), (&texts, |key| key), errors),
        8 => read_hash_set(&r.names(), &names, |key| key, errors),
        9 => read_tree(&r.wide_tree(), (&wides, |key| *key), errors),
        10 => read_hash(&r.wide_hash(), (&wides, |key| *key), errors),
        11 => drop(errors.read(r.event())),
        12 => drop(errors.read(r.events())),
        13 => drop(errors.read(r.pair())),
        14 => drop(errors.read(r.lists().load())),
        _ => {}
    }
    let Some(view) = errors.read(r.pin()) else { return all.0 };
    match part {
        0 => drop(errors.read(view.snapshot())),
        1 => drop(errors.read(view.verify())),
        2 => walk_tree(&view.numbers(), (&numbers, |key| *key), most, errors),
        3 => walk_hash(&view.hashes(), most, errors),
        4 => walk_deque(&view.queue(), most, errors),
        5 => walk_tree(&view.places(), (&places, |key| key), most, errors),
        6 => walk_hash(&view.nodes(), most, errors),
        7 => {
            walk_both(|| view.texts().iter(), most, errors);
            walk_both(|| view.texts().range("a".."m"), most, errors);
        }
        8 => walk(view.names().iter(), most, errors),
        9 => walk_tree(&view.wide_tree(), (&wides, |key| *key), most, errors),
        10 => walk_hash(&view.wide_hash(), most, errors),
        11 => {
            if let Some(event) = errors.read(view.event()) {
                walk_event(&event, 4, most, errors);
            }
        }
        12 => {
            for event in errors.read(view.events()).into_iter().flatten() {
                walk_event(&event, 4, most, errors);
            }
        }
        13 => {
            if let Some((_, queue)) = errors.read(view.pair()) {
                walk_queue_of_maps(&queue, most, errors);
            }
        }
        14 => {
            for map in view.lists().iter().take(3) {
                if let Some(map) = errors.read(map) {
                    walk_tree(&map, (&texts, |key| key), most, errors);
                }
            }
        }
        15 => {
            for shelf in view.places().values().take(4) {
                let Some(shelf) = errors.read(shelf) else { continue };
                read_hash(&shelf, (&texts, |key| key), errors);
                walk_hash(&shelf, most, errors);
                for queue in shelf.values().take(4) {
                    if let Some(queue) = errors.read(queue) {
                        walk_deque(&queue, most, errors);
                    }
                }
            }
        }
        _ => {
            let half = usize::from(part == 16);
            for node in view.nodes().values().skip(half).take(1 + half * 3) {
                if let Some(node) = errors.read(node) {
                    walk_node(&node, 4, most, errors);
                }
            }
        }
    }
    all.0
}

fn walk_queue_of_maps(
    queue: &VecDequeRef<'_, BTreeMap<u8, HashSet<u16>>>,
    most: usize,
    errors: &mut Errors,
) {
    walk_deque(queue, most, errors);
    for map in queue.iter().take(3) {
        let Some(map) = errors.read(map) else { continue };
        walk_tree(&map, (&[1], |key| *key), most, errors);
        for set in map.values().take(3) {
            if let Some(set) = errors.read(set) {
                read_hash_set(&set, &[1, 3], |key| *key, errors);
                walk(set.iter(), most, errors);
            }
        }
    }
}

fn change_tree<K: Key + Clone, V: Growable + Clone + Default>(
    map: &mut BTreeMapMut<'_, K, V>,
    (keys, lend): (&[K], Lend<K>),
    (value, arg): (&V, LendValue<V>),
    errors: &mut Errors,
) {
    for key in keys {
        errors.write(map.insert(lend(key), arg(value)));
        errors.write(map.replace(lend(key), arg(value)).map(drop));
        errors.write(map.get_mut(lend(key)).map(drop));
        if let Some(entry) = errors.write(map.entry(lend(key))) {
            errors.write(entry.or_default().map(drop));
        }
        errors.write(map.get(lend(key)).map(drop));
    }
    errors.write(map.extend(keys.iter().map(|key| (lend(key), arg(value)))));
    if let [first, ..] = keys {
        errors.write(map.remove(lend(first)).map(drop));
        errors.write(map.split_off(lend(first)).map(drop));
        errors.write(map.insert(lend(first), arg(value)));
        errors.write(map.discard(lend(first)).map(drop));
        errors.write(map.append(&BTreeMap::from([(first.clone(), value.clone())])));
    }
    errors.write(map.pop_first().map(drop));
    errors.write(map.pop_last().map(drop));
    let mut is_kept = true;
    errors.write(map.retain(|_, _| {
        is_kept = !is_kept;
        is_kept
    }));
}

fn change_hash<K: HashKey + Clone, V: Growable + Clone>(
    map: &mut HashMapMut<'_, K, V>,
    (keys, lend): (&[K], Lend<K>),
    (value, arg): (&V, LendValue<V>),
    errors: &mut Errors,
) {
    for key in keys {
        errors.write(map.insert(lend(key), arg(value)));
        errors.write(map.replace(lend(key), arg(value)).map(drop));
        errors.write(map.get_mut(lend(key)).map(drop));
        if let Some(entry) = errors.write(map.entry(lend(key))) {
            errors.write(entry.or_insert(arg(value)).map(drop));
        }
        errors.write(map.get(lend(key)).map(drop));
    }
    errors.write(map.extend(keys.iter().map(|key| (lend(key), arg(value)))));
    if let [first, ..] = keys {
        errors.write(map.remove(lend(first)).map(drop));
        errors.write(map.insert(lend(first), arg(value)));
        errors.write(map.remove_entry(lend(first)).map(drop));
        errors.write(map.discard(lend(first)).map(drop));
    }
    let mut is_kept = true;
    errors.write(map.retain(|_, _| {
        is_kept = !is_kept;
        is_kept
    }));
}

fn change_deque<T: Growable + Clone>(
    deque: &mut VecDequeMut<'_, T>,
    (value, arg): (&T, LendValue<T>),
    errors: &mut Errors,
) {
    errors.write(deque.push_back(arg(value)));
    errors.write(deque.push_front(arg(value)));
    errors.write(deque.extend([arg(value), arg(value)]));
    let len = |deque: &VecDequeMut<'_, T>| deque.len().unwrap_or(0);
    if len(deque) > 3 {
        let middle = len(deque) / 2;
        errors.write(deque.set(middle, arg(value)));
        errors.write(deque.swap(0, middle));
        errors.write(deque.insert(middle, arg(value)));
        errors.write(deque.remove(middle / 2).map(drop));
        errors.write(deque.get_mut(1).map(drop));
    }
    if len(deque) > 3 {
        errors.write(deque.rotate_left(2));
        errors.write(deque.rotate_right(1));
        errors.write(deque.drain(1..3).map(drop));
    }
    if len(deque) > 3 {
        errors.write(deque.swap_remove_back(1).map(drop));
        errors.write(deque.swap_remove_front(1).map(drop));
    }
    let mut is_kept = true;
    errors.write(deque.retain(|_| {
        is_kept = !is_kept;
        is_kept
    }));
    errors.write(deque.pop_front().map(drop));
    errors.write(deque.pop_back().map(drop));
    let new = len(deque) + 1;
    errors.write(deque.resize(new, arg(value)));
    errors.write(deque.truncate(new.min(100)));
}

fn change_set<K: Key + Clone>(
    set: &mut BTreeSetMut<'_, K>,
    (keys, lend): (&[K], Lend<K>),
    errors: &mut Errors,
) {
    for key in keys {
        errors.write(set.insert(lend(key)));
        errors.write(set.contains(lend(key)));
    }
    errors.write(set.extend(keys.iter().map(lend)));
    if let [first, ..] = keys {
        errors.write(set.remove(lend(first)));
    }
    errors.write(set.pop_first().map(drop));
    errors.write(set.retain(|_| true));
}

fn change_hash_set<K: HashKey + Clone>(
    set: &mut HashSetMut<'_, K>,
    (keys, lend): (&[K], Lend<K>),
    errors: &mut Errors,
) {
    for key in keys {
        errors.write(set.insert(lend(key)));
        errors.write(set.contains(lend(key)));
    }
    errors.write(set.extend(keys.iter().map(lend)));
    if let [first, ..] = keys {
        errors.write(set.remove(lend(first)));
    }
    errors.write(set.retain(|_| true));
}

fn change_node(node: &mut NodeMut<'_>, errors: &mut Errors) {
    errors.write(node.name_mut().push_str(" and more"));
    let keys = [String::from("a"), long("c")];
    let new = super_node();
    change_tree(&mut node.by_name_mut(), (&keys, |key| key), (&new, |new| new), errors);
    let list = vec![new];
    change_hash(&mut node.by_id_mut(), (&[1, 5], |key| *key), (&list, |list| list), errors);
    change_deque(&mut node.log_mut(), (&event(), |event| event), errors);
    errors.write(node.next_mut().take().map(drop));
}

fn super_node() -> Node {
    node(&long("new"))
}

/// How many parts [`change_part`] has.
pub const CHANGES: u8 = 17;

/// Changes everything in every way; goes on after errors, and returns how many there were.
pub fn change_all(w: &mut EveryWriter) -> u32 {
    (0..CHANGES).map(|part| change_part(w, part)).sum()
}

/// Changes one field in every way, or all of the record in one; goes on after errors, and returns how many
/// there were.
pub fn change_part(w: &mut EveryWriter, part: u8) -> u32 {
    let mut all = Errors::default();
    let errors = &mut all;
    let numbers = [CONTENT | 9, 5, u64::MAX];
    let wides = [wide(1), wide(7)];
    let places = [place(0), place(9)];
    let texts = [long("b"), "zz".into()];
    let names = [vec!["a".into(), long("b")], vec![long("x")]];
    let content = [CONTENT; 20];
    let shelf = HashMap::from([(long("nut"), VecDeque::from([long("a")]))]);
    match part {
        0 => change_tree(&mut w.numbers_mut(), (&numbers, |n| *n), (&7, |n| *n), errors),
        1 => change_hash(&mut w.hashes_mut(), (&numbers, |n| *n), (&7, |n| *n), errors),
        2 => change_deque(&mut w.queue_mut(), (&7, |n| *n), errors),
        3 => change_tree(&mut w.places_mut(), (&places, |key| key), (&shelf, |v| v), errors),
        4 => {
            let tree = tree();
            change_hash(&mut w.nodes_mut(), (&places, |key| key), (&tree, |v| v), errors);
        }
        5 => change_set(&mut w.texts_mut(), (&texts, |key| key), errors),
        6 => change_hash_set(&mut w.names_mut(), (&names, |key| key), errors),
        7 => change_tree_of_arrays(w, &wides, &content, errors),
        8 => {
            let mut map = w.wide_hash_mut();
            change_hash(&mut map, (&wides, |n| *n), (&content, |n| *n), errors);
        }
        9 => {
            for place in &places {
                if let Some(Some(mut node)) = errors.write(w.nodes_mut().get_mut(place)) {
                    change_node(&mut node, errors);
                }
            }
        }
        10 => {
            for place in &places {
                let mut places = w.places_mut();
                let Some(Some(mut shelf)) = errors.write(places.get_mut(place)) else { continue };
                let queue = VecDeque::from([long("q")]);
                change_hash(&mut shelf, (&texts, |key| key), (&queue, |v| v), errors);
                if let Some(Some(mut queue)) = errors.write(shelf.get_mut(&texts[0])) {
                    change_deque(&mut queue, (&long("z"), |v| v), errors);
                }
            }
        }
        11 => change_lists(&mut w.lists_mut(), errors),
        12 => {
            errors.write(w.event_mut().update(|event| {
                if let Event::Many(map, log) = event {
                    map.insert("new".into(), Event::Number(9));
                    log.push_back(Event::Nothing);
                }
            }));
            errors.write(w.event_mut().assign(&Event::Number(3)));
        }
        13 => {
            errors.write(w.transaction(|tx| {
                tx.numbers_mut().clear()?;
                tx.nodes_mut().insert(&place(3), &tree())?;
                tx.queue_mut().push_back(1)?;
                Err::<(), _>(WriteError::Aborted)
            }));
        }
        14 => drop(errors.write(w.update(|all| all.places.clear()))),
        15 => drop(errors.write(w.compact(1 << 20))),
        _ => drop(errors.write(w.publish(&sample()))),
    }
    all.0
}

fn change_lists(lists: &mut VecMut<'_, BTreeMap<String, Option<Box<Node>>>>, errors: &mut Errors) {
    errors.write(lists.push(&BTreeMap::from([(long("p"), Some(Box::new(tree())))])));
    if let Some(Some(mut map)) = errors.write(lists.get_mut(0)) {
        errors.write(map.insert(&long("l"), Some(&tree())));
        errors.write(map.remove("k").map(drop));
        errors.write(map.clear());
    }
    errors.write(lists.pop().map(drop));
}

/// What `or_default` needs, arrays of this length have not.
fn change_tree_of_arrays(
    w: &mut EveryWriter,
    keys: &[[u64; 9]],
    value: &[u64; 20],
    errors: &mut Errors,
) {
    for key in keys {
        errors.write(w.wide_tree_mut().insert(*key, *value));
        errors.write(w.wide_tree_mut().replace(*key, *value).map(drop));
    }
    errors.write(w.wide_tree_mut().pop_first().map(drop));
    errors.write(w.wide_tree_mut().retain(|key, _| key[8] != 2));
}

/// Puts a value into each field, whatever is there.
pub fn overwrite_all(w: &mut EveryWriter, value: &Every) -> Result<(), WriteError> {
    w.set_serial(value.serial)?;
    w.set_numbers(&value.numbers)?;
    w.set_hashes(&value.hashes)?;
    w.set_queue(&value.queue)?;
    w.set_places(&value.places)?;
    w.set_nodes(&value.nodes)?;
    w.set_texts(&value.texts)?;
    w.set_names(&value.names)?;
    w.set_wide_tree(&value.wide_tree)?;
    w.set_wide_hash(&value.wide_hash)?;
    w.set_event(&value.event)?;
    w.set_events(value.events.each_ref())?;
    w.set_pair((value.pair.0, &value.pair.1))?;
    w.set_lists(&value.lists)
}
