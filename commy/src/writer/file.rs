//! What a writer knows of its file besides the value.

use core::fmt;
use std::path::Path;

use super::Writer;
use crate::file::Recovered;
use crate::record::FixedRecord;
use crate::untyped::WriterCore;

/// What a writer knows of its file besides the value; made by [`Writer::file`].
///
/// # Examples
///
/// See [`is_superseded`](Self::is_superseded).
#[derive(Clone, Copy)]
pub struct WriterFile<'w> {
    core: &'w WriterCore,
}

impl<T: FixedRecord> Writer<T> {
    /// What this writer knows of its file besides the value.
    #[must_use]
    pub const fn file(&self) -> WriterFile<'_> {
        WriterFile { core: &self.core }
    }
}

impl<'w> WriterFile<'w> {
    /// The count of publishes that this file has seen; 0 before the first.
    #[inline]
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.core.generation()
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &'w Path {
        self.core.file().path()
    }

    /// Where the writer has its first value from, and so what a restart of the machine has cost.
    #[inline]
    #[must_use]
    pub const fn recovered(&self) -> Recovered {
        self.core.recovered()
    }

    /// Returns whether this file is no longer what readers find at its path: it was removed, moved,
    /// replaced or cut off, so that what is published is published to nobody.
    ///
    /// No publish looks for that, because it would take a system call; [`flush`](super::Writer::flush) does.
    /// A daemon that publishes for a long time asks now and then, and creates its writer again. Of a
    /// file that was cut off nothing may be touched: the next publish ends the process by `SIGBUS`, as
    /// does the first [`get`](super::Writer::get) after a [`publish`](super::Writer::publish), but
    /// dropping the writer does not.
    ///
    /// Makes system calls.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{FlushError, create_writer};
    ///
    /// #[create_writer(filename = "pump.bin")]
    /// struct Pump {
    ///     pressure: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("pump.bin");
    /// let mut writer = PumpWriter::create_at(&path)?;
    /// writer.set_pressure(2.5);
    /// assert!(!writer.file().is_superseded());
    ///
    /// std::fs::remove_file(&path)?; // as an eager cleaner of temporary files does
    /// writer.set_pressure(2.6); // nobody sees it
    /// assert!(writer.file().is_superseded());
    /// assert!(matches!(writer.flush(), Err(FlushError::Superseded { .. })));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.core.file().is_superseded()
    }

    /// Whether what is flushed outlasts a power cut, as far as this system tells: the writer keeps
    /// checkpoints ([`durable`](crate::WriterOptions::durable)), and on a file system that is not
    /// in memory (tmpfs, ramfs) and not made of layers (overlayfs: what lies below is not known).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "odometer.bin")]
    /// struct Odometer {
    ///     metres: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("odometer.bin");
    /// let odometer = OdometerWriter::options().path(&path).durable(true).create()?;
    /// if !odometer.file().is_durable() {
    ///     eprintln!("a restart of this machine loses the distance");
    /// }
    /// # drop(odometer);
    /// let odometer = OdometerWriter::options().path(&path).create()?;
    /// assert!(!odometer.file().is_durable());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.core.file().is_durable()
    }
}

impl fmt::Debug for WriterFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterFile")
            .field("path", &self.path())
            .field("generation", &self.generation())
            .finish()
    }
}
