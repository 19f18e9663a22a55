//! Lists whose content follows from the generation, as the file and as `std` has them.
//!
//! Each 16th generation begins anew; those between change a little of it, so that nodes are shared by
//! generations, grown in place, shortened and grown again.

use commy::{Growable, WriteError};

use super::mixed;

const EPOCH: u64 = 16;

#[derive(Debug, Clone, PartialEq, Default, Growable)]
pub struct Lists {
    pub serial: u64,
    pub numbers: Vec<u64>,
    pub odd: Vec<[u8; 3]>,
    pub rows: Vec<Vec<u32>>,
    pub texts: Vec<String>,
}

fn base(serial: u64) -> Lists {
    let below = |salt: u64, end: u64| mixed(serial ^ salt) % end;
    Lists {
        serial,
        numbers: (0..below(1, 160)).map(|number| serial << 20 | number).collect(),
        odd: (0..below(2, 60)).map(|number| [serial as u8, number as u8, 3]).collect(),
        rows: (0..1 + below(3, 8)).map(|row| vec![row as u32; below(row, 12) as usize]).collect(),
        texts: (0..1 + below(4, 66)).map(|text| format!("{serial} {text:030}")).collect(),
    }
}

fn odd(serial: u64) -> [u8; 3] {
    [serial as u8, 1, 2]
}

/// What a generation has.
pub fn lists(serial: u64) -> Lists {
    let first = serial / EPOCH * EPOCH;
    let mut lists = base(first);
    for serial in first + 1..=serial {
        change_value(&mut lists, serial);
    }
    lists
}

/// The row that a generation changes.
fn row(serial: u64, count: usize) -> usize {
    (mixed(serial) % count as u64) as usize
}

fn change_value(lists: &mut Lists, serial: u64) {
    let Lists { serial: own, numbers, odd: odds, rows, texts } = lists;
    *own = serial;
    let at = row(serial, rows.len());
    match serial % 8 {
        0 => numbers.extend(0..60),
        1 | 5 => {
            numbers.push(serial);
            odds.push(odd(serial));
            rows[at].push(serial as u32);
        }
        2 => {
            numbers.pop();
            odds.pop();
            rows[at].pop();
            texts.push(format!("pushed in {serial}"));
        }
        3 => {
            // What is taken off was published, and something else is put in its place.
            numbers.truncate(numbers.len() / 2);
            numbers.push(serial);
            odds.truncate(odds.len() / 2);
            odds.push(odd(serial));
            texts.truncate(texts.len().div_ceil(2));
        }
        4 => {
            numbers.insert(numbers.len() / 2, serial);
            rows.insert(at, vec![serial as u32; 3]);
        }
        6 => {
            if !numbers.is_empty() {
                let at = numbers.len() / 2;
                numbers[at] = serial;
                numbers.remove(at / 2);
            }
            if rows.len() > 1 {
                rows.remove(at);
            }
        }
        _ => {
            let last = texts.len() - 1;
            texts.swap(0, last);
            texts[0].push_str(", and more");
            rows[at].clear();
        }
    }
}

/// The same on the lists of the generation before, in the file.
pub fn change_file(mut lists: ListsMut<'_>, serial: u64) -> Result<(), WriteError> {
    if serial.is_multiple_of(EPOCH) {
        return lists.assign(&base(serial));
    }
    lists.set_serial(serial)?;
    let rows = lists.rows_mut().len()?;
    let at = row(serial, rows);
    match serial % 8 {
        0 => lists.numbers_mut().extend(0..60),
        1 | 5 => {
            lists.numbers_mut().push(serial)?;
            lists.odd_mut().push(odd(serial))?;
            lists.rows_mut().get_mut(at)?.unwrap().push(serial as u32)
        }
        2 => {
            lists.numbers_mut().pop()?;
            lists.odd_mut().pop()?;
            lists.rows_mut().get_mut(at)?.unwrap().pop()?;
            lists.texts_mut().push(&format!("pushed in {serial}"))
        }
        3 => {
            let mut numbers = lists.numbers_mut();
            numbers.truncate(numbers.len()? / 2)?;
            numbers.push(serial)?;
            let mut odds = lists.odd_mut();
            odds.truncate(odds.len()? / 2)?;
            odds.push(odd(serial))?;
            let mut texts = lists.texts_mut();
            texts.truncate(texts.len()?.div_ceil(2))
        }
        4 => {
            let mut numbers = lists.numbers_mut();
            numbers.insert(numbers.len()? / 2, serial)?;
            lists.rows_mut().insert(at, &[serial as u32; 3])
        }
        6 => {
            let mut numbers = lists.numbers_mut();
            if !numbers.is_empty()? {
                let at = numbers.len()? / 2;
                numbers.set(at, serial)?;
                numbers.remove(at / 2)?;
            }
            if rows > 1 {
                lists.rows_mut().remove(at)?;
            }
            Ok(())
        }
        _ => {
            let mut texts = lists.texts_mut();
            texts.swap(0, texts.len()? - 1)?;
            texts.get_mut(0)?.unwrap().push_str(", and more")?;
            lists.rows_mut().get_mut(at)?.unwrap().clear()
        }
    }
}

impl Lists {
    /// Checks lists that were read alone; returns their generation.
    pub fn verify(&self) -> Result<u64, String> {
        let (serial, expected) = (self.serial, lists(self.serial));
        if *self == expected {
            return Ok(serial);
        }
        let lens = |lists: &Self| {
            [lists.numbers.len(), lists.odd.len(), lists.rows.len(), lists.texts.len()]
        };
        let (found, wanted) = (lens(self), lens(&expected));
        Err(format!("generation {serial}: lists of {found:?} elements, of {wanted:?}"))
    }
}
