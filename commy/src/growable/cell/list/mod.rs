//! A list: `Vec<T>`, its elements in chunks below nodes.

#[cfg(feature = "dynamic")]
pub(crate) mod by_size;
mod change;
mod elements;
pub(super) mod grow;
mod iter;
pub(super) mod layout;
mod many;
pub(super) mod nodes;
#[cfg(test)]
mod page;
mod reference;

pub use self::change::VecMut;
pub use self::iter::VecIter;
pub(super) use self::iter::{ChunkIter, Finder};
pub use self::reference::VecRef;

use core::marker::PhantomData;
use core::ops::Range;

use self::layout::{LARGEST_ITEM, List};
use super::{ArrayCell, Cell, CellOf, Growable, KeyHash, Placed, feed_value, set_held};
use crate::error::WriteError;
use crate::format::SchemaText;
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::Source;
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// What is in a chunk for each element.
pub(super) type Item<T> = Placed<CellOf<T>, LARGEST_ITEM>;

impl<T: Growable> Growable for Vec<T> {
    type Cell = Self;
    type Key = Self;
}

impl<T: Growable> Cell for Vec<T> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = layout::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = VecRef<'a, T, S>;
    type Ref<'v> = VecRef<'v, T>;
    type Mut<'t> = VecMut<'t, T>;
    type Arg<'a> = &'a [T];
    type Held<'a> = &'a [T];

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Self) -> &[T] {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> VecRef<'a, T, S> {
        VecRef::new(source, at)
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<Self::Ref<'v>, Fault> {
        Ok(VecRef::new(view, at))
    }

    fn change(cursor: Cursor<'_>) -> VecMut<'_, T> {
        VecMut { cursor, value: PhantomData }
    }

    fn store(held: &&[T], edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        grow::store::<Item<T>>(held, edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let mut values = Self::new();
        load_range(snap, list::<T>(snap, at)?, 0..u64::MAX, &mut values)?;
        Ok(values)
    }

    fn load_into(snap: &Snap<'_>, at: At, values: &mut Self) -> Result<(), Fault> {
        let list = list::<T>(snap, at)?;
        load_over(snap, list, 0..list.len, values)
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        nodes::trace::<Item<T>>(snap, at, trace)
    }

    fn same(held: &&[T], snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        let list = list::<T>(snap, at)?;
        if list.len != held.len() as u64 {
            return Ok(false);
        }
        let (mut is_same, mut values) = (true, held.iter());
        each::<T>(snap, list, 0..list.len, |at| {
            if let (true, Some(value)) = (is_same, values.next()) {
                is_same = Item::<T>::same(&Item::<T>::lend(value), snap, at)?;
            }
            Ok(())
        })?;
        Ok(is_same)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        let list = list::<T>(snap, at)?;
        let mut indices = 0..;
        each::<T>(snap, list, 0..list.len, |at| {
            let index = indices.next().unwrap_or(0);
            Item::<T>::verify(snap, at).map_err(|fault| fault.in_element(index))
        })
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_list(Item::<T>::SIZE);
        Item::<T>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        // What cannot be read is written anew: nothing else would repair it.
        let Ok(list) = cursor.look(list::<T>) else {
            return set_held::<Self>(&mut cursor, &&**value);
        };
        cursor.whole(|mut cursor| {
            let common = list.len.min(value.len() as u64) as usize;
            let (kept, added) = value.split_at(common);
            reconcile_each(kept, list, cursor.reborrow())?;
            let mut list = VecMut::<T> { cursor, value: PhantomData };
            list.truncate(common)?;
            list.extend_from_slice(added)
        })
    }

    fn feed(held: &&[T], hash: &mut KeyHash) {
        hash.len(held.len());
        held.iter().for_each(|value| feed_value(value, hash));
    }
}

/// The list whose cell is here.
fn list<T: Growable>(snap: &Snap<'_>, at: At) -> Result<List, Fault> {
    List::read(snap, at, Item::<T>::SIZE)
}

/// Counts so many elements as read, before memory is taken for them.
pub(super) fn spend<T: Growable>(snap: &Snap<'_>, elements: u64) -> Result<(), Fault> {
    let visited = elements.saturating_mul(Item::<T>::SIZE as u64);
    // Zeros may stand for values that are larger than their cells.
    snap.spend(visited, elements.saturating_mul(size_of::<T>().max(1) as u64))
}

/// Reads the elements of a range, as far as there are any.
pub(super) fn load_range<T: Growable>(
    snap: &Snap<'_>,
    list: List,
    range: Range<u64>,
    values: &mut Vec<T>,
) -> Result<(), Fault> {
    let range = range.start.min(list.len)..range.end.min(list.len);
    let count = range.end.saturating_sub(range.start);
    if count == 0 {
        return Ok(());
    }
    spend::<T>(snap, count)?;
    snap.reserve(values, count);
    snap.deeper(Item::<T>::SIZE, || {
        nodes::each_run(snap, list, range, Item::<T>::SIZE, |at, count| {
            Item::<T>::load_all(snap, at, count, values)
        })
    })
}

/// Reads the elements of a range over those of `values`, whose buffers are used again.
pub(super) fn load_over<T: Growable>(
    snap: &Snap<'_>,
    list: List,
    range: Range<u64>,
    values: &mut Vec<T>,
) -> Result<(), Fault> {
    if !Item::<T>::HAS_BLOCKS {
        values.clear();
        return load_range(snap, list, range, values);
    }
    values.truncate(usize::try_from(range.end - range.start).unwrap_or(usize::MAX));
    spend::<T>(snap, values.len() as u64)?;
    let mut olds = values.iter_mut();
    let reused = range.start..range.start + olds.len() as u64;
    if reused.is_empty() {
        return load_range(snap, list, range, values);
    }
    snap.deeper(Item::<T>::SIZE, || {
        nodes::each_run(snap, list, reused.clone(), Item::<T>::SIZE, |at, count| {
            for (slot, value) in olds.by_ref().take(count).enumerate() {
                Item::<T>::load_into(snap, at.plus(slot * Item::<T>::SIZE), value)?;
            }
            Ok(())
        })
    })?;
    load_range(snap, list, reused.end..range.end, values)
}

/// Calls `read` with the place of each element of a range, which count as visited.
pub(super) fn each<T: Growable>(
    snap: &Snap<'_>,
    list: List,
    range: Range<u64>,
    mut read: impl FnMut(At) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if range.is_empty() {
        return Ok(());
    }
    // Lists may share their nodes, if somebody has tampered with them.
    snap.spend((range.end - range.start).saturating_mul(Item::<T>::SIZE as u64), 0)?;
    snap.deeper(Item::<T>::SIZE, || {
        nodes::each_run(snap, list, range, Item::<T>::SIZE, |at, count| {
            (0..count).try_for_each(|slot| read(at.plus(slot * Item::<T>::SIZE)))
        })
    })
}

/// The element at `index`, to be changed.
pub(super) fn element<T: Growable>(cursor: Cursor<'_>, list: List, index: u64) -> Cursor<'_> {
    let stride = Item::<T>::SIZE;
    // The elements are one hop deeper than the list, at the first step or at any later one.
    let (mut cursor, mut hop) = (cursor, Some(stride));
    let mut way = list.way(index, stride);
    while let Some(slot) = way.down() {
        let node = cursor.enter(Kind::ChunkInner, hop.take());
        cursor = node.field(layout::item_at(slot, layout::ADDRESS));
    }
    cursor.enter(Kind::Chunk, hop).field(layout::item_at(way.slot(), stride))
}

/// Makes the first elements hold these values.
fn reconcile_each<T: Growable>(
    values: &[T],
    list: List,
    mut cursor: Cursor<'_>,
) -> Result<(), WriteError> {
    if Item::<T>::HAS_BLOCKS {
        for (index, value) in values.iter().enumerate() {
            Item::<T>::reconcile(value, element::<T>(cursor.reborrow(), list, index as u64))?;
        }
        return Ok(());
    }
    let stride = Item::<T>::SIZE;
    let mut cells = Vec::new();
    let per_chunk = layout::per_chunk(stride);
    for (chunk, part) in values.chunks(per_chunk).enumerate() {
        let first = (chunk * per_chunk) as u64;
        cells.clear();
        cells.resize(part.len() * stride, 0);
        // Without blocks, nothing of it goes to the file.
        Item::<T>::store_all(part, cursor.edit(), &mut cells)?;
        let is_same = cursor.look(|snap, at| {
            let range = first..first + part.len() as u64;
            Ok(nodes::cells(snap, self::list::<T>(snap, at)?, range, stride)? == cells)
        })?;
        if !is_same {
            cursor.change(|edit, at| grow::overwrite(edit, (at, list), first, (&cells, stride)))?;
        }
    }
    Ok(())
}
