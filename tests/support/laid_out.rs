//! Files of growable records that are made from `docs/format.md` alone, byte by byte.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use super::support::format::{PAGE, file, header, heap, list, repair, slot};

/// The kinds of blocks that it makes.
pub const BYTES: u64 = 3;
pub const CHUNK: u64 = 6;
pub const INNER: u64 = 7;
pub const CELL: u64 = 9;

const GENERATION: u64 = 1;
const SLOTS: usize = 2;

/// A file on its way: all but the root.
pub struct LaidOut {
    bytes: Vec<u8>,
    root_size: usize,
    slots: usize,
}

impl LaidOut {
    /// A file of a record with these cells: names, offsets, sizes and types; `size` bytes with its prefix.
    pub fn new(size: usize, fields: &str) -> Self {
        let line = format!(
            "{{\"commy\":1,\"growable\":1,\"prefix\":16,\"kind\":\"struct\",\"size\":{size},\"align\":8,\
             \"fields\":[{fields}]}}\n"
        );
        let schema = format!("{line}{{}}\n");
        let slots = (file::SCHEMA + schema.len()).next_multiple_of(PAGE);
        let stride = (slot::PAYLOAD + size.next_multiple_of(8)).next_multiple_of(slot::ALIGN);
        let end = (slots + (SLOTS + 1) * stride).next_multiple_of(PAGE);
        let mut bytes = vec![0; end];
        bytes[..8].copy_from_slice(b"\x89commy\x1a\n");
        for (at, number) in [
            (header::VERSION, 1 | 1 << 32),
            (header::INCOMPATIBLE, 1),
            (header::HEADER_LEN, header::LEN),
            (header::FILE_LEN, end),
            (header::ENDIANNESS, 0x0102_0304_0506_0708),
            (header::ROOT_SIZE, size),
            (header::ROOT_ALIGN, 8),
            (header::SLOT_COUNT, SLOTS),
            (header::SLOT_STRIDE, stride),
            (header::CONTROL, file::CONTROL),
            (header::WAIT_PAGE, file::WAIT_PAGE),
            (header::SCHEMA, file::SCHEMA),
            (header::SCHEMA_LEN, schema.len()),
            (header::SLOTS, slots),
            (header::HEAP_ID, 7),
            (header::HEAP, end),
            (header::HEAP_VERSION, 1),
            (file::LATEST, GENERATION as usize),
            (file::STATE, 3),
        ] {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        let prime = 1_u128 << 88 | 0x13b;
        let fingerprint =
            line.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |sum, byte| {
                (sum ^ u128::from(byte)).wrapping_mul(prime)
            });
        bytes[header::FINGERPRINT..][..16].copy_from_slice(&fingerprint.to_le_bytes());
        bytes[file::SCHEMA..][..schema.len()].copy_from_slice(schema.as_bytes());
        repair(&mut bytes);
        Self { bytes, root_size: size, slots }
    }

    /// Where the next block will be.
    pub fn end(&self) -> u64 {
        self.bytes.len().next_multiple_of(16) as u64
    }

    /// A block of this kind, which holds these bytes behind its header; returns its address.
    pub fn block(&mut self, kind: u64, content: &[u8]) -> u64 {
        let (at, size) = (self.end() as usize, content.len() + 8);
        let class = heap::SIZES.iter().position(|class| *class >= size).unwrap_or(63) as u64;
        let word = kind | class << heap::CLASS_BIT | GENERATION << heap::BIRTH_BIT;
        self.bytes.resize(at, 0);
        self.bytes.extend(word.to_ne_bytes());
        self.bytes.extend(content);
        at as u64
    }

    /// The cell of a text.
    pub fn text(&mut self, text: &str) -> Vec<u8> {
        let mut cell = (text.len() as u32).to_ne_bytes().to_vec();
        if text.len() <= 12 {
            cell.extend(text.bytes());
            cell.resize(16, 0);
        } else {
            cell.extend(&text.as_bytes()[..4]);
            cell.extend(self.block(BYTES, text.as_bytes()).to_ne_bytes());
        }
        cell
    }

    /// The cell of a box.
    pub fn boxed(&mut self, cell: &[u8]) -> Vec<u8> {
        self.block(CELL, cell).to_ne_bytes().to_vec()
    }

    /// The cell of a list with these elements, of so many bytes each.
    pub fn list(&mut self, stride: usize, elements: &[u8]) -> Vec<u8> {
        let len = elements.len() / stride;
        if len == 0 {
            return vec![0; 16];
        }
        let mut level = 0;
        let mut nodes = self.nodes(CHUNK, elements, list::ITEM_BYTES / stride * stride);
        while nodes.len() > 1 {
            let addresses: Vec<u8> = nodes.iter().flat_map(|node| node.to_ne_bytes()).collect();
            nodes = self.nodes(INNER, &addresses, list::FAN_OUT * 8);
            level += 1;
        }
        pair(nodes[0] | level, len as u64)
    }

    /// The cell of a deque with these elements, the first of which stands at `head`.
    ///
    /// What is in front of it, no reader follows, nor reads.
    pub fn deque(&mut self, stride: usize, elements: &[u8], head: usize) -> Vec<u8> {
        if elements.is_empty() {
            return vec![0; 24];
        }
        let (per_chunk, len) = (list::ITEM_BYTES / stride, elements.len() / stride);
        let items = [&vec![0xff; head % per_chunk * stride], elements].concat();
        let (mut level, mut missing) = (0, head / per_chunk);
        let mut nodes = self.nodes(CHUNK, &items, per_chunk * stride);
        while missing + nodes.len() > 1 {
            let wrong = (0..missing % list::FAN_OUT).map(|_| !0);
            let addresses = wrong.chain(nodes).flat_map(u64::to_ne_bytes).collect::<Vec<u8>>();
            nodes = self.nodes(INNER, &addresses, list::FAN_OUT * 8);
            (level, missing) = (level + 1, missing / list::FAN_OUT);
        }
        [pair(nodes[0] | level, head as u64), (len as u64).to_ne_bytes().to_vec()].concat()
    }

    fn nodes(&mut self, kind: u64, items: &[u8], full: usize) -> Vec<u64> {
        // What is in front of the items means nothing to readers.
        let node = |items: &[u8]| self.block(kind, &[&[0xff; 8], items].concat());
        items.chunks(full).map(node).collect()
    }

    /// The file, whose record holds these cells.
    pub fn finish(mut self, cells: &[u8]) -> Vec<u8> {
        self.bytes.resize(self.bytes.len().next_multiple_of(PAGE), 0);
        let end = self.bytes.len() as u64;
        let stride = super::support::format::offset(&self.bytes, header::SLOT_STRIDE);
        let at = self.slots + GENERATION as usize % SLOTS * stride;
        let payload = [&pair(end, 0), cells].concat();
        assert_eq!(payload.len(), self.root_size);
        self.bytes[at..at + 8].copy_from_slice(&(2 * GENERATION).to_ne_bytes());
        self.bytes[at + slot::PAYLOAD..][..payload.len()].copy_from_slice(&payload);
        self.bytes[file::FILE_LEN..][..8].copy_from_slice(&end.to_ne_bytes());
        self.bytes
    }
}

/// Two words.
pub fn pair(first: u64, second: u64) -> Vec<u8> {
    [first.to_ne_bytes(), second.to_ne_bytes()].concat()
}

/// A field in a schema text.
pub fn field(name: &str, offset: usize, size: usize, ty: &str) -> String {
    format!(r#"{{"name":"{name}","offset":{offset},"size":{size},"type":{ty}}}"#)
}

/// A struct in a schema text.
pub fn structure(size: usize, fields: &[String]) -> String {
    let fields = fields.join(",");
    format!(r#"{{"kind":"struct","size":{size},"align":8,"fields":[{fields}]}}"#)
}

/// A list in a schema text.
pub fn list_of(stride: usize, item: &str) -> String {
    format!(r#"{{"kind":"list","size":16,"stride":{stride},"item":{item}}}"#)
}

/// The same for a deque.
pub fn deque_of(stride: usize, item: &str) -> String {
    format!(r#"{{"kind":"deque","size":24,"stride":{stride},"item":{item}}}"#)
}

pub const TEXT: &str = r#"{"kind":"text","size":16}"#;
