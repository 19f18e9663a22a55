//! Random changes of deques against `VecDeque`, with rollbacks, views that are kept, and reopenings.

#![allow(clippy::box_collection, reason = "a deque in a block of its own is a kind of its own")]

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
use crate::growable::{Reader, VecDequeMut, View, ViewSource, Writer};
use crate::record::{Record, SpecCell};

/// Elements of one word, of odd sizes, with blocks, with deques, and too large for a chunk.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Deques {
    pub(super) words: VecDeque<u64>,
    pub(super) odd: VecDeque<[u8; 3]>,
    pub(super) texts: VecDeque<String>,
    pub(super) nested: VecDeque<VecDeque<u32>>,
    pub(super) wide: VecDeque<[u64; 20]>,
    pub(super) deep: VecDeque<Vec<Option<Box<VecDeque<String>>>>>,
}

macro_rules! deques {
    ($count:literal: $($index:literal $field:ident: $ty:ty,)*) => {
        const LAYOUT: Layout<$count> = Layout::root([$((<$ty as Cell>::SIZE, 8)),*]);

        impl GrowableRecord for Deques {
            type View<'v> = DequesView<'v>;

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

deques! { 6:
    0 words: VecDeque<u64>,
    1 odd: VecDeque<[u8; 3]>,
    2 texts: VecDeque<String>,
    3 nested: VecDeque<VecDeque<u32>>,
    4 wide: VecDeque<[u64; 20]>,
    5 deep: VecDeque<Vec<Option<Box<VecDeque<String>>>>>,
}

/// A view, as the attributes would wrap it.
#[derive(Debug)]
pub(super) struct DequesView<'v>(View<'v, Deques>);

impl<'v> From<View<'v, Deques>> for DequesView<'v> {
    fn from(view: View<'v, Deques>) -> Self {
        Self(view)
    }
}

impl<'v> Deref for DequesView<'v> {
    type Target = View<'v, Deques>;

    fn deref(&self) -> &View<'v, Deques> {
        &self.0
    }
}

impl Record for Deques {
    const NAME: &'static str = "Deques";
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

/// How an element is passed, and one is made up.
struct Kind<T: Growable> {
    arg: fn(&T) -> Arg<'_, T>,
    make: fn(&mut Random) -> T,
}

fn text(random: &mut Random) -> String {
    "€".repeat(random.up_to([3, 10, 200]))
}

fn numbers(random: &mut Random) -> VecDeque<u32> {
    let len = random.up_to([3, 30, 600]);
    (0..len).map(|_| random.below(1 << 32) as u32).collect()
}

fn texts(random: &mut Random) -> VecDeque<String> {
    (0..random.below(4)).map(|_| text(random)).collect()
}

fn boxes(random: &mut Random) -> Vec<Option<Box<VecDeque<String>>>> {
    let one = |random: &mut Random| (random.below(2) == 0).then(|| Box::new(texts(random)));
    (0..random.below(3)).map(|_| one(random)).collect()
}

/// Values whose two slices are of any length.
fn turned<T>(random: &mut Random, values: impl Iterator<Item = T>) -> VecDeque<T> {
    let mut turned = VecDeque::new();
    for value in values {
        turned.push_back(value);
        if random.below(8) == 0 {
            turned.rotate_left(1);
        }
    }
    turned
}

/// One random change of a deque and of its twin.
fn change<T: Growable + Clone + PartialEq + core::fmt::Debug>(
    random: &mut Random,
    deque: &mut VecDequeMut<'_, T>,
    twin: &mut VecDeque<T>,
    Kind { arg, make }: &Kind<T>,
) -> Result<(), WriteError> {
    let len = twin.len();
    let some = |random: &mut Random| random.below(len as u64) as usize;
    let many = if T::Cell::HAS_BLOCKS { 40 } else { 3000 };
    match random.below(32) {
        0..=2 => {
            let value = make(random);
            deque.push_back(arg(&value))?;
            twin.push_back(value);
        }
        3..=5 => {
            let value = make(random);
            deque.push_front(arg(&value))?;
            twin.push_front(value);
        }
        6 | 7 => assert_eq!(deque.pop_back()?, twin.pop_back()),
        8 | 9 => assert_eq!(deque.pop_front()?, twin.pop_front()),
        10 | 11 => {
            let count = random.up_to([4, 300, 3000]).min(many);
            let mut values: VecDeque<T> = (0..count).map(|_| make(random)).collect();
            match random.below(2) {
                0 => deque.append(&mut values.clone())?,
                _ => deque.extend(values.iter().map(arg))?,
            }
            twin.append(&mut values);
        }
        12 => {
            for _ in 0..random.up_to([4, 300, 2000]).min(many) {
                let value = make(random);
                deque.push_front(arg(&value))?;
                twin.push_front(value);
            }
        }
        // A queue, in either direction.
        13 | 14 => {
            let backwards = random.below(2) == 0;
            for _ in 0..random.up_to([10, 300, 1000]).min(many) {
                let value = make(random);
                if backwards {
                    deque.push_front(arg(&value))?;
                    twin.push_front(value);
                    assert_eq!(deque.pop_back()?, twin.pop_back());
                } else {
                    deque.push_back(arg(&value))?;
                    twin.push_back(value);
                    assert_eq!(deque.pop_front()?, twin.pop_front());
                }
            }
        }
        15 if len > 0 => {
            let (index, value) = (some(random), make(random));
            deque.set(index, arg(&value))?;
            twin[index] = value;
        }
        16 => {
            let (index, value) = (random.below(len as u64 + 1) as usize, make(random));
            deque.insert(index, arg(&value))?;
            twin.insert(index, value);
        }
        17 => {
            let index = random.below(len as u64 + 1) as usize;
            assert_eq!(deque.remove(index)?, twin.remove(index));
        }
        18 => {
            let index = random.below(len as u64 + 1) as usize;
            assert_eq!(deque.swap_remove_back(index)?, twin.swap_remove_back(index));
        }
        19 => {
            let index = random.below(len as u64 + 1) as usize;
            assert_eq!(deque.swap_remove_front(index)?, twin.swap_remove_front(index));
        }
        20 if len > 0 => {
            let (a, b) = (some(random), some(random));
            deque.swap(a, b)?;
            twin.swap(a, b);
        }
        21 => {
            let keep = random.below(len as u64 + 1) as usize;
            deque.truncate(keep)?;
            twin.truncate(keep);
        }
        22 => {
            let (new_len, value) = (len / 2 + random.below(len as u64 + 40) as usize, make(random));
            deque.resize(new_len, arg(&value))?;
            twin.resize(new_len, value);
        }
        23 | 24 => {
            let start = random.below(len as u64 + 1) as usize;
            let end = start + random.below((len - start) as u64 + 1) as usize;
            assert_eq!(deque.drain(start..end)?, twin.drain(start..end).collect::<Vec<_>>());
        }
        25 => {
            let keeps: Vec<bool> = (0..len).map(|_| random.below(4) > 0).collect();
            let mut keep = keeps.iter();
            deque.retain(|_| *keep.next().unwrap())?;
            let mut keep = keeps.iter();
            twin.retain(|_| *keep.next().unwrap());
        }
        26 if random.below(4) == 0 => {
            deque.clear()?;
            twin.clear();
        }
        27 => {
            let count = random.below(200);
            let values = (0..count).map(|_| make(random)).collect::<Vec<_>>();
            let values = turned(random, values.into_iter());
            deque.assign(&values)?;
            *twin = values;
        }
        28 => {
            let count = random.below(len as u64 + 1) as usize;
            deque.rotate_left(count)?;
            twin.rotate_left(count);
        }
        29 => {
            let count = random.below(len as u64 + 1) as usize;
            deque.rotate_right(count)?;
            twin.rotate_right(count);
        }
        _ => {}
    }
    assert_eq!(deque.len()?, twin.len());
    Ok(())
}

/// One random change of a field; of deques in deques also through the elements.
fn change_field(
    random: &mut Random,
    sink: &mut impl Sink,
    twin: &mut Deques,
) -> Result<(), WriteError> {
    match random.below(8) {
        0 => {
            let kind = Kind { arg: |v| *v, make: |random| random.below(u64::MAX) };
            change(random, &mut <VecDeque<u64>>::change(sink.cursor(at(0))), &mut twin.words, &kind)
        }
        1 => {
            let kind = Kind { arg: |v| *v, make: |random| [random.below(256) as u8, 1, 2] };
            change(
                random,
                &mut <VecDeque<[u8; 3]>>::change(sink.cursor(at(1))),
                &mut twin.odd,
                &kind,
            )
        }
        2 => {
            let kind = Kind { arg: |v: &String| v.as_str(), make: text };
            change(
                random,
                &mut <VecDeque<String>>::change(sink.cursor(at(2))),
                &mut twin.texts,
                &kind,
            )
        }
        3 => {
            let kind = Kind { arg: |v: &VecDeque<u32>| v, make: numbers };
            change(
                random,
                &mut <VecDeque<VecDeque<u32>>>::change(sink.cursor(at(3))),
                &mut twin.nested,
                &kind,
            )
        }
        4 => {
            let kind = Kind { arg: |v| *v, make: |random| [random.below(u64::MAX); 20] };
            change(
                random,
                &mut <VecDeque<[u64; 20]>>::change(sink.cursor(at(4))),
                &mut twin.wide,
                &kind,
            )
        }
        5 => {
            let kind = Kind { arg: |v: &Vec<_>| v.as_slice(), make: boxes };
            change(
                random,
                &mut CellOf::<VecDeque<Vec<_>>>::change(sink.cursor(at(5))),
                &mut twin.deep,
                &kind,
            )
        }
        6 if !twin.nested.is_empty() => {
            let index = random.below(twin.nested.len() as u64) as usize;
            let mut deques = <VecDeque<VecDeque<u32>>>::change(sink.cursor(at(3)));
            let mut deque = deques.get_mut(index)?.unwrap();
            let kind = Kind { arg: |v| *v, make: |random| random.below(1 << 32) as u32 };
            // The same proxy over several publishes.
            for _ in 0..3 {
                change(random, &mut deque, &mut twin.nested[index], &kind)?;
            }
            deque.push_front(7)?;
            twin.nested[index].push_front(7);
            Ok(())
        }
        7 if !twin.deep.is_empty() => {
            let index = random.below(twin.deep.len() as u64) as usize;
            let deques =
                CellOf::<VecDeque<Vec<Option<Box<VecDeque<String>>>>>>::change(sink.cursor(at(5)));
            let mut inner = deques.into_get_mut(index)?.unwrap();
            inner.push(Some(&VecDeque::new()))?;
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
    writer: Option<Writer<Deques>>,
    reader: Reader<Deques>,
    twin: Deques,
    kept: VecDeque<(View<'static, Deques>, Deques)>,
    reused: Deques,
    random: Random,
}

impl Model {
    fn new(seed: u64) -> Self {
        let place = place();
        let writer = Some(Writer::create_at(&place.path).unwrap());
        let reader = Reader::open_at(&place.path).unwrap();
        let (twin, reused) = (Deques::default(), Deques::default());
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
                if let Some(text) = twin.texts.back_mut() {
                    text.push('x');
                }
                twin.words.extend([1, 2]);
                let gone = twin.nested.len().saturating_sub(3);
                twin.nested.drain(..gone);
                twin.deep.push_back(boxes(random));
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
        let view = reader.pin().unwrap();
        let words = <VecDeque<u64> as Cell>::field(view.core(), At::root(at(0)));
        let backwards = words.iter().rev().map(Result::unwrap);
        assert!(backwards.eq(twin.words.iter().rev().copied()));
        let texts = <VecDeque<String> as Cell>::field(view.core(), At::root(at(2)));
        assert!(texts.iter().map(Result::unwrap).eq(twin.texts.iter().cloned()));
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
fn random_changes_of_deques_are_those_of_a_vec_deque() {
    run(6, 200, 3);
}

/// A million changes: `cargo test --release -p commy --lib -- --ignored a_million_changes_of_deques`.
#[test]
#[ignore = "takes minutes"]
fn a_million_changes_of_deques_are_those_of_a_vec_deque() {
    run(50, 12_000, 200);
}
