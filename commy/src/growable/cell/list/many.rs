//! Changes of many elements of a list.

use core::ops::RangeBounds;

use super::elements::{Run, cut, retire_values};
use super::{Item, VecMut, grow, load_range, nodes};
use crate::error::WriteError;
use crate::growable::cell::text::bounds;
use crate::growable::cell::{Arg, Cell, CellOf, Growable};

impl<T: Growable> VecMut<'_, T> {
    /// Makes it `len` elements long, with copies of `value` for those that were not there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn resize(&mut self, len: usize, value: Arg<'_, T>) -> Result<(), WriteError> {
        let old = self.list()?.len;
        if len as u64 <= old {
            return self.truncate(len);
        }
        let held = match CellOf::<T>::hold(value) {
            Ok(held) => held,
            Err(refused) => return self.cursor.refuse(refused),
        };
        self.cursor.change(|edit, at| {
            let mut run = Run::new::<T>(edit, at)?;
            for _ in old..len as u64 {
                run.push::<T>(edit, at, &held)?;
            }
            run.end::<T>(edit, at)
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
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "seats.bin", growable)]
    /// # struct Seats { names: Vec<String> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut seats = SeatsWriter::create_at(dir.path().join("seats.bin"))?;
    /// let mut numbers = 1..;
    /// seats.names_mut().resize_with(3, || format!("seat {}", numbers.next().unwrap_or(0)))?;
    /// assert_eq!(seats.names_mut().last()?.as_deref(), Some("seat 3"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn resize_with(
        &mut self,
        len: usize,
        mut make: impl FnMut() -> T,
    ) -> Result<(), WriteError> {
        let old = self.list()?.len;
        if len as u64 <= old {
            return self.truncate(len);
        }
        self.cursor.change(|edit, at| {
            let mut run = Run::new::<T>(edit, at)?;
            for _ in old..len as u64 {
                let value = make();
                run.push::<T>(edit, at, &CellOf::<T>::lend(&value))?;
            }
            run.end::<T>(edit, at)
        })
    }

    /// Adds elements at the end: all of them, in one publish, or none.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "words.bin", growable)]
    /// # struct Words { all: Vec<String>, lengths: Vec<u32> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut words = WordsWriter::create_at(dir.path().join("words.bin"))?;
    /// let text = String::from("to be or not to be");
    /// words.all_mut().extend(text.split(' '))?;
    /// words.lengths_mut().extend(text.split(' ').map(|word| word.len() as u32))?;
    /// assert_eq!(words.all_mut().len()?, 6);
    /// assert_eq!(words.file().generation(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn extend<'x>(
        &mut self,
        values: impl IntoIterator<Item = Arg<'x, T>>,
    ) -> Result<(), WriteError>
    where
        T: 'x,
    {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { return Ok(()) };
        self.cursor.change(|edit, at| {
            let mut run = Run::new::<T>(edit, at)?;
            run.push::<T>(edit, at, &CellOf::<T>::hold(first)?)?;
            for value in values {
                run.push::<T>(edit, at, &CellOf::<T>::hold(value)?)?;
            }
            run.end::<T>(edit, at)
        })
    }

    /// The same for values that are there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<(), WriteError> {
        if values.is_empty() {
            return Ok(());
        }
        self.cursor.change(|edit, at| {
            let mut run = Run::new::<T>(edit, at)?;
            for value in values {
                run.push::<T>(edit, at, &CellOf::<T>::lend(value))?;
            }
            run.end::<T>(edit, at)
        })
    }

    /// Adds all elements of `other` at the end, in one publish, and takes them out of it.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign); then `other` is what it was.
    pub fn append(&mut self, other: &mut Vec<T>) -> Result<(), WriteError> {
        self.extend_from_slice(other)?;
        other.clear();
        Ok(())
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
    /// # use commy::create_writer;
    /// # #[create_writer(filename = "plan.bin", growable)]
    /// # struct Plan { today: Vec<String>, later: Vec<String> }
    /// # let dir = tempfile::tempdir()?;
    /// # let mut plan = PlanWriter::create_at(dir.path().join("plan.bin"))?;
    /// plan.today_mut().extend(["plan", "build", "test"])?;
    /// // In one publish, so that no reader misses them.
    /// plan.transaction(|tx| {
    ///     let mut later = tx.today_mut().split_off(1)?;
    ///     tx.later_mut().append(&mut later)
    /// })?;
    /// assert_eq!(plan.later_mut().load()?, ["build", "test"]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Result<Vec<T>, WriteError> {
        let len = self.len()?;
        assert!(at <= len, "index {at} beyond the end of a list of {len} elements");
        self.drain(at..len)
    }

    /// Takes the elements of a range out, and returns them.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When the range begins behind its end, or ends beyond the list.
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
            let list = grow::list(edit, at, Self::STRIDE)?;
            edit.look(|snap| load_range(snap, list, range.clone(), &mut values))?;
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
            let kept: Vec<bool> = cursor.look(<Vec<T> as Cell>::load)?.iter().map(keeps).collect();
            let Some(first) = kept.iter().position(|keeps| !keeps) else { return Ok(()) };
            cursor.change(|edit, at| {
                let list = grow::list(edit, at, Self::STRIDE)?;
                let behind = first as u64..list.len;
                let cells = edit.look(|snap| nodes::cells(snap, list, behind, Self::STRIDE))?;
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
                grow::overwrite(edit, (at, list), first as u64, (&moved, Self::STRIDE))?;
                grow::truncate::<Item<T>, false>(edit, at, len as u64)
            })
        })
    }
}
