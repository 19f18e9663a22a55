//! Random changes of ordered maps and sets against std's, with rollbacks, views that are kept, and
//! reopenings.

use core::fmt::Debug;
use core::ops::{Bound, Deref};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::random::Random;
use super::{Place, place};
use crate::error::WriteError;
use crate::format::{FieldNote, RecordSpec};
use crate::growable::at::At;
use crate::growable::btree_map::Entry;
use crate::growable::cell::{Arg, Cell, Key, KeyArg};
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::record::{GrowableRecord, Layout, RootField, spec};
use crate::growable::snap::Snap;
use crate::growable::writer::Sink;
use crate::growable::{BTreeMapMut, BTreeSetMut, Growable, Reader, View, Writer};
use crate::record::{Record, SpecCell};

type Wide = BTreeMap<[u64; 10], [u64; 20]>;
type Nested = BTreeMap<u16, BTreeMap<String, Vec<u32>>>;
type Pairs = BTreeMap<(u8, Option<String>), u8>;

/// Keys of a word, of text, of odd sizes, too large for a node, of several values; values with blocks,
/// with maps, too large for a leaf; and sets.
#[derive(Debug, Clone, PartialEq, Default)]
struct Trees {
    words: BTreeMap<u64, u64>,
    texts: BTreeMap<String, String>,
    wide: Wide,
    nested: Nested,
    pairs: Pairs,
    lists: BTreeMap<Vec<u16>, [u8; 3]>,
    bytes: BTreeSet<u8>,
    names: BTreeSet<String>,
}

macro_rules! trees {
    ($count:literal: $($index:literal $field:ident: $ty:ty,)*) => {
        const LAYOUT: Layout<$count> = Layout::root([$((<$ty as Cell>::SIZE, 8)),*]);

        impl GrowableRecord for Trees {
            type View<'v> = TreesView<'v>;

            const FIELDS: &'static [RootField] =
                &[$(RootField::new::<$ty>(stringify!($field), LAYOUT.offsets[$index])),*];

            fn load(snap: &Snap<'_>) -> Result<Self, Fault> {
                Ok(Self { $($field: <$ty>::load(snap, At::root(LAYOUT.offsets[$index]))?),* })
            }

            fn load_into(snap: &Snap<'_>, value: &mut Self) -> Result<(), Fault> {
                $(<$ty>::load_into(
                    snap,
                    At::root(LAYOUT.offsets[$index]),
                    &mut value.$field,
                )?;)*
                Ok(())
            }

            fn reconcile(&self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
                $(<$ty>::reconcile(
                    &self.$field,
                    cursor.reborrow().field(LAYOUT.offsets[$index]),
                )?;)*
                Ok(())
            }
        }
    };
}

trees! { 8:
    0 words: BTreeMap<u64, u64>,
    1 texts: BTreeMap<String, String>,
    2 wide: Wide,
    3 nested: Nested,
    4 pairs: Pairs,
    5 lists: BTreeMap<Vec<u16>, [u8; 3]>,
    6 bytes: BTreeSet<u8>,
    7 names: BTreeSet<String>,
}

/// A view, as the attributes would wrap it.
#[derive(Debug)]
struct TreesView<'v>(View<'v, Trees>);

impl<'v> From<View<'v, Trees>> for TreesView<'v> {
    fn from(view: View<'v, Trees>) -> Self {
        Self(view)
    }
}

impl<'v> Deref for TreesView<'v> {
    type Target = View<'v, Trees>;

    fn deref(&self) -> &View<'v, Trees> {
        &self.0
    }
}

impl Record for Trees {
    const NAME: &'static str = "Trees";
    const PACKAGE: &'static str = "commy";
    const PACKAGE_VERSION: &'static str = "1";
    const NOTES: &'static [FieldNote] = &[];

    fn spec() -> &'static RecordSpec {
        static SPEC: SpecCell = SpecCell::new();
        spec::<Self>(&SPEC, LAYOUT.size, LAYOUT.align)
    }
}

fn at(field: usize) -> usize {
    LAYOUT.offsets[field]
}

/// How keys and values are passed, and made up.
struct Kind<K: Key, V: Growable> {
    key: fn(&K) -> KeyArg<'_, K>,
    value: fn(&V) -> Arg<'_, V>,
    make_key: fn(&mut Random) -> K,
    make_value: fn(&mut Random) -> V,
}

fn text(random: &mut Random) -> String {
    // Some have so much in common that leaves store it once, in several lengths.
    let mut text = match random.below(3) {
        0 => "€".repeat(random.up_to([3, 10, 60])),
        1 => format!("https://example.com/{}/", "items/".repeat(random.up_to([1, 2, 25]))),
        _ => String::from("https://example.com/users/"),
    };
    text.push_str(&random.below(300).to_string());
    text
}

fn numbers(random: &mut Random) -> Vec<u32> {
    let len = random.up_to([3, 30, 300]);
    (0..len).map(|_| random.below(1 << 32) as u32).collect()
}

fn texts(random: &mut Random) -> BTreeMap<String, Vec<u32>> {
    (0..random.up_to([2, 5, 40])).map(|_| (text(random), numbers(random))).collect()
}

/// One that is there, or another one.
fn some_key<K: Clone + Ord, V>(
    random: &mut Random,
    twin: &BTreeMap<K, V>,
    make: fn(&mut Random) -> K,
) -> K {
    let made = make(random);
    match twin.range(&made..).next() {
        Some((key, _)) if random.below(3) > 0 => key.clone(),
        _ => made,
    }
}

/// One random change of a map and of its twin.
fn change<K: Key + Clone + Debug, V: Growable + Clone + PartialEq + Debug>(
    random: &mut Random,
    map: &mut BTreeMapMut<'_, K, V>,
    twin: &mut BTreeMap<K, V>,
    Kind { key, value, make_key, make_value }: &Kind<K, V>,
) -> Result<(), WriteError>
where
    for<'a> KeyArg<'a, K>: Clone,
{
    let one = some_key(random, twin, *make_key);
    match random.below(20) {
        0..=3 => {
            let (new, made) = (make_key(random), make_value(random));
            map.insert(key(&new), value(&made))?;
            twin.insert(new, made);
        }
        4 => {
            let made = make_value(random);
            assert_eq!(map.replace(key(&one), value(&made))?, twin.insert(one, made));
        }
        5 | 6 => assert_eq!(map.remove(key(&one))?, twin.remove(&one)),
        7 => assert_eq!(map.discard(key(&one))?, twin.remove(&one).is_some()),
        8 => {
            let count = random.up_to([4, 100, 600]);
            let added: BTreeMap<K, V> =
                (0..count).map(|_| (make_key(random), make_value(random))).collect();
            match random.below(3) {
                0 => map.append(&added)?,
                1 => map.extend(added.iter().rev().map(|(k, v)| (key(k), value(v))))?,
                _ => map.extend(added.iter().map(|(k, v)| (key(k), value(v))))?,
            }
            twin.extend(added);
        }
        9 => assert_eq!(map.pop_first()?, twin.pop_first()),
        10 => assert_eq!(map.pop_last()?, twin.pop_last()),
        11 => match (map.entry(key(&one.clone()))?, twin.contains_key(&one)) {
            (Entry::Occupied(mut entry), true) => {
                assert_eq!(entry.load()?, twin[&one]);
                let made = make_value(random);
                entry.insert(value(&made))?;
                assert_eq!(entry.load()?, made);
                twin.insert(one.clone(), made);
                if random.below(2) == 0 {
                    assert_eq!(Some(entry.remove()?), twin.remove(&one));
                }
            }
            (Entry::Vacant(entry), false) => {
                let made = make_value(random);
                entry.insert(value(&made))?;
                twin.insert(one, made);
            }
            (entry, _) => panic!("{entry:?}"),
        },
        12 => {
            let keeps: Vec<bool> = twin.iter().map(|_| random.below(3) > 0).collect();
            let mut index = 0;
            let mut next = || {
                index += 1;
                keeps[index - 1]
            };
            map.retain(|_, _| next())?;
            index = 0;
            let mut next = || {
                index += 1;
                keeps[index - 1]
            };
            twin.retain(|_, _| next());
        }
        13 if random.below(4) == 0 => {
            assert_eq!(map.split_off(key(&one))?, twin.split_off(&one));
        }
        14 if random.below(8) == 0 => {
            map.clear()?;
            twin.clear();
        }
        15 => {
            let count = random.up_to([2, 20, 400]);
            *twin = (0..count).map(|_| (make_key(random), make_value(random))).collect();
            map.assign(twin)?;
        }
        16 => {
            let other = some_key(random, twin, *make_key);
            let (start, end) = (one.clone().min(other.clone()), one.max(other));
            let read = map.as_ref()?;
            let bounds = (Bound::Excluded(key(&start)), Bound::Included(key(&end)));
            let mut found = Vec::new();
            for entry in read.range(bounds) {
                found.push(entry?.0);
            }
            assert_eq!(
                found.len(),
                twin.range((Bound::Excluded(&start), Bound::Included(&end))).count()
            );
            let (mut walk, mut left, mut ends) = (read.keys(), twin.len(), 0);
            while left > 0 {
                let next = if random.below(2) == 0 { walk.next() } else { walk.next_back() };
                next.unwrap()?;
                (left, ends) = (left - 1, ends + 1);
            }
            assert!(walk.next().is_none() && walk.next_back().is_none(), "{ends}");
        }
        _ => {
            let read = map.as_ref()?;
            assert_eq!(read.contains_key(key(&one))?, twin.contains_key(&one));
            assert_eq!(read.first_key_value()?.is_some(), !twin.is_empty());
            let mut keys = Vec::new();
            read.for_each(|key, _| keys.push(key.clone()))?;
            assert!(keys.iter().eq(twin.keys()));
            assert_eq!(map.len()?, twin.len());
        }
    }
    Ok(())
}

/// How keys are passed.
type AsArg<K> = fn(&K) -> KeyArg<'_, K>;

/// One random change of a set and of its twin.
fn change_set<K: Key + Clone + Debug>(
    random: &mut Random,
    set: &mut BTreeSetMut<'_, K>,
    twin: &mut BTreeSet<K>,
    (key, make): (AsArg<K>, fn(&mut Random) -> K),
) -> Result<(), WriteError> {
    let one = make(random);
    match random.below(12) {
        0..=3 => assert_eq!(set.insert(key(&one))?, twin.insert(one)),
        4 | 5 => assert_eq!(set.remove(key(&one))?, twin.remove(&one)),
        6 => {
            let added: BTreeSet<K> =
                (0..random.up_to([4, 90, 900])).map(|_| make(random)).collect();
            match random.below(2) {
                0 => set.append(&added)?,
                _ => set.extend(added.iter().map(key))?,
            }
            twin.extend(added);
        }
        7 => assert_eq!(set.pop_first()?, twin.pop_first()),
        8 => assert_eq!(set.pop_last()?, twin.pop_last()),
        9 if random.below(4) == 0 => assert_eq!(set.split_off(key(&one))?, twin.split_off(&one)),
        10 => {
            set.retain(|key| *key < one)?;
            twin.retain(|key| *key < one);
        }
        _ => {
            assert_eq!(set.contains(key(&one))?, twin.contains(&one));
            assert_eq!(set.as_ref()?.first()?.is_some(), twin.first().is_some());
            assert_eq!(set.as_ref()?.iter().rev().count(), twin.len());
            assert_eq!(set.load()?, *twin);
        }
    }
    Ok(())
}

fn change_field(
    random: &mut Random,
    sink: &mut impl Sink,
    twin: &mut Trees,
) -> Result<(), WriteError> {
    match random.below(9) {
        0 => {
            let kind = Kind {
                key: |k| *k,
                value: |v| *v,
                make_key: |random| random.below(3000),
                make_value: |random| random.below(u64::MAX),
            };
            let mut map = <BTreeMap<u64, u64>>::change(sink.cursor(at(0)));
            change(random, &mut map, &mut twin.words, &kind)
        }
        1 => {
            let kind: Kind<String, String> = Kind {
                key: |k| k.as_str(),
                value: |v| v.as_str(),
                make_key: text,
                make_value: text,
            };
            let mut map = <BTreeMap<String, String>>::change(sink.cursor(at(1)));
            change(random, &mut map, &mut twin.texts, &kind)
        }
        2 => {
            let kind = Kind {
                key: |k| *k,
                value: |v| *v,
                make_key: |random| [random.below(200); 10],
                make_value: |random| [random.below(u64::MAX); 20],
            };
            change(random, &mut Wide::change(sink.cursor(at(2))), &mut twin.wide, &kind)
        }
        3 => {
            let kind = Kind {
                key: |k| *k,
                value: |v| v,
                make_key: |random| random.below(60) as u16,
                make_value: texts,
            };
            change(random, &mut Nested::change(sink.cursor(at(3))), &mut twin.nested, &kind)
        }
        4 => {
            let kind: Kind<(u8, Option<String>), u8> = Kind {
                key: |(number, text)| (*number, text.as_deref()),
                value: |v| *v,
                make_key: |random| {
                    let text = (random.below(3) > 0).then(|| text(random));
                    (random.below(4) as u8, text)
                },
                make_value: |random| random.below(256) as u8,
            };
            change(random, &mut Pairs::change(sink.cursor(at(4))), &mut twin.pairs, &kind)
        }
        5 => {
            let kind: Kind<Vec<u16>, [u8; 3]> = Kind {
                key: |k| k.as_slice(),
                value: |v| *v,
                make_key: |random| (0..random.below(5)).map(|_| random.below(6) as u16).collect(),
                make_value: |random| [random.below(256) as u8; 3],
            };
            let mut map = <BTreeMap<Vec<u16>, [u8; 3]>>::change(sink.cursor(at(5)));
            change(random, &mut map, &mut twin.lists, &kind)
        }
        6 => {
            let mut set = <BTreeSet<u8>>::change(sink.cursor(at(6)));
            let make: fn(&mut Random) -> u8 = |random| random.below(256) as u8;
            change_set(random, &mut set, &mut twin.bytes, (|key| *key, make))
        }
        7 => {
            let mut set = <BTreeSet<String>>::change(sink.cursor(at(7)));
            change_set::<String>(random, &mut set, &mut twin.names, (|key| key.as_str(), text))
        }
        _ => {
            let Some(number) = twin.nested.keys().next().copied() else { return Ok(()) };
            let maps = Nested::change(sink.cursor(at(3)));
            let mut map = maps.into_get_mut(number)?.unwrap();
            let inner = twin.nested.get_mut(&number).unwrap();
            let kind: Kind<String, Vec<u32>> = Kind {
                key: |k| k.as_str(),
                value: |v| v.as_slice(),
                make_key: text,
                make_value: numbers,
            };
            // The same proxy over several publishes.
            for _ in 0..3 {
                change(random, &mut map, inner, &kind)?;
            }
            let key = text(random);
            map.entry(&key)?.or_default()?.push(7)?;
            inner.entry(key).or_default().push(7);
            Ok(())
        }
    }
}

struct Model {
    place: Place,
    writer: Option<Writer<Trees>>,
    reader: Reader<Trees>,
    twin: Trees,
    kept: VecDeque<(View<'static, Trees>, Trees)>,
    reused: Trees,
    random: Random,
}

impl Model {
    fn new(seed: u64) -> Self {
        let place = place();
        let writer = Some(Writer::create_at(&place.path).unwrap());
        let reader = Reader::open_at(&place.path).unwrap();
        let (twin, reused) = (Trees::default(), Trees::default());
        Self {
            place,
            writer,
            reader,
            twin,
            kept: VecDeque::new(),
            reused,
            random: Random::new(seed),
        }
    }

    fn step(&mut self) {
        let Self { place, writer, reader, twin, kept, random, .. } = self;
        match random.below(24) {
            0 if random.below(4) == 0 => {
                drop(writer.take());
                *writer = Some(Writer::create_at(&place.path).unwrap());
            }
            1 if kept.len() < 4 && writer.as_ref().unwrap().file().generation() > 0 => {
                kept.push_back((reader.clone().into_pinned().unwrap(), twin.clone()));
            }
            2 => drop(kept.pop_front()),
            3..=7 => {
                let before = twin.clone();
                let aborts = random.below(4) == 0;
                let result = writer.as_mut().unwrap().transaction(|tx| {
                    for _ in 0..random.below(10) {
                        change_field(random, tx, twin)?;
                    }
                    if aborts { Err(WriteError::Aborted) } else { Ok(()) }
                });
                assert_eq!(result.is_err(), aborts);
                if aborts {
                    *twin = before;
                }
            }
            8 => {
                // Part of it as it is, part of it not.
                if let Some(mut entry) = twin.texts.last_entry() {
                    entry.get_mut().push('x');
                }
                let number = random.below(3000);
                twin.words.extend([(number, 2), (number + 7, 3)]);
                twin.nested.pop_last();
                if let Some(mut entry) = twin.nested.first_entry() {
                    entry.get_mut().entry(text(random)).or_default().push(1);
                }
                twin.names.insert(text(random));
                twin.bytes.pop_first();
                let before = writer.as_ref().unwrap().file().generation();
                writer.as_mut().unwrap().publish(twin).unwrap();
                writer.as_mut().unwrap().publish(twin).unwrap();
                let after = writer.as_ref().unwrap().file().generation();
                assert_eq!(after, before + 1, "what is there already is not published");
            }
            _ => change_field(random, writer.as_mut().unwrap(), twin).unwrap(),
        }
    }

    fn check(&mut self) {
        let Self { writer, reader, twin, kept, reused, .. } = self;
        let writer = writer.as_ref().unwrap();
        assert_eq!(writer.snapshot().unwrap(), *twin);
        assert_eq!(writer.file().stats().leaked, 0);
        writer.check_books();
        if writer.file().generation() == 0 {
            return;
        }
        reader.snapshot_into(reused).unwrap();
        assert_eq!(*reused, *twin);
        for (view, twin) in kept {
            assert_eq!(view.snapshot().unwrap(), *twin, "generation {}", view.generation());
            view.verify().unwrap();
        }
    }
}

fn run(seeds: u64, steps: u64, check_every: u64) {
    for seed in 0..seeds {
        let mut model = Model::new(seed);
        for step in 0..steps {
            model.step();
            if step % check_every == 0 {
                model.check();
            }
        }
        model.check();
    }
}

#[test]
fn random_changes_of_maps_and_sets_are_those_of_std() {
    run(4, 150, 5);
}

/// A million changes: `cargo test --release -p commy --lib -- --ignored a_million_changes`.
#[test]
#[ignore = "takes minutes"]
fn a_million_changes_of_maps_and_sets_are_those_of_std() {
    run(50, 12_000, 200);
}
