//! What a file has to know about a record's type.

use core::fmt;

use commy_types::Fingerprint;
use commy_types::schema::{Note, TypeSchema};

use super::FormatError;
use super::header::{AT_INCOMPATIBLE, AT_ROOT_ALIGN, AT_ROOT_SIZE, Header};
use super::schema::{differences, growable_text, schema_text};

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

/// What is said of a record besides its layout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) package_version: &'static str,
    pub(crate) notes: &'static [FieldNote],
    /// The same, and those of what is in the fields.
    pub(crate) notes_within: &'static [Note],
}

/// A record's type, told to code that is not generic over it.
///
/// It is made of a Rust type when that is first used, or of what a file says.
#[derive(Clone)]
pub struct RecordSpec {
    /// Both lines of the schema text.
    pub(crate) text: Vec<u8>,
    pub(crate) fingerprint: Fingerprint,
    /// The size of the payload in bytes.
    pub(crate) size: usize,
    pub(crate) align: usize,
    /// Whether a heap follows the slots, whose end the payload begins with.
    pub(crate) is_growable: bool,
}

impl RecordSpec {
    /// The specification of a record of this layout.
    pub(crate) fn new(
        schema: &TypeSchema,
        fingerprint: Fingerprint,
        (size, align): (usize, usize),
        about: &About,
    ) -> Self {
        let text = schema_text(schema, about).into_bytes();
        Self { text, fingerprint, size, align, is_growable: false }
    }

    /// The specification of a growable record, whose schema line its cells have written.
    pub(crate) fn growable(line: String, (size, align): (usize, usize), about: &About) -> Self {
        let fingerprint = Fingerprint::of_text(line.as_bytes());
        let text = growable_text(line, about).into_bytes();
        Self { text, fingerprint, size, align, is_growable: true }
    }

    /// The specification of a record of which nothing else is known.
    #[cfg(test)]
    pub(crate) fn of_schema(
        schema: &TypeSchema,
        fingerprint: Fingerprint,
        (size, align): (usize, usize),
    ) -> Self {
        let (name, package, package_version) = ("Test", "commy", "1");
        let about = About { name, package, package_version, notes: &[], notes_within: &[] };
        Self::new(schema, fingerprint, (size, align), &about)
    }

    /// What a file with this header and schema text holds; both were checked.
    pub(crate) fn of_file(header: &Header, text: Vec<u8>) -> Self {
        // The layout was checked against these: they fit.
        let size = usize::try_from(header.root_size).unwrap_or(usize::MAX);
        let align = usize::try_from(header.root_align).unwrap_or(usize::MAX);
        let is_growable = header.heap.is_some();
        Self { text, fingerprint: header.fingerprint, size, align, is_growable }
    }

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
            ("record size", header.root_size, self.size, AT_ROOT_SIZE),
            ("record alignment", header.root_align, self.align, AT_ROOT_ALIGN),
            (
                "incompatible flags",
                u64::from(header.heap.is_some()),
                usize::from(self.is_growable),
                AT_INCOMPATIBLE,
            ),
        ];
        for (what, found, expected, at) in sizes {
            if found != expected as u64 {
                return Err(FormatError::corrupt(what, found, expected, at as u64));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for RecordSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text: _, fingerprint, size, align, is_growable } = self;
        f.debug_struct("RecordSpec")
            .field("fingerprint", fingerprint)
            .field("size", size)
            .field("align", align)
            .field("is_growable", is_growable)
            .finish_non_exhaustive()
    }
}
