//! Random changes of hash maps and sets against std's, with rollbacks, views that are kept, and
//! reopenings; also where many keys, or all, have the same hash.

use core::fmt::Debug;
use core::ops::Deref;
use std::collections::{HashMap, HashSet, VecDeque};

use super::random::Random;
use super::{Place, place};
use crate::error::WriteError;
use crate::format::{FieldNote, RecordSpec};
use crate::growable::at::At;
use crate::growable::cell::{Arg, Cell, Growable, HashKey, kept_bits};
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::hash_map::Entry;
use crate::growable::record::{GrowableRecord, Layout, RootField, spec};
use crate::growable::snap::Snap;
use crate::growable::source::ViewSource;
use crate::growable::writer::Sink;
use crate::growable::{HashMapMut, HashSetMut, KeyArg, Reader, View, Writer};
use crate::record::{Record, SpecCell};

/// Small and large entries, with blocks, with maps in maps, and sets.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Maps {
    pub(super) words: HashMap<u64, u64>,
    texts: HashMap<String, String>,
    nested: HashMap<u32, HashMap<u16, Vec<u8>>>,
    wide: HashMap<[u64; 9], [u64; 20]>,
    numbers: HashSet<u16>,
    pairs: HashSet<(u8, Option<String>)>,
}

macro_rules! maps {
    ($count:literal: $($index:literal $field:ident: $ty:ty,)*) => {
        const LAYOUT: Layout<$count> = Layout::root([$((<$ty as Cell>::SIZE, 8)),*]);

        impl GrowableRecord for Maps {
            type View<'v> = MapsView<'v>;

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

type Inner = HashMap<u16, Vec<u8>>;

maps! { 6:
    0 words: HashMap<u64, u64>,
    1 texts: HashMap<String, String>,
    2 nested: HashMap<u32, Inner>,
    3 wide: HashMap<[u64; 9], [u64; 20]>,
    4 numbers: HashSet<u16>,
    5 pairs: HashSet<(u8, Option<String>)>,
}

/// A view, as the attributes would wrap it.
#[derive(Debug)]
pub(super) struct MapsView<'v>(View<'v, Maps>);

impl<'v> From<View<'v, Maps>> for MapsView<'v> {
    fn from(view: View<'v, Maps>) -> Self {
        Self(view)
    }
}

impl<'v> Deref for MapsView<'v> {
    type Target = View<'v, Maps>;

    fn deref(&self) -> &View<'v, Maps> {
        &self.0
    }
}

impl Record for Maps {
    const NAME: &'static str = "Maps";
    const PACKAGE: &'static str = "commy";
    const PACKAGE_VERSION: &'static str = "1";
    const NOTES: &'static [FieldNote] = &[];

    fn spec() -> &'static RecordSpec {
        static SPEC: SpecCell = SpecCell::new();
        spec::<Self>(&SPEC, LAYOUT.size, LAYOUT.align)
    }
}

pub(super) fn at(field: usize) -> usize {
    LAYOUT.offsets[field]
}

/// How a key and a value are passed, and made up.
struct Kind<K: Growable, V: Growable> {
    key: fn(&K) -> KeyArg<'_, K>,
    value: fn(&V) -> Arg<'_, V>,
    make_key: fn(&mut Random) -> K,
    make_value: fn(&mut Random) -> V,
}

fn word(random: &mut Random) -> u64 {
    let below = [30, 1000, 100_000][random.below(3) as usize];
    random.below(below)
}

fn text(random: &mut Random) -> String {
    "€".repeat(random.up_to([3, 10, 90]))
}

fn pair((number, text): &(u8, Option<String>)) -> KeyArg<'_, (u8, Option<String>)> {
    (*number, text.as_deref())
}

fn inner(random: &mut Random) -> Inner {
    let len = random.up_to([3, 8, 90]);
    (0..len).map(|_| (random.below(300) as u16, vec![7; random.up_to([3, 3, 30])])).collect()
}

fn change<K, V>(
    random: &mut Random,
    map: &mut HashMapMut<'_, K, V>,
    twin: &mut HashMap<K, V>,
    Kind { key: key_arg, value: arg, make_key, make_value }: &Kind<K, V>,
) -> Result<(), WriteError>
where
    K: HashKey + Clone + Debug,
    V: Growable + Clone + PartialEq + Debug,
{
    // One that is there, or any.
    let mut some = twin.keys().cloned().collect::<Vec<_>>();
    let index = random.below(some.len().max(1) as u64) as usize;
    let key = match some.is_empty() || random.below(3) == 0 {
        true => make_key(random),
        false => some.swap_remove(index),
    };
    match random.below(20) {
        0..=2 => {
            let value = make_value(random);
            map.insert(key_arg(&key), arg(&value))?;
            twin.insert(key, value);
        }
        3 => {
            let value = make_value(random);
            assert_eq!(map.replace(key_arg(&key), arg(&value))?, twin.insert(key, value));
        }
        4 | 5 => assert_eq!(map.remove(key_arg(&key))?, twin.remove(&key)),
        6 => assert_eq!(map.remove_entry(key_arg(&key))?, twin.remove_entry(&key)),
        7 => assert_eq!(map.discard(key_arg(&key))?, twin.remove(&key).is_some()),
        8 | 9 => {
            let len = random.up_to([4, 90, if V::Cell::HAS_BLOCKS { 90 } else { 3000 }]);
            let new: Vec<(K, V)> =
                (0..len).map(|_| (make_key(random), make_value(random))).collect();
            match random.below(2) {
                0 => map.extend(new.iter().map(|(key, value)| (key_arg(key), arg(value))))?,
                _ => map.append(&new.iter().cloned().collect())?,
            }
            twin.extend(new);
        }
        10 => {
            let kept: HashSet<K> = twin.keys().filter(|_| random.below(4) > 0).cloned().collect();
            map.retain(|key, value| {
                assert_eq!(twin.get(key), Some(value));
                kept.contains(key)
            })?;
            twin.retain(|key, _| kept.contains(key));
        }
        11 if random.below(4) == 0 => {
            map.clear()?;
            twin.clear();
        }
        12 if random.below(2) == 0 => {
            assert_eq!(map.drain()?, core::mem::take(twin));
        }
        13 => {
            let new: HashMap<K, V> =
                (0..random.below(200)).map(|_| (make_key(random), make_value(random))).collect();
            map.assign(&new)?;
            *twin = new;
        }
        14 => {
            let value = make_value(random);
            map.entry(key_arg(&key))?.or_insert(arg(&value))?;
            twin.entry(key).or_insert(value);
        }
        15 => {
            let value = make_value(random);
            map.entry(key_arg(&key))?.or_insert_with(|| value.clone())?;
            twin.entry(key).or_insert(value);
        }
        16 => match map.entry(key_arg(&key))? {
            Entry::Occupied(mut entry) => {
                let value = make_value(random);
                if random.below(2) == 0 {
                    // The same entry over several publishes.
                    entry.insert(arg(&value))?;
                    assert_eq!(entry.load()?, value);
                    assert!(twin.insert(key.clone(), value).is_some());
                }
                match random.below(3) {
                    0 => assert_eq!(Some(entry.remove()?), twin.remove(&key)),
                    1 => assert_eq!(Some(entry.remove_entry()?), twin.remove_entry(&key)),
                    _ => assert_eq!(Some(&entry.load()?), twin.get(&key)),
                }
            }
            Entry::Vacant(entry) => {
                let value = make_value(random);
                entry.insert(arg(&value))?;
                assert!(twin.insert(key.clone(), value).is_none());
            }
        },
        17 => {
            let value = make_value(random);
            map.entry(key_arg(&key))?.and_modify(|old| *old = value.clone())?;
            twin.entry(key).and_modify(|old| *old = value);
        }
        _ => {
            assert_eq!(map.contains_key(key_arg(&key))?, twin.contains_key(&key));
        }
    }
    assert_eq!(map.len()?, twin.len());
    Ok(())
}

/// How a key is passed.
type Passed<K> = fn(&K) -> KeyArg<'_, K>;

fn change_set<K: HashKey + Clone + Debug>(
    random: &mut Random,
    set: &mut HashSetMut<'_, K>,
    twin: &mut HashSet<K>,
    (arg, make): (Passed<K>, fn(&mut Random) -> K),
) -> Result<(), WriteError> {
    let key = make(random);
    match random.below(11) {
        0..=2 => assert_eq!(set.insert(arg(&key))?, twin.insert(key)),
        3 | 4 => assert_eq!(set.remove(arg(&key))?, twin.remove(&key)),
        5 => {
            let new: Vec<K> = (0..random.up_to([4, 90, 900])).map(|_| make(random)).collect();
            match random.below(2) {
                0 => set.extend(new.iter().map(arg))?,
                _ => set.append(&new.iter().cloned().collect())?,
            }
            twin.extend(new);
        }
        6 => {
            let kept: HashSet<K> = twin.iter().filter(|_| random.below(4) > 0).cloned().collect();
            set.retain(|key| kept.contains(key))?;
            twin.retain(|key| kept.contains(key));
        }
        7 if random.below(4) == 0 => assert_eq!(set.drain()?, core::mem::take(twin)),
        8 => {
            let new: HashSet<K> = (0..random.below(200)).map(|_| make(random)).collect();
            set.assign(&new)?;
            *twin = new;
        }
        9 => assert_eq!(set.take(arg(&key))?, twin.take(&key)),
        _ => assert_eq!(set.contains(arg(&key))?, twin.contains(&key)),
    }
    assert_eq!(set.len()?, twin.len());
    Ok(())
}

const INNER: Kind<u16, Vec<u8>> = Kind {
    key: |key| *key,
    value: |value| value.as_slice(),
    make_key: |random| random.below(300) as u16,
    make_value: |random| vec![3; random.up_to([3, 3, 300])],
};

fn change_field(
    random: &mut Random,
    sink: &mut impl Sink,
    twin: &mut Maps,
) -> Result<(), WriteError> {
    match random.below(8) {
        0 => {
            let kind = Kind { key: |k| *k, value: |v| *v, make_key: word, make_value: word };
            change(
                random,
                &mut <HashMap<u64, u64>>::change(sink.cursor(at(0))),
                &mut twin.words,
                &kind,
            )
        }
        1 => {
            let kind = Kind::<String, String> {
                key: |k| k.as_str(),
                value: |v| v.as_str(),
                make_key: |random| word(random).to_string().repeat(random.up_to([2, 3, 9])),
                make_value: text,
            };
            let mut map = <HashMap<String, String>>::change(sink.cursor(at(1)));
            change(random, &mut map, &mut twin.texts, &kind)
        }
        2 => {
            let kind = Kind::<u32, Inner> {
                key: |k| *k,
                value: |v| v,
                make_key: |random| random.below(200) as u32,
                make_value: inner,
            };
            let mut map = <HashMap<u32, Inner>>::change(sink.cursor(at(2)));
            change(random, &mut map, &mut twin.nested, &kind)
        }
        3 => {
            let kind = Kind::<[u64; 9], [u64; 20]> {
                key: |k| *k,
                value: |v| *v,
                make_key: |random| [word(random); 9],
                make_value: |random| [word(random); 20],
            };
            let mut map = <HashMap<[u64; 9], [u64; 20]>>::change(sink.cursor(at(3)));
            change(random, &mut map, &mut twin.wide, &kind)
        }
        4 => {
            let mut set = <HashSet<u16>>::change(sink.cursor(at(4)));
            change_set::<u16>(
                random,
                &mut set,
                &mut twin.numbers,
                (|key| *key, |random| word(random) as u16),
            )
        }
        5 => {
            let mut set = <HashSet<(u8, Option<String>)>>::change(sink.cursor(at(5)));
            let make = |random: &mut Random| {
                (random.below(256) as u8, (random.below(2) == 0).then(|| text(random)))
            };
            change_set::<(u8, Option<String>)>(random, &mut set, &mut twin.pairs, (pair, make))
        }
        6 if !twin.nested.is_empty() => {
            let keys: Vec<u32> = twin.nested.keys().copied().collect();
            let key = keys[random.below(keys.len() as u64) as usize];
            let mut maps = <HashMap<u32, Inner>>::change(sink.cursor(at(2)));
            let mut map = maps.get_mut(key)?.unwrap();
            let twin = twin.nested.get_mut(&key).unwrap();
            // The same proxy over several publishes.
            for _ in 0..3 {
                change(random, &mut map, twin, &INNER)?;
            }
            map.entry(7)?.or_default()?.push(9)?;
            twin.entry(7).or_default().push(9);
            Ok(())
        }
        _ => {
            let key = random.below(200) as u32;
            let maps = <HashMap<u32, Inner>>::change(sink.cursor(at(2)));
            let mut map = maps.into_entry(key)?.or_default()?;
            change(random, &mut map, twin.nested.entry(key).or_default(), &INNER)
        }
    }
}

struct Model {
    place: Place,
    writer: Option<Writer<Maps>>,
    reader: Reader<Maps>,
    twin: Maps,
    kept: VecDeque<(View<'static, Maps>, Maps)>,
    reused: Maps,
    random: Random,
    /// How many there were.
    changes: u64,
}

impl Model {
    fn new(seed: u64) -> Self {
        let place = place();
        let writer = Some(Writer::create_at(&place.path).unwrap());
        let reader = Reader::open_at(&place.path).unwrap();
        let (twin, reused, kept) = (Maps::default(), Maps::default(), VecDeque::new());
        let random = Random::new(seed);
        Self { place, writer, reader, twin, kept, reused, random, changes: 0 }
    }

    fn step(&mut self) {
        let Self { place, writer, reader, twin, kept, random, changes, .. } = self;
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
                        *changes += 1;
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
                twin.words.retain(|_, _| random.below(3) > 0);
                twin.words.extend([(1, 2), (3, random.below(100))]);
                twin.texts.values_mut().take(3).for_each(|text| text.push('x'));
                twin.nested.insert(7, inner(random));
                twin.numbers.insert(random.below(5) as u16);
                twin.pairs.insert((9, None));
                let before = writer.as_ref().unwrap().file().generation();
                writer.as_mut().unwrap().publish(twin).unwrap();
                writer.as_mut().unwrap().publish(twin).unwrap();
                let after = writer.as_ref().unwrap().file().generation();
                assert!(after <= before + 1, "what is there already is not published");
            }
            _ => {
                *changes += 1;
                change_field(random, writer.as_mut().unwrap(), twin).unwrap();
            }
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
        let view = reader.pin().unwrap();
        let words: Result<HashMap<u64, u64>, _> =
            <HashMap<u64, u64>>::field(ViewSource::core(&view), At::root(at(0))).iter().collect();
        assert_eq!(words.unwrap(), twin.words);
        let (mut texts, mut pairs) = (HashMap::new(), HashSet::new());
        let core = ViewSource::core(&view);
        let stored = <HashMap<String, String>>::field(core, At::root(at(1)));
        stored.for_each(|key, value| drop(texts.insert(key.clone(), value))).unwrap();
        assert_eq!(texts, twin.texts);
        let stored = <HashSet<(u8, Option<String>)>>::field(core, At::root(at(5)));
        stored.for_each(|key| assert!(pairs.insert(key.clone()))).unwrap();
        assert_eq!(pairs, twin.pairs);
        view.verify().unwrap();
        for (view, twin) in kept {
            assert_eq!(view.snapshot().unwrap(), *twin, "generation {}", view.generation());
            view.verify().unwrap();
        }
    }
}

/// Returns how many changes there were.
fn run(seeds: u64, steps: u64, check_every: u64) -> u64 {
    let mut changes = 0;
    for seed in 0..seeds {
        let mut model = Model::new(seed);
        for step in 0..steps {
            model.step();
            if step % check_every == 0 {
                model.check();
            }
        }
        model.check();
        changes += model.changes;
    }
    changes
}

#[test]
fn random_changes_of_hash_maps_are_those_of_std() {
    assert!(run(4, 120, 10) > 400);
}

#[test]
fn keys_of_one_hash_are_told_apart() {
    kept_bits::with(0, || assert!(run(1, 60, 10) > 40));
}

#[test]
fn keys_whose_hashes_begin_alike_are_told_apart() {
    // The way by which two of them part is long, or there is none but the tag.
    for bits in [0b11 << 58, 0b111 << 54, 0xff << 56, 0x3, 0x0c30_c30c_30c3_0c30] {
        kept_bits::with(bits, || assert!(run(1, 40, 10) > 30));
    }
}

/// `cargo test --release -p commy --lib -- --ignored a_million_changes_of_hash`, which takes minutes.
#[test]
#[ignore = "takes minutes"]
fn a_million_changes_of_hash_maps_are_those_of_std() {
    assert!(run(50, 13_000, 200) >= 1_000_000);
}
