//! What travels: words of eight sizes, and records as programs have them.

use commy::encoded::{Codec, Encode, EncodeError, Encoded, Sink};
use commy::{
    FixedRecord, FixedString, FixedVec, Mappable, SmartString, create_reader, create_writer,
};

/// A record of `W` words.
pub trait Payload<const W: usize>: FixedRecord {
    /// The words.
    fn words(&mut self) -> &mut [u64; W];
}

macro_rules! payload {
    ($($name:ident $words:literal)*) => {$(
        #[create_writer(filename = "payload.bin")]
        #[create_reader(filename = "payload.bin")]
        #[derive(Debug)]
        pub struct $name {
            pub words: [u64; $words],
        }

        impl Payload<$words> for $name {
            fn words(&mut self) -> &mut [u64; $words] {
                &mut self.words
            }
        }
    )*};
}

payload!(
    Bytes8 1 Bytes40 5 Bytes64 8 Bytes128 16 Bytes1K 128 Bytes8K 1024 Bytes1M 131_072 Bytes6M 750_000
);

/// One number among few others.
#[create_writer(filename = "small.bin")]
#[create_reader(filename = "small.bin")]
#[derive(Debug)]
pub struct Small {
    pub before: [u64; 4],
    pub number: f64,
    pub after: [u64; 3],
}

/// The same number in the middle of 8 KiB.
#[create_writer(filename = "medium.bin")]
#[create_reader(filename = "medium.bin")]
#[derive(Debug)]
pub struct Medium {
    pub before: [u64; 512],
    pub number: f64,
    pub after: [u64; 511],
}

/// The same number in the middle of 1 MiB.
#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
#[derive(Debug)]
pub struct Large {
    pub before: [u64; 65_536],
    pub number: f64,
    pub after: [u64; 65_535],
}

/// A record with strings and a vector.
#[create_writer(filename = "realistic.bin")]
#[create_reader(filename = "realistic.bin")]
#[derive(Debug)]
pub struct Realistic {
    pub title: FixedString<64>,
    pub numbers: FixedVec<i32, 100>,
    pub description: SmartString,
    pub temperature: f64,
    pub pressure: f64,
    pub count: u64,
    pub active: bool,
}

/// The elements that a long vector has, and those that it may have.
pub const ROWS: usize = 1_000_000;
pub const ROWS_MOST: usize = 1_100_000;

/// A vector of a million numbers.
#[create_writer(filename = "long.bin")]
#[create_reader(filename = "long.bin")]
#[derive(Debug)]
pub struct Long {
    pub serial: u64,
    pub rows: FixedVec<u64, 1_100_000>,
}

/// A vector of as many as the guard has time for.
#[create_writer(filename = "trace.bin")]
#[create_reader(filename = "trace.bin")]
#[derive(Debug)]
pub struct Trace {
    pub serial: u64,
    pub rows: FixedVec<u64, 16_384>,
}

/// Three bytes for each of two million pixels.
#[create_writer(filename = "frame.bin")]
#[create_reader(filename = "frame.bin")]
#[derive(Debug)]
pub struct Frame {
    pub serial: u64,
    pub pixels: [u8; 6_000_000],
}

/// A line of a table.
#[derive(Debug, Clone, Copy, Mappable)]
#[repr(C)]
pub struct Cells {
    pub x: f64,
    pub others: [u64; 7],
}

/// The lines of a table of 48 MB.
pub const LINES: usize = 750_000;

/// The table.
#[create_writer(filename = "sheet.bin")]
#[create_reader(filename = "sheet.bin")]
#[derive(Debug)]
pub struct Sheet {
    pub lines: [Cells; 750_000],
}

/// A codec that costs next to nothing, so that what is counted is commy's.
#[derive(Debug)]
pub struct Plain;

impl Codec for Plain {
    const ID: [u8; 4] = *b"plai";
    const NAME: &'static str = "plain";
    type Error = core::convert::Infallible;
}

impl Encode<str> for Plain {
    fn encode(value: &str, place: &mut [u8]) -> Result<usize, EncodeError<Self::Error>> {
        let mut sink = Sink::new(place);
        sink.put(value.as_bytes());
        sink.finish()
    }
}

/// A serialized text that may be long.
#[create_writer(filename = "note.bin")]
#[create_reader(filename = "note.bin")]
#[derive(Debug)]
pub struct Note {
    pub number: u64,
    pub text: Encoded<str, Plain, 16_384>,
}

/// The bytes of the realistic record, for peers that take plain bytes.
pub const REALISTIC_WORDS: usize = size_of::<Realistic>() / 8;

/// A text of so many bytes.
#[must_use]
pub fn text(len: usize) -> String {
    "The quick brown fox jumps over the lazy dog. ".chars().cycle().take(len).collect()
}

/// Fills a realistic record.
pub fn fill(record: &mut Realistic) {
    record.title = "Weekly totals of station 7".parse().unwrap();
    record.numbers = (0..60).collect::<Vec<i32>>().as_slice().try_into().unwrap();
    record.description = text(180).parse().unwrap();
    record.temperature = 21.5;
    record.pressure = 1013.25;
    record.active = true;
}
