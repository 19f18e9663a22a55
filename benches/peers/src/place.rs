//! Where a benchmark keeps its files: a directory on tmpfs that removes itself.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::report;

/// A place for one writer and its readers.
#[derive(Debug)]
pub struct Place {
    directory: PathBuf,
    /// What removes it; nothing in a process that was told of it.
    held: Option<TempDir>,
}

impl Place {
    /// A new, empty place.
    #[must_use]
    pub fn new() -> Self {
        let memory = PathBuf::from("/dev/shm");
        Self::within(&if memory.is_dir() { memory } else { std::env::temp_dir() })
    }

    /// A new, empty place on a disk, if the build directory is on one.
    #[must_use]
    pub fn on_disk() -> Self {
        let parent = report::target();
        std::fs::create_dir_all(&parent).unwrap();
        Self::within(&parent)
    }

    /// The place of another process.
    #[must_use]
    pub fn of_other(directory: PathBuf) -> Self {
        Self { directory, held: None }
    }

    fn within(parent: &Path) -> Self {
        let held = tempfile::Builder::new().prefix("commy-bench-").tempdir_in(parent).unwrap();
        Self { directory: held.path().to_owned(), held: Some(held) }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.held.as_ref().map_or(&self.directory, TempDir::path)
    }

    /// A path in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    /// A name that no other place has.
    #[must_use]
    pub fn name(&self) -> String {
        self.directory().file_name().unwrap().to_string_lossy().into_owned()
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}
