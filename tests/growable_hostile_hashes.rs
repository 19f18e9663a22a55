//! Hash maps and sets in a heap that somebody has tampered with: every word of a small one, one by one, and
//! words that belong together.
//!
//! As with lists: no call panics, each ends, none takes more memory than the file has room for values, the
//! file does not grow for it, and what is damaged can be overwritten.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/refusals.rs"]
mod refusals;
#[path = "support/stage.rs"]
mod stage;
mod support;

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::{HashMap, HashSet};
use std::panic::catch_unwind;

use commy::growable::hash_map::Entry;
use commy::growable::{
    Arg, HashKey, HashMapMut, HashMapRef, HashSetMut, HashSetRef, KeyArg, OnCorrupt, Source,
};
use commy::{
    CreateError, Growable, OpenError, ReadError, WriteError, create_reader, create_writer,
};

use refusals::Errors;
use stage::{GROWTH, MEMORY, Stage, check};
use support::Random;
use support::format;

/// What makes an argument of a key.
type Lend<K> = fn(&K) -> KeyArg<'_, K>;

/// What makes an argument of a value.
type LendValue<V> = fn(&V) -> Arg<'_, V>;

#[create_writer(filename = "hashes.bin", growable)]
#[create_reader(filename = "hashes.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Hashes {
    /// An inner node, and leaves below it.
    words: HashMap<u64, u64>,
    /// One leaf; keys and values with blocks of their own.
    texts: HashMap<String, String>,
    nested: HashMap<u32, HashMap<u16, Vec<u8>>>,
    /// Keys and values each in a block of its own.
    wide: HashMap<[u64; 9], [u64; 20]>,
    numbers: HashSet<u64>,
    pairs: HashSet<(u8, Option<String>)>,
}

/// By this, words that are nothing but content are known.
const CONTENT: u64 = 0x5555 << 48;

fn long(text: &str) -> String {
    format!("{text}, which is too long for its cell, also as a key")
}

fn sample() -> Hashes {
    let inner = |count: u16| (0..count).map(|key| (key, vec![key as u8; 20])).collect();
    Hashes {
        words: (0..70).map(|key| (CONTENT | key, CONTENT | key << 8)).collect(),
        texts: ["a", "b", "c"].map(|text| (text.into(), long(text))).into_iter().collect(),
        nested: HashMap::from([(1, inner(3)), (2, inner(1)), (3, inner(0))]),
        wide: HashMap::from([([CONTENT; 9], [CONTENT; 20]), ([CONTENT | 1; 9], [CONTENT; 20])]),
        numbers: (0..5).map(|number| CONTENT | number).collect(),
        pairs: HashSet::from([(1, None), (2, Some("two".into())), (3, Some(long("three")))]),
    }
}

fn stage() -> Stage {
    Stage::new(|path| HashesWriter::create_at(path).unwrap().publish(&sample()).unwrap())
}

/// The blocks of the sample, of which a few stand for all; those of inner nodes also as the addresses of
/// inner nodes.
fn targets(stage: &Stage) -> Vec<u64> {
    assert!(stage.blocks().len() >= 15, "{:?}", stage.blocks());
    stage.kinds().into_iter().flat_map(|block| [block, block | 1]).collect()
}

fn some_damages(stage: &Stage, each: usize) -> Vec<(usize, u64)> {
    stage.some_damages(each, |word| word >> 48 == 0x5555, &targets(stage))
}

/// Every way to read a map but those that only a view has.
fn read_map<K: HashKey, V: Growable, S: Source>(
    map: &HashMapRef<'_, K, V, S>,
    keys: &[KeyArg<'_, K>],
    errors: &mut Errors,
) where
    for<'a> KeyArg<'a, K>: Copy,
{
    errors.read(map.len());
    errors.read(map.is_empty());
    for key in keys {
        errors.read(map.get(*key).map(drop));
        errors.read(map.get_key_value(*key).map(drop));
        errors.read(map.contains_key(*key));
    }
    errors.read(map.load().map(drop));
    errors.read(map.load_into(&mut HashMap::new()));
}

/// Goes through a map of a view in each way; there are never more entries than the file has bytes.
fn walk_map<K: HashKey, V: Growable>(map: &HashMapRef<'_, K, V>, most: usize, errors: &mut Errors) {
    for counted in [
        map.iter().filter_map(|entry| errors.read(entry.map(drop))).count(),
        map.keys().filter_map(|key| errors.read(key.map(drop))).count(),
        map.values().filter_map(|value| errors.read(value.map(drop))).count(),
    ] {
        assert!(counted <= most, "more entries than bytes");
    }
    let mut count = 0;
    errors.read(map.for_each(|_, _| count += 1));
    assert!(count <= most, "more entries than bytes");
}

fn read_set<K: HashKey, S: Source>(
    set: &HashSetRef<'_, K, S>,
    keys: &[KeyArg<'_, K>],
    errors: &mut Errors,
) where
    for<'a> KeyArg<'a, K>: Copy,
{
    errors.read(set.len());
    for key in keys {
        errors.read(set.contains(*key));
        errors.read(set.get(*key).map(drop));
    }
    errors.read(set.load().map(drop));
    errors.read(set.load_into(&mut HashSet::new()));
}

fn walk_set<K: HashKey>(set: &HashSetRef<'_, K>, most: usize, errors: &mut Errors) {
    let counted = set.iter().filter_map(|key| errors.read(key.map(drop))).count();
    assert!(counted <= most, "more elements than bytes");
    errors.read(set.for_each(|_| {}));
    errors.read(set.is_subset(*set));
    errors.read(set.is_disjoint(*set));
}

/// Everything that a reader has.
fn read_all(r: &HashesReader, most: usize) -> u32 {
    let mut errors = Errors::default();
    read_map(&r.words(), &[CONTENT | 5, CONTENT | 69, 7], &mut errors);
    read_map(&r.texts(), &["a", "c", "not there", &long("a")], &mut errors);
    read_map(&r.nested(), &[1, 2, 3, 4], &mut errors);
    read_map(&r.wide(), &[[CONTENT; 9], [7; 9]], &mut errors);
    read_set(&r.numbers(), &[CONTENT | 3, 9], &mut errors);
    let three = long("three");
    read_set(&r.pairs(), &[(1, None), (3, Some(three.as_str())), (9, None)], &mut errors);
    errors.read(r.snapshot());
    errors.read(r.snapshot_into(&mut sample()));
    if let Some(view) = errors.read(r.pin()) {
        errors.read(view.snapshot());
        errors.read(view.verify());
        walk_map(&view.words(), most, &mut errors);
        walk_map(&view.texts(), most, &mut errors);
        walk_map(&view.nested(), most, &mut errors);
        walk_map(&view.wide(), most, &mut errors);
        walk_set(&view.numbers(), most, &mut errors);
        walk_set(&view.pairs(), most, &mut errors);
        for map in view.nested().values().take(5) {
            if let Some(map) = errors.read(map) {
                read_map(&map, &[0, 2, 9], &mut errors);
                walk_map(&map, most, &mut errors);
            }
        }
    }
    errors.0
}

#[test]
fn readers_of_damaged_hash_maps_get_errors_or_values() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let r = HashesReader::open_at(&stage.path).unwrap();
    let most = stage.whole.len();
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    let mut refused = 0;
    for damage in some_damages(&stage, 29) {
        let (at, value) = damage;
        stage.store(at, value);
        refused += check(damage, "a read", stage.memory(), || read_all(&r, most)).min(1);
        stage.store(at, stage.word(at));
    }
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    assert!(refused > 100, "only {refused} were noticed");
}

/// Every way to change a map, with keys that are there and others.
fn change_map<K: HashKey + Clone, V: Growable + Clone + Default>(
    map: &mut HashMapMut<'_, K, V>,
    keys: &[K],
    value: &V,
    (key_arg, arg): (Lend<K>, LendValue<V>),
    errors: &mut Errors,
) {
    errors.write(map.load().map(drop));
    for key in keys {
        errors.write(map.get_mut(key_arg(key)).map(drop));
        errors.write(map.insert(key_arg(key), arg(value)));
        errors.write(map.replace(key_arg(key), arg(value)).map(drop));
        match errors.write(map.entry(key_arg(key))) {
            Some(Entry::Occupied(mut entry)) => {
                errors.write(entry.key().map(drop));
                errors.write(entry.insert(arg(value)));
                errors.write(entry.load().map(drop));
                errors.write(entry.remove_entry().map(drop));
            }
            Some(Entry::Vacant(entry)) => {
                errors.write(entry.insert(arg(value)).map(drop));
            }
            None => {}
        }
        if let Some(entry) = errors.write(map.entry(key_arg(key))) {
            errors.write(entry.or_default().map(drop));
        }
        errors.write(map.remove(key_arg(key)).map(drop));
        errors.write(map.discard(key_arg(key)));
        errors.write(map.insert(key_arg(key), arg(value)));
    }
    let more = keys.iter().map(|key| (key_arg(key), arg(value)));
    errors.write(map.extend(more));
    let mut is_kept = true;
    errors.write(map.retain(|_, _| {
        is_kept = !is_kept;
        is_kept
    }));
    let assigned: HashMap<K, V> = keys.iter().map(|key| (key.clone(), value.clone())).collect();
    errors.write(map.append(&assigned));
}

fn change_set<K: HashKey + Clone>(
    set: &mut HashSetMut<'_, K>,
    keys: &[K],
    arg: Lend<K>,
    errors: &mut Errors,
) {
    for key in keys {
        errors.write(set.insert(arg(key)));
        errors.write(set.remove(arg(key)));
        errors.write(set.insert(arg(key)));
        errors.write(set.take(arg(key)).map(drop));
    }
    errors.write(set.extend(keys.iter().map(arg)));
    let mut is_kept = false;
    errors.write(set.retain(|_| {
        is_kept = !is_kept;
        is_kept
    }));
}

/// Changes everything in every way; goes on after errors.
fn change_all(w: &mut HashesWriter) -> u32 {
    let mut errors = Errors::default();
    let words: Vec<u64> = [CONTENT, CONTENT | 3, CONTENT | 69].into_iter().chain(7..14).collect();
    change_map(&mut w.words_mut(), &words, &5, (|key| *key, |value| *value), &mut errors);
    let texts = ["a".into(), "d".into(), long("e")];
    change_map(&mut w.texts_mut(), &texts, &long("x"), (|key| key, |text| text), &mut errors);
    let inner = HashMap::from([(7, vec![1; 9])]);
    change_map(&mut w.nested_mut(), &[1, 4], &inner, (|key| *key, |map| map), &mut errors);
    let wide = [[CONTENT; 9], [9; 9]];
    let value = [3; 20];
    errors.write(w.wide_mut().get_mut(wide[0]).map(drop));
    for key in wide {
        errors.write(w.wide_mut().insert(key, value));
        errors.write(w.wide_mut().remove(key).map(drop));
        errors.write(w.wide_mut().insert(key, value));
    }
    change_set(&mut w.numbers_mut(), &[CONTENT | 2, 8], |key| *key, &mut errors);
    let pairs = [(1, None), (3, Some(long("three"))), (4, Some(long("four")))];
    change_set::<(u8, Option<String>)>(&mut w.pairs_mut(), &pairs, pair, &mut errors);
    for key in 1..4 {
        if let Some(Some(mut map)) = errors.write(w.nested_mut().get_mut(key)) {
            change_map(&mut map, &[1, 9], &vec![4; 30], (|key| *key, |list| list), &mut errors);
            if let Some(Some(mut list)) = errors.write(map.get_mut(9)) {
                errors.write(list.push(5));
            }
        }
    }
    let undone = w.transaction(|tx| {
        tx.words_mut().extend((0..100).map(|key| (key, key)))?;
        tx.nested_mut().clear()?;
        tx.texts_mut().drain()?;
        Err::<(), _>(WriteError::Aborted)
    });
    errors.write(undone);
    errors.write(w.update(|hashes| {
        hashes.words.insert(1, 1);
        hashes.nested.remove(&2);
        hashes.pairs.insert((77, Some(long("z"))));
    }));
    errors.write(w.publish(&sample()));
    errors.0
}

fn pair((number, text): &(u8, Option<String>)) -> KeyArg<'_, (u8, Option<String>)> {
    (*number, text.as_deref())
}

/// Puts a value into each field, whatever is there.
fn overwrite_all(w: &mut HashesWriter, value: &Hashes) -> Result<(), WriteError> {
    w.set_words(&value.words)?;
    w.set_texts(&value.texts)?;
    w.set_nested(&value.nested)?;
    w.set_wide(&value.wide)?;
    w.set_numbers(&value.numbers)?;
    w.set_pairs(&value.pairs)
}

/// Overwrites everything, which all see then, and the file is not longer for it.
fn repair(w: &mut HashesWriter, stage: &Stage, growth: u64, damage: (usize, u64)) {
    let (at, value) = damage;
    let repaired = check(damage, "to overwrite", stage.memory(), || overwrite_all(w, &sample()));
    assert_eq!(repaired, Ok(()), "word {at} = {value:#x}");
    assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    let r = HashesReader::open_at(&stage.path).unwrap();
    assert!(r.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    r.pin().unwrap().verify().unwrap();
    let grown = w.file().stats().file_len.saturating_sub(stage.whole.len() as u64);
    assert!(grown < growth, "word {at} = {value:#x}: {grown} bytes longer");
}

#[test]
fn a_writer_goes_on_over_damaged_hash_maps_and_overwrites_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (mut refused, heap) = (0, stage.heap());
    for damage in some_damages(&stage, 61) {
        let (at, value) = damage;
        if !heap.contains(&at) || stage.word(at) == 0 {
            continue;
        }
        stage.restore();
        let mut w = HashesWriter::create_at(&stage.path).unwrap();
        stage.store(at, value);
        refused += check(damage, "a change", stage.memory(), || change_all(&mut w)).min(2) / 2;
        repair(&mut w, &stage, GROWTH, damage);
        drop(w);
        // The next one finds nothing wrong.
        let w = HashesWriter::create_at(&stage.path).unwrap();
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    }
    assert!(refused > 5, "only {refused} were noticed");
}

#[test]
fn damaged_hash_maps_are_refused_salvaged_or_replaced_when_a_writer_opens_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (mut refused, root) = (0, stage.root());
    for damage in some_damages(&stage, 61) {
        let (at, value) = damage;
        if stage.word(at) == 0 && !root.contains(&at) {
            continue;
        }
        stage.restore();
        stage.store(at, value);
        let open = |on_corrupt| {
            let options = HashesWriter::options().path(&stage.path).on_corrupt(on_corrupt);
            check(damage, "an open", stage.memory(), || options.create())
        };
        match open(OnCorrupt::Refuse) {
            Ok(mut w) => {
                check(damage, "a change", stage.memory(), || change_all(&mut w));
                repair(&mut w, &stage, GROWTH, damage);
                continue;
            }
            Err(error) => {
                let is_corrupt = matches!(error, CreateError::Unusable(OpenError::Corrupt { .. }));
                assert!(is_corrupt, "word {at} = {value:#x}: {error}");
            }
        }
        refused += 1;
        let mut w = open(OnCorrupt::Salvage)
            .unwrap_or_else(|error| panic!("word {at} = {value:#x}: {error}"));
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, &stage, GROWTH, damage);
        drop(w);
        stage.restore();
        stage.store(at, value);
        let mut w = open(OnCorrupt::Replace).unwrap();
        assert!(w.snapshot().unwrap().words.is_empty(), "a new file");
        w.publish(&sample()).unwrap();
    }
    assert!(refused > 30, "only {refused} were refused");
}

#[test]
fn a_writer_survives_words_of_hash_maps_that_change_between_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (heap, targets) = (stage.heap(), targets(&stage));
    for seed in 1..=12 {
        let mut random = Random(seed << 32 | 0x9e37_79b9);
        stage.restore();
        let mut w = HashesWriter::create_at(&stage.path).unwrap();
        let r = HashesReader::open_at(&stage.path).unwrap();
        for _ in 0..6 {
            for _ in 0..1 + random.below(5) {
                let at = heap.start + random.below((heap.end - heap.start) as u64 / 8) as usize * 8;
                let block = targets[random.below(targets.len() as u64) as usize];
                let head = random.below(60) | random.below(9) << 8 | random.below(12) << 32;
                let values = [block, head, random.next(), u64::MAX, 0, 1 << random.below(60)];
                stage.store(at, values[random.below(6) as usize]);
            }
            let memory = stage.whole.len() * 8 + 2 * MEMORY;
            check((0, seed), "a change", memory, || change_all(&mut w));
            check((0, seed), "a read", memory, || read_all(&r, 1 << 26));
        }
        repair(&mut w, &stage, 4 * GROWTH, (0, seed));
    }
}

/// What is read, found right, and read again.
#[test]
fn a_writer_survives_words_of_hash_maps_that_change_within_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let targets = targets(&stage);
    for seed in 1..=4 {
        stage.restore();
        let mut w = HashesWriter::create_at(&stage.path).unwrap();
        let r = HashesReader::open_at(&stage.path).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let scribble = || {
                let mut random = Random(seed << 32 | 0x9e37_79b9);
                while !is_over.load(Ordering::Relaxed) {
                    let block = targets[random.below(targets.len() as u64) as usize] & !1;
                    let at = block as usize + 8 + random.below(12) as usize * 8;
                    let other = targets[random.below(targets.len() as u64) as usize];
                    let head = random.below(60) | random.below(9) << 8;
                    let values = [other, head, random.below(200), 1 << random.below(60)];
                    stage.store(at, values[random.below(4) as usize]);
                }
            };
            scope.spawn(scribble);
            for _ in 0..12 {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    change_all(&mut w);
                    read_all(&r, 1 << 26);
                }));
                is_over.store(result.is_err(), Ordering::Relaxed);
                assert!(result.is_ok(), "seed {seed}: a change or a read panicked");
            }
            is_over.store(true, Ordering::Relaxed);
        });
        repair(&mut w, &stage, 16 * GROWTH, (0, seed));
    }
}

/// A file whose words one can lead astray together: where the cell of the words is in the root, its node,
/// and the first slots that are used.
struct Astray {
    stage: Stage,
    cell: usize,
    node: usize,
    used: Vec<usize>,
}

fn astray() -> Astray {
    let stage = stage();
    let cell = stage.root().start + format::heap::FIELDS;
    let word = stage.word(cell);
    assert_eq!((word & 15, stage.word(cell + 8)), (1, 70), "leaves below a node");
    let node = (word & !15) as usize;
    let slots = (0..format::hash::FAN_OUT).map(|slot| node + format::hash::SLOTS + 8 * slot);
    let used = slots.filter(|slot| stage.word(*slot) != 0).collect();
    Astray { stage, cell, node, used }
}

/// Reads, changes and repairs, with words that were led astray before or after a writer has opened the file.
fn go_astray(stage: &Stage, words: &[(usize, u64)], damage: (usize, u64)) {
    let set = || words.iter().for_each(|(at, value)| stage.store(*at, *value));
    stage.restore();
    let mut w = HashesWriter::create_at(&stage.path).unwrap();
    set();
    let r = HashesReader::open_at(&stage.path).unwrap();
    check(damage, "a read", stage.memory(), || read_all(&r, stage.whole.len()));
    check(damage, "a change", stage.memory(), || change_all(&mut w));
    repair(&mut w, stage, GROWTH, damage);
    drop((w, r));
    stage.restore();
    set();
    let options = HashesWriter::options().path(&stage.path).on_corrupt(OnCorrupt::Salvage);
    let mut w = check(damage, "an open", stage.memory(), || options.create()).unwrap();
    check(damage, "a change", stage.memory(), || change_all(&mut w));
    repair(&mut w, stage, GROWTH, damage);
}

#[test]
fn a_hash_map_of_any_length_and_seed_costs_no_more_than_the_file_is_long() {
    let _watchdog = stage::watchdog();
    let Astray { stage, cell, node, used } = astray();
    for len in [0, 1, 71, 1000, 1 << 60] {
        go_astray(&stage, &[(cell + 8, len)], (cell + 8, len));
        go_astray(&stage, &[(cell, 0), (cell + 8, len)], (cell, len));
        // All ways lead back to where they begin.
        let mut words: Vec<_> =
            (0..64).map(|slot| (node + format::hash::SLOTS + slot * 8, node as u64 | 1)).collect();
        words.push((cell + 8, len));
        go_astray(&stage, &words, (node, len));
        // All lead to one leaf.
        let leaf = stage.word(used[0]);
        let mut words: Vec<_> =
            (0..64).map(|slot| (node + format::hash::SLOTS + slot * 8, leaf)).collect();
        words.push((cell + 8, len));
        go_astray(&stage, &words, (used[0], len));
    }
    for seed in [0, 1, !stage.word(cell + 16)] {
        go_astray(&stage, &[(cell + 16, seed)], (cell + 16, seed));
    }
}

#[test]
fn leaves_of_any_length_and_tags_are_refused_or_read_within_their_bounds() {
    let _watchdog = stage::watchdog();
    let Astray { stage, cell, used, .. } = astray();
    // The leaf of the texts lies behind the words.
    let texts = stage.word(cell + 24) as usize;
    for leaf in [stage.word(used[0]) as usize, texts] {
        for len in [0, 9, 56, 255] {
            for tag_words in [0, 1, 2, 8] {
                let word = len | tag_words << 8;
                go_astray(&stage, &[(leaf + format::hash::LEN, word)], (leaf, word));
            }
        }
        for depth in [2, 11, 1 << 31] {
            let word = stage.word(leaf + format::hash::LEN) & 0xffff | depth << 32;
            go_astray(&stage, &[(leaf + format::hash::LEN, word)], (leaf, word));
        }
        for tags in [0, u64::MAX] {
            go_astray(&stage, &[(leaf + format::hash::TAGS, tags)], (leaf, tags));
        }
    }
}

#[test]
fn two_hash_maps_may_share_a_node_and_a_node_may_be_taken_for_another_kind() {
    let _watchdog = stage::watchdog();
    let Astray { stage, cell, node, used } = astray();
    let (texts, numbers) = (cell + 24, cell + 4 * 24);
    let leaf = stage.word(used[0]);
    let cases: [&[(usize, u64)]; 10] = [
        &[(cell, stage.word(texts))],
        &[(texts, node as u64 | 1)],
        &[(numbers, node as u64 | 1), (numbers + 8, 70)],
        &[(cell, node as u64)],
        &[(cell, leaf), (cell + 8, 3)],
        &[(cell, leaf | 1)],
        &[(used[0], leaf | 1)],
        &[(used[0], stage.word(used[1])), (used[1], leaf)],
        &[(used[0], node as u64), (used[1], node as u64 | 1)],
        &[(node, stage.word(leaf as usize)), (leaf as usize, stage.word(node))],
    ];
    for (index, words) in cases.iter().enumerate() {
        go_astray(&stage, words, (index, 0));
    }
}

/// `verify` asks for each key whether it is where its hash leads; to read costs no hash.
#[test]
fn keys_at_the_wrong_place_are_found_when_a_map_is_verified() {
    let Astray { stage, used, .. } = astray();
    let r = HashesReader::open_at(&stage.path).unwrap();
    let verify = |words: &[(usize, u64)]| {
        stage.restore();
        words.iter().for_each(|(at, value)| stage.store(*at, *value));
        r.pin().unwrap().verify().unwrap_err().to_string()
    };
    let (first, second) = (stage.word(used[0]), stage.word(used[1]));
    let error = verify(&[(used[0], second), (used[1], first)]);
    assert!(error.contains("hash of a key"), "{error}");
    let tags = first as usize + format::hash::TAGS;
    let error = verify(&[(tags, !stage.word(tags))]);
    assert!(error.contains("tag of a key"), "{error}");
    let head = first as usize + format::hash::LEN;
    let error = verify(&[(head, stage.word(head) ^ 3 << 32)]);
    assert!(error.contains("depth of a leaf"), "{error}");
    let cell = stage.root().start + format::heap::FIELDS;
    let error = verify(&[(cell + 8, 71)]);
    assert!(error.contains("length of a hash map"), "{error}");
}
