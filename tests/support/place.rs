//! Where a ledger and its checkpoints are.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use std::fs;
use std::path::PathBuf;

use commy::{CreateError, OnMismatch, WriterOptions};
use tempfile::TempDir;

use crate::ledger::{Ledger, LedgerReader, LedgerWriter};
use crate::support;

/// A directory with the live file and its checkpoints in it.
pub struct Place {
    pub dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("ledger.bin")
    }

    pub fn checkpoints(&self) -> PathBuf {
        self.dir.path().join("ledger.bin.ckpt")
    }

    pub fn writer(&self) -> LedgerWriter {
        self.try_writer().unwrap()
    }

    pub fn try_writer(&self) -> Result<LedgerWriter, CreateError> {
        LedgerWriter::options().path(self.path()).durable(true).create()
    }

    /// Options by which a new file takes the place of what is there.
    pub fn replacing(&self) -> WriterOptions<Ledger, LedgerWriter> {
        let slots = support::other_slots(&self.path());
        let options = LedgerWriter::options().path(self.path()).slots(slots);
        options.on_mismatch(OnMismatch::Replace)
    }

    pub fn reader(&self) -> LedgerReader {
        LedgerReader::open_at(self.path()).unwrap()
    }

    /// The state after a restart that lost nothing that had reached the file: a copy, whose inode
    /// is another one.
    pub fn restarted(&self) -> Self {
        let copy = Self::new();
        for entry in fs::read_dir(&self.dir).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.dir.path().join(entry.file_name())).unwrap();
        }
        copy
    }
}
