//! Where everything is in a file: planned for a new one, checked for one that is there.
//!
//! A slot, at a multiple of 128 bytes from the first one:
//!
//! ```text
//!    0  sequence  u64  odd while the slot is being filled, else twice the generation in it
//!    8  time      u64  of the publish, in nanoseconds since 1970; 0 in files that keep no times
//!   16  payload        the bytes of the record, in whole words of eight
//!       timed     u64  behind it in files that keep times: the generation that the time is of
//! ```

use super::control::{CONTROL_LEN, WAIT_LEN};
use super::header::{
    AT_BASE_GENERATION, AT_CONTROL, AT_FILE_LEN, AT_HEAP, AT_ROOT_ALIGN, AT_ROOT_SIZE, AT_SCHEMA,
    AT_SCHEMA_LEN, AT_SLOT_COUNT, AT_SLOT_STRIDE, AT_SLOTS, AT_WAIT_PAGE, HEADER_LEN, HEAP_VERSION,
    Header, HeapHeader, KIND_RECORD,
};
use super::heap::BIRTH_LIMIT;
use super::{FormatError, PAGE, ROOT_MAX, ROOT_PREFIX, RecordSpec};
use crate::publish::MAX_GENERATION;

/// Slots start at multiples of this, so that no two of them share a cache line or the pair of
/// lines that processors fetch together.
pub(crate) const SLOT_ALIGN: u64 = 128;
/// The bytes before each payload: the sequence and the time.
pub(crate) const SLOT_HEAD: usize = 16;
/// The bytes behind each payload in a file that keeps times: the generation that the time is of.
pub(crate) const SLOT_TAIL: usize = 8;

/// How many slots a ring may have.
pub(crate) const MIN_SLOTS: u64 = 2;
/// How many slots a ring may have: far more than any reader needs to finish its copy.
pub(crate) const MAX_SLOTS: u64 = 65_536;
/// The longest schema text that is read: a bound for what a file can make a program allocate.
pub(crate) const MAX_SCHEMA: u64 = 4 * 1024 * 1024;

/// Where the parts of a new file are, of either kind.
pub(super) struct Parts {
    pub(super) control: u64,
    pub(super) wait_page: u64,
    pub(super) schema: u64,
    pub(super) slots: u64,
}

impl Parts {
    /// Those before the slots, and the place of the first slot; `None` for a schema that is too long
    /// to be read again.
    pub(super) fn before_slots(schema_len: u64) -> Option<Self> {
        if schema_len > MAX_SCHEMA {
            return None;
        }
        let control = HEADER_LEN as u64;
        let wait_page = control + CONTROL_LEN as u64;
        let schema = wait_page + WAIT_LEN as u64;
        let slots = schema.checked_add(schema_len)?.checked_next_multiple_of(PAGE)?;
        Some(Self { control, wait_page, schema, slots })
    }
}

/// The places and sizes of a file's parts, checked: every section lies within the file behind the
/// one before it, so that sums of these numbers cannot overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    file_len: usize,
    base_generation: u64,
    root_size: usize,
    slot_count: usize,
    slot_stride: usize,
    control: usize,
    wait_page: usize,
    slots: usize,
    keeps_times: bool,
    heap: Option<HeapPlace>,
}

/// Which heap a record that grows has, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeapPlace {
    /// What tells it from all others.
    pub(crate) id: u128,
    /// Where it begins in the file: a multiple of 4096, behind the slots.
    pub(crate) start: u64,
}

impl Layout {
    /// The bytes to map; of a record that grows, those in front of its heap.
    pub(crate) const fn file_len(&self) -> usize {
        self.file_len
    }

    /// Where the file that this one replaced stopped counting, or 0.
    pub(crate) const fn base_generation(&self) -> u64 {
        self.base_generation
    }

    /// The size of the payload in bytes.
    pub(crate) const fn root_size(&self) -> usize {
        self.root_size
    }

    /// The slots of the ring, without the steady slot behind them.
    pub(crate) const fn slot_count(&self) -> usize {
        self.slot_count
    }

    /// The distance of two slots in bytes.
    pub(crate) const fn slot_stride(&self) -> usize {
        self.slot_stride
    }

    /// The offset of the control page.
    pub(crate) const fn control(&self) -> usize {
        self.control
    }

    /// The offset of the wait page, the only one that readers may ask to write.
    pub(crate) const fn wait_page(&self) -> usize {
        self.wait_page
    }

    /// The offset of the first slot.
    pub(crate) const fn slots(&self) -> usize {
        self.slots
    }

    /// Whether each slot has the time of its publish.
    pub(crate) const fn keeps_times(&self) -> bool {
        self.keeps_times
    }

    /// The heap of a record that grows, which begins where the rest of the file ends.
    pub(crate) const fn heap(&self) -> Option<HeapPlace> {
        self.heap
    }

    /// The header of a new file, or `None` when the file would be too large to be mapped, or its
    /// schema to be read. `heap_id` is of no account for a record that does not grow.
    pub(crate) fn plan(
        spec: &RecordSpec,
        (slot_count, keeps_times): (u32, bool),
        schema_len: usize,
        base_generation: u64,
        created_ns: u64,
        heap_id: u128,
    ) -> Option<Header> {
        let (root_size, schema_len) = (spec.size as u64, schema_len as u64);
        let Parts { control, wait_page, schema, slots } = Parts::before_slots(schema_len)?;
        let slot_stride = slot_len(root_size, keeps_times)?.checked_next_multiple_of(SLOT_ALIGN)?;
        let file_len = slot_stride
            .checked_mul(u64::from(slot_count) + 1)?
            .checked_add(slots)?
            .checked_next_multiple_of(PAGE)?;
        isize::try_from(file_len).ok()?;
        Some(Header {
            kind: KIND_RECORD,
            file_len,
            fingerprint: spec.fingerprint,
            base_generation,
            root_size,
            root_align: spec.align as u64,
            slot_count: u64::from(slot_count),
            slot_stride,
            control,
            wait_page,
            schema,
            schema_len,
            slots,
            created_ns,
            keeps_times,
            heap: spec.is_growable.then_some(HeapHeader {
                id: heap_id,
                start: file_len,
                version: HEAP_VERSION,
            }),
        })
    }

    /// Checks that the parts a header speaks of are possible, in order, and within the file.
    ///
    /// # Errors
    ///
    /// `Corrupt` with the first number that is impossible; `GenerationLimit`.
    pub(crate) fn check(header: &Header) -> Result<Self, FormatError> {
        let corrupt = |what, found, expected: String, at: usize| {
            FormatError::corrupt(what, found, expected, at as u64)
        };
        check_schema_range(header)?;
        let Header { root_size, root_align, slot_count, slot_stride, .. } = *header;
        if !root_align.is_power_of_two() {
            return Err(corrupt(
                "record alignment",
                root_align,
                "a power of two".into(),
                AT_ROOT_ALIGN,
            ));
        }
        if !(MIN_SLOTS..=MAX_SLOTS).contains(&slot_count) {
            let expected = format!("{MIN_SLOTS} to {MAX_SLOTS}");
            return Err(corrupt("slot count", slot_count, expected, AT_SLOT_COUNT));
        }
        let slot_len = slot_len(root_size, header.keeps_times);
        if slot_len.is_none_or(|len| len > slot_stride) || !slot_stride.is_multiple_of(SLOT_ALIGN) {
            let expected =
                format!("a multiple of {SLOT_ALIGN} with room for a record of {root_size} bytes");
            return Err(corrupt("slot stride", slot_stride, expected, AT_SLOT_STRIDE));
        }
        let ring_len = slot_stride.checked_mul(slot_count + 1);
        let end = ring_len.and_then(|len| len.checked_add(header.slots));
        if end.is_none_or(|end| end > header.file_len) {
            let expected =
                format!("at least the end of the last slot, {}", end.unwrap_or(u64::MAX));
            return Err(corrupt("minimum file length", header.file_len, expected, AT_FILE_LEN));
        }
        if header.base_generation > MAX_GENERATION {
            let expected = format!("at most {MAX_GENERATION}");
            let found = header.base_generation;
            return Err(corrupt("base generation", found, expected, AT_BASE_GENERATION));
        }
        let heap = header.heap.map(|heap| check_heap(header, heap)).transpose()?;
        // All parts are within the file, so what fits there fits everywhere.
        let addressable = |number: u64| {
            let fits = isize::try_from(number).ok().and_then(|number| usize::try_from(number).ok());
            let expected = || format!("at most {}", isize::MAX);
            fits.ok_or_else(|| corrupt("minimum file length", number, expected(), AT_FILE_LEN))
        };
        Ok(Self {
            file_len: addressable(header.file_len)?,
            base_generation: header.base_generation,
            root_size: addressable(root_size)?,
            slot_count: addressable(slot_count)?,
            slot_stride: addressable(slot_stride)?,
            control: addressable(header.control)?,
            wait_page: addressable(header.wait_page)?,
            slots: addressable(header.slots)?,
            keeps_times: header.keeps_times,
            heap,
        })
    }
}

/// The bytes of a slot: its head, the payload in whole words, and the tail if it has one.
fn slot_len(root_size: u64, keeps_times: bool) -> Option<u64> {
    let tail = if keeps_times { SLOT_TAIL } else { 0 };
    root_size.checked_next_multiple_of(8)?.checked_add((SLOT_HEAD + tail) as u64)
}

/// Checks what a header says of the heap; its slots are known to end within the minimum length.
///
/// # Errors
///
/// `Corrupt` with the first number that is impossible; `GenerationLimit`.
fn check_heap(header: &Header, heap: HeapHeader) -> Result<HeapPlace, FormatError> {
    let HeapHeader { id, start, version: _ } = heap;
    // So it is a multiple of the page, and behind the slots, if the length is.
    if start != header.file_len || !start.is_multiple_of(PAGE) {
        let expected =
            format!("the minimum file length, {}, a multiple of {PAGE}", header.file_len);
        return Err(FormatError::corrupt("offset of heap", start, expected, AT_HEAP as u64));
    }
    let root_size = header.root_size;
    if !(ROOT_PREFIX as u64..=ROOT_MAX as u64).contains(&root_size) {
        let expected = format!("{ROOT_PREFIX} to {ROOT_MAX} for a record that grows");
        return Err(FormatError::corrupt("record size", root_size, expected, AT_ROOT_SIZE as u64));
    }
    let found = header.base_generation;
    if found >= BIRTH_LIMIT {
        return Err(FormatError::GenerationLimit { found, limit: BIRTH_LIMIT });
    }
    Ok(HeapPlace { id, start })
}

/// Checks the parts before the slots, which is needed before the schema can be read at all.
///
/// # Errors
///
/// `Corrupt` with the first number that is impossible.
pub(crate) fn check_schema_range(header: &Header) -> Result<(), FormatError> {
    let section = |what, at: u64, start: Option<u64>, field: usize| {
        if at.is_multiple_of(PAGE) && start.is_some_and(|start| start <= at) {
            return Ok(());
        }
        let expected = match start {
            Some(start) => format!("a multiple of {PAGE} from {start} on"),
            None => String::from("a smaller number"),
        };
        Err(FormatError::corrupt(what, at, expected, field as u64))
    };
    let Header { control, wait_page, schema, schema_len, slots, .. } = *header;
    let behind_control = control.checked_add(CONTROL_LEN as u64);
    let behind_wait_page = wait_page.checked_add(WAIT_LEN as u64);
    section("offset of control", control, Some(HEADER_LEN as u64), AT_CONTROL)?;
    section("offset of wait page", wait_page, behind_control, AT_WAIT_PAGE)?;
    section("offset of schema", schema, behind_wait_page, AT_SCHEMA)?;
    if schema_len > MAX_SCHEMA {
        let expected = format!("at most {MAX_SCHEMA}");
        let at = AT_SCHEMA_LEN as u64;
        return Err(FormatError::corrupt("length of schema", schema_len, expected, at));
    }
    section("offset of slots", slots, schema.checked_add(schema_len), AT_SLOTS)?;
    if slots > header.file_len {
        let expected = format!("at least the offset of slots, {slots}");
        let (found, at) = (header.file_len, AT_FILE_LEN as u64);
        return Err(FormatError::corrupt("minimum file length", found, expected, at));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use commy_types::Mappable;

    use super::*;

    fn spec(size: usize) -> RecordSpec {
        RecordSpec::of_schema(<[u64; 3]>::SCHEMA, <[u64; 3]>::FINGERPRINT, (size, 8))
    }

    #[test]
    fn a_planned_file_passes_its_own_check() {
        for size in [0, 1, 24, 112, 113, 100_000] {
            for slots in [2, 4, 7] {
                let header = Layout::plan(&spec(size), (slots, false), 5000, 9, 1, 0).unwrap();
                let layout = Layout::check(&header).unwrap();
                assert_eq!(layout.root_size(), size);
                assert_eq!(layout.slot_count(), slots as usize);
                assert!(layout.slot_stride() >= size + 16);
                assert_eq!(layout.control(), 4096);
                assert_eq!(layout.slots(), 12288 + 8192);
                assert_eq!(layout.base_generation(), 9);
                let end = layout.slots() + (slots as usize + 1) * layout.slot_stride();
                assert!(end <= layout.file_len());
            }
        }
    }

    #[test]
    fn a_file_with_times_has_a_word_more_in_each_slot() {
        for (size, stride) in [(8, 128), (104, 128), (105, 256), (112, 256)] {
            let header = Layout::plan(&spec(size), (4, true), 100, 0, 0, 0).unwrap();
            assert_eq!(header.slot_stride, stride, "{size}");
            assert!(Layout::check(&header).unwrap().keeps_times());
        }
        // No room for that word: nothing may be loaded there.
        let header = Layout::plan(&spec(112), (4, false), 100, 0, 0, 0).unwrap();
        let bad = Layout::check(&Header { keeps_times: true, ..header });
        assert!(matches!(bad, Err(FormatError::Corrupt { what: "slot stride", .. })));
    }

    #[test]
    fn a_file_too_large_to_be_mapped_is_not_planned() {
        assert!(Layout::plan(&spec(usize::MAX - 8), (2, false), 100, 0, 0, 0).is_none());
        assert!(Layout::plan(&spec(isize::MAX as usize / 2), (4, false), 100, 0, 0, 0).is_none());
        assert!(Layout::plan(&spec(8), (4, false), MAX_SCHEMA as usize + 1, 0, 0, 0).is_none());
    }

    #[test]
    fn impossible_numbers_are_corrupt_and_never_overflow() {
        type Field = fn(&mut Header) -> &mut u64;
        let fields: [(&str, Field, &[u64]); 10] = [
            ("file_len", |h| &mut h.file_len, &[0, 4096, 1 << 63]),
            ("root_size", |h| &mut h.root_size, &[113, 1 << 40]),
            ("root_align", |h| &mut h.root_align, &[0, 3]),
            ("slot_count", |h| &mut h.slot_count, &[0, 1, 32, MAX_SLOTS + 1]),
            ("slot_stride", |h| &mut h.slot_stride, &[0, 127, 129, 1 << 40, 1 << 62]),
            ("control", |h| &mut h.control, &[0, 4095, 8192]),
            ("wait_page", |h| &mut h.wait_page, &[0, 4096, 8200, 12288]),
            ("schema", |h| &mut h.schema, &[0, 8192, 12296]),
            ("schema_len", |h| &mut h.schema_len, &[4097, MAX_SCHEMA + 1]),
            ("slots", |h| &mut h.slots, &[0, 12288, 16385, 1 << 40]),
        ];
        let good = Layout::plan(&spec(24), (4, false), 100, 0, 0, 0).unwrap();
        for (name, field, values) in fields {
            for value in values.iter().chain(&[u64::MAX, u64::MAX - 4095, (1 << 62) + 4095]) {
                let mut bad = good;
                *field(&mut bad) = *value;
                let result = Layout::check(&bad);
                // A longer file alone contradicts nothing, as long as it can be mapped.
                let is_lawful =
                    name == "file_len" && isize::try_from(*value).is_ok() && *value > 4096;
                assert_eq!(result.is_ok(), is_lawful, "{name} = {value}: {result:?}");
            }
        }
        let result = Layout::check(&Header { base_generation: 1 << 63, ..good });
        assert!(matches!(result, Err(FormatError::Corrupt { what: "base generation", .. })));
    }
}
