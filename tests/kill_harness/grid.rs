//! Maps, a list and a queue in which each entry follows from the generation by itself: one look-up
//! costs a few hundred nanoseconds, and tells all the same whether it is right.
//!
//! Each generation writes one key of [`KEYS`], in turn, and removes the one that was written [`LIFE`]
//! generations ago. So a generation says of each key whether it is there, and by whom it was written.

use std::collections::{BTreeMap, HashMap, VecDeque};

use commy::growable::BoxRef;
use commy::{Growable, ReadError, WriteError};

use super::mixed;

/// How many keys there are.
pub const KEYS: u64 = 64;
/// For how many generations a key stays.
const LIFE: u64 = 32;
/// How many inner maps there are.
const ROWS: u64 = 8;
/// What all text keys begin with: longer than what a cell has of a key.
const PREFIX: &str = "a beginning that all of these keys have in common, longer than a cell, for ";

/// Who wrote it, its key, and a number that follows from both.
pub type Entry = [u64; 3];
/// Of the length of a cell that lies in a block of its own.
pub type Wide = [u64; 40];

#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub struct Grid {
    pub ordered: BTreeMap<u64, Entry>,
    pub hashed: HashMap<u64, Entry>,
    pub wide: BTreeMap<u64, Wide>,
    pub wide_hashed: HashMap<u64, Wide>,
    pub nested: BTreeMap<u64, BTreeMap<u64, Entry>>,
    pub texts: BTreeMap<String, u64>,
    pub boxes: HashMap<String, Option<Box<Entry>>>,
    pub list: Vec<Entry>,
    pub queue: VecDeque<u64>,
}

fn key(serial: u64) -> u64 {
    serial % KEYS
}

/// The generation that wrote the key last; `None` if it is not there.
fn writer(key: u64, serial: u64) -> Option<u64> {
    let age = (serial + KEYS - key) % KEYS;
    (age < LIFE && age < serial).then(|| serial - age)
}

fn entry(serial: u64) -> Entry {
    [serial, key(serial), mixed(serial)]
}

fn wide(serial: u64) -> Wide {
    core::array::from_fn(|index| serial + index as u64)
}

/// The text key of a key.
fn text(key: u64) -> String {
    format!("{PREFIX}{key:03}")
}

/// What a generation has.
pub fn grid(serial: u64) -> Grid {
    let mut grid = Grid { list: vec![[0; 3]; KEYS as usize], ..Grid::default() };
    for written in serial.saturating_sub(KEYS) + 1..=serial {
        grid.list[key(written) as usize] = entry(written);
    }
    for written in serial.saturating_sub(LIFE) + 1..=serial {
        let key = key(written);
        grid.ordered.insert(key, entry(written));
        grid.hashed.insert(key, entry(written));
        grid.wide.insert(key, wide(written));
        grid.wide_hashed.insert(key, wide(written));
        grid.nested.entry(key % ROWS).or_default().insert(key, entry(written));
        grid.texts.insert(text(key), written);
        grid.boxes.insert(text(key), boxed(written));
        grid.queue.push_back(written);
    }
    grid
}

fn boxed(serial: u64) -> Option<Box<Entry>> {
    (!serial.is_multiple_of(3)).then(|| Box::new(entry(serial)))
}

/// The same on that of the generation before, in the file.
pub fn change_grid(mut grid: GridMut<'_>, serial: u64) -> Result<(), WriteError> {
    let key = key(serial);
    let name = text(key);
    grid.ordered_mut().insert(key, entry(serial))?;
    grid.hashed_mut().insert(key, entry(serial))?;
    grid.wide_mut().insert(key, wide(serial))?;
    grid.wide_hashed_mut().insert(key, wide(serial))?;
    grid.nested_mut().entry(key % ROWS)?.or_default()?.insert(key, entry(serial))?;
    grid.texts_mut().insert(&name, serial)?;
    grid.boxes_mut().insert(&name, boxed(serial).as_deref().copied())?;
    grid.list_mut().set(key as usize, entry(serial))?;
    grid.queue_mut().push_back(serial)?;
    let Some(gone) = serial.checked_sub(LIFE).filter(|gone| *gone > 0).map(self::key) else {
        return Ok(());
    };
    let name = text(gone);
    grid.ordered_mut().remove(gone)?;
    grid.hashed_mut().remove(gone)?;
    grid.wide_mut().remove(gone)?;
    grid.wide_hashed_mut().remove(gone)?;
    grid.nested_mut().entry(gone % ROWS)?.or_default()?.remove(gone)?;
    grid.texts_mut().remove(&name)?;
    grid.boxes_mut().remove(&name)?;
    grid.queue_mut().pop_front()?;
    Ok(())
}

/// Looks one key up, in one of the structures; whether it is what this generation has of it.
pub fn look_up(grid: &GridRef<'_>, serial: u64, random: u64) -> Result<bool, ReadError> {
    let key = random % KEYS;
    let written = writer(key, serial);
    let expected = written.map(entry);
    Ok(match random / KEYS % 16 {
        0..4 => grid.ordered().get(key)? == expected,
        4..8 => grid.hashed().get(key)? == expected,
        8 => grid.wide().get(key)? == written.map(wide),
        9 => grid.wide_hashed().get(key)? == written.map(wide),
        10 => match grid.nested().get(key % ROWS)? {
            Some(row) => row.get(key)? == expected,
            None => expected.is_none(),
        },
        11 => grid.texts().get(&text(key))? == written,
        12 => {
            let found = grid.boxes().get(&text(key))?;
            unboxed(found)? == written.map(|s| boxed(s).as_deref().copied())
        }
        13 => grid.list().get(key as usize)?.is_some_and(|found| is_of(found, key, serial)),
        14 => grid.queue().len()? as u64 == serial.min(LIFE),
        _ => {
            let first = serial.saturating_sub(LIFE) + 1;
            let place = key % serial.clamp(1, LIFE);
            grid.queue().get(place as usize)? == Some(first + place)
        }
    })
}

/// The list keeps what was written until the key's next turn.
fn is_of(found: Entry, key: u64, serial: u64) -> bool {
    let age = (serial + KEYS - key) % KEYS;
    found == if age < serial { entry(serial - age) } else { [0; 3] }
}

/// What is in the box of a value that may be there.
fn unboxed(found: Option<Option<BoxRef<'_, Entry>>>) -> Result<Option<Option<Entry>>, ReadError> {
    found.map(|entry| entry.map(|entry| entry.load()).transpose()).transpose()
}

/// The key that a random number is about, when one is read without its generation.
pub const fn some_key(random: u64) -> u64 {
    random % KEYS
}

/// Checks an entry that was read alone, after `newest` was; returns the number that wrote it, 0 if
/// there is none.
pub fn verify_entry(found: Option<Entry>, key: u64, newest: u64) -> Result<u64, String> {
    match found {
        None => Ok(0),
        Some(found) if found[0] + LIFE <= newest => {
            Err(format!("an entry of key {key}, written by {}, after {newest}", found[0]))
        }
        Some(found) if found == entry(found[0]) && found[1] == key => Ok(found[0]),
        Some(found) => Err(format!("an entry of key {key}: {found:?}")),
    }
}

/// Walks one of the structures, and calls `pause` between two entries; whether all are those of this
/// generation, and no others.
pub fn walk(
    grid: &GridRef<'_>,
    serial: u64,
    random: u64,
    mut pause: impl FnMut(),
) -> Result<bool, ReadError> {
    let count = serial.min(LIFE);
    let (mut seen, mut is_right) = (0, true);
    let mut keys = (0..KEYS).filter(|key| writer(*key, serial).is_some());
    let mut note = |is_its: bool| {
        (seen, is_right) = (seen + 1, is_right & is_its);
        pause();
    };
    let is_its = |key: u64, found: Entry| writer(key, serial).map(entry) == Some(found);
    match random % 8 {
        0 => {
            for found in grid.ordered().iter() {
                let (key, found) = found?;
                note(keys.next() == Some(key) && is_its(key, found));
            }
        }
        1 => {
            for found in grid.hashed().iter() {
                let (key, found) = found?;
                note(is_its(key, found));
            }
        }
        2 => {
            for found in grid.wide().iter() {
                let (key, found) = found?;
                note(keys.next() == Some(key) && writer(key, serial).map(wide) == Some(found));
            }
        }
        3 => {
            for row in grid.nested().iter() {
                let (row, entries) = row?;
                for found in entries.iter() {
                    let (key, found) = found?;
                    note(key % ROWS == row && is_its(key, found));
                }
            }
        }
        4 => {
            for found in grid.texts().iter() {
                let (name, found) = found?;
                let key = keys.next();
                note(
                    key.map(text) == Some(name)
                        && key.and_then(|key| writer(key, serial)) == Some(found),
                );
            }
        }
        5 => {
            for (key, found) in grid.list().iter().enumerate() {
                note(is_of(found?, key as u64, serial));
            }
            return Ok(is_right && seen == KEYS);
        }
        6 => {
            for (place, found) in grid.queue().iter().enumerate() {
                note(found? == serial.saturating_sub(LIFE) + 1 + place as u64);
            }
        }
        _ => {
            for found in grid.boxes().iter() {
                let (name, found) = found?;
                let key = name.strip_prefix(PREFIX).and_then(|key| key.parse::<u64>().ok());
                let written = key.and_then(|key| writer(key, serial));
                note(written.map(|s| boxed(s).as_deref().copied()) == unboxed(Some(found))?);
            }
        }
    }
    Ok(is_right && seen == count)
}

#[test]
fn the_grid_is_the_same_step_by_step_and_at_once() {
    for serial in 1..3 * KEYS {
        let grid = grid(serial);
        for key in 0..KEYS {
            assert_eq!(grid.ordered.get(&key).copied(), writer(key, serial).map(entry));
            assert!(is_of(grid.list[key as usize], key, serial));
        }
        assert_eq!(grid.queue.len() as u64, serial.min(LIFE));
    }
}
