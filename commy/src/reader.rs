//! The reading end of a record file: snapshots and single fields.

use core::marker::PhantomData;
use core::sync::atomic::AtomicBool;
use std::path::Path;
use std::sync::Arc;

use commy_types::{FieldSource, Invalid, InvalidReason, Mappable, Sequence};

use crate::error::{OpenError, ReadError};
use crate::file::{self, Kept, OpenedReader, ReadOptions, RecordSpec, State, WriterState};
use crate::mem::{Arrival, ArrivalInto, Slots, load_pod};
use crate::notify::WaitOutcome;
use crate::options::ReaderOptions;
use crate::publish::{self, MAX_TRIES, Proven, ReadFault, SlotMemory as _};
use crate::record::Record;
use crate::sync::{AtomicU64, Ordering, fence};

/// A reader of a record file: any number of them, in any process with read permission.
///
/// `#[create_reader]` makes a type around it with a getter per field. Reading makes no system
/// call, allocates nothing and never waits for the writer or holds it up. It is cheap to clone
/// and can be shared between threads.
///
/// A forked child can read and wait with its parent's readers; the threads behind callbacks and
/// streams are not in it.
///
/// # Examples
///
/// See [`Writer`](crate::Writer).
#[derive(Debug)]
pub struct Reader<T: Record> {
    pub(crate) core: Core,
    record: PhantomData<fn() -> T>,
}

/// What a reader needs whatever its record is.
#[derive(Debug)]
pub(crate) struct Core {
    slots: Slots,
    /// Whether the slots are known to be written in this boot, to this file.
    believed: AtomicBool,
    file: Arc<OpenedReader>,
}

impl<T: Record> Reader<T> {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
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
        let believed = AtomicBool::new(file.believes_slots(&slots));
        Ok(Self { core: Core { slots, believed, file: Arc::new(file) }, record: PhantomData })
    }

    /// Copies the latest value: all fields from one generation.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Empty`]: nothing was published yet.
    /// - [`ReadError::Contended`]: every copy was overtaken by several publishes.
    /// - [`ReadError::Invalid`]: the bytes are no value of the type; names the field.
    /// - [`ReadError::NeedsWriter`]: the file was copied, or outlived a reboot, and no writer
    ///   vouches for it yet. With checkpoints, the value of the last flush is shown instead.
    #[inline]
    pub fn snapshot(&self) -> Result<T, ReadError> {
        self.snapshot_with_generation().map(|(_, value)| value)
    }

    /// The same, and tells which generation the value is.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    #[inline]
    pub fn snapshot_with_generation(&self) -> Result<(u64, T), ReadError> {
        let mut arrival = Arrival::new();
        let generation = self.core.read(|payload| arrival.load(payload, 0))?;
        match arrival.check() {
            Ok(value) => Ok((generation, value)),
            Err(invalid) => Err(invalid_field::<T>(0, invalid)),
        }
    }

    /// Copies the latest value into the caller's, without moving a large one twice.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); `value` is then the all-zero value.
    #[inline]
    pub fn snapshot_into(&self, value: &mut T) -> Result<(), ReadError> {
        let mut arrival = ArrivalInto::new(value);
        self.core.read(|payload| arrival.load(payload, 0))?;
        arrival.check().map_err(|invalid| invalid_field::<T>(0, invalid))
    }

    /// Copies the one field at byte `offset` of the record, without copying the others.
    ///
    /// The generated getters call this. A wrong offset gives a wrong value or an error, as a
    /// wrong file would; never undefined behaviour.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    #[inline]
    pub fn field<F: Mappable>(&self, offset: usize) -> Result<F, ReadError> {
        let mut arrival = Arrival::new();
        self.core.read(|payload| arrival.load_used(payload, offset))?;
        arrival.check().map_err(|invalid| invalid_field::<T>(offset, invalid))
    }

    /// The same for a field of a foreign plain-old-data type.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot).
    #[inline]
    pub fn pod_field<F: bytemuck::Pod>(&self, offset: usize) -> Result<F, ReadError> {
        let mut value = F::zeroed();
        let mut filled = false;
        self.core.read(|payload| filled = load_pod(payload, offset, &mut value))?;
        if filled {
            return Ok(value);
        }
        let reason = InvalidReason::Missing { size: size_of::<F>() };
        Err(invalid_field::<T>(offset, Invalid::new(0, reason)))
    }

    /// The latest generation: one load. 0 before the first publish.
    #[inline]
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.core.generation()
    }

    /// Returns whether something was published after `generation`: one load.
    #[inline]
    #[must_use]
    pub fn changed_since(&self, generation: u64) -> bool {
        self.generation() > generation
    }

    /// Returns whether this file was replaced by another one or removed, so that
    /// [`reopen`](Self::reopen) would open a different file or none.
    ///
    /// Makes a system call, unless the writer itself marked the file.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.core.file.is_superseded()
    }

    /// Tells whether the file has a writer now; its value stays readable without one.
    ///
    /// Makes system calls, which disturb neither the writer nor other readers.
    #[must_use]
    pub fn writer_alive(&self) -> WriterState {
        self.core.file.writer_state()
    }

    /// Opens the file that is now at the path; on an error, the reader is as it was.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn reopen(&mut self) -> Result<(), OpenError> {
        *self = Self::open(self.core.file.path(), self.core.file.options().clone())?;
        Ok(())
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.core.file.path()
    }

    /// Looks whether a wait for more than `generation` is over; if not, returns the latest
    /// generation.
    pub(crate) fn look(&self, generation: u64) -> Result<WaitOutcome, u64> {
        let state = self.core.file.state();
        // SYNC S3: the state before `latest`; pairs with S3 in `Mapped::store_state`. Whoever
        // sees that the file is closed sees the last publish.
        fence(Ordering::Acquire);
        let latest = self.generation();
        if latest > generation && self.core.is_believed() {
            return Ok(WaitOutcome::Newer(latest));
        }
        match state {
            Some(State::Superseded) => Ok(WaitOutcome::Superseded),
            Some(State::Closed) => Ok(WaitOutcome::Closed),
            _ => Err(latest),
        }
    }

    pub(crate) const fn file(&self) -> &Arc<OpenedReader> {
        &self.core.file
    }
}

impl<T: Record> FieldSource for Reader<T> {
    type Error = ReadError;

    #[inline]
    fn field<F: Mappable>(&self, offset: usize) -> Result<F, ReadError> {
        Self::field(self, offset)
    }

    #[inline]
    fn pod_field<F: bytemuck::Pod>(&self, offset: usize) -> Result<F, ReadError> {
        Self::pod_field(self, offset)
    }

    #[inline]
    fn sequence_len<S: Sequence>(&self, offset: usize) -> Result<usize, ReadError> {
        Self::sequence_len::<S>(self, offset)
    }

    #[inline]
    fn element<S: Sequence>(
        &self,
        offset: usize,
        index: usize,
    ) -> Result<Option<S::Item>, ReadError> {
        Self::element::<S>(self, offset, index)
    }
}

impl<T: Record> Clone for Reader<T> {
    /// Another handle to the same mapping.
    fn clone(&self) -> Self {
        let Core { slots, believed, file } = &self.core;
        let believed = AtomicBool::new(believed.load(Ordering::Relaxed));
        let core = Core { slots: slots.clone(), believed, file: Arc::clone(file) };
        Self { core, record: PhantomData }
    }
}

impl Core {
    #[inline]
    pub(crate) fn read(&self, mut copy: impl FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        if !self.believed.load(Ordering::Relaxed)
            && let Some(kept) = self.believe()?
        {
            copy(kept.words());
            return Ok(kept.generation());
        }
        publish::read::<Proven>(&self.slots, copy).map_err(read_error)
    }

    /// Returns whether a read would get a value, as far as the session says.
    fn is_believed(&self) -> bool {
        self.believed.load(Ordering::Relaxed) || self.believe().is_ok()
    }

    /// Looks again whether a writer of this boot has published. Until then there may be a
    /// checkpoint to show.
    #[cold]
    fn believe(&self) -> Result<Option<&Kept>, ReadError> {
        match (self.file.vouched(), self.file.kept()) {
            (Ok(()), _) => {
                self.believed.store(true, Ordering::Relaxed);
                Ok(None)
            }
            (Err(_), Some(kept)) => Ok(Some(kept)),
            (Err(error), None) => Err(error),
        }
    }

    fn generation(&self) -> u64 {
        if !self.believed.load(Ordering::Relaxed)
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
        ReadFault::Contended => ReadError::Contended { tries: MAX_TRIES },
        ReadFault::Generation(found) => {
            ReadError::Corrupt { what: "latest generation", found, expected: "at most 2^62" }
        }
    }
}

#[cold]
pub(crate) fn invalid_field<T: Mappable>(offset: usize, invalid: Invalid) -> ReadError {
    let Invalid { offset, reason } = invalid.shifted(offset);
    ReadError::Invalid { field: T::SCHEMA.path_at(offset).to_string(), reason }
}
