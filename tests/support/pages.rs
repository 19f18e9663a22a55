//! A record that grows, all of which follows from one number.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]
#![allow(clippy::box_collection, reason = "records may have boxes of text")]

#[path = "shelf.rs"]
mod shelf;

use commy::{WriteError, create_reader, create_writer};

use shelf::Shelf;

#[create_writer(filename = "pages.bin", growable)]
#[create_reader(filename = "pages.bin", growable)]
#[derive(Debug, PartialEq, Clone)]
pub struct Pages {
    pub number: u64,
    /// The number, so that the root takes several sectors.
    pub rows: [u64; 60],
    pub columns: [u64; 60],
    /// Of this number; each second one adds to the one before.
    pub text: String,
    /// Of the last number that is a multiple of 3.
    #[commy(bytes)]
    pub bytes: Vec<u8>,
    /// Of the last number that is a multiple of 5.
    pub note: Option<Box<String>>,
    /// Of this number.
    pub shelf: Shelf,
}

fn mixed(number: u64) -> u64 {
    let mixed = (number ^ number >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
}

fn len(number: u64) -> usize {
    let below = [20, 200, 3000, 9000][(mixed(number) % 4) as usize];
    (mixed(number ^ 0x55) % below) as usize
}

/// The text of an even number, and what the next one adds to it.
fn base(number: u64) -> String {
    let mut text = format!("{number:020}");
    let letter = char::from(b'a' + (number / 2 % 26) as u8);
    text.extend(core::iter::repeat_n(letter, len(number)));
    text
}

fn addition(number: u64) -> String {
    format!("|{}", "+".repeat((number % 97) as usize))
}

impl Pages {
    /// The value with this number.
    pub fn of(number: u64) -> Self {
        let text = match number % 2 {
            0 => base(number),
            _ => base(number - 1) + &addition(number),
        };
        let third = number / 3 * 3;
        let content = (0..len(third ^ 0x33) as u64).map(|at| (third / 3 + at) as u8);
        let bytes = third.to_le_bytes().into_iter().chain(content).collect();
        let fifth = number / 5 * 5;
        let note = (fifth % 2 == 1).then(|| Box::new(base(fifth)));
        let shelf = Shelf::of(number);
        Self { number, rows: [number; 60], columns: [number; 60], text, bytes, note, shelf }
    }

    /// That of a new record.
    pub fn nothing() -> Self {
        let (text, bytes, shelf) = (String::new(), Vec::new(), Shelf::default());
        Self { number: 0, rows: [0; 60], columns: [0; 60], text, bytes, note: None, shelf }
    }

    /// Whether all of it is of its number.
    pub fn is_whole(&self) -> bool {
        *self == Self::of(self.number)
    }

    /// Makes the value of a number out of that of the number before, in the ways that there are.
    pub fn publish(writer: &mut PagesWriter, number: u64) -> Result<(), WriteError> {
        let value = Self::of(number);
        let before = writer.number()?;
        if number.is_multiple_of(7) || before == 0 || before + 1 != number {
            return writer.publish(&value);
        }
        writer.transaction(|tx| {
            tx.set_number(number)?;
            tx.set_rows([number; 60])?;
            tx.set_columns([number; 60])?;
            Shelf::change(tx.shelf_mut(), number)?;
            match number % 2 {
                0 => tx.set_text(&value.text)?,
                _ => tx.text_mut().push_str(&addition(number))?,
            }
            if number.is_multiple_of(3) {
                tx.set_bytes(&value.bytes)?;
            }
            if number.is_multiple_of(5) {
                tx.set_note(value.note.as_deref().map(String::as_str))?;
            }
            Ok(())
        })
    }
}
