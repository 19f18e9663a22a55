//! A file holds a record of another layout than the program expects.

use core::fmt;
use std::path::{Path, PathBuf};

use commy_types::Fingerprint;

use crate::format::Difference;

/// More differences than this are counted in the message and not told.
const SHOWN: usize = 3;

/// A file's record has another layout than the program expects.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{OpenError, create_reader};
///
/// mod yesterday {
///     #[commy::create_writer(filename = "weather.bin")]
///     pub struct Weather {
///         pub temperature: f32,
///     }
/// }
///
/// #[create_reader(filename = "weather.bin")]
/// struct Weather {
///     temperature: f64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("weather.bin");
/// let _writer = yesterday::WeatherWriter::create_at(&path)?;
/// let Err(OpenError::SchemaMismatch(mismatch)) = WeatherReader::open_at(&path) else {
///     panic!("the layouts differ");
/// };
/// assert!(mismatch.to_string().ends_with(
///     "weather.bin`: field `temperature`: file has f32 at offset 0, \
///      this program expects f64 at offset 0",
/// ));
/// assert_eq!(mismatch.path(), path);
/// assert_ne!(mismatch.found(), mismatch.expected()); // two fingerprints
///
/// let difference = &mismatch.differences()[0];
/// assert_eq!(difference.field(), "temperature");
/// assert_eq!(difference.found(), Some("f32 at offset 0"));
/// assert_eq!(difference.expected(), Some("f64 at offset 0"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SchemaMismatch {
    path: PathBuf,
    found: Fingerprint,
    expected: Fingerprint,
    differences: Vec<Difference>,
}

commy_types::__debug_in_words!(struct SchemaMismatch { path, found, expected, differences });

impl SchemaMismatch {
    /// What was found in the file at `path`, which differs from what was expected in this.
    pub(crate) fn new(
        path: &Path,
        found: Fingerprint,
        expected: Fingerprint,
        differences: Vec<Difference>,
    ) -> Self {
        Self { path: path.into(), found, expected, differences }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The fingerprint of the record in the file.
    #[must_use]
    pub const fn found(&self) -> Fingerprint {
        self.found
    }

    /// The fingerprint of the record that the program expects.
    #[must_use]
    pub const fn expected(&self) -> Fingerprint {
        self.expected
    }

    /// The fields that differ: those of other types first, then those that have only moved; at most
    /// 1000.
    ///
    /// Empty when the text in the file is not readable as a schema.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

impl fmt::Display for SchemaMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema mismatch in `{}`: ", self.path.display())?;
        if self.differences.is_empty() {
            let Self { found, expected, .. } = self;
            return write!(
                f,
                "file has fingerprint {found}, this program expects {expected}, and the schema \
                 text in the file does not say why"
            );
        }
        for (index, difference) in self.differences.iter().take(SHOWN).enumerate() {
            write!(f, "{}{difference}", if index == 0 { "" } else { "; " })?;
        }
        match self.differences.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl core::error::Error for SchemaMismatch {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::schema::tests::{F32, F64, compare, field, leak};

    fn mismatch(differences: Vec<Difference>) -> String {
        SchemaMismatch::new(Path::new("x"), Fingerprint(1), Fingerprint(2), differences).to_string()
    }

    #[test]
    fn three_differences_are_told_and_more_are_counted() {
        let all: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| field(name, 0, 8, &F64)).into();
        for (count, end) in [(1, "none"), (3, "none"), (4, "; and 1 more"), (5, "; and 2 more")] {
            let told = mismatch(compare(leak(8, 8, &all[..count]), leak(8, 8, &[])));
            assert!(told.ends_with(end), "{told}");
            assert_eq!(told.matches("field `").count(), count.min(SHOWN));
        }
    }

    #[test]
    fn the_file_and_the_field_are_named() {
        assert_eq!(
            mismatch(compare(&F32, &F64)),
            "schema mismatch in `x`: record: file has f32, this program expects f64",
        );
    }

    #[test]
    fn text_that_does_not_say_why_gives_fingerprints() {
        let told = mismatch(Vec::new());
        assert!(told.contains("fingerprint 00000000000000000000000000000001"), "{told}");
    }
}
