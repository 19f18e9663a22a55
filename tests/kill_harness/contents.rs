//! Records whose whole content follows from one number, so that every mix of two publishes shows.
//!
//! Word i of N holds the last generation that was its turn. So every generation changes one word,
//! through setters and hence through ranges, and every mix of two generations shows. The number is
//! the generation.

use core::fmt::Debug;
use core::mem::offset_of;

use commy::__private::{FieldPlace, FieldSource as _};
use commy::{
    Batch, FixedRecord, FixedVec, ReadError, Reader, SmartString, create_reader, create_writer,
};

/// A record that can tell whether it is exactly what generation `number` holds.
pub trait Contents: FixedRecord {
    /// The all-zero value, on the heap.
    fn blank() -> Box<Self>;

    /// The generation that the value says it is.
    fn number(&self) -> u64;

    /// Makes this the value of generation `number`, whatever it was.
    fn fill(&mut self, number: u64);

    /// Makes generation `number` from the one before it, by as few setters as that takes.
    fn advance(batch: &mut Batch<'_, Self>, number: u64);

    /// Says what in the value is not of generation `number`.
    fn verify(&self, number: u64) -> Result<(), String>;

    /// Reads one long field, checks that it is of one generation, and returns that one.
    fn read_words(reader: &Reader<Self>) -> Result<Result<u64, String>, ReadError>;

    /// Reads several fields in one view, checks that they are of its generation, and returns that.
    fn read_view(reader: &Reader<Self>) -> Result<Result<u64, String>, ReadError>;
}

/// Word `index` of `N` in generation `number`: the last generation that was its turn.
///
/// So each generation changes one word, and a word tells when it was written.
fn word<const N: usize>(index: usize, number: u64) -> u64 {
    const { assert!(N.is_power_of_two()) };
    let index = index as u64;
    if index > number { 0 } else { number - ((number - index) & (N as u64 - 1)) }
}

fn fill_words<const N: usize>(words: &mut [u64; N], number: u64) {
    for (index, to) in words.iter_mut().enumerate() {
        *to = word::<N>(index, number);
    }
}

fn verify_words<const N: usize>(words: &[u64; N], number: u64) -> Result<(), String> {
    let wrong = |(index, found): (usize, &u64)| *found ^ word::<N>(index, number);
    // Without a branch per word: this runs more often than anything else in the harness.
    if words.iter().enumerate().fold(0, |all, pair| all | wrong(pair)) == 0 {
        return Ok(());
    }
    let (index, found) = words.iter().enumerate().find(|pair| wrong(*pair) != 0).unwrap();
    let expected = word::<N>(index, number);
    Err(format!("generation {number}: word {index} is {found}, expected {expected}"))
}

fn verify_alone<const N: usize>(words: &[u64; N]) -> Result<u64, String> {
    let newest = words.iter().copied().max().unwrap_or(0);
    verify_words(words, newest).map(|()| newest)
}

/// Checks fields of one view.
fn verify_view<const N: usize>(
    generation: u64,
    number: u64,
    words: &[u64; N],
    even: bool,
) -> Result<u64, String> {
    expect("number", number, generation)?;
    verify_words(words, generation)?;
    expect("even", even, generation.is_multiple_of(2)).map(|()| generation)
}

fn expect<V: PartialEq + Debug>(what: &str, found: V, expected: V) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, expected {expected:?}"))
}

/// Ten words: a snapshot costs little, so that very many can be taken.
#[create_writer(filename = "small.bin")]
#[create_reader(filename = "small.bin")]
#[derive(Debug)]
pub struct Small {
    number: u64,
    words: [u64; 8],
    even: bool,
}

impl Contents for Small {
    fn blank() -> Box<Self> {
        Box::new(Self { number: 0, words: [0; 8], even: false })
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn fill(&mut self, number: u64) {
        self.number = number;
        fill_words(&mut self.words, number);
        self.even = number.is_multiple_of(2);
    }

    fn advance(batch: &mut Batch<'_, Self>, number: u64) {
        batch.set(|value| &mut value.number, number);
        batch.set(|value| &mut value.words[(number % 8) as usize], number);
        batch.set(|value| &mut value.even, number.is_multiple_of(2));
    }

    fn verify(&self, number: u64) -> Result<(), String> {
        expect("number", self.number, number)?;
        verify_words(&self.words, number)?;
        expect("even", self.even, number.is_multiple_of(2))
    }

    fn read_words(reader: &Reader<Self>) -> Result<Result<u64, String>, ReadError> {
        reader
            .field(FieldPlace::new(0, offset_of!(Self, words)))
            .map(|words| verify_alone::<8>(&words))
    }

    fn read_view(reader: &Reader<Self>) -> Result<Result<u64, String>, ReadError> {
        reader.read(|view| {
            let number = view.field(FieldPlace::new(0, offset_of!(Self, number)))?;
            let words = view.field::<[u64; 8]>(FieldPlace::new(0, offset_of!(Self, words)))?;
            let even = view.field(FieldPlace::new(0, offset_of!(Self, even)))?;
            Ok(verify_view(view.file().generation(), number, &words, even))
        })
    }
}

/// About 9 KiB, with containers that grow and shrink: a copy takes long enough to be overtaken.
#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
#[derive(Debug)]
pub struct Large {
    number: u64,
    list: FixedVec<u32, 64>,
    words: [u64; 1024],
    text: SmartString<300>,
    even: bool,
}

/// A text of its generation: 0 to 300 times the same letter, so any other mix differs.
fn text(number: u64) -> (char, usize) {
    (char::from(b'a' + (number % 26) as u8), (number % 301) as usize)
}

impl Large {
    fn fill_rest(&mut self, number: u64) {
        self.number = number;
        self.list.clear();
        for item in 0..number % 65 {
            self.list.push((number + item) as u32).unwrap();
        }
        let (letter, len) = text(number);
        self.text.clear();
        for _ in 0..len {
            self.text.push(letter).unwrap();
        }
        self.even = number.is_multiple_of(2);
    }
}

impl Contents for Large {
    fn blank() -> Box<Self> {
        let (list, text) = (FixedVec::new(), SmartString::new());
        Box::new(Self { number: 0, list, words: [0; 1024], text, even: false })
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn fill(&mut self, number: u64) {
        self.fill_rest(number);
        fill_words(&mut self.words, number);
    }

    fn advance(batch: &mut Batch<'_, Self>, number: u64) {
        let mut list = [0; 64];
        let len = (number % 65) as usize;
        for (item, to) in list.iter_mut().enumerate() {
            *to = (number + item as u64) as u32;
        }
        let (letter, letters) = text(number);
        let mut bytes = [0; 300];
        bytes.fill(letter as u8);
        batch.set(|value| &mut value.number, number);
        batch.set(|value| &mut value.list, &list[..len]).unwrap();
        batch.set(|value| &mut value.words[(number % 1024) as usize], number);
        let text = core::str::from_utf8(&bytes[..letters]).unwrap();
        batch.set(|value| &mut value.text, text).unwrap();
        batch.set(|value| &mut value.even, number.is_multiple_of(2));
    }

    fn verify(&self, number: u64) -> Result<(), String> {
        expect("number", self.number, number)?;
        verify_words(&self.words, number)?;
        let (letter, letters) = text(number);
        expect("length of text", self.text.len(), letters)?;
        expect("text", self.text.bytes().all(|byte| byte == letter as u8), true)?;
        expect("length of list", self.list.len() as u64, number % 65)?;
        let in_order = |(item, found): (usize, &u32)| *found == (number + item as u64) as u32;
        expect("list", self.list.iter().enumerate().all(in_order), true)?;
        expect("even", self.even, number.is_multiple_of(2))
    }

    fn read_words(reader: &Reader<Self>) -> Result<Result<u64, String>, ReadError> {
        reader
            .field(FieldPlace::new(0, offset_of!(Self, words)))
            .map(|words| verify_alone::<1024>(&words))
    }

    fn read_view(reader: &Reader<Self>) -> Result<Result<u64, String>, ReadError> {
        reader.read(|view| {
            let number = view.field(FieldPlace::new(0, offset_of!(Self, number)))?;
            let words = view.field::<[u64; 1024]>(FieldPlace::new(0, offset_of!(Self, words)))?;
            let even = view.field(FieldPlace::new(0, offset_of!(Self, even)))?;
            Ok(verify_view(view.file().generation(), number, &words, even))
        })
    }
}

#[test]
fn steps_and_whole_values_are_the_same_generations() {
    fn check<T: Contents>() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = commy::Writer::<T>::create_at(directory.path().join("x")).unwrap();
        for number in 1..2100 {
            writer.batch(|batch| T::advance(batch, number));
            assert_eq!(writer.get().verify(number), Ok(()));
            let mut whole = T::blank();
            whole.fill(number);
            assert_eq!(whole.verify(number), Ok(()));
            assert!(whole.verify(number + 1).is_err());
        }
    }
    check::<Small>();
    check::<Large>();
}
