//! The header: the one description of the bytes at the start of every commy file.
//!
//! Integers are little-endian. What is not named is zero and reserved; the checksum covers it.
//!
//! ```text
//!    0  magic                  8 bytes  89 63 6f 6d 6d 79 1a 0a
//!    8  format version         u32      1
//!   12  kind                   u32      1 record, 2 heap (reserved), 3 checkpoint
//!   16  compatible flags       u64      a program may ignore those it does not know; bit 0: slots have
//!                                     the time of their publish
//!   24  incompatible flags     u64      a program must refuse those it does not know
//!   32  header length          u64      4096
//!   40  minimum file length    u64
//!   48  endianness mark        u64      01 02 .. 08 as a number in the byte order of live words
//!   56  fingerprint            u128
//!   72  base generation        u64      where the file that this one replaced stopped, or 0
//!   80  root size              u64      bytes of the record
//!   88  root alignment         u64
//!   96  slot count             u64      slots of the ring; one more follows, the steady slot
//!                                     (2 in a checkpoint file, and none more)
//!  104  slot stride            u64      distance of two slots in bytes
//!  112  offset of control      u64
//!  120  offset of wait page    u64
//!  128  offset of schema       u64
//!  136  length of schema       u64      both lines, their newlines included
//!  144  offset of slots        u64
//!  152  creation time          u64      nanoseconds since 1970-01-01 00:00 UTC
//!  160  heap id                u128     of a record that grows (bit 0 of the incompatible flags), not 0;
//!                                     all three are 0 in other files, in its checkpoint file the first two
//!  176  offset of heap         u64      a multiple of 4096, and the minimum file length
//!  184  heap layout version    u32      1
//!  188  reserved
//! 4088  checksum               u64      XXH3 (64 bit) of the header with zeros here, then schema
//! 4096
//! ```

use xxhash_rust::xxh3::Xxh3;

use commy_types::Fingerprint;

use super::FormatError;
use super::bytes::{put, take};

/// The first bytes of every commy file. The first one is no ASCII and the last two are changed by
/// transfers in text mode, so a damaged copy is noticed at once.
pub(crate) const MAGIC: [u8; 8] = *b"\x89commy\x1a\n";
/// The version of the format that this crate reads and writes.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// The kind of a file that holds one record.
pub(crate) const KIND_RECORD: u32 = 1;
/// The kind of a file that holds two checkpoints of a record.
pub(crate) const KIND_CHECKPOINT: u32 = 3;
/// The incompatible feature of a record that grows: a heap follows its slots.
const FLAG_GROWABLE: u64 = 1;
/// The compatible feature of a file whose slots have the time of their publish.
const FLAG_TIMES: u64 = 1;
/// The incompatible features that this crate knows.
const KNOWN_FLAGS: u64 = FLAG_GROWABLE;
/// How this crate lays out a heap.
pub(crate) const HEAP_VERSION: u32 = 1;
/// The length of the header in bytes.
pub(crate) const HEADER_LEN: usize = 4096;
/// The value of the endianness mark.
const ENDIANNESS_MARK: u64 = 0x0102_0304_0506_0708;

const AT_VERSION: usize = MAGIC.len();
const AT_KIND: usize = AT_VERSION + 4;
const AT_COMPATIBLE: usize = AT_KIND + 4;
pub(super) const AT_INCOMPATIBLE: usize = AT_COMPATIBLE + 8;
const AT_HEADER_LEN: usize = AT_INCOMPATIBLE + 8;
pub(super) const AT_FILE_LEN: usize = AT_HEADER_LEN + 8;
const AT_ENDIANNESS: usize = AT_FILE_LEN + 8;
const AT_FINGERPRINT: usize = AT_ENDIANNESS + 8;
pub(crate) const AT_BASE_GENERATION: usize = AT_FINGERPRINT + 16;
pub(super) const AT_ROOT_SIZE: usize = AT_BASE_GENERATION + 8;
pub(super) const AT_ROOT_ALIGN: usize = AT_ROOT_SIZE + 8;
pub(super) const AT_SLOT_COUNT: usize = AT_ROOT_ALIGN + 8;
pub(crate) const AT_SLOT_STRIDE: usize = AT_SLOT_COUNT + 8;
pub(crate) const AT_CONTROL: usize = AT_SLOT_STRIDE + 8;
pub(crate) const AT_WAIT_PAGE: usize = AT_CONTROL + 8;
pub(super) const AT_SCHEMA: usize = AT_WAIT_PAGE + 8;
pub(super) const AT_SCHEMA_LEN: usize = AT_SCHEMA + 8;
pub(super) const AT_SLOTS: usize = AT_SCHEMA_LEN + 8;
const AT_CREATED: usize = AT_SLOTS + 8;
const AT_HEAP_ID: usize = AT_CREATED + 8;
pub(super) const AT_HEAP: usize = AT_HEAP_ID + 16;
const AT_HEAP_VERSION: usize = AT_HEAP + 8;
const AT_RESERVED: usize = AT_HEAP_VERSION + 4;
const AT_CHECKSUM: usize = HEADER_LEN - 8;

const _: () = assert!(AT_FILE_LEN == 40 && AT_FINGERPRINT == 56 && AT_ROOT_SIZE == 80);
const _: () = assert!(AT_SLOT_COUNT == 96 && AT_CONTROL == 112 && AT_CREATED == 152);
const _: () = assert!(AT_HEAP_ID == 160 && AT_HEAP == 176 && AT_HEAP_VERSION == 184);
const _: () = assert!(AT_RESERVED == 188 && AT_RESERVED <= AT_CHECKSUM);
const _: () = assert!(AT_FILE_LEN.is_multiple_of(8) && AT_CHECKSUM == 4088);

/// Every offset by its name in `docs/format.md`.
#[cfg(test)]
pub(super) const AT: [(&str, usize); 25] = [
    ("magic", 0),
    ("format version", AT_VERSION),
    ("kind", AT_KIND),
    ("compatible flags", AT_COMPATIBLE),
    ("incompatible flags", AT_INCOMPATIBLE),
    ("header length", AT_HEADER_LEN),
    ("minimum file length", AT_FILE_LEN),
    ("endianness mark", AT_ENDIANNESS),
    ("fingerprint", AT_FINGERPRINT),
    ("base generation", AT_BASE_GENERATION),
    ("record size", AT_ROOT_SIZE),
    ("record alignment", AT_ROOT_ALIGN),
    ("slot count", AT_SLOT_COUNT),
    ("slot stride", AT_SLOT_STRIDE),
    ("offset of control", AT_CONTROL),
    ("offset of wait page", AT_WAIT_PAGE),
    ("offset of schema", AT_SCHEMA),
    ("length of schema", AT_SCHEMA_LEN),
    ("offset of slots", AT_SLOTS),
    ("creation time", AT_CREATED),
    ("heap id", AT_HEAP_ID),
    ("offset of heap", AT_HEAP),
    ("heap layout version", AT_HEAP_VERSION),
    ("reserved", AT_RESERVED),
    ("checksum", AT_CHECKSUM),
];

/// The bytes of a header.
pub(crate) type HeaderBytes = [u8; HEADER_LEN];

/// The fields of a header that differ from file to file. Read from a file they are numbers and
/// nothing more, until [`Layout::check`](super::layout::Layout::check) has seen them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: u32,
    pub(crate) file_len: u64,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) base_generation: u64,
    pub(crate) root_size: u64,
    pub(crate) root_align: u64,
    pub(crate) slot_count: u64,
    pub(crate) slot_stride: u64,
    pub(crate) control: u64,
    pub(crate) wait_page: u64,
    pub(crate) schema: u64,
    pub(crate) schema_len: u64,
    pub(crate) slots: u64,
    pub(crate) created_ns: u64,
    /// Whether each slot has the time of its publish.
    pub(crate) keeps_times: bool,
    /// Of a record that grows, and of its checkpoints.
    pub(crate) heap: Option<HeapHeader>,
}

/// What a header says of the heap of a record that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeapHeader {
    /// A random number that tells this heap from all others; 0 in a checkpoint file, whose areas say
    /// which heap they lead to.
    pub(crate) id: u128,
    /// Where it begins in the file; 0 in a checkpoint file.
    pub(crate) start: u64,
    /// How it is laid out.
    pub(crate) version: u32,
}

impl Header {
    /// The bytes of the header, with the checksum over them and `schema`.
    pub(crate) fn encode(&self, schema: &[u8]) -> HeaderBytes {
        let mut bytes = [0; HEADER_LEN];
        put(&mut bytes, 0, &MAGIC);
        put(&mut bytes, AT_VERSION, &FORMAT_VERSION.to_le_bytes());
        put(&mut bytes, AT_KIND, &self.kind.to_le_bytes());
        let flags = if self.keeps_times { FLAG_TIMES } else { 0 };
        put(&mut bytes, AT_COMPATIBLE, &flags.to_le_bytes());
        let flags = if self.heap.is_some() { FLAG_GROWABLE } else { 0 };
        put(&mut bytes, AT_INCOMPATIBLE, &flags.to_le_bytes());
        put(&mut bytes, AT_HEADER_LEN, &(HEADER_LEN as u64).to_le_bytes());
        put(&mut bytes, AT_FILE_LEN, &self.file_len.to_le_bytes());
        // The mark is the one number in the byte order of the machine: it tells which that is.
        put(&mut bytes, AT_ENDIANNESS, &ENDIANNESS_MARK.to_ne_bytes());
        put(&mut bytes, AT_FINGERPRINT, &self.fingerprint.0.to_le_bytes());
        put(&mut bytes, AT_BASE_GENERATION, &self.base_generation.to_le_bytes());
        put(&mut bytes, AT_ROOT_SIZE, &self.root_size.to_le_bytes());
        put(&mut bytes, AT_ROOT_ALIGN, &self.root_align.to_le_bytes());
        put(&mut bytes, AT_SLOT_COUNT, &self.slot_count.to_le_bytes());
        put(&mut bytes, AT_SLOT_STRIDE, &self.slot_stride.to_le_bytes());
        put(&mut bytes, AT_CONTROL, &self.control.to_le_bytes());
        put(&mut bytes, AT_WAIT_PAGE, &self.wait_page.to_le_bytes());
        put(&mut bytes, AT_SCHEMA, &self.schema.to_le_bytes());
        put(&mut bytes, AT_SCHEMA_LEN, &self.schema_len.to_le_bytes());
        put(&mut bytes, AT_SLOTS, &self.slots.to_le_bytes());
        put(&mut bytes, AT_CREATED, &self.created_ns.to_le_bytes());
        if let Some(HeapHeader { id, start, version }) = self.heap {
            put(&mut bytes, AT_HEAP_ID, &id.to_le_bytes());
            put(&mut bytes, AT_HEAP, &start.to_le_bytes());
            put(&mut bytes, AT_HEAP_VERSION, &version.to_le_bytes());
        }
        let checksum = checksum(&bytes, schema);
        put(&mut bytes, AT_CHECKSUM, &checksum.to_le_bytes());
        bytes
    }

    /// Reads the fields, after what makes it pointless to look at them: another program's file,
    /// another format, unknown features, the other byte order.
    ///
    /// # Errors
    ///
    /// `Magic`, `Version`, `Flags`, `Endianness`, `HeapVersion`, or `Corrupt` for a mark that is of
    /// neither byte order, and for a flag that the fields of the heap contradict.
    pub(crate) fn decode(bytes: &HeaderBytes) -> Result<Self, FormatError> {
        let found: [u8; 8] = take(bytes, 0);
        if found != MAGIC {
            return Err(FormatError::Magic { found: found.into() });
        }
        let found = u32::from_le_bytes(take(bytes, AT_VERSION));
        if found != FORMAT_VERSION {
            return Err(FormatError::Version { found, expected: FORMAT_VERSION });
        }
        let flags = u64::from_le_bytes(take(bytes, AT_INCOMPATIBLE));
        let found = flags & !KNOWN_FLAGS;
        if found != 0 {
            return Err(FormatError::Flags { found });
        }
        check_endianness(u64::from_ne_bytes(take(bytes, AT_ENDIANNESS)))?;
        let kind = u32::from_le_bytes(take(bytes, AT_KIND));
        let heap = HeapHeader::decode(bytes, flags & FLAG_GROWABLE != 0, kind)?;
        let number = |at| u64::from_le_bytes(take(bytes, at));
        Ok(Self {
            kind,
            file_len: number(AT_FILE_LEN),
            fingerprint: Fingerprint(u128::from_le_bytes(take(bytes, AT_FINGERPRINT))),
            base_generation: number(AT_BASE_GENERATION),
            root_size: number(AT_ROOT_SIZE),
            root_align: number(AT_ROOT_ALIGN),
            slot_count: number(AT_SLOT_COUNT),
            slot_stride: number(AT_SLOT_STRIDE),
            control: number(AT_CONTROL),
            wait_page: number(AT_WAIT_PAGE),
            schema: number(AT_SCHEMA),
            schema_len: number(AT_SCHEMA_LEN),
            slots: number(AT_SLOTS),
            created_ns: number(AT_CREATED),
            keeps_times: kind == KIND_RECORD && number(AT_COMPATIBLE) & FLAG_TIMES != 0,
            heap,
        })
    }

    /// Checks what only a complete header can be asked: the checksum, and the fixed fields that it
    /// covers.
    ///
    /// # Errors
    ///
    /// `Corrupt`, or `Kind` for a sound file of another kind than `expected_kind`.
    pub(crate) fn verify(
        bytes: &HeaderBytes,
        schema: &[u8],
        expected_kind: u32,
    ) -> Result<(), FormatError> {
        let found = u64::from_le_bytes(take(bytes, AT_CHECKSUM));
        let expected = checksum(bytes, schema);
        if found != expected {
            let what = "checksum of header and schema";
            return Err(FormatError::corrupt(what, found, expected, AT_CHECKSUM as u64));
        }
        let found = u32::from_le_bytes(take(bytes, AT_KIND));
        if found != expected_kind {
            return Err(FormatError::Kind { found, expected: expected_kind });
        }
        let found = u64::from_le_bytes(take(bytes, AT_HEADER_LEN));
        if found != HEADER_LEN as u64 {
            let at = AT_HEADER_LEN as u64;
            return Err(FormatError::corrupt("header length", found, HEADER_LEN, at));
        }
        Ok(())
    }
}

impl HeapHeader {
    /// The fields of the heap, in a file whose flags say whether it has one.
    ///
    /// # Errors
    ///
    /// `HeapVersion`, or `Corrupt` if flags and fields do not agree.
    fn decode(
        bytes: &HeaderBytes,
        is_growable: bool,
        kind: u32,
    ) -> Result<Option<Self>, FormatError> {
        let id = u128::from_le_bytes(take(bytes, AT_HEAP_ID));
        let start = u64::from_le_bytes(take(bytes, AT_HEAP));
        let version = u32::from_le_bytes(take(bytes, AT_HEAP_VERSION));
        let (low, high) = (id as u64, (id >> 64) as u64);
        let has_heap = is_growable && kind != KIND_CHECKPOINT;
        let fields = [
            ("heap id", low | high, AT_HEAP_ID, has_heap),
            ("offset of heap", start, AT_HEAP, has_heap),
            ("heap layout version", u64::from(version), AT_HEAP_VERSION, is_growable),
        ];
        for (what, found, at, is_there) in fields {
            if (found != 0) != is_there {
                let expected = if is_there { "not 0" } else { "0" };
                let expected = format!("{expected}, by the incompatible flags");
                return Err(FormatError::corrupt(what, found, expected, at as u64));
            }
        }
        if is_growable && version != HEAP_VERSION {
            return Err(FormatError::HeapVersion { found: version, expected: HEAP_VERSION });
        }
        Ok(is_growable.then_some(Self { id, start, version }))
    }
}

fn check_endianness(mark: u64) -> Result<(), FormatError> {
    let (this, other) = if cfg!(target_endian = "little") {
        ("little-endian", "big-endian")
    } else {
        ("big-endian", "little-endian")
    };
    if mark == ENDIANNESS_MARK {
        Ok(())
    } else if mark == ENDIANNESS_MARK.swap_bytes() {
        Err(FormatError::Endianness { found: other, expected: this })
    } else {
        let expected = format!("{ENDIANNESS_MARK} in either byte order");
        Err(FormatError::corrupt("endianness mark", mark, expected, AT_ENDIANNESS as u64))
    }
}

/// The kind that the first bytes of a commy file name, whatever else they hold.
pub(crate) fn kind_of(front: &[u8]) -> Option<u32> {
    let kind = front.get(AT_KIND..)?.first_chunk()?;
    Some(u32::from_le_bytes(*kind))
}

/// XXH3 (64 bit) over the header, its checksum taken as zero, and the schema text.
fn checksum(bytes: &HeaderBytes, schema: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(bytes.get(..AT_CHECKSUM).unwrap_or_default());
    hash.update(&[0; HEADER_LEN - AT_CHECKSUM]);
    hash.update(schema);
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &[u8] = b"{}\n{}\n";

    fn example() -> Header {
        Header {
            kind: KIND_RECORD,
            file_len: 0x1111,
            fingerprint: Fingerprint(u128::MAX - 5),
            base_generation: 2,
            root_size: 3,
            root_align: 4,
            slot_count: 5,
            slot_stride: 6,
            control: 7,
            wait_page: 8,
            schema: 9,
            schema_len: SCHEMA.len() as u64,
            slots: 10,
            created_ns: u64::MAX,
            keeps_times: false,
            heap: None,
        }
    }

    fn verify(bytes: &HeaderBytes, schema: &[u8]) -> Result<(), FormatError> {
        Header::verify(bytes, schema, KIND_RECORD)
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let bytes = example().encode(SCHEMA);
        assert_eq!(Header::decode(&bytes).unwrap(), example());
        assert!(verify(&bytes, SCHEMA).is_ok());
        let timed = Header { keeps_times: true, ..example() };
        let bytes = timed.encode(SCHEMA);
        assert_eq!(Header::decode(&bytes).unwrap(), timed);
        assert_eq!(bytes[16..32], [[1].as_slice(), &[0; 15]].concat());
    }

    #[test]
    fn a_compatible_flag_that_is_not_known_is_no_error() {
        let mut bytes = example().encode(SCHEMA);
        bytes[AT_COMPATIBLE..AT_COMPATIBLE + 8].fill(0xfe | 1);
        let sum = checksum(&bytes, SCHEMA);
        put(&mut bytes, AT_CHECKSUM, &sum.to_le_bytes());
        assert_eq!(Header::decode(&bytes).unwrap(), Header { keeps_times: true, ..example() });
        assert!(verify(&bytes, SCHEMA).is_ok());
    }

    #[test]
    fn the_bytes_are_where_the_table_says() {
        let bytes = example().encode(SCHEMA);
        assert_eq!(&bytes[..8], b"\x89commy\x1a\n");
        assert_eq!(&bytes[8..16], &[1, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(&bytes[32..42], &[0, 16, 0, 0, 0, 0, 0, 0, 0x11, 0x11]);
        assert_eq!(&bytes[56..73], &[[0xfa].as_slice(), &[0xff; 15], &[2]].concat());
        assert_eq!(bytes[96], 5);
        assert_eq!(bytes[144], 10);
        assert_eq!(&bytes[152..160], &[0xff; 8]);
        assert!(bytes[160..4088].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn every_flipped_bit_of_the_header_is_an_error() {
        let good = example().encode(SCHEMA);
        for at in 0..HEADER_LEN {
            for bit in 0..8 {
                let mut bytes = good;
                bytes[at] ^= 1 << bit;
                let result = Header::decode(&bytes).and_then(|_| verify(&bytes, SCHEMA));
                assert!(result.is_err(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_flipped_byte_of_the_schema_is_an_error() {
        let bytes = example().encode(SCHEMA);
        let changed = verify(&bytes, b"{}\n[]\n");
        assert!(matches!(changed, Err(FormatError::Corrupt { .. })));
    }

    #[test]
    fn the_other_byte_order_is_told_from_damage() {
        let mut bytes = example().encode(SCHEMA);
        bytes[AT_ENDIANNESS..AT_ENDIANNESS + 8].reverse();
        let other = Header::decode(&bytes);
        assert!(matches!(other, Err(FormatError::Endianness { .. })));
        bytes[AT_ENDIANNESS] = 0x77;
        let damaged = Header::decode(&bytes);
        assert!(matches!(damaged, Err(FormatError::Corrupt { what: "endianness mark", .. })));
    }

    #[test]
    fn a_sound_file_of_another_kind_is_no_record() {
        let mut bytes = example().encode(SCHEMA);
        bytes[AT_KIND] = 2;
        let sum = checksum(&bytes, SCHEMA);
        put(&mut bytes, AT_CHECKSUM, &sum.to_le_bytes());
        let kind = verify(&bytes, SCHEMA);
        assert!(matches!(kind, Err(FormatError::Kind { found: 2, .. })));
    }
}
