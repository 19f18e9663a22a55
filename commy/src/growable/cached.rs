//! A value that is loaded once per generation.

use core::fmt;

use super::reader::Reader;
use super::record::GrowableRecord;
use crate::error::ReadError;

/// A value of a growable record, renewed when it is asked for and something was published.
///
/// | [`refresh`](Self::refresh) | cost |
/// |---|---|
/// | nothing was published | one load |
/// | anything was published | as [`snapshot_into`](Reader::snapshot_into): all of the value is read, however little has changed |
///
/// The texts and byte vectors of the value are used again, so that a value that fits in them takes no
/// new memory. For one field of a large value, the accessors of the reader cost less.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "motd.bin", growable)]
/// #[create_reader(filename = "motd.bin", growable)]
/// struct Message {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("motd.bin");
/// let mut writer = MessageWriter::create_at(&path)?;
/// writer.set_text("good morning")?;
///
/// let mut message = MessageReader::open_at(&path)?.cached();
/// assert_eq!(message.refresh()?.text, "good morning");
/// writer.set_text("good night")?;
/// assert_eq!(message.refresh()?.text, "good night");
/// # Ok(())
/// # }
/// ```
pub struct Cached<T: GrowableRecord> {
    reader: Reader<T>,
    /// What was loaded last, even if that ended half-way: its buffers are used again.
    value: Option<T>,
    /// The generation of `value`; 0 when it is none.
    generation: u64,
}

impl<T: GrowableRecord> Reader<T> {
    /// A value that is kept, and loaded again only when something was published.
    ///
    /// # Examples
    ///
    /// See [`Cached`].
    #[must_use]
    pub fn cached(&self) -> Cached<T> {
        Cached { reader: self.clone(), value: None, generation: 0 }
    }
}

impl<T: GrowableRecord> Cached<T> {
    /// The latest value; loads it if it is newer than the one that is kept.
    ///
    /// # Errors
    ///
    /// As [`Reader::snapshot`]; the value that was kept is then gone.
    pub fn refresh(&mut self) -> Result<&T, ReadError> {
        let Self { reader, value, generation } = self;
        if *generation == 0 || reader.file().changed_since(*generation) {
            *generation = 0;
            *generation = reader.read(|view| {
                match value {
                    Some(value) => view.snapshot_into(value)?,
                    None => *value = Some(view.snapshot()?),
                }
                Ok(view.generation())
            })?;
        }
        value.as_ref().ok_or(ReadError::Empty)
    }

    /// The generation of the value that is kept, 0 if none is.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "motd.bin", growable)]
    /// #[create_reader(filename = "motd.bin", growable)]
    /// struct Message {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("motd.bin");
    /// let mut writer = MessageWriter::create_at(&path)?;
    /// let mut message = MessageReader::open_at(&path)?.cached();
    /// assert_eq!(message.generation(), 0);
    /// writer.set_text("good morning")?;
    /// message.refresh()?;
    /// assert_eq!(message.generation(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }
}

impl<T: GrowableRecord> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("reader", &self.reader)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}
