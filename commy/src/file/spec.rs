//! What the file layer has to know about a record's type.

use commy_types::Fingerprint;
use commy_types::schema::{Note, TypeSchema};

use crate::Record;

/// What the file says about a field besides its layout: text for people, never compared.
///
/// # Examples
///
/// ```
/// let note = commy::FieldNote { name: "temperature", doc: "outside air", unit: "degC" };
/// assert_eq!(note.unit, "degC");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldNote {
    /// The field's name.
    pub name: &'static str,
    /// The first line of its documentation, or nothing.
    pub doc: &'static str,
    /// The unit of its values, or nothing.
    pub unit: &'static str,
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
    /// The specification of `T`.
    pub(crate) const fn of<T: Record>() -> Self {
        Self {
            schema: T::SCHEMA,
            fingerprint: T::FINGERPRINT,
            size: size_of::<T>(),
            align: align_of::<T>(),
            name: T::NAME,
            package: T::PACKAGE,
            package_version: T::PACKAGE_VERSION,
            notes: T::NOTES,
            notes_within: T::NOTES_WITHIN,
        }
    }
}
