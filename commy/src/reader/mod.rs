//! The reading end of a record file: snapshots and single fields.

mod file;
mod parts;
mod patience;
mod state;
mod traits;

pub use self::file::ReaderFile;
pub use self::state::FileState;
pub use self::traits::debug_reader;

use std::path::Path;

use commy_types::ByValue;

use crate::error::{OpenError, ReadError};
use crate::fields;
use crate::file::ReadOptions;
use crate::mem::{Zeros, zeroed_box};
use crate::record::FixedRecord;
use crate::untyped::ReaderCore;
use crate::view::{Behind, View};

/// A reader of a record file: any number of them, in any process with read permission.
///
/// `#[create_reader]` makes a type around it with a getter per field. Reading makes no system
/// call, allocates nothing and never waits for the writer or holds it up. It is cheap to clone
/// and can be shared between threads.
///
/// A forked child can read and wait with its parent's readers; the threads behind callbacks and
/// streams are not in it.
pub struct Reader<T: FixedRecord> {
    behind: Behind<T>,
}

impl<T: FixedRecord> Reader<T> {
    pub(crate) fn open(path: &Path, options: ReadOptions) -> Result<Self, OpenError> {
        let core = ReaderCore::open(path, T::spec(), options)?;
        Ok(Self { behind: Behind { core, zeros: Zeros::new() } })
    }

    pub(crate) const fn core(&self) -> &ReaderCore {
        &self.behind.core
    }

    #[inline]
    const fn zeros(&self) -> &Zeros<T> {
        &self.behind.zeros
    }

    /// At which byte of the record the part is that `part` picks.
    pub(crate) fn place_of<F>(&self, part: impl FnOnce(&T) -> &F) -> usize {
        self.zeros().offset_of(part)
    }

    /// Copies the latest value: all fields from one generation.
    ///
    /// The value is returned on the stack. One of more than 256 KiB is refused at compile time: use
    /// [`snapshot_into`](Self::snapshot_into), [`snapshot_boxed`](Self::snapshot_boxed) or
    /// [`cached`](Self::cached).
    ///
    /// # Errors
    ///
    /// - [`ReadError::Empty`]: nothing was published yet.
    /// - [`ReadError::Contended`]: every copy was overtaken by several publishes, 64 times. For a
    ///   record of more than 4096 bytes, 16 more tries then also take a value that is behind the
    ///   latest, but never an older one than this reader has returned before.
    /// - [`ReadError::Invalid`]: the bytes are no value of the type; names the field.
    /// - [`ReadError::NeedsWriter`]: the file was copied, or outlived a reboot, and no writer
    ///   vouches for it yet. With checkpoints, the value of the last flush is shown instead.
    /// - [`ReadError::Corrupt`]: somebody has damaged the word that names the latest generation.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{ReadError, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    ///     valve_open: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let mut writer = TankWriter::create_at(&path)?;
    /// let reader = TankReader::open_at(&path)?;
    /// assert!(matches!(reader.snapshot(), Err(ReadError::Empty)));
    ///
    /// writer.publish(&Tank { level: 0.5, valve_open: true });
    /// let tank = reader.snapshot()?;
    /// assert_eq!((tank.level, tank.valve_open), (0.5, true));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot(&self) -> Result<T, ReadError> {
        let () = ByValue::<T, Self>::SNAPSHOT;
        fields::field::<T, T>(self, 0)
    }

    /// Copies the latest value into the caller's, without moving a large one twice.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); `value` is then the all-zero value.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     levels: [f64; 100_000],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let mut writer = TankWriter::create_at(&path)?;
    /// writer.update(|tank| tank.levels[7] = 0.5);
    ///
    /// let reader = TankReader::open_at(&path)?;
    /// let mut tank = reader.snapshot_boxed()?; // allocates once
    /// writer.update(|tank| tank.levels[7] = 0.75);
    /// reader.snapshot_into(&mut tank)?;
    /// assert_eq!(tank.levels[7], 0.75);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot_into(&self, value: &mut T) -> Result<(), ReadError> {
        fields::whole_into(self, value).map(drop)
    }

    /// Copies the latest value into a box of its own: a large one never crosses the stack.
    ///
    /// This allocates; [`cached`](Self::cached) and [`snapshot_into`](Self::snapshot_into) reuse
    /// what is there.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "frame.bin")]
    /// #[create_reader(filename = "frame.bin")]
    /// struct Frame {
    ///     pixels: [u32; 1 << 20],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("frame.bin");
    /// let mut writer = FrameWriter::create_at(&path)?;
    /// writer.update(|frame| frame.pixels[7] = 9);
    ///
    /// let frame: Box<Frame> = FrameReader::open_at(&path)?.snapshot_boxed()?;
    /// assert_eq!(frame.pixels[7], 9);
    /// # Ok(())
    /// # }
    /// ```
    pub fn snapshot_boxed(&self) -> Result<Box<T>, ReadError> {
        let mut value = zeroed_box();
        self.snapshot_into(&mut *value)?;
        Ok(value)
    }

    /// Reads several fields of one generation, without copying the others.
    ///
    /// Every field that the view gives out is of the generation that it stands for. When that is
    /// overwritten meanwhile, the view's getters return [`ReadError::Overtaken`], and `read` is
    /// called again with a view of a newer one, whatever it returned: it should pass errors on
    /// and change nothing outside.
    ///
    /// # Errors
    ///
    /// What `read` returns for a generation that lasted, or as [`snapshot`](Self::snapshot).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "boat.bin")]
    /// #[create_reader(filename = "boat.bin")]
    /// struct Boat {
    ///     east: f64,
    ///     north: f64,
    ///     depths: [f32; 100_000],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("boat.bin");
    /// let mut writer = BoatWriter::create_at(&path)?;
    /// writer.batch(|boat| {
    ///     boat.set_east(3.0);
    ///     boat.set_north(4.0);
    /// });
    ///
    /// let reader = BoatReader::open_at(&path)?;
    /// let (east, north) = reader.read(|boat| Ok((boat.east()?, boat.north()?)))?;
    /// assert_eq!(east.hypot(north), 5.0);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn read<R>(
        &self,
        mut read: impl FnMut(View<'_, T>) -> Result<R, ReadError>,
    ) -> Result<R, ReadError> {
        self.behind.core.read(|moment| read(View::new(moment, &self.behind)))
    }
}
