//! What changes of a list do with its elements: with their cells, and with what these lead to.

use core::ops::Range;

use super::{Item, grow, layout, list, nodes};
use crate::error::WriteError;
use crate::growable::at::At;
use crate::growable::cell::{Cell, CellOf, Growable};
use crate::growable::edit::Edit;

/// Adds an element at the end of the list whose cell is at `at`.
pub(super) fn push<T: Growable>(
    edit: &mut Edit,
    at: At,
    held: &<CellOf<T> as Cell>::Held<'_>,
) -> Result<(), WriteError> {
    let stride = Item::<T>::SIZE;
    edit.with_cell(stride, |edit, cell| {
        edit.deeper(stride, |edit| Item::<T>::store(held, edit, cell))?;
        grow::append(edit, at, (cell, stride))
    })
}

/// Adds elements at the end, those of a chunk at once.
#[derive(Debug)]
pub(super) struct Run {
    /// The cells of those that are not in the list yet.
    cells: Vec<u8>,
    /// How many have room in the last chunk.
    room: usize,
}

impl Run {
    /// Behind the elements of the list whose cell is at `at`.
    pub(super) fn new<T: Growable>(edit: &Edit, at: At) -> Result<Self, WriteError> {
        let stride = Item::<T>::SIZE;
        Ok(Self { cells: Vec::new(), room: grow::room(grow::list(edit, at, stride)?, stride) })
    }

    #[inline]
    pub(super) fn push<T: Growable>(
        &mut self,
        edit: &mut Edit,
        at: At,
        held: &<CellOf<T> as Cell>::Held<'_>,
    ) -> Result<(), WriteError> {
        let (stride, start) = (Item::<T>::SIZE, self.cells.len());
        self.cells.resize(start + stride, 0);
        let cell = self.cells.split_at_mut(start).1;
        edit.deeper(stride, |edit| Item::<T>::store(held, edit, cell))?;
        if self.cells.len() < self.room * stride { Ok(()) } else { self.end::<T>(edit, at) }
    }

    /// Puts what is left into the list.
    pub(super) fn end<T: Growable>(&mut self, edit: &mut Edit, at: At) -> Result<(), WriteError> {
        let stride = Item::<T>::SIZE;
        if !self.cells.is_empty() {
            grow::append(edit, at, (&self.cells, stride))?;
            self.cells.clear();
            self.room = layout::per_chunk(stride);
        }
        Ok(())
    }
}

/// The element at `index`, as it is staged.
pub(super) fn load_one<T: Growable>(edit: &Edit, at: At, index: u64) -> Result<T, WriteError> {
    edit.look(|snap| {
        let list = list::<T>(snap, at)?;
        snap.deeper(Item::<T>::SIZE, || {
            Item::<T>::load(snap, list.locate(snap, index, Item::<T>::SIZE)?)
        })
    })
}

/// Retires what elements lead to.
pub(super) fn retire_values<T: Growable>(
    edit: &mut Edit,
    at: At,
    range: Range<u64>,
) -> Result<(), WriteError> {
    if !Item::<T>::HAS_BLOCKS {
        return Ok(());
    }
    let (stride, list) = (Item::<T>::SIZE, grow::list(edit, at, Item::<T>::SIZE)?);
    list.expect_to(range.end)?;
    edit.retire_all(|snap, trace| {
        nodes::each_run(snap, list, range, stride, |at, count| {
            (0..count).try_for_each(|slot| Item::<T>::trace(snap, at.plus(slot * stride), trace))
        })
    });
    Ok(())
}

/// Takes the elements of a range out; those behind it move.
pub(super) fn cut<T: Growable>(
    edit: &mut Edit,
    at: At,
    range: Range<u64>,
) -> Result<(), WriteError> {
    let (stride, list) = (Item::<T>::SIZE, grow::list(edit, at, Item::<T>::SIZE)?);
    list.expect_to(range.end)?;
    let moved = edit.look(|snap| nodes::cells(snap, list, range.end..list.len, stride))?;
    retire_values::<T>(edit, at, range.clone())?;
    grow::overwrite(edit, at, range.start, (&moved, stride))?;
    grow::truncate::<Item<T>, false>(edit, at, list.len - (range.end - range.start))
}
