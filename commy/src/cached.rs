//! A value that is copied once per generation.

use crate::error::ReadError;
use crate::fields;
use crate::mem::zeroed_box;
use crate::reader::Reader;
use crate::record::FixedRecord;

/// A copy of a record's value, renewed when it is asked for and something was published.
///
/// While nothing was, [`refresh`](Self::refresh) costs one load: neither copy nor check.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "limits.bin")]
/// #[create_reader(filename = "limits.bin")]
/// struct Limits {
///     speed: u32,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("limits.bin");
/// let mut writer = LimitsWriter::create_at(&path)?;
/// writer.set_speed(50);
///
/// let mut limits = LimitsReader::open_at(&path)?.cached();
/// assert_eq!(limits.refresh()?.speed, 50);
/// writer.set_speed(30);
/// assert_eq!(limits.refresh()?.speed, 30);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Cached<T: FixedRecord> {
    reader: Reader<T>,
    value: Box<T>,
    /// The generation of `value`; 0 when it is none.
    generation: u64,
}

impl<T: FixedRecord> Reader<T> {
    /// A copy of the value that is kept, and renewed only when something was published.
    ///
    /// # Examples
    ///
    /// See [`Cached`].
    #[must_use]
    pub fn cached(&self) -> Cached<T> {
        Cached { reader: self.clone(), value: zeroed_box(), generation: 0 }
    }
}

impl<T: FixedRecord> Cached<T> {
    /// The latest value; copies and checks it if it is newer than the one that is kept.
    ///
    /// # Errors
    ///
    /// As [`Reader::snapshot`]; the value that was kept is then gone.
    #[inline]
    pub fn refresh(&mut self) -> Result<&T, ReadError> {
        if self.generation == 0 || self.reader.core().generation() > self.generation {
            self.generation = 0;
            self.generation = fields::whole_into(&self.reader, &mut *self.value)?;
        }
        Ok(&self.value)
    }

    /// The generation of the value that is kept, 0 if none is.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "limits.bin")]
    /// #[create_reader(filename = "limits.bin")]
    /// struct Limits {
    ///     speed: u32,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("limits.bin");
    /// let mut writer = LimitsWriter::create_at(&path)?;
    /// let mut limits = LimitsReader::open_at(&path)?.cached();
    /// assert_eq!(limits.generation(), 0);
    /// writer.set_speed(50);
    /// limits.refresh()?;
    /// assert_eq!(limits.generation(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }
}
