//! Values as they are published, as an iterator.

use core::iter::FusedIterator;
use core::time::Duration;

use crate::error::ReadError;
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::untyped::WaitOutcome;

/// Values as they are published; made by [`Reader::changes`](crate::Reader::changes).
#[derive(Debug)]
#[must_use = "iterators do nothing unless they are asked"]
pub struct ChangeIter<T: FixedRecord> {
    cursor: Cursor<T>,
    ended: bool,
}

impl<T: FixedRecord> ChangeIter<T> {
    pub(super) const fn new(reader: Reader<T>) -> Self {
        Self { cursor: Cursor::new(reader), ended: false }
    }
}

impl<T: FixedRecord> Iterator for ChangeIter<T> {
    type Item = Result<T, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.cursor.reader.wait_newer(self.cursor.seen, Duration::MAX);
        let next = match outcome {
            WaitOutcome::Newer(generation) => Some(self.cursor.take(generation)),
            _ => None,
        };
        self.ended = next.is_none();
        next
    }
}

impl<T: FixedRecord> FusedIterator for ChangeIter<T> {}

/// A reader that knows which generation it has passed on.
#[derive(Debug)]
pub(super) struct Cursor<T: FixedRecord> {
    pub(super) reader: Reader<T>,
    pub(super) seen: u64,
}

impl<T: FixedRecord> Cursor<T> {
    /// A cursor in front of everything.
    pub(super) const fn new(reader: Reader<T>) -> Self {
        Self { reader, seen: 0 }
    }

    /// Takes a snapshot of `generation` or a later one, and goes on behind it.
    pub(super) fn take(&mut self, generation: u64) -> Result<T, ReadError> {
        self.take_by(generation, |reader| {
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?)))
        })
    }

    /// The same with a snapshot that `copy` takes; it also returns which generation that is.
    pub(super) fn take_by<V>(
        &mut self,
        generation: u64,
        copy: impl FnOnce(&Reader<T>) -> Result<(u64, V), ReadError>,
    ) -> Result<V, ReadError> {
        match copy(&self.reader) {
            Ok((generation, value)) => {
                self.seen = generation;
                Ok(value)
            }
            // The value is still to be had.
            Err(error @ ReadError::Contended { .. }) => Err(error),
            // It is what it is: who asks again shall not get it again and again.
            Err(error) => {
                self.seen = generation;
                Err(error)
            }
        }
    }
}
