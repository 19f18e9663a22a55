//! The slot ring of a mapped record, with every bound checked once.

use core::ptr::NonNull;
use std::sync::Arc;
use std::time::SystemTime;

use super::region::Region;
use crate::format::{SLOT_HEAD, SLOT_TAIL};
use crate::publish::{STEADY_MIN, Slot, SlotMemory, Stamp};
use crate::sync::AtomicU64;

/// Words before a slot's payload: the sequence, and the time.
const HEAD_WORDS: usize = SLOT_HEAD / 8;
/// Words behind it, where times are kept: the generation that the time is of.
const TAIL_WORDS: usize = SLOT_TAIL / 8;

/// Whether slots have room for the time of a publish, and which one that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    /// They have none.
    None,
    /// What the clock of the system says.
    System,
    /// So many nanoseconds after 1970; 0 for not known.
    At(u64),
}

/// The slots of a record and the words that name the newest ones.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    region: Arc<Region>,
    /// # Invariants
    ///
    /// 1. `latest` and `first` point to aligned words of `region`, which this value keeps mapped;
    ///    `steady` does, too, or is null.
    /// 2. For each index up to and with `count`, `HEAD_WORDS + payload_words` words from
    ///    `first + index * stride_words` on lie within `region`, and `TAIL_WORDS` more unless `clock`
    ///    is `None`.
    /// 3. `count` is not 0; `mask` is `count - 1` if `count` is a power of two, else 0.
    latest: NonNull<AtomicU64>,
    steady: *const AtomicU64,
    first: NonNull<AtomicU64>,
    stride_words: usize,
    payload_words: usize,
    count: usize,
    mask: u64,
    clock: Clock,
}

// SAFETY: the pointers are to words of `region`, which is itself `Send`, stays mapped as long as
// this value lives (invariant 1), and is only accessed atomically.
unsafe impl Send for Slots {}
// SAFETY: as above: every access through a shared reference is atomic.
unsafe impl Sync for Slots {}

impl Slots {
    /// The slots at byte `first` of `region`, or `None` when one of them is not within it.
    ///
    /// `words` are the offsets of `latest` and `steady`; `stride` is in bytes; `size` is that of
    /// the payload in bytes. Behind the `count` slots of the ring lies the steady one. With
    /// `keeps_times`, each slot has the words for its time.
    pub(crate) fn new(
        region: Arc<Region>,
        [latest, steady]: [usize; 2],
        first: usize,
        stride: usize,
        size: usize,
        count: usize,
        keeps_times: bool,
    ) -> Option<Self> {
        let stride_words = stride / 8;
        let payload_words = size.div_ceil(8);
        let (clock, tail_words) =
            if keeps_times { (Clock::System, TAIL_WORDS) } else { (Clock::None, 0) };
        let slot_words = payload_words.checked_add(HEAD_WORDS + tail_words)?;
        if count == 0 || !stride.is_multiple_of(8) || stride_words < slot_words {
            return None;
        }
        let all_words = stride_words.checked_mul(count)?.checked_add(slot_words)?;
        let first = NonNull::from_ref(region.words(first, all_words)?.first()?);
        let latest = NonNull::from_ref(region.word(latest)?);
        let steady = match size {
            STEADY_MIN.. => core::ptr::from_ref(region.word(steady)?),
            _ => core::ptr::null(),
        };
        let mask = if count.is_power_of_two() { count as u64 - 1 } else { 0 };
        Some(Self {
            region,
            latest,
            steady,
            first,
            stride_words,
            payload_words,
            count,
            mask,
            clock,
        })
    }

    /// Whether each slot has the time of its publish.
    #[inline]
    pub(crate) const fn keeps_times(&self) -> bool {
        !matches!(self.clock, Clock::None)
    }

    /// The same slots for publishes that were at `time`: nanoseconds since 1970, 0 for not known.
    pub(crate) fn at(&self, time: u64) -> Self {
        let clock = if self.keeps_times() { Clock::At(time) } else { Clock::None };
        Self { clock, ..self.clone() }
    }

    /// The same slots as if no times were kept: who publishes there asks for none.
    #[inline]
    pub(crate) const fn timeless(&self) -> Timeless<'_> {
        Timeless(self)
    }

    /// The place of the slot with this sequence word, up to and with `count`, if it is one of these.
    fn index_at(&self, sequence: &AtomicU64) -> Option<usize> {
        let distance = core::ptr::from_ref(sequence).addr().checked_sub(self.first.addr().get())?;
        let stride = self.stride_words * 8;
        let index = distance / stride;
        (distance.is_multiple_of(stride) && index <= self.count).then_some(index)
    }

    /// The words for the time of what is in a slot, where times are kept.
    #[cold]
    fn stamp(&self, sequence: &AtomicU64) -> Option<Stamp<'_>> {
        let index = self.index_at(sequence).filter(|_| self.keeps_times())?;
        // SAFETY: `index <= count` (checked above), so the offset is within the region by invariant 2.
        let head = unsafe { self.first.add(index * self.stride_words) };
        // SAFETY: a slot has `HEAD_WORDS` words, which are two, by invariant 2.
        let time = unsafe { head.add(1) };
        // SAFETY: an aligned word of the region that lives as long as `self`, by invariants 1 and 2.
        let time = unsafe { time.as_ref() };
        // SAFETY: `TAIL_WORDS` words follow the payload by invariant 2: `clock` is not `None` (checked
        // above).
        let generation = unsafe { head.add(HEAD_WORDS + self.payload_words) };
        // SAFETY: an aligned word of the region that lives as long as `self`, by invariants 1 and 2.
        let generation = unsafe { generation.as_ref() };
        Some(Stamp { time, generation })
    }

    /// The region that holds the slots.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// The number of slots in the ring.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// The words of a payload.
    pub(crate) const fn payload_words(&self) -> usize {
        self.payload_words
    }

    /// The place of `generation` in the ring, below [`count`](Self::count).
    #[inline]
    fn index_of(&self, generation: u64) -> usize {
        // Invariant 3 in both cases: the result is below `count`.
        if self.mask == 0 { self.remainder(generation) } else { (generation & self.mask) as usize }
    }

    /// A division takes longer than the rest of a small read: it stays out of the way of those
    /// that need none.
    #[inline(never)]
    fn remainder(&self, generation: u64) -> usize {
        (generation % self.count as u64) as usize
    }

    /// The slots of the ring, in order.
    pub(crate) fn ring(&self) -> impl Iterator<Item = Slot<'_>> {
        // SAFETY: below `count`.
        (0..self.count).map(|index| unsafe { self.slot(index) })
    }

    /// The slot at this place of the ring, the steady one behind it for `count`.
    ///
    /// # Safety
    ///
    /// - `index <= count`.
    #[inline]
    const unsafe fn slot(&self, index: usize) -> Slot<'_> {
        debug_assert!(index <= self.count);
        // SAFETY: `index <= count`, the duty of the caller, so the offset is within the region by
        // invariant 2.
        let head = unsafe { self.first.add(index * self.stride_words) };
        // SAFETY: an aligned word of the region that lives as long as `self`, by invariants 1
        // and 2.
        let sequence = unsafe { head.as_ref() };
        // SAFETY: a slot has `HEAD_WORDS + payload_words` words by invariant 2.
        let first = unsafe { head.add(HEAD_WORDS) };
        // SAFETY: `payload_words` aligned words follow, by invariants 1 and 2.
        let payload = unsafe { core::slice::from_raw_parts(first.as_ptr(), self.payload_words) };
        Slot { sequence, payload }
    }
}

impl SlotMemory for Slots {
    #[inline]
    fn latest(&self) -> &AtomicU64 {
        // SAFETY: an aligned word of the region that lives as long as `self`, by invariant 1.
        unsafe { self.latest.as_ref() }
    }

    #[inline]
    fn slot_of(&self, generation: u64) -> Slot<'_> {
        // SAFETY: `index_of` is below `count`.
        unsafe { self.slot(self.index_of(generation)) }
    }

    #[inline]
    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        // SAFETY: null, or an aligned word of the region that lives as long as `self`, by
        // invariant 1.
        let word = unsafe { self.steady.as_ref() }?;
        // SAFETY: the steady slot is behind the `count` slots of the ring, by invariant 2.
        Some((word, unsafe { self.slot(self.count) }))
    }

    #[inline]
    fn stamp_of<'m>(&'m self, slot: Slot<'m>) -> Option<Stamp<'m>> {
        if self.keeps_times() { self.stamp(slot.sequence) } else { None }
    }

    /// Reads the clock of the system: by the vDSO where that has one, else by a system call.
    #[cold]
    fn now(&self) -> u64 {
        match self.clock {
            Clock::None => 0,
            Clock::At(time) => time,
            Clock::System => {
                let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                since.ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
            }
        }
    }
}

/// Slots as if no times were kept; made by [`Slots::timeless`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeless<'s>(&'s Slots);

impl SlotMemory for Timeless<'_> {
    #[inline]
    fn latest(&self) -> &AtomicU64 {
        self.0.latest()
    }

    #[inline]
    fn slot_of(&self, generation: u64) -> Slot<'_> {
        self.0.slot_of(generation)
    }

    #[inline]
    fn steady(&self) -> Option<(&AtomicU64, Slot<'_>)> {
        self.0.steady()
    }
}
