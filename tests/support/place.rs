//! Where a ledger and its checkpoints are.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use std::fs;
use std::path::PathBuf;

use commy::CreateError;
use tempfile::TempDir;

use crate::ledger::{LedgerReader, LedgerWriter};

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
