//! Walks through a list of one generation.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::layout::{List, per_chunk};
use super::{Item, list};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::{Cell, CellOf, Growable};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::view::ViewCore;

/// The elements of a list in a view: values, or proxies for what grows.
///
/// Each element is a `Result`; after an error there are no more. So `.flatten()` would take an
/// eviction for the end.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{ReadError, create_reader, create_writer};
///
/// #[create_writer(filename = "depths.bin", growable)]
/// #[create_reader(filename = "depths.bin", growable)]
/// struct Depths {
///     meters: Vec<f64>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("depths.bin");
/// DepthsWriter::create_at(&path)?.meters_mut().extend([3.5, 4.0, 2.5])?;
/// let reader = DepthsReader::open_at(&path)?;
/// // One generation; run again if the writer overtakes it.
/// let sum = reader.read(|view| view.meters().iter().sum::<Result<f64, ReadError>>())?;
/// assert_eq!(sum, 10.0);
/// let view = reader.pin()?;
/// let last_two: Vec<f64> = view.meters().range(1..).rev().collect::<Result<_, _>>()?;
/// assert_eq!(last_two, [2.5, 4.0]);
/// # Ok(())
/// # }
/// ```
pub struct VecIter<'v, T: Growable>(ChunkIter<'v, T>);

impl<T: Growable> fmt::Debug for VecIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("VecIter", f)
    }
}

impl<'v, T: Growable> VecIter<'v, T> {
    pub(super) fn new(view: &'v ViewCore<'v>, at: At, range: Range<usize>) -> Self {
        let find: Finder = |snap, at| {
            let list = list::<T>(snap, at)?;
            Ok((list, 0..list.len))
        };
        Self(ChunkIter::new(view, at, range, find))
    }
}

impl<'v, T: Growable> Iterator for VecIter<'v, T> {
    type Item = Result<<CellOf<T> as Cell>::Ref<'v>, ReadError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn nth(&mut self, skipped: usize) -> Option<Self::Item> {
        self.0.nth(skipped)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T: Growable> DoubleEndedIterator for VecIter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl<T: Growable> FusedIterator for VecIter<'_, T> {}

/// Reads a cell: the nodes that it leads to, and where in them its elements are.
pub(in crate::growable::cell) type Finder = fn(&Snap<'_>, At) -> Result<(List, Range<u64>), Fault>;

/// Walks through elements in chunks.
pub(in crate::growable::cell) struct ChunkIter<'v, T: Growable> {
    view: &'v ViewCore<'v>,
    at: At,
    find: Finder,
    /// Where the elements are that are not read yet; before the first call, the indices of those that
    /// are wanted.
    left: Range<u64>,
    list: Option<List>,
    /// Elements that were read, the next one last.
    ready: Vec<<CellOf<T> as Cell>::Ref<'v>>,
    /// How many to read next at once. Whoever takes one only should not pay for many.
    batch: u64,
}

/// No more are read at once: more would not be faster.
const MAX_BATCH: u64 = 64;

impl<'v, T: Growable> ChunkIter<'v, T> {
    pub(in crate::growable::cell) const fn new(
        view: &'v ViewCore<'v>,
        at: At,
        range: Range<usize>,
        find: Finder,
    ) -> Self {
        let left = range.start as u64..range.end as u64;
        Self { view, at, find, left, list: None, ready: Vec::new(), batch: 1 }
    }

    pub(in crate::growable::cell) fn fmt_as(
        &self,
        name: &str,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        f.debug_struct(name).field("left", &self.left).finish_non_exhaustive()
    }

    /// The list, which the first call reads.
    fn list(&mut self) -> Result<List, ReadError> {
        if let Some(list) = self.list {
            return Ok(list);
        }
        let (list, all) = self.view.read(|snap| (self.find)(snap, self.at))?;
        let len = all.end - all.start;
        let Range { start, end } = &self.left;
        self.left = all.start + *start.min(&len)..all.start + *end.min(&len);
        self.list = Some(list);
        Ok(list)
    }

    /// Reads the next elements of one chunk.
    #[inline(never)]
    fn fill(&mut self) -> Result<(), ReadError> {
        let (list, view, stride) = (self.list()?, self.view, Item::<T>::SIZE);
        let Range { start, end } = self.left;
        if start == end {
            return Ok(());
        }
        let per_chunk = per_chunk(stride) as u64;
        let count = (per_chunk - start % per_chunk).min(end - start).min(self.batch);
        let ready = &mut self.ready;
        view.read(|snap| {
            let at = list.locate(snap, start, stride)?;
            Item::<T>::references(view, snap, at, count as usize, ready)
        })?;
        self.ready.reverse();
        self.left.start += count;
        self.batch = (self.batch * 4).min(MAX_BATCH);
        Ok(())
    }

    /// No more elements, after an error.
    #[cold]
    fn end<R>(&mut self, error: ReadError) -> Option<Result<R, ReadError>> {
        (self.left, self.list) = (0..0, Some(List::EMPTY));
        self.ready.clear();
        Some(Err(error))
    }
}

impl<'v, T: Growable> Iterator for ChunkIter<'v, T> {
    type Item = Result<<CellOf<T> as Cell>::Ref<'v>, ReadError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(element) = self.ready.pop() {
            return Some(Ok(element));
        }
        match self.fill() {
            Ok(()) => self.ready.pop().map(Ok),
            Err(error) => self.end(error),
        }
    }

    fn nth(&mut self, skipped: usize) -> Option<Self::Item> {
        if let Some(kept) = self.ready.len().checked_sub(skipped) {
            self.ready.truncate(kept);
            return self.next();
        }
        if let Err(error) = self.list() {
            return self.end(error);
        }
        let skipped = skipped - self.ready.len();
        self.ready.clear();
        self.left.start = self.left.start.saturating_add(skipped as u64).min(self.left.end);
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.list {
            Some(_) => {
                let left = (self.left.end - self.left.start) as usize + self.ready.len();
                (left, Some(left))
            }
            // One of them may be the error.
            None => (0, None),
        }
    }
}

impl<T: Growable> DoubleEndedIterator for ChunkIter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let list = match self.list() {
            Ok(list) => list,
            Err(error) => return self.end(error),
        };
        let Some(index) = self.left.next_back() else {
            // What is ready is all that is left, and its last element is the first one there.
            return (!self.ready.is_empty()).then(|| Ok(self.ready.remove(0)));
        };
        let view = self.view;
        let read = view.read(|snap| {
            Item::<T>::reference(view, snap, list.locate(snap, index, Item::<T>::SIZE)?)
        });
        read.map_or_else(|error| self.end(error), |value| Some(Ok(value)))
    }
}

impl<T: Growable> FusedIterator for ChunkIter<'_, T> {}
