//! Whether a path still leads to the file that was opened there, and that file is still whole.
//!
//! That is device and inode, and on overlayfs the time of birth too: the copy in the upper layer
//! has the numbers of the lower file. Where pages may differ behind equal numbers, `latest` is read
//! once more through the path. A reader never opens a file of layers for writing, because that
//! would copy it away from those who write it below.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::mapped::Mapped;
use super::session::birth;
use crate::format::control::{State, Word};
use crate::sys::{self, FileSystem};

/// Where a file was opened.
#[derive(Debug)]
pub(crate) struct Whereabouts {
    /// From the root.
    path: PathBuf,
    /// When the file was made, as far as is known.
    birth: Option<u64>,
}

impl Whereabouts {
    pub(crate) fn new(path: PathBuf, metadata: &Metadata) -> Self {
        Self { path, birth: birth(metadata) }
    }

    /// The absolute path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether both files were made at the same time, as far as is known.
    pub(crate) fn is_born_with(&self, other: &Self) -> bool {
        self.birth == other.birth
    }

    /// Returns whether the path no longer leads to `file`, which is `mapped`, or the file was cut
    /// off, or a writer has marked it as replaced.
    pub(crate) fn is_left(&self, file: &File, mapped: &Mapped) -> bool {
        // First, because a load of what was cut off ends the process.
        if is_cut_off(file, mapped) {
            return true;
        }
        if mapped.load(Word::State) == State::Superseded.word() {
            return true;
        }
        match (fs::metadata(&self.path), file.metadata()) {
            (Ok(there), Ok(here)) => {
                sys::identity(&there) != sys::identity(&here)
                    || self.is_copied_up(&there, mapped)
                    || holds_newer(&self.path, &there, mapped)
            }
            (Err(error), _) if error.kind() == io::ErrorKind::NotFound => true,
            // The way to the file is barred, which says nothing about the file.
            (_, here) => here.is_ok_and(|here| sys::link_count(&here) == 0),
        }
    }

    /// Returns whether the file at the path is the copy that was made, in an upper layer, of the one
    /// that was opened: device and number stay the same.
    fn is_copied_up(&self, there: &Metadata, mapped: &Mapped) -> bool {
        mapped.system() == FileSystem::Layered && birth(there) != self.birth
    }
}

/// Returns whether `file` is shorter than it was when it was mapped.
pub(crate) fn is_cut_off(file: &File, mapped: &Mapped) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.len() < mapped.len_mapped())
}

/// Returns whether who opens the path now sees a later publish than this mapping will ever show.
fn holds_newer(path: &Path, there: &Metadata, mapped: &Mapped) -> bool {
    // Where the number of an inode stands for its pages, there is nothing to find out.
    if matches!(mapped.system(), FileSystem::Local | FileSystem::Memory) || !there.is_file() {
        return false;
    }
    let mut latest = [0; 8];
    let opened = sys::open(path, sys::Rights::Read, sys::Links::Follow);
    let read =
        opened.and_then(|file| sys::read_at(&file, &mut latest, mapped.place_of(Word::Latest)));
    // The mapping is asked after the file: what is published in between is not taken for newer.
    read.is_ok() && u64::from_ne_bytes(latest) > mapped.load(Word::Latest)
}
