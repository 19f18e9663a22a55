//! Changes of many elements of a deque.

use core::ops::RangeBounds;
use std::collections::VecDeque;
use std::collections::vec_deque::Iter;

use super::elements::{cut, overwrite, push, retire_values, rotate, staged};
use super::grow::{self, End};
use super::{Item, VecDequeMut};
use crate::error::WriteError;
use crate::growable::cell::list::load_range;
use crate::growable::cell::text::bounds;
use crate::growable::cell::{Arg, Cell, CellOf, Growable};

impl<T: Growable> VecDequeMut<'_, T> {
    /// Moves the first `count` elements behind the last one.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When there are fewer.
    #[track_caller]
    pub fn rotate_left(&mut self, count: usize) -> Result<(), WriteError> {
        let (len, count) = (self.deque()?.len, count as u64);
        assert!(count <= len, "{count} elements of a deque of {len} to move");
        if count == 0 || count == len {
            return Ok(());
        }
        self.cursor.change(|edit, at| rotate::<T>(edit, at, count))
    }

    /// Moves the last `count` elements in front of the first one.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When there are fewer.
    #[track_caller]
    pub fn rotate_right(&mut self, count: usize) -> Result<(), WriteError> {
        let len = self.len()?;
        assert!(count <= len, "{count} elements of a deque of {len} to move");
        self.rotate_left(len - count)
    }

    /// Makes it `len` elements long, with copies of `value` for those that were not there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn resize(&mut self, len: usize, value: Arg<'_, T>) -> Result<(), WriteError> {
        let old = self.deque()?.len;
        if len as u64 <= old {
            return self.truncate(len);
        }
        let held = match CellOf::<T>::hold(value) {
            Ok(held) => held,
            Err(refused) => return self.cursor.refuse(refused),
        };
        self.cursor.change(|edit, at| {
            (old..len as u64).try_for_each(|_| push::<T>(edit, at, End::Back, &held))
        })
    }

    /// The same with what `make` returns, which is called for each that was not there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::VecDeque;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "seats.bin", growable)]
    /// # struct Seats { names: VecDeque<String> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut seats = SeatsWriter::create_at(dir.path().join("seats.bin"))?;
    /// let mut numbers = 1..;
    /// seats.names_mut().resize_with(3, || format!("seat {}", numbers.next().unwrap_or(0)))?;
    /// assert_eq!(seats.names_mut().back()?.as_deref(), Some("seat 3"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn resize_with(
        &mut self,
        len: usize,
        mut make: impl FnMut() -> T,
    ) -> Result<(), WriteError> {
        let old = self.deque()?.len;
        if len as u64 <= old {
            return self.truncate(len);
        }
        self.cursor.change(|edit, at| {
            (old..len as u64).try_for_each(|_| {
                let value = make();
                push::<T>(edit, at, End::Back, &CellOf::<T>::lend(&value))
            })
        })
    }

    /// Takes the elements from `at` on off the end, and returns them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When `at` is beyond the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::VecDeque;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "jobs.bin", growable)]
    /// # struct Jobs { waiting: VecDeque<u32>, later: VecDeque<u32> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut jobs = JobsWriter::create_at(dir.path().join("jobs.bin"))?;
    /// jobs.waiting_mut().extend([1, 2, 3, 4])?;
    /// // In one publish, so that no reader misses them.
    /// jobs.transaction(|tx| {
    ///     let mut later = tx.waiting_mut().split_off(1)?;
    ///     tx.later_mut().append(&mut later)
    /// })?;
    /// assert_eq!(jobs.later_mut().load()?, [2, 3, 4]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Result<VecDeque<T>, WriteError> {
        let len = self.len()?;
        assert!(at <= len, "index {at} beyond the end of a deque of {len} elements");
        self.drain(at..len).map(VecDeque::from)
    }

    /// Adds elements at the end: all of them, in one publish, or none.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn extend<'x>(
        &mut self,
        values: impl IntoIterator<Item = Arg<'x, T>>,
    ) -> Result<(), WriteError>
    where
        T: 'x,
    {
        self.cursor.whole(|mut cursor| {
            for value in values {
                let held = CellOf::<T>::hold(value)?;
                cursor.change(|edit, at| push::<T>(edit, at, End::Back, &held))?;
            }
            Ok(())
        })
    }

    /// Adds all elements of `other` at the end, in one publish, and takes them out of it.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign); then `other` is what it was.
    pub fn append(&mut self, other: &mut VecDeque<T>) -> Result<(), WriteError> {
        self.extend_from(other.iter())?;
        other.clear();
        Ok(())
    }

    pub(super) fn extend_from(&mut self, values: Iter<'_, T>) -> Result<(), WriteError> {
        if values.len() == 0 {
            return Ok(());
        }
        self.cursor.change(|edit, at| {
            let mut values = values;
            values.try_for_each(|value| push::<T>(edit, at, End::Back, &CellOf::<T>::lend(value)))
        })
    }

    /// Takes the elements of a range out, and returns them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When the range begins behind its end, or ends beyond the deque.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::VecDeque;
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "jobs.bin", growable)]
    /// # struct Jobs { waiting: VecDeque<u32> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut jobs = JobsWriter::create_at(dir.path().join("jobs.bin"))?;
    /// jobs.waiting_mut().extend([1, 2, 3, 4])?;
    /// // What was taken is in no file any more, so that it is nobody else's to do.
    /// let batch: Vec<u32> = jobs.waiting_mut().drain(..3)?;
    /// assert_eq!(batch, [1, 2, 3]);
    /// assert_eq!(jobs.waiting_mut().load()?, [4]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Result<Vec<T>, WriteError> {
        let len = self.len()?;
        let range = bounds(&range, len);
        assert!(range.start <= range.end && range.end <= len, "a range of the {len} elements");
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let range = range.start as u64..range.end as u64;
        self.cursor.change(|edit, at| {
            let mut values = Vec::new();
            let deque = grow::deque(edit, at, Self::STRIDE)?;
            let places = deque.places(range.clone());
            edit.look(|snap| load_range(snap, deque.list(), places, &mut values))?;
            cut::<T>(edit, at, range)?;
            Ok(values)
        })
    }

    /// Keeps those elements for which `keeps` returns true; publishes if that is not all of them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn retain(&mut self, keeps: impl FnMut(&T) -> bool) -> Result<(), WriteError> {
        self.cursor.whole(|mut cursor| {
            let kept: Vec<bool> =
                cursor.look(<VecDeque<T> as Cell>::load)?.iter().map(keeps).collect();
            let Some(first) = kept.iter().position(|keeps| !keeps) else { return Ok(()) };
            cursor.change(|edit, at| {
                let deque = grow::deque(edit, at, Self::STRIDE)?;
                deque.expect_to(kept.len() as u64)?;
                let cells = staged(edit, deque, first as u64..deque.len, Self::STRIDE)?;
                for (index, _) in kept.iter().enumerate().filter(|(_, keeps)| !**keeps) {
                    retire_values::<T>(edit, at, index as u64..index as u64 + 1)?;
                }
                let moved = cells.chunks(Self::STRIDE).zip(kept.iter().skip(first));
                let moved: Vec<u8> = moved
                    .filter(|(_, keeps)| **keeps)
                    .flat_map(|(cell, _)| cell)
                    .copied()
                    .collect();
                let len = first + moved.len() / Self::STRIDE;
                overwrite(edit, at, first as u64, (&moved, Self::STRIDE))?;
                grow::keep::<Item<T>, false>(edit, at, 0..len as u64)
            })
        })
    }
}
