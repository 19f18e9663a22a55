//! Where a library keeps its files: a directory on tmpfs that removes itself, and what lies elsewhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::libraries::Library;

/// A place for one writer and its readers.
#[derive(Debug)]
pub struct Place {
    library: Library,
    held: TempDir,
    directory: PathBuf,
}

impl Place {
    pub fn new(library: &Library) -> Self {
        let held =
            tempfile::Builder::new().prefix("commy-dangers-").tempdir_in("/dev/shm").unwrap();
        let directory = held.path().join("data");
        fs::create_dir(&directory).unwrap();
        Self { library: *library, held, directory }
    }

    /// What the library is given.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the writer says how far it is.
    pub fn progress(&self) -> PathBuf {
        self.held.path().join("progress")
    }

    /// All files of the library, and their directories.
    pub fn files_and_directories(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut files, mut directories) = ((self.library.elsewhere)(&self.directory), Vec::new());
        let mut left = vec![self.directory.clone()];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(&directory).unwrap().flatten() {
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => left.push(entry.path()),
                    kind if kind.is_file() => files.push(entry.path()),
                    _ => {}
                }
            }
            directories.push(directory);
        }
        files.sort();
        (files, directories)
    }

    /// Gives files and directories these modes.
    pub fn permit(&self, of_files: u32, of_directories: u32) {
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        let (files, directories) = self.files_and_directories();
        mode(self.held.path(), 0o755);
        files.iter().for_each(|path| mode(path, of_files));
        directories.iter().for_each(|path| mode(path, of_directories));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for path in (self.library.elsewhere)(&self.directory) {
            let _ = fs::remove_file(path);
        }
    }
}
