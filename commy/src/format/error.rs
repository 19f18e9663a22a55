//! What can be wrong with the bytes of a file.

use commy_types::Fingerprint;

use super::schema::Difference;

/// What was found in the bytes of a file, and what was expected. Which file that is, `file/` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FormatError {
    /// The file does not start as every commy file does; its first bytes, at most eight.
    Magic { found: Vec<u8> },
    /// The format is of another version.
    Version { found: u32, expected: u32 },
    /// The file needs features that this program does not have.
    Flags { found: u64 },
    /// The heap behind the record is laid out in a way that this program does not know.
    HeapVersion { found: u32, expected: u32 },
    /// The numbers in the payload have the other byte order.
    Endianness { found: &'static str, expected: &'static str },
    /// The file is shorter than it has to be.
    Truncated { found: u64, expected: u64 },
    /// The file holds something else than what was asked for.
    Kind { found: u32, expected: u32 },
    /// A number contradicts the rest of the file; its place in the file, in bytes. In a schema text
    /// that is looked at alone, bytes from its start.
    Corrupt { what: &'static str, found: u64, expected: Box<str>, offset: u64 },
    /// A file that grows counts from a generation that its blocks have no room for.
    GenerationLimit { found: u64, limit: u64 },
    /// The record has another layout.
    Schema { found: Fingerprint, expected: Fingerprint, differences: Vec<Difference> },
}

impl FormatError {
    /// A number that contradicts the rest of the file.
    pub(crate) fn corrupt<E: ToString>(
        what: &'static str,
        found: u64,
        expected: E,
        offset: u64,
    ) -> Self {
        Self::Corrupt { what, found, expected: expected.to_string().into(), offset }
    }
}
