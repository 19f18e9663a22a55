//! What a type says about its fields besides their layout.

/// A unit and a description for people: never compared, never part of the fingerprint.
///
/// The derives collect them, so that a file can tell those of nested structs by path.
///
/// # Examples
///
/// ```
/// use commy_types::schema::Note;
///
/// const AIR: Note = Note::new("air", "Outside air.", "degC", &[]);
/// const STATION: Note = Note::new("station", "", "", &[AIR]);
/// assert_eq!(STATION.within[0].unit, "degC");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The name of the field, or of the variant of an enum.
    pub name: &'static str,
    /// The first line of its documentation, or nothing.
    pub doc: &'static str,
    /// The unit of its values, or nothing.
    pub unit: &'static str,
    /// The notes of what is in it; elements of arrays and vectors have no names of their own.
    pub within: &'static [Self],
}

impl Note {
    /// The note of a field or a variant, and those of what is in it.
    #[must_use]
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        unit: &'static str,
        within: &'static [Self],
    ) -> Self {
        Self { name, doc, unit, within }
    }
}
