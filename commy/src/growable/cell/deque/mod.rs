//! A deque: `VecDeque<T>`, its elements in chunks below nodes as those of a list are.

#[cfg(feature = "dynamic")]
pub(crate) mod by_size;
mod change;
mod elements;
mod grow;
mod iter;
mod layout;
mod many;
mod nodes;
mod reference;

pub use self::change::VecDequeMut;
pub use self::iter::VecDequeIter;
pub use self::reference::VecDequeRef;

use core::marker::PhantomData;
use core::ops::Range;
use std::collections::VecDeque;

use self::layout::Deque;
use super::list::{self, Item};
use super::{ArrayCell, Cell, Growable, KeyHash, feed_value, set_held};
use crate::error::WriteError;
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::Source;
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

impl<T: Growable> Growable for VecDeque<T> {
    type Cell = Self;
    type Key = Self;
}

impl<T: Growable> Cell for VecDeque<T> {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = layout::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = VecDequeRef<'a, T, S>;
    type Ref<'v> = VecDequeRef<'v, T>;
    type Mut<'t> = VecDequeMut<'t, T>;
    type Arg<'a> = &'a Self;
    type Held<'a> = &'a Self;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Self) -> &Self {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> VecDequeRef<'a, T, S> {
        VecDequeRef::new(source, at)
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<Self::Ref<'v>, Fault> {
        Ok(VecDequeRef::new(view, at))
    }

    fn change(cursor: Cursor<'_>) -> VecDequeMut<'_, T> {
        VecDequeMut { cursor, value: PhantomData }
    }

    fn store(held: &&Self, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        grow::store::<Item<T>>(held, edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let (deque, mut values) = (deque::<T>(snap, at)?, Vec::new());
        list::load_range(snap, deque.list(), deque.all(), &mut values)?;
        Ok(values.into())
    }

    fn load_into(snap: &Snap<'_>, at: At, values: &mut Self) -> Result<(), Fault> {
        let deque = deque::<T>(snap, at)?;
        let mut buffer = Vec::from(core::mem::take(values));
        let loaded = list::load_over(snap, deque.list(), deque.all(), &mut buffer);
        *values = buffer.into();
        loaded
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        nodes::trace::<Item<T>>(snap, at, trace)
    }

    fn same(held: &&Self, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        let deque = deque::<T>(snap, at)?;
        if deque.len != held.len() as u64 {
            return Ok(false);
        }
        let (mut is_same, mut values) = (true, held.iter());
        list::each::<T>(snap, deque.list(), deque.all(), |at| {
            if let (true, Some(value)) = (is_same, values.next()) {
                is_same = Item::<T>::same(&Item::<T>::lend(value), snap, at)?;
            }
            Ok(())
        })?;
        Ok(is_same)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        let deque = deque::<T>(snap, at)?;
        let mut indices = 0..;
        list::each::<T>(snap, deque.list(), deque.all(), |at| {
            let index = indices.next().unwrap_or(0);
            Item::<T>::verify(snap, at).map_err(|fault| fault.in_element(index))
        })
    }

    fn describe(schema: &mut SchemaText) {
        schema.open_deque(Item::<T>::SIZE);
        Item::<T>::describe(schema);
        schema.close();
    }

    fn reconcile(value: &Self, mut cursor: Cursor<'_>) -> Result<(), WriteError> {
        // What cannot be read is written anew: nothing else would repair it.
        let Ok(old) = cursor.look(deque::<T>) else {
            return set_held::<Self>(&mut cursor, &value);
        };
        let Ok(gone) = cursor.look(|snap, at| taken_off(snap, at, value)) else {
            return set_held::<Self>(&mut cursor, &value);
        };
        cursor.whole(|mut cursor| {
            if gone > 0 {
                let kept = gone..old.len;
                cursor.change(|edit, at| grow::keep::<Item<T>, true>(edit, at, kept))?;
            }
            let common = old.len.saturating_sub(gone).min(value.len() as u64) as usize;
            if gone == 0 {
                reconcile_each(value, common, old, cursor.reborrow())?;
            }
            let mut deque = VecDequeMut::<T> { cursor, value: PhantomData };
            deque.truncate(common)?;
            deque.extend_from(value.range(common..))
        })
    }

    fn feed(held: &&Self, hash: &mut KeyHash) {
        hash.len(held.len());
        held.iter().for_each(|value| feed_value(value, hash));
    }
}

/// The deque whose cell is here.
fn deque<T: Growable>(snap: &Snap<'_>, at: At) -> Result<Deque, Fault> {
    Deque::read(snap, at, Item::<T>::SIZE)
}

/// How many elements `value` lacks at the front; 0 if that is not all that it lacks.
///
/// Elements that repeat may hide that, which costs time and nothing else.
fn taken_off<T: Growable>(snap: &Snap<'_>, at: At, value: &VecDeque<T>) -> Result<u64, Fault> {
    let deque = deque::<T>(snap, at)?;
    let is_same = |value: &T, at| Item::<T>::same(&Item::<T>::lend(value), snap, at);
    // The first element from which on all are those of the value, as far as was read.
    let (mut index, mut first, mut values) = (0, 0, value.iter());
    list::each::<T>(snap, deque.list(), deque.all(), |at| {
        index += 1;
        let Some(value_here) = values.next() else { return Ok(()) };
        if is_same(value_here, at)? {
            return Ok(());
        }
        values = value.iter();
        first = match values.next() {
            Some(value_here) if first + 1 < index && is_same(value_here, at)? => index - 1,
            _ => {
                values = value.iter();
                index
            }
        };
        Ok(())
    })?;
    Ok(if first < deque.len { first } else { 0 })
}

/// The element at `index`, to be changed.
fn element<T: Growable>(cursor: Cursor<'_>, deque: Deque, index: u64) -> Cursor<'_> {
    list::element::<T>(cursor, deque.list(), deque.head + index)
}

/// The bytes of the cells of a range of elements.
fn cells(
    snap: &Snap<'_>,
    deque: Deque,
    range: Range<u64>,
    stride: usize,
) -> Result<Vec<u8>, Fault> {
    list::nodes::cells(snap, deque.list(), deque.places(range), stride)
}

/// Makes the first `count` elements hold these values.
fn reconcile_each<T: Growable>(
    values: &VecDeque<T>,
    count: usize,
    deque: Deque,
    mut cursor: Cursor<'_>,
) -> Result<(), WriteError> {
    if Item::<T>::HAS_BLOCKS {
        for (index, value) in values.iter().take(count).enumerate() {
            Item::<T>::reconcile(value, element::<T>(cursor.reborrow(), deque, index as u64))?;
        }
        return Ok(());
    }
    let stride = Item::<T>::SIZE;
    let per_chunk = list::layout::per_chunk(stride) as u64;
    let (mut bytes, mut index) = (Vec::new(), 0);
    while index < count as u64 {
        let left_in_chunk = per_chunk - (deque.head + index) % per_chunk;
        let range = index..(index + left_in_chunk).min(count as u64);
        bytes.clear();
        bytes.resize((range.end - range.start) as usize * stride, 0);
        let part = values.range(range.start as usize..range.end as usize);
        for (value, cell) in part.zip(bytes.chunks_exact_mut(stride)) {
            // Without blocks, nothing of it goes to the file.
            Item::<T>::store(&Item::<T>::lend(value), cursor.edit(), cell)?;
        }
        let is_same =
            cursor.look(|snap, _| Ok(cells(snap, deque, range.clone(), stride)? == bytes));
        if !matches!(is_same, Ok(true)) {
            cursor.change(|edit, at| elements::overwrite(edit, at, index, (&bytes, stride)))?;
        }
        index = range.end;
    }
    Ok(())
}
