//! Reads a deque.

use core::cmp::Ordering;
use core::fmt;
use core::marker::PhantomData;
use core::ops::RangeBounds;
use std::collections::VecDeque;

use super::{Item, VecDequeIter, deque, layout};
use crate::error::ReadError;
use crate::growable::at::At;
use crate::growable::cell::list::{each, load_range};
use crate::growable::cell::text::bounds;
use crate::growable::cell::{Arg, Cell, CellOf, Growable};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source, ViewSource};
use crate::growable::view::ViewCore;

/// Reads a deque, all or a part of it; made by the accessor of a `VecDeque` field.
///
/// On a reader each call reads the newest generation, and elements are values. On a view all calls
/// read one generation, and an element that grows is a proxy again, which costs nothing until it is
/// read.
///
/// | method | cost, for a deque of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `get`, `front`, `back` | O(log n): one node for each factor of 126 |
/// | `iter`, `range` | O(1) for each element |
/// | `binary_search`, `binary_search_by`, `partition_point` | O(log n) elements |
/// | `load`, `load_into`, `contains` | O(n) |
/// | `load_range`, `read_into` | O(elements that are copied) |
///
/// There are no slices of what is in the file: `load_range` and `read_into` copy many elements at
/// once.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::collections::VecDeque;
///
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "lines.bin", growable)]
/// #[create_reader(filename = "lines.bin", growable)]
/// struct Lines {
///     waiting: VecDeque<String>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("lines.bin");
/// let mut lines = LinesWriter::create_at(&path)?;
/// lines.waiting_mut().extend(["first", "second"])?;
///
/// let reader = LinesReader::open_at(&path)?;
/// assert_eq!(reader.waiting().front()?.as_deref(), Some("first"));
/// assert_eq!(reader.waiting().len()?, 2);
///
/// let view = reader.pin()?; // one generation, which can be walked through
/// lines.waiting_mut().pop_front()?;
/// for line in view.waiting() {
///     println!("{}", line?);
/// }
/// # Ok(())
/// # }
/// ```
pub struct VecDequeRef<'a, T, S = ViewCore<'a>> {
    source: &'a S,
    at: At,
    value: PhantomData<fn() -> T>,
}

impl<T, S> Clone for VecDequeRef<'_, T, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, S> Copy for VecDequeRef<'_, T, S> {}

impl<T, S> fmt::Debug for VecDequeRef<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VecDequeRef")
    }
}

impl<'a, T: Growable, S> VecDequeRef<'a, T, S> {
    pub(super) const fn new(source: &'a S, at: At) -> Self {
        Self { source, at, value: PhantomData }
    }
}

impl<'a, T: Growable, S: Source> VecDequeRef<'a, T, S> {
    fn run<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        let at = self.at;
        self.source.run(Part::of(at, layout::SIZE), |snap| read(snap, at))
    }

    /// The element that `index` says for a length.
    #[inline]
    fn pick(
        &self,
        index: impl Fn(u64) -> Option<u64>,
    ) -> Result<Option<S::Value<'a, CellOf<T>>>, ReadError> {
        let source = self.source;
        self.run(|snap, at| {
            let deque = deque::<T>(snap, at)?;
            let Some(index) = index(deque.len).filter(|index| *index < deque.len) else {
                return Ok(None);
            };
            snap.deeper(Item::<T>::SIZE, || {
                let at = deque.list().locate(snap, deque.head + index, Item::<T>::SIZE)?;
                let value = |at| source.value::<CellOf<T>>(snap, at);
                Item::<T>::within(snap, at, value).map(Some)
            })
        })
    }

    /// How many elements there are.
    ///
    /// # Errors
    ///
    /// Those of every read: see [`Reader::snapshot`](crate::growable::Reader::snapshot).
    pub fn len(&self) -> Result<usize, ReadError> {
        self.run(|snap, at| Ok(deque::<T>(snap, at)?.count()))
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, ReadError> {
        Ok(self.len()? == 0)
    }

    /// The element at `index`; `None` behind the end.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get(&self, index: usize) -> Result<Option<S::Value<'a, CellOf<T>>>, ReadError> {
        self.pick(|_| Some(index as u64))
    }

    /// The first element, if there is one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn front(&self) -> Result<Option<S::Value<'a, CellOf<T>>>, ReadError> {
        self.get(0)
    }

    /// The last element, if there is one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn back(&self) -> Result<Option<S::Value<'a, CellOf<T>>>, ReadError> {
        self.pick(|len| len.checked_sub(1))
    }

    /// All elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn load(&self) -> Result<VecDeque<T>, ReadError> {
        self.run(<VecDeque<T> as Cell>::load)
    }

    /// The same into a deque that is there, whose room is used again, also that of its elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what is in `values` then means nothing.
    pub fn load_into(&self, values: &mut VecDeque<T>) -> Result<(), ReadError> {
        self.run(|snap, at| <VecDeque<T> as Cell>::load_into(snap, at, values))
    }

    /// Adds the elements of a range to `values`, as many as there are; returns how many.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what was added to `values` then means nothing.
    ///
    /// # Panics
    ///
    /// When the range begins behind its end.
    #[track_caller]
    pub fn load_range(
        &self,
        range: impl RangeBounds<usize>,
        values: &mut Vec<T>,
    ) -> Result<usize, ReadError> {
        let before = values.len();
        let range = bounds(&range, usize::MAX);
        assert!(range.start <= range.end, "a range that does not begin behind its end");
        self.run(|snap, at| {
            values.truncate(before);
            let deque = deque::<T>(snap, at)?;
            let end = range.end.min(deque.count()) as u64;
            let range = deque.places((range.start as u64).min(end)..end);
            load_range(snap, deque.list(), range, values)
        })?;
        Ok(values.len() - before)
    }

    /// Copies the elements from `start` on over those of `to`, as many as there are and as `to` takes;
    /// returns how many. No memory is taken for those of fixed size.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what is in `to` then means nothing.
    pub fn read_into(&self, start: usize, to: &mut [T]) -> Result<usize, ReadError> {
        let start = start as u64;
        self.run(|snap, at| {
            let deque = deque::<T>(snap, at)?;
            let range = start.min(deque.len)..start.saturating_add(to.len() as u64).min(deque.len);
            let count = range.end - range.start;
            snap.spend(0, count.saturating_mul(size_of::<T>().max(1) as u64))?;
            let mut to = to.iter_mut();
            each::<T>(snap, deque.list(), deque.places(range), |at| match to.next() {
                Some(value) => Item::<T>::load_into(snap, at, value),
                None => Ok(()),
            })?;
            Ok(count as usize)
        })
    }

    /// Returns whether an element is equal to `value`, as it is stored: to the last bit.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn contains(&self, value: Arg<'_, T>) -> Result<bool, ReadError> {
        // What fits nowhere is in no deque.
        let Ok(held) = CellOf::<T>::hold(value) else { return Ok(false) };
        self.run(|snap, at| {
            let (deque, mut is_found) = (deque::<T>(snap, at)?, false);
            each::<T>(snap, deque.list(), deque.all(), |at| {
                is_found = is_found || Item::<T>::same(&held, snap, at)?;
                Ok(())
            })?;
            Ok(is_found)
        })
    }

    /// Searches a deque that is sorted: `Ok` with the index of an element that is equal, or `Err` with
    /// that at which it could be inserted.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn binary_search(&self, value: &T) -> Result<Result<usize, usize>, ReadError>
    where
        T: Ord,
    {
        self.binary_search_by(|element| element.cmp(value))
    }

    /// The same by what `compare` says of elements, beside that which is searched.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn binary_search_by(
        &self,
        mut compare: impl FnMut(&T) -> Ordering,
    ) -> Result<Result<usize, usize>, ReadError> {
        self.run(|snap, at| {
            let deque = deque::<T>(snap, at)?;
            let (mut low, mut high) = (0, deque.len);
            while low < high {
                let middle = low + (high - low) / 2;
                let element = snap.deeper(Item::<T>::SIZE, || {
                    let at = deque.list().locate(snap, deque.head + middle, Item::<T>::SIZE)?;
                    Item::<T>::load(snap, at)
                })?;
                // The user's own code should see nothing that was never published.
                snap.settle()?;
                match compare(&element) {
                    Ordering::Less => low = middle + 1,
                    Ordering::Greater => high = middle,
                    Ordering::Equal => return Ok(Ok(middle as usize)),
                }
            }
            Ok(Err(low as usize))
        })
    }

    /// The same by a key that `of` makes of each element.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::VecDeque;
    /// # use commy::{create_reader, create_writer};
    /// # #[create_writer(filename = "log.bin", growable)]
    /// # #[create_reader(filename = "log.bin", growable)]
    /// # struct Log { lines: VecDeque<(u64, String)> }
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("log.bin");
    /// LogWriter::create_at(&path)?.lines_mut().extend([(5, "up"), (9, "busy"), (20, "down")])?;
    /// let log = LogReader::open_at(&path)?;
    /// assert_eq!(log.lines().binary_search_by_key(&9, |(time, _)| *time)?, Ok(1));
    /// assert_eq!(log.lines().binary_search_by_key(&10, |(time, _)| *time)?, Err(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn binary_search_by_key<K: Ord>(
        &self,
        key: &K,
        mut of: impl FnMut(&T) -> K,
    ) -> Result<Result<usize, usize>, ReadError> {
        self.binary_search_by(|element| of(element).cmp(key))
    }

    /// How many elements there are at the start for which `is_before` returns true; all others are
    /// expected behind these.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::VecDeque;
    /// # use commy::{create_reader, create_writer};
    /// # #[create_writer(filename = "log.bin", growable)]
    /// # #[create_reader(filename = "log.bin", growable)]
    /// # struct Log { times: VecDeque<u64> }
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("log.bin");
    /// LogWriter::create_at(&path)?.times_mut().extend([5, 9, 20, 30])?;
    /// let view = LogReader::open_at(&path)?.into_pinned()?;
    /// let start = view.times().partition_point(|time| *time < 10)?;
    /// let since: Vec<u64> = view.times().range(start..).collect::<Result<_, _>>()?;
    /// assert_eq!(since, [20, 30]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn partition_point(
        &self,
        mut is_before: impl FnMut(&T) -> bool,
    ) -> Result<usize, ReadError> {
        let side = |element: &T| match is_before(element) {
            true => Ordering::Less,
            false => Ordering::Greater,
        };
        self.binary_search_by(side).map(|found| found.unwrap_or_else(|index| index))
    }
}

impl<'a, T: Growable, S> VecDequeRef<'a, T, S> {
    /// The elements, from the first to the last; from either end.
    ///
    /// Each is a `Result`. After an error, such as that of an eviction, there are no more.
    #[must_use]
    pub fn iter(&self) -> VecDequeIter<'a, T>
    where
        S: ViewSource,
    {
        VecDequeIter::new(self.source.core(), self.at, 0..usize::MAX)
    }

    /// The elements of a range, as many as there are.
    ///
    /// # Panics
    ///
    /// When the range begins behind its end.
    #[must_use]
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> VecDequeIter<'a, T>
    where
        S: ViewSource,
    {
        let range = bounds(&range, usize::MAX);
        assert!(range.start <= range.end, "a range that does not begin behind its end");
        VecDequeIter::new(self.source.core(), self.at, range)
    }
}

impl<'a, T: Growable, S: ViewSource> IntoIterator for VecDequeRef<'a, T, S> {
    type Item = Result<<CellOf<T> as Cell>::Ref<'a>, ReadError>;
    type IntoIter = VecDequeIter<'a, T>;

    fn into_iter(self) -> VecDequeIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Growable, S: ViewSource> IntoIterator for &VecDequeRef<'a, T, S> {
    type Item = Result<<CellOf<T> as Cell>::Ref<'a>, ReadError>;
    type IntoIter = VecDequeIter<'a, T>;

    fn into_iter(self) -> VecDequeIter<'a, T> {
        self.iter()
    }
}
