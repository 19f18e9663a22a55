//! A reader of a growable record without its type.

use core::cell::Cell;
use core::sync::atomic::AtomicBool;
use std::sync::Arc;

use super::fault::{Cause, Fault};
use super::snap::{RootPart, Snap, SnapGuard};
use super::source::Part;
use super::view::{Guard, Held, Root, ViewCore};
use crate::error::ReadError;
use crate::file::{FilePins, PinError};
use crate::format::ROOT_MAX;
use crate::mem::{HeapWords, load_words};
use crate::publish::reclaim::{
    OPTIMISTIC_TRIES, Pin, PinFault, ReclaimSteps, ReclaimWords, Unpinned, pin, read_unpinned,
};
use crate::publish::{self, MAX_GENERATION, Proven};
use crate::sync::{AtomicU64, Ordering};
use crate::untyped;

/// A pin, and the root of its generation.
pub(super) type PinnedRoot = (Pin<Proven, FilePins>, Box<[u64]>);

/// How often it is tried to pin a generation: the last time all that are still to come.
const PIN_TRIES: u32 = <Proven as ReclaimSteps>::PIN_TRIES + 1;

/// How often a read is tried where it cannot pin.
const TRIES_WITHOUT_PIN: u32 = 64;

/// The words of the largest root.
const ROOT_WORDS: usize = ROOT_MAX / 8;
/// The words of most roots: what is larger is copied to a place that takes longer to clear.
const SMALL_ROOT_WORDS: usize = 64;
/// The words of the largest cell in a root, in whole words, and of `heap_len` in front of it.
const PART_WORDS: usize = 1 + 512 / 8 + 1;
/// Room for the end of the heap and a short part: a number, or the cell of a text or a list.
const SHORT_PART_WORDS: usize = 1 + 4;

/// Whether a reader pins by itself.
///
/// # Examples
///
/// See [`ReaderOptions::pin`](super::ReaderOptions::pin).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PinPolicy {
    /// A read that was overtaken three times, or that wants a text or bytes of more than 256 KiB, pins
    /// the generation for its length. Where the system has no such locks it goes on without, as `Never` does.
    #[default]
    Auto,
    /// No read pins: it is tried 64 times, then it is
    /// [`Contended`](crate::ReadError::Contended). [`pin`](super::Reader::pin) is refused.
    Never,
}

/// What a reader of a growable record asks besides what every reader does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(super) pins: PinPolicy,
    /// How much memory the values of one read may take, in bytes.
    pub(super) max_load: u64,
}

/// A reader of a growable record without its type.
#[derive(Debug, Clone)]
pub(super) struct ReaderCore {
    core: untyped::ReaderCore,
    limits: Limits,
}

impl ReaderCore {
    pub(super) const fn new(core: untyped::ReaderCore, limits: Limits) -> Self {
        Self { core, limits }
    }

    #[inline]
    pub(super) const fn untyped(&self) -> &untyped::ReaderCore {
        &self.core
    }

    pub(super) const fn limits(&self) -> Limits {
        self.limits
    }

    /// RECLAIMED and EVICTED.
    #[inline]
    pub(super) fn words(&self) -> ReclaimWords<'_> {
        self.core.file().reclaim_words()
    }

    /// The heap up to byte `end` of the file, which a root names as its end.
    ///
    /// # Errors
    ///
    /// `Corrupt` if the file is not that long.
    #[inline]
    pub(super) fn heap_up_to(&self, end: u64) -> Result<HeapWords<'_>, Fault> {
        let Some(heap) = self.core.file().heap() else {
            return Err(Fault::corrupt("offset of the heap", 0, "that of a heap", 176));
        };
        let mapped = heap.mapped();
        if end <= mapped.end() || end <= mapped.start() {
            return Ok(mapped.up_to(end));
        }
        reach(heap, end)
    }

    /// Calls `read` with the latest root until what it has loaded is of one generation.
    #[inline]
    pub(super) fn run<R>(
        &self,
        part: Part,
        read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        // A larger place takes longer to clear than a number to read.
        let words = (part.start + part.len).div_ceil(8) - part.start / 8;
        if words < SHORT_PART_WORDS {
            self.run_in::<SHORT_PART_WORDS, R>(part, read)
        } else {
            self.run_in::<PART_WORDS, R>(part, read)
        }
    }

    /// Reads a part of the root that has room in `WORDS` words, behind the end of the heap.
    #[inline]
    fn run_in<const WORDS: usize, R>(
        &self,
        part: Part,
        mut read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        self.core.check_believed()?;
        let may_pin = self.limits.pins == PinPolicy::Auto;
        let copied = [const { Cell::new(0) }; WORDS];
        let (first, last) = (part.start / 8, (part.start + part.len).div_ceil(8));
        let copy = |payload: &[AtomicU64]| {
            let part = payload.get(first..last).unwrap_or_default();
            if let (Some(to), Some(word)) = (copied.first(), payload.first()) {
                to.set(word.load(Ordering::Relaxed));
            }
            for (to, word) in copied.iter().skip(1).zip(part) {
                to.set(word.load(Ordering::Relaxed));
            }
        };
        let tries = if may_pin { OPTIMISTIC_TRIES } else { TRIES_WITHOUT_PIN };
        let walk = |generation: u64, (): &()| {
            let words = copied.each_ref().map(Cell::get);
            let (heap_len, part) = words.split_first().map_or((0, &[][..]), |(a, b)| (*a, b));
            let root = RootPart { start: first * 8, words: part };
            let guard = SnapGuard::Unpinned { words: self.words(), generation, may_pin };
            let heap = self.heap_up_to(heap_len)?;
            read(&Snap::new(heap, root, guard, self.limits.max_load))
        };
        let slots = self.core.slots();
        match read_unpinned::<Proven, _, _>(slots, self.words(), tries, copy, walk) {
            Ok((_, Ok(value))) => Ok(value),
            Ok((_, Err(fault))) if !matches!(*fault.0, Cause::Gone | Cause::WantsPin) => {
                Err(fault.into())
            }
            Err(Unpinned::Root(fault)) => Err(fault.into()),
            _ if may_pin => self.run_pinned(read),
            _ => Err(ReadError::Contended { tries }),
        }
    }

    /// The same through a pin that lasts as long as the call.
    #[cold]
    fn run_pinned<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        match self.pin_core() {
            Ok(view) => view.read(|snap| read(snap)),
            // Locks cannot be had here.
            Err(ReadError::PinRefused { .. }) => self.run_long(read),
            Err(error) => Err(error),
        }
    }

    /// The same without a pin, as often as it takes, of the whole root.
    #[cold]
    fn run_long<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        let mut buffer = [0; ROOT_WORDS];
        for _ in 0..TRIES_WITHOUT_PIN {
            let is_over = AtomicBool::new(false);
            let result = self.unpinned(&mut buffer, &is_over)?.read(|snap| read(snap));
            if !is_over.load(Ordering::Relaxed) {
                return result;
            }
        }
        Err(ReadError::Contended { tries: TRIES_WITHOUT_PIN })
    }

    /// Calls `read` with a view of the latest generation; again with a pinned one, or as often as it
    /// takes if there is none, if it was overtaken.
    pub(super) fn read<R, E: From<ReadError>>(
        &self,
        read: impl FnMut(ViewCore<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let root_words = self.core.slots().payload_words();
        if root_words <= SMALL_ROOT_WORDS {
            self.read_by(&mut [0; SMALL_ROOT_WORDS], read)
        } else {
            self.read_by(&mut [0; ROOT_WORDS], read)
        }
    }

    fn read_by<R, E: From<ReadError>>(
        &self,
        buffer: &mut [u64],
        mut read: impl FnMut(ViewCore<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let is_over = AtomicBool::new(false);
        let first = read(self.unpinned(buffer, &is_over)?);
        if !is_over.load(Ordering::Relaxed) {
            return first;
        }
        if self.limits.pins == PinPolicy::Auto {
            match self.pin_core() {
                Ok(view) => return read(view),
                Err(ReadError::PinRefused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for _ in 1..TRIES_WITHOUT_PIN {
            is_over.store(false, Ordering::Relaxed);
            let result = read(self.unpinned(buffer, &is_over)?);
            if !is_over.load(Ordering::Relaxed) {
                return result;
            }
        }
        Err(ReadError::Contended { tries: TRIES_WITHOUT_PIN }.into())
    }

    /// A view of the latest generation that nothing holds.
    fn unpinned<'v>(
        &'v self,
        buffer: &'v mut [u64],
        is_over: &'v AtomicBool,
    ) -> Result<ViewCore<'v>, ReadError> {
        self.core.check_believed()?;
        let copy = |payload: &[AtomicU64]| load_words(payload, buffer);
        let (generation, (), time) =
            publish::read_stamped::<Proven, _>(self.core.slots(), MAX_GENERATION, copy)?;
        let root = buffer.split_at(self.core.slots().payload_words().min(buffer.len())).0;
        Ok(ViewCore {
            held: Held::Reader(self),
            root: Root::Borrowed(root),
            generation,
            time,
            guard: Guard::Unpinned(is_over),
            max_load: self.limits.max_load,
        })
    }

    /// A view of the latest generation that is pinned.
    pub(super) fn pin_core(&self) -> Result<ViewCore<'_>, ReadError> {
        let (pin, root) = self.pin_root()?;
        Ok(pinned(Held::Reader(self), pin, root, self.limits.max_load))
    }

    /// The same with this reader in it.
    pub(super) fn into_pinned(self) -> Result<ViewCore<'static>, ReadError> {
        let (pin, root) = self.pin_root()?;
        let max_load = self.limits.max_load;
        Ok(pinned(Held::Owned(Box::new(self)), pin, root, max_load))
    }

    /// Pins the latest generation; returns its root, too.
    ///
    /// # Errors
    ///
    /// What a read can fail by, `PinRefused`, `Forked`.
    pub(super) fn pin_root(&self) -> Result<PinnedRoot, ReadError> {
        self.core.check_believed()?;
        if self.limits.pins == PinPolicy::Never {
            let reason = "the reader was opened with `PinPolicy::Never`".into();
            return Err(ReadError::PinRefused { reason });
        }
        let pins = self.core.file().pins().map_err(|error| pin_refused(&error))?;
        pin_latest(self.core.slots(), self.words(), pins)
    }
}

/// Pins the latest generation of these slots.
pub(super) fn pin_latest(
    slots: &crate::mem::Slots,
    words: ReclaimWords<'_>,
    pins: &FilePins,
) -> Result<PinnedRoot, ReadError> {
    let mut root = vec![0; slots.payload_words()].into_boxed_slice();
    let copy = |payload: &[AtomicU64]| load_words(payload, &mut root);
    let (pin, ()) = pin::<Proven, _, _>(slots, words, pins, copy).map_err(|fault| match fault {
        PinFault::Root(fault) => fault.into(),
        PinFault::Locks(error) => pin_refused(&error),
        PinFault::Contended => ReadError::Contended { tries: PIN_TRIES },
    })?;
    Ok((pin, root))
}

pub(super) fn pinned<'v>(
    held: Held<'v>,
    pin: Pin<Proven, FilePins>,
    root: Box<[u64]>,
    max_load: u64,
) -> ViewCore<'v> {
    let (generation, time) = (pin.generation(), pin.time());
    let (root, guard) = (Root::Owned(root), Guard::Pinned(pin));
    ViewCore { held, root, generation, time, guard, max_load }
}

/// Why there is no pin, as readers are told.
#[cold]
pub(super) fn pin_refused(error: &PinError) -> ReadError {
    if matches!(error, PinError::Forked { .. }) {
        return ReadError::Forked;
    }
    let reason = match core::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    ReadError::PinRefused { reason: reason.into() }
}

/// Maps more of the heap: once each time it has grown.
#[cold]
fn reach(heap: &Arc<crate::mem::HeapMap>, end: u64) -> Result<HeapWords<'_>, Fault> {
    match heap.reach(end) {
        Ok(words) => Ok(words.up_to(end)),
        Err(error) => {
            let expected = format!("what the file has, and what can be mapped: {error}");
            Err(Fault::corrupt("end of the heap", end, expected, 0))
        }
    }
}
