//! The trait of structs that are the root of a file.

use commy_types::Mappable;

use crate::format::{FieldNote, RecordSpec};

/// A struct that is shared as a whole: one file holds one record.
///
/// `#[create_writer]` and `#[create_reader]` implement it; it adds to [`Mappable`] what tools and
/// people want to know about a file, none of which is part of the fingerprint.
///
/// # Examples
///
/// ```
/// use commy::{Record, create_reader};
///
/// #[create_reader(filename = "weather.bin")]
/// struct Weather {
///     /// Outside air.
///     #[commy(unit = "degC")]
///     temperature: f64,
/// }
///
/// assert_eq!(Weather::NAME, "Weather");
/// assert_eq!(Weather::PACKAGE, env!("CARGO_PKG_NAME"));
/// assert_eq!(Weather::PACKAGE_VERSION, env!("CARGO_PKG_VERSION"));
/// assert_eq!(Weather::NOTES[0].unit, "degC");
/// ```
pub trait Record: Mappable {
    /// The name of the struct.
    const NAME: &'static str;
    /// The package that declares it.
    const PACKAGE: &'static str;
    /// That package's version.
    const PACKAGE_VERSION: &'static str;
    /// Units and descriptions of fields, for those that have any.
    const NOTES: &'static [FieldNote];
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
