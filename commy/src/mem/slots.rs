//! The slot ring of a mapped record, with every bound checked once.

use std::sync::Arc;

use super::region::Region;
use crate::publish::{STEADY_MIN, SlotMemory};
use crate::sync::AtomicU64;

/// Words before a slot's payload: the sequence, and one reserved.
const HEAD_WORDS: usize = 2;

/// The slots of a record and the words that name the newest ones.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    region: Arc<Region>,
    /// # Invariants
    ///
    /// 1. `latest` and `first` point to aligned words of `region`, which this value keeps mapped.
    /// 2. For each slot up to `count`, `HEAD_WORDS + payload_words` words from
    ///    `first + slot * stride_words` on lie within `region`.
    /// 3. `count` is not 0; `mask` is `count - 1` if `count` is a power of two, else 0.
    /// 4. `steady` is null or as `latest`.
    latest: *const AtomicU64,
    steady: *const AtomicU64,
    first: *const AtomicU64,
    stride_words: usize,
    payload_words: usize,
    count: usize,
    mask: u64,
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
    /// the payload in bytes. Behind the `count` slots of the ring lies the steady one.
    pub(crate) fn new(
        region: Arc<Region>,
        [latest, steady]: [usize; 2],
        first: usize,
        stride: usize,
        size: usize,
        count: usize,
    ) -> Option<Self> {
        let stride_words = stride / 8;
        let payload_words = size.div_ceil(8);
        let slot_words = payload_words.checked_add(HEAD_WORDS)?;
        if count == 0 || !stride.is_multiple_of(8) || stride_words < slot_words {
            return None;
        }
        let all_words = stride_words.checked_mul(count)?.checked_add(slot_words)?;
        let first = region.words(first, all_words)?.as_ptr();
        let latest = core::ptr::from_ref(region.word(latest)?);
        let steady = match size {
            STEADY_MIN.. => core::ptr::from_ref(region.word(steady)?),
            _ => core::ptr::null(),
        };
        let mask = if count.is_power_of_two() { count as u64 - 1 } else { 0 };
        Some(Self { region, latest, steady, first, stride_words, payload_words, count, mask })
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

    /// The first word of `slot`, of the steady one if `slot` is the number of slots in the ring;
    /// a number beyond counts as slot 0.
    #[inline]
    const fn head(&self, slot: usize) -> *const AtomicU64 {
        let slot = if slot <= self.count { slot } else { 0 };
        // SAFETY: `slot <= count`, so the offset is within the region by invariant 2.
        unsafe { self.first.add(slot * self.stride_words) }
    }
}

impl SlotMemory for Slots {
    #[inline]
    fn latest(&self) -> &AtomicU64 {
        // SAFETY: an aligned word of the region that lives as long as `self`, by invariant 1.
        unsafe { &*self.latest }
    }

    #[inline]
    fn slot_of(&self, generation: u64) -> usize {
        let slot =
            if self.mask == 0 { generation % self.count as u64 } else { generation & self.mask };
        slot as usize
    }

    #[inline]
    fn sequence(&self, slot: usize) -> &AtomicU64 {
        // SAFETY: `head` is an aligned word of the region, by invariants 1 and 2.
        unsafe { &*self.head(slot) }
    }

    #[inline]
    fn payload(&self, slot: usize) -> &[AtomicU64] {
        // SAFETY: a slot has `HEAD_WORDS + payload_words` words by invariant 2.
        let first = unsafe { self.head(slot).add(HEAD_WORDS) };
        // SAFETY: `payload_words` aligned words follow, by invariants 1 and 2.
        unsafe { core::slice::from_raw_parts(first, self.payload_words) }
    }

    #[inline]
    fn steady(&self) -> Option<(&AtomicU64, usize)> {
        // SAFETY: null, or an aligned word of the region that lives as long as `self`, by
        // invariants 1 and 4.
        let word = unsafe { self.steady.as_ref() };
        word.map(|word| (word, self.count))
    }
}
