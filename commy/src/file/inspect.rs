//! Looks at a file that is there: is it ours, is it whole, does it hold the expected record.

use std::fs::{File, FileType, Metadata};
use std::io;
use std::path::Path;

use super::header::{HEADER_LEN, Header, KIND_RECORD, MAGIC};
use super::layout::{Layout, check_schema_range};
use super::mismatch::SchemaMismatch;
use super::spec::RecordSpec;
use crate::error::OpenError;
use crate::sys;

/// A record file whose header was checked.
#[derive(Debug)]
pub(crate) struct Inspected {
    pub(crate) layout: Layout,
    pub(crate) front: Front,
}

impl Inspected {
    /// Reads and checks everything in front of the slots.
    ///
    /// # Errors
    ///
    /// As [`Front::read`].
    pub(crate) fn of(file: &File, path: &Path) -> Result<Self, OpenError> {
        let front = Front::read(file, KIND_RECORD, path)?;
        let layout = Layout::check(&front.header, path)?;
        Ok(Self { layout, front })
    }
}

/// What stands in front of the slots of a file of either kind.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) metadata: Metadata,
    pub(crate) header: Header,
    schema: Vec<u8>,
}

impl Front {
    /// Reads and checks it; the sizes and places of the slots are left to the caller.
    ///
    /// # Errors
    ///
    /// `NotRegular`, `NotCommy`, `FormatVersion`, `Unsupported`, `Endianness`, `Truncated`,
    /// `Corrupt`, `Kind`, in this order; `Io`.
    pub(crate) fn read(file: &File, kind: u32, path: &Path) -> Result<Self, OpenError> {
        let metadata = file.metadata().map_err(|e| OpenError::io(path, "look at", e))?;
        check_regular(metadata.file_type(), path)?;
        let found = metadata.len();
        let truncated = |expected| OpenError::Truncated { path: path.into(), found, expected };
        let read = |source: io::Error, expected| match source.kind() {
            // Cut off since its length was asked for.
            io::ErrorKind::UnexpectedEof => truncated(expected),
            _ => OpenError::io(path, "read", source),
        };

        let mut bytes = [0; HEADER_LEN];
        if found < HEADER_LEN as u64 {
            let start = usize::try_from(found).unwrap_or(0).min(MAGIC.len());
            let start = bytes.get_mut(..start).unwrap_or_default();
            sys::read_at(file, start, 0).map_err(|e| read(e, HEADER_LEN as u64))?;
            return Err(if !start.is_empty() && MAGIC.starts_with(start) {
                truncated(HEADER_LEN as u64)
            } else {
                OpenError::NotCommy { path: path.into(), found: start.to_vec() }
            });
        }
        sys::read_at(file, &mut bytes, 0).map_err(|e| read(e, HEADER_LEN as u64))?;
        let header = Header::decode(&bytes, path)?;
        if found < header.file_len {
            return Err(truncated(header.file_len));
        }
        check_schema_range(&header, path)?;
        // Bounded by the check, so that a file cannot make us allocate without end.
        let mut schema = vec![0; usize::try_from(header.schema_len).unwrap_or(0)];
        sys::read_at(file, &mut schema, header.schema).map_err(|e| read(e, header.file_len))?;
        Header::verify(&bytes, &schema, kind, path)?;
        Ok(Self { metadata, header, schema })
    }

    /// What the schema text says besides the schema: anything, as long as nobody has looked at it.
    pub(crate) fn notes(&self) -> &[u8] {
        let line = self.schema.iter().position(|byte| *byte == b'\n');
        line.and_then(|line| self.schema.get(line + 1..)).unwrap_or_default()
    }

    /// Checks that the file holds the record that `spec` describes.
    ///
    /// # Errors
    ///
    /// `SchemaMismatch`, or `Corrupt` for a file that contradicts its own fingerprint.
    pub(crate) fn expect(&self, spec: &RecordSpec, path: &Path) -> Result<(), OpenError> {
        if self.header.fingerprint != spec.fingerprint {
            let found = self.header.fingerprint;
            let mismatch = SchemaMismatch::between(path, found, &self.schema, spec);
            return Err(OpenError::SchemaMismatch(Box::new(mismatch)));
        }
        // The fingerprint is no safety boundary: sizes are checked besides.
        let sizes = [
            ("record size", self.header.root_size, spec.size),
            ("record alignment", self.header.root_align, spec.align),
        ];
        for (what, found, expected) in sizes {
            if found != expected as u64 {
                return Err(OpenError::corrupt(path, what, found, expected.to_string()));
            }
        }
        Ok(())
    }
}

/// Refuses what is no regular file.
///
/// # Errors
///
/// `NotRegular`.
pub(crate) fn check_regular(kind: FileType, path: &Path) -> Result<(), OpenError> {
    if kind.is_file() {
        return Ok(());
    }
    Err(OpenError::NotRegular { path: path.into(), found: kind_name(kind) })
}

#[cfg(unix)]
fn kind_name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "something else"
    }
}

#[cfg(not(unix))]
fn kind_name(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else {
        "something else"
    }
}
