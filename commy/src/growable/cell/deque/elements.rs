//! What changes of a deque do with its elements: with their cells, and with what these lead to.

use core::ops::Range;

use super::grow::{self, End};
use super::layout::Deque;
use super::{Item, cells, deque};
use crate::error::WriteError;
use crate::growable::at::At;
use crate::growable::cell::list;
use crate::growable::cell::{Cell, CellOf, Growable};
use crate::growable::edit::Edit;

/// Adds an element at an end of the deque whose cell is at `at`.
pub(super) fn push<T: Growable>(
    edit: &mut Edit,
    at: At,
    end: End,
    held: &<CellOf<T> as Cell>::Held<'_>,
) -> Result<(), WriteError> {
    let stride = Item::<T>::SIZE;
    edit.with_cell(stride, |edit, cell| {
        edit.deeper(stride, |edit| Item::<T>::store(held, edit, cell))?;
        grow::push(edit, at, end, cell)
    })
}

/// The element at `index`, as it is staged.
pub(super) fn load_one<T: Growable>(edit: &Edit, at: At, index: u64) -> Result<T, WriteError> {
    edit.look(|snap| {
        let deque = deque::<T>(snap, at)?;
        deque.expect_to(index.saturating_add(1))?;
        snap.deeper(Item::<T>::SIZE, || {
            let place = deque.head + index;
            Item::<T>::load(snap, deque.list().locate(snap, place, Item::<T>::SIZE)?)
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
    let (stride, deque) = (Item::<T>::SIZE, grow::deque(edit, at, Item::<T>::SIZE)?);
    deque.expect_to(range.end)?;
    edit.retire_all(|snap, trace| {
        let places = deque.places(range);
        list::nodes::each_run(snap, deque.list(), places, stride, |at, count| {
            (0..count).try_for_each(|slot| Item::<T>::trace(snap, at.plus(slot * stride), trace))
        })
    });
    Ok(())
}

/// The cells of elements as they are staged.
pub(super) fn staged(
    edit: &Edit,
    deque: Deque,
    range: Range<u64>,
    stride: usize,
) -> Result<Vec<u8>, WriteError> {
    edit.look(|snap| {
        deque.expect_to(range.end)?;
        cells(snap, deque, range, stride)
    })
}

/// Overwrites elements from `index` on, all of which are there, with the cells of others.
pub(super) fn overwrite(
    edit: &mut Edit,
    at: At,
    index: u64,
    (cells, stride): (&[u8], usize),
) -> Result<(), WriteError> {
    let deque = grow::deque(edit, at, stride)?;
    list::grow::overwrite(edit, (at, deque.list()), deque.head + index, (cells, stride))
}

/// Takes the elements of a range out; those on the side with fewer of them move.
pub(super) fn cut<T: Growable>(
    edit: &mut Edit,
    at: At,
    range: Range<u64>,
) -> Result<(), WriteError> {
    let (stride, deque) = (Item::<T>::SIZE, grow::deque(edit, at, Item::<T>::SIZE)?);
    deque.expect_to(range.end)?;
    let gone = range.end - range.start;
    retire_values::<T>(edit, at, range.clone())?;
    if range.start < deque.len - range.end {
        let moved = staged(edit, deque, 0..range.start, stride)?;
        overwrite(edit, at, gone, (&moved, stride))?;
        return grow::keep::<Item<T>, false>(edit, at, gone..deque.len);
    }
    let moved = staged(edit, deque, range.end..deque.len, stride)?;
    overwrite(edit, at, range.start, (&moved, stride))?;
    grow::keep::<Item<T>, false>(edit, at, 0..deque.len - gone)
}

/// Inserts an element before that at `index`; those on the side with fewer of them move.
pub(super) fn insert<T: Growable>(
    edit: &mut Edit,
    at: At,
    index: u64,
    held: &<CellOf<T> as Cell>::Held<'_>,
) -> Result<(), WriteError> {
    let (stride, old) = (Item::<T>::SIZE, grow::deque(edit, at, Item::<T>::SIZE)?);
    old.expect_to(index)?;
    let is_near_front = index < old.len / 2;
    let range = if is_near_front { 0..index } else { index..old.len };
    let mut moved = staged(edit, old, range, stride)?;
    let (end, added) = if is_near_front { (End::Front, 0) } else { (End::Back, old.len) };
    push::<T>(edit, at, end, held)?;
    if moved.is_empty() {
        return Ok(());
    }
    let new = grow::deque(edit, at, stride)?;
    let mut cell = staged(edit, new, added..added + 1, stride)?;
    if is_near_front {
        moved.extend_from_slice(&cell);
        return overwrite(edit, at, 0, (&moved, stride));
    }
    cell.extend_from_slice(&moved);
    overwrite(edit, at, index, (&cell, stride))
}

/// Moves the first elements, so many of them, behind the last one; or the others in front of the
/// first one if that are fewer.
pub(super) fn rotate<T: Growable>(edit: &mut Edit, at: At, count: u64) -> Result<(), WriteError> {
    let (stride, deque) = (Item::<T>::SIZE, grow::deque(edit, at, Item::<T>::SIZE)?);
    deque.expect_to(count)?;
    let rest = deque.len - count;
    if count <= rest {
        let moved = staged(edit, deque, 0..count, stride)?;
        grow::keep::<Item<T>, false>(edit, at, count..deque.len)?;
        return moved.chunks(stride).try_for_each(|cell| grow::push(edit, at, End::Back, cell));
    }
    let moved = staged(edit, deque, count..deque.len, stride)?;
    grow::keep::<Item<T>, false>(edit, at, 0..count)?;
    moved.chunks(stride).rev().try_for_each(|cell| grow::push(edit, at, End::Front, cell))
}
