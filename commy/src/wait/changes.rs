//! Values as they are published, as an iterator.

use core::iter::FusedIterator;

use super::origin::{Cursor, Origin};
use crate::error::ReadError;
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::untyped::WaitOutcome;

/// Values as they are published; made by [`Reader::changes`](crate::Reader::changes).
#[derive(Debug)]
#[must_use = "iterators do nothing unless they are asked"]
pub struct ChangeIter<T: FixedRecord> {
    changes: Changes<Reader<T>>,
}

impl<T: FixedRecord> ChangeIter<T> {
    pub(super) const fn new(reader: Reader<T>) -> Self {
        Self { changes: Changes::new(reader) }
    }
}

impl<T: FixedRecord> Iterator for ChangeIter<T> {
    type Item = Result<T, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.changes.next()
    }
}

impl<T: FixedRecord> FusedIterator for ChangeIter<T> {}

/// The same of any origin.
#[derive(Debug)]
pub(crate) struct Changes<O> {
    cursor: Cursor<O>,
    ended: bool,
}

impl<O: Origin> Changes<O> {
    pub(crate) const fn new(origin: O) -> Self {
        Self { cursor: Cursor::new(origin), ended: false }
    }
}

impl<O: Origin> Iterator for Changes<O> {
    type Item = Result<O::Value, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = match self.cursor.wait() {
            WaitOutcome::Newer(generation) => Some(self.cursor.take(generation)),
            _ => None,
        };
        self.ended = next.is_none();
        next
    }
}
