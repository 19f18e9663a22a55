//! Chains of nodes behind the last depth, in which somebody has tampered with addresses and lengths.
//!
//! Only here can all keys have one hash: no chain of any length comes about by chance.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;

use super::hashes::{Maps, at};
use super::place;
use super::random::Random;
use crate::error::{ReadError, WriteError};
use crate::growable::at::At;
use crate::growable::cell::{Cell, kept_bits};
use crate::growable::source::ViewSource;
use crate::growable::writer::Sink;
use crate::growable::{OnCorrupt, Reader, Writer, WriterOptions};

type Words = std::collections::HashMap<u64, u64>;

/// More than one inner node at the last depth has room for.
const COUNT: u64 = 64 * 56 + 9;

fn words() -> Words {
    (0..COUNT).map(|key| (key, key << 32)).collect()
}

/// The inner nodes and the leaves of the words, by their kind.
fn nodes(bytes: &[u8]) -> (Vec<u64>, Vec<u64>) {
    let word = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
    let heads = (0..bytes.len() / 16).map(|index| (index as u64 * 16, word(index * 16)));
    // Of the only publish: kind, class, and birth.
    let blocks = heads.filter(|(_, head)| head >> 12 == 1 && (head >> 6 & 63) < 23);
    let of = |kind: u64| {
        let found = blocks.clone().filter(|(_, head)| head & 63 == kind);
        found.map(|(block, _)| block).collect::<Vec<_>>()
    };
    (of(5), of(4))
}

fn expect_read<R>(result: Result<R, ReadError>) {
    if let Err(error) = result {
        assert!(
            matches!(error, ReadError::Corrupt { .. } | ReadError::Contended { .. }),
            "{error}"
        );
    }
}

fn expect_write<R>(result: Result<R, WriteError>) {
    if let Err(error) = result {
        assert!(matches!(error, WriteError::Corrupt { .. }), "{error}");
    }
}

fn read(reader: &Reader<Maps>) {
    let Ok(view) = reader.pin() else { return };
    let map = Words::field(ViewSource::core(&view), At::root(at(0)));
    for key in [0, COUNT - 1, COUNT] {
        expect_read(map.get(key));
    }
    expect_read(map.load());
    expect_read(map.for_each(|_, _| {}));
    assert!(map.iter().count() < 1 << 20);
    expect_read(view.verify());
    expect_read(view.snapshot());
}

fn change(writer: &mut Writer<Maps>) {
    for key in [1, COUNT - 2, COUNT, COUNT + 1] {
        expect_write(Words::change(writer.cursor(at(0))).insert(key, 7));
        expect_write(Words::change(writer.cursor(at(0))).remove(key));
    }
    expect_write(Words::change(writer.cursor(at(0))).extend((0..3).map(|key| (key << 20, 1))));
}

fn store(file: &File, at: u64, word: u64) {
    file.write_all_at(&word.to_ne_bytes(), at).unwrap();
}

/// Damages a chain in some way, and reads, changes and repairs it.
fn with_damage(damage: impl Fn(&File, &[u64], &[u64])) {
    kept_bits::with(0, || {
        let place = place();
        let all = words();
        let mut writer = Writer::<Maps>::create_at(&place.path).unwrap();
        Words::change(writer.cursor(at(0))).assign(&all).unwrap();
        assert_eq!(
            Words::change(writer.cursor(at(0))).get(COUNT - 1).unwrap(),
            Some((COUNT - 1) << 32)
        );
        let (inner, leaves) = nodes(&fs::read(&place.path).unwrap());
        assert!(inner.len() == 10 + 2 && leaves.len() >= 64, "{} {}", inner.len(), leaves.len());
        let reader = Reader::<Maps>::open_at(&place.path).unwrap();
        let file = OpenOptions::new().write(true).open(&place.path).unwrap();
        damage(&file, &inner, &leaves);
        read(&reader);
        change(&mut writer);
        read(&reader);
        damage(&file, &inner, &leaves);
        drop(writer);
        let options = WriterOptions::<Maps>::new("").path(&place.path);
        let mut writer = options.on_corrupt(OnCorrupt::Salvage).create().unwrap();
        change(&mut writer);
        Words::change(writer.cursor(at(0))).assign(&all).unwrap();
        assert_eq!(writer.snapshot().unwrap().words, all);
        reader.pin().unwrap().verify().unwrap();
        writer.check_books();
    });
}

const SLOTS: u64 = 16;

/// All slots of all inner nodes.
fn fill(file: &File, inner: &[u64], address: impl Fn(u64) -> u64) {
    for node in inner {
        (0..64).for_each(|slot| store(file, node + SLOTS + slot * 8, address(slot)));
    }
}

#[test]
fn a_chain_that_leads_back_to_itself_ends() {
    // The last slot of each node leads to a node of the chain, maybe itself; so do all slots.
    with_damage(|file, inner, _| {
        inner.iter().for_each(|node| store(file, node + SLOTS + 63 * 8, node | 1));
    });
    with_damage(|file, inner, _| fill(file, inner, |_| inner[0] | 1));
    with_damage(|file, inner, _| fill(file, inner, |slot| inner[slot as usize % inner.len()] | 1));
}

#[test]
fn a_chain_that_leads_to_one_leaf_again_and_again_ends() {
    with_damage(|file, inner, leaves| {
        let leaf_or_on = |slot| if slot == 63 { inner[0] | 1 } else { leaves[0] };
        fill(file, inner, leaf_or_on);
    });
    with_damage(|file, inner, leaves| fill(file, inner, |_| leaves[0]));
}

#[test]
fn a_chain_of_nodes_that_are_taken_for_leaves_ends() {
    with_damage(|file, inner, leaves| fill(file, inner, |slot| leaves[slot as usize] | 1));
    with_damage(|file, inner, _| fill(file, inner, |slot| inner[slot as usize % inner.len()]));
    with_damage(|file, _, leaves| {
        for (index, leaf) in leaves.iter().enumerate() {
            store(file, leaf + 8, [0, 1 | 7 << 8, 57 | 7 << 8, 8 | 1 << 8][index % 4] | 10 << 32);
        }
    });
}

#[test]
fn a_chain_with_words_of_any_kind_ends() {
    for seed in 0..3 {
        with_damage(|file, inner, leaves| {
            let mut random = Random::new(seed);
            for _ in 0..1 + random.below(30) {
                let some = |random: &mut Random, blocks: &[u64]| {
                    blocks[random.below(blocks.len() as u64) as usize]
                };
                let (node, leaf) = (some(&mut random, inner), some(&mut random, leaves));
                let values =
                    [node | 1, node, leaf, leaf | 1, 0, u64::MAX, random.below(60) | 0x700];
                let value = values[random.below(7) as usize];
                match random.below(2) {
                    0 => store(file, node + SLOTS + random.below(64) * 8, value),
                    _ => store(file, leaf + 8 + random.below(4) * 8, value),
                }
            }
        });
    }
}
