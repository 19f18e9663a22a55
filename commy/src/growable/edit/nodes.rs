//! What the nodes of containers need of the transaction: a count in their first word of how many
//! items a published generation may expose.

use super::Edit;
use crate::error::WriteError;
use crate::sync::{AtomicU64, Ordering};

impl Edit {
    /// The word in front of a node's items.
    fn count(&self, node: u64) -> Result<&AtomicU64, WriteError> {
        self.content(node, 0, 8)?.first().ok_or_else(|| super::outside(node))
    }

    /// Whether the item in this slot, behind the last one, may be written where it is: in a node of the
    /// running transaction, or if none ever was there.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block.
    pub(in crate::growable) fn may_put_at(&self, node: u64, slot: u64) -> Result<bool, WriteError> {
        Ok(self.is_fresh(node)? || self.count(node)?.load(Ordering::Relaxed) <= slot)
    }

    /// Notes that a node has had so many items; readers do not look there.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block.
    pub(in crate::growable) fn raise_count(
        &mut self,
        node: u64,
        items: u64,
    ) -> Result<(), WriteError> {
        let count = self.count(node)?;
        // It only grows: what a rollback takes back, a crash may leave.
        if count.load(Ordering::Relaxed) < items {
            count.store(items, Ordering::Relaxed);
        }
        Ok(())
    }
}
