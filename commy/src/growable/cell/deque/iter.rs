//! Walks through a deque of one generation.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use super::deque;
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::list::{ChunkIter, Finder};
use crate::growable::cell::{Cell, CellOf, Growable};
use crate::growable::view::ViewCore;

/// The elements of a deque in a view: values, or proxies for what grows.
///
/// Each element is a `Result`; after an error there are no more. So `.flatten()` would take an
/// eviction for the end.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::VecDeque;
///
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "samples.bin", growable)]
/// #[create_reader(filename = "samples.bin", growable)]
/// struct Samples {
///     latest: VecDeque<f64>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("samples.bin");
/// SamplesWriter::create_at(&path)?.latest_mut().extend([3.5, 4.0, 2.5])?;
/// let view = SamplesReader::open_at(&path)?.into_pinned()?;
/// let newest_first: Vec<f64> = view.latest().iter().rev().collect::<Result<_, _>>()?;
/// assert_eq!(newest_first, [2.5, 4.0, 3.5]);
/// # Ok(())
/// # }
/// ```
pub struct VecDequeIter<'v, T: Growable>(ChunkIter<'v, T>);

impl<T: Growable> fmt::Debug for VecDequeIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("VecDequeIter", f)
    }
}

impl<'v, T: Growable> VecDequeIter<'v, T> {
    pub(super) fn new(view: &'v ViewCore<'v>, at: At, range: Range<usize>) -> Self {
        let find: Finder = |snap, at| {
            let deque = deque::<T>(snap, at)?;
            Ok((deque.list(), deque.all()))
        };
        Self(ChunkIter::new(view, at, range, find))
    }
}

impl<'v, T: Growable> Iterator for VecDequeIter<'v, T> {
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

impl<T: Growable> DoubleEndedIterator for VecDequeIter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl<T: Growable> FusedIterator for VecDequeIter<'_, T> {}
