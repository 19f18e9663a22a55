//! Deques whose elements stand at the last places that there are, or at the first ones.
//!
//! A queue comes there by itself only after more pushes than a test can do.

use std::collections::VecDeque;

use super::place;
use crate::format::heap::{Address, Kind};
use crate::growable::VecDequeMut;
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::edit::{Edit, Marks};
use crate::growable::tests::deques::{Deques, at};
use crate::growable::writer::Sink;
use crate::growable::{Reader, Writer};

/// How many addresses are in a node, and how many words or elements of three bytes in a chunk.
const FAN_OUT: usize = 126;
const WORDS: usize = 126;
const ODD: usize = 336;
/// The highest level of a root.
const MAX_LEVEL: u64 = 7;
/// Where the items of a node begin, and the bytes of all.
const AT_ITEMS: usize = 8;
const ITEMS: usize = 1008;

/// A deque below a root of this level whose elements are the last ones that there is room for, or the
/// first ones.
fn at_end(
    edit: &mut Edit,
    cell: At,
    (level, is_last): (u64, bool),
    (elements, stride): (&[u8], usize),
) {
    let (per_chunk, len) = (ITEMS / stride, elements.len() / stride);
    let node = |edit: &mut Edit, kind, slots: core::ops::Range<usize>, stride, items: &[u8]| {
        let mut bytes = Marks::of(slots.start, slots.end).word().to_ne_bytes().to_vec();
        bytes.resize(AT_ITEMS + slots.start * stride, 0);
        bytes.extend_from_slice(items);
        bytes.resize(AT_ITEMS + ITEMS, 0);
        let block = edit.alloc(kind, bytes.len()).unwrap();
        edit.fill(block, &bytes).unwrap();
        block
    };
    let start = if is_last { per_chunk - len } else { 0 };
    let mut root = node(edit, Kind::Chunk, start..start + len, stride, elements);
    let mut room = per_chunk as u64;
    for _ in 0..level {
        let slot = if is_last { FAN_OUT - 1 } else { 0 };
        root = node(edit, Kind::ChunkInner, slot..slot + 1, 8, &root.to_ne_bytes());
        room *= FAN_OUT as u64;
    }
    let head = if is_last { room - len as u64 } else { 0 };
    let root = Address::new(root, level).unwrap().word();
    let words = [root, head, len as u64].map(u64::to_ne_bytes);
    edit.write(cell, words.as_flattened()).unwrap();
}

fn check(reader: &Reader<Deques>, writer: &Writer<Deques>, twin: &Deques) {
    assert!(reader.snapshot().unwrap() == *twin);
    assert!(writer.snapshot().unwrap() == *twin);
    reader.pin().unwrap().verify().unwrap();
    writer.check_books();
    assert_eq!(writer.file().stats().leaked, 0);
}

#[test]
fn a_deque_at_the_end_of_its_places_goes_on_at_every_level() {
    for level in 0..=MAX_LEVEL {
        for is_last in [false, true] {
            let place = place();
            let mut writer = Writer::<Deques>::create_at(&place.path).unwrap();
            let words: Vec<u64> = (0..20).collect();
            let odd: Vec<[u8; 3]> = (0..200).map(|n| [n, 1, 2]).collect();
            let mut cursor = writer.cursor(at(0));
            let elements: &[u8] = bytemuck::cast_slice(&words);
            let made = cursor.change(|edit, cell| {
                at_end(edit, cell, (level, is_last), (elements, 8));
                Ok(())
            });
            made.unwrap();
            let mut cursor = writer.cursor(at(1));
            let made = cursor.change(|edit, cell| {
                at_end(edit, cell, (level, is_last), (odd.as_flattened(), 3));
                Ok(())
            });
            made.unwrap();
            let mut twin = Deques { words: words.into(), odd: odd.into(), ..Deques::default() };
            let reader = Reader::<Deques>::open_at(&place.path).unwrap();
            check(&reader, &writer, &twin);
            let before = reader.pin().unwrap();
            let first = twin.clone();
            // More than a chunk at either end, the full one first.
            for number in 0..(WORDS + ODD) as u64 {
                let mut words: VecDequeMut<'_, u64> =
                    <VecDeque<u64> as Cell>::change(writer.cursor(at(0)));
                let item = [number as u8, 7, 7];
                if is_last == (number % 3 > 0) {
                    words.push_back(number).unwrap();
                    twin.words.push_back(number);
                    let mut odd = <VecDeque<[u8; 3]> as Cell>::change(writer.cursor(at(1)));
                    odd.push_back(item).unwrap();
                    twin.odd.push_back(item);
                } else {
                    words.push_front(number).unwrap();
                    twin.words.push_front(number);
                    let mut odd = <VecDeque<[u8; 3]> as Cell>::change(writer.cursor(at(1)));
                    odd.push_front(item).unwrap();
                    twin.odd.push_front(item);
                }
                if number % 50 == 0 {
                    check(&reader, &writer, &twin);
                }
            }
            check(&reader, &writer, &twin);
            assert!(before.snapshot().unwrap() == first, "what is published stays");
            // The next writer finds it in order, and what is taken off gives everything back.
            drop((writer, before));
            let mut writer = Writer::<Deques>::create_at(&place.path).unwrap();
            check(&reader, &writer, &twin);
            while let Some(number) = twin.words.pop_front() {
                let mut words = <VecDeque<u64> as Cell>::change(writer.cursor(at(0)));
                assert_eq!(words.pop_front().unwrap(), Some(number));
            }
            <VecDeque<[u8; 3]> as Cell>::change(writer.cursor(at(1))).clear().unwrap();
            twin.odd.clear();
            check(&reader, &writer, &twin);
            assert_eq!(writer.file().stats().live, 0);
        }
    }
}

/// A queue runs over the end of its places again and again: each time few items of its root move, and
/// it is no deeper for it.
#[test]
fn a_queue_over_the_end_of_its_places_keeps_its_level() {
    for (level, is_last) in [(1, true), (3, true), (MAX_LEVEL, true), (MAX_LEVEL, false)] {
        let place = place();
        let mut writer = Writer::<Deques>::create_at(&place.path).unwrap();
        let words: Vec<u64> = (0..100).collect();
        let made = writer.cursor(at(0)).change(|edit, cell| {
            at_end(edit, cell, (level, is_last), (bytemuck::cast_slice(&words), 8));
            Ok(())
        });
        made.unwrap();
        let mut twin = VecDeque::from(words);
        let mut levels = Vec::new();
        for number in 0..1000 {
            let mut words = <VecDeque<u64> as Cell>::change(writer.cursor(at(0)));
            if is_last {
                words.push_back(number).unwrap();
                twin.push_back(number);
                assert_eq!(words.pop_front().unwrap(), twin.pop_front());
            } else {
                words.push_front(number).unwrap();
                twin.push_front(number);
                assert_eq!(words.pop_back().unwrap(), twin.pop_back());
            }
            let mut cell = [0; 24];
            writer.cursor(at(0)).look(|snap, at| snap.read(at, &mut cell)).unwrap();
            levels.push(cell[0] & 15);
        }
        assert_eq!(writer.snapshot().unwrap().words, twin);
        assert!(levels.iter().all(|found| u64::from(*found) <= level), "{levels:?}");
        assert!(levels[200..].iter().all(|level| *level <= 1), "{levels:?}");
        writer.check_books();
    }
}
