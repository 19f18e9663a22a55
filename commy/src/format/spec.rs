//! What a file has to know about a record's type.

use commy_types::Fingerprint;
use commy_types::schema::{Note, TypeSchema};

use super::FormatError;
use super::header::Header;
use super::schema::differences;

/// What the file says about a field besides its layout: text for people, never compared.
///
/// # Examples
///
/// ```
/// let note = commy::FieldNote::new("temperature", "outside air", "degC");
/// assert_eq!(note.unit, "degC");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldNote {
    /// The field's name.
    pub name: &'static str,
    /// The first line of its documentation, or nothing.
    pub doc: &'static str,
    /// The unit of its values, or nothing.
    pub unit: &'static str,
}

impl FieldNote {
    /// The note of the field `name`.
    #[must_use]
    pub const fn new(name: &'static str, doc: &'static str, unit: &'static str) -> Self {
        Self { name, doc, unit }
    }
}

/// A record's type, told to code that is not generic over it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordSpec {
    pub(crate) schema: &'static TypeSchema,
    pub(crate) fingerprint: Fingerprint,
    /// The size of the payload in bytes.
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) package_version: &'static str,
    pub(crate) notes: &'static [FieldNote],
    /// The same, and those of what is in the fields.
    pub(crate) notes_within: &'static [Note],
}

impl RecordSpec {
    /// Checks that a file with this header and schema text holds the record.
    ///
    /// # Errors
    ///
    /// `Schema`, or `Corrupt` for a file that contradicts its own fingerprint.
    pub(crate) fn expect(&self, header: &Header, schema: &[u8]) -> Result<(), FormatError> {
        let (found, expected) = (header.fingerprint, self.fingerprint);
        if found != expected {
            let differences = differences(schema, self);
            return Err(FormatError::Schema { found, expected, differences });
        }
        // The fingerprint is no safety boundary: sizes are checked besides.
        let sizes = [
            ("record size", header.root_size, self.size),
            ("record alignment", header.root_align, self.align),
        ];
        for (what, found, expected) in sizes {
            if found != expected as u64 {
                return Err(FormatError::corrupt(what, found, expected));
            }
        }
        Ok(())
    }
}
