//! One word of a region, which stays mapped as long as somebody has the word.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

use super::region::Region;
use crate::sync::{AtomicU32, AtomicU64};

/// A shared atomic word of a mapped file.
pub(crate) struct SharedWord<A> {
    /// # Invariants
    ///
    /// 1. Points to an aligned word of `region`, which this value keeps mapped.
    word: *const A,
    region: Arc<Region>,
}

impl SharedWord<AtomicU64> {
    /// The word at byte `offset` of `region`, if that is a multiple of 8 within it.
    pub(crate) fn new(region: &Arc<Region>, offset: usize) -> Option<Self> {
        let word = core::ptr::from_ref(region.word(offset)?);
        Some(Self { word, region: Arc::clone(region) })
    }
}

impl SharedWord<AtomicU32> {
    /// The half word at byte `offset` of `region`, if that is a multiple of 4 within it.
    pub(crate) fn half(region: &Arc<Region>, offset: usize) -> Option<Self> {
        let word = core::ptr::from_ref(region.half_word(offset)?);
        Some(Self { word, region: Arc::clone(region) })
    }
}

impl<A> Clone for SharedWord<A> {
    fn clone(&self) -> Self {
        Self { word: self.word, region: Arc::clone(&self.region) }
    }
}

impl<A> Deref for SharedWord<A> {
    type Target = A;

    #[inline]
    fn deref(&self) -> &A {
        // SAFETY: an aligned word that stays mapped as long as `self`, by invariant 1.
        unsafe { &*self.word }
    }
}

// SAFETY: the pointer is to a word of `region`, which is itself `Send` and stays mapped as long
// as this value lives (invariant 1); the word can be used from any thread if it is `Sync`.
unsafe impl<A: Sync> Send for SharedWord<A> {}
// SAFETY: as above; a shared reference gives a shared reference to the word and nothing else.
unsafe impl<A: Sync> Sync for SharedWord<A> {}

impl<A: fmt::Debug> fmt::Debug for SharedWord<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { word: _, region } = self;
        write!(f, "{:?} of {} mapped bytes", **self, region.len())
    }
}
