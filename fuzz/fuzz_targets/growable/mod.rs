//! A file with every kind that grows, and how inputs damage it.
#![allow(dead_code, reason = "each target needs a part")]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::every::{EveryWriter, sample};
use crate::format;

/// The bytes that one edit takes from the input: where, what kind of number, and the number.
pub const EDIT_LEN: usize = 12;

/// A valid file, and where there is what in it.
pub struct Good {
    _directory: TempDir,
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    root: core::ops::Range<usize>,
    heap: core::ops::Range<usize>,
    /// Each block, and each word of one that is not zero.
    blocks: Vec<u64>,
    words: Vec<usize>,
}

pub static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = directory.path().join("every.bin");
    EveryWriter::create_at(&path).unwrap().publish(&sample()).unwrap();
    let bytes = fs::read(&path).unwrap();
    let slot = format::slot_of(&bytes, format::word(&bytes, format::file::LATEST));
    let root = slot + format::slot::PAYLOAD;
    let root = root..root + format::offset(&bytes, format::header::ROOT_SIZE);
    let heap = format::offset(&bytes, format::header::HEAP)..bytes.len();
    let is_block = |at: &usize| format::word(&bytes, *at) >> format::heap::BIRTH_BIT == 1;
    let blocks = heap.clone().step_by(16).filter(is_block).map(|at| at as u64).collect();
    let is_used = |at: &usize| format::word(&bytes, *at) != 0;
    let words = heap.clone().step_by(8).filter(is_used).collect();
    Good { _directory: directory, path, bytes, root, heap, blocks, words }
});

impl Good {
    /// Where an edit goes, and what it puts there: into a word of the heap that has something, mostly.
    pub fn edit(&self, edit: &[u8; EDIT_LEN]) -> (usize, u64) {
        let [kind, a, b, c, number @ ..] = edit;
        let place = u32::from_le_bytes([*a, *b, *c, 0]) as usize;
        let number = u64::from_le_bytes(*number);
        let any = |range: &core::ops::Range<usize>| range.start + place % (range.len() / 8) * 8;
        let at = match kind & 7 {
            7 => any(&self.root),
            6 => any(&self.heap),
            5 => format::file::GROWABLE + place % 22 * 8,
            _ => self.words[place % self.words.len()],
        };
        let old = format::word(&self.bytes, at);
        let value = match kind >> 3 & 7 {
            0 => self.blocks[number as usize % self.blocks.len()] | number >> 60,
            1 => number % 300,
            2 => old ^ 1 << (number % 64),
            3 => old.wrapping_add(number % 32).wrapping_sub(16),
            4 => 1 << (number % 64),
            5 => format::word(&self.bytes, self.words[number as usize % self.words.len()]),
            _ => number,
        };
        (at, value)
    }
}
