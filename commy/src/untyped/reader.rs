//! The reading end of a file: words of one generation.

use std::path::Path;
use std::sync::Arc;

use crate::error::{OpenError, ReadError};
use crate::file::{self, Kept, OpenedReader, ReadOptions};
use crate::format::RecordSpec;
use crate::format::control::Word;
use crate::format::header::HEADER_LEN;
use crate::mem::Slots;
use crate::publish::{
    self, Believed, Moment, Overtaken, Proven, ReadFault, STEADY_MIN, SlotMemory as _,
};
use crate::sync::{AtomicU64, Ordering};
use crate::wake::Look;

/// Where the words of a record come from: the latest generation, or the one that a view shows.
///
/// Every load is tried once in line, and only if that fails again out of line: the first copy is
/// almost always whole, and what comes after it would cost the registers of the first.
pub(crate) trait Load {
    /// Calls `copy` with the payload, or not at all; returns the generation and what it returned if
    /// what it loaded is of that one. If not, [`load_again`](Self::load_again) is to be called.
    fn load_once<R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<(u64, R)>;

    /// Calls `copy` with the payload until what it loaded is of one generation, which is returned.
    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<u64, ReadError>;

    /// Both, for what is small enough to be kept in memory between them.
    #[inline]
    fn load(&self, mut copy: impl FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        match self.load_once(&mut copy) {
            Some((generation, ())) => Ok(generation),
            None => self.load_again(&mut copy),
        }
    }
}

/// A file that is open for reading, and what this reader has seen of it.
#[derive(Debug)]
pub(crate) struct ReaderCore {
    slots: Slots,
    /// Whether the slots are known to be written in this boot, to this file.
    believed: Believed,
    /// The newest generation returned, as far as the steady slot makes it needed.
    returned: AtomicU64,
    file: Arc<OpenedReader>,
}

impl ReaderCore {
    /// Opens the file at `path`, which must hold the record that `spec` describes.
    ///
    /// # Errors
    ///
    /// As [`file::open_reader`].
    pub(crate) fn open(
        path: &Path,
        spec: &RecordSpec,
        options: ReadOptions,
    ) -> Result<Self, OpenError> {
        Ok(Self::on(file::open_reader(path, spec, options)?))
    }

    /// Opens the file at `path`, whatever record it holds, and tells which one that is.
    ///
    /// # Errors
    ///
    /// As [`file::open_any_reader`].
    pub(crate) fn open_any(
        path: &Path,
        options: ReadOptions,
    ) -> Result<(Self, RecordSpec), OpenError> {
        let (file, spec) = file::open_any_reader(path, options)?;
        Ok((Self::on(file), spec))
    }

    fn on(file: OpenedReader) -> Self {
        let slots = file.slots().clone();
        if file.options().prefault {
            slots.region().prefault();
        }
        let believed = Believed::new(file.believes_slots());
        Self { slots, believed, returned: AtomicU64::new(0), file: Arc::new(file) }
    }

    /// The file.
    #[inline]
    pub(crate) const fn file(&self) -> &Arc<OpenedReader> {
        &self.file
    }

    /// The slots.
    #[inline]
    pub(crate) const fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The latest generation; 0 before the first publish.
    pub(crate) fn generation(&self) -> u64 {
        if !self.believed.is_set::<Proven>()
            && let Ok(Some(kept)) = self.believe()
        {
            return kept.generation();
        }
        self.slots.latest().load(Ordering::Relaxed)
    }

    /// Whether the slots were found to be of this boot and this file.
    pub(crate) fn has_believed(&self) -> bool {
        self.believed.is_set::<Proven>()
    }

    /// Returns whether nothing was published, as far as the slots say.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.latest().load(Ordering::Relaxed) == 0
    }

    /// One try of a load of a payload of `size` bytes: a constant, for those who know it.
    #[inline]
    pub(crate) fn load_sized<R>(
        &self,
        size: usize,
        copy: impl FnOnce(&[AtomicU64]) -> R,
    ) -> Option<(u64, R)> {
        if !self.believed.is_set::<Proven>() {
            return None;
        }
        let read = publish::read_once::<Proven, R>(&self.slots, copy)?;
        if size >= STEADY_MIN {
            self.returns(read.0);
        }
        Some(read)
    }

    /// Calls `read` with one generation after the other until one lasts.
    ///
    /// # Errors
    ///
    /// As [`Load::load_again`], and what `read` returns.
    #[inline]
    pub(crate) fn read<R>(
        &self,
        read: impl FnMut(Moment<'_>) -> Result<R, ReadError>,
    ) -> Result<R, ReadError> {
        if !self.believed.is_set::<Proven>()
            && let Some(kept) = self.believe()?
        {
            return read_kept(kept, read);
        }
        let returned = || self.returned.load(Ordering::Relaxed);
        let lasted = |generation| self.returns(generation);
        publish::read_moment::<Proven, _, _>(&self.slots, returned, read, lasted)
    }

    /// When the latest generation was published, in nanoseconds since 1970; 0 for not known.
    ///
    /// # Errors
    ///
    /// As [`Load::load_again`].
    pub(crate) fn time_of_latest(&self) -> Result<u64, ReadError> {
        if !self.believed.is_set::<Proven>()
            && let Some(kept) = self.believe()?
        {
            return Ok(publish::time_of_latest(kept));
        }
        let returned = self.returned.load(Ordering::Relaxed);
        let (generation, (), time) =
            publish::read_stamped::<Proven, _>(&self.slots, returned, |_| ())?;
        self.returns(generation);
        Ok(time)
    }

    /// The same of the generation that a view of this reader shows.
    ///
    /// # Errors
    ///
    /// `Overtaken`.
    pub(crate) fn time_of(&self, moment: &Moment<'_>) -> Result<u64, ReadError> {
        // One of both has the slot.
        let of_kept = |slot| self.file.kept().and_then(|kept| kept.stamp_of(slot));
        let stamp = |slot| self.slots.stamp_of(slot).or_else(|| of_kept(slot));
        moment.published::<Proven>(stamp).map_err(|Overtaken| ReadError::Overtaken)
    }

    /// Looks for a value of a later generation than `generation`: what is read from then on is no
    /// older than what was found.
    pub(crate) fn look_newer(&self, generation: u64) -> Look<u64> {
        let latest = self.generation();
        if latest > generation && self.is_believed() {
            self.returns(latest);
            return Look::Over(latest);
        }
        Look::NotYet { latest }
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

    /// Asks whether a read would get a value from the slots, as far as the session says.
    ///
    /// # Errors
    ///
    /// [`ReadError::Empty`], [`ReadError::NeedsWriter`].
    #[inline]
    pub(crate) fn check_believed(&self) -> Result<(), ReadError> {
        if self.believed.is_set::<Proven>() { Ok(()) } else { self.believe().map(drop) }
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
}

impl Load for ReaderCore {
    #[inline]
    fn load_once<R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<(u64, R)> {
        self.load_sized(self.slots.payload_words() * 8, copy)
    }

    /// The tries after the first one, and whatever else is not the rule.
    #[cold]
    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        if !self.believed.is_set::<Proven>()
            && let Some(kept) = self.believe()?
        {
            return Ok(publish::read_again::<Proven>(kept, 0, copy)?);
        }
        let returned = self.returned.load(Ordering::Relaxed);
        let generation = publish::read_again::<Proven>(&self.slots, returned, copy)?;
        self.returns(generation);
        Ok(generation)
    }
}

impl Clone for ReaderCore {
    /// Another handle to the same mapping.
    fn clone(&self) -> Self {
        let Self { slots, believed, returned, file } = self;
        let believed = Believed::new(believed.is_set::<Proven>());
        let returned = AtomicU64::new(returned.load(Ordering::Relaxed));
        Self { slots: slots.clone(), believed, returned, file: Arc::clone(file) }
    }
}

/// The same as [`ReaderCore::read`] for what nobody writes.
#[cold]
#[inline(never)]
fn read_kept<R>(
    kept: &Kept,
    read: impl FnMut(Moment<'_>) -> Result<R, ReadError>,
) -> Result<R, ReadError> {
    publish::read_moment::<Proven, _, _>(kept, || 0, read, |_| ())
}

impl Load for Moment<'_> {
    #[inline]
    fn load_once<R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<(u64, R)> {
        Some((self.generation(), Moment::load_once::<Proven, R>(self, copy)?))
    }

    #[cold]
    fn load_again(&self, copy: &mut dyn FnMut(&[AtomicU64])) -> Result<u64, ReadError> {
        match Moment::load_again::<Proven>(self, copy) {
            Ok(()) => Ok(self.generation()),
            Err(Overtaken) => Err(ReadError::Overtaken),
        }
    }
}

impl From<ReadFault> for ReadError {
    #[cold]
    fn from(fault: ReadFault) -> Self {
        // Where `latest` is in all files that commy makes.
        const LATEST: u64 = HEADER_LEN as u64 + Word::Latest.offset() as u64;
        match fault {
            ReadFault::Empty => Self::Empty,
            ReadFault::Contended(tries) => Self::Contended { tries },
            ReadFault::Generation(found) => {
                let expected = Box::from("at most 2^62");
                Self::Corrupt { what: "latest generation", found, expected, offset: LATEST }
            }
        }
    }
}
