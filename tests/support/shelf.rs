//! Maps, a queue and lists, each entry of which follows from the number.
//!
//! Each number writes one key of [`KEYS`], in turn, and removes the one that was written [`LIFE`] numbers
//! ago.

use std::collections::{BTreeMap, HashMap, VecDeque};

use commy::{Growable, WriteError};

use super::mixed;

const KEYS: u64 = 24;
const LIFE: u64 = 12;
const ROWS: u64 = 3;

#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub struct Shelf {
    pub ordered: BTreeMap<u64, [u64; 3]>,
    pub named: BTreeMap<String, u64>,
    pub hashed: HashMap<u64, String>,
    pub queue: VecDeque<u64>,
    pub list: Vec<u64>,
    pub rows: HashMap<u64, Vec<u64>>,
}

fn entry(number: u64) -> [u64; 3] {
    [number, number % KEYS, mixed(number)]
}

fn name(key: u64) -> String {
    format!("a name that begins as those of all other keys do: {key:02}")
}

fn text(number: u64) -> String {
    format!("{number} ").repeat(1 + (mixed(number) % 20) as usize)
}

impl Shelf {
    /// That of a number.
    pub fn of(number: u64) -> Self {
        let mut shelf = Self { list: vec![0; KEYS as usize], ..Self::default() };
        for written in number.saturating_sub(KEYS) + 1..=number {
            shelf.list[(written % KEYS) as usize] = mixed(written);
        }
        for written in number.saturating_sub(LIFE) + 1..=number {
            let key = written % KEYS;
            shelf.ordered.insert(key, entry(written));
            shelf.named.insert(name(key), written);
            shelf.hashed.insert(key, text(written));
            shelf.queue.push_back(written);
            shelf.rows.entry(written % ROWS).or_default().push(written);
        }
        shelf
    }

    /// Makes that of a number out of that of the number before.
    pub fn change(mut shelf: ShelfMut<'_>, number: u64) -> Result<(), WriteError> {
        let key = number % KEYS;
        shelf.ordered_mut().insert(key, entry(number))?;
        shelf.named_mut().insert(&name(key), number)?;
        shelf.hashed_mut().insert(key, &text(number))?;
        shelf.queue_mut().push_back(number)?;
        shelf.list_mut().set(key as usize, mixed(number))?;
        shelf.rows_mut().entry(number % ROWS)?.or_default()?.push(number)?;
        let Some(gone) = number.checked_sub(LIFE).filter(|gone| *gone > 0) else { return Ok(()) };
        let key = gone % KEYS;
        shelf.ordered_mut().remove(key)?;
        shelf.named_mut().remove(&name(key))?;
        shelf.hashed_mut().remove(key)?;
        shelf.queue_mut().pop_front()?;
        shelf.rows_mut().entry(gone % ROWS)?.or_default()?.remove(0)?;
        Ok(())
    }
}
