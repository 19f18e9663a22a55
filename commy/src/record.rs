//! The traits of structs that are the root of a file.

use std::sync::OnceLock;

use commy_types::Mappable;

use crate::format::{About, FieldNote, RecordSpec};

/// A struct that is shared as a whole: one file holds one record.
///
/// `#[create_writer]` and `#[create_reader]` implement it. It tells what tools and people want to
/// know about a file, none of which is part of the fingerprint.
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
pub trait Record: Sized + 'static {
    /// The name of the struct.
    const NAME: &'static str;
    /// The package that declares it.
    const PACKAGE: &'static str;
    /// That package's version.
    const PACKAGE_VERSION: &'static str;
    /// Units and descriptions of fields, for those that have any.
    const NOTES: &'static [FieldNote];

    /// What a file has to know, made when it is first asked for. Only the attributes can write it.
    #[doc(hidden)]
    fn spec() -> &'static RecordSpec;
}

/// A record of fixed size: its fields are [`Mappable`], and so is it itself.
///
/// The attributes implement it for every record that is not declared otherwise.
///
/// # Examples
///
/// ```
/// use std::path::Path;
///
/// use commy::{FixedRecord, OpenError, Reader, create_writer};
///
/// /// Whether the file at `path` can be read as a `T`.
/// fn is_readable<T: FixedRecord>(path: &Path) -> Result<bool, OpenError> {
///     Ok(Reader::<T>::open_at(path)?.snapshot_boxed().is_ok())
/// }
///
/// #[create_writer(filename = "lamp.bin")]
/// struct Lamp {
///     lit: bool,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("lamp.bin");
/// let mut lamp = LampWriter::create_at(&path)?;
/// assert!(!is_readable::<Lamp>(&path)?); // nothing is published yet
/// lamp.set_lit(true);
/// assert!(is_readable::<Lamp>(&path)?);
/// # Ok(())
/// # }
/// ```
pub trait FixedRecord: Record + Mappable {}

/// Where an expansion keeps the specification of its record.
#[doc(hidden)]
#[derive(Debug)]
pub struct SpecCell(OnceLock<RecordSpec>);

impl SpecCell {
    /// Nothing is known yet.
    #[expect(clippy::new_without_default, reason = "for expansions, which name it")]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The specification, made by `make` if nobody has asked before.
    pub(crate) fn or_make(&self, make: impl FnOnce() -> RecordSpec) -> &RecordSpec {
        self.0.get_or_init(make)
    }

    /// The specification of a record of fixed size.
    pub fn fixed<T: FixedRecord>(&self) -> &RecordSpec {
        self.0.get_or_init(|| {
            let about = About {
                name: T::NAME,
                package: T::PACKAGE,
                package_version: T::PACKAGE_VERSION,
                notes: T::NOTES,
                notes_within: T::NOTES_WITHIN,
            };
            RecordSpec::new(T::SCHEMA, T::FINGERPRINT, (size_of::<T>(), align_of::<T>()), &about)
        })
    }
}
