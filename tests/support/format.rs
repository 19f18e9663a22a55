//! Where everything is in a file: the one table of offsets that tests use.
//!
//! It is written by hand, and `tests/format_page.rs` compares it with `docs/format.md`, as a test of
//! `commy` compares its own constants with that page.
#![allow(dead_code, unreachable_pub, reason = "a table of many tests, each of which needs a part")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test may panic")]

/// The unit of all parts.
pub const PAGE: usize = 4096;

/// Where the header says what.
pub mod header {
    pub const MAGIC: usize = 0;
    pub const VERSION: usize = 8;
    pub const KIND: usize = 12;
    pub const COMPATIBLE: usize = 16;
    pub const INCOMPATIBLE: usize = 24;
    pub const HEADER_LEN: usize = 32;
    pub const FILE_LEN: usize = 40;
    pub const ENDIANNESS: usize = 48;
    pub const FINGERPRINT: usize = 56;
    pub const BASE_GENERATION: usize = 72;
    pub const ROOT_SIZE: usize = 80;
    pub const ROOT_ALIGN: usize = 88;
    pub const SLOT_COUNT: usize = 96;
    pub const SLOT_STRIDE: usize = 104;
    pub const CONTROL: usize = 112;
    pub const WAIT_PAGE: usize = 120;
    pub const SCHEMA: usize = 128;
    pub const SCHEMA_LEN: usize = 136;
    pub const SLOTS: usize = 144;
    pub const CREATED: usize = 152;
    pub const HEAP_ID: usize = 160;
    pub const HEAP: usize = 176;
    pub const HEAP_VERSION: usize = 184;
    pub const RESERVED: usize = 188;
    pub const CHECKSUM: usize = 4088;
    /// Its length.
    pub const LEN: usize = 4096;
}

/// Where a new file has its parts and live words.
pub mod file {
    pub const CONTROL: usize = 4096;
    pub const LATEST: usize = CONTROL;
    /// Five words: birth, handle, kernel, number, voucher.
    pub const SESSION: usize = CONTROL + 128;
    pub const BIRTH: usize = SESSION;
    pub const HANDLE: usize = SESSION + 8;
    pub const KERNEL: usize = SESSION + 16;
    pub const NUMBER: usize = SESSION + 24;
    pub const VOUCHER: usize = SESSION + 32;
    pub const SESSION_END: usize = SESSION + 40;
    pub const STATE: usize = CONTROL + 256;
    pub const STEADY: usize = CONTROL + 384;
    pub const FILE_LEN: usize = CONTROL + 512;
    /// Two words: the generation and its checksum.
    pub const CLEAN: usize = CONTROL + 640;
    pub const CLEAN_CHECKSUM: usize = CLEAN + 8;
    pub const WAKE: usize = CONTROL + 768;
    pub const RINGING: usize = CONTROL + 772;
    /// From here on the words are those of a growable record.
    pub const GROWABLE: usize = CONTROL + 896;
    pub const RECLAIMED: usize = GROWABLE;
    pub const EVICTED: usize = CONTROL + 1024;
    pub const OLDEST_PIN: usize = CONTROL + 1032;
    pub const LEN_AT_OLDEST_PIN: usize = CONTROL + 1040;
    pub const DURABLE: usize = CONTROL + 1048;
    pub const SYNCED: usize = CONTROL + 1056;
    /// Behind it nothing of the control page is used.
    pub const WORDS_END: usize = CONTROL + 1064;
    pub const WAIT_PAGE: usize = 8192;
    pub const SLEEPERS: usize = WAIT_PAGE;
    pub const SCHEMA: usize = 12288;
}

/// A slot, by its start.
pub mod slot {
    pub const SEQUENCE: usize = 0;
    /// In a file that keeps times.
    pub const TIME: usize = 8;
    pub const PAYLOAD: usize = 16;
    /// Slots start at multiples of this, counted from the first.
    pub const ALIGN: usize = 128;
}

/// The payload of a growable record, and the first word of a block by its bits.
pub mod heap {
    pub const LENGTH: usize = 0;
    pub const RESERVED: usize = 8;
    pub const FIELDS: usize = 16;
    pub const KIND_BIT: usize = 0;
    pub const CLASS_BIT: usize = 6;
    pub const BIRTH_BIT: usize = 12;
    /// What a block of each class has, in bytes.
    pub const SIZES: [usize; 23] = [
        32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 336, 400, 448, 512, 576, 672, 816,
        1024, 1360, 2048, 4096,
    ];
    /// What blocks hold, by their kinds from 1 on.
    pub const KINDS: [&str; 9] = [
        "a leaf of a tree",
        "an inner node of a tree",
        "bytes",
        "a leaf of a hash trie",
        "an inner node of a hash trie",
        "elements of a list or deque",
        "an inner node of a list or deque",
        "bytes in a run of pages",
        "the cell of a value that has a block of its own",
    ];
}

/// A node of a list, by the start of its block, and how much it has room for.
pub mod list {
    pub const HEADER: usize = 0;
    pub const WRITTEN: usize = 8;
    pub const ITEMS: usize = 16;
    pub const NODE: usize = 1024;
    /// The bytes of items in a full node, and how many addresses they are.
    pub const ITEM_BYTES: usize = 1008;
    pub const FAN_OUT: usize = 126;
    pub const LARGEST_ITEM: usize = 128;
    pub const MAX_LEVEL: usize = 7;
}

/// A node of an ordered map, by its start; and the bounds of one.
pub mod tree {
    pub const HEADER: usize = 0;
    pub const LEN: usize = 8;
    pub const LEVEL: usize = 12;
    pub const PREFIX: usize = 13;
    pub const UNUSED: usize = 14;
    pub const KEYS: usize = 16;
    pub const NODE: usize = 1024;
    pub const LARGEST_KEY: usize = 64;
    pub const LARGEST_VALUE: usize = 128;
    pub const LONGEST_PREFIX: usize = 128;
    pub const MAX_LEVEL: usize = 15;
}

/// A leaf of a hash map, by its offset in the block; `SLOTS` and `INNER_END` of an inner node.
pub mod hash {
    pub const HEADER: usize = 0;
    pub const LEN: usize = 8;
    pub const TAGS: usize = 16;
    pub const LEAF: usize = 1024;
    pub const SLOTS: usize = 16;
    pub const INNER: usize = 528;
    pub const MOST_ENTRIES: usize = 56;
    pub const MOST_TAG_WORDS: usize = 7;
    pub const FAN_OUT: usize = 64;
    pub const LAST_DEPTH: usize = 10;
    pub const LARGEST_KEY: usize = 64;
    pub const LARGEST_VALUE: usize = 128;
}

/// An area of a checkpoint file, by its start.
pub mod area {
    pub const GENERATION: usize = 0;
    pub const LENGTH: usize = 8;
    pub const FINGERPRINT: usize = 16;
    pub const CHECKSUM: usize = 32;
    pub const CHECKSUM_END: usize = 48;
    pub const TIME: usize = 48;
    pub const TIME_CHECK: usize = 56;
    pub const IMAGE: usize = 64;
    /// From here on those of a growable record have more; its image is the root.
    pub const PUBLISHED: usize = 48;
    pub const TIME_OF_ROOT: usize = 56;
    pub const HEAP_ID: usize = 64;
    pub const BIRTH: usize = 80;
    pub const HANDLE: usize = 88;
    pub const ROOT: usize = 128;
    /// Areas start at multiples of this.
    pub const ALIGN: usize = 4096;
}

/// A number at byte `at`, as the header has them.
pub fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// The same, as an offset or a size.
pub fn offset(bytes: &[u8], at: usize) -> usize {
    usize::try_from(number(bytes, at)).unwrap()
}

/// A live word at byte `at`.
pub fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// Where the slot of `generation` is, in a file or in its start.
pub fn slot_of(bytes: &[u8], generation: u64) -> usize {
    let index = generation % number(bytes, header::SLOT_COUNT);
    offset(bytes, header::SLOTS) + index as usize * offset(bytes, header::SLOT_STRIDE)
}

/// Makes the header's checksum right again, so that what is behind it is reached; of a schema that is
/// not there, as if it were empty.
pub fn repair(bytes: &mut [u8]) {
    let (at, len) = (number(bytes, header::SCHEMA), number(bytes, header::SCHEMA_LEN));
    let range = usize::try_from(at).ok().zip(usize::try_from(at.saturating_add(len)).ok());
    let schema = range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default();
    let mut covered = bytes[..header::CHECKSUM].to_vec();
    covered.extend([0; 8]);
    covered.extend(schema);
    let sum = xxhash_rust::xxh3::xxh3_64(&covered);
    bytes[header::CHECKSUM..][..8].copy_from_slice(&sum.to_le_bytes());
}

/// Makes the checksum of a checkpoint right again, in the area that these bytes begin with.
pub fn repair_area(bytes: &mut [u8]) {
    let image = &bytes[area::IMAGE..][..offset(bytes, area::LENGTH)];
    let covered = [&bytes[..area::CHECKSUM], image].concat();
    let sum = xxhash_rust::xxh3::xxh3_128(&covered);
    bytes[area::CHECKSUM..area::CHECKSUM_END].copy_from_slice(&sum.to_le_bytes());
}

/// The same for that of a growable record.
pub fn repair_growable_area(bytes: &mut [u8]) {
    let image = &bytes[area::ROOT..][..offset(bytes, area::LENGTH)];
    let covered = [&bytes[..area::CHECKSUM], &bytes[area::PUBLISHED..area::ROOT], image].concat();
    let sum = xxhash_rust::xxh3::xxh3_128(&covered);
    bytes[area::CHECKSUM..area::CHECKSUM_END].copy_from_slice(&sum.to_le_bytes());
}
