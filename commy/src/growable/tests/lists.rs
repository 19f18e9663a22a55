//! Random changes of lists against `Vec`, with rollbacks, views that are kept, and reopenings.

#![allow(clippy::box_collection, reason = "a list in a block of its own is a kind of its own")]

use core::ops::Deref;
use std::collections::VecDeque;

use super::random::Random;
use super::{Place, place};
use crate::error::WriteError;
use crate::format::{FieldNote, RecordSpec};
use crate::growable::at::At;
use crate::growable::cell::{Arg, Cell, CellOf, Growable};
use crate::growable::edit::Cursor;
use crate::growable::fault::Fault;
use crate::growable::record::{GrowableRecord, Layout, RootField, spec};
use crate::growable::snap::Snap;
use crate::growable::writer::Sink;
use crate::growable::{Reader, VecMut, View, Writer};
use crate::record::{Record, SpecCell};

/// Elements of one word, of odd sizes, with blocks, with lists, and too large for a chunk.
#[derive(Debug, Clone, PartialEq, Default)]
struct Lists {
    words: Vec<u64>,
    odd: Vec<[u8; 3]>,
    texts: Vec<String>,
    nested: Vec<Vec<u32>>,
    wide: Vec<[u64; 20]>,
    deep: Vec<Vec<Option<Box<Vec<String>>>>>,
}

macro_rules! lists {
    ($count:literal: $($index:literal $field:ident: $ty:ty,)*) => {
        const LAYOUT: Layout<$count> = Layout::root([$((<$ty as Cell>::SIZE, 8)),*]);

        impl GrowableRecord for Lists {
            type View<'v> = ListsView<'v>;

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

lists! { 6:
    0 words: Vec<u64>,
    1 odd: Vec<[u8; 3]>,
    2 texts: Vec<String>,
    3 nested: Vec<Vec<u32>>,
    4 wide: Vec<[u64; 20]>,
    5 deep: Vec<Vec<Option<Box<Vec<String>>>>>,
}

/// A view, as the attributes would wrap it.
#[derive(Debug)]
struct ListsView<'v>(View<'v, Lists>);

impl<'v> From<View<'v, Lists>> for ListsView<'v> {
    fn from(view: View<'v, Lists>) -> Self {
        Self(view)
    }
}

impl<'v> Deref for ListsView<'v> {
    type Target = View<'v, Lists>;

    fn deref(&self) -> &View<'v, Lists> {
        &self.0
    }
}

impl Record for Lists {
    const NAME: &'static str = "Lists";
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

/// How an element is passed, and one is made up.
struct Kind<T: Growable> {
    arg: fn(&T) -> Arg<'_, T>,
    make: fn(&mut Random) -> T,
}

fn text(random: &mut Random) -> String {
    "€".repeat(random.up_to([3, 10, 200]))
}

fn numbers(random: &mut Random) -> Vec<u32> {
    let len = random.up_to([3, 30, 600]);
    (0..len).map(|_| random.below(1 << 32) as u32).collect()
}

fn texts(random: &mut Random) -> Vec<String> {
    (0..random.below(4)).map(|_| text(random)).collect()
}

fn boxes(random: &mut Random) -> Vec<Option<Box<Vec<String>>>> {
    let one = |random: &mut Random| (random.below(2) == 0).then(|| Box::new(texts(random)));
    (0..random.below(3)).map(|_| one(random)).collect()
}

/// One random change of a list and of its twin.
fn change<T: Growable + Clone + PartialEq + core::fmt::Debug>(
    random: &mut Random,
    list: &mut VecMut<'_, T>,
    twin: &mut Vec<T>,
    Kind { arg, make }: &Kind<T>,
) -> Result<(), WriteError> {
    let len = twin.len();
    let some = |random: &mut Random| random.below(len as u64) as usize;
    match random.below(20) {
        0..=2 => {
            let value = make(random);
            list.push(arg(&value))?;
            twin.push(value);
        }
        3 | 4 => assert_eq!(list.pop()?, twin.pop()),
        5 | 6 => {
            let count = random.up_to([4, 300, 3000]);
            let values: Vec<T> = (0..count.min(if T::Cell::HAS_BLOCKS { 40 } else { 3000 }))
                .map(|_| make(random))
                .collect();
            match random.below(2) {
                0 => list.extend_from_slice(&values)?,
                _ => list.extend(values.iter().map(arg))?,
            }
            twin.extend(values);
        }
        7 if len > 0 => {
            let (index, value) = (some(random), make(random));
            list.set(index, arg(&value))?;
            twin[index] = value;
        }
        8 => {
            let (index, value) = (random.below(len as u64 + 1) as usize, make(random));
            list.insert(index, arg(&value))?;
            twin.insert(index, value);
        }
        9 if len > 0 => {
            let index = some(random);
            assert_eq!(list.remove(index)?, twin.remove(index));
        }
        10 if len > 0 => {
            let index = some(random);
            assert_eq!(list.swap_remove(index)?, twin.swap_remove(index));
        }
        11 if len > 0 => {
            let (a, b) = (some(random), some(random));
            list.swap(a, b)?;
            twin.swap(a, b);
        }
        12 => {
            let keep = random.below(len as u64 + 1) as usize;
            list.truncate(keep)?;
            twin.truncate(keep);
        }
        13 => {
            let (new_len, value) = (len / 2 + random.below(len as u64 + 40) as usize, make(random));
            list.resize(new_len, arg(&value))?;
            twin.resize(new_len, value);
        }
        14 => {
            let start = random.below(len as u64 + 1) as usize;
            let end = start + random.below((len - start) as u64 + 1) as usize;
            assert_eq!(list.drain(start..end)?, twin.drain(start..end).collect::<Vec<_>>());
        }
        15 => {
            let keeps: Vec<bool> = (0..len).map(|_| random.below(4) > 0).collect();
            let mut keep = keeps.iter();
            list.retain(|_| *keep.next().unwrap())?;
            let mut keep = keeps.iter();
            twin.retain(|_| *keep.next().unwrap());
        }
        16 if random.below(4) == 0 => {
            list.clear()?;
            twin.clear();
        }
        17 => {
            let values: Vec<T> = (0..random.below(200)).map(|_| make(random)).collect();
            list.assign(&values)?;
            *twin = values;
        }
        _ => {}
    }
    assert_eq!(list.len()?, twin.len());
    Ok(())
}

/// One random change of a field; of lists in lists also through the elements.
fn change_field(
    random: &mut Random,
    sink: &mut impl Sink,
    twin: &mut Lists,
) -> Result<(), WriteError> {
    match random.below(8) {
        0 => {
            let kind = Kind { arg: |v| *v, make: |random| random.below(u64::MAX) };
            change(random, &mut <Vec<u64>>::change(sink.cursor(at(0))), &mut twin.words, &kind)
        }
        1 => {
            let kind = Kind { arg: |v| *v, make: |random| [random.below(256) as u8, 1, 2] };
            change(random, &mut <Vec<[u8; 3]>>::change(sink.cursor(at(1))), &mut twin.odd, &kind)
        }
        2 => {
            let kind = Kind { arg: |v: &String| v.as_str(), make: text };
            change(random, &mut <Vec<String>>::change(sink.cursor(at(2))), &mut twin.texts, &kind)
        }
        3 => {
            let kind = Kind { arg: |v: &Vec<u32>| v.as_slice(), make: numbers };
            change(
                random,
                &mut <Vec<Vec<u32>>>::change(sink.cursor(at(3))),
                &mut twin.nested,
                &kind,
            )
        }
        4 => {
            let kind = Kind { arg: |v| *v, make: |random| [random.below(u64::MAX); 20] };
            change(random, &mut <Vec<[u64; 20]>>::change(sink.cursor(at(4))), &mut twin.wide, &kind)
        }
        5 => {
            let kind = Kind { arg: |v: &Vec<_>| v.as_slice(), make: boxes };
            change(
                random,
                &mut CellOf::<Vec<Vec<_>>>::change(sink.cursor(at(5))),
                &mut twin.deep,
                &kind,
            )
        }
        6 if !twin.nested.is_empty() => {
            let index = random.below(twin.nested.len() as u64) as usize;
            let mut lists = <Vec<Vec<u32>>>::change(sink.cursor(at(3)));
            let mut list = lists.get_mut(index)?.unwrap();
            let kind = Kind { arg: |v| *v, make: |random| random.below(1 << 32) as u32 };
            // The same proxy over several publishes.
            for _ in 0..3 {
                change(random, &mut list, &mut twin.nested[index], &kind)?;
            }
            list.push(7)?;
            twin.nested[index].push(7);
            Ok(())
        }
        7 if !twin.deep.is_empty() => {
            let index = random.below(twin.deep.len() as u64) as usize;
            let lists = CellOf::<Vec<Vec<Option<Box<Vec<String>>>>>>::change(sink.cursor(at(5)));
            let mut inner = lists.into_get_mut(index)?.unwrap();
            inner.push(Some(&[]))?;
            twin.deep[index].push(Some(Box::default()));
            let mut last = inner.last_mut()?.unwrap();
            let mut texts = last.as_mut()?.unwrap();
            let kind = Kind { arg: |v: &String| v.as_str(), make: text };
            change(
                random,
                &mut texts,
                twin.deep[index].last_mut().unwrap().as_mut().unwrap(),
                &kind,
            )
        }
        _ => Ok(()),
    }
}

struct Model {
    place: Place,
    writer: Option<Writer<Lists>>,
    reader: Reader<Lists>,
    twin: Lists,
    kept: VecDeque<(View<'static, Lists>, Lists)>,
    reused: Lists,
    random: Random,
    /// How many there were.
    changes: u64,
}

impl Model {
    fn new(seed: u64) -> Self {
        let place = place();
        let writer = Some(Writer::create_at(&place.path).unwrap());
        let reader = Reader::open_at(&place.path).unwrap();
        let (twin, reused) = (Lists::default(), Lists::default());
        Self {
            place,
            writer,
            reader,
            twin,
            kept: VecDeque::new(),
            reused,
            random: Random::new(seed),
            changes: 0,
        }
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
                if let Some(text) = twin.texts.last_mut() {
                    text.push('x');
                }
                twin.words.extend([1, 2]);
                twin.nested.truncate(3);
                twin.deep.push(boxes(random));
                let before = writer.as_ref().unwrap().file().generation();
                writer.as_mut().unwrap().publish(twin).unwrap();
                writer.as_mut().unwrap().publish(twin).unwrap();
                let after = writer.as_ref().unwrap().file().generation();
                assert_eq!(after, before + 1, "what is there already is not published");
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
fn random_changes_of_lists_are_those_of_a_vec() {
    assert!(run(6, 200, 3) > 1000);
}

/// `cargo test --release -p commy --lib -- --ignored a_million_changes`, which takes minutes.
#[test]
#[ignore = "takes minutes"]
fn a_million_changes_of_lists_are_those_of_a_vec() {
    assert!(run(50, 16_000, 200) >= 1_000_000);
}
