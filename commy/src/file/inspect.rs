//! Looks at a file that is there: is it ours, is it whole, does it hold the expected record.

use std::fs::{File, FileType, Metadata};
use std::io;

use super::fault::Fault;
use crate::format::header::{HEADER_LEN, Header, KIND_RECORD, MAGIC};
use crate::format::layout::{Layout, check_schema_range};
use crate::format::{FormatError, RecordSpec};
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
    pub(crate) fn of(file: &File) -> Result<Self, Fault> {
        let front = Front::read(file, KIND_RECORD)?;
        let layout = Layout::check(&front.header)?;
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
    /// `NotRegular`, then of the format `Magic`, `Version`, `Flags`, `Endianness`, `Truncated`,
    /// `Corrupt`, `Kind`, in this order; `Io`.
    pub(crate) fn read(file: &File, kind: u32) -> Result<Self, Fault> {
        let metadata = file.metadata().map_err(Fault::io("look at"))?;
        check_regular(metadata.file_type())?;
        let found = metadata.len();
        let truncated = |expected| Fault::Format(FormatError::Truncated { found, expected });
        let read = |source: io::Error, expected| match source.kind() {
            // Cut off since its length was asked for.
            io::ErrorKind::UnexpectedEof => truncated(expected),
            _ => Fault::io("read")(source),
        };

        let mut bytes = [0; HEADER_LEN];
        if found < HEADER_LEN as u64 {
            let start = usize::try_from(found).unwrap_or(0).min(MAGIC.len());
            let start = bytes.get_mut(..start).unwrap_or_default();
            sys::read_at(file, start, 0).map_err(|e| read(e, HEADER_LEN as u64))?;
            return Err(if !start.is_empty() && MAGIC.starts_with(start) {
                truncated(HEADER_LEN as u64)
            } else {
                FormatError::Magic { found: start.to_vec() }.into()
            });
        }
        sys::read_at(file, &mut bytes, 0).map_err(|e| read(e, HEADER_LEN as u64))?;
        let header = Header::decode(&bytes)?;
        if found < header.file_len {
            return Err(truncated(header.file_len));
        }
        check_schema_range(&header)?;
        // Bounded by the check, so that a file cannot make us allocate without end.
        let mut schema = vec![0; usize::try_from(header.schema_len).unwrap_or(0)];
        sys::read_at(file, &mut schema, header.schema).map_err(|e| read(e, header.file_len))?;
        Header::verify(&bytes, &schema, kind)?;
        Ok(Self { metadata, header, schema })
    }

    /// What the schema text says besides the schema: anything, as long as nobody has looked at it.
    pub(crate) fn notes(&self) -> &[u8] {
        let line = self.schema.iter().position(|byte| *byte == b'\n');
        line.and_then(|line| self.schema.get(line + 1..)).unwrap_or_default()
    }

    /// The record that the file holds, by its own account.
    pub(crate) fn spec(&self) -> RecordSpec {
        RecordSpec::of_file(&self.header, self.schema.clone())
    }

    /// Checks that the file holds the record that `spec` describes.
    ///
    /// # Errors
    ///
    /// As [`RecordSpec::expect`].
    pub(crate) fn expect(&self, spec: &RecordSpec) -> Result<(), FormatError> {
        spec.expect(&self.header, &self.schema)
    }
}

/// Refuses what is no regular file.
///
/// # Errors
///
/// `NotRegular`.
pub(crate) fn check_regular(kind: FileType) -> Result<(), Fault> {
    if kind.is_file() { Ok(()) } else { Err(Fault::NotRegular(kind_name(kind))) }
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
