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
/// const AIR: Note = Note { name: "air", doc: "Outside air.", unit: "degC", within: &[] };
/// const STATION: Note = Note { name: "station", doc: "", unit: "", within: &[AIR] };
/// assert_eq!(STATION.within[0].unit, "degC");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
