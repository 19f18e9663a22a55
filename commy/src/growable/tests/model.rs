//! Random changes against the std value, with rollbacks, views that are kept, and reopenings.

use std::collections::VecDeque;

use super::note::{AT, Bytes, Footer, Note, Owner, Serial, Table, Text};
use super::random::Random;
use super::{Place, place};
use crate::error::WriteError;
use crate::growable::cell::Cell;
use crate::growable::writer::Sink;
use crate::growable::{Reader, View, Writer};

/// One random change of the record and of its model.
fn change(random: &mut Random, sink: &mut impl Sink, note: &mut Note) -> Result<(), WriteError> {
    match random.below(12) {
        0 => {
            note.serial += 1;
            Serial::set(sink.cursor(AT[0]), note.serial)
        }
        1 => {
            note.text = random.text();
            Text::set(sink.cursor(AT[1]), &note.text)
        }
        2 | 3 => {
            let more = random.text();
            note.text.push_str(&more);
            Text::change(sink.cursor(AT[1])).push_str(&more)
        }
        4 => {
            let len = random.below(note.text.len() as u64 + 1) as usize;
            let len = (len..).find(|len| note.text.is_char_boundary(*len)).unwrap();
            note.text.truncate(len);
            Text::change(sink.cursor(AT[1])).truncate(len)
        }
        5 => {
            let at = random.below(note.text.len() as u64 + 1) as usize;
            let at = (at..).find(|at| note.text.is_char_boundary(*at)).unwrap();
            let more = random.text();
            note.text.insert_str(at, &more);
            Text::change(sink.cursor(AT[1])).insert_str(at, &more)
        }
        6 => {
            note.bytes = vec![random.below(256) as u8; random.len()];
            Bytes::set(sink.cursor(AT[2]), &note.bytes)
        }
        7 => {
            let more = vec![random.below(256) as u8; random.len()];
            note.bytes.extend_from_slice(&more);
            Bytes::change(sink.cursor(AT[2])).extend_from_slice(&more)
        }
        8 => {
            let at = random.below(note.bytes.len() as u64 + 1) as usize;
            let new = vec![random.below(256) as u8; random.len().min(note.bytes.len() - at)];
            note.bytes[at..at + new.len()].copy_from_slice(&new);
            Bytes::change(sink.cursor(AT[2])).write_at(at, &new)
        }
        9 => {
            note.owner = (random.below(3) > 0).then(|| random.text());
            Owner::set(sink.cursor(AT[3]), note.owner.as_deref())
        }
        10 => {
            note.footer = (random.below(3) > 0).then(|| Box::new(random.text()));
            let footer = note.footer.as_ref().map(|footer| footer.as_str());
            Footer::set(sink.cursor(AT[4]), footer)?;
            match Footer::change(sink.cursor(AT[4])).as_mut()? {
                Some(mut text) => {
                    note.footer.as_mut().unwrap().push('!');
                    text.push('!')
                }
                None => Ok(()),
            }
        }
        _ => {
            note.table[random.below(100) as usize] = random.below(u64::MAX);
            Table::set(sink.cursor(AT[5]), note.table)
        }
    }
}

struct Model {
    place: Place,
    writer: Option<Writer<Note>>,
    reader: Reader<Note>,
    note: Note,
    kept: VecDeque<(View<'static, Note>, Note)>,
    random: Random,
}

impl Model {
    fn new(seed: u64) -> Self {
        let place = place();
        let writer = Some(Writer::create_at(&place.path).unwrap());
        let reader = Reader::open_at(&place.path).unwrap();
        let random = Random::new(seed);
        Self { place, writer, reader, note: Note::empty(), kept: VecDeque::new(), random }
    }

    fn step(&mut self) {
        let Self { place, writer, reader, note, kept, random } = self;
        match random.below(20) {
            0 => {
                // All views but one go; the next writer finds what is left.
                drop(writer.take());
                *writer = Some(Writer::create_at(&place.path).unwrap());
            }
            1 | 2 if writer.as_ref().unwrap().file().generation() > 0 => {
                kept.push_back((reader.clone().into_pinned().unwrap(), note.clone()));
            }
            3 => drop(kept.pop_front()),
            4..=7 => {
                let before = note.clone();
                let aborts = random.below(4) == 0;
                let result = writer.as_mut().unwrap().transaction(|tx| {
                    for _ in 0..random.below(8) {
                        change(random, tx, note)?;
                    }
                    if aborts { Err(WriteError::Aborted) } else { Ok(()) }
                });
                assert_eq!(result.is_err(), aborts);
                if aborts {
                    *note = before;
                }
            }
            8 => {
                let mut fresh = Model::new(random.below(u64::MAX)).note;
                fresh.text = random.text();
                fresh.serial = note.serial;
                *note = fresh;
                writer.as_mut().unwrap().publish(note).unwrap();
            }
            _ => change(random, writer.as_mut().unwrap(), note).unwrap(),
        }
    }

    fn check(&mut self) {
        let Self { writer, reader, note, kept, .. } = self;
        let writer = writer.as_ref().unwrap();
        assert_eq!(writer.snapshot().unwrap(), *note);
        if writer.file().generation() == 0 {
            return;
        }
        assert_eq!(reader.snapshot().unwrap(), *note);
        for (view, note) in kept {
            assert_eq!(view.snapshot().unwrap(), *note, "generation {}", view.generation());
            view.verify().unwrap();
        }
        assert_eq!(writer.file().stats().leaked, 0);
        writer.check_books();
    }
}

#[test]
fn random_changes_are_those_of_the_std_value() {
    for seed in 0..20 {
        let mut model = Model::new(seed);
        for _ in 0..150 {
            model.step();
            model.check();
        }
    }
}
