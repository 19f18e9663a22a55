//! A queue, an ordered map, a hash map and an enum whose content follows from the generation, and which
//! say the same: what is in one of them alone was never published.
//!
//! Each 8th generation begins anew; those between add to all of them, take from all of them, and
//! change entries in place.

use core::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};

use commy::{Growable, WriteError};

use super::mixed;

const EPOCH: u64 = 8;

/// What the last generation did.
#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub enum Last {
    #[default]
    Nothing,
    Began(u64),
    Added {
        numbers: Vec<u64>,
        text: String,
    },
    Taken(VecDeque<u64>, BTreeMap<String, u64>),
    /// What was done before that.
    Changed(u64, Box<Last>),
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub struct Stores {
    pub serial: u64,
    pub queue: VecDeque<u64>,
    pub ordered: BTreeMap<String, u64>,
    pub hashed: HashMap<u64, String>,
    pub last: Last,
}

fn name(number: u64) -> String {
    match number % 3 {
        // Of all lengths, with a long common start.
        0 => format!("{number}"),
        1 => format!("the number {number:012}"),
        _ => format!("the number {number:012}, which does not fit into a cell"),
    }
}

fn text(number: u64) -> String {
    name(number).repeat(1 + (number % 4) as usize)
}

fn addition(serial: u64) -> String {
    format!(", changed in {serial}")
}

/// How many numbers a generation adds and takes off.
fn counts(serial: u64) -> (u64, usize) {
    let below = |salt: u64, end: u64| mixed(serial ^ salt) % end;
    // Some generations give back almost everything, and some split many nodes.
    match serial % 8 {
        3 => (0, 20),
        6 => (4 + below(21, 4), 0),
        _ => (below(22, 2), below(23, 2) as usize),
    }
}

fn added(serial: u64, count: u64) -> Vec<u64> {
    (0..count).map(|index| mixed(serial) << 24 | (serial % 0xffff) << 8 | index).collect()
}

fn base(serial: u64) -> Stores {
    let mut stores = Stores { serial, last: Last::Began(serial), ..Stores::default() };
    // Few, so that there are many publishes; sometimes enough for several nodes of each.
    let count = [1, 4, 8, 40][(mixed(serial ^ 31) % 4) as usize];
    added(serial, count).into_iter().for_each(|number| stores.add(number));
    stores
}

/// The number that a generation changes, by its place in the queue.
fn place(serial: u64, len: usize) -> Option<usize> {
    (len > 0).then(|| (mixed(serial ^ 41) % len as u64) as usize)
}

thread_local! {
    /// What was asked for last: who reads checks many of the same generation, and of the next.
    static LAST: RefCell<Option<Stores>> = const { RefCell::new(None) };
}

/// What a generation has.
pub fn stores(serial: u64) -> Stores {
    let first = serial / EPOCH * EPOCH;
    let last = LAST.take().filter(|last| (first..=serial).contains(&last.serial));
    let mut stores = last.unwrap_or_else(|| base(first));
    (stores.serial + 1..=serial).for_each(|serial| stores.step(serial));
    LAST.set(Some(stores.clone()));
    stores
}

impl Stores {
    fn add(&mut self, number: u64) {
        self.queue.push_back(number);
        self.ordered.insert(name(number), number);
        self.hashed.insert(number, text(number));
    }

    fn step(&mut self, serial: u64) {
        self.serial = serial;
        let (count, taken) = counts(serial);
        let numbers = added(serial, count);
        numbers.iter().for_each(|number| self.add(*number));
        let gone: VecDeque<u64> = self.queue.drain(..taken.min(self.queue.len())).collect();
        let mut names = BTreeMap::new();
        for number in &gone {
            names.extend(self.ordered.remove_entry(&name(*number)));
            self.hashed.remove(number);
        }
        if let Some(place) = place(serial, self.queue.len()) {
            let number = self.queue[place];
            self.ordered.insert(name(number), serial);
            self.hashed.get_mut(&number).unwrap().push_str(&addition(serial));
        }
        self.last = match serial % 4 {
            0 => Last::Added { numbers, text: text(serial) },
            1 | 2 => Last::Taken(gone, names),
            _ => Last::Changed(serial, Box::new(Last::Taken(gone, names))),
        };
    }

    /// Checks stores that were read alone; returns their generation.
    pub fn verify(&self) -> Result<u64, String> {
        let (serial, expected) = (self.serial, stores(self.serial));
        if *self == expected {
            return Ok(serial);
        }
        let lens = |stores: &Self| {
            let Self { queue, ordered, hashed, .. } = stores;
            [queue.len(), ordered.len(), hashed.len()]
        };
        let (found, wanted) = (lens(self), lens(&expected));
        let last = if self.last == expected.last { "right" } else { "wrong" };
        Err(format!("generation {serial}: stores of {found:?}, of {wanted:?}, the last {last}"))
    }
}

/// The same on the stores of the generation before, in the file.
pub fn change_stores(mut stores: StoresMut<'_>, serial: u64) -> Result<(), WriteError> {
    if serial.is_multiple_of(EPOCH) {
        return stores.assign(&base(serial));
    }
    stores.set_serial(serial)?;
    let (count, taken) = counts(serial);
    let numbers = added(serial, count);
    for number in &numbers {
        stores.queue_mut().push_back(*number)?;
        stores.ordered_mut().insert(&name(*number), *number)?;
        stores.hashed_mut().insert(*number, &text(*number))?;
    }
    let (mut gone, mut names) = (VecDeque::new(), BTreeMap::new());
    while gone.len() < taken
        && let Some(number) = stores.queue_mut().pop_front()?
    {
        let name = name(number);
        let value = stores.ordered_mut().remove(&name)?;
        names.extend(value.map(|value| (name, value)));
        stores.hashed_mut().remove(number)?;
        gone.push_back(number);
    }
    let len = stores.queue_mut().len()?;
    if let Some(place) = place(serial, len) {
        let number = stores.queue_mut().get(place)?.unwrap();
        stores.ordered_mut().get_mut(&name(number))?.unwrap().assign(serial)?;
        stores.hashed_mut().get_mut(number)?.unwrap().push_str(&addition(serial))?;
    }
    let last = match serial % 4 {
        0 => Last::Added { numbers, text: text(serial) },
        1 | 2 => Last::Taken(gone, names),
        _ => Last::Changed(serial, Box::new(Last::Taken(gone, names))),
    };
    stores.set_last(&last)
}
