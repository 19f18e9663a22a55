//! The checkpoint file: two durable images of a record, each one whole or seen not to be.
//!
//! It starts as a record file does (`header.rs`), with kind 3, two slots and the same schema text,
//! whose notes say besides whose it is (`schema/owner.rs`); its control and wait page are reserved and
//! zero. Instead of slots it has two areas, each of whole blocks, so that to write one never touches
//! the other:
//!
//! ```text
//!    0  generation   u64   0 = nothing was written here yet
//!    8  length       u64   bytes of the image
//!   16  fingerprint  u128  of the record
//!   32  checksum     u128  XXH3 (128 bit) of the 32 bytes before it, then the image
//!   48  time         u64   of the publish, in nanoseconds since 1970; 0 for not known
//!   56  time check   u64   XXH3 (64 bit) of generation and time, for a time that is not 0
//!   64  image              the payload as in a slot
//! ```
//!
//! Older programs know no time, and their checksum does not cover it: so it has one of its own.
//!
//! That of a record that grows is a root, which leads to blocks in the heap of one file and means
//! nothing without them. So its areas say which file that is, and the checksum covers that, too:
//!
//! ```text
//!   48  publish time u64   it was published by then: nanoseconds since 1970-01-01 00:00 UTC
//!   56  time         u64   of the publish, in nanoseconds since 1970; 0 for not known
//!   64  heap id      u128  as in the header of the data file
//!   80  birth        u64   what tells the data file from its copies (`session.rs`), 0 for not known
//!   88  handle       u64
//!   96  reserved
//!  128  image
//! ```
//!
//! Integers are little-endian, the image has the byte order that the header's mark says. The newer
//! area with a right checksum is the checkpoint; a writer writes the other one, syncs, and only
//! then takes that for the newer. A power cut in between leaves the area that was not written.
//!
//! One whole area out of two is what a power cut can leave. None, with both written, is damage by
//! other means: `CreateError::Unusable`, and nothing is overwritten.

use commy_types::Fingerprint;
use xxhash_rust::xxh3::Xxh3;

use super::bytes::{put, take};
use super::header::{
    AT_FILE_LEN, AT_SLOT_COUNT, AT_SLOT_STRIDE, HEAP_VERSION, Header, HeapHeader, KIND_CHECKPOINT,
};
use super::layout::Parts;
use super::{FormatError, PAGE, RecordSpec};
use crate::publish::MAX_GENERATION;

/// How many areas there are: one that is valid and one that may be written.
pub(crate) const AREA_COUNT: usize = 2;

const AT_LENGTH: usize = 8;
const AT_FINGERPRINT: usize = AT_LENGTH + 8;
const AT_CHECKSUM: usize = AT_FINGERPRINT + 16;
const AT_TIME: usize = AT_CHECKSUM + 16;
const AT_TIME_CHECK: usize = AT_TIME + 8;
/// The bytes of an area before its image, which all of them have.
pub(crate) const AREA_HEAD: usize = AT_IMAGE;
const AT_IMAGE: usize = 64;
const _: () = assert!(AT_CHECKSUM == 32 && AT_TIME_CHECK + 8 == AT_IMAGE);

const AT_PUBLISHED: usize = AT_CHECKSUM + 16;
const AT_TIME_OF_ROOT: usize = AT_PUBLISHED + 8;
const AT_HEAP_ID: usize = AT_TIME_OF_ROOT + 8;
const AT_BIRTH: usize = AT_HEAP_ID + 16;
const AT_HANDLE: usize = AT_BIRTH + 8;
/// Where the image of a record that grows is.
const AT_ROOT: usize = 128;
const _: () = assert!(AT_HEAP_ID == 64 && AT_HANDLE == 88 && AT_HANDLE + 8 <= AT_ROOT);

/// Every offset by its name in `docs/format.md`.
#[cfg(test)]
pub(super) const AT: [(&str, usize); 7] = [
    ("generation", 0),
    ("length", AT_LENGTH),
    ("fingerprint", AT_FINGERPRINT),
    ("checksum", AT_CHECKSUM),
    ("time", AT_TIME),
    ("time check", AT_TIME_CHECK),
    ("image", AT_IMAGE),
];

/// The same for what those of a record that grows have besides.
#[cfg(test)]
pub(super) const AT_OF_GROWABLE: [(&str, usize); 7] = [
    ("publish time", AT_PUBLISHED),
    ("time", AT_TIME_OF_ROOT),
    ("heap id", AT_HEAP_ID),
    ("birth", AT_BIRTH),
    ("handle", AT_HANDLE),
    ("rest reserved", AT_HANDLE + 8),
    ("image", AT_ROOT),
];

/// A generation and its payload, complete and as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) generation: u64,
    pub(crate) payload: Vec<u64>,
    /// When it was published, in nanoseconds since 1970; 0 for not known.
    pub(crate) time: u64,
    /// Of a record that grows.
    pub(crate) heap: Option<HeapMark>,
}

/// The heap that a root leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeapMark {
    /// By when it was published, in nanoseconds since 1970.
    pub(crate) published_ns: u64,
    pub(crate) of: HeapIdentity,
}

/// What tells a heap, and the file that it is in, from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeapIdentity {
    /// The heap id of the header.
    pub(crate) id: u128,
    /// From the number of the inode and its time of birth; 0 for not known.
    pub(crate) birth: u64,
    /// From the handle of the inode; 0 for not known.
    pub(crate) handle: u64,
}

/// Why a heap is another one than that of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtherHeap {
    /// It has another id.
    Id { found: u128, expected: u128 },
    /// It has the same, in another file: it was copied. The words are 0 where nothing is known of both.
    File { found: u64, expected: u64 },
}

impl HeapIdentity {
    /// Whether anything is known by which the file can be told from its copies.
    pub(crate) const fn is_known(&self) -> bool {
        self.birth != 0 || self.handle != 0
    }

    /// Compares what a checkpoint says with that of the file that is there.
    ///
    /// # Errors
    ///
    /// Why it is another one.
    pub(crate) fn expect(&self, found: &Self) -> Result<(), OtherHeap> {
        if self.id != found.id {
            return Err(OtherHeap::Id { found: found.id, expected: self.id });
        }
        let words = [(found.birth, self.birth), (found.handle, self.handle)];
        let known = words.into_iter().filter(|(found, expected)| *found != 0 && *expected != 0);
        // Who knows nothing of both cannot tell it from a copy.
        let other = match known.clone().next() {
            None => Some((0, 0)),
            Some(_) => known.clone().find(|(found, expected)| found != expected),
        };
        match other {
            None => Ok(()),
            Some((found, expected)) => Err(OtherHeap::File { found, expected }),
        }
    }
}

/// What an area of the file holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// Nothing was ever written to it, as far as its head says.
    Blank,
    /// It was being written when the power failed, or was damaged; the generation is what its head
    /// says, if that can be one.
    Damaged { generation: u64 },
    /// A whole checkpoint.
    Whole(Checkpoint),
}

impl Area {
    /// The generation that the area speaks of, whole or not; 0 for none.
    pub(crate) const fn generation(&self) -> u64 {
        match self {
            Self::Blank => 0,
            Self::Damaged { generation } | Self::Whole(Checkpoint { generation, .. }) => {
                *generation
            }
        }
    }
}

/// Beyond what a writer counts to, the number in an area, or in a file that is replaced, is damage
/// and no generation. It leaves as much again for a file that counts on from it.
pub(crate) const MAX_SPOKEN: u64 = MAX_GENERATION / 4;

/// What both areas of a file amount to.
#[derive(Debug)]
pub(crate) struct Newest {
    /// The newer whole checkpoint, and which area holds it.
    pub(crate) whole: Option<(usize, Checkpoint)>,
    /// The highest generation that either area speaks of (I5).
    pub(crate) generation: u64,
    /// How many areas are damaged. A power cut damages one at most, and leaves the other blank or
    /// whole.
    pub(crate) damaged: usize,
}

impl Newest {
    /// Compares the areas.
    pub(crate) fn of(areas: [Area; AREA_COUNT]) -> Self {
        let mut newest = Self { whole: None, generation: 0, damaged: 0 };
        for (index, area) in areas.into_iter().enumerate() {
            newest.generation = newest.generation.max(area.generation());
            match area {
                Area::Blank => {}
                Area::Damaged { .. } => newest.damaged += 1,
                Area::Whole(found) => {
                    let is_newer =
                        |(_, known): &(_, Checkpoint)| known.generation < found.generation;
                    if newest.whole.as_ref().is_none_or(is_newer) {
                        newest.whole = Some((index, found));
                    }
                }
            }
        }
        newest
    }
}

/// Where the areas of a checkpoint file are: checked, so that sums of these numbers are within
/// the file and cannot overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Areas {
    first: u64,
    stride: usize,
    payload_words: usize,
    fingerprint: Fingerprint,
    /// Of a record that grows, whose images stand further behind.
    is_growable: bool,
}

/// Where in an area the image is.
const fn image_at(is_growable: bool) -> usize {
    if is_growable { AT_ROOT } else { AT_IMAGE }
}

impl Areas {
    /// The header of a new file, or `None` when it would be too large, or its schema to be read.
    pub(crate) fn plan(
        spec: &RecordSpec,
        schema_len: usize,
        base_generation: u64,
        created_ns: u64,
    ) -> Option<Header> {
        let (root_size, schema_len) = (spec.size as u64, schema_len as u64);
        let Parts { control, wait_page, schema, slots } = Parts::before_slots(schema_len)?;
        let slot_stride = root_size
            .checked_next_multiple_of(8)?
            .checked_add(image_at(spec.is_growable) as u64)?
            .checked_next_multiple_of(PAGE)?;
        let file_len = slot_stride.checked_mul(AREA_COUNT as u64)?.checked_add(slots)?;
        isize::try_from(file_len).ok()?;
        Some(Header {
            kind: KIND_CHECKPOINT,
            file_len,
            fingerprint: spec.fingerprint,
            base_generation,
            root_size,
            root_align: spec.align as u64,
            slot_count: AREA_COUNT as u64,
            slot_stride,
            control,
            wait_page,
            schema,
            schema_len,
            slots,
            created_ns,
            keeps_times: false,
            heap: spec.is_growable.then_some(HeapHeader { id: 0, start: 0, version: HEAP_VERSION }),
        })
    }

    /// Checks that the areas a header speaks of are possible and within the file.
    ///
    /// # Errors
    ///
    /// `Corrupt` with the first number that is impossible.
    pub(crate) fn check(header: &Header) -> Result<Self, FormatError> {
        let corrupt = |what, found, expected: String, at: usize| {
            FormatError::corrupt(what, found, expected, at as u64)
        };
        let Header { root_size, slot_count, slot_stride, slots, file_len, .. } = *header;
        if slot_count != AREA_COUNT as u64 {
            return Err(corrupt("slot count", slot_count, AREA_COUNT.to_string(), AT_SLOT_COUNT));
        }
        let needed = root_size.checked_next_multiple_of(8);
        let is_growable = header.heap.is_some();
        let needed = needed.and_then(|size| size.checked_add(image_at(is_growable) as u64));
        if needed.is_none_or(|needed| needed > slot_stride) || !slot_stride.is_multiple_of(PAGE) {
            let expected =
                format!("a multiple of {PAGE} with room for a record of {root_size} bytes");
            return Err(corrupt("slot stride", slot_stride, expected, AT_SLOT_STRIDE));
        }
        let end = slot_stride.checked_mul(slot_count).and_then(|len| len.checked_add(slots));
        if end.is_none_or(|end| end > file_len) || isize::try_from(file_len).is_err() {
            let expected = format!("the end of the last slot, {}", end.unwrap_or(u64::MAX));
            return Err(corrupt("minimum file length", file_len, expected, AT_FILE_LEN));
        }
        let addressable = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self {
            first: slots,
            stride: addressable(slot_stride),
            payload_words: addressable(root_size).div_ceil(8),
            fingerprint: header.fingerprint,
            is_growable,
        })
    }

    /// The same for the record that `spec` describes, of which they must have the size.
    ///
    /// # Errors
    ///
    /// `Corrupt`.
    pub(crate) fn of(header: &Header, spec: &RecordSpec) -> Result<Self, FormatError> {
        let areas = Self::check(header)?;
        // The fingerprint says how large the record is; so much memory and no more is taken for it.
        let planned = Self::plan(spec, 0, 0, 0).map_or(0, |planned| planned.slot_stride);
        if header.slot_stride != planned {
            let (found, at) = (header.slot_stride, AT_SLOT_STRIDE as u64);
            return Err(FormatError::corrupt("slot stride", found, planned, at));
        }
        Ok(areas)
    }

    /// The bytes of an area that are written: its head and the image.
    pub(crate) const fn used(&self) -> usize {
        image_at(self.is_growable) + self.payload_words * 8
    }

    /// The bytes of an area.
    pub(crate) const fn stride(&self) -> usize {
        self.stride
    }

    /// The offset of an area in the file.
    pub(crate) const fn offset(&self, area: usize) -> u64 {
        self.first + (area as u64) * (self.stride as u64)
    }

    /// Writes a checkpoint into the bytes of an area; of a record that grows with its heap. `time` is
    /// when it was published, 0 for not known.
    pub(crate) fn encode(
        &self,
        (generation, time): (u64, u64),
        image: &[u64],
        heap: Option<&HeapMark>,
        area: &mut [u8],
    ) {
        let image = bytemuck::cast_slice::<u64, u8>(image);
        put(area, 0, &generation.to_le_bytes());
        put(area, AT_LENGTH, &(image.len() as u64).to_le_bytes());
        put(area, AT_FINGERPRINT, &self.fingerprint.0.to_le_bytes());
        if let Some(HeapMark { published_ns, of: HeapIdentity { id, birth, handle } }) = heap {
            put(area, AT_PUBLISHED, &published_ns.to_le_bytes());
            put(area, AT_HEAP_ID, &id.to_le_bytes());
            put(area, AT_BIRTH, &birth.to_le_bytes());
            put(area, AT_HANDLE, &handle.to_le_bytes());
        }
        if self.is_growable {
            put(area, AT_TIME_OF_ROOT, &time.to_le_bytes());
        } else {
            put(area, AT_TIME, &time.to_le_bytes());
            put(area, AT_TIME_CHECK, &time_check(generation, time).to_le_bytes());
        }
        let checksum = self.checksum(area, image);
        put(area, AT_CHECKSUM, &checksum.to_le_bytes());
        put(area, image_at(self.is_growable), image);
    }

    /// What the bytes of an area are.
    pub(crate) fn decode(&self, area: &[u8]) -> Area {
        let head = area.get(..AREA_HEAD).unwrap_or_default();
        if head.iter().all(|byte| *byte == 0) {
            return Area::Blank;
        }
        let generation = u64::from_le_bytes(take(area, 0));
        let length = u64::from_le_bytes(take(area, AT_LENGTH));
        let fingerprint = u128::from_le_bytes(take(area, AT_FINGERPRINT));
        let expected_checksum = u128::from_le_bytes(take(area, AT_CHECKSUM));
        let is_possible = generation <= MAX_SPOKEN;
        let damaged = Area::Damaged { generation: if is_possible { generation } else { 0 } };
        let image = area.get(image_at(self.is_growable)..);
        let image = image.and_then(|rest| rest.get(..self.payload_words * 8));
        let Some(image) = image else { return damaged };
        if generation == 0
            || !is_possible
            || length != image.len() as u64
            || fingerprint != self.fingerprint.0
            || self.checksum(area, image) != expected_checksum
        {
            return damaged;
        }
        let (words, _) = image.as_chunks::<8>();
        let payload = words.iter().map(|word| u64::from_ne_bytes(*word)).collect();
        let heap = self.is_growable.then(|| HeapMark {
            published_ns: u64::from_le_bytes(take(area, AT_PUBLISHED)),
            of: HeapIdentity {
                id: u128::from_le_bytes(take(area, AT_HEAP_ID)),
                birth: u64::from_le_bytes(take(area, AT_BIRTH)),
                handle: u64::from_le_bytes(take(area, AT_HANDLE)),
            },
        });
        let number = |at| u64::from_le_bytes(take(area, at));
        let time = match self.is_growable {
            true => number(AT_TIME_OF_ROOT),
            // It may be that of the image that stood here before.
            false if number(AT_TIME_CHECK) == time_check(generation, number(AT_TIME)) => {
                number(AT_TIME)
            }
            false => 0,
        };
        Area::Whole(Checkpoint { generation, payload, time, heap })
    }

    fn checksum(&self, area: &[u8], image: &[u8]) -> u128 {
        let mut hash = Xxh3::new();
        hash.update(area.get(..AT_CHECKSUM).unwrap_or_default());
        if self.is_growable {
            hash.update(area.get(AT_PUBLISHED..AT_ROOT).unwrap_or_default());
        }
        hash.update(image);
        hash.digest128()
    }
}

/// What stands beside the time of a checkpoint, so that a time which is not of it is noticed.
fn time_check(generation: u64, time: u64) -> u64 {
    if time == 0 {
        return 0;
    }
    let mut hash = Xxh3::new();
    hash.update(&generation.to_le_bytes());
    hash.update(&time.to_le_bytes());
    hash.digest()
}

#[cfg(test)]
mod tests {
    use commy_types::Mappable;

    use super::*;

    type Record = [u64; 3];

    fn spec() -> RecordSpec {
        RecordSpec::of_schema(Record::SCHEMA, Record::FINGERPRINT, (size_of::<Record>(), 8))
    }

    fn planned() -> (Header, Areas) {
        let header = Areas::plan(&spec(), 5000, 9, 1).unwrap();
        (header, Areas::check(&header).unwrap())
    }

    #[test]
    fn areas_are_whole_blocks_within_the_file() {
        for size in [0, 1, 24, 4032, 4033, 100_000] {
            let header = Areas::plan(&RecordSpec { size, ..spec() }, 5000, 9, 1).unwrap();
            let areas = Areas::check(&header).unwrap();
            assert!(areas.stride().is_multiple_of(4096) && areas.stride() >= 64 + size);
            assert!(areas.offset(0).is_multiple_of(4096) && areas.offset(0) >= 12288 + 5000);
            assert_eq!(areas.offset(1), areas.offset(0) + areas.stride() as u64);
            assert_eq!(areas.offset(2), header.file_len);
        }
        assert!(Areas::plan(&RecordSpec { size: usize::MAX - 9, ..spec() }, 9, 9, 1).is_none());
        // Its notes name the data file, so it is longer than that of the record.
        assert!(Areas::plan(&spec(), 4 << 20, 9, 1).is_some());
        assert!(Areas::plan(&spec(), (4 << 20) + 1, 9, 1).is_none());
    }

    #[test]
    fn impossible_areas_are_corrupt() {
        let (good, _) = planned();
        let bad = [
            Header { slot_count: 3, ..good },
            Header { slot_stride: 0, ..good },
            Header { slot_stride: 4096 + 8, ..good },
            Header { slot_stride: u64::MAX - 4095, ..good },
            Header { root_size: u64::MAX, ..good },
            Header { file_len: good.file_len - 1, ..good },
            Header { file_len: u64::MAX, slots: 1 << 63, slot_stride: 1 << 62, ..good },
        ];
        for header in bad {
            let checked = Areas::check(&header);
            assert!(matches!(checked, Err(FormatError::Corrupt { .. })), "{header:?}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_and_where_the_table_says() {
        let (_, areas) = planned();
        let mut area = vec![0; areas.stride()];
        assert_eq!(areas.decode(&area), Area::Blank);
        areas.encode((7, 9), &[1, 2, 3], None, &mut area);
        let checkpoint = Checkpoint { generation: 7, payload: vec![1, 2, 3], time: 9, heap: None };
        assert_eq!(areas.decode(&area), Area::Whole(checkpoint));
        assert_eq!(area[..9], [7, 0, 0, 0, 0, 0, 0, 0, 24]);
        assert_eq!(area[16..32], Record::FINGERPRINT.0.to_le_bytes());
        assert_eq!(area[64..88], *bytemuck::cast_slice::<u64, u8>(&[1, 2, 3]));
    }

    #[test]
    fn the_newer_whole_area_counts_and_damage_is_told() {
        let whole = |generation| {
            let payload = vec![generation; 3];
            Area::Whole(Checkpoint { generation, payload, time: 0, heap: None })
        };
        for (areas, index) in [([whole(4), whole(5)], 1), ([whole(7), whole(6)], 0)] {
            let newest = Newest::of(areas);
            assert_eq!(newest.whole.map(|(index, _)| index), Some(index));
            assert_eq!(newest.damaged, 0);
        }
        let newest = Newest::of([whole(4), Area::Damaged { generation: 5 }]);
        assert_eq!(newest.whole.unwrap().1.generation, 4);
        assert_eq!((newest.generation, newest.damaged), (5, 1));
        assert!(Newest::of([Area::Blank, Area::Damaged { generation: 1 }]).whole.is_none());
    }

    #[test]
    fn every_flipped_bit_of_head_and_image_is_seen() {
        let (_, areas) = planned();
        let mut good = vec![0; areas.stride()];
        areas.encode((7, 9), &[1, 2, 3], None, &mut good);
        for at in (0..AT_TIME).chain(AT_IMAGE..AT_IMAGE + 24) {
            for bit in 0..8 {
                let mut area = good.clone();
                area[at] ^= 1 << bit;
                let decoded = areas.decode(&area);
                assert!(matches!(decoded, Area::Damaged { .. }), "byte {at}, bit {bit}");
                assert!(decoded.generation() <= MAX_SPOKEN);
            }
        }
    }

    #[test]
    fn a_time_that_is_not_of_the_image_is_not_known() {
        let (_, areas) = planned();
        let mut good = vec![0; areas.stride()];
        areas.encode((7, 9), &[1, 2, 3], None, &mut good);
        let time = |area: &[u8]| match areas.decode(area) {
            Area::Whole(checkpoint) => checkpoint.time,
            other => panic!("{other:?}"),
        };
        assert_eq!((time(&good), good[48]), (9, 9));
        // As an older program leaves it, which writes the image and its checksum alone.
        let mut older = vec![0; areas.stride()];
        areas.encode((8, 0), &[4, 5, 6], None, &mut older);
        assert!(older[48..64].iter().all(|byte| *byte == 0));
        older[48..64].copy_from_slice(&good[48..64]);
        assert_eq!(time(&older), 0);
        for at in 48..64 {
            for bit in 0..8 {
                let mut area = good.clone();
                area[at] ^= 1 << bit;
                assert_eq!(time(&area), 0, "byte {at}, bit {bit}");
            }
        }
    }

    const HEAP: HeapMark =
        HeapMark { published_ns: 5, of: HeapIdentity { id: u128::MAX - 8, birth: 11, handle: 13 } };

    fn growable() -> Areas {
        let spec = RecordSpec { is_growable: true, ..spec() };
        Areas::check(&Areas::plan(&spec, 5000, 9, 1).unwrap()).unwrap()
    }

    #[test]
    fn what_is_encoded_of_a_record_that_grows_is_decoded_and_every_flipped_bit_is_seen() {
        let areas = growable();
        let mut good = vec![0; areas.stride()];
        areas.encode((7, 9), &[1, 2, 3], Some(&HEAP), &mut good);
        let checkpoint =
            Checkpoint { generation: 7, payload: vec![1, 2, 3], time: 9, heap: Some(HEAP) };
        assert_eq!(areas.decode(&good), Area::Whole(checkpoint));
        assert_eq!(good[56], 9);
        assert_eq!((good[48], good[64], good[80], good[88]), (5, 0xf7, 11, 13));
        assert_eq!(good[128..152], *bytemuck::cast_slice::<u64, u8>(&[1, 2, 3]));
        assert_eq!(areas.decode(&good[..AREA_HEAD]).generation(), 7, "of the head alone");
        for at in 0..128 + 24 {
            for bit in 0..8 {
                let mut area = good.clone();
                area[at] ^= 1 << bit;
                assert!(
                    matches!(areas.decode(&area), Area::Damaged { .. }),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn a_heap_is_the_same_only_if_id_and_what_is_known_of_the_file_are() {
        let of = |id, birth, handle| HeapIdentity { id, birth, handle };
        let expected = of(1, 2, 3);
        for same in [expected, of(1, 0, 3), of(1, 2, 0)] {
            assert_eq!(expected.expect(&same), Ok(()));
            assert_eq!(same.expect(&expected), Ok(()));
        }
        let other = |found: HeapIdentity| expected.expect(&found).unwrap_err();
        assert_eq!(other(of(9, 2, 3)), OtherHeap::Id { found: 9, expected: 1 });
        assert_eq!(other(of(1, 9, 3)), OtherHeap::File { found: 9, expected: 2 });
        assert_eq!(other(of(1, 2, 9)), OtherHeap::File { found: 9, expected: 3 });
        assert_eq!(other(of(1, 9, 9)), OtherHeap::File { found: 9, expected: 2 });
        assert_eq!(other(of(1, 0, 0)), OtherHeap::File { found: 0, expected: 0 });
        // Each knows of the other what that does not know of itself.
        assert!(of(1, 2, 0).expect(&of(1, 0, 3)).is_err());
    }
}
