//! Where a record that grows and its checkpoints are, and what happens to them.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use commy::growable::WriterOptions;
use commy::{CreateError, Recovered};
use tempfile::TempDir;

use crate::pages::{Pages, PagesReader, PagesWriter};
use crate::support::format::file::{CLEAN, KERNEL};
use crate::support::format::word;

/// A directory with both files in it.
pub struct Place {
    pub dir: TempDir,
}

impl Place {
    /// A directory with an empty file and its checkpoints; `None` where temporary files are in memory.
    pub fn new() -> Option<Self> {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        match place.options().create() {
            Err(CreateError::OptionMismatch { option: "durable", .. }) => {
                eprintln!("skipped: temporary files are in memory");
                None
            }
            writer => {
                drop(writer.unwrap());
                Some(place)
            }
        }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("pages.bin")
    }

    pub fn checkpoints(&self) -> PathBuf {
        self.dir.path().join("pages.bin.ckpt")
    }

    pub fn options(&self) -> WriterOptions<Pages, PagesWriter> {
        self.plain().durable(true)
    }

    /// Without checkpoints.
    pub fn plain(&self) -> WriterOptions<Pages, PagesWriter> {
        PagesWriter::options().path(self.path())
    }

    pub fn writer(&self) -> PagesWriter {
        self.options().create().unwrap()
    }

    pub fn reader(&self) -> PagesReader {
        PagesReader::open_at(self.path()).unwrap()
    }

    /// The value that a writer goes on from, and where that is from.
    pub fn found(&self) -> (Recovered, Pages) {
        let writer = self.writer();
        (writer.file().recovered(), writer.snapshot().unwrap())
    }

    /// The machine starts again, and all that was written has reached the disk.
    pub fn restart(&self) {
        assert_ne!(self.word(KERNEL), 0, "nobody has vouched");
        self.set_word(KERNEL, 1);
    }

    /// The same, and nothing says that the last writer ended well.
    pub fn cut_power(&self) {
        self.restart();
        self.set_word(CLEAN, 0);
    }

    pub fn word(&self, at: usize) -> u64 {
        word(&fs::read(self.path()).unwrap(), at)
    }

    pub fn set_word(&self, at: usize, word: u64) {
        let live = File::options().write(true).open(self.path()).unwrap();
        live.write_all_at(&word.to_ne_bytes(), at as u64).unwrap();
    }

    /// Copies both files, as users do.
    pub fn copied_to(&self, other: &Self) {
        for (from, to) in [(self.path(), other.path()), (self.checkpoints(), other.checkpoints())] {
            fs::remove_file(&to).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
}

pub fn publish(writer: &mut PagesWriter, number: u64) {
    Pages::publish(writer, number).unwrap();
}
