//! Ordered maps and sets in a heap that somebody has tampered with: every word of a small one, one by
//! one, and words that belong together.
//!
//! As with lists: no call panics, each ends, none takes more memory than the file has room for values,
//! the file does not grow for it, and what is damaged can be overwritten.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/refusals.rs"]
mod refusals;
#[path = "support/stage.rs"]
mod stage;
mod support;

use core::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use commy::growable::{Arg, BTreeMapMut, BTreeMapRef, Key, KeyArg, OnCorrupt, Source};
use commy::{
    CreateError, Growable, OpenError, ReadError, WriteError, create_reader, create_writer,
};

use refusals::Errors;
use stage::{GROWTH, MEMORY, Stage, check};
use support::Random;
use support::format::tree;

/// What makes an argument of a key.
type Lend<K> = fn(&K) -> KeyArg<'_, K>;

/// What makes an argument of a value.
type LendValue<V> = fn(&V) -> Arg<'_, V>;

/// A key with an order of its own, the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Default, Growable)]
struct Late {
    time: u64,
    who: String,
}

impl Ord for Late {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.time, &other.who).cmp(&(self.time, &self.who))
    }
}

impl PartialOrd for Late {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[create_writer(filename = "trees.bin", growable)]
#[create_reader(filename = "trees.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Trees {
    /// Leaves below an inner node.
    numbers: BTreeMap<u64, u64>,
    texts: BTreeMap<String, String>,
    nested: BTreeMap<u8, BTreeMap<String, Vec<u32>>>,
    /// Both keys and values in blocks of their own.
    wide: BTreeMap<[u64; 10], [u64; 20]>,
    late: BTreeMap<Late, u32>,
    flags: BTreeSet<(bool, char)>,
}

fn long(number: u64) -> String {
    format!("{number}, which is a text with a block of its own")
}

fn late(time: u64) -> Late {
    Late { time, who: long(time) }
}

fn sample() -> Trees {
    let inner = BTreeMap::from([("a".into(), vec![1, 2]), (long(1), vec![])]);
    Trees {
        numbers: (0..130).map(|number| (number * 3, number)).collect(),
        texts: (0..20)
            .map(|n| (if n % 2 == 0 { n.to_string() } else { long(n) }, long(n)))
            .collect(),
        nested: BTreeMap::from([(1, inner.clone()), (2, BTreeMap::new()), (3, inner)]),
        wide: (0..3).map(|n| ([n; 10], [n; 20])).collect(),
        late: (0..4).map(|n| (late(n), n as u32)).collect(),
        flags: ('a'..'f').map(|c| (c == 'c', c)).collect(),
    }
}

fn stage() -> Stage {
    Stage::new(|path| TreesWriter::create_at(path).unwrap().publish(&sample()).unwrap())
}

/// With a few blocks that stand for all.
fn some_damages(stage: &Stage) -> Vec<(usize, u64)> {
    let blocks = stage.kinds();
    assert!(blocks.len() >= 6, "{blocks:?}");
    stage.some_damages(79, |word| word < 400, &blocks)
}

/// Every way to read a map but those that only a view has.
fn read_map<K: Key, V: Growable, S: Source>(
    map: &BTreeMapRef<'_, K, V, S>,
    keys: &[K],
    arg: Lend<K>,
    errors: &mut Errors,
) {
    errors.read(map.len());
    errors.read(map.is_empty());
    errors.read(map.first_key_value().map(drop));
    errors.read(map.last_key_value().map(drop));
    for key in keys {
        errors.read(map.get(arg(key)).map(drop));
        errors.read(map.get_key_value(arg(key)).map(drop));
        errors.read(map.contains_key(arg(key)));
    }
    errors.read(map.load().map(drop));
}

/// Goes through a map of a view; there are never more entries than the file has bytes.
fn walk<K: Key, V: Growable>(
    map: &BTreeMapRef<'_, K, V>,
    from: KeyArg<'_, K>,
    most: usize,
    errors: &mut Errors,
) where
    for<'q> KeyArg<'q, K>: Clone,
{
    let mut count = 0;
    for entry in map.iter() {
        errors.read(entry.map(drop));
        count += 1;
        assert!(count <= most, "more entries than bytes");
    }
    for entry in map.range(from.clone()..).take(most).chain(map.range(..from).rev().take(most)) {
        errors.read(entry.map(drop));
    }
    let mut both = map.keys();
    while let Some(key) = both.next_back() {
        errors.read(key.map(drop));
        let Some(key) = both.next() else { break };
        errors.read(key.map(drop));
    }
    let mut visited = 0;
    errors.read(map.for_each(|_, _| visited += 1));
    assert!(visited <= most, "more entries than bytes");
}

/// Everything that a reader has.
fn read_all(r: &TreesReader, most: usize) -> u32 {
    let mut errors = Errors::default();
    read_map(&r.numbers(), &[0, 99, 200, 1000], |key| *key, &mut errors);
    read_map(&r.texts(), &["0".into(), long(7), "x".into()], |key| key, &mut errors);
    read_map(&r.nested(), &[0, 1, 3], |key| *key, &mut errors);
    read_map(&r.wide(), &[[1; 10], [9; 10]], |key| *key, &mut errors);
    read_map(&r.late(), &[late(2), late(9)], |key| key, &mut errors);
    errors.read(r.flags().len());
    errors.read(r.flags().contains((true, 'c')));
    errors.read(r.flags().first());
    errors.read(r.flags().load());
    errors.read(r.snapshot());
    errors.read(r.snapshot_into(&mut sample()));
    if let Some(view) = errors.read(r.pin()) {
        errors.read(view.snapshot());
        errors.read(view.verify());
        walk(&view.numbers(), 77, most, &mut errors);
        walk(&view.texts(), "12", most, &mut errors);
        walk(&view.nested(), 2, most, &mut errors);
        walk(&view.wide(), [1; 10], most, &mut errors);
        walk(&view.late(), &late(2), most, &mut errors);
        errors.read(view.flags().iter().rev().take(most).try_for_each(|key| key.map(drop)));
        for number in [1, 2, 3] {
            if let Some(Some(map)) = errors.read(view.nested().get(number)) {
                walk(&map, "b", most, &mut errors);
            }
        }
    }
    errors.0
}

/// Every way to change a map.
fn change_map<K: Key + Clone, V: Growable + Clone>(
    map: &mut BTreeMapMut<'_, K, V>,
    (keys, arg): (&[K], Lend<K>),
    (value, arg_of_value): (&V, LendValue<V>),
    errors: &mut Errors,
) {
    for key in keys {
        errors.write(map.insert(arg(key), arg_of_value(value)));
        errors.write(map.get_mut(arg(key)).map(drop));
        errors.write(map.replace(arg(key), arg_of_value(value)).map(drop));
        errors.write(map.remove(arg(key)).map(drop));
        if let Some(entry) = errors.write(map.entry(arg(key))) {
            errors.write(entry.or_insert(arg_of_value(value)).map(drop));
        }
    }
    errors.write(
        map.first_entry().and_then(|entry| entry.map(|entry| entry.remove()).transpose()).map(drop),
    );
    errors.write(map.pop_first().map(drop));
    errors.write(map.pop_last().map(drop));
    let mut is_kept = true;
    errors.write(map.retain(|_, _| {
        is_kept = !is_kept;
        is_kept
    }));
    let added: BTreeMap<K, V> = keys.iter().map(|key| (key.clone(), value.clone())).collect();
    errors.write(map.append(&added));
    if let Some(key) = keys.first() {
        errors.write(map.discard(arg(key)));
        errors.write(map.split_off(arg(key)).map(drop));
    }
}

/// Changes everything in every way; goes on after errors.
fn change_all(w: &mut TreesWriter) -> u32 {
    let mut errors = Errors::default();
    let numbers: Vec<u64> = (0..90).map(|number| number * 4 % 391).collect();
    change_map(&mut w.numbers_mut(), (&numbers, |key| *key), (&1, |v| *v), &mut errors);
    let texts: Vec<String> =
        (0..9).map(|n| if n % 2 == 0 { long(n) } else { n.to_string() }).collect();
    change_map(&mut w.texts_mut(), (&texts, |key| key), (&long(1), |v| v), &mut errors);
    for number in [1, 2, 3] {
        if let Some(Some(mut map)) = errors.write(w.nested_mut().get_mut(number)) {
            let value = vec![1, 2, 3];
            change_map(&mut map, (&texts, |key| key), (&value, |v| v), &mut errors);
        }
    }
    let value = BTreeMap::from([("x".into(), vec![1])]);
    change_map(&mut w.nested_mut(), (&[1, 5], |key| *key), (&value, |v| v), &mut errors);
    change_map(&mut w.wide_mut(), (&[[1; 10], [7; 10]], |k| *k), (&[1; 20], |v| *v), &mut errors);
    change_map(&mut w.late_mut(), (&[late(2), late(7)], |key| key), (&1, |v| *v), &mut errors);
    errors.write(w.flags_mut().insert((true, 'x')));
    errors.write(w.flags_mut().remove((true, 'c')));
    errors.write(w.flags_mut().pop_last());
    errors.write(w.flags_mut().retain(|(flag, _)| !flag));
    let undone = w.transaction(|tx| {
        tx.numbers_mut().extend((0..300).map(|number| (number, 1)))?;
        tx.texts_mut().clear()?;
        Err::<(), _>(WriteError::Aborted)
    });
    errors.write(undone);
    errors.write(w.update(|trees| {
        trees.numbers.insert(77, 1);
        trees.nested.pop_first();
    }));
    errors.write(w.publish(&sample()));
    errors.0
}

/// Overwrites everything, which all see then, and the file is not longer for it.
fn repair(w: &mut TreesWriter, stage: &Stage, growth: u64, damage: (usize, u64)) {
    let (at, value) = damage;
    let all = sample();
    let repaired = check(damage, "to overwrite", stage.memory(), || {
        w.set_numbers(&all.numbers)?;
        w.set_texts(&all.texts)?;
        w.set_nested(&all.nested)?;
        w.set_wide(&all.wide)?;
        w.set_late(&all.late)?;
        w.set_flags(&all.flags)
    });
    assert_eq!(repaired, Ok(()), "word {at} = {value:#x}");
    let r = TreesReader::open_at(&stage.path).unwrap();
    assert!(r.snapshot().unwrap() == all, "word {at} = {value:#x}");
    r.pin().unwrap().verify().unwrap();
    let grown = w.file().stats().file_len.saturating_sub(stage.whole.len() as u64);
    assert!(grown < growth, "word {at} = {value:#x}: {grown} bytes longer");
}

#[test]
fn readers_of_damaged_trees_get_errors_or_values() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let r = TreesReader::open_at(&stage.path).unwrap();
    let most = stage.whole.len();
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    let mut refused = 0;
    for damage in some_damages(&stage) {
        let (at, value) = damage;
        stage.store(at, value);
        refused += check(damage, "a read", stage.memory(), || read_all(&r, most)).min(1);
        stage.store(at, stage.word(at));
    }
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    assert!(refused > 25, "only {refused} were noticed");
}

#[test]
fn a_writer_goes_on_over_damaged_trees_and_overwrites_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (mut refused, heap) = (0, stage.heap());
    for damage in some_damages(&stage) {
        let (at, value) = damage;
        if !heap.contains(&at) || stage.word(at) == 0 {
            continue;
        }
        stage.restore();
        let mut w = TreesWriter::create_at(&stage.path).unwrap();
        stage.store(at, value);
        refused += check(damage, "a change", stage.memory(), || change_all(&mut w)).min(2) / 2;
        repair(&mut w, &stage, GROWTH, damage);
        drop(w);
        // The next one finds nothing wrong.
        let w = TreesWriter::create_at(&stage.path).unwrap();
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    }
    assert!(refused > 2, "only {refused} were noticed");
}

#[test]
fn damaged_trees_are_refused_salvaged_or_replaced_when_a_writer_opens_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (mut refused, root) = (0, stage.root());
    for damage in some_damages(&stage) {
        let (at, value) = damage;
        if stage.word(at) == 0 && !root.contains(&at) {
            continue;
        }
        stage.restore();
        stage.store(at, value);
        let open = |on_corrupt| {
            let options = TreesWriter::options().path(&stage.path).on_corrupt(on_corrupt);
            check(damage, "an open", stage.memory(), || options.create())
        };
        let mut w = match open(OnCorrupt::Refuse) {
            Ok(w) => w,
            Err(error) => {
                let is_corrupt = matches!(error, CreateError::Unusable(OpenError::Corrupt { .. }));
                assert!(is_corrupt, "word {at} = {value:#x}: {error}");
                refused += 1;
                let salvaged = open(OnCorrupt::Salvage);
                salvaged.unwrap_or_else(|error| panic!("word {at} = {value:#x}: {error}"))
            }
        };
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, &stage, GROWTH, damage);
    }
    assert!(refused > 10, "only {refused} were refused");
}

#[test]
fn a_writer_survives_words_of_trees_that_change_between_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (heap, targets) = (stage.heap(), stage.kinds());
    for seed in 1..=30 {
        let mut random = Random(seed << 32 | 0x9e37_79b9);
        stage.restore();
        let mut w = TreesWriter::create_at(&stage.path).unwrap();
        let r = TreesReader::open_at(&stage.path).unwrap();
        for _ in 0..4 {
            for _ in 0..1 + random.below(5) {
                let at = heap.start + random.below((heap.end - heap.start) as u64 / 8) as usize * 8;
                let block = targets[random.below(targets.len() as u64) as usize];
                let level = block | random.below(16);
                let values = [block, level, random.next(), u64::MAX, 0, 1 << random.below(60)];
                stage.store(at, values[random.below(6) as usize]);
            }
            let memory = stage.whole.len() * 8 + 2 * MEMORY;
            check((0, seed), "a change", memory, || change_all(&mut w));
            check((0, seed), "a read", memory, || read_all(&r, 1 << 26));
        }
        repair(&mut w, &stage, 4 * GROWTH, (0, seed));
    }
}

/// Where the numbers are: their cell in the root, their inner node, and its leaves.
struct Astray {
    stage: Stage,
    cell: usize,
    node: usize,
    /// Where in the file the addresses of the leaves are.
    addresses: usize,
    leaves: Vec<usize>,
}

fn astray() -> Astray {
    let stage = stage();
    let cell = stage.root().start + support::format::heap::FIELDS;
    let word = stage.word(cell);
    assert_eq!((word & 15, stage.word(cell + 8)), (1, 130), "leaves below a node");
    let node = (word & !15) as usize;
    let addresses = node + tree::KEYS + (tree::NODE - tree::KEYS) / 16 * 8;
    let count = stage.word(node + tree::LEN) as u32 as usize;
    let leaves = (0..count).map(|slot| stage.word(addresses + slot * 8) as usize).collect();
    Astray { stage, cell, node, addresses, leaves }
}

impl Astray {
    /// What a reader of a pinned view says that is wrong, when these words are changed.
    fn verify(&self, words: &[(usize, u64)]) -> ReadError {
        words.iter().for_each(|(at, value)| self.stage.store(*at, *value));
        let r = TreesReader::open_at(&self.stage.path).unwrap();
        let verified = r.pin().unwrap().verify();
        words.iter().for_each(|(at, _)| self.stage.store(*at, self.stage.word(*at)));
        r.pin().unwrap().verify().unwrap();
        verified.unwrap_err()
    }
}

/// Its name, what is found wrong, in which block, and the words that are written.
type Case = (&'static str, &'static str, usize, Vec<(usize, u64)>);

#[test]
fn a_check_names_what_is_wrong_with_an_order_and_where() {
    let astray = astray();
    let Astray { stage, cell, node, addresses, leaves } = &astray;
    let key = |block: usize, slot: usize| block + tree::KEYS + slot * 8;
    let last = (stage.word(leaves[0] + tree::LEN) as u32 - 1) as usize;
    let level =
        |level: u64, block: usize| stage.word(block + tree::LEN) as u32 as u64 | level << 32;
    let order = "place of a key in a node of a map";
    let cases: [Case; 9] = [
        ("keys of a leaf", order, leaves[0], vec![(key(leaves[0], 5), 1)]),
        ("equal keys", order, leaves[1], vec![(key(leaves[1], 1), stage.word(key(leaves[1], 0)))]),
        ("across leaves", order, *node, vec![(key(leaves[0], last), 1 << 40)]),
        ("a separator above", order, leaves[1], vec![(key(*node, 1), 1 << 40)]),
        ("a separator below", order, *node, vec![(key(*node, 1), 0)]),
        ("the first key", "first key of an inner node of a map", *node, vec![(key(*node, 0), 7)]),
        (
            "leaves in the wrong order",
            order,
            *node,
            vec![(*addresses, leaves[1] as u64), (addresses + 8, leaves[0] as u64)],
        ),
        (
            "the level",
            "level of a node",
            leaves[0],
            vec![(leaves[0] + tree::LEN, level(3, leaves[0]))],
        ),
        ("the count", "length of a map", *node, vec![(cell + 8, 131)]),
    ];
    for (case, expected, block, words) in cases {
        let error = astray.verify(&words);
        let ReadError::Corrupt { what, offset, .. } = &error else { panic!("{case}: {error}") };
        assert_eq!((*what, *offset), (expected, block as u64), "{case}: {error}");
        let text = error.to_string();
        assert!(text.contains(&offset.to_string()), "{case}: {text}");
        let way = if case == "keys of a leaf" { "numbers[5]" } else { "numbers" };
        assert!(text.contains(&format!("in field `{way}")), "{case}: {text}");
    }
}

#[test]
fn a_tree_of_any_level_and_length_costs_no_more_than_the_file_is_long() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, cell, node, addresses, .. } = &astray;
    let most = stage.whole.len();
    for level in [0, 1, 2, 3, 7, 15] {
        for len in [0, 1, 130, 1000, 1 << 14, 1 << 32, 1 << 60, u64::MAX] {
            for is_cycle in [false, true] {
                let damage = (level as usize, len);
                stage.restore();
                stage.store(*cell, *node as u64 | level);
                stage.store(cell + 8, len);
                // All ways lead back to the node.
                for slot in (0..63).filter(|_| is_cycle) {
                    stage.store(addresses + slot * 8, *node as u64);
                }
                if is_cycle {
                    stage.store(node + tree::LEN, 63 | level << 32);
                }
                let r = TreesReader::open_at(&stage.path).unwrap();
                check(damage, "a read", stage.memory(), || read_all(&r, most));
                drop(r);
                let options = TreesWriter::options().path(&stage.path);
                let options = options.on_corrupt(OnCorrupt::Salvage);
                let mut w = check(damage, "an open", stage.memory(), || options.create()).unwrap();
                check(damage, "a change", stage.memory(), || change_all(&mut w));
                repair(&mut w, stage, GROWTH, damage);
            }
        }
    }
}

#[test]
fn trees_may_share_nodes_and_nodes_may_lead_nowhere_or_to_other_kinds() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, cell, node, addresses, leaves } = &astray;
    let texts = stage.word(cell + 16);
    let nested = (stage.word(cell + 32) & !15) as usize;
    let cases: [&[(usize, u64)]; 10] = [
        &[(*cell, texts)],
        &[(cell + 16, *node as u64 | 1)],
        &[(*addresses, leaves[1] as u64)],
        &[(*addresses, 0)],
        &[(addresses + 8, *node as u64)],
        &[(*addresses, texts & !15)],
        &[(*cell, leaves[0] as u64)],
        &[(*cell, leaves[0] as u64), (cell + 8, 63)],
        &[(node + tree::LEN, 1 << 32)],
        // A nested map that is the one around it.
        &[(nested + 24, nested as u64), (nested + 32, nested as u64)],
    ];
    for (index, words) in cases.iter().enumerate() {
        let damage = (index, 0);
        stage.restore();
        let mut w = TreesWriter::create_at(&stage.path).unwrap();
        words.iter().for_each(|(at, value)| stage.store(*at, *value));
        let r = TreesReader::open_at(&stage.path).unwrap();
        check(damage, "a read", stage.memory(), || read_all(&r, stage.whole.len()));
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, stage, GROWTH, damage);
        drop((w, r));
        stage.restore();
        words.iter().for_each(|(at, value)| stage.store(*at, *value));
        let options = TreesWriter::options().path(&stage.path).on_corrupt(OnCorrupt::Salvage);
        let mut w = check(damage, "an open", stage.memory(), || options.create()).unwrap();
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, stage, GROWTH, damage);
    }
}
