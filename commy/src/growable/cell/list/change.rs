//! Changes a list in place.

use core::fmt;
use core::marker::PhantomData;

use super::elements::{cut, load_one, push, retire_values};
use super::layout::List;
use super::{Item, VecRef, element, grow, list, nodes};
use crate::error::WriteError;
use crate::growable::cell::{Arg, Cell, CellOf, Growable, Write, set_held};
use crate::growable::edit::Cursor;
use crate::growable::view::ViewCore;

/// Changes a list in place; made by the `x_mut` of a `Vec` field.
///
/// Outside a transaction each call that changes something publishes once, also those that change
/// many elements. Nested proxies are a way and not an address: `get_mut(3)?` of a list of lists
/// stays right while it is used, and a change costs the blocks on the way to it.
///
/// | method | cost, for a list of n elements |
/// |---|---|
/// | `len`, `is_empty` | O(1) |
/// | `get`, `first`, `last`, `get_mut`, `first_mut`, `last_mut` | O(log n): one node for each factor of 126 |
/// | `push`, `pop` | O(log n), and what the element costs; no copy but when a node is full |
/// | `set`, `swap`, changes through `get_mut` | a copy of each node on the way, of 1 KiB, once per publish |
/// | `insert`, `remove`, `drain`, `retain` | all elements behind the first one that moves |
/// | `swap_remove` | O(log n) |
/// | `extend`, `extend_from_slice`, `append`, `resize`, `resize_with` | what is added |
/// | `split_off` | the elements that are taken |
/// | `truncate` | the nodes that are given back; with elements that grow, what these lead to |
/// | `load`, `assign`, `clear` | O(n) |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "board.bin", growable)]
/// struct Board {
///     columns: Vec<Vec<String>>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("board.bin");
/// let mut board = BoardWriter::create_at(&path)?;
/// board.columns_mut().push(&[])?;
/// board.columns_mut().push(&["write docs".into()])?;
///
/// let mut columns = board.columns_mut();
/// let mut todo = columns.get_mut(1)?.expect("two columns");
/// todo.push("sleep")?; // one publish each
/// todo.get_mut(0)?.expect("two cards").push_str(", with examples")?;
/// assert_eq!(todo.load()?, ["write docs, with examples", "sleep"]);
/// # Ok(())
/// # }
/// ```
pub struct VecMut<'t, T> {
    pub(super) cursor: Cursor<'t>,
    pub(super) value: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for VecMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VecMut")
    }
}

impl<'t, T: Growable> VecMut<'t, T> {
    pub(super) const STRIDE: usize = Item::<T>::SIZE;

    pub(super) fn list(&self) -> Result<List, WriteError> {
        self.cursor.look(list::<T>)
    }

    /// The list, which has an element at `index`.
    #[track_caller]
    fn with_element(&self, index: usize) -> Result<List, WriteError> {
        let list = self.list()?;
        let len = list.len;
        assert!((index as u64) < len, "index {index} of a list of {len} elements");
        Ok(list)
    }

    /// Reads the list as it is staged.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn as_ref(&self) -> Result<VecRef<'_, T>, WriteError> {
        let view: &ViewCore<'_> = self.cursor.view();
        let at = self.cursor.look(|_, at| Ok(at))?;
        Ok(VecRef::new(view, at))
    }

    /// All elements as they are now.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn load(&self) -> Result<Vec<T>, WriteError> {
        self.cursor.look(<Vec<T> as Cell>::load)
    }

    /// How many there are.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn len(&self) -> Result<usize, WriteError> {
        Ok(self.list()?.count())
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn is_empty(&self) -> Result<bool, WriteError> {
        Ok(self.len()? == 0)
    }

    /// The element at `index`, or a proxy that reads it; `None` behind the end.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn get(&self, index: usize) -> Result<Option<<CellOf<T> as Cell>::Ref<'_>>, WriteError> {
        Ok(self.as_ref()?.get(index)?)
    }

    /// The first element, or a proxy that reads it, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn first(&self) -> Result<Option<<CellOf<T> as Cell>::Ref<'_>>, WriteError> {
        Ok(self.as_ref()?.first()?)
    }

    /// The last element, or a proxy that reads it, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn last(&self) -> Result<Option<<CellOf<T> as Cell>::Ref<'_>>, WriteError> {
        Ok(self.as_ref()?.last()?)
    }

    /// What changes the element at `index` in place; `None` behind the end.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn get_mut(&mut self, index: usize) -> Result<Option<Write<'_, T>>, WriteError> {
        self.reborrow().into_get_mut(index)
    }

    /// The same for as long as the record was borrowed, to be kept.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn into_get_mut(self, index: usize) -> Result<Option<Write<'t, T>>, WriteError> {
        let list = self.list()?;
        let element =
            ((index as u64) < list.len).then(|| element::<T>(self.cursor, list, index as u64));
        Ok(element.map(Item::<T>::change))
    }

    /// What changes the first element in place, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn first_mut(&mut self) -> Result<Option<Write<'_, T>>, WriteError> {
        self.get_mut(0)
    }

    /// What changes the last element in place, if there is one.
    ///
    /// # Errors
    ///
    /// As [`as_ref`](Self::as_ref).
    pub fn last_mut(&mut self) -> Result<Option<Write<'_, T>>, WriteError> {
        match self.len()?.checked_sub(1) {
            Some(last) => self.get_mut(last),
            None => Ok(None),
        }
    }

    fn reborrow(&mut self) -> VecMut<'_, T> {
        VecMut { cursor: self.cursor.reborrow(), value: PhantomData }
    }

    /// Puts other elements in their place.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoSpace`], [`WriteError::Full`], [`WriteError::TooDeep`]; for an element those of its
    /// own `assign`; what the transaction has failed by.
    pub fn assign(&mut self, values: &[T]) -> Result<(), WriteError> {
        set_held::<Vec<T>>(&mut self.cursor, &values)
    }

    /// Puts another element in the place of that at `index`.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When there is none.
    #[track_caller]
    pub fn set(&mut self, index: usize, value: Arg<'_, T>) -> Result<(), WriteError> {
        let list = self.with_element(index)?;
        Item::<T>::set(element::<T>(self.cursor.reborrow(), list, index as u64), value)
    }

    /// Adds an element at the end.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    #[inline]
    pub fn push(&mut self, value: Arg<'_, T>) -> Result<(), WriteError> {
        match CellOf::<T>::hold(value) {
            Ok(held) => self.cursor.change(|edit, at| push::<T>(edit, at, &held)),
            Err(refused) => self.cursor.refuse(refused),
        }
    }

    /// Takes the last element off.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop(&mut self) -> Result<Option<T>, WriteError> {
        let Some(last) = self.list()?.len.checked_sub(1) else { return Ok(None) };
        self.cursor.change(|edit, at| {
            let value = load_one::<T>(edit, at, last)?;
            grow::truncate::<Item<T>, true>(edit, at, last)?;
            Ok(Some(value))
        })
    }

    /// Inserts an element before that at `index`.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When `index` is beyond the end.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: Arg<'_, T>) -> Result<(), WriteError> {
        let (len, first) = (self.list()?.len, index as u64);
        assert!(first <= len, "index {index} beyond the end of a list of {len} elements");
        let held = match CellOf::<T>::hold(value) {
            Ok(held) => held,
            Err(refused) => return self.cursor.refuse(refused),
        };
        self.cursor.change(|edit, at| {
            let list = grow::list(edit, at, Self::STRIDE)?;
            let moved = edit.look(|snap| nodes::cells(snap, list, first..len, Self::STRIDE))?;
            push::<T>(edit, at, &held)?;
            if moved.is_empty() {
                return Ok(());
            }
            let list = grow::list(edit, at, Self::STRIDE)?;
            let mut cells =
                edit.look(|snap| nodes::cells(snap, list, len..len + 1, Self::STRIDE))?;
            cells.extend_from_slice(&moved);
            grow::overwrite(edit, (at, list), first, (&cells, Self::STRIDE))
        })
    }

    /// Takes the element at `index` out; those behind it move.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When there is none.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> Result<T, WriteError> {
        self.with_element(index)?;
        self.cursor.change(|edit, at| {
            let value = load_one::<T>(edit, at, index as u64)?;
            cut::<T>(edit, at, index as u64..index as u64 + 1)?;
            Ok(value)
        })
    }

    /// Takes the element at `index` out, and puts the last one in its place.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When there is none.
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> Result<T, WriteError> {
        let last = self.with_element(index)?.len - 1;
        let index = index as u64;
        self.cursor.change(|edit, at| {
            let value = load_one::<T>(edit, at, index)?;
            retire_values::<T>(edit, at, index..index + 1)?;
            if index != last {
                let list = grow::list(edit, at, Self::STRIDE)?;
                let cell =
                    edit.look(|snap| nodes::cells(snap, list, last..last + 1, Self::STRIDE))?;
                grow::overwrite(edit, (at, list), index, (&cell, Self::STRIDE))?;
            }
            grow::truncate::<Item<T>, false>(edit, at, last)?;
            Ok(value)
        })
    }

    /// Exchanges two elements.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When one of them is not there.
    #[track_caller]
    pub fn swap(&mut self, first: usize, second: usize) -> Result<(), WriteError> {
        self.with_element(first.max(second))?;
        if first == second {
            return Ok(());
        }
        self.cursor.change(|edit, at| {
            let list = grow::list(edit, at, Self::STRIDE)?;
            let cell = |index: usize| {
                let range = index as u64..index as u64 + 1;
                edit.look(|snap| nodes::cells(snap, list, range, Self::STRIDE))
            };
            let cells = [cell(second)?, cell(first)?];
            let [from_second, from_first] = &cells;
            grow::overwrite(edit, (at, list), first as u64, (from_second, Self::STRIDE))?;
            grow::overwrite(edit, (at, list), second as u64, (from_first, Self::STRIDE))
        })
    }

    /// Shortens the list to `len` elements; if there are no more, nothing changes and nothing is
    /// published.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn truncate(&mut self, len: usize) -> Result<(), WriteError> {
        if len as u64 >= self.list()?.len {
            return Ok(());
        }
        self.cursor.change(|edit, at| grow::truncate::<Item<T>, true>(edit, at, len as u64))
    }

    /// Takes all elements out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        self.truncate(0)
    }
}
