//! The record of the harness for records that grow: every byte of it, and every element of its lists,
//! maps, queues, boxes and enums, follows from one number, which each publish makes one higher.

use commy::{ReadError, WriteError, create_reader, create_writer};

use super::grid::{Grid, change_grid, grid};
use super::lists::{Lists, change_file, lists};
use super::mixed;
use super::stores::{Stores, StoresRef, change_stores, stores};

#[create_writer(filename = "sheet.bin", growable)]
#[create_reader(filename = "sheet.bin", growable)]
#[derive(Debug, PartialEq, Default)]
pub struct Sheet {
    /// The number that all of it follows from. A generation has the next one, but for those in which
    /// nothing but places have changed.
    pub serial: u64,
    /// Of this number; each second one adds to the one before.
    pub text: String,
    /// Of the last number that is a multiple of 3.
    #[commy(bytes)]
    pub bytes: Vec<u8>,
    /// Of the last number that is a multiple of 5.
    pub note: Option<Box<String>>,
    /// Of this number.
    pub lists: Lists,
    /// Of an eighth of the last number that is a multiple of 8, each saying what the others say.
    pub stores: Stores,
    /// Of this number, each entry by itself.
    pub grid: Grid,
}

fn len(serial: u64) -> usize {
    let below = [20, 200, 3000, 40_000][(mixed(serial) % 4) as usize];
    (mixed(serial ^ 0x55) % below) as usize
}

/// The text of an even number, and what the next one adds to it.
fn base(serial: u64) -> String {
    let mut text = format!("{serial:020}");
    let letter = char::from(b'a' + (serial / 2 % 26) as u8);
    text.extend(core::iter::repeat_n(letter, len(serial)));
    text
}

fn addition(serial: u64) -> String {
    format!("|{}", "+".repeat((serial % 97) as usize))
}

fn text(serial: u64) -> String {
    match serial % 2 {
        0 => base(serial),
        _ => base(serial - 1) + &addition(serial),
    }
}

fn bytes(serial: u64) -> Vec<u8> {
    let serial = serial / 3 * 3;
    let content = (0..len(serial ^ 0x33) as u64).map(|at| (serial / 3 + at) as u8);
    serial.to_le_bytes().into_iter().chain(content).collect()
}

fn note(serial: u64) -> Option<Box<String>> {
    let serial = serial / 5 * 5;
    (serial % 2 == 1).then(|| Box::new(base(serial)))
}

impl Sheet {
    /// The value with this number.
    pub fn of(serial: u64) -> Self {
        let (text, bytes, note) = (text(serial), bytes(serial), note(serial));
        let (lists, stores, grid) = (lists(serial), stores(serial / 8), grid(serial));
        Self { serial, text, bytes, note, lists, stores, grid }
    }

    /// Says what in the value is not of its number.
    pub fn verify(&self) -> Result<u64, String> {
        let serial = self.serial;
        if self.text != text(serial) {
            let start: String = self.text.chars().take(24).collect();
            let len = self.text.len();
            return Err(format!("{serial}: text of {len} bytes: {start}"));
        }
        if self.bytes != bytes(serial) {
            let start: Vec<_> = self.bytes.iter().take(10).collect();
            return Err(format!("{serial}: {} bytes: {start:?}", self.bytes.len()));
        }
        if self.note != note(serial) {
            let start: Option<String> =
                self.note.as_ref().map(|note| note.chars().take(24).collect());
            return Err(format!("{serial}: note {start:?}"));
        }
        if self.grid != grid(serial) {
            return Err(format!("{serial}: a grid of another number"));
        }
        let lists = self.lists.verify()?;
        let stores = self.stores.verify()?;
        match lists == serial && stores == serial / 8 {
            true => Ok(serial),
            false => Err(format!("{serial}: lists of {lists}, stores of {stores}")),
        }
    }
}

/// Checks a text that was read alone; returns its number.
pub fn verify_text(found: &str) -> Result<u64, String> {
    let start: String = found.chars().take(24).collect();
    let serial: Option<u64> = found.get(..20).and_then(|number| number.parse().ok());
    let Some(serial) = serial else { return Err(format!("a text that begins with {start}")) };
    let is_whole = found == text(serial) || found == text(serial + 1);
    let serial = serial + u64::from(found.contains('|'));
    if is_whole { Ok(serial) } else { Err(format!("a text of {} bytes: {start}", found.len())) }
}

pub fn verify_bytes(found: &[u8]) -> Result<u64, String> {
    let serial = found.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    match serial.filter(|serial| found == bytes(*serial)) {
        // Two more have the same.
        Some(serial) => Ok(serial),
        None => Err(format!("{} bytes, of {serial:?}", found.len())),
    }
}

pub fn verify_numbers(found: &[u64], serial: u64) -> Result<u64, String> {
    match found == lists(serial).numbers {
        true => Ok(serial),
        false => Err(format!("{serial}: {} numbers that are others", found.len())),
    }
}

/// Looks each number of the queue up in both maps, and walks through these.
pub fn verify_entries(serial: u64, found: StoresRef<'_>) -> Result<Result<u64, String>, ReadError> {
    let expected = stores(serial / 8);
    let mut is_same = found.queue().len()? == expected.queue.len();
    for number in found.queue() {
        let number = number?;
        let text = found.hashed().get(number)?;
        is_same &= text.as_ref() == expected.hashed.get(&number) && text.is_some();
    }
    let mut entries = expected.ordered.iter();
    for entry in found.ordered().iter() {
        let (name, number) = entry?;
        is_same &= entries.next() == Some((&name, &number));
    }
    is_same &= entries.next().is_none();
    Ok(match is_same {
        true => Ok(serial),
        false => Err(format!("{serial}: a queue and maps of others")),
    })
}
/// Publishes the next number; all of the value, or what differs, after now and then undoing something else.
pub fn publish(w: &mut SheetWriter, serial: u64, is_whole: bool) -> Result<(), WriteError> {
    if is_whole || serial.is_multiple_of(11) {
        return w.publish(&Sheet::of(serial));
    }
    if serial.is_multiple_of(7) {
        let undone = w.transaction(|tx| {
            tx.set_text(&"x".repeat(len(serial)))?;
            tx.bytes_mut().extend_from_slice(&[0; 5000])?;
            tx.set_note(Some("nobody sees this, which is never published"))?;
            tx.lists_mut().numbers_mut().extend(0..100)?;
            change_file(tx.lists_mut(), serial)?;
            tx.lists_mut().rows_mut().clear()?;
            change_stores(tx.stores_mut(), (serial - 1) / 8 + 1)?;
            tx.stores_mut().ordered_mut().retain(|_, number| number % 2 == 0)?;
            tx.stores_mut().queue_mut().clear()?;
            change_grid(tx.grid_mut(), serial)?;
            tx.grid_mut().wide_mut().clear()?;
            Err::<(), _>(WriteError::Aborted)
        });
        if undone != Err(WriteError::Aborted) {
            return undone;
        }
    }
    w.transaction(|tx| {
        tx.set_serial(serial)?;
        change_file(tx.lists_mut(), serial)?;
        change_grid(tx.grid_mut(), serial)?;
        if serial.is_multiple_of(8) {
            change_stores(tx.stores_mut(), serial / 8)?;
        }
        match serial % 2 {
            0 => tx.set_text(&base(serial))?,
            _ => tx.text_mut().push_str(&addition(serial))?,
        }
        if serial.is_multiple_of(3) {
            tx.set_bytes(&bytes(serial))?;
        }
        if serial.is_multiple_of(5) {
            tx.set_note(note(serial).as_deref().map(String::as_str))?;
        }
        Ok(())
    })
}
