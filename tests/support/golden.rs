//! The files in `tests/golden`, and copies of them.
#![allow(unreachable_pub, reason = "a module of several tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// Where the slots of the files are.
pub const SLOTS: usize = 16384;

pub fn golden(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)).unwrap()
}

/// A copy in a place of its own; golden files themselves are opened by nobody.
pub fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, golden(name)).unwrap();
    (directory, path)
}
