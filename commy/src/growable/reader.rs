//! The reading end of a growable record.

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use super::at::At;
use super::cell::Cell;
use super::core::ReaderCore;
use super::fault::Fault;
use super::record::{GrowableRecord, named};
use super::snap::Snap;
use super::source::{Part, Source, sealed};
use super::view::View;
use crate::error::ReadError;
use crate::untyped::{self, WaitOutcome};
use crate::wait::{compare, wait_part};

/// A reader of a growable record: any number of them, in any process with read permission.
///
/// `#[create_reader(.., growable)]` makes a type around it with an accessor per field. A reader
/// stores nothing in the file and takes no lock; a short read makes no system call, but for the
/// first one after the file has grown. Only who holds a generation takes a lock, which the kernel
/// drops with the process.
///
/// It is cheap to clone and can be shared between threads.
pub struct Reader<T: GrowableRecord> {
    core: ReaderCore,
    record: PhantomData<fn() -> T>,
}

impl<T: GrowableRecord> Reader<T> {
    pub(super) const fn new(core: ReaderCore) -> Self {
        Self { core, record: PhantomData }
    }

    pub(super) const fn core(&self) -> &ReaderCore {
        &self.core
    }

    /// The whole value, all of one generation.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Empty`]: nothing was published yet.
    /// - [`ReadError::Contended`]: every try was overtaken, and a generation could not be held.
    /// - [`ReadError::Evicted`]: the generation was held while it was read, and the writer needed its
    ///   room: read again.
    /// - [`ReadError::TooLarge`]: the value takes more memory than
    ///   [`max_load`](super::ReaderOptions::max_load).
    /// - [`ReadError::Corrupt`], [`ReadError::Invalid`]: the file is damaged.
    /// - [`ReadError::NeedsWriter`]: the file was copied, or outlived a reboot, and no writer
    ///   vouches for it yet.
    pub fn snapshot(&self) -> Result<T, ReadError> {
        self.read(|view| view.snapshot())
    }

    /// The same into a value that is there, whose buffers are used again.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); `value` may then have fields of both values.
    pub fn snapshot_into(&self, value: &mut T) -> Result<(), ReadError> {
        self.read(|view| view.snapshot_into(value))
    }

    /// Reads several things of one generation.
    ///
    /// When the generation is overtaken meanwhile, `read` is called again with a view of a newer
    /// one, which is held for the call if the system has locks: it should change nothing outside.
    ///
    /// # Errors
    ///
    /// What `read` returns for a generation that lasted, or as [`snapshot`](Self::snapshot).
    pub fn read<R>(
        &self,
        read: impl FnMut(View<'_, T>) -> Result<R, ReadError>,
    ) -> Result<R, ReadError> {
        self.try_read(read)
    }

    /// The same with an error type of one's own.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn try_read<R, E: From<ReadError>>(
        &self,
        mut read: impl FnMut(View<'_, T>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.core.read(|view| read(View::new(view)))
    }

    /// A view of the latest generation that stays for as long as it is held.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Empty`]: nothing was published yet.
    /// - [`ReadError::PinRefused`]: the system, or the file system, has no locks for it, or the
    ///   reader was opened with [`PinPolicy::Never`](super::PinPolicy::Never).
    /// - [`ReadError::Contended`]: each generation was gone before it could be held.
    /// - [`ReadError::NeedsWriter`], [`ReadError::Corrupt`]: as [`snapshot`](Self::snapshot).
    /// - [`ReadError::Forked`]: the reader is that of the parent process.
    pub fn pin(&self) -> Result<View<'_, T>, ReadError> {
        self.core.pin_core().map(View::new)
    }

    /// The same with this reader in it: it can be kept in a struct, and given to a thread.
    ///
    /// # Errors
    ///
    /// As [`pin`](Self::pin).
    pub fn into_pinned(self) -> Result<View<'static, T>, ReadError> {
        self.core.into_pinned().map(View::new)
    }

    /// Waits for the next publish, at most for `timeout`: see
    /// [`Reader::wait`](crate::Reader::wait).
    pub fn wait(&self, timeout: Duration) -> WaitOutcome {
        self.wait_newer(self.core.untyped().generation(), timeout)
    }

    /// Waits until there is a value of a later generation than `generation`: see
    /// [`Reader::wait_newer`](crate::Reader::wait_newer).
    pub fn wait_newer(&self, generation: u64, timeout: Duration) -> WaitOutcome {
        untyped::wait_newer(self.core.untyped(), generation, timeout)
    }

    /// Waits until what `read` makes of the record differs from `last`, at most for `timeout`; `last` is
    /// then the new value. See [`Reader::wait_changed_by`](crate::Reader::wait_changed_by).
    ///
    /// `read` is called with a view of each generation that is looked at, as by [`read`](Self::read):
    /// what it loads takes memory as any read does.
    ///
    /// # Errors
    ///
    /// What `read` returns for a generation that lasted, or as [`snapshot`](Self::snapshot). After
    /// [`ReadError::Contended`] and [`ReadError::Evicted`] it reads on, and returns these when the time is
    /// over.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::collections::BTreeMap;
    /// use std::time::Duration;
    ///
    /// use commy::{WaitOutcome, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "rates.bin", growable)]
    /// #[create_reader(filename = "rates.bin", growable)]
    /// struct Rates {
    ///     rates: BTreeMap<String, u64>,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("rates.bin");
    /// let mut writer = RatesWriter::create_at(&path)?;
    /// let reader = RatesReader::open_at(&path)?;
    /// let mut euro = None;
    /// writer.rates_mut().insert("EUR", 108)?;
    /// let outcome =
    ///     reader.wait_changed_by(|it| it.rates().get("EUR"), &mut euro, Duration::MAX)?;
    /// assert_eq!((outcome, euro), (WaitOutcome::Newer(1), Some(108)));
    /// writer.rates_mut().insert("GBP", 125)?;
    /// let outcome =
    ///     reader.wait_changed_by(|it| it.rates().get("EUR"), &mut euro, Duration::ZERO)?;
    /// assert_eq!(outcome, WaitOutcome::TimedOut);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_changed_by<R: PartialEq>(
        &self,
        mut read: impl FnMut(View<'_, T>) -> Result<R, ReadError>,
        last: &mut R,
        timeout: Duration,
    ) -> Result<WaitOutcome, ReadError> {
        wait_part(self.core.untyped(), timeout, || {
            let read = |view: View<'_, T>| Ok((view.generation(), read(view)?));
            let (generation, new) = self.read(read)?;
            Ok((generation, compare(last, new)))
        })
    }
}

impl<T: GrowableRecord> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self { core: self.core.clone(), record: PhantomData }
    }
}

impl<T: GrowableRecord> sealed::Source for Reader<T> {}

impl<T: GrowableRecord> Source for Reader<T> {
    type Proxied = Self;

    #[inline]
    fn proxied(&self) -> &Self {
        self
    }

    type Value<'a, C: Cell> = C::Value;

    #[inline]
    fn run<R>(
        &self,
        part: Part,
        read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        self.core.run(part, read).map_err(|error| named::<T>(error, part.start))
    }

    #[inline]
    fn value<C: Cell>(&self, snap: &Snap<'_>, at: At) -> Result<C::Value, Fault> {
        C::load(snap, at)
    }
}

impl<T: GrowableRecord> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("record", &T::NAME)
            .field("path", &self.core.untyped().file().path())
            .finish_non_exhaustive()
    }
}
