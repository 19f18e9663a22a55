//! What a process that may be killed at any moment has counted so far, kept in a small file.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// How many counts go by between two writes of the file: what a kill can take away.
const INTERVAL: u64 = 512;
/// How many violations a process describes; it counts all of them.
const DESCRIBED: u64 = 3;

/// Counts of one process, or the sum of several.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    pub publishes: u64,
    pub snapshots: u64,
    pub getters: u64,
    /// Looks at what a pinned view has.
    pub views: u64,
    pub contended: u64,
    pub violations: u64,
    /// The highest generation that was read.
    pub newest: u64,
    /// The highest generation that was flushed.
    pub flushed: u64,
}

const LEN: usize = 8 * 8;

impl Counts {
    fn to_bytes(self) -> [u8; LEN] {
        let Self { publishes, snapshots, getters, views, .. } = self;
        let Self { contended, violations, newest, flushed, .. } = self;
        let numbers =
            [publishes, snapshots, getters, views, contended, violations, newest, flushed];
        let mut bytes = [0; LEN];
        for (to, number) in bytes.chunks_mut(8).zip(numbers) {
            to.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: [u8; LEN]) -> Self {
        let number = |at: usize| u64::from_le_bytes(bytes[at * 8..][..8].try_into().unwrap());
        let [publishes, snapshots, getters, views] = [0, 1, 2, 3].map(number);
        let [contended, violations, newest, flushed] = [4, 5, 6, 7].map(number);
        Self { publishes, snapshots, getters, views, contended, violations, newest, flushed }
    }

    /// What the process with this file had counted; nothing if it never got that far.
    pub fn read(path: &Path) -> Self {
        let mut bytes = [0; LEN];
        match File::open(path).and_then(|file| file.read_exact_at(&mut bytes, 0)) {
            Ok(()) => Self::from_bytes(bytes),
            Err(_) => Self::default(),
        }
    }

    /// Adds the counts of another process.
    pub fn add(&mut self, other: Self) {
        self.publishes += other.publishes;
        self.snapshots += other.snapshots;
        self.getters += other.getters;
        self.views += other.views;
        self.contended += other.contended;
        self.violations += other.violations;
        self.newest = self.newest.max(other.newest);
        self.flushed = self.flushed.max(other.flushed);
    }
}

/// The counts of this process and where they are kept.
pub struct Tally {
    pub counts: Counts,
    file: File,
    log: PathBuf,
    until_write: u64,
}

impl Tally {
    /// Starts at zero; violations are described in the file at `log`.
    pub fn create(path: &Path, log: PathBuf) -> Self {
        let file = File::create(path).unwrap();
        Self { counts: Counts::default(), file, log, until_write: INTERVAL }
    }

    /// Writes the counts, every now and then.
    pub fn tick(&mut self) {
        self.until_write -= 1;
        if self.until_write == 0 {
            self.write();
        }
    }

    /// Writes them at once: for who counts a few things that take long.
    pub fn write(&mut self) {
        self.until_write = INTERVAL;
        self.file.write_all_at(&self.counts.to_bytes(), 0).unwrap();
    }

    /// Counts a violation at once, and describes it if there were not many yet.
    pub fn violation(&mut self, what: &str) {
        self.counts.violations += 1;
        self.write();
        if self.counts.violations <= DESCRIBED {
            describe(&self.log, what);
        }
    }
}

/// Appends a line to the file that tells what was violated.
pub fn describe(log: &Path, what: &str) {
    let mut log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    log.write_all(format!("{what}\n").as_bytes()).unwrap();
}
