//! What the nodes of containers need of the transaction.
//!
//! Items behind the last one of a node are written in place, also in a node that is published: no
//! generation exposes them. So that this stays right when items are taken off, a node counts in its
//! first word how many of them ever may have been exposed. Readers do not look there.

use core::ops::Range;

use super::Edit;
use crate::error::WriteError;
use crate::sync::{AtomicU64, Ordering};

/// The bytes of the count.
const COUNT: usize = 8;
/// Whether a node that a published generation may expose is copied: without this step, which only a
/// control takes away, what kept views see is overwritten.
const SPARES_EXPOSED: bool = !cfg!(commy_mutation = "no_item_count");

impl Edit {
    /// Writes items into slots of a node behind the last one that it has, from byte `start` on. Returns
    /// whether it could: not where a published generation may expose what is there.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block.
    #[inline]
    pub(in crate::growable) fn append_items(
        &mut self,
        (node, is_fresh): (u64, bool),
        slots: Range<usize>,
        start: usize,
        items: &[u8],
    ) -> Result<bool, WriteError> {
        let count = self.count(node)?;
        let (first, end) = (slots.start as u64, slots.end as u64);
        let had = count.load(Ordering::Relaxed);
        if SPARES_EXPOSED && !is_fresh && had > first {
            return Ok(false);
        }
        // It only grows: what a rollback takes back, a crash may leave.
        if had < end {
            count.store(end, Ordering::Relaxed);
        }
        self.store_within(node, start, items, false)?;
        Ok(true)
    }

    fn count(&self, node: u64) -> Result<&AtomicU64, WriteError> {
        self.content(node, 0, COUNT)?.first().ok_or_else(|| super::outside(node))
    }
}
