//! The reading end of a record file: snapshots and single fields.

mod file_state;
mod status;
mod traits;

pub use self::file_state::{FileState, ReaderFile};

use core::cell::Cell;
use core::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use commy_types::Mappable;

use crate::cached::Cached;
use crate::error::{OpenError, ReadError};
use crate::fields::{self, invalid_field};
use crate::file::{self, Kept, OpenedReader, ReadOptions};
use crate::format::RecordSpec;
use crate::mem::{Arrival, ArrivalInto, Slots, zeroed_box};
use crate::options::ReaderOptions;
use crate::publish::{self, Believed, Proven, ReadFault, STEADY_MIN, SlotMemory as _, Tries};
use crate::record::Record;
use crate::sync::{AtomicU64, Ordering};
use crate::view::View;
use crate::wake::Look;

/// A reader of a record file: any number of them, in any process with read permission.
///
/// `#[create_reader]` makes a type around it with a getter per field. Reading makes no system
/// call, allocates nothing and never waits for the writer or holds it up. It is cheap to clone
/// and can be shared between threads.
///
/// A forked child can read and wait with its parent's readers; the threads behind callbacks and
/// streams are not in it.
pub struct Reader<T: Record> {
    core: Core,
    record: PhantomData<fn() -> T>,
}

/// What a reader needs whatever its record is.
#[derive(Debug)]
struct Core {
    slots: Slots,
    /// Whether the slots are known to be written in this boot, to this file.
    believed: Believed,
    /// The newest generation returned, as far as the steady slot makes it needed.
    returned: AtomicU64,
    file: Arc<OpenedReader>,
}

impl<T: Record> Reader<T> {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// As [`ReaderOptions::open`].
    pub fn open_at(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open(path.as_ref(), ReadOptions::default())
    }

    /// Options for a file of this name, which is resolved as
    /// [`WriterOptions::new`](crate::WriterOptions::new) says.
    pub fn options(filename: &str) -> ReaderOptions<T> {
        ReaderOptions::new(filename)
    }

    pub(crate) fn open(path: &Path, options: ReadOptions) -> Result<Self, OpenError> {
        let file = file::open_reader(path, &RecordSpec::of::<T>(), options)?;
        let slots = file.slots()?;
        if file.options().prefault {
            slots.region().prefault();
        }
        let believed = Believed::new(file.believes_slots(&slots));
        let (returned, file) = (AtomicU64::new(0), Arc::new(file));
        Ok(Self { core: Core { slots, believed, returned, file }, record: PhantomData })
    }

    /// Copies the latest value: all fields from one generation.
    ///
    /// The value is returned on the stack: for a struct of 100 KiB or more, use
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
        fields::field(self, 0)
    }

    /// The same, and tells which generation the value is.
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
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let mut writer = TankWriter::create_at(&path)?;
    /// writer.set_level(0.5);
    /// let reader = TankReader::open_at(&path)?;
    /// let (generation, tank) = reader.snapshot_with_generation()?;
    /// assert_eq!((generation, tank.level), (1, 0.5));
    /// assert!(!reader.changed_since(generation));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot_with_generation(&self) -> Result<(u64, T), ReadError> {
        let mut arrival = Arrival::new();
        let generation = self.read_generation(|payload| arrival.load(payload, 0))?;
        let value = arrival.check(|invalid| invalid_field::<T>(0, invalid))?;
        Ok((generation, value))
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
        fields::whole_into(self, value)
    }

    /// The same, and tells which generation it is.
    pub(crate) fn copy_into(&self, value: &mut T) -> Result<u64, ReadError> {
        let mut arrival = ArrivalInto::new(value);
        let generation = self.read_generation(|payload| arrival.load(payload, 0))?;
        match arrival.check() {
            Ok(()) => Ok(generation),
            Err(invalid) => Err(invalid_field::<T>(0, invalid)),
        }
    }

    /// Copies the one field at byte `offset` of the record, without copying the others.
    ///
    /// The generated getters call this. A wrong offset gives a wrong value or an error, as a
    /// wrong file would; never undefined behaviour.
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
    /// writer.set_valve_open(true);
    ///
    /// let reader = TankReader::open_at(&path)?;
    /// let at = std::mem::offset_of!(Tank, valve_open);
    /// assert!(reader.field::<bool>(at)?);
    /// assert_eq!(reader.pod_field::<u8>(at)?, 1); // any bytes are a `u8`: no check
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn field<F: Mappable>(&self, offset: usize) -> Result<F, ReadError> {
        fields::field(self, offset)
    }

    /// The same for a field of a foreign plain-old-data type.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    #[inline]
    pub fn pod_field<F: bytemuck::Pod>(&self, offset: usize) -> Result<F, ReadError> {
        fields::pod_field(self, offset)
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

    /// A copy of the value that is kept, and renewed only when something was published.
    #[must_use]
    pub fn cached(&self) -> Cached<T> {
        Cached::new(self.clone())
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
        if !self.core.believed.is_set::<Proven>()
            && let Some(kept) = self.core.believe()?
        {
            return read(View::of_kept(kept.words(), kept.generation()));
        }
        let mut tries = Tries::new(self.core.returned.load(Ordering::Relaxed));
        loop {
            let pick = tries.pick::<Proven>(&self.core.slots).map_err(read_error)?;
            let overtaken = Cell::new(false);
            let result = read(View::of_slot(pick, &overtaken));
            if !overtaken.get() {
                self.core.returns(pick.generation);
                return result;
            }
        }
    }

    /// Calls `copy` until what it loaded is of one generation, which is returned. Whether it found
    /// all that it needs, which it says too, is for the caller to see in what was loaded.
    #[inline]
    fn read_generation(
        &self,
        mut copy: impl FnMut(&[AtomicU64]) -> bool,
    ) -> Result<u64, ReadError> {
        match self.read_once(&mut copy) {
            Some((generation, true)) => Ok(generation),
            _ => self.core.read_again(&mut |payload| {
                copy(payload);
            }),
        }
    }

    /// One try of a read; `None` says only that `Core::read_again` is to be called.
    #[inline]
    fn read_once<R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<(u64, R)> {
        if !self.core.believed.is_set::<Proven>() {
            return None;
        }
        let read = publish::read_once::<Proven, R>(&self.core.slots, copy)?;
        // The size of the payload, since the fingerprints are equal.
        if size_of::<T>() >= STEADY_MIN {
            self.core.returns(read.0);
        }
        Some(read)
    }

    /// Looks for a value of a later generation than `generation`: what is read from then on is no
    /// older than what was found.
    pub(crate) fn look_newer(&self, generation: u64) -> Look<u64> {
        let latest = self.generation();
        if latest > generation && self.core.is_believed() {
            self.core.returns(latest);
            return Look::Over(latest);
        }
        Look::NotYet { latest }
    }

    pub(crate) const fn opened(&self) -> &Arc<OpenedReader> {
        &self.core.file
    }
}

impl Core {
    /// The tries after the first one, and whatever else is not the rule.
    #[cold]
    fn read_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        if !self.believed.is_set::<Proven>()
            && let Some(kept) = self.believe()?
        {
            copy(kept.words());
            return Ok(kept.generation());
        }
        let returned = self.returned.load(Ordering::Relaxed);
        let generation = publish::read_again::<Proven>(&self.slots, returned, copy);
        let generation = generation.map_err(read_error)?;
        self.returns(generation);
        Ok(generation)
    }

    /// Notes what was returned, so that the steady slot cannot turn back time.
    #[inline]
    fn returns(&self, generation: u64) {
        if self.slots.steady().is_some() && generation > self.returned.load(Ordering::Relaxed) {
            self.returned.fetch_max(generation, Ordering::Relaxed);
        }
    }

    /// Returns whether a read would get a value, as far as the session says.
    fn is_believed(&self) -> bool {
        self.believed.is_set::<Proven>() || self.believe().is_ok()
    }

    /// Looks again whether a writer of this boot has published. Until then there may be a
    /// checkpoint to show.
    #[cold]
    fn believe(&self) -> Result<Option<&Kept>, ReadError> {
        match (self.file.vouched(), self.file.kept()) {
            (Ok(()), _) => {
                self.believed.set::<Proven>();
                Ok(None)
            }
            (Err(_), Some(kept)) => Ok(Some(kept)),
            (Err(error), None) => Err(error),
        }
    }

    fn generation(&self) -> u64 {
        if !self.believed.is_set::<Proven>()
            && let Ok(Some(kept)) = self.believe()
        {
            return kept.generation();
        }
        self.slots.latest().load(Ordering::Relaxed)
    }
}

#[cold]
fn read_error(fault: ReadFault) -> ReadError {
    match fault {
        ReadFault::Empty => ReadError::Empty,
        ReadFault::Contended(tries) => ReadError::Contended { tries },
        ReadFault::Generation(found) => {
            let (what, expected) = ("latest generation", Box::from("at most 2^62"));
            ReadError::Corrupt { what, found, expected }
        }
    }
}
