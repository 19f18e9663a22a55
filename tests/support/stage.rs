//! A file of a record that grows, to be damaged word by word and put back.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use core::ops::Range;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use crate::counting;
use crate::support::format::{self, heap, slot};

/// How much memory a call may take beside what the file could hold.
pub const MEMORY: usize = 1 << 20;
/// How much longer a file may get by changes of small values.
pub const GROWTH: u64 = 4 << 20;

/// By how much a run over all damages may take longer.
const WHOLE: u32 = 30;

/// Whether this is an hour's run over all damages, of which others take a part: with
/// `COMMY_ALL_DAMAGES=1`.
pub fn is_whole() -> bool {
    std::env::var_os("COMMY_ALL_DAMAGES").is_some()
}

/// Ends a test that hangs: after minutes, or the more hours the more it does.
pub fn watchdog() -> mpsc::Sender<()> {
    let limit = Duration::from_secs(580);
    crate::support::watchdog(if is_whole() { limit * WHOLE } else { limit })
}

/// A file with the sample in it, which is put back after each damage.
pub struct Stage {
    _directory: tempfile::TempDir,
    pub path: PathBuf,
    /// The same file, whatever takes its place at the path.
    kept: PathBuf,
    file: File,
    pub whole: Vec<u8>,
}

impl Stage {
    /// With what `write` writes there.
    pub fn new(write: impl FnOnce(&Path)) -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let directory = tempfile::tempdir_in(place).unwrap();
        let path = directory.path().join("stage.bin");
        write(&path);
        let kept = directory.path().join("kept.bin");
        fs::hard_link(&path, &kept).unwrap();
        let file = OpenOptions::new().read(true).write(true).open(&kept).unwrap();
        let whole = fs::read(&kept).unwrap();
        Self { _directory: directory, path, kept, file, whole }
    }

    pub fn word(&self, at: usize) -> u64 {
        format::word(&self.whole, at)
    }

    pub fn store(&self, at: usize, value: u64) {
        self.file.write_all_at(&value.to_ne_bytes(), at as u64).unwrap();
    }

    /// Makes the file what it was, when nobody has it open.
    pub fn restore(&self) {
        if !fs::metadata(&self.path).is_ok_and(|found| found.len() == self.whole.len() as u64)
            || fs::read(&self.path).unwrap() != self.whole
        {
            self.file.set_len(self.whole.len() as u64).unwrap();
            self.file.write_all_at(&self.whole, 0).unwrap();
            let _ = fs::remove_file(&self.path);
            fs::hard_link(&self.kept, &self.path).unwrap();
        }
    }

    /// The words of the latest root.
    pub fn root(&self) -> Range<usize> {
        let start = format::slot_of(&self.whole, self.word(format::file::LATEST)) + slot::PAYLOAD;
        start..start + format::offset(&self.whole, format::header::ROOT_SIZE)
    }

    /// The words of the heap.
    pub fn heap(&self) -> Range<usize> {
        format::offset(&self.whole, format::header::HEAP)..self.whole.len()
    }

    /// Where there is a block, as the sample has it: what looks like the first word of one.
    pub fn blocks(&self) -> Vec<u64> {
        let is_block = |at: &usize| {
            let word = self.word(*at);
            let (kind, class) = (word & 63, word >> heap::CLASS_BIT & 63);
            word >> heap::BIRTH_BIT == 1 && (1..=9).contains(&kind) && (class < 23 || class == 63)
        };
        self.heap().step_by(16).filter(is_block).map(|at| at as u64).collect()
    }

    /// The first of the blocks of each kind and size, which stands for all of them.
    pub fn kinds(&self) -> Vec<u64> {
        let (mut seen, mut blocks) = (Vec::new(), self.blocks());
        blocks.retain(|block| {
            let first = self.word(*block as usize) & 0xfff;
            let is_new = !seen.contains(&first);
            seen.push(first);
            is_new
        });
        blocks
    }

    /// How much memory a call may take: as a value of all that the file has, a few times.
    pub const fn memory(&self) -> usize {
        self.whole.len() * 4 + MEMORY
    }

    /// One of `each` of the damages, as all take minutes to hours; with `COMMY_ALL_DAMAGES=1`, all.
    pub fn some_damages(
        &self,
        each: usize,
        is_content: impl Fn(u64) -> bool,
        blocks: &[u64],
    ) -> Vec<(usize, u64)> {
        let each = if is_whole() { 1 } else { each };
        // So that each word gets some of the values.
        self.damages(is_content, blocks).into_iter().skip(each / 2).step_by(each).collect()
    }

    /// Each word of the root and of the heap, with what it is to be replaced by. Words of zeros are
    /// mostly free room: two values.
    ///
    /// `is_content` says whether a word is one of many that are nothing but bytes of a value: they get two,
    /// too. `blocks` are addresses that all others are replaced by.
    pub fn damages(&self, is_content: impl Fn(u64) -> bool, blocks: &[u64]) -> Vec<(usize, u64)> {
        let (root, heap) = (self.root(), self.heap());
        let mut damages = Vec::new();
        for at in root.clone().chain(heap.clone()).step_by(8) {
            let found = self.word(at);
            let long_len = found & !0xffff_ffff | 0xffff_ffff;
            let values = [u64::MAX, 1 << 32, 0, long_len, found ^ 1 << 20]
                .into_iter()
                .chain([found.wrapping_add(1), found.wrapping_sub(1), found.wrapping_add(16)])
                .chain([1 << 60, at as u64, at as u64 & !15, at as u64 & !15 | 8])
                .chain([self.whole.len() as u64, self.whole.len() as u64 - 16])
                .chain(blocks.iter().copied());
            let count = if found == 0 && !root.contains(&at) { 2 } else { usize::MAX };
            let is_content = heap.contains(&at) && is_content(found);
            let count = if is_content { 2 } else { count };
            damages.extend(values.take(count).filter(|value| *value != found).map(|v| (at, v)));
        }
        damages
    }
}

/// What was wrong, with the damage that led to it.
pub fn check<R>(damage: (usize, u64), what: &str, memory: usize, call: impl FnOnce() -> R) -> R {
    let (peak, result) = counting::peak(|| catch_unwind(AssertUnwindSafe(call)));
    let (at, value) = damage;
    let Ok(result) = result else { panic!("word {at} = {value:#x}: {what} panicked") };
    assert!(peak <= memory, "word {at} = {value:#x}: {what} took {peak} bytes");
    result
}
