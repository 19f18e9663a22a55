//! What is known of a file that is open, besides what is in it.

use std::fs::{self, Metadata};
use std::path::PathBuf;

use super::inspect::Front;
use super::open::OpenedReader;
use crate::format::header::KIND_RECORD;
use crate::sys::{self, Identity};

/// What is known of a file that is open, besides what is in it.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Where it is, links resolved.
    pub(crate) target: PathBuf,
    pub(crate) identity: Identity,
    pub(crate) mode: Option<u32>,
    pub(crate) owner: Option<u32>,
    /// Its length now.
    pub(crate) len: u64,
    pub(crate) file_system: Option<&'static str>,
    /// When it was made, in nanoseconds since 1970; 0 if that is not known.
    pub(crate) created_ns: u64,
}

impl OpenedReader {
    /// Asks the system about the file.
    pub(crate) fn facts(&self) -> Facts {
        let (path, file) = (self.path(), self.file());
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let metadata = file.metadata().ok();
        let of = |ask: fn(&Metadata) -> Option<u32>| metadata.as_ref().and_then(ask);
        let unknown = Identity { device: 0, inode: 0 };
        // It was checked when it was opened; somebody may have written into it since.
        let created_ns = Front::read(file, KIND_RECORD).map_or(0, |front| front.header.created_ns);
        Facts {
            identity: metadata.as_ref().map_or(unknown, sys::identity),
            mode: of(sys::mode),
            owner: of(sys::owner),
            len: metadata.as_ref().map_or(0, Metadata::len),
            file_system: sys::file_system_name(file),
            created_ns,
            target,
        }
    }
}
