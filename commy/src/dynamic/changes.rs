//! Snapshots as they are published.

use core::fmt;
use core::iter::FusedIterator;

use super::reader::DynReader;
use super::snapshot::Snapshot;
use crate::error::ReadError;
use crate::untyped::ReaderCore;
use crate::wait::{Changes, Origin};

impl Origin for DynReader {
    type Value = Snapshot;

    fn untyped(&self) -> &ReaderCore {
        self.untyped()
    }

    fn take(&self, taken: &mut u64) -> Result<Snapshot, ReadError> {
        let snapshot = self.snapshot()?;
        *taken = snapshot.generation();
        Ok(snapshot)
    }
}

/// Snapshots as they are published; made by [`DynReader::changes`].
#[must_use = "iterators do nothing unless they are asked"]
pub struct DynChanges {
    changes: Changes<DynReader>,
}

impl DynChanges {
    pub(super) const fn new(reader: DynReader) -> Self {
        Self { changes: Changes::new(reader) }
    }
}

impl Iterator for DynChanges {
    type Item = Result<Snapshot, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.changes.next()
    }
}

impl FusedIterator for DynChanges {}

impl fmt::Debug for DynChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynChanges")
    }
}
