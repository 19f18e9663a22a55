//! Where a benchmark keeps its files: a directory on tmpfs that removes itself.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::report;

/// A place for one writer and its readers.
#[derive(Debug)]
pub struct Place {
    directory: TempDir,
}

impl Place {
    /// A new, empty place.
    #[must_use]
    pub fn new() -> Self {
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let directory = tempfile::Builder::new().prefix("commy-bench-").tempdir_in(parent);
        Self { directory: directory.unwrap() }
    }

    /// A new, empty place on a disk, if the build directory is on one.
    #[must_use]
    pub fn on_disk() -> Self {
        let parent = report::target();
        std::fs::create_dir_all(&parent).unwrap();
        let directory = tempfile::Builder::new().prefix("commy-bench-").tempdir_in(parent);
        Self { directory: directory.unwrap() }
    }

    /// A path in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A name that no other place has.
    #[must_use]
    pub fn name(&self) -> String {
        self.directory.path().file_name().unwrap().to_string_lossy().into_owned()
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}
